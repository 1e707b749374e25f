// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the parser share: scanner.l, layout.c, parser.y and the functions that build the tree.
//
//   text ──► scanner.l ──► layout.c ──► parser.y ──► ast.h
//            tokens        NEWLINE, INDENT, DEDENT,
//                          dialects' two-word tokens
//
// Failure is sticky: syntax_fail keeps the first failure, and from then on layout_next gives the token BAD, which no
// rule of the grammar accepts, so that actions need not check anything.
#ifndef WICK_FRONTEND_SYNTAX_H
#define WICK_FRONTEND_SYNTAX_H

#include "frontend/ast.h"

typedef struct Span {
	uint32_t begin, end;
} Span;

typedef union Value {
	Expr *expr;
	Stmt *stmt;
	const char *name;
	Operator op;
	int count;
	ExprList exprs;
	StmtList stmts;
	ParamList params;
	Param *param;
	Comprehension *comp;
	Handler *handler;
	WithItem *item;
	ImportName *import;
} Value;

enum {
	TEXT_MAX = 64 << 20,
	BRACKETS_MAX = 200,
	INDENTS_MAX = 100,
	STRINGS_MAX = 8, // f-strings within f-strings
	DOTTED_MAX = 4096, // bytes of a module's name
	CLAUSES_MAX = 100, // `for`s of a comprehension, items of a `with`
};

typedef struct Token {
	int kind;
	Span at;
	Value value;
} Token;

typedef struct Parser {
	Ast *ast;
	Arena *arena;
	Source *src;
	Dialect dialect;
	Error *err;
	Status status;
	void *scanner;

	uint32_t pos;        // scanner: offset of the next byte
	uint32_t line_begin; // scanner: offset of the first byte of this line
	int strings;         // f-strings around this text
	int specs;           // format specs around it

	int start;           // pseudo token that selects what is parsed; 0 once it was given
	bool line_open;      // a token of this logical line was seen
	int brackets;        // open brackets
	struct { int width, tabless; } indents[INDENTS_MAX + 1];
	int nindents;
	int dedents;         // DEDENTs still to give
	Token held;          // token that was read ahead, when held.kind is not -1
	int previous;        // kind of the token given last
	uint32_t last_end;   // where it ended
	Span first;          // first token of this logical line
	enum { DEF_NONE, DEF_HEADER, DEF_COLON } def; // where a `# type:` comment has a meaning
	int def_brackets;
	Span *comments;      // `# type:` comments among the parameters of a def: the text after the colon
	int ncomments, cap_comments;

	int unsigned_min;    // literals 9223372036854775808 whose minus was not seen yet
	Span unsigned_min_at;
	Expr *result;        // of START_EXPR and START_SIGNATURE (EX_TUPLE of arguments; b = the type returned)
} Parser;

// ast.c.  Parses bytes [at.begin, at.end) of p's source into p's arena, as an expression or a signature.
Expr *syntax_parse_part(Parser *p, Span at, int start);
Status syntax_fail(Parser *p, Status code, Span at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static inline Range syntax_range(const Parser *p, Span at) { return (Range){p->src, at.begin, at.end}; }

// scanner.l: the next token as written; at the end 0.  layout.c: the next token for the parser.
int scan_token(Value *value, Span *at, void *scanner);
void scan_set_dialect(void *scanner, Dialect d);
int layout_next(Value *value, Span *at, Parser *p);
#define syntax_lex layout_next
int syntax_parse(Parser *p);

// literal.c
Expr *literal_number(Parser *p, Span at, const char *text, size_t len);
Expr *literal_string(Parser *p, Span at); // with prefix and quotes
Expr *literal_join(Parser *p, Span at, const ExprList *parts);

// ast_build.c.  `at` is the place of the whole; operands given with a Span of their own need it to tell whether they
// were written in parentheses.
Expr *expr_new(Parser *p, ExprKind kind, Span at);
void expr_hold(Parser *p, Expr *e, const Expr *part); // part becomes a part of e: accounts for height; NULL is fine
Expr *expr_of(Parser *p, ExprKind kind, Span at, Expr *a, Expr *b, Expr *c);
Expr *expr_name(Parser *p, Span at, const char *name);
Expr *expr_list(Parser *p, ExprKind kind, Span at, ExprList list);
void expr_push(Parser *p, Expr *e, ExprList *list, Expr *item);
Expr *expr_attr(Parser *p, Span at, Expr *a, const char *name, Span name_at);
Expr *expr_unary(Parser *p, Span at, Operator op, Expr *a);
Expr *expr_binary(Parser *p, Span at, Operator op, Expr *a, Expr *b, Span b_at);
Expr *expr_compare(Parser *p, Span at, Operator op, Expr *a, Span a_at, Expr *b, Span b_at);
Expr *expr_logic(Parser *p, Span at, ExprKind kind, Expr *a, Span a_at, Expr *b);
Expr *expr_comprehension(Parser *p, ExprKind kind, Span at, Expr *a, Expr *b, Comprehension *comp);
Expr *call_positional(Parser *p, Expr *call, Expr *arg);
Expr *call_keyword(Parser *p, Expr *call, const char *name, Span name_at, Expr *value);
Comprehension *comprehension_new(Parser *p, Expr *target, Expr *iter);
Comprehension *comprehension_nest(Parser *p, Span at, Comprehension *outer, Comprehension *inner);
Comprehension *comprehension_last(Comprehension *c);

Param *param_new(Parser *p, ParamKind kind, const char *name, Span at, Expr *type, Expr *def);
ParamList params_push(Parser *p, ParamList list, const Param *param);
ParamList params_close(Parser *p, Span at, ParamList list);

Stmt *stmt_new(Parser *p, StmtKind kind, Span at);
void stmt_hold(Parser *p, Stmt *s, const StmtList *body);
Stmt *stmt_if(Parser *p, Span at, Expr *cond, StmtList body, StmtList orelse);
Stmt *stmt_def(Parser *p, Span at, const char *name, Span name_at, ParamList params, Expr *ret, StmtList body);
Stmt *stmt_class(Parser *p, Span at, const char *name, Span name_at, Expr *args, StmtList body);
Stmt *stmt_decorate(Parser *p, Span at, ExprList decorators, Stmt *s);
ExprList exprs_push(Parser *p, ExprList list, Expr *item);
StmtList stmts_push(Parser *p, StmtList list, Stmt *item);

#endif
