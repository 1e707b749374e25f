"""A variational autoencoder; samples in training, returns the mean's reconstruction otherwise."""
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class VAEOutput(NamedTuple):
    reconstruction: torch.Tensor
    mu: torch.Tensor
    logvar: torch.Tensor


class VAE(nn.Module):
    def __init__(self, image=64, hidden=32, latent=4):
        super().__init__()
        self.image = image
        self.fc1 = nn.Linear(image, hidden)
        self.fc21, self.fc22 = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, image)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        if self.training:
            std = torch.exp(0.5 * logvar)
            eps = torch.randn_like(std)
            return mu + eps * std
        return mu

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x) -> VAEOutput:
        mu, logvar = self.encode(x.view(-1, self.image))
        z = self.reparameterize(mu, logvar)
        return VAEOutput(self.decode(z), mu, logvar)

    @torch.jit.export
    def loss(self, x):
        out = self.forward(x)
        bce = F.binary_cross_entropy(out.reconstruction, x.view(-1, self.image), reduction='sum')
        kld = -0.5 * torch.sum(1 + out.logvar - out.mu.pow(2) - out.logvar.exp())
        return bce + kld


def example():
    return (torch.rand(3, 8, 8),)
