// SPDX-License-Identifier: BSD-3-Clause
// Rearrangements of channels and patches: pixel_shuffle, channel_shuffle, im2col and col2im; and the two
// activations that look across channels, glu and prelu.
#include <inttypes.h>
#include <math.h>

#include "backends/cpu/plane.h"
#include "backends/cpu/view.h"

// View as `split`, permute, view as `joined`: what every shuffle is.
static Status rearrange(Exec *x, const Tensor *t, const int64_t *split, const int64_t *order, int n, const int64_t *joined, int m,
	Tensor **out)
{
	Tensor *a = NULL, *b = NULL, *c = NULL;
	Status s = view_reshape(x, t, split, n, &a);
	if (s == STATUS_OK)
		s = view_permute(x, a, order, n, &b);
	if (s == STATUS_OK) // a copy even where strides would allow a view
		s = tensor_empty(tensor_dtype(t), b->sizes, n, &c, x->err);
	if (s == STATUS_OK)
		s = cpu_copy(x, c, b);
	if (s == STATUS_OK) {
		Tensor *flat;
		s = view_reshape(x, c, joined, m, &flat);
		tensor_unref(&c);
		if (s == STATUS_OK)
			s = planes_finish(x, flat, tensor_dtype(t), t, out);
	}
	tensor_unref(&a);
	tensor_unref(&b);
	tensor_unref(&c);
	return s;
}

static Status pixel_op(Exec *x, const IValue *args, bool down, IValue *rets)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t f = arg_int(args[1]), split[MAX_DIMS], order[MAX_DIMS], joined[MAX_DIMS];
	const char *op = down ? "pixel_unshuffle" : "pixel_shuffle", *name = down ? "downscale_factor" : "upscale_factor";
	int nd = t->ndim, lead = nd - 3;
	if (nd < 3)
		return xfail(x, "%s expects input to have at least 3 dimensions, but got input with %d dimension(s)", op, nd);
	if (f <= 0 || f > INT32_MAX)
		return xfail(x, "%s expects a positive %s, but got %" PRId64, op, name, f);
	int64_t c = t->sizes[nd - 3], h = t->sizes[nd - 2], w = t->sizes[nd - 1];
	if (!down && c % (f * f) != 0)
		return xfail(x, "%s expects its input's 'channel' dimension to be divisible by the square of %s, but input.size(-3)=%" PRId64
			" is not divisible by %" PRId64, op, name, c, f * f);
	if (down && h % f != 0)
		return xfail(x, "%s expects height to be divisible by %s, but input.size(-2)=%" PRId64 " is not divisible by %" PRId64, op, name,
			h, f);
	if (down && w % f != 0)
		return xfail(x, "%s expects width to be divisible by %s, but input.size(-1)=%" PRId64 " is not divisible by %" PRId64, op, name,
			w, f);
	if (nd + 2 > MAX_DIMS)
		return xfail(x, "a tensor has at most %d dimensions", MAX_DIMS);
	int64_t grown;
	if (__builtin_mul_overflow(down ? c : h, down ? f * f : f, &grown) || __builtin_mul_overflow(w, f, &grown))
		return xfail(x, "%s: the result is too large", op);
	for (int i = 0; i < lead; i++) {
		split[i] = joined[i] = t->sizes[i];
		order[i] = i;
	}
	if (!down) { // c = (c', fh, fw): → c', h, fh, w, fw
		memcpy(split + lead, (int64_t[]){c / (f * f), f, f, h, w}, 5 * sizeof *split);
		memcpy(order + lead, (int64_t[]){lead, lead + 3, lead + 1, lead + 4, lead + 2}, 5 * sizeof *order);
		memcpy(joined + lead, (int64_t[]){c / (f * f), h * f, w * f}, 3 * sizeof *joined);
	} else { // h = (h', fh), w = (w', fw): → c, fh, fw, h', w'
		memcpy(split + lead, (int64_t[]){c, h / f, f, w / f, f}, 5 * sizeof *split);
		memcpy(order + lead, (int64_t[]){lead, lead + 2, lead + 4, lead + 1, lead + 3}, 5 * sizeof *order);
		memcpy(joined + lead, (int64_t[]){c * f * f, h / f, w / f}, 3 * sizeof *joined);
	}
	Tensor *out;
	TRY(rearrange(x, t, split, order, nd + 2, joined, nd, &out));
	return ret_tensor(rets, out);
}

KERNEL(pixel_shuffle) { return pixel_op(x, args, false, rets); }
KERNEL(pixel_unshuffle) { return pixel_op(x, args, true, rets); }

KERNEL(channel_shuffle)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t groups = arg_int(args[1]), split[MAX_DIMS], order[MAX_DIMS];
	char text[SHAPE_TEXT];
	int nd = t->ndim;
	if (nd <= 2)
		return xfail(x, "channel_shuffle expects input with > 2 dims, but got input with sizes %s", shape_text(t->sizes, nd, text));
	if (groups <= 0)
		return xfail(x, "Number of groups to divide channels in must be positive. Value of groups:%" PRId64, groups);
	if (t->sizes[1] % groups != 0)
		return xfail(x, "Number of channels must be divisible by groups. Got %" PRId64 " channels and %" PRId64 " groups.", t->sizes[1],
			groups);
	if (nd + 1 > MAX_DIMS)
		return xfail(x, "a tensor has at most %d dimensions", MAX_DIMS);
	split[0] = t->sizes[0];
	split[1] = groups;
	split[2] = t->sizes[1] / groups;
	for (int i = 2; i < nd; i++)
		split[i + 1] = t->sizes[i];
	for (int i = 0; i <= nd; i++)
		order[i] = i;
	order[1] = 2;
	order[2] = 1;
	Tensor *out;
	TRY(rearrange(x, t, split, order, nd + 1, t->sizes, nd, &out));
	return ret_tensor(rets, out);
}

KERNEL(native_channel_shuffle) { return op_channel_shuffle(x, args, nargs, rets); }

// ---- patches as columns

typedef struct Columns {
	int64_t kernel[2], dilation[2], pad[2], stride[2], image[2], count[2];
} Columns;

static Status columns_args(Exec *x, const IValue *args, Columns *c)
{
	static const char *const names[] = {"kernel size", "dilation", "padding", "stride"};
	int64_t *const to[] = {c->kernel, c->dilation, c->pad, c->stride};
	for (int i = 0; i < 4; i++) {
		TRY(planes_param(x, args[i], 2, "im2col", names[i], NULL, to[i]));
		if (i == 2 ? to[i][0] < 0 || to[i][1] < 0 : to[i][0] <= 0 || to[i][1] <= 0)
			return i == 2 ? xfail(x, "padding should be non-negative, but got pad_height: %" PRId64 " pad_width: %" PRId64, to[i][0],
				to[i][1]) :
				xfail(x, "%s should be greater than zero, but got %s_height: %" PRId64 " %s_width: %" PRId64, names[i],
				i == 0 ? "kernel" : names[i], to[i][0], i == 0 ? "kernel" : names[i], to[i][1]);
	}
	return STATUS_OK;
}

static void columns_count(Columns *c)
{
	for (int a = 0; a < 2; a++) {
		int64_t span = c->image[a] + 2 * c->pad[a] - c->dilation[a] * (c->kernel[a] - 1) - 1;
		c->count[a] = span < 0 ? (span + 1) / c->stride[a] : span / c->stride[a] + 1;
	}
}

KERNEL(im2col) // (self, kernel_size, dilation, padding, stride)
{
	const Tensor *t = arg_tensor(args[0]);
	Columns c;
	char text[SHAPE_TEXT];
	TRY(columns_args(x, args + 1, &c));
	int nd = t->ndim;
	if ((nd != 3 && nd != 4) || t->sizes[nd - 1] == 0 || t->sizes[nd - 2] == 0 || t->sizes[nd - 3] == 0)
		return xfail(x, "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but "
			"got: %s", shape_text(t->sizes, nd, text));
	c.image[0] = t->sizes[nd - 2];
	c.image[1] = t->sizes[nd - 1];
	columns_count(&c);
	if (c.count[0] < 1 || c.count[1] < 1)
		return xfail(x, "Given input with spatial size (%" PRId64 ", %" PRId64 "), kernel_size=(%" PRId64 ", %" PRId64
			"), dilation=(%" PRId64 ", %" PRId64 "), padding=(%" PRId64 ", %" PRId64
			"), calculated shape of the array of sliding blocks as (%" PRId64 ", %" PRId64
			"), but its components must be at least one.", c.image[0], c.image[1], c.kernel[0], c.kernel[1],
			c.dilation[0], c.dilation[1], c.pad[0], c.pad[1], c.count[0], c.count[1]);
	int64_t channels = t->sizes[nd - 3], batch = nd == 4 ? t->sizes[0] : 1, volume = c.kernel[0] * c.kernel[1];
	int64_t sizes[3] = {batch, 0, 0};
	if (__builtin_mul_overflow(channels, volume, &sizes[1]) || __builtin_mul_overflow(c.count[0], c.count[1], &sizes[2]))
		return xfail(x, "im2col: the result is too large");
	size_t es = dtype_size(tensor_dtype(t));
	Tensor *in, *out = NULL;
	TRY(cpu_contiguous(x, t, &in));
	Status s = nd == 4 ? tensor_zeros(tensor_dtype(t), sizes, 3, &out, x->err) : tensor_zeros(tensor_dtype(t), sizes + 1, 2, &out, x->err);
	if (s == STATUS_OK) {
		char *dst = tensor_data(out);
		for (int64_t p = 0; p < batch * channels; p++) {
			const char *plane = (const char *)tensor_data(in) + (size_t)(p * c.image[0] * c.image[1]) * es;
			for (int64_t k = 0; k < volume; k++)
				for (int64_t y = 0; y < c.count[0]; y++)
					for (int64_t o = 0; o < c.count[1]; o++, dst += es) {
						int64_t iy = y * c.stride[0] - c.pad[0] + k / c.kernel[1] * c.dilation[0];
						int64_t ix = o * c.stride[1] - c.pad[1] + k % c.kernel[1] * c.dilation[1];
						if (iy >= 0 && iy < c.image[0] && ix >= 0 && ix < c.image[1])
							memcpy(dst, plane + (size_t)(iy * c.image[1] + ix) * es, es);
					}
		}
	}
	tensor_unref(&in);
	TRY(s);
	return ret_tensor(rets, out);
}

KERNEL(col2im) // (self, output_size, kernel_size, dilation, padding, stride)
{
	const Tensor *t = arg_tensor(args[0]);
	Columns c;
	char text[SHAPE_TEXT];
	TRY(planes_param(x, args[1], 2, "col2im", "output_size", NULL, c.image));
	TRY(columns_args(x, args + 2, &c));
	int nd = t->ndim;
	if (c.image[0] <= 0 || c.image[1] <= 0)
		return xfail(x, "Expected output spatial size to be positive, but got (%" PRId64 ", %" PRId64 ")", c.image[0], c.image[1]);
	if ((nd != 2 && nd != 3) || t->sizes[nd - 1] == 0 || t->sizes[nd - 2] == 0)
		return xfail(x, "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, "
			"but got: %s", shape_text(t->sizes, nd, text));
	int64_t volume = c.kernel[0] * c.kernel[1], batch = nd == 3 ? t->sizes[0] : 1;
	if (t->sizes[nd - 2] % volume != 0)
		return xfail(x, "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=%" PRId64
			" and kernel_size=(%" PRId64 ", %" PRId64 ").", t->sizes[nd - 2], c.kernel[0], c.kernel[1]);
	columns_count(&c);
	if (c.count[0] < 1 || c.count[1] < 1 || t->sizes[nd - 1] != c.count[0] * c.count[1])
		return xfail(x, "Given output_size=(%" PRId64 ", %" PRId64 "), kernel_size=(%" PRId64 ", %" PRId64 "), dilation=(%" PRId64
			", %" PRId64 "), padding=(%" PRId64 ", %" PRId64 "), stride=(%" PRId64 ", %" PRId64
			"), expected size of input's dimension 2 to match the calculated number of sliding blocks %" PRId64
			" * %" PRId64 " = %" PRId64 ", but got input.size(2)=%" PRId64 ".", c.image[0], c.image[1], c.kernel[0],
			c.kernel[1], c.dilation[0], c.dilation[1], c.pad[0], c.pad[1], c.stride[0], c.stride[1], c.count[0], c.count[1],
			c.count[0] * c.count[1], t->sizes[nd - 1]);
	DType d = tensor_dtype(t);
	if (!dtype_is_float(d) && !dtype_is_complex(d) && d != DT_BOOL)
		return xfail(x, "\"col2im_out_cpu\" not implemented for '%s'", dtype_class_name(d));
	int64_t channels = t->sizes[nd - 2] / volume, sizes[4] = {batch, channels, c.image[0], c.image[1]};
	DType work = d == DT_BOOL ? DT_F64 : dtype_is_complex(d) ? DT_C128 : DT_F64;
	Tensor *in = NULL, *sum = NULL, *out = NULL;
	Status s = cpu_prepare(x, t, work, &in);
	if (s == STATUS_OK)
		s = nd == 3 ? tensor_zeros(work, sizes, 4, &sum, x->err) : tensor_zeros(work, sizes + 1, 3, &sum, x->err);
	if (s == STATUS_OK) {
		int parts = work == DT_C128 ? 2 : 1;
		const double *src = tensor_data(in);
		for (int64_t p = 0; p < batch * channels; p++) {
			double *plane = (double *)tensor_data(sum) + p * c.image[0] * c.image[1] * parts;
			for (int64_t k = 0; k < volume; k++)
				for (int64_t y = 0; y < c.count[0]; y++)
					for (int64_t o = 0; o < c.count[1]; o++, src += parts) {
						int64_t iy = y * c.stride[0] - c.pad[0] + k / c.kernel[1] * c.dilation[0];
						int64_t ix = o * c.stride[1] - c.pad[1] + k % c.kernel[1] * c.dilation[1];
						if (iy >= 0 && iy < c.image[0] && ix >= 0 && ix < c.image[1])
							for (int q = 0; q < parts; q++)
								plane[(iy * c.image[1] + ix) * parts + q] += src[q];
					}
		}
		s = cpu_to_dtype(x, sum, d, &out);
	}
	tensor_unref(&in);
	tensor_unref(&sum);
	TRY(s);
	return ret_tensor(rets, out);
}

// ---- activations across channels

KERNEL(glu) // (self, dim): first half · sigmoid(second half)
{
	const Tensor *t = arg_tensor(args[0]);
	int dim;
	if (t->ndim == 0)
		return xfail(x, "glu does not support scalars because halving size must be even");
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &dim, x->err));
	int64_t n = t->sizes[dim] / 2, sizes[MAX_DIMS];
	if (t->sizes[dim] % 2 != 0)
		return xfail(x, "Halving dimension must be even, but dimension %d is size %" PRId64, dim, t->sizes[dim]);
	DType d = tensor_dtype(t), work = d == DT_F64 ? DT_F64 : DT_F32;
	if (!dtype_is_float(d))
		return xfail(x, "\"glu_cpu\" not implemented for '%s'", dtype_class_name(d));
	memcpy(sizes, t->sizes, sizeof *sizes * (size_t)t->ndim);
	sizes[dim] = n;
	int64_t inner = 1, outer = 1;
	for (int i = 0; i < t->ndim; i++)
		*(i < dim ? &outer : &inner) *= i == dim ? 1 : t->sizes[i];
	Tensor *in = NULL, *c = NULL, *out;
	Status s = cpu_prepare(x, t, work, &in);
	if (s == STATUS_OK)
		s = tensor_empty(work, sizes, t->ndim, &c, x->err);
	if (s == STATUS_OK) {
		int64_t half = n * inner;
		for (int64_t o = 0; o < outer; o++)
			for (int64_t i = 0; i < half; i++) {
				int64_t a = o * 2 * half + i;
				if (work == DT_F32) {
					const float *p = tensor_data(in);
					((float *)tensor_data(c))[o * half + i] = p[a] / (1 + expf(-p[a + half]));
				} else {
					const double *p = tensor_data(in);
					((double *)tensor_data(c))[o * half + i] = p[a] / (1 + exp(-p[a + half]));
				}
			}
		s = cpu_to_dtype(x, c, d, &out);
	}
	tensor_unref(&in);
	tensor_unref(&c);
	TRY(s);
	return ret_tensor(rets, out);
}

// x > 0 ? x : w·x, with w broadcast to x
static Status prelu(Exec *x, const Tensor *t, const Tensor *weight, Tensor **out)
{
	DType d = tensor_dtype(t), work = d == DT_F64 ? DT_F64 : DT_F32;
	Tensor *in = NULL, *spread = NULL, *w = NULL, *c = NULL;
	if (!dtype_is_float(d))
		return xfail(x, "\"prelu_cpu\" not implemented for '%s'", dtype_class_name(d));
	Status s = cpu_prepare(x, t, work, &in);
	if (s == STATUS_OK)
		s = view_expand(x, weight, t->sizes, t->ndim, &spread);
	if (s == STATUS_OK)
		s = cpu_prepare(x, spread, work, &w);
	if (s == STATUS_OK)
		s = tensor_empty(work, t->sizes, t->ndim, &c, x->err);
	for (int64_t i = 0; s == STATUS_OK && i < c->numel; i++)
		if (work == DT_F32) {
			float v = ((float *)tensor_data(in))[i];
			((float *)tensor_data(c))[i] = v > 0 ? v : v * ((float *)tensor_data(w))[i];
		} else {
			double v = ((double *)tensor_data(in))[i];
			((double *)tensor_data(c))[i] = v > 0 ? v : v * ((double *)tensor_data(w))[i];
		}
	tensor_unref(&in);
	tensor_unref(&spread);
	tensor_unref(&w);
	if (s != STATUS_OK) {
		tensor_unref(&c);
		return s;
	}
	return planes_finish(x, c, d, t, out);
}

KERNEL(prelu)
{
	const Tensor *t = arg_tensor(args[0]), *weight = arg_tensor(args[1]);
	if (weight->ndim > 1)
		return xfail(x, "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = %d", weight->ndim);
	if (t->dtype != weight->dtype)
		return xfail(x, "prelu: Type promoting not supported. Got %s and %s", dtype_class_name(tensor_dtype(t)),
			dtype_class_name(tensor_dtype(weight)));
	if (weight->numel != 1) {
		if (t->ndim == 0)
			return xfail(x, "Not allow zero-dim input tensor.");
		int64_t channels = t->ndim > 1 ? t->sizes[1] : 1;
		if (channels != weight->numel)
			return xfail(x, "Mismatch of parameter numbers and input channel size. Found parameter numbers = %" PRId64
				" and channel size = %" PRId64 ".", weight->numel, channels);
	}
	Tensor *w, *out;
	int64_t sizes[MAX_DIMS];
	for (int i = 0; i < t->ndim; i++)
		sizes[i] = i == 1 || (t->ndim == 1 && i == 0) ? weight->numel : 1;
	TRY(view_reshape(x, weight, sizes, t->ndim, &w));
	Status s = prelu(x, t, w, &out);
	tensor_unref(&w);
	TRY(s);
	return ret_tensor(rets, out);
}

KERNEL(_prelu_kernel)
{
	Tensor *out;
	TRY(prelu(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	return ret_tensor(rets, out);
}
