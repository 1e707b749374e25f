#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the cases of functional_library.py and network_library.py under Wick and under PyTorch, from the same files.

Usage: library_wick.py WICK [WORD]     only cases whose name holds WORD.  Ends with 'library under wick: N passed, N failed'.

Each case prints one line: the error, or of every tensor its shape, its type and two sums that notice order.
"""
import inspect
import os
import re
import subprocess
import sys
import tempfile

import functional_library as functions
import network_library as networks

HEAD = """import torch
import torch.nn as nn
import torch.nn.functional as theirs
import torch.nn.utils.rnn as rnn

GENERATOR = torch.Generator().manual_seed(0)
INF = float("inf")

def show(v):
    if isinstance(v, torch.Tensor):
        w = torch.nan_to_num(v.detach().to(torch.float64)).reshape(-1)
        places = torch.arange(1, w.numel() + 1).to(torch.float64)
        return "%s %s %.7e %.7e" % (list(v.shape), v.dtype, float(w.sum()), float((w * places).sum()))
    if isinstance(v, (tuple, list)):
        return "(" + "; ".join([show(x) for x in v]) + ")"
    return str(v)

def say(label, f):
    torch.manual_seed(5)
    try:
        r = show(f())
    except Exception as e:
        r = type(e).__name__ + " " + str(e).strip().split("\\n")[-1]
    print("##" + label + "| " + r)

"""
FUNCTIONS = """
def copies(args):
    return [a.clone() if isinstance(a, torch.Tensor) else a for a in args]

for name, sets in build_cases().items():
    i = 0
    for args, kwargs in sets:
        say(name + " " + str(i), lambda: getattr(theirs, name)(*copies(args), **kwargs))
        i += 1
"""
NETWORKS = """
def walk():
    n = 0
    for name, make, calls in build_cases():
        n += 1
        label = name + " " + str(n)
        made = []
        def build():
            made.append(getattr(nn, name)(*[own(nn, a, rnn) for a in make[0]],
                                          **{k: own(nn, v, rnn) for k, v in make[1].items()}))
            return "ok"
        say(label + " made", build)
        if not made:
            continue
        layer = made[0]
        say(label + " text", lambda: str(layer).replace("\\n", " "))
        say(label + " values", lambda: [x for kv in layer.state_dict().items() for x in kv])
        for training in (True, False):
            layer.train(training)
            for grad in (True, False):
                i = 0
                for args, kwargs in calls:
                    with torch.set_grad_enabled(grad):
                        say("%s %s %s %d" % (label, training, grad, i),
                            lambda: layer(*[own(nn, a, rnn) for a in args], **kwargs))
                    i += 1

walk()
"""
NUMBER = re.compile(r"-?\d+\.\d+e[+-]\d+")


def read_lines(text):
    return dict(line[2:].split("| ", 1) for line in text.split("\n") if line.startswith("##") and "| " in line)


def alike(a, b):
    if a == b or NUMBER.sub("#", a) != NUMBER.sub("#", b):
        return a == b
    return all(abs(float(x) - float(y)) <= 1e-4 * (1 + abs(float(x))) for x, y in zip(NUMBER.findall(a), NUMBER.findall(b)))


def main():
    wick = os.path.abspath(sys.argv[1])
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    base = "\n".join(inspect.getsource(f) for f in (functions.R, functions.U, functions.I, functions.C))
    texts = {
        "functions": [functions.build_cases, functions.attention_cases],
        "networks": [networks.build_cases, networks.losses, networks.Packed, networks.recurrent, networks.attention,
                     networks.Layer, networks.transformers, networks.own],
    }
    passed = failed = 0
    with tempfile.TemporaryDirectory() as root:
        for name, parts in texts.items():
            path = os.path.join(root, name + ".py")
            with open(path, "w") as f:
                f.write(HEAD + base + "\n\n" + "\n\n".join(inspect.getsource(p) for p in parts))
                f.write(FUNCTIONS if name == "functions" else NETWORKS)
            environment = dict(os.environ, OMP_NUM_THREADS="1")
            want = read_lines(subprocess.run([sys.executable, "-W", "ignore", path], capture_output=True, text=True,
                                             env=environment).stdout)
            run = subprocess.run([wick, path], capture_output=True, text=True, timeout=600)
            got = read_lines(run.stdout)
            for label, line in want.items():
                if word not in label:
                    continue
                if alike(line, got.get(label, "")):
                    passed += 1
                else:
                    failed += 1
                    print("FAIL %s\ngives %.300s\nnot   %.300s" % (label, got.get(label, "nothing"), line))
            if run.returncode:
                print("FAIL %s.py: %s" % (name, run.stderr[-2000:]))
                failed += 1
    print("library under wick: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
