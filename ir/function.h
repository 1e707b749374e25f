// SPDX-License-Identifier: BSD-3-Clause
// Functions and compilation units.
#ifndef WICK_IR_FUNCTION_H
#define WICK_IR_FUNCTION_H

#include "ir/graph.h"

typedef struct Unit Unit;

typedef struct Function {
	const char *name;       // qualified: "__torch__.M.forward"; short name after the last dot
	const char *short_name;
	Unit *unit;
	const Type *self;       // class for methods, else NULL
	Schema *schema;         // NULL until declared; args include self for methods
	Graph *graph;           // NULL until compiled
	// Compiles schema and graph on first need; set by the frontend.  Called once; later calls return the
	// first result.  Recursion is detected and refused.
	Status (*define)(struct Function *f, Error *err);
	void *define_arg;
	_Atomic int state;      // 0 undeclared, 1 in progress, 2 done, 3 failed
	Error error;            // why it failed; every later call reports it again
	void *code;             // the interpreter's compiled form, made on first call
	void (*free_code)(void *code);
	Range at;               // of the def
} Function;

// What one archive or one source file defines.  Reference counted; objects keep the unit's types alive
// through the TypePool, models keep the unit.
struct Unit {
	_Atomic uint32_t refs;
	TypePool *pool;
	Arena arena;
	Map functions;          // qualified name → Function *
	Function **list;        // all functions, methods included, in order of creation
	int n, cap;
	int64_t version;        // archive file version (operator upgraders); 10 for new source
	IValue *constants;      // CONSTANTS.cN; owned
	int nconstants;
	void *mutex;            // recursive; held while a function of the unit is being compiled
	void *frontend;         // frontend state, freed by free_frontend
	void (*free_frontend)(void *);
};

Unit *unit_new(void);
Unit *unit_ref(Unit *u);
void unit_unref(Unit **u);
Function *unit_function(Unit *u, const char *qualified);      // NULL when absent
Function *unit_add_function(Unit *u, const char *qualified, const Type *self);
// Runs define if needed.  Threads may call it at once for functions of one unit.  A function whose compilation needs
// itself is refused, as PyTorch does.
Status function_ensure(Function *f, Error *err);

#endif
