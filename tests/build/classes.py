# Classes: inheritance, descriptors, special methods, class bodies.
class Base:
    """Doc of Base."""
    count = 0
    def __init__(self, v=0):
        self.v = v
        Base.count += 1
    def hello(self): return f"base {self.v}"
    def __repr__(self): return f"{type(self).__name__}({self.v})"
class Left(Base):
    def hello(self): return "left " + super().hello()
class Right(Base):
    def hello(self): return "right " + super().hello()
class Both(Left, Right):
    def hello(self): return "both " + super(Both, self).hello()
b = Both(3)
print(b.hello(), b, Base.count, [c.__name__ for c in Both.__mro__], Both.__bases__)
print(Base.__doc__, Left.__doc__, Base.__name__, Both.__qualname__, Both.__module__)
try:
    class Bad(Base, Left): pass
except TypeError as e:
    print(e)
print(isinstance(b, Right), issubclass(Left, Base), isinstance(b, (int, Left)), isinstance(3, Base), type(b) is Both)

class Prop:
    def __init__(self): self._x = 1
    @property
    def x(self):
        "the x"
        return self._x
    @x.setter
    def x(self, v): self._x = v * 2
    @x.deleter
    def x(self): self._x = None
    ro = property(lambda self: 42)
p = Prop()
p.x = 5
print(p.x, p.ro)
del p.x
print(p.x, Prop.x.__doc__)
for act in ("p.ro = 1", "del p.ro", "p.nope", "Prop.nope", "del p.nope"):
    try:
        if act == "p.ro = 1": p.ro = 1
        elif act == "del p.ro": del p.ro
        elif act == "p.nope": p.nope
        elif act == "Prop.nope": Prop.nope
        else: del p.nope
    except AttributeError as e:
        print(act, "->", e)

class Desc:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, cls=None):
        if obj is None: return f"class {cls.__name__}"
        return obj.__dict__.get(self.name, "unset")
    def __set__(self, obj, v): obj.__dict__[self.name] = v + 1
class Has:
    field = Desc()
h = Has()
print(h.field, Has.field)
h.field = 4
print(h.field, h.__dict__)
class NonData:
    def __get__(self, obj, cls): return "computed"
class Cached:
    attr = NonData()
c = Cached()
print(c.attr)
c.attr = "own"
print(c.attr)

class Magic:
    def __init__(self): object.__setattr__(self, "log", [])
    def __getattr__(self, name):
        if name.startswith("dyn_"): return name[4:]
        raise AttributeError(f"no {name}")
    def __setattr__(self, name, v):
        self.log.append((name, v))
        super().__setattr__(name, v)
    def __delattr__(self, name):
        self.log.append(("del", name))
        object.__delattr__(self, name)
m = Magic()
m.a = 1
print(m.dyn_q, m.a, m.log, hasattr(m, "zz"), getattr(m, "zz", "default"))
del m.a
print(m.log)
try:
    m.other
except AttributeError as e:
    print(e)
class All:
    def __getattribute__(self, name):
        if name == "real": return object.__getattribute__(self, "_r")
        return "got " + name
a = All()
a._r = 5
print(a.real, a.anything)

class Num:
    def __init__(self, v): self.v = v
    def __add__(self, o): return Num(self.v + (o.v if isinstance(o, Num) else o))
    def __radd__(self, o): return Num(o + self.v)
    def __iadd__(self, o):
        self.v += 100
        return self
    def __eq__(self, o): return isinstance(o, Num) and self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return hash(self.v)
    def __bool__(self): return self.v != 0
    def __len__(self): return 7
    def __getitem__(self, k): return (self.v, k)
    def __setitem__(self, k, v): self.last = (k, v)
    def __delitem__(self, k): self.last = ("del", k)
    def __contains__(self, x): return x == self.v
    def __call__(self, *a, **k): return ("called", a, k)
    def __neg__(self): return Num(-self.v)
    def __str__(self): return f"<{self.v}>"
    def __repr__(self): return f"Num({self.v})"
    def __format__(self, spec): return f"fmt[{spec}]"
    def __iter__(self): return iter([self.v, self.v + 1])
    def __enter__(self): return self
    def __exit__(self, *a): return False
    def __index__(self): return self.v
n = Num(2)
print(n + 1, 1 + n, n + Num(3), -n, n == Num(2), n != Num(2), n < Num(3), n > Num(1), sorted([Num(3), Num(1)]))
n += 1
print(n, len(n), n[1], n[1:2], n["a", 2], 102 in n, n(1, k=2), bool(Num(0)), f"{n:>5}", f"{n!r}", list(n))
n[5] = 6
print(n.last)
del n[5]
print(n.last, {Num(1): "x"}[Num(1)], [10, 20, 30][Num(1)])
class OnlyEq:
    def __eq__(self, o): return True
try:
    {OnlyEq(): 1}
except TypeError as e:
    print(e)
try:
    Base() + 1
except TypeError as e:
    print(e)
try:
    Base() < Base()
except TypeError as e:
    print(e)
try:
    len(Base())
except TypeError as e:
    print(e)

class Sub:
    registry = []
    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry.append((cls.__name__, tag))
class S1(Sub): pass
class S2(Sub, tag="t"): pass
print(Sub.registry)
class Single:
    inst = None
    def __new__(cls, *args):
        if cls.inst is None: cls.inst = super().__new__(cls)
        return cls.inst
    def __init__(self, v=None): self.v = v
print(Single(1) is Single(2), Single().v)
class MyList(list):
    def first(self): return self[0]
    def append(self, x): super().append(x * 2)
l = MyList([1, 2])
l.append(5)
print(l, l.first(), len(l), isinstance(l, list), l + [1], l == [1, 2, 10])
class MyDict(dict):
    def __missing__(self, k): return f"missing {k}"
    def __setitem__(self, k, v): super().__setitem__(k, v + 1)
d = MyDict(a=1)
d["b"] = 2
print(d, d["zz"], d["a"], dict(d))
class MyInt(int):
    def double(self): return self * 2
print(MyInt(5).double(), MyInt(3) + 1)
class MyStr(str):
    def shout(self): return self.upper() + "!"
print(MyStr("hi").shout())
class Attr:
    a: int = 1
    b: "str"
    c: list = []
print(Attr.__annotations__, hasattr(Attr, "b"))
def deco(cls):
    cls.extra = "added"
    return cls
@deco
class Decorated: pass
print(Decorated.extra)
class WithCall:
    class Inner:
        z = 1
    def use(self): return self.Inner.z
print(WithCall().use(), WithCall.Inner.__qualname__)
def method_outside(self): return ("outside", self.v)
Base.outside = method_outside
print(Base(9).outside())
b2 = Base(1)
b2.hello = lambda: "instance"
print(b2.hello(), Base.hello(b2))
f = Base(4).hello
print(f(), f.__self__, f.__func__ is Base.hello, f.__name__)
print(getattr(Base, "count") > 0, vars(Base(2)), Base(2).__class__.__name__)
class Slots:
    __slots__ = ("a",)
    def __init__(self): self.a = 1
print(Slots().a)
class T(type("Dyn", (Base,), {"extra": 1})): pass
print(T(5).extra, T(5).hello())
x = Base.__new__(Base)
print(hasattr(x, "v"))
try:
    class NoInit:
        def __init__(self): return 5
    NoInit()
except TypeError as e:
    print(e)
print(callable(Base), callable(b), callable(n), callable(5))
