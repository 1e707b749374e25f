# Methods of bases, super(), methods called by the class's name.
import torch
import torch.nn as nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = 2.0

    def forward(self, x):
        return self.step(x) + 1

    def step(self, x):
        return x * self.k


class Mid(Base):
    def step(self, x):
        return super().step(x) + 10


class Net(Mid):
    def forward(self, x):
        y = super().forward(x)
        return y + super(Mid, self).step(x)


class Conv(nn.Conv2d):
    def forward(self, x):
        return super().forward(x) * 2


net = Net()
print(net(torch.ones(2)), torch.jit.script(net)(torch.ones(2)))
torch.manual_seed(1)
conv = Conv(1, 2, 3)
x = torch.ones(1, 1, 4, 4)
print(torch.equal(conv(x), torch.jit.script(conv)(x)))


class Block(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2, 2), nn.ReLU())


class Twice(nn.Sequential):
    def forward(self, x):
        for m in self:
            x = m(x)
        return x * 2


b = Block()
print(torch.equal(b(torch.ones(2)), torch.jit.script(b)(torch.ones(2))))
t = Twice(nn.ReLU(), nn.Hardtanh())
print(torch.jit.script(t)(torch.tensor([-1.0, 0.5, 3.0])))
