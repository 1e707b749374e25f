// SPDX-License-Identifier: BSD-3-Clause
// Which values may share memory, and what is written: a unification-based analysis.
//
// Every value of a mutable type belongs to a location; values that may alias share one (union-find).  What a
// container holds is one more location, its content.  Everything that comes from outside or goes through an
// attribute or an uninlined call lives in a wildcard location, one for each kind of type.  The order of
// statements plays no part, so the whole takes nearly linear time.
#include "ir/passes/alias.h"

#include <stdlib.h>
#include <string.h>

static void join(AliasDb *a, const Value *x, const Value *y)
{
	int i = location_of(a, x), k = location_of(a, y);
	if (i >= 0 && k >= 0)
		location_unify(a, i, k);
}

static void make_wild(AliasDb *a, const Value *v)
{
	int i = location_of(a, v);
	if (i >= 0)
		location_unify(a, i, location_wildcard(a, alias_kind(v->type)));
}

static void join_content(AliasDb *a, const Value *container, const Value *item)
{
	int c = location_of(a, container), i = location_of(a, item);
	if (c >= 0 && i >= 0)
		location_unify(a, location_content(a, c, alias_kind(item->type)), i);
}

static void join_contents(AliasDb *a, const Value *x, const Value *y)
{
	int i = location_of(a, x), k = location_of(a, y);
	AliasKind kx = alias_content_kind(x->type), ky = alias_content_kind(y->type);
	if (i >= 0 && k >= 0 && alias_holds(x->type) && alias_holds(y->type) && kx != K_NONE && ky != K_NONE) {
		int cx = location_content(a, i, kx);
		location_unify(a, cx, location_content(a, k, ky));
	}
}

// Ops that may return an argument, or a view of it, although the schema does not say so.
static bool may_return_argument(const char *name)
{
	static const char *const names[] = {"aten::dropout", "aten::feature_dropout", "aten::alpha_dropout",
		"aten::feature_alpha_dropout", "aten::type_as", "aten::atleast_1d", "aten::atleast_2d", "aten::atleast_3d",
		"aten::pad", "aten::einsum", "aten::to_dense", "aten::dequantize", "aten::cartesian_prod",
		"aten::combinations", "aten::sum_to_size"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return !strncmp(name, "aten::_cast_", 12);
}

static const Value *argument(const Node *n, const char *name)
{
	const Schema *s = n->op->schema;
	for (int i = 0; i < s->nargs && i < n->ninputs; i++)
		if (!strcmp(s->args[i].name, name))
			return n->inputs[i];
	return NULL;
}

static bool constant_false(const Value *v)
{
	const Node *n = v->def;
	if (!n || n->kind != NODE_CONSTANT)
		return false;
	IValue c = n->attr.value;
	return c.tag == TAG_BOOL || c.tag == TAG_INT ? c.i == 0 : c.tag == TAG_FLOAT ? c.f == 0 : c.tag == TAG_NONE;
}

// Is this an op whose randomness or hidden write is switched off, such as dropout(x, p, train=False)?
static bool effect_is_off(const Node *n)
{
	static const char *const switches[] = {"train", "training", "use_input_stats", "dropout_p"};
	if (n->op->writes)
		return false;
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
		const Value *v = argument(n, switches[i]);
		if (v)
			return constant_false(v);
	}
	return false;
}

// A result that the schema says comes from anywhere: in practice from what the arguments hold.
static void result_from_contents(AliasDb *a, const Node *n, const Value *out)
{
	bool found = false;
	for (int i = 0; i < n->ninputs; i++) {
		const Value *in = n->inputs[i];
		if (location_of(a, in) < 0)
			continue;
		if (i == 0 && alias_holds(in->type)) {
			if (n->op->schema->rets[0].type->kind == TYPE_LIST) // values(): a new list of the old things
				join_contents(a, in, out);
			else
				join_content(a, in, out);
			found = true;
		} else if (i > 0) {
			join(a, in, out); // a default value
			found = true;
		}
	}
	if (!found)
		make_wild(a, out);
}

static void relate_sets(AliasDb *a, const Value *in, const Arg *arg, const Value *out, const Arg *ret)
{
	uint32_t mask = ~(1u << 31);
	if (arg->alias.before & ret->alias.before & mask)
		join(a, in, out);
	if (arg->alias.before & ret->elem_alias.before & mask)
		join_content(a, out, in);
	if (arg->elem_alias.before & ret->alias.before & mask)
		join_content(a, in, out);
	if (arg->elem_alias.before & ret->elem_alias.before & mask)
		join_contents(a, in, out);
}

// An argument that the op puts somewhere (Tensor(a -> *)): into a container it writes, or into its result.
static void store_argument(AliasDb *a, const Node *n, int i)
{
	const Schema *s = n->op->schema;
	uint32_t set = s->args[i].alias.before & ~(1u << 31);
	for (int r = 0; r < s->nrets && r < n->noutputs; r++)
		if ((s->rets[r].alias.before | s->rets[r].elem_alias.before) & set)
			return; // related by its set
	for (int k = 0; k < s->nargs && k < n->ninputs; k++)
		if (k != i && s->args[k].alias.written && alias_holds(n->inputs[k]->type)) {
			join_content(a, n->inputs[k], n->inputs[i]);
			return;
		}
	make_wild(a, n->inputs[i]);
}

// The items of a container; of a container of tuples, what the tuples hold.
static int items_of(AliasDb *a, const Value *v)
{
	const Type *t = v->type;
	int items = location_content(a, location_of(a, v), alias_content_kind(t));
	while (t->kind == TYPE_OPTIONAL)
		t = t->elem[0];
	bool tuples = t->kind == TYPE_LIST && alias_kind(t->elem[0]) == K_TUPLE;
	return tuples ? location_content(a, items, alias_content_kind(t->elem[0])) : items;
}

// list(x), x + y: new containers of the old things.  d.items() and dict(pairs) pack and unpack them.
static void share_contents(AliasDb *a, const Value *in, const Value *out)
{
	if (alias_content_kind(in->type) == alias_content_kind(out->type)) {
		join_contents(a, in, out);
		return;
	}
	int from = items_of(a, in);
	location_unify(a, from, items_of(a, out));
}

static void analyse_op(AliasDb *a, const Node *n)
{
	const Schema *s = n->op->schema;
	int nargs = n->ninputs < s->nargs ? n->ninputs : s->nargs;
	int nrets = n->noutputs < s->nrets ? n->noutputs : s->nrets;
	for (int i = 0; i < nargs; i++) {
		const Arg *arg = &s->args[i];
		if (arg->alias.after >> 31 && !(arg->alias.before >> 31))
			store_argument(a, n, i);
		for (int r = 0; r < nrets; r++)
			relate_sets(a, n->inputs[i], arg, n->outputs[r], &s->rets[r]);
	}
	if (!strncmp(s->name, "aten::set_", 10)) // x.set_(y): from now on x shares the storage of y
		for (int i = 1; i < nargs; i++)
			join(a, n->inputs[0], n->inputs[i]);
	bool wait = !strcmp(s->name, "aten::wait"), argument_back = may_return_argument(s->name);
	for (int r = 0; r < nrets; r++) {
		const Value *out = n->outputs[r];
		if (location_of(a, out) < 0)
			continue;
		if (s->rets[r].alias.before >> 31)
			result_from_contents(a, n, out);
		for (int i = 0; i < nargs; i++) {
			const Value *in = n->inputs[i];
			if (location_of(a, in) < 0)
				continue;
			if (s->args[i].type->kind != TYPE_TENSOR && alias_holds(in->type) && alias_holds(out->type))
				share_contents(a, in, out);
			if (argument_back && i == 0 && alias_kind(in->type) == alias_kind(out->type))
				join(a, in, out);
			if (argument_back && alias_holds(in->type) && !alias_holds(out->type))
				join_content(a, in, out);
			if (wait)
				join_content(a, in, out);
		}
	}
	if (s->vararg || s->varret) {
		for (int i = 0; i < n->ninputs; i++)
			make_wild(a, n->inputs[i]);
		for (int i = 0; i < n->noutputs; i++)
			make_wild(a, n->outputs[i]);
	}
	// extend, update: what one argument holds goes to the other
	if (n->op->writes && nargs >= 2)
		join_contents(a, n->inputs[0], n->inputs[1]);
}

static void analyse_block(AliasDb *a, const Block *b);

static void analyse_loop(AliasDb *a, const Node *n)
{
	const Block *b = n->blocks[0];
	for (int i = 0; i < n->noutputs; i++) {
		join(a, b->inputs[i + 1], n->inputs[i + 2]);
		join(a, n->outputs[i], b->inputs[i + 1]);
	}
	analyse_block(a, b);
	for (int i = 0; i < n->noutputs; i++)
		join(a, n->outputs[i], b->outputs[i + 1]);
}

// All objects of a class count as one.
static void join_attribute(AliasDb *a, const Node *n)
{
	Text key = {0};
	const Type *t = n->inputs[0]->type;
	text_addf(&key, "%s.%s", t->name ? t->name : t->cls ? t->cls->name : "", n->attr.name);
	const Value *first = map_get(&a->attributes, text_str(&key));
	if (first)
		join(a, first, n->outputs[0]);
	else
		map_set(&a->attributes, text_str(&key), n->outputs[0]);
	text_free(&key);
}

static void analyse_node(AliasDb *a, const Node *n)
{
	switch (n->kind) {
	case NODE_OP:
		analyse_op(a, n);
		break;
	case NODE_WITH:
		make_wild(a, n->inputs[0]);
		// fall through
	case NODE_IF:
		for (int k = 0; k < n->nblocks; k++) {
			analyse_block(a, n->blocks[k]);
			for (int i = 0; i < n->noutputs; i++)
				join(a, n->outputs[i], n->blocks[k]->outputs[i]);
		}
		break;
	case NODE_LOOP:
		analyse_loop(a, n);
		break;
	case NODE_FORK:
		analyse_block(a, n->blocks[0]);
		for (int i = 0; i < n->blocks[0]->noutputs; i++)
			join_content(a, n->outputs[0], n->blocks[0]->outputs[i]);
		break;
	case NODE_TUPLE_CONSTRUCT:
	case NODE_LIST_CONSTRUCT:
		for (int i = 0; i < n->ninputs; i++)
			join_content(a, n->outputs[0], n->inputs[i]);
		break;
	case NODE_DICT_CONSTRUCT:
		for (int i = 1; i < n->ninputs; i += 2)
			join_content(a, n->outputs[0], n->inputs[i]);
		break;
	case NODE_TUPLE_UNPACK:
	case NODE_LIST_UNPACK:
	case NODE_TUPLE_INDEX:
		for (int i = 0; i < n->noutputs; i++)
			join_content(a, n->inputs[0], n->outputs[i]);
		break;
	case NODE_TUPLE_SLICE:
		join_contents(a, n->inputs[0], n->outputs[0]);
		break;
	case NODE_UNCHECKED_CAST:
		join(a, n->inputs[0], n->outputs[0]);
		break;
	case NODE_CONSTANT:
		if (n->attr.value.tag == TAG_OBJECT || n->attr.value.tag == TAG_CAPSULE || n->attr.value.tag == TAG_GENERATOR)
			make_wild(a, n->outputs[0]);
		break;
	case NODE_CREATE_OBJECT:
	case NODE_UNINITIALIZED:
	case NODE_ISINSTANCE:
	case NODE_TOLIST:
	case NODE_ENUM_NAME:
	case NODE_ENUM_VALUE:
		break;
	case NODE_GETATTR:
		if (n->inputs[0]->type->kind == TYPE_TUPLE) // a field
			join_content(a, n->inputs[0], n->outputs[0]);
		else if (a->by_attribute)
			join_attribute(a, n);
		else
			make_wild(a, n->outputs[0]);
		break;
	default: // calls, module containers: where things come from and go to is unknown
		for (int i = 0; i < n->ninputs; i++)
			make_wild(a, n->inputs[i]);
		for (int i = 0; i < n->noutputs; i++)
			make_wild(a, n->outputs[i]);
	}
}

static void analyse_block(AliasDb *a, const Block *b)
{
	block_foreach(n, b)
		analyse_node(a, n);
}

// Writers are noted in a second walk, when the locations are final.
static void note_writes(AliasDb *a, const Node *n)
{
	const Schema *s = n->op->schema;
	int nargs = n->ninputs < s->nargs ? n->ninputs : s->nargs;
	for (int i = 0; i < nargs; i++) {
		int l = location_of(a, n->inputs[i]);
		if (l < 0)
			continue;
		if (s->args[i].alias.written)
			location_add_writer(a, l, n);
		if (s->args[i].elem_alias.written)
			location_add_writer(a, location_content(a, l, K_TENSOR), n);
	}
	size_t size = strlen(s->name);
	if (!n->op->writes && size > 1 && s->name[size - 1] == '_' && s->name[size - 2] != '_' && n->ninputs)
		location_add_writer(a, location_of(a, n->inputs[0]), n); // in place by its name
	if (!n->op->effect || effect_is_off(n))
		return;
	const Value *mean = argument(n, "running_mean"), *var = argument(n, "running_var");
	if (mean)
		location_add_writer(a, location_of(a, mean), n);
	if (var)
		location_add_writer(a, location_of(a, var), n);
}

static void note_block(AliasDb *a, const Block *b)
{
	block_foreach(n, b) {
		if (n->kind == NODE_OP)
			note_writes(a, n);
		else if (n->kind == NODE_CALL_METHOD || n->kind == NODE_CALL_FUNCTION || n->kind == NODE_WITH)
			for (int k = K_TENSOR; k < K_ANY; k++) // may write whatever it can reach
				location_add_writer(a, location_wildcard(a, (AliasKind)k), n);
		else if (n->kind == NODE_SETATTR)
			location_add_writer(a, location_of(a, n->inputs[0]), n);
		for (int i = 0; i < n->nblocks; i++)
			note_block(a, n->blocks[i]);
	}
}

static void give_location(AliasDb *a, const Value *v)
{
	AliasKind k = alias_kind(v->type);
	a->of[v->id] = k == K_NONE ? -1 : location_new(a, k);
}

static void give_locations(AliasDb *a, const Block *b)
{
	for (int i = 0; i < b->ninputs; i++)
		give_location(a, b->inputs[i]);
	block_foreach(n, b) {
		for (int i = 0; i < n->noutputs; i++)
			give_location(a, n->outputs[i]);
		for (int i = 0; i < n->nblocks; i++)
			give_locations(a, n->blocks[i]);
	}
}

static AliasDb *analyse(const Graph *g, bool by_attribute)
{
	AliasDb *a = xcalloc(1, sizeof *a);
	a->by_attribute = by_attribute;
	a->nvalues = g->next_id;
	a->of = xmalloc(sizeof *a->of * (size_t)(g->next_id + 1));
	memset(a->of, 0xff, sizeof *a->of * (size_t)(g->next_id + 1));
	memset(a->wild, 0xff, sizeof a->wild);
	give_locations(a, g->block);
	for (int i = 0; i < g->block->ninputs; i++)
		make_wild(a, g->block->inputs[i]);
	analyse_block(a, g->block);
	note_block(a, g->block);
	for (int i = 0; i < g->block->noutputs; i++) {
		int l = location_of(a, g->block->outputs[i]);
		for (int depth = 0; l >= 0 && depth < MAX_LEVELS; depth++) {
			Location *loc = &a->loc[location_root(a, l)];
			loc->escapes = true;
			l = loc->content;
		}
	}
	return a;
}

AliasDb *alias_analyse(const Graph *g)
{
	return analyse(g, false);
}

AliasDb *alias_analyse_attributes(const Graph *g)
{
	return analyse(g, true);
}

bool node_has_effect(const Node *n)
{
	switch (n->kind) {
	case NODE_OP:
		return n->op->effect && !effect_is_off(n);
	case NODE_SETATTR:
	case NODE_CALL_METHOD:
	case NODE_CALL_FUNCTION:
	case NODE_WITH:
		return true;
	default:
		for (int i = 0; i < n->nblocks; i++)
			block_foreach(k, n->blocks[i])
				if (node_has_effect(k))
					return true;
		return false;
	}
}
