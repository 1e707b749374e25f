// SPDX-License-Identifier: BSD-3-Clause
// def, lambda and decorators: a PyFunction with its defaults evaluated and the cells of what it captures.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

static CodeText *text_of(Frame *f, const Source *src)
{
	if (f->fn && f->fn->text)
		return f->fn->text;
	for (CodeText *t = f->b->texts; t; t = t->next)
		if (t->ast->src == src)
			return t;
	return NULL;
}

Status function_make(Frame *f, const PyScope *scope, const Def *def, const Expr *lambda, IValue *out)
{
	Build *b = f->b;
	const ParamList *params = def ? &def->params : lambda->params;
	PyFunction *fn = py_new(b, PY_FUNCTION, sizeof *fn);
	fn->def = def;
	fn->lambda = lambda;
	fn->params = params;
	fn->scope = (PyScope *)scope;
	fn->text = text_of(f, def ? def->name_at.src : lambda->at.src);
	fn->globals = f->module;
	fn->name = ivalue_ref(py_name(b, def ? def->name : "<lambda>"));
	fn->qualname = ivalue_ref(py_name(b, scope->qualname ? scope->qualname : def ? def->name : "<lambda>"));
	fn->is_generator = scope->is_generator;
	*out = py_value(fn);
	Status st = STATUS_OK;
	for (int i = 0; i < params->n && st == STATUS_OK; i++) {
		if (!params->items[i].def)
			continue;
		if (!fn->defaults) {
			fn->defaults = xcalloc((size_t)params->n, sizeof *fn->defaults);
			for (int k = 0; k < params->n; k++)
				fn->defaults[k] = iv_uninit();
		}
		IValue v;
		st = eval(f, params->items[i].def, &v);
		if (st == STATUS_OK)
			fn->defaults[i] = v;
	}
	if (st != STATUS_OK) {
		ivalue_unref(out);
		return st;
	}
	fn->ncells = scope->nfree;
	if (fn->ncells) {
		fn->cells = xcalloc((size_t)fn->ncells, sizeof *fn->cells);
		for (int i = 0; i < fn->ncells; i++)
			fn->cells[i] = ivalue_ref(py_value(f->cells[scope->free[i]]));
	}
	return STATUS_OK;
}

Status decorators_eval(Frame *f, const ExprList *list, Decorators *d)
{
	d->made = list->n > 4 ? xcalloc((size_t)list->n, sizeof *d->made) : d->few;
	Status st = STATUS_OK;
	for (d->n = 0; d->n < list->n && st == STATUS_OK; d->n++)
		if ((st = eval(f, list->items[d->n], &d->made[d->n])) != STATUS_OK)
			break;
	if (st != STATUS_OK)
		decorators_apply(f, list, d, st, NULL);
	return st;
}

Status decorators_apply(Frame *f, const ExprList *list, Decorators *d, Status st, IValue *v)
{
	bool have = st == STATUS_OK;
	for (int i = d->n - 1; i >= 0; i--) {
		IValue out;
		bool absent = st == STATUS_OK && py_is(*v, PY_MODULE) && PY_AS(PyModule, *v)->is_absent;
		if (st == STATUS_OK && !absent) {
			st = py_call(f->b, d->made[i], v, 1, &out);
			if (st == STATUS_OK) {
				ivalue_set(v, out);
			} else if (!f->failing) {
				f->failing = true;
				f->at = list->items[i]->at;
			}
		}
		ivalue_unref(&d->made[i]);
	}
	if (d->made != d->few)
		free(d->made);
	if (have && st != STATUS_OK)
		ivalue_unref(v);
	return st;
}

Status exec_def(Frame *f, const Stmt *s)
{
	Def *d = s->def;
	IValue v;
	Decorators decorators;
	if (d->is_async)
		return py_raise(f->b, "NotImplementedError", "async functions are not supported");
	TRY(decorators_eval(f, &d->decorators, &decorators));
	Status st = function_make(f, d->scope, d, NULL, &v);
	st = decorators_apply(f, &d->decorators, &decorators, st, &v);
	return st == STATUS_OK ? place_store_take(f, &d->place, v) : st;
}
