// SPDX-License-Identifier: BSD-3-Clause
// Lists: references to shared arrays of values; negative indices count from the end.
#include "interp/ops.h"

#include "interp/code.h"

#include <stdlib.h>

#define L(k) (args[k].list)

static ListObj *list_like(const ListObj *l, int64_t cap) { return list_new(l->elem ? l->elem : &type_any, cap); }

static Status finish(Exec *x, Status s, ListObj *l, IValue *rets)
{
	(void)x;
	IValue v = iv_take_list(l);
	if (s == STATUS_OK)
		rets[0] = v;
	else
		ivalue_unref(&v);
	return s;
}

static Status extend(Exec *x, ListObj *l, const IValue *items, int64_t n)
{
	if (n < 0 || l->n > INT64_MAX - n)
		return fail_memory(x->err, SIZE_MAX);
	TRY(list_reserve(l, l->n + n, x->err));
	for (int64_t i = 0; i < n; i++)
		l->items[l->n++] = ivalue_ref(items[i]);
	return STATUS_OK;
}

static Status ret_same(IValue *rets, IValue v) { return ret_value(rets, ivalue_ref(v)); }

KERNEL(append_t)
{
	TRY(list_append_take(L(0), ivalue_ref(args[1]), x->err));
	return ret_same(rets, args[0]);
}
KERNEL(extend_t)
{
	int64_t n = L(1)->n;
	TRY(list_reserve(L(0), L(0)->n + n, x->err)); // first: the lists may be one
	return extend(x, L(0), L(1)->items, n);
}
KERNEL(clear_t)
{
	while (L(0)->n) {
		IValue v = L(0)->items[--L(0)->n];
		ivalue_unref(&v);
	}
	return STATUS_OK;
}
KERNEL(copy_t)
{
	ListObj *l = list_like(L(0), L(0)->n);
	return finish(x, extend(x, l, L(0)->items, L(0)->n), l, rets);
}
KERNEL(list_t) { return op_copy_t(x, args, nargs, rets); }
KERNEL(Size) { return op_copy_t(x, args, nargs, rets); }
KERNEL(add_t)
{
	ListObj *l = list_like(L(0), L(0)->n + L(1)->n);
	Status s = extend(x, l, L(0)->items, L(0)->n);
	if (s == STATUS_OK)
		s = extend(x, l, L(1)->items, L(1)->n);
	return finish(x, s, l, rets);
}
KERNEL(add__t)
{
	TRY(op_extend_t(x, args, nargs, rets));
	return ret_same(rets, args[0]);
}

static Status repeat(Exec *x, ListObj *l, const IValue *items, int64_t n, int64_t times)
{
	if (times <= 0 || n == 0)
		return STATUS_OK;
	if (times > INT64_MAX / 16 / n)
		return fail_memory(x->err, SIZE_MAX);
	TRY(list_reserve(l, n * times, x->err));
	for (int64_t k = 0; k < times; k++)
		TRY(extend(x, l, items, n));
	return STATUS_OK;
}
KERNEL(mul_left_t)
{
	ListObj *l = list_like(L(0), 0);
	return finish(x, repeat(x, l, L(0)->items, L(0)->n, args[1].i), l, rets);
}
KERNEL(mul_right_)
{
	ListObj *l = list_like(L(1), 0);
	return finish(x, repeat(x, l, L(1)->items, L(1)->n, args[0].i), l, rets);
}
KERNEL(mul__t)
{
	ListObj *l = L(0);
	int64_t n = l->n, times = args[1].i;
	if (times <= 0)
		TRY(op_clear_t(x, args, 1, rets));
	if (times > 1 && n) {
		if (times > INT64_MAX / 16 / n)
			return fail_memory(x->err, SIZE_MAX);
		TRY(list_reserve(l, n * times, x->err));
		for (int64_t k = 1; k < times; k++)
			TRY(extend(x, l, l->items, n));
	}
	return ret_same(rets, args[0]);
}

KERNEL(len_t) { return ret_int(rets, L(0)->n); }
KERNEL(len_any) { return ret_int(rets, L(0)->n); }
KERNEL(__getitem___t)
{
	int64_t i;
	TRY(value_list_index(x, args[1].i, L(0)->n, &i));
	return ret_same(rets, L(0)->items[i]);
}
KERNEL(select_t) { return op___getitem___t(x, args, nargs, rets); }
KERNEL(_set_item_t)
{
	int64_t i;
	TRY(value_list_index(x, args[1].i, L(0)->n, &i));
	ivalue_set(&L(0)->items[i], ivalue_ref(args[2]));
	return ret_same(rets, args[0]);
}

static IValue take_at(ListObj *l, int64_t i)
{
	IValue v = l->items[i];
	memmove(l->items + i, l->items + i + 1, (size_t)(l->n - i - 1) * sizeof *l->items);
	l->n--;
	return v;
}
KERNEL(pop_t)
{
	int64_t i;
	if (L(0)->n == 0)
		return fail(x->err, STATUS_INDEX, "pop from empty list");
	TRY(value_list_index(x, args[1].i, L(0)->n, &i));
	return ret_value(rets, take_at(L(0), i));
}
KERNEL(Delete_t)
{
	int64_t i;
	TRY(value_list_index(x, args[1].i, L(0)->n, &i));
	IValue v = take_at(L(0), i);
	ivalue_unref(&v);
	return STATUS_OK;
}
KERNEL(insert_t) // indices outside are moved to the ends
{
	ListObj *l = L(0);
	int64_t n = l->n, i = args[1].i < 0 ? args[1].i + n : args[1].i;
	i = i < 0 ? 0 : i > n ? n : i;
	TRY(list_append_take(l, ivalue_ref(args[2]), x->err));
	IValue v = l->items[n];
	memmove(l->items + i + 1, l->items + i, (size_t)(n - i) * sizeof *l->items);
	l->items[i] = v;
	return STATUS_OK;
}
KERNEL(reverse_t)
{
	ListObj *l = L(0);
	for (int64_t i = 0, j = l->n - 1; i < j; i++, j--) {
		IValue v = l->items[i];
		l->items[i] = l->items[j];
		l->items[j] = v;
	}
	return STATUS_OK;
}

// ---- slices, of lists and strings

typedef struct Slice { int64_t start, step, n; } Slice;

static Status slice_of(Exec *x, const IValue *args, int64_t n, Slice *s)
{
	int64_t step = args[3].i;
	if (step == 0)
		return xfail(x, "List slice should have non-zero step");
	bool down = step < 0;
	int64_t start = arg_int_or(args[1], down ? INT64_MAX : 0), end = arg_int_or(args[2], down ? INT64_MIN : INT64_MAX);
	int64_t low = down ? -1 : 0, high = down ? n - 1 : n;
	bool open = down && args[2].tag == TAG_NONE;
	start = start < 0 ? start + n : start;
	start = start < low ? low : start > high ? high : start;
	if (!open) {
		end = end < 0 ? int_add(end, n) : end;
		end = end < low ? low : end > high ? high : end;
	} else {
		end = -1;
	}
	s->start = start;
	s->step = step;
	if (down)
		s->n = start > end ? (int64_t)(((uint64_t)start - (uint64_t)end - 1) / (0 - (uint64_t)step)) + 1 : 0;
	else
		s->n = start < end ? (int64_t)(((uint64_t)end - (uint64_t)start - 1) / (uint64_t)step) + 1 : 0;
	return STATUS_OK;
}
KERNEL(slice_t)
{
	Slice s;
	TRY(slice_of(x, args, L(0)->n, &s));
	ListObj *l = list_like(L(0), s.n);
	Status status = list_reserve(l, s.n, x->err);
	for (int64_t i = 0; i < s.n && status == STATUS_OK; i++)
		l->items[l->n++] = ivalue_ref(L(0)->items[s.start + i * s.step]);
	return finish(x, status, l, rets);
}
KERNEL(slice_str)
{
	Slice s;
	TRY(slice_of(x, args, args[0].str->n, &s));
	Text t = {0};
	for (int64_t i = 0; i < s.n; i++)
		text_addc(&t, args[0].str->s[s.start + i * s.step]);
	return ret_text(rets, &t);
}

// ---- searching by ==

static Status index_of(Exec *x, const ListObj *l, IValue v, int64_t *at)
{
	for (*at = 0; *at < l->n; ++*at) {
		bool equal;
		TRY(value_equal(x, l->items[*at], v, &equal));
		if (equal)
			return STATUS_OK;
	}
	*at = -1;
	return STATUS_OK;
}
static Status contains(Exec *x, const IValue *args, IValue *rets)
{
	int64_t at;
	TRY(index_of(x, L(0), args[1], &at));
	return ret_bool(rets, at >= 0);
}
KERNEL(__contains___int_list) { return contains(x, args, rets); }
KERNEL(__contains___str_list) { return contains(x, args, rets); }
KERNEL(__contains___float_list) { return contains(x, args, rets); }

static Status index_or_fail(Exec *x, const IValue *args, IValue *rets)
{
	int64_t at;
	TRY(index_of(x, L(0), args[1], &at));
	if (at >= 0)
		return ret_int(rets, at);
	Text t = {0};
	ivalue_print(&t, args[1]);
	Status s = fail(x->err, STATUS_VALUE, "'%s' is not in list", text_str(&t));
	text_free(&t);
	return s;
}
static Status count(Exec *x, const IValue *args, IValue *rets)
{
	int64_t n = 0;
	for (int64_t i = 0; i < L(0)->n; i++) {
		bool equal;
		TRY(value_equal(x, L(0)->items[i], args[1], &equal));
		n += equal;
	}
	return ret_int(rets, n);
}
static Status remove_value(Exec *x, const IValue *args)
{
	int64_t at;
	TRY(index_of(x, L(0), args[1], &at));
	if (at < 0)
		return fail(x->err, STATUS_VALUE, "list.remove(x): x not in list");
	IValue v = take_at(L(0), at);
	ivalue_unref(&v);
	return STATUS_OK;
}
#define SEARCHES(type)                                                                  \
	KERNEL(index_list_##type) { return index_or_fail(x, args, rets); }              \
	KERNEL(count_##type) { return count(x, args, rets); }                           \
	KERNEL(remove_##type) { return remove_value(x, args); }
SEARCHES(int)
SEARCHES(float)
SEARCHES(bool)
SEARCHES(Tensor)
SEARCHES(str)

// ---- reductions of lists

KERNEL(sum_int)
{
	int64_t s = 0;
	for (int64_t i = 0; i < L(0)->n; i++)
		s = int_add(s, L(0)->items[i].i);
	return ret_int(rets, s);
}
KERNEL(sum_bool) { return op_sum_int(x, args, nargs, rets); }
KERNEL(sum_float)
{
	double s = 0;
	for (int64_t i = 0; i < L(0)->n; i++)
		s += iv_as_f64(L(0)->items[i]);
	return ret_float(rets, s);
}
KERNEL(sum_complex)
{
	c128_t s = 0;
	for (int64_t i = 0; i < L(0)->n; i++)
		s += arg_complex(L(0)->items[i]);
	return ret_complex(rets, s);
}

static bool truth(IValue v)
{
	return v.tag == TAG_STR ? v.str->n > 0 : v.tag == TAG_FLOAT ? v.f != 0 : v.i != 0;
}
static Status quantify(const ListObj *l, bool stop, IValue *rets)
{
	for (int64_t i = 0; i < l->n; i++)
		if (truth(l->items[i]) == stop)
			return ret_bool(rets, stop);
	return ret_bool(rets, !stop);
}
KERNEL(any_str) { return quantify(L(0), true, rets); }
KERNEL(any_int) { return quantify(L(0), true, rets); }
KERNEL(any_float) { return quantify(L(0), true, rets); }
KERNEL(any_bool) { return quantify(L(0), true, rets); }
KERNEL(all_int) { return quantify(L(0), false, rets); }
KERNEL(all_float) { return quantify(L(0), false, rets); }
KERNEL(all_bool) { return quantify(L(0), false, rets); }

static bool below(IValue a, IValue b)
{
	return a.tag == TAG_FLOAT || b.tag == TAG_FLOAT ? iv_as_f64(a) < iv_as_f64(b) : a.i < b.i;
}
static Status extreme(Exec *x, const ListObj *l, bool max, IValue *rets)
{
	if (!l->n)
		return xfail(x, "%s() arg is an empty sequence", max ? "max" : "min");
	IValue best = l->items[0];
	for (int64_t i = 1; i < l->n; i++)
		if (max ? below(best, l->items[i]) : below(l->items[i], best))
			best = l->items[i];
	return ret_same(rets, best);
}
// Of two lists: the lexicographic order decides, the first wins a tie.
static Status extreme_list(const IValue *args, bool max, IValue *rets)
{
	const ListObj *a = L(0), *b = L(1);
	int order = 0; // sign of a - b
	for (int64_t i = 0; i < a->n && i < b->n && !order; i++)
		order = below(a->items[i], b->items[i]) ? -1 : below(b->items[i], a->items[i]) ? 1 : 0;
	if (!order)
		order = a->n < b->n ? -1 : a->n > b->n;
	return ret_same(rets, (max ? order >= 0 : order <= 0) ? args[0] : args[1]);
}
#define EXTREMES(type)                                                                          \
	KERNEL(prim_max_self_##type) { return extreme(x, L(0), true, rets); }                   \
	KERNEL(prim_min_self_##type) { return extreme(x, L(0), false, rets); }                  \
	KERNEL(prim_max_##type##_list) { return extreme_list(args, true, rets); }               \
	KERNEL(prim_min_##type##_list) { return extreme_list(args, false, rets); }
EXTREMES(int)
EXTREMES(float)
EXTREMES(bool)

KERNEL(prim_rangelist)
{
	int64_t n = args[0].i < 0 ? 0 : args[0].i;
	ListObj *l = list_new(&type_int, 0);
	Status s = list_reserve(l, n, x->err);
	for (int64_t i = 0; i < n && s == STATUS_OK; i++)
		l->items[l->n++] = iv_int(i);
	return finish(x, s, l, rets);
}

// ---- shapes as lists

KERNEL(_size_if_not_equal)
{
	bool equal;
	TRY(value_equal(x, args[0], args[1], &equal));
	return ret_value(rets, equal ? iv_none() : ivalue_ref(args[0]));
}
static Status broadcast(Exec *x, const IValue *args, IValue *rets)
{
	int64_t a[MAX_DIMS], b[MAX_DIMS], out[MAX_DIMS];
	int na, nb, n;
	TRY(arg_ints(x, args[0], a, MAX_DIMS, &na));
	TRY(arg_ints(x, args[1], b, MAX_DIMS, &nb));
	TRY(broadcast_sizes(a, na, b, nb, out, &n, x->err));
	return ret_value(rets, iv_take_list(list_of_ints(out, n)));
}
KERNEL(broadcast_shapes)
{
	IValue swapped[2] = {args[1], args[0]}; // messages name them in this order
	return broadcast(x, swapped, rets);
}
KERNEL(_infer_size) { return broadcast(x, args, rets); }
