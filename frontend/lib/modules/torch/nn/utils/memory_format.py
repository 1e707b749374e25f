# SPDX-License-Identifier: BSD-3-Clause
# Convolution weights in another memory format.
import torch


def _convert(module, memory_format, dims):
    weight = getattr(module, "weight", None)
    if isinstance(weight, torch.Tensor) and type(module).__name__.find("Conv") >= 0 and weight.dim() == dims:
        module.weight.data = weight.detach().clone().contiguous(memory_format=memory_format)
    for child in module.children():
        _convert(child, memory_format, dims)
    return module


def convert_conv2d_weight_memory_format(module, memory_format):
    """The module with its two-dimensional convolutions' weights in this memory format."""
    return _convert(module, memory_format, 4)


def convert_conv3d_weight_memory_format(module, memory_format):
    """The module with its three-dimensional convolutions' weights in this memory format."""
    return _convert(module, memory_format, 5)
