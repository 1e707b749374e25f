// SPDX-License-Identifier: BSD-3-Clause
// What a list of statements may do to the code around it, judged by its syntax: leave it early, or bind names.
#include "frontend/lower.h"

#include <string.h>

Exit exit_join(Exit a, Exit b)
{
	if (a == b)
		return a;
	if (a == EXIT_THROWS)
		return b;
	if (b == EXIT_THROWS)
		return a;
	return EXIT_MIGHT;
}

static Exit stmt_exit(const Stmt *s)
{
	switch (s->kind) {
	case ST_RETURN:
	case ST_BREAK:
	case ST_CONTINUE:
		return EXIT_WILL;
	case ST_RAISE:
		return EXIT_THROWS;
	case ST_IF:
		return exit_join(stmts_exit(&s->body, 0), stmts_exit(&s->orelse, 0));
	case ST_WITH:
		return stmts_exit(&s->body, 0);
	case ST_TRY: { // what it is lowered to is judged then
		Exit e = exit_join(stmts_exit(&s->body, 0), stmts_exit(&s->orelse, 0));
		for (int i = 0; i < s->nhandlers; i++)
			e = exit_join(e, stmts_exit(&s->handlers[i].body, 0));
		return e == EXIT_WONT ? EXIT_WONT : EXIT_MIGHT;
	}
	case ST_WHILE:
	case ST_FOR:
		if (s->orelse.n && stmts_exit(&s->orelse, 0) != EXIT_WONT)
			return EXIT_MIGHT;
		return stmts_return(&s->body) ? EXIT_MIGHT : EXIT_WONT;
	default:
		return EXIT_WONT;
	}
}

Exit stmts_exit(const StmtList *list, int from)
{
	Exit all = EXIT_WONT;
	for (int i = from; i < list->n; i++) {
		Exit e = stmt_exit(list->items[i]);
		if (e == EXIT_WILL || e == EXIT_THROWS)
			return all == EXIT_MIGHT && e == EXIT_THROWS ? EXIT_MIGHT : e;
		if (e == EXIT_MIGHT)
			all = EXIT_MIGHT;
	}
	return all;
}

bool stmts_return(const StmtList *list)
{
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		if (s->kind == ST_RETURN)
			return true;
		if (s->kind == ST_DEF || s->kind == ST_CLASS)
			continue;
		if (stmts_return(&s->body) || stmts_return(&s->orelse) || stmts_return(&s->finally_))
			return true;
		for (int j = 0; j < s->nhandlers; j++)
			if (stmts_return(&s->handlers[j].body))
				return true;
	}
	return false;
}

bool stmts_break(const StmtList *list, bool or_continue)
{
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		if (s->kind == ST_BREAK || (or_continue && s->kind == ST_CONTINUE))
			return true;
		for (int j = 0; j < s->nhandlers; j++)
			if (stmts_break(&s->handlers[j].body, or_continue))
				return true;
		if ((s->kind == ST_IF || s->kind == ST_WITH || s->kind == ST_TRY) &&
			(stmts_break(&s->body, or_continue) || stmts_break(&s->orelse, or_continue)))
			return true;
		if ((s->kind == ST_FOR || s->kind == ST_WHILE) && stmts_break(&s->orelse, or_continue))
			return true;
	}
	return false;
}

static void add_target(Map *out, const Expr *e)
{
	if (!e)
		return;
	if (e->kind == EX_NAME)
		map_set(out, e->name, (void *)e->name);
	else if (e->kind == EX_STAR)
		add_target(out, e->a);
	else if (e->kind == EX_TUPLE || e->kind == EX_LIST)
		for (int i = 0; i < e->list.n; i++)
			add_target(out, e->list.items[i]);
}

void expr_assigned(const Expr *e, Map *out)
{
	if (!e || e->kind == EX_LAMBDA)
		return;
	if (e->kind == EX_WALRUS)
		map_set(out, e->name, (void *)e->name);
	expr_assigned(e->a, out);
	expr_assigned(e->b, out);
	expr_assigned(e->c, out);
	for (int i = 0; i < e->list.n; i++)
		expr_assigned(e->list.items[i], out);
	for (int i = 0; i < e->list2.n; i++)
		expr_assigned(e->list2.items[i], out);
	for (int i = 0; i < e->nkw; i++)
		expr_assigned(e->kw[i].value, out);
}

bool expr_binds(const Expr *e)
{
	Map names = {0};
	expr_assigned(e, &names);
	bool any = names.n > 0;
	map_free(&names);
	return any;
}

void stmts_assigned(const StmtList *list, Map *out)
{
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		expr_assigned(s->value, out);
		expr_assigned(s->cond, out);
		switch (s->kind) {
		case ST_ASSIGN:
		case ST_ANNASSIGN:
		case ST_AUGASSIGN:
		case ST_FOR:
			for (int j = 0; j < s->targets.n; j++)
				add_target(out, s->targets.items[j]);
			break;
		case ST_WITH:
			for (int j = 0; j < s->nitems; j++)
				add_target(out, s->items[j].target);
			break;
		case ST_DEF:
		case ST_CLASS:
			continue;
		default:
			break;
		}
		stmts_assigned(&s->body, out);
		stmts_assigned(&s->orelse, out);
		stmts_assigned(&s->finally_, out);
		for (int j = 0; j < s->nhandlers; j++) {
			if (s->handlers[j].name)
				map_set(out, s->handlers[j].name, (void *)s->handlers[j].name);
			stmts_assigned(&s->handlers[j].body, out);
		}
	}
}

static bool is_part_of(const Expr *e, const char *name) // name[…][…]
{
	while (e->kind == EX_INDEX)
		e = e->a;
	return e->kind == EX_NAME && !strcmp(e->name, name);
}

static bool expr_changes(const Expr *e, const char *name)
{
	static const char *const methods[] = {"append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse",
		"update", "setdefault", "popitem"};
	if (!e)
		return false;
	if (e->kind == EX_CALL && e->a->kind == EX_ATTR && is_part_of(e->a->a, name))
		for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
			if (!strcmp(methods[i], e->a->name))
				return true;
	if (expr_changes(e->a, name) || expr_changes(e->b, name) || expr_changes(e->c, name))
		return true;
	for (int i = 0; i < e->list.n; i++)
		if (expr_changes(e->list.items[i], name))
			return true;
	for (int i = 0; i < e->list2.n; i++)
		if (expr_changes(e->list2.items[i], name))
			return true;
	for (int i = 0; i < e->nkw; i++)
		if (expr_changes(e->kw[i].value, name))
			return true;
	return false;
}

bool stmts_change(const StmtList *list, const char *name)
{
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		for (int j = 0; j < s->targets.n; j++)
			if (is_part_of(s->targets.items[j], name) &&
				(s->kind == ST_AUGASSIGN || s->targets.items[j]->kind == EX_INDEX))
				return true;
		if (expr_changes(s->value, name) || expr_changes(s->cond, name) || stmts_change(&s->body, name) ||
			stmts_change(&s->orelse, name) || stmts_change(&s->finally_, name))
			return true;
		for (int j = 0; j < s->nhandlers; j++)
			if (stmts_change(&s->handlers[j].body, name))
				return true;
	}
	return false;
}
