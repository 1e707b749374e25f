// SPDX-License-Identifier: BSD-3-Clause
// Conversion of runs of elements.  Every source dtype is read as one of six carrier types (int64, uint64,
// float, double, complex float, complex double) that hold it exactly, and every destination is written from
// the carrier; a macro makes one loop for each pair.
#include "backends/cpu/convert.h"

#include "backends/cpu/table.h"

#include <string.h>

static inline int32_t low_from_f64(double v) { return i32_from_f64(v); }

// Reading: ROW(dtype, C type, carrier type, expression of v)
#define SOURCES(ROW, ...)                                               \
	ROW(DT_BOOL, uint8_t, int64_t, v != 0, __VA_ARGS__)             \
	ROW(DT_U8, uint8_t, int64_t, v, __VA_ARGS__)                    \
	ROW(DT_I8, int8_t, int64_t, v, __VA_ARGS__)                     \
	ROW(DT_I16, int16_t, int64_t, v, __VA_ARGS__)                   \
	ROW(DT_I32, int32_t, int64_t, v, __VA_ARGS__)                   \
	ROW(DT_I64, int64_t, int64_t, v, __VA_ARGS__)                   \
	ROW(DT_U16, uint16_t, int64_t, v, __VA_ARGS__)                  \
	ROW(DT_U32, uint32_t, int64_t, v, __VA_ARGS__)                  \
	ROW(DT_U64, uint64_t, uint64_t, v, __VA_ARGS__)                 \
	ROW(DT_F16, f16_t, float, f16_to_f32(v), __VA_ARGS__)           \
	ROW(DT_BF16, bf16_t, float, bf16_to_f32(v), __VA_ARGS__)        \
	ROW(DT_F32, float, float, v, __VA_ARGS__)                       \
	ROW(DT_F64, double, double, v, __VA_ARGS__)

#define LOOP(DT, S, C, READ, D, WRITE)                                  \
	case DT: {                                                      \
		const S *s = src;                                       \
		for (int64_t i = 0; i < n; i++) {                       \
			S v = s[i];                                     \
			C c = READ;                                     \
			d[i] = WRITE;                                   \
		}                                                       \
		return;                                                 \
	}
// One function a destination; WI is the expression for integer carriers, WF for real ones.
#define LOOP_INT(DT, S, C, READ, D, WI, WF) LOOP(DT, S, C, READ, D, _Generic((C)0, int64_t: WI, uint64_t: WI, default: WF))
#define TO(NAME, D, WI, WF)                                                                     \
	static void NAME(D *restrict d, const void *restrict src, DType ds, int64_t n)          \
	{                                                                                       \
		switch (ds) {                                                                   \
			SOURCES(LOOP_INT, D, WI, WF)                                            \
		default: break;                                                                 \
		}                                                                               \
	}
TO(to_bool, uint8_t, c != 0, c != 0)
TO(to_u8, uint8_t, (uint8_t)c, (uint8_t)low_from_f64((double)c))
TO(to_i8, int8_t, (int8_t)(uint8_t)c, (int8_t)low_from_f64((double)c))
TO(to_i16, int16_t, (int16_t)(uint16_t)c, (int16_t)low_from_f64((double)c))
TO(to_u16, uint16_t, (uint16_t)c, (uint16_t)low_from_f64((double)c))
TO(to_i32, int32_t, (int32_t)(uint32_t)c, low_from_f64((double)c))
TO(to_u32, uint32_t, (uint32_t)c, (uint32_t)i64_from_f64((double)c))
TO(to_i64, int64_t, (int64_t)c, i64_from_f64((double)c))
TO(to_u64, uint64_t, (uint64_t)c, u64_from_f64((double)c))
TO(to_f16, f16_t, f16_from_f32((float)c), f16_from_f32((float)c))
TO(to_bf16, bf16_t, bf16_from_f32((float)c), bf16_from_f32((float)c))
TO(to_f32, float, (float)c, (float)c)
TO(to_f64, double, (double)c, (double)c)

// Reals into the even slots of a complex run, walking down so that dst may start where src does not matter.
#define COMPLEX_FROM_REAL(NAME, D, PART, TO_PART)                                               \
	static void NAME(D *d, const void *src, DType ds, int64_t n)                            \
	{                                                                                       \
		PART part[256];                                                                 \
		size_t size = dtype_size(ds);                                                   \
		for (int64_t at = 0; at < n; at += 256) {                                       \
			int64_t m = n - at < 256 ? n - at : 256;                                \
			TO_PART(part, (const char *)src + (size_t)at * size, ds, m);            \
			for (int64_t i = 0; i < m; i++) {                                       \
				PART pair[2] = {part[i], (PART){0}};                            \
				memcpy(&d[at + i], pair, sizeof pair);                          \
			}                                                                       \
		}                                                                               \
	}
COMPLEX_FROM_REAL(c32_from_real, c32_t, f16_t, to_f16)
COMPLEX_FROM_REAL(c64_from_real, c64_t, float, to_f32)
COMPLEX_FROM_REAL(c128_from_real, c128_t, double, to_f64)

static DType part_of(DType d)
{
	return d == DT_C32 ? DT_F16 : d == DT_C64 ? DT_F32 : DT_F64;
}

static void from_complex(void *dst, DType dd, const void *src, DType ds, int64_t n)
{
	DType ps = part_of(ds);
	if (dtype_is_complex(dd)) { // a complex run is a run of twice as many parts
		convert_run(dst, part_of(dd), src, ps, 2 * n);
		return;
	}
	size_t half = dtype_size(ps), size = dtype_size(dd);
	double part[256];
	for (int64_t at = 0; at < n; at += 256) {
		int64_t m = n - at < 256 ? n - at : 256;
		const char *s = (const char *)src + (size_t)at * 2 * half;
		char *d = (char *)dst + (size_t)at * size;
		gather_run(part, s, (int64_t)(2 * half), half, m);
		convert_run(d, dd, part, ps, m);
		if (dd == DT_BOOL) {
			uint8_t im[256];
			gather_run(part, s + half, (int64_t)(2 * half), half, m);
			convert_run(im, DT_BOOL, part, ps, m);
			for (int64_t i = 0; i < m; i++)
				d[i] |= (char)im[i];
		}
	}
}

void convert_run(void *dst, DType dd, const void *src, DType ds, int64_t n)
{
	if (dd == ds) {
		if (dst != src)
			memcpy(dst, src, (size_t)n * dtype_size(dd));
		return;
	}
	if (n >= 8 && (unsigned)dd < CONVERT_CODES && (unsigned)ds < CONVERT_CODES && cpu_table()->convert[dd][ds]) {
		cpu_table()->convert[dd][ds](dst, src, n);
		return;
	}
	if (dtype_is_complex(ds)) {
		from_complex(dst, dd, src, ds, n);
		return;
	}
	if (dtype_is_quantized(ds))
		ds = ds == DT_QI8 ? DT_I8 : ds == DT_QI32 ? DT_I32 : DT_U8;
	if (dtype_is_quantized(dd))
		dd = dd == DT_QI8 ? DT_I8 : dd == DT_QI32 ? DT_I32 : DT_U8;
	switch (dd) {
	case DT_BOOL: to_bool(dst, src, ds, n); break;
	case DT_U8: to_u8(dst, src, ds, n); break;
	case DT_I8: to_i8(dst, src, ds, n); break;
	case DT_I16: to_i16(dst, src, ds, n); break;
	case DT_U16: to_u16(dst, src, ds, n); break;
	case DT_I32: to_i32(dst, src, ds, n); break;
	case DT_U32: to_u32(dst, src, ds, n); break;
	case DT_I64: to_i64(dst, src, ds, n); break;
	case DT_U64: to_u64(dst, src, ds, n); break;
	case DT_F16: to_f16(dst, src, ds, n); break;
	case DT_BF16: to_bf16(dst, src, ds, n); break;
	case DT_F32: to_f32(dst, src, ds, n); break;
	case DT_F64: to_f64(dst, src, ds, n); break;
	case DT_C32: c32_from_real(dst, src, ds, n); break;
	case DT_C64: c64_from_real(dst, src, ds, n); break;
	case DT_C128: c128_from_real(dst, src, ds, n); break;
	default: break;
	}
}

typedef struct { uint64_t lo, hi; } Pair;

#define STRIDED(T)                                                      \
	for (int64_t i = 0; i < n; i++) {                               \
		T v;                                                    \
		memcpy(&v, FROM, sizeof v);                             \
		memcpy(INTO, &v, sizeof v);                             \
	}

#define FROM (src + i * stride)
#define INTO ((T_ *)dst + i)
void gather_run(void *dst, const char *src, int64_t stride, size_t size, int64_t n)
{
	if (stride == (int64_t)size) {
		memcpy(dst, src, (size_t)n * size);
		return;
	}
	switch (size) {
#define T_ uint8_t
	case 1: STRIDED(uint8_t) break;
#undef T_
#define T_ uint16_t
	case 2: STRIDED(uint16_t) break;
#undef T_
#define T_ uint32_t
	case 4: STRIDED(uint32_t) break;
#undef T_
#define T_ uint64_t
	case 8: STRIDED(uint64_t) break;
#undef T_
#define T_ Pair
	default: STRIDED(Pair) break;
#undef T_
	}
}
#undef FROM
#undef INTO

#define FROM ((const T_ *)src + i)
#define INTO (dst + i * stride)
void scatter_run(char *dst, int64_t stride, const void *src, size_t size, int64_t n)
{
	if (stride == (int64_t)size) {
		memcpy(dst, src, (size_t)n * size);
		return;
	}
	switch (size) {
#define T_ uint8_t
	case 1: STRIDED(uint8_t) break;
#undef T_
#define T_ uint16_t
	case 2: STRIDED(uint16_t) break;
#undef T_
#define T_ uint32_t
	case 4: STRIDED(uint32_t) break;
#undef T_
#define T_ uint64_t
	case 8: STRIDED(uint64_t) break;
#undef T_
#define T_ Pair
	default: STRIDED(Pair) break;
#undef T_
	}
}

void load_run(char *to, DType want, DType via, const char *from, DType src, int64_t stride, int64_t n)
{
	char packed[RUN_MOST * 16];
	size_t size = dtype_size(src);
	if (stride != (int64_t)size) {
		gather_run(src == want ? to : packed, from, stride, size, n);
		from = src == want ? to : packed;
	}
	if (via != DT_NONE) {
		char mid[RUN_MOST * 16];
		convert_run(mid, via, from, src, n);
		convert_run(to, want, mid, via, n);
	} else if (from != to) {
		convert_run(to, want, from, src, n);
	}
}
