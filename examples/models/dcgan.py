"""DCGAN's generator and discriminator in one module, weights initialised by a function."""
import torch
import torch.nn as nn


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find('Conv') != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find('BatchNorm') != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Generator(nn.Module):
    def __init__(self, nz=16, ngf=8, nc=3):
        super(Generator, self).__init__()

        def block(i, o, stride, padding):
            return [nn.ConvTranspose2d(i, o, 4, stride, padding, bias=False), nn.BatchNorm2d(o), nn.ReLU(True)]

        self.main = nn.Sequential(
            *block(nz, ngf * 4, 1, 0),
            *block(ngf * 4, ngf * 2, 2, 1),
            *block(ngf * 2, ngf, 2, 1),
            nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, input):
        return self.main(input)


class Discriminator(nn.Module):
    def __init__(self, nc=3, ndf=8):
        super(Discriminator, self).__init__()
        blocks = []
        for i in range(3):
            blocks.append(nn.Conv2d(nc if i == 0 else ndf << (i - 1), ndf << i, 4, 2, 1, bias=False))
            if i > 0:
                blocks.append(nn.BatchNorm2d(ndf << i))
            blocks.append(nn.LeakyReLU(0.2, inplace=True))
        self.main = nn.Sequential(*blocks, nn.Conv2d(ndf * 4, 1, 4, 1, 0, bias=False), nn.Sigmoid())

    def forward(self, input):
        return self.main(input).view(-1, 1).squeeze(1)


class GAN(nn.Module):
    def __init__(self, nz=16):
        super().__init__()
        self.nz = nz
        self.generator = Generator(nz)
        self.discriminator = Discriminator()
        self.generator.apply(weights_init)
        self.discriminator.apply(weights_init)

    def forward(self, z):
        fake = self.generator(z)
        return fake, self.discriminator(fake)


def example():
    return (torch.randn(2, 16, 1, 1),)
