# SPDX-License-Identifier: BSD-3-Clause
# torch.autograd: modes, and functions with a backward of their own, of which the forward runs.
from .function import Function
from .grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled, set_multithreading_enabled
from . import forward_ad, function, grad_mode, profiler


class Variable:
    """What tensors were wrapped in once: the tensor itself."""

    def __new__(cls, data=None, requires_grad=False, volatile=None):
        if requires_grad:
            data.requires_grad_(True)
        return data


def _unavailable(*args, **kwargs):
    raise NotImplementedError("gradients are not available")


grad = _unavailable
backward = _unavailable
gradcheck = _unavailable


class detect_anomaly:
    """There are no gradients to look at."""

    def __init__(self, check_nan=True):
        pass

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class set_detect_anomaly(detect_anomaly):
    def __init__(self, mode, check_nan=True):
        pass
