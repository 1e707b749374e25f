# SPDX-License-Identifier: BSD-3-Clause
# Reductions and differences that are made of other ops.

def _diff_once(x: Tensor, dim: int) -> Tensor:
    n = x.size(dim)
    after = x.narrow(dim, 1, n - 1)
    before = x.narrow(dim, 0, n - 1)
    if x.dtype == torch.bool:
        return torch.logical_xor(after, before)
    return after - before

def diff(self: Tensor, n: int, dim: int, prepend: Optional[Tensor], append: Optional[Tensor]) -> Tensor:
    if self.dim() == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError("order must be non-negative but got {}".format(n))
    if n == 0:
        return self.clone()
    x = self
    if prepend is not None and append is not None:
        x = torch.cat([prepend, self, append], dim)
    elif prepend is not None:
        x = torch.cat([prepend, self], dim)
    elif append is not None:
        x = torch.cat([self, append], dim)
    if n >= x.size(dim):
        return x.narrow(dim, 0, 0).clone()
    for _ in range(n):
        x = _diff_once(x, dim)
    return x

def _gradient_even_along(x: Tensor, dim: int, h: float, edge_order: int) -> Tensor:
    n = x.size(dim)
    if n < edge_order + 1:
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    first = (x.narrow(dim, 1, 1) - x.narrow(dim, 0, 1)) / h
    last = (x.narrow(dim, n - 1, 1) - x.narrow(dim, n - 2, 1)) / h
    if edge_order == 2:
        first = (-1.5 * x.narrow(dim, 0, 1) + 2.0 * x.narrow(dim, 1, 1) - 0.5 * x.narrow(dim, 2, 1)) / h
        last = (0.5 * x.narrow(dim, n - 3, 1) - 2.0 * x.narrow(dim, n - 2, 1) + 1.5 * x.narrow(dim, n - 1, 1)) / h
    if n == 2:
        return torch.cat([first, last], dim)
    inside = (x.narrow(dim, 2, n - 2) - x.narrow(dim, 0, n - 2)) / (2.0 * h)
    return torch.cat([first, inside, last], dim)

def _gradient_uneven_along(x: Tensor, dim: int, steps: Tensor, edge_order: int) -> Tensor:
    # steps: the distances between neighbours
    n = x.size(dim)
    if n < edge_order + 1:
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    first = (x.narrow(dim, 1, 1) - x.narrow(dim, 0, 1)) / steps[0]
    last = (x.narrow(dim, n - 1, 1) - x.narrow(dim, n - 2, 1)) / steps[-1]
    if edge_order == 2:
        a = steps[0]
        b = steps[1]
        first = x.narrow(dim, 0, 1) * (-(2.0 * a + b) / (a * (a + b))) + x.narrow(dim, 1, 1) * ((a + b) / (a * b)) + x.narrow(dim, 2, 1) * (-a / (b * (a + b)))
        a = steps[-2]
        b = steps[-1]
        last = x.narrow(dim, n - 3, 1) * (b / (a * (a + b))) + x.narrow(dim, n - 2, 1) * (-(a + b) / (a * b)) + x.narrow(dim, n - 1, 1) * ((2.0 * b + a) / (b * (a + b)))
    if n == 2:
        return torch.cat([first, last], dim)
    shape = [1] * x.dim()
    shape[dim] = -1
    h1 = steps[:-1].view(shape)
    h2 = steps[1:].view(shape)
    before = x.narrow(dim, 0, n - 2) * (-h2 / (h1 * (h1 + h2)))
    middle = x.narrow(dim, 1, n - 2) * ((h2 - h1) / (h1 * h2))
    after = x.narrow(dim, 2, n - 2) * (h1 / (h2 * (h1 + h2)))
    return torch.cat([first, before + middle + after, last], dim)

def _all_dims(x: Tensor) -> List[int]:
    return [i for i in range(x.dim())]

def _wrapped(x: Tensor, dims: List[int]) -> List[int]:
    out: List[int] = []
    for d in dims:
        if d < -x.dim() or d >= x.dim():
            raise IndexError("Dimension out of range (expected to be in range of [{}, {}], but got {})".format(-x.dim(), x.dim() - 1, d))
        out.append(d + x.dim() if d < 0 else d)
    return out

def _gradient_even(x: Tensor, spacing: List[float], dims: List[int], edge_order: int) -> List[Tensor]:
    if edge_order != 1 and edge_order != 2:
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if len(spacing) != len(dims):
        raise RuntimeError(_step_count_error())
    out: List[Tensor] = []
    places = _wrapped(x, dims)
    for i in range(len(places)):
        out.append(_gradient_even_along(x, places[i], spacing[i], edge_order))
    return out

def gradient__array(self: Tensor, dim: List[int], edge_order: int) -> List[Tensor]:
    return _gradient_even(self, [1.0] * len(dim), dim, edge_order)

def _gradient_tensors(x: Tensor, spacing: List[Tensor], dims: List[int], edge_order: int) -> List[Tensor]:
    if edge_order != 1 and edge_order != 2:
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if len(spacing) != len(dims):
        raise RuntimeError(_step_count_error())
    out: List[Tensor] = []
    places = _wrapped(x, dims)
    for i in range(len(places)):
        s = spacing[i]
        if s.dim() == 0:
            out.append(_gradient_even_along(x, places[i], float(s), edge_order))
        else:
            out.append(_gradient_uneven_along(x, places[i], s[1:] - s[:-1], edge_order))
    return out

def gradient__tensorarray(self: Tensor, spacing: List[Tensor], dim: List[int], edge_order: int) -> List[Tensor]:
    return _gradient_tensors(self, spacing, dim, edge_order)

def gradient__tensorarrayint(self: Tensor, spacing: List[Tensor], dim: Optional[int], edge_order: int) -> List[Tensor]:
    dims = _all_dims(self)
    if dim is not None:
        dims = [dim]
    return _gradient_tensors(self, spacing, dims, edge_order)

def _step_count_error() -> str:
    return "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to the number of dimensions"

def _step(spacing: Optional[number]) -> float:
    if spacing is None:
        return 1.0
    return float(spacing)

def gradient__scalarint(self: Tensor, spacing: Optional[number], dim: Optional[int], edge_order: int) -> List[Tensor]:
    dims = _all_dims(self)
    if dim is not None:
        dims = [dim]
    return _gradient_even(self, [_step(spacing)] * len(dims), dims, edge_order)

def gradient__scalararray(self: Tensor, spacing: number, dim: List[int], edge_order: int) -> List[Tensor]:
    return _gradient_even(self, [float(spacing)] * len(dim), dim, edge_order)

def gradient__scalarrayint(self: Tensor, spacing: List[number], dim: Optional[int], edge_order: int) -> List[Tensor]:
    dims = _all_dims(self)
    if dim is not None:
        dims = [dim]
    return _gradient_even(self, [float(h) for h in spacing], dims, edge_order)

def gradient__scalarrayarray(self: Tensor, spacing: List[number], dim: List[int], edge_order: int) -> List[Tensor]:
    return _gradient_even(self, [float(h) for h in spacing], dim, edge_order)

def norm_except_dim(v: Tensor, pow: int, dim: int) -> Tensor:
    # the norm over every dimension but one, kept for broadcasting; dim -1 means over all
    if dim == -1:
        return torch.norm(v, pow)
    dims: List[int] = []
    for i in range(v.dim()):
        if i != dim:
            dims.append(i)
    return torch.norm(v, pow, dims, True)

def _masked_softmax(self: Tensor, mask: Tensor, dim: Optional[int], mask_type: Optional[int]) -> Tensor:
    # mask: true where an element does not take part
    d = self.dim() - 1
    if dim is not None:
        d = dim
    m = mask
    if mask_type is not None:
        if mask_type == 0:
            m = mask.view(1, 1, mask.size(0), mask.size(1)).expand_as(self)
        elif mask_type == 1:
            m = mask.view(mask.size(0), 1, 1, mask.size(1)).expand_as(self)
    x = self.masked_fill(m, float("-inf"))
    return torch.softmax(x, d)

def nuclear_norm(self: Tensor, keepdim: bool) -> Tensor:
    if self.dim() != 2:
        raise RuntimeError("Expected a tensor with 2 dimensions, but got a tensor with {} dimensions instead.".format(self.dim()))
    total = torch.linalg.svdvals(self).sum()
    if keepdim:
        return total.view([1, 1])
    return total

def nuclear_norm__dim(self: Tensor, dim: List[int], keepdim: bool) -> Tensor:
    if len(dim) != 2:
        raise RuntimeError("nuclear norm requires a 'dim' argument of size 2")
    dims = _wrapped(self, dim)
    total = torch.linalg.svdvals(torch.movedim(self, dims, [-2, -1])).sum(-1)
    if keepdim:
        for d in sorted(dims):
            total = total.unsqueeze(d)
    return total
