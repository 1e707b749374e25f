"""A squeeze-and-excitation network, with layers picked from a registry by name."""
from collections import OrderedDict
from typing import Callable, Dict

import torch
from torch import nn

ACTIVATIONS: Dict[str, Callable[..., nn.Module]] = {
    'relu': nn.ReLU,
    'silu': lambda: nn.SiLU(inplace=True),
    'hardswish': nn.Hardswish,
}


def make_activation(name: str) -> nn.Module:
    try:
        return ACTIVATIONS[name]()
    except KeyError:
        raise ValueError(f'unknown activation {name!r}, have {sorted(ACTIVATIONS)}') from None


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        squeezed = max(1, channels // reduction)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)

    def _scale(self, input: torch.Tensor) -> torch.Tensor:
        scale = self.avgpool(input)
        scale = torch.relu(self.fc1(scale))
        return torch.sigmoid(self.fc2(scale))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self._scale(input) * input


class SENet(nn.Module):
    def __init__(self, *widths, act='silu', classes=7):
        super().__init__()
        widths = widths or (8, 16)
        layers = OrderedDict()
        c = 3
        for i, w in enumerate(widths):
            layers[f'conv{i}'] = nn.Conv2d(c, w, 3, stride=2, padding='valid')
            layers[f'norm{i}'] = nn.GroupNorm(4, w)
            layers[f'act{i}'] = make_activation(act)
            layers[f'se{i}'] = SqueezeExcitation(w)
            c = w
        self.features = nn.Sequential(layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, classes))

    def forward(self, x):
        return self.head(self.features(x))


def example():
    return (torch.randn(2, 3, 33, 33),)
