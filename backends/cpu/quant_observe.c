// SPDX-License-Identifier: BSD-3-Clause
// Choosing scale and zero point from data, and fake quantisation: rounding to the grid while staying in float.
#include "backends/cpu/quant.h"

#include <math.h>
#include <stdlib.h>

// Scales below this would make activations that fp16 cannot hold.
#define SMALLEST_SCALE 6.1e-5f

QParams quant_choose(float min, float max, int64_t lo, int64_t hi, bool reduce_range, bool preserve_sparsity)
{
	if (reduce_range) {
		lo /= 2;
		hi /= 2;
	}
	bool symmetric = min < 0 && max > 0 && preserve_sparsity;
	if (symmetric) {
		int64_t slo = -((hi - lo) / 2 + 1), shi = (hi - lo) / 2;
		double s = fmax(fabs(min / (float)slo), fabs(max / (float)shi));
		min = (float)(s * (double)slo);
		max = (float)(s * (double)shi);
	}
	min = fminf(min, 0);
	max = fmaxf(max, 0);
	double scale = ((double)max - min) / (double)(hi - lo);
	if ((float)scale == 0 || isinf(1.0f / (float)scale))
		scale = 0.1;
	if (scale < SMALLEST_SCALE) {
		float grow = SMALLEST_SCALE / (float)scale;
		scale = SMALLEST_SCALE;
		if (min == 0) {
			max = SMALLEST_SCALE * (float)(hi - lo);
		} else if (max == 0) {
			min = -SMALLEST_SCALE * (float)(hi - lo);
		} else {
			min *= grow;
			max *= grow;
		}
	}
	double from_min = (double)lo - min / scale, from_max = (double)hi - max / scale;
	double min_error = fabs((double)lo) - fabs(min / scale), max_error = fabs((double)hi) - fabs(max / scale);
	double z = min_error < max_error ? from_min : from_max;
	if (symmetric)
		z = (double)(lo + hi) / 2;
	int64_t zero_point = !(z >= (double)lo) ? lo : z > (double)hi ? hi : (int64_t)nearbyint(z);
	return (QParams){scale, zero_point};
}

Status quant_min_max(Exec *x, const Tensor *t, float *min, float *max)
{
	*min = *max = 0;
	if (t->numel == 0)
		return STATUS_OK;
	Tensor *c;
	TRY(cpu_prepare(x, t, DT_F32, &c));
	const float *p = tensor_data(c);
	float lo = p[0], hi = p[0];
	for (int64_t i = 1; i < c->numel; i++) {
		lo = p[i] < lo ? p[i] : lo;
		hi = p[i] > hi ? p[i] : hi;
	}
	tensor_unref(&c);
	*min = lo;
	*max = hi;
	return STATUS_OK;
}

Status op__choose_qparams_per_tensor(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	float min, max;
	TRY(quant_min_max(x, arg_tensor(args[0]), &min, &max));
	QParams p = quant_choose(min, max, 0, 255, arg_bool(args[1]), false);
	rets[0] = iv_float(p.scale);
	rets[1] = iv_int(p.zero_point);
	return STATUS_OK;
}

// ---- the range that loses least, searched greedily

static float range_loss(const float *p, int64_t n, float min, float max, int bits)
{
	min = f16_to_f32(f16_from_f32(min));
	float range = max - min, top = (float)((1 << bits) - 1);
	float scale = range == 0 ? 1.0f : f16_to_f32(f16_from_f32(range / top));
	float inverse = scale == 0 ? 1.0f : 1.0f / scale, loss = 0;
	for (int64_t i = 0; i < n; i++) {
		float q = fmaxf(0, fminf(nearbyintf((p[i] - min) * inverse), top));
		float d = p[i] - (q * scale + min);
		loss += d * d;
	}
	return sqrtf(loss);
}

Status op_choose_qparams_optimized(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *t = arg_tensor(args[0]);
	int64_t n = arg_int(args[1]), bins = arg_int(args[2]), bits = arg_int(args[4]);
	if (n < 1 || n > t->numel)
		return xfail(x, "numel is out of the bound of input tensor");
	if (bins < 1 || bins > 1000000 || bits < 1 || bits > 8)
		return xfail(x, "choose_qparams_optimized: n_bins or bit_width is out of range");
	Tensor *c;
	TRY(cpu_prepare(x, t, DT_F32, &c));
	const float *p = tensor_data(c);
	float min = p[0], max = p[0];
	for (int64_t i = 1; i < n; i++) {
		min = fminf(min, p[i]);
		max = fmaxf(max, p[i]);
	}
	float step = (max - min) / (float)bins, least = (float)((double)bins * (1.0 - arg_float(args[3]))) * step;
	float loss = range_loss(p, n, min, max, (int)bits), best = loss, lo = min, hi = max;
	for (int64_t i = 0; i < 2 * bins && lo + least < hi; i++) {
		float left = range_loss(p, n, lo + step, hi, (int)bits), right = range_loss(p, n, lo, hi - step, (int)bits);
		if (loss < left && loss < right && loss < best) {
			best = loss;
			min = lo;
			max = hi;
		}
		if (left < right) {
			lo += step;
			loss = left;
		} else {
			hi -= step;
			loss = right;
		}
	}
	tensor_unref(&c);
	int64_t one = 1;
	Tensor *tmax, *tmin;
	TRY(tensor_empty(DT_F32, &one, 1, &tmax, x->err));
	Status s = tensor_empty(DT_F32, &one, 1, &tmin, x->err);
	if (s != STATUS_OK) {
		tensor_unref(&tmax);
		return s;
	}
	*(float *)tensor_data(tmax) = max;
	*(float *)tensor_data(tmin) = min;
	rets[0] = iv_take_tensor(tmax);
	rets[1] = iv_take_tensor(tmin);
	return STATUS_OK;
}

// ---- fake quantisation

// Integers of the grid outside int64 count as outside the range, which is all that is asked of them.
static float fake_value(float v, float scale, float inverse, int64_t zero_point, int64_t lo, int64_t hi, bool *inside)
{
	float q = (float)zero_point + nearbyintf(v * inverse);
	*inside = q >= (float)lo && q <= (float)hi;
	float c = fminf(fmaxf(q, (float)lo), (float)hi);
	return (c - (float)zero_point) * scale;
}

// A zero point that is itself a float is added before rounding.
static float fake_value_float(float v, float scale, float inverse, float zero_point, int64_t lo, int64_t hi, bool *inside)
{
	float q = nearbyintf(zero_point + v * inverse);
	*inside = q >= (float)lo && q <= (float)hi;
	float c = fminf(fmaxf(q, (float)lo), (float)hi);
	return (c - zero_point) * scale;
}

typedef struct Grid {
	const Tensor *scale, *zero_point; // one entry, or one a channel
	double scale_number;              // when scale is NULL
	int64_t zero_number;
	int axis;                         // -1: one for all
	int64_t lo, hi;
	bool enabled;
} Grid;

static Status fake_quantize(Exec *x, const Tensor *t, Grid g, Tensor **out, Tensor **mask)
{
	DType d = tensor_dtype(t);
	if (!dtype_is_float(d))
		return xfail(x, "expected a floating point tensor to fake quantize, got %s", dtype_class_name(d));
	if (g.lo > g.hi)
		return xfail(x, "`quant_min` should be less than or equal to `quant_max`.");
	int64_t inner = t->numel, n = 1;
	if (g.axis >= 0) {
		n = t->sizes[g.axis];
		inner = 1;
		for (int i = g.axis + 1; i < t->ndim; i++)
			inner *= t->sizes[i];
	}
	Tensor *src = NULL, *r = NULL, *m = NULL, *sc = NULL, *zp = NULL;
	bool zf = g.zero_point && dtype_is_float(tensor_dtype(g.zero_point));
	Status s = cpu_prepare(x, t, DT_F32, &src);
	if (s == STATUS_OK && g.scale)
		s = cpu_prepare(x, g.scale, DT_F32, &sc);
	if (s == STATUS_OK && g.zero_point)
		s = cpu_prepare(x, g.zero_point, zf ? DT_F32 : DT_I64, &zp);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F32, t->sizes, t->ndim, &r, x->err);
	if (s == STATUS_OK && mask)
		s = tensor_empty(DT_BOOL, t->sizes, t->ndim, &m, x->err);
	if (s == STATUS_OK) {
		const float *f = tensor_data(src);
		float *o = tensor_data(r);
		bool *b = m ? tensor_data(m) : NULL;
		for (int64_t i = 0, left = 0, k = -1; i < t->numel; i++, left--) {
			if (left == 0) {
				k = g.axis >= 0 ? (k + 1) % n : 0;
				left = inner;
			}
			float scale = sc ? ((const float *)tensor_data(sc))[k] : (float)g.scale_number, inverse = 1.0f / scale;
			bool inside = true;
			if (!g.enabled)
				o[i] = f[i];
			else if (zf)
				o[i] = fake_value_float(f[i], scale, inverse, ((const float *)tensor_data(zp))[k], g.lo, g.hi,
					&inside);
			else
				o[i] = fake_value(f[i], scale, inverse, zp ? ((const int64_t *)tensor_data(zp))[k] : g.zero_number,
					g.lo, g.hi, &inside);
			if (b)
				b[i] = inside;
		}
		s = cpu_to_dtype(x, r, d, out);
	}
	tensor_unref(&src);
	tensor_unref(&sc);
	tensor_unref(&zp);
	tensor_unref(&r);
	if (s != STATUS_OK)
		tensor_unref(&m);
	if (mask)
		*mask = m;
	return s;
}

static Status return_fake(Exec *x, const Tensor *t, Grid g, bool with_mask, IValue *rets)
{
	Tensor *r = NULL, *m = NULL;
	TRY(fake_quantize(x, t, g, &r, with_mask ? &m : NULL));
	rets[0] = iv_take_tensor(r);
	if (with_mask)
		rets[1] = iv_take_tensor(m);
	return STATUS_OK;
}

static Status fake_per_tensor(Exec *x, const IValue *args, bool with_mask, IValue *rets)
{
	Grid g = {.scale_number = arg_float(args[1]), .zero_number = arg_int(args[2]), .axis = -1, .lo = arg_int(args[3]),
		.hi = arg_int(args[4]), .enabled = true};
	if (g.zero_number < g.lo || g.zero_number > g.hi)
		return xfail(x, "`zero_point` must be between `quant_min` and `quant_max`.");
	return return_fake(x, arg_tensor(args[0]), g, with_mask, rets);
}

Status op_fake_quantize_per_tensor_affine(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return fake_per_tensor(x, args, false, rets);
}

Status op_fake_quantize_per_tensor_affine_cachemask(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return fake_per_tensor(x, args, true, rets);
}

static Status want_single(Exec *x, const Tensor *t, const char *name)
{
	return t->numel == 1 ? STATUS_OK : xfail(x, "expected %s to be a tensor of one element", name);
}

static Status fake_qparams(Exec *x, const IValue *args, const Tensor *enabled, int range, bool with_mask, IValue *rets)
{
	Grid g = {.scale = arg_tensor(args[1]), .zero_point = arg_tensor(args[2]), .axis = -1, .lo = arg_int(args[range]),
		.hi = arg_int(args[range + 1]), .enabled = true};
	TRY(want_single(x, g.scale, "scale"));
	TRY(want_single(x, g.zero_point, "zero_point"));
	if (enabled) {
		TRY(want_single(x, enabled, "fake_quant_enabled"));
		g.enabled = element_f64(tensor_data(enabled), tensor_dtype(enabled)) != 0;
	}
	return return_fake(x, arg_tensor(args[0]), g, with_mask, rets);
}

Status op_fake_quantize_per_tensor_affine_tensor_qparams(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return fake_qparams(x, args, NULL, 3, false, rets);
}

Status op__fake_quantize_per_tensor_affine_cachemask_tensor_qparams(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return fake_qparams(x, args, arg_tensor(args[3]), 4, true, rets);
}

// Learnable zero points are float tensors that are rounded and clamped before use.
static Status rounded_zero_points(Exec *x, const Tensor *t, int64_t lo, int64_t hi, Tensor **out)
{
	Tensor *f;
	TRY(cpu_prepare(x, t, DT_F32, &f));
	Status s = tensor_empty(DT_I64, f->sizes, f->ndim, out, x->err);
	for (int64_t i = 0; s == STATUS_OK && i < f->numel; i++) {
		float v = nearbyintf(((const float *)tensor_data(f))[i]);
		((int64_t *)tensor_data(*out))[i] = !(v > (float)lo) ? lo : v >= (float)hi ? hi : (int64_t)v;
	}
	tensor_unref(&f);
	return s;
}

Status op__fake_quantize_learnable_per_tensor_affine(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	Grid g = {.scale = arg_tensor(args[1]), .axis = -1, .lo = arg_int(args[3]), .hi = arg_int(args[4]), .enabled = true};
	Tensor *z;
	TRY(want_single(x, g.scale, "scale"));
	TRY(want_single(x, arg_tensor(args[2]), "zero_point"));
	TRY(rounded_zero_points(x, arg_tensor(args[2]), g.lo, g.hi, &z));
	g.zero_point = z;
	Status s = return_fake(x, arg_tensor(args[0]), g, false, rets);
	tensor_unref(&z);
	return s;
}

static Status channel_grid(Exec *x, const IValue *args, Grid *g)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t axis = arg_int(args[3]);
	*g = (Grid){.scale = arg_tensor(args[1]), .zero_point = arg_tensor(args[2]), .axis = (int)axis, .lo = arg_int(args[4]),
		.hi = arg_int(args[5]), .enabled = true};
	if (axis < 0 || axis >= t->ndim)
		return xfail(x, "`axis` must be between 0 and number of dimensions of input");
	if (g->scale->ndim != 1 || g->zero_point->ndim != 1)
		return xfail(x, "scale and zero point should be 1-D tensors");
	if (g->scale->numel != g->zero_point->numel)
		return xfail(x, "scale and zero-point need to have the same dimensions");
	if (g->scale->numel != t->sizes[axis])
		return xfail(x, "dimensions of scale and zero-point are not consistent with input tensor");
	return STATUS_OK;
}

Status op_fake_quantize_per_channel_affine(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	Grid g;
	TRY(channel_grid(x, args, &g));
	return return_fake(x, arg_tensor(args[0]), g, false, rets);
}

Status op_fake_quantize_per_channel_affine_cachemask(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	Grid g;
	TRY(channel_grid(x, args, &g));
	return return_fake(x, arg_tensor(args[0]), g, true, rets);
}

Status op__fake_quantize_learnable_per_channel_affine(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	Grid g;
	Tensor *z;
	TRY(channel_grid(x, args, &g));
	TRY(rounded_zero_points(x, g.zero_point, g.lo, g.hi, &z));
	g.zero_point = z;
	Status s = return_fake(x, arg_tensor(args[0]), g, false, rets);
	tensor_unref(&z);
	return s;
}

// ---- observing while fake quantising, as prepared models in training do

typedef struct Observer {
	Tensor *min, *max, *scale, *zero_point; // written
	double rate;
	int64_t lo, hi;
	int axis;                               // -1: one range for all
	bool symmetric;
} Observer;

// A state tensor that is still empty grows to one entry a channel.
static Status state_fit(Exec *x, Tensor *t, int64_t n, float fill)
{
	if (t->numel == n)
		return STATUS_OK;
	TRY(cpu_resize(x, t, &n, 1));
	return cpu_fill(x, t, iv_float(fill));
}

static void *state_at(Tensor *t, int64_t i)
{
	return (uint8_t *)tensor_data(t) + (t->ndim ? i * t->strides[t->ndim - 1] : 0) * (int64_t)dtype_size(tensor_dtype(t));
}

static Status observe(Exec *x, const Tensor *t, const Observer *o)
{
	int64_t n = o->axis >= 0 ? t->sizes[o->axis] : 1, inner = t->numel;
	if (o->axis >= 0) {
		inner = 1;
		for (int i = o->axis + 1; i < t->ndim; i++)
			inner *= t->sizes[i];
	}
	if (!t->numel)
		return xfail(x, "fused_moving_avg_obs_fake_quant: cannot observe an empty tensor");
	TRY(state_fit(x, o->min, n, INFINITY));
	TRY(state_fit(x, o->max, n, -INFINITY));
	TRY(state_fit(x, o->scale, n, 1));
	TRY(state_fit(x, o->zero_point, n, 0));
	Tensor *c;
	TRY(cpu_prepare(x, t, DT_F32, &c));
	const float *p = tensor_data(c);
	int64_t outer = t->numel / (inner * n);
	for (int64_t k = 0; k < n; k++) {
		float lo = INFINITY, hi = -INFINITY;
		for (int64_t a = 0; a < outer; a++)
			for (int64_t i = 0; i < inner; i++) {
				float v = p[(a * n + k) * inner + i];
				lo = v < lo ? v : lo;
				hi = v > hi ? v : hi;
			}
		void *pmin = state_at(o->min, k), *pmax = state_at(o->max, k);
		float rmin = (float)element_f64(pmin, tensor_dtype(o->min)), rmax = (float)element_f64(pmax, tensor_dtype(o->max));
		rmin = isinf(rmin) ? lo : rmin + (float)o->rate * (lo - rmin);
		rmax = isinf(rmax) ? hi : rmax + (float)o->rate * (hi - rmax);
		element_set_f64(pmin, tensor_dtype(o->min), rmin);
		element_set_f64(pmax, tensor_dtype(o->max), rmax);
		QParams q = quant_choose(rmin, rmax, o->lo, o->hi, false, o->symmetric);
		element_set_f64(state_at(o->scale, k), tensor_dtype(o->scale), q.scale);
		element_set_f64(state_at(o->zero_point, k), tensor_dtype(o->zero_point), (double)q.zero_point);
	}
	tensor_unref(&c);
	return STATUS_OK;
}

static Status flag_of(Exec *x, const Tensor *t, bool *out)
{
	TRY(want_single(x, t, "a switch"));
	*out = element_f64(tensor_data(t), tensor_dtype(t)) != 0;
	return STATUS_OK;
}

static Status observed_fake(Exec *x, const IValue *args, bool with_mask, IValue *rets)
{
	const Tensor *t = arg_tensor(args[0]);
	bool observing, faking;
	Observer o = {.min = arg_tensor(args[3]), .max = arg_tensor(args[4]), .scale = arg_tensor(args[5]),
		.zero_point = arg_tensor(args[6]), .rate = arg_float(args[7]), .lo = arg_int(args[8]), .hi = arg_int(args[9]), .axis = -1,
		.symmetric = arg_bool(args[12])};
	TRY(flag_of(x, arg_tensor(args[1]), &observing));
	TRY(flag_of(x, arg_tensor(args[2]), &faking));
	if (arg_bool(args[11]))
		TRY(wrap_dim(arg_int(args[10]), t->ndim, &o.axis, x->err));
	if (o.lo >= o.hi || o.lo < INT32_MIN || o.hi > INT32_MAX)
		return xfail(x, "`quant_min` should be less than `quant_max`.");
	Tensor *state[] = {o.min, o.max, o.scale, o.zero_point};
	for (int i = 0; i < 4; i++)
		if (state[i]->ndim > 1 || state[i]->quant || dtype_is_complex(tensor_dtype(state[i])))
			return xfail(x, "the state of an observer must be vectors of real numbers");
	if (observing)
		TRY(observe(x, t, &o));
	if (faking && (o.scale->numel != (o.axis >= 0 ? t->sizes[o.axis] : 1) || o.zero_point->numel != o.scale->numel))
		return xfail(x, "dimensions of scale and zero-point are not consistent with input tensor");
	Grid g = {.scale = o.scale, .zero_point = o.zero_point, .axis = o.axis, .lo = o.lo, .hi = o.hi, .enabled = faking};
	if (!faking)
		g.scale = g.zero_point = NULL;
	return return_fake(x, t, g, with_mask, rets);
}

Status op_fused_moving_avg_obs_fake_quant(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return observed_fake(x, args, false, rets);
}

Status op__fused_moving_avg_obs_fq_helper(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return observed_fake(x, args, true, rets);
}
