// SPDX-License-Identifier: BSD-3-Clause
// Entry points of the parser: limits, the state that its parts share, and what a text starts with.
#include "frontend/syntax.h"
#include "frontend/parser.tab.h"
#include "frontend/scanner.yy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *operator_text(Operator op)
{
	static const char *const text[] = {
		[OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*", [OP_DIV] = "/", [OP_FLOORDIV] = "//", [OP_MOD] = "%",
		[OP_POW] = "**", [OP_MATMUL] = "@", [OP_LSHIFT] = "<<", [OP_RSHIFT] = ">>", [OP_BITAND] = "&",
		[OP_BITOR] = "|", [OP_BITXOR] = "^", [OP_LT] = "<", [OP_GT] = ">", [OP_LE] = "<=", [OP_GE] = ">=",
		[OP_EQ] = "==", [OP_NE] = "!=", [OP_IS] = "is", [OP_ISNOT] = "is not", [OP_IN] = "in",
		[OP_NOTIN] = "not in", [OP_NEG] = "-", [OP_POS] = "+", [OP_INVERT] = "~", [OP_NOT] = "not",
	};
	return (size_t)op < sizeof text / sizeof *text && text[op] ? text[op] : "?";
}

Status syntax_fail(Parser *p, Status code, Span at, const char *fmt, ...)
{
	if (p->status)
		return p->status;
	va_list ap;
	va_start(ap, fmt);
	char *message = arena_alloc(p->arena, 512);
	vsnprintf(message, 512, fmt, ap);
	va_end(ap);
	return p->status = fail_at(p->err, code, syntax_range(p, at), "%s", message);
}

static Status parse(Parser *p, Span at, int start)
{
	YY_BUFFER_STATE buffer;
	p->pos = p->line_begin = p->last_end = at.begin;
	p->first = (Span){at.begin, at.begin};
	p->start = start;
	p->held.kind = -1;
	if (start == START_FILE) {
		p->nindents = 1; // of width 0
	} else {
		p->brackets = 1; // lines do not matter
		p->line_open = true;
	}
	scan_lex_init_extra(p, &p->scanner);
	buffer = scan__scan_bytes(p->src->text + at.begin, (int)(at.end - at.begin), p->scanner);
	scan_set_dialect(p->scanner, p->dialect);
	int result = syntax_parse(p);
	scan__delete_buffer(buffer, p->scanner);
	scan_lex_destroy(p->scanner);
	if (!p->status && p->unsigned_min > 0)
		syntax_fail(p, STATUS_SYNTAX, p->unsigned_min_at,
			"Integral constant out of range (must fit in a signed 64 bit integer)");
	if (!p->status && result)
		syntax_fail(p, result == 2 ? STATUS_MEMORY : STATUS_INTERNAL, at, "the parser stopped without a reason");
	return p->status;
}

Expr *syntax_parse_part(Parser *outer, Span at, int start)
{
	Parser p = {
		.ast = outer->ast, .arena = outer->arena, .src = outer->src, .dialect = outer->dialect, .err = outer->err,
		.strings = outer->strings, .specs = outer->specs,
	};
	if (outer->status)
		return NULL;
	outer->status = parse(&p, at, start);
	return outer->status ? NULL : p.result;
}

static Status ast_start(Source *src, Dialect d, int start, Ast **out, Expr **expr, Error *err)
{
	*out = NULL;
	if (expr)
		*expr = NULL;
	if (src->size > TEXT_MAX)
		return fail(err, STATUS_LIMIT, "%s has %zu bytes; source text may have at most %d", src->name, src->size, TEXT_MAX);
	Ast *ast = xcalloc(1, sizeof *ast);
	ast->src = source_ref(src);
	Parser p = {.ast = ast, .arena = &ast->arena, .src = src, .dialect = d, .err = err};
	Span at = {0, (uint32_t)src->size};
	if (at.end >= 3 && !memcmp(src->text, "\xef\xbb\xbf", 3))
		at.begin = 3; // byte order mark
	Status status = parse(&p, at, start);
	if (status) {
		ast_free(&ast);
		return status;
	}
	*out = ast;
	if (expr)
		*expr = p.result;
	return STATUS_OK;
}

Status ast_parse(Source *src, Dialect d, Ast **out, Error *err)
{
	return ast_start(src, d, START_FILE, out, NULL, err);
}

Status ast_parse_expr(Source *src, Dialect d, Ast **out, Expr **expr, Error *err)
{
	return ast_start(src, d, START_EXPR, out, expr, err);
}

void ast_free(Ast **a)
{
	if (!*a)
		return;
	arena_free(&(*a)->arena);
	source_unref(&(*a)->src);
	free(*a);
	*a = NULL;
}
