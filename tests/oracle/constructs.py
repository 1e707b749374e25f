"""Cases from modules that use what the language has: control flow, classes, enums, interfaces, hooks, futures, state methods."""
import enum
import sys
import warnings
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import nn

from record import record

warnings.filterwarnings("ignore")


class Loops(nn.Module):
    def forward(self, n: int, words: List[str]):
        found, total, i = -1, 0, 0
        for k, w in enumerate(words):
            if w == "stop":
                found = k
                break
            if len(w) > 4:
                continue
            total += len(w)
        while True:
            i += 2
            if i >= n:
                break
            for j in range(i, 0, -1):
                if j * j == n:
                    return [found, total, i, j]
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return [found, total, i, a, b] + [x * x for x in range(n)]


class Maybe(nn.Module):
    def forward(self, x: Optional[torch.Tensor], y: Optional[int] = None) -> Tuple[Optional[torch.Tensor], List[bool]]:
        best: Optional[torch.Tensor] = None
        for i in range(3):
            if x is not None and i > 0:
                best = x * i if best is None else best + x
        items = torch.jit.annotate(List[Optional[int]], [1, None])
        items.append(y)
        return best, [i is None for i in items]


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Kind(enum.Enum):
    FAST = "fast"
    SLOW = "slow"


class Enums(nn.Module):
    def __init__(self):
        super().__init__()
        self.color = Color.GREEN

    def forward(self, i: int):
        kind = Kind.FAST if i > 0 else Kind.SLOW
        return kind.value, self.color.value, self.color.name, self.color == Color.RED


class Point(NamedTuple):
    x: torch.Tensor
    label: Optional[str]


class Tuples(nn.Module):
    def shift(self, p: Point, by: float) -> Point:
        return Point(p.x + by, p.label)

    def forward(self, x):
        p = self.shift(Point(x, "a"), 0.5)
        q = Point(p.x * 2, None)
        t = (1, (2.5, "three"), [x, p.x])
        n, (f, s), many = t
        first, rest = t[0], t[1:]
        return p.x + q.x, p.label, q.label, n, f, s, many, first, rest, (x,)


@torch.jit.script
class Counter(object):
    def __init__(self, start: int, name: str = "none"):
        self.n = start
        self.name = name
        self.seen: Dict[str, List[int]] = {}

    def add(self, by: int) -> int:
        self.n += by
        if self.name not in self.seen:
            fresh: List[int] = []
            self.seen[self.name] = fresh
        self.seen[self.name].append(by)
        return self.n

    def __lt__(self, other: "Counter") -> bool:
        return self.n < other.n


class Objects(nn.Module):
    def forward(self, n: int):
        all: List[Counter] = []
        for i in range(n):
            c = Counter(7 * i % 5, str(i))
            c.add(i)
            all.append(c)
        all.sort()
        return [c.n for c in all], [c.name for c in all], all[0].seen


@torch.jit.interface
class Stage(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Double(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


class Affine(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1., 2.]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight


class Interfaces(nn.Module):
    stage: Stage

    def __init__(self, stage):
        super().__init__()
        self.stage = stage
        self.stages = nn.ModuleList([Double(), Affine(), Double()])

    def forward(self, x, i: int):
        chosen: Stage = self.stages[i]
        return self.stage.forward(chosen.forward(x))


def before(self, input: Tuple[torch.Tensor]) -> Tuple[torch.Tensor]:
    return (input[0] + 1,)


def after(self, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * input[0]


class Hooks(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Double()
        self.inner.register_forward_pre_hook(before)
        self.inner.register_forward_hook(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)


class Futures(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def slow(self, x, times: int):
        for _ in range(times):
            x = self.layer(x)
        return x

    def forward(self, x):
        a = torch.jit.fork(self.slow, x, 2)
        b = [torch.jit.fork(self.slow, x, i) for i in range(3)]
        total = torch.jit.wait(a)
        for f in b:
            total = total + torch.jit.wait(f)
        return total


@torch.jit.script
class Timer(object):
    def __init__(self, log: List[str], name: str):
        self.log = log
        self.name = name

    def __enter__(self):
        self.log.append("enter " + self.name)
        return len(self.log)

    def __exit__(self, a: Any, b: Any, c: Any):
        self.log.append("exit " + self.name)


class With(nn.Module):
    def forward(self, x):
        log: List[str] = []
        with Timer(log, "a") as n, Timer(log, "b"):
            y = x * n
            log.append("body")
        with Timer(log, "c"):
            if bool(y.sum() > 1000.):
                raise ValueError("too much")
        return y, log


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.arange(6.).reshape(2, 3)
        self.scale = 3

    @torch.jit.export
    def __getstate__(self):
        return self.weight * 2, self.scale, self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, int, bool]):
        self.weight = state[0] / 2
        self.scale = state[1]
        self.training = state[2]

    def forward(self, x):
        return x @ self.weight * self.scale


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.packed = Packed()

    def forward(self, x):
        return self.packed(x)


class Values(nn.Module):
    """Attributes of many types, shared tensors, a buffer that is a view, names that are no identifiers."""
    def __init__(self):
        super().__init__()
        base = torch.arange(12.).reshape(3, 4)
        self.register_buffer("base", base)
        self.register_buffer("view", base[1:, ::2])
        self.tied = nn.Parameter(torch.ones(2))
        self.again = self.tied
        self.numbers = torch.jit.Attribute({"pi": 3.14, "inf": float("inf"), "nan": float("nan")}, Dict[str, float])
        self.nested = torch.jit.Attribute([(1, ["é", "\n\"quoted\"\\"]), (-2**63, [])], List[Tuple[int, List[str]]])
        self.table = torch.jit.Attribute({1: base, 2: base}, Dict[int, torch.Tensor])
        self.device = torch.device("cpu")
        self.z = 1.5 - 2j
        self.nothing: Optional[int] = None
        self.mixed = torch.jit.Attribute([1, "a"], List[Union[int, str]])
        self.seq = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
        self.f16 = nn.Parameter(torch.ones(3, dtype=torch.float16))
        self.bf16 = torch.ones(3, dtype=torch.bfloat16)
        self.c64 = torch.tensor([1 + 2j])

    def forward(self, x):
        self.base[1] += 1
        text = "naïve" + self.nested[0][1][0] + "\t\x01\x7f"
        total = self.view.sum() + self.tied.sum() + self.again.sum() + self.table[1].sum()
        least = -9223372036854775807 - 1
        return (self.seq(x), total, text, self.numbers, self.nested, self.z + 2j, self.nothing, len(self.mixed), least,
                1e-45, -0., 1e308, self.f16, self.bf16, self.c64 * 1j, self.table[1] is self.table[2])


def helper(x, scale: float = 2.0, names: Optional[List[str]] = None):
    if names is None:
        names = ["none"]
    return x * scale, names


class Functions(nn.Module):
    def twice(self, x, k: int = 3):
        return x * k

    def forward(self, x):
        y, names = helper(x)
        z, more = helper(y, names=["a", "b"])
        v, i = torch.max(z, 0)
        parts = torch.split(z, 1)
        a, b = parts[0], parts[1]
        d = {"x": x, "y": y}
        keys = [k for k in d.keys()]
        s = "{} {}".format(len(names), more[0]) + " %d" % 3
        w = [int(t) for t in i]
        table: List[List[float]] = z.tolist()
        return self.twice(a + b), v, i, keys, s, w, table, x[0, :2], x[..., None], sorted([3, 1, 2])


class Order(nn.Module):
    """Reading and writing of one thing in one expression."""
    def bump(self, l: List[int]) -> int:
        l.append(len(l))
        return len(l)

    def forward(self, x):
        l = [0]
        a = self.bump(l) * 10 + len(l) + self.bump(l) * 100 + len(l)
        y = x.clone()
        z = y.sum() + y.add_(1).sum() * 10 + y.sum()
        t = (self.bump(l), len(l), self.bump(l), [len(l), self.bump(l)], {"a": len(l), "b": self.bump(l)})
        return a, z, t, l, y


class Early(nn.Module):
    def forward(self, x, n: int):
        if n == 0:
            return x
        elif n < 0:
            if n < -5:
                raise RuntimeError("n is %d" % n)
            return -x
        y = x
        for i in range(n):
            y = y + i
            if bool(y.sum() > 20.):
                return y * 100
            elif i == 7:
                break
        else_branch = y - 1
        return else_branch


class Unions(nn.Module):
    def forward(self, x: Union[int, List[int], str]) -> Union[int, str]:
        if isinstance(x, int):
            return x + 1
        if isinstance(x, str):
            return x + "!"
        return 0


def main():
    root = sys.argv[1]
    x = torch.tensor([[1., -2., 3., 0.5], [4., 5., -6., 2.]])
    s = torch.jit.script
    cases = [
        ("loops", s(Loops()), [(9, ["ab", "abcde", "stop", "c"]), (5, ["x"]), (0, []), (7, ["stop"])]),
        ("maybe", s(Maybe()), [(x, None), (None, 3), (x, 1)]),
        ("enums", s(Enums()), [(1,), (-1,)]),
        ("tuples", s(Tuples()), [(x,)]),
        ("objects", s(Objects()), [(4,)]),
        ("interfaces", s(Interfaces(Affine())), [(torch.ones(2), 0), (torch.ones(2), 1)]),
        ("hooks", s(Hooks()), [(x,)]),
        ("futures", s(Futures()), [(torch.ones(2, 3),)]),
        ("with", s(With()), [(x,)]),
        ("packed", s(Holder()), [(torch.ones(1, 2),)]),
        ("values", s(Values()), [(x,), (x,)]),
        ("functions", s(Functions()), [(x,)]),
        ("order", s(Order()), [(x,)]),
        ("early", s(Early()), [(x, 0), (x, 3), (x, 12), (x, -1)]),
        ("frozen", torch.jit.freeze(s(nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).eval())),
         [(torch.ones(1, 1, 5, 5),)]),
        ("traced", torch.jit.trace(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)), x), [(x,)]),
        ("union", s(Unions()), [(1,), ([1, 2],), ("a",)]),
    ]
    if torch.__version__ < "2":  # fails inside PyTorch
        cases = [c for c in cases if c[0] != "maybe"]
    for name, module, calls in cases:
        print(record(root, name, module, calls))


if __name__ == "__main__":
    main()
