# SPDX-License-Identifier: BSD-3-Clause
# torch.backends.mkldnn: not there.
enabled = False


def is_available() -> bool:
    return False


def is_built() -> bool:
    return False
