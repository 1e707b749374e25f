// SPDX-License-Identifier: BSD-3-Clause
// Dense linear algebra on one matrix at a time, in double-precision complex numbers: every dtype is widened to
// it and rounded once at the end.  Matrices are row-major and contiguous.
#ifndef WICK_BACKENDS_CPU_LINALG_H
#define WICK_BACKENDS_CPU_LINALG_H

#include "backends/cpu/index.h"

// A complex number as two lanes: what the inner loops run on.
typedef double Lanes __attribute__((vector_size(16), may_alias));
// dst[c] += f·src[c] over n entries; real factors take half the work.
static inline void row_add(c128_t *dst, c128_t f, const c128_t *src, int64_t n)
{
	Lanes *d = (Lanes *)dst, re = {creal(f), creal(f)}, im = {-cimag(f), cimag(f)};
	const Lanes *s = (const Lanes *)src;
	if (cimag(f) == 0)
		for (int64_t c = 0; c < n; c++)
			d[c] += re * s[c];
	else
		for (int64_t c = 0; c < n; c++)
			d[c] += re * s[c] + im * (Lanes){s[c][1], s[c][0]};
}

// Σ conj(a[i])·b[i]
static inline c128_t row_dot(const c128_t *a, const c128_t *b, int64_t n)
{
	const Lanes *p = (const Lanes *)a, *q = (const Lanes *)b;
	Lanes re = {0, 0}, im = {0, 0};
	for (int64_t i = 0; i < n; i++) {
		re += p[i] * q[i];
		im += p[i] * (Lanes){q[i][1], q[i][0]};
	}
	return CMPLX(re[0] + re[1], im[0] - im[1]);
}

// ---- linalg_factor.c
// P·L·U in place of a (m×n).  pivots: min(m, n) row numbers from 0.  Returns 0, or 1 + the first zero pivot's place.
int64_t lu_factor(c128_t *a, int64_t m, int64_t n, int64_t *pivots, bool pivot);
// b (n×k) ← the solution of A·x = b for triangular A (n×n).
void tri_solve(const c128_t *a, c128_t *b, int64_t n, int64_t k, bool upper, bool unit);
// b ← A⁻¹·b from lu_factor's result.
void lu_solve(const c128_t *lu, const int64_t *pivots, c128_t *b, int64_t n, int64_t k);
// Lower Cholesky factor in place of a's lower triangle; the upper one becomes zero.  Returns 0, or the order of
// the leading minor that is not positive definite.
int64_t cholesky_factor(c128_t *a, int64_t n);
void mat_mul(const c128_t *a, const c128_t *b, c128_t *c, int64_t m, int64_t k, int64_t n);
void mat_adjoint(const c128_t *a, c128_t *out, int64_t m, int64_t n); // out n×m
void mat_transpose(const c128_t *a, c128_t *out, int64_t m, int64_t n);
void mat_identity(c128_t *a, int64_t m, int64_t n);

// ---- linalg_orthogonal.c
// Householder QR as LAPACK's geqrf leaves it: R above, reflectors below, tau (min(m, n)).
void qr_factor(c128_t *a, int64_t m, int64_t n, c128_t *tau);
// q (m×cols) ← the first cols columns of the product of k reflectors stored in a (m×n).
void qr_product(const c128_t *a, int64_t m, int64_t n, const c128_t *tau, int64_t k, c128_t *q, int64_t cols);
// Eigenvalues w (ascending) of Hermitian a (n×n, overwritten), eigenvectors in the columns of v.
void eigh_ql(c128_t *a, int64_t n, double *w, c128_t *v);
// a (m×n, kept) = u·diag(s)·vh with u m×m and vh n×n; s has min(m, n) entries, descending.
Status svd_jacobi(Exec *x, const c128_t *a, int64_t m, int64_t n, c128_t *u, double *s, c128_t *vh);
// Eigenvalues and unit eigenvectors (columns of v; may be NULL) of any a (n×n, overwritten).
Status eig_qr(Exec *x, c128_t *a, int64_t n, c128_t *w, c128_t *v);

// ---- batches
// t's last two dimensions as matrices in complex128, contiguous, always a copy that may be overwritten.
Status matrices_load(Exec *x, const Tensor *t, Tensor **out);
// The floating or complex dtype in which results come; integers are refused, as PyTorch does.
Status linalg_dtype(Exec *x, const char *name, const Tensor *t, DType *out);
Status check_matrix(Exec *x, const char *name, const Tensor *t, const char *what);
Status check_square(Exec *x, const char *name, const Tensor *t, const char *what);
// complex128 → d with the same shape (real dtypes drop the imaginary part); takes work.
Status matrices_store(Exec *x, Tensor *work, DType d, Tensor **out);
int64_t matrices_count(const Tensor *t);                           // product of the batch dimensions
// A new complex128 (or d) tensor of t's batch dimensions followed by the n sizes given.
Status batch_empty(Exec *x, DType d, const Tensor *t, int drop, const int64_t *sizes, int n, Tensor **out);
Status workspace(Exec *x, int64_t entries, c128_t **out);          // free() it

#endif
