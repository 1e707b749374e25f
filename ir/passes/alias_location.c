// SPDX-License-Identifier: BSD-3-Clause
// Locations: union-find with contents and writers, and the questions that passes ask about them.
#include "ir/passes/alias.h"

#include <stdlib.h>

static AliasKind merge_kinds(AliasKind a, AliasKind b)
{
	return a == K_NONE || a == b ? b : b == K_NONE ? a : K_ANY;
}

AliasKind alias_kind(const Type *t)
{
	AliasKind k = K_NONE;
	switch (t->kind) {
	case TYPE_TENSOR: case TYPE_STORAGE:
		return K_TENSOR;
	case TYPE_LIST: case TYPE_ANYLIST:
		return K_LIST;
	case TYPE_DICT:
		return K_DICT;
	case TYPE_OPTIONAL:
		return alias_kind(t->elem[0]);
	case TYPE_TUPLE: case TYPE_FUTURE: case TYPE_AWAIT:
		for (int i = 0; i < t->n; i++)
			if (alias_kind(t->elem[i]) != K_NONE)
				return K_TUPLE;
		return K_NONE;
	case TYPE_CLASS: case TYPE_INTERFACE: case TYPE_ANYCLASS: case TYPE_CAPSULE: case TYPE_GENERATOR: case TYPE_RREF:
		return K_OBJECT;
	case TYPE_UNION:
		for (int i = 0; i < t->n; i++)
			k = merge_kinds(k, alias_kind(t->elem[i]));
		return k;
	case TYPE_ANY: case TYPE_ANYTUPLE: case TYPE_VAR:
		return K_ANY;
	default:
		return K_NONE;
	}
}

// The kind of what a value of type t holds.
AliasKind alias_content_kind(const Type *t)
{
	while (t->kind == TYPE_OPTIONAL)
		t = t->elem[0];
	AliasKind k = K_NONE;
	for (int i = t->kind == TYPE_DICT ? 1 : 0; i < t->n; i++)
		k = merge_kinds(k, alias_kind(t->elem[i]));
	return t->n ? k : K_ANY;
}

// May the value hold other mutable values?
bool alias_holds(const Type *t)
{
	AliasKind k = alias_kind(t);
	return (k == K_LIST || k == K_DICT || k == K_TUPLE || k == K_ANY) && alias_content_kind(t) != K_NONE;
}

int location_new(AliasDb *a, AliasKind kind)
{
	int self = a->n;
	VEC_PUSH(a->loc, a->n, a->cap, (Location){.parent = self, .content = -1, .first = -1, .last = -1,
		.kind = (uint8_t)kind});
	return self;
}

int location_root(const AliasDb *a, int i)
{
	while (a->loc[i].parent != i) {
		a->loc[i].parent = a->loc[a->loc[i].parent].parent;
		i = a->loc[i].parent;
	}
	return i;
}

int location_wildcard(AliasDb *a, AliasKind kind)
{
	if (a->wild[kind] < 0) {
		int w = location_new(a, kind);
		a->loc[w].wild = true;
		a->wild[kind] = w;
		if (kind == K_ANY) // may be any of the others
			for (int k = K_TENSOR; k < K_ANY; k++)
				location_unify(a, w, location_wildcard(a, (AliasKind)k));
	}
	return location_root(a, a->wild[kind]);
}

int location_content(AliasDb *a, int i, AliasKind kind)
{
	i = location_root(a, i);
	if (a->loc[i].wild)
		return location_wildcard(a, kind == K_NONE ? K_ANY : kind);
	if (a->loc[i].content < 0) {
		int c = location_new(a, kind);
		a->loc[i].content = c;
	}
	return location_root(a, a->loc[i].content);
}

// What two containers hold is unified in turn; the chain ends because every step removes a root.
void location_unify(AliasDb *a, int x, int y)
{
	for (;;) {
		x = location_root(a, x);
		y = location_root(a, y);
		if (x == y)
			return;
		if (a->loc[y].wild && !a->loc[x].wild) {
			int swap = x;
			x = y;
			y = swap;
		}
		Location *to = &a->loc[x], *from = &a->loc[y];
		from->parent = x;
		to->escapes |= from->escapes;
		if (from->first >= 0) {
			if (to->first < 0)
				to->first = from->first;
			else
				a->writers[to->last].next = from->first;
			to->last = from->last;
		}
		int cx = to->content, cy = from->content;
		bool wild = to->wild;
		if (to->kind != from->kind) {
			to->kind = K_ANY;
			if (wild)
				location_unify(a, x, location_wildcard(a, K_ANY));
		}
		if (wild && cy >= 0) {
			x = location_wildcard(a, (AliasKind)a->loc[location_root(a, cy)].kind);
			y = cy;
		} else if (cx >= 0 && cy >= 0) {
			x = cx;
			y = cy;
		} else {
			a->loc[location_root(a, x)].content = cx >= 0 ? cx : cy;
			return;
		}
	}
}

int location_of(const AliasDb *a, const Value *v)
{
	return v->id < a->nvalues ? a->of[v->id] : -1;
}

void location_add_writer(AliasDb *a, int i, const Node *n)
{
	if (i < 0)
		return;
	i = location_root(a, i);
	if (a->loc[i].last >= 0 && a->writers[a->loc[i].last].node == n)
		return;
	VEC_PUSH(a->writers, a->nwriters, a->cap_writers, (Writer){n, -1});
	Location *l = &a->loc[i];
	if (l->first < 0)
		l->first = a->nwriters - 1;
	else
		a->writers[l->last].next = a->nwriters - 1;
	l->last = a->nwriters - 1;
}

void alias_free(AliasDb **a)
{
	if (*a) {
		map_free(&(*a)->attributes);
		free((*a)->of);
		free((*a)->loc);
		free((*a)->writers);
		free(*a);
	}
	*a = NULL;
}

bool alias_may_alias(const AliasDb *a, const Value *x, const Value *y)
{
	int i = location_of(a, x), k = location_of(a, y);
	return i >= 0 && k >= 0 && location_root(a, i) == location_root(a, k);
}

// A container from outside holds other things from outside.
static bool wild_is_written(const AliasDb *a, const Location *loc)
{
	if (loc->kind == K_TENSOR)
		return loc->first >= 0;
	for (int k = K_TENSOR; k < KINDS; k++)
		if (a->wild[k] >= 0 && a->loc[location_root(a, a->wild[k])].first >= 0)
			return true;
	return false;
}

bool alias_is_written(const AliasDb *a, const Value *v)
{
	int l = location_of(a, v);
	for (int depth = 0; l >= 0 && depth < MAX_LEVELS; depth++) {
		const Location *loc = &a->loc[location_root(a, l)];
		if (loc->first >= 0)
			return true;
		if (loc->wild)
			return wild_is_written(a, loc);
		l = loc->content;
	}
	return l >= 0;
}

bool alias_escapes(const AliasDb *a, const Value *v)
{
	int l = location_of(a, v);
	return l >= 0 && (a->loc[location_root(a, l)].wild || a->loc[location_root(a, l)].escapes);
}

bool alias_is_mutable(const AliasDb *a, const Value *v)
{
	return location_of(a, v) >= 0;
}

bool alias_written_between(const AliasDb *a, const Value *v, const Node *from, const Node *to)
{
	int l = location_of(a, v);
	for (int depth = 0; l >= 0 && depth < MAX_LEVELS; depth++) {
		const Location *loc = &a->loc[location_root(a, l)];
		for (int w = loc->first; w >= 0; w = a->writers[w].next) {
			const Node *n = a->writers[w].node;
			while (n && n->block != from->block)
				n = n->block->owner;
			if (n && node_is_before(from, n) && node_is_before(n, to))
				return true;
		}
		if (loc->wild)
			return loc->kind != K_TENSOR && wild_is_written(a, loc); // not followed further: assume the worst
		l = loc->content;
	}
	return l >= 0;
}

int alias_location(const AliasDb *a, const Value *v)
{
	int l = location_of(a, v);
	return l >= 0 ? location_root(a, l) : -1;
}

int alias_content(const AliasDb *a, int location)
{
	int c = a->loc[location].content;
	return c >= 0 ? location_root(a, c) : -1;
}

bool alias_location_is_wild(const AliasDb *a, int location)
{
	return a->loc[location].wild;
}

int alias_location_count(const AliasDb *a)
{
	return a->n;
}

const Node *alias_writer(const AliasDb *a, int location, int *cursor)
{
	int w = *cursor == 0 ? a->loc[location].first : a->writers[*cursor - 1].next;
	*cursor = w + 1;
	return w >= 0 ? a->writers[w].node : NULL;
}
