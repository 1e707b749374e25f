#!/usr/bin/env python3
"""Makes the small archives of the tests of the program and of the API.  Needs torch."""
import io
import os
import struct
import zipfile
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import nn


def save(module, name):
    """Saves without the debug records, which hold paths of the machine, and with the rest aligned to 64 bytes."""
    blob = io.BytesIO()
    torch.jit.save(module, blob)
    with zipfile.ZipFile(blob) as old:
        records = [(i, old.read(i)) for i in old.infolist() if not i.filename.endswith(".debug_pkl")]
    with zipfile.ZipFile(name, "w", zipfile.ZIP_STORED) as new:
        for info, data in records:
            entry = zipfile.ZipInfo(info.filename.replace("archive/", os.path.splitext(name)[0] + "/"))
            pad = -(new.start_dir + 30 + len(entry.filename.encode()) + 4) % 64
            entry.extra = b"FB" + struct.pack("<H", pad) + b"Z" * pad
            new.writestr(entry, data)


class Scale(nn.Module):
    def forward(self, x: torch.Tensor, factor: float = 2.0) -> torch.Tensor:
        return x * factor


class Count(nn.Module):
    """Integer and tensor loops, state, printing."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, n: int) -> int:
        s = 0
        for i in range(n):
            s = s + i
        return s

    @torch.jit.export
    def add(self, x: torch.Tensor, n: int) -> torch.Tensor:
        for i in range(n):
            x = x + 1.0
        return x

    @torch.jit.export
    def tick(self) -> int:
        self.calls += 1
        print("call", self.calls)
        return self.calls

    @torch.jit.export
    def forever(self) -> int:
        i = 0
        while i >= 0:
            i = i + 1
            if i > 1000000:
                i = 0
        return i

    @torch.jit.export
    def grow(self) -> int:
        kept: List[torch.Tensor] = []
        while len(kept) >= 0:
            kept.append(torch.zeros(1000, 1000))
        return len(kept)


class Point(NamedTuple):
    x: float
    y: torch.Tensor


class Values(nn.Module):
    """Every kind of argument and result."""

    def forward(self, a: int, b: float, c: bool, d: str, e: Optional[torch.Tensor], f: List[int], g: Dict[str, float],
                h: Tuple[int, str]) -> Tuple[int, float, bool, str, Optional[torch.Tensor], List[int], Dict[str, float], Tuple[int, str]]:
        return (a + 1, b * 2, not c, d + "!", e, f + [4], g, h)

    @torch.jit.export
    def point(self, x: float) -> Point:
        return Point(x, torch.full([2], x))

    @torch.jit.export
    def random(self, n: int) -> torch.Tensor:
        return torch.rand(n)


class Check(nn.Module):
    def helper(self, x: int) -> int:
        if x > 3:
            raise ValueError("x is {}, more than 3".format(x))
        return x

    def forward(self, x: int) -> int:
        return self.helper(x) + 1

    @torch.jit.export
    def index(self, l: List[int], i: int) -> int:
        return l[i]

    @torch.jit.export
    def shapes(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.mm(a, b)


def main():
    torch.manual_seed(0)
    save(torch.jit.script(Scale()), "scale.pt")
    save(torch.jit.script(Count()), "count.pt")
    save(torch.jit.script(Values()), "values.pt")
    save(torch.jit.script(Check()), "check.pt")
    net = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    save(torch.jit.script(net), "mlp.pt")
    x = torch.randn(3, 4)
    torch.save({"format": 1, "seed": 0, "rtol": 1e-4, "atol": 1e-5,
                "calls": [{"method": "forward", "args": (x,), "out": net(x).detach()}]}, "mlp_io.pt")


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    main()
