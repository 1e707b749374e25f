# SPDX-License-Identifier: BSD-3-Clause
# Methods of tensors that are plain Python: those whose function is (torch/functional.py).
import torch


def norm(self, p="fro", dim=None, keepdim=False, dtype=None):
    return torch.norm(self, p, dim, keepdim, dtype=dtype)


def unique(self, sorted=True, return_inverse=False, return_counts=False, dim=None):
    return torch.unique(self, sorted, return_inverse, return_counts, dim)


def unique_consecutive(self, return_inverse=False, return_counts=False, dim=None):
    return torch.unique_consecutive(self, return_inverse, return_counts, dim)


def stft(self, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False,
         onesided=None, return_complex=None, align_to_window=None):
    return torch.stft(self, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex,
                      align_to_window)


def istft(self, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None,
          length=None, return_complex=False):
    return torch.istft(self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex)


def lu(self, pivot=True, get_infos=False):
    return torch.lu(self, pivot, get_infos)


def map_(self, tensor, f):
    """f of pairs of elements, stored here."""
    values = [f(a, b) for a, b in zip(self.flatten().tolist(), tensor.expand_as(self).flatten().tolist())]
    return self.copy_(torch.tensor(values, dtype=self.dtype).view(self.shape))


for f in (norm, unique, unique_consecutive, stft, istft, lu, map_):
    torch._add_tensor_method(f.__name__, f)
