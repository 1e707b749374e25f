# SPDX-License-Identifier: BSD-3-Clause
# Gradient modes as contexts and decorators, defaults, autograd functions, data sets and loaders.
import torch
from torch.autograd import Function
from torch.utils.data import BatchSampler, ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split
from torch.utils.checkpoint import checkpoint


def modes():
    return torch.is_grad_enabled(), torch.is_inference_mode_enabled()


print(modes())
with torch.no_grad():
    print(modes())
    with torch.enable_grad():
        print(modes())
    print(modes())
with torch.inference_mode():
    print(modes())
with torch.inference_mode(False):
    print(modes())
with torch.set_grad_enabled(False):
    print(modes())
print(modes())


@torch.no_grad()
def f(x, *, y=2):
    return x + y, modes()


@torch.no_grad
def g(x):
    return modes()


@torch.inference_mode()
def h():
    return modes()


@torch.enable_grad()
def k():
    return modes()


print(f(1, y=3), g(1), h(), f.__name__)
with torch.no_grad():
    print(k())
torch.set_grad_enabled(False)
print(modes())
torch.set_grad_enabled(True)
try:
    with torch.no_grad():
        raise ValueError("x")
except ValueError:
    print(modes())

torch.set_default_dtype(torch.float64)
print(torch.get_default_dtype(), torch.zeros(1).dtype, torch.tensor([1.5]).dtype, torch.rand(1).dtype)
print(torch.arange(2).dtype, torch.eye(1).dtype, torch.linspace(0, 1, 2).dtype, torch.tensor([1]).dtype)
torch.set_default_dtype(torch.float32)
for bad in (torch.int32, "float"):
    try:
        torch.set_default_dtype(bad)
    except TypeError as e:
        print(e)


class Square(Function):
    @staticmethod
    def forward(ctx, x, n):
        ctx.save_for_backward(x)
        ctx.n = n
        return x**n

    @staticmethod
    def backward(ctx, grad):
        return grad * 2, None


print(Square.apply(torch.tensor([2.0, 3.0]), 2))
print(checkpoint(lambda a, b: a + b, torch.ones(1), 2, use_reentrant=False))

with torch.autocast("cpu", enabled=False):
    print(torch.is_autocast_cpu_enabled())
with torch.autocast("cpu", dtype=torch.bfloat16):
    print(torch.is_autocast_cpu_enabled(), torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype)
print(torch.is_autocast_cpu_enabled(), torch.cuda.is_available(), torch.cuda.device_count())
torch.backends.cudnn.benchmark = True
print(torch.backends.cudnn.benchmark, torch.backends.mps.is_available())
print(torch.overrides.has_torch_function((torch.ones(1),)), torch.jit.is_scripting(), torch.jit.is_tracing())

data = TensorDataset(torch.arange(7.0).view(7, 1), torch.arange(7))
print(len(data), data[2])
torch.manual_seed(1)
for x, y in DataLoader(data, batch_size=3, shuffle=True):
    print(x.flatten().tolist(), y.tolist())
for x, y in DataLoader(data, batch_size=3, drop_last=True):
    print(x.flatten().tolist(), y.tolist())
a, b = random_split(data, [5, 2])
print(a.indices, b.indices, len(a))
a, b = random_split(data, [0.5, 0.5], generator=torch.Generator().manual_seed(3))
print(a.indices, b.indices)


class Words(Dataset):
    def __init__(self, words):
        self.words = words

    def __len__(self):
        return len(self.words)

    def __getitem__(self, i):
        return {"word": self.words[i], "n": len(self.words[i]), "half": len(self.words[i]) / 2}


both = ConcatDataset([Words(["a", "bb"]), Words(["ccc"])])
print(len(both), both[2], both[-1], Subset(both, [1])[0])
for batch in DataLoader(both, batch_size=2):
    print(batch)
print(list(BatchSampler(range(5), 2, False)), torch.initial_seed(), torch.rand(1))


@torch.jit.ignore
def ignored(x):
    return x


@torch.jit.unused
def unused(x):
    return x


@torch.jit.ignore(drop=True)
def dropped(x):
    return x


print(ignored(1), unused(2), dropped(3), torch.jit.annotate(int, 4))
print(torch.jit.isinstance(1, int), torch.jit.isinstance("a", int))
print(torch.jit.wait(torch.jit.fork(lambda v: v + 1, 2)))
