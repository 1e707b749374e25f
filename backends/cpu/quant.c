// SPDX-License-Identifier: BSD-3-Clause
// Quantising and dequantising, and what a quantised tensor tells of itself.
//
// Every tensor here is dense after preparation, so that a pass over its memory is a pass over its elements;
// quantisation by channel goes through the shape as outer × channels × inner.
#include "backends/cpu/quant_gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRAIN = 1 << 15 };

QRange quant_range(DType d)
{
	switch (d) {
	case DT_QU8: return (QRange){0, 255};
	case DT_QI8: return (QRange){-128, 127};
	case DT_QI32: return (QRange){INT32_MIN, INT32_MAX};
	case DT_QU4X2: return (QRange){0, 15};
	case DT_QU2X4: return (QRange){0, 3};
	default: return (QRange){0, 0};
	}
}

DType quant_stored_dtype(DType d)
{
	return d == DT_QU8 ? DT_U8 : d == DT_QI8 ? DT_I8 : d == DT_QI32 ? DT_I32 : DT_NONE;
}

Quantizer *quantizer_per_tensor(double scale, int64_t zero_point)
{
	Quantizer *q = xcalloc(1, sizeof *q);
	q->refs = 1;
	q->scheme = Q_PER_TENSOR_AFFINE;
	q->scale = scale;
	q->zero_point = zero_point;
	return q;
}

Status quant_check(Exec *x, DType d, int64_t zero_point, const char *fn)
{
	if (!dtype_is_quantized(d))
		return xfail(x, "ScalarType %s is not supported in new_qtensor.", dtype_class_name(d));
	if (quant_stored_dtype(d) == DT_NONE)
		return fail(x->err, STATUS_UNSUPPORTED, "%s: tensors of dtype %s", fn, dtype_name(d));
	QRange r = quant_range(d);
	if (zero_point < r.lo || zero_point > r.hi)
		return xfail(x, "%s zero_point %lld is %s bound.", fn, (long long)zero_point,
			zero_point < r.lo ? "below lower" : "above upper");
	return STATUS_OK;
}

Status quant_want_bytes(Exec *x, const Tensor *t, const char *what)
{
	DType d = tensor_dtype(t);
	if ((d != DT_QU8 && d != DT_QI8) || !t->quant)
		return xfail(x, "%s expects a tensor of quint8 or qint8, got %s", what, dtype_class_name(d));
	if (t->quant->scales)
		return xfail(x, "%s expects a tensor quantized per tensor", what);
	return STATUS_OK;
}

Tensor *quant_stored(const Tensor *t)
{
	return tensor_over(t->storage, quant_stored_dtype(tensor_dtype(t)), t->sizes, t->strides, t->ndim, t->offset);
}

Tensor *quant_over(const Tensor *stored, DType d, Quantizer *q)
{
	Tensor *t = tensor_over(stored->storage, d, stored->sizes, stored->strides, stored->ndim, stored->offset);
	t->quant = quantizer_ref(q);
	return t;
}

Status quant_empty(Exec *x, DType d, const int64_t *sizes, int ndim, Quantizer *q, Tensor **out)
{
	TRY(tensor_empty(d, sizes, ndim, out, x->err));
	(*out)->quant = quantizer_ref(q);
	return STATUS_OK;
}

Status quant_empty_like(Exec *x, const Tensor *like, DType d, Quantizer *q, Tensor **out)
{
	TRY(tensor_empty_like(like, d, out, x->err));
	quantizer_unref(&(*out)->quant);
	(*out)->quant = quantizer_ref(q);
	return STATUS_OK;
}

// ---- per-element work

typedef struct Pass {
	const float *f;
	uint8_t *q;
	float *dst;
	DType d;
	QRange r;
	float scale, inverse;
	int64_t zero_point;
} Pass;

static void quantize_run(void *arg, int64_t begin, int64_t end)
{
	const Pass *p = arg;
	const float *f = p->f;
	if (p->d == DT_QI32) {
		int32_t *q = (int32_t *)p->q;
		for (int64_t i = begin; i < end; i++)
			q[i] = (int32_t)quant_value(f[i], p->inverse, p->zero_point, p->r);
		return;
	}
	quant_kernels()->quantize(p->q + begin, f + begin, end - begin, p->inverse, (float)p->zero_point, (float)p->r.lo, (float)p->r.hi);
}

static void dequantize_run(void *arg, int64_t begin, int64_t end)
{
	const Pass *p = arg;
	float *dst = p->dst + begin;
	int64_t n = end - begin, z = p->zero_point;
	if (p->d == DT_QU8)
		quant_kernels()->dequantize_u8(dst, p->q + begin, n, p->scale, (int)z);
	else if (p->d == DT_QI8)
		quant_kernels()->dequantize_s8(dst, (const int8_t *)p->q + begin, n, p->scale, (int)z);
	else
		for (int64_t i = 0; i < n; i++)
			dst[i] = (float)((int64_t)((const int32_t *)p->q)[begin + i] - z) * p->scale;
}

// ---- by channel

static int64_t whole(double v)
{
	return v >= 9e15 ? (int64_t)9e15 : v > -9e15 ? (int64_t)v : (int64_t)-9e15;
}

typedef struct Channels {
	int64_t outer, n, inner;
	float *scale;
	double *zero_point;
} Channels;

static double vector_at(const Tensor *t, int64_t i)
{
	DType d = tensor_dtype(t);
	return element_f64((const uint8_t *)tensor_data(t) + i * t->strides[0] * (int64_t)dtype_size(d), d);
}

static Status channels_of(Exec *x, const Tensor *t, const Quantizer *q, Channels *c)
{
	if (q->axis < 0 || q->axis >= t->ndim || q->scales->numel != t->sizes[q->axis] || q->scales->ndim != 1 ||
		q->zero_points->numel != q->scales->numel || q->zero_points->ndim != 1)
		return xfail(x, "length of scales must equal to channel, expected %lld got, %lld",
			(long long)(q->axis >= 0 && q->axis < t->ndim ? t->sizes[q->axis] : 0), (long long)q->scales->numel);
	*c = (Channels){.outer = 1, .n = q->scales->numel, .inner = 1};
	for (int i = 0; i < q->axis; i++)
		c->outer *= t->sizes[i];
	for (int i = (int)q->axis + 1; i < t->ndim; i++)
		c->inner *= t->sizes[i];
	c->scale = xcalloc((size_t)c->n + 1, sizeof *c->scale);
	c->zero_point = xcalloc((size_t)c->n + 1, sizeof *c->zero_point);
	for (int64_t i = 0; i < c->n; i++) {
		c->scale[i] = (float)vector_at(q->scales, i);
		c->zero_point[i] = vector_at(q->zero_points, i);
	}
	return STATUS_OK;
}

static void channels_free(Channels *c)
{
	free(c->scale);
	free(c->zero_point);
}

static void channels_quantize(const Channels *c, Pass p, bool float_params)
{
	for (int64_t o = 0; o < c->outer; o++)
		for (int64_t k = 0; k < c->n; k++) {
			int64_t at = (o * c->n + k) * c->inner;
			float inverse = 1.0f / c->scale[k], zf = (float)c->zero_point[k];
			int64_t zi = whole(c->zero_point[k]);
			for (int64_t i = at; i < at + c->inner; i++) {
				int64_t v;
				if (float_params) // the zero point is a number of its own, rounded along
					v = quant_clamp(__builtin_nearbyintf(p.f[i] * inverse + zf), p.r);
				else
					v = quant_value(p.f[i], inverse, zi, p.r);
				if (p.d == DT_QI32)
					((int32_t *)p.q)[i] = (int32_t)v;
				else
					p.q[i] = (uint8_t)v;
			}
		}
}

static void channels_dequantize(const Channels *c, Pass p)
{
	for (int64_t o = 0; o < c->outer; o++)
		for (int64_t k = 0; k < c->n; k++) {
			int64_t at = (o * c->n + k) * c->inner;
			float z = (float)c->zero_point[k], scale = c->scale[k];
			for (int64_t i = at; i < at + c->inner; i++) {
				float v = p.d == DT_QU8 ? (float)p.q[i] : p.d == DT_QI8 ? (float)((const int8_t *)p.q)[i]
					: (float)((const int32_t *)p.q)[i];
				p.dst[i] = (v - z) * scale;
			}
		}
}

Status quant_from_float(Exec *x, const Tensor *t, DType d, Quantizer *q, Tensor **out)
{
	if (tensor_dtype(t) != DT_F32)
		return xfail(x, "Quantize only works on Float Tensor, got %s", dtype_class_name(tensor_dtype(t)));
	if (quant_stored_dtype(d) == DT_NONE)
		return fail(x->err, STATUS_UNSUPPORTED, "quantizing to dtype %s", dtype_name(d));
	Tensor *src = NULL, *r = NULL;
	if (!q->scales && tensor_is_dense(t))
		src = tensor_ref((Tensor *)t);
	else
		TRY(cpu_contiguous(x, t, &src));
	Status s = tensor_empty_strided(d, src->sizes, src->strides, src->ndim, &r, x->err);
	if (s == STATUS_OK) {
		r->quant = quantizer_ref(q);
		Pass p = {.f = tensor_data(src), .q = tensor_data(r), .d = d, .r = quant_range(d),
			.inverse = 1.0f / (float)q->scale, .zero_point = q->zero_point};
		Channels c;
		if (!q->scales) {
			parallel_for(src->numel, GRAIN, quantize_run, &p);
		} else if ((s = channels_of(x, src, q, &c)) == STATUS_OK) {
			channels_quantize(&c, p, q->scheme == Q_PER_CHANNEL_FLOAT);
			channels_free(&c);
		}
	}
	tensor_unref(&src);
	if (s != STATUS_OK)
		tensor_unref(&r);
	*out = r;
	return s;
}

Status quant_to_float(Exec *x, const Tensor *t, Tensor **out)
{
	DType d = tensor_dtype(t);
	const Quantizer *q = t->quant;
	if (!q || quant_stored_dtype(d) == DT_NONE)
		return fail(x->err, STATUS_UNSUPPORTED, "dequantizing a tensor of dtype %s", dtype_name(d));
	Tensor *src = NULL, *r = NULL;
	if (!q->scales && tensor_is_dense(t))
		src = tensor_ref((Tensor *)t);
	else
		TRY(cpu_contiguous(x, t, &src));
	Status s = tensor_empty_strided(DT_F32, src->sizes, src->strides, src->ndim, &r, x->err);
	if (s == STATUS_OK) {
		Pass p = {.q = tensor_data(src), .dst = tensor_data(r), .d = d, .scale = (float)q->scale,
			.zero_point = q->zero_point};
		Channels c;
		if (!q->scales) {
			parallel_for(src->numel, GRAIN, dequantize_run, &p);
		} else if ((s = channels_of(x, src, q, &c)) == STATUS_OK) {
			channels_dequantize(&c, p);
			channels_free(&c);
		}
	}
	tensor_unref(&src);
	if (s != STATUS_OK)
		tensor_unref(&r);
	*out = r;
	return s;
}

// ---- ops: to and from float

static Status quantize(Exec *x, const Tensor *t, double scale, int64_t zero_point, DType d, Tensor **out)
{
	TRY(quant_check(x, d, zero_point, "quantize_tensor_per_tensor_affine"));
	Quantizer *q = quantizer_per_tensor(scale, zero_point);
	Status s = quant_from_float(x, t, d, q, out);
	quantizer_unref(&q);
	return s;
}

// One number out of a tensor of one element, or element i of a vector.
static Status number_at(Exec *x, const Tensor *t, int64_t i, double *out)
{
	if (i >= t->numel || (t->ndim > 1 && t->numel != 1))
		return xfail(x, "expected a scale or zero point tensor with at least %lld elements", (long long)i + 1);
	DType d = tensor_dtype(t);
	*out = element_f64((const uint8_t *)tensor_data(t) + (t->ndim == 1 ? i * t->strides[0] : 0) * (int64_t)dtype_size(d), d);
	return STATUS_OK;
}

Status op_quantize_per_tensor(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	Tensor *t;
	TRY(arg_dtype(x, args[3], DT_NONE, &d));
	TRY(quantize(x, arg_tensor(args[0]), arg_float(args[1]), arg_int(args[2]), d, &t));
	return ret_tensor(rets, t);
}

Status op_quantize_per_tensor_tensor_qparams(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	double scale, zero_point;
	Tensor *t;
	TRY(arg_dtype(x, args[3], DT_NONE, &d));
	TRY(number_at(x, arg_tensor(args[1]), 0, &scale));
	TRY(number_at(x, arg_tensor(args[2]), 0, &zero_point));
	TRY(quantize(x, arg_tensor(args[0]), scale, whole(zero_point), d, &t));
	return ret_tensor(rets, t);
}

Status op_quantize_per_tensor_tensors(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	TRY(arg_dtype(x, args[3], DT_NONE, &d));
	const ListObj *in = args[0].list;
	ListObj *out = list_new(&type_tensor, in->n);
	Status s = STATUS_OK;
	for (int64_t i = 0; i < in->n && s == STATUS_OK; i++) {
		double scale, zero_point;
		Tensor *t;
		s = number_at(x, arg_tensor(args[1]), i, &scale);
		if (s == STATUS_OK)
			s = number_at(x, arg_tensor(args[2]), i, &zero_point);
		if (s == STATUS_OK)
			s = quantize(x, in->items[i].tensor, scale, whole(zero_point), d, &t);
		if (s == STATUS_OK)
			s = list_append_take(out, iv_take_tensor(t), x->err);
	}
	IValue v = iv_take_list(out);
	if (s != STATUS_OK)
		ivalue_unref(&v);
	else
		rets[0] = v;
	return s;
}

Status op_quantize_per_tensor_dynamic(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	float min, max;
	const Tensor *in = arg_tensor(args[0]);
	TRY(arg_dtype(x, args[1], DT_NONE, &d));
	if (d != DT_QI8 && d != DT_QU8)
		return xfail(x, "dtype %s not supported", dtype_class_name(d));
	if (tensor_dtype(in) != DT_F32)
		return xfail(x, "Quantize only works on Float Tensor, got %s", dtype_class_name(tensor_dtype(in)));
	TRY(quant_min_max(x, in, &min, &max));
	// The range is chosen over the full type; reduce_range halves it inside.
	QRange r = quant_range(d);
	QParams p = quant_choose(min, max, r.lo, r.hi, arg_bool(args[2]), false);
	Tensor *t;
	TRY(quantize(x, in, p.scale, p.zero_point, d, &t));
	return ret_tensor(rets, t);
}

// A contiguous copy of a vector of parameters.
static Status params_vector(Exec *x, const Tensor *t, DType d, Tensor **out)
{
	if (t->ndim != 1)
		return xfail(x, "scale and zero_point tensors must have one dimension");
	Tensor *c;
	TRY(cpu_prepare(x, t, d, &c));
	if (c != t) {
		*out = c;
		return STATUS_OK;
	}
	Status s = cpu_clone(x, c, out);
	tensor_unref(&c);
	return s;
}

static Status quantizer_per_channel(Exec *x, const Tensor *scales, const Tensor *zero_points, int64_t axis, Quantizer **out)
{
	bool f = dtype_is_float(tensor_dtype(zero_points));
	Quantizer *q = xcalloc(1, sizeof *q);
	q->refs = 1;
	q->scheme = f ? Q_PER_CHANNEL_FLOAT : Q_PER_CHANNEL_AFFINE;
	q->axis = axis;
	Status s = params_vector(x, scales, f ? DT_F32 : DT_F64, &q->scales);
	if (s == STATUS_OK)
		s = params_vector(x, zero_points, f ? DT_F32 : DT_I64, &q->zero_points);
	if (s == STATUS_OK && q->scales->numel != q->zero_points->numel)
		s = xfail(x, "number of elements in scales and zero_points must match");
	if (s != STATUS_OK)
		quantizer_unref(&q);
	*out = q;
	return s;
}

static Status check_axis(Exec *x, const Tensor *t, int64_t axis)
{
	if (axis >= 0 && axis < t->ndim)
		return STATUS_OK;
	return xfail(x, "Channel axis out of range in per channel affine quantization. Got: %lldExpected: [0, %d)",
		(long long)axis, t->ndim);
}

Status op_quantize_per_channel(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	Quantizer *q;
	Tensor *t = arg_tensor(args[0]), *r = NULL;
	TRY(arg_dtype(x, args[4], DT_NONE, &d));
	TRY(quant_check(x, d, 0, "quantize_tensor_per_channel_affine"));
	TRY(check_axis(x, t, arg_int(args[3])));
	TRY(quantizer_per_channel(x, arg_tensor(args[1]), arg_tensor(args[2]), arg_int(args[3]), &q));
	Status s = STATUS_OK;
	for (int64_t i = 0; i < q->zero_points->numel && s == STATUS_OK && q->scheme == Q_PER_CHANNEL_AFFINE; i++)
		s = quant_check(x, d, whole(vector_at(q->zero_points, i)), "quantize_tensor_per_channel_affine");
	if (s == STATUS_OK)
		s = quant_from_float(x, t, d, q, &r);
	quantizer_unref(&q);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

static Status dequantize(Exec *x, const Tensor *t, Tensor **out)
{
	if (dtype_is_quantized(tensor_dtype(t)))
		return quant_to_float(x, t, out);
	return cpu_to_dtype(x, t, DT_F32, out);
}

Status op_dequantize_self(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	Tensor *t;
	TRY(dequantize(x, arg_tensor(args[0]), &t));
	return ret_tensor(rets, t);
}

Status op_dequantize_tensor(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	return op_dequantize_self(x, args, nargs, rets);
}

// Lists and tuples keep their form; what is not a tensor stays as it is.
static Status dequantize_any(Exec *x, IValue v, int depth, IValue *out)
{
	if (depth > 100)
		return fail(x->err, STATUS_LIMIT, "dequantize: the value is nested too deeply");
	if (v.tag == TAG_TENSOR) {
		Tensor *t;
		TRY(dequantize(x, v.tensor, &t));
		*out = iv_take_tensor(t);
		return STATUS_OK;
	}
	if (v.tag == TAG_LIST) {
		IValue r = iv_take_list(list_new(v.list->elem, v.list->n));
		Status s = STATUS_OK;
		for (int64_t i = 0; i < v.list->n && s == STATUS_OK; i++) {
			IValue e;
			s = dequantize_any(x, v.list->items[i], depth + 1, &e);
			if (s == STATUS_OK)
				s = list_append_take(r.list, e, x->err);
		}
		if (s != STATUS_OK)
			ivalue_unref(&r);
		*out = r;
		return s;
	}
	if (v.tag == TAG_TUPLE) {
		IValue r = iv_take_tuple(tuple_new(v.tuple->n, v.tuple->type));
		Status s = STATUS_OK;
		for (int64_t i = 0; i < v.tuple->n && s == STATUS_OK; i++)
			s = dequantize_any(x, v.tuple->items[i], depth + 1, &r.tuple->items[i]);
		if (s != STATUS_OK)
			ivalue_unref(&r);
		*out = r;
		return s;
	}
	*out = ivalue_ref(v);
	return STATUS_OK;
}

Status op_dequantize_any(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return dequantize_any(x, args[0], 0, rets);
}

Status op_dequantize_tensors(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	return op_dequantize_any(x, args, nargs, rets);
}

Status op_dequantize_list(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	return op_dequantize_any(x, args, nargs, rets);
}

// ---- ops: a tensor from stored integers, and what it tells of itself

Status op__make_per_tensor_quantized_tensor(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	DType d = tensor_dtype(t) == DT_U8 ? DT_QU8 : tensor_dtype(t) == DT_I8 ? DT_QI8 : tensor_dtype(t) == DT_I32 ? DT_QI32
		: DT_NONE;
	if (d == DT_NONE)
		return xfail(x, "Creation of quantized tensor requires quantized dtype like torch.quint8");
	TRY(quant_check(x, d, arg_int(args[2]), "quantized tensor"));
	Tensor *copy;
	TRY(cpu_clone(x, t, &copy));
	Quantizer *q = quantizer_per_tensor(arg_float(args[1]), arg_int(args[2]));
	Tensor *r = quant_over(copy, d, q);
	quantizer_unref(&q);
	tensor_unref(&copy);
	return ret_tensor(rets, r);
}

Status op__make_per_channel_quantized_tensor(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	DType d = tensor_dtype(t) == DT_U8 ? DT_QU8 : tensor_dtype(t) == DT_I8 ? DT_QI8 : tensor_dtype(t) == DT_I32 ? DT_QI32
		: DT_NONE;
	if (d == DT_NONE)
		return xfail(x, "Creation of quantized tensor requires quantized dtype like torch.quint8");
	Quantizer *q;
	Channels c;
	TRY(check_axis(x, t, arg_int(args[3])));
	TRY(quantizer_per_channel(x, arg_tensor(args[1]), arg_tensor(args[2]), arg_int(args[3]), &q));
	Status s = channels_of(x, t, q, &c);
	if (s == STATUS_OK) {
		Tensor *copy = NULL;
		channels_free(&c);
		s = cpu_clone(x, t, &copy);
		if (s == STATUS_OK)
			rets[0] = iv_take_tensor(quant_over(copy, d, q));
		tensor_unref(&copy);
	}
	quantizer_unref(&q);
	return s;
}

static Status empty_sizes(Exec *x, IValue v, int64_t *sizes, int *n)
{
	return arg_ints(x, v, sizes, MAX_DIMS, n);
}

Status op__empty_affine_quantized(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(arg_dtype(x, args[1], DT_NONE, &d));
	if (!dtype_is_quantized(d))
		return xfail(x, "Creation of quantized tensor requires quantized dtype like torch.quint8");
	TRY(quant_check(x, d, arg_int(args[6]), "quantized tensor"));
	TRY(empty_sizes(x, args[0], sizes, &n));
	Quantizer *q = quantizer_per_tensor(arg_float(args[5]), arg_int(args[6]));
	Tensor *t = NULL;
	Status s = quant_empty(x, d, sizes, n, q, &t);
	quantizer_unref(&q);
	return s == STATUS_OK ? ret_tensor(rets, t) : s;
}

Status op__empty_per_channel_affine_quantized(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	DType d;
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(arg_dtype(x, args[4], DT_NONE, &d));
	if (!dtype_is_quantized(d))
		return xfail(x, "Creation of quantized tensor requires quantized dtype like torch.quint8");
	TRY(quant_check(x, d, 0, "quantized tensor"));
	TRY(empty_sizes(x, args[0], sizes, &n));
	Quantizer *q;
	TRY(quantizer_per_channel(x, arg_tensor(args[1]), arg_tensor(args[2]), arg_int(args[3]), &q));
	Tensor *t = NULL;
	Channels c;
	Status s = quant_empty(x, d, sizes, n, q, &t);
	if (s == STATUS_OK && (s = channels_of(x, t, q, &c)) == STATUS_OK)
		channels_free(&c);
	quantizer_unref(&q);
	if (s != STATUS_OK)
		tensor_unref(&t);
	return s == STATUS_OK ? ret_tensor(rets, t) : s;
}

Status op_empty_quantized(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *like = arg_tensor(args[1]);
	int64_t sizes[MAX_DIMS];
	int n;
	DType d;
	TRY(arg_dtype(x, args[2], tensor_dtype(like), &d));
	if (!like->quant || like->quant->scales)
		return xfail(x, "empty_quantized expects a tensor quantized per tensor");
	TRY(quant_check(x, d, like->quant->zero_point, "quantized tensor"));
	TRY(empty_sizes(x, args[0], sizes, &n));
	Tensor *t;
	TRY(quant_empty(x, d, sizes, n, like->quant, &t));
	return ret_tensor(rets, t);
}

static Status want_quantized(Exec *x, const Tensor *t, const char *op)
{
	if (t->quant)
		return STATUS_OK;
	return fail(x->err, STATUS_UNSUPPORTED, "Could not run 'aten::%s' with arguments from the 'CPU' backend: "
		"the tensor is not quantized", op);
}

static Status want_scheme(Exec *x, const Tensor *t, const char *op, bool by_channel)
{
	TRY(want_quantized(x, t, op));
	if ((t->quant->scales != NULL) == by_channel)
		return STATUS_OK;
	return xfail(x, "Expected quantizer->qscheme() == %s to be true, but got false.", by_channel ?
		"kPerChannelAffine || quantizer->qscheme() == kPerChannelAffineFloatQParams" : "kPerTensorAffine");
}

Status op_int_repr(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_quantized(x, t, "int_repr"));
	if (quant_stored_dtype(tensor_dtype(t)) == DT_NONE)
		return fail(x->err, STATUS_UNSUPPORTED, "int_repr of a tensor of dtype %s", dtype_name(tensor_dtype(t)));
	Tensor *stored = quant_stored(t), *copy = NULL;
	Status s = cpu_clone(x, stored, &copy);
	tensor_unref(&stored);
	return s == STATUS_OK ? ret_tensor(rets, copy) : s;
}

Status op_q_scale(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_scheme(x, t, "q_scale", false));
	rets[0] = iv_float(t->quant->scale);
	return STATUS_OK;
}

Status op_q_zero_point(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_scheme(x, t, "q_zero_point", false));
	rets[0] = iv_int(t->quant->zero_point);
	return STATUS_OK;
}

Status op_q_per_channel_scales(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_scheme(x, t, "q_per_channel_scales", true));
	return ret_tensor(rets, tensor_ref(t->quant->scales));
}

Status op_q_per_channel_zero_points(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_scheme(x, t, "q_per_channel_zero_points", true));
	return ret_tensor(rets, tensor_ref(t->quant->zero_points));
}

Status op_q_per_channel_axis(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_scheme(x, t, "q_per_channel_axis", true));
	rets[0] = iv_int(t->quant->axis);
	return STATUS_OK;
}

Status op_qscheme(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	TRY(want_quantized(x, t, "qscheme"));
	rets[0] = iv_int(t->quant->scheme);
	return STATUS_OK;
}
