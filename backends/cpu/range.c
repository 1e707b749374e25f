// SPDX-License-Identifier: BSD-3-Clause
// Factories of sequences: arange, range, linspace, logspace, eye.
//
// Values are computed as start + i·step for each i (never by repeated addition), in int64 for integer results
// and in double otherwise; linspace counts from the nearer end so that both ends are exact.
#include "backends/cpu/convert.h"
#include "backends/cpu/factory.h"
#include "backends/cpu/pointwise.h"

#include <inttypes.h>
#include <math.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

// The options at args[at …]: dtype, layout, device, pin_memory.
static Status make(Exec *x, const IValue *args, int at, DType dtype, int64_t n, Tensor **out)
{
	DType d;
	Device where;
	TRY(arg_dtype(x, args[at], dtype, &d));
	TRY(arg_device(x, args[at + 2], DEVICE_CPU, &where));
	return factory_strided(x, d, where, &n, NULL, 1, out);
}

static bool integral(IValue v) { return v.tag == TAG_INT || v.tag == TAG_BOOL; }

static Status check_step(Exec *x, double start, double end, double step)
{
	if (step == 0)
		return xfail(x, "step must be nonzero");
	if (!isfinite(start) || !isfinite(end))
		return xfail(x, "unsupported range: %g -> %g", start, end);
	if (!((step > 0 && end >= start) || (step < 0 && end <= start)))
		return xfail(x, "upper bound and lower bound inconsistent with step sign");
	return STATUS_OK;
}

static void write_steps(Tensor *t, IValue start, IValue step)
{
	if (tensor_device(t) == DEVICE_META)
		return;
	DType d = tensor_dtype(t);
	size_t size = dtype_size(d);
	char *p = tensor_data(t);
	for (int64_t at = 0; at < t->numel; at += 256) {
		int64_t m = t->numel - at < 256 ? t->numel - at : 256;
		if (dtype_is_float(d) || dtype_is_complex(d)) {
			double v[256], a = iv_as_f64(start), s = iv_as_f64(step);
			for (int64_t i = 0; i < m; i++)
				v[i] = a + s * (double)(at + i);
			convert_run(p + (size_t)at * size, d, v, DT_F64, m);
		} else {
			int64_t v[256];
			uint64_t a = (uint64_t)(start.tag == TAG_FLOAT ? i64_from_f64(start.f) : iv_as_i64(start));
			uint64_t s = (uint64_t)(step.tag == TAG_FLOAT ? i64_from_f64(step.f) : iv_as_i64(step));
			for (int64_t i = 0; i < m; i++)
				v[i] = (int64_t)(a + s * (uint64_t)(at + i));
			convert_run(p + (size_t)at * size, d, v, DT_I64, m);
		}
	}
}

static Status arange(Exec *x, IValue start, IValue end, IValue step, const IValue *args, int at, IValue *rets)
{
	if (start.tag == TAG_COMPLEX || end.tag == TAG_COMPLEX || step.tag == TAG_COMPLEX)
		return xfail(x, "arange does not take complex bounds");
	bool ints = integral(start) && integral(end) && integral(step);
	double a = iv_as_f64(start), b = iv_as_f64(end), s = iv_as_f64(step);
	TRY(check_step(x, a, b, s));
	DType d;
	TRY(arg_dtype(x, args[at], ints ? DT_I64 : default_float_dtype(), &d));
	if (dtype_is_complex(d) || d == DT_BOOL)
		return fail_not_implemented(x, "arange_cpu", d);
	double n = ceil((b - a) / s);
	if (!(n >= 0 && n < 9e18))
		return xfail(x, "invalid size, possible overflow?");
	int64_t count = (int64_t)n;
	int64_t span;
	if (ints && step.i != -1 && !__builtin_sub_overflow(end.i, start.i, &span)) { // exact where doubles would round
		int64_t q = span / step.i;
		count = q + (q * step.i != span);
	}
	Tensor *t;
	TRY(make(x, args, at, d, count, &t));
	write_steps(t, start, step);
	return ret_tensor(rets, t);
}

KERNEL(arange) { (void)nargs; return arange(x, iv_int(0), args[0], iv_int(1), args, 1, rets); }
KERNEL(arange_start) { (void)nargs; return arange(x, args[0], args[1], iv_int(1), args, 2, rets); }
KERNEL(arange_start_step) { (void)nargs; return arange(x, args[0], args[1], args[2], args, 3, rets); }

static Status range(Exec *x, IValue start, IValue end, IValue step, const IValue *args, int at, IValue *rets)
{
	double a = iv_as_f64(start), b = iv_as_f64(end), s = iv_as_f64(step);
	TRY(check_step(x, a, b, s));
	double n = floor((b - a) / s) + 1;
	if (!(n >= 0 && n < 9e18))
		return xfail(x, "invalid size, possible overflow?");
	Tensor *t;
	TRY(make(x, args, at, default_float_dtype(), (int64_t)n, &t));
	write_steps(t, start, step);
	return ret_tensor(rets, t);
}
KERNEL(range) { (void)nargs; return range(x, args[0], args[1], iv_int(1), args, 2, rets); }
KERNEL(range_step) { (void)nargs; return range(x, args[0], args[1], args[2], args, 3, rets); }
KERNEL(_dim_arange)
{
	(void)nargs;
	const Tensor *like = args[0].tensor;
	int dim;
	TRY(wrap_dim(arg_int(args[1]), like->ndim, &dim, x->err));
	Tensor *t;
	TRY(tensor_empty(DT_I64, &like->sizes[dim], 1, &t, x->err));
	write_steps(t, iv_int(0), iv_int(1));
	return ret_tensor(rets, t);
}

// A bound that may be given as a 0-d tensor.
static Status bound(Exec *x, const char *name, const char *which, IValue v, double *re, double *im, bool *is_complex)
{
	*im = 0;
	if (v.tag == TAG_TENSOR) {
		const Tensor *t = v.tensor;
		if (t->ndim != 0)
			return xfail(x, "%s only supports 0-dimensional start and end tensors, but got %s with %d dimension(s).", name,
				which, t->ndim);
		if (tensor_device(t) == DEVICE_META)
			return xfail(x, "%s needs the values of its bounds, which meta tensors do not have", name);
		element_c128(tensor_data(t), tensor_dtype(t), re, im);
		*is_complex |= dtype_is_complex(tensor_dtype(t));
	} else {
		*re = iv_as_f64(v);
		if (v.tag == TAG_COMPLEX) {
			*im = v.complex_->im;
			*is_complex = true;
		}
	}
	return STATUS_OK;
}

static float as_half(float v, DType d)
{
	return d == DT_F16 ? f16_to_f32(f16_from_f32(v)) : bf16_to_f32(bf16_from_f32(v));
}

static Status spaced(Exec *x, const char *name, IValue start, IValue end, IValue steps, const double *base,
	const IValue *args, int at, IValue *rets)
{
	double a, b, ai, bi;
	bool is_complex = false;
	TRY(bound(x, name, "start", start, &a, &ai, &is_complex));
	TRY(bound(x, name, "end", end, &b, &bi, &is_complex));
	int64_t n = arg_int(steps);
	if (n < 0)
		return xfail(x, "number of steps must be non-negative");
	Tensor *t;
	TRY(make(x, args, at, is_complex ? DT_C64 : default_float_dtype(), n, &t));
	if (tensor_device(t) == DEVICE_META)
		return ret_tensor(rets, t);
	DType d = tensor_dtype(t);
	size_t size = dtype_size(d);
	char *p = tensor_data(t);
	bool ints = dtype_is_int(d);
	if (ints) {
		a = (double)i64_from_f64(a);
		b = (double)i64_from_f64(b);
	}
	double div = n > 1 ? (double)(n - 1) : 1;
	double step = (b - a) / div, istep = (bi - ai) / div;
	float fa = (float)a, fb = (float)b, fstep = (float)((fb - fa) / (float)div);
	bool single = d == DT_F32 || (ints && base), half = d == DT_F16 || d == DT_BF16;
	if (half) // every operation rounds to the element type
		fstep = as_half(as_half((float)b, d) - as_half((float)a, d), d) / as_half((float)div, d);
	for (int64_t i = 0; i < n; i++, p += size) {
		bool low = i < n / 2 || n == 1;
		int64_t k = low ? i : n - 1 - i;
		double v = low ? a + step * (double)k : b - step * (double)k;
		double vi = low ? ai + istep * (double)k : bi - istep * (double)k;
		if (single)
			v = low ? fa + fstep * (float)k : fb - fstep * (float)k;
		if (half) {
			float far = as_half(as_half(fstep, d) * as_half((float)k, d), d);
			v = low ? as_half((float)a, d) + far : as_half((float)b, d) - far;
			v = as_half((float)v, d);
		}
		if (base) {
			if (dtype_is_complex(d)) { // base^(v + i vi)
				double m = pow(*base, v), angle = vi * log(*base);
				v = m * cos(angle);
				vi = m * sin(angle);
			} else {
				v = pow(*base, v);
			}
		}
		if (ints)
			element_set_i64(p, d, i64_from_f64(v));
		else
			element_set_c128(p, d, v, vi);
	}
	return ret_tensor(rets, t);
}
#define SPACED(SUFFIX)                                                                                  \
	KERNEL(linspace##SUFFIX)                                                                        \
	{                                                                                               \
		(void)nargs;                                                                            \
		return spaced(x, "linspace", args[0], args[1], args[2], NULL, args, 3, rets);           \
	}                                                                                               \
	KERNEL(logspace##SUFFIX)                                                                        \
	{                                                                                               \
		(void)nargs;                                                                            \
		double base = arg_float(args[3]);                                                       \
		return spaced(x, "logspace", args[0], args[1], args[2], &base, args, 4, rets);          \
	}
SPACED()
SPACED(_Tensor_Tensor)
SPACED(_Tensor_Scalar)
SPACED(_Scalar_Tensor)

static Status eye(Exec *x, int64_t n, int64_t m, const IValue *args, int at, IValue *rets)
{
	if (n < 0)
		return xfail(x, "n must be greater or equal to 0, got %" PRId64, n);
	if (m < 0)
		return xfail(x, "m must be greater or equal to 0, got %" PRId64, m);
	DType d;
	Device where;
	Tensor *t;
	TRY(arg_dtype(x, args[at], default_float_dtype(), &d));
	TRY(arg_device(x, args[at + 2], DEVICE_CPU, &where));
	TRY(factory_strided(x, d, where, (int64_t[]){n, m}, NULL, 2, &t));
	Status s = cpu_fill(x, t, iv_int(0));
	if (s != STATUS_OK) {
		tensor_unref(&t);
		return s;
	}
	if (where == DEVICE_CPU) {
		char *p = tensor_data(t);
		for (int64_t i = 0; i < n && i < m; i++)
			element_set_i64(p + (size_t)(i * (m + 1)) * dtype_size(d), d, 1);
	}
	return ret_tensor(rets, t);
}
KERNEL(eye) { (void)nargs; return eye(x, arg_int(args[0]), arg_int(args[0]), args, 1, rets); }
KERNEL(eye_m) { (void)nargs; return eye(x, arg_int(args[0]), arg_int(args[1]), args, 2, rets); }
