// SPDX-License-Identifier: BSD-3-Clause
// torchvision::nms: greedy non-maximum suppression of boxes by overlap.
#include "backends/cpu/cpu.h"

#include "core/arena.h"

#include <stdlib.h>

Status op_torchvision_nms(Exec *x, const IValue *args, int nargs, IValue *rets);

typedef struct Candidate {
	double score;
	int64_t index;
} Candidate;

// Falling scores; equal ones keep their order, NaN comes first as in a descending sort.
static int by_score(const void *a, const void *b)
{
	const Candidate *p = a, *q = b;
	bool pn = p->score != p->score, qn = q->score != q->score;
	if (pn != qn)
		return pn ? -1 : 1;
	if (!pn && p->score != q->score)
		return p->score > q->score ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

// The overlap is computed in the boxes' own precision: whether it exceeds the threshold may hang on the last bit.
static bool overlaps_f32(const float *p, const float *q, double threshold)
{
	float area_p = (p[2] - p[0]) * (p[3] - p[1]), area_q = (q[2] - q[0]) * (q[3] - q[1]);
	float left = p[0] > q[0] ? p[0] : q[0], top = p[1] > q[1] ? p[1] : q[1];
	float right = p[2] < q[2] ? p[2] : q[2], bottom = p[3] < q[3] ? p[3] : q[3];
	float w = right - left > 0 ? right - left : 0, h = bottom - top > 0 ? bottom - top : 0;
	float inter = w * h;
	return (double)(inter / (area_p + area_q - inter)) > threshold;
}

static bool overlaps_f64(const double *p, const double *q, double threshold)
{
	double area_p = (p[2] - p[0]) * (p[3] - p[1]), area_q = (q[2] - q[0]) * (q[3] - q[1]);
	double left = p[0] > q[0] ? p[0] : q[0], top = p[1] > q[1] ? p[1] : q[1];
	double right = p[2] < q[2] ? p[2] : q[2], bottom = p[3] < q[3] ? p[3] : q[3];
	double w = right - left > 0 ? right - left : 0, h = bottom - top > 0 ? bottom - top : 0;
	double inter = w * h;
	return inter / (area_p + area_q - inter) > threshold;
}

// dets [N, 4] as x1, y1, x2, y2; scores [N] → indices of the boxes kept, best first.
Status op_torchvision_nms(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	Tensor *dets = args[0].tensor, *scores = args[1].tensor;
	double threshold = arg_float(args[2]);
	if (dets->ndim != 2 || dets->sizes[1] != 4)
		return xfail(x, "boxes should be a 2d tensor with 4 elements in dimension 1, got %dD", dets->ndim);
	if (scores->ndim != 1 || scores->sizes[0] != dets->sizes[0])
		return xfail(x, "boxes and scores should have same number of elements in dimension 0, got %lld and %lld",
			(long long)dets->sizes[0], scores->ndim == 1 ? (long long)scores->sizes[0] : -1ll);
	DType d = tensor_dtype(dets) == DT_F64 ? DT_F64 : DT_F32;
	if (!dtype_is_float(tensor_dtype(dets)))
		return xfail(x, "\"nms_kernel\" not implemented for '%s'", dtype_class_name(tensor_dtype(dets)));

	Tensor *boxes = NULL, *s = NULL, *out = NULL;
	int64_t n = dets->sizes[0], kept = 0;
	Candidate *order = NULL;
	bool *gone = NULL;
	Status status = cpu_prepare(x, dets, d, &boxes);
	if (status == STATUS_OK)
		status = cpu_prepare(x, scores, DT_F64, &s);
	if (status == STATUS_OK) {
		order = malloc((size_t)(n + 1) * sizeof *order);
		gone = calloc((size_t)n + 1, sizeof *gone);
		if (!order || !gone)
			status = fail_memory(x->err, (size_t)n * sizeof *order);
	}
	if (status == STATUS_OK) {
		for (int64_t i = 0; i < n; i++)
			order[i] = (Candidate){((double *)tensor_data(s))[i], i};
		qsort(order, (size_t)n, sizeof *order, by_score);
		const char *data = tensor_data(boxes);
		for (int64_t i = 0; i < n; i++) {
			if (gone[i])
				continue;
			int64_t p = order[i].index;
			order[kept++].index = p; // kept ≤ i: the front of the array becomes the answer
			for (int64_t k = i + 1; k < n; k++) {
				int64_t q = order[k].index;
				if (!gone[k])
					gone[k] = d == DT_F32 ? overlaps_f32((const float *)data + 4 * p, (const float *)data + 4 * q, threshold)
							      : overlaps_f64((const double *)data + 4 * p, (const double *)data + 4 * q, threshold);
			}
		}
		status = tensor_empty(DT_I64, &kept, 1, &out, x->err);
	}
	if (status == STATUS_OK) {
		for (int64_t i = 0; i < kept; i++)
			((int64_t *)tensor_data(out))[i] = order[i].index;
		ret_tensor(rets, out);
	}
	free(order);
	free(gone);
	tensor_unref(&boxes);
	tensor_unref(&s);
	return status;
}
