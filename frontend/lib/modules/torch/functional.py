# SPDX-License-Identifier: BSD-3-Clause
# torch.functional: functions whose Python signature is not that of the operators they end in.
import math
from typing import List, Optional, Sequence, Tuple, Union

import torch
from torch._jit_internal import _overload, boolean_dispatch
from torch import _VF, Tensor, atleast_1d, atleast_2d, atleast_3d, block_diag, broadcast_tensors, cartesian_prod
from torch import chain_matmul, einsum, meshgrid, split


def _assert(condition: bool, message: str):
    """An assertion that tracing can record."""
    assert condition, message


def broadcast_shapes(*shapes):
    """The shape that tensors of the given shapes have together."""
    result: List[int] = []
    for shape in shapes:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        if len(shape) > len(result):
            result = [1] * (len(shape) - len(result)) + result
        for i in range(-1, -1 - len(shape), -1):
            if shape[i] < 0:
                raise RuntimeError(
                    f"Trying to create tensor with negative dimension ({shape[i]}): ({shape[i]})"
                )
            if shape[i] == 1 or shape[i] == result[i]:
                continue
            if result[i] != 1:
                raise RuntimeError(
                    "Shape mismatch: objects cannot be broadcast to a single shape"
                )
            result[i] = shape[i]
    return torch.Size(result)


@_overload
def norm(  # noqa: F811
    input: Tensor, p: str = "fro", dim: Optional[List[int]] = None, keepdim: bool = False, out: Optional[Tensor] = None,
    dtype: Optional[int] = None,
) -> Tensor:
    pass


@_overload
def norm(  # noqa: F811
    input: Tensor, p: str = "fro", dim: int = 0, keepdim: bool = False, out: Optional[Tensor] = None,
    dtype: Optional[int] = None,
) -> Tensor:
    pass


@_overload
def norm(  # noqa: F811
    input: Tensor, p: Optional[float] = 2.0, dim: Optional[List[int]] = None, keepdim: bool = False,
    out: Optional[Tensor] = None, dtype: Optional[int] = None,
) -> Tensor:
    pass


@_overload
def norm(  # noqa: F811
    input: Tensor, p: Optional[float] = 2.0, dim: int = 0, keepdim: bool = False, out: Optional[Tensor] = None,
    dtype: Optional[int] = None,
) -> Tensor:
    pass


@_overload
def norm(  # noqa: F811
    input: Tensor, p: int = 2, dim: Optional[List[int]] = None, keepdim: bool = False, out: Optional[Tensor] = None,
    dtype: Optional[int] = None,
) -> Tensor:
    pass


@_overload
def norm(  # noqa: F811
    input: Tensor, p: int = 2, dim: int = 0, keepdim: bool = False, out: Optional[Tensor] = None,
    dtype: Optional[int] = None,
) -> Tensor:
    pass


def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):  # noqa: F811
    """Vector norms, and the Frobenius and nuclear norms of matrices."""
    axes: Optional[List[int]] = None
    if isinstance(dim, int):
        axes = [dim]
    elif dim is not None:
        axes = list(dim)
    order = 2.0
    if isinstance(p, str):
        if p == "nuc":
            if dtype is not None:
                input = input.to(dtype)
            return torch.linalg.matrix_norm(input, "nuc", [-2, -1] if axes is None else axes, keepdim)
        if p != "fro":
            raise RuntimeError("linalg.matrix_norm: Order {} not supported.".format(p))
        if axes is not None and len(axes) > 2:
            raise RuntimeError("linalg.matrix_norm: dim must be a 2-tuple. Got " + " ".join([str(a) for a in axes]))
    elif p is not None:
        order = float(p)
    if out is None:
        return torch.linalg.vector_norm(input, order, axes, keepdim, dtype=dtype)
    return torch.linalg.vector_norm(input, order, axes, keepdim, dtype=dtype, out=out)


# What unique gives depends on its flags; compiled code needs a function with one type for each case.
def _unique_all(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: Optional[int] = None,
) -> Tuple[Tensor, Tensor, Tensor]:
    if dim is not None:
        output, inverse, counts = _VF.unique_dim(input, dim, sorted, return_inverse, return_counts)
    else:
        output, inverse, counts = torch._unique2(input, sorted, return_inverse, return_counts)
    return output, inverse, counts


def _unique_counts(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: Optional[int] = None,
) -> Tuple[Tensor, Tensor]:
    output, _, counts = _unique_all(input, sorted, return_inverse, return_counts, dim)
    return output, counts


def _unique_output(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: Optional[int] = None,
) -> Tensor:
    output, _, _ = _unique_all(input, sorted, return_inverse, return_counts, dim)
    return output


def _unique_inverse(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: Optional[int] = None,
) -> Tuple[Tensor, Tensor]:
    output, inverse, _ = _unique_all(input, sorted, return_inverse, return_counts, dim)
    return output, inverse


def _consecutive_all(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor, Tensor]:
    output, inverse, counts = _VF.unique_consecutive(input, return_inverse, return_counts, dim)
    return output, inverse, counts


def _consecutive_counts(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor]:
    output, _, counts = _consecutive_all(input, return_inverse, return_counts, dim)
    return output, counts


def _consecutive_output(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tensor:
    output, _, _ = _consecutive_all(input, return_inverse, return_counts, dim)
    return output


def _consecutive_inverse(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor]:
    output, inverse, _ = _consecutive_all(input, return_inverse, return_counts, dim)
    return output, inverse


def _by_flags(name, place, everything, counts, inverse, output):
    """One function of four, by return_inverse, which is argument number place, and return_counts after it."""
    without = boolean_dispatch("return_counts", place + 1, False, counts, output, __name__, name)
    inverted = boolean_dispatch("return_counts", place + 1, False, everything, inverse, __name__, name)
    return boolean_dispatch("return_inverse", place, False, inverted, without, __name__, name)


unique = _by_flags("unique", 2, _unique_all, _unique_counts, _unique_inverse, _unique_output)
unique_consecutive = _by_flags(
    "unique_consecutive", 1, _consecutive_all, _consecutive_counts, _consecutive_inverse, _consecutive_output
)


def tensordot(a, b, dims=2, out=None):
    """Sums products over dims: the last of a with the first of b, or two lists of dimensions."""
    if not isinstance(dims, (tuple, list, torch.Tensor, int)):
        raise RuntimeError(
            f"tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, "
            f"but got dims={dims}"
        )
    if isinstance(dims, (tuple, list)):
        dims_a, dims_b = dims
    elif isinstance(dims, torch.Tensor) and dims.numel() > 1:
        dims_a = dims[0].tolist()
        dims_b = dims[1].tolist()
    else:
        n = int(dims)
        if n < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if n > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims_a = list(range(-n, 0))
        dims_b = list(range(n))
    if isinstance(dims_a, int):
        dims_a = [dims_a]
    if isinstance(dims_b, int):
        dims_b = [dims_b]
    if out is None:
        return _VF.tensordot(a, b, dims_a, dims_b)
    return _VF.tensordot(a, b, dims_a, dims_b, out=out)


_COMPUTE_MODES = {"use_mm_for_euclid_dist_if_necessary": None, "use_mm_for_euclid_dist": 1,
                  "donot_use_mm_for_euclid_dist": 2}


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Distances between the rows of x1 (…, P, M) and of x2 (…, R, M): (…, P, R)."""
    if compute_mode not in _COMPUTE_MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    return _VF.cdist(x1, x2, p, _COMPUTE_MODES[compute_mode])


def stft(
    input: Tensor,
    n_fft: int,
    hop_length: Optional[int] = None,
    win_length: Optional[int] = None,
    window: Optional[Tensor] = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: Optional[bool] = None,
    return_complex: Optional[bool] = None,
    align_to_window: Optional[bool] = None,
) -> Tensor:
    """Short-time Fourier transform of signals (…, L), padded by half a frame when center is true."""
    if center:
        if align_to_window is not None:
            raise RuntimeError("stft: align_to_window should only be set when center = false")
        signal_dim = input.dim()
        extended = [1] * (3 - signal_dim) + list(input.size())
        pad = int(n_fft // 2)
        input = torch.nn.functional.pad(input.view(extended), [pad, pad], pad_mode)
        input = input.view(input.shape[-signal_dim:])
    return _VF.stft(input, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window)


def istft(
    input: Tensor,
    n_fft: int,
    hop_length: Optional[int] = None,
    win_length: Optional[int] = None,
    window: Optional[Tensor] = None,
    center: bool = True,
    normalized: bool = False,
    onesided: Optional[bool] = None,
    length: Optional[int] = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal that stft took apart."""
    return _VF.istft(input, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex)


def unravel_index(indices: Tensor, shape) -> Tuple[Tensor, ...]:
    """Coordinates of flat indices in a tensor of the given shape."""
    if isinstance(shape, int):
        shape = (shape,)
    if any(n < 0 for n in shape):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(shape)}")
    result = []
    step = 1
    for n in reversed(shape):
        result.append(indices.div(step, rounding_mode="floor") % n)
        step *= n
    result.reverse()
    return tuple(result)


def lu(A, pivot=True, get_infos=False, out=None):
    """LU factors packed in one matrix, and the pivots."""
    packed, pivots, infos = torch.linalg.lu_factor_ex(A, pivot=pivot)
    if get_infos:
        return packed, pivots, infos
    return packed, pivots
