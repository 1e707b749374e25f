#!/usr/bin/env python3
"""Compares frontend/lib/modules/torch/nn with the torch.nn of the PyTorch that runs this.

Usage: nn_library.py [WORD]     only cases whose text holds WORD.  Ends with 'nn: N passed, N failed'.

Our package is loaded beside the real one under the name wick_nn (and again as wick_script, whose Module is PyTorch's own, so
that torch.jit.script takes its layers).  A case is an expression of constructors: with the same seed both must give the
same attributes, state, text, output in training and in evaluation, and leave the generator at the same place.  What modules
do beside computing is in nn_behaviour.txt: pieces of code between lines of ---, whose last expression must print alike.
"""
import copy
import importlib.util
import io
import os
import re
import sys
import warnings
import zipfile
from collections import OrderedDict

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.path.join(HERE, "..", "..", "frontend", "lib", "modules", "torch", "nn")
REAL = torch.nn
warnings.simplefilter("ignore")


def load(name, borrowed):
    """Our package under another name; borrowed: its modules that are PyTorch's own instead."""
    for part, module in borrowed.items():
        sys.modules[name + "." + part] = module
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(OURS, "__init__.py"), submodule_search_locations=[OURS]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def missing_parts():
    """Files that are not there yet."""
    parts = {}
    if not os.path.exists(os.path.join(OURS, "functional.py")):
        parts["functional"] = torch.nn.functional
    return parts


BORROWED = missing_parts()
nn = load("wick_nn", dict(BORROWED))
script_parts = dict(BORROWED)
script_parts["modules.module"] = torch.nn.modules.module
script_parts["modules.container"] = torch.nn.modules.container
script_parts["modules.utils"] = torch.nn.modules.utils
script_nn = load("wick_script", script_parts)

IMAGE = "torch.randn(2, 4, 9, 9)"
SIGNAL = "torch.randn(2, 4, 12)"
VOLUME = "torch.randn(2, 4, 6, 6, 6)"
ROWS = "torch.randn(3, 4)"
# (constructor, inputs); inputs None: not called.  A name in SCRIPTED_NOT is not scripted by PyTorch either.
CASES = []


def add(inputs, *constructors):
    CASES.extend((c, inputs) for c in constructors)


add(ROWS, "ReLU()", "ReLU(True)", "Threshold(0.1, 20)", "Threshold(0.1, 20., True)", "RReLU()", "RReLU(0.1, 0.2, inplace=True)",
    "Hardtanh()", "Hardtanh(-2, 2.)", "Hardtanh(min_value=-3.0, max_value=.5, inplace=True)", "ReLU6()", "ReLU6(True)",
    "Sigmoid()", "Hardsigmoid()", "Hardsigmoid(True)", "Tanh()", "SiLU()", "SiLU(True)", "Mish()", "Mish(True)", "Hardswish()",
    "ELU()", "ELU(0.5, True)", "CELU()", "CELU(2.0)", "SELU()", "SELU(True)", "GLU()", "GLU(1)", "GELU()", "GELU('tanh')",
    "Hardshrink()", "Hardshrink(1.0)", "LeakyReLU()", "LeakyReLU(0.2, True)", "LogSigmoid()", "Softplus()", "Softplus(2.0, 1.0)",
    "Softshrink()", "Softshrink(0.1)", "PReLU()", "PReLU(4, 0.1)", "PReLU(dtype=torch.float64).float()", "Softsign()", "Tanhshrink()",
    "Softmin(1)", "Softmax(0)", "Softmax(dim=-1)", "Softmax()", "LogSoftmax(1)", "LogSoftmax()", "Identity(3, a=4)", "Linear(4, 5)",
    "Linear(4, 5, False)", "Linear(4, 1, dtype=torch.float64).to(torch.float32)", "Dropout()", "Dropout(0.2, True)", "AlphaDropout(0.3)",
    "BatchNorm1d(4)", "BatchNorm1d(4, affine=False)", "BatchNorm1d(4, momentum=None)", "BatchNorm1d(4, 1e-3, track_running_stats=False)",
    "BatchNorm1d(4, bias=False)", "LayerNorm(4)", "LayerNorm((3, 4), 1e-3)", "LayerNorm([4], elementwise_affine=False)",
    "LayerNorm(4, bias=False)", "RMSNorm(4)", "RMSNorm((3, 4), 1e-3, False)", "GroupNorm(2, 4)", "LazyLinear(3)", "LazyLinear(3, False)",
    "utils.skip_init(torch.nn.Linear if nn is REAL else nn.Linear, 4, 2).apply(lambda m: m.reset_parameters())")
add(ROWS + ", " + ROWS, "Bilinear(4, 4, 2)", "Bilinear(4, 4, 2, bias=False)", "PairwiseDistance()", "PairwiseDistance(1.0, keepdim=True)",
    "CosineSimilarity()", "CosineSimilarity(0, 1e-3)")
add(SIGNAL, "Conv1d(4, 6, 3)", "Conv1d(4, 6, 3, 2, 1, 2, 2, False)", "Conv1d(4, 4, 4, padding='same')", "Conv1d(4, 4, (3,), padding='valid')",
    "Conv1d(4, 4, 3, padding=2, padding_mode='circular')", "ConvTranspose1d(4, 6, 3)", "ConvTranspose1d(4, 6, 3, 2, 1, 1, 2)",
    "LazyConv1d(6, 3)", "LazyConvTranspose1d(6, 3)", "MaxPool1d(2)", "MaxPool1d(3, 2, 1, 1, False, True)", "MaxPool1d(2, return_indices=True)",
    "AvgPool1d(2)", "AvgPool1d(3, 2, 1, True, False)", "LPPool1d(2, 3)", "LPPool1d(1.5, 2, 1, True)", "AdaptiveMaxPool1d(3)",
    "AdaptiveMaxPool1d(3, True)", "AdaptiveAvgPool1d(3)", "AdaptiveAvgPool1d((3,))", "InstanceNorm1d(4)", "InstanceNorm1d(4, affine=True)",
    "InstanceNorm1d(4, track_running_stats=True)", "InstanceNorm1d(4, 1e-3, 0.2, True, True)", "InstanceNorm1d(5)", "LazyInstanceNorm1d()",
    "BatchNorm1d(4)", "LazyBatchNorm1d()", "LazyBatchNorm1d(bias=False)", "SyncBatchNorm(4)", "CircularPad1d(2)", "CircularPad1d((1, 2))", "ConstantPad1d(2, 3.5)",
    "ReflectionPad1d((1, 2))", "ReplicationPad1d(2)", "ZeroPad1d((0, 3))", "Dropout1d(0.4)", "FeatureAlphaDropout(0.4)", "ChannelShuffle(2)",
    "Flatten()", "Flatten(0, 1)", "Unflatten(1, (2, 2))", "Unflatten(2, [3, 4])", "Upsample(24)", "Upsample(scale_factor=2)",
    "Upsample(scale_factor=1.5, mode='linear', align_corners=True)", "GroupNorm(4, 4, affine=False)", "GroupNorm(2, 4, bias=False)",
    "LocalResponseNorm(2)", "LocalResponseNorm(3, 1e-3, 0.5, 2.0)", "PReLU(4)")
add(IMAGE, "Conv2d(4, 6, 3)", "Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, False)", "Conv2d(4, 4, (4, 3), padding='same', dilation=(1, 2))",
    "Conv2d(4, 4, 3, padding='same', padding_mode='reflect')", "Conv2d(4, 4, 3, padding=(1, 2), padding_mode='replicate')",
    "Conv2d(4, 4, 3, padding=1, padding_mode='circular', groups=4)", "Conv2d(4, 8, 1, dtype=torch.float64).float()",
    "ConvTranspose2d(4, 6, 3)", "ConvTranspose2d(4, 6, (3, 2), 2, 1, (1, 0), 2, False)", "ConvTranspose2d(4, 6, 3, 3, output_padding=2, dilation=2)",
    "LazyConv2d(6, 3, bias=False)", "LazyConv2d(6, 3, groups=2)", "LazyConvTranspose2d(6, 3)", "MaxPool2d(2)", "MaxPool2d((3, 2), 2, 1, (1, 2), False, True)",
    "MaxPool2d(2, return_indices=True)", "AvgPool2d(2)", "AvgPool2d(3, 2, 1, True, False, 3)", "AvgPool2d((2, 3), (1, 2))", "LPPool2d(2, 3)",
    "LPPool2d(2, (2, 3), stride=(1, 2))", "FractionalMaxPool2d(2, 5)", "FractionalMaxPool2d((2, 3), output_ratio=0.5)",
    "FractionalMaxPool2d(2, output_ratio=(0.5, 0.6), return_indices=True)", "AdaptiveMaxPool2d(3)", "AdaptiveMaxPool2d((3, None), True)", "AdaptiveAvgPool2d(1)",
    "AdaptiveAvgPool2d((None, 3))", "BatchNorm2d(4)", "BatchNorm2d(4, 1e-3, 0.5, False, False)", "LazyBatchNorm2d()", "LazyBatchNorm2d(affine=False)",
    "InstanceNorm2d(4)", "InstanceNorm2d(4, affine=True, track_running_stats=True)", "LazyInstanceNorm2d()", "CircularPad2d(1)", "ConstantPad2d((1, 2, 0, 3), 2.0)",
    "ReflectionPad2d(2)", "ReplicationPad2d((1, 0, 2, 1))", "ZeroPad2d(1)", "ZeroPad2d((1, -1, 2, 0))", "Dropout2d()", "Dropout2d(0.3, True)", "PixelShuffle(2)",
    "PixelUnshuffle(3)", "Upsample((5, 6))", "Upsample(scale_factor=(2, 3), mode='bilinear')", "Upsample(scale_factor=2, mode='bicubic', align_corners=True)",
    "Upsample(scale_factor=1.3, mode='bilinear', recompute_scale_factor=True)", "UpsamplingNearest2d(scale_factor=2)", "UpsamplingBilinear2d(size=4)",
    "Unfold(3)", "Unfold((2, 3), 2, 1, 2)", "Softmax2d()", "LayerNorm([9, 9])", "ChannelShuffle(2)", "CrossMapLRN2d(3)", "CrossMapLRN2d(2, 0.1, 0.5, 2.0)", "LocalResponseNorm(4)")
add("torch.randn(4, 9, 9)", "Conv2d(4, 6, 3)", "InstanceNorm2d(4, affine=True)", "ConvTranspose2d(4, 2, 3)", "MaxPool2d(2)", "Softmax2d()")
add(VOLUME, "Conv3d(4, 6, 3)", "Conv3d(4, 6, (3, 2, 1), 2, 1, 1, 2, False, 'zeros')", "Conv3d(4, 4, 3, padding='same', padding_mode='circular')",
    "ConvTranspose3d(4, 6, 3)", "ConvTranspose3d(4, 6, 3, 2, 1, 1)", "LazyConv3d(6, 3)", "LazyConvTranspose3d(6, 3)", "MaxPool3d(2)", "MaxPool3d((1, 2, 3), 2)",
    "AvgPool3d(2)", "AvgPool3d(3, 2, 1, True, False, 5)", "LPPool3d(2, 3)", "FractionalMaxPool3d(2, 3)", "FractionalMaxPool3d(2, output_ratio=(0.5, 0.6, 0.7))",
    "AdaptiveMaxPool3d(2)", "AdaptiveMaxPool3d((2, None, 3), True)", "AdaptiveAvgPool3d((None, 2, 1))", "BatchNorm3d(4)", "LazyBatchNorm3d()", "InstanceNorm3d(4)",
    "LazyInstanceNorm3d(affine=False, track_running_stats=False)", "CircularPad3d(1)", "ConstantPad3d(1, 0.5)", "ReflectionPad3d(1)", "ReplicationPad3d((1, 2, 0, 1, 1, 1))",
    "ZeroPad3d(1)", "Dropout3d(0.3)", "Upsample(scale_factor=2, mode='trilinear')")
add("torch.randn(2, 12, 4)", "Fold((3, 3), (2, 2))", "Fold((5, 5), (2, 2), dilation=2, padding=1, stride=(4, 4))")
add("torch.tensor([[0, 1, 2], [2, 4, 5]])", "Embedding(6, 3)", "Embedding(6, 3, 2)", "Embedding(6, 3, padding_idx=-1, max_norm=1.0)",
    "Embedding(6, 3, 1, 2.0, 1.0, True)", "EmbeddingBag(6, 3)", "EmbeddingBag(6, 3, mode='sum', padding_idx=2)", "EmbeddingBag(6, 3, 1.0, mode='max')",
    "Embedding.from_pretrained(torch.arange(18.0).view(6, 3))", "Embedding.from_pretrained(torch.ones(6, 2), False, 0)",
    "EmbeddingBag.from_pretrained(torch.arange(18.0).view(6, 3), mode='sum')")
add("torch.tensor([0, 1, 2, 2, 4, 5]), torch.tensor([0, 2])", "EmbeddingBag(6, 3)", "EmbeddingBag(6, 3, mode='sum', include_last_offset=False)")
add("torch.randn(5, 8), torch.tensor([0, 3, 9, 19, 6])", "AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10])", "AdaptiveLogSoftmaxWithLoss(8, 20, [4], 2.0, True)")
add("torch.tensor([[[1., 2.]]]), torch.tensor([[[1, 3]]])", "MaxUnpool1d(2)", "MaxUnpool1d(2, 2, 0)")
add("torch.tensor([[[[1., 2.]]]]), torch.tensor([[[[1, 6]]]])", "MaxUnpool2d(2)", "MaxUnpool2d((2, 2), stride=(2, 2))")
add("torch.ones(1, 1, 1, 1, 1), torch.tensor([[[[[5]]]]])", "MaxUnpool3d(2)")
add(ROWS, "Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))", "Sequential(OrderedDict(a=nn.Linear(4, 3), b=nn.Tanh()))",
    "Sequential(nn.Linear(4, 4), nn.Sequential(nn.Dropout(), nn.BatchNorm1d(4)))[1:]", "Sequential(nn.Linear(4, 4)) * 3", "Sequential(nn.ReLU()) + nn.Sequential(nn.Linear(4, 1))")
add(None, "ModuleList([nn.Linear(2, 2) for _ in range(6)])", "ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(3)] + [nn.Tanh()])", "ModuleList()",
    "ModuleDict({'z': nn.Linear(2, 3), 'a': nn.ReLU()})", "ModuleDict([('q', nn.Conv2d(1, 2, 3))])", "ParameterList([torch.rand(2, 3), torch.tensor(1.), 3])",
    "ParameterList([nn.Parameter(torch.rand(2)), torch.ones(1)])[1:]", "ParameterDict({'b': torch.rand(2), 'a': 3})", "ParameterDict(OrderedDict(z=torch.ones(2, 1), a=torch.rand(1))) | {'k': 2}",
    "Module()", "ModuleDict({'l': nn.ModuleList([nn.Linear(1, 1), None])})")
for _w in ("weight_norm", "spectral_norm", "parametrizations.weight_norm", "parametrizations.spectral_norm"):
    add(ROWS, "utils.%s(nn.Linear(4, 3))" % _w)
    add(IMAGE, "utils.%s(nn.Conv2d(4, 3, 3))" % _w, "utils.%s(nn.ConvTranspose2d(4, 3, 3), dim=1)" % _w)
add(ROWS, "utils.weight_norm(nn.Linear(4, 3), dim=None)", "utils.remove_weight_norm(utils.weight_norm(nn.Linear(4, 3)))", "utils.remove_spectral_norm(utils.spectral_norm(nn.Linear(4, 3)))",
    "utils.parametrizations.orthogonal(nn.Linear(4, 4))", "utils.parametrizations.orthogonal(nn.Linear(4, 3))", "utils.parametrizations.orthogonal(nn.Linear(4, 6), orthogonal_map='cayley')",
    "utils.parametrize.remove_parametrizations(utils.parametrizations.weight_norm(nn.Linear(4, 3)), 'weight')")


def make(package, text):
    space = {"torch": torch, "nn": package, "REAL": REAL, "utils": package.utils, "OrderedDict": OrderedDict}
    torch.manual_seed(7)
    return eval("nn." + text, space)


def same(a, b):
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and a.shape == b.shape and torch.equal(
            a.detach().nan_to_num(), b.detach().nan_to_num())
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


def close(a, b):
    if isinstance(a, torch.Tensor):
        return torch.allclose(a, b, rtol=1e-5, atol=1e-6)
    return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))


def attributes(module):
    skip = ("_modules", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_state_dict_hooks", "_load_state_dict_pre_hooks", "_initialize_hook", "_load_hook")
    return [(k, v) for k, v in module.__dict__.items() if k not in skip and not isinstance(v, torch.Tensor)
            and k not in ("_parameters", "_buffers", "orthogonal_map")]


def tables(module):
    return [(path, list(m._parameters), list(m._buffers), list(m._modules)) for path, m in module.named_modules()]


def uninitialised(state):
    return any(isinstance(v, torch.nn.parameter.UninitializedTensorMixin) for v in state.values())


def compare(text, inputs):
    """What differs between ours and PyTorch's, as a word; None when nothing does."""
    theirs = make(REAL, text)
    after = torch.rand(1)
    ours = make(nn, text)
    if not same(after, torch.rand(1)):
        return "another number of random numbers is drawn"
    if repr(theirs) != repr(ours):
        return "prints\n%r\nnot\n%r" % (ours, theirs)
    if tables(theirs) != tables(ours):
        return "tables %s, not %s" % (tables(ours), tables(theirs))
    for (path, a), (_, b) in zip(theirs.named_modules(), ours.named_modules()):
        left, right = attributes(a), attributes(b)
        if [k for k, _ in left] != [k for k, _ in right]:
            return "%s has attributes %s, not %s" % (path, sorted(dict(right)), sorted(dict(left)))
        for (k, x), (_, y) in zip(left, right):
            if type(x) is not type(y) or not same(x, y):
                return "%s.%s is %r, not %r" % (path, k, y, x)
        for k in ("__constants__",):
            if getattr(a, k, None) != getattr(b, k, None):
                return "%s of %s is %r" % (k, type(b).__name__, getattr(b, k, None))
    left, right = theirs.state_dict(), ours.state_dict()
    if list(left) != list(right) or left._metadata != right._metadata:
        return "state %s, not %s" % (list(right), list(left))
    if not uninitialised(left) and not all(same(left[k], right[k]) for k in left):
        return "other first values"
    if inputs is None:
        return None
    space = {"torch": torch}
    for mode in (True, False):
        theirs.train(mode)
        ours.train(mode)
        results = []
        for module in (theirs, ours):
            torch.manual_seed(3)
            given = eval("(%s,)" % inputs, space)
            results.append((module(*given), torch.rand(1)))
        alike = close if "CrossMap" in text or "norm(" in text or "orthogonal" in text or "Adaptive" in text else same
        if not alike(results[0], results[1]):
            return "another output, training %s: %.60s not %.60s" % (mode, results[1][0], results[0][0])
    left, right = theirs.state_dict(), ours.state_dict()
    if not all(close(left[k], right[k]) if left[k].is_floating_point() else same(left[k], right[k]) for k in left):
        return "another state after forward"
    if "remove" not in text:
        theirs.load_state_dict(right)
    ours.load_state_dict(left)
    return compare_script(text, inputs)


def compare_script(text, inputs):
    if "utils." in text or "Sequential" in text or "Lazy" in text:
        return None
    theirs = make(REAL, text)
    try:
        theirs = torch.jit.script(theirs)
    except Exception:
        return None
    try:
        ours = torch.jit.script(make(script_nn, text))
    except Exception as error:
        return "does not script: %s" % error
    for mode in (True, False):
        results = []
        for module in (theirs, ours):
            module.train(mode)
            torch.manual_seed(3)
            given = eval("(%s,)" % inputs, {"torch": torch})
            results.append((module(*given), torch.rand(1)))
        alike = close if "CrossMap" in text else same
        if not alike(results[0], results[1]):
            return "scripted: another output, training %s" % mode
    try:
        left = attribute_lines(theirs)
    except RuntimeError:  # PyTorch cannot save it
        return None
    right = attribute_lines(ours)
    if left != right:
        return "scripted: attributes %s, not %s" % (right, left)
    return None


def attribute_lines(scripted):
    """The classes of an archive and their attributes, as they are written there."""
    buffer = io.BytesIO()
    torch.jit.save(scripted, buffer)
    archive = zipfile.ZipFile(io.BytesIO(buffer.getvalue()))
    lines = []
    for name in archive.namelist():
        if "/code/" in name and name.endswith(".py") and "functional" not in name:
            for line in archive.read(name).decode().split("\n"):
                if line.startswith("class "):
                    lines.append(line.split("(")[0])
                elif line.startswith("  ") and line[2] not in " d" and ":" in line:
                    lines.append(line)
    return lines


def run_snippet(package, text):
    """What the last expression prints, or the error, with what the lines before it left."""
    space = {"torch": torch, "nn": package, "OrderedDict": OrderedDict, "copy": copy}
    torch.manual_seed(5)
    *lines, last = text.strip().split("\n")
    try:
        exec("\n".join(lines), space)
        value = eval(last, space)
        return repr(value)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


def plain(text):
    """The same objects have other addresses and another package."""
    text = re.sub(r" at 0x[0-9a-f]+", "", text).replace("wick_nn", "torch.nn")
    return re.sub(r"\{('\w+'(, )?)+\}", lambda m: "{%s}" % sorted(m.group(0)), text)


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = 0
    for text, inputs in CASES:
        if word not in text:
            continue
        try:
            wrong = compare(text, inputs)
        except Exception as error:
            wrong = "%s: %s" % (type(error).__name__, error)
            if word:
                import traceback

                traceback.print_exc()
        if wrong:
            failed += 1
            print("FAIL %s: %s" % (text, wrong))
        else:
            passed += 1
    for text in open(os.path.join(HERE, "nn_behaviour.txt")).read().split("\n---\n"):
        if word not in text:
            continue
        theirs, ours = plain(run_snippet(REAL, text)), plain(run_snippet(nn, text))
        if theirs == ours:
            passed += 1
        else:
            failed += 1
            print("FAIL %s\ngives %s\nnot   %s" % (text, ours, theirs))
    print("nn: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
