// SPDX-License-Identifier: BSD-3-Clause
// Statements of the larger language, rewritten as statements of the smaller one and lowered as those.
//
//	for … / while …: A else: B          _broke = False; the loop with `_broke = True` before each of its own breaks;
//	                                    if not _broke: B
//	while (n := f()) > 0: A             while True: if not (n := f()) > 0: break; A     (when A may leave early)
//	if a and (n := f()): A else: B      _other = True; if a: if (n := f()): _other = False; A
//	                                    if _other: B
#include "frontend/rewrite.h"

Expr *rewrite_expr(Lower *l, ExprKind k, Range at)
{
	Expr *e = arena_new(&l->unit->arena, Expr);
	e->kind = k;
	e->at = at;
	return e;
}

static Expr *make_name(Lower *l, const char *name, Range at)
{
	Expr *e = rewrite_expr(l, EX_NAME, at);
	e->name = name;
	return e;
}

Expr *rewrite_not(Lower *l, Expr *a)
{
	Expr *e = rewrite_expr(l, EX_UNARY, a->at);
	e->op = OP_NOT;
	e->a = a;
	return e;
}

Stmt *rewrite_stmt(Lower *l, StmtKind k, Range at)
{
	Stmt *s = arena_new(&l->unit->arena, Stmt);
	s->kind = k;
	s->at = at;
	return s;
}

void rewrite_add(Lower *l, StmtList *list, Stmt *s)
{
	ARENA_PUSH(&l->unit->arena, list->items, list->n, list->cap, s);
}

static Stmt *make_assign(Lower *l, const char *name, bool value, Range at)
{
	Stmt *s = rewrite_stmt(l, ST_ASSIGN, at);
	Expr *target = make_name(l, name, at);
	ARENA_PUSH(&l->unit->arena, s->targets.items, s->targets.n, s->targets.cap, target);
	s->value = rewrite_expr(l, value ? EX_TRUE : EX_FALSE, at);
	return s;
}

Stmt *rewrite_if(Lower *l, Expr *cond, StmtList body)
{
	Stmt *s = rewrite_stmt(l, ST_IF, cond->at);
	s->cond = cond;
	s->body = body;
	return s;
}

const char *rewrite_temporary(Lower *l, const char *what)
{
	return arena_printf(&l->unit->arena, "_%s%d", what, l->temps++);
}

// A copy of the statements of a loop's body with `flag = True` before each break that leaves this loop.
static StmtList mark_breaks(Lower *l, const StmtList *list, const char *flag)
{
	StmtList out = {0};
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		StmtList one = {(Stmt **)&s, 1, 1};
		if (!stmts_break(&one, false)) {
			rewrite_add(l, &out, (Stmt *)s);
			continue;
		}
		if (s->kind == ST_BREAK)
			rewrite_add(l, &out, make_assign(l, flag, true, s->at));
		Stmt *copy = rewrite_stmt(l, s->kind, s->at);
		*copy = *s;
		if (s->kind == ST_IF || s->kind == ST_WITH)
			copy->body = mark_breaks(l, &s->body, flag);
		if (s->kind != ST_BREAK)
			copy->orelse = mark_breaks(l, &s->orelse, flag);
		rewrite_add(l, &out, copy);
	}
	return out;
}

Status lower_loop_else(Lower *l, const Stmt *s, Exit *out)
{
	StmtList list = {0};
	Stmt *loop = rewrite_stmt(l, s->kind, s->at);
	*loop = *s;
	loop->orelse = (StmtList){0};
	if (!stmts_break(&s->body, false)) {
		rewrite_add(l, &list, loop);
		for (int i = 0; i < s->orelse.n; i++)
			rewrite_add(l, &list, s->orelse.items[i]);
		return lower_stmts(l, &list, 0, NULL, out);
	}
	const char *flag = rewrite_temporary(l, "broke");
	rewrite_add(l, &list, make_assign(l, flag, false, s->at));
	loop->body = mark_breaks(l, &s->body, flag);
	rewrite_add(l, &list, loop);
	rewrite_add(l, &list, rewrite_if(l, rewrite_not(l, make_name(l, flag, s->at)), s->orelse));
	return lower_stmts(l, &list, 0, NULL, out);
}

Status lower_while_binding(Lower *l, const Stmt *s, Exit *out)
{
	StmtList body = {0}, leave = {0}, list = {0};
	rewrite_add(l, &leave, rewrite_stmt(l, ST_BREAK, s->cond->at));
	rewrite_add(l, &body, rewrite_if(l, rewrite_not(l, s->cond), leave));
	for (int i = 0; i < s->body.n; i++)
		rewrite_add(l, &body, s->body.items[i]);
	Stmt *loop = rewrite_stmt(l, ST_WHILE, s->at);
	loop->cond = rewrite_expr(l, EX_TRUE, s->cond->at);
	loop->body = body;
	rewrite_add(l, &list, loop);
	return lower_stmts(l, &list, 0, NULL, out);
}

bool if_needs_nesting(const Stmt *s)
{
	if (s->cond->kind != EX_AND)
		return false;
	for (int i = 1; i < s->cond->list.n; i++)
		if (expr_binds(s->cond->list.items[i]))
			return true;
	return false;
}

Status lower_if_nested(Lower *l, const Stmt *s, Exit *out)
{
	StmtList list = {0}, inner = {0};
	const char *flag = s->orelse.n ? rewrite_temporary(l, "other") : NULL;
	if (flag)
		rewrite_add(l, &inner, make_assign(l, flag, false, s->at));
	for (int i = 0; i < s->body.n; i++)
		rewrite_add(l, &inner, s->body.items[i]);
	for (int i = s->cond->list.n - 1; i >= 0; i--) {
		StmtList one = {0};
		rewrite_add(l, &one, rewrite_if(l, s->cond->list.items[i], inner));
		inner = one;
	}
	if (flag)
		rewrite_add(l, &list, make_assign(l, flag, true, s->at));
	rewrite_add(l, &list, inner.items[0]);
	if (flag)
		rewrite_add(l, &list, rewrite_if(l, make_name(l, flag, s->at), s->orelse));
	return lower_stmts(l, &list, 0, NULL, out);
}
