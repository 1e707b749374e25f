// SPDX-License-Identifier: BSD-3-Clause
// SIMD bodies of reductions over float: sums in sixteen double lanes joined pairwise, so that every instruction
// set adds in the same order; extremes in sixteen float lanes, in which the first NaN of a lane stays.
#include "backends/cpu/table.h"
#include "backends/cpu/vec.h"

#define LANE_SUM(NAME, E)                                                                               \
	static double NAME(const float *q, int64_t n)                                                   \
	{                                                                                               \
		double lane[16] = {0};                                                                  \
		int64_t k = 0;                                                                          \
		for (; k + 16 <= n; k += 16)                                                            \
			for (int l = 0; l < 16; l++) {                                                  \
				double v = (double)q[k + l];                                            \
				lane[l] += (E);                                                         \
			}                                                                               \
		for (; k < n; k++) {                                                                    \
			double v = (double)q[k];                                                        \
			lane[k & 15] += (E);                                                            \
		}                                                                                       \
		for (int w = 8; w > 0; w /= 2)                                                          \
			for (int l = 0; l < w; l++)                                                     \
				lane[l] += lane[l + w];                                                 \
		return lane[0];                                                                         \
	}
LANE_SUM(sum_f32, v)
LANE_SUM(square_sum_f32, v *v)

#define LANE_EXTREME(NAME, BEATS)                                                                       \
	static float NAME(const float *q, int64_t n)                                                    \
	{                                                                                               \
		float lane[16];                                                                         \
		for (int l = 0; l < 16; l++)                                                            \
			lane[l] = q[l < n ? l : 0];                                                     \
		int64_t k = 16;                                                                         \
		for (; k + 16 <= n; k += 16)                                                            \
			for (int l = 0; l < 16; l++) {                                                  \
				float v = q[k + l], b = lane[l];                                        \
				float t = v BEATS b ? v : b;                                            \
				t = v != v ? v : t;                                                     \
				lane[l] = b != b ? b : t;                                               \
			}                                                                               \
		float best = lane[0];                                                                   \
		for (int l = 1; l < 16; l++)                                                            \
			best = best != best ? best : lane[l] != lane[l] || lane[l] BEATS best ? lane[l] : best; \
		for (; k < n; k++)                                                                      \
			best = best != best ? best : q[k] != q[k] || q[k] BEATS best ? q[k] : best;     \
		return best;                                                                            \
	}
LANE_EXTREME(max_f32, >)
LANE_EXTREME(min_f32, <)

// Σ e^(v - m) for finite m ≥ every v
static double exp_sum_f32(const float *q, int64_t n, float m)
{
	double lane[16] = {0};
	int64_t k = 0;
	for (; k + 16 <= n; k += 16) {
		float e[16];
		for (int l = 0; l < 16; l++)
			e[l] = v_exp_neg(q[k + l] - m);
		for (int l = 0; l < 16; l++)
			lane[l] += (double)e[l];
	}
	for (; k < n; k++)
		lane[k & 15] += (double)v_exp_neg(q[k] - m);
	for (int w = 8; w > 0; w /= 2)
		for (int l = 0; l < w; l++)
			lane[l] += lane[l + w];
	return lane[0];
}

static void add_rows_f32(double *restrict acc, const float *restrict row, int64_t n)
{
	for (int64_t k = 0; k < n; k++)
		acc[k] += (double)row[k];
}

#define EXTREME_ROWS(NAME, BEATS)                                                                       \
	static void NAME(float *restrict acc, const float *restrict row, int64_t n)                     \
	{                                                                                               \
		for (int64_t k = 0; k < n; k++) {                                                       \
			float v = row[k], b = acc[k];                                                   \
			float t = v BEATS b ? v : b;                                                    \
			t = v != v ? v : t;                                                             \
			acc[k] = b != b ? b : t;                                                        \
		}                                                                                       \
	}
EXTREME_ROWS(max_rows_f32, >)
EXTREME_ROWS(min_rows_f32, <)

void VEC_NAME(reduce_fill)(CpuTable *t)
{
	t->sum_f32 = sum_f32;
	t->square_sum_f32 = square_sum_f32;
	t->max_f32 = max_f32;
	t->min_f32 = min_f32;
	t->exp_sum_f32 = exp_sum_f32;
	t->add_rows_f32 = add_rows_f32;
	t->max_rows_f32 = max_rows_f32;
	t->min_rows_f32 = min_rows_f32;
}
