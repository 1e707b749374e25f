"""Constructs that PyTorch's own scripting refuses, and that any TorchScript reader runs once they are compiled."""
import math
from typing import Dict, List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LIMIT = 3
SCALE = 0.5
NAMES = ("low", "high")


class Base(nn.Module):
    """Its forward is reached through super()."""

    def __init__(self, width: int):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def scale(self) -> float:
        return SCALE

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) * self.scale()


class Derived(Base):
    def scale(self) -> float:
        return super().scale() * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + 1


class Box:
    def __init__(self, n: int):
        self.n = n

    def grown(self, by: int) -> int:
        return self.n + by


class BigBox(Box):
    def __init__(self, n: int):
        super().__init__(n)
        self.extra = 10

    def grown(self, by: int) -> int:
        return super().grown(by) + self.extra


class LargerLanguage(nn.Module):
    def __init__(self, width: int = 4):
        super().__init__()
        self.block = Derived(width)
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)])
        self.table: Dict[str, int] = {"low": 1, "high": 2}

    def describe(self, x: Tensor, n: int = 7) -> str:
        value = float(x.abs().max())
        text = f"{value:.3f}|{n:>4d}|{NAMES[0]!r:<8}|{n:#x}"
        return text + "{:>6}|{k:.1f}".format(n, k=value)

    def lookup(self, name: str) -> int:
        try:
            return self.table[name]
        except KeyError:
            return -1

    def checked(self, n: int) -> int:
        try:
            if n > LIMIT:
                raise ValueError("too large")
            result = n * 2
        except ValueError as e:
            result = -len(str(e))
        else:
            result += 1
        finally:
            n += 100
        return result + n

    def first(self, values: List[int], wanted: int) -> int | None:
        for i, v in enumerate(values):
            if v == wanted:
                found = i
                break
        else:
            return None
        return 1

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tuple[Tensor, List[int], str, Dict[str, List[int]]]:
        act = lambda t, slope=0.1: F.leaky_relu(t, slope)
        def mix(a: Tensor, b: Tensor) -> Tensor:
            total = a + b
            if bias is not None:
                total = total + bias
            return total * SCALE
        y = self.block(x)
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                y = act(layer(y), slope=0.2)
        w = self.block.linear.weight
        y @= w
        n = x.size(0)
        n //= 2
        values = [a * b for a in range(4) if a % 2 == 0 for b in range(3) if b != a]
        if (k := len(values)) > 2 and 0 < n <= LIMIT:
            values.append(k)
        steps = 0
        while (rest := 10 - steps * steps) > 0:
            steps += 1
        else:
            values += [rest, *values[:2]]
        values.append(sum(v * v for v in values if v > 0))
        values.append(int(any(v > 9 for v in values)) + int(all(v > -9 for v in values)))
        head, *tail = values
        found = self.first(values, 4)
        values.append(-7 if found is None else found)
        values += [self.lookup("low"), self.lookup("none"), self.checked(2), self.checked(9), BigBox(3).grown(4), head, len(tail)]
        groups = {name: [v for v in values if (v > 3) == (name == "high")] for name in ("low", "high")}
        return mix(act(y), x), values, self.describe(y), groups


def example():
    return (torch.randn(4, 4), torch.ones(4))
