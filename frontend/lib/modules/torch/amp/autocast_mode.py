# SPDX-License-Identifier: BSD-3-Clause
# torch.amp.autocast: bfloat16 on the CPU while it is entered; for devices that are not there, nothing.
import torch
from torch.autograd.grad_mode import _Decorator


class autocast(_Decorator):
    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None):
        self.device = device_type
        self.fast_dtype = dtype
        self._enabled = enabled and device_type == "cpu"
        self.prev = False
        if self._enabled and dtype not in (None, torch.bfloat16):
            raise NotImplementedError("autocast on the CPU is available with torch.bfloat16 only")

    def clone(self):
        return autocast(self.device, self.fast_dtype, self._enabled)

    def __enter__(self):
        self.prev = torch.is_autocast_cpu_enabled()
        if self.device == "cpu":
            torch._set_autocast_cpu(self._enabled)
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        torch._set_autocast_cpu(self.prev)


def is_autocast_available(device_type: str) -> bool:
    return device_type == "cpu"


def custom_fwd(fwd=None, **kwargs):
    if fwd is None:
        return lambda f: f
    return fwd


def custom_bwd(bwd=None, **kwargs):
    if bwd is None:
        return lambda f: f
    return bwd
