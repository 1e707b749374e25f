// SPDX-License-Identifier: BSD-3-Clause
// What stands behind the opaque types of wick.h.
#ifndef WICK_API_HANDLES_H
#define WICK_API_HANDLES_H

#include "wick.h"

#include "core/budget.h"
#include "core/exec.h"
#include "format/model.h"
#include "frontend/build/build.h"

struct wick_context {
	Error err;
	char *report;         // made on demand
	Generator *rng;
	size_t max_memory, peak;
	double max_time;
	Budget *_Atomic running; // of the call in progress, for wick_cancel
	wick_output_fn *print, *warn;
	void *print_user, *warn_user;
};

struct wick_value {
	_Atomic uint32_t refs;
	IValue v;
	bool ordered;         // a state dict: saved as a collections.OrderedDict
};

typedef struct ModulePath {
	char *path;
	Object *object;       // borrowed from the model
} ModulePath;

struct wick_model {
	_Atomic uint32_t refs;
	Model *model;
	ModulePath *modules;
	int nmodules, cap_modules;
	Map frozen;           // method name → Function, after wick_model_freeze
	const Type *frozen_class; // of the root as it is saved then; made on demand
};

wick_value *value_box(IValue v);   // takes v
wick_model *model_box(Model *m);   // takes m
BuildFiles build_files(void);      // saving and loading for the build stage (compile.c)
// "a.b.method" → the object a.b, borrowed, and its method (frozen, if the root has been).
Status model_find_method(wick_context *cx, wick_model *m, const char *path, Object **self, Function **f);

// Brackets every call that computes: clears the last error, makes the budget current.
typedef struct Call {
	wick_context *cx;
	Budget *budget, *outer;
	Exec exec;
} Call;
void call_begin(Call *c, wick_context *cx);
wick_status call_end(Call *c, Status s);

#endif
