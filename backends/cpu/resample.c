// SPDX-License-Identifier: BSD-3-Clause
// Resizing of images: nearest, linear, cubic and the antialiased filters.
//
// Every mode is the same thing: along each axis an output is a weighted sum of a few inputs, so each axis has a
// table of first inputs and weights, and an image is resized one axis after the other.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "backends/cpu/plane.h"
#include "backends/cpu/scratch.h"
#include "backends/cpu/view.h"

typedef enum Filter { FILTER_NEAREST, FILTER_NEAREST_EXACT, FILTER_LINEAR, FILTER_CUBIC, FILTER_LINEAR_AA, FILTER_CUBIC_AA,
	FILTER_LANCZOS_AA } Filter;

typedef struct Axis {
	int64_t in, out;
	int taps;          // weights per output
	int64_t *index;    // out × taps
	double *weight;    // out × taps
	bool identity;
} Axis;

typedef struct Resize {
	DType d;
	Planes3 p;
	Axis axis[3];
	const void *in;
	void *out;
	_Atomic int failed;
} Resize;

static double cubic_near(double x, double a) { return ((a + 2) * x - (a + 3)) * x * x + 1; }
static double cubic_far(double x, double a) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; }

static double sinc(double x)
{
	x *= 3.14159265358979323846;
	return x == 0 ? 1 : sin(x) / x;
}

static double aa_filter(Filter f, double x)
{
	x = fabs(x);
	switch (f) {
	case FILTER_LINEAR_AA:
		return x < 1 ? 1 - x : 0;
	case FILTER_CUBIC_AA:
		return x < 1 ? cubic_near(x, -0.5) : x < 2 ? cubic_far(x, -0.5) : 0;
	default:
		return x < 3 ? sinc(x) * sinc(x / 3) : 0;
	}
}

static int64_t clamp64(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static int64_t nearest_index(int64_t o, int64_t in, int64_t out, double factor, bool exact)
{
	// positions are computed in float, whatever the image holds
	float scale = factor > 0 ? (float)(1.0 / factor) : (float)in / (float)out;
	if (exact)
		return clamp64((int64_t)floorf(((float)o + 0.5f) * scale), 0, in - 1);
	if (out == in)
		return o;
	if (out == 2 * in)
		return o >> 1;
	return clamp64((int64_t)floorf((float)o * scale), 0, in - 1);
}

// factor: the scale factor that was asked for, or 0.
static Status axis_init(Exec *x, Axis *a, Filter f, int64_t in, int64_t out, bool align, double factor, bool f64)
{
	*a = (Axis){.in = in, .out = out};
	double scale = align ? (out > 1 ? (double)(in - 1) / (double)(out - 1) : 0) :
		factor > 0 ? 1.0 / factor : (double)in / (double)out;
	double support = 0, inverse = 1;
	if (!f64)
		scale = (double)(float)scale;
	switch (f) {
	case FILTER_NEAREST: case FILTER_NEAREST_EXACT: a->taps = 1; break;
	case FILTER_LINEAR: a->taps = 2; break;
	case FILTER_CUBIC: a->taps = 4; break;
	default: {
		double half = f == FILTER_LINEAR_AA ? 1 : f == FILTER_CUBIC_AA ? 2 : 3;
		support = scale >= 1 ? half * scale : half;
		inverse = scale >= 1 ? 1 / scale : 1;
		if (support > 1e6)
			return xfail(x, "the image shrinks too much for an antialiasing filter");
		a->taps = (int)ceil(support) * 2 + 1;
	}
	}
	size_t entries = (size_t)out * (size_t)a->taps;
	a->index = calloc(entries + 1, sizeof *a->index);
	a->weight = calloc(entries + 1, sizeof *a->weight);
	if (!a->index || !a->weight)
		return fail_memory(x->err, entries * 16);
	a->identity = in == out;
	for (int64_t o = 0; o < out; o++) {
		int64_t *index = a->index + o * a->taps;
		double *w = a->weight + o * a->taps;
		if (f == FILTER_NEAREST || f == FILTER_NEAREST_EXACT) {
			index[0] = nearest_index(o, in, out, factor, f == FILTER_NEAREST_EXACT);
			w[0] = 1;
		} else if (f == FILTER_LINEAR || f == FILTER_CUBIC) {
			double at;
			if (f64)
				at = align ? scale * (double)o : scale * ((double)o + 0.5) - 0.5;
			else
				at = align ? (float)scale * (float)o : (float)scale * ((float)o + 0.5f) - 0.5f;
			if (f == FILTER_LINEAR && at < 0)
				at = 0;
			int64_t first = (int64_t)floor(at);
			double t = at - (double)first;
			if (f == FILTER_LINEAR) {
				first = clamp64(first, 0, in - 1);
				t = clamp64(first, 0, in - 1) == in - 1 && at > (double)(in - 1) ? (t < 1 ? t : 1) : t;
				index[0] = first;
				index[1] = first + 1 < in ? first + 1 : first;
				w[0] = 1 - t;
				w[1] = t;
			} else {
				w[0] = cubic_far(t + 1, -0.75);
				w[1] = cubic_near(t, -0.75);
				w[2] = cubic_near(1 - t, -0.75);
				w[3] = cubic_far(2 - t, -0.75);
				for (int k = 0; k < 4; k++)
					index[k] = clamp64(first - 1 + k, 0, in - 1);
			}
		} else {
			double centre = scale * ((double)o + 0.5), total = 0;
			int64_t from = (int64_t)(centre - support + 0.5), to = (int64_t)(centre + support + 0.5);
			from = from < 0 ? 0 : from;
			to = to > in ? in : to;
			int n = (int)clamp64(to - from, 0, a->taps);
			for (int k = 0; k < n; k++) {
				w[k] = aa_filter(f, ((double)(from + k) - centre + 0.5) * inverse);
				index[k] = from + k;
				total += w[k];
			}
			for (int k = 0; k < n; k++)
				w[k] = total != 0 ? w[k] / total : w[k];
			for (int k = n; k < a->taps; k++)
				index[k] = n ? from : 0;
		}
		for (int k = 0; k < a->taps; k++)
			if (index[k] != o || a->taps > 1)
				a->identity = a->identity && (w[k] == 0 || (w[k] == 1 && index[k] == o));
	}
	return STATUS_OK;
}

static void axis_free(Axis *a)
{
	free(a->index);
	free(a->weight);
}

// One axis: src is outer × in × inner, dst outer × out × inner.
#define AXIS_RUN(NAME, T)                                                                                       \
	static void NAME(const Axis *a, const T *src, T *dst, int64_t outer, int64_t inner)                     \
	{                                                                                                       \
		for (int64_t i = 0; i < outer; i++, src += a->in * inner)                                       \
			for (int64_t o = 0; o < a->out; o++, dst += inner) {                                    \
				const int64_t *index = a->index + o * a->taps;                                  \
				const double *w = a->weight + o * a->taps;                                      \
				if (inner == 1) {                                                               \
					T s = (T)w[0] * src[index[0]];                                          \
					for (int k = 1; k < a->taps; k++)                                       \
						s += (T)w[k] * src[index[k]];                                   \
					*dst = s;                                                               \
					continue;                                                               \
				}                                                                               \
				const T *p = src + index[0] * inner;                                            \
				T f = (T)w[0];                                                                  \
				for (int64_t j = 0; j < inner; j++)                                             \
					dst[j] = f * p[j];                                                      \
				for (int k = 1; k < a->taps; k++) {                                             \
					if (w[k] == 0)                                                          \
						continue;                                                       \
					p = src + index[k] * inner;                                             \
					f = (T)w[k];                                                            \
					for (int64_t j = 0; j < inner; j++)                                     \
						dst[j] += f * p[j];                                             \
				}                                                                               \
			}                                                                                       \
	}
AXIS_RUN(axis_f32, float)
AXIS_RUN(axis_f64, double)

static void resize_body(void *arg, int64_t begin, int64_t end)
{
	Resize *r = arg;
	size_t es = dtype_size(r->d);
	for (int64_t i = begin; i < end; i++) {
		const char *src = (const char *)r->in + (size_t)(i * r->p.in_size) * es;
		char *out = (char *)r->out + (size_t)(i * r->p.out_size) * es;
		int64_t size[3] = {r->p.in[0], r->p.in[1], r->p.in[2]};
		int last = -1; // the axis that writes the result; rows first, as they shrink or grow contiguously
		for (int a = 0; a < 3; a++)
			if (!r->axis[a].identity) {
				last = a;
				break;
			}
		if (last < 0) {
			memcpy(out, src, (size_t)r->p.out_size * es);
			continue;
		}
		int stage = 0;
		for (int a = 2; a >= last; a--) {
			const Axis *axis = &r->axis[a];
			if (axis->identity)
				continue;
			int64_t outer = 1, inner = 1;
			for (int b = 0; b < a; b++)
				outer *= size[b];
			for (int b = a + 1; b < 3; b++)
				inner *= size[b];
			char *dst = out;
			if (a != last) {
				dst = scratch_get(stage++ % 2 ? SCRATCH_CONV : SCRATCH_OP, (size_t)(outer * inner * axis->out) * es);
				if (!dst) {
					atomic_store(&r->failed, 1);
					return;
				}
			}
			if (r->d == DT_F32)
				axis_f32(axis, (const float *)src, (float *)dst, outer, inner);
			else
				axis_f64(axis, (const double *)src, (double *)dst, outer, inner);
			size[a] = axis->out;
			src = dst;
		}
	}
}

// Nearest keeps the elements as they are, so it works on any dtype.
static void nearest_body(void *arg, int64_t begin, int64_t end)
{
	const Resize *r = arg;
	size_t es = dtype_size(r->d);
	for (int64_t i = begin; i < end; i++) {
		const char *src = (const char *)r->in + (size_t)(i * r->p.in_size) * es;
		char *out = (char *)r->out + (size_t)(i * r->p.out_size) * es;
		const int64_t *column = r->axis[2].index;
		for (int64_t z = 0; z < r->p.out[0]; z++)
			for (int64_t y = 0; y < r->p.out[1]; y++) {
				const char *row = src + (size_t)((r->axis[0].index[z] * r->p.in[1] + r->axis[1].index[y]) * r->p.in[2]) * es;
				if (es == 4)
					for (int64_t o = 0; o < r->p.out[2]; o++)
						memcpy(out + o * 4, row + column[o] * 4, 4);
				else
					for (int64_t o = 0; o < r->p.out[2]; o++)
						memcpy(out + (size_t)o * es, row + (size_t)column[o] * es, es);
				out += (size_t)r->p.out[2] * es;
			}
	}
}

static Status resize_check(Exec *x, const Tensor *t, int nd, const int64_t *sizes)
{
	static const char *const names[3][3] = {{"W"}, {"H", "W"}, {"D", "H", "W"}};
	char text[SHAPE_TEXT], in[128], out[128];
	int a = 0, b = 0;
	if (t->ndim != nd + 2)
		return xfail(x, "It is expected input_size equals to %d, but got size %d", nd + 2, t->ndim);
	bool ok = true;
	for (int i = 0; i < nd; i++) {
		ok = ok && t->sizes[2 + i] > 0 && sizes[i] > 0;
		if (sizes[i] > INT32_MAX)
			return xfail(x, "output size %" PRId64 " of a resampling is too large", sizes[i]);
		a += snprintf(in + a, sizeof in - (size_t)a, "%s%s: %" PRId64, i ? ", " : "", names[nd - 1][i], t->sizes[2 + i]);
		b += snprintf(out + b, sizeof out - (size_t)b, "%s%s: %" PRId64, i ? ", " : "", names[nd - 1][i], sizes[i]);
	}
	if (!ok)
		return xfail(x, "Input and output sizes should be greater than 0, but got input (%s) output (%s)", in, out);
	if (t->sizes[1] == 0)
		return xfail(x, "Non-empty %dD data tensor expected but got a tensor with sizes %s", nd + 2,
			shape_text(t->sizes, t->ndim, text));
	return STATUS_OK;
}

static Status resize(Exec *x, const Tensor *input, int nd, Filter f, const int64_t *sizes, bool align, const double *factors,
	Tensor **out)
{
	static const char *const names[] = {"nearest", "nearest_exact", "linear", "bicubic", "linear_aa", "bicubic_aa", "lanczos_aa"};
	TRY(resize_check(x, input, nd, sizes));
	DType d = tensor_dtype(input), work = planes_work_dtype(d);
	bool pick = f == FILTER_NEAREST || f == FILTER_NEAREST_EXACT, bytes = d == DT_U8 || d == DT_QU8 || d == DT_QI8;
	if (pick && (dtype_is_float(d) || bytes))
		work = planes_work_dtype(d) == DT_F32 ? d : work;
	else if (!pick && bytes)
		work = DT_F32;
	else if (work != DT_F32 && work != DT_F64)
		return xfail(x, "\"upsample_%s%dd\" not implemented for '%s'", names[f], nd, dtype_class_name(d));
	Resize r = {.d = work, .p = planes_of(input, nd, sizes)};
	Tensor *in = NULL, *c = NULL, *stored = NULL;
	Status s = planes_result(x, input, nd, sizes, work, &c); // first: it is what memory limits stop
	for (int a = 0; a < 3 && s == STATUS_OK; a++) {
		int i = a - (3 - nd);
		s = i < 0 ? axis_init(x, &r.axis[a], FILTER_NEAREST, 1, 1, false, 0, true) :
			axis_init(x, &r.axis[a], f, r.p.in[a], r.p.out[a], align, factors ? factors[i] : 0, d == DT_F64);
	}
	if (s == STATUS_OK && !pick && bytes && d != DT_U8) {
		s = planes_prepare(x, input, planes_work_dtype(d), &stored);
		if (s == STATUS_OK)
			s = cpu_prepare(x, stored, work, &in);
	} else if (s == STATUS_OK) {
		s = planes_prepare(x, input, work, &in);
	}
	if (s == STATUS_OK) {
		r.in = tensor_data(in);
		r.out = tensor_data(c);
		parallel_for(r.p.count, planes_grain(r.p.out_size * 4), pick ? nearest_body : resize_body, &r);
		if (atomic_load(&r.failed))
			s = fail_memory(x->err, (size_t)r.p.out_size * 8);
	}
	for (int a = 0; a < 3; a++)
		axis_free(&r.axis[a]);
	tensor_unref(&in);
	tensor_unref(&stored);
	if (s == STATUS_OK && !pick && bytes) { // back to integers: rounded, clamped
		DType store = planes_work_dtype(d);
		Tensor *q = NULL;
		s = planes_result(x, input, nd, sizes, store, &q);
		float lo = store == DT_I8 ? -128 : 0, hi = store == DT_I8 ? 127 : 255;
		for (int64_t i = 0; s == STATUS_OK && i < c->numel; i++) {
			float v = nearbyintf(((float *)tensor_data(c))[i]);
			v = v < lo ? lo : v > hi ? hi : v;
			((uint8_t *)tensor_data(q))[i] = (uint8_t)(int)v;
		}
		tensor_unref(&c);
		c = q;
	}
	if (s != STATUS_OK) {
		tensor_unref(&c);
		return s;
	}
	return planes_finish(x, c, d, input, out);
}

// (self, output_size[, align_corners], scales…)
static Status upsample(Exec *x, const IValue *args, int nd, Filter f, bool has_align, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]);
	int64_t sizes[3];
	double factors[3];
	int at = has_align ? 3 : 2;
	TRY(planes_param(x, args[1], nd, "upsample", "output_size", NULL, sizes));
	for (int i = 0; i < nd; i++)
		factors[i] = arg_float_or(args[at + i], 0);
	Tensor *out;
	TRY(resize(x, input, nd, f, sizes, has_align && arg_bool(args[2]), factors, &out));
	return ret_tensor(rets, out);
}

// (input, output_size?[, align_corners], scale_factors?)
static Status upsample_vec(Exec *x, const IValue *args, int nd, Filter f, bool has_align, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]);
	IValue scale = args[has_align ? 3 : 2];
	int64_t sizes[3];
	double factors[3] = {0};
	int n;
	if (iv_is_none(args[1]) == iv_is_none(scale))
		return xfail(x, "Must specify exactly one of output_size and scale_factors");
	if (!iv_is_none(args[1])) {
		TRY(arg_ints(x, args[1], sizes, 3, &n));
		if (n != nd)
			return xfail(x, "It is expected output_size equals to %d, but got size %d", nd, n);
	} else {
		TRY(arg_floats(x, scale, factors, 3, &n));
		if (n != nd || input->ndim != nd + 2)
			return xfail(x, "It is expected scale_factors equals to %d, but got size %d", nd, n);
		for (int i = 0; i < nd; i++) {
			double size = (double)input->sizes[2 + i] * factors[i];
			if (!(size >= 0 && size < 1e15))
				return xfail(x, "scale factor %g gives no usable size", factors[i]);
			sizes[i] = (int64_t)size;
		}
	}
	Tensor *out;
	TRY(resize(x, input, nd, f, sizes, has_align && arg_bool(args[2]), factors, &out));
	return ret_tensor(rets, out);
}

KERNEL(upsample_nearest1d) { return upsample(x, args, 1, FILTER_NEAREST, false, rets); }
KERNEL(upsample_nearest2d) { return upsample(x, args, 2, FILTER_NEAREST, false, rets); }
KERNEL(upsample_nearest3d) { return upsample(x, args, 3, FILTER_NEAREST, false, rets); }
KERNEL(_upsample_nearest_exact1d) { return upsample(x, args, 1, FILTER_NEAREST_EXACT, false, rets); }
KERNEL(_upsample_nearest_exact2d) { return upsample(x, args, 2, FILTER_NEAREST_EXACT, false, rets); }
KERNEL(_upsample_nearest_exact3d) { return upsample(x, args, 3, FILTER_NEAREST_EXACT, false, rets); }
KERNEL(upsample_linear1d) { return upsample(x, args, 1, FILTER_LINEAR, true, rets); }
KERNEL(upsample_bilinear2d) { return upsample(x, args, 2, FILTER_LINEAR, true, rets); }
KERNEL(upsample_trilinear3d) { return upsample(x, args, 3, FILTER_LINEAR, true, rets); }
KERNEL(upsample_bicubic2d) { return upsample(x, args, 2, FILTER_CUBIC, true, rets); }
KERNEL(_upsample_bilinear2d_aa) { return upsample(x, args, 2, FILTER_LINEAR_AA, true, rets); }
KERNEL(_upsample_bicubic2d_aa) { return upsample(x, args, 2, FILTER_CUBIC_AA, true, rets); }
KERNEL(_upsample_lanczos2d_aa) { return upsample(x, args, 2, FILTER_LANCZOS_AA, true, rets); }
KERNEL(upsample_nearest1d_vec) { return upsample_vec(x, args, 1, FILTER_NEAREST, false, rets); }
KERNEL(upsample_nearest2d_vec) { return upsample_vec(x, args, 2, FILTER_NEAREST, false, rets); }
KERNEL(upsample_nearest3d_vec) { return upsample_vec(x, args, 3, FILTER_NEAREST, false, rets); }
KERNEL(_upsample_nearest_exact1d_vec) { return upsample_vec(x, args, 1, FILTER_NEAREST_EXACT, false, rets); }
KERNEL(_upsample_nearest_exact2d_vec) { return upsample_vec(x, args, 2, FILTER_NEAREST_EXACT, false, rets); }
KERNEL(_upsample_nearest_exact3d_vec) { return upsample_vec(x, args, 3, FILTER_NEAREST_EXACT, false, rets); }
KERNEL(upsample_linear1d_vec) { return upsample_vec(x, args, 1, FILTER_LINEAR, true, rets); }
KERNEL(upsample_bilinear2d_vec) { return upsample_vec(x, args, 2, FILTER_LINEAR, true, rets); }
KERNEL(upsample_trilinear3d_vec) { return upsample_vec(x, args, 3, FILTER_LINEAR, true, rets); }
KERNEL(upsample_bicubic2d_vec) { return upsample_vec(x, args, 2, FILTER_CUBIC, true, rets); }
KERNEL(_upsample_bilinear2d_aa_vec) { return upsample_vec(x, args, 2, FILTER_LINEAR_AA, true, rets); }
KERNEL(_upsample_bicubic2d_aa_vec) { return upsample_vec(x, args, 2, FILTER_CUBIC_AA, true, rets); }
KERNEL(_upsample_lanczos2d_aa_vec) { return upsample_vec(x, args, 2, FILTER_LANCZOS_AA, true, rets); }

// ---- interpolate as an op of old scripts:
// (input, size?, scale_factor?, mode, align_corners?, recompute_scale_factor?, antialias)

static Status interpolate(Exec *x, const Tensor *input, IValue size, IValue scale, const char *mode, bool align, bool recompute,
	bool antialias, IValue *rets)
{
	int nd = input->ndim - 2, n;
	if (nd < 1 || nd > 3)
		return xfail(x, "Input Error: Only 3D, 4D and 5D input Tensors supported (got %dD) for the modes: nearest | linear | "
			"bilinear | bicubic | trilinear | area | nearest-exact (got %s)", input->ndim, mode);
	int64_t sizes[3];
	double factors[3] = {0};
	if (iv_is_none(size) == iv_is_none(scale))
		return fail(x->err, STATUS_VALUE, iv_is_none(size) ? "either size or scale_factor should be defined" :
			"only one of size or scale_factor should be defined");
	if (!iv_is_none(size)) {
		if (size.tag == TAG_INT) {
			for (int i = 0; i < nd; i++)
				sizes[i] = size.i;
		} else {
			TRY(arg_ints(x, size, sizes, 3, &n));
			if (n == 1)
				sizes[1] = sizes[2] = sizes[0];
			else if (n != nd)
				return xfail(x, "It is expected output_size equals to %d, but got size %d", nd, n);
		}
	} else {
		if (scale.tag == TAG_LIST || scale.tag == TAG_TUPLE) {
			TRY(arg_floats(x, scale, factors, 3, &n));
			if (n == 1)
				factors[1] = factors[2] = factors[0];
			else if (n != nd)
				return xfail(x, "It is expected scale_factors equals to %d, but got size %d", nd, n);
		} else {
			for (int i = 0; i < nd; i++)
				factors[i] = arg_float(scale);
		}
		for (int i = 0; i < nd; i++) {
			double v = floor((double)input->sizes[2 + i] * factors[i]);
			if (!(v >= 0 && v < 1e15))
				return xfail(x, "scale factor %g gives no usable size", factors[i]);
			sizes[i] = (int64_t)v;
			if (recompute)
				factors[i] = 0;
		}
	}
	Filter f;
	if (!strcmp(mode, "nearest"))
		f = FILTER_NEAREST;
	else if (!strcmp(mode, "nearest-exact"))
		f = FILTER_NEAREST_EXACT;
	else if ((nd == 1 && !strcmp(mode, "linear")) || (nd == 2 && !strcmp(mode, "bilinear")) || (nd == 3 && !strcmp(mode, "trilinear")))
		f = antialias ? FILTER_LINEAR_AA : FILTER_LINEAR;
	else if (nd == 2 && !strcmp(mode, "bicubic"))
		f = antialias ? FILTER_CUBIC_AA : FILTER_CUBIC;
	else if (nd == 2 && !strcmp(mode, "lanczos") && antialias)
		f = FILTER_LANCZOS_AA;
	else
		return xfail(x, "Input Error: %dD input Tensors are not supported for the mode %s", input->ndim, mode);
	Tensor *out;
	TRY(resize(x, input, nd, f, sizes, align, factors, &out));
	return ret_tensor(rets, out);
}

static bool flag(IValue v)
{
	return !iv_is_none(v) && arg_bool(v);
}

KERNEL(__interpolate)
{
	return interpolate(x, arg_tensor(args[0]), args[1], args[2], arg_str(args[3]), flag(args[4]), flag(args[5]),
		nargs > 6 && flag(args[6]), rets);
}
KERNEL(__interpolate_scale_list) { return op___interpolate(x, args, nargs, rets); }
KERNEL(__interpolate_size_list) { return op___interpolate(x, args, nargs, rets); }
KERNEL(__interpolate_size_list_scale_list) { return op___interpolate(x, args, nargs, rets); }

KERNEL(__upsample) // (input, size?, scale_factor?, mode, align_corners?)
{
	return interpolate(x, arg_tensor(args[0]), args[1], args[2], arg_str(args[3]), flag(args[4]), false, false, rets);
}
KERNEL(__upsample_size_list) { return op___upsample(x, args, nargs, rets); }

KERNEL(__upsample_nearest) // (input, size?, scale_factor?)
{
	return interpolate(x, arg_tensor(args[0]), args[1], args[2], "nearest", false, false, false, rets);
}
KERNEL(__upsample_nearest_size_list) { return op___upsample_nearest(x, args, nargs, rets); }

KERNEL(__upsample_bilinear)
{
	return interpolate(x, arg_tensor(args[0]), args[1], args[2], "bilinear", true, false, false, rets);
}
KERNEL(__upsample_bilinear_size_list) { return op___upsample_bilinear(x, args, nargs, rets); }
KERNEL(__upsample_bilinear_scale_list) { return op___upsample_bilinear(x, args, nargs, rets); }
KERNEL(__upsample_bilinear_size_list_scale_list) { return op___upsample_bilinear(x, args, nargs, rets); }
