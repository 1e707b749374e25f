#!/usr/bin/env python3
"""Compares wick with the PyTorch that is installed: records cases live and replays them.

Usage: run.py WICK.  Ends with 'oracle: N passed, N failed, N skipped'.  torchvision is taken from the system's Python when it
is not beside the first one found.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def can_import(python, module):
    return shutil.which(python) and subprocess.run([python, "-c", "import " + module], capture_output=True).returncode == 0


def count_lines(what, got):
    """(passed, failed) of a script that does its own checks and prints a PASS or FAIL line for each."""
    lines = got.stdout.split("\n")
    for line in lines:
        if line.startswith("FAIL"):
            print("%s: %s" % (what, line))
    if got.returncode:
        print("FAIL %s: %s" % (what, (got.stderr.strip().split("\n") or [""])[-1]))
    return sum(l.startswith("PASS") for l in lines), sum(l.startswith("FAIL") for l in lines) + (got.returncode != 0)


def main():
    wick = os.path.abspath(sys.argv[1])
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory() as root:
        jobs = []
        pythons = [p for p in ("python3", "/usr/bin/python3") if can_import(p, "torch")]
        if len({os.path.realpath(shutil.which(p)) for p in pythons}) < len(pythons):
            pythons = pythons[:1]
        for i, p in enumerate(pythons):
            jobs.append(("layers.py with " + p, [p, os.path.join(HERE, "layers.py"), os.path.join(root, "layers%d" % i)]))
            jobs.append(("constructs.py with " + p, [p, os.path.join(HERE, "constructs.py"), os.path.join(root, "constructs%d" % i)]))
            jobs.append(("quantised.py with " + p, [p, os.path.join(HERE, "quantised.py"), os.path.join(root, "quantised%d" % i)]))
        for i, p in enumerate(pythons):
            got = subprocess.run([p, os.path.join(HERE, "files.py"), wick, os.path.join(root, "files%d" % i)],
                                 capture_output=True, text=True)
            good, bad = count_lines("files.py with " + p, got)
            passed += good
            failed += bad
        got = subprocess.run([sys.executable, os.path.join(HERE, "check_programs.py"), wick], capture_output=True, text=True)
        good, bad = count_lines("check_programs.py", got)
        passed += good
        failed += bad
        vision = [p for p in ("python3", "/usr/bin/python3") if can_import(p, "torchvision")]
        if vision:
            # one at a time: together they would take gigabytes
            names = subprocess.run([vision[0], os.path.join(HERE, "vision.py"), "--list"], capture_output=True, text=True)
            for name in names.stdout.split():
                jobs.append((name, [vision[0], os.path.join(HERE, "vision.py"), os.path.join(root, "vision"), name]))
        else:
            print("SKIPPED: torchvision's networks, because no python3 imports torchvision")
            skipped += 1
        # our torch.nn against the PyTorch it follows
        for name in ("functional_library.py", "network_library.py"):
            newest = [p for p in pythons if subprocess.run(
                [p, "-c", "import sys, torch; sys.exit(not torch.__version__.startswith('2.13.'))"]).returncode == 0]
            if not newest:
                print("SKIPPED: %s, because no python3 has PyTorch 2.13" % name)
                skipped += 1
                continue
            ran = subprocess.run([newest[0], os.path.join(HERE, name)], capture_output=True, text=True)
            problems = [x for x in ran.stdout.split("\n") if x.startswith("FAIL")]
            print("".join(x + "\n" for x in problems), end="")
            if ran.returncode and not problems:
                print("FAIL %s: %s" % (name, ran.stderr.strip().split("\n")[-1]))
            passed += ran.returncode == 0
            failed += max(len(problems), ran.returncode != 0)
        for what, command in jobs:
            made = subprocess.run(command, capture_output=True, text=True)
            folders = [x for x in made.stdout.split("\n") if x]
            if made.returncode:
                print("FAIL %s: %s" % (what, made.stderr.strip().split("\n")[-1]))
                failed += 1
            listing = os.path.join(root, "list")
            with open(listing, "w") as f:
                f.write("".join(x + "\n" for x in folders))
            got = subprocess.run([wick, "test", "--cases", listing], capture_output=True, text=True)
            good = got.stdout.count("PASS ")
            passed += good
            failed += len(folders) - good
            for line in got.stdout.split("\n"):
                if line.startswith("FAIL"):
                    print("%s: %s" % (what, line))
            if got.returncode < 0:
                print("FAIL %s: wick ended with signal %d" % (what, -got.returncode))
            shutil.rmtree(os.path.dirname(folders[0]) if folders else root + "/none", ignore_errors=True)
        # A check_*.py does its comparing itself: WICK FOLDER are its arguments, lines PASS, FAIL and SKIPPED its answer.
        checks = [(pythons[0], f) for f in sorted(os.listdir(HERE)) if f.startswith("check_") and f.endswith(".py")] if pythons else []
        checks += [(p, "vision_sources.py") for p in vision[:1]]
        for python, script in checks:
            got = subprocess.run([python, os.path.join(HERE, script), wick, os.path.join(root, script)],
                                 capture_output=True, text=True)
            shutil.rmtree(os.path.join(root, script), ignore_errors=True)
            lines = got.stdout.split("\n")
            passed += sum(x.startswith("PASS ") for x in lines)
            bad = [x for x in lines if x.startswith("FAIL ")]
            if got.returncode and not bad:
                bad = ["FAIL %s: %s" % (script, (got.stderr.strip() or "exit status %d" % got.returncode).split("\n")[-1])]
            failed += len(bad)
            skipped += sum(x.startswith("SKIPPED") for x in lines)
            for x in bad + [x for x in lines if x.startswith("SKIPPED")]:
                print("%s: %s" % (script, x))
    # the library of layers, written in our own language, against the newest PyTorch's
    modern = [p for p in pythons if subprocess.run([p, "-c", "import torch; assert torch.__version__ >= '2.'"], capture_output=True).returncode == 0]
    if modern:
        for name, arguments in (("nn_library.py", []), ("nn_wick.py", [wick])):
            got = subprocess.run([modern[0], "-B", os.path.join(HERE, name)] + arguments, capture_output=True, text=True)
            counts = re.search(r"(\d+) passed, (\d+) failed\s*$", got.stdout)
            if got.returncode:
                print(got.stdout + got.stderr)
            passed += int(counts.group(1)) if counts else 0
            failed += int(counts.group(2)) if counts else 1
    else:
        print("SKIPPED: the library of layers, because no python3 imports PyTorch 2")
        skipped += 1
    if skipped and os.environ.get("CI") == "true":
        print("FAIL: in CI nothing may be skipped")
        failed += 1
    print("oracle: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
