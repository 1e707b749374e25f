# SPDX-License-Identifier: BSD-3-Clause
# Methods of tensors that are plain Python.
import torch


def map_(self, tensor, f):
    """f of pairs of elements, stored here."""
    values = [f(a, b) for a, b in zip(self.flatten().tolist(), tensor.expand_as(self).flatten().tolist())]
    return self.copy_(torch.tensor(values, dtype=self.dtype).view(self.shape))


torch._add_tensor_method("map_", map_)
