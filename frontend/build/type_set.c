// SPDX-License-Identifier: BSD-3-Clause
// set and frozenset: a dict whose keys are the items.  Keys and items views of dicts take part in their operators.
#include "frontend/build/types.h"

#include <string.h>

IValue set_new(Build *b, PyKind kind)
{
	PySet *s = py_new(b, kind, sizeof *s);
	s->items = dict_new(&type_any, &type_any);
	return py_value(s);
}

IValue py_set(Build *b)
{
	return set_new(b, PY_SET);
}

DictObj *set_items(IValue v)
{
	IValue u = py_unwrap(v);
	return py_is(u, PY_SET) || py_is(u, PY_FROZENSET) ? PY_AS(PySet, u)->items : NULL;
}

Status set_add(Build *b, IValue set, IValue item)
{
	return py_dict_set(b, set_items(set), item, iv_none());
}

static Status add_one(Build *b, IValue item, void *arg)
{
	return py_dict_set(b, arg, item, iv_none());
}

Status set_update(Build *b, IValue set, IValue iterable)
{
	DictObj *items = set_items(set);
	if (set_items(iterable) == items)
		return STATUS_OK;
	return py_each(b, iterable, add_one, items);
}

// The items of an iterable as a set: v itself when it is one.  Owned.
static Status as_set(Build *b, IValue v, IValue *out)
{
	if (set_items(v)) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	*out = py_set(b);
	Status st = set_update(b, *out, v);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

// An item of d at *pos, held.  False at the end; code may have changed d in between.
static bool item_next(DictObj *d, int64_t *pos, IValue *out)
{
	DictEntry *e = dict_next(d, pos);
	if (e)
		*out = ivalue_ref(e->key);
	return e != NULL;
}

// Puts into `to` the items of `from` that are in `other` (want true) or are not.
static Status select_items(Build *b, DictObj *to, DictObj *from, DictObj *other, bool want)
{
	int64_t pos = 0;
	for (IValue x; item_next(from, &pos, &x);) {
		IValue *slot;
		Status st = py_dict_find(b, other, x, &slot);
		if (st == STATUS_OK && (slot != NULL) == want)
			st = py_dict_set(b, to, x, iv_none());
		ivalue_unref(&x);
		TRY(st);
	}
	return STATUS_OK;
}

static Status combine(Build *b, Operator op, DictObj *l, DictObj *r, DictObj *to)
{
	DictObj *none = dict_new(&type_any, &type_any);
	Status st;
	switch (op) {
	case OP_BITAND:
		st = r->n < l->n ? select_items(b, to, r, l, true) : select_items(b, to, l, r, true);
		break;
	case OP_BITOR:
		st = select_items(b, to, l, none, false);
		if (st == STATUS_OK)
			st = select_items(b, to, r, none, false);
		break;
	case OP_SUB:
		st = select_items(b, to, l, r, false);
		break;
	default:
		st = select_items(b, to, l, r, false);
		if (st == STATUS_OK)
			st = select_items(b, to, r, l, false);
		break;
	}
	IValue v = iv_take_dict(none);
	ivalue_unref(&v);
	return st;
}

static bool setlike(IValue v)
{
	return set_items(v) || (py_is(v, PY_VIEW) && PY_AS(PyView, v)->what != VIEW_VALUES);
}

Status set_binary(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	*out = iv_uninit();
	if (!setlike(l) || (!setlike(r) && !py_is(l, PY_VIEW)))
		return STATUS_OK;
	IValue x, y;
	TRY(as_set(b, l, &x));
	Status st = as_set(b, r, &y);
	if (st == STATUS_OK) {
		*out = set_new(b, py_is(py_unwrap(l), PY_FROZENSET) ? PY_FROZENSET : PY_SET);
		st = combine(b, op, set_items(x), set_items(y), set_items(*out));
		if (st != STATUS_OK)
			ivalue_unref(out);
		ivalue_unref(&y);
	}
	ivalue_unref(&x);
	return st;
}

static Status subset(Build *b, DictObj *l, DictObj *r, bool *out)
{
	*out = l->n <= r->n;
	int64_t pos = 0;
	for (IValue x; *out && item_next(l, &pos, &x);) {
		IValue *slot;
		Status st = py_dict_find(b, r, x, &slot);
		ivalue_unref(&x);
		TRY(st);
		*out = slot != NULL;
	}
	return STATUS_OK;
}

Status set_compare(Build *b, Operator op, IValue l, IValue r, bool *out)
{
	IValue x, y;
	TRY(as_set(b, l, &x));
	Status st = as_set(b, r, &y);
	if (st != STATUS_OK) {
		ivalue_unref(&x);
		return st;
	}
	DictObj *p = set_items(x), *q = set_items(y);
	if (op == OP_EQ || op == OP_NE) {
		*out = p->n == q->n;
		if (*out)
			st = subset(b, p, q, out);
		*out = *out == (op == OP_EQ);
	} else if (op == OP_LE || op == OP_LT) {
		st = subset(b, p, q, out);
		*out = *out && (op == OP_LE || p->n < q->n);
	} else {
		st = subset(b, q, p, out);
		*out = *out && (op == OP_GE || q->n < p->n);
	}
	ivalue_unref(&x);
	ivalue_unref(&y);
	return st;
}

// ---- methods

static Status self_set(Build *b, const PyArgs *a, DictObj **out)
{
	*out = set_items(a->self);
	return *out ? STATUS_OK : py_raise(b, "TypeError", "descriptor requires a 'set' object but received a '%s'",
		py_type_name(b, a->self));
}

static Status make(Build *b, const PyArgs *a, PyKind kind, IValue *out)
{
	IValue x;
	TRY(args_parse(b, a, kind == PY_SET ? "set" : "frozenset", "iterable:o? /", &x));
	*out = set_new(b, kind);
	Status st = x.tag == TAG_UNINIT ? STATUS_OK : set_update(b, *out, x);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status set_make(Build *b, const PyArgs *a, IValue *out) { return make(b, a, PY_SET, out); }
static Status frozenset_make(Build *b, const PyArgs *a, IValue *out) { return make(b, a, PY_FROZENSET, out); }

static Status set_init(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *items;
	IValue x;
	TRY(self_set(b, a, &items));
	TRY(args_parse(b, a, "set", "iterable:o? /", &x));
	dict_clear(items);
	*out = iv_none();
	return x.tag == TAG_UNINIT ? STATUS_OK : set_update(b, a->self, x);
}

#define SELF()                            \
	DictObj *items;                   \
	TRY(self_set(b, a, &items));      \
	*out = iv_none()
#define ONE(name)                         \
	if (a->npos != 1 || a->nkw)       \
	return raise_arity(b, name, 1, a->npos)

static Status set_add_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	ONE("set.add");
	return py_dict_set(b, items, a->pos[0], iv_none());
}

static Status set_discard(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	ONE("set.discard");
	bool found;
	return py_dict_delete(b, items, a->pos[0], &found);
}

static Status set_remove(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	ONE("set.remove");
	bool found;
	TRY(py_dict_delete(b, items, a->pos[0], &found));
	return found ? STATUS_OK : raise_key(b, a->pos[0]);
}

static Status set_pop(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	int64_t pos = 0;
	IValue x;
	if (!item_next(items, &pos, &x))
		return raise_with(b, "KeyError", py_tuple_of(b, &(IValue){.str = py_intern(b, "pop from an empty set"), .tag = TAG_STR}, 1));
	dict_delete(items, x);
	*out = x;
	return STATUS_OK;
}

static Status set_clear(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	dict_clear(items);
	return STATUS_OK;
}

static Status set_copy(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	*out = set_new(b, py_is(py_unwrap(a->self), PY_FROZENSET) ? PY_FROZENSET : PY_SET);
	return set_update(b, *out, a->self);
}

static Status set_update_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	(void)items;
	for (int i = 0; i < a->npos; i++)
		TRY(set_update(b, a->self, a->pos[i]));
	return STATUS_OK;
}

// union, intersection, difference with any iterables; into a new set, or into self.
static Status fold(Build *b, const PyArgs *a, Operator op, bool inplace, IValue *out)
{
	SELF();
	PyKind kind = py_is(py_unwrap(a->self), PY_FROZENSET) ? PY_FROZENSET : PY_SET;
	IValue acc = set_new(b, kind);
	Status st = set_update(b, acc, a->self);
	for (int i = 0; i < a->npos && st == STATUS_OK; i++) {
		IValue y, next = set_new(b, kind);
		st = as_set(b, a->pos[i], &y);
		if (st == STATUS_OK) {
			st = combine(b, op, set_items(acc), set_items(y), set_items(next));
			ivalue_unref(&y);
		}
		ivalue_set(&acc, next);
	}
	if (st != STATUS_OK) {
		ivalue_unref(&acc);
		return st;
	}
	if (!inplace) {
		*out = acc;
		return STATUS_OK;
	}
	PySet *self = PY_AS(PySet, py_unwrap(a->self));
	self->items = set_items(acc);
	PY_AS(PySet, acc)->items = items;
	ivalue_unref(&acc);
	return STATUS_OK;
}

#define FOLD(name, op, inplace) \
	static Status name(Build *b, const PyArgs *a, IValue *out) { return fold(b, a, op, inplace, out); }
FOLD(set_union, OP_BITOR, false)
FOLD(set_intersection, OP_BITAND, false)
FOLD(set_difference, OP_SUB, false)
FOLD(set_symmetric_difference, OP_BITXOR, false)
FOLD(set_intersection_update, OP_BITAND, true)
FOLD(set_difference_update, OP_SUB, true)
FOLD(set_symmetric_difference_update, OP_BITXOR, true)

static Status relation(Build *b, const PyArgs *a, Operator op, IValue *out)
{
	SELF();
	(void)items;
	bool t;
	ONE("issubset");
	IValue other;
	TRY(as_set(b, a->pos[0], &other));
	Status st = set_compare(b, op, a->self, other, &t);
	ivalue_unref(&other);
	*out = iv_bool(t);
	return st;
}

static Status set_issubset(Build *b, const PyArgs *a, IValue *out) { return relation(b, a, OP_LE, out); }
static Status set_issuperset(Build *b, const PyArgs *a, IValue *out) { return relation(b, a, OP_GE, out); }

static Status set_isdisjoint(Build *b, const PyArgs *a, IValue *out)
{
	IValue both;
	TRY(fold(b, a, OP_BITAND, false, &both));
	*out = iv_bool(set_items(both)->n == 0);
	ivalue_unref(&both);
	return STATUS_OK;
}

void types_init_set(Build *b)
{
	static const NativeMethod reading[] = {{"union", set_union}, {"intersection", set_intersection},
		{"difference", set_difference}, {"symmetric_difference", set_symmetric_difference}, {"issubset", set_issubset},
		{"issuperset", set_issuperset}, {"isdisjoint", set_isdisjoint}, {"copy", set_copy}, {0}};
	static const NativeMethod writing[] = {{"__init__", set_init}, {"add", set_add_method}, {"discard", set_discard},
		{"remove", set_remove}, {"pop", set_pop}, {"clear", set_clear}, {"update", set_update_method},
		{"intersection_update", set_intersection_update}, {"difference_update", set_difference_update},
		{"symmetric_difference_update", set_symmetric_difference_update}, {0}};
	Types *t = b->types;
	t->set = types_class(b, "set", t->object, PAYLOAD_SET, set_make, reading);
	py_class_methods(b, t->set, writing);
	t->frozenset = types_class(b, "frozenset", t->object, PAYLOAD_TUPLE, frozenset_make, reading);
	types_add_dunders(b, t->set, "c<|");
	types_add_dunders(b, t->frozenset, "c<|h");
	py_class_set_take(b, t->set, "__hash__", iv_none());
}
