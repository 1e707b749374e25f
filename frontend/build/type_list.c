// SPDX-License-Identifier: BSD-3-Clause
// Lists: items, slices, methods, sorting.  What lists, tuples and ranges have in common as sequences stands here too.
//
// Comparisons and key functions may run code that changes the list they work on, so every loop asks its length anew and
// holds the item it looks at.
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

IValue py_list(Build *b, int64_t cap)
{
	(void)b;
	return iv_take_list(list_new(&type_any, cap));
}

Status list_room(Build *b, ListObj *l, int64_t n)
{
	if (n <= l->cap)
		return STATUS_OK;
	if (n > INT64_MAX / 32)
		return py_raise(b, "MemoryError", "a list of %lld items does not fit in memory", (long long)n);
	TRY(build_memory_check(b, (size_t)n * sizeof(IValue)));
	return list_reserve(l, n, b->x.err);
}

// ---- sequences

static void sequence_view(IValue v, const IValue **items, int64_t *n)
{
	if (v.tag == TAG_LIST) {
		*items = v.list->items;
		*n = v.list->n;
	} else {
		*items = v.tuple->items;
		*n = v.tuple->n;
	}
}

static Status bad_key(Build *b, const char *what, IValue key)
{
	return py_raise(b, "TypeError", "%s indices must be integers or slices, not %s", what, py_type_name(b, key));
}

static bool is_indexlike(Build *b, IValue key)
{
	return key.tag == TAG_INT || key.tag == TAG_BOOL || key.tag == TAG_TENSOR || py_unwrap(key).tag == TAG_INT ||
		types_override(b, key, D_index);
}

Status list_getitem(Build *b, IValue v, IValue key, IValue *out)
{
	const char *what = v.tag == TAG_LIST ? "list" : v.tag == TAG_TUPLE ? "tuple" : "range";
	bool is_range = v.tag == TAG_HOST;
	const IValue *items = NULL;
	int64_t n, i, start, stop, step, count;
	if (is_range)
		n = range_length(PY_AS(PyRange, v));
	else
		sequence_view(v, &items, &n);
	if (py_is(key, PY_SLICE)) {
		TRY(slice_indices(b, key, n, &start, &stop, &step, &count));
		if (is_range) {
			PyRange *r = PY_AS(PyRange, v);
			*out = py_range(b, r->start + start * r->step, r->start + (count ? start + count * step : start) * r->step,
				r->step * step);
			return STATUS_OK;
		}
		if (!is_range)
			sequence_view(v, &items, &n); // __index__ ran code
		if (count && (start >= n || start + (count - 1) * step >= n))
			return py_raise(b, "IndexError", "%s changed size while it was sliced", what);
		if (v.tag == TAG_LIST) {
			IValue r = py_list(b, 0);
			Status st = list_room(b, r.list, count);
			if (st != STATUS_OK) {
				ivalue_unref(&r);
				return st;
			}
			for (int64_t k = 0; k < count; k++)
				r.list->items[r.list->n++] = ivalue_ref(items[start + k * step]);
			*out = r;
		} else {
			TupleObj *t = tuple_new(count, NULL);
			for (int64_t k = 0; k < count; k++)
				t->items[k] = ivalue_ref(items[start + k * step]);
			*out = iv_take_tuple(t);
		}
		return STATUS_OK;
	}
	if (!is_indexlike(b, key))
		return bad_key(b, what, key);
	TRY(number_index(b, key, &i));
	if (!is_range)
		sequence_view(v, &items, &n);
	TRY(sequence_index(b, i, n, is_range ? "range object" : what, &i));
	*out = is_range ? iv_int(PY_AS(PyRange, v)->start + i * PY_AS(PyRange, v)->step) : ivalue_ref(items[i]);
	return STATUS_OK;
}

Status sequence_repeat(Build *b, IValue v, int64_t n, IValue *out)
{
	if (n < 0)
		n = 0;
	int64_t len = v.tag == TAG_STR ? v.str->n : v.tag == TAG_LIST ? v.list->n : v.tag == TAG_TUPLE ? v.tuple->n :
		PY_AS(PyBytes, v)->n, total;
	if (__builtin_mul_overflow(len, n, &total) || total > (int64_t)1 << 33)
		return py_raise(b, "MemoryError", "a repeated sequence of %lld times %lld items does not fit in memory",
			(long long)n, (long long)len);
	if (v.tag == TAG_LIST) {
		IValue r = py_list(b, 0);
		Status st = list_room(b, r.list, total);
		if (st != STATUS_OK) {
			ivalue_unref(&r);
			return st;
		}
		for (int64_t k = 0; k < n && len; k++)
			for (int64_t i = 0; i < len; i++)
				r.list->items[r.list->n++] = ivalue_ref(v.list->items[i]);
		*out = r;
		return STATUS_OK;
	}
	size_t bytes = v.tag == TAG_TUPLE ? (size_t)total * sizeof(IValue) : (size_t)total;
	TRY(build_memory_check(b, v.tag == TAG_TUPLE ? bytes : 2 * bytes)); // texts are put together first
	if (v.tag == TAG_TUPLE) {
		TupleObj *t = tuple_new(total, NULL);
		for (int64_t i = 0; i < total; i++)
			t->items[i] = ivalue_ref(v.tuple->items[i % len]);
		*out = iv_take_tuple(t);
		return STATUS_OK;
	}
	const char *s = v.tag == TAG_STR ? v.str->s : PY_AS(PyBytes, v)->s;
	char *text = xmalloc((size_t)total + 1);
	for (int64_t k = 0; k < n && len; k++)
		memcpy(text + k * len, s, (size_t)len);
	*out = v.tag == TAG_STR ? iv_str(text, (size_t)total) : bytes_new(b, text, total);
	free(text);
	return STATUS_OK;
}

// ---- changing

static void list_cut(ListObj *l, int64_t from, int64_t n) // removes n items; they are dropped last
{
	if (n <= 0)
		return;
	IValue small[8], *gone = n <= 8 ? small : xmalloc((size_t)n * sizeof *gone);
	memcpy(gone, l->items + from, (size_t)n * sizeof *gone);
	memmove(l->items + from, l->items + from + n, (size_t)(l->n - from - n) * sizeof *gone);
	l->n -= n;
	for (int64_t i = 0; i < n; i++)
		ivalue_unref(&gone[i]);
	if (gone != small)
		free(gone);
}

static Status list_insert(Build *b, ListObj *l, int64_t i, IValue v)
{
	TRY(list_room(b, l, l->n + 1));
	i = i < 0 ? i + l->n : i;
	i = i < 0 ? 0 : i > l->n ? l->n : i;
	memmove(l->items + i + 1, l->items + i, (size_t)(l->n - i) * sizeof *l->items);
	l->items[i] = ivalue_ref(v);
	l->n++;
	return STATUS_OK;
}

Status list_setitem(Build *b, IValue v, IValue key, IValue value)
{
	ListObj *l = v.list;
	int64_t i, start, stop, step, count;
	if (!py_is(key, PY_SLICE)) {
		if (!is_indexlike(b, key))
			return bad_key(b, "list", key);
		TRY(number_index(b, key, &i));
		if ((i < 0 ? i + l->n : i) < 0 || (i < 0 ? i + l->n : i) >= l->n)
			return py_raise(b, "IndexError", "list assignment index out of range");
		ivalue_set(&l->items[i < 0 ? i + l->n : i], ivalue_ref(value));
		return STATUS_OK;
	}
	IValue from;
	Status st = py_to_list(b, value, &from);
	if (st == STATUS_TYPE && py_exception_matches(b, st, "TypeError"))
		return py_raise(b, "TypeError", "can only assign an iterable");
	TRY(st);
	st = slice_indices(b, key, l->n, &start, &stop, &step, &count);
	ListObj *f = from.list;
	if (st == STATUS_OK && step != 1 && count != f->n)
		st = py_raise(b, "ValueError", "attempt to assign sequence of size %lld to extended slice of size %lld",
			(long long)f->n, (long long)count);
	else if (st == STATUS_OK && step != 1) {
		for (int64_t k = 0; k < count; k++)
			ivalue_set(&l->items[start + k * step], ivalue_ref(f->items[k]));
	} else if (st == STATUS_OK) {
		st = list_room(b, l, l->n - count + f->n);
		if (st == STATUS_OK) {
			ListObj old = {.n = 0};
			old.items = count ? xmalloc((size_t)count * sizeof *old.items) : NULL;
			if (count)
				memcpy(old.items, l->items + start, (size_t)count * sizeof *old.items);
			memmove(l->items + start + f->n, l->items + start + count,
				(size_t)(l->n - start - count) * sizeof *l->items);
			for (int64_t k = 0; k < f->n; k++)
				l->items[start + k] = ivalue_ref(f->items[k]);
			l->n += f->n - count;
			for (int64_t k = 0; k < count; k++)
				ivalue_unref(&old.items[k]);
			free(old.items);
		}
	}
	ivalue_unref(&from);
	return st;
}

Status list_delitem(Build *b, IValue v, IValue key)
{
	ListObj *l = v.list;
	int64_t i, start, stop, step, count;
	if (!py_is(key, PY_SLICE)) {
		if (!is_indexlike(b, key))
			return bad_key(b, "list", key);
		TRY(number_index(b, key, &i));
		if ((i < 0 ? i + l->n : i) < 0 || (i < 0 ? i + l->n : i) >= l->n)
			return py_raise(b, "IndexError", "list assignment index out of range");
		list_cut(l, i < 0 ? i + l->n : i, 1);
		return STATUS_OK;
	}
	TRY(slice_indices(b, key, l->n, &start, &stop, &step, &count));
	if (step < 0) {
		start += (count - 1) * step;
		step = -step;
	}
	if (step == 1 && count) {
		list_cut(l, start, count);
		return STATUS_OK;
	}
	for (int64_t k = count - 1; k >= 0; k--)
		list_cut(l, start + k * step, 1);
	return STATUS_OK;
}

static Status append_one(Build *b, IValue item, void *arg)
{
	return list_append_take(arg, ivalue_ref(item), b->x.err);
}

Status list_extend(Build *b, ListObj *l, IValue iterable)
{
	IValue u = types_override(b, iterable, D_iter) ? iterable : py_unwrap(iterable);
	if (u.tag == TAG_LIST || u.tag == TAG_TUPLE) {
		int64_t n = u.tag == TAG_LIST ? u.list->n : u.tuple->n;
		TRY(list_room(b, l, l->n + n));
		const IValue *items = u.tag == TAG_LIST ? u.list->items : u.tuple->items; // after: u may be l
		for (int64_t i = 0; i < n; i++)
			l->items[l->n++] = ivalue_ref(items[i]);
		return STATUS_OK;
	}
	return py_each(b, iterable, append_one, l);
}

Status py_to_list(Build *b, IValue v, IValue *out)
{
	IValue r = py_list(b, 0);
	Status st = py_is(v, PY_RANGE) ? list_room(b, r.list, range_length(PY_AS(PyRange, v))) : STATUS_OK;
	if (st == STATUS_OK)
		st = list_extend(b, r.list, v);
	if (st != STATUS_OK) {
		ivalue_unref(&r);
		return st;
	}
	*out = r;
	return STATUS_OK;
}

// ---- sorting: a stable merge sort over (key, item) pairs taken out of the list

typedef struct Sorting { Build *b; bool reverse; } Sorting;

static Status less(Build *b, IValue l, IValue r, bool *out)
{
	if (l.tag == TAG_INT && r.tag == TAG_INT) {
		*out = l.i < r.i;
		return STATUS_OK;
	}
	IValue v;
	TRY(py_compare(b, OP_LT, l, r, &v));
	Status st = STATUS_OK;
	if (v.tag == TAG_BOOL)
		*out = v.i != 0;
	else
		st = py_truth(b, v, out);
	ivalue_unref(&v);
	return st;
}

static Status merge_sort(Build *b, IValue *keys, int64_t *order, int64_t *tmp, int64_t n, bool reverse)
{
	if (n < 2)
		return STATUS_OK;
	int64_t h = n / 2, i = 0, j = h, k = 0;
	TRY(merge_sort(b, keys, order, tmp, h, reverse));
	TRY(merge_sort(b, keys, order + h, tmp, n - h, reverse));
	bool swap;
	TRY(reverse ? less(b, keys[order[h - 1]], keys[order[h]], &swap) : less(b, keys[order[h]], keys[order[h - 1]], &swap));
	if (!swap)
		return STATUS_OK;
	while (i < h && j < n) {
		TRY(reverse ? less(b, keys[order[i]], keys[order[j]], &swap) : less(b, keys[order[j]], keys[order[i]], &swap));
		tmp[k++] = swap ? order[j++] : order[i++];
	}
	while (i < h)
		tmp[k++] = order[i++];
	while (j < n)
		tmp[k++] = order[j++];
	memcpy(order, tmp, (size_t)n * sizeof *order);
	return STATUS_OK;
}

Status list_sort(Build *b, ListObj *l, IValue key, bool reverse)
{
	int64_t n = l->n;
	if (n < 2 && key.tag == TAG_NONE)
		return STATUS_OK;
	IValue *items = l->items;
	int64_t cap = l->cap;
	l->items = NULL; // the list is empty while it is sorted
	l->n = l->cap = 0;
	IValue *keys = items;
	Status st = STATUS_OK;
	int64_t made = 0;
	if (key.tag != TAG_NONE) {
		keys = xmalloc((size_t)(n + 1) * sizeof *keys);
		for (; made < n && st == STATUS_OK; made++) {
			st = py_call(b, key, &items[made], 1, &keys[made]);
			if (st != STATUS_OK)
				break;
		}
	}
	int64_t *order = xmalloc((size_t)(2 * n + 1) * sizeof *order);
	for (int64_t i = 0; i < n; i++)
		order[i] = i;
	if (st == STATUS_OK)
		st = merge_sort(b, keys, order, order + n, n, reverse);
	IValue *sorted = xmalloc((size_t)(cap + 1) * sizeof *sorted);
	for (int64_t i = 0; i < n; i++)
		sorted[i] = items[order[i]];
	for (int64_t i = 0; i < made; i++)
		ivalue_unref(&keys[i]);
	if (keys != items)
		free(keys);
	free(items);
	free(order);
	IValue *extra = l->items;
	int64_t nextra = l->n;
	l->items = sorted;
	l->n = n;
	l->cap = cap;
	for (int64_t i = 0; i < nextra; i++)
		ivalue_unref(&extra[i]);
	free(extra);
	if (st == STATUS_OK && nextra)
		return py_raise(b, "ValueError", "list modified during sort");
	return st;
}

// ---- methods

static Status self_list(Build *b, const PyArgs *a, const char *name, ListObj **out)
{
	IValue u = py_unwrap(a->self);
	if (u.tag != TAG_LIST)
		return py_raise(b, "TypeError", "descriptor '%s' for 'list' objects doesn't apply to a '%s' object", name,
			py_type_name(b, a->self));
	*out = u.list;
	return STATUS_OK;
}

static Status list_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue x;
	TRY(args_parse(b, a, "list", "iterable:o? /", &x));
	if (x.tag != TAG_UNINIT)
		return py_to_list(b, x, out);
	*out = py_list(b, 0);
	return STATUS_OK;
}

static Status list_init(Build *b, const PyArgs *a, IValue *out)
{
	IValue x;
	ListObj *l = NULL;
	TRY(args_parse(b, a, "list", "iterable:o? /", &x));
	TRY(self_list(b, a, "__init__", &l));
	list_cut(l, 0, l->n);
	*out = iv_none();
	return x.tag != TAG_UNINIT ? list_extend(b, l, x) : STATUS_OK;
}

#define SELF(name)                      \
	ListObj *l = NULL;              \
	TRY(self_list(b, a, name, &l)); \
	*out = iv_none()

static Status list_append_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF("append");
	if (a->npos != 1 || a->nkw)
		return raise_arity(b, "list.append", 1, a->npos);
	return list_append_take(l, ivalue_ref(a->pos[0]), b->x.err);
}

static Status list_extend_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF("extend");
	if (a->npos != 1)
		return raise_arity(b, "list.extend", 1, a->npos);
	return list_extend(b, l, a->pos[0]);
}

static Status list_insert_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF("insert");
	int64_t i;
	IValue v;
	TRY(args_parse(b, a, "insert", "index:i object:o /", &i, &v));
	return list_insert(b, l, i, v);
}

static Status list_pop(Build *b, const PyArgs *a, IValue *out)
{
	SELF("pop");
	int64_t i;
	TRY(args_parse(b, a, "pop", "index:i=-1 /", &i));
	if (l->n == 0)
		return py_raise(b, "IndexError", "pop from empty list");
	i = i < 0 ? i + l->n : i;
	if (i < 0 || i >= l->n)
		return py_raise(b, "IndexError", "pop index out of range");
	*out = ivalue_ref(l->items[i]);
	list_cut(l, i, 1);
	return STATUS_OK;
}

static Status list_find(Build *b, IValue seq, IValue v, int64_t from, int64_t to, int64_t *at)
{
	const IValue *items;
	int64_t n;
	*at = -1;
	for (int64_t i = from;; i++) {
		sequence_view(seq, &items, &n);
		if (i >= n || i >= to)
			return STATUS_OK;
		IValue x = ivalue_ref(items[i]);
		bool same = x.tag == v.tag && x.i == v.i && x.tag != TAG_FLOAT;
		Status st = same ? STATUS_OK : py_equal(b, x, v, &same);
		ivalue_unref(&x);
		TRY(st);
		if (same) {
			*at = i;
			return STATUS_OK;
		}
	}
}

static Status list_remove(Build *b, const PyArgs *a, IValue *out)
{
	SELF("remove");
	int64_t at;
	if (a->npos != 1)
		return raise_arity(b, "list.remove", 1, a->npos);
	TRY(list_find(b, iv_take_list(l), a->pos[0], 0, INT64_MAX, &at));
	if (at < 0 || at >= l->n)
		return py_raise(b, "ValueError", "list.remove(x): x not in list");
	list_cut(l, at, 1);
	return STATUS_OK;
}

Status sequence_index_method(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, u = py_unwrap(a->self);
	int64_t from, to, n, at;
	const IValue *items;
	IValue stop;
	TRY(args_parse(b, a, "index", "value:o start:i=0 stop:o? /", &v, &from, &stop));
	if (u.tag != TAG_LIST && u.tag != TAG_TUPLE)
		return py_raise(b, "TypeError", "descriptor 'index' doesn't apply to a '%s' object", py_type_name(b, a->self));
	sequence_view(u, &items, &n);
	to = n;
	if (stop.tag != TAG_UNINIT)
		TRY(number_index(b, stop, &to));
	from = from < 0 ? (from + n < 0 ? 0 : from + n) : from;
	to = to < 0 ? to + n : to;
	TRY(list_find(b, u, v, from, to, &at));
	if (at >= 0) {
		*out = iv_int(at);
		return STATUS_OK;
	}
	if (u.tag == TAG_TUPLE)
		return py_raise(b, "ValueError", "tuple.index(x): x not in tuple");
	Text text = {0};
	Status st = py_repr(b, v, &text);
	if (st == STATUS_OK)
		st = py_raise(b, "ValueError", "%s is not in list", text_str(&text));
	text_free(&text);
	return st;
}

Status sequence_count_method(Build *b, const PyArgs *a, IValue *out)
{
	IValue u = py_unwrap(a->self);
	if (u.tag != TAG_LIST && u.tag != TAG_TUPLE)
		return py_raise(b, "TypeError", "descriptor 'count' doesn't apply to a '%s' object", py_type_name(b, a->self));
	if (a->npos != 1)
		return raise_arity(b, "count", 1, a->npos);
	int64_t at = -1, n = 0;
	for (;;) {
		TRY(list_find(b, u, a->pos[0], at + 1, INT64_MAX, &at));
		if (at < 0)
			break;
		n++;
	}
	*out = iv_int(n);
	return STATUS_OK;
}

static Status list_sort_method(Build *b, const PyArgs *a, IValue *out)
{
	SELF("sort");
	IValue key;
	bool reverse;
	TRY(args_parse(b, a, "sort", "* key:o=None reverse:b=False", &key, &reverse));
	return list_sort(b, l, key, reverse);
}

static Status list_reverse(Build *b, const PyArgs *a, IValue *out)
{
	SELF("reverse");
	for (int64_t i = 0, j = l->n - 1; i < j; i++, j--) {
		IValue t = l->items[i];
		l->items[i] = l->items[j];
		l->items[j] = t;
	}
	return STATUS_OK;
}

static Status list_clear(Build *b, const PyArgs *a, IValue *out)
{
	SELF("clear");
	list_cut(l, 0, l->n);
	return STATUS_OK;
}

static Status list_copy(Build *b, const PyArgs *a, IValue *out)
{
	SELF("copy");
	return py_to_list(b, iv_take_list(l), out);
}

// The dunder methods that code calls by name on the builtin part: list.__getitem__(self, i), super().__len__().
#define UNDER(fname, body)                                                  \
	static Status fname(Build *b, const PyArgs *a, IValue *out)         \
	{                                                                   \
		IValue self = py_unwrap(a->self);                           \
		*out = iv_none();                                           \
		body                                                        \
	}
#define NEED(k)                          \
	if (a->npos != (k))              \
	return py_raise(b, "TypeError", "expected %d argument%s, got %d", (k), (k) == 1 ? "" : "s", a->npos)

UNDER(under_getitem, NEED(1); return py_getitem(b, self, a->pos[0], out);)
UNDER(under_setitem, NEED(2); return py_setitem(b, self, a->pos[0], a->pos[1]);)
UNDER(under_delitem, NEED(1); return py_delitem(b, self, a->pos[0]);)
UNDER(under_contains, NEED(1); bool t; TRY(py_contains(b, self, a->pos[0], &t)); *out = iv_bool(t); return STATUS_OK;)
UNDER(under_len, int64_t n; TRY(py_len(b, self, &n)); *out = iv_int(n); return STATUS_OK;)
UNDER(under_iter, PyIter * it; TRY(py_iter(b, self, &it)); *out = py_value(it); return STATUS_OK;)
UNDER(under_add, NEED(1); return py_binary(b, OP_ADD, self, py_unwrap(a->pos[0]), out);)
UNDER(under_sub, NEED(1); return py_binary(b, OP_SUB, self, py_unwrap(a->pos[0]), out);)
UNDER(under_mul, NEED(1); return py_binary(b, OP_MUL, self, py_unwrap(a->pos[0]), out);)
UNDER(under_truediv, NEED(1); return py_binary(b, OP_DIV, self, py_unwrap(a->pos[0]), out);)
UNDER(under_floordiv, NEED(1); return py_binary(b, OP_FLOORDIV, self, py_unwrap(a->pos[0]), out);)
UNDER(under_mod, NEED(1); return py_binary(b, OP_MOD, self, py_unwrap(a->pos[0]), out);)
UNDER(under_pow, NEED(1); return py_binary(b, OP_POW, self, py_unwrap(a->pos[0]), out);)
UNDER(under_or, NEED(1); return py_binary(b, OP_BITOR, self, py_unwrap(a->pos[0]), out);)
UNDER(under_and, NEED(1); return py_binary(b, OP_BITAND, self, py_unwrap(a->pos[0]), out);)
UNDER(under_xor, NEED(1); return py_binary(b, OP_BITXOR, self, py_unwrap(a->pos[0]), out);)
UNDER(under_iadd, NEED(1); IValue r; TRY(py_inplace(b, OP_ADD, self, a->pos[0], &r)); ivalue_unref(&r);
	*out = ivalue_ref(a->self); return STATUS_OK;)
UNDER(under_eq, NEED(1); return py_compare(b, OP_EQ, self, py_unwrap(a->pos[0]), out);)
UNDER(under_ne, NEED(1); return py_compare(b, OP_NE, self, py_unwrap(a->pos[0]), out);)
UNDER(under_lt, NEED(1); return py_compare(b, OP_LT, self, py_unwrap(a->pos[0]), out);)
UNDER(under_le, NEED(1); return py_compare(b, OP_LE, self, py_unwrap(a->pos[0]), out);)
UNDER(under_gt, NEED(1); return py_compare(b, OP_GT, self, py_unwrap(a->pos[0]), out);)
UNDER(under_ge, NEED(1); return py_compare(b, OP_GE, self, py_unwrap(a->pos[0]), out);)
UNDER(under_bool, bool t; TRY(py_truth(b, self, &t)); *out = iv_bool(t); return STATUS_OK;)
UNDER(under_neg, return py_unary(b, OP_NEG, self, out);)
UNDER(under_hash, uint64_t h; TRY(py_hash(b, self, &h)); *out = iv_int((int64_t)h); return STATUS_OK;)
UNDER(under_int, int64_t i; TRY(number_index(b, self, &i)); *out = iv_int(i); return STATUS_OK;)
UNDER(under_float, double d; TRY(number_float(b, self, &d)); *out = iv_float(d); return STATUS_OK;)

static Status text_method(Build *b, IValue v, Status (*fn)(Build *, IValue, Text *), IValue *out)
{
	Text t = {0};
	Status st = fn(b, v, &t);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}
UNDER(under_repr, return text_method(b, self, py_repr, out);)
UNDER(under_str, return text_method(b, self, py_str, out);)

void types_add_dunders(Build *b, PyClass *c, const char *which)
{
	static const NativeMethod container[] = {{"__getitem__", under_getitem}, {"__contains__", under_contains},
		{"__len__", under_len}, {"__iter__", under_iter}, {0}};
	static const NativeMethod mutable[] = {{"__setitem__", under_setitem}, {"__delitem__", under_delitem}, {0}};
	static const NativeMethod concat[] = {{"__add__", under_add}, {"__mul__", under_mul}, {"__rmul__", under_mul}, {0}};
	static const NativeMethod inplace[] = {{"__iadd__", under_iadd}, {0}};
	static const NativeMethod number[] = {{"__add__", under_add}, {"__sub__", under_sub}, {"__mul__", under_mul},
		{"__truediv__", under_truediv}, {"__floordiv__", under_floordiv}, {"__mod__", under_mod}, {"__pow__", under_pow},
		{"__radd__", under_add}, {"__rmul__", under_mul}, {"__neg__", under_neg}, {"__bool__", under_bool},
		{"__int__", under_int}, {"__float__", under_float}, {0}};
	static const NativeMethod order[] = {{"__lt__", under_lt}, {"__le__", under_le}, {"__gt__", under_gt},
		{"__ge__", under_ge}, {0}};
	static const NativeMethod bits[] = {{"__or__", under_or}, {"__and__", under_and}, {"__xor__", under_xor}, {0}};
	static const NativeMethod common[] = {{"__eq__", under_eq}, {"__ne__", under_ne}, {"__repr__", under_repr},
		{"__str__", under_str}, {0}};
	static const NativeMethod hash[] = {{"__hash__", under_hash}, {0}};
	py_class_methods(b, c, common);
	for (; *which; which++)
		py_class_methods(b, c, *which == 'c' ? container : *which == 'm' ? mutable : *which == '+' ? concat :
			*which == 'i' ? inplace : *which == 'n' ? number : *which == '<' ? order : *which == '|' ? bits : hash);
}

void types_init_list(Build *b)
{
	static const NativeMethod methods[] = {{"__init__", list_init}, {"append", list_append_method},
		{"extend", list_extend_method}, {"insert", list_insert_method}, {"pop", list_pop}, {"remove", list_remove},
		{"index", sequence_index_method}, {"count", sequence_count_method}, {"sort", list_sort_method},
		{"reverse", list_reverse}, {"clear", list_clear}, {"copy", list_copy}, {0}};
	Types *t = b->types;
	t->list = types_class(b, "list", t->object, PAYLOAD_LIST, list_make, methods);
	types_add_dunders(b, t->list, "cm+i<");
	types_add_dunders(b, t->int_, "n<h|");
	types_add_dunders(b, t->float_, "n<h");
	types_add_dunders(b, t->complex_, "nh");
	types_add_dunders(b, t->str, "c+<h");
	py_class_set_take(b, t->list, "__hash__", iv_none());
}
