// SPDX-License-Identifier: BSD-3-Clause
// Typing containers in place.  Values can share parts, so a walk remembers what it has finished: without
// that a few bytes of pickle would describe a value with exponentially many paths.
#include "format/retype.h"

#include <stdlib.h>

// Deeper values do not come out of the pickle reader, deeper types not out of the type parser.
#define MAX_DEPTH 1000

typedef struct Coercion {
	Map done;      // (tuple, type) pairs that were converted
	bool exact;    // while a Union is tried: no conversion of numbers
	Text why;
} Coercion;

static void list_retype(ListObj *l, const Type *elem)
{
	TypePool *old = l->elem->pool;
	type_pool_ref(elem->pool);
	l->elem = elem;
	type_pool_unref(&old);
}

static void dict_retype(DictObj *d, const Type *key, const Type *value)
{
	TypePool *old = d->value->pool;
	type_pool_ref(value->pool);
	d->key = key;
	d->value = value;
	type_pool_unref(&old);
}

static bool coerce(Coercion *c, IValue *v, const Type *t, int depth);

static bool refuse(Coercion *c, const Type *t, const char *found)
{
	if (!c->why.size) {
		text_add(&c->why, "expected a value of type '");
		type_print(&c->why, t);
		text_addf(&c->why, "', found %s", found);
	}
	return false;
}

static bool refuse_value(Coercion *c, IValue v, const Type *t)
{
	static const char *const names[] = {
		[TAG_NONE] = "None", [TAG_BOOL] = "a bool", [TAG_INT] = "an int", [TAG_FLOAT] = "a float",
		[TAG_DEVICE] = "a device", [TAG_UNINIT] = "nothing", [TAG_TENSOR] = "a tensor", [TAG_COMPLEX] = "a complex",
		[TAG_STR] = "a str", [TAG_LIST] = "a list", [TAG_DICT] = "a dict", [TAG_TUPLE] = "a tuple",
		[TAG_OBJECT] = "an object", [TAG_ENUM] = "an enum value", [TAG_GENERATOR] = "a generator",
		[TAG_FUTURE] = "a future", [TAG_CAPSULE] = "a capsule",
		[TAG_HOST] = "a Python object",
	};
	if (v.tag == TAG_OBJECT)
		return refuse(c, t, v.object->type->name);
	return refuse(c, t, names[v.tag]);
}

static bool coerce_list(Coercion *c, IValue *v, const Type *t, int depth)
{
	ListObj *l = v->list;
	const Type *elem = t->elem[0];
	if (type_equal(l->elem, elem))
		return true;
	if (l->elem != &type_any)
		return refuse(c, t, "a list with another element type");
	for (int64_t i = 0; i < l->n; i++) {
		if (!coerce(c, &l->items[i], elem, depth + 1))
			return false;
	}
	list_retype(l, elem);
	return true;
}

static bool coerce_dict(Coercion *c, IValue *v, const Type *t, int depth)
{
	DictObj *d = v->dict;
	if (type_equal(d->key, t->elem[0]) && type_equal(d->value, t->elem[1]))
		return true;
	if (d->key != &type_any || d->value != &type_any)
		return refuse(c, t, "a dict with other key and value types");
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(d, &pos));) {
		if (!ivalue_has_type(e->key, t->elem[0], NULL))
			return refuse_value(c, e->key, t->elem[0]);
		if (!coerce(c, &e->value, t->elem[1], depth + 1))
			return false;
	}
	dict_retype(d, t->elem[0], t->elem[1]);
	return true;
}

static bool coerce_tuple(Coercion *c, IValue *v, const Type *t, int depth)
{
	TupleObj *u = v->tuple;
	if (u->n != t->n)
		return refuse(c, t, "a tuple of another length");
	if (u->type && t->name && !type_equal(u->type, t))
		return refuse(c, t, u->type->name);
	const void *pair[2] = {u, t};
	if (map_getn(&c->done, (const char *)pair, sizeof pair))
		return true;
	for (int i = 0; i < t->n; i++) {
		if (!coerce(c, &u->items[i], t->elem[i], depth + 1))
			return false;
	}
	if (t->name && !u->type) {
		u->type = t;
		type_pool_ref(t->pool);
	}
	if (!c->exact)
		map_setn(&c->done, (const char *)pair, sizeof pair, u);
	return true;
}

static bool coerce_union(Coercion *c, IValue *v, const Type *t, int depth)
{
	bool outer = c->exact;
	for (int pass = 0; pass < 2; pass++) {
		c->exact = outer || pass == 0;
		for (int i = 0; i < t->n; i++) {
			bool ok = coerce(c, v, t->elem[i], depth + 1);
			if (ok) {
				c->exact = outer;
				return true;
			}
			text_free(&c->why);
		}
	}
	c->exact = outer;
	return refuse_value(c, *v, t);
}

static bool coerce(Coercion *c, IValue *v, const Type *t, int depth)
{
	if (depth > MAX_DEPTH)
		return refuse(c, t, "a value that is nested too deeply");
	switch (t->kind) {
	case TYPE_FLOAT:
		if (v->tag == TAG_INT && !c->exact)
			*v = iv_float((double)v->i);
		return v->tag == TAG_FLOAT || refuse_value(c, *v, t);
	case TYPE_LIST:
		return v->tag == TAG_LIST ? coerce_list(c, v, t, depth) : refuse_value(c, *v, t);
	case TYPE_DICT:
		return v->tag == TAG_DICT ? coerce_dict(c, v, t, depth) : refuse_value(c, *v, t);
	case TYPE_TUPLE:
		return v->tag == TAG_TUPLE ? coerce_tuple(c, v, t, depth) : refuse_value(c, *v, t);
	case TYPE_OPTIONAL:
		return v->tag == TAG_NONE || coerce(c, v, t->elem[0], depth + 1);
	case TYPE_UNION:
		return coerce_union(c, v, t, depth);
	case TYPE_ENUM:
		return (v->tag == TAG_ENUM && type_equal(v->enm->type, t)) || refuse_value(c, *v, t);
	case TYPE_ANY: case TYPE_TENSOR: case TYPE_INT: case TYPE_BOOL: case TYPE_COMPLEX: case TYPE_NUMBER:
	case TYPE_STR: case TYPE_NONE: case TYPE_DEVICE: case TYPE_ANYLIST: case TYPE_ANYTUPLE: case TYPE_ANYENUM:
	case TYPE_ANYCLASS: case TYPE_CLASS: case TYPE_INTERFACE:
		return ivalue_has_type(*v, t, NULL) || refuse_value(c, *v, t);
	default: // generators, streams, futures: not storable
		return refuse_value(c, *v, t);
	}
}

Status value_coerce(IValue *v, const Type *t, Error *err)
{
	Coercion c = {0};
	bool ok = coerce(&c, v, t, 0);
	Status s = ok ? STATUS_OK : fail(err, STATUS_FORMAT, "%s", text_str(&c.why));
	map_free(&c.done);
	text_free(&c.why);
	return s;
}

// ---- types from contents

// Types larger than this are not worth their name: their containers stay List[Any].
#define MAX_TYPE_WEIGHT 64

// `empty` marks the type of an empty untyped container: any other of its kind goes with it.
typedef struct Inferred { const Type *type; int weight; bool empty; } Inferred;
typedef struct Inference {
	TypePool *pool;
	Map done;      // container → index into results, as a pointer
	Inferred *results;
	int n, cap;
} Inference;

static Inferred infer(Inference *f, IValue v, int depth);

static Inferred unify(Inference *f, Inferred a, Inferred b, bool first)
{
	if (first || type_equal(a.type, b.type))
		return b;
	if (a.empty && b.type->kind == a.type->kind)
		return b;
	if (b.empty && b.type->kind == a.type->kind)
		return a;
	const Type *t = type_unify(f->pool, a.type, b.type, false);
	if (!t || t->kind == TYPE_NUMBER)
		return (Inferred){.type = &type_any, .weight = 1};
	return (Inferred){.type = t, .weight = (a.weight > b.weight ? a.weight : b.weight) + 1};
}

// Empty containers among siblings take the siblings' type.
static void adopt(IValue *v, const Type *t)
{
	if ((v->tag == TAG_LIST && !v->list->n && t->kind == TYPE_LIST) ||
		(v->tag == TAG_DICT && !v->dict->n && t->kind == TYPE_DICT))
		value_coerce(v, t, NULL);
}

static Inferred infer_list(Inference *f, ListObj *l, int depth)
{
	Inferred elem = {.type = &type_any, .weight = 1};
	for (int64_t i = 0; i < l->n; i++) {
		Inferred item = infer(f, l->items[i], depth + 1);
		elem = unify(f, elem, item, i == 0);
	}
	for (int64_t i = 0; i < l->n; i++)
		adopt(&l->items[i], elem.type);
	if (l->elem == &type_any && elem.type != &type_any)
		list_retype(l, elem.type);
	return (Inferred){.type = type_list(f->pool, l->elem), .weight = elem.weight + 1, .empty = !l->n};
}

static Inferred infer_dict(Inference *f, DictObj *d, int depth)
{
	Inferred key = {.type = &type_any, .weight = 1}, value = key;
	int64_t pos = 0, i = 0;
	for (DictEntry *e; (e = dict_next(d, &pos)); i++) {
		Inferred k = infer(f, e->key, depth + 1), v = infer(f, e->value, depth + 1);
		key = unify(f, key, k, i == 0);
		value = unify(f, value, v, i == 0);
	}
	pos = 0;
	for (DictEntry *e; (e = dict_next(d, &pos));)
		adopt(&e->value, value.type);
	if (d->key == &type_any && d->value == &type_any && key.type != &type_any)
		dict_retype(d, key.type, value.type);
	return (Inferred){.type = type_dict(f->pool, d->key, d->value), .weight = key.weight + value.weight + 1,
		.empty = !d->n};
}

static Inferred infer_tuple(Inference *f, TupleObj *t, int depth)
{
	Inferred r = {.type = &type_any, .weight = 1};
	const Type *elem[MAX_TYPE_WEIGHT];
	for (int64_t i = 0; i < t->n; i++) {
		Inferred item = infer(f, t->items[i], depth + 1);
		if (i < MAX_TYPE_WEIGHT)
			elem[i] = item.type;
		r.weight += item.weight < MAX_TYPE_WEIGHT ? item.weight : MAX_TYPE_WEIGHT;
		if (r.weight > 2 * MAX_TYPE_WEIGHT)
			r.weight = 2 * MAX_TYPE_WEIGHT;
	}
	if (r.weight <= MAX_TYPE_WEIGHT)
		r.type = type_tuple(f->pool, elem, (int)t->n);
	return r;
}

static Inferred infer(Inference *f, IValue v, int depth)
{
	if (v.tag != TAG_LIST && v.tag != TAG_DICT && v.tag != TAG_TUPLE)
		return (Inferred){.type = ivalue_type(f->pool, v), .weight = 1};
	if (depth > MAX_DEPTH)
		return (Inferred){.type = &type_any, .weight = 1};
	uintptr_t known = (uintptr_t)map_getn(&f->done, (const char *)&v.obj, sizeof v.obj);
	if (known)
		return f->results[known - 1];
	Inferred r = v.tag == TAG_LIST ? infer_list(f, v.list, depth)
		: v.tag == TAG_DICT ? infer_dict(f, v.dict, depth) : infer_tuple(f, v.tuple, depth);
	if (r.weight > MAX_TYPE_WEIGHT)
		r = (Inferred){.type = &type_any, .weight = 1};
	VEC_PUSH(f->results, f->n, f->cap, r);
	map_setn(&f->done, (const char *)&v.obj, sizeof v.obj, (void *)(uintptr_t)f->n);
	return r;
}

void value_infer_types(TypePool *pool, IValue v)
{
	Inference f = {.pool = pool};
	infer(&f, v, 0);
	map_free(&f.done);
	free(f.results);
}
