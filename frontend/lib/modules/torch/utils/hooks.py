# SPDX-License-Identifier: BSD-3-Clause
# What registering a hook gives back: the key under which the hook stands in its table, able to take it out again.
from collections import OrderedDict


class RemovableHandle:
    """Takes a hook out of its table, and its key out of further tables, once."""

    next_id: int = 0

    def __init__(self, hooks_dict, *, extra_dict=None) -> None:
        self.hooks = hooks_dict
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        if extra_dict is None:
            self.extra = []
        elif isinstance(extra_dict, list):
            self.extra = extra_dict
        else:
            self.extra = [extra_dict]

    def remove(self) -> None:
        for table in [self.hooks] + self.extra:
            if self.id in table:
                del table[self.id]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace) -> None:
        self.remove()


def unserializable_hook(f):
    """Marks a hook that is left out of what is saved."""
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor) -> None:
    return None
