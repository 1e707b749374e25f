# SPDX-License-Identifier: BSD-3-Clause
# Makes tests/fuzz/corpus/archive: small files of every kind that the loaders read.  Needs torch 2.x and numpy.
import collections
import enum
import io
import os
import sys
import warnings
import zipfile

import numpy as np
import torch
from typing import Dict, List, NamedTuple, Optional, Tuple

warnings.simplefilter("ignore")
out = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "corpus", "archive")
os.makedirs(out, exist_ok=True)


class Point(NamedTuple):
    x: torch.Tensor
    n: int


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Net(torch.nn.Module):
    names: List[str]
    table: Dict[str, int]
    maybe: Optional[int]

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.register_buffer("mask", torch.tensor([True, False]))
        self.names = ["a"]
        self.table = {"k": 1}
        self.maybe = None
        self.color = Color.BLUE
        self.constant = torch.ones(2)

    def forward(self, x):
        return self.layer(x) * torch.tensor([1.0, 2.0]) if len(self.names) else x


class Stateful(torch.nn.Module):
    pairs: List[Point]

    def __init__(self):
        super().__init__()
        self.pairs = [Point(torch.ones(1), 2)]
        self.n = 3

    @torch.jit.export
    def __getstate__(self):
        return (self.pairs[0].x, self.n, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, int, bool]):
        self.pairs = [Point(state[0], state[1])]
        self.n = state[1]
        self.training = state[2]

    def forward(self, x):
        return x + self.pairs[0].n


def write(name, data):
    with open(os.path.join(out, name), "wb") as f:
        f.write(data)


def small(data):
    """The same archive without debug files, which no loader reads, and unaligned."""
    src, dst = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(dst, "w") as z:
        for n in src.namelist():
            if not n.endswith(".debug_pkl") and "serialization_id" not in n:
                z.writestr(n, src.read(n))
    return dst.getvalue()


def jit(name, m):
    b = io.BytesIO()
    torch.jit.save(m, b)
    write(name, small(b.getvalue()))


def save(name, v, **kw):
    b = io.BytesIO()
    torch.save(v, b, **kw)
    data = b.getvalue()
    write(name, data if kw else small(data))
    if not kw:
        write(name + ".pkl", zipfile.ZipFile(b).read("archive/data.pkl"))


torch.manual_seed(0)
values = {
    "a": torch.arange(6.0).view(2, 3).t(), "p": torch.nn.Parameter(torch.ones(2)), "list": [1, 2], "t": (1, (2.0, True)),
    "q": torch.quantize_per_channel(torch.ones(2, 3), torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.quint8),
    "o": collections.OrderedDict(k=None), "s": {1}, "b": b"\xff", "c": 1j, "d": torch.float16, "n": 2 ** 40,
}
save("save.pt", values)
save("save_new.pt", {"u": torch.tensor([1], dtype=torch.uint16), "j": torch.tensor([1j]).conj(), "m": torch.ones(1, device="meta")})
save("stream.pt", values, _use_new_zipfile_serialization=False)
jit("net.pt", torch.jit.script(Net().eval()))
jit("frozen.pt", torch.jit.freeze(torch.jit.script(Net().eval())))
jit("stateful.pt", torch.jit.script(Stateful()))
b = io.BytesIO()
np.save(b, np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)))
write("array.npy", b.getvalue())
b = io.BytesIO()
np.savez_compressed(b, a=np.ones((2, 2)), b=np.array([True]))
write("arrays.npz", b.getvalue())
head = (b'{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},'
        b'"b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}}')
write("tensors.safetensors", len(head).to_bytes(8, "little") + head + bytes(8) + b"\x01\x00")
