// SPDX-License-Identifier: BSD-3-Clause
// What compiled things are to the build stage: calls of ScriptModules and script functions, attributes of modules.
//
// Methods that PyTorch's ScriptModule has beside the compiled ones (eval, parameters, state_dict …) are Python, in
// torch/jit/_script.py; the natives they need are at the end.
#include "frontend/build/tracer.h"
#include "frontend/script/script.h"

#include "interp/interp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- calls

// An argument as the script stage knows values.
static Status host_value(Build *b, IValue v, IValue *out)
{
	if (v.tag != TAG_HOST && v.tag != TAG_LIST && v.tag != TAG_TUPLE && v.tag != TAG_DICT) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	ScriptStage *s = script_of(b);
	Text why = {0};
	const Type *t = script_infer(s, v, &why);
	text_free(&why);
	if (!t && v.tag == TAG_HOST)
		return py_raise(b, "RuntimeError", "a value of type '%s' cannot be given to compiled code", py_type_name(b, v));
	if (!t) { // an empty list, or a mixed one: the schema says what it means
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	return script_convert(s, v, t, out, b->x.err);
}

// Tells torch.jit.trace of the call, its arguments in the schema's order.
static Status record_call(Build *b, Function *f, IValue self, const PyArgs *a, const IValue *values, const char **names,
	IValue ret)
{
	const Schema *s = f->schema;
	int first = f->self ? 1 : 0;
	IValue *args = xcalloc((size_t)s->nargs + 1, sizeof *args);
	for (int i = first; i < s->nargs; i++) {
		args[i - first] = i - first < a->npos ? values[i - first] : s->args[i].def;
		for (int k = 0; k < a->nkw; k++)
			if (!strcmp(names[k], s->args[i].name))
				args[i - first] = values[a->npos + k];
	}
	Status st = tracer_call(b, f, self, args, s->nargs - first, ret);
	free(args);
	return st;
}

static Status call_function(Build *b, Function *f, IValue self, const PyArgs *a, IValue *out)
{
	int n = a->npos + a->nkw;
	if (n > LOWER_MAX_MEMBERS)
		return py_raise(b, "TypeError", "too many arguments");
	IValue *values = xcalloc((size_t)n + 1, sizeof *values);
	const char **names = xcalloc((size_t)a->nkw + 1, sizeof *names);
	Status st = STATUS_OK;
	for (int i = 0; i < n && st == STATUS_OK; i++)
		st = host_value(b, i < a->npos ? a->pos[i] : a->kw[i - a->npos], &values[i]);
	for (int i = 0; i < a->nkw; i++)
		names[i] = py_text(a->kwnames[i]);
	if (st == STATUS_OK)
		st = interp_call_host(&b->x, f, self, values, a->npos, names, values + a->npos, a->nkw, out);
	if (st == STATUS_OK && b->tracer) {
		st = record_call(b, f, self, a, values, names, *out);
		if (st != STATUS_OK)
			ivalue_unref(out);
	}
	for (int i = 0; i < n; i++)
		ivalue_unref(&values[i]);
	free(values);
	free(names);
	return st;
}

// forward, or the first overload of it whose arguments fit.
static Status call_module(Build *b, IValue object, const PyArgs *a, IValue *out)
{
	const ClassType *c = object.object->type->cls;
	Function *f = class_find_method(c, "forward");
	if (f)
		return call_function(b, f, object, a, out);
	Status st = STATUS_OK;
	for (int i = 0; i < 100; i++) {
		char name[24];
		snprintf(name, sizeof name, "forward__%d", i);
		f = class_find_method(c, name);
		if (!f && !i)
			return py_raise(b, "NotImplementedError", "Module [%s] is missing the required \"forward\" function", c->name);
		if (!f)
			return st;
		if (i)
			error_clear(b->x.err);
		st = call_function(b, f, object, a, out);
		if (st != STATUS_ARGUMENT && st != STATUS_TYPE)
			return st;
	}
	return st;
}

Status script_call(Build *b, IValue f, const PyArgs *a, IValue *out)
{
	if (f.tag == TAG_OBJECT)
		return call_module(b, f, a, out);
	if (py_is(f, PY_FUNCTION) && PY_AS(PyFunction, f)->scripted)
		return call_function(b, PY_AS(PyFunction, f)->scripted, iv_none(), a, out);
	return py_raise(b, "TypeError", "'%s' object is not callable", py_type_name(b, f));
}

static Status method_native(Build *b, const PyArgs *a, IValue *out)
{
	return call_function(b, (Function *)a->callee->data, a->self, a, out);
}

// ---- attributes

static IValue bound_method(Build *b, IValue object, Function *f)
{
	IValue v = py_native(b, f->name, method_native, f);
	PyNative *n = PY_AS(PyNative, v);
	n->self = ivalue_ref(object);
	return v;
}

static IValue python_method(Build *b, IValue fn, IValue self)
{
	PyMethod *m = py_new(b, PY_METHOD, sizeof *m);
	m->fn = ivalue_ref(fn);
	m->self = ivalue_ref(self);
	return py_value(m);
}

// A method that stayed Python (@ignore, @unused), or one that all ScriptModules have.
static Status python_attribute(Build *b, IValue object, StrObj *name, IValue *out, bool *found)
{
	ModuleType *m = b->script ? script_module_of(b->script, object.object->type) : NULL;
	IValue *v = m ? py_class_lookup(m->cls, name, NULL) : NULL;
	if (v && py_is(*v, PY_FUNCTION) && (PY_AS(PyFunction, *v)->modifier == SCRIPT_IGNORE ||
		PY_AS(PyFunction, *v)->modifier == SCRIPT_UNUSED)) {
		*found = true;
		*out = python_method(b, *v, object);
		return STATUS_OK;
	}
	PyModule *lib;
	TRY(module_import(b, "torch.jit._script", &lib));
	if (name->s[0] == '_') {
		IValue *table = dict_get(b, lib->ns, "_tables");
		v = table ? dict_get(b, py_dict_of(*table), name->s) : NULL;
		if (v) {
			*found = true;
			return py_call(b, *v, &object, 1, out);
		}
		table = dict_get(b, lib->ns, "_inside");
		v = table ? dict_get(b, py_dict_of(*table), name->s) : NULL;
	} else {
		v = dict_get(b, lib->ns, name->s);
	}
	if (v && py_is(*v, PY_FUNCTION) && !strcmp(py_text(PY_AS(PyFunction, *v)->globals->name),
		"torch.jit._script")) {
		*found = true;
		*out = python_method(b, *v, object);
	}
	return STATUS_OK;
}

// Texts of a function, and of a module's forward.
static Status function_text(Build *b, Function *f, bool graph, IValue *out)
{
	Text t = {0};
	Status st = function_ensure(f, b->x.err);
	if (st == STATUS_OK && graph)
		graph_print(f->graph, &t);
	else if (st == STATUS_OK)
		st = b->files.code ? b->files.code(b->files.ctx, f, &t, b->x.err)
			: fail(b->x.err, STATUS_UNSUPPORTED, "this program cannot write code");
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status module_text(Build *b, IValue object, bool graph, IValue *out)
{
	Function *f = class_find_method(object.object->type->cls, "forward");
	if (!f)
		return py_raise(b, "AttributeError", "'%s' has no forward method", object.object->type->cls->name);
	return function_text(b, f, graph, out);
}

Status script_function_getattr(Build *b, const PyFunction *f, StrObj *name, IValue *out, bool *found)
{
	*found = f->scripted && (!strcmp(name->s, "code") || !strcmp(name->s, "graph"));
	return *found ? function_text(b, f->scripted, name->s[0] == 'g', out) : STATUS_OK;
}

Status script_getattr(Build *b, IValue object, StrObj *name, IValue *out, bool *found)
{
	const ClassType *c = object.object->type->cls;
	int slot = class_find_attr(c, name->s);
	*found = true;
	if (slot >= 0 && object.object->slots[slot].tag != TAG_UNINIT) {
		*out = ivalue_ref(object.object->slots[slot]);
		return STATUS_OK;
	}
	Function *f = class_find_method(c, name->s);
	if (f) {
		*out = bound_method(b, object, f);
		return STATUS_OK;
	}
	const ClassConstant *k = class_find_constant(c, name->s);
	if (k) {
		*out = ivalue_ref(*(IValue *)k->value);
		return STATUS_OK;
	}
	char getter[256];
	snprintf(getter, sizeof getter, "__%s_getter", name->s);
	f = class_find_method(c, getter);
	if (f)
		return call_function(b, f, object, &(PyArgs){.self = object}, out);
	if (!strcmp(name->s, "graph") && c->is_module)
		return module_text(b, object, true, out);
	if (!strcmp(name->s, "code") && c->is_module)
		return module_text(b, object, false, out);
	if (!strcmp(name->s, "original_name")) {
		const char *dot = strrchr(c->name, '.');
		*out = iv_cstr(dot ? dot + 1 : c->name);
		return STATUS_OK;
	}
	*found = false;
	return c->is_module ? python_attribute(b, object, name, out, found) : STATUS_OK;
}

Status script_setattr(Build *b, IValue object, StrObj *name, IValue value)
{
	const ClassType *c = object.object->type->cls;
	int slot = class_find_attr(c, name->s);
	char setter[256];
	snprintf(setter, sizeof setter, "__%s_setter", name->s);
	Function *f = class_find_method(c, setter);
	if (slot < 0 && f) {
		IValue unused;
		TRY(call_function(b, f, object, &(PyArgs){.self = object, .pos = &value, .npos = 1}, &unused));
		ivalue_unref(&unused);
		return STATUS_OK;
	}
	if (slot < 0)
		return py_raise(b, "AttributeError", "Can't set attribute '%s': the compiled module '%s' does not have it",
			name->s, c->name);
	IValue v;
	Error err = ERROR_INIT;
	Status st = script_convert(script_of(b), value, c->attrs[slot].type, &v, &err);
	if (st != STATUS_OK)
		st = py_raise(b, "RuntimeError", "Could not cast attribute '%s': %s", name->s, err.message ? err.message : "");
	else
		ivalue_set(&object.object->slots[slot], v);
	error_clear(&err);
	return st;
}

// ---- a function as a module, which is what torch.jit.save makes of it: forward calls the function

static void forward_of(ScriptStage *s, const Type *t, Function *f)
{
	Arena *a = &s->unit->arena;
	Function *forward = unit_add_function(s->unit, arena_printf(a, "%s.forward", t->cls->name), t);
	Schema *schema = arena_dup(a, f->schema, sizeof *schema);
	schema->name = "forward";
	schema->args = arena_array(a, Arg, f->schema->nargs + 2);
	schema->args[schema->nargs = 0] = (Arg){.name = "self", .type = t};
	Graph *g = graph_new(s->unit->pool, forward->name);
	if (f->at.src)
		graph_keep_source(g, f->at.src);
	block_add_input(g->block, t, "self");
	Node *call = node_new(g, NODE_CALL_FUNCTION, f->at);
	call->attr.fn = f;
	for (int i = 0; i < f->schema->nargs; i++) {
		Arg arg = f->schema->args[i];
		arg.def = ivalue_ref(arg.def);
		schema->args[++schema->nargs] = arg;
		node_add_input(call, block_add_input(g->block, arg.type, arg.name));
	}
	schema->nargs++;
	Value *result = node_add_output(call, f->schema->rets[0].type, NULL);
	block_append(g->block, call);
	block_add_output(g->block, result);
	forward->schema = schema;
	forward->graph = g;
	forward->at = f->at;
	forward->state = 2;
	class_add_method(t, "forward", forward);
}

Status script_as_module(Build *b, IValue v, IValue *out)
{
	const char *ignored = script_ignored_call(b->script, v);
	if (ignored)
		return py_raise(b, "RuntimeError", "Could not export Python function call '%s'. Remove calls to Python functions "
			"before export. Did you forget to add @script or @script_method annotation? If this is a nn.ModuleList, add "
			"it to __constants__", ignored);
	if (v.tag == TAG_OBJECT) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	if (!py_is(v, PY_FUNCTION) || !PY_AS(PyFunction, v)->scripted)
		return py_raise(b, "TypeError", "a compiled module or function is wanted, not '%s'", py_type_name(b, v));
	ScriptStage *s = script_of(b);
	Function *f = PY_AS(PyFunction, v)->scripted;
	TRY(function_ensure(f, b->x.err));
	IValue name = iv_cstr("PlaceholderModule");
	const Type *t = type_class(s->unit->pool, script_qualified(s, iv_none(), name));
	ivalue_unref(&name);
	t->cls->is_module = t->cls->complete = true;
	class_add_attr(t, (Attribute){.name = "training", .type = &type_bool});
	forward_of(s, t, f);
	Object *o = object_new(t);
	o->slots[0] = iv_bool(true);
	*out = iv_take_object(o);
	return STATUS_OK;
}

// ---- natives of torch.jit._script

// _members(module): [(name, kind, value)], kind is "parameter", "buffer", "module" or "attribute".
static Status members_native(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || a->pos[0].tag != TAG_OBJECT)
		return py_raise(b, "TypeError", "_members expects a compiled module");
	const Object *o = a->pos[0].object;
	const ClassType *c = o->type->cls;
	*out = py_list(b, c->nattrs);
	for (int i = 0; i < c->nattrs && i < o->nslots; i++) {
		IValue v = o->slots[i];
		const char *kind = c->attrs[i].is_parameter ? "parameter" : c->attrs[i].is_buffer ? "buffer"
			: v.tag == TAG_OBJECT && v.object->type->cls->is_module ? "module" : "attribute";
		IValue row[3] = {iv_cstr(c->attrs[i].name), iv_cstr(kind), v.tag == TAG_UNINIT ? iv_none() : v};
		Status st = list_append_take(out->list, py_tuple_of(b, row, 3), b->x.err);
		ivalue_unref(&row[0]);
		ivalue_unref(&row[1]);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status class_native(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || a->pos[0].tag != TAG_OBJECT)
		return py_raise(b, "TypeError", "_class_name expects a compiled module");
	*out = iv_cstr(a->pos[0].object->type->cls->name);
	return STATUS_OK;
}

static Status save_native(Build *b, const PyArgs *a, IValue *out)
{
	IValue object;
	const char *path;
	TRY(args_parse(b, a, "save", "m:o f:s", &object, &path));
	TRY(files_may_write(b, path));
	if (!b->files.jit_save)
		return fail(b->x.err, STATUS_UNSUPPORTED, "torch.jit.save is not available here");
	TRY(script_as_module(b, object, &object));
	Status st = b->files.jit_save(b->files.ctx, object, path, b->x.err);
	ivalue_unref(&object);
	*out = iv_none();
	return st;
}

Status script_module_init(Build *b, PyModule *m)
{
	(void)b;
	module_native(m, "_members", members_native);
	module_native(m, "_class_name", class_native);
	module_native(m, "_save", save_native);
	return STATUS_OK;
}
