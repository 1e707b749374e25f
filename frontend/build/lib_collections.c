// SPDX-License-Identifier: BSD-3-Clause
// The module _collections: OrderedDict, defaultdict, deque, and the items of named tuples.  Counter, namedtuple and the
// rest are frontend/lib/modules/collections/__init__.py.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <string.h>

static Status self_dict(Build *b, const PyArgs *a, DictObj **out)
{
	IValue u = py_unwrap(a->self);
	if (u.tag != TAG_DICT)
		return py_raise(b, "TypeError", "a dict is required, not '%s'", py_type_name(b, a->self));
	*out = u.dict;
	return STATUS_OK;
}

// ---- OrderedDict

static Status ordered_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue payload = py_dict(b);
	bool exact = PY_AS(PyClass, a->self) == b->types->ordered_dict; // else __init__ follows
	Status st = exact ? dict_update_args(b, payload.dict, a, "OrderedDict") : STATUS_OK;
	if (st != STATUS_OK) {
		ivalue_unref(&payload);
		return st;
	}
	*out = py_instance(b, PY_AS(PyClass, a->self), payload);
	return STATUS_OK;
}

static Status ordered_init(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = NULL;
	TRY(self_dict(b, a, &d));
	*out = iv_none();
	return dict_update_args(b, d, a, "OrderedDict");
}

static Status ordered_move_to_end(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = NULL;
	IValue key, *slot;
	bool last, found;
	TRY(self_dict(b, a, &d));
	TRY(args_parse(b, a, "move_to_end", "key:o last:b=True", &key, &last));
	TRY(py_dict_find(b, d, key, &slot));
	if (!slot)
		return raise_key(b, key);
	*out = iv_none();
	IValue value = ivalue_ref(*slot);
	Status st = py_dict_delete(b, d, key, &found);
	if (st == STATUS_OK && last) {
		st = py_dict_set(b, d, key, value);
	} else if (st == STATUS_OK) { // to the front: everything is entered anew behind it
		IValue rest = py_dict(b);
		st = dict_update(b, rest.dict, iv_take_dict(d));
		dict_clear(d);
		if (st == STATUS_OK)
			st = py_dict_set(b, d, key, value);
		if (st == STATUS_OK)
			st = dict_update(b, d, rest);
		ivalue_unref(&rest);
	}
	ivalue_unref(&value);
	return st;
}

static Status ordered_repr(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = NULL;
	TRY(self_dict(b, a, &d));
	Text t = {0};
	text_addf(&t, "%s(", py_type_name(b, a->self));
	Status st = STATUS_OK;
	if (d->n) {
		IValue items, list;
		TRY(dict_view(b, iv_take_dict(d), VIEW_ITEMS, &items));
		st = py_to_list(b, items, &list);
		ivalue_unref(&items);
		if (st == STATUS_OK) {
			TRY(types_enter(b, "while getting the repr of an object"));
			st = py_repr(b, list, &t);
			types_leave(b);
			ivalue_unref(&list);
		}
	}
	text_addc(&t, ')');
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status ordered_eq(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = NULL;
	bool same;
	TRY(self_dict(b, a, &d));
	if (a->npos != 1)
		return raise_arity(b, "__eq__", 1, a->npos);
	IValue other = py_unwrap(a->pos[0]);
	if (other.tag != TAG_DICT) {
		*out = ivalue_ref(b->types->notimplemented_value);
		return STATUS_OK;
	}
	TRY(dict_equal(b, d, other.dict, &same));
	if (same && py_subclass(py_type(b, a->pos[0]), b->types->ordered_dict)) { // the order counts too
		IValue l, r;
		TRY(py_to_list(b, iv_take_dict(d), &l));
		Status st = py_to_list(b, other, &r);
		if (st == STATUS_OK) {
			st = py_equal(b, l, r, &same);
			ivalue_unref(&r);
		}
		ivalue_unref(&l);
		TRY(st);
	}
	*out = iv_bool(same);
	return STATUS_OK;
}

// An instance of self's class with the entries of `from`; attributes are not copied.
static Status like_self(Build *b, const PyArgs *a, IValue from, IValue *out)
{
	IValue payload = py_dict(b);
	Status st = dict_update(b, payload.dict, from);
	if (st != STATUS_OK) {
		ivalue_unref(&payload);
		return st;
	}
	*out = py_instance(b, py_type(b, a->self), payload);
	return STATUS_OK;
}

static Status ordered_copy(Build *b, const PyArgs *a, IValue *out)
{
	return like_self(b, a, py_unwrap(a->self), out);
}

static Status ordered_or(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || py_unwrap(a->pos[0]).tag != TAG_DICT) {
		*out = ivalue_ref(b->types->notimplemented_value);
		return STATUS_OK;
	}
	TRY(like_self(b, a, py_unwrap(a->self), out));
	return dict_update(b, py_unwrap(*out).dict, a->pos[0]);
}

// ---- defaultdict: its factory is the attribute default_factory

static Status default_fill(Build *b, const PyArgs *a, IValue self)
{
	PyArgs rest = *a;
	IValue factory = iv_none();
	if (rest.npos) {
		factory = rest.pos[0];
		rest.pos++;
		rest.npos--;
	}
	if (factory.tag != TAG_NONE && !py_callable(b, factory))
		return py_raise(b, "TypeError", "first argument must be callable or None");
	TRY(py_object_setattr(b, self, py_intern(b, "default_factory"), factory));
	return dict_update_args(b, py_unwrap(self).dict, &rest, "defaultdict");
}

static Status default_make(Build *b, const PyArgs *a, IValue *out)
{
	PyClass *cls = PY_AS(PyClass, a->self);
	*out = py_instance(b, cls, py_dict(b));
	Status st = cls == b->types->default_dict ? default_fill(b, a, *out) : STATUS_OK;
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status default_init(Build *b, const PyArgs *a, IValue *out)
{
	*out = iv_none();
	return default_fill(b, a, a->self);
}

static Status default_missing(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = NULL;
	TRY(self_dict(b, a, &d));
	if (a->npos != 1)
		return raise_arity(b, "__missing__", 1, a->npos);
	IValue *factory = py_is(a->self, PY_INSTANCE) ? py_instance_slot(PY_AS(PyInstance, a->self),
		py_intern(b, "default_factory")) : NULL;
	if (!factory || factory->tag == TAG_NONE)
		return raise_key(b, a->pos[0]);
	TRY(py_call(b, *factory, NULL, 0, out));
	Status st = py_dict_set(b, d, a->pos[0], *out);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status default_repr(Build *b, const PyArgs *a, IValue *out)
{
	DictObj *d = NULL;
	TRY(self_dict(b, a, &d));
	IValue *factory = py_instance_slot(PY_AS(PyInstance, a->self), py_intern(b, "default_factory"));
	Text t = {0};
	text_addf(&t, "%s(", py_type_name(b, a->self));
	Status st = py_repr(b, factory ? *factory : iv_none(), &t);
	text_add(&t, ", ");
	if (st == STATUS_OK)
		st = py_repr(b, iv_take_dict(d), &t);
	text_addc(&t, ')');
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status default_copy(Build *b, const PyArgs *a, IValue *out)
{
	TRY(like_self(b, a, py_unwrap(a->self), out));
	IValue *factory = py_instance_slot(PY_AS(PyInstance, a->self), py_intern(b, "default_factory"));
	return py_object_setattr(b, *out, py_intern(b, "default_factory"), factory ? *factory : iv_none());
}

// ---- deque: a list as payload; what is pushed in front moves the rest

static Status self_deque(Build *b, const PyArgs *a, ListObj **out, int64_t *max)
{
	IValue u = py_unwrap(a->self);
	if (u.tag != TAG_LIST || !py_is(a->self, PY_INSTANCE))
		return py_raise(b, "TypeError", "a deque is required, not '%s'", py_type_name(b, a->self));
	*out = u.list;
	IValue *limit = py_instance_slot(PY_AS(PyInstance, a->self), py_intern(b, "maxlen"));
	*max = limit && limit->tag == TAG_INT ? limit->i : INT64_MAX;
	return STATUS_OK;
}

static IValue take_at(ListObj *l, int64_t i)
{
	IValue v = l->items[i];
	memmove(l->items + i, l->items + i + 1, (size_t)(l->n - i - 1) * sizeof v);
	l->n--;
	return v;
}

static Status push(Build *b, ListObj *l, int64_t max, IValue v, bool front)
{
	if (max == 0)
		return STATUS_OK;
	IValue gone = iv_none();
	if (l->n >= max)
		gone = take_at(l, front ? l->n - 1 : 0);
	Status st = list_append_take(l, ivalue_ref(v), b->x.err);
	if (st == STATUS_OK && front) {
		IValue x = l->items[l->n - 1];
		memmove(l->items + 1, l->items, (size_t)(l->n - 1) * sizeof x);
		l->items[0] = x;
	}
	ivalue_unref(&gone);
	return st;
}

typedef struct Push { ListObj *l; int64_t max; bool front; } Push;

static Status push_item(Build *b, IValue item, void *arg)
{
	Push *p = arg;
	return push(b, p->l, p->max, item, p->front);
}

static Status deque_fill(Build *b, const PyArgs *a, IValue self)
{
	IValue items, max, none = iv_none();
	ListObj *l = NULL;
	int64_t limit = 0;
	PyArgs args = *a;
	args.self = self;
	TRY(args_parse(b, a, "deque", "iterable:o=None maxlen:o=None", &items, &max));
	if (max.tag != TAG_NONE) {
		int64_t n;
		TRY(number_index(b, max, &n));
		if (n < 0)
			return py_raise(b, "ValueError", "maxlen must be non-negative");
	}
	TRY(py_object_setattr(b, self, py_intern(b, "maxlen"), max.tag == TAG_NONE ? none : max));
	TRY(self_deque(b, &args, &l, &limit));
	return items.tag == TAG_NONE ? STATUS_OK : py_each(b, items, push_item, &(Push){l, limit, false});
}

static Status deque_make(Build *b, const PyArgs *a, IValue *out)
{
	PyClass *cls = PY_AS(PyClass, a->self);
	*out = py_instance(b, cls, py_list(b, 8));
	if (cls != b->types->deque)
		return STATUS_OK;
	Status st = deque_fill(b, a, *out);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status deque_init(Build *b, const PyArgs *a, IValue *out)
{
	*out = iv_none();
	return deque_fill(b, a, a->self);
}

#define DEQUE(k)                                   \
	ListObj *l = NULL;                                \
	int64_t max = 0;                               \
	TRY(self_deque(b, a, &l, &max));           \
	if (a->npos < (k) && (k) > 0)              \
		return raise_arity(b, "deque", (k), a->npos); \
	*out = iv_none()

static Status deque_append(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(1);
	return push(b, l, max, a->pos[0], false);
}

static Status deque_appendleft(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(1);
	return push(b, l, max, a->pos[0], true);
}

static Status deque_extend(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(1);
	IValue items;
	TRY(py_to_list(b, a->pos[0], &items));
	Status st = py_each(b, items, push_item, &(Push){l, max, false});
	ivalue_unref(&items);
	return st;
}

static Status deque_extendleft(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(1);
	IValue items;
	TRY(py_to_list(b, a->pos[0], &items));
	Status st = py_each(b, items, push_item, &(Push){l, max, true});
	ivalue_unref(&items);
	return st;
}

static Status deque_pop(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(0);
	(void)max;
	if (!l->n)
		return py_raise(b, "IndexError", "pop from an empty deque");
	*out = take_at(l, l->n - 1);
	return STATUS_OK;
}

static Status deque_popleft(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(0);
	(void)max;
	if (!l->n)
		return py_raise(b, "IndexError", "pop from an empty deque");
	*out = take_at(l, 0);
	return STATUS_OK;
}

static Status deque_rotate(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(0);
	(void)max;
	int64_t n;
	TRY(args_parse(b, a, "rotate", "n:i=1 /", &n));
	if (l->n < 2)
		return STATUS_OK;
	n = (n % l->n + l->n) % l->n;
	for (; n > 0; n--) {
		IValue v = l->items[l->n - 1];
		memmove(l->items + 1, l->items, (size_t)(l->n - 1) * sizeof v);
		l->items[0] = v;
	}
	return STATUS_OK;
}

static Status deque_copy(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(0);
	(void)max;
	IValue list;
	TRY(py_to_list(b, iv_take_list(l), &list));
	IValue copy = py_instance(b, py_type(b, a->self), list);
	IValue *limit = py_instance_slot(PY_AS(PyInstance, a->self), py_intern(b, "maxlen"));
	TRY(py_object_setattr(b, copy, py_intern(b, "maxlen"), limit ? *limit : iv_none()));
	*out = copy;
	return STATUS_OK;
}

// The methods that a deque has in common with its list.
static Status deque_as_list(Build *b, const PyArgs *a, IValue *out)
{
	const char *name = strrchr(a->callee->path, '.') + 1;
	DEQUE(0);
	(void)max;
	return py_call_method(b, iv_take_list(l), name, a->pos, a->npos, out);
}

static Status deque_repr(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(0);
	Text t = {0};
	text_addf(&t, "%s(", py_type_name(b, a->self));
	Status st = py_repr(b, iv_take_list(l), &t);
	if (max != INT64_MAX)
		text_addf(&t, ", maxlen=%lld", (long long)max);
	text_addc(&t, ')');
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status deque_eq(Build *b, const PyArgs *a, IValue *out)
{
	DEQUE(1);
	(void)max;
	bool same;
	if (!py_subclass(py_type(b, a->pos[0]), b->types->deque)) {
		*out = ivalue_ref(b->types->notimplemented_value);
		return STATUS_OK;
	}
	TRY(py_equal(b, iv_take_list(l), py_unwrap(a->pos[0]), &same));
	*out = iv_bool(same);
	return STATUS_OK;
}

// ---- named tuples: a property per field

static Status field_get(Build *b, const PyArgs *a, IValue *out)
{
	int64_t i = (int64_t)(intptr_t)a->callee->data;
	IValue u = py_unwrap(a->npos ? a->pos[0] : a->self);
	if (u.tag != TAG_TUPLE || i >= u.tuple->n)
		return py_raise(b, "TypeError", "a field of a named tuple was asked of '%s'", py_type_name(b, a->self));
	*out = ivalue_ref(u.tuple->items[i]);
	return STATUS_OK;
}

static Status field_set(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return py_raise(b, "AttributeError", "can't set attribute");
}

static Status make_field(Build *b, const PyArgs *a, IValue *out)
{
	int64_t i;
	TRY(args_parse(b, a, "_tuplegetter", "index:i doc:o=None", &i, &(IValue){0}));
	PyProperty *p = py_new(b, PY_PROPERTY, sizeof *p);
	p->get = py_native(b, "collections._tuplegetter", field_get, (const void *)(intptr_t)i);
	p->set = py_native(b, "collections._tuplegetter", field_set, NULL);
	p->del = p->doc = iv_none();
	*out = py_value(p);
	return STATUS_OK;
}

// The module that called the running library function: there a named tuple's class belongs.
static PyModule *calling_module(Build *b)
{
	const Frame *f = b->frame;
	const PyModule *own = f ? f->module : NULL;
	while (f && f->module == own)
		f = f->back;
	return f ? f->module : NULL;
}

static Status calling_name(Build *b, const PyArgs *a, IValue *out)
{
	(void)a;
	const PyModule *m = calling_module(b);
	*out = m ? ivalue_ref(m->name) : py_name(b, "__main__");
	return STATUS_OK;
}

static Status mark_named(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos == 1 && py_is(a->pos[0], PY_CLASS)) {
		PyClass *c = PY_AS(PyClass, a->pos[0]);
		PyModule *m = calling_module(b);
		c->is_named_tuple = true;
		c->globals = m ? m : c->globals;
	}
	*out = iv_none();
	return STATUS_OK;
}

Status lib_collections(Build *b, PyModule *m)
{
	static const NativeMethod ordered[] = {{"__init__", ordered_init}, {"move_to_end", ordered_move_to_end},
		{"__repr__", ordered_repr}, {"__eq__", ordered_eq}, {"copy", ordered_copy}, {"__or__", ordered_or}, {0}};
	static const NativeMethod defaults[] = {{"__init__", default_init}, {"__missing__", default_missing},
		{"__repr__", default_repr}, {"copy", default_copy}, {0}};
	static const NativeMethod deque[] = {{"__init__", deque_init}, {"append", deque_append},
		{"appendleft", deque_appendleft}, {"extend", deque_extend}, {"extendleft", deque_extendleft}, {"pop", deque_pop},
		{"popleft", deque_popleft}, {"rotate", deque_rotate}, {"copy", deque_copy}, {"clear", deque_as_list},
		{"remove", deque_as_list}, {"count", deque_as_list}, {"index", deque_as_list}, {"insert", deque_as_list},
		{"reverse", deque_as_list}, {"__repr__", deque_repr}, {"__str__", deque_repr}, {"__eq__", deque_eq}, {0}};
	Types *t = b->types;
	t->ordered_dict = py_native_class(b, "collections.OrderedDict", t->dict, PAYLOAD_OTHER, ordered_make, ordered);
	t->default_dict = py_native_class(b, "collections.defaultdict", t->dict, PAYLOAD_OTHER, default_make, defaults);
	t->deque = py_native_class(b, "collections.deque", NULL, PAYLOAD_OTHER, deque_make, deque);
	types_add_dunders(b, t->deque, "cmi");
	py_class_set_take(b, t->deque, "__hash__", iv_none());
	py_class_methods(b, t->deque, deque); // its own repr and equality
	module_set_take(m, "OrderedDict", py_value(t->ordered_dict));
	module_set_take(m, "defaultdict", py_value(t->default_dict));
	module_set_take(m, "deque", py_value(t->deque));
	module_native(m, "_tuplegetter", make_field);
	module_native(m, "_mark_named_tuple", mark_named);
	module_native(m, "_calling_name", calling_name);
	return STATUS_OK;
}
