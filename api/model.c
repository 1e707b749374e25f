// SPDX-License-Identifier: BSD-3-Clause
// Models as hosts see them: loading, and what is inside.
#include "api/handles.h"

#include "core/arena.h"
#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MODULE_DEPTH 1000

// ---- loading

// Submodules are listed once each, depth first, in slot order; an object that several attributes share appears
// under the first path that reaches it, as in named_modules().
static void list_modules(wick_model *m, Map *seen, Object *o, const char *path, int depth)
{
	if (depth > MAX_MODULE_DEPTH || map_getn(seen, (const char *)&o, sizeof o))
		return;
	map_setn(seen, (const char *)&o, sizeof o, o);
	VEC_PUSH(m->modules, m->nmodules, m->cap_modules, (ModulePath){xstrdup(path), o});
	const ClassType *cls = o->type->cls;
	for (int i = 0; i < cls->nattrs && i < o->nslots; i++) {
		if (o->slots[i].tag != TAG_OBJECT || !o->slots[i].object->type->cls->is_module)
			continue;
		Text sub = {0};
		text_addf(&sub, "%s%s%s", path, *path ? "." : "", cls->attrs[i].name);
		list_modules(m, seen, o->slots[i].object, text_str(&sub), depth + 1);
		text_free(&sub);
	}
}

wick_model *model_box(Model *loaded)
{
	wick_model *m = xcalloc(1, sizeof *m);
	m->refs = 1;
	m->model = loaded;
	if (loaded->root.tag == TAG_OBJECT) {
		Map seen = {0};
		list_modules(m, &seen, loaded->root.object, "", 0);
		map_free(&seen);
	}
	return m;
}

static wick_status finish_load(Call *c, Status s, Model *loaded, wick_model **out)
{
	*out = s == STATUS_OK ? model_box(loaded) : NULL;
	return call_end(c, s);
}

static LoadOptions load_options(const wick_load_options *o)
{
	return (LoadOptions){
		.verify = o && o->verify, .max_inflated = o ? o->max_inflated : 0, .lazy = !(o && o->eager)};
}

wick_status wick_model_load(wick_context *cx, const char *path, const wick_load_options *options, wick_model **out)
{
	Call c;
	LoadOptions opt = load_options(options);
	Model *m = NULL;
	call_begin(&c, cx);
	Status s = model_load_file(path, &opt, &m, &cx->err);
	return finish_load(&c, s, m, out);
}

wick_status wick_model_load_memory(wick_context *cx, const void *data, size_t size, const wick_load_options *options,
	wick_model **out)
{
	Call c;
	LoadOptions opt = load_options(options);
	Model *m = NULL;
	call_begin(&c, cx);
	Status s = model_load_memory(data, size, &opt, &m, &cx->err);
	return finish_load(&c, s, m, out);
}

wick_model *wick_model_ref(wick_model *model)
{
	if (model)
		model->refs++;
	return model;
}

void wick_model_free(wick_model *model)
{
	if (!model || --model->refs)
		return;
	for (int i = 0; i < model->nmodules; i++)
		free(model->modules[i].path);
	free(model->modules);
	map_free(&model->frozen);
	model_unref(&model->model);
	free(model);
}

// ---- looking

static const ClassType *root_class(const wick_model *m)
{
	return m->model->root.object->type->cls;
}

const char *wick_model_class(const wick_model *model)
{
	return root_class(model)->name;
}

int wick_model_method_count(const wick_model *model)
{
	return root_class(model)->nmethods;
}

const char *wick_model_method_name(const wick_model *model, int i)
{
	const ClassType *c = root_class(model);
	return i >= 0 && i < c->nmethods ? class_method_name(c, i) : NULL;
}

int wick_model_module_count(const wick_model *model)
{
	return model->nmodules;
}

const char *wick_model_module_path(const wick_model *model, int i)
{
	return i >= 0 && i < model->nmodules ? model->modules[i].path : NULL;
}

const char *wick_model_module_class(const wick_model *model, int i)
{
	return i >= 0 && i < model->nmodules ? model->modules[i].object->type->name : NULL;
}

const char *wick_model_record_name(const wick_model *model, int i)
{
	return model_record_name(model->model, i);
}

wick_status wick_model_record(wick_context *cx, const wick_model *model, const char *name, char **data, size_t *size)
{
	Call c;
	call_begin(&c, cx);
	*data = NULL;
	*size = 0;
	return call_end(&c, model_record_read(model->model, name, data, size, &cx->err));
}

static void list_methods(const ClassType *c, Text *out)
{
	text_add(out, "; its class has ");
	for (int i = 0; i < c->nmethods; i++)
		text_addf(out, "%s%s", i ? ", " : "", class_method_name(c, i));
	if (!c->nmethods)
		text_add(out, "no methods");
}

Status model_find_method(wick_context *cx, wick_model *m, const char *path, Object **self, Function **f)
{
	Object *o = m->model->root.object;
	const char *part = path;
	for (const char *dot; (dot = strchr(part, '.')); part = dot + 1) {
		char *name = xstrndup(part, (size_t)(dot - part));
		int slot = class_find_attr(o->type->cls, name);
		if (slot < 0 || o->slots[slot].tag != TAG_OBJECT) {
			Status s = fail(&cx->err, STATUS_ARGUMENT, "the model has no submodule '%.*s'", (int)(dot - path), path);
			free(name);
			return s;
		}
		o = o->slots[slot].object;
		free(name);
	}
	*f = class_find_method(o->type->cls, part);
	if (o == m->model->root.object && map_has(&m->frozen, part))
		*f = map_get(&m->frozen, part);
	*self = o;
	if (*f)
		return STATUS_OK;
	Text list = {0};
	list_methods(o->type->cls, &list);
	Status s = fail(&cx->err, STATUS_ARGUMENT, "the model has no method '%s'%s", path, text_str(&list));
	text_free(&list);
	return s;
}

wick_status wick_model_method_schema(wick_context *cx, wick_model *model, const char *method, char **out)
{
	Call c;
	Object *self;
	Function *f;
	call_begin(&c, cx);
	*out = NULL;
	Status s = model_find_method(cx, model, method, &self, &f);
	if (s == STATUS_OK)
		s = function_ensure(f, &cx->err);
	if (s == STATUS_OK) {
		Text t = {0};
		Schema named = *f->schema;
		named.name = f->short_name;
		schema_print(&named, &t);
		*out = text_take(&t);
	}
	return call_end(&c, s);
}

wick_status wick_model_graph(wick_context *cx, wick_model *model, const char *method, bool optimized, char **out)
{
	Call c;
	Object *self;
	Function *f;
	call_begin(&c, cx);
	*out = NULL;
	Status s = model_find_method(cx, model, method, &self, &f);
	if (s == STATUS_OK)
		s = function_ensure(f, &cx->err);
	if (s == STATUS_OK) {
		Text t = {0};
		if (optimized) {
			Graph *g = graph_copy(f->graph);
			s = interp_optimize(g, &cx->err);
			if (s == STATUS_OK)
				graph_print(g, &t);
			graph_free(&g);
		} else {
			graph_print(f->graph, &t);
		}
		if (s == STATUS_OK)
			*out = text_take(&t);
		text_free(&t);
	}
	return call_end(&c, s);
}

wick_status wick_model_state(wick_context *cx, const wick_model *model, wick_value **out)
{
	Call c;
	IValue v;
	call_begin(&c, cx);
	Status s = model_state(model->model, &v, &cx->err);
	*out = s == STATUS_OK ? value_box(v) : NULL;
	return call_end(&c, s);
}

wick_status wick_model_tensors(wick_context *cx, const wick_model *model, bool parameters, wick_value **out)
{
	Call c;
	call_begin(&c, cx);
	Status s = STATUS_OK;
	IValue dict = iv_take_dict(dict_new(&type_str, &type_tensor));
	for (int i = 0; i < model->nmodules && s == STATUS_OK; i++) {
		Object *o = model->modules[i].object;
		const ClassType *cls = o->type->cls;
		for (int k = 0; k < cls->nattrs && k < o->nslots && s == STATUS_OK; k++) {
			const Attribute *a = &cls->attrs[k];
			if (o->slots[k].tag != TAG_TENSOR || !(parameters ? a->is_parameter : a->is_buffer))
				continue;
			Text path = {0};
			text_addf(&path, "%s%s%s", model->modules[i].path, *model->modules[i].path ? "." : "", a->name);
			s = dict_set_take(dict.dict, iv_str(path.data, path.size), ivalue_ref(o->slots[k]), &cx->err);
			text_free(&path);
		}
	}
	*out = s == STATUS_OK ? value_box(ivalue_ref(dict)) : NULL;
	ivalue_unref(&dict);
	return call_end(&c, s);
}

wick_status wick_model_train(wick_context *cx, wick_model *model, bool training)
{
	Call c;
	call_begin(&c, cx);
	for (int i = 0; i < model->nmodules; i++) {
		Object *o = model->modules[i].object;
		int slot = class_find_attr(o->type->cls, "training");
		if (slot >= 0 && o->slots[slot].tag == TAG_BOOL)
			o->slots[slot] = iv_bool(training);
	}
	return call_end(&c, STATUS_OK);
}
