# SPDX-License-Identifier: BSD-3-Clause
# torch.fx: the marks that model files leave for symbolic tracing, which is not done here.


def wrap(fn_or_name):
    return fn_or_name


class Proxy:
    pass


class Node:
    pass


class Tracer:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("torch.fx symbolic tracing is not available")


class GraphModule:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("torch.fx symbolic tracing is not available")


def symbolic_trace(root, concrete_args=None):
    raise NotImplementedError("torch.fx symbolic tracing is not available")
