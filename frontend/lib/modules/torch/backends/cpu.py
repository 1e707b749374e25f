# SPDX-License-Identifier: BSD-3-Clause
# torch.backends.cpu: what is known of the processor.


def get_cpu_capability() -> str:
    return "DEFAULT"
