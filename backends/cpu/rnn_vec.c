// SPDX-License-Identifier: BSD-3-Clause
// Gates of recurrent cells, built once per instruction set.
#include "backends/cpu/rnn.h"

#include "backends/cpu/vec.h"

static void lstm(const float *restrict gates, float *restrict h, float *restrict c, int64_t n)
{
	VEC_LOOP
	for (int64_t j = 0; j < n; j++) {
		float i = v_sigmoid(gates[j]), f = v_sigmoid(gates[n + j]), g = v_tanh(gates[2 * n + j]), o = v_sigmoid(gates[3 * n + j]);
		float cell = f * c[j] + i * g;
		c[j] = cell;
		h[j] = o * v_tanh(cell);
	}
}

static void gru(const float *restrict gates, const float *restrict hidden, float *restrict h, int64_t n)
{
	VEC_LOOP
	for (int64_t j = 0; j < n; j++) {
		float reset = v_sigmoid(gates[j] + hidden[j]), keep = v_sigmoid(gates[n + j] + hidden[n + j]);
		float fresh = v_tanh(gates[2 * n + j] + reset * hidden[2 * n + j]);
		h[j] = (h[j] - fresh) * keep + fresh;
	}
}

static void tanh_row(const float *restrict gates, float *restrict h, int64_t n)
{
	VEC_LOOP
	for (int64_t j = 0; j < n; j++)
		h[j] = v_tanh(gates[j]);
}

static void add(float *restrict dst, const float *restrict src, int64_t n)
{
	VEC_LOOP
	for (int64_t j = 0; j < n; j++)
		dst[j] += src[j];
}

#if WICK_ISA == 3
const RnnKernels rnn_avx512 = {lstm, gru, tanh_row, add};
#elif WICK_ISA == 2
const RnnKernels rnn_avx2 = {lstm, gru, tanh_row, add};
#else
const RnnKernels rnn_base = {lstm, gru, tanh_row, add};
#endif
