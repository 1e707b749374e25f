// SPDX-License-Identifier: BSD-3-Clause
// A tensor as Python's repr() shows it: "tensor([[1., 2.],\n        [3., 4.]])".
// Precision 4, lines of 80 columns, and from 1000 elements on only the first and last three of each dimension.
// One format serves all numbers shown; it is chosen from the shown, finite, non-zero ones.
#include "core/print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_WIDTH = 80, EDGE_ITEMS = 3, THRESHOLD = 1000 };

typedef struct Format {
	bool is_float, integral, scientific;
	int width;
} Format;

typedef struct Repr {
	const Tensor *t;
	Text *out;
	bool summarize;
	Format re, im;
	int64_t index[MAX_DIMS];
} Repr;

static bool is_complex(const Repr *r) { return dtype_is_complex(tensor_dtype(r->t)); }

static int64_t offset_of(const Repr *r)
{
	int64_t o = 0;
	for (int i = 0; i < r->t->ndim; i++)
		o += r->index[i] * r->t->strides[i];
	return o;
}

// One number in format f, with its width, into buf.
static int put_float(const Format *f, double v, char *buf, size_t size)
{
	if (!isfinite(v))
		return snprintf(buf, size, "%*s", f->width, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
	char number[64];
	if (f->scientific)
		snprintf(number, sizeof number, "%.4e", v);
	else if (f->integral)
		snprintf(number, sizeof number, "%.0f.", v);
	else
		snprintf(number, sizeof number, "%.4f", v);
	return snprintf(buf, size, "%*s", f->width, number);
}

static int put_integer(const Repr *r, int width, char *buf, size_t size)
{
	DType d = tensor_dtype(r->t);
	const uint8_t *p = (const uint8_t *)tensor_data(r->t) + offset_of(r) * (int64_t)dtype_size(d);
	if (d == DT_BOOL)
		return snprintf(buf, size, "%*s", width, *p ? "True" : "False");
	uint64_t v = (uint64_t)element_i64(p, d);
	if (r->t->neg)
		v = 0 - v;
	if (d == DT_U64)
		return snprintf(buf, size, "%*llu", width, (unsigned long long)v);
	return snprintf(buf, size, "%*lld", width, (long long)v);
}

// ---- choosing the format

typedef struct Range2 { // of the finite, non-zero magnitudes
	double low, high;
	bool any, integral;
} Range2;

static void note(Range2 *g, double v)
{
	if (!isfinite(v) || v == 0)
		return;
	double a = fabs(v);
	g->low = !g->any || a < g->low ? a : g->low;
	g->high = !g->any || a > g->high ? a : g->high;
	g->integral = (!g->any || g->integral) && v == ceil(v);
	g->any = true;
}

// Calls visit for every element that will be shown.
static void visit(Repr *r, int dim, void (*fn)(Repr *, void *), void *arg)
{
	if (dim == r->t->ndim) {
		fn(r, arg);
		return;
	}
	int64_t n = r->t->sizes[dim];
	for (int64_t i = 0; i < n; i++) {
		if (r->summarize && n > 2 * EDGE_ITEMS && i == EDGE_ITEMS)
			i = n - EDGE_ITEMS;
		r->index[dim] = i;
		visit(r, dim + 1, fn, arg);
	}
}

static void range_visit(Repr *r, void *arg)
{
	Range2 *g = arg;
	double re, im;
	print_element(r->t, offset_of(r), &re, &im);
	note(&g[0], re);
	note(&g[1], im);
}

static void width_visit(Repr *r, void *arg)
{
	(void)arg;
	char buf[96];
	if (!r->re.is_float) {
		int n = put_integer(r, 0, buf, sizeof buf);
		r->re.width = n > r->re.width ? n : r->re.width;
		return;
	}
	double v[2];
	print_element(r->t, offset_of(r), &v[0], &v[1]);
	for (int k = 0; k < 1 + is_complex(r); k++) {
		Format *f = k ? &r->im : &r->re, narrow = *f;
		if (!isfinite(v[k]) || v[k] == 0)
			continue;
		narrow.width = 0;
		int n = put_float(&narrow, v[k], buf, sizeof buf);
		f->width = n > f->width ? n : f->width;
	}
}

static void choose_formats(Repr *r)
{
	DType d = tensor_dtype(r->t);
	r->re = (Format){.is_float = dtype_is_float(d) || dtype_is_complex(d), .integral = true, .width = 1};
	r->im = r->re;
	if (r->re.is_float) {
		Range2 g[2] = {{.integral = true}, {.integral = true}};
		visit(r, 0, range_visit, g);
		for (int k = 0; k < 2; k++) {
			Format *f = k ? &r->im : &r->re;
			if (!g[k].any)
				continue;
			f->integral = g[k].integral;
			f->scientific = g[k].high / g[k].low > 1000.0 || g[k].high > 1.0e8 || g[k].low < 1.0e-4;
		}
	}
	visit(r, 0, width_visit, NULL);
}

// ---- output

static int put_value(Repr *r, char *buf, size_t size)
{
	if (!r->re.is_float)
		return put_integer(r, r->re.width, buf, size);
	double re, im;
	print_element(r->t, offset_of(r), &re, &im);
	int n = put_float(&r->re, re, buf, size);
	if (is_complex(r)) {
		char part[96];
		put_float(&r->im, im, part, sizeof part);
		const char *p = part;
		while (*p == ' ')
			p++;
		n += snprintf(buf + n, size - (size_t)n, "%s%sj", *p == '-' ? "" : "+", p);
	}
	return n;
}

static void print_vector(Repr *r, int indent)
{
	int dim = r->t->ndim - 1;
	int64_t n = r->t->sizes[dim];
	int length = r->re.width + 2 + (is_complex(r) ? r->im.width + 1 : 0);
	int per_line = (LINE_WIDTH - indent) / length;
	if (LINE_WIDTH - indent < length)
		per_line = 1;
	text_addc(r->out, '[');
	int64_t shown = 0;
	for (int64_t i = 0; i < n; i++, shown++) {
		if (shown) {
			text_addc(r->out, ',');
			if (shown % per_line == 0) {
				text_addc(r->out, '\n');
				text_fill(r->out, ' ', (size_t)indent + 1);
			} else {
				text_addc(r->out, ' ');
			}
		}
		if (r->summarize && n > 2 * EDGE_ITEMS && i == EDGE_ITEMS) {
			text_add(r->out, " ...");
			i = n - EDGE_ITEMS - 1;
			continue;
		}
		char buf[256];
		r->index[dim] = i;
		put_value(r, buf, sizeof buf);
		text_add(r->out, buf);
	}
	text_addc(r->out, ']');
}

static void print_level(Repr *r, int dim, int indent)
{
	int left = r->t->ndim - dim;
	if (left == 0) {
		char buf[256];
		put_value(r, buf, sizeof buf);
		text_add(r->out, buf);
		return;
	}
	if (left == 1) {
		print_vector(r, indent);
		return;
	}
	int64_t n = r->t->sizes[dim];
	text_addc(r->out, '[');
	for (int64_t i = 0; i < n; i++) {
		if (i) {
			text_addc(r->out, ',');
			text_fill(r->out, '\n', (size_t)left - 1);
			text_fill(r->out, ' ', (size_t)indent + 1);
		}
		if (r->summarize && n > 2 * EDGE_ITEMS && i == EDGE_ITEMS) {
			text_add(r->out, "...");
			i = n - EDGE_ITEMS - 1;
			continue;
		}
		r->index[dim] = i;
		print_level(r, dim + 1, indent + 1);
	}
	text_addc(r->out, ']');
}

static void print_body(Text *out, const Tensor *t, int indent)
{
	if (t->numel == 0) {
		text_add(out, "[]");
		return;
	}
	Repr r = {.t = t, .out = out, .summarize = t->numel > THRESHOLD};
	choose_formats(&r);
	print_level(&r, 0, indent);
}

// ", suffix", on a new line where it would pass the margin.
typedef struct Line {
	Text *out;
	int indent;
	size_t length; // of the last line
} Line;

static void add_suffix(Line *l, const char *suffix)
{
	size_t n = strlen(suffix);
	if (l->length + n + 2 > LINE_WIDTH) {
		text_add(l->out, ",\n");
		text_fill(l->out, ' ', (size_t)l->indent);
		l->length = (size_t)l->indent + n;
	} else {
		text_add(l->out, ", ");
		l->length += n + 2;
	}
	text_add(l->out, suffix);
}

static void size_text(Text *s, const Tensor *t)
{
	text_add(s, "size=(");
	for (int i = 0; i < t->ndim; i++)
		text_addf(s, i ? ", %lld" : "%lld", (long long)t->sizes[i]);
	text_add(s, t->ndim == 1 ? ",)" : ")");
}

static void add_sizes(Line *l, const Tensor *t)
{
	Text s = {0};
	size_text(&s, t);
	add_suffix(l, text_str(&s));
	text_free(&s);
}

static void add_text(Line *l, const char *key, const char *value)
{
	Text s = {0};
	text_addf(&s, "%s%s", key, value);
	add_suffix(l, text_str(&s));
	text_free(&s);
}

// A float tensor with the numbers that a quantised one stands for; NULL when there is no memory for it.
static Tensor *dequantized(const Tensor *t)
{
	Tensor *r = NULL;
	Error e = ERROR_INIT;
	if (tensor_empty(DT_F32, t->sizes, t->ndim, &r, &e) != STATUS_OK) {
		error_clear(&e);
		return NULL;
	}
	const Quantizer *q = t->quant;
	ElemIter it;
	float *out = tensor_data(r);
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t)) {
		double re, im, s = q ? q->scale : 1, z = q ? (double)q->zero_point : 0;
		print_element(t, it.offset, &re, &im);
		if (q && q->scales) {
			int64_t k = it.index[q->axis];
			DType sd = tensor_dtype(q->scales), zd = tensor_dtype(q->zero_points);
			s = element_f64((const uint8_t *)tensor_data(q->scales)
				+ k * q->scales->strides[0] * (int64_t)dtype_size(sd), sd);
			z = element_f64((const uint8_t *)tensor_data(q->zero_points)
				+ k * q->zero_points->strides[0] * (int64_t)dtype_size(zd), zd);
		}
		*out++ = (float)((float)re - (float)z) * (float)s;
	}
	return r;
}

static const char *const scheme_names[] = {
	[Q_PER_TENSOR_AFFINE] = "torch.per_tensor_affine", [Q_PER_CHANNEL_AFFINE] = "torch.per_channel_affine",
	[Q_PER_TENSOR_SYMMETRIC] = "torch.per_tensor_symmetric",
	[Q_PER_CHANNEL_SYMMETRIC] = "torch.per_channel_symmetric",
	[Q_PER_CHANNEL_FLOAT] = "torch.per_channel_affine_float_qparams",
};

static void add_quantizer(Line *l, const Tensor *t)
{
	const Quantizer *q = t->quant;
	if (!q)
		return;
	add_text(l, "quantization_scheme=", scheme_names[q->scheme]);
	Text a = {0}, b = {0};
	char axis[32];
	if (!q->scales) {
		print_double(&a, q->scale, true);
		text_addf(&b, "%lld", (long long)q->zero_point);
	} else {
		tensor_repr(&a, q->scales);
		tensor_repr(&b, q->zero_points);
	}
	add_text(l, "scale=", text_str(&a));
	add_text(l, "zero_point=", text_str(&b));
	if (q->scales) {
		snprintf(axis, sizeof axis, "%lld", (long long)q->axis);
		add_text(l, "axis=", axis);
	}
	text_free(&a);
	text_free(&b);
}

void tensor_repr(Text *out, const Tensor *t)
{
	DType d = tensor_dtype(t);
	bool quantized = dtype_is_quantized(d), meta = tensor_device(t) != DEVICE_CPU;
	const char *prefix = t->is_parameter ? "Parameter containing:\ntensor(" : "tensor(";
	int indent = 7;
	text_add(out, prefix);
	size_t start = out->size - (size_t)indent;
	if (meta) {
		text_add(out, "...");
	} else if (quantized) {
		Tensor *plain = dequantized(t);
		if (plain)
			print_body(out, plain, indent);
		else
			text_add(out, "...");
		tensor_unref(&plain);
	} else {
		print_body(out, t, indent);
	}
	const char *body = text_str(out) + start;
	const char *newline = strrchr(body, '\n');
	// the reference counts one column more after a line break than before the first one
	size_t length = newline ? strlen(newline) + 1 : strlen(body) + 2;
	Line line = {out, indent, length};
	if (meta) {
		char device[48], name[32];
		device_format(tensor_device(t), name);
		snprintf(device, sizeof device, "device='%s'", name);
		add_suffix(&line, device);
	}
	bool usual = d == DT_F32 || d == DT_C64 || d == DT_I64 || d == DT_BOOL;
	Text dtype = {0};
	text_addf(&dtype, "dtype=torch.%s", dtype_name(d));
	if (quantized) {
		add_sizes(&line, t);
		add_suffix(&line, text_str(&dtype));
		add_quantizer(&line, t);
	} else if (meta) {
		add_sizes(&line, t);
		if (d != DT_F32)
			add_suffix(&line, text_str(&dtype));
	} else if (t->numel == 0) {
		if (t->ndim != 1)
			add_sizes(&line, t);
		if (d != DT_F32)
			add_suffix(&line, text_str(&dtype));
	} else if (!usual) {
		add_suffix(&line, text_str(&dtype));
	}
	text_free(&dtype);
	if (t->requires_grad)
		add_suffix(&line, "requires_grad=True");
	text_addc(out, ')');
}
