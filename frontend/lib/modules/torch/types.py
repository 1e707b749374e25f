# SPDX-License-Identifier: BSD-3-Clause
# torch.types: names for annotations.
import builtins
from typing import Any, List, Optional, Sequence, Tuple, Union

import torch
from torch import Size, Tensor
from torch import device as _device
from torch import dtype as _dtype

_TensorOrTensors = Union[Tensor, Sequence[Tensor]]
_int = builtins.int
_float = builtins.float
_bool = builtins.bool
_size = Union[torch.Size, List[builtins.int], Tuple[builtins.int, ...]]
Number = Union[builtins.int, builtins.float, builtins.bool]
Device = Optional[Union[_device, str, builtins.int]]
