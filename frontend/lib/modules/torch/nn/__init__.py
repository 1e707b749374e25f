# SPDX-License-Identifier: BSD-3-Clause
# torch.nn: layers, their functional forms, first values and what works on whole networks.
from torch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

from . import functional, init
from .modules import *
from . import utils

