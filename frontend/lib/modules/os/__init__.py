# SPDX-License-Identifier: BSD-3-Clause
# os: files as far as they are allowed; no environment and no processes.
from _os import getcwd, listdir, mkdir, remove, fspath, cpu_count, getpid
from os import path

name = "posix"
sep = "/"
linesep = "\n"
pathsep = ":"
curdir = "."
pardir = ".."
unlink = remove
error = OSError
environ = {}


def getenv(key, default=None):
    return environ.get(key, default)


def makedirs(name, mode=0o777, exist_ok=False):
    name = fspath(name)
    head, tail = path.split(name)
    if not tail:
        head, tail = path.split(head)
    if head and tail and not path.isdir(head):
        makedirs(head, exist_ok=True)
    if path.isdir(name):
        if exist_ok:
            return
    mkdir(name)


def walk(top):
    dirs, files = [], []
    for entry in listdir(top):
        (dirs if path.isdir(path.join(top, entry)) else files).append(entry)
    yield top, dirs, files
    for d in dirs:
        yield from walk(path.join(top, d))


class PathLike:
    def __fspath__(self):
        raise NotImplementedError
