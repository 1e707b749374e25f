# SPDX-License-Identifier: BSD-3-Clause
# Functions in the Python dialect; the line above each t_* is what PyTorch 2.13 returns for it.
import math
import torch
from typing import List, Dict, Optional, Tuple, Union, NamedTuple, Any
from enum import Enum
import torch.nn.functional as F
from torch._jit_internal import BroadcastingList2

class Color(Enum):
    RED = 1
    GREEN = 2

class Pt(NamedTuple):
    x: int
    y: float

@torch.jit.script
class Acc:
    def __init__(self, n: int):
        self.n = n
        self.items: List[int] = []
    def add(self, k: int) -> int:
        self.n += k
        self.items.append(k)
        return self.n
    def __len__(self) -> int:
        return len(self.items)
    def __getitem__(self, i: int) -> int:
        return self.items[i]
    def __contains__(self, i: int) -> bool:
        return i in self.items
    @staticmethod
    def twice(a: int) -> int:
        return a * 2

def h_opt(x: Optional[int], d: int = 7) -> int:
    if x is not None:
        return x
    return d

def h_early(n: int) -> str:
    for i in range(n):
        if i == 3:
            return "three"
        if i == 1:
            continue
    else_ = "none"
    return else_

# = ('none', 'three')
def t_early():
    return h_early(2), h_early(10)

# = (7, 3, 9)
def t_opt():
    return h_opt(None), h_opt(3), h_opt(None, d=9)

# = (11, 25)
def t_while():
    i = 0
    s = 0
    while True:
        i += 1
        if i % 2 == 0:
            continue
        if i > 9:
            break
        s += i
    return i, s

# = [10, 20, 30, 32]
def t_nested_break():
    out: List[int] = []
    for i in range(4):
        for j in range(4):
            if j == i:
                break
            if j == 1:
                continue
            out.append(i * 10 + j)
    return out

def h_ret_loop(l: List[int]) -> Optional[int]:
    for x in l:
        while x > 0:
            if x == 5:
                return x * 100
            x -= 2
    return None

# = (500, None)
def t_ret_loop():
    return h_ret_loop([2, 4, 7]), h_ret_loop([2])

# = ((1, 2.5, 'x'), 'x', (1, 2.5), 3)
def t_tuple():
    a, (b, c) = 1, (2.5, "x")
    d = (a, b) + (c,)
    return d, d[-1], d[0:2], len(d)

# = (1, (2, 3))
def t_star():
    a, *b = (1, 2, 3)
    return a, b

# = ([100, 3, 2, 2], [2, 3], 8, 9, True, 1, [1, 2], 100, 1.0, 107, [100, 3, 2, 2, 1], [0, 0, 0])
def t_list():
    l = [3, 1, 2]
    l.append(5)
    l.extend([7, 8])
    l.insert(0, 9)
    p = l.pop()
    q = l.pop(0)
    l.sort()
    l2 = l[1:3]
    l.reverse()
    l[0] = 100
    l[-1] += 1
    del l[1]
    return l, l2, p, q, 3 in l, l.index(3), sorted([2, 1]), max(l), min(1, 2.5), sum(l), l + [1], [0] * 3

# = ({'a': 11}, ['a', 'c'], [11, 3], ['a11', 'c3'], None, 4, True, 2, 3, {0: 0, 1: 1, 2: 4})
def t_dict():
    d = {"a": 1, "b": 2}
    d["c"] = 3
    d["a"] += 10
    del d["b"]
    ks: List[str] = []
    for k in d:
        ks.append(k)
    vs = [v for v in d.values()]
    it = [k + str(v) for k, v in d.items()]
    g = d.get("zz")
    h = d.get("zz", 4)
    return d, ks, vs, it, g, h, "a" in d, len(d), d.pop("c"), {x: x * x for x in range(3)}

# = ('HELLO WORLD', ['Hello', 'World'], 'ell', 'd', 'HeLLo WorLd', 4, 'a-b', True, '1 2.5', '3 x', 'Hello World!', True, 11, False, 'ello World', 'cba')
def t_str():
    s = "Hello World"
    return s.upper(), s.split(), s[1:4], s[-1], s.replace("l", "L"), s.find("o"), "-".join(["a", "b"]), s.startswith("He"), "{} {}".format(1, 2.5), "%d %s" % (3, "x"), s + "!", "l" in s, len(s), s == "x", s.strip("H"), "abc"[::-1]

# = (3.5, 3, 1, -4, 1, 49.0, 2.0, 28, 3, 3, 15, 6, 3, 2.0, 7.0, 3, 1.4142135623730951, 2, 3.141592653589793, (3, 1), -7, inf)
def t_float():
    a = 7
    b = 2
    return a / b, a // b, a % b, -a // b, -a % b, a ** b, 2.5 // 1.0, a << 2, a >> 1, a & 3, a | 8, a ^ 1, abs(-3), round(2.5), float(a), int(3.9), math.sqrt(2), math.floor(2.7), math.pi, divmod(7, 2), -a, float("inf")

# = (False, False, True, True, False, True, True)
def t_bool():
    a = 3
    return (not a), (a and 0), (a or 0), a > 2 and a < 4, a is None, 1 < a < 5, True if a else False

# = (1, [3])
def t_ternary():
    x: Optional[int] = None
    y = 1 if x is None else x
    return y, [1, 2] if y > 3 else [3]

# = (121, 2, 6, True, 8, [5, 6])
def t_cls():
    a = Acc(10)
    a.add(5)
    a.add(6)
    a.n += 100
    return a.n, len(a), a[1], 5 in a, Acc.twice(4), a.items

# = (1, 3.0, 1, 2.0, 2.0, 3)
def t_nt():
    p = Pt(1, 2.0)
    q = Pt(y=3.0, x=4)
    a, b = p
    return p.x, q.y, a, b, p[1], p == q if False else 3

# = (False, 'RED', 1, True)
def t_enum():
    c = Color.RED
    return c == Color.GREEN, c.name, c.value, c != Color.GREEN

# = [14, 125, 4, 5, 10, 7, 4, 1]
def t_zip():
    out: List[int] = []
    for i, (a, b) in enumerate(zip([1, 2, 3], [4, 5])):
        out.append(i * 100 + a * 10 + b)
    for i, c in enumerate("ab", 3):
        out.append(i + len(c))
    for i in range(10, 0, -3):
        out.append(i)
    return out

# = '1a2.5'
def t_unroll():
    s = ""
    for x in (1, "a", 2.5):
        s += str(x)
    return s

# = (tensor([4, 5, 6, 7]), tensor([[ 1, 2], [ 5, 6], [ 9, 10]]), tensor(3), tensor([0, 4, 8]), tensor([[[ 4, 6], [ 8, 10]]]), tensor([ 6, 7, 8, 9, 10, 11]), tensor([[ 0, 1, 2, 3], [ 8, 9, 10, 11]]), tensor([1, 6]), [3, 4], 3, 4, 2)
def t_tensor():
    x = torch.arange(12).view(3, 4)
    y = x[1]
    z = x[:, 1:3]
    w = x[0, -1]
    v = x[..., 0]
    u = x[None, 1:, ::2]
    m = x[x > 5]
    i = x[torch.tensor([0, 2])]
    j = x[[0, 1], [1, 2]]
    return y, z, w, v, u, m, i, j, x.shape, x.size(0), x.dtype, x.dim()

# = tensor([[ 6.0000, 1.0000, 1.0000, 3.0000], [ 0.0000, 0.0000, 5.5000, 2.0000], [14.0000, 2.0000, 2.0000, 4.0000]])
def t_tensor_store():
    x = torch.zeros(3, 4)
    x[0] = 1
    x[1, 2] = 5.5
    x[:, 3] += 2
    x[torch.tensor([0, 2]), 0] = torch.tensor([7.0, 8.0])
    x[2, 1:3] = torch.ones(2)
    x[x > 6] -= 1
    x[-1] *= 2
    return x

# = (tensor([6., 6.]), tensor([6., 6.]), [1, 2], [1, 2])
def t_inplace():
    x = torch.ones(2)
    y = x
    x += 1
    y *= 3
    l = [1]
    k = l
    l += [2]
    n = 5
    n -= 1
    return x, y, l, k

# = (tensor([ 0., -1.]), tensor([2., 1.]), tensor([4., 5.]), tensor([2., 4.]), tensor([False, True]), tensor([0., 1.]), tensor([1., 0.]), tensor([-1., -2.]), tensor([ True, False]), tensor(5.), tensor([1., 4.]), tensor([2., 4.]))
def t_scalar_tensor():
    x = torch.tensor([1.0, 2.0])
    return 1 - x, 2 / x, 3 + x, 2 * x, 1 < x, x // 2, x % 2, -x, ~(x > 1), x @ x, x ** 2, 2 ** x

# = (tensor([0., 0., 0.]), 4, 3.0, True, 3)
def t_implicit():
    n = torch.tensor(3)
    return torch.zeros([int(n)]), int(n) + 1, float(n), bool(n), n.item()

# = (tensor(6.), tensor([2., 2., 2.]), tensor([[1.], [1.]]), tensor([1., 1., 1., 1., 1., 1.]), tensor([[1., 1.], [1., 1.], [1., 1.]]), tensor([[1., 1.], [1., 1.], [1., 1.]]), tensor([1., 1., 1., 1., 1., 1.]), tensor([[1., 1.], [1., 1.], [1., 1.]]), tensor([[1., 1., 1.], [1., 1., 1.]], dtype=torch.float64), tensor([[1, 1, 1], [1, 1, 1]]), tensor([1., 1.]), 6, tensor([[1., 1., 1.], [1., 1., 1.]], dtype=torch.float64))
def t_meth():
    x = torch.ones(2, 3)
    return x.sum(), x.sum(0), x.mean(dim=1, keepdim=True), x.view(-1), x.view(3, 2), x.permute(1, 0), x.reshape([6]), x.t().contiguous(), x.to(torch.float64), x.long(), x.max(1).values, x.numel(), x.float().double()

# = (tensor([3., 4.]), tensor([1, 0]), tensor([1, 2, 3]), tensor([1, 2, 0]))
def t_multi():
    v, i = torch.max(torch.tensor([[1.0, 3.0], [4.0, 2.0]]), 1)
    r = torch.sort(torch.tensor([3, 1, 2]))
    return v, i, r.values, r[1]

# = (tensor([[0., 2.]]), tensor([[0.2689, 0.8808]]), tensor([[0.0474, 0.9526]]), tensor([[-1., 2.], [-1., 2.]]), tensor([[[-1., 2.], [-1., 2.]]]), tensor([[1., 1., 1.]]), tensor([[ 0., -1., 2., 0.]]))
def t_f():
    x = torch.tensor([[-1.0, 2.0]])
    return F.relu(x), torch.sigmoid(x), F.softmax(x, dim=1), torch.cat([x, x]), torch.stack([x, x], 1), F.linear(x, torch.ones(3, 2)), F.pad(x, (1, 1))

# = (2, 2, 's')
def t_shadow():
    x = 1
    if x > 0:
        y = 2
        x = 5
    else:
        y = 3
    z = "s"
    for x in range(3):
        w = x
    return x, y, z

# = 's'
def t_type_change():
    a = 1
    a = 2.5
    a = "s"
    return a

def h_union(x: Union[int, str, List[int]]) -> str:
    if isinstance(x, int):
        return "int" + str(x + 1)
    elif isinstance(x, str):
        return "str" + x
    else:
        return "list" + str(x[0])

# = ('int2', 'strq', 'list3')
def t_union():
    return h_union(1), h_union("q"), h_union([3])

def h_any(x: Any) -> int:
    if isinstance(x, torch.Tensor):
        return x.dim()
    if isinstance(x, (int, float)):
        return 100
    return -1

# = (2, 100, -1)
def t_any():
    return h_any(torch.ones(2, 2)), h_any(3), h_any("s")

def h_refine(x: Optional[int], y: Optional[int]) -> int:
    if x is None or y is None:
        return 0
    return x + y

# = (0, 5)
def t_refine():
    return h_refine(1, None), h_refine(2, 3)

def h_assert(x: Optional[int]) -> int:
    assert x is not None
    return x

# = 4
def t_assert():
    return h_assert(4)

# = tensor([2., 2.])
def t_with():
    with torch.no_grad():
        x = torch.ones(2)
        y = x + 1
    return y

def h_raise(n: int) -> int:
    if n < 0:
        raise ValueError("negative {}".format(n))
    return n

# = 3
def t_raise():
    return h_raise(3)

# = 4
def t_fork():
    f = torch.jit.fork(h_raise, 4)
    return torch.jit.wait(f)

# = ([0, 1, 4, 9, 16], [(1, 'a'), (2, 'b')], [[], [0], [0, 1]])
def t_comp():
    l = [i * i for i in range(5)]
    m = [x.item() for x in torch.arange(3)]
    n = [(a, b) for a, b in zip([1, 2], ["a", "b"])]
    return l, n, [[j for j in range(i)] for i in range(3)]

# = ((1+2j), (-3+4j), 5.0, (2+2j), (1+2j))
def t_complex():
    a = 1 + 2j
    return a, a * a, abs(3 + 4j), a + 1, complex(1, 2)

# = ([], {}, [(1, 'x')], [1])
def t_empty():
    a: List[int] = []
    b = torch.jit.annotate(Dict[str, int], {})
    c: List[Tuple[int, str]] = []
    c.append((1, "x"))
    d: Optional[List[int]] = None
    if d is None:
        d = [1]
    return a, b, c, d

# = ('now a string', [2, 3])
def t_del():
    a = 1
    b = [1, 2, 3]
    del a
    a = "now a string"
    del b[0]
    return a, b

# = '3 and 4: x'
def t_fstring():
    n = 3
    return f"{n} and {n + 1}: {'x'}"

def h_kwonly(a: int, *, b: int) -> int:
    return a - b

# = 2
def t_kwonly():
    return h_kwonly(3, b=1)

# = 0
def t_print():
    print("hello", 1, 2.5, [1, 2])
    return 0

def h_noret(l: List[int]):
    l.append(1)

# = [0, 1]
def t_noret():
    l = [0]
    h_noret(l)
    return l

# = 2
def t_while_cond():
    i = 0
    l = [1, 2, 3]
    while i < len(l) and l[i] != 3:
        i += 1
    return i

# = (2, 1, [2, 1])
def t_swap():
    a = 1
    b = 2
    a, b = b, a
    l = [1, 2]
    l[0], l[1] = l[1], l[0]
    return a, b, l

# = [1, 2]
def t_chain_assign():
    a = b = [1]
    b.append(2)
    return a

# = ([[1, 2], [3, 4]], 2.5)
def t_tolist():
    x = torch.tensor([[1, 2], [3, 4]])
    y: List[List[int]] = x.tolist()
    z: float = torch.tensor(2.5).tolist()
    return y, z

# = (5, [1, 2])
def t_aug_attr():
    a = Acc(1)
    a.items += [1, 2]
    a.n *= 5
    return a.n, a.items

# = (3, 0.6931471805599453, 2.718281828459045, 8.0, 6, True, 1.0, 120, 0.7853981633974483, inf)
def t_math():
    return math.ceil(2.1), math.log(2.0), math.exp(1), math.pow(2, 3), math.gcd(12, 18), math.isnan(float("nan")), math.fmod(7, 3), math.factorial(5), math.atan2(1, 1), math.inf

def h_mixed(c: bool):
    if c:
        return 1
    else:
        return None

# = (1, None)
def t_mixed():
    return h_mixed(True), h_mixed(False)

def h_loop_tensor(x, n: int):
    for i in range(n):
        x = x + i
        if bool(x.sum() > 10):
            break
    return x

# = tensor([7., 7.])
def t_loop_tensor():
    return h_loop_tensor(torch.ones(2), 10)

# = (24, 4, [2, 3], 2)
def t_size():
    x = torch.ones(2, 3, 4)
    b, c, d = x.shape
    b2, c2, d2 = x.size()
    return b * c * d, x.shape[-1], x.size()[:2], len(x)

# = (tensor([1, 1]), tensor([2., 2.]))
def t_bool_conv():
    return torch.full([2], True), torch.ones(2) + True

def h_withret(n: int) -> int:
    with torch.no_grad():
        if n > 2:
            return n
        n += 10
    return n

# = (['a', 'b', 'c'], True, True, ['x', 'x'])
def t_strlist():
    return ["a", "b"] + ["c"], "b" in ["a", "b"], [1, 2] == [1, 2], ["x"] * 2

# = [1, 5, 9]
def t_iter_tensor():
    out: List[int] = []
    for r in torch.arange(6).view(3, 2):
        out.append(int(r.sum()))
    return out

# = (True, tensor([1., 1.], dtype=torch.float64), tensor([0, 0]), tensor([1.5000], dtype=torch.float64), tensor(3), tensor([[1, 2], [3, 4]]))
def t_dtype():
    x = torch.zeros(2, dtype=torch.int32)
    return x.dtype == torch.int32, torch.ones_like(x, dtype=torch.float64), x.to(torch.long), torch.tensor([1.5], dtype=torch.float64), torch.tensor(3), torch.tensor([[1, 2], [3, 4]])

def spread(size: BroadcastingList2[int] = 3, scale: BroadcastingList2[float] = 1.5) -> Tuple[List[int], List[float]]:
    return size, scale

# = ([3, 3], [1.5, 1.5], [4, 4], [5, 6])
def t_broadcasting_defaults() -> Tuple[List[int], List[float], List[int], List[int]]:
    return spread()[0], spread()[1], spread(4)[0], spread([5, 6])[0]
