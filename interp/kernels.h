// SPDX-License-Identifier: BSD-3-Clause
// Declares op_NAME for every kernel cell of the op table.
#ifndef WICK_INTERP_KERNELS_H
#define WICK_INTERP_KERNELS_H

#include "core/exec.h"

#define OP(kernel, schema) \
	__attribute__((weak)) Status op_##kernel(Exec *x, const IValue *args, int nargs, IValue *rets);
#include "ir/ops.def"
#undef OP

#endif
