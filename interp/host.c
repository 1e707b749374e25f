// SPDX-License-Identifier: BSD-3-Clause
// Calls from outside: arguments are matched to the schema by position and name and converted as PyTorch converts
// the arguments of its host language; then the forward hooks of a module run around the call.
#include "interp/code.h"
#include "interp/number.h"

#include <stdlib.h>

static const char *host_type_name(IValue v)
{
	switch ((Tag)v.tag) {
	case TAG_NONE:
		return "NoneType";
	case TAG_BOOL:
		return "bool";
	case TAG_INT:
		return "int";
	case TAG_FLOAT:
		return "float";
	case TAG_DEVICE:
		return "device";
	case TAG_TENSOR:
		return "Tensor";
	case TAG_COMPLEX:
		return "complex";
	case TAG_STR:
		return "str";
	case TAG_LIST:
		return "list";
	case TAG_DICT:
		return "dict";
	case TAG_TUPLE:
		return "tuple";
	case TAG_GENERATOR:
		return "Generator";
	case TAG_FUTURE:
		return "Future";
	case TAG_CAPSULE:
		return "capsule";
	case TAG_HOST:
		return v.host->kind->name;
	case TAG_OBJECT:
		return v.object->type->cls->name;
	case TAG_ENUM:
		return v.enm->type->name;
	case TAG_UNINIT:
		break;
	}
	return "uninitialized";
}

static bool single_element(IValue v) // a tensor that converts to a number
{
	return v.tag == TAG_TENSOR && v.tensor->numel == 1 && tensor_device(v.tensor) == DEVICE_CPU
		&& !dtype_is_quantized(tensor_dtype(v.tensor));
}

// *fits is false when v is nothing for t; a Status other than OK is a failure beyond that.
static Status convert(Exec *x, IValue v, const Type *t, IValue *out, bool *fits);

static Status convert_items(Exec *x, const IValue *items, int64_t n, const Type *elem, IValue *out, bool *fits)
{
	ListObj *l = list_new(elem, n < 4096 ? n : 4096);
	*out = iv_take_list(l);
	Status s = STATUS_OK;
	for (int64_t i = 0; i < n && *fits && s == STATUS_OK; i++) {
		IValue e;
		s = convert(x, items[i], elem, &e, fits);
		if (s == STATUS_OK && *fits)
			s = list_append_take(l, e, x->err);
	}
	if (s != STATUS_OK || !*fits)
		ivalue_unref(out);
	return s;
}

static Status convert_dict(Exec *x, const DictObj *d, const Type *t, IValue *out, bool *fits)
{
	DictObj *r = dict_new(t->elem[0], t->elem[1]);
	*out = iv_take_dict(r);
	Status s = STATUS_OK;
	int64_t pos = 0;
	for (DictEntry *e; *fits && s == STATUS_OK && (e = dict_next(d, &pos));) {
		IValue key, value;
		s = convert(x, e->key, t->elem[0], &key, fits);
		if (s != STATUS_OK || !*fits)
			break;
		s = convert(x, e->value, t->elem[1], &value, fits);
		if (s != STATUS_OK || !*fits) {
			ivalue_unref(&key);
			break;
		}
		s = dict_set_take(r, key, value, x->err);
	}
	if (s != STATUS_OK || !*fits)
		ivalue_unref(out);
	return s;
}

static Status convert_tuple(Exec *x, const IValue *items, int64_t n, const Type *t, IValue *out, bool *fits)
{
	*fits = n == t->n;
	if (!*fits)
		return STATUS_OK;
	TupleObj *r = tuple_new(n, t->name ? t : NULL);
	*out = iv_take_tuple(r);
	Status s = STATUS_OK;
	for (int64_t i = 0; i < n && *fits && s == STATUS_OK; i++)
		s = convert(x, items[i], t->elem[i], &r->items[i], fits);
	if (s != STATUS_OK || !*fits)
		ivalue_unref(out);
	return s;
}

static Status convert(Exec *x, IValue v, const Type *t, IValue *out, bool *fits)
{
	*out = iv_none();
	*fits = true;
	switch (t->kind) {
	case TYPE_OPTIONAL:
		return v.tag == TAG_NONE ? STATUS_OK : convert(x, v, t->elem[0], out, fits);
	case TYPE_UNION:
		// numbers, texts and tensors must be of a member as they are; containers may be converted
		for (int exact = 1; exact >= (v.tag != TAG_LIST && v.tag != TAG_TUPLE && v.tag != TAG_DICT); exact--)
			for (int i = 0; i < t->n; i++) {
				if (exact && !value_fits(v, t->elem[i]))
					continue;
				TRY(convert(x, v, t->elem[i], out, fits));
				if (*fits)
					return STATUS_OK;
			}
		*fits = false;
		return STATUS_OK;
	case TYPE_TENSOR: // None is PyTorch's undefined tensor
		if (v.tag == TAG_NONE)
			return STATUS_OK;
		break;
	case TYPE_INT:
		if (v.tag == TAG_INT || v.tag == TAG_BOOL)
			*out = iv_int(v.i);
		else if (single_element(v)) {
			DType d = tensor_dtype(v.tensor);
			const void *p = tensor_data(v.tensor);
			*out = iv_int(dtype_is_int(d) || d == DT_BOOL ? element_i64(p, d) : int_of_float(element_f64(p, d)));
		} else
			*fits = false;
		return STATUS_OK;
	case TYPE_FLOAT:
		if (v.tag == TAG_INT || v.tag == TAG_BOOL)
			*out = iv_float((double)v.i);
		else if (v.tag == TAG_FLOAT)
			*out = v;
		else if (single_element(v) && !dtype_is_complex(tensor_dtype(v.tensor)))
			*out = iv_float(element_f64(tensor_data(v.tensor), tensor_dtype(v.tensor)));
		else
			*fits = false;
		return STATUS_OK;
	case TYPE_BOOL:
		if (v.tag == TAG_INT || v.tag == TAG_BOOL)
			*out = iv_bool(v.i != 0);
		else if (v.tag == TAG_FLOAT)
			*out = iv_bool(v.f != 0);
		else if (single_element(v)) {
			double re, im;
			element_c128(tensor_data(v.tensor), tensor_dtype(v.tensor), &re, &im);
			*out = iv_bool(re != 0 || im != 0);
		} else
			*fits = false;
		return STATUS_OK;
	case TYPE_COMPLEX:
		if (v.tag == TAG_COMPLEX)
			*out = ivalue_ref(v);
		else if (v.tag == TAG_INT || v.tag == TAG_BOOL || v.tag == TAG_FLOAT)
			*out = iv_complex(iv_as_f64(v), 0);
		else if (single_element(v)) {
			double re, im;
			element_c128(tensor_data(v.tensor), tensor_dtype(v.tensor), &re, &im);
			*out = iv_complex(re, im);
		} else
			*fits = false;
		return STATUS_OK;
	case TYPE_NUMBER:
		if (iv_is_number(v))
			*out = ivalue_ref(v);
		else if (single_element(v)) {
			DType d = tensor_dtype(v.tensor);
			return convert(x, v, dtype_is_complex(d) ? &type_complex : dtype_is_float(d) ? &type_float
				: d == DT_BOOL ? &type_bool : &type_int, out, fits);
		} else
			*fits = false;
		return STATUS_OK;
	case TYPE_DEVICE:
		if (v.tag == TAG_STR) {
			Device d;
			TRY(device_parse(v.str->s, (size_t)v.str->n, &d, x->err));
			*out = iv_device(d);
			return STATUS_OK;
		}
		break;
	case TYPE_LIST:
		if (v.tag == TAG_LIST && v.list->elem && type_equal(v.list->elem, t->elem[0]))
			break; // passed by reference
		if (v.tag == TAG_LIST)
			return convert_items(x, v.list->items, v.list->n, t->elem[0], out, fits);
		if (v.tag == TAG_TUPLE)
			return convert_items(x, v.tuple->items, v.tuple->n, t->elem[0], out, fits);
		*fits = false;
		return STATUS_OK;
	case TYPE_DICT:
		if (v.tag == TAG_DICT && v.dict->key && v.dict->value && type_equal(v.dict->key, t->elem[0])
			&& type_equal(v.dict->value, t->elem[1]))
			break;
		if (v.tag == TAG_DICT)
			return convert_dict(x, v.dict, t, out, fits);
		*fits = false;
		return STATUS_OK;
	case TYPE_TUPLE:
		if (v.tag == TAG_TUPLE)
			return convert_tuple(x, v.tuple->items, v.tuple->n, t, out, fits);
		if (v.tag == TAG_LIST)
			return convert_tuple(x, v.list->items, v.list->n, t, out, fits);
		*fits = false;
		return STATUS_OK;
	default:
		break;
	}
	*fits = value_fits(v, t);
	if (*fits)
		*out = ivalue_ref(v);
	return STATUS_OK;
}

static Status wrong_type(Exec *x, const Schema *s, int i, int position, IValue v, const char *declaration)
{
	Text value = {0};
	ivalue_repr(&value, v);
	char *want = type_str_repr(s->args[i].type);
	Status r = fail(x->err, STATUS_ARGUMENT,
		"%s() Expected a value of type '%s' for argument '%s' but instead found type '%s'.\nPosition: %d\nValue: "
		"%s\nDeclaration: %s", s->name, want, s->args[i].name, host_type_name(v), position, text_str(&value),
		declaration);
	free(want);
	text_free(&value);
	return r;
}

static int find_argument(const Schema *s, const char *name)
{
	for (int i = 0; i < s->nargs; i++)
		if (!strcmp(s->args[i].name, name))
			return i;
	return -1;
}

// Fills own[0 … s->nargs); on failure what was filled is the caller's too.
static Status bind(Exec *x, const Schema *s, IValue self, const IValue *args, int nargs, const char *const *kwnames,
	const IValue *kwargs, int nkwargs, IValue *own, const char *declaration)
{
	int shift = iv_is_none(self) ? 0 : 1;
	int positional = 0;
	for (int i = 0; i < s->nargs; i++)
		positional += !s->args[i].kwonly;
	if (nargs + shift > positional)
		return fail(x->err, STATUS_ARGUMENT,
			"%s() expected at most %d argument(s) but received %d argument(s). Declaration: %s", s->name, positional,
			nargs + nkwargs + shift, declaration);
	if (shift)
		own[0] = ivalue_ref(self);
	for (int i = shift; i < s->nargs; i++) {
		const IValue *v = NULL;
		if (i - shift < nargs)
			v = &args[i - shift];
		for (int k = 0; k < nkwargs && !v; k++)
			if (!strcmp(kwnames[k], s->args[i].name))
				v = &kwargs[k];
		if (!v) {
			if (!s->args[i].has_default)
				return fail(x->err, STATUS_ARGUMENT, "%s() is missing value for argument '%s'. Declaration: %s", s->name,
					s->args[i].name, declaration);
			own[i] = ivalue_ref(s->args[i].def);
			continue;
		}
		bool fits = true;
		TRY(convert(x, *v, s->args[i].type, &own[i], &fits));
		if (!fits)
			return wrong_type(x, s, i, i, *v, declaration);
	}
	for (int k = 0; k < nkwargs; k++) {
		int i = find_argument(s, kwnames[k]);
		if (i >= 0 && i < nargs + shift)
			return fail(x->err, STATUS_ARGUMENT,
				"Argument '%s' specified both as positional and keyword argument. Schema: %s", kwnames[k], declaration);
		if (i < 0)
			return fail(x->err, STATUS_ARGUMENT, "Unknown keyword argument '%s' for operator '%s'. Schema: %s",
				kwnames[k], s->name, declaration);
	}
	return STATUS_OK;
}

// The tuple of a forward's inputs, as hooks see it.
static IValue inputs_tuple(const IValue *own, int n)
{
	TupleObj *t = tuple_new(n - 1, NULL);
	for (int i = 1; i < n; i++)
		t->items[i - 1] = ivalue_ref(own[i]);
	return iv_take_tuple(t);
}

static Status run_pre_hooks(Exec *x, const ClassType *c, IValue *own, int n)
{
	for (int h = 0; h < c->npre_hooks; h++) {
		Function *hook = class_find_method(c, c->pre_hooks[h]);
		if (!hook)
			return xfail(x, "the forward pre-hook '%s' is not defined", c->pre_hooks[h]);
		IValue args[2] = {own[0], inputs_tuple(own, n)}, r;
		Status s = interp_call(x, hook, args, 2, &r);
		ivalue_unref(&args[1]);
		TRY(s);
		if (r.tag == TAG_TUPLE && r.tuple->n == n - 1) {
			for (int i = 1; i < n; i++)
				ivalue_set(&own[i], ivalue_ref(r.tuple->items[i - 1]));
		} else if (r.tag != TAG_NONE && n == 2) {
			ivalue_set(&own[1], r);
			continue;
		}
		ivalue_unref(&r);
	}
	return STATUS_OK;
}

static Status run_hooks(Exec *x, const ClassType *c, const IValue *own, int n, IValue *ret)
{
	for (int h = 0; h < c->nhooks; h++) {
		Function *hook = class_find_method(c, c->hooks[h]);
		if (!hook)
			return xfail(x, "the forward hook '%s' is not defined", c->hooks[h]);
		IValue args[3] = {own[0], inputs_tuple(own, n), *ret}, r;
		Status s = interp_call(x, hook, args, 3, &r);
		ivalue_unref(&args[1]);
		TRY(s);
		if (r.tag != TAG_NONE)
			ivalue_set(ret, r);
	}
	return STATUS_OK;
}

Status interp_call_host(Exec *x, Function *f, IValue self, const IValue *args, int nargs, const char *const *kwnames,
	const IValue *kwargs, int nkwargs, IValue *ret)
{
	TRY(function_ensure(f, x->err));
	Schema named = *f->schema;
	const Schema *s = &named;
	named.name = f->short_name ? f->short_name : f->name;
	Text declaration = {0};
	schema_print(s, &declaration);
	IValue *own = xcalloc((size_t)s->nargs + 1, sizeof *own);
	Status status = bind(x, s, self, args, nargs, kwnames, kwargs, nkwargs, own, text_str(&declaration));
	const ClassType *c = f->self && f->self->kind == TYPE_CLASS ? f->self->cls : NULL;
	bool hooked = c && (c->nhooks || c->npre_hooks) && !strcmp(named.name, "forward") && s->nargs;
	const Code *code = NULL;
	if (status == STATUS_OK)
		status = function_code(f, &code, x->err);
	if (status == STATUS_OK && code->lacks_ops)
		status = missing_ops_refuse(code->graph, x->err);
	if (status == STATUS_OK && hooked)
		status = run_pre_hooks(x, c, own, s->nargs);
	if (status == STATUS_OK)
		status = interp_call(x, f, own, s->nargs, ret);
	if (status == STATUS_OK && hooked) {
		status = run_hooks(x, c, own, s->nargs, ret);
		if (status != STATUS_OK)
			ivalue_unref(ret);
	}
	for (int i = 0; i < s->nargs; i++)
		ivalue_unref(&own[i]);
	free(own);
	text_free(&declaration);
	return status;
}
