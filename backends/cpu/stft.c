// SPDX-License-Identifier: BSD-3-Clause
// Short-time Fourier transforms.  stft: frames of the padded signal, windowed, transformed.  istft: the frames
// back, overlapped and added, and divided by the summed squares of the window.
// Old programs leave return_complex out on real signals; they get the real [..., 2] form that they expect.
#include "backends/cpu/fft.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

typedef struct Shape { // what both directions read from their arguments
	int64_t n_fft, hop, win;
	const Tensor *window;
} Shape;

// The window as n_fft complex numbers, centred; ones when there is none.
static Status window_values(Exec *x, const char *name, const Shape *s, c128_t **out)
{
	if (s->window && (s->window->ndim != 1 || s->window->sizes[0] != s->win))
		return xfail(x, "%s: expected a 1D window tensor of size equal to win_length=%" PRId64 ", but got window with "
				"%d dimensions and %" PRId64 " elements",
			name, s->win, s->window->ndim, s->window->numel);
	Tensor *w = NULL;
	if (s->window)
		TRY(cpu_prepare(x, s->window, DT_C128, &w));
	c128_t *v = calloc((size_t)s->n_fft, sizeof *v);
	if (!v) {
		tensor_unref(&w);
		return fail_memory(x->err, sizeof *v * (size_t)s->n_fft);
	}
	int64_t left = (s->n_fft - s->win) / 2;
	for (int64_t i = 0; i < s->win; i++)
		v[left + i] = w ? ((const c128_t *)tensor_data(w))[i] : 1;
	tensor_unref(&w);
	*out = v;
	return STATUS_OK;
}

static Status read_shape(Exec *x, const char *name, const IValue *args, Shape *s)
{
	s->n_fft = arg_int(args[0]);
	s->hop = arg_int_or(args[1], s->n_fft / 4);
	s->win = arg_int_or(args[2], s->n_fft);
	s->window = arg_tensor(args[3]);
	if (s->hop <= 0)
		return xfail(x, "%s: expected hop_length > 0, but got hop_length=%" PRId64, name, s->hop);
	if (s->win <= 0 || s->win > s->n_fft)
		return xfail(x, "%s: expected 0 < win_length <= n_fft, but got win_length=%" PRId64, name, s->win);
	return STATUS_OK;
}

// Where sample i of the padded signal comes from; -1 is a zero.
static int64_t padded_source(const char *mode, int64_t i, int64_t n)
{
	if (i >= 0 && i < n)
		return i;
	switch (mode[0]) {
	case 'r':
		if (mode[2] == 'f') // reflect
			return i < 0 ? -i : 2 * (n - 1) - i;
		return i < 0 ? 0 : n - 1; // replicate
	case 'c':
		if (mode[1] == 'i') // circular
			return i < 0 ? i + n : i - n;
		return -1; // constant
	default:
		return -1;
	}
}

static Status check_pad(Exec *x, const char *mode, int64_t pad, int64_t n)
{
	if (strcmp(mode, "reflect") && strcmp(mode, "replicate") && strcmp(mode, "circular") && strcmp(mode, "constant"))
		return fail(x->err, STATUS_UNSUPPORTED, "Unrecognised padding mode %s", mode);
	if (!strcmp(mode, "reflect") && pad >= n)
		return xfail(x, "Argument #4: Padding size should be less than the corresponding input dimension, but got: "
				"padding (%" PRId64 ", %" PRId64 ") at dimension 2 of input [1, 1, %" PRId64 "]",
			pad, pad, n);
	if (!strcmp(mode, "circular") && pad > n)
		return xfail(x, "Padding value causes wrapping around more than once.");
	return STATUS_OK;
}

typedef struct FramesArg {
	const FftPlan *plan;
	const c128_t *window, *signal;
	c128_t *out; // [batch, bins, frames]
	int64_t n_fft, hop, frames, bins, length, pad;
	const char *mode;
	double scale;
	bool real;
} FramesArg;

static void run_frames(void *arg, int64_t begin, int64_t end)
{
	const FramesArg *f = arg;
	c128_t *line = xmalloc(sizeof *line * (size_t)(f->n_fft + fft_scratch(f->plan)));
	for (int64_t i = begin; i < end; i++) {
		int64_t b = i / f->frames, t = i % f->frames;
		const c128_t *s = f->signal + b * f->length;
		for (int64_t k = 0; k < f->n_fft; k++) {
			int64_t at = padded_source(f->mode, t * f->hop + k - f->pad, f->length);
			c128_t v = at < 0 ? 0 : s[at], w = f->window[k];
			line[k] = CMPLX(creal(v) * creal(w) - cimag(v) * cimag(w), creal(v) * cimag(w) + cimag(v) * creal(w));
		}
		fft_run(f->plan, line, line + f->n_fft, false);
		for (int64_t k = 0; k < f->bins; k++) {
			// of real frames these are real, and their angle shows the sign of a zero
			bool real = f->real && (k == 0 || 2 * k == f->n_fft);
			f->out[(b * f->bins + k) * f->frames + t] = real ? creal(line[k]) * f->scale : line[k] * f->scale;
		}
	}
	free(line);
}

static Status stft(Exec *x, const Tensor *self, const IValue *shape, bool center, const char *mode, bool normalized,
	IValue onesided_, IValue return_complex_, IValue *rets)
{
	Shape s;
	DType d = tensor_dtype(self);
	bool complex_in = dtype_is_complex(d) || (arg_tensor(shape[3]) && dtype_is_complex(tensor_dtype(arg_tensor(shape[3]))));
	if (!dtype_is_float(d) && !dtype_is_complex(d))
		return xfail(x, "stft: expected a tensor of floating point or complex values");
	if (self->ndim < 1 || self->ndim > 2)
		return xfail(x, "stft: expected a 1D or 2D tensor");
	int64_t length = self->sizes[self->ndim - 1], batch = self->ndim == 2 ? self->sizes[0] : 1;
	s.n_fft = arg_int(shape[0]);
	if (s.n_fft > (int64_t)1 << 40)
		return xfail(x, "stft: n_fft=%" PRId64 " is too large", s.n_fft);
	int64_t pad = center ? s.n_fft / 2 : 0;
	if (center && s.n_fft > 0)
		TRY(check_pad(x, mode, pad, length));
	int64_t padded = length + 2 * pad;
	if (s.n_fft <= 0 || s.n_fft > padded)
		return xfail(x, "stft: expected 0 < n_fft <= %" PRId64 ", but got n_fft=%" PRId64, padded, s.n_fft);
	TRY(read_shape(x, "stft", shape, &s));
	bool onesided = iv_is_none(onesided_) ? !complex_in : arg_bool(onesided_);
	bool return_complex = iv_is_none(return_complex_) ? complex_in : arg_bool(return_complex_);
	if (onesided && complex_in)
		return xfail(x, "Cannot have onesided output if window or input is complex");
	int64_t frames = 1 + (padded - s.n_fft) / s.hop, bins = onesided ? s.n_fft / 2 + 1 : s.n_fft;
	int64_t sizes[3] = {batch, bins, frames};
	c128_t *window = NULL;
	FftPlan *plan = NULL;
	Tensor *signal = NULL, *work = NULL, *out = NULL;
	Status status = window_values(x, "stft", &s, &window);
	if (!status)
		status = fft_plan_new(x, s.n_fft, &plan);
	if (!status)
		status = cpu_prepare(x, self, DT_C128, &signal);
	if (!status)
		status = self->ndim == 2 ? tensor_empty(DT_C128, sizes, 3, &work, x->err)
					 : tensor_empty(DT_C128, sizes + 1, 2, &work, x->err);
	if (!status) {
		FramesArg f = {plan, window, tensor_data(signal), tensor_data(work), s.n_fft, s.hop, frames, bins, length, pad,
			mode, normalized ? 1 / sqrt((double)s.n_fft) : 1, !complex_in};
		parallel_for(batch * frames, 8192 / s.n_fft + 1, run_frames, &f);
		DType cd = d == DT_F64 || d == DT_C128 ? DT_C128 : DT_C64;
		status = fft_store(x, work, cd, &out);
	}
	free(window);
	fft_plan_free(plan);
	tensor_unref(&signal);
	tensor_unref(&work);
	if (!status && !return_complex) {
		Tensor *pairs = view_as_pairs(out);
		tensor_unref(&out);
		out = pairs;
	}
	return status ? status : ret_tensor(rets, out);
}

KERNEL(stft)
{
	return stft(x, arg_tensor(args[0]), args + 1, false, "constant", arg_bool(args[5]), args[6], args[7], rets);
}

KERNEL(stft_center)
{
	return stft(x, arg_tensor(args[0]), args + 1, arg_bool(args[5]), arg_str(args[6]), arg_bool(args[7]), args[8], args[9],
		rets);
}

// ---- inverse

KERNEL(istft)
{
	const Tensor *self = arg_tensor(args[0]);
	bool center = arg_bool(args[5]), normalized = arg_bool(args[6]), return_complex = arg_bool(args[9]);
	DType d = tensor_dtype(self);
	Tensor *spectrum = NULL, *out = NULL;
	Shape s;
	TRY(read_shape(x, "istft", args + 1, &s));
	bool pairs = !dtype_is_complex(d);
	int ndim = self->ndim - pairs;
	if (pairs && (!dtype_is_float(d) || self->ndim < 1 || self->sizes[self->ndim - 1] != 2))
		return xfail(x, "istft requires a complex-valued input tensor matching the output from stft with "
				"return_complex=True.");
	if (self->numel == 0)
		return xfail(x, "istft: input tensor cannot be empty.");
	if (ndim != 2 && ndim != 3)
		return xfail(x, "istft: expected a tensor with 2 or 3 dimensions, but got %d", ndim);
	int64_t frames = self->sizes[ndim - 1], bins = self->sizes[ndim - 2], batch = ndim == 3 ? self->sizes[0] : 1;
	bool onesided = iv_is_none(args[7]) ? bins != s.n_fft : arg_bool(args[7]);
	int64_t expect = onesided ? s.n_fft / 2 + 1 : s.n_fft;
	if (bins != expect)
		return xfail(x, "istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft%s "
				"when onesided=%s, but got %" PRId64,
			onesided ? " / 2 + 1" : "", onesided ? "True" : "False", bins);
	if (return_complex && onesided)
		return xfail(x, "Cannot have onesided output if window or input is complex");
	// complex128, whatever came in
	if (pairs) {
		Tensor *wide = NULL;
		TRY(cpu_prepare(x, self, DT_F64, &wide));
		int64_t strides[MAX_DIMS];
		contiguous_strides(self->sizes, ndim, strides);
		spectrum = tensor_over(wide->storage, DT_C128, self->sizes, strides, ndim, wide->offset / 2);
		tensor_unref(&wide);
	} else {
		TRY(cpu_prepare(x, self, DT_C128, &spectrum));
	}
	int64_t total, start = center ? s.n_fft / 2 : 0, end;
	bool overflow = __builtin_mul_overflow(s.hop, frames - 1, &total) || __builtin_add_overflow(total, s.n_fft, &total);
	end = center ? total - s.n_fft / 2 : total;
	if (!iv_is_none(args[8]))
		overflow |= __builtin_add_overflow(start, arg_int(args[8]), &end);
	if (overflow) {
		tensor_unref(&spectrum);
		return fail_memory(x->err, SIZE_MAX);
	}
	c128_t *window = NULL, *sum = NULL;
	double *envelope = NULL;
	FftPlan *plan = NULL;
	Status status = window_values(x, "istft", &s, &window);
	if (!status)
		status = fft_plan_new(x, s.n_fft, &plan);
	int64_t kept = (end < total ? end : total) - start, sizes[2] = {batch, end - start};
	if (!status && kept <= 0)
		status = xfail(x, "istft: the signal has no samples left after trimming");
	if (!status) {
		sum = calloc((size_t)total, sizeof *sum);
		envelope = calloc((size_t)total, sizeof *envelope);
		if (!sum || !envelope)
			status = fail_memory(x->err, (size_t)total * 24);
	}
	for (int64_t t = 0; t < frames && !status; t++)
		for (int64_t k = 0; k < s.n_fft; k++)
			envelope[t * s.hop + k] += creal(window[k]) * creal(window[k]) - cimag(window[k]) * cimag(window[k]);
	double least = INFINITY;
	for (int64_t i = 0; i < kept && !status; i++)
		least = fmin(least, fabs(envelope[start + i]));
	if (!status && !(least > 1e-11))
		status = xfail(x, "window overlap add min: %g", least);
	Tensor *work = NULL;
	if (!status)
		status = tensor_zeros(DT_C128, sizes + (ndim == 2), ndim - 1, &work, x->err);
	c128_t *line = status ? NULL : malloc(sizeof *line * (size_t)(s.n_fft + fft_scratch(plan)));
	if (!status && !line)
		status = fail_memory(x->err, sizeof *line * (size_t)s.n_fft);
	double scale = normalized ? 1 / sqrt((double)s.n_fft) : 1 / (double)s.n_fft;
	for (int64_t b = 0; b < batch && !status; b++) {
		memset(sum, 0, sizeof *sum * (size_t)total);
		for (int64_t t = 0; t < frames; t++) {
			const c128_t *in = (const c128_t *)tensor_data(spectrum) + b * bins * frames + t;
			for (int64_t k = 0; k < s.n_fft; k++) {
				// a real signal is read from the first half of its spectrum alone
				bool mirrored = !return_complex && 2 * k > s.n_fft;
				c128_t v = mirrored ? conj(in[(s.n_fft - k) * frames]) : in[k * frames];
				line[k] = !return_complex && (k == 0 || 2 * k == s.n_fft) ? creal(v) : v;
			}
			fft_run(plan, line, line + s.n_fft, true);
			for (int64_t k = 0; k < s.n_fft; k++) {
				c128_t v = line[k] * scale, w = window[k];
				sum[t * s.hop + k] +=
					CMPLX(creal(v) * creal(w) - cimag(v) * cimag(w), creal(v) * cimag(w) + cimag(v) * creal(w));
			}
		}
		c128_t *o = (c128_t *)tensor_data(work) + b * sizes[1];
		for (int64_t i = 0; i < kept; i++)
			o[i] = sum[start + i] / envelope[start + i];
	}
	if (!status) {
		bool wide = d == DT_F64 || d == DT_C128;
		status = fft_store(x, work, return_complex ? (wide ? DT_C128 : DT_C64) : wide ? DT_F64 : DT_F32, &out);
	}
	free(line);
	free(window);
	free(sum);
	free(envelope);
	fft_plan_free(plan);
	tensor_unref(&work);
	tensor_unref(&spectrum);
	return status ? status : ret_tensor(rets, out);
}
