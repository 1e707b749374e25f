# SPDX-License-Identifier: BSD-3-Clause
# The part of torch.nn.functional about losses: each checks, and leaves the sum to its operation.

import math
import warnings
from typing import Callable, List, Optional, Tuple, Union

import torch
from torch import Tensor

from . import _reduction as _Reduction

# its functions belong to the public module
__name__ = __package__ + ".functional"


def _reduction_name(size_average: Optional[bool], reduce: Optional[bool], reduction: str) -> str:
    # the two flags of old overrule the name
    if size_average is not None or reduce is not None:
        return _Reduction.legacy_get_string(size_average, reduce)
    return reduction


def _reduction_code(size_average: Optional[bool], reduce: Optional[bool], reduction: str) -> int:
    return _Reduction.get_enum(_reduction_name(size_average, reduce, reduction))


def _warn_of_broadcast(input: Tensor, target: Tensor) -> None:
    if target.size() != input.size():
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.")


def _reduce_weighted(losses: Tensor, weight: Tensor, reduction: str, average: bool) -> Tensor:
    # average: by the sum of the weights, else by the number of elements
    if reduction == "none":
        return losses
    if reduction == "sum":
        return torch.sum(losses)
    if reduction == "mean":
        return torch.sum(losses) / torch.sum(weight) if average else torch.mean(losses)
    raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")


def _check_loss_weight(input: Tensor, weight: Tensor) -> None:
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:
    return torch.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, _Reduction.get_enum(reduction), zero_infinity)


def nll_loss(
    input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None,
    ignore_index: int = -100, reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    return torch._C._nn.nll_loss_nd(input, target, weight, code, ignore_index)


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: Optional[bool] = None,
    eps: float = 1e-8, reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    name = _reduction_name(size_average, reduce, reduction)
    if name != "none" and name != "mean" and name != "sum":
        raise ValueError(name + " is not a valid value for reduction")
    code = _Reduction.get_enum(name)
    return torch.poisson_nll_loss(input, target, log_input, full, eps, code)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Union[Tensor, float], full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        spread = torch.full_like(input, var)
    else:
        spread = torch.as_tensor(var)
        if torch.any(spread < 0):
            raise ValueError("var has negative entry/entries")
    if spread.size() != input.size():
        different = 0
        if input.dim() == spread.dim():
            for d in range(input.dim()):
                if input.size(d) != spread.size(d):
                    different += spread.size(d)
        if input.size()[:-1] == spread.size():
            spread = spread.unsqueeze(-1)
        elif different != 1:
            # else one variance serves a whole dimension
            raise ValueError("var is of incorrect size")
    if reduction != "none" and reduction != "mean" and reduction != "sum":
        raise ValueError(reduction + " is not valid")
    # the bound is not part of what is differentiated
    bounded = spread.clone()
    with torch.no_grad():
        bounded.clamp_(min=eps)
    loss = 0.5 * (torch.log(bounded) + (input - target) ** 2 / bounded)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss


def kl_div(
    input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:
    if size_average is not None or reduce is not None:
        code = _Reduction.legacy_get_enum(size_average, reduce)
    elif reduction == "batchmean":
        code = _Reduction.get_enum("sum")
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                "'mean' will be changed to behave the same as 'batchmean' in the next major release.")
        code = _Reduction.get_enum(reduction)
    loss = torch.kl_div(input, target, code, log_target=log_target)
    if reduction == "batchmean" and input.dim() != 0:
        loss = loss / input.size()[0]
    return loss


def cross_entropy(
    input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None,
    ignore_index: int = -100, reduce: Optional[bool] = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    return torch._C._nn.cross_entropy_loss(input, target, weight, code, ignore_index, label_smoothing)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None,
    reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please ensure they have the same size.")
    if weight is not None:
        weight = weight.expand(torch.broadcast_shapes(target.size(), weight.size()))
    return torch._C._nn.binary_cross_entropy(input, target, weight, code)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None,
    reduce: Optional[bool] = None, reduction: str = "mean", pos_weight: Optional[Tensor] = None,
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    if not (target.size() == input.size()):
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return torch.binary_cross_entropy_with_logits(input, target, weight, pos_weight, code)


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:
    _warn_of_broadcast(input, target)
    code = _reduction_code(size_average, reduce, reduction)
    x, y = torch.broadcast_tensors(input, target)
    if beta == 0.0:
        return torch._C._nn.l1_loss(x, y, code)
    return torch._C._nn.smooth_l1_loss(x, y, code, beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Optional[Tensor] = None,
) -> Tensor:
    _warn_of_broadcast(input, target)
    x, y = torch.broadcast_tensors(input, target)
    if weight is None:
        return torch._C._nn.huber_loss(x, y, _Reduction.get_enum(reduction), delta)
    _check_loss_weight(input, weight)
    losses = torch._C._nn.huber_loss(x, y, _Reduction.get_enum("none"), delta) * weight
    return _reduce_weighted(losses, weight, reduction, False)


def l1_loss(
    input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None,
    reduction: str = "mean", weight: Optional[Tensor] = None,
) -> Tensor:
    _warn_of_broadcast(input, target)
    name = _reduction_name(size_average, reduce, reduction)
    x, y = torch.broadcast_tensors(input, target)
    if weight is None:
        return torch._C._nn.l1_loss(x, y, _Reduction.get_enum(name))
    _check_loss_weight(input, weight)
    return _reduce_weighted(torch.abs(x - y) * weight, weight, name, True)


def mse_loss(
    input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None,
    reduction: str = "mean", weight: Optional[Tensor] = None,
) -> Tensor:
    _warn_of_broadcast(input, target)
    name = _reduction_name(size_average, reduce, reduction)
    x, y = torch.broadcast_tensors(input, target)
    if weight is None:
        return torch._C._nn.mse_loss(x, y, _Reduction.get_enum(name))
    _check_loss_weight(input, weight)
    return _reduce_weighted(torch.pow(x - y, 2) * weight, weight, name, True)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Optional[bool] = None,
    reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    if input1.dim() != input2.dim() or input1.dim() != target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} ")
    return torch.margin_ranking_loss(input1, input2, target, margin, code)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: Optional[bool] = None,
    reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    return torch.hinge_embedding_loss(input, target, margin, _reduction_code(size_average, reduce, reduction))


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None,
    reduction: str = "mean",
) -> Tensor:
    return torch._C._nn.multilabel_margin_loss(input, target, _reduction_code(size_average, reduce, reduction))


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None,
    reduction: str = "mean",
) -> Tensor:
    return torch._C._nn.soft_margin_loss(input, target, _reduction_code(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None,
    reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    name = _reduction_name(size_average, reduce, reduction)
    loss = -(target * torch._C._nn.log_sigmoid(input) + (1 - target) * torch._C._nn.log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    classes = input.dim() - 1
    loss = loss.sum(dim=classes) / input.size(classes)
    if name == "none":
        return loss
    if name == "mean":
        return loss.mean()
    if name == "sum":
        return loss.sum()
    raise ValueError(name + " is not valid")


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Optional[bool] = None,
    reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    return torch.cosine_embedding_loss(
        input1, input2, target, margin, _reduction_code(size_average, reduce, reduction))


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Optional[Tensor] = None,
    size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    if p != 1 and p != 2:
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None:
        if weight.dim() != 1:
            raise ValueError("weight must be one-dimensional")
    return torch._C._nn.multi_margin_loss(input, target, p, margin, weight, code)


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = "mean",
) -> Tensor:
    code = _reduction_code(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return torch.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, code)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Optional[Callable[[Tensor, Tensor], Tensor]] = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if anchor.dim() != positive.dim() or anchor.dim() != negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs")
    distance = torch.pairwise_distance if distance_function is None else distance_function
    near = distance(anchor, positive)
    far = distance(anchor, negative)
    if swap:
        far = torch.minimum(far, distance(positive, negative))
    loss = torch.clamp_min(margin + near - far, 0)
    if reduction == "sum":
        return torch.sum(loss)
    return torch.mean(loss) if reduction == "mean" else loss


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Optional[Tensor] = None,
    weight: Optional[Tensor] = None, reduction: str = "mean", ignore_index: Optional[int] = None,
    label_smoothing: float = 0.0, options=None,
) -> Tensor:
    # options say how to save memory, which changes no answer
    classes = linear_weight.size(0)
    rows = torch._C._nn.linear(
        input, linear_weight.reshape(-1, linear_weight.size(-1)),
        None if linear_bias is None else linear_bias.reshape(-1))
    if linear_weight.dim() > 2:
        # further dimensions of the weight are dimensions of the target
        rows = rows.unflatten(-1, [classes] + list(linear_weight.size()[1:-1]))
    return cross_entropy(
        rows, target, weight, None, -100 if ignore_index is None else ignore_index, None, reduction, label_smoothing)
