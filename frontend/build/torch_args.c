// SPDX-License-Identifier: BSD-3-Clause
// Arguments of ops: does a Python value fit a parameter, and what the kernel gets for it.
//
// The two steps are apart as in PyTorch's parser: fitting looks at kinds only (of lists at the first item), so that
// choosing an overload is cheap; what is found wrong while converting is an error and tries no other overload.
#include "frontend/build/torch.h"

#include "interp/number.h"
#include "interp/ops.h"

#include <stdlib.h>
#include <string.h>

bool torch_items(IValue v, const IValue **items, int64_t *n)
{
	v = py_unwrap(v);
	if (v.tag == TAG_LIST) {
		*items = v.list->items;
		*n = v.list->n;
		return true;
	}
	if (v.tag == TAG_TUPLE) {
		*items = v.tuple->items;
		*n = v.tuple->n;
		return true;
	}
	return false;
}

IValue torch_data(Build *b, IValue v)
{
	if (!py_is(v, PY_INSTANCE) || strcmp(PY_AS(PyInstance, v)->cls->module.str->s, "numpy"))
		return py_unwrap(v);
	IValue *t = py_instance_slot(PY_AS(PyInstance, v), py_intern(b, "_t"));
	return t && t->tag == TAG_TENSOR ? *t : py_unwrap(v);
}

static bool is_scalar_tensor(IValue v) { return v.tag == TAG_TENSOR && v.tensor->ndim == 0 && !v.tensor->requires_grad; }

bool torch_is_int_scalar(IValue v)
{
	return is_scalar_tensor(v) && dtype_is_int(tensor_dtype(v.tensor));
}

bool torch_is_index(Build *b, IValue v)
{
	v = py_unwrap(v);
	if (v.tag == TAG_INT)
		return true;
	if (v.tag == TAG_TENSOR)
		return v.tensor->numel == 1 && dtype_is_int(tensor_dtype(v.tensor));
	if (!py_is(v, PY_INSTANCE))
		return false;
	return py_class_lookup(PY_AS(PyInstance, v)->cls, py_intern(b, "__index__"), NULL) != NULL;
}

Status torch_as_int(Build *b, IValue v, int64_t *out)
{
	v = py_unwrap(v);
	if (v.tag == TAG_INT || v.tag == TAG_BOOL) {
		*out = v.i;
		return STATUS_OK;
	}
	if (v.tag == TAG_TENSOR)
		return torch_index(b, v, out);
	if (py_is(v, PY_INSTANCE) && torch_is_index(b, v)) {
		IValue r;
		TRY(py_call_method(b, v, "__index__", NULL, 0, &r));
		bool ok = r.tag == TAG_INT;
		*out = r.i;
		ivalue_unref(&r);
		if (ok)
			return STATUS_OK;
	}
	return py_raise(b, "TypeError", "'%s' object cannot be interpreted as an integer", py_type_name(b, v));
}

static bool is_number(IValue v) { return iv_is_number(v); }

static bool list_fits(Build *b, const TorchParam *p, IValue v, int64_t *failed)
{
	const IValue *items;
	int64_t n;
	if (!torch_items(v, &items, &n)) {
		if (p->type == TP_INTS)
			return p->fixed > 0 && (v.tag == TAG_INT || torch_is_int_scalar(v));
		return p->type == TP_FLOATS && p->fixed > 0 && (v.tag == TAG_FLOAT || v.tag == TAG_INT);
	}
	if (!n)
		return true;
	IValue first = py_unwrap(items[0]);
	bool ok = p->type == TP_INTS ? torch_is_index(b, first)
		: p->type == TP_FLOATS ? first.tag == TAG_FLOAT || first.tag == TAG_INT
		: p->type == TP_BOOLS ? first.tag == TAG_BOOL
		: p->type == TP_STRS ? first.tag == TAG_STR || first.tag == TAG_NONE : is_number(first) || is_scalar_tensor(first);
	if (!ok)
		*failed = 0;
	return ok;
}

static bool is_symbol(IValue v, SymbolKind k) { return py_is(v, PY_SYMBOL) && PY_AS(PySymbol, v)->what == k; }

static bool is_python_type(Build *b, IValue v)
{
	DType d;
	if (!py_is(v, PY_CLASS) || !PY_AS(PyClass, v)->is_native)
		return false;
	if (torch_dtype_of(b, v, &d) == STATUS_OK)
		return true;
	py_discard(b);
	return false;
}

Status torch_check(Build *b, const TorchParam *p, IValue v, bool *fits, int64_t *failed)
{
	v = py_unwrap(v);
	bool ok = false;
	switch (p->type) {
	case TP_TENSOR:
		ok = v.tag == TAG_TENSOR || (p->numbers && is_number(v));
		break;
	case TP_SCALAR:
	case TP_COMPLEX:
		ok = is_number(v) || is_scalar_tensor(v);
		break;
	case TP_FLOAT:
		ok = v.tag == TAG_FLOAT || v.tag == TAG_INT || v.tag == TAG_BOOL || is_scalar_tensor(v);
		break;
	case TP_INT:
		ok = v.tag == TAG_INT || torch_is_int_scalar(v) || (py_is(v, PY_INSTANCE) && torch_is_index(b, v));
		break;
	case TP_BOOL:
		ok = v.tag == TAG_BOOL;
		break;
	case TP_STR:
		ok = v.tag == TAG_STR;
		break;
	case TP_TENSORS: {
		const IValue *items;
		int64_t n;
		ok = torch_items(v, &items, &n);
		for (int64_t i = 0; ok && i < n; i++)
			if (items[i].tag != TAG_TENSOR) {
				*failed = i;
				return py_raise(b, "TypeError", "expected Tensor as element %lld in argument %d, but got %s",
					(long long)i, p->arg < 0 ? 0 : p->arg, py_type_name(b, items[i]));
			}
		break;
	}
	case TP_OPT_TENSORS: {
		const IValue *items;
		int64_t n;
		ok = torch_items(v, &items, &n);
		for (int64_t i = 0; ok && i < n; i++)
			ok = items[i].tag == TAG_TENSOR || items[i].tag == TAG_NONE;
		break;
	}
	case TP_INTS:
	case TP_FLOATS:
	case TP_BOOLS:
	case TP_STRS:
	case TP_SCALARS:
		ok = list_fits(b, p, v, failed);
		break;
	case TP_GENERATOR:
		ok = v.tag == TAG_GENERATOR;
		break;
	case TP_DTYPE:
		ok = is_symbol(v, SYMBOL_DTYPE) || is_python_type(b, v);
		break;
	case TP_LAYOUT:
		ok = is_symbol(v, SYMBOL_LAYOUT);
		break;
	case TP_MEMORY_FORMAT:
		ok = is_symbol(v, SYMBOL_MEMORY_FORMAT);
		break;
	case TP_QSCHEME:
		ok = is_symbol(v, SYMBOL_QSCHEME);
		break;
	case TP_DEVICE:
		ok = v.tag == TAG_DEVICE || v.tag == TAG_STR || v.tag == TAG_INT;
		break;
	case TP_STORAGE:
		ok = v.tag == TAG_CAPSULE;
		break;
	case TP_ANY:
		ok = true;
		break;
	}
	*fits = ok;
	return STATUS_OK;
}

static Status scalar_of(Build *b, IValue v, IValue *out)
{
	if (v.tag == TAG_TENSOR)
		return tensor_item(&b->x, v.tensor, out);
	*out = ivalue_ref(v);
	return STATUS_OK;
}

static Status unpack_failed(Build *b, const TorchParam *p, IValue item, int64_t i, int pos, const char *fname)
{
	(void)pos;
	py_discard(b);
	return py_raise(b, "TypeError", "%s(): argument '%s' failed to unpack the object at pos %lld with error \"type must be "
		"%s,but got %s\"", fname, p->name->s, (long long)i + 1, torch_param_type_name(p), py_type_name(b, item));
}

// A recorded size on its way back to being a number: the recording finds it by the argument it becomes.
Status torch_traced_int(Build *b, const Arg *a, int64_t i, Tensor *t, int64_t *out)
{
	IValue n;
	TRY(tracer_index(b, a, i, t));
	TRY(tensor_item(&b->x, t, &n));
	*out = iv_as_i64(n);
	ivalue_unref(&n);
	return STATUS_OK;
}

static Status convert_list(Build *b, const TorchParam *p, const Arg *a, IValue v, int pos, const char *fname, IValue *out)
{
	const IValue *items = &v;
	int64_t n = 1;
	const Type *list = a->type->kind == TYPE_OPTIONAL ? a->type->elem[0] : a->type;
	bool single = !torch_items(v, &items, &n);
	ListObj *l = list_new(list->elem[0], single ? p->fixed : n);
	*out = iv_take_list(l);
	Status s = STATUS_OK;
	for (int64_t i = 0; i < (single ? p->fixed : n) && s == STATUS_OK; i++) {
		IValue e = py_unwrap(items[single ? 0 : i]), r = iv_none();
		int64_t k = 0;
		switch (p->type) {
		case TP_INTS:
			if (e.tag != TAG_INT && e.tag != TAG_BOOL && !torch_is_index(b, e)) {
				s = unpack_failed(b, p, e, i, pos, fname);
				break;
			}
			s = b->tracer && e.tag == TAG_TENSOR ? torch_traced_int(b, a, i, e.tensor, &k) : torch_as_int(b, e, &k);
			r = iv_int(k);
			break;
		case TP_FLOATS:
			if (e.tag == TAG_TENSOR && e.tensor->numel == 1) {
				s = torch_number(b, e, TAG_FLOAT, &r);
				break;
			}
			if (!is_number(e) || e.tag == TAG_COMPLEX)
				s = unpack_failed(b, p, e, i, pos, fname);
			r = iv_float(s == STATUS_OK ? iv_as_f64(e) : 0);
			break;
		case TP_SCALARS:
			if (!is_number(e) && e.tag != TAG_TENSOR)
				s = unpack_failed(b, p, e, i, pos, fname);
			else
				s = scalar_of(b, e, &r);
			break;
		case TP_BOOLS:
			if (e.tag != TAG_BOOL)
				s = unpack_failed(b, p, e, i, pos, fname);
			r = e;
			break;
		default:
			r = ivalue_ref(e);
			break;
		}
		if (s == STATUS_OK)
			s = list_append_take(l, r, b->x.err);
	}
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

Status torch_convert(Build *b, const TorchSignature *s, const TorchParam *p, const Arg *a, IValue v, int pos,
	const char *fname, IValue *out)
{
	(void)s;
	v = py_unwrap(v);
	switch (p->type) {
	case TP_TENSOR:
		if (v.tag == TAG_TENSOR) {
			*out = ivalue_ref(v);
			return STATUS_OK;
		}
		{
			Tensor *t;
			DType d = v.tag == TAG_FLOAT ? DT_F64 : v.tag == TAG_COMPLEX ? DT_C128 : v.tag == TAG_BOOL ? DT_BOOL : DT_I64;
			TRY(number_tensor(&b->x, v, d, &t));
			t->wrapped_number = true;
			*out = iv_take_tensor(t);
			return STATUS_OK;
		}
	case TP_SCALAR:
	case TP_COMPLEX:
		return scalar_of(b, v, out);
	case TP_FLOAT:
		if (v.tag == TAG_TENSOR)
			return torch_number(b, v, TAG_FLOAT, out);
		*out = iv_float(iv_as_f64(v));
		return STATUS_OK;
	case TP_INT: {
		int64_t i;
		if (b->tracer && v.tag == TAG_TENSOR)
			TRY(torch_traced_int(b, a, 0, v.tensor, &i));
		else
			TRY(torch_as_int(b, v, &i));
		*out = iv_int(i);
		return STATUS_OK;
	}
	case TP_TENSORS:
	case TP_OPT_TENSORS:
	case TP_INTS:
	case TP_FLOATS:
	case TP_SCALARS:
	case TP_BOOLS:
	case TP_STRS:
		return convert_list(b, p, a, v, pos, fname, out);
	case TP_DTYPE: {
		DType d;
		TRY(torch_dtype_of(b, v, &d));
		*out = iv_int(d);
		return STATUS_OK;
	}
	case TP_LAYOUT:
	case TP_MEMORY_FORMAT:
	case TP_QSCHEME:
		*out = iv_int(PY_AS(PySymbol, v)->code);
		return STATUS_OK;
	case TP_DEVICE: {
		Device d;
		TRY(torch_device_of(b, v, &d));
		*out = iv_device(d);
		return STATUS_OK;
	}
	case TP_BOOL:
	case TP_STR:
	case TP_GENERATOR:
	case TP_STORAGE:
	case TP_ANY:
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	return STATUS_OK;
}
