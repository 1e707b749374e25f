// SPDX-License-Identifier: BSD-3-Clause
// The syntax tree, made by parser.y, read by lowering (script stage) and by the evaluator (build stage).
//
// One Expr struct and one Stmt struct, each with a kind; comments give the syntax a kind stands for and which
// members it uses.  The tree keeps all that was written, the larger language included: what a stage does
// not accept it refuses with the place.  Everything lives in the file's arena.
#ifndef WICK_FRONTEND_AST_H
#define WICK_FRONTEND_AST_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;
// Build stage: where a name lives in the scope it stands in (frontend/build/resolve.c).
typedef struct NamePlace { struct StrObj *sym; int32_t slot; uint8_t where; } NamePlace; // sym: interned, borrowed
typedef struct Ident { const char *name; Range at; } Ident;
typedef struct ExprList { Expr **items; int n, cap; } ExprList;
typedef struct StmtList { Stmt **items; int n, cap; } StmtList;

typedef enum ExprKind {
	EX_NONE, EX_TRUE, EX_FALSE, EX_ELLIPSIS,
	EX_INT,        // 12            ival
	EX_FLOAT,      // 1.5           fval
	EX_IMAG,       // 2j            fval
	EX_STR,        // "…"           str, len (adjacent literals joined)
	EX_BYTES,      // b"…"          str, len
	EX_FSTRING,    // f"a{x!r:>3}"  list: EX_STR and EX_FIELD alternating as written
	EX_FIELD,      // {x!r:>3}      a = value, name = conversion ("r","s","a" or NULL), b = format spec (EX_FSTRING) or NULL,
	               //               flag = written {x=}, then str, len = "x=" with the blanks that were written
	EX_NAME,       // x             name
	EX_ATTR,       // a.name        a, name, name_at
	EX_CALL,       // a(list…)      a, list (positional, EX_STAR allowed), kw (keywords; kw name NULL = **expr)
	EX_INDEX,      // a[list…]      a, list (EX_SLICE, EX_ELLIPSIS … allowed); flag = written with a top-level comma (a tuple)
	EX_SLICE,      // a:b:c         a, b, c, each may be NULL (only within EX_INDEX)
	EX_TUPLE,      // x, y          list; flag = parenthesised
	EX_LIST,       // [x, y]        list
	EX_SET,        // {x, y}        list
	EX_DICT,       // {k: v, **d}   list = keys (NULL key = **), list2 = values
	EX_LISTCOMP,   // [a for …]     a, comp
	EX_SETCOMP, EX_GENERATOR, // {a for …}, (a for …)
	EX_DICTCOMP,   // {a: b for …}  a, b, comp
	EX_UNARY,      // op a          op: '-', '+', '~', OP_NOT
	EX_BINARY,     // a op b        op
	EX_COMPARE,    // a op b op c   list = operands (n+1), ops = operators (n)
	EX_AND, EX_OR, // list (2 or more operands)
	EX_TERNARY,    // a if c else b a = value if true, b = value if false, c = condition
	EX_LAMBDA,     // lambda …: a   params, a
	EX_STAR,       // *a            a
	EX_WALRUS,     // name := a     name, a
	EX_YIELD,      // yield a       a or NULL; flag = yield from; the script stage refuses it
	EX_AWAIT,
	EX_KINDS
} ExprKind;

typedef enum Operator {
	OP_ADD = 1, OP_SUB, OP_MUL, OP_DIV, OP_FLOORDIV, OP_MOD, OP_POW, OP_MATMUL, OP_LSHIFT, OP_RSHIFT,
	OP_BITAND, OP_BITOR, OP_BITXOR,
	OP_LT, OP_GT, OP_LE, OP_GE, OP_EQ, OP_NE, OP_IS, OP_ISNOT, OP_IN, OP_NOTIN,
	OP_NEG, OP_POS, OP_INVERT, OP_NOT,
} Operator;
const char *operator_text(Operator op); // "+", "not in"

typedef struct Keyword { const char *name; Range at; Expr *value; struct StrObj *sym; } Keyword; // name NULL: **value

typedef struct Comprehension { // for target in iter if cond if cond …
	Expr *target, *iter;
	ExprList conds;
	struct Comprehension *next; // inner for
} Comprehension;

typedef enum ParamKind { PARAM_PLAIN, PARAM_KWONLY, PARAM_VARARGS, PARAM_KWARGS, PARAM_POSONLY } ParamKind;
typedef struct Param {
	ParamKind kind;
	const char *name;
	Range at;
	Expr *type;    // or NULL
	Expr *def;     // or NULL
	NamePlace place;
} Param;

typedef struct ParamList { Param *items; int n, cap; } ParamList;

struct Expr {
	ExprKind kind;
	Range at;
	Operator op;
	bool flag;
	uint16_t height; // levels of Expr below and including this one, at most AST_HEIGHT_MAX
	NamePlace place; // of `name`; of an attribute, and of a global, slot is where it was found last; of EX_STR, sym
	struct PyScope *scope; // build stage: of a lambda or a generator expression
	const char *name;
	Range name_at;
	int64_t ival;
	double fval;
	const char *str;
	size_t len;
	Expr *a, *b, *c;
	ExprList list, list2;
	Operator *ops;
	Keyword *kw;
	int nkw, cap_kw;
	Comprehension *comp;
	ParamList *params;
};

typedef struct Def {   // def name(params) -> ret: body
	const char *name;
	Range name_at;
	ParamList params;
	Expr *ret;              // or NULL
	ExprList type_comment;  // "# type: (int, Tensor) -> int": argument types
	Expr *type_comment_ret; // or NULL when there was no type comment
	StmtList body;
	const char *doc;        // docstring or NULL; its statement stays in the body
	ExprList decorators;
	bool is_async;
	NamePlace place;
	struct PyScope *scope;  // build stage
} Def;

typedef struct ClassDef { // class name(bases, kw=…): body
	const char *name;
	Range name_at;
	ExprList bases;
	Keyword *kw;
	int nkw, cap_kw;
	StmtList body;
	const char *doc;
	ExprList decorators;
	NamePlace place;
	struct PyScope *scope;  // build stage
} ClassDef;

typedef struct ImportName { const char *name, *as; Range at; NamePlace place; } ImportName; // name "a.b", "*" allowed; as or NULL
typedef struct WithItem { Expr *value, *target; } WithItem;               // target or NULL
typedef struct Handler { Expr *type; const char *name; StmtList body; Range at; NamePlace place; } Handler; // except type as name:

typedef enum StmtKind {
	ST_EXPR,       // value
	ST_ASSIGN,     // targets[0] = targets[1] = value         targets, value
	ST_ANNASSIGN,  // target: type = value (value may be NULL) targets[0], type, value
	ST_AUGASSIGN,  // targets[0] op= value                    targets[0], op, value
	ST_IF,         // if cond: body else: orelse (elif is a nested ST_IF in orelse)
	ST_WHILE,      // while cond: body else: orelse
	ST_FOR,        // for target in value: body else: orelse  targets[0]
	ST_WITH,       // with items: body
	ST_RETURN,     // value or NULL
	ST_RAISE,      // value or NULL, from or NULL (cond)
	ST_ASSERT,     // cond, value = message or NULL
	ST_DEL,        // targets
	ST_PASS, ST_BREAK, ST_CONTINUE,
	ST_DEF,        // def
	ST_CLASS,      // cls
	ST_IMPORT,     // import names
	ST_FROM,       // from module(level dots) import names
	ST_GLOBAL, ST_NONLOCAL, // names
	ST_TRY,        // body, handlers, orelse, finally_
} StmtKind;

struct Stmt {
	StmtKind kind;
	uint16_t height; // levels of Stmt below and including this one, at most AST_HEIGHT_MAX; each elif is a level
	Range at;
	Operator op;
	ExprList targets;
	Expr *value, *type, *cond;
	StmtList body, orelse, finally_;
	WithItem *items;
	int nitems, cap_items;
	Handler *handlers;
	int nhandlers, cap_handlers;
	Def *def;
	ClassDef *cls;
	ImportName *names;
	int nnames, cap_names;
	const char *module;
	int level;
};

typedef struct Ast {
	Arena arena;
	Source *src;        // reference held
	StmtList body;
} Ast;

// Dialect of the text: the two front ends of the reference differ (language document §2).
typedef enum Dialect {
	DIALECT_ARCHIVE, // S: and/or on one level, ~ binds like not, octal 017, no try/lambda/…
	DIALECT_PYTHON,  // P: Python 3's grammar, as far as model files need it
} Dialect;

// Bounds: 64 MiB of text, 200 levels of nested brackets, 100 of indentation, and AST_HEIGHT_MAX levels of tree, so
// that whoever walks it may recurse.  A chain a + b + c … is one level an operator; `and`, `or` and comparison
// chains, comprehensions and `with` headers have at most as many members.  1 GiB of tree.
#define AST_HEIGHT_MAX 1000
Status ast_parse(Source *src, Dialect d, Ast **out, Error *err);
Status ast_parse_expr(Source *src, Dialect d, Ast **out, Expr **expr, Error *err); // one expression, nothing after it
void ast_free(Ast **a);
void ast_print(const Ast *a, Text *out);   // s-expressions, for tests

#endif
