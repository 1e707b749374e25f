// SPDX-License-Identifier: BSD-3-Clause
// Order statistics along a dimension: median, nanmedian, mode, quantile.
//
// A row is read into (key, position) pairs whose keys sort as unsigned integers in the order of the values, NaN
// last; the pairs are then sorted or partly selected.  Equal keys keep their positions' order.
#include "backends/cpu/convert.h"
#include "backends/cpu/reduce.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

typedef struct Ranked { uint64_t key; int64_t at; } Ranked;

static uint64_t key_of(const void *p, DType d)
{
	if (!dtype_is_float(d))
		return (uint64_t)element_i64(p, d) ^ (UINT64_C(1) << 63);
	double v = element_f64(p, d);
	if (v != v)
		return UINT64_MAX;
	v = v == 0 ? 0 : v; // -0 equals 0
	uint64_t u;
	memcpy(&u, &v, 8);
	return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

static int compare(const void *pa, const void *pb)
{
	const Ranked *a = pa, *b = pb;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

// Returns how many elements are not NaN; they come first once sorted.
static int64_t rank_row(const char *p, int64_t step, DType d, int64_t n, Ranked *row)
{
	int64_t numbers = 0;
	for (int64_t k = 0; k < n; k++) {
		row[k] = (Ranked){key_of(p + k * step, d), k};
		numbers += row[k].key != UINT64_MAX || !dtype_is_float(d);
	}
	return numbers;
}

// Puts the k-th smallest at row[k]: quickselect with a median-of-three pivot; short or unlucky ranges are sorted.
static void select_kth(Ranked *row, int64_t n, int64_t k)
{
	int64_t lo = 0, hi = n - 1;
	for (int round = 0; hi - lo > 32 && round < 64; round++) {
		int64_t mid = lo + (hi - lo) / 2;
		Ranked a = row[lo], b = row[mid], c = row[hi], pivot;
		if (compare(&a, &b) < 0)
			pivot = compare(&b, &c) < 0 ? b : compare(&a, &c) < 0 ? c : a;
		else
			pivot = compare(&a, &c) < 0 ? a : compare(&b, &c) < 0 ? c : b;
		int64_t i = lo, j = hi;
		while (i <= j) {
			while (compare(&row[i], &pivot) < 0)
				i++;
			while (compare(&pivot, &row[j]) < 0)
				j--;
			if (i <= j) {
				Ranked t = row[i];
				row[i++] = row[j];
				row[j--] = t;
			}
		}
		if (k <= j)
			hi = j;
		else if (k >= i)
			lo = i;
		else
			return;
	}
	qsort(row + lo, (size_t)(hi - lo + 1), sizeof *row, compare);
}

typedef enum Statistic { STAT_MEDIAN, STAT_NANMEDIAN, STAT_MODE } Statistic;

typedef struct OrderArg {
	Rows rows; // input, values, positions
	Statistic kind;
	DType d;
	Ranked *scratch;
} OrderArg;

// The most frequent value, the smallest of them on a tie, at its last position.
static int64_t find_mode(Ranked *row, int64_t n)
{
	qsort(row, (size_t)n, sizeof *row, compare);
	int64_t best = 0, most = 0;
	for (int64_t i = 0; i < n;) {
		int64_t j = i + 1;
		while (j < n && row[j].key == row[i].key)
			j++;
		if (j - i > most) {
			most = j - i;
			best = row[j - 1].at;
		}
		i = j;
	}
	return best;
}

static void order_range(void *arg, int64_t begin, int64_t end)
{
	const OrderArg *a = arg;
	const Rows *r = &a->rows;
	Ranked *row = a->scratch + thread_index() * r->n;
	for (int64_t item = begin; item < end; item++) {
		char *p[3];
		rows_at(r, item, p);
		int64_t numbers = rank_row(p[0], r->step[0], a->d, r->n, row), at;
		if (a->kind == STAT_MODE) {
			at = find_mode(row, r->n);
		} else if (a->kind == STAT_MEDIAN && numbers < r->n) {
			at = 0;
			while (row[at].key != UINT64_MAX)
				at++; // the first NaN
		} else {
			int64_t k = ((numbers > 0 ? numbers : r->n) - 1) / 2;
			select_kth(row, r->n, k);
			at = row[k].at;
		}
		memcpy(p[1], p[0] + at * r->step[0], dtype_size(a->d));
		if (p[2])
			memcpy(p[2], &at, sizeof at);
	}
}

static Status run_order(Exec *x, Statistic kind, const char *quoted, const Tensor *self, int dim, bool keepdim,
	bool positions, IValue *rets)
{
	DType d = tensor_dtype(self);
	if (dtype_is_complex(d) || (d >= DT_U16 && d <= DT_U64) || (d == DT_BOOL && kind != STAT_MODE))
		return fail_not_implemented(x, quoted, d);
	int64_t sizes[MAX_DIMS];
	memcpy(sizes, self->sizes, (size_t)self->ndim * sizeof *sizes);
	if (self->ndim)
		sizes[dim] = 1;
	Tensor *values, *places = NULL;
	TRY(tensor_empty(d, sizes, self->ndim, &values, x->err));
	Status s = positions ? tensor_empty(DT_I64, sizes, self->ndim, &places, x->err) : STATUS_OK;
	OrderArg a = {.kind = kind, .d = d};
	if (s == STATUS_OK && values->numel && tensor_device(self) != DEVICE_META) {
		rows_init(&a.rows, dim, self, values, places);
		size_t bytes; // rows of expanded tensors may be longer than memory
		bool fits = !__builtin_mul_overflow((size_t)a.rows.n, (size_t)threads_get() * sizeof *a.scratch, &bytes);
		a.scratch = fits ? malloc(bytes) : NULL;
		if (!a.scratch)
			s = fail_memory(x->err, fits ? bytes : SIZE_MAX);
		else
			parallel_for(a.rows.count, 4096 / (a.rows.n + 1) + 1, order_range, &a);
		free(a.scratch);
	}
	if (s != STATUS_OK) {
		tensor_unref(&values);
		tensor_unref(&places);
		return s;
	}
	if (!keepdim && self->ndim) { // drop the reduced dimension from the fresh results
		int n = 0;
		for (int i = 0; i < self->ndim; i++)
			if (i != dim)
				sizes[n++] = self->sizes[i];
		int64_t strides[MAX_DIMS];
		contiguous_strides(sizes, n, strides);
		tensor_set_geometry(values, sizes, strides, n, 0);
		if (places)
			tensor_set_geometry(places, sizes, strides, n, 0);
	}
	rets[0] = iv_take_tensor(values);
	if (places)
		rets[1] = iv_take_tensor(places);
	return STATUS_OK;
}

static Status run_dim(Exec *x, Statistic kind, const char *name, const char *quoted, const Tensor *self, IValue dim_,
	bool keepdim, IValue *rets)
{
	int dim;
	TRY(wrap_dim(arg_int(dim_), self->ndim, &dim, x->err));
	int64_t n = self->ndim ? self->sizes[dim] : 1;
	if (n == 0)
		return fail(x->err, STATUS_INDEX, "%s(): Expected reduction dim %" PRId64 " to have non-zero size.", name, arg_int(dim_));
	return run_order(x, kind, quoted, self, dim, keepdim, true, rets);
}
KERNEL(median_dim) { (void)nargs; return run_dim(x, STAT_MEDIAN, "median", "median_out", args[0].tensor, args[1], arg_bool(args[2]), rets); }
KERNEL(nanmedian_dim) { (void)nargs; return run_dim(x, STAT_NANMEDIAN, "median", "median_out", args[0].tensor, args[1], arg_bool(args[2]), rets); }
KERNEL(mode) { (void)nargs; return run_dim(x, STAT_MODE, "mode", "mode_cpu", args[0].tensor, args[1], arg_bool(args[2]), rets); }
static Status median_all(Exec *x, Statistic kind, const Tensor *self, IValue *rets)
{
	DType d = tensor_dtype(self);
	if (dtype_is_complex(d) || (d >= DT_U16 && d <= DT_U64) || d == DT_BOOL)
		return fail_not_implemented(x, "median_cpu", d);
	if (self->numel == 0) { // NaN, or the smallest integer
		Tensor *t;
		TRY(tensor_empty(d, NULL, 0, &t, x->err));
		if (dtype_is_float(d))
			element_set_f64(tensor_data(t), d, NAN);
		else
			element_set_i64(tensor_data(t), d, d == DT_U8 ? 0 : d == DT_I8 ? INT8_MIN : d == DT_I16 ? INT16_MIN
				: d == DT_I32 ? INT32_MIN : INT64_MIN);
		return ret_tensor(rets, t);
	}
	Tensor *flat;
	TRY(cpu_contiguous(x, self, &flat));
	int64_t n = flat->numel, one = 1;
	Tensor *row = tensor_view(flat, &n, &one, 1, flat->offset);
	tensor_unref(&flat);
	Status s = run_order(x, kind, "median_cpu", row, 0, false, false, rets);
	tensor_unref(&row);
	return s;
}
KERNEL(median) { (void)nargs; return median_all(x, STAT_MEDIAN, args[0].tensor, rets); }
KERNEL(nanmedian) { (void)nargs; return median_all(x, STAT_NANMEDIAN, args[0].tensor, rets); }

// ---- quantile
typedef enum Between { BETWEEN_LINEAR, BETWEEN_LOWER, BETWEEN_HIGHER, BETWEEN_MIDPOINT, BETWEEN_NEAREST } Between;

static int compare_f64(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;
	return a != a ? b == b : b != b ? -1 : (a > b) - (a < b);
}

static double quantile_of(const double *row, int64_t n, double q, Between how, bool single)
{
	double place = single ? (double)((float)q * (float)(n - 1)) : q * (double)(n - 1);
	int64_t lo = (int64_t)floor(place), hi = (int64_t)ceil(place);
	double a = row[lo], b = row[hi], w = place - (double)lo;
	switch (how) {
	case BETWEEN_LOWER: return a;
	case BETWEEN_HIGHER: return b;
	case BETWEEN_NEAREST: return row[(int64_t)rint(place)];
	case BETWEEN_MIDPOINT: w = 0.5; break;
	default: break;
	}
	return w < 0.5 ? a + w * (b - a) : b - (b - a) * (1 - w);
}

// The result puts q's dimension first: values of one q for every row stand together.
static Status quantile(Exec *x, const Tensor *self, const double *q, int64_t nq, bool q_is_scalar, IValue dim_, bool keepdim,
	const char *interpolation, bool ignore_nan, IValue *rets)
{
	static const char *const names[] = {"linear", "lower", "higher", "midpoint", "nearest"};
	const char *name = ignore_nan ? "nanquantile" : "quantile";
	int how = 0;
	while (how < 5 && strcmp(names[how], interpolation))
		how++;
	if (how == 5)
		return xfail(x, "%s() interpolation must be one of linear, lower, higher, midpoint or nearest, but got %s", name, interpolation);
	DType d = tensor_dtype(self);
	if (self->numel == 0)
		return xfail(x, "%s() input tensor must be non-empty", name);
	if (d != DT_F32 && d != DT_F64)
		return xfail(x, "%s() input tensor must be either float or double dtype", name);
	for (int64_t i = 0; i < nq; i++)
		if (!(q[i] >= 0 && q[i] <= 1))
			return xfail(x, q_is_scalar ? "%s() q must be in the range [0, 1] but got %g" : "%s() q values must be in the range [0, 1]",
				name, q[i]);
	Tensor *in;
	int dim = 0;
	bool all = iv_is_none(dim_);
	if (!all)
		TRY(wrap_dim(arg_int(dim_), self->ndim, &dim, x->err));
	TRY(cpu_contiguous(x, self, &in));
	int64_t sizes[MAX_DIMS + 1], rows, n = all ? in->numel : in->ndim ? in->sizes[dim] : 1, inner = 1;
	int nd = 0;
	if (!q_is_scalar)
		sizes[nd++] = nq;
	for (int i = 0; i < in->ndim; i++) {
		bool gone = all || i == dim;
		if (!all && i > dim)
			inner *= in->sizes[i];
		if (!gone || keepdim)
			sizes[nd++] = gone ? 1 : in->sizes[i];
	}
	rows = in->numel / n;
	Tensor *out;
	Status s = tensor_empty(d, sizes, nd, &out, x->err);
	double *row = s == STATUS_OK ? malloc((size_t)n * sizeof *row) : NULL;
	if (s == STATUS_OK && !row) {
		s = fail_memory(x->err, (size_t)n * sizeof *row);
		tensor_unref(&out);
	}
	if (s == STATUS_OK) {
		size_t size = dtype_size(d);
		const char *src = tensor_data(in);
		char *dst = tensor_data(out);
		for (int64_t r = 0; r < rows; r++) {
			int64_t at = r / inner * n * inner + r % inner, numbers = 0;
			for (int64_t k = 0; k < n; k++) {
				row[k] = element_f64(src + (size_t)(at + k * inner) * size, d);
				numbers += row[k] == row[k];
			}
			qsort(row, (size_t)n, sizeof *row, compare_f64);
			bool broken = ignore_nan ? numbers == 0 : numbers < n;
			for (int64_t i = 0; i < nq; i++)
				element_set_f64(dst + (size_t)(i * rows + r) * size, d,
					broken ? NAN : quantile_of(row, numbers, q[i], (Between)how, d == DT_F32));
		}
	}
	free(row);
	tensor_unref(&in);
	return s == STATUS_OK ? ret_tensor(rets, out) : s;
}

static Status quantile_tensor(Exec *x, const IValue *args, bool ignore_nan, IValue *rets)
{
	const Tensor *q = args[1].tensor;
	const char *name = ignore_nan ? "nanquantile" : "quantile";
	if (q->ndim > 1)
		return xfail(x, "%s() q must be a scalar or 1D tensor", name);
	if (tensor_dtype(q) != tensor_dtype(args[0].tensor))
		return xfail(x, "%s() q tensor must be same dtype as the input tensor", name);
	Tensor *wide;
	TRY(cpu_prepare(x, q, DT_F64, &wide));
	Status s = quantile(x, args[0].tensor, tensor_data(wide), wide->numel, q->ndim == 0, args[2], arg_bool(args[3]), arg_str(args[4]),
		ignore_nan, rets);
	tensor_unref(&wide);
	return s;
}
KERNEL(quantile) { (void)nargs; return quantile_tensor(x, args, false, rets); }
KERNEL(nanquantile) { (void)nargs; return quantile_tensor(x, args, true, rets); }
#define QUANTILE_SCALAR(NAME, IGNORE)                                                                   \
	KERNEL(NAME)                                                                                    \
	{                                                                                               \
		(void)nargs;                                                                            \
		double q = arg_float(args[1]);                                                          \
		return quantile(x, args[0].tensor, &q, 1, true, args[2], arg_bool(args[3]), arg_str(args[4]), IGNORE, rets); \
	}
QUANTILE_SCALAR(quantile_scalar, false)
QUANTILE_SCALAR(nanquantile_scalar, true)
