# SPDX-License-Identifier: BSD-3-Clause
# dataclasses: the decorator reads the class's annotations in order, those of its bases first.
from typing import ClassVar

_missing = object()
MISSING = _missing


class FrozenInstanceError(AttributeError):
    pass


class InitVar:
    def __class_getitem__(cls, item):
        return cls


class KW_ONLY:
    pass


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = metadata or {}
        self.kw_only = kw_only
        self.init_only = False

    def required(self):
        return self.default is _missing and self.default_factory is _missing

    def make(self):
        return self.default if self.default_factory is _missing else self.default_factory()


def field(*, default=_missing, default_factory=_missing, init=True, repr=True, hash=None, compare=True, metadata=None,
          kw_only=_missing):
    if default is not _missing and default_factory is not _missing:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _is_class_var(kind):
    text = kind if isinstance(kind, str) else str(kind)
    return kind is ClassVar or text.startswith(("ClassVar", "typing.ClassVar"))


def _own_fields(cls, kw_only):
    out = {}
    for name, kind in cls.__dict__.get("__annotations__", {}).items():
        if kind is KW_ONLY or kind == "KW_ONLY":
            kw_only = True
            continue
        if _is_class_var(kind):
            continue
        default = cls.__dict__.get(name, _missing)
        f = default if isinstance(default, Field) else field(default=default)
        if isinstance(f.default, (list, dict, set)):
            raise ValueError("mutable default %s for field %s is not allowed: use default_factory" % (type(f.default), name))
        if isinstance(default, Field):
            if f.default is _missing:
                delattr(cls, name)
            else:
                setattr(cls, name, f.default)
        f.name, f.type = name, kind
        if f.kw_only is _missing:
            f.kw_only = kw_only
        f.init_only = kind is InitVar or (isinstance(kind, str) and kind.startswith(("InitVar", "dataclasses.InitVar")))
        out[name] = f
    return out


def _make_init(cls, all_fields):
    positional = [f for f in all_fields if f.init and not f.kw_only]
    keyword = {f.name: f for f in all_fields if f.init}
    seen_default = None
    for f in positional:
        if not f.required():
            seen_default = f.name
        elif seen_default:
            raise TypeError("non-default argument %r follows default argument" % f.name)

    def __init__(self, *args, **kwargs):
        name = cls.__qualname__ + ".__init__()"
        if len(args) > len(positional):
            low = sum(f.required() for f in positional) + 1
            high = len(positional) + 1
            takes = str(high) if low == high else "from %d to %d" % (low, high)
            raise TypeError("%s takes %s positional argument%s but %d were given" % (
                name, takes, "" if takes == "1" else "s", len(args) + 1))
        values = {}
        for f, value in zip(positional, args):
            values[f.name] = value
        for key, value in kwargs.items():
            if key not in keyword:
                raise TypeError("%s got an unexpected keyword argument %r" % (name, key))
            if key in values:
                raise TypeError("%s got multiple values for argument %r" % (name, key))
            values[key] = value
        absent = [f.name for f in positional if f.name not in values and f.required()]
        if absent:
            names = [repr(x) for x in absent]
            if len(names) == 1:
                text = names[0]
            elif len(names) == 2:
                text = names[0] + " and " + names[1]
            else:
                text = ", ".join(names[:-1]) + ", and " + names[-1]
            raise TypeError("%s missing %d required positional argument%s: %s" % (
                name, len(names), "" if len(names) == 1 else "s", text))
        extra = []
        for f in all_fields:
            if f.name in values:
                value = values[f.name]
            elif not f.required():
                value = f.make()
            elif f.init:
                raise TypeError("%s missing 1 required keyword-only argument: %r" % (name, f.name))
            else:
                continue
            if f.init_only:
                extra.append(value)
            else:
                object.__setattr__(self, f.name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__(*extra)
    return __init__


def _key(self, names):
    return tuple(getattr(self, name) for name in names)


def _process(cls, init, repr_, eq, order, unsafe_hash, frozen, kw_only):
    merged = {}
    for base in reversed(cls.__mro__[1:]):
        merged.update(base.__dict__.get("__dataclass_fields__", {}))
    merged.update(_own_fields(cls, kw_only))
    cls.__dataclass_fields__ = merged
    all_fields = list(merged.values())
    stored = [f for f in all_fields if not f.init_only]
    shown = [f.name for f in stored if f.repr]
    compared = [f.name for f in stored if f.compare]
    own = cls.__dict__
    cls.__match_args__ = tuple(f.name for f in all_fields if f.init and not f.kw_only)
    if init and "__init__" not in own:
        cls.__init__ = _make_init(cls, all_fields)
    if repr_ and "__repr__" not in own:
        cls.__repr__ = lambda self: "%s(%s)" % (
            type(self).__qualname__, ", ".join("%s=%r" % (name, getattr(self, name)) for name in shown))
    if eq and "__eq__" not in own:
        cls.__eq__ = lambda self, other: (
            _key(self, compared) == _key(other, compared) if type(self) is type(other) else NotImplemented)
        if not frozen and not unsafe_hash and "__hash__" not in own:
            cls.__hash__ = None
    if (unsafe_hash or (eq and frozen)) and "__hash__" not in own:
        hashed = [f.name for f in stored if (f.compare if f.hash is None else f.hash)]
        cls.__hash__ = lambda self: hash(_key(self, hashed))
    if order:
        cls.__lt__ = lambda a, b: _key(a, compared) < _key(b, compared) if type(a) is type(b) else NotImplemented
        cls.__le__ = lambda a, b: _key(a, compared) <= _key(b, compared) if type(a) is type(b) else NotImplemented
        cls.__gt__ = lambda a, b: _key(a, compared) > _key(b, compared) if type(a) is type(b) else NotImplemented
        cls.__ge__ = lambda a, b: _key(a, compared) >= _key(b, compared) if type(a) is type(b) else NotImplemented
    if frozen:
        def refuse_set(self, name, value):
            raise FrozenInstanceError("cannot assign to field %r" % name)

        def refuse_delete(self, name):
            raise FrozenInstanceError("cannot delete field %r" % name)
        cls.__setattr__ = refuse_set
        cls.__delattr__ = refuse_delete
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True,
              kw_only=False, slots=False, weakref_slot=False):
    def wrap(c):
        return _process(c, init, repr, eq, order, unsafe_hash, frozen, kw_only)
    return wrap if cls is None else wrap(cls)


def is_dataclass(obj):
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def fields(obj):
    if not is_dataclass(obj):
        raise TypeError("must be called with a dataclass type or instance")
    return tuple(f for f in obj.__dataclass_fields__.values() if not f.init_only)


def _as(value, dict_factory, nested):
    if is_dataclass(value) and not isinstance(value, type):
        return nested(value)
    if isinstance(value, (list, tuple)):
        items = [_as(x, dict_factory, nested) for x in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return type(value)((_as(k, dict_factory, nested), _as(v, dict_factory, nested)) for k, v in value.items())
    return value


def asdict(obj, *, dict_factory=dict):
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("asdict() should be called on dataclass instances")
    nested = lambda x: asdict(x, dict_factory=dict_factory)
    return dict_factory([(f.name, _as(getattr(obj, f.name), dict_factory, nested)) for f in fields(obj)])


def astuple(obj, *, tuple_factory=tuple):
    nested = lambda x: astuple(x, tuple_factory=tuple_factory)
    return tuple_factory([_as(getattr(obj, f.name), dict, nested) for f in fields(obj)])


def replace(obj, /, **changes):
    for f in fields(obj):
        if f.init and f.name not in changes:
            changes[f.name] = getattr(obj, f.name)
    return type(obj)(**changes)
