// SPDX-License-Identifier: BSD-3-Clause
// torch.fft: which dimensions, sizes, directions and scales; the work is in fft.c.
// Real transforms run as complex ones: r2c drops the redundant half, c2r rebuilds it first.
#include "backends/cpu/fft.h"

#include <inttypes.h>
#include <math.h>

typedef enum Norm { NORM_NONE, NORM_BY_ROOT_N, NORM_BY_N } Norm;

static Status norm_of(Exec *x, IValue v, bool forward, Norm *out)
{
	const char *s = arg_str(v);
	if (!s || !strcmp(s, "backward"))
		*out = forward ? NORM_NONE : NORM_BY_N;
	else if (!strcmp(s, "forward"))
		*out = forward ? NORM_BY_N : NORM_NONE;
	else if (!strcmp(s, "ortho"))
		*out = NORM_BY_ROOT_N;
	else
		return xfail(x, "Invalid normalization mode: \"%s\"", s);
	return STATUS_OK;
}

static double norm_scale(Norm norm, int64_t n)
{
	return norm == NORM_NONE ? 1 : norm == NORM_BY_N ? 1 / (double)n : 1 / sqrt((double)n);
}

// The complex dtype in which t is transformed.
static Status complex_dtype(Exec *x, const Tensor *t, DType *out)
{
	DType d = tensor_dtype(t);
	if (d == DT_F16 || d == DT_BF16 || d == DT_C32)
		return xfail(x, "Unsupported dtype %s", dtype_class_name(d));
	*out = d == DT_F64 || d == DT_C128 ? DT_C128 : DT_C64;
	return STATUS_OK;
}

typedef struct Dims { int n; int dim[MAX_DIMS]; int64_t size[MAX_DIMS]; } Dims; // size: of the signal

static Status dims_one(Exec *x, const Tensor *t, IValue n, IValue dim, int64_t otherwise, Dims *out)
{
	out->n = 1;
	if (t->ndim == 0)
		return fail(x->err, STATUS_INDEX, "Dimension specified as %" PRId64 " but tensor has no dimensions", arg_int(dim));
	TRY(wrap_dim(arg_int(dim), t->ndim, &out->dim[0], x->err));
	out->size[0] = arg_int_or(n, otherwise >= 0 ? otherwise : t->sizes[out->dim[0]]);
	return STATUS_OK;
}

// The s and dim arguments of the n-dimensional forms.
static Status dims_many(Exec *x, const Tensor *t, IValue s, IValue dim, Dims *out)
{
	int64_t shape[MAX_DIMS], dims[MAX_DIMS];
	int ns = 0, nd = 0;
	bool seen[MAX_DIMS] = {0};
	if (!iv_is_none(s))
		TRY(arg_ints(x, s, shape, MAX_DIMS, &ns));
	if (!iv_is_none(dim))
		TRY(arg_ints(x, dim, dims, MAX_DIMS, &nd));
	if (!iv_is_none(s) && !iv_is_none(dim) && ns != nd)
		return xfail(x, "When given, dim and shape arguments must have the same length");
	if (!iv_is_none(s) && ns > t->ndim)
		return xfail(x, "Got shape with %d values but input tensor only has %d dimensions.", ns, t->ndim);
	if (iv_is_none(dim)) { // the last ones
		nd = iv_is_none(s) ? t->ndim : ns;
		for (int i = 0; i < nd; i++)
			dims[i] = t->ndim - nd + i;
	}
	out->n = nd;
	for (int i = 0; i < nd; i++) {
		TRY(wrap_dim(dims[i], t->ndim, &out->dim[i], x->err));
		if (seen[out->dim[i]])
			return xfail(x, "FFT dims must be unique");
		seen[out->dim[i]] = true;
		bool given = !iv_is_none(s) && shape[i] != -1;
		out->size[i] = given ? shape[i] : t->ndim ? t->sizes[out->dim[i]] : 1;
	}
	return STATUS_OK;
}

static Status check_sizes(Exec *x, const Dims *d)
{
	for (int i = 0; i < d->n; i++)
		if (d->size[i] < 1)
			return xfail(x, "Invalid number of data points (%" PRId64 ") specified", d->size[i]);
	return STATUS_OK;
}

// t cut or padded to the dims' sizes; the last of them to `last` instead when that is ≥ 0.
static Status load(Exec *x, const Tensor *t, const Dims *d, int64_t last, Tensor **out)
{
	int64_t sizes[MAX_DIMS];
	memcpy(sizes, t->sizes, sizeof(int64_t) * t->ndim);
	for (int i = 0; i < d->n; i++)
		sizes[d->dim[i]] = i == d->n - 1 && last >= 0 ? last : d->size[i];
	return fft_load(x, t, sizes, out);
}

static void conjugate(Tensor *t)
{
	c128_t *p = tensor_data(t);
	for (int64_t i = 0; i < t->numel; i++)
		p[i] = conj(p[i]);
}

static Status run_dims(Exec *x, Tensor *t, const Dims *d, int n, bool forward, Norm norm)
{
	for (int i = n - 1; i >= 0; i--)
		TRY(fft_along(x, t, d->dim[i], !forward, norm_scale(norm, d->size[i])));
	return STATUS_OK;
}

static Status finish(Exec *x, Status status, Tensor *work, DType d, IValue *rets)
{
	Tensor *out = NULL;
	if (!status)
		status = fft_store(x, work, d, &out);
	tensor_unref(&work);
	return status ? status : ret_tensor(rets, out);
}

static Status run_c2c(Exec *x, const Tensor *t, const Dims *d, bool forward, Norm norm, IValue *rets)
{
	DType dtype;
	Tensor *work;
	TRY(check_sizes(x, d));
	TRY(complex_dtype(x, t, &dtype));
	TRY(load(x, t, d, -1, &work));
	return finish(x, run_dims(x, work, d, d->n, forward, norm), work, dtype, rets);
}

// Real to complex; `flip` conjugates the result, as ihfft wants.
static Status run_r2c(Exec *x, const char *name, const Tensor *t, const Dims *d, bool forward, bool flip, bool onesided,
	Norm norm, IValue *rets)
{
	DType dtype;
	Tensor *work;
	if (dtype_is_complex(tensor_dtype(t))) {
		const char *class = dtype_class_name(tensor_dtype(t));
		if (!strcmp(name, "ihfftn"))
			return xfail(x, "Only supports floating-point dtypes, but found: %s", class);
		return xfail(x, "%s expects a real%s input tensor, but got %s", name, strcmp(name, "rfftn") ? "" : "-valued",
			class);
	}
	TRY(check_sizes(x, d));
	if (d->n == 0)
		return xfail(x, "%s must transform at least one axis", name);
	TRY(complex_dtype(x, t, &dtype));
	TRY(load(x, t, d, -1, &work));
	int last = d->dim[d->n - 1];
	Status status = fft_along(x, work, last, false, norm_scale(norm, d->size[d->n - 1]));
	if (!status && onesided) {
		Tensor *half = view_range(work, last, 0, work->sizes[last] / 2 + 1, 1), *dense;
		status = cpu_contiguous(x, half, &dense);
		tensor_unref(&half);
		if (!status) {
			tensor_unref(&work);
			work = dense;
		}
	}
	if (!status && flip)
		conjugate(work);
	if (!status)
		status = run_dims(x, work, d, d->n - 1, forward, norm);
	return finish(x, status, work, dtype, rets);
}

// Half a Hermitian signal to real.  `forward` as in hfft: the input is conjugated before the last step.
static Status run_c2r(Exec *x, const char *name, const Tensor *t, const Dims *d, bool forward, Norm norm, IValue *rets)
{
	DType dtype;
	Tensor *work, *full;
	TRY(check_sizes(x, d));
	if (d->n == 0)
		return xfail(x, "%s must transform at least one axis", name);
	TRY(complex_dtype(x, t, &dtype));
	int64_t n = d->size[d->n - 1], sizes[MAX_DIMS];
	int last = d->dim[d->n - 1];
	TRY(load(x, t, d, n / 2 + 1, &work));
	Status status = run_dims(x, work, d, d->n - 1, forward, norm);
	memcpy(sizes, work->sizes, sizeof(int64_t) * work->ndim);
	sizes[last] = n;
	if (!status)
		status = tensor_empty(DT_C128, sizes, work->ndim, &full, x->err);
	if (!status) {
		int64_t inner = 1, half = n / 2 + 1;
		for (int i = last + 1; i < work->ndim; i++)
			inner *= sizes[i];
		const c128_t *s = tensor_data(work);
		c128_t *o = tensor_data(full);
		for (int64_t i = 0; work->numel && i < work->numel / half; i++) {
			const c128_t *p = s + i / inner * half * inner + i % inner;
			c128_t *q = o + i / inner * n * inner + i % inner;
			for (int64_t k = 0; k < n; k++) {
				c128_t v = k < half ? p[k * inner] : conj(p[(n - k) * inner]);
				// the ends of the half are real by symmetry, whatever was given
				v = k == 0 || 2 * k == n ? creal(v) : v;
				q[k * inner] = forward ? conj(v) : v;
			}
		}
		tensor_unref(&work);
		work = full;
		status = fft_along(x, work, last, true, norm_scale(norm, n));
	}
	return finish(x, status, work, dtype_to_real(dtype), rets);
}

// ---- one dimension: (self, n, dim, norm)

#define ONE_C2C(op, forward)                                                                    \
	KERNEL(op)                                                                              \
	{                                                                                       \
		Dims d;                                                                         \
		Norm norm;                                                                      \
		TRY(dims_one(x, arg_tensor(args[0]), args[1], args[2], -1, &d));                \
		TRY(norm_of(x, args[3], forward, &norm));                                       \
		return run_c2c(x, arg_tensor(args[0]), &d, forward, norm, rets);                \
	}
ONE_C2C(fft_fft, true)
ONE_C2C(fft_ifft, false)

KERNEL(fft_rfft)
{
	Dims d;
	Norm norm;
	TRY(dims_one(x, arg_tensor(args[0]), args[1], args[2], -1, &d));
	TRY(norm_of(x, args[3], true, &norm));
	return run_r2c(x, "rfft", arg_tensor(args[0]), &d, true, false, true, norm, rets);
}

KERNEL(fft_ihfft)
{
	Dims d;
	Norm norm;
	TRY(dims_one(x, arg_tensor(args[0]), args[1], args[2], -1, &d));
	TRY(norm_of(x, args[3], false, &norm));
	return run_r2c(x, "ihfft", arg_tensor(args[0]), &d, false, true, true, norm, rets);
}

// The length of the real signal whose half spectrum t holds along dim.
static Status dims_half(Exec *x, const Tensor *t, IValue n, IValue dim, Dims *out)
{
	TRY(dims_one(x, t, n, dim, -1, out));
	if (iv_is_none(n))
		out->size[0] = 2 * (t->sizes[out->dim[0]] - 1);
	return STATUS_OK;
}

KERNEL(fft_irfft)
{
	Dims d;
	Norm norm;
	TRY(dims_half(x, arg_tensor(args[0]), args[1], args[2], &d));
	TRY(norm_of(x, args[3], false, &norm));
	return run_c2r(x, "irfft", arg_tensor(args[0]), &d, false, norm, rets);
}

KERNEL(fft_hfft)
{
	Dims d;
	Norm norm;
	TRY(dims_half(x, arg_tensor(args[0]), args[1], args[2], &d));
	TRY(norm_of(x, args[3], true, &norm));
	return run_c2r(x, "hfft", arg_tensor(args[0]), &d, true, norm, rets);
}

// ---- several dimensions: (self, s, dim, norm)

static Status many_c2c(Exec *x, const IValue *args, bool forward, IValue *rets)
{
	Dims d;
	Norm norm;
	TRY(dims_many(x, arg_tensor(args[0]), args[1], args[2], &d));
	TRY(norm_of(x, args[3], forward, &norm));
	return run_c2c(x, arg_tensor(args[0]), &d, forward, norm, rets);
}

static Status many_r2c(Exec *x, const IValue *args, const char *name, bool forward, IValue *rets)
{
	Dims d;
	Norm norm;
	TRY(dims_many(x, arg_tensor(args[0]), args[1], args[2], &d));
	TRY(norm_of(x, args[3], forward, &norm));
	return run_r2c(x, name, arg_tensor(args[0]), &d, forward, !forward, true, norm, rets);
}

static Status many_c2r(Exec *x, const IValue *args, const char *name, bool forward, IValue *rets)
{
	Dims d;
	Norm norm;
	const Tensor *t = arg_tensor(args[0]);
	TRY(dims_many(x, t, args[1], args[2], &d));
	TRY(norm_of(x, args[3], forward, &norm));
	bool given = !iv_is_none(args[1]) && d.n && arg_int(args[1].list->items[d.n - 1]) != -1;
	if (d.n && !given)
		d.size[d.n - 1] = 2 * (t->sizes[d.dim[d.n - 1]] - 1);
	return run_c2r(x, name, t, &d, forward, norm, rets);
}

KERNEL(fft_fft2) { return many_c2c(x, args, true, rets); }
KERNEL(fft_fftn) { return many_c2c(x, args, true, rets); }
KERNEL(fft_ifft2) { return many_c2c(x, args, false, rets); }
KERNEL(fft_ifftn) { return many_c2c(x, args, false, rets); }
KERNEL(fft_rfft2) { return many_r2c(x, args, "rfftn", true, rets); }
KERNEL(fft_rfftn) { return many_r2c(x, args, "rfftn", true, rets); }
KERNEL(fft_ihfft2) { return many_r2c(x, args, "ihfftn", false, rets); }
KERNEL(fft_ihfftn) { return many_r2c(x, args, "ihfftn", false, rets); }
KERNEL(fft_irfft2) { return many_c2r(x, args, "irfftn", false, rets); }
KERNEL(fft_irfftn) { return many_c2r(x, args, "irfftn", false, rets); }
KERNEL(fft_hfft2) { return many_c2r(x, args, "hfftn", true, rets); }
KERNEL(fft_hfftn) { return many_c2r(x, args, "hfftn", true, rets); }

// ---- the primitives beneath, with the norm as a number (0 none, 1 by √n, 2 by n)

static Status dims_given(Exec *x, const Tensor *t, IValue dim, Dims *d)
{
	TRY(dims_many(x, t, iv_none(), dim, d));
	return check_sizes(x, d);
}

KERNEL(_fft_c2c)
{
	Dims d;
	TRY(dims_given(x, arg_tensor(args[0]), args[1], &d));
	return run_c2c(x, arg_tensor(args[0]), &d, arg_bool(args[3]), (Norm)(arg_int(args[2]) % 3), rets);
}

KERNEL(_fft_r2c)
{
	Dims d;
	TRY(dims_given(x, arg_tensor(args[0]), args[1], &d));
	return run_r2c(x, "_fft_r2c", arg_tensor(args[0]), &d, true, false, arg_bool(args[3]), (Norm)(arg_int(args[2]) % 3),
		rets);
}

KERNEL(_fft_c2r)
{
	Dims d;
	TRY(dims_given(x, arg_tensor(args[0]), args[1], &d));
	if (d.n)
		d.size[d.n - 1] = arg_int(args[3]);
	return run_c2r(x, "_fft_c2r", arg_tensor(args[0]), &d, false, (Norm)(arg_int(args[2]) % 3), rets);
}

// ---- frequencies and shifts

static Status frequencies(Exec *x, int64_t n, double spacing, IValue dtype, bool half, IValue *rets)
{
	DType d;
	Tensor *t;
	TRY(arg_dtype(x, dtype, default_float_dtype(), &d));
	if (!dtype_is_float(d) && !dtype_is_complex(d))
		return xfail(x, "%s requires a floating point or complex dtype", half ? "rfftfreq" : "fftfreq");
	int64_t size = half ? n / 2 + 1 : n;
	TRY(tensor_empty(d, &size, 1, &t, x->err));
	double scale = 1.0 / ((double)n * spacing);
	for (int64_t i = 0; i < size; i++) {
		double k = (double)(half || i < (n + 1) / 2 ? i : i - n);
		char *p = (char *)tensor_data(t) + (size_t)i * dtype_size(d);
		if (dtype_is_complex(d))
			element_set_c128(p, d, k * scale, 0);
		else
			element_set_f64(p, d, d == DT_F64 ? k * scale : (float)k * (float)scale);
	}
	return ret_tensor(rets, t);
}

KERNEL(fft_fftfreq) { return frequencies(x, arg_int(args[0]), arg_float(args[1]), args[2], false, rets); }
KERNEL(fft_rfftfreq) { return frequencies(x, arg_int(args[0]), arg_float(args[1]), args[2], true, rets); }

Status op_roll(Exec *x, const IValue *args, int nargs, IValue *rets);

static Status shift(Exec *x, const IValue *args, int64_t extra, IValue *rets)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t dims[MAX_DIMS], by[MAX_DIMS];
	int n = t->ndim;
	for (int i = 0; i < n; i++)
		dims[i] = i;
	if (!iv_is_none(args[1]))
		TRY(arg_ints(x, args[1], dims, MAX_DIMS, &n));
	for (int i = 0; i < n; i++) {
		int d;
		TRY(wrap_dim(dims[i], t->ndim, &d, x->err));
		by[i] = t->ndim ? (t->sizes[d] + extra) / 2 : 0;
	}
	if (n == 0)
		return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
	IValue roll[3] = {args[0], iv_take_list(list_of_ints(by, n)), iv_take_list(list_of_ints(dims, n))};
	Status status = op_roll(x, roll, 3, rets);
	ivalue_unref(&roll[1]);
	ivalue_unref(&roll[2]);
	return status;
}

KERNEL(fft_fftshift) { return shift(x, args, 0, rets); }
KERNEL(fft_ifftshift) { return shift(x, args, 1, rets); }
