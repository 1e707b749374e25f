# A plain module: parameters, submodules, a constant, functions of the file.
import torch
import torch.nn as nn
import torch.nn.functional as F


def scale(x, k: float = 2.0):
    return x * k


class Net(nn.Module):
    __constants__ = ["factor"]

    def __init__(self, n: int):
        super().__init__()
        self.factor = 3
        self.fc1 = nn.Linear(4, n)
        self.fc2 = nn.Linear(n, 2, bias=False)
        self.register_buffer("offset", torch.ones(2))

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = scale(self.fc2(x)) + self.offset * self.factor
        return self.helper(x)

    def helper(self, x):
        if self.training:
            return x
        return x - 1


torch.manual_seed(0)
net = Net(8)
script = torch.jit.script(net)
x = torch.arange(8, dtype=torch.float32).reshape(2, 4) / 8
print(torch.equal(script(x), net(x)))
net.eval()
script.eval()
print(torch.equal(script(x), net(x)), script.training, script.fc1.training)
print([name for name, p in script.named_parameters()])
print(list(script.state_dict().keys()))
print(script.factor, script.original_name, script.fc2.bias)
