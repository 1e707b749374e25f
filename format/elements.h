// SPDX-License-Identifier: BSD-3-Clause
// The elements of a tensor as files hold them.
#ifndef WICK_FORMAT_ELEMENTS_H
#define WICK_FORMAT_ELEMENTS_H

#include "core/tensor.h"

// t with its elements in row-major order and no lazy conjugate or negative bit: a new reference to t where it is so
// already, else a copy.  Fails for tensors without bytes in main memory, and when memory is exhausted.
Status tensor_flatten(Tensor *t, Tensor **out, Error *err);

#endif
