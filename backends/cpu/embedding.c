// SPDX-License-Identifier: BSD-3-Clause
// Embedding tables: rows by index, bags of rows reduced to one, and renormalisation of the rows that are used.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/plane.h"
#include "backends/cpu/view.h"

static Status index_check(Exec *x, const Tensor *t, const char *op)
{
	if (t->dtype == DT_I64 || t->dtype == DT_I32)
		return STATUS_OK;
	return xfail(x, "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
		"torch.%sTensor instead (while checking arguments for %s)", dtype_class_name(tensor_dtype(t)), op);
}

typedef struct Rows {
	const char *table;
	char *out;
	const int64_t *index;
	size_t row, es;
	int64_t row_stride;
} Rows;

static void rows_body(void *arg, int64_t begin, int64_t end)
{
	const Rows *r = arg;
	for (int64_t i = begin; i < end; i++)
		memcpy(r->out + (size_t)i * r->row, r->table + (size_t)(r->index[i] * r->row_stride) * r->es, r->row);
}

static Status index_range(Exec *x, const Tensor *index, int64_t rows)
{
	const int64_t *p = tensor_data(index);
	for (int64_t i = 0; i < index->numel; i++)
		if (p[i] < 0 || p[i] >= rows)
			return fail(x->err, STATUS_INDEX, "index out of range in self");
	return STATUS_OK;
}

KERNEL(embedding) // (weight, indices, padding_idx, …)
{
	const Tensor *weight = arg_tensor(args[0]), *indices = arg_tensor(args[1]);
	if (weight->ndim != 2)
		return xfail(x, "'weight' must be 2-D");
	TRY(index_check(x, indices, "embedding"));
	if (indices->ndim + 1 > MAX_DIMS)
		return xfail(x, "a tensor has at most %d dimensions", MAX_DIMS);
	int64_t sizes[MAX_DIMS];
	memcpy(sizes, indices->sizes, sizeof *sizes * (size_t)indices->ndim);
	sizes[indices->ndim] = weight->sizes[1];
	DType d = tensor_dtype(weight);
	Tensor *index = NULL, *table = NULL, *out = NULL;
	Status s = cpu_prepare(x, indices, DT_I64, &index);
	if (s == STATUS_OK)
		s = index_range(x, index, weight->sizes[0]);
	if (s == STATUS_OK && weight->sizes[1] > 1 && weight->strides[1] != 1)
		s = cpu_contiguous(x, weight, &table);
	else if (s == STATUS_OK)
		table = tensor_ref((Tensor *)(uintptr_t)weight);
	if (s == STATUS_OK)
		s = tensor_empty(d, sizes, indices->ndim + 1, &out, x->err);
	if (s == STATUS_OK && out->numel) {
		Rows r = {.table = tensor_data(table), .out = tensor_data(out), .index = tensor_data(index), .es = dtype_size(d),
			.row = (size_t)weight->sizes[1] * dtype_size(d), .row_stride = table->strides[0]};
		parallel_for(indices->numel, planes_grain(weight->sizes[1] / 4), rows_body, &r);
	}
	tensor_unref(&index);
	tensor_unref(&table);
	if (s != STATUS_OK) {
		tensor_unref(&out);
		return s;
	}
	return ret_tensor(rets, out);
}

// The p-norm of row i of a contiguous f64 table.
static double row_norm(const double *row, int64_t n, double p)
{
	double s = 0;
	for (int64_t i = 0; i < n; i++) {
		double a = fabs(row[i]);
		if (isinf(p))
			s = a > s ? a : s;
		else
			s += p == 2 ? a * a : p == 1 ? a : pow(a, p);
	}
	return isinf(p) ? s : p == 2 ? sqrt(s) : p == 1 ? s : pow(s, 1 / p);
}

static Status renorm_rows(Exec *x, Tensor *table, const Tensor *indices, double max_norm, double p)
{
	Tensor *index;
	if (table->ndim != 2)
		return xfail(x, "Expected 2-dimensional tensor, but got %d-dimensional tensor for argument #1 'self' (while checking "
			"arguments for embedding_renorm_)", table->ndim);
	TRY(index_check(x, indices, "embedding_renorm_"));
	TRY(cpu_prepare(x, indices, DT_I64, &index));
	Status s = index_range(x, index, table->sizes[0]);
	int64_t n = table->sizes[1];
	size_t es = dtype_size(tensor_dtype(table));
	double *row = xmalloc((size_t)(n + 1) * sizeof *row);
	const int64_t *at = tensor_data(index);
	// a row that was scaled is at most max_norm afterwards, so a second visit leaves it alone
	for (int64_t i = 0; s == STATUS_OK && i < index->numel; i++) {
		char *p0 = (char *)tensor_data(table) + at[i] * table->strides[0] * (int64_t)es;
		for (int64_t j = 0; j < n; j++)
			row[j] = element_f64(p0 + j * table->strides[1] * (int64_t)es, tensor_dtype(table));
		double norm = row_norm(row, n, p);
		bool seen = false;
		for (int64_t k = 0; k < i && norm > max_norm && !seen; k++)
			seen = at[k] == at[i];
		if (norm > max_norm && !seen)
			for (int64_t j = 0; j < n; j++)
				element_set_f64(p0 + j * table->strides[1] * (int64_t)es, tensor_dtype(table),
					row[j] * (max_norm / (norm + 1e-7)));
	}
	free(row);
	tensor_unref(&index);
	return s;
}

KERNEL(embedding_renorm) // (self, indices, max_norm, norm_type)
{
	Tensor *out;
	TRY(cpu_clone(x, arg_tensor(args[0]), &out));
	Status s = renorm_rows(x, out, arg_tensor(args[1]), arg_float(args[2]), arg_float(args[3]));
	if (s != STATUS_OK) {
		tensor_unref(&out);
		return s;
	}
	return ret_tensor(rets, out);
}

KERNEL(_no_grad_embedding_renorm_) // (weight, input, max_norm, norm_type): changes the weight
{
	Tensor *weight = arg_tensor(args[0]);
	TRY(renorm_rows(x, weight, arg_tensor(args[1]), arg_float(args[2]), arg_float(args[3])));
	return ret_tensor(rets, tensor_ref(weight));
}

// ---- bags

enum { BAG_SUM, BAG_MEAN, BAG_MAX };

typedef struct Bags {
	DType d;
	int mode;
	int64_t columns, padding;
	const void *table, *scale; // scale per index, or NULL
	const int64_t *index, *begin; // begin: count + 1 entries
	void *out;
	int64_t *bag_size, *max_index;
} Bags;

#define BAGS_BODY(NAME, T)                                                                                      \
	static void NAME(const Bags *b, int64_t bag)                                                            \
	{                                                                                                       \
		T *out = (T *)b->out + bag * b->columns;                                                        \
		int64_t used = 0;                                                                               \
		for (int64_t j = 0; j < b->columns; j++)                                                        \
			out[j] = 0;                                                                             \
		for (int64_t i = b->begin[bag]; i < b->begin[bag + 1]; i++) {                                   \
			if (b->index[i] == b->padding)                                                          \
				continue;                                                                       \
			const T *row = (const T *)b->table + b->index[i] * b->columns;                          \
			T f = b->scale ? ((const T *)b->scale)[i] : 1;                                          \
			for (int64_t j = 0; j < b->columns; j++) {                                              \
				if (b->mode != BAG_MAX) {                                                       \
					out[j] += row[j] * f;                                                   \
				} else if (used == 0 || row[j] > out[j]) {                                      \
					out[j] = row[j];                                                        \
					b->max_index[bag * b->columns + j] = b->index[i];                       \
				}                                                                               \
			}                                                                                       \
			used++;                                                                                 \
		}                                                                                               \
		b->bag_size[bag] = used;                                                                        \
		if (b->mode == BAG_MEAN && used)                                                                \
			for (int64_t j = 0; j < b->columns; j++)                                                \
				out[j] /= (T)used;                                                              \
	}
BAGS_BODY(bag_f32, float)
BAGS_BODY(bag_f64, double)

static void bags_body(void *arg, int64_t begin, int64_t end)
{
	const Bags *b = arg;
	for (int64_t i = begin; i < end; i++)
		if (b->d == DT_F32)
			bag_f32(b, i);
		else
			bag_f64(b, i);
}

static Status embedding_bag(Exec *x, const IValue *args, int64_t padding, IValue *rets)
{
	// (weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, …)
	const Tensor *weight = arg_tensor(args[0]), *indices = arg_tensor(args[1]), *offsets = arg_tensor(args[2]),
		*scale = arg_tensor(args[6]);
	int64_t mode = arg_int(args[4]);
	bool last = arg_bool(args[7]);
	if (weight->ndim != 2)
		return xfail(x, "'weight' must be 2-D");
	TRY(index_check(x, indices, "embedding_bag"));
	TRY(index_check(x, offsets, "embedding_bag"));
	if (indices->ndim != 1 || offsets->ndim != 1)
		return xfail(x, "input has to be a 1D Tensor and offsets has to be a 1D Tensor, but got %dD and %dD", indices->ndim,
			offsets->ndim);
	if (mode < BAG_SUM || mode > BAG_MAX)
		return xfail(x, "mode of an embedding bag has to be 0 (sum), 1 (mean) or 2 (max), but got %" PRId64, mode);
	if (scale && mode != BAG_SUM)
		return xfail(x, "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum'");
	if (scale && scale->numel != indices->numel)
		return xfail(x, "expected per_sample_weights to have the same number of elements as indices, but got %" PRId64 " and %" PRId64,
			scale->numel, indices->numel);
	DType d = tensor_dtype(weight), work = d == DT_F64 ? DT_F64 : DT_F32;
	if (!dtype_is_float(d))
		return xfail(x, "expected scalar type Half or BFloat16 or Float or Double but found %s", dtype_class_name(d));
	if (last && offsets->numel < 1)
		return xfail(x, "include_last_offset: number of offset should be at least 1");
	int64_t bags = offsets->numel - (last ? 1 : 0), columns = weight->sizes[1], n = indices->numel;
	Tensor *index = NULL, *at = NULL, *table = NULL, *factor = NULL, *begin = NULL, *out = NULL, *bag_size = NULL,
	       *max_index = NULL, *offset2bag = NULL, *result = NULL;
	Status s = cpu_prepare(x, indices, DT_I64, &index);
	if (s == STATUS_OK)
		s = index_range(x, index, weight->sizes[0]);
	if (s == STATUS_OK)
		s = cpu_prepare(x, offsets, DT_I64, &at);
	if (s == STATUS_OK)
		s = cpu_prepare(x, weight, work, &table);
	if (s == STATUS_OK && scale)
		s = cpu_prepare(x, scale, work, &factor);
	if (s == STATUS_OK)
		s = tensor_empty(DT_I64, (int64_t[]){bags + 1}, 1, &begin, x->err);
	if (s == STATUS_OK) {
		int64_t *b = tensor_data(begin);
		const int64_t *o = tensor_data(at);
		for (int64_t i = 0; i < bags; i++)
			b[i] = o[i];
		b[bags] = last && bags >= 0 ? o[bags] : n;
		if (bags > 0 && b[0] != 0)
			s = xfail(x, "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
				"However, got %" PRId64, b[0]);
		for (int64_t i = 0; i < bags && s == STATUS_OK; i++)
			if (b[i + 1] < b[i] || b[i + 1] > n)
				s = xfail(x, "offsets of an embedding bag must not decrease and must not exceed the %" PRId64 " indices", n);
	}
	if (s == STATUS_OK)
		s = tensor_empty(work, (int64_t[]){bags, columns}, 2, &out, x->err);
	if (s == STATUS_OK)
		s = tensor_empty(DT_I64, (int64_t[]){bags}, 1, &bag_size, x->err);
	if (s == STATUS_OK)
		s = mode == BAG_MAX ? tensor_zeros(DT_I64, (int64_t[]){bags, columns}, 2, &max_index, x->err) :
			tensor_zeros(DT_I64, (int64_t[]){bags}, 1, &max_index, x->err);
	if (s == STATUS_OK)
		s = tensor_zeros(DT_I64, (int64_t[]){n}, 1, &offset2bag, x->err);
	if (s == STATUS_OK) {
		Bags b = {.d = work, .mode = (int)mode, .columns = columns, .padding = padding, .table = tensor_data(table),
			.scale = factor ? tensor_data(factor) : NULL, .index = tensor_data(index), .begin = tensor_data(begin),
			.out = tensor_data(out), .bag_size = tensor_data(bag_size), .max_index = tensor_data(max_index)};
		int64_t per = bags > 0 ? n / bags * columns : 1;
		parallel_for(bags, planes_grain(per), bags_body, &b);
		for (int64_t i = 0; i < bags; i++)
			for (int64_t j = b.begin[i]; j < b.begin[i + 1]; j++)
				((int64_t *)tensor_data(offset2bag))[j] = i;
		s = cpu_to_dtype(x, out, d, &result);
	}
	tensor_unref(&index);
	tensor_unref(&at);
	tensor_unref(&table);
	tensor_unref(&factor);
	tensor_unref(&begin);
	tensor_unref(&out);
	if (s != STATUS_OK) {
		tensor_unref(&bag_size);
		tensor_unref(&max_index);
		tensor_unref(&offset2bag);
		return s;
	}
	rets[0] = iv_take_tensor(result);
	rets[1] = iv_take_tensor(offset2bag);
	rets[2] = iv_take_tensor(bag_size);
	rets[3] = iv_take_tensor(max_index);
	return STATUS_OK;
}

KERNEL(embedding_bag) { return embedding_bag(x, args, -1, rets); }
KERNEL(_embedding_bag) { return embedding_bag(x, args, nargs > 8 ? arg_int(args[8]) : -1, rets); }
KERNEL(_embedding_bag_forward_only) { return op__embedding_bag(x, args, nargs, rets); }

KERNEL(embedding_bag_padding_idx) // padding_idx is optional and may count from the end
{
	int64_t rows = arg_tensor(args[0])->ndim > 0 ? arg_tensor(args[0])->sizes[0] : 0, padding = -1;
	if (!iv_is_none(args[8])) {
		padding = arg_int(args[8]);
		if (padding < -rows || padding >= rows)
			return xfail(x, "padding_idx must be within the number of embeddings, -%" PRId64 " through %" PRId64
				", but got %" PRId64, rows, rows - 1, padding);
		padding += padding < 0 ? rows : 0;
	}
	return embedding_bag(x, args, padding, rets);
}
