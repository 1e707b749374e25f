// SPDX-License-Identifier: BSD-3-Clause
// What quantised layers of several kinds share.
#ifndef WICK_BACKENDS_CPU_QUANT_LINEAR_H
#define WICK_BACKENDS_CPU_QUANT_LINEAR_H

#include "backends/cpu/quant_gemm.h"

// Stored bytes less their zero point, as a vector of int16; t is contiguous and quantised per tensor.
Status quant_center(Exec *x, const Tensor *t, Tensor **out);
// A float tensor as contiguous quint8 with the parameters its own range asks for.
Status quant_dynamic_input(Exec *x, const Tensor *in, bool reduce_range, Tensor **out);
// Checks the parameters of a stored result and sets its bounds.
Status quant_output(Exec *x, DType d, double scale, int64_t zero_point, bool relu, QuantStore *s);
// packed: a LinearPackedParamsBase; float16 weights are taken, too.
Status quant_linear_dynamic(Exec *x, const Tensor *in, IValue packed, bool reduce_range, bool relu, Tensor **out);

#endif
