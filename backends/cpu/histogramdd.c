// SPDX-License-Identifier: BSD-3-Clause
// histogramdd: counting points of D coordinates into a grid, whose edges are evenly spaced over the range of the
// data (or a given range), or given themselves.
#include "backends/cpu/cpu.h"
#include "backends/cpu/pointwise.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

typedef struct Grid {
	int dims;
	int64_t n;                    // points
	int64_t bins[MAX_DIMS];
	double *edges[MAX_DIMS];      // bins + 1 each
	Tensor *points, *weights;     // f64, contiguous: n × dims and n
	DType dtype;
} Grid;

static void grid_free(Grid *g)
{
	for (int d = 0; d < g->dims; d++)
		free(g->edges[d]);
	tensor_unref(&g->points);
	tensor_unref(&g->weights);
}

static Status grid_points(Exec *x, Grid *g, const Tensor *self, const Tensor *weight)
{
	g->dtype = tensor_dtype(self);
	if (g->dtype != DT_F32 && g->dtype != DT_F64)
		return fail_not_implemented(x, "histogram_cpu", g->dtype);
	if (self->ndim < 2)
		return xfail(x, "torch.histogramdd: input tensor should have at least 2 dimensions, but got %d", self->ndim);
	int64_t dims = self->sizes[self->ndim - 1];
	if (dims < 1 || dims > MAX_DIMS)
		return xfail(x, "torch.histogramdd: the last dimension of the input has %" PRId64 " entries; 1 to %d can be binned", dims, MAX_DIMS);
	g->dims = (int)dims;
	g->n = self->numel / dims;
	if (weight && tensor_dtype(weight) != g->dtype)
		return xfail(x, "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype");
	bool fits = !weight || weight->ndim == self->ndim - 1;
	for (int i = 0; fits && weight && i < weight->ndim; i++)
		fits = weight->sizes[i] == self->sizes[i];
	if (!fits)
		return xfail(x, "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
			"excluding its innermost dimension");
	TRY(cpu_prepare(x, self, DT_F64, &g->points));
	return weight ? cpu_prepare(x, weight, DT_F64, &g->weights) : STATUS_OK;
}

static Status grid_even(Exec *x, Grid *g, const int64_t *bins, int nbins, IValue range)
{
	double bounds[2 * MAX_DIMS];
	int given = 0;
	if (nbins != g->dims)
		return xfail(x, "torch.histogramdd: The size of bins must be equal to the innermost dimension of the input.");
	if (!iv_is_none(range)) {
		TRY(arg_floats(x, range, bounds, 2 * MAX_DIMS, &given));
		if (given != 2 * g->dims)
			return xfail(x, "torch.histogramdd: for a %d-dimensional histogram range should have %d elements, but got %d", g->dims,
				2 * g->dims, given);
	}
	const double *p = tensor_data(g->points);
	for (int d = 0; d < g->dims; d++) {
		double lo = g->n ? INFINITY : 0, hi = g->n ? -INFINITY : 1;
		for (int64_t i = 0; !given && i < g->n; i++) {
			double v = p[i * g->dims + d];
			lo = v < lo || v != v ? v : lo;
			hi = v > hi || v != v ? v : hi;
		}
		if (given) {
			lo = bounds[2 * d];
			hi = bounds[2 * d + 1];
		}
		if (!isfinite(lo) || !isfinite(hi))
			return xfail(x, "torch.histogramdd: dimension %d's range [%g, %g] is not finite", d, lo, hi);
		if (lo > hi)
			return xfail(x, "torch.histogramdd: min should not exceed max, but got min %g max %g for dimension %d", lo, hi, d);
		if (bins[d] < 1 || bins[d] > INT32_MAX)
			return xfail(x, "torch.histogramdd: bins %" PRId64 " for dimension %d is invalid", bins[d], d);
		if (lo == hi) {
			lo -= 0.5;
			hi += 0.5;
		}
		g->bins[d] = bins[d];
		g->edges[d] = malloc((size_t)(bins[d] + 1) * sizeof(double));
		if (!g->edges[d])
			return fail_memory(x->err, (size_t)(bins[d] + 1) * sizeof(double));
		for (int64_t i = 0; i <= bins[d]; i++) {
			bool low = i < (bins[d] + 1) / 2;
			double step = (hi - lo) / (double)bins[d];
			g->edges[d][i] = low ? lo + step * (double)i : hi - step * (double)(bins[d] - i);
			if (g->dtype == DT_F32)
				g->edges[d][i] = (double)(float)g->edges[d][i];
		}
	}
	return STATUS_OK;
}

static Status grid_given(Exec *x, Grid *g, const ListObj *bins)
{
	if (bins->n != g->dims)
		return xfail(x, "torch.histogramdd: The size of bins must be equal to the innermost dimension of the input.");
	for (int d = 0; d < g->dims; d++) {
		const Tensor *t = bins->items[d].tensor;
		if (t->ndim != 1 || t->numel < 1)
			return xfail(x, "torch.histogramdd: bins tensor should have one dimension and at least one element");
		if (tensor_dtype(t) != g->dtype)
			return xfail(x, "torch.histogramdd: input tensor and bins tensors should have the same dtype");
		Tensor *wide;
		TRY(cpu_prepare(x, t, DT_F64, &wide));
		g->bins[d] = wide->numel - 1;
		g->edges[d] = malloc((size_t)wide->numel * sizeof(double));
		if (g->edges[d])
			memcpy(g->edges[d], tensor_data(wide), (size_t)wide->numel * sizeof(double));
		tensor_unref(&wide);
		if (!g->edges[d])
			return fail_memory(x->err, sizeof(double));
	}
	return STATUS_OK;
}

static int64_t grid_bin(const Grid *g, int d, double v)
{
	const double *e = g->edges[d];
	int64_t lo = 0, hi = g->bins[d];
	if (hi < 1 || !(v >= e[0] && v <= e[hi]))
		return -1;
	while (hi - lo > 1) {
		int64_t mid = lo + (hi - lo) / 2;
		if (e[mid] <= v)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static Status grid_count(Exec *x, const Grid *g, bool density, Tensor **out)
{
	Tensor *counts;
	TRY(tensor_zeros(DT_F64, g->bins, g->dims, &counts, x->err));
	double *c = tensor_data(counts), sum = 0;
	const double *p = tensor_data(g->points), *w = g->weights ? tensor_data(g->weights) : NULL;
	for (int64_t i = 0; i < g->n; i++) {
		int64_t at = 0;
		for (int d = 0; d < g->dims && at >= 0; d++) {
			int64_t b = grid_bin(g, d, p[i * g->dims + d]);
			at = b < 0 ? -1 : at * g->bins[d] + b;
		}
		if (at >= 0)
			c[at] += w ? w[i] : 1;
	}
	for (int64_t i = 0; i < counts->numel; i++)
		sum += c[i];
	for (int64_t i = 0; density && i < counts->numel; i++) {
		int64_t rest = i;
		double volume = 1;
		for (int d = g->dims - 1; d >= 0; d--) {
			int64_t b = rest % g->bins[d];
			rest /= g->bins[d];
			volume *= g->edges[d][b + 1] - g->edges[d][b];
		}
		c[i] /= sum * volume;
	}
	Status s = cpu_to_dtype(x, counts, g->dtype, out);
	tensor_unref(&counts);
	return s;
}

static Status grid_edges(Exec *x, const Grid *g, ListObj **out)
{
	ListObj *l = list_new(&type_tensor, g->dims);
	for (int d = 0; d < g->dims; d++) {
		Tensor *t;
		int64_t n = g->bins[d] + 1;
		Status s = tensor_empty(g->dtype, &n, 1, &t, x->err);
		for (int64_t i = 0; s == STATUS_OK && i < n; i++)
			element_set_f64((char *)tensor_data(t) + (size_t)i * dtype_size(g->dtype), g->dtype, g->edges[d][i]);
		if (s == STATUS_OK)
			s = list_append_take(l, iv_take_tensor(t), x->err);
		if (s != STATUS_OK) {
			IValue v = iv_take_list(l);
			ivalue_unref(&v);
			return s;
		}
	}
	*out = l;
	return STATUS_OK;
}

// bins: int[], int or Tensor[]; either result may be unwanted.
static Status histogramdd(Exec *x, const Tensor *self, IValue bins, IValue range, const Tensor *weight, bool density,
	IValue *hist, IValue *edges)
{
	Grid g = {.dims = 0};
	Status s = grid_points(x, &g, self, weight);
	if (s == STATUS_OK && bins.tag == TAG_LIST && bins.list->n && bins.list->items[0].tag == TAG_TENSOR) {
		s = grid_given(x, &g, bins.list);
	} else if (s == STATUS_OK) {
		int64_t counts[MAX_DIMS];
		int n = g.dims;
		if (bins.tag == TAG_LIST)
			s = arg_ints(x, bins, counts, MAX_DIMS, &n);
		for (int i = 0; bins.tag != TAG_LIST && i < n; i++)
			counts[i] = bins.i;
		if (s == STATUS_OK)
			s = grid_even(x, &g, counts, n, range);
	}
	Tensor *h = NULL;
	ListObj *e = NULL;
	if (s == STATUS_OK && hist)
		s = grid_count(x, &g, density, &h);
	if (s == STATUS_OK && edges)
		s = grid_edges(x, &g, &e);
	grid_free(&g);
	if (s != STATUS_OK) {
		tensor_unref(&h);
		return s;
	}
	if (hist)
		*hist = iv_take_tensor(h);
	if (edges)
		*edges = iv_take_list(e);
	return STATUS_OK;
}

#define HISTOGRAMDD(NAME)                                                                               \
	KERNEL(NAME)                                                                                    \
	{                                                                                               \
		(void)nargs;                                                                            \
		return histogramdd(x, args[0].tensor, args[1], args[2], arg_tensor(args[3]), arg_bool(args[4]), &rets[0], &rets[1]); \
	}
HISTOGRAMDD(histogramdd)
HISTOGRAMDD(histogramdd_int_bins)
HISTOGRAMDD(histogramdd_TensorList_bins)
KERNEL(_histogramdd_bin_edges)
{
	(void)nargs;
	return histogramdd(x, args[0].tensor, args[1], args[2], arg_tensor(args[3]), arg_bool(args[4]), NULL, &rets[0]);
}
KERNEL(_histogramdd_from_bin_cts)
{
	(void)nargs;
	return histogramdd(x, args[0].tensor, args[1], args[2], arg_tensor(args[3]), arg_bool(args[4]), &rets[0], NULL);
}
KERNEL(_histogramdd_from_bin_tensors)
{
	(void)nargs;
	return histogramdd(x, args[0].tensor, args[1], iv_none(), arg_tensor(args[2]), arg_bool(args[3]), &rets[0], NULL);
}
