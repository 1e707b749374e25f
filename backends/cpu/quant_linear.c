// SPDX-License-Identifier: BSD-3-Clause
// Quantised linear layers: static (stored integers in and out), dynamic (float in and out, quantised on the way
// with the range of the whole input) and float16 weights (plain float arithmetic).
#include "backends/cpu/quant_linear.h"

#include <math.h>
#include <stdlib.h>

#include "backends/cpu/gemm.h"
#include "backends/cpu/packed.h"
#include "backends/cpu/quant_gemm.h"
#include "backends/cpu/view.h"

enum { ROW_BLOCK = 32, COLUMN_BLOCK = 64 };

typedef struct Job {
	const QuantKernels *k;
	const int16_t *a;
	const int8_t *b;
	int64_t m, n, depth, row_blocks;
	const int32_t *row_sums;
	const QuantStore *store;
	void *out;
} Job;

static void blocks_run(void *arg, int64_t begin, int64_t end)
{
	const Job *j = arg;
	int32_t acc[ROW_BLOCK * COLUMN_BLOCK];
	for (int64_t b = begin; b < end; b++) {
		int64_t c0 = b / j->row_blocks * COLUMN_BLOCK, r0 = b % j->row_blocks * ROW_BLOCK;
		int64_t n = j->n - c0 < COLUMN_BLOCK ? j->n - c0 : COLUMN_BLOCK, m = j->m - r0 < ROW_BLOCK ? j->m - r0 : ROW_BLOCK;
		j->k->gemm_block(j->a + r0 * j->depth, j->depth, m, j->b + c0 * j->depth, j->depth, n, j->depth, acc, COLUMN_BLOCK);
		for (int64_t i = 0; i < m; i++)
			quant_store_row(j->k, j->store, acc + i * COLUMN_BLOCK, c0, n, j->row_sums[r0 + i], j->out,
				(r0 + i) * j->n + c0);
	}
}

// a: m × depth centred activations.
static Status product(Exec *x, const int16_t *a, int64_t m, const Tensor *weight, const QuantStore *store, void *out)
{
	Tensor *w = quant_stored(weight), *c = NULL;
	Status s = cpu_contiguous(x, w, &c);
	tensor_unref(&w);
	TRY(s);
	Job j = {.k = quant_kernels(), .a = a, .b = tensor_data(c), .m = m, .n = weight->sizes[0], .depth = weight->sizes[1],
		.row_blocks = (m + ROW_BLOCK - 1) / ROW_BLOCK, .store = store, .out = out};
	int32_t *sums = xcalloc((size_t)m + 1, sizeof *sums);
	if (store->shift)
		for (int64_t i = 0; i < m; i++)
			sums[i] = quant_row_sum(a + i * j.depth, j.depth);
	j.row_sums = sums;
	int64_t blocks = j.row_blocks * ((j.n + COLUMN_BLOCK - 1) / COLUMN_BLOCK);
	int64_t work = (m < ROW_BLOCK ? m : ROW_BLOCK) * COLUMN_BLOCK * (j.depth + 1);
	parallel_for(blocks, work < 200000 ? 200000 / work + 1 : 1, blocks_run, &j);
	free(sums);
	tensor_unref(&c);
	return STATUS_OK;
}

static Status check_input(Exec *x, const Tensor *in, const Tensor *weight, int64_t *rows, int64_t *sizes)
{
	if (in->ndim < 1)
		return xfail(x, "The dimension of input tensor should be larger than 0");
	if (in->sizes[in->ndim - 1] != weight->sizes[1])
		return xfail(x, "The number of columns in the input does not match the weight: %lld and %lld",
			(long long)in->sizes[in->ndim - 1], (long long)weight->sizes[1]);
	*rows = 1;
	for (int i = 0; i < in->ndim - 1; i++)
		*rows *= sizes[i] = in->sizes[i];
	sizes[in->ndim - 1] = weight->sizes[0];
	return STATUS_OK;
}

static int16_t *new_centred(Exec *x, int64_t n, Tensor **owner)
{
	return tensor_empty(DT_I16, &n, 1, owner, x->err) == STATUS_OK ? tensor_data(*owner) : NULL;
}

Status quant_center(Exec *x, const Tensor *contiguous, Tensor **out)
{
	int16_t *a = new_centred(x, contiguous->numel, out);
	if (!a)
		return STATUS_MEMORY;
	if (tensor_dtype(contiguous) == DT_QU8)
		quant_kernels()->center_u8(a, tensor_data(contiguous), contiguous->numel, (int)contiguous->quant->zero_point);
	else
		quant_kernels()->center_s8(a, tensor_data(contiguous), contiguous->numel, (int)contiguous->quant->zero_point);
	return STATUS_OK;
}

Status quant_output(Exec *x, DType d, double scale, int64_t zero_point, bool relu, QuantStore *s)
{
	TRY(quant_check(x, d, zero_point, "quantized output"));
	if (!(scale > 0))
		return xfail(x, "the scale of a quantized output must be positive, got %g", scale);
	QRange r = quant_range(d);
	s->lo = relu ? 0 : (float)(r.lo - zero_point);
	s->hi = (float)(r.hi - zero_point);
	s->zero_point = (int)zero_point;
	s->relu = relu;
	return STATUS_OK;
}

static Status linear_static(Exec *x, const Tensor *in, IValue packed, double scale, int64_t zero_point, bool relu, Tensor **out)
{
	PackedLinear p;
	TRY(packed_linear(x, packed, &p));
	TRY(quant_want_bytes(x, in, "quantized::linear"));
	if (tensor_dtype(p.weight) != DT_QI8)
		return xfail(x, "quantized::linear expects a qint8 weight, got %s", dtype_class_name(tensor_dtype(p.weight)));
	int64_t rows, sizes[MAX_DIMS];
	DType d = tensor_dtype(in);
	QuantStore store = {0};
	TRY(check_input(x, in, p.weight, &rows, sizes));
	TRY(quant_output(x, d, scale, zero_point, relu, &store));
	QuantScales w;
	Tensor *c = NULL, *a = NULL, *r = NULL;
	TRY(quant_scales_of(x, p.weight, 0, &w));
	float *vectors = quant_store_vectors(&w, p.bias, (float)in->quant->scale, (float)scale, &store);
	Quantizer *q = quantizer_per_tensor(scale, zero_point);
	Status s = cpu_contiguous(x, in, &c);
	if (s == STATUS_OK)
		s = quant_center(x, c, &a);
	if (s == STATUS_OK)
		s = quant_empty(x, d, sizes, in->ndim, q, &r);
	if (s == STATUS_OK)
		s = product(x, tensor_data(a), rows, p.weight, &store, tensor_data(r));
	quantizer_unref(&q);
	free(vectors);
	quant_scales_free(&w);
	tensor_unref(&c);
	tensor_unref(&a);
	if (s != STATUS_OK)
		tensor_unref(&r);
	*out = r;
	return s;
}

static Status linear_fp16(Exec *x, const Tensor *in, const PackedLinear *p, bool relu, Tensor **out)
{
	int64_t rows, sizes[MAX_DIMS];
	TRY(check_input(x, in, p->weight, &rows, sizes));
	int64_t n = p->weight->sizes[0], k = p->weight->sizes[1];
	Tensor *a = NULL, *b = NULL, *bias = NULL, *r = NULL;
	Status s = cpu_prepare(x, in, DT_F32, &a);
	if (s == STATUS_OK)
		s = cpu_prepare(x, p->weight, DT_F32, &b);
	if (s == STATUS_OK && p->bias)
		s = cpu_prepare(x, p->bias, DT_F32, &bias);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F32, sizes, in->ndim, &r, x->err);
	if (s == STATUS_OK) {
		float *o = tensor_data(r);
		Gemm g = {.m = rows, .n = n, .k = k, .a = {.data = tensor_data(a), .rs = k, .cs = 1},
			.b = {.data = tensor_data(b), .rs = 1, .cs = k}, .c = o, .ldc = n, .alpha = 1, .beta = 0};
		s = gemm_float(DT_F32, &g, x->err);
		for (int64_t i = 0; s == STATUS_OK && i < rows; i++)
			for (int64_t j = 0; j < n; j++) {
				float v = o[i * n + j] + (bias ? ((const float *)tensor_data(bias))[j] : 0);
				o[i * n + j] = relu && v < 0 ? 0 : v;
			}
	}
	tensor_unref(&a);
	tensor_unref(&b);
	tensor_unref(&bias);
	if (s != STATUS_OK)
		tensor_unref(&r);
	*out = r;
	return s;
}

Status quant_dynamic_input(Exec *x, const Tensor *in, bool reduce_range, Tensor **out)
{
	if (tensor_dtype(in) != DT_F32)
		return xfail(x, "a dynamically quantized layer expects a Float input, got %s", dtype_class_name(tensor_dtype(in)));
	float min, max;
	TRY(quant_min_max(x, in, &min, &max));
	if (!(max - min < INFINITY))
		return xfail(x, "In ChooseQuantizationParams, min should be less than or equal to max, and both finite");
	QParams p = quant_choose(min, max, 0, 255, reduce_range, false);
	Quantizer *q = quantizer_per_tensor(p.scale, p.zero_point);
	Tensor *c = NULL;
	Status s = cpu_contiguous(x, in, &c);
	if (s == STATUS_OK)
		s = quant_from_float(x, c, DT_QU8, q, out);
	tensor_unref(&c);
	quantizer_unref(&q);
	return s;
}

Status quant_linear_dynamic(Exec *x, const Tensor *in, IValue packed, bool reduce_range, bool relu, Tensor **out)
{
	PackedLinear p;
	TRY(packed_linear(x, packed, &p));
	if (tensor_dtype(p.weight) == DT_F32)
		return linear_fp16(x, in, &p, relu, out);
	int64_t rows, sizes[MAX_DIMS];
	TRY(check_input(x, in, p.weight, &rows, sizes));
	Tensor *q = NULL, *a = NULL, *r = NULL;
	QuantScales w;
	TRY(quant_dynamic_input(x, in, reduce_range, &q));
	Status s = quant_scales_of(x, p.weight, 0, &w);
	QuantStore store = {.relu = relu};
	if (s == STATUS_OK) {
		float *vectors = quant_store_vectors(&w, p.bias, (float)q->quant->scale, 0, &store);
		s = quant_center(x, q, &a);
		if (s == STATUS_OK)
			s = tensor_empty(DT_F32, sizes, in->ndim, &r, x->err);
		if (s == STATUS_OK)
			s = product(x, tensor_data(a), rows, p.weight, &store, tensor_data(r));
		free(vectors);
		quant_scales_free(&w);
	}
	tensor_unref(&q);
	tensor_unref(&a);
	if (s != STATUS_OK)
		tensor_unref(&r);
	*out = r;
	return s;
}

static Status ret_static(Exec *x, const IValue *args, bool relu, IValue *rets)
{
	Tensor *t;
	TRY(linear_static(x, arg_tensor(args[0]), args[1], arg_float(args[2]), arg_int(args[3]), relu, &t));
	return ret_tensor(rets, t);
}

static Status ret_dynamic(Exec *x, const IValue *args, bool reduce_range, bool relu, IValue *rets)
{
	Tensor *t;
	TRY(quant_linear_dynamic(x, arg_tensor(args[0]), args[1], reduce_range, relu, &t));
	return ret_tensor(rets, t);
}

KERNEL(quantized_linear) { return ret_static(x, args, false, rets); }
KERNEL(legacy_quantized_linear) { return ret_static(x, args, false, rets); }
KERNEL(quantized_linear_relu) { return ret_static(x, args, true, rets); }
KERNEL(quantized_linear_dynamic) { return ret_dynamic(x, args, arg_bool(args[2]), false, rets); }
KERNEL(legacy_quantized_linear_dynamic) { return ret_dynamic(x, args, arg_bool(args[2]), false, rets); }
KERNEL(quantized_linear_relu_dynamic) { return ret_dynamic(x, args, arg_bool(args[2]), true, rets); }
KERNEL(quantized_linear_dynamic_fp16) { return ret_dynamic(x, args, false, false, rets); }
KERNEL(quantized_linear_relu_dynamic_fp16) { return ret_dynamic(x, args, false, true, rets); }

KERNEL(quantized_linear_dynamic_fp16_unpacked_weight)
{
	PackedLinear p = {arg_tensor(args[1]), arg_tensor(args[2])};
	if (p.weight->ndim != 2 || (p.bias && (p.bias->ndim != 1 || p.bias->numel != p.weight->sizes[0])))
		return xfail(x, "quantized::linear_dynamic_fp16_unpacked_weight expects a weight of 2 dimensions and a bias of 1");
	Tensor *half, *t;
	TRY(cpu_to_dtype(x, p.weight, DT_F16, &half));
	p.weight = half;
	Status s = linear_fp16(x, arg_tensor(args[0]), &p, false, &t);
	tensor_unref(&half);
	return s == STATUS_OK ? ret_tensor(rets, t) : s;
}

// The input is quantised with given parameters, the result stays float.
static Status linear_through(Exec *x, const IValue *args, bool relu, IValue *rets)
{
	PackedLinear p;
	int64_t rows, sizes[MAX_DIMS];
	const Tensor *in = arg_tensor(args[0]);
	TRY(packed_linear(x, args[3], &p));
	TRY(check_input(x, in, p.weight, &rows, sizes));
	TRY(quant_check(x, DT_QU8, arg_int(args[2]), "quantized input"));
	if (tensor_dtype(p.weight) != DT_QI8)
		return xfail(x, "expected a qint8 weight, got %s", dtype_class_name(tensor_dtype(p.weight)));
	Quantizer *q = quantizer_per_tensor(arg_float(args[1]), arg_int(args[2]));
	Tensor *c = NULL, *stored = NULL, *a = NULL, *r = NULL;
	QuantScales w = {0};
	QuantStore store = {.relu = relu};
	Status s = cpu_contiguous(x, in, &c);
	if (s == STATUS_OK)
		s = quant_from_float(x, c, DT_QU8, q, &stored);
	if (s == STATUS_OK)
		s = quant_scales_of(x, p.weight, 0, &w);
	if (s == STATUS_OK)
		s = quant_center(x, stored, &a);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F32, sizes, in->ndim, &r, x->err);
	if (s == STATUS_OK) {
		float *vectors = quant_store_vectors(&w, p.bias, (float)q->scale, 0, &store);
		s = product(x, tensor_data(a), rows, p.weight, &store, tensor_data(r));
		free(vectors);
	}
	quant_scales_free(&w);
	quantizer_unref(&q);
	tensor_unref(&c);
	tensor_unref(&stored);
	tensor_unref(&a);
	if (s != STATUS_OK)
		tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

KERNEL(quantized_linear_with_input_q_dq_qweight_dq_output_fp32) { return linear_through(x, args, false, rets); }
KERNEL(quantized_linear_with_input_q_dq_qweight_dq_relu_output_fp32) { return linear_through(x, args, true, rets); }
