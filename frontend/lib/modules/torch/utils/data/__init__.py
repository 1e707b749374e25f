# SPDX-License-Identifier: BSD-3-Clause
# torch.utils.data: data sets, samplers and loaders of one process, drawing random numbers as PyTorch's do.
from .dataloader import DataLoader, default_collate
from .dataset import ChainDataset, ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, random_split
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler
