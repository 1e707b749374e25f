// SPDX-License-Identifier: BSD-3-Clause
// Conditions: truth values, short circuits, what a test teaches about a variable's type, and tests whose answer is
// known while compiling (then only the live branch is compiled).
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

static Refinement *refinement(Lower *l, const char *name, const Type *t, Refinement *next)
{
	Refinement *r = arena_new(&l->arena, Refinement);
	*r = (Refinement){name, t, next};
	return r;
}

static const Refinement *refinement_find(const Refinement *r, const char *name)
{
	for (; r; r = r->next)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

// Both hold: the later one is the narrower, as it was found knowing the earlier.
static Refinement *refine_both(Lower *l, const Refinement *a, const Refinement *b)
{
	Refinement *out = NULL;
	for (const Refinement *r = a; r; r = r->next)
		if (!refinement_find(b, r->name))
			out = refinement(l, r->name, r->type, out);
	for (const Refinement *r = b; r; r = r->next)
		out = refinement(l, r->name, r->type, out);
	return out;
}

static Refinement *refine_either(Lower *l, const Refinement *a, const Refinement *b)
{
	Refinement *out = NULL;
	for (const Refinement *r = a; r; r = r->next) {
		const Refinement *o = refinement_find(b, r->name);
		const Type *u = o ? type_unify(l->pool, r->type, o->type, true) : NULL;
		if (u)
			out = refinement(l, r->name, u, out);
	}
	return out;
}

void condition_apply(Lower *l, const Refinement *r, Range at)
{
	for (; r; r = r->next)
		scope_refine(l, r->name, r->type, at);
}

Value *condition_value(Lower *l, const Condition *c, Range at)
{
	return c->known >= 0 ? emit_bool(l, c->known, at) : c->value;
}

Value *lower_to_bool(Lower *l, Value *v, Range at)
{
	switch (v->type->kind) {
	case TYPE_BOOL:
		return v;
	case TYPE_INT: case TYPE_FLOAT: case TYPE_TENSOR: case TYPE_NUMBER: case TYPE_COMPLEX:
		if (v->type->kind == TYPE_INT || v->type->kind == TYPE_FLOAT || v->type->kind == TYPE_TENSOR)
			return emit_op(l, "aten::Bool", &v, 1, at);
		break;
	case TYPE_STR: case TYPE_LIST: case TYPE_DICT:
		v = emit_op(l, "aten::len", &v, 1, at);
		return v ? emit_op(l, "aten::Bool", &v, 1, at) : NULL;
	case TYPE_CLASS: {
		Value *r;
		if (class_find_method(v->type->cls, "__bool__"))
			return call_method(l, v, "__bool__", NULL, 0, at, &r) == STATUS_OK ? r : NULL;
		if (class_find_method(v->type->cls, "__len__")) {
			if (call_method(l, v, "__len__", NULL, 0, at, &r) != STATUS_OK)
				return NULL;
			return emit_op(l, "aten::Bool", &r, 1, at);
		}
		break;
	}
	default:
		break;
	}
	char *t = type_str_repr(v->type);
	fail_at(l->err, STATUS_COMPILE, at, "Could not cast value of type %s to bool", t);
	free(t);
	return NULL;
}

static Status from_value(Lower *l, Value *v, Range at, Condition *out)
{
	*out = (Condition){.known = -1};
	if (!v)
		return lower_failed(l);
	v = lower_to_bool(l, v, at);
	if (!v)
		return lower_failed(l);
	out->value = v;
	if (v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_BOOL)
		out->known = v->def->attr.value.i != 0;
	return STATUS_OK;
}

static const Type *without_none(TypePool *p, const Type *t)
{
	if (t->kind == TYPE_OPTIONAL)
		return t->elem[0];
	if (t->kind != TYPE_UNION)
		return t;
	const Type *keep[64];
	int n = 0;
	for (int i = 0; i < t->n && n < 64; i++)
		if (t->elem[i]->kind != TYPE_NONE)
			keep[n++] = t->elem[i];
	return n ? type_union(p, keep, n) : t;
}

static Status lower_is(Lower *l, const Expr *a, const Expr *b, bool negate, Range at, Condition *out)
{
	*out = (Condition){.known = -1};
	Value *v[2] = {lower_value(l, a, NULL), NULL};
	v[1] = v[0] ? lower_value(l, b, NULL) : NULL;
	if (!v[1])
		return lower_failed(l);
	int none = value_is_none_literal(v[1]) ? 1 : value_is_none_literal(v[0]) ? 0 : -1;
	if (none >= 0) {
		const Value *other = v[!none];
		const Expr *oe = none ? a : b;
		if (value_is_none_literal(other))
			out->known = 1;
		else if (!type_is_optional_like(other->type))
			out->known = 0;
		if (oe->kind == EX_NAME && (other->type->kind == TYPE_OPTIONAL || other->type->kind == TYPE_UNION)) {
			out->yes = refinement(l, oe->name, &type_none, NULL);
			out->no = refinement(l, oe->name, without_none(l->pool, other->type), NULL);
		}
	}
	if (out->known < 0) {
		out->value = emit_op(l, negate ? "aten::__isnot__" : "aten::__is__", v, 2, at);
		if (!out->value)
			return lower_failed(l);
	}
	if (negate) {
		Refinement *r = out->yes;
		out->yes = out->no;
		out->no = r;
		if (out->known >= 0)
			out->known = !out->known;
	}
	return STATUS_OK;
}

// a and b, a or b.  `rest` lowers the right side.
static Status short_circuit(Lower *l, bool is_or, Condition *lhs, Status (*rest)(Lower *, void *, Condition *),
	void *arg,
	Range at, Condition *out)
{
	if (lhs->known == (is_or ? 1 : 0)) {
		*out = *lhs;
		return STATUS_OK;
	}
	*out = (Condition){.known = -1};
	Condition r;
	if (lhs->known >= 0) {
		scope_push(l, l->block, false);
		condition_apply(l, is_or ? lhs->no : lhs->yes, at);
		TRY(rest(l, arg, &r));
		scope_pop(l);
	} else {
		Node *branch = emit_node(l, NODE_IF, &lhs->value, 1, NULL, at);
		Block *yes = node_add_block(branch), *no = node_add_block(branch);
		scope_push(l, is_or ? no : yes, false);
		condition_apply(l, is_or ? lhs->no : lhs->yes, at);
		TRY(rest(l, arg, &r));
		block_add_output(is_or ? no : yes, condition_value(l, &r, at));
		scope_pop(l);
		scope_push(l, is_or ? yes : no, false);
		block_add_output(l->block, emit_bool(l, is_or, at));
		scope_pop(l);
		out->value = node_add_output(branch, &type_bool, NULL);
		if (r.known == (is_or ? 1 : 0))
			out->known = r.known;
	}
	if (lhs->known >= 0) {
		out->known = r.known;
		out->value = r.value;
	}
	if (is_or) {
		out->yes = refine_either(l, lhs->yes, r.yes);
		out->no = refine_both(l, lhs->no, r.no);
	} else {
		out->yes = refine_both(l, lhs->yes, r.yes);
		out->no = refine_either(l, lhs->no, r.no);
	}
	return STATUS_OK;
}

static Status right_operand(Lower *l, void *arg, Condition *out)
{
	return lower_condition(l, arg, out);
}

static Status lower_logical(Lower *l, const Expr *e, Condition *out)
{
	TRY(lower_condition(l, e->list.items[0], out));
	for (int i = 1; i < e->list.n; i++) {
		Condition lhs = *out;
		TRY(short_circuit(l, e->kind == EX_OR, &lhs, right_operand, e->list.items[i], e->at, out));
	}
	return STATUS_OK;
}

typedef struct Chain {
	const Expr *e;
	int i;        // operator
	Value *left;
} Chain;

// What stands right of operator i; a set that is only searched is as good as a list.
static Value *right_side(Lower *l, const Expr *e, int i)
{
	const Expr *x = e->list.items[i + 1];
	if (x->kind != EX_SET || (e->ops[i] != OP_IN && e->ops[i] != OP_NOTIN))
		return lower_value(l, x, NULL);
	Expr list = *x;
	list.kind = EX_LIST;
	return lower_value(l, &list, NULL);
}

static Status compare_pair(Lower *l, const Expr *e, int i, Value *left, Value **right, Condition *out)
{
	*right = right_side(l, e, i);
	Value *v = *right ? lower_binary(l, e->ops[i], left, *right, e->at) : NULL;
	return from_value(l, v, e->at, out);
}

static Status compare_rest(Lower *l, void *arg, Condition *out)
{
	Chain *c = arg;
	Value *right;
	Condition first;
	TRY(compare_pair(l, c->e, c->i, c->left, &right, &first));
	if (c->i + 1 >= c->e->list.n - 1) {
		*out = first;
		return STATUS_OK;
	}
	TRY(lower_enter(l->fe, l->err, c->e->at));
	Chain next = {c->e, c->i + 1, right};
	Status st = short_circuit(l, false, &first, compare_rest, &next, c->e->at, out);
	lower_leave(l->fe);
	return st;
}

static Status lower_compare(Lower *l, const Expr *e, Condition *out)
{
	if (e->list.n == 2 && (e->ops[0] == OP_IS || e->ops[0] == OP_ISNOT))
		return lower_is(l, e->list.items[0], e->list.items[1], e->ops[0] == OP_ISNOT, e->at, out);
	for (int i = 0; i < e->list.n - 1; i++)
		if (e->list.n > 2 && (e->ops[i] == OP_IS || e->ops[i] == OP_ISNOT))
			return fail_at(l->err, STATUS_COMPILE, e->at, "'is' in a chained comparison is not supported");
	Chain c = {e, 0, lower_value(l, e->list.items[0], NULL)};
	if (!c.left)
		return lower_failed(l);
	return compare_rest(l, &c, out);
}

static bool matches(const Type *t, const Type *want)
{
	if (want->kind == TYPE_ANYLIST)
		return t->kind == TYPE_LIST;
	if (want->kind == TYPE_ANYTUPLE)
		return t->kind == TYPE_TUPLE;
	return type_subtype(t, want, NULL);
}

static Status isinstance_types(Lower *l, const Expr *e, const Type ***types, int *n, int *cap)
{
	if (e->kind == EX_TUPLE) {
		for (int i = 0; i < e->list.n; i++)
			TRY(isinstance_types(l, e->list.items[i], types, n, cap));
		return STATUS_OK;
	}
	const Type *t;
	TRY(type_from_expr(l->fe, l->file, e, &t, l->err));
	if (t->kind == TYPE_UNION || t->kind == TYPE_OPTIONAL) {
		for (int i = 0; i < t->n; i++)
			ARENA_PUSH(&l->arena, *types, *n, *cap, t->elem[i]);
		if (t->kind == TYPE_OPTIONAL)
			ARENA_PUSH(&l->arena, *types, *n, *cap, &type_none);
		return STATUS_OK;
	}
	ARENA_PUSH(&l->arena, *types, *n, *cap, t);
	return STATUS_OK;
}

Status lower_isinstance(Lower *l, const Expr *call, Condition *out)
{
	*out = (Condition){.known = -1};
	if (call->list.n != 2 || call->nkw)
		return fail_at(l->err, STATUS_COMPILE, call->at, "isinstance expected exactly 2 arguments but found %d",
			call->list.n + call->nkw);
	const Expr *obj = call->list.items[0];
	if (l->file && l->file->env) {
		TRY(script_isinstance(l, obj, call->list.items[1], &out->known));
		if (out->known >= 0)
			return STATUS_OK;
	}
	Value *v = lower_value(l, obj, NULL);
	if (!v)
		return lower_failed(l);
	const Type **types = NULL;
	int n = 0, cap = 0;
	TRY(isinstance_types(l, call->list.items[1], &types, &n, &cap));
	// The members the value may have: those that match, those that do not, those only the run can tell.
	const Type *one[2] = {v->type, NULL}, *const *members = one;
	int nm = 1;
	if (v->type->kind == TYPE_UNION) {
		members = v->type->elem;
		nm = v->type->n;
	} else if (v->type->kind == TYPE_OPTIONAL) {
		one[0] = v->type->elem[0];
		one[1] = &type_none;
		nm = 2;
	}
	const Type **yes = arena_array(&l->arena, const Type *, nm + nm * n + 1),
		**no = arena_array(&l->arena, const Type *, nm + 1);
	int ny = 0, nn = 0;
	bool unsure = false;
	for (int i = 0; i < nm; i++) {
		bool hit = false, maybe = false;
		for (int j = 0; j < n && !hit; j++)
			hit = matches(members[i], types[j]);
		for (int j = 0; j < n && !hit; j++)
			if (type_subtype(types[j], members[i], NULL) || members[i]->kind == TYPE_ANY) {
				yes[ny++] = types[j];
				maybe = true;
			}
		if (hit)
			yes[ny++] = members[i];
		else
			no[nn++] = members[i];
		unsure |= maybe;
	}
	if (!unsure && !nn)
		out->known = 1;
	else if (!unsure && !ny)
		out->known = 0;
	bool refinable = obj->kind == EX_NAME && out->known < 0;
	for (int i = 0; i < ny; i++)
		refinable &= yes[i]->kind != TYPE_ANYLIST && yes[i]->kind != TYPE_ANYTUPLE;
	if (refinable && ny)
		out->yes = refinement(l, obj->name, ny == 1 ? yes[0] : type_union(l->pool, yes, ny), NULL);
	if (obj->kind == EX_NAME && out->known < 0 && nn && !unsure)
		out->no = refinement(l, obj->name, nn == 1 ? no[0] : type_union(l->pool, no, nn), NULL);
	if (out->known < 0) {
		Node *node = emit_node(l, NODE_ISINSTANCE, &v, 1, &type_bool, call->at);
		node->attr.types = arena_dup(&l->g->arena, types, sizeof *types * (size_t)n);
		node->attr.ntypes = n;
		out->value = node->outputs[0];
	}
	return STATUS_OK;
}

static bool is_form_call(Lower *l, const Expr *e, Form form)
{
	if (e->kind != EX_CALL)
		return false;
	if (e->a->kind == EX_NAME) {
		Sugar s;
		return !scope_find(l, e->a->name) && form_find(l->fe->dialect, e->a->name, &s) &&
			s.kind == SUGAR_FORM && s.form == form;
	}
	if (form == FORM_ISINSTANCE && e->a->kind == EX_ATTR && !strcmp(e->a->name, "isinstance")) {
		const char *path = dotted_name(&l->arena, e->a);
		return path && !strcmp(path, "torch.jit.isinstance");
	}
	return false;
}

static Status condition_kind(Lower *l, const Expr *e, Condition *out)
{
	switch (e->kind) {
	case EX_UNARY:
		if (e->op != OP_NOT)
			break;
		{
			Condition c;
			TRY(lower_condition(l, e->a, &c));
			*out = (Condition){NULL, c.known < 0 ? -1 : !c.known, c.no, c.yes};
			if (c.known < 0) {
				out->value = emit_op(l, "aten::__not__", &c.value, 1, e->at);
				return out->value ? STATUS_OK : lower_failed(l);
			}
			return STATUS_OK;
		}
	case EX_AND:
	case EX_OR:
		return lower_logical(l, e, out);
	case EX_COMPARE:
		if (e->flag)
			return lower_would_fail(l, e, out);
		return lower_compare(l, e, out);
	case EX_CALL:
		if (is_form_call(l, e, FORM_ISINSTANCE))
			return lower_isinstance(l, e, out);
		break;
	default:
		break;
	}
	return from_value(l, lower_value(l, e, NULL), e->at, out);
}

Status lower_condition(Lower *l, const Expr *e, Condition *out)
{
	TRY(lower_enter(l->fe, l->err, e->at));
	Status st = condition_kind(l, e, out);
	lower_leave(l->fe);
	return st;
}

Value *lower_bool_expr(Lower *l, const Expr *e)
{
	// A plain comparison need not give a bool: x < y of tensors gives a tensor.
	if (e->kind == EX_COMPARE && e->list.n == 2 && e->ops[0] != OP_IS && e->ops[0] != OP_ISNOT) {
		Value *a = lower_value(l, e->list.items[0], NULL), *b = a ? right_side(l, e, 0) : NULL;
		return b ? lower_binary(l, e->ops[0], a, b, e->at) : NULL;
	}
	Condition c;
	return lower_condition(l, e, &c) == STATUS_OK ? condition_value(l, &c, e->at) : NULL;
}

Value *lower_ternary(Lower *l, const Expr *e, const Type *hint)
{
	Condition c;
	if (lower_condition(l, e->c, &c) != STATUS_OK)
		return NULL;
	if (c.known >= 0) {
		scope_push(l, l->block, false);
		condition_apply(l, c.known ? c.yes : c.no, e->at);
		Value *v = lower_value(l, c.known ? e->a : e->b, hint);
		scope_pop(l);
		return v;
	}
	Node *branch = emit_node(l, NODE_IF, &c.value, 1, NULL, e->at);
	Value *v[2];
	for (int i = 0; i < 2; i++) {
		scope_push(l, node_add_block(branch), false);
		condition_apply(l, i ? c.no : c.yes, e->at);
		v[i] = lower_value(l, i ? e->b : e->a, hint);
		scope_pop(l);
		if (!v[i])
			return NULL;
	}
	const Type *t = type_unify(l->pool, v[0]->type, v[1]->type, false);
	if (!t && hint && type_subtype(v[0]->type, hint, NULL) && type_subtype(v[1]->type, hint, NULL))
		t = hint;
	if (!t) {
		char *a = type_str_repr(v[0]->type), *b = type_str_repr(v[1]->type);
		fail_at(l->err, STATUS_COMPILE, e->at, "if-expression's true branch has type %s but false branch has "
			"type %s", a, b);
		free(a);
		free(b);
		return NULL;
	}
	for (int i = 0; i < 2; i++)
		block_add_output(branch->blocks[i], v[i]);
	return node_add_output(branch, t, NULL);
}
