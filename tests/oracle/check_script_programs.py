#!/usr/bin/env python3
"""The programs of tests/script, run by the PyTorch that is installed and by Wick: both print the same.

Usage: check_script_programs.py WICK.  Programs that use more than TorchScript accepts run under PyTorch with
torch.jit.script giving back what it is given.  Prints a PASS or FAIL line for each.
"""
import glob
import os
import subprocess
import sys

import torch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LARGER = {"larger", "inherit", "containers"}
EAGER = "import torch, sys; torch.jit.script = lambda x: x; p = sys.argv[1]; exec(compile(open(p).read(), p, 'exec'))"


def printed(command):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout


def main():
    wick = os.path.abspath(sys.argv[1])
    if not torch.__version__.startswith("2.13."):
        print("SKIPPED: the scripted programs, because PyTorch is " + torch.__version__)
        return
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "script", "*.py"))):
        name = os.path.basename(path)[:-3]
        how = ["-c", EAGER, path] if name in LARGER else [path]
        want = printed([sys.executable, "-W", "ignore"] + how)
        got = printed([wick, path])
        if want == got:
            print("PASS script " + name)
            continue
        pairs = zip(want.split("\n") + [""], got.split("\n") + [""])
        first = next(((a, b) for a, b in pairs if a != b), ("", ""))
        print("FAIL script %s: expected %r, got %r" % ((name,) + first))


main()
