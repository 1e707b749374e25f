# SPDX-License-Identifier: BSD-3-Clause
# What a compiled module can do beside its own methods: each function here is a method of every ScriptModule. _members,
# _class_name and _save are native.
from collections import OrderedDict


def named_modules(self, memo=None, prefix="", remove_duplicate=True):
    seen = [] if memo is None else memo
    found = []
    _walk(self, prefix, seen, found)
    return iter(found)


def _walk(module, prefix, seen, found):
    for known in seen:
        if known is module:
            return
    seen.append(module)
    found.append((prefix, module))
    for name, kind, value in _members(module):
        if kind == "module":
            _walk(value, prefix + "." + name if prefix else name, seen, found)


def modules(self):
    return iter([module for _, module in named_modules(self)])


def named_children(self):
    return iter([(name, value) for name, kind, value in _members(self) if kind == "module"])


def children(self):
    return iter([value for _, value in named_children(self)])


def _named_tensors(module, wanted, prefix, recurse):
    found = []
    seen = []
    for path, sub in named_modules(module, None, prefix) if recurse else [(prefix, module)]:
        for name, kind, value in _members(sub):
            if kind != wanted or value is None or any([value is known for known in seen]):
                continue
            seen.append(value)
            found.append((path + "." + name if path else name, value))
    return iter(found)


def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
    return _named_tensors(self, "parameter", prefix, recurse)


def parameters(self, recurse=True):
    return iter([value for _, value in named_parameters(self, "", recurse)])


def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
    return _named_tensors(self, "buffer", prefix, recurse)


def buffers(self, recurse=True):
    return iter([value for _, value in named_buffers(self, "", recurse)])


def state_dict(self, destination=None, prefix="", keep_vars=False):
    into = OrderedDict() if destination is None else destination
    members = _members(self)
    for wanted in ("parameter", "buffer"):
        for name, kind, value in members:
            if kind == wanted and value is not None:
                into[prefix + name] = value if keep_vars else value.detach()
    for name, kind, value in members:
        if kind == "module":
            state_dict(value, into, prefix + name + ".", keep_vars)
    return into


def load_state_dict(self, state_dict, strict=True, assign=False):
    import torch

    own = _own_state(self)
    missing = [name for name in own if name not in state_dict]
    unexpected = [name for name in state_dict if name not in own]
    if strict and (missing or unexpected):
        raise RuntimeError(
            f"Error(s) in loading state_dict for RecursiveScriptModule: missing {missing}, unexpected {unexpected}"
        )
    with torch.no_grad():
        for name, value in state_dict.items():
            if name in own:
                own[name].copy_(value)


def _own_state(module):
    return state_dict(module, None, "", True)


def train(self, mode=True):
    self.training = mode
    for child in children(self):
        train(child, mode)
    return self


def eval(self):
    return train(self, False)


def requires_grad_(self, requires_grad=True):
    for parameter in parameters(self):
        parameter.requires_grad_(requires_grad)
    return self


def zero_grad(self, set_to_none=True):
    for parameter in parameters(self):
        parameter.grad = None


def apply(self, fn):
    for child in children(self):
        apply(child, fn)
    fn(self)
    return self


def cpu(self):
    return self


def get_submodule(self, target):
    found = self
    for name in target.split(".") if target else []:
        found = getattr(found, name)
    return found


def save(self, f, _extra_files=None):
    return _save(self, f)
