# SPDX-License-Identifier: BSD-3-Clause
# Losses.  reduction: 0 none, 1 mean, 2 sum.

def _reduce_loss(loss: Tensor, reduction: int) -> Tensor:
    if reduction == 1:
        return loss.mean()
    if reduction == 2:
        return loss.sum()
    return loss

def l1_loss(self: Tensor, target: Tensor, reduction: int) -> Tensor:
    return _reduce_loss((self - target).abs(), reduction)

def mse_loss(self: Tensor, target: Tensor, reduction: int) -> Tensor:
    d = self - target
    return _reduce_loss(d * d, reduction)

def smooth_l1_loss(self: Tensor, target: Tensor, reduction: int, beta: float) -> Tensor:
    if beta < 0.0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0.0:
        return l1_loss(self, target, reduction)
    z = (self - target).abs()
    return _reduce_loss(torch.where(z < beta, 0.5 * z * z / beta, z - 0.5 * beta), reduction)

def huber_loss(self: Tensor, target: Tensor, reduction: int, delta: float) -> Tensor:
    if delta <= 0.0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    z = (self - target).abs()
    return _reduce_loss(torch.where(z < delta, 0.5 * z * z, delta * (z - 0.5 * delta)), reduction)

def soft_margin_loss(self: Tensor, target: Tensor, reduction: int) -> Tensor:
    return _reduce_loss(torch.log1p(torch.exp(-target * self)), reduction)

def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float, reduction: int) -> Tensor:
    return _reduce_loss((-target * (input1 - input2) + margin).clamp_min(0), reduction)

def hinge_embedding_loss(self: Tensor, target: Tensor, margin: float, reduction: int) -> Tensor:
    zeros = torch.zeros_like(self)
    far = torch.where(target != 1, (margin - self).clamp_min(0), zeros)
    near = torch.where(target != -1, self, zeros)
    return _reduce_loss(far + near, reduction)

def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float, reduction: int) -> Tensor:
    dim = target.dim()
    if dim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.dim() != dim + 1 or input2.dim() != dim + 1:
        raise RuntimeError("{}D target tensor expects {}D input tensors, but found inputs with sizes {} and {}.".format(
            dim, dim + 1, input1.size(), input2.size()))
    tiny = 1e-12
    product = (input1 * input2).sum(dim)
    square1 = (input1 * input1).sum(dim) + tiny
    square2 = (input2 * input2).sum(dim) + tiny
    cosine = product / (square1 * square2).sqrt()
    zeros = torch.zeros_like(cosine)
    alike = torch.where(target == 1, 1 - cosine, zeros)
    unlike = torch.where(target == -1, (cosine - margin).clamp_min(0), zeros)
    return _reduce_loss(alike + unlike, reduction)

def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float, p: float, eps: float,
                        swap: bool, reduction: int) -> Tensor:
    if anchor.dim() != positive.dim() or positive.dim() != negative.dim():
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {}D, positive {}D, and negative {}D inputs".format(
            anchor.dim(), positive.dim(), negative.dim()))
    near = torch.pairwise_distance(anchor, positive, p, eps)
    far = torch.pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = torch.min(far, torch.pairwise_distance(positive, negative, p, eps))
    return _reduce_loss((margin + near - far).clamp_min(0), reduction)

def kl_div(self: Tensor, target: Tensor, reduction: int, *, log_target: bool) -> Tensor:
    if log_target:
        return _reduce_loss(target.exp() * (target - self), reduction)
    return _reduce_loss(torch.xlogy(target, target) - target * self, reduction)

def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    if log_input:
        loss = input.exp() - target * input
    else:
        loss = input - target * torch.log(input + eps)
    if full:
        stirling = target * torch.log(target) - target + 0.5 * torch.log(2 * 3.141592653589793 * target)
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return _reduce_loss(loss, reduction)

def binary_cross_entropy(self: Tensor, target: Tensor, weight: Optional[Tensor], reduction: int) -> Tensor:
    if bool(((self < 0) | (self > 1)).any()):
        raise RuntimeError("all elements of input should be between 0 and 1")
    loss = (target - 1) * torch.log1p(-self).clamp_min(-100) - target * torch.log(self).clamp_min(-100)
    if weight is not None:
        loss = loss * weight
    return _reduce_loss(loss, reduction)

def binary_cross_entropy_with_logits(self: Tensor, target: Tensor, weight: Optional[Tensor], pos_weight: Optional[Tensor],
                                     reduction: int) -> Tensor:
    log_sigmoid = torch.log_sigmoid(self)
    if pos_weight is not None:
        loss = (1 - target) * self - ((pos_weight - 1) * target + 1) * log_sigmoid
    else:
        loss = (1 - target) * self - log_sigmoid
    if weight is not None:
        loss = loss * weight
    return _reduce_loss(loss, reduction)

def nll_loss(self: Tensor, target: Tensor, weight: Optional[Tensor], reduction: int, ignore_index: int) -> Tensor:
    loss, total = torch.nll_loss_forward(self, target, weight, reduction, ignore_index)
    return loss

def nll_loss2d(self: Tensor, target: Tensor, weight: Optional[Tensor], reduction: int, ignore_index: int) -> Tensor:
    loss, total = torch.nll_loss2d_forward(self, target, weight, reduction, ignore_index)
    return loss

def nll_loss_nd(self: Tensor, target: Tensor, weight: Optional[Tensor], reduction: int, ignore_index: int) -> Tensor:
    if self.dim() < 1:
        raise ValueError("Expected 1 or more dimensions (got {})".format(self.dim()))
    if self.dim() != 1 and target.dim() > 0 and self.size(0) != target.size(0):
        raise ValueError("Expected input batch_size ({}) to match target batch_size ({}).".format(self.size(0), target.size(0)))
    if self.dim() <= 2:
        return torch.nll_loss(self, target, weight, reduction, ignore_index)
    if self.dim() == 4:
        return torch.nll_loss2d(self, target, weight, reduction, ignore_index)
    sizes = self.size()
    if target.size()[1:] != sizes[2:]:
        raise RuntimeError("Expected target size {}, got {}".format([sizes[0]] + sizes[2:], target.size()))
    if self.numel() > 0:
        flat = self.contiguous().view(sizes[0], sizes[1], 1, -1)
        flat_target = target.contiguous().view(sizes[0], 1, -1)
    else:
        flat = self.contiguous().view(sizes[0], sizes[1], 0, 0)
        flat_target = target.contiguous().view(sizes[0], 0, 0)
    loss = torch.nll_loss2d(flat, flat_target, weight, reduction, ignore_index)
    if reduction == 0:
        loss = loss.view([sizes[0]] + sizes[2:])
    return loss

def _class_weights(weight: Tensor, input: Tensor, class_dim: int) -> Tensor:
    shape: List[int] = []
    for i in range(input.dim()):
        shape.append(-1 if i == class_dim else 1)
    return weight.view(shape)

def cross_entropy_loss(self: Tensor, target: Tensor, weight: Optional[Tensor], reduction: int, ignore_index: int,
                       label_smoothing: float) -> Tensor:
    class_dim = 0 if self.dim() == 1 else 1
    classes = self.size(class_dim)
    logs = torch.log_softmax(self, class_dim)
    if self.size() == target.size():
        # probabilities of the classes
        if not target.is_floating_point():
            raise RuntimeError("Expected floating point type for target with class probabilities, got {}".format(target.dtype))
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        if label_smoothing > 0.0:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        product = logs * target
        if weight is not None:
            product = product * _class_weights(weight, self, class_dim)
        if reduction == 1:
            if self.numel() == 0:
                return -product.sum().fill_(float("nan"))
            return -product.sum() / (self.numel() // classes)
        if reduction == 2:
            return -product.sum()
        return -product.sum(class_dim)
    if label_smoothing == 0.0:
        return torch.nll_loss_nd(logs, target, weight, reduction, ignore_index)
    loss = torch.nll_loss_nd(logs, target, weight, reduction, ignore_index)
    if weight is not None:
        smooth = -(logs * _class_weights(weight, self, class_dim)).sum(class_dim)
    else:
        smooth = -logs.sum(class_dim)
    ignored = target == ignore_index
    smooth = smooth.masked_fill(ignored, 0.0)
    if reduction == 1:
        kept = ~ignored
        if weight is not None:
            smooth = smooth.sum() / weight.gather(0, target.masked_select(kept).flatten()).sum()
        else:
            smooth = smooth.masked_select(kept).mean()
    elif reduction == 2:
        smooth = smooth.sum()
    return (1 - label_smoothing) * loss + smooth * (label_smoothing / classes)

def multilabel_margin_loss(self: Tensor, target: Tensor, reduction: int) -> Tensor:
    loss, is_target = torch.multilabel_margin_loss_forward(self, target, reduction)
    return loss

def _reduce_ctc(loss: Tensor, lengths: Tensor, reduction: int, zero_infinity: bool) -> Tensor:
    if zero_infinity:
        loss = torch.where(loss == float("inf"), torch.zeros_like(loss), loss)
    if reduction == 1:
        return (loss / lengths.clamp_min(1).to(loss.dtype)).mean()
    if reduction == 2:
        return loss.sum()
    return loss

def ctc_loss__IntList(log_probs: Tensor, targets: Tensor, input_lengths: List[int], target_lengths: List[int], blank: int,
                      reduction: int, zero_infinity: bool) -> Tensor:
    batched = log_probs.dim() == 3
    loss, alpha = torch._ctc_loss(log_probs if batched else log_probs.unsqueeze(1), targets, input_lengths, target_lengths,
                                  blank, zero_infinity)
    loss = _reduce_ctc(loss, torch.tensor(target_lengths), reduction, zero_infinity)
    return loss if batched or reduction != 0 else loss.squeeze(0)

def ctc_loss__Tensor(log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor, blank: int,
                     reduction: int, zero_infinity: bool) -> Tensor:
    batched = log_probs.dim() == 3
    if not batched:
        log_probs = log_probs.unsqueeze(1)
    ins: List[int] = input_lengths.flatten().to(torch.int64).tolist()
    outs: List[int] = target_lengths.flatten().to(torch.int64).tolist()
    loss, alpha = torch._ctc_loss(log_probs, targets, ins, outs, blank, zero_infinity)
    loss = _reduce_ctc(loss, target_lengths.flatten(), reduction, zero_infinity)
    return loss if batched or reduction != 0 else loss.squeeze(0)
