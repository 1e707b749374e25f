// SPDX-License-Identifier: BSD-3-Clause
// torch.Tensor: the class, its attributes, and the methods that are no ops.
//
// Methods that are ops come from the list of names (torch_names.c) and carry their overloads; what PyTorch binds by hand
// stands here and in torch_convert.c.  Attributes that a program sets on a tensor are kept beside it for the life of the
// Build, for a Tensor has no place for them.
#include "frontend/build/torch.h"

#include "interp/ops.h"

#include <stdlib.h>
#include <string.h>

static Tensor *self_tensor(const PyArgs *a) { return py_unwrap(torch_self(a)).tensor; }

static Status size_of_dim(Build *b, const Tensor *t, IValue dim, const int64_t *of, IValue *out)
{
	int64_t d;
	int at;
	TRY(torch_as_int(b, dim, &d));
	TRY(wrap_dim(d, t->ndim, &at, b->x.err));
	if (t->ndim == 0)
		return py_raise(b, "IndexError", "Dimension specified as %lld but tensor has no dimensions", (long long)d);
	*out = iv_int(of[at]);
	return STATUS_OK;
}

static IValue dim_argument(const PyArgs *a)
{
	return a->npos ? a->pos[0] : a->nkw ? a->kw[0] : iv_none();
}

// While tracing, sizes are tensors: what is computed of them is recorded.
static Status traced_size(Build *b, Tensor *t, IValue dim, IValue *out)
{
	IValue at;
	if (dim.tag != TAG_NONE) {
		int d;
		int64_t i;
		TRY(torch_as_int(b, dim, &i));
		TRY(wrap_dim(i, t->ndim, &d, b->x.err));
		if (t->ndim == 0)
			return size_of_dim(b, t, dim, t->sizes, out);
		return tracer_size(b, t, d, out);
	}
	*out = py_size(b, t->sizes, t->ndim);
	TupleObj *sizes = py_unwrap(*out).tuple;
	for (int i = 0; i < t->ndim; i++) {
		Status st = tracer_size(b, t, i, &at);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
		ivalue_set(&sizes->items[i], at);
	}
	return STATUS_OK;
}

static Status method_size(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = self_tensor(a);
	IValue dim = dim_argument(a);
	if (b->tracer)
		return traced_size(b, t, dim, out);
	if (dim.tag != TAG_NONE)
		return size_of_dim(b, t, dim, t->sizes, out);
	*out = py_size(b, t->sizes, t->ndim);
	return STATUS_OK;
}

static Status method_stride(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = self_tensor(a);
	IValue dim = dim_argument(a);
	if (dim.tag != TAG_NONE)
		return size_of_dim(b, t, dim, t->strides, out);
	TupleObj *r = tuple_new(t->ndim, NULL);
	for (int i = 0; i < t->ndim; i++)
		r->items[i] = iv_int(t->strides[i]);
	*out = iv_take_tuple(r);
	return STATUS_OK;
}

static Status get_shape(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = self_tensor(a);
	if (b->tracer)
		return traced_size(b, t, iv_none(), out);
	*out = py_size(b, t->sizes, t->ndim);
	return STATUS_OK;
}

#define GETTER(name, value)                                                                                      \
	static Status get_##name(Build *b, const PyArgs *a, IValue *out)                                         \
	{                                                                                                        \
		Tensor *t = self_tensor(a);                                                                      \
		(void)b, (void)t;                                                                                \
		*out = value;                                                                                    \
		return STATUS_OK;                                                                                \
	}
GETTER(dtype, py_symbol(b, SYMBOL_DTYPE, t->dtype))
GETTER(device, iv_device(tensor_device(t)))
GETTER(layout, py_symbol(b, SYMBOL_LAYOUT, 0))
GETTER(ndim, iv_int(t->ndim))
GETTER(numel, iv_int(t->numel))
GETTER(itemsize, iv_int((int64_t)dtype_size(tensor_dtype(t))))
GETTER(nbytes, iv_int((int64_t)dtype_size(tensor_dtype(t)) * t->numel))
GETTER(requires_grad, iv_bool(t->requires_grad))
GETTER(none, iv_none())
GETTER(is_leaf, iv_bool(true))
GETTER(false, iv_bool(false))
GETTER(is_cpu, iv_bool(tensor_device(t) == DEVICE_CPU))
GETTER(is_cuda, iv_bool(tensor_device(t) >> 8 == DEVICE_TYPE_CUDA))
GETTER(is_meta, iv_bool(tensor_device(t) == DEVICE_META))
GETTER(is_quantized, iv_bool(dtype_is_quantized(tensor_dtype(t))))
GETTER(version, iv_int(0))
GETTER(storage_offset, iv_int(t->offset))
GETTER(element_size, iv_int((int64_t)dtype_size(tensor_dtype(t))))
GETTER(data_ptr, iv_int((int64_t)(intptr_t)tensor_data(t)))
GETTER(get_device, iv_int(-1))
#undef GETTER

static Status set_requires_grad(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = torch_self(a);
	IValue v = a->npos > 1 ? a->pos[1] : a->npos ? a->pos[0] : iv_bool(true);
	if (v.tag != TAG_BOOL)
		return py_raise(b, "RuntimeError", "requires_grad must be a bool");
	Tensor *t = py_unwrap(self).tensor;
	DType d = tensor_dtype(t);
	if (v.b && !dtype_is_float(d) && !dtype_is_complex(d))
		return py_raise(b, "RuntimeError", "only Tensors of floating point dtype can require gradients");
	t->requires_grad = v.b;
	*out = iv_none();
	return STATUS_OK;
}

static Status method_requires_grad_(Build *b, const PyArgs *a, IValue *out)
{
	bool on = true;
	IValue self = torch_self(a);
	if (a->npos)
		TRY(py_truth(b, a->pos[0], &on));
	if (a->nkw)
		TRY(py_truth(b, a->kw[0], &on));
	DType d = tensor_dtype(py_unwrap(self).tensor);
	if (on && !dtype_is_float(d) && !dtype_is_complex(d))
		return py_raise(b, "RuntimeError", "only Tensors of floating point dtype can require gradients");
	py_unwrap(self).tensor->requires_grad = on;
	*out = ivalue_ref(self);
	return STATUS_OK;
}

// x.data: the same elements under another Tensor that needs no gradient.
static Status get_data(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = self_tensor(a);
	if (b->tracer) {
		IValue self = py_unwrap(torch_self(a));
		return torch_run_row(b, ROW_DETACH, &self, 1, out);
	}
	*out = iv_take_tensor(tensor_alias(t));
	out->tensor->requires_grad = out->tensor->is_parameter = false;
	return STATUS_OK;
}

static Status set_data(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = self_tensor(a);
	IValue v = py_unwrap(a->npos > 1 ? a->pos[1] : a->pos[0]);
	if (v.tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "Variable data has to be a tensor, but got %s", py_type_name(b, v));
	Tensor *s = v.tensor;
	if (t->requires_grad && !dtype_is_float(tensor_dtype(s)) && !dtype_is_complex(tensor_dtype(s)))
		return py_raise(b, "RuntimeError", "data set to a tensor that requires gradients must be floating point or complex "
			"dtype");
	tensor_set_storage(t, s->storage, tensor_dtype(s));
	tensor_set_geometry(t, s->sizes, s->strides, s->ndim, s->offset);
	t->conj = s->conj;
	t->neg = s->neg;
	*out = iv_none();
	return STATUS_OK;
}

static DictObj *tensor_dict(Build *b, IValue v, bool make)
{
	Torch *t = torch_state(b);
	IValue *d = t->tensor_attrs ? dict_find(t->tensor_attrs, v) : NULL;
	if (d)
		return d->dict;
	if (!make)
		return NULL;
	if (!t->tensor_attrs)
		t->tensor_attrs = dict_new(&type_any, &type_any);
	IValue fresh = py_dict(b);
	DictObj *r = fresh.dict;
	if (dict_set_take(t->tensor_attrs, ivalue_ref(v), fresh, b->x.err) != STATUS_OK)
		return NULL;
	return r;
}

static Status get_grad(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = tensor_dict(b, py_unwrap(torch_self(a)), false);
	IValue *g = d ? dict_find(d, py_name(b, "grad")) : NULL;
	*out = g ? ivalue_ref(*g) : iv_none();
	return STATUS_OK;
}

static Status set_grad(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a)), v = a->npos > 1 ? a->pos[1] : a->pos[0];
	*out = iv_none();
	if (v.tag != TAG_NONE && v.tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "assigned grad expected to be a Tensor or None but got grad of type %s",
			py_type_name(b, v));
	DictObj *d = tensor_dict(b, self, v.tag != TAG_NONE);
	if (!d)
		return STATUS_OK;
	return dict_set_take(d, ivalue_ref(py_name(b, "grad")), ivalue_ref(v), b->x.err);
}

static Status get_T(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a));
	return torch_run_key(b, "aten::numpy_T", &self, 1, out);
}
static Status get_mT(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a));
	return torch_run_key(b, "aten::mT", &self, 1, out);
}
static Status get_H(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a));
	return torch_run_key(b, "aten::matrix_H", &self, 1, out);
}
static Status get_mH(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a));
	return torch_run_key(b, "aten::mH", &self, 1, out);
}
static Status get_real(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a));
	return torch_call_n(b, "real", &self, 1, out);
}
static Status get_imag(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a));
	return torch_call_n(b, "imag", &self, 1, out);
}

static Status method_contiguous(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a)), format = a->npos ? a->pos[0] : a->nkw ? a->kw[0] : iv_none();
	IValue args[2] = {self, iv_int(py_is(format, PY_SYMBOL) ? PY_AS(PySymbol, format)->code : 0)};
	if (!b->tracer && args[1].i == 0 && tensor_is_contiguous(self.tensor) && !self.tensor->conj && !self.tensor->neg) {
		*out = ivalue_ref(self);
		return STATUS_OK;
	}
	return torch_run_key(b, "aten::contiguous", args, 2, out);
}

static Status method_is_contiguous(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	Tensor *t = self_tensor(a);
	IValue format = a->npos ? a->pos[0] : a->nkw ? a->kw[0] : iv_none();
	int64_t code = py_is(format, PY_SYMBOL) ? PY_AS(PySymbol, format)->code : 0;
	*out = iv_bool(code == 2 ? t->ndim == 4 && tensor_is_channels_last(t)
		: code == 3 ? t->ndim == 5 && tensor_is_channels_last(t) : tensor_is_contiguous(t));
	return STATUS_OK;
}

static Status method_nonzero(Build *b, const PyArgs *a, IValue *out)
{
	bool as_tuple = false;
	IValue self = py_unwrap(torch_self(a));
	if (a->nkw)
		TRY(py_truth(b, a->kw[0], &as_tuple));
	return torch_run_key(b, as_tuple ? "aten::nonzero_numpy" : "aten::nonzero", &self, 1, out);
}

static Status no_gradients(Build *b, const PyArgs *a, IValue *out)
{
	(void)out;
	Tensor *t = self_tensor(a);
	if (!t->requires_grad)
		return py_raise(b, "RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn");
	return py_raise(b, "NotImplementedError", "gradients are not available: backward() cannot run here");
}

static Status register_hook(Build *b, const PyArgs *a, IValue *out)
{
	(void)out;
	if (!self_tensor(a)->requires_grad)
		return py_raise(b, "RuntimeError", "cannot register a hook on a tensor that doesn't require gradient");
	return py_raise(b, "NotImplementedError", "gradients are not available: a hook would never be called");
}

static Status method_self(Build *b, const PyArgs *a, IValue *out) // pin_memory, share_memory_, coalesce …
{
	(void)b;
	*out = ivalue_ref(torch_self(a));
	return STATUS_OK;
}

static Status method_apply_(Build *b, const PyArgs *a, IValue *out)
{
	Tensor *t = self_tensor(a);
	if (a->npos != 1)
		return py_raise(b, "TypeError", "apply_() takes exactly one argument (%d given)", a->npos);
	ElemIter it;
	elem_iter_init(&it, t);
	DType d = tensor_dtype(t);
	for (; it.left; elem_iter_next(&it, t)) {
		Tensor *e = tensor_view(t, NULL, NULL, 0, t->offset + it.offset);
		IValue n, r;
		Status s = tensor_item(&b->x, e, &n);
		tensor_unref(&e);
		TRY(s);
		s = py_call(b, a->pos[0], &n, 1, &r);
		ivalue_unref(&n);
		TRY(s);
		if (!iv_is_number(r)) {
			s = py_raise(b, "TypeError", "apply_(): the function must give a number, not %s", py_type_name(b, r));
			ivalue_unref(&r);
			return s;
		}
		uint8_t *p = (uint8_t *)tensor_data(t) + it.offset * (int64_t)dtype_size(d);
		if (dtype_is_int(d) || d == DT_BOOL)
			element_set_i64(p, d, iv_as_i64(r));
		else if (dtype_is_complex(d) && r.tag == TAG_COMPLEX)
			element_set_c128(p, d, r.complex_->re, r.complex_->im);
		else
			element_set_f64(p, d, iv_as_f64(r));
		ivalue_unref(&r);
	}
	*out = ivalue_ref(torch_self(a));
	return STATUS_OK;
}

static Status method_len(Build *b, const PyArgs *a, IValue *out)
{
	int64_t n;
	TRY(torch_len(b, py_unwrap(torch_self(a)), &n));
	*out = iv_int(n);
	return STATUS_OK;
}

static Status method_getitem(Build *b, const PyArgs *a, IValue *out)
{
	return torch_getitem(b, py_unwrap(torch_self(a)), a->pos[a->npos - 1], out);
}

static Status method_setitem(Build *b, const PyArgs *a, IValue *out)
{
	*out = iv_none();
	if (a->npos < 2)
		return py_raise(b, "TypeError", "expected 2 arguments, got %d", a->npos);
	return torch_setitem(b, py_unwrap(torch_self(a)), a->pos[a->npos - 2], a->pos[a->npos - 1]);
}

static Status method_delitem(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return py_raise(b, "TypeError", "Tensor does not support deleting items");
}

static Status method_contains(Build *b, const PyArgs *a, IValue *out)
{
	bool r;
	TRY(torch_contains(b, py_unwrap(torch_self(a)), a->pos[a->npos - 1], &r));
	*out = iv_bool(r);
	return STATUS_OK;
}

static Status method_deepcopy(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = py_unwrap(torch_self(a)), args[2] = {self, iv_none()};
	TRY(torch_run_key(b, "aten::clone", args, 2, out));
	out->tensor->requires_grad = self.tensor->requires_grad;
	out->tensor->is_parameter = self.tensor->is_parameter;
	return STATUS_OK;
}

// ---- operators by name: x.__add__(1), super().__mul__(y)

static Status method_operator(Build *b, const PyArgs *a, Operator op, bool reflect, bool inplace, IValue *out)
{
	if (!a->npos)
		return py_raise(b, "TypeError", "expected 1 argument, got 0");
	IValue self = torch_self(a), other = a->pos[a->npos - 1];
	bool handled;
	TRY(torch_operator(b, op, reflect ? other : self, reflect ? self : other, inplace, out, &handled));
	if (!handled)
		*out = ivalue_ref(py_notimplemented(b));
	return STATUS_OK;
}
#define OPERATOR(name, op)                                                                                       \
	static Status op_##name(Build *b, const PyArgs *a, IValue *out) { return method_operator(b, a, op, false, false, out); } \
	static Status op_r##name(Build *b, const PyArgs *a, IValue *out) { return method_operator(b, a, op, true, false, out); } \
	static Status op_i##name(Build *b, const PyArgs *a, IValue *out) { return method_operator(b, a, op, false, true, out); }
#define OPERATORS(X) X(add, OP_ADD) X(sub, OP_SUB) X(mul, OP_MUL) X(truediv, OP_DIV) X(floordiv, OP_FLOORDIV) \
	X(mod, OP_MOD) X(pow, OP_POW) X(matmul, OP_MATMUL) X(and, OP_BITAND) X(or, OP_BITOR) X(xor, OP_BITXOR) \
	X(lshift, OP_LSHIFT) X(rshift, OP_RSHIFT)
OPERATORS(OPERATOR)
#define COMPARISON(name, op)                                                                                     \
	static Status op_##name(Build *b, const PyArgs *a, IValue *out) { return method_operator(b, a, op, false, false, out); }
COMPARISON(lt, OP_LT)
COMPARISON(gt, OP_GT)
COMPARISON(le, OP_LE)
COMPARISON(ge, OP_GE)
COMPARISON(eq, OP_EQ)
COMPARISON(ne, OP_NE)

// ---- attributes

Status torch_getattr(Build *b, IValue v, StrObj *name, IValue *out, bool *found)
{
	PyClass *c = torch_tensor_class(b, v.tensor);
	*found = true;
	IValue *slot = py_class_lookup(c, name, NULL);
	if (slot && py_is(*slot, PY_PROPERTY)) {
		IValue get = PY_AS(PyProperty, *slot)->get;
		if (py_is(get, PY_NATIVE)) {
			PyArgs a = {.callee = PY_AS(PyNative, get), .self = v};
			return PY_AS(PyNative, get)->fn(b, &a, out);
		}
		return py_call(b, get, &v, 1, out);
	}
	if (!slot || !py_is(*slot, PY_NATIVE)) {
		DictObj *d = tensor_dict(b, v, false);
		IValue *own = d ? dict_find(d, (IValue){.str = name, .tag = TAG_STR}) : NULL;
		if (own) {
			*out = ivalue_ref(*own);
			return STATUS_OK;
		}
		if (slot && py_is(*slot, PY_FUNCTION)) {
			PyMethod *m = py_new(b, PY_METHOD, sizeof *m);
			m->fn = ivalue_ref(*slot);
			m->self = ivalue_ref(v);
			*out = py_value(m);
			return STATUS_OK;
		}
		if (slot) {
			*out = ivalue_ref(*slot);
			return STATUS_OK;
		}
		if (!strcmp(name->s, "__class__")) {
			*out = ivalue_ref(py_value(c));
			return STATUS_OK;
		}
		if (!strcmp(name->s, "__dict__")) {
			DictObj *own_dict = tensor_dict(b, v, true);
			*out = own_dict ? ivalue_ref((IValue){.dict = own_dict, .tag = TAG_DICT}) : py_dict(b);
			return STATUS_OK;
		}
		*found = false;
		return STATUS_OK;
	}
	const PyNative *n = PY_AS(PyNative, *slot);
	PyNative *bound = py_new(b, PY_NATIVE, sizeof *bound);
	bound->path = n->path;
	bound->fn = n->fn;
	bound->data = n->data;
	bound->self = ivalue_ref(v);
	*out = py_value(bound);
	return STATUS_OK;
}

Status torch_setattr(Build *b, IValue v, StrObj *name, IValue value)
{
	IValue *slot = py_class_lookup(torch_tensor_class(b, v.tensor), name, NULL);
	if (slot && py_is(*slot, PY_PROPERTY)) {
		IValue set = PY_AS(PyProperty, *slot)->set, r;
		if (set.tag == TAG_NONE || set.tag == TAG_UNINIT)
			return py_raise(b, "AttributeError", "attribute '%s' of 'torch._C.TensorBase' objects is not writable", name->s);
		IValue args[2] = {v, value};
		if (py_is(set, PY_NATIVE)) {
			PyArgs a = {.callee = PY_AS(PyNative, set), .self = v, .pos = &args[1], .npos = 1};
			TRY(PY_AS(PyNative, set)->fn(b, &a, &r));
		} else {
			TRY(py_call(b, set, args, 2, &r));
		}
		ivalue_unref(&r);
		return STATUS_OK;
	}
	DictObj *d = tensor_dict(b, v, true);
	if (!d)
		return STATUS_MEMORY;
	return dict_set_take(d, ivalue_ref((IValue){.str = name, .tag = TAG_STR}), ivalue_ref(value), b->x.err);
}

Status torch_delattr(Build *b, IValue v, StrObj *name)
{
	DictObj *d = tensor_dict(b, v, false);
	IValue key = {.str = name, .tag = TAG_STR};
	if (!strcmp(name->s, "grad") || (d && dict_delete(d, key)))
		return STATUS_OK;
	return py_raise(b, "AttributeError", "'%s' object has no attribute '%s'", py_type_name(b, v), name->s);
}

PyClass *torch_tensor_class(Build *b, const Tensor *t)
{
	if (t && t->numel == 0 && torch_is_uninitialized(b, t))
		return torch_class(b, t->is_parameter ? "torch.nn.parameter.UninitializedParameter"
			: "torch.nn.parameter.UninitializedBuffer");
	return torch_class(b, t && t->is_parameter ? "torch.nn.parameter.Parameter" : "torch.Tensor");
}

static void add_method(Build *b, const char *name, size_t n, void *arg)
{
	Text op = {0}, path = {0};
	text_add(&op, "aten::");
	text_addn(&op, name, n);
	TorchName *t = torch_name(b, text_str(&op));
	if (t) {
		text_add(&path, "torch.Tensor.");
		text_addn(&path, name, n);
		IValue f = py_native(b, text_str(&path), torch_native_method, t);
		PY_AS(PyNative, f)->is_method = true;
		py_class_set_take(b, arg, text_str(&path) + 13, f);
	}
	text_free(&op);
	text_free(&path);
}

PyClass *torch_tensor_init(Build *b)
{
	static const NativeMethod methods[] = {
		{"size", method_size}, {"stride", method_stride}, {"dim", get_ndim}, {"ndimension", get_ndim}, {"numel", get_numel},
		{"nelement", get_numel}, {"element_size", get_element_size}, {"storage_offset", get_storage_offset},
		{"data_ptr", get_data_ptr}, {"get_device", get_get_device}, {"requires_grad_", method_requires_grad_},
		{"contiguous", method_contiguous}, {"is_contiguous", method_is_contiguous}, {"nonzero", method_nonzero},
		{"backward", no_gradients}, {"register_hook", register_hook}, {"retain_grad", get_none},
		{"register_post_accumulate_grad_hook", register_hook}, {"pin_memory", method_self}, {"share_memory_", method_self},
		{"is_shared", get_false}, {"is_pinned", get_false}, {"apply_", method_apply_}, {"__len__", method_len},
		{"__getitem__", method_getitem}, {"__setitem__", method_setitem}, {"__delitem__", method_delitem},
		{"__contains__", method_contains}, {"__deepcopy__", method_deepcopy},
#define X(name, op) {"__" #name "__", op_##name}, {"__r" #name "__", op_r##name}, {"__i" #name "__", op_i##name},
		OPERATORS(X)
#undef X
		{"__div__", op_truediv}, {"__rdiv__", op_rtruediv}, {"__idiv__", op_itruediv}, {"__lt__", op_lt},
		{"__gt__", op_gt}, {"__le__", op_le}, {"__ge__", op_ge}, {"__eq__", op_eq}, {"__ne__", op_ne},
		{NULL, NULL},
	};
	static const struct { const char *name; NativeFn get, set; } properties[] = {
		{"shape", get_shape, NULL}, {"dtype", get_dtype, NULL}, {"device", get_device, NULL}, {"layout", get_layout, NULL},
		{"ndim", get_ndim, NULL}, {"itemsize", get_itemsize, NULL}, {"nbytes", get_nbytes, NULL}, {"T", get_T, NULL},
		{"mT", get_mT, NULL}, {"H", get_H, NULL}, {"mH", get_mH, NULL}, {"real", get_real, NULL}, {"imag", get_imag, NULL},
		{"data", get_data, set_data}, {"grad", get_grad, set_grad}, {"requires_grad", get_requires_grad, set_requires_grad},
		{"is_leaf", get_is_leaf, NULL}, {"grad_fn", get_none, NULL}, {"is_cpu", get_is_cpu, NULL},
		{"is_cuda", get_is_cuda, NULL}, {"is_meta", get_is_meta, NULL}, {"is_quantized", get_is_quantized, NULL},
		{"is_sparse", get_false, NULL}, {"is_sparse_csr", get_false, NULL}, {"is_nested", get_false, NULL},
		{"is_mkldnn", get_false, NULL}, {"is_mps", get_false, NULL}, {"is_xpu", get_false, NULL},
		{"is_xla", get_false, NULL}, {"is_vulkan", get_false, NULL}, {"_version", get_version, NULL},
		{"retains_grad", get_false, NULL}, {"name", get_none, NULL}, {"output_nr", get_version, NULL},
	};
	PyClass *c = torch_make_class(b, "torch.Tensor", NULL, PAYLOAD_TENSOR, torch_legacy_make, NULL);
	torch_each_name(b, torch_method_names, add_method, c);
	py_class_methods(b, c, torch_convert_methods());
	py_class_methods(b, c, methods);
	for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
		py_class_property(b, c, properties[i].name, properties[i].get, properties[i].set);
	return c;
}
