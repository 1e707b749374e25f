# SPDX-License-Identifier: BSD-3-Clause
# Gradients of activations and softmax, as the operators that traced training graphs call.

def sigmoid_backward(grad_output: Tensor, output: Tensor) -> Tensor:
    return grad_output * (1 - output) * output

def tanh_backward(grad_output: Tensor, output: Tensor) -> Tensor:
    return grad_output * (1 - output * output)

def threshold_backward(grad_output: Tensor, self: Tensor, threshold: number) -> Tensor:
    return torch.where(self <= threshold, 0, grad_output)

def leaky_relu_backward(grad_output: Tensor, self: Tensor, negative_slope: number, self_is_result: bool) -> Tensor:
    return torch.where(self > 0, grad_output, grad_output * negative_slope)

def elu_backward(grad_output: Tensor, alpha: number, scale: number, input_scale: number, is_result: bool, self_or_result: Tensor) -> Tensor:
    a = float(alpha) * float(scale)
    s = float(input_scale)
    if is_result:
        below = grad_output * s * (self_or_result + a)
    else:
        below = grad_output * s * a * torch.exp(self_or_result * s)
    return torch.where(self_or_result <= 0, below, grad_output * float(scale))

def gelu_backward(grad_output: Tensor, self: Tensor, approximate: str) -> Tensor:
    if approximate == "tanh":
        beta = 0.79788456080286535588
        kappa = 0.044715
        t = torch.tanh(beta * (self + kappa * self * self * self))
        left = 0.5 * (1 + t)
        right = 0.5 * self * (1 - t * t) * beta * (1 + 3 * kappa * self * self)
        return grad_output * (left + right)
    cdf = 0.5 * (1 + torch.erf(self * 0.70710678118654752440))
    pdf = torch.exp(self * self * -0.5) * 0.39894228040143267794
    return grad_output * (cdf + self * pdf)

def infinitely_differentiable_gelu_backward(grad: Tensor, self: Tensor) -> Tensor:
    return gelu_backward(grad, self, "none")

def hardshrink_backward(grad_out: Tensor, self: Tensor, lambd: number) -> Tensor:
    return torch.where(torch.logical_and(self >= -float(lambd), self <= lambd), 0, grad_out)

def softshrink_backward(grad_output: Tensor, self: Tensor, lambd: number) -> Tensor:
    return torch.where(torch.logical_and(self >= -float(lambd), self <= lambd), 0, grad_output)

def hardsigmoid_backward(grad_output: Tensor, self: Tensor) -> Tensor:
    return torch.where(torch.logical_and(self > -3, self < 3), grad_output / 6, 0)

def hardswish_backward(grad_output: Tensor, self: Tensor) -> Tensor:
    middle = grad_output * (self / 3 + 0.5)
    return torch.where(self <= -3, 0, torch.where(self < 3, middle, grad_output))

def hardtanh_backward(grad_output: Tensor, self: Tensor, min_val: number, max_val: number) -> Tensor:
    return torch.where(torch.logical_or(self <= min_val, self >= max_val), 0, grad_output)

def log_sigmoid_backward(grad_output: Tensor, self: Tensor, buffer: Tensor) -> Tensor:
    z = torch.exp(-torch.abs(self))
    share = z / (1 + z)
    return grad_output * torch.where(self < 0, 1 - share, share)

def logit_backward(grad_output: Tensor, self: Tensor, eps: Optional[float]) -> Tensor:
    slope = grad_output / (self * (1 - self))
    if eps is None:
        inside = torch.logical_and(self >= 0, self <= 1)
        return torch.where(inside, slope, float("nan"))
    return torch.where(torch.logical_and(self >= eps, self <= 1.0 - eps), slope, 0)

def mish_backward(grad_output: Tensor, self: Tensor) -> Tensor:
    s = torch.sigmoid(self)
    t = torch.tanh(torch.nn.functional.softplus(self))
    return grad_output * (t + self * s * (1 - t * t))

def silu_backward(grad_output: Tensor, self: Tensor) -> Tensor:
    s = torch.sigmoid(self)
    return grad_output * s * (1 + self * (1 - s))

def softplus_backward(grad_output: Tensor, self: Tensor, beta: number, threshold: number) -> Tensor:
    z = self * beta
    return torch.where(z > threshold, grad_output, grad_output * torch.sigmoid(z))

def glu_backward(grad_output: Tensor, self: Tensor, dim: int) -> Tensor:
    half = self.size(dim) // 2
    a = self.narrow(dim, 0, half)
    gate = self.narrow(dim, half, half).sigmoid()
    return torch.cat([grad_output * gate, grad_output * a * gate * (1 - gate)], dim)

def _softmax_backward_data(grad_output: Tensor, output: Tensor, dim: int, input_dtype: int) -> Tensor:
    g = grad_output * output
    return g - output * g.sum([dim], True)

def _log_softmax_backward_data(grad_output: Tensor, output: Tensor, dim: int, input_dtype: int) -> Tensor:
    return grad_output - output.exp() * grad_output.sum([dim], True)

def _masked_softmax_backward(grad_output: Tensor, output: Tensor, mask: Tensor, dim: Optional[int]) -> Tensor:
    d = output.dim() - 1
    if dim is not None:
        d = dim
    g = grad_output * output
    return (g - output * g.sum([d], True)).masked_fill(mask, 0.0)
