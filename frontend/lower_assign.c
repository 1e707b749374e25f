// SPDX-License-Identifier: BSD-3-Clause
// Assignment, augmented assignment, del.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

Status lower_setattr(Lower *l, Value *obj, const char *name, Value *v, Range at)
{
	const Type *t = obj->type;
	if (t->kind != TYPE_CLASS) {
		char *s = type_str_repr(t);
		Status st = fail_at(l->err, STATUS_COMPILE, at, "Tried to set an attribute: %s on a non-class: %s",
			name, s);
		free(s);
		return st;
	}
	int slot = class_find_attr(t->cls, name);
	if (slot < 0) {
		char *setter = arena_printf(&l->arena, "__%s_setter", name);
		if (class_find_method(t->cls, setter)) {
			Value *unused;
			return call_method(l, obj, setter, &v, 1, at, &unused);
		}
		// In __init__ of a class that is still being declared, assigning is declaring.
		if (!l->in_init || obj->def || obj->index != 0 || obj->block != l->g->block)
			return fail_at(l->err, STATUS_COMPILE, at, "Tried to set nonexistent attribute: %s. Did you "
				"forget to initialize "
				"it in __init__()?", name);
		if (l->block != l->g->block)
			return fail_at(l->err, STATUS_COMPILE, at, "assignment to attribute '%s' may not be in a "
				"control-flow block; "
				"attributes of classes are defined at the top level of __init__", name);
		class_add_attr(t, (Attribute){.name = name, .type = v->type});
		slot = t->cls->nattrs - 1;
	}
	const Type *want = t->cls->attrs[slot].type;
	Value *r = match_convert(l->block, v, want, at, true, NULL);
	if (!r) {
		char *w = type_str_repr(want), *f = type_str_repr(v->type);
		Status st = fail_at(l->err, STATUS_COMPILE, at, "Wrong type for attribute assignment. Expected %s "
			"but got %s", w, f);
		free(w);
		free(f);
		return st;
	}
	Value *in[2] = {obj, r};
	emit_node(l, NODE_SETATTR, in, 2, NULL, at)->attr.name = arena_strdup(&l->g->arena, name);
	return STATUS_OK;
}

Status lower_unpack(Lower *l, Sugar s, int want, bool starred, Sugar **items, int *n, Range at)
{
	if (s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_LIST) {
		if (starred)
			return fail_at(l->err, STATUS_COMPILE, at, "Provided list cannot be used as starred unpack");
		Node *u = node_new(l->g, NODE_LIST_UNPACK, at);
		node_add_input(u, s.value);
		*items = arena_array(&l->arena, Sugar, want + 1);
		for (int i = 0; i < want; i++)
			(*items)[i] = sugar_of(node_add_output(u, s.value->type->elem[0], NULL));
		block_append(l->block, u);
		*n = want;
		return STATUS_OK;
	}
	bool is_static;
	TRY(sugar_static_items(l, s, &is_static, items, n, at));
	if (is_static)
		return STATUS_OK;
	char *t = s.kind == SUGAR_VALUE ? type_str_repr(s.value->type) : NULL;
	Status st = fail_at(l->err, STATUS_COMPILE, at, "%s cannot be used as a tuple", t ? t : "the value");
	free(t);
	return st;
}

// a, *b, c = list
static Status assign_list_starred(Lower *l, const Expr *target, Value *v, int star, Range at)
{
	int n = target->list.n;
	Value *len_at_least[2] = {emit_op(l, "aten::len", &v, 1, at), emit_int(l, n - 1, at)};
	Value *few = emit_op(l, "aten::lt", len_at_least, 2, at);
	if (!few)
		return lower_failed(l);
	Node *branch = emit_node(l, NODE_IF, &few, 1, NULL, at);
	scope_push(l, node_add_block(branch), false);
	Value *msg = emit_str(l, "not enough values to unpack", at);
	TRY(lower_raise(l, msg, "builtins.ValueError", at));
	scope_pop(l);
	scope_push(l, node_add_block(branch), false);
	scope_pop(l);
	for (int i = 0; i < n; i++) {
		Value *in[4] = {v, emit_int(l, i <= star ? i : i - n, at), NULL, NULL}, *part;
		if (i == star) {
			in[2] = star == n - 1 ? emit_none(l, at) : emit_int(l, star + 1 - n, at);
			in[3] = emit_int(l, 1, at);
			part = emit_op(l, "aten::slice", in, 4, at);
		} else {
			part = emit_op(l, "aten::__getitem__", in, 2, at);
		}
		if (!part)
			return lower_failed(l);
		const Expr *to = target->list.items[i];
		TRY(lower_assign_to(l, i == star ? to->a : to, sugar_of(part), at));
	}
	return STATUS_OK;
}

static Status assign_tuple(Lower *l, const Expr *target, Sugar s, Range at)
{
	const ExprList *list = &target->list;
	int star = -1;
	for (int i = 0; i < list->n; i++)
		if (list->items[i]->kind == EX_STAR) {
			if (star >= 0)
				return fail_at(l->err, STATUS_COMPILE, target->at,
					"Only one starred expression is allowed on the lhs");
			star = i;
		}
	if (star >= 0 && s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_LIST)
		return assign_list_starred(l, target, s.value, star, at);
	Sugar *items;
	int n;
	TRY(lower_unpack(l, s, list->n, star >= 0, &items, &n, at));
	if (star < 0 ? n != list->n : n < list->n - 1) {
		if (n > list->n)
			return fail_at(l->err, STATUS_COMPILE, target->at,
				"too many values to unpack: need %d but found %d", list->n, n);
		return fail_at(l->err, STATUS_COMPILE, target->at, "need %s%d values to unpack but found only %d",
			star >= 0 ? "at least " : "", star >= 0 ? list->n - 1 : list->n, n);
	}
	for (int i = 0, k = 0; i < list->n; i++) {
		if (i != star) {
			TRY(lower_assign_to(l, list->items[i], items[k++], at));
			continue;
		}
		int count = n - (list->n - 1);
		Value **values = arena_array(&l->arena, Value *, count + 1);
		for (int j = 0; j < count; j++)
			if (!(values[j] = sugar_value(l, items[k++], at)))
				return lower_failed(l);
		Value *tuple = emit_tuple(l, values, count, at);
		if (!tuple)
			return lower_failed(l);
		TRY(lower_assign_to(l, list->items[i]->a, sugar_of(tuple), at));
	}
	return STATUS_OK;
}

Status lower_assign_to(Lower *l, const Expr *target, Sugar s, Range at)
{
	switch (target->kind) {
	case EX_NAME:
		return scope_assign(l, target->name, s, NULL, at);
	case EX_TUPLE:
	case EX_LIST: {
		TRY(lower_enter(l->fe, l->err, at));
		Status st = assign_tuple(l, target, s, at);
		lower_leave(l->fe);
		return st;
	}
	case EX_ATTR: {
		Value *obj = lower_value(l, target->a, NULL), *v = obj ? sugar_value(l, s, at) : NULL;
		return v ? lower_setattr(l, obj, target->name, v, at) : lower_failed(l);
	}
	case EX_INDEX: {
		Value *v = sugar_value(l, s, at);
		return v ? lower_index_store(l, target, v, at) : lower_failed(l);
	}
	default:
		return fail_at(l->err, STATUS_COMPILE, target->at, "unexpected expression on left-hand side of "
			"assignment");
	}
}

// a, b = x, y: element by element, without making the tuple.
static bool is_parallel(const Stmt *s)
{
	if (s->kind != ST_ASSIGN || s->targets.n != 1 || s->value->kind != EX_TUPLE)
		return false;
	const Expr *t = s->targets.items[0];
	if (t->kind != EX_TUPLE || t->list.n != s->value->list.n)
		return false;
	for (int i = 0; i < t->list.n; i++)
		if (t->list.items[i]->kind == EX_STAR || s->value->list.items[i]->kind == EX_STAR)
			return false;
	return true;
}

Status lower_assign(Lower *l, const Stmt *s)
{
	if (is_parallel(s)) {
		const ExprList *to = &s->targets.items[0]->list, *from = &s->value->list;
		Sugar *items = arena_array(&l->arena, Sugar, to->n + 1);
		for (int i = 0; i < to->n; i++)
			TRY(lower_expr(l, from->items[i], NULL, &items[i]));
		for (int i = 0; i < to->n; i++)
			TRY(lower_assign_to(l, to->items[i], items[i], s->at));
		return STATUS_OK;
	}
	const Type *type = NULL;
	if (s->kind == ST_ANNASSIGN) {
		if (!s->value)
			return fail_at(l->err, STATUS_COMPILE, s->at, "an annotation without a value is not "
				"supported here");
		TRY(type_from_expr(l->fe, l->file, s->type, &type, l->err));
	}
	Sugar v;
	TRY(lower_expr(l, s->value, type, &v));
	if (type) {
		const Expr *target = s->targets.items[0];
		if (target->kind == EX_NAME)
			return scope_assign(l, target->name, v, type, s->at);
		Value *x = sugar_value(l, v, s->at);
		if (!x)
			return lower_failed(l);
		Value *r = match_convert(l->block, x, type, s->at, false, NULL);
		if (!r)
			return fail_at(l->err, STATUS_COMPILE, s->at, "the value does not have the annotated type");
		v = sugar_of(type_equal(r->type, type) ? r : emit_cast(l, r, type, s->at));
	}
	for (int i = 0; i < s->targets.n; i++)
		TRY(lower_assign_to(l, s->targets.items[i], v, s->at));
	return STATUS_OK;
}

static const char *augmented_op(Operator op, const Type *t)
{
	bool tensor = t->kind == TYPE_TENSOR, place = tensor || t->kind == TYPE_LIST;
	switch (op) {
	case OP_ADD: return place ? "aten::add_" : "aten::add";
	case OP_SUB: return place ? "aten::sub_" : "aten::sub";
	case OP_MUL: return place ? "aten::mul_" : "aten::mul";
	case OP_DIV: return place ? "aten::div_" : "aten::div";
	case OP_MOD: return place ? "aten::fmod_" : "aten::fmod";
	case OP_BITOR: return tensor ? "aten::bitwise_or" : "aten::__or__";
	case OP_BITAND: return tensor ? "aten::bitwise_and" : "aten::__and__";
	case OP_BITXOR: return tensor ? "aten::bitwise_xor" : "aten::__xor__";
	case OP_LSHIFT: return "aten::__lshift__";
	case OP_RSHIFT: return tensor ? "aten::__irshift__" : "aten::__rshift__";
	case OP_POW: return "aten::pow";
	case OP_FLOORDIV: return "aten::floordiv";
	case OP_MATMUL: return "aten::matmul";
	default: return NULL;
	}
}

static const char *augmented_method(Operator op)
{
	switch (op) {
	case OP_ADD: return "__iadd__";
	case OP_SUB: return "__isub__";
	case OP_MUL: return "__imul__";
	case OP_DIV: return "__itruediv__";
	case OP_MOD: return "__imod__";
	case OP_BITOR: return "__ior__";
	case OP_BITAND: return "__iand__";
	case OP_BITXOR: return "__ixor__";
	case OP_LSHIFT: return "__ilshift__";
	case OP_RSHIFT: return "__irshift__";
	case OP_POW: return "__ipow__";
	default: return NULL;
	}
}

// a op= b: in place where a is a tensor or a list.
static Value *augmented_value(Lower *l, Operator op, Value *a, Value *b, Range at)
{
	if (a->type->kind == TYPE_CLASS) {
		const char *m = augmented_method(op);
		if (!m || !class_find_method(a->type->cls, m))
			return lower_binary(l, op, a, b, at);
		Value *out;
		return call_method(l, a, m, &b, 1, at, &out) == STATUS_OK ? out : NULL;
	}
	const char *name = augmented_op(op, a->type);
	if (op == OP_MUL && a->type->kind == TYPE_LIST && b->type->kind != TYPE_INT)
		name = "aten::mul";
	if (op == OP_FLOORDIV || op == OP_MATMUL || (op == OP_MOD && a->type->kind == TYPE_STR) ||
		a->type->kind == TYPE_TUPLE)
		return lower_binary(l, op, a, b, at);
	Value *in[2] = {a, b};
	return emit_op(l, name, in, 2, at);
}

Status lower_augassign(Lower *l, const Stmt *s)
{
	const Expr *target = s->targets.items[0];
	if (target->kind == EX_INDEX)
		return lower_index_update(l, target, s->op, s->value, s->at);
	if (target->kind == EX_NAME) {
		Value *a = lower_value(l, target, NULL), *b = a
			? lower_value(l, s->value, a->type->kind == TYPE_LIST ? a->type : NULL)
			: NULL;
		Value *r = b ? augmented_value(l, s->op, a, b, s->at) : NULL;
		return r ? scope_assign(l, target->name, sugar_of(r), NULL, s->at) : lower_failed(l);
	}
	if (target->kind == EX_ATTR) {
		Value *obj = lower_value(l, target->a, NULL);
		Sugar attr;
		if (!obj)
			return lower_failed(l);
		TRY(lower_attribute(l, sugar_of(obj), target->name, NULL, target->at, &attr));
		Value *a = sugar_value(l, attr, target->at), *b = a
			? lower_value(l, s->value, a->type->kind == TYPE_LIST ? a->type
			: NULL) : NULL;
		Value *r = b ? augmented_value(l, s->op, a, b, s->at) : NULL;
		return r ? lower_setattr(l, obj, target->name, r, s->at) : lower_failed(l);
	}
	return fail_at(l->err, STATUS_COMPILE, target->at, "unexpected expression on left-hand side of augmented "
		"assignment");
}

Status lower_delete(Lower *l, const Stmt *s)
{
	for (int i = 0; i < s->targets.n; i++) {
		const Expr *t = s->targets.items[i];
		if (t->kind == EX_NAME) {
			Binding *b = scope_find(l, t->name);
			if (!b || b->s.kind == SUGAR_UNDEFINED)
				return fail_at(l->err, STATUS_COMPILE, t->at, "undefined value %s", t->name);
			char *why = arena_printf(&l->arena, "undefined value %s", t->name);
			scope_bind(l, t->name, (Sugar){.kind = SUGAR_UNDEFINED, .name = why});
		} else if (t->kind == EX_INDEX && t->list.n == 1 && t->list.items[0]->kind != EX_SLICE) {
			Value *in[2];
			in[0] = lower_value(l, t->a, NULL);
			in[1] = in[0] ? lower_value(l, t->list.items[0], NULL) : NULL;
			if (!in[1])
				return lower_failed(l);
			if (in[0]->type->kind == TYPE_CLASS) {
				Value *unused;
				TRY(call_method(l, in[0], "__delitem__", &in[1], 1, s->at, &unused));
				continue;
			}
			Sugar unused;
			NamedValue args[2] = {{NULL, in[0], t->a->at}, {NULL, in[1], t->list.items[0]->at}};
			TRY(emit_op_full(l, "aten::Delete", NULL, args, 2, NULL, 0, s->at, &unused));
		} else if (t->kind == EX_TUPLE) {
			Stmt each = *s;
			each.targets = t->list;
			TRY(lower_delete(l, &each));
		} else {
			return fail_at(l->err, STATUS_COMPILE, t->at, "del of this expression is not supported");
		}
	}
	return STATUS_OK;
}
