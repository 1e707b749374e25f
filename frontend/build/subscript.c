// SPDX-License-Identifier: BSD-3-Clause
// v[key], v[key] = x, del v[key] and `x in v`, for every kind of value.
#include "frontend/build/types.h"

#include <string.h>

Status slice_indices(Build *b, IValue slice, int64_t n, int64_t *start, int64_t *stop, int64_t *step, int64_t *count)
{
	PySlice *s = PY_AS(PySlice, slice);
	*step = 1;
	if (s->step.tag != TAG_NONE)
		TRY(number_index(b, s->step, step));
	if (*step == 0)
		return py_raise(b, "ValueError", "slice step cannot be zero");
	if (*step == INT64_MIN)
		*step = -INT64_MAX;
	int64_t low = *step < 0 ? -1 : 0, high = *step < 0 ? n - 1 : n, v[2];
	const IValue ends[2] = {s->start, s->stop};
	for (int i = 0; i < 2; i++) {
		if (ends[i].tag == TAG_NONE) {
			v[i] = (i == 0) == (*step > 0) ? low : high;
			continue;
		}
		if (ends[i].tag != TAG_INT && ends[i].tag != TAG_BOOL && ends[i].tag != TAG_TENSOR &&
			py_unwrap(ends[i]).tag != TAG_INT && !types_override(b, ends[i], D_index))
			return py_raise(b, "TypeError", "slice indices must be integers or None or have an __index__ method");
		TRY(number_index(b, ends[i], &v[i]));
		if (v[i] < 0)
			v[i] += n;
		v[i] = v[i] < low ? low : v[i] > high ? high : v[i];
	}
	*start = v[0];
	*stop = v[1];
	if (*step > 0)
		*count = *start < *stop ? (*stop - *start - 1) / *step + 1 : 0;
	else
		*count = *stop < *start ? (*start - *stop - 1) / -*step + 1 : 0;
	return STATUS_OK;
}

Status sequence_index(Build *b, int64_t i, int64_t n, const char *what, int64_t *out)
{
	*out = i < 0 ? i + n : i;
	if (*out < 0 || *out >= n)
		return py_raise(b, "IndexError", "%s index out of range", what);
	return STATUS_OK;
}

static Status class_getitem(Build *b, IValue v, IValue key, IValue *out)
{
	PyClass *c = PY_AS(PyClass, v);
	IValue fn, members;
	bool found;
	if (c->is_enum) {
		TRY(py_getattr(b, v, TYPES_NAME(b, members), &members));
		IValue *slot = NULL;
		Status st = members.tag == TAG_DICT ? py_dict_find(b, members.dict, key, &slot) : STATUS_OK;
		if (st == STATUS_OK && slot)
			*out = ivalue_ref(*slot);
		else if (st == STATUS_OK)
			st = raise_key(b, key);
		ivalue_unref(&members);
		return st;
	}
	TRY(py_getattr_opt(b, v, TYPES_NAME(b, class_getitem), &fn, &found));
	if (found) {
		Status st = py_call(b, fn, &key, 1, out);
		ivalue_unref(&fn);
		return st;
	}
	Types *t = b->types;
	static const struct { size_t at; const char *form; } generics[] = {
		{offsetof(Types, list), "List"}, {offsetof(Types, dict), "Dict"}, {offsetof(Types, tuple), "Tuple"},
		{offsetof(Types, set), "Set"}, {offsetof(Types, frozenset), "FrozenSet"}, {offsetof(Types, type), "Type"},
	};
	const char *form = NULL;
	for (size_t i = 0; i < sizeof generics / sizeof *generics; i++)
		if (*(PyClass **)((char *)t + generics[i].at) == c)
			form = generics[i].form;
	if (!form && !c->is_native) { // derived from Generic[T], which leaves no trace: Box[int] is Box
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	if (!form && (c->payload == PAYLOAD_NONE || c == t->int_ || c == t->str || c == t->float_ || c == t->bool_))
		return py_raise(b, "TypeError", "type '%s' is not subscriptable", c->name.str->s);
	PyTypeForm *f = py_new(b, PY_TYPEFORM, sizeof *f);
	f->ctor = form ? form : c->name.str->s;
	f->args = key.tag == TAG_TUPLE ? ivalue_ref(key) : py_tuple_of(b, &key, 1);
	*out = py_value(f);
	return STATUS_OK;
}

static Status object_special(Build *b, IValue v, int dunder, const IValue *args, int n, IValue *out, bool *found)
{
	IValue fn;
	TRY(script_getattr(b, v, b->types->names[dunder], &fn, found));
	if (!*found)
		return STATUS_OK;
	Status st = py_call(b, fn, args, n, out);
	ivalue_unref(&fn);
	return st;
}

static Status dict_getitem(Build *b, IValue self, DictObj *d, IValue key, IValue *out)
{
	IValue *slot;
	TRY(py_dict_find(b, d, key, &slot));
	if (slot) {
		*out = ivalue_ref(*slot);
		return STATUS_OK;
	}
	if (py_is(self, PY_INSTANCE)) {
		IValue *missing = types_special(b, self, D_missing);
		if (missing)
			return types_call_special(b, *missing, self, &key, 1, out);
	}
	return raise_key(b, key);
}

Status py_getitem(Build *b, IValue v, IValue key, IValue *out)
{
	if (v.tag == TAG_LIST && key.tag == TAG_INT) {
		int64_t i = key.i < 0 ? key.i + v.list->n : key.i;
		if (i >= 0 && i < v.list->n) {
			*out = ivalue_ref(v.list->items[i]);
			return STATUS_OK;
		}
	}
	IValue *fn = types_override(b, v, D_getitem);
	if (fn)
		return types_call_special(b, *fn, v, &key, 1, out);
	IValue u = py_unwrap(v);
	switch ((Tag)u.tag) {
	case TAG_LIST: case TAG_TUPLE: return list_getitem(b, u, key, out);
	case TAG_DICT: return dict_getitem(b, v, u.dict, key, out);
	case TAG_STR: return str_getitem(b, u, key, out);
	case TAG_TENSOR: return torch_getitem(b, u, key, out);
	case TAG_OBJECT: {
		bool found;
		TRY(object_special(b, u, D_getitem, &key, 1, out, &found));
		if (found)
			return STATUS_OK;
		break;
	}
	case TAG_HOST:
		switch (py_obj(u)->kind) {
		case PY_RANGE: return list_getitem(b, u, key, out);
		case PY_BYTES: return str_getitem(b, u, key, out);
		case PY_CLASS: return class_getitem(b, u, key, out);
		case PY_TYPEFORM: { // an alias: List[T][int], or Optional before its arguments
			PyTypeForm *f = py_new(b, PY_TYPEFORM, sizeof *f);
			f->ctor = PY_AS(PyTypeForm, u)->ctor;
			f->args = key.tag == TAG_TUPLE ? ivalue_ref(key) : py_tuple_of(b, &key, 1);
			*out = py_value(f);
			return STATUS_OK;
		}
		default: break;
		}
		break;
	default: break;
	}
	return py_raise(b, "TypeError", "'%s' object is not subscriptable", py_type_name(b, v));
}

Status py_setitem(Build *b, IValue v, IValue key, IValue value)
{
	IValue *fn = types_override(b, v, D_setitem);
	if (fn) {
		IValue args[2] = {key, value}, r;
		TRY(types_call_special(b, *fn, v, args, 2, &r));
		ivalue_unref(&r);
		return STATUS_OK;
	}
	IValue u = py_unwrap(v);
	if (u.tag == TAG_LIST)
		return list_setitem(b, u, key, value);
	if (u.tag == TAG_DICT)
		return py_dict_set(b, u.dict, key, value);
	if (u.tag == TAG_TENSOR)
		return torch_setitem(b, u, key, value);
	return py_raise(b, "TypeError", "'%s' object does not support item assignment", py_type_name(b, v));
}

Status py_delitem(Build *b, IValue v, IValue key)
{
	IValue *fn = types_override(b, v, D_delitem);
	if (fn) {
		IValue r;
		TRY(types_call_special(b, *fn, v, &key, 1, &r));
		ivalue_unref(&r);
		return STATUS_OK;
	}
	IValue u = py_unwrap(v);
	if (u.tag == TAG_LIST)
		return list_delitem(b, u, key);
	if (u.tag == TAG_DICT) {
		bool found;
		TRY(py_dict_delete(b, u.dict, key, &found));
		return found ? STATUS_OK : raise_key(b, key);
	}
	if (u.tag == TAG_TENSOR)
		return py_raise(b, "TypeError", "Tensor does not support deleting items");
	return py_raise(b, "TypeError", "'%s' object doesn't support item deletion", py_type_name(b, v));
}

// ---- in

static Status search(Build *b, IValue v, IValue item, bool *out)
{
	PyIter *it;
	TRY(py_iter(b, v, &it));
	IValue self = py_value(it);
	Status st = STATUS_OK;
	*out = false;
	while (st == STATUS_OK && !*out) {
		IValue x;
		bool done = false;
		st = py_next(b, it, &x, &done);
		if (st != STATUS_OK || done)
			break;
		*out = x.tag == item.tag && x.i == item.i && (ivalue_counted(x) || x.tag == TAG_NONE);
		if (!*out)
			st = py_equal(b, x, item, out);
		ivalue_unref(&x);
	}
	ivalue_unref(&self);
	return st;
}

Status py_contains(Build *b, IValue container, IValue item, bool *out)
{
	IValue *fn = types_override(b, container, D_contains), r;
	if (fn) {
		TRY(types_call_special(b, *fn, container, &item, 1, &r));
		Status st = py_truth(b, r, out);
		ivalue_unref(&r);
		return st;
	}
	IValue u = py_unwrap(container), *slot;
	switch ((Tag)u.tag) {
	case TAG_DICT:
		TRY(py_dict_find(b, u.dict, item, &slot));
		*out = slot != NULL;
		return STATUS_OK;
	case TAG_STR: {
		StrObj *s;
		if (!py_as_str(item, &s))
			return py_raise(b, "TypeError", "'in <string>' requires string as left operand, not %s",
				py_type_name(b, item));
		*out = s->n == 0 || memmem(u.str->s, (size_t)u.str->n, s->s, (size_t)s->n) != NULL;
		return STATUS_OK;
	}
	case TAG_TENSOR:
		return torch_contains(b, u, item, out);
	case TAG_OBJECT: {
		bool found;
		TRY(object_special(b, u, D_contains, &item, 1, &r, &found));
		if (found) {
			Status st = py_truth(b, r, out);
			ivalue_unref(&r);
			return st;
		}
		break;
	}
	case TAG_HOST:
		switch (py_obj(u)->kind) {
		case PY_SET: case PY_FROZENSET: {
			IValue key = item, frozen = iv_none();
			if (py_is(item, PY_SET)) { // a set is looked for by its contents
				frozen = set_new(b, PY_FROZENSET);
				TRY(set_update(b, frozen, item));
				key = frozen;
			}
			Status st = py_dict_find(b, PY_AS(PySet, u)->items, key, &slot);
			ivalue_unref(&frozen);
			*out = slot != NULL;
			return st;
		}
		case PY_VIEW: {
			DictObj *d = PY_AS(PyView, u)->dict.dict;
			if (PY_AS(PyView, u)->what == VIEW_KEYS) {
				TRY(py_dict_find(b, d, item, &slot));
				*out = slot != NULL;
				return STATUS_OK;
			}
			if (PY_AS(PyView, u)->what == VIEW_ITEMS) {
				*out = false;
				if (item.tag != TAG_TUPLE || item.tuple->n != 2)
					return STATUS_OK;
				TRY(py_dict_find(b, d, item.tuple->items[0], &slot));
				if (!slot)
					return STATUS_OK;
				IValue held = ivalue_ref(*slot);
				Status st = py_equal(b, held, item.tuple->items[1], out);
				ivalue_unref(&held);
				return st;
			}
			break;
		}
		case PY_RANGE:
			if (item.tag == TAG_INT || item.tag == TAG_BOOL) {
				PyRange *g = PY_AS(PyRange, u);
				__int128 d = (__int128)item.i - g->start;
				*out = d % g->step == 0 && d / g->step >= 0 && d / g->step < range_length(g);
				return STATUS_OK;
			}
			break;
		case PY_BYTES: {
			PyBytes *s = PY_AS(PyBytes, u);
			if (py_is(item, PY_BYTES)) {
				PyBytes *p = PY_AS(PyBytes, item);
				*out = p->n == 0 || memmem(s->s, (size_t)s->n, p->s, (size_t)p->n) != NULL;
				return STATUS_OK;
			}
			int64_t c;
			TRY(number_index(b, item, &c));
			if (c < 0 || c > 255)
				return py_raise(b, "ValueError", "byte must be in range(0, 256)");
			*out = s->n && memchr(s->s, (int)c, (size_t)s->n) != NULL;
			return STATUS_OK;
		}
		case PY_INSTANCE:
			if (!types_special(b, u, D_iter) && !types_special(b, u, D_getitem))
				return py_raise(b, "TypeError", "argument of type '%s' is not iterable", py_type_name(b, container));
			break;
		default: break;
		}
		break;
	case TAG_LIST: case TAG_TUPLE: break;
	default:
		return py_raise(b, "TypeError", "argument of type '%s' is not iterable", py_type_name(b, container));
	}
	return search(b, u, item, out);
}
