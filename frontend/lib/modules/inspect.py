# SPDX-License-Identifier: BSD-3-Clause
# inspect: what a thing is, and the parameters of a function.
import types
from collections import OrderedDict


def isclass(x):
    return isinstance(x, type)


def isfunction(x):
    return isinstance(x, types.FunctionType)


def ismethod(x):
    return isinstance(x, types.MethodType)


def isroutine(x):
    return isfunction(x) or ismethod(x) or isinstance(x, types.BuiltinFunctionType)


def ismodule(x):
    return isinstance(x, types.ModuleType)


def isgenerator(x):
    return isinstance(x, types.GeneratorType)


def isbuiltin(x):
    return isinstance(x, types.BuiltinFunctionType)


def isabstract(x):
    return False


def getdoc(x):
    return getattr(x, "__doc__", None)


def getmro(cls):
    return cls.__mro__


def getmodule(x):
    import sys
    return sys.modules.get(getattr(x, "__module__", None))


def getmembers(x, predicate=None):
    out = []
    for name in sorted(dir(x)):
        value = getattr(x, name)
        if predicate is None or predicate(value):
            out.append((name, value))
    return out


class _Empty:
    pass


class Parameter:
    empty = _Empty
    POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)

    def __init__(self, name, kind, default=_Empty, annotation=_Empty):
        self.name, self.kind, self.default, self.annotation = name, kind, default, annotation

    def __repr__(self):
        return "<Parameter %r>" % self.name


class Signature:
    empty = _Empty

    def __init__(self, parameters, return_annotation=_Empty):
        self.parameters = OrderedDict((p.name, p) for p in parameters)
        self.return_annotation = return_annotation

    def bind(self, *args, **kwargs):
        raise NotImplementedError("inspect.Signature.bind")


def signature(f):
    """The parameters of a function written in Python, of a method without its receiver, of a class's __init__."""
    skip = 0
    if isclass(f):
        f, skip = f.__init__, 1
    elif ismethod(f):
        f, skip = f.__func__, 1
    elif not isfunction(f) and not isbuiltin(f) and hasattr(type(f), "__call__"):
        f, skip = type(f).__call__, 1
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    if not isfunction(f):
        raise ValueError("no signature found for builtin %r" % (f,))
    notes = getattr(f, "__annotations__", {})
    parameters = [Parameter(name, kind, *([default] if has_default else []), annotation=notes.get(name, _Empty))
                  for name, kind, has_default, default in _parameters(f)]
    return Signature(parameters[skip:], notes.get("return", _Empty))


def getfullargspec(f):
    raise NotImplementedError("inspect.getfullargspec: use inspect.signature")


def getsource(x):
    raise OSError("could not get source code")
