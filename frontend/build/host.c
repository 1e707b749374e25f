// SPDX-License-Identifier: BSD-3-Clause
// Life of the build stage's objects, as core sees them: release, hash, equality and a short text.
//
// Releasing never nests deeply: what dies while something is being released waits on a list, so that a chain of a
// million objects is freed with a flat stack.
#include "frontend/build/frame.h"

#include <stdlib.h>
#include <string.h>

static void values_unref(IValue *v, int n)
{
	for (int i = 0; i < n; i++)
		ivalue_unref(&v[i]);
	free(v);
}

static void dict_drop(DictObj **d)
{
	if (*d) {
		IValue v = iv_take_dict(*d);
		*d = NULL;
		ivalue_unref(&v);
	}
}

// Drops what o holds, so that cycles come apart; o itself stays.  May be called twice.
void py_empty(PyObj *o)
{
	switch (o->kind) {
	case PY_FUNCTION: {
		PyFunction *f = (PyFunction *)o;
		IValue *cells = f->cells, *defaults = f->defaults;
		f->cells = f->defaults = NULL;
		if (cells)
			values_unref(cells, f->ncells);
		if (defaults)
			values_unref(defaults, f->params->n);
		ivalue_unref(&f->name);
		ivalue_unref(&f->qualname);
		dict_drop(&f->attrs);
		if (f->scripted_unit)
			unit_unref(&f->scripted_unit);
		break;
	}
	case PY_NATIVE:
		ivalue_unref(&((PyNative *)o)->self);
		break;
	case PY_METHOD:
		ivalue_unref(&((PyMethod *)o)->fn);
		ivalue_unref(&((PyMethod *)o)->self);
		break;
	case PY_CLASS: {
		PyClass *c = (PyClass *)o;
		IValue *cells = c->cells;
		c->cells = NULL;
		if (cells)
			values_unref(cells, c->ncells);
		dict_drop(&c->ns);
		ivalue_unref(&c->name);
		ivalue_unref(&c->qualname);
		ivalue_unref(&c->module);
		ivalue_unref(&c->bases_tuple);
		IValue meta = c->meta ? py_value(c->meta) : iv_none();
		c->meta = NULL;
		ivalue_unref(&meta);
		free(c->bases);
		free(c->mro);
		c->bases = c->mro = NULL;
		c->nbases = c->nmro = 0;
		o->b->class_version++;
		if (c->script_unit)
			unit_unref(&c->script_unit);
		break;
	}
	case PY_INSTANCE: {
		PyInstance *i = (PyInstance *)o;
		dict_drop(&i->attrs);
		ivalue_unref(&i->payload);
		PyClass *c = i->cls;
		i->cls = NULL;
		if (c) {
			IValue v = py_value(c);
			ivalue_unref(&v);
		}
		break;
	}
	case PY_MODULE: {
		PyModule *m = (PyModule *)o;
		dict_drop(&m->ns);
		ivalue_unref(&m->name);
		ivalue_unref(&m->file);
		break;
	}
	case PY_CELL:
		ivalue_unref(&((PyCell *)o)->value);
		break;
	case PY_PROPERTY: {
		PyProperty *p = (PyProperty *)o;
		ivalue_unref(&p->get);
		ivalue_unref(&p->set);
		ivalue_unref(&p->del);
		ivalue_unref(&p->doc);
		break;
	}
	case PY_STATICMETHOD: case PY_CLASSMETHOD:
		ivalue_unref(&((PyWrapped *)o)->fn);
		break;
	case PY_SUPER: {
		PySuper *s = (PySuper *)o;
		ivalue_unref(&s->self);
		PyClass *c = s->from;
		s->from = NULL;
		if (c) {
			IValue v = py_value(c);
			ivalue_unref(&v);
		}
		break;
	}
	case PY_SET: case PY_FROZENSET:
		dict_drop(&((PySet *)o)->items);
		break;
	case PY_BYTES:
		free(((PyBytes *)o)->s);
		((PyBytes *)o)->s = NULL;
		((PyBytes *)o)->n = 0;
		break;
	case PY_SLICE: {
		PySlice *s = (PySlice *)o;
		ivalue_unref(&s->start);
		ivalue_unref(&s->stop);
		ivalue_unref(&s->step);
		break;
	}
	case PY_ITER: case PY_GENERATOR: {
		PyIter *it = (PyIter *)o;
		void (*release)(PyIter *) = it->release;
		it->release = NULL;
		if (release)
			release(it);
		ivalue_unref(&it->over);
		ivalue_unref(&it->over2);
		break;
	}
	case PY_VIEW:
		ivalue_unref(&((PyView *)o)->dict);
		break;
	case PY_TYPEFORM:
		ivalue_unref(&((PyTypeForm *)o)->args);
		break;
	case PY_RANGE: case PY_SYMBOL: case PY_ELLIPSIS: case PY_NOTIMPLEMENTED:
		break;
	}
}

static void free_object(PyObj *o)
{
	o->prev->next = o->next;
	o->next->prev = o->prev;
	o->h.h.refs = 1; // emptying may take and drop references to it
	py_empty(o);
	free(o);
}

void py_release(HostObj *h)
{
	PyObj *o = (PyObj *)h;
	Build *b = o->b;
	if (b->releasing >= 20) { // waits; the ring keeps its place, the reference field links it
		o->h.h.refs = 0;
		VEC_PUSH(b->dead, b->ndead, b->cap_dead, o);
		return;
	}
	b->releasing++;
	free_object(o);
	b->releasing--;
	while (b->releasing == 0 && b->ndead > 0) {
		b->releasing++;
		free_object(b->dead[--b->ndead]);
		b->releasing--;
	}
}

static bool hashed_by_value(PyKind k)
{
	return k == PY_INSTANCE || k == PY_FROZENSET || k == PY_RANGE || k == PY_BYTES || k == PY_TYPEFORM;
}

static uint64_t host_hash(const HostObj *h)
{
	PyObj *o = (PyObj *)h;
	uint64_t hash = 0;
	IValue v = py_value(o);
	if (hashed_by_value(o->kind) && !o->b->closing) {
		if (py_hash(o->b, v, &hash) == STATUS_OK)
			return hash;
		py_discard(o->b);
	}
	if (o->kind == PY_METHOD) {
		const void *part = ((const PyMethod *)o)->fn.host;
		return hash_bytes(&part, sizeof part);
	}
	return hash_bytes(&h, sizeof h);
}

static bool host_equal(const HostObj *a, const HostObj *c)
{
	PyObj *o = (PyObj *)a;
	if (a == c || o->b->closing)
		return a == c;
	if (o->kind == PY_METHOD) {
		const PyMethod *m = (const PyMethod *)a, *n = (const PyMethod *)c;
		return m->fn.host == n->fn.host && m->self.tag == n->self.tag && m->self.i == n->self.i;
	}
	if (!hashed_by_value(o->kind))
		return false;
	bool equal = false;
	IValue l = py_value(o), r = py_value((PyObj *)c);
	if (py_equal(o->b, l, r, &equal) == STATUS_OK)
		return equal;
	py_discard(o->b);
	return false;
}

static void host_print(Text *out, const HostObj *h, bool repr)
{
	PyObj *o = (PyObj *)h;
	switch (o->kind) {
	case PY_CLASS:
		text_addf(out, "<class '%s'>", ((PyClass *)o)->qualname.tag == TAG_STR ? ((PyClass *)o)->qualname.str->s : "?");
		return;
	case PY_FUNCTION:
		text_addf(out, "<function %s at %p>", ((PyFunction *)o)->qualname.str->s, (void *)o);
		return;
	case PY_SYMBOL:
		text_add(out, ((PySymbol *)o)->path);
		return;
	default:
		break;
	}
	Status st = o->b->closing ? STATUS_INTERNAL : (repr ? py_repr : py_str)(o->b, py_value(o), out);
	if (st != STATUS_OK) {
		if (!o->b->closing)
			py_discard(o->b);
		text_addf(out, "<%s object at %p>", h->kind->name, (void *)o);
	}
}

#define KIND(k, n) [k] = {.name = n, .release = py_release, .hash = host_hash, .equal = host_equal, .print = host_print}
const HostKind host_kinds[] = {
	KIND(PY_FUNCTION, "function"), KIND(PY_NATIVE, "builtin_function_or_method"), KIND(PY_METHOD, "method"),
	KIND(PY_CLASS, "type"), KIND(PY_INSTANCE, "object"), KIND(PY_MODULE, "module"), KIND(PY_CELL, "cell"),
	KIND(PY_PROPERTY, "property"), KIND(PY_STATICMETHOD, "staticmethod"), KIND(PY_CLASSMETHOD, "classmethod"),
	KIND(PY_SUPER, "super"), KIND(PY_SET, "set"), KIND(PY_FROZENSET, "frozenset"), KIND(PY_BYTES, "bytes"),
	KIND(PY_RANGE, "range"), KIND(PY_SLICE, "slice"), KIND(PY_ITER, "iterator"), KIND(PY_GENERATOR, "generator"),
	KIND(PY_SYMBOL, "symbol"), KIND(PY_ELLIPSIS, "ellipsis"), KIND(PY_NOTIMPLEMENTED, "NotImplementedType"),
	KIND(PY_TYPEFORM, "type form"), KIND(PY_VIEW, "view"),
};
