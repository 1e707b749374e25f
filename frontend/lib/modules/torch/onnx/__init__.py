# SPDX-License-Identifier: BSD-3-Clause
# torch.onnx: model files register symbolic functions for an exporter; converting is done by `wick convert`.


def register_custom_op_symbolic(symbolic_name, symbolic_fn, opset_version):
    return None


def unregister_custom_op_symbolic(symbolic_name, opset_version):
    return None


def is_in_onnx_export():
    return False


def export(*args, **kwargs):
    raise NotImplementedError("torch.onnx.export: save an archive and use `wick convert`")
