#!/usr/bin/env python3
"""Compares wick with the PyTorch that is installed.

Usage: run.py WICK [WORD …]     only the jobs whose name holds a WORD.  Ends with 'oracle: N passed, N failed, N skipped'.

Recorders write cases (model.pt and io.pt in a folder each) and print the folders; wick replays them.  Checks do their own
comparing and print a line PASS, FAIL or SKIPPED for each thing, or end with 'NAME: N passed, N failed'.  torchvision is taken
from the system's Python when it is not beside the first one found.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDERS = ["layers.py", "constructs.py", "quantised.py"]  # with every PyTorch there is
LIBRARY = ["functional_library.py", "network_library.py", "nn_library.py"]  # our torch.nn under Python; PyTorch 2.13
UNDER_WICK = ["nn_wick.py", "library_wick.py"]  # the same under wick


def can_import(python, module):
    return shutil.which(python) and subprocess.run([python, "-c", "import " + module], capture_output=True).returncode == 0


def is_newest(python):
    code = "import sys, torch; sys.exit(not torch.__version__.startswith('2.13.'))"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def run(command):
    # one thread each: as many jobs as processors run at once, and no sum depends on how it was cut up
    env = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    return subprocess.run(command, capture_output=True, text=True, env=env)


def replay(wick, root, name, command):
    """A recorder's cases, replayed: (passed, failed, lines to print)."""
    made = run(command)
    folders = [x for x in made.stdout.split("\n") if x]
    lines = ["FAIL %s: %s" % (name, made.stderr.strip().split("\n")[-1])] if made.returncode else []
    with tempfile.NamedTemporaryFile("w", dir=root, delete=False) as f:
        f.write("".join(x + "\n" for x in folders))
    got = run([wick, "test", "--cases", f.name])
    good = got.stdout.count("PASS ")
    lines += ["%s: %s" % (name, x) for x in got.stdout.split("\n") if x.startswith("FAIL")]
    if got.returncode < 0:
        lines.append("FAIL %s: wick ended with signal %d" % (name, -got.returncode))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return good, len(folders) - good + (made.returncode != 0), 0, lines


def check(name, command, folder):
    got = run(command)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    lines = [x for x in got.stdout.split("\n") if x.startswith(("FAIL", "SKIPPED"))]
    good, bad = got.stdout.count("\nPASS ") + got.stdout.startswith("PASS "), sum(x.startswith("FAIL") for x in lines)
    total = re.search(r"(\d+) passed, (\d+) failed\s*$", got.stdout)
    if total:
        good, bad = int(total.group(1)), int(total.group(2))
    if got.returncode and not bad:
        lines.append("FAIL " + (got.stderr.strip() or "exit status %d" % got.returncode).split("\n")[-1])
        bad = 1
    return good, bad, sum(x.startswith("SKIPPED") for x in lines), ["%s: %s" % (name, x) for x in lines]


def make_jobs(wick, root, skip):
    pythons = [p for p in ("python3", "/usr/bin/python3") if can_import(p, "torch")]
    if len({os.path.realpath(shutil.which(p)) for p in pythons}) < len(pythons):
        pythons = pythons[:1]
    vision = [p for p in ("python3", "/usr/bin/python3") if can_import(p, "torchvision")][:1]
    newest = [p for p in pythons if is_newest(p)][:1]
    jobs = []

    def script(name, kind, python, *arguments):
        label = "%s with %s" % (name, python) if kind == "record" and len(pythons) > 1 else name
        command = [python, os.path.join(HERE, name)] + list(arguments)
        if kind == "record":
            jobs.append((label, lambda: replay(wick, root, label, command)))
        else:
            jobs.append((label, lambda: check(label, command, arguments[-1] if len(arguments) > 1 else "")))

    for p in vision:  # the longest first
        script("vision_sources.py", "check", (newest or [p])[0], wick, os.path.join(root, "vision_sources"))
        names = subprocess.run([p, os.path.join(HERE, "vision.py"), "--list"], capture_output=True, text=True)
        for name in names.stdout.split():
            script("vision.py", "record", p, os.path.join(root, "vision-" + name), name)
    if not vision:
        skip("torchvision's networks and sources, because no python3 imports torchvision")
    for p in newest:
        for name in UNDER_WICK:
            script(name, "check", p, wick)
        for name in LIBRARY:
            script(name, "check", p)
    if not newest:
        skip("the library's comparison, because no python3 has PyTorch 2.13")
    for i, p in enumerate(pythons):
        for name in RECORDERS:
            script(name, "record", p, os.path.join(root, "%s-%d" % (name, i)))
        script("files.py", "check", p, wick, os.path.join(root, "files%d" % i))
    for name in sorted(os.listdir(HERE)):
        if name.startswith("check_") and name.endswith(".py"):
            script(name, "check", pythons[0], wick, os.path.join(root, name))
    return jobs


def main():
    wick, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    passed = failed = skipped = 0

    def skip(why):
        nonlocal skipped
        skipped += 1
        print("SKIPPED: " + why)

    with tempfile.TemporaryDirectory() as root, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        jobs = [j for j in make_jobs(wick, root, skip) if not words or any(w in j[0] for w in words)]
        for good, bad, aside, lines in pool.map(lambda job: job[1](), jobs):
            passed, failed, skipped = passed + good, failed + bad, skipped + aside
            for line in lines:
                print(line, flush=True)
    if skipped and os.environ.get("CI") == "true":
        print("FAIL: in CI nothing may be skipped")
        failed += 1
    print("oracle: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
