# SPDX-License-Identifier: BSD-3-Clause
# What a compiled module can do beside its own methods: each function here is a method of every ScriptModule. Those whose
# names begin with an underscore are for the library's own modules: _inside lists them, _tables what they look into.
# _members, _class_name and _save are native.
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


def _get_name(self):
    return "RecursiveScriptModule"


def _apply(self, fn, recurse=True):
    for parameter in parameters(self, False):
        parameter.data = fn(parameter.data)
    for child in children(self):
        _apply(child, fn)
    return self


def __repr__(self):
    lines = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in named_children(self)]
    about = f"original_name={self.original_name}"
    if not lines:
        return f"RecursiveScriptModule({about})"
    return f"RecursiveScriptModule(\n  {about}\n  " + "\n  ".join(lines) + "\n)"


def get_submodule(self, target):
    found = self
    for name in target.split(".") if target else []:
        found = getattr(found, name)
    return found


def save(self, f, _extra_files=None):
    return _save(self, f)


def _table(module, wanted):
    return OrderedDict([(name, value) for name, kind, value in _members(module) if kind == wanted])


def _parameter_table(self):
    return _table(self, "parameter")


def _buffer_table(self):
    return _table(self, "buffer")


def _module_table(self):
    return _table(self, "module")


def _find_modules(self, found, memo, prefix, remove_duplicate):
    if remove_duplicate:
        if self in memo:
            return
        memo.add(self)
    found.append((prefix, self))
    for name, child in named_children(self):
        _find_modules(child, found, memo, prefix + "." + name if prefix else name, remove_duplicate)


def _load_tree(self, state_dict, prefix, metadata, assign, missing_keys, unexpected_keys, error_msgs):
    import torch

    own = {prefix + name: value for name, value in _own_state(self).items()}
    missing_keys.extend([name for name in own if name not in state_dict])
    unexpected_keys.extend([name for name in state_dict if name.startswith(prefix) and name not in own])
    with torch.no_grad():
        for name, value in state_dict.items():
            if name in own:
                own[name].copy_(value)


_inside = {
    "_find_modules": _find_modules,
    "_load_tree": _load_tree,
    "_apply": _apply,
    "_get_name": _get_name,
    "__repr__": __repr__,
}
_tables = {"_parameters": _parameter_table, "_buffers": _buffer_table, "_modules": _module_table}
