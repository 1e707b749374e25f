// SPDX-License-Identifier: BSD-3-Clause
// Around the integer products: weight parameters, and turning sums into stored integers or floats.
#include "backends/cpu/quant_gemm.h"

#include <math.h>
#include <stdlib.h>

static const QuantKernels *chosen(void)
{
	switch (cpu_isa()) {
	case ISA_AVX512: return &quant_avx512;
	case ISA_AVX2: return &quant_avx2;
	default: return &quant_base;
	}
}

const QuantKernels *quant_kernels(void)
{
	return chosen();
}

static double vector_at(const Tensor *t, int64_t i)
{
	DType d = tensor_dtype(t);
	return element_f64((const uint8_t *)tensor_data(t) + i * t->strides[0] * (int64_t)dtype_size(d), d);
}

Status quant_scales_of(Exec *x, const Tensor *w, int axis, QuantScales *out)
{
	const Quantizer *q = w->quant;
	int64_t n = w->sizes[axis];
	*out = (QuantScales){.n = n, .per_tensor = !q->scales};
	if (q->scales && (q->axis != axis || q->scales->ndim != 1 || q->zero_points->ndim != 1 || q->scales->numel != n ||
		q->zero_points->numel != n))
		return xfail(x, "weights quantized per channel must have their channels along dimension %d", axis);
	out->scale = xcalloc((size_t)n + 1, sizeof *out->scale);
	out->zero_point = xcalloc((size_t)n + 1, sizeof *out->zero_point);
	for (int64_t i = 0; i < n; i++) {
		double z = q->scales ? vector_at(q->zero_points, i) : (double)q->zero_point;
		out->scale[i] = (float)(q->scales ? vector_at(q->scales, i) : q->scale);
		out->zero_point[i] = z >= -128 && z <= 127 ? (int32_t)z : 0;
		out->shifted |= out->zero_point[i] != 0;
	}
	return STATUS_OK;
}

void quant_scales_free(QuantScales *s)
{
	free(s->scale);
	free(s->zero_point);
}

float *quant_store_vectors(const QuantScales *w, const Tensor *bias, float in_scale, float out_scale, QuantStore *store)
{
	float *v = xcalloc(2 * (size_t)w->n + 1, sizeof *v), *scale = v, *b = v + w->n;
	for (int64_t i = 0; i < w->n; i++) {
		float both = in_scale * w->scale[i];
		float f = bias ? (float)vector_at(bias, i) : 0;
		scale[i] = out_scale != 0 ? both / out_scale : both;
		b[i] = out_scale == 0 ? f : w->per_tensor ? f * (1.0f / both) : f / both;
		if (out_scale != 0 && !bias)
			b[i] = 0;
	}
	store->scale = scale;
	store->bias = b;
	store->shift = w->shifted ? w->zero_point : NULL;
	store->to_float = out_scale == 0;
	return v;
}

int32_t quant_row_sum(const int16_t *a, int64_t k)
{
	uint32_t s = 0;
	for (int64_t i = 0; i < k; i++)
		s += (uint32_t)a[i];
	return (int32_t)s;
}

static void store_added(const QuantStore *s, const int32_t *acc, int64_t channel, int64_t n, uint8_t *q, const uint8_t *add)
{
	for (int64_t i = 0; i < n; i++) {
		float v = ((float)acc[i] + s->bias[channel + i]) * s->scale[channel + i];
		v += (float)((int)add[i] - s->add_zero) * s->add_scale;
		v = v > s->lo ? v : s->lo;
		v = v < s->hi ? v : s->hi;
		q[i] = (uint8_t)((int)nearbyintf(v) + s->zero_point);
	}
}

void quant_store_row(const QuantKernels *k, const QuantStore *s, int32_t *acc, int64_t channel, int64_t n, int32_t row_sum,
	void *to, int64_t at)
{
	const float *scale = s->scale + channel, *bias = s->bias + channel;
	if (s->shift)
		for (int64_t i = 0; i < n; i++)
			acc[i] = (int32_t)((uint32_t)acc[i] - (uint32_t)s->shift[channel + i] * (uint32_t)row_sum);
	if (s->to_float) {
		float *f = (float *)to + at;
		for (int64_t i = 0; i < n; i++) {
			float v = (float)acc[i] * scale[i] + bias[i];
			f[i] = s->relu && v < 0 ? 0 : v;
		}
	} else if (s->add) {
		store_added(s, acc, channel, n, (uint8_t *)to + at, s->add + at);
	} else {
		k->requantize((uint8_t *)to + at, acc, bias, scale, n, s->lo, s->hi, s->zero_point);
	}
}
