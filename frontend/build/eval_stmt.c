// SPDX-License-Identifier: BSD-3-Clause
// Statements, loops, and frames from their beginning to their end.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

Flow exec_fail(Frame *f, Range at, Status st)
{
	if (!f->failing) {
		f->failing = true;
		f->at = at;
	}
	f->status = st;
	return FLOW_FAIL;
}

static inline Flow done(Frame *f, const Stmt *s, Status st)
{
	return __builtin_expect(st == STATUS_OK, 1) ? FLOW_NEXT : exec_fail(f, s->at, st);
}

// ---- loops

static inline Status tick(Build *b)
{
	return build_tick_due(b) ? build_tick(b) : STATUS_OK;
}

// One run of a loop's body.  FLOW_NEXT: again; FLOW_BREAK: leave; else: leave the loop and what is around it.
static inline Flow loop_body(Frame *f, const Stmt *s)
{
	Flow flow = exec_block(f, &s->body);
	if (flow == FLOW_CONTINUE)
		return FLOW_NEXT;
	return flow;
}

static Flow loop_end(Frame *f, const Stmt *s, Flow flow)
{
	if (flow == FLOW_NEXT)
		return s->orelse.n ? exec_block(f, &s->orelse) : FLOW_NEXT;
	return flow == FLOW_BREAK ? FLOW_NEXT : flow;
}

static Flow exec_while(Frame *f, const Stmt *s)
{
	Flow flow = FLOW_NEXT;
	while (flow == FLOW_NEXT) {
		bool go_on;
		Status st = tick(f->b);
		if (st == STATUS_OK)
			st = eval_truth(f, s->cond, &go_on);
		if (st != STATUS_OK)
			return done(f, s, st);
		if (!go_on)
			break;
		flow = loop_body(f, s);
	}
	return loop_end(f, s, flow);
}

static Flow for_step(Frame *f, const Stmt *s, IValue item)
{
	Status st = assign_take(f, s->targets.items[0], item);
	if (st == STATUS_OK)
		st = tick(f->b);
	if (st != STATUS_OK)
		return exec_fail(f, s->value->at, st);
	return loop_body(f, s);
}

static Flow for_range(Frame *f, const Stmt *s, const PyRange *r)
{
	int64_t i = r->start, n = range_length(r);
	Flow flow = FLOW_NEXT;
	for (int64_t k = 0; k < n && flow == FLOW_NEXT; k++) {
		flow = for_step(f, s, iv_int(i));
		i = (int64_t)((uint64_t)i + (uint64_t)r->step);
	}
	return flow;
}

static Flow exec_for(Frame *f, const Stmt *s)
{
	IValue over;
	Status st = eval(f, s->value, &over);
	if (st != STATUS_OK)
		return done(f, s, st);
	Flow flow = FLOW_NEXT;
	if (py_is(over, PY_RANGE)) {
		flow = for_range(f, s, PY_AS(PyRange, over));
	} else if (over.tag == TAG_LIST) {
		for (int64_t i = 0; i < over.list->n && flow == FLOW_NEXT; i++)
			flow = for_step(f, s, ivalue_ref(over.list->items[i]));
	} else if (over.tag == TAG_TUPLE) {
		for (int64_t i = 0; i < over.tuple->n && flow == FLOW_NEXT; i++)
			flow = for_step(f, s, ivalue_ref(over.tuple->items[i]));
	} else {
		PyIter *it;
		st = py_iter(f->b, over, &it);
		if (st != STATUS_OK) {
			flow = exec_fail(f, s->value->at, st);
		} else {
			while (flow == FLOW_NEXT) {
				IValue item;
				bool end = false;
				st = py_next(f->b, it, &item, &end);
				if (st != STATUS_OK)
					flow = exec_fail(f, s->value->at, st);
				else if (end)
					break;
				else
					flow = for_step(f, s, item);
			}
			IValue v = py_value(it);
			ivalue_unref(&v);
		}
	}
	ivalue_unref(&over);
	return loop_end(f, s, flow);
}

// ---- simple statements

static Flow exec_expr(Frame *f, const Stmt *s)
{
	IValue v;
	Status st = eval(f, s->value, &v);
	if (st != STATUS_OK)
		return done(f, s, st);
	if (f->interactive && f->back == NULL && v.tag != TAG_NONE) {
		Text t = {0};
		st = py_repr(f->b, v, &t);
		if (st == STATUS_OK) {
			text_addc(&t, '\n');
			build_print(f->b, text_str(&t), t.size);
			dict_set_take(f->b->builtins, ivalue_ref(py_name(f->b, "_")), ivalue_ref(v), f->b->x.err);
		}
		text_free(&t);
	}
	ivalue_unref(&v);
	return done(f, s, st);
}

static Status exec_assert(Frame *f, const Stmt *s)
{
	bool holds;
	TRY(eval_truth(f, s->cond, &holds));
	if (holds)
		return STATUS_OK;
	IValue message = iv_none(), exc;
	if (s->value)
		TRY(eval(f, s->value, &message));
	Status st = py_call(f->b, py_value(types_exception(f->b, "AssertionError")), &message, s->value ? 1 : 0, &exc);
	ivalue_unref(&message);
	TRY(st);
	st = py_raise_value(f->b, exc);
	ivalue_unref(&exc);
	exec_fail(f, s->cond->at, st);
	return st;
}

static Status exec_assign(Frame *f, const Stmt *s)
{
	IValue v;
	TRY(eval(f, s->value, &v));
	for (int i = 0; i + 1 < s->targets.n; i++) {
		Status st = assign_take(f, s->targets.items[i], ivalue_ref(v));
		if (st != STATUS_OK) {
			ivalue_unref(&v);
			return st;
		}
	}
	return assign_take(f, s->targets.items[s->targets.n - 1], v);
}

// In a class body the annotation is kept; one that cannot be evaluated is kept as its text.
static Status annotation_keep(Frame *f, const Stmt *s)
{
	const Expr *target = s->targets.items[0];
	Build *b = f->b;
	DictObj *into = f->ns;
	if (!into && f->scope->kind == SCOPE_TEXT)
		into = f->globals;
	if (target->kind != EX_NAME || !into)
		return STATUS_OK;
	IValue v, *all = dict_find(into, py_name(b, "__annotations__"));
	if (!all || all->tag != TAG_DICT) {
		IValue d = py_dict(b);
		TRY(dict_set_take(into, ivalue_ref(py_name(b, "__annotations__")), d, b->x.err));
		all = dict_find(into, py_name(b, "__annotations__"));
	}
	IValue held = ivalue_ref(*all);
	Status st = annotation_eval(f, s->type, &v);
	if (st == STATUS_OK)
		st = dict_set_take(held.dict, ivalue_ref(str_value(target->place.sym)), v, b->x.err);
	ivalue_unref(&held);
	return st;
}

Status annotation_eval(Frame *f, const Expr *type, IValue *out)
{
	Build *b = f->b;
	bool was = f->failing;
	Range at = f->at;
	Status st = eval(f, type, out);
	if (st == STATUS_OK)
		return st;
	if (!py_catchable(st))
		return st;
	py_discard(b);
	f->failing = was;
	f->at = at;
	*out = iv_str(type->at.src->text + type->at.begin, type->at.end - type->at.begin);
	return STATUS_OK;
}

static Status exec_annassign(Frame *f, const Stmt *s)
{
	if (s->value) {
		IValue v;
		TRY(eval(f, s->value, &v));
		TRY(assign_take(f, s->targets.items[0], v));
	}
	return annotation_keep(f, s);
}

static Flow exec(Frame *f, const Stmt *s)
{
	switch (s->kind) {
	case ST_EXPR:
		return exec_expr(f, s);
	case ST_ASSIGN:
		return done(f, s, exec_assign(f, s));
	case ST_AUGASSIGN:
		return done(f, s, assign_augmented(f, s));
	case ST_ANNASSIGN:
		return done(f, s, exec_annassign(f, s));
	case ST_IF: {
		bool is;
		Status st = eval_truth(f, s->cond, &is);
		if (st != STATUS_OK)
			return exec_fail(f, s->cond->at, st);
		return exec_block(f, is ? &s->body : &s->orelse);
	}
	case ST_WHILE:
		return exec_while(f, s);
	case ST_FOR:
		return exec_for(f, s);
	case ST_RETURN: {
		Status st = STATUS_OK;
		IValue v = iv_none();
		if (s->value)
			st = eval(f, s->value, &v);
		if (st != STATUS_OK)
			return done(f, s, st);
		ivalue_set(&f->result, v);
		return FLOW_RETURN;
	}
	case ST_PASS: case ST_GLOBAL: case ST_NONLOCAL:
		return FLOW_NEXT;
	case ST_BREAK:
		return FLOW_BREAK;
	case ST_CONTINUE:
		return FLOW_CONTINUE;
	case ST_DEF:
		return done(f, s, exec_def(f, s));
	case ST_CLASS:
		return done(f, s, exec_class(f, s));
	case ST_IMPORT: case ST_FROM:
		return done(f, s, exec_import(f, s));
	case ST_ASSERT:
		return done(f, s, exec_assert(f, s));
	case ST_RAISE:
		return done(f, s, exec_raise(f, s));
	case ST_DEL:
		for (int i = 0; i < s->targets.n; i++) {
			Status st = assign_delete(f, s->targets.items[i]);
			if (st != STATUS_OK)
				return exec_fail(f, s->targets.items[i]->at, st);
		}
		return FLOW_NEXT;
	case ST_TRY:
		return exec_try(f, s);
	case ST_WITH:
		return exec_with(f, s);
	}
	return exec_fail(f, s->at, py_raise(f->b, "SyntaxError", "invalid syntax"));
}

Flow exec_block(Frame *f, const StmtList *body)
{
	for (int i = 0; i < body->n; i++) {
		Flow flow = exec(f, body->items[i]);
		if (flow != FLOW_NEXT)
			return flow;
	}
	return FLOW_NEXT;
}

// ---- frames

void frame_enter(Build *b, Frame *f)
{
	f->back = b->frame;
	b->frame = f;
}

void frame_leave(Frame *f, Status st)
{
	f->b->frame = f->back;
	if (st != STATUS_OK) {
		f->b->x.err->is_python = true;
		f->b->x.err->is_compile = false;
		error_push_frame(f->b->x.err, f->failing ? f->at : (Range){0}, f->name);
	}
}

// Makes slots and cells of a text's frame; runs; drops them.
static Status text_frame(Build *b, PyModule *in, CodeText *t, bool interactive, const Expr *e, IValue *out)
{
	const PyScope *scope = t->top;
	Frame f = {.b = b, .scope = scope, .module = in, .globals = in->ns, .interactive = interactive, .result = iv_none()};
	f.slots = xcalloc((size_t)scope->nslots + 1, sizeof *f.slots);
	f.cells = xcalloc((size_t)scope->ncells + 1, sizeof(PyCell *));
	for (int i = 0; i < scope->nslots; i++)
		f.slots[i] = iv_uninit();
	for (int i = 0; i < scope->ncells; i++) {
		f.cells[i] = py_new(b, PY_CELL, sizeof(PyCell));
		f.cells[i]->value = iv_uninit();
	}
	IValue held = ivalue_ref(py_value(in));
	IValue ns = iv_take_dict(iv_ref_dict(in->ns));
	frame_enter(b, &f);
	Status st = STATUS_OK;
	if (e) {
		st = eval(&f, e, out);
	} else {
		Flow flow = exec_block(&f, &t->ast->body);
		if (flow == FLOW_FAIL)
			st = f.status;
		else if (flow != FLOW_NEXT)
			st = py_raise(b, "SyntaxError", flow == FLOW_RETURN ? "'return' outside function" : flow == FLOW_BREAK ?
				"'break' outside loop" : "'continue' not properly in loop");
	}
	frame_leave(&f, st);
	for (int i = 0; i < scope->nslots; i++)
		ivalue_unref(&f.slots[i]);
	for (int i = 0; i < scope->ncells; i++) {
		IValue v = py_value(f.cells[i]);
		ivalue_unref(&v);
	}
	free(f.slots);
	free(f.cells);
	ivalue_unref(&f.result);
	ivalue_unref(&ns);
	ivalue_unref(&held);
	return st;
}

Status frame_run_text(Build *b, PyModule *in, CodeText *t, bool interactive)
{
	return text_frame(b, in, t, interactive, NULL, NULL);
}

Status frame_eval_text(Build *b, PyModule *in, CodeText *t, const Expr *e, IValue *out)
{
	return text_frame(b, in, t, false, e, out);
}
