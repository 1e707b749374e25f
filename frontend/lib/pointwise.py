# SPDX-License-Identifier: BSD-3-Clause
# Elementwise ops that are made of others.

def mvlgamma(self: Tensor, p: int) -> Tensor:
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    x = self
    if not torch.is_floating_point(self):
        x = self.to(torch.float32)
    args = torch.arange(-p * 0.5 + 0.5, 0.5, 0.5, dtype=x.dtype)
    return (x.unsqueeze(-1) + args).lgamma().sum(-1) + p * (p - 1) * 0.25 * 1.1447298858494001741434

def special_multigammaln(self: Tensor, p: int) -> Tensor:
    return mvlgamma(self, p)

def sum_to_size(self: Tensor, size: List[int]) -> Tensor:
    if len(size) == 0:
        return self.sum()
    lead = self.dim() - len(size)
    good = lead >= 0
    dims: List[int] = []
    for i in range(self.dim()):
        if i < lead:
            dims.append(i)
        elif good:
            want = size[i - lead]
            if want == 1 and self.size(i) != 1:
                dims.append(i)
            elif want != self.size(i):
                good = False
    if not good:
        raise RuntimeError("size {} is not expandable to size {}.".format(size, self.size()))
    if len(dims) == 0:
        return self
    return self.sum(dims, True).view(size)

def _grad_sum_to_size(self: Tensor, size: Optional[List[int]]) -> Tensor:
    if size is None:
        return self
    return sum_to_size(self, size)

def isclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> Tensor:
    if self.dtype != other.dtype:
        raise RuntimeError("isclose: the operands must have one dtype")
    if rtol < 0.0:
        raise RuntimeError("rtol must be greater than or equal to zero, but got {}".format(rtol))
    if atol < 0.0:
        raise RuntimeError("atol must be greater than or equal to zero, but got {}".format(atol))
    close = self == other
    if equal_nan:
        close = torch.logical_or(close, torch.logical_and(self.isnan(), other.isnan()))
    if rtol == 0.0 and atol == 0.0:
        return close
    x = self
    reference = other
    if not torch.is_floating_point(other) and not torch.is_complex(other):
        x = self.to(torch.float64)
        reference = other.to(torch.float64)
    allowed = (rtol * reference).abs() + atol
    actual = (x - reference).abs()
    return torch.logical_or(close, torch.logical_and(torch.isfinite(actual), actual <= allowed))

def allclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> bool:
    return bool(isclose(self, other, rtol, atol, equal_nan).all())

def glu_jvp(glu: Tensor, x: Tensor, dx: Tensor, dim: int) -> Tensor:
    half = x.size(dim) // 2
    gate = x.narrow(dim, half, half).sigmoid()
    return gate * dx.narrow(dim, 0, half) + (1.0 - gate) * glu * dx.narrow(dim, half, half)
