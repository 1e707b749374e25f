// SPDX-License-Identifier: BSD-3-Clause
// torch.nn.parameter: Parameter and Buffer.
//
// A Parameter is a Tensor with a flag, over the storage of the tensor it was made from; its class follows from the flag.
#include "frontend/build/torch.h"

#include <stdio.h>
#include <string.h>

static Status alias_of(Build *b, IValue data, const char *what, Tensor **out)
{
	IValue v = py_unwrap(data);
	if (v.tag == TAG_TENSOR) {
		*out = tensor_alias(v.tensor);
		return STATUS_OK;
	}
	if (v.tag != TAG_NONE)
		return py_raise(b, "TypeError", "%s data has to be a Tensor, but got %s", what, py_type_name(b, data));
	int64_t n = 0;
	return tensor_empty(torch_state(b)->default_dtype, &n, 1, out, b->x.err);
}

static Status parameter_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue data;
	bool grad;
	TRY(args_parse(b, a, "Parameter", "data:o=None requires_grad:b=True", &data, &grad));
	Tensor *t;
	TRY(alias_of(b, data, "Parameter", &t));
	DType d = tensor_dtype(t);
	if (grad && !dtype_is_float(d) && !dtype_is_complex(d)) {
		tensor_unref(&t);
		return py_raise(b, "RuntimeError", "Only Tensors of floating point and complex dtype can require gradients");
	}
	t->is_parameter = true;
	t->requires_grad = grad;
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

// A Buffer is a plain tensor that says so in its attributes.
static Status buffer_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue data;
	bool persistent;
	TRY(args_parse(b, a, "Buffer", "data:o=None * persistent:b=True", &data, &persistent));
	Tensor *t;
	TRY(alias_of(b, data, "Buffer", &t));
	t->is_parameter = false;
	*out = iv_take_tensor(t);
	Status s = torch_setattr(b, *out, py_intern(b, "_is_buffer"), iv_bool(true));
	if (s == STATUS_OK)
		s = torch_setattr(b, *out, py_intern(b, "persistent"), iv_bool(persistent));
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

// ---- parameters whose shape comes later: tensors without elements that are marked

static Status uninitialized(Build *b, const PyArgs *a, bool parameter, IValue *out)
{
	IValue device, dtype;
	bool grad, persistent;
	TRY(args_parse(b, a, parameter ? "UninitializedParameter" : "UninitializedBuffer", parameter
		? "requires_grad:b=True device:o=None dtype:o=None persistent:b=True"
		: "requires_grad:b=False device:o=None dtype:o=None persistent:b=True", &grad, &device, &dtype, &persistent));
	DType d = torch_state(b)->default_dtype;
	if (dtype.tag != TAG_NONE)
		TRY(torch_dtype_of(b, dtype, &d));
	int64_t n = 0;
	Tensor *t;
	TRY(tensor_empty(d, &n, 1, &t, b->x.err));
	t->is_parameter = parameter;
	t->requires_grad = grad;
	*out = iv_take_tensor(t);
	Status s = torch_setattr(b, *out, torch_state(b)->uninitialized, iv_bool(true));
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

static Status uninitialized_parameter_make(Build *b, const PyArgs *a, IValue *out) { return uninitialized(b, a, true, out); }
static Status uninitialized_buffer_make(Build *b, const PyArgs *a, IValue *out) { return uninitialized(b, a, false, out); }

bool torch_is_uninitialized(Build *b, const Tensor *t)
{
	Torch *s = torch_state(b);
	if (t->numel || !s->tensor_attrs)
		return false;
	IValue *d = dict_find(s->tensor_attrs, (IValue){.tensor = (Tensor *)t, .tag = TAG_TENSOR});
	return d && dict_find(d->dict, (IValue){.str = s->uninitialized, .tag = TAG_STR});
}

static Status materialize(Build *b, const PyArgs *a, IValue *out)
{
	IValue shape, device, dtype, self = torch_self(a);
	TRY(args_parse(b, a, "materialize", "shape:o device:o=None dtype:o=None", &shape, &device, &dtype));
	Tensor *t = self.tensor, *fresh;
	DType d = tensor_dtype(t);
	if (dtype.tag != TAG_NONE)
		TRY(torch_dtype_of(b, dtype, &d));
	const IValue *items;
	int64_t n, sizes[MAX_DIMS];
	if (!torch_items(shape, &items, &n) || n > MAX_DIMS)
		return py_raise(b, "TypeError", "materialize(): argument 'shape' must be tuple of ints, not %s",
			py_type_name(b, shape));
	for (int64_t i = 0; i < n; i++)
		TRY(torch_as_int(b, items[i], &sizes[i]));
	TRY(tensor_empty(d, sizes, (int)n, &fresh, b->x.err));
	TRY(torch_delattr(b, self, torch_state(b)->uninitialized));
	tensor_set_storage(t, fresh->storage, d);
	tensor_set_geometry(t, fresh->sizes, fresh->strides, fresh->ndim, fresh->offset);
	tensor_unref(&fresh);
	*out = iv_none();
	return STATUS_OK;
}

static Status uninitialized_shape(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return py_raise(b, "RuntimeError", "Can't access the shape of an uninitialized parameter or buffer. This error usually "
		"happens in `load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
		"to initialize the parameters before accessing their attributes.");
}

static Status uninitialized_repr(Build *b, const PyArgs *a, IValue *out)
{
	Text t = {0};
	text_addf(&t, "<%s>", py_type_name(b, torch_self(a)));
	*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return STATUS_OK;
}

Status torch_parameter_module(Build *b, PyModule *m)
{
	static const char *const names[] = {"Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer"};
	for (int i = 0; i < 4; i++) {
		char path[64];
		snprintf(path, sizeof path, "torch.nn.parameter.%s", names[i]);
		module_set_take(m, names[i], ivalue_ref(py_value(torch_class(b, path))));
	}
	return STATUS_OK;
}

void torch_parameter_classes(Build *b)
{
	static const NativeMethod lazy[] = {{"materialize", materialize}, {"__repr__", uninitialized_repr}, {NULL, NULL}};
	PyClass *tensor = torch_class(b, "torch.Tensor");
	PyClass *p = torch_make_class(b, "torch.nn.parameter.Parameter", tensor, PAYLOAD_TENSOR, parameter_make, NULL);
	PyClass *c = torch_make_class(b, "torch.nn.parameter.UninitializedParameter", p, PAYLOAD_TENSOR,
		uninitialized_parameter_make, lazy);
	py_class_property(b, c, "shape", uninitialized_shape, NULL);
	c = torch_make_class(b, "torch.nn.parameter.UninitializedBuffer", tensor, PAYLOAD_TENSOR, uninitialized_buffer_make,
		lazy);
	py_class_property(b, c, "shape", uninitialized_shape, NULL);
	torch_make_class(b, "torch.nn.parameter.Buffer", tensor, PAYLOAD_TENSOR, buffer_make, NULL);
}
