// SPDX-License-Identifier: BSD-3-Clause
// Between numbers or lists and tensors, and facts about tensors that need none of their elements.
#include "interp/ops.h"

#include "backends/cpu/nested.h"

#include <stdlib.h>

// ---- reading one element

IValue tensor_number(const Tensor *t)
{
	DType d = tensor_dtype(t);
	const void *p = tensor_data(t);
	if (d == DT_BOOL)
		return iv_bool(*(const uint8_t *)p != 0);
	if (dtype_is_complex(d)) {
		double re, im;
		element_c128(p, d, &re, &im);
		if (t->conj)
			im = -im;
		return t->neg ? iv_complex(-re, -im) : iv_complex(re, im);
	}
	if (dtype_is_int(d))
		return iv_int(t->neg ? int_neg(element_i64(p, d)) : element_i64(p, d));
	double v = element_f64(p, d);
	if (dtype_is_quantized(d) && t->quant && !t->quant->scales)
		v = (float)((float)v - (float)t->quant->zero_point) * (float)t->quant->scale;
	return iv_float(t->neg ? -v : v);
}

Status tensor_item(Exec *x, const Tensor *t, IValue *out)
{
	if (t->numel != 1)
		return xfail(x, "a Tensor with %lld elements cannot be converted to Scalar", (long long)t->numel);
	if (tensor_device(t) != DEVICE_CPU)
		return xfail(x, "Tensor.item() cannot be called on meta tensors");
	*out = tensor_number(t);
	return STATUS_OK;
}

// ---- making tensors

static DType number_dtype(IValue v)
{
	return v.tag == TAG_BOOL ? DT_BOOL : v.tag == TAG_INT ? DT_I64 : v.tag == TAG_COMPLEX ? DT_C64 : DT_F32;
}

static void store_number(void *p, DType d, IValue v)
{
	if (v.tag == TAG_COMPLEX)
		element_set_c128(p, d, v.complex_->re, v.complex_->im);
	else if (v.tag == TAG_FLOAT)
		element_set_f64(p, d, v.f);
	else
		element_set_i64(p, d, v.i);
}

Status number_tensor(Exec *x, IValue number, DType d, Tensor **out)
{
	TRY(tensor_empty(d, NULL, 0, out, x->err));
	store_number(tensor_data(*out), d, number);
	return STATUS_OK;
}

static Status check_device(Exec *x, IValue v)
{
	if (v.tag == TAG_NONE || v.device == DEVICE_CPU || v.device >> 8 == DEVICE_TYPE_CPU)
		return STATUS_OK;
	char buf[32];
	device_format(v.device, buf);
	return fail(x->err, STATUS_UNSUPPORTED, "device %s is not available", buf);
}

static Status finish_tensor(Exec *x, Tensor *t, bool requires_grad, IValue *rets)
{
	if (requires_grad && !dtype_is_float(tensor_dtype(t)) && !dtype_is_complex(tensor_dtype(t))) {
		tensor_unref(&t);
		return xfail(x, "Only Tensors of floating point and complex dtype can require gradients");
	}
	t->requires_grad = requires_grad;
	return ret_tensor(rets, t);
}

// aten::tensor and as_tensor of a number: (t, dtype, device[, requires_grad])
static Status from_number(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	DType d;
	TRY(arg_dtype(x, args[1], number_dtype(args[0]), &d));
	TRY(check_device(x, args[2]));
	Tensor *t;
	TRY(number_tensor(x, args[0], d, &t));
	return finish_tensor(x, t, nargs > 3 && arg_bool(args[3]), rets);
}
KERNEL(tensor_bool) { return from_number(x, args, nargs, rets); }
KERNEL(tensor_float) { return from_number(x, args, nargs, rets); }
KERNEL(tensor_int) { return from_number(x, args, nargs, rets); }
KERNEL(tensor_complex) { return from_number(x, args, nargs, rets); }
KERNEL(as_tensor_bool) { return from_number(x, args, 3, rets); }
KERNEL(as_tensor_float) { return from_number(x, args, 3, rets); }
KERNEL(as_tensor_int) { return from_number(x, args, 3, rets); }
KERNEL(as_tensor_complex) { return from_number(x, args, 3, rets); }

KERNEL(prim_NumToTensor_Scalar)
{
	DType d = args[0].tag == TAG_FLOAT ? DT_F64 : args[0].tag == TAG_COMPLEX ? DT_C128 : number_dtype(args[0]);
	Tensor *t;
	TRY(number_tensor(x, args[0], d, &t));
	t->wrapped_number = true;
	return ret_tensor(rets, t);
}
KERNEL(prim_NumToTensor_bool)
{
	Tensor *t;
	TRY(number_tensor(x, args[0], DT_BOOL, &t));
	t->wrapped_number = true;
	return ret_tensor(rets, t);
}

static Status fill_level(Exec *x, IValue v, const Tensor *t, int dim, uint8_t **p)
{
	DType d = tensor_dtype(t);
	if (dim == t->ndim) {
		if (!iv_is_number(v))
			return xfail(x, "Input must be of ints, floats, or bools, got %s", v.tag == TAG_TENSOR ? "Tensor" : "another type");
		store_number(*p, d, v);
		*p += dtype_size(d);
		return STATUS_OK;
	}
	if (v.tag != TAG_LIST || v.list->n != t->sizes[dim])
		return xfail(x, "Expected sequence of length %lld at dim %d (got %lld)", (long long)t->sizes[dim], dim,
			(long long)(v.tag == TAG_LIST ? v.list->n : 0));
	for (int64_t i = 0; i < v.list->n; i++)
		TRY(fill_level(x, v.list->items[i], t, dim + 1, p));
	return STATUS_OK;
}

static Status from_list(Exec *x, IValue data, IValue dtype, bool requires_grad, IValue *rets)
{
	int64_t sizes[MAX_DIMS];
	int ndim = 0;
	IValue v = data;
	const Type *elem = data.list->elem;
	while (v.tag == TAG_LIST) {
		if (ndim == MAX_DIMS)
			return xfail(x, "a tensor has at most %d dimensions", MAX_DIMS);
		elem = v.list->elem;
		sizes[ndim++] = v.list->n;
		if (!v.list->n)
			break;
		v = v.list->items[0];
	}
	while (elem && elem->kind == TYPE_LIST && ndim < MAX_DIMS) { // [[]] of type List[List[int]] has two dimensions
		elem = elem->elem[0];
		sizes[ndim++] = 0;
	}
	DType d;
	if (v.tag != TAG_LIST)
		d = number_dtype(v);
	else
		d = !elem ? DT_F32 : elem->kind == TYPE_INT ? DT_I64 : elem->kind == TYPE_BOOL ? DT_BOOL
			: elem->kind == TYPE_COMPLEX ? DT_C64 : DT_F32;
	if (v.tag == TAG_TENSOR || (v.tag == TAG_LIST && elem && elem->kind == TYPE_TENSOR))
		return xfail(x, "Input must be of ints, floats, or bools, got Tensor\nEmpty lists default to List[Tensor]. Add a "
			"variable annotation to the assignment to create an empty list of another type (torch.jit.annotate(List[T, "
			"[]]) where T is the type of elements in the list for Python 2)");
	TRY(arg_dtype(x, dtype, d, &d));
	Tensor *t;
	TRY(tensor_empty(d, sizes, ndim, &t, x->err));
	Status s = STATUS_OK;
	if (t->numel) {
		uint8_t *p = tensor_data(t);
		s = fill_level(x, data, t, 0, &p);
	}
	if (s != STATUS_OK) {
		tensor_unref(&t);
		return s;
	}
	return finish_tensor(x, t, requires_grad, rets);
}
KERNEL(tensor)
{
	TRY(check_device(x, args[2]));
	return from_list(x, args[0], args[1], arg_bool(args[3]), rets);
}
KERNEL(as_tensor_list)
{
	TRY(check_device(x, args[2]));
	return from_list(x, args[0], args[1], false, rets);
}
KERNEL(_list_to_tensor) { return from_list(x, args[0], iv_none(), false, rets); }

// ---- facts

KERNEL(len_Tensor)
{
	const Tensor *t = args[0].tensor;
	if (t->ndim == 0)
		return fail(x->err, STATUS_TYPE, "len() of a 0-d tensor");
	return ret_int(rets, t->sizes[0]);
}
KERNEL(prim_device) { return ret_value(rets, iv_device(tensor_device(args[0].tensor))); }
KERNEL(prim_dtype) { return ret_int(rets, tensor_dtype(args[0].tensor)); }
KERNEL(prim_layout) { return ret_int(rets, 0); }
KERNEL(prim_requires_grad) { return ret_bool(rets, args[0].tensor->requires_grad); }
KERNEL(prim_grad) { return ret_value(rets, iv_none()); }
KERNEL(prim_name) { return ret_value(rets, iv_none()); }
KERNEL(prim_itemsize) { return ret_int(rets, (int64_t)dtype_size(tensor_dtype(args[0].tensor))); }
KERNEL(prim_nbytes)
{
	return ret_int(rets, int_mul(args[0].tensor->numel, (int64_t)dtype_size(tensor_dtype(args[0].tensor))));
}
KERNEL(prim_data)
{
	Tensor *t = tensor_alias(args[0].tensor);
	t->requires_grad = false;
	return ret_tensor(rets, t);
}
static bool on(IValue v, int type) { return tensor_device(v.tensor) >> 8 == type; }
KERNEL(prim_is_cpu) { return ret_bool(rets, on(args[0], DEVICE_TYPE_CPU)); }
KERNEL(prim_is_cuda) { return ret_bool(rets, on(args[0], DEVICE_TYPE_CUDA)); }
KERNEL(prim_is_meta) { return ret_bool(rets, on(args[0], DEVICE_TYPE_META)); }
KERNEL(prim_is_vulkan) { return ret_bool(rets, on(args[0], DEVICE_TYPE_VULKAN)); }
KERNEL(prim_is_quantized) { return ret_bool(rets, dtype_is_quantized(tensor_dtype(args[0].tensor))); }
KERNEL(prim_is_nested) { return ret_bool(rets, nested_lengths(args[0].tensor) != NULL); }
#define NEVER(name) KERNEL(prim_##name) { return ret_bool(rets, false); }
NEVER(is_ipu)
NEVER(is_maia)
NEVER(is_mkldnn)
NEVER(is_mps)
NEVER(is_mtia)
NEVER(is_ort)
NEVER(is_sparse)
NEVER(is_sparse_csr)
NEVER(is_xla)
NEVER(is_xpu)

// ---- devices

KERNEL(prim_type)
{
	char buf[32];
	device_format(args[0].device, buf);
	char *colon = strchr(buf, ':');
	return ret_value(rets, iv_str(buf, colon ? (size_t)(colon - buf) : strlen(buf)));
}
KERNEL(prim_index)
{
	int index = (args[0].device & 0xff) - 1;
	return ret_value(rets, index < 0 ? iv_none() : iv_int(index));
}
KERNEL(device)
{
	Device d;
	TRY(device_parse(args[0].str->s, (size_t)args[0].str->n, &d, x->err));
	return ret_value(rets, iv_device(d));
}
KERNEL(device_with_index)
{
	Text t = {0};
	text_addf(&t, "%s:%lld", args[0].str->s, (long long)args[1].i);
	Device d;
	Status s = device_parse(text_str(&t), t.size, &d, x->err);
	text_free(&t);
	return s == STATUS_OK ? ret_value(rets, iv_device(d)) : s;
}
