// SPDX-License-Identifier: BSD-3-Clause
// Embedding tables of few bits: rows of integers, each with its scale and bias.
//
// Two forms hold the same table.  The plain tensor of the *_prepack ops has in every row the integers, packed low
// bits first, then scale and bias (float32 for bytes, float16 below); the packed object has a tensor that is
// quantised by rows.  Both are read through Table.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/packed.h"
#include "backends/cpu/quant.h"
#include "backends/cpu/view.h"

typedef struct Table {
	const uint8_t *rows;
	int64_t n, width, stride;    // rows, numbers in a row, bytes from row to row
	int bits;
	const float *scale, *zero;   // of the packed object; NULL: at the end of each row
	Tensor *own[3];
} Table;

static void table_free(Table *t)
{
	for (int i = 0; i < 3; i++)
		tensor_unref(&t->own[i]);
}

static void row_params(const Table *t, int64_t i, float *scale, float *bias)
{
	const uint8_t *row = t->rows + i * t->stride;
	if (t->scale) {
		*scale = t->scale[i];
		*bias = -t->zero[i] * t->scale[i];
	} else if (t->bits == 8) {
		memcpy(scale, row + t->width, 4);
		memcpy(bias, row + t->width + 4, 4);
	} else {
		f16_t h[2];
		memcpy(h, row + t->width * t->bits / 8, 4);
		*scale = f16_to_f32(h[0]);
		*bias = f16_to_f32(h[1]);
	}
}

static void row_add(const Table *t, int64_t i, float weight, float *out)
{
	float scale, bias;
	const uint8_t *row = t->rows + i * t->stride;
	row_params(t, i, &scale, &bias);
	int per = 8 / t->bits, mask = (1 << t->bits) - 1;
	scale *= weight;
	bias *= weight;
	if (t->bits == 8)
		for (int64_t k = 0; k < t->width; k++)
			out[k] += scale * (float)row[k] + bias;
	else
		for (int64_t k = 0; k < t->width; k++)
			out[k] += scale * (float)(row[k / per] >> (k % per * t->bits) & mask) + bias;
}

// The tensor of a *_prepack op.
static Status table_of_rows(Exec *x, const Tensor *w, int bits, Table *t)
{
	int64_t tail = bits == 8 ? 8 : 4;
	if (w->ndim != 2 || tensor_dtype(w) != DT_U8 || w->sizes[1] < tail)
		return xfail(x, "expected a packed embedding table: uint8, two dimensions, at least %" PRId64 " columns", tail);
	*t = (Table){.n = w->sizes[0], .width = (w->sizes[1] - tail) * (8 / bits), .stride = w->sizes[1], .bits = bits};
	TRY(cpu_contiguous(x, w, &t->own[0]));
	t->rows = tensor_data(t->own[0]);
	return STATUS_OK;
}

static Status packed_weight(Exec *x, IValue v, Tensor **w)
{
	const IValue *items;
	TRY(packed_items(x, v, PACKED_EMBEDDING, &items));
	*w = arg_tensor(items[0]);
	const Quantizer *q = *w ? (*w)->quant : NULL;
	if (!q || !q->scales || (*w)->ndim != 2 || q->axis != 0 || q->scales->numel != (*w)->sizes[0] || q->scales->ndim != 1 ||
		q->zero_points->numel != q->scales->numel || q->zero_points->ndim != 1)
		return xfail(x, "Expected embedding_bag weights to be quantized using kPerChannelAffineFloatQParams");
	return STATUS_OK;
}

static Status table_of_object(Exec *x, IValue v, int bits, Table *t)
{
	Tensor *w;
	TRY(packed_weight(x, v, &w));
	if (tensor_dtype(w) != DT_QU8 || bits != 8)
		return fail(x->err, STATUS_UNSUPPORTED, "packed embedding tables of dtype %s", dtype_name(tensor_dtype(w)));
	*t = (Table){.n = w->sizes[0], .width = w->sizes[1], .stride = w->sizes[1], .bits = 8};
	Tensor *stored = quant_stored(w);
	Status s = cpu_contiguous(x, stored, &t->own[0]);
	tensor_unref(&stored);
	if (s == STATUS_OK)
		s = cpu_prepare(x, w->quant->scales, DT_F32, &t->own[1]);
	if (s == STATUS_OK)
		s = cpu_prepare(x, w->quant->zero_points, DT_F32, &t->own[2]);
	if (s != STATUS_OK) {
		table_free(t);
		return s;
	}
	t->rows = tensor_data(t->own[0]);
	t->scale = tensor_data(t->own[1]);
	t->zero = tensor_data(t->own[2]);
	return STATUS_OK;
}

// ---- looking up

typedef struct Bags {
	const Tensor *indices, *offsets, *weights, *mapping; // only indices must be there
	bool last_offset;
} Bags;

static Status want_index(Exec *x, const Tensor *t, const char *what)
{
	if (tensor_dtype(t) == DT_I32 || tensor_dtype(t) == DT_I64)
		return STATUS_OK;
	return xfail(x, "Expect 32 or 64 bit %s, but found %s instead.", what, dtype_class_name(tensor_dtype(t)));
}

// Rows whose mapping says -1 were pruned and count as zero.
static Status add_index(Exec *x, const Table *t, int64_t i, const Tensor *mapping, float weight, float *out)
{
	if (mapping) {
		if (i < 0 || i >= mapping->numel)
			return fail(x->err, STATUS_INDEX, "index %" PRId64 " is out of range of the compressed indices", i);
		i = ((const int64_t *)tensor_data(mapping))[i];
		if (i == -1)
			return STATUS_OK;
	}
	if (i < 0 || i >= t->n)
		return fail(x->err, STATUS_INDEX, "Expect Lookup index %" PRId64 " to be in the range of [0, %" PRId64 ")", i, t->n);
	row_add(t, i, weight, out);
	return STATUS_OK;
}

static Status look_up(Exec *x, const Table *t, const Tensor *indices, IValue *rets)
{
	int64_t sizes[MAX_DIMS];
	TRY(want_index(x, indices, "indices"));
	if (indices->ndim + 1 > MAX_DIMS)
		return xfail(x, "a tensor has at most %d dimensions", MAX_DIMS);
	memcpy(sizes, indices->sizes, sizeof *sizes * (size_t)indices->ndim);
	sizes[indices->ndim] = t->width;
	Tensor *index = NULL, *r = NULL;
	Status s = cpu_prepare(x, indices, DT_I64, &index);
	if (s == STATUS_OK)
		s = tensor_zeros(DT_F32, sizes, indices->ndim + 1, &r, x->err);
	for (int64_t i = 0; s == STATUS_OK && i < index->numel; i++)
		s = add_index(x, t, ((const int64_t *)tensor_data(index))[i], NULL, 1, (float *)tensor_data(r) + i * t->width);
	tensor_unref(&index);
	if (s != STATUS_OK)
		tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

static Status sum_bags(Exec *x, const Table *t, const Bags *b, IValue *rets)
{
	Tensor *index = NULL, *offset = NULL, *weight = NULL, *mapping = NULL, *r = NULL;
	bool rows = b->indices->ndim == 2 && !b->offsets;
	TRY(want_index(x, b->indices, "indices"));
	if (!rows && (b->indices->ndim != 1 || !b->offsets || b->offsets->ndim != 1))
		return xfail(x, "embedding_bag expects indices of one dimension with offsets, or of two without");
	if (b->weights && b->weights->numel != b->indices->numel)
		return xfail(x, "expect per_sample_weights to be the same size as indices");
	Status s = cpu_prepare(x, b->indices, DT_I64, &index);
	if (s == STATUS_OK && b->offsets)
		s = cpu_prepare(x, b->offsets, DT_I64, &offset);
	if (s == STATUS_OK && b->weights)
		s = cpu_prepare(x, b->weights, DT_F32, &weight);
	if (s == STATUS_OK && b->mapping)
		s = cpu_prepare(x, b->mapping, DT_I64, &mapping);
	int64_t bags = rows ? b->indices->sizes[0] : b->offsets->numel - (b->last_offset ? 1 : 0);
	if (s == STATUS_OK && bags < 0)
		s = xfail(x, "include_last_offset: number of offsets should be at least 1");
	if (s == STATUS_OK)
		s = tensor_zeros(DT_F32, (int64_t[]){bags, t->width}, 2, &r, x->err);
	for (int64_t k = 0; s == STATUS_OK && k < bags; k++) {
		int64_t n = index->numel, begin, end;
		if (rows) {
			begin = k * b->indices->sizes[1];
			end = begin + b->indices->sizes[1];
		} else {
			const int64_t *o = tensor_data(offset);
			begin = o[k];
			end = k + 1 < offset->numel ? o[k + 1] : n;
		}
		if (begin < 0 || end < begin || end > n) {
			s = xfail(x, "Expect the offsets of bags to rise and to be at most %" PRId64, n);
			break;
		}
		for (int64_t i = begin; i < end && s == STATUS_OK; i++)
			s = add_index(x, t, ((const int64_t *)tensor_data(index))[i], mapping,
				weight ? ((const float *)tensor_data(weight))[i] : 1, (float *)tensor_data(r) + k * t->width);
	}
	tensor_unref(&index);
	tensor_unref(&offset);
	tensor_unref(&weight);
	tensor_unref(&mapping);
	if (s != STATUS_OK)
		tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

static Status embedding(Exec *x, const IValue *args, int bits, IValue *rets)
{
	Table t;
	TRY(table_of_object(x, args[0], bits, &t));
	Status s = look_up(x, &t, arg_tensor(args[1]), rets);
	table_free(&t);
	return s;
}

// (weight, indices, offsets, scale_grad_by_freq, mode, pruned_weights, per_sample_weights, compressed_indices_mapping,
// include_last_offset)
static Status bag(Exec *x, const IValue *args, int bits, bool rowwise, IValue *rets)
{
	Table t;
	Bags b = {.indices = arg_tensor(args[1]), .offsets = arg_tensor(args[2]), .weights = arg_tensor(args[6]),
		.mapping = arg_bool(args[5]) ? arg_tensor(args[7]) : NULL, .last_offset = arg_bool(args[8])};
	if (b.mapping && b.mapping->numel == 1) // an empty mapping is spelt as one number
		b.mapping = NULL;
	TRY(rowwise ? table_of_rows(x, arg_tensor(args[0]), bits, &t) : table_of_object(x, args[0], bits, &t));
	Status s = sum_bags(x, &t, &b, rets);
	table_free(&t);
	return s;
}

KERNEL(quantized_embedding_byte) { return embedding(x, args, 8, rets); }
KERNEL(quantized_embedding_4bit) { return embedding(x, args, 4, rets); }
KERNEL(quantized_embedding_bag_byte) { return bag(x, args, 8, false, rets); }
KERNEL(quantized_embedding_bag_4bit) { return bag(x, args, 4, false, rets); }
KERNEL(quantized_embedding_bag_byte_rowwise_offsets) { return bag(x, args, 8, true, rets); }
KERNEL(quantized_embedding_bag_4bit_rowwise_offsets) { return bag(x, args, 4, true, rets); }
KERNEL(quantized_embedding_bag_2bit_rowwise_offsets) { return bag(x, args, 2, true, rets); }

// ---- packing and unpacking

KERNEL(quantized_embedding_bag_prepack)
{
	IValue *items, v = packed_new(PACKED_EMBEDDING, &items);
	Tensor *w;
	items[0] = ivalue_ref(args[0]);
	Status s = packed_weight(x, v, &w);
	if (s != STATUS_OK)
		ivalue_unref(&v);
	else
		rets[0] = v;
	return s;
}

KERNEL(quantized_embedding_bag_unpack)
{
	Tensor *w;
	TRY(packed_weight(x, args[0], &w));
	return ret_tensor(rets, tensor_ref(w));
}

static void pack_bytes(const float *in, int64_t n, float min, float max, uint8_t *out)
{
	float scale = (max - min) / 255, inverse = 255.0f / (max - min + 1e-8f);
	for (int64_t i = 0; i < n; i++) {
		float v = nearbyintf((in[i] - min) * inverse);
		out[i] = (uint8_t)(v > 0 ? v < 255 ? v : 255 : 0);
	}
	memcpy(out + n, &scale, 4);
	memcpy(out + n + 4, &min, 4);
}

static void pack_bits(const float *in, int64_t n, int bits, float min, float max, uint8_t *out)
{
	f16_t half[2];
	half[1] = f16_from_f32(min);
	min = f16_to_f32(half[1]);
	float top = (float)((1 << bits) - 1), range = max - min;
	half[0] = f16_from_f32(range == 0 ? 1 : range / top);
	float scale = f16_to_f32(half[0]);
	if (scale == 0 || isinf(1 / scale)) {
		scale = 1;
		half[0] = f16_from_f32(1);
	}
	float inverse = 1 / scale;
	int per = 8 / bits;
	memset(out, 0, (size_t)(n / per));
	for (int64_t i = 0; i < n; i++) {
		float v = nearbyintf((in[i] - min) * inverse);
		out[i / per] |= (uint8_t)((int)(v > 0 ? v < top ? v : top : 0) << (i % per * bits));
	}
	memcpy(out + n / per, half, 4);
}

static Status prepack(Exec *x, const Tensor *w, const Tensor *ranges, int bits, bool optimized, IValue *rets)
{
	int per = 8 / bits;
	if (optimized)
		return fail(x->err, STATUS_UNSUPPORTED, "embedding tables packed with optimized_qparams");
	if (w->ndim != 2 || tensor_dtype(w) != DT_F32 || w->sizes[1] % per)
		return xfail(x, "qembeddingbag_%dbit_prepack only works for float tables with a number of columns a multiple of %d",
			bits, per);
	if (ranges && (ranges->ndim != 2 || ranges->sizes[0] != w->sizes[0] || ranges->sizes[1] != 2))
		return xfail(x, "rowwise_min_max must have a minimum and a maximum for every row");
	Tensor *c = NULL, *r = NULL, *m = NULL;
	int64_t n = w->sizes[1], width = n / per + (bits == 8 ? 8 : 4);
	Status s = cpu_contiguous(x, w, &c);
	if (s == STATUS_OK && ranges)
		s = cpu_prepare(x, ranges, DT_F32, &m);
	if (s == STATUS_OK)
		s = tensor_empty(DT_U8, (int64_t[]){w->sizes[0], width}, 2, &r, x->err);
	for (int64_t i = 0; s == STATUS_OK && i < w->sizes[0]; i++) {
		const float *in = (const float *)tensor_data(c) + i * n;
		float min = n ? in[0] : 0, max = min;
		for (int64_t k = 1; k < n; k++) {
			min = fminf(min, in[k]);
			max = fmaxf(max, in[k]);
		}
		if (m) {
			min = ((const float *)tensor_data(m))[2 * i];
			max = ((const float *)tensor_data(m))[2 * i + 1];
		}
		uint8_t *out = (uint8_t *)tensor_data(r) + i * width;
		if (bits == 8)
			pack_bytes(in, n, min, max, out);
		else
			pack_bits(in, n, bits, min, max, out);
	}
	tensor_unref(&c);
	tensor_unref(&m);
	if (s != STATUS_OK)
		tensor_unref(&r);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

static Status unpack(Exec *x, const Tensor *w, int bits, IValue *rets)
{
	Table t;
	Tensor *r;
	TRY(table_of_rows(x, w, bits, &t));
	Status s = tensor_zeros(DT_F32, (int64_t[]){t.n, t.width}, 2, &r, x->err);
	for (int64_t i = 0; s == STATUS_OK && i < t.n; i++)
		row_add(&t, i, 1, (float *)tensor_data(r) + i * t.width);
	table_free(&t);
	return s == STATUS_OK ? ret_tensor(rets, r) : s;
}

KERNEL(quantized_embedding_bag_byte_prepack) { return prepack(x, arg_tensor(args[0]), NULL, 8, false, rets); }
KERNEL(quantized_embedding_bag_4bit_prepack) { return prepack(x, arg_tensor(args[0]), NULL, 4, arg_bool(args[1]), rets); }
KERNEL(quantized_embedding_bag_2bit_prepack) { return prepack(x, arg_tensor(args[0]), NULL, 2, arg_bool(args[1]), rets); }

KERNEL(quantized_embedding_bag_byte_prepack_with_rowwise_min_max)
{
	return prepack(x, arg_tensor(args[0]), arg_tensor(args[1]), 8, false, rets);
}

KERNEL(quantized_embedding_bag_4bit_prepack_with_rowwise_min_max)
{
	return prepack(x, arg_tensor(args[0]), arg_tensor(args[1]), 4, arg_bool(args[2]), rets);
}

KERNEL(quantized_embedding_bag_2bit_prepack_with_rowwise_min_max)
{
	return prepack(x, arg_tensor(args[0]), arg_tensor(args[1]), 2, arg_bool(args[2]), rets);
}

KERNEL(quantized_embedding_bag_byte_unpack) { return unpack(x, arg_tensor(args[0]), 8, rets); }
KERNEL(quantized_embedding_bag_4bit_unpack) { return unpack(x, arg_tensor(args[0]), 4, rets); }
KERNEL(quantized_embedding_bag_2bit_unpack) { return unpack(x, arg_tensor(args[0]), 2, rets); }
