// SPDX-License-Identifier: BSD-3-Clause
// The verifier: what every pass may rely on and must keep.
#include "ir/bind.h"
#include "ir/function.h"
#include "ir/scan.h"

#include <stdlib.h>

typedef struct Verifier {
	const Graph *g;
	Error *err;
	uint8_t *seen;   // by value id: 1 defined, 2 visible here
	int nseen;
	const Node *at;
} Verifier;

static Status broken(const Verifier *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static Status broken(const Verifier *v, const char *fmt, ...)
{
	Text t = {0};
	va_list ap;
	va_start(ap, fmt);
	text_vaddf(&t, fmt, ap);
	va_end(ap);
	if (v->at) {
		text_add(&t, ", at ");
		if (v->at->noutputs)
			text_addf(&t, "%%%d = ", v->at->outputs[0]->id);
		if (v->at->op && v->at->kind == NODE_OP)
			op_key(v->at->op, &t);
		else
			text_add(&t, node_kind_name(v->at->kind));
	}
	Status st = fail(v->err, STATUS_INTERNAL, "the graph of %s is broken: %s", v->g->name ? v->g->name : "a function",
		text_str(&t));
	text_free(&t);
	return st;
}

static Status define(Verifier *v, const Value *x, const Node *def, const Block *b, int index)
{
	if (x->id < 0 || x->id >= v->nseen)
		return broken(v, "the value number %d is out of range", x->id);
	if (v->seen[x->id] & 1)
		return broken(v, "%%%d is defined twice", x->id);
	if (x->def != def || x->block != b || x->index != index)
		return broken(v, "%%%d does not know its definition", x->id);
	if (!x->type)
		return broken(v, "%%%d has no type", x->id);
	v->seen[x->id] = 3;
	return STATUS_OK;
}

static Status check_inputs(Verifier *v, const Node *n)
{
	for (int i = 0; i < n->ninputs; i++) {
		const Value *x = n->inputs[i];
		if (x->id < 0 || x->id >= v->nseen || !(v->seen[x->id] & 2))
			return broken(v, "%%%d is used where it is not defined", x->id);
		int slot = n->use_slots[i];
		if (slot < 0 || slot >= x->nuses || x->uses[slot].user != n || x->uses[slot].index != i)
			return broken(v, "the uses of %%%d are wrong", x->id);
	}
	return STATUS_OK;
}

static Status expect_type(Verifier *v, const Value *x, const Type *want, const char *what)
{
	if (x->type->kind == TYPE_ANY || type_subtype(x->type, want, NULL))
		return STATUS_OK;
	Text a = {0}, b = {0};
	write_type(&a, x->type);
	write_type(&b, want);
	Status st = broken(v, "%s %%%d is a %s, not a %s", what, x->id, text_str(&a), text_str(&b));
	text_free(&a);
	text_free(&b);
	return st;
}

static Status check_op(Verifier *v, const Node *n)
{
	const Schema *s = n->op ? n->op->schema : NULL;
	if (!s)
		return broken(v, "an operation without a row");
	if (n->ninputs < s->nargs || (n->ninputs > s->nargs && !s->vararg))
		return broken(v, "%d inputs, but the schema has %d arguments", n->ninputs, s->nargs);
	if (n->noutputs != s->nrets && !s->varret)
		return broken(v, "%d outputs, but the schema has %d results", n->noutputs, s->nrets);
	Bindings vars = {0};
	for (int i = 0; i < s->nargs; i++) {
		const Type *want = s->args[i].type, *have = n->inputs[i]->type;
		if (have->kind == TYPE_ANY || bind_type(v->g->pool, want, have, &vars))
			continue;
		Text a = {0}, b = {0};
		write_type(&a, have);
		write_type(&b, want);
		Status st = broken(v, "argument '%s' is a %s, not a %s", s->args[i].name, text_str(&a), text_str(&b));
		text_free(&a);
		text_free(&b);
		return st;
	}
	return STATUS_OK;
}

static Status check_counts(Verifier *v, const Node *n, int inputs, int outputs, int blocks)
{
	if (inputs >= 0 && n->ninputs != inputs)
		return broken(v, "%d inputs instead of %d", n->ninputs, inputs);
	if (outputs >= 0 && n->noutputs != outputs)
		return broken(v, "%d outputs instead of %d", n->noutputs, outputs);
	if (n->nblocks != blocks)
		return broken(v, "%d blocks instead of %d", n->nblocks, blocks);
	return STATUS_OK;
}

// The results of a block against values that take them over.
static Status check_handover(Verifier *v, Value *const *from, int nfrom, Value *const *to, int nto)
{
	if (nfrom != nto)
		return broken(v, "%d values are handed over, %d are expected", nfrom, nto);
	for (int i = 0; i < nfrom; i++)
		TRY(expect_type(v, from[i], to[i]->type, "the handed-over value"));
	return STATUS_OK;
}

static Status check_control(Verifier *v, const Node *n)
{
	const Block *b = n->nblocks ? n->blocks[0] : NULL;
	switch (n->kind) {
	case NODE_IF:
		TRY(check_counts(v, n, 1, -1, 2));
		TRY(expect_type(v, n->inputs[0], &type_bool, "the condition"));
		for (int i = 0; i < 2; i++) {
			if (n->blocks[i]->ninputs)
				return broken(v, "a branch has inputs");
			TRY(check_handover(v, n->blocks[i]->outputs, n->blocks[i]->noutputs, n->outputs, n->noutputs));
		}
		return STATUS_OK;
	case NODE_LOOP: {
		TRY(check_counts(v, n, -1, -1, 1));
		int k = n->noutputs;
		if (n->ninputs != k + 2 || b->ninputs != k + 1 || b->noutputs != k + 1)
			return broken(v, "the numbers of carried values differ");
		TRY(expect_type(v, n->inputs[0], &type_int, "the trip count"));
		TRY(expect_type(v, n->inputs[1], &type_bool, "the condition"));
		TRY(expect_type(v, b->outputs[0], &type_bool, "the condition"));
		if (b->inputs[0]->type->kind != TYPE_INT)
			return broken(v, "the counter is not an int");
		TRY(check_handover(v, n->inputs + 2, k, b->inputs + 1, k));
		TRY(check_handover(v, b->outputs + 1, k, b->inputs + 1, k));
		return check_handover(v, b->outputs + 1, k, n->outputs, k);
	}
	case NODE_WITH:
		TRY(check_counts(v, n, 1, -1, 1));
		if (b->ninputs)
			return broken(v, "the block has inputs");
		return check_handover(v, b->outputs, b->noutputs, n->outputs, n->noutputs);
	case NODE_FORK:
		TRY(check_counts(v, n, 0, 1, 1));
		if (b->ninputs || n->outputs[0]->type->kind != TYPE_FUTURE)
			return broken(v, "a fork has a block without inputs and gives a Future");
		return STATUS_OK;
	default:
		return STATUS_OK;
	}
}

static Status check_tuple(Verifier *v, const Node *n)
{
	const Type *t = n->inputs[0]->type;
	if (t->kind == TYPE_ANYTUPLE || t->kind == TYPE_ANY)
		return STATUS_OK;
	if (t->kind != TYPE_TUPLE)
		return broken(v, "the input is no tuple");
	if (n->kind == NODE_TUPLE_UNPACK && n->noutputs != t->n)
		return broken(v, "%d outputs, but the tuple has %d", n->noutputs, t->n);
	if (n->kind == NODE_TUPLE_INDEX && (n->attr.index < 0 || n->attr.index >= t->n))
		return broken(v, "index %lld of a tuple of %d", (long long)n->attr.index, t->n);
	if (n->kind == NODE_TUPLE_SLICE && (n->attr.begin < 0 || n->attr.end > t->n || n->attr.begin > n->attr.end))
		return broken(v, "slice %lld:%lld of a tuple of %d", (long long)n->attr.begin, (long long)n->attr.end, t->n);
	return STATUS_OK;
}

static Status check_kind(Verifier *v, const Node *n)
{
	switch (n->kind) {
	case NODE_OP:
		TRY(check_counts(v, n, -1, -1, 0));
		return check_op(v, n);
	case NODE_IF:
	case NODE_LOOP:
	case NODE_WITH:
	case NODE_FORK:
		return check_control(v, n);
	case NODE_CONSTANT:
	case NODE_CREATE_OBJECT:
	case NODE_UNINITIALIZED:
		return check_counts(v, n, 0, 1, 0);
	case NODE_GETATTR:
		TRY(check_counts(v, n, 1, 1, 0));
		return n->attr.name ? STATUS_OK : broken(v, "no attribute name");
	case NODE_SETATTR:
		TRY(check_counts(v, n, 2, 0, 0));
		return n->attr.name ? STATUS_OK : broken(v, "no attribute name");
	case NODE_CALL_METHOD:
		TRY(check_counts(v, n, -1, -1, 0));
		if (n->ninputs < 1 || !n->attr.name)
			return broken(v, "a method call needs an object and a name");
		return STATUS_OK;
	case NODE_CALL_FUNCTION:
		TRY(check_counts(v, n, -1, -1, 0));
		return n->attr.fn || n->attr.name ? STATUS_OK : broken(v, "a call without a function");
	case NODE_TUPLE_CONSTRUCT:
		TRY(check_counts(v, n, -1, 1, 0));
		if (n->outputs[0]->type->kind == TYPE_TUPLE && n->outputs[0]->type->n != n->ninputs)
			return broken(v, "%d items for a tuple of %d", n->ninputs, n->outputs[0]->type->n);
		return STATUS_OK;
	case NODE_LIST_CONSTRUCT:
		TRY(check_counts(v, n, -1, 1, 0));
		return n->outputs[0]->type->kind == TYPE_LIST ? STATUS_OK : broken(v, "the output is no list");
	case NODE_DICT_CONSTRUCT:
		TRY(check_counts(v, n, -1, 1, 0));
		return n->ninputs % 2 == 0 ? STATUS_OK : broken(v, "a key without a value");
	case NODE_TUPLE_UNPACK:
		TRY(check_counts(v, n, 1, -1, 0));
		return check_tuple(v, n);
	case NODE_TUPLE_INDEX:
	case NODE_TUPLE_SLICE:
		TRY(check_counts(v, n, 1, 1, 0));
		return check_tuple(v, n);
	case NODE_LIST_UNPACK:
		return check_counts(v, n, 1, -1, 0);
	case NODE_UNCHECKED_CAST:
	case NODE_ISINSTANCE:
	case NODE_ENUM_NAME:
	case NODE_ENUM_VALUE:
		return check_counts(v, n, 1, 1, 0);
	case NODE_TOLIST:
		return n->ninputs >= 1 ? check_counts(v, n, -1, 1, 0) : broken(v, "no input");
	case NODE_CONTAINER_INDEX:
		return check_counts(v, n, 2, 1, 0);
	default:
		return broken(v, "unknown kind of node");
	}
}

static void hide(Verifier *v, const Block *b) // values of an inner block end with it
{
	for (int i = 0; i < b->ninputs; i++)
		v->seen[b->inputs[i]->id] = 1;
	block_foreach(n, b)
		for (int i = 0; i < n->noutputs; i++)
			v->seen[n->outputs[i]->id] = 1;
}

static Status check_block(Verifier *v, const Block *b, const Node *owner)
{
	if (b->graph != v->g || b->owner != owner)
		return broken(v, "a block does not know where it stands");
	for (int i = 0; i < b->ninputs; i++)
		TRY(define(v, b->inputs[i], NULL, b, i));
	int64_t order = INT64_MIN;
	block_foreach(n, b) {
		v->at = n;
		if (n->block != b || n->next->prev != n || n->order <= order)
			return broken(v, "the list of nodes is inconsistent");
		order = n->order;
		TRY(check_inputs(v, n));
		for (int i = 0; i < n->nblocks; i++) {
			TRY(check_block(v, n->blocks[i], n));
			hide(v, n->blocks[i]);
			v->at = n;
		}
		TRY(check_kind(v, n));
		for (int i = 0; i < n->noutputs; i++)
			TRY(define(v, n->outputs[i], n, b, i));
	}
	v->at = owner;
	if (b->outputs != b->ret->inputs || b->noutputs != b->ret->ninputs)
		return broken(v, "a block's outputs are not those of its return");
	return check_inputs(v, b->ret);
}

Status graph_verify(const Graph *g, Error *err)
{
	Verifier v = {.g = g, .err = err, .nseen = g->next_id};
	v.seen = xcalloc((size_t)g->next_id + 1, 1);
	Status st = check_block(&v, g->block, NULL);
	free(v.seen);
	return st;
}
