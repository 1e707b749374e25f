# SPDX-License-Identifier: BSD-3-Clause
# torch._dynamo: what libraries ask of it.
from torch.compiler import allow_in_graph, disable, is_compiling
