// SPDX-License-Identifier: BSD-3-Clause
// Attributes of every kind of value: what stands in an instance, in a class along its MRO, in a module; binding.
//
// Looking along an MRO is cached per (class, name).  The cache holds the place where the value stands, so overwriting an
// attribute needs no care; adding or removing one raises b->class_version, which empties the cache.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_SIZE = 4096 };
typedef struct MethodCache {
	struct { const PyClass *cls; const StrObj *name; IValue *slot; uint32_t version; } entries[CACHE_SIZE];
} MethodCache;

void method_cache_free(Build *b)
{
	free(b->methods);
	b->methods = NULL;
}

IValue *py_class_lookup(const PyClass *c, StrObj *name, PyClass **where)
{
	for (int i = 0; i < c->nmro; i++) {
		IValue *v = c->mro[i]->ns ? dict_find(c->mro[i]->ns, str_value(name)) : NULL;
		if (v) {
			if (where)
				*where = c->mro[i];
			return v;
		}
	}
	return NULL;
}

IValue *class_find(Build *b, const PyClass *c, StrObj *name)
{
	if (!b->methods)
		b->methods = xcalloc(1, sizeof *b->methods);
	size_t h = (((uintptr_t)c >> 4) * 31 + ((uintptr_t)name >> 4)) % CACHE_SIZE;
	if (b->methods->entries[h].cls == c && b->methods->entries[h].name == name &&
		b->methods->entries[h].version == b->class_version)
		return b->methods->entries[h].slot;
	IValue *slot = py_class_lookup(c, name, NULL);
	b->methods->entries[h].cls = c;
	b->methods->entries[h].name = name;
	b->methods->entries[h].version = b->class_version;
	b->methods->entries[h].slot = slot;
	return slot;
}

void class_touch(Build *b, PyClass *c)
{
	b->class_version++;
	c->version++;
}

IValue *py_instance_slot(PyInstance *i, StrObj *name)
{
	return i->attrs ? dict_find(i->attrs, str_value(name)) : NULL;
}

IValue py_instance(Build *b, PyClass *cls, IValue payload)
{
	PyInstance *i = py_new(b, PY_INSTANCE, sizeof *i);
	ivalue_ref(py_value(cls));
	i->cls = cls;
	i->payload = payload;
	return py_value(i);
}

static DictObj *attrs_of(PyInstance *i)
{
	if (!i->attrs)
		i->attrs = dict_new(&type_any, &type_any);
	return i->attrs;
}

static bool is_dunder(const StrObj *s)
{
	return s->n > 4 && s->s[0] == '_' && s->s[1] == '_';
}

static bool name_is(const StrObj *s, const char *what)
{
	return !strcmp(s->s, what);
}

static Status no_attribute(Build *b, IValue v, const StrObj *name)
{
	return py_raise(b, "AttributeError", "'%s' object has no attribute '%s'", py_type_name(b, v), name->s);
}

// ---- binding

static IValue method_new(Build *b, IValue fn, IValue self)
{
	if (py_is(fn, PY_NATIVE)) {
		const PyNative *from = PY_AS(PyNative, fn);
		PyNative *n = py_new(b, PY_NATIVE, sizeof *n);
		n->path = from->path;
		n->fn = from->fn;
		n->data = from->data;
		n->is_method = from->is_method;
		n->self = ivalue_ref(self);
		return py_value(n);
	}
	PyMethod *m = py_new(b, PY_METHOD, sizeof *m);
	m->fn = ivalue_ref(fn);
	m->self = ivalue_ref(self);
	return py_value(m);
}

static Status property_get(Build *b, const PyProperty *p, IValue self, IValue *out)
{
	if (p->get.tag == TAG_NONE)
		return py_raise(b, "AttributeError", "unreadable attribute");
	IValue get = ivalue_ref(p->get);
	Status st = py_call(b, get, &self, 1, out);
	ivalue_unref(&get);
	return st;
}

// self TAG_UNINIT: found through the class itself.
static Status bind(Build *b, IValue attr, IValue self, PyClass *cls, IValue *out)
{
	bool through_class = self.tag == TAG_UNINIT;
	if (attr.tag != TAG_HOST) {
		*out = ivalue_ref(attr);
		return STATUS_OK;
	}
	switch (py_obj(attr)->kind) {
	case PY_FUNCTION:
		*out = through_class ? ivalue_ref(attr) : method_new(b, attr, self);
		return STATUS_OK;
	case PY_NATIVE: {
		const PyNative *n = PY_AS(PyNative, attr);
		*out = !through_class && n->is_method && n->self.tag == TAG_UNINIT ? method_new(b, attr, self) : ivalue_ref(attr);
		return STATUS_OK;
	}
	case PY_STATICMETHOD:
		*out = ivalue_ref(PY_AS(PyWrapped, attr)->fn);
		return STATUS_OK;
	case PY_CLASSMETHOD:
		*out = method_new(b, PY_AS(PyWrapped, attr)->fn, py_value(cls));
		return STATUS_OK;
	case PY_PROPERTY:
		if (!through_class)
			return property_get(b, PY_AS(PyProperty, attr), self, out);
		*out = ivalue_ref(attr);
		return STATUS_OK;
	case PY_INSTANCE: {
		IValue *get = class_find(b, PY_AS(PyInstance, attr)->cls, TYPES_NAME(b, get));
		if (!get)
			break;
		IValue args[3] = {attr, through_class ? iv_none() : self, py_value(cls)}, fn = ivalue_ref(*get);
		Status st = py_call(b, fn, args, 3, out);
		ivalue_unref(&fn);
		return st;
	}
	default:
		break;
	}
	*out = ivalue_ref(attr);
	return STATUS_OK;
}

Status descriptor_bind(Build *b, IValue attr, IValue self, PyClass *cls, IValue *out)
{
	IValue held = ivalue_ref(attr);
	Status st = bind(b, held, self, cls, out);
	ivalue_unref(&held);
	return st;
}

static bool is_data_descriptor(Build *b, IValue attr)
{
	return py_is(attr, PY_PROPERTY) ||
		(py_is(attr, PY_INSTANCE) && class_find(b, PY_AS(PyInstance, attr)->cls, TYPES_NAME(b, set)));
}

// ---- instances

// What every value has, whatever its class defines.
static bool common_getattr(Build *b, IValue v, const StrObj *name, IValue *out)
{
	if (!is_dunder(name) || name != TYPES_NAME(b, class))
		return false;
	*out = ivalue_ref(py_value(py_type(b, v)));
	return true;
}

// Looks without complaining: *found false when there is no such attribute.
static Status instance_find(Build *b, IValue v, StrObj *name, IValue *out, bool *found)
{
	PyInstance *i = PY_AS(PyInstance, v);
	IValue *attr = class_find(b, i->cls, name);
	*found = true;
	if (attr && is_data_descriptor(b, *attr))
		return descriptor_bind(b, *attr, v, i->cls, out);
	IValue *own = py_instance_slot(i, name);
	if (own) {
		*out = ivalue_ref(*own);
		return STATUS_OK;
	}
	if (is_dunder(name)) {
		if (common_getattr(b, v, name, out))
			return STATUS_OK;
		if (name == TYPES_NAME(b, dict)) {
			*out = iv_take_dict(iv_ref_dict(attrs_of(i)));
			return STATUS_OK;
		}
	}
	if (attr)
		return descriptor_bind(b, *attr, v, i->cls, out);
	if (is_dunder(name) && (name == TYPES_NAME(b, doc) || name == TYPES_NAME(b, module))) {
		*out = name == TYPES_NAME(b, doc) ? iv_none() : ivalue_ref(i->cls->module);
		return STATUS_OK;
	}
	if (i->payload.tag == TAG_TENSOR)
		return torch_getattr(b, i->payload, name, out, found);
	*found = false;
	return STATUS_OK;
}

// object.__getattribute__
Status py_object_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	bool found;
	TRY(instance_find(b, v, name, out, &found));
	return found ? STATUS_OK : no_attribute(b, v, name);
}

static Status call_found(Build *b, IValue fn, IValue v, StrObj *name, IValue *out)
{
	IValue args[2] = {v, str_value(name)}, held = ivalue_ref(fn);
	Status st = py_call(b, held, args, 2, out);
	ivalue_unref(&held);
	return st;
}

static Status instance_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PyClass *cls = PY_AS(PyInstance, v)->cls;
	bool found = true;
	Status st;
	if (cls->slow_getattr)
		st = call_found(b, *class_find(b, cls, TYPES_NAME(b, getattribute)), v, name, out);
	else
		st = instance_find(b, v, name, out, &found);
	if (st == STATUS_OK && found)
		return st;
	IValue *missing = class_find(b, cls, TYPES_NAME(b, getattr));
	bool usable = missing && py_is(*missing, PY_FUNCTION);
	if (st == STATUS_OK)
		return usable ? call_found(b, *missing, v, name, out) : no_attribute(b, v, name);
	if (!usable || !py_exception_matches(b, st, "AttributeError"))
		return st;
	py_discard(b);
	return call_found(b, *missing, v, name, out);
}

// ---- classes

static IValue mro_tuple(Build *b, PyClass *const *list, int n)
{
	IValue *items = xcalloc((size_t)n + 1, sizeof *items);
	for (int i = 0; i < n; i++)
		items[i] = py_value(list[i]);
	IValue t = py_tuple_of(b, items, n);
	free(items);
	return t;
}

static bool class_special(Build *b, PyClass *c, const StrObj *name, IValue *out)
{
	if (name == TYPES_NAME(b, name))
		*out = ivalue_ref(c->name);
	else if (name == TYPES_NAME(b, qualname))
		*out = ivalue_ref(c->qualname);
	else if (name == TYPES_NAME(b, module))
		*out = ivalue_ref(c->module);
	else if (name == TYPES_NAME(b, class))
		*out = ivalue_ref(py_value(c->meta ? c->meta : b->types->type));
	else if (name == TYPES_NAME(b, bases))
		*out = c->bases_tuple.tag == TAG_TUPLE ? ivalue_ref(c->bases_tuple) : mro_tuple(b, c->bases, c->nbases);
	else if (name == TYPES_NAME(b, mro))
		*out = mro_tuple(b, c->mro, c->nmro);
	else if (name == TYPES_NAME(b, dict))
		*out = iv_take_dict(iv_ref_dict(c->ns));
	else
		return false;
	return true;
}

static Status class_getattr(Build *b, PyClass *c, StrObj *name, IValue *out)
{
	if (is_dunder(name)) {
		if (class_special(b, c, name, out))
			return STATUS_OK;
		if (name == TYPES_NAME(b, annotations)) { // its own, never an inherited one
			IValue *own = dict_find(c->ns, str_value(name));
			if (!own) {
				if (c->is_native)
					return py_raise(b, "AttributeError", "type object '%s' has no attribute '__annotations__'", c->name.str->s);
				TRY(dict_set_take(c->ns, ivalue_ref(str_value(name)), py_dict(b), b->x.err));
				class_touch(b, c);
				own = dict_find(c->ns, str_value(name));
			}
			*out = ivalue_ref(*own);
			return STATUS_OK;
		}
		if (name == TYPES_NAME(b, doc)) {
			IValue *own = dict_find(c->ns, str_value(name));
			*out = own ? ivalue_ref(*own) : iv_none();
			return STATUS_OK;
		}
	}
	IValue *attr = class_find(b, c, name);
	if (attr)
		return descriptor_bind(b, *attr, iv_uninit(), c, out);
	PyClass *meta = c->meta ? c->meta : b->types->type;
	attr = class_find(b, meta, name);
	if (attr)
		return descriptor_bind(b, *attr, py_value(c), meta, out);
	return py_raise(b, "AttributeError", "type object '%s' has no attribute '%s'", c->name.str->s, name->s);
}

// ---- super

Status super_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue cls, self;
	if (a->npos == 0) {
		const Frame *f = b->frame;
		if (!f || !f->fn || f->scope->class_cell < 0)
			return py_raise(b, "RuntimeError", "super(): __class__ cell not found");
		cls = f->cells[f->scope->class_cell]->value;
		if (!py_is(cls, PY_CLASS))
			return py_raise(b, "RuntimeError", "super(): empty __class__ cell");
		if (f->fn->params->n == 0)
			return py_raise(b, "RuntimeError", "super(): no arguments");
		int cell = f->scope->param_cells ? f->scope->param_cells[0] : -1;
		self = cell >= 0 ? f->cells[cell]->value : f->slots[0];
		if (f->scope->varargs == 0 && self.tag == TAG_TUPLE && self.tuple->n > 0)
			self = self.tuple->items[0];
	} else {
		cls = a->pos[0];
		self = a->npos > 1 ? a->pos[1] : iv_uninit();
		if (!py_is(cls, PY_CLASS))
			return py_raise(b, "TypeError", "super() argument 1 must be a type, not %s", py_type_name(b, cls));
	}
	if (self.tag == TAG_UNINIT && a->npos == 0)
		return py_raise(b, "RuntimeError", "super(): arg[0] deleted");
	bool fits = self.tag == TAG_UNINIT || py_subclass(py_type(b, self), PY_AS(PyClass, cls)) ||
		(py_is(self, PY_CLASS) && py_subclass(PY_AS(PyClass, self), PY_AS(PyClass, cls)));
	if (!fits)
		return py_raise(b, "TypeError", "super(type, obj): obj must be an instance or subtype of type");
	PySuper *s = py_new(b, PY_SUPER, sizeof *s);
	s->from = PY_AS(PyClass, ivalue_ref(cls));
	s->self = ivalue_ref(self);
	*out = py_value(s);
	return STATUS_OK;
}

static IValue *super_find(Build *b, const PySuper *s, StrObj *name, PyClass **start)
{
	PyClass *c = py_is(s->self, PY_CLASS) && py_subclass(PY_AS(PyClass, s->self), s->from) ? PY_AS(PyClass, s->self) :
		py_type(b, s->self);
	*start = c;
	int i = 0;
	while (i < c->nmro && c->mro[i] != s->from)
		i++;
	for (i++; i < c->nmro; i++) {
		IValue *v = c->mro[i]->ns ? dict_find(c->mro[i]->ns, str_value(name)) : NULL;
		if (v)
			return v;
	}
	return NULL;
}

static Status super_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PySuper *s = PY_AS(PySuper, v);
	PyClass *c;
	IValue *attr = super_find(b, s, name, &c);
	if (attr)
		return descriptor_bind(b, *attr, py_is(s->self, PY_CLASS) && PY_AS(PyClass, s->self) == c ? iv_uninit() : s->self, c,
			out);
	if (name == TYPES_NAME(b, class)) {
		*out = ivalue_ref(py_value(b->types->super));
		return STATUS_OK;
	}
	IValue held = ivalue_ref(s->self);
	if (held.tag == TAG_TENSOR || (py_is(held, PY_INSTANCE) && PY_AS(PyInstance, held)->payload.tag == TAG_TENSOR)) {
		bool found;
		Status st = torch_getattr(b, py_unwrap(held), name, out, &found);
		ivalue_unref(&held);
		if (st != STATUS_OK || found)
			return st;
	}
	ivalue_unref(&held);
	return py_raise(b, "AttributeError", "'super' object has no attribute '%s'", name->s);
}

// ---- functions

// Annotations are evaluated when somebody asks: where the def stands, as far as its names are global.
static Status annotation_value(Build *b, const PyFunction *fn, const Expr *e, IValue *out)
{
	const PyScope *outer = fn->scope->outer;
	if (outer && outer->kind != SCOPE_FUNCTION && outer->kind != SCOPE_GENERATOR && fn->globals->ns) {
		PyScope scope = *outer;
		IValue empty = py_dict(b);
		Frame f = {.b = b, .scope = &scope, .module = fn->globals, .globals = fn->globals->ns,
			.ns = fn->owner && fn->owner->ns ? fn->owner->ns : empty.dict, .result = iv_none()};
		PyCell **cells = xcalloc((size_t)(scope.ncells + scope.nfree) + 1, sizeof *cells);
		PyCell *none = py_new(b, PY_CELL, sizeof *none);
		none->value = iv_uninit();
		for (int i = 0; i < scope.ncells + scope.nfree; i++)
			cells[i] = none;
		f.cells = cells;
		f.back = b->frame;
		b->frame = &f;
		Status st = annotation_eval(&f, e, out);
		b->frame = f.back;
		IValue drop = py_value(none);
		ivalue_unref(&drop);
		free(cells);
		ivalue_unref(&empty);
		return st;
	}
	*out = iv_str(e->at.src->text + e->at.begin, e->at.end - e->at.begin);
	return STATUS_OK;
}

static Status function_annotations(Build *b, const PyFunction *fn, IValue *out)
{
	*out = py_dict(b);
	IValue v;
	Status st = STATUS_OK;
	for (int i = 0; i < fn->params->n && st == STATUS_OK; i++) {
		const Param *p = &fn->params->items[i];
		if (p->type && (st = annotation_value(b, fn, p->type, &v)) == STATUS_OK)
			st = dict_set_take(out->dict, ivalue_ref(str_value(p->place.sym)), v, b->x.err);
	}
	if (st == STATUS_OK && fn->def && fn->def->ret && (st = annotation_value(b, fn, fn->def->ret, &v)) == STATUS_OK)
		st = dict_set_take(out->dict, ivalue_ref(py_name(b, "return")), v, b->x.err);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static IValue function_defaults(Build *b, const PyFunction *fn, bool kwonly)
{
	IValue list = py_list(b, 4), d = kwonly ? py_dict(b) : iv_none();
	for (int i = 0; fn->defaults && i < fn->params->n; i++) {
		if (fn->defaults[i].tag == TAG_UNINIT)
			continue;
		bool kw = fn->params->items[i].kind == PARAM_KWONLY;
		if (kw && kwonly)
			(void)dict_set_take(d.dict, ivalue_ref(str_value(fn->params->items[i].place.sym)), ivalue_ref(fn->defaults[i]),
				b->x.err);
		else if (!kw && !kwonly)
			(void)list_append_take(list.list, ivalue_ref(fn->defaults[i]), b->x.err);
	}
	IValue out = iv_none();
	if (kwonly && d.dict->n)
		out = ivalue_ref(d);
	else if (!kwonly && list.list->n)
		out = py_tuple_of(b, list.list->items, (int)list.list->n);
	ivalue_unref(&list);
	ivalue_unref(&d);
	return out;
}

static Status function_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PyFunction *fn = PY_AS(PyFunction, v);
	IValue *own = fn->attrs ? dict_find(fn->attrs, str_value(name)) : NULL;
	if (own) {
		*out = ivalue_ref(*own);
		return STATUS_OK;
	}
	if (fn->scripted) {
		bool found;
		TRY(script_function_getattr(b, fn, name, out, &found));
		if (found)
			return STATUS_OK;
	}
	if (name == TYPES_NAME(b, name))
		*out = ivalue_ref(fn->name);
	else if (name == TYPES_NAME(b, qualname))
		*out = ivalue_ref(fn->qualname);
	else if (name == TYPES_NAME(b, module)) {
		IValue *m = fn->globals && fn->globals->ns ? dict_find(fn->globals->ns, str_value(TYPES_NAME(b, name))) : NULL;
		*out = m ? ivalue_ref(*m) : iv_none();
	} else if (name == TYPES_NAME(b, doc))
		*out = fn->def && fn->def->doc ? iv_cstr(fn->def->doc) : iv_none();
	else if (name == TYPES_NAME(b, annotations)) {
		TRY(function_annotations(b, fn, out));
		if (!fn->attrs)
			fn->attrs = dict_new(&type_any, &type_any);
		return dict_set_take(fn->attrs, ivalue_ref(str_value(name)), ivalue_ref(*out), b->x.err);
	} else if (name == TYPES_NAME(b, defaults))
		*out = function_defaults(b, fn, false);
	else if (name == TYPES_NAME(b, kwdefaults))
		*out = function_defaults(b, fn, true);
	else if (name == TYPES_NAME(b, globals) && fn->globals->ns)
		*out = iv_take_dict(iv_ref_dict(fn->globals->ns));
	else if (name == TYPES_NAME(b, class))
		*out = ivalue_ref(py_value(b->types->function));
	else if (name == TYPES_NAME(b, dict)) {
		if (!fn->attrs)
			fn->attrs = dict_new(&type_any, &type_any);
		*out = iv_take_dict(iv_ref_dict(fn->attrs));
	} else if (name == TYPES_NAME(b, get) || name == TYPES_NAME(b, call)) {
		*out = ivalue_ref(v);
	} else {
		IValue *attr = class_find(b, b->types->function, name);
		if (!attr)
			return no_attribute(b, v, name);
		return descriptor_bind(b, *attr, v, b->types->function, out);
	}
	return STATUS_OK;
}

static Status native_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PyNative *n = PY_AS(PyNative, v);
	const char *dot = strrchr(n->path, '.');
	if (name == TYPES_NAME(b, name) || name == TYPES_NAME(b, qualname))
		*out = ivalue_ref(py_name(b, dot ? dot + 1 : n->path));
	else if (name == TYPES_NAME(b, module))
		*out = dot ? iv_str(n->path, (size_t)(dot - n->path)) : iv_none();
	else if (name == TYPES_NAME(b, doc))
		*out = iv_none();
	else if (name == TYPES_NAME(b, self))
		*out = n->self.tag == TAG_UNINIT ? iv_none() : ivalue_ref(n->self);
	else if (name == TYPES_NAME(b, class))
		*out = ivalue_ref(py_value(b->types->builtin));
	else if (name == TYPES_NAME(b, call))
		*out = ivalue_ref(v);
	else
		return no_attribute(b, v, name);
	return STATUS_OK;
}

static Status method_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PyMethod *m = PY_AS(PyMethod, v);
	if (name == TYPES_NAME(b, self))
		*out = ivalue_ref(m->self);
	else if (name == TYPES_NAME(b, func))
		*out = ivalue_ref(m->fn);
	else if (name == TYPES_NAME(b, class))
		*out = ivalue_ref(py_value(b->types->method));
	else if (name == TYPES_NAME(b, call))
		*out = ivalue_ref(v);
	else {
		bool found;
		TRY(py_getattr_opt(b, m->fn, name, out, &found));
		if (!found)
			return no_attribute(b, v, name);
	}
	return STATUS_OK;
}

// ---- properties: their parts, and the decorators that make another with one part replaced

static Status property_with(Build *b, const PyArgs *a, int part, IValue *out)
{
	PyProperty *from = PY_AS(PyProperty, a->self), *p = py_new(b, PY_PROPERTY, sizeof *p);
	IValue fn = a->npos ? a->pos[0] : iv_none();
	p->get = ivalue_ref(part == 0 ? fn : from->get);
	p->set = ivalue_ref(part == 1 ? fn : from->set);
	p->del = ivalue_ref(part == 2 ? fn : from->del);
	p->doc = ivalue_ref(from->doc);
	*out = py_value(p);
	return STATUS_OK;
}

static Status property_getter(Build *b, const PyArgs *a, IValue *out) { return property_with(b, a, 0, out); }
static Status property_setter(Build *b, const PyArgs *a, IValue *out) { return property_with(b, a, 1, out); }
static Status property_deleter(Build *b, const PyArgs *a, IValue *out) { return property_with(b, a, 2, out); }

static Status property_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PyProperty *p = PY_AS(PyProperty, v);
	static const struct { const char *name; NativeFn fn; } makers[] = {
		{"getter", property_getter}, {"setter", property_setter}, {"deleter", property_deleter},
	};
	if (name_is(name, "fget"))
		*out = ivalue_ref(p->get);
	else if (name_is(name, "fset"))
		*out = ivalue_ref(p->set);
	else if (name_is(name, "fdel"))
		*out = ivalue_ref(p->del);
	else if (name == TYPES_NAME(b, doc)) {
		if (p->doc.tag == TAG_NONE && p->get.tag == TAG_HOST)
			return py_getattr(b, p->get, name, out);
		*out = ivalue_ref(p->doc);
	} else if (name == TYPES_NAME(b, class))
		*out = ivalue_ref(py_value(b->types->property));
	else {
		for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
			if (name_is(name, makers[i].name)) {
				*out = py_native(b, "builtins.property", makers[i].fn, NULL);
				PY_AS(PyNative, *out)->self = ivalue_ref(v);
				PY_AS(PyNative, *out)->is_method = true;
				return STATUS_OK;
			}
		return no_attribute(b, v, name);
	}
	return STATUS_OK;
}

// ---- all values

// Attributes of values whose class is native: methods and properties of its namespace.
static Status typed_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	PyClass *c = py_type(b, v);
	if (common_getattr(b, v, name, out))
		return STATUS_OK;
	if (v.tag == TAG_TUPLE && v.tuple->type && v.tuple->type->fields) // a named tuple of an operator or of a script
		for (int i = 0; i < v.tuple->type->n; i++)
			if (!strcmp(v.tuple->type->fields[i], name->s)) {
				*out = ivalue_ref(v.tuple->items[i]);
				return STATUS_OK;
			}
	IValue *attr = class_find(b, c, name);
	if (attr)
		return descriptor_bind(b, *attr, v, c, out);
	if (name == TYPES_NAME(b, doc)) {
		*out = iv_none();
		return STATUS_OK;
	}
	return no_attribute(b, v, name);
}

static Status host_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	switch (py_obj(v)->kind) {
	case PY_INSTANCE:
		if (!PY_AS(PyInstance, v)->cls)
			return fail(b->x.err, STATUS_CANCELLED, "the program has ended");
		return instance_getattr(b, v, name, out);
	case PY_CLASS:
		if (!PY_AS(PyClass, v)->ns)
			return fail(b->x.err, STATUS_CANCELLED, "the program has ended");
		return class_getattr(b, PY_AS(PyClass, v), name, out);
	case PY_MODULE:
		return module_getattr(b, PY_AS(PyModule, v), name, out);
	case PY_SUPER:
		return super_getattr(b, v, name, out);
	case PY_FUNCTION:
		return function_getattr(b, v, name, out);
	case PY_NATIVE:
		return native_getattr(b, v, name, out);
	case PY_METHOD:
		return method_getattr(b, v, name, out);
	case PY_PROPERTY:
		return property_getattr(b, v, name, out);
	case PY_STATICMETHOD: case PY_CLASSMETHOD:
		if (name == TYPES_NAME(b, func) || name == TYPES_NAME(b, wrapped)) {
			*out = ivalue_ref(PY_AS(PyWrapped, v)->fn);
			return STATUS_OK;
		}
		if (name != TYPES_NAME(b, class))
			return py_getattr(b, PY_AS(PyWrapped, v)->fn, name, out);
		return typed_getattr(b, v, name, out);
	default:
		return typed_getattr(b, v, name, out);
	}
}

Status py_getattr(Build *b, IValue v, StrObj *name, IValue *out)
{
	bool found;
	*out = iv_none();
	switch (v.tag) {
	case TAG_HOST:
		return host_getattr(b, v, name, out);
	case TAG_TENSOR:
		TRY(torch_getattr(b, v, name, out, &found));
		return found ? STATUS_OK : typed_getattr(b, v, name, out);
	case TAG_OBJECT:
		TRY(script_getattr(b, v, name, out, &found));
		return found ? STATUS_OK : typed_getattr(b, v, name, out);
	default:
		return typed_getattr(b, v, name, out);
	}
}

Status py_getattr_opt(Build *b, IValue v, StrObj *name, IValue *out, bool *found)
{
	*found = true;
	Status st = py_getattr(b, v, name, out);
	if (st != STATUS_OK && py_exception_matches(b, st, "AttributeError")) {
		py_discard(b);
		*found = false;
		*out = iv_none();
		return STATUS_OK;
	}
	return st;
}

Status method_load(Build *b, IValue v, StrObj *name, IValue *fn, bool *bound)
{
	*bound = false;
	PyClass *c = NULL;
	if (v.tag == TAG_HOST) {
		PyKind k = py_obj(v)->kind;
		if (k == PY_INSTANCE) {
			PyInstance *i = PY_AS(PyInstance, v);
			c = i->cls;
			if (!c || c->slow_getattr || (i->attrs && dict_find(i->attrs, str_value(name))))
				c = NULL;
		} else if (k >= PY_SET && k != PY_SYMBOL && k != PY_TYPEFORM) {
			c = py_type(b, v);
		}
	} else if (v.tag != TAG_TENSOR && v.tag != TAG_OBJECT) {
		c = py_type(b, v);
	}
	IValue *attr = c ? class_find(b, c, name) : NULL;
	if (attr && attr->tag == TAG_HOST) {
		PyKind k = py_obj(*attr)->kind;
		if (k == PY_FUNCTION || (k == PY_NATIVE && PY_AS(PyNative, *attr)->is_method &&
			PY_AS(PyNative, *attr)->self.tag == TAG_UNINIT)) {
			*fn = ivalue_ref(*attr);
			*bound = true;
			return STATUS_OK;
		}
	}
	return py_getattr(b, v, name, fn);
}

// ---- setting

static Status property_set(Build *b, IValue property, IValue v, const StrObj *name, IValue value, bool delete)
{
	PyProperty *p = PY_AS(PyProperty, property);
	IValue fn = ivalue_ref(delete ? p->del : p->set), args[2] = {v, value}, out;
	bool field = py_is(v, PY_INSTANCE) && PY_AS(PyInstance, v)->payload.tag == TAG_TUPLE && py_is(p->get, PY_NATIVE);
	if (fn.tag == TAG_NONE && field) // of a named tuple
		return py_raise(b, "AttributeError", "can't %s attribute", delete ? "delete" : "set");
	if (fn.tag == TAG_NONE)
		return py_raise(b, "AttributeError", "property '%s' of '%s' object has no %s", name->s, py_type_name(b, v),
			delete ? "deleter" : "setter");
	Status st = py_call(b, fn, args, delete ? 1 : 2, &out);
	ivalue_unref(&fn);
	if (st == STATUS_OK)
		ivalue_unref(&out);
	return st;
}

static Status special_set(Build *b, IValue v, StrObj *name, IValue value, bool *done)
{
	PyInstance *i = PY_AS(PyInstance, v);
	*done = true;
	if (name == TYPES_NAME(b, dict)) {
		if (value.tag != TAG_DICT)
			return py_raise(b, "TypeError", "__dict__ must be set to a dictionary, not a '%s'", py_type_name(b, value));
		IValue old = i->attrs ? iv_take_dict(i->attrs) : iv_none();
		i->attrs = iv_ref_dict(value.dict);
		ivalue_unref(&old);
		return STATUS_OK;
	}
	if (name == TYPES_NAME(b, class)) {
		if (!py_is(value, PY_CLASS) || PY_AS(PyClass, value)->payload != i->cls->payload)
			return py_raise(b, "TypeError", "__class__ assignment only supported for types of the same layout");
		IValue old = py_value(i->cls);
		i->cls = PY_AS(PyClass, ivalue_ref(value));
		ivalue_unref(&old);
		return STATUS_OK;
	}
	*done = false;
	return STATUS_OK;
}

// object.__setattr__
Status py_object_setattr(Build *b, IValue v, StrObj *name, IValue value)
{
	PyInstance *i = PY_AS(PyInstance, v);
	IValue *attr = class_find(b, i->cls, name);
	if (attr && attr->tag == TAG_HOST) {
		if (py_is(*attr, PY_PROPERTY))
			return property_set(b, *attr, v, name, value, false);
		if (py_is(*attr, PY_INSTANCE) && is_data_descriptor(b, *attr)) {
			IValue args[2] = {v, value}, out, held = ivalue_ref(*attr);
			Status st = py_call_method(b, held, "__set__", args, 2, &out);
			ivalue_unref(&held);
			if (st == STATUS_OK)
				ivalue_unref(&out);
			return st;
		}
	}
	if (is_dunder(name)) {
		bool done;
		Status st = special_set(b, v, name, value, &done);
		if (st != STATUS_OK || done)
			return st;
	}
	return dict_set_take(attrs_of(i), ivalue_ref(str_value(name)), ivalue_ref(value), b->x.err);
}

Status py_object_delattr(Build *b, IValue v, StrObj *name)
{
	PyInstance *i = PY_AS(PyInstance, v);
	IValue *attr = class_find(b, i->cls, name);
	if (attr && py_is(*attr, PY_PROPERTY))
		return property_set(b, *attr, v, name, iv_none(), true);
	if (!i->attrs || !dict_delete(i->attrs, str_value(name)))
		return no_attribute(b, v, name);
	return STATUS_OK;
}

static void class_update_flags(Build *b, PyClass *c, const StrObj *name, IValue value)
{
	if (name == TYPES_NAME(b, getattribute) && py_is(value, PY_FUNCTION))
		c->slow_getattr = true;
}

static Status class_setattr(Build *b, PyClass *c, StrObj *name, IValue value)
{
	if (c->is_native)
		return py_raise(b, "TypeError", "cannot set '%s' attribute of immutable type '%s'", name->s, c->qualname.str->s);
	if (is_dunder(name) && value.tag == TAG_STR) {
		IValue *field = name == TYPES_NAME(b, name) ? &c->name : name == TYPES_NAME(b, qualname) ? &c->qualname :
			name == TYPES_NAME(b, module) ? &c->module : NULL;
		if (field) {
			ivalue_set(field, ivalue_ref(value));
			return STATUS_OK;
		}
	}
	if (name == TYPES_NAME(b, bases))
		return class_rebase(b, c, value);
	class_update_flags(b, c, name, value);
	IValue *slot = dict_find(c->ns, str_value(name));
	if (slot) {
		ivalue_set(slot, ivalue_ref(value));
		return STATUS_OK;
	}
	class_touch(b, c);
	return dict_set_take(c->ns, ivalue_ref(str_value(name)), ivalue_ref(value), b->x.err);
}

// f.__defaults__ = value: for the last of the positional parameters.  More than those stay what the attribute says: a
// function that takes *args may read it.
static Status function_set_defaults(Build *b, PyFunction *fn, StrObj *name, IValue value)
{
	if (value.tag != TAG_NONE && value.tag != TAG_TUPLE)
		return py_raise(b, "TypeError", "__defaults__ must be set to a tuple object");
	const ParamList *l = fn->params;
	int64_t given = value.tag == TAG_TUPLE ? value.tuple->n : 0;
	int n = 0, k = 0;
	for (int i = 0; i < l->n; i++)
		n += l->items[i].kind == PARAM_PLAIN || l->items[i].kind == PARAM_POSONLY;
	if (!fn->defaults) {
		fn->defaults = xcalloc((size_t)l->n + 1, sizeof *fn->defaults);
		for (int i = 0; i < l->n; i++)
			fn->defaults[i] = iv_uninit();
	}
	for (int i = 0; i < l->n && given <= n; i++)
		if (l->items[i].kind == PARAM_PLAIN || l->items[i].kind == PARAM_POSONLY) {
			int64_t at = k++ - (n - given);
			ivalue_set(&fn->defaults[i], at >= 0 ? ivalue_ref(value.tuple->items[at]) : iv_uninit());
		}
	if (!fn->attrs)
		fn->attrs = dict_new(&type_any, &type_any);
	return dict_set_take(fn->attrs, ivalue_ref(str_value(name)), ivalue_ref(value), b->x.err);
}

static Status function_setattr(Build *b, PyFunction *fn, StrObj *name, IValue value)
{
	if (name == TYPES_NAME(b, defaults))
		return function_set_defaults(b, fn, name, value);
	if (is_dunder(name)) {
		IValue *field = name == TYPES_NAME(b, name) ? &fn->name : name == TYPES_NAME(b, qualname) ? &fn->qualname : NULL;
		if (field) {
			if (value.tag != TAG_STR)
				return py_raise(b, "TypeError", "%s must be set to a string object", name->s);
			ivalue_set(field, ivalue_ref(value));
			return STATUS_OK;
		}
		if (name == TYPES_NAME(b, dict) && value.tag == TAG_DICT) {
			IValue old = fn->attrs ? iv_take_dict(fn->attrs) : iv_none();
			fn->attrs = iv_ref_dict(value.dict);
			ivalue_unref(&old);
			return STATUS_OK;
		}
	}
	if (!fn->attrs)
		fn->attrs = dict_new(&type_any, &type_any);
	return dict_set_take(fn->attrs, ivalue_ref(str_value(name)), ivalue_ref(value), b->x.err);
}

static Status overridden(Build *b, IValue fn, const IValue *args, int n)
{
	IValue out, held = ivalue_ref(fn);
	Status st = py_call(b, held, args, n, &out);
	ivalue_unref(&held);
	if (st == STATUS_OK)
		ivalue_unref(&out);
	return st;
}

// A function of Python code, or a native one put there by name ("__setattr__ = dict.__setitem__").
static bool is_overridden(Build *b, IValue slot, StrObj *name)
{
	const IValue *base = dict_find(b->types->object->ns, str_value(name));
	return py_is(slot, PY_FUNCTION) || (py_is(slot, PY_NATIVE) && base && base->host != slot.host);
}

Status py_setattr(Build *b, IValue v, StrObj *name, IValue value)
{
	if (v.tag == TAG_TENSOR)
		return torch_setattr(b, v, name, value);
	if (v.tag == TAG_OBJECT)
		return script_setattr(b, v, name, value);
	if (v.tag != TAG_HOST)
		return no_attribute(b, v, name);
	switch (py_obj(v)->kind) {
	case PY_INSTANCE: {
		IValue *over = class_find(b, PY_AS(PyInstance, v)->cls, TYPES_NAME(b, setattr));
		if (over && is_overridden(b, *over, TYPES_NAME(b, setattr))) {
			IValue args[3] = {v, str_value(name), value};
			return overridden(b, *over, args, 3);
		}
		return py_object_setattr(b, v, name, value);
	}
	case PY_CLASS:
		return class_setattr(b, PY_AS(PyClass, v), name, value);
	case PY_MODULE:
		if (PY_AS(PyModule, v)->is_absent)
			return absent_used(b, PY_AS(PyModule, v));
		return dict_set_take(PY_AS(PyModule, v)->ns, ivalue_ref(str_value(name)), ivalue_ref(value), b->x.err);
	case PY_FUNCTION:
		return function_setattr(b, PY_AS(PyFunction, v), name, value);
	case PY_STATICMETHOD: case PY_CLASSMETHOD:
		return py_setattr(b, PY_AS(PyWrapped, v)->fn, name, value);
	case PY_SUPER: {
		PyClass *c;
		IValue *attr = super_find(b, PY_AS(PySuper, v), name, &c);
		if (attr && py_is(*attr, PY_PROPERTY))
			return property_set(b, *attr, PY_AS(PySuper, v)->self, name, value, false);
		return no_attribute(b, v, name);
	}
	default:
		return no_attribute(b, v, name);
	}
}

Status py_delattr(Build *b, IValue v, StrObj *name)
{
	if (v.tag == TAG_TENSOR)
		return torch_delattr(b, v, name);
	if (v.tag != TAG_HOST)
		return no_attribute(b, v, name);
	switch (py_obj(v)->kind) {
	case PY_INSTANCE: {
		IValue *over = class_find(b, PY_AS(PyInstance, v)->cls, TYPES_NAME(b, delattr));
		if (over && is_overridden(b, *over, TYPES_NAME(b, delattr))) {
			IValue args[2] = {v, str_value(name)};
			return overridden(b, *over, args, 2);
		}
		return py_object_delattr(b, v, name);
	}
	case PY_CLASS:
		if (PY_AS(PyClass, v)->is_native || !dict_delete(PY_AS(PyClass, v)->ns, str_value(name)))
			return py_raise(b, "AttributeError", "type object '%s' has no attribute '%s'", PY_AS(PyClass, v)->name.str->s,
				name->s);
		class_touch(b, PY_AS(PyClass, v));
		return STATUS_OK;
	case PY_MODULE:
		if (!dict_delete(PY_AS(PyModule, v)->ns, str_value(name)))
			return py_raise(b, "AttributeError", "module '%s' has no attribute '%s'", PY_AS(PyModule, v)->name.str->s, name->s);
		return STATUS_OK;
	case PY_FUNCTION:
		if (!PY_AS(PyFunction, v)->attrs || !dict_delete(PY_AS(PyFunction, v)->attrs, str_value(name)))
			return no_attribute(b, v, name);
		return STATUS_OK;
	default:
		return no_attribute(b, v, name);
	}
}
