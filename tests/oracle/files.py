#!/usr/bin/env python3
"""Value files: what torch.save wrote, wick converts, and torch.load reads again, must be the same; likewise safetensors.

Usage: files.py WICK FOLDER.  Prints 'PASS name' or 'FAIL name: why' for each check.
"""
import collections
import importlib.util
import json
import os
import struct
import subprocess
import sys
import warnings

import torch

warnings.simplefilter("ignore")
WICK, FOLDER = sys.argv[1], sys.argv[2]
NEW = hasattr(torch, "uint16")
SAFE = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32", "I16": "int16",
        "I8": "int8", "U8": "uint8", "BOOL": "bool", "C64": "complex64", "U16": "uint16", "U32": "uint32", "U64": "uint64"}


def path(name):
    return os.path.join(FOLDER, name)


def wick(*args):
    got = subprocess.run([WICK] + list(args), capture_output=True, text=True)
    if got.returncode:
        raise AssertionError("wick %s: %s" % (" ".join(args), got.stderr.strip()))
    return got.stdout


def same(a, b, where="value"):
    """Equal in type, contents and geometry."""
    if isinstance(a, torch.Tensor):
        assert type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape, "%s: %r and %r" % (where, a, b)
        assert a.requires_grad == b.requires_grad and a.device == b.device, where
        if a.device.type == "meta":
            return
        if a.is_quantized:
            assert a.qscheme() == b.qscheme() and torch.equal(a.int_repr(), b.int_repr()), where
            assert torch.equal(a.dequantize(), b.dequantize()), where
            return
        assert a.stride() == b.stride() and a.storage_offset() == b.storage_offset(), where
        assert a.is_conj() == b.is_conj(), where
        assert bits(a) == bits(b), where
        return
    assert type(a) is type(b), "%s: %s and %s" % (where, type(a), type(b))
    if isinstance(a, dict):
        assert list(a) == list(b), "%s: %s and %s" % (where, list(a), list(b))
        for k in a:
            same(a[k], b[k], "%s[%r]" % (where, k))
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, "%s[%d]" % (where, i))
    else:
        assert repr(a) == repr(b), "%s: %r and %r" % (where, a, b)


def bits(t):
    t = t.detach().resolve_conj().contiguous()
    if t.dim() == 0:
        t = t.reshape(1)
    if t.is_complex():
        t = torch.view_as_real(t)
    if t.dtype.itemsize if NEW else t.element_size():
        t = t.view(torch.uint8) if t.dtype != torch.bool else t.to(torch.uint8)
    return bytes(t.flatten().tolist())


def dtypes():
    d = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
         torch.uint8, torch.bool, torch.complex64]
    return d + [torch.uint16, torch.uint32, torch.uint64] if NEW else d


def samples():
    return {str(d)[6:]: torch.arange(-6, 6).reshape(3, 4).to(d) for d in dtypes()}


# ---- torch.save

def values():
    base = torch.arange(12.).reshape(3, 4)
    inner = [1, 2]
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.LSTM(4, 2))
    yield "numbers", {"none": None, "bools": [True, False], "ints": [0, 255, 256, 65536, -1, 2**31, -2**31, 2**62, -2**63],
                      "floats": [0.5, float("inf"), -0.0, 1e300, float("nan")], "complex": 1 - 2j, "text": "a\u00e4\U0001f600\n",
                      "empty": [(), [], {}, ""], 7: "int key", 2.5: "float key", True: "bool key",
                      None: "no key", (1, "a", 2.5): "tuple key"}
    yield "tuples", [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((),)]
    yield "devices", [torch.device("cpu"), torch.device("cuda", 1), torch.device("meta")]
    yield "dtypes", samples()
    yield "shapes", [torch.zeros(()), torch.zeros(0), torch.zeros(2, 0, 3), torch.zeros([1] * 9), base.t(), base[1:, ::2],
                     torch.zeros(3).expand(2, 3)]
    yield "parameters", [torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2), requires_grad=False),
                         torch.ones(2, requires_grad=True)]
    yield "complex", [torch.ones(2, dtype=torch.complex128) * 1j, torch.ones(2, dtype=torch.complex64)]
    yield "meta", torch.empty(2, 3, device="meta")
    yield "quantised", [torch.quantize_per_tensor(torch.randn(2, 3), 0.1, 2, torch.quint8),
                        torch.quantize_per_channel(torch.randn(2, 3), torch.tensor([0.1, 0.2]).double(), torch.tensor([0, 1]), 0,
                                                   torch.qint8)]
    yield "state", {"model": dict(net.state_dict()), "epoch": 3, "lr": [1e-3],
                    "optimizer": {"state": {0: {"step": torch.tensor(3.), "exp": base}}, "param_groups": [{"params": [0, 1],
                                  "betas": (0.9, 0.999)}]}}
    yield "many", {"key%d" % i: [i, torch.full((2,), float(i))] for i in range(400)}
    yield "shared", {"a": base, "b": base, "row": base[1], "list": inner, "again": inner}
    if NEW:
        yield "lazy", torch.ones(2, dtype=torch.complex64).mul(1j).conj()


def check_save(name, value):
    torch.save(value, path("in.pt"))
    wick("convert", path("in.pt"), path("out.pt"))
    back = torch.load(path("out.pt"))
    same(value, back)
    if name == "shared":
        assert back["a"] is back["b"] and back["list"] is back["again"], "identity"
        back["row"][0] = 100
        assert back["a"][1, 0] == 100, "shared storage"
    torch.save(value, path("old.pt"), _use_new_zipfile_serialization=False)
    wick("convert", path("old.pt"), path("out.pt"))
    same(value, torch.load(path("out.pt")))


# The dict that state_dict() makes has metadata, and parameters may be kept in it.
def check_state_dict():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    torch.save(net.state_dict(), path("in.pt"))
    wick("convert", path("in.pt"), path("out.pt"))
    other = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    other.load_state_dict(torch.load(path("out.pt")))
    same(dict(net.state_dict()), dict(other.state_dict()))
    torch.save(net.state_dict(keep_vars=True), path("in.pt"))
    wick("convert", path("in.pt"), path("out.pt"))
    same(dict(net.state_dict(keep_vars=True)), torch.load(path("out.pt")))


def check_archive():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Sequential(torch.nn.Linear(4, 2)))
    torch.jit.save(torch.jit.script(net), path("net.pt"))
    wick("convert", path("net.pt"), path("weights.pt"))
    got = torch.load(path("weights.pt"))
    assert type(got) is collections.OrderedDict, type(got)
    same(dict(net.state_dict()), dict(got))
    wick("convert", path("net.pt"), path("weights.safetensors"))
    got = read_safetensors(path("weights.safetensors"))
    assert sorted(got) == sorted(net.state_dict())
    for k, v in net.state_dict().items():
        same(v, got[k], k)


# ---- safetensors, by the description of the format

def read_safetensors(name):
    data = open(name, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    assert n % 8 == 0
    out = {}
    for k, e in json.loads(data[8:8 + n]).items():
        if k == "__metadata__":
            continue
        begin, end = e["data_offsets"]
        raw = bytearray(data[8 + n + begin:8 + n + end])
        dtype = getattr(torch, SAFE[e["dtype"]])
        out[k] = (torch.frombuffer(raw, dtype=dtype) if raw else torch.zeros(0, dtype=dtype)).reshape(e["shape"])
    return out


def write_safetensors(name, tensors, pad):
    head, data = {"__metadata__": {"format": "pt"}}, b""
    for k, t in tensors.items():
        raw = bits(t)
        dtype = [s for s, d in SAFE.items() if d == str(t.dtype)[6:]][0]
        head[k] = {"dtype": dtype, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    text += b" " * (pad - len(text) % 8)
    open(name, "wb").write(struct.pack("<Q", len(text)) + text + data)


def check_safetensors():
    tensors = samples()
    tensors.update({"empty": torch.zeros(2, 0), "scalar": torch.tensor(2.5), "t": torch.arange(6.).reshape(2, 3).t(),
                    "na\u00efve \"name\"\n": torch.ones(1)})
    torch.save(tensors, path("in.pt"))
    wick("convert", path("in.pt"), path("out.safetensors"))
    got = read_safetensors(path("out.safetensors"))
    assert sorted(got) == sorted(tensors)
    plain = {k: v.contiguous() for k, v in tensors.items()}
    for k in got:
        same(plain[k], got[k], k)
    wick("convert", path("out.safetensors"), path("back.pt"))
    back = torch.load(path("back.pt"))
    for k in got:
        same(plain[k], back[k], k)
    for pad in range(8, 16):  # where the data begin must not matter
        write_safetensors(path("in.safetensors"), tensors, pad)
        wick("convert", path("in.safetensors"), path("back.pt"))
        back = torch.load(path("back.pt"))
        assert list(back) == list(tensors)
        for k in back:
            same(plain[k], back[k], k)


# Byte for byte what the package writes, where it is installed.
def check_safetensors_package():
    import safetensors.torch
    plain = {k: v.contiguous() for k, v in samples().items()}
    if not NEW:
        plain.pop("complex64")
    safetensors.torch.save_file(plain, path("theirs.safetensors"), metadata={"format": "pt"})
    wick("convert", path("theirs.safetensors"), path("ours.safetensors"))
    assert open(path("theirs.safetensors"), "rb").read() == open(path("ours.safetensors"), "rb").read()
    for k, t in safetensors.torch.load_file(path("ours.safetensors")).items():
        same(plain[k], t, k)


def check_npz():
    tensors = {k: v for k, v in samples().items() if k != "bfloat16"}
    torch.save(tensors, path("in.pt"))
    wick("convert", path("in.pt"), path("out.npz"))
    wick("convert", path("out.npz"), path("back.pt"))
    same(tensors, torch.load(path("back.pt")))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    checks = [("torch.save " + name, lambda n=name, v=value: check_save(n, v)) for name, value in values()]
    checks += [("state_dict", check_state_dict), ("archive", check_archive), ("safetensors", check_safetensors),
               ("npz", check_npz)]
    if importlib.util.find_spec("safetensors"):
        checks.append(("safetensors package", check_safetensors_package))
    for name, check in checks:
        try:
            check()
            print("PASS " + name)
        except Exception as e:
            print("FAIL %s: %s: %s" % (name, type(e).__name__, str(e).replace("\n", " ")[:400]))


main()
