// SPDX-License-Identifier: BSD-3-Clause
// Nest: a loop nest over several strided operands of one broadcast shape.
//
// Dimensions are kept innermost first.  nest_sort puts the dimension in which memory moves least innermost and
// nest_merge joins neighbours that step through memory as one, so that most nests become a single run.
// nest_run hands out runs along the innermost dimension; large nests are cut into chunks by size alone.
#ifndef WICK_BACKENDS_CPU_NEST_H
#define WICK_BACKENDS_CPU_NEST_H

#include "core/tensor.h"

#define NEST_OPS 6

typedef struct Nest {
	int nops, ndim;
	int64_t numel;
	char *base[NEST_OPS];
	int64_t sizes[MAX_DIMS];
	int64_t strides[NEST_OPS][MAX_DIMS]; // bytes
} Nest;

// sizes: row-major, outermost first, as in a tensor.
void nest_init(Nest *n, const int64_t *sizes, int ndim);
void nest_add(Nest *n, const Tensor *t);                  // t's sizes broadcast to the nest's
void nest_add_number(Nest *n, void *p);                   // one element, never moving
// Orders by the strides of the operands, first operand first.  perm (ndim entries, may be NULL) receives,
// for each position from the innermost, which row-major dimension (counted from the last) stands there.
void nest_sort(Nest *n, int *perm);
void nest_merge(Nest *n);

// p: one pointer an operand, strides in bytes along the run.  arg is shared by all threads.
typedef void (*NestLoop)(void *arg, char *const *p, const int64_t *strides, int64_t n);
void nest_run(const Nest *n, int64_t grain, NestLoop loop, void *arg);

#endif
