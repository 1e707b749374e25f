# SPDX-License-Identifier: BSD-3-Clause
# Images into columns of patches and back.
from typing import Tuple, Union

from torch import Tensor

from .. import functional as F
from .module import Module


class Fold(Module):
    """(N, C kh kw, L) -> (N, C, H, W): patches added up where they overlap."""

    __constants__ = ["output_size", "kernel_size", "dilation", "padding", "stride"]
    output_size: Union[int, Tuple[int, ...]]
    kernel_size: Union[int, Tuple[int, ...]]
    dilation: Union[int, Tuple[int, ...]]
    padding: Union[int, Tuple[int, ...]]
    stride: Union[int, Tuple[int, ...]]

    def __init__(
        self,
        output_size: Union[int, Tuple[int, ...]],
        kernel_size: Union[int, Tuple[int, ...]],
        dilation: Union[int, Tuple[int, ...]] = 1,
        padding: Union[int, Tuple[int, ...]] = 0,
        stride: Union[int, Tuple[int, ...]] = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Unfold(Module):
    """(N, C, H, W) -> (N, C kh kw, L): the patches under a sliding window."""

    __constants__ = ["kernel_size", "dilation", "padding", "stride"]
    kernel_size: Union[int, Tuple[int, ...]]
    dilation: Union[int, Tuple[int, ...]]
    padding: Union[int, Tuple[int, ...]]
    stride: Union[int, Tuple[int, ...]]

    def __init__(
        self,
        kernel_size: Union[int, Tuple[int, ...]],
        dilation: Union[int, Tuple[int, ...]] = 1,
        padding: Union[int, Tuple[int, ...]] = 0,
        stride: Union[int, Tuple[int, ...]] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
