// SPDX-License-Identifier: BSD-3-Clause
// torch.jit.trace: runs a function or module on examples and records the ops that ran.
//
// The recording is one straight-line graph.  A tensor is known by its address (all that were seen are kept alive while
// recording): results of recorded ops, inputs and the module's parameters have an SSA value; any other tensor is a
// constant.  Submodules keep their attributes, so that parameters are found where they were, but only the root gets
// a method.
#include "frontend/build/frame.h"
#include "frontend/build/tracer.h"
#include "frontend/script/script.h"
#include "interp/interp.h"
#include "ir/passes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_MAX_NODES 2000000

typedef struct Index { const Arg *arg; int64_t i; Tensor *t; } Index; // t borrowed: kept by the Tracer

struct Tracer {
	Build *b;
	ScriptStage *s;
	Graph *g;
	Value *self;
	const Type *root;
	Map values;            // address of a Tensor → Value
	Map places;            // address of a Tensor or compiled Object → path of the attribute that holds it
	Map attributes;        // path → Value of the attribute, once it was read
	Map objects;           // address of a PyInstance → Object
	IValue *kept;
	int nkept, cap_kept;
	Index *indices;
	int nindices, cap_indices;
	Map warned;
	int nodes;
	Arena arena;           // paths
};

static Value *value_of_address(const Map *m, const void *p)
{
	return map_getn(m, (const char *)&p, sizeof p);
}

static void keep(Tracer *t, Tensor *x)
{
	VEC_PUSH(t->kept, t->nkept, t->cap_kept, iv_take_tensor(tensor_ref(x)));
}

static void bind(Tracer *t, Tensor *x, Value *v)
{
	keep(t, x);
	map_setn(&t->values, (const char *)&x, sizeof x, v);
}

static Value *append(Tracer *t, Node *n)
{
	block_append(t->g->block, n);
	t->nodes++;
	return n->noutputs ? n->outputs[0] : NULL;
}

static Value *constant(Tracer *t, IValue v, const Type *type) // takes v
{
	Node *n;
	graph_constant(t->g, v, type, (Range){0}, &n);
	return append(t, n);
}

static Value *apply(Tracer *t, const char *key, Value *const *in, int n)
{
	return append(t, node_new_op(t->g, op_find_key(key), in, n, (Range){0}));
}

// ---- tensors that have a place in the module

static Value *attribute_value(Tracer *t, const char *path)
{
	if (!*path)
		return t->self;
	Value *known = map_get(&t->attributes, path);
	if (known)
		return known;
	const char *dot = strrchr(path, '.');
	char *outer = dot ? xstrndup(path, (size_t)(dot - path)) : xstrdup("");
	Value *owner = attribute_value(t, outer);
	free(outer);
	const char *name = dot ? dot + 1 : path;
	int slot = class_find_attr(owner->type->cls, name);
	Node *n = node_new(t->g, NODE_GETATTR, (Range){0});
	node_add_input(n, owner);
	n->attr.name = arena_strdup(&t->g->arena, name);
	Value *v = node_add_output(n, owner->type->cls->attrs[slot].type, NULL);
	append(t, n);
	map_set(&t->attributes, path, v);
	return v;
}

static Value *tensor_value(Tracer *t, Tensor *x)
{
	Value *v = value_of_address(&t->values, x);
	if (v)
		return v;
	const char *place = map_getn(&t->places, (const char *)&x, sizeof x);
	if (place) {
		v = attribute_value(t, place);
	} else {
		Tensor *plain = tensor_alias(x); // a constant is no parameter
		plain->requires_grad = plain->is_parameter = false;
		v = constant(t, iv_take_tensor(plain), &type_tensor);
	}
	bind(t, x, v);
	return v;
}

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
			keep(t, v.tensor);
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

// ---- recording

static Value *index_value(Tracer *t, const Arg *a, int64_t i)
{
	for (int k = t->nindices - 1; k >= 0; k--)
		if (t->indices[k].arg == a && t->indices[k].i == i) {
			Value *v = tensor_value(t, t->indices[k].t);
			return apply(t, "aten::Int.Tensor", &v, 1);
		}
	return NULL;
}

static Value *argument_value(Tracer *t, const Arg *a, int64_t i, IValue v);

static Value *list_value(Tracer *t, const Arg *a, IValue v)
{
	const ListObj *l = v.list;
	bool plain = true;
	for (int64_t i = 0; i < l->n && plain; i++) {
		plain = l->items[i].tag != TAG_TENSOR && l->items[i].tag != TAG_NONE;
		for (int k = 0; k < t->nindices && plain; k++)
			plain = t->indices[k].arg != a || t->indices[k].i != i;
	}
	const Type *elem = a && a->type->kind == TYPE_LIST ? a->type->elem[0]
		: a && a->type->kind == TYPE_OPTIONAL && a->type->elem[0]->kind == TYPE_LIST ? a->type->elem[0]->elem[0] : l->elem;
	TypePool *pool = t->g->pool;
	if (elem->kind == TYPE_NUMBER) // of Scalar[]
		elem = l->n && l->items[0].tag == TAG_FLOAT ? &type_float : &type_int;
	if (elem->kind == TYPE_OPTIONAL)
		elem = type_optional(pool, elem->elem[0]);
	Value **items = xmalloc((size_t)(l->n + 1) * sizeof *items);
	for (int64_t i = 0; i < l->n; i++)
		items[i] = plain ? constant(t, ivalue_ref(l->items[i]), ivalue_type(pool, l->items[i])) : argument_value(t, a, i, l->items[i]);
	Node *n = node_new(t->g, NODE_LIST_CONSTRUCT, (Range){0});
	for (int64_t i = 0; i < l->n; i++)
		node_add_input(n, items[i]);
	free(items);
	node_add_output(n, type_list(pool, elem), NULL);
	return append(t, n);
}

static Value *argument_value(Tracer *t, const Arg *a, int64_t i, IValue v)
{
	if (v.tag == TAG_TENSOR)
		return tensor_value(t, v.tensor);
	if (v.tag == TAG_LIST)
		return list_value(t, a, v);
	Value *known = v.tag == TAG_INT ? index_value(t, a, i) : NULL;
	return known ? known : constant(t, ivalue_ref(v), ivalue_type(t->g->pool, v));
}

static void bind_result(Tracer *t, IValue r, Value *v)
{
	if (r.tag == TAG_TENSOR) {
		bind(t, r.tensor, v);
		return;
	}
	if (r.tag == TAG_LIST && v->type->kind == TYPE_LIST && v->type->elem[0]->kind == TYPE_TENSOR) {
		Node *n = node_new(t->g, NODE_LIST_UNPACK, (Range){0});
		node_add_input(n, v);
		for (int64_t i = 0; i < r.list->n; i++)
			node_add_output(n, &type_tensor, NULL);
		append(t, n);
		for (int64_t i = 0; i < r.list->n; i++)
			if (r.list->items[i].tag == TAG_TENSOR)
				bind(t, r.list->items[i].tensor, n->outputs[i]);
		return;
	}
	if (r.tag == TAG_TUPLE && v->type->kind == TYPE_TUPLE)
		for (int64_t i = 0; i < r.tuple->n; i++) {
			Node *n = node_new(t->g, NODE_TUPLE_INDEX, (Range){0});
			node_add_input(n, v);
			n->attr.index = i;
			node_add_output(n, v->type->elem[i], NULL);
			bind_result(t, r.tuple->items[i], append(t, n));
		}
}

Status tracer_record(Build *b, const Op *op, const IValue *args, int nargs, const IValue *rets)
{
	Tracer *t = b->tracer;
	if (t->nodes > TRACE_MAX_NODES)
		return py_raise(b, "RuntimeError", "the trace is longer than %d operators", TRACE_MAX_NODES);
	const Schema *s = op->schema;
	Value **in = xmalloc((size_t)(nargs + 1) * sizeof *in);
	for (int i = 0; i < nargs; i++)
		in[i] = argument_value(t, i < s->nargs ? &s->args[i] : NULL, 0, args[i]);
	Node *n = node_new_op(t->g, op, in, nargs, (Range){0});
	free(in);
	append(t, n);
	for (int i = 0; i < s->nrets && i < n->noutputs; i++)
		bind_result(t, rets[i], n->outputs[i]);
	t->nindices = 0;
	return STATUS_OK;
}

Status tracer_index(Build *b, const Arg *a, int64_t i, Tensor *x)
{
	Tracer *t = b->tracer;
	keep(t, x);
	VEC_PUSH(t->indices, t->nindices, t->cap_indices, (Index){a, i, x});
	return STATUS_OK;
}

Status tracer_size(Build *b, Tensor *x, int dim, IValue *out)
{
	Tracer *t = b->tracer;
	Tensor *size;
	TRY(tensor_scalar_i64(DT_I64, x->sizes[dim], &size, b->x.err));
	Value *in[2] = {tensor_value(t, x), constant(t, iv_int(dim), &type_int)};
	Value *n = apply(t, "aten::size.int", in, 2);
	bind(t, size, apply(t, "prim::NumToTensor.Scalar", &n, 1));
	*out = iv_take_tensor(size);
	return STATUS_OK;
}

Status tracer_call(Build *b, Function *f, IValue self, const IValue *args, int nargs, IValue ret)
{
	Tracer *t = b->tracer;
	Node *n = node_new(t->g, self.tag == TAG_OBJECT ? NODE_CALL_METHOD : NODE_CALL_FUNCTION, (Range){0});
	if (self.tag == TAG_OBJECT) {
		const char *place = map_getn(&t->places, (const char *)&self.object, sizeof self.object);
		if (!place)
			return py_raise(b, "RuntimeError", "a compiled module that is no submodule of the traced module was called");
		Value *owner = attribute_value(t, place);
		node_add_input(n, owner);
		n->attr.name = f->short_name;
	} else {
		n->attr.fn = f;
	}
	for (int i = 0; i < nargs; i++)
		node_add_input(n, argument_value(t, NULL, 0, args[i]));
	Value *v = node_add_output(n, f->schema->nrets ? f->schema->rets[0].type : &type_none, NULL);
	append(t, n);
	bind_result(t, ret, v);
	return STATUS_OK;
}

static void warn(Build *b, const char *text)
{
	if (b->x.warn)
		b->x.warn(b->x.user, text);
	else
		fprintf(stderr, "%s\n", text);
}

Status tracer_note(Build *b, TracerEvent what, const Tensor *x)
{
	static const char *const names[] = {
		[TRACED_BOOL] = "Converting a tensor to a Python boolean", [TRACED_NUMBER] = "Converting a tensor to a Python number",
		[TRACED_SIZE] = "Taking a size of a tensor", [TRACED_ITER] = "Iterating over a tensor",
		[TRACED_DATA] = "Taking the data of a tensor",
	};
	Tracer *t = b->tracer;
	if (what == TRACED_SIZE || (!value_of_address(&t->values, x) && what != TRACED_ITER))
		return STATUS_OK; // nothing that depends on the inputs
	const char *where = "";
	for (const Frame *f = b->frame; f && !*where; f = f->back)
		if (f->module && !f->module->is_library)
			where = f->name;
	Text msg = {0};
	text_addf(&msg, "TracerWarning: in %s: %s might cause the trace to be incorrect. We can't record the data flow of Python "
		"values, so this value will be treated as a constant in the future. This means that the trace might not "
		"generalize to other inputs!", *where ? where : "the traced function", names[what]);
	if (!map_has(&t->warned, text_str(&msg))) {
		map_set(&t->warned, text_str(&msg), t);
		warn(b, text_str(&msg));
	}
	text_free(&msg);
	return STATUS_OK;
}

// ---- inputs and outputs

static const Type *input_type(Tracer *t, IValue v)
{
	TypePool *pool = t->g->pool;
	v = py_unwrap(v);
	if (v.tag == TAG_TENSOR)
		return &type_tensor;
	if (v.tag == TAG_TUPLE) {
		const Type **elem = arena_array(&t->g->arena, const Type *, v.tuple->n + 1);
		for (int64_t i = 0; i < v.tuple->n; i++)
			if (!(elem[i] = input_type(t, v.tuple->items[i])))
				return NULL;
		return type_tuple(pool, elem, (int)v.tuple->n);
	}
	if (v.tag == TAG_LIST && v.list->n) {
		const Type *first = input_type(t, v.list->items[0]);
		for (int64_t i = 1; first && i < v.list->n; i++)
			if (!type_equal(first, input_type(t, v.list->items[i]) ? input_type(t, v.list->items[i]) : &type_none))
				return NULL;
		return first ? type_list(pool, first) : NULL;
	}
	if (v.tag == TAG_DICT && v.dict->n) {
		int64_t pos = 0;
		const Type *first = NULL;
		for (DictEntry *e; (e = dict_next(v.dict, &pos));) {
			const Type *type = e->key.tag == TAG_STR ? input_type(t, e->value) : NULL;
			if (!type || (first && !type_equal(first, type)))
				return NULL;
			first = type;
		}
		return type_dict(pool, &type_str, first);
	}
	return NULL;
}

// A copy of an example for the run, its tensors bound to what the graph finds at that place of the input.
static Status open_input(Tracer *t, IValue v, Value *from, IValue *out)
{
	Build *b = t->b;
	v = py_unwrap(v);
	if (v.tag == TAG_TENSOR) {
		IValue args[2] = {v, iv_none()};
		TRY(op_call(&b->x, op_find("aten::clone", ""), args, 2, out));
		out->tensor->requires_grad = v.tensor->requires_grad;
		bind(t, out->tensor, from);
		return STATUS_OK;
	}
	if (v.tag == TAG_TUPLE) {
		TupleObj *r = tuple_new(v.tuple->n, NULL);
		*out = iv_take_tuple(r);
		for (int64_t i = 0; i < r->n; i++) {
			Node *n = node_new(t->g, NODE_TUPLE_INDEX, (Range){0});
			node_add_input(n, from);
			n->attr.index = i;
			node_add_output(n, from->type->elem[i], NULL);
			TRY(open_input(t, v.tuple->items[i], append(t, n), &r->items[i]));
		}
		return STATUS_OK;
	}
	if (v.tag == TAG_LIST) {
		Node *n = node_new(t->g, NODE_LIST_UNPACK, (Range){0});
		node_add_input(n, from);
		for (int64_t i = 0; i < v.list->n; i++)
			node_add_output(n, from->type->elem[0], NULL);
		append(t, n);
		*out = py_list(b, v.list->n);
		for (int64_t i = 0; i < v.list->n; i++) {
			IValue item;
			TRY(open_input(t, v.list->items[i], n->outputs[i], &item));
			TRY(list_append_take(out->list, item, b->x.err));
		}
		return STATUS_OK;
	}
	*out = py_dict(b);
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(v.dict, &pos));) {
		Value *in[2] = {from, constant(t, ivalue_ref(e->key), &type_str)};
		Node *n = node_new_op(t->g, op_find_key("aten::__getitem__.Dict_str"), in, 2, (Range){0});
		n->outputs[0]->type = from->type->elem[1];
		IValue item;
		TRY(open_input(t, e->value, append(t, n), &item));
		TRY(dict_set_take(out->dict, ivalue_ref(e->key), item, b->x.err));
	}
	return STATUS_OK;
}

static Status output_value(Tracer *t, IValue v, bool strict, Value **out)
{
	Build *b = t->b;
	v = py_unwrap(v);
	TRY(build_stack_check(b));
	if (v.tag == TAG_TENSOR) {
		*out = tensor_value(t, v.tensor);
		return STATUS_OK;
	}
	if (v.tag == TAG_DICT && strict)
		return py_raise(b, "RuntimeError", "Encountering a dict at the output of the tracer might cause the trace to be "
			"incorrect, this is only valid if the container structure does not change based on the module's inputs. "
			"Consider using a constant container instead (e.g. for `list`, use a `tuple` instead. for `dict`, use a "
			"`NamedTuple` instead). If you absolutely need this and know the side effects, pass strict=False to trace() "
			"to allow this behavior.");
	NodeKind kind = v.tag == TAG_TUPLE ? NODE_TUPLE_CONSTRUCT : v.tag == TAG_LIST ? NODE_LIST_CONSTRUCT : NODE_DICT_CONSTRUCT;
	if (v.tag != TAG_TUPLE && v.tag != TAG_LIST && v.tag != TAG_DICT)
		return py_raise(b, "RuntimeError", "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from "
			"traced functions, but got %s", py_type_name(b, v));
	Node *n = node_new(t->g, kind, (Range){0});
	int64_t count = v.tag == TAG_TUPLE ? v.tuple->n : v.tag == TAG_LIST ? v.list->n : 0, pos = 0;
	const Type **elem = arena_array(&t->g->arena, const Type *, count + 1);
	const Type *value_type = &type_tensor;
	for (int64_t i = 0; i < count; i++) {
		Value *item;
		TRY(output_value(t, v.tag == TAG_TUPLE ? v.tuple->items[i] : v.list->items[i], strict, &item));
		elem[i] = item->type;
		if (v.tag == TAG_LIST && !type_equal(item->type, elem[0]))
			return py_raise(b, "RuntimeError", "a list of different kinds of values cannot be output from traced functions");
		node_add_input(n, item);
	}
	for (DictEntry *e; v.tag == TAG_DICT && (e = dict_next(v.dict, &pos));) {
		Value *item;
		if (e->key.tag != TAG_STR)
			return py_raise(b, "RuntimeError", "a dict output from a traced function must have str keys");
		TRY(output_value(t, e->value, strict, &item));
		node_add_input(n, constant(t, ivalue_ref(e->key), &type_str));
		node_add_input(n, item);
		value_type = item->type;
	}
	TypePool *pool = t->g->pool;
	node_add_output(n, kind == NODE_TUPLE_CONSTRUCT ? type_tuple(pool, elem, (int)count)
		: kind == NODE_LIST_CONSTRUCT ? type_list(pool, count ? elem[0] : &type_tensor)
		: type_dict(pool, &type_str, value_type), NULL);
	*out = append(t, n);
	return STATUS_OK;
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
		const Type *type = input_type(t, examples.tuple->items[i]);
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
		st = open_input(t, examples.tuple->items[i], t->g->block->inputs[i + 1], &run[i]);
	if (st == STATUS_OK) {
		b->tracer = t;
		st = py_call(b, f, run, n, result);
		Value *v = NULL;
		if (st == STATUS_OK)
			st = output_value(t, *result, strict, &v);
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
		warn(b, "TracerWarning: the traced function does not give the outputs of the Python function: what it does depends on "
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
