// SPDX-License-Identifier: BSD-3-Clause
// Discrete Fourier transforms of any length, in double precision.
#ifndef WICK_BACKENDS_CPU_FFT_H
#define WICK_BACKENDS_CPU_FFT_H

#include "backends/cpu/view.h"

typedef struct FftPlan FftPlan;
Status fft_plan_new(Exec *x, int64_t n, FftPlan **out); // n ≥ 1
void fft_plan_free(FftPlan *p);
// data[k] = Σ_j data[j]·exp(∓2πi·jk/n), not scaled.  scratch: fft_scratch(p) entries.
int64_t fft_scratch(const FftPlan *p);
void fft_run(const FftPlan *p, c128_t *data, c128_t *scratch, bool inverse);

// t (contiguous complex128) along dim, in place, times scale.
Status fft_along(Exec *x, Tensor *t, int dim, bool inverse, double scale);
// t as complex128 with the given sizes: cut, or padded with zeros, at the end of each dimension.
Status fft_load(Exec *x, const Tensor *t, const int64_t *sizes, Tensor **out);
// complex128 → d: complex, or real by dropping the imaginary part.
Status fft_store(Exec *x, const Tensor *t, DType d, Tensor **out);

#endif
