"""VGG from a configuration table, built by a class method, with or without batch norm."""
from typing import Any, Dict, List, Union, cast

import torch
import torch.nn as nn

cfgs: Dict[str, List[Union[str, int]]] = {
    'tiny': [8, 'M', 16, 'M', 32, 32, 'M'],
    'A': [64, 'M', 128, 'M', 256, 256, 'M', 512, 512, 'M', 512, 512, 'M'],
}


def make_layers(cfg: List[Union[str, int]], batch_norm: bool = False) -> nn.Sequential:
    layers: List[nn.Module] = []
    in_channels = 3
    for v in cfg:
        if v == 'M':
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
            continue
        v = cast(int, v)
        conv2d = nn.Conv2d(in_channels, v, kernel_size=3, padding=1)
        layers += [conv2d, nn.BatchNorm2d(v), nn.ReLU(inplace=True)] if batch_norm else [conv2d, nn.ReLU(inplace=True)]
        in_channels = v
    return nn.Sequential(*layers)


class VGG(nn.Module):
    def __init__(self, cfg: str = 'tiny', num_classes: int = 10, init_weights: bool = True, **kwargs: Any) -> None:
        super().__init__()
        self.features = make_layers(cfgs[cfg], **kwargs)
        width = [v for v in cfgs[cfg] if v != 'M'][-1]
        self.avgpool = nn.AdaptiveAvgPool2d((3, 3))
        self.classifier = nn.Sequential(
            nn.Linear(width * 3 * 3, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, num_classes))
        if init_weights:
            self._initialize_weights()

    @classmethod
    def with_batch_norm(cls, cfg='tiny', **kwargs):
        return cls(cfg, batch_norm=True, **kwargs)

    def _initialize_weights(self) -> None:
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
                if m.bias is not None:
                    nn.init.constant_(m.bias, 0)
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)
                nn.init.constant_(m.bias, 0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def example():
    return (torch.randn(1, 3, 32, 32),)
