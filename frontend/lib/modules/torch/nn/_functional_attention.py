# SPDX-License-Identifier: BSD-3-Clause
# The part of torch.nn.functional about attention: masks, projections and heads around the product.

import math
import warnings
from typing import List, Optional, Tuple

import torch
from torch import Tensor

# its functions belong to the public module
__name__ = __package__ + ".functional"


def _canonical_mask(
    mask: Optional[Tensor], mask_name: str, other_type: Optional[int], other_name: str, target_type: int,
    check_other: bool = True,
) -> Optional[Tensor]:
    if mask is not None:
        is_float = torch.is_floating_point(mask)
        if mask.dtype != torch.bool and not is_float:
            raise AssertionError(f"only bool and floating types of {mask_name} are supported")
        if check_other and other_type is not None:
            if mask.dtype != other_type:
                warnings.warn(
                    f"Support for mismatched {mask_name} and {other_name} is deprecated. "
                    "Use same type for both instead.")
        if not is_float:
            mask = torch.zeros_like(mask, dtype=target_type).masked_fill_(mask, float("-inf"))
    return mask


def _none_or_dtype(input: Optional[Tensor]) -> Optional[int]:
    return None if input is None else input.dtype


def _in_projection_packed(
    q: Tensor, k: Tensor, v: Tensor, w: Tensor, b: Optional[Tensor] = None,
) -> List[Tensor]:
    n = q.size(-1)
    if k is v:
        if q is k:
            # one product, then the three parts to the front
            both = torch._C._nn.linear(q, w, b).unflatten(-1, (3, n))
            both = both.unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
            return [both[0], both[1], both[2]]
        wq, wkv = w.split([n, n * 2])
        if b is None:
            bq: Optional[Tensor] = None
            bkv: Optional[Tensor] = None
        else:
            bq, bkv = b.split([n, n * 2])
        alone = torch._C._nn.linear(q, wq, bq)
        both = torch._C._nn.linear(k, wkv, bkv).unflatten(-1, (2, n))
        both = both.unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return [alone, both[0], both[1]]
    w0, w1, w2 = w.chunk(3)
    if b is None:
        b0: Optional[Tensor] = None
        b1: Optional[Tensor] = None
        b2: Optional[Tensor] = None
    else:
        b0, b1, b2 = b.chunk(3)
    return [torch._C._nn.linear(q, w0, b0), torch._C._nn.linear(k, w1, b1), torch._C._nn.linear(v, w2, b2)]


def _check_projection(what: str, weight: Tensor, rows: int, columns: int) -> None:
    if weight.shape != (rows, columns):
        raise AssertionError(f"expecting {what} weights shape of {(rows, columns)}, but got {weight.shape}")


def _check_projection_bias(what: str, bias: Optional[Tensor], rows: int) -> None:
    if bias is not None:
        if bias.shape != (rows,):
            raise AssertionError(f"expecting {what} bias shape of {(rows,)}, but got {bias.shape}")


def _in_projection(
    q: Tensor, k: Tensor, v: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, b_q: Optional[Tensor] = None,
    b_k: Optional[Tensor] = None, b_v: Optional[Tensor] = None,
) -> Tuple[Tensor, Tensor, Tensor]:
    n = q.size(-1)
    _check_projection("query", w_q, n, n)
    _check_projection("key", w_k, n, k.size(-1))
    _check_projection("value", w_v, n, v.size(-1))
    _check_projection_bias("query", b_q, n)
    _check_projection_bias("key", b_k, n)
    _check_projection_bias("value", b_v, n)
    return torch._C._nn.linear(q, w_q, b_q), torch._C._nn.linear(k, w_k, b_k), torch._C._nn.linear(v, w_v, b_v)


def _mha_shape_check(
    query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Optional[Tensor], attn_mask: Optional[Tensor],
    num_heads: int,
) -> bool:
    nd = query.dim()
    if nd != 2 and nd != 3:
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {nd}-D query tensor")
    kind = f"For batched ({nd}-D)" if nd == 3 else f"For unbatched ({nd}-D)"
    if key.dim() != nd or value.dim() != nd:
        raise AssertionError(
            f"{kind} `query`, expected `key` and `value` to be {nd}-D but found {key.dim()}-D and {value.dim()}-D "
            "tensors respectively")
    if key_padding_mask is not None:
        if key_padding_mask.dim() != nd - 1:
            raise AssertionError(
                f"{kind} `query`, expected `key_padding_mask` to be `None` or {nd - 1}-D "
                f"but found {key_padding_mask.dim()}-D tensor instead")
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"{kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D "
                f"but found {attn_mask.dim()}-D tensor instead")
        if nd == 2 and attn_mask.dim() == 3:
            expected = (num_heads, query.size(0), key.size(0))
            if attn_mask.shape != expected:
                raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return nd == 3


def _split_heads(x: Tensor, static: Optional[Tensor], name: str, rows: int, head_dim: int) -> Tensor:
    # rows: batch times heads; what the caller split already is only checked
    if static is None:
        return x.view(x.size(0), rows, head_dim).transpose(0, 1)
    if static.size(0) != rows:
        raise AssertionError(f"expecting {name}.size(0) of {rows}, but got {static.size(0)}")
    if static.size(2) != head_dim:
        raise AssertionError(f"expecting {name}.size(2) of {head_dim}, but got {static.size(2)}")
    return static


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Optional[Tensor], in_proj_bias: Optional[Tensor], bias_k: Optional[Tensor],
    bias_v: Optional[Tensor], add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor,
    out_proj_bias: Optional[Tensor], training: bool = True, key_padding_mask: Optional[Tensor] = None,
    need_weights: bool = True, attn_mask: Optional[Tensor] = None, use_separate_proj_weight: bool = False,
    q_proj_weight: Optional[Tensor] = None, k_proj_weight: Optional[Tensor] = None,
    v_proj_weight: Optional[Tensor] = None, static_k: Optional[Tensor] = None, static_v: Optional[Tensor] = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> Tuple[Tensor, Optional[Tensor]]:
    is_batched = _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not is_batched:
        # equal arguments stay the same tensor, which chooses the packed projection
        same_kv = key is value
        same_qk = query is key
        query = query.unsqueeze(1)
        key = query if same_qk else key.unsqueeze(1)
        value = key if same_kv else value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    tgt_len, bsz, embed_dim = query.shape
    src_len = key.size(0)

    key_padding_mask = _canonical_mask(
        key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask.")
    if is_causal and key_padding_mask is None and not need_weights:
        # the operation masks by itself
        attn_mask = None
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        if key_padding_mask is not None:
            is_causal = False

    if embed_dim != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}")
    head_dim = embed_dim // num_heads
    if head_dim * num_heads != embed_dim:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
        assert q_proj_weight is not None, "use_separate_proj_weight is True but q_proj_weight is None"
        assert k_proj_weight is not None, "use_separate_proj_weight is True but k_proj_weight is None"
        assert v_proj_weight is not None, "use_separate_proj_weight is True but v_proj_weight is None"
        if in_proj_bias is None:
            bq: Optional[Tensor] = None
            bk: Optional[Tensor] = None
            bv: Optional[Tensor] = None
        else:
            bq, bk, bv = in_proj_bias.chunk(3)
        q, k, v = _in_projection(query, key, value, q_proj_weight, k_proj_weight, v_proj_weight, bq, bk, bv)
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        assert in_proj_weight is not None, "use_separate_proj_weight is False but in_proj_weight is None"
        q, k, v = _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)

    if attn_mask is not None:
        if attn_mask.dim() == 2:
            wanted = (tgt_len, src_len)
            if attn_mask.shape != wanted:
                raise RuntimeError(f"The shape of the 2D attn_mask is {attn_mask.shape}, but should be {wanted}.")
            attn_mask = attn_mask.unsqueeze(0)
        elif attn_mask.dim() == 3:
            wanted3 = (bsz * num_heads, tgt_len, src_len)
            if attn_mask.shape != wanted3:
                raise RuntimeError(f"The shape of the 3D attn_mask is {attn_mask.shape}, but should be {wanted3}.")
        else:
            raise RuntimeError(f"attn_mask's dimension {attn_mask.dim()} is not supported")

    # rows added to key and value are masked by nothing
    if bias_k is not None and bias_v is not None:
        assert static_k is None, "bias cannot be added to static key."
        assert static_v is None, "bias cannot be added to static value."
        k = torch.cat([k, bias_k.repeat(1, bsz, 1)])
        v = torch.cat([v, bias_v.repeat(1, bsz, 1)])
        if attn_mask is not None:
            attn_mask = torch._C._nn.pad(attn_mask, (0, 1))
        if key_padding_mask is not None:
            key_padding_mask = torch._C._nn.pad(key_padding_mask, (0, 1))
    else:
        assert bias_k is None, "bias_k is set but bias_v is None"
        assert bias_v is None, "bias_v is set but bias_k is None"
    rows = bsz * num_heads
    q = q.view(tgt_len, rows, head_dim).transpose(0, 1)
    k = _split_heads(k, static_k, "static_k", rows, head_dim)
    v = _split_heads(v, static_v, "static_v", rows, head_dim)
    if add_zero_attn:
        k = torch.cat([k, torch.zeros((rows, 1, head_dim), dtype=k.dtype, device=k.device)], dim=1)
        v = torch.cat([v, torch.zeros((rows, 1, head_dim), dtype=v.dtype, device=v.device)], dim=1)
        if attn_mask is not None:
            attn_mask = torch._C._nn.pad(attn_mask, (0, 1))
        if key_padding_mask is not None:
            key_padding_mask = torch._C._nn.pad(key_padding_mask, (0, 1))
    src_len = k.size(1)

    if key_padding_mask is not None:
        padding = key_padding_mask.view(bsz, 1, 1, src_len).expand(-1, num_heads, -1, -1).reshape(rows, 1, src_len)
        attn_mask = padding if attn_mask is None else attn_mask + padding
    if not training:
        dropout_p = 0.0

    if need_weights:
        assert not (is_causal and attn_mask is None), "FIXME: is_causal not implemented for need_weights"
        scaled = q * math.sqrt(1.0 / float(head_dim))
        if attn_mask is not None:
            weights = torch.baddbmm(attn_mask, scaled, k.transpose(-2, -1))
        else:
            weights = torch.bmm(scaled, k.transpose(-2, -1))
        weights = weights.softmax(-1)
        if dropout_p > 0.0:
            weights = torch.dropout(weights, dropout_p, True)
        out = torch.bmm(weights, v).transpose(0, 1).reshape(tgt_len * bsz, embed_dim)
        out = torch._C._nn.linear(out, out_proj_weight, out_proj_bias)
        out = out.view(tgt_len, bsz, out.size(1))
        weights = weights.view(bsz, num_heads, tgt_len, src_len)
        if average_attn_weights:
            weights = weights.mean(dim=1)
        if not is_batched:
            out = out.squeeze(1)
            weights = weights.squeeze(0)
        return out, weights

    if attn_mask is not None:
        if attn_mask.size(0) == 1 and attn_mask.dim() == 3:
            attn_mask = attn_mask.unsqueeze(0)
        else:
            attn_mask = attn_mask.view(bsz, num_heads, -1, src_len)
    q = q.view(bsz, num_heads, tgt_len, head_dim)
    k = k.view(bsz, num_heads, src_len, head_dim)
    v = v.view(bsz, num_heads, src_len, head_dim)
    out = torch._C._nn.scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
    out = torch._C._nn.linear(out.permute(2, 0, 1, 3).reshape(bsz * tgt_len, embed_dim), out_proj_weight, out_proj_bias)
    out = out.view(tgt_len, bsz, out.size(1))
    if not is_batched:
        out = out.squeeze(1)
    return out, None
