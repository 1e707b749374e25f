// SPDX-License-Identifier: BSD-3-Clause
// Filling tensors with random numbers, value by value in the order in which PyTorch draws them.
#ifndef WICK_BACKENDS_CPU_RANDOM_DRAW_H
#define WICK_BACKENDS_CPU_RANDOM_DRAW_H

#include "backends/cpu/index.h"

// The generator an op draws from: its own argument, or the run's.
Generator *draw_generator(Exec *x, IValue generator);

// Draws n elements into p, `step` bytes apart.  a, b: the distribution's parameters.
typedef struct Draw Draw;
struct Draw {
	void (*run)(const Draw *w, Generator *g, char *p, int64_t step, int64_t n);
	DType dtype;
	double a, b;
	uint64_t range;
	int64_t base;
};
// Runs w over t in the order of memory (outermost stride first), as PyTorch's serial loops do.
Status draw_into(Exec *x, Tensor *t, const Draw *w, Generator *g);

// The fills behind the in-place ops; they check their parameters.
Status fill_uniform(Exec *x, Tensor *t, double from, double to, Generator *g);
Status fill_normal(Exec *x, Tensor *t, double mean, double std, Generator *g);
Status fill_integers(Exec *x, Tensor *t, int64_t from, int64_t to, Generator *g); // [from, to)
Status fill_bernoulli(Exec *x, Tensor *t, double p, Generator *g);
Status fill_exponential(Exec *x, Tensor *t, double lambda, Generator *g);

#endif
