// SPDX-License-Identifier: BSD-3-Clause
// Quantised convolutions in one to three dimensions, transposed or not.
//
// Activations are laid out channels-last and centred on their zero point, so that padding is zero and the taps of
// a window are runs of memory.  Blocks of output pixels gather their windows into rows and multiply them with the
// weights; depthwise layers add tap after tap over all channels instead; 1×1 layers multiply in place.
// Everything is treated as three-dimensional with leading sizes of 1.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/packed.h"
#include "backends/cpu/quant_linear.h"
#include "backends/cpu/view.h"

enum { PIXELS = 32 };

typedef struct QConv {
	int64_t batch, groups, cin, cout;   // channels of all groups
	int64_t in[3], out[3], kernel[3], stride[3], pad[3], dilation[3];
	bool transpose, depthwise, direct;  // direct: a 1×1 window over every pixel
	int64_t taps, depth;                // depth of a product: taps · channels of a group
	const int16_t *x;                   // batch, spatial, cin
	const int8_t *w;                    // cout, taps, cin/groups; depthwise: taps, cout
	const QuantKernels *k;
	const QuantStore *store;
	void *result;
	int16_t *patches;                   // a block's rows, for each thread
	int32_t *sums;                      // likewise
} QConv;

// The input coordinate that tap t of output o reads; negative when it falls outside or between.
static int64_t source(const QConv *c, int i, int64_t o, int64_t t)
{
	int64_t at;
	if (c->transpose) {
		at = o + c->pad[i] - t * c->dilation[i];
		if (at < 0 || at % c->stride[i])
			return -1;
		at /= c->stride[i];
	} else {
		at = o * c->stride[i] - c->pad[i] + t * c->dilation[i];
	}
	return at < c->in[i] ? at : -1;
}

static void pixel_place(const QConv *c, int64_t pixel, int64_t *b, int64_t o[3])
{
	for (int i = 2; i >= 0; i--) {
		o[i] = pixel % c->out[i];
		pixel /= c->out[i];
	}
	*b = pixel;
}

// The window's taps that exist, one after another: where each reads, or -1.
static int64_t tap_source(const QConv *c, int64_t b, const int64_t o[3], int64_t tap)
{
	int64_t t2 = tap % c->kernel[2], t1 = tap / c->kernel[2] % c->kernel[1], t0 = tap / c->kernel[2] / c->kernel[1];
	int64_t z = source(c, 0, o[0], t0), y = z < 0 ? -1 : source(c, 1, o[1], t1), x = y < 0 ? -1 : source(c, 2, o[2], t2);
	return x < 0 ? -1 : ((b * c->in[0] + z) * c->in[1] + y) * c->in[2] + x;
}

static void gather(const QConv *c, int64_t b, const int64_t o[3], int64_t group, int16_t *row)
{
	int64_t n = c->cin / c->groups;
	for (int64_t t = 0; t < c->taps; t++, row += n) {
		int64_t from = tap_source(c, b, o, t);
		if (from < 0)
			memset(row, 0, (size_t)n * sizeof *row);
		else
			memcpy(row, c->x + from * c->cin + group * n, (size_t)n * sizeof *row);
	}
}

static void pixels_run(void *arg, int64_t begin, int64_t end)
{
	const QConv *c = arg;
	int64_t total = c->batch * c->out[0] * c->out[1] * c->out[2], nout = c->cout / c->groups, nin = c->cin / c->groups;
	int16_t *patches = c->patches + (int64_t)thread_index() * PIXELS * c->depth;
	int32_t *sums = c->sums + (int64_t)thread_index() * PIXELS * nout;
	for (int64_t block = begin; block < end; block++) {
		int64_t first = block * PIXELS, n = total - first < PIXELS ? total - first : PIXELS;
		for (int64_t g = 0; g < c->groups; g++) {
			const int16_t *rows = patches;
			int64_t ld = c->depth;
			if (c->direct) {
				rows = c->x + first * c->cin + g * nin;
				ld = c->cin;
			} else {
				for (int64_t p = 0; p < n; p++) {
					int64_t b, o[3];
					pixel_place(c, first + p, &b, o);
					gather(c, b, o, g, patches + p * c->depth);
				}
			}
			c->k->gemm_block(rows, ld, n, c->w + g * nout * c->depth, c->depth, nout, c->depth, sums, nout);
			for (int64_t p = 0; p < n; p++)
				quant_store_row(c->k, c->store, sums + p * nout, g * nout, nout,
					c->store->shift ? quant_row_sum(rows + p * ld, c->depth) : 0, c->result,
					(first + p) * c->cout + g * nout);
		}
	}
}

// One channel a group and as many out as in: the row of sums has no common activations, so weights whose zero
// points are not 0 go the general way.
static void depthwise_run(void *arg, int64_t begin, int64_t end)
{
	const QConv *c = arg;
	int32_t *sums = c->sums + (int64_t)thread_index() * c->cout;
	for (int64_t pixel = begin; pixel < end; pixel++) {
		int64_t b, o[3];
		pixel_place(c, pixel, &b, o);
		memset(sums, 0, (size_t)c->cout * sizeof *sums);
		for (int64_t t = 0; t < c->taps; t++) {
			int64_t from = tap_source(c, b, o, t);
			if (from >= 0)
				c->k->tap_row(sums, c->x + from * c->cin, c->w + t * c->cout, c->cout);
		}
		quant_store_row(c->k, c->store, sums, 0, c->cout, 0, c->result, pixel * c->cout);
	}
}

static Status conv_run(Exec *x, QConv *c)
{
	int64_t pixels = c->batch * c->out[0] * c->out[1] * c->out[2], nout = c->cout / c->groups, threads = threads_get();
	if (!pixels || !c->cout)
		return STATUS_OK;
	Tensor *patches = NULL, *sums = NULL;
	int64_t np = c->depthwise || c->direct ? 1 : threads * PIXELS * c->depth;
	int64_t ns = c->depthwise ? threads * c->cout : threads * PIXELS * nout;
	Status s = tensor_empty(DT_I16, &np, 1, &patches, x->err);
	if (s == STATUS_OK)
		s = tensor_empty(DT_I32, &ns, 1, &sums, x->err);
	if (s == STATUS_OK) {
		c->patches = tensor_data(patches);
		c->sums = tensor_data(sums);
		if (c->depthwise) {
			int64_t work = c->taps * c->cout + 1;
			parallel_for(pixels, work < 50000 ? 50000 / work + 1 : 1, depthwise_run, c);
		} else {
			int64_t work = PIXELS * (c->depth + 1) * c->cout;
			parallel_for((pixels + PIXELS - 1) / PIXELS, work < 200000 ? 200000 / work + 1 : 1, pixels_run, c);
		}
	}
	tensor_unref(&patches);
	tensor_unref(&sums);
	return s;
}

// ---- shapes and layouts

static Status conv_shape(Exec *x, const Tensor *in, const PackedConv *p, QConv *c)
{
	const Tensor *w = p->weight;
	int nd = p->nd, lead = 3 - nd;
	*c = (QConv){.batch = in->sizes[0], .groups = p->groups, .cin = in->sizes[1], .transpose = p->transpose, .taps = 1,
		.k = quant_kernels()};
	c->cout = p->transpose ? w->sizes[1] * p->groups : w->sizes[0];
	int64_t want = p->transpose ? w->sizes[0] : w->sizes[1] * p->groups;
	if (c->cin != want)
		return xfail(x, "Given groups=%lld, expected input to have %lld channels, but got %lld channels instead",
			(long long)p->groups, (long long)want, (long long)c->cin);
	bool plain = !p->transpose;
	for (int i = 0; i < 3; i++) {
		int j = i - lead;
		c->in[i] = j < 0 ? 1 : in->sizes[2 + j];
		c->kernel[i] = j < 0 ? 1 : w->sizes[2 + j];
		c->stride[i] = j < 0 ? 1 : p->stride[j];
		c->pad[i] = j < 0 ? 0 : p->padding[j];
		c->dilation[i] = j < 0 ? 1 : p->dilation[j];
		if (c->kernel[i] < 1 || c->kernel[i] > INT32_MAX || c->in[i] > INT32_MAX)
			return xfail(x, "quantized convolution: a size is out of range");
		int64_t span = c->dilation[i] * (c->kernel[i] - 1) + 1;
		c->out[i] = p->transpose ? (c->in[i] - 1) * c->stride[i] - 2 * c->pad[i] + span + (j < 0 ? 0 : p->output_padding[j])
			: (c->in[i] + 2 * c->pad[i] - span) / c->stride[i] + 1;
		if (c->out[i] < 1 || (!p->transpose && c->in[i] + 2 * c->pad[i] < span))
			return xfail(x, "[QConv%dD] each dimension of output tensor should be greater than 0", nd);
		c->taps *= c->kernel[i];
		plain = plain && c->kernel[i] == 1 && c->stride[i] == 1 && c->pad[i] == 0;
	}
	c->depth = c->taps * (c->cin / c->groups);
	c->direct = plain;
	c->depthwise = c->groups == c->cin && c->cout == c->cin && c->groups > 1;
	return STATUS_OK;
}

// A contiguous copy of t (as stored) with its dimensions in another order.
static Status permuted(Exec *x, const Tensor *t, const int *order, Tensor **out)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	for (int i = 0; i < t->ndim; i++) {
		sizes[i] = t->sizes[order[i]];
		strides[i] = t->strides[order[i]];
	}
	Tensor *v = tensor_view(t, sizes, strides, t->ndim, t->offset);
	Status s = cpu_contiguous(x, v, out);
	tensor_unref(&v);
	return s;
}

// Weights as cout × taps × (cin/groups), or taps × cout for depthwise layers.
static Status conv_weight(Exec *x, const PackedConv *p, const QConv *c, Tensor **out)
{
	Tensor *w = quant_stored(p->weight), *v = w;
	int nd = p->nd, order[6], n = 0;
	if (p->transpose) { // (groups, cin/groups, cout/groups, taps)
		int64_t sizes[6] = {c->groups, c->cin / c->groups, w->sizes[1]};
		int64_t strides[6] = {w->strides[0] * (c->cin / c->groups), w->strides[0], w->strides[1]};
		for (int i = 0; i < nd; i++) {
			sizes[3 + i] = w->sizes[2 + i];
			strides[3 + i] = w->strides[2 + i];
		}
		v = tensor_view(w, sizes, strides, nd + 3, w->offset);
		tensor_unref(&w);
		order[n++] = 0;
		order[n++] = 2;
		for (int i = 0; i < nd; i++)
			order[n++] = 3 + i;
		order[n++] = 1;
	} else {
		order[n++] = 0;
		for (int i = 0; i < nd; i++)
			order[n++] = 2 + i;
		order[n++] = 1;
	}
	if (c->depthwise) { // one channel a group: the last is of size 1, so only the first has to move
		int first = order[0], second = order[1];
		if (p->transpose) {
			memmove(order, order + 2, sizeof *order * (size_t)(n - 2));
			order[n - 2] = first;
			order[n - 1] = second;
		} else {
			memmove(order, order + 1, sizeof *order * (size_t)(n - 1));
			order[n - 1] = first;
		}
	}
	Status s = permuted(x, v, order, out);
	tensor_unref(&v);
	return s;
}

// Channel scales; a transposed layer's are the same for every group.
static Status conv_scales(Exec *x, const PackedConv *p, const QConv *c, QuantScales *out)
{
	TRY(quant_scales_of(x, p->weight, p->transpose ? 1 : 0, out));
	int64_t n = out->n;
	if (n == c->cout)
		return STATUS_OK;
	out->scale = xrealloc(out->scale, (size_t)c->cout * sizeof *out->scale);
	out->zero_point = xrealloc(out->zero_point, (size_t)c->cout * sizeof *out->zero_point);
	for (int64_t i = n; i < c->cout; i++) {
		out->scale[i] = out->scale[i - n];
		out->zero_point[i] = out->zero_point[i - n];
	}
	out->n = c->cout;
	return STATUS_OK;
}

typedef struct ConvCall {
	bool one;                  // an op for one dimension, run on images of height 1
	bool relu, to_float;
	double scale;
	int64_t zero_point;
	const Tensor *add;         // NULL or a quantised tensor of the result's shape
} ConvCall;

static Status lay_out_addend(Exec *x, const Tensor *add, const int *order, const QConv *c, int nd, double scale, QuantStore *store,
	Tensor **out)
{
	TRY(quant_want_bytes(x, add, "quantized::conv_add"));
	if (tensor_dtype(add) != DT_QU8 || add->ndim != nd + 2 || add->numel != c->batch * c->cout * c->out[0] * c->out[1] * c->out[2])
		return xfail(x, "quantized::conv_add: the accumulator must be quint8 and have the shape of the output");
	Tensor *stored = quant_stored(add);
	Status s = permuted(x, stored, order, out);
	tensor_unref(&stored);
	TRY(s);
	store->add = tensor_data(*out);
	store->add_zero = (int)add->quant->zero_point;
	store->add_scale = (float)(add->quant->scale / scale);
	return STATUS_OK;
}

// in: quantised, batched, of nd + 2 dimensions.
static Status convolve(Exec *x, const Tensor *in, const PackedConv *p, ConvCall call, Tensor **out)
{
	TRY(quant_want_bytes(x, in, "quantized::conv"));
	QConv c;
	DType d = call.to_float ? DT_F32 : tensor_dtype(in);
	QuantStore store = {.relu = call.relu};
	TRY(conv_shape(x, in, p, &c));
	if (!call.to_float)
		TRY(quant_output(x, d, call.scale, call.zero_point, call.relu, &store));
	int nd = p->nd, order[6] = {0}, n = 1;
	for (int i = 0; i < nd; i++)
		order[n++] = 2 + i;
	order[n] = 1;
	Tensor *stored = quant_stored(in), *last = NULL, *whole = NULL, *a = NULL, *w = NULL, *r = NULL, *add = NULL;
	QuantScales scales = {0};
	float *vectors = NULL;
	Quantizer *q = quantizer_per_tensor(call.scale, call.zero_point);
	Status s = permuted(x, stored, order, &last);
	if (s == STATUS_OK) {
		whole = quant_over(last, tensor_dtype(in), in->quant);
		s = quant_center(x, whole, &a);
	}
	if (s == STATUS_OK)
		s = conv_scales(x, p, &c, &scales);
	if (s == STATUS_OK && scales.shifted)
		c.depthwise = false;
	if (s == STATUS_OK)
		s = conv_weight(x, p, &c, &w);
	if (s == STATUS_OK) { // channels-last result
		int64_t sizes[5] = {c.batch, c.cout}, strides[5], run = c.cout;
		for (int i = nd - 1; i >= 0; i--) {
			sizes[2 + i] = c.out[3 - nd + i];
			strides[2 + i] = run;
			run *= sizes[2 + i];
		}
		strides[0] = run;
		strides[1] = 1;
		s = tensor_empty_strided(d, sizes, strides, nd + 2, &r, x->err);
	}
	if (s == STATUS_OK && call.add)
		s = lay_out_addend(x, call.add, order, &c, nd, call.scale, &store, &add);
	if (s == STATUS_OK) {
		if (!call.to_float)
			r->quant = quantizer_ref(q);
		vectors = quant_store_vectors(&scales, p->bias, (float)in->quant->scale, call.to_float ? 0 : (float)call.scale, &store);
		c.x = tensor_data(a);
		c.w = tensor_data(w);
		c.store = &store;
		c.result = tensor_data(r);
		s = conv_run(x, &c);
	}
	free(vectors);
	quant_scales_free(&scales);
	quantizer_unref(&q);
	tensor_unref(&stored);
	tensor_unref(&last);
	tensor_unref(&whole);
	tensor_unref(&a);
	tensor_unref(&w);
	tensor_unref(&add);
	if (s != STATUS_OK)
		tensor_unref(&r);
	*out = r;
	return s;
}

// Adds or drops the height of 1 that stands for one dimension.
static Tensor *with_height(const Tensor *t)
{
	int64_t sizes[4] = {t->sizes[0], t->sizes[1], 1, t->sizes[2]}, strides[4] = {t->strides[0], t->strides[1], t->strides[2],
		t->strides[2]};
	return tensor_view(t, sizes, strides, 4, t->offset);
}

static Tensor *without_height(const Tensor *t)
{
	int64_t sizes[3] = {t->sizes[0], t->sizes[1], t->sizes[3]}, strides[3] = {t->strides[0], t->strides[1], t->strides[3]};
	return tensor_view(t, sizes, strides, 3, t->offset);
}

static Status conv_op(Exec *x, const Tensor *in, IValue packed, ConvCall call, IValue *rets)
{
	PackedConv p;
	TRY(packed_conv(x, packed, &p));
	int want = call.one ? 3 : p.nd + 2;
	if (in->ndim != want)
		return xfail(x, "Expected activation tensor to have %d dimensions, got %d", want, in->ndim);
	Tensor *t = call.one ? with_height(in) : tensor_ref((Tensor *)(uintptr_t)in), *r = NULL;
	Status s = convolve(x, t, &p, call, &r);
	tensor_unref(&t);
	TRY(s);
	if (call.one) {
		t = without_height(r);
		tensor_unref(&r);
		r = t;
	}
	return ret_tensor(rets, r);
}

#define STATIC_CONV(NAME, ONE, RELU)                                                                            \
	KERNEL(NAME)                                                                                            \
	{                                                                                                       \
		return conv_op(x, arg_tensor(args[0]), args[1], (ConvCall){.one = ONE, .relu = RELU,            \
			.scale = arg_float(args[2]), .zero_point = arg_int(args[3])}, rets);                    \
	}
STATIC_CONV(quantized_conv1d, true, false)
STATIC_CONV(quantized_conv1d_relu, true, true)
STATIC_CONV(quantized_conv2d_new, false, false)
STATIC_CONV(legacy_quantized_conv2d, false, false)
STATIC_CONV(quantized_conv2d_relu_new, false, true)
STATIC_CONV(legacy_quantized_conv2d_relu, false, true)
STATIC_CONV(quantized_conv3d_new, false, false)
STATIC_CONV(legacy_quantized_conv3d, false, false)
STATIC_CONV(quantized_conv3d_relu_new, false, true)
STATIC_CONV(legacy_quantized_conv3d_relu, false, true)
STATIC_CONV(quantized_conv_transpose1d, true, false)
STATIC_CONV(legacy_quantized_conv_transpose1d, true, false)
STATIC_CONV(quantized_conv_transpose2d, false, false)
STATIC_CONV(legacy_quantized_conv_transpose2d, false, false)
STATIC_CONV(quantized_conv_transpose3d, false, false)

// The old form repeats stride, padding, dilation and groups, which the weights know as well.
#define OLD_CONV(NAME, RELU)                                                                                    \
	KERNEL(NAME)                                                                                            \
	{                                                                                                       \
		return conv_op(x, arg_tensor(args[0]), args[1], (ConvCall){.relu = RELU, .scale = arg_float(args[6]), \
			.zero_point = arg_int(args[7])}, rets);                                                 \
	}
OLD_CONV(quantized_conv2d, false)
OLD_CONV(quantized_conv2d_relu, true)
OLD_CONV(quantized_conv3d, false)
OLD_CONV(quantized_conv3d_relu, true)

#define ADD_CONV(NAME, RELU)                                                                                    \
	KERNEL(NAME)                                                                                            \
	{                                                                                                       \
		return conv_op(x, arg_tensor(args[0]), args[2], (ConvCall){.relu = RELU, .scale = arg_float(args[3]), \
			.zero_point = arg_int(args[4]), .add = arg_tensor(args[1])}, rets);                     \
	}
ADD_CONV(quantized_conv2d_add, false)
ADD_CONV(quantized_conv2d_add_relu, true)

static Status dynamic_conv(Exec *x, const IValue *args, bool one, IValue *rets)
{
	Tensor *q;
	TRY(quant_dynamic_input(x, arg_tensor(args[0]), arg_bool(args[2]), &q));
	Status s = conv_op(x, q, args[1], (ConvCall){.one = one, .to_float = true}, rets);
	tensor_unref(&q);
	return s;
}

KERNEL(quantized_conv1d_dynamic) { return dynamic_conv(x, args, true, rets); }
KERNEL(quantized_conv2d_dynamic) { return dynamic_conv(x, args, false, rets); }
KERNEL(quantized_conv3d_dynamic) { return dynamic_conv(x, args, false, rets); }
KERNEL(quantized_conv_transpose1d_dynamic) { return dynamic_conv(x, args, true, rets); }
KERNEL(quantized_conv_transpose2d_dynamic) { return dynamic_conv(x, args, false, rets); }
KERNEL(quantized_conv_transpose3d_dynamic) { return dynamic_conv(x, args, false, rets); }
