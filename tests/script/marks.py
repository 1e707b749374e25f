# export, unused, ignore, properties, static methods, constants by Final, overloads.
from typing import Final, List
import torch
import torch.nn as nn


class Net(nn.Module):
    width: Final[int]
    sizes: Final[List[int]]

    def __init__(self):
        super().__init__()
        self.width = 4
        self.sizes = [1, 2, 3]
        self.ready = False

    def forward(self, x):
        y = x * self.width + self.twice
        for s in self.sizes:
            y = y + s
        if not torch.jit.is_scripting():
            y = self.python_only(y)
        return self.shift(y, 2)

    @staticmethod
    def shift(x, n: int):
        return x + n

    @property
    def twice(self) -> int:
        return self.width * 2

    @torch.jit.export
    def extra(self, n: int) -> int:
        return n + self.width

    @torch.jit.unused
    def python_only(self, x):
        return x

    @torch.jit.ignore
    def never(self, x):
        return sorted([1, 2], key=lambda v: -v)

    def not_reached(self, x):
        return [v for v in x if v for _ in x]


net = Net()
s = torch.jit.script(net)
print(s(torch.zeros(2)), s.extra(5), s.width, s.sizes)
print(hasattr(s, "not_reached"))
