// SPDX-License-Identifier: BSD-3-Clause
// Quantised tensors: numbers stored as small integers, real = (stored − zero point) · scale.
#ifndef WICK_BACKENDS_CPU_QUANT_H
#define WICK_BACKENDS_CPU_QUANT_H

#include "backends/cpu/cpu.h"

// The stored integers a quantised dtype can hold, and the dtype of the same bytes as plain integers.
typedef struct QRange { int64_t lo, hi; } QRange;
QRange quant_range(DType d);
DType quant_stored_dtype(DType d); // quint8 → uint8; DT_NONE for the packed sub-byte types

Quantizer *quantizer_per_tensor(double scale, int64_t zero_point);
// Fails as PyTorch does when d is not quantised or the zero point does not fit it.
Status quant_check(Exec *x, DType d, int64_t zero_point, const char *fn);
// Fails unless t is quantised per tensor with a dtype of at most 8 bits; `what` begins the message.
Status quant_want_bytes(Exec *x, const Tensor *t, const char *what);

// The stored integers as a plain tensor over the same memory, and the reverse; q is borrowed.
Tensor *quant_stored(const Tensor *t);
Tensor *quant_over(const Tensor *stored, DType d, Quantizer *q);
// A new tensor with quantiser q (borrowed); like gives the layout of the second.
Status quant_empty(Exec *x, DType d, const int64_t *sizes, int ndim, Quantizer *q, Tensor **out);
Status quant_empty_like(Exec *x, const Tensor *like, DType d, Quantizer *q, Tensor **out);
// float32 → quantised per tensor or channel; q is borrowed.
Status quant_from_float(Exec *x, const Tensor *t, DType d, Quantizer *q, Tensor **out);
// Quantised → float32.
Status quant_to_float(Exec *x, const Tensor *t, Tensor **out);

// Scale and zero point that cover [min, max] and 0 with the integers lo … hi, as observers choose them.
typedef struct QParams { double scale; int64_t zero_point; } QParams;
QParams quant_choose(float min, float max, int64_t lo, int64_t hi, bool reduce_range, bool preserve_sparsity);
// Of a whole float tensor; an empty one counts as all zeros.
Status quant_min_max(Exec *x, const Tensor *t, float *min, float *max);

// Rounding is to nearest even, then clamped; NaN goes to the highest, in qint32 to the lowest.  Whole tensors add the zero point before rounding,
// layers and elementwise operators after it, which differs for ties at odd zero points.
static inline int64_t quant_clamp(float t, QRange r)
{
	if (t != t)
		return r.hi == INT32_MAX ? r.lo : r.hi;
	return t <= (float)r.lo ? r.lo : t >= (float)r.hi ? r.hi : (int64_t)t;
}
static inline int64_t quant_value(float v, float inverse, int64_t zero_point, QRange r)
{
	return quant_clamp(__builtin_nearbyintf(v * inverse + (float)zero_point), r);
}
static inline int64_t quant_value_late(float v, float inverse, int64_t zero_point, QRange r)
{
	return quant_clamp(__builtin_nearbyintf(v * inverse) + (float)zero_point, r);
}

#endif
