# SPDX-License-Identifier: BSD-3-Clause
# How losses are reduced: the number behind the word, and the word behind the two old switches.
import warnings
from typing import Optional


def get_enum(reduction: str) -> int:
    if reduction == "none":
        ret = 0
    elif reduction == "mean":
        ret = 1
    elif reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead."
        )
        ret = 1
    elif reduction == "sum":
        ret = 2
    else:
        ret = -1
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return ret


def legacy_get_string(
    size_average: Optional[bool], reduce: Optional[bool], emit_warning: bool = True
) -> str:
    average = True if size_average is None else size_average
    summarise = True if reduce is None else reduce
    ret = "none"
    if summarise:
        ret = "mean" if average else "sum"
    if emit_warning:
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{ret}' instead."
        )
    return ret


def legacy_get_enum(
    size_average: Optional[bool], reduce: Optional[bool], emit_warning: bool = True
) -> int:
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
