// SPDX-License-Identifier: BSD-3-Clause
// A frozen model as one that can be saved: a class of its own, with the frozen methods and what they still read of self.
#include "format/model_save.h"

#include <stdlib.h>
#include <string.h>

// What the method reads and sets of self; anything else that it does with self would need the class it came from.
static Status collect_attributes(const Function *f, Map *names, Error *err)
{
	const Value *self = f->graph->block->inputs[0];
	for (int i = 0; i < self->nuses; i++) {
		const Node *n = self->uses[i].user;
		if ((n->kind != NODE_GETATTR && n->kind != NODE_SETATTR) || self->uses[i].index)
			return fail(err, STATUS_UNSUPPORTED, "%s passes self on, so the frozen model has no archive", f->name);
		map_set(names, n->attr.name, names);
	}
	return STATUS_OK;
}

static const char *free_class_name(Unit *u, const char *old)
{
	const char *dot = strrchr(old, '.'), *name = old;
	for (int i = 0; type_find_nominal(u->pool, name); i++)
		name = dot ? arena_printf(&u->arena, "%.*s.___torch_mangle_%d%s", (int)(dot - old), old, i, dot)
			: arena_printf(&u->arena, "___torch_mangle_%d.%s", i, old);
	return name;
}

static void add_method(Unit *u, const Type *cls, const Function *f)
{
	Function *m = unit_add_function(u, arena_printf(&u->arena, "%s.%s", cls->name, f->short_name), cls);
	m->schema = arena_dup(&u->arena, f->schema, sizeof *f->schema);
	m->schema->args = arena_dup(&u->arena, f->schema->args, sizeof *f->schema->args * (size_t)f->schema->nargs);
	for (int i = 0; i < m->schema->nargs; i++)
		ivalue_ref(m->schema->args[i].def);
	m->schema->args[0].type = cls;
	m->graph = graph_copy(f->graph);
	m->graph->block->inputs[0]->type = cls;
	m->at = f->at;
	m->state = 2;
	class_add_method(cls, f->short_name, m);
}

Status frozen_class(const Model *m, Function *const *methods, int n, const Type **out, Error *err)
{
	const ClassType *old = m->root.object->type->cls;
	Map names = {0};
	Status s = STATUS_OK;
	for (int i = 0; i < n && s == STATUS_OK; i++)
		s = collect_attributes(methods[i], &names, err);
	if (s == STATUS_OK) {
		const Type *t = type_class(m->unit->pool, free_class_name(m->unit, old->name));
		t->cls->is_module = t->cls->complete = true;
		for (int i = 0; i < old->nattrs; i++)
			if (map_has(&names, old->attrs[i].name))
				class_add_attr(t, old->attrs[i]);
		for (int i = 0; i < n; i++)
			add_method(m->unit, t, methods[i]);
		*out = t;
	}
	map_free(&names);
	return s;
}

Model *frozen_model(const Model *m, const Type *cls)
{
	Object *o = object_new(cls);
	const Object *old = m->root.object;
	for (int i = 0; i < o->nslots; i++)
		o->slots[i] = ivalue_ref(old->slots[class_find_attr(old->type->cls, cls->cls->attrs[i].name)]);
	return model_new(m->unit, iv_take_object(o), m->name);
}
