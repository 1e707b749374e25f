// SPDX-License-Identifier: BSD-3-Clause
// Rows of a normalisation: moments in double, results in the row's own type.
#ifndef WICK_BACKENDS_CPU_NORM_H
#define WICK_BACKENDS_CPU_NORM_H

#include <stdint.h>

#define NORM_KERNELS(T, SUFFIX)                                                                                 \
	void (*affine_##SUFFIX)(const T *x, T *y, int64_t n, T a, T b);               /* y = x·a + b */         \
	void (*affine_each_##SUFFIX)(const T *x, T *y, int64_t n, const T *a, const T *b);                      \
	/* y = (x − mean)·scale·w + b; w and b may be NULL */                                                   \
	void (*normalize_##SUFFIX)(const T *x, T *y, int64_t n, T mean, T scale, const T *w, const T *b);       \
	/* mean and Σ (x − mean)², in two passes */                                                             \
	void (*moments_##SUFFIX)(const T *x, int64_t n, double *mean, double *m2);                              \
	double (*square_sum_##SUFFIX)(const T *x, int64_t n);

typedef struct NormKernels {
	NORM_KERNELS(float, f32)
	NORM_KERNELS(double, f64)
} NormKernels;
extern const NormKernels norm_base, norm_avx2, norm_avx512;

#endif
