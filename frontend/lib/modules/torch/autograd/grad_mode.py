# SPDX-License-Identifier: BSD-3-Clause
# torch.autograd.grad_mode: switches of gradient recording, each a context manager and a decorator.
import functools

import torch


class _Decorator:
    """Calls of a decorated function run inside a fresh copy of the context."""

    def __call__(self, func):
        if isinstance(func, type):
            func.__init__ = self(func.__init__)
            return func

        @functools.wraps(func)
        def decorate_context(*args, **kwargs):
            with self.clone():
                return func(*args, **kwargs)

        return decorate_context

    def clone(self):
        return self.__class__()


class no_grad(_Decorator):
    def __new__(cls, orig_func=None):
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)

    def __init__(self, orig_func=None):
        self.prev = False

    def __enter__(self):
        self.prev = torch.is_grad_enabled()
        torch._set_grad_mode(False)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._set_grad_mode(self.prev)


class enable_grad(_Decorator):
    def __new__(cls, orig_func=None):
        if orig_func is None:
            return super().__new__(cls)
        return cls()(orig_func)

    def __init__(self, orig_func=None):
        self.prev = False

    def __enter__(self):
        self.prev = torch.is_grad_enabled()
        torch._set_grad_mode(True)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._set_grad_mode(self.prev)


class set_grad_enabled(_Decorator):
    """Takes effect when made, and until the end of a with that it opens."""

    def __init__(self, mode: bool):
        self.prev = torch.is_grad_enabled()
        self.mode = mode
        torch._set_grad_mode(mode)

    def __call__(self, func):
        torch._set_grad_mode(self.prev)
        return super().__call__(func)

    def __enter__(self):
        torch._set_grad_mode(self.mode)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._set_grad_mode(self.prev)

    def clone(self):
        return self.__class__(self.mode)


class inference_mode(_Decorator):
    def __new__(cls, mode=True):
        if isinstance(mode, bool):
            return super().__new__(cls)
        return cls()(mode)

    def __init__(self, mode=True):
        self.mode = mode
        self.prev = (True, False)

    def __enter__(self):
        self.prev = (torch.is_grad_enabled(), torch.is_inference_mode_enabled())
        if self.mode:
            torch._set_grad_mode(False)
        torch._set_inference_mode(self.mode)

    def __exit__(self, exc_type, exc_value, traceback):
        torch._set_grad_mode(self.prev[0])
        torch._set_inference_mode(self.prev[1])

    def clone(self):
        return self.__class__(self.mode)


class set_multithreading_enabled(_Decorator):
    def __init__(self, mode: bool):
        self.mode = mode

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return None

    def clone(self):
        return self.__class__(self.mode)
