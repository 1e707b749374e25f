# SPDX-License-Identifier: BSD-3-Clause
d = {"a": 1, "b": 2}
d["c"] = 3; d.update({"d": 4}, e=5); d.update([("f", 6)]); print(d, len(d), d["a"], d.get("z"), d.get("z", 0), "a" in d, "z" in d)
print(d.pop("a"), d.pop("zz", None), d.popitem(), d.setdefault("x", []), d.setdefault("b", 9), d); del d["b"]; print(d)
k, v, i = d.keys(), d.values(), d.items(); d["new"] = 1
print(k, v, i, len(k), "new" in k, ("new", 1) in i, 4 in v, list(k), sorted(k), k & {"new", "q"}, sorted(k | {"q"}), sorted(k - {"new"}), sorted(k ^ {"new"}), k == set(d), k.isdisjoint({"q"}))
print(dict(a=1), dict([("x", 1)]), dict({"y": 2}, z=3), dict(zip("ab", [1, 2])), dict.fromkeys("ab", 0), dict.fromkeys([1]), {1: "a", 1.0: "b", True: "c"}, {(1, 2): 3}[(1, 2)])
print({"a": 1} | {"a": 2, "b": 3}, {"a": 1} == {"a": 1.0}, {"a": 1} != {"b": 1}, {1: 2, 3: 4} == {3: 4, 1: 2}, list(reversed({"a": 1, "b": 2})), list(reversed({"a": 1}.items())))
e = {"a": 1}; e |= {"b": 2}; e |= [("c", 3)]; print(e, list(e), tuple(e), [*e], {**e}, max(e), e.copy() is e, e.copy() == e); e.clear(); print(e, bool(e))
for key, val in {"a": 1, "b": 2}.items(): print(key, val, end=";")
print()
for f in [lambda: {}["k"], lambda: {}.pop("k"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: {}.foo, lambda: dict(5), lambda: dict([1]), lambda: dict([(1, 2, 3)]), lambda: dict([], []), lambda: {} < {}, lambda: {1: 2}[(1, 2)], lambda: {}[{}], lambda: {}.update(5), lambda: {} + {}, lambda: set([[]]), lambda: {1, {}}, lambda: hash({}), lambda: set().pop(), lambda: {1}.remove(5), lambda: {1} + {2}, lambda: {1} | [2], lambda: frozenset([1]).add(2), lambda: {1}[0], lambda: hash({1})]:
    try:
        print("no error", f())
    except Exception as e:
        print(type(e).__name__, e)
g = {1: 1, 2: 2}
try:
    for x in g: g[x + 10] = 1
except RuntimeError as err: print(err)
try:
    for x in g: del g[x]
except RuntimeError as err: print(err)
s = {3, 1, 2}; t = {2, 3, 4}
print(sorted(s | t), sorted(s & t), sorted(s - t), sorted(s ^ t), s <= {1, 2, 3, 4}, s < s, s <= s, s >= {1}, s > {1}, s == {1, 2, 3}, s.isdisjoint({9}), 1 in s, len(s), bool(set()), set(), frozenset(), frozenset([1]), {1})
s.add(5); s.discard(100); s.remove(1); s.update([7, 8], (9,)); print(sorted(s)); s -= {7}; s |= {10}; s &= {2, 3, 10}; s ^= {2}; print(sorted(s), sorted(s.union([1], [2])), sorted(s.intersection([3, 4])), sorted(s.difference([3])), sorted(s.symmetric_difference([3, 99])), s.issubset([3, 10, 11]), s.issuperset([3]))
print(sorted(set("hello")), sorted({*[1, 2], 3}), set([1, 1.0, True]), sorted(frozenset([2, 1]) | {3}), type(frozenset() | set()).__name__, {frozenset([1]): "f"}[frozenset([1])], hash(frozenset([1, 2])) == hash(frozenset([2, 1])), {1} in {frozenset([1])})
s.intersection_update([3]); print(s); s.difference_update([3]); print(s); s.symmetric_difference_update([1]); print(s); c = s.copy(); c.clear(); print(s, c)
class K:
    def __init__(self, n): self.n = n
    def __hash__(self): return self.n % 2
    def __eq__(self, o): return isinstance(o, K) and self.n == o.n
    def __repr__(self): return f"K{self.n}"
m = {K(i): i for i in range(6)}; print(m, m[K(3)], K(9) in m, m.pop(K(2)), len(m), {K(1), K(1), K(3)} == {K(3), K(1)})
class NH:
    def __eq__(self, o): return True
class BadEq:
    def __hash__(self): return 1
    def __eq__(self, o): raise ValueError("no eq")
for f in [lambda: hash(NH()), lambda: {NH(): 1}, lambda: {BadEq(): 1, BadEq(): 2}, lambda: {(1, []): 1}]:
    try: print("no error", f())
    except Exception as e: print(type(e).__name__, e)
class D(dict):
    def __missing__(self, key): return key * 2
    def __setitem__(self, k, v): super().__setitem__(k, v + 1)
x = D(a=1); x["b"] = 5; print(x, x["q"], x.get("q"), len(x), isinstance(x, dict), x == {"a": 1, "b": 6}, dict(x), {**x}, list(x.items()), "b" in x, sorted(x))
class Attr(dict):
    def __getattr__(self, n):
        try: return self[n]
        except KeyError: raise AttributeError(n)
    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__
y = Attr(a=1); y.b = 2; print(y.a, y.b, y, hasattr(y, "c")); del y.a; print(y)
print(str({"a": {"b": [1, (2,)]}}), repr({1: {2: {}}}), {None: 1, True: 2, 1.5: 3, "s": 4, b"b": 5, (1,): 6})
evil = {}
class Evil:
    def __hash__(self): return 1
    def __eq__(self, o): evil.clear(); return False
evil[Evil()] = 1; evil[Evil()] = 2; print(len(evil) <= 2)
