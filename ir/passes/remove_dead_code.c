// SPDX-License-Identifier: BSD-3-Clause
// Removes what nobody can notice.  Needs nothing; keeps SSA.
//
// Liveness spreads backwards from results and effects.  A write is noticed when its location is: something live
// reads it, or it is known outside the graph.  So a location that becomes live makes its writers live.
#include "ir/passes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DEAD = 0, LIVE = 1 };

typedef struct Liveness {
	const AliasDb *alias;
	uint8_t *live;       // values, by id
	uint8_t *locations;  // by number
	Node **nodes;        // live ones whose needs are still to be marked
	int nnodes, cap_nodes;
	Value **values;      // live ones whose origins are still to be marked
	int nvalues, cap_values;
} Liveness;

static void mark_node(Liveness *l, Node *n)
{
	if (!n || n->scratch == LIVE)
		return;
	n->scratch = LIVE;
	VEC_PUSH(l->nodes, l->nnodes, l->cap_nodes, n);
}

static void mark_value(Liveness *l, Value *v)
{
	if (l->live[v->id])
		return;
	l->live[v->id] = 1;
	VEC_PUSH(l->values, l->nvalues, l->cap_values, v);
}

static void mark_location(Liveness *l, int i)
{
	while (i >= 0 && !l->locations[i]) {
		l->locations[i] = 1;
		int cursor = 0;
		for (const Node *w; (w = alias_writer(l->alias, i, &cursor));)
			mark_node(l, (Node *)w);
		i = alias_content(l->alias, i);
	}
}

static void mark_origin(Liveness *l, Value *v)
{
	mark_location(l, alias_location(l->alias, v));
	Node *n = v->def ? v->def : v->block->owner;
	if (!n)
		return;
	mark_node(l, n);
	if (v->def && (n->kind == NODE_IF || n->kind == NODE_WITH)) {
		for (int i = 0; i < n->nblocks; i++)
			mark_value(l, n->blocks[i]->outputs[v->index]);
	} else if (n->kind == NODE_LOOP) {
		int carried = v->def ? v->index : v->index - 1;
		if (carried < 0)
			return;
		mark_value(l, n->blocks[0]->inputs[carried + 1]);
		mark_value(l, n->blocks[0]->outputs[carried + 1]);
		mark_value(l, n->inputs[carried + 2]);
	}
}

// What a live node needs whatever becomes of its outputs.
static void mark_needs(Liveness *l, Node *n)
{
	int ninputs = n->kind == NODE_LOOP ? 2 : n->ninputs;
	for (int i = 0; i < ninputs; i++)
		mark_value(l, n->inputs[i]);
	if (n->kind == NODE_LOOP)
		mark_value(l, n->blocks[0]->outputs[0]);
	if (n->kind == NODE_FORK)
		for (int i = 0; i < n->blocks[0]->noutputs; i++)
			mark_value(l, n->blocks[0]->outputs[i]);
	mark_node(l, n->block->owner);
}

// Effects other than writes: those live by their locations.
static bool is_root(const Node *n)
{
	if (n->kind == NODE_WITH)
		return true;
	if (n->nblocks || !node_has_effect(n))
		return false;
	if (n->kind != NODE_OP || !n->op->writes)
		return true;
	for (int i = 0; i < n->op->schema->nargs; i++) // bernoulli_ moves the generator on
		if (!strncmp(n->op->schema->args[i].decl, "Generator", 9))
			return true;
	return n->noutputs == 0 && n->op->schema->nargs == 0;
}

static void mark_roots(Liveness *l, Block *b)
{
	block_foreach(n, b) {
		n->scratch = DEAD;
		for (int i = 0; i < n->nblocks; i++)
			mark_roots(l, n->blocks[i]);
		if (is_root(n))
			mark_node(l, n);
	}
}

// The results of blocks that nothing wants go before the blocks are swept, unused loop inputs after.
static void trim_results(const Liveness *l, Node *n)
{
	int shift = n->kind == NODE_LOOP;
	for (int i = n->noutputs - 1; i >= 0; i--) {
		if (l->live[n->outputs[i]->id] || (shift && l->live[n->blocks[0]->inputs[i + 1]->id]))
			continue;
		assert(n->outputs[i]->nuses == 0);
		node_remove_output(n, i);
		for (int k = 0; k < n->nblocks; k++)
			block_remove_output(n->blocks[k], i + shift);
		if (shift)
			node_remove_input(n, i + 2);
	}
}

static void trim_loop_inputs(const Liveness *l, Block *b)
{
	for (int i = b->ninputs - 1; i > 0; i--)
		if (!l->live[b->inputs[i]->id])
			block_remove_input(b, i);
}

// Backwards, so that users go before what they use.
static void sweep(const Liveness *l, Block *b)
{
	for (Node *n = b->head->prev, *prev; n != b->head; n = prev) {
		prev = n->prev;
		if (n->scratch == DEAD) {
			node_remove(n);
			continue;
		}
		if (n->kind == NODE_IF || n->kind == NODE_WITH || n->kind == NODE_LOOP)
			trim_results(l, n);
		for (int i = 0; i < n->nblocks; i++)
			sweep(l, n->blocks[i]);
		if (n->kind == NODE_LOOP)
			trim_loop_inputs(l, n->blocks[0]);
	}
}

Status remove_dead_code(Graph *g, Error *err)
{
	(void)err;
	AliasDb *alias = alias_analyse(g);
	Liveness l = {.alias = alias, .live = xcalloc((size_t)g->next_id + 1, 1),
		.locations = xcalloc((size_t)alias_location_count(alias) + 1, 1)};
	mark_roots(&l, g->block);
	for (int i = 0; i < alias_location_count(alias); i++)
		if (alias_location_is_wild(alias, i))
			mark_location(&l, i);
	for (int i = 0; i < g->block->noutputs; i++)
		mark_value(&l, g->block->outputs[i]);
	while (l.nnodes || l.nvalues) {
		if (l.nvalues)
			mark_origin(&l, l.values[--l.nvalues]);
		else
			mark_needs(&l, l.nodes[--l.nnodes]);
	}
	sweep(&l, g->block);
	free(l.live);
	free(l.locations);
	free(l.nodes);
	free(l.values);
	alias_free(&alias);
	return STATUS_OK;
}
