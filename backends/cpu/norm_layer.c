// SPDX-License-Identifier: BSD-3-Clause
// Layer, group and RMS normalisation: the input is rows that are normalised each by itself.
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "backends/cpu/norm_op.h"
#include "backends/cpu/view.h"

typedef struct Rows {
	const NormKernels *k;
	const void *in;
	void *out;
	DType d;
	int64_t n;                // elements a row
	int64_t channels, groups; // group normalisation: channels of a group, groups of an image; else 0
	const void *w, *b;
	double eps;
	bool rms;
	void *mean, *rstd;
} Rows;

static void store(DType d, void *p, int64_t i, double v)
{
	if (d == DT_F32)
		((float *)p)[i] = (float)v;
	else
		((double *)p)[i] = v;
}

static void rows_body(void *arg, int64_t begin, int64_t end)
{
	const Rows *r = arg;
	size_t es = dtype_size(r->d);
	bool f32 = r->d == DT_F32;
	for (int64_t i = begin; i < end; i++) {
		const char *in = (const char *)r->in + (size_t)(i * r->n) * es;
		char *out = (char *)r->out + (size_t)(i * r->n) * es;
		double mean = 0, m2;
		if (r->rms)
			m2 = f32 ? r->k->square_sum_f32((const float *)in, r->n) : r->k->square_sum_f64((const double *)in, r->n);
		else if (f32)
			r->k->moments_f32((const float *)in, r->n, &mean, &m2);
		else
			r->k->moments_f64((const double *)in, r->n, &mean, &m2);
		double rstd = 1 / sqrt(m2 / (double)r->n + r->eps);
		if (r->mean)
			store(r->d, r->mean, i, mean);
		if (r->rstd)
			store(r->d, r->rstd, i, rstd);
		if (!r->channels) {
			if (f32)
				r->k->normalize_f32((const float *)in, (float *)out, r->n, (float)mean, (float)rstd, r->w, r->b);
			else
				r->k->normalize_f64((const double *)in, (double *)out, r->n, mean, rstd, r->w, r->b);
			continue;
		}
		int64_t plane = r->n / r->channels, c0 = i % r->groups * r->channels;
		for (int64_t c = 0; c < r->channels; c++) {
			double w = !r->w ? 1 : f32 ? ((const float *)r->w)[c0 + c] : ((const double *)r->w)[c0 + c];
			double b = !r->b ? 0 : f32 ? ((const float *)r->b)[c0 + c] : ((const double *)r->b)[c0 + c];
			double scale = rstd * w;
			size_t at = (size_t)(c * plane) * es;
			if (f32)
				r->k->affine_f32((const float *)(in + at), (float *)(out + at), plane, (float)scale,
					(float)(b - mean * scale));
			else
				r->k->affine_f64((const double *)(in + at), (double *)(out + at), plane, scale, b - mean * scale);
		}
	}
}

// rows of n elements; weight and bias already checked.  mean and rstd may be NULL; they get stat_sizes.
static Status rows_run(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, Rows r, int64_t rows,
	const int64_t *stat_sizes, int stat_ndim, Tensor **out, Tensor **mean, Tensor **rstd)
{
	DType d = tensor_dtype(input), work = d == DT_F64 ? DT_F64 : DT_F32;
	Tensor *in = NULL, *w = NULL, *b = NULL, *y = NULL, *m = NULL, *v = NULL;
	Status s = cpu_prepare(x, input, work, &in);
	if (s == STATUS_OK && weight)
		s = cpu_prepare(x, weight, work, &w);
	if (s == STATUS_OK && bias)
		s = cpu_prepare(x, bias, work, &b);
	if (s == STATUS_OK)
		s = tensor_empty(work, input->sizes, input->ndim, &y, x->err);
	if (s == STATUS_OK && mean)
		s = tensor_empty(work, stat_sizes, stat_ndim, &m, x->err);
	if (s == STATUS_OK && rstd)
		s = tensor_empty(work, stat_sizes, stat_ndim, &v, x->err);
	if (s == STATUS_OK) {
		r.k = norm_kernels();
		r.d = work;
		r.in = tensor_data(in);
		r.out = tensor_data(y);
		r.w = w ? tensor_data(w) : NULL;
		r.b = b ? tensor_data(b) : NULL;
		r.mean = m ? tensor_data(m) : NULL;
		r.rstd = v ? tensor_data(v) : NULL;
		int64_t grain = r.n > 0 ? 16384 / r.n : 16384;
		if (r.n > 0 || r.mean)
			parallel_for(rows, grain < 1 ? 1 : grain, rows_body, &r);
		s = cpu_to_dtype(x, y, d, out);
	}
	// statistics keep the input's dtype, unless the parameters are wider
	DType stat = weight && weight->dtype != input->dtype ? work : d;
	if (s == STATUS_OK && mean)
		s = cpu_to_dtype(x, m, stat, mean);
	if (s == STATUS_OK && rstd)
		s = cpu_to_dtype(x, v, stat, rstd);
	tensor_unref(&in);
	tensor_unref(&w);
	tensor_unref(&b);
	tensor_unref(&y);
	tensor_unref(&m);
	tensor_unref(&v);
	return s;
}

static Status float_check(Exec *x, const Tensor *t, const char *name)
{
	return dtype_is_float(tensor_dtype(t)) ? STATUS_OK :
		xfail(x, "\"%s\" not implemented for '%s'", name, dtype_class_name(tensor_dtype(t)));
}

// The trailing dimensions that normalized_shape names; *m rows of *n elements.
static Status trailing(Exec *x, const Tensor *input, IValue shape, const Tensor *weight, const Tensor *bias, int64_t *m, int64_t *n,
	int *axis)
{
	int64_t want[MAX_DIMS];
	int count;
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	TRY(arg_ints(x, shape, want, MAX_DIMS, &count));
	if (count < 1)
		return xfail(x, "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but "
			"got normalized_shape = %s", shape_text(want, count, a));
	for (int which = 0; which < 2; which++) {
		const Tensor *t = which ? bias : weight;
		if (t && (t->ndim != count || memcmp(t->sizes, want, sizeof *want * (size_t)count) != 0))
			return xfail(x, "Expected %s to be of same shape as normalized_shape, but got %s of shape %s and "
				"normalized_shape = %s", which ? "bias" : "weight", which ? "bias" : "weight",
				shape_text(t->sizes, t->ndim, a), shape_text(want, count, b));
	}
	*axis = input->ndim - count;
	if (*axis < 0 || memcmp(input->sizes + *axis, want, sizeof *want * (size_t)count) != 0) {
		char expect[SHAPE_TEXT];
		size_t at = (size_t)snprintf(expect, sizeof expect, "[*");
		for (int i = 0; i < count && at < sizeof expect - 32; i++)
			at += (size_t)snprintf(expect + at, sizeof expect - at, ", %" PRId64, want[i]);
		snprintf(expect + at, sizeof expect - at, "]");
		return xfail(x, "Given normalized_shape=%s, expected input with shape %s, but got input of size%s",
			shape_text(want, count, a), expect, shape_text(input->sizes, input->ndim, b));
	}
	*m = *n = 1;
	for (int i = 0; i < input->ndim; i++)
		*(i < *axis ? m : n) *= input->sizes[i];
	return STATUS_OK;
}

static Status layer_norm_run(Exec *x, const Tensor *input, IValue shape, const Tensor *weight, const Tensor *bias, double eps,
	bool rms, Tensor **out, Tensor **mean, Tensor **rstd)
{
	int64_t m, n, stat[MAX_DIMS];
	int axis = 0;
	TRY(trailing(x, input, shape, weight, bias, &m, &n, &axis));
	TRY(float_check(x, input, "LayerNormKernelImpl"));
	for (int i = 0; i < input->ndim; i++)
		stat[i] = i < axis ? input->sizes[i] : 1;
	Rows r = {.n = n, .eps = eps, .rms = rms};
	return rows_run(x, input, weight, bias, r, m, stat, input->ndim, out, mean, rstd);
}

KERNEL(layer_norm)
{
	Tensor *out;
	TRY(layer_norm_run(x, arg_tensor(args[0]), args[1], arg_tensor(args[2]), arg_tensor(args[3]), arg_float(args[4]), false,
		&out, NULL, NULL));
	return ret_tensor(rets, out);
}

KERNEL(native_layer_norm)
{
	Tensor *out, *mean, *rstd;
	TRY(layer_norm_run(x, arg_tensor(args[0]), args[1], arg_tensor(args[2]), arg_tensor(args[3]), arg_float(args[4]), false,
		&out, &mean, &rstd));
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(mean);
	rets[2] = iv_take_tensor(rstd);
	return STATUS_OK;
}

static double rms_eps(IValue v, DType d)
{
	return arg_float_or(v, d == DT_F64 ? DBL_EPSILON : d == DT_F16 ? 0x1p-10 : d == DT_BF16 ? 0x1p-7 : FLT_EPSILON);
}

KERNEL(rms_norm) // (input, normalized_shape, weight, eps)
{
	const Tensor *input = arg_tensor(args[0]);
	Tensor *out;
	TRY(layer_norm_run(x, input, args[1], arg_tensor(args[2]), NULL, rms_eps(args[3], tensor_dtype(input)), true, &out, NULL,
		NULL));
	return ret_tensor(rets, out);
}

KERNEL(_fused_rms_norm)
{
	const Tensor *input = arg_tensor(args[0]);
	Tensor *out, *rstd;
	TRY(layer_norm_run(x, input, args[1], arg_tensor(args[2]), NULL, rms_eps(args[3], tensor_dtype(input)), true, &out, NULL,
		&rstd));
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(rstd);
	return STATUS_OK;
}

static Status group_norm_run(Exec *x, const Tensor *input, int64_t groups, const Tensor *weight, const Tensor *bias, double eps,
	int64_t batch, int64_t channels, Tensor **out, Tensor **mean, Tensor **rstd)
{
	char a[SHAPE_TEXT];
	if (groups <= 0)
		return xfail(x, "Expected num groups to be greater than 0, got %" PRId64, groups);
	if (channels % groups != 0)
		return xfail(x, "Expected number of channels in input to be divisible by num_groups, but got input of shape %s and "
			"num_groups=%" PRId64, shape_text(input->sizes, input->ndim, a), groups);
	for (int which = 0; which < 2; which++) {
		const Tensor *t = which ? bias : weight;
		if (t && (t->ndim != 1 || t->numel != channels))
			return xfail(x, "Expected %s to be a vector of size equal to the number of channels in input, but got %s of "
				"shape %s and input of shape %s", which ? "bias" : "weight", which ? "bias" : "weight",
				shape_text(t->sizes, t->ndim, a), shape_text(input->sizes, input->ndim, (char[SHAPE_TEXT]){0}));
	}
	TRY(float_check(x, input, "GroupNormKernelImpl"));
	int64_t rows = batch * groups;
	Rows r = {.n = rows ? input->numel / rows : 0, .eps = eps, .channels = channels / groups, .groups = groups};
	return rows_run(x, input, weight, bias, r, rows, (int64_t[]){batch, groups}, 2, out, mean, rstd);
}

KERNEL(group_norm) // (input, num_groups, weight, bias, eps, …)
{
	const Tensor *input = arg_tensor(args[0]);
	if (input->ndim < 2)
		return xfail(x, "Expected at least 2 dimensions for input tensor but received %d", input->ndim);
	Tensor *out;
	TRY(group_norm_run(x, input, arg_int(args[1]), arg_tensor(args[2]), arg_tensor(args[3]), arg_float(args[4]),
		input->sizes[0], input->sizes[1], &out, NULL, NULL));
	return ret_tensor(rets, out);
}

KERNEL(native_group_norm) // (input, weight, bias, N, C, HxW, group, eps)
{
	const Tensor *input = arg_tensor(args[0]);
	int64_t batch = arg_int(args[3]), channels = arg_int(args[4]), plane = arg_int(args[5]), count;
	if (batch < 0 || channels < 0 || plane < 0 || !sizes_product((int64_t[]){batch, channels, plane}, 3, &count) ||
		count != input->numel)
		return xfail(x, "Expected X.numel() == N * C * HxW to be true, but got false.");
	Tensor *out, *mean, *rstd;
	TRY(group_norm_run(x, input, arg_int(args[6]), arg_tensor(args[1]), arg_tensor(args[2]), arg_float(args[7]), batch, channels,
		&out, &mean, &rstd));
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(mean);
	rets[2] = iv_take_tensor(rstd);
	return STATUS_OK;
}
