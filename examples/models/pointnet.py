"""PointNet: a learned transform, shared layers over points, a maximum over the cloud."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class STN(nn.Module):
    def __init__(self, k=3):
        super(STN, self).__init__()
        self.conv1 = torch.nn.Conv1d(k, 16, 1)
        self.conv2 = torch.nn.Conv1d(16, 32, 1)
        self.fc1 = nn.Linear(32, 16)
        self.fc2 = nn.Linear(16, k * k)
        self.bn1 = nn.BatchNorm1d(16)
        self.bn2 = nn.BatchNorm1d(32)
        self.k = k
        self.scale = float(np.sqrt(k) / np.prod([k, 1]))

    def forward(self, x):
        batchsize = x.size()[0]
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = torch.max(x, 2, keepdim=True)[0]
        x = x.view(-1, 32)
        x = self.fc2(F.relu(self.fc1(x)))
        iden = torch.eye(self.k).flatten().view(1, self.k * self.k).repeat(batchsize, 1)
        x = self.scale * x + iden
        return x.view(-1, self.k, self.k)


class PointNet(nn.Module):
    def __init__(self, k=5, feature_transform=True):
        super(PointNet, self).__init__()
        self.stn = STN(k=3)
        self.feature_transform = feature_transform
        self.conv1 = torch.nn.Conv1d(3, 16, 1)
        self.conv2 = torch.nn.Conv1d(16, 32, 1)
        self.fstn = STN(k=16) if feature_transform else None
        self.dropout = nn.Dropout(p=0.3)
        self.fc = nn.Linear(32, k)

    def forward(self, x):
        trans = self.stn(x)
        x = torch.bmm(x.transpose(2, 1), trans).transpose(2, 1)
        x = F.relu(self.conv1(x))
        if self.fstn is not None:
            trans_feat = self.fstn(x)
            x = torch.bmm(x.transpose(2, 1), trans_feat).transpose(2, 1)
        else:
            trans_feat = trans
        x = self.conv2(x)
        x, _ = x.max(dim=2)
        return F.log_softmax(self.fc(self.dropout(x)), dim=1), trans_feat


def example():
    return (torch.randn(2, 3, 11),)
