// SPDX-License-Identifier: BSD-3-Clause
// Elementwise operators on quantised tensors.
//
// A tensor of 8 bits has 256 values, so a function of one tensor is a table; sums of two tensors add two tables of
// floats.  Products stay in integers until the one scaling at the end.
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/quant.h"
#include "backends/cpu/view.h"

typedef float (*Function)(float v, const float *p);

typedef struct Lookup {
	const uint8_t *from;
	uint8_t *to;
	const uint8_t *table;
} Lookup;

enum { GRAIN = 1 << 15 };

static void lookup_run(void *arg, int64_t begin, int64_t end)
{
	const Lookup *l = arg;
	for (int64_t i = begin; i < end; i++)
		l->to[i] = l->table[l->from[i]];
}

// The value of stored byte i, as PyTorch's vectors compute it: fused, with scale · zero point rounded.
static float byte_value(DType d, int i, const Quantizer *q)
{
	float scale = (float)q->scale;
	int stored = d == DT_QI8 ? (int)(int8_t)i : i;
	return fmaf(scale, (float)stored, -(scale * (float)q->zero_point));
}

// A new tensor whose bytes are table[byte of t].
static Status through_table(Exec *x, const Tensor *t, const uint8_t *table, Quantizer *q, Tensor **out)
{
	Tensor *src = NULL;
	Status s = STATUS_OK;
	if (tensor_is_dense(t))
		src = tensor_ref((Tensor *)(uintptr_t)t);
	else
		s = cpu_contiguous(x, t, &src);
	TRY(s);
	s = tensor_empty_strided(tensor_dtype(t), src->sizes, src->strides, src->ndim, out, x->err);
	if (s == STATUS_OK) {
		(*out)->quant = quantizer_ref(q);
		Lookup l = {tensor_data(src), tensor_data(*out), table};
		parallel_for(src->numel, GRAIN, lookup_run, &l);
	}
	tensor_unref(&src);
	return s;
}

static Status unary(Exec *x, const Tensor *t, Function f, const float *params, Quantizer *q, IValue *rets)
{
	DType d = tensor_dtype(t);
	uint8_t table[256];
	TRY(quant_want_bytes(x, t, "this operator"));
	float inverse = 1.0f / (float)q->scale;
	for (int i = 0; i < 256; i++)
		table[i] = (uint8_t)quant_value_late(f(byte_value(d, i, t->quant), params), inverse, q->zero_point, quant_range(d));
	Tensor *r;
	TRY(through_table(x, t, table, q, &r));
	return ret_tensor(rets, r);
}

static Status unary_to(Exec *x, const Tensor *t, Function f, const float *params, IValue scale, IValue zero_point, IValue *rets)
{
	TRY(quant_check(x, tensor_dtype(t), arg_int(zero_point), "quantized output"));
	Quantizer *q = quantizer_per_tensor(arg_float(scale), arg_int(zero_point));
	Status s = unary(x, t, f, params, q, rets);
	quantizer_unref(&q);
	return s;
}

static float f_sigmoid(float v, const float *p) { (void)p; return 1 / (1 + expf(-v)); }
static float f_hardswish(float v, const float *p) { (void)p; return v * fminf(fmaxf(v + 3, 0), 6) / 6; }
static float f_leaky(float v, const float *p) { return v > 0 ? v : v * p[0]; }
static float f_clamp(float v, const float *p) { return fminf(fmaxf(v, p[0]), p[1]); }
static float f_threshold(float v, const float *p) { return v > p[0] ? v : p[1]; }
// alpha · scale, scale, input scale
static float f_elu(float v, const float *p) { return v >= 0 ? v * p[1] : expm1f(v * p[2]) * p[0]; }

KERNEL(quantized_sigmoid) { return unary_to(x, arg_tensor(args[0]), f_sigmoid, NULL, args[1], args[2], rets); }
KERNEL(quantized_hardswish) { return unary_to(x, arg_tensor(args[0]), f_hardswish, NULL, args[1], args[2], rets); }

KERNEL(quantized_leaky_relu)
{
	float p[] = {(float)arg_float(args[1])};
	return unary_to(x, arg_tensor(args[0]), f_leaky, p, args[3], args[4], rets);
}

KERNEL(quantized_elu)
{
	float scale = (float)arg_float(args[4]), p[] = {(float)arg_float(args[3]) * scale, scale, (float)arg_float(args[5])};
	return unary_to(x, arg_tensor(args[0]), f_elu, p, args[1], args[2], rets);
}

KERNEL(quantized_celu)
{
	double alpha = arg_float(args[3]);
	if (alpha == 0)
		return xfail(x, "ZeroDivisionError: alpha cannot be 0 for CELU");
	float p[] = {(float)alpha, 1, (float)(1 / alpha)};
	return unary_to(x, arg_tensor(args[0]), f_elu, p, args[1], args[2], rets);
}

KERNEL(quantized_relu6)
{
	const Tensor *t = arg_tensor(args[0]);
	float p[] = {0, 6};
	TRY(quant_want_bytes(x, t, "quantized::relu6"));
	TRY(unary(x, t, f_clamp, p, t->quant, rets));
	if (!arg_bool(args[1]))
		return STATUS_OK;
	Status s = cpu_copy(x, arg_tensor(args[0]), rets[0].tensor);
	ivalue_unref(&rets[0]);
	if (s == STATUS_OK)
		rets[0] = ivalue_ref(args[0]);
	return s;
}

KERNEL(quantized_clamp)
{
	const Tensor *t = arg_tensor(args[0]);
	float p[] = {(float)arg_float_or(args[1], -INFINITY), (float)arg_float_or(args[2], INFINITY)};
	TRY(quant_want_bytes(x, t, "quantized::clamp"));
	return unary(x, t, f_clamp, p, t->quant, rets);
}

KERNEL(quantized_threshold)
{
	const Tensor *t = arg_tensor(args[0]);
	float p[] = {(float)arg_float(args[1]), (float)arg_float(args[2])};
	TRY(quant_want_bytes(x, t, "quantized::threshold"));
	return unary(x, t, f_threshold, p, t->quant, rets);
}

KERNEL(quantized_dropout) // as in evaluation; training never sees quantised tensors
{
	const Tensor *t = arg_tensor(args[0]);
	if (arg_bool(args[4]))
		return fail(x->err, STATUS_UNSUPPORTED, "quantized::dropout in training");
	TRY(quant_want_bytes(x, t, "quantized::dropout"));
	return ret_tensor(rets, tensor_ref((Tensor *)(uintptr_t)t));
}

// ---- two tensors

typedef struct Pair {
	const uint8_t *a, *b;
	uint8_t *to;
	float va[256], vb[256];      // values (sums) …
	int32_t ia[256], ib[256];    // … or integers less the zero point (products)
	float factor;                // 1/scale, or scale·scale/scale
	float lo, hi;                // around the zero point
	int zero_point;
	bool product;
} Pair;

static void pair_run(void *arg, int64_t begin, int64_t end)
{
	const Pair *p = arg;
	for (int64_t i = begin; i < end; i++) {
		float v = p->product ? (float)(p->ia[p->a[i]] * p->ib[p->b[i]]) : p->va[p->a[i]] + p->vb[p->b[i]];
		v *= p->factor;
		v = v > p->lo ? v : p->lo;
		v = v < p->hi ? v : p->hi;
		p->to[i] = (uint8_t)((int)((v + 12582912.0f) - 12582912.0f) + p->zero_point); // to nearest even
	}
}

// Both operands in one layout: as they are when they agree, else broadcast and contiguous.
static Status aligned(Exec *x, const Tensor *a, const Tensor *b, Tensor **pa, Tensor **pb)
{
	bool same = sizes_equal(a, b) && tensor_is_dense(a);
	for (int i = 0; same && i < a->ndim; i++)
		same = a->sizes[i] == 1 || a->strides[i] == b->strides[i];
	if (same) {
		*pa = tensor_ref((Tensor *)(uintptr_t)a);
		*pb = tensor_ref((Tensor *)(uintptr_t)b);
		return STATUS_OK;
	}
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(broadcast_sizes(a->sizes, a->ndim, b->sizes, b->ndim, sizes, &n, x->err));
	Status s = tensor_empty(tensor_dtype(a), sizes, n, pa, x->err);
	if (s == STATUS_OK) {
		(*pa)->quant = quantizer_ref(a->quant);
		s = cpu_copy(x, *pa, a);
	}
	if (s == STATUS_OK)
		s = tensor_empty(tensor_dtype(b), sizes, n, pb, x->err);
	if (s == STATUS_OK) {
		(*pb)->quant = quantizer_ref(b->quant);
		s = cpu_copy(x, *pb, b);
	}
	return s;
}

static Status binary(Exec *x, const Tensor *a, const Tensor *b, Quantizer *q, bool product, bool relu, Tensor **out)
{
	const char *what = product ? "quantized::mul" : "quantized::add";
	TRY(quant_want_bytes(x, a, what));
	TRY(quant_want_bytes(x, b, what));
	DType d = tensor_dtype(a);
	if (tensor_dtype(b) != d)
		return xfail(x, "%s operands should have same data type.", what);
	TRY(quant_check(x, d, q->zero_point, "quantized output"));
	QRange r = quant_range(d);
	Pair p = {.product = product, .lo = relu ? 0 : (float)(r.lo - q->zero_point), .hi = (float)(r.hi - q->zero_point),
		.zero_point = (int)q->zero_point, .factor = 1.0f / (float)q->scale};
	if (product)
		p.factor *= (float)a->quant->scale * (float)b->quant->scale;
	for (int i = 0; i < 256; i++) {
		int stored = d == DT_QI8 ? (int)(int8_t)i : i;
		p.va[i] = byte_value(d, i, a->quant);
		p.vb[i] = byte_value(d, i, b->quant);
		p.ia[i] = stored - (int)a->quant->zero_point;
		p.ib[i] = stored - (int)b->quant->zero_point;
	}
	Tensor *ta = NULL, *tb = NULL, *t = NULL;
	Status s = aligned(x, a, b, &ta, &tb);
	if (s == STATUS_OK)
		s = tensor_empty_strided(d, ta->sizes, ta->strides, ta->ndim, &t, x->err);
	if (s == STATUS_OK) {
		t->quant = quantizer_ref(q);
		p.a = tensor_data(ta);
		p.b = tensor_data(tb);
		p.to = tensor_data(t);
		parallel_for(t->numel, GRAIN, pair_run, &p);
	}
	tensor_unref(&ta);
	tensor_unref(&tb);
	*out = t;
	return s;
}

static Status pair_op(Exec *x, const IValue *args, bool product, bool relu, IValue *rets)
{
	Tensor *t;
	Quantizer *q = quantizer_per_tensor(arg_float(args[2]), arg_int(args[3]));
	Status s = binary(x, arg_tensor(args[0]), arg_tensor(args[1]), q, product, relu, &t);
	quantizer_unref(&q);
	return s == STATUS_OK ? ret_tensor(rets, t) : s;
}

static Status pair_out(Exec *x, const IValue *args, bool product, bool relu, IValue *rets)
{
	Tensor *out = arg_tensor(args[2]), *t;
	TRY(quant_want_bytes(x, out, "the out= argument"));
	if (tensor_dtype(out) != tensor_dtype(arg_tensor(args[0])))
		return xfail(x, "Self and out dtype should match");
	TRY(binary(x, arg_tensor(args[0]), arg_tensor(args[1]), out->quant, product, relu, &t));
	Status s = sizes_equal(out, t) ? STATUS_OK : cpu_resize(x, out, t->sizes, t->ndim);
	if (s == STATUS_OK)
		s = cpu_copy(x, out, t);
	tensor_unref(&t);
	if (s == STATUS_OK)
		rets[0] = ivalue_ref(args[2]);
	return s;
}

KERNEL(quantized_add) { return pair_op(x, args, false, false, rets); }
KERNEL(legacy_quantized_add) { return pair_op(x, args, false, false, rets); }
KERNEL(quantized_add_relu) { return pair_op(x, args, false, true, rets); }
KERNEL(quantized_mul) { return pair_op(x, args, true, false, rets); }
KERNEL(quantized_mul_relu) { return pair_op(x, args, true, true, rets); }
KERNEL(quantized_add_out) { return pair_out(x, args, false, false, rets); }
KERNEL(quantized_add_relu_out) { return pair_out(x, args, false, true, rets); }
KERNEL(quantized_mul_out) { return pair_out(x, args, true, false, rets); }
KERNEL(quantized_mul_relu_out) { return pair_out(x, args, true, true, rets); }

// ---- a tensor and a number: the result gets parameters of its own that make it exact where it can be

static Status add_number(Exec *x, const Tensor *t, double v, bool relu, IValue *rets)
{
	TRY(quant_want_bytes(x, t, "quantized::add_scalar"));
	if (!(fabs(v) < 1e9))
		return xfail(x, "quantized::add_scalar: the number %g is out of range", v);
	QRange r = quant_range(tensor_dtype(t));
	double s = t->quant->scale, steps = nearbyint(v / (float)s);
	double z = (double)t->quant->zero_point, shifted = z - steps, lo = (double)r.lo, hi = (double)r.hi;
	double scale = s, zero = shifted;
	if (lo > shifted) {
		scale = (hi - shifted) / (hi - lo) * s;
		zero = lo;
	} else if (hi < shifted) {
		scale = (shifted - lo) / (hi - lo) * s;
		zero = hi;
	}
	uint8_t table[256];
	float multiplier = (float)s * (1.0f / (float)scale);
	for (int i = 0; i < 256; i++) {
		double stored = tensor_dtype(t) == DT_QI8 ? (double)(int8_t)i : (double)i;
		double q = zero == shifted ? stored : zero + nearbyintf((float)(stored - shifted) * multiplier);
		q = q < lo ? lo : q > hi ? hi : q;
		table[i] = (uint8_t)(int)(relu && q < zero ? zero : q);
	}
	Quantizer *q = quantizer_per_tensor(scale, (int64_t)zero);
	Tensor *out;
	Status status = through_table(x, t, table, q, &out);
	quantizer_unref(&q);
	return status == STATUS_OK ? ret_tensor(rets, out) : status;
}

static Status mul_number(Exec *x, const Tensor *t, double v, bool relu, IValue *rets)
{
	TRY(quant_want_bytes(x, t, "quantized::mul_scalar"));
	QRange r = quant_range(tensor_dtype(t));
	int64_t z = t->quant->zero_point, zero = v > 0 ? z : v < 0 ? r.hi - (z - r.lo) : 0;
	double scale = v == 0 ? 1 : fabs(v) * t->quant->scale;
	if (!(scale > 0 && scale < INFINITY))
		return xfail(x, "quantized::mul_scalar: the number %g is out of range", v);
	uint8_t table[256];
	for (int i = 0; i < 256; i++) {
		int64_t stored = tensor_dtype(t) == DT_QI8 ? (int64_t)(int8_t)i : i;
		int64_t q = v > 0 ? stored : v < 0 ? r.hi + r.lo - stored : 0;
		table[i] = (uint8_t)(relu && q < zero ? zero : q);
	}
	Quantizer *q = quantizer_per_tensor(scale, zero);
	Tensor *out;
	Status s = through_table(x, t, table, q, &out);
	quantizer_unref(&q);
	return s == STATUS_OK ? ret_tensor(rets, out) : s;
}

typedef Status (*NumberOp)(Exec *x, const Tensor *t, double v, bool relu, IValue *rets);

static Status number_tensor(Exec *x, NumberOp op, const IValue *args, bool relu, IValue *rets)
{
	const Tensor *b = arg_tensor(args[1]);
	if (b->numel != 1 || b->quant)
		return xfail(x, "a Tensor with %lld elements cannot be converted to Scalar", (long long)b->numel);
	return op(x, arg_tensor(args[0]), element_f64(tensor_data(b), tensor_dtype(b)), relu, rets);
}

static Status number_out(Exec *x, NumberOp op, const IValue *args, double v, bool relu, IValue *rets)
{
	Tensor *out = arg_tensor(args[2]);
	IValue r;
	TRY(op(x, arg_tensor(args[0]), v, relu, &r));
	Status s = sizes_equal(out, r.tensor) ? STATUS_OK : cpu_resize(x, out, r.tensor->sizes, r.tensor->ndim);
	if (s == STATUS_OK)
		s = cpu_copy(x, out, r.tensor);
	ivalue_unref(&r);
	if (s == STATUS_OK)
		rets[0] = ivalue_ref(args[2]);
	return s;
}

static double item(IValue v)
{
	if (v.tag != TAG_TENSOR)
		return arg_float(v);
	return v.tensor->numel == 1 && !v.tensor->quant ? element_f64(tensor_data(v.tensor), tensor_dtype(v.tensor)) : NAN;
}

#define NUMBER_OPS(OP, FN)                                                                                              \
	KERNEL(quantized_##OP##_scalar) { return FN(x, arg_tensor(args[0]), arg_float(args[1]), false, rets); }         \
	KERNEL(quantized_##OP##_scalar_relu) { return FN(x, arg_tensor(args[0]), arg_float(args[1]), true, rets); }     \
	KERNEL(quantized_##OP##_Scalar) { return FN(x, arg_tensor(args[0]), arg_float(args[1]), false, rets); }         \
	KERNEL(quantized_##OP##_Scalar2) { return FN(x, arg_tensor(args[1]), arg_float(args[0]), false, rets); }        \
	KERNEL(quantized_##OP##_relu_Scalar) { return FN(x, arg_tensor(args[0]), arg_float(args[1]), true, rets); }     \
	KERNEL(quantized_##OP##_relu_Scalar2) { return FN(x, arg_tensor(args[1]), arg_float(args[0]), true, rets); }    \
	KERNEL(quantized_##OP##_scalar_Tensor) { return number_tensor(x, FN, args, false, rets); }                      \
	KERNEL(quantized_##OP##_scalar_relu_Tensor) { return number_tensor(x, FN, args, true, rets); }                  \
	KERNEL(quantized_##OP##_Scalar_out) { return number_out(x, FN, args, item(args[1]), false, rets); }             \
	KERNEL(quantized_##OP##_relu_Scalar_out) { return number_out(x, FN, args, item(args[1]), true, rets); }         \
	KERNEL(quantized_##OP##_scalar_out) { return number_out(x, FN, args, item(args[1]), false, rets); }             \
	KERNEL(quantized_##OP##_scalar_out_Tensor) { return number_out(x, FN, args, item(args[1]), false, rets); }      \
	KERNEL(quantized_##OP##_scalar_relu_out) { return number_out(x, FN, args, item(args[1]), true, rets); }         \
	KERNEL(quantized_##OP##_scalar_relu_out_Tensor) { return number_out(x, FN, args, item(args[1]), true, rets); }
NUMBER_OPS(add, add_number)
NUMBER_OPS(mul, mul_number)

// ---- batch norm: one multiply-add a channel

static Status batch_norm(Exec *x, const IValue *args, int min_dims, bool relu, IValue *rets)
{
	const Tensor *t = arg_tensor(args[0]);
	TRY(quant_want_bytes(x, t, "quantized::batch_norm"));
	DType d = tensor_dtype(t);
	double eps = arg_float(args[5]);
	float out_scale = (float)arg_float(args[6]);
	int64_t zero = arg_int(args[7]);
	TRY(quant_check(x, d, zero, "quantized output"));
	if (t->ndim < min_dims)
		return xfail(x, "Expecting the input tensor of rank %d or more, got %d.", min_dims, t->ndim);
	int64_t n = t->sizes[1], outer = t->sizes[0], inner = 1;
	for (int i = 2; i < t->ndim; i++)
		inner *= t->sizes[i];
	Tensor *p[4] = {NULL}, *c = NULL, *r = NULL; // weight, bias, mean, var
	Status s = STATUS_OK;
	for (int i = 0; i < 4 && s == STATUS_OK; i++) {
		const Tensor *v = arg_tensor(args[1 + i]);
		if (v && v->numel != n)
			s = xfail(x, "Expect the parameters of batch norm to have %lld elements, got %lld", (long long)n,
				(long long)v->numel);
		else if (v)
			s = cpu_prepare(x, v, DT_F32, &p[i]);
	}
	Quantizer *q = quantizer_per_tensor(arg_float(args[6]), zero);
	if (s == STATUS_OK)
		s = cpu_contiguous(x, t, &c);
	if (s == STATUS_OK)
		s = quant_empty(x, d, t->sizes, t->ndim, q, &r);
	for (int64_t k = 0; s == STATUS_OK && k < n; k++) {
		float w = p[0] ? ((const float *)tensor_data(p[0]))[k] : 1, b = p[1] ? ((const float *)tensor_data(p[1]))[k] : 0;
		float mean = ((const float *)tensor_data(p[2]))[k], sigma = 1.0f / sqrtf(((const float *)tensor_data(p[3]))[k] + (float)eps);
		float alpha = sigma * w * ((float)t->quant->scale / out_scale), beta = (b - mean * sigma * w) / out_scale;
		uint8_t table[256];
		for (int i = 0; i < 256; i++) {
			int stored = d == DT_QI8 ? (int)(int8_t)i : i;
			float y = alpha * (float)(stored - (int)t->quant->zero_point) + beta;
			table[i] = (uint8_t)quant_value_late(relu && y < 0 ? 0 : y, 1, zero, quant_range(d));
		}
		for (int64_t o = 0; o < outer; o++) {
			int64_t at = (o * n + k) * inner;
			for (int64_t i = at; i < at + inner; i++)
				((uint8_t *)tensor_data(r))[i] = table[((const uint8_t *)tensor_data(c))[i]];
		}
	}
	for (int i = 0; i < 4; i++)
		tensor_unref(&p[i]);
	quantizer_unref(&q);
	tensor_unref(&c);
	if (s != STATUS_OK)
		tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

KERNEL(quantized_batch_norm) { return batch_norm(x, args, 2, false, rets); }
KERNEL(quantized_batch_norm_relu) { return batch_norm(x, args, 2, true, rets); }
KERNEL(quantized_batch_norm1d) { return batch_norm(x, args, 2, false, rets); }
KERNEL(quantized_batch_norm1d_relu) { return batch_norm(x, args, 2, true, rets); }
KERNEL(quantized_batch_norm2d) { return batch_norm(x, args, 4, false, rets); }
KERNEL(quantized_batch_norm2d_relu) { return batch_norm(x, args, 4, true, rets); }
KERNEL(quantized_batch_norm3d) { return batch_norm(x, args, 5, false, rets); }
KERNEL(quantized_batch_norm3d_relu) { return batch_norm(x, args, 5, true, rets); }
