// SPDX-License-Identifier: BSD-3-Clause
// A tensor as the language's own print() shows it: columns of numbers, then a line "[ CPUFloatType{2,3} ]".
// All numbers of what is shown together (a vector, one matrix) share a format: integers, fixed point with a common
// scale, or scientific.  Complex numbers show their real parts, as the reference does.
#include "core/print.h"

#include <math.h>
#include <stdio.h>

enum { LINE_WIDTH = 80 };

void print_element(const Tensor *t, int64_t offset, double *re, double *im)
{
	DType d = tensor_dtype(t);
	element_c128((const uint8_t *)tensor_data(t) + offset * (int64_t)dtype_size(d), d, re, im);
	if (t->conj)
		*im = -*im;
	if (t->neg) {
		*re = -*re;
		*im = -*im;
	}
}

// Dequantisation needs the place along the axis: a tensor is read through this.
typedef struct Reader {
	const Tensor *t;
	int64_t index[MAX_DIMS];
} Reader;

static double read_at(const Reader *r)
{
	const Tensor *t = r->t;
	int64_t offset = 0;
	for (int i = 0; i < t->ndim; i++)
		offset += r->index[i] * t->strides[i];
	double re, im;
	print_element(t, offset, &re, &im);
	const Quantizer *q = t->quant;
	if (!q || !dtype_is_quantized(tensor_dtype(t)))
		return re;
	if (!q->scales)
		return (float)((float)re - (float)q->zero_point) * (float)q->scale;
	int64_t k = r->index[q->axis];
	DType sd = tensor_dtype(q->scales), zd = tensor_dtype(q->zero_points);
	double s = element_f64((const uint8_t *)tensor_data(q->scales) + k * q->scales->strides[0] * (int64_t)dtype_size(sd), sd);
	double z = element_f64((const uint8_t *)tensor_data(q->zero_points)
		+ k * q->zero_points->strides[0] * (int64_t)dtype_size(zd), zd);
	return (float)((float)re - (float)z) * (float)s;
}

typedef enum CellKind { CELL_PLAIN, CELL_FIXED, CELL_SCIENTIFIC } CellKind;
typedef struct Cells {
	CellKind kind;
	int width;
	double scale;
} Cells;

// The format for all elements whose last `dims` indices run; the leading ones are fixed in r.
static Cells choose_cells(Reader *r, int dims)
{
	const Tensor *t = r->t;
	int first = t->ndim - dims;
	int64_t n = 1;
	for (int i = first; i < t->ndim; i++) {
		n *= t->sizes[i];
		r->index[i] = 0;
	}
	bool integral = true, any = false;
	double low = 1, high = 1;
	for (int64_t k = 0; k < n; k++) {
		double v = read_at(r), z = fabs(v);
		if (isfinite(v)) {
			integral &= v == ceil(v);
			low = !any || z < low ? z : low;
			high = !any || z > high ? z : high;
			any = true;
		}
		for (int i = t->ndim; i-- > first;) {
			if (++r->index[i] < t->sizes[i])
				break;
			r->index[i] = 0;
		}
	}
	if (any) {
		low = low != 0 ? floor(log10(low)) + 1 : 1;
		high = high != 0 ? floor(log10(high)) + 1 : 1;
	}
	if (integral)
		return high > 9 ? (Cells){CELL_SCIENTIFIC, 11, 1} : (Cells){CELL_PLAIN, (int)high + 1, 1};
	if (high - low > 4)
		return (Cells){CELL_SCIENTIFIC, fabs(high) > 99 || fabs(low) > 99 ? 12 : 11, 1};
	if (high > 5 || high < 0)
		return (Cells){CELL_FIXED, 7, pow(10, high - 1)};
	return (Cells){CELL_FIXED, high == 0 ? 7 : (int)high + 6, 1};
}

static void print_cell(Text *out, const Cells *c, double v)
{
	Text cell = {0};
	v /= c->scale;
	if (!isfinite(v))
		text_add(&cell, isnan(v) ? (signbit(v) ? "-nan" : "nan") : v < 0 ? "-inf" : "inf");
	else
		text_addf(&cell, c->kind == CELL_PLAIN ? "%g" : c->kind == CELL_FIXED ? "%.4f" : "%.4e", v);
	if ((int)cell.size < c->width)
		text_fill(out, ' ', (size_t)c->width - cell.size);
	text_addn(out, text_str(&cell), cell.size);
	text_free(&cell);
}

static void print_scale(Text *out, double scale)
{
	print_double(out, scale, false);
	text_add(out, " *\n");
}

static void print_matrix(Text *out, Reader *r, int indent)
{
	const Tensor *t = r->t;
	int row = t->ndim - 2, col = t->ndim - 1;
	Cells c = choose_cells(r, 2);
	int64_t columns = t->sizes[col], per_line = (LINE_WIDTH - indent) / (c.width + 1);
	for (int64_t from = 0; from < columns; from += per_line) {
		int64_t to = from + per_line <= columns ? from + per_line : columns;
		if (per_line < columns) {
			text_addf(out, "%sColumns %lld to %lld", from ? "\n" : "", (long long)from + 1, (long long)to);
			text_fill(out, ' ', (size_t)indent);
		}
		if (c.scale != 1) {
			print_scale(out, c.scale);
			text_fill(out, ' ', (size_t)indent);
		}
		for (int64_t l = 0; l < t->sizes[row]; l++) {
			for (int64_t k = from; k < to; k++) {
				r->index[row] = l;
				r->index[col] = k;
				print_cell(out, &c, read_at(r));
				text_addc(out, k == to - 1 ? '\n' : ' ');
			}
			if (l != t->sizes[row] - 1)
				text_fill(out, ' ', (size_t)indent + (c.scale != 1 ? 1 : 0));
		}
	}
}

static void print_matrices(Text *out, Reader *r)
{
	const Tensor *t = r->t;
	int outer = t->ndim - 2;
	int64_t counter[MAX_DIMS] = {0};
	bool first = true;
	for (;;) {
		text_add(out, first ? "(" : "\n(");
		first = false;
		for (int i = 0; i < outer; i++) {
			r->index[i] = counter[i];
			text_addf(out, "%lld,", (long long)counter[i] + 1);
		}
		text_add(out, ".,.) = \n");
		print_matrix(out, r, 1);
		int i = 0;
		while (i < outer && ++counter[i] >= t->sizes[i]) // the first index runs fastest
			counter[i++] = 0;
		if (i == outer)
			break;
	}
}

static const char *const scheme_names[] = {
	[Q_PER_TENSOR_AFFINE] = "per_tensor_affine", [Q_PER_CHANNEL_AFFINE] = "per_channel_affine",
	[Q_PER_TENSOR_SYMMETRIC] = "per_tensor_symmetric", [Q_PER_CHANNEL_SYMMETRIC] = "per_channel_symmetric",
	[Q_PER_CHANNEL_FLOAT] = "per_channel_affine_float_qparams",
};

void tensor_print(Text *out, const Tensor *t)
{
	Reader r = {.t = t};
	bool meta = tensor_device(t) != DEVICE_CPU;
	if (meta)
		text_add(out, "...\n");
	else if (t->ndim == 0) {
		print_double(out, read_at(&r), false);
		text_addc(out, '\n');
	} else if (t->numel == 0) {
		;
	} else if (t->ndim == 1) {
		Cells c = choose_cells(&r, 1);
		if (c.scale != 1)
			print_scale(out, c.scale);
		for (int64_t i = 0; i < t->sizes[0]; i++) {
			r.index[0] = i;
			print_cell(out, &c, read_at(&r));
			text_addc(out, '\n');
		}
	} else if (t->ndim == 2) {
		print_matrix(out, &r, 0);
	} else {
		print_matrices(out, &r);
	}
	text_addf(out, "[ %s%s%sType{", dtype_is_quantized(tensor_dtype(t)) ? "Quantized" : "", meta ? "Meta" : "CPU",
		dtype_class_name(tensor_dtype(t)));
	for (int i = 0; i < t->ndim; i++)
		text_addf(out, i ? ",%lld" : "%lld", (long long)t->sizes[i]);
	text_addc(out, '}');
	const Quantizer *q = t->quant;
	if (q && dtype_is_quantized(tensor_dtype(t))) {
		text_addf(out, ", qscheme: %s", scheme_names[q->scheme]);
		if (!q->scales) {
			text_add(out, ", scale: ");
			print_double(out, q->scale, false);
			text_addf(out, ", zero_point: %lld", (long long)q->zero_point);
		} else {
			text_add(out, ", scales: ");
			tensor_print(out, q->scales);
			text_add(out, ", zero_points: ");
			tensor_print(out, q->zero_points);
			text_addf(out, ", axis: %lld", (long long)q->axis);
		}
	}
	text_add(out, " ]");
}
