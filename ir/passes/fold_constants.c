// SPDX-License-Identifier: BSD-3-Clause
// Does at compile time what depends on nothing.  Needs nothing; keeps SSA.
//
// One walk in program order: pure nodes on constants are run through the evaluator, tuples and lists that are
// built and taken apart meet, questions that types answer are answered, and Ifs and Loops whose condition
// is known dissolve into what they would do.
#include "ir/passes.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FOLDED_ELEMENTS = 4096, MAX_FOLDED_LENGTH = 1024 };

typedef struct Folder {
	Graph *g;
	const AliasDb *alias;
	int nvalues;         // values that the analysis knows
	NodeEvaluator eval;
} Folder;

static const IValue *constant_of(const Value *v)
{
	return v->def && v->def->kind == NODE_CONSTANT ? &v->def->attr.value : NULL;
}

// May the value be replaced by a constant that all runs share?  Not if somebody could write it.
static bool is_private(const Folder *f, const Value *v)
{
	if (v->id >= f->nvalues)
		return false;
	return !alias_is_mutable(f->alias, v) || (!alias_is_written(f->alias, v) && !alias_escapes(f->alias, v));
}

static void replace_with_constant(Folder *f, Value *v, IValue c, const Type *t, Node *place)
{
	Node *node;
	Value *k = graph_constant(f->g, c, t, place->at, &node);
	node->callstack = place->callstack;
	node->inlined = place->inlined;
	node_insert_before(node, place);
	value_replace_all(v, k);
	// What is known about the value holds for the constant, which may be an input of more folding.
	if (v->id < f->nvalues) {
		int id = k->id;
		k->id = v->id;
		v->id = id;
	}
}

static bool small_enough(IValue v)
{
	switch (v.tag) {
	case TAG_TENSOR:
		return v.tensor->numel <= MAX_FOLDED_ELEMENTS && !v.tensor->requires_grad;
	case TAG_STR:
		return v.str->n <= MAX_FOLDED_ELEMENTS;
	case TAG_LIST:
		if (v.list->n > MAX_FOLDED_LENGTH)
			return false;
		for (int64_t i = 0; i < v.list->n; i++)
			if (!small_enough(v.list->items[i]))
				return false;
		return true;
	case TAG_TUPLE:
		for (int64_t i = 0; i < v.tuple->n; i++)
			if (!small_enough(v.tuple->items[i]))
				return false;
		return true;
	case TAG_DICT:
	case TAG_OBJECT:
	case TAG_FUTURE:
	case TAG_CAPSULE:
	case TAG_HOST:
	case TAG_GENERATOR:
	case TAG_UNINIT:
		return false;
	default:
		return true;
	}
}

// A tensor that depends on the seed or on gradients being on is not a constant; a factory's result would only
// make the program larger.
static bool may_evaluate(const Folder *f, const Node *n)
{
	if (n->kind != NODE_OP || !n->op->pure || n->noutputs == 0 || !f->eval || n->op->schema->vararg)
		return false;
	bool tensor_in = false, tensor_out = false;
	for (int i = 0; i < n->ninputs; i++) {
		const IValue *c = constant_of(n->inputs[i]);
		if (!c || !small_enough(*c) || !is_private(f, n->inputs[i]))
			return false;
		tensor_in |= c->tag == TAG_TENSOR || (c->tag == TAG_LIST && c->list->elem->kind == TYPE_TENSOR);
	}
	for (int i = 0; i < n->noutputs; i++) {
		if (!is_private(f, n->outputs[i]))
			return false;
		tensor_out |= n->outputs[i]->type->kind == TYPE_TENSOR;
	}
	return tensor_in || !tensor_out;
}

static bool fold_by_running(Folder *f, Node *n)
{
	IValue in[64], out[16];
	if (n->ninputs > 64 || n->noutputs > 16 || !may_evaluate(f, n))
		return false;
	for (int i = 0; i < n->ninputs; i++)
		in[i] = *constant_of(n->inputs[i]);
	for (int i = 0; i < n->noutputs; i++)
		out[i] = iv_none();
	Error err = ERROR_INIT;
	if (f->eval(n, in, out, &err) != STATUS_OK) { // it will fail when it runs, where it can be caught
		error_clear(&err);
		return false;
	}
	bool ok = true;
	for (int i = 0; i < n->noutputs; i++)
		ok &= small_enough(out[i]) && ivalue_has_type(out[i], n->outputs[i]->type, NULL);
	for (int i = 0; i < n->noutputs; i++) {
		if (ok)
			replace_with_constant(f, n->outputs[i], out[i], n->outputs[i]->type, n);
		else
			ivalue_unref(&out[i]);
	}
	if (ok)
		node_remove(n);
	return ok;
}

// [1, 1] of constants, read only, is made once.
static bool fold_list(Folder *f, Node *n)
{
	const Type *t = n->outputs[0]->type;
	if (t->kind != TYPE_LIST || n->ninputs > MAX_FOLDED_LENGTH || !is_private(f, n->outputs[0]))
		return false;
	for (int i = 0; i < n->ninputs; i++) {
		const IValue *c = constant_of(n->inputs[i]);
		if (!c || c->tag >= TAG_LIST || c->tag == TAG_TENSOR || c->tag == TAG_UNINIT)
			return false;
	}
	ListObj *list = list_new(t->elem[0], n->ninputs);
	for (int i = 0; i < n->ninputs; i++) {
		Error err = ERROR_INIT;
		if (list_append_take(list, ivalue_ref(*constant_of(n->inputs[i])), &err) != STATUS_OK) {
			IValue v = iv_take_list(list);
			ivalue_unref(&v);
			error_clear(&err);
			return false;
		}
	}
	replace_with_constant(f, n->outputs[0], iv_take_list(list), t, n);
	node_remove(n);
	return true;
}

// (a, b)[1], and the unpacking of what was just packed.
static bool fold_unpack(Folder *f, Node *n)
{
	Node *made = n->inputs[0]->def;
	bool tuple = made && made->kind == NODE_TUPLE_CONSTRUCT;
	bool list = made && made->kind == NODE_LIST_CONSTRUCT && n->kind == NODE_LIST_UNPACK
		&& made->ninputs == n->noutputs && n->inputs[0]->id < f->nvalues
		&& !alias_is_written(f->alias, n->inputs[0]) && !alias_escapes(f->alias, n->inputs[0]);
	if (!tuple && !list)
		return false;
	if (n->kind == NODE_TUPLE_INDEX) {
		if (n->attr.index < 0 || n->attr.index >= made->ninputs)
			return false;
		value_replace_all(n->outputs[0], made->inputs[n->attr.index]);
	} else if (n->noutputs == made->ninputs) {
		for (int i = 0; i < n->noutputs; i++)
			value_replace_all(n->outputs[i], made->inputs[i]);
	} else {
		return false;
	}
	node_remove(n);
	return true;
}

// "x is None" where the type of x knows.
static bool fold_none_test(Folder *f, Node *n)
{
	const char *name = n->op->schema->name;
	bool is = !strcmp(name, "aten::__is__"), isnot = !strcmp(name, "aten::__isnot__");
	if (!is && !isnot)
		return false;
	const Type *a = n->inputs[0]->type, *b = n->inputs[1]->type;
	bool none_a = a->kind == TYPE_NONE, none_b = b->kind == TYPE_NONE;
	if (!none_a && !none_b)
		return false;
	const Type *other = none_a ? b : a;
	if (other->kind != TYPE_NONE && (type_is_optional_like(other) || other->kind == TYPE_VAR))
		return false;
	bool same = none_a && none_b;
	replace_with_constant(f, n->outputs[0], iv_bool(same == is), &type_bool, n);
	node_remove(n);
	return true;
}

// A cast to what the value is anyway.
static bool fold_cast(Node *n)
{
	bool cast = n->kind == NODE_UNCHECKED_CAST
		|| (n->kind == NODE_OP && (!strcmp(n->op->schema->name, "aten::_unwrap_optional")
			|| !strcmp(n->op->schema->name, "prim::unchecked_unwrap_optional")));
	if (!cast || !type_equal(n->inputs[0]->type, n->outputs[0]->type))
		return false;
	value_replace_all(n->outputs[0], n->inputs[0]);
	node_remove(n);
	return true;
}

// Dropout that is switched off gives back its very input.
static bool fold_dropout(Node *n)
{
	static const char *const names[] = {"aten::dropout", "aten::feature_dropout", "aten::alpha_dropout",
		"aten::feature_alpha_dropout"};
	if (n->ninputs != 3 || n->op->writes)
		return false;
	const IValue *train = constant_of(n->inputs[2]);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!train || train->tag != TAG_BOOL || train->i || strcmp(n->op->schema->name, names[i]))
			continue;
		value_replace_all(n->outputs[0], n->inputs[0]);
		node_remove(n);
		return true;
	}
	return false;
}

// Puts the nodes of a block in place of its owner.
static void dissolve(Node *n, Block *b)
{
	block_foreach_safe(k, next, b)
		node_move_before(k, n);
}

static bool fold_if(Folder *f, Node *n, Node **next)
{
	const IValue *c = constant_of(n->inputs[0]);
	if (c && c->tag == TAG_BOOL) {
		Block *b = n->blocks[c->i ? 0 : 1];
		if (!block_is_empty(b))
			*next = b->head->next;
		dissolve(n, b);
		for (int i = 0; i < n->noutputs; i++)
			value_replace_all(n->outputs[i], b->outputs[i]);
		node_remove(n);
		return true;
	}
	// A result that is the same either way does not depend on the condition.
	for (int i = 0; i < n->noutputs; i++) {
		Value *a = n->blocks[0]->outputs[i], *b = n->blocks[1]->outputs[i];
		if (a == b) {
			value_replace_all(n->outputs[i], a);
			continue;
		}
		const IValue *x = constant_of(a), *y = constant_of(b);
		if (x && y && x->tag == TAG_BOOL && y->tag == TAG_BOOL && x->i && !y->i) { // True if c else False
			value_replace_all(n->outputs[i], n->inputs[0]);
			continue;
		}
		if (!x || !y || x->tag != y->tag || x->tag > TAG_DEVICE || x->i != y->i || !n->outputs[i]->nuses)
			continue;
		replace_with_constant(f, n->outputs[i], *x, n->outputs[i]->type, n);
	}
	return false;
}

static bool fold_loop(Node *n)
{
	const IValue *trips = constant_of(n->inputs[0]), *go = constant_of(n->inputs[1]);
	bool never = (trips && trips->tag == TAG_INT && trips->i <= 0) || (go && go->tag == TAG_BOOL && !go->i);
	if (!never)
		return false;
	for (int i = 0; i < n->noutputs; i++)
		value_replace_all(n->outputs[i], n->inputs[i + 2]);
	node_remove(n);
	return true;
}

static void fold_block(Folder *f, Block *b)
{
	for (Node *n = b->head->next, *next; n != b->head; n = next) {
		next = n->next;
		bool gone = false;
		switch (n->kind) {
		case NODE_OP:
			gone = fold_none_test(f, n) || fold_cast(n) || fold_dropout(n) || fold_by_running(f, n);
			break;
		case NODE_UNCHECKED_CAST:
			gone = fold_cast(n);
			break;
		case NODE_LIST_CONSTRUCT:
			gone = fold_list(f, n);
			break;
		case NODE_TUPLE_INDEX:
		case NODE_TUPLE_UNPACK:
		case NODE_LIST_UNPACK:
			gone = fold_unpack(f, n);
			break;
		case NODE_IF:
			gone = fold_if(f, n, &next);
			break;
		case NODE_LOOP:
			gone = fold_loop(n);
			break;
		default:
			break;
		}
		for (int i = 0; !gone && i < n->nblocks; i++)
			fold_block(f, n->blocks[i]);
		// Folding inside the branches may have made their results equal.
		if (!gone && n->kind == NODE_IF)
			fold_if(f, n, &next);
	}
}

Status fold_constants(Graph *g, NodeEvaluator eval, Error *err)
{
	(void)err;
	AliasDb *alias = alias_analyse(g);
	Folder f = {.g = g, .alias = alias, .nvalues = g->next_id, .eval = eval};
	fold_block(&f, g->block);
	alias_free(&alias);
	return STATUS_OK;
}
