# SPDX-License-Identifier: BSD-3-Clause
# Modules made without first values.


def skip_init(module_cls, *args, **kwargs):
    """A module whose parameters hold whatever the memory holds; the random generator is not touched."""
    where = kwargs.pop("device", "cpu")
    kwargs["device"] = "meta"
    return module_cls(*args, **kwargs).to_empty(device=where)
