# SPDX-License-Identifier: BSD-3-Clause
# Attention.

def _safe_softmax(self: Tensor, dim: int, dtype: Optional[int]) -> Tensor:
    out = torch.softmax(self, dim, dtype)
    # a row in which everything is masked gives zeros instead of NaN
    empty = (self == float("-inf")).all(dim, True)
    return out.masked_fill(empty, 0.0)

def _attend(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor], dropout_p: float, is_causal: bool,
            scale: Optional[float], enable_gqa: bool) -> Tuple[Tensor, Tensor]:
    if query.dim() < 2 or key.dim() < 2 or value.dim() < 2:
        raise RuntimeError("scaled_dot_product_attention: Expected query, key, and value to all be  at least 2 dimensional, but got query.dim(): {}, key.dim(): {} and value.dim(): {} instead.".format(
            query.dim(), key.dim(), value.dim()))
    if query.dtype != key.dtype or query.dtype != value.dtype:
        raise RuntimeError("Expected query, key, and value to have the same dtype, but got query.dtype: {} key.dtype: {} and value.dtype: {} instead.".format(
            query.dtype, key.dtype, value.dtype))
    dtype = query.dtype
    if dtype == torch.float16 or dtype == torch.bfloat16:
        # only the result is rounded
        query = query.to(torch.float32)
        key = key.to(torch.float32)
        value = value.to(torch.float32)
    if enable_gqa:
        groups = query.size(-3) // key.size(-3)
        key = key.repeat_interleave(groups, -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    factor = 1.0 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = torch.matmul(query * factor, key.transpose(-2, -1))
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        allowed = torch.ones([query.size(-2), key.size(-2)], dtype=torch.bool).tril()
        scores = scores.masked_fill(~allowed, float("-inf"))
    if attn_mask is not None:
        if attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attn_mask, float("-inf"))
        else:
            scores = scores + attn_mask.to(scores.dtype)
    weights = torch._safe_softmax(scores, -1)
    if dropout_p > 0.0:
        weights = torch.dropout(weights, dropout_p, True)
    return torch.matmul(weights, value).to(dtype), weights.to(dtype)

def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor], dropout_p: float,
                                 is_causal: bool, *, scale: Optional[float], enable_gqa: bool) -> Tensor:
    out, weights = _attend(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    return out

def _scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor], dropout_p: float,
                                  need_attn_weights: bool, is_causal: bool) -> Tuple[Tensor, Tensor]:
    out, weights = _attend(query, key, value, attn_mask, dropout_p, is_causal, None, False)
    if not need_attn_weights:
        weights = torch.empty([0], dtype=query.dtype)
    return out, weights

def _scaled_dot_product_attention_forward(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor], dropout_p: float,
                                          need_attn_weights: bool, is_causal: bool) -> Tuple[Tensor, Tensor]:
    return torch._scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, need_attn_weights, is_causal)

def _scaled_dot_product_attention_math(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor], dropout_p: float,
                                       is_causal: bool, dropout_mask: Optional[Tensor], *, scale: Optional[float],
                                       enable_gqa: bool) -> Tuple[Tensor, Tensor]:
    if dropout_mask is not None:
        out, weights = _attend(query, key, value, attn_mask, 0.0, is_causal, scale, enable_gqa)
        weights = weights.masked_fill(~dropout_mask, 0.0)
        return torch.matmul(weights, value * (1.0 / (1.0 - dropout_p))), weights
    return _attend(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)

def _scaled_dot_product_flash_attention_for_cpu(query: Tensor, key: Tensor, value: Tensor, dropout_p: float, is_causal: bool, *,
                                                attn_mask: Optional[Tensor], scale: Optional[float]) -> Tuple[Tensor, Tensor]:
    factor = 1.0 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = torch.matmul(query * factor, key.transpose(-2, -1))
    if is_causal:
        allowed = torch.ones([query.size(-2), key.size(-2)], dtype=torch.bool).tril()
        scores = scores.masked_fill(~allowed, float("-inf"))
    if attn_mask is not None:
        if attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attn_mask, float("-inf"))
        else:
            scores = scores + attn_mask
    return torch.matmul(torch._safe_softmax(scores, -1), value), torch.logsumexp(scores, [-1])

def _native_multi_head_attention(query: Tensor, key: Tensor, value: Tensor, embed_dim: int, num_head: int, qkv_weight: Tensor,
                                 qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, mask: Optional[Tensor],
                                 need_weights: bool, average_attn_weights: bool, mask_type: Optional[int]) -> Tuple[Tensor, Tensor]:
    if query.dim() != 3:
        raise RuntimeError("expected 3-D `query`, got {}-D tensor".format(query.dim()))
    if query.size(2) != embed_dim:
        raise RuntimeError("passed-in embed_dim {} didn't match last dim of query {}".format(embed_dim, query.size(2)))
    if embed_dim % num_head != 0:
        raise RuntimeError("`embed_dim` must divide evenly by `num_heads`")
    batch = query.size(0)
    steps = query.size(1)
    others = key.size(1)
    head = embed_dim // num_head
    q = torch.linear(query, qkv_weight[:embed_dim], qkv_bias[:embed_dim])
    k = torch.linear(key, qkv_weight[embed_dim:2 * embed_dim], qkv_bias[embed_dim:2 * embed_dim])
    v = torch.linear(value, qkv_weight[2 * embed_dim:], qkv_bias[2 * embed_dim:])
    q = q.view([batch, steps, num_head, head]).transpose(1, 2) * (1.0 / math.sqrt(head))
    k = k.view([batch, others, num_head, head]).transpose(1, 2)
    v = v.view([batch, others, num_head, head]).transpose(1, 2)
    scores = torch.matmul(q, k.transpose(-2, -1))
    if mask is not None:
        hidden = mask if mask.dtype == torch.bool else mask != 0
        if mask_type is not None and mask_type == 1:
            hidden = hidden.view([batch, 1, 1, others])
        scores = scores.masked_fill(hidden, float("-inf"))
    weights = torch.softmax(scores, -1)
    out = torch.matmul(weights, v).transpose(1, 2).reshape([batch, steps, embed_dim])
    out = torch.linear(out, proj_weight, proj_bias)
    if not need_weights:
        return out, torch.empty([0], dtype=query.dtype)
    if average_attn_weights:
        weights = weights.mean(1)
    return out, weights

def _transformer_encoder_layer_fwd(src: Tensor, embed_dim: int, num_heads: int, qkv_weight: Tensor, qkv_bias: Tensor,
                                   proj_weight: Tensor, proj_bias: Tensor, use_gelu: bool, norm_first: bool, eps: float,
                                   norm_weight_1: Tensor, norm_bias_1: Tensor, norm_weight_2: Tensor, norm_bias_2: Tensor,
                                   ffn_weight_1: Tensor, ffn_bias_1: Tensor, ffn_weight_2: Tensor, ffn_bias_2: Tensor,
                                   mask: Optional[Tensor], mask_type: Optional[int]) -> Tensor:
    if src.is_nested:
        lengths = torch._nested_tensor_size(src)[:, 0]
        padded = torch.nested_to_padded_tensor(src, 0.0)
        filled = torch.arange(padded.size(1)).unsqueeze(0) < lengths.unsqueeze(1)
        out = torch._transformer_encoder_layer_fwd(
            padded, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, use_gelu, norm_first, eps, norm_weight_1,
            norm_bias_1, norm_weight_2, norm_bias_2, ffn_weight_1, ffn_bias_1, ffn_weight_2, ffn_bias_2, ~filled, 1)
        return torch._nested_tensor_from_mask(out, filled, False)
    x = src
    if norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    x, weights = torch._native_multi_head_attention(x, x, x, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias,
                                                    mask, False, True, mask_type)
    x = x + src
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    before = x
    if norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
    x = torch.linear(x, ffn_weight_1, ffn_bias_1)
    x = torch.gelu(x) if use_gelu else torch.relu(x)
    x = torch.linear(x, ffn_weight_2, ffn_bias_2) + before
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
    return x
