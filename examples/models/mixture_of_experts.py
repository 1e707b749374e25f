"""A mixture of experts: routing by top-k, experts in a ModuleList, a running count of their load."""
from typing import Tuple

import torch
from torch import Tensor, nn


class Expert(nn.Module):
    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden, bias=False)
        self.w2 = nn.Linear(hidden, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.w2(nn.functional.silu(self.w1(x)) * self.w3(x))


class MoE(nn.Module):
    load: Tensor

    def __init__(self, dim: int = 8, hidden: int = 16, experts: int = 4, k: int = 2):
        super().__init__()
        self.gate = nn.Linear(dim, experts, bias=False)
        self.experts = nn.ModuleList([Expert(dim, hidden) for _ in range(experts)])
        self.k = k
        self.register_buffer("load", torch.zeros(experts, dtype=torch.int64))

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        flat = x.reshape(-1, x.shape[-1])
        weights, chosen = torch.topk(self.gate(flat).softmax(-1), self.k)
        weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            row, slot = torch.where(chosen == i)
            self.load[i] += row.numel()
            if row.numel() > 0:
                out.index_add_(0, row, weights[row, slot].unsqueeze(-1) * expert(flat[row]))
        return out.view_as(x), self.load.clone()


def example():
    return (torch.randn(2, 5, 8),)
