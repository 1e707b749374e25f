// SPDX-License-Identifier: BSD-3-Clause
// Which nodes are written inside the expression that uses them.
//
// An expression evaluates its parts from left to right.  Walking a block backwards and each node's inputs from the
// last to the first, the node that would be evaluated just before must be the one that stands just before; as
// long as it is, it can be nested, and its own inputs are tried next.  So nesting never changes the order of anything.
#include "format/script_body.h"

#include <string.h>

enum { MAX_NESTED = 60 };

// The last node before n that does something; constants are written wherever they are used.
static Node *previous(Node *n)
{
	Block *b = n->block;
	Node *p = n == b->ret ? b->head->prev : n->prev;
	while (p != b->head && p->kind == NODE_CONSTANT)
		p = p->prev;
	return p;
}

static bool has_own_name(const Value *v)
{
	const char *s = v->name;
	if (!s || !*s)
		return false;
	if (*s != '_')
		return *s != '%';
	for (s++; *s; s++)
		if (*s < '0' || *s > '9')
			return true;
	return false;
}

static bool can_nest(const Value *v)
{
	const Node *n = v->def;
	if (n->noutputs != 1 || v->nuses != 1 || n->nblocks || n->scratch == PLACE_SILENT)
		return false;
	Use u = v->uses[0];
	if (has_own_name(v) && u.user != u.user->block->ret)
		return false;
	// Unpacking is a statement.  A test of a type as a condition would refine the variable, which the graph does itself.
	if (n->kind == NODE_TUPLE_UNPACK || n->kind == NODE_LIST_UNPACK || n->kind == NODE_ISINSTANCE)
		return false;
	if (u.user->kind == NODE_LOOP)
		return u.index < 2;
	return u.user->kind != NODE_WITH;
}

static void nest_block(Block *b);

static Node *nest_node(Node *n, int depth)
{
	if (n->scratch == PLACE_NESTED)
		return n;
	for (int i = 0; i < n->nblocks; i++)
		nest_block(n->blocks[i]);
	Node *point = previous(n);
	for (int i = n->ninputs - 1; i >= 0; i--) {
		Value *v = n->inputs[i];
		if (!v->def || v->def != point || point == n->block->head || depth >= MAX_NESTED || !can_nest(v))
			continue;
		point = nest_node(v->def, depth + 1);
		v->def->scratch = PLACE_NESTED;
	}
	return point;
}

static void nest_block(Block *b)
{
	nest_node(b->ret, 0);
	for (Node *n = b->head->prev; n != b->head; n = n->prev)
		nest_node(n, 0);
}

// obj.__enter__() is part of the with statement.
static void silence_enters(Block *b)
{
	block_foreach(n, b) {
		for (int i = 0; i < n->nblocks; i++)
			silence_enters(n->blocks[i]);
		if (n->kind != NODE_WITH)
			continue;
		Node *enter = previous(n);
		if (enter != b->head && enter->kind == NODE_CALL_METHOD && !strcmp(enter->attr.name, "__enter__") &&
			enter->ninputs == 1 && enter->inputs[0] == n->inputs[0])
			enter->scratch = PLACE_SILENT;
	}
}

void body_nest(Body *b)
{
	for (Node *n = b->g->all; n; n = n->all)
		n->scratch = PLACE_STATEMENT;
	silence_enters(b->g->block);
	nest_block(b->g->block);
}
