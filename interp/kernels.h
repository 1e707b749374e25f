// SPDX-License-Identifier: BSD-3-Clause
// Declares op_NAME for every kernel cell of the op table.
#ifndef WICK_INTERP_KERNELS_H
#define WICK_INTERP_KERNELS_H

#include "core/exec.h"

#define OP(kernel, schema) Status op_##kernel(Exec *x, const IValue *args, int nargs, IValue *rets);
#include "ir/ops.def"
#undef OP

// The cells that name no function (ir/op.h).
#define op_none NULL
#define op_lib NULL
#define op_inplace NULL
#define op_out NULL
#define op_composite NULL

#endif
