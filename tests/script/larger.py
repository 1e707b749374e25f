# Beyond TorchScript: what Python means is what is compiled.
import functools
from dataclasses import dataclass
from typing import List, NamedTuple, Optional
import torch
import torch.nn as nn

SCALE = 4
SHAPE = (2, 3)
NAME = "net"


class TooBig(ValueError):
    pass


class Shape:
    def __init__(self, n: int):
        self.n = n

    def area(self) -> int:
        return self.n

    def describe(self) -> str:
        return "area " + str(self.area())


class Square(Shape):
    def __init__(self, n: int):
        super().__init__(n)
        self.side = n

    def area(self) -> int:
        return self.side * self.side + super().area()


class Item(NamedTuple):
    x: torch.Tensor
    k: int = 2


@dataclass
class Config:
    width: int
    depth: int = 3


class Base(nn.Module):
    levels = 2

    def __init__(self):
        super().__init__()
        self.run = self.plain

    def plain(self, x):
        return x + 1

    def build(self, x):
        return self.run(x) * self.levels


class Net(Base):
    def forward(self, x, limit=10, flag=True):
        n = Square(3).area() + Config(2).depth * Config(1, 5).width
        if n > 100:
            raise TooBig("too big")
        item = Item(x)
        y = Base.build(self, item.x) * SCALE + SHAPE[1] + item.k
        if NAME == "net" and flag:
            y = y + limit
        return y, self.__class__.__name__, Square(2).describe()


net = Net()
print(torch.jit.script(net)(torch.ones(2)))
print(torch.jit.script(net)(torch.ones(2), 20, False))
