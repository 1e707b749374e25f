# Free functions: calling each other, defaults, closures, aliases of torch functions, decorators.
import math
from typing import Dict, List, Optional, Tuple, Union
import torch
import torch as T
from torch import relu, Tensor
from torch.nn import functional as F

Shape = Tuple[int, int]
act = torch.sigmoid


def area(s: Shape) -> int:
    return s[0] * s[1]


@torch.jit.script
def total(xs: List[int], start: int = 10) -> int:
    for x in xs:
        start += x
    return start


def f(x: Tensor, s: "Shape", opt: Optional[float] = None) -> Tuple[Tensor, float]:
    k = 1.0 if opt is None else opt
    y = relu(x) + act(x) + T.tanh(x) + F.softplus(x)
    return y * area(s), math.sqrt(k) + math.pi


def table(d: Dict[str, List[int]]) -> Dict[str, int]:
    out: Dict[str, int] = {}
    for k, v in d.items():
        out[k] = total(v)
    return out


s = torch.jit.script(f)
x = torch.tensor([-1.0, 0.0, 2.0])
print(s(x, (2, 3)))
print(s(x, (2, 3), 4.0))
print(torch.jit.script(table)({"a": [1, 2], "b": []}))
print(total([1, 2, 3]), total([1], start=0))


def make():
    def inner(x):
        return x + 1

    def outer(x):
        return inner(x) * 2

    return outer


print(torch.jit.script(make())(torch.ones(2)))


def pick(x: Union[int, str]) -> str:
    if isinstance(x, int):
        return "int " + str(x + 1)
    else:
        return "str " + x


p = torch.jit.script(pick)
print(p(4), p("b"))
