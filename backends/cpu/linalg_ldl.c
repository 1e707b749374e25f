// SPDX-License-Identifier: BSD-3-Clause
// L·D·Lᴴ of symmetric and Hermitian matrices by the diagonal pivoting of Bunch and Kaufman (1977), stored as LAPACK
// stores it: D's blocks of one or two rows on the diagonal, L beneath, and negative pivots where a block has two rows.
#include "backends/cpu/linalg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static double size_of(c128_t v) { return fabs(creal(v)) + fabs(cimag(v)); }
static c128_t flip(c128_t v, bool hermitian) { return hermitian ? conj(v) : v; }

static void swap(c128_t *a, c128_t *b)
{
	c128_t t = *a;
	*a = *b;
	*b = t;
}

// The lower triangle of a (n×n) becomes the factorisation.  Returns 0, or 1 + the place of a zero block.
static int32_t ldl_factor(c128_t *a, int64_t n, bool hermitian, int32_t *pivots)
{
	const double alpha = (1 + sqrt(17.0)) / 8; // bounds the growth of the elements
	int32_t info = 0;
	for (int64_t k = 0; k < n;) {
		int64_t best = k, at = k, rows = 1;
		double diagonal = hermitian ? fabs(creal(a[k * n + k])) : size_of(a[k * n + k]), column = 0;
		for (int64_t i = k + 1; i < n; i++)
			if (size_of(a[i * n + k]) > column) {
				column = size_of(a[i * n + k]);
				best = i;
			}
		if (fmax(diagonal, column) == 0) {
			info = info ? info : (int32_t)k + 1;
			pivots[k] = (int32_t)k + 1;
			k++;
			continue;
		}
		if (diagonal < alpha * column) {
			double row = 0;
			for (int64_t j = k; j < best; j++)
				row = fmax(row, size_of(a[best * n + j]));
			for (int64_t i = best + 1; i < n; i++)
				row = fmax(row, size_of(a[i * n + best]));
			if (diagonal >= alpha * column * (column / row)) {
				at = k;
			} else {
				at = best;
				double other = hermitian ? fabs(creal(a[best * n + best])) : size_of(a[best * n + best]);
				rows = other >= alpha * row ? 1 : 2;
			}
		}
		int64_t kk = k + rows - 1;
		if (at != kk) { // exchange rows and columns kk and at within the lower triangle
			for (int64_t i = at + 1; i < n; i++)
				swap(&a[i * n + kk], &a[i * n + at]);
			for (int64_t j = kk + 1; j < at; j++) {
				c128_t t = flip(a[j * n + kk], hermitian);
				a[j * n + kk] = flip(a[at * n + j], hermitian);
				a[at * n + j] = t;
			}
			a[at * n + kk] = flip(a[at * n + kk], hermitian);
			swap(&a[kk * n + kk], &a[at * n + at]);
			if (rows == 2)
				swap(&a[(k + 1) * n + k], &a[at * n + k]);
		}
		if (rows == 1) {
			c128_t d = a[k * n + k];
			for (int64_t j = k + 1; j < n; j++) {
				c128_t w = flip(a[j * n + k], hermitian) / d;
				for (int64_t i = j; i < n; i++)
					a[i * n + j] -= a[i * n + k] * w;
			}
			for (int64_t i = k + 1; i < n; i++)
				a[i * n + k] /= d;
			pivots[k] = (int32_t)at + 1;
		} else {
			c128_t p = a[k * n + k], c = a[(k + 1) * n + k], q = a[(k + 1) * n + k + 1], ch = flip(c, hermitian);
			c128_t det = p * q - c * ch;
			for (int64_t j = k + 2; j < n; j++) { // [w0 w1] = [a_jk a_jk+1]·D⁻¹
				c128_t x0 = a[j * n + k], x1 = a[j * n + k + 1];
				c128_t w0 = (x0 * q - x1 * c) / det, w1 = (x1 * p - x0 * ch) / det;
				for (int64_t i = j; i < n; i++)
					a[i * n + j] -= a[i * n + k] * flip(w0, hermitian) + a[i * n + k + 1] * flip(w1, hermitian);
				a[j * n + k] = w0;
				a[j * n + k + 1] = w1;
			}
			pivots[k] = pivots[k + 1] = -((int32_t)at + 1);
		}
		k += rows;
	}
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = i + 1; j < n; j++)
			a[i * n + j] = 0;
	return info;
}

static void swap_rows(c128_t *b, int64_t cols, int64_t i, int64_t j)
{
	for (int64_t c = 0; c < cols && i != j; c++)
		swap(&b[i * cols + c], &b[j * cols + c]);
}

static void ldl_solve(const c128_t *a, int64_t n, bool hermitian, const int64_t *pivots, c128_t *b, int64_t cols)
{
	for (int64_t k = 0; k < n;) {
		if (pivots[k] > 0 || k + 1 == n) {
			swap_rows(b, cols, k, llabs(pivots[k]) - 1);
			for (int64_t c = 0; c < cols; c++) {
				for (int64_t i = k + 1; i < n; i++)
					b[i * cols + c] -= a[i * n + k] * b[k * cols + c];
				b[k * cols + c] /= a[k * n + k];
			}
			k++;
			continue;
		}
		swap_rows(b, cols, k + 1, llabs(pivots[k]) - 1);
		c128_t p = a[k * n + k], e = a[(k + 1) * n + k], q = a[(k + 1) * n + k + 1], eh = flip(e, hermitian);
		c128_t det = p * q - e * eh;
		for (int64_t c = 0; c < cols; c++) {
			c128_t x0 = b[k * cols + c], x1 = b[(k + 1) * cols + c];
			for (int64_t i = k + 2; i < n; i++)
				b[i * cols + c] -= a[i * n + k] * x0 + a[i * n + k + 1] * x1;
			b[k * cols + c] = (q * x0 - eh * x1) / det;
			b[(k + 1) * cols + c] = (p * x1 - e * x0) / det;
		}
		k += 2;
	}
	for (int64_t k = n - 1; k >= 0;) {
		bool pair = pivots[k] < 0 && k > 0;
		int64_t first = pair ? k - 1 : k;
		for (int64_t r = first; r <= k; r++)
			for (int64_t c = 0; c < cols; c++)
				for (int64_t i = k + 1; i < n; i++)
					b[r * cols + c] -= flip(a[i * n + r], hermitian) * b[i * cols + c];
		swap_rows(b, cols, k, llabs(pivots[k]) - 1);
		k = first - 1;
	}
}

static Status factor(Exec *x, const IValue *args, bool check, IValue *rets, int n_rets)
{
	const Tensor *a = arg_tensor(args[0]);
	bool hermitian = arg_bool(args[1]);
	DType d;
	TRY(check_square(x, "torch.linalg.ldl_factor_ex", a, "A"));
	TRY(linalg_dtype(x, "torch.linalg.ldl_factor_ex", a, &d));
	int64_t n = a->sizes[a->ndim - 1];
	Tensor *work, *pivots = NULL, *info = NULL, *out;
	TRY(matrices_load(x, a, &work));
	Status status = batch_empty(x, DT_I32, a, 2, &n, 1, &pivots);
	if (!status)
		status = batch_empty(x, DT_I32, a, 2, NULL, 0, &info);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++) {
		c128_t *p = (c128_t *)tensor_data(work) + b * n * n;
		for (int64_t i = 0; i < n && hermitian; i++)
			p[i * n + i] = creal(p[i * n + i]);
		int32_t bad = ldl_factor(p, n, hermitian, (int32_t *)tensor_data(pivots) + b * n);
		((int32_t *)tensor_data(info))[b] = bad;
		if (bad && check)
			status = xfail(x, "torch.linalg.ldl_factor: the diagonal block %d is zero", bad);
	}
	if (!status)
		status = matrices_store(x, work, d, &out);
	else
		tensor_unref(&work);
	if (status) {
		tensor_unref(&pivots);
		tensor_unref(&info);
		return status;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(pivots);
	if (n_rets > 2)
		rets[2] = iv_take_tensor(info);
	else
		tensor_unref(&info);
	return STATUS_OK;
}

KERNEL(linalg_ldl_factor) { return factor(x, args, true, rets, 2); }
KERNEL(linalg_ldl_factor_ex) { return factor(x, args, arg_bool(args[2]), rets, 3); }

KERNEL(linalg_ldl_solve)
{
	const Tensor *a = arg_tensor(args[0]), *pivots = arg_tensor(args[1]), *b = arg_tensor(args[2]);
	DType d;
	TRY(check_square(x, "torch.linalg.ldl_solve", a, "LD"));
	TRY(check_matrix(x, "torch.linalg.ldl_solve", b, "B"));
	TRY(linalg_dtype(x, "torch.linalg.ldl_solve", a, &d));
	int64_t n = a->sizes[a->ndim - 1], k = b->sizes[b->ndim - 1], sizes[MAX_DIMS];
	int nb;
	if (a->dtype != b->dtype || !dtype_is_int(tensor_dtype(pivots)))
		return xfail(x, "torch.linalg.ldl_solve: expected LD and B of one dtype and integer pivots");
	if (b->sizes[b->ndim - 2] != n || pivots->ndim != a->ndim - 1 || pivots->sizes[pivots->ndim - 1] != n)
		return xfail(x, "torch.linalg.ldl_solve: the shapes of LD, pivots and B do not fit");
	TRY(broadcast_sizes(a->sizes, a->ndim - 2, b->sizes, b->ndim - 2, sizes, &nb, x->err));
	const Tensor *in[3] = {a, b, pivots};
	Tensor *work[3] = {NULL}, *out;
	Status status = STATUS_OK;
	for (int i = 0; i < 3 && !status; i++) {
		Tensor *wide;
		sizes[nb] = n;
		sizes[nb + 1] = i ? k : n;
		status = view_expand(x, in[i], sizes, i == 2 ? nb + 1 : nb + 2, &wide);
		if (!status) {
			status = i == 2 ? cpu_prepare(x, wide, DT_I64, &work[i]) : matrices_load(x, wide, &work[i]);
			tensor_unref(&wide);
		}
	}
	for (int64_t i = 0; !status && i < work[2]->numel; i++) {
		int64_t p = ((const int64_t *)tensor_data(work[2]))[i];
		if (p == 0 || p > n || p < -n)
			status = xfail(x, "torch.linalg.ldl_solve: pivots must come from ldl_factor, but one is %" PRId64, p);
	}
	for (int64_t i = 0; !status && i < matrices_count(work[0]); i++)
		ldl_solve((const c128_t *)tensor_data(work[0]) + i * n * n, n, arg_bool(args[3]),
			(const int64_t *)tensor_data(work[2]) + i * n, (c128_t *)tensor_data(work[1]) + i * n * k, k);
	tensor_unref(&work[0]);
	tensor_unref(&work[2]);
	if (status) {
		tensor_unref(&work[1]);
		return status;
	}
	TRY(matrices_store(x, work[1], d, &out));
	return ret_tensor(rets, out);
}
