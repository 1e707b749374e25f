// SPDX-License-Identifier: BSD-3-Clause
// Building and editing the graph.
//
// Every edge is recorded twice, in the user's inputs and in the value's uses, and each side knows the other's
// position, so that adding, replacing and dropping an edge take constant time however often a value is used.
#include "ir/graph.h"
#include "ir/bind.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[NODE_KINDS] = {
	[NODE_CONSTANT] = "prim::Constant", [NODE_IF] = "prim::If", [NODE_LOOP] = "prim::Loop", [NODE_WITH] = "prim::With",
	[NODE_FORK] = "prim::fork", [NODE_GETATTR] = "prim::GetAttr", [NODE_SETATTR] = "prim::SetAttr",
	[NODE_CALL_METHOD] = "prim::CallMethod", [NODE_CALL_FUNCTION] = "prim::CallFunction",
	[NODE_CREATE_OBJECT] = "prim::CreateObject", [NODE_TUPLE_CONSTRUCT] = "prim::TupleConstruct",
	[NODE_TUPLE_UNPACK] = "prim::TupleUnpack", [NODE_TUPLE_INDEX] = "prim::TupleIndex",
	[NODE_TUPLE_SLICE] = "prim::TupleSlice", [NODE_LIST_CONSTRUCT] = "prim::ListConstruct",
	[NODE_LIST_UNPACK] = "prim::ListUnpack", [NODE_DICT_CONSTRUCT] = "prim::DictConstruct",
	[NODE_UNCHECKED_CAST] = "prim::unchecked_cast", [NODE_UNINITIALIZED] = "prim::Uninitialized",
	[NODE_ISINSTANCE] = "prim::isinstance", [NODE_TOLIST] = "prim::tolist", [NODE_ENUM_NAME] = "prim::EnumName",
	[NODE_ENUM_VALUE] = "prim::EnumValue", [NODE_CONTAINER_INDEX] = "prim::ModuleContainerIndex",
};

const char *node_kind_name(NodeKind k)
{
	return k == NODE_OP ? "operator" : kind_names[k];
}

NodeKind node_kind_from_name(const char *name)
{
	if (strncmp(name, "prim::", 6) == 0)
		for (int k = NODE_OP + 1; k < NODE_KINDS; k++)
			if (!strcmp(name, kind_names[k]))
				return (NodeKind)k;
	return NODE_OP;
}

static Node *node_make(Graph *g, NodeKind kind)
{
	Node *n = arena_new(&g->arena, Node);
	n->kind = kind;
	return n;
}

static Block *block_make(Graph *g, Node *owner)
{
	Block *b = arena_new(&g->arena, Block);
	b->graph = g;
	b->owner = owner;
	b->head = node_make(g, NODE_OP);
	b->head->block = b;
	b->head->prev = b->head->next = b->head;
	b->ret = node_make(g, NODE_OP);
	b->ret->block = b;
	b->ret->order = INT64_MAX;
	return b;
}

Graph *graph_new(TypePool *pool, const char *name)
{
	Graph *g = xcalloc(1, sizeof *g);
	g->pool = type_pool_ref(pool);
	g->name = name ? arena_strdup(&g->arena, name) : NULL;
	g->block = block_make(g, NULL);
	return g;
}

void graph_free(Graph **graph)
{
	Graph *g = *graph;
	*graph = NULL;
	if (!g)
		return;
	for (Node *n = g->all; n; n = n->all)
		ivalue_unref(&n->attr.value);
	for (int i = 0; i < g->nsources; i++)
		source_unref(&g->sources[i]);
	arena_free(&g->arena);
	type_pool_unref(&g->pool);
	free(g);
}

void graph_keep_source(Graph *g, Source *s)
{
	if (!s)
		return;
	for (int i = g->nsources - 1; i >= 0; i--)
		if (g->sources[i] == s)
			return;
	ARENA_PUSH(&g->arena, g->sources, g->nsources, g->cap_sources, source_ref(s));
}

static void block_renumber(Graph *g, Block *b)
{
	for (int i = 0; i < b->ninputs; i++)
		b->inputs[i]->id = g->next_id++;
	block_foreach(n, b) {
		for (int i = 0; i < n->noutputs; i++)
			n->outputs[i]->id = g->next_id++;
		for (int i = 0; i < n->nblocks; i++)
			block_renumber(g, n->blocks[i]);
	}
}

void graph_renumber(Graph *g)
{
	g->next_id = 0;
	block_renumber(g, g->block);
}

static void use_add(Node *n, int i, Value *v)
{
	ARENA_PUSH(&n->block->graph->arena, v->uses, v->nuses, v->cap_uses, (Use){n, i});
	n->use_slots[i] = v->nuses - 1;
}

static void use_drop(Node *n, int i)
{
	Value *v = n->inputs[i];
	int slot = n->use_slots[i];
	Use last = v->uses[--v->nuses];
	v->uses[slot] = last;
	last.user->use_slots[last.index] = slot;
}

static void outputs_sync(Node *n) // after n's inputs array changed, when n is a block's return
{
	if (n->block && n == n->block->ret) {
		n->block->outputs = n->inputs;
		n->block->noutputs = n->ninputs;
	}
}

static Graph *node_graph(const Node *n)
{
	return n->block->graph;
}

Node *node_new(Graph *g, NodeKind kind, Range at)
{
	Node *n = node_make(g, kind);
	n->all = g->all;
	g->all = n;
	n->at = at;
	n->block = g->block; // until it is placed; prev == NULL says that it is not in the list
	if (kind != NODE_OP) {
		const Op *const *rows;
		if (op_overloads(kind_names[kind], &rows) > 0)
			n->op = rows[0];
	}
	return n;
}

Node *node_new_op(Graph *g, const Op *op, Value *const *inputs, int n, Range at)
{
	Node *node = node_new(g, NODE_OP, at);
	const Schema *s = op->schema;
	node->op = op;
	Bindings vars = {0};
	for (int i = 0; i < n; i++) {
		node_add_input(node, inputs[i]);
		if (i < s->nargs)
			bind_type(g->pool, s->args[i].type, inputs[i]->type, &vars);
	}
	for (int i = 0; i < s->nrets; i++)
		node_add_output(node, bound_type(g->pool, s->rets[i].type, &vars), NULL);
	return node;
}

void node_add_input(Node *n, Value *v)
{
	Arena *a = &node_graph(n)->arena;
	int slots = n->ninputs;
	ARENA_PUSH(a, n->use_slots, slots, n->cap_slots, 0);
	ARENA_PUSH(a, n->inputs, n->ninputs, n->cap_inputs, v);
	outputs_sync(n);
	use_add(n, n->ninputs - 1, v);
}

void node_set_input(Node *n, int i, Value *v)
{
	assert(i >= 0 && i < n->ninputs);
	if (n->inputs[i] == v)
		return;
	use_drop(n, i);
	n->inputs[i] = v;
	use_add(n, i, v);
}

void node_remove_input(Node *n, int i)
{
	assert(i >= 0 && i < n->ninputs);
	use_drop(n, i);
	for (int k = i + 1; k < n->ninputs; k++) {
		n->inputs[k - 1] = n->inputs[k];
		n->use_slots[k - 1] = n->use_slots[k];
		n->inputs[k - 1]->uses[n->use_slots[k - 1]].index = k - 1;
	}
	n->ninputs--;
	outputs_sync(n);
}

static Value *value_make(Graph *g, const Type *t, const char *name)
{
	Value *v = arena_new(&g->arena, Value);
	v->id = g->next_id++;
	v->name = name ? arena_strdup(&g->arena, name) : NULL;
	v->type = t;
	return v;
}

Value *node_add_output(Node *n, const Type *t, const char *name)
{
	Graph *g = node_graph(n);
	Value *v = value_make(g, t, name);
	v->def = n;
	v->block = n->prev ? n->block : NULL;
	v->index = n->noutputs;
	ARENA_PUSH(&g->arena, n->outputs, n->noutputs, n->cap_outputs, v);
	return v;
}

void node_remove_output(Node *n, int i)
{
	assert(i >= 0 && i < n->noutputs && n->outputs[i]->nuses == 0);
	for (int k = i + 1; k < n->noutputs; k++) {
		n->outputs[k - 1] = n->outputs[k];
		n->outputs[k - 1]->index = k - 1;
	}
	n->noutputs--;
}

Block *node_add_block(Node *n)
{
	Graph *g = node_graph(n);
	ARENA_PUSH(&g->arena, n->blocks, n->nblocks, n->cap_blocks, block_make(g, n));
	return n->blocks[n->nblocks - 1];
}

#define ORDER_STEP ((int64_t)1 << 20)

// Places n between two neighbours.  Orders are spread out so that most insertions find room; when one does not,
// the block is numbered anew.
static void node_place(Node *n, Node *prev, Node *next, Block *b)
{
	assert(!n->prev && "the node stands somewhere already");
	n->block = b;
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
	for (int i = 0; i < n->noutputs; i++)
		n->outputs[i]->block = b;
	int64_t low = prev == b->head ? 0 : prev->order;
	if (next == b->head && low < INT64_MAX - 2 * ORDER_STEP) {
		n->order = low + ORDER_STEP;
	} else if (next != b->head && next->order - low >= 2) {
		n->order = low + (next->order - low) / 2;
	} else {
		int64_t order = 0;
		block_foreach(k, b)
			k->order = order += ORDER_STEP;
	}
}

void block_append(Block *b, Node *n)
{
	node_place(n, b->head->prev, b->head, b);
}

void node_insert_before(Node *n, Node *place)
{
	node_place(n, place->prev, place, place->block);
}

void node_insert_after(Node *n, Node *place)
{
	node_place(n, place, place->next, place->block);
}

static void node_unlink(Node *n)
{
	if (!n->prev)
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->prev = n->next = NULL;
}

void node_move_before(Node *n, Node *place)
{
	if (n == place || n->next == place)
		return;
	node_unlink(n);
	node_insert_before(n, place);
}

// Drops the uses that n and everything in its blocks make, and their constants.
static void node_drop(Node *n)
{
	for (int i = n->ninputs - 1; i >= 0; i--)
		use_drop(n, i);
	n->ninputs = 0;
	for (int i = 0; i < n->nblocks; i++) {
		Block *b = n->blocks[i];
		block_foreach(k, b) {
			node_drop(k);
			k->block = NULL;
		}
		node_drop(b->ret);
		outputs_sync(b->ret);
	}
	ivalue_unref(&n->attr.value);
}

void node_remove(Node *n)
{
	for (int i = 0; i < n->noutputs; i++)
		assert(n->outputs[i]->nuses == 0);
	node_drop(n);
	node_unlink(n);
	n->block = NULL;
}

Value *block_add_input(Block *b, const Type *t, const char *name)
{
	Value *v = value_make(b->graph, t, name);
	v->block = b;
	v->index = b->ninputs;
	ARENA_PUSH(&b->graph->arena, b->inputs, b->ninputs, b->cap_inputs, v);
	return v;
}

void block_add_output(Block *b, Value *v)
{
	node_add_input(b->ret, v);
}

void block_set_output(Block *b, int i, Value *v)
{
	node_set_input(b->ret, i, v);
}

void block_remove_output(Block *b, int i)
{
	node_remove_input(b->ret, i);
}

void block_remove_input(Block *b, int i)
{
	assert(i >= 0 && i < b->ninputs && b->inputs[i]->nuses == 0);
	for (int k = i + 1; k < b->ninputs; k++) {
		b->inputs[k - 1] = b->inputs[k];
		b->inputs[k - 1]->index = k - 1;
	}
	b->ninputs--;
}

void value_replace_all(Value *old, Value *new_)
{
	if (old == new_)
		return;
	while (old->nuses) {
		Use u = old->uses[old->nuses - 1];
		node_set_input(u.user, u.index, new_);
	}
}

Value *graph_constant(Graph *g, IValue v, const Type *t, Range at, Node **node)
{
	Node *n = node_new(g, NODE_CONSTANT, at);
	n->attr.value = v;
	if (node)
		*node = n;
	return node_add_output(n, t, NULL);
}

bool node_is_before(const Node *a, const Node *b)
{
	return a->order < b->order;
}

bool node_is_inside(const Node *n, const Block *b)
{
	for (const Block *at = n->block; at; at = at->owner ? at->owner->block : NULL)
		if (at == b)
			return true;
	return false;
}

bool value_dominates(const Value *v, const Node *user)
{
	const Node *n = user;
	while (n->block != v->block) {
		n = n->block ? n->block->owner : NULL;
		if (!n)
			return false;
	}
	return !v->def || (v->def != n && node_is_before(v->def, n));
}

static Value *mapped(const ValueMap *map, Value *v)
{
	return v->id < map->n && map->to[v->id] ? map->to[v->id] : v;
}

static void map_value(ValueMap *map, const Value *from, Value *to)
{
	assert(from->id < map->n);
	map->to[from->id] = to;
}

Node *node_copy(Graph *g, const Node *n, ValueMap *map)
{
	Node *c = node_new(g, n->kind, n->at);
	graph_keep_source(g, n->at.src);
	c->op = n->op;
	c->callstack = n->callstack ? arena_strdup(&g->arena, n->callstack) : NULL;
	c->inlined = n->inlined;
	c->attr = n->attr;
	ivalue_ref(n->attr.value);
	if (n->attr.name)
		c->attr.name = arena_strdup(&g->arena, n->attr.name);
	if (n->attr.ntypes)
		c->attr.types = arena_dup(&g->arena, n->attr.types, sizeof *n->attr.types * (size_t)n->attr.ntypes);
	for (int i = 0; i < n->ninputs; i++)
		node_add_input(c, mapped(map, n->inputs[i]));
	for (int i = 0; i < n->nblocks; i++) {
		Block *b = node_add_block(c);
		for (int k = 0; k < n->blocks[i]->ninputs; k++) {
			const Value *in = n->blocks[i]->inputs[k];
			map_value(map, in, block_add_input(b, in->type, in->name));
		}
		block_copy_into(g, n->blocks[i], b, map);
	}
	for (int i = 0; i < n->noutputs; i++)
		map_value(map, n->outputs[i], node_add_output(c, n->outputs[i]->type, n->outputs[i]->name));
	return c;
}

void block_copy_into(Graph *g, const Block *from, Block *to, ValueMap *map)
{
	block_foreach(n, from)
		block_append(to, node_copy(g, n, map));
	for (int i = 0; i < from->noutputs; i++)
		block_add_output(to, mapped(map, from->outputs[i]));
}

// The chain of call sites is shared between nodes of one graph; a copy needs its own.
static InlinedAt *chain_copy(Graph *g, const InlinedAt *chain)
{
	InlinedAt *first = NULL, **at = &first;
	for (; chain; chain = chain->outer) {
		*at = arena_new(&g->arena, InlinedAt);
		(*at)->at = chain->at;
		(*at)->caller = chain->caller ? arena_strdup(&g->arena, chain->caller) : NULL;
		graph_keep_source(g, chain->at.src);
		at = &(*at)->outer;
	}
	return first;
}

Graph *graph_copy(const Graph *g)
{
	Graph *c = graph_new(g->pool, g->name);
	ValueMap map = {.to = xcalloc((size_t)g->next_id + 1, sizeof(Value *)), .n = g->next_id + 1};
	for (int i = 0; i < g->nsources; i++)
		graph_keep_source(c, g->sources[i]);
	for (int i = 0; i < g->block->ninputs; i++) {
		const Value *in = g->block->inputs[i];
		map_value(&map, in, block_add_input(c->block, in->type, in->name));
	}
	block_copy_into(c, g->block, c->block, &map);
	for (int i = 0; i < g->next_id; i++)
		if (map.to[i])
			map.to[i]->id = i;
	c->next_id = g->next_id;
	const InlinedAt *last = NULL;
	InlinedAt *copy = NULL;
	for (Node *n = c->all; n; n = n->all) {
		if (n->inlined && n->inlined != last) {
			last = n->inlined;
			copy = chain_copy(c, last);
		}
		if (n->inlined)
			n->inlined = copy;
	}
	free(map.to);
	return c;
}
