# SPDX-License-Identifier: BSD-3-Clause
# torch.linalg: the functions are native; here is the class of their errors.


class LinAlgError(RuntimeError):
    pass


_LinAlgError = LinAlgError
