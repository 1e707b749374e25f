# Targets: unpacking, stars, augmented assignment, deletion, chained assignment.
a = b = c = [1]
print(a is b is c)
a, b = 1, 2
a, b = b, a
print(a, b)
(a, (b, c)), d = (1, [2, 3]), 4
print(a, b, c, d)
first, *mid, last = range(5)
print(first, mid, last)
*init, tail = "abc"
print(init, tail)
head, *rest = [1]
print(head, rest)
[p, q] = {1: 2, 3: 4}
print(p, q)
for bad in ("a, b = 1, 2, 3", "a, b, c = 1, 2", "a, *b, c = [1]", "a, b = 5", "a, b = None", "a, b = 'xyz'"):
    try:
        if bad == "a, b = 1, 2, 3": a, b = 1, 2, 3
        elif bad == "a, b, c = 1, 2": a, b, c = 1, 2
        elif bad == "a, *b, c = [1]": a, *b, c = [1]
        elif bad == "a, b = 5": a, b = 5
        elif bad == "a, b = None": a, b = None
        else: a, b = "xyz"
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
l = [0, 1, 2, 3, 4, 5]
l[1:3] = [9]
print(l)
l[::2] = [7, 7, 7]
print(l)
del l[0], l[-1]
print(l)
l += [1]
m = l
l += (2,)
print(m, l is m)
t = (1,)
u = t
t += (2,)
print(t, u)
d = {}
d["a"] = d["b"] = 1
d["a"] += 5
print(d)
d |= {"z": 0}
print(d)
x = 7
x //= 2; x **= 3; x -= 1; x %= 10; x <<= 2; x |= 1; x ^= 3; x &= 0xff; x >>= 1
print(x)
f = 7
f /= 2
print(f)
class O: pass
o = O()
o.v = 1
o.v += 2
o.l = [1]
o.l += [2]
print(o.v, o.l)
for o.i in range(3): pass
print(o.i)
for i, (j, k) in enumerate([(1, 2), (3, 4)]): print(i, j, k)
for i, *r in [(1, 2, 3), (4,)]: print(i, r)
def f():
    print("f"); return [0]
f()[0] = print("value first")
n = [1, 2, 3]
i = 0
i, n[i] = 1, 9
print(i, n)
try:
    n[10] = 1
except IndexError as e:
    print(e)
try:
    (1, 2)[0] = 3
except TypeError as e:
    print(e)
try:
    "abc"[0] = "x"
except TypeError as e:
    print(e)
try:
    del d["none"]
except KeyError as e:
    print(repr(e))
try:
    x.y = 1
except AttributeError as e:
    print(e)
try:
    1 .real2
except AttributeError as e:
    print(e)
s = {1, 2}
s |= {3}
s -= {1}
print(s)
st = "a"
st *= 3
print(st)
print([*"ab", *range(2), *{}], (*[1], 2), {*[1, 1]}, {**{"a": 1}, "a": 2})
z: int = 5
zz: "anything at all"
print(z, __annotations__)
del z
try: z
except NameError as e: print(e)
