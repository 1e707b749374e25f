# SPDX-License-Identifier: BSD-3-Clause
# torch.amp: automatic mixed precision.
from .autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from .grad_scaler import GradScaler
