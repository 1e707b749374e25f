// SPDX-License-Identifier: BSD-3-Clause
// Models as hosts see them: loading, calling, files of values.
#include "api/handles.h"

#include "core/arena.h"
#include "frontend/frontend.h"
#include "interp/interp.h"
#include "ir/passes.h"

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

static wick_status finish_load(Call *c, Status s, Model *loaded, wick_model **out)
{
	*out = NULL;
	if (s == STATUS_OK) {
		wick_model *m = xcalloc(1, sizeof *m);
		m->refs = 1;
		m->model = loaded;
		if (loaded->root.tag == TAG_OBJECT) {
			Map seen = {0};
			list_modules(m, &seen, loaded->root.object, "", 0);
			map_free(&seen);
		}
		*out = m;
	}
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

// "a.b.method" → the object a.b and its method.  *self is borrowed.
static Status find_method(wick_context *cx, wick_model *m, const char *path, Object **self, Function **f)
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
	Status s = find_method(cx, model, method, &self, &f);
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
	Status s = find_method(cx, model, method, &self, &f);
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

typedef struct OpUse {
	const Op *op;
	int count;
	Range first;
} OpUse;

static void count_ops(const Block *b, OpUse *uses)
{
	block_foreach(n, b) {
		if (n->kind == NODE_OP && n->op) {
			OpUse *u = &uses[n->op->id];
			if (!u->count++) {
				u->op = n->op;
				u->first = n->at;
			}
		}
		for (int i = 0; i < n->nblocks; i++)
			count_ops(n->blocks[i], uses);
	}
}

static int compare_uses(const void *a, const void *b)
{
	const OpUse *x = a, *y = b;
	return strcmp(x->op->schema->name, y->op->schema->name);
}

wick_status wick_model_ops(wick_context *cx, wick_model *model, char **out)
{
	Call c;
	call_begin(&c, cx);
	*out = NULL;
	Unit *u = model->model->unit;
	OpUse *uses = xcalloc((size_t)op_count(), sizeof *uses);
	Status s = STATUS_OK;
	for (int i = 0; i < u->n && s == STATUS_OK; i++) { // the list grows as functions are compiled
		s = function_ensure(u->list[i], &cx->err);
		if (s == STATUS_OK && u->list[i]->graph)
			count_ops(u->list[i]->graph->block, uses);
	}
	if (s == STATUS_OK) {
		Text t = {0};
		int n = 0;
		for (int i = 0; i < op_count(); i++)
			if (uses[i].count)
				uses[n++] = uses[i];
		qsort(uses, (size_t)n, sizeof *uses, compare_uses);
		for (int i = 0; i < n; i++) {
			op_key(uses[i].op, &t);
			text_addf(&t, "\t%d\t%s", uses[i].count, op_is_runnable(uses[i].op) ? "ok" : "missing");
			if (uses[i].first.src && !op_is_runnable(uses[i].op)) {
				uint32_t line, column;
				source_position(uses[i].first.src, uses[i].first.begin, &line, &column);
				text_addf(&t, "\t%s:%u", uses[i].first.src->name, line);
			}
			text_addc(&t, '\n');
		}
		*out = text_take(&t);
	}
	free(uses);
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

// ---- freezing

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
	const ClassType *cls = root_class(model);
	for (int i = 0; i < cls->nmethods && s == STATUS_OK; i++)
		if (!map_has(&model->frozen, class_method_name(cls, i)))
			s = freeze_method(model, cls->methods[i], &cx->err);
	return call_end(&c, s);
}

// ---- calling

wick_status wick_call_kw(wick_context *cx, wick_model *model, const char *method, wick_value *const *args, int nargs,
	const char *const *names, wick_value *const *kwargs, int nkwargs, wick_value **out)
{
	Call c;
	Object *self;
	Function *f;
	call_begin(&c, cx);
	*out = NULL;
	Status s = find_method(cx, model, method, &self, &f);
	if (s == STATUS_OK) {
		IValue *list = xcalloc((size_t)(nargs + nkwargs), sizeof *list), ret = iv_none();
		for (int i = 0; i < nargs; i++)
			list[i] = args[i]->v;
		for (int i = 0; i < nkwargs; i++)
			list[nargs + i] = kwargs[i]->v;
		s = interp_call_host(&c.exec, f, iv_take_object(self), list, nargs, names, list + nargs, nkwargs, &ret);
		if (s == STATUS_OK)
			*out = value_box(ret);
		free(list);
	}
	return call_end(&c, s);
}

wick_status wick_call(wick_context *cx, wick_model *model, const char *method, wick_value *const *args, int nargs,
	wick_value **out)
{
	return wick_call_kw(cx, model, method, args, nargs, NULL, NULL, 0, out);
}

wick_status wick_eval(wick_context *cx, const char *expression, wick_value **out)
{
	Call c;
	call_begin(&c, cx);
	*out = NULL;
	Unit *u = unit_new();
	Source *src = source_new("<argument>", expression, strlen(expression));
	Function *f = NULL;
	IValue ret = iv_none();
	Status s = frontend_compile_expr(u, "argument", src, &f, &cx->err);
	if (s == STATUS_OK)
		s = interp_call(&c.exec, f, NULL, 0, &ret);
	if (s == STATUS_OK)
		*out = value_box(ret);
	source_unref(&src);
	unit_unref(&u);
	return call_end(&c, s);
}

// ---- files

wick_status wick_value_load(wick_context *cx, const char *path, wick_value **out)
{
	Call c;
	IValue v;
	call_begin(&c, cx);
	Status s = value_load_file(path, &v, &cx->err);
	*out = s == STATUS_OK ? value_box(v) : NULL;
	return call_end(&c, s);
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);
	return n >= k && strcmp(s + n - k, suffix) == 0;
}

// Flattens a result to named tensors for .npz: dict entries under their keys, items of a list or tuple as arr_0, arr_1,
// … as NumPy calls them, nested ones behind a dot; numbers become 0-d tensors.
static Status flatten(IValue v, const char *name, DictObj *out, Error *err, int depth)
{
	if (depth > MAX_MODULE_DEPTH)
		return fail(err, STATUS_LIMIT, "a result nested more than %d deep cannot be saved", MAX_MODULE_DEPTH);
	Status s = STATUS_OK;
	Tensor *t = NULL;
	bool list = v.tag == TAG_LIST;
	int64_t pos = 0;
	switch (v.tag) {
	case TAG_LIST: case TAG_TUPLE:
		for (int64_t i = 0; s == STATUS_OK && i < (list ? v.list->n : v.tuple->n); i++) {
			Text sub = {0};
			if (*name)
				text_addf(&sub, "%s.%lld", name, (long long)i);
			else
				text_addf(&sub, "arr_%lld", (long long)i);
			s = flatten(list ? v.list->items[i] : v.tuple->items[i], text_str(&sub), out, err, depth + 1);
			text_free(&sub);
		}
		return s;
	case TAG_DICT:
		for (DictEntry *e; s == STATUS_OK && (e = dict_next(v.dict, &pos));) {
			Text sub = {0};
			text_addf(&sub, "%s%s", name, *name ? "." : "");
			ivalue_print(&sub, e->key);
			s = flatten(e->value, text_str(&sub), out, err, depth + 1);
			text_free(&sub);
		}
		return s;
	case TAG_TENSOR: t = tensor_ref(v.tensor); break;
	case TAG_INT: s = tensor_scalar_i64(DT_I64, v.i, &t, err); break;
	case TAG_BOOL: s = tensor_scalar_i64(DT_BOOL, v.i, &t, err); break;
	case TAG_FLOAT: s = tensor_scalar_f64(DT_F64, v.f, &t, err); break;
	default: {
		Text what = {0};
		ivalue_repr(&what, v);
		s = fail(err, STATUS_ARGUMENT, "%s is %s: a .npz file holds tensors and numbers only", *name ? name : "the result",
			text_str(&what));
		text_free(&what);
	}
	}
	if (s == STATUS_OK)
		s = dict_set_take(out, iv_cstr(*name ? name : "arr_0"), iv_take_tensor(t), err);
	return s;
}

wick_status wick_value_save(wick_context *cx, const wick_value *v, const char *path)
{
	Call c;
	call_begin(&c, cx);
	Status s;
	if (has_suffix(path, ".npy") && v->v.tag == TAG_TENSOR) {
		s = npy_save_file(path, v->v.tensor, &cx->err);
	} else if (has_suffix(path, ".npy")) {
		s = fail(&cx->err, STATUS_ARGUMENT, "%s: a .npy file holds one tensor; save other results as .npz", path);
	} else if (has_suffix(path, ".npz")) {
		IValue flat = iv_take_dict(dict_new(&type_str, &type_tensor));
		s = flatten(v->v, "", flat.dict, &cx->err, 0);
		if (s == STATUS_OK)
			s = npz_save_file(path, flat, &cx->err);
		ivalue_unref(&flat);
	} else {
		s = fail(&cx->err, STATUS_ARGUMENT, "%s: results are saved as .npy (one tensor) or .npz (several)", path);
	}
	return call_end(&c, s);
}

// ---- the table

int wick_op_count(void)
{
	return op_count();
}

const char *wick_op_schema(int i)
{
	return i >= 0 && i < op_count() ? op_at(i)->text : NULL;
}

bool wick_op_supported(int i)
{
	if (i < 0 || i >= op_count())
		return false;
	const Op *op = op_at(i);
	return op->form == OP_COMPOSITE || op_is_runnable(op);
}
