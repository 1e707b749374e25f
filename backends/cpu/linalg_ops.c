// SPDX-License-Identifier: BSD-3-Clause
// torch.linalg on top of LU and Cholesky: solve, inv, det, slogdet, lu_*, cholesky_*, triangular systems.
#include "backends/cpu/linalg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

// Loaded LU factorisations of a batch of matrices.
typedef struct Lu {
	Tensor *lu;       // complex128
	Tensor *pivots;   // int32, counted from 1
	Tensor *info;     // int32, one a matrix
	int64_t m, n, k, count;
} Lu;

static void lu_free(Lu *f)
{
	tensor_unref(&f->lu);
	tensor_unref(&f->pivots);
	tensor_unref(&f->info);
}

static Status lu_batch(Exec *x, const Tensor *a, bool pivot, Lu *f)
{
	*f = (Lu){.m = a->sizes[a->ndim - 2], .n = a->sizes[a->ndim - 1], .count = matrices_count(a)};
	f->k = f->m < f->n ? f->m : f->n;
	Status status = matrices_load(x, a, &f->lu);
	if (!status)
		status = batch_empty(x, DT_I32, a, 2, &f->k, 1, &f->pivots);
	if (!status)
		status = batch_empty(x, DT_I32, a, 2, NULL, 0, &f->info);
	int64_t *rows = xmalloc(sizeof *rows * (size_t)(f->k + 1));
	for (int64_t b = 0; b < f->count && !status; b++) {
		int64_t info = lu_factor((c128_t *)tensor_data(f->lu) + b * f->m * f->n, f->m, f->n, rows, pivot);
		((int32_t *)tensor_data(f->info))[b] = (int32_t)info;
		for (int64_t i = 0; i < f->k; i++)
			((int32_t *)tensor_data(f->pivots))[b * f->k + i] = (int32_t)rows[i] + 1;
	}
	free(rows);
	if (status)
		lu_free(f);
	return status;
}

// Reads int32 or int64 pivots (from 1) into rows from 0, checked.
static Status pivots_load(Exec *x, const Tensor *pivots, int64_t limit, int64_t **out)
{
	Tensor *p;
	if (!dtype_is_int(tensor_dtype(pivots)))
		return xfail(x, "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32, got %s",
			dtype_class_name(tensor_dtype(pivots)));
	TRY(cpu_prepare(x, pivots, DT_I64, &p));
	int64_t *rows = malloc(sizeof *rows * (size_t)(p->numel + 1));
	Status status = rows ? STATUS_OK : fail_memory(x->err, (size_t)p->numel * 8);
	for (int64_t i = 0; i < p->numel && !status; i++) {
		rows[i] = ((const int64_t *)tensor_data(p))[i] - 1;
		if (rows[i] < 0 || rows[i] >= limit)
			status = xfail(x, "Pivots given to lu_solve must all be greater or equal to 1. Did you properly pass the "
					  "result of lu_factor?");
	}
	tensor_unref(&p);
	if (status)
		free(rows);
	else
		*out = rows;
	return status;
}

// The first nonzero info as PyTorch's error.  what: printf format with one %d for the number.
static Status check_info(Exec *x, const char *name, const Tensor *info, const char *before, const char *after)
{
	const int32_t *p = tensor_data(info);
	for (int64_t b = 0; b < info->numel; b++) {
		if (p[b] == 0)
			continue;
		if (info->ndim)
			return xfail(x, "%s: (Batch element %" PRId64 "): %s%d%s", name, b, before, p[b], after);
		return xfail(x, "%s: %s%d%s", name, before, p[b], after);
	}
	return STATUS_OK;
}

#define SINGULAR_INVERSE "The diagonal element ", \
	" is zero, the inversion could not be completed because the input matrix is singular."
#define NOT_POSITIVE                                                                                    \
	"The factorization could not be completed because the input is not positive-definite (the leading minor of order ", \
		" is not positive-definite)."

// ---- LU itself

static Status ret_lu(Exec *x, Lu *f, DType d, IValue *rets, int n)
{
	Tensor *lu, *work = f->lu;
	f->lu = NULL;
	Status status = matrices_store(x, work, d, &lu);
	if (!status) {
		rets[0] = iv_take_tensor(lu);
		rets[1] = iv_take_tensor(tensor_ref(f->pivots));
		if (n > 2)
			rets[2] = iv_take_tensor(tensor_ref(f->info));
	}
	lu_free(f);
	return status;
}

static Status check_lu(Exec *x, const char *name, const Tensor *a, DType *d)
{
	char text[SHAPE_TEXT];
	if (a->ndim < 2)
		return xfail(x, "%s: Expected tensor with 2 or more dimensions. Got size: %s instead", name,
			shape_text(a->sizes, a->ndim, text));
	*d = tensor_dtype(a);
	if (*d != DT_F32 && *d != DT_F64 && *d != DT_C64 && *d != DT_C128)
		return xfail(x, "\"lu_cpu\" not implemented for '%s'", dtype_class_name(*d));
	return STATUS_OK;
}

KERNEL(linalg_lu_factor_ex)
{
	const Tensor *a = arg_tensor(args[0]);
	DType d;
	Lu f;
	TRY(check_lu(x, "torch.lu_factor", a, &d));
	TRY(lu_batch(x, a, arg_bool(args[1]), &f));
	Status status = arg_bool(args[2]) ? check_info(x, "torch.linalg.lu_factor_ex", f.info, "U[", "] is zero") : STATUS_OK;
	if (status) {
		lu_free(&f);
		return status;
	}
	return ret_lu(x, &f, d, rets, 3);
}

KERNEL(linalg_lu_factor)
{
	const Tensor *a = arg_tensor(args[0]);
	DType d;
	Lu f;
	TRY(check_lu(x, "torch.lu_factor", a, &d));
	TRY(lu_batch(x, a, arg_bool(args[1]), &f));
	for (int64_t b = 0; b < f.info->numel; b++) {
		int info = ((const int32_t *)tensor_data(f.info))[b];
		if (!info)
			continue;
		lu_free(&f);
		return xfail(x,
			"torch.linalg.lu_factor: U[%d,%d] is zero and using it on lu_solve would result in a division by zero. If "
			"you still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
			"linalg.lu_factor_ex(A, pivot)",
			info, info);
	}
	return ret_lu(x, &f, d, rets, 2);
}

KERNEL(_lu_with_info)
{
	return op_linalg_lu_factor_ex(x, args, nargs, rets);
}

// P, L and U from factorisations lu (complex128) and row exchanges.
static Status unpack(Exec *x, const Tensor *lu, const int64_t *rows, bool data, bool pivots, DType d, IValue *rets)
{
	int64_t m = lu->sizes[lu->ndim - 2], n = lu->sizes[lu->ndim - 1], k = m < n ? m : n, count = matrices_count(lu);
	int64_t ps[2] = {m, m}, ls[2] = {m, k}, us[2] = {k, n}, zero = 0;
	Tensor *p = NULL, *l = NULL, *u = NULL, *out[3] = {NULL};
	Status status = pivots ? batch_empty(x, DT_C128, lu, 2, ps, 2, &p) : tensor_empty(DT_C128, &zero, 1, &p, x->err);
	if (!status)
		status = data ? batch_empty(x, DT_C128, lu, 2, ls, 2, &l) : tensor_empty(DT_C128, &zero, 1, &l, x->err);
	if (!status)
		status = data ? batch_empty(x, DT_C128, lu, 2, us, 2, &u) : tensor_empty(DT_C128, &zero, 1, &u, x->err);
	int64_t *perm = xmalloc(sizeof *perm * (size_t)(m + 1));
	for (int64_t b = 0; b < count && !status; b++) {
		const c128_t *s = (const c128_t *)tensor_data(lu) + b * m * n;
		for (int64_t i = 0; i < m; i++)
			perm[i] = i;
		for (int64_t i = 0; i < k && pivots; i++) {
			int64_t t = perm[i];
			perm[i] = perm[rows[b * k + i]];
			perm[rows[b * k + i]] = t;
		}
		for (int64_t i = 0; i < m && pivots; i++)
			((c128_t *)tensor_data(p))[b * m * m + perm[i] * m + i] = 1;
		for (int64_t i = 0; i < m && data; i++)
			for (int64_t j = 0; j < n; j++) {
				if (j < i && j < k)
					((c128_t *)tensor_data(l))[b * m * k + i * k + j] = s[i * n + j];
				else if (i < k && j >= i)
					((c128_t *)tensor_data(u))[b * k * n + i * n + j] = s[i * n + j];
				if (i == j && j < k)
					((c128_t *)tensor_data(l))[b * m * k + i * k + j] = 1;
			}
	}
	free(perm);
	Tensor *work[3] = {p, l, u};
	for (int i = 0; i < 3; i++) {
		if (status)
			tensor_unref(&work[i]);
		else
			status = matrices_store(x, work[i], d, &out[i]);
	}
	for (int i = 0; i < 3; i++) {
		if (status)
			tensor_unref(&out[i]);
		else
			rets[i] = iv_take_tensor(out[i]);
	}
	return status;
}

KERNEL(linalg_lu)
{
	const Tensor *a = arg_tensor(args[0]);
	DType d;
	Lu f;
	int64_t *rows;
	TRY(check_lu(x, "linalg.lu", a, &d));
	TRY(lu_batch(x, a, arg_bool(args[1]), &f));
	Status status = pivots_load(x, f.pivots, f.m, &rows);
	if (!status) {
		status = unpack(x, f.lu, rows, true, arg_bool(args[1]), d, rets);
		free(rows);
	}
	lu_free(&f);
	return status;
}

KERNEL(lu_unpack)
{
	const Tensor *lu = arg_tensor(args[0]), *pivots = arg_tensor(args[1]);
	if (lu->ndim < 2)
		return xfail(x, "torch.lu_unpack: Expected tensor with 2 or more dimensions.");
	if (arg_bool(args[3]) && tensor_dtype(pivots) != DT_I32)
		return xfail(x, "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: "
				"this function is intended to be used with the output produced by torch.linalg.lu_factor");
	int64_t m = lu->sizes[lu->ndim - 2], n = lu->sizes[lu->ndim - 1], k = m < n ? m : n, *rows = NULL;
	Tensor *work;
	if (arg_bool(args[3]) && pivots->numel != matrices_count(lu) * k)
		return xfail(x, "torch.lu_unpack: LU_pivots does not fit LU_data");
	TRY(matrices_load(x, lu, &work));
	Status status = arg_bool(args[3]) ? pivots_load(x, pivots, m, &rows) : STATUS_OK;
	if (!status)
		status = unpack(x, work, rows, arg_bool(args[2]), arg_bool(args[3]), tensor_dtype(lu), rets);
	free(rows);
	tensor_unref(&work);
	return status;
}

// ---- systems

// a and b with their batch dimensions broadcast together, loaded; b's last two dimensions are kept.
static Status load_pair(Exec *x, const Tensor *a, const Tensor *b, Tensor **wa, Tensor **wb)
{
	int64_t batch[MAX_DIMS], sizes[MAX_DIMS];
	int n;
	TRY(broadcast_sizes(b->sizes, b->ndim - 2, a->sizes, a->ndim - 2, batch, &n, x->err));
	const Tensor *in[2] = {a, b};
	Tensor **out[2] = {wa, wb};
	*wa = *wb = NULL;
	Status status = STATUS_OK;
	for (int i = 0; i < 2 && !status; i++) {
		memcpy(sizes, batch, sizeof(int64_t) * (size_t)n);
		sizes[n] = in[i]->sizes[in[i]->ndim - 2];
		sizes[n + 1] = in[i]->sizes[in[i]->ndim - 1];
		Tensor *wide;
		status = view_expand(x, in[i], sizes, n + 2, &wide);
		if (!status) {
			status = matrices_load(x, wide, out[i]);
			tensor_unref(&wide);
		}
	}
	if (status) {
		tensor_unref(wa);
		tensor_unref(wb);
	}
	return status;
}

static Status check_system(Exec *x, const char *name, const Tensor *a, const Tensor *b, bool left)
{
	TRY(check_square(x, name, a, "A"));
	TRY(check_matrix(x, name, b, "B"));
	if (a->dtype != b->dtype)
		return xfail(x, "%s: Expected A and B to have the same dtype, but found A of type %s and B of type %s instead", name,
			dtype_class_name(tensor_dtype(a)), dtype_class_name(tensor_dtype(b)));
	int64_t n = a->sizes[a->ndim - 1];
	if (b->sizes[b->ndim - (left ? 2 : 1)] != n)
		return xfail(x, "%s: Incompatible shapes of A and B for the equation %s (%" PRId64 "x%" PRId64 " and %" PRId64
				"x%" PRId64 ")",
			name, left ? "AX = B" : "XA = B", a->sizes[a->ndim - 2], n, b->sizes[b->ndim - 2], b->sizes[b->ndim - 1]);
	return STATUS_OK;
}

// t as a matrix of one column when the system's right side is a vector.
static Tensor *as_column(const Tensor *t, bool vector) { return vector ? view_unsqueeze(t, t->ndim) : tensor_alias(t); }

static Status from_column(Tensor **t, bool vector)
{
	if (vector) {
		Tensor *flat = view_select(*t, (*t)->ndim - 1, 0);
		tensor_unref(t);
		*t = flat;
	}
	return STATUS_OK;
}

// Solves A·X = B, or X·A = B when !left, with LU; f receives A's factorisation (of Aᵀ when !left).
static Status solve_pair(Exec *x, const Tensor *a, const Tensor *b, bool left, Tensor **out, Lu *f)
{
	Tensor *wa, *wb;
	*f = (Lu){0};
	TRY(load_pair(x, a, b, &wa, &wb));
	int64_t n = a->sizes[a->ndim - 1], rows = wb->sizes[wb->ndim - 2], cols = wb->sizes[wb->ndim - 1];
	int64_t k = left ? cols : rows, count = matrices_count(wa);
	Status status = STATUS_OK;
	c128_t *turned = NULL;
	if (!left) {
		Tensor *at = view_transpose(wa, wa->ndim - 2, wa->ndim - 1);
		status = lu_batch(x, at, true, f);
		tensor_unref(&at);
		if (!status)
			status = workspace(x, n * k, &turned);
	} else {
		status = lu_batch(x, wa, true, f);
	}
	int64_t *pivots = NULL;
	if (!status)
		status = pivots_load(x, f->pivots, n > 0 ? n : 1, &pivots);
	for (int64_t i = 0; i < count && !status; i++) {
		const c128_t *lu = (const c128_t *)tensor_data(f->lu) + i * n * n;
		c128_t *p = (c128_t *)tensor_data(wb) + i * n * k;
		if (((const int32_t *)tensor_data(f->info))[i])
			continue; // the caller decides
		if (left) {
			lu_solve(lu, pivots + i * n, p, n, k);
		} else {
			mat_transpose(p, turned, k, n);
			lu_solve(lu, pivots + i * n, turned, n, k);
			mat_transpose(turned, p, n, k);
		}
	}
	free(pivots);
	free(turned);
	tensor_unref(&wa);
	if (status) {
		tensor_unref(&wb);
		lu_free(f);
		return status;
	}
	*out = wb;
	return STATUS_OK;
}

static bool is_vector_side(const Tensor *a, const Tensor *b)
{
	bool vector = b->ndim == 1 || (a->ndim - 1 == b->ndim);
	for (int d = 0; vector && b->ndim > 1 && d < b->ndim; d++)
		vector = b->sizes[d] == a->sizes[d];
	return vector;
}

static Status solve(Exec *x, const Tensor *a, const Tensor *b, bool left, bool check, Tensor **out, Lu *f)
{
	DType d;
	bool vector = a->ndim >= 2 && is_vector_side(a, b);
	if (vector && !left)
		return xfail(x, "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this "
				"case linalg.solve is equivalent to B / A.squeeze(-1)");
	TRY(linalg_dtype(x, "linalg.solve", a, &d));
	Tensor *column = as_column(b, vector), *work;
	Status status = check_system(x, "linalg.solve", a, column, left);
	if (!status)
		status = solve_pair(x, a, column, left, &work, f);
	tensor_unref(&column);
	TRY(status);
	for (int64_t i = 0; i < f->info->numel && check && !status; i++)
		if (((const int32_t *)tensor_data(f->info))[i])
			status = f->info->ndim
					 ? xfail(x,
						   "torch.linalg.solve: (Batch element %" PRId64
						   "): The solver failed because the input matrix is singular.",
						   i)
					 : xfail(x, "torch.linalg.solve: The solver failed because the input matrix is singular.");
	if (!status)
		status = matrices_store(x, work, d, out);
	else
		tensor_unref(&work);
	if (!status)
		status = from_column(out, vector);
	if (status)
		lu_free(f);
	return status;
}

KERNEL(linalg_solve)
{
	Tensor *out;
	Lu f;
	TRY(solve(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_bool(args[2]), true, &out, &f));
	lu_free(&f);
	return ret_tensor(rets, out);
}

KERNEL(linalg_solve_ex)
{
	Tensor *out;
	Lu f;
	TRY(solve(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_bool(args[2]), arg_bool(args[3]), &out, &f));
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(tensor_ref(f.info));
	lu_free(&f);
	return STATUS_OK;
}

KERNEL(_linalg_solve_ex)
{
	Tensor *out;
	Lu f;
	TRY(solve(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_bool(args[2]), arg_bool(args[3]), &out, &f));
	IValue lu[3];
	Status status = ret_lu(x, &f, tensor_dtype(arg_tensor(args[0])), lu, 3);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	rets[0] = iv_take_tensor(out);
	memcpy(rets + 1, lu, sizeof lu);
	return STATUS_OK;
}

static Status solve_with_lu(Exec *x, const char *name, const Tensor *lu, const Tensor *pivots, const Tensor *b, bool left,
	bool adjoint, IValue *rets)
{
	DType d;
	TRY(linalg_dtype(x, name, lu, &d));
	TRY(check_system(x, name, lu, b, left));
	int64_t n = lu->sizes[lu->ndim - 1], *rows = NULL;
	Tensor *wl, *wb, *wide = NULL, *out;
	TRY(load_pair(x, lu, b, &wl, &wb));
	int64_t sizes[MAX_DIMS];
	memcpy(sizes, wl->sizes, sizeof(int64_t) * (size_t)(wl->ndim - 1));
	Status status = view_expand(x, pivots, sizes, wl->ndim - 1, &wide);
	if (!status)
		status = pivots_load(x, wide, n > 0 ? n : 1, &rows);
	tensor_unref(&wide);
	int64_t k = n ? wb->sizes[wb->ndim - 1] * wb->sizes[wb->ndim - 2] / n : 0;
	c128_t *turned = NULL;
	if (!status)
		status = workspace(x, n * n + n * k + n, &turned);
	for (int64_t i = 0; i < matrices_count(wl) && !status; i++) {
		const c128_t *f = (const c128_t *)tensor_data(wl) + i * n * n;
		c128_t *p = (c128_t *)tensor_data(wb) + i * n * k, *u = turned + n * k;
		const int64_t *pv = rows + i * n;
		// X·A = B is Aᵀ·Xᵀ = Bᵀ; an adjoint system conjugates on top
		if (!left)
			mat_transpose(p, turned, k, n);
		c128_t *v = left ? p : turned;
		bool flip = left == adjoint; // left & adjoint: Aᴴ; right & not adjoint: Aᵀ
		bool conjugated = adjoint;
		if (!flip && conjugated) // right and adjoint: X·Aᴴ = B → conj(A)·Xᵀ = Bᵀ
			for (int64_t e = 0; e < n * n; e++)
				u[e] = conj(f[e]);
		if (!flip) {
			lu_solve(conjugated ? u : f, pv, v, n, k);
		} else {
			if (conjugated)
				mat_adjoint(f, u, n, n);
			else
				mat_transpose(f, u, n, n);
			tri_solve(u, v, n, k, false, false); // Uᵀ
			tri_solve(u, v, n, k, true, true);   // Lᵀ
			for (int64_t r = n - 1; r >= 0; r--)
				for (int64_t c = 0; c < k && pv[r] != r; c++) {
					c128_t t = v[r * k + c];
					v[r * k + c] = v[pv[r] * k + c];
					v[pv[r] * k + c] = t;
				}
		}
		if (!left)
			mat_transpose(turned, p, n, k);
	}
	free(turned);
	free(rows);
	tensor_unref(&wl);
	if (status) {
		tensor_unref(&wb);
		return status;
	}
	TRY(matrices_store(x, wb, d, &out));
	return ret_tensor(rets, out);
}

KERNEL(linalg_lu_solve)
{
	return solve_with_lu(x, "linalg.lu_solve", arg_tensor(args[0]), arg_tensor(args[1]), arg_tensor(args[2]),
		arg_bool(args[3]), arg_bool(args[4]), rets);
}

KERNEL(lu_solve)
{
	return solve_with_lu(x, "linalg.lu_solve", arg_tensor(args[1]), arg_tensor(args[2]), arg_tensor(args[0]), true, false,
		rets);
}

// ---- inverse and determinants

static Status inverse(Exec *x, const Tensor *a, Tensor **out, Tensor **info)
{
	DType d;
	TRY(check_square(x, "linalg.inv", a, "A"));
	TRY(linalg_dtype(x, "linalg.inv", a, &d));
	int64_t n = a->sizes[a->ndim - 1], sizes[2] = {n, n};
	Tensor *eye, *work;
	Lu f;
	TRY(batch_empty(x, DT_C128, a, 2, sizes, 2, &eye));
	for (int64_t b = 0; b < matrices_count(a); b++)
		mat_identity((c128_t *)tensor_data(eye) + b * n * n, n, n);
	Status status = solve_pair(x, a, eye, true, &work, &f);
	tensor_unref(&eye);
	TRY(status);
	*info = tensor_ref(f.info);
	lu_free(&f);
	status = matrices_store(x, work, d, out);
	if (status)
		tensor_unref(info);
	return status;
}

static Status inverse_checked(Exec *x, const Tensor *a, IValue *rets)
{
	Tensor *out, *info;
	TRY(inverse(x, a, &out, &info));
	Status status = check_info(x, "linalg.inv", info, SINGULAR_INVERSE);
	tensor_unref(&info);
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(linalg_inv) { return inverse_checked(x, arg_tensor(args[0]), rets); }
KERNEL(inverse) { return inverse_checked(x, arg_tensor(args[0]), rets); }

KERNEL(linalg_inv_ex)
{
	Tensor *out, *info;
	TRY(inverse(x, arg_tensor(args[0]), &out, &info));
	Status status = arg_bool(args[1]) ? check_info(x, "linalg.inv_ex", info, SINGULAR_INVERSE) : STATUS_OK;
	if (status) {
		tensor_unref(&out);
		tensor_unref(&info);
		return status;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(info);
	return STATUS_OK;
}

// Signs (unit complex numbers) and logarithms of the absolute values of the determinants.
static Status determinants(Exec *x, const char *name, const Tensor *a, DType *d, Lu *f, Tensor **sign, Tensor **log_abs,
	Tensor **det)
{
	TRY(check_square(x, name, a, "A"));
	TRY(linalg_dtype(x, name, a, d));
	TRY(lu_batch(x, a, true, f));
	*sign = *log_abs = *det = NULL;
	Status status = batch_empty(x, DT_C128, a, 2, NULL, 0, sign);
	if (!status)
		status = batch_empty(x, DT_C128, a, 2, NULL, 0, log_abs);
	if (!status)
		status = batch_empty(x, DT_C128, a, 2, NULL, 0, det);
	for (int64_t b = 0; b < f->count && !status; b++) {
		const c128_t *u = (const c128_t *)tensor_data(f->lu) + b * f->n * f->n;
		c128_t s = 1, product = 1;
		double log_sum = 0;
		for (int64_t i = 0; i < f->n; i++) {
			c128_t v = u[i * f->n + i];
			if (((const int32_t *)tensor_data(f->pivots))[b * f->n + i] != i + 1) {
				s = -s;
				product = -product;
			}
			double size = cabs(v);
			product *= v;
			s = size == 0 ? 0 : s * (v / size);
			log_sum += log(size);
		}
		((c128_t *)tensor_data(*sign))[b] = s;
		((c128_t *)tensor_data(*log_abs))[b] = log_sum;
		((c128_t *)tensor_data(*det))[b] = product;
	}
	if (status) {
		tensor_unref(sign);
		tensor_unref(log_abs);
		tensor_unref(det);
		lu_free(f);
	}
	return status;
}

static Status det_op(Exec *x, const Tensor *a, IValue *rets, bool with_lu)
{
	DType d;
	Lu f;
	Tensor *sign, *log_abs, *det, *out;
	TRY(determinants(x, "linalg.det", a, &d, &f, &sign, &log_abs, &det));
	tensor_unref(&sign);
	tensor_unref(&log_abs);
	Status status = matrices_store(x, det, d, &out);
	if (status || !with_lu) {
		lu_free(&f);
		return status ? status : ret_tensor(rets, out);
	}
	IValue lu[2];
	status = ret_lu(x, &f, d, lu, 2);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = lu[0];
	rets[2] = lu[1];
	return STATUS_OK;
}

KERNEL(linalg_det) { return det_op(x, arg_tensor(args[0]), rets, false); }
KERNEL(det) { return det_op(x, arg_tensor(args[0]), rets, false); }
KERNEL(_linalg_det) { return det_op(x, arg_tensor(args[0]), rets, true); }

static Status slogdet_op(Exec *x, const Tensor *a, IValue *rets, bool with_lu)
{
	DType d;
	Lu f;
	Tensor *sign, *log_abs, *det, *s = NULL, *l = NULL;
	TRY(determinants(x, "linalg.slogdet", a, &d, &f, &sign, &log_abs, &det));
	tensor_unref(&det);
	Status status = matrices_store(x, sign, d, &s);
	if (!status)
		status = matrices_store(x, log_abs, dtype_to_real(d), &l);
	else
		tensor_unref(&log_abs);
	if (!status && with_lu)
		status = ret_lu(x, &f, d, rets + 2, 2);
	else
		lu_free(&f);
	if (status) {
		tensor_unref(&s);
		tensor_unref(&l);
		return status;
	}
	rets[0] = iv_take_tensor(s);
	rets[1] = iv_take_tensor(l);
	return STATUS_OK;
}

KERNEL(linalg_slogdet) { return slogdet_op(x, arg_tensor(args[0]), rets, false); }
KERNEL(slogdet) { return slogdet_op(x, arg_tensor(args[0]), rets, false); }
KERNEL(_linalg_slogdet) { return slogdet_op(x, arg_tensor(args[0]), rets, true); }

KERNEL(logdet)
{
	DType d;
	Lu f;
	Tensor *sign, *log_abs, *det, *out;
	TRY(determinants(x, "logdet", arg_tensor(args[0]), &d, &f, &sign, &log_abs, &det));
	c128_t *s = tensor_data(sign), *l = tensor_data(log_abs);
	for (int64_t b = 0; b < f.count; b++) {
		if (dtype_is_complex(d))
			l[b] += clog(s[b]);
		else
			l[b] = creal(s[b]) < 0 ? NAN : l[b];
	}
	lu_free(&f);
	tensor_unref(&sign);
	tensor_unref(&det);
	TRY(matrices_store(x, log_abs, d, &out));
	return ret_tensor(rets, out);
}

// ---- Cholesky

static Status cholesky(Exec *x, const char *name, const Tensor *a, bool upper, Tensor **out, Tensor **info)
{
	DType d;
	TRY(check_square(x, name, a, "A"));
	TRY(linalg_dtype(x, name, a, &d));
	int64_t n = a->sizes[a->ndim - 1];
	Tensor *work, *failed;
	c128_t *flipped = NULL;
	TRY(matrices_load(x, a, &work));
	Status status = batch_empty(x, DT_I32, a, 2, NULL, 0, &failed);
	if (!status)
		status = workspace(x, n * n, &flipped);
	for (int64_t b = 0; b < matrices_count(a) && !status; b++) {
		c128_t *p = (c128_t *)tensor_data(work) + b * n * n;
		if (upper) { // the given triangle is the upper one
			mat_adjoint(p, flipped, n, n);
			memcpy(p, flipped, sizeof *p * (size_t)(n * n));
		}
		((int32_t *)tensor_data(failed))[b] = (int32_t)cholesky_factor(p, n);
		for (int64_t i = 0; i < n; i++)
			for (int64_t j = i + 1; j < n; j++)
				p[i * n + j] = 0;
		if (upper) {
			mat_adjoint(p, flipped, n, n);
			memcpy(p, flipped, sizeof *p * (size_t)(n * n));
		}
	}
	free(flipped);
	if (!status)
		status = matrices_store(x, work, d, out);
	else
		tensor_unref(&work);
	if (status)
		tensor_unref(&failed);
	else
		*info = failed;
	return status;
}

static Status cholesky_checked(Exec *x, const char *name, const IValue *args, IValue *rets)
{
	Tensor *out, *info;
	TRY(cholesky(x, name, arg_tensor(args[0]), arg_bool(args[1]), &out, &info));
	Status status = check_info(x, name, info, NOT_POSITIVE);
	tensor_unref(&info);
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(linalg_cholesky) { return cholesky_checked(x, "linalg.cholesky", args, rets); }
KERNEL(cholesky) { return cholesky_checked(x, "cholesky", args, rets); }

KERNEL(linalg_cholesky_ex)
{
	Tensor *out, *info;
	TRY(cholesky(x, "linalg.cholesky", arg_tensor(args[0]), arg_bool(args[1]), &out, &info));
	Status status = arg_bool(args[2]) ? check_info(x, "linalg.cholesky_ex", info, NOT_POSITIVE) : STATUS_OK;
	if (status) {
		tensor_unref(&out);
		tensor_unref(&info);
		return status;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(info);
	return STATUS_OK;
}

// b ← (L·Lᴴ)⁻¹·b; f is the factor as given, l receives L and lh its adjoint.
static void cholesky_apply(const c128_t *f, bool upper, c128_t *l, c128_t *lh, c128_t *b, int64_t n, int64_t k)
{
	mat_adjoint(f, upper ? l : lh, n, n);
	memcpy(upper ? lh : l, f, sizeof *f * (size_t)(n * n));
	tri_solve(l, b, n, k, false, false);
	tri_solve(lh, b, n, k, true, false);
}

KERNEL(cholesky_solve)
{
	const Tensor *b = arg_tensor(args[0]), *a = arg_tensor(args[1]);
	DType d;
	if (b->ndim < 2 || a->ndim < 2)
		return xfail(x, "cholesky_solve: expected tensors of at least 2 dimensions, but got %d and %d", b->ndim, a->ndim);
	TRY(check_square(x, "cholesky_solve", a, "A"));
	TRY(linalg_dtype(x, "cholesky_solve", a, &d));
	int64_t n = a->sizes[a->ndim - 1], k = b->sizes[b->ndim - 1];
	if (b->sizes[b->ndim - 2] != n)
		return xfail(x, "Incompatible matrix sizes for cholesky_solve: each A matrix is %" PRId64 " by %" PRId64
				" but each b matrix is %" PRId64 " by %" PRId64,
			n, n, b->sizes[b->ndim - 2], k);
	Tensor *wa, *wb, *out;
	c128_t *space;
	TRY(load_pair(x, a, b, &wa, &wb));
	Status status = workspace(x, 2 * n * n, &space);
	for (int64_t i = 0; i < matrices_count(wa) && !status; i++)
		cholesky_apply((const c128_t *)tensor_data(wa) + i * n * n, arg_bool(args[2]), space, space + n * n,
			(c128_t *)tensor_data(wb) + i * n * k, n, k);
	tensor_unref(&wa);
	if (status) {
		tensor_unref(&wb);
		return status;
	}
	free(space);
	TRY(matrices_store(x, wb, d, &out));
	return ret_tensor(rets, out);
}

KERNEL(_cholesky_solve_helper) { return op_cholesky_solve(x, args, nargs, rets); }

KERNEL(cholesky_inverse)
{
	const Tensor *a = arg_tensor(args[0]);
	DType d;
	TRY(check_square(x, "cholesky_inverse", a, "A"));
	TRY(linalg_dtype(x, "cholesky_inverse", a, &d));
	int64_t n = a->sizes[a->ndim - 1];
	Tensor *work, *out;
	c128_t *space;
	TRY(matrices_load(x, a, &work));
	Status status = workspace(x, 3 * n * n, &space);
	for (int64_t i = 0; i < matrices_count(a) && !status; i++) {
		c128_t *p = (c128_t *)tensor_data(work) + i * n * n, *eye = space + 2 * n * n;
		for (int64_t r = 0; r < n; r++) // only one triangle is read
			for (int64_t c = 0; c < n; c++)
				if (arg_bool(args[1]) ? c < r : c > r)
					p[r * n + c] = 0;
		mat_identity(eye, n, n);
		cholesky_apply(p, arg_bool(args[1]), space, space + n * n, eye, n, n);
		memcpy(p, eye, sizeof *p * (size_t)(n * n));
	}
	if (status) {
		tensor_unref(&work);
		return status;
	}
	free(space);
	TRY(matrices_store(x, work, d, &out));
	return ret_tensor(rets, out);
}

// ---- triangular systems

static Status triangular(Exec *x, const char *name, const Tensor *a, const Tensor *b, bool upper, bool left, bool unit,
	bool transpose, Tensor **out)
{
	DType d;
	TRY(linalg_dtype(x, name, a, &d));
	TRY(check_system(x, name, a, b, left));
	Tensor *wa, *wb;
	c128_t *space;
	int64_t n = a->sizes[a->ndim - 1];
	TRY(load_pair(x, a, b, &wa, &wb));
	int64_t k = n ? wb->sizes[wb->ndim - 1] * wb->sizes[wb->ndim - 2] / n : 0;
	Status status = workspace(x, n * n + n * k, &space);
	for (int64_t i = 0; i < matrices_count(wa) && !status; i++) {
		c128_t *p = (c128_t *)tensor_data(wa) + i * n * n, *q = (c128_t *)tensor_data(wb) + i * n * k;
		c128_t *flipped = space, *side = space + n * n;
		bool flip = transpose != !left;
		if (flip)
			mat_transpose(p, flipped, n, n);
		if (left) {
			tri_solve(flip ? flipped : p, q, n, k, upper != flip, unit);
		} else {
			mat_transpose(q, side, k, n);
			tri_solve(flip ? flipped : p, side, n, k, upper != flip, unit);
			mat_transpose(side, q, n, k);
		}
	}
	tensor_unref(&wa);
	if (status) {
		tensor_unref(&wb);
		return status;
	}
	free(space);
	return matrices_store(x, wb, d, out);
}

KERNEL(linalg_solve_triangular)
{
	Tensor *out;
	TRY(triangular(x, "linalg.solve_triangular", arg_tensor(args[0]), arg_tensor(args[1]), arg_bool(args[2]),
		arg_bool(args[3]), arg_bool(args[4]), false, &out));
	return ret_tensor(rets, out);
}

KERNEL(triangular_solve)
{
	Tensor *out, *kept;
	TRY(triangular(x, "triangular_solve", arg_tensor(args[1]), arg_tensor(args[0]), arg_bool(args[2]), true,
		arg_bool(args[4]), arg_bool(args[3]), &out));
	Status status = cpu_clone(x, arg_tensor(args[1]), &kept);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(kept);
	return STATUS_OK;
}
