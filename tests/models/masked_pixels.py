# SPDX-License-Identifier: BSD-3-Clause
"""Convolutions that see only what came before: layers derived from Conv2d and Conv1d, masks as buffers."""
import torch
from torch import nn
from torch.nn import functional as F


class Masked(nn.Conv2d):
    def __init__(self, kind, *args, **kwargs):
        super(Masked, self).__init__(*args, **kwargs)
        assert kind in {"A", "B"}
        self.register_buffer("mask", self.weight.data.clone())
        _, _, rows, columns = self.weight.size()
        self.mask.fill_(1)
        self.mask[:, :, rows // 2, columns // 2 + (kind == "B"):] = 0
        self.mask[:, :, rows // 2 + 1:] = 0

    def forward(self, x):
        return self._conv_forward(x, self.weight * self.mask, self.bias)


class Causal(nn.Conv1d):
    def __init__(self, cin, cout, kernel_size, dilation=1, **kwargs):
        super().__init__(cin, cout, kernel_size, padding=(kernel_size - 1) * dilation, dilation=dilation, **kwargs)
        self.cut = self.padding[0]

    def forward(self, x):
        y = F.conv1d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        return y[:, :, :-self.cut] if self.cut != 0 else y


class Pixels(nn.Sequential):
    def __init__(self, width=4):
        super().__init__(
            Masked("A", 1, width, 5, 1, 2, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
            *[Masked("B", width, width, kernel_size=(3, 5), padding=(1, 2)) for _ in range(2)],
            nn.Flatten(2), Causal(width, 2, 3, dilation=2))


def example():
    return (torch.randn(2, 1, 6, 6),)
