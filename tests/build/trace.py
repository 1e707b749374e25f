# torch.jit.trace and trace_module: sizes, compiled parts, errors.
import warnings
warnings.simplefilter("ignore")
import torch
from torch import nn
@torch.jit.script
def inner(x, n: int):
    for i in range(n):
        x = x + 1
    return x
class Sub(nn.Module):
    def forward(self, x):
        return torch.relu(x)
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.s = torch.jit.script(Sub())
        self.l = nn.LSTM(4, 5, batch_first=True)
        self.t = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    def forward(self, x, extra):
        y, (h, c) = self.l(self.t(x))
        z = self.s(inner(y, 3))
        return {"z": z[:, -1], "h": h + extra["k"]}
    def other(self, x):
        return x * 2
torch.manual_seed(0)
m = M().eval()
x = torch.randn(2, 3, 4)
t = torch.jit.trace(m, (x, {"k": torch.ones(1)}), strict=False, check_trace=False)
x = torch.randn(5, 6, 4)
a, b = m(x, {"k": torch.ones(1)}), t(x, {"k": torch.ones(1)})
print(torch.allclose(a["z"], b["z"]), torch.allclose(a["h"], b["h"]))
t = torch.jit.trace_module(m, {"forward": (x, {"k": torch.ones(1)}), "other": torch.ones(2)}, strict=False, check_trace=False)
print(t.other(torch.ones(3)))
try: torch.jit.trace(m, (x, {"k": torch.ones(1)}))
except RuntimeError as e: print(str(e)[:60])
try: torch.jit.trace(lambda x: (x, 3), x)
except RuntimeError as e: print(str(e)[:80])
print(torch.jit.trace(lambda x: torch.rand(2) + x, torch.ones(2), check_trace=False)(torch.zeros(2)).shape)
