"""A one-stage detector: feature pyramid, shared heads, anchors, and non-maximum suppression written out."""
from typing import Dict, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvUnit(nn.Sequential):
    def __init__(self, i: int, o: int, stride: int = 1):
        super().__init__(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.SiLU())


class Pyramid(nn.Module):
    def __init__(self, widths: List[int], out: int):
        super().__init__()
        self.lateral = nn.ModuleList([nn.Conv2d(w, out, 1) for w in widths])
        self.smooth = nn.ModuleList([nn.Conv2d(out, out, 3, padding=1) for _ in widths])

    def forward(self, xs: List[Tensor]) -> List[Tensor]:
        maps: List[Tensor] = []
        for i, conv in enumerate(self.lateral):
            maps.append(conv(xs[i]))
        for i in range(len(maps) - 1, 0, -1):
            up = F.interpolate(maps[i], size=maps[i - 1].shape[-2:], mode="nearest")
            maps[i - 1] = maps[i - 1] + up
        results: List[Tensor] = []
        for i, conv in enumerate(self.smooth):
            results.append(conv(maps[i]))
        return results


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    lt = torch.max(a[:, None, :2], b[:, :2])
    rb = torch.min(a[:, None, 2:], b[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[:, :, 0] * wh[:, :, 1]
    return inter / (area_a[:, None] + area_b - inter)


def nms(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    order = scores.argsort(descending=True)
    keep: List[int] = []
    while order.numel() > 0:
        i = int(order[0])
        keep.append(i)
        if order.numel() == 1:
            break
        rest = order[1:]
        iou = box_iou(boxes[i].unsqueeze(0), boxes[rest])[0]
        order = rest[iou <= threshold]
    return torch.tensor(keep, dtype=torch.long)


class Detector(nn.Module):
    def __init__(self, classes: int = 3, width: int = 8, strides: Tuple[int, ...] = (4, 8), top: int = 5):
        super().__init__()
        self.stem = ConvUnit(3, width, 2)
        self.stages = nn.ModuleList(ConvUnit(width << i, width << (i + 1), 2) for i in range(len(strides)))
        self.pyramid = Pyramid([width << (i + 1) for i in range(len(strides))], width)
        self.cls = nn.Conv2d(width, classes, 3, padding=1)
        self.box = nn.Conv2d(width, 4, 3, padding=1)
        self.strides = list(strides)
        self.top = top

    def decode(self, box: Tensor, stride: int) -> Tensor:
        h, w = box.shape[-2:]
        ys, xs = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        centre = (torch.stack([xs, ys], -1).reshape(-1, 2).float() + 0.5) * stride
        d = box.permute(0, 2, 3, 1).reshape(-1, 4).exp() * stride
        return torch.cat([centre - d[:, :2], centre + d[:, 2:]], 1)

    def forward(self, image: Tensor) -> Dict[str, Tensor]:
        x = self.stem(image)
        xs: List[Tensor] = []
        for stage in self.stages:
            x = stage(x)
            xs.append(x)
        boxes: List[Tensor] = []
        scores: List[Tensor] = []
        for f, stride in zip(self.pyramid(xs), self.strides):
            scores.append(self.cls(f).sigmoid().permute(0, 2, 3, 1).flatten(0, 2))
            boxes.append(self.decode(self.box(f), stride))
        score, label = torch.cat(scores).max(1)
        box = torch.cat(boxes)
        keep = nms(box, score, 0.5)[:self.top]
        return {"boxes": box[keep], "scores": score[keep], "labels": label[keep]}


def example():
    return (torch.rand(1, 3, 32, 40),)
