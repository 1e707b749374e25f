# SPDX-License-Identifier: BSD-3-Clause
# torch.cuda.amp: the older names of torch.amp for CUDA, all without effect.
from torch.amp.autocast_mode import autocast as _autocast
from torch.amp.autocast_mode import custom_bwd, custom_fwd
from torch.amp.grad_scaler import GradScaler


class autocast(_autocast):
    def __init__(self, enabled=True, dtype=None, cache_enabled=True):
        super().__init__("cuda", enabled=False)
