// SPDX-License-Identifier: BSD-3-Clause
// What the indexing kernels share: reading index tensors, and combining one element with another.
#ifndef WICK_BACKENDS_CPU_INDEX_H
#define WICK_BACKENDS_CPU_INDEX_H

#include "backends/cpu/view.h"

// An int32 or int64 index tensor as contiguous int64; anything else fails with `what` in front.
Status index_prepare(Exec *x, const Tensor *index, const char *what, Tensor **out);

typedef enum Combine { COMBINE_SET, COMBINE_ADD, COMBINE_MUL, COMBINE_MIN, COMBINE_MAX } Combine;
// *dst = *dst (op) *src.  Integers wrap, minimum and maximum pass NaN on, bool adds as "or".
typedef void (*CombineFn)(void *dst, const void *src);
// NULL where the dtype has no such operation (minimum of complex numbers).
CombineFn combine_for(DType d, Combine op);
// The element that leaves the other operand unchanged; at most 16 bytes.
void combine_identity(DType d, Combine op, void *element);
// Divides t (contiguous) by counts (contiguous int64), integers rounding down; zero counts divide by one.
void divide_by_counts(Tensor *t, const int64_t *counts);

// The odometer of a strided walk: byte offsets of the elements of (sizes, strides) in row-major order.
Status walk_offsets(Exec *x, const int64_t *sizes, const int64_t *strides, int n, int64_t item, int64_t **out,
	int64_t *count);

// Rows [n, ndim] of the positions where t is not zero, int64.
Status nonzero_rows(Exec *x, const Tensor *t, Tensor **out);
// A clone with contiguous memory.
Status clone_contiguous(Exec *x, const Tensor *t, Tensor **out);

#endif
