// SPDX-License-Identifier: BSD-3-Clause
// The convolution ops: arguments, checks with PyTorch's messages, output shapes and layouts.
// All of them end in cpu_convolution, which hands contiguous memory to conv_run.
#include "backends/cpu/conv.h"

#include <inttypes.h>
#include <stdio.h>

#include "backends/cpu/matmul.h"
#include "backends/cpu/view.h"

// int[nd] with PyTorch's message; a list of one stands for all.
static Status expand_param(Exec *x, IValue v, int nd, const char *name, int64_t *out)
{
	int64_t list[MAX_DIMS];
	int n;
	if (v.tag == TAG_INT) {
		for (int i = 0; i < nd; i++)
			out[i] = v.i;
		return STATUS_OK;
	}
	TRY(arg_ints(x, v, list, MAX_DIMS, &n));
	char text[SHAPE_TEXT];
	if (n != 1 && n != nd)
		return xfail(x, "expected %s to be a single integer value or a list of %d values to match the convolution "
			"dimensions, but got %s=%s", name, nd, name, shape_text(list, n, text));
	for (int i = 0; i < nd; i++)
		out[i] = list[n == 1 ? 0 : i];
	return STATUS_OK;
}

static bool any_below(const int64_t *v, int n, int64_t limit)
{
	for (int i = 0; i < n; i++)
		if (v[i] < limit)
			return true;
	return false;
}

static Status convolution_check(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, const ConvArgs *a)
{
	char in_text[SHAPE_TEXT], w_text[SHAPE_TEXT];
	int nd = a->nd;
	if (a->groups <= 0)
		return xfail(x, "non-positive groups is not supported");
	if (any_below(a->pad, nd, 0))
		return xfail(x, "negative padding is not supported");
	if (a->transposed && any_below(a->output_pad, nd, 0))
		return xfail(x, "negative output_padding is not supported");
	if (any_below(a->stride, nd, 1))
		return xfail(x, "non-positive stride is not supported");
	if (any_below(a->dilation, nd, 1))
		return xfail(x, "dilation should be greater than zero, but got %s", shape_text(a->dilation, nd, in_text));
	for (int i = 0; i < nd; i++) // keeps the arithmetic of sizes far from overflow
		if (a->stride[i] > INT32_MAX || a->pad[i] > INT32_MAX || a->dilation[i] > INT32_MAX || a->output_pad[i] > INT32_MAX)
			return xfail(x, "stride, padding and dilation of a convolution must be below 2147483648");
	shape_text(input->sizes, input->ndim, in_text);
	shape_text(weight->sizes, weight->ndim, w_text);
	if (weight->ndim != input->ndim)
		return xfail(x, "Expected %d-dimensional input for %d-dimensional weight %s, but got %d-dimensional input of size %s "
			"instead", weight->ndim, weight->ndim, w_text, input->ndim, in_text);
	if (weight->sizes[0] < a->groups)
		return xfail(x, "Given groups=%" PRId64 ", expected weight to be at least %" PRId64
			" at dimension 0, but got weight of size %s instead", a->groups, a->groups, w_text);
	if (weight->sizes[0] % a->groups != 0)
		return xfail(x, "Given groups=%" PRId64 ", expected weight to be divisible by %" PRId64
			" at dimension 0, but got weight of size [%s] instead", a->groups, a->groups, w_text);
	int64_t channels = a->transposed ? weight->sizes[0] : weight->sizes[1] * a->groups;
	int64_t results = a->transposed ? weight->sizes[1] * a->groups : weight->sizes[0];
	if (input->sizes[1] != channels)
		return a->transposed ? xfail(x, "Given transposed=1, weight of size %s, expected input%s to have %" PRId64
			" channels, but got %" PRId64 " channels instead", w_text, in_text, channels, input->sizes[1]) :
			xfail(x, "Given groups=%" PRId64 ", weight of size %s, expected input%s to have %" PRId64
			" channels, but got %" PRId64 " channels instead", a->groups, w_text, in_text, channels, input->sizes[1]);
	if (bias && (bias->ndim != 1 || bias->sizes[0] != results))
		return xfail(x, "Given %sweight of size %s, expected bias to be 1-dimensional with %" PRId64
			" elements, but got bias of size %s instead", a->transposed ? "transposed=1, " : "", w_text, results,
			shape_text(bias->sizes, bias->ndim, in_text));
	for (int i = 0; i < nd; i++)
		if (weight->sizes[2 + i] <= 0)
			return nd == 2 ? xfail(x, "kernel size should be greater than zero, but got kernel_height: %" PRId64
				" kernel_width: %" PRId64, weight->sizes[2], weight->sizes[3]) :
				xfail(x, "kernel size should be greater than zero, but got weight of size %s", w_text);
	if (input->dtype != weight->dtype)
		return xfail(x, "expected scalar type %s but found %s", dtype_class_name(tensor_dtype(input)),
			dtype_class_name(tensor_dtype(weight)));
	if (bias && bias->dtype != input->dtype)
		return xfail(x, "Input type (%s) and bias type (%s) should be the same", dtype_meta_name(tensor_dtype(input)),
			dtype_meta_name(tensor_dtype(bias)));
	return product_dtype_check(x, input, a->transposed ? "slow_conv_transpose2d_cpu" : "slow_conv2d_cpu");
}

static void sizes_text(const int64_t *v, int n, char buf[SHAPE_TEXT])
{
	int at = 0;
	for (int i = 0; i < n && at < SHAPE_TEXT - 32; i++)
		at += snprintf(buf + at, (size_t)(SHAPE_TEXT - at), "%s%" PRId64, i ? " x " : "", v[i]);
}

static Status output_sizes(Exec *x, const Tensor *input, const Tensor *weight, const ConvArgs *a, int64_t *out)
{
	char p[SHAPE_TEXT], k[SHAPE_TEXT];
	int nd = a->nd;
	int64_t padded[3], reach[3];
	bool ok = true;
	for (int i = 0; i < nd; i++) {
		int64_t in = input->sizes[2 + i], kernel = weight->sizes[2 + i];
		padded[i] = in + 2 * a->pad[i] + a->pad_end[i];
		if (__builtin_mul_overflow(a->dilation[i], kernel - 1, &reach[i]) || reach[i] > INT64_MAX / 4)
			return xfail(x, "the kernel of the convolution reaches too far");
		if (a->transposed) {
			if (a->output_pad[i] >= a->stride[i] && a->output_pad[i] >= a->dilation[i])
				return nd == 2 ? xfail(x, "output padding must be smaller than either stride or dilation, but got "
					"output_padding_height: %" PRId64 " output_padding_width: %" PRId64 " stride_height: %" PRId64
					" stride_width: %" PRId64 " dilation_height: %" PRId64 " dilation_width: %" PRId64,
					a->output_pad[0], a->output_pad[1], a->stride[0], a->stride[1], a->dilation[0],
					a->dilation[1]) :
					xfail(x, "output padding must be smaller than either stride or dilation, but got "
					"output_padding: %" PRId64 " stride: %" PRId64 " dilation: %" PRId64, a->output_pad[i],
					a->stride[i], a->dilation[i]);
			int64_t spread;
			if (__builtin_mul_overflow(in - 1, a->stride[i], &spread) || spread > INT64_MAX / 4)
				return xfail(x, "the result of the convolution is too large");
			out[i] = spread - 2 * a->pad[i] + reach[i] + a->output_pad[i] + 1;
			ok = ok && out[i] > 0;
		} else {
			ok = ok && padded[i] >= reach[i] + 1;
			out[i] = (padded[i] - reach[i] - 1) / a->stride[i] + 1;
		}
	}
	if (ok)
		return STATUS_OK;
	if (a->transposed) {
		sizes_text(input->sizes + 2, nd, p);
		sizes_text(out, nd, k);
		return xfail(x, "Given input size per channel: (%s). Calculated output size per channel: (%s). Output size is too small",
			p, k);
	}
	for (int i = 0; i < nd; i++)
		reach[i]++;
	sizes_text(padded, nd, p);
	sizes_text(reach, nd, k);
	return xfail(x, "Calculated padded input size per channel: (%s). Kernel size: (%s). Kernel size can't be greater than "
		"actual input size", p, k);
}

Status cpu_convolution(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, const ConvArgs *a, Tensor **out)
{
	TRY(convolution_check(x, input, weight, bias, a));
	int nd = a->nd;
	int64_t sizes[5] = {input->sizes[0], a->transposed ? weight->sizes[1] * a->groups : weight->sizes[0]};
	TRY(output_sizes(x, input, weight, a, sizes + 2));
	ConvShape s = {.batch = input->sizes[0], .in_channels = input->sizes[1], .out_channels = sizes[1], .groups = a->groups,
		.in = {1, 1, 1}, .kernel = {1, 1, 1}, .out = {1, 1, 1}, .stride = {1, 1, 1}, .dilation = {1, 1, 1},
		.transposed = a->transposed};
	for (int i = 0; i < nd; i++) {
		int at = 3 - nd + i;
		s.in[at] = input->sizes[2 + i];
		s.kernel[at] = weight->sizes[2 + i];
		s.out[at] = sizes[2 + i];
		s.stride[at] = a->stride[i];
		s.pad[at] = a->pad[i];
		s.dilation[at] = a->dilation[i];
	}
	DType d = tensor_dtype(input);
	DType work = d == DT_F16 || d == DT_BF16 ? DT_F32 : d;
	bool last = (tensor_is_channels_last(input) && !tensor_is_contiguous(input)) ||
		(tensor_is_channels_last(weight) && !tensor_is_contiguous(weight));
	Tensor *in = NULL, *w = NULL, *b = NULL, *c = NULL;
	Status status = cpu_prepare(x, input, work, &in);
	if (status == STATUS_OK)
		status = cpu_prepare(x, weight, work, &w);
	if (status == STATUS_OK && bias)
		status = cpu_prepare(x, bias, work, &b);
	if (status == STATUS_OK)
		status = tensor_empty(work, sizes, nd + 2, &c, x->err);
	if (status == STATUS_OK)
		status = conv_run(work, &s, tensor_data(in), tensor_data(w), b ? tensor_data(b) : NULL, tensor_data(c), x->err);
	tensor_unref(&in);
	tensor_unref(&w);
	tensor_unref(&b);
	if (status == STATUS_OK && (work != d || (last && nd >= 2))) {
		Tensor *result = NULL;
		int64_t strides[5];
		if (last && nd >= 2)
			channels_last_strides(sizes, nd + 2, strides);
		else
			contiguous_strides(sizes, nd + 2, strides);
		status = tensor_empty_strided(d, sizes, strides, nd + 2, &result, x->err);
		if (status == STATUS_OK)
			status = cpu_copy(x, result, c);
		tensor_unref(&c);
		c = result;
	}
	if (status != STATUS_OK)
		tensor_unref(&c);
	*out = c;
	return status;
}

Status cpu_conv_nd(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, const ConvArgs *a, const char *name,
	Tensor **out)
{
	char text[SHAPE_TEXT];
	int nd = a->nd;
	if (input->ndim != nd + 1 && input->ndim != nd + 2)
		return xfail(x, "Expected %dD (unbatched) or %dD (batched) input to %s, but got input of size: %s", nd + 1, nd + 2,
			name, shape_text(input->sizes, input->ndim, text));
	if (input->ndim == nd + 2)
		return cpu_convolution(x, input, weight, bias, a, out);
	Tensor *one = view_unsqueeze(input, 0), *c = NULL;
	Status s = cpu_convolution(x, one, weight, bias, a, &c);
	tensor_unref(&one);
	TRY(s);
	*out = view_squeeze_dim(c, 0);
	tensor_unref(&c);
	return STATUS_OK;
}

// ---- conv1d … conv3d: (input, weight, bias, stride, padding, dilation, groups)

// padding='same' or 'valid' into a->pad, a->pad_end.
static Status string_padding(Exec *x, const char *mode, const Tensor *weight, ConvArgs *a)
{
	if (!strcmp(mode, "valid"))
		return STATUS_OK;
	if (strcmp(mode, "same") != 0)
		return xfail(x, "Invalid padding string: '%s'", mode);
	for (int i = 0; i < a->nd; i++)
		if (a->stride[i] != 1)
			return xfail(x, "padding='same' is not supported for strided convolutions");
	for (int i = 0; i < a->nd && 2 + i < weight->ndim; i++) {
		int64_t total;
		if (a->dilation[i] < 1 || __builtin_mul_overflow(a->dilation[i], weight->sizes[2 + i] - 1, &total) || total < 0 ||
			total > INT32_MAX)
			return xfail(x, "padding='same' needs a positive dilation and a kernel of reasonable size");
		a->pad[i] = total / 2;
		a->pad_end[i] = total - 2 * (total / 2);
	}
	return STATUS_OK;
}

static Status conv_op(Exec *x, const IValue *args, int nd, const char *name, IValue *rets)
{
	const Tensor *input = arg_tensor(args[0]), *weight = arg_tensor(args[1]), *bias = arg_tensor(args[2]);
	ConvArgs a = {.nd = nd, .groups = arg_int(args[6])};
	TRY(expand_param(x, args[3], nd, "stride", a.stride));
	TRY(expand_param(x, args[5], nd, "dilation", a.dilation));
	if (args[4].tag == TAG_STR)
		TRY(string_padding(x, arg_str(args[4]), weight, &a));
	else
		TRY(expand_param(x, args[4], nd, "padding", a.pad));
	Tensor *out;
	TRY(cpu_conv_nd(x, input, weight, bias, &a, name, &out));
	return ret_tensor(rets, out);
}

KERNEL(conv1d) { return conv_op(x, args, 1, "conv1d", rets); }
KERNEL(conv2d) { return conv_op(x, args, 2, "conv2d", rets); }
KERNEL(conv3d) { return conv_op(x, args, 3, "conv3d", rets); }
KERNEL(conv1d_padding) { return conv_op(x, args, 1, "conv1d", rets); }
KERNEL(conv2d_padding) { return conv_op(x, args, 2, "conv2d", rets); }
KERNEL(conv3d_padding) { return conv_op(x, args, 3, "conv3d", rets); }

// (input, weight, bias, stride, padding, output_padding, groups, dilation)
static Status conv_transpose_op(Exec *x, const IValue *args, int nd, const char *name, IValue *rets)
{
	ConvArgs a = {.nd = nd, .groups = arg_int(args[6]), .transposed = true};
	TRY(expand_param(x, args[3], nd, "stride", a.stride));
	TRY(expand_param(x, args[4], nd, "padding", a.pad));
	TRY(expand_param(x, args[5], nd, "output_padding", a.output_pad));
	TRY(expand_param(x, args[7], nd, "dilation", a.dilation));
	Tensor *out;
	TRY(cpu_conv_nd(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_tensor(args[2]), &a, name, &out));
	return ret_tensor(rets, out);
}

KERNEL(conv_transpose1d) { return conv_transpose_op(x, args, 1, "conv_transpose1d", rets); }
KERNEL(conv_transpose2d_input) { return conv_transpose_op(x, args, 2, "conv_transpose2d", rets); }
KERNEL(conv_transpose3d_input) { return conv_transpose_op(x, args, 3, "conv_transpose3d", rets); }

// ---- the general form: (input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, …)

KERNEL(convolution)
{
	const Tensor *input = arg_tensor(args[0]), *weight = arg_tensor(args[1]);
	int nd = weight->ndim - 2;
	if (nd < 1 || nd > 3)
		return xfail(x, "weight should have at least three dimensions and at most five, but has %d", weight->ndim);
	ConvArgs a = {.nd = nd, .groups = arg_int(args[8]), .transposed = arg_bool(args[6])};
	TRY(expand_param(x, args[3], nd, "stride", a.stride));
	TRY(expand_param(x, args[4], nd, "padding", a.pad));
	TRY(expand_param(x, args[5], nd, "dilation", a.dilation));
	TRY(expand_param(x, args[7], nd, "output_padding", a.output_pad));
	Tensor *out;
	// old traces give unbatched images to it as well
	if (input->ndim == nd + 1)
		TRY(cpu_conv_nd(x, input, weight, arg_tensor(args[2]), &a, "convolution", &out));
	else
		TRY(cpu_convolution(x, input, weight, arg_tensor(args[2]), &a, &out));
	return ret_tensor(rets, out);
}

KERNEL(_convolution) { return op_convolution(x, args, nargs, rets); }
KERNEL(_convolution_deprecated) { return op_convolution(x, args, nargs, rets); }
KERNEL(convolution_overrideable) { return op_convolution(x, args, nargs, rets); }

KERNEL(_convolution_mode) // (input, weight, bias, stride, padding: str, dilation, groups)
{
	int nd = arg_tensor(args[1])->ndim - 2;
	if (nd < 1 || nd > 3)
		return xfail(x, "weight should have at least three dimensions and at most five, but has %d", nd + 2);
	return conv_op(x, args, nd, "_convolution_mode", rets);
}

// ---- names for single implementations: (self, weight, kernel_size, bias, stride, padding[, …])

static Status slow_op(Exec *x, const IValue *args, int nd, bool transposed, int output_padding, int dilation, IValue *rets)
{
	const Tensor *weight = arg_tensor(args[1]);
	ConvArgs a = {.nd = nd, .groups = 1, .transposed = transposed, .dilation = {1, 1, 1}};
	int64_t kernel[3];
	TRY(expand_param(x, args[2], nd, "kernel_size", kernel));
	TRY(expand_param(x, args[4], nd, "stride", a.stride));
	TRY(expand_param(x, args[5], nd, "padding", a.pad));
	if (output_padding)
		TRY(expand_param(x, args[output_padding], nd, "output_padding", a.output_pad));
	if (dilation)
		TRY(expand_param(x, args[dilation], nd, "dilation", a.dilation));
	Tensor *flat = NULL, *out;
	if (weight->ndim == 2) { // (O, C·kernel)
		int64_t volume = 1, sizes[5] = {weight->sizes[0], -1};
		for (int i = 0; i < nd; i++) {
			sizes[2 + i] = kernel[i];
			volume *= kernel[i] > 0 ? kernel[i] : 1;
		}
		sizes[1] = weight->sizes[1] / volume;
		TRY(view_reshape(x, weight, sizes, nd + 2, &flat));
		weight = flat;
	}
	Status s = cpu_conv_nd(x, arg_tensor(args[0]), weight, arg_tensor(args[3]), &a, "convolution", &out);
	tensor_unref(&flat);
	TRY(s);
	return ret_tensor(rets, out);
}

KERNEL(_slow_conv2d_forward) { return slow_op(x, args, 2, false, 0, 0, rets); }
KERNEL(thnn_conv2d) { return slow_op(x, args, 2, false, 0, 0, rets); }
KERNEL(slow_conv3d) { return slow_op(x, args, 3, false, 0, 0, rets); }
KERNEL(slow_conv3d_forward) { return slow_op(x, args, 3, false, 0, 0, rets); }
KERNEL(slow_conv_dilated2d) { return slow_op(x, args, 2, false, 0, 6, rets); }
KERNEL(slow_conv_dilated3d) { return slow_op(x, args, 3, false, 0, 6, rets); }
KERNEL(slow_conv_transpose2d) { return slow_op(x, args, 2, true, 6, 7, rets); }
KERNEL(slow_conv_transpose3d) { return slow_op(x, args, 3, true, 6, 7, rets); }

static Status depthwise_op(Exec *x, const IValue *args, int nd, IValue *rets)
{
	const Tensor *self = arg_tensor(args[0]);
	ConvArgs a = {.nd = nd, .groups = self->ndim > nd ? self->sizes[self->ndim - nd - 1] : 1};
	TRY(expand_param(x, args[4], nd, "stride", a.stride));
	TRY(expand_param(x, args[5], nd, "padding", a.pad));
	TRY(expand_param(x, args[6], nd, "dilation", a.dilation));
	Tensor *out;
	TRY(cpu_conv_nd(x, self, arg_tensor(args[1]), arg_tensor(args[3]), &a, "convolution", &out));
	return ret_tensor(rets, out);
}

KERNEL(_conv_depthwise2d) { return depthwise_op(x, args, 2, rets); }
KERNEL(conv_depthwise3d) { return depthwise_op(x, args, 3, rets); }

KERNEL(_nnpack_available)
{
	rets[0] = iv_bool(false);
	return STATUS_OK;
}

KERNEL(_nnpack_spatial_convolution) // (input, weight, bias, padding, stride)
{
	ConvArgs a = {.nd = 2, .groups = 1, .dilation = {1, 1, 1}};
	TRY(expand_param(x, args[3], 2, "padding", a.pad));
	TRY(expand_param(x, args[4], 2, "stride", a.stride));
	Tensor *out;
	TRY(cpu_conv_nd(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_tensor(args[2]), &a, "conv2d", &out));
	return ret_tensor(rets, out);
}

KERNEL(conv_tbc) // time × batch × channels; weight (kernel, in, out)
{
	const Tensor *self = arg_tensor(args[0]), *weight = arg_tensor(args[1]), *bias = arg_tensor(args[2]);
	if (self->ndim != 3)
		return xfail(x, "Input must have 3 dims: time, batch, in_channel");
	if (weight->ndim != 3)
		return xfail(x, "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.");
	if (bias->ndim != 1)
		return xfail(x, "Bias must be 1-D");
	if (weight->sizes[1] != self->sizes[2])
		return xfail(x, "Input dim 2 (input channels) is not == dim 1 in the weight tensor");
	if (weight->sizes[2] != bias->sizes[0])
		return xfail(x, "Bias size must equal dim 2 in the weight tensor (output channels).");
	ConvArgs a = {.nd = 1, .groups = 1, .stride = {1}, .dilation = {1}, .pad = {arg_int(args[3])}};
	Tensor *in = NULL, *w = NULL, *c = NULL, *turned = NULL, *out = NULL;
	Status s = view_permute(x, self, (int64_t[]){1, 2, 0}, 3, &in);
	if (s == STATUS_OK)
		s = view_permute(x, weight, (int64_t[]){2, 1, 0}, 3, &w);
	if (s == STATUS_OK)
		s = cpu_convolution(x, in, w, bias, &a, &c);
	if (s == STATUS_OK)
		s = view_permute(x, c, (int64_t[]){2, 0, 1}, 3, &turned);
	if (s == STATUS_OK)
		s = cpu_contiguous(x, turned, &out);
	tensor_unref(&in);
	tensor_unref(&w);
	tensor_unref(&c);
	tensor_unref(&turned);
	TRY(s);
	return ret_tensor(rets, out);
}
