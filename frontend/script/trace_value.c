// SPDX-License-Identifier: BSD-3-Clause
// The inputs and outputs of a recording: nested tuples, lists and dicts of tensors.
#include "frontend/script/trace.h"

#include "interp/interp.h"

const Type *trace_input_type(Tracer *t, IValue v)
{
	TypePool *pool = t->g->pool;
	v = py_unwrap(v);
	if (v.tag == TAG_TENSOR)
		return &type_tensor;
	if (v.tag == TAG_TUPLE) {
		const Type **elem = arena_array(&t->g->arena, const Type *, v.tuple->n + 1);
		for (int64_t i = 0; i < v.tuple->n; i++)
			if (!(elem[i] = trace_input_type(t, v.tuple->items[i])))
				return NULL;
		return type_tuple(pool, elem, (int)v.tuple->n);
	}
	if (v.tag == TAG_LIST && v.list->n) {
		const Type *first = trace_input_type(t, v.list->items[0]);
		for (int64_t i = 1; first && i < v.list->n; i++)
			if (!type_equal(first, trace_input_type(t, v.list->items[i]) ? trace_input_type(t, v.list->items[i]) : &type_none))
				return NULL;
		return first ? type_list(pool, first) : NULL;
	}
	if (v.tag == TAG_DICT && v.dict->n) {
		int64_t pos = 0;
		const Type *first = NULL;
		for (DictEntry *e; (e = dict_next(v.dict, &pos));) {
			const Type *type = e->key.tag == TAG_STR ? trace_input_type(t, e->value) : NULL;
			if (!type || (first && !type_equal(first, type)))
				return NULL;
			first = type;
		}
		return type_dict(pool, &type_str, first);
	}
	return NULL;
}

// A copy of an example for the run, its tensors bound to what the graph finds at that place of the input.
Status trace_open_input(Tracer *t, IValue v, Value *from, IValue *out)
{
	Build *b = t->b;
	v = py_unwrap(v);
	if (v.tag == TAG_TENSOR) {
		IValue args[2] = {v, iv_none()};
		TRY(op_call(&b->x, op_find("aten::clone", ""), args, 2, out));
		out->tensor->requires_grad = v.tensor->requires_grad;
		trace_bind(t, out->tensor, from);
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
			TRY(trace_open_input(t, v.tuple->items[i], trace_append(t, n), &r->items[i]));
		}
		return STATUS_OK;
	}
	if (v.tag == TAG_LIST) {
		Node *n = node_new(t->g, NODE_LIST_UNPACK, (Range){0});
		node_add_input(n, from);
		for (int64_t i = 0; i < v.list->n; i++)
			node_add_output(n, from->type->elem[0], NULL);
		trace_append(t, n);
		*out = py_list(b, v.list->n);
		for (int64_t i = 0; i < v.list->n; i++) {
			IValue item;
			TRY(trace_open_input(t, v.list->items[i], n->outputs[i], &item));
			TRY(list_append_take(out->list, item, b->x.err));
		}
		return STATUS_OK;
	}
	*out = py_dict(b);
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(v.dict, &pos));) {
		Value *in[2] = {from, trace_constant(t, ivalue_ref(e->key), &type_str)};
		Node *n = node_new_op(t->g, op_find_key("aten::__getitem__.Dict_str"), in, 2, (Range){0});
		n->outputs[0]->type = from->type->elem[1];
		IValue item;
		TRY(trace_open_input(t, e->value, trace_append(t, n), &item));
		TRY(dict_set_take(out->dict, ivalue_ref(e->key), item, b->x.err));
	}
	return STATUS_OK;
}

Status trace_output(Tracer *t, IValue v, bool strict, Value **out)
{
	Build *b = t->b;
	v = py_unwrap(v);
	TRY(build_stack_check(b));
	if (v.tag == TAG_TENSOR) {
		*out = trace_tensor(t, v.tensor);
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
		TRY(trace_output(t, v.tag == TAG_TUPLE ? v.tuple->items[i] : v.list->items[i], strict, &item));
		elem[i] = item->type;
		if (v.tag == TAG_LIST && !type_equal(item->type, elem[0]))
			return py_raise(b, "RuntimeError", "a list of different kinds of values cannot be output from traced functions");
		node_add_input(n, item);
	}
	for (DictEntry *e; v.tag == TAG_DICT && (e = dict_next(v.dict, &pos));) {
		Value *item;
		if (e->key.tag != TAG_STR)
			return py_raise(b, "RuntimeError", "a dict output from a traced function must have str keys");
		TRY(trace_output(t, e->value, strict, &item));
		node_add_input(n, trace_constant(t, ivalue_ref(e->key), &type_str));
		node_add_input(n, item);
		value_type = item->type;
	}
	TypePool *pool = t->g->pool;
	node_add_output(n, kind == NODE_TUPLE_CONSTRUCT ? type_tuple(pool, elem, (int)count)
		: kind == NODE_LIST_CONSTRUCT ? type_list(pool, count ? elem[0] : &type_tensor)
		: type_dict(pool, &type_str, value_type), NULL);
	*out = trace_append(t, n);
	return STATUS_OK;
}
