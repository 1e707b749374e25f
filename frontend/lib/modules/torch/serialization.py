# SPDX-License-Identifier: BSD-3-Clause
# torch.serialization: save and load, which torch has too.
from torch import load, save


def add_safe_globals(safe_globals):
    return None


class safe_globals:
    def __init__(self, safe_globals):
        pass

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return None
