# SPDX-License-Identifier: BSD-3-Clause
# torch.overrides: no type overrides the functions of torch.


def has_torch_function(args) -> bool:
    return False


def has_torch_function_unary(arg) -> bool:
    return False


def has_torch_function_variadic(*args) -> bool:
    return False


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    return public_api(*args, **kwargs)


def is_tensor_like(inp) -> bool:
    import torch

    return isinstance(inp, torch.Tensor)
