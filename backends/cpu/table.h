// SPDX-License-Identifier: BSD-3-Clause
// The table of SIMD bodies.  cpu_table picks, once, for every entry the best body that this processor has; an
// entry is NULL where only the plain reference exists.
#ifndef WICK_BACKENDS_CPU_TABLE_H
#define WICK_BACKENDS_CPU_TABLE_H

#include "backends/cpu/pointwise.h"

enum {
	FAST_NONE,
#define FAST(name) FAST_##name,
#include "backends/cpu/fast.def"
#undef FAST
	FAST_COUNT
};

#define CONVERT_CODES 16 // DT_U8 … DT_BF16

typedef struct CpuTable {
	PointBody pointwise_f32[FAST_COUNT];
	double (*sum_f32)(const float *v, int64_t n);
	double (*square_sum_f32)(const float *v, int64_t n);
	float (*max_f32)(const float *v, int64_t n); // n > 0
	float (*min_f32)(const float *v, int64_t n);
	double (*exp_sum_f32)(const float *v, int64_t n, float m); // Σ e^(v - m), finite m ≥ every v
	// acc[k] op= row[k]
	void (*add_rows_f32)(double *acc, const float *row, int64_t n);
	void (*max_rows_f32)(float *acc, const float *row, int64_t n);
	void (*min_rows_f32)(float *acc, const float *row, int64_t n);
	// Conversions of runs, by dtype codes [to][from].
	void (*convert[CONVERT_CODES][CONVERT_CODES])(void *dst, const void *src, int64_t n);
	// One row: out may be in.  n > 0.
	void (*softmax_f32)(float *out, const float *in, int64_t n);
	void (*log_softmax_f32)(float *out, const float *in, int64_t n);
	// Random numbers: words of the generator to [0, 1), that to [from, to), and blocks of 16 to normal ones; in place.
	void (*unit_f32)(void *p, int64_t n);
	void (*uniform_f32)(float *p, int64_t n, float from, float to);
	void (*normal_f32)(float *p, int64_t blocks, float mean, float std);
} CpuTable;

const CpuTable *cpu_table(void);

// One for each instruction set, from the *_vec.c files.
#define VEC_SYMBOL(name, isa) name##_##isa
#if defined(WICK_ISA) && WICK_ISA == 1
#define VEC_NAME(name) VEC_SYMBOL(name, base)
#elif defined(WICK_ISA) && WICK_ISA == 2
#define VEC_NAME(name) VEC_SYMBOL(name, avx2)
#elif defined(WICK_ISA) && WICK_ISA == 3
#define VEC_NAME(name) VEC_SYMBOL(name, avx512)
#endif
#define VEC_FILLERS(name)                                               \
	void VEC_SYMBOL(name, base)(CpuTable *t);                       \
	void VEC_SYMBOL(name, avx2)(CpuTable *t);                       \
	void VEC_SYMBOL(name, avx512)(CpuTable *t);
VEC_FILLERS(pointwise_fill)
VEC_FILLERS(reduce_fill)
VEC_FILLERS(softmax_fill)
VEC_FILLERS(convert_fill)
VEC_FILLERS(random_fill)

#endif
