// SPDX-License-Identifier: BSD-3-Clause
// sorted() and list.sort(): a stable merge sort over a comparison that may fail, since tensors and objects
// with __lt__ are compared by running something.
#include "interp/ops.h"

#include "interp/interp.h"

#include <stdlib.h>

static Status tensor_less(Exec *x, IValue a, IValue b, bool *less)
{
	IValue in[2] = {a, b}, mask, truth;
	TRY(op_call(x, op_find_key("aten::lt.Tensor"), in, 2, &mask));
	Status s = op_call(x, op_find_key("aten::Bool.Tensor"), &mask, 1, &truth);
	ivalue_unref(&mask);
	if (s == STATUS_OK)
		*less = truth.b;
	return s;
}

static Status object_less(Exec *x, IValue a, IValue b, bool *less)
{
	Function *f = class_find_method(a.object->type->cls, "__lt__");
	if (!f)
		return xfail(x, "To sort a list of class '%s' it must define a __lt__ method with two inputs of the same type "
			"that returns a bool", a.object->type->cls->name);
	IValue args[2] = {a, b}, r;
	TRY(interp_call(x, f, args, 2, &r));
	*less = r.tag == TAG_BOOL && r.b;
	ivalue_unref(&r);
	return STATUS_OK;
}

Status value_less(Exec *x, IValue a, IValue b, bool *less)
{
	*less = false;
	if (a.tag != b.tag && !(iv_is_number(a) && iv_is_number(b)))
		return xfail(x, "values of different types cannot be ordered");
	switch ((Tag)a.tag) {
	case TAG_INT:
	case TAG_BOOL:
	case TAG_FLOAT:
		if (a.tag == TAG_FLOAT || b.tag == TAG_FLOAT) {
			*less = iv_as_f64(a) < iv_as_f64(b);
		} else {
			*less = a.i < b.i;
		}
		return STATUS_OK;
	case TAG_STR: {
		int64_t n = a.str->n < b.str->n ? a.str->n : b.str->n;
		int c = memcmp(a.str->s, b.str->s, (size_t)n);
		*less = c ? c < 0 : a.str->n < b.str->n;
		return STATUS_OK;
	}
	case TAG_TENSOR:
		return tensor_less(x, a, b, less);
	case TAG_TUPLE:
		for (int64_t i = 0; i < a.tuple->n && i < b.tuple->n; i++) {
			TRY(value_less(x, a.tuple->items[i], b.tuple->items[i], less));
			if (*less)
				return STATUS_OK;
			bool greater;
			TRY(value_less(x, b.tuple->items[i], a.tuple->items[i], &greater));
			if (greater)
				return STATUS_OK;
		}
		*less = a.tuple->n < b.tuple->n;
		return STATUS_OK;
	case TAG_OBJECT:
		return object_less(x, a, b, less);
	default:
		return xfail(x, "Only list of Tensors, ints, floats, bools, strs, a User Defined Class that defines the __lt__ "
			"compare method or Tuples of aforementioned types can be sorted");
	}
}

static Status merge_sort(Exec *x, IValue *v, IValue *temp, int64_t n, bool reverse)
{
	if (n < 2)
		return STATUS_OK;
	int64_t half = n / 2;
	TRY(merge_sort(x, v, temp, half, reverse));
	TRY(merge_sort(x, v + half, temp, n - half, reverse));
	memcpy(temp, v, (size_t)half * sizeof *v);
	Status s = STATUS_OK;
	int64_t i = 0, j = half, k = 0;
	while (i < half && j < n) {
		bool second; // does the right one come strictly first?
		s = reverse ? value_less(x, temp[i], v[j], &second) : value_less(x, v[j], temp[i], &second);
		if (s != STATUS_OK)
			break; // nothing is lost: what is left of temp goes back below
		v[k++] = second ? v[j++] : temp[i++];
	}
	memcpy(v + k, temp + i, (size_t)(half - i) * sizeof *v);
	return s;
}

Status sort_values(Exec *x, IValue *items, int64_t n, bool reverse)
{
	if (n == 1) {
		bool less; // says whether such values can be ordered at all
		return items[0].tag == TAG_TENSOR ? STATUS_OK : value_less(x, items[0], items[0], &less);
	}
	if (n < 2)
		return STATUS_OK;
	IValue *temp = xmalloc((size_t)n * sizeof *temp);
	Status s = merge_sort(x, items, temp, n, reverse);
	free(temp);
	return s;
}

// A comparison may change the list that is sorted, so the work is done on a copy.
static Status sorted_copy(Exec *x, const ListObj *l, bool reverse, ListObj **out)
{
	*out = list_new(l->elem ? l->elem : &type_any, l->n);
	IValue own = iv_take_list(*out);
	Status s = list_reserve(*out, l->n, x->err);
	if (s == STATUS_OK) {
		for (int64_t i = 0; i < l->n; i++)
			(*out)->items[i] = ivalue_ref(l->items[i]);
		(*out)->n = l->n;
		s = sort_values(x, (*out)->items, (*out)->n, reverse);
	}
	if (s != STATUS_OK)
		ivalue_unref(&own);
	return s;
}

static Status sorted(Exec *x, const IValue *args, IValue *rets)
{
	ListObj *l;
	TRY(sorted_copy(x, args[0].list, false, &l));
	return ret_value(rets, iv_take_list(l));
}
static Status sort(Exec *x, const IValue *args)
{
	ListObj *l, *self = args[0].list;
	TRY(sorted_copy(x, self, arg_bool(args[1]), &l));
	IValue own = iv_take_list(l);
	if (self->n == l->n)
		for (int64_t i = 0; i < l->n; i++) { // the sorted list takes the old references along
			IValue v = self->items[i];
			self->items[i] = l->items[i];
			l->items[i] = v;
		}
	ivalue_unref(&own);
	return STATUS_OK;
}
#define SORTS(type)                                                     \
	KERNEL(sorted_##type) { return sorted(x, args, rets); }         \
	KERNEL(sort_##type) { return sort(x, args); }
SORTS(int)
SORTS(float)
SORTS(Tensor)
SORTS(bool)
SORTS(str)
SORTS(any)
