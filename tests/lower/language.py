# SPDX-License-Identifier: BSD-3-Clause
# Functions in the Python dialect; the line above each t_* is what PyTorch 2.13 returns for it.
import math
import torch
from typing import List, Dict, Optional, Tuple, Union, NamedTuple, Any
from enum import Enum
import torch.nn.functional as F

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

# = (1, [3])
def t_ternary():
    x: Optional[int] = None
    y = 1 if x is None else x
    return y, [1, 2] if y > 3 else [3]

# = (1, 3.0, 1, 2.0, 2.0, 3)
def t_nt():
    p = Pt(1, 2.0)
    q = Pt(y=3.0, x=4)
    a, b = p
    return p.x, q.y, a, b, p[1], p == q if False else 3

# = (tensor(6.), tensor([2., 2., 2.]), tensor([[1.], [1.]]), tensor([1., 1., 1., 1., 1., 1.]), tensor([[1., 1.], [1., 1.], [1., 1.]]), tensor([[1., 1.], [1., 1.], [1., 1.]]), tensor([1., 1., 1., 1., 1., 1.]), tensor([[1., 1.], [1., 1.], [1., 1.]]), tensor([[1., 1., 1.], [1., 1., 1.]], dtype=torch.float64), tensor([[1, 1, 1], [1, 1, 1]]), tensor([1., 1.]), 6, tensor([[1., 1., 1.], [1., 1., 1.]], dtype=torch.float64))
def t_meth():
    x = torch.ones(2, 3)
    return x.sum(), x.sum(0), x.mean(dim=1, keepdim=True), x.view(-1), x.view(3, 2), x.permute(1, 0), x.reshape([6]), x.t().contiguous(), x.to(torch.float64), x.long(), x.max(1).values, x.numel(), x.float().double()

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

def h_raise(n: int) -> int:
    if n < 0:
        raise ValueError("negative {}".format(n))
    return n

# = 3
def t_raise():
    return h_raise(3)

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

def h_kwonly(a: int, *, b: int) -> int:
    return a - b

# = 2
def t_kwonly():
    return h_kwonly(3, b=1)

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

def h_withret(n: int) -> int:
    with torch.no_grad():
        if n > 2:
            return n
        n += 10
    return n
