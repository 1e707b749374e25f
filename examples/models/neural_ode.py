"""A neural ODE: a vector field integrated by Runge-Kutta steps, the solver chosen by an enum."""
from enum import Enum

import torch
from torch import nn, Tensor


class Solver(Enum):
    EULER = 1
    MIDPOINT = 2
    RK4 = 4


class Field(nn.Module):
    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim + 1, hidden), nn.Softplus(), nn.Linear(hidden, dim))
        for m in self.net:
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, std=0.3)
                nn.init.zeros_(m.bias)

    def forward(self, t: float, y: Tensor) -> Tensor:
        time = torch.full((y.size(0), 1), t)
        return self.net(torch.cat((y, time), 1))


class NeuralODE(nn.Module):
    def __init__(self, dim: int = 3, hidden: int = 12, steps: int = 5, solver: Solver = Solver.RK4):
        super().__init__()
        self.field = Field(dim, hidden)
        self.steps = steps
        self.solver = solver

    def step(self, t: float, dt: float, y: Tensor) -> Tensor:
        k1 = self.field(t, y)
        if self.solver == Solver.EULER:
            return y + dt * k1
        k2 = self.field(t + dt / 2, y + dt / 2 * k1)
        if self.solver == Solver.MIDPOINT:
            return y + dt * k2
        k3 = self.field(t + dt / 2, y + dt / 2 * k2)
        k4 = self.field(t + dt, y + dt * k3)
        return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def forward(self, y: Tensor, t0: float = 0.0, t1: float = 1.0) -> Tensor:
        ys = [y]
        dt = (t1 - t0) / self.steps
        t = t0
        for _ in range(self.steps):
            y = self.step(t, dt, y)
            t += dt
            ys.append(y)
        return torch.stack(ys, dim=1)


def example():
    return (torch.randn(4, 3),)
