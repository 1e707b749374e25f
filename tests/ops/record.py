#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Fills in what PyTorch answers to each expression of the files given, after torch.manual_seed(0).
# A row is an expression, a tab, and repr(result) or "error: message", with newlines written as \n.
import sys
import warnings

import torch

warnings.filterwarnings("ignore")


def answer(expression):
    torch.manual_seed(0)
    try:
        f = torch.jit.CompilationUnit("def f():\n    return " + expression + "\n").f
        torch.manual_seed(0)
        result = repr(f())
    except Exception as e:
        text = str(e).split("\nException raised")[0].strip()
        if "RuntimeError: " in text:
            text = text.split("RuntimeError: ")[-1]
        if "IndexError: " in text:
            text = text.split("IndexError: ")[-1]
        result = "error: " + text.split("  (Could this error message")[0]
    return result.replace("\n", "\\n")


for name in sys.argv[1:]:
    rows = open(name).read().split("\n")
    with open(name, "w") as out:
        for row in rows[:-1]:
            if row and not row.startswith("#"):
                expression = row.split("\t")[0]
                row = expression + "\t" + answer(expression)
            out.write(row + "\n")
