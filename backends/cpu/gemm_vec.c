// SPDX-License-Identifier: BSD-3-Clause
// Matrix product kernels, built once per instruction set.  The shapes of the tiles follow the register files:
// 14 rows × 2 vectors fill 28 of AVX-512's 32 registers, 6 × 2 fill 12 of AVX2's 16; the rest hold B and a
// broadcast of A.
#include "backends/cpu/gemm.h"

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)

#if defined(__SSE2__)
#include <immintrin.h>
#define vprefetch(p) _mm_prefetch((const char *)(p), _MM_HINT_T0)
#if WICK_ISA >= 2
#define TRANSPOSE_SIDE 8
static inline void transpose_block(const float *s, int64_t ld, float *d, int64_t width)
{
	__m256 r[8], t[8];
#define HALVES(i) _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(s + (i) * ld)), _mm_loadu_ps(s + ((i) + 4) * ld), 1)
#define HALVES4(i) \
	_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(s + (i) * ld + 4)), _mm_loadu_ps(s + ((i) + 4) * ld + 4), 1)
	// row i and row i + 4 side by side: what is left are 4×4 transpositions within the halves
	for (int i = 0; i < 4; i++) {
		r[i] = HALVES(i);
		r[i + 4] = HALVES4(i);
	}
#undef HALVES
#undef HALVES4
	for (int i = 0; i < 8; i += 4) {
		t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
		t[i + 2] = _mm256_unpacklo_ps(r[i + 2], r[i + 3]);
		t[i + 3] = _mm256_unpackhi_ps(r[i + 2], r[i + 3]);
		_mm256_storeu_ps(d + i * width, _mm256_shuffle_ps(t[i], t[i + 2], 0x44));
		_mm256_storeu_ps(d + (i + 1) * width, _mm256_shuffle_ps(t[i], t[i + 2], 0xee));
		_mm256_storeu_ps(d + (i + 2) * width, _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44));
		_mm256_storeu_ps(d + (i + 3) * width, _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee));
	}
}
#else
#define TRANSPOSE_SIDE 4
static inline void transpose_block(const float *s, int64_t ld, float *d, int64_t width)
{
	__m128 r0 = _mm_loadu_ps(s), r1 = _mm_loadu_ps(s + ld), r2 = _mm_loadu_ps(s + 2 * ld),
	       r3 = _mm_loadu_ps(s + 3 * ld);
	_MM_TRANSPOSE4_PS(r0, r1, r2, r3);
	_mm_storeu_ps(d, r0);
	_mm_storeu_ps(d + width, r1);
	_mm_storeu_ps(d + 2 * width, r2);
	_mm_storeu_ps(d + 3 * width, r3);
}
#endif
#define TRANSPOSE_BLOCK transpose_block
#else
#define vprefetch(p) ((void)(p))
#endif

#if WICK_ISA == 3
#define ISA_SUFFIX _avx512
#define TILE_M 14
#define DOT_M 4
#define DOT_N 4
#define T float
#define V __m512
#define VL 16
#define SUFFIX _f32
#define vzero() _mm512_setzero_ps()
#define vload(p) _mm512_loadu_ps(p)
#define vload_part(p, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define vstore(p, v) _mm512_storeu_ps(p, v)
#define vset1(x) _mm512_set1_ps(x)
#define vfma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define vmul(a, b) _mm512_mul_ps(a, b)
#define vsum(v) _mm512_reduce_add_ps(v)
#elif WICK_ISA == 2
#define ISA_SUFFIX _avx2
#define TILE_M 6
#define DOT_M 2
#define DOT_N 4
#define T float
#define V __m256
#define VL 8
#define SUFFIX _f32
static const int32_t part_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#define part8(n) _mm256_loadu_si256((const __m256i *)(part_mask + 8 - (n)))
static inline float sum8(__m256 v)
{
	__m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
	s = _mm_add_ps(s, _mm_movehl_ps(s, s));
	return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
#define vzero() _mm256_setzero_ps()
#define vload(p) _mm256_loadu_ps(p)
#define vload_part(p, n) _mm256_maskload_ps(p, part8(n))
#define vstore(p, v) _mm256_storeu_ps(p, v)
#define vset1(x) _mm256_set1_ps(x)
#define vfma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define vmul(a, b) _mm256_mul_ps(a, b)
#define vsum(v) sum8(v)
#else
#define ISA_SUFFIX _base
#define TILE_M 4
#define DOT_M 2
#define DOT_N 4
#define T float
#define VL 4
#define SUFFIX _f32
typedef float v4f __attribute__((vector_size(16)));
#define V v4f
static inline v4f load4(const float *p)
{
	v4f v;
	memcpy(&v, p, sizeof v);
	return v;
}
static inline v4f load4_part(const float *p, int n)
{
	v4f v = {0};
	for (int i = 0; i < n; i++)
		v[i] = p[i];
	return v;
}
static inline void store4(float *p, v4f v)
{
	memcpy(p, &v, sizeof v);
}
#define vzero() ((V){0})
#define vload(p) load4(p)
#define vload_part(p, n) load4_part(p, n)
#define vstore(p, v) store4(p, v)
#define vset1(x) ((V){0} + (x))
#define vfma(a, b, c) ((a) * (b) + (c))
#define vmul(a, b) ((a) * (b))
#define vsum(v) (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))
#endif
#include "backends/cpu/gemm_body.h"

#undef T
#undef V
#undef VL
#undef SUFFIX
#undef vzero
#undef vload
#undef vload_part
#undef vstore
#undef vset1
#undef vfma
#undef vmul
#undef vsum
#undef TRANSPOSE_SIDE
#undef TRANSPOSE_BLOCK

#define T double
#define SUFFIX _f64
#if WICK_ISA == 3
#define V __m512d
#define VL 8
#define vzero() _mm512_setzero_pd()
#define vload(p) _mm512_loadu_pd(p)
#define vload_part(p, n) _mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1), p)
#define vstore(p, v) _mm512_storeu_pd(p, v)
#define vset1(x) _mm512_set1_pd(x)
#define vfma(a, b, c) _mm512_fmadd_pd(a, b, c)
#define vmul(a, b) _mm512_mul_pd(a, b)
#define vsum(v) _mm512_reduce_add_pd(v)
#elif WICK_ISA == 2
#define V __m256d
#define VL 4
static const int64_t part_mask4[8] = {-1, -1, -1, -1};
#define part4(n) _mm256_loadu_si256((const __m256i *)(part_mask4 + 4 - (n)))
static inline double sum4(__m256d v)
{
	__m128d s = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
	return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
}
#define vzero() _mm256_setzero_pd()
#define vload(p) _mm256_loadu_pd(p)
#define vload_part(p, n) _mm256_maskload_pd(p, part4(n))
#define vstore(p, v) _mm256_storeu_pd(p, v)
#define vset1(x) _mm256_set1_pd(x)
#define vfma(a, b, c) _mm256_fmadd_pd(a, b, c)
#define vmul(a, b) _mm256_mul_pd(a, b)
#define vsum(v) sum4(v)
#else
typedef double v2d __attribute__((vector_size(16)));
#define V v2d
#define VL 2
static inline v2d load2(const double *p)
{
	v2d v;
	memcpy(&v, p, sizeof v);
	return v;
}
static inline v2d load2_part(const double *p, int n)
{
	return (v2d){n > 0 ? p[0] : 0, 0};
}
static inline void store2(double *p, v2d v)
{
	memcpy(p, &v, sizeof v);
}
#define vzero() ((V){0})
#define vload(p) load2(p)
#define vload_part(p, n) load2_part(p, n)
#define vstore(p, v) store2(p, v)
#define vset1(x) ((V){0} + (x))
#define vfma(a, b, c) ((a) * (b) + (c))
#define vmul(a, b) ((a) * (b))
#define vsum(v) ((v)[0] + (v)[1])
#endif
#include "backends/cpu/gemm_body.h"
