# SPDX-License-Identifier: BSD-3-Clause
# torch.ops: every operator of the registry by namespace and name.
import torch


class _OpNamespace:
    def __init__(self, name):
        self.name = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{name}'")
        op = torch._get_op(f"{self.name}::{name}")
        setattr(self, name, op)
        return op

    def __repr__(self):
        return f"<module 'torch.ops.{self.name}'>"


class _Ops:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        space = _OpNamespace(name)
        setattr(self, name, space)
        return space

    def load_library(self, path):
        raise NotImplementedError("libraries of native operators cannot be loaded")


ops = _Ops()
