// SPDX-License-Identifier: BSD-3-Clause
// Inside of the code printer: one function body while it is being written.  Inner header of format/script_*.c.
#ifndef WICK_FORMAT_SCRIPT_BODY_H
#define WICK_FORMAT_SCRIPT_BODY_H

#include "format/script.h"

// Node.scratch
enum { PLACE_STATEMENT, PLACE_NESTED, PLACE_SILENT };

typedef struct Body {
	Script *code;
	Graph *g;               // a copy in canonical form
	const char **text;      // by id of a value: how a use of it is written
	// Nodes that are to be nested into their one use and whose text waits for it, in order of evaluation.
	Node **pending;
	int npending, cap_pending;
	Map names;              // taken
	Map suffixes;           // base → next suffix + 1
	Arena arena;
	Text *out;
	int indent;
} Body;

// script_canonical.c
// Brings a copy of a function's graph into a form that statements can express: no loop has both a count and a
// condition, nothing is carried that does not change, nothing unused is left.
Status graph_canonicalize(Graph *g, Error *err);
// script_target.c: what the target does not know, in the words that it does.
void graph_retarget(Graph *g, ScriptTarget target);
// A loop that is a "for": its condition is always true.
bool loop_is_for(const Node *loop);

// script_nest.c: decides which nodes are written inside the expression that uses them, and marks all others.
void body_nest(Body *b);

// script_expr.c
Status body_use(Body *b, const Value *v, Text *out);
// As a member of something whose type does not tell that of the member: None gets its type.
Status body_use_typed(Body *b, const Value *v, const Type *want, Text *out);
bool argument_is_default(const Value *v, const Arg *a); // and so can be left out, if all that follow can
Status body_expression(Body *b, const Node *n, Text *out);

#endif
