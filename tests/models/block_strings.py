# SPDX-License-Identifier: BSD-3-Clause
"""A network spelled by strings: a regular expression reads them, named tuples with late defaults hold what they say."""
import math
import re
from collections import namedtuple
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

Block = namedtuple("Block", ["repeat", "kernel", "stride", "ratio", "inputs", "outputs", "squeeze", "skip"])
Net = namedtuple("Net", ["width", "image", "classes", "bias", "note"])
for kind in (Block, Net):
    kind.__new__.__defaults__ = (None,) * len(kind._fields)


def read(text):
    found = {m.group(1): m.group(2) for m in re.finditer(r"([a-z]+)([\d.]+)", text)}
    key, value = re.split(r"(\d.*)", text.split("_")[0])[:2]
    assert key == "r" and int(value) == int(found["r"])
    return Block(repeat=int(found["r"]), kernel=int(found["k"]), stride=[int(found["s"])], ratio=int(found["e"]),
                 inputs=int(found["i"]), outputs=int(found["o"]), skip="noskip" not in text,
                 squeeze=float(found["se"]) if "se" in found else None)


class SamePad(nn.Conv2d):
    def __init__(self, cin, cout, kernel_size, stride=1, image=None, **kwargs):
        super().__init__(cin, cout, kernel_size, stride, **kwargs)
        self.stride = self.stride if len(self.stride) == 2 else [self.stride[0]] * 2
        pads = []
        for size, k, s in zip((image, image), self.weight.size()[-2:], self.stride):
            total = max((math.ceil(size / s) - 1) * s + k - size, 0)
            pads = [total // 2, total - total // 2] + pads
        self.before = nn.ZeroPad2d(tuple(pads)) if any(pads) else nn.Identity()

    def forward(self, x):
        x = self.before(x)
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Inverted(nn.Module):
    def __init__(self, block, net, image):
        super().__init__()
        self.block, self.net = block, net
        conv = partial(SamePad, image=image, bias=bool(net.bias))
        wide = block.inputs * block.ratio
        self.has_squeeze = block.squeeze is not None and 0 < block.squeeze <= 1
        self.expand = conv(block.inputs, wide, kernel_size=1) if block.ratio != 1 else nn.Identity()
        self.depthwise = conv(wide, wide, groups=wide, kernel_size=block.kernel, stride=block.stride)
        self.norm = nn.BatchNorm2d(wide, eps=1e-3)
        self.reduce = self.restore = nn.Identity()
        if self.has_squeeze:
            self.reduce = nn.Conv2d(wide, max(1, int(block.inputs * block.squeeze)), 1)
            self.restore = nn.Conv2d(self.reduce.out_channels, wide, 1)
        self.project = nn.Conv2d(wide, block.outputs, 1, bias=False)
        self.skip = block.skip and block.stride == [1] and block.inputs == block.outputs

    def forward(self, x):
        y = F.silu(self.norm(self.depthwise(self.expand(x))))
        if self.has_squeeze:
            y = torch.sigmoid(self.restore(F.silu(self.reduce(F.adaptive_avg_pool2d(y, 1))))) * y
        y = self.project(y)
        if self.skip:
            y = y + x
        return y


class Spelled(nn.Module):
    def __init__(self, texts=("r1_k3_s1_e1_i8_o8_se0.25", "r2_k3_s2_e2_i8_o12_se0.5", "r1_k5_s2_e2_i12_o16_noskip")):
        super().__init__()
        net = Net(width=1.0, image=16, classes=5)
        self.stem = SamePad(3, 8, 3, 1, image=net.image, bias=False)
        self.blocks = nn.ModuleList([])
        image = net.image
        for block in map(read, texts):
            for i in range(block.repeat):
                if i:
                    block = block._replace(inputs=block.outputs, stride=[1])
                self.blocks.append(Inverted(block, net, image))
                image = math.ceil(image / block.stride[0])
        self.head = nn.Linear(block.outputs, net.classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))


def example():
    return (torch.randn(2, 3, 16, 16),)
