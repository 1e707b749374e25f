# SPDX-License-Identifier: BSD-3-Clause
# torch.cuda: there is none, and it says so.
from . import amp


def is_available() -> bool:
    return False


def device_count() -> int:
    return 0


def is_initialized() -> bool:
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    return False


def _refuse(*args, **kwargs):
    raise AssertionError("Torch not compiled with CUDA enabled")


def _nothing(*args, **kwargs):
    return None


manual_seed = manual_seed_all = seed = seed_all = empty_cache = ipc_collect = _nothing
reset_peak_memory_stats = reset_max_memory_allocated = _nothing
synchronize = current_device = get_device_name = get_device_properties = get_device_capability = set_device = _refuse
current_stream = Stream = Event = stream = device = _refuse


def memory_allocated(device=None) -> int:
    return 0


def max_memory_allocated(device=None) -> int:
    return 0


def memory_reserved(device=None) -> int:
    return 0


def get_rng_state_all():
    return []


def set_rng_state_all(states):
    return None
