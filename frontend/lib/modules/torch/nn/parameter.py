# SPDX-License-Identifier: BSD-3-Clause
# torch.nn.parameter: Parameter, Buffer and those whose shape is not known yet are native.

# For isinstance: what waits for materialize.
UninitializedTensorMixin = (UninitializedParameter, UninitializedBuffer)


def is_lazy(param):
    return isinstance(param, UninitializedTensorMixin)
