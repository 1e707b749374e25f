# SPDX-License-Identifier: BSD-3-Clause
# Everything a program should not be able to do.
import os
import pathlib
import socket
import subprocess

import numpy
import torch


def attempt(what, f):
    try:
        print(what, "worked:", f())
    except (Exception, SystemExit) as e:
        print(f"{what}: {type(e).__name__}: {e}")


secret = "../data/scale.pt"
attempt("open", lambda: open(secret, "rb"))
attempt("write", lambda: open("written.txt", "w"))
attempt("append", lambda: open("programs/args.py", "a"))
attempt("torch.load", lambda: torch.load(secret))
attempt("torch.jit.load", lambda: torch.jit.load(secret))
attempt("torch.save", lambda: torch.save(torch.ones(1), "written.pt"))
attempt("torch.jit.save", lambda: torch.jit.save(torch.jit.script(torch.nn.ReLU()), "written.pt"))
attempt("numpy.load", lambda: numpy.load(secret))
attempt("numpy.loadtxt", lambda: numpy.loadtxt(secret))
attempt("pathlib", lambda: pathlib.Path(secret).read_bytes())
attempt("pathlib write", lambda: pathlib.Path("written.txt").write_text("x"))
attempt("descriptor", lambda: open(1, "w"))
attempt("own text", lambda: open(__file__ + "/../../../data/scale.pt", "rb"))
attempt("exists", lambda: os.path.exists(secret))
attempt("native library", lambda: torch.ops.load_library("libc.so.6"))
attempt("listdir", lambda: os.listdir("/"))
attempt("system", lambda: os.system("true"))
attempt("remove", lambda: os.remove("programs/args.py"))
attempt("rename", lambda: os.rename("programs/args.py", "gone.py"))
attempt("symlink", lambda: os.symlink("/etc/passwd", "link"))
attempt("environ", lambda: os.environ["HOME"])
attempt("run", lambda: subprocess.run(["true"]))
attempt("socket", lambda: socket.socket())
attempt("eval", lambda: eval("1"))
attempt("exec", lambda: exec("x = 1"))
attempt("import", lambda: __import__("..data.secret").x())
attempt("import path", lambda: __import__("/etc/passwd").root())
attempt("allowed", lambda: len(open("programs/beside.py").read()) > 10)
