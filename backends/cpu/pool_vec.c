// SPDX-License-Identifier: BSD-3-Clause
// Rows of pooling windows: one tap of the window at a time over a whole output row, which vectorises where
// walking each window would not.  Built once per instruction set.
#include "backends/cpu/plane.h"

#define MAX_ROW(S)                                                  \
	for (int64_t i = 0; i < n; i++) {                           \
		float v = in[i * (S)], m = out[i];                  \
		out[i] = v > m ? v : v != v ? v : m;                \
	}
#define ADD_ROW(S)                              \
	for (int64_t i = 0; i < n; i++)         \
		out[i] += in[i * (S)];

static void max_row(float *restrict out, const float *restrict in, int64_t n, int64_t stride)
{
	if (stride == 1) {
		MAX_ROW(1)
	} else if (stride == 2) {
		MAX_ROW(2)
	} else {
		MAX_ROW(stride)
	}
}

static void add_row(float *restrict out, const float *restrict in, int64_t n, int64_t stride)
{
	if (stride == 1) {
		ADD_ROW(1)
	} else if (stride == 2) {
		ADD_ROW(2)
	} else {
		ADD_ROW(stride)
	}
}

#if WICK_ISA == 3
const PoolKernels pool_avx512 = {max_row, add_row};
#elif WICK_ISA == 2
const PoolKernels pool_avx2 = {max_row, add_row};
#else
const PoolKernels pool_base = {max_row, add_row};
#endif
