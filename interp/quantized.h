// SPDX-License-Identifier: BSD-3-Clause
// Where ordinary operators meet quantised tensors.
#ifndef WICK_INTERP_QUANTIZED_H
#define WICK_INTERP_QUANTIZED_H

#include "core/exec.h"
#include "ir/op.h"

typedef enum QuantizedUse {
	QUANTIZED_REFUSED,   // most operators: PyTorch has none for quantised tensors either
	QUANTIZED_AS_IS,     // the kernel knows them, or works on geometry and bytes alone
	QUANTIZED_SAME,      // through float; float results get the parameters of the first quantised argument
	QUANTIZED_CENTRED,   // likewise for operators that are linear: computed on the integers less their zero point
	QUANTIZED_SIGMOID,   // through float; results get the parameters that cover [0, 1]
	QUANTIZED_TANH,      // … [−1, 1]
} QuantizedUse;

QuantizedUse quantized_use(const Op *op);
// May per-channel tensors be given?  Their parameters follow one dimension, which views would displace.
bool quantized_by_channel(const Op *op);

// The parameters results get; like is the first quantised argument.
typedef struct QuantizedResult { DType dtype; struct Quantizer *compute, *final; } QuantizedResult;
// Fills own with args whose quantised tensors, also in lists, are replaced by float ones.  own is the caller's to
// release, like r (quantized_result_free), whatever the status.
Status quantized_unwrap(Exec *x, QuantizedUse use, const IValue *args, int nargs, IValue *own, QuantizedResult *r);
// Replaces a float tensor result by a quantised one.
Status quantized_wrap(Exec *x, const QuantizedResult *r, IValue *ret);
void quantized_result_free(QuantizedResult *r);

#endif
