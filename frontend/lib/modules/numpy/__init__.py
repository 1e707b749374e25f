# SPDX-License-Identifier: BSD-3-Clause
# numpy, as far as constructors of models use it: functions over numbers and arrays, with arrays that hold a tensor.
# Numbers are float64 and int64 as in numpy; scalars are Python's numbers.
import math
import torch

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
newaxis = None

float64 = double = float_ = torch.float64
float32 = single = torch.float32
float16 = half = torch.float16
int64 = int_ = long = torch.int64
int32 = torch.int32
int16 = torch.int16
int8 = torch.int8
uint8 = torch.uint8
bool_ = torch.bool
complex64 = torch.complex64
complex128 = torch.complex128


def _dtype(d):
    if d is None or isinstance(d, torch.dtype):
        return d
    if d is float:
        return torch.float64
    if d is int:
        return torch.int64
    if d is bool:
        return torch.bool
    if isinstance(d, str):
        return getattr(torch, d)
    raise TypeError(f"Cannot interpret '{d!r}' as a data type")


def _tensor(x, dtype=None):
    if isinstance(x, ndarray):
        t = x._t
    elif isinstance(x, torch.Tensor):
        t = x.detach()
    else:
        if isinstance(x, (list, tuple)) and any(isinstance(v, (ndarray, torch.Tensor)) for v in x):
            t = torch.stack([_tensor(v) for v in x])
        elif isinstance(x, (bool, int, float, complex, list, tuple, range)):
            t = torch.tensor(list(x) if isinstance(x, range) else x, dtype=dtype or _default(x))
        else:
            raise TypeError(f"no array can be made of '{type(x).__name__}'")
    return t if dtype is None or t.dtype == dtype else t.to(dtype)


def _default(x):
    while isinstance(x, (list, tuple, range)):
        if len(x) == 0:
            return torch.float64
        floats = [v for v in x if isinstance(v, float)]
        if floats:
            return torch.float64
        nested = [_default(v) for v in x]
        if torch.float64 in nested:
            return torch.float64
        return nested[0]
    if isinstance(x, bool):
        return torch.bool
    if isinstance(x, int):
        return torch.int64
    return torch.complex128 if isinstance(x, complex) else torch.float64


def _wrap(t):
    return t.item() if t.dim() == 0 else ndarray(t)


def _is_scalar(x):
    return isinstance(x, (bool, int, float, complex))


class ndarray:
    def __init__(self, t):
        self._t = t

    @property
    def shape(self):
        return tuple(self._t.shape)

    @property
    def ndim(self):
        return self._t.dim()

    @property
    def size(self):
        return self._t.numel()

    @property
    def dtype(self):
        return self._t.dtype

    @property
    def T(self):
        return ndarray(self._t.permute(*reversed(range(self._t.dim()))))

    @property
    def flat(self):
        return iter(self._t.flatten().tolist())

    def __len__(self):
        return len(self._t)

    def __iter__(self):
        for t in self._t:
            yield _wrap(t)

    def _key(self, key):
        if isinstance(key, tuple):
            return tuple([self._key(k) for k in key])
        return key._t if isinstance(key, ndarray) else key

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        if not any([isinstance(k, slice) and k.step is not None and k.step < 0 for k in parts]):
            return _wrap(self._t[self._key(key)])
        # tensors have no slices that go backwards: such an axis is gathered
        t = self._t
        axis = 0
        rest = []
        for k in parts:
            if isinstance(k, slice) and k.step is not None and k.step < 0:
                t = t.index_select(axis, torch.tensor(list(range(*k.indices(t.shape[axis]))), dtype=torch.int64))
                k = slice(None)
            elif k is Ellipsis or k is None or isinstance(k, (ndarray, list)):
                raise NotImplementedError("a backwards slice beside this index")
            rest.append(k)
            axis += 1
        return _wrap(t[tuple(rest)])

    def __setitem__(self, key, value):
        self._t[self._key(key)] = value._t if isinstance(value, ndarray) else value

    def __repr__(self):
        return "array(" + repr(self._t.tolist()) + ")"

    def __str__(self):
        return str(self._t.tolist()).replace(",", "")

    def __float__(self):
        return float(self._t.item())

    def __int__(self):
        return int(self._t.item())

    def __bool__(self):
        return bool(self._t)

    def __contains__(self, value):
        return bool((self._t == value).any())

    def tolist(self):
        return self._t.tolist()

    def item(self, *at):
        return self._t[at].item() if at else self._t.item()

    def astype(self, dtype):
        return ndarray(self._t.to(_dtype(dtype)))

    def copy(self):
        return ndarray(self._t.clone())

    def reshape(self, *shape):
        return ndarray(self._t.reshape(*shape))

    def flatten(self):
        return ndarray(self._t.flatten())

    ravel = flatten

    def transpose(self, *axes):
        return ndarray(self._t.permute(*axes)) if axes else self.T

    def squeeze(self):
        return ndarray(self._t.squeeze())

    def fill(self, value):
        self._t.fill_(value)

    def dot(self, other):
        return dot(self, other)

    def sum(self, axis=None, keepdims=False):
        return sum(self, axis, keepdims=keepdims)

    def prod(self, axis=None):
        return prod(self, axis)

    def mean(self, axis=None, keepdims=False):
        return mean(self, axis, keepdims=keepdims)

    def std(self, axis=None, ddof=0):
        return std(self, axis, ddof=ddof)

    def var(self, axis=None, ddof=0):
        return var(self, axis, ddof=ddof)

    def min(self, axis=None):
        return amin(self, axis)

    def max(self, axis=None):
        return amax(self, axis)

    def argmax(self, axis=None):
        return argmax(self, axis)

    def argmin(self, axis=None):
        return argmin(self, axis)

    def all(self):
        return bool(self._t.all())

    def any(self):
        return bool(self._t.any())

    def cumsum(self, axis=None):
        return cumsum(self, axis)

    def _with(self, other, fn):
        if isinstance(other, ndarray):
            other = other._t
        elif not _is_scalar(other):
            if not isinstance(other, (list, tuple)):
                return NotImplemented
            other = _tensor(other)
        mine = self._t
        if isinstance(other, float) and not mine.is_floating_point() and not mine.is_complex():
            mine = mine.double()
        return ndarray(fn(mine, other))

    def _numeric(self):
        return self if self._t.is_floating_point() or self._t.is_complex() else ndarray(self._t.double())

    def __add__(self, o):
        return self._with(o, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, o):
        return self._with(o, lambda a, b: a - b)

    def __rsub__(self, o):
        return self._with(o, lambda a, b: b - a)

    def __mul__(self, o):
        return self._with(o, lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, o):
        return self._numeric()._with(o, lambda a, b: a / b)

    def __rtruediv__(self, o):
        return self._numeric()._with(o, lambda a, b: b / a)

    def __floordiv__(self, o):
        return self._with(o, lambda a, b: a // b)

    def __mod__(self, o):
        return self._with(o, lambda a, b: a % b)

    def __pow__(self, o):
        return self._with(o, lambda a, b: a ** b)

    def __rpow__(self, o):
        return self._with(o, lambda a, b: b ** a)

    def __matmul__(self, o):
        return dot(self, o)

    def __neg__(self):
        return ndarray(-self._t)

    def __abs__(self):
        return ndarray(self._t.abs())

    def __invert__(self):
        return ndarray(~self._t)

    def __eq__(self, o):
        return self._with(o, lambda a, b: a == b)

    def __ne__(self, o):
        return self._with(o, lambda a, b: a != b)

    def __lt__(self, o):
        return self._with(o, lambda a, b: a < b)

    def __le__(self, o):
        return self._with(o, lambda a, b: a <= b)

    def __gt__(self, o):
        return self._with(o, lambda a, b: a > b)

    def __ge__(self, o):
        return self._with(o, lambda a, b: a >= b)

    def __and__(self, o):
        return self._with(o, lambda a, b: a & b)

    def __or__(self, o):
        return self._with(o, lambda a, b: a | b)


def array(object, dtype=None, copy=True):
    return ndarray(_tensor(object, _dtype(dtype)).clone())


def asarray(a, dtype=None):
    return ndarray(_tensor(a, _dtype(dtype)))


def _shape(shape):
    return (shape,) if isinstance(shape, int) else tuple(shape)


def zeros(shape, dtype=None):
    return ndarray(torch.zeros(_shape(shape), dtype=_dtype(dtype) or torch.float64))


def ones(shape, dtype=None):
    return ndarray(torch.ones(_shape(shape), dtype=_dtype(dtype) or torch.float64))


def empty(shape, dtype=None):
    return zeros(shape, dtype)


def full(shape, fill_value, dtype=None):
    return ndarray(torch.full(_shape(shape), fill_value, dtype=_dtype(dtype) or _default(fill_value)))


def zeros_like(a, dtype=None):
    return ndarray(torch.zeros_like(_tensor(a), dtype=_dtype(dtype)))


def ones_like(a, dtype=None):
    return ndarray(torch.ones_like(_tensor(a), dtype=_dtype(dtype)))


def eye(N, M=None, dtype=None):
    return ndarray(torch.eye(N, N if M is None else M, dtype=_dtype(dtype) or torch.float64))


identity = eye


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        start, stop = 0, start
    n = max(math.ceil((stop - start) / step), 0)
    if dtype is None:
        dtype = torch.int64 if all(isinstance(v, int) for v in (start, stop, step)) else torch.float64
    values = torch.arange(n, dtype=torch.int64)
    return ndarray((values * step + start).to(_dtype(dtype)) if isinstance(start + step, int) else
                   (values.double() * step + start).to(_dtype(dtype)))


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    div = num - 1 if endpoint else num
    values = torch.arange(num, dtype=torch.float64)
    if div > 0:
        values = values * ((stop - start) / div) + start
    else:
        values = values + start
    if endpoint and num > 1:
        values[-1] = stop
    return ndarray(values.to(_dtype(dtype)) if dtype is not None else values)


def logspace(start, stop, num=50, base=10.0):
    return base ** linspace(start, stop, num)


def _unary(name, fn, tfn):
    def f(x):
        if _is_scalar(x):
            try:
                return fn(x)
            except (ValueError, OverflowError, ZeroDivisionError):
                return tfn(torch.tensor(x, dtype=torch.float64)).item()
        t = _tensor(x)
        if not t.is_floating_point() and not t.is_complex():
            t = t.double()
        return _wrap(tfn(t))
    f.__name__ = name
    return f


sqrt = _unary("sqrt", math.sqrt, torch.sqrt)
exp = _unary("exp", math.exp, torch.exp)
log = _unary("log", math.log, torch.log)
log2 = _unary("log2", math.log2, torch.log2)
log10 = _unary("log10", math.log10, torch.log10)
log1p = _unary("log1p", math.log1p, torch.log1p)
sin = _unary("sin", math.sin, torch.sin)
cos = _unary("cos", math.cos, torch.cos)
tan = _unary("tan", math.tan, torch.tan)
tanh = _unary("tanh", math.tanh, torch.tanh)
arctan = _unary("arctan", math.atan, torch.atan)
ceil = _unary("ceil", lambda x: float(math.ceil(x)), torch.ceil)
floor = _unary("floor", lambda x: float(math.floor(x)), torch.floor)
rint = _unary("rint", lambda x: float(_round(x)), torch.round)
isnan = _unary("isnan", math.isnan, torch.isnan)
isinf = _unary("isinf", math.isinf, torch.isinf)
_round = round
_abs = abs
_sum = sum


def abs(x):
    return _abs(x) if _is_scalar(x) else _wrap(_tensor(x).abs())


absolute = fabs = abs


def sign(x):
    return (x > 0) - (x < 0) if _is_scalar(x) else _wrap(_tensor(x).sign())


def square(x):
    return x * x if _is_scalar(x) else _wrap(_tensor(x) ** 2)


def power(a, b):
    return a ** b if _is_scalar(a) and _is_scalar(b) else asarray(a) ** b


def round(a, decimals=0):
    return _round(float(a), decimals) if _is_scalar(a) else _wrap(torch.round(_tensor(a), decimals=decimals))


around = round_ = round


def _reduce(a, axis, fn, keepdims=False):
    t = _tensor(a)
    if axis is None:
        return _wrap(fn(t.flatten(), 0, False))
    return _wrap(fn(t, axis, keepdims))


def prod(a, axis=None):
    return _reduce(a, axis, lambda t, d, k: t.prod(d, keepdim=k))


def sum(a, axis=None, keepdims=False):
    return _reduce(a, axis, lambda t, d, k: t.sum(d, keepdim=k), keepdims)


def _real(t):
    return t if t.is_floating_point() or t.is_complex() else t.double()


def mean(a, axis=None, keepdims=False):
    return _reduce(a, axis, lambda t, d, k: _real(t).mean(d, keepdim=k), keepdims)


def var(a, axis=None, ddof=0):
    return _reduce(a, axis, lambda t, d, k: _real(t).var(d, correction=ddof, keepdim=k))


def std(a, axis=None, ddof=0):
    return _reduce(a, axis, lambda t, d, k: _real(t).std(d, correction=ddof, keepdim=k))


def amin(a, axis=None):
    return _reduce(a, axis, lambda t, d, k: t.amin(d, keepdim=k))


def amax(a, axis=None):
    return _reduce(a, axis, lambda t, d, k: t.amax(d, keepdim=k))


def argmax(a, axis=None):
    return _reduce(a, axis, lambda t, d, k: t.argmax(d, keepdim=k))


def argmin(a, axis=None):
    return _reduce(a, axis, lambda t, d, k: t.argmin(d, keepdim=k))


def cumsum(a, axis=None):
    t = _tensor(a)
    return ndarray(t.flatten().cumsum(0) if axis is None else t.cumsum(axis))


def median(a):
    values = sorted(_tensor(a).flatten().tolist())
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def sort(a, axis=-1):
    return ndarray(torch.sort(_tensor(a), dim=axis)[0])


def argsort(a, axis=-1):
    return ndarray(torch.argsort(_tensor(a), dim=axis, stable=True))


def unique(a):
    return ndarray(torch.unique(_tensor(a)))


def maximum(a, b):
    if _is_scalar(a) and _is_scalar(b):
        return max(a, b)
    return _wrap(torch.maximum(_tensor(a), _tensor(b)))


def minimum(a, b):
    if _is_scalar(a) and _is_scalar(b):
        return min(a, b)
    return _wrap(torch.minimum(_tensor(a), _tensor(b)))


def clip(a, a_min, a_max):
    if _is_scalar(a):
        return min(max(a, a_min), a_max)
    return _wrap(_tensor(a).clamp(a_min, a_max))


def where(condition, x=None, y=None):
    c = _tensor(condition)
    if x is None:
        return tuple([ndarray(t) for t in torch.where(c)])
    return _wrap(torch.where(c, _tensor(x), _tensor(y)))


def dot(a, b):
    if _is_scalar(a) or _is_scalar(b):
        return a * b
    return _wrap(torch.matmul(_tensor(a), _tensor(b)))


matmul = dot


def outer(a, b):
    return ndarray(torch.outer(_tensor(a), _tensor(b)))


def concatenate(arrays, axis=0):
    return ndarray(torch.cat([_tensor(a) for a in arrays], dim=axis))


def stack(arrays, axis=0):
    return ndarray(torch.stack([_tensor(a) for a in arrays], dim=axis))


def reshape(a, shape):
    return asarray(a).reshape(shape)


def transpose(a, axes=None):
    return asarray(a).T if axes is None else asarray(a).transpose(*axes)


def expand_dims(a, axis):
    return ndarray(_tensor(a).unsqueeze(axis))


def triu(m, k=0):
    return ndarray(torch.triu(_tensor(m), k))


def tril(m, k=0):
    return ndarray(torch.tril(_tensor(m), k))


def repeat(a, repeats):
    return ndarray(_tensor(a).flatten().repeat_interleave(repeats))


def tile(a, reps):
    return ndarray(_tensor(a).repeat(reps if isinstance(reps, tuple) else (reps,)))


def allclose(a, b, rtol=1e-05, atol=1e-08):
    return bool(torch.allclose(_tensor(a).double(), _tensor(b).double(), rtol=rtol, atol=atol))


def array_equal(a, b):
    return bool(torch.equal(_tensor(a), _tensor(b)))


def ndim(a):
    return _tensor(a).dim()


def shape(a):
    return tuple(_tensor(a).shape)


def size(a):
    return _tensor(a).numel()


def isscalar(x):
    return _is_scalar(x) or isinstance(x, str)


def loadtxt(fname, dtype=float, delimiter=None, skiprows=0, comments="#"):
    rows = []
    with open(fname) as f:
        for i, line in enumerate(f):
            line = line.split(comments)[0].strip() if comments else line.strip()
            if i >= skiprows and line:
                rows.append([float(x) for x in line.split(delimiter)])
    t = torch.tensor(rows, dtype=torch.float64).to(_dtype(dtype))
    return ndarray(t.squeeze())


def load(file):
    return ndarray(torch.load(file))


class finfo:
    def __init__(self, dtype):
        info = torch.finfo(_dtype(dtype))
        self.eps, self.min, self.max, self.tiny = info.eps, info.min, info.max, info.tiny


class iinfo:
    def __init__(self, dtype):
        info = torch.iinfo(_dtype(dtype))
        self.min, self.max = info.min, info.max


def _from_numpy(a):
    if not isinstance(a, ndarray):
        raise TypeError(f"expected np.ndarray (got {type(a).__name__})")
    return a._t


torch.from_numpy = _from_numpy
