// SPDX-License-Identifier: BSD-3-Clause
// Names.  A Variable is the stack of the bindings of one name, innermost on top; a Scope is the list of bindings made
// in it, so that leaving a scope unwinds exactly those.  Looking a name up is one hash look-up at any depth.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

void scope_push(Lower *l, Block *b, bool transparent)
{
	Scope *s = arena_new(&l->arena, Scope);
	s->parent = l->scope;
	s->block = l->block;
	s->transparent = transparent;
	l->scope = s;
	l->block = b;
}

Scope *scope_pop(Lower *l)
{
	Scope *s = l->scope;
	for (int i = s->n - 1; i >= 0; i--)
		s->items[i]->var->top = s->items[i]->hidden;
	l->scope = s->parent;
	l->block = s->block;
	return s;
}

Binding *scope_find(Lower *l, const char *name)
{
	Variable *v = map_get(&l->variables, name);
	return v ? v->top : NULL;
}

static const Scope *logical(const Scope *s)
{
	while (s->transparent && s->parent)
		s = s->parent;
	return s;
}

void scope_merge(Scope *s)
{
	s->transparent = true;
	for (int i = 0; i < s->n; i++) {
		Binding *b = s->items[i];
		if (b->outer && b->hidden && logical(b->hidden->scope) == logical(s))
			b->outer = b->hidden->outer;
	}
}

static Binding *bind(Lower *l, const char *name, Sugar s)
{
	Variable *v = map_get(&l->variables, name);
	if (!v) {
		v = arena_new(&l->arena, Variable);
		v->name = name;
		map_set(&l->variables, name, v);
	}
	Binding *old = v->top;
	if (old && old->scope == l->scope) {
		old->s = s;
		old->refined = false;
		return old;
	}
	Binding *b = arena_new(&l->arena, Binding);
	b->s = s;
	b->var = v;
	b->scope = l->scope;
	b->hidden = old;
	if (old) {
		if (logical(old->scope) == logical(l->scope))
			b->outer = old->outer;
		else if (old->s.kind == SUGAR_VALUE)
			b->outer = old->s.value->type;
	}
	v->top = b;
	ARENA_PUSH(&l->arena, l->scope->items, l->scope->n, l->scope->cap, b);
	return b;
}

void scope_bind(Lower *l, const char *name, Sugar s)
{
	bind(l, name, s);
}

void scope_refine(Lower *l, const char *name, const Type *t, Range at)
{
	Binding *b = scope_find(l, name);
	if (!b || b->s.kind != SUGAR_VALUE || type_equal(b->s.value->type, t))
		return;
	Value *from = b->refined && b->refined_from ? b->refined_from : b->s.value;
	bool was_refined = b->refined || b->scope != l->scope;
	Value *v = emit_cast(l, b->s.value, t, at);
	v->name = b->s.value->name;
	Binding *n = bind(l, name, sugar_of(v));
	// A value that was assigned in this very scope stays an assignment; its name just has a narrower type now.
	if (was_refined) {
		n->refined = true;
		n->refined_from = from;
	}
}

static Status not_first_class(Lower *l, const char *name, Range at)
{
	return fail_at(l->err, STATUS_COMPILE, at, "Cannot re-assign '%s' because it is not a first-class value. Only "
		"reassignments to first-class values are allowed", name);
}

Status scope_assign(Lower *l, const char *name, Sugar s, const Type *annotated, Range at)
{
	Binding *old = scope_find(l, name);
	const Type *outer = NULL;
	if (old && old->s.kind != SUGAR_UNDEFINED) {
		if (logical(old->scope) == logical(l->scope)) {
			outer = old->outer;
		} else {
			if (annotated)
				return fail_at(l->err, STATUS_COMPILE, at,
					"Attempting to declare and annotate the type of "
					"variable '%s' that is already defined in an outer block", name);
			if (s.kind != SUGAR_VALUE || old->s.kind != SUGAR_VALUE)
				return not_first_class(l, name, at);
			outer = old->s.value->type;
		}
	}
	if (s.kind == SUGAR_VALUE && (annotated || outer)) {
		const Type *want = annotated ? annotated : outer;
		Value *v = match_convert(l->block, s.value, want, at, outer != NULL, NULL);
		if (!v) {
			char *w = type_str_repr(want), *f = type_str_repr(s.value->type);
			Status st = annotated ? fail_at(l->err, STATUS_COMPILE, at,
				"Variable '%s' is annotated with type %s "
				"but is being assigned to a value of type %s", name, w, f)
				: fail_at(l->err, STATUS_COMPILE, at, "Variable '%s' previously had type %s but is "
				"now being "
				"assigned to a value of type %s", name, w, f);
			free(w);
			free(f);
			return st;
		}
		if (annotated && !type_equal(v->type, annotated))
			v = emit_cast(l, v, annotated, at);
		s.value = v;
	}
	if (s.kind == SUGAR_VALUE && !s.value->name && name[0] != '%')
		s.value->name = arena_strdup(&l->g->arena, name); // the graph outlives the tree
	bind(l, name, s)->outer = outer;
	return STATUS_OK;
}

static Sugar undefined(Lower *l, const char *fmt, const char *name, const char *a, const char *b)
{
	Text t = {0};
	for (const char *p = fmt; *p; p++) {
		if (*p != '%')
			text_addc(&t, *p);
		else {
			p++;
			text_add(&t, *p == 'n' ? name : *p == 'a' ? a : b);
		}
	}
	Sugar s = {.kind = SUGAR_UNDEFINED, .name = arena_strdup(&l->arena, text_str(&t))};
	text_free(&t);
	return s;
}

// The state of an exit flag on one side of an If.
static Value *flag_value(Lower *l, const Sugar *s, Block *b, Range at)
{
	if (s && s->kind == SUGAR_VALUE)
		return s->value;
	Block *save = l->block;
	l->block = b;
	Value *v = emit_bool(l, s && s->kind == SUGAR_FLAG && s->n, at);
	l->block = save;
	return v;
}

static void add_output(Lower *l, Node *branch, Variable *var, Value *t, Value *f, const Type *type)
{
	block_add_output(branch->blocks[0], t);
	block_add_output(branch->blocks[1], f);
	Value *out = node_add_output(branch, type, var->name[0] == '%' ? NULL : var->name);
	bind(l, var->name, sugar_of(out));
}

static void join_flag(Lower *l, Node *branch, Variable *var, Exit te, Exit fe, Range at)
{
	const Sugar *t = var->in_true ? &var->in_true->s : var->top ? &var->top->s : NULL;
	const Sugar *f = var->in_false ? &var->in_false->s : var->top ? &var->top->s : NULL;
	if (!strcmp(var->name, "%ret")) {
		Value *tv = t && t->kind == SUGAR_VALUE ? t->value : NULL, *fv = f && f->kind == SUGAR_VALUE
			? f->value : NULL;
		if (!tv && !fv)
			return;
		const Type *u = !tv ? fv->type : !fv ? tv->type : type_unify(l->pool, tv->type, fv->type, true);
		if (!u)
			u = l->declared_ret ? l->declared_ret : &type_any;
		if (!tv)
			tv = emit_uninitialized(l, branch->blocks[0], u, at);
		if (!fv)
			fv = emit_uninitialized(l, branch->blocks[1], u, at);
		add_output(l, branch, var, tv, fv, u);
		return;
	}
	if (te == EXIT_THROWS || fe == EXIT_THROWS) {
		const Sugar *live = te == EXIT_THROWS ? f : t;
		if (live && live->kind == SUGAR_FLAG) {
			bind(l, var->name, *live);
			return;
		}
	}
	bool tk = !t || t->kind == SUGAR_FLAG, fk = !f || f->kind == SUGAR_FLAG;
	int tn = t && tk ? t->n : 0, fn = f && fk ? f->n : 0;
	if (tk && fk && tn == fn) {
		bind(l, var->name, (Sugar){.kind = SUGAR_FLAG, .n = tn});
		return;
	}
	add_output(l, branch, var, flag_value(l, t, branch->blocks[0], at), flag_value(l, f, branch->blocks[1], at),
		&type_bool);
}

static bool same_sugar(const Sugar *a, const Sugar *b)
{
	return a->kind == b->kind && a->form == b->form && a->value == b->value && a->type == b->type &&
		a->fn == b->fn &&
		a->def == b->def && a->items == b->items &&
		(a->name == b->name || (a->name && b->name && !strcmp(a->name, b->name)));
}

// A value for one side: its own if that is usable, else a placeholder that is never read.
static Value *side_value(Lower *l, const Sugar *s, Exit e, Block *b, const Type *t, Range at)
{
	if (e != EXIT_THROWS && s && s->kind == SUGAR_VALUE && type_subtype(s->value->type, t, NULL))
		return s->value;
	return emit_uninitialized(l, b, t, at);
}

// What the surviving side of a branch learnt about a variable's type, after the branch.  The narrower value leaves through
// the branch: a cast behind it would also be reached where the test is known to fail, as when None is inlined.
static void carry_refinement(Lower *l, Node *branch, Variable *var, Value *v, bool in_true, Range at)
{
	Binding *b = var->top;
	Value *from = b->refined && b->refined_from ? b->refined_from : b->s.value;
	bool was_refined = b->refined || b->scope != l->scope;
	Value *other = emit_uninitialized(l, branch->blocks[in_true], v->type, at);
	add_output(l, branch, var, in_true ? v : other, in_true ? other : v, v->type);
	if (was_refined) {
		var->top->refined = true;
		var->top->refined_from = from;
	}
}

static Status join_variable(Lower *l, Node *branch, Variable *var, Exit te, Exit fe, Range at)
{
	Binding *tb = var->in_true, *fb = var->in_false, *outer = var->top;
	bool t_exits = te == EXIT_WILL || te == EXIT_THROWS, f_exits = fe == EXIT_WILL || fe == EXIT_THROWS;
	bool known_outside = outer && outer->s.kind != SUGAR_UNDEFINED;
	if (t_exits && f_exits && (!l->loops || !known_outside))
		return STATUS_OK;
	if ((!tb || tb->refined) && (!fb || fb->refined)) {
		// Nothing was assigned; where one side does not come back the other's narrower type holds.
		Binding *live = t_exits ? fb : f_exits ? tb : NULL;
		if (live && known_outside && outer->s.kind == SUGAR_VALUE && live->s.kind == SUGAR_VALUE &&
			t_exits != f_exits && !type_equal(outer->s.value->type, live->s.value->type))
			carry_refinement(l, branch, var, live->s.value, live == tb, at);
		return STATUS_OK;
	}
	const Sugar *t = tb ? &tb->s : outer ? &outer->s : NULL, *f = fb ? &fb->s : outer ? &outer->s : NULL;
	if (t && f && same_sugar(t, f) && (t->kind != SUGAR_VALUE || outer)) {
		if (!outer || !same_sugar(t, &outer->s))
			bind(l, var->name, *t);
		return STATUS_OK;
	}
	bool t_has = t && t->kind != SUGAR_UNDEFINED, f_has = f && f->kind != SUGAR_UNDEFINED;
	if (!t_has && !f_has)
		return STATUS_OK;
	const Sugar *one = t_exits && !f_exits ? (f_has ? f : NULL) : f_exits && !t_exits ? (t_has ? t : NULL) : NULL;
	if (one) {
		if (one->kind != SUGAR_VALUE) {
			bind(l, var->name, *one);
			return STATUS_OK;
		}
		const Type *type = one->value->type;
		const Sugar *other = one == t ? f : t;
		Exit other_exit = one == t ? fe : te;
		if (outer && outer->s.kind == SUGAR_VALUE && other_exit == EXIT_WILL && other &&
			other->kind == SUGAR_VALUE &&
			l->loops) {
			const Type *u = type_unify(l->pool, type, other->value->type, false);
			type = u ? u : outer->outer ? outer->outer : type;
		}
		Value *tv = side_value(l, t, one == t ? EXIT_WONT : te, branch->blocks[0], type, at);
		Value *fv = side_value(l, f, one == f ? EXIT_WONT : fe, branch->blocks[1], type, at);
		add_output(l, branch, var, tv, fv, type);
		return STATUS_OK;
	}
	if (!t_has || !f_has) {
		if (t_exits || f_exits)
			return STATUS_OK;
		bind(l, var->name, undefined(l, "%n is not defined in the %a branch", var->name, t_has ? "false"
			: "true", ""));
		return STATUS_OK;
	}
	if (t->kind != SUGAR_VALUE || f->kind != SUGAR_VALUE) {
		if (known_outside)
			return not_first_class(l, var->name, at);
		bind(l, var->name, undefined(l, "%n is set to different functions or classes in the branches of an "
			"if", var->name,
			"", ""));
		return STATUS_OK;
	}
	const Type *u = type_unify(l->pool, t->value->type, f->value->type, false);
	if (!u && outer) {
		const Type *want = outer->outer ? outer->outer : outer->s.kind == SUGAR_VALUE ? outer->s.value->type
			: NULL;
		if (want && type_subtype(t->value->type, want, NULL) && type_subtype(f->value->type, want, NULL))
			u = want;
	}
	if (!u) {
		char *ts = type_str_repr(t->value->type), *fs = type_str_repr(f->value->type);
		Sugar s = undefined(l, "Type mismatch: %n is set to type %a in the true branch and type %b in the "
			"false branch",
			var->name, ts, fs);
		free(ts);
		free(fs);
		if (known_outside)
			return fail_at(l->err, STATUS_COMPILE, at, "%s", s.name);
		bind(l, var->name, s);
		return STATUS_OK;
	}
	add_output(l, branch, var, t->value, f->value, u);
	return STATUS_OK;
}

Status scope_join(Lower *l, Node *branch, Scope *yes, Scope *no, Exit yes_exit, Exit no_exit, Range at)
{
	for (int i = 0; i < yes->n; i++)
		yes->items[i]->var->in_true = yes->items[i];
	for (int i = 0; i < no->n; i++)
		no->items[i]->var->in_false = no->items[i];
	Status st = STATUS_OK;
	for (int side = 0; side < 2; side++) {
		Scope *s = side ? no : yes;
		for (int i = 0; i < s->n; i++) {
			Variable *v = s->items[i]->var;
			if (side && v->in_true)
				continue;
			if (st == STATUS_OK) {
				if (v->name[0] == '%')
					join_flag(l, branch, v, yes_exit, no_exit, at);
				else
					st = join_variable(l, branch, v, yes_exit, no_exit, at);
			}
		}
	}
	for (int i = 0; i < yes->n; i++)
		yes->items[i]->var->in_true = NULL;
	for (int i = 0; i < no->n; i++)
		no->items[i]->var->in_false = NULL;
	return st;
}
