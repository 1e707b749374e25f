#!/usr/bin/env python3
"""Makes digits.pt and digits.npz: the model and the pictures of `make demo`.

Needs torch and scikit-learn, which carries the test half of the UCI "Optical Recognition of Handwritten
Digits" data (E. Alpaydin, C. Kaynak, 1998, CC BY 4.0): 1797 real digits of 43 people as 8x8 pictures with 17
grey levels.  Every fifth picture is held out; digits.npz has the first 60 of those.
"""
import struct
import zipfile

import numpy
import torch
from sklearn.datasets import load_digits
from torch import nn


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2))
        self.classify = nn.Linear(32 * 4 * 4, 10)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """pictures: [N, 8, 8], grey levels 0 to 16 -> probabilities [N, 10]"""
        x = pictures.to(torch.float32).unsqueeze(1) / 16.0
        x = self.features(x)
        return torch.softmax(self.classify(torch.flatten(x, 1)), dim=1)


def without_debug_records(path):
    """Drops the *.debug_pkl records, which hold the paths of the machine that saved the file, and keeps the
    alignment of the others to 64 bytes."""
    with zipfile.ZipFile(path) as old:
        records = [(i, old.read(i)) for i in old.infolist() if not i.filename.endswith(".debug_pkl")]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for info, data in records:
            entry = zipfile.ZipInfo(info.filename)
            start = new.start_dir + 30 + len(entry.filename.encode()) + 4
            pad = -start % 64
            entry.extra = b"FB" + struct.pack("<H", pad) + b"Z" * pad
            new.writestr(entry, data)


def main():
    torch.manual_seed(0)
    data = load_digits()
    pictures = torch.tensor(data.images, dtype=torch.uint8)
    labels = torch.tensor(data.target)
    held_out = torch.arange(len(labels)) % 5 == 0
    x, y = pictures[~held_out], labels[~held_out]
    model = Digits()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
    for epoch in range(20):
        order = torch.randperm(len(x))
        for i in range(0, len(x), 64):
            k = order[i:i + 64]
            loss = nn.functional.nll_loss(model(x[k]).clamp_min(1e-9).log(), y[k])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
    right = (model(pictures[held_out]).argmax(1) == labels[held_out]).float().mean()
    print("held-out accuracy: %.2f %%" % (100 * right))
    torch.jit.script(model).save("digits.pt")
    without_debug_records("digits.pt")
    numpy.savez("digits.npz", pictures=pictures[held_out][:60].numpy(), labels=labels[held_out][:60].numpy())


if __name__ == "__main__":
    main()
