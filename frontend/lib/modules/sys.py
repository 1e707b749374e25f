# SPDX-License-Identifier: BSD-3-Clause
# sys: of the interpreter, as far as there is one.
from collections import namedtuple as _namedtuple

version_info = _namedtuple("version_info", ["major", "minor", "micro", "releaselevel", "serial"])(3, 11, 0, "final", 0)
version = "3.11.0 (Wick)"
hexversion = 0x030b00f0
path = []
executable = ""
prefix = ""
float_info = _namedtuple("float_info", ["max", "min", "epsilon", "dig", "mant_dig"])(
    1.7976931348623157e+308, 2.2250738585072014e-308, 2.220446049250313e-16, 15, 53)
implementation = _namedtuple("implementation", ["name"])("wick")
flags = _namedtuple("flags", ["optimize", "interactive"])(0, 0)


class _Stream:
    def __init__(self, write, name):
        self.write = write
        self.name = name
        self.encoding = "utf-8"

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False


stdout = _Stream(_write_stdout, "<stdout>")
stderr = _Stream(_write_stderr, "<stderr>")
__stdout__ = stdout
__stderr__ = stderr


def exit(code=None):
    raise SystemExit(code)


def getrecursionlimit():
    return 1000


def setrecursionlimit(limit):
    pass


def getdefaultencoding():
    return "utf-8"


def intern(text):
    return text
