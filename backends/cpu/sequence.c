// SPDX-License-Identifier: BSD-3-Clause
// Sequences of different lengths: packed one after the other by time step, or padded to a rectangle.
#include <inttypes.h>

#include "backends/cpu/number.h"
#include "backends/cpu/view.h"

KERNEL(_pack_padded_sequence) // (input, lengths, batch_first) → data, batch_sizes
{
	const Tensor *input = arg_tensor(args[0]), *lengths = arg_tensor(args[1]);
	if (input->ndim < 2 || input->numel <= 0)
		return xfail(x, "Cannot pack empty tensors.");
	if (lengths->ndim != 1 || lengths->dtype != DT_I64)
		return xfail(x, "'lengths' argument should be a 1D CPU int64 tensor, but got %dD %s tensor", lengths->ndim,
			dtype_name(tensor_dtype(lengths)));
	Tensor *turned = arg_bool(args[2]) ? view_transpose(input, 0, 1) : tensor_alias(input), *in = NULL, *len = NULL, *out = NULL,
	       *sizes = NULL;
	int64_t steps = turned->sizes[0], batch = turned->sizes[1], total = 0;
	Status s = cpu_contiguous(x, turned, &in);
	tensor_unref(&turned);
	if (s == STATUS_OK)
		s = cpu_contiguous(x, lengths, &len);
	const int64_t *l = s == STATUS_OK ? tensor_data(len) : NULL;
	if (s == STATUS_OK && lengths->numel != batch)
		s = xfail(x, "Expected `len(lengths)` to be equal to batch_size, but got %" PRId64 " (batch_size=%" PRId64 ")", lengths->numel,
			batch);
	for (int64_t i = 0; i < batch && s == STATUS_OK; i++) {
		if (l[batch - 1] <= 0)
			s = xfail(x, "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0");
		else if (i && l[i] > l[i - 1])
			s = xfail(x, "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
				"`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if "
				"you do not need ONNX exportability.");
		else if (l[i] > steps)
			s = xfail(x, "Expected `len(lengths)` to be at most the sequence length, but found length %" PRId64
				" in an input of %" PRId64 " steps", l[i], steps);
		else
			total += l[i];
	}
	int64_t shape[MAX_DIMS], row = in && steps * batch > 0 ? in->numel / (steps * batch) : 0;
	if (s == STATUS_OK) {
		shape[0] = total;
		for (int i = 2; i < in->ndim; i++)
			shape[i - 1] = in->sizes[i];
		s = tensor_empty(tensor_dtype(in), shape, in->ndim - 1, &out, x->err);
	}
	if (s == STATUS_OK)
		s = tensor_empty(DT_I64, (int64_t[]){l[0]}, 1, &sizes, x->err);
	if (s == STATUS_OK) {
		size_t bytes = (size_t)row * dtype_size(tensor_dtype(in));
		char *dst = tensor_data(out);
		for (int64_t t = 0; t < l[0]; t++) {
			int64_t n = 0;
			while (n < batch && l[n] > t)
				n++;
			((int64_t *)tensor_data(sizes))[t] = n;
			memcpy(dst, (char *)tensor_data(in) + (size_t)(t * batch) * bytes, (size_t)n * bytes);
			dst += (size_t)n * bytes;
		}
	}
	tensor_unref(&in);
	tensor_unref(&len);
	if (s != STATUS_OK) {
		tensor_unref(&out);
		tensor_unref(&sizes);
		return s;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(sizes);
	return STATUS_OK;
}

KERNEL(_pad_packed_sequence) // (data, batch_sizes, batch_first, padding_value, total_length) → padded, lengths
{
	const Tensor *data = arg_tensor(args[0]), *batch_sizes = arg_tensor(args[1]);
	int64_t total = arg_int(args[4]), steps = batch_sizes->numel, sum = 0;
	if (batch_sizes->ndim != 1 || batch_sizes->dtype != DT_I64 || steps == 0)
		return xfail(x, "batch_sizes of a packed sequence should be a 1D CPU int64 tensor with at least one entry");
	Tensor *in = NULL, *sizes = NULL, *out = NULL, *lengths = NULL;
	TRY(cpu_contiguous(x, batch_sizes, &sizes));
	const int64_t *b = tensor_data(sizes);
	Status s = STATUS_OK;
	for (int64_t t = 0; t < steps && s == STATUS_OK; t++) {
		if (b[t] < 1 || (t && b[t] > b[t - 1]))
			s = xfail(x, "batch sizes of a packed sequence must be positive and must not increase");
		sum += b[t];
	}
	if (s == STATUS_OK && (data->ndim < 1 || data->sizes[0] != sum))
		s = xfail(x, "expected the data of a packed sequence to have %" PRId64 " rows", sum);
	if (s == STATUS_OK && total > 0 && total < steps)
		s = xfail(x, "Expected total_length to be at least the length of the longest sequence in input, but got total_length=%" PRId64
			" and max sequence length being %" PRId64, total, steps);
	int64_t shape[MAX_DIMS], length = total > 0 ? total : steps, batch = b[0];
	unsigned char fill[16] = {0};
	if (s == STATUS_OK)
		s = number_to_element(x, args[3], tensor_dtype(data), fill);
	if (s == STATUS_OK)
		s = cpu_contiguous(x, data, &in);
	if (s == STATUS_OK) {
		shape[0] = length;
		shape[1] = batch;
		for (int i = 1; i < in->ndim; i++)
			shape[i + 1] = in->sizes[i];
		s = in->ndim + 1 > MAX_DIMS ? xfail(x, "a tensor has at most %d dimensions", MAX_DIMS) :
			tensor_empty(tensor_dtype(in), shape, in->ndim + 1, &out, x->err);
	}
	if (s == STATUS_OK)
		s = tensor_empty(DT_I64, (int64_t[]){batch}, 1, &lengths, x->err);
	if (s == STATUS_OK) {
		size_t es = dtype_size(tensor_dtype(in)), row = sum > 0 ? (size_t)(in->numel / sum) : 0;
		const char *src = tensor_data(in);
		for (int64_t i = 0; i < batch; i++)
			((int64_t *)tensor_data(lengths))[i] = 0;
		for (int64_t t = 0; t < length; t++) {
			int64_t n = t < steps ? b[t] : 0;
			char *dst = (char *)tensor_data(out) + (size_t)(t * batch) * row * es;
			memcpy(dst, src, (size_t)n * row * es);
			src += (size_t)n * row * es;
			for (size_t i = (size_t)n * row; i < (size_t)batch * row; i++)
				memcpy(dst + i * es, fill, es);
			for (int64_t i = 0; i < n; i++)
				((int64_t *)tensor_data(lengths))[i]++;
		}
	}
	tensor_unref(&in);
	tensor_unref(&sizes);
	if (s != STATUS_OK) {
		tensor_unref(&out);
		tensor_unref(&lengths);
		return s;
	}
	if (arg_bool(args[2])) {
		Tensor *turned = view_transpose(out, 0, 1);
		tensor_unref(&out);
		out = turned;
	}
	rets[0] = iv_take_tensor(out);
	rets[1] = iv_take_tensor(lengths);
	return STATUS_OK;
}

KERNEL(pad_sequence) // (sequences, batch_first, padding_value, padding_side)
{
	const ListObj *list = args[0].list;
	bool first = arg_bool(args[1]), left = nargs > 3 && !strcmp(arg_str(args[3]), "left");
	if (nargs > 3 && !left && strcmp(arg_str(args[3]), "right") != 0)
		return xfail(x, "Expected padding_side to be one of left or right, but got %s.", arg_str(args[3]));
	if (list->n == 0)
		return xfail(x, "received an empty list of sequences");
	const Tensor *head = list->items[0].tensor;
	int64_t longest = 0, shape[MAX_DIMS];
	for (int64_t i = 0; i < list->n; i++) {
		const Tensor *t = list->items[i].tensor;
		if (t->ndim < 1 || t->ndim != head->ndim || memcmp(t->sizes + 1, head->sizes + 1, sizeof *shape * (size_t)(t->ndim - 1)) != 0)
			return xfail(x, "The size of the sequences must match in all dimensions but the first");
		longest = t->sizes[0] > longest ? t->sizes[0] : longest;
	}
	if (head->ndim + 1 > MAX_DIMS)
		return xfail(x, "a tensor has at most %d dimensions", MAX_DIMS);
	shape[0] = first ? list->n : longest;
	shape[1] = first ? longest : list->n;
	memcpy(shape + 2, head->sizes + 1, sizeof *shape * (size_t)(head->ndim - 1));
	Tensor *out;
	TRY(tensor_empty(tensor_dtype(head), shape, head->ndim + 1, &out, x->err));
	Status s = cpu_fill(x, out, args[2]);
	for (int64_t i = 0; i < list->n && s == STATUS_OK; i++) {
		const Tensor *t = list->items[i].tensor;
		Tensor *mine = view_select(out, first ? 0 : 1, i);
		Tensor *part = view_range(mine, 0, left ? longest - t->sizes[0] : 0, t->sizes[0], 1);
		s = cpu_copy(x, part, t);
		tensor_unref(&part);
		tensor_unref(&mine);
	}
	if (s != STATUS_OK) {
		tensor_unref(&out);
		return s;
	}
	return ret_tensor(rets, out);
}
