# SPDX-License-Identifier: BSD-3-Clause
# copy: shallow and deep copies.  A deep copy remembers by identity what it has copied, so that shared and circular
# structure stays as it was; storages of tensors are remembered too, so that tensors that share memory still do.
import torch

Error = error = RuntimeError

_atomic = (type(None), int, float, bool, complex, str, bytes, range, type, type(Ellipsis), type(NotImplemented),
           type(len), type(lambda: None), slice, property, type(torch), torch.dtype, torch.device, torch.layout,
           torch.memory_format)


def _payload_copy(x, cls):
    if issubclass(cls, (list, set)):
        return cls.__new__(cls)
    if issubclass(cls, (tuple, frozenset, int, float, str)):
        for base, of in ((tuple, tuple), (frozenset, frozenset), (int, int), (float, float), (str, str)):
            if issubclass(cls, base):
                return base.__new__(cls, of(x))
    return cls.__new__(cls)


def copy(x):
    cls = type(x)
    if cls in (list, dict, set):
        return x.copy()
    if cls is tuple or cls is frozenset or cls in _atomic:
        return x
    if isinstance(x, torch.Tensor):
        return x.detach().requires_grad_(x.requires_grad) if not isinstance(x, torch.nn.Parameter) else \
            torch.nn.Parameter(x.detach(), x.requires_grad)
    own = getattr(cls, "__copy__", None)
    if own is not None:
        return own(x)
    if hasattr(x, "_fields") and isinstance(x, tuple):
        return x
    if not hasattr(x, "__dict__") or isinstance(x, (type, type(torch))):
        return x.copy() if hasattr(x, "copy") else x
    if _is_enum(cls):
        return x
    y = _payload_copy(x, cls)
    _fill(x, y, None)
    return y


def _is_enum(cls):
    return hasattr(cls, "__members__")


def _fill(x, y, memo):
    if isinstance(x, dict):
        for key, value in dict.items(x):
            if memo is None:
                dict.__setitem__(y, key, value)
            else:
                dict.__setitem__(y, deepcopy(key, memo), deepcopy(value, memo))
    elif isinstance(x, list) or type(x).__name__ == "deque":
        for value in x:
            y.append(value if memo is None else deepcopy(value, memo))
    elif isinstance(x, set):
        for value in x:
            y.add(value if memo is None else deepcopy(value, memo))
    state = x.__dict__
    getstate = getattr(type(x), "__getstate__", None)
    if getstate is not None:
        state = getstate(x)
    if memo is not None:
        state = deepcopy(state, memo)
    setstate = getattr(type(x), "__setstate__", None)
    if setstate is not None and (getstate is not None or hasattr(x, "_modules")):
        setstate(y, state if memo is not None else dict(state))
    elif isinstance(state, dict):
        y.__dict__.update(state)


def _keep_alive(x, memo):
    memo.setdefault("kept", []).append(x)


def _deepcopy_tensor(x, memo):
    if isinstance(x, torch.nn.Parameter):
        data = _deepcopy_data(x.detach(), memo)
        return torch.nn.Parameter(data, x.requires_grad)
    data = _deepcopy_data(x.detach(), memo)
    return data.requires_grad_() if x.requires_grad else data


def _deepcopy_data(x, memo):
    shared = memo.setdefault("storages", {})
    try:
        key = x.untyped_storage().data_ptr()
        whole = x.untyped_storage().nbytes()
    except (AttributeError, RuntimeError, NotImplementedError):
        return x.clone()
    size = x.element_size()
    if key == 0 or whole == x.numel() * size and key not in shared:
        y = x.clone(memory_format=torch.preserve_format)
        if key:
            shared[key] = y
        return y
    if key not in shared:
        shared[key] = torch.as_strided(x, (whole // size,), (1,), 0).clone()
    base = shared[key]
    if base.dtype != x.dtype:
        return x.clone()
    return torch.as_strided(base, x.size(), x.stride(), x.storage_offset())


def deepcopy(x, memo=None, _nil=[]):
    cls = type(x)
    if cls in _atomic:
        return x
    if memo is None:
        memo = {}
    key = id(x)
    y = memo.get(key, _nil)
    if y is not _nil:
        return y
    if cls is list:
        y = memo[key] = []
        for value in x:
            y.append(deepcopy(value, memo))
    elif cls is dict:
        y = memo[key] = {}
        for k, value in x.items():
            y[deepcopy(k, memo)] = deepcopy(value, memo)
    elif cls is tuple:
        items = [deepcopy(value, memo) for value in x]
        if key in memo:
            return memo[key]
        y = x if all(a is b for a, b in zip(items, x)) else tuple(items)
    elif cls is set:
        y = {deepcopy(value, memo) for value in x}
    elif cls is frozenset:
        y = frozenset([deepcopy(value, memo) for value in x])
    elif isinstance(x, torch.Tensor):
        y = _deepcopy_tensor(x, memo)
    elif isinstance(x, (type, type(torch))) or _is_enum(cls):
        return x
    else:
        own = getattr(x, "__deepcopy__", None)
        if own is not None:
            y = own(memo)
        elif isinstance(x, type(memo.get)):  # a method of C
            return x
        elif cls.__name__ == "method":
            y = cls(x.__func__, deepcopy(x.__self__, memo))
        elif isinstance(x, tuple):
            y = tuple.__new__(cls, [deepcopy(value, memo) for value in x])
        elif hasattr(x, "__dict__"):
            y = memo[key] = _payload_copy(x, cls)
            _fill(x, y, memo)
        elif type(x).__name__ in ("generator", "TextIOWrapper"):
            raise TypeError(f"cannot pickle '{cls.__name__}' object")
        else:
            return x
    memo[key] = y
    _keep_alive(x, memo)
    return y
