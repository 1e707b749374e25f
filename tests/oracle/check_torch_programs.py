#!/usr/bin/env python3
"""The programs about torch in tests/build, run by the PyTorch that is installed and by Wick: both print the same.

Usage: check_torch_programs.py WICK [FOLDER].  Prints a PASS or FAIL line for each.  Programs follow PyTorch 2.13; another version is
skipped, for its messages differ.
"""
import glob
import os
import subprocess
import sys

import torch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def printed(command):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout


def main():
    wick = os.path.abspath(sys.argv[1])
    if not torch.__version__.startswith("2.13."):
        print("SKIPPED: the programs about torch, because PyTorch is " + torch.__version__)
        return
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "build", "torch_*.py"))):
        want = printed([sys.executable, "-W", "ignore", path])
        got = printed([wick, path])
        if want == got:
            print("PASS " + os.path.basename(path))
            continue
        pairs = zip(want.split("\n") + [""], got.split("\n") + [""])
        first = next(((a, b) for a, b in pairs if a != b), ("", ""))
        print("FAIL %s: expected %r, got %r" % ((os.path.basename(path),) + first))


main()
