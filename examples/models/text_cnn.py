"""Sentence classification with parallel convolutions over embeddings."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class TextCNN(nn.Module):
    def __init__(self, args=None, vocab=100, dim=12, kernels=(2, 3, 4), channels=6, classes=3):
        super(TextCNN, self).__init__()
        if args is not None:
            vocab, dim = args.vocab, args.dim
        self.embed = nn.EmbeddingBag(vocab, dim, mode='mean')
        self.tokens = nn.Embedding(vocab, dim)
        self.convs = nn.ModuleList([nn.Conv2d(1, channels, (K, dim)) for K in kernels])
        self.dropout = nn.Dropout(0.5)
        self.fc1 = nn.Linear(len(kernels) * channels + dim, classes)

    def forward(self, x):
        bag = self.embed(x)
        x = self.tokens(x).unsqueeze(1)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs]
        x = [F.max_pool1d(i, i.size(2)).squeeze(2) for i in x]
        x = torch.cat(x, 1)
        x = self.dropout(torch.cat([x, bag], 1))
        return self.fc1(x)


def example():
    return (torch.randint(0, 100, (3, 9)),)
