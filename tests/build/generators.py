# Functions with yield, and generator expressions.
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1
print(list(count(4)), sum(count(5)), tuple(x for x in count(3)), max(count(3)))
def echo():
    got = None
    while True:
        got = yield got
        if got == "stop": return "stopped"
e = echo()
print(next(e), e.send(1), e.send(2))
try:
    e.send("stop")
except StopIteration as s:
    print("value", s.value)
def deleg():
    r = yield from sub()
    yield ("result", r)
def sub():
    yield 1
    yield 2
    return 3
print(list(deleg()))
def tree(t):
    if isinstance(t, list):
        for s in t: yield from tree(s)
    else:
        yield t
print(list(tree([1, [2, [3, [4]], 5]])))
def cleanup():
    try:
        yield 1
        yield 2
    finally:
        print("cleaned")
for v in cleanup():
    print(v)
    break
g = cleanup()
next(g)
g.close()
g = cleanup()
next(g)
del g
def thrown():
    while True:
        try:
            yield "ready"
        except ValueError as e:
            yield f"caught {e}"
t = thrown()
print(next(t), t.throw(ValueError("v")), next(t))
try:
    t.throw(KeyError("k"))
except KeyError as e:
    print("out", e)
print(next(t, "ended"))
def fails():
    yield 1
    raise RuntimeError("inside")
try:
    for v in fails(): print(v)
except RuntimeError as e:
    print(e)
def stops():
    yield 1
    raise StopIteration
try:
    list(stops())
except RuntimeError as e:
    print(e)
g = count(2)
print(iter(g) is g, next(g), next(g), next(g, None))
try:
    next(g)
except StopIteration:
    print("end")
def infinite():
    n = 0
    while True:
        yield n
        n += 1
for v in infinite():
    if v > 3: break
print(v)
print([a for a, b in zip(infinite(), "xyz")])
ge = (x * 2 for x in range(3))
print(next(ge), list(ge), list(ge))
print(any(x > 2 for x in infinite()), all(x < 2 for x in [1, 3]))
print(list((i, j) for i in range(3) for j in range(i) if (i + j) % 2))
class Iter:
    def __init__(self, n): self.n = n
    def __iter__(self):
        for i in range(self.n): yield i * i
print(list(Iter(4)), [*Iter(3)], dict(enumerate(Iter(2))), 4 in Iter(3))
class Manual:
    def __init__(self): self.i = 0
    def __iter__(self): return self
    def __next__(self):
        self.i += 1
        if self.i > 3: raise StopIteration
        return self.i
print(list(Manual()))
class OldStyle:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
print(list(OldStyle()))
def nested():
    def inner(): yield 1
    yield list(inner())
print(list(nested()))
gens = [count(3) for _ in range(3)]
print([next(g) for g in gens for _ in range(2)])
def with_in_gen():
    class CM:
        def __enter__(self): return self
        def __exit__(self, *a): print("left")
    with CM():
        yield 1
list(with_in_gen())
print(type(count(1)).__name__)
def try_return():
    try:
        yield 1
        return 2
    finally:
        yield 3
print(list(try_return()))
def many():
    x = yield 1
    y = yield x
    print("xy", x, y)
m = many()
next(m); m.send("a")
try: m.send("b")
except StopIteration: print("done")
try:
    m2 = many(); m2.send(1)
except TypeError as e: print(e)
def running():
    yield next(me)
me = running()
try: next(me)
except ValueError as e: print(e)
