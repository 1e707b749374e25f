// SPDX-License-Identifier: BSD-3-Clause
// Moving elements between layouts and dtypes: copy, clone, contiguous, fill, resize.
//
// Equal dtypes move as bytes: one memcpy where both sides are dense in the same order, tiles where one side is
// a transpose of the other, strided runs otherwise.  Different dtypes go through blocks on the stack.
#include "backends/cpu/convert.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/nest.h"
#include "backends/cpu/number.h"
#include "backends/cpu/quant.h"

#include <inttypes.h>

#define COPY_GRAIN 65536
#define BLOCK 512
#define TILE 32

typedef struct CopyArg { DType dd, ds; size_t nd, ns; } CopyArg;

static void move_run(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const CopyArg *c = arg;
	int64_t size = (int64_t)c->nd;
	if (strides[0] == size) {
		gather_run(p[0], p[1], strides[1], c->nd, n);
	} else if (strides[1] == size) {
		scatter_run(p[0], strides[0], p[1], c->nd, n);
	} else {
		char block[BLOCK * 16];
		for (int64_t at = 0; at < n; at += BLOCK) {
			int64_t m = n - at < BLOCK ? n - at : BLOCK;
			gather_run(block, p[1] + at * strides[1], strides[1], c->nd, m);
			scatter_run(p[0] + at * strides[0], strides[0], block, c->nd, m);
		}
	}
}

static void convert_loop(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const CopyArg *c = arg;
	bool direct_d = strides[0] == (int64_t)c->nd, direct_s = strides[1] == (int64_t)c->ns;
	if (direct_d && direct_s) {
		convert_run(p[0], c->dd, p[1], c->ds, n);
		return;
	}
	char bs[BLOCK * 16], bd[BLOCK * 16];
	for (int64_t at = 0; at < n; at += BLOCK) {
		int64_t m = n - at < BLOCK ? n - at : BLOCK;
		char *d = p[0] + at * strides[0];
		const char *s = p[1] + at * strides[1];
		if (!direct_s) {
			gather_run(bs, s, strides[1], c->ns, m);
			s = bs;
		}
		convert_run(direct_d ? d : bd, c->dd, s, c->ds, m);
		if (!direct_d)
			scatter_run(d, strides[0], bd, c->nd, m);
	}
}

// dst[i*drow + j] = src[i + j*scol] in tiles, so that both sides use whole cache lines.
#define TRANSPOSE(NAME, T)                                                                              \
	static void NAME(char *d, int64_t drow, const char *s, int64_t scol, int64_t rows, int64_t cols) \
	{                                                                                               \
		for (int64_t i = 0; i < rows; i++)                                                      \
			for (int64_t j = 0; j < cols; j++)                                              \
				((T *)(d + i * drow))[j] = ((const T *)(s + j * scol))[i];              \
	}
TRANSPOSE(transpose_8, uint8_t)
TRANSPOSE(transpose_16, uint16_t)
TRANSPOSE(transpose_32, uint32_t)
TRANSPOSE(transpose_64, uint64_t)

typedef struct TransposeArg {
	const Nest *nest;
	int dim;           // the dimension along which the source is dense; 0 is where the destination is
	int64_t tiles;     // tiles along dim
	size_t size;
} TransposeArg;

static void transpose_range(void *arg, int64_t begin, int64_t end)
{
	const TransposeArg *t = arg;
	const Nest *n = t->nest;
	int64_t drow = n->strides[0][t->dim], scol = n->strides[1][0];
	for (int64_t item = begin; item < end; item++) {
		int64_t outer = item / t->tiles, i0 = item % t->tiles * TILE;
		char *d = n->base[0];
		const char *s = n->base[1];
		for (int k = 1; k < n->ndim; k++) {
			if (k == t->dim)
				continue;
			int64_t index = outer % n->sizes[k];
			outer /= n->sizes[k];
			d += index * n->strides[0][k];
			s += index * n->strides[1][k];
		}
		int64_t rows = n->sizes[t->dim] - i0 < TILE ? n->sizes[t->dim] - i0 : TILE;
		d += i0 * drow;
		s += i0 * (int64_t)t->size;
		for (int64_t j0 = 0; j0 < n->sizes[0]; j0 += TILE) {
			int64_t cols = n->sizes[0] - j0 < TILE ? n->sizes[0] - j0 : TILE;
			char *dt = d + j0 * (int64_t)t->size;
			const char *st = s + j0 * scol;
			switch (t->size) {
			case 1: transpose_8(dt, drow, st, scol, rows, cols); break;
			case 2: transpose_16(dt, drow, st, scol, rows, cols); break;
			case 4: transpose_32(dt, drow, st, scol, rows, cols); break;
			default: transpose_64(dt, drow, st, scol, rows, cols); break;
			}
		}
	}
}

static bool copy_transposed(const Nest *n, size_t size)
{
	int64_t step = (int64_t)size;
	if (size > 8 || n->ndim < 2 || n->strides[0][0] != step || n->strides[1][0] == step || n->sizes[0] < 4)
		return false;
	int dim = 0;
	for (int k = 1; k < n->ndim; k++)
		if (n->strides[1][k] == step && n->sizes[k] >= 4)
			dim = k;
	if (!dim)
		return false;
	TransposeArg t = {n, dim, (n->sizes[dim] + TILE - 1) / TILE, size};
	int64_t outer = n->numel / (n->sizes[0] * n->sizes[dim]);
	int64_t grain = COPY_GRAIN / (n->sizes[0] * TILE) + 1;
	parallel_for(outer * t.tiles, grain, transpose_range, &t);
	return true;
}

// Lowest and one past the highest byte that t touches.
static void byte_span(const Tensor *t, const char **lo, const char **hi)
{
	int64_t size = (int64_t)dtype_size(tensor_dtype(t)), low = 0, high = 1;
	for (int i = 0; i < t->ndim; i++) {
		int64_t reach = (t->sizes[i] - 1) * t->strides[i];
		if (reach > 0)
			high += reach;
		else
			low += reach;
	}
	*lo = (const char *)tensor_data(t) + low * size;
	*hi = (const char *)tensor_data(t) + high * size;
}

static bool overlaps_partly(const Tensor *a, const Tensor *b)
{
	if (a->storage != b->storage || !a->numel || !b->numel)
		return false;
	if (a->offset == b->offset && a->dtype == b->dtype && sizes_equal(a, b)) {
		bool same = true;
		for (int i = 0; i < a->ndim; i++)
			same &= a->strides[i] == b->strides[i] || a->sizes[i] == 1;
		if (same)
			return false;
	}
	const char *alo, *ahi, *blo, *bhi;
	byte_span(a, &alo, &ahi);
	byte_span(b, &blo, &bhi);
	return alo < bhi && blo < ahi;
}

static void negate_loop(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const CopyArg *c = arg; // dd: dtype of the parts; ns: bytes between the parts to negate
	for (int64_t i = 0; i < n; i++) {
		char *e = p[0] + i * strides[0];
		for (size_t k = c->ns; k < c->nd; k += dtype_size(c->dd)) {
			double re = element_f64(e + k, c->dd);
			if (dtype_is_float(c->dd))
				element_set_f64(e + k, c->dd, -re);
			else
				element_set_i64(e + k, c->dd, (int64_t)-(uint64_t)element_i64(e + k, c->dd));
		}
	}
}

// Carries out the lazy bits in which src differs from dst, on dst's fresh elements.
static void resolve_bits(Tensor *dst, const Tensor *src)
{
	DType d = tensor_dtype(dst);
	Nest n;
	nest_init(&n, dst->sizes, dst->ndim);
	nest_add(&n, dst);
	nest_sort(&n, NULL);
	nest_merge(&n);
	if (src->conj != dst->conj && dtype_is_complex(d)) {
		size_t size = dtype_size(d);
		CopyArg c = {d == DT_C32 ? DT_F16 : d == DT_C64 ? DT_F32 : DT_F64, d, size, size / 2};
		nest_run(&n, COPY_GRAIN, negate_loop, &c);
	}
	if (src->neg != dst->neg) {
		size_t size = dtype_size(d);
		CopyArg c = {d == DT_C32 ? DT_F16 : d == DT_C64 ? DT_F32 : d == DT_C128 ? DT_F64 : d, d, size, 0};
		nest_run(&n, COPY_GRAIN, negate_loop, &c);
	}
}

static void print_sizes(Text *t, const int64_t *sizes, int n)
{
	text_addc(t, '[');
	for (int i = 0; i < n; i++)
		text_addf(t, "%s%" PRId64, i ? ", " : "", sizes[i]);
	text_addc(t, ']');
}

static Status check_broadcast(Exec *x, const Tensor *dst, const Tensor *src)
{
	bool ok = src->ndim <= dst->ndim;
	for (int i = 1; ok && i <= src->ndim; i++)
		ok = src->sizes[src->ndim - i] == 1 || src->sizes[src->ndim - i] == dst->sizes[dst->ndim - i];
	if (ok)
		return STATUS_OK;
	int64_t all[MAX_DIMS];
	int n;
	TRY(broadcast_sizes(dst->sizes, dst->ndim, src->sizes, src->ndim, all, &n, x->err));
	Text t = {0};
	text_add(&t, "output with shape ");
	print_sizes(&t, dst->sizes, dst->ndim);
	text_add(&t, " doesn't match the broadcast shape ");
	print_sizes(&t, all, n);
	Status s = xfail(x, "%s", text_str(&t));
	text_free(&t);
	return s;
}

// Stored integers are copied together with what they mean; floats are quantised as dst says.
static Status quantized_copy_begin(Exec *x, Tensor *dst, const Tensor *src, bool *done)
{
	DType dd = tensor_dtype(dst), ds = tensor_dtype(src);
	if (dd == ds) {
		if (src->quant && src->quant != dst->quant) {
			Quantizer *q = quantizer_ref(src->quant);
			quantizer_unref(&dst->quant);
			dst->quant = q;
		}
		return STATUS_OK;
	}
	if (!dtype_is_quantized(dd))
		return xfail(x, "Copying from quantized Tensor to non-quantized Tensor is not allowed, please use dequantize to get a "
			"float Tensor from a quantized Tensor");
	if (ds != DT_F32 || !dst->quant)
		return xfail(x, "Quantized copy only works with kFloat as source Tensor");
	Tensor *q;
	TRY(quant_from_float(x, src, dd, dst->quant, &q));
	Status s = cpu_copy(x, dst, q);
	tensor_unref(&q);
	*done = true;
	return s;
}

Status cpu_copy(Exec *x, Tensor *dst, const Tensor *src)
{
	bool done = false;
	TRY(check_broadcast(x, dst, src));
	DType dd = tensor_dtype(dst), ds = tensor_dtype(src);
	if (dtype_is_quantized(dd) || dtype_is_quantized(ds))
		TRY(quantized_copy_begin(x, dst, src, &done));
	if (done)
		return STATUS_OK;
	if (dst->numel == 0 || tensor_device(dst) == DEVICE_META || tensor_device(src) == DEVICE_META)
		return STATUS_OK;
	if (overlaps_partly(dst, src)) {
		Tensor *copy;
		TRY(cpu_clone(x, src, &copy));
		Status s = cpu_copy(x, dst, copy);
		tensor_unref(&copy);
		return s;
	}
	CopyArg c = {dd, ds, dtype_size(dd), dtype_size(ds)};
	Nest n;
	nest_init(&n, dst->sizes, dst->ndim);
	nest_add(&n, dst);
	nest_add(&n, src);
	nest_sort(&n, NULL);
	nest_merge(&n);
	if (n.base[0] == n.base[1] && dd == ds)
		; // the same elements
	else if (dd != ds)
		nest_run(&n, COPY_GRAIN, convert_loop, &c);
	else if (!copy_transposed(&n, c.nd))
		nest_run(&n, COPY_GRAIN, move_run, &c);
	if (src->conj != dst->conj || src->neg != dst->neg) {
		// Conversion to a real dtype has dropped what conj would change, but not a minus sign.
		resolve_bits(dst, src);
	}
	return STATUS_OK;
}

Status cpu_clone(Exec *x, const Tensor *src, Tensor **out)
{
	Tensor *t;
	TRY(tensor_empty_like(src, tensor_dtype(src), &t, x->err));
	if (src->quant && !t->quant)
		t->quant = quantizer_ref(src->quant);
	Status s = cpu_copy(x, t, src);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		*out = t;
	return s;
}

Status cpu_to_dtype(Exec *x, const Tensor *src, DType d, Tensor **out)
{
	if (tensor_dtype(src) == d) {
		*out = tensor_ref((Tensor *)src);
		return STATUS_OK;
	}
	Tensor *t;
	TRY(tensor_empty_like(src, d, &t, x->err));
	Status s = cpu_copy(x, t, src);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		*out = t;
	return s;
}

static Status copy_contiguous(Exec *x, const Tensor *src, DType d, Tensor **out)
{
	Tensor *t;
	TRY(tensor_empty(d, src->sizes, src->ndim, &t, x->err));
	if (src->quant && d == tensor_dtype(src))
		t->quant = quantizer_ref(src->quant);
	Status s = cpu_copy(x, t, src);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		*out = t;
	return s;
}

// Who asks for dense data is about to read it.
static Status needs_data(Exec *x, const Tensor *t)
{
	return tensor_device(t) != DEVICE_META ? STATUS_OK
		: fail(x->err, STATUS_UNSUPPORTED, "this operator needs the data of its operands, which meta tensors do not have");
}

Status cpu_contiguous(Exec *x, const Tensor *src, Tensor **out)
{
	TRY(needs_data(x, src));
	if (tensor_is_contiguous(src)) {
		*out = tensor_ref((Tensor *)src);
		return STATUS_OK;
	}
	return copy_contiguous(x, src, tensor_dtype(src), out);
}

Status cpu_prepare(Exec *x, const Tensor *src, DType d, Tensor **out)
{
	TRY(needs_data(x, src));
	if (tensor_dtype(src) == d && !src->conj && !src->neg && tensor_is_contiguous(src)) {
		*out = tensor_ref((Tensor *)src);
		return STATUS_OK;
	}
	return copy_contiguous(x, src, d, out);
}

typedef struct FillArg { char element[16]; size_t size; } FillArg;

static void fill_loop(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const FillArg *f = arg;
	if (strides[0] == (int64_t)f->size) {
		bool zero = true, bytes = true;
		for (size_t i = 0; i < f->size; i++) {
			zero &= f->element[i] == 0;
			bytes &= f->element[i] == f->element[0];
		}
		if (zero || bytes) {
			memset(p[0], f->element[0], (size_t)n * f->size);
			return;
		}
	}
	char *d = p[0];
#define FILL(T)                                                         \
	{                                                               \
		T v;                                                    \
		memcpy(&v, f->element, sizeof v);                       \
		if (strides[0] == (int64_t)sizeof v)                    \
			for (int64_t i = 0; i < n; i++)                 \
				((T *)d)[i] = v;                        \
		else                                                    \
			for (int64_t i = 0; i < n; i++, d += strides[0]) \
				memcpy(d, &v, sizeof v);                \
	}
	switch (f->size) {
	case 1: FILL(uint8_t) break;
	case 2: FILL(uint16_t) break;
	case 4: FILL(uint32_t) break;
	case 8: FILL(uint64_t) break;
	default:
		for (int64_t i = 0; i < n; i++, d += strides[0])
			memcpy(d, f->element, f->size);
	}
#undef FILL
}

Status cpu_fill(Exec *x, Tensor *dst, IValue number)
{
	FillArg f = {.size = dtype_size(tensor_dtype(dst))};
	TRY(number_to_element(x, number, tensor_dtype(dst), f.element));
	if (tensor_device(dst) == DEVICE_META)
		return STATUS_OK;
	Nest n;
	nest_init(&n, dst->sizes, dst->ndim);
	nest_add(&n, dst);
	nest_sort(&n, NULL);
	nest_merge(&n);
	nest_run(&n, COPY_GRAIN, fill_loop, &f);
	return STATUS_OK;
}

Status cpu_resize(Exec *x, Tensor *out, const int64_t *sizes, int ndim)
{
	bool same = out->ndim == ndim;
	for (int i = 0; same && i < ndim; i++)
		same = out->sizes[i] == sizes[i];
	if (same)
		return STATUS_OK;
	int64_t strides[MAX_DIMS], numel;
	size_t size = dtype_size(tensor_dtype(out));
	if (!sizes_product(sizes, ndim, &numel) || (uint64_t)numel > (uint64_t)INT64_MAX / size - (uint64_t)out->offset)
		return xfail(x, "Storage size calculation overflowed");
	size_t need = ((size_t)out->offset + (size_t)numel) * size;
	if (numel > 0 && need > out->storage->nbytes && tensor_device(out) != DEVICE_META)
		TRY(storage_resize(out->storage, need, x->err));
	contiguous_strides(sizes, ndim, strides);
	tensor_set_geometry(out, sizes, strides, ndim, out->offset);
	return STATUS_OK;
}
