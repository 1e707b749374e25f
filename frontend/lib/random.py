# SPDX-License-Identifier: BSD-3-Clause
# Dropout and its relatives: multiplication by noise that PyTorch's CPU generator draws in the same order.

def _check_probability(p: float):
    if p < 0.0 or p > 1.0:
        raise RuntimeError("dropout probability has to be between 0 and 1, but got {}".format(p))

def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    _check_probability(p)
    if p == 0.0 or not train or input.numel() == 0:
        return input
    if p == 1.0:
        return input * torch.zeros_like(input)
    noise = torch.bernoulli(input.detach(), 1.0 - p)
    return input * noise.div_(1.0 - p)

def native_dropout(input: Tensor, p: float, train: Optional[bool]) -> Tuple[Tensor, Tensor]:
    if input.numel() == 0:
        return input, torch.empty_like(input, dtype=torch.bool)
    if train is not None and not train:
        return torch.clone(input), torch.ones_like(input, dtype=torch.bool)
    if p == 1.0:
        return torch.zeros_like(input), torch.zeros_like(input, dtype=torch.bool)
    mask = torch.empty_like(input, dtype=torch.bool).bernoulli_(1.0 - p)
    return input * mask * (1.0 / (1.0 - p)), mask

def _feature_noise(input: Tensor, p: float) -> Tensor:
    if input.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    shape = [input.size(0), input.size(1)]
    for i in range(2, input.dim()):
        shape.append(1)
    return torch.empty(shape, dtype=input.dtype).bernoulli_(1.0 - p)

def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    _check_probability(p)
    if p == 0.0 or not train or input.numel() == 0:
        return input
    if p == 1.0:
        return input * torch.zeros_like(input)
    return input * _feature_noise(input, p).div_(1.0 - p)

def _alpha_combine(input: Tensor, noise: Tensor, p: float) -> Tensor:
    alpha = 1.7580993408473766
    a = 1.0 / math.sqrt((alpha * alpha * p + 1.0) * (1.0 - p))
    b = (noise - 1.0) * (alpha * a) + alpha * a * p
    return input * (noise * a) + b

def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    _check_probability(p)
    if p == 0.0 or not train or input.numel() == 0:
        return input
    if p == 1.0:
        return input * torch.zeros_like(input)
    return _alpha_combine(input, torch.bernoulli(input.detach(), 1.0 - p), p)

def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    _check_probability(p)
    if p == 0.0 or not train or input.numel() == 0:
        return input
    if p == 1.0:
        return input * torch.zeros_like(input)
    return _alpha_combine(input, _feature_noise(input, p), p)

def native_dropout_backward(grad_output: Tensor, mask: Tensor, scale: float) -> Tensor:
    return grad_output * (mask.to(grad_output.dtype) * scale)

def _masked_scale(self: Tensor, mask: Tensor, scale: float) -> Tensor:
    return self * mask.to(self.dtype) * scale
