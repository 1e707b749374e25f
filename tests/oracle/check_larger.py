#!/usr/bin/env python3
"""Models in the larger language, which PyTorch runs eagerly but refuses to script: what Wick compiles of them gives
PyTorch's eager outputs, in PyTorch and in Wick.

Usage: check_larger.py WICK FOLDER [FILE.py …]
"""
import glob
import os
import subprocess
import sys
import warnings

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import check_models  # noqa: E402
import record  # noqa: E402


def check(wick, path, folder):
    os.makedirs(folder, exist_ok=True)
    module = check_models.load(path)
    cls = check_models.root_class(module)
    torch.manual_seed(0)
    ours = cls().eval()
    torch.manual_seed(1)
    inputs = module.example()
    with torch.no_grad():
        want = ours(*record.copy(inputs))
    out = os.path.join(folder, "wick.pt")
    got = subprocess.run([wick, "compile", "%s:%s().eval()" % (path, cls.__name__), "--seed", "0", "-o", out],
                         capture_output=True, text=True)
    if got.returncode:
        return "compile: " + got.stderr.strip()[:1500]
    theirs = torch.jit.load(out)
    with torch.no_grad():
        have = theirs(*record.copy(inputs))
    if not check_models.same(want, have):
        return "PyTorch runs Wick's archive to %r, and the model to %r" % (have, want)
    torch.save({"format": 1, "name": cls.__name__, "suite": "larger", "torch": torch.__version__, "seed": 0, "rtol": 1e-4,
                "atol": 1e-5, "calls": [{"method": "forward", "args": inputs, "out": record.copy(want)}]},
               os.path.join(folder, "io.pt"))
    return check_models.replay(wick, out, folder)


def main():
    warnings.simplefilter("ignore")
    wick, folder = sys.argv[1:3]
    files = sys.argv[3:] or sorted(glob.glob(check_models.ROOT + "/tests/models/larger/*.py"))
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
