# A compiled module is saved and loaded, and does the same.
import os
import sys
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.fc(x))


torch.manual_seed(0)
s = torch.jit.script(Net().eval())
print(s(torch.ones(1, 3)).detach())
t = torch.jit.script(nn.Sequential(s, nn.ReLU()))
print(t(torch.ones(1, 3)).detach())
