// SPDX-License-Identifier: BSD-3-Clause
// torch.linalg on top of orthogonal factorisations: qr, eigh, eig, svd, lstsq, pinv, matrix_rank; matrix_exp.
#include "backends/cpu/linalg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static c128_t *data(Tensor *t) { return tensor_data(t); }

static Status store_all(Exec *x, Tensor **work, const DType *d, int n, IValue *rets)
{
	Tensor *out[4] = {NULL};
	Status status = STATUS_OK;
	for (int i = 0; i < n; i++) {
		if (status)
			tensor_unref(&work[i]);
		else
			status = matrices_store(x, work[i], d[i], &out[i]);
	}
	for (int i = 0; i < n; i++) {
		if (status)
			tensor_unref(&out[i]);
		else
			rets[i] = iv_take_tensor(out[i]);
	}
	return status;
}

// ---- QR

static Status qr(Exec *x, const Tensor *a, const char *mode, IValue *rets)
{
	DType d;
	bool want_q = strcmp(mode, "r") != 0, complete = !strcmp(mode, "complete");
	if (want_q && !complete && strcmp(mode, "reduced"))
		return xfail(x, "qr received unrecognized mode '%s' but expected one of 'reduced' (default), 'r', or 'complete'",
			mode);
	TRY(check_matrix(x, "linalg.qr", a, "A"));
	TRY(linalg_dtype(x, "linalg.qr", a, &d));
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], k = m < n ? m : n;
	int64_t cols = complete ? m : k, qs[2] = {m, cols}, rs[2] = {complete ? m : k, n}, zero = 0;
	Tensor *work, *out[2] = {NULL};
	c128_t *tau;
	TRY(matrices_load(x, a, &work));
	Status status = want_q ? batch_empty(x, DT_C128, a, 2, qs, 2, &out[0]) : tensor_empty(DT_C128, &zero, 1, &out[0], x->err);
	if (!status)
		status = batch_empty(x, DT_C128, a, 2, rs, 2, &out[1]);
	if (!status)
		status = workspace(x, k, &tau);
	if (status) {
		tensor_unref(&work);
		tensor_unref(&out[0]);
		tensor_unref(&out[1]);
		return status;
	}
	for (int64_t b = 0; b < matrices_count(a); b++) {
		c128_t *p = data(work) + b * m * n;
		qr_factor(p, m, n, tau);
		for (int64_t i = 0; i < rs[0]; i++)
			for (int64_t j = i; j < n && i < k; j++)
				data(out[1])[b * rs[0] * n + i * n + j] = p[i * n + j];
		if (want_q)
			qr_product(p, m, n, tau, k, data(out[0]) + b * m * cols, cols);
	}
	free(tau);
	tensor_unref(&work);
	return store_all(x, out, (DType[]){d, d}, 2, rets);
}

KERNEL(linalg_qr) { return qr(x, arg_tensor(args[0]), arg_str(args[1]), rets); }
KERNEL(qr) { return qr(x, arg_tensor(args[0]), arg_bool(args[1]) ? "reduced" : "complete", rets); }

KERNEL(geqrf)
{
	const Tensor *a = arg_tensor(args[0]);
	DType d;
	TRY(check_matrix(x, "torch.geqrf", a, "input"));
	TRY(linalg_dtype(x, "geqrf", a, &d));
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], k = m < n ? m : n;
	Tensor *out[2];
	TRY(matrices_load(x, a, &out[0]));
	Status status = batch_empty(x, DT_C128, a, 2, &k, 1, &out[1]);
	if (status) {
		tensor_unref(&out[0]);
		return status;
	}
	for (int64_t b = 0; b < matrices_count(a); b++)
		qr_factor(data(out[0]) + b * m * n, m, n, data(out[1]) + b * k);
	return store_all(x, out, (DType[]){d, d}, 2, rets);
}

static Status check_reflectors(Exec *x, const char *name, const Tensor *a, const Tensor *tau, DType *d)
{
	TRY(check_matrix(x, name, a, "input"));
	TRY(linalg_dtype(x, name, a, d));
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1];
	if (tau->ndim != a->ndim - 1 || tau->dtype != a->dtype || tau->sizes[tau->ndim - 1] > n || m < n)
		return xfail(x, "%s: the shapes or dtypes of the reflectors and of tau do not fit", name);
	for (int i = 0; i < tau->ndim - 1; i++)
		if (tau->sizes[i] != a->sizes[i])
			return xfail(x, "%s: Expected batch dimensions of tau to be equal to input.shape[:-2]", name);
	return STATUS_OK;
}

KERNEL(linalg_householder_product)
{
	const Tensor *a = arg_tensor(args[0]), *tau = arg_tensor(args[1]);
	DType d;
	Tensor *wa, *wt, *out;
	TRY(check_reflectors(x, "torch.linalg.householder_product", a, tau, &d));
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], k = tau->sizes[tau->ndim - 1], sizes[2] = {m, n};
	TRY(matrices_load(x, a, &wa));
	Status status = matrices_load(x, tau, &wt);
	if (!status) {
		status = batch_empty(x, DT_C128, a, 2, sizes, 2, &out);
		for (int64_t b = 0; b < matrices_count(a) && !status; b++)
			qr_product(data(wa) + b * m * n, m, n, data(wt) + b * k, k, data(out) + b * m * n, n);
		tensor_unref(&wt);
	}
	tensor_unref(&wa);
	TRY(status);
	return store_all(x, &out, &d, 1, rets);
}

KERNEL(orgqr) { return op_linalg_householder_product(x, args, nargs, rets); }

KERNEL(ormqr)
{
	const Tensor *a = arg_tensor(args[0]), *tau = arg_tensor(args[1]), *c = arg_tensor(args[2]);
	bool left = arg_bool(args[3]), transpose = arg_bool(args[4]);
	DType d;
	Tensor *wa, *wt = NULL, *wc = NULL, *out = NULL;
	c128_t *space = NULL;
	TRY(check_reflectors(x, "torch.ormqr", a, tau, &d));
	if (c->ndim != a->ndim || c->dtype != a->dtype)
		return xfail(x, "torch.ormqr: other must have the same number of dimensions and dtype as input");
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], k = tau->sizes[tau->ndim - 1];
	int64_t rows = c->sizes[c->ndim - 2], cols = c->sizes[c->ndim - 1];
	if ((left ? rows : cols) != m || matrices_count(c) != matrices_count(a))
		return xfail(x, "torch.ormqr: other.shape[%d] must be equal to input.shape[-2]", left ? -2 : -1);
	TRY(matrices_load(x, a, &wa));
	Status status = matrices_load(x, tau, &wt);
	if (!status)
		status = matrices_load(x, c, &wc);
	if (!status)
		status = tensor_empty(DT_C128, c->sizes, c->ndim, &out, x->err);
	if (!status)
		status = workspace(x, 2 * m * m, &space);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++) {
		c128_t *q = space, *turned = space + m * m;
		qr_product(data(wa) + b * m * n, m, n, data(wt) + b * k, k, q, m);
		if (transpose)
			mat_adjoint(q, turned, m, m);
		c128_t *p = data(wc) + b * rows * cols, *o = data(out) + b * rows * cols;
		if (left)
			mat_mul(transpose ? turned : q, p, o, rows, rows, cols);
		else
			mat_mul(p, transpose ? turned : q, o, rows, cols, cols);
	}
	free(space);
	tensor_unref(&wa);
	tensor_unref(&wt);
	tensor_unref(&wc);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return store_all(x, &out, &d, 1, rets);
}

// ---- eigenvalues

static Status eigh(Exec *x, const Tensor *a, const char *uplo, bool vectors, IValue *rets, bool only_values)
{
	DType d;
	TRY(check_square(x, "linalg.eigh", a, "A"));
	TRY(linalg_dtype(x, "linalg.eigh", a, &d));
	char which = uplo[0];
	if ((which != 'L' && which != 'U' && which != 'l' && which != 'u') || uplo[1])
		return xfail(x, "Expected UPLO argument to be 'L' or 'U', but got %s", uplo);
	bool lower = which == 'L' || which == 'l';
	int64_t n = a->sizes[a->ndim - 1], vs[2] = {n, n}, zero = 0;
	Tensor *work, *out[2] = {NULL};
	c128_t *space = NULL;
	TRY(matrices_load(x, a, &work));
	Status status = batch_empty(x, DT_C128, a, 2, &n, 1, &out[0]);
	if (!status)
		status = vectors ? batch_empty(x, DT_C128, a, 2, vs, 2, &out[1]) : tensor_empty(DT_C128, &zero, 1, &out[1], x->err);
	if (!status)
		status = workspace(x, n * n + n, &space);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++) {
		c128_t *p = data(work) + b * n * n;
		double *w = (double *)(space + n * n);
		for (int64_t i = 0; i < n; i++)
			for (int64_t j = 0; j < i; j++) { // mirror the triangle that is read
				if (lower)
					p[j * n + i] = conj(p[i * n + j]);
				else
					p[i * n + j] = conj(p[j * n + i]);
			}
		eigh_ql(p, n, w, space);
		for (int64_t i = 0; i < n; i++)
			data(out[0])[b * n + i] = w[i];
		if (vectors)
			memcpy(data(out[1]) + b * n * n, space, sizeof *space * (size_t)(n * n));
	}
	free(space);
	tensor_unref(&work);
	if (status) {
		tensor_unref(&out[0]);
		tensor_unref(&out[1]);
		return status;
	}
	IValue both[2];
	TRY(store_all(x, out, (DType[]){dtype_to_real(d), d}, 2, both));
	rets[0] = both[0];
	if (only_values)
		ivalue_unref(&both[1]);
	else
		rets[1] = both[1];
	return STATUS_OK;
}

KERNEL(linalg_eigh) { return eigh(x, arg_tensor(args[0]), arg_str(args[1]), true, rets, false); }
KERNEL(linalg_eigvalsh) { return eigh(x, arg_tensor(args[0]), arg_str(args[1]), false, rets, true); }
KERNEL(_linalg_eigh) { return eigh(x, arg_tensor(args[0]), arg_str(args[1]), arg_bool(args[2]), rets, false); }
KERNEL(symeig) { return eigh(x, arg_tensor(args[0]), arg_bool(args[2]) ? "U" : "L", arg_bool(args[1]), rets, false); }

static Status eig(Exec *x, const Tensor *a, const char *name, bool vectors, IValue *rets)
{
	DType d;
	TRY(check_square(x, name, a, "A"));
	TRY(linalg_dtype(x, name, a, &d));
	DType c = dtype_to_complex(d);
	int64_t n = a->sizes[a->ndim - 1], vs[2] = {n, n};
	Tensor *work, *out[2] = {NULL};
	TRY(matrices_load(x, a, &work));
	Status status = batch_empty(x, DT_C128, a, 2, &n, 1, &out[0]);
	if (!status && vectors)
		status = batch_empty(x, DT_C128, a, 2, vs, 2, &out[1]);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++)
		status = eig_qr(x, data(work) + b * n * n, n, data(out[0]) + b * n,
			vectors ? data(out[1]) + b * n * n : NULL);
	tensor_unref(&work);
	if (status) {
		tensor_unref(&out[0]);
		tensor_unref(&out[1]);
		return status;
	}
	return store_all(x, out, (DType[]){c, c}, vectors ? 2 : 1, rets);
}

KERNEL(linalg_eig) { return eig(x, arg_tensor(args[0]), "linalg.eig", true, rets); }
KERNEL(linalg_eigvals) { return eig(x, arg_tensor(args[0]), "linalg.eigvals", false, rets); }
KERNEL(_linalg_eigvals) { return eig(x, arg_tensor(args[0]), "linalg.eigvals", false, rets); }

// ---- singular values

// U (m×m, or m×k), S and Vᴴ (n×n, or k×n) in complex128.
static Status svd_batch(Exec *x, const Tensor *a, bool full, Tensor **u, Tensor **s, Tensor **vh)
{
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], k = m < n ? m : n;
	int64_t us[2] = {m, full ? m : k}, vs[2] = {full ? n : k, n};
	Tensor *work;
	c128_t *space = NULL;
	*u = *s = *vh = NULL;
	TRY(matrices_load(x, a, &work));
	Status status = batch_empty(x, DT_C128, a, 2, us, 2, u);
	if (!status)
		status = batch_empty(x, DT_C128, a, 2, &k, 1, s);
	if (!status)
		status = batch_empty(x, DT_C128, a, 2, vs, 2, vh);
	if (!status)
		status = workspace(x, m * m + n * n + k, &space);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++) {
		c128_t *fu = space, *fv = fu + m * m;
		double *w = (double *)(fv + n * n);
		status = svd_jacobi(x, data(work) + b * m * n, m, n, fu, w, fv);
		for (int64_t i = 0; i < k && !status; i++)
			data(*s)[b * k + i] = w[i];
		for (int64_t i = 0; i < m && !status; i++)
			memcpy(data(*u) + (b * m + i) * us[1], fu + i * m, sizeof *fu * (size_t)us[1]);
		if (!status)
			memcpy(data(*vh) + b * vs[0] * n, fv, sizeof *fv * (size_t)(vs[0] * n));
	}
	free(space);
	tensor_unref(&work);
	if (status) {
		tensor_unref(u);
		tensor_unref(s);
		tensor_unref(vh);
	}
	return status;
}

static Status svd(Exec *x, const Tensor *a, bool full, bool vectors, IValue *rets)
{
	DType d;
	int64_t zero = 0;
	Tensor *out[3];
	TRY(check_matrix(x, "linalg.svd", a, "A"));
	TRY(linalg_dtype(x, "linalg.svd", a, &d));
	TRY(svd_batch(x, a, full, &out[0], &out[1], &out[2]));
	for (int i = 0; i < 3 && !vectors; i += 2) {
		tensor_unref(&out[i]);
		Status status = tensor_empty(DT_C128, &zero, 1, &out[i], x->err);
		if (status)
			return status;
	}
	return store_all(x, out, (DType[]){d, dtype_to_real(d), d}, 3, rets);
}

KERNEL(linalg_svd) { return svd(x, arg_tensor(args[0]), arg_bool(args[1]), true, rets); }
KERNEL(_linalg_svd) { return svd(x, arg_tensor(args[0]), arg_bool(args[1]), arg_bool(args[2]), rets); }

KERNEL(linalg_svdvals)
{
	IValue all[3];
	TRY(svd(x, arg_tensor(args[0]), false, false, all));
	ivalue_unref(&all[0]);
	ivalue_unref(&all[2]);
	rets[0] = all[1];
	return STATUS_OK;
}

// The old form gives V instead of Vᴴ, and zeros when vectors are not wanted.
KERNEL(svd)
{
	const Tensor *a = arg_tensor(args[0]);
	bool some = arg_bool(args[1]), vectors = arg_bool(args[2]);
	IValue all[3];
	TRY(svd(x, a, !some || !vectors, true, all));
	Tensor *vh = all[2].tensor, *v = view_transpose(vh, vh->ndim - 2, vh->ndim - 1), *dense = NULL;
	if (dtype_is_complex(tensor_dtype(v)))
		v->conj = !v->conj;
	Status status = cpu_prepare(x, v, tensor_dtype(v), &dense);
	tensor_unref(&v);
	ivalue_set(&all[2], iv_take_tensor(dense));
	for (int i = 0; i < 3 && !vectors && !status; i += 2)
		status = cpu_fill(x, all[i].tensor, iv_int(0));
	for (int i = 0; i < 3; i++) {
		if (status)
			ivalue_unref(&all[i]);
		else
			rets[i] = all[i];
	}
	return status;
}

// ---- pseudoinverse, rank, least squares

static double epsilon_of(DType d) { return d == DT_F32 || d == DT_C64 ? 1.1920928955078125e-07 : 2.220446049250313e-16; }

// The value of tolerance tensor t (broadcast over batches) for batch b; otherwise `none`.
static Status tolerance_values(Exec *x, const Tensor *t, const Tensor *a, double none, double **out)
{
	int64_t count = matrices_count(a);
	*out = xmalloc(sizeof **out * (size_t)(count + 1));
	for (int64_t b = 0; b < count; b++)
		(*out)[b] = none;
	if (!t)
		return STATUS_OK;
	Tensor *wide = NULL, *dense = NULL;
	Status status = view_expand(x, t, a->sizes, a->ndim - 2, &wide);
	if (!status)
		status = cpu_prepare(x, wide, DT_F64, &dense);
	for (int64_t b = 0; b < count && !status; b++)
		(*out)[b] = ((const double *)tensor_data(dense))[b];
	tensor_unref(&wide);
	tensor_unref(&dense);
	if (status)
		free(*out);
	return status;
}

typedef struct Tolerance { const Tensor *atol_tensor, *rtol_tensor; double atol, rtol; bool has_atol, has_rtol; } Tolerance;

// a itself, or the Hermitian matrix that its lower triangle stands for.
static Status hermitian_input(Exec *x, const Tensor *a, bool hermitian, Tensor **out)
{
	*out = NULL;
	if (!hermitian || a->ndim < 2 || a->sizes[a->ndim - 1] != a->sizes[a->ndim - 2]) {
		*out = tensor_alias(a);
		return STATUS_OK;
	}
	Tensor *work;
	int64_t n = a->sizes[a->ndim - 1];
	TRY(matrices_load(x, a, &work));
	for (int64_t b = 0; b < matrices_count(a); b++) {
		c128_t *p = data(work) + b * n * n;
		for (int64_t i = 0; i < n; i++) {
			p[i * n + i] = creal(p[i * n + i]);
			for (int64_t j = 0; j < i; j++)
				p[j * n + i] = conj(p[i * n + j]);
		}
	}
	return matrices_store(x, work, tensor_dtype(a), out);
}

// The threshold beneath which singular values count as zero: max(atol, rtol · the largest).
static Status thresholds(Exec *x, const Tolerance *t, const Tensor *a, DType d, const Tensor *s, double **out)
{
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], k = m < n ? m : n;
	double *atol, *rtol, standard = epsilon_of(d) * (double)(m > n ? m : n);
	TRY(tolerance_values(x, t->atol_tensor, a, t->has_atol ? t->atol : 0, &atol));
	bool given_atol = t->atol_tensor || t->has_atol;
	Status status = tolerance_values(x, t->rtol_tensor, a, t->has_rtol ? t->rtol : standard, &rtol);
	if (status) {
		free(atol);
		return status;
	}
	for (int64_t b = 0; b < matrices_count(a); b++) {
		// an absolute tolerance alone switches the standard relative one off
		double r = !t->rtol_tensor && !t->has_rtol && given_atol && atol[b] > 0 ? 0 : rtol[b];
		double largest = k ? creal(((const c128_t *)tensor_data(s))[b * k]) : 0;
		atol[b] = fmax(atol[b], r * largest);
	}
	free(rtol);
	*out = atol;
	return STATUS_OK;
}

static Status rank_any(Exec *x, const Tensor *a, const Tolerance *t, IValue *rets)
{
	DType d = tensor_dtype(a);
	Tensor *u, *s, *vh, *out;
	TRY(check_matrix(x, "torch.linalg.matrix_rank", a, "input"));
	if (d != DT_F32 && d != DT_F64 && d != DT_C64 && d != DT_C128)
		return xfail(x, "This function doesn't handle types other than float and double");
	TRY(svd_batch(x, a, false, &u, &s, &vh));
	tensor_unref(&u);
	tensor_unref(&vh);
	double *limit;
	Status status = thresholds(x, t, a, d, s, &limit);
	if (!status) {
		status = batch_empty(x, DT_I64, a, 2, NULL, 0, &out);
		int64_t k = s->sizes[s->ndim - 1];
		for (int64_t b = 0; b < matrices_count(a) && !status; b++)
			for (int64_t i = 0; i < k; i++)
				((int64_t *)tensor_data(out))[b] += creal(data(s)[b * k + i]) > limit[b];
		free(limit);
	}
	tensor_unref(&s);
	return status ? status : ret_tensor(rets, out);
}

static Status rank_of(Exec *x, const Tensor *a, const Tolerance *t, bool hermitian, IValue *rets)
{
	Tensor *in;
	TRY(hermitian_input(x, a, hermitian && dtype_kind(tensor_dtype(a)) >= KIND_FLOAT, &in));
	Status status = rank_any(x, in, t, rets);
	tensor_unref(&in);
	return status;
}

static Tolerance tolerance_floats(IValue atol, IValue rtol)
{
	return (Tolerance){.has_atol = !iv_is_none(atol), .atol = arg_float_or(atol, 0), .has_rtol = !iv_is_none(rtol),
		.rtol = arg_float_or(rtol, 0)};
}

KERNEL(linalg_matrix_rank)
{
	Tolerance t = {.has_atol = true, .atol = arg_float(args[1]), .has_rtol = true, .rtol = 0};
	return rank_of(x, arg_tensor(args[0]), &t, arg_bool(args[2]), rets);
}
KERNEL(linalg_matrix_rank_tol_tensor)
{
	Tolerance t = {.atol_tensor = arg_tensor(args[1]), .has_rtol = true, .rtol = 0};
	return rank_of(x, arg_tensor(args[0]), &t, arg_bool(args[2]), rets);
}
KERNEL(linalg_matrix_rank_atol_rtol_tensor)
{
	Tolerance t = {.atol_tensor = arg_tensor(args[1]), .rtol_tensor = arg_tensor(args[2])};
	return rank_of(x, arg_tensor(args[0]), &t, arg_bool(args[3]), rets);
}
KERNEL(linalg_matrix_rank_atol_rtol_float)
{
	Tolerance t = tolerance_floats(args[1], args[2]);
	return rank_of(x, arg_tensor(args[0]), &t, arg_bool(args[3]), rets);
}

// out (n×k) = V·S⁺·Uᴴ·b for b m×k; b NULL: the pseudoinverse itself.
static Status apply_pinv(Exec *x, const Tensor *u, const Tensor *s, const Tensor *vh, const double *limit, int64_t batch,
	const c128_t *b, int64_t cols, c128_t *out, int64_t *rank)
{
	int64_t m = u->sizes[u->ndim - 2], k = s->sizes[s->ndim - 1], n = vh->sizes[vh->ndim - 1];
	const c128_t *pu = (const c128_t *)tensor_data(u) + batch * m * k, *ps = (const c128_t *)tensor_data(s) + batch * k;
	const c128_t *pv = (const c128_t *)tensor_data(vh) + batch * k * n;
	c128_t *y;
	TRY(workspace(x, k * cols, &y));
	*rank = 0;
	for (int64_t i = 0; i < k; i++) {
		double v = creal(ps[i]);
		if (!(v > limit[batch]))
			continue;
		++*rank;
		for (int64_t c = 0; c < cols; c++) {
			c128_t sum = 0;
			if (b)
				for (int64_t r = 0; r < m; r++)
					sum += conj(pu[r * k + i]) * b[r * cols + c];
			else
				sum = conj(pu[c * k + i]);
			y[i * cols + c] = sum / v;
		}
	}
	for (int64_t r = 0; r < n; r++)
		for (int64_t c = 0; c < cols; c++) {
			c128_t sum = 0;
			for (int64_t i = 0; i < k; i++)
				sum += conj(pv[i * n + r]) * y[i * cols + c];
			out[r * cols + c] = sum;
		}
	free(y);
	return STATUS_OK;
}

static Status pinv_any(Exec *x, const Tensor *a, const Tolerance *t, IValue *rets)
{
	char text[SHAPE_TEXT];
	DType d = tensor_dtype(a);
	if (a->ndim < 2 || (d != DT_F32 && d != DT_F64 && d != DT_C64 && d != DT_C128))
		return xfail(x, "linalg.pinv(%s{%s}): expected a tensor with 2 or more dimensions of float, double, cfloat or "
				"cdouble types",
			dtype_class_name(d), shape_text(a->sizes, a->ndim, text));
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], sizes[2] = {n, m}, rank;
	Tensor *u, *s, *vh, *out;
	TRY(svd_batch(x, a, false, &u, &s, &vh));
	double *limit = NULL;
	Status status = thresholds(x, t, a, d, s, &limit);
	if (!status)
		status = batch_empty(x, DT_C128, a, 2, sizes, 2, &out);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++)
		status = apply_pinv(x, u, s, vh, limit, b, NULL, m, data(out) + b * m * n, &rank);
	free(limit);
	tensor_unref(&u);
	tensor_unref(&s);
	tensor_unref(&vh);
	return status ? status : store_all(x, &out, &d, 1, rets);
}

static Status pinv(Exec *x, const Tensor *a, const Tolerance *t, bool hermitian, IValue *rets)
{
	Tensor *in;
	TRY(hermitian_input(x, a, hermitian && dtype_kind(tensor_dtype(a)) >= KIND_FLOAT, &in));
	Status status = pinv_any(x, in, t, rets);
	tensor_unref(&in);
	return status;
}

KERNEL(linalg_pinv)
{
	Tolerance t = {.has_atol = true, .atol = 0, .has_rtol = true, .rtol = arg_float(args[1])};
	return pinv(x, arg_tensor(args[0]), &t, arg_bool(args[2]), rets);
}
KERNEL(pinverse)
{
	IValue all[3] = {args[0], args[1], iv_bool(false)};
	return op_linalg_pinv(x, all, 3, rets);
}
KERNEL(linalg_pinv_rcond_tensor)
{
	Tolerance t = {.rtol_tensor = arg_tensor(args[1])};
	return pinv(x, arg_tensor(args[0]), &t, arg_bool(args[2]), rets);
}
KERNEL(linalg_pinv_atol_rtol_tensor)
{
	Tolerance t = {.atol_tensor = arg_tensor(args[1]), .rtol_tensor = arg_tensor(args[2])};
	return pinv(x, arg_tensor(args[0]), &t, arg_bool(args[3]), rets);
}
KERNEL(linalg_pinv_atol_rtol_float)
{
	Tolerance t = tolerance_floats(args[1], args[2]);
	return pinv(x, arg_tensor(args[0]), &t, arg_bool(args[3]), rets);
}

KERNEL(linalg_lstsq)
{
	const Tensor *a = arg_tensor(args[0]), *b = arg_tensor(args[1]);
	const char *driver = arg_str(args[3]) ? arg_str(args[3]) : "gelsy";
	DType d;
	TRY(check_matrix(x, "torch.linalg.lstsq", a, "input"));
	TRY(linalg_dtype(x, "torch.linalg.lstsq", a, &d));
	if (a->dtype != b->dtype)
		return xfail(x, "torch.linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype %s and "
				"other's dtype %s",
			dtype_class_name(d), dtype_class_name(tensor_dtype(b)));
	if (strcmp(driver, "gels") && strcmp(driver, "gelsy") && strcmp(driver, "gelsd") && strcmp(driver, "gelss"))
		return xfail(x, "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)");
	bool vector = b->ndim == a->ndim - 1;
	for (int i = 0; vector && i < b->ndim; i++)
		vector = b->sizes[i] == a->sizes[i];
	if (!vector && b->ndim < 2)
		return xfail(x, "torch.linalg.lstsq: input.dim() must be greater or equal to other.dim() and (input.dim() - "
				"other.dim()) <= 1");
	int64_t m = a->sizes[a->ndim - 2], n = a->sizes[a->ndim - 1], zero = 0;
	Tensor *column = vector ? view_unsqueeze(b, b->ndim) : tensor_alias(b);
	int64_t cols = column->sizes[column->ndim - 1], batch[MAX_DIMS], sizes[MAX_DIMS];
	int nb;
	Tensor *wide[2] = {NULL}, *wb = NULL, *u = NULL, *s = NULL, *vh = NULL, *solution = NULL, *residuals = NULL;
	Tensor *ranks = NULL, *singular = NULL;
	double *limit = NULL;
	Status status = column->sizes[column->ndim - 2] == m
				? STATUS_OK
				: xfail(x, "torch.linalg.lstsq: input.size(-2) should match other.size(-%d)", vector ? 1 : 2);
	if (!status)
		status = broadcast_sizes(a->sizes, a->ndim - 2, column->sizes, column->ndim - 2, batch, &nb, x->err);
	memcpy(sizes, batch, sizeof(int64_t) * (size_t)(status ? 0 : nb));
	const Tensor *in[2] = {a, column};
	for (int i = 0; i < 2 && !status; i++) {
		sizes[nb] = m;
		sizes[nb + 1] = i ? cols : n;
		status = view_expand(x, in[i], sizes, nb + 2, &wide[i]);
	}
	tensor_unref(&column);
	if (!status)
		status = matrices_load(x, wide[1], &wb);
	if (!status)
		status = svd_batch(x, wide[0], false, &u, &s, &vh);
	Tolerance t = {.has_atol = true, .atol = 0, .has_rtol = true,
		.rtol = arg_float_or(args[2], epsilon_of(d) * (double)(m > n ? m : n))};
	if (!status)
		status = thresholds(x, &t, wide[0], d, s, &limit);
	int64_t ss[2] = {n, cols};
	bool gets_rank = strcmp(driver, "gels") != 0, gets_values = !strcmp(driver, "gelsd") || !strcmp(driver, "gelss");
	bool full = m > n && strcmp(driver, "gelsy") != 0;
	if (!status)
		status = batch_empty(x, DT_C128, wide[0], 2, ss, 2, &solution);
	if (!status)
		status = gets_rank ? batch_empty(x, DT_I64, wide[0], 2, NULL, 0, &ranks)
				   : tensor_empty(DT_I64, &zero, 1, &ranks, x->err);
	for (int64_t i = 0; i < (status ? 0 : matrices_count(wide[0])) && !status; i++) {
		int64_t rank;
		status = apply_pinv(x, u, s, vh, limit, i, data(wb) + i * m * cols, cols, data(solution) + i * n * cols, &rank);
		if (gets_rank)
			((int64_t *)tensor_data(ranks))[i] = rank;
		full = full && rank == n;
	}
	// residuals are given for overdetermined systems of full rank only
	if (!status)
		status = full ? batch_empty(x, DT_C128, wide[0], 2, &cols, 1, &residuals)
			      : tensor_empty(DT_C128, &zero, 1, &residuals, x->err);
	if (!status && full) {
		Tensor *wa;
		status = matrices_load(x, wide[0], &wa);
		for (int64_t i = 0; i < (status ? 0 : matrices_count(wide[0])); i++)
			for (int64_t c = 0; c < cols; c++) {
				double sum = 0;
				for (int64_t r = 0; r < m; r++) {
					c128_t e = data(wb)[(i * m + r) * cols + c];
					for (int64_t j = 0; j < n; j++)
						e -= data(wa)[(i * m + r) * n + j] * data(solution)[(i * n + j) * cols + c];
					sum += creal(e) * creal(e) + cimag(e) * cimag(e);
				}
				data(residuals)[i * cols + c] = sum;
			}
		if (!status)
			tensor_unref(&wa);
	}
	if (!status)
		status = gets_values ? matrices_load(x, s, &singular) : tensor_empty(DT_C128, &zero, 1, &singular, x->err);
	free(limit);
	tensor_unref(&wide[0]);
	tensor_unref(&wide[1]);
	tensor_unref(&wb);
	tensor_unref(&u);
	tensor_unref(&s);
	tensor_unref(&vh);
	if (status) {
		tensor_unref(&solution);
		tensor_unref(&residuals);
		tensor_unref(&ranks);
		tensor_unref(&singular);
		return status;
	}
	DType real = dtype_to_real(d);
	IValue got[3];
	status = store_all(x, (Tensor *[]){solution, residuals, singular}, (DType[]){d, real, real}, 3, got);
	if (status) {
		tensor_unref(&ranks);
		return status;
	}
	if (vector) {
		Tensor *flat = view_select(got[0].tensor, got[0].tensor->ndim - 1, 0);
		ivalue_set(&got[0], iv_take_tensor(flat));
	}
	rets[0] = got[0];
	rets[1] = got[1];
	rets[2] = iv_take_tensor(ranks);
	rets[3] = got[2];
	return STATUS_OK;
}

// ---- matrix exponential: scaling and squaring with a degree-13 Padé approximant (Higham, 2005)

static Status exponential(Exec *x, c128_t *a, int64_t n)
{
	static const double b[] = {64764752532480000., 32382376266240000., 7771770303897600., 1187353796428800.,
		129060195264000., 10559470521600., 670442572800., 33522128640., 1323241920., 40840800., 960960., 16380., 182., 1.};
	double norm = 0;
	for (int64_t j = 0; j < n; j++) {
		double sum = 0;
		for (int64_t i = 0; i < n; i++)
			sum += cabs(a[i * n + j]);
		norm = fmax(norm, sum);
		if (!isfinite(sum))
			norm = INFINITY;
	}
	if (!isfinite(norm)) {
		for (int64_t i = 0; i < n * n; i++)
			a[i] = NAN;
		return STATUS_OK;
	}
	int squarings = 0;
	for (; norm > 5.371920351148152; norm /= 2)
		squarings++;
	int64_t nn = n * n;
	c128_t *w;
	TRY(workspace(x, 7 * nn, &w));
	c128_t *a2 = w, *a4 = w + nn, *a6 = w + 2 * nn, *u = w + 3 * nn, *v = w + 4 * nn, *t = w + 5 * nn, *r = w + 6 * nn;
	for (int64_t i = 0; i < nn; i++)
		a[i] = CMPLX(ldexp(creal(a[i]), -squarings), ldexp(cimag(a[i]), -squarings));
	mat_mul(a, a, a2, n, n, n);
	mat_mul(a2, a2, a4, n, n, n);
	mat_mul(a4, a2, a6, n, n, n);
	for (int64_t i = 0; i < nn; i++) {
		t[i] = b[13] * a6[i] + b[11] * a4[i] + b[9] * a2[i];
		r[i] = b[12] * a6[i] + b[10] * a4[i] + b[8] * a2[i];
	}
	mat_mul(a6, t, u, n, n, n);
	mat_mul(a6, r, v, n, n, n);
	for (int64_t i = 0; i < nn; i++) {
		double one = i / n == i % n;
		t[i] = u[i] + b[7] * a6[i] + b[5] * a4[i] + b[3] * a2[i] + b[1] * one;
		v[i] += b[6] * a6[i] + b[4] * a4[i] + b[2] * a2[i] + b[0] * one;
	}
	mat_mul(a, t, u, n, n, n);
	for (int64_t i = 0; i < nn; i++) {
		a[i] = v[i] + u[i];
		t[i] = v[i] - u[i];
	}
	int64_t *pivots = xmalloc(sizeof *pivots * (size_t)(n + 1));
	lu_factor(t, n, n, pivots, true);
	lu_solve(t, pivots, a, n, n);
	free(pivots);
	for (; squarings > 0; squarings--) {
		mat_mul(a, a, t, n, n, n);
		memcpy(a, t, sizeof *a * (size_t)nn);
	}
	free(w);
	return STATUS_OK;
}

KERNEL(linalg_matrix_exp)
{
	const Tensor *a = arg_tensor(args[0]);
	DType d = tensor_dtype(a);
	Tensor *work;
	TRY(check_square(x, "linalg.matrix_exp", a, "A"));
	if (!dtype_is_float(d) && !dtype_is_complex(d))
		return xfail(x, "linalg.matrix_exp: Expected a floating point or complex tensor as input. Got %s",
			dtype_class_name(d));
	TRY(matrices_load(x, a, &work));
	int64_t n = a->sizes[a->ndim - 1];
	Status status = STATUS_OK;
	for (int64_t b = 0; b < matrices_count(a) && !status; b++)
		status = exponential(x, data(work) + b * n * n, n);
	if (status) {
		tensor_unref(&work);
		return status;
	}
	return store_all(x, &work, &d, 1, rets);
}

KERNEL(matrix_exp) { return op_linalg_matrix_exp(x, args, nargs, rets); }
