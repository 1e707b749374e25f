// SPDX-License-Identifier: BSD-3-Clause
// Integer inner loops of quantised layers, built once per instruction set.
//
// Activations come as 16-bit differences from their zero point and weights as the stored bytes, so a product of
// two fits 16 bits and pairs of them add up exactly in 32: the form that multiply-add instructions want, and
// padding is plain zero.
#include "backends/cpu/quant_gemm.h"

// c[i][j] = Σ a[i][k]·b[j][k]; R rows of a and four of b at once, so that each load serves several products.
#define DOT(i, j) sum##i##j += (int32_t)a##i[p] * (int32_t)(int16_t)b##j[p];

static void tile_2x4(const int16_t *a, int64_t lda, const int8_t *b, int64_t ldb, int64_t k, int32_t *c, int64_t ldc)
{
	const int16_t *a0 = a, *a1 = a + lda;
	const int8_t *b0 = b, *b1 = b + ldb, *b2 = b + 2 * ldb, *b3 = b + 3 * ldb;
	int32_t sum00 = 0, sum01 = 0, sum02 = 0, sum03 = 0, sum10 = 0, sum11 = 0, sum12 = 0, sum13 = 0;
	for (int64_t p = 0; p < k; p++) {
		DOT(0, 0) DOT(0, 1) DOT(0, 2) DOT(0, 3)
		DOT(1, 0) DOT(1, 1) DOT(1, 2) DOT(1, 3)
	}
	c[0] = sum00, c[1] = sum01, c[2] = sum02, c[3] = sum03;
	c += ldc;
	c[0] = sum10, c[1] = sum11, c[2] = sum12, c[3] = sum13;
}

static void tile_1x4(const int16_t *a, const int8_t *b, int64_t ldb, int64_t k, int32_t *c)
{
	const int16_t *a0 = a;
	const int8_t *b0 = b, *b1 = b + ldb, *b2 = b + 2 * ldb, *b3 = b + 3 * ldb;
	int32_t sum00 = 0, sum01 = 0, sum02 = 0, sum03 = 0;
	for (int64_t p = 0; p < k; p++) {
		DOT(0, 0) DOT(0, 1) DOT(0, 2) DOT(0, 3)
	}
	c[0] = sum00, c[1] = sum01, c[2] = sum02, c[3] = sum03;
}

static int32_t tile_1x1(const int16_t *a0, const int8_t *b0, int64_t k)
{
	int32_t sum00 = 0;
	for (int64_t p = 0; p < k; p++)
		DOT(0, 0)
	return sum00;
}

static void gemm_piece(const int16_t *a, int64_t lda, int64_t m, const int8_t *b, int64_t ldb, int64_t n, int64_t k, int32_t *c,
	int64_t ldc)
{
	int64_t i = 0;
	for (; i < m; i += i + 1 < m ? 2 : 1) {
		int rows = i + 1 < m ? 2 : 1;
		int64_t j = 0;
		for (; j + 4 <= n; j += 4)
			if (rows == 2)
				tile_2x4(a + i * lda, lda, b + j * ldb, ldb, k, c + i * ldc + j, ldc);
			else
				tile_1x4(a + i * lda, b + j * ldb, ldb, k, c + i * ldc + j);
		for (; j < n; j++)
			for (int r = 0; r < rows; r++)
				c[(i + r) * ldc + j] = tile_1x1(a + (i + r) * lda, b + j * ldb, k);
	}
}

// Sums of this many products cannot leave 32 bits; deeper ones wrap, without a trap, like everybody's.
#define DEEPEST 65536

static void gemm_block(const int16_t *a, int64_t lda, int64_t m, const int8_t *b, int64_t ldb, int64_t n, int64_t k, int32_t *c,
	int64_t ldc)
{
	gemm_piece(a, lda, m, b, ldb, n, k < DEEPEST ? k : DEEPEST, c, ldc);
	for (int64_t p = DEEPEST; p < k; p += DEEPEST)
		for (int64_t i = 0; i < m; i++)
			for (int64_t j = 0; j < n; j++)
				c[i * ldc + j] = (int32_t)((uint32_t)c[i * ldc + j] +
					(uint32_t)tile_1x1(a + i * lda + p, b + j * ldb + p, k - p < DEEPEST ? k - p : DEEPEST));
}

// acc[c] += a[c]·w[c]: one tap of a depthwise convolution over all channels.
static void tap_row(int32_t *restrict acc, const int16_t *restrict a, const int8_t *restrict w, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		acc[i] = (int32_t)((uint32_t)acc[i] + (uint32_t)((int32_t)a[i] * (int32_t)w[i]));
}

static void center_u8(int16_t *restrict dst, const uint8_t *restrict src, int64_t n, int zero_point)
{
	for (int64_t i = 0; i < n; i++)
		dst[i] = (int16_t)(src[i] - zero_point);
}

static void center_s8(int16_t *restrict dst, const int8_t *restrict src, int64_t n, int zero_point)
{
	for (int64_t i = 0; i < n; i++)
		dst[i] = (int16_t)(src[i] - zero_point);
}

// Adding and taking away 1.5·2^23 rounds to nearest even without a call, for what fits 22 bits.
#define ROUND_MAGIC 12582912.0f

static void requantize(uint8_t *restrict q, const int32_t *restrict acc, const float *restrict bias, const float *restrict scale,
	int64_t n, float lo, float hi, int zero_point)
{
	for (int64_t i = 0; i < n; i++) {
		float v = ((float)acc[i] + bias[i]) * scale[i];
		v = v > lo ? v : lo;
		v = v < hi ? v : hi;
		q[i] = (uint8_t)((int)((v + ROUND_MAGIC) - ROUND_MAGIC) + zero_point);
	}
}

static void quantize(uint8_t *restrict q, const float *restrict f, int64_t n, float inverse, float zero_point, float lo, float hi)
{
	for (int64_t i = 0; i < n; i++) {
		float v = f[i] * inverse + zero_point;
		v = v < hi ? v : hi; // NaN goes up
		v = v > lo ? v : lo;
		q[i] = (uint8_t)(int)((v + ROUND_MAGIC) - ROUND_MAGIC);
	}
}

static void dequantize_u8(float *restrict f, const uint8_t *restrict q, int64_t n, float scale, int zero_point)
{
	for (int64_t i = 0; i < n; i++)
		f[i] = (float)((int)q[i] - zero_point) * scale;
}

static void dequantize_s8(float *restrict f, const int8_t *restrict q, int64_t n, float scale, int zero_point)
{
	for (int64_t i = 0; i < n; i++)
		f[i] = (float)((int)q[i] - zero_point) * scale;
}

#if WICK_ISA == 1
#define TABLE quant_base
#elif WICK_ISA == 2
#define TABLE quant_avx2
#else
#define TABLE quant_avx512
#endif
const QuantKernels TABLE = {gemm_block, tap_row, center_u8, center_s8, requantize, quantize, dequantize_u8, dequantize_s8};
