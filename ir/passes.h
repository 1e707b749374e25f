// SPDX-License-Identifier: BSD-3-Clause
// Passes: one file each in ir/passes/, one contract line each.  graph_optimize is the pipeline.
#ifndef WICK_IR_PASSES_H
#define WICK_IR_PASSES_H

#include "ir/function.h"

// Needs nothing; keeps SSA.  Replaces calls of known functions and of methods whose class is known exactly
// by their bodies; records the call sites for tracebacks.  Functions with fork or recursion stay calls.
Status inline_calls(Graph *g, Error *err);
// Needs nothing; keeps SSA.  Removes nodes without effect whose outputs are unused, unused loop-carried
// values and If outputs.  Respects writes through aliases.
Status remove_dead_code(Graph *g, Error *err);
// Needs nothing; keeps SSA.  Merges equal pure nodes; a value that may be written is never merged.
Status merge_common_subexpressions(Graph *g, Error *err);
// Needs nothing; keeps SSA.  Runs pure nodes on constants (through the evaluator given), resolves Ifs and
// Loops with known conditions, merges constants out of If branches.
typedef Status (*NodeEvaluator)(const Node *n, const IValue *inputs, IValue *outputs, Error *err);
Status fold_constants(Graph *g, NodeEvaluator eval, Error *err);
// Needs nothing; keeps SSA.  Turns attributes of a module in eval mode that no method writes into constants; g's first
// input is self, the instance.  Calls are inlined on the way, also those through interfaces.
Status freeze_module(Graph *g, IValue self, Error *err);
// Needs constant weights (freeze_module, fold_constants); keeps SSA.  Puts a batch norm in eval mode into the
// weights of the convolution before it.  Changes results by rounding.
Status fold_batch_norm(Graph *g, Error *err);
// The pipeline that runs before code generation; in debug builds the verifier runs between the steps.
Status graph_optimize(Graph *g, NodeEvaluator eval, Error *err);

// Alias facts, from the schemas.
typedef struct AliasDb AliasDb;
AliasDb *alias_analyse(const Graph *g);
// As alias_analyse, but taking what is stored under different attributes (of different classes) to be different.
AliasDb *alias_analyse_attributes(const Graph *g);
void alias_free(AliasDb **a);
bool alias_may_alias(const AliasDb *a, const Value *x, const Value *y);
bool alias_is_written(const AliasDb *a, const Value *v);       // may anything write it or what it holds, anywhere?
bool alias_escapes(const AliasDb *a, const Value *v);          // comes from outside, is returned or is stored there
bool alias_is_mutable(const AliasDb *a, const Value *v);       // false for numbers, strings, tuples of them
bool alias_written_between(const AliasDb *a, const Value *v, const Node *from, const Node *to); // same block
bool node_has_effect(const Node *n);  // writes, raises on purpose, prints, draws random numbers, sets attributes
// Locations: values that may alias have the same one; -1 for values that cannot change.
int alias_location(const AliasDb *a, const Value *v);
int alias_content(const AliasDb *a, int location);             // of what it holds; -1 if nothing is known to be there
bool alias_location_is_wild(const AliasDb *a, int location);   // known outside the graph
int alias_location_count(const AliasDb *a);
const Node *alias_writer(const AliasDb *a, int location, int *cursor); // cursor starts at 0; NULL at the end

#endif
