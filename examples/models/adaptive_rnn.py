"""A recurrent cell that decides at each position how long to think: a `while` over tensor values."""
import torch
from torch import nn, Tensor
from typing import Tuple


class AdaptiveRNN(nn.Module):
    __constants__ = ['limit', 'eps']

    def __init__(self, features: int = 6, hidden: int = 10, limit: int = 8, eps: float = 0.05):
        super().__init__()
        self.limit = limit
        self.eps = eps
        self.cell = nn.GRUCell(features + 1, hidden)
        self.halt = nn.Linear(hidden, 1)

    def ponder(self, x: Tensor, h: Tensor) -> Tuple[Tensor, int]:
        total = 0.0
        steps = 0
        out = torch.zeros_like(h)
        while total < 1 - self.eps and steps < self.limit:
            flag = torch.full((x.size(0), 1), 1.0 if steps == 0 else 0.0)
            h = self.cell(torch.cat([x, flag], 1), h)
            p = float(torch.sigmoid(self.halt(h)).mean())
            if total + p >= 1 - self.eps:
                p = 1 - total
            out = out + p * h
            total += p
            steps += 1
        return out, steps

    def forward(self, xs: Tensor) -> Tuple[Tensor, int]:
        h = torch.zeros(xs.size(1), self.cell.hidden_size)
        ys = []
        used = 0
        for t in range(xs.size(0)):
            h, n = self.ponder(xs[t], h)
            used += n
            ys.append(h)
        return torch.stack(ys), used


def example():
    return (torch.randn(4, 3, 6),)
