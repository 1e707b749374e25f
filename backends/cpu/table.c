// SPDX-License-Identifier: BSD-3-Clause
// Fills the table of SIMD bodies once: the baseline first, then what each wider instruction set overrides.
#include "backends/cpu/table.h"

#include <pthread.h>

static CpuTable table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void)
{
	CpuIsa isa = cpu_isa();
	if (isa >= ISA_SSE2)
		pointwise_fill_base(&table), reduce_fill_base(&table), softmax_fill_base(&table), convert_fill_base(&table),
			random_fill_base(&table);
	if (isa >= ISA_AVX2)
		pointwise_fill_avx2(&table), reduce_fill_avx2(&table), softmax_fill_avx2(&table), convert_fill_avx2(&table),
			random_fill_avx2(&table);
	if (isa >= ISA_AVX512)
		pointwise_fill_avx512(&table), reduce_fill_avx512(&table), softmax_fill_avx512(&table), convert_fill_avx512(&table),
			random_fill_avx512(&table);
}

const CpuTable *cpu_table(void)
{
	pthread_once(&once, fill);
	return &table;
}
