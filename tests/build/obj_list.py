# SPDX-License-Identifier: BSD-3-Clause
l = [3, 1, 2]
l.append(4); l.extend([5, 6]); l.extend("ab"); l.insert(0, "x"); l.insert(-1, "y"); l.insert(100, "z")
print(l, len(l), l[0], l[-1], l[1:3], l[::-2], l[100:], 3 in l, "q" in l, l.index(2), l.count(3), l.index("a", 2))
print(l.pop(), l.pop(0), l.pop(-2), l); l.remove(3); l.reverse(); print(l); l.clear(); print(l, bool(l))
a = list(range(10))
a[2:4] = ["a", "b", "c"]; print(a); a[::2] = [0] * len(a[::2]); print(a); del a[1]; del a[1:3]; del a[::2]; print(a)
a[1:1] = [7, 8]; print(a); a[:] = [1, 2]; print(a); a += (3,); a *= 2; print(a, a + [1], [0] * 3, 2 * [1]); a[5:2] = [9]; print(a)
b = [3, 1, 2]; c = b; c.sort(); print(b, c is b, sorted([3, 1, 2], reverse=True), sorted("bca"), sorted([(1, "b"), (1, "a"), (0, "z")]))
print(sorted(["bb", "a", "ccc"], key=len), sorted([1, -2, 3], key=lambda x: -x), sorted([1.5, 1, True]), sorted({3: 1, 1: 2}))
d = [("a", 1), ("b", 1), ("c", 0)]; d.sort(key=lambda t: t[1], reverse=True); print(d)
print([1, 2] == [1, 2], [1, 2] < [1, 3], [1] < [1, 0], [1, 2] != [1], [] == [], [1, [2]] == [1, [2]], [1, 2] <= [1, 2], (1, 2) < (1, 3), (1,) == (1.0,), [1] == (1,))
s = []; s.append(s); print(s, [s], {1: s}); t = ([],); t[0].append(t); print(t); own = {}; own["e"] = own; print(own)
print((1,), (), (1, 2) + (3,), (0,) * 3, (1, 2, 3)[1:], (1, 2, 1).count(1), (1, 2).index(2), tuple([1]), tuple("ab"), 1 in (1, 2))
print(list(range(5)), list(range(1, 10, 3)), list(range(5, 0, -2)), range(10)[2], range(10)[-1], range(10)[2:5], len(range(0, 10, 3)), 4 in range(0, 10, 2), 5 in range(0, 10, 2), range(3), range(1, 5, 2), range(3) == range(0, 3), list(reversed(range(4))), range(0), range(5).index(3), range(10)[::2], range(1, 3).start, max(range(5)), 2.0 in range(3))
x, *y, z = [1, 2, 3, 4]; print(x, y, z); print([*range(3), *"ab"], (*[1], 2), {**{"a": 1}, "b": 2})
print([[0] * 2 for _ in range(2)], [i * j for i in range(3) for j in range(3) if i != j], {i: i * i for i in range(3)}, {i % 2 for i in range(5)})
print(list(zip([1, 2, 3], "ab")), list(zip()), list(enumerate(["a", "b"], 1)), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, "", "a"])), list(filter(lambda v: v > 1, [1, 2, 3])), list(reversed([1, 2, 3])), any([0, 1]), all([]), any([]), all([1, 0]))
i = iter([1, 2]); print(next(i), next(i), next(i, "end"), next(iter([]), None)); print(list(iter(lambda c=[0]: c.__setitem__(0, c[0] + 1) or c[0], 4)))
for f in [lambda: [1][5], lambda: [][0], lambda: [1]["a"], lambda: [1].remove(2), lambda: [].pop(), lambda: [1].index(2), lambda: (1,)[3], lambda: [1] + (1,), lambda: (1,) + [1], lambda: [1, "a"] < [1, 2], lambda: sorted([1, "a"]), lambda: [1] * 1.5, lambda: next(iter([])), lambda: iter(5), lambda: len(5), lambda: [].foo, lambda: (1, 2).append(3), lambda: list(5), lambda: range(1, 2, 0), lambda: range("a"), lambda: [1].append(), lambda: [1].append(1, 2), lambda: [3, 1].sort(1), lambda: hash([]), lambda: {[]: 1}, lambda: {1: 2}[3], lambda: [1][1.5], lambda: [1, 2][::0], lambda: list(zip([1], [1, 2], strict=True)), lambda: (1).x, lambda: None[0], lambda: range(3)[5], lambda: reversed(5), lambda: max(1, "a"), lambda: list(map(5, [1])), lambda: tuple(1), lambda: enumerate(5), lambda: [1, 2].index(3), lambda: (1, 2).index(3), lambda: [].pop(1), lambda: [1].pop(3), lambda: [1].insert("a", 1)]:
    try:
        print("no error", f())
    except Exception as e:
        print(type(e).__name__, e)
def assign(l, i, v): l[i] = v
def delete(l, i): del l[i]
for f in [lambda: assign([1], 3, 1), lambda: assign((1,), 0, 1), lambda: assign([1, 2, 3], slice(None, None, 2), [1]), lambda: delete([1], 3), lambda: delete((1,), 0), lambda: assign([1], slice(0, 1), 5), lambda: assign("a", 0, "b"), lambda: delete({}, 1), lambda: assign(5, 0, 1)]:
    try:
        print("no error", f())
    except Exception as e:
        print(type(e).__name__, e)
class L(list):
    def __init__(self, *a, tag="t"):
        super().__init__(a); self.tag = tag
    def total(self): return sum(self)
m = L(1, 2, 3, tag="x"); m.append(4); print(m, m.tag, m.total(), len(m), m[1], isinstance(m, list), m == [1, 2, 3, 4], m + [5], type(m + [5]).__name__, sorted(m, reverse=True), 2 in m, list(m), m[1:], bool(L()))
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1; return self.n
print(list(It(3)), sum(It(4)), 2 in It(4), [*It(2)], max(It(3)), dict(zip(It(2), "ab")), tuple(It(2)))
class G:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
print(list(G()), 20 in G(), [x for x in G()])
big = [0] * 3
big.sort(key=lambda x: x); print(big)
n = [[1, 2], [3]]; k = n.copy(); k[0].append(9); print(n, k, n == k, n is k)
import functools
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))
