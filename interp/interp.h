// SPDX-License-Identifier: BSD-3-Clause
// Running functions.
//
// A Function's graph is optimised and compiled once, on first call, to code for a register machine
// (interp/code.h); any number of threads may run it at once.
#ifndef WICK_INTERP_INTERP_H
#define WICK_INTERP_INTERP_H

#include "core/exec.h"
#include "ir/function.h"

// Sets up an Exec with defaults.  err and rng are borrowed.
void exec_init(Exec *x, Error *err, Generator *rng);

// Calls f.  args are complete (self first for methods, defaults filled in), borrowed; *ret is owned on success
// (a tuple when the function returns several values, None when nothing).
// On failure x->err holds the message and the traceback frames.
Status interp_call(Exec *x, Function *f, const IValue *args, int nargs, IValue *ret);

// Host calls: positional and keyword arguments are matched to the schema with the conversions that
// PyTorch makes for host arguments (int → float, tuple → list, one-element tensor → number, …), and errors
// name the argument, the type wanted and what came (language document §17.3).  Forward hooks run.
Status interp_call_host(Exec *x, Function *f, IValue self, const IValue *args, int nargs,
	const char *const *kwnames, const IValue *kwargs, int nkwargs, IValue *ret);

// The kernel of a native row that is linked, else NULL; op_is_runnable also knows rows that run through a sibling
// or the library (by the hook below).
Kernel op_kernel(const Op *op);
bool op_is_runnable(const Op *op);
// The frontend hands this in, so that interp need not know it.
void interp_set_lib_provider(Status (*provider)(const Op *op, Function **out, Error *err));
// Calls one op by key with boxed arguments: for kernels' slow paths, tests and the API.
Status op_call(Exec *x, const Op *op, const IValue *args, int nargs, IValue *rets);

// Every op that a function and what it calls would use and that nothing can run; each with a source line.
typedef struct MissingOp { const Op *op; Range at; } MissingOp;
Status interp_missing_ops(Function *f, MissingOp **out, int *n, Error *err); // free(*out)

// The pipeline of ir/passes.h with this evaluator: what a graph goes through before it is run.
Status interp_optimize(Graph *g, Error *err);
// For fold_constants.
Status interp_evaluate_node(const Node *n, const IValue *inputs, IValue *outputs, Error *err);

#endif
