# SPDX-License-Identifier: BSD-3-Clause
# torch.utils: what model files import of it.
from . import hooks
