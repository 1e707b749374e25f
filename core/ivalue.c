// SPDX-License-Identifier: BSD-3-Clause
// Values: containers, reference counts, dynamic types.
#include "core/ivalue.h"
#include "core/arena.h"
#include "core/budget.h"
#include "core/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VALUE_DEPTH 1000 // of nested containers, when walking a value

// ---- freeing

// Freeing is iterative: children whose last reference goes are put on a worklist, so that a deeply nested value
// cannot exhaust the stack.
typedef struct Worklist {
	IValue *items;
	int n, cap;
} Worklist;

static void drop(Worklist *w, IValue v)
{
	if (ivalue_counted(v) && __atomic_fetch_sub((uint32_t *)v.obj, 1, __ATOMIC_ACQ_REL) == 1) {
		if (v.tag == TAG_TENSOR || v.tag == TAG_STR || v.tag == TAG_COMPLEX)
			ivalue_free(v); // no children
		else
			VEC_PUSH(w->items, w->n, w->cap, v);
	}
}

static void free_one(Worklist *w, IValue v)
{
	switch (v.tag) {
	case TAG_TENSOR:
		v.tensor->refs = 1; // tensor_unref counts for itself
		tensor_unref(&v.tensor);
		return;
	case TAG_COMPLEX: case TAG_STR:
		break;
	case TAG_LIST: {
		ListObj *l = v.list;
		for (int64_t i = 0; i < l->n; i++)
			drop(w, l->items[i]);
		free(l->items);
		TypePool *pool = l->elem->pool;
		type_pool_unref(&pool);
		break;
	}
	case TAG_DICT: {
		DictObj *d = v.dict;
		for (int64_t i = 0; i < d->used; i++) {
			if (!d->entries[i].live)
				continue;
			drop(w, d->entries[i].key);
			drop(w, d->entries[i].value);
		}
		free(d->entries);
		free(d->index);
		TypePool *pool = d->value->pool;
		type_pool_unref(&pool);
		break;
	}
	case TAG_TUPLE: {
		TupleObj *t = v.tuple;
		for (int64_t i = 0; i < t->n; i++)
			drop(w, t->items[i]);
		if (t->type) {
			TypePool *pool = t->type->pool;
			type_pool_unref(&pool);
		}
		break;
	}
	case TAG_OBJECT: {
		Object *o = v.object;
		for (int i = 0; i < o->nslots; i++)
			drop(w, o->slots[i]);
		TypePool *pool = o->type->pool;
		type_pool_unref(&pool);
		break;
	}
	case TAG_ENUM: {
		TypePool *pool = v.enm->type->pool;
		type_pool_unref(&pool);
		break;
	}
	case TAG_GENERATOR: {
		Generator *g = v.generator;
		g->refs = 1;
		generator_unref(&g);
		return;
	}
	case TAG_FUTURE:
		drop(w, v.future->value);
		break;
	case TAG_CAPSULE:
		if (v.capsule->release)
			v.capsule->release(v.capsule->data);
		break;
	case TAG_HOST:
		v.host->h.refs = 0;
		v.host->kind->release(v.host);
		return;
	default:
		return;
	}
	free(v.obj);
}

void ivalue_free(IValue v)
{
	Worklist w = {0};
	free_one(&w, v);
	while (w.n)
		free_one(&w, w.items[--w.n]);
	free(w.items);
}

// ---- making

IValue iv_complex(double re, double im)
{
	ComplexObj *c = xmalloc(sizeof *c);
	c->h.refs = 1;
	c->re = re;
	c->im = im;
	return (IValue){.complex_ = c, .tag = TAG_COMPLEX};
}

IValue iv_str(const char *s, size_t n)
{
	StrObj *o = xmalloc(sizeof *o + n + 1);
	o->h.refs = 1;
	o->n = (int64_t)n;
	o->hash = 0;
	if (n)
		memcpy(o->s, s, n);
	o->s[n] = '\0';
	return (IValue){.str = o, .tag = TAG_STR};
}

IValue iv_cstr(const char *s)
{
	return iv_str(s, strlen(s));
}

IValue iv_take_list(ListObj *l)
{
	return (IValue){.list = l, .tag = TAG_LIST};
}

IValue iv_take_dict(DictObj *d)
{
	return (IValue){.dict = d, .tag = TAG_DICT};
}

IValue iv_take_tuple(TupleObj *t)
{
	return (IValue){.tuple = t, .tag = TAG_TUPLE};
}

IValue iv_take_object(Object *o)
{
	return (IValue){.object = o, .tag = TAG_OBJECT};
}

IValue iv_enum(const Type *enm, int member)
{
	EnumObj *e = xmalloc(sizeof *e);
	e->h.refs = 1;
	e->type = enm;
	e->member = member;
	type_pool_ref(enm->pool);
	return (IValue){.enm = e, .tag = TAG_ENUM};
}

IValue iv_take_future(IValue v)
{
	FutureObj *f = xmalloc(sizeof *f);
	f->h.refs = 1;
	f->value = v;
	return (IValue){.future = f, .tag = TAG_FUTURE};
}

// ---- lists

ListObj *list_new(const Type *elem, int64_t cap)
{
	ListObj *l = xmalloc(sizeof *l);
	l->h.refs = 1;
	l->elem = elem;
	type_pool_ref(elem->pool);
	l->n = 0;
	l->cap = cap > 0 ? cap : 0;
	l->items = cap > 0 ? xmalloc((size_t)cap * sizeof *l->items) : NULL;
	return l;
}

// Growth is checked against the running budget's limit, but not charged: lists are small beside tensors, and a
// list that is not small is caught here.
Status list_reserve(ListObj *l, int64_t n, Error *err)
{
	if (n <= l->cap)
		return STATUS_OK;
	int64_t cap = l->cap ? 2 * l->cap : 4;
	if (cap < n)
		cap = n;
	size_t bytes;
	if (__builtin_mul_overflow((size_t)cap, sizeof(IValue), &bytes) || bytes > budget_default_cap())
		return fail(err, STATUS_MEMORY, "a list of %lld items does not fit in memory", (long long)n);
	if (bytes > 1 << 16) {
		Budget *b = budget_current();
		TRY(budget_charge(b, bytes, err));
		budget_credit(b, bytes);
	}
	IValue *items = realloc(l->items, bytes);
	if (!items)
		return fail_memory(err, bytes);
	l->items = items;
	l->cap = cap;
	return STATUS_OK;
}

Status list_append_take(ListObj *l, IValue v, Error *err)
{
	if (l->n == l->cap) {
		Status s = list_reserve(l, l->n + 1, err);
		if (s != STATUS_OK) {
			ivalue_unref(&v);
			return s;
		}
	}
	l->items[l->n++] = v;
	return STATUS_OK;
}

ListObj *list_of_ints(const int64_t *v, int64_t n)
{
	ListObj *l = list_new(&type_int, n);
	for (int64_t i = 0; i < n; i++)
		l->items[i] = iv_int(v[i]);
	l->n = n;
	return l;
}

TupleObj *tuple_new(int64_t n, const Type *named)
{
	TupleObj *t = xmalloc(sizeof *t + (size_t)n * sizeof(IValue));
	t->h.refs = 1;
	t->type = named;
	if (named)
		type_pool_ref(named->pool);
	t->n = n;
	for (int64_t i = 0; i < n; i++)
		t->items[i] = iv_none();
	return t;
}

Object *object_new(const Type *cls)
{
	int n = cls->cls->nattrs;
	Object *o = xmalloc(sizeof *o + (size_t)n * sizeof(IValue));
	o->h.refs = 1;
	o->type = cls;
	type_pool_ref(cls->pool);
	o->nslots = n;
	for (int i = 0; i < n; i++)
		o->slots[i] = iv_uninit();
	return o;
}

// ---- dicts

bool ivalue_is_hashable(IValue v)
{
	switch (v.tag) {
	case TAG_INT: case TAG_FLOAT: case TAG_BOOL: case TAG_COMPLEX: case TAG_STR: case TAG_DEVICE: case TAG_TENSOR:
	case TAG_NONE: case TAG_TUPLE: case TAG_ENUM: case TAG_OBJECT: case TAG_HOST: // the build stage's keys
		return true;
	default:
		return false;
	}
}

uint64_t ivalue_hash(IValue v)
{
	switch (v.tag) {
	case TAG_TUPLE: { // immutable, so its depth is bounded by what built it; equal tuples have equal hashes
		uint64_t h = 0x345678 + (uint64_t)v.tuple->n;
		for (int64_t i = 0; i < v.tuple->n; i++)
			h = (h ^ ivalue_hash(v.tuple->items[i])) * 1000003;
		return h;
	}
	case TAG_ENUM:
		return (uint64_t)(uintptr_t)v.enm->type * 31 + (uint64_t)v.enm->member;
	case TAG_HOST:
		if (v.host->kind->hash)
			return v.host->kind->hash(v.host);
		return hash_bytes(&v.host, sizeof v.host);
	case TAG_STR:
		if (!v.str->hash)
			v.str->hash = hash_bytes(v.str->s, (size_t)v.str->n) | 1;
		return v.str->hash;
	case TAG_FLOAT: {
		if (v.f >= -0x1p63 && v.f < 0x1p63 && v.f == (double)(int64_t)v.f) { // 1.0 and 1 are one key
			int64_t i = (int64_t)v.f;
			return hash_bytes(&i, sizeof i);
		}
		return hash_bytes(&v.f, sizeof v.f);
	}
	case TAG_COMPLEX:
		return hash_bytes(&v.complex_->re, 2 * sizeof(double));
	default:
		return hash_bytes(&v.i, sizeof v.i);
	}
}

bool ivalue_key_equal(IValue a, IValue b)
{
	if (a.tag != b.tag) { // True, 1 and 1.0 are one key
		bool number = (a.tag == TAG_BOOL || a.tag == TAG_INT || a.tag == TAG_FLOAT) &&
			(b.tag == TAG_BOOL || b.tag == TAG_INT || b.tag == TAG_FLOAT);
		if (!number)
			return false;
		return a.tag == TAG_FLOAT || b.tag == TAG_FLOAT ? iv_as_f64(a) == iv_as_f64(b) : a.i == b.i;
	}
	switch (a.tag) {
	case TAG_TUPLE:
		if (a.tuple == b.tuple)
			return true;
		if (a.tuple->n != b.tuple->n)
			return false;
		for (int64_t i = 0; i < a.tuple->n; i++)
			if (!ivalue_key_equal(a.tuple->items[i], b.tuple->items[i]))
				return false;
		return true;
	case TAG_ENUM:
		return a.enm->type == b.enm->type && a.enm->member == b.enm->member;
	case TAG_HOST:
		return a.host == b.host || (a.host->kind == b.host->kind && a.host->kind->equal &&
			a.host->kind->equal(a.host, b.host));
	case TAG_STR:
		return a.str == b.str || (a.str->n == b.str->n && memcmp(a.str->s, b.str->s, (size_t)a.str->n) == 0);
	case TAG_FLOAT:
		return a.f == b.f;
	case TAG_COMPLEX:
		return a.complex_->re == b.complex_->re && a.complex_->im == b.complex_->im;
	default:
		return a.i == b.i; // immediates; tensors by identity
	}
}

DictObj *dict_new(const Type *key, const Type *value)
{
	DictObj *d = xcalloc(1, sizeof *d);
	d->h.refs = 1;
	d->key = key;
	d->value = value;
	type_pool_ref(value->pool);
	return d;
}

static int64_t dict_slot(const DictObj *d, IValue key, uint64_t hash)
{
	int64_t i = (int64_t)(hash & (uint64_t)d->mask);
	while (d->index[i] != -1) {
		if (d->index[i] >= 0) {
			const DictEntry *e = &d->entries[d->index[i]];
			if (e->hash == hash && e->live && ivalue_key_equal(e->key, key))
				return i;
		}
		i = (i + 1) & d->mask;
	}
	return -1;
}

IValue *dict_find(const DictObj *d, IValue key)
{
	if (!d->n)
		return NULL;
	int64_t i = dict_slot(d, key, ivalue_hash(key));
	return i < 0 ? NULL : &d->entries[d->index[i]].value;
}

// Drops dead entries and sizes both tables for `room` live ones.
static void dict_rebuild(DictObj *d, int64_t room)
{
	int64_t size = 8;
	while (size < 2 * room)
		size *= 2;
	DictEntry *entries = xmalloc((size_t)size * sizeof *entries);
	int32_t *index = xmalloc((size_t)size * sizeof *index);
	memset(index, 0xff, (size_t)size * sizeof *index);
	int64_t n = 0;
	for (int64_t k = 0; k < d->used; k++) {
		if (!d->entries[k].live)
			continue;
		int64_t i = (int64_t)(d->entries[k].hash & (uint64_t)(size - 1));
		while (index[i] >= 0)
			i = (i + 1) & (size - 1);
		index[i] = (int32_t)n;
		entries[n++] = d->entries[k];
	}
	free(d->entries);
	free(d->index);
	d->entries = entries;
	d->index = index;
	d->used = n;
	d->mask = size - 1;
	d->cap = size - size / 4;
}

Status dict_set_take(DictObj *d, IValue key, IValue value, Error *err)
{
	if (!ivalue_is_hashable(key)) {
		ivalue_unref(&key);
		ivalue_unref(&value);
		return fail(err, STATUS_TYPE, "unhashable dict key");
	}
	uint64_t hash = ivalue_hash(key);
	if (d->index) {
		int64_t i = dict_slot(d, key, hash);
		if (i >= 0) {
			ivalue_set(&d->entries[d->index[i]].value, value);
			ivalue_unref(&key);
			return STATUS_OK;
		}
	}
	return dict_insert_take(d, key, value, hash, err);
}

Status dict_insert_take(DictObj *d, IValue key, IValue value, uint64_t hash, Error *err)
{
	if (d->n >= INT32_MAX / 4) {
		ivalue_unref(&key);
		ivalue_unref(&value);
		return fail(err, STATUS_TYPE, "a dict has too many entries");
	}
	if (d->used == d->cap)
		dict_rebuild(d, d->n + 4);
	int64_t i = (int64_t)(hash & (uint64_t)d->mask);
	while (d->index[i] != -1)
		i = (i + 1) & d->mask;
	d->index[i] = (int32_t)d->used;
	d->entries[d->used++] = (DictEntry){key, value, hash, true};
	d->n++;
	return STATUS_OK;
}

bool dict_delete(DictObj *d, IValue key)
{
	if (!d->n)
		return false;
	int64_t i = dict_slot(d, key, ivalue_hash(key));
	if (i < 0)
		return false;
	dict_delete_entry(d, &d->entries[d->index[i]]);
	return true;
}

void dict_delete_entry(DictObj *d, DictEntry *e)
{
	int32_t at = (int32_t)(e - d->entries);
	int64_t i = (int64_t)(e->hash & (uint64_t)d->mask);
	while (d->index[i] != at)
		i = (i + 1) & d->mask;
	d->index[i] = -2; // a grave: look-ups pass over it
	e->live = false;
	d->n--;
	IValue key = e->key, value = e->value; // dropping them may run code that changes d
	ivalue_unref(&key);
	ivalue_unref(&value);
}

DictEntry *dict_next(const DictObj *d, int64_t *pos)
{
	while (*pos < d->used) {
		DictEntry *e = &d->entries[(*pos)++];
		if (e->live)
			return e;
	}
	return NULL;
}

void dict_clear(DictObj *d)
{
	DictEntry *entries = d->entries;
	int64_t used = d->used;
	free(d->index);
	d->entries = NULL;
	d->index = NULL;
	d->used = d->cap = d->n = d->mask = 0;
	for (int64_t i = 0; i < used; i++) {
		if (!entries[i].live)
			continue;
		ivalue_unref(&entries[i].key);
		ivalue_unref(&entries[i].value);
	}
	free(entries);
}

// ---- types of values

// left bounds the work: a tuple of Any can hold the same tuple twice, and so on down.
static const Type *type_of(TypePool *p, IValue v, int depth, int *left)
{
	if (--*left < 0)
		return &type_any;
	switch (v.tag) {
	case TAG_NONE: case TAG_UNINIT: return &type_none;
	case TAG_BOOL: return &type_bool;
	case TAG_INT: return &type_int;
	case TAG_FLOAT: return &type_float;
	case TAG_COMPLEX: return &type_complex;
	case TAG_DEVICE: return &type_device;
	case TAG_TENSOR: return &type_tensor;
	case TAG_STR: return &type_str;
	case TAG_LIST: return type_list(p, v.list->elem);
	case TAG_DICT: return type_dict(p, v.dict->key, v.dict->value);
	case TAG_OBJECT: return v.object->type;
	case TAG_ENUM: return v.enm->type;
	case TAG_GENERATOR: return &type_generator;
	case TAG_CAPSULE: return &type_capsule;
	case TAG_HOST: return &type_any;
	case TAG_FUTURE: return type_future(p, depth > MAX_VALUE_DEPTH ? &type_any : type_of(p, v.future->value, depth + 1, left));
	case TAG_TUPLE: {
		if (v.tuple->type)
			return v.tuple->type;
		if (depth > MAX_VALUE_DEPTH)
			return &type_anytuple;
		const Type **elem = xmalloc((size_t)(v.tuple->n + 1) * sizeof *elem);
		for (int64_t i = 0; i < v.tuple->n; i++)
			elem[i] = type_of(p, v.tuple->items[i], depth + 1, left);
		const Type *t = type_tuple(p, elem, (int)v.tuple->n);
		free(elem);
		return t;
	}
	}
	return &type_any;
}

const Type *ivalue_type(TypePool *p, IValue v)
{
	int left = 100000;
	return type_of(p, v, 0, &left);
}

static const char *tag_words(IValue v)
{
	switch (v.tag) {
	case TAG_NONE: return "None";
	case TAG_BOOL: return "bool";
	case TAG_INT: return "int";
	case TAG_FLOAT: return "float";
	case TAG_DEVICE: return "Device";
	case TAG_TENSOR: return "Tensor";
	case TAG_COMPLEX: return "complex";
	case TAG_STR: return "str";
	case TAG_LIST: return "list";
	case TAG_DICT: return "dict";
	case TAG_TUPLE: return "tuple";
	case TAG_OBJECT: return v.object->type->name;
	case TAG_ENUM: return v.enm->type->name;
	case TAG_GENERATOR: return "Generator";
	case TAG_FUTURE: return "Future";
	default: return "unset value";
	}
}

static bool mismatch(IValue v, const Type *t, Text *why)
{
	if (why) {
		text_add(why, "expected a value of type '");
		type_print(why, t);
		text_addf(why, "' but found '%s'", tag_words(v));
	}
	return false;
}

static bool inhabits(IValue v, const Type *t, Text *why, int depth)
{
	if (depth > MAX_VALUE_DEPTH)
		return mismatch(v, t, why);
	switch (t->kind) {
	case TYPE_ANY: return true;
	case TYPE_TENSOR: return v.tag == TAG_TENSOR || mismatch(v, t, why);
	case TYPE_INT: return v.tag == TAG_INT || mismatch(v, t, why);
	case TYPE_FLOAT: return v.tag == TAG_FLOAT || mismatch(v, t, why);
	case TYPE_BOOL: return v.tag == TAG_BOOL || mismatch(v, t, why);
	case TYPE_COMPLEX: return v.tag == TAG_COMPLEX || mismatch(v, t, why);
	case TYPE_NUMBER:
		return v.tag == TAG_INT || v.tag == TAG_FLOAT || v.tag == TAG_COMPLEX || v.tag == TAG_BOOL || mismatch(v, t, why);
	case TYPE_STR: return v.tag == TAG_STR || mismatch(v, t, why);
	case TYPE_NONE: return v.tag == TAG_NONE || mismatch(v, t, why);
	case TYPE_DEVICE: return v.tag == TAG_DEVICE || mismatch(v, t, why);
	case TYPE_GENERATOR: return v.tag == TAG_GENERATOR || mismatch(v, t, why);
	case TYPE_CAPSULE: return v.tag == TAG_CAPSULE || mismatch(v, t, why);
	case TYPE_ANYLIST: return v.tag == TAG_LIST || mismatch(v, t, why);
	case TYPE_ANYTUPLE: return v.tag == TAG_TUPLE || mismatch(v, t, why);
	case TYPE_ANYENUM: return v.tag == TAG_ENUM || mismatch(v, t, why);
	case TYPE_ANYCLASS: return v.tag == TAG_OBJECT || mismatch(v, t, why);
	case TYPE_OPTIONAL:
		return v.tag == TAG_NONE || inhabits(v, t->elem[0], why, depth + 1);
	case TYPE_UNION:
		for (int i = 0; i < t->n; i++)
			if (inhabits(v, t->elem[i], NULL, depth + 1))
				return true;
		return mismatch(v, t, why);
	case TYPE_LIST:
		if (v.tag != TAG_LIST)
			return mismatch(v, t, why);
		for (int64_t i = 0; i < v.list->n; i++)
			if (!inhabits(v.list->items[i], t->elem[0], why, depth + 1))
				return false;
		return true;
	case TYPE_DICT:
		if (v.tag != TAG_DICT)
			return mismatch(v, t, why);
		for (int64_t i = 0; i < v.dict->used; i++) {
			const DictEntry *e = &v.dict->entries[i];
			if (e->live && (!inhabits(e->key, t->elem[0], why, depth + 1) ||
					       !inhabits(e->value, t->elem[1], why, depth + 1)))
				return false;
		}
		return true;
	case TYPE_TUPLE:
		if (v.tag != TAG_TUPLE || v.tuple->n != t->n)
			return mismatch(v, t, why);
		for (int i = 0; i < t->n; i++)
			if (!inhabits(v.tuple->items[i], t->elem[i], why, depth + 1))
				return false;
		return true;
	case TYPE_FUTURE: case TYPE_AWAIT:
		return v.tag == TAG_FUTURE || mismatch(v, t, why);
	case TYPE_CLASS: case TYPE_INTERFACE:
		return (v.tag == TAG_OBJECT && type_subtype(v.object->type, t, NULL)) || mismatch(v, t, why);
	case TYPE_ENUM:
		return (v.tag == TAG_ENUM && v.enm->type == t) || mismatch(v, t, why);
	default:
		return true;
	}
}

bool ivalue_has_type(IValue v, const Type *t, Text *why)
{
	return inhabits(v, t, why, 0);
}
