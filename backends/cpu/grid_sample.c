// SPDX-License-Identifier: BSD-3-Clause
// Sampling an image at the points of a grid (spatial transformers), and the affine grids for it.
// Coordinates run from −1 to 1; every mode is computed in double and stored in the image's type.
#include <inttypes.h>
#include <math.h>

#include "backends/cpu/plane.h"
#include "backends/cpu/view.h"

enum { MODE_LINEAR, MODE_NEAREST, MODE_CUBIC };
enum { PAD_ZEROS, PAD_BORDER, PAD_REFLECTION };

typedef struct Sampler {
	DType d;
	int nd, mode, padding;
	bool align;
	int64_t channels, in[3], points; // points of the grid per image
	const void *image, *grid;
	void *out;
} Sampler;

static double unnormalize(double v, int64_t size, bool align)
{
	return align ? (v + 1) / 2 * (double)(size - 1) : ((v + 1) * (double)size - 1) / 2;
}

static double reflect(double v, double low2, double high2)
{
	if (low2 == high2)
		return 0;
	double low = low2 / 2, span = (high2 - low2) / 2;
	v = fabs(v - low);
	double extra = fmod(v, span), flips = floor(v / span);
	return fmod(flips, 2) == 0 ? extra + low : span - extra + low;
}

static double clip(double v, int64_t size)
{
	double most = (double)(size - 1);
	return v > 0 ? (v < most ? v : most) : 0; // NaN becomes 0
}

static double into_range(const Sampler *s, double v, int64_t size)
{
	if (s->padding == PAD_BORDER)
		return clip(v, size);
	if (s->padding == PAD_REFLECTION)
		return clip(s->align ? reflect(v, 0, 2 * (double)(size - 1)) : reflect(v, -1, 2 * (double)size - 1), size);
	return v;
}

static int64_t index_of(double v)
{
	return v > -1e15 && v < 1e15 ? (int64_t)v : INT64_C(-1000000000000000); // far outside
}

static double number(const Sampler *s, const void *p, int64_t i)
{
	return s->d == DT_F32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}

static double pixel(const Sampler *s, int64_t plane, int64_t z, int64_t y, int64_t x)
{
	if (z < 0 || z >= s->in[0] || y < 0 || y >= s->in[1] || x < 0 || x >= s->in[2])
		return 0;
	return number(s, s->image, ((plane * s->in[0] + z) * s->in[1] + y) * s->in[2] + x);
}

static double pixel_bounded(const Sampler *s, int64_t plane, double y, double x)
{
	return pixel(s, plane, 0, index_of(into_range(s, y, s->in[1])), index_of(into_range(s, x, s->in[2])));
}

static void cubic_weights(double t, double w[4])
{
	const double a = -0.75;
	double x = t + 1;
	w[0] = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
	x = t;
	w[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
	x = 1 - t;
	w[2] = ((a + 2) * x - (a + 3)) * x * x + 1;
	x = 2 - t;
	w[3] = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

static void sampler_body(void *arg, int64_t begin, int64_t end)
{
	const Sampler *s = arg;
	for (int64_t i = begin; i < end; i++) { // one point: all channels
		int64_t image = i / s->points;
		double at[3] = {0, 0, 0}; // z, y, x
		for (int a = 0; a < s->nd; a++) {
			double v = unnormalize(number(s, s->grid, i * s->nd + a), s->in[2 - a], s->align);
			at[2 - a] = s->mode == MODE_CUBIC ? v : into_range(s, v, s->in[2 - a]);
		}
		for (int64_t c = 0; c < s->channels; c++) {
			int64_t plane = image * s->channels + c;
			double v = 0;
			if (s->mode == MODE_NEAREST) {
				v = pixel(s, plane, index_of(nearbyint(at[0])), index_of(nearbyint(at[1])), index_of(nearbyint(at[2])));
			} else if (s->mode == MODE_LINEAR) {
				double z0 = floor(at[0]), y0 = floor(at[1]), x0 = floor(at[2]);
				for (int corner = 0; corner < (s->nd == 3 ? 8 : 4); corner++) {
					int dz = corner >> 2, dy = corner >> 1 & 1, dx = corner & 1;
					double w = (dx ? at[2] - x0 : x0 + 1 - at[2]) * (dy ? at[1] - y0 : y0 + 1 - at[1]);
					if (s->nd == 3)
						w *= dz ? at[0] - z0 : z0 + 1 - at[0];
					int64_t iz = index_of(z0) + dz, iy = index_of(y0) + dy, ix = index_of(x0) + dx;
					if (iz >= 0 && iz < s->in[0] && iy >= 0 && iy < s->in[1] && ix >= 0 && ix < s->in[2])
						v += w * pixel(s, plane, iz, iy, ix);
				}
			} else {
				double y0 = floor(at[1]), x0 = floor(at[2]), wy[4], wx[4];
				cubic_weights(at[1] - y0, wy);
				cubic_weights(at[2] - x0, wx);
				for (int a = 0; a < 4; a++) {
					double row = 0;
					for (int b = 0; b < 4; b++)
						row += wx[b] * pixel_bounded(s, plane, y0 - 1 + a, x0 - 1 + b);
					v += wy[a] * row;
				}
			}
			int64_t o = plane * s->points + i % s->points;
			if (s->d == DT_F32)
				((float *)s->out)[o] = (float)v;
			else
				((double *)s->out)[o] = v;
		}
	}
}

KERNEL(grid_sampler) // (input, grid, interpolation_mode, padding_mode, align_corners)
{
	const Tensor *input = arg_tensor(args[0]), *grid = arg_tensor(args[1]);
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	int nd = input->ndim - 2;
	int64_t mode = arg_int(args[2]), padding = arg_int(args[3]);
	shape_text(input->sizes, input->ndim, a);
	shape_text(grid->sizes, grid->ndim, b);
	if ((nd != 2 && nd != 3) || grid->ndim != input->ndim)
		return nd == 2 || nd == 3 ? xfail(x, "grid_sampler(): expected %dD input and grid with same number of dimensions, but got input "
			"with sizes %s and grid with sizes %s", input->ndim, a, b) :
			xfail(x, "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
			"%s and grid with sizes %s", a, b);
	if (input->sizes[0] != grid->sizes[0])
		return xfail(x, "grid_sampler(): expected grid and input to have same batch size, but got input with sizes %s and grid with sizes %s",
			a, b);
	if (grid->sizes[nd + 1] != nd)
		return xfail(x, "grid_sampler(): expected grid to have size %d in last dimension, but got grid with sizes %s", nd, b);
	for (int i = 2; i < input->ndim; i++)
		if (input->sizes[i] <= 0)
			return xfail(x, "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes %s with dimension "
				"%d being empty", a, i);
	if (nd == 3 && mode == MODE_CUBIC)
		return xfail(x, "grid_sampler(): bicubic interpolation only supports 4D input");
	if (mode < 0 || mode > 2 || padding < 0 || padding > 2)
		return xfail(x, "grid_sampler(): unknown interpolation mode %" PRId64 " or padding mode %" PRId64, mode, padding);
	if (input->dtype != grid->dtype)
		return xfail(x, "expected scalar type %s but found %s", dtype_class_name(tensor_dtype(input)),
			dtype_class_name(tensor_dtype(grid)));
	DType d = tensor_dtype(input), work = planes_work_dtype(d);
	if (!dtype_is_float(d))
		return xfail(x, "\"grid_sampler_%dd_cpu\" not implemented for '%s'", nd, dtype_class_name(d));
	Sampler s = {.d = work, .nd = nd, .mode = (int)mode, .padding = (int)padding, .align = arg_bool(args[4]),
		.channels = input->sizes[1], .in = {1, 1, 1}, .points = 1};
	int64_t sizes[5] = {input->sizes[0], input->sizes[1]};
	for (int i = 0; i < nd; i++) {
		s.in[3 - nd + i] = input->sizes[2 + i];
		sizes[2 + i] = grid->sizes[1 + i];
		s.points *= sizes[2 + i];
	}
	Tensor *in = NULL, *g = NULL, *c = NULL;
	Status status = cpu_prepare(x, input, work, &in);
	if (status == STATUS_OK)
		status = cpu_prepare(x, grid, work, &g);
	if (status == STATUS_OK)
		status = tensor_empty(work, sizes, nd + 2, &c, x->err);
	if (status == STATUS_OK) {
		s.image = tensor_data(in);
		s.grid = tensor_data(g);
		s.out = tensor_data(c);
		if (s.points > 0)
			parallel_for(sizes[0] * s.points, planes_grain(s.channels * 8), sampler_body, &s);
	}
	tensor_unref(&in);
	tensor_unref(&g);
	if (status == STATUS_OK) {
		Tensor *out;
		status = cpu_to_dtype(x, c, d, &out);
		tensor_unref(&c);
		c = out;
	}
	if (status != STATUS_OK) {
		tensor_unref(&c);
		return status;
	}
	return ret_tensor(rets, c);
}

KERNEL(grid_sampler_2d) { return op_grid_sampler(x, args, nargs, rets); }
KERNEL(_grid_sampler_2d_cpu_fallback) { return op_grid_sampler(x, args, nargs, rets); }
KERNEL(grid_sampler_3d) { return op_grid_sampler(x, args, nargs, rets); }

KERNEL(affine_grid_generator) // (theta (N, nd, nd+1), size (N, C, …), align_corners)
{
	const Tensor *theta = arg_tensor(args[0]);
	int64_t size[5], out_sizes[5];
	int n;
	bool align = arg_bool(args[2]);
	TRY(arg_ints(x, args[1], size, 5, &n));
	int nd = n - 2;
	if (n != 4 && n != 5)
		return xfail(x, "AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.");
	if (theta->ndim != 3 || theta->sizes[0] != size[0] || theta->sizes[1] != nd || theta->sizes[2] != nd + 1)
		return xfail(x, "Expected a batch of %dD affine matrices of shape Nx%dx%d for size of %d dimensions", nd, nd, nd + 1, n);
	DType d = tensor_dtype(theta);
	if (!dtype_is_float(d))
		return xfail(x, "Expected theta to have floating point type, but got %s", dtype_name(d));
	out_sizes[0] = size[0];
	for (int i = 0; i < nd; i++)
		out_sizes[1 + i] = size[2 + i];
	out_sizes[1 + nd] = nd;
	Tensor *t = NULL, *c = NULL, *out;
	DType work = d == DT_F64 ? DT_F64 : DT_F32;
	Status s = cpu_prepare(x, theta, DT_F64, &t);
	if (s == STATUS_OK)
		s = tensor_empty(work, out_sizes, nd + 2, &c, x->err);
	if (s == STATUS_OK) {
		int64_t points = 1, at = 0;
		for (int i = 0; i < nd; i++)
			points *= size[2 + i];
		for (int64_t b = 0; b < size[0]; b++)
			for (int64_t p = 0; p < points; p++) {
				double v[4] = {0, 0, 0, 0};
				int64_t rest = p;
				for (int a = 0; a < nd; a++) { // x is the last axis
					int64_t len = size[1 + nd - a], i = rest % len;
					rest /= len;
					v[a] = len <= 1 ? 0 : align ? 2 * (double)i / (double)(len - 1) - 1 :
						(2 * (double)i + 1) / (double)len - 1;
				}
				v[nd] = 1;
				for (int r = 0; r < nd; r++) {
					double sum = 0;
					for (int k = 0; k <= nd; k++)
						sum += ((double *)tensor_data(t))[(b * nd + r) * (nd + 1) + k] * v[k];
					if (work == DT_F32)
						((float *)tensor_data(c))[at++] = (float)sum;
					else
						((double *)tensor_data(c))[at++] = sum;
				}
			}
		s = cpu_to_dtype(x, c, d, &out);
	}
	tensor_unref(&t);
	tensor_unref(&c);
	TRY(s);
	return ret_tensor(rets, out);
}
