# SPDX-License-Identifier: BSD-3-Clause
"""Hooks, typed attributes, a helper class with a method nobody calls, parts that are absent."""
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn


class Padded(object):
    def __init__(self, values: Tensor, mask: Optional[Tensor]):
        self.values = values
        self.mask = mask

    def parts(self):
        return self.values, self.mask

    def length(self) -> int:
        return self.values.size(1)


def shift(self, input: Tuple[Tensor]) -> Tuple[Tensor]:
    return (input[0] + 1,)


def double(self, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * 2


class Base(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.lin = nn.Linear(n, n)
        self.n = n

    def step(self, x):
        return self.lin(x)

    def forward(self, x):
        return self.step(x) + self.extra()

    def extra(self) -> int:
        return 1

    @classmethod
    def make(cls, n):
        return cls(n)


class Derived(Base):
    def step(self, x):
        return torch.tanh(self.lin(x))

    def extra(self) -> int:
        return self.n


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Derived.make(3)
        self.a.register_forward_hook(double)
        self.a.register_forward_pre_hook(shift)
        self.b = Base(3)
        self.calls = torch.jit.Attribute(0, int)
        self.last = torch.jit.Attribute(None, Optional[Tensor])
        self.register_parameter("scale", None)
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    def pad(self, rows: List[Tensor]) -> Padded:
        n = max([r.size(0) for r in rows])
        values = torch.zeros(len(rows), n, 3)
        mask = torch.zeros(len(rows), n, dtype=torch.bool)
        for i, row in enumerate(rows):
            values[i, :row.size(0)] = row
            mask[i, :row.size(0)] = True
        return Padded(values, mask)

    def forward(self, rows: List[Tensor]) -> Dict[str, Tensor]:
        padded = self.pad(rows)
        x = self.b(self.a(padded.values))
        if self.scale is not None:
            x = x * self.scale
        self.count += 1
        self.calls += 1
        mask = padded.mask
        assert mask is not None
        self.last = x * mask.unsqueeze(-1)
        last = self.last
        assert last is not None
        return {"x": x, "last": last, "calls": self.count + self.calls}


def example():
    return ([torch.randn(2, 3), torch.randn(4, 3)],)
