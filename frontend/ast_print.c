// SPDX-License-Identifier: BSD-3-Clause
// The tree as s-expressions, for tests: (kind part…), lists in [ ], strings quoted, absent parts as "-".
#include "frontend/ast.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_expr(const Expr *e, Text *out);
static void print_body(const char *title, const StmtList *body, int depth, Text *out);

static void print_string(const char *s, size_t n, Text *out)
{
	text_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '"' || c == '\\')
			text_addf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			text_addf(out, "\\%03o", c);
		else
			text_addc(out, (char)c);
	}
	text_addc(out, '"');
}

// Shortest of the forms that read back as the same number; always with a mark of a float.
static void print_float(double v, Text *out)
{
	char buf[40];
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(buf, sizeof buf, "%.*g", digits, v);
		if (strtod(buf, NULL) == v)
			break;
	}
	text_add(out, buf);
	bool marked = false;
	for (const char *s = buf; *s; s++)
		marked = marked || (*s != '-' && (*s < '0' || *s > '9'));
	if (!marked)
		text_add(out, ".");
}

static void print_exprs(const ExprList *list, Text *out)
{
	for (int i = 0; i < list->n; i++) {
		text_addc(out, ' ');
		print_expr(list->items[i], out);
	}
}

static void print_keywords(const Keyword *kw, int n, Text *out)
{
	for (int i = 0; i < n; i++) {
		text_addf(out, " %s=", kw[i].name ? kw[i].name : "**");
		print_expr(kw[i].value, out);
	}
}

static void print_params(const ParamList *params, Text *out)
{
	static const char *const marks[] = {
		[PARAM_PLAIN] = "", [PARAM_KWONLY] = "kw ", [PARAM_VARARGS] = "*", [PARAM_KWARGS] = "**", [PARAM_POSONLY] = "pos ",
	};
	text_addc(out, '[');
	for (int i = 0; i < params->n; i++) {
		const Param *p = &params->items[i];
		text_addf(out, "%s%s%s", i ? ", " : "", marks[p->kind], p->name);
		if (p->type) {
			text_add(out, ": ");
			print_expr(p->type, out);
		}
		if (p->def) {
			text_add(out, " = ");
			print_expr(p->def, out);
		}
	}
	text_addc(out, ']');
}

static void print_parts(const char *name, const Expr *e, int n, Text *out)
{
	const Expr *parts[] = {e->a, e->b, e->c};
	text_addf(out, "(%s", name);
	for (int i = 0; i < n; i++) {
		text_addc(out, ' ');
		print_expr(parts[i], out);
	}
	for (const Comprehension *c = e->comp; c; c = c->next) {
		text_add(out, " (for ");
		print_expr(c->target, out);
		text_addc(out, ' ');
		print_expr(c->iter, out);
		for (int i = 0; i < c->conds.n; i++) {
			text_add(out, " if ");
			print_expr(c->conds.items[i], out);
		}
		text_addc(out, ')');
	}
	text_addc(out, ')');
}

static void print_list(const char *name, const ExprList *list, Text *out)
{
	text_addf(out, "(%s", name);
	print_exprs(list, out);
	text_addc(out, ')');
}

static void print_expr(const Expr *e, Text *out)
{
	if (!e) {
		text_addc(out, '-');
		return;
	}
	switch (e->kind) {
	case EX_NONE:
		text_add(out, "None");
		break;
	case EX_TRUE:
		text_add(out, "True");
		break;
	case EX_FALSE:
		text_add(out, "False");
		break;
	case EX_ELLIPSIS:
		text_add(out, "...");
		break;
	case EX_INT:
		text_addf(out, "%" PRId64, e->ival);
		break;
	case EX_IMAG:
	case EX_FLOAT:
		print_float(e->fval, out);
		if (e->kind == EX_IMAG)
			text_addc(out, 'j');
		break;
	case EX_BYTES:
		text_addc(out, 'b');
		// fall through
	case EX_STR:
		print_string(e->str, e->len, out);
		break;
	case EX_FSTRING:
		print_list("fstring", &e->list, out);
		break;
	case EX_FIELD:
		text_add(out, "(field ");
		if (e->flag)
			print_string(e->str, e->len, out);
		print_expr(e->a, out);
		if (e->name)
			text_addf(out, " !%s", e->name);
		if (e->b) {
			text_add(out, " :");
			print_expr(e->b, out);
		}
		text_addc(out, ')');
		break;
	case EX_NAME:
		text_add(out, e->name);
		break;
	case EX_ATTR:
		text_add(out, "(. ");
		print_expr(e->a, out);
		text_addf(out, " %s)", e->name);
		break;
	case EX_CALL:
		text_add(out, "(call ");
		print_expr(e->a, out);
		print_exprs(&e->list, out);
		print_keywords(e->kw, e->nkw, out);
		text_addc(out, ')');
		break;
	case EX_INDEX:
		text_add(out, e->flag ? "(index, " : "(index ");
		print_expr(e->a, out);
		print_exprs(&e->list, out);
		text_addc(out, ')');
		break;
	case EX_SLICE:
		print_parts("slice", e, 3, out);
		break;
	case EX_TUPLE:
		print_list("tuple", &e->list, out);
		break;
	case EX_LIST:
		print_list("list", &e->list, out);
		break;
	case EX_SET:
		print_list("set", &e->list, out);
		break;
	case EX_DICT:
		text_add(out, "(dict");
		for (int i = 0; i < e->list.n; i++) {
			text_addc(out, ' ');
			if (e->list.items[i])
				print_expr(e->list.items[i], out);
			else
				text_add(out, "**");
			text_add(out, ": ");
			print_expr(e->list2.items[i], out);
		}
		text_addc(out, ')');
		break;
	case EX_LISTCOMP:
		print_parts("listcomp", e, 1, out);
		break;
	case EX_SETCOMP:
		print_parts("setcomp", e, 1, out);
		break;
	case EX_GENERATOR:
		print_parts("generator", e, 1, out);
		break;
	case EX_DICTCOMP:
		print_parts("dictcomp", e, 2, out);
		break;
	case EX_UNARY:
		print_parts(operator_text(e->op), e, 1, out);
		break;
	case EX_BINARY:
		print_parts(operator_text(e->op), e, 2, out);
		break;
	case EX_COMPARE:
		text_add(out, "(compare ");
		print_expr(e->list.items[0], out);
		for (int i = 1; i < e->list.n; i++) {
			text_addf(out, " %s ", operator_text(e->ops[i - 1]));
			print_expr(e->list.items[i], out);
		}
		text_addc(out, ')');
		break;
	case EX_AND:
		print_list("and", &e->list, out);
		break;
	case EX_OR:
		print_list("or", &e->list, out);
		break;
	case EX_TERNARY:
		text_add(out, "(if ");
		print_expr(e->c, out);
		text_addc(out, ' ');
		print_expr(e->a, out);
		text_addc(out, ' ');
		print_expr(e->b, out);
		text_addc(out, ')');
		break;
	case EX_LAMBDA:
		text_add(out, "(lambda ");
		print_params(e->params, out);
		text_addc(out, ' ');
		print_expr(e->a, out);
		text_addc(out, ')');
		break;
	case EX_STAR:
		print_parts("star", e, 1, out);
		break;
	case EX_WALRUS:
		text_addf(out, "(:= %s ", e->name);
		print_expr(e->a, out);
		text_addc(out, ')');
		break;
	case EX_YIELD:
		print_parts(e->flag ? "yield-from" : "yield", e, 1, out);
		break;
	case EX_AWAIT:
		print_parts("await", e, 1, out);
		break;
	case EX_KINDS:
		break;
	}
}

static void print_names(const char *title, const Stmt *s, Text *out)
{
	text_addf(out, "(%s", title);
	if (s->kind == ST_FROM)
		text_addf(out, " %d %s", s->level, *s->module ? s->module : "-");
	for (int i = 0; i < s->nnames; i++) {
		text_addf(out, " %s", s->names[i].name);
		if (s->names[i].as)
			text_addf(out, ":%s", s->names[i].as);
	}
	text_addc(out, ')');
}

static void print_def(const Def *d, int depth, Text *out)
{
	text_addf(out, "(%s %s ", d->is_async ? "async-def" : "def", d->name);
	print_params(&d->params, out);
	if (d->ret) {
		text_add(out, " -> ");
		print_expr(d->ret, out);
	}
	if (d->type_comment_ret) {
		text_add(out, " (comment");
		print_exprs(&d->type_comment, out);
		text_add(out, " -> ");
		print_expr(d->type_comment_ret, out);
		text_addc(out, ')');
	}
	print_exprs(&d->decorators, out);
	print_body(NULL, &d->body, depth, out);
	text_addc(out, ')');
}

static void print_class(const ClassDef *c, int depth, Text *out)
{
	text_addf(out, "(class %s", c->name);
	print_exprs(&c->bases, out);
	print_keywords(c->kw, c->nkw, out);
	if (c->decorators.n > 0) {
		text_add(out, " @");
		print_exprs(&c->decorators, out);
	}
	print_body(NULL, &c->body, depth, out);
	text_addc(out, ')');
}

static void print_stmt(const Stmt *s, int depth, Text *out)
{
	switch (s->kind) {
	case ST_EXPR:
		print_expr(s->value, out);
		break;
	case ST_ASSIGN:
		text_add(out, "(=");
		print_exprs(&s->targets, out);
		text_addc(out, ' ');
		print_expr(s->value, out);
		text_addc(out, ')');
		break;
	case ST_ANNASSIGN:
		text_add(out, "(: ");
		print_expr(s->targets.items[0], out);
		text_addc(out, ' ');
		print_expr(s->type, out);
		text_addc(out, ' ');
		print_expr(s->value, out);
		text_addc(out, ')');
		break;
	case ST_AUGASSIGN:
		text_addf(out, "(%s= ", operator_text(s->op));
		print_expr(s->targets.items[0], out);
		text_addc(out, ' ');
		print_expr(s->value, out);
		text_addc(out, ')');
		break;
	case ST_IF:
	case ST_WHILE:
		text_add(out, s->kind == ST_IF ? "(if " : "(while ");
		print_expr(s->cond, out);
		print_body(NULL, &s->body, depth, out);
		print_body("else", &s->orelse, depth, out);
		text_addc(out, ')');
		break;
	case ST_FOR:
		text_add(out, "(for ");
		print_expr(s->targets.items[0], out);
		text_addc(out, ' ');
		print_expr(s->value, out);
		print_body(NULL, &s->body, depth, out);
		print_body("else", &s->orelse, depth, out);
		text_addc(out, ')');
		break;
	case ST_WITH:
		text_add(out, "(with");
		for (int i = 0; i < s->nitems; i++) {
			text_add(out, " (");
			print_expr(s->items[i].value, out);
			text_addc(out, ' ');
			print_expr(s->items[i].target, out);
			text_addc(out, ')');
		}
		print_body(NULL, &s->body, depth, out);
		text_addc(out, ')');
		break;
	case ST_RETURN:
		text_add(out, "(return ");
		print_expr(s->value, out);
		text_addc(out, ')');
		break;
	case ST_RAISE:
		text_add(out, "(raise ");
		print_expr(s->value, out);
		if (s->cond) {
			text_add(out, " from ");
			print_expr(s->cond, out);
		}
		text_addc(out, ')');
		break;
	case ST_ASSERT:
		text_add(out, "(assert ");
		print_expr(s->cond, out);
		text_addc(out, ' ');
		print_expr(s->value, out);
		text_addc(out, ')');
		break;
	case ST_DEL:
		print_list("del", &s->targets, out);
		break;
	case ST_PASS:
		text_add(out, "(pass)");
		break;
	case ST_BREAK:
		text_add(out, "(break)");
		break;
	case ST_CONTINUE:
		text_add(out, "(continue)");
		break;
	case ST_DEF:
		print_def(s->def, depth, out);
		break;
	case ST_CLASS:
		print_class(s->cls, depth, out);
		break;
	case ST_IMPORT:
		print_names("import", s, out);
		break;
	case ST_FROM:
		print_names("from", s, out);
		break;
	case ST_GLOBAL:
		print_names("global", s, out);
		break;
	case ST_NONLOCAL:
		print_names("nonlocal", s, out);
		break;
	case ST_TRY:
		text_add(out, "(try");
		print_body(NULL, &s->body, depth, out);
		for (int i = 0; i < s->nhandlers; i++) {
			const Handler *h = &s->handlers[i];
			text_addc(out, '\n');
			text_fill(out, ' ', 2 * (size_t)depth);
			text_add(out, "except ");
			print_expr(h->type, out);
			if (h->name)
				text_addf(out, " as %s", h->name);
			print_body(NULL, &h->body, depth, out);
		}
		print_body("else", &s->orelse, depth, out);
		print_body("finally", &s->finally_, depth, out);
		text_addc(out, ')');
		break;
	}
}

static void print_body(const char *title, const StmtList *body, int depth, Text *out)
{
	if (title && body->n > 0) {
		text_addc(out, '\n');
		text_fill(out, ' ', 2 * (size_t)depth);
		text_add(out, title);
	}
	for (int i = 0; i < body->n; i++) {
		text_addc(out, '\n');
		text_fill(out, ' ', 2 * (size_t)depth + 2);
		print_stmt(body->items[i], depth + 1, out);
	}
}

void ast_print(const Ast *a, Text *out)
{
	for (int i = 0; i < a->body.n; i++) {
		print_stmt(a->body.items[i], 0, out);
		text_addc(out, '\n');
	}
}
