// SPDX-License-Identifier: BSD-3-Clause
// The arithmetic of quantised layers: products of centred 16-bit activations with 8-bit weights in 32 bits.
#ifndef WICK_BACKENDS_CPU_QUANT_GEMM_H
#define WICK_BACKENDS_CPU_QUANT_GEMM_H

#include "backends/cpu/quant.h"

typedef struct QuantKernels {
	// c (m × n) = a (m × k) · bᵀ, b being n × k
	void (*gemm_block)(const int16_t *a, int64_t lda, int64_t m, const int8_t *b, int64_t ldb, int64_t n, int64_t k,
		int32_t *c, int64_t ldc);
	void (*tap_row)(int32_t *acc, const int16_t *a, const int8_t *w, int64_t n);
	void (*center_u8)(int16_t *dst, const uint8_t *src, int64_t n, int zero_point);
	void (*center_s8)(int16_t *dst, const int8_t *src, int64_t n, int zero_point);
	// q = round((acc + bias) · scale), clamped to lo … hi, plus zero_point
	void (*requantize)(uint8_t *q, const int32_t *acc, const float *bias, const float *scale, int64_t n, float lo, float hi,
		int zero_point);
	// q = round(f · inverse + zero_point), clamped to lo … hi
	void (*quantize)(uint8_t *q, const float *f, int64_t n, float inverse, float zero_point, float lo, float hi);
	void (*dequantize_u8)(float *f, const uint8_t *q, int64_t n, float scale, int zero_point);
	void (*dequantize_s8)(float *f, const int8_t *q, int64_t n, float scale, int zero_point);
} QuantKernels;
extern const QuantKernels quant_base, quant_avx2, quant_avx512;
const QuantKernels *quant_kernels(void);

// The parameters of a qint8 weight by output channel; weight axis `axis` has n entries.
typedef struct QuantScales {
	int64_t n;
	float *scale;
	int32_t *zero_point;
	bool shifted;            // some zero point is not 0
	bool per_tensor;
} QuantScales;
Status quant_scales_of(Exec *x, const Tensor *weight, int axis, QuantScales *out); // free with quant_scales_free
void quant_scales_free(QuantScales *s);

// What becomes of a row of sums; every vector has one entry an output channel.
typedef struct QuantStore {
	const float *scale;      // sum → float: in·weight; to stored integers: in·weight/out
	const float *bias;       // float: added after scaling; stored: in units of the sum
	const int32_t *shift;    // weight zero points, times the sum of the row's activations; NULL: all 0
	bool to_float, relu;
	float lo, hi;            // bounds of the stored value less its zero point
	int zero_point;
	float add_scale;         // residual: (r − add_zero) · add_scale joins before rounding
	int add_zero;
	const uint8_t *add;      // NULL: none; laid out as the output
} QuantStore;

// The scale and bias vectors of a layer, n entries in one allocation; out_scale 0 means a float result.
float *quant_store_vectors(const QuantScales *w, const Tensor *bias, float in_scale, float out_scale, QuantStore *store);
// acc: n sums of one row; row_sum: sum of its n_in activations (used with shift); to: uint8 or float, at index `at`.
void quant_store_row(const QuantKernels *k, const QuantStore *s, int32_t *acc, int64_t channel, int64_t n, int32_t row_sum,
	void *to, int64_t at);
int32_t quant_row_sum(const int16_t *a, int64_t k);

#endif
