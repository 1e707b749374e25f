# Instances with equal concrete types share a type; a None attribute makes another one.
import torch
import torch.nn as nn
from typing import Optional


class Inner(nn.Module):
    def __init__(self, n: int, bias: bool):
        super().__init__()
        self.n = n
        self.weight = nn.Parameter(torch.ones(n))
        if bias:
            self.bias = nn.Parameter(torch.zeros(n))
        else:
            self.register_parameter("bias", None)

    def forward(self, x):
        if self.bias is not None:
            x = x + self.bias
        return x * self.weight * self.n


class Net(nn.Module):
    down: Optional[nn.Module]

    def __init__(self):
        super().__init__()
        self.a = Inner(2, True)
        self.b = Inner(2, True)
        self.c = Inner(2, False)
        self.d = Inner(3, False)
        self.none = None

    def forward(self, x):
        y = self.c(self.b(self.a(x)))
        if self.none is not None:
            y = self.none(y)
        return y


net = Net()
s = torch.jit.script(net)
print(s(torch.ones(2)).detach())
print(s.a._c._type() == s.b._c._type() if hasattr(s.a, "_c") else True)
