// SPDX-License-Identifier: BSD-3-Clause
// Depthwise convolution (too little arithmetic per byte for a matrix product) and the packing of patches for
// the others, built once per instruction set.
#include "backends/cpu/conv_patch.h"

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#if WICK_ISA == 3
#define ISA_SUFFIX _avx512
#elif WICK_ISA == 2
#define ISA_SUFFIX _avx2
#else
#define ISA_SUFFIX _base
#endif

#define T float
#define SUFFIX _f32
#if WICK_ISA >= 2
#define MADD(a, b, c) __builtin_fmaf(a, b, c)
#else
#define MADD(a, b, c) ((a) * (b) + (c))
#endif
#include "backends/cpu/conv_body.h"
#undef T
#undef SUFFIX
#undef MADD

#define T double
#define SUFFIX _f64
#if WICK_ISA >= 2
#define MADD(a, b, c) __builtin_fma(a, b, c)
#else
#define MADD(a, b, c) ((a) * (b) + (c))
#endif
#include "backends/cpu/conv_body.h"

#define PACK(NAME, GATHER, T)                                                                                   \
	PATCH_GATHER(GATHER, T)                                                                                 \
	static void NAME(const void *patches, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst) \
	{                                                                                                       \
		GATHER(patches, first, n, width, k0, kc, dst);                                                  \
		for (int64_t p = 0; n < width && p < kc; p++)                                                   \
			memset((T *)dst + p * width + n, 0, (size_t)(width - n) * sizeof(T));                   \
	}
PACK(pack_f32, gather_f32, float)
PACK(pack_f64, gather_f64, double)

const ConvKernels CAT(conv, ISA_SUFFIX) = {.depthwise_f32 = depthwise_f32, .depthwise_f64 = depthwise_f64, .pack_f32 = pack_f32,
	.pack_f64 = pack_f64};
