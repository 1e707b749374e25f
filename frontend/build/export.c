// SPDX-License-Identifier: BSD-3-Clause
// Values for outside: what a program computed, without anything that lives only in its Build.
#include "frontend/build/build.h"
#include "frontend/build/prompt.h"
#include "frontend/build/types.h"

#include <stdlib.h>

enum { DEPTH_MAX = 200 };

static Status export_value(Build *b, IValue v, int depth, IValue *out);

// The type that all of them have, as a list literal of the language finds it.
static const Type *common_type(TypePool *pool, const IValue *items, int64_t n)
{
	const Type *t = NULL;
	for (int64_t i = 0; i < n; i++) {
		const Type *item = ivalue_type(pool, items[i]);
		t = t ? type_unify(pool, t, item, false) : item;
		if (!t)
			return &type_any;
	}
	return t ? t : &type_tensor;
}

static Status export_items(Build *b, const IValue *items, int64_t n, int depth, IValue **out)
{
	IValue *copy = *out = xcalloc((size_t)n, sizeof *copy);
	for (int64_t i = 0; i < n; i++)
		copy[i] = iv_none();
	for (int64_t i = 0; i < n; i++)
		TRY(export_value(b, items[i], depth + 1, &copy[i]));
	return STATUS_OK;
}

static void items_drop(IValue *items, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		ivalue_unref(&items[i]);
	free(items);
}

static Status export_list(Build *b, const ListObj *l, int depth, IValue *out)
{
	IValue *items;
	Status st = export_items(b, l->items, l->n, depth, &items);
	if (st == STATUS_OK) {
		TypePool *pool = type_pool_new();
		ListObj *copy = list_new(common_type(pool, items, l->n), l->n);
		type_pool_unref(&pool);
		*out = iv_take_list(copy);
		for (int64_t i = 0; i < l->n && st == STATUS_OK; i++)
			st = list_append_take(copy, ivalue_ref(items[i]), b->x.err);
		if (st != STATUS_OK)
			ivalue_unref(out);
	}
	items_drop(items, l->n);
	return st;
}

static Status export_tuple(Build *b, const TupleObj *t, int depth, IValue *out)
{
	TupleObj *copy = tuple_new(t->n, t->type);
	*out = iv_take_tuple(copy);
	for (int64_t i = 0; i < t->n; i++) {
		Status st = export_value(b, t->items[i], depth + 1, &copy->items[i]);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status export_dict(Build *b, const DictObj *d, int depth, IValue *out)
{
	int64_t n = 0, pos = 0;
	IValue *keys = xcalloc((size_t)d->n, sizeof *keys), *values = xcalloc((size_t)d->n, sizeof *values), *k, *v = NULL;
	for (DictEntry *e; (e = dict_next(d, &pos)); n++) {
		keys[n] = e->key;
		values[n] = e->value;
	}
	Status st = export_items(b, keys, n, depth, &k);
	if (st == STATUS_OK)
		st = export_items(b, values, n, depth, &v);
	if (st == STATUS_OK) {
		TypePool *pool = type_pool_new();
		DictObj *copy = dict_new(n ? common_type(pool, k, n) : &type_str, common_type(pool, v, n));
		type_pool_unref(&pool);
		*out = iv_take_dict(copy);
		for (int64_t i = 0; i < n && st == STATUS_OK; i++)
			st = dict_set_take(copy, ivalue_ref(k[i]), ivalue_ref(v[i]), b->x.err);
		if (st != STATUS_OK)
			ivalue_unref(out);
	}
	items_drop(k, n);
	if (v)
		items_drop(v, n);
	free(keys);
	free(values);
	return st;
}

static Status export_value(Build *b, IValue v, int depth, IValue *out)
{
	*out = iv_none();
	if (depth > DEPTH_MAX)
		return py_raise(b, "ValueError", "the value is nested too deep, or holds itself");
	v = py_unwrap(v);
	switch ((Tag)v.tag) {
	case TAG_LIST:
		return export_list(b, v.list, depth, out);
	case TAG_TUPLE:
		return export_tuple(b, v.tuple, depth, out);
	case TAG_DICT:
		return export_dict(b, v.dict, depth, out);
	case TAG_HOST:
		if (py_is(v, PY_SYMBOL)) {
			*out = iv_int(PY_AS(PySymbol, v)->code);
			return STATUS_OK;
		}
		return py_raise(b, "TypeError", "a value of type '%s' has no form outside of its program", py_type_name(b, v));
	default:
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
}

Status build_export(Build *b, IValue v, IValue *out)
{
	return export_value(b, v, 0, out);
}
