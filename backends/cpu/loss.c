// SPDX-License-Identifier: BSD-3-Clause
// Losses that pick elements by class numbers; the elementwise ones are in frontend/lib/loss.py.
//
// Reductions: 0 none, 1 mean, 2 sum.  Sums are made in double.
#include "backends/cpu/cpu.h"

#include <math.h>
#include <stdlib.h>

#define LOSS_OP(name) \
	Status op_##name(Exec *x, const IValue *args, int nargs, IValue *rets); \
	Status op_##name(Exec *x, const IValue *args, int nargs, IValue *rets)

// Stores a result of dtype d computed in f64.
static Status give(Exec *x, Status s, Tensor *t, DType d, IValue *ret)
{
	Tensor *out = NULL;
	if (s == STATUS_OK)
		s = cpu_to_dtype(x, t, d, &out);
	tensor_unref(&t);
	return s == STATUS_OK ? ret_tensor(ret, out) : s;
}

static Status give_number(Exec *x, double v, DType d, IValue *ret)
{
	Tensor *t = NULL;
	TRY(tensor_scalar_f64(d, v, &t, x->err));
	return ret_tensor(ret, t);
}

typedef struct Nll {
	const double *input, *weight; // weight may be NULL
	const int64_t *target;
	int64_t batch, classes, inner; // input [batch, classes, inner], target [batch, inner]
	int64_t reduction, ignore;
} Nll;

static Status nll_sum(Exec *x, const Nll *p, double *losses, double *total_loss, double *total_weight)
{
	*total_loss = *total_weight = 0;
	for (int64_t b = 0; b < p->batch; b++) {
		for (int64_t i = 0; i < p->inner; i++) {
			int64_t t = p->target[b * p->inner + i];
			double loss = 0;
			if (t != p->ignore) {
				if (t < 0 || t >= p->classes)
					return fail(x->err, STATUS_INDEX, "Target %lld is out of bounds.", (long long)t);
				double w = p->weight ? p->weight[t] : 1;
				loss = -w * p->input[(b * p->classes + t) * p->inner + i];
				*total_weight += w;
			}
			*total_loss += loss;
			if (losses)
				losses[b * p->inner + i] = loss;
		}
	}
	return STATUS_OK;
}

static Status nll_forward(Exec *x, const IValue *args, bool planes, IValue *rets)
{
	Tensor *input = args[0].tensor, *target = args[1].tensor, *weight = arg_tensor(args[2]);
	Tensor *in = NULL, *tg = NULL, *w = NULL, *out = NULL;
	DType d = tensor_dtype(input);
	Nll p = {.reduction = arg_int(args[3]), .ignore = arg_int(args[4]), .inner = 1, .batch = 1};
	if (!dtype_is_float(d))
		return xfail(x, "\"nll_loss_out_frame\" not implemented for '%s'", dtype_class_name(d));
	if (planes) {
		if (target->ndim != 3)
			return xfail(x, "only batches of spatial targets supported (3D tensors) but got targets of dimension: %d", target->ndim);
		if (input->ndim != 4)
			return xfail(x, "only batches of spatial inputs supported (4D tensors), but got input of dimension: %d", input->ndim);
		if (input->sizes[0] != target->sizes[0] || input->sizes[2] != target->sizes[1] || input->sizes[3] != target->sizes[2])
			return xfail(x, "size mismatch between input and target of nll_loss2d");
		p.batch = input->sizes[0];
		p.classes = input->sizes[1];
		p.inner = input->sizes[2] * input->sizes[3];
	} else {
		if (input->ndim < 1 || input->ndim > 2)
			return xfail(x, "input tensor should be 1D or 2D");
		if (target->ndim > 1)
			return xfail(x, "0D or 1D target tensor expected, multi-target not supported");
		if (input->ndim == 2 && (target->ndim != 1 || input->sizes[0] != target->sizes[0]))
			return xfail(x, "size mismatch (got input: [%lld, %lld], target: %lld elements)", (long long)input->sizes[0],
				(long long)input->sizes[1], (long long)target->numel);
		if (input->ndim == 1 && target->numel != 1)
			return xfail(x, "size mismatch (got input: [%lld], target: %lld elements)", (long long)input->sizes[0],
				(long long)target->numel);
		p.classes = input->sizes[input->ndim - 1];
		p.batch = input->ndim == 2 ? input->sizes[0] : 1;
	}
	if (weight && (weight->ndim != 1 || weight->numel != p.classes))
		return xfail(x, "weight tensor should be defined either for all %lld classes or no classes but got weight tensor of %lld elements",
			(long long)p.classes, (long long)weight->numel);

	Status s = cpu_prepare(x, input, DT_F64, &in);
	if (s == STATUS_OK)
		s = cpu_prepare(x, target, DT_I64, &tg);
	if (s == STATUS_OK && weight)
		s = cpu_prepare(x, weight, DT_F64, &w);
	bool each = p.reduction == 0 && (planes || input->ndim == 2);
	if (s == STATUS_OK && each)
		s = tensor_empty(DT_F64, target->sizes, target->ndim, &out, x->err);
	double loss = 0, total = 0;
	if (s == STATUS_OK) {
		p.input = tensor_data(in);
		p.target = tensor_data(tg);
		p.weight = w ? tensor_data(w) : NULL;
		s = nll_sum(x, &p, each ? tensor_data(out) : NULL, &loss, &total);
	}
	tensor_unref(&in);
	tensor_unref(&tg);
	tensor_unref(&w);
	if (s != STATUS_OK) {
		tensor_unref(&out);
		return s;
	}
	TRY(give_number(x, p.reduction == 0 ? 0 : total, d, &rets[1]));
	s = each ? give(x, STATUS_OK, out, d, &rets[0]) : give_number(x, p.reduction == 1 ? loss / total : loss, d, &rets[0]);
	if (s != STATUS_OK)
		ivalue_unref(&rets[1]);
	return s;
}

LOSS_OP(nll_loss_forward)
{
	(void)nargs;
	return nll_forward(x, args, false, rets);
}

LOSS_OP(nll_loss2d_forward)
{
	(void)nargs;
	return nll_forward(x, args, true, rets);
}

// Rows of a margin loss: input [rows, classes] (or one row), one loss a row.
static Status margin_result(Exec *x, const double *losses, int64_t rows, bool scalar, int64_t reduction, DType d, IValue *ret)
{
	if (reduction == 0 && !scalar) {
		Tensor *t = NULL;
		TRY(tensor_empty(DT_F64, &rows, 1, &t, x->err));
		for (int64_t i = 0; i < rows; i++)
			((double *)tensor_data(t))[i] = losses[i];
		return give(x, STATUS_OK, t, d, ret);
	}
	double sum = 0;
	for (int64_t i = 0; i < rows; i++)
		sum += losses[i];
	return give_number(x, reduction == 1 ? sum / (double)rows : sum, d, ret);
}

// Σ_{j≠y} max(0, margin - x_y + x_j)^p · w_y / C
LOSS_OP(multi_margin_loss)
{
	(void)nargs;
	Tensor *input = args[0].tensor, *target = args[1].tensor, *weight = arg_tensor(args[4]);
	Tensor *in = NULL, *tg = NULL, *w = NULL;
	int64_t power = arg_int(args[2]), reduction = arg_int(args[5]);
	double margin = arg_float(args[3]);
	if (power != 1 && power != 2)
		return xfail(x, "multi_margin_loss: p: 1 and 2 are supported, found %lld", (long long)power);
	if (input->ndim > 2 || !dtype_is_float(tensor_dtype(input)))
		return xfail(x, "Expected non-empty vector or matrix of floats with optional 0-dim batch size");
	int64_t rows = input->ndim == 2 ? input->sizes[0] : 1, classes = input->ndim ? input->sizes[input->ndim - 1] : 1;
	if (target->ndim > 1 || target->numel != rows)
		return xfail(x, "inconsistent target size, expected %lld elements, got %lld", (long long)rows, (long long)target->numel);
	if (weight && weight->numel != classes)
		return xfail(x, "inconsistent weight size, expected %lld elements, got %lld", (long long)classes, (long long)weight->numel);
	double *losses = calloc((size_t)rows + 1, sizeof *losses);
	Status s = losses ? cpu_prepare(x, input, DT_F64, &in) : fail_memory(x->err, (size_t)rows * sizeof *losses);
	if (s == STATUS_OK)
		s = cpu_prepare(x, target, DT_I64, &tg);
	if (s == STATUS_OK && weight)
		s = cpu_prepare(x, weight, DT_F64, &w);
	for (int64_t r = 0; s == STATUS_OK && r < rows; r++) {
		const double *row = (const double *)tensor_data(in) + r * classes;
		int64_t y = ((const int64_t *)tensor_data(tg))[r];
		if (y < 0 || y >= classes) {
			s = fail(x->err, STATUS_INDEX, "target out of range: %lld, with %lld classes", (long long)y, (long long)classes);
			break;
		}
		for (int64_t j = 0; j < classes; j++) {
			double z = margin - row[y] + row[j];
			if (j != y && z > 0)
				losses[r] += (power == 2 ? z * z : z) * (w ? ((const double *)tensor_data(w))[y] : 1);
		}
		losses[r] /= (double)classes;
	}
	if (s == STATUS_OK)
		s = margin_result(x, losses, rows, target->ndim == 0, reduction, tensor_dtype(input), rets);
	free(losses);
	tensor_unref(&in);
	tensor_unref(&tg);
	tensor_unref(&w);
	return s;
}

// Labels of a row end at the first negative one.  Σ_{y label} Σ_{j no label} max(0, 1 - x_y + x_j) / C
LOSS_OP(multilabel_margin_loss_forward)
{
	(void)nargs;
	Tensor *input = args[0].tensor, *target = args[1].tensor, *in = NULL, *tg = NULL, *is = NULL;
	DType d = tensor_dtype(input);
	if (input->ndim > 2 || !dtype_is_float(d) || !sizes_equal(input, target))
		return xfail(x, "inconsistent target size: input and target must be vectors or matrices of one shape");
	int64_t rows = input->ndim == 2 ? input->sizes[0] : 1, classes = input->ndim ? input->sizes[input->ndim - 1] : 1;
	double *losses = calloc((size_t)rows + 1, sizeof *losses);
	Status s = losses ? cpu_prepare(x, input, DT_F64, &in) : fail_memory(x->err, (size_t)rows * sizeof *losses);
	if (s == STATUS_OK)
		s = cpu_prepare(x, target, DT_I64, &tg);
	if (s == STATUS_OK)
		s = tensor_zeros(DT_F64, target->sizes, target->ndim, &is, x->err);
	for (int64_t r = 0; s == STATUS_OK && r < rows; r++) {
		const double *row = (const double *)tensor_data(in) + r * classes;
		const int64_t *labels = (const int64_t *)tensor_data(tg) + r * classes;
		double *mark = (double *)tensor_data(is) + r * classes;
		int64_t n = 0;
		for (; n < classes && labels[n] >= 0 && s == STATUS_OK; n++) {
			if (labels[n] >= classes)
				s = fail(x->err, STATUS_INDEX, "target out of range: %lld, with %lld classes", (long long)labels[n], (long long)classes);
			else
				mark[labels[n]] = 1;
		}
		for (int64_t k = 0; s == STATUS_OK && k < n; k++)
			for (int64_t j = 0; j < classes; j++)
				if (!mark[j])
					losses[r] += fmax(0, 1 - row[labels[k]] + row[j]);
		losses[r] /= (double)classes;
	}
	if (s == STATUS_OK)
		s = margin_result(x, losses, rows, input->ndim < 2, arg_int(args[2]), d, &rets[0]);
	free(losses);
	tensor_unref(&in);
	tensor_unref(&tg);
	if (s != STATUS_OK) {
		tensor_unref(&is);
		return s;
	}
	s = give(x, STATUS_OK, is, d, &rets[1]);
	if (s != STATUS_OK)
		ivalue_unref(&rets[0]);
	return s;
}

// ---- connectionist temporal classification (Graves et al. 2006, section 4.1)

static double log_add(double a, double b)
{
	double m = a > b ? a : b;
	return m == -HUGE_VAL ? m : m + log(exp(a - m) + exp(b - m));
}

typedef struct Ctc {
	const double *logs; // [T, N, C]
	int64_t steps, batch, classes, blank;
} Ctc;

// alpha [steps, 2·n + 1] of one sequence with n labels; returns -log p.
static double ctc_forward(const Ctc *c, int64_t item, const int64_t *labels, int64_t n, int64_t steps, double *alpha)
{
	int64_t width = 2 * n + 1;
	for (int64_t t = 0; t < steps; t++) {
		const double *row = c->logs + (t * c->batch + item) * c->classes;
		double *now = alpha + t * width, *last = now - width;
		for (int64_t s = 0; s < width; s++) {
			int64_t label = s % 2 ? labels[s / 2] : c->blank;
			double sum = -HUGE_VAL;
			if (t == 0) {
				sum = s < 2 ? 0 : -HUGE_VAL;
			} else {
				sum = last[s];
				if (s > 0)
					sum = log_add(sum, last[s - 1]);
				if (s > 1 && s % 2 && labels[s / 2] != labels[s / 2 - 1])
					sum = log_add(sum, last[s - 2]);
			}
			now[s] = sum + row[label];
		}
	}
	if (steps == 0)
		return n == 0 ? 0 : HUGE_VAL;
	const double *end = alpha + (steps - 1) * width;
	return -(n ? log_add(end[width - 1], end[width - 2]) : end[0]);
}

LOSS_OP(_ctc_loss)
{
	(void)nargs;
	Tensor *logs = args[0].tensor, *targets = args[1].tensor, *in = NULL, *tg = NULL, *out = NULL, *alphas = NULL;
	DType d = tensor_dtype(logs);
	const ListObj *ins = args[2].list, *outs = args[3].list;
	if (logs->ndim != 3 || (d != DT_F32 && d != DT_F64))
		return xfail(x, "ctc_loss: log_probs of shape (input length, batch, classes) and of float32 or float64 are wanted");
	Ctc c = {.steps = logs->sizes[0], .batch = logs->sizes[1], .classes = logs->sizes[2], .blank = arg_int(args[4])};
	if (c.blank < 0 || c.blank >= c.classes)
		return xfail(x, "blank must be in label range");
	if (ins->n != c.batch || outs->n != c.batch)
		return xfail(x, "input_lengths and target_lengths must be of size batch_size");
	int64_t longest = 0, sum = 0;
	for (int64_t b = 0; b < c.batch; b++) {
		int64_t n = outs->items[b].i, steps = ins->items[b].i;
		if (n < 0 || steps < 0 || steps > c.steps || n > INT32_MAX)
			return xfail(x, "Expected input_lengths to have value at most %lld and lengths not to be negative, but got %lld and %lld (while checking arguments for ctc_loss)",
				(long long)c.steps, (long long)steps, (long long)n);
		longest = n > longest ? n : longest;
		sum += n;
	}
	bool padded = targets->ndim == 2;
	if (padded ? targets->sizes[0] != c.batch || targets->sizes[1] < longest : targets->ndim != 1 || targets->numel != sum)
		return xfail(x, "ctc_loss: targets do not have the size that target_lengths say");
	Status s = cpu_prepare(x, logs, DT_F64, &in);
	if (s == STATUS_OK)
		s = cpu_prepare(x, targets, DT_I64, &tg);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F64, &c.batch, 1, &out, x->err);
	int64_t width = 2 * longest + 1, sizes[3] = {c.batch, c.steps, width};
	if (s == STATUS_OK)
		s = tensor_empty(DT_F64, sizes, 3, &alphas, x->err);
	double *work = s == STATUS_OK ? malloc((size_t)alphas->numel * sizeof *work + 1) : NULL;
	if (s == STATUS_OK && !work)
		s = fail_memory(x->err, (size_t)alphas->numel * sizeof *work);
	const int64_t *labels = s == STATUS_OK ? tensor_data(tg) : NULL;
	c.logs = s == STATUS_OK ? tensor_data(in) : NULL;
	for (int64_t b = 0; s == STATUS_OK && b < c.batch; b++) {
		int64_t n = outs->items[b].i, steps = ins->items[b].i;
		const int64_t *row = padded ? labels + b * targets->sizes[1] : labels;
		for (int64_t i = 0; i < n && s == STATUS_OK; i++)
			if (row[i] < 0 || row[i] >= c.classes)
				s = fail(x->err, STATUS_INDEX, "ctc_loss: label %lld is out of range, with %lld classes", (long long)row[i],
					(long long)c.classes);
		if (s != STATUS_OK)
			break;
		((double *)tensor_data(out))[b] = ctc_forward(&c, b, row, n, steps, work);
		double *dst = (double *)tensor_data(alphas) + b * c.steps * width;
		for (int64_t t = 0; t < c.steps; t++)
			for (int64_t k = 0; k < width; k++)
				dst[t * width + k] = t < steps && k < 2 * n + 1 ? work[t * (2 * n + 1) + k] : -HUGE_VAL;
		if (!padded)
			labels += n;
	}
	free(work);
	tensor_unref(&in);
	tensor_unref(&tg);
	if (s != STATUS_OK) {
		tensor_unref(&out);
		tensor_unref(&alphas);
		return s;
	}
	s = give(x, STATUS_OK, out, d, &rets[0]);
	if (s != STATUS_OK) {
		tensor_unref(&alphas);
		return s;
	}
	s = give(x, STATUS_OK, alphas, d, &rets[1]);
	if (s != STATUS_OK)
		ivalue_unref(&rets[0]);
	return s;
}
