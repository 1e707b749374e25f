# SPDX-License-Identifier: BSD-3-Clause
# typing_extensions: what of it typing has.
from typing import *
from typing import (Annotated, Concatenate, Final, Literal, LiteralString, Never, NotRequired, ParamSpec, Protocol, Required,
    Self, TypeAlias, TypedDict, TypeGuard, TypeVar, TypeVarTuple, Unpack, final, get_args, get_origin, get_type_hints,
    overload, override, runtime_checkable)


def deprecated(message, **kw):
    return lambda f: f
