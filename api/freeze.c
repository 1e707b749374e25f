// SPDX-License-Identifier: BSD-3-Clause
// wick_model_freeze: the root's methods again, as functions with the weights in them.
#include "api/handles.h"

#include "interp/interp.h"
#include "ir/passes.h"

static Status freeze_method(wick_model *m, Function *f, Error *err)
{
	Text name = {0};
	TRY(function_ensure(f, err));
	Graph *g = graph_copy(f->graph);
	Status s = freeze_module(g, m->model->root, err);
	if (s == STATUS_OK)
		s = fold_constants(g, interp_evaluate_node, err);
	if (s == STATUS_OK)
		s = fold_batch_norm(g, err);
	if (s != STATUS_OK) {
		graph_free(&g);
		return s;
	}
	text_addf(&name, "%s.frozen", f->name);
	Function *frozen = unit_add_function(m->model->unit, text_str(&name), f->self);
	text_free(&name);
	frozen->short_name = f->short_name;
	frozen->schema = f->schema;
	frozen->graph = g;
	frozen->at = f->at;
	frozen->state = 2;
	map_set(&m->frozen, f->short_name, frozen);
	return STATUS_OK;
}

wick_status wick_model_freeze(wick_context *cx, wick_model *model)
{
	Call c;
	call_begin(&c, cx);
	Status s = STATUS_OK;
	for (int i = 0; i < model->nmodules && s == STATUS_OK; i++) {
		Object *o = model->modules[i].object;
		int slot = class_find_attr(o->type->cls, "training");
		if (slot >= 0 && o->slots[slot].tag == TAG_BOOL && o->slots[slot].i)
			s = fail(&cx->err, STATUS_ARGUMENT, "Freezing is implemented for modules in eval mode only; '%s' is training: call eval() first",
				model->modules[i].path);
	}
	const ClassType *cls = model->model->root.object->type->cls;
	for (int i = 0; i < cls->nmethods && s == STATUS_OK; i++)
		if (!map_has(&model->frozen, class_method_name(cls, i)))
			s = freeze_method(model, cls->methods[i], &cx->err);
	return call_end(&c, s);
}
