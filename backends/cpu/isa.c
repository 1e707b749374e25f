// SPDX-License-Identifier: BSD-3-Clause
// Which instruction sets this processor has, asked once.  WICK_CPU=ref|avx2|avx512 lowers the answer, so that
// tests and bug reports can run every body on one machine; it never raises it.
#include "backends/cpu/cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static CpuIsa detected;
static bool detected_f16c;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void detect(void)
{
	CpuIsa isa = ISA_REF;
#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	isa = ISA_SSE2;
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
	unsigned a, b, c, d;
	__asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
	detected_f16c = avx2 && (c >> 29 & 1);
	if (detected_f16c)
		isa = ISA_AVX2;
	if (isa == ISA_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
		isa = ISA_AVX512;
#endif
	const char *want = getenv("WICK_CPU");
	CpuIsa limit = ISA_AVX512;
	if (want && !strcmp(want, "ref"))
		limit = ISA_REF;
	else if (want && !strcmp(want, "base"))
		limit = ISA_SSE2;
	else if (want && !strcmp(want, "avx2"))
		limit = ISA_AVX2;
	detected = isa < limit ? isa : limit;
}

CpuIsa cpu_isa(void)
{
	pthread_once(&once, detect);
	return detected;
}

bool cpu_has_f16c(void)
{
	pthread_once(&once, detect);
	return detected_f16c && detected >= ISA_AVX2;
}

const char *cpu_isa_name(CpuIsa isa)
{
	static const char *const names[] = {"ref", "base", "avx2", "avx512"};
	return names[isa];
}
