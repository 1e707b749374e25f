# SPDX-License-Identifier: BSD-3-Clause
# types: names for the classes of functions, methods and modules.
import collections as _collections

FunctionType = LambdaType = type(lambda: None)
BuiltinFunctionType = BuiltinMethodType = type(len)
ModuleType = type(_collections)
NoneType = type(None)
EllipsisType = type(...)
NotImplementedType = type(NotImplemented)


class _Probe:
    def method(self):
        pass


MethodType = type(_Probe().method)
GeneratorType = type(x for x in ())


class SimpleNamespace:
    def __init__(self, /, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        return "namespace(" + ", ".join("%s=%r" % kv for kv in self.__dict__.items()) + ")"

    def __eq__(self, other):
        return isinstance(other, SimpleNamespace) and self.__dict__ == other.__dict__


def MappingProxyType(mapping):
    return dict(mapping)


class GenericAlias:
    pass
