"""Cases from torch.nn layers, run by whichever PyTorch imports."""
import sys
import warnings

import torch
from torch import nn

from record import record

warnings.filterwarnings("ignore")


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.lstm = nn.LSTM(16, 24, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(48, 7)

    def forward(self, words):
        h, _ = self.lstm(self.embed(words))
        return torch.log_softmax(self.head(h), dim=-1)


class Control(nn.Module):
    def forward(self, x: torch.Tensor, n: int):
        total = torch.zeros_like(x)
        for i in range(n):
            if i % 3 == 2:
                continue
            if i > 10:
                break
            total = total + x * i
        while float(total.sum()) > 100.0:
            total = total / 2
        return total


class Policy(nn.Module):
    """Keeps its state in buffers from call to call, as controllers of robots do."""
    def __init__(self):
        super().__init__()
        self.memory = nn.LSTM(6, 8, 2)
        self.actor = nn.Sequential(nn.Linear(8, 16), nn.ELU(), nn.Linear(16, 3))
        self.register_buffer("h", torch.zeros(2, 1, 8))
        self.register_buffer("c", torch.zeros(2, 1, 8))

    def forward(self, x):
        out, (h, c) = self.memory(x.unsqueeze(0), (self.h, self.c))
        self.h[:] = h
        self.c[:] = c
        return self.actor(out.squeeze(0))

    @torch.jit.export
    def reset(self):
        self.h.zero_()
        self.c.zero_()


class MaskedEncoder(nn.Module):
    """In eval mode a padding mask makes the encoder go through nested tensors."""
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 2)

    def forward(self, x, mask):
        return self.encoder(x, src_key_padding_mask=mask)


class Spectrum(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("window", torch.hann_window(64))

    def forward(self, x):
        s = torch.stft(x, 64, 16, window=self.window, return_complex=True)
        return s.abs().pow(2.0), torch.istft(s, 64, 16, window=self.window, length=x.shape[-1])


class Recurrent(nn.Module):
    """A scripted nn.LSTM or nn.GRU has no plain forward of its own, so it stands in a module that calls it."""
    def __init__(self, kind, **options):
        super().__init__()
        self.layer = kind(6, 10, **options)

    def forward(self, x):
        return self.layer(x)


def recurrent(kind, **options):
    return Recurrent(kind, **options).eval()


def cases():
    f = torch.randn
    yield "linear", nn.Linear(7, 5), [(f(3, 7),), (f(2, 4, 7),), (f(7),)]
    yield "conv1d", nn.Conv1d(4, 6, 3, padding=1, dilation=2), [(f(2, 4, 20),)]
    yield "conv2d", nn.Conv2d(4, 8, 3, stride=2, padding=1), [(f(2, 4, 17, 13),)]
    yield "conv2d_grouped", nn.Conv2d(8, 8, 3, groups=4, padding="same"), [(f(1, 8, 9, 9),)]
    yield "conv2d_depthwise", nn.Conv2d(16, 16, 5, groups=16, padding=2), [(f(2, 16, 14, 14),)]
    yield "conv2d_channels_last", nn.Conv2d(4, 8, 3), [(f(2, 4, 9, 9).contiguous(memory_format=torch.channels_last),)]
    yield "conv3d", nn.Conv3d(2, 4, 3, padding=1), [(f(1, 2, 6, 7, 8),)]
    yield "conv_transpose2d", nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1, output_padding=1), [(f(2, 4, 7, 7),)]
    yield "conv_transpose1d", nn.ConvTranspose1d(4, 6, 5, stride=3, groups=2), [(f(2, 4, 7),)]
    yield "batch_norm", nn.BatchNorm2d(5).eval(), [(f(2, 5, 4, 4),)]
    yield "batch_norm_train", nn.BatchNorm1d(5).train(), [(f(6, 5),), (f(6, 5),)]
    yield "layer_norm", nn.LayerNorm([5, 6]), [(f(3, 5, 6),)]
    yield "group_norm", nn.GroupNorm(2, 6), [(f(3, 6, 5),)]
    yield "instance_norm", nn.InstanceNorm2d(4), [(f(3, 4, 5, 5),)]
    yield "pools", nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d((3, 2))), \
        [(f(2, 3, 21, 19),)]
    yield "lstm", recurrent(nn.LSTM, num_layers=2), [(f(5, 3, 6),)]
    yield "lstm_bidirectional", recurrent(nn.LSTM, bidirectional=True, batch_first=True), [(f(3, 5, 6),)]
    yield "gru", recurrent(nn.GRU, num_layers=2), [(f(5, 3, 6),)]
    yield "rnn_tanh", recurrent(nn.RNN), [(f(5, 3, 6),)]
    yield "tagger", Tagger().eval(), [(torch.randint(0, 50, (2, 9)),)]
    yield "attention", nn.MultiheadAttention(16, 4, batch_first=True).eval(), [(f(2, 5, 16), f(2, 7, 16), f(2, 7, 16))]
    yield "transformer_encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 2).eval(), \
        [(f(2, 5, 16),)]
    yield "transformer", nn.Transformer(16, 4, 2, 2, 32).eval(), [(f(5, 2, 16), f(4, 2, 16))]
    mask = torch.arange(6) >= torch.tensor([[4], [6], [2]])
    shorter = torch.arange(6) >= torch.tensor([[4], [5], [2]])
    gap = mask.clone()
    gap[1, 2] = True
    yield "masked_encoder", MaskedEncoder().eval(), [(f(3, 6, 16), m) for m in (mask, shorter, gap)]
    yield "lstm_dropout_train", recurrent(nn.LSTM, num_layers=2, dropout=0.3).train(), [(f(5, 3, 6),)]
    yield "policy", Policy(), [(f(1, 6),), (f(1, 6),), ("reset", ()), (f(1, 6),)]
    yield "spectrum", Spectrum(), [(f(2, 400),), (f(1, 333),)]
    yield "control", Control(), [(f(3), 7), (f(2, 2), 40)]
    yield "upsample", nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Upsample(size=(9, 7))), [(f(1, 2, 5, 6),)]
    yield "dropout_train", nn.Dropout(0.3).train(), [(f(4, 50),)]
    yield "activations", nn.Sequential(nn.ReLU(), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.Softplus(),
                                       nn.Tanh(), nn.Sigmoid(), nn.LogSigmoid()), [(f(4, 33),)]


def main():
    root = sys.argv[1]
    torch.manual_seed(1)
    for name, module, calls in cases():
        print(record(root, name, torch.jit.script(module), calls))
        if name not in ("control", "dropout_train", "batch_norm_train", "lstm_dropout_train", "policy"):
            print(record(root, name + "_traced", torch.jit.trace(module, calls[0], check_trace=False), calls[:1]))


if __name__ == "__main__":
    main()
