// SPDX-License-Identifier: BSD-3-Clause
// What torch.jit.trace is told while it records: every op that ran, and every time a tensor became a plain value.
//
// Sizes stay in the recording: while a Tracer is there, shape and size() give 0-d tensors, arithmetic on them is
// recorded like any other, and where an op takes them as numbers again it says which argument they became
// (tracer_index), so that the graph computes them anew.
#ifndef WICK_FRONTEND_BUILD_TRACER_H
#define WICK_FRONTEND_BUILD_TRACER_H

#include "frontend/build/build.h"
#include "ir/op.h"

typedef struct Tracer Tracer;

typedef enum TracerEvent { TRACED_BOOL, TRACED_NUMBER, TRACED_SIZE, TRACED_ITER, TRACED_DATA } TracerEvent;

// An op was matched and has run: its arguments as the kernel saw them, and its results.
Status tracer_record(Build *b, const Op *op, const IValue *args, int nargs, const IValue *rets);
// A value was taken out of a tensor: what follows from it cannot be recorded, which the user is warned of.
Status tracer_note(Build *b, TracerEvent what, const Tensor *t);
// The i-th number of argument `a` (or the argument itself, i = 0) of the op about to run is the element of t.
Status tracer_index(Build *b, const Arg *a, int64_t i, Tensor *t);
// Size `dim` of t, as a recorded 0-d tensor.
Status tracer_size(Build *b, Tensor *t, int dim, IValue *out);
// A compiled function ran; self is None for functions.
Status tracer_call(Build *b, Function *f, IValue self, const IValue *args, int nargs, IValue ret);

#endif
