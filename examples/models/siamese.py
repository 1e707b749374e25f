"""One tower for two inputs, compared by distance; margin as a Final constant."""
from typing import Final, Tuple

import torch
import torch.nn as nn


class Tower(nn.Module):
    def __init__(self, dims=(20, 16, 8)):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.norm = nn.LayerNorm(dims[-1], elementwise_affine=False)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = torch.tanh(x)
        return nn.functional.normalize(self.norm(x), dim=-1)


class Siamese(nn.Module):
    margin: Final[float]

    def __init__(self, margin: float = 0.5):
        super().__init__()
        self.tower = Tower()
        self.margin = margin
        self.distance = nn.PairwiseDistance(p=2.0)
        self.loss_fn = nn.CosineEmbeddingLoss(margin=margin)

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        d = self.distance(self.tower(a), self.tower(b))
        return d, d < self.margin

    @torch.jit.export
    def loss(self, a: torch.Tensor, b: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        return self.loss_fn(self.tower(a), self.tower(b), same)


def example():
    return (torch.randn(4, 20), torch.randn(4, 20))
