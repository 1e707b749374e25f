/* SPDX-License-Identifier: BSD-3-Clause
   The grammar of both dialects.  They share it: where one operator binds differently, the scanner gives the archive
   dialect a token of its own (ARCHIVE_AND, ARCHIVE_OR, ARCHIVE_INVERT), and words that only Python reserves never
   arrive as tokens from an archive.  What else only one of them accepts is settled in actions and in ast_build.c.
   Binary operators are one flat rule with precedences rather than a ladder of nonterminals, which is both shorter and
   several times faster. */
%define api.pure full
%define api.prefix {syntax_}
%define api.value.type {Value}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%param {Parser *p}
%expect 0

%code requires {
#include "frontend/syntax.h"
}

%code {
#include <string.h>

#define YYMAXDEPTH 20000
#define YYLLOC_DEFAULT(at, rhs, n)                                       \
	do {                                                             \
		if (n) {                                                 \
			(at).begin = YYRHSLOC(rhs, 1).begin;             \
			(at).end = YYRHSLOC(rhs, n).end;                 \
		} else {                                                 \
			(at).begin = (at).end = YYRHSLOC(rhs, 0).end;    \
		}                                                        \
	} while (0)

static void syntax_error(Span *at, Parser *p, const char *message);
static void archive_refuses(Parser *p, bool present, Span at, const char *expected, const char *found);
static void one_line_block(Parser *p, Span at, const StmtList *body);
static Stmt *simple(Parser *p, StmtKind kind, Span at, Expr *value);
static Stmt *with_item(Parser *p, Stmt *s, Expr *value, Expr *target);
static Stmt *with_body(Parser *p, Span at, Stmt *s, StmtList body);
static Stmt *import_name(Parser *p, Stmt *s, Span at, const char *name, const char *as);
static Stmt *loop(Parser *p, StmtKind kind, Span at, Expr *target, Expr *value, StmtList body, StmtList orelse);
static Stmt *try_handler(Parser *p, Stmt *s, Span at, Expr *type, const char *name, StmtList body);
static Stmt *try_end(Parser *p, Span at, Stmt *s, StmtList body, StmtList orelse, StmtList finally);
static Expr *lambda(Parser *p, Span at, ParamList params, Expr *body);
static Stmt *def_comment(Stmt *s, const Expr *signature);
static Expr *slice(Parser *p, Span at, Expr *a, Expr *b, Expr *c);
#define SPAN(a, b) ((Span){(a).begin, (b).end})
}

%token START_FILE START_EXPR START_SIGNATURE BAD
%token END 0 "eof" NEWLINE "newline" INDENT "indent" DEDENT "dedent" TYPE_COMMENT "type_comment"
%token <name> IDENT "ident"
%token <expr> NUMBER "number" STRING "string_literal"
%token DEF "def" IF "if" ELSE "else" ELIF "elif" WHILE "while" FOR "for" IN "in" RETURN "return" IS "is" NOT "not"
%token AND "and" OR "or" ARCHIVE_AND ARCHIVE_OR TRUE_ "True" FALSE_ "False" NONE "None" GLOBAL "global"
%token RAISE "raise" ASSERT "assert" BREAK "break" CONTINUE "continue" DEL "del" PASS "pass" CLASS "class"
%token IMPORT "import" WITH "with" AS "as" ELLIPSIS "..." ISNOT "is not" NOTIN "not in"
%token ASYNC "async" AWAIT "await" EXCEPT "except" FINALLY "finally" FROM "from" LAMBDA "lambda"
%token NONLOCAL "nonlocal" TRY "try" YIELD "yield" ARROW "->" WALRUS ":="
%token <op> COMPARE SHIFT AUGMENTED
%token POW "**" FLOORDIV "//" ARCHIVE_INVERT

%left OR
%left AND
%left ARCHIVE_AND ARCHIVE_OR
%precedence NOT ARCHIVE_INVERT
%left COMPARE IN NOTIN IS ISNOT
%left '|'
%left '^'
%left '&'
%left SHIFT
%left '+' '-'
%left '*' '/' FLOORDIV '%' '@'
%precedence UNARY
%right POW

%type <expr> atom primary disj test named elem nelem exprs exprs_named field yielded rhs arg_list args star subscripts subscript
%type <expr> slice_part targets target dict signature ret type_comment base_args class_args subscript_list
%type <exprs> tuple ntuple nlist target_tuple strings chain decorators signature_args signature_list
%type <comp> clauses clause
%type <params> params param_list lambda_params lambda_list
%type <param> param lambda_param
%type <stmts> items suite line smalls def_suite else_part if_tail
%type <stmt> small compound def class if_stmt with_items with_paren names imports dotted_imports import_list handlers
%type <name> dotted
%type <count> dots

%start input

%%

input: START_FILE items END                     { p->ast->body = $2; }
	| START_EXPR field END                  { p->result = $2; }
	| START_SIGNATURE signature END         { p->result = $2; }
	;

field: exprs_named
	| yielded
	;

/* ---- statements ---- */

items: %empty                                   { $$ = (StmtList){0}; }
	| items compound                        { $$ = stmts_push(p, $1, $2); }
	| items small NEWLINE                   { $$ = stmts_push(p, $1, $2); }
	| items small ';'                       { $$ = stmts_push(p, $1, $2); }
	| items small ';' NEWLINE               { $$ = stmts_push(p, $1, $2); }
	;

suite: ':' NEWLINE INDENT items DEDENT          { $$ = $4; }
	| ':' line                              { $$ = $2; one_line_block(p, @2, &$2); }
	;

line: smalls NEWLINE
	| smalls ';' NEWLINE
	;

smalls: small                                   { $$ = stmts_push(p, (StmtList){0}, $1); }
	| smalls ';' small                      { $$ = stmts_push(p, $1, $3); }
	;

small: exprs                                    { $$ = simple(p, ST_EXPR, @$, $1); }
	| yielded                               { $$ = simple(p, ST_EXPR, @$, $1); }
	| exprs ':' test {
		$$ = simple(p, ST_ANNASSIGN, @$, NULL);
		$$->targets = exprs_push(p, $$->targets, $1);
		$$->type = $3;
	}
	| exprs ':' test '=' rhs {
		$$ = simple(p, ST_ANNASSIGN, @$, $5);
		$$->targets = exprs_push(p, $$->targets, $1);
		$$->type = $3;
	}
	| exprs AUGMENTED rhs {
		$$ = simple(p, ST_AUGASSIGN, @$, $3);
		$$->targets = exprs_push(p, $$->targets, $1);
		$$->op = $2;
	}
	| chain rhs                             { $$ = simple(p, ST_ASSIGN, @$, $2); $$->targets = $1; }
	| RETURN                                { $$ = simple(p, ST_RETURN, @$, NULL); }
	| RETURN exprs                          { $$ = simple(p, ST_RETURN, @$, $2); }
	| RAISE {
		$$ = simple(p, ST_RAISE, @$, NULL);
		archive_refuses(p, true, (Span){@1.end, @1.end}, "ident", "newline");
	}
	| RAISE test                            { $$ = simple(p, ST_RAISE, @$, $2); }
	| RAISE test FROM test                  { $$ = simple(p, ST_RAISE, @$, $2); $$->cond = $4; }
	| ASSERT test                           { $$ = simple(p, ST_ASSERT, @$, NULL); $$->cond = $2; }
	| ASSERT test ',' test                  { $$ = simple(p, ST_ASSERT, @$, $4); $$->cond = $2; }
	| DEL exprs {
		$$ = simple(p, ST_DEL, @$, NULL);
		if ($2->kind == EX_TUPLE && !$2->flag)
			$$->targets = $2->list;
		else
			$$->targets = exprs_push(p, $$->targets, $2);
	}
	| PASS                                  { $$ = simple(p, ST_PASS, @$, NULL); }
	| BREAK                                 { $$ = simple(p, ST_BREAK, @$, NULL); }
	| CONTINUE                              { $$ = simple(p, ST_CONTINUE, @$, NULL); }
	| GLOBAL names                          { $$ = $2; $$->kind = ST_GLOBAL; $$->at = syntax_range(p, @$); }
	| NONLOCAL names                        { $$ = $2; $$->kind = ST_NONLOCAL; $$->at = syntax_range(p, @$); }
	| IMPORT dotted_imports                 { $$ = $2; $$->at = syntax_range(p, @$); }
	| FROM dots dotted IMPORT imports {
		$$ = $5;
		$$->at = syntax_range(p, @$);
		$$->level = $2;
		$$->module = $3;
	}
	| FROM dots IMPORT imports {
		$$ = $4;
		$$->at = syntax_range(p, @$);
		$$->level = $2;
		$$->module = "";
		if ($2 == 0)
			syntax_fail(p, STATUS_SYNTAX, @3, "expected ident but found 'import' here");
	}
	;

chain: exprs '='                                { $$ = exprs_push(p, (ExprList){0}, $1); }
	| chain exprs '='                       { $$ = exprs_push(p, $1, $2); }
	;

rhs: exprs
	| yielded
	;

yielded: YIELD                                  { $$ = expr_of(p, EX_YIELD, @$, NULL, NULL, NULL); }
	| YIELD exprs                           { $$ = expr_of(p, EX_YIELD, @$, $2, NULL, NULL); }
	| YIELD FROM test                       { $$ = expr_of(p, EX_YIELD, @$, $3, NULL, NULL); $$->flag = true; }
	;

names: IDENT                                    { $$ = import_name(p, stmt_new(p, ST_GLOBAL, @$), @1, $1, NULL); }
	| names ',' IDENT                       { $$ = import_name(p, $1, @3, $3, NULL); }
	;

dotted: IDENT
	| dotted '.' IDENT {
		$$ = arena_printf(p->arena, "%s.%s", $1, $3);
		if (@$.end - @$.begin > DOTTED_MAX)
			syntax_fail(p, STATUS_LIMIT, @$, "module name is longer than %d bytes", DOTTED_MAX);
	}
	;

dots: %empty                                    { $$ = 0; }
	| dots '.'                              { $$ = $1 + 1; }
	| dots ELLIPSIS                         { $$ = $1 + 3; }
	;

dotted_imports: dotted                          { $$ = import_name(p, stmt_new(p, ST_IMPORT, @$), @1, $1, NULL); }
	| dotted AS IDENT                       { $$ = import_name(p, stmt_new(p, ST_IMPORT, @$), @1, $1, $3); }
	| dotted_imports ',' dotted             { $$ = import_name(p, $1, @3, $3, NULL); }
	| dotted_imports ',' dotted AS IDENT    { $$ = import_name(p, $1, @3, $3, $5); }
	;

imports: '*'                                    { $$ = import_name(p, stmt_new(p, ST_FROM, @$), @1, "*", NULL); }
	| import_list
	| '(' import_list ')'                   { $$ = $2; }
	| '(' import_list ',' ')'               { $$ = $2; }
	;

import_list: IDENT                              { $$ = import_name(p, stmt_new(p, ST_FROM, @$), @1, $1, NULL); }
	| IDENT AS IDENT                        { $$ = import_name(p, stmt_new(p, ST_FROM, @$), @1, $1, $3); }
	| import_list ',' IDENT                 { $$ = import_name(p, $1, @3, $3, NULL); }
	| import_list ',' IDENT AS IDENT        { $$ = import_name(p, $1, @3, $3, $5); }
	;

compound: if_stmt
	| WHILE named suite else_part {
		$$ = loop(p, ST_WHILE, @$, NULL, $2, $3, $4);
		archive_refuses(p, $4.n > 0, @4, "ident", "else");
	}
	| FOR targets IN exprs suite else_part {
		$$ = loop(p, ST_FOR, @$, $2, $4, $5, $6);
		archive_refuses(p, $6.n > 0, @6, "ident", "else");
	}
	| WITH with_items suite                 { $$ = with_body(p, @$, $2, $3); }
	| WITH '(' with_paren ')' suite         { $$ = with_body(p, @$, $3, $5); }
	| WITH '(' with_paren ',' ')' suite     { $$ = with_body(p, @$, $3, $6); }
	| TRY suite handlers else_part          { $$ = try_end(p, @$, $3, $2, $4, (StmtList){0}); }
	| TRY suite handlers else_part FINALLY suite { $$ = try_end(p, @$, $3, $2, $4, $6); }
	| TRY suite FINALLY suite               { $$ = try_end(p, @$, stmt_new(p, ST_TRY, @$), $2, (StmtList){0}, $4); }
	| def
	| class
	| decorators def                        { $$ = stmt_decorate(p, @$, $1, $2); }
	| decorators class                      { $$ = stmt_decorate(p, @$, $1, $2); }
	| ASYNC def                             { $$ = $2; $$->def->is_async = true; }
	| decorators ASYNC def                  { $$ = stmt_decorate(p, @$, $1, $3); $$->def->is_async = true; }
	;

if_stmt: IF named suite if_tail                 { $$ = stmt_if(p, @$, $2, $3, $4); }
	;

if_tail: else_part
	| ELIF named suite if_tail {
		$$ = stmts_push(p, (StmtList){0}, stmt_if(p, @$, $2, $3, $4));
	}
	;

else_part: %empty                               { $$ = (StmtList){0}; }
	| ELSE suite                            { $$ = $2; }
	;

with_items: test                                { $$ = with_item(p, stmt_new(p, ST_WITH, @$), $1, NULL); }
	| test AS primary                       { $$ = with_item(p, stmt_new(p, ST_WITH, @$), $1, $3); }
	| with_items ',' test                   { $$ = with_item(p, $1, $3, NULL); }
	| with_items ',' test AS primary        { $$ = with_item(p, $1, $3, $5); }
	;

/* Items in parentheses look like a tuple until the first `as`. */
with_paren: named AS primary                    { $$ = with_item(p, stmt_new(p, ST_WITH, @$), $1, $3); }
	| ntuple named AS primary {
		$$ = stmt_new(p, ST_WITH, @$);
		for (int i = 0; i < $1.n; i++)
			with_item(p, $$, $1.items[i], NULL);
		with_item(p, $$, $2, $4);
	}
	| with_paren ',' named                  { $$ = with_item(p, $1, $3, NULL); }
	| with_paren ',' named AS primary       { $$ = with_item(p, $1, $3, $5); }
	;

handlers: EXCEPT suite                          { $$ = try_handler(p, stmt_new(p, ST_TRY, @$), @$, NULL, NULL, $2); }
	| EXCEPT test suite                     { $$ = try_handler(p, stmt_new(p, ST_TRY, @$), @$, $2, NULL, $3); }
	| EXCEPT test AS IDENT suite            { $$ = try_handler(p, stmt_new(p, ST_TRY, @$), @$, $2, $4, $5); }
	| handlers EXCEPT suite                 { $$ = try_handler(p, $1, SPAN(@2, @3), NULL, NULL, $3); }
	| handlers EXCEPT test suite            { $$ = try_handler(p, $1, SPAN(@2, @4), $3, NULL, $4); }
	| handlers EXCEPT test AS IDENT suite   { $$ = try_handler(p, $1, SPAN(@2, @6), $3, $5, $6); }
	;

decorators: '@' named NEWLINE                   { $$ = exprs_push(p, (ExprList){0}, $2); }
	| decorators '@' named NEWLINE          { $$ = exprs_push(p, $1, $3); }
	;

def: DEF IDENT '(' params ')' ret def_suite {
		$$ = stmt_def(p, @$, $2, @2, $4, $6, $7);
	}
	| DEF IDENT '(' params ')' ret ':' type_comment NEWLINE INDENT items DEDENT {
		$$ = def_comment(stmt_def(p, @$, $2, @2, $4, $6, $11), $8);
	}
	| DEF IDENT '(' params ')' ret ':' NEWLINE type_comment INDENT items DEDENT {
		$$ = def_comment(stmt_def(p, @$, $2, @2, $4, $6, $11), $9);
	}
	;

def_suite: ':' NEWLINE INDENT items DEDENT      { $$ = $4; }
	| ':' line                              { $$ = $2; }
	;

ret: %empty                                     { $$ = NULL; }
	| ARROW test                            { $$ = $2; }
	;

type_comment: TYPE_COMMENT {
		$$ = syntax_parse_part(p, (Span){@1.begin + 7, @1.end}, START_SIGNATURE);
	}
	;

signature: '(' signature_args ')' ARROW test    { $$ = expr_list(p, EX_TUPLE, @$, $2); $$->b = $5; }
	;

signature_args: %empty                          { $$ = (ExprList){0}; }
	| signature_list
	| signature_list ','
	;

signature_list: test                            { $$ = exprs_push(p, (ExprList){0}, $1); }
	| '*' test                              { $$ = exprs_push(p, (ExprList){0}, $2); }
	| POW test                              { $$ = exprs_push(p, (ExprList){0}, $2); }
	| signature_list ',' test               { $$ = exprs_push(p, $1, $3); }
	| signature_list ',' '*' test           { $$ = exprs_push(p, $1, $4); }
	| signature_list ',' POW test           { $$ = exprs_push(p, $1, $4); }
	;

params: %empty                                  { $$ = (ParamList){0}; }
	| param_list                            { $$ = params_close(p, @$, $1); }
	| param_list ','                        { $$ = params_close(p, @$, $1); }
	;

param_list: param                               { $$ = params_push(p, (ParamList){0}, $1); }
	| param_list ',' param                  { $$ = params_push(p, $1, $3); }
	;

param: IDENT                                    { $$ = param_new(p, PARAM_PLAIN, $1, @1, NULL, NULL); }
	| IDENT '=' test                        { $$ = param_new(p, PARAM_PLAIN, $1, @1, NULL, $3); }
	| IDENT ':' test                        { $$ = param_new(p, PARAM_PLAIN, $1, @1, $3, NULL); }
	| IDENT ':' test '=' test               { $$ = param_new(p, PARAM_PLAIN, $1, @1, $3, $5); }
	| '*'                                   { $$ = param_new(p, PARAM_KWONLY, NULL, @1, NULL, NULL); }
	| '/'                                   { $$ = param_new(p, PARAM_POSONLY, NULL, @1, NULL, NULL); }
	| '*' IDENT                             { $$ = param_new(p, PARAM_VARARGS, $2, @2, NULL, NULL); }
	| '*' IDENT ':' elem                    { $$ = param_new(p, PARAM_VARARGS, $2, @2, $4, NULL); }
	| POW IDENT                             { $$ = param_new(p, PARAM_KWARGS, $2, @2, NULL, NULL); }
	| POW IDENT ':' test                    { $$ = param_new(p, PARAM_KWARGS, $2, @2, $4, NULL); }
	;

class: CLASS IDENT class_args suite             { $$ = stmt_class(p, @$, $2, @2, $3, $4); }
	;

class_args: %empty                              { $$ = NULL; }
	| '(' base_args ')'                     { $$ = $2; }
	;

base_args: arg_list
	;

/* ---- expressions ---- */

targets: target
	| target_tuple                          { $$ = expr_list(p, EX_TUPLE, @$, $1); }
	| target_tuple target                   { $$ = expr_list(p, EX_TUPLE, @$, exprs_push(p, $1, $2)); }
	;

target_tuple: target ','                        { $$ = exprs_push(p, (ExprList){0}, $1); }
	| target_tuple target ','               { $$ = exprs_push(p, $1, $2); }
	;

target: primary
	| '*' primary                           { $$ = expr_of(p, EX_STAR, @$, $2, NULL, NULL); }
	;

exprs: elem
	| tuple                                 { $$ = expr_list(p, EX_TUPLE, @$, $1); }
	| tuple elem                            { $$ = expr_list(p, EX_TUPLE, @$, exprs_push(p, $1, $2)); }
	;

tuple: elem ','                                 { $$ = exprs_push(p, (ExprList){0}, $1); }
	| tuple elem ','                        { $$ = exprs_push(p, $1, $2); }
	;

elem: test
	| '*' disj                              { $$ = expr_of(p, EX_STAR, @$, $2, NULL, NULL); }
	;

exprs_named: nelem
	| ntuple                                { $$ = expr_list(p, EX_TUPLE, @$, $1); }
	| ntuple nelem                          { $$ = expr_list(p, EX_TUPLE, @$, exprs_push(p, $1, $2)); }
	;

ntuple: nelem ','                               { $$ = exprs_push(p, (ExprList){0}, $1); }
	| ntuple nelem ','                      { $$ = exprs_push(p, $1, $2); }
	;

nlist: nelem                                    { $$ = exprs_push(p, (ExprList){0}, $1); }
	| nlist ',' nelem                       { $$ = exprs_push(p, $1, $3); }
	;

nelem: named
	| '*' disj                              { $$ = expr_of(p, EX_STAR, @$, $2, NULL, NULL); }
	;

named: test
	| IDENT WALRUS test {
		$$ = expr_of(p, EX_WALRUS, @$, $3, NULL, NULL);
		$$->name = $1;
		$$->name_at = syntax_range(p, @1);
	}
	;

test: disj
	| disj IF test ELSE test                { $$ = expr_of(p, EX_TERNARY, @$, $1, $5, $3); }
	| LAMBDA lambda_params ':' test         { $$ = lambda(p, @$, $2, $4); }
	;

lambda_params: %empty                           { $$ = (ParamList){0}; }
	| lambda_list                           { $$ = params_close(p, @$, $1); }
	| lambda_list ','                       { $$ = params_close(p, @$, $1); }
	;

lambda_list: lambda_param                       { $$ = params_push(p, (ParamList){0}, $1); }
	| lambda_list ',' lambda_param          { $$ = params_push(p, $1, $3); }
	;

lambda_param: IDENT                             { $$ = param_new(p, PARAM_PLAIN, $1, @1, NULL, NULL); }
	| IDENT '=' test                        { $$ = param_new(p, PARAM_PLAIN, $1, @1, NULL, $3); }
	| '*'                                   { $$ = param_new(p, PARAM_KWONLY, NULL, @1, NULL, NULL); }
	| '/'                                   { $$ = param_new(p, PARAM_POSONLY, NULL, @1, NULL, NULL); }
	| '*' IDENT                             { $$ = param_new(p, PARAM_VARARGS, $2, @2, NULL, NULL); }
	| POW IDENT                             { $$ = param_new(p, PARAM_KWARGS, $2, @2, NULL, NULL); }
	;

disj: primary
	| AWAIT primary                         { $$ = expr_of(p, EX_AWAIT, @$, $2, NULL, NULL); }
	| disj OR disj                          { $$ = expr_logic(p, @$, EX_OR, $1, @1, $3); }
	| disj AND disj                         { $$ = expr_logic(p, @$, EX_AND, $1, @1, $3); }
	| disj ARCHIVE_OR disj                  { $$ = expr_logic(p, @$, EX_OR, $1, @1, $3); }
	| disj ARCHIVE_AND disj                 { $$ = expr_logic(p, @$, EX_AND, $1, @1, $3); }
	| NOT disj                              { $$ = expr_unary(p, @$, OP_NOT, $2); }
	| ARCHIVE_INVERT disj                   { $$ = expr_unary(p, @$, OP_INVERT, $2); }
	| disj COMPARE disj                     { $$ = expr_compare(p, @$, $2, $1, @1, $3, @3); }
	| disj IN disj                          { $$ = expr_compare(p, @$, OP_IN, $1, @1, $3, @3); }
	| disj NOTIN disj                       { $$ = expr_compare(p, @$, OP_NOTIN, $1, @1, $3, @3); }
	| disj IS disj                          { $$ = expr_compare(p, @$, OP_IS, $1, @1, $3, @3); }
	| disj ISNOT disj                       { $$ = expr_compare(p, @$, OP_ISNOT, $1, @1, $3, @3); }
	| disj '|' disj                         { $$ = expr_binary(p, @$, OP_BITOR, $1, $3, @3); }
	| disj '^' disj                         { $$ = expr_binary(p, @$, OP_BITXOR, $1, $3, @3); }
	| disj '&' disj                         { $$ = expr_binary(p, @$, OP_BITAND, $1, $3, @3); }
	| disj SHIFT disj                       { $$ = expr_binary(p, @$, $2, $1, $3, @3); }
	| disj '+' disj                         { $$ = expr_binary(p, @$, OP_ADD, $1, $3, @3); }
	| disj '-' disj                         { $$ = expr_binary(p, @$, OP_SUB, $1, $3, @3); }
	| disj '*' disj                         { $$ = expr_binary(p, @$, OP_MUL, $1, $3, @3); }
	| disj '/' disj                         { $$ = expr_binary(p, @$, OP_DIV, $1, $3, @3); }
	| disj FLOORDIV disj                    { $$ = expr_binary(p, @$, OP_FLOORDIV, $1, $3, @3); }
	| disj '%' disj                         { $$ = expr_binary(p, @$, OP_MOD, $1, $3, @3); }
	| disj '@' disj                         { $$ = expr_binary(p, @$, OP_MATMUL, $1, $3, @3); }
	| disj POW disj                         { $$ = expr_binary(p, @$, OP_POW, $1, $3, @3); }
	| '-' disj %prec UNARY                  { $$ = expr_unary(p, @$, OP_NEG, $2); }
	| '~' disj %prec UNARY                  { $$ = expr_unary(p, @$, OP_INVERT, $2); }
	| '+' disj %prec UNARY {
		$$ = expr_unary(p, @$, OP_POS, $2);
		archive_refuses(p, true, @1, "ident", "+");
	}
	;

primary: atom
	| primary '.' IDENT                     { $$ = expr_attr(p, @$, $1, $3, @3); }
	| primary '(' arg_list ')' {
		$$ = $3;
		$$->a = $1;
		$$->at = syntax_range(p, @$);
		expr_hold(p, $$, $1);
	}
	| primary '(' named clauses ')' {
		$$ = expr_of(p, EX_CALL, @$, $1, NULL, NULL);
		expr_push(p, $$, &$$->list, expr_comprehension(p, EX_GENERATOR, SPAN(@3, @4), $3, NULL, $4));
	}
	| primary '[' subscripts ']' {
		$$ = $3;
		$$->a = $1;
		$$->at = syntax_range(p, @$);
		expr_hold(p, $$, $1);
	}
	;

arg_list: %empty                                { $$ = expr_new(p, EX_CALL, @$); }
	| args
	| args ','
	;

args: named                                     { $$ = call_positional(p, expr_new(p, EX_CALL, @$), $1); }
	| IDENT '=' test                        { $$ = call_keyword(p, expr_new(p, EX_CALL, @$), $1, @1, $3); }
	| star                                  { $$ = call_positional(p, expr_new(p, EX_CALL, @$), $1); }
	| POW test                              { $$ = call_keyword(p, expr_new(p, EX_CALL, @$), NULL, @1, $2); }
	| args ',' named                        { $$ = call_positional(p, $1, $3); }
	| args ',' IDENT '=' test               { $$ = call_keyword(p, $1, $3, @3, $5); }
	| args ',' star                         { $$ = call_positional(p, $1, $3); }
	| args ',' POW test                     { $$ = call_keyword(p, $1, NULL, @3, $4); }
	;

star: '*' test                                  { $$ = expr_of(p, EX_STAR, @$, $2, NULL, NULL); }
	;

subscripts: subscript {
		$$ = expr_new(p, EX_INDEX, @$);
		expr_push(p, $$, &$$->list, $1);
	}
	| subscript_list                        { $$ = $1; $$->flag = true; }
	| subscript_list subscript              { $$ = $1; $$->flag = true; expr_push(p, $$, &$$->list, $2); }
	;

subscript_list: subscript ',' {
		$$ = expr_new(p, EX_INDEX, @$);
		expr_push(p, $$, &$$->list, $1);
	}
	| subscript_list subscript ','          { $$ = $1; expr_push(p, $$, &$$->list, $2); }
	;

subscript: nelem
	| slice_part ':' slice_part             { $$ = slice(p, @$, $1, $3, NULL); }
	| slice_part ':' slice_part ':' slice_part { $$ = slice(p, @$, $1, $3, $5); }
	;

slice_part: %empty                              { $$ = NULL; }
	| test
	;

atom: IDENT                                     { $$ = expr_name(p, @$, $1); }
	| NUMBER
	| STRING
	| strings STRING                        { $1 = exprs_push(p, $1, $2); $$ = literal_join(p, @$, &$1); }
	| TRUE_                                 { $$ = expr_new(p, EX_TRUE, @$); }
	| FALSE_                                { $$ = expr_new(p, EX_FALSE, @$); }
	| NONE                                  { $$ = expr_new(p, EX_NONE, @$); }
	| ELLIPSIS                              { $$ = expr_new(p, EX_ELLIPSIS, @$); }
	| '(' ')'                               { $$ = expr_new(p, EX_TUPLE, @$); $$->flag = true; }
	| '(' named ')'                         { $$ = $2; }
	| '(' yielded ')'                       { $$ = $2; }
	| '(' ntuple ')'                        { $$ = expr_list(p, EX_TUPLE, @$, $2); $$->flag = true; }
	| '(' ntuple nelem ')' {
		$$ = expr_list(p, EX_TUPLE, @$, exprs_push(p, $2, $3));
		$$->flag = true;
	}
	| '(' named clauses ')'                 { $$ = expr_comprehension(p, EX_GENERATOR, @$, $2, NULL, $3); }
	| '[' ']'                               { $$ = expr_new(p, EX_LIST, @$); }
	| '[' nlist ']'                         { $$ = expr_list(p, EX_LIST, @$, $2); }
	| '[' nlist ',' ']'                     { $$ = expr_list(p, EX_LIST, @$, $2); }
	| '[' named clauses ']'                 { $$ = expr_comprehension(p, EX_LISTCOMP, @$, $2, NULL, $3); }
	| '{' '}'                               { $$ = expr_new(p, EX_DICT, @$); }
	| '{' nlist '}'                         { $$ = expr_list(p, EX_SET, @$, $2); }
	| '{' nlist ',' '}'                     { $$ = expr_list(p, EX_SET, @$, $2); }
	| '{' named clauses '}'                 { $$ = expr_comprehension(p, EX_SETCOMP, @$, $2, NULL, $3); }
	| '{' dict '}'                          { $$ = $2; $$->at = syntax_range(p, @$); }
	| '{' dict ',' '}'                      { $$ = $2; $$->at = syntax_range(p, @$); }
	| '{' test ':' test clauses '}'         { $$ = expr_comprehension(p, EX_DICTCOMP, @$, $2, $4, $5); }
	;

strings: STRING                                 { $$ = exprs_push(p, (ExprList){0}, $1); }
	| strings STRING                        { $$ = exprs_push(p, $1, $2); }
	;

dict: test ':' test {
		$$ = expr_new(p, EX_DICT, @$);
		expr_push(p, $$, &$$->list, $1);
		expr_push(p, $$, &$$->list2, $3);
	}
	| POW disj {
		$$ = expr_new(p, EX_DICT, @$);
		expr_push(p, $$, &$$->list, NULL);
		expr_push(p, $$, &$$->list2, $2);
	}
	| dict ',' test ':' test {
		$$ = $1;
		expr_push(p, $$, &$$->list, $3);
		expr_push(p, $$, &$$->list2, $5);
	}
	| dict ',' POW disj {
		$$ = $1;
		expr_push(p, $$, &$$->list, NULL);
		expr_push(p, $$, &$$->list2, $4);
	}
	;

clauses: clause
	| clauses clause                        { $$ = comprehension_nest(p, @$, $1, $2); }
	;

clause: FOR targets IN disj                     { $$ = comprehension_new(p, $2, $4); }
	| clause IF disj                        { $$ = $1; $$->conds = exprs_push(p, $$->conds, $3); }
	| clause IF disj ELSE disj {
		/* archives have no condition here: it is the iterable that goes on */
		$$ = $1;
		if (p->dialect == DIALECT_PYTHON || $$->conds.n > 0 || $$->iter->kind == EX_TERNARY)
			syntax_fail(p, STATUS_SYNTAX, @4, "expected ] but found 'else' here");
		$$->iter = expr_of(p, EX_TERNARY, @$, $$->iter, $5, $3);
		$$->iter->at.begin = $$->iter->a->at.begin;
	}
	;

%%

// The place of a failure in words: kinds that stand for many texts by their name, other tokens as written.
static void found_text(const Parser *p, yysymbol_kind_t kind, Span at, Text *out)
{
	switch (kind) {
	case YYSYMBOL_IDENT:
	case YYSYMBOL_NUMBER:
	case YYSYMBOL_STRING:
	case YYSYMBOL_YYEOF:
	case YYSYMBOL_NEWLINE:
	case YYSYMBOL_INDENT:
	case YYSYMBOL_DEDENT:
	case YYSYMBOL_TYPE_COMMENT:
		text_add(out, yysymbol_name(kind));
		break;
	default:
		text_addn(out, p->src->text + at.begin, at.end - at.begin);
	}
}

// Of all tokens that could stand here, the one that a reader of the code would name: something to operate on, else
// what ends the construct.
static const char *best_expected(const yypcontext_t *ctx)
{
	static const char *const order[] = {
		"ident", "indent", "else", "')'", "']'", "newline", "eof", "':'", "'}'", "in", "'('",
	};
	yysymbol_kind_t kinds[YYNTOKENS];
	int n = yypcontext_expected_tokens(ctx, kinds, YYNTOKENS);
	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (int i = 0; i < n; i++)
			if (!strcmp(yysymbol_name(kinds[i]), order[k]))
				return order[k];
	return n > 0 ? yysymbol_name(kinds[0]) : "nothing";
}

static int yyreport_syntax_error(const yypcontext_t *ctx, Parser *p)
{
	if (p->status)
		return 0;
	Span at = *yypcontext_location(ctx);
	size_t n = p->first.end - p->first.begin;
	if (p->dialect == DIALECT_PYTHON && n == 5 && !memcmp(p->src->text + p->first.begin, "match", n)) {
		syntax_fail(p, STATUS_SYNTAX, p->first, "match statements are not supported");
		return 0;
	}
	Text found = {0};
	found_text(p, yypcontext_token(ctx), at, &found);
	const char *expected = best_expected(ctx);
	n = strlen(expected);
	bool quoted = n == 3 && expected[0] == '\'';
	syntax_fail(p, STATUS_SYNTAX, at, "expected %.*s but found '%s' here", (int)(quoted ? 1 : n), expected + quoted,
		text_str(&found));
	text_free(&found);
	return 0;
}

// What is not a syntax error is exhaustion of the parser's stack.
static void syntax_error(Span *at, Parser *p, const char *message)
{
	(void)message;
	syntax_fail(p, STATUS_LIMIT, *at, "the text is nested too deeply");
}

static void archive_refuses(Parser *p, bool present, Span at, const char *expected, const char *found)
{
	if (!present || p->dialect != DIALECT_ARCHIVE)
		return;
	Span word = {at.begin, at.begin + (uint32_t)strlen(found)};
	syntax_fail(p, STATUS_SYNTAX, word.end <= at.end ? word : at, "expected %s but found '%s' here", expected, found);
}

// Archives have one-line functions but no other one-line blocks.
static void one_line_block(Parser *p, Span at, const StmtList *body)
{
	if (p->dialect != DIALECT_ARCHIVE || body->n == 0)
		return;
	Span word = {at.begin, at.begin};
	while (word.end < at.end && strchr("abcdefghijklmnopqrstuvwxyz", p->src->text[word.end]))
		word.end++;
	StmtKind kind = body->items[0]->kind;
	bool expression = kind == ST_EXPR || kind == ST_ASSIGN || kind == ST_ANNASSIGN || kind == ST_AUGASSIGN;
	syntax_fail(p, STATUS_SYNTAX, word, "expected indent but found '%.*s' here",
		expression ? 5 : (int)(word.end - word.begin), expression ? "ident" : p->src->text + word.begin);
}

static Stmt *simple(Parser *p, StmtKind kind, Span at, Expr *value)
{
	Stmt *s = stmt_new(p, kind, at);
	s->value = value;
	return s;
}

static Stmt *with_item(Parser *p, Stmt *s, Expr *value, Expr *target)
{
	if (s->nitems == CLAUSES_MAX) {
		Span at = {value->at.begin, value->at.end};
		syntax_fail(p, STATUS_LIMIT, at, "`with` has more than %d items", CLAUSES_MAX);
		return s;
	}
	WithItem item = {value, target};
	ARENA_PUSH(p->arena, s->items, s->nitems, s->cap_items, item);
	return s;
}

static Stmt *with_body(Parser *p, Span at, Stmt *s, StmtList body)
{
	const WithItem *only = &s->items[0];
	if (p->dialect == DIALECT_PYTHON && s->nitems == 1 && !only->target && only->value->kind == EX_TUPLE &&
		only->value->flag && only->value->list.n > 0) {
		const ExprList *list = &only->value->list; // Python reads `with (a, b):` as two items
		s->nitems = 0;
		for (int i = 0; i < list->n; i++)
			with_item(p, s, list->items[i], NULL);
	}
	s->at = syntax_range(p, at);
	s->body = body;
	stmt_hold(p, s, &body);
	return s;
}

static Stmt *import_name(Parser *p, Stmt *s, Span at, const char *name, const char *as)
{
	ImportName import = {.name = name, .as = as, .at = syntax_range(p, at)};
	ARENA_PUSH(p->arena, s->names, s->nnames, s->cap_names, import);
	return s;
}

static Stmt *loop(Parser *p, StmtKind kind, Span at, Expr *target, Expr *value, StmtList body, StmtList orelse)
{
	Stmt *s = stmt_new(p, kind, at);
	if (kind == ST_FOR) {
		s->targets = exprs_push(p, s->targets, target);
		s->value = value;
	} else {
		s->cond = value;
	}
	s->body = body;
	s->orelse = orelse;
	stmt_hold(p, s, &body);
	stmt_hold(p, s, &orelse);
	return s;
}

static Stmt *try_handler(Parser *p, Stmt *s, Span at, Expr *type, const char *name, StmtList body)
{
	if (s->nhandlers > 0 && !s->handlers[s->nhandlers - 1].type)
		syntax_fail(p, STATUS_SYNTAX, at, "default 'except:' must be last");
	Handler h = {.type = type, .name = name, .body = body, .at = syntax_range(p, at)};
	ARENA_PUSH(p->arena, s->handlers, s->nhandlers, s->cap_handlers, h);
	stmt_hold(p, s, &body);
	return s;
}

static Stmt *try_end(Parser *p, Span at, Stmt *s, StmtList body, StmtList orelse, StmtList finally)
{
	s->at = syntax_range(p, at);
	s->body = body;
	s->orelse = orelse;
	s->finally_ = finally;
	stmt_hold(p, s, &body);
	stmt_hold(p, s, &orelse);
	stmt_hold(p, s, &finally);
	return s;
}

static Expr *lambda(Parser *p, Span at, ParamList params, Expr *body)
{
	Expr *e = expr_of(p, EX_LAMBDA, at, body, NULL, NULL);
	e->params = arena_new(p->arena, ParamList);
	*e->params = params;
	for (int i = 0; i < params.n; i++)
		expr_hold(p, e, params.items[i].def);
	return e;
}

static Stmt *def_comment(Stmt *s, const Expr *signature)
{
	if (signature) {
		s->def->type_comment = signature->list;
		s->def->type_comment_ret = signature->b;
	}
	return s;
}

static Expr *slice(Parser *p, Span at, Expr *a, Expr *b, Expr *c)
{
	return expr_of(p, EX_SLICE, at, a, b, c);
}
