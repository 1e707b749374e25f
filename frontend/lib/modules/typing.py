# SPDX-License-Identifier: BSD-3-Clause
# typing: the forms are native; functions and names of abstract types stand here.
from collections import abc as _abc
from collections import OrderedDict, defaultdict as DefaultDict, deque as Deque, Counter, ChainMap

TYPE_CHECKING = False
Text = str
Iterable = _abc.Iterable
Iterator = _abc.Iterator
Generator = _abc.Generator
Sequence = _abc.Sequence
MutableSequence = _abc.MutableSequence
Mapping = _abc.Mapping
MutableMapping = _abc.MutableMapping
Collection = _abc.Collection
Container = _abc.Container
Hashable = _abc.Hashable
Sized = _abc.Sized
Reversible = _abc.Reversible
AbstractSet = _abc.Set
MutableSet = _abc.MutableSet
Awaitable = _abc.Awaitable
Coroutine = _abc.Coroutine
AsyncIterable = _abc.AsyncIterable
AsyncIterator = _abc.AsyncIterator
KeysView = _abc.KeysView
ValuesView = _abc.ValuesView
ItemsView = _abc.ItemsView


class SupportsFloat(Protocol):
    pass


class SupportsInt(Protocol):
    pass


class SupportsIndex(Protocol):
    pass


class SupportsAbs(Protocol):
    pass


class BinaryIO:
    pass


class TextIO:
    pass


class IO:
    def __class_getitem__(cls, item):
        return cls


class TypedDict(dict):
    def __init_subclass__(cls, total=True):
        pass


class ForwardRef:
    def __init__(self, arg):
        self.__forward_arg__ = arg


def cast(typ, val):
    return val


def overload(func):
    return func


def final(f):
    return f


def override(f):
    return f


def no_type_check(f):
    return f


def runtime_checkable(cls):
    return cls


def assert_type(val, typ):
    return val


def assert_never(arg):
    raise AssertionError(f"Expected code to be unreachable, but got: {arg!r}")


def reveal_type(obj):
    return obj


def NewType(name, tp):
    def new_type(x):
        return x
    new_type.__name__ = name
    new_type.__supertype__ = tp
    return new_type


def get_type_hints(obj, globalns=None, localns=None, include_extras=False):
    hints = {}
    if isinstance(obj, type):
        for base in reversed(obj.__mro__):
            hints.update(base.__dict__.get("__annotations__", {}))
    else:
        hints.update(getattr(obj, "__annotations__", {}))
    return hints


def get_origin(tp):
    return getattr(tp, "__origin__", None)


def get_args(tp):
    return getattr(tp, "__args__", ())
