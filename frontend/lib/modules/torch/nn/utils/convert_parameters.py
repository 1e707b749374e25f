# SPDX-License-Identifier: BSD-3-Clause
# All parameters in one vector, and back.
import torch


def _check_param_device(param, old_param_device):
    if old_param_device is None:
        return param.device
    if param.device != old_param_device:
        raise TypeError("Found two parameters on different devices, this is currently not supported.")
    return old_param_device


def parameters_to_vector(parameters):
    """Tensors -> (n): their elements one after another."""
    where = None
    parts = []
    for param in parameters:
        where = _check_param_device(param, where)
        parts.append(param.view(-1))
    return torch.cat(parts)


def vector_to_parameters(vec, parameters) -> None:
    """(n) cut into pieces that become the tensors' data."""
    if not isinstance(vec, torch.Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {torch.typename(vec)}")
    where = None
    first = 0
    for param in parameters:
        where = _check_param_device(param, where)
        last = first + param.numel()
        param.data = vec[first:last].view_as(param).data
        first = last
