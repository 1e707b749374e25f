#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares our losses, recurrent layers and transformers, run by this Python, with PyTorch's.

Usage: network_library.py [NAME ...].  The same seed must give the same parameters, bit for bit, the same text, and calls
the same results, errors and warnings; scripted over PyTorch's own Module, they must compute the same too.
Ends with 'network library: N passed, N failed'.
"""
import importlib
import sys

import torch
import torch.nn as theirs

from functional_library import INF, C, I, R, U, call, load_tree, same


def build_cases():
    """(name of the class, constructor's arguments, calls)."""
    x, y = R(3, 5), R(3, 5)
    signs = I(2, 3, 5).float() * 2 - 1
    two = [C(x, y)]
    yield from losses(x, y, signs, two)
    yield from recurrent()
    yield from attention()
    yield from transformers()


def losses(x, y, signs, two):
    legacy = [C(), C(reduction="sum"), C(size_average=False), C(reduce=False), C(reduction="none"), C(reduction="wrong")]
    for name, calls in (("L1Loss", two), ("MSELoss", two), ("SmoothL1Loss", two), ("SoftMarginLoss", [C(x, signs)]),
                        ("HingeEmbeddingLoss", [C(x, signs)]), ("KLDivLoss", [C(x, U(3, 5))]),
                        ("PoissonNLLLoss", [C(x, U(3, 5))]), ("BCELoss", [C(U(3, 5), U(3, 5))]),
                        ("BCEWithLogitsLoss", [C(x, U(3, 5))]), ("CrossEntropyLoss", [C(x, I(5, 3))]),
                        ("NLLLoss", [C(x, I(5, 3))]), ("NLLLoss2d", [C(R(2, 3, 4, 4), I(3, 2, 4, 4))]),
                        ("MultiLabelMarginLoss", [C(x, I(5, 3, 5))]), ("MultiMarginLoss", [C(x, I(5, 3))]),
                        ("MultiLabelSoftMarginLoss", [C(x, I(2, 3, 5).float())]),
                        ("MarginRankingLoss", [C(R(4), R(4), signs[0, :4])]),
                        ("CosineEmbeddingLoss", [C(x, y, signs[:, 0])]), ("TripletMarginLoss", [C(x, y, R(3, 5))])):
        for k in legacy:
            yield name, k, calls
    for make in (C(), C("sum", 0.5), C(delta=-1)):
        yield "HuberLoss", make, two
    yield "SmoothL1Loss", C(beta=0.0), two
    yield "KLDivLoss", C(reduction="batchmean", log_target=True), two
    yield "PoissonNLLLoss", C(False, True), [C(U(3, 5), U(3, 5))]
    for make in (C(), C(full=True, eps=0.5), C(reduction="r")):
        yield "GaussianNLLLoss", make, [C(x, y, U(3, 5)), C(x, y, 0.5), C(x, y, U(7))]
    yield "BCELoss", C(U(5)), [C(U(3, 5), U(3, 5))]
    yield "BCEWithLogitsLoss", C(U(5), pos_weight=U(5)), [C(x, U(3, 5))]
    yield "CrossEntropyLoss", C(U(5), ignore_index=2, label_smoothing=0.2), [C(x, I(5, 3)), C(x, U(3, 5))]
    yield "NLLLoss", C(U(5), ignore_index=1), [C(x, I(5, 3))]
    yield "HingeEmbeddingLoss", C(0.3), [C(x, signs)]
    for make in (C(2, 0.5, U(5)), C(3), C(1, 1.0, U(2, 2))):
        yield "MultiMarginLoss", make, [C(x, I(5, 3))]
    yield "MultiLabelSoftMarginLoss", C(U(5)), [C(x, signs)]
    for make in (C(0.5, 1.0, 1e-3, True), C(-1.0)):
        yield "TripletMarginLoss", make, [C(x, y, R(3, 5))]
    for make in (C(), C(swap=True, margin=2.0), C(margin=-1.0), C(reduction="r"),
                 C(distance_function=lambda a, b: (a - b).abs().sum(-1))):
        yield "TripletMarginWithDistanceLoss", make, [C(x, y, R(3, 5))]
    yield "CTCLoss", C(zero_infinity=True), [
        C(R(10, 2, 5).log_softmax(2), I(4, 2, 4) + 1, torch.tensor([10, 9]), torch.tensor([4, 3]))]
    yield "LinearCrossEntropyLoss", C(5, 4, bias=True), [C(x, I(4, 3))]
    yield "LinearCrossEntropyLoss", C(5, 4, out_features=(2,), label_smoothing=0.1, weight=U(4)), [C(x, I(4, 3, 2))]


class Packed:
    """Arguments of pack_padded_sequence: each side packs with its own."""

    def __init__(self, x, lengths, **options):
        self.x, self.lengths, self.options = x, lengths, options


def recurrent():
    x = R(5, 2, 3)
    for name in ("RNN", "GRU", "LSTM"):
        def state(*shape, width=None):
            return (R(*shape, width or 4), R(*shape, 4)) if name == "LSTM" else R(*shape, 4)
        both = [C(3, 4), C(3, 4, 2, bias=False), C(3, 4, num_layers=2, bidirectional=True), C(3, 4, batch_first=True),
                C(3, 4, 2, dropout=0.5), C(3, 4, dropout=0.5)]
        if name == "RNN":
            both += [C(3, 4, 2, "relu", False, True), C(3, 4, nonlinearity="relu"), C(3, 4, nonlinearity="x")]
        if name == "LSTM":
            both += [C(3, 4, proj_size=2), C(3, 4, 2, bidirectional=True, proj_size=3)]
        for make in both:
            k = make[1]
            n = (k.get("num_layers") or (make[0] + (1,))[2]) * (2 if k.get("bidirectional") else 1)
            batch = 5 if k.get("batch_first") or (make[0] + (0,) * 4)[5:6] == (True,) else 2
            w = k.get("proj_size")
            yield name, make, [
                C(x), C(x, state(n, batch, width=w)), C(x[:, 0]), C(x[:, 0], state(n, width=w)), C(x[:, 0], state(n, 2)),
                C(x, state(n)), C(x, state(n, 9)), C(x[0, 0]), C(R(5, 2, 4)), C(x.double()), C(x[None]),
                C(Packed(x, [5, 3])), C(Packed(x, [3, 5], enforce_sorted=False)),
                C(Packed(x, [3, 5], enforce_sorted=False), state(n, 2, width=w))]
        for bad in (C(3, 4, dropout=2), C(3, 4, dropout=True), C(3, 4.0), C(3.5, 4), C(3, 0), C(0, 4), C(3, 4, 0), C(3.5, 0.5),
                    C(3, 4, proj_size=-1), C(3, 4, proj_size=4), C(3, 4, 1.5), C(3, 4, proj_size=1)):
            yield name, bad, [C(x)]
    yield "RNNBase", C("GRU", 3, 4), []
    yield "RNNBase", C("x", 3, 4), []
    row = R(2, 3)
    for name in ("RNNCell", "GRUCell", "LSTMCell"):
        def state(*shape):
            return (R(*shape), R(*shape)) if name == "LSTMCell" else R(*shape)
        makes = [C(3, 4), C(3, 4, False)]
        if name == "RNNCell":
            makes += [C(3, 4, nonlinearity="relu"), C(3, 4, True, "zz")]
        for make in makes:
            yield name, make, [
                C(row), C(row, state(2, 4)), C(row[0]), C(row[0], state(4)), C(x), C(row, state(2, 2, 4)), C(row, state(1, 4)),
                C(row, state(2, 3)), C(R(2, 2)), C(row[0], state(2, 4)), C(row, state(4))]


def attention():
    q, k, v = R(4, 2, 8), R(5, 2, 8), R(5, 2, 8)
    padding = torch.tensor([[False, False, False, False, True], [False] * 5])
    causal = torch.triu(torch.full((4, 4), -INF), 1)
    for options in ({}, {"bias": False}, {"add_bias_kv": True}, {"add_zero_attn": True}, {"dropout": 0.3}, {"batch_first": True},
                    {"kdim": 8, "vdim": 8}):
        a, b, c, p = q, k, v, padding
        if options.get("batch_first"):
            a, b, c = (t.transpose(0, 1).contiguous() for t in (q, k, v))
        mine = p[:, :4]
        yield "MultiheadAttention", C(8, 2, **options), [
            C(a, b, c), C(a, a, a), C(a, a, a, need_weights=False), C(a, b, b, padding), C(a, b, c, padding, attn_mask=R(4, 5)),
            C(a, a, a, attn_mask=causal), C(a, a, a, attn_mask=causal < 0), C(a, a, a, mine, attn_mask=causal < 0),
            C(a, a, a, attn_mask=causal, is_causal=True, need_weights=False), C(a, a, a, mine, average_attn_weights=False),
            C(q[:, 0], k[:, 0], v[:, 0]), C(a, a, a, mine, attn_mask=(R(4, 4, 4) > 0.8)), C(a[..., :6], b, c), C(a, b, c, R(1))]
    yield "MultiheadAttention", C(8, 2, kdim=6, vdim=7, add_bias_kv=True), [C(q, R(5, 2, 6), R(5, 2, 7))]
    yield "MultiheadAttention", C(9, 3, batch_first=True), [C(R(2, 4, 9), R(2, 4, 9), R(2, 4, 9))]
    for bad in (C(8, 3), C(0, 2), C(8, 0)):
        yield "MultiheadAttention", bad, []


class Layer:
    """An argument that is a layer: each side makes its own."""

    def __init__(self, name, *args, **kwargs):
        self.name, self.args, self.kwargs = name, args, kwargs


def transformers():
    src, tgt = R(5, 2, 8), R(4, 2, 8)
    padding = torch.tensor([[False, False, False, False, True], [False] * 5])
    causal = torch.triu(torch.full((5, 5), -INF), 1)
    variants = ({}, {"batch_first": True}, {"norm_first": True}, {"bias": False, "batch_first": True}, {"activation": "gelu"},
                {"activation": Layer("GELU"), "batch_first": True}, {"activation": "x"}, {"dropout": 0.0, "batch_first": True},
                {"activation": torch.tanh, "batch_first": True}, {"batch_first": True, "norm_first": True})
    for options in variants:
        a, b, other = src, tgt, (R(4, 3, 8) if not options.get("batch_first") else R(3, 4, 8))
        if options.get("batch_first"):
            a, b = src.transpose(0, 1).contiguous(), tgt.transpose(0, 1).contiguous()
        encoder = [C(a), C(a, causal), C(a, causal < 0), C(a, None, padding), C(a, causal, padding), C(a, causal, is_causal=True),
                   C(a, None, padding.flip(1)), C(src[:, 0]), C(a[..., :7])]
        yield "TransformerEncoderLayer", C(8, 2, 16, **options), encoder
        yield "TransformerEncoder", C(Layer("TransformerEncoderLayer", 8, 2, 16, **options), 2, Layer("LayerNorm", 8)), encoder
        decoder = [C(b, a), C(b, a, causal[:4, :4]), C(b, a, causal[:4, :4], R(4, 5)),
                   C(b, a, memory_key_padding_mask=padding, tgt_key_padding_mask=padding[:, :4]), C(tgt[:, 0], src[:, 0])]
        yield "TransformerDecoderLayer", C(8, 2, 16, **options), decoder
        yield "TransformerDecoder", C(Layer("TransformerDecoderLayer", 8, 2, 16, **options), 2), decoder
        yield "Transformer", C(8, 2, 2, 2, 16, **options), [
            C(a, b), C(a, b, causal, causal[:4, :4]), C(a, b, src_key_padding_mask=padding, memory_key_padding_mask=padding),
            C(a, other), C(a, b[..., :7]), C(src[:, 0], tgt[:, 0])]
    yield "TransformerEncoder", C(Layer("TransformerEncoderLayer", 9, 3, 16, batch_first=True), 1), []
    yield "TransformerEncoder", C(Layer("Linear", 2, 2), 1), []
    yield "TransformerEncoder", C(Layer("TransformerEncoderLayer", 8, 2, 16, batch_first=True), 1, None, False), []


def own(library, value, rnn):
    if isinstance(value, Packed):
        return rnn.pack_padded_sequence(value.x, value.lengths, **value.options)
    if isinstance(value, Layer):
        return getattr(library, value.name)(*value.args, **{k: own(library, v, rnn) for k, v in value.kwargs.items()})
    return value


def run(library, rnn, name, make, calls, script):
    """Everything that can be seen of a class: text, first parameters, results in training and in evaluation."""
    def build():
        torch.manual_seed(3)
        return getattr(library, name)(*[own(library, a, rnn) for a in make[0]],
                                      **{k: own(library, v, rnn) for k, v in make[1].items()})
    made = call(build, [], {})
    layer = made[0]
    seen = [("warnings", made[1]), ("random state", made[3])]
    if isinstance(layer, tuple):
        return seen + [("error", layer)], layer
    values = layer.state_dict()
    seen += [("text", str(layer)), ("names", list(values)), ("parameters", list(values.values())),
             ("attributes", [k for k in vars(layer) if k not in ("_flat_weight_refs",)])]
    if script:
        try:
            layer = torch.jit.script(layer)
        except Exception as e:
            return None, e
    for training in (True, False):
        layer.train(training)
        for grad in ((True, False) if not training else (True,)):
            for i, (args, kwargs) in enumerate(calls):
                args = [own(library, a, rnn) for a in args]
                with torch.set_grad_enabled(grad):
                    value, said, _, state = call(layer, args, kwargs)
                what = "call %d %s" % (i, "training" if training else "grad" if grad else "")
                seen += [(what, value), (what + " random state", state)]
                if not script:
                    seen.append((what + " warnings", said))
    return seen, layer


def scriptable_tree():
    """Our layers over PyTorch's Module and containers, which its compiler knows."""
    package = load_tree("wickscript", before=lambda: sys.modules.update({
        "wickscript.modules.module": sys.modules["torch.nn.modules.module"],
        "wickscript.modules.container": sys.modules["torch.nn.modules.container"],
        "wickscript.utils.rnn": sys.modules["torch.nn.utils.rnn"]}))
    return package, importlib.import_module("wickscript.modules")


def close(a, b):
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and a.is_floating_point() and a.shape == b.shape:
        return torch.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    return same(a, b)


def main():
    load_tree()
    mine = importlib.import_module("wicknn.modules")
    rnn = importlib.import_module("wicknn.utils.rnn")
    _, scripted = scriptable_tree()
    wanted = sys.argv[1:]
    passed, compiled, problems = 0, 0, []
    for name, make, calls in build_cases():
        if wanted and name not in wanted:
            continue
        label = "%s%s%s" % (name, [str(a)[:40] for a in make[0]], {k: str(v)[:40] for k, v in make[1].items()})
        theirs_seen, _ = run(theirs, theirs.utils.rnn, name, make, calls, False)
        pairs = [("", theirs_seen, run(mine, rnn, name, make, calls, False)[0])]
        expected, layer = run(theirs, theirs.utils.rnn, name, make, calls, True)
        if expected is not None and not isinstance(layer, tuple):
            compiled += 1
            got, layer = run(scripted, theirs.utils.rnn, name, make, calls, True)
            if got is None:
                problems.append("%s: scripting ours: %.900s" % (label, layer))
            else:
                pairs.append(("scripted ", expected, got))
        for how, a, b in pairs:
            for (what, x), (_, y) in zip(a, b):
                if not close(x, y):
                    problems.append("%s: %s%s: PyTorch %.400s, ours %.400s" % (label, how, what, x, y))
                    break
            else:
                passed += 1
    for p in problems:
        print("FAIL", p)
    print("network library: %d passed, %d failed" % (passed, len(problems)))
    print("scripted as well: %d" % compiled)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
