// SPDX-License-Identifier: BSD-3-Clause
// What the normalisation ops share.
#ifndef WICK_BACKENDS_CPU_NORM_OP_H
#define WICK_BACKENDS_CPU_NORM_OP_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/norm.h"

const NormKernels *norm_kernels(void);

typedef struct BatchNorm {
	const Tensor *input, *weight, *bias;
	Tensor *running_mean, *running_var; // NULL if none
	bool training;   // use the batch's statistics
	bool update;     // and move the running ones
	bool per_image;  // statistics of each image (instance normalisation)
	double momentum, eps;
} BatchNorm;
// save_mean and save_invstd (empty when the running statistics were used) may be NULL.
Status batch_norm_run(Exec *x, const BatchNorm *bn, Tensor **out, Tensor **save_mean, Tensor **save_invstd);

#endif
