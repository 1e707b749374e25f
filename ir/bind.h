// SPDX-License-Identifier: BSD-3-Clause
// Type variables of schemas: what "t" is, given the types of the arguments.
#ifndef WICK_IR_BIND_H
#define WICK_IR_BIND_H

#include "core/type.h"

#define MAX_BINDINGS 8
typedef struct Bindings {
	const char *names[MAX_BINDINGS];
	const Type *types[MAX_BINDINGS];
	int n;
} Bindings;

// Binds the variables in formal so that actual fits it; false when it cannot.  A type without variables
// asks for a subtype.  A variable that is bound already widens to the common type of the two.
bool bind_type(TypePool *pool, const Type *formal, const Type *actual, Bindings *vars);
// The type with its variables replaced; variables that nothing bound become Any.
const Type *bound_type(TypePool *pool, const Type *t, const Bindings *vars);
bool type_has_vars(const Type *t);

#endif
