// SPDX-License-Identifier: BSD-3-Clause
// Adaptive pooling (windows from the output size), fractional pooling (windows from random numbers), and
// unpooling.  Window o of an axis covers [⌊o·in/out⌋, ⌈(o+1)·in/out⌉).
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "backends/cpu/plane.h"
#include "backends/cpu/view.h"

typedef struct Adaptive {
	DType d;
	Planes3 p;
	const void *in;
	void *out;
	int64_t *indices;
	bool max;
	// fractional: where each window starts, per plane; NULL for adaptive windows
	const int64_t *starts;
	int64_t kernel[3];
} Adaptive;

static int64_t window_begin(const Adaptive *c, int64_t plane, int a, int64_t o)
{
	if (c->starts) {
		int64_t at = plane * (c->p.out[0] + c->p.out[1] + c->p.out[2]);
		for (int b = 0; b < a; b++)
			at += c->p.out[b];
		return c->starts[at + o];
	}
	return o * c->p.in[a] / c->p.out[a];
}

static int64_t window_end(const Adaptive *c, int64_t plane, int a, int64_t o)
{
	if (c->starts)
		return window_begin(c, plane, a, o) + c->kernel[a];
	return ((o + 1) * c->p.in[a] + c->p.out[a] - 1) / c->p.out[a];
}

#define ADAPTIVE(NAME, T, W)                                                                                    \
	static void NAME(const Adaptive *c, int64_t plane)                                                      \
	{                                                                                                       \
		const Planes3 *p = &c->p;                                                                       \
		const T *in = (const T *)c->in + plane * p->in_size;                                            \
		T *out = (T *)c->out + plane * p->out_size;                                                     \
		int64_t *indices = c->indices ? c->indices + plane * p->out_size : NULL;                        \
		for (int64_t z = 0; z < p->out[0]; z++)                                                         \
			for (int64_t y = 0; y < p->out[1]; y++)                                                 \
				for (int64_t o = 0; o < p->out[2]; o++) {                                       \
					int64_t z0 = window_begin(c, plane, 0, z), z1 = window_end(c, plane, 0, z); \
					int64_t y0 = window_begin(c, plane, 1, y), y1 = window_end(c, plane, 1, y); \
					int64_t x0 = window_begin(c, plane, 2, o), x1 = window_end(c, plane, 2, o); \
					int64_t best_at = (z0 * p->in[1] + y0) * p->in[2] + x0;                 \
					W sum = 0;                                                              \
					T best = (T)-INFINITY;                                                  \
					for (int64_t a = z0; a < z1; a++)                                       \
						for (int64_t b = y0; b < y1; b++) {                             \
							int64_t row = (a * p->in[1] + b) * p->in[2];            \
							if (c->max)                                             \
								for (int64_t e = x0; e < x1; e++) {             \
									T v = in[row + e];                      \
									if (v > best || v != v) {               \
										best = v;                       \
										best_at = row + e;              \
									}                                       \
								}                                               \
							else                                                    \
								for (int64_t e = x0; e < x1; e++)               \
									sum += (W)in[row + e];                  \
						}                                                               \
					*out++ = c->max ? best : (T)(sum / (W)((z1 - z0) * (y1 - y0) * (x1 - x0))); \
					if (indices)                                                            \
						*indices++ = best_at;                                           \
				}                                                                               \
	}
ADAPTIVE(adaptive_f32, float, double)
ADAPTIVE(adaptive_f64, double, double)

// The stored integers of a quantised tensor: rounded to nearest.
#define ADAPTIVE_INT(NAME, T)                                                                                   \
	static void NAME(const Adaptive *c, int64_t plane)                                                      \
	{                                                                                                       \
		const Planes3 *p = &c->p;                                                                       \
		const T *in = (const T *)c->in + plane * p->in_size;                                            \
		T *out = (T *)c->out + plane * p->out_size;                                                     \
		for (int64_t z = 0; z < p->out[0]; z++)                                                         \
			for (int64_t y = 0; y < p->out[1]; y++)                                                 \
				for (int64_t o = 0; o < p->out[2]; o++) {                                       \
					int64_t z0 = window_begin(c, plane, 0, z), z1 = window_end(c, plane, 0, z); \
					int64_t y0 = window_begin(c, plane, 1, y), y1 = window_end(c, plane, 1, y); \
					int64_t x0 = window_begin(c, plane, 2, o), x1 = window_end(c, plane, 2, o); \
					int64_t sum = 0, n = (z1 - z0) * (y1 - y0) * (x1 - x0);                 \
					for (int64_t a = z0; a < z1; a++)                                       \
						for (int64_t b = y0; b < y1; b++)                               \
							for (int64_t e = x0; e < x1; e++)                       \
								sum += in[(a * p->in[1] + b) * p->in[2] + e];   \
					*out++ = (T)nearbyint((double)sum / (double)n);                         \
				}                                                                               \
	}
ADAPTIVE_INT(adaptive_u8, uint8_t)
ADAPTIVE_INT(adaptive_i8, int8_t)

static void adaptive_body(void *arg, int64_t begin, int64_t end)
{
	const Adaptive *c = arg;
	for (int64_t i = begin; i < end; i++)
		switch (c->d) {
		case DT_F32: adaptive_f32(c, i); break;
		case DT_U8: adaptive_u8(c, i); break;
		case DT_I8: adaptive_i8(c, i); break;
		default: adaptive_f64(c, i); break;
		}
}

static Status adaptive_run(Exec *x, const Tensor *input, int nd, const char *op, const int64_t *sizes, bool max,
	const int64_t *starts, const int64_t *kernel, Tensor **out, Tensor **indices)
{
	DType d = tensor_dtype(input), work = planes_work_dtype(d);
	bool quantised = (d == DT_QU8 || d == DT_QI8) && !max;
	if (work != DT_F32 && work != DT_F64 && !quantised)
		return xfail(x, "\"%s\" not implemented for '%s'", op, dtype_class_name(d));
	Adaptive c = {.d = work, .p = planes_of(input, nd, sizes), .max = max, .starts = starts, .kernel = {1, 1, 1}};
	for (int a = 0; kernel && a < nd; a++)
		c.kernel[3 - nd + a] = kernel[a];
	Tensor *in = NULL, *r = NULL, *at = NULL;
	Status s = planes_prepare(x, input, work, &in);
	if (s == STATUS_OK)
		s = planes_result(x, input, nd, sizes, work, &r);
	if (s == STATUS_OK && indices)
		s = planes_result(x, input, nd, sizes, DT_I64, &at);
	if (s == STATUS_OK) {
		c.in = tensor_data(in);
		c.out = tensor_data(r);
		c.indices = at ? tensor_data(at) : NULL;
		if (c.p.out_size > 0)
			parallel_for(c.p.count, planes_grain(c.p.in_size), adaptive_body, &c);
	}
	tensor_unref(&in);
	if (s == STATUS_OK)
		s = planes_finish(x, r, d, input, out);
	else
		tensor_unref(&r);
	if (s == STATUS_OK && indices) {
		s = planes_finish(x, at, DT_I64, input, indices);
		if (s != STATUS_OK)
			tensor_unref(out);
	} else {
		tensor_unref(&at);
	}
	return s;
}

static Status adaptive_check(Exec *x, const Tensor *input, int nd, const char *op, bool max, IValue v, int64_t *sizes)
{
	static const char *const ranks[] = {"", "2D or 3D", "3D or 4D", "4D or 5D"};
	char text[SHAPE_TEXT];
	int n;
	TRY(arg_ints(x, v, sizes, 3, &n));
	if (n != nd)
		return xfail(x, "%s: internal error: output_size.size() must be %d", op, nd);
	if (input->ndim != nd + 1 && input->ndim != nd + 2)
		return nd == 1 ? xfail(x, "Expected 2 to 3 dimensions, but got %d-dimensional tensor for argument #1 'self' (while "
			"checking arguments for %s)", input->ndim, op) :
			xfail(x, "%s(): Expected %s tensor, but got%s %s", op, ranks[nd], max || nd == 2 ? ":" : "",
			shape_text(input->sizes, input->ndim, text));
	for (int i = input->ndim - nd; i < input->ndim; i++)
		if (input->sizes[i] == 0)
			return xfail(x, "%s(): Expected input to have non-zero size for non-batch dimensions, but input has sizes %s with "
				"dimension %d being empty", op, shape_text(input->sizes, input->ndim, text), i);
	for (int a = 0; a < nd; a++)
		if (sizes[a] < 0) {
			shape_text(sizes, nd, text); // "[-1, 3]" is printed with braces here
			text[0] = '{';
			text[strlen(text) - 1] = '}';
			return xfail(x, "%s: elements of output_size must be greater than or equal to 0 but received %s", op, text);
		}
	return STATUS_OK;
}

static Status adaptive_avg(Exec *x, const IValue *args, int nd, const char *op, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]);
	int64_t sizes[3];
	TRY(adaptive_check(x, input, nd, op, false, args[1], sizes));
	Tensor *out;
	TRY(adaptive_run(x, input, nd, op, sizes, false, NULL, NULL, &out, NULL));
	return ret_tensor(rets, out);
}

KERNEL(adaptive_avg_pool1d) { return adaptive_avg(x, args, 1, "adaptive_avg_pool1d", rets); }
KERNEL(adaptive_avg_pool2d) { return adaptive_avg(x, args, 2, "adaptive_avg_pool2d", rets); }
KERNEL(_adaptive_avg_pool2d) { return adaptive_avg(x, args, 2, "adaptive_avg_pool2d", rets); }
KERNEL(adaptive_avg_pool3d) { return adaptive_avg(x, args, 3, "adaptive_avg_pool3d", rets); }
KERNEL(_adaptive_avg_pool3d) { return adaptive_avg(x, args, 3, "adaptive_avg_pool3d", rets); }

static Status adaptive_max(Exec *x, const IValue *args, int nd, const char *op, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]);
	int64_t sizes[3];
	TRY(adaptive_check(x, input, nd, op, true, args[1], sizes));
	Tensor *out, *indices;
	TRY(adaptive_run(x, input, nd, op, sizes, true, NULL, NULL, &out, &indices));
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(indices);
	return STATUS_OK;
}

KERNEL(adaptive_max_pool1d) { return adaptive_max(x, args, 1, "adaptive_max_pool1d", rets); }
KERNEL(adaptive_max_pool2d) { return adaptive_max(x, args, 2, "adaptive_max_pool2d", rets); }
KERNEL(adaptive_max_pool3d) { return adaptive_max(x, args, 3, "adaptive_max_pool3d", rets); }

// ---- fractional: (self, kernel_size, output_size, random_samples of shape (batch, channels, nd))

static Status fractional(Exec *x, const IValue *args, int nd, const char *op, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]), *samples = arg_tensor(args[3]);
	int64_t kernel[3], sizes[3];
	char text[SHAPE_TEXT];
	TRY(planes_param(x, args[1], nd, op, "kernel_size", NULL, kernel));
	TRY(planes_param(x, args[2], nd, op, "output_size", NULL, sizes));
	if (input->ndim != nd + 1 && input->ndim != nd + 2)
		return xfail(x, "%s: Expected a non-empty %d-D or %d-D input tensor, but got: %s", op, nd + 1, nd + 2,
			shape_text(input->sizes, input->ndim, text));
	Planes3 p = planes_of(input, nd, sizes);
	static const char *const axes[] = {"time", "height", "width"};
	for (int a = 0; a < nd; a++) {
		const char *axis = axes[3 - nd + a];
		int64_t in = p.in[3 - nd + a], most = nd == 3 ? in - 1 : in; // a volume must have one more, as in PyTorch
		if (kernel[a] <= 0 || sizes[a] <= 0 || sizes[a] + kernel[a] - 1 > most)
			return xfail(x, "%s%s(): pool %s %" PRId64 " too large relative to input %s %" PRId64, op,
				nd == 3 ? "_out" : "", axis, kernel[a], axis, in);
	}
	int64_t planes = p.count;
	if (samples->ndim != 3 || samples->numel < planes * nd || samples->sizes[2] != nd ||
		samples->sizes[0] * samples->sizes[1] < planes)
		return xfail(x, "Expect _random_samples to have shape (batch, channels, %d), got %s", nd,
			shape_text(samples->sizes, samples->ndim, text));
	if (samples->dtype != input->dtype)
		return xfail(x, "Expect _random_samples to have the same dtype as input");
	Tensor *u, *out = NULL, *indices = NULL;
	TRY(cpu_prepare(x, samples, DT_F64, &u));
	int64_t per = p.out[0] + p.out[1] + p.out[2];
	Tensor *starts = NULL;
	Status s = tensor_empty(DT_I64, (int64_t[]){planes * per}, 1, &starts, x->err);
	for (int64_t i = 0; s == STATUS_OK && i < planes; i++) {
		int64_t *at = (int64_t *)tensor_data(starts) + i * per;
		for (int a = 0; a < 3; a++) {
			if (a < 3 - nd) {
				*at++ = 0;
				continue;
			}
			int b = a - (3 - nd);
			// the samples are for width first, then height, then depth
			double sample = ((const double *)tensor_data(u))[i * nd + (nd == 2 ? 1 - b : b)];
			int64_t room = p.in[a] - kernel[b];
			double alpha = sizes[b] > 1 ? (double)room / (double)(sizes[b] - 1) : 0;
			if (input->dtype == DT_F32) { // positions are rounded in the input's own type
				float fa = sizes[b] > 1 ? (float)room / (float)(sizes[b] - 1) : 0, fs = (float)sample;
				for (int64_t o = 0; o + 1 < sizes[b]; o++)
					*at++ = (int64_t)(((float)o + fs) * fa) - (int64_t)(fs * fa);
			} else {
				for (int64_t o = 0; o + 1 < sizes[b]; o++)
					*at++ = (int64_t)(((double)o + sample) * alpha) - (int64_t)(sample * alpha);
			}
			*at++ = room;
		}
		for (int64_t *q = (int64_t *)tensor_data(starts) + i * per, a = 0; a < 3; a++)
			for (int64_t o = 0; o < p.out[a]; o++, q++) {
				int64_t most = a < 3 - nd ? 0 : p.in[a] - kernel[a - (3 - nd)];
				*q = *q < 0 ? 0 : *q > most ? most : *q; // samples outside [0, 1) cannot leave the image
			}
	}
	if (s == STATUS_OK)
		s = adaptive_run(x, input, nd, op, sizes, true, tensor_data(starts), kernel, &out, &indices);
	tensor_unref(&u);
	tensor_unref(&starts);
	TRY(s);
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(indices);
	return STATUS_OK;
}

KERNEL(fractional_max_pool2d) { return fractional(x, args, 2, "fractional_max_pool2d", rets); }
KERNEL(fractional_max_pool3d) { return fractional(x, args, 3, "fractional_max_pool3d", rets); }

// ---- unpooling: (self, indices, output_size, …)

static Status max_unpool(Exec *x, const IValue *args, int nd, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]), *indices = arg_tensor(args[1]);
	int64_t sizes[3];
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	TRY(planes_param(x, args[2], nd, "max_unpool", "output_size", NULL, sizes));
	if (indices->dtype != DT_I64)
		return xfail(x, "elements in indices should be type int64 but got: %s", dtype_class_name(tensor_dtype(indices)));
	if (input->ndim != nd + 1 && input->ndim != nd + 2)
		return xfail(x, "Input to max_unpooling%dd should be a %dd or %dd Tensor, but got a tensor with %d dimensions", nd, nd + 1,
			nd + 2, input->ndim);
	if (!sizes_equal(input, indices))
		return xfail(x, "Expected shape of indices to be same as that of the input tensor (%s) but got indices tensor with shape: %s",
			shape_text(input->sizes, input->ndim, a), shape_text(indices->sizes, indices->ndim, b));
	for (int i = 0; i < nd; i++)
		if (sizes[i] < 0)
			return xfail(x, "output_size of an unpooling must not be negative, got %s", shape_text(sizes, nd, a));
	int64_t shape[MAX_DIMS];
	memcpy(shape, input->sizes, sizeof *shape * (size_t)input->ndim);
	memcpy(shape + input->ndim - nd, sizes, sizeof *shape * (size_t)nd);
	Tensor *in = NULL, *at = NULL, *out = NULL;
	Status s = cpu_contiguous(x, input, &in);
	if (s == STATUS_OK)
		s = cpu_contiguous(x, indices, &at);
	if (s == STATUS_OK)
		s = tensor_zeros(tensor_dtype(input), shape, input->ndim, &out, x->err);
	if (s == STATUS_OK) {
		Planes3 p = planes_of(input, nd, sizes);
		size_t es = dtype_size(tensor_dtype(input));
		const int64_t *where = tensor_data(at);
		const char *src = tensor_data(in);
		for (int64_t i = 0; i < in->numel && s == STATUS_OK; i++) {
			if (where[i] < 0 || where[i] >= p.out_size) {
				int n = 0;
				for (int k = 0; k < nd; k++)
					n += snprintf(a + n, sizeof a - (size_t)n, "%s%" PRId64, k ? "x" : "", sizes[k]);
				s = xfail(x, "Found an invalid max index: %" PRId64 " (output volumes are of size %s)", where[i], a);
				break;
			}
			memcpy((char *)tensor_data(out) + (size_t)(i / p.in_size * p.out_size + where[i]) * es, src + (size_t)i * es, es);
		}
	}
	tensor_unref(&in);
	tensor_unref(&at);
	if (s != STATUS_OK) {
		tensor_unref(&out);
		return s;
	}
	return ret_tensor(rets, out);
}

KERNEL(max_unpool2d) { return max_unpool(x, args, 2, rets); }
KERNEL(max_unpool3d) { return max_unpool(x, args, 3, rets); }
