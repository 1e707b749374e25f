# Local names, cells, globals, class bodies and comprehension scopes.
x = "global"
def reads(): return x
def assigns():
    x = "local"
    return x
def declares():
    global x
    x = "changed"
print(reads(), assigns(), x)
declares()
print(x)

def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    def get(): return n
    return up, get
up, get = counter()
up(); up()
print(get())

def unbound():
    print(y)
    y = 1
try:
    unbound()
except UnboundLocalError as e:
    print(e)
try:
    nothing
except NameError as e:
    print(e)
def free():
    def inner(): return later
    try:
        inner()
    except NameError as e:
        print(e)
    later = 1
    return inner()
print(free())

print([lambda: i for i in range(3)][0](), [(lambda i=i: i)() for i in range(3)])
def fs():
    return [lambda: i * j for i in range(2) for j in range(2)]
print([f() for f in fs()])
i = "kept"
[i for i in range(3)]
print(i)
def shadow():
    i = "mine"
    a = [i for i in range(2)]
    b = {i: i for i in range(2)}
    c = {i for i in range(2)}
    d = list(i for i in range(2))
    return i, a, b, c, d
print(shadow())
print([[j for j in range(i)] for i in range(4)])
print([(a, b) for a in range(3) if a for b in range(a) if b < 2])
def uses_outer(k):
    return [k + i for i in range(3)], sum(k * i for i in range(3)), {k: i for i in range(2)}
print(uses_outer(10))
print([y := 1, y + 1, [y := y + z for z in range(3)], y])
def walrus():
    if any((hit := v) > 2 for v in [1, 3, 5]):
        return hit
print(walrus())

class K:
    a = 1
    b = a + 1
    c = [q for q in range(b)]
    def m(self): return a_global
    try:
        d = [a for _ in range(2)]
    except NameError as e:
        d = str(e)
    e2 = [a for a in [a]]
a_global = 7
print(K.b, K.c, K().m(), K.d, K.e2)
def make_class(v):
    class Inner:
        w = v
        def get(self): return v
    return Inner
print(make_class(3).w, make_class(4)().get())

class Private:
    def __init__(self): self.__x = 1
    def get(self): return self.__x
    def __m(self): return 2
    def call(self): return self.__m()
p = Private()
print(p.get(), p.call(), sorted(p.__dict__))

def outer():
    v = 1
    def middle():
        def inner():
            nonlocal v
            v += 10
        inner()
        return v
    return middle(), v
print(outer())
def deleted():
    q = 1
    del q
    try:
        q
    except UnboundLocalError as e:
        return str(e)
print(deleted())
def recursive(n): return 1 if n == 0 else n * recursive(n - 1)
print(recursive(20))
def params_captured(a, *b, c=3, **d):
    return lambda: (a, b, c, d)
print(params_captured(1, 2, c=4, e=5)())
def loop_closure():
    out = []
    for k in range(3):
        def f(): return k
        out.append(f)
    return [f() for f in out]
print(loop_closure())
def gen_closure():
    base = 5
    return (base + n for n in range(3))
print(list(gen_closure()))
class A:
    x = 5
    def f(self):
        class B:
            y = self.x
        return B.y
print(A().f())
if True:
    def conditional(): return "yes"
print(conditional())
print((lambda f: f(f, 5))(lambda f, n: 1 if n < 2 else n * f(f, n - 1)))
