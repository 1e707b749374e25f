# Forward hooks and pre-hooks, on the module itself and on a submodule.
from typing import Tuple
import torch
import torch.nn as nn


class Inner(nn.Module):
    def forward(self, x):
        return x * 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return self.inner(x) + 1


def before(self, input: Tuple[torch.Tensor]) -> Tuple[torch.Tensor]:
    return (input[0] + 100,)


def look(self, input: Tuple[torch.Tensor]) -> None:
    print("looked")


def after(self, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output + input[0]


net = Net()
net.inner.register_forward_pre_hook(before)
net.inner.register_forward_hook(after)
net.register_forward_pre_hook(look)
s = torch.jit.script(net)
print(s(torch.ones(2)))
