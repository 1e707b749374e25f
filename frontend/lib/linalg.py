# SPDX-License-Identifier: BSD-3-Clause
# Linear algebra that is made of other ops: norms of matrices, products, distances, covariance, trapezoids.

# ---- norms

def linalg_matrix_norm(self: Tensor, ord: number, dim: List[int], keepdim: bool, dtype: Optional[int]) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if len(dim) != 2:
        raise RuntimeError("linalg.matrix_norm: dim must be a 2-tuple. Got {}".format(dim))
    x = self
    if dtype is not None:
        x = x.to(dtype)
    p = float(ord)
    d0 = dim[0] if dim[0] >= 0 else dim[0] + x.dim()
    d1 = dim[1] if dim[1] >= 0 else dim[1] + x.dim()
    if d0 == d1:
        raise RuntimeError("linalg.matrix_norm: dims must be different. Got ({}, {})".format(dim[0], dim[1]))
    if p == 2.0 or p == -2.0:
        s = torch.linalg_svdvals(x.movedim([d0, d1], [-2, -1]))
        s = s.amax(-1) if p > 0.0 else s.amin(-1)
        if keepdim:
            s = s.unsqueeze(min(d0, d1)).unsqueeze(max(d0, d1))
        return s
    if p == 1.0 or p == -1.0 or p == float("inf") or p == float("-inf"):
        if abs(p) == float("inf"):
            t = d0
            d0 = d1
            d1 = t
        sums = torch.linalg_vector_norm(x, 1, [d0], keepdim)
        if not keepdim and d0 < d1:
            d1 -= 1
        return sums.amax(d1, keepdim) if p > 0.0 else sums.amin(d1, keepdim)
    raise RuntimeError("linalg.matrix_norm: Order {} not supported.".format(ord))

def linalg_matrix_norm__str_ord(self: Tensor, ord: str, dim: List[int], keepdim: bool, dtype: Optional[int]) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if ord != "fro" and ord != "nuc":
        raise RuntimeError("linalg.matrix_norm: Order {} not supported.".format(ord))
    if len(dim) != 2:
        raise RuntimeError("linalg.matrix_norm: dim must be a 2-tuple. Got {}".format(dim))
    x = self
    if dtype is not None:
        x = x.to(dtype)
    if ord == "fro":
        return torch.linalg_vector_norm(x, 2, dim, keepdim)
    d0 = dim[0] if dim[0] >= 0 else dim[0] + x.dim()
    d1 = dim[1] if dim[1] >= 0 else dim[1] + x.dim()
    s = torch.linalg_svdvals(x.movedim([d0, d1], [-2, -1])).sum(-1)
    if keepdim:
        s = s.unsqueeze(min(d0, d1)).unsqueeze(max(d0, d1))
    return s

def linalg_norm(self: Tensor, ord: Optional[number], dim: Optional[List[int]], keepdim: bool, dtype: Optional[int]) -> Tensor:
    if dim is not None:
        if len(dim) != 1 and len(dim) != 2:
            raise RuntimeError("linalg.norm: If dim is specified, it must be of length 1 or 2. Got {}".format(dim))
    elif ord is not None and self.dim() != 1 and self.dim() != 2:
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.".format(self.dim()))
    if ord is not None:
        if dim is not None:
            if len(dim) == 2:
                return linalg_matrix_norm(self, ord, dim, keepdim, dtype)
        elif self.dim() == 2:
            return linalg_matrix_norm(self, ord, [0, 1], keepdim, dtype)
        return torch.linalg_vector_norm(self, ord, dim, keepdim, dtype=dtype)
    return torch.linalg_vector_norm(self, 2, dim, keepdim, dtype=dtype)

def linalg_norm__ord_str(self: Tensor, ord: str, dim: Optional[List[int]], keepdim: bool, dtype: Optional[int]) -> Tensor:
    if dim is not None:
        return linalg_matrix_norm__str_ord(self, ord, dim, keepdim, dtype)
    if self.dim() != 2:
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.".format(self.dim()))
    return linalg_matrix_norm__str_ord(self, ord, [0, 1], keepdim, dtype)

def _inverse_or_infinite(self: Tensor) -> Tensor:
    inverse, info = torch.linalg_inv_ex(self)
    return inverse.masked_fill((info > 0).unsqueeze(-1).unsqueeze(-1), float("inf"))

def linalg_cond(self: Tensor, p: Optional[number]) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("linalg.cond: The input tensor A must have at least 2 dimensions.")
    q = 2.0
    if p is not None:
        q = float(p)
    if self.numel() == 0:
        real = torch.linalg_svdvals(self)
        return torch.zeros(self.size()[:-2], dtype=real.dtype)
    if q == 2.0 or q == -2.0:
        s = torch.linalg_svdvals(self)
        if q > 0.0:
            return s.select(-1, 0) / s.select(-1, -1)
        return s.select(-1, -1) / s.select(-1, 0)
    if self.size(-1) != self.size(-2):
        raise RuntimeError("linalg.cond(ord={}): A must be batches of square matrices, but they are {} by {} matrices".format(q, self.size(-2), self.size(-1)))
    return linalg_matrix_norm(self, q, [-2, -1], False, None) * linalg_matrix_norm(_inverse_or_infinite(self), q, [-2, -1], False, None)

def linalg_cond__p_str(self: Tensor, p: str) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("linalg.cond: The input tensor A must have at least 2 dimensions.")
    if self.size(-1) != self.size(-2):
        raise RuntimeError("linalg.cond(ord={}): A must be batches of square matrices, but they are {} by {} matrices".format(p, self.size(-2), self.size(-1)))
    if self.numel() == 0:
        real = torch.linalg_svdvals(self)
        return torch.zeros(self.size()[:-2], dtype=real.dtype)
    return linalg_matrix_norm__str_ord(self, p, [-2, -1], False, None) * linalg_matrix_norm__str_ord(_inverse_or_infinite(self), p, [-2, -1], False, None)

def renorm(self: Tensor, p: number, dim: int, maxnorm: number) -> Tensor:
    if float(p) <= 0.0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if float(maxnorm) < 0.0:
        raise RuntimeError("renorm: expected maxnorm to be >= 0 but got {}".format(maxnorm))
    if self.dim() < 2:
        raise RuntimeError("renorm: input needs at least 2 dimensions, got {} dimensions".format(self.dim()))
    d = dim if dim >= 0 else dim + self.dim()
    dims: List[int] = []
    for i in range(self.dim()):
        if i != d:
            dims.append(i)
    norm = torch.linalg_vector_norm(self, p, dims, True)
    factor = torch.where(norm > maxnorm, (norm + 1e-7).reciprocal() * maxnorm, torch.ones_like(norm))
    return self * factor.to(self.dtype)

def dist(self: Tensor, other: Tensor, p: number) -> Tensor:
    return torch.linalg_vector_norm(self - other, p)

def pairwise_distance(x1: Tensor, x2: Tensor, p: float, eps: float, keepdim: bool) -> Tensor:
    return torch.linalg_vector_norm(x1 - x2 + eps, p, [max(x1.dim(), x2.dim()) - 1], keepdim)

def cosine_similarity(x1: Tensor, x2: Tensor, dim: int, eps: float) -> Tensor:
    common = torch.result_type(x1, x2)
    if not torch.is_floating_point(x1) and not torch.is_floating_point(x2):
        raise RuntimeError("expected common dtype to be floating point, yet common dtype is {}".format(common))
    pair = torch.broadcast_tensors([x1.to(common), x2.to(common)])
    a = pair[0]
    b = pair[1]
    na = torch.linalg_vector_norm(a, 2, [dim], True).clamp_min(eps)
    nb = torch.linalg_vector_norm(b, 2, [dim], True).clamp_min(eps)
    return ((a / na) * (b / nb)).sum(dim)

def _euclidean_dist(x1: Tensor, x2: Tensor) -> Tensor:
    n1 = x1.pow(2).sum(-1, True)
    n2 = x2.pow(2).sum(-1, True)
    a = torch.cat([x1 * -2, n1, torch.ones_like(n1)], -1)
    b = torch.cat([x2, torch.ones_like(n2), n2], -1)
    return torch.matmul(a, b.transpose(-2, -1)).clamp_min(0).sqrt()

def cdist(x1: Tensor, x2: Tensor, p: float, compute_mode: Optional[int]) -> Tensor:
    if x1.dim() < 2:
        raise RuntimeError("cdist only supports at least 2D tensors, X1 got: {}D".format(x1.dim()))
    if x2.dim() < 2:
        raise RuntimeError("cdist only supports at least 2D tensors, X2 got: {}D".format(x2.dim()))
    if x1.size(-1) != x2.size(-1):
        raise RuntimeError("X1 and X2 must have the same number of columns. X1: {} X2: {}".format(x1.size(-1), x2.size(-1)))
    if p < 0.0:
        raise RuntimeError("cdist only supports non-negative p values")
    mode = 0
    if compute_mode is not None:
        mode = compute_mode
    if p == 2.0 and x1.numel() > 0 and x2.numel() > 0 and (mode == 1 or (mode == 0 and (x1.size(-2) > 25 or x2.size(-2) > 25))):
        return _euclidean_dist(x1, x2)
    return torch.linalg_vector_norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, [-1])

def _cdist_forward(x1: Tensor, x2: Tensor, p: float, compute_mode: Optional[int]) -> Tensor:
    return cdist(x1, x2, p, compute_mode)

def pdist(self: Tensor, p: float) -> Tensor:
    if self.dim() != 2:
        raise RuntimeError("pdist only supports 2D tensors, got: {}D".format(self.dim()))
    if p < 0.0:
        raise RuntimeError("pdist only supports non-negative p values")
    n = self.size(0)
    if n <= 1:
        return torch.empty([0], dtype=self.dtype)
    pairs = torch.combinations(torch.arange(n))
    return torch.linalg_vector_norm(self.index_select(0, pairs.select(1, 0)) - self.index_select(0, pairs.select(1, 1)), p, [1])

def _pdist_forward(self: Tensor, p: float) -> Tensor:
    return pdist(self, p)

# ---- products

def linalg_matrix_power(self: Tensor, n: int) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    if self.size(-1) != self.size(-2):
        raise RuntimeError("linalg.matrix_power: A must be batches of square matrices, but they are {} by {} matrices".format(self.size(-2), self.size(-1)))
    if n == 0:
        return torch.zeros_like(self) + torch.eye(self.size(-1), dtype=self.dtype)
    base = self
    k = n
    if n < 0:
        base = torch.linalg_inv(self)
        k = -n
    result: Optional[Tensor] = None
    while k > 0:
        if k % 2 == 1:
            result = base if result is None else torch.matmul(result, base)
        k = k // 2
        if k > 0:
            base = torch.matmul(base, base)
    assert result is not None
    return result.clone() if n == 1 else result

def matrix_power(self: Tensor, n: int) -> Tensor:
    return linalg_matrix_power(self, n)

def linalg_multi_dot(tensors: List[Tensor]) -> Tensor:
    if len(tensors) < 2:
        raise RuntimeError("multi_dot(): expected at least 2 tensors but got {}".format(len(tensors)))
    for i in range(len(tensors)):
        inner = i > 0 and i < len(tensors) - 1
        if tensors[i].dim() != 2 and (inner or tensors[i].dim() != 1):
            raise RuntimeError("multi_dot(): tensor {} must be {} but got {}D".format(i, "2D" if inner else "1D or 2D", tensors[i].dim()))
    result = tensors[0]
    for i in range(1, len(tensors)):
        result = torch.matmul(result, tensors[i])
    return result

def linalg_vecdot(x: Tensor, y: Tensor, dim: int) -> Tensor:
    if x.dtype != y.dtype:
        raise RuntimeError("linalg.vecdot: Expected x and y to have the same dtype, but found x of type {} and y of type {} instead".format(x.dtype, y.dtype))
    return (x.conj() * y).sum(dim)

def kron(self: Tensor, other: Tensor) -> Tensor:
    n = max(self.dim(), other.dim())
    a: List[int] = []
    b: List[int] = []
    c: List[int] = []
    for i in range(n):
        k = i - (n - self.dim())
        m = i - (n - other.dim())
        p = self.size(k) if k >= 0 else 1
        q = other.size(m) if m >= 0 else 1
        a.append(p)
        a.append(1)
        b.append(1)
        b.append(q)
        c.append(p * q)
    return (self.reshape(a) * other.reshape(b)).reshape(c)

def ger(self: Tensor, vec2: Tensor) -> Tensor:
    if self.dim() != 1 or vec2.dim() != 1:
        raise RuntimeError("outer: Expected 1-D argument self, but got {}-D".format(self.dim()))
    return self.unsqueeze(1) * vec2

def addr(self: Tensor, vec1: Tensor, vec2: Tensor, beta: number, alpha: number) -> Tensor:
    if vec1.dim() != 1 or vec2.dim() != 1:
        raise RuntimeError("addr: Expected 1-D argument vec1, but got {}-D".format(vec1.dim()))
    product = vec1.unsqueeze(1) * vec2
    if self.dtype == torch.bool and product.dtype == torch.bool:
        yes = alpha != 0
        keep = beta != 0
        scaled = torch.logical_and(product, torch.full_like(product, yes))
        return torch.logical_or(torch.logical_and(self, torch.full_like(self, keep)), scaled)
    if beta == 0:
        return (product * alpha).to(torch.result_type(self, product)) + torch.zeros_like(product)
    return self * beta + product * alpha

def linalg_cross(self: Tensor, other: Tensor, dim: int) -> Tensor:
    if self.dim() != other.dim():
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if self.size(dim) != 3 or other.size(dim) != 3:
        raise RuntimeError("linalg.cross: inputs dimension {} must have length 3. Got {} and {}".format(dim, self.size(dim), other.size(dim)))
    d = dim if dim >= 0 else dim + self.dim()
    a = [self.select(d, 0), self.select(d, 1), self.select(d, 2)]
    b = [other.select(d, 0), other.select(d, 1), other.select(d, 2)]
    return torch.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], d)

def cross(self: Tensor, other: Tensor, dim: Optional[int]) -> Tensor:
    if dim is not None:
        return linalg_cross(self, other, dim)
    for i in range(self.dim()):
        if self.size(i) == 3:
            return linalg_cross(self, other, i)
    raise RuntimeError("no dimension of size 3 in input")

def trace(self: Tensor) -> Tensor:
    if self.dim() != 2:
        raise RuntimeError("trace: expected a matrix, but got tensor with dim {}".format(self.dim()))
    return self.diagonal().sum()

def linalg_tensorinv(self: Tensor, ind: int) -> Tensor:
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind' argument.")
    first = self.size()[:ind]
    last = self.size()[ind:]
    rows = 1
    for n in first:
        rows *= n
    cols = 1
    for n in last:
        cols *= n
    if rows != cols:
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {} != {}".format(cols, rows))
    return torch.linalg_inv(self.reshape([cols, rows])).reshape(last + first)

def linalg_tensorsolve(self: Tensor, other: Tensor, dims: Optional[List[int]]) -> Tensor:
    a = self
    if dims is not None:
        to: List[int] = []
        for i in range(len(dims)):
            to.append(a.dim() - len(dims) + i)
        a = a.movedim(dims, to)
    shape = a.size()[other.dim():]
    cols = 1
    for n in shape:
        cols *= n
    rows = 1
    for n in a.size()[:other.dim()]:
        rows *= n
    if rows != cols:
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got {} != {}".format(cols, rows))
    return torch.linalg_solve(a.reshape([rows, cols]), other.reshape([-1])).reshape(shape)

def _whole(x: Tensor) -> Tensor:
    if torch.is_floating_point(x) or torch.is_complex(x):
        return x
    return x.to(torch.int64)

def linalg_vander(x: Tensor, N: Optional[int]) -> Tensor:
    n = 0
    if N is not None:
        n = N
    else:
        n = x.size(-1)
    if n < 1 or (N is not None and n < 2):
        raise RuntimeError("N must be greater than 1.")
    v = _whole(x)
    if v.dim() == 0:
        v = v.reshape([1])
    ones = torch.ones_like(v).unsqueeze(-1)
    powers = v.unsqueeze(-1).expand(v.size() + [n - 1]).cumprod(-1)
    return torch.cat([ones, powers], -1)

def vander(x: Tensor, N: Optional[int], increasing: bool) -> Tensor:
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.size(0)
    if N is not None:
        n = N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    v = _whole(x)
    if n == 0:
        return torch.empty([x.size(0), 0], dtype=v.dtype)
    out = torch.cat([torch.ones_like(v).unsqueeze(-1), v.unsqueeze(-1).expand([v.size(0), n - 1]).cumprod(-1)], -1)
    return out if increasing else out.flip([1])

# ---- statistics of observations

def cov(self: Tensor, correction: int, fweights: Optional[Tensor], aweights: Optional[Tensor]) -> Tensor:
    if self.dim() > 2:
        raise RuntimeError("cov(): expected input to have two or fewer dimensions but got an input with {} dimensions".format(self.dim()))
    if self.dtype == torch.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = self
    if self.dim() < 2:
        x = self.reshape([1, -1])
    w: Optional[Tensor] = None
    if fweights is not None:
        w = fweights
    if aweights is not None:
        w = aweights if w is None else w * aweights
    total = torch.tensor(x.size(1), dtype=torch.int64)
    if w is not None:
        total = w.sum()
        if w.numel() != 0 and float(total.item()) == 0.0:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    mean = x.sum(1) / total
    if w is not None:
        mean = (x * w).sum(1) / total
    norm = total - correction
    if w is not None and aweights is not None and correction != 0:
        norm = total - correction * (w * aweights).sum() / total
    if float(norm.item()) <= 0.0:
        norm = torch.zeros_like(norm)
    centred = x - mean.unsqueeze(1)
    weighted = centred
    if w is not None:
        weighted = centred * w
    return torch.true_divide(torch.matmul(centred, weighted.t().conj()), norm).squeeze()

def corrcoef(self: Tensor) -> Tensor:
    if self.dim() > 2:
        raise RuntimeError("corrcoef(): expected input to have two or fewer dimensions but got an input with {} dimensions".format(self.dim()))
    c = cov(self, 1, None, None)
    if c.dim() == 0:
        return c / c
    std = torch.real(c.diagonal()).sqrt()
    c = c / std.unsqueeze(1) / std.unsqueeze(0)
    if torch.is_complex(c):
        return torch.complex(torch.real(c).clamp(-1, 1), torch.imag(c).clamp(-1, 1))
    return c.clamp(-1, 1)

# ---- integrals

def _trapezoid_widths(y: Tensor, x: Tensor, dim: int) -> Tensor:
    if y.dtype == torch.bool or x.dtype == torch.bool:
        raise RuntimeError("trapezoid: received a bool input for `x` or `y`, but bool is not supported")
    d = dim if dim >= 0 else dim + y.dim()
    v = x
    if x.dim() == 1:
        if x.size(0) != y.size(d):
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        shape = [1] * y.dim()
        shape[d] = x.size(0)
        v = x.view(shape)
    elif x.dim() < y.dim():
        v = x.view([1] * (y.dim() - x.dim()) + x.size())
    n = v.size(d - y.dim())
    return v.narrow(d - y.dim(), 1, n - 1) - v.narrow(d - y.dim(), 0, n - 1)

def _trapezoid_heights(y: Tensor, dim: int) -> Tensor:
    if y.dtype == torch.bool:
        raise RuntimeError("trapezoid: received a bool input for `y`, but bool is not supported")
    n = y.size(dim)
    return y.narrow(dim, 1, n - 1) + y.narrow(dim, 0, n - 1)

def trapezoid__x(y: Tensor, x: Tensor, dim: int) -> Tensor:
    if y.size(dim) == 0:
        return torch.zeros_like(y.sum(dim))
    return (_trapezoid_widths(y, x, dim) * _trapezoid_heights(y, dim)).sum(dim) / 2.0

def trapezoid__dx(y: Tensor, dx: number, dim: int) -> Tensor:
    if y.size(dim) == 0:
        return torch.zeros_like(y.sum(dim))
    return _trapezoid_heights(y, dim).sum(dim) * dx / 2.0

def trapz__x(y: Tensor, x: Tensor, dim: int) -> Tensor:
    return trapezoid__x(y, x, dim)

def trapz__dx(y: Tensor, dx: float, dim: int) -> Tensor:
    return trapezoid__dx(y, dx, dim)

def cumulative_trapezoid__x(y: Tensor, x: Tensor, dim: int) -> Tensor:
    return (_trapezoid_widths(y, x, dim) * _trapezoid_heights(y, dim)).cumsum(dim) / 2.0

def cumulative_trapezoid__dx(y: Tensor, dx: number, dim: int) -> Tensor:
    return _trapezoid_heights(y, dim).cumsum(dim) * dx / 2.0

# ---- weight normalisation: v scaled to the lengths g, slice by slice along dim

def _norm_except(v: Tensor, dim: int) -> Tensor:
    if dim == -1:
        return torch.linalg_vector_norm(v, 2)
    dims: List[int] = []
    for i in range(v.dim()):
        if i != dim:
            dims.append(i)
    if len(dims) == 0:
        return v.abs()
    return torch.linalg_vector_norm(v, 2, dims, True)

def _weight_norm(v: Tensor, g: Tensor, dim: int) -> Tensor:
    return v * (g / _norm_except(v, dim))

def _weight_norm_interface(v: Tensor, g: Tensor, dim: int) -> Tuple[Tensor, Tensor]:
    norm = _norm_except(v, dim)
    return v * (g / norm), norm
