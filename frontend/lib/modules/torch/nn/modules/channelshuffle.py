# SPDX-License-Identifier: BSD-3-Clause
# Mixing the channels of groups.
from torch import Tensor

from .. import functional as F
from .module import Module


class ChannelShuffle(Module):
    """(N, C, *) of the same shape, channels taken from each of groups in turn."""

    __constants__ = ["groups"]
    groups: int

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
