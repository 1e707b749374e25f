# SPDX-License-Identifier: BSD-3-Clause
"""Parts told by a configuration object whose methods stay Python: it is an attribute that compiled code never reads."""
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Dict, NamedTuple, Optional

import torch
from torch import Tensor, nn


@dataclass
class Config:
    width: int = 8
    depth: int = 2
    act: str = "gelu"
    extra: Dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values, **kwargs):
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in {**values, **kwargs}.items() if k in known})

    def to_json(self):
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"


class Output(NamedTuple):
    hidden: Tensor
    pooled: Optional[Tensor]


def cube(x):
    return x * x * x


ACTIVATIONS = {"gelu": nn.functional.gelu, "cube": cube}


class Base(nn.Module):
    config_class = Config

    def __init__(self, config, **kwargs):
        super().__init__()
        if not isinstance(config, self.config_class):
            raise ValueError(f"`{self.__class__.__name__}` needs a {self.config_class.__name__}")
        self.config = config

    def reset(self, module):
        if isinstance(module, nn.Linear):
            module.weight.data.normal_(mean=0.0, std=0.02)
            module.bias.data.zero_()


class Layer(Base):
    def __init__(self, config):
        super().__init__(config)
        self.dense = nn.Linear(config.width, config.width)
        self.act = ACTIVATIONS[config.act]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.act(self.dense(x))


class Model(Base):
    def __init__(self, config=Config.from_dict({"act": "cube", "unknown": 1}, depth=3), pool=True):
        super().__init__(config)
        self.layers = nn.ModuleList([Layer(config) for _ in range(config.depth)])
        self.pool = nn.Linear(config.width, 2) if pool else None
        self.apply(self.reset)

    def forward(self, x: Tensor) -> Output:
        for layer in self.layers:
            x = layer(x)
        pooled: Optional[Tensor] = None
        if self.pool is not None:
            pooled = torch.tanh(self.pool(x[:, 0]))
        return Output(hidden=x, pooled=pooled)


def example():
    return (torch.randn(2, 5, 8),)
