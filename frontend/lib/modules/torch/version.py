# SPDX-License-Identifier: BSD-3-Clause
# torch.version: the PyTorch whose behaviour this follows.
__version__ = "2.13.0+cpu"
debug = False
cuda = None
git_version = ""
hip = None
xpu = None
