// SPDX-License-Identifier: BSD-3-Clause
// One def: its schema from the annotations, its graph from the body.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

// One number as the default of a BroadcastingListN is N of them.
static IValue repeat_default(IValue number, const Type *elem, int n)
{
	ListObj *l = list_new(elem, n);
	for (int i = 0; i < n; i++)
		l->items[i] = number;
	l->n = n;
	return iv_take_list(l);
}

static Status add_param(DefSite *site, const Param *p, int i, Schema *s, Error *err)
{
	Frontend *fe = site->fe;
	Arg *a = &s->args[s->nargs];
	if (p->kind == PARAM_VARARGS || p->kind == PARAM_KWARGS)
		return fail_at(err, STATUS_COMPILE, p->at, "Compiled functions can't take variable number of "
			"arguments or use "
			"keyword-only arguments with defaults");
	a->name = arena_strdup(&fe->unit->arena, p->name);
	a->kwonly = p->kind == PARAM_KWONLY;
	a->type = &type_tensor;
	int first = site->self && !site->is_static ? 1 : 0;
	const Def *d = site->def;
	if (i == 0 && first) {
		a->type = site->self;
	} else if (p->type) {
		TRY(type_from_expr(fe, site->file, p->type, &a->type, err));
		const Expr *whole = p->type;
		if (whole->kind == EX_INDEX && whole->a->kind == EX_NAME && !strcmp(whole->a->name, "Optional") && whole->list.n == 1)
			whole = whole->list.items[0];
		const Expr *ctor = whole->kind == EX_INDEX ? whole->a : NULL;
		const char *name = ctor && (ctor->kind == EX_NAME || ctor->kind == EX_ATTR) ? ctor->name : "";
		if (!strncmp(name, "BroadcastingList", 16))
			a->fixed = atoi(name + 16);
	} else if (site->arg_types && site->arg_types[i]) {
		a->type = site->arg_types[i];
	} else if (d->type_comment_ret) {
		int k = i - (d->type_comment.n == d->params.n ? 0 : first);
		if (k < 0 || k >= d->type_comment.n)
			return fail_at(err, STATUS_COMPILE, p->at, "Number of type annotations (%d) does not match "
				"the number of "
				"parameters (%d)", d->type_comment.n, d->params.n);
		TRY(type_from_expr(fe, site->file, d->type_comment.items[k], &a->type, err));
	}
	bool container = p->def && (p->def->kind == EX_LIST || p->def->kind == EX_DICT || p->def->kind == EX_LISTCOMP);
	if (container && fe->dialect == DIALECT_PYTHON && stmts_change(&d->body, p->name))
		return fail_at(err, STATUS_COMPILE, p->def->at, "the default of '%s' is one object that all calls share in Python, and "
			"this function changes it, which cannot be compiled: write '%s=None' and make a new one in the body",
			p->name, p->name);
	const Type *list = a->type;
	bool each = a->fixed && p->def && (p->def->kind == EX_INT || p->def->kind == EX_FLOAT) && list->kind == TYPE_LIST;
	if (each)
		a->type = list->elem[0];
	if (p->def && site->defaults) {
		const Type *t = p->type || d->type_comment_ret ? a->type : NULL;
		TRY(script_default(fe, site, i, &t, &a->def, err));
		a->type = t;
		a->has_default = true;
	} else if (p->def) {
		const Type *t;
		TRY(constant_eval(fe, site->file, p->def, a->type, &a->def, &t, err));
		a->has_default = true;
	}
	if (each) {
		a->def = repeat_default(a->def, list->elem[0], a->fixed);
		a->type = list;
	}
	s->nargs++;
	return STATUS_OK;
}

static Status make_schema(DefSite *site, const char *name, Schema **out, Error *err)
{
	Arena *a = &site->fe->unit->arena;
	const Def *d = site->def;
	Schema *s = arena_new(a, Schema);
	s->name = name;
	s->overload = "";
	s->args = arena_array(a, Arg, d->params.n + site->ncaptures + 1);
	for (int i = 0; i < site->ncaptures; i++)
		s->args[s->nargs++] = (Arg){.name = site->captures[i].name, .type = site->captures[i].type};
	Status st = STATUS_OK;
	for (int i = 0; i < d->params.n && st == STATUS_OK; i++)
		st = add_param(site, &d->params.items[i], i, s, err);
	if (st == STATUS_OK && site->self && !site->is_static && !d->params.n)
		st = fail_at(err, STATUS_COMPILE, d->name_at, "methods must have a self argument");
	s->rets = arena_new(a, Arg);
	s->rets->name = "";
	const Expr *ret = d->ret ? d->ret : d->type_comment_ret;
	if (st == STATUS_OK && ret) {
		st = type_from_expr(site->fe, site->file, ret, &s->rets->type, err);
		s->nrets = 1;
	}
	if (st != STATUS_OK) {
		for (int i = 0; i <= s->nargs && i < d->params.n + site->ncaptures; i++)
			ivalue_unref(&s->args[i].def);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

Status function_declare(Function *f, Error *err)
{
	if (f->schema || !f->define_arg)
		return STATUS_OK;
	return make_schema(f->define_arg, f->short_name, &f->schema, err);
}

static Status implicit_return(Lower *l, void *arg, Exit *out)
{
	const Def *d = arg;
	if (l->declared_ret && !type_is_optional_like(l->declared_ret)) {
		char *t = type_str_repr(l->declared_ret);
		Status st = fail_at(l->err, STATUS_COMPILE, d->name_at,
			"Function was not annotated as having type None, but does "
			"not return along all paths: expected a value of type %s", t);
		free(t);
		return st;
	}
	return lower_return_value(l, emit_none(l, d->name_at), d->name_at, out);
}

static Status lower_body(Lower *l, DefSite *site)
{
	const Def *d = site->def;
	Function *f = l->fn;
	const Schema *s = f->schema;
	l->declared_ret = s->nrets ? s->rets[0].type : NULL;
	for (int i = 0; i < s->nargs; i++)
		scope_bind(l, s->args[i].name, sugar_of(block_add_input(l->block, s->args[i].type, s->args[i].name)));
	Exit e = EXIT_WONT;
	TRY(lower_stmts(l, &d->body, 0, NULL, &e));
	if (e == EXIT_WONT)
		TRY(implicit_return(l, (void *)d, &e));
	else if (e == EXIT_MIGHT)
		TRY(lower_guarded(l, implicit_return, (void *)d, d->name_at, &e));
	const Type *ret = l->declared_ret ? l->declared_ret : l->ret ? l->ret : &type_none;
	Binding *b = scope_find(l, "%ret");
	Value *v = b && b->s.kind == SUGAR_VALUE ? b->s.value : NULL;
	if (!v) // every path raises
		v = emit_uninitialized(l, l->block, ret, d->name_at);
	block_add_output(l->g->block, v);
	f->schema->rets[0].type = ret;
	f->schema->nrets = 1;
	return STATUS_OK;
}

Status function_define(Function *f, Error *err)
{
	DefSite *site = f->define_arg;
	Frontend *fe = site->fe;
	if (site->self && site->self->kind == TYPE_INTERFACE)
		return fail_at(err, STATUS_COMPILE, f->at, "'%s' is a method of an interface and has no body", f->name);
	TRY(function_declare(f, err));
	int depth = fe->depth;
	TRY(lower_enter(fe, err, f->at));
	Lower l = {.fe = fe, .unit = fe->unit, .pool = fe->unit->pool, .file = site->file, .fn = f, .site = site,
		.err = err};
	l.g = graph_new(l.pool, f->name);
	graph_keep_source(l.g, site->file->ast->src);
	l.block = l.g->block;
	l.in_init = site->self && !site->self->cls->complete && !strcmp(site->def->name, "__init__");
	scope_push(&l, l.g->block, false);
	Status st = lower_body(&l, site);
	if (st == STATUS_OK)
		f->graph = l.g;
	else
		graph_free(&l.g);
	map_free(&l.variables);
	arena_free(&l.arena);
	fe->depth = depth; // whatever a failure left behind
	return st;
}
