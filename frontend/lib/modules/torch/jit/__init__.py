# SPDX-License-Identifier: BSD-3-Clause
# torch.jit: script, trace, save, load and the decorators are native; here is what is plain Python.
from typing import Final

import torch
from torch._jit_internal import _overload, _overload_method
from torch.nn.modules.module import Module


class ScriptModule(Module):
    """A module whose marked methods are compiled. It runs as it stands until something compiles it as a whole."""

    @property
    def graph(self):
        return torch.jit.script(self).graph

    @property
    def code(self):
        return torch.jit.script(self).code

    def save(self, f, **kwargs):
        return torch.jit.save(torch.jit.script(self), f)


class Attribute:
    """A value and the type that a script module's attribute has."""

    def __init__(self, value, type):
        self.value = value
        self.type = type


class Error(RuntimeError):
    pass


JITException = Error


class TracerWarning(Warning):
    @staticmethod
    def ignore_lib_warnings():
        """No library code warns here."""


class ScriptWarning(Warning):
    pass


class CompilationUnit:
    def __init__(self, lang=None, _frames_up=0):
        raise NotImplementedError("torch.jit.CompilationUnit is not available")


class strict_fusion:
    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class optimized_execution:
    def __init__(self, should_optimize):
        pass

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return None


def set_fusion_strategy(strategy):
    return []


def enable_onednn_fusion(enabled):
    return None


def onednn_fusion_enabled():
    return False
