# SPDX-License-Identifier: BSD-3-Clause
# pathlib: paths of POSIX as objects.
import os
from os import path as _path


class PurePath:
    def __init__(self, *parts):
        text = ""
        for part in parts:
            text = _path.join(text, os.fspath(part)) if text else os.fspath(part)
        pieces = [p for p in text.split("/") if p and p != "."]
        self._text = ("/" if text.startswith("/") else "") + "/".join(pieces) or "."

    def __fspath__(self):
        return self._text

    def __str__(self):
        return self._text

    def __repr__(self):
        name = "PosixPath" if isinstance(self, Path) else "PurePosixPath"
        return f"{name}({self._text!r})"

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    def __lt__(self, other):
        return self.parts < other.parts

    def __truediv__(self, other):
        return type(self)(self, other)

    def __rtruediv__(self, other):
        return type(self)(other, self)

    @property
    def parts(self):
        head = ("/",) if self._text.startswith("/") else ()
        return head + tuple([p for p in self._text.split("/") if p and p != "."])

    @property
    def name(self):
        return "" if self._text in (".", "/") else _path.basename(self._text)

    @property
    def stem(self):
        return _path.splitext(self.name)[0]

    @property
    def suffix(self):
        return _path.splitext(self.name)[1]

    @property
    def suffixes(self):
        name = self.name.lstrip(".")
        return ["." + s for s in name.split(".")[1:]]

    @property
    def parent(self):
        return type(self)(_path.dirname(self._text) or ".")

    @property
    def parents(self):
        out = []
        p = self
        while p.parent != p:
            p = p.parent
            out.append(p)
        return tuple(out)

    def joinpath(self, *other):
        return type(self)(self, *other)

    def with_name(self, name):
        return self.parent / name

    def with_suffix(self, suffix):
        return self.parent / (self.stem + suffix)

    def with_stem(self, stem):
        return self.parent / (stem + self.suffix)

    def is_absolute(self):
        return self._text.startswith("/")

    def as_posix(self):
        return self._text

    def relative_to(self, other):
        a, b = self.parts, type(self)(other).parts
        if a[:len(b)] != b:
            raise ValueError(f"{str(self)!r} is not in the subpath of {str(other)!r}")
        return type(self)(*a[len(b):]) if len(a) > len(b) else type(self)(".")


class Path(PurePath):
    @classmethod
    def cwd(cls):
        return cls(os.getcwd())

    def exists(self):
        return _path.exists(self._text)

    def is_file(self):
        return _path.isfile(self._text)

    def is_dir(self):
        return _path.isdir(self._text)

    def resolve(self):
        return type(self)(_path.abspath(self._text))

    absolute = resolve

    def expanduser(self):
        return self

    def open(self, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
        return open(self._text, mode, buffering, encoding, errors, newline)

    def read_text(self, encoding=None, errors=None):
        with open(self._text, "r") as f:
            return f.read()

    def read_bytes(self):
        with open(self._text, "rb") as f:
            return f.read()

    def write_text(self, data, encoding=None, errors=None, newline=None):
        with open(self._text, "w") as f:
            return f.write(data)

    def write_bytes(self, data):
        with open(self._text, "wb") as f:
            return f.write(data)

    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        if parents:
            os.makedirs(self._text, exist_ok=exist_ok)
        elif not (exist_ok and self.is_dir()):
            os.mkdir(self._text)

    def unlink(self, missing_ok=False):
        if missing_ok and not self.exists():
            return
        os.remove(self._text)

    def iterdir(self):
        for name in os.listdir(self._text):
            yield self / name


PosixPath = Path
PurePosixPath = PurePath
