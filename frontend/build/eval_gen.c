// SPDX-License-Identifier: BSD-3-Clause
// Comprehensions and generator expressions.
//
// Both walk a nest of `for` clauses.  A comprehension does so at once, in the frame around it; a generator expression
// has a frame of its own and keeps where each clause is between two values.  Functions with `yield`: coroutine.c.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

// ---- one clause's loop

typedef struct Loop {
	IValue over;        // list, tuple, range, or an iterator
	int64_t i, n;       // ranges: the next value and how many are left
} Loop;

static Status loop_begin(Build *b, IValue take, Loop *l)
{
	*l = (Loop){.over = take};
	if (take.tag == TAG_LIST || take.tag == TAG_TUPLE)
		return STATUS_OK;
	if (py_is(take, PY_RANGE)) {
		l->i = PY_AS(PyRange, take)->start;
		l->n = range_length(PY_AS(PyRange, take));
		return STATUS_OK;
	}
	PyIter *it;
	Status st = py_iter(b, take, &it);
	ivalue_set(&l->over, st == STATUS_OK ? py_value(it) : iv_none());
	return st;
}

static Status loop_next(Build *b, Loop *l, IValue *out, bool *end)
{
	*end = false;
	if (build_tick_due(b))
		TRY(build_tick(b));
	if (l->over.tag == TAG_LIST || l->over.tag == TAG_TUPLE) {
		int64_t n = l->over.tag == TAG_LIST ? l->over.list->n : l->over.tuple->n;
		*end = l->i >= n;
		if (!*end)
			*out = ivalue_ref(l->over.tag == TAG_LIST ? l->over.list->items[l->i] : l->over.tuple->items[l->i]);
		l->i++;
		return STATUS_OK;
	}
	if (py_is(l->over, PY_RANGE)) {
		*end = l->n-- <= 0;
		*out = iv_int(l->i);
		l->i = (int64_t)((uint64_t)l->i + (uint64_t)PY_AS(PyRange, l->over)->step);
		return STATUS_OK;
	}
	return py_next(b, PY_AS(PyIter, l->over), out, end);
}

// Assigns the clause's target and asks its conditions.
static Status clause_enter(Frame *f, const Comprehension *c, IValue take, bool *wanted)
{
	TRY(assign_take(f, c->target, take));
	*wanted = true;
	for (int i = 0; i < c->conds.n && *wanted; i++)
		TRY(eval_truth(f, c->conds.items[i], wanted));
	return STATUS_OK;
}

// ---- list, set and dict comprehensions

static Status element_add(Frame *f, const Expr *e, IValue result)
{
	IValue v, key;
	if (e->kind == EX_DICTCOMP) {
		TRY(eval(f, e->a, &key));
		Status st = eval(f, e->b, &v);
		if (st == STATUS_OK) {
			st = py_dict_set(f->b, result.dict, key, v);
			ivalue_unref(&v);
		}
		ivalue_unref(&key);
		return st;
	}
	TRY(eval(f, e->a, &v));
	if (e->kind == EX_LISTCOMP)
		return list_append_take(result.list, v, f->b->x.err);
	Status st = set_add(f->b, result, v);
	ivalue_unref(&v);
	return st;
}

static Status clauses_run(Frame *f, const Expr *e, const Comprehension *c, IValue take_over, IValue result)
{
	Loop loop;
	Status st = loop_begin(f->b, take_over, &loop);
	if (st != STATUS_OK && !f->failing) {
		f->failing = true;
		f->at = c->iter->at;
	}
	while (st == STATUS_OK) {
		IValue item;
		bool end, wanted;
		st = loop_next(f->b, &loop, &item, &end);
		if (st != STATUS_OK || end)
			break;
		st = clause_enter(f, c, item, &wanted);
		if (st != STATUS_OK || !wanted)
			continue;
		if (c->next) {
			IValue inner;
			st = eval(f, c->next->iter, &inner);
			if (st == STATUS_OK)
				st = clauses_run(f, e, c->next, inner, result);
		} else {
			st = element_add(f, e, result);
		}
	}
	ivalue_unref(&loop.over);
	return st;
}

Status comprehension_eval(Frame *f, const Expr *e, IValue *out)
{
	Build *b = f->b;
	const PyScope *s = e->scope;
	IValue over;
	TRY(eval(f, e->comp->iter, &over));
	for (int i = 0; i < s->cell_count; i++) { // what closures inside capture is this run's
		PyCell *cell = py_new(b, PY_CELL, sizeof *cell);
		cell->value = iv_uninit();
		IValue old = py_value(f->cells[s->first_cell + i]);
		f->cells[s->first_cell + i] = cell;
		ivalue_unref(&old);
	}
	*out = e->kind == EX_LISTCOMP ? py_list(b, 0) : e->kind == EX_SETCOMP ? py_set(b) : py_dict(b);
	Status st = clauses_run(f, e, e->comp, over, *out);
	for (int i = 0; i < s->slot_count; i++)
		ivalue_set(&f->slots[s->first_slot + i], iv_uninit());
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

// ---- generator expressions

typedef struct GeneratorExpr {
	PyIter it;
	Frame f;
	const Expr *e;
	const Comprehension **clauses;
	Loop *loops;
	int n, level;       // loops[0 … level] are open; -1: at the end
	bool running;
} GeneratorExpr;

static Status expr_step(GeneratorExpr *g, IValue *out, bool *end)
{
	Frame *f = &g->f;
	Build *b = f->b;
	while (g->level >= 0) {
		IValue item;
		bool over, wanted;
		TRY(loop_next(b, &g->loops[g->level], &item, &over));
		if (over) {
			ivalue_unref(&g->loops[g->level--].over);
			continue;
		}
		TRY(clause_enter(f, g->clauses[g->level], item, &wanted));
		if (!wanted)
			continue;
		if (g->level + 1 == g->n)
			return eval(f, g->e->a, out);
		IValue inner;
		TRY(eval(f, g->clauses[g->level + 1]->iter, &inner));
		g->level++;
		Status st = loop_begin(b, inner, &g->loops[g->level]);
		if (st != STATUS_OK)
			return st;
	}
	*end = true;
	return STATUS_OK;
}

static Status expr_next(Build *b, PyIter *it, IValue *out, bool *end)
{
	GeneratorExpr *g = (GeneratorExpr *)it;
	*end = false;
	if (g->running)
		return py_raise(b, "ValueError", "generator already executing");
	if (g->level < 0) {
		*end = true;
		return STATUS_OK;
	}
	TRY(build_stack_check(b));
	IValue held = ivalue_ref(py_value(g));
	g->running = true;
	frame_enter(b, &g->f);
	g->f.failing = false;
	Status st = expr_step(g, out, end);
	frame_leave(&g->f, st);
	g->running = false;
	if (st != STATUS_OK)
		while (g->level >= 0)
			ivalue_unref(&g->loops[g->level--].over);
	ivalue_unref(&held);
	return st;
}

static void expr_release(PyIter *it)
{
	GeneratorExpr *g = (GeneratorExpr *)it;
	while (g->level >= 0)
		ivalue_unref(&g->loops[g->level--].over);
	const PyScope *s = g->f.scope;
	for (int i = 0; i < s->nslots; i++)
		ivalue_unref(&g->f.slots[i]);
	for (int i = 0; i < s->ncells + s->nfree; i++) {
		IValue v = py_value(g->f.cells[i]);
		ivalue_unref(&v);
	}
	IValue m = py_value(g->f.module);
	ivalue_unref(&m);
	free(g->f.slots);
	free(g->f.cells);
	free(g->loops);
	free(g->clauses);
}

Status generator_expr_make(Frame *f, const Expr *e, IValue *out)
{
	Build *b = f->b;
	const PyScope *s = e->scope;
	IValue over;
	TRY(eval(f, e->comp->iter, &over));
	Loop first;
	Status st = loop_begin(b, over, &first);
	if (st != STATUS_OK) {
		ivalue_unref(&first.over);
		return st;
	}
	GeneratorExpr *g = py_new(b, PY_GENERATOR, sizeof *g);
	g->it.next = expr_next;
	g->it.type_name = "generator";
	g->it.over = g->it.over2 = iv_none();
	g->it.release = expr_release;
	g->e = e;
	for (const Comprehension *c = e->comp; c; c = c->next)
		g->n++;
	g->clauses = xcalloc((size_t)g->n, sizeof *g->clauses);
	g->loops = xcalloc((size_t)g->n, sizeof *g->loops);
	int n = 0;
	for (const Comprehension *c = e->comp; c; c = c->next)
		g->clauses[n++] = c;
	g->loops[0] = first;
	g->f = (Frame){.b = b, .scope = s, .name = "<genexpr>", .module = f->module, .globals = f->module->ns,
		.result = iv_none(), .ns = f->ns};
	ivalue_ref(py_value(f->module));
	g->f.slots = xcalloc((size_t)s->nslots + 1, sizeof *g->f.slots);
	g->f.cells = xcalloc((size_t)(s->ncells + s->nfree) + 1, sizeof *g->f.cells);
	for (int i = 0; i < s->nslots; i++)
		g->f.slots[i] = iv_uninit();
	for (int i = 0; i < s->ncells; i++) {
		g->f.cells[i] = py_new(b, PY_CELL, sizeof(PyCell));
		g->f.cells[i]->value = iv_uninit();
	}
	for (int i = 0; i < s->nfree; i++)
		g->f.cells[s->ncells + i] = PY_AS(PyCell, ivalue_ref(py_value(f->cells[s->free[i]])));
	*out = py_value(g);
	return STATUS_OK;
}
