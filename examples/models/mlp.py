"""A perceptron with a configurable list of hidden layers."""
from typing import List, Sequence

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, features: int = 16, hidden: Sequence[int] = (32, 32), classes: int = 4, dropout: float = 0.1):
        super().__init__()
        layers: List[nn.Module] = []
        for width in hidden:
            layers += [nn.Linear(features, width), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            features = width
        layers.append(nn.Linear(features, classes))
        self.body = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x.flatten(1))


def example():
    return (torch.randn(3, 4, 4),)
