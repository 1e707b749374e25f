# Module interfaces: an attribute that is one, and subscripts by a variable.
from typing import List
import torch
import torch.nn as nn


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Add(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


class Mul(nn.Module):
    def __init__(self, k: float):
        super().__init__()
        self.k = k

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.k


class Net(nn.Module):
    head: Step

    def __init__(self):
        super().__init__()
        self.head = Mul(10.0)
        self.steps = nn.ModuleList([Add(), Mul(3.0)])
        self.table = nn.ModuleDict({"a": Add(), "m": Mul(5.0)})

    def forward(self, x, order: List[int], name: str):
        for i in order:
            step: Step = self.steps[i]
            x = step.forward(x)
        pick: Step = self.table[name]
        return self.head.forward(pick.forward(x))


s = torch.jit.script(Net())
print(s(torch.ones(2), [0, 1, 0], "a"))
print(s(torch.ones(2), [1, 1], "m"))
