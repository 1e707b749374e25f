# SPDX-License-Identifier: BSD-3-Clause
# torch.profiler: named ranges, which nothing records.
from torch.autograd.profiler import profile, record_function
