// SPDX-License-Identifier: BSD-3-Clause
// Running reductions along a dimension: cumsum, cumprod, cummax, cummin, logcumsumexp.  A row at a time; blocks are
// converted on the way in and out while the running value stays in double (integers: int64).
#include "backends/cpu/convert.h"
#include "backends/cpu/reduce.h"

#include <math.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

typedef enum Scan { SCAN_SUM, SCAN_PROD, SCAN_LSE, SCAN_MAX, SCAN_MIN } Scan;

typedef struct ScanArg {
	Rows rows; // input, values, indices
	Scan kind;
	DType src, via, d;
} ScanArg;

static void scan_real(const ScanArg *a, char *p[3])
{
	double block[RUN_MOST], acc = a->kind == SCAN_PROD ? 1 : a->kind == SCAN_LSE ? -INFINITY : 0;
	const Rows *r = &a->rows;
	size_t size = dtype_size(a->d);
	char out[RUN_MOST * 8];
	for (int64_t at = 0; at < r->n; at += RUN_MOST) {
		int64_t m = r->n - at < RUN_MOST ? r->n - at : RUN_MOST;
		load_run((char *)block, DT_F64, a->via, p[0] + at * r->step[0], a->src, r->step[0], m);
		for (int64_t k = 0; k < m; k++) {
			double v = block[k];
			if (a->kind == SCAN_SUM) {
				acc += v;
			} else if (a->kind == SCAN_PROD) {
				acc *= v;
			} else {
				double hi = acc != acc || acc > v ? acc : v, lo = acc != acc || acc > v ? v : acc;
				acc = hi != hi || (isinf(hi) && hi == lo) ? hi : hi + log1p(exp(lo - hi));
				if (v != v)
					acc = v;
			}
			block[k] = acc;
		}
		convert_run(out, a->d, block, DT_F64, m);
		scatter_run(p[1] + at * r->step[1], r->step[1], out, size, m);
	}
}

static void scan_int(const ScanArg *a, char *p[3])
{
	int64_t block[RUN_MOST];
	uint64_t acc = a->kind == SCAN_PROD;
	const Rows *r = &a->rows;
	size_t size = dtype_size(a->d);
	char out[RUN_MOST * 8];
	for (int64_t at = 0; at < r->n; at += RUN_MOST) {
		int64_t m = r->n - at < RUN_MOST ? r->n - at : RUN_MOST;
		load_run((char *)block, DT_I64, a->via, p[0] + at * r->step[0], a->src, r->step[0], m);
		for (int64_t k = 0; k < m; k++) {
			acc = a->kind == SCAN_SUM ? acc + (uint64_t)block[k] : acc * (uint64_t)block[k];
			block[k] = (int64_t)acc;
		}
		convert_run(out, a->d, block, DT_I64, m);
		scatter_run(p[1] + at * r->step[1], r->step[1], out, size, m);
	}
}

static void complex_logaddexp(double *re, double *im, double vr, double vi)
{
	bool swap = *re < vr;
	double hr = swap ? vr : *re, hi = swap ? vi : *im, lr = swap ? *re : vr, li = swap ? *im : vi;
	if (isinf(lr) && lr < 0) {
		*re = hr;
		*im = hi;
		return;
	}
	double m = exp(lr - hr), er = 1 + m * cos(li - hi), ei = m * sin(li - hi);
	*re = hr + log(hypot(er, ei));
	*im = hi + atan2(ei, er);
}

static void scan_complex(const ScanArg *a, char *p[3])
{
	double re = a->kind == SCAN_PROD ? 1 : a->kind == SCAN_LSE ? -INFINITY : 0, im = 0;
	const Rows *r = &a->rows;
	for (int64_t k = 0; k < r->n; k++) {
		double vr, vi;
		element_c128(p[0] + k * r->step[0], a->src, &vr, &vi);
		if (a->kind == SCAN_SUM) {
			re += vr;
			im += vi;
		} else if (a->kind == SCAN_PROD) {
			double t = re * vr - im * vi;
			im = re * vi + im * vr;
			re = t;
		} else {
			complex_logaddexp(&re, &im, vr, vi);
		}
		element_set_c128(p[1] + k * r->step[1], a->d, re, im);
	}
}

static void scan_range(void *arg, int64_t begin, int64_t end)
{
	const ScanArg *a = arg;
	for (int64_t row = begin; row < end; row++) {
		char *p[3];
		rows_at(&a->rows, row, p);
		if (dtype_is_complex(a->d))
			scan_complex(a, p);
		else if (dtype_is_float(a->d))
			scan_real(a, p);
		else
			scan_int(a, p);
	}
}

static Status run_scan(Exec *x, Scan kind, const char *name, const Tensor *self, int64_t dim_, DType d, IValue *rets)
{
	int dim;
	TRY(wrap_dim(dim_, self->ndim, &dim, x->err));
	if (d == DT_C32 || (kind == SCAN_LSE && !dtype_is_float(d) && !dtype_is_complex(d)))
		return fail_not_implemented(x, name, d);
	Tensor *out;
	TRY(tensor_empty(d, self->sizes, self->ndim, &out, x->err));
	if (out->numel && tensor_device(self) != DEVICE_META) {
		DType src = tensor_dtype(self), wide = dtype_is_float(d) ? DT_F64 : DT_I64;
		ScanArg a = {.kind = kind, .src = src, .d = d, .via = src != d && d != wide ? d : DT_NONE};
		rows_init(&a.rows, dim, self, out, NULL);
		parallel_for(a.rows.count, 8192 / (a.rows.n + 1) + 1, scan_range, &a);
	}
	return ret_tensor(rets, out);
}

static Status sum_like(Exec *x, Scan kind, const char *name, const IValue *args, IValue *rets)
{
	DType own = tensor_dtype(args[0].tensor), d;
	TRY(arg_dtype(x, args[2], dtype_is_int(own) || own == DT_BOOL ? DT_I64 : own, &d));
	return run_scan(x, kind, name, args[0].tensor, arg_int(args[1]), d, rets);
}
KERNEL(cumsum) { (void)nargs; return sum_like(x, SCAN_SUM, "cumsum_out_cpu", args, rets); }
KERNEL(cumprod) { (void)nargs; return sum_like(x, SCAN_PROD, "cumprod_out_cpu", args, rets); }
KERNEL(logcumsumexp)
{
	(void)nargs;
	return run_scan(x, SCAN_LSE, "logcumsumexp_out_cpu", args[0].tensor, arg_int(args[1]), tensor_dtype(args[0].tensor), rets);
}
KERNEL(_logcumsumexp) { return op_logcumsumexp(x, args, nargs, rets); }

// A later equal element takes over, and so does every NaN after the first.
static void extreme_range(void *arg, int64_t begin, int64_t end)
{
	const ScanArg *a = arg;
	const Rows *r = &a->rows;
	bool floats = dtype_is_float(a->d);
	size_t size = dtype_size(a->d);
	for (int64_t row = begin; row < end; row++) {
		char *p[3];
		rows_at(r, row, p);
		int64_t best = 0;
		double bf = 0;
		int64_t bi = 0;
		for (int64_t k = 0; k < r->n; k++) {
			const char *e = p[0] + k * r->step[0];
			bool better;
			if (floats) {
				double v = element_f64(e, a->d);
				better = k == 0 || v != v || (bf == bf && (a->kind == SCAN_MAX ? v >= bf : v <= bf));
				bf = better ? v : bf;
			} else {
				int64_t v = element_i64(e, a->d);
				better = k == 0 || (a->kind == SCAN_MAX ? v >= bi : v <= bi);
				bi = better ? v : bi;
			}
			best = better ? k : best;
			memcpy(p[1] + k * r->step[1], p[0] + best * r->step[0], size);
			memcpy(p[2] + k * r->step[2], &best, sizeof best);
		}
	}
}

static Status run_extreme(Exec *x, Scan kind, const char *name, const IValue *args, IValue *rets)
{
	const Tensor *self = args[0].tensor;
	DType d = tensor_dtype(self);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), self->ndim, &dim, x->err));
	if (dtype_is_complex(d) || (d >= DT_U16 && d <= DT_U64))
		return fail_not_implemented(x, name, d);
	Tensor *values, *places;
	TRY(tensor_empty(d, self->sizes, self->ndim, &values, x->err));
	Status s = tensor_empty(DT_I64, self->sizes, self->ndim, &places, x->err);
	if (s != STATUS_OK) {
		tensor_unref(&values);
		return s;
	}
	if (self->numel && tensor_device(self) != DEVICE_META) {
		ScanArg a = {.kind = kind, .src = d, .d = d};
		rows_init(&a.rows, dim, self, values, places);
		parallel_for(a.rows.count, 8192 / (a.rows.n + 1) + 1, extreme_range, &a);
	}
	rets[0] = iv_take_tensor(values);
	rets[1] = iv_take_tensor(places);
	return STATUS_OK;
}
KERNEL(cummax) { (void)nargs; return run_extreme(x, SCAN_MAX, "cummax_cpu", args, rets); }
KERNEL(cummin) { (void)nargs; return run_extreme(x, SCAN_MIN, "cummin_cpu", args, rets); }
