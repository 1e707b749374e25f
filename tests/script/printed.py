# Compiled modules as they print.
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seq = nn.Sequential(nn.ReLU(), nn.Tanh())

    def forward(self, x):
        return self.seq(self.fc(x))


print(torch.jit.script(Net()))
