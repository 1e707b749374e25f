// SPDX-License-Identifier: BSD-3-Clause
// Making the nodes of the tree.  Each constructor accounts for the height of what it joins, so that no tree that
// the parser hands out is too deep to be walked recursively, and applies the rules that Python has and that the
// grammar, which is written for both dialects, does not express.
#include "frontend/syntax.h"
#include "frontend/parser.tab.h"

#define TREE_MAX ((size_t)1 << 30)

Expr *expr_new(Parser *p, ExprKind kind, Span at)
{
	if (p->arena->total > TREE_MAX)
		syntax_fail(p, STATUS_LIMIT, at, "the syntax tree would take more than 1 GiB");
	Expr *e = arena_new(p->arena, Expr);
	e->kind = kind;
	e->at = syntax_range(p, at);
	e->height = 1;
	return e;
}

static void raise_height(Parser *p, Expr *e, int height)
{
	if (height <= e->height)
		return;
	if (height > AST_HEIGHT_MAX) {
		Span at = {e->at.begin, e->at.end};
		syntax_fail(p, STATUS_LIMIT, at, "expression is nested more than %d levels deep", AST_HEIGHT_MAX);
		height = AST_HEIGHT_MAX;
	}
	e->height = (uint16_t)height;
}

void expr_hold(Parser *p, Expr *e, const Expr *part)
{
	if (part)
		raise_height(p, e, part->height + 1);
}

Expr *expr_of(Parser *p, ExprKind kind, Span at, Expr *a, Expr *b, Expr *c)
{
	Expr *e = expr_new(p, kind, at);
	e->a = a;
	e->b = b;
	e->c = c;
	expr_hold(p, e, a);
	expr_hold(p, e, b);
	expr_hold(p, e, c);
	return e;
}

Expr *expr_name(Parser *p, Span at, const char *name)
{
	Expr *e = expr_new(p, EX_NAME, at);
	e->name = name;
	e->name_at = e->at;
	return e;
}

void expr_push(Parser *p, Expr *e, ExprList *list, Expr *item)
{
	ARENA_PUSH(p->arena, list->items, list->n, list->cap, item);
	expr_hold(p, e, item);
}

Expr *expr_list(Parser *p, ExprKind kind, Span at, ExprList list)
{
	Expr *e = expr_new(p, kind, at);
	e->list = list;
	for (int i = 0; i < list.n; i++)
		expr_hold(p, e, list.items[i]);
	return e;
}

Expr *expr_attr(Parser *p, Span at, Expr *a, const char *name, Span name_at)
{
	Expr *e = expr_of(p, EX_ATTR, at, a, NULL, NULL);
	e->name = name;
	e->name_at = syntax_range(p, name_at);
	return e;
}

// Minus on a literal is a literal, which is how the smallest integer can be written.
static bool fold_minus(Parser *p, Span at, Expr *a)
{
	if (a->kind == EX_INT) {
		if (a->flag) {
			a->flag = false;
			p->unsigned_min--;
		} else if (a->ival == INT64_MIN) {
			return false;
		} else {
			a->ival = -a->ival;
		}
	} else if (a->kind == EX_FLOAT || (a->kind == EX_IMAG && p->dialect == DIALECT_ARCHIVE)) {
		a->fval = -a->fval;
	} else {
		return false;
	}
	a->at = syntax_range(p, at);
	return true;
}

Expr *expr_unary(Parser *p, Span at, Operator op, Expr *a)
{
	if (op == OP_NEG && fold_minus(p, at, a))
		return a;
	Expr *e = expr_of(p, EX_UNARY, at, a, NULL, NULL);
	e->op = op;
	return e;
}

static bool in_parentheses(const Expr *e, Span at)
{
	return at.begin != e->at.begin;
}

// Python has `not` above comparisons only: `a + not b` is an error there.
static void check_not(Parser *p, const Expr *b, Span at)
{
	if (p->dialect == DIALECT_PYTHON && b->kind == EX_UNARY && b->op == OP_NOT && !in_parentheses(b, at))
		syntax_fail(p, STATUS_SYNTAX, (Span){at.begin, at.begin + 3}, "expected ident but found 'not' here");
}

Expr *expr_binary(Parser *p, Span at, Operator op, Expr *a, Expr *b, Span b_at)
{
	check_not(p, b, b_at);
	Expr *e = expr_of(p, EX_BINARY, at, a, b, NULL);
	e->op = op;
	return e;
}

static void members_limit(Parser *p, Span at, int n)
{
	if (n > AST_HEIGHT_MAX)
		syntax_fail(p, STATUS_LIMIT, at, "expression has more than %d operands", AST_HEIGHT_MAX);
}

// Python chains: a < b < c is one comparison.  In archives it is (a < b) < c.
Expr *expr_compare(Parser *p, Span at, Operator op, Expr *a, Span a_at, Expr *b, Span b_at)
{
	check_not(p, b, b_at);
	bool chain = p->dialect == DIALECT_PYTHON && a->kind == EX_COMPARE && !in_parentheses(a, a_at);
	Expr *e = chain ? a : expr_new(p, EX_COMPARE, at);
	if (!chain)
		expr_push(p, e, &e->list, a);
	int n = e->list.n - 1;
	expr_push(p, e, &e->list, b);
	e->at = syntax_range(p, at);
	if ((n & (n - 1)) == 0) { // n operators stand in room for 1, 2, 4, …
		Operator *ops = arena_array(p->arena, Operator, n ? 2 * n : 1);
		for (int i = 0; i < n; i++)
			ops[i] = e->ops[i];
		e->ops = ops;
	}
	e->ops[n] = op;
	members_limit(p, at, e->list.n);
	return e;
}

Expr *expr_logic(Parser *p, Span at, ExprKind kind, Expr *a, Span a_at, Expr *b)
{
	Expr *e = a;
	if (a->kind != kind || in_parentheses(a, a_at)) {
		e = expr_new(p, kind, at);
		expr_push(p, e, &e->list, a);
	}
	expr_push(p, e, &e->list, b);
	e->at = syntax_range(p, at);
	members_limit(p, at, e->list.n);
	return e;
}

Comprehension *comprehension_new(Parser *p, Expr *target, Expr *iter)
{
	Comprehension *c = arena_new(p->arena, Comprehension);
	c->target = target;
	c->iter = iter;
	return c;
}

Comprehension *comprehension_last(Comprehension *c)
{
	while (c->next)
		c = c->next;
	return c;
}

Comprehension *comprehension_nest(Parser *p, Span at, Comprehension *outer, Comprehension *inner)
{
	int n = 1;
	for (const Comprehension *c = outer; c; c = c->next)
		n++;
	if (n > CLAUSES_MAX)
		syntax_fail(p, STATUS_LIMIT, at, "comprehension has more than %d clauses", CLAUSES_MAX);
	comprehension_last(outer)->next = inner;
	return outer;
}

Expr *expr_comprehension(Parser *p, ExprKind kind, Span at, Expr *a, Expr *b, Comprehension *comp)
{
	Expr *e = expr_of(p, kind, at, a, b, NULL);
	e->comp = comp;
	for (; comp; comp = comp->next) {
		expr_hold(p, e, comp->target);
		expr_hold(p, e, comp->iter);
		for (int i = 0; i < comp->conds.n; i++)
			expr_hold(p, e, comp->conds.items[i]);
	}
	return e;
}

Expr *call_positional(Parser *p, Expr *call, Expr *arg)
{
	if (p->dialect == DIALECT_PYTHON && call->nkw > 0 && (arg->kind != EX_STAR || !call->kw[call->nkw - 1].name)) {
		Span at = {arg->at.begin, arg->at.end};
		bool unpacking = !call->kw[call->nkw - 1].name;
		syntax_fail(p, STATUS_SYNTAX, at, "positional argument follows keyword argument%s",
			unpacking ? " unpacking" : "");
	}
	expr_push(p, call, &call->list, arg);
	return call;
}

Expr *call_keyword(Parser *p, Expr *call, const char *name, Span name_at, Expr *value)
{
	Keyword k = {.name = name, .at = syntax_range(p, name_at), .value = value};
	ARENA_PUSH(p->arena, call->kw, call->nkw, call->cap_kw, k);
	expr_hold(p, call, value);
	return call;
}

ExprList exprs_push(Parser *p, ExprList list, Expr *item)
{
	ARENA_PUSH(p->arena, list.items, list.n, list.cap, item);
	return list;
}

StmtList stmts_push(Parser *p, StmtList list, Stmt *item)
{
	ARENA_PUSH(p->arena, list.items, list.n, list.cap, item);
	return list;
}

// Until params_close, a `*` or `/` of its own is a nameless entry: PARAM_KWONLY or PARAM_POSONLY.
Param *param_new(Parser *p, ParamKind kind, const char *name, Span at, Expr *type, Expr *def)
{
	Param *param = arena_new(p->arena, Param);
	*param = (Param){.kind = kind, .name = name, .at = syntax_range(p, at), .type = type, .def = def};
	return param;
}

ParamList params_push(Parser *p, ParamList list, const Param *param)
{
	ARENA_PUSH(p->arena, list.items, list.n, list.cap, *param);
	return list;
}

// `# type:` comments between the parentheses: each belongs to the last parameter before it.
static void apply_comments(Parser *p, Span at, ParamList *list)
{
	int n = p->ncomments;
	while (n > 0 && p->comments[n - 1].begin >= at.begin)
		n--;
	for (int i = n, k = 0; i < p->ncomments; i++) {
		Span comment = p->comments[i];
		while (k < list->n && list->items[k].at.begin < comment.begin)
			k++;
		Param *param = k > 0 ? &list->items[k - 1] : NULL;
		const char *s = p->src->text + comment.begin;
		while (*s == ' ' || *s == '\t')
			s++;
		bool ignore = s[0] == 'i' && s[1] == 'g' && s[2] == 'n' && s[3] == 'o' && s[4] == 'r' && s[5] == 'e';
		if (param && !param->type && !ignore)
			param->type = syntax_parse_part(p, comment, START_EXPR);
	}
	p->ncomments = n;
}

ParamList params_close(Parser *p, Span at, ParamList list)
{
	bool keywords = false, defaults = false, slash = false, done = false;
	int n = 0;
	if (p->ncomments > 0)
		apply_comments(p, at, &list);
	for (int i = 0; i < list.n; i++) {
		Param *param = &list.items[i];
		Span here = {param->at.begin, param->at.end};
		if (done)
			syntax_fail(p, STATUS_SYNTAX, here, "arguments cannot follow var-keyword argument");
		if (!param->name && param->kind == PARAM_POSONLY) {
			if (keywords || slash || n == 0)
				syntax_fail(p, STATUS_SYNTAX, here, "expected ident but found '/' here");
			slash = true;
			for (int k = 0; k < n; k++)
				list.items[k].kind = PARAM_POSONLY;
			continue;
		}
		if (!param->name || param->kind == PARAM_VARARGS) {
			if (keywords)
				syntax_fail(p, STATUS_SYNTAX, here, "* argument may appear only once");
			if (!param->name && p->dialect == DIALECT_PYTHON &&
				(i + 1 == list.n || list.items[i + 1].kind != PARAM_PLAIN))
				syntax_fail(p, STATUS_SYNTAX, here, "named arguments must follow bare *");
			keywords = true;
			if (!param->name)
				continue;
		} else if (param->kind == PARAM_KWARGS) {
			done = true;
		} else if (keywords) {
			param->kind = PARAM_KWONLY;
		} else {
			if (defaults && !param->def && p->dialect == DIALECT_PYTHON)
				syntax_fail(p, STATUS_SYNTAX, here, "non-default argument follows default argument");
			defaults = defaults || param->def;
		}
		if (n != i)
			list.items[n] = *param;
		n++;
	}
	list.n = n;
	return list;
}

Stmt *stmt_new(Parser *p, StmtKind kind, Span at)
{
	if (p->arena->total > TREE_MAX)
		syntax_fail(p, STATUS_LIMIT, at, "the syntax tree would take more than 1 GiB");
	Stmt *s = arena_new(p->arena, Stmt);
	s->kind = kind;
	s->at = syntax_range(p, at);
	s->height = 1;
	return s;
}

void stmt_hold(Parser *p, Stmt *s, const StmtList *body)
{
	for (int i = 0; i < body->n; i++) {
		int height = body->items[i]->height + 1;
		if (height <= s->height)
			continue;
		if (height > AST_HEIGHT_MAX) {
			Span at = {s->at.begin, s->at.end};
			syntax_fail(p, STATUS_LIMIT, at, "statements are nested more than %d levels deep", AST_HEIGHT_MAX);
			height = AST_HEIGHT_MAX;
		}
		s->height = (uint16_t)height;
	}
}

Stmt *stmt_if(Parser *p, Span at, Expr *cond, StmtList body, StmtList orelse)
{
	Stmt *s = stmt_new(p, ST_IF, at);
	s->cond = cond;
	s->body = body;
	s->orelse = orelse;
	stmt_hold(p, s, &body);
	stmt_hold(p, s, &orelse);
	return s;
}

static const char *docstring(const StmtList *body)
{
	if (body->n == 0 || body->items[0]->kind != ST_EXPR || body->items[0]->value->kind != EX_STR)
		return NULL;
	return body->items[0]->value->str;
}

Stmt *stmt_def(Parser *p, Span at, const char *name, Span name_at, ParamList params, Expr *ret, StmtList body)
{
	Stmt *s = stmt_new(p, ST_DEF, at);
	Def *d = s->def = arena_new(p->arena, Def);
	d->name = name;
	d->name_at = syntax_range(p, name_at);
	d->params = params;
	d->ret = ret;
	d->body = body;
	d->doc = docstring(&body);
	stmt_hold(p, s, &body);
	return s;
}

Stmt *stmt_class(Parser *p, Span at, const char *name, Span name_at, Expr *args, StmtList body)
{
	Stmt *s = stmt_new(p, ST_CLASS, at);
	ClassDef *c = s->cls = arena_new(p->arena, ClassDef);
	c->name = name;
	c->name_at = syntax_range(p, name_at);
	if (args) {
		c->bases = args->list;
		c->kw = args->kw;
		c->nkw = args->nkw;
		c->cap_kw = args->cap_kw;
	}
	c->body = body;
	c->doc = docstring(&body);
	stmt_hold(p, s, &body);
	return s;
}

Stmt *stmt_decorate(Parser *p, Span at, ExprList decorators, Stmt *s)
{
	if (p->dialect == DIALECT_ARCHIVE)
		syntax_fail(p, STATUS_SYNTAX, (Span){at.begin, at.begin + 1}, "expected ident but found '@' here");
	if (s->kind == ST_DEF)
		s->def->decorators = decorators;
	else
		s->cls->decorators = decorators;
	s->at.begin = at.begin;
	return s;
}
