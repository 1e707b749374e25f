// SPDX-License-Identifier: BSD-3-Clause
// What instructions do with single values: run-time type tests, tolist, indexing of module containers, futures.
#include "interp/code.h"

#include <stdio.h>
#include <stdlib.h>

// Lists made at run time (dict.items()) may know less of their elements than the compiler does.
static bool elem_fits(const Type *have, const Type *want)
{
	if (have && ((have->kind == TYPE_ANYTUPLE && want->kind == TYPE_TUPLE) || have->kind == TYPE_ANY))
		return true;
	return !have || type_equal(have, want) || type_subtype(have, want, NULL);
}

bool value_fits(IValue v, const Type *t)
{
	switch (t->kind) {
	case TYPE_TENSOR:
		return v.tag == TAG_TENSOR;
	case TYPE_INT:
		return v.tag == TAG_INT;
	case TYPE_FLOAT:
		return v.tag == TAG_FLOAT;
	case TYPE_BOOL:
		return v.tag == TAG_BOOL;
	case TYPE_COMPLEX:
		return v.tag == TAG_COMPLEX;
	case TYPE_NUMBER:
		return v.tag == TAG_INT || v.tag == TAG_FLOAT || v.tag == TAG_COMPLEX || v.tag == TAG_BOOL;
	case TYPE_STR:
		return v.tag == TAG_STR;
	case TYPE_NONE:
		return v.tag == TAG_NONE;
	case TYPE_ANY:
	case TYPE_VAR:
		return v.tag != TAG_UNINIT;
	case TYPE_DEVICE:
		return v.tag == TAG_DEVICE;
	case TYPE_GENERATOR:
		return v.tag == TAG_GENERATOR;
	case TYPE_STREAM:
	case TYPE_CAPSULE:
	case TYPE_STORAGE:
		return v.tag == TAG_CAPSULE;
	case TYPE_ANYLIST:
		return v.tag == TAG_LIST;
	case TYPE_ANYTUPLE:
		return v.tag == TAG_TUPLE;
	case TYPE_ANYENUM:
		return v.tag == TAG_ENUM;
	case TYPE_ANYCLASS:
		return v.tag == TAG_OBJECT;
	case TYPE_LIST:
		return v.tag == TAG_LIST && elem_fits(v.list->elem, t->elem[0]);
	case TYPE_DICT:
		return v.tag == TAG_DICT && elem_fits(v.dict->key, t->elem[0]) && elem_fits(v.dict->value, t->elem[1]);
	case TYPE_TUPLE:
		if (v.tag != TAG_TUPLE || v.tuple->n != t->n)
			return false;
		if (t->name && v.tuple->type && !type_equal(v.tuple->type, t))
			return false;
		for (int i = 0; i < t->n; i++)
			if (!value_fits(v.tuple->items[i], t->elem[i]))
				return false;
		return true;
	case TYPE_OPTIONAL:
		return v.tag == TAG_NONE || value_fits(v, t->elem[0]);
	case TYPE_UNION:
		for (int i = 0; i < t->n; i++)
			if (value_fits(v, t->elem[i]))
				return true;
		return false;
	case TYPE_FUTURE:
		return v.tag == TAG_FUTURE;
	case TYPE_AWAIT:
	case TYPE_RREF:
		return true;
	case TYPE_CLASS:
		return (v.tag == TAG_OBJECT && type_equal(v.object->type, t)) || v.tag == TAG_CAPSULE;
	case TYPE_INTERFACE:
		return v.tag == TAG_OBJECT && type_subtype(v.object->type, t, NULL);
	case TYPE_ENUM:
		return v.tag == TAG_ENUM && type_equal(v.enm->type, t);
	case TYPE_FUNCTION:
		return false;
	}
	return false;
}

Status value_list_index(Exec *x, int64_t i, int64_t n, int64_t *out)
{
	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return fail(x->err, STATUS_INDEX, "list index out of range");
	*out = i;
	return STATUS_OK;
}

static IValue element_value(const void *p, DType d)
{
	if (d == DT_BOOL)
		return iv_bool(*(const uint8_t *)p != 0);
	if (dtype_is_complex(d)) {
		double re, im;
		element_c128(p, d, &re, &im);
		return iv_complex(re, im);
	}
	return dtype_is_int(d) ? iv_int(element_i64(p, d)) : iv_float(element_f64(p, d));
}

static Status tolist_level(Exec *x, const Tensor *t, int dim, const uint8_t *p, const Type *want, IValue *out)
{
	DType d = tensor_dtype(t);
	if (dim == t->ndim) {
		*out = element_value(p, d);
		if (t->conj && out->tag == TAG_COMPLEX)
			ivalue_set(out, iv_complex(out->complex_->re, -out->complex_->im));
		return STATUS_OK;
	}
	ListObj *l = list_new(want->elem[0], 0);
	*out = iv_take_list(l);
	Status s = list_reserve(l, t->sizes[dim], x->err);
	for (int64_t i = 0; s == STATUS_OK && i < t->sizes[dim]; i++) {
		IValue v;
		s = tolist_level(x, t, dim + 1, p + i * t->strides[dim] * (int64_t)dtype_size(d), want->elem[0], &v);
		if (s == STATUS_OK)
			l->items[l->n++] = v;
	}
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

Status value_tolist(Exec *x, const Tensor *t, const Type *want, IValue *out)
{
	int dims = 0;
	const Type *e = want;
	for (; e->kind == TYPE_LIST; e = e->elem[0])
		dims++;
	DType d = tensor_dtype(t);
	bool fits;
	switch (e->kind) {
	case TYPE_INT:
		fits = d == DT_I64;
		break;
	case TYPE_FLOAT:
		fits = dtype_is_float(d);
		break;
	case TYPE_BOOL:
		fits = d == DT_BOOL;
		break;
	case TYPE_COMPLEX:
		fits = dtype_is_complex(d);
		break;
	default:
		return xfail(x, "Unsupported element type for tolist; only int, float, complex and bool are supported");
	}
	if (!fits)
		return xfail(x, "Output annotation element type and runtime tensor element type must match for tolist(): %s vs %s",
			e->kind == TYPE_INT ? "Long" : e->kind == TYPE_BOOL ? "Bool" : e->kind == TYPE_FLOAT ? "Float"
			: "ComplexFloat", dtype_class_name(d));
	if (dims != t->ndim)
		return xfail(x, "Output annotation list dimension and runtime tensor dimension must match for tolist()");
	if (tensor_device(t) != DEVICE_CPU)
		return fail(x->err, STATUS_UNSUPPORTED, "tolist() of a tensor without data");
	return tolist_level(x, t, 0, t->numel ? tensor_data(t) : NULL, want, out);
}

Status value_container_get(Exec *x, IValue container, IValue index, IValue *out)
{
	if (container.tag != TAG_OBJECT)
		return xfail(x, "expected a module container");
	const Object *o = container.object;
	const ClassType *c = o->type->cls;
	char number[24];
	const char *name = number;
	if (index.tag == TAG_STR) {
		name = index.str->s;
	} else {
		snprintf(number, sizeof number, "%lld", (long long)index.i); // children are named 0, 1, …
	}
	int slot = class_find_attr(c, name);
	if (slot < 0 || slot >= o->nslots)
		return xfail(x, "%s does not have a field with name '%s'", c->name, name);
	*out = ivalue_ref(o->slots[slot]);
	return STATUS_OK;
}

static void release_error(void *p)
{
	error_clear(p);
	free(p);
}

IValue future_failed(Error *err)
{
	Error *kept = xcalloc(1, sizeof *kept);
	error_move(kept, err);
	CapsuleObj *c = xcalloc(1, sizeof *c);
	*c = (CapsuleObj){.h = {1}, .data = kept, .release = release_error};
	return iv_take_future((IValue){.capsule = c, .tag = TAG_CAPSULE});
}

static void copy_error(Error *dst, const Error *src)
{
	dst->code = src->code;
	dst->message = src->message ? xstrdup(src->message) : NULL;
	dst->exception = src->exception ? xstrdup(src->exception) : NULL;
	for (int i = 0; i < src->nframes; i++)
		error_push_frame(dst, src->frames[i].range, src->frames[i].function);
}

Status future_wait(Exec *x, IValue future, IValue *out)
{
	if (future.tag != TAG_FUTURE) { // a value that is there already
		*out = ivalue_ref(future);
		return STATUS_OK;
	}
	IValue v = future.future->value;
	if (v.tag == TAG_CAPSULE && v.capsule->release == release_error) {
		const Error *e = v.capsule->data;
		if (!x->err->code)
			copy_error(x->err, e);
		return e->code;
	}
	*out = ivalue_ref(v);
	return STATUS_OK;
}
