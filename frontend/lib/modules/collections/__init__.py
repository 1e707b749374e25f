# SPDX-License-Identifier: BSD-3-Clause
# collections: OrderedDict, defaultdict and deque are native (_collections); named tuples and Counter stand here.
from _collections import OrderedDict, defaultdict, deque, _calling_name, _tuplegetter, _mark_named_tuple
from collections import abc

__all__ = ["ChainMap", "Counter", "OrderedDict", "UserDict", "defaultdict", "deque", "namedtuple"]


def _field_names(typename, field_names, rename):
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    names = [str(name) for name in field_names]
    seen = set()
    for i, name in enumerate(names):
        bad = not name.isidentifier() or name in _KEYWORDS
        if rename and (bad or name.startswith("_") or name in seen):
            names[i] = f"_{i}"
        elif not name.isidentifier():
            raise ValueError(f"Type names and field names must be valid identifiers: {name!r}")
        elif name in _KEYWORDS:
            raise ValueError(f"Type names and field names cannot be a keyword: {name!r}")
        elif name.startswith("_"):
            raise ValueError(f"Field names cannot start with an underscore: {name!r}")
        elif name in seen:
            raise ValueError(f"Encountered duplicate field name: {name!r}")
        seen.add(names[i])
    return tuple(names)


_KEYWORDS = frozenset("""False None True and as assert async await break class continue def del elif else except finally
    for from global if import in is lambda nonlocal not or pass raise return try while with yield""".split())


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    names = _field_names(typename, field_names, rename)
    n = len(names)
    given = {}
    if defaults is not None:
        defaults = tuple(defaults)
        if len(defaults) > n:
            raise TypeError("Got more default values than field names")
        given = dict(zip(names[n - len(defaults):], defaults))

    def make(cls, *args, **kw):
        if len(args) == n and not kw:
            return tuple.__new__(cls, args)
        if len(args) > n:
            given = make.__defaults__ or ()
            least = f"from {n + 1 - len(given)} to " if given else ""
            raise TypeError(f"{typename}.__new__() takes {least}{n + 1} positional arguments but {len(args) + 1} were given")
        values = list(args)
        missing = []
        given = dict(zip(reversed(names), reversed(make.__defaults__ or ())))
        for name in names[len(args):]:
            if name in kw:
                values.append(kw.pop(name))
            elif name in given:
                values.append(given[name])
            else:
                missing.append(name)
        for name in kw:
            if name in names:
                raise TypeError(f"{typename}.__new__() got multiple values for argument '{name}'")
            raise TypeError(f"{typename}.__new__() got an unexpected keyword argument '{name}'")
        if missing:
            texts = [repr(name) for name in missing]
            if len(texts) == 1:
                text = texts[0]
            else:
                text = ", ".join(texts[:-1]) + ("," if len(texts) > 2 else "") + " and " + texts[-1]
            plural = "s" if len(texts) > 1 else ""
            raise TypeError(f"{typename}.__new__() missing {len(texts)} required positional argument{plural}: {text}")
        return tuple.__new__(cls, values)

    make.__defaults__ = defaults  # programs assign it to __new__, too

    def make_from(cls, iterable):
        values = tuple(iterable)
        if len(values) != n:
            raise TypeError(f"Expected {n} arguments, got {len(values)}")
        return tuple.__new__(cls, values)

    def replace(self, /, **kw):
        values = [kw.pop(name, value) for name, value in zip(names, self)]
        if kw:
            raise ValueError(f"Got unexpected field names: {list(kw)!r}")
        return tuple.__new__(type(self), values)

    def as_repr(self):
        return type(self).__name__ + "(" + ", ".join([f"{k}={v!r}" for k, v in zip(names, self)]) + ")"

    def as_dict(self):
        return dict(zip(names, self))

    def new_args(self):
        return tuple(self)

    members = {
        "__new__": staticmethod(make), "_make": classmethod(make_from), "_replace": replace, "__repr__": as_repr,
        "_asdict": as_dict, "__getnewargs__": new_args, "_fields": names, "_field_defaults": given,
        "__match_args__": names, "__slots__": (), "__doc__": f"{typename}({', '.join(names)})",
    }
    for i, name in enumerate(names):
        members[name] = _tuplegetter(i)
    members["__module__"] = _calling_name() if module is None else module
    cls = type(typename, (tuple,), members)
    _mark_named_tuple(cls)
    return cls


class Counter(dict):
    def __init__(self, iterable=None, /, **kw):
        super().__init__()
        self.update(iterable, **kw)

    def __missing__(self, key):
        return 0

    def most_common(self, n=None):
        items = sorted(self.items(), key=lambda item: item[1], reverse=True)
        return items if n is None else items[:n]

    def elements(self):
        for key, count in self.items():
            for _ in range(count):
                yield key

    def total(self):
        return sum(self.values())

    @classmethod
    def fromkeys(cls, iterable, v=None):
        raise NotImplementedError("Counter.fromkeys() is undefined.  Use Counter(iterable) instead.")

    def update(self, iterable=None, /, **kw):
        if iterable is not None:
            if isinstance(iterable, dict):
                for key, count in iterable.items():
                    self[key] = self.get(key, 0) + count
            else:
                for key in iterable:
                    self[key] = self.get(key, 0) + 1
        for key, count in kw.items():
            self[key] = self.get(key, 0) + count

    def subtract(self, iterable=None, /, **kw):
        if iterable is not None:
            if isinstance(iterable, dict):
                for key, count in iterable.items():
                    self[key] = self.get(key, 0) - count
            else:
                for key in iterable:
                    self[key] = self.get(key, 0) - 1
        for key, count in kw.items():
            self[key] = self.get(key, 0) - count

    def copy(self):
        return self.__class__(self)

    def __delitem__(self, key):
        if key in self:
            super().__delitem__(key)

    def __eq__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return all(self[key] == other[key] for c in (self, other) for key in c)

    def __repr__(self):
        if not self:
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}({dict(self.most_common())!r})"

    def _combined(self, other, fn):
        result = Counter()
        for key in list(self) + [k for k in other if k not in self]:
            count = fn(self[key], other[key])
            if count > 0:
                result[key] = count
        return result

    def __add__(self, other):
        return self._combined(other, lambda a, b: a + b) if isinstance(other, Counter) else NotImplemented

    def __sub__(self, other):
        return self._combined(other, lambda a, b: a - b) if isinstance(other, Counter) else NotImplemented

    def __or__(self, other):
        return self._combined(other, max) if isinstance(other, Counter) else NotImplemented

    def __and__(self, other):
        return self._combined(other, min) if isinstance(other, Counter) else NotImplemented

    def __pos__(self):
        return self._combined(Counter(), lambda a, b: a)

    def __neg__(self):
        return self._combined(Counter(), lambda a, b: -a)


class ChainMap:
    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __getitem__(self, key):
        for m in self.maps:
            if key in m:
                return m[key]
        raise KeyError(key)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def _all(self):
        d = {}
        for m in reversed(self.maps):
            d.update(dict.fromkeys(m))
        return d

    def __len__(self):
        return len(self._all())

    def __iter__(self):
        return iter(self._all())

    def __contains__(self, key):
        return any(key in m for m in self.maps)

    def keys(self):
        return list(self)

    def values(self):
        return [self[key] for key in self]

    def items(self):
        return [(key, self[key]) for key in self]

    def new_child(self, m=None):
        return ChainMap({} if m is None else m, *self.maps)

    @property
    def parents(self):
        return ChainMap(*self.maps[1:])

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __delitem__(self, key):
        del self.maps[0][key]

    def __repr__(self):
        return f"{type(self).__name__}({', '.join([repr(m) for m in self.maps])})"


class UserDict(abc.MutableMapping):
    def __init__(self, dict=None, /, **kw):
        self.data = {}
        if dict is not None:
            self.update(dict)
        if kw:
            self.update(kw)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, key):
        if key in self.data:
            return self.data[key]
        if hasattr(self.__class__, "__missing__"):
            return self.__class__.__missing__(self, key)
        raise KeyError(key)

    def __setitem__(self, key, item):
        self.data[key] = item

    def __delitem__(self, key):
        del self.data[key]

    def __iter__(self):
        return iter(self.data)

    def __contains__(self, key):
        return key in self.data

    def __repr__(self):
        return repr(self.data)
