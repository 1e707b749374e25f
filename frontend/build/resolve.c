// SPDX-License-Identifier: BSD-3-Clause
// Names to places, once per text, before it runs.
//
// First walk: a tree of scopes, each with the names that it binds, and a list of all uses.  Then every name that a scope
// uses but does not bind is looked for in the functions around it; where one has it, the variable becomes a cell there,
// and every frame between hands the cell on.  Then slots and cells are numbered and each use is given its place.
// List, set and dict comprehensions are scopes without a frame: their names are slots of the frame around them.
#include "frontend/build/frame.h"

#include <stdlib.h>
#include <string.h>

typedef struct Scope Scope;

typedef struct Symbol {
	StrObj *name;
	bool bound, is_param, global, nonlocal, captured; // captured: some inner frame uses it
	bool inherited;     // comes in a cell from an outer frame
	bool seen;          // used by the body itself, not only handed on
	int index;          // slot or cell
} Symbol;

typedef struct NameUse {
	NamePlace *place;
	Symbol *symbol;
	Scope *scope;
	bool of_comp;       // in a class body's comprehension: the class's names do not count
} NameUse;

struct Scope {
	PyScope *py;
	ScopeKind kind;
	Scope *outer;       // where it is written
	Scope *frame;       // itself, or for a comprehension what has the frame
	Symbol **symbols;
	int n, cap;
	Map by_name;
	const ParamList *params;
};

typedef struct Resolver {
	Build *b;
	Arena *arena;       // of the Ast
	Arena scratch;
	Scope **scopes;     // outer before inner
	int n, cap;
	NameUse *uses;
	int nuses, cap_uses;
	const char *cls;    // innermost class, for private names
} Resolver;

static void expr(Resolver *r, Scope *s, Expr *e);
static void block(Resolver *r, Scope *s, const StmtList *body);

static StrObj *name_of(Resolver *r, const char *name)
{
	size_t n = strlen(name);
	if (r->cls && name[0] == '_' && name[1] == '_' && !(n > 3 && name[n - 1] == '_' && name[n - 2] == '_')) {
		const char *cls = r->cls;
		while (*cls == '_')
			cls++;
		if (*cls)
			return py_intern(r->b, arena_printf(&r->scratch, "_%s%s", cls, name));
	}
	return py_intern(r->b, name);
}

static Symbol *symbol(Resolver *r, Scope *s, StrObj *name)
{
	Symbol *y = map_getn(&s->by_name, name->s, (size_t)name->n);
	if (!y) {
		y = arena_new(&r->scratch, Symbol);
		y->name = name;
		y->index = -1;
		map_setn(&s->by_name, name->s, (size_t)name->n, y);
		ARENA_PUSH(&r->scratch, s->symbols, s->n, s->cap, y);
	}
	return y;
}

static void use_of(Resolver *r, Scope *s, StrObj *name, NamePlace *place, bool of_comp)
{
	Symbol *y = symbol(r, s, name);
	y->seen = true;
	place->sym = name;
	VEC_PUSH(r->uses, r->nuses, r->cap_uses, (NameUse){place, y, s, of_comp});
}

static void bind(Resolver *r, Scope *s, const char *name, NamePlace *place)
{
	StrObj *interned = name_of(r, name);
	symbol(r, s, interned)->bound = true;
	use_of(r, s, interned, place, false);
}

static void load(Resolver *r, Scope *s, const char *name, NamePlace *place)
{
	use_of(r, s, name_of(r, name), place, false);
	if (!strcmp(name, "super") && s->frame->kind == SCOPE_FUNCTION)
		symbol(r, s->frame, py_intern(r->b, "__class__"))->seen = true;
}

static Scope *scope_new(Resolver *r, ScopeKind kind, Scope *outer)
{
	Scope *s = arena_new(&r->scratch, Scope);
	s->py = arena_new(r->arena, PyScope);
	s->py->kind = s->kind = kind;
	s->outer = outer;
	s->frame = kind == SCOPE_COMP ? outer->frame : s;
	s->py->outer = outer ? outer->frame->py : NULL;
	s->py->class_cell = s->py->varargs = s->py->kwargs = -1;
	VEC_PUSH(r->scopes, r->n, r->cap, s);
	return s;
}

static const char *qualname(Resolver *r, const Scope *outer, const char *name)
{
	for (outer = outer->frame; outer && outer->kind == SCOPE_GENERATOR; outer = outer->outer ? outer->outer->frame : NULL)
		;
	if (!outer || !outer->py->qualname)
		return name;
	return arena_printf(r->arena, outer->kind == SCOPE_CLASS ? "%s.%s" : "%s.<locals>.%s", outer->py->qualname, name);
}

static void exprs(Resolver *r, Scope *s, const ExprList *list)
{
	for (int i = 0; i < list->n; i++)
		expr(r, s, list->items[i]);
}

static void target(Resolver *r, Scope *s, Expr *e)
{
	switch (e->kind) {
	case EX_NAME:
		bind(r, s, e->name, &e->place);
		break;
	case EX_TUPLE: case EX_LIST:
		for (int i = 0; i < e->list.n; i++)
			target(r, s, e->list.items[i]);
		break;
	case EX_STAR:
		target(r, s, e->a);
		break;
	default:
		expr(r, s, e);
	}
}

static void clauses(Resolver *r, Scope *outer, Scope *s, Comprehension *c, Expr *e)
{
	expr(r, outer, c->iter);
	for (Comprehension *k = c; k; k = k->next) {
		if (k != c)
			expr(r, s, k->iter);
		target(r, s, k->target);
		exprs(r, s, &k->conds);
	}
	if (e->a)
		expr(r, s, e->a);
	if (e->b)
		expr(r, s, e->b);
}

static void parameters(Resolver *r, Scope *s, const ParamList *params)
{
	PyScope *py = s->py;
	s->params = params;
	py->simple = true;
	for (int i = 0; i < params->n; i++) {
		Param *p = &params->items[i];
		if (p->kind == PARAM_PLAIN || p->kind == PARAM_POSONLY)
			py->npos++;
		if (p->kind != PARAM_PLAIN)
			py->simple = false;
		if (p->kind == PARAM_VARARGS)
			py->varargs = i;
		if (p->kind == PARAM_KWARGS)
			py->kwargs = i;
		StrObj *name = name_of(r, p->name);
		Symbol *y = symbol(r, s, name);
		y->bound = y->is_param = true;
		y->index = i; // parameters stand in the first slots
		p->place.sym = name;
	}
}

static void defaults(Resolver *r, Scope *s, const ParamList *params)
{
	for (int i = 0; i < params->n; i++)
		if (params->items[i].def)
			expr(r, s, params->items[i].def);
}

static void expr(Resolver *r, Scope *s, Expr *e)
{
	switch (e->kind) {
	case EX_NAME:
		load(r, s, e->name, &e->place);
		return;
	case EX_STR:
		e->place.sym = py_intern_n(r->b, e->str, e->len);
		return;
	case EX_ATTR:
		e->place.sym = name_of(r, e->name);
		break;
	case EX_WALRUS: {
		expr(r, s, e->a);
		Scope *to = s;
		while (to->kind == SCOPE_COMP || to->kind == SCOPE_GENERATOR)
			to = to->outer;
		if (to == s->frame) {
			bind(r, to, e->name, &e->place);
		} else { // out of a generator expression: the variable is the function's
			StrObj *name = name_of(r, e->name);
			symbol(r, to, name)->bound = true;
			use_of(r, s, name, &e->place, false);
		}
		return;
	}
	case EX_LAMBDA: {
		defaults(r, s, e->params);
		Scope *inner = scope_new(r, SCOPE_FUNCTION, s);
		inner->py->qualname = qualname(r, s, "<lambda>");
		e->scope = inner->py;
		parameters(r, inner, e->params);
		expr(r, inner, e->a);
		return;
	}
	case EX_LISTCOMP: case EX_SETCOMP: case EX_DICTCOMP: case EX_GENERATOR: {
		Scope *inner = scope_new(r, e->kind == EX_GENERATOR ? SCOPE_GENERATOR : SCOPE_COMP, s);
		if (e->kind == EX_GENERATOR)
			inner->py->qualname = qualname(r, s, "<genexpr>");
		e->scope = inner->py;
		clauses(r, s, inner, e->comp, e);
		return;
	}
	case EX_YIELD:
		s->frame->py->is_generator = true;
		break;
	default:
		break;
	}
	if (e->a)
		expr(r, s, e->a);
	if (e->c && e->kind == EX_TERNARY)
		expr(r, s, e->c);
	if (e->b)
		expr(r, s, e->b);
	if (e->c && e->kind != EX_TERNARY)
		expr(r, s, e->c);
	for (int i = 0; i < e->list.n; i++)
		if (e->list.items[i])
			expr(r, s, e->list.items[i]);
	exprs(r, s, &e->list2);
	for (int i = 0; i < e->nkw; i++) {
		if (e->kw[i].name)
			e->kw[i].sym = py_intern(r->b, e->kw[i].name);
		expr(r, s, e->kw[i].value);
	}
}

static void def(Resolver *r, Scope *s, Def *d)
{
	exprs(r, s, &d->decorators);
	defaults(r, s, &d->params);
	bind(r, s, d->name, &d->place);
	Scope *inner = scope_new(r, SCOPE_FUNCTION, s);
	inner->py->qualname = qualname(r, s, d->name);
	d->scope = inner->py;
	parameters(r, inner, &d->params);
	block(r, inner, &d->body);
	for (int i = 0; i < d->params.n; i++) // annotations are evaluated when asked for, where the def stands
		if (d->params.items[i].type)
			expr(r, s, d->params.items[i].type);
	if (d->ret)
		expr(r, s, d->ret);
}

static void class_statement(Resolver *r, Scope *s, ClassDef *c)
{
	exprs(r, s, &c->decorators);
	exprs(r, s, &c->bases);
	for (int i = 0; i < c->nkw; i++) {
		if (c->kw[i].name)
			c->kw[i].sym = py_intern(r->b, c->kw[i].name);
		expr(r, s, c->kw[i].value);
	}
	bind(r, s, c->name, &c->place);
	Scope *inner = scope_new(r, SCOPE_CLASS, s);
	inner->py->qualname = qualname(r, s, c->name);
	c->scope = inner->py;
	const char *outer = r->cls;
	r->cls = c->name;
	block(r, inner, &c->body);
	r->cls = outer;
}

static void statement(Resolver *r, Scope *s, Stmt *t)
{
	switch (t->kind) {
	case ST_DEF:
		def(r, s, t->def);
		return;
	case ST_CLASS:
		class_statement(r, s, t->cls);
		return;
	case ST_IMPORT: case ST_FROM:
		for (int i = 0; i < t->nnames; i++) {
			ImportName *n = &t->names[i];
			const char *name = n->as ? n->as : n->name;
			if (!strcmp(name, "*"))
				continue;
			const char *dot = t->kind == ST_IMPORT && !n->as ? strchr(name, '.') : NULL;
			bind(r, s, dot ? arena_strndup(r->arena, name, (size_t)(dot - name)) : name, &n->place);
		}
		return;
	case ST_GLOBAL: case ST_NONLOCAL:
		for (int i = 0; i < t->nnames; i++) {
			Symbol *y = symbol(r, s, name_of(r, t->names[i].name));
			if (t->kind == ST_GLOBAL)
				y->global = true;
			else
				y->nonlocal = true;
		}
		return;
	case ST_FOR:
		expr(r, s, t->value);
		target(r, s, t->targets.items[0]);
		break;
	case ST_ASSIGN: case ST_DEL: case ST_AUGASSIGN: case ST_ANNASSIGN:
		if (t->value)
			expr(r, s, t->value);
		for (int i = 0; i < t->targets.n; i++)
			target(r, s, t->targets.items[i]);
		if (t->type)
			expr(r, s, t->type);
		break;
	default:
		if (t->value)
			expr(r, s, t->value);
		if (t->cond)
			expr(r, s, t->cond);
	}
	for (int i = 0; i < t->nitems; i++) {
		expr(r, s, t->items[i].value);
		if (t->items[i].target)
			target(r, s, t->items[i].target);
	}
	block(r, s, &t->body);
	for (int i = 0; i < t->nhandlers; i++) {
		Handler *h = &t->handlers[i];
		if (h->type)
			expr(r, s, h->type);
		if (h->name)
			bind(r, s, h->name, &h->place);
		block(r, s, &h->body);
	}
	block(r, s, &t->orelse);
	block(r, s, &t->finally_);
}

static void block(Resolver *r, Scope *s, const StmtList *body)
{
	for (int i = 0; i < body->n; i++)
		statement(r, s, body->items[i]);
}

// ---- from uses to cells

static bool binds(const Scope *s, const Symbol *y)
{
	if (!y || y->global || y->nonlocal)
		return false;
	return s->kind == SCOPE_TEXT ? false : y->bound;
}

// The symbol that y, used in s but not bound there, means: of a scope around s that has a frame or is a comprehension.
static Symbol *find_outer(Resolver *r, Scope *s, Symbol *y, Scope **where)
{
	for (Scope *o = s->outer; o; o = o->outer) {
		Symbol *f = map_getn(&o->by_name, y->name->s, (size_t)y->name->n);
		if (o->kind == SCOPE_TEXT)
			break;
		if (o->kind == SCOPE_CLASS) {
			if (strcmp(y->name->s, "__class__") || s->frame == o)
				continue;
			f = symbol(r, o, y->name);
			f->captured = true;
			*where = o;
			return f;
		}
		if (f && f->global)
			return NULL;
		if (binds(o, f)) {
			*where = o;
			return f;
		}
	}
	return NULL;
}

// Every frame from s out to the one that has the variable carries its cell.
static void capture(Resolver *r, Scope *s, Symbol *y)
{
	Scope *where = NULL;
	Symbol *found = find_outer(r, s, y, &where);
	if (!found)
		return;
	if (where->frame == s->frame) // a comprehension's own frame has it: found again when the place is given
		return;
	found->captured = true;
	for (Scope *k = s->frame; k != where->frame; k = k->outer->frame) {
		Symbol *passed = symbol(r, k, y->name);
		if (k->kind == SCOPE_CLASS || !binds(k, passed))
			passed->inherited = true;
	}
}

static void number(Resolver *r, Scope *s)
{
	PyScope *py = s->frame->py;
	bool function = s->kind != SCOPE_TEXT && s->kind != SCOPE_CLASS;
	if (s->kind == SCOPE_COMP) {
		s->py->first_cell = py->ncells;
		s->py->first_slot = py->nslots;
	} else if (s->params) {
		py->nslots = s->params->n;
	}
	for (int i = 0; i < s->n; i++) {
		Symbol *y = s->symbols[i];
		if (function && binds(s, y)) {
			if (y->captured) {
				if (y->is_param) {
					if (!py->param_cells) {
						py->param_cells = arena_array(r->arena, int, s->params->n);
						for (int k = 0; k < s->params->n; k++)
							py->param_cells[k] = -1;
					}
					py->param_cells[y->index] = py->ncells;
				}
				y->index = py->ncells++;
			} else if (!y->is_param) {
				y->index = py->nslots++;
			}
		} else if (s->kind == SCOPE_CLASS && y->captured) { // __class__
			y->index = py->class_cell = py->ncells++;
		}
	}
	s->py->cell_count = s->kind == SCOPE_COMP ? py->ncells - s->py->first_cell : 0;
	s->py->slot_count = s->kind == SCOPE_COMP ? py->nslots - s->py->first_slot : 0;
}

// Cells from outside come after the frame's own, so this waits until all comprehensions have been numbered.
static void number_inherited(Resolver *r, Scope *s)
{
	PyScope *py = s->py;
	int n = 0;
	for (int i = 0; i < s->n; i++)
		n += s->symbols[i]->inherited;
	py->free = arena_array(r->arena, int, n + 1);
	py->cell_names = arena_array(r->arena, StrObj *, py->ncells + n + 1);
	py->slot_names = arena_array(r->arena, StrObj *, py->nslots + 1);
	for (int i = 0; i < s->n; i++) {
		Symbol *y = s->symbols[i];
		if (!y->inherited)
			continue;
		Scope *o = s->outer;
		Symbol *f = NULL;
		for (;; o = o->outer) { // the next frame out has it: in itself, or in a comprehension in between
			f = map_getn(&o->by_name, y->name->s, (size_t)y->name->n);
			if (f && (f->inherited || f->captured) && f->index >= 0 && (o->kind != SCOPE_CLASS || f->inherited ||
				o->py->class_cell >= 0))
				break;
			if (o == s->outer->frame)
				break;
		}
		int own = py->ncells + py->nfree;
		py->free[py->nfree++] = f ? f->index : 0;
		py->cell_names[own] = y->name;
		y->index = own;
		if (!strcmp(y->name->s, "__class__"))
			py->class_cell = own;
	}
}

static void place_set(NameUse *u)
{
	Symbol *y = u->symbol;
	Scope *s = u->scope;
	NamePlace *p = u->place;
	p->slot = -1;
	p->where = PLACE_GLOBAL;
	if (s->kind == SCOPE_COMP && !binds(s, y)) { // what the scope around it makes of the name
		Scope *o = s->outer;
		for (; o->kind == SCOPE_COMP; o = o->outer) {
			Symbol *f = map_getn(&o->by_name, y->name->s, (size_t)y->name->n);
			if (binds(o, f)) {
				s = o;
				y = f;
				break;
			}
		}
		if (s->kind == SCOPE_COMP && s == u->scope) {
			s = o;
			y = map_getn(&o->by_name, y->name->s, (size_t)y->name->n);
			if (!y)
				return;
			if (s->kind == SCOPE_CLASS) { // a class's names are not seen from its comprehensions
				if (y->inherited && y->index >= 0) {
					p->where = PLACE_CELL;
					p->slot = y->index;
				}
				return;
			}
		}
	}
	if (s->kind == SCOPE_TEXT || y->global)
		return;
	if (y->inherited) {
		p->where = s->kind == SCOPE_CLASS && !y->nonlocal ? PLACE_CLASS : PLACE_CELL;
		p->slot = y->index;
	} else if (s->kind == SCOPE_CLASS) {
		p->where = PLACE_CLASS;
	} else if (y->bound) {
		p->where = y->captured ? PLACE_CELL : PLACE_SLOT;
		p->slot = y->index;
	}
}

static void finish(Resolver *r)
{
	// uses within comprehensions of names from further out concern the frame
	for (int k = 0; k < r->n; k++) {
		Scope *s = r->scopes[k];
		if (s->kind != SCOPE_COMP)
			continue;
		for (int i = 0; i < s->n; i++)
			if (!binds(s, s->symbols[i]))
				symbol(r, s->frame, s->symbols[i]->name);
	}
	for (int k = 0; k < r->n; k++) {
		Scope *s = r->scopes[k];
		for (int i = 0; i < s->n; i++)
			if (!s->symbols[i]->global && !binds(s, s->symbols[i]) && s->kind != SCOPE_TEXT)
				capture(r, s, s->symbols[i]);
	}
	for (int k = 0; k < r->n; k++)
		number(r, r->scopes[k]);
	for (int k = 0; k < r->n; k++)
		if (r->scopes[k]->kind != SCOPE_COMP)
			number_inherited(r, r->scopes[k]);
	for (int k = 0; k < r->n; k++) {
		Scope *s = r->scopes[k];
		for (int i = 0; i < s->n; i++) {
			Symbol *y = s->symbols[i];
			if (y->index < 0 || y->inherited || s->kind == SCOPE_TEXT)
				continue;
			if (y->captured)
				s->frame->py->cell_names[y->index] = y->name;
			else if (binds(s, y) && s->kind != SCOPE_CLASS)
				s->frame->py->slot_names[y->index] = y->name;
		}
	}
	for (int i = 0; i < r->nuses; i++)
		place_set(&r->uses[i]);
	for (int k = 0; k < r->n; k++)
		map_free(&r->scopes[k]->by_name);
	free(r->scopes);
	free(r->uses);
	arena_free(&r->scratch);
}

PyScope *resolve_text(Build *b, Ast *ast)
{
	Resolver r = {.b = b, .arena = &ast->arena};
	Scope *top = scope_new(&r, SCOPE_TEXT, NULL);
	PyScope *py = top->py;
	block(&r, top, &ast->body);
	finish(&r);
	return py;
}

PyScope *resolve_expr(Build *b, Ast *ast, Expr *e)
{
	Resolver r = {.b = b, .arena = &ast->arena};
	Scope *top = scope_new(&r, SCOPE_TEXT, NULL);
	PyScope *py = top->py;
	expr(&r, top, e);
	finish(&r);
	return py;
}
