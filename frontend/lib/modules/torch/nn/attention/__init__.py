# SPDX-License-Identifier: BSD-3-Clause
# Which kernel computes scaled dot product attention: there is one, so the choice is taken and has no effect.
from enum import Enum

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(Enum):
    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


class sdpa_kernel:
    """with sdpa_kernel(SDPBackend.MATH): …"""

    def __init__(self, backends, set_priority: bool = False) -> None:
        self.backends = list(backends) if isinstance(backends, (list, tuple)) else [backends]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace) -> None:
        return None
