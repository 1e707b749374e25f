// SPDX-License-Identifier: BSD-3-Clause
// Images as planes: the last nd dimensions of a tensor, everything before them being independent planes.
#ifndef WICK_BACKENDS_CPU_PLANE_H
#define WICK_BACKENDS_CPU_PLANE_H

#include "backends/cpu/cpu.h"

typedef struct Planes3 {
	int64_t count;          // planes
	int64_t in[3], out[3];  // leading dimensions are 1
	int64_t in_size, out_size;
} Planes3;

// input: at least nd dimensions; out_sizes: nd entries.
Planes3 planes_of(const Tensor *input, int nd, const int64_t *out_sizes);
// A contiguous result of dtype d with input's leading sizes and nd new trailing ones.
Status planes_result(Exec *x, const Tensor *input, int nd, const int64_t *out_sizes, DType d, Tensor **out);
// Converts c (taken) to dtype d and, when like is channels-last, to that layout.  Quantised results keep like's
// quantizer.
Status planes_finish(Exec *x, Tensor *c, DType d, const Tensor *like, Tensor **out);
// int[nd] of an op, one value repeated; empty lists take what `otherwise` holds (NULL: an error).
Status planes_param(Exec *x, IValue v, int nd, const char *op, const char *name, const int64_t *otherwise, int64_t *out);
// f32 for f16 and bf16, the stored integer for quantised types, else the same.
DType planes_work_dtype(DType d);
Status planes_prepare(Exec *x, const Tensor *t, DType work, Tensor **out);
int64_t planes_grain(int64_t work_per_plane);

// pool_vec.c: out[i] = max(out[i], in[i·stride]) with NaN winning, out[i] += in[i·stride].
typedef struct PoolKernels {
	void (*max_row)(float *out, const float *in, int64_t n, int64_t stride);
	void (*add_row)(float *out, const float *in, int64_t n, int64_t stride);
} PoolKernels;
extern const PoolKernels pool_base, pool_avx2, pool_avx512;

#endif
