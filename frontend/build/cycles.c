// SPDX-License-Identifier: BSD-3-Clause
// Lists and dicts that hold themselves, when a Build ends.
//
// Objects come apart because the Build knows them all; plain containers are known to nobody.  So those that the objects
// lead to are collected before the objects are emptied.  Afterwards each one's references are compared with those that
// come from the collected ones: what nothing outside leads to is emptied, and the rest (results that were handed out)
// stays as it is.
#include "frontend/build/frame.h"

#include <stdlib.h>
#include <string.h>

struct Cycles {
	IValue *items;      // lists, dicts and tuples, held
	int n, cap;
	Map known;          // pointer → index + 1
	int *inside;        // references from other items
	bool *kept;
};

static int known(const Cycles *c, IValue v)
{
	const void *p = v.obj;
	return (int)(intptr_t)map_getn(&c->known, (const char *)&p, sizeof p) - 1;
}

static void found(Cycles *c, IValue v)
{
	if (v.tag != TAG_LIST && v.tag != TAG_DICT && v.tag != TAG_TUPLE)
		return;
	if (known(c, v) >= 0)
		return;
	const void *p = v.obj;
	map_setn(&c->known, (const char *)&p, sizeof p, (void *)(intptr_t)(c->n + 1));
	VEC_PUSH(c->items, c->n, c->cap, ivalue_ref(v));
}

typedef void Visit(Cycles *c, IValue v);

static void each_of_dict(Cycles *c, const DictObj *d, Visit *visit)
{
	int64_t pos = 0;
	for (DictEntry *e; d && (e = dict_next(d, &pos));) {
		visit(c, e->key);
		visit(c, e->value);
	}
}

static void each_child(Cycles *c, IValue v, Visit *visit)
{
	if (v.tag == TAG_DICT)
		each_of_dict(c, v.dict, visit);
	for (int64_t i = 0; v.tag == TAG_LIST && i < v.list->n; i++)
		visit(c, v.list->items[i]);
	for (int64_t i = 0; v.tag == TAG_TUPLE && i < v.tuple->n; i++)
		visit(c, v.tuple->items[i]);
}

static void each_of_object(Cycles *c, PyObj *o)
{
	switch (o->kind) {
	case PY_MODULE: each_of_dict(c, ((PyModule *)o)->ns, found); break;
	case PY_CLASS: each_of_dict(c, ((PyClass *)o)->ns, found); break;
	case PY_CELL: found(c, ((PyCell *)o)->value); break;
	case PY_SET: case PY_FROZENSET: each_of_dict(c, ((PySet *)o)->items, found); break;
	case PY_METHOD: found(c, ((PyMethod *)o)->self); break;
	case PY_NATIVE: found(c, ((PyNative *)o)->self); break;
	case PY_VIEW: found(c, ((PyView *)o)->dict); break;
	case PY_INSTANCE:
		each_of_dict(c, ((PyInstance *)o)->attrs, found);
		found(c, ((PyInstance *)o)->payload);
		break;
	case PY_ITER: case PY_GENERATOR:
		found(c, ((PyIter *)o)->over);
		found(c, ((PyIter *)o)->over2);
		break;
	case PY_FUNCTION: {
		const PyFunction *fn = (PyFunction *)o;
		each_of_dict(c, fn->attrs, found);
		for (int i = 0; fn->defaults && i < fn->params->n; i++)
			found(c, fn->defaults[i]);
		break;
	}
	default:
		break;
	}
}

Cycles *cycles_collect(Build *b)
{
	Cycles *c = xcalloc(1, sizeof *c);
	for (PyObj *o = b->objects.next; o != &b->objects; o = o->next)
		each_of_object(c, o);
	for (int i = 0; i < c->n; i++) // grows as it goes
		each_child(c, c->items[i], found);
	return c;
}

static void count(Cycles *c, IValue v)
{
	int i = ivalue_counted(v) ? known(c, v) : -1;
	if (i >= 0)
		c->inside[i]++;
}

void cycles_break(Cycles *c)
{
	int *queue = xcalloc((size_t)c->n + 1, sizeof *queue), nqueue = 0;
	c->inside = xcalloc((size_t)c->n + 1, sizeof *c->inside);
	c->kept = xcalloc((size_t)c->n + 1, sizeof *c->kept);
	for (int i = 0; i < c->n; i++)
		each_child(c, c->items[i], count);
	for (int i = 0; i < c->n; i++)
		if (c->items[i].obj->refs > 1 + (uint32_t)c->inside[i]) { // somebody outside has it
			c->kept[i] = true;
			queue[nqueue++] = i;
		}
	for (int k = 0; k < nqueue; k++) { // and all that it leads to
		IValue v = c->items[queue[k]];
		int64_t n = v.tag == TAG_LIST ? v.list->n : v.tag == TAG_TUPLE ? v.tuple->n : v.dict->used;
		for (int64_t i = 0; i < n; i++) {
			if (v.tag == TAG_DICT && !v.dict->entries[i].live)
				continue;
			IValue child = v.tag == TAG_LIST ? v.list->items[i] : v.tag == TAG_TUPLE ? v.tuple->items[i] :
				v.dict->entries[i].value;
			int at = ivalue_counted(child) ? known(c, child) : -1;
			if (at >= 0 && !c->kept[at]) {
				c->kept[at] = true;
				queue[nqueue++] = at;
			}
		}
	}
	for (int i = 0; i < c->n; i++) {
		if (c->kept[i])
			continue;
		if (c->items[i].tag == TAG_DICT) {
			dict_clear(c->items[i].dict);
		} else if (c->items[i].tag == TAG_LIST) {
			ListObj *l = c->items[i].list;
			IValue *items = l->items;
			int64_t n = l->n;
			l->items = NULL;
			l->n = l->cap = 0;
			for (int64_t k = 0; k < n; k++)
				ivalue_unref(&items[k]);
			free(items);
		}
	}
	for (int i = 0; i < c->n; i++)
		ivalue_unref(&c->items[i]);
	free(queue);
	free(c->inside);
	free(c->kept);
	free(c->items);
	map_free(&c->known);
	free(c);
}
