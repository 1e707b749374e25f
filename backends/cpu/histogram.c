// SPDX-License-Identifier: BSD-3-Clause
// Counting into bins: histc, histogram, bincount; and equal, which ends at the first difference.
#include "backends/cpu/factory.h"
#include "backends/cpu/pointwise.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

// Which of the bins between edges[0 … bins] holds v; the last includes its right edge.  -1: none.
static int64_t bin_of(double v, const double *edges, int64_t bins)
{
	if (!(v >= edges[0] && v <= edges[bins]))
		return -1;
	int64_t lo = 0, hi = bins; // edges[lo] <= v < edges[hi], unless v is the last edge
	while (hi - lo > 1) {
		int64_t mid = lo + (hi - lo) / 2;
		if (edges[mid] <= v)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

// Adds the weights (or ones) of v to counts.
static void count_values(const double *v, const double *w, int64_t n, const double *edges, int64_t bins, double *counts)
{
	for (int64_t i = 0; i < n; i++) {
		int64_t b = bin_of(v[i], edges, bins);
		if (b >= 0)
			counts[b] += w ? w[i] : 1;
	}
}

static void data_range(const double *v, int64_t n, double *lo, double *hi)
{
	*lo = n ? v[0] : 0;
	*hi = n ? v[0] : 0;
	for (int64_t i = 0; i < n; i++) {
		*lo = v[i] < *lo || v[i] != v[i] ? v[i] : *lo;
		*hi = v[i] > *hi || v[i] != v[i] ? v[i] : *hi;
	}
}

// bins + 1 evenly spaced edges in the precision of dtype d
static void even_edges(double lo, double hi, int64_t bins, DType d, double *edges)
{
	for (int64_t i = 0; i <= bins; i++) {
		bool low = i < (bins + 1) / 2;
		if (d == DT_F64) {
			double step = (hi - lo) / (double)bins;
			edges[i] = low ? lo + step * (double)i : hi - step * (double)(bins - i);
		} else {
			float step = ((float)hi - (float)lo) / (float)bins;
			edges[i] = (double)(low ? (float)lo + step * (float)i : (float)hi - step * (float)(bins - i));
		}
	}
}

static Status from_doubles(Exec *x, DType d, const double *v, int64_t n, Tensor **out)
{
	TRY(tensor_empty(d, &n, 1, out, x->err));
	char *p = tensor_data(*out);
	for (int64_t i = 0; i < n; i++)
		element_set_f64(p + (size_t)i * dtype_size(d), d, v[i]);
	return STATUS_OK;
}

static Status new_doubles(Exec *x, int64_t n, double **out)
{
	*out = calloc((size_t)n + 1, sizeof **out);
	return *out ? STATUS_OK : fail_memory(x->err, (size_t)n * sizeof **out);
}

KERNEL(histc)
{
	(void)nargs;
	const Tensor *self = args[0].tensor;
	DType d = tensor_dtype(self);
	int64_t bins = arg_int(args[1]);
	double lo = iv_as_f64(args[2]), hi = iv_as_f64(args[3]), *edges = NULL, *counts = NULL;
	if (!dtype_is_float(d))
		return fail_not_implemented(x, "histogram_cpu", d);
	if (bins <= 0)
		return xfail(x, "bins must be > 0");
	if (bins > INT32_MAX)
		return xfail(x, "too many bins: %" PRId64, bins);
	Tensor *wide, *out = NULL;
	TRY(cpu_prepare(x, self, DT_F64, &wide));
	const double *v = tensor_data(wide);
	if (lo == hi && wide->numel)
		data_range(v, wide->numel, &lo, &hi);
	if (lo == hi) {
		lo -= 1;
		hi += 1;
	}
	Status s = STATUS_OK;
	if (!isfinite(lo) || !isfinite(hi))
		s = xfail(x, "range of [%g, %g] is not finite", lo, hi);
	else if (lo > hi)
		s = xfail(x, "max must be larger than min");
	if (s == STATUS_OK)
		s = new_doubles(x, bins + 1, &edges);
	if (s == STATUS_OK)
		s = new_doubles(x, bins, &counts);
	if (s == STATUS_OK) {
		for (int64_t i = 0; i < wide->numel; i++) { // by division: edges are not consulted
			if (!(v[i] >= lo && v[i] <= hi))
				continue;
			double place = d == DT_F64 ? (v[i] - lo) / (hi - lo) * (double)bins
				: (double)(((float)v[i] - (float)lo) / ((float)hi - (float)lo) * (float)bins);
			int64_t b = place > 0 && place < (double)bins ? (int64_t)place : place >= (double)bins ? bins : 0;
			counts[b < bins ? b : bins - 1] += 1;
		}
		s = from_doubles(x, d, counts, bins, &out);
	}
	free(edges);
	free(counts);
	tensor_unref(&wide);
	return s == STATUS_OK ? ret_tensor(rets, out) : s;
}

// Takes edges; makes hist and bin_edges.
static Status histogram(Exec *x, const Tensor *self, const Tensor *weight, double *edges, int64_t bins, bool density, IValue *rets)
{
	DType d = tensor_dtype(self);
	double *counts = NULL;
	Tensor *v = NULL, *w = NULL, *hist = NULL, *borders = NULL;
	Status s = new_doubles(x, bins, &counts);
	if (s == STATUS_OK && weight && !sizes_equal(weight, self))
		s = xfail(x, "torch.histogram: weight tensor should have the same shape as the input");
	if (s == STATUS_OK && weight && tensor_dtype(weight) != d)
		s = xfail(x, "torch.histogram: weight tensor and input tensor should have the same dtype");
	if (s == STATUS_OK)
		s = cpu_prepare(x, self, DT_F64, &v);
	if (s == STATUS_OK && weight)
		s = cpu_prepare(x, weight, DT_F64, &w);
	if (s == STATUS_OK) {
		count_values(tensor_data(v), w ? tensor_data(w) : NULL, v->numel, edges, bins, counts);
		double sum = 0;
		for (int64_t i = 0; i < bins; i++)
			sum += counts[i];
		for (int64_t i = 0; density && i < bins; i++)
			counts[i] /= sum * (edges[i + 1] - edges[i]);
		s = from_doubles(x, d, counts, bins, &hist);
	}
	if (s == STATUS_OK)
		s = from_doubles(x, d, edges, bins + 1, &borders);
	free(counts);
	free(edges);
	tensor_unref(&v);
	tensor_unref(&w);
	if (s != STATUS_OK) {
		tensor_unref(&hist);
		return s;
	}
	rets[0] = iv_take_tensor(hist);
	rets[1] = iv_take_tensor(borders);
	return STATUS_OK;
}

KERNEL(histogram_bins_tensor)
{
	(void)nargs;
	const Tensor *self = args[0].tensor, *bins = args[1].tensor;
	if (tensor_dtype(self) != DT_F32 && tensor_dtype(self) != DT_F64)
		return fail_not_implemented(x, "histogram_cpu", tensor_dtype(self));
	if (bins->ndim != 1 || bins->numel < 1)
		return xfail(x, "torch.histogram: bins tensor should have one dimension and at least one element, but has %d dimensions", bins->ndim);
	if (tensor_dtype(bins) != tensor_dtype(self))
		return xfail(x, "torch.histogram: input tensor and bins tensors should have the same dtype");
	Tensor *wide;
	double *edges;
	TRY(cpu_prepare(x, bins, DT_F64, &wide));
	Status s = new_doubles(x, wide->numel, &edges);
	if (s == STATUS_OK)
		memcpy(edges, tensor_data(wide), (size_t)wide->numel * sizeof *edges);
	int64_t n = wide->numel - 1;
	tensor_unref(&wide);
	return s == STATUS_OK ? histogram(x, self, arg_tensor(args[2]), edges, n, arg_bool(args[3]), rets) : s;
}

KERNEL(histogram_bin_ct)
{
	(void)nargs;
	const Tensor *self = args[0].tensor;
	int64_t bins = arg_int(args[1]);
	double range[2], *edges;
	int n = 0;
	if (tensor_dtype(self) != DT_F32 && tensor_dtype(self) != DT_F64)
		return fail_not_implemented(x, "histogram_cpu", tensor_dtype(self));
	if (bins <= 0 || bins > INT32_MAX)
		return xfail(x, "torch.histogram: bins must be > 0, but got %" PRId64, bins);
	if (!iv_is_none(args[2]))
		TRY(arg_floats(x, args[2], range, 2, &n));
	if (n == 0) {
		Tensor *wide;
		TRY(cpu_prepare(x, self, DT_F64, &wide));
		data_range(tensor_data(wide), wide->numel, &range[0], &range[1]);
		if (!wide->numel)
			range[1] = 1;
		tensor_unref(&wide);
	} else if (n != 2) {
		return xfail(x, "torch.histogramdd: for a 1-dimensional histogram range should have 2 elements, but got %d", n);
	}
	if (!isfinite(range[0]) || !isfinite(range[1]))
		return xfail(x, "torch.histogramdd: dimension 0's range [%g, %g] is not finite", range[0], range[1]);
	if (range[0] > range[1])
		return xfail(x, "torch.histogramdd: min should not exceed max, but got min %g max %g for dimension 0", range[0], range[1]);
	if (range[0] == range[1]) {
		range[0] -= 0.5;
		range[1] += 0.5;
	}
	TRY(new_doubles(x, bins + 1, &edges));
	even_edges(range[0], range[1], bins, tensor_dtype(self), edges);
	return histogram(x, self, arg_tensor(args[3]), edges, bins, arg_bool(args[4]), rets);
}

KERNEL(bincount)
{
	(void)nargs;
	const Tensor *self = args[0].tensor, *weights = arg_tensor(args[1]);
	int64_t least = arg_int(args[2]), n = 0;
	DType d = tensor_dtype(self);
	if (!dtype_is_int(d) || (d >= DT_U16 && d <= DT_U64))
		return fail_not_implemented(x, "bincount_cpu", d);
	if (least < 0)
		return xfail(x, "minlength should be >= 0");
	Tensor *v, *w = NULL, *out;
	TRY(cpu_prepare(x, self, DT_I64, &v));
	const int64_t *p = tensor_data(v);
	Status s = STATUS_OK;
	bool good = self->ndim == 1;
	for (int64_t i = 0; i < v->numel; i++) {
		good &= p[i] >= 0;
		n = p[i] >= n && p[i] < INT64_MAX ? p[i] + 1 : n;
	}
	if (!good)
		s = xfail(x, "bincount only supports 1-d non-negative integral inputs.");
	if (s == STATUS_OK && weights && (weights->ndim != 1 || weights->numel != self->numel))
		s = xfail(x, "weights should be 1-d and have the same length as input");
	n = n > least ? n : least;
	DType od = !weights ? DT_I64 : tensor_dtype(weights) == DT_F32 ? DT_F32 : DT_F64;
	if (s == STATUS_OK && weights)
		s = cpu_prepare(x, weights, od, &w);
	if (s == STATUS_OK)
		s = tensor_zeros(od, &n, 1, &out, x->err);
	if (s == STATUS_OK) {
		void *o = tensor_data(out);
		const void *f = w ? tensor_data(w) : NULL;
		for (int64_t i = 0; i < v->numel; i++) {
			if (od == DT_I64)
				((int64_t *)o)[p[i]]++;
			else if (od == DT_F32)
				((float *)o)[p[i]] += ((const float *)f)[i];
			else
				((double *)o)[p[i]] += ((const double *)f)[i];
		}
	}
	tensor_unref(&v);
	tensor_unref(&w);
	return s == STATUS_OK ? ret_tensor(rets, out) : s;
}

KERNEL(equal)
{
	(void)nargs;
	const Tensor *a = args[0].tensor, *b = args[1].tensor;
	DType d = tensor_dtype(a);
	rets[0] = iv_bool(false);
	if (!sizes_equal(a, b))
		return STATUS_OK;
	if (d != tensor_dtype(b))
		return xfail(x, "Expected object of data type %d but got data type %d for argument 'other' in call to equal", (int)d,
			(int)tensor_dtype(b));
	if (tensor_device(a) == DEVICE_META || tensor_device(b) == DEVICE_META)
		return xfail(x, "equal needs the data of its operands, which meta tensors do not have");
	Tensor *ca, *cb;
	TRY(cpu_prepare(x, a, d, &ca));
	Status s = cpu_prepare(x, b, d, &cb);
	if (s != STATUS_OK) {
		tensor_unref(&ca);
		return s;
	}
	const char *p = tensor_data(ca), *q = tensor_data(cb);
	size_t size = dtype_size(d);
	bool same = true;
	if (!dtype_is_float(d) && !dtype_is_complex(d)) {
		same = !a->numel || memcmp(p, q, (size_t)a->numel * size) == 0;
	} else { // -0 equals 0, NaN equals nothing
		for (int64_t i = 0; same && i < a->numel; i++) {
			double ar, ai, br, bi;
			element_c128(p + (size_t)i * size, d, &ar, &ai);
			element_c128(q + (size_t)i * size, d, &br, &bi);
			same = ar == br && ai == bi;
		}
	}
	tensor_unref(&ca);
	tensor_unref(&cb);
	rets[0] = iv_bool(same);
	return STATUS_OK;
}
