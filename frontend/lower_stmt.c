// SPDX-License-Identifier: BSD-3-Clause
// Statements: sequences, if, with, return, raise, assert.
//
// How a block is left early.  return, break and continue set %skip (and %stop, %returned, %ret as needed); what
// follows a statement that might have done so runs under If(%skip).  Mostly no flag is needed: when one branch of
// an if always leaves, all that follows the if is lowered inside the other branch.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

static void set_flag(Lower *l, const char *name, int n)
{
	scope_bind(l, name, (Sugar){.kind = SUGAR_FLAG, .n = n});
}

Status lower_return_value(Lower *l, Value *v, Range at, Exit *out)
{
	if (l->declared_ret) {
		Value *r = match_convert(l->block, v, l->declared_ret, at, true, NULL);
		if (!r) {
			char *w = type_str_repr(l->declared_ret), *f = type_str_repr(v->type);
			Status st = fail_at(l->err, STATUS_COMPILE, at,
				"Return value was annotated as having type %s but is actually "
				"of type %s", w, f);
			free(w);
			free(f);
			return st;
		}
		v = r;
	} else {
		const Type *u = l->ret ? type_unify(l->pool, l->ret, v->type, false) : v->type;
		if (!u) {
			char *w = type_str_repr(l->ret), *f = type_str_repr(v->type);
			Status st = fail_at(l->err, STATUS_COMPILE, at,
				"Previous return statement returned a value of type %s but "
				"this return statement returns a value of type %s", w, f);
			free(w);
			free(f);
			return st;
		}
		l->ret = u;
	}
	scope_bind(l, "%ret", sugar_of(v));
	set_flag(l, "%skip", 1);
	if (l->loops) {
		set_flag(l, "%stop", 1);
		set_flag(l, "%returned", 1);
	}
	*out = EXIT_WILL;
	return STATUS_OK;
}

Status lower_guarded(Lower *l, Status (*rest)(Lower *l, void *arg, Exit *out), void *arg, Range at, Exit *out)
{
	static const char *const flags[] = {"%skip", "%stop", "%returned"};
	Binding *skip = scope_find(l, "%skip");
	if (!skip || skip->s.kind != SUGAR_VALUE)
		return rest(l, arg, out);
	Value *cond = skip->s.value;
	Node *branch = emit_node(l, NODE_IF, &cond, 1, NULL, at);
	scope_push(l, node_add_block(branch), true);
	Scope *yes = scope_pop(l);
	scope_push(l, node_add_block(branch), true);
	for (int i = 0; i < 3; i++)
		set_flag(l, flags[i], 0);
	TRY(rest(l, arg, out));
	for (int i = 0; i < 3; i++) { // a flag that was not set again is what it was
		Binding *b = scope_find(l, flags[i]);
		if (b->scope == l->scope && b->s.kind == SUGAR_FLAG && !b->s.n && b->hidden)
			b->s = b->hidden->s;
	}
	Scope *no = scope_pop(l);
	TRY(scope_join(l, branch, yes, no, EXIT_WILL, *out, at));
	*out = exit_join(EXIT_WILL, *out);
	return STATUS_OK;
}

Status lower_raise(Lower *l, Value *msg, const char *cls, Range at)
{
	Value *args[2] = {msg, cls ? emit_str(l, cls, at) : emit_none(l, at)};
	const Op *op = op_find("prim::RaiseException", "");
	block_append(l->block, node_new_op(l->g, op, args, 2, at));
	return STATUS_OK;
}

static Status lower_raise_stmt(Lower *l, const Stmt *s)
{
	if (!s->value)
		return fail_at(l->err, STATUS_COMPILE, s->at, "raise without an exception is not supported");
	Sugar e;
	TRY(lower_expr(l, s->value, NULL, &e));
	if (e.kind != SUGAR_EXCEPTION)
		return fail_at(l->err, STATUS_COMPILE, s->value->at, "exceptions must derive from BaseException");
	Value *msg = e.value ? e.value : emit_str(l, "", s->at);
	return lower_raise(l, msg, e.name, s->at);
}

static Status lower_assert(Lower *l, const Stmt *s, Exit *out)
{
	Condition c;
	TRY(lower_condition(l, s->cond, &c));
	if (c.known == 1) {
		condition_apply(l, c.yes, s->at);
		return STATUS_OK;
	}
	Value *cond = condition_value(l, &c, s->cond->at);
	Node *branch = emit_node(l, NODE_IF, &cond, 1, NULL, s->at);
	scope_push(l, node_add_block(branch), false);
	condition_apply(l, c.yes, s->at);
	Scope *yes = scope_pop(l);
	scope_push(l, node_add_block(branch), false);
	condition_apply(l, c.no, s->at);
	Value *prefix = emit_str(l, "AssertionError: ", s->at), *msg = prefix;
	if (s->value) {
		Value *v = lower_value(l, s->value, NULL);
		if (v && v->type->kind != TYPE_STR)
			v = emit_op(l, "aten::str", &v, 1, s->at);
		Value *both[2] = {prefix, v};
		msg = v ? emit_op(l, "aten::add", both, 2, s->at) : NULL;
		if (!msg)
			return lower_failed(l);
	}
	TRY(lower_raise(l, msg, NULL, s->at));
	Scope *no = scope_pop(l);
	(void)out;
	return scope_join(l, branch, yes, no, EXIT_WONT, EXIT_THROWS, s->at);
}

static bool rest_is_empty(const StmtList *list, int from, const Rest *rest)
{
	if (from < list->n)
		return false;
	for (; rest; rest = rest->outer)
		if (rest->from < rest->list->n)
			return false;
	return true;
}

// An if whose continuation (after, then rest) may be taken into a branch; *took tells whether it was.
static Status lower_if(Lower *l, const Stmt *s, const Rest *after, bool *took, Exit *out)
{
	if (if_needs_nesting(s))
		return lower_if_nested(l, s, out);
	Condition c;
	TRY(lower_condition(l, s->cond, &c));
	if (c.known >= 0) {
		condition_apply(l, c.known ? c.yes : c.no, s->at);
		return lower_stmts(l, c.known ? &s->body : &s->orelse, 0, NULL, out);
	}
	const Rest *rest[2] = {NULL, NULL};
	if (!rest_is_empty(after->list, after->from, after->outer)) {
		Exit te = stmts_exit(&s->body, 0), fe = stmts_exit(&s->orelse, 0);
		if (te == EXIT_WILL && (fe == EXIT_WONT || fe == EXIT_MIGHT))
			rest[1] = after;
		else if (fe == EXIT_WILL && (te == EXIT_WONT || te == EXIT_MIGHT))
			rest[0] = after;
		*took = rest[0] || rest[1];
	}
	Node *branch = emit_node(l, NODE_IF, &c.value, 1, NULL, s->at);
	Scope *scopes[2];
	Exit exits[2];
	for (int i = 0; i < 2; i++) {
		scope_push(l, node_add_block(branch), false);
		condition_apply(l, i ? c.no : c.yes, s->at);
		TRY(lower_stmts(l, i ? &s->orelse : &s->body, 0, rest[i], &exits[i]));
		scopes[i] = scope_pop(l);
	}
	*out = exit_join(exits[0], exits[1]);
	return scope_join(l, branch, scopes[0], scopes[1], exits[0], exits[1], s->at);
}

static Status with_items(Lower *l, const Stmt *s, int i, Exit *out)
{
	if (i == s->nitems)
		return lower_stmts(l, &s->body, 0, NULL, out);
	TRY(lower_enter(l->fe, l->err, s->at));
	const WithItem *item = &s->items[i];
	Value *obj = lower_value(l, item->value, NULL);
	if (!obj)
		return lower_failed(l);
	if (obj->type->kind != TYPE_CLASS)
		return fail_at(l->err, STATUS_COMPILE, item->value->at, "With item expression must return an object");
	Function *exit = class_find_method(obj->type->cls, "__exit__");
	if (!class_find_method(obj->type->cls, "__enter__") || !exit)
		return fail_at(l->err, STATUS_COMPILE, item->value->at,
			"Object returned by with item expression does not define "
			"__enter__ and __exit__ methods");
	TRY(ensure_called(l, exit, item->value->at));
	if (exit->schema->nargs != 4)
		return fail_at(l->err, STATUS_COMPILE, item->value->at,
			"__exit__ must take three arguments besides self");
	Value *entered;
	TRY(call_method(l, obj, "__enter__", NULL, 0, item->value->at, &entered));
	Node *with = emit_node(l, NODE_WITH, &obj, 1, NULL, s->at);
	scope_push(l, node_add_block(with), true);
	if (item->target)
		TRY(lower_assign_to(l, item->target, sugar_of(entered), item->target->at));
	TRY(with_items(l, s, i + 1, out));
	Scope *inner = scope_pop(l);
	for (int k = 0; k < inner->n; k++) { // all that was bound inside is visible after
		Binding *b = inner->items[k];
		Sugar v = b->s;
		if (v.kind == SUGAR_VALUE) {
			block_add_output(with->blocks[0], v.value);
			v.value = node_add_output(with, v.value->type, v.value->name);
		}
		scope_bind(l, b->var->name, v);
	}
	lower_leave(l->fe);
	return STATUS_OK;
}

static Status lower_stmt(Lower *l, const Stmt *s, Exit *out)
{
	switch (s->kind) {
	case ST_PASS:
		return STATUS_OK;
	case ST_EXPR: {
		if (s->value->kind == EX_STR)
			return STATUS_OK;
		Sugar v;
		return lower_expr(l, s->value, NULL, &v);
	}
	case ST_ASSIGN:
	case ST_ANNASSIGN:
		return lower_assign(l, s);
	case ST_AUGASSIGN:
		return lower_augassign(l, s);
	case ST_DEL:
		return lower_delete(l, s);
	case ST_WHILE:
		return lower_while(l, s, out);
	case ST_FOR:
		return lower_for(l, s, out);
	case ST_WITH:
		return with_items(l, s, 0, out);
	case ST_TRY:
		return lower_try(l, s, out);
	case ST_RETURN: {
		Value *v = s->value ? lower_value(l, s->value, l->declared_ret) : emit_none(l, s->at);
		return v ? lower_return_value(l, v, s->at, out) : lower_failed(l);
	}
	case ST_BREAK:
	case ST_CONTINUE:
		if (l->loops <= 0)
			return fail_at(l->err, STATUS_COMPILE, s->at, "'%s' outside loop",
				s->kind == ST_BREAK ? "break" : "continue");
		set_flag(l, "%skip", 1);
		if (s->kind == ST_BREAK)
			set_flag(l, "%stop", 1);
		*out = EXIT_WILL;
		return STATUS_OK;
	case ST_RAISE:
		*out = EXIT_THROWS;
		return lower_raise_stmt(l, s);
	case ST_ASSERT:
		return lower_assert(l, s, out);
	case ST_DEF: {
		Sugar f;
		TRY(lower_local_function(l, s->def, NULL, &f));
		scope_bind(l, s->def->name, f);
		return STATUS_OK;
	}
	default:
		return fail_at(l->err, STATUS_COMPILE, s->at, "this statement is not supported in compiled functions");
	}
}

static Status lower_rest(Lower *l, void *arg, Exit *out)
{
	const Rest *r = arg;
	return lower_stmts(l, r->list, r->from, r->outer, out);
}

static Status lower_sequence(Lower *l, const StmtList *list, int from, const Rest *rest, Exit *out)
{
	*out = EXIT_WONT;
	for (;;) {
		for (int i = from; i < list->n; i++) {
			const Stmt *s = list->items[i];
			Rest after = {list, i + 1, l->scope, rest};
			Exit e = EXIT_WONT;
			bool took = false;
			l->stmt_scope = l->scope;
			if (s->kind == ST_IF)
				TRY(lower_if(l, s, &after, &took, &e));
			else
				TRY(lower_stmt(l, s, &e));
			*out = e;
			if (took || e == EXIT_WILL || e == EXIT_THROWS)
				return STATUS_OK;
			if (e == EXIT_MIGHT) {
				if (rest_is_empty(list, i + 1, rest))
					return STATUS_OK;
				return lower_guarded(l, lower_rest, &after, s->at, out);
			}
		}
		if (!rest)
			return STATUS_OK;
		// What follows belongs to an enclosing block, whose names it sees and may rebind.
		for (Scope *s = l->scope; s && s != rest->owner; s = s->parent)
			scope_merge(s);
		list = rest->list;
		from = rest->from;
		rest = rest->outer;
	}
}

Status lower_stmts(Lower *l, const StmtList *list, int from, const Rest *rest, Exit *out)
{
	*out = EXIT_WONT;
	if (!list->n && !rest)
		return STATUS_OK;
	Range at = list->n ? list->items[0]->at : (Range){0};
	TRY(lower_enter(l->fe, l->err, at));
	Status st = lower_sequence(l, list, from, rest, out);
	lower_leave(l->fe);
	return st;
}
