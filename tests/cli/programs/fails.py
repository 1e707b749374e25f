# SPDX-License-Identifier: BSD-3-Clause
# Fails three calls deep.
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x)


def main():
    print("before")
    Net()(torch.zeros(1, 3))


main()
