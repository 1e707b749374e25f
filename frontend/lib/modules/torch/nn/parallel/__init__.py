# SPDX-License-Identifier: BSD-3-Clause
# Modules over several devices: here there is one, and the wrappers keep the names that state dicts then have.
from .data_parallel import DataParallel, data_parallel

__all__ = ["DataParallel", "data_parallel"]
