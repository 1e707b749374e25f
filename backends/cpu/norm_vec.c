// SPDX-License-Identifier: BSD-3-Clause
// Row kernels of the normalisations, built once per instruction set.  Sums run in LANES partial sums that are
// combined in one order, so they vectorise without changing between instruction sets.
#include "backends/cpu/norm.h"

#include <stddef.h>

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#if WICK_ISA == 3
#define ISA_SUFFIX _avx512
#elif WICK_ISA == 2
#define ISA_SUFFIX _avx2
#else
#define ISA_SUFFIX _base
#endif
#define LANES 16

static double lanes_sum(const double *acc)
{
	double s = 0;
	for (int i = 0; i < LANES; i++)
		s += acc[i];
	return s;
}

#define NORM(T, SUFFIX)                                                                                         \
	static void affine_##SUFFIX(const T *x, T *y, int64_t n, T a, T b)                                      \
	{                                                                                                       \
		for (int64_t i = 0; i < n; i++)                                                                 \
			y[i] = x[i] * a + b;                                                                    \
	}                                                                                                       \
	static void affine_each_##SUFFIX(const T *x, T *y, int64_t n, const T *a, const T *b)                   \
	{                                                                                                       \
		for (int64_t i = 0; i < n; i++)                                                                 \
			y[i] = x[i] * a[i] + b[i];                                                              \
	}                                                                                                       \
	static void normalize_##SUFFIX(const T *x, T *y, int64_t n, T mean, T scale, const T *w, const T *b)    \
	{                                                                                                       \
		if (w && b)                                                                                     \
			for (int64_t i = 0; i < n; i++)                                                         \
				y[i] = (x[i] - mean) * scale * w[i] + b[i];                                     \
		else if (w)                                                                                     \
			for (int64_t i = 0; i < n; i++)                                                         \
				y[i] = (x[i] - mean) * scale * w[i];                                            \
		else                                                                                            \
			for (int64_t i = 0; i < n; i++)                                                         \
				y[i] = (x[i] - mean) * scale + (b ? b[i] : 0);                                  \
	}                                                                                                       \
	static double centred_##SUFFIX(const T *x, int64_t n, double mean)                                      \
	{                                                                                                       \
		double acc[LANES] = {0};                                                                        \
		int64_t i = 0;                                                                                  \
		for (; i + LANES <= n; i += LANES)                                                              \
			for (int j = 0; j < LANES; j++) {                                                       \
				double d = (double)x[i + j] - mean;                                             \
				acc[j] += d * d;                                                                \
			}                                                                                       \
		for (int j = 0; i < n; i++, j++) {                                                              \
			double d = (double)x[i] - mean;                                                         \
			acc[j] += d * d;                                                                        \
		}                                                                                               \
		return lanes_sum(acc);                                                                          \
	}                                                                                                       \
	static void moments_##SUFFIX(const T *x, int64_t n, double *mean, double *m2)                           \
	{                                                                                                       \
		double acc[LANES] = {0};                                                                        \
		int64_t i = 0;                                                                                  \
		for (; i + LANES <= n; i += LANES)                                                              \
			for (int j = 0; j < LANES; j++)                                                         \
				acc[j] += (double)x[i + j];                                                     \
		for (int j = 0; i < n; i++, j++)                                                                \
			acc[j] += (double)x[i];                                                                 \
		*mean = lanes_sum(acc) / (double)n;                                                             \
		*m2 = centred_##SUFFIX(x, n, *mean);                                                            \
	}                                                                                                       \
	static double square_sum_##SUFFIX(const T *x, int64_t n)                                                \
	{                                                                                                       \
		return centred_##SUFFIX(x, n, 0);                                                               \
	}
NORM(float, f32)
NORM(double, f64)

const NormKernels CAT(norm, ISA_SUFFIX) = {
	.affine_f32 = affine_f32, .affine_f64 = affine_f64,
	.affine_each_f32 = affine_each_f32, .affine_each_f64 = affine_each_f64,
	.normalize_f32 = normalize_f32, .normalize_f64 = normalize_f64,
	.moments_f32 = moments_f32, .moments_f64 = moments_f64,
	.square_sum_f32 = square_sum_f32, .square_sum_f64 = square_sum_f64,
};
