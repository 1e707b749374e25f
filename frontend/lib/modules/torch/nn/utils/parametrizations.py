# SPDX-License-Identifier: BSD-3-Clause
# Ready-made parametrizations: weights with a length and a direction, of spectral norm one, or orthogonal.
import torch
from torch import Tensor

from .. import functional as F
from ..modules.module import Module
from . import parametrize

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    def __init__(self, dim=0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return torch._weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight):
        return torch.norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module, name: str = "weight", dim: int = 0):
    """The tensor becomes the lengths original0 times the directions original1."""
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def read_older(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):
        for old, new in (("_g", "0"), ("_v", "1")):
            key = f"{prefix}{name}{old}"
            if key in state_dict:
                state_dict[f"{prefix}parametrizations.{name}.original{new}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(read_older)
    return module


class _SpectralNorm(Module):
    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.dim()
        if dim >= ndim or dim < -ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but "
                f"got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim if dim >= 0 else dim + ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._reshape_weight_to_matrix(weight)
            rows, columns = matrix.size()
            u = matrix.new_empty(rows).normal_(0, 1)
            v = matrix.new_empty(columns).normal_(0, 1)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _reshape_weight_to_matrix(self, weight: Tensor) -> Tensor:
        if self.dim != 0:
            weight = weight.permute(self.dim, *[d for d in range(weight.dim()) if d != self.dim])
        return weight.flatten(1)

    def _power_method(self, matrix: Tensor, n_power_iterations: int) -> None:
        with torch.no_grad():
            for _ in range(n_power_iterations):
                self._u.copy_(F.normalize(torch.mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(torch.mv(matrix.t(), self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._reshape_weight_to_matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u = self._u.clone()
        v = self._v.clone()
        return weight / torch.dot(u, torch.mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim=None):
    """The tensor becomes what it was divided by its greatest singular value."""
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if getattr(module, "transposed", False) else 0
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return parametrize.register_parametrization(module, name, made)


def _make_orthogonal(A):
    """The q of a qr whose r has a positive diagonal."""
    q, r = torch.linalg.qr(A)
    return q * r.diagonal().sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """q = base times a rotation that the free entries below (and on) the diagonal describe."""

    def __init__(self, weight, orthogonal_map: str, *, use_trivialization=True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.size(0) < X.size(1)
        if wide:
            X = X.t()
        n, k = X.size()
        eye = torch.eye(n, dtype=X.dtype, device=X.device)
        if self.orthogonal_map == "householder":
            # a product of k reflections, whose vectors have 1 on the diagonal and X below it
            below = X.tril(-1)
            factors = 2.0 / (1.0 + (below * below).sum(dim=0))
            vectors = below + eye[:, :k]
            Q = eye
            for i in range(k):
                v = vectors[:, i]
                Q = Q - factors[i] * torch.outer(torch.mv(Q, v), v)
            Q = Q[:, :k] * X.diagonal().int().unsqueeze(0)
        else:
            A = X.tril()
            if n != k:
                A = torch.cat([A, A.new_zeros(n, n - k)], dim=1)
            A = A - A.mH
            if self.orthogonal_map == "matrix_exp":
                Q = torch.matrix_exp(A)
            else:
                Q = torch.linalg.solve(eye - 0.5 * A, eye + 0.5 * A)
            if n != k:
                Q = Q[:, :k]
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.t() if wide else Q

    def right_inverse(self, Q: Tensor) -> Tensor:
        if Q.shape != Q.squeeze().shape and Q.dim() != 2:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {Q.shape}.")
        wide = Q.size(0) < Q.size(1)
        tall = Q.t() if wide else Q
        n, k = tall.size()
        if not hasattr(self, "base") and self.orthogonal_map == "householder":
            A, tau = torch.geqrf(tall)
            A.diagonal().sign_()
            A.diagonal()[tau == 0.0] *= -1
            return A.t() if wide else A
        if not hasattr(self, "base"):
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        if n == k:
            base = _make_orthogonal(tall)
        else:
            # completed to a square orthogonal matrix by drawn columns
            drawn = torch.randn(n, n - k, dtype=tall.dtype, device=tall.device)
            base = _make_orthogonal(torch.cat([tall, drawn], dim=1))
        self.base = base
        start = torch.zeros_like(tall)
        start.diagonal().fill_(-1.0)
        return start.t() if wide else start


def orthogonal(module, name: str = "weight", orthogonal_map=None, *, use_trivialization: bool = True):
    """The matrix becomes orthogonal, or has orthonormal rows or columns."""
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.dim() != 2:
        raise ValueError(f"Expected a matrix. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        square = weight.size(0) == weight.size(1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, made, unsafe=True)
