// SPDX-License-Identifier: BSD-3-Clause
// Lambdas and defs inside defs, which the IR does not have as values.
//
// One that is a single expression is lowered in place at each call, its parameters bound in a scope of their own.  Any
// other becomes a Function of its own, the outer names that it reads being parameters before the written ones.
// Either way it sees what the outer names mean at the call, as in Python.
#include "frontend/lower.h"

#include <string.h>

typedef struct Inlining {
	const ParamList *params;
	const struct Inlining *outer;
} Inlining;

static const ParamList *closure_params(const Sugar *f)
{
	static const ParamList none;
	const ParamList *p = f->lambda ? f->lambda->params : &f->def->params;
	return p ? p : &none;
}

Status lower_local_function(Lower *l, const Def *def, const Expr *lambda, Sugar *out)
{
	*out = (Sugar){.kind = SUGAR_CLOSURE, .def = def, .lambda = lambda};
	const ParamList *p = closure_params(out);
	if (!p->n)
		return STATUS_OK;
	out->items = arena_array(&l->arena, Sugar, p->n);
	out->n = p->n;
	for (int i = 0; i < p->n; i++) {
		out->items[i] = (Sugar){.kind = SUGAR_UNDEFINED};
		if (p->items[i].def)
			TRY(lower_expr(l, p->items[i].def, NULL, &out->items[i]));
	}
	return STATUS_OK;
}

// The value of a def that does nothing but return one; NULL when it does more.
static const Expr *single_expression(const Sugar *f)
{
	if (f->lambda)
		return f->lambda->a;
	const StmtList *body = &f->def->body;
	int first = body->n && body->items[0]->kind == ST_EXPR && body->items[0]->value->kind == EX_STR;
	if (body->n != first + 1 || body->items[first]->kind != ST_RETURN || f->def->ret)
		return NULL;
	for (int i = 0; i < f->def->params.n; i++) // annotations may convert
		if (f->def->params.items[i].type)
			return NULL;
	return body->items[first]->value;
}

static const char *closure_name(const Sugar *f)
{
	return f->lambda ? "<lambda>" : f->def->name;
}

static Status bind_arguments(Lower *l, const Sugar *f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw,
	Range at, Sugar *bound)
{
	const ParamList *p = closure_params(f);
	int positional = 0;
	for (int i = 0; i < p->n; i++) {
		if (p->items[i].kind == PARAM_VARARGS || p->items[i].kind == PARAM_KWARGS)
			return fail_at(l->err, STATUS_COMPILE, p->items[i].at,
				"a local function with a variable number of arguments cannot be compiled");
		positional += p->items[i].kind != PARAM_KWONLY;
	}
	if (nargs > positional)
		return fail_at(l->err, STATUS_COMPILE, at, "%s() takes %d positional argument%s but %d were given",
			closure_name(f), positional, positional == 1 ? "" : "s", nargs);
	for (int i = 0; i < p->n; i++)
		bound[i] = i < nargs ? sugar_of(args[i].value) : f->items[i];
	for (int k = 0; k < nkw; k++) {
		int i = 0;
		while (i < p->n && (p->items[i].kind == PARAM_POSONLY || strcmp(p->items[i].name, kw[k].name)))
			i++;
		if (i == p->n)
			return fail_at(l->err, STATUS_COMPILE, kw[k].at, "%s() got an unexpected keyword argument '%s'",
				closure_name(f), kw[k].name);
		if (i < nargs)
			return fail_at(l->err, STATUS_COMPILE, kw[k].at, "%s() got multiple values for argument '%s'",
				closure_name(f), kw[k].name);
		bound[i] = sugar_of(kw[k].value);
	}
	for (int i = 0; i < p->n; i++)
		if (bound[i].kind == SUGAR_UNDEFINED)
			return fail_at(l->err, STATUS_COMPILE, at, "%s() missing the argument '%s'", closure_name(f),
				p->items[i].name);
	return STATUS_OK;
}

static void expr_names(const Expr *e, Map *out)
{
	if (!e)
		return;
	if (e->kind == EX_NAME)
		map_set(out, e->name, (void *)e->name);
	expr_names(e->a, out);
	expr_names(e->b, out);
	expr_names(e->c, out);
	for (int i = 0; i < e->list.n; i++)
		expr_names(e->list.items[i], out);
	for (int i = 0; i < e->list2.n; i++)
		expr_names(e->list2.items[i], out);
	for (int i = 0; i < e->nkw; i++)
		expr_names(e->kw[i].value, out);
	for (const Comprehension *c = e->comp; c; c = c->next) {
		expr_names(c->iter, out);
		for (int i = 0; i < c->conds.n; i++)
			expr_names(c->conds.items[i], out);
	}
}

static void stmts_names(const StmtList *list, Map *out)
{
	for (int i = 0; i < list->n; i++) {
		const Stmt *s = list->items[i];
		for (int j = 0; j < s->targets.n; j++)
			expr_names(s->targets.items[j], out);
		expr_names(s->value, out);
		expr_names(s->cond, out);
		for (int j = 0; j < s->nitems; j++)
			expr_names(s->items[j].value, out);
		stmts_names(&s->body, out);
		stmts_names(&s->orelse, out);
		stmts_names(&s->finally_, out);
		for (int j = 0; j < s->nhandlers; j++)
			stmts_names(&s->handlers[j].body, out);
		if (s->def)
			stmts_names(&s->def->body, out);
	}
}

static bool is_param(const ParamList *p, const char *name)
{
	for (int i = 0; i < p->n; i++)
		if (!strcmp(p->items[i].name, name))
			return true;
	return false;
}

// Within another closure's body that closure's parameters are in scope, but not for this one's names.
static Status check_shadows(Lower *l, const Sugar *f, const Expr *body, Range at)
{
	Map names = {0};
	expr_names(body, &names);
	Status st = STATUS_OK;
	for (const Inlining *i = l->inlining; i && st == STATUS_OK; i = i->outer)
		for (int k = 0; k < names.n && st == STATUS_OK; k++)
			if (!is_param(closure_params(f), names.entries[k].key) && is_param(i->params, names.entries[k].key))
				st = fail_at(l->err, STATUS_COMPILE, at, "%s() reads '%s', which is also a parameter of the "
					"local function that calls it: give one of them another name",
					closure_name(f), names.entries[k].key);
	map_free(&names);
	return st;
}

static Status call_inline(Lower *l, const Sugar *f, const Expr *body, const Sugar *bound, Range at, Sugar *out)
{
	const ParamList *p = closure_params(f);
	TRY(check_shadows(l, f, body, at));
	Inlining here = {p, l->inlining};
	l->inlining = &here;
	scope_push(l, l->block, false);
	for (int i = 0; i < p->n; i++)
		scope_bind(l, p->items[i].name, bound[i]);
	Status st = lower_expr(l, body, NULL, out);
	scope_pop(l);
	l->inlining = here.outer;
	return st;
}

static Status call_lifted(Lower *l, const Sugar *f, const Sugar *bound, Range at, Sugar *out)
{
	Arena *a = &l->unit->arena;
	const Def *def = f->def;
	Map names = {0}, local = {0};
	stmts_names(&def->body, &names);
	stmts_assigned(&def->body, &local);
	DefSite *site = arena_new(a, DefSite);
	*site = *(DefSite *)l->fn->define_arg;
	site->def = def;
	site->self = NULL;
	site->is_static = true;
	site->defaults = NULL;
	Capture *captures = arena_array(a, Capture, names.n + 1);
	NamedValue *args = arena_array(&l->arena, NamedValue, names.n + def->params.n + 1);
	int n = 0;
	Status st = STATUS_OK;
	for (int i = 0; i < names.n && st == STATUS_OK; i++) {
		const char *name = names.entries[i].key;
		Binding *b = is_param(&def->params, name) || map_has(&local, name) ? NULL : scope_find(l, name);
		if (!b)
			continue;
		if (b->s.kind == SUGAR_CLOSURE)
			st = fail_at(l->err, STATUS_COMPILE, at, "the local function %s() uses the local function '%s', which "
				"cannot be compiled: make '%s' a function of the file", def->name, name, name);
		Value *v = st == STATUS_OK ? sugar_value(l, b->s, at) : NULL;
		if (st == STATUS_OK && !v)
			st = lower_failed(l);
		if (st != STATUS_OK)
			break;
		captures[n] = (Capture){arena_strdup(a, name), v->type};
		args[n++] = (NamedValue){NULL, v, at};
	}
	map_free(&names);
	map_free(&local);
	TRY(st);
	site->captures = captures;
	site->ncaptures = n;
	site->arg_types = arena_array(a, const Type *, def->params.n + 1);
	for (int i = 0; i < def->params.n; i++) {
		Value *v = sugar_value(l, bound[i], at);
		if (!v)
			return lower_failed(l);
		site->arg_types[i] = v->type;
		args[n] = (NamedValue){def->params.items[i].kind == PARAM_KWONLY ? def->params.items[i].name : NULL, v, at};
		n++;
	}
	const char *name;
	int tries = 0;
	do
		name = tries ? arena_printf(a, "%s.%s%d", l->fn->name, def->name, tries) : arena_printf(a, "%s.%s", l->fn->name, def->name);
	while (unit_function(l->unit, name) && ++tries);
	Function *fn = unit_add_function(l->unit, name, NULL);
	fn->define = function_define;
	fn->define_arg = site;
	fn->at = def->name_at;
	int plain = n;
	while (plain && args[plain - 1].name)
		plain--;
	return call_sugar(l, (Sugar){.kind = SUGAR_FUNCTION, .fn = fn}, args, plain, args + plain, n - plain, at, out);
}

Status call_closure(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out)
{
	const ParamList *p = closure_params(&f);
	Sugar *bound = arena_array(&l->arena, Sugar, p->n + 1);
	TRY(bind_arguments(l, &f, args, nargs, kw, nkw, at, bound));
	const Expr *body = single_expression(&f);
	TRY(lower_enter(l->fe, l->err, at));
	Status st = body ? call_inline(l, &f, body, bound, at, out) : call_lifted(l, &f, bound, at, out);
	lower_leave(l->fe);
	return st;
}
