// SPDX-License-Identifier: BSD-3-Clause
// Depthwise convolution, built once per instruction set: too little arithmetic per byte for a matrix product.
#include "backends/cpu/conv.h"

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

const ConvKernels CAT(conv, ISA_SUFFIX) = {.depthwise_f32 = depthwise_f32, .depthwise_f64 = depthwise_f64};
