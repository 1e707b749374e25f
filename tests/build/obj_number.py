# SPDX-License-Identifier: BSD-3-Clause
import math
print([a // b for a in (7, -7) for b in (2, -2)], [a % b for a in (7, -7) for b in (2, -2)], [divmod(a, b) for a in (7, -7) for b in (2, -2)])
print([a // b for a in (7.5, -7.5) for b in (2, -2)], [a % b for a in (7.5, -7.5) for b in (2, -2.0)], divmod(-7.5, 2), 5.0 % math.inf, -5.0 % math.inf)
print(2 ** 10, 2 ** -1, (-2) ** 3, 2 ** 0.5, 0 ** 0, 0.0 ** 0, (-8) ** (1/3), pow(3, 4, 5), pow(3, -1, 7), pow(2, 10), (-1) ** 63)
print(7 / 2, 6 / 3, 1 / 3, 9007199254740993 / 1, 10 ** 18 / 7, -7 / 2, 1 << 10, 1 << 62, 1024 >> 3, -5 >> 1, 6 & 3, 6 | 3, 6 ^ 3, ~6, True + True)
print(True & False, True | 1, True ^ True, not 1, -True, +True, ~True, 3 == 3.0, 1 == True, 2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 1 < 1.5, 10**18 < 1e18 + 1000)
print(int("42"), int("-42"), int(" 42 "), int("0x1f", 16), int("0b101", 0), int("z", 36), int("1_000"), int(3.9), int(-3.9), int(True), int())
print(float("1.5"), float(" -inf "), float("nan"), float("1e3"), float("1_0.5"), float(3), float(), float("infinity"), float(".5"), float("5."))
print(bool(0), bool(""), bool([]), bool([0]), bool(0.0), bool(None), bool("False"), bool(), abs(-3), abs(-3.5), abs(True), abs(-0.0))
print(hex(255), oct(8), bin(5), hex(-255), bin(-5), chr(97), ord("a"), (5).bit_length(), (255).bit_count(), (1.5).is_integer(), (2.0).is_integer())
print(min(3, 1, 2), max([1, 5, 3]), min("b", "a"), max([], default=7), max([1, -5], key=abs), min([(2, "b"), (1, "z")]), sum([1, 2, 3]), sum([0.1] * 3), sum([[1], [2]], []))
print((3).real, (3).imag, (1.5).real, (3).numerator, (0.5).as_integer_ratio(), (1.5).hex(), float.fromhex("0x1.8p+0"), (10).to_bytes(2, "big"), int.from_bytes(b"\x01\x02", "little"))
print(0.1 + 0.2, 1e308 * 10, -1e308 * 10, 1.1 - 1.0, 3 * 0.1, 1e16 + 1, 5 // 0.3, 1e-320, 2.5e-308 / 10)
for f in [lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: 0 ** -1, lambda: 0.0 ** -1, lambda: 1 << -1, lambda: 1 + "a",
          lambda: 1 + None, lambda: -"a", lambda: ~1.5, lambda: 1 < "a", lambda: 1 < None, lambda: int("1.5"), lambda: int([]), lambda: float([]), lambda: int("z", 40), lambda: [] < {},
          lambda: int(float("nan")), lambda: int(float("inf")), lambda: 1j < 2j, lambda: round("a"), lambda: abs("a"), lambda: max(), lambda: max([]), lambda: sum(["a"]), lambda: pow(2, 3, 0), lambda: 1 @ 2, lambda: 1.5 << 2, lambda: 1 .foo, lambda: divmod(1, 0), lambda: "a" - 1, lambda: 10.0 ** 400, lambda: {} + {}, lambda: None + 1]:
    try:
        print("no error", f())
    except Exception as e:
        print(type(e).__name__, e)
for f in [lambda: 2 ** 63, lambda: 9223372036854775807 + 1, lambda: -9223372036854775807 - 2, lambda: 10 ** 10 * 10 ** 10, lambda: 1 << 63]:
    try:
        f()
    except OverflowError:
        print("overflow")
    else:
        print("overflow")
print(-9223372036854775807 - 1, 9223372036854775807, 2 ** 62 * 2 - 1 if False else 2 ** 62)
print(math.floor(-1.5), math.ceil(1.2), math.trunc(-1.7), math.sqrt(16), math.pow(2, 3), math.log(8, 2), math.log2(8), math.log10(1000), math.exp(0), math.hypot(3, 4))
print(math.sin(1), math.cos(1), math.tan(1), math.asin(1), math.atan2(1, 2), math.degrees(math.pi), math.radians(180), math.gcd(12, 18, 27), math.lcm(4, 6), math.factorial(10), math.comb(5, 2), math.perm(5, 2), math.isqrt(17))
print(math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1), math.copysign(1, -0.0), math.fmod(-7, 3), math.modf(1.5), math.frexp(8), math.ldexp(0.5, 4), math.prod([1, 2, 3]), math.fsum([0.1] * 10), math.erf(0.5), math.gamma(5), math.tau, math.e, math.dist([0, 0], [3, 4]), math.ulp(1.0), math.remainder(7, 3), math.log1p(1e-10), math.expm1(1e-10), math.cbrt(27))
for f in [lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.exp(1000), lambda: math.floor(math.inf), lambda: math.factorial(-1), lambda: math.sqrt("a"), lambda: math.acos(2), lambda: math.fmod(1, 0), lambda: math.pow(-1, 0.5), lambda: math.isqrt(-1), lambda: math.gcd(1.5)]:
    try:
        print("no error", f())
    except Exception as e:
        print(type(e).__name__, e)
class V:
    def __init__(s, v): s.v = v
    def __add__(s, o): return ("add", s.v, o)
    def __radd__(s, o): return ("radd", s.v, o)
    def __iadd__(s, o): s.v += o; return s
    def __mul__(s, o): return NotImplemented
    def __rmul__(s, o): return ("rmul", o)
    def __neg__(s): return "neg"
    def __pos__(s): return "pos"
    def __invert__(s): return "inv"
    def __abs__(s): return "abs"
    def __lt__(s, o): return s.v < o.v
    def __eq__(s, o): return isinstance(o, V) and s.v == o.v
    def __hash__(s): return hash(s.v)
    def __bool__(s): return s.v != 0
    def __len__(s): return 5
    def __int__(s): return 11
    def __float__(s): return 1.25
    def __index__(s): return 2
    def __round__(s, n=None): return ("round", n)
    def __floordiv__(s, o): return "fd"
    def __rpow__(s, o): return "rpow"
    def __matmul__(s, o): return "mm"
    def __contains__(s, x): return x == 1
    def __getitem__(s, i): return ("item", i)
    def __call__(s, *a, **k): return (a, k)
    def __divmod__(s, o): return "dm"
v = V(3)
print(v + 1, 1 + v, 2 * v, -v, +v, ~v, abs(v), v < V(4), v > V(2), v == V(3), v != V(3), v != 1, bool(v), bool(V(0)), len(v), int(v), float(v), [10, 20, 30][v], round(v), round(v, 2), v // 1, 2 ** v, v @ 1, 1 in v, 2 in v, v[1:2], v["a"], v(1, a=2), divmod(v, 1), hex(v), range(v), {V(3): 1}[V(3)], "ab" * v, [0] * v)
v += 4
print(v.v)
try:
    v * 2
except TypeError as e:
    print(e)
