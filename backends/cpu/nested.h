// SPDX-License-Identifier: BSD-3-Clause
// How nested tensors are told from others.
#ifndef WICK_BACKENDS_CPU_NESTED_H
#define WICK_BACKENDS_CPU_NESTED_H

#include "core/tensor.h"

// A nested tensor's i64 lengths, how much of dimension 1 each row of dimension 0 fills; NULL if t is not nested.
// They are the scales of a quantizer for the whole tensor, which otherwise has none.
static inline const Tensor *nested_lengths(const Tensor *t)
{
	return t->quant && t->quant->scheme == Q_PER_TENSOR_AFFINE ? t->quant->scales : NULL;
}

#endif
