// SPDX-License-Identifier: BSD-3-Clause
// Nodes for what runs while torch.jit.trace records.
#include "frontend/build/frame.h"
#include "frontend/script/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_MAX_NODES 2000000

static Value *value_of_address(const Map *m, const void *p)
{
	return map_getn(m, (const char *)&p, sizeof p);
}

void trace_keep(Tracer *t, Tensor *x)
{
	VEC_PUSH(t->kept, t->nkept, t->cap_kept, iv_take_tensor(tensor_ref(x)));
}

void trace_bind(Tracer *t, Tensor *x, Value *v)
{
	trace_keep(t, x);
	map_setn(&t->values, (const char *)&x, sizeof x, v);
}

Value *trace_append(Tracer *t, Node *n)
{
	block_append(t->g->block, n);
	t->nodes++;
	return n->noutputs ? n->outputs[0] : NULL;
}

Value *trace_constant(Tracer *t, IValue v, const Type *type) // takes v
{
	Node *n;
	graph_constant(t->g, v, type, (Range){0}, &n);
	return trace_append(t, n);
}

static Value *apply(Tracer *t, const char *key, Value *const *in, int n)
{
	return trace_append(t, node_new_op(t->g, op_find_key(key), in, n, (Range){0}));
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
	trace_append(t, n);
	map_set(&t->attributes, path, v);
	return v;
}

Value *trace_tensor(Tracer *t, Tensor *x)
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
		v = trace_constant(t, iv_take_tensor(plain), &type_tensor);
	}
	trace_bind(t, x, v);
	return v;
}

// ---- recording

static Value *index_value(Tracer *t, const Arg *a, int64_t i)
{
	for (int k = t->nindices - 1; k >= 0; k--)
		if (t->indices[k].arg == a && t->indices[k].i == i) {
			Value *v = trace_tensor(t, t->indices[k].t);
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
		items[i] = plain ? trace_constant(t, ivalue_ref(l->items[i]), ivalue_type(pool, l->items[i])) : argument_value(t, a, i, l->items[i]);
	Node *n = node_new(t->g, NODE_LIST_CONSTRUCT, (Range){0});
	for (int64_t i = 0; i < l->n; i++)
		node_add_input(n, items[i]);
	free(items);
	node_add_output(n, type_list(pool, elem), NULL);
	return trace_append(t, n);
}

static Value *argument_value(Tracer *t, const Arg *a, int64_t i, IValue v)
{
	if (v.tag == TAG_TENSOR)
		return trace_tensor(t, v.tensor);
	if (v.tag == TAG_LIST)
		return list_value(t, a, v);
	Value *known = v.tag == TAG_INT ? index_value(t, a, i) : NULL;
	return known ? known : trace_constant(t, ivalue_ref(v), ivalue_type(t->g->pool, v));
}

static void bind_result(Tracer *t, IValue r, Value *v)
{
	if (r.tag == TAG_TENSOR) {
		trace_bind(t, r.tensor, v);
		return;
	}
	if (r.tag == TAG_LIST && v->type->kind == TYPE_LIST && v->type->elem[0]->kind == TYPE_TENSOR) {
		Node *n = node_new(t->g, NODE_LIST_UNPACK, (Range){0});
		node_add_input(n, v);
		for (int64_t i = 0; i < r.list->n; i++)
			node_add_output(n, &type_tensor, NULL);
		trace_append(t, n);
		for (int64_t i = 0; i < r.list->n; i++)
			if (r.list->items[i].tag == TAG_TENSOR)
				trace_bind(t, r.list->items[i].tensor, n->outputs[i]);
		return;
	}
	if (r.tag == TAG_TUPLE && v->type->kind == TYPE_TUPLE)
		for (int64_t i = 0; i < r.tuple->n; i++) {
			Node *n = node_new(t->g, NODE_TUPLE_INDEX, (Range){0});
			node_add_input(n, v);
			n->attr.index = i;
			node_add_output(n, v->type->elem[i], NULL);
			bind_result(t, r.tuple->items[i], trace_append(t, n));
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
	trace_append(t, n);
	for (int i = 0; i < s->nrets && i < n->noutputs; i++)
		bind_result(t, rets[i], n->outputs[i]);
	t->nindices = 0;
	return STATUS_OK;
}

Status tracer_index(Build *b, const Arg *a, int64_t i, Tensor *x)
{
	Tracer *t = b->tracer;
	trace_keep(t, x);
	VEC_PUSH(t->indices, t->nindices, t->cap_indices, (Index){a, i, x});
	return STATUS_OK;
}

Status tracer_size(Build *b, Tensor *x, int dim, IValue *out)
{
	Tracer *t = b->tracer;
	Tensor *size;
	TRY(tensor_scalar_i64(DT_I64, x->sizes[dim], &size, b->x.err));
	Value *in[2] = {trace_tensor(t, x), trace_constant(t, iv_int(dim), &type_int)};
	Value *n = apply(t, "aten::size.int", in, 2);
	trace_bind(t, size, apply(t, "prim::NumToTensor.Scalar", &n, 1));
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
	trace_append(t, n);
	bind_result(t, ret, v);
	return STATUS_OK;
}

void trace_warn(Build *b, const char *text)
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
		trace_warn(b, text_str(&msg));
	}
	text_free(&msg);
	return STATUS_OK;
}
