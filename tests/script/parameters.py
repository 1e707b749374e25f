# ParameterList, ParameterDict, buffers that are not saved, shared parameters and modules.
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = nn.ParameterList([nn.Parameter(torch.full((2,), float(i))) for i in range(3)])
        self.wd = nn.ParameterDict({"left": nn.Parameter(torch.ones(2)), "right": nn.Parameter(torch.ones(2) * 2)})
        self.register_buffer("tmp", torch.ones(2), persistent=False)
        self.register_buffer("nothing", None)
        self.a = nn.Linear(2, 2)
        self.b = nn.Linear(2, 2)
        self.b.weight = self.a.weight
        self.c = self.a

    def forward(self, x):
        for w in self.ws:
            x = x + w
        x = x * self.ws[2] + self.wd["left"] - self.wd["right"]
        if self.nothing is not None:
            x = x * 0
        return x + self.tmp


s = torch.jit.script(Net())
print(s(torch.zeros(2)).detach())
print(sorted([n for n, p in s.named_parameters()]))
print(s.a.weight is s.b.weight or s.a.weight.data_ptr() == s.b.weight.data_ptr())
