// SPDX-License-Identifier: BSD-3-Clause
// Calls: of ops, functions, methods, classes and objects.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

Status ensure_called(Lower *l, Function *f, Range at)
{
	if (f->state == 2)
		return STATUS_OK;
	if (f->self && f->self->kind == TYPE_INTERFACE)
		return function_declare(f, l->err);
	Status st = function_ensure(f, l->err);
	if (st != STATUS_OK) {
		error_push_frame(l->err, at, f->short_name);
		l->err->is_compile = true;
	}
	return st;
}

static Status add_arg(Lower *l, const Expr *x, const Schema *hints, int i, NamedValue **args, int *n, int *cap)
{
	if (x->kind == EX_STAR) {
		Sugar s, *items;
		int k;
		bool is_static;
		TRY(lower_expr(l, x->a, NULL, &s));
		TRY(sugar_static_items(l, s, &is_static, &items, &k, x->at));
		if (!is_static)
			return fail_at(l->err, STATUS_COMPILE, x->at, "only a tuple can be spliced into arguments "
				"with *");
		for (int j = 0; j < k; j++) {
			Value *v = sugar_value(l, items[j], x->at);
			if (!v)
				return lower_failed(l);
			ARENA_PUSH(&l->arena, *args, *n, *cap, (NamedValue){NULL, v, x->at});
		}
		return STATUS_OK;
	}
	const Type *hint = hints && i < hints->nargs ? hints->args[i].type : NULL;
	Value *v = lower_value(l, x, hint);
	if (!v)
		return lower_failed(l);
	ARENA_PUSH(&l->arena, *args, *n, *cap, (NamedValue){NULL, v, x->at});
	return STATUS_OK;
}

Status lower_args(Lower *l, const Expr *e, const Schema *hints, int skip, NamedValue **args, int *nargs,
	NamedValue **kw, int *nkw)
{
	int cap = e->list.n;
	*args = arena_array(&l->arena, NamedValue, cap + 1);
	*nargs = 0;
	for (int i = 0; i < e->list.n; i++)
		TRY(add_arg(l, e->list.items[i], hints, i + skip, args, nargs, &cap));
	*kw = arena_array(&l->arena, NamedValue, e->nkw + 1);
	*nkw = e->nkw;
	if (e->nkw > LOWER_MAX_MEMBERS)
		return fail_at(l->err, STATUS_LIMIT, e->at, "more than %d keyword arguments", LOWER_MAX_MEMBERS);
	for (int i = 0; i < e->nkw; i++) {
		const Keyword *k = &e->kw[i];
		if (!k->name)
			return fail_at(l->err, STATUS_COMPILE, k->at, "** arguments are not supported");
		for (int j = 0; j < i; j++)
			if (!strcmp(e->kw[j].name, k->name))
				return fail_at(l->err, STATUS_COMPILE, k->at, "keyword argument '%s' is given twice",
					k->name);
		const Type *hint = NULL;
		for (int j = 0; hints && j < hints->nargs; j++)
			if (!strcmp(hints->args[j].name, k->name))
				hint = hints->args[j].type;
		Value *v = lower_value(l, k->value, hint);
		if (!v)
			return lower_failed(l);
		(*kw)[i] = (NamedValue){k->name, v, k->at};
	}
	return STATUS_OK;
}

static Status no_match(Lower *l, const Schema *s, const Text *why, Range at)
{
	Text t = {0};
	schema_print(s, &t);
	Status st = fail_at(l->err, STATUS_COMPILE, at, "%s:\n%sThe original call is", text_str(&t), text_str(why));
	text_free(&t);
	return st;
}

static Status call_function(Lower *l, Function *f, Value *self, const NamedValue *args, int nargs,
	const NamedValue *kw, int nkw,
	Range at, Sugar *out)
{
	TRY(ensure_called(l, f, at));
	const Schema *s = f->schema;
	NamedValue *all = (NamedValue *)args;
	if (self) {
		all = arena_array(&l->arena, NamedValue, nargs + 1);
		all[0] = (NamedValue){NULL, self, at};
		memcpy(all + 1, args, sizeof *args * (size_t)nargs);
		nargs++;
	}
	Match m;
	if (!match_schema(l->block, s, at, NULL, all, nargs, kw, nkw, true, &m, NULL)) {
		Text why = {0};
		match_schema(l->block, s, at, NULL, all, nargs, kw, nkw, true, &m, &why);
		Status st = no_match(l, s, &why, at);
		text_free(&why);
		return st;
	}
	const Type *ret = s->nrets && s->rets[0].type ? s->rets[0].type : &type_none;
	Node *n = emit_node(l, self ? NODE_CALL_METHOD : NODE_CALL_FUNCTION, m.inputs, m.ninputs, ret, at);
	if (self)
		n->attr.name = f->short_name;
	else
		n->attr.fn = f;
	*out = sugar_of(n->outputs[0]);
	return STATUS_OK;
}

Status call_method(Lower *l, Value *obj, const char *name, Value *const *args, int n, Range at, Value **out)
{
	const Type *t = obj->type;
	Function *f = t->kind == TYPE_CLASS || t->kind == TYPE_INTERFACE ? class_find_method(t->cls, name) : NULL;
	if (!f) {
		char *s = type_str_repr(t);
		Status st = fail_at(l->err, STATUS_COMPILE, at, "'%s' object has no attribute or method '%s'", s, name);
		free(s);
		return st;
	}
	NamedValue in[8];
	for (int i = 0; i < n && i < 8; i++)
		in[i] = (NamedValue){NULL, args[i], at};
	Sugar s;
	TRY(call_function(l, f, obj, in, n, NULL, 0, at, &s));
	*out = s.value;
	return STATUS_OK;
}

static Status construct_named_tuple(Lower *l, const Type *t, const NamedValue *args, int nargs, const NamedValue *kw,
	int nkw,
	Range at, Sugar *out)
{
	Schema s = {.name = t->name, .overload = "", .nargs = t->n};
	s.args = arena_array(&l->arena, Arg, t->n + 1);
	for (int i = 0; i < t->n; i++) {
		s.args[i] = (Arg){.name = t->fields[i], .type = t->elem[i]};
		if (t->defaults && t->defaults[i]) {
			s.args[i].has_default = true;
			s.args[i].def = *t->defaults[i];
		}
	}
	Match m;
	if (!match_schema(l->block, &s, at, NULL, args, nargs, kw, nkw, true, &m, NULL)) {
		Text why = {0};
		match_schema(l->block, &s, at, NULL, args, nargs, kw, nkw, true, &m, &why);
		Status st = no_match(l, &s, &why, at);
		text_free(&why);
		return st;
	}
	*out = sugar_of(emit_node(l, NODE_TUPLE_CONSTRUCT, m.inputs, m.ninputs, t, at)->outputs[0]);
	return STATUS_OK;
}

static Status construct(Lower *l, const Type *t, const NamedValue *args, int nargs, const NamedValue *kw, int nkw,
	Range at,
	Sugar *out)
{
	if (t->kind == TYPE_TUPLE && t->name)
		return construct_named_tuple(l, t, args, nargs, kw, nkw, at, out);
	if (t->kind != TYPE_CLASS) {
		char *s = type_str_repr(t);
		Status st = fail_at(l->err, STATUS_COMPILE, at, "'%s' cannot be called", s);
		free(s);
		return st;
	}
	Value *obj = emit_node(l, NODE_CREATE_OBJECT, NULL, 0, t, at)->outputs[0];
	Function *init = class_find_method(t->cls, "__init__");
	if (init) {
		Sugar unused;
		TRY(call_function(l, init, obj, args, nargs, kw, nkw, at, &unused));
	} else if (nargs || nkw) {
		return fail_at(l->err, STATUS_COMPILE, at, "%s() takes no arguments", t->name);
	}
	*out = sugar_of(obj);
	return STATUS_OK;
}

static Status raise_message(Lower *l, Sugar f, const NamedValue *args, int nargs, Range at, Sugar *out)
{
	Value *msg = NULL;
	if (nargs == 1) {
		msg = args[0].value;
	} else if (nargs > 1) {
		Value **v = arena_array(&l->arena, Value *, nargs);
		for (int i = 0; i < nargs; i++)
			v[i] = args[i].value;
		msg = emit_tuple(l, v, nargs, at);
	} else {
		msg = emit_str(l, "", at);
	}
	if (msg && msg->type->kind != TYPE_STR)
		msg = emit_op(l, "aten::str", &msg, 1, at);
	if (msg && !f.name) { // AssertionError: its name is part of the text
		Value *both[2] = {emit_str(l, "AssertionError: ", at), msg};
		msg = emit_op(l, "aten::add", both, 2, at);
	}
	if (!msg)
		return lower_failed(l);
	*out = f;
	out->value = msg;
	return STATUS_OK;
}

Status call_sugar(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out)
{
	switch (f.kind) {
	case SUGAR_OP:
		// Such operators have no argument "self" for the receiver; it is their only one.
		if (f.value && !nargs && f.value->type->kind == TYPE_CLASS && f.value->type->cls->native)
			return emit_op_full(l, f.name, NULL, &(NamedValue){.value = f.value}, 1, kw, nkw, at, out);
		return emit_op_full(l, f.name, f.value, args, nargs, kw, nkw, at, out);
	case SUGAR_FUNCTION:
		return call_function(l, f.fn, NULL, args, nargs, kw, nkw, at, out);
	case SUGAR_METHOD:
		return call_function(l, f.fn, f.value, args, nargs, kw, nkw, at, out);
	case SUGAR_TYPE:
		return construct(l, f.type, args, nargs, kw, nkw, at, out);
	case SUGAR_CLOSURE:
		return call_closure(l, f, args, nargs, kw, nkw, at, out);
	case SUGAR_EXCEPTION:
		return raise_message(l, f, args, nargs, at, out);
	case SUGAR_OBJECT:
	case SUGAR_UNBOUND:
	case SUGAR_CHOICE:
	case SUGAR_DISPATCH:
	case SUGAR_MEMBERS:
		return script_call_sugar(l, f, args, nargs, kw, nkw, at, out);
	case SUGAR_VALUE:
		if (l->fe->script && f.value->type->kind == TYPE_CLASS && f.value->type->cls->is_module)
			return script_call_sugar(l, f, args, nargs, kw, nkw, at, out);
		if (f.value->type->kind == TYPE_CLASS || f.value->type->kind == TYPE_INTERFACE) {
			const ClassType *c = f.value->type->cls;
			Function *m = class_find_method(c, c->is_module && l->fe->dialect == DIALECT_PYTHON
				? "forward" : "__call__");
			if (m)
				return call_function(l, m, f.value, args, nargs, kw, nkw, at, out);
		}
		// fall through
	default: {
		if (f.kind == SUGAR_NAMESPACE && !strncmp(f.name, "torch.", 6) && !strchr(f.name + 6, '.'))
			return fail_at(l->err, STATUS_COMPILE, at, "Unknown builtin op: aten::%s", f.name + 6);
		if (f.kind == SUGAR_NAMESPACE)
			return fail_at(l->err, STATUS_COMPILE, at, "there is no function '%s'", f.name);
		char *s = f.kind == SUGAR_VALUE ? type_str_repr(f.value->type) : NULL;
		Status st = f.kind == SUGAR_UNDEFINED ? fail_at(l->err, STATUS_COMPILE, at, "%s", f.name)
			: fail_at(l->err, STATUS_COMPILE, at, "'%s' object is not callable", s ? s : "this");
		free(s);
		return st;
	}
	}
}

static const Schema *hints_of(Lower *l, const Sugar *f, Range at, int *skip, Status *st)
{
	Function *fn = NULL;
	*skip = 0;
	*st = STATUS_OK;
	if (f->kind == SUGAR_FUNCTION) {
		fn = f->fn;
	} else if (f->kind == SUGAR_METHOD) {
		fn = f->fn;
		*skip = 1;
	} else if (f->kind == SUGAR_TYPE && f->type->kind == TYPE_CLASS) {
		fn = class_find_method(f->type->cls, "__init__");
		*skip = 1;
	} else if (f->kind == SUGAR_VALUE && f->value->type->kind == TYPE_CLASS) {
		fn = class_find_method(f->value->type->cls, "forward");
		*skip = 1;
	}
	if (!fn)
		return NULL;
	*st = ensure_called(l, fn, at);
	return *st == STATUS_OK ? fn->schema : NULL;
}

Status lower_call(Lower *l, const Expr *e, const Type *hint, Sugar *out)
{
	Sugar f;
	Status formatted;
	if (lower_format_call(l, e, out, &formatted))
		return formatted;
	TRY(lower_expr(l, e->a, NULL, &f));
	if (f.kind == SUGAR_FORM)
		return lower_form(l, f, e, hint, out);
	bool found = false;
	if (f.kind == SUGAR_OBJECT || f.kind == SUGAR_MEMBERS)
		TRY(script_call_early(l, f, e, &found, out));
	if (found)
		return STATUS_OK;
	NamedValue *args, *kw;
	int nargs, nkw, skip;
	Status st;
	const Schema *hints = hints_of(l, &f, e->at, &skip, &st);
	TRY(st);
	TRY(lower_args(l, e, hints, skip, &args, &nargs, &kw, &nkw));
	return call_sugar(l, f, args, nargs, kw, nkw, e->at, out);
}
