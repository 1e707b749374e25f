"""nn.Transformer as translator: encoder, decoder, masks, tied output."""
import torch
import torch.nn as nn
from torch import Tensor


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size: int, emb_size):
        super(TokenEmbedding, self).__init__()
        self.embedding = nn.Embedding(vocab_size, emb_size)
        self.emb_size = emb_size

    def forward(self, tokens: Tensor):
        return self.embedding(tokens.long()) * (self.emb_size ** 0.5)


class Seq2SeqTransformer(nn.Module):
    def __init__(self, num_encoder_layers: int = 1, num_decoder_layers: int = 2, emb_size: int = 16, nhead: int = 4,
                 src_vocab_size: int = 30, tgt_vocab_size: int = 25, dim_feedforward: int = 32, dropout: float = 0.1):
        super(Seq2SeqTransformer, self).__init__()
        self.transformer = nn.Transformer(d_model=emb_size, nhead=nhead, num_encoder_layers=num_encoder_layers,
                                          num_decoder_layers=num_decoder_layers, dim_feedforward=dim_feedforward,
                                          dropout=dropout)
        self.generator = nn.Linear(emb_size, tgt_vocab_size)
        self.src_tok_emb = TokenEmbedding(src_vocab_size, emb_size)
        self.tgt_tok_emb = TokenEmbedding(tgt_vocab_size, emb_size)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, src: Tensor, trg: Tensor):
        src_emb = self.src_tok_emb(src)
        tgt_emb = self.tgt_tok_emb(trg)
        size = trg.shape[0]
        tgt_mask = torch.triu(torch.ones(size, size, dtype=torch.bool), diagonal=1)
        outs = self.transformer(src_emb, tgt_emb, None, tgt_mask)
        return self.generator(outs)

    @torch.jit.export
    def encode(self, src: Tensor):
        return self.transformer.encoder(self.src_tok_emb(src))

    @torch.jit.export
    def decode(self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor):
        return self.transformer.decoder(self.tgt_tok_emb(tgt), memory, tgt_mask)


def example():
    return (torch.randint(0, 30, (7, 2)), torch.randint(0, 25, (5, 2)))
