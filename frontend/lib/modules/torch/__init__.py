# SPDX-License-Identifier: BSD-3-Clause
# torch: what of its namespace is plain Python. Tensors, operators and dtypes are native, and stand in it already.


def typename(obj, /) -> str:
    """A tensor's type as "torch.FloatTensor", any other object's class by its full name, builtin ones bare."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    home = getattr(named, "__module__", None)
    if home is None or home == "builtins":
        return named.__qualname__
    return f"{home}.{named.__qualname__}"
