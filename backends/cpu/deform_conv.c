// SPDX-License-Identifier: BSD-3-Clause
// torchvision::deform_conv2d: convolution whose taps are moved by learned offsets and scaled by a mask.
//
// input [N, C, H, W]; weight [O, C/groups, kh, kw]; offset [N, 2·offset_groups·kh·kw, H', W'] as (y, x) pairs;
// mask [N, offset_groups·kh·kw, H', W']; bias [O].  Sums are made in double.
#include "backends/cpu/cpu.h"

#include <math.h>

Status op_torchvision_deform_conv2d(Exec *x, const IValue *args, int nargs, IValue *rets);

static double sample(const double *plane, int64_t h, int64_t w, double y, double x)
{
	if (!(y > -1 && y < (double)h && x > -1 && x < (double)w))
		return 0;
	int64_t y0 = (int64_t)floor(y), x0 = (int64_t)floor(x), y1 = y0 + 1, x1 = x0 + 1;
	double ly = y - (double)y0, lx = x - (double)x0, sum = 0;
	if (y0 >= 0 && x0 >= 0)
		sum += (1 - ly) * (1 - lx) * plane[y0 * w + x0];
	if (y0 >= 0 && x1 < w)
		sum += (1 - ly) * lx * plane[y0 * w + x1];
	if (y1 < h && x0 >= 0)
		sum += ly * (1 - lx) * plane[y1 * w + x0];
	if (y1 < h && x1 < w)
		sum += ly * lx * plane[y1 * w + x1];
	return sum;
}

enum { INPUT, WEIGHT, OFFSET, MASK, BIAS, TENSORS };

static Status check(Exec *x, const IValue *args, const int64_t *out, bool use_mask)
{
	const Tensor *in = args[INPUT].tensor, *w = args[WEIGHT].tensor, *off = args[OFFSET].tensor, *m = args[MASK].tensor;
	int64_t groups = arg_int(args[11]), offset_groups = arg_int(args[12]), taps = w->sizes[2] * w->sizes[3];
	if (groups < 1 || offset_groups < 1 || in->sizes[1] % groups || w->sizes[0] % groups || in->sizes[1] % offset_groups ||
		w->sizes[1] != in->sizes[1] / groups)
		return xfail(x, "deform_conv2d: %lld input channels, weight of %lld×%lld, %lld groups and %lld offset groups do not fit together",
			(long long)in->sizes[1], (long long)w->sizes[0], (long long)w->sizes[1], (long long)groups,
			(long long)offset_groups);
	if (out[2] <= 0 || out[3] <= 0)
		return xfail(x, "Calculated output size too small - out_h: %lld out_w: %lld", (long long)out[2], (long long)out[3]);
	if (off->sizes[0] != in->sizes[0] || off->sizes[1] != 2 * offset_groups * taps || off->sizes[2] != out[2] || off->sizes[3] != out[3])
		return xfail(x, "offset.shape[1] is not valid: got: %lld expected: %lld, with output %lld×%lld",
			(long long)off->sizes[1], (long long)(2 * offset_groups * taps), (long long)out[2], (long long)out[3]);
	if (use_mask && (m->ndim != 4 || m->sizes[0] != in->sizes[0] || m->sizes[1] != offset_groups * taps || m->sizes[2] != out[2] ||
				m->sizes[3] != out[3]))
		return xfail(x, "mask.shape[1] is not valid: expected: %lld", (long long)(offset_groups * taps));
	if (args[BIAS].tensor->numel != w->sizes[0])
		return xfail(x, "deform_conv2d: bias has %lld entries, %lld are wanted", (long long)args[BIAS].tensor->numel,
			(long long)w->sizes[0]);
	return STATUS_OK;
}

Status op_torchvision_deform_conv2d(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *in = args[INPUT].tensor, *w = args[WEIGHT].tensor;
	for (int i = INPUT; i <= OFFSET; i++)
		if (args[i].tensor->ndim != 4)
			return xfail(x, "deform_conv2d: input, weight and offset must have 4 dimensions, found %d", args[i].tensor->ndim);
	int64_t stride[2] = {arg_int(args[5]), arg_int(args[6])}, pad[2] = {arg_int(args[7]), arg_int(args[8])};
	int64_t dilation[2] = {arg_int(args[9]), arg_int(args[10])};
	bool use_mask = arg_bool(args[13]);
	int64_t out_sizes[4] = {in->sizes[0], w->sizes[0]};
	for (int i = 0; i < 2; i++) {
		if (stride[i] < 1 || dilation[i] < 1 || pad[i] < 0)
			return xfail(x, "deform_conv2d: stride and dilation must be positive, padding not negative");
		out_sizes[2 + i] = (in->sizes[2 + i] + 2 * pad[i] - (dilation[i] * (w->sizes[2 + i] - 1) + 1)) / stride[i] + 1;
	}
	TRY(check(x, args, out_sizes, use_mask));

	Tensor *t[TENSORS] = {0}, *out = NULL, *result = NULL;
	const double *p[TENSORS] = {0};
	Status s = STATUS_OK;
	for (int i = 0; i < TENSORS && s == STATUS_OK; i++) {
		s = cpu_prepare(x, args[i].tensor, DT_F64, &t[i]);
		if (s == STATUS_OK)
			p[i] = tensor_data(t[i]);
	}
	if (s == STATUS_OK)
		s = tensor_empty(DT_F64, out_sizes, 4, &out, x->err);
	if (s == STATUS_OK) {
		int64_t C = in->sizes[1], H = in->sizes[2], W = in->sizes[3], kh = w->sizes[2], kw = w->sizes[3];
		int64_t groups = arg_int(args[11]), og = arg_int(args[12]), per = C / groups, oh = out_sizes[2], ow = out_sizes[3];
		double *y = tensor_data(out);
		for (int64_t n = 0; n < out_sizes[0] && s == STATUS_OK; n++) {
			s = budget_check_time(x->budget, x->err);
			for (int64_t o = 0; o < out_sizes[1]; o++) {
				int64_t c0 = o / (out_sizes[1] / groups) * per;
				for (int64_t i = 0; i < oh; i++) {
					for (int64_t j = 0; j < ow; j++) {
						double sum = p[BIAS][o];
						for (int64_t c = 0; c < per; c++) {
							int64_t g = (c0 + c) / (C / og);
							const double *plane = p[INPUT] + (n * C + c0 + c) * H * W;
							for (int64_t k = 0; k < kh * kw; k++) {
								int64_t tap = g * kh * kw + k, cell = i * ow + j;
								const double *offset = p[OFFSET] + ((n * og * kh * kw + tap) * 2) * oh * ow + cell;
								double m = use_mask ? p[MASK][(n * og * kh * kw + tap) * oh * ow + cell] : 1;
								double sy = (double)(i * stride[0] - pad[0] + k / kw * dilation[0]) + offset[0];
								double sx = (double)(j * stride[1] - pad[1] + k % kw * dilation[1]) + offset[oh * ow];
								sum += p[WEIGHT][(o * per + c) * kh * kw + k] * m * sample(plane, H, W, sy, sx);
							}
						}
						y[((n * out_sizes[1] + o) * oh + i) * ow + j] = sum;
					}
				}
			}
		}
	}
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, out, tensor_dtype(in), &result);
	for (int i = 0; i < TENSORS; i++)
		tensor_unref(&t[i]);
	tensor_unref(&out);
	return s == STATUS_OK ? ret_tensor(rets, result) : s;
}
