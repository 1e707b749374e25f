// SPDX-License-Identifier: BSD-3-Clause
// Comprehensions and list(iterable): loops that fill a list or a dict.
//
// Each `for` becomes a loop and each `if` a branch around what is inside; the innermost appends to the result, which
// stands before all of them.  The first element decides the result's type where nothing else does.
#include "frontend/lower.h"

typedef struct Collect {
	const Expr *e;       // the comprehension; NULL for list(iterable)
	const Comprehension *comp; // the `for` whose element comes next
	const Type *elem, *key;
	Value *result;
	bool typed;
} Collect;

static Status collect_append(Lower *l, Collect *c, Value *k, Value *v)
{
	Range at = c->result->def->at;
	if (!c->typed) { // the first element decides
		c->elem = v->type;
		c->key = k ? k->type : NULL;
		c->result->type = k ? type_dict(l->pool, c->key, c->elem) : type_list(l->pool, c->elem);
		c->typed = true;
	}
	Sugar unused;
	NamedValue in[3] = {{NULL, c->result, at}, {NULL, k ? k : v, at}, {NULL, v, at}};
	return emit_op_full(l, k ? "aten::_set_item" : "aten::append", NULL, in, k ? 3 : 2, NULL, 0, at, &unused);
}

static Status collect_item(Lower *l, void *arg, Sugar element);

// What is inside the conditions of c->comp from the i-th on.
static Status collect_inside(Lower *l, Collect *c, int i)
{
	const Comprehension *comp = c->comp;
	const Expr *e = c->e;
	if (i < comp->conds.n) {
		Condition cond;
		TRY(lower_condition(l, comp->conds.items[i], &cond));
		if (cond.known == 0)
			return STATUS_OK;
		if (cond.known == 1) {
			condition_apply(l, cond.yes, e->at);
			return collect_inside(l, c, i + 1);
		}
		Node *branch = emit_node(l, NODE_IF, &cond.value, 1, NULL, comp->conds.items[i]->at);
		scope_push(l, node_add_block(branch), false);
		condition_apply(l, cond.yes, e->at);
		TRY(collect_inside(l, c, i + 1));
		scope_pop(l);
		scope_push(l, node_add_block(branch), false);
		scope_pop(l);
		return STATUS_OK;
	}
	if (comp->next) {
		Sugar over;
		TRY(lower_expr(l, comp->next->iter, NULL, &over));
		c->comp = comp->next;
		Status st = lower_each(l, over, collect_item, c, comp->next->iter->at);
		c->comp = comp;
		return st;
	}
	Value *k = e->kind == EX_DICTCOMP ? lower_value(l, e->a, c->key) : NULL;
	if (e->kind == EX_DICTCOMP && !k)
		return lower_failed(l);
	Value *v = lower_value(l, k ? e->b : e->a, c->elem);
	return v ? collect_append(l, c, k, v) : lower_failed(l);
}

static Status collect_item(Lower *l, void *arg, Sugar element)
{
	Collect *c = arg;
	if (!c->e) {
		Value *v = sugar_value(l, element, c->result->def->at);
		return v ? collect_append(l, c, NULL, v) : lower_failed(l);
	}
	TRY(lower_assign_to(l, c->comp->target, element, c->comp->target->at));
	return collect_inside(l, c, 0);
}

// Over a tuple the elements are known: a list of them.
static Value *collect_static(Lower *l, const Collect *c, const Sugar *items, int n, Range at)
{
	Value **v = arena_array(&l->arena, Value *, n + 1);
	for (int i = 0; i < n; i++) {
		scope_push(l, l->block, false);
		if (c->e && lower_assign_to(l, c->e->comp->target, items[i], at) != STATUS_OK)
			return NULL;
		v[i] = c->e ? lower_value(l, c->e->a, c->elem) : sugar_value(l, items[i], at);
		scope_pop(l);
		if (!v[i])
			return NULL;
	}
	return lower_list(l, v, n, c->elem ? type_list(l->pool, c->elem) : NULL, at);
}

static Value *collect(Lower *l, Collect *c, Sugar over, bool dict, Range at)
{
	if (!dict && !(c->comp && (c->comp->next || c->comp->conds.n))) {
		bool is_static;
		Sugar *items;
		int n;
		if (sugar_static_items(l, over, &is_static, &items, &n, at) != STATUS_OK)
			return NULL;
		if (is_static)
			return collect_static(l, c, items, n, at);
	}
	const Type *t = dict ? type_dict(l->pool, c->key ? c->key : &type_str, c->elem ? c->elem : &type_tensor)
		: type_list(l->pool, c->elem ? c->elem : &type_tensor);
	c->typed = c->elem != NULL;
	c->result = emit_node(l, dict ? NODE_DICT_CONSTRUCT : NODE_LIST_CONSTRUCT, NULL, 0, t, at)->outputs[0];
	int loops = l->loops;
	Status st = lower_each(l, over, collect_item, c, at);
	l->loops = loops;
	return st == STATUS_OK ? c->result : NULL;
}

Value *lower_comprehension(Lower *l, const Expr *e, const Type *hint)
{
	Sugar over;
	if (lower_expr(l, e->comp->iter, NULL, &over) != STATUS_OK)
		return NULL;
	bool dict = e->kind == EX_DICTCOMP;
	Collect c = {.e = e, .comp = e->comp};
	if (hint && hint->kind == TYPE_OPTIONAL)
		hint = hint->elem[0];
	if (hint && dict && hint->kind == TYPE_DICT) {
		c.key = hint->elem[0];
		c.elem = hint->elem[1];
	} else if (hint && !dict && hint->kind == TYPE_LIST) {
		c.elem = hint->elem[0];
	}
	return collect(l, &c, over, dict, e->at);
}

Value *lower_list_of(Lower *l, Sugar s, const Type *hint, Range at)
{
	if (s.kind == SUGAR_VALUE && (s.value->type->kind == TYPE_LIST || s.value->type->kind == TYPE_STR))
		return emit_op(l, "aten::list", &s.value, 1, at);
	Collect c = {.elem = hint && hint->kind == TYPE_LIST ? hint->elem[0] : NULL};
	return collect(l, &c, s, false, at);
}
