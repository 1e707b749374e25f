# Script classes, enums, named tuples.
import enum
from typing import List, NamedTuple, Optional
import torch
import torch.nn as nn


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Point(NamedTuple):
    x: torch.Tensor
    y: int = 3


@torch.jit.script
class Counter:
    def __init__(self, start: int):
        self.n = start
        self.seen: List[int] = []

    def add(self, k: int) -> int:
        self.n += k
        self.seen.append(k)
        return self.n


@torch.jit.script
class Stack:
    def __init__(self):
        self.items: List[torch.Tensor] = []

    def push(self, x: torch.Tensor):
        self.items.append(x)

    def top(self) -> torch.Tensor:
        return self.items[-1]

    def __len__(self) -> int:
        return len(self.items)


class Net(nn.Module):
    def __init__(self, color: Color):
        super().__init__()
        self.color = color

    def forward(self, x) -> Point:
        c = Counter(2)
        for i in range(3):
            c.add(i)
        s = Stack()
        s.push(x)
        s.push(x + 1)
        if self.color == Color.RED:
            return Point(s.top() * c.n, len(s))
        return Point(x)


print(torch.jit.script(Net(Color.RED))(torch.ones(1)))
print(torch.jit.script(Net(Color.BLUE))(torch.ones(1)))


def name(c: Color) -> str:
    return c.name + str(c.value)


print(torch.jit.script(name)(Color.BLUE))
