// SPDX-License-Identifier: BSD-3-Clause
// Dicts with Python's equality of keys, and their live views.
//
// Comparing two keys may run a model's __eq__, and that may change the dict under the search.  So core's own search is
// not used here: a candidate is compared while it is held, and the search starts over when the tables moved meanwhile.
#include "frontend/build/types.h"

#include <string.h>

IValue py_dict(Build *b)
{
	(void)b;
	return iv_take_dict(dict_new(&type_any, &type_any));
}

// ---- keys

static bool plain(IValue v) // equality needs no code and cannot fail
{
	return v.tag != TAG_TUPLE && v.tag != TAG_HOST;
}

static Status find_entry(Build *b, DictObj *d, IValue key, uint64_t hash, DictEntry **out)
{
restart:
	*out = NULL;
	if (!d->n)
		return STATUS_OK;
	int64_t i = (int64_t)(hash & (uint64_t)d->mask);
	for (; d->index[i] != -1; i = (i + 1) & d->mask) {
		if (d->index[i] < 0)
			continue;
		DictEntry *e = &d->entries[d->index[i]];
		if (!e->live || e->hash != hash)
			continue;
		if (e->key.tag == key.tag && e->key.i == key.i) {
			*out = e;
			return STATUS_OK;
		}
		if (plain(key) && plain(e->key)) {
			if (ivalue_key_equal(e->key, key)) {
				*out = e;
				return STATUS_OK;
			}
			continue;
		}
		IValue held = ivalue_ref(e->key);
		const DictEntry *entries = d->entries;
		const int32_t *index = d->index;
		int64_t used = d->used, n = d->n;
		bool equal = false;
		Status st = py_equal(b, held, key, &equal);
		bool moved = d->entries != entries || d->index != index || d->used != used || d->n != n;
		ivalue_unref(&held);
		TRY(st);
		if (moved) {
			TRY(build_tick(b));
			goto restart;
		}
		if (equal) {
			*out = e;
			return STATUS_OK;
		}
	}
	return STATUS_OK;
}

Status py_dict_find(Build *b, DictObj *d, IValue key, IValue **out)
{
	uint64_t hash;
	DictEntry *e;
	*out = NULL;
	TRY(py_hash(b, key, &hash));
	TRY(find_entry(b, d, key, hash, &e));
	if (e)
		*out = &e->value;
	return STATUS_OK;
}

Status py_dict_set(Build *b, DictObj *d, IValue key, IValue value)
{
	uint64_t hash;
	DictEntry *e;
	TRY(py_hash(b, key, &hash));
	TRY(find_entry(b, d, key, hash, &e));
	if (e) {
		ivalue_set(&e->value, ivalue_ref(value));
		return STATUS_OK;
	}
	return dict_insert_take(d, ivalue_ref(key), ivalue_ref(value), hash, b->x.err);
}

Status py_dict_delete(Build *b, DictObj *d, IValue key, bool *found)
{
	uint64_t hash;
	DictEntry *e;
	TRY(py_hash(b, key, &hash));
	TRY(find_entry(b, d, key, hash, &e));
	*found = e != NULL;
	if (e)
		dict_delete_entry(d, e);
	return STATUS_OK;
}

Status dict_equal(Build *b, DictObj *l, DictObj *r, bool *out)
{
	*out = l->n == r->n;
	int64_t pos = 0;
	for (DictEntry *e; *out && (e = dict_next(l, &pos));) {
		IValue key = ivalue_ref(e->key), value = ivalue_ref(e->value), *slot;
		uint64_t hash = e->hash;
		DictEntry *other;
		Status st = find_entry(b, r, key, hash, &other);
		slot = st == STATUS_OK && other ? &other->value : NULL;
		if (st == STATUS_OK && slot) {
			IValue held = ivalue_ref(*slot);
			bool same = held.tag == value.tag && held.i == value.i && held.tag != TAG_FLOAT;
			if (!same)
				st = py_equal(b, value, held, &same);
			*out = same;
			ivalue_unref(&held);
		} else {
			*out = false;
		}
		ivalue_unref(&key);
		ivalue_unref(&value);
		TRY(st);
	}
	return STATUS_OK;
}

// ---- update

typedef struct Pairs { DictObj *d; int64_t at; } Pairs;

static Status add_pair(Build *b, IValue item, void *arg)
{
	Pairs *p = arg;
	IValue pair;
	Status st = py_to_tuple(b, item, &pair);
	if (st == STATUS_TYPE)
		return py_raise(b, "TypeError", "cannot convert dictionary update sequence element #%lld to a sequence",
			(long long)p->at);
	TRY(st);
	if (pair.tuple->n != 2) {
		int64_t n = pair.tuple->n;
		ivalue_unref(&pair);
		return py_raise(b, "ValueError", "dictionary update sequence element #%lld has length %lld; 2 is required",
			(long long)p->at, (long long)n);
	}
	st = py_dict_set(b, p->d, pair.tuple->items[0], pair.tuple->items[1]);
	ivalue_unref(&pair);
	p->at++;
	return st;
}

typedef struct Keyed { DictObj *d; IValue from; } Keyed;

static Status add_keyed(Build *b, IValue key, void *arg)
{
	Keyed *k = arg;
	IValue value;
	TRY(py_getitem(b, k->from, key, &value));
	Status st = py_dict_set(b, k->d, key, value);
	ivalue_unref(&value);
	return st;
}

Status dict_update(Build *b, DictObj *d, IValue from)
{
	IValue u = py_unwrap(from);
	if (u.tag == TAG_DICT && !types_override(b, from, D_iter) && !types_override(b, from, D_getitem)) {
		if (u.dict == d)
			return STATUS_OK;
		int64_t pos = 0;
		for (DictEntry *e; (e = dict_next(u.dict, &pos));) {
			IValue key = ivalue_ref(e->key), value = ivalue_ref(e->value);
			Status st = py_dict_set(b, d, key, value);
			ivalue_unref(&key);
			ivalue_unref(&value);
			TRY(st);
		}
		return STATUS_OK;
	}
	if (py_is(from, PY_INSTANCE) || from.tag == TAG_OBJECT) {
		IValue keys;
		bool found;
		TRY(py_getattr_opt(b, from, py_intern(b, "keys"), &keys, &found));
		if (found) {
			IValue list;
			Status st = py_call(b, keys, NULL, 0, &list);
			ivalue_unref(&keys);
			TRY(st);
			st = py_each(b, list, add_keyed, &(Keyed){d, from});
			ivalue_unref(&list);
			return st;
		}
	}
	return py_each(b, from, add_pair, &(Pairs){d, 0});
}

Status dict_update_args(Build *b, DictObj *d, const PyArgs *a, const char *name)
{
	if (a->npos > 1)
		return py_raise(b, "TypeError", "%s expected at most 1 argument, got %d", name, a->npos);
	if (a->npos)
		TRY(dict_update(b, d, a->pos[0]));
	for (int i = 0; i < a->nkw; i++)
		TRY(py_dict_set(b, d, a->kwnames[i], a->kw[i]));
	return STATUS_OK;
}

// ---- methods

static Status self_dict(Build *b, const PyArgs *a, DictObj **out)
{
	IValue u = py_unwrap(a->self);
	if (u.tag != TAG_DICT)
		return py_raise(b, "TypeError", "descriptor requires a 'dict' object but received a '%s'",
			py_type_name(b, a->self));
	*out = u.dict;
	return STATUS_OK;
}

static Status dict_make(Build *b, const PyArgs *a, IValue *out)
{
	*out = py_dict(b);
	Status st = dict_update_args(b, out->dict, a, "dict");
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

#define SELF()                        \
	DictObj *d = NULL;            \
	TRY(self_dict(b, a, &d));     \
	*out = iv_none()

static Status dict_init(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	return dict_update_args(b, d, a, "dict");
}

static Status dict_update_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	if (!types_override(b, a->self, D_setitem))
		return dict_update_args(b, d, a, "update");
	IValue more = py_dict(b); // a class with its own __setitem__, as OrderedDict.update does it
	Status st = dict_update_args(b, more.dict, a, "update");
	int64_t pos = 0;
	for (DictEntry *e; st == STATUS_OK && (e = dict_next(more.dict, &pos));)
		st = py_setitem(b, a->self, e->key, e->value);
	ivalue_unref(&more);
	return st;
}

static Status dict_get(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	IValue key, def, *slot;
	TRY(args_parse(b, a, "get", "key:o default:o=None /", &key, &def));
	TRY(py_dict_find(b, d, key, &slot));
	*out = ivalue_ref(slot ? *slot : def);
	return STATUS_OK;
}

static Status dict_setdefault(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	IValue key, def, *slot;
	TRY(args_parse(b, a, "setdefault", "key:o default:o=None /", &key, &def));
	TRY(py_dict_find(b, d, key, &slot));
	if (slot) {
		*out = ivalue_ref(*slot);
		return STATUS_OK;
	}
	TRY(py_dict_set(b, d, key, def));
	*out = ivalue_ref(def);
	return STATUS_OK;
}

static Status dict_pop(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	IValue key, def, *slot;
	TRY(args_parse(b, a, "pop", "key:o default:o?", &key, &def));
	TRY(py_dict_find(b, d, key, &slot));
	if (slot) {
		bool found;
		IValue v = ivalue_ref(*slot);
		Status st = py_dict_delete(b, d, key, &found);
		*out = v;
		if (st != STATUS_OK)
			ivalue_unref(out);
		return st;
	}
	if (def.tag == TAG_UNINIT)
		return raise_key(b, key);
	*out = ivalue_ref(def);
	return STATUS_OK;
}

static Status dict_popitem(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	bool last;
	TRY(args_parse(b, a, "popitem", "last:b=True", &last));
	DictEntry *e = NULL;
	if (last) {
		for (int64_t i = d->used - 1; i >= 0 && !e; i--)
			e = d->entries[i].live ? &d->entries[i] : NULL;
	} else {
		int64_t pos = 0;
		e = dict_next(d, &pos);
	}
	if (!e) {
		IValue text = iv_cstr("popitem(): dictionary is empty");
		Status st = raise_key(b, text);
		ivalue_unref(&text);
		return st;
	}
	IValue pair[2] = {e->key, e->value};
	*out = py_tuple_of(b, pair, 2);
	dict_delete_entry(d, e);
	return STATUS_OK;
}

static Status dict_clear_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	dict_clear(d);
	return STATUS_OK;
}

static Status dict_copy(Build *b, const PyArgs *a, IValue *out)
{
	SELF();
	*out = py_dict(b);
	return dict_update(b, out->dict, iv_take_dict(d));
}

static Status fill_keys(Build *b, IValue key, void *arg)
{
	IValue *to = arg;
	return py_setitem(b, to[0], key, to[1]);
}

static Status dict_fromkeys(Build *b, const PyArgs *a, IValue *out)
{
	IValue keys, pair[2];
	TRY(args_parse(b, a, "fromkeys", "iterable:o value:o=None /", &keys, &pair[1]));
	TRY(py_call(b, a->self, NULL, 0, &pair[0]));
	Status st = py_each(b, keys, fill_keys, pair);
	if (st != STATUS_OK) {
		ivalue_unref(&pair[0]);
		return st;
	}
	*out = pair[0];
	return STATUS_OK;
}

Status dict_view(Build *b, IValue dict, ViewKind what, IValue *out)
{
	PyView *v = py_new(b, PY_VIEW, sizeof *v);
	v->what = what;
	v->dict = ivalue_ref(dict);
	*out = py_value(v);
	return STATUS_OK;
}

#define VIEW(name, what)                                                        \
	static Status name(Build *b, const PyArgs *a, IValue *out)              \
	{                                                                       \
		SELF();                                                         \
		return dict_view(b, iv_take_dict(d), what, out);                \
	}
VIEW(dict_keys, VIEW_KEYS)
VIEW(dict_values, VIEW_VALUES)
VIEW(dict_items, VIEW_ITEMS)

static Status view_isdisjoint(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1)
		return raise_arity(b, "isdisjoint", 1, a->npos);
	IValue both;
	TRY(set_binary(b, OP_BITAND, a->self, a->pos[0], &both));
	*out = iv_bool(both.tag != TAG_UNINIT && set_items(both)->n == 0);
	ivalue_unref(&both);
	return STATUS_OK;
}

void types_init_dict(Build *b)
{
	static const NativeMethod methods[] = {{"__init__", dict_init}, {"update", dict_update_method}, {"get", dict_get},
		{"setdefault", dict_setdefault}, {"pop", dict_pop}, {"popitem", dict_popitem}, {"clear", dict_clear_method},
		{"copy", dict_copy}, {"keys", dict_keys}, {"values", dict_values}, {"items", dict_items}, {0}};
	static const NativeMethod views[] = {{"isdisjoint", view_isdisjoint}, {0}};
	static const char *const names[] = {"dict_keys", "dict_values", "dict_items"};
	Types *t = b->types;
	t->dict = types_class(b, "dict", t->object, PAYLOAD_DICT, dict_make, methods);
	py_class_classmethod(b, t->dict, "fromkeys", dict_fromkeys);
	types_add_dunders(b, t->dict, "cm|");
	py_class_set_take(b, t->dict, "__hash__", iv_none());
	for (int i = 0; i < 3; i++)
		t->dict_views[i] = types_class(b, names[i], t->object, PAYLOAD_NONE, NULL, i == VIEW_VALUES ? NULL : views);
}
