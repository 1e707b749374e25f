# SPDX-License-Identifier: BSD-3-Clause
# DataParallel without devices to share among: the module itself, under the name module.
from ..modules.module import Module


class DataParallel(Module):
    """Calls module. Its state's names start with module."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0) -> None:
        super().__init__()
        self.module = module
        self.device_ids = []

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


def data_parallel(module, inputs, device_ids=None, output_device=None, dim=0, module_kwargs=None):
    """module of inputs."""
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*inputs, **(module_kwargs or {}))
