// SPDX-License-Identifier: BSD-3-Clause
// What torch.jit.trace is told while it records: every op that ran, and every time a tensor became a plain value.
#ifndef WICK_FRONTEND_BUILD_TRACER_H
#define WICK_FRONTEND_BUILD_TRACER_H

#include "frontend/build/build.h"
#include "ir/op.h"

typedef struct Tracer Tracer;

typedef enum TracerEvent { TRACED_BOOL, TRACED_NUMBER, TRACED_INDEX, TRACED_SIZE, TRACED_ITER, TRACED_DATA } TracerEvent;

// An op was matched and has run: its arguments as the kernel saw them, and its results.
Status tracer_record(Build *b, const Op *op, const IValue *args, int nargs, const IValue *rets);
// A value was taken out of a tensor: what follows from it cannot be recorded.
Status tracer_note(Build *b, TracerEvent what, const Tensor *t);

#endif
