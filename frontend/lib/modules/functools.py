# SPDX-License-Identifier: BSD-3-Clause
# functools: partial, caches, wraps and orders.

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in assigned:
        try:
            value = getattr(wrapped, name)
        except AttributeError:
            continue
        try:
            setattr(wrapper, name, value)
        except (AttributeError, TypeError):
            continue
    for name in updated:
        getattr(wrapper, name).update(getattr(wrapped, name, {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned, updated)
    return decorate


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
        parts = [repr(self.func)] + [repr(a) for a in self.args] + [f"{k}={v!r}" for k, v in self.keywords.items()]
        return f"functools.partial({', '.join(parts)})"


class partialmethod:
    def __init__(self, func, /, *args, **keywords):
        self.func = func
        self.args = args
        self.keywords = keywords

    def __get__(self, obj, cls=None):
        func = self.func
        if hasattr(func, "__get__") and not callable(func):
            func = func.__get__(obj, cls)
            return partial(func, *self.args, **self.keywords)
        if obj is None:
            return partial(func, *self.args, **self.keywords)
        return partial(func, obj, *self.args, **self.keywords)


_missing = object()


def reduce(function, sequence, initial=_missing, /):
    it = iter(sequence)
    if initial is _missing:
        value = next(it, _missing)
        if value is _missing:
            raise TypeError("reduce() of empty iterable with no initial value")
    else:
        value = initial
    for element in it:
        value = function(value, element)
    return value


def _cached(fn, maxsize, typed):
    from collections import namedtuple, OrderedDict
    info = namedtuple("CacheInfo", ["hits", "misses", "maxsize", "currsize"])
    cache = OrderedDict()
    counts = [0, 0]

    def wrapper(*args, **kw):
        key = args
        if kw:
            key = args + (_missing,) + tuple(kw.items())
        if typed:
            key = key + tuple([type(a) for a in args]) + tuple([type(v) for v in kw.values()])
        if key in cache:
            counts[0] += 1
            if maxsize is not None:
                cache.move_to_end(key)
            return cache[key]
        counts[1] += 1
        value = fn(*args, **kw)
        if maxsize != 0:
            cache[key] = value
            if maxsize is not None and len(cache) > maxsize:
                cache.popitem(last=False)
        return value

    def cache_info():
        return info(counts[0], counts[1], maxsize, len(cache))

    def cache_clear():
        cache.clear()
        counts[0] = counts[1] = 0

    update_wrapper(wrapper, fn)
    wrapper.cache_info = cache_info
    wrapper.cache_clear = cache_clear
    wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}
    return wrapper


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize) and isinstance(typed, bool):
        return _cached(maxsize, 128, typed)
    if maxsize is not None and not isinstance(maxsize, int):
        raise TypeError("Expected first argument to be an integer, a callable, or None")
    if isinstance(maxsize, int) and maxsize < 0:
        maxsize = 0
    return lambda fn: _cached(fn, maxsize, typed)


def cache(fn):
    return _cached(fn, None, False)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.attrname = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = self.func(instance)
        instance.__dict__[self.attrname] = value
        return value


def cmp_to_key(compare):
    class K:
        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return compare(self.obj, other.obj) < 0

        def __gt__(self, other):
            return compare(self.obj, other.obj) > 0

        def __le__(self, other):
            return compare(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return compare(self.obj, other.obj) >= 0

        def __eq__(self, other):
            return compare(self.obj, other.obj) == 0
    return K


def total_ordering(cls):
    own = [name for name in ("__lt__", "__le__", "__gt__", "__ge__")
           if any(name in c.__dict__ for c in cls.__mro__ if c is not object)]
    if not own:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    root = own[0]

    def _not(value):
        return value if value is NotImplemented else not value

    def ask(self, other):
        return getattr(type(self), root)(self, other)

    if root == "__lt__":
        derived = {
            "__gt__": lambda self, other: _not(ask(self, other) or self == other),
            "__le__": lambda self, other: ask(self, other) or self == other,
            "__ge__": lambda self, other: _not(ask(self, other)),
        }
    elif root == "__le__":
        derived = {
            "__ge__": lambda self, other: _not(ask(self, other)) or self == other,
            "__lt__": lambda self, other: ask(self, other) and self != other,
            "__gt__": lambda self, other: _not(ask(self, other)),
        }
    elif root == "__gt__":
        derived = {
            "__lt__": lambda self, other: _not(ask(self, other) or self == other),
            "__ge__": lambda self, other: ask(self, other) or self == other,
            "__le__": lambda self, other: _not(ask(self, other)),
        }
    else:
        derived = {
            "__le__": lambda self, other: _not(ask(self, other)) or self == other,
            "__gt__": lambda self, other: ask(self, other) and self != other,
            "__lt__": lambda self, other: _not(ask(self, other)),
        }
    for name, fn in derived.items():
        if name not in own:
            setattr(cls, name, fn)
    return cls


def singledispatch(func):
    registry = {object: func}

    def dispatch(cls):
        for c in cls.__mro__:
            if c in registry:
                return registry[c]
        return func

    def register(cls, fn=None):
        if fn is None:
            return lambda f: register(cls, f)
        registry[cls] = fn
        return fn

    def wrapper(*args, **kw):
        if not args:
            raise TypeError(f"{func.__name__} requires at least 1 positional argument")
        return dispatch(type(args[0]))(*args, **kw)

    update_wrapper(wrapper, func)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return wrapper
