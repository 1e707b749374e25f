# SPDX-License-Identifier: BSD-3-Clause
"""Attention that keeps keys and values in a dictionary of dictionaries; a decorator puts the bookkeeping under a class."""
from argparse import Namespace
from typing import Dict, List, Optional

import torch
from torch import Tensor, nn


class Incremental(object):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.state_id = "s0"

    def full_key(self, key: str) -> str:
        return "{}.{}".format(self.state_id, key)

    def get_state(self, states: Optional[Dict[str, Dict[str, Optional[Tensor]]]],
                  key: str) -> Optional[Dict[str, Optional[Tensor]]]:
        full = self.full_key(key)
        if states is None or full not in states:
            return None
        return states[full]

    def set_state(self, states: Optional[Dict[str, Dict[str, Optional[Tensor]]]], key: str,
                  value: Dict[str, Optional[Tensor]]) -> Optional[Dict[str, Dict[str, Optional[Tensor]]]]:
        if states is not None:
            states[self.full_key(key)] = value
        return states


def with_states(cls):
    cls.__bases__ = (Incremental,) + tuple(b for b in cls.__bases__ if b != Incremental)
    return cls


@with_states
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.head_dim = dim // heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), self.heads, self.head_dim).transpose(1, 2)

    def forward(self, x: Tensor, states: Optional[Dict[str, Dict[str, Optional[Tensor]]]] = None) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, -1)
        q, k, v = self.split(q), self.split(k), self.split(v)
        saved = self.get_state(states, "attn")
        if saved is not None:
            old_k, old_v = saved["k"], saved["v"]
            assert old_k is not None and old_v is not None
            k = torch.cat([old_k, k], dim=2)
            v = torch.cat([old_v, v], dim=2)
        fresh: Dict[str, Optional[Tensor]] = {"k": k, "v": v}
        states = self.set_state(states, "attn", fresh)
        weights = torch.softmax(q @ k.transpose(-1, -2) * self.head_dim**-0.5, -1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))

    @torch.jit.export
    def reorder(self, states: Dict[str, Dict[str, Optional[Tensor]]], order: Tensor):
        saved = self.get_state(states, "attn")
        if saved is not None:
            for name in saved.keys():
                value = saved[name]
                if value is not None:
                    saved[name] = value.index_select(0, order)
            self.set_state(states, "attn", saved)
        return states


class Decoder(nn.Module):
    def __init__(self, args=Namespace(vocab=20, dim=8, heads=2)):
        super().__init__()
        self.embed = nn.Embedding(args.vocab, args.dim)
        self.layers = nn.ModuleList([])
        self.layers.extend([Attention(args.dim, args.heads) for _ in range(getattr(args, "layers", 2))])
        for i, layer in enumerate(self.layers):
            layer.state_id = "s%d" % i

    def forward(self, tokens: Tensor, steps: int = 3) -> Tensor:
        states = torch.jit.annotate(Dict[str, Dict[str, Optional[Tensor]]], {})
        outputs: List[Tensor] = []
        for i in range(steps):
            x = self.embed(tokens[:, i:i + 1])
            for layer in self.layers:
                x = x + layer(x, states)
            outputs.append(x)
        return torch.cat(outputs, 1)


def example():
    return (torch.randint(0, 20, (2, 5)),)
