"""A part-of-speech tagger: embeddings, a bidirectional LSTM, a score for each tag."""
import torch
from torch import nn


class LSTMTagger(nn.Module):
    def __init__(self, vocab_size=50, embedding_dim=16, hidden_dim=12, tagset_size=5, num_layers=2):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.word_embeddings = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, num_layers, bidirectional=True, batch_first=True, dropout=0.2)
        self.hidden2tag = nn.Linear(2 * hidden_dim, tagset_size)

    def forward(self, sentence: torch.Tensor) -> torch.Tensor:
        embeds = self.word_embeddings(sentence)
        lstm_out, _ = self.lstm(embeds)
        tag_space = self.hidden2tag(lstm_out)
        return nn.functional.log_softmax(tag_space, dim=-1)

    @torch.jit.export
    def tags(self, sentence: torch.Tensor) -> torch.Tensor:
        return self.forward(sentence).argmax(-1)


def example():
    return (torch.randint(0, 50, (2, 7)),)
