# SPDX-License-Identifier: BSD-3-Clause
# Padding layers over 1, 2 and 3 dimensions. padding counts from the last dimension: (left, right, top, bottom, front, back),
# or one number for all sides. Shapes: (N, C, *) or (C, *).
from typing import Sequence, Tuple, Union

from torch import Tensor

from .. import functional as F
from .module import Module
from .utils import _ntuple, _pair, _quadruple


class _CircularPadNd(Module):
    __constants__ = ["padding"]
    padding: Sequence[int]

    def _check_input_dim(self, input):
        raise NotImplementedError(f"{type(self).__name__} has no number of dimensions")

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return F.pad(input, self.padding, "circular")

    def extra_repr(self) -> str:
        return f"{self.padding}"


class CircularPad1d(_CircularPadNd):
    """Continues (*, L) from its other end."""

    padding: Tuple[int, int]

    def __init__(self, padding: Union[int, Tuple[int, int]]) -> None:
        super().__init__()
        self.padding = _pair(padding)

    def _check_input_dim(self, input) -> None:
        if input.dim() != 2 and input.dim() != 3:
            raise ValueError(f"expected 2D or 3D input (got {input.dim()}D input)")


class CircularPad2d(_CircularPadNd):
    """Continues (*, H, W) from its other end."""

    padding: Tuple[int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int]]) -> None:
        super().__init__()
        self.padding = _quadruple(padding)

    def _check_input_dim(self, input) -> None:
        if input.dim() != 3 and input.dim() != 4:
            raise ValueError(f"expected 3D or 4D input (got {input.dim()}D input)")


class CircularPad3d(_CircularPadNd):
    """Continues (*, D, H, W) from its other end."""

    padding: Tuple[int, int, int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int, int, int]]) -> None:
        super().__init__()
        self.padding = _ntuple(6)(padding)

    def _check_input_dim(self, input) -> None:
        if input.dim() != 4 and input.dim() != 5:
            raise ValueError(f"expected 4D or 5D input (got {input.dim()}D input)")


class _ConstantPadNd(Module):
    __constants__ = ["padding", "value"]
    value: float
    padding: Sequence[int]

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Surrounds (*, L) with value."""

    padding: Tuple[int, int]

    def __init__(self, padding: Union[int, Tuple[int, int]], value: float) -> None:
        super().__init__(value)
        self.padding = _pair(padding)


class ConstantPad2d(_ConstantPadNd):
    """Surrounds (*, H, W) with value."""

    __constants__ = ["padding", "value"]
    padding: Tuple[int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int]], value: float) -> None:
        super().__init__(value)
        self.padding = _quadruple(padding)


class ConstantPad3d(_ConstantPadNd):
    """Surrounds (*, D, H, W) with value."""

    padding: Tuple[int, int, int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int, int, int]], value: float) -> None:
        super().__init__(value)
        self.padding = _ntuple(6)(padding)


class _ReflectionPadNd(Module):
    __constants__ = ["padding"]
    padding: Sequence[int]

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "reflect")

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad1d(_ReflectionPadNd):
    """Mirrors (*, L) at its ends, the end itself not repeated."""

    padding: Tuple[int, int]

    def __init__(self, padding: Union[int, Tuple[int, int]]) -> None:
        super().__init__()
        self.padding = _pair(padding)


class ReflectionPad2d(_ReflectionPadNd):
    """Mirrors (*, H, W) at its ends, the end itself not repeated."""

    padding: Tuple[int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int]]) -> None:
        super().__init__()
        self.padding = _quadruple(padding)


class ReflectionPad3d(_ReflectionPadNd):
    """Mirrors (*, D, H, W) at its ends, the end itself not repeated."""

    padding: Tuple[int, int, int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int, int, int]]) -> None:
        super().__init__()
        self.padding = _ntuple(6)(padding)


class _ReplicationPadNd(Module):
    __constants__ = ["padding"]
    padding: Sequence[int]

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "replicate")

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReplicationPad1d(_ReplicationPadNd):
    """Repeats the ends of (*, L)."""

    padding: Tuple[int, int]

    def __init__(self, padding: Union[int, Tuple[int, int]]) -> None:
        super().__init__()
        self.padding = _pair(padding)


class ReplicationPad2d(_ReplicationPadNd):
    """Repeats the ends of (*, H, W)."""

    padding: Tuple[int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int]]) -> None:
        super().__init__()
        self.padding = _quadruple(padding)


class ReplicationPad3d(_ReplicationPadNd):
    """Repeats the ends of (*, D, H, W)."""

    padding: Tuple[int, int, int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int, int, int]]) -> None:
        super().__init__()
        self.padding = _ntuple(6)(padding)


class ZeroPad1d(ConstantPad1d):
    """Surrounds (*, L) with zeros."""

    padding: Tuple[int, int]

    def __init__(self, padding: Union[int, Tuple[int, int]]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Surrounds (*, H, W) with zeros."""

    padding: Tuple[int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int]]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Surrounds (*, D, H, W) with zeros."""

    padding: Tuple[int, int, int, int, int, int]

    def __init__(self, padding: Union[int, Tuple[int, int, int, int, int, int]]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"
