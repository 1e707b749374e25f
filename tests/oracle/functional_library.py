#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares our torch.nn, run by this Python on PyTorch's operations, with PyTorch's own.

Usage: functional_library.py [NAME ...].  Each row of CASES is a function and argument sets: ours must give the same value,
the same error and the same warnings, and where PyTorch can script a function so must ours.  Ends with
'functional library: N passed, N failed'.
"""
import importlib
import importlib.util
import inspect
import linecache
import os
import sys
import warnings

import torch
import torch.nn.functional as theirs

sys.dont_write_bytecode = True
# small tensors, and each scripted function runs once: threads and optimising would take longer
torch.set_num_threads(1)
torch._C._jit_set_profiling_executor(False)
torch._C._set_graph_executor_optimize(False)
TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "frontend", "lib", "modules", "torch", "nn")


def load_tree(name="wicknn", before=None):
    """Our torch.nn under another name; its utils stand for PyTorch's to PyTorch's compiler."""
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(TREE, "__init__.py"), submodule_search_locations=[os.path.abspath(TREE)])
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    if before:
        before()
    spec.loader.exec_module(package)
    utils = importlib.import_module(name + ".modules.utils")
    for function, op in (("_single", "_single"), ("_pair", "_pair"), ("_triple", "_triple"), ("_quadruple", "_quadruple"),
                         ("_list_with_default", "list_with_default")):
        torch.jit._builtins._register_builtin(getattr(utils, function), "aten::" + op)
    return package


def call(function, args, kwargs):
    """What came of a call: a value or an error, the warnings, and the arguments after it."""
    args = [a.clone() if isinstance(a, torch.Tensor) else a for a in args]
    torch.manual_seed(7)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            value = function(*args, **kwargs)
        except Exception as e:
            value = (type(e).__name__, str(e).strip().split("\n")[-1].split("wicknn")[-1])
    # what PyTorch's C++ says, it says once
    said = sorted(str(w.message) for w in seen if "Triggered internally" not in str(w.message))
    return value, said, args, torch.get_rng_state()


def same(a, b):
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


def R(*shape):
    return torch.randn(shape, generator=GENERATOR)


def U(*shape):
    return torch.rand(shape, generator=GENERATOR)


def I(high, *shape):
    return torch.randint(0, high, shape, generator=GENERATOR)


def C(*args, **kwargs):
    return args, kwargs


GENERATOR = torch.Generator().manual_seed(0)
INF = float("inf")
FLAGS = [C(), C(inplace=True)]


def build_cases():
    x2, x3, x4, x5 = R(3, 5), R(2, 3, 6), R(2, 3, 6, 6), R(2, 3, 4, 4, 4)
    cases = {}
    for name in ("relu", "relu6", "elu", "selu", "celu", "silu", "mish", "hardswish", "hardsigmoid", "hardtanh",
                 "leaky_relu", "rrelu"):
        cases[name] = [C(x2), C(x2, inplace=True)]
    cases["hardtanh"] += [C(x2, -0.5, 0.25), C(x2, 1.0, -1.0)]
    cases["elu"] += [C(x2, 0.3)]
    cases["celu"] += [C(x2, 0.3)]
    cases["leaky_relu"] += [C(x2, 0.3)]
    cases["rrelu"] += [C(x2, 0.1, 0.4, True), C(x2, 0.1, 0.4, True, True)]
    cases["threshold"] = [C(x2, 0.1, 2.0), C(x2, 0.1, 2.0, True)]
    cases["glu"] = [C(R(4, 6)), C(R(4, 6), 0), C(torch.tensor(1.0)), C(R(3, 3))]
    for name in ("tanhshrink", "softsign", "tanh", "sigmoid", "gelu", "softplus", "hardshrink", "softshrink", "logsigmoid"):
        cases[name] = [C(x2)]
    for name in ("softmin", "softmax", "log_softmax"):
        cases[name] = [C(x2, 1), C(x2), C(x3), C(x4), C(x2, 0, dtype=torch.float64), C(R(4)), C(x2, 5)]
    cases["gumbel_softmax"] = [C(x2), C(x2, 0.5, True), C(x2, hard=True, dim=0), C(x2, eps=1e-3)]
    for name in ("dropout", "alpha_dropout", "feature_alpha_dropout"):
        cases[name] = [C(x4), C(x4, 0.3, True), C(x4, 0.3, True, True), C(x4, 0.3, False), C(x4, 1.5), C(x4, -0.1)]
    for name in ("dropout1d", "dropout2d", "dropout3d"):
        cases[name] = [C(x, 0.4, t, i) for x in (x2, x3, x4, x5) for t in (True, False) for i in (True, False)]
        cases[name] += [C(x4, 2.0)]
    w = R(7, 4)
    cases["embedding"] = [C(I(7, 3, 2), w), C(I(7, 3), w, 2), C(I(7, 3), w, -1), C(I(7, 3), w, 9), C(I(7, 3), w, -9)]
    cases["embedding"] += [C(I(7, 3), w, max_norm=0.5), C(I(7, 3), w, 0, 1.0, 1.0, True)]
    bag = I(7, 8)
    offsets = torch.tensor([0, 3, 5])
    cases["embedding_bag"] = [
        C(bag, w, offsets), C(I(7, 2, 4), w), C(bag, w, offsets, mode="sum", per_sample_weights=U(8)),
        C(bag, w, offsets, mode="max"), C(bag, w, offsets, mode="mode"), C(bag, w), C(I(7, 2, 4), w, offsets),
        C(bag, w, offsets, per_sample_weights=U(8)), C(bag, w, offsets, per_sample_weights=U(7)),
        C(bag, w, offsets, max_norm=0.5), C(bag, w, torch.tensor([0, 3, 8]), include_last_offset=True), C(bag, R(3), offsets),
        C(bag, w, offsets, mode="max", sparse=True), C(bag, w, offsets, mode="max", scale_grad_by_freq=True),
        C(I(7, 2, 4), w, mode="sum", per_sample_weights=U(2, 4)), C(I(7, 2, 2, 2), w), C(w, bag, offsets),
        C(bag, w, offsets, padding_idx=2), C(bag, w, R(2, 2).long())]
    mean, var = R(3), U(3) + 0.5
    cases["batch_norm"] = [
        C(x4, mean, var), C(x4, mean, var, R(3), R(3)), C(x4, None, None, training=True), C(x4, mean, var, training=True),
        C(x4, mean, var, training=True, momentum=0.5, eps=1e-3), C(R(1, 3), mean, var, training=True),
        C(x4, mean, var, eps=-1.0), C(x4, mean, var, training=True, eps=0.0)]
    cases["instance_norm"] = [C(x4), C(x4, mean, var, use_input_stats=False), C(x4, weight=R(3), bias=R(3)), C(R(2, 3, 1))]
    cases["layer_norm"] = [C(x4, [6]), C(x4, [6, 6], R(6, 6), R(6, 6)), C(x4, (6,), eps=0.1), C(x4, [5])]
    cases["rms_norm"] = [C(x4, [6]), C(x4, [6, 6], R(6, 6)), C(x4, (6,), eps=0.1)]
    x6 = R(2, 6, 5)
    cases["group_norm"] = [C(x6, 2), C(x6, 3, R(6), R(6)), C(R(4), 2), C(R(1, 2), 2), C(x6, 4)]
    cases["local_response_norm"] = [C(x, 3) for x in (x2, x3, x4, x5)] + [C(x4, 2, 0.1, 0.5, 2.0), C(R(0, 3, 4), 2)]
    cases["normalize"] = [C(x2), C(x4, 1.0, 2), C(x2, eps=10.0), C(x2, INF, 0), C(x2, out=torch.empty(3, 5))]
    cases["cosine_similarity"] = [C(x2, R(3, 5)), C(x2, R(3, 5), 0)]
    cases["pairwise_distance"] = [C(x2, R(3, 5)), C(x2, R(3, 5), 1.0, 1e-3, True)]
    cases["pdist"] = [C(x2), C(x2, 1.0)]
    cases["one_hot"] = [C(I(4, 3)), C(I(4, 3), 6)]
    cases["linear"] = [C(x2, R(4, 5)), C(x2, R(4, 5), R(4))]
    cases["bilinear"] = [C(x2, R(3, 4), R(2, 5, 4), R(2))]
    cases["prelu"] = [C(x4, R(3)), C(x2, R(1))]
    cases["pixel_shuffle"] = [C(R(1, 8, 2, 3), 2)]
    cases["pixel_unshuffle"] = [C(R(1, 2, 4, 6), 2)]
    cases["channel_shuffle"] = [C(R(1, 8, 2, 3), 2)]
    cases["conv1d"] = [C(x3, R(4, 3, 3)), C(x3, R(4, 3, 3), R(4), 2, 1)]
    cases["conv2d"] = [C(x4, R(4, 3, 3, 3)), C(x4, R(4, 3, 3, 3), R(4), 2, 1), C(x4, R(3, 1, 3, 3), padding="same", groups=3)]
    cases["conv3d"] = [C(x5, R(4, 3, 3, 3, 3))]
    cases["conv_transpose2d"] = [C(x4, R(3, 4, 3, 3), stride=2)]
    for d, x in ((1, x3), (2, x4), (3, x5)):
        each = (2,) * d
        cases["max_pool%dd" % d] = [
            C(x, 2), C(x, 2, 1), C(x, each, stride=each, padding=1), C(x, 2, return_indices=True),
            C(x, 2, None, 0, 1, True, True), C(x, 2, ceil_mode=True), C(x, 2, 1, dilation=2), C(x2.long() if d < 2 else x3, 9)]
        cases["avg_pool%dd" % d] = [C(x, 2), C(x, 2, 1, 1)]
        cases["adaptive_avg_pool%dd" % d] = [C(x, 2), C(x, each)] + [C(x, each + each + each)] * (d > 1)
        cases["adaptive_max_pool%dd" % d] = [C(x, 2), C(x, each), C(x, 2, True), C(x, 2, return_indices=True)]
        norms = [C(x.abs(), p, 2) for p in (1.0, 2, 3.0, INF, -INF)]
        cases["lp_pool%dd" % d] = norms + [C(x, 2.0, 2, 1), C(x, 2.0, 2, ceil_mode=True), C(x, INF, 2, 1)]
        if d > 1:
            cases["lp_pool%dd" % d] += [C(x, 2.0, tuple(range(1, d + 1)))]
            cases["adaptive_avg_pool%dd" % d] += [C(x, (None,) * (d - 1) + (2,))]
            cases["adaptive_max_pool%dd" % d] += [C(x, (None,) * (d - 1) + (2,))]
            cases["fractional_max_pool%dd" % d] = [
                C(x, 2, 3), C(x, each, each), C(x, 2, output_ratio=(0.5,) * d), C(x, 2, 2, return_indices=True), C(x, 2),
                C(x, 2, 2, None, False, U(2, 3, d)), C(x[0], 2, 2), C(x, 2, output_ratio=(0.5,) * 4)]
        pooled, places = getattr(theirs, "max_pool%dd" % d)(x, 2, return_indices=True)
        size = list(x.shape)
        cases["max_unpool%dd" % d] = [
            C(pooled, places, 2), C(pooled, places, each, each), C(pooled, places, 2, output_size=size),
            C(pooled, places, 2, 2, 0, tuple(size[2:])), C(pooled, places, 2, output_size=tuple(size[1:])),
            C(pooled, places, 2, output_size=(50,) * d), C(pooled, places, 2, 2, 9)]
    cases["unfold"] = [C(x4, 2), C(x4, (2, 3), 1, 1, 2)]
    cases["fold"] = [C(R(1, 12, 9), 4, 2), C(R(1, 12, 9), (4, 4), (2, 2), 1, 0, (1, 1)), C(x4, 4, 2)]
    cases["pad"] = [C(x4, (1, 2)), C(x4, [1, 2], value=3.0), C(x4, (1, 2, 0, 1), "reflect"), C(x4, (1, 1), mode="m")]
    cases["interpolate"] = [C(x4), C(x4, 3, 2.0), C(x4, (3,)), C(x4, scale_factor=(2.0,)), C(x4, 3, align_corners=True),
                            C(x4, (3, 2.5)), C(x4, 3, recompute_scale_factor=True), C(R(3, 3), 2), C(x4, 3, mode="m"),
                            C(x4, 3, mode="lanczos"), C(x4, 3, mode="lanczos", antialias=True),
                            C(x4, 3, mode="lanczos", antialias=True, align_corners=True), C(x5, 3, mode="bicubic")]
    for x, modes in ((x3, ("nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear")),
                     (x4, ("nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear")),
                     (x5, ("nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear"))):
        for mode in modes:
            cases["interpolate"] += [C(x, 5, mode=mode), C(x, scale_factor=1.7, mode=mode), C(x, None, 2, mode),
                                     C(x, scale_factor=1.7, mode=mode, recompute_scale_factor=True),
                                     C(x, (3,) * (x.dim() - 2), mode=mode, align_corners=True),
                                     C(x, 3, mode=mode, antialias=True), C(x, (3,) * (x.dim() - 2), mode=mode)]
    for name in ("upsample", "upsample_nearest", "upsample_bilinear"):
        cases[name] = [C(x4, 3), C(x4, scale_factor=2.0), C(x4, (3, 4))]
    grid = U(2, 4, 5, 2) * 2.2 - 1.1
    cases["grid_sample"] = [C(x4, grid, m, p, a) for m in ("bilinear", "nearest", "bicubic", "m")
                            for p in ("zeros", "border", "reflection") for a in (True, False, None)]
    cases["grid_sample"] += [C(x4, grid, "nearest", "p"), C(x5, U(2, 3, 3, 3, 3))]
    cases["affine_grid"] = [C(R(2, 2, 3), [2, 3, 4, 5]), C(R(2, 3, 4), [2, 3, 4, 5, 6], True), C(R(2, 2, 3), [2, 3, 1, 1], True),
                            C(I(3, 2, 2, 3), [2, 3, 4, 5]), C(R(2, 3, 3), [2, 3, 4, 5]), C(R(2, 2, 3), [2, 3, 4]),
                            C(R(2, 2, 3), [2, 3, 4, 0]), C(R(2, 2, 3), (2, 3, 4, 5, 6), False)]
    # losses
    pairs = C(x2, R(3, 5))[0]
    legacy = [{}, {"reduction": "sum"}, {"reduction": "none"}, {"size_average": False}, {"reduce": False},
              {"size_average": True, "reduce": True}, {"reduction": "wrong"}, {"reduction": "elementwise_mean"}]
    signs = I(2, 3, 5).float() * 2 - 1
    for name, args in (("l1_loss", pairs), ("mse_loss", pairs), ("smooth_l1_loss", pairs), ("kl_div", (x2, U(3, 5))),
                       ("soft_margin_loss", (x2, signs)), ("hinge_embedding_loss", (x2, signs)),
                       ("poisson_nll_loss", (x2, U(3, 5))), ("binary_cross_entropy", (U(3, 5), U(3, 5))),
                       ("binary_cross_entropy_with_logits", (x2, U(3, 5))), ("cross_entropy", (x2, I(5, 3))),
                       ("nll_loss", (x2, I(5, 3))), ("multilabel_margin_loss", (x2, I(5, 3, 5))),
                       ("multilabel_soft_margin_loss", (x2, I(2, 3, 5).float())), ("multi_margin_loss", (x2, I(5, 3))),
                       ("margin_ranking_loss", (R(4), R(4), signs[0, :4])),
                       ("cosine_embedding_loss", (x2, R(3, 5), signs[:, 0])),
                       ("triplet_margin_loss", (x2, R(3, 5), R(3, 5)))):
        cases[name] = [(args, k) for k in legacy]
    for name in ("l1_loss", "mse_loss", "huber_loss"):
        cases.setdefault(name, [C(*pairs)])
        cases[name] += [C(*pairs, weight=U(3, 5), reduction=r) for r in ("mean", "sum", "none", "wrong")]
        cases[name] += [C(*pairs, weight=U(5)), C(x2, R(5)), C(x2, R(4))]
    cases["huber_loss"] += [C(*pairs, "sum", 0.5), C(*pairs, delta=-1.0)]
    cases["smooth_l1_loss"] += [C(*pairs, beta=0.0), C(*pairs, beta=0.5), C(x2, R(5))]
    cases["kl_div"] += [C(x2, U(3, 5), reduction="batchmean"), C(x2, R(3, 5), log_target=True)]
    cases["poisson_nll_loss"] += [C(x2, U(3, 5), full=True), C(U(3, 5), U(3, 5), log_input=False)]
    cases["binary_cross_entropy"] += [C(U(3, 5), U(3, 5), U(5)), C(U(3, 5), U(5))]
    cases["binary_cross_entropy_with_logits"] += [C(x2, U(3, 5), U(5)), C(x2, U(5)), C(x2, U(3, 5), pos_weight=U(5))]
    cases["cross_entropy"] += [C(x2, I(5, 3), U(5)), C(x2, I(5, 3), label_smoothing=0.1), C(x2, U(3, 5)),
                               C(x4, I(3, 2, 6, 6), ignore_index=1)]
    cases["nll_loss"] += [C(x4, I(3, 2, 6, 6), U(3), ignore_index=1)]
    cases["margin_ranking_loss"] += [C(R(4), R(4), signs), C(R(4), R(4), signs[0, :4], 0.3)]
    cases["multi_margin_loss"] += [C(x2, I(5, 3), 2, 0.5, U(5)), C(x2, I(5, 3), 3), C(x2, I(5, 3), weight=U(2, 2))]
    cases["multilabel_soft_margin_loss"] += [C(x2, signs, U(5))]
    cases["triplet_margin_loss"] += [C(x2, R(3, 5), R(3, 5), 0.5, 1.0, 1e-3, True), C(*pairs, x2, -1.0)]
    cases["triplet_margin_with_distance_loss"] = [
        C(*pairs, x2), C(*pairs, x2, swap=True, reduction="sum"), C(*pairs, x2, reduction="none"), C(*pairs, x2, margin=0.0),
        C(*pairs, x2, distance_function=lambda a, b: (a - b).abs().sum(-1)), C(*pairs, R(3)), C(*pairs, x2, reduction="r")]
    cases["gaussian_nll_loss"] = [C(*pairs, U(3, 5)), C(*pairs, U(3, 1), full=True), C(*pairs, U(3)), C(*pairs, 0.5),
                                  C(*pairs, -1.0), C(*pairs, -U(3, 5)), C(*pairs, U(5)), C(*pairs, U(3, 5), reduction="r"),
                                  C(*pairs, U(3, 5) * 1e-8, reduction="sum"), C(*pairs, U(3, 5), reduction="none")]
    cases["ctc_loss"] = [C(R(10, 2, 5).log_softmax(2), I(4, 2, 4) + 1, torch.tensor([10, 9]), torch.tensor([4, 3]), reduction=r)
                         for r in ("mean", "sum", "none", "wrong")]
    cases["linear_cross_entropy"] = [C(x2, R(4, 5), I(4, 3)), C(x2, R(4, 5), I(4, 3), linear_bias=R(4), weight=U(4)),
                                     C(x2, R(4, 5), I(4, 3), reduction="sum", ignore_index=1, label_smoothing=0.1),
                                     C(x2, R(4, 2, 5), I(4, 3, 2)), C(x2, R(4, 2, 5), I(4, 3, 2), linear_bias=R(4, 2))]
    qkv = R(2, 3, 6, 4), R(2, 3, 5, 4), R(2, 3, 5, 4)
    cases["scaled_dot_product_attention"] = [C(*qkv), C(*qkv, R(6, 5)), C(*qkv, is_causal=True)]
    cases["multi_head_attention_forward"] = list(attention_cases())
    return cases


def attention_cases():
    e, h = 8, 2
    weights = dict(in_proj_weight=R(3 * e, e), in_proj_bias=R(3 * e), bias_k=None, bias_v=None, add_zero_attn=False,
                   dropout_p=0.0, out_proj_weight=R(e, e), out_proj_bias=R(e))
    q, k, v = R(4, 3, e), R(5, 3, e), R(5, 3, e)
    def case(q, k, v, **changes):
        return C(q, k, v, e, h, **dict(weights, **changes))
    padding = torch.zeros(3, 5, dtype=torch.bool)
    padding[0, 3:] = True
    causal = torch.triu(torch.full((4, 4), -INF), 1)
    for need in (True, False):
        yield case(q, k, v, need_weights=need)
        yield case(q, q, q, need_weights=need)
        yield case(q, k, k, need_weights=need, in_proj_bias=None)
        yield case(q, k, v, need_weights=need, in_proj_bias=None)
        yield case(q[:, 0], k[:, 0], v[:, 0], need_weights=need)
        one = q[:, 0]
        yield case(one, one, one, need_weights=need, key_padding_mask=padding[1, :4])
        yield case(q, k, v, need_weights=need, key_padding_mask=padding)
        yield case(q, k, v, need_weights=need, key_padding_mask=padding.float())
        yield case(q, k, v, need_weights=need, attn_mask=R(4, 5), key_padding_mask=padding)
        yield case(q, k, v, need_weights=need, attn_mask=R(6, 4, 5))
        yield case(q, k, v, need_weights=need, attn_mask=R(4, 5) > 9)
        yield case(q, q, q, need_weights=need, attn_mask=causal, is_causal=True)
        yield case(q, q, q, need_weights=need, attn_mask=causal, is_causal=True, key_padding_mask=padding[:, :4])
        yield case(q, q, q, need_weights=need, is_causal=True)
        yield case(q, k, v, need_weights=need, bias_k=R(1, 1, e), bias_v=R(1, 1, e), attn_mask=R(4, 5), key_padding_mask=padding)
        yield case(q, k, v, need_weights=need, add_zero_attn=True, attn_mask=R(4, 5), key_padding_mask=padding)
        yield case(q, k, v, need_weights=need, dropout_p=0.5)
        yield case(q, k, v, need_weights=need, dropout_p=0.5, training=False, average_attn_weights=False)
        separate = dict(use_separate_proj_weight=True, in_proj_weight=None, q_proj_weight=R(e, e), k_proj_weight=R(e, 6),
                        v_proj_weight=R(e, 7))
        yield case(q, R(5, 3, 6), R(5, 3, 7), need_weights=need, **separate)
        yield case(q, R(5, 3, 6), R(5, 3, 7), need_weights=need, **dict(separate, in_proj_bias=None))
        yield case(q, k, v, need_weights=need, **separate)
        yield case(q, k, v, need_weights=need, static_k=R(6, 5, 4), static_v=R(6, 5, 4))
        yield case(q, k, v, need_weights=need, static_k=R(6, 5, 3))
        yield case(q, k, v, need_weights=need, static_v=R(5, 5, 4))
    for bad in (case(q, k[:, 0], v), case(q, k, v[:4]), case(q, k, v, attn_mask=R(4, 4)), case(q, k, v, attn_mask=R(4, 4, 5)),
                case(q, k, v, attn_mask=R(4)), case(q, k, v, key_padding_mask=padding[0]), case(q[:, 0], k, v), case(R(4), k, v),
                case(q[:, 0], k[:, 0], v[:, 0], key_padding_mask=padding), case(q, k, v, bias_k=R(1, 1, e)),
                case(q, k, v, bias_v=R(1, 1, e)), case(q, k, v, key_padding_mask=padding.int()),
                case(q[:, 0], k[:, 0], v[:, 0], attn_mask=R(4, 4, 5)), case(q, k, v, in_proj_weight=None),
                case(q, k, v, use_separate_proj_weight=True), case(q[:, 0], k[:, 0], v[:, 0], attn_mask=R(4))):
        yield bad
    yield C(q, k, v, 9, h, **weights)
    yield C(q, k, v, e, 3, **weights)


def type_name(value):
    if isinstance(value, torch.Tensor):
        return "Tensor"
    if isinstance(value, torch.dtype):
        return "int"
    if isinstance(value, (list, tuple)):
        return "List[%s]" % type_name(value[0])
    return {bool: "bool", int: "int", float: "float", str: "str", type(None): "None"}[type(value)]


def scripted(module, name, args, kwargs):
    """A scripted function that calls name with these tensors as arguments and the rest as constants; or None."""
    taken, given = [], []
    for key, value in list(enumerate(args)) + list(kwargs.items()):
        if callable(value):
            return None
        text = "a%d" % len(taken)
        if isinstance(value, torch.Tensor):
            taken.append(value)
        elif isinstance(value, torch.dtype):
            text = str(value)
        elif isinstance(value, float):
            text = "float('%r')" % value
        elif isinstance(value, (list, tuple)):
            text = repr(list(value))
        else:
            text = repr(value)
        given.append(text if isinstance(key, int) else "%s=%s" % (key, text))
    source = "def f(%s):\n    return F.%s(%s)\n" % (
        ", ".join("a%d: torch.Tensor" % i for i in range(len(taken))), name, ", ".join(given))
    scope = {"__name__": "scripted%d" % scripted.count, "torch": torch, "F": module}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = "<scripted %d>" % scripted.count
            scripted.count += 1
            linecache.cache[path] = (len(source), None, source.splitlines(True), path)
            exec(compile(source, path, "exec"), scope)
            return torch.jit.script(scope["f"]), taken
    except Exception as e:
        return e, taken


scripted.count = 0


def check(name, mine, args, kwargs, problems):
    a = call(getattr(theirs, name), args, kwargs)
    b = call(getattr(mine, name), args, kwargs)
    label = "%s%s" % (name, [tuple(x.shape) if isinstance(x, torch.Tensor) else x for x in args] + list(kwargs))
    for what, x, y in zip(("value", "warnings", "arguments", "random state"), a, b):
        if not same(x, y):
            problems.append("%s: %s: PyTorch %.300s, ours %.300s" % (label, what, x, y))
            return
    p = scripted(theirs, name, args, kwargs)
    if p is None or isinstance(p[0], Exception):
        return
    check.scripted += 1
    q = scripted(mine, name, args, kwargs)
    if isinstance(q[0], Exception):
        problems.append("%s: scripting ours: %.600s" % (label, q[0]))
        return
    a = call(p[0], p[1], {})
    b = call(q[0], q[1], {})
    for what, x, y in zip(("value", "warnings", "arguments", "random state"), a, b):
        # the compiler prefixes what a script warns with a place
        if what != "warnings" and not same(x, y):
            problems.append("%s: scripted %s: PyTorch %.300s, ours %.300s" % (label, what, x, y))
            return


check.scripted = 0


def main():
    load_tree()
    mine = importlib.import_module("wicknn.functional")
    wanted = sys.argv[1:]
    passed = 0
    problems = []
    # products of 8-bit floats exist on graphics processors only
    public = [n for n in dir(theirs) if not n.startswith("_") and inspect.isfunction(getattr(theirs, n))
              and getattr(theirs, n).__module__ == "torch.nn.functional" and not n.startswith("scaled_")]
    for name in public:
        if not hasattr(mine, name):
            problems.append("%s: missing" % name)
        else:
            a, b = inspect.signature(getattr(theirs, name)), inspect.signature(getattr(mine, name))
            if [(p.name, p.kind, p.default) for p in a.parameters.values()] != [
                    (p.name, p.kind, p.default) for p in b.parameters.values()]:
                problems.append("%s: signature %s, not %s" % (name, b, a))
    cases = build_cases()
    for name, sets in cases.items():
        if wanted and name not in wanted:
            continue
        for args, kwargs in sets:
            before = len(problems)
            check(name, mine, args, kwargs, problems)
            passed += len(problems) == before
    for p in problems:
        print("FAIL", p)
    print("functional library: %d passed, %d failed" % (passed, len(problems)))
    print("scripted as well: %d" % check.scripted)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
