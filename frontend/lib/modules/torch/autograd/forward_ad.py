# SPDX-License-Identifier: BSD-3-Clause
# torch.autograd.forward_ad: there are no forward gradients.


def _unavailable(*args, **kwargs):
    raise NotImplementedError("forward gradients are not available")


make_dual = _unavailable
unpack_dual = _unavailable
dual_level = _unavailable
