# SPDX-License-Identifier: BSD-3-Clause
# A layer and the batch normalisation that follows it as one layer, for evaluation: scale and shift move into weight and
# bias.
import copy

import torch
from torch.nn.parameter import Parameter


def fuse_conv_bn_eval(conv, bn, transpose: bool = False):
    """A copy of the convolution that does what conv and bn do one after the other."""
    if conv.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None for fusion")
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose: bool = False):
    """Weight and bias of the fused convolution."""
    bias = conv_b if conv_b is not None else torch.zeros_like(bn_rm)
    learns = bias.requires_grad
    scale = bn_w if bn_w is not None else torch.ones_like(bn_rm)
    shift = bn_b if bn_b is not None else torch.zeros_like(bn_rm)
    factor = torch.rsqrt(bn_rv + bn_eps)
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    weight = (conv_w * (scale * factor).reshape(shape)).to(dtype=conv_w.dtype)
    bias = ((bias - bn_rm) * factor * scale + shift).to(dtype=bias.dtype)
    return Parameter(weight, conv_w.requires_grad), Parameter(bias, learns)


def fuse_linear_bn_eval(linear, bn):
    """A copy of the linear layer that does what linear and bn do one after the other."""
    if linear.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None for fusion")
    if not (linear.out_features == bn.num_features or bn.num_features == 1):
        raise AssertionError("To fuse, linear.out_features == bn.num_features or bn.num_features == 1")
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """Weight and bias of the fused linear layer."""
    bias = linear_b if linear_b is not None else torch.zeros_like(bn_rm)
    learns = bias.requires_grad
    factor = bn_w * torch.rsqrt(bn_rv + bn_eps)
    weight = (linear_w * factor.unsqueeze(-1)).to(dtype=linear_w.dtype)
    bias = ((bias - bn_rm) * factor + bn_b).to(dtype=bias.dtype)
    return Parameter(weight, linear_w.requires_grad), Parameter(bias, learns)
