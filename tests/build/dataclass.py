# @dataclass, enumerations, named tuples, abstract classes, context managers from generators.
from dataclasses import dataclass, field, fields, asdict, astuple, replace, FrozenInstanceError, is_dataclass
from typing import NamedTuple, List, Optional
from collections import namedtuple
from enum import Enum, IntEnum, Flag, auto, unique
from abc import ABC, abstractmethod
import contextlib

@dataclass
class P:
    x: int
    y: int = 2
    tags: List[str] = field(default_factory=list)
    hidden: int = field(default=0, repr=False)
    def total(self): return self.x + self.y
p = P(1)
print(p, p.total(), P(1) == P(1), P(1) == P(2), P(1, 5, ["a"]))
p.tags.append("t")
print(p, P(3))
for bad in (lambda: P(), lambda: P(1, 2, [], 4, 5), lambda: P(1, z=1), lambda: P(1, x=2)):
    try:
        bad()
    except TypeError as e:
        print(e)
@dataclass
class Q(P):
    z: float = 0.5
    def __post_init__(self): self.sum = self.x + self.z
print(Q(1), Q(1).sum, [f.name for f in fields(Q)])
@dataclass(frozen=True, order=True)
class F:
    a: int
    b: str = "b"
print(sorted([F(2), F(1, "z"), F(1, "a")]), hash(F(1)) == hash(F(1)), {F(1): 2}[F(1)])
try:
    F(1).a = 3
except FrozenInstanceError as e:
    print(e)
print(asdict(Q(1)), astuple(P(1)), replace(P(1), y=9), is_dataclass(P), is_dataclass(5))
try:
    @dataclass
    class Bad:
        a: int = 1
        b: int
except TypeError as e:
    print(e)
try:
    @dataclass
    class Bad2:
        a: list = []
except ValueError as e:
    print(e)
try:
    {P(1): 1}
except TypeError as e:
    print(e)

class NT(NamedTuple):
    a: int
    b: str = "x"
    def both(self): return f"{self.a}{self.b}"
n = NT(1)
print(n, n.a, n[1], n.both(), n._replace(a=5), n._asdict(), NT._fields, n == (1, "x"), len(n))
a, b = n
print(a, b, isinstance(n, tuple))
T = namedtuple("T", "u v w")
print(T(1, 2, 3), T(u=1, v=2, w=3).v, T._make([4, 5, 6]))
T2 = namedtuple("T2", ["a", "b"], defaults=[7])
print(T2(1))
class T3(namedtuple("T3", "q r")):
    def s(self): return self.q + self.r
print(T3(1, 2), T3(1, 2).s())
try:
    T(1)
except TypeError as e:
    print(e)
try:
    n.a = 3
except AttributeError as e:
    print(e)

class C(Enum):
    RED = 1
    GREEN = "g"
    ALIAS = 1
    def describe(self): return f"{self.name}={self.value}"
    @classmethod
    def default(cls): return cls.RED
    @property
    def low(self): return self.name.lower()
print(C.RED, repr(C.GREEN), C(1), C("g"), C["RED"], C.ALIAS is C.RED, list(C), len(C), C.RED.describe(), C.default(), C.RED.low)
print(C.RED == C.RED, C.RED == 1, C.RED in C, {C.RED: 1}, C.__members__.keys() if False else list(C.__members__), isinstance(C.RED, C))
try:
    C(5)
except ValueError as e:
    print(e)
try:
    C["NO"]
except KeyError as e:
    print(e)
class I(IntEnum):
    A = 1
    B = 2
print(I.A + 1, I.A < I.B, I.B == 2, I(2), repr(I.A), [10, 20, 30][I.A], f"{I.A}", max(I))
class S(str, Enum):
    X = "x"
    Y = "y"
print(S.X == "x", S.X.value, S("y"), S.X.upper())
class A(Enum):
    P = auto()
    Q = auto()
print([m.value for m in A], A.P.name)
class Perm(Flag):
    R = 4
    W = 2
    X = 1
rw = Perm.R | Perm.W
print(rw, Perm.R in rw, Perm.X in rw, bool(Perm.R & Perm.W))
class Planet(Enum):
    EARTH = (1.0, 2.0)
    MARS = (0.5, 3.0)
    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius
print(Planet.MARS.mass, Planet.EARTH.radius, Planet((1.0, 2.0)))
try:
    class More(C):
        BLUE = 3
except TypeError as e:
    print(str(e)[:20])

class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
    def both(self): return self.name, self.area()
class Sq(Shape):
    name = "sq"
    def area(self): return 4
print(Sq().both())
for bad in (Shape,):
    try:
        bad()
    except TypeError as e:
        print(e)
class Half(Shape):
    def area(self): return 1
try:
    Half()
except TypeError as e:
    print(e)

@contextlib.contextmanager
def cm(x):
    print("in", x)
    try:
        yield x + 1
    except ValueError as e:
        print("saw", e)
    finally:
        print("out", x)
with cm(1) as v: print(v)
with cm(2): raise ValueError("v")
try:
    with cm(3): raise KeyError("k")
except KeyError as e: print("passed", e)
with contextlib.suppress(ZeroDivisionError): 1 / 0
with contextlib.nullcontext(5) as five: print(five)
with contextlib.ExitStack() as stack:
    stack.enter_context(cm(7))
    stack.callback(print, "callback", end="!\n")
@cm(9)
def decorated(): print("body")
decorated()
