// SPDX-License-Identifier: BSD-3-Clause
// torchvision's pooling of regions of interest: average of bilinear samples (roi_align) or maximum of cells
// (roi_pool), each also position-sensitive (ps_): output channel c of bin (i, j) reads input channel (c·H + i)·W + j.
//
// input [N, C, H, W]; rois [K, 5] as batch index, x1, y1, x2, y2 in input-image units; result [K, C', h, w].
// Sums are made in double; a region's corners are computed in the input's precision, as rounding them decides
// which cells belong to it.
#include "backends/cpu/cpu.h"

#include <math.h>

#define ROI_OP(name) \
	Status op_torchvision_##name(Exec *x, const IValue *args, int nargs, IValue *rets); \
	Status op_torchvision_##name(Exec *x, const IValue *args, int nargs, IValue *rets)

typedef struct Roi {
	Tensor *input, *rois; // f64, contiguous
	int64_t n, c, h, w, k;
	int64_t ph, pw;       // bins
	double scale;
	bool single;          // round corners to float
} Roi;

static void roi_release(Roi *r)
{
	tensor_unref(&r->input);
	tensor_unref(&r->rois);
}

static Status roi_prepare(Exec *x, const IValue *args, bool sensitive, Roi *r)
{
	Tensor *input = args[0].tensor, *rois = args[1].tensor;
	*r = (Roi){.ph = arg_int(args[3]), .pw = arg_int(args[4]), .scale = arg_float(args[2])};
	if (input->ndim != 4)
		return xfail(x, "regions of interest: a 4-d input is wanted, found %d dimensions", input->ndim);
	if (rois->ndim != 2 || rois->sizes[1] != 5)
		return xfail(x, "rois must have shape as Tensor[K, 5]");
	if (!dtype_is_float(tensor_dtype(input)) || tensor_dtype(rois) != tensor_dtype(input))
		return xfail(x, "Expected tensor for 'input' to have the same type as tensor for 'rois'; but type %s does not equal %s",
			dtype_name(tensor_dtype(input)), dtype_name(tensor_dtype(rois)));
	if (r->ph <= 0 || r->pw <= 0)
		return xfail(x, "pooled sizes must be positive, found %lld and %lld", (long long)r->ph, (long long)r->pw);
	r->n = input->sizes[0];
	r->c = input->sizes[1];
	r->h = input->sizes[2];
	r->w = input->sizes[3];
	r->k = rois->sizes[0];
	if (sensitive && r->c % (r->ph * r->pw))
		return xfail(x, "input channels must be a multiple of pooling height * pooling width");
	r->single = tensor_dtype(input) != DT_F64;
	Status s = cpu_prepare(x, input, DT_F64, &r->input);
	if (s == STATUS_OK)
		s = cpu_prepare(x, rois, DT_F64, &r->rois);
	const double *p = s == STATUS_OK ? tensor_data(r->rois) : NULL;
	for (int64_t i = 0; s == STATUS_OK && i < r->k; i++)
		if (!(p[5 * i] >= 0 && p[5 * i] < (double)r->n))
			s = fail(x->err, STATUS_INDEX, "region %lld names batch %g of %lld", (long long)i, p[5 * i], (long long)r->n);
	if (s != STATUS_OK)
		roi_release(r);
	return s;
}

static double narrow_to(const Roi *r, double v)
{
	return r->single ? (double)(float)v : v;
}

// Result tensors, and the conversion back from f64.
static Status roi_finish(Exec *x, Roi *r, Status s, Tensor *out, Tensor *index, DType d, IValue *rets)
{
	Tensor *result = NULL;
	roi_release(r);
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, out, d, &result);
	tensor_unref(&out);
	if (s != STATUS_OK) {
		tensor_unref(&index);
		return s;
	}
	ret_tensor(rets, result);
	if (index)
		ret_tensor(rets + 1, index);
	return STATUS_OK;
}

static double bilinear(const double *plane, int64_t h, int64_t w, double y, double x)
{
	if (!(y >= -1.0 && y <= (double)h && x >= -1.0 && x <= (double)w))
		return 0;
	y = y > 0 ? y : 0;
	x = x > 0 ? x : 0;
	int64_t y0 = (int64_t)y, x0 = (int64_t)x, y1, x1;
	if (y0 >= h - 1) {
		y0 = y1 = h - 1;
		y = (double)y0;
	} else {
		y1 = y0 + 1;
	}
	if (x0 >= w - 1) {
		x0 = x1 = w - 1;
		x = (double)x0;
	} else {
		x1 = x0 + 1;
	}
	double ly = y - (double)y0, lx = x - (double)x0, hy = 1 - ly, hx = 1 - lx;
	return hy * hx * plane[y0 * w + x0] + hy * lx * plane[y0 * w + x1] + ly * hx * plane[y1 * w + x0] +
	       ly * lx * plane[y1 * w + x1];
}

static int64_t grid_size(int64_t ratio, double extent, int64_t bins)
{
	if (ratio > 0)
		return ratio;
	return extent > 0 ? (int64_t)fmin(ceil(extent / (double)bins), 1e6) : 0; // NaN: no samples
}

static Status align(Exec *x, const IValue *args, bool sensitive, IValue *rets)
{
	Roi r;
	TRY(roi_prepare(x, args, sensitive, &r));
	int64_t ratio = arg_int(args[5]);
	bool aligned = sensitive || arg_bool(args[6]);
	int64_t channels = sensitive ? r.c / (r.ph * r.pw) : r.c;
	int64_t sizes[4] = {r.k, channels, r.ph, r.pw};
	Tensor *out = NULL, *index = NULL;
	Status s = tensor_empty(DT_F64, sizes, 4, &out, x->err);
	if (s == STATUS_OK && sensitive)
		s = tensor_empty(DT_I32, sizes, 4, &index, x->err);
	for (int64_t k = 0; s == STATUS_OK && k < r.k; k++) {
		const double *roi = (const double *)tensor_data(r.rois) + 5 * k;
		double shift = aligned ? 0.5 : 0;
		double x0 = narrow_to(&r, roi[1] * r.scale - shift), y0 = narrow_to(&r, roi[2] * r.scale - shift);
		double rw = narrow_to(&r, roi[3] * r.scale - shift) - x0, rh = narrow_to(&r, roi[4] * r.scale - shift) - y0;
		if (!aligned) { // malformed regions are 1×1
			rw = fmax(rw, 1);
			rh = fmax(rh, 1);
		}
		double bh = rh / (double)r.ph, bw = rw / (double)r.pw;
		int64_t gh = grid_size(ratio, rh, r.ph), gw = grid_size(ratio, rw, r.pw);
		double count = fmax((double)gh * (double)gw, 1);
		for (int64_t c = 0; c < channels && s == STATUS_OK; c++) {
			s = budget_check_time(x->budget, x->err);
			for (int64_t i = 0; i < r.ph; i++) {
				for (int64_t j = 0; j < r.pw; j++) {
					int64_t from = sensitive ? (c * r.ph + i) * r.pw + j : c;
					const double *plane = (const double *)tensor_data(r.input) + ((int64_t)roi[0] * r.c + from) * r.h * r.w;
					double sum = 0;
					for (int64_t a = 0; a < gh; a++)
						for (int64_t b = 0; b < gw; b++)
							sum += bilinear(plane, r.h, r.w,
								y0 + (double)i * bh + ((double)a + 0.5) * bh / (double)gh,
								x0 + (double)j * bw + ((double)b + 0.5) * bw / (double)gw);
					int64_t at = ((k * channels + c) * r.ph + i) * r.pw + j;
					((double *)tensor_data(out))[at] = sum / count;
					if (index)
						((int32_t *)tensor_data(index))[at] = (int32_t)from;
				}
			}
		}
	}
	return roi_finish(x, &r, s, out, index, tensor_dtype(args[0].tensor), rets);
}

ROI_OP(roi_align)
{
	(void)nargs;
	return align(x, args, false, rets);
}

ROI_OP(ps_roi_align)
{
	(void)nargs;
	return align(x, args, true, rets);
}

static int64_t clamp_cell(double v, int64_t size)
{
	return !(v >= 0) ? 0 : v > (double)size ? size : (int64_t)v;
}

static Status pool(Exec *x, const IValue *args, bool sensitive, IValue *rets)
{
	Roi r;
	TRY(roi_prepare(x, args, sensitive, &r));
	int64_t channels = sensitive ? r.c / (r.ph * r.pw) : r.c;
	int64_t sizes[4] = {r.k, channels, r.ph, r.pw};
	Tensor *out = NULL, *index = NULL;
	Status s = tensor_empty(DT_F64, sizes, 4, &out, x->err);
	if (s == STATUS_OK)
		s = tensor_empty(DT_I32, sizes, 4, &index, x->err);
	for (int64_t k = 0; s == STATUS_OK && k < r.k; k++) {
		const double *roi = (const double *)tensor_data(r.rois) + 5 * k;
		double corner[4];
		for (int i = 0; i < 4; i++)
			corner[i] = round(narrow_to(&r, roi[i + 1] * narrow_to(&r, r.scale)));
		double extra = sensitive ? 0 : 1; // roi_pool counts its last cell in
		double rw = fmax(corner[2] - corner[0] + extra, 1), rh = fmax(corner[3] - corner[1] + extra, 1);
		double bh = narrow_to(&r, rh / (double)r.ph), bw = narrow_to(&r, rw / (double)r.pw);
		s = budget_check_time(x->budget, x->err);
		for (int64_t c = 0; c < channels; c++) {
			for (int64_t i = 0; i < r.ph; i++) {
				for (int64_t j = 0; j < r.pw; j++) {
					int64_t h0 = clamp_cell(floor(narrow_to(&r, (double)i * bh)) + corner[1], r.h);
					int64_t h1 = clamp_cell(ceil(narrow_to(&r, (double)(i + 1) * bh)) + corner[1], r.h);
					int64_t w0 = clamp_cell(floor(narrow_to(&r, (double)j * bw)) + corner[0], r.w);
					int64_t w1 = clamp_cell(ceil(narrow_to(&r, (double)(j + 1) * bw)) + corner[0], r.w);
					int64_t from = sensitive ? (c * r.ph + i) * r.pw + j : c;
					const double *plane = (const double *)tensor_data(r.input) + ((int64_t)roi[0] * r.c + from) * r.h * r.w;
					bool empty = h1 <= h0 || w1 <= w0;
					double best = empty ? 0 : -HUGE_VAL, sum = 0;
					int64_t argmax = -1;
					for (int64_t a = h0; a < h1; a++) {
						for (int64_t b = w0; b < w1; b++) {
							double v = plane[a * r.w + b];
							sum += v;
							if (v > best) {
								best = v;
								argmax = a * r.w + b;
							}
						}
					}
					int64_t at = ((k * channels + c) * r.ph + i) * r.pw + j;
					double mean = empty ? 0 : sum / (double)((h1 - h0) * (w1 - w0));
					((double *)tensor_data(out))[at] = sensitive ? mean : best;
					((int32_t *)tensor_data(index))[at] = (int32_t)(sensitive ? from : argmax);
				}
			}
		}
	}
	return roi_finish(x, &r, s, out, index, tensor_dtype(args[0].tensor), rets);
}

ROI_OP(roi_pool)
{
	(void)nargs;
	return pool(x, args, false, rets);
}

ROI_OP(ps_roi_pool)
{
	(void)nargs;
	return pool(x, args, true, rets);
}
