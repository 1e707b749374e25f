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


def _assert(condition, message: str):
    """assert as a function; compiled as the statement."""
    assert condition, message


def is_storage(obj, /) -> bool:
    """There are no storage objects here."""
    return False


def set_default_tensor_type(t, /) -> None:
    """The default dtype by the old name of its tensor type: "torch.DoubleTensor"."""
    names = {"FloatTensor": float32, "DoubleTensor": float64, "HalfTensor": float16, "BFloat16Tensor": bfloat16}
    name = t if isinstance(t, str) else t.__name__
    name = name.split(".")[-1]
    if name not in names:
        raise TypeError("only floating-point types are supported as the default type")
    set_default_dtype(names[name])


_default_device = device("cpu")


def get_default_device():
    return _default_device


def set_default_device(device) -> None:
    """Only the CPU is there to be the default."""
    if device is not None and str(device) != "cpu":
        raise AssertionError("Torch not compiled with CUDA enabled")


_matmul_precision = "highest"


def get_float32_matmul_precision() -> str:
    return _matmul_precision


def set_float32_matmul_precision(precision: str) -> None:
    global _matmul_precision
    _matmul_precision = precision


_deterministic = [False, False]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Recorded only: every answer here is the same for the same input."""
    _deterministic[0] = mode
    _deterministic[1] = warn_only


def are_deterministic_algorithms_enabled() -> bool:
    return _deterministic[0]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    return _deterministic[1]


def is_autocast_enabled(device_type="cuda") -> bool:
    return is_autocast_cpu_enabled() if device_type == "cpu" else False


def get_autocast_gpu_dtype():
    return float16


def get_autocast_cpu_dtype():
    return bfloat16


def get_autocast_dtype(device_type):
    return bfloat16 if device_type == "cpu" else float16


def set_printoptions(*args, **kwargs) -> None:
    """Tensors print with PyTorch's default options."""


def is_warn_always_enabled() -> bool:
    return False


def set_warn_always(b, /) -> None:
    """Warnings are not repeated."""


def set_flush_denormal(mode: bool) -> bool:
    return False


def compiled_with_cxx11_abi() -> bool:
    return True


def is_anomaly_enabled() -> bool:
    return False


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """There are no gradients to look at."""


def is_autocast_cache_enabled() -> bool:
    return True


def set_autocast_enabled(device_type, enabled=None) -> None:
    """For the CPU; other devices are not there."""
    if device_type == "cpu":
        _set_autocast_cpu(enabled)


def set_autocast_cpu_enabled(enabled: bool) -> None:
    _set_autocast_cpu(enabled)


def clear_autocast_cache() -> None:
    """Nothing is cached."""


def get_deterministic_debug_mode() -> int:
    return 0


def set_deterministic_debug_mode(debug_mode) -> None:
    """Every answer here is the same for the same input."""


def compile(model=None, *, fullgraph=False, dynamic=None, backend="inductor", mode=None, options=None, disable=False):
    """The model itself: it runs as it is."""
    if model is None:
        return lambda model: model
    return model


def vmap(func, in_dims=0, out_dims=0, randomness="different", *, chunk_size=None):
    raise NotImplementedError("torch.vmap is not available")


def _check(cond, message=None):
    if not cond:
        raise RuntimeError(message() if message is not None else "Expected cond to be True, but got False.")


def _check_is_size(i, message=None, *, max=None):
    _check(i >= 0, message)


def _check_value(cond, message=None):
    if not cond:
        raise ValueError(message() if message is not None else "Expected cond to be True, but got False.")


def _check_type(cond, message=None):
    if not cond:
        raise TypeError(message() if message is not None else "Expected cond to be True, but got False.")


def sym_int(a):
    return int(a)


def sym_float(a):
    return float(a)


def sym_max(a, b):
    return a if a >= b else b


def sym_min(a, b):
    return a if a <= b else b


def sym_not(a):
    return not a


def sym_sqrt(a):
    return float(a) ** 0.5


def sym_sum(args):
    total = 0
    for a in args:
        total += a
    return total


def _assert(condition, message):
    assert condition, message


class OutOfMemoryError(RuntimeError):
    pass


__version__ = "2.13.0+cpu"
newaxis = None
has_lapack = True
has_mkl = False
has_openmp = False

from torch.functional import (
    _assert,
    broadcast_shapes,
    cdist,
    istft,
    lu,
    norm,
    stft,
    tensordot,
    unique,
    unique_consecutive,
    unravel_index,
)
from torch.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from torch.amp.autocast_mode import autocast
from torch._ops import ops
from torch.serialization import load, save
from torch import _C, _VF, _tensor
