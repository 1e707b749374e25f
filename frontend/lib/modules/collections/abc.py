# SPDX-License-Identifier: BSD-3-Clause
# collections.abc: abstract collections.  Each recognises the classes that have its methods.


def _check(*names):
    def check(value, cls):
        for name in names:
            if getattr(cls, name, None) is None:
                return False
        return True
    return check


def _instancecheck(owner, check):
    owner.__instancecheck__ = _Checker(check)
    return owner


class _Checker:
    def __init__(self, check):
        self.check = check

    def __call__(self, value, cls):
        return self.check(value, cls)


class _Subscriptable:
    def __class_getitem__(cls, item):
        return cls


class Hashable(_Subscriptable):
    pass


class Callable(_Subscriptable):
    pass


class Iterable(_Subscriptable):
    pass


class Iterator(Iterable):
    def __iter__(self):
        return self


class Generator(Iterator):
    pass


class Reversible(Iterable):
    pass


class Sized(_Subscriptable):
    pass


class Container(_Subscriptable):
    pass


class Collection(Sized, Iterable, Container):
    pass


class Sequence(Reversible, Collection):
    def __iter__(self):
        i = 0
        while True:
            try:
                value = self[i]
            except IndexError:
                return
            yield value
            i += 1

    def __contains__(self, value):
        for v in self:
            if v is value or v == value:
                return True
        return False

    def __reversed__(self):
        for i in reversed(range(len(self))):
            yield self[i]

    def index(self, value):
        for i, v in enumerate(self):
            if v is value or v == value:
                return i
        raise ValueError

    def count(self, value):
        return sum(1 for v in self if v is value or v == value)


class MutableSequence(Sequence):
    def append(self, value):
        self.insert(len(self), value)

    def extend(self, values):
        for v in list(values):
            self.append(v)

    def pop(self, index=-1):
        v = self[index]
        del self[index]
        return v

    def remove(self, value):
        del self[self.index(value)]

    def clear(self):
        while len(self):
            self.pop()

    def reverse(self):
        n = len(self)
        for i in range(n // 2):
            self[i], self[n - i - 1] = self[n - i - 1], self[i]

    def __iadd__(self, values):
        self.extend(values)
        return self


class Set(Collection):
    pass


class MutableSet(Set):
    pass


class Mapping(Collection):
    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def keys(self):
        return list(self)

    def values(self):
        return [self[key] for key in self]

    def items(self):
        return [(key, self[key]) for key in self]

    def __eq__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.items()) == dict(other.items())


class MutableMapping(Mapping):
    def pop(self, key, *default):
        try:
            value = self[key]
        except KeyError:
            if default:
                return default[0]
            raise
        del self[key]
        return value

    def popitem(self):
        for key in self:
            value = self[key]
            del self[key]
            return key, value
        raise KeyError

    def clear(self):
        while len(self):
            self.popitem()

    def update(self, other=(), /, **kw):
        if hasattr(other, "keys"):
            for key in other.keys():
                self[key] = other[key]
        else:
            for key, value in other:
                self[key] = value
        for key, value in kw.items():
            self[key] = value

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]


class MappingView(Sized):
    pass


class KeysView(MappingView, Set):
    pass


class ItemsView(MappingView, Set):
    pass


class ValuesView(MappingView, Collection):
    pass


class Awaitable(_Subscriptable):
    pass


class Coroutine(Awaitable):
    pass


class AsyncIterable(_Subscriptable):
    pass


class AsyncIterator(AsyncIterable):
    pass


_instancecheck(Hashable, _check("__hash__"))
_instancecheck(Callable, lambda value, cls: callable(value) or getattr(cls, "__call__", None) is not None
    and not issubclass(cls, (int, str, list, dict, tuple)))
_instancecheck(Iterable, lambda value, cls: getattr(cls, "__iter__", None) is not None
    or issubclass(cls, (type({}.keys()), type({}.values()), type({}.items()))))
_instancecheck(Iterator, _check("__iter__", "__next__"))
_instancecheck(Generator, _check("send", "throw", "close"))
_instancecheck(Reversible, lambda value, cls: issubclass(cls, (list, tuple, str, dict, range, bytes))
    or getattr(cls, "__reversed__", None) is not None)
_instancecheck(Sized, _check("__len__"))
_instancecheck(Container, _check("__contains__"))
_instancecheck(Collection, _check("__len__", "__iter__", "__contains__"))
_instancecheck(Sequence, lambda value, cls: issubclass(cls, (list, tuple, str, range, bytes)))
_instancecheck(MutableSequence, lambda value, cls: issubclass(cls, list))
_instancecheck(Set, lambda value, cls: issubclass(cls, (set, frozenset, type({}.keys()), type({}.items()))))
_instancecheck(MutableSet, lambda value, cls: issubclass(cls, set))
_instancecheck(Mapping, lambda value, cls: issubclass(cls, dict))
_instancecheck(MutableMapping, lambda value, cls: issubclass(cls, dict))
_instancecheck(KeysView, lambda value, cls: issubclass(cls, type({}.keys())))
_instancecheck(ItemsView, lambda value, cls: issubclass(cls, type({}.items())))
_instancecheck(ValuesView, lambda value, cls: issubclass(cls, type({}.values())))
