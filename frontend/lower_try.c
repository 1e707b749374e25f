// SPDX-License-Identifier: BSD-3-Clause
// try … except … else … finally, in a language that cannot catch anything.
//
// What is raised in the open can be seen coming: a `raise` of a class that a handler names becomes the handler's
// statements, with what would have followed it in the other branch; an assert and the look-ups d[k] and l[i] are
// asked beforehand whether they would fail.  What an operator or a called function may raise cannot be seen, so a
// try that would have to catch that is refused, with the reason.  `finally` goes before each way out.
#include "frontend/lower.h"
#include "frontend/rewrite.h"

#include <stdlib.h>
#include <string.h>

typedef struct Try {
	Lower *l;
	const Stmt *s;
	int copies;            // statements made; code after a conditional raise may be needed twice
	ExprList guarded;      // look-ups that a test goes before
	Status st;
} Try;

// What follows a list of statements, up to the end of the try's body.
typedef struct Next { const StmtList *list; int from; const struct Next *outer; } Next;

static const char *class_name(const Expr *e) // of "ValueError", "errors.Bad", "Bad(…)"
{
	if (e->kind == EX_CALL)
		e = e->a;
	return e->kind == EX_NAME || e->kind == EX_ATTR ? e->name : "";
}

static const char *parent_class(Lower *l, const char *name)
{
	static const struct { const char *name, *parent; } known[] = {
		{"KeyError", "LookupError"}, {"IndexError", "LookupError"}, {"ZeroDivisionError", "ArithmeticError"},
		{"OverflowError", "ArithmeticError"}, {"FloatingPointError", "ArithmeticError"},
		{"NotImplementedError", "RuntimeError"}, {"RecursionError", "RuntimeError"}, {"IOError", "OSError"},
		{"FileNotFoundError", "OSError"}, {"UnboundLocalError", "NameError"}, {"UserWarning", "Warning"},
		{"Exception", "BaseException"}, {"BaseException", NULL}, {"KeyboardInterrupt", "BaseException"},
		{"SystemExit", "BaseException"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name))
			return known[i].parent;
	const Stmt *s = l->file ? code_file_find(l->file, name) : NULL;
	if (s && s->kind == ST_CLASS && s->cls->bases.n)
		return class_name(s->cls->bases.items[0]);
	return "Exception";
}

static bool is_subclass(Lower *l, const char *name, const char *of)
{
	for (int depth = 0; name && depth < 100; depth++, name = parent_class(l, name))
		if (!strcmp(name, of))
			return true;
	return false;
}

static bool handles(Lower *l, const Handler *h, const char *raised)
{
	if (!h->type)
		return true;
	if (h->type->kind != EX_TUPLE)
		return is_subclass(l, raised, class_name(h->type));
	for (int i = 0; i < h->type->list.n; i++)
		if (is_subclass(l, raised, class_name(h->type->list.items[i])))
			return true;
	return false;
}

static const Handler *find_handler(const Try *t, const char *raised)
{
	for (int i = 0; i < t->s->nhandlers; i++)
		if (handles(t->l, &t->s->handlers[i], raised))
			return &t->s->handlers[i];
	return NULL;
}

static const Handler *lookup_handler(const Try *t)
{
	const Handler *h = find_handler(t, "KeyError");
	return h ? h : find_handler(t, "IndexError");
}

// The look-ups within an expression that are certainly made when it is evaluated.
static void find_lookups(const Expr *e, Arena *a, ExprList *out)
{
	if (!e || e->kind == EX_LAMBDA || e->comp)
		return;
	find_lookups(e->a, a, out);
	if (e->kind == EX_TERNARY)
		return;
	bool shortcut = e->kind == EX_AND || e->kind == EX_OR;
	for (int i = 0; i < (shortcut && e->list.n ? 1 : e->list.n); i++)
		find_lookups(e->list.items[i], a, out);
	for (int i = 0; i < e->list2.n; i++)
		find_lookups(e->list2.items[i], a, out);
	find_lookups(e->b, a, out);
	for (int i = 0; i < e->nkw; i++)
		find_lookups(e->kw[i].value, a, out);
	if (e->kind == EX_INDEX && e->list.n == 1 && e->list.items[0]->kind != EX_SLICE)
		ARENA_PUSH(a, out->items, out->n, out->cap, (Expr *)e);
}

static ExprList stmt_lookups(Try *t, const Stmt *s)
{
	ExprList out = {0};
	if (lookup_handler(t) && s->kind == ST_IF && !s->op) // op marks one whose condition is behind its test already
		find_lookups(s->cond, &t->l->unit->arena, &out);
	if (lookup_handler(t) && (s->kind == ST_EXPR || s->kind == ST_ASSIGN || s->kind == ST_ANNASSIGN ||
			s->kind == ST_AUGASSIGN || s->kind == ST_RETURN)) {
		find_lookups(s->value, &t->l->unit->arena, &out);
		for (int i = 0; s->kind == ST_AUGASSIGN && i < s->targets.n; i++)
			find_lookups(s->targets.items[i], &t->l->unit->arena, &out);
	}
	return out;
}

static bool needs_rewriting(Try *t, const StmtList *list);

static bool stmt_needs_rewriting(Try *t, const Stmt *s)
{
	if (s->kind == ST_RAISE)
		return s->value && find_handler(t, class_name(s->value));
	if (s->kind == ST_ASSERT)
		return find_handler(t, "AssertionError");
	return stmt_lookups(t, s).n || needs_rewriting(t, &s->body) || needs_rewriting(t, &s->orelse);
}

static bool needs_rewriting(Try *t, const StmtList *list)
{
	for (int i = 0; i < list->n; i++)
		if (stmt_needs_rewriting(t, list->items[i]))
			return true;
	return false;
}

static void refuse(Try *t, Range at, const char *what)
{
	if (t->st == STATUS_OK)
		t->st = fail_at(t->l->err, STATUS_COMPILE, at, "%s", what);
}

static void push(Try *t, StmtList *out, Stmt *s)
{
	if (++t->copies > 20000)
		refuse(t, s->at, "the try statement is too large to be compiled");
	rewrite_add(t->l, out, s);
}

// The handler's statements in the place of what was raised; message is what `as e` binds, as a text.
static void put_handler(Try *t, const Handler *h, Expr *message, Range at, StmtList *out)
{
	if (h->name) {
		Stmt *bind = rewrite_stmt(t->l, ST_ASSIGN, at);
		Expr *target = rewrite_expr(t->l, EX_NAME, h->at);
		target->name = h->name;
		ARENA_PUSH(&t->l->unit->arena, bind->targets.items, bind->targets.n, bind->targets.cap, target);
		Expr *text = rewrite_expr(t->l, EX_STR, at);
		text->str = "";
		bind->value = text;
		if (message) {
			Expr *call = rewrite_expr(t->l, EX_CALL, at), *str = rewrite_expr(t->l, EX_NAME, at);
			str->name = "str";
			call->a = str;
			ARENA_PUSH(&t->l->unit->arena, call->list.items, call->list.n, call->list.cap, message);
			bind->value = call;
		}
		push(t, out, bind);
	}
	for (int i = 0; i < h->body.n; i++) {
		if (h->body.items[i]->kind == ST_RAISE && !h->body.items[i]->value)
			refuse(t, h->body.items[i]->at, "a bare raise in an except block cannot be compiled: raise the exception by name");
		push(t, out, h->body.items[i]);
	}
}

static Expr *raise_message(const Stmt *s)
{
	return s->value->kind == EX_CALL && s->value->list.n == 1 ? s->value->list.items[0] : NULL;
}

// "Would a look-up of these fail?"
static Expr *missing(Try *t, const ExprList *lookups)
{
	Expr *any = NULL;
	for (int i = 0; i < lookups->n; i++) {
		const Expr *x = lookups->items[i];
		ARENA_PUSH(&t->l->unit->arena, t->guarded.items, t->guarded.n, t->guarded.cap, (Expr *)x);
		Expr *one = rewrite_expr(t->l, EX_COMPARE, x->at);
		one->flag = true;
		one->ival = (find_handler(t, "KeyError") ? 1 : 0) | (find_handler(t, "IndexError") ? 2 : 0);
		one->ops = arena_new(&t->l->unit->arena, Operator);
		one->ops[0] = OP_NOTIN;
		ARENA_PUSH(&t->l->unit->arena, one->list.items, one->list.n, one->list.cap, x->list.items[0]);
		ARENA_PUSH(&t->l->unit->arena, one->list.items, one->list.n, one->list.cap, x->a);
		if (!any) {
			any = one;
			continue;
		}
		if (any->kind != EX_OR) {
			Expr *either = rewrite_expr(t->l, EX_OR, x->at);
			ARENA_PUSH(&t->l->unit->arena, either->list.items, either->list.n, either->list.cap, any);
			any = either;
		}
		ARENA_PUSH(&t->l->unit->arena, any->list.items, any->list.n, any->list.cap, one);
	}
	return any;
}

static Stmt *behind_test(Try *t, const Stmt *s)
{
	if (s->kind != ST_IF)
		return (Stmt *)s;
	Stmt *copy = rewrite_stmt(t->l, ST_IF, s->at);
	*copy = *s;
	copy->op = OP_IN;
	return copy;
}

static void put_lookup_handler(Try *t, const ExprList *lookups, Range at, StmtList *out)
{
	// a KeyError's text is the key's repr
	Expr *text = rewrite_expr(t->l, EX_FSTRING, at), *field = rewrite_expr(t->l, EX_FIELD, at);
	field->a = lookups->items[0]->list.items[0];
	field->name = "r";
	ARENA_PUSH(&t->l->unit->arena, text->list.items, text->list.n, text->list.cap, field);
	put_handler(t, lookup_handler(t), text, at, out);
}

// Inside a loop or a with, where handlers must leave the function.
static StmtList rewrite_inside(Try *t, const StmtList *list)
{
	StmtList out = {0};
	for (int i = 0; i < list->n && t->st == STATUS_OK; i++) {
		const Stmt *s = list->items[i];
		ExprList lookups = stmt_lookups(t, s);
		if (!stmt_needs_rewriting(t, s)) {
			push(t, &out, (Stmt *)s);
		} else if (s->kind == ST_RAISE) {
			put_handler(t, find_handler(t, class_name(s->value)), raise_message(s), s->at, &out);
			return out;
		} else if (s->kind == ST_ASSERT) {
			StmtList body = {0};
			put_handler(t, find_handler(t, "AssertionError"), s->value, s->at, &body);
			push(t, &out, rewrite_if(t->l, rewrite_not(t->l, s->cond), body));
		} else if (lookups.n) {
			StmtList body = {0};
			put_lookup_handler(t, &lookups, s->at, &body);
			push(t, &out, rewrite_if(t->l, missing(t, &lookups), body));
			StmtList one = {0};
			push(t, &one, behind_test(t, s));
			if (s->kind == ST_IF)
				one = rewrite_inside(t, &one);
			for (int k = 0; k < one.n; k++)
				push(t, &out, one.items[k]);
		} else {
			Stmt *copy = rewrite_stmt(t->l, s->kind, s->at);
			*copy = *s;
			copy->body = rewrite_inside(t, &s->body);
			copy->orelse = rewrite_inside(t, &s->orelse);
			push(t, &out, copy);
		}
	}
	return out;
}

static bool handlers_leave(const Try *t)
{
	for (int i = 0; i < t->s->nhandlers; i++) {
		const StmtList *body = &t->s->handlers[i].body;
		Exit e = stmts_exit(body, 0);
		if ((e != EXIT_WILL && e != EXIT_THROWS) || stmts_break(body, true))
			return false;
	}
	return true;
}

static StmtList rewrite_list(Try *t, const StmtList *list, int from, const Next *next)
{
	StmtList out = {0};
	while (t->st == STATUS_OK) {
		if (from == list->n) {
			if (!next)
				break;
			list = next->list;
			from = next->from;
			next = next->outer;
			continue;
		}
		const Stmt *s = list->items[from++];
		Next rest = {list, from, next};
		ExprList lookups = stmt_lookups(t, s);
		if (!stmt_needs_rewriting(t, s)) {
			push(t, &out, (Stmt *)s);
			if (s->kind == ST_RETURN || s->kind == ST_RAISE || s->kind == ST_BREAK || s->kind == ST_CONTINUE)
				return out;
			continue;
		}
		if (s->kind == ST_RAISE) {
			put_handler(t, find_handler(t, class_name(s->value)), raise_message(s), s->at, &out);
			return out;
		}
		if (s->kind == ST_ASSERT || lookups.n) {
			StmtList bad = {0}, good = {0};
			if (lookups.n) {
				put_lookup_handler(t, &lookups, s->at, &bad);
				push(t, &good, behind_test(t, s));
			} else {
				put_handler(t, find_handler(t, "AssertionError"), s->value, s->at, &bad);
			}
			StmtList tail = {0};
			if (s->kind == ST_IF) {
				tail = rewrite_list(t, &good, 0, &rest);
				good = (StmtList){0};
			} else if (s->kind != ST_RETURN) {
				tail = rewrite_list(t, list, from, next);
			}
			for (int i = 0; i < tail.n; i++)
				push(t, &good, tail.items[i]);
			Stmt *branch = rewrite_if(t->l, lookups.n ? missing(t, &lookups) : s->cond, lookups.n ? bad : good);
			branch->orelse = lookups.n ? good : bad;
			push(t, &out, branch);
			return out;
		}
		if (s->kind == ST_IF) {
			Stmt *branch = rewrite_if(t->l, s->cond, rewrite_list(t, &s->body, 0, &rest));
			branch->orelse = rewrite_list(t, &s->orelse, 0, &rest);
			push(t, &out, branch);
			return out;
		}
		if (s->kind == ST_TRY) {
			refuse(t, s->at, "a try within a try that catches the same exceptions cannot be compiled");
		} else if (!handlers_leave(t)) {
			refuse(t, s->at, "compiled functions cannot leave a loop or with statement for an except block that goes on "
				"behind the try: return from the except block, or test the condition with if");
		} else {
			Stmt *copy = rewrite_stmt(t->l, s->kind, s->at);
			*copy = *s;
			copy->body = rewrite_inside(t, &s->body);
			copy->orelse = rewrite_inside(t, &s->orelse);
			push(t, &out, copy);
		}
	}
	return out;
}

// `finally` before each way out of the statements; loop is true where break and continue belong to a loop inside.
static StmtList put_finally(Try *t, const StmtList *list, bool loop)
{
	StmtList out = {0};
	const StmtList *last = &t->s->finally_;
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		bool leaves = s->kind == ST_RETURN || s->kind == ST_RAISE ||
			(!loop && (s->kind == ST_BREAK || s->kind == ST_CONTINUE));
		Stmt *copy = rewrite_stmt(t->l, s->kind, s->at);
		*copy = *s;
		if (s->kind == ST_RETURN && s->value) { // its value is evaluated before
			Stmt *keep = rewrite_stmt(t->l, ST_ASSIGN, s->at);
			Expr *name = rewrite_expr(t->l, EX_NAME, s->at);
			name->name = rewrite_temporary(t->l, "result");
			ARENA_PUSH(&t->l->unit->arena, keep->targets.items, keep->targets.n, keep->targets.cap, name);
			keep->value = s->value;
			copy->value = name;
			push(t, &out, keep);
		}
		for (int k = 0; leaves && k < last->n; k++)
			push(t, &out, last->items[k]);
		bool inner = s->kind == ST_FOR || s->kind == ST_WHILE;
		copy->body = put_finally(t, &s->body, loop || inner);
		copy->orelse = put_finally(t, &s->orelse, loop);
		push(t, &out, copy);
	}
	return out;
}

static const char *raised_by_op(const Op *op)
{
	static const struct { const char *key, *raises; } numbers[] = {
		{"aten::Int.str", "ValueError"}, {"aten::Float.str", "ValueError"}, {"aten::remove.t", "ValueError"},
		{"aten::index.list_int", "ValueError"}, {"aten::pop.t", "IndexError"}, {"aten::pop.Dict_str", "KeyError"},
		{"aten::floordiv.int", "ZeroDivisionError"}, {"aten::floordiv.float", "ZeroDivisionError"},
		{"aten::remainder.int", "ZeroDivisionError"}, {"aten::remainder.float", "ZeroDivisionError"},
		{"aten::div.int", "ZeroDivisionError"}, {"aten::div.float", "ZeroDivisionError"},
		{"aten::div", "ZeroDivisionError"},
	};
	Text key = {0};
	op_key(op, &key);
	const char *raises = NULL;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !raises; i++)
		if (!strcmp(numbers[i].key, text_str(&key)))
			raises = numbers[i].raises;
	text_free(&key);
	static const char *const harmless[] = {"aten::size", "aten::dim", "aten::numel", "prim::dtype", "prim::device",
		"aten::len", "aten::append", "aten::is_floating_point"};
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (!strcmp(op->schema->name, harmless[i]))
			return raises;
	for (int i = 0; i < op->schema->nargs && !raises; i++)
		if (op->schema->args[i].type->kind == TYPE_TENSOR)
			raises = "RuntimeError";
	return raises;
}

// aten::__getitem__ of a list or dict that nothing asks about before.
static const char *raised_by_lookup(const Try *t, const Node *n, int depth)
{
	bool item = n->op && !strcmp(n->op->schema->name, "aten::__getitem__");
	bool select = n->op && (!strcmp(n->op->schema->name, "aten::select") || !strcmp(n->op->schema->name, "aten::index"));
	if (!item && !select)
		return NULL;
	for (int i = 0; !depth && item && i < t->guarded.n; i++) {
		const Range *at = &t->guarded.items[i]->at;
		if (at->src == n->at.src && at->begin == n->at.begin && at->end == n->at.end)
			return NULL;
	}
	return n->inputs[0]->type->kind == TYPE_DICT ? "KeyError" : "IndexError";
}

static Status check_block(Try *t, const Block *b, const Node *from, int depth);

static Status check_callee(Try *t, const Node *n, int depth)
{
	Function *f = n->kind == NODE_CALL_FUNCTION ? n->attr.fn
		: n->inputs[0]->type->kind == TYPE_CLASS ? class_find_method(n->inputs[0]->type->cls, n->attr.name) : NULL;
	Error inner = ERROR_INIT;
	Error *err = t->l->err;
	Status st = STATUS_COMPILE;
	if (f && f->graph && depth < 20) {
		t->l->err = &inner;
		st = check_block(t, f->graph->block, NULL, depth + 1);
		t->l->err = err;
	}
	error_clear(&inner);
	if (st == STATUS_OK)
		return st;
	return fail_at(err, STATUS_COMPILE, n->at, "compiled functions cannot catch what %s() raises: find out with an if, before "
		"the call, whether it would fail", f ? f->short_name : "the method");
}

// Is there something that may raise what a handler catches, and that no test goes before?
static Status check_block(Try *t, const Block *b, const Node *from, int depth)
{
	for (const Node *n = from ? from : b->head->next; n != b->head; n = n->next) {
		const char *raises = n->kind == NODE_OP ? raised_by_lookup(t, n, depth) : NULL;
		if (!raises && n->kind == NODE_OP && n->op)
			raises = raised_by_op(n->op);
		if (depth && n->kind == NODE_OP && n->op && !strcmp(n->op->schema->name, "prim::RaiseException")) {
			const Node *c = n->ninputs > 1 ? n->inputs[1]->def : NULL;
			const char *name = c && c->kind == NODE_CONSTANT && c->attr.value.tag == TAG_STR ? c->attr.value.str->s : "AssertionError";
			raises = strrchr(name, '.') ? strrchr(name, '.') + 1 : name;
		}
		if (raises && find_handler(t, raises))
			return fail_at(t->l->err, STATUS_COMPILE, n->at, "compiled functions cannot catch the %s that this may raise: "
				"find out with an if, before it, whether it would fail", raises);
		if (n->kind == NODE_CALL_FUNCTION || n->kind == NODE_CALL_METHOD)
			TRY(check_callee(t, n, depth));
		for (int i = 0; i < n->nblocks; i++)
			TRY(check_block(t, n->blocks[i], NULL, depth));
	}
	return STATUS_OK;
}

Status lower_try(Lower *l, const Stmt *s, Exit *out)
{
	Try t = {.l = l, .s = s};
	Next orelse = {&s->orelse, 0, NULL};
	StmtList body = {0};
	// The else block is behind the body, and not under the handlers' protection; only its end is the try's.
	if (s->orelse.n && needs_rewriting(&t, &s->orelse))
		refuse(&t, s->orelse.items[0]->at, "the else block of this try would need its handlers to be told apart: move it behind the try");
	else
		body = rewrite_list(&t, &s->body, 0, s->orelse.n ? &orelse : NULL);
	if (t.st == STATUS_OK && s->finally_.n) {
		StmtList all = put_finally(&t, &body, false);
		Exit e = stmts_exit(&all, 0);
		for (int i = 0; e != EXIT_WILL && e != EXIT_THROWS && i < s->finally_.n; i++)
			push(&t, &all, s->finally_.items[i]);
		body = all;
	}
	TRY(t.st);
	const Node *before = l->block->head->prev;
	Block *block = l->block;
	TRY(lower_stmts(l, &body, 0, NULL, out));
	const Node *first = before->next;
	return s->nhandlers && first != block->head ? check_block(&t, block, first, 0) : STATUS_OK;
}

Status lower_would_fail(Lower *l, const Expr *e, Condition *out)
{
	*out = (Condition){.known = -1};
	Value *c = lower_value(l, e->list.items[1], NULL);
	if (!c)
		return lower_failed(l);
	TypeKind kind = c->type->kind;
	if (!((kind == TYPE_DICT && (e->ival & 1)) || ((kind == TYPE_LIST || kind == TYPE_STR) && (e->ival & 2)))) {
		out->known = 0;
		return STATUS_OK;
	}
	Value *k = lower_value(l, e->list.items[0], NULL);
	if (!k)
		return lower_failed(l);
	if (kind == TYPE_DICT) {
		out->value = emit_op(l, "aten::__contains__", (Value *[]){c, k}, 2, e->at);
		out->value = out->value ? emit_op(l, "aten::__not__", &out->value, 1, e->at) : NULL;
	} else {
		Value *n = emit_op(l, "aten::len", &c, 1, e->at);
		Value *low = n ? emit_op(l, "aten::neg", &n, 1, e->at) : NULL;
		Value *below = low ? emit_op(l, "aten::lt", (Value *[]){k, low}, 2, e->at) : NULL;
		Value *above = below ? emit_op(l, "aten::ge", (Value *[]){k, n}, 2, e->at) : NULL;
		out->value = above ? emit_op(l, "aten::__or__", (Value *[]){below, above}, 2, e->at) : NULL;
	}
	return out->value ? STATUS_OK : lower_failed(l);
}
