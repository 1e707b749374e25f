# SPDX-License-Identifier: BSD-3-Clause
# Whether attention layers may use the operations that do a whole layer at once.

import torch

_enabled = True


def get_fastpath_enabled() -> bool:
    if not torch.jit.is_scripting():
        return _enabled
    return True


def set_fastpath_enabled(value: bool) -> None:
    global _enabled
    _enabled = value
