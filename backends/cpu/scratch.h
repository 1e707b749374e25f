// SPDX-License-Identifier: BSD-3-Clause
// Working memory of kernels: one growing block per thread and slot, kept between calls because fresh pages
// cost more than the work done in them.  Contents are undefined; freed when the thread ends.
#ifndef WICK_BACKENDS_CPU_SCRATCH_H
#define WICK_BACKENDS_CPU_SCRATCH_H

#include <stddef.h>

// A function uses only its own slots, so that it may call the next one down while its block is live.
typedef enum ScratchSlot {
	SCRATCH_GEMM_A, SCRATCH_GEMM_B, SCRATCH_GEMM_SMALL, // gemm.c
	SCRATCH_GEMM_CONVERT,                               // gemm.c: f16, bf16
	SCRATCH_CONV, SCRATCH_CONV_WEIGHT,                  // conv*.c
	SCRATCH_OP,                                         // the op itself
	SCRATCH_SLOTS
} ScratchSlot;

void *scratch_get(ScratchSlot slot, size_t bytes); // aligned to 64; NULL when there is no memory

#endif
