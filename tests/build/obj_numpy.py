# SPDX-License-Identifier: BSD-3-Clause
import numpy as np
import torch
print(np.sqrt(2), np.prod([2, 3, 4]), np.pi, np.ceil(1.2), np.log2(8), int(np.prod((3, 4))), np.floor(2.7), np.exp(1.0))
print(np.arange(5).tolist(), np.arange(1, 2, 0.25).tolist(), np.linspace(0, 1, 5).tolist(), [float(x) for x in np.linspace(0, 0.1, 3)])
a = np.array([[1, 2], [3, 4]])
print(a.shape, a.sum(), a.mean(), a.T.tolist(), (a * 2.5).tolist(), a[0, 1], a[1].tolist(), len(a), a.max(), (a + a).tolist(), (1 / a).tolist(), a.std())
print(np.zeros((2, 3)).shape, np.ones(3).tolist(), np.eye(2).tolist(), np.cumsum([1, 2, 3]).tolist(), np.concatenate([[1], [2]]).tolist(), np.power(10000, 2 * 3 / 8), np.clip(5, 0, 3), np.sum([1.5, 2.5]), np.mean([1, 2]), np.maximum(1, 2))
print(torch.from_numpy(np.arange(3)))
