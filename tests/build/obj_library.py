# SPDX-License-Identifier: BSD-3-Clause
import math, random, collections, functools, itertools, operator, enum, copy, typing, json, os.path, pathlib, string, textwrap, contextlib, heapq, bisect, types, abc
random.seed(42)
print([random.random() for _ in range(3)], random.randint(1, 100), random.randrange(0, 100, 7), random.choice("abcdef"), random.uniform(1, 2), random.gauss(0, 1), random.gauss(0, 1), random.normalvariate(0, 1), random.betavariate(1, 2), random.expovariate(2), random.triangular(0, 1), random.gammavariate(2, 3), random.gammavariate(0.5, 1), random.lognormvariate(0, 1), random.vonmisesvariate(0, 1), random.paretovariate(2), random.weibullvariate(1, 2), random.getrandbits(40), random.getrandbits(5))
l = list(range(10)); random.shuffle(l); print(l, random.sample(range(1000), 5), random.sample(l, 3), random.choices("abc", k=5), random.choices([1, 2, 3], weights=[1, 5, 1], k=5), random.choices("ab", cum_weights=[1, 3], k=4))
r = random.Random(7); st = r.getstate(); a = r.random(); r.setstate(st); print(a == r.random(), random.Random("seed").random(), random.Random(0).randint(0, 10 ** 12), random.Random(-5).random(), random.Random(2 ** 40).random(), random.Random(b"x").random())
P = collections.namedtuple("P", "x y", defaults=[5]); p = P(1)
print(p, p.x, p.y, p[0], p == (1, 5), p._replace(y=2), p._asdict(), P._fields, P._make([7, 8]), len(p), list(p), P(y=1, x=2), isinstance(p, tuple), hash(p) == hash((1, 5)), P._field_defaults, p + (1,), sorted([P(2, 1), P(1, 2)]))
for f in [lambda: P(), lambda: P(1, 2, 3), lambda: P(1, z=2), lambda: P(1, x=2), lambda: P._make([1]), lambda: p._replace(q=1), lambda: collections.namedtuple("Q", "a a"), lambda: collections.namedtuple("Q", "def")]:
    try: print("no error", f())
    except Exception as e: print(type(e).__name__, e)
class NT(typing.NamedTuple):
    a: int
    b: str = "z"
    def both(self): return (self.a, self.b)
n = NT(1); print(n, n.a, n.b, n.both(), NT(2, b="q"), n._replace(a=9), NT._fields, n == (1, "z")); u, w = n; print(u, w)
c = collections.Counter("abracadabra"); print(c, c.most_common(2), c["z"], c + collections.Counter("ab"), c - collections.Counter("aaaa"), sorted(c.elements()), sum(c.values())); c.update("zz"); print(c["z"], c.total())
dd = collections.defaultdict(int); dd["a"] += 1; print(dd, dd["q"], len(dd), collections.defaultdict(list, {"a": [1]}), dd.get("nope"))
od = collections.OrderedDict([("a", 1), ("b", 2)]); od.move_to_end("a"); od["c"] = 3; od.move_to_end("c", last=False); print(od, od.popitem(last=False), od.popitem(), od, list(od), od == {"b": 2}, collections.OrderedDict(a=1, b=2) == collections.OrderedDict(b=2, a=1), isinstance(od, dict), collections.OrderedDict(), od.copy())
q = collections.deque([1, 2, 3], maxlen=4); q.append(4); q.append(5); q.appendleft(0); q.rotate(1); print(q, q[0], q[-1], len(q), q.pop(), q.popleft(), list(q), 3 in q, q.maxlen); q.extend([8, 9]); q.extendleft([7]); q.clear(); print(q, collections.deque("ab") == collections.deque(["a", "b"]), collections.deque([1]))
print(functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]), functools.reduce(operator.add, [], 5), functools.partial(int, base=2)("101"), functools.partial(pow, 2)(3))
pp = functools.partial(print, 1, sep="-"); print(pp.func is print, pp.args, pp.keywords); pp(2, 3)
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(60), fib.cache_info())
def deco(f):
    @functools.wraps(f)
    def w(*a): return f(*a)
    return w
@deco
def named(): "doc"
print(named.__name__, named.__doc__)
class CP:
    n = 0
    @functools.cached_property
    def v(self): self.n += 1; return self.n
cp = CP(); print(cp.v, cp.v, cp.n)
@functools.total_ordering
class TO:
    def __init__(s, v): s.v = v
    def __eq__(s, o): return s.v == o.v
    def __lt__(s, o): return s.v < o.v
print(TO(1) < TO(2), TO(1) <= TO(1), TO(2) > TO(1), TO(1) >= TO(2))
I = itertools
print(list(I.chain([1], "a")), list(I.chain.from_iterable([[1], [2]])), list(I.product([1, 2], repeat=2)), list(I.repeat(1, 3)), list(I.islice(I.count(3, 2), 4)), list(I.islice("abcdefg", 1, 6, 2)), list(I.accumulate([1, 2, 3])), list(I.accumulate([1, 2, 3], operator.mul)), list(I.combinations("abc", 2)), list(I.permutations([1, 2, 3], 2)), list(I.combinations_with_replacement("ab", 2)), list(I.starmap(pow, [(2, 3), (3, 2)])), list(I.zip_longest("ab", [1], fillvalue="-")), list(I.islice(I.cycle("ab"), 5)), [(k, list(g)) for k, g in I.groupby("aabbc")], list(I.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(I.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), list(I.filterfalse(None, [0, 1])), list(I.compress("abc", [1, 0, 1])), list(I.pairwise([1, 2, 3])), [list(t) for t in I.tee([1, 2])])
print(operator.itemgetter(1)([1, 2]), operator.itemgetter(0, 2)("abc"), operator.attrgetter("x")(p), operator.methodcaller("upper")("a"), operator.add(1, 2), operator.truth([]), operator.contains([1], 1))
class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    ALIAS = 1
print(Color.RED, repr(Color.RED), Color.RED.name, Color.RED.value, Color(1), Color["GREEN"], list(Color), Color.ALIAS is Color.RED, len(Color), Color.RED == Color.RED, Color.RED != Color.GREEN, isinstance(Color.RED, Color), {Color.RED: 1}[Color.RED], Color.RED in Color)
class N(enum.IntEnum):
    A = 1
    B = enum.auto()
print(N.A + 1, N.B, N.B == 2, N.A < N.B, sorted([N.B, N.A]), [10, 20, 30][N.B], N(2), int(N.B), f"{N.B}", N.B.name)
a = [1, [2], {"k": (3, [4])}]; b = copy.deepcopy(a); b[1].append(5); b[2]["k"][1].append(6); s = copy.copy(a); s[1].append(7); print(a, b, s is a, s[1] is a[1])
x = [1]; y = copy.deepcopy([x, x]); print(y[0] is y[1]); rec = []; rec.append(rec); rc = copy.deepcopy(rec); print(rc[0] is rc, rc is rec)
class O:
    def __init__(self): self.l = [1]; self.me = self
class DC:
    def __deepcopy__(self, memo): return "deep"
    def __copy__(self): return "shallow"
o = copy.deepcopy(O()); print(o.me is o, o.l, copy.deepcopy(DC()), copy.copy(DC()), copy.deepcopy({"a": DC()}), copy.deepcopy(p), copy.deepcopy(od), copy.copy(dd), copy.deepcopy({1, 2}) == {1, 2}, copy.deepcopy(Color.RED) is Color.RED, copy.deepcopy(collections.deque([1, [2]])))
print(json.dumps({"a": [1, 2.5, None, True], "b": {"c": "é\n\""}}), json.dumps({"b": 1, "a": [1, {"x": []}]}, indent=2, sort_keys=True), json.dumps("é", ensure_ascii=False), json.dumps({1: 2, None: 3, True: 4, 1.5: 5}), json.dumps([float("inf"), float("nan")]), json.dumps((1, 2), separators=(",", ":")), json.dumps({}), json.dumps([]))
print(json.loads('{"a": [1, -2.5e3, "\\u00e9\\n", null, true, {}], "b": []}'), json.loads(" 3 "), json.loads('"x"'), json.loads("[]"))
for t in ['{"a": ]', "[1,]", "{", "", "nul", '"abc', "[1 2]", '{"a" 1}', "1 2", '{1: 2}', '"\\x"']:
    try: print(json.loads(t))
    except json.JSONDecodeError as e: print(type(e).__name__, e)
try: json.dumps(object)
except TypeError as e: print(e)
print(os.path.join("a", "b", "/c", "d"), os.path.basename("a/b.txt"), os.path.dirname("/a/b/c"), os.path.splitext("a/b.tar.gz"), os.path.splitext(".rc"), os.path.normpath("a/../b//c/."), os.path.isabs("/x"), os.path.split("a/b/"), os.path.exists("/nonexistent"))
z = pathlib.Path("a") / "b.tar.gz"; print(z, repr(z), z.name, z.stem, z.suffix, z.suffixes, z.parent, z.parts, z.with_suffix(".x"), z.with_name("q"), pathlib.Path("/a/b").is_absolute(), str(pathlib.Path("a//b/./c")), z == pathlib.Path("a/b.tar.gz"), os.path.join(z, "c"), pathlib.Path("a/b").joinpath("c", "d"), pathlib.Path("a/b/c").relative_to("a"))
print(string.ascii_lowercase, string.digits, string.punctuation, textwrap.dedent("  a\n   b\n"), bisect.bisect([1, 2, 2, 3], 2), bisect.bisect_left([1, 2, 2, 3], 2))
h = [5, 1, 4]; heapq.heapify(h); heapq.heappush(h, 0); print(heapq.heappop(h), heapq.heappop(h), h, heapq.nlargest(2, [1, 5, 3]), heapq.nsmallest(2, [1, 5, 3]))
with contextlib.suppress(KeyError): {}["k"]
@contextlib.contextmanager
def cm(v):
    print("in"); yield v; print("out")
with cm(5) as v: print(v)
T = typing.TypeVar("T")
class Box(typing.Generic[T]):
    def __init__(self, v: T): self.v = v
print(Box(1).v, Box[int](2).v, typing.List[int], typing.Optional[int], typing.Union[int, str], typing.Dict[str, typing.List[int]], list[int] if False else 0, typing.cast(int, "x"), typing.TYPE_CHECKING, typing.Tuple[int, ...], typing.Callable, typing.get_args(typing.Dict[str, int]), typing.get_origin(typing.List[int]))
print(isinstance([], typing.Sequence), isinstance({}, typing.Mapping), isinstance((x for x in ()), typing.Iterator), isinstance(5, typing.Iterable), isinstance(len, typing.Callable), isinstance("", typing.Hashable), isinstance([], collections.abc.Hashable), isinstance(3, int | str), isinstance("a", (int, str)), isinstance(True, int), issubclass(bool, int), isinstance(None, type(None)))
