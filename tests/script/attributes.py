# Attributes of all kinds, mutation of them, hasattr and getattr.
from typing import Dict, List, Optional
import torch
import torch.nn as nn


class Net(nn.Module):
    cache: Dict[str, torch.Tensor]
    last: Optional[torch.Tensor]
    names: List[str]

    def __init__(self):
        super().__init__()
        self.cache = {}
        self.last = None
        self.names = []
        self.calls = 0
        self.pair = (1, 2.5)
        self.numbers = [1, 2, 3]
        self.words = {"a": 1}
        self.dtype = torch.float64
        self.device = torch.device("cpu")
        self.plain = torch.ones(2)
        self.register_buffer("state", torch.zeros(2))
        self.act = torch.relu

    def forward(self, x):
        self.calls += 1
        self.state = self.state + x
        self.state[0] = 7
        self.cache["x"] = x
        last = self.last
        if last is not None:
            x = x + last
        self.last = x
        self.names.append("n" + str(self.calls))
        y = x * self.pair[0] + self.pair[1] + self.numbers[-1] + self.words["a"] + self.plain
        if hasattr(self, "bias"):
            y = y + self.bias
        if hasattr(self, "act"):
            y = self.act(y)
        return y.to(self.dtype) + getattr(self, "calls")


s = torch.jit.script(Net())
print(s(torch.ones(2)))
print(s(torch.ones(2)))
print(s.calls, s.names, s.state, s.cache["x"], s.last)
s.calls = 10
print(s(torch.zeros(2)), s.calls)
