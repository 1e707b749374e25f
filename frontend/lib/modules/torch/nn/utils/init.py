# SPDX-License-Identifier: BSD-3-Clause
# Modules made as if without first values.
import torch


def skip_init(module_cls, *args, **kwargs):
    """A module whose first values mean nothing; the random generator stays where it is."""
    state = torch.get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        torch.set_rng_state(state)
