# SPDX-License-Identifier: BSD-3-Clause
# torch.backends: flags that programs set for libraries which are not here.
from . import cpu, cuda, cudnn, mha, mkl, mkldnn, mps, openmp, opt_einsum
