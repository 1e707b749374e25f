"""A character model with its own LSTM cell, a vocabulary held in the module, and sampling to a string."""
import math
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import Parameter


class LSTMCell(nn.Module):
    def __init__(self, input_size: int, hidden_size: int):
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih = Parameter(torch.randn(4 * hidden_size, input_size) / math.sqrt(hidden_size))
        self.weight_hh = Parameter(torch.randn(4 * hidden_size, hidden_size) / math.sqrt(hidden_size))
        self.bias = Parameter(torch.zeros(4 * hidden_size))
        with torch.no_grad():
            self.bias[hidden_size:2 * hidden_size].fill_(1.0)

    def forward(self, x: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        hx, cx = state
        gates = x @ self.weight_ih.t() + hx @ self.weight_hh.t() + self.bias
        i, f, g, o = gates.chunk(4, 1)
        cy = torch.sigmoid(f) * cx + torch.sigmoid(i) * torch.tanh(g)
        hy = torch.sigmoid(o) * torch.tanh(cy)
        return hy, (hy, cy)


class CharRNN(nn.Module):
    def __init__(self, alphabet: str = "abcdefgh .", hidden: int = 12):
        super().__init__()
        self.alphabet: List[str] = list(alphabet)
        self.index: Dict[str, int] = {c: i for i, c in enumerate(alphabet)}
        self.hidden = hidden
        self.cell = LSTMCell(len(alphabet), hidden)
        self.out = nn.Linear(hidden, len(alphabet))

    def one_hot(self, c: str) -> Tensor:
        x = torch.zeros(1, len(self.alphabet))
        x[0, self.index[c]] = 1
        return x

    def forward(self, prompt: str, length: int = 5, temperature: Optional[float] = None) -> Tuple[str, Tensor]:
        state = (torch.zeros(1, self.hidden), torch.zeros(1, self.hidden))
        h = state[0]
        for c in prompt:
            h, state = self.cell(self.one_hot(c), state)
        text = prompt
        for _ in range(length):
            logits = self.out(h)
            if temperature is None:
                k = int(logits.argmax())
            else:
                k = int(torch.multinomial((logits / temperature).softmax(1), 1))
            c = self.alphabet[k]
            text += c
            h, state = self.cell(self.one_hot(c), state)
        return text, h


def example():
    return ("abba", 6)
