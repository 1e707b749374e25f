// SPDX-License-Identifier: BSD-3-Clause
// Batch and instance normalisation.  Statistics become one factor and one offset a channel (or a plane), so
// that the data is read once more and written once: y = x·(w·invstd) + (b − mean·w·invstd).
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/norm.h"
#include "backends/cpu/norm_op.h"
#include "backends/cpu/view.h"

const NormKernels *norm_kernels(void)
{
#if defined(__x86_64__) || defined(__i386__)
	switch (cpu_isa()) {
	case ISA_AVX512:
		return &norm_avx512;
	case ISA_AVX2:
		return &norm_avx2;
	default:
		break;
	}
#endif
	return &norm_base;
}

// A vector argument as contiguous numbers of the working type; NULL stays NULL.
static Status vector_arg(Exec *x, const Tensor *t, const char *name, int64_t n, DType work, Tensor **out)
{
	*out = NULL;
	if (!t)
		return STATUS_OK;
	if (t->numel != n)
		return xfail(x, "%s should contain %" PRId64 " elements not %" PRId64, name, n, t->numel);
	return cpu_prepare(x, t, work, out);
}

static double number_at(const Tensor *t, int64_t i)
{
	return t->dtype == DT_F32 ? (double)((float *)tensor_data(t))[i] : ((double *)tensor_data(t))[i];
}

static void number_set(Tensor *t, int64_t i, double v)
{
	if (t->dtype == DT_F32)
		((float *)tensor_data(t))[i] = (float)v;
	else
		((double *)tensor_data(t))[i] = v;
}

typedef struct Planes {
	const NormKernels *k;
	const Tensor *in;
	Tensor *out;
	int64_t batch, channels, plane; // plane: elements of one channel of one image
	const Tensor *factor, *offset;  // per channel, or per (image, channel)
	int64_t period;                 // entries of factor
	double *mean, *m2;              // results of statistics, per channel or per plane
	bool per_plane, last;           // last: channels innermost
} Planes;

static void affine_body(void *arg, int64_t begin, int64_t end)
{
	const Planes *p = arg;
	bool f32 = p->in->dtype == DT_F32;
	for (int64_t i = begin; i < end; i++) {
		if (p->last) { // a row of channels
			int64_t at = i * p->channels;
			if (f32)
				p->k->affine_each_f32((const float *)tensor_data(p->in) + at, (float *)tensor_data(p->out) + at,
					p->channels, tensor_data(p->factor), tensor_data(p->offset));
			else
				p->k->affine_each_f64((const double *)tensor_data(p->in) + at, (double *)tensor_data(p->out) + at,
					p->channels, tensor_data(p->factor), tensor_data(p->offset));
			continue;
		}
		int64_t at = i * p->plane, c = i % p->period;
		if (f32)
			p->k->affine_f32((const float *)tensor_data(p->in) + at, (float *)tensor_data(p->out) + at, p->plane,
				((float *)tensor_data(p->factor))[c], ((float *)tensor_data(p->offset))[c]);
		else
			p->k->affine_f64((const double *)tensor_data(p->in) + at, (double *)tensor_data(p->out) + at, p->plane,
				((double *)tensor_data(p->factor))[c], ((double *)tensor_data(p->offset))[c]);
	}
}

static void plane_moments(const Planes *p, int64_t plane, double *mean, double *m2)
{
	if (p->in->dtype == DT_F32)
		p->k->moments_f32((const float *)tensor_data(p->in) + plane * p->plane, p->plane, mean, m2);
	else
		p->k->moments_f64((const double *)tensor_data(p->in) + plane * p->plane, p->plane, mean, m2);
}

static void moments_body(void *arg, int64_t begin, int64_t end)
{
	const Planes *p = arg;
	for (int64_t c = begin; c < end; c++) {
		if (p->per_plane) {
			plane_moments(p, c, &p->mean[c], &p->m2[c]);
			continue;
		}
		// planes of all images, joined pairwise: m2 += m2' + δ²·n·n'/(n + n')
		double mean = 0, m2 = 0, count = 0, n = (double)p->plane;
		for (int64_t b = 0; b < p->batch; b++) {
			double pm, pm2;
			plane_moments(p, b * p->channels + c, &pm, &pm2);
			double delta = pm - mean, total = count + n;
			mean += delta * n / total;
			m2 += pm2 + delta * delta * count * n / total;
			count = total;
		}
		p->mean[c] = mean;
		p->m2[c] = m2;
	}
}

static int64_t rows_grain(int64_t row)
{
	int64_t g = row > 0 ? 32768 / row : 32768;
	return g < 1 ? 1 : g;
}

static Status new_vector(Exec *x, DType d, int64_t n, Tensor **out)
{
	return tensor_empty(d, &n, 1, out, x->err);
}

// running ← (1 − momentum)·running + momentum·value, in the running tensor's own dtype
static void running_update(Tensor *running, int64_t i, double momentum, double value)
{
	DType d = tensor_dtype(running);
	char *p = (char *)tensor_data(running) + i * running->strides[0] * (int64_t)dtype_size(d);
	element_set_f64(p, d, momentum * value + (1 - momentum) * element_f64(p, d));
}

Status batch_norm_run(Exec *x, const BatchNorm *bn, Tensor **out, Tensor **save_mean, Tensor **save_invstd)
{
	const Tensor *input = bn->input;
	int channel_dim;
	if (input->ndim < 2 && (bn->training || bn->per_image || input->numel > 0))
		TRY(wrap_dim(1, input->ndim, &channel_dim, x->err));
	if (input->ndim < 2 && (!bn->running_mean || bn->running_mean->numel == 0)) { // nothing to normalise
		TRY(cpu_clone(x, input, out));
		if (save_mean)
			*save_mean = tensor_ref(*out);
		if (save_invstd)
			*save_invstd = tensor_ref(*out);
		return STATUS_OK;
	}
	DType d = tensor_dtype(input);
	if (!dtype_is_float(d))
		return xfail(x, "\"batch_norm\" not implemented for '%s'", dtype_class_name(d));
	DType work = d == DT_F64 ? DT_F64 : DT_F32;
	int64_t channels = input->ndim > 1 ? input->sizes[1] : 0, batch = input->sizes[0];
	bool last = tensor_is_channels_last(input) && !tensor_is_contiguous(input) && !bn->training && !bn->per_image;
	Planes p = {.k = norm_kernels(), .batch = batch, .channels = channels, .last = last,
		.plane = batch > 0 && channels > 0 ? input->numel / (batch * channels) : 0, .per_plane = bn->per_image};
	Tensor *in = NULL, *w = NULL, *b = NULL, *factor = NULL, *offset = NULL, *y = NULL, *mean_t = NULL, *inv_t = NULL;
	double *stats = NULL;
	Status s = vector_arg(x, bn->weight, "weight", channels, work, &w);
	if (s == STATUS_OK)
		s = vector_arg(x, bn->bias, "bias", channels, work, &b);
	if (s == STATUS_OK && bn->running_mean && bn->running_mean->numel != channels)
		s = xfail(x, "running_mean should contain %" PRId64 " elements not %" PRId64, channels, bn->running_mean->numel);
	if (s == STATUS_OK && bn->running_var && bn->running_var->numel != channels)
		s = xfail(x, "running_var should contain %" PRId64 " elements not %" PRId64, channels, bn->running_var->numel);
	bool from_batch = bn->training || !bn->running_mean || !bn->running_var;
	if (s == STATUS_OK && !bn->training && !bn->per_image && (!bn->running_mean || !bn->running_var))
		s = xfail(x, "Expected running_mean and running_var to be defined when not training");
	int64_t groups = bn->per_image && from_batch ? batch * channels : channels;
	p.period = groups;
	if (s == STATUS_OK)
		s = last ? cpu_to_dtype(x, input, work, &in) : cpu_prepare(x, input, work, &in);
	if (s == STATUS_OK)
		s = new_vector(x, work, groups, &factor);
	if (s == STATUS_OK)
		s = new_vector(x, work, groups, &offset);
	if (s == STATUS_OK)
		s = last ? tensor_empty_like(in, work, &y, x->err) : tensor_empty(work, in->sizes, in->ndim, &y, x->err);
	if (s == STATUS_OK)
		s = new_vector(x, work, from_batch ? groups : 0, &mean_t);
	if (s == STATUS_OK)
		s = new_vector(x, work, from_batch ? groups : 0, &inv_t);
	if (s == STATUS_OK && from_batch) {
		stats = xmalloc((size_t)(2 * groups + 1) * sizeof *stats);
		p.in = in;
		p.mean = stats;
		p.m2 = stats + groups;
		parallel_for(groups, rows_grain(bn->per_image ? p.plane : p.plane * batch), moments_body, &p);
		double n = (double)(bn->per_image ? p.plane : p.plane * batch);
		for (int64_t g = 0; g < groups; g++) {
			double var = n > 0 ? stats[groups + g] / n : NAN, invstd = 1 / sqrt(var + bn->eps);
			if (n == 0)
				stats[g] = NAN;
			double scale = invstd * (w ? number_at(w, g % channels) : 1);
			number_set(factor, g, scale);
			number_set(offset, g, (b ? number_at(b, g % channels) : 0) - stats[g] * scale);
			number_set(mean_t, g, stats[g]);
			number_set(inv_t, g, invstd);
		}
		int64_t images = bn->per_image ? batch : 1;
		for (int64_t c = 0; c < channels && images > 0 && p.plane > 0; c++) {
			double mean = 0, var = 0;
			for (int64_t i = 0; i < images; i++) {
				mean += stats[i * channels + c];
				var += n > 1 ? stats[groups + i * channels + c] / (n - 1) : NAN;
			}
			if (bn->running_mean && bn->update)
				running_update(bn->running_mean, c, bn->momentum, mean / (double)images);
			if (bn->running_var && bn->update)
				running_update(bn->running_var, c, bn->momentum, var / (double)images);
		}
	} else if (s == STATUS_OK) {
		Tensor *rm = NULL, *rv = NULL;
		DType wide = DT_F64;
		s = cpu_prepare(x, bn->running_mean, wide, &rm);
		if (s == STATUS_OK)
			s = cpu_prepare(x, bn->running_var, wide, &rv);
		for (int64_t c = 0; s == STATUS_OK && c < channels; c++) {
			double scale = (w ? number_at(w, c) : 1) / sqrt(number_at(rv, c) + bn->eps);
			number_set(factor, c, scale);
			number_set(offset, c, (b ? number_at(b, c) : 0) - number_at(rm, c) * scale);
		}
		tensor_unref(&rm);
		tensor_unref(&rv);
	}
	if (s == STATUS_OK) {
		p.in = in;
		p.out = y;
		p.factor = factor;
		p.offset = offset;
		if (last)
			parallel_for(batch * p.plane, rows_grain(channels), affine_body, &p);
		else
			parallel_for(batch * channels, rows_grain(p.plane), affine_body, &p);
		s = cpu_to_dtype(x, y, d, out);
	}
	free(stats);
	tensor_unref(&in);
	tensor_unref(&w);
	tensor_unref(&b);
	tensor_unref(&factor);
	tensor_unref(&offset);
	tensor_unref(&y);
	// statistics keep the input's dtype, unless the parameters are wider
	DType stat = bn->weight && bn->weight->dtype != input->dtype ? work : d;
	if (s == STATUS_OK && save_mean)
		s = cpu_to_dtype(x, mean_t, stat, save_mean);
	if (s == STATUS_OK && save_invstd)
		s = cpu_to_dtype(x, inv_t, stat, save_invstd);
	tensor_unref(&mean_t);
	tensor_unref(&inv_t);
	return s;
}

// (input, weight, bias, running_mean, running_var, training, momentum, eps, …)
static BatchNorm batch_norm_args(const IValue *a)
{
	return (BatchNorm){.input = arg_tensor(a[0]), .weight = arg_tensor(a[1]), .bias = arg_tensor(a[2]),
		.running_mean = arg_tensor(a[3]), .running_var = arg_tensor(a[4]), .training = arg_bool(a[5]),
		.update = arg_bool(a[5]), .momentum = arg_float(a[6]), .eps = arg_float(a[7])};
}

KERNEL(batch_norm)
{
	BatchNorm bn = batch_norm_args(args);
	Tensor *out;
	TRY(batch_norm_run(x, &bn, &out, NULL, NULL));
	return ret_tensor(rets, out);
}

static Status ret_three(Exec *x, const BatchNorm *bn, IValue *rets)
{
	Tensor *out, *mean, *invstd;
	TRY(batch_norm_run(x, bn, &out, &mean, &invstd));
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(mean);
	rets[2] = iv_take_tensor(invstd);
	return STATUS_OK;
}

KERNEL(native_batch_norm)
{
	BatchNorm bn = batch_norm_args(args);
	return ret_three(x, &bn, rets);
}

KERNEL(_native_batch_norm_legit) { return op_native_batch_norm(x, args, nargs, rets); }

KERNEL(_native_batch_norm_legit_no_stats) // (input, weight, bias, training, momentum, eps)
{
	BatchNorm bn = {.input = arg_tensor(args[0]), .weight = arg_tensor(args[1]), .bias = arg_tensor(args[2]),
		.training = arg_bool(args[3]), .momentum = arg_float(args[4]), .eps = arg_float(args[5])};
	return ret_three(x, &bn, rets);
}

KERNEL(_native_batch_norm_legit_no_training) // (input, weight, bias, running_mean, running_var, momentum, eps)
{
	BatchNorm bn = {.input = arg_tensor(args[0]), .weight = arg_tensor(args[1]), .bias = arg_tensor(args[2]),
		.running_mean = arg_tensor(args[3]), .running_var = arg_tensor(args[4]), .momentum = arg_float(args[5]),
		.eps = arg_float(args[6])};
	return ret_three(x, &bn, rets);
}

// Like the op, but the running statistics come back as new tensors.
static Status functional(Exec *x, BatchNorm *bn, Tensor **running_mean, Tensor **running_var, IValue *rets)
{
	*running_mean = *running_var = NULL;
	Status s = bn->running_mean ? cpu_clone(x, bn->running_mean, running_mean) : STATUS_OK;
	if (s == STATUS_OK && bn->running_var)
		s = cpu_clone(x, bn->running_var, running_var);
	bn->running_mean = *running_mean;
	bn->running_var = *running_var;
	if (s == STATUS_OK)
		s = ret_three(x, bn, rets);
	if (s != STATUS_OK) {
		tensor_unref(running_mean);
		tensor_unref(running_var);
	}
	return s;
}

KERNEL(_native_batch_norm_legit_functional)
{
	BatchNorm bn = batch_norm_args(args);
	Tensor *rm, *rv;
	TRY(functional(x, &bn, &rm, &rv, rets));
	rets[3] = iv_take_tensor(rm);
	rets[4] = iv_take_tensor(rv);
	return STATUS_OK;
}

static Status empty_reserve(Exec *x, IValue *ret)
{
	int64_t zero = 0;
	Tensor *t;
	TRY(tensor_empty(DT_U8, &zero, 1, &t, x->err));
	*ret = iv_take_tensor(t);
	return STATUS_OK;
}

static Status with_reserve(Exec *x, const IValue *args, bool training, IValue *rets)
{
	BatchNorm bn = {.input = arg_tensor(args[0]), .weight = arg_tensor(args[1]), .bias = arg_tensor(args[2]),
		.running_mean = arg_tensor(args[3]), .running_var = arg_tensor(args[4]), .training = training,
		.update = training, .momentum = arg_float(args[5]), .eps = arg_float(args[6])};
	TRY(empty_reserve(x, &rets[3]));
	Status s = ret_three(x, &bn, rets);
	if (s != STATUS_OK)
		ivalue_unref(&rets[3]);
	return s;
}

KERNEL(_batch_norm_with_update) { return with_reserve(x, args, true, rets); }
KERNEL(_batch_norm_no_update) { return with_reserve(x, args, false, rets); }

KERNEL(_batch_norm_with_update_functional)
{
	BatchNorm bn = {.input = arg_tensor(args[0]), .weight = arg_tensor(args[1]), .bias = arg_tensor(args[2]),
		.running_mean = arg_tensor(args[3]), .running_var = arg_tensor(args[4]), .training = true, .update = true,
		.momentum = arg_float(args[5]), .eps = arg_float(args[6])};
	Tensor *rm, *rv;
	TRY(empty_reserve(x, &rets[3]));
	Status s = functional(x, &bn, &rm, &rv, rets);
	if (s != STATUS_OK) {
		ivalue_unref(&rets[3]);
		return s;
	}
	rets[4] = iv_take_tensor(rm);
	rets[5] = iv_take_tensor(rv);
	return STATUS_OK;
}

KERNEL(_batch_norm_impl_index)
{
	BatchNorm bn = batch_norm_args(args);
	TRY(empty_reserve(x, &rets[3]));
	Status s = ret_three(x, &bn, rets);
	if (s != STATUS_OK) {
		ivalue_unref(&rets[3]);
		return s;
	}
	rets[4] = iv_int(0);
	return STATUS_OK;
}

KERNEL(batch_norm_update_stats) // (input, running_mean, running_var, momentum) → mean, variance
{
	BatchNorm bn = {.input = arg_tensor(args[0]), .running_mean = arg_tensor(args[1]), .running_var = arg_tensor(args[2]),
		.training = true, .update = true, .momentum = arg_float(args[3]), .eps = 0};
	Tensor *out, *mean, *var;
	TRY(batch_norm_run(x, &bn, &out, &mean, &var));
	tensor_unref(&out);
	for (int64_t i = 0; i < var->numel; i++) {
		double inv = number_at(var, i);
		number_set(var, i, 1 / (inv * inv));
	}
	rets[0] = iv_take_tensor(mean);
	rets[1] = iv_take_tensor(var);
	return STATUS_OK;
}

KERNEL(instance_norm) // (input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, …)
{
	BatchNorm bn = batch_norm_args(args);
	if (!bn.training && (!bn.running_mean || !bn.running_var))
		return xfail(x, "Expected running_mean and running_var to be defined when use_input_stats is false");
	bn.per_image = true;
	Tensor *out;
	TRY(batch_norm_run(x, &bn, &out, NULL, NULL));
	return ret_tensor(rets, out);
}
