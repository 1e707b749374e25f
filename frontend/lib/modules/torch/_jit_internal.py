# SPDX-License-Identifier: BSD-3-Clause
# The marks that library code leaves for the script stage: which of two functions a constant flag chooses, which
# signatures an overloaded function has, and lists that a single value may stand for.

_overloaded_fns = {}
_overloaded_methods = {}


def _qualified_name(obj):
    return obj.__module__ + "." + obj.__qualname__


def boolean_dispatch(arg_name, arg_index, default, if_true, if_false, module_name, func_name):
    """One function out of two with different results: the flag must be a constant where it is called from a script."""

    def fn(*args, **kwargs):
        flag = default
        if arg_name in kwargs:
            flag = kwargs[arg_name]
        elif arg_index < len(args):
            flag = args[arg_index]
        return if_true(*args, **kwargs) if flag else if_false(*args, **kwargs)

    fn._dispatch_if_true = if_true
    fn._dispatch_if_false = if_false
    fn._dispatch_arg = arg_name
    fn._dispatch_index = arg_index
    fn._dispatch_default = default
    fn.__name__ = func_name
    fn.__module__ = module_name
    return fn


def _overload(func):
    _overloaded_fns.setdefault(_qualified_name(func), []).append(func)
    return func


def _get_fn_overloads(name):
    return _overloaded_fns.get(name)


def _clear_fn_overloads(name):
    del _overloaded_fns[name]


def _overload_method(func):
    """Methods are kept by the name their class will have: "module.Class.method"."""
    _overloaded_methods.setdefault(_qualified_name(func), []).append(func)
    return func


def _get_overloaded_methods(method, mod_class):
    return _overloaded_methods.get(mod_class.__module__ + "." + mod_class.__qualname__ + "." + method.__name__)


class BroadcastingListCls:
    """List[T] for which a caller may also give one T."""

    def __init__(self, length):
        self.length = length

    def __getitem__(self, types):
        return None


BroadcastingList1 = BroadcastingListCls(1)
BroadcastingList2 = BroadcastingListCls(2)
BroadcastingList3 = BroadcastingListCls(3)
BroadcastingList4 = BroadcastingListCls(4)
BroadcastingList5 = BroadcastingListCls(5)
BroadcastingList6 = BroadcastingListCls(6)


def annotate(the_type, the_value):
    return the_value
