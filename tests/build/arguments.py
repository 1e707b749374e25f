# Binding arguments to parameters, and what Python says when they do not fit.
def show(fn, *args, **kwargs):
    try:
        print(fn(*args, **kwargs))
    except TypeError as e:
        print("TypeError:", e)

def plain(a, b, c): return (a, b, c)
def defaults(a, b=2, c=3): return (a, b, c)
def rest(a, *args): return (a, args)
def keywords(a, **kwargs): return (a, sorted(kwargs.items()))
def only(a, *, b, c=5): return (a, b, c)
def positional(a, b, /, c, *, d=4): return (a, b, c, d)
def everything(a, b=2, /, c=3, *args, d, e=5, **kw): return (a, b, c, args, d, e, kw)

show(plain, 1, 2, 3)
show(plain, 1, 2)
show(plain, 1)
show(plain)
show(plain, 1, 2, 3, 4)
show(plain, 1, 2, c=3)
show(plain, 1, b=2, c=3, a=4)
show(plain, 1, 2, d=3)
show(defaults, 1)
show(defaults, 1, c=9)
show(defaults)
show(defaults, 1, 2, 3, 4)
show(rest, 1, 2, 3)
show(rest)
show(keywords, 1, z=3, y=2)
show(keywords, a=1)
show(keywords, 1, 2)
show(only, 1, b=2)
show(only, 1)
show(only, 1, 2, b=3)
show(positional, 1, 2, 3)
show(positional, 1, 2, c=3, d=7)
show(positional, a=1, b=2, c=3)
show(positional, 1, b=2, c=3)
show(everything, 1, d=0)
show(everything, 1, 2, 3, 4, 5, d=6, z=7)
show(everything, 1)
show(lambda x: x)
show(lambda x, *y, **z: (x, y, z), 1, 2, k=3)
show(lambda: 1, 5)

xs = [1, 2]
kw = {"c": 3}
print(plain(*xs, **kw), plain(*xs, 3), plain(*[1], *[2], *[3]))
print(plain(**{"a": 1}, **{"b": 2}, c=3))
show(lambda: plain(*5))
show(lambda: plain(**5))
show(lambda: plain(1, **{"a": 2}, b=1, c=2))
show(lambda: plain(a=1, **{"a": 2}))

def mutable(x, seen=[]):
    seen.append(x)
    return seen
print(mutable(1), mutable(2))

n = 1
def early(a=n): return a
n = 2
print(early())

class C:
    def __init__(self, a, b=1): self.a, self.b = a, b
    def m(self, x): return (self.a, x)
    @classmethod
    def k(cls, x): return (cls.__name__, x)
    @staticmethod
    def s(x): return x
show(C)
show(C, 1, 2, 3)
show(C(1).m)
show(C(1).m, 2)
show(C.m, C(5), 6)
show(C.m)
show(C.k, 1)
show(C.k)
show(C.s, 1)
show(C(1).s)
show(C(1).m, 1, 2)
class Empty: pass
show(Empty, 1)
show(5)
show(None)
show("x", 1)
def nested():
    def inner(q): return q
    return inner
show(nested())
def gen(a): yield a
show(gen)
print(list(gen(1)))


def late(a, b, c=1):
    return a, b, c


late.__defaults__ = (7, 8)
print(late(1), late.__defaults__)
late.__defaults__ = None
try:
    late(1, 2)
except TypeError as e:
    print(e)
from collections import namedtuple
Args = namedtuple("Args", "a b c")
Args.__new__.__defaults__ = (None,) * len(Args._fields)
print(Args(1), Args(b=2, c=3), Args.__new__.__defaults__)
