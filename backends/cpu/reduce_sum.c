// SPDX-License-Identifier: BSD-3-Clause
// Sums and what is made of them: sum, nansum, mean, nanmean, prod, norms, variance, logsumexp, any, all,
// count_nonzero.  Floats are summed in double over sixteen lanes joined pairwise; integers in int64, wrapping.
#include "backends/cpu/cmath.h"
#include "backends/cpu/reduce.h"
#include "backends/cpu/table.h"

#include <inttypes.h>
#include <math.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)
#define FOLD(NAME) static void NAME(FoldState *s, const void *run, int64_t n, int64_t at, const FoldParams *p)
#define JOIN(NAME) static void NAME(FoldState *s, const FoldState *t, const FoldParams *p)
#define FINISH(NAME)                                                                                    \
	static void NAME(const FoldState *s, Carrier carrier, void *out, void *out2, const FoldParams *p)
#define UNUSED (void)at, (void)p

// Σ e over a run in 16 lanes; `v` is the element.
#define LANES(T, E)                                                                                     \
	{                                                                                               \
		const T *q = run;                                                                       \
		double lane[16] = {0};                                                                  \
		int64_t k = 0;                                                                          \
		for (; k + 16 <= n; k += 16)                                                            \
			for (int l = 0; l < 16; l++) {                                                  \
				T v = q[k + l];                                                         \
				lane[l] += (E);                                                         \
			}                                                                               \
		for (; k < n; k++) {                                                                    \
			T v = q[k];                                                                     \
			lane[k & 15] += (E);                                                            \
		}                                                                                       \
		for (int w = 8; w > 0; w /= 2)                                                          \
			for (int l = 0; l < w; l++)                                                     \
				lane[l] += lane[l + w];                                                 \
		s->a += lane[0];                                                                        \
	}

// ---- sum, mean
FOLD(sum_f32)
{
	UNUSED;
	double (*fast)(const float *, int64_t) = cpu_table()->sum_f32;
	if (fast)
		s->a += fast(run, n);
	else
		LANES(float, v)
}
FOLD(sum_f64) { UNUSED; LANES(double, v) }
FOLD(sum_i64)
{
	UNUSED;
	const int64_t *q = run;
	uint64_t sum = (uint64_t)s->i;
	for (int64_t k = 0; k < n; k++)
		sum += (uint64_t)q[k];
	s->i = (int64_t)sum;
}
FOLD(sum_c64)
{
	UNUSED;
	const float *q = run;
	for (int64_t k = 0; k < n; k++) {
		s->a += q[2 * k];
		s->b += q[2 * k + 1];
	}
}
FOLD(sum_c128)
{
	UNUSED;
	const double *q = run;
	for (int64_t k = 0; k < n; k++) {
		s->a += q[2 * k];
		s->b += q[2 * k + 1];
	}
}
JOIN(sum_join)
{
	(void)p;
	s->a += t->a;
	s->b += t->b;
	s->i = (int64_t)((uint64_t)s->i + (uint64_t)t->i);
}
static void store(void *out, DType d, Carrier carrier, double re, double im, int64_t i)
{
	if (carrier == CARRY_I64 || carrier == CARRY_U64)
		element_set_i64(out, d, i);
	else if (dtype_is_complex(d))
		element_set_c128(out, d, re, im);
	else
		element_set_f64(out, d, re);
}
FINISH(sum_finish) { (void)out2; store(out, p->out, carrier, s->a, s->b, s->i); }
FINISH(mean_finish) { (void)out2; store(out, p->out, carrier, s->a / p->count, s->b / p->count, 0); }
#define SUM_FOLDS {[CARRY_I64] = sum_i64, [CARRY_U64] = sum_i64, [CARRY_F32] = sum_f32, [CARRY_F64] = sum_f64, \
	[CARRY_C64] = sum_c64, [CARRY_C128] = sum_c128}
static const Folder sum_folder = {"sum_cpu", TAKES_ALL, false, {.a = 0}, SUM_FOLDS, sum_join, sum_finish, ACROSS_SUM};
static const Folder mean_folder = {"sum_cpu", TAKES_FLOAT | TAKES_COMPLEX, false, {.a = 0}, SUM_FOLDS, sum_join, mean_finish, ACROSS_SUM};

FOLD(nansum_f32) { UNUSED; LANES(float, v != v ? 0 : v) }
FOLD(nansum_f64) { UNUSED; LANES(double, v != v ? 0 : v) }
static const Folder nansum_folder = {"nansum_cpu", TAKES_ALL, false, {.a = 0},
	{[CARRY_I64] = sum_i64, [CARRY_U64] = sum_i64, [CARRY_F32] = nansum_f32, [CARRY_F64] = nansum_f64}, sum_join, sum_finish, ACROSS_NONE};

// The mean of what is not NaN: the sum in a, the count in i.
#define NANMEAN(NAME, T)                                                                                \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		for (int64_t k = 0; k < n; k++) {                                                       \
			s->a += q[k] == q[k] ? q[k] : 0;                                                \
			s->i += q[k] == q[k];                                                           \
		}                                                                                       \
	}
NANMEAN(nanmean_f32, float)
NANMEAN(nanmean_f64, double)
FINISH(nanmean_finish) { (void)out2, (void)carrier; element_set_f64(out, p->out, s->a / (double)s->i); }
static const Folder nanmean_folder = {"nansum_cpu", TAKES_FLOAT, false, {.a = 0},
	{[CARRY_F32] = nanmean_f32, [CARRY_F64] = nanmean_f64}, sum_join, nanmean_finish, ACROSS_NONE};

static DType sum_dtype(DType d) { return dtype_is_int(d) || d == DT_BOOL ? DT_I64 : d; }

static Status run_sum(Exec *x, const Folder *f, const Tensor *self, IValue dims, bool keepdim, IValue dtype, IValue *rets)
{
	ReduceShape r;
	DType d;
	Tensor *t;
	FoldParams p = {0};
	TRY(reduce_shape(x, self, dims, true, keepdim, &r));
	TRY(arg_dtype(x, dtype, sum_dtype(tensor_dtype(self)), &d));
	if (d == DT_C32 && f == &sum_folder)
		return fail_not_implemented(x, "sum_cpu", d);
	// bool sums are logical: any
	TRY(reduce_new(x, f, self, d, &r, &p, d, &t));
	return ret_tensor(rets, t);
}
KERNEL(sum) { (void)nargs; return run_sum(x, &sum_folder, args[0].tensor, iv_none(), false, args[1], rets); }
KERNEL(sum_dim_IntList) { (void)nargs; return run_sum(x, &sum_folder, args[0].tensor, args[1], arg_bool(args[2]), args[3], rets); }
KERNEL(nansum)
{
	(void)nargs;
	if (dtype_is_complex(tensor_dtype(args[0].tensor)))
		return xfail(x, "nansum on CPU does not support complex inputs");
	return run_sum(x, &nansum_folder, args[0].tensor, args[1], arg_bool(args[2]), args[3], rets);
}

static Status run_mean(Exec *x, const Folder *f, const Tensor *self, IValue dims, bool keepdim, IValue dtype, IValue *rets)
{
	DType d;
	TRY(arg_dtype(x, dtype, tensor_dtype(self), &d));
	if (!dtype_is_float(d) && !dtype_is_complex(d))
		return xfail(x, "mean(): could not infer output dtype. %s dtype must be either a floating point or complex dtype. Got: %s",
			iv_is_none(dtype) ? "Input" : "Optional", dtype_class_name(d));
	ReduceShape r;
	Tensor *t;
	FoldParams p = {0};
	TRY(reduce_shape(x, self, dims, true, keepdim, &r));
	TRY(reduce_new(x, f, self, d, &r, &p, d, &t));
	return ret_tensor(rets, t);
}
KERNEL(mean) { (void)nargs; return run_mean(x, &mean_folder, args[0].tensor, iv_none(), false, args[1], rets); }
KERNEL(mean_dim) { (void)nargs; return run_mean(x, &mean_folder, args[0].tensor, args[1], arg_bool(args[2]), args[3], rets); }
KERNEL(nanmean)
{
	(void)nargs;
	DType d = tensor_dtype(args[0].tensor);
	if (!dtype_is_float(d))
		return xfail(x, "nanmean(): expected input to have floating point or complex dtype but got %s", dtype_class_name(d));
	return run_mean(x, &nanmean_folder, args[0].tensor, args[1], arg_bool(args[2]), args[3], rets);
}

// ---- prod
#define PROD(NAME, T)                                                                                   \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		double lane[8] = {1, 1, 1, 1, 1, 1, 1, 1};                                              \
		for (int64_t k = 0; k < n; k++)                                                         \
			lane[k & 7] *= (double)q[k];                                                    \
		s->a *= ((lane[0] * lane[1]) * (lane[2] * lane[3])) * ((lane[4] * lane[5]) * (lane[6] * lane[7])); \
	}
PROD(prod_f32, float)
PROD(prod_f64, double)
FOLD(prod_i64)
{
	UNUSED;
	const int64_t *q = run;
	for (int64_t k = 0; k < n; k++)
		s->i = (int64_t)((uint64_t)s->i * (uint64_t)q[k]);
}
#define PROD_C(NAME, T)                                                                                 \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		for (int64_t k = 0; k < n; k++) {                                                       \
			double re = s->a * q[2 * k] - s->b * q[2 * k + 1];                              \
			s->b = s->a * q[2 * k + 1] + s->b * q[2 * k];                                   \
			s->a = re;                                                                      \
		}                                                                                       \
	}
PROD_C(prod_c64, float)
PROD_C(prod_c128, double)
JOIN(prod_join)
{
	(void)p;
	double re = s->a * t->a - s->b * t->b;
	s->b = s->a * t->b + s->b * t->a;
	s->a = re;
	s->i = (int64_t)((uint64_t)s->i * (uint64_t)t->i);
}
static const Folder prod_folder = {"prod_cpu", TAKES_ALL, false, {.a = 1, .i = 1},
	{[CARRY_I64] = prod_i64, [CARRY_U64] = prod_i64, [CARRY_F32] = prod_f32, [CARRY_F64] = prod_f64,
		[CARRY_C64] = prod_c64, [CARRY_C128] = prod_c128}, prod_join, sum_finish, ACROSS_NONE};
KERNEL(prod) { (void)nargs; return run_sum(x, &prod_folder, args[0].tensor, iv_none(), false, args[1], rets); }
KERNEL(prod_dim_int) { (void)nargs; return run_sum(x, &prod_folder, args[0].tensor, args[1], arg_bool(args[2]), args[3], rets); }

// ---- any, all, count_nonzero: counts of nonzero elements
#define COUNT(NAME, T, E)                                                                               \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		int64_t c = 0;                                                                          \
		for (int64_t k = 0; k < n; k++)                                                         \
			c += (E);                                                                       \
		s->i += c;                                                                              \
	}
COUNT(count_i64, int64_t, q[k] != 0)
COUNT(count_f32, float, q[k] != 0)
COUNT(count_f64, double, q[k] != 0)
COUNT(count_c64, float, q[2 * k] != 0 || q[2 * k + 1] != 0)
COUNT(count_c128, double, q[2 * k] != 0 || q[2 * k + 1] != 0)
FINISH(count_finish) { (void)out2, (void)carrier; element_set_i64(out, p->out, s->i); }
FINISH(any_finish) { (void)out2, (void)carrier; element_set_i64(out, p->out, s->i > 0); }
FINISH(all_finish) { (void)out2, (void)carrier; element_set_i64(out, p->out, (double)s->i == p->count); }
#define COUNT_FOLDS {[CARRY_I64] = count_i64, [CARRY_U64] = count_i64, [CARRY_F32] = count_f32, [CARRY_F64] = count_f64, \
	[CARRY_C64] = count_c64, [CARRY_C128] = count_c128}
static const Folder count_folder = {"nonzero_count_cpu", TAKES_ALL & ~TAKES_UINT, false, {.a = 0}, COUNT_FOLDS, sum_join, count_finish, ACROSS_NONE};
static const Folder any_folder = {"any", TAKES_ALL, false, {.a = 0}, COUNT_FOLDS, sum_join, any_finish, ACROSS_NONE};
static const Folder all_folder = {"all", TAKES_ALL, false, {.a = 0}, COUNT_FOLDS, sum_join, all_finish, ACROSS_NONE};

static Status run_count(Exec *x, const Folder *f, const Tensor *self, IValue dims, bool empty_is_all, bool keepdim, IValue *rets)
{
	ReduceShape r;
	Tensor *t;
	FoldParams p = {0};
	DType d = tensor_dtype(self);
	TRY(reduce_shape(x, self, dims, empty_is_all, keepdim, &r));
	TRY(reduce_new(x, f, self, d, &r, &p, f == &count_folder ? DT_I64 : d == DT_U8 ? DT_U8 : DT_BOOL, &t));
	return ret_tensor(rets, t);
}
#define TRUTH(NAME)                                                                                     \
	KERNEL(NAME) { (void)nargs; return run_count(x, &NAME##_folder, args[0].tensor, iv_none(), true, false, rets); } \
	KERNEL(NAME##_dim)                                                                              \
	{                                                                                               \
		(void)nargs;                                                                            \
		return run_count(x, &NAME##_folder, args[0].tensor, args[1], false, arg_bool(args[2]), rets); \
	}                                                                                               \
	KERNEL(NAME##_dims)                                                                             \
	{                                                                                               \
		(void)nargs;                                                                            \
		return run_count(x, &NAME##_folder, args[0].tensor, args[1], false, arg_bool(args[2]), rets); \
	}
TRUTH(any)
TRUTH(all)
KERNEL(_is_all_true)
{
	if (tensor_dtype(args[0].tensor) != DT_BOOL)
		return xfail(x, "_is_all_true expects a bool tensor");
	return op_all(x, args, nargs, rets);
}
KERNEL(_is_any_true)
{
	if (tensor_dtype(args[0].tensor) != DT_BOOL)
		return xfail(x, "_is_any_true expects a bool tensor");
	return op_any(x, args, nargs, rets);
}
KERNEL(count_nonzero) { (void)nargs; return run_count(x, &count_folder, args[0].tensor, args[1], true, false, rets); }
KERNEL(count_nonzero_dim_IntList) { return op_count_nonzero(x, args, nargs, rets); }

// ---- norms: Σ|v|^p
static inline double magnitude(double re, double im) { return im == 0 ? fabs(re) : hypot(re, im); }
#define NORM(NAME, T, RE, IM)                                                                           \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		(void)at;                                                                               \
		const T *q = run;                                                                       \
		double e = p->f;                                                                        \
		for (int64_t k = 0; k < n; k++) {                                                       \
			double re = (double)(RE), im = (double)(IM);                                    \
			if (e == 2) {                                                                   \
				s->a += re * re + im * im;                                              \
				continue;                                                               \
			}                                                                               \
			double m = magnitude(re, im);                                                   \
			if (e == 1)                                                                     \
				s->a += m;                                                              \
			else if (e == 0)                                                                \
				s->a += m != 0;                                                         \
			else if (isinf(e))                                                              \
				s->a = s->a != s->a || s->b == 0 ? (s->b == 0 ? m : s->a)               \
					: m != m || (e > 0 ? m > s->a : m < s->a) ? m : s->a;           \
			else                                                                            \
				s->a += pow(m, e);                                                      \
			s->b = 1;                                                                       \
		}                                                                                       \
	}
FOLD(norm_f32_any);
NORM(norm_f32_any, float, q[k], 0)
NORM(norm_f64, double, q[k], 0)
NORM(norm_c64, float, q[2 * k], q[2 * k + 1])
NORM(norm_c128, double, q[2 * k], q[2 * k + 1])
FOLD(norm_f32)
{
	double (*fast)(const float *, int64_t) = cpu_table()->square_sum_f32;
	if (p->f == 2 && fast)
		s->a += fast(run, n);
	else
		norm_f32_any(s, run, n, at, p);
}
JOIN(norm_join)
{
	if (isinf(p->f))
		s->a = s->a != s->a ? s->a : t->a != t->a || (p->f > 0 ? t->a > s->a : t->a < s->a) ? t->a : s->a;
	else
		s->a += t->a;
}
FINISH(norm_finish)
{
	(void)out2, (void)carrier;
	double e = p->f, v = s->a;
	v = e == 2 ? sqrt(v) : e == 1 || e == 0 || isinf(e) ? v : pow(v, 1 / e);
	element_set_f64(out, p->out, v);
}
static const Folder norm_folder = {"norm", TAKES_FLOAT | TAKES_COMPLEX | TAKES_CHALF, false, {.a = 0},
	{[CARRY_F32] = norm_f32, [CARRY_F64] = norm_f64, [CARRY_C64] = norm_c64, [CARRY_C128] = norm_c128}, norm_join, norm_finish, ACROSS_NONE};

static Status run_norm(Exec *x, const char *name, const Tensor *self, IValue ord, IValue dims, bool keepdim, IValue dtype, IValue *rets)
{
	DType d;
	TRY(arg_dtype(x, dtype, tensor_dtype(self), &d));
	if (!dtype_is_float(d) && !dtype_is_complex(d))
		return name ? xfail(x, "%s(): input dtype should be either floating point or complex. Got %s instead.", name, dtype_class_name(d))
			    : xfail(x, "linalg.vector_norm: Expected a floating point or complex tensor as input. Got %s", dtype_class_name(d));
	ReduceShape r;
	Tensor *t;
	FoldParams p = {.f = arg_float_or(ord, 2)};
	TRY(reduce_shape(x, self, dims, true, keepdim, &r));
	if (r.count == 0 && (p.f < 0 || isinf(p.f)))
		return xfail(x, "linalg.vector_norm cannot compute the %g norm on an empty tensor because the operation does not have "
			"an identity", p.f);
	TRY(reduce_new(x, &norm_folder, self, d, &r, &p, dtype_to_real(d), &t));
	return ret_tensor(rets, t);
}
KERNEL(norm_Scalar) { (void)nargs; return run_norm(x, NULL, args[0].tensor, args[1], iv_none(), false, iv_none(), rets); }
KERNEL(norm_ScalarOpt_dim) { (void)nargs; return run_norm(x, "norm", args[0].tensor, args[1], args[2], arg_bool(args[3]), iv_none(), rets); }
KERNEL(norm_ScalarOpt_dim_dtype) { (void)nargs; return run_norm(x, "norm", args[0].tensor, args[1], args[2], arg_bool(args[3]), args[4], rets); }
KERNEL(norm_ScalarOpt_dtype) { (void)nargs; return run_norm(x, "norm", args[0].tensor, args[1], iv_none(), false, args[2], rets); }
KERNEL(linalg_vector_norm) { (void)nargs; return run_norm(x, NULL, args[0].tensor, args[1], args[2], arg_bool(args[3]), args[4], rets); }
KERNEL(native_norm) { return op_norm_Scalar(x, args, nargs, rets); }
KERNEL(native_norm_ScalarOpt_dim_dtype) { return op_norm_ScalarOpt_dim_dtype(x, args, nargs, rets); }
KERNEL(frobenius_norm) { (void)nargs; return run_norm(x, "norm", args[0].tensor, iv_none(), iv_none(), false, iv_none(), rets); }
KERNEL(frobenius_norm_dim) { (void)nargs; return run_norm(x, "norm", args[0].tensor, iv_none(), args[1], arg_bool(args[2]), iv_none(), rets); }

// ---- variance: count in i, mean in a (and b), sum of squared deviations in c.  Runs are joined by Chan's rule.
static void moments_add(FoldState *s, int64_t n, double mean, double imean, double m2)
{
	if (n == 0)
		return;
	double total = (double)(s->i + n), share = (double)n / total;
	double d = mean - s->a, di = imean - s->b;
	s->c += m2 + (d * d + di * di) * (double)s->i * share;
	s->a += d * share;
	s->b += di * share;
	s->i += n;
}
#define MOMENTS(NAME, T, RE, IM)                                                                        \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		for (int64_t at0 = 0; at0 < n; at0 += RUN_OF_MOMENTS) {                                 \
			int64_t m = n - at0 < RUN_OF_MOMENTS ? n - at0 : RUN_OF_MOMENTS;                \
			double sr = 0, si = 0, dev = 0;                                                 \
			for (int64_t k = at0; k < at0 + m; k++) {                                       \
				sr += (double)(RE);                                                     \
				si += (double)(IM);                                                     \
			}                                                                               \
			sr /= (double)m;                                                                \
			si /= (double)m;                                                                \
			for (int64_t k = at0; k < at0 + m; k++) {                                       \
				double dr = (double)(RE)-sr, di = (double)(IM)-si;                      \
				dev += dr * dr + di * di;                                               \
			}                                                                               \
			moments_add(s, m, sr, si, dev);                                                 \
		}                                                                                       \
	}
#define RUN_OF_MOMENTS 4096
MOMENTS(moments_f32, float, q[k], 0)
MOMENTS(moments_f64, double, q[k], 0)
MOMENTS(moments_c64, float, q[2 * k], q[2 * k + 1])
MOMENTS(moments_c128, double, q[2 * k], q[2 * k + 1])
JOIN(moments_join) { (void)p; moments_add(s, t->i, t->a, t->b, t->c); }
static void finish_moments(const FoldState *s, Carrier carrier, void *out, void *out2, const FoldParams *p, bool root)
{
	double div = p->count - p->f, v = p->count == 0 ? NAN : s->c / (div > 0 ? div : 0);
	element_set_f64(out, p->out, root ? sqrt(v) : v);
	if (p->out2 != DT_NONE)
		store(out2, p->out2, carrier, p->count == 0 ? NAN : s->a, p->count == 0 ? NAN : s->b, 0);
}
FINISH(var_finish) { finish_moments(s, carrier, out, out2, p, false); }
FINISH(std_finish) { finish_moments(s, carrier, out, out2, p, true); }
#define MOMENT_FOLDS {[CARRY_F32] = moments_f32, [CARRY_F64] = moments_f64, [CARRY_C64] = moments_c64, [CARRY_C128] = moments_c128}
static const Folder var_folder = {"var", TAKES_FLOAT | TAKES_COMPLEX | TAKES_CHALF, false, {.a = 0}, MOMENT_FOLDS, moments_join, var_finish, ACROSS_NONE};
static const Folder std_folder = {"std", TAKES_FLOAT | TAKES_COMPLEX | TAKES_CHALF, false, {.a = 0}, MOMENT_FOLDS, moments_join, std_finish, ACROSS_NONE};

static Status run_var(Exec *x, const Folder *f, const char *name, const Tensor *self, IValue dims, double correction,
	bool keepdim, bool mean, IValue *rets)
{
	DType d = tensor_dtype(self);
	if (!dtype_is_float(d) && !dtype_is_complex(d))
		return mean ? xfail(x, "%s only support floating point and complex dtypes", name)
			    : xfail(x, "std and var only support floating point and complex dtypes");
	ReduceShape r;
	FoldParams p = {.f = correction};
	Tensor *t, *m = NULL;
	TRY(reduce_shape(x, self, dims, true, keepdim, &r));
	TRY(tensor_empty(dtype_to_real(d), r.sizes, r.ndim, &t, x->err));
	Status s = mean ? tensor_empty(d, r.sizes, r.ndim, &m, x->err) : STATUS_OK;
	if (s == STATUS_OK)
		s = reduce_run(x, f, self, d, &r, &p, t, m);
	if (s != STATUS_OK) {
		tensor_unref(&t);
		tensor_unref(&m);
		return s;
	}
	rets[0] = iv_take_tensor(t);
	if (mean)
		rets[1] = iv_take_tensor(m);
	return STATUS_OK;
}
#define SPREAD(NAME, FOLDER, MEAN)                                                                      \
	KERNEL(NAME)                                                                                    \
	{                                                                                               \
		(void)nargs;                                                                            \
		return run_var(x, &FOLDER, #NAME, args[0].tensor, iv_none(), arg_bool(args[1]), false, MEAN, rets); \
	}                                                                                               \
	KERNEL(NAME##_dim)                                                                              \
	{                                                                                               \
		(void)nargs;                                                                            \
		return run_var(x, &FOLDER, #NAME, args[0].tensor, args[1], arg_bool(args[2]), arg_bool(args[3]), MEAN, rets); \
	}                                                                                               \
	KERNEL(NAME##_correction)                                                                       \
	{                                                                                               \
		(void)nargs;                                                                            \
		return run_var(x, &FOLDER, #NAME, args[0].tensor, args[1], arg_float_or(args[2], 1), arg_bool(args[3]), MEAN, rets); \
	}
SPREAD(var, var_folder, false)
SPREAD(std, std_folder, false)
SPREAD(var_mean, var_folder, true)
SPREAD(std_mean, std_folder, true)

// ---- logsumexp: largest element in a, Σ e^(v - a) in b
static void lse_add(FoldState *s, double m, double sum)
{
	if (s->i == 0 || m != m) {
		s->a = m;
		s->b = sum;
	} else if (s->a == s->a) {
		if (m > s->a) {
			s->b = (isinf(s->a) ? 0 : s->b * exp(s->a - m)) + sum;
			s->a = m;
		} else if (!isinf(m) || m == s->a) {
			s->b += m == s->a ? sum : sum * exp(m - s->a);
		}
	}
	s->i = 1;
}
#define LSE(NAME, T)                                                                                    \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		if (n == 0)                                                                             \
			return;                                                                         \
		T m = q[0];                                                                             \
		for (int64_t k = 1; k < n; k++)                                                         \
			m = m != m || m > q[k] ? m : q[k];                                              \
		double sum = 0;                                                                         \
		for (int64_t k = 0; k < n; k++)                                                         \
			sum += q[k] == m ? 1 : exp((double)q[k] - (double)m);                           \
		lse_add(s, (double)m, sum);                                                             \
	}
LSE(lse_f32_plain, float)
FOLD(lse_f32)
{
	const CpuTable *t = cpu_table();
	if (!t->max_f32 || !t->exp_sum_f32 || n == 0) {
		lse_f32_plain(s, run, n, at, p);
		return;
	}
	float m = t->max_f32(run, n);
	lse_add(s, (double)m, isinf(m) || m != m ? 1 : t->exp_sum_f32(run, n, m));
}
LSE(lse_f64, double)
JOIN(lse_join)
{
	(void)p;
	if (t->i)
		lse_add(s, t->a, t->b);
}
FINISH(lse_finish)
{
	(void)out2, (void)carrier;
	double v = !s->i ? -INFINITY : isinf(s->a) ? s->a : s->a + log(s->b);
	element_set_f64(out, p->out, v);
}
// Complex: scaled by the largest real part; the sum's imaginary part in c.
static void lse_add_complex(FoldState *s, double m, double re, double im)
{
	double keep = s->i ? (m > s->a ? exp(s->a - m) : 1) : 0, top = !s->i || m > s->a ? m : s->a;
	double share = s->i && m < s->a ? exp(m - s->a) : 1;
	s->b = (s->i ? s->b * keep : 0) + re * share;
	s->c = (s->i ? s->c * keep : 0) + im * share;
	s->a = top;
	s->i = 1;
}
#define LSE_C(NAME, T)                                                                                  \
	FOLD(NAME)                                                                                      \
	{                                                                                               \
		UNUSED;                                                                                 \
		const T *q = run;                                                                       \
		for (int64_t k = 0; k < n; k++)                                                         \
			lse_add_complex(s, isfinite(q[2 * k]) ? (double)q[2 * k] : 0,                   \
				(isfinite(q[2 * k]) ? 1 : exp((double)q[2 * k])) * cos((double)q[2 * k + 1]), \
				(isfinite(q[2 * k]) ? 1 : exp((double)q[2 * k])) * sin((double)q[2 * k + 1])); \
	}
LSE_C(lse_c64, float)
LSE_C(lse_c128, double)
JOIN(lse_join_complex)
{
	(void)p;
	if (t->i)
		lse_add_complex(s, t->a, t->b, t->c);
}
FINISH(lse_finish_complex)
{
	(void)out2, (void)carrier;
	element_set_c128(out, p->out, s->i ? s->a + log(hypot(s->b, s->c)) : -INFINITY, s->i ? atan2(s->c, s->b) : 0);
}
static const Folder lse_complex_folder = {"logsumexp", TAKES_COMPLEX, false, {.a = 0},
	{[CARRY_C64] = lse_c64, [CARRY_C128] = lse_c128}, lse_join_complex, lse_finish_complex, ACROSS_NONE};
static const Folder lse_folder = {"logsumexp", TAKES_FLOAT, false, {.a = 0}, {[CARRY_F32] = lse_f32, [CARRY_F64] = lse_f64}, lse_join, lse_finish, ACROSS_NONE};
KERNEL(logsumexp)
{
	(void)nargs;
	const Tensor *self = args[0].tensor;
	ReduceShape r;
	Tensor *t;
	FoldParams p = {0};
	DType d = promote_int_to_float(tensor_dtype(self));
	TRY(reduce_shape(x, self, args[1], true, arg_bool(args[2]), &r));
	TRY(reduce_new(x, dtype_is_complex(d) ? &lse_complex_folder : &lse_folder, self, d, &r, &p, d, &t));
	return ret_tensor(rets, t);
}
KERNEL(special_logsumexp) { return op_logsumexp(x, args, nargs, rets); }
