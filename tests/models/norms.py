"""torch.norm in its forms, compiled."""
import torch
from torch import nn


class Norms(nn.Module):
    def forward(self, x):
        return (torch.norm(x, dim=1), torch.norm(x), torch.norm(x, 2, 1), torch.norm(x, p=1, dim=[0, 1], keepdim=True),
                torch.norm(x, p="fro", dim=-1), torch.norm(x, p=3.0, dim=0))


def example():
    return (torch.randn(3, 4),)
