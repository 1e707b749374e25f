# SPDX-License-Identifier: BSD-3-Clause
# os.path, of POSIX.
from _os import exists, isfile, isdir, getsize, getcwd, fspath

sep = "/"


def isabs(s):
    return fspath(s).startswith("/")


def join(a, *p):
    path = fspath(a)
    for b in p:
        b = fspath(b)
        if b.startswith("/"):
            path = b
        elif not path or path.endswith("/"):
            path += b
        else:
            path += "/" + b
    return path


def split(p):
    p = fspath(p)
    i = p.rfind("/") + 1
    head, tail = p[:i], p[i:]
    if head and head != "/" * len(head):
        head = head.rstrip("/")
    return head, tail


def basename(p):
    return split(p)[1]


def dirname(p):
    return split(p)[0]


def splitext(p):
    p = fspath(p)
    start = p.rfind("/") + 1
    dot = p.rfind(".")
    if dot > start and p[start:dot].strip("."):
        return p[:dot], p[dot:]
    return p, ""


def normpath(path):
    path = fspath(path)
    if not path:
        return "."
    slashes = 2 if path.startswith("//") and not path.startswith("///") else 1 if path.startswith("/") else 0
    parts = []
    for part in path.split("/"):
        if not part or part == ".":
            continue
        if part != ".." or (not slashes and not parts) or (parts and parts[-1] == ".."):
            parts.append(part)
        elif parts:
            parts.pop()
    return "/" * slashes + "/".join(parts) or "."


def abspath(path):
    path = fspath(path)
    return normpath(path if isabs(path) else join(getcwd(), path))


realpath = abspath


def relpath(path, start="."):
    a = [x for x in abspath(start).split("/") if x]
    b = [x for x in abspath(path).split("/") if x]
    i = 0
    while i < len(a) and i < len(b) and a[i] == b[i]:
        i += 1
    return join(*([".."] * (len(a) - i) + b[i:])) if len(a) - i or b[i:] else "."


def expanduser(path):
    return fspath(path)


def expandvars(path):
    return fspath(path)


def commonprefix(m):
    if not m:
        return ""
    low, high = min(m), max(m)
    for i, c in enumerate(low):
        if c != high[i]:
            return low[:i]
    return low
