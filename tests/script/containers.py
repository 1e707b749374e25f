# Containers are unrolled: Sequential, ModuleList, ModuleDict, their slices, subscripts and walks.
from collections import OrderedDict
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, k: float):
        super().__init__()
        self.k = k

    def forward(self, x):
        return x * self.k + 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(Block(1.0), nn.ReLU(), Block(2.0))
        self.named = nn.Sequential(OrderedDict([("a", Block(0.5)), ("b", Block(0.25))]))
        self.layers = nn.ModuleList([Block(float(i)) for i in range(4)])
        self.table = nn.ModuleDict({"one": Block(1.0), "two": Block(2.0)})
        self.nested = nn.ModuleList([nn.ModuleList([Block(1.0), Block(3.0)]), nn.Sequential(Block(2.0))])

    def forward(self, x):
        x = self.seq(x)
        x = self.named(x)
        for layer in self.layers:
            x = layer(x)
        for i, layer in enumerate(self.layers):
            x = layer(x) * i
        for layer in self.layers[1:]:
            x = layer(x) - 1
        x = self.layers[-1](x) + self.layers[0](x)
        for name, block in self.table.items():
            if name == "one":
                x = block(x)
        for block in self.table.values():
            x = block(x)
        x = self.table["two"](x)
        if "three" in self.table:
            x = x * 0
        for inner in self.nested:
            for block in inner:
                x = block(x)
        for a, b in zip(self.seq, self.nested):
            x = a(x)
        return x * len(self.layers)


net = Net()
script = torch.jit.script(net)
x = torch.linspace(-1, 1, 5) / 1024
print(script(x))
print(torch.allclose(script(x), net(x)))
print(len(script.layers), [n for n, m in script.named_modules()])
