// SPDX-License-Identifier: BSD-3-Clause
// Triangular factorisations and what is built on them: LU with partial pivoting, Cholesky, substitution.
#include "backends/cpu/linalg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static double size_of(c128_t v) { return fabs(creal(v)) + fabs(cimag(v)); } // LAPACK's pivot measure

int64_t lu_factor(c128_t *a, int64_t m, int64_t n, int64_t *pivots, bool pivot)
{
	int64_t info = 0, k = m < n ? m : n;
	for (int64_t j = 0; j < k; j++) {
		int64_t best = j;
		for (int64_t i = j + 1; i < m && pivot; i++)
			if (size_of(a[i * n + j]) > size_of(a[best * n + j]))
				best = i;
		pivots[j] = best;
		if (a[best * n + j] == 0) {
			info = info ? info : j + 1;
			if (pivot)
				continue;
		}
		for (int64_t c = 0; c < n && best != j; c++) {
			c128_t t = a[j * n + c];
			a[j * n + c] = a[best * n + c];
			a[best * n + c] = t;
		}
		for (int64_t i = j + 1; i < m; i++) {
			c128_t f = cimag(a[i * n + j]) == 0 && cimag(a[j * n + j]) == 0
					   ? creal(a[i * n + j]) / creal(a[j * n + j])
					   : a[i * n + j] / a[j * n + j];
			a[i * n + j] = f;
			if (f == 0)
				continue;
			row_add(a + i * n + j + 1, -f, a + j * n + j + 1, n - j - 1);
		}
	}
	return info;
}

static c128_t divide(c128_t a, c128_t b)
{
	return cimag(b) == 0 ? CMPLX(creal(a) / creal(b), cimag(a) == 0 ? 0 : cimag(a) / creal(b)) : a / b;
}

void tri_solve(const c128_t *a, c128_t *b, int64_t n, int64_t k, bool upper, bool unit)
{
	for (int64_t step = 0; step < n; step++) {
		int64_t i = upper ? n - 1 - step : step;
		int64_t from = upper ? i + 1 : 0, to = upper ? n : i;
		for (int64_t j = from; j < to; j++) {
			c128_t f = a[i * n + j];
			if (f == 0)
				continue;
			row_add(b + i * k, -f, b + j * k, k);
		}
		for (int64_t c = 0; c < k && !unit; c++)
			b[i * k + c] = divide(b[i * k + c], a[i * n + i]);
	}
}

void lu_solve(const c128_t *lu, const int64_t *pivots, c128_t *b, int64_t n, int64_t k)
{
	for (int64_t i = 0; i < n; i++)
		for (int64_t c = 0; c < k && pivots[i] != i; c++) {
			c128_t t = b[i * k + c];
			b[i * k + c] = b[pivots[i] * k + c];
			b[pivots[i] * k + c] = t;
		}
	tri_solve(lu, b, n, k, false, true);
	tri_solve(lu, b, n, k, true, false);
}

int64_t cholesky_factor(c128_t *a, int64_t n)
{
	for (int64_t j = 0; j < n; j++) {
		double d = creal(a[j * n + j]);
		for (int64_t k = 0; k < j; k++)
			d -= creal(a[j * n + k]) * creal(a[j * n + k]) + cimag(a[j * n + k]) * cimag(a[j * n + k]);
		if (!(d > 0))
			return j + 1;
		d = sqrt(d);
		a[j * n + j] = d;
		for (int64_t i = j + 1; i < n; i++) {
			c128_t s = a[i * n + j] - row_dot(a + j * n, a + i * n, j);
			a[i * n + j] = CMPLX(creal(s) / d, cimag(s) / d);
		}
		for (int64_t c = j + 1; c < n; c++)
			a[j * n + c] = 0;
	}
	return 0;
}

void mat_mul(const c128_t *a, const c128_t *b, c128_t *c, int64_t m, int64_t k, int64_t n)
{
	for (int64_t i = 0; i < m; i++) {
		for (int64_t j = 0; j < n; j++)
			c[i * n + j] = 0;
		for (int64_t p = 0; p < k; p++)
			row_add(c + i * n, a[i * k + p], b + p * n, n);
	}
}

void mat_adjoint(const c128_t *a, c128_t *out, int64_t m, int64_t n)
{
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < n; j++)
			out[j * m + i] = conj(a[i * n + j]);
}

void mat_transpose(const c128_t *a, c128_t *out, int64_t m, int64_t n)
{
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < n; j++)
			out[j * m + i] = a[i * n + j];
}

void mat_identity(c128_t *a, int64_t m, int64_t n)
{
	for (int64_t i = 0; i < m * n; i++)
		a[i] = i / n == i % n;
}

// ---- batches

Status workspace(Exec *x, int64_t entries, c128_t **out)
{
	if (entries > INT64_MAX / 64)
		return fail_memory(x->err, SIZE_MAX);
	size_t bytes = sizeof **out * (size_t)(entries > 0 ? entries : 1);
	TRY(budget_charge(x->budget, bytes, x->err));
	budget_credit(x->budget, bytes); // short-lived: only the limit matters
	*out = calloc(1, bytes);
	return *out ? STATUS_OK : fail_memory(x->err, bytes);
}

Status matrices_load(Exec *x, const Tensor *t, Tensor **out)
{
	TRY(tensor_empty(DT_C128, t->sizes, t->ndim, out, x->err));
	Status status = cpu_copy(x, *out, t);
	if (status)
		tensor_unref(out);
	return status;
}

Status linalg_dtype(Exec *x, const char *name, const Tensor *t, DType *out)
{
	*out = tensor_dtype(t);
	if (*out == DT_F32 || *out == DT_F64 || *out == DT_C64 || *out == DT_C128)
		return STATUS_OK;
	if (dtype_is_float(*out) || *out == DT_C32)
		return xfail(x, "%s: Low precision dtypes not supported. Got %s", name, dtype_class_name(*out));
	return xfail(x, "%s: Expected a floating point or complex tensor as input. Got %s", name, dtype_class_name(*out));
}

Status check_matrix(Exec *x, const char *name, const Tensor *t, const char *what)
{
	if (t->ndim < 2)
		return xfail(x, "%s: The input tensor %s must have at least 2 dimensions.", name, what);
	return STATUS_OK;
}

Status check_square(Exec *x, const char *name, const Tensor *t, const char *what)
{
	TRY(check_matrix(x, name, t, what));
	if (t->sizes[t->ndim - 1] != t->sizes[t->ndim - 2])
		return xfail(x, "%s: %s must be batches of square matrices, but they are %" PRId64 " by %" PRId64 " matrices", name,
			what, t->sizes[t->ndim - 2], t->sizes[t->ndim - 1]);
	return STATUS_OK;
}

Status matrices_store(Exec *x, Tensor *work, DType d, Tensor **out)
{
	if (d == DT_C128) {
		*out = work;
		return STATUS_OK;
	}
	Tensor *pairs = NULL, *real = NULL;
	Status status = tensor_empty(d, work->sizes, work->ndim, out, x->err);
	if (!status && !dtype_is_complex(d)) {
		pairs = view_as_pairs(work);
		real = view_select(pairs, work->ndim, 0);
	}
	if (!status) {
		status = cpu_copy(x, *out, real ? real : work);
		if (status)
			tensor_unref(out);
	}
	tensor_unref(&pairs);
	tensor_unref(&real);
	tensor_unref(&work);
	return status;
}

int64_t matrices_count(const Tensor *t)
{
	int64_t n = 1;
	for (int i = 0; i < t->ndim - 2; i++)
		n *= t->sizes[i];
	return n;
}

Status batch_empty(Exec *x, DType d, const Tensor *t, int drop, const int64_t *sizes, int n, Tensor **out)
{
	int64_t all[MAX_DIMS];
	int m = t->ndim - drop;
	memcpy(all, t->sizes, sizeof(int64_t) * (size_t)m);
	if (n)
		memcpy(all + m, sizes, sizeof(int64_t) * (size_t)n);
	return tensor_zeros(d, all, m + n, out, x->err);
}
