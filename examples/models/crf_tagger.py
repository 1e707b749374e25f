"""A linear-chain CRF over LSTM features: the likelihood by the forward algorithm, the best path by Viterbi's."""
from typing import List, Tuple

import torch
import torch.nn as nn
from torch import Tensor


class CRF(nn.Module):
    def __init__(self, tags: int):
        super().__init__()
        self.tags = tags
        self.start = nn.Parameter(torch.empty(tags))
        self.end = nn.Parameter(torch.empty(tags))
        self.transitions = nn.Parameter(torch.empty(tags, tags))
        self.reset_parameters()

    def reset_parameters(self):
        for p in (self.start, self.end, self.transitions):
            nn.init.uniform_(p, -0.1, 0.1)

    def __repr__(self):
        return f'{self.__class__.__name__}(tags={self.tags})'

    @torch.jit.export
    def log_likelihood(self, emissions: Tensor, tags: Tensor) -> Tensor:
        score = self.start[tags[0]] + emissions[0, tags[0]]
        for i in range(1, emissions.size(0)):
            score = score + self.transitions[tags[i - 1], tags[i]] + emissions[i, tags[i]]
        score = score + self.end[tags[-1]]
        alpha = self.start + emissions[0]
        for i in range(1, emissions.size(0)):
            alpha = torch.logsumexp(alpha.unsqueeze(1) + self.transitions, dim=0) + emissions[i]
        return score - torch.logsumexp(alpha + self.end, dim=0)

    def forward(self, emissions: Tensor) -> Tuple[List[int], float]:
        score = self.start + emissions[0]
        history: List[Tensor] = []
        for i in range(1, emissions.size(0)):
            best, index = (score.unsqueeze(1) + self.transitions).max(dim=0)
            score = best + emissions[i]
            history.append(index)
        score += self.end
        last = int(score.argmax())
        path = [last]
        for index in history[::-1]:
            last = int(index[last].item())
            path.append(last)
        path.reverse()
        return path, float(score.max())


class CRFTagger(nn.Module):
    def __init__(self, vocab: int = 30, dim: int = 8, hidden: int = 6, tags: int = 4):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden, bidirectional=True)
        self.proj = nn.Linear(2 * hidden, tags)
        self.crf = CRF(tags)

    def forward(self, tokens: Tensor) -> Tuple[List[int], float]:
        x, (h, c) = self.rnn(self.embed(tokens).unsqueeze(1))
        return self.crf(self.proj(x.squeeze(1)))


def example():
    return (torch.randint(0, 30, (6,)),)
