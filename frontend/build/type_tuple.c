// SPDX-License-Identifier: BSD-3-Clause
// Tuples.  Their items and slices are type_list.c's.
#include "frontend/build/types.h"

#include <string.h>

IValue py_tuple_of(Build *b, const IValue *items, int n)
{
	(void)b;
	TupleObj *t = tuple_new(n, NULL);
	for (int i = 0; i < n; i++)
		t->items[i] = ivalue_ref(items[i]);
	return iv_take_tuple(t);
}

Status py_to_tuple(Build *b, IValue v, IValue *out)
{
	if (v.tag == TAG_TUPLE) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	IValue list;
	TRY(py_to_list(b, v, &list));
	TupleObj *t = tuple_new(list.list->n, NULL);
	for (int64_t i = 0; i < t->n; i++)
		t->items[i] = ivalue_ref(list.list->items[i]);
	ivalue_unref(&list);
	*out = iv_take_tuple(t);
	return STATUS_OK;
}

static Status tuple_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue x;
	TRY(args_parse(b, a, "tuple", "iterable:o? /", &x));
	if (x.tag != TAG_UNINIT)
		return py_to_tuple(b, x, out);
	*out = py_tuple_of(b, NULL, 0);
	return STATUS_OK;
}

void types_init_tuple(Build *b)
{
	static const NativeMethod methods[] = {{"index", sequence_index_method}, {"count", sequence_count_method}, {0}};
	Types *t = b->types;
	t->tuple = types_class(b, "tuple", t->object, PAYLOAD_TUPLE, tuple_make, methods);
	types_add_dunders(b, t->tuple, "c+<h");
}
