#!/usr/bin/env python3
"""Runs torch.nn under Wick and under PyTorch, from the same files, and compares what they print.

Usage: nn_wick.py WICK [WORD]     only cases whose text holds WORD.  Ends with 'nn under wick: N passed, N failed'.

The cases are those of nn_library.py: layers, of which text, names, first values (exactly) and output (nearly) are printed, and
the pieces of nn_behaviour.txt.  They are written to files of some cases each, so that one that ends a run hides few others.
"""
import os
import re
import subprocess
import sys
import tempfile

import nn_library

HEAD = """import copy
from collections import OrderedDict
import torch
from torch import nn
from torch.nn import utils
REAL = nn

def numbers(value):
    if isinstance(value, torch.Tensor):
        return value.detach().to(torch.float64).flatten().tolist()
    if isinstance(value, (tuple, list)):
        return [numbers(v) for v in value]
    return value
"""
LAYER = """
def case_{n}():
    torch.manual_seed(7)
    m = {make}
    print(m)
    lazy = any([torch.nn.parameter.is_lazy(v) for v in m.state_dict().values()])
    if not lazy:
        for k, v in m.state_dict().items():
            print("{exact}", k, v.dtype, v.shape, v.tolist())
    print(torch.rand(1))
    for mode in {modes}:
        m.train(mode)
        torch.manual_seed(3)
        print("~", numbers(m({inputs})))
        print(torch.rand(1))
"""
PIECE = """
def case_{n}():
    torch.manual_seed(5)
{lines}
    return {last}
"""
RUN = """
print("## {n}")
try:
    value = case_{n}()
    if value is not None:
        print(repr(value))
except Exception as error:
    print(type(error).__name__, error)
"""
GRAD_FN = re.compile(r",\s+grad_fn=<\w+>")
NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|-?inf|nan")


def write_case(n, text, inputs):
    if inputs is False:
        *lines, last = text.strip().split("\n")
        body = PIECE.format(n=n, lines="\n".join("    " + line for line in lines), last=last)
    else:
        # norms and factorisations may differ in the last digits
        exact = "~" if text.startswith("utils.") else "="
        make = text if text.startswith("utils.") else "nn." + text
        body = LAYER.format(n=n, make=make, inputs=inputs, exact=exact, modes="(True, False)" if inputs else "()")
    return body + RUN.format(n=n)


def read_cases(text):
    """Number to what was printed."""
    parts = re.split(r"^## (\d+)\n", text, flags=re.M)
    return {int(parts[i]): parts[i + 1].strip() for i in range(1, len(parts) - 1, 2)}


def alike(a, b):
    if a == b:
        return True
    left, right = a.split("\n"), b.split("\n")
    if len(left) != len(right):
        return False
    for x, y in zip(left, right):
        if x == y:
            continue
        # what was computed may differ in the last digits, first values may not
        if x.startswith("="):
            return False
        if NUMBER.sub("#", x) != NUMBER.sub("#", y) and not x.startswith("~"):
            return False
        p, q = [[float(v) for v in NUMBER.findall(s)] for s in (x, y)]
        if len(p) != len(q):
            return False
        for u, v in zip(p, q):
            if u != v and not (u != u and v != v) and abs(u - v) > 1e-4 * max(abs(u), abs(v)) + 2e-5:
                return False
    return True


def main():
    wick = os.path.abspath(sys.argv[1])
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    cases = list(nn_library.CASES)
    with open(os.path.join(nn_library.HERE, "nn_behaviour.txt")) as f:
        cases += [(text, False) for text in f.read().strip().split("\n---\n")]
    # gradients are not recorded yet
    cases = [c for c in cases if word in c[0] and "backward" not in c[0]]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as root:
        for first in range(0, len(cases), 60):
            path = os.path.join(root, "cases%d.py" % first)
            with open(path, "w") as f:
                f.write(HEAD)
                for n in range(first, min(first + 60, len(cases))):
                    f.write(write_case(n, *cases[n]))
            runs = []
            for command in ([sys.executable, "-W", "ignore", path], [wick, path]):
                runs.append(subprocess.run(command, capture_output=True, text=True, timeout=300))
            theirs, ours = [read_cases(GRAD_FN.sub("", nn_library.plain(run.stdout))) for run in runs]
            for n in range(first, min(first + 60, len(cases))):
                if n in ours and alike(theirs[n], ours[n]):
                    passed += 1
                    continue
                failed += 1
                left, right = theirs[n].split("\n"), ours.get(n, "nothing").split("\n")
                at = next((i for i, (x, y) in enumerate(zip(left, right)) if not alike(x, y)), -1)
                print("FAIL %s\ngives %.400s\nnot   %.400s" % (cases[n][0], right[at], left[at]))
                if n not in ours and runs[1].stderr and (n == first or n - 1 in ours):
                    print(runs[1].stderr.strip()[-2000:])
    print("nn under wick: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
