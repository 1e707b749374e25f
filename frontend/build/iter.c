// SPDX-License-Identifier: BSD-3-Clause
// Iteration: an iterator over any value, and the iterators that builtins make.
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

PyIter *py_iter_new(Build *b, const char *type_name, Status (*next)(Build *, PyIter *, IValue *, bool *))
{
	PyIter *it = py_new(b, PY_ITER, sizeof *it);
	it->type_name = type_name;
	it->next = next;
	return it;
}

// ---- builtin sources

static Status next_list(Build *b, PyIter *it, IValue *out, bool *done)
{
	(void)b;
	if (it->over.tag != TAG_LIST || it->i >= it->over.list->n) {
		*done = true;
		ivalue_unref(&it->over);
	} else {
		*out = ivalue_ref(it->over.list->items[it->i++]);
	}
	return STATUS_OK;
}

static Status next_tuple(Build *b, PyIter *it, IValue *out, bool *done)
{
	(void)b;
	if (it->i >= it->over.tuple->n)
		*done = true;
	else
		*out = ivalue_ref(it->over.tuple->items[it->i++]);
	return STATUS_OK;
}

static Status next_str(Build *b, PyIter *it, IValue *out, bool *done)
{
	const StrObj *s = it->over.str;
	if (it->i >= s->n) {
		*done = true;
		return STATUS_OK;
	}
	int len;
	uint32_t c = utf8_get(s->s + it->i, s->n - it->i, &len);
	it->i += len;
	*out = str_char(b, c);
	return STATUS_OK;
}

static Status next_bytes(Build *b, PyIter *it, IValue *out, bool *done)
{
	(void)b;
	const PyBytes *s = PY_AS(PyBytes, it->over);
	if (it->i >= s->n)
		*done = true;
	else
		*out = iv_int((unsigned char)s->s[it->i++]);
	return STATUS_OK;
}

static Status next_range(Build *b, PyIter *it, IValue *out, bool *done)
{
	(void)b;
	const PyRange *r = PY_AS(PyRange, it->over);
	if (it->i >= it->n) {
		*done = true;
		return STATUS_OK;
	}
	*out = iv_int(r->start + it->i++ * r->step);
	return STATUS_OK;
}

static Status next_reversed(Build *b, PyIter *it, IValue *out, bool *done) // i counts down; over has items
{
	if (it->i <= 0) {
		*done = true;
		return STATUS_OK;
	}
	it->i--;
	if (it->over.tag == TAG_LIST && it->i >= it->over.list->n) {
		*done = true;
		it->i = 0;
		return STATUS_OK;
	}
	return py_getitem(b, it->over, iv_int(it->i), out);
}

// Dicts and what is made of them.  n is the size at the beginning: code in the loop must not change it.
static Status next_entry(Build *b, PyIter *it, DictObj *d, ViewKind what, IValue *out, bool *done)
{
	if (it->n < 0) {
		*done = true;
		return STATUS_OK;
	}
	if (d->n != it->n) {
		it->n = -1;
		return py_raise(b, "RuntimeError", it->data ? "Set changed size during iteration" :
			"dictionary changed size during iteration");
	}
	DictEntry *e = dict_next(d, &it->i);
	if (!e) {
		*done = true;
		it->n = -1;
	} else if (what == VIEW_ITEMS) {
		IValue pair[2] = {e->key, e->value};
		*out = py_tuple_of(b, pair, 2);
	} else {
		*out = ivalue_ref(what == VIEW_KEYS ? e->key : e->value);
	}
	return STATUS_OK;
}

static Status next_dict(Build *b, PyIter *it, IValue *out, bool *done)
{
	return next_entry(b, it, it->over.dict, VIEW_KEYS, out, done);
}

static Status next_view(Build *b, PyIter *it, IValue *out, bool *done)
{
	PyView *v = PY_AS(PyView, it->over);
	return next_entry(b, it, v->dict.dict, v->what, out, done);
}

static Status next_set(Build *b, PyIter *it, IValue *out, bool *done)
{
	return next_entry(b, it, PY_AS(PySet, it->over)->items, VIEW_KEYS, out, done);
}

static Status next_dict_reversed(Build *b, PyIter *it, IValue *out, bool *done) // over: dict, over2: what as int
{
	DictObj *d = it->over.dict;
	while (it->i > 0) {
		if (--it->i >= d->used)
			continue;
		DictEntry *e = &d->entries[it->i];
		if (!e->live)
			continue;
		if (it->over2.i == VIEW_ITEMS) {
			IValue pair[2] = {e->key, e->value};
			*out = py_tuple_of(b, pair, 2);
		} else {
			*out = ivalue_ref(it->over2.i == VIEW_KEYS ? e->key : e->value);
		}
		return STATUS_OK;
	}
	*done = true;
	return STATUS_OK;
}

// ---- instances

static Status stop_iteration(Build *b, Status st, bool *done)
{
	if (!py_exception_matches(b, st, "StopIteration"))
		return st;
	py_discard(b);
	*done = true;
	return STATUS_OK;
}

static Status next_instance(Build *b, PyIter *it, IValue *out, bool *done) // over has __next__
{
	IValue *fn = types_special(b, it->over, D_next);
	if (!fn)
		return py_raise(b, "TypeError", "'%s' object is not an iterator", py_type_name(b, it->over));
	Status st = types_call_special(b, *fn, it->over, NULL, 0, out);
	return st == STATUS_OK ? st : stop_iteration(b, st, done);
}

static Status next_getitem(Build *b, PyIter *it, IValue *out, bool *done) // over has __getitem__
{
	if (it->i < 0) {
		*done = true;
		return STATUS_OK;
	}
	Status st = py_getitem(b, it->over, iv_int(it->i), out);
	if (st == STATUS_OK) {
		it->i++;
		return st;
	}
	if (!py_exception_matches(b, st, "IndexError") && !py_exception_matches(b, st, "StopIteration"))
		return st;
	py_discard(b);
	it->i = -1;
	*done = true;
	return STATUS_OK;
}

static Status not_iterable(Build *b, IValue v)
{
	return py_raise(b, "TypeError", "'%s' object is not iterable", py_type_name(b, v));
}

// What an __iter__ gave becomes an iterator.  Takes v.
static Status iterator_of(Build *b, IValue v, PyIter **out)
{
	if (py_is(v, PY_ITER) || py_is(v, PY_GENERATOR)) {
		*out = PY_AS(PyIter, v);
		return STATUS_OK;
	}
	Status st = STATUS_OK;
	if (py_is(v, PY_INSTANCE) && types_special(b, v, D_next))
		*out = types_iter(b, "iterator", next_instance, v);
	else
		st = py_raise(b, "TypeError", "iter() returned non-iterator of type '%s'", py_type_name(b, v));
	ivalue_unref(&v);
	return st;
}

static Status iter_class(Build *b, IValue v, PyIter **out)
{
	if (!PY_AS(PyClass, v)->is_enum)
		return py_raise(b, "TypeError", "'type' object is not iterable");
	IValue members, values;
	bool found;
	TRY(py_getattr_opt(b, v, TYPES_NAME(b, members), &members, &found));
	if (!found)
		return not_iterable(b, v);
	IValue list = py_list(b, 0);
	Status st = py_unwrap(members).tag == TAG_DICT ? dict_view(b, py_unwrap(members), VIEW_VALUES, &values) :
		not_iterable(b, v);
	if (st == STATUS_OK) {
		PyIter *it = NULL;
		st = py_iter(b, values, &it);
		bool done = false;
		while (st == STATUS_OK && !done) { // aliases stand under several names
			IValue x;
			st = py_next(b, it, &x, &done);
			if (st != STATUS_OK || done)
				break;
			bool seen = false;
			for (int64_t i = 0; i < list.list->n; i++)
				seen = seen || list.list->items[i].i == x.i;
			if (seen)
				ivalue_unref(&x);
			else
				st = list_append_take(list.list, x, b->x.err);
		}
		if (it) {
			IValue iv = py_value(it);
			ivalue_unref(&iv);
		}
		ivalue_unref(&values);
	}
	ivalue_unref(&members);
	if (st == STATUS_OK)
		*out = types_iter(b, "iterator", next_list, list);
	ivalue_unref(&list);
	return st;
}

Status py_iter(Build *b, IValue v, PyIter **out)
{
	if (py_is(v, PY_INSTANCE)) {
		IValue *fn = types_override(b, v, D_iter), r;
		if (fn && fn->tag != TAG_NONE) {
			TRY(types_call_special(b, *fn, v, NULL, 0, &r));
			return iterator_of(b, r, out);
		}
		IValue u = py_unwrap(v);
		if (u.tag != TAG_HOST || u.host != v.host)
			return py_iter(b, u, out);
		if (types_override(b, v, D_getitem)) {
			*out = types_iter(b, "iterator", next_getitem, v);
			return STATUS_OK;
		}
		return not_iterable(b, v);
	}
	switch ((Tag)v.tag) {
	case TAG_LIST: *out = types_iter(b, "list_iterator", next_list, v); return STATUS_OK;
	case TAG_TUPLE: *out = types_iter(b, "tuple_iterator", next_tuple, v); return STATUS_OK;
	case TAG_STR: *out = types_iter(b, "str_iterator", next_str, v); return STATUS_OK;
	case TAG_DICT:
		*out = types_iter(b, "dict_keyiterator", next_dict, v);
		(*out)->n = v.dict->n;
		return STATUS_OK;
	case TAG_TENSOR: return torch_iter(b, v, out);
	case TAG_OBJECT: {
		IValue fn, r;
		bool found;
		TRY(script_getattr(b, v, TYPES_NAME(b, iter), &fn, &found));
		if (!found)
			return not_iterable(b, v);
		Status st = py_call(b, fn, NULL, 0, &r);
		ivalue_unref(&fn);
		TRY(st);
		return iterator_of(b, r, out);
	}
	case TAG_HOST: break;
	default: return not_iterable(b, v);
	}
	switch (py_obj(v)->kind) {
	case PY_ITER: case PY_GENERATOR:
		ivalue_ref(v);
		*out = PY_AS(PyIter, v);
		return STATUS_OK;
	case PY_RANGE:
		*out = types_iter(b, "range_iterator", next_range, v);
		(*out)->n = range_length(PY_AS(PyRange, v));
		return STATUS_OK;
	case PY_SET: case PY_FROZENSET:
		*out = types_iter(b, "set_iterator", next_set, v);
		(*out)->n = PY_AS(PySet, v)->items->n;
		(*out)->data = *out; // says that it is a set
		return STATUS_OK;
	case PY_VIEW: {
		static const char *const names[] = {"dict_keyiterator", "dict_valueiterator", "dict_itemiterator"};
		*out = types_iter(b, names[PY_AS(PyView, v)->what], next_view, v);
		(*out)->n = PY_AS(PyView, v)->dict.dict->n;
		return STATUS_OK;
	}
	case PY_BYTES: *out = types_iter(b, "bytes_iterator", next_bytes, v); return STATUS_OK;
	case PY_CLASS: return iter_class(b, v, out);
	default: return not_iterable(b, v);
	}
}

Status py_next(Build *b, PyIter *it, IValue *out, bool *done)
{
	*done = false;
	if (b->x.budget && build_tick_due(b))
		TRY(build_tick(b));
	TRY(build_stack_check(b)); // iterators over iterators nest as deep as the program likes
	return it->next(b, it, out, done);
}

Status py_each(Build *b, IValue v, Status (*fn)(Build *b, IValue item, void *arg), void *arg)
{
	PyIter *it;
	TRY(py_iter(b, v, &it));
	Status st;
	for (;;) {
		IValue x;
		bool done;
		st = py_next(b, it, &x, &done);
		if (st != STATUS_OK || done)
			break;
		st = fn(b, x, arg);
		ivalue_unref(&x);
		if (st != STATUS_OK)
			break;
	}
	IValue self = py_value(it);
	ivalue_unref(&self);
	return st;
}

Status iter_reversed(Build *b, IValue v, IValue *out)
{
	IValue *fn = types_special(b, v, D_reversed), u = py_unwrap(v);
	if (fn && py_is(v, PY_INSTANCE))
		return types_call_special(b, *fn, v, NULL, 0, out);
	IValue dict = py_is(u, PY_VIEW) ? PY_AS(PyView, u)->dict : u;
	PyIter *it;
	int64_t n;
	if (dict.tag == TAG_DICT) {
		it = types_iter(b, "dict_reversekeyiterator", next_dict_reversed, dict);
		it->over2 = iv_int(py_is(u, PY_VIEW) ? PY_AS(PyView, u)->what : VIEW_KEYS);
		it->i = dict.dict->used;
	} else {
		bool ok = u.tag == TAG_LIST || u.tag == TAG_TUPLE || u.tag == TAG_STR || py_is(u, PY_RANGE) || py_is(u, PY_BYTES) ||
			u.tag == TAG_TENSOR || (py_is(u, PY_INSTANCE) && types_special(b, u, D_getitem) && types_special(b, u, D_len));
		if (!ok)
			return py_raise(b, "TypeError", "'%s' object is not reversible", py_type_name(b, v));
		TRY(py_len(b, v, &n));
		it = types_iter(b, u.tag == TAG_LIST ? "list_reverseiterator" : "reversed", next_reversed, v);
		it->i = n;
	}
	*out = py_value(it);
	return STATUS_OK;
}

// ---- enumerate, zip, map, filter

static Status next_enumerate(Build *b, PyIter *it, IValue *out, bool *done)
{
	IValue x;
	TRY(py_next(b, PY_AS(PyIter, it->over), &x, done));
	if (*done)
		return STATUS_OK;
	IValue pair[2] = {iv_int(it->i++), x};
	*out = py_tuple_of(b, pair, 2);
	ivalue_unref(&x);
	return STATUS_OK;
}

static Status enumerate_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	int64_t start;
	PyIter *from;
	TRY(args_parse(b, a, "enumerate", "iterable:o start:i=0", &v, &start));
	TRY(py_iter(b, v, &from));
	PyIter *it = py_iter_new(b, "enumerate", next_enumerate);
	it->over = py_value(from);
	it->i = start;
	*out = py_value(it);
	return STATUS_OK;
}

static Status iters_of(Build *b, const IValue *v, int n, IValue *out) // tuple of iterators
{
	TupleObj *t = tuple_new(n, NULL);
	*out = iv_take_tuple(t);
	for (int i = 0; i < n; i++) {
		PyIter *it;
		Status st = py_iter(b, v[i], &it);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
		t->items[i] = py_value(it);
	}
	return STATUS_OK;
}

static Status next_zip(Build *b, PyIter *it, IValue *out, bool *done) // over: tuple of iterators, n: strict
{
	TupleObj *from = it->over.tuple;
	if (from->n == 0 || it->i < 0) {
		*done = true;
		return STATUS_OK;
	}
	TupleObj *t = tuple_new(from->n, NULL);
	IValue v = iv_take_tuple(t);
	for (int64_t i = 0; i < from->n; i++) {
		bool end = false;
		IValue x;
		Status st = py_next(b, PY_AS(PyIter, from->items[i]), &x, &end);
		if (st == STATUS_OK && !end) {
			t->items[i] = x;
			continue;
		}
		ivalue_unref(&v);
		it->i = -1;
		TRY(st);
		*done = true;
		if (!it->n)
			return STATUS_OK;
		if (i > 0)
			return py_raise(b, "ValueError", "zip() argument %lld is shorter than argument%s%lld", (long long)i + 1,
				i == 1 ? " " : "s 1-", (long long)i);
		for (int64_t k = 1; k < from->n; k++) {
			TRY(py_next(b, PY_AS(PyIter, from->items[k]), &x, &end));
			if (end)
				continue;
			ivalue_unref(&x);
			return py_raise(b, "ValueError", "zip() argument %lld is longer than argument%s%lld", (long long)k + 1,
				k == 1 ? " " : "s 1-", (long long)k);
		}
		return STATUS_OK;
	}
	*out = v;
	return STATUS_OK;
}

static Status zip_make(Build *b, const PyArgs *a, IValue *out)
{
	bool strict = false;
	for (int i = 0; i < a->nkw; i++) {
		if (strcmp(a->kwnames[i].str->s, "strict"))
			return py_raise(b, "TypeError", "zip() got an unexpected keyword argument '%s'", a->kwnames[i].str->s);
		TRY(py_truth(b, a->kw[i], &strict));
	}
	IValue iters;
	TRY(iters_of(b, a->pos, a->npos, &iters));
	PyIter *it = py_iter_new(b, "zip", next_zip);
	it->over = iters;
	it->n = strict;
	*out = py_value(it);
	return STATUS_OK;
}

static Status next_map(Build *b, PyIter *it, IValue *out, bool *done) // over: tuple of iterators, over2: the function
{
	TupleObj *from = it->over.tuple;
	IValue small[8], *args = from->n <= 8 ? small : xmalloc((size_t)from->n * sizeof *args);
	int64_t n = 0;
	Status st = STATUS_OK;
	for (; n < from->n; n++) {
		st = py_next(b, PY_AS(PyIter, from->items[n]), &args[n], done);
		if (st != STATUS_OK || *done)
			break;
	}
	if (st == STATUS_OK && !*done)
		st = py_call(b, it->over2, args, (int)n, out);
	for (int64_t i = 0; i < n; i++)
		ivalue_unref(&args[i]);
	if (args != small)
		free(args);
	return st;
}

static Status map_make(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos < 2 || a->nkw)
		return py_raise(b, "TypeError", "map() must have at least two arguments.");
	IValue iters;
	TRY(iters_of(b, a->pos + 1, a->npos - 1, &iters));
	PyIter *it = py_iter_new(b, "map", next_map);
	it->over = iters;
	it->over2 = ivalue_ref(a->pos[0]);
	*out = py_value(it);
	return STATUS_OK;
}

static Status next_filter(Build *b, PyIter *it, IValue *out, bool *done)
{
	for (;;) {
		IValue x, r;
		bool keep;
		TRY(py_next(b, PY_AS(PyIter, it->over), &x, done));
		if (*done)
			return STATUS_OK;
		Status st = STATUS_OK;
		if (it->over2.tag == TAG_NONE) {
			st = py_truth(b, x, &keep);
		} else {
			st = py_call(b, it->over2, &x, 1, &r);
			if (st == STATUS_OK) {
				st = py_truth(b, r, &keep);
				ivalue_unref(&r);
			}
		}
		if (st == STATUS_OK && keep) {
			*out = x;
			return STATUS_OK;
		}
		ivalue_unref(&x);
		TRY(st);
	}
}

static Status filter_make(Build *b, const PyArgs *a, IValue *out)
{
	PyIter *from;
	if (a->npos != 2 || a->nkw)
		return raise_arity(b, "filter", 2, a->npos);
	TRY(py_iter(b, a->pos[1], &from));
	PyIter *it = py_iter_new(b, "filter", next_filter);
	it->over = py_value(from);
	it->over2 = ivalue_ref(a->pos[0]);
	*out = py_value(it);
	return STATUS_OK;
}

static Status reversed_make(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || a->nkw)
		return raise_arity(b, "reversed", 1, a->npos);
	return iter_reversed(b, a->pos[0], out);
}

static Status next_callable(Build *b, PyIter *it, IValue *out, bool *done) // over: function, over2: sentinel
{
	if (it->i) {
		*done = true;
		return STATUS_OK;
	}
	bool end;
	TRY(py_call(b, it->over, NULL, 0, out));
	Status st = py_equal(b, *out, it->over2, &end);
	if (st != STATUS_OK || end)
		ivalue_unref(out);
	it->i = *done = st == STATUS_OK && end;
	return st;
}

Status iter_callable(Build *b, IValue fn, IValue sentinel, IValue *out)
{
	PyIter *it = types_iter(b, "callable_iterator", next_callable, fn);
	it->over2 = ivalue_ref(sentinel);
	*out = py_value(it);
	return STATUS_OK;
}

// ---- methods of all iterators

static Status iterator_iter(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = ivalue_ref(a->self);
	return STATUS_OK;
}

static Status iterator_next(Build *b, const PyArgs *a, IValue *out)
{
	bool done;
	if (!py_is(a->self, PY_ITER) && !py_is(a->self, PY_GENERATOR))
		return py_raise(b, "TypeError", "'%s' object is not an iterator", py_type_name(b, a->self));
	TRY(py_next(b, PY_AS(PyIter, a->self), out, &done));
	return done ? py_raise(b, "StopIteration", "%s", "") : STATUS_OK;
}

void types_init_iter(Build *b)
{
	static const NativeMethod methods[] = {{"__iter__", iterator_iter}, {"__next__", iterator_next}, {0}};
	static const struct { const char *name; NativeFn make; } named[] = {{"enumerate", enumerate_make}, {"zip", zip_make},
		{"map", map_make}, {"filter", filter_make}, {"reversed", reversed_make}};
	Types *t = b->types;
	t->iterator = types_class(b, "iterator", t->object, PAYLOAD_NONE, NULL, methods);
	PyClass **to[] = {&t->enumerate, &t->zip, &t->map, &t->filter, &t->reversed};
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		*to[i] = types_class(b, named[i].name, t->iterator, PAYLOAD_NONE, named[i].make, NULL);
		map_set(&t->iterators, named[i].name, *to[i]);
		ivalue_ref(py_value(*to[i]));
	}
	t->generator = types_class(b, "generator", t->iterator, PAYLOAD_NONE, NULL, NULL);
}
