// SPDX-License-Identifier: BSD-3-Clause
// torch.jit.trace: runs a function or module on examples and makes a module of what was recorded.
//
// Submodules keep their attributes, so that parameters are found where they were, but only the root gets methods.
#include "frontend/script/trace.h"

#include "interp/interp.h"
#include "ir/passes.h"

#include <stdlib.h>
#include <string.h>

// ---- the objects of a module and its submodules

static Status object_of(Tracer *t, PyInstance *m, const char *path, Object **out);

static Status place_members(Tracer *t, const DictObj *d, const char *path, bool parameters, const Type *cls, IValue *slots)
{
	int64_t pos = 0;
	for (DictEntry *e; d && (e = dict_next(d, &pos));) {
		IValue v = py_unwrap(e->value);
		const char *name = e->key.str->s;
		const Type *type = v.tag == TAG_TENSOR ? &type_tensor : &type_none;
		slots[cls->cls->nattrs] = ivalue_ref(v);
		class_add_attr(cls, (Attribute){.name = name, .type = type, .is_parameter = parameters, .is_buffer = !parameters});
		if (v.tag == TAG_TENSOR && !map_getn(&t->places, (const char *)&v.tensor, sizeof v.tensor)) {
			trace_keep(t, v.tensor);
			map_setn(&t->places, (const char *)&v.tensor, sizeof v.tensor,
				*path ? arena_printf(&t->arena, "%s.%s", path, name) : arena_strdup(&t->arena, name));
		}
	}
	return STATUS_OK;
}

static void place_compiled(Tracer *t, const DictEntry *e, const char *path, const Type *cls, IValue *slots)
{
	const char *name = e->key.str->s;
	map_setn(&t->places, (const char *)&e->value.object, sizeof e->value.object,
		*path ? arena_printf(&t->arena, "%s.%s", path, name) : arena_strdup(&t->arena, name));
	slots[cls->cls->nattrs] = ivalue_ref(e->value);
	class_add_attr(cls, (Attribute){.name = name, .type = e->value.object->type});
}

static Status place_modules(Tracer *t, const DictObj *d, const char *path, const Type *cls, IValue *slots)
{
	int64_t pos = 0;
	for (DictEntry *e; d && (e = dict_next(d, &pos));) {
		const char *name = e->key.str->s;
		if (!py_is(e->value, PY_INSTANCE) || !class_is_module(PY_AS(PyInstance, e->value)->cls)) {
			if (e->value.tag == TAG_OBJECT)
				place_compiled(t, e, path, cls, slots);
			continue;
		}
		Object *o;
		TRY(object_of(t, PY_AS(PyInstance, e->value),
			*path ? arena_printf(&t->arena, "%s.%s", path, name) : arena_strdup(&t->arena, name), &o));
		slots[cls->cls->nattrs] = iv_take_object(o);
		class_add_attr(cls, (Attribute){.name = name, .type = o->type});
	}
	return STATUS_OK;
}

static DictObj *registry(Tracer *t, PyInstance *m, const char *name)
{
	IValue *slot = py_attr_slot(t->b, m, name);
	return slot ? py_dict_of(*slot) : NULL;
}

static Status object_of(Tracer *t, PyInstance *m, const char *path, Object **out)
{
	Object *known = map_getn(&t->objects, (const char *)&m, sizeof m);
	if (known) {
		*out = ivalue_ref((IValue){.object = known, .tag = TAG_OBJECT}).object;
		return STATUS_OK;
	}
	TRY(build_stack_check(t->b));
	const DictObj *params = registry(t, m, "_parameters"), *buffers = registry(t, m, "_buffers"),
		*modules = registry(t, m, "_modules");
	const Type *cls = type_class(t->s->unit->pool, script_qualified(t->s, m->cls->module, m->cls->name));
	cls->cls->is_module = true;
	int64_t cap = (params ? params->n : 0) + (buffers ? buffers->n : 0) + (modules ? modules->n : 0) +
		(m->attrs ? m->attrs->n : 0) + 1;
	IValue *slots = xcalloc((size_t)cap, sizeof *slots);
	Status st = place_members(t, params, path, true, cls, slots);
	if (st == STATUS_OK)
		st = place_members(t, buffers, path, false, cls, slots);
	IValue *training = py_attr_slot(t->b, m, "training");
	slots[cls->cls->nattrs] = iv_bool(!training || training->tag != TAG_BOOL || training->i);
	class_add_attr(cls, (Attribute){.name = "training", .type = &type_bool});
	if (st == STATUS_OK)
		st = place_modules(t, modules, path, cls, slots);
	int64_t pos = 0;
	for (DictEntry *e; m->attrs && (e = dict_next(m->attrs, &pos));) // compiled modules are plain attributes
		if (e->value.tag == TAG_OBJECT && e->value.object->type->cls->is_module)
			place_compiled(t, e, path, cls, slots);
	cls->cls->complete = true;
	if (st == STATUS_OK) {
		*out = object_new(cls);
		for (int i = 0; i < cls->cls->nattrs; i++)
			(*out)->slots[i] = slots[i];
		map_setn(&t->objects, (const char *)&m, sizeof m, *out);
	} else {
		for (int i = 0; i < cls->cls->nattrs; i++)
			ivalue_unref(&slots[i]);
	}
	free(slots);
	return st;
}

// ---- recording a run

static const char *input_name(Build *b, IValue f, int i)
{
	IValue fn = f;
	bool found = false;
	if (py_is(f, PY_INSTANCE) && py_getattr_opt(b, f, py_intern(b, "forward"), &fn, &found) == STATUS_OK && found) {
		IValue method = fn;
		fn = py_is(method, PY_METHOD) ? PY_AS(PyMethod, method)->fn : method;
		ivalue_unref(&method); // the class keeps its function
		i++;
	}
	const ParamList *p = py_is(fn, PY_FUNCTION) ? PY_AS(PyFunction, fn)->params : NULL;
	if (p && i < p->n && p->items[i].kind == PARAM_PLAIN)
		return p->items[i].name;
	return NULL;
}

static Status make_root(Tracer *t, IValue f, IValue *root)
{
	if (py_is(f, PY_INSTANCE) && class_is_module(PY_AS(PyInstance, f)->cls)) {
		Object *o;
		TRY(object_of(t, PY_AS(PyInstance, f), "", &o));
		*root = iv_take_object(o);
	} else {
		IValue module = iv_cstr("__main__"), name = iv_cstr("PlaceholderModule");
		const Type *cls = type_class(t->s->unit->pool, script_qualified(t->s, module, name));
		ivalue_unref(&module);
		ivalue_unref(&name);
		cls->cls->is_module = true;
		class_add_attr(cls, (Attribute){.name = "training", .type = &type_bool});
		cls->cls->complete = true;
		*root = iv_take_object(object_new(cls));
		root->object->slots[0] = iv_bool(true);
	}
	t->root = root->object->type;
	return STATUS_OK;
}

static Status record_run(Tracer *t, IValue f, IValue examples, bool strict, Schema *schema, IValue *result)
{
	Build *b = t->b;
	Arena *a = &t->s->unit->arena;
	int n = (int)examples.tuple->n;
	schema->args = arena_array(a, Arg, n + 1);
	schema->args[0] = (Arg){.name = "self", .type = t->root};
	schema->nargs = n + 1;
	IValue *run = xcalloc((size_t)n + 1, sizeof *run);
	Status st = STATUS_OK;
	for (int i = 0; i < n && st == STATUS_OK; i++) {
		const Type *type = trace_input_type(t, examples.tuple->items[i]);
		if (!type) {
			st = py_raise(b, "RuntimeError", "Type '%s' cannot be traced. Only Tensors and (possibly nested) Lists, Dicts, and "
				"Tuples of Tensors can be traced", py_type_name(b, examples.tuple->items[i]));
			break;
		}
		const char *name = input_name(b, f, i);
		name = name ? arena_strdup(a, name) : arena_printf(a, "argument_%d", i + 1);
		schema->args[i + 1] = (Arg){.name = name, .type = type};
		block_add_input(t->g->block, type, name);
	}
	for (int i = 0; i < n && st == STATUS_OK; i++)
		st = trace_open_input(t, examples.tuple->items[i], t->g->block->inputs[i + 1], &run[i]);
	if (st == STATUS_OK) {
		b->tracer = t;
		st = py_call(b, f, run, n, result);
		Value *v = NULL;
		if (st == STATUS_OK)
			st = trace_output(t, *result, strict, &v);
		b->tracer = NULL;
		if (st == STATUS_OK) {
			block_add_output(t->g->block, v);
			schema->rets = arena_array(a, Arg, 1);
			schema->rets[0] = (Arg){.name = "", .type = v->type};
			schema->nrets = 1;
		}
	}
	if (st != STATUS_OK)
		ivalue_unref(result);
	for (int i = 0; i < n; i++)
		ivalue_unref(&run[i]);
	free(run);
	return st;
}

static void forget_method(Tracer *t) // what was known of one recording
{
	map_free(&t->values);
	map_free(&t->attributes);
	t->values = t->attributes = (Map){0};
	t->nindices = t->nodes = 0;
	graph_free(&t->g);
}

static void tracer_free(Tracer *t)
{
	forget_method(t);
	for (int i = 0; i < t->nkept; i++)
		ivalue_unref(&t->kept[i]);
	free(t->kept);
	free(t->indices);
	map_free(&t->places);
	map_free(&t->objects);
	map_free(&t->warned);
	arena_free(&t->arena);
}

// ---- the check that the recording gives what the run gave

static bool block_writes(const Block *b)
{
	block_foreach(n, b)
		if (n->kind == NODE_CALL_METHOD || n->kind == NODE_CALL_FUNCTION || (n->op && n->op->writes))
			return true;
	return false;
}

static Status same_values(Build *b, IValue x, IValue y, bool *same)
{
	x = py_unwrap(x);
	y = py_unwrap(y);
	if (x.tag == TAG_TENSOR && y.tag == TAG_TENSOR) {
		IValue args[5] = {x, y, iv_float(1e-5), iv_float(1e-5), iv_bool(true)}, r;
		*same = sizes_equal(x.tensor, y.tensor) && x.tensor->dtype == y.tensor->dtype;
		if (!*same || !x.tensor->numel)
			return STATUS_OK;
		TRY(op_call(&b->x, op_find("aten::allclose", ""), args, 5, &r));
		*same = r.i != 0;
		return STATUS_OK;
	}
	bool tuples = x.tag == TAG_TUPLE && y.tag == TAG_TUPLE, lists = x.tag == TAG_LIST && y.tag == TAG_LIST;
	int64_t n = tuples ? x.tuple->n : lists ? x.list->n : 0;
	*same = (tuples && n == y.tuple->n) || (lists && n == y.list->n) || (x.tag == TAG_DICT && y.tag == TAG_DICT);
	for (int64_t i = 0; i < n && *same; i++)
		TRY(same_values(b, tuples ? x.tuple->items[i] : x.list->items[i], tuples ? y.tuple->items[i] : y.list->items[i], same));
	return STATUS_OK;
}

// Runs the recording on the examples, with the random numbers of the first run.
static Status check_recording(Tracer *t, Function *fn, IValue root, IValue examples, IValue want, Generator before)
{
	Build *b = t->b;
	if (block_writes(fn->graph->block))
		return STATUS_OK; // a second run would change the module's state
	Generator after = *b->x.rng;
	*b->x.rng = before;
	IValue got;
	bool same = false;
	Status st = interp_call_host(&b->x, fn, root, examples.tuple->items, (int)examples.tuple->n, NULL, NULL, 0, &got);
	*b->x.rng = after;
	if (st == STATUS_OK) {
		st = same_values(b, want, got, &same);
		ivalue_unref(&got);
	}
	if (st == STATUS_OK && !same)
		trace_warn(b, "TracerWarning: the traced function does not give the outputs of the Python function: what it does depends on "
			"more than its tensor inputs.");
	return st;
}

// ---- torch.jit.trace

static Status trace_method(Tracer *t, IValue f, IValue root, const char *method, IValue examples, bool strict, bool check)
{
	Build *b = t->b;
	Unit *u = t->s->unit;
	t->g = graph_new(u->pool, method);
	t->self = block_add_input(t->g->block, t->root, "self");
	Schema *schema = arena_new(&u->arena, Schema);
	schema->name = arena_strdup(&u->arena, method);
	schema->overload = "";
	Generator before = *b->x.rng;
	IValue result = iv_none();
	TRY(record_run(t, f, examples, strict, schema, &result));
	Status st = remove_dead_code(t->g, b->x.err);
	if (st == STATUS_OK)
		st = graph_verify(t->g, b->x.err);
	if (st == STATUS_OK) {
		const char *name = arena_printf(&u->arena, "%s.%s", t->root->cls->name, method);
		Function *fn = unit_add_function(u, name, t->root);
		fn->schema = schema;
		fn->graph = t->g;
		fn->state = 2;
		t->g = NULL;
		class_add_method(t->root, method, fn);
		if (check)
			st = check_recording(t, fn, root, examples, result, before);
	}
	ivalue_unref(&result);
	forget_method(t);
	return st;
}

static IValue examples_tuple(Build *b, IValue examples)
{
	IValue v = py_unwrap(examples);
	if (v.tag == TAG_TUPLE)
		return py_tuple_of(b, v.tuple->items, (int)v.tuple->n);
	if (v.tag == TAG_LIST)
		return py_tuple_of(b, v.list->items, (int)v.list->n);
	return py_tuple_of(b, &v, 1);
}

// methods: names and examples; NULL: the call itself, as forward.
static Status trace(Build *b, IValue f, IValue examples, const DictObj *methods, bool strict, bool check, IValue *out)
{
	if (b->tracer)
		return py_raise(b, "RuntimeError", "torch.jit.trace cannot be used inside a function that is being traced");
	Tracer t = {.b = b, .s = script_of(b)};
	IValue root = iv_none();
	Status st = make_root(&t, f, &root);
	int64_t pos = 0;
	for (DictEntry *e; st == STATUS_OK && methods && (e = dict_next(methods, &pos));) {
		IValue bound, tuple;
		if (e->key.tag != TAG_STR)
			st = py_raise(b, "TypeError", "trace_module() wants a dict from names of methods to example inputs");
		if (st == STATUS_OK)
			st = py_getattr(b, f, py_intern(b, e->key.str->s), &bound);
		if (st != STATUS_OK)
			break;
		tuple = examples_tuple(b, e->value);
		st = trace_method(&t, strcmp(e->key.str->s, "forward") ? bound : f, root, e->key.str->s, tuple, strict, check);
		ivalue_unref(&tuple);
		ivalue_unref(&bound);
	}
	if (st == STATUS_OK && !methods) {
		IValue tuple = examples_tuple(b, examples);
		st = trace_method(&t, f, root, "forward", tuple, strict, check);
		ivalue_unref(&tuple);
	}
	if (st == STATUS_OK)
		*out = ivalue_ref(root);
	ivalue_unref(&root);
	tracer_free(&t);
	return st;
}

Status trace_value(Build *b, const PyArgs *a, IValue *out)
{
	IValue f, examples = {.tag = TAG_UNINIT}, ignored[7];
	bool strict = true, check = true;
	TRY(args_parse(b, a, "trace", "func:o example_inputs:o? optimize:o? check_trace:b=True check_inputs:o? check_tolerance:o? "
		"strict:b=True _force_outplace:o? _module_class:o? _compilation_unit:o? example_kwarg_inputs:o?",
		&f, &examples, &ignored[0], &check, &ignored[1], &ignored[2], &strict, &ignored[3], &ignored[4], &ignored[5],
		&ignored[6]));
	if (ignored[6].tag != TAG_UNINIT && ignored[6].tag != TAG_NONE)
		return py_raise(b, "NotImplementedError", "torch.jit.trace: example_kwarg_inputs is not supported: give the examples "
			"by position");
	if (examples.tag == TAG_UNINIT)
		return py_raise(b, "RuntimeError", "example_inputs should be provided");
	if (f.tag == TAG_OBJECT) { // compiled already
		*out = ivalue_ref(f);
		return STATUS_OK;
	}
	return trace(b, f, examples, NULL, strict, check, out);
}

Status trace_module_value(Build *b, const PyArgs *a, IValue *out)
{
	IValue f, inputs, ignored[5];
	bool strict = true, check = true;
	TRY(args_parse(b, a, "trace_module", "mod:o inputs:o optimize:o? check_trace:b=True check_inputs:o? check_tolerance:o? "
		"strict:b=True _force_outplace:o? _module_class:o?", &f, &inputs, &ignored[0], &check, &ignored[1], &ignored[2],
		&strict, &ignored[3], &ignored[4]));
	inputs = py_unwrap(inputs);
	if (!py_is(f, PY_INSTANCE) || !class_is_module(PY_AS(PyInstance, f)->cls))
		return py_raise(b, "AttributeError", "expected torch.nn.Module as the first argument");
	if (inputs.tag != TAG_DICT)
		return py_raise(b, "AttributeError", "expected a dictionary of (method_name, input) pairs");
	return trace(b, f, iv_none(), inputs.dict, strict, check, out);
}
