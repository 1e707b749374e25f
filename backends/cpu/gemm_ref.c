// SPDX-License-Identifier: BSD-3-Clause
// Matrix products in plain C for every dtype and any strides: the truth that the fast kernels are held to, and
// what integers and complex numbers run on.  Row i of C is built from whole rows of B, so the inner loop
// streams when B is row-major; k-contiguous B takes a dot product instead.
#include "backends/cpu/gemm.h"

#include <assert.h>

// T: stored type.  W: type of sums (unsigned for integers: they wrap).
#define GEMM_REF(NAME, T, W)                                                                                    \
	static void NAME(const Gemm *g, W alpha, W beta, int64_t row_begin, int64_t row_end)                    \
	{                                                                                                       \
		const T *a = g->a.data, *b = g->b.data;                                                         \
		T *c = g->c;                                                                                    \
		for (int64_t i = row_begin; i < row_end; i++) {                                                 \
			const T *ai = a + i * g->a.rs;                                                          \
			T *ci = c + i * g->ldc;                                                                 \
			for (int64_t j0 = 0; j0 < g->n; j0 += 64) {                                             \
				int jn = g->n - j0 < 64 ? (int)(g->n - j0) : 64;                                \
				W sum[64] = {0};                                                                \
				if (g->b.rs == 1) {                                                             \
					for (int j = 0; j < jn; j++) {                                          \
						const T *bj = b + (j0 + j) * g->b.cs;                           \
						W s = 0;                                                        \
						for (int64_t p = 0; p < g->k; p++)                              \
							s += (W)ai[p * g->a.cs] * (W)bj[p];                     \
						sum[j] = s;                                                     \
					}                                                                       \
				} else {                                                                        \
					for (int64_t p = 0; p < g->k; p++) {                                    \
						W x = (W)ai[p * g->a.cs];                                       \
						const T *bp = b + p * g->b.rs + j0 * g->b.cs;                   \
						if (g->b.cs == 1)                                               \
							for (int j = 0; j < jn; j++)                            \
								sum[j] += x * (W)bp[j];                         \
						else                                                            \
							for (int j = 0; j < jn; j++)                            \
								sum[j] += x * (W)bp[j * g->b.cs];               \
					}                                                                       \
				}                                                                               \
				for (int j = 0; j < jn; j++) {                                                  \
					W v = alpha * sum[j];                                                   \
					ci[j0 + j] = (T)(beta == 0 ? v : v + beta * (W)ci[j0 + j]);             \
				}                                                                               \
			}                                                                                       \
		}                                                                                               \
	}

GEMM_REF(ref_f32, float, float)
GEMM_REF(ref_f64, double, double)
GEMM_REF(ref_8, uint8_t, uint32_t)
GEMM_REF(ref_16, uint16_t, uint32_t)
GEMM_REF(ref_32, uint32_t, uint32_t)
GEMM_REF(ref_64, uint64_t, uint64_t)
GEMM_REF(ref_c64, c64_t, c64_t)
GEMM_REF(ref_c128, c128_t, c128_t)

// Wraps as the conversion to a 64-bit integer does where it is defined.
static uint64_t number_bits(double v)
{
	return v >= -9.2e18 && v <= 9.2e18 ? (uint64_t)(int64_t)v : 0;
}

void gemm_ref(DType d, const Gemm *g, int64_t row_begin, int64_t row_end)
{
	uint64_t ia = number_bits(g->alpha), ib = number_bits(g->beta);
	switch (d) {
	case DT_F32:
		ref_f32(g, (float)g->alpha, (float)g->beta, row_begin, row_end);
		break;
	case DT_F64:
		ref_f64(g, g->alpha, g->beta, row_begin, row_end);
		break;
	case DT_U8: case DT_I8:
		ref_8(g, (uint32_t)ia, (uint32_t)ib, row_begin, row_end);
		break;
	case DT_I16: case DT_U16:
		ref_16(g, (uint32_t)ia, (uint32_t)ib, row_begin, row_end);
		break;
	case DT_I32: case DT_U32:
		ref_32(g, (uint32_t)ia, (uint32_t)ib, row_begin, row_end);
		break;
	case DT_I64: case DT_U64:
		ref_64(g, ia, ib, row_begin, row_end);
		break;
	case DT_C64:
		ref_c64(g, (float)g->alpha, (float)g->beta, row_begin, row_end);
		break;
	case DT_C128:
		ref_c128(g, g->alpha, g->beta, row_begin, row_end);
		break;
	default:
		assert(!"gemm_ref: dtype without a reference kernel");
	}
}
