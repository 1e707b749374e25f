# SPDX-License-Identifier: BSD-3-Clause
# Shape ops that are made of others.

def _chunk_cat(tensors: List[Tensor], dim: int, num_chunks: int) -> Tensor:
    if len(tensors) == 0:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    parts: List[Tensor] = []
    d = dim if dim >= 0 else dim + tensors[0].dim()
    for t in tensors:
        n = t.size(d)
        rows = (n + num_chunks - 1) // num_chunks
        lead = t.size()[:d]
        more = num_chunks * rows - n
        x = t
        if more > 0:
            x = torch.cat([x, torch.zeros(lead + [more] + t.size()[d + 1:], dtype=t.dtype)], d)
        parts.append(x.reshape(lead + [num_chunks, -1]))
    return torch.cat(parts, d + 1)

def _clamped_indices(self: Tensor, indices: List[Optional[Tensor]]) -> List[Optional[Tensor]]:
    out: List[Optional[Tensor]] = []
    for i in range(len(indices)):
        index = indices[i]
        if index is not None:
            out.append(index.clamp(-self.size(i), self.size(i) - 1))
        else:
            out.append(None)
    return out

def _unsafe_masked_index(self: Tensor, mask: Tensor, indices: List[Optional[Tensor]], fill: number) -> Tensor:
    return torch.index(self, _clamped_indices(self, indices)).masked_fill(torch.logical_not(mask), fill)

def _unsafe_masked_index_put_accumulate(self: Tensor, mask: Tensor, indices: List[Optional[Tensor]], values: Tensor) -> Tensor:
    if self.numel() == 0:
        return self.clone()
    return torch.index_put(self, _clamped_indices(self, indices), values.masked_fill(torch.logical_not(mask), 0), True)
