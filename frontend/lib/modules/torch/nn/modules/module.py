# SPDX-License-Identifier: BSD-3-Clause
# Module: an object whose parameters, buffers and children stand in three ordered tables. Setting an attribute sorts the
# value into its table, reading one that the instance lacks looks there. Everything else walks the tables.
# Setting, reading and calling happen all the time, so their common case comes first and is short.
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any, Optional
import warnings

import torch
from torch import Tensor
from torch.nn.parameter import Parameter, UninitializedTensorMixin
from torch.utils.hooks import RemovableHandle

_forward_pre_hooks_of_all = OrderedDict()
_forward_hooks_of_all = OrderedDict()
_forward_hooks_of_all_with_kwargs = OrderedDict()
_forward_hooks_of_all_always = OrderedDict()
_parameter_hooks_of_all = OrderedDict()
_buffer_hooks_of_all = OrderedDict()
_module_hooks_of_all = OrderedDict()

_NEVER_CALLED = (
    "Reached a code path in Module.{}() that should never be called. Please file an issue at "
    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
)
_EXTRA_STATE = "_extra_state"


def _add_hook(table, hook, prepend: bool = False, marks=()):
    """Puts a hook last (or first) in its table, and its key in the tables that qualify it."""
    handle = RemovableHandle(table, extra_dict=[mark for mark, wanted in marks])
    table[handle.id] = hook
    for mark, wanted in marks:
        if wanted:
            mark[handle.id] = True
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


def register_module_forward_pre_hook(hook) -> RemovableHandle:
    """hook(module, args) runs before the forward of every module."""
    return _add_hook(_forward_pre_hooks_of_all, hook)


def register_module_forward_hook(hook, *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """hook(module, args, output) runs after the forward of every module."""
    marks = [(_forward_hooks_of_all_with_kwargs, with_kwargs), (_forward_hooks_of_all_always, always_call)]
    return _add_hook(_forward_hooks_of_all, hook, marks=marks)


def register_module_parameter_registration_hook(hook) -> RemovableHandle:
    """hook(module, name, parameter) runs when a parameter is registered anywhere."""
    return _add_hook(_parameter_hooks_of_all, hook)


def register_module_buffer_registration_hook(hook) -> RemovableHandle:
    """hook(module, name, buffer) runs when a buffer is registered anywhere."""
    return _add_hook(_buffer_hooks_of_all, hook)


def register_module_module_registration_hook(hook) -> RemovableHandle:
    """hook(module, name, child) runs when a child is registered anywhere."""
    return _add_hook(_module_hooks_of_all, hook)


def _see_registration(hooks, module, name, value):
    for hook in hooks.values():
        changed = hook(module, name, value)
        if changed is not None:
            value = changed
    return value


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    def __str__(self) -> str:
        return self.__repr__()


def _addindent(s_, numSpaces):
    """All lines but the first moved right."""
    return s_.replace("\n", "\n" + numSpaces * " ")


def _forward_unimplemented(self, *input: Any) -> None:
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


def _check_name(module, kind: str, table, name) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {torch.typename(name)}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')
    if name not in table and hasattr(module, name):
        raise KeyError(f"attribute '{name}' already exists")


def _read_to_arguments(args, kwargs):
    """The forms of to(): (device, dtype, non_blocking), (dtype, non_blocking), (tensor, non_blocking)."""
    wanted = {"device": None, "dtype": None, "non_blocking": False, "memory_format": None}
    rest = list(args)
    if "tensor" in kwargs or (rest and isinstance(rest[0], Tensor)):
        like = kwargs["tensor"] if "tensor" in kwargs else rest.pop(0)
        wanted["device"] = like.device
        wanted["dtype"] = like.dtype
    else:
        if rest and not isinstance(rest[0], (torch.dtype, bool)):
            where = rest.pop(0)
            wanted["device"] = torch.device(where) if where is not None else None
        if rest and not isinstance(rest[0], bool):
            wanted["dtype"] = rest.pop(0)
        if kwargs.get("device") is not None:
            wanted["device"] = torch.device(kwargs["device"])
        if kwargs.get("dtype") is not None:
            wanted["dtype"] = kwargs["dtype"]
    if rest:
        wanted["non_blocking"] = rest[0]
    for name in ("non_blocking", "memory_format"):
        if name in kwargs:
            wanted[name] = kwargs[name]
    return wanted["device"], wanted["dtype"], wanted["non_blocking"], wanted["memory_format"]


class Module:
    """Base of all networks: assign parameters, buffers and modules as attributes, define forward, call the object."""

    dump_patches: bool = False
    _version: int = 1
    training: bool
    _is_full_backward_hook: Optional[bool]
    call_super_init: bool = False
    _compiled_call_impl = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init:
            if kwargs:
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
                )
            if args:
                raise TypeError(
                    f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
                )
        own = self.__dict__
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_non_persistent_buffers_set"] = set()
        own["_backward_pre_hooks"] = OrderedDict()
        own["_backward_hooks"] = OrderedDict()
        own["_is_full_backward_hook"] = None
        own["_forward_hooks"] = OrderedDict()
        own["_forward_hooks_with_kwargs"] = OrderedDict()
        own["_forward_hooks_always_called"] = OrderedDict()
        own["_forward_pre_hooks"] = OrderedDict()
        own["_forward_pre_hooks_with_kwargs"] = OrderedDict()
        own["_state_dict_hooks"] = OrderedDict()
        own["_state_dict_pre_hooks"] = OrderedDict()
        own["_load_state_dict_pre_hooks"] = OrderedDict()
        own["_load_state_dict_post_hooks"] = OrderedDict()
        own["_modules"] = {}
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    forward = _forward_unimplemented

    # attributes

    def __setattr__(self, name: str, value) -> None:
        own = self.__dict__
        if isinstance(value, Tensor):
            self._set_tensor(own, name, value)
        elif isinstance(value, Module):
            self._set_child(own, name, value)
        elif "_modules" in own and (name in own["_parameters"] or name in own["_modules"] or name in own["_buffers"]):
            self._set_registered(own, name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_tensor(self, own, name: str, value) -> None:
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, own["_parameters"])
            self.register_parameter(name, value)
        elif getattr(value, "_is_buffer", False):
            if "_buffers" not in own:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            if name in own["_parameters"] or name in own["_modules"]:
                self._set_registered(own, name, value)
            self._forget(name, own["_buffers"])
            self.register_buffer(name, value, value.persistent)
        elif "_modules" in own and (name in own["_parameters"] or name in own["_modules"] or name in own["_buffers"]):
            self._set_registered(own, name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_child(self, own, name: str, value) -> None:
        if "_modules" not in own:
            raise AttributeError("cannot assign module before Module.__init__() call")
        if name in own["_parameters"]:
            self._set_registered(own, name, value)
        self._forget(name, own["_modules"])
        if _module_hooks_of_all:
            value = _see_registration(_module_hooks_of_all, self, name, value)
        own["_modules"][name] = value

    def _set_registered(self, own, name: str, value) -> None:
        """A name that stands in a table takes None, and a buffer's any tensor; nothing else comes this way."""
        if name in own["_parameters"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{torch.typename(value)}' as parameter '{name}' "
                    "(torch.nn.Parameter or None expected)"
                )
            own["_parameters"][name] = None
        elif name in own["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{torch.typename(value)}' as child module '{name}' "
                    "(torch.nn.Module or None expected)"
                )
            own["_modules"][name] = None
        else:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{torch.typename(value)}' as buffer '{name}' "
                    "(torch.nn.Buffer, torch.Tensor or None expected)"
                )
            if _buffer_hooks_of_all:
                value = _see_registration(_buffer_hooks_of_all, self, name, value)
            own["_buffers"][name] = value

    def _forget(self, name: str, kept) -> None:
        """Takes a name out of the instance and of every table but the one where it will stand."""
        own = self.__dict__
        if name in own:
            del own[name]
        for table in (own["_parameters"], own["_buffers"], own["_modules"]):
            if table is not kept and name in table:
                del table[name]
        own["_non_persistent_buffers_set"].discard(name)

    def __getattr__(self, name: str):
        own = self.__dict__
        if "_modules" in own:
            if name in own["_parameters"]:
                return own["_parameters"][name]
            if name in own["_modules"]:
                return own["_modules"][name]
            if name in own["_buffers"]:
                return own["_buffers"][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self):
        keys = dir(type(self)) + list(self.__dict__)
        keys = keys + list(self._parameters) + list(self._modules) + list(self._buffers)
        return sorted([key for key in keys if not key[0].isdigit()])

    def __setstate__(self, state) -> None:
        self.__dict__.update(state)
        for table in (
            "_forward_pre_hooks",
            "_forward_pre_hooks_with_kwargs",
            "_forward_hooks",
            "_forward_hooks_with_kwargs",
            "_forward_hooks_always_called",
            "_backward_pre_hooks",
            "_backward_hooks",
            "_state_dict_hooks",
            "_state_dict_pre_hooks",
            "_load_state_dict_pre_hooks",
            "_load_state_dict_post_hooks",
        ):
            if table not in self.__dict__:
                self.__dict__[table] = OrderedDict()
        if "_non_persistent_buffers_set" not in self.__dict__:
            self.__dict__["_non_persistent_buffers_set"] = set()
        if "_is_full_backward_hook" not in self.__dict__:
            self.__dict__["_is_full_backward_hook"] = None

    # registering

    def register_buffer(self, name: str, tensor: Optional[Tensor], persistent: bool = True) -> None:
        """A tensor (or None) that moves with the module, and is saved with it when persistent."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        _check_name(self, "buffer", self._buffers, name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{torch.typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        if _buffer_hooks_of_all:
            tensor = _see_registration(_buffer_hooks_of_all, self, name, tensor)
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name: str, param: Optional[Parameter]) -> None:
        """A Parameter, or None to hold its place."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        _check_name(self, "parameter", self._parameters, name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{torch.typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and _parameter_hooks_of_all:
            param = _see_registration(_parameter_hooks_of_all, self, name, param)
        self._parameters[name] = param

    def add_module(self, name: str, module: Optional["Module"]) -> None:
        """A child, or None to hold its place."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{torch.typename(module)} is not a Module subclass")
        _check_name(self, "module", self._modules, name)
        if _module_hooks_of_all:
            module = _see_registration(_module_hooks_of_all, self, name, module)
        self._modules[name] = module

    def register_module(self, name: str, module: Optional["Module"]) -> None:
        """add_module by its other name."""
        self.add_module(name, module)

    # by dotted name

    def get_submodule(self, target: str) -> "Module":
        """The module at a dotted path; the empty path is the module itself."""
        found = self
        if target == "":
            return found
        for name in target.split("."):
            if not hasattr(found, name):
                raise AttributeError(f"{found._get_name()} has no attribute `{name}`")
            found = getattr(found, name)
            if not isinstance(found, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def set_submodule(self, target: str, module: "Module", strict: bool = False) -> None:
        """Puts a module at a dotted path whose parent exists; strict: where one stands already."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not hasattr(owner, name):
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        if not isinstance(getattr(owner, name), Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return getattr(owner, name)

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not hasattr(owner, name):
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        if name not in owner._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return getattr(owner, name)

    def get_extra_state(self) -> Any:
        """What a module wants to save beside its tensors; to be overridden together with set_extra_state."""
        raise RuntimeError(_NEVER_CALLED.format("get_extra_state"))

    def set_extra_state(self, state: Any) -> None:
        """Takes back what get_extra_state gave."""
        raise RuntimeError(_NEVER_CALLED.format("set_extra_state"))

    # walking

    def named_modules(self, memo=None, prefix: str = "", remove_duplicate: bool = True):
        """(path, module) of this module and all below it, parents first; a shared one once unless asked otherwise."""
        found = []
        self._find_modules(found, set() if memo is None else memo, prefix, remove_duplicate)
        return iter(found)

    def _find_modules(self, found, memo, prefix: str, remove_duplicate: bool) -> None:
        if remove_duplicate:
            if self in memo:
                return
            memo.add(self)
        found.append((prefix, self))
        lead = prefix + "." if prefix else ""
        for name, child in self._modules.items():
            if child is not None:
                child._find_modules(found, memo, lead + name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True):
        """This module and all below it."""
        return iter([module for _, module in self.named_modules(remove_duplicate=remove_duplicate)])

    def named_children(self):
        """(name, module) of the direct children, a shared one once."""
        found = []
        seen = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                found.append((name, child))
        return iter(found)

    def children(self):
        """The direct children."""
        return iter([child for _, child in self.named_children()])

    def _named_members(self, get_members_fn, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        found = []
        seen = set()
        owners = [(prefix, self)]
        if recurse:
            owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, owner in owners:
            lead = path + "." if path else ""
            for name, member in get_members_fn(owner):
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                found.append((lead + name, member))
        return iter(found)

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(path, parameter) of this module and all below it."""
        return self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True):
        """The parameters of this module and all below it."""
        return iter([parameter for _, parameter in self.named_parameters(recurse=recurse)])

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(path, buffer) of this module and all below it."""
        return self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True):
        """The buffers of this module and all below it."""
        return iter([buffer for _, buffer in self.named_buffers(recurse=recurse)])

    def apply(self, fn):
        """fn(module) for all modules, children before their parents."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # changing all tensors

    def _apply(self, fn, recurse: bool = True):
        """Every parameter, its gradient and every buffer replaced by fn of it."""
        if recurse:
            for child in self.children():
                child._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is not None:
                with torch.no_grad():
                    made = fn(parameter)
                    if made.device == parameter.device:
                        parameter.data = made
                    else:
                        self._parameters[name] = Parameter(made, parameter.requires_grad)
                    if parameter.grad is not None:
                        grad = fn(parameter.grad).requires_grad_(parameter.grad.requires_grad)
                        self._parameters[name].grad = grad
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args, **kwargs):
        """Moves to a device, a floating point dtype or both, in place."""
        where, kind, non_blocking, memory_format = _read_to_arguments(args, kwargs)
        if kind is not None and not (kind.is_floating_point or kind.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={kind}"
            )

        def convert(t):
            changed = kind if t.is_floating_point() or t.is_complex() else None
            if memory_format is not None and t.dim() in (4, 5):
                return t.to(device=where, dtype=changed, non_blocking=non_blocking, memory_format=memory_format)
            if where is None and changed is None:
                return t
            return t.to(device=where, dtype=changed, non_blocking=non_blocking)

        return self._apply(convert)

    def to_empty(self, *, device, recurse: bool = True):
        """Moves to a device without the values."""
        return self._apply(lambda t: torch.empty_like(t, device=device), recurse=recurse)

    def type(self, dst_type):
        """All parameters and buffers of a dtype."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self):
        """Floating point tensors as float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self):
        """Floating point tensors as float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self):
        """Floating point tensors as float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self):
        """Floating point tensors as bfloat16."""
        return self._apply(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def cpu(self):
        """All tensors in the processor's memory."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device=None):
        """All tensors on a CUDA device."""
        return self._apply(lambda t: t.cuda(device))

    def share_memory(self):
        """The module itself: one process holds all there is."""
        return self

    def compile(self, *args, **kwargs) -> None:
        """Nothing: the module runs as it is."""

    def train(self, mode: bool = True):
        """Training behaviour for this module and all below it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        """Evaluation behaviour for this module and all below it."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True):
        """Whether gradients are recorded for the parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the parameters' gradients, or fills them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad.detach_()
                    parameter.grad.zero_()

    # calling

    def __call__(self, *args, **kwargs):
        own = self.__dict__
        if not own["_forward_hooks"] and not own["_forward_pre_hooks"]:
            if not _forward_hooks_of_all and not _forward_pre_hooks_of_all:
                return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)

    def _call_with_hooks(self, args, kwargs):
        called = set()
        try:
            for key, hook in list(_forward_pre_hooks_of_all.items()) + list(self._forward_pre_hooks.items()):
                if key in self._forward_pre_hooks_with_kwargs:
                    changed = hook(self, args, kwargs)
                    if changed is not None:
                        if not isinstance(changed, tuple) or len(changed) != 2:
                            raise RuntimeError(
                                "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                                f"but got {changed}."
                            )
                        args, kwargs = changed
                else:
                    changed = hook(self, args)
                    if changed is not None:
                        args = changed if isinstance(changed, tuple) else (changed,)
            output = self.forward(*args, **kwargs)
            for key, hook in list(_forward_hooks_of_all.items()) + list(self._forward_hooks.items()):
                called.add(key)
                changed = self._call_forward_hook(key, hook, args, kwargs, output)
                if changed is not None:
                    output = changed
            return output
        except Exception:
            self._call_remaining_hooks(called, args, kwargs)
            raise

    def _call_forward_hook(self, key, hook, args, kwargs, output):
        if key in self._forward_hooks_with_kwargs or key in _forward_hooks_of_all_with_kwargs:
            return hook(self, args, kwargs, output)
        return hook(self, args, output)

    def _call_remaining_hooks(self, called, args, kwargs) -> None:
        """After a failure: those forward hooks that run always and have not run yet."""
        for key, hook in list(_forward_hooks_of_all.items()) + list(self._forward_hooks.items()):
            always = key in self._forward_hooks_always_called or key in _forward_hooks_of_all_always
            if always and key not in called:
                try:
                    self._call_forward_hook(key, hook, args, kwargs, None)
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}"
                    )

    def register_forward_pre_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """hook(module, args[, kwargs]) before forward; what it returns replaces the arguments."""
        marks = [(self._forward_pre_hooks_with_kwargs, with_kwargs)]
        return _add_hook(self._forward_pre_hooks, hook, prepend, marks)

    def register_forward_hook(
        self, hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """hook(module, args[, kwargs], output) after forward; what it returns replaces the output."""
        marks = [(self._forward_hooks_with_kwargs, with_kwargs), (self._forward_hooks_always_called, always_call)]
        return _add_hook(self._forward_hooks, hook, prepend, marks)

    def register_full_backward_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        raise NotImplementedError("Module.register_full_backward_pre_hook: hooks on gradients are not supported")

    def register_full_backward_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        raise NotImplementedError("Module.register_full_backward_hook: hooks on gradients are not supported")

    def register_backward_hook(self, hook) -> RemovableHandle:
        raise NotImplementedError("Module.register_backward_hook: hooks on gradients are not supported")

    # saving and loading

    def _register_state_dict_hook(self, hook) -> RemovableHandle:
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously registered via "
                "register_state_dict_post_hook"
            )
        return _add_hook(self._state_dict_hooks, hook)

    def register_state_dict_post_hook(self, hook) -> RemovableHandle:
        """hook(module, state_dict, prefix, local_metadata) after the state is collected; it may change it in place."""
        hook._from_public_api = True
        return _add_hook(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook) -> RemovableHandle:
        """hook(module, prefix, keep_vars) before the state is collected."""
        return _add_hook(self._state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(self, hook, with_module: bool = False) -> RemovableHandle:
        if with_module:
            return _add_hook(self._load_state_dict_pre_hooks, lambda *args: hook(self, *args))
        return _add_hook(self._load_state_dict_pre_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook) -> RemovableHandle:
        """hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors) before loading."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook) -> RemovableHandle:
        """hook(module, incompatible_keys) after loading."""
        return _add_hook(self._load_state_dict_post_hooks, hook)

    def _saved_tensors(self):
        """(name, tensor) of what the module itself saves."""
        kept = [item for item in self._parameters.items() if item[1] is not None]
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                kept.append((name, buffer))
        return kept

    def _save_to_state_dict(self, destination, prefix, keep_vars) -> None:
        for name, tensor in self._saved_tensors():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not Module.get_extra_state:
            destination[prefix + _EXTRA_STATE] = self.get_extra_state()

    def state_dict(self, *args, destination=None, prefix: str = "", keep_vars: bool = False):
        """Name to tensor of everything saved, in order, with each module's version in its attribute _metadata."""
        if args:
            warnings.warn("Positional args are being deprecated, use kwargs instead.", FutureWarning, stacklevel=2)
            destination = args[0] if destination is None else destination
            if len(args) > 1 and prefix == "":
                prefix = args[1]
            if len(args) > 2 and keep_vars is False:
                keep_vars = args[2]
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            changed = hook(self, destination, prefix, local_metadata)
            if changed is not None:
                if getattr(hook, "_from_public_api", False):
                    raise RuntimeError("state_dict post-hook must return None")
                destination = changed
        return destination

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ) -> None:
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        own = OrderedDict(self._saved_tensors())
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                self._load_tensor(name, tensor, key, state_dict[key], assign, error_msgs)
            elif strict:
                missing_keys.append(key)
        extra = prefix + _EXTRA_STATE
        if type(self).set_extra_state is not Module.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    head, dot, _ = key[len(prefix) :].partition(".")
                    if head not in self._modules and (dot or head not in own):
                        unexpected_keys.append(key)
                    elif not dot and head not in own:
                        unexpected_keys.append(key)

    def _load_tensor(self, name, tensor, key, given, assign, error_msgs) -> None:
        if not isinstance(given, Tensor):
            error_msgs.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                f"checkpoint but received {type(given)}"
            )
            return
        if not isinstance(tensor, UninitializedTensorMixin):
            if tensor.dim() == 0 and given.dim() == 1:
                given = given[0]
            if given.shape != tensor.shape:
                error_msgs.append(
                    f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
                    f"the shape in current model is {tensor.shape}."
                )
                return
        try:
            with torch.no_grad():
                if not assign:
                    tensor.copy_(given)
                    return
                if isinstance(tensor, Parameter):
                    if isinstance(given, Parameter):
                        given.requires_grad_(tensor.requires_grad)
                    else:
                        given = Parameter(given, requires_grad=tensor.requires_grad)
                setattr(self, name, given)
        except Exception as error:
            error_msgs.append(
                f'While copying the parameter named "{key}", whose dimensions in the model are {tensor.size()} and '
                f"whose dimensions in the checkpoint are {given.size()}, an exception occurred : {error.args}."
            )

    def _load_tree(self, state_dict, prefix, metadata, assign, missing_keys, unexpected_keys, error_msgs) -> None:
        local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
        if assign:
            local_metadata["assign_to_params_buffers"] = True
        self._load_from_state_dict(
            state_dict, prefix, local_metadata, True, missing_keys, unexpected_keys, error_msgs
        )
        for name, child in self._modules.items():
            if child is not None:
                lead = prefix + name + "."
                part = {key: value for key, value in state_dict.items() if key.startswith(lead)}
                child._load_tree(part, lead, metadata, assign, missing_keys, unexpected_keys, error_msgs)
        keys = _IncompatibleKeys(missing_keys, unexpected_keys)
        for hook in self._load_state_dict_post_hooks.values():
            if hook(self, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace."
                )

    def load_state_dict(self, state_dict, strict: bool = True, assign: bool = False):
        """Copies (or with assign: takes) the tensors of state_dict by name; strict: exactly the module's names."""
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing_keys = []
        unexpected_keys = []
        error_msgs = []
        metadata = getattr(state_dict, "_metadata", None)
        state_dict = OrderedDict(state_dict)
        if metadata is not None:
            state_dict._metadata = metadata
        self._load_tree(state_dict, "", metadata, assign, missing_keys, unexpected_keys, error_msgs)
        lines = []
        if strict and missing_keys:
            lines.append("Missing key(s) in state_dict: {}. ".format(", ".join([f'"{key}"' for key in missing_keys])))
        if strict and unexpected_keys:
            names = ", ".join([f'"{key}"' for key in unexpected_keys])
            lines.append("Unexpected key(s) in state_dict: {}. ".format(names))
        lines = lines + error_msgs
        if lines:
            text = "\n\t".join(lines)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{text}")
        return _IncompatibleKeys(missing_keys, unexpected_keys)

    # printing

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What a layer prints between its brackets."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        if not self._modules and "\n" not in extra:
            return f"{self._get_name()}({extra})"
        lines = extra.split("\n") if extra else []
        for name, child in self._modules.items():
            lines.append(f"({name}): " + _addindent(repr(child), 2))
        return self._get_name() + "(\n  " + "\n  ".join(lines) + "\n)"
