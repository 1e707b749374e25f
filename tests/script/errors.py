# What does not compile says so, in PyTorch's words.
import torch
import torch.nn as nn


def first_line(make):
    try:
        torch.jit.script(make())
        print("compiled")
    except Exception as e:
        lines = [line for line in str(e).split("\n") if line.strip()]
        print(type(e).__name__ + ": " + lines[0].strip(": "))


class A(nn.Module):
    def forward(self, x):
        return self.nothing(x)


class B(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = []

    def forward(self, x):
        return x + len(self.items)


class C(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = A()

    def forward(self, x):
        return self.a(x)


class D(nn.Module):
    def forward(self, x):
        return torch.no_such_function(x)


class E(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.ModuleDict({"a": nn.ReLU()})

    def forward(self, x):
        return self.table["b"](x)


class F(nn.Module):
    def __init__(self):
        self.x = 1

    def forward(self, x):
        return x


def g(x: int) -> str:
    return x


def recursive(n: int) -> int:
    return recursive(n - 1)


first_line(lambda: A())
first_line(lambda: B())
first_line(lambda: E())
first_line(lambda: F())
first_line(lambda: recursive)
