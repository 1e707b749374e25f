#!/usr/bin/env python3
"""Runs the programs of tests/build that need nothing but Python under this Python and under wick, and compares what they
print, uncaught exceptions included.  Usage: check_programs.py WICK.  A PASS or FAIL line for each."""
import os
import subprocess
import sys

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build")
NAMES = ["arguments", "assign", "classes", "control", "dataclass", "formats", "generators", "imports", "scopes", "uncaught",
         "uncaught_context"]


def output(command):
    got = subprocess.run(command, capture_output=True, text=True, cwd=FOLDER, timeout=120,
                         env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    return got.stdout + got.stderr.replace(FOLDER + "/", "")


def main():
    if sys.version_info[:2] != (3, 11):  # texts of errors change from one version to the next
        return
    programs = [sys.executable, "-W", "ignore"], [os.path.abspath(sys.argv[1])]
    for name in NAMES:
        want, have = (output(program + [name + ".py"]) for program in programs)
        print("PASS" if want == have else "FAIL", "program", name)


main()
