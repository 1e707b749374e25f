# SPDX-License-Identifier: BSD-3-Clause
# Gradients of maximum pooling: each output's gradient goes to the element that its index names.

def _to_maxima(grad: Tensor, like: Tensor, indices: Tensor, dims: int) -> Tensor:
    flat = torch.zeros_like(like, memory_format=0).flatten(-dims)
    return flat.scatter_add(-1, indices.flatten(-dims), grad.flatten(-dims)).view(like.size())

def max_pool2d_with_indices_backward(grad_output: Tensor, self: Tensor, kernel_size: List[int], stride: List[int],
                                     padding: List[int], dilation: List[int], ceil_mode: bool, indices: Tensor) -> Tensor:
    return _to_maxima(grad_output, self, indices, 2)

def max_pool3d_with_indices_backward(grad_output: Tensor, self: Tensor, kernel_size: List[int], stride: List[int],
                                     padding: List[int], dilation: List[int], ceil_mode: bool, indices: Tensor) -> Tensor:
    return _to_maxima(grad_output, self, indices, 3)

def adaptive_max_pool2d_backward(grad_output: Tensor, self: Tensor, indices: Tensor) -> Tensor:
    return _to_maxima(grad_output, self, indices, 2)

def adaptive_max_pool3d_backward(grad_output: Tensor, self: Tensor, indices: Tensor) -> Tensor:
    return _to_maxima(grad_output, self, indices, 3)
