// SPDX-License-Identifier: BSD-3-Clause
// From tensors to Python values and back: numbers, lists, text, truth, iteration; and the methods that move a tensor to
// another dtype or device.
//
// Every way out of a tensor tells the tracer, for what a program does with the value cannot be recorded.
#include "frontend/build/torch.h"
#include "frontend/build/types.h"

#include "interp/number.h"
#include "interp/ops.h"

#include <stdlib.h>
#include <string.h>

static inline Status note(Build *b, TracerEvent what, const Tensor *t)
{
	return b->tracer ? tracer_note(b, what, t) : STATUS_OK;
}

// ---- numbers

Status torch_truth(Build *b, IValue v, bool *out)
{
	Tensor *t = v.tensor;
	if (t->numel != 1)
		return py_raise(b, "RuntimeError", t->numel ? "Boolean value of Tensor with more than one value is ambiguous"
			: "Boolean value of Tensor with no values is ambiguous");
	TRY(note(b, TRACED_BOOL, t));
	IValue n;
	TRY(tensor_item(&b->x, t, &n));
	*out = n.tag == TAG_FLOAT ? n.f != 0 : n.tag == TAG_COMPLEX ? n.complex_->re != 0 || n.complex_->im != 0 : n.i != 0;
	ivalue_unref(&n);
	return STATUS_OK;
}

Status torch_number(Build *b, IValue v, Tag want, IValue *out)
{
	Tensor *t = v.tensor;
	if (want == TAG_BOOL) {
		bool truth;
		TRY(torch_truth(b, v, &truth));
		*out = iv_bool(truth);
		return STATUS_OK;
	}
	if (t->numel != 1)
		return py_raise(b, "ValueError", "only one element tensors can be converted to Python scalars");
	TRY(note(b, TRACED_NUMBER, t));
	IValue n;
	TRY(tensor_item(&b->x, t, &n));
	if (n.tag == TAG_COMPLEX && want != TAG_COMPLEX) {
		bool real = n.complex_->im == 0;
		double re = n.complex_->re;
		ivalue_unref(&n);
		if (!real)
			return py_raise(b, "RuntimeError", "value cannot be converted to type %s without overflow",
				want == TAG_INT ? "int64_t" : "double");
		n = iv_float(re);
	}
	if (want == TAG_COMPLEX) {
		if (n.tag != TAG_COMPLEX)
			n = iv_complex(iv_as_f64(n), 0);
		*out = n;
	} else if (want == TAG_FLOAT) {
		*out = iv_float(iv_as_f64(n));
	} else {
		if (n.tag == TAG_FLOAT && n.f != n.f)
			return py_raise(b, "ValueError", "cannot convert float NaN to integer");
		if (n.tag == TAG_FLOAT && (n.f >= 9223372036854775808.0 || n.f < -9223372036854775808.0))
			return py_raise(b, "OverflowError", "cannot convert float infinity to integer");
		*out = iv_int(n.tag == TAG_FLOAT ? (int64_t)n.f : n.i);
	}
	return STATUS_OK;
}

Status torch_index(Build *b, IValue v, int64_t *out)
{
	Tensor *t = v.tensor;
	if (t->numel != 1 || !(dtype_is_int(tensor_dtype(t)) || tensor_dtype(t) == DT_BOOL))
		return py_raise(b, "TypeError", "only integer tensors of a single element can be converted to an index");
	TRY(note(b, TRACED_NUMBER, t));
	IValue n;
	TRY(tensor_item(&b->x, t, &n));
	*out = n.i;
	return STATUS_OK;
}

Status torch_len(Build *b, IValue v, int64_t *out)
{
	if (!v.tensor->ndim)
		return py_raise(b, "TypeError", "len() of a 0-d tensor");
	TRY(note(b, TRACED_ITER, v.tensor));
	*out = v.tensor->sizes[0];
	return STATUS_OK;
}

static Status method_item(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = torch_self(a).tensor;
	TRY(note(b, TRACED_NUMBER, t));
	return tensor_item(&b->x, t, out);
}

static Status list_of(Build *b, const Tensor *t, int dim, int64_t offset, IValue *out)
{
	if (dim == t->ndim) {
		Tensor *e = tensor_view(t, NULL, NULL, 0, offset);
		e->conj = t->conj;
		e->neg = t->neg;
		Status s = tensor_item(&b->x, e, out);
		tensor_unref(&e);
		return s;
	}
	IValue list = py_list(b, 0);
	Status s = list_room(b, list.list, t->sizes[dim]);
	for (int64_t i = 0; s == STATUS_OK && i < t->sizes[dim]; i++) {
		IValue e;
		if (build_tick_due(b))
			s = build_tick(b);
		if (s == STATUS_OK)
			s = list_of(b, t, dim + 1, offset + i * t->strides[dim], &e);
		if (s == STATUS_OK)
			s = list_append_take(list.list, e, b->x.err);
	}
	if (s == STATUS_OK)
		*out = list;
	else
		ivalue_unref(&list);
	return s;
}

static Status method_tolist(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = torch_self(a).tensor;
	TRY(note(b, TRACED_DATA, t));
	return list_of(b, t, 0, t->offset, out);
}

// ---- iteration, membership

static Status iter_next(Build *b, PyIter *it, IValue *out, bool *done)
{
	Tensor *t = it->over.tensor;
	*done = it->i >= it->n;
	if (*done)
		return STATUS_OK;
	(void)t;
	IValue args[3] = {it->over, iv_int(0), iv_int(it->i++)};
	if (b->tracer) {
		TRY(torch_run_key(b, "aten::select.int", args, 3, out));
		return STATUS_OK;
	}
	Tensor *v = tensor_view(t, t->sizes + 1, t->strides + 1, t->ndim - 1, t->offset + (it->i - 1) * t->strides[0]);
	v->conj = t->conj;
	v->neg = t->neg;
	if (t->quant)
		v->quant = quantizer_ref(t->quant);
	*out = iv_take_tensor(v);
	return STATUS_OK;
}

Status torch_iter(Build *b, IValue v, PyIter **out)
{
	Tensor *t = v.tensor;
	if (!t->ndim)
		return py_raise(b, "TypeError", "iteration over a 0-d tensor");
	TRY(note(b, TRACED_ITER, t));
	PyIter *it = py_iter_new(b, "generator", iter_next);
	it->over = ivalue_ref(v);
	it->n = t->sizes[0];
	*out = it;
	return STATUS_OK;
}

Status torch_contains(Build *b, IValue v, IValue item, bool *out)
{
	IValue x = py_unwrap(item);
	if (x.tag != TAG_TENSOR && !iv_is_number(x)) {
		Text t = {0};
		Status s = py_repr(b, py_value(py_type(b, item)), &t);
		if (s == STATUS_OK)
			s = py_raise(b, "RuntimeError", "Tensor.__contains__ only supports Tensor or scalar, but you passed in a %s.",
				text_str(&t));
		text_free(&t);
		return s;
	}
	IValue eq, any;
	IValue args[2] = {v, x};
	TRY(torch_call_n(b, "eq", args, 2, &eq));
	Status s = torch_call_n(b, "any", &eq, 1, &any);
	ivalue_unref(&eq);
	if (s == STATUS_OK)
		s = torch_truth(b, any, out);
	ivalue_unref(&any);
	return s;
}

// ---- text

Status torch_repr(Build *b, IValue v, Text *out)
{
	if (torch_is_uninitialized(b, v.tensor))
		text_addf(out, "<%s>", py_type_name(b, v));
	else
		tensor_repr(out, v.tensor);
	return STATUS_OK;
}

Status torch_format(Build *b, IValue v, const char *spec, size_t n, Text *out)
{
	Tensor *t = v.tensor;
	if (t->ndim == 0 && !t->is_parameter) {
		IValue num;
		TRY(tensor_item(&b->x, t, &num));
		Status s = py_format(b, num, spec, n, out);
		ivalue_unref(&num);
		return s;
	}
	if (n)
		return py_raise(b, "TypeError", "unsupported format string passed to %s.__format__", py_type_name(b, v));
	return torch_repr(b, v, out);
}

static Status method_repr(Build *b, const PyArgs *a, IValue *out)
{
	Text t = {0};
	Status s = torch_repr(b, torch_self(a), &t);
	if (s == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return s;
}

// ---- dtype and device

static Status check_device(Build *b, Device d)
{
	int type = d >> 8;
	if (type == DEVICE_TYPE_CUDA)
		return py_raise(b, "AssertionError", "Torch not compiled with CUDA enabled");
	if (type != DEVICE_TYPE_CPU && type != DEVICE_TYPE_META) {
		char buf[32];
		device_format(d, buf);
		return py_raise(b, "RuntimeError", "the device %s is not available", buf);
	}
	return STATUS_OK;
}

typedef struct ToOptions {
	IValue dtype, device, memory_format; // as the kernel takes them
	bool non_blocking, copy;
} ToOptions;

static Status to_run(Build *b, IValue self, const ToOptions *o, IValue *out)
{
	if (o->device.tag == TAG_NONE && o->dtype.tag == TAG_NONE && !o->copy && o->memory_format.tag == TAG_NONE) {
		*out = ivalue_ref(self);
		return STATUS_OK;
	}
	if (o->device.tag != TAG_NONE)
		TRY(check_device(b, o->device.device));
	IValue nb = iv_bool(o->non_blocking), copy = iv_bool(o->copy);
	if (o->device.tag == TAG_NONE && o->dtype.tag != TAG_NONE) {
		IValue args[5] = {self, o->dtype, nb, copy, o->memory_format};
		return torch_run_key(b, "aten::to.dtype", args, 5, out);
	}
	if (o->dtype.tag == TAG_NONE) {
		IValue args[8] = {self, iv_none(), iv_none(), o->device, iv_none(), nb, copy, o->memory_format};
		return torch_run_key(b, "aten::to.dtype_layout", args, 8, out);
	}
	IValue args[6] = {self, o->device, o->dtype, nb, copy, o->memory_format};
	return torch_run_key(b, "aten::to.device", args, 6, out);
}

static Status memory_format_of(Build *b, IValue v, IValue *out)
{
	*out = iv_none();
	if (v.tag == TAG_NONE)
		return STATUS_OK;
	if (!py_is(v, PY_SYMBOL) || PY_AS(PySymbol, v)->what != SYMBOL_MEMORY_FORMAT)
		return py_raise(b, "TypeError", "to(): argument 'memory_format' must be torch.memory_format, not %s",
			py_type_name(b, v));
	*out = iv_int(PY_AS(PySymbol, v)->code);
	return STATUS_OK;
}

static Status to_dtype_option(Build *b, IValue v, ToOptions *o)
{
	DType d;
	if (v.tag == TAG_NONE)
		return STATUS_OK;
	TRY(torch_dtype_of(b, v, &d));
	o->dtype = iv_int(d);
	return STATUS_OK;
}

static Status to_device_option(Build *b, IValue v, ToOptions *o)
{
	Device d;
	if (v.tag == TAG_NONE)
		return STATUS_OK;
	if (v.tag == TAG_INT)
		return py_raise(b, "RuntimeError", "Cannot access accelerator device when none is available.");
	TRY(torch_device_of(b, v, &d));
	o->device = iv_device(d);
	return STATUS_OK;
}

// to(device, dtype, non_blocking, copy), to(dtype, non_blocking, copy), to(other, non_blocking, copy)
static Status method_to(Build *b, const PyArgs *a, IValue *out)
{
	ToOptions o = {.dtype = iv_none(), .device = iv_none(), .memory_format = iv_none()};
	int at = 0;
	IValue first = a->npos ? py_unwrap(a->pos[0]) : iv_none();
	for (int i = 0; i < a->nkw && !a->npos; i++)
		if (!strcmp(a->kwnames[i].str->s, "other") || !strcmp(a->kwnames[i].str->s, "tensor"))
			first = a->kw[i];
	if (first.tag == TAG_TENSOR) {
		o.dtype = iv_int(first.tensor->dtype);
		o.device = iv_device(tensor_device(first.tensor));
		at = 1;
	} else if (a->npos && py_is(first, PY_SYMBOL)) {
		TRY(to_dtype_option(b, first, &o));
		at = 1;
	} else if (a->npos && py_is(first, PY_CLASS)) {
		TRY(to_dtype_option(b, first, &o));
		at = 1;
	} else if (a->npos) {
		if (first.tag != TAG_NONE && first.tag != TAG_STR && first.tag != TAG_DEVICE && first.tag != TAG_INT)
			return py_raise(b, "TypeError", "to() received an invalid combination of arguments - got (%s), but expected one "
				"of:\n * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = False,"
				" *, torch.memory_format memory_format = None)\n * (torch.dtype dtype, bool non_blocking = False, bool copy ="
				" False, *, torch.memory_format memory_format = None)\n * (Tensor tensor, bool non_blocking = False, bool "
				"copy = False, *, torch.memory_format memory_format = None)\n", py_type_name(b, first));
		TRY(to_device_option(b, first, &o));
		at = 1;
		if (a->npos > 1 && (py_is(a->pos[1], PY_SYMBOL) || py_is(a->pos[1], PY_CLASS) || a->pos[1].tag == TAG_NONE)) {
			TRY(to_dtype_option(b, a->pos[1], &o));
			at = 2;
		}
	}
	if (at < a->npos)
		TRY(py_truth(b, a->pos[at++], &o.non_blocking));
	if (at < a->npos)
		TRY(py_truth(b, a->pos[at++], &o.copy));
	if (at < a->npos)
		return py_raise(b, "TypeError", "to() takes at most 4 positional arguments but %d were given", a->npos);
	for (int i = 0; i < a->nkw; i++) {
		const char *k = a->kwnames[i].str->s;
		if (!strcmp(k, "dtype"))
			TRY(to_dtype_option(b, a->kw[i], &o));
		else if (!strcmp(k, "device"))
			TRY(to_device_option(b, a->kw[i], &o));
		else if (!strcmp(k, "non_blocking"))
			TRY(py_truth(b, a->kw[i], &o.non_blocking));
		else if (!strcmp(k, "copy"))
			TRY(py_truth(b, a->kw[i], &o.copy));
		else if (!strcmp(k, "memory_format"))
			TRY(memory_format_of(b, a->kw[i], &o.memory_format));
		else if (strcmp(k, "other") && strcmp(k, "tensor"))
			return py_raise(b, "TypeError", "to() got an unexpected keyword argument '%s'", k);
	}
	return to_run(b, torch_self(a), &o, out);
}

static Status cast(Build *b, const PyArgs *a, DType d, IValue *out)
{
	ToOptions o = {.dtype = iv_int(d), .device = iv_none(), .memory_format = iv_none()};
	for (int i = 0; i < a->nkw; i++)
		if (!strcmp(a->kwnames[i].str->s, "memory_format"))
			TRY(memory_format_of(b, a->kw[i], &o.memory_format));
	return to_run(b, torch_self(a), &o, out);
}

#define CAST(name, dtype)                                                                                        \
	static Status method_##name(Build *b, const PyArgs *a, IValue *out) { return cast(b, a, dtype, out); }
CAST(float, DT_F32)
CAST(double, DT_F64)
CAST(half, DT_F16)
CAST(bfloat16, DT_BF16)
CAST(int, DT_I32)
CAST(long, DT_I64)
CAST(short, DT_I16)
CAST(char, DT_I8)
CAST(byte, DT_U8)
CAST(bool, DT_BOOL)
CAST(cfloat, DT_C64)
CAST(cdouble, DT_C128)
CAST(chalf, DT_C32)
#undef CAST

static Status method_cpu(Build *b, const PyArgs *a, IValue *out)
{
	ToOptions o = {.dtype = iv_none(), .device = iv_device(DEVICE_CPU), .memory_format = iv_none()};
	IValue self = torch_self(a);
	if (tensor_device(self.tensor) == DEVICE_CPU && !b->tracer && !a->nkw) {
		*out = ivalue_ref(self);
		return STATUS_OK;
	}
	return to_run(b, self, &o, out);
}

static Status method_cuda(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return py_raise(b, "AssertionError", "Torch not compiled with CUDA enabled");
}

static DType dtype_of_type_name(const char *s) // "torch.FloatTensor", "FloatTensor"
{
	if (!strncmp(s, "torch.", 6))
		s += 6;
	size_t n = strlen(s);
	if (n < 6 || strcmp(s + n - 6, "Tensor"))
		return DT_NONE;
	return n == 6 ? DT_F32 : dtype_from_class_name(s, n - 6);
}

static Status method_type(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = torch_self(a), to = iv_none();
	if (a->npos)
		to = a->pos[0];
	for (int i = 0; i < a->nkw; i++)
		if (!strcmp(a->kwnames[i].str->s, "dtype"))
			to = a->kw[i];
	if (to.tag == TAG_NONE) {
		Text t = {0};
		text_addf(&t, "torch.%sTensor", dtype_class_name(tensor_dtype(self.tensor)));
		*out = iv_str(text_str(&t), t.size);
		text_free(&t);
		return STATUS_OK;
	}
	DType d = DT_NONE;
	if (to.tag == TAG_STR)
		d = dtype_of_type_name(to.str->s);
	else if (py_is(to, PY_CLASS) && PY_AS(PyClass, to)->is_native)
		d = dtype_of_type_name(PY_AS(PyClass, to)->name.str->s);
	if (d == DT_NONE && to.tag == TAG_STR)
		return py_raise(b, "ValueError", "invalid type: '%s'", to.str->s);
	if (d == DT_NONE)
		TRY(torch_dtype_of(b, to, &d));
	return cast(b, a, d, out);
}

static Status method_type_as(Build *b, const PyArgs *a, IValue *out)
{
	IValue other;
	TRY(args_parse(b, a, "type_as", "other:o", &other));
	if (other.tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "type_as(): argument 'other' (position 1) must be Tensor, not %s",
			py_type_name(b, other));
	IValue args[2] = {torch_self(a), other};
	return torch_run_key(b, "aten::type_as", args, 2, out);
}

// An array over the same storage: numpy here is a thin cover over tensors.
static Status method_numpy(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = torch_self(a);
	Tensor *t = self.tensor;
	if (t->requires_grad)
		return py_raise(b, "RuntimeError", "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
			"instead.");
	TRY(note(b, TRACED_DATA, t));
	IValue array = iv_none();
	PyModule *m;
	TRY(module_import(b, "numpy", &m));
	if (m->is_absent)
		return py_raise(b, "RuntimeError", "Numpy is not available");
	TRY(py_getattr(b, py_value(m), py_intern(b, "ndarray"), &array));
	Status s = py_call(b, array, &self, 1, out);
	ivalue_unref(&array);
	return s;
}

const NativeMethod *torch_convert_methods(void)
{
	static const NativeMethod methods[] = {
		{"item", method_item}, {"tolist", method_tolist}, {"__repr__", method_repr}, {"__str__", method_repr},
		{"to", method_to}, {"float", method_float}, {"double", method_double}, {"half", method_half},
		{"bfloat16", method_bfloat16}, {"int", method_int}, {"long", method_long}, {"short", method_short},
		{"char", method_char}, {"byte", method_byte}, {"bool", method_bool}, {"cfloat", method_cfloat},
		{"cdouble", method_cdouble}, {"chalf", method_chalf}, {"cpu", method_cpu}, {"cuda", method_cuda},
		{"type", method_type}, {"type_as", method_type_as}, {"numpy", method_numpy}, {NULL, NULL},
	};
	return methods;
}
