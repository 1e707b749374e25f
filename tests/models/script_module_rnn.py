# SPDX-License-Identifier: BSD-3-Clause
"""A recurrent layer in the old style: classes of torch.jit.ScriptModule whose methods are marked one by one."""
from collections import namedtuple
from typing import List, Tuple

import torch
from torch import Tensor, jit, nn

State = namedtuple("State", ["h", "c"])


def backwards(steps: List[Tensor]) -> List[Tensor]:
    return steps[::-1]


class Cell(jit.ScriptModule):
    def __init__(self, features, width):
        super().__init__()
        self.inputs = nn.Parameter(torch.randn(4 * width, features))
        self.states = nn.Parameter(torch.randn(4 * width, width))
        self.bias = nn.Parameter(torch.zeros(4 * width))

    @jit.script_method
    def gates(self, x: Tensor, h: Tensor) -> Tensor:
        return torch.mm(x, self.inputs.t()) + torch.mm(h, self.states.t()) + self.bias

    @jit.script_method
    def forward(self, x: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        h, c = state
        i, f, g, o = self.gates(x, h).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, (h, c)


class Layer(jit.ScriptModule):
    __constants__ = ["reverse"]

    def __init__(self, cell, *cell_args, reverse=False):
        super().__init__()
        self.cell = cell(*cell_args)
        self.reverse = reverse

    @jit.script_method
    def forward(self, x: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        steps = x.unbind(0)
        if self.reverse:
            steps = backwards(steps)
        outputs = jit.annotate(List[Tensor], [])
        for i in range(len(steps)):
            out, state = self.cell(steps[i], state)
            outputs += [out]
        if self.reverse:
            outputs = backwards(outputs)
        return torch.stack(outputs), state


class Both(nn.Module):
    def __init__(self, features=3, width=4):
        super().__init__()
        self.directions = nn.ModuleList([Layer(Cell, features, width, reverse=r) for r in (False, True)])

    def forward(self, x: Tensor, states: List[Tuple[Tensor, Tensor]]) -> Tuple[Tensor, List[Tuple[Tensor, Tensor]]]:
        outputs = jit.annotate(List[Tensor], [])
        lasts = jit.annotate(List[Tuple[Tensor, Tensor]], [])
        for i, layer in enumerate(self.directions):
            out, last = layer(x, states[i])
            outputs += [out]
            lasts += [last]
        return torch.cat(outputs, -1), lasts


def example():
    states = [State(torch.randn(2, 4), torch.randn(2, 4)) for _ in range(2)]
    return (torch.randn(5, 2, 3), [(s.h, s.c) for s in states])
