// SPDX-License-Identifier: BSD-3-Clause
// Dicts keep the order of insertion; one function serves all key types.
#include "interp/ops.h"

#define D(k) (args[k].dict)

static Status missing(Exec *x, IValue key)
{
	Text t = {0};
	ivalue_print(&t, key);
	Status s = fail(x->err, STATUS_INDEX, "KeyError: %s", text_str(&t));
	text_free(&t);
	return s;
}

static Status get_item(Exec *x, const IValue *args, IValue *rets)
{
	const IValue *v = dict_find(D(0), args[1]);
	return v ? ret_value(rets, ivalue_ref(*v)) : missing(x, args[1]);
}
static Status get(const IValue *args, IValue fallback, IValue *rets)
{
	const IValue *v = dict_find(D(0), args[1]);
	return ret_value(rets, ivalue_ref(v ? *v : fallback));
}
static Status set_item(Exec *x, const IValue *args)
{
	return dict_set_take(D(0), ivalue_ref(args[1]), ivalue_ref(args[2]), x->err);
}
static Status set_default(Exec *x, const IValue *args, IValue *rets)
{
	const IValue *v = dict_find(D(0), args[1]);
	if (!v)
		TRY(set_item(x, args));
	return ret_value(rets, ivalue_ref(v ? *v : args[2]));
}
static Status pop(Exec *x, const IValue *args, const IValue *fallback, IValue *rets)
{
	const IValue *v = dict_find(D(0), args[1]);
	if (!v)
		return fallback ? ret_value(rets, ivalue_ref(*fallback)) : missing(x, args[1]);
	rets[0] = ivalue_ref(*v);
	dict_delete(D(0), args[1]);
	return STATUS_OK;
}
static Status delete(Exec *x, const IValue *args)
{
	return dict_delete(D(0), args[1]) ? STATUS_OK : missing(x, args[1]);
}

static IValue pair(const DictEntry *e)
{
	TupleObj *t = tuple_new(2, NULL);
	t->items[0] = ivalue_ref(e->key);
	t->items[1] = ivalue_ref(e->value);
	return iv_take_tuple(t);
}
static Status pop_item(Exec *x, const IValue *args, IValue *rets) // the oldest
{
	int64_t pos = 0;
	DictEntry *e = dict_next(D(0), &pos);
	if (!e)
		return fail(x->err, STATUS_INDEX, "popitem(): dictionary is empty");
	rets[0] = pair(e);
	dict_delete(D(0), rets[0].tuple->items[0]);
	return STATUS_OK;
}

static Status fill(Exec *x, DictObj *d, const DictObj *from)
{
	if (d == from)
		return STATUS_OK;
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(from, &pos));)
		TRY(dict_set_take(d, ivalue_ref(e->key), ivalue_ref(e->value), x->err));
	return STATUS_OK;
}
static Status copy(Exec *x, const IValue *args, IValue *rets)
{
	IValue d = iv_take_dict(dict_new(D(0)->key, D(0)->value));
	Status s = fill(x, d.dict, D(0));
	if (s != STATUS_OK)
		ivalue_unref(&d);
	else
		rets[0] = d;
	return s;
}
// dict([(k, v), …])
static Status of_pairs(Exec *x, const IValue *args, IValue *rets)
{
	const ListObj *l = args[0].list;
	const Type *t = l->elem && l->elem->kind == TYPE_TUPLE && l->elem->n == 2 ? l->elem : NULL;
	IValue d = iv_take_dict(dict_new(t ? t->elem[0] : &type_any, t ? t->elem[1] : &type_any));
	Status s = STATUS_OK;
	for (int64_t i = 0; i < l->n && s == STATUS_OK; i++) {
		IValue p = l->items[i];
		if (p.tag != TAG_TUPLE || p.tuple->n != 2)
			s = xfail(x, "expected a list of pairs");
		else
			s = dict_set_take(d.dict, ivalue_ref(p.tuple->items[0]), ivalue_ref(p.tuple->items[1]), x->err);
	}
	if (s != STATUS_OK)
		ivalue_unref(&d);
	else
		rets[0] = d;
	return s;
}

typedef enum Part { KEYS, VALUES, ITEMS } Part;

static Status list_part(Exec *x, const IValue *args, Part part, IValue *rets)
{
	const DictObj *d = D(0);
	const Type *elem = part == KEYS ? d->key : part == VALUES ? d->value : &type_anytuple;
	IValue l = iv_take_list(list_new(elem ? elem : &type_any, d->n));
	Status s = list_reserve(l.list, d->n, x->err);
	int64_t pos = 0;
	for (DictEntry *e; s == STATUS_OK && (e = dict_next(d, &pos));)
		l.list->items[l.list->n++] = part == ITEMS ? pair(e) : ivalue_ref(part == KEYS ? e->key : e->value);
	if (s != STATUS_OK)
		ivalue_unref(&l);
	else
		rets[0] = l;
	return s;
}

#define DICT_OPS(k)                                                                                     \
	KERNEL(__getitem___Dict_##k) { return get_item(x, args, rets); }                                \
	KERNEL(get_##k) { return get(args, iv_none(), rets); }                                          \
	KERNEL(get_default_##k) { return get(args, args[2], rets); }                                    \
	KERNEL(_set_item_##k) { return set_item(x, args); }                                             \
	KERNEL(setdefault_##k) { return set_default(x, args, rets); }                                   \
	KERNEL(pop_Dict_##k) { return pop(x, args, NULL, rets); }                                       \
	KERNEL(pop_Dict_default_##k) { return pop(x, args, &args[2], rets); }                           \
	KERNEL(popitem_##k) { return pop_item(x, args, rets); }                                         \
	KERNEL(Delete_Dict_##k) { return delete(x, args); }                                             \
	KERNEL(__contains___##k) { return ret_bool(rets, dict_find(D(0), args[1]) != NULL); }           \
	KERNEL(len_Dict_##k) { return ret_int(rets, D(0)->n); }                                         \
	KERNEL(clear_##k) { dict_clear(D(0)); return STATUS_OK; }                                       \
	KERNEL(update_##k) { return fill(x, D(0), D(1)); }                                              \
	KERNEL(copy_Dict_##k) { return copy(x, args, rets); }                                           \
	KERNEL(dict_Dict_##k) { return copy(x, args, rets); }                                           \
	KERNEL(dict_##k) { return of_pairs(x, args, rets); }                                            \
	KERNEL(keys_##k) { return list_part(x, args, KEYS, rets); }                                     \
	KERNEL(values_##k) { return list_part(x, args, VALUES, rets); }                                 \
	KERNEL(items_##k) { return list_part(x, args, ITEMS, rets); }
DICT_OPS(str)
DICT_OPS(int)
DICT_OPS(bool)
DICT_OPS(float)
DICT_OPS(complex)
DICT_OPS(Tensor)

KERNEL(dict) { return ret_value(rets, iv_take_dict(dict_new(&type_str, &type_tensor))); }
