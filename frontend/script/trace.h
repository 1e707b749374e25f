// SPDX-License-Identifier: BSD-3-Clause
// What the files of torch.jit.trace share: trace_record.c makes nodes of what runs, trace_value.c opens inputs and
// builds outputs, trace.c makes the module, runs it and checks the recording.
//
// The recording is one straight-line graph.  A tensor is known by its address (all that were seen are kept alive while
// recording): results of recorded ops, inputs and the module's parameters have an SSA value; any other tensor is a
// constant.
#ifndef WICK_FRONTEND_SCRIPT_TRACE_H
#define WICK_FRONTEND_SCRIPT_TRACE_H

#include "frontend/build/tracer.h"
#include "frontend/script/script.h"

typedef struct Index { const Arg *arg; int64_t i; Tensor *t; } Index; // t borrowed: kept by the Tracer

struct Tracer {
	Build *b;
	ScriptStage *s;
	Graph *g;
	Value *self;
	const Type *root;
	Map values;            // address of a Tensor → Value
	Map places;            // address of a Tensor or compiled Object → path of the attribute that holds it
	Map attributes;        // path → Value of the attribute, once it was read
	Map objects;           // address of a PyInstance → Object
	IValue *kept;
	int nkept, cap_kept;
	Index *indices;
	int nindices, cap_indices;
	Map warned;
	int nodes;
	Arena arena;           // paths
};

// trace_record.c
void trace_keep(Tracer *t, Tensor *x);
void trace_bind(Tracer *t, Tensor *x, Value *v);           // x is what v computes
Value *trace_append(Tracer *t, Node *n);                   // its first output, or NULL
Value *trace_constant(Tracer *t, IValue v, const Type *type); // takes v
Value *trace_tensor(Tracer *t, Tensor *x);                 // bound, an attribute, or a constant
void trace_warn(Build *b, const char *text);

// trace_value.c
const Type *trace_input_type(Tracer *t, IValue v);         // NULL: not of tensors
// A copy of an example for the run, its tensors bound to what the graph finds at that place of the input `from`.
Status trace_open_input(Tracer *t, IValue v, Value *from, IValue *out);
Status trace_output(Tracer *t, IValue v, bool strict, Value **out);

#endif
