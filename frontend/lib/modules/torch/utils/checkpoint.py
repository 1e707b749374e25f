# SPDX-License-Identifier: BSD-3-Clause
# torch.utils.checkpoint: the function is called; there is nothing to recompute.


def checkpoint(function, *args, use_reentrant=None, **kwargs):
    kwargs.pop("preserve_rng_state", None)
    kwargs.pop("context_fn", None)
    kwargs.pop("determinism_check", None)
    kwargs.pop("debug", None)
    return function(*args, **kwargs)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    for f in functions:
        input = f(input)
    return input
