// SPDX-License-Identifier: BSD-3-Clause
// The form of a graph that statements can express.
//
// A loop of the graph may have a count and a condition at once (a "for" with a "break" in it); source has only the
// one or the other, so such a loop becomes a "while" with a counter of its own.  What a loop or the branches
// of an "if" pass on unchanged needs no variable.
#include "format/script_body.h"
#include "ir/passes.h"

#include <string.h>

static bool is_true(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_BOOL && v->def->attr.value.i;
}

static bool is_endless(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_INT &&
		v->def->attr.value.i == INT64_MAX;
}

bool loop_is_for(const Node *loop)
{
	const Block *body = loop->blocks[0];
	return is_true(loop->inputs[1]) && is_true(body->outputs[0]) &&
		(!is_endless(loop->inputs[0]) || body->inputs[0]->nuses > 0);
}

static Value *constant_before(Graph *g, IValue v, const Type *t, Node *place)
{
	Node *n;
	Value *c = graph_constant(g, v, t, place->at, &n);
	node_insert_before(n, place);
	return c;
}

static Value *op_before(Graph *g, const char *key, Value *a, Value *b, Node *place)
{
	Node *n = node_new_op(g, op_find_key(key), (Value *[]){a, b}, 2, place->at);
	node_insert_before(n, place);
	return n->outputs[0];
}

static Value *op_at_end(Block *b, const char *key, Value *x, Value *y, Range at)
{
	Node *n = node_new_op(b->graph, op_find_key(key), (Value *[]){x, y}, 2, at);
	block_append(b, n);
	return n->outputs[0];
}

// i = 0; go = 0 < count and condition; while go: …; i = i + 1; go = i < count and condition
static void count_by_hand(Graph *g, Node *loop)
{
	Block *body = loop->blocks[0];
	Value *count = loop->inputs[0], *counter = body->inputs[0];
	Value *zero = constant_before(g, iv_int(0), &type_int, loop);
	Value *go = op_before(g, "aten::lt.int", zero, count, loop);
	if (!is_true(loop->inputs[1]))
		go = op_before(g, "aten::__and__.bool", go, loop->inputs[1], loop);
	node_set_input(loop, 0, constant_before(g, iv_int(INT64_MAX), &type_int, loop));
	node_set_input(loop, 1, go);
	node_add_input(loop, zero);
	Value *i = block_add_input(body, &type_int, counter->name);
	value_replace_all(counter, i);
	counter->name = NULL;
	Node *n;
	Value *one = graph_constant(g, iv_int(1), &type_int, loop->at, &n);
	block_append(body, n);
	Value *next = op_at_end(body, "aten::add.int", i, one, loop->at);
	Value *again = op_at_end(body, "aten::lt.int", next, count, loop->at);
	if (!is_true(body->outputs[0]))
		again = op_at_end(body, "aten::__and__.bool", again, body->outputs[0], loop->at);
	block_set_output(body, 0, again);
	block_add_output(body, next);
	node_add_output(loop, &type_int, i->name);
}

static void drop_unchanged(Node *loop)
{
	Block *body = loop->blocks[0];
	for (int i = loop->noutputs - 1; i >= 0; i--) {
		Value *in = body->inputs[i + 1], *first = loop->inputs[i + 2];
		if (body->outputs[i + 1] != in || !type_equal(in->type, first->type))
			continue;
		block_remove_output(body, i + 1);
		value_replace_all(in, first);
		value_replace_all(loop->outputs[i], first);
		block_remove_input(body, i + 1);
		node_remove_output(loop, i);
		node_remove_input(loop, i + 2);
	}
}

// Both branches give what was there before.
static void drop_equal(Node *branch)
{
	for (int i = branch->noutputs - 1; i >= 0; i--) {
		Value *v = branch->blocks[0]->outputs[i];
		if (branch->blocks[1]->outputs[i] != v || !type_equal(v->type, branch->outputs[i]->type) ||
			!value_dominates(v, branch))
			continue;
		value_replace_all(branch->outputs[i], v);
		node_remove_output(branch, i);
		block_remove_output(branch->blocks[0], i);
		block_remove_output(branch->blocks[1], i);
	}
}

static bool is_constant(const Value *v, Tag tag)
{
	return v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == tag;
}

// "1.-2.j" is one number in source and a subtraction in the graph.
static void fold_complex(Graph *g, Node *n)
{
	const Schema *s = n->op->schema;
	bool plus = !strcmp(s->name, "aten::add");
	if (strcmp(s->overload, "float_complex") || (!plus && strcmp(s->name, "aten::sub")))
		return;
	if (!is_constant(n->inputs[0], TAG_FLOAT) || !is_constant(n->inputs[1], TAG_COMPLEX))
		return;
	double a = n->inputs[0]->def->attr.value.f;
	const ComplexObj *b = n->inputs[1]->def->attr.value.complex_;
	IValue sum = plus ? iv_complex(a + b->re, b->im) : iv_complex(a - b->re, -b->im);
	value_replace_all(n->outputs[0], constant_before(g, sum, &type_complex, n));
}

// What is taken out of a tuple made here is the element itself.
static void forward_elements(Graph *g, Node *n)
{
	const Node *made = n->inputs[0]->def;
	if (made && is_constant(n->inputs[0], TAG_TUPLE)) {
		const TupleObj *t = made->attr.value.tuple;
		for (int i = 0; i < n->noutputs; i++) {
			int64_t k = n->kind == NODE_TUPLE_INDEX ? n->attr.index : i;
			if (k >= 0 && k < t->n)
				value_replace_all(n->outputs[i], constant_before(g, ivalue_ref(t->items[k]), n->outputs[i]->type, n));
		}
		return;
	}
	if (!made || made->kind != NODE_TUPLE_CONSTRUCT)
		return;
	for (int i = 0; i < n->noutputs; i++) {
		int64_t k = n->kind == NODE_TUPLE_INDEX ? n->attr.index : i;
		if (k >= 0 && k < made->ninputs && type_equal(made->inputs[k]->type, n->outputs[i]->type))
			value_replace_all(n->outputs[i], made->inputs[k]);
	}
}

static void canonicalize_block(Graph *g, Block *b)
{
	block_foreach(n, b) {
		for (int i = 0; i < n->nblocks; i++)
			canonicalize_block(g, n->blocks[i]);
		if (n->kind == NODE_OP)
			fold_complex(g, n);
		if (n->kind == NODE_TUPLE_INDEX || n->kind == NODE_TUPLE_UNPACK)
			forward_elements(g, n);
		if (n->kind == NODE_IF)
			drop_equal(n);
		if (n->kind != NODE_LOOP)
			continue;
		drop_unchanged(n);
		bool counts = !is_endless(n->inputs[0]) || n->blocks[0]->inputs[0]->nuses > 0;
		if (counts && !loop_is_for(n))
			count_by_hand(g, n);
	}
}

Status graph_canonicalize(Graph *g, Error *err)
{
	canonicalize_block(g, g->block);
	return remove_dead_code(g, err);
}
