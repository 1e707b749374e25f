# SPDX-License-Identifier: BSD-3-Clause
# torch.nn: layers, their functional forms, first values and what works on whole networks.
from torch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

# first the modules: functional needs one of them, and they need the whole of functional
from .modules import *
from . import functional, init, modules, utils
from .parallel import DataParallel


def factory_kwargs(kwargs):
    """dtype, device and memory_format of keyword arguments that may hold them in factory_kwargs too."""
    if kwargs is None:
        return {}
    known = ("device", "dtype", "memory_format")
    expected = known + ("factory_kwargs",)
    unexpected = {key for key in kwargs if key not in expected}
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    found = dict(kwargs.get("factory_kwargs", {}))
    for key in known:
        if key in kwargs:
            if key in found:
                raise TypeError(f"{key} specified twice, in **kwargs and in factory_kwargs")
            found[key] = kwargs[key]
    return found
