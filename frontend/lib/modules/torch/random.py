# SPDX-License-Identifier: BSD-3-Clause
# torch.random: the default generator's state.
import torch
from torch import default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state


class fork_rng:
    """The state before is back after the with."""

    def __init__(self, devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices", device_type="cuda"):
        self.enabled = enabled
        self.state = None

    def __enter__(self):
        if self.enabled:
            self.state = get_rng_state()

    def __exit__(self, exc_type, exc_value, traceback):
        if self.enabled:
            set_rng_state(self.state)
