// SPDX-License-Identifier: BSD-3-Clause
// Binding type variables: a parallel walk over a schema's type and an argument's.
#include "ir/bind.h"

#include <string.h>

bool type_has_vars(const Type *t)
{
	if (t->kind == TYPE_VAR)
		return true;
	for (int i = 0; i < t->n; i++)
		if (type_has_vars(t->elem[i]))
			return true;
	return false;
}

static int find(const Bindings *vars, const char *name)
{
	for (int i = 0; i < vars->n; i++)
		if (!strcmp(vars->names[i], name))
			return i;
	return -1;
}

bool bind_type(TypePool *pool, const Type *formal, const Type *actual, Bindings *vars)
{
	if (!type_has_vars(formal))
		return type_subtype(actual, formal, NULL);
	if (formal->kind == TYPE_VAR) {
		int i = find(vars, formal->name);
		if (i >= 0) {
			const Type *both = type_unify(pool, vars->types[i], actual, false);
			if (both)
				vars->types[i] = both;
			return both != NULL;
		}
		if (vars->n == MAX_BINDINGS)
			return false;
		vars->names[vars->n] = formal->name;
		vars->types[vars->n++] = actual;
		return true;
	}
	if (formal->kind == TYPE_OPTIONAL) {
		if (actual->kind == TYPE_NONE)
			return true;
		return bind_type(pool, formal->elem[0], actual->kind == TYPE_OPTIONAL ? actual->elem[0] : actual, vars);
	}
	if (formal->kind != actual->kind || formal->n != actual->n)
		return false;
	for (int i = 0; i < formal->n; i++)
		if (!bind_type(pool, formal->elem[i], actual->elem[i], vars))
			return false;
	return true;
}

const Type *bound_type(TypePool *pool, const Type *t, const Bindings *vars)
{
	if (!type_has_vars(t))
		return t;
	if (t->kind == TYPE_VAR) {
		int i = find(vars, t->name);
		return i >= 0 ? vars->types[i] : &type_any;
	}
	const Type *elem[8];
	for (int i = 0; i < t->n && i < 8; i++)
		elem[i] = bound_type(pool, t->elem[i], vars);
	switch (t->kind) {
	case TYPE_LIST:
		return type_list(pool, elem[0]);
	case TYPE_DICT:
		return type_dict(pool, elem[0], elem[1]);
	case TYPE_OPTIONAL:
		return type_optional(pool, elem[0]);
	case TYPE_FUTURE:
		return type_future(pool, elem[0]);
	case TYPE_AWAIT:
		return type_await(pool, elem[0]);
	case TYPE_TUPLE:
		return t->n <= 8 ? type_tuple(pool, elem, t->n) : &type_any;
	default:
		return &type_any;
	}
}
