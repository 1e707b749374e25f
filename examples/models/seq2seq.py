"""A GRU encoder and an attending decoder, decoding greedily until the end token."""
from typing import Final, List, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

class EncoderRNN(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, dropout_p: float = 0.1):
        super(EncoderRNN, self).__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout_p)

    def forward(self, input: Tensor) -> Tuple[Tensor, Tensor]:
        embedded = self.dropout(self.embedding(input))
        output, hidden = self.gru(embedded)
        return output, hidden


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size):
        super(BahdanauAttention, self).__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(hidden_size, hidden_size)
        self.Va = nn.Linear(hidden_size, 1)

    def forward(self, query, keys):
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys)))
        scores = scores.squeeze(2).unsqueeze(1)
        weights = F.softmax(scores, dim=-1)
        context = torch.bmm(weights, keys)
        return context, weights


class Seq2Seq(nn.Module):
    max_length: int
    SOS_token: Final[int] = 0
    EOS_token: Final[int] = 1

    def __init__(self, vocab: int = 20, hidden_size: int = 16, max_length: int = 6):
        super().__init__()
        self.max_length = max_length
        self.encoder = EncoderRNN(vocab, hidden_size)
        self.attention = BahdanauAttention(hidden_size)
        self.embedding = nn.Embedding(vocab, hidden_size)
        self.gru = nn.GRU(2 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, vocab)

    def step(self, token: Tensor, hidden: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        embedded = self.embedding(token)
        context, weights = self.attention(hidden.permute(1, 0, 2), memory)
        output, hidden = self.gru(torch.cat((embedded, context), dim=2), hidden)
        return self.out(output), hidden, weights

    def forward(self, source: Tensor, target: Optional[Tensor] = None) -> Tuple[Tensor, Tensor, List[Tensor]]:
        memory, hidden = self.encoder(source)
        token = torch.full((source.size(0), 1), self.SOS_token, dtype=torch.long)
        outputs: List[Tensor] = []
        attentions: List[Tensor] = []
        i = 0
        while i < self.max_length:
            logits, hidden, weights = self.step(token, hidden, memory)
            outputs.append(logits)
            attentions.append(weights)
            if target is not None:
                token = target[:, i:i + 1]
            else:
                token = logits.argmax(dim=-1).detach()
                if bool((token == self.EOS_token).all()):
                    break
            i += 1
        return F.log_softmax(torch.cat(outputs, dim=1), dim=-1), hidden, attentions


def example():
    return (torch.randint(2, 20, (2, 5)),)
