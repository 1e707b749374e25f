// SPDX-License-Identifier: BSD-3-Clause
// Copies a strided tensor element by element; files are written once, so plain loops do.
#include "format/elements.h"

static void copy_elements(const Tensor *t, uint8_t *dst)
{
	DType d = tensor_dtype(t);
	size_t item = dtype_size(d);
	const uint8_t *data = tensor_data(t);
	ElemIter it;
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t), dst += item) {
		memcpy(dst, data + it.offset * (int64_t)item, item);
		if (t->conj || t->neg) {
			_Alignas(16) uint8_t element[16];
			double re, im;
			memcpy(element, dst, item);
			element_c128(element, d, &re, &im);
			im = t->conj ? -im : im;
			element_set_c128(element, d, t->neg ? -re : re, t->neg ? -im : im);
			memcpy(dst, element, item);
		}
	}
}

Status tensor_flatten(Tensor *t, Tensor **out, Error *err)
{
	*out = NULL;
	if (tensor_device(t) != DEVICE_CPU) {
		char device[32];
		device_format(tensor_device(t), device);
		return fail(err, STATUS_UNSUPPORTED, "a tensor on device '%s' has no bytes in main memory", device);
	}
	if (tensor_is_contiguous(t) && !t->conj && !t->neg) {
		*out = tensor_ref(t);
		return STATUS_OK;
	}
	TRY(tensor_empty(tensor_dtype(t), t->sizes, t->ndim, out, err));
	copy_elements(t, tensor_data(*out));
	(*out)->requires_grad = t->requires_grad;
	(*out)->is_parameter = t->is_parameter;
	(*out)->quant = quantizer_ref(t->quant);
	return STATUS_OK;
}
