// SPDX-License-Identifier: BSD-3-Clause
// Assignment targets: names, attributes, items, unpacking; `op=` and `del`.
#include "frontend/build/frame.h"

#include <string.h>

static Status unpack_error(Build *b, int64_t want, int64_t got, bool star, bool more)
{
	if (more)
		return py_raise(b, "ValueError", "too many values to unpack (expected %lld)", (long long)want);
	return py_raise(b, "ValueError", "not enough values to unpack (expected %s%lld, got %lld)", star ? "at least " : "",
		(long long)want, (long long)got);
}

// items are borrowed.
static Status unpack_items(Frame *f, const ExprList *targets, int star, const IValue *items, int64_t n)
{
	Build *b = f->b;
	int64_t want = targets->n - (star >= 0);
	if (star < 0 ? n != want : n < want)
		return unpack_error(b, want, n, star >= 0, star < 0 && n > want);
	for (int i = 0; i < targets->n; i++) {
		const Expr *t = targets->items[i];
		IValue v;
		if (i == star) {
			v = py_list(b, n - want);
			for (int64_t k = 0; k < n - want; k++)
				TRY(list_append_take(v.list, ivalue_ref(items[i + k]), b->x.err));
			t = t->a;
		} else {
			v = ivalue_ref(items[star >= 0 && i > star ? i - 1 + n - want : i]);
		}
		TRY(assign_take(f, t, v));
	}
	return STATUS_OK;
}

static Status unpack_take(Frame *f, const Expr *target, IValue v)
{
	Build *b = f->b;
	const ExprList *targets = &target->list;
	int star = -1;
	for (int i = 0; i < targets->n; i++) {
		if (targets->items[i]->kind != EX_STAR)
			continue;
		if (star >= 0) {
			ivalue_unref(&v);
			return py_raise(b, "SyntaxError", "multiple starred expressions in assignment");
		}
		star = i;
	}
	IValue source = py_unwrap(v);
	Status st;
	if (source.tag == TAG_TUPLE) {
		st = unpack_items(f, targets, star, source.tuple->items, source.tuple->n);
		ivalue_unref(&v);
		return st;
	}
	IValue list = py_list(b, targets->n + 1);
	PyIter *it;
	st = py_iter(b, v, &it);
	if (st == STATUS_OK) {
		bool end = false;
		while (st == STATUS_OK && !end && (star >= 0 || list.list->n <= targets->n)) {
			IValue item;
			st = py_next(b, it, &item, &end);
			if (st == STATUS_OK && !end)
				st = list_append_take(list.list, item, b->x.err);
			if (st == STATUS_OK && build_tick_due(b))
				st = build_tick(b);
		}
		IValue held = py_value(it);
		ivalue_unref(&held);
		if (st == STATUS_OK)
			st = unpack_items(f, targets, star, list.list->items, list.list->n);
	} else if (py_exception_matches(b, st, "TypeError") && v.tag != TAG_HOST) {
		py_discard(b);
		st = py_raise(b, "TypeError", "cannot unpack non-iterable %s object", py_type_name(b, v));
	}
	ivalue_unref(&list);
	ivalue_unref(&v);
	return st;
}

static Status failed_at(Frame *f, const Expr *e, Status st)
{
	if (st != STATUS_OK && !f->failing) {
		f->failing = true;
		f->at = e->at;
	}
	return st;
}

Status assign_take(Frame *f, const Expr *target, IValue v)
{
	switch (target->kind) {
	case EX_NAME:
		if (target->place.where == PLACE_SLOT) {
			ivalue_set(&f->slots[target->place.slot], v);
			return STATUS_OK;
		}
		return place_store_take(f, (NamePlace *)&target->place, v);
	case EX_ATTR: {
		IValue object;
		Status st = eval(f, target->a, &object);
		if (st == STATUS_OK) {
			st = failed_at(f, target, py_setattr(f->b, object, target->place.sym, v));
			ivalue_unref(&object);
		}
		ivalue_unref(&v);
		return st;
	}
	case EX_INDEX: {
		IValue object, key;
		Status st = eval(f, target->a, &object);
		if (st == STATUS_OK) {
			st = eval_key(f, target, &key);
			if (st == STATUS_OK) {
				if (object.tag == TAG_LIST && key.tag == TAG_INT && key.i >= 0 && key.i < object.list->n) {
					ivalue_set(&object.list->items[key.i], v);
					v = iv_none();
				} else {
					st = failed_at(f, target, py_setitem(f->b, object, key, v));
				}
				ivalue_unref(&key);
			}
			ivalue_unref(&object);
		}
		ivalue_unref(&v);
		return st;
	}
	case EX_TUPLE: case EX_LIST:
		return unpack_take(f, target, v);
	case EX_STAR:
		ivalue_unref(&v);
		return py_raise(f->b, "SyntaxError", "starred assignment target must be in a list or tuple");
	default:
		ivalue_unref(&v);
		return py_raise(f->b, "SyntaxError", "cannot assign to expression here");
	}
}

Status assign_delete(Frame *f, const Expr *target)
{
	IValue object, key;
	switch (target->kind) {
	case EX_NAME:
		return place_delete(f, (NamePlace *)&target->place);
	case EX_ATTR: {
		TRY(eval(f, target->a, &object));
		Status st = py_delattr(f->b, object, target->place.sym);
		ivalue_unref(&object);
		return st;
	}
	case EX_INDEX: {
		TRY(eval(f, target->a, &object));
		Status st = eval_key(f, target, &key);
		if (st == STATUS_OK) {
			st = py_delitem(f->b, object, key);
			ivalue_unref(&key);
		}
		ivalue_unref(&object);
		return st;
	}
	case EX_TUPLE: case EX_LIST:
		for (int i = 0; i < target->list.n; i++)
			TRY(assign_delete(f, target->list.items[i]));
		return STATUS_OK;
	default:
		return py_raise(f->b, "SyntaxError", "cannot delete expression");
	}
}

static Status combine(Frame *f, const Stmt *s, IValue old, IValue *out)
{
	IValue r;
	TRY(eval(f, s->value, &r));
	Status st;
	if (old.tag <= TAG_FLOAT && r.tag <= TAG_FLOAT)
		st = fast_binary(f->b, s->op, old, r, out);
	else
		st = py_inplace(f->b, s->op, old, r, out);
	ivalue_unref(&r);
	return st;
}

Status assign_augmented(Frame *f, const Stmt *s)
{
	const Expr *t = s->targets.items[0];
	IValue object, key, old, v;
	Status st;
	switch (t->kind) {
	case EX_NAME:
		TRY(failed_at(f, t, name_load(f, t, &old)));
		st = combine(f, s, old, &v);
		ivalue_unref(&old);
		if (st == STATUS_OK)
			st = place_store_take(f, (NamePlace *)&t->place, v);
		return st;
	case EX_ATTR:
		TRY(eval(f, t->a, &object));
		st = failed_at(f, t, py_getattr(f->b, object, t->place.sym, &old));
		if (st == STATUS_OK) {
			st = combine(f, s, old, &v);
			ivalue_unref(&old);
			if (st == STATUS_OK) {
				st = failed_at(f, t, py_setattr(f->b, object, t->place.sym, v));
				ivalue_unref(&v);
			}
		}
		ivalue_unref(&object);
		return st;
	case EX_INDEX:
		TRY(eval(f, t->a, &object));
		st = eval_key(f, t, &key);
		if (st == STATUS_OK) {
			st = failed_at(f, t, py_getitem(f->b, object, key, &old));
			if (st == STATUS_OK) {
				st = combine(f, s, old, &v);
				ivalue_unref(&old);
				if (st == STATUS_OK) {
					st = failed_at(f, t, py_setitem(f->b, object, key, v));
					ivalue_unref(&v);
				}
			}
			ivalue_unref(&key);
		}
		ivalue_unref(&object);
		return st;
	default:
		return py_raise(f->b, "SyntaxError", "illegal expression for augmented assignment");
	}
}
