"""Message passing on a graph given by an edge list: index_add, dictionaries of layers by edge type."""
from typing import Dict

import torch
from torch import Tensor, nn


class MessagePassing(nn.Module):
    def __init__(self, dim: int, aggr: str = 'mean'):
        super().__init__()
        if aggr not in ('sum', 'mean'):
            raise ValueError(f"aggr must be 'sum' or 'mean', not {aggr!r}")
        self.aggr = aggr
        self.message = nn.Linear(2 * dim, dim)
        self.update = nn.GRUCell(dim, dim)

    def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
        src, dst = edge_index[0], edge_index[1]
        m = torch.relu(self.message(torch.cat([x[src], x[dst]], dim=-1)))
        out = torch.zeros_like(x).index_add_(0, dst, m)
        if self.aggr == 'mean':
            deg = torch.zeros(x.size(0), dtype=x.dtype).index_add_(0, dst, torch.ones(dst.numel()))
            out = out / deg.clamp(min=1).unsqueeze(-1)
        return self.update(out, x)


class HeteroGNN(nn.Module):
    def __init__(self, dim: int = 8, kinds=('follows', 'likes'), rounds: int = 2):
        super().__init__()
        self.encoder = nn.Linear(3, dim)
        self.convs = nn.ModuleDict({k: MessagePassing(dim, 'mean' if i % 2 else 'sum') for i, k in enumerate(kinds)})
        self.rounds = rounds
        self.readout = nn.Linear(dim, 1)

    def forward(self, x: Tensor, edges: Dict[str, Tensor]) -> Dict[str, Tensor]:
        h = torch.tanh(self.encoder(x))
        for _ in range(self.rounds):
            total = torch.zeros_like(h)
            for kind, conv in self.convs.items():
                if kind in edges:
                    total = total + conv(h, edges[kind])
            h = h + total
        return {'nodes': h, 'graph': torch.sigmoid(self.readout(h.mean(0)))}


def example():
    return (torch.randn(5, 3), {'follows': torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]]), 'likes': torch.tensor([[4, 4], [0, 2]])})
