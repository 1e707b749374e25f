"""Beam search over a small recurrent language model, with hypotheses kept in a script class."""
from typing import Dict, List, Tuple

import torch
from torch import nn, Tensor


@torch.jit.script
class Hypothesis(object):
    def __init__(self, tokens: List[int], score: float, state: Tensor):
        self.tokens = tokens
        self.score = score
        self.state = state

    def extended(self, token: int, score: float, state: Tensor) -> "Hypothesis":
        return Hypothesis(self.tokens + [token], self.score + score, state)

    def normalized(self, alpha: float) -> float:
        return self.score / (float(len(self.tokens)) ** alpha)


class BeamSearch(nn.Module):
    def __init__(self, vocab: int = 12, hidden: int = 8, beam: int = 3, end: int = 0, alpha: float = 0.7):
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.out = nn.Linear(hidden, vocab)
        self.beam = beam
        self.end = end
        self.alpha = alpha

    def forward(self, start: int, max_len: int) -> Tuple[List[int], float, Dict[str, int]]:
        live = [Hypothesis([start], 0.0, torch.zeros(1, self.out.in_features))]
        done: List[Hypothesis] = []
        stats: Dict[str, int] = {"expanded": 0, "finished": 0}
        for _ in range(max_len):
            candidates: List[Hypothesis] = []
            for h in live:
                state = self.cell(self.embedding(torch.tensor([h.tokens[-1]])), h.state)
                scores = torch.log_softmax(self.out(state), 1)[0]
                best, index = scores.topk(self.beam)
                for k in range(self.beam):
                    candidates.append(h.extended(int(index[k]), float(best[k]), state))
                stats["expanded"] += 1
            live = []
            order = torch.tensor([c.score for c in candidates]).argsort(descending=True)
            for i in range(len(candidates)):
                c = candidates[int(order[i])]
                if c.tokens[-1] == self.end:
                    done.append(c)
                    stats["finished"] += 1
                elif len(live) < self.beam:
                    live.append(c)
            if len(live) == 0 or len(done) >= self.beam:
                break
        if len(done) == 0:
            done = live
        best_h = done[0]
        for h in done:
            if h.normalized(self.alpha) > best_h.normalized(self.alpha):
                best_h = h
        return best_h.tokens, best_h.score, stats


def example():
    return (3, 6)
