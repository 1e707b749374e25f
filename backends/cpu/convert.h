// SPDX-License-Identifier: BSD-3-Clause
// Runs of elements: conversion between dtypes, gathering and scattering with a stride.  All take n elements,
// never fail and never allocate; source and destination do not overlap unless they are the same run.
#ifndef WICK_BACKENDS_CPU_CONVERT_H
#define WICK_BACKENDS_CPU_CONVERT_H

#include "core/dtype.h"

// dst[i] = (dd)src[i], both contiguous.  Float to integer truncates; out of range gives what x86 gives
// (the smallest int32 or int64, then the low bits).  Complex to real drops the imaginary part.
void convert_run(void *dst, DType dd, const void *src, DType ds, int64_t n);
// Contiguous dst from a source whose elements are `stride` bytes apart, and back.  size: bytes an element.
void gather_run(void *dst, const char *src, int64_t stride, size_t size, int64_t n);
void scatter_run(char *dst, int64_t stride, const void *src, size_t size, int64_t n);

#define RUN_MOST 512
// Gathers, converts src → via → want (via may be DT_NONE: directly) into a contiguous run.  n ≤ RUN_MOST.
void load_run(char *to, DType want, DType via, const char *from, DType src, int64_t stride, int64_t n);

static inline int32_t i32_from_f64(double v)
{
	return v > -2147483649.0 && v < 2147483648.0 ? (int32_t)v : INT32_MIN;
}
static inline int64_t i64_from_f64(double v)
{
	return v >= -9223372036854775808.0 && v < 9223372036854775808.0 ? (int64_t)v : INT64_MIN;
}
static inline uint64_t u64_from_f64(double v)
{
	return v >= 9223372036854775808.0 && v < 18446744073709551616.0 ? (uint64_t)v : (uint64_t)i64_from_f64(v);
}

#endif
