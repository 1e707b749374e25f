#!/usr/bin/env python3
"""The model files of examples/models and tests/models, built by Wick and by PyTorch from the same text and seed.

Usage: check_models.py WICK FOLDER [FILE.py …].  For each file: the weights that both make are the same bits, Wick's
archive gives PyTorch the outputs that PyTorch's own has, and Wick runs both archives to the same outputs.

Random draws and arithmetic are the same bits everywhere.  What goes through a matrix factorisation or a transcendental
function is rounded as the machine's LAPACK and vector library do it, which differs between versions of PyTorch too:
the weights named in ROUNDED may differ by the last bits.
"""
import glob
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import warnings

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import record  # noqa: E402

ROUNDED = {
    "actor_critic.py": r"\.weight$",        # orthogonal_: QR
    "super_resolution.py": r"^conv\d\.weight$",
    "transformer_encoder.py": r"\.pe$",     # sin, cos, exp
}

ROOT = os.path.dirname(os.path.dirname(HERE))


def load(path):
    name = os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def root_class(module):
    """The last class of the file that is a Module."""
    return [v for v in vars(module).values()
            if inspect.isclass(v) and issubclass(v, torch.nn.Module) and v.__module__ == module.__name__][-1]


def same(a, b, exact=False):
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        if exact:
            return a.dtype == b.dtype and a.shape == b.shape and a.contiguous().view(-1).equal(b.contiguous().view(-1))
        return a.shape == b.shape and a.dtype == b.dtype and torch.allclose(a, b, 1e-4, 1e-5, equal_nan=True)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k], exact) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, exact) for x, y in zip(a, b))
    if isinstance(a, float):
        return abs(a - b) <= 1e-5 + 1e-4 * abs(a)
    return a == b


def replay(wick, archive, folder):
    got = subprocess.run([wick, "test", archive, os.path.join(folder, "io.pt")], capture_output=True, text=True)
    return None if got.returncode == 0 else (got.stdout + got.stderr).strip().replace("\n", " | ")[:600]


def check(wick, path, folder):
    module = load(path)
    cls = root_class(module)
    torch.manual_seed(0)
    ours = cls()
    state = {k: v.clone() for k, v in ours.state_dict().items()}
    torch.manual_seed(1)
    inputs = module.example()
    case = record.record(folder, cls.__name__, torch.jit.script(ours.eval()), [("forward", inputs)])
    out = os.path.join(case, "wick.pt")
    got = subprocess.run([wick, "compile", "%s:%s().eval()" % (path, cls.__name__), "--seed", "0", "-o", out],
                         capture_output=True, text=True)
    if got.returncode:
        return "compile: " + got.stderr.strip()[:1500]
    theirs = torch.jit.load(out)
    made = theirs.state_dict()
    for k in state:
        if k not in made:
            return "the state has no " + k
        rounded = re.search(ROUNDED.get(os.path.basename(path), "^$"), k)
        if not same(state[k], made[k], exact=True) and not (rounded and torch.allclose(state[k], made[k], 1e-6, 1e-6)):
            return "%s has other values" % k
    torch.manual_seed(0)
    with torch.no_grad():
        got = theirs(*record.copy(inputs))
    want = torch.load(os.path.join(case, "io.pt"), weights_only=False)["calls"][0]["out"]
    if not same(want, got):
        return "PyTorch runs Wick's archive to other outputs"
    for what, archive in (("Wick's", out), ("PyTorch's", os.path.join(case, "model.pt"))):
        why = replay(wick, archive, case)
        if why:
            return "Wick runs %s archive: %s" % (what, why)
    return None


def main():
    warnings.simplefilter("ignore")
    wick, folder = sys.argv[1:3]
    files = sys.argv[3:] or sorted(glob.glob(ROOT + "/examples/models/*.py") + glob.glob(ROOT + "/tests/models/*.py"))
    for path in files:
        name = os.path.basename(path)
        try:
            why = check(wick, path, os.path.join(folder, name))
        except Exception as e:  # whatever goes wrong is this file's failure
            why = "%s: %s" % (type(e).__name__, str(e).strip()[:600])
        print("FAIL %s: %s" % (name, why) if why else "PASS " + name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
