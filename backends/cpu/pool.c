// SPDX-License-Identifier: BSD-3-Clause
// Max and average pooling over windows in one to three dimensions.  Ceil mode may let the last window hang
// over the padded edge, but it starts inside the input or its left padding.
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "backends/cpu/plane.h"
#include "backends/cpu/view.h"

typedef struct Window {
	int64_t kernel[3], stride[3], pad[3], dilation[3];
	bool ceil_mode, count_pad;
	int64_t divisor; // 0: the window's own size
} Window;

typedef struct Pool {
	const PoolKernels *k;
	DType d;
	Planes3 p;
	Window w;
	const void *in;
	void *out;
	int64_t *indices; // NULL if not wanted
} Pool;

static const PoolKernels *pool_kernels(void)
{
#if defined(__x86_64__) || defined(__i386__)
	switch (cpu_isa()) {
	case ISA_AVX512:
		return &pool_avx512;
	case ISA_AVX2:
		return &pool_avx2;
	default:
		break;
	}
#endif
	return &pool_base;
}

static int64_t pooled_size(int64_t in, int64_t k, int64_t s, int64_t p, int64_t d, bool ceil_mode)
{
	int64_t span = in + 2 * p - d * (k - 1) - 1 + (ceil_mode ? s - 1 : 0);
	int64_t n = (span >= 0 ? span / s : -((-span + s - 1) / s)) + 1;
	if (ceil_mode && (n - 1) * s >= in + p)
		n--;
	return n;
}

// The taps of one axis that fall inside: from *first, up to *end, for output o.
static void taps_inside(const Window *w, int a, int64_t in, int64_t o, int64_t *first, int64_t *end)
{
	int64_t at = o * w->stride[a] - w->pad[a], d = w->dilation[a];
	*first = at < 0 ? (-at + d - 1) / d : 0;
	int64_t room = in - at;
	*end = room <= 0 ? 0 : (room + d - 1) / d;
	if (*end > w->kernel[a])
		*end = w->kernel[a];
}

// Outputs of axis 2 whose tap k lies inside.
static void outputs_inside(const Window *w, int64_t in, int64_t out, int64_t k, int64_t *first, int64_t *end)
{
	int64_t off = k * w->dilation[2] - w->pad[2], s = w->stride[2];
	*first = off < 0 ? (-off + s - 1) / s : 0;
	*end = in - off <= 0 ? 0 : (in - off + s - 1) / s;
	if (*end > out)
		*end = out;
}

#define MAX_POOL(NAME, T, LOWEST)                                                                               \
	static void NAME(const Pool *c, const T *in, T *out, int64_t *indices)                                  \
	{                                                                                                       \
		const Planes3 *p = &c->p;                                                                       \
		const Window *w = &c->w;                                                                        \
		for (int64_t z = 0; z < p->out[0]; z++)                                                         \
			for (int64_t y = 0; y < p->out[1]; y++)                                                 \
				for (int64_t o = 0; o < p->out[2]; o++) {                                       \
					int64_t z0, z1, y0, y1, x0, x1;                                         \
					taps_inside(w, 0, p->in[0], z, &z0, &z1);                               \
					taps_inside(w, 1, p->in[1], y, &y0, &y1);                               \
					taps_inside(w, 2, p->in[2], o, &x0, &x1);                               \
					T best = LOWEST;                                                        \
					int64_t sz = z * w->stride[0] - w->pad[0], sy = y * w->stride[1] - w->pad[1], \
						sx = o * w->stride[2] - w->pad[2];                              \
					int64_t at = ((sz + z0 * w->dilation[0]) * p->in[1] + sy + y0 * w->dilation[1]) * p->in[2] + \
						sx + x0 * w->dilation[2];                                       \
					for (int64_t a = z0; a < z1; a++)                                       \
						for (int64_t b = y0; b < y1; b++)                               \
							for (int64_t e = x0; e < x1; e++) {                     \
								int64_t i = ((sz + a * w->dilation[0]) * p->in[1] + sy + \
									b * w->dilation[1]) * p->in[2] + sx + e * w->dilation[2]; \
								T v = in[i];                                    \
								if (v > best || v != v) {                       \
									best = v;                               \
									at = i;                                 \
								}                                               \
							}                                                       \
					*out++ = best;                                                          \
					if (indices)                                                            \
						*indices++ = at;                                                \
				}                                                                               \
	}
MAX_POOL(max_f32, float, -INFINITY)
MAX_POOL(max_f64, double, -INFINITY)
MAX_POOL(max_u8, uint8_t, 0)
MAX_POOL(max_i8, int8_t, INT8_MIN)
MAX_POOL(max_i16, int16_t, INT16_MIN)
MAX_POOL(max_i32, int32_t, INT32_MIN)
MAX_POOL(max_i64, int64_t, INT64_MIN)

// Values only, f32: tap by tap over output rows.
static void max_rows(const Pool *c, const float *in, float *out)
{
	const Planes3 *p = &c->p;
	const Window *w = &c->w;
	for (int64_t z = 0; z < p->out[0]; z++)
		for (int64_t y = 0; y < p->out[1]; y++, out += p->out[2]) {
			int64_t z0, z1, y0, y1;
			taps_inside(w, 0, p->in[0], z, &z0, &z1);
			taps_inside(w, 1, p->in[1], y, &y0, &y1);
			for (int64_t o = 0; o < p->out[2]; o++)
				out[o] = -INFINITY;
			for (int64_t a = z0; a < z1; a++)
				for (int64_t b = y0; b < y1; b++) {
					int64_t row = (z * w->stride[0] - w->pad[0] + a * w->dilation[0]) * p->in[1] +
						y * w->stride[1] - w->pad[1] + b * w->dilation[1];
					for (int64_t e = 0; e < w->kernel[2]; e++) {
						int64_t o0, o1;
						outputs_inside(w, p->in[2], p->out[2], e, &o0, &o1);
						if (o0 < o1)
							c->k->max_row(out + o0, in + row * p->in[2] + o0 * w->stride[2] - w->pad[2] +
								e * w->dilation[2], o1 - o0, w->stride[2]);
					}
				}
		}
}

static void max_body(void *arg, int64_t begin, int64_t end)
{
	const Pool *c = arg;
	size_t es = dtype_size(c->d);
	for (int64_t i = begin; i < end; i++) {
		const void *in = (const char *)c->in + (size_t)(i * c->p.in_size) * es;
		void *out = (char *)c->out + (size_t)(i * c->p.out_size) * es;
		int64_t *indices = c->indices ? c->indices + i * c->p.out_size : NULL;
		switch (c->d) {
		case DT_F32:
			if (indices)
				max_f32(c, in, out, indices);
			else
				max_rows(c, in, out);
			break;
		case DT_F64: max_f64(c, in, out, indices); break;
		case DT_U8: max_u8(c, in, out, indices); break;
		case DT_I8: max_i8(c, in, out, indices); break;
		case DT_I16: max_i16(c, in, out, indices); break;
		case DT_I32: max_i32(c, in, out, indices); break;
		default: max_i64(c, in, out, indices); break;
		}
	}
}

static Status window_check(Exec *x, const Tensor *input, int nd, const char *op, const Window *w, int64_t *out)
{
	static const char *const ranks[] = {"", "2D or 3D", "3D or 4D", "4D or 5D"};
	char text[SHAPE_TEXT];
	for (int a = 0; a < nd; a++) {
		if (w->stride[a] == 0)
			return xfail(x, "stride should not be zero");
		if (w->kernel[a] <= 0 || w->stride[a] < 0)
			return xfail(x, "%s: kernel size and stride should be greater than zero, but got kernel_size: %" PRId64
				" stride: %" PRId64, op, w->kernel[a], w->stride[a]);
		if (w->dilation[a] <= 0)
			return nd == 2 ? xfail(x, "dilation should be greater than zero, but got dilationH: %" PRId64 " dilationW: %" PRId64,
				w->dilation[0], w->dilation[1]) :
				xfail(x, "dilation should be greater than zero, but got %s", shape_text(w->dilation, nd, text));
		if (w->pad[a] < 0)
			return xfail(x, "pad must be non-negative, but got pad: %" PRId64, w->pad[a]);
		if (w->pad[a] > ((w->kernel[a] - 1) * w->dilation[a] + 1) / 2)
			return nd == 1 ? xfail(x, "%s() padding should be at most half of kernel size, but got padding=%" PRId64
				" and kernel_size=%" PRId64, op, w->pad[a], w->kernel[a]) :
				xfail(x, "pad should be at most half of effective kernel size, but got pad=%" PRId64 ", kernel_size=%" PRId64
				" and dilation=%" PRId64, w->pad[a], w->kernel[a], w->dilation[a]);
	}
	if (input->ndim != nd + 1 && input->ndim != nd + 2)
		return nd == 1 ? xfail(x, "%s: Expected %s (batch mode) tensor with optional 0 dim batch size for input, but got:%s", op,
			ranks[nd], shape_text(input->sizes, input->ndim, text)) :
			xfail(x, "non-empty %s (batch mode) tensor expected for input", ranks[nd]);
	for (int i = input->ndim == nd + 2; i < input->ndim; i++)
		if (input->sizes[i] == 0)
			return xfail(x, "Expected %s (batch mode) tensor with optional 0 dim batch size for input, but got:%s", ranks[nd],
				shape_text(input->sizes, input->ndim, text));
	int64_t lead = input->ndim - nd;
	for (int a = 0; a < nd; a++)
		out[a] = pooled_size(input->sizes[lead + a], w->kernel[a], w->stride[a], w->pad[a], w->dilation[a], w->ceil_mode);
	for (int a = 0; a < nd; a++)
		if (out[a] < 1) {
			char in_text[128], out_text[128];
			int i = 0, o = 0;
			if (nd == 1)
				return xfail(x, "%s() Invalid computed output size: %" PRId64, op, out[0]);
			for (int b = 0; b < nd; b++) {
				i += snprintf(in_text + i, sizeof in_text - (size_t)i, "x%" PRId64, input->sizes[lead + b]);
				o += snprintf(out_text + o, sizeof out_text - (size_t)o, "x%" PRId64, out[b]);
			}
			return xfail(x, "Given input size: (%" PRId64 "%s). Calculated output size: (%" PRId64 "%s). Output size is too small",
				input->sizes[lead - 1], in_text, input->sizes[lead - 1], out_text);
		}
	return STATUS_OK;
}

// Moves the nd entries to the end of three.
static void window_align(Window *w, int nd)
{
	for (int a = 2; a >= 0; a--) {
		int from = a - (3 - nd);
		w->kernel[a] = from >= 0 ? w->kernel[from] : 1;
		w->stride[a] = from >= 0 ? w->stride[from] : 1;
		w->pad[a] = from >= 0 ? w->pad[from] : 0;
		w->dilation[a] = from >= 0 ? w->dilation[from] : 1;
	}
}

// (self, kernel_size, stride, padding, dilation, ceil_mode)
static Status max_pool(Exec *x, const IValue *args, int nd, const char *op, bool indices, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]);
	Window w = {.ceil_mode = arg_bool(args[5])};
	TRY(planes_param(x, args[1], nd, op, "kernel_size", NULL, w.kernel));
	TRY(planes_param(x, args[2], nd, op, "stride", w.kernel, w.stride));
	TRY(planes_param(x, args[3], nd, op, "padding", NULL, w.pad));
	TRY(planes_param(x, args[4], nd, op, "dilation", NULL, w.dilation));
	int64_t sizes[3];
	TRY(window_check(x, input, nd, op, &w, sizes));
	DType d = tensor_dtype(input), work = planes_work_dtype(d);
	DKind kind = dtype_kind(work);
	if ((kind != KIND_FLOAT && kind != KIND_INT) || work == DT_U16 || work == DT_U32 || work == DT_U64)
		return xfail(x, "\"%s\" not implemented for '%s'", op, dtype_class_name(d));
	Pool c = {.k = pool_kernels(), .d = work, .p = planes_of(input, nd, sizes), .w = w};
	window_align(&c.w, nd);
	Tensor *in = NULL, *out = NULL, *at = NULL;
	Status s = planes_prepare(x, input, work, &in);
	if (s == STATUS_OK)
		s = planes_result(x, input, nd, sizes, work, &out);
	if (s == STATUS_OK && indices)
		s = planes_result(x, input, nd, sizes, DT_I64, &at);
	if (s == STATUS_OK) {
		c.in = tensor_data(in);
		c.out = tensor_data(out);
		c.indices = at ? tensor_data(at) : NULL;
		parallel_for(c.p.count, planes_grain(c.p.out_size * c.w.kernel[0] * c.w.kernel[1] * c.w.kernel[2]), max_body, &c);
	}
	tensor_unref(&in);
	if (s == STATUS_OK) {
		Tensor *done = NULL;
		s = planes_finish(x, out, d, input, &done);
		out = done;
	}
	if (s == STATUS_OK && indices) {
		Tensor *done = NULL;
		s = planes_finish(x, at, DT_I64, input, &done);
		at = done;
	}
	if (s != STATUS_OK) {
		tensor_unref(&out);
		tensor_unref(&at);
		return s;
	}
	rets[0] = iv_take_tensor(out);
	if (indices)
		rets[1] = iv_take_tensor(at);
	return STATUS_OK;
}

KERNEL(max_pool1d) { return max_pool(x, args, 1, "max_pool1d", false, rets); }
KERNEL(max_pool2d) { return max_pool(x, args, 2, "max_pool2d", false, rets); }
KERNEL(max_pool3d) { return max_pool(x, args, 3, "max_pool3d", false, rets); }
KERNEL(max_pool1d_with_indices) { return max_pool(x, args, 1, "max_pool1d", true, rets); }
KERNEL(max_pool2d_with_indices) { return max_pool(x, args, 2, "max_pool2d", true, rets); }
KERNEL(max_pool3d_with_indices) { return max_pool(x, args, 3, "max_pool3d", true, rets); }

// ---- averages

// How many elements the window of output o covers on axis a, padding included but not what hangs over it.
static int64_t window_span(const Window *w, int a, int64_t in, int64_t o)
{
	int64_t begin = o * w->stride[a] - w->pad[a], end = begin + w->kernel[a];
	return (end < in + w->pad[a] ? end : in + w->pad[a]) - begin;
}

#define AVG_POOL(NAME, T, W)                                                                                    \
	static void NAME(const Pool *c, const T *in, T *out)                                                    \
	{                                                                                                       \
		const Planes3 *p = &c->p;                                                                       \
		const Window *w = &c->w;                                                                        \
		for (int64_t z = 0; z < p->out[0]; z++)                                                         \
			for (int64_t y = 0; y < p->out[1]; y++)                                                 \
				for (int64_t o = 0; o < p->out[2]; o++) {                                       \
					int64_t z0, z1, y0, y1, x0, x1;                                         \
					taps_inside(w, 0, p->in[0], z, &z0, &z1);                               \
					taps_inside(w, 1, p->in[1], y, &y0, &y1);                               \
					taps_inside(w, 2, p->in[2], o, &x0, &x1);                               \
					W sum = 0;                                                              \
					for (int64_t a = z0; a < z1; a++)                                       \
						for (int64_t b = y0; b < y1; b++) {                             \
							const T *row = in + ((z * w->stride[0] - w->pad[0] + a) * p->in[1] + \
								y * w->stride[1] - w->pad[1] + b) * p->in[2] +          \
								o * w->stride[2] - w->pad[2];                           \
							for (int64_t e = x0; e < x1; e++)                       \
								sum += (W)row[e];                               \
						}                                                               \
					int64_t inside = (z1 - z0) * (y1 - y0) * (x1 - x0);                     \
					int64_t n = c->w.divisor ? c->w.divisor : !w->count_pad ? inside :      \
						window_span(w, 0, p->in[0], z) * window_span(w, 1, p->in[1], y) * \
						window_span(w, 2, p->in[2], o);                                 \
					*out++ = z1 <= z0 || y1 <= y0 || x1 <= x0 ? 0 : (T)(sum / (W)n);        \
				}                                                                               \
	}
AVG_POOL(avg_f32, float, float)
AVG_POOL(avg_f64, double, double)
AVG_POOL(avg_i64, int64_t, int64_t)

static void avg_rows(const Pool *c, const float *in, float *out)
{
	const Planes3 *p = &c->p;
	const Window *w = &c->w;
	for (int64_t z = 0; z < p->out[0]; z++)
		for (int64_t y = 0; y < p->out[1]; y++, out += p->out[2]) {
			int64_t z0, z1, y0, y1;
			taps_inside(w, 0, p->in[0], z, &z0, &z1);
			taps_inside(w, 1, p->in[1], y, &y0, &y1);
			for (int64_t o = 0; o < p->out[2]; o++)
				out[o] = 0;
			for (int64_t a = z0; a < z1; a++)
				for (int64_t b = y0; b < y1; b++) {
					int64_t row = (z * w->stride[0] - w->pad[0] + a) * p->in[1] + y * w->stride[1] - w->pad[1] + b;
					for (int64_t e = 0; e < w->kernel[2]; e++) {
						int64_t o0, o1;
						outputs_inside(w, p->in[2], p->out[2], e, &o0, &o1);
						if (o0 < o1)
							c->k->add_row(out + o0, in + row * p->in[2] + o0 * w->stride[2] - w->pad[2] + e,
								o1 - o0, w->stride[2]);
					}
				}
			for (int64_t o = 0; o < p->out[2]; o++) {
				int64_t x0, x1;
				taps_inside(w, 2, p->in[2], o, &x0, &x1);
				int64_t n = w->divisor ? w->divisor : !w->count_pad ? (z1 - z0) * (y1 - y0) * (x1 - x0) :
					window_span(w, 0, p->in[0], z) * window_span(w, 1, p->in[1], y) *
					window_span(w, 2, p->in[2], o);
				out[o] = z1 <= z0 || y1 <= y0 || x1 <= x0 ? 0 : out[o] / (float)n;
			}
		}
}

static void avg_body(void *arg, int64_t begin, int64_t end)
{
	const Pool *c = arg;
	for (int64_t i = begin; i < end; i++) {
		int64_t in = i * c->p.in_size, out = i * c->p.out_size;
		if (c->d == DT_F32 && c->p.out[2] >= 8)
			avg_rows(c, (const float *)c->in + in, (float *)c->out + out);
		else if (c->d == DT_F32)
			avg_f32(c, (const float *)c->in + in, (float *)c->out + out);
		else if (c->d == DT_F64)
			avg_f64(c, (const double *)c->in + in, (double *)c->out + out);
		else
			avg_i64(c, (const int64_t *)c->in + in, (int64_t *)c->out + out);
	}
}

// (self, kernel_size, stride, padding, ceil_mode, count_include_pad[, divisor_override])
static Status avg_pool(Exec *x, const IValue *args, int nd, const char *op, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]);
	Window w = {.ceil_mode = arg_bool(args[4]), .count_pad = arg_bool(args[5]), .dilation = {1, 1, 1}};
	if (nd == 1 && input->ndim != 2 && input->ndim != 3)
		return xfail(x, "Expected 2 to 3 dimensions, but got %d-dimensional tensor for argument #1 'self' (while checking "
			"arguments for avg_pool1d)", input->ndim);
	TRY(planes_param(x, args[1], nd, op, "kernel_size", NULL, w.kernel));
	TRY(planes_param(x, args[2], nd, op, "stride", w.kernel, w.stride));
	TRY(planes_param(x, args[3], nd, op, "padding", NULL, w.pad));
	if (nd > 1 && !iv_is_none(args[6])) {
		w.divisor = arg_int(args[6]);
		if (w.divisor == 0)
			return xfail(x, "divisor must be not zero");
	}
	int64_t sizes[3];
	TRY(window_check(x, input, nd, op, &w, sizes));
	DType d = tensor_dtype(input), work = planes_work_dtype(d);
	if (dtype_kind(d) == KIND_BOOL || dtype_kind(d) == KIND_COMPLEX || (dtype_is_int(d) && d != DT_I64))
		return xfail(x, "\"%s\" not implemented for '%s'", op, dtype_class_name(d));
	Pool c = {.k = pool_kernels(), .d = work, .p = planes_of(input, nd, sizes), .w = w};
	window_align(&c.w, nd);
	Tensor *in = NULL, *out = NULL;
	TRY(planes_prepare(x, input, work, &in));
	Status s = planes_result(x, input, nd, sizes, work, &out);
	if (s == STATUS_OK) {
		c.in = tensor_data(in);
		c.out = tensor_data(out);
		parallel_for(c.p.count, planes_grain(c.p.out_size * c.w.kernel[0] * c.w.kernel[1] * c.w.kernel[2]), avg_body, &c);
	}
	tensor_unref(&in);
	TRY(s);
	Tensor *done;
	TRY(planes_finish(x, out, d, input, &done));
	return ret_tensor(rets, done);
}

KERNEL(avg_pool1d) { return avg_pool(x, args, 1, "avg_pool1d", rets); }
KERNEL(avg_pool2d) { return avg_pool(x, args, 2, "avg_pool2d", rets); }
KERNEL(avg_pool3d) { return avg_pool(x, args, 3, "avg_pool3d", rets); }
