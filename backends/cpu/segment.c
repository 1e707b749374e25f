// SPDX-License-Identifier: BSD-3-Clause
// segment_reduce: consecutive stretches of one axis, given by lengths or offsets, reduced each to one element.
#include "backends/cpu/cpu.h"
#include "backends/cpu/pointwise.h"

#include <math.h>

typedef enum Segment { SEGMENT_SUM, SEGMENT_MEAN, SEGMENT_MAX, SEGMENT_MIN, SEGMENT_PROD, SEGMENT_KINDS } Segment;
static const char *const names[SEGMENT_KINDS] = {"sum", "mean", "max", "min", "prod"};
static const double identity[SEGMENT_KINDS] = {0, 0, -INFINITY, INFINITY, 1};

// data: outer × n × inner of doubles; lengths: outer × segments (or offsets: outer × (segments + 1)).
static Status reduce_segments(Exec *x, const double *data, const int64_t *marks, bool offsets, int64_t outer, int64_t n,
	int64_t inner, int64_t segments, Segment kind, const double *initial, double *out)
{
	for (int64_t o = 0; o < outer; o++) {
		int64_t at = 0;
		for (int64_t s = 0; s < segments; s++) {
			int64_t first, last;
			if (offsets) {
				first = marks[o * (segments + 1) + s];
				last = marks[o * (segments + 1) + s + 1];
			} else {
				first = at;
				if (marks[o * segments + s] < 0)
					return xfail(x, "lengths contains negative value!");
				last = marks[o * segments + s] > n - at ? n + 1 : at + marks[o * segments + s];
			}
			if (first < 0 || last < first || last > n)
				return xfail(x, "segment_reduce(): Expected all rows of lengths along axis to sum to "
					"data.size(lengths.dim()-1) when !unsafe.");
			at = last;
			for (int64_t i = 0; i < inner; i++) {
				double acc = initial ? *initial : identity[kind];
				for (int64_t k = first; k < last; k++) {
					double v = data[(o * n + k) * inner + i];
					switch (kind) {
					case SEGMENT_MAX: acc = acc != acc || acc > v ? acc : v; break;
					case SEGMENT_MIN: acc = acc != acc || acc < v ? acc : v; break;
					case SEGMENT_PROD: acc *= v; break;
					default: acc += v;
					}
				}
				if (kind == SEGMENT_MEAN)
					acc = last > first ? acc / (double)(last - first) : initial ? acc : NAN;
				out[(o * segments + s) * inner + i] = acc;
			}
		}
		if (!offsets && at != n)
			return xfail(x, "segment_reduce(): Expected all rows of lengths along axis to sum to "
				"data.size(lengths.dim()-1) when !unsafe.");
	}
	return STATUS_OK;
}

Status op_segment_reduce(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_segment_reduce(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *data = args[0].tensor, *lengths = arg_tensor(args[2]), *offsets = arg_tensor(args[4]);
	DType d = tensor_dtype(data);
	int axis;
	TRY(wrap_dim(arg_int(args[5]), data->ndim, &axis, x->err));
	int kind = 0;
	while (kind < SEGMENT_KINDS && strcmp(names[kind], arg_str(args[1])))
		kind++;
	if (kind == SEGMENT_KINDS)
		return xfail(x, "unsupported reduction given! %s", arg_str(args[1]));
	if (!dtype_is_float(d))
		return fail_not_implemented(x, "_segment_reduce_cpu", d);
	const Tensor *marks = offsets ? offsets : lengths;
	if (!marks)
		return xfail(x, "segment_reduce(): Either lengths or offsets must be defined.");
	if (arg_tensor(args[3]))
		return fail(x->err, STATUS_UNSUPPORTED, "segment_reduce with indices");
	if (marks->ndim == 0 || axis != marks->ndim - 1 || marks->ndim > data->ndim)
		return xfail(x, "segment_reduce(): Expected axis to be the last dimension of lengths but got %d.", axis);
	int64_t outer = 1, inner = 1, n = data->sizes[axis], segments = marks->sizes[axis] - (offsets != NULL);
	int64_t sizes[MAX_DIMS];
	for (int i = 0; i < data->ndim; i++) {
		sizes[i] = i == axis ? segments : data->sizes[i];
		outer *= i < axis ? data->sizes[i] : 1;
		inner *= i > axis ? data->sizes[i] : 1;
		if (i < axis && marks->sizes[i] != data->sizes[i])
			return xfail(x, "segment_reduce(): the leading sizes of lengths must be those of data");
	}
	if (segments < 0)
		return xfail(x, "segment_reduce(): offsets must not be empty");
	Tensor *wide = NULL, *places = NULL, *out = NULL, *narrow = NULL;
	Status s = cpu_prepare(x, data, DT_F64, &wide);
	if (s == STATUS_OK)
		s = cpu_prepare(x, marks, DT_I64, &places);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F64, sizes, data->ndim, &out, x->err);
	double initial = arg_float_or(args[7], 0);
	if (s == STATUS_OK)
		s = reduce_segments(x, tensor_data(wide), tensor_data(places), offsets != NULL, outer, n, inner, segments, (Segment)kind,
			iv_is_none(args[7]) ? NULL : &initial, tensor_data(out));
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, out, d, &narrow);
	tensor_unref(&wide);
	tensor_unref(&places);
	tensor_unref(&out);
	return s == STATUS_OK ? ret_tensor(rets, narrow) : s;
}
