// SPDX-License-Identifier: BSD-3-Clause
// Views: new geometry over the same storage, for the ops and for kernels that work slice by slice.
// Results are new references; dims are already wrapped unless said otherwise.
#ifndef WICK_BACKENDS_CPU_VIEW_H
#define WICK_BACKENDS_CPU_VIEW_H

#include "backends/cpu/cpu.h"

// Opens the definition of a kernel.
#define KERNEL(name)                                                                                         \
	Status op_##name(__attribute__((unused)) Exec *x, __attribute__((unused)) const IValue *args,        \
		__attribute__((unused)) int nargs, IValue *rets)

// "[2, 3]" into buf, as errors print shapes; returns buf.
#define SHAPE_TEXT 512
const char *shape_text(const int64_t *sizes, int n, char buf[SHAPE_TEXT]);
// Replaces the one -1 of `want`; fails when `want` does not hold exactly numel elements.
Status view_infer_sizes(Exec *x, const int64_t *want, int n, int64_t numel, int64_t *out);
// Strides under which t's elements, in order, have the given sizes; false when only a copy could.
bool view_strides(const Tensor *t, const int64_t *sizes, int n, int64_t *strides);
Status view_sizes(Exec *x, const Tensor *t, const int64_t *want, int n, Tensor **out);    // Tensor.view
Status view_reshape(Exec *x, const Tensor *t, const int64_t *want, int n, Tensor **out);  // copies when it must
Status view_expand(Exec *x, const Tensor *t, const int64_t *want, int n, Tensor **out);
Status view_permute(Exec *x, const Tensor *t, const int64_t *dims, int n, Tensor **out);  // wraps dims
Tensor *view_transpose(const Tensor *t, int d0, int d1);
Tensor *view_select(const Tensor *t, int dim, int64_t index);                             // index in range
Tensor *view_range(const Tensor *t, int dim, int64_t start, int64_t length, int64_t step);
Tensor *view_unsqueeze(const Tensor *t, int dim);
Tensor *view_squeeze_dim(const Tensor *t, int dim);                                       // alias when size != 1
Tensor *view_move_last(const Tensor *t, int dim);                                         // dim becomes the last
Status view_diagonal(Exec *x, const Tensor *t, int64_t offset, int64_t d1, int64_t d2, Tensor **out); // wraps dims
Tensor *view_as_pairs(const Tensor *t);                                                   // complex → real[…, 2]

// A view op's result, cloned to contiguous memory: the *_copy ops.
Status ret_copies(Exec *x, Kernel view, const IValue *args, int nargs, IValue *rets);

#endif
