#!/usr/bin/env python3
"""Times networks with PyTorch and with wick, alternating, and prints the ratio of the medians (PyTorch / wick: above 1, wick is
faster).  Usage: torch_peer.py WICK"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(c, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1),
                               nn.BatchNorm2d(c))

    def forward(self, x):
        return torch.relu(self.a(x) + x)


def networks():
    yield "policy MLP 1x48", nn.Sequential(nn.Linear(48, 512), nn.ELU(), nn.Linear(512, 256), nn.ELU(), nn.Linear(256, 12)), [1, 48]
    yield "MLP 64x512", nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512)), [64, 512]
    yield "residual CNN 1x3x64x64", nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), Block(64), Block(64), nn.AdaptiveAvgPool2d(1),
                                                  nn.Flatten(), nn.Linear(64, 10)), [1, 3, 64, 64]
    yield "depthwise CNN 1x32x56x56", nn.Sequential(nn.Conv2d(32, 192, 1), nn.BatchNorm2d(192), nn.ReLU6(), nn.Conv2d(
        192, 192, 3, padding=1, groups=192), nn.BatchNorm2d(192), nn.ReLU6(), nn.Conv2d(192, 32, 1)), [1, 32, 56, 56]
    yield "transformer layer 1x64x256", nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True), [1, 64, 256]


def median_torch(model, x, seconds):
    times, end = [], time.perf_counter() + seconds
    with torch.no_grad():
        for _ in range(5):
            model(x)
        while time.perf_counter() < end or len(times) < 5:
            t = time.perf_counter()
            model(x)
            times.append(time.perf_counter() - t)
    return statistics.median(times) * 1e3


def main():
    wick = sys.argv[1]
    print("%-28s %8s %12s %12s %8s" % ("network", "threads", "PyTorch ms", "wick ms", "ratio"))
    with tempfile.TemporaryDirectory() as d:
        for name, net, shape in networks():
            path = os.path.join(d, "net.pt")
            scripted = torch.jit.script(net.eval())
            scripted.save(path)
            arg = "torch.rand(%s)" % ", ".join(map(str, shape))
            for threads in (1, 2):
                torch.set_num_threads(threads)
                ours, theirs = [], []
                for _ in range(3):
                    theirs.append(median_torch(scripted, torch.rand(shape), 0.4))
                    out = subprocess.run([wick, "bench", path, arg, "--threads", str(threads), "--seconds", "0.4", "--json"],
                                         capture_output=True, text=True)
                    if out.returncode:
                        print(name, out.stderr.strip())
                        break
                    ours.append(json.loads(out.stdout)["shapes"][0]["median_ms"])
                if ours:
                    a, b = statistics.median(theirs), statistics.median(ours)
                    print("%-28s %8d %12.3f %12.3f %8.2f" % (name, threads, a, b, a / b))


if __name__ == "__main__":
    main()
