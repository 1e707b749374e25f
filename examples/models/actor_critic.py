"""Actor and critic with a shared body; acts greedily or by sampling; dueling head; observation statistics."""
from typing import Optional, Tuple

import torch
from torch import Tensor, nn


def layer_init(layer, std=2 ** 0.5, bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class RunningNorm(nn.Module):
    def __init__(self, features, clip: float = 5.0):
        super().__init__()
        self.clip = clip
        self.register_buffer('mean', torch.zeros(features))
        self.register_buffer('var', torch.ones(features))
        self.register_buffer('count', torch.tensor(1e-4))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            n = float(x.size(0))
            delta = x.mean(0) - self.mean
            total = self.count + n
            m2 = self.var * self.count + x.var(0, unbiased=False) * n + delta ** 2 * self.count * n / total
            self.mean += delta * n / total
            self.var = m2 / total
            self.count = total
        return ((x - self.mean) / (self.var + 1e-8).sqrt()).clamp(-self.clip, self.clip)


class ActorCritic(nn.Module):
    def __init__(self, obs: int = 6, actions: int = 4, hidden: int = 24):
        super().__init__()
        self.norm = RunningNorm(obs)
        self.body = nn.Sequential(
            layer_init(nn.Linear(obs, hidden)), nn.Tanh(), layer_init(nn.Linear(hidden, hidden)), nn.Tanh())
        self.actor = layer_init(nn.Linear(hidden, actions), std=0.01)
        self.advantage = layer_init(nn.Linear(hidden, actions))
        self.critic = layer_init(nn.Linear(hidden, 1), std=1.0)

    def forward(self, obs: Tensor, mask: Optional[Tensor] = None, deterministic: bool = True) -> Tuple[Tensor, Tensor, Tensor]:
        h = self.body(self.norm(obs))
        logits = self.actor(h)
        if mask is not None:
            logits = torch.where(mask, logits, torch.full_like(logits, -1e8))
        logp = logits.log_softmax(-1)
        if deterministic:
            action = logp.argmax(-1)
        else:
            action = torch.multinomial(logp.exp(), 1).squeeze(-1)
        adv = self.advantage(h)
        q = self.critic(h) + adv - adv.mean(-1, keepdim=True)
        return action, logp.gather(-1, action.unsqueeze(-1)).squeeze(-1), q

    @torch.jit.export
    def value(self, obs: Tensor) -> Tensor:
        return self.critic(self.body(self.norm(obs))).flatten()


def example():
    return (torch.randn(3, 6), torch.tensor([[True, True, False, True]] * 3))
