// SPDX-License-Identifier: BSD-3-Clause
// SIMD softmax and log-softmax of one row of floats: largest element, exponentials with their sum in sixteen double
// lanes, then one scaling (or shift).
#include "backends/cpu/table.h"
#include "backends/cpu/vec.h"

static float row_max(const float *q, int64_t n)
{
	float lane[16];
	for (int l = 0; l < 16; l++)
		lane[l] = q[l < n ? l : 0];
	int64_t k = 16;
	for (; k + 16 <= n; k += 16)
		for (int l = 0; l < 16; l++) {
			float v = q[k + l], b = lane[l];
			float t = v > b ? v : b;
			t = v != v ? v : t;
			lane[l] = b != b ? b : t;
		}
	float best = lane[0];
	for (int l = 1; l < 16; l++)
		best = best != best ? best : lane[l] != lane[l] || lane[l] > best ? lane[l] : best;
	for (; k < n; k++)
		best = best != best ? best : q[k] != q[k] || q[k] > best ? q[k] : best;
	return best;
}

static double join_lanes(double *lane)
{
	for (int w = 8; w > 0; w /= 2)
		for (int l = 0; l < w; l++)
			lane[l] += lane[l + w];
	return lane[0];
}

static void softmax_f32(float *o, const float *q, int64_t n)
{
	float m = row_max(q, n);
	double lane[16] = {0};
	int64_t k = 0;
	for (; k + 16 <= n; k += 16) {
		float e[16];
		for (int l = 0; l < 16; l++)
			e[l] = v_exp_neg(q[k + l] - m);
		for (int l = 0; l < 16; l++) {
			o[k + l] = e[l];
			lane[l] += (double)e[l];
		}
	}
	for (; k < n; k++) {
		o[k] = v_exp_neg(q[k] - m);
		lane[k & 15] += (double)o[k];
	}
	float scale = (float)(1 / join_lanes(lane));
	VEC_LOOP for (int64_t i = 0; i < n; i++)
	{
		o[i] *= scale;
	}
}

static void log_softmax_f32(float *o, const float *q, int64_t n)
{
	float m = row_max(q, n);
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
	float shift = (float)log(join_lanes(lane));
	VEC_LOOP for (int64_t i = 0; i < n; i++)
	{
		o[i] = q[i] - m - shift;
	}
}

void VEC_NAME(softmax_fill)(CpuTable *t)
{
	t->softmax_f32 = softmax_f32;
	t->log_softmax_f32 = log_softmax_f32;
}
