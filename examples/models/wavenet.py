"""Dilated causal convolutions with gates, residual and skip paths (WaveNet), on raw audio."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class CausalConv1d(nn.Conv1d):
    """A Conv1d that sees only the past; derived from a concrete layer."""

    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, **kwargs):
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, **kwargs)
        self.left = (kernel_size - 1) * dilation

    def forward(self, x):
        return self._conv_forward(F.pad(x, (self.left, 0)), self.weight, self.bias)


class ResidualBlock(nn.Module):
    def __init__(self, channels, skip, dilation):
        super().__init__()
        self.filter = CausalConv1d(channels, channels, 2, dilation)
        self.gate = CausalConv1d(channels, channels, 2, dilation=dilation)
        self.residual = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, skip, 1)

    def forward(self, x):
        z = torch.tanh(self.filter(x)) * torch.sigmoid(self.gate(x))
        return self.residual(z) + x, self.skip(z)


class WaveNet(nn.Module):
    def __init__(self, channels=8, skip=16, layers=4, stacks=2, classes=32):
        super().__init__()
        self.embed = CausalConv1d(1, channels, 2)
        self.blocks = nn.ModuleList(
            ResidualBlock(channels, skip, 2 ** i) for _ in range(stacks) for i in range(layers) if i % 2 == 0 or i < 3)
        self.out1 = nn.Conv1d(skip, skip, 1)
        self.out2 = nn.Conv1d(skip, classes, 1)

    def forward(self, x):
        x = self.embed(x.unsqueeze(1))
        total = torch.zeros(1)
        for block in self.blocks:
            x, s = block(x)
            total = total + s
        return self.out2(F.relu(self.out1(F.relu(total))))


def example():
    return (torch.randn(2, 40),)
