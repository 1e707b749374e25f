"""Writes tests/ops/*.txt: calls of single operators with what PyTorch returns (tests/op_rows.h has the form).

    python3 tests/oracle/op_rows.py tests/ops
"""
import itertools
import os
import sys
import warnings

import torch

warnings.filterwarnings("ignore")
ops = torch.ops.aten
NAMES = {torch.bool: "b", torch.uint8: "u8", torch.int8: "i8", torch.int16: "i16", torch.int32: "i32", torch.int64: "i64",
         torch.float16: "f16", torch.bfloat16: "bf16", torch.float32: "f32", torch.float64: "f64",
         torch.complex32: "c32", torch.complex64: "c64", torch.complex128: "c128"}
CODES = {torch.uint8: 0, torch.int8: 1, torch.int16: 2, torch.int32: 3, torch.int64: 4, torch.float16: 5, torch.float32: 6,
         torch.float64: 7, torch.complex32: 8, torch.complex64: 9, torch.complex128: 10, torch.bool: 11, torch.bfloat16: 15}


def number(v):
    return repr(float(v)) if isinstance(v, float) else str(int(v))


def elements(t):
    if t.dtype == torch.complex32:
        t = t.to(torch.complex64)
    out = []
    for v in t.tolist() if t.dim() else [t.item()]:
        out.append("%r,%r" % (v.real, v.imag) if isinstance(v, complex) else number(v))
    return ",".join(out)


def text(v):
    if v is None:
        return "none"
    if isinstance(v, torch.Tensor):
        head = "%s[%s]" % (NAMES[v.dtype], ",".join(map(str, v.shape)))
        if v.is_contiguous():
            return "%s{%s}" % (head, elements(v.reshape(-1)))
        n = 1 + sum((s - 1) * k for s, k in zip(v.shape, v.stride()))
        return "%s@[%s]{%s}" % (head, ",".join(map(str, v.stride())), elements(torch.as_strided(v, [n], [1], v.storage_offset())))
    if isinstance(v, bool):
        return "b:%d" % v
    if isinstance(v, int):
        return "i:%d" % v
    if isinstance(v, float):
        return "f:%r" % v
    if isinstance(v, complex):
        return "c:%r,%r" % (v.real, v.imag)
    if isinstance(v, torch.dtype):
        return "i:%d" % CODES[v]
    if isinstance(v, (list, tuple)):
        return "(%s)" % " ".join(map(text, v))
    if isinstance(v, str):
        return "s:" + v
    raise TypeError(type(v))


class Sheet:
    def __init__(self, path):
        self.out = open(path, "w")
        self.seen = set()
        print("# Written by tests/oracle/op_rows.py with torch %s." % torch.__version__, file=self.out)

    def row(self, op, *args, **kwargs):
        s = op._schema
        full = []
        for i, a in enumerate(s.arguments):
            if a.name in kwargs:
                v = kwargs[a.name]
            elif i < len(args):
                v = args[i]
            else:
                v = a.default_value
            if str(a.type) in ("float", "Optional[float]") and isinstance(v, int) and not isinstance(v, bool):
                v = float(v)
            full.append(v)
        key = s.name + ("." + s.overload_name if s.overload_name else "")
        words = " ".join(text(v) for v in full)
        if (key, words) in self.seen:
            return
        self.seen.add((key, words))
        try:
            r = op(*args, **kwargs)
        except Exception as e:
            print("%s | %s =! %s" % (key, words, str(e).split("\n")[0][:110]), file=self.out)
            return
        results = r if len(s.returns) > 1 else [r]
        print("%s | %s => %s" % (key, words, " ".join(text(v) for v in results)), file=self.out)


REAL = torch.tensor([-3.5, -1.0, -0.5, -0.0, 0.25, 0.5, 1.0, 1.5, 2.5, 7.0, 20.0, -20.0, float("inf"), float("-inf"), float("nan"), 1e-3, 0.875])
INTS = torch.tensor([-5, -1, 0, 1, 2, 3, 100, 127])
CPLX = torch.tensor([1 + 2j, -0.5 + 0.25j, 0j, 3 - 1j])
UNARY = """abs acos acosh angle asin asinh atan atanh bitwise_not ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 floor
frac hardsigmoid hardswish i0 isfinite isinf isnan isneginf isposinf isreal lgamma log log10 log1p log2 logical_not mish neg
positive rad2deg reciprocal relu relu6 round rsqrt selu sgn sigmoid sign signbit silu sin sinc sinh sqrt square tan tanh trunc
log_sigmoid special_bessel_j0 special_entr special_erfcx special_i0e special_i1 special_i1e special_log_ndtr special_ndtr
special_modified_bessel_k0 special_modified_bessel_k1 special_ndtri special_spherical_bessel_j0 frexp conj_physical""".split()
NO_HALF = {"special_i0e", "special_i1e"}  # likewise for half precision
LOOSE = {"special_bessel_j0"}  # PyTorch's own float64 is short of digits here: float32 only
BINARY = """add sub mul div atan2 bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift eq ne lt le gt ge maximum
minimum fmax fmin fmod remainder floor_divide pow gcd lcm hypot copysign logaddexp logaddexp2 logical_and logical_or logical_xor
nextafter xlogy special_xlog1py float_power ldexp heaviside rsub""".split()


def overload(packet, *names):
    for n in names:
        if n in packet.overloads():
            return getattr(packet, n)
    return None


def pointwise(path):
    sh = Sheet(path)
    for name in UNARY:
        op = overload(getattr(ops, name), "default", "Tensor")
        for t in (REAL, REAL.double(), REAL.half(), REAL.bfloat16(), INTS, INTS.to(torch.uint8), INTS > 0, CPLX):
            if name in LOOSE and t.dtype == torch.float64:
                continue
            if name in NO_HALF and t.dtype in (torch.float16, torch.bfloat16):
                continue
            sh.row(op, t[:14] if name == "signbit" else t)
        sh.row(op, torch.arange(12, dtype=torch.float32).reshape(3, 4).t() / 10)
    a, b = torch.tensor([-7.5, -1.0, 0.0, 2.0, 5.25, float("nan"), float("inf")]), torch.tensor([2.0, -3.0, 0.0, 0.5, -1.5, 1.0, 2.0])
    i, j = torch.tensor([-7, -1, 0, 2, 5, 9, 100]), torch.tensor([2, -3, 4, 1, -2, 3, 7])
    c = torch.tensor([1 + 2j, -1 - 1j, 2j, 3 + 0j])
    for name in BINARY:
        packet = getattr(ops, name)
        op = overload(packet, "Tensor", "Tensor_Tensor", "default")
        scalar = overload(packet, "Tensor_Scalar", "Scalar")
        pairs = [(a, b), (a.double(), b), (a.half(), b.half()), (a.bfloat16(), b.bfloat16()), (i, j), (i.int(), j), (i, b),
                 (i.abs().to(torch.uint8), j.abs().to(torch.uint8)), (i > 0, j > 0), (i > 0, j), (c, c.flip(0)),
                 (a, torch.tensor(2.0, dtype=torch.float64)), (i.to(torch.int8), torch.tensor(300)), (torch.tensor(3), torch.tensor(2.5)),
                 (a[:6].reshape(2, 3), b[:3]), (a[:6].reshape(2, 3).t(), b[:6].reshape(2, 3).t()), (a[:4].reshape(4, 1), b[:3]),
                 (a[:2], b[:3]), (a[:0], b[:1]), (i, torch.zeros_like(i))]
        for p, q in pairs:
            sh.row(op, p, q)
        if scalar:
            for t, s in itertools.product((a, i, i > 0, a.half()), (2, 0.5, True, -1)):
                sh.row(scalar, t, s)
    for op in (ops.add.Tensor, ops.sub.Tensor):
        for t, alpha in itertools.product((a, i, i > 0, c), (2, 0.5, True, 1j)):
            sh.row(op, t, t, alpha=alpha)
    for mode in ("floor", "trunc", "none_such"):
        for p, q in ((a, b), (i, j), (i, b), (a.half(), b.half()), (i, torch.zeros_like(i))):
            sh.row(ops.div.Tensor_mode, p, q, rounding_mode=mode)
    for e in (-2, -1, -0.5, 0, 0.5, 1, 2, 3, 2.5):
        for t in (a, i, c, a.half()):
            sh.row(ops.pow.Tensor_Scalar, t, e)
    sh.row(ops.pow.Scalar, 2, i)
    sh.row(ops.pow.Scalar, 1, a)
    for t in (REAL, REAL.half(), INTS, INTS.to(torch.uint8), CPLX):
        sh.row(ops.clamp.default, t, 0, 2)
        sh.row(ops.clamp.default, t, None, 1.5)
        sh.row(ops.clamp.default, t, -1)
        sh.row(ops.clamp.default, t)
        sh.row(ops.hardtanh.default, t)
        sh.row(ops.leaky_relu.default, t, 0.1)
        sh.row(ops.elu.default, t, 1.5)
        sh.row(ops.celu.default, t, 0.5)
        sh.row(ops.gelu.default, t[:12])
        sh.row(ops.gelu.default, t[:12], approximate="tanh")
        sh.row(ops.softplus.default, t, 2, 3)
        sh.row(ops.hardshrink.default, t)
        sh.row(ops.softshrink.default, t)
        sh.row(ops.threshold.default, t, 0.5, 9)
        sh.row(ops.nan_to_num.default, t)
        sh.row(ops.nan_to_num.default, t, 1.0, 2.0, 3.0)
        sh.row(ops.logit.default, t, 0.1)
        sh.row(ops.round.decimals, t, decimals=1)
        if not t.is_complex():
            sh.row(ops.polygamma.default, 1, t[4:11])
            sh.row(ops.polygamma.default, 3, t[4:11])
    sh.row(ops.clamp.Tensor, a, torch.zeros(7), torch.tensor(3.0))
    for cond in (a > 0, torch.tensor(True), a):
        sh.row(ops.where.self, cond, a, b)
        sh.row(ops.where.self, cond, i, b)
        sh.row(ops.where.ScalarOther, cond, a, 3)
    sh.row(ops.addcmul.default, a, b, a, value=2)
    sh.row(ops.addcmul.default, i, j, i, value=3)
    sh.row(ops.addcdiv.default, a, b, a, value=0.5)
    sh.row(ops.addcdiv.default, i, j, i)
    sh.row(ops.lerp.Scalar, a, b, 0.3)
    sh.row(ops.lerp.Tensor, a, b, b)
    sh.row(ops.lerp.Scalar, a, b.double(), 0.3)
    p = torch.tensor([0.5, 1.0, 3.0, 10.0])
    for x in (p, p * 2, p / 10):
        sh.row(ops.igamma.default, p.double(), x.double())
        sh.row(ops.igammac.default, p, x)
        sh.row(ops.special_zeta.default, p.double() + 1, x.double())
    n = torch.tensor([0, 1, 2, 5, 9])
    x = torch.tensor([-1.0, -0.4, 0.3, 1.0, 1.7], dtype=torch.float64)
    for name in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
                 "shifted_chebyshev_polynomial_t", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l",
                 "legendre_polynomial_p"):
        sh.row(getattr(ops, "special_" + name).default, x[:, None], n)
    for d in (torch.float32, torch.int64, torch.bool, torch.uint8, torch.float16, torch.complex64):
        sh.row(ops._to_copy.default, REAL[:12], dtype=d)
        sh.row(ops._to_copy.default, CPLX, dtype=d)
        sh.row(ops.full.default, [2], 3, dtype=d)
        sh.row(ops.full.default, [2], 1e9, dtype=d)
        sh.row(ops.arange.start_step, 1, 6, 2, dtype=d) if d != torch.bool else None
        sh.row(ops.linspace.default, 0, 5, 4, dtype=d) if d != torch.bool else None
    sh.row(ops.arange.start_step, 0.0, 1.0, 0.3)
    sh.row(ops.arange.start_step, 5, 0, -2)
    sh.row(ops.arange.start_step, 0, 5, 0)
    sh.row(ops.arange.start_step, 0, 5, -1)
    sh.row(ops.eye.m, 2, 3)
    sh.row(ops.logspace.default, 0.0, 2.0, 3)
    sh.row(ops.full.default, [2], 300, dtype=torch.uint8)


def reduce(path):
    sh = Sheet(path)
    g = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, 2, generator=g).mul(64).round().div(64)  # few digits keep the rows short
    nan = x.clone()
    nan[0, 1, 1] = float("nan")
    xs = (x, x.double(), x.half(), (x * 5).long(), (x * 5).to(torch.uint8), x > 0, x.permute(2, 0, 1), nan, x[:, :0], torch.tensor(2.5),
          torch.complex(x, -x)[0])
    for t in xs:
        for name in ("sum", "mean", "prod", "any", "all", "max", "min", "median", "nanmedian"):
            sh.row(getattr(ops, name).default, t)
        for dims, keep in (([0], False), ([-1], True), ([0, 2], False), ([0, 2], True), ([], False), ([5], False), ([1, 1], False)):
            sh.row(ops.sum.dim_IntList, t, dims, keep)
            sh.row(ops.mean.dim, t, dims, keep)
            sh.row(ops.amax.default, t, dims, keep)
            sh.row(ops.amin.default, t, dims, keep)
            if t.dim() and dims:
                sh.row(ops.logsumexp.default, t, dims, keep)
            sh.row(ops.var.correction, t, dims, correction=1, keepdim=keep)
        for dim in (0, 1, -1, 7):
            for name in ("argmax", "argmin", "cumsum", "cumprod", "logcumsumexp"):
                sh.row(getattr(ops, name).default, t, dim)
            for name in ("max", "min", "any", "all", "median", "nanmedian"):
                sh.row(getattr(ops, name).dim, t, dim)
            if dim < t.dim():
                sh.row(ops.cummax.default, t, dim)
                sh.row(ops.cummin.default, t, dim)
            sh.row(ops.prod.dim_int, t, dim)
            if t.dim():
                sh.row(ops._softmax.default, t, dim, False)
                sh.row(ops._log_softmax.default, t, dim, False)
        sh.row(ops.argmax.default, t)
        sh.row(ops.std_mean.correction, t, [1], correction=0)
        sh.row(ops.count_nonzero.default, t)
        sh.row(ops.nansum.default, t)
        for p in (0, 1, 2, 3, float("inf"), float("-inf")):
            sh.row(ops.norm.ScalarOpt_dim, t, p, [0], False)
    sh.row(ops.sum.default, x, dtype=torch.int64)
    sh.row(ops.sum.default, (x * 5).to(torch.int8), dtype=torch.int8)
    sh.row(ops.mean.default, x, dtype=torch.int64)
    sh.row(ops.mode.default, (x * 2).long(), 2)
    sh.row(ops.aminmax.default, x, dim=1)
    sh.row(ops.histc.default, x, 5, -1, 1)
    sh.row(ops.histc.default, x, 4)
    sh.row(ops.bincount.default, torch.tensor([1, 3, 1, 0]))
    sh.row(ops.bincount.default, torch.tensor([1, 3, 1, 0]), torch.tensor([0.5, 1.0, 2.0, 4.0]), 6)
    sh.row(ops.bincount.default, torch.tensor([-1]))
    sh.row(ops.equal.default, x, x)
    sh.row(ops.equal.default, nan, nan)


if __name__ == "__main__":
    root = sys.argv[1]
    os.makedirs(root, exist_ok=True)
    pointwise(os.path.join(root, "pointwise.txt"))
    reduce(os.path.join(root, "reduce.txt"))
