// SPDX-License-Identifier: BSD-3-Clause
// Padding: constant, reflect, replicate, circular.  Each dimension has a table from output to input positions
// (−1: outside, filled); rows along the last dimension are copied as a whole where the table is a plain run.
#include <inttypes.h>
#include <stdlib.h>

#include "backends/cpu/number.h"
#include "backends/cpu/plane.h"
#include "backends/cpu/view.h"

typedef enum PadMode { PAD_REFLECT, PAD_REPLICATE, PAD_CIRCULAR, PAD_CONSTANT } PadMode; // PyTorch's codes

typedef struct Pad {
	size_t es;
	int nd;
	int64_t in[MAX_DIMS], out[MAX_DIMS];
	int64_t *table[MAX_DIMS];
	const char *src;
	char *dst;
	unsigned char fill[16];
	int64_t run_first, run_length, run_from; // of the last dimension: [run_first, +length) copies from run_from on
} Pad;

static int64_t source_index(PadMode m, int64_t o, int64_t before, int64_t after, int64_t n)
{
	if (m == PAD_CIRCULAR) { // what wraps around is what negative padding left over
		int64_t first = before < 0 ? -before : 0, left = n - first - (after < 0 ? -after : 0);
		int64_t i = o - (before > 0 ? before : 0);
		return left <= 0 ? -1 : first + (i < 0 ? i + left : i >= left ? i - left : i);
	}
	int64_t i = o - before;
	if (i >= 0 && i < n)
		return i;
	switch (m) {
	case PAD_REFLECT:
		return i < 0 ? -i : 2 * (n - 1) - i;
	case PAD_REPLICATE:
		return i < 0 ? 0 : n - 1;
	default:
		return -1;
	}
}

static void pad_body(void *arg, int64_t begin, int64_t end)
{
	const Pad *p = arg;
	int last = p->nd - 1;
	size_t es = p->es;
	for (int64_t r = begin; r < end; r++) {
		int64_t rest = r, row = 0, scale = 1;
		bool outside = false;
		for (int d = last - 1; d >= 0; d--) {
			int64_t at = p->table[d][rest % p->out[d]];
			rest /= p->out[d];
			outside = outside || at < 0;
			row += at * scale;
			scale *= p->in[d];
		}
		char *dst = p->dst + (size_t)(r * p->out[last]) * es;
		const char *src = p->src + (size_t)(outside ? 0 : row * p->in[last]) * es;
		int64_t o = 0;
		while (o < p->out[last]) {
			if (!outside && o == p->run_first && p->run_length > 0) {
				memcpy(dst + (size_t)o * es, src + (size_t)p->run_from * es, (size_t)p->run_length * es);
				o += p->run_length;
				continue;
			}
			int64_t at = outside ? -1 : p->table[last][o];
			memcpy(dst + (size_t)o * es, at < 0 ? (const char *)p->fill : src + (size_t)at * es, es);
			o++;
		}
	}
}

// before/after: one entry a dimension.
static Status pad_run(Exec *x, const Tensor *self, const int64_t *before, const int64_t *after, PadMode mode, const void *fill,
	Tensor **out)
{
	DType d = tensor_dtype(self), stored = dtype_is_quantized(d) ? planes_work_dtype(d) : d;
	Pad p = {.es = dtype_size(d), .nd = self->ndim};
	Tensor *in = NULL, *c = NULL;
	memcpy(p.fill, fill, p.es);
	int64_t entries = 0;
	for (int i = 0; i < p.nd; i++) {
		p.in[i] = self->sizes[i];
		if (before[i] > INT64_MAX / 256 || after[i] > INT64_MAX / 256 || p.in[i] > INT64_MAX / 256)
			return xfail(x, "the padded size is too large");
		p.out[i] = p.in[i] + before[i] + after[i];
		entries += p.out[i];
	}
	TRY(planes_prepare(x, self, stored, &in));
	Status s = tensor_empty(stored, p.out, p.nd, &c, x->err);
	int64_t *tables = s == STATUS_OK ? malloc(((size_t)entries + 1) * sizeof *tables) : NULL;
	if (s == STATUS_OK && !tables)
		s = fail_memory(x->err, (size_t)entries * 8);
	if (s == STATUS_OK && c->numel > 0) {
		int64_t *t = tables, rows = 1;
		for (int i = 0; i < p.nd; i++) {
			p.table[i] = t;
			for (int64_t o = 0; o < p.out[i]; o++)
				*t++ = source_index(mode, o, before[i], after[i], p.in[i]);
			rows *= i + 1 < p.nd ? p.out[i] : 1;
		}
		int l = p.nd - 1;
		p.run_first = before[l] > 0 ? before[l] : 0;
		p.run_from = before[l] < 0 ? -before[l] : 0;
		p.run_length = p.in[l] - p.run_from - (after[l] < 0 ? -after[l] : 0);
		p.src = tensor_data(in);
		p.dst = tensor_data(c);
		parallel_for(rows, planes_grain(p.out[l]), pad_body, &p);
	}
	free(tables);
	tensor_unref(&in);
	if (s != STATUS_OK) {
		tensor_unref(&c);
		return s;
	}
	return planes_finish(x, c, d, self, out);
}

static Status constant_pad(Exec *x, const Tensor *self, const int64_t *pad, int n, IValue value, Tensor **out)
{
	int64_t before[MAX_DIMS] = {0}, after[MAX_DIMS] = {0};
	int nd = self->ndim;
	if (n % 2 != 0)
		return xfail(x, "Length of pad must be even but instead it equals %d", n);
	if (nd < n / 2)
		return xfail(x, "Length of pad should be no more than twice the number of dimensions of the input. Pad length is %d while "
			"the input has %d dimensions.", n, nd);
	for (int i = 0; i < n / 2; i++) {
		int d = nd - 1 - i;
		before[d] = pad[2 * i];
		after[d] = pad[2 * i + 1];
		int64_t size;
		if (__builtin_add_overflow(before[d], after[d], &size) || __builtin_add_overflow(size, self->sizes[d], &size))
			return xfail(x, "the padded size is too large");
		if (size < 0)
			return xfail(x, "The input size %" PRId64 ", plus negative padding %" PRId64 " and %" PRId64
				" resulted in a negative output size, which is invalid. Check dimension %d of your input.",
				self->sizes[d], before[d], after[d], d);
		if ((before[d] < 0 && -before[d] > self->sizes[d]) || (after[d] < 0 && -after[d] > self->sizes[d]))
			return xfail(x, "narrow(): length must be non-negative.");
	}
	unsigned char fill[16] = {0};
	if (dtype_is_quantized(tensor_dtype(self))) {
		int64_t q = self->quant ? self->quant->zero_point + (int64_t)(arg_float(value) / self->quant->scale) : 0;
		element_set_i64(fill, planes_work_dtype(tensor_dtype(self)), q);
	} else {
		TRY(number_to_element(x, value, tensor_dtype(self), fill));
	}
	if (nd == 0)
		return cpu_clone(x, self, out);
	return pad_run(x, self, before, after, PAD_CONSTANT, fill, out);
}

KERNEL(constant_pad_nd)
{
	int64_t pad[2 * MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], pad, 2 * MAX_DIMS, &n));
	TRY(constant_pad(x, arg_tensor(args[0]), pad, n, args[2], &out));
	return ret_tensor(rets, out);
}

static Status edge_pad(Exec *x, const Tensor *self, const int64_t *pad, int nd, PadMode mode, Tensor **out)
{
	static const char *const axis[] = {"W", "H", "D"};
	const char *op = mode == PAD_REFLECT ? "reflection" : "replication";
	char text[SHAPE_TEXT];
	int64_t before[MAX_DIMS] = {0}, after[MAX_DIMS] = {0};
	if (self->ndim != nd + 1 && self->ndim != nd + 2)
		return xfail(x, "Expected %dD or %dD (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
			"input, but got: %s", nd + 1, nd + 2, shape_text(self->sizes, self->ndim, text));
	for (int i = self->ndim == nd + 2; i < self->ndim; i++)
		if (self->sizes[i] == 0)
			return xfail(x, "Expected %dD or %dD (batch mode) tensor with possibly 0 batch size and other non-zero dimensions "
				"for input, but got: %s", nd + 1, nd + 2, shape_text(self->sizes, self->ndim, text));
	DType d = tensor_dtype(self);
	if (d == DT_BOOL || (dtype_is_int(d) && mode == PAD_REFLECT && d != DT_I64 && d != DT_I32 && d != DT_I16 && d != DT_I8 && d != DT_U8))
		return xfail(x, "\"%s_pad%dd\" not implemented for '%s'", op, nd, dtype_class_name(d));
	for (int i = 0; i < nd; i++) {
		int at = self->ndim - 1 - i;
		int64_t size = self->sizes[at], l = pad[2 * i], r = pad[2 * i + 1];
		if (l > INT32_MAX || r > INT32_MAX || l < -INT32_MAX || r < -INT32_MAX)
			return xfail(x, "padding is out of range");
		before[at] = l;
		after[at] = r;
		if (mode == PAD_REFLECT && (l >= size || r >= size))
			return xfail(x, "Argument #%d: Padding size should be less than the corresponding input dimension, but got: padding "
				"(%" PRId64 ", %" PRId64 ") at dimension %d of input %s", 4 + 2 * i, l, r, at,
				shape_text(self->sizes, self->ndim, text));
		if (size + l + r < 1)
			return xfail(x, "input (%s: %" PRId64 ") is too small. Calculated output %s: %" PRId64, axis[i], size, axis[i],
				size + l + r);
	}
	unsigned char fill[16] = {0};
	return pad_run(x, self, before, after, mode, fill, out);
}

static Status edge_op(Exec *x, const IValue *args, int nd, PadMode mode, IValue *rets)
{
	int64_t pad[6];
	int n;
	TRY(arg_ints(x, args[1], pad, 6, &n));
	if (n == 1)
		for (n = 1; n < 2 * nd; n++)
			pad[n] = pad[0];
	if (n != 2 * nd)
		return xfail(x, "padding size is expected to be %d, but got: %d", 2 * nd, n);
	Tensor *out;
	TRY(edge_pad(x, arg_tensor(args[0]), pad, nd, mode, &out));
	return ret_tensor(rets, out);
}

KERNEL(reflection_pad1d) { return edge_op(x, args, 1, PAD_REFLECT, rets); }
KERNEL(reflection_pad2d) { return edge_op(x, args, 2, PAD_REFLECT, rets); }
KERNEL(reflection_pad3d) { return edge_op(x, args, 3, PAD_REFLECT, rets); }
KERNEL(replication_pad1d) { return edge_op(x, args, 1, PAD_REPLICATE, rets); }
KERNEL(replication_pad2d) { return edge_op(x, args, 2, PAD_REPLICATE, rets); }
KERNEL(replication_pad3d) { return edge_op(x, args, 3, PAD_REPLICATE, rets); }

static Status circular_pad(Exec *x, const Tensor *self, const int64_t *pad, int n, Tensor **out)
{
	int64_t before[MAX_DIMS] = {0}, after[MAX_DIMS] = {0};
	if (n % 2 != 0 || self->ndim < n / 2)
		return xfail(x, "Invalid padding size, expected %d but got %d", 2 * (self->ndim - 2), n);
	for (int i = 0; i < n / 2; i++) {
		int at = self->ndim - 1 - i;
		int64_t size = self->sizes[at], l = pad[2 * i], r = pad[2 * i + 1];
		if (l > size || r > size)
			return xfail(x, "Padding value causes wrapping around more than once.");
		if (size + l + r < 0)
			return xfail(x, "Negative padding value is resulting in an empty dimension");
		before[at] = l;
		after[at] = r;
	}
	unsigned char fill[16] = {0};
	return pad_run(x, self, before, after, PAD_CIRCULAR, fill, out);
}

KERNEL(_pad_circular)
{
	int64_t pad[2 * MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], pad, 2 * MAX_DIMS, &n));
	TRY(circular_pad(x, arg_tensor(args[0]), pad, n, &out));
	return ret_tensor(rets, out);
}

static Status pad_any(Exec *x, const Tensor *self, const int64_t *pad, int n, PadMode mode, const char *name, IValue value,
	IValue *rets)
{
	Tensor *out;
	if (n % 2 != 0)
		return xfail(x, "Padding length must be divisible by 2");
	if (n > 2 * self->ndim)
		return xfail(x, "Padding length should be less than or equal to two times the input dimension but got padding length %d and "
			"input of dimension %d", n, self->ndim);
	if (mode == PAD_CONSTANT) {
		TRY(constant_pad(x, self, pad, n, iv_is_none(value) ? iv_int(0) : value, &out));
		return ret_tensor(rets, out);
	}
	if (!iv_is_none(value) && arg_float(value) != 0)
		return xfail(x, "Padding mode \"%s\" doesn't take in value argument", name);
	int nd = n / 2;
	if (mode == PAD_CIRCULAR && (self->ndim == nd + 1 || self->ndim == nd + 2))
		TRY(circular_pad(x, self, pad, n, &out));
	else if (nd >= 1 && nd <= 3 && (self->ndim == nd + 1 || self->ndim == nd + 2))
		TRY(edge_pad(x, self, pad, nd, mode, &out));
	else
		return xfail(x, "Padding size %d is not supported for %dD input tensor.", n, self->ndim);
	return ret_tensor(rets, out);
}

KERNEL(pad) // (self, pad, mode, value?)
{
	static const char *const names[] = {"reflect", "replicate", "circular", "constant"};
	int64_t pad[2 * MAX_DIMS];
	int n;
	TRY(arg_ints(x, args[1], pad, 2 * MAX_DIMS, &n));
	const char *mode = arg_str(args[2]);
	for (int m = 0; m < 4; m++)
		if (!strcmp(mode, names[m]))
			return pad_any(x, arg_tensor(args[0]), pad, n, (PadMode)m, mode, args[3], rets);
	return fail(x->err, STATUS_UNSUPPORTED, "Unrecognised padding mode %s", mode);
}

KERNEL(_pad_enum) // (self, pad, mode, value?)
{
	static const char *const names[] = {"reflect", "replicate", "circular", "constant"};
	int64_t pad[2 * MAX_DIMS], mode = arg_int(args[2]);
	int n;
	TRY(arg_ints(x, args[1], pad, 2 * MAX_DIMS, &n));
	if (mode < 0 || mode > 3)
		return xfail(x, "Unrecognised padding mode %" PRId64, mode);
	return pad_any(x, arg_tensor(args[0]), pad, n, (PadMode)mode, names[mode], args[3], rets);
}
