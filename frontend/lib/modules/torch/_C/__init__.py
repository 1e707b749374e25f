# SPDX-License-Identifier: BSD-3-Clause
# torch._C: what Python code of PyTorch's takes from its C++ part.
import torch
from torch import Generator, Size
from torch import Tensor as TensorBase

from . import _nn, _VariableFunctions

_TensorBase = TensorBase


def _get_tracing_state():
    return True if torch._is_tracing() else None


def _is_tracing():
    return torch._is_tracing() is not None


def _log_api_usage_once(*args):
    return None


def _jit_set_profiling_executor(on):
    return True


def _jit_set_profiling_mode(on):
    return True


def _jit_override_can_fuse_on_cpu(on):
    return None


def _jit_set_texpr_fuser_enabled(on):
    return None


def _set_grad_enabled(on):
    torch._set_grad_mode(on)
