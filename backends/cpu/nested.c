// SPDX-License-Identifier: BSD-3-Clause
// Nested tensors: batches whose rows have lengths of their own.
//
// They come from a padded tensor and a mask, in transformer encoders, and go back to a padded one.  So a nested
// tensor is kept padded, with the rows' lengths beside it; what lies in the padding has no meaning.
#include "backends/cpu/nested.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/index.h"

// lengths[i]: number of true values in row i of mask (rows by steps); *aligned: they all stand at the start of their row.
static Status mask_lengths(Exec *x, const Tensor *t, const Tensor *mask, Tensor **lengths, bool *aligned)
{
	if (tensor_dtype(mask) != DT_BOOL)
		return xfail(x, "Expected mask to be of ScalarType Bool, but got %s instead.", dtype_class_name(tensor_dtype(mask)));
	if (mask->ndim != 2)
		return xfail(x, "Padding mask should be 2D");
	if (t->ndim != 3)
		return xfail(x, "Input should be a 3D tensor, N * L * D");
	if (t->sizes[0] != mask->sizes[0] || t->sizes[1] != mask->sizes[1])
		return xfail(x, "Mask size should match input size");
	Tensor *dense = NULL;
	TRY(cpu_contiguous(x, mask, &dense));
	Status s = tensor_empty(DT_I64, mask->sizes, 1, lengths, x->err);
	const uint8_t *m = tensor_data(dense);
	*aligned = true;
	for (int64_t i = 0; i < mask->sizes[0] && s == STATUS_OK; i++) {
		int64_t n = 0;
		for (int64_t j = 0; j < mask->sizes[1]; j++, m++) {
			*aligned &= !*m || n == j;
			n += *m != 0;
		}
		((int64_t *)tensor_data(*lengths))[i] = n;
	}
	tensor_unref(&dense);
	return s;
}

KERNEL(_nested_tensor_from_mask_left_aligned)
{
	Tensor *lengths = NULL;
	bool aligned;
	TRY(mask_lengths(x, arg_tensor(args[0]), arg_tensor(args[1]), &lengths, &aligned));
	tensor_unref(&lengths);
	rets[0] = iv_bool(aligned);
	return STATUS_OK;
}

KERNEL(_nested_tensor_from_mask)
{
	Tensor *lengths = NULL;
	bool aligned;
	TRY(mask_lengths(x, arg_tensor(args[0]), arg_tensor(args[1]), &lengths, &aligned));
	if (arg_bool(args[2]) && !aligned) {
		tensor_unref(&lengths);
		return xfail(x, "Mask must be left-aligned without gaps");
	}
	Tensor *out = tensor_alias(arg_tensor(args[0]));
	quantizer_unref(&out->quant);
	out->quant = xcalloc(1, sizeof *out->quant);
	out->quant->refs = 1;
	out->quant->scales = lengths;
	return ret_tensor(rets, out);
}

KERNEL(_nested_tensor_size)
{
	const Tensor *t = arg_tensor(args[0]);
	const Tensor *lengths = nested_lengths(t);
	if (!lengths)
		return xfail(x, "_nested_tensor_size expects a nested tensor");
	Tensor *out = NULL;
	TRY(tensor_empty(DT_I64, (int64_t[]){t->sizes[0], t->ndim - 1}, 2, &out, x->err));
	int64_t *p = tensor_data(out);
	for (int64_t i = 0; i < t->sizes[0]; i++) {
		*p++ = ((const int64_t *)tensor_data(lengths))[i];
		for (int d = 2; d < t->ndim; d++)
			*p++ = t->sizes[d];
	}
	return ret_tensor(rets, out);
}

// (nested, padding value, sizes of the result or None: as long as the longest row)
static Status to_padded(Exec *x, const IValue *args, IValue *rets)
{
	const Tensor *t = arg_tensor(args[0]);
	if (!nested_lengths(t))
		return xfail(x, "to_padded_tensor expects a nested tensor");
	const int64_t *lengths = tensor_data(nested_lengths(t));
	int64_t sizes[3] = {t->sizes[0], 0, t->sizes[2]};
	for (int64_t i = 0; i < t->sizes[0]; i++)
		sizes[1] = lengths[i] > sizes[1] ? lengths[i] : sizes[1];
	if (args[2].tag == TAG_LIST) {
		const ListObj *want = args[2].list;
		if (want->n != 3)
			return xfail(x, "Length of output_size (%" PRId64 ") must equal dimension of nested tensor (3)", want->n);
		for (int d = 0; d < 3; d++) {
			if (want->items[d].i < sizes[d])
				return xfail(x, "Value in output_size is less than NestedTensor padded size. Truncation is not supported.");
			sizes[d] = want->items[d].i;
		}
	}
	Tensor *dense = NULL, *out = NULL, *raw = tensor_over(t->storage, tensor_dtype(t), t->sizes, t->strides, t->ndim, t->offset);
	Status s = cpu_contiguous(x, raw, &dense);
	tensor_unref(&raw);
	if (s == STATUS_OK)
		s = tensor_empty(tensor_dtype(t), sizes, 3, &out, x->err);
	if (s == STATUS_OK) {
		size_t size = dtype_size(tensor_dtype(t));
		char *to = tensor_data(out);
		const char *from = tensor_data(dense);
		for (int64_t i = 0; i < out->numel; i++)
			element_set_f64(to + (size_t)i * size, tensor_dtype(t), arg_float(args[1]));
		for (int64_t i = 0; i < t->sizes[0]; i++)
			for (int64_t j = 0; j < lengths[i]; j++)
				memcpy(to + (size_t)((i * sizes[1] + j) * sizes[2]) * size,
					from + (size_t)((i * t->sizes[1] + j) * t->sizes[2]) * size, (size_t)t->sizes[2] * size);
	}
	tensor_unref(&dense);
	return s == STATUS_OK ? ret_tensor(rets, out) : s;
}
KERNEL(to_padded_tensor) { return to_padded(x, args, rets); }
KERNEL(nested_to_padded_tensor) { return to_padded(x, args, rets); }
