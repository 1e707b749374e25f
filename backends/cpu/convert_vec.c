// SPDX-License-Identifier: BSD-3-Clause
// SIMD conversions between the dtypes that meet most often; convert.c has the rest and the reference.
// A destination may be its source's own run only where both have one size.
#include "backends/cpu/table.h"
#include "backends/cpu/vec.h"

#if WICK_ISA >= 2
#include <immintrin.h>
#endif

#define CONVERT(NAME, D, S, E)                                                                          \
	static void NAME(void *dst, const void *src, int64_t n)                                         \
	{                                                                                               \
		D *restrict d = dst;                                                                    \
		const S *restrict s = src;                                                              \
		for (int64_t k = 0; k < n; k++) {                                                       \
			S v = s[k];                                                                     \
			d[k] = (D)(E);                                                                  \
		}                                                                                       \
	}
CONVERT(f64_f32, double, float, v)
CONVERT(f32_f64, float, double, v)
CONVERT(f32_u8, float, uint8_t, v)
CONVERT(f32_i32, float, int32_t, v)
CONVERT(f32_i64, float, int64_t, v)
CONVERT(f64_i64, double, int64_t, v)
CONVERT(f64_i32, double, int32_t, v)
CONVERT(f32_bool, float, uint8_t, v != 0)
CONVERT(i64_bool, int64_t, uint8_t, v != 0)
CONVERT(i64_u8, int64_t, uint8_t, v)
CONVERT(i64_i8, int64_t, int8_t, v)
CONVERT(i64_i16, int64_t, int16_t, v)
CONVERT(i64_i32, int64_t, int32_t, v)
CONVERT(bool_i64, uint8_t, int64_t, v != 0)
CONVERT(u8_i64, uint8_t, int64_t, v)
CONVERT(i8_i64, int8_t, int64_t, (uint8_t)v)
CONVERT(i16_i64, int16_t, int64_t, (uint16_t)v)
CONVERT(i32_i64, int32_t, int64_t, (uint32_t)v)
CONVERT(bool_f32, uint8_t, float, v != 0)

static void f32_bf16(void *dst, const void *src, int64_t n)
{
	uint32_t *restrict d = dst;
	const uint16_t *restrict s = src;
	for (int64_t k = 0; k < n; k++)
		d[k] = (uint32_t)s[k] << 16;
}
static void bf16_f32(void *dst, const void *src, int64_t n)
{
	uint16_t *restrict d = dst;
	const uint32_t *restrict s = src;
	for (int64_t k = 0; k < n; k++) {
		uint32_t u = s[k], r = (u + 0x7fff + (u >> 16 & 1)) >> 16;
		d[k] = (uint16_t)((u & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : r);
	}
}

#if WICK_ISA >= 2
static void f32_f16(void *dst, const void *src, int64_t n)
{
	float *d = dst;
	const f16_t *s = src;
	int64_t k = 0;
	for (; k + 8 <= n; k += 8)
		_mm256_storeu_ps(d + k, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(s + k))));
	for (; k < n; k++)
		d[k] = f16_to_f32(s[k]);
}
static void f16_f32(void *dst, const void *src, int64_t n)
{
	f16_t *d = dst;
	const float *s = src;
	int64_t k = 0;
	for (; k + 8 <= n; k += 8)
		_mm_storeu_si128((__m128i *)(d + k), _mm256_cvtps_ph(_mm256_loadu_ps(s + k), _MM_FROUND_TO_NEAREST_INT));
	for (; k < n; k++)
		d[k] = f16_from_f32(s[k]);
}
#endif

void VEC_NAME(convert_fill)(CpuTable *t)
{
#define SET(D, S, NAME) t->convert[DT_##D][DT_##S] = NAME;
	SET(F64, F32, f64_f32) SET(F32, F64, f32_f64) SET(F32, U8, f32_u8) SET(F32, I32, f32_i32) SET(F32, I64, f32_i64)
	SET(F64, I64, f64_i64) SET(F64, I32, f64_i32) SET(F32, BOOL, f32_bool) SET(I64, BOOL, i64_bool)
	SET(I64, U8, i64_u8) SET(I64, I8, i64_i8) SET(I64, I16, i64_i16) SET(I64, I32, i64_i32) SET(BOOL, I64, bool_i64)
	SET(U8, I64, u8_i64) SET(I8, I64, i8_i64) SET(I16, I64, i16_i64) SET(I32, I64, i32_i64) SET(BOOL, F32, bool_f32)
	SET(F32, BF16, f32_bf16) SET(BF16, F32, bf16_f32)
#if WICK_ISA >= 2
	SET(F32, F16, f32_f16) SET(F16, F32, f16_f32)
#endif
#undef SET
}
