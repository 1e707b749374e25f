"""Monte Carlo tree search on a toy game with a policy network: classes, dicts, random numbers."""
import math
from typing import Dict, List, Optional, Tuple

import torch
from torch import nn, Tensor


@torch.jit.script
class Node:
    def __init__(self, prior: float):
        self.prior = prior
        self.visits = 0
        self.total = 0.0

    def value(self) -> float:
        return self.total / self.visits if self.visits > 0 else 0.0

    def ucb(self, parent_visits: int, c: float) -> float:
        return self.value() + c * self.prior * math.sqrt(float(parent_visits)) / (1 + self.visits)


def encode(path: List[int]) -> str:
    s = ""
    for p in path:
        s += "/" + str(p)
    return s


class PolicyValueNet(nn.Module):
    def __init__(self, cells: int, hidden: int):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(cells, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.policy = nn.Linear(hidden, cells)
        self.value = nn.Linear(hidden, 1)

    def forward(self, board: Tensor) -> Tuple[Tensor, float]:
        h = self.body(board)
        return torch.softmax(self.policy(h), -1), torch.tanh(self.value(h)).item()


class TreeSearch(nn.Module):
    def __init__(self, cells: int = 5, hidden: int = 16, depth: int = 3, c_puct: float = 1.5):
        super().__init__()
        self.net = PolicyValueNet(cells, hidden)
        self.cells, self.depth, self.c = cells, depth, c_puct

    def simulate(self, board: Tensor, nodes: Dict[str, Node]):
        path: List[int] = []
        state = board.clone()
        while len(path) < self.depth:
            key = encode(path)
            if key + "/0" not in nodes:
                priors, _ = self.net(state)
                for a in range(self.cells):
                    nodes[key + "/" + str(a)] = Node(float(priors[a]))
                break
            best, best_score = -1, -1e9
            for a in range(self.cells):
                score = nodes[key + "/" + str(a)].ucb(nodes[key].visits if key in nodes else 1, self.c)
                if score > best_score and float(state[a]) < 2.0:
                    best, best_score = a, score
            if best < 0:
                break
            path.append(best)
            state[best] += 1
        _, value = self.net(state)
        for i in range(len(path)):
            node = nodes[encode(path[:i + 1])]
            node.visits += 1
            node.total += value if i % 2 == 0 else -value

    def forward(self, board: Tensor, simulations: int = 12) -> Tuple[int, Dict[str, int]]:
        nodes: Dict[str, Node] = {}
        for _ in range(simulations):
            self.simulate(board, nodes)
        counts: Dict[str, int] = {}
        best: Optional[int] = None
        for a in range(self.cells):
            n = nodes["/" + str(a)].visits
            counts[str(a)] = n
            if best is None or n > counts[str(best)]:
                best = a
        assert best is not None
        return best, counts


def example():
    return (torch.tensor([0., 1., 0., 2., 0.]),)
