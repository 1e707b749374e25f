// SPDX-License-Identifier: BSD-3-Clause
// The reduction engine.
//
// A Folder folds runs of elements into a small state and finishes the state into one or two results.  The
// engine arranges dimensions into kept (outer) and reduced (inner) nests, feeds runs in the carrier types of the
// elementwise engine, and cuts long reductions into chunks whose states are joined in order, so that results
// depend on the shape alone.
#ifndef WICK_BACKENDS_CPU_REDUCE_H
#define WICK_BACKENDS_CPU_REDUCE_H

#include "backends/cpu/pointwise.h"

typedef struct FoldState {
	double a, b, c, d;
	int64_t i, j;
} FoldState;

typedef struct FoldParams {
	double f;              // an op's own parameter (p of a norm, correction of a variance)
	double count;          // elements folded into each result
	DType out, out2;       // dtypes of the results
} FoldParams;

typedef void (*Fold)(FoldState *s, const void *run, int64_t n, int64_t at, const FoldParams *p);

// How rows of floats fold into many outputs at once, where a SIMD body exists: into a (and j = 0 for extremes).
typedef enum Across { ACROSS_NONE, ACROSS_SUM, ACROSS_MAX, ACROSS_MIN } Across;

typedef struct Folder {
	const char *name;      // for "not implemented" messages
	unsigned takes;
	bool ordered;          // positions matter: elements come in row-major order
	FoldState start;
	Fold fold[CARRIERS];
	void (*join)(FoldState *into, const FoldState *from, const FoldParams *p); // from: later elements
	void (*finish)(const FoldState *s, Carrier carrier, void *out, void *out2, const FoldParams *p);
	Across across;
} Folder;

typedef struct ReduceShape {
	bool reduced[MAX_DIMS];
	int64_t sizes[MAX_DIMS]; // of the result
	int ndim;
	int64_t count;           // elements of each reduction
} ReduceShape;

// dims: None or (when empty_is_all) an empty list mean every dimension; an int means that one.
Status reduce_shape(Exec *x, const Tensor *self, IValue dims, bool empty_is_all, bool keepdim, ReduceShape *r);
// Folds self, converted to dtype `as`, into out (and out2 if not NULL), which have r's sizes.
Status reduce_run(Exec *x, const Folder *f, const Tensor *self, DType as, const ReduceShape *r, FoldParams *p,
	Tensor *out, Tensor *out2);
// The usual frame: allocates a result of dtype out and folds into it.
Status reduce_new(Exec *x, const Folder *f, const Tensor *self, DType as, const ReduceShape *r, FoldParams *p, DType out,
	Tensor **result);
// "amax(): Expected reduction dim 0 to have non-zero size." and its form for all dims.
Status reduce_refuse_empty(Exec *x, const char *name, const Tensor *self, IValue dims);

// One row along a dimension at a time, for orders and scans: outer iteration over everything else.
typedef struct Rows {
	int64_t count, n;                        // rows, elements a row
	int ndim;
	int64_t sizes[MAX_DIMS];
	int64_t strides[3][MAX_DIMS];            // bytes; up to three tensors
	int64_t step[3];                         // bytes along the row
	char *base[3];
} Rows;
// The tensors have equal sizes except along dim.  A 0-d tensor is one row of one element.
void rows_init(Rows *r, int dim, const Tensor *a, const Tensor *b, const Tensor *c);
void rows_at(const Rows *r, int64_t row, char *p[3]);

#endif
