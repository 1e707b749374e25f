// SPDX-License-Identifier: BSD-3-Clause
// Computes equal things once.  Needs nothing; keeps SSA.
//
// Nodes are looked up in one hash table by what they compute.  A node that is found is replaced when the found
// one dominates it, and takes its place in the table otherwise.  What may be written is never merged, nor
// are two mutable results that both leave the graph, for a caller could tell them apart.
#include "ir/passes.h"

#include <stdlib.h>
#include <string.h>

typedef struct Merger {
	const AliasDb *alias;
	Node **slots;      // open addressing; a power of two, at most half full
	size_t mask;
	Map set_names;     // attributes that some node sets
	bool calls;        // something unknown runs in between
	bool modes;        // gradients are switched on or off in between
} Merger;

static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t hash_value(IValue v, int depth)
{
	uint64_t h = v.tag;
	switch (v.tag) {
	case TAG_STR:
		return mix(h, hash_bytes(v.str->s, (size_t)v.str->n));
	case TAG_COMPLEX:
		return mix(h, hash_bytes(&v.complex_->re, 16));
	case TAG_LIST:
		for (int64_t i = 0; i < v.list->n && i < 16 && depth < 4; i++)
			h = mix(h, hash_value(v.list->items[i], depth + 1));
		return mix(h, (uint64_t)v.list->n);
	case TAG_TUPLE:
		for (int64_t i = 0; i < v.tuple->n && depth < 4; i++)
			h = mix(h, hash_value(v.tuple->items[i], depth + 1));
		return h;
	case TAG_ENUM:
		return mix(h, (uint64_t)v.enm->member);
	default:
		return mix(h, (uint64_t)v.i); // immediate, or by identity
	}
}

static bool same_value(IValue a, IValue b, int depth)
{
	if (a.tag != b.tag || depth > 8)
		return false;
	switch (a.tag) {
	case TAG_STR:
		return a.str->n == b.str->n && !memcmp(a.str->s, b.str->s, (size_t)a.str->n);
	case TAG_COMPLEX:
		return !memcmp(&a.complex_->re, &b.complex_->re, 16);
	case TAG_LIST:
		if (a.list->n != b.list->n || !type_equal(a.list->elem, b.list->elem))
			return false;
		for (int64_t i = 0; i < a.list->n; i++)
			if (!same_value(a.list->items[i], b.list->items[i], depth + 1))
				return false;
		return true;
	case TAG_TUPLE:
		if (a.tuple->n != b.tuple->n || a.tuple->type != b.tuple->type)
			return false;
		for (int64_t i = 0; i < a.tuple->n; i++)
			if (!same_value(a.tuple->items[i], b.tuple->items[i], depth + 1))
				return false;
		return true;
	case TAG_ENUM:
		return a.enm->type == b.enm->type && a.enm->member == b.enm->member;
	case TAG_NONE:
	case TAG_UNINIT:
		return true;
	default:
		return a.i == b.i; // bits, so that 0.0 and -0.0 differ and NaN equals itself
	}
}

static uint64_t hash_node(const Node *n)
{
	uint64_t h = mix((uint64_t)n->kind, (uint64_t)(uintptr_t)n->op);
	for (int i = 0; i < n->ninputs; i++)
		h = mix(h, (uint64_t)n->inputs[i]->id);
	if (n->kind == NODE_CONSTANT)
		h = mix(h, hash_value(n->attr.value, 0));
	if (n->attr.name)
		h = mix(h, hash_bytes(n->attr.name, strlen(n->attr.name)));
	return mix(h, (uint64_t)n->attr.index);
}

static bool same_node(const Node *a, const Node *b)
{
	if (a->kind != b->kind || a->op != b->op || a->ninputs != b->ninputs || a->noutputs != b->noutputs
		|| a->attr.index != b->attr.index || a->attr.begin != b->attr.begin || a->attr.end != b->attr.end
		|| a->attr.ntypes != b->attr.ntypes || !a->attr.name != !b->attr.name)
		return false;
	for (int i = 0; i < a->ninputs; i++)
		if (a->inputs[i] != b->inputs[i])
			return false;
	for (int i = 0; i < a->noutputs; i++)
		if (!type_equal(a->outputs[i]->type, b->outputs[i]->type))
			return false;
	for (int i = 0; i < a->attr.ntypes; i++)
		if (!type_equal(a->attr.types[i], b->attr.types[i]))
			return false;
	if (a->attr.name && strcmp(a->attr.name, b->attr.name))
		return false;
	return a->kind != NODE_CONSTANT || same_value(a->attr.value, b->attr.value, 0);
}

static bool may_merge(const Merger *m, const Node *n)
{
	if (n->nblocks || n->noutputs == 0)
		return false;
	switch (n->kind) {
	case NODE_OP:
		if (!n->op->pure || (m->modes && n->outputs[0]->type->kind == TYPE_TENSOR))
			return false;
		break;
	case NODE_CONSTANT:
	case NODE_TUPLE_CONSTRUCT:
	case NODE_TUPLE_UNPACK:
	case NODE_TUPLE_INDEX:
	case NODE_TUPLE_SLICE:
	case NODE_LIST_CONSTRUCT:
	case NODE_LIST_UNPACK:
	case NODE_UNCHECKED_CAST:
	case NODE_ISINSTANCE:
	case NODE_ENUM_NAME:
	case NODE_ENUM_VALUE:
		break;
	case NODE_GETATTR:
		return !m->calls && !map_has(&m->set_names, n->attr.name);
	default:
		return false;
	}
	for (int i = 0; i < n->ninputs; i++)
		if (alias_is_written(m->alias, n->inputs[i]))
			return false;
	for (int i = 0; i < n->noutputs; i++)
		if (alias_is_written(m->alias, n->outputs[i]) || alias_escapes(m->alias, n->outputs[i]))
			return false;
	return true;
}

static int survey(Merger *m, const Block *b)
{
	int count = 0;
	block_foreach(n, b) {
		count++;
		if (n->kind == NODE_SETATTR)
			map_set(&m->set_names, n->attr.name, (void *)n);
		m->calls |= n->kind == NODE_CALL_METHOD || n->kind == NODE_CALL_FUNCTION || n->kind == NODE_WITH;
		m->modes |= n->kind == NODE_WITH || n->kind == NODE_CALL_METHOD || n->kind == NODE_CALL_FUNCTION
			|| (n->kind == NODE_OP && n->op->effect && !strcmp(n->op->schema->name, "aten::set_grad_enabled"));
		for (int i = 0; i < n->nblocks; i++)
			count += survey(m, n->blocks[i]);
	}
	return count;
}

static void merge_block(Merger *m, Block *b)
{
	block_foreach_safe(n, next, b) {
		for (int i = 0; i < n->nblocks; i++)
			merge_block(m, n->blocks[i]);
		if (!may_merge(m, n))
			continue;
		size_t slot = hash_node(n) & m->mask;
		while (m->slots[slot] && !same_node(m->slots[slot], n))
			slot = (slot + 1) & m->mask;
		Node *found = m->slots[slot];
		// The walk goes forward, so that a found node in an enclosing block stands before this one.
		if (!found || !node_is_inside(n, found->block)) {
			m->slots[slot] = n;
			continue;
		}
		for (int i = 0; i < n->noutputs; i++)
			value_replace_all(n->outputs[i], found->outputs[i]);
		node_remove(n);
	}
}

Status merge_common_subexpressions(Graph *g, Error *err)
{
	(void)err;
	AliasDb *alias = alias_analyse(g);
	Merger m = {.alias = alias};
	size_t size = 64;
	size_t count = (size_t)survey(&m, g->block);
	while (size < 2 * count)
		size *= 2;
	m.slots = xcalloc(size, sizeof *m.slots);
	m.mask = size - 1;
	merge_block(&m, g->block);
	free(m.slots);
	map_free(&m.set_names);
	alias_free(&alias);
	return STATUS_OK;
}
