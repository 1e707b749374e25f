// SPDX-License-Identifier: BSD-3-Clause
// object, type, and the classes of functions, modules, properties and the like.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

// ---- object

static Status object_init(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_none();
	return STATUS_OK;
}

static Status object_new_method(Build *b, const PyArgs *a, IValue *out) // static: object.__new__(cls, …)
{
	if (a->npos < 1 || !py_is(a->pos[0], PY_CLASS))
		return py_raise(b, "TypeError", "object.__new__(X): X is not a type object");
	PyArgs rest = *a;
	rest.pos++;
	rest.npos--;
	rest.self = a->pos[0];
	PyClass *c = PY_AS(PyClass, a->pos[0]);
	if (c->is_native && c->make)
		return c->make(b, &rest, out);
	return class_allocate(b, c, &rest, out);
}

static Status text_of(Build *b, IValue v, Status (*fn)(Build *, IValue, Text *), IValue *out)
{
	Text t = {0};
	Status st = fn(b, v, &t);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status object_repr_method(Build *b, const PyArgs *a, IValue *out)
{
	if (!py_is(a->self, PY_INSTANCE))
		return text_of(b, a->self, py_repr, out);
	Text t = {0};
	PyClass *c = py_type(b, a->self);
	text_addf(&t, "<%s.%s object at %p>", c->module.str->s, c->qualname.str->s, (void *)a->self.obj);
	*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return STATUS_OK;
}

static Status object_str_method(Build *b, const PyArgs *a, IValue *out)
{
	return text_of(b, a->self, py_repr, out);
}

static Status object_format(Build *b, const PyArgs *a, IValue *out)
{
	IValue spec;
	TRY(args_parse(b, a, "__format__", "format_spec:S /", &spec));
	if (spec.str->n)
		return py_raise(b, "TypeError", "unsupported format string passed to %s.__format__", py_type_name(b, a->self));
	return text_of(b, a->self, py_str, out);
}

static Status object_eq(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1)
		return py_raise(b, "TypeError", "expected 1 argument, got %d", a->npos);
	bool same = a->self.tag == a->pos[0].tag && a->self.i == a->pos[0].i;
	*out = same ? iv_bool(true) : ivalue_ref(b->types->notimplemented_value);
	return STATUS_OK;
}

static Status object_ne(Build *b, const PyArgs *a, IValue *out)
{
	bool same;
	if (a->npos != 1)
		return py_raise(b, "TypeError", "expected 1 argument, got %d", a->npos);
	TRY(py_equal(b, a->self, a->pos[0], &same));
	*out = iv_bool(!same);
	return STATUS_OK;
}

static Status object_hash(Build *b, const PyArgs *a, IValue *out)
{
	uint64_t h = hash_bytes(&a->self.i, sizeof a->self.i);
	if (!py_is(a->self, PY_INSTANCE))
		TRY(py_hash(b, a->self, &h));
	*out = iv_int((int64_t)(h >> 1));
	return STATUS_OK;
}

static Status attribute_name(Build *b, const PyArgs *a, int want, StrObj **out)
{
	StrObj *s;
	if (a->npos != want)
		return py_raise(b, "TypeError", "expected %d argument%s, got %d", want, want == 1 ? "" : "s", a->npos);
	if (!py_as_str(a->pos[0], &s))
		return py_raise(b, "TypeError", "attribute name must be string, not '%s'", py_type_name(b, a->pos[0]));
	*out = py_intern(b, s->s);
	return STATUS_OK;
}

static Status object_getattribute(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	TRY(attribute_name(b, a, 1, &name));
	return py_is(a->self, PY_INSTANCE) ? py_object_getattr(b, a->self, name, out) : py_getattr(b, a->self, name, out);
}

static Status object_setattr(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	TRY(attribute_name(b, a, 2, &name));
	*out = iv_none();
	return py_is(a->self, PY_INSTANCE) ? py_object_setattr(b, a->self, name, a->pos[1]) :
		py_setattr(b, a->self, name, a->pos[1]);
}

static Status object_delattr(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	TRY(attribute_name(b, a, 1, &name));
	*out = iv_none();
	return py_is(a->self, PY_INSTANCE) ? py_object_delattr(b, a->self, name) : py_delattr(b, a->self, name);
}

static Status object_dir(Build *b, const PyArgs *a, IValue *out)
{
	return types_dir(b, a->self, out);
}

static Status object_init_subclass(Build *b, const PyArgs *a, IValue *out)
{
	*out = iv_none();
	return a->nkw ? py_raise(b, "TypeError", "__init_subclass__() takes no keyword arguments") : STATUS_OK;
}

static int by_text(const void *l, const void *r)
{
	return strcmp(((const IValue *)l)->str->s, ((const IValue *)r)->str->s);
}

static void add_names(DictObj *to, const DictObj *from)
{
	int64_t pos = 0;
	for (DictEntry *e; from && (e = dict_next(from, &pos));)
		if (e->key.tag == TAG_STR)
			(void)dict_set_take(to, ivalue_ref(e->key), iv_none(), NULL);
}

Status types_dir(Build *b, IValue v, IValue *out)
{
	DictObj *names = dict_new(&type_any, &type_any);
	PyClass *c = py_is(v, PY_CLASS) ? PY_AS(PyClass, v) : py_type(b, v);
	if (py_is(v, PY_MODULE)) {
		add_names(names, PY_AS(PyModule, v)->ns);
	} else {
		if (py_is(v, PY_INSTANCE))
			add_names(names, PY_AS(PyInstance, v)->attrs);
		for (int i = 0; i < c->nmro; i++)
			add_names(names, c->mro[i]->ns);
	}
	IValue list = py_list(b, names->n);
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(names, &pos));)
		list.list->items[list.list->n++] = ivalue_ref(e->key);
	IValue drop = iv_take_dict(names);
	ivalue_unref(&drop);
	if (list.list->n)
		qsort(list.list->items, (size_t)list.list->n, sizeof(IValue), by_text);
	*out = list;
	return STATUS_OK;
}

// ---- type

static Status type_make(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos == 1 && !a->nkw) {
		*out = ivalue_ref(py_value(py_type(b, a->pos[0])));
		return STATUS_OK;
	}
	if (a->npos != 3)
		return py_raise(b, "TypeError", "type() takes 1 or 3 arguments");
	StrObj *name = NULL;
	IValue bases = py_unwrap(a->pos[1]), ns = py_unwrap(a->pos[2]);
	if (!py_as_str(a->pos[0], &name))
		return py_raise(b, "TypeError", "type.__new__() argument 1 must be str, not %s", py_type_name(b, a->pos[0]));
	if (bases.tag != TAG_TUPLE)
		return py_raise(b, "TypeError", "type.__new__() argument 2 must be tuple, not %s", py_type_name(b, a->pos[1]));
	if (ns.tag != TAG_DICT)
		return py_raise(b, "TypeError", "type.__new__() argument 3 must be dict, not %s", py_type_name(b, a->pos[2]));
	return class_from(b, name->s, bases, ns.dict, out);
}

// A class from its parts, as a class statement would make it.
Status class_from(Build *b, const char *name, IValue bases, DictObj *ns, IValue *out)
{
	int n = (int)bases.tuple->n;
	PyClass *list[32] = {b->types->object};
	if (n > 32)
		return py_raise(b, "TypeError", "a class of %d bases", n);
	for (int i = 0; i < n; i++) {
		if (!py_is(bases.tuple->items[i], PY_CLASS))
			return py_raise(b, "TypeError", "bases must be types");
		list[i] = PY_AS(PyClass, bases.tuple->items[i]);
	}
	IValue *module = dict_find(ns, str_value(TYPES_NAME(b, module)));
	IValue *global = b->frame ? dict_find(b->frame->globals, str_value(TYPES_NAME(b, name))) : NULL;
	PyClass *c = class_new(b, py_intern(b, name)->s, py_intern(b, name)->s,
		module && module->tag == TAG_STR ? *module : global ? *global : py_name(b, "__main__"), list, n ? n : 1);
	if (!c)
		return STATUS_TYPE;
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(ns, &pos));) {
		if (e->key.tag == TAG_STR)
			(void)dict_set_take(c->ns, ivalue_ref(py_name(b, e->key.str->s)), ivalue_ref(e->value), NULL);
		if (py_is(e->value, PY_FUNCTION) && !PY_AS(PyFunction, e->value)->owner)
			PY_AS(PyFunction, e->value)->owner = c;
	}
	class_touch(b, c);
	*out = py_value(c);
	Status st = c->is_enum ? enum_finish(b, c) : STATUS_OK;
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status type_mro(Build *b, const PyArgs *a, IValue *out)
{
	if (!py_is(a->self, PY_CLASS))
		return py_raise(b, "TypeError", "mro() requires a class");
	PyClass *c = PY_AS(PyClass, a->self);
	*out = py_list(b, c->nmro);
	for (int i = 0; i < c->nmro; i++)
		out->list->items[out->list->n++] = ivalue_ref(py_value(c->mro[i]));
	return STATUS_OK;
}

static Status type_subclasses(Build *b, const PyArgs *a, IValue *out)
{
	if (!py_is(a->self, PY_CLASS))
		return py_raise(b, "TypeError", "__subclasses__() requires a class");
	*out = py_list(b, 0);
	Status st = STATUS_OK;
	for (PyObj *o = b->objects.prev; o != &b->objects && st == STATUS_OK; o = o->prev) { // oldest last in the ring
		if (o->kind != PY_CLASS || !((PyClass *)o)->mro)
			continue;
		PyClass *c = (PyClass *)o;
		for (int i = 0; i < c->nbases; i++)
			if (c->bases[i] == PY_AS(PyClass, a->self))
				st = list_append_take(out->list, ivalue_ref(py_value(c)), b->x.err);
	}
	return st;
}

static Status type_call(Build *b, const PyArgs *a, IValue *out)
{
	PyArgs rest = *a;
	rest.self = iv_none();
	return py_call_full(b, a->self, &rest, out);
}

// ---- functions, properties, wrappers

static Status wrapped_make(Build *b, const PyArgs *a, PyKind kind, const char *name, IValue *out)
{
	if (a->npos != 1 || a->nkw)
		return py_raise(b, "TypeError", "%s expected 1 argument, got %d", name, a->npos);
	PyWrapped *w = py_new(b, kind, sizeof *w);
	w->fn = ivalue_ref(a->pos[0]);
	*out = py_value(w);
	return STATUS_OK;
}

static Status staticmethod_make(Build *b, const PyArgs *a, IValue *out)
{
	return wrapped_make(b, a, PY_STATICMETHOD, "staticmethod", out);
}

static Status classmethod_make(Build *b, const PyArgs *a, IValue *out)
{
	return wrapped_make(b, a, PY_CLASSMETHOD, "classmethod", out);
}

static Status property_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue get, set, del, doc;
	TRY(args_parse(b, a, "property", "fget:o=None fset:o=None fdel:o=None doc:o=None", &get, &set, &del, &doc));
	PyProperty *p = py_new(b, PY_PROPERTY, sizeof *p);
	p->get = ivalue_ref(get);
	p->set = ivalue_ref(set);
	p->del = ivalue_ref(del);
	p->doc = ivalue_ref(doc);
	*out = py_value(p);
	return STATUS_OK;
}

static Status method_make(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 2 || a->nkw)
		return raise_arity(b, "method", 2, a->npos);
	PyMethod *m = py_new(b, PY_METHOD, sizeof *m);
	m->fn = ivalue_ref(a->pos[0]);
	m->self = ivalue_ref(a->pos[1]);
	*out = py_value(m);
	return STATUS_OK;
}

static Status module_make(Build *b, const PyArgs *a, IValue *out)
{
	const char *name, *doc;
	TRY(args_parse(b, a, "module", "name:s doc:s=None", &name, &doc));
	*out = py_value(py_module_new(b, name));
	return STATUS_OK;
}

// What the parts of a type form are called: __origin__, __args__.
static Status form_origin(Build *b, const PyArgs *a, IValue *out)
{
	static const struct { const char *form, *cls; } plain[] = {{"List", "list"}, {"Dict", "dict"}, {"Tuple", "tuple"},
		{"Set", "set"}, {"FrozenSet", "frozenset"}, {"Type", "type"}};
	PyTypeForm *f = PY_AS(PyTypeForm, a->self);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (!strcmp(f->ctor, plain[i].form)) {
			*out = ivalue_ref(py_value(map_get(&b->types->by_path, plain[i].cls)));
			return STATUS_OK;
		}
	PyTypeForm *bare = py_new(b, PY_TYPEFORM, sizeof *bare);
	bare->ctor = strcmp(f->ctor, "Optional") ? f->ctor : "Union";
	bare->args = py_tuple_of(b, NULL, 0);
	*out = py_value(bare);
	return STATUS_OK;
}

static Status form_args(Build *b, const PyArgs *a, IValue *out)
{
	PyTypeForm *f = PY_AS(PyTypeForm, a->self);
	IValue pair[2] = {f->args.tuple->n ? f->args.tuple->items[0] : iv_none(), py_value(b->types->none)};
	*out = strcmp(f->ctor, "Optional") || !f->args.tuple->n ? ivalue_ref(f->args) : py_tuple_of(b, pair, 2);
	return STATUS_OK;
}

static Status form_call(Build *b, const PyArgs *a, IValue *out)
{
	IValue origin;
	TRY(form_origin(b, a, &origin));
	PyArgs rest = *a;
	rest.self = iv_none();
	Status st = py_is(origin, PY_CLASS) ? py_call_full(b, origin, &rest, out) :
		py_raise(b, "TypeError", "Cannot instantiate typing.%s", PY_AS(PyTypeForm, a->self)->ctor);
	ivalue_unref(&origin);
	return st;
}

static Status cell_contents(Build *b, const PyArgs *a, IValue *out)
{
	IValue v = PY_AS(PyCell, a->self)->value;
	if (v.tag == TAG_UNINIT)
		return py_raise(b, "ValueError", "Cell is empty");
	*out = ivalue_ref(v);
	return STATUS_OK;
}

void types_init_object(Build *b)
{
	static const NativeMethod object[] = {{"__init__", object_init}, {"__repr__", object_repr_method},
		{"__str__", object_str_method}, {"__format__", object_format}, {"__eq__", object_eq}, {"__ne__", object_ne},
		{"__hash__", object_hash}, {"__getattribute__", object_getattribute}, {"__setattr__", object_setattr},
		{"__delattr__", object_delattr}, {"__dir__", object_dir}, {0}};
	static const NativeMethod type[] = {{"mro", type_mro}, {"__subclasses__", type_subclasses}, {"__call__", type_call},
		{0}};
	static const NativeMethod form[] = {{"__call__", form_call}, {0}};
	Types *t = b->types;
	t->object = types_class(b, "object", NULL, PAYLOAD_NONE, NULL, object);
	py_class_static(b, t->object, "__new__", object_new_method);
	py_class_classmethod(b, t->object, "__init_subclass__", object_init_subclass);
	t->type = types_class(b, "type", t->object, PAYLOAD_NONE, type_make, type);
	t->none = types_class(b, "NoneType", t->object, PAYLOAD_NONE, NULL, NULL);
	t->function = types_class(b, "function", t->object, PAYLOAD_NONE, NULL, NULL);
	t->builtin = types_class(b, "builtin_function_or_method", t->object, PAYLOAD_NONE, NULL, NULL);
	t->method = types_class(b, "method", t->object, PAYLOAD_NONE, method_make, NULL);
	t->module = types_class(b, "module", t->object, PAYLOAD_NONE, module_make, NULL);
	t->cell = types_class(b, "cell", t->object, PAYLOAD_NONE, NULL, NULL);
	py_class_property(b, t->cell, "cell_contents", cell_contents, NULL);
	t->property = types_class(b, "property", t->object, PAYLOAD_NONE, property_make, NULL);
	t->staticmethod = types_class(b, "staticmethod", t->object, PAYLOAD_NONE, staticmethod_make, NULL);
	t->classmethod = types_class(b, "classmethod", t->object, PAYLOAD_NONE, classmethod_make, NULL);
	t->super = types_class(b, "super", t->object, PAYLOAD_NONE, super_make, NULL);
	t->ellipsis = types_class(b, "ellipsis", t->object, PAYLOAD_NONE, NULL, NULL);
	t->notimplemented = types_class(b, "NotImplementedType", t->object, PAYLOAD_NONE, NULL, NULL);
	t->typeform = types_class(b, "GenericAlias", t->object, PAYLOAD_NONE, NULL, form);
	py_class_property(b, t->typeform, "__origin__", form_origin, NULL);
	py_class_property(b, t->typeform, "__args__", form_args, NULL);
}
