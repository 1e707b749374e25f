# SPDX-License-Identifier: BSD-3-Clause
# functools.

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__")
_missing = object()


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=("__dict__",)):
    for name in assigned:
        value = getattr(wrapped, name, _missing)
        if value is not _missing:
            setattr(wrapper, name, value)
    for name in updated:
        for key, value in getattr(wrapped, name, {}).items():
            setattr(wrapper, key, value)
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=("__dict__",)):
    return lambda wrapper: update_wrapper(wrapper, wrapped, assigned, updated)


class partial:
    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        parts = [repr(self.func)] + [repr(x) for x in self.args] + ["%s=%r" % kv for kv in self.keywords.items()]
        return "functools.partial(" + ", ".join(parts) + ")"


class partialmethod:
    def __init__(self, func, /, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __get__(self, obj, cls=None):
        if obj is None:
            return self
        return partial(self.func, obj, *self.args, **self.keywords)


def reduce(function, iterable, initial=_missing):
    it = iter(iterable)
    if initial is _missing:
        try:
            value = next(it)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    else:
        value = initial
    for x in it:
        value = function(value, x)
    return value


def _make_cache(f, maxsize):
    table = {}

    def cached(*args, **kwargs):
        key = args + (_missing,) + tuple(kwargs.items()) if kwargs else args
        if key in table:
            if maxsize is not None: # to the end: the oldest goes first
                value = table.pop(key)
                table[key] = value
                return value
            return table[key]
        value = f(*args, **kwargs)
        if maxsize is not None and len(table) >= maxsize and table:
            del table[next(iter(table))]
        if maxsize != 0:
            table[key] = value
        return value

    cached.cache_clear = table.clear
    return update_wrapper(cached, f)


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return _make_cache(maxsize, 128)
    return lambda f: _make_cache(f, maxsize)


def cache(f):
    return _make_cache(f, None)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.name = func.__name__
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, cls=None):
        if obj is None:
            return self
        if self.name not in obj.__dict__:
            obj.__dict__[self.name] = self.func(obj)
        return obj.__dict__[self.name]


def cmp_to_key(compare):
    class Key:
        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return compare(self.obj, other.obj) < 0

        def __gt__(self, other):
            return compare(self.obj, other.obj) > 0

        def __eq__(self, other):
            return compare(self.obj, other.obj) == 0

        def __le__(self, other):
            return compare(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return compare(self.obj, other.obj) >= 0
    return Key


def total_ordering(cls):
    has = [name for name in ("__lt__", "__le__", "__gt__", "__ge__") if name in cls.__dict__]
    if not has:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    base = has[0]
    less = {
        "__lt__": lambda a, b: a < b,
        "__le__": lambda a, b: not b <= a,
        "__gt__": lambda a, b: b > a,
        "__ge__": lambda a, b: not a >= b,
    }[base]
    derived = {
        "__lt__": lambda self, other: less(self, other),
        "__gt__": lambda self, other: less(other, self),
        "__le__": lambda self, other: less(self, other) or self == other,
        "__ge__": lambda self, other: less(other, self) or self == other,
    }
    for name, f in derived.items():
        if name not in has:
            setattr(cls, name, f)
    return cls


def singledispatch(f):
    registry = {}

    def find(cls):
        for c in cls.__mro__:
            if c in registry:
                return registry[c]
        return f

    def call(*args, **kwargs):
        return find(type(args[0]))(*args, **kwargs)

    def register(cls, g=None):
        if g is None:
            return lambda h: register(cls, h)
        registry[cls] = g
        return g

    call.register = register
    call.dispatch = find
    return update_wrapper(call, f)
