// SPDX-License-Identifier: BSD-3-Clause
// Packed weights: making the objects, reading them with every assumption checked, and the ops that pack,
// unpack and ask.  "Packing" keeps the weights as they are; layers read stored bytes in their natural order.
#include "backends/cpu/packed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/quant.h"
#include "backends/cpu/view.h"

typedef struct PackedForm { const char *name; int n; } PackedForm;

static const PackedForm forms[] = {
	[PACKED_LINEAR] = {"quantized.LinearPackedParamsBase", 2},
	[PACKED_CONV2D] = {"quantized.Conv2dPackedParamsBase", 8},
	[PACKED_CONV3D] = {"quantized.Conv3dPackedParamsBase", 8},
	[PACKED_EMBEDDING] = {"quantized.EmbeddingPackedParamsBase", 1},
	[PACKED_CELL] = {"rnn.CellParamsBase", 5},
	[PACKED_XNN_LINEAR] = {"xnnpack.LinearOpContext", 4},
	[PACKED_XNN_CONV2D] = {"xnnpack.Conv2dOpContext", 8},
	[PACKED_XNN_TRANSPOSE] = {"xnnpack.TransposeConv2dOpContext", 9},
};
enum { NFORMS = sizeof forms / sizeof *forms, MAX_GEOMETRY = 1 << 24 };

static const Type *classes[NFORMS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void classes_make(void)
{
	TypePool *p = type_pool_new(); // kept for good: the classes below are its only owner
	for (int i = 0; i < NFORMS; i++) {
		Text name = {0};
		text_addf(&name, "__torch__.torch.classes.%s", forms[i].name);
		const Type *t = type_class(p, text_str(&name));
		text_free(&name);
		t->cls->native = forms[i].name;
		t->cls->complete = true;
		class_add_attr(t, (Attribute){.name = "state", .type = &type_any});
		classes[i] = t;
	}
}

IValue packed_new(PackedClass c, IValue **items)
{
	pthread_once(&once, classes_make);
	Object *o = object_new(classes[c]);
	TupleObj *t = tuple_new(forms[c].n, NULL);
	o->slots[0] = iv_take_tuple(t);
	*items = t->items;
	return iv_take_object(o);
}

Status packed_items(Exec *x, IValue v, PackedClass c, const IValue **items)
{
	const char *prefix = "__torch__.torch.classes.";
	if (v.tag != TAG_OBJECT || strncmp(v.object->type->name, prefix, strlen(prefix)) ||
		strcmp(v.object->type->name + strlen(prefix), forms[c].name))
		return fail(x->err, STATUS_TYPE, "expected an object of class %s", forms[c].name);
	const Object *o = v.object;
	if (o->nslots != 1 || o->slots[0].tag != TAG_TUPLE || o->slots[0].tuple->n != forms[c].n)
		return xfail(x, "an object of class %s has not been filled", forms[c].name);
	*items = o->slots[0].tuple->items;
	return STATUS_OK;
}

static Status weight_and_bias(Exec *x, const IValue *items, PackedClass c, Tensor **weight, Tensor **bias)
{
	*weight = arg_tensor(items[0]);
	*bias = arg_tensor(items[1]);
	if (!*weight || (items[1].tag != TAG_NONE && !*bias))
		return xfail(x, "an object of class %s does not hold a weight and a bias", forms[c].name);
	DType d = tensor_dtype(*weight);
	if (d != DT_QI8 && d != DT_F32)
		return xfail(x, "packed weights of dtype %s, expected qint8", dtype_name(d));
	if (d == DT_QI8) {
		const Quantizer *q = (*weight)->quant;
		if (!q || q->scheme == Q_PER_CHANNEL_FLOAT)
			return xfail(x, "packed weights without an affine quantizer");
	}
	return STATUS_OK;
}

Status packed_linear(Exec *x, IValue v, PackedLinear *out)
{
	const IValue *items;
	TRY(packed_items(x, v, PACKED_LINEAR, &items));
	TRY(weight_and_bias(x, items, PACKED_LINEAR, &out->weight, &out->bias));
	if (out->weight->ndim != 2)
		return xfail(x, "The weight tensor of a quantized linear layer should be 2-dimensional.");
	if (out->bias && (out->bias->ndim != 1 || out->bias->numel != out->weight->sizes[0]))
		return xfail(x, "bias should have N elements: %lld", (long long)out->weight->sizes[0]);
	return STATUS_OK;
}

Status packed_conv(Exec *x, IValue v, PackedConv *out)
{
	const IValue *items = NULL;
	Error *err = x->err, ignored = ERROR_INIT;
	x->err = &ignored; // one of the two classes fits
	Status s = packed_items(x, v, PACKED_CONV3D, &items);
	x->err = err;
	error_clear(&ignored);
	bool three = s == STATUS_OK;
	PackedClass c = three ? PACKED_CONV3D : PACKED_CONV2D;
	if (!three)
		TRY(packed_items(x, v, PACKED_CONV2D, &items));
	*out = (PackedConv){.nd = three ? 3 : 2};
	TRY(weight_and_bias(x, items, c, &out->weight, &out->bias));
	int64_t *lists[] = {out->stride, out->padding, out->output_padding, out->dilation};
	for (int i = 0; i < 4; i++) {
		int n;
		if (items[2 + i].tag != TAG_LIST)
			return xfail(x, "packed convolution parameters of an unknown form");
		TRY(arg_ints(x, items[2 + i], lists[i], 3, &n));
		if (n != out->nd)
			return xfail(x, "packed convolution parameters with %d dimensions instead of %d", n, out->nd);
	}
	out->groups = arg_int(items[6]);
	out->transpose = arg_bool(items[7]);
	const Tensor *w = out->weight;
	if (w->ndim != out->nd + 2 || tensor_dtype(w) != DT_QI8)
		return xfail(x, "packed convolution weights must be qint8 with %d dimensions", out->nd + 2);
	if (out->groups < 1 || w->sizes[0] % out->groups || out->groups > w->sizes[0])
		return xfail(x, "packed convolution weights of %lld rows in %lld groups", (long long)w->sizes[0],
			(long long)out->groups);
	for (int i = 0; i < out->nd; i++)
		if (out->stride[i] < 1 || out->dilation[i] < 1 || out->padding[i] < 0 || out->output_padding[i] < 0 ||
			out->stride[i] > MAX_GEOMETRY || out->dilation[i] > MAX_GEOMETRY || out->padding[i] > MAX_GEOMETRY ||
			out->output_padding[i] > MAX_GEOMETRY)
			return xfail(x, "packed convolution parameters are out of range");
	int64_t channels = out->transpose ? w->sizes[1] * out->groups : w->sizes[0];
	if (out->bias && (out->bias->ndim != 1 || out->bias->numel != channels))
		return xfail(x, "bias should have %lld elements", (long long)channels);
	return STATUS_OK;
}

// ---- linear

KERNEL(quantized_linear_prepack)
{
	const Tensor *w = arg_tensor(args[0]);
	if (w->ndim != 2)
		return xfail(x, "The weight tensor for quantized::linear_prepack (fbgemm) should be 2-dimensional.");
	if (tensor_dtype(w) != DT_QI8)
		return xfail(x, "quantized::linear_prepack expects a qint8 weight, got %s", dtype_class_name(tensor_dtype(w)));
	IValue *items;
	rets[0] = packed_new(PACKED_LINEAR, &items);
	items[0] = ivalue_ref(args[0]);
	items[1] = ivalue_ref(args[1]);
	return STATUS_OK;
}

KERNEL(legacy_quantized_linear_prepack)
{
	return op_quantized_linear_prepack(x, args, nargs, rets);
}

// Weights become numbers of float16, the largest ones cut to its range, and are kept as float32.
KERNEL(quantized_linear_prepack_fp16)
{
	const Tensor *w = arg_tensor(args[0]);
	if (w->ndim != 2 || tensor_dtype(w) != DT_F32)
		return xfail(x, "quantized::linear_prepack_fp16 expects a float weight of 2 dimensions");
	Tensor *c;
	TRY(tensor_empty(DT_F32, w->sizes, w->ndim, &c, x->err));
	Status s = cpu_copy(x, c, w);
	if (s != STATUS_OK) {
		tensor_unref(&c);
		return s;
	}
	float *p = tensor_data(c);
	for (int64_t i = 0; i < c->numel; i++) {
		float v = p[i] > 65504 ? 65504 : p[i] < -65504 ? -65504 : p[i];
		p[i] = f16_to_f32(f16_from_f32(v));
	}
	IValue *items;
	rets[0] = packed_new(PACKED_LINEAR, &items);
	items[0] = iv_take_tensor(c);
	items[1] = ivalue_ref(args[1]);
	return STATUS_OK;
}

KERNEL(legacy_quantized_linear_prepack_fp16)
{
	return op_quantized_linear_prepack_fp16(x, args, nargs, rets);
}

KERNEL(quantized_linear_unpack)
{
	PackedLinear p;
	TRY(packed_linear(x, args[0], &p));
	rets[0] = iv_take_tensor(tensor_ref(p.weight));
	rets[1] = iv_take_tensor(tensor_ref(p.bias));
	return STATUS_OK;
}

KERNEL(quantized_linear_unpack_fp16)
{
	return op_quantized_linear_unpack(x, args, nargs, rets);
}

// ---- convolutions: (weight, bias, stride, padding[, output_padding], dilation, groups)

static Status ints_of(Exec *x, IValue v, int nd, bool from_1d, int64_t fill, IValue *out, const char *what)
{
	int64_t p[3];
	int n;
	TRY(arg_ints(x, v, p, 3, &n));
	if (from_1d && n == 1) { // a row of an image of height 1
		p[1] = p[0];
		p[0] = fill;
		n = 2;
	}
	if (n != nd)
		return xfail(x, "%s should contain %d elements for %dD convolution.", what, from_1d ? 1 : nd, from_1d ? 1 : nd);
	*out = iv_take_list(list_of_ints(p, n));
	return STATUS_OK;
}

static Status conv_prepack(Exec *x, const IValue *args, int nd, bool transpose, IValue *rets)
{
	bool one = nd == 1;
	const Tensor *w = arg_tensor(args[0]);
	if (tensor_dtype(w) != DT_QI8 || w->ndim != nd + 2)
		return xfail(x, "quantized::conv_prepack expects a qint8 weight of %d dimensions", nd + 2);
	IValue *items, v = packed_new(nd == 3 ? PACKED_CONV3D : PACKED_CONV2D, &items);
	if (one) {
		int64_t sizes[4] = {w->sizes[0], w->sizes[1], 1, w->sizes[2]};
		int64_t strides[4] = {w->strides[0], w->strides[1], w->strides[2], w->strides[2]};
		items[0] = iv_take_tensor(tensor_view(w, sizes, strides, 4, w->offset));
		nd = 2;
	} else {
		items[0] = ivalue_ref(args[0]);
	}
	items[1] = ivalue_ref(args[1]);
	int at = transpose ? 5 : 4;
	int64_t zeros[3] = {0};
	Status s = ints_of(x, args[2], nd, one, 1, &items[2], "stride");
	if (s == STATUS_OK)
		s = ints_of(x, args[3], nd, one, 0, &items[3], "padding");
	if (s == STATUS_OK && transpose)
		s = ints_of(x, args[4], nd, one, 0, &items[4], "output_padding");
	else if (s == STATUS_OK)
		items[4] = iv_take_list(list_of_ints(zeros, nd));
	if (s == STATUS_OK)
		s = ints_of(x, args[at], nd, one, 1, &items[5], "dilation");
	items[6] = iv_int(arg_int(args[at + 1]));
	items[7] = iv_bool(transpose);
	PackedConv check;
	if (s == STATUS_OK)
		s = packed_conv(x, v, &check);
	if (s != STATUS_OK)
		ivalue_unref(&v);
	else
		rets[0] = v;
	return s;
}

#define PREPACK(NAME, ND, TRANSPOSE)                              \
	KERNEL(NAME)                                              \
	{                                                         \
		return conv_prepack(x, args, ND, TRANSPOSE, rets); \
	}
PREPACK(quantized_conv1d_prepack, 1, false)
PREPACK(quantized_conv2d_prepack, 2, false)
PREPACK(legacy_quantized_conv2d_prepack, 2, false)
PREPACK(quantized_conv_prepack, 2, false)
PREPACK(quantized_conv3d_prepack, 3, false)
PREPACK(legacy_quantized_conv3d_prepack, 3, false)
PREPACK(quantized_conv_transpose1d_prepack, 1, true)
PREPACK(legacy_quantized_conv_transpose1d_prepack, 1, true)
PREPACK(quantized_conv_transpose2d_prepack, 2, true)
PREPACK(legacy_quantized_conv_transpose2d_prepack, 2, true)
PREPACK(quantized_conv_transpose3d_prepack, 3, true)
PREPACK(legacy_quantized_conv_transpose3d_prepack, 3, true)

static Status conv_unpack(Exec *x, IValue v, bool one, IValue *rets)
{
	PackedConv p;
	TRY(packed_conv(x, v, &p));
	const Tensor *w = p.weight;
	if (one && w->sizes[2] == 1) {
		int64_t sizes[3] = {w->sizes[0], w->sizes[1], w->sizes[3]}, strides[3] = {w->strides[0], w->strides[1], w->strides[3]};
		rets[0] = iv_take_tensor(tensor_view(w, sizes, strides, 3, w->offset));
	} else {
		rets[0] = iv_take_tensor(tensor_ref(p.weight));
	}
	rets[1] = iv_take_tensor(tensor_ref(p.bias));
	return STATUS_OK;
}

#define UNPACK(NAME, ONE)                                       \
	KERNEL(NAME)                                            \
	{                                                       \
		return conv_unpack(x, args[0], ONE, rets);      \
	}
UNPACK(quantized_conv1d_unpack, true)
UNPACK(quantized_conv2d_unpack, false)
UNPACK(quantized_conv_unpack, false)
UNPACK(quantized_conv3d_unpack, false)
UNPACK(quantized_conv_transpose1d_unpack, true)
UNPACK(quantized_conv_transpose2d_unpack, false)
UNPACK(quantized_conv_transpose3d_unpack, false)

#define ASK(NAME, VALUE)                                        \
	KERNEL(NAME)                                            \
	{                                                       \
		PackedConv p;                                   \
		TRY(packed_conv(x, args[0], &p));               \
		rets[0] = VALUE;                                \
		return STATUS_OK;                               \
	}
#define ASK_ALL(CONV)                                                                           \
	ASK(CONV##_stride, iv_take_list(list_of_ints(p.stride, p.nd)))                          \
	ASK(CONV##_padding, iv_take_list(list_of_ints(p.padding, p.nd)))                        \
	ASK(CONV##_output_padding, iv_take_list(list_of_ints(p.output_padding, p.nd)))          \
	ASK(CONV##_dilation, iv_take_list(list_of_ints(p.dilation, p.nd)))                      \
	ASK(CONV##_groups, iv_int(p.groups))                                                    \
	ASK(CONV##_transpose, iv_int(p.transpose))
ASK_ALL(quantized_conv2d)
ASK_ALL(quantized_conv3d)
ASK_ALL(quantized_conv_transpose2d)
ASK_ALL(quantized_conv_transpose3d)
