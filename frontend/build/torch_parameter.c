// SPDX-License-Identifier: BSD-3-Clause
// torch.nn.parameter: Parameter and Buffer.
//
// A Parameter is a Tensor with a flag, over the storage of the tensor it was made from; its class follows from the flag.
#include "frontend/build/torch.h"

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

Status torch_parameter_module(Build *b, PyModule *m)
{
	PyClass *p = torch_class(b, "torch.nn.parameter.Parameter"), *buffer = torch_class(b, "torch.nn.parameter.Buffer");
	module_set_take(m, "Parameter", ivalue_ref(py_value(p)));
	module_set_take(m, "Buffer", ivalue_ref(py_value(buffer)));
	return STATUS_OK;
}

void torch_parameter_classes(Build *b)
{
	PyClass *tensor = torch_class(b, "torch.Tensor");
	torch_make_class(b, "torch.nn.parameter.Parameter", tensor, PAYLOAD_TENSOR, parameter_make, NULL);
	torch_make_class(b, "torch.nn.parameter.Buffer", tensor, PAYLOAD_TENSOR, buffer_make, NULL);
}
