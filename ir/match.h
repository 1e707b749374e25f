// SPDX-License-Identifier: BSD-3-Clause
// Overload matching (language document §5): which schema a call means, and the conversions that make it fit.
#ifndef WICK_IR_MATCH_H
#define WICK_IR_MATCH_H

#include "ir/function.h"

typedef struct NamedValue { const char *name; Value *value; Range at; } NamedValue; // name NULL = positional

typedef struct Match {
	const Schema *schema;
	const Op *op;           // NULL when matching a user function
	Value **inputs;         // arena array, one per schema argument (defaults materialised as constants), then varargs
	int ninputs;
	const Type **rets;      // result types with type variables bound
	int nrets;
} Match;

// Nodes for conversions (aten::Int, list packing, constants for defaults …) are appended to `b` only for the
// schema that wins.  With convert false only exact matches count.  why collects the reason on failure
// (may be NULL).  self, if not NULL, binds to the first argument named self.
bool match_schema(Block *b, const Schema *s, Range at, Value *self, const NamedValue *args, int nargs,
	const NamedValue *kwargs, int nkwargs, bool convert, Match *out, Text *why);
// All overloads of an op name, in order, without and then with conversions; the error lists every variant.
Status match_op(Block *b, const char *name, Range at, Value *self, const NamedValue *args, int nargs,
	const NamedValue *kwargs, int nkwargs, Match *out, Error *err);
// Creates and appends the node for a match; returns it.
Node *match_emit_op(Block *b, const Match *m, Range at);
// Adapts one value to a formal's type (implicit conversions of §5.1); NULL if impossible.
Value *match_convert(Block *b, Value *v, const Type *want, Range at, bool convert, Text *why);

#endif
