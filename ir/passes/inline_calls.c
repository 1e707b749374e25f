// SPDX-License-Identifier: BSD-3-Clause
// Replaces calls by the bodies of what they call.  Needs nothing; keeps SSA.
//
// A body is copied in place of its call and then scanned itself, so that every node is looked at once.  Each
// copied node remembers the function it was written in and the chain of calls that led there.
#include "ir/passes.h"

#include <stdlib.h>
#include <string.h>

// Inlining can grow a program exponentially; past these bounds calls stay calls.
enum { MAX_NODES = 250000, MAX_CHAIN = 64 };

typedef struct Inliner {
	Graph *g;
	Error *err;
	int nodes;          // copied so far
	Arena scratch;
} Inliner;

static Function *callee_of(const Node *call)
{
	if (call->kind == NODE_CALL_FUNCTION)
		return call->attr.fn;
	const Type *t = call->inputs[0]->type;
	return t->kind == TYPE_CLASS && t->cls ? class_find_method(t->cls, call->attr.name) : NULL;
}

static bool block_has_fork(const Block *b, int *count)
{
	block_foreach(n, b) {
		++*count;
		if (n->kind == NODE_FORK)
			return true;
		for (int i = 0; i < n->nblocks; i++)
			if (block_has_fork(n->blocks[i], count))
				return true;
	}
	return false;
}

// Does the call stand in the body of f, directly or through inlined calls?
static bool is_recursive(const Inliner *in, const Node *call, const Function *f)
{
	int depth = 0;
	if (in->g->name && !strcmp(in->g->name, f->name))
		return true;
	if (call->callstack && !strcmp(call->callstack, f->name))
		return true;
	for (const InlinedAt *at = call->inlined; at; at = at->outer)
		if (++depth > MAX_CHAIN || (at->caller && !strcmp(at->caller, f->name)))
			return true;
	return false;
}

typedef struct Site {
	Graph *g;
	const char *function;     // callee, in g's arena
	InlinedAt *at;            // the call being replaced
	const InlinedAt *old;     // last chain extended, and what it became
	InlinedAt *extended;
} Site;

// The chain of a node that was inlined into the callee already ends at the callee; it goes on with the call.
static InlinedAt *chain_extend(Site *s, const InlinedAt *chain)
{
	if (!chain)
		return s->at;
	if (chain == s->old)
		return s->extended;
	InlinedAt *first = NULL, **end = &first;
	for (const InlinedAt *c = chain; c; c = c->outer) {
		*end = arena_new(&s->g->arena, InlinedAt);
		**end = (InlinedAt){.at = c->at, .caller = c->caller ? arena_strdup(&s->g->arena, c->caller) : NULL};
		end = &(*end)->outer;
	}
	*end = s->at;
	s->old = chain;
	return s->extended = first;
}

static void stamp(Site *s, Node *n)
{
	if (!n->callstack)
		n->callstack = s->function;
	n->inlined = chain_extend(s, n->inlined);
	for (int i = 0; i < n->nblocks; i++)
		block_foreach(k, n->blocks[i])
			stamp(s, k);
}

static Value *cast(Graph *g, Value *v, const Type *want, Node *place)
{
	if (type_subtype(v->type, want, NULL))
		return v;
	Node *n = node_new(g, NODE_UNCHECKED_CAST, place->at);
	node_add_input(n, v);
	Value *out = node_add_output(n, want, NULL);
	node_insert_before(n, place);
	return out;
}

// The value that the call had, from the results of the body.
static Value *gather(Graph *g, const Function *f, Value *const *results, int n, Node *call)
{
	const Type *want = call->outputs[0]->type;
	Node *node;
	Value *v;
	if (n == 1)
		return cast(g, results[0], want, call);
	if (n == 0) {
		v = graph_constant(g, iv_none(), &type_none, call->at, &node);
		node_insert_before(node, call);
		return cast(g, v, want, call);
	}
	node = node_new(g, NODE_TUPLE_CONSTRUCT, call->at);
	for (int i = 0; i < n; i++)
		node_add_input(node, results[i]);
	(void)f;
	v = node_add_output(node, want, NULL);
	node_insert_before(node, call);
	return v;
}

// Returns the first node to scan next: the first of the body, or what follows the call.
static Node *inline_call(Inliner *in, Node *call, const Function *f)
{
	Graph *g = in->g;
	const Graph *body = f->graph;
	Node *before = call->prev;
	ValueMap map = {.to = xcalloc((size_t)body->next_id + 1, sizeof(Value *)), .n = body->next_id + 1};
	for (int i = 0; i < body->block->ninputs; i++)
		map.to[body->block->inputs[i]->id] = call->inputs[i];
	Site site = {.g = g, .function = arena_strdup(&g->arena, f->name), .at = arena_new(&g->arena, InlinedAt)};
	*site.at = (InlinedAt){.at = call->at, .caller = call->callstack ? call->callstack : g->name,
		.outer = call->inlined};
	for (int i = 0; i < body->nsources; i++)
		graph_keep_source(g, body->sources[i]);
	block_foreach(n, body->block) {
		Node *copy = node_copy(g, n, &map);
		node_insert_before(copy, call);
		stamp(&site, copy);
	}
	if (call->noutputs) {
		Value **results = arena_array(&in->scratch, Value *, body->block->noutputs + 1);
		for (int i = 0; i < body->block->noutputs; i++) {
			Value *v = body->block->outputs[i];
			results[i] = map.to[v->id];
		}
		Value *v = gather(g, f, results, body->block->noutputs, call);
		if (!v->name && call->outputs[0]->name)
			v->name = call->outputs[0]->name;
		value_replace_all(call->outputs[0], v);
	}
	free(map.to);
	node_remove(call);
	return before->next;
}

static Status inline_block(Inliner *in, Block *b)
{
	for (Node *n = b->head->next, *next; n != b->head; n = next) {
		next = n->next;
		for (int i = 0; i < n->nblocks; i++)
			TRY(inline_block(in, n->blocks[i]));
		if (n->kind != NODE_CALL_METHOD && n->kind != NODE_CALL_FUNCTION)
			continue;
		Function *f = callee_of(n);
		if (!f || is_recursive(in, n, f))
			continue;
		TRY(function_ensure(f, in->err));
		if (!f->graph || f->graph == in->g || f->graph->block->ninputs != n->ninputs || n->noutputs > 1)
			continue;
		int count = 0;
		if (block_has_fork(f->graph->block, &count) || in->nodes + count > MAX_NODES)
			continue;
		in->nodes += count;
		next = inline_call(in, n, f);
	}
	return STATUS_OK;
}

Status inline_calls(Graph *g, Error *err)
{
	Inliner in = {.g = g, .err = err};
	Status st = inline_block(&in, g->block);
	arena_free(&in.scratch);
	return st;
}
