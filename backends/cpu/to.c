// SPDX-License-Identifier: BSD-3-Clause
// Conversions of whole tensors: to, type_as, contiguous, clone, copy_; and facts that follow from a dtype.
#include "backends/cpu/factory.h"
#include "backends/cpu/number.h"
#include "backends/cpu/pointwise.h"

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

bool tensor_has_format(const Tensor *t, int64_t format)
{
	switch (format) {
	case FORMAT_CONTIGUOUS: return tensor_is_contiguous(t);
	case FORMAT_CHANNELS_LAST: return t->ndim == 4 && tensor_is_channels_last(t);
	case FORMAT_CHANNELS_LAST_3D: return t->ndim == 5 && tensor_is_channels_last(t);
	default: return true;
	}
}

Status cpu_to(Exec *x, const Tensor *t, DType d, Device dev, int64_t format, bool copy, Tensor **out)
{
	if (!copy && tensor_dtype(t) == d && tensor_device(t) == dev && tensor_has_format(t, format)) {
		*out = tensor_ref((Tensor *)t);
		return STATUS_OK;
	}
	if (tensor_device(t) == DEVICE_META && dev != DEVICE_META)
		return xfail(x, "Cannot copy out of meta tensor; no data!");
	Tensor *r;
	TRY(factory_like(x, t, d, dev, format, &r));
	if (t->quant && d == tensor_dtype(t))
		r->quant = quantizer_ref(t->quant);
	Status s = cpu_copy(x, r, t);
	if (s != STATUS_OK)
		tensor_unref(&r);
	else
		*out = r;
	return s;
}

// dtype and device may be None; the last three are flags and format by value.
static Status to(Exec *x, const Tensor *self, IValue dtype, IValue device, bool copy, IValue format, IValue *rets)
{
	DType d;
	Device dev;
	Tensor *t;
	TRY(arg_dtype(x, dtype, tensor_dtype(self), &d));
	TRY(arg_device(x, device, tensor_device(self), &dev));
	TRY(cpu_to(x, self, d, dev, arg_int_or(format, FORMAT_PRESERVE), copy, &t));
	return ret_tensor(rets, t);
}

KERNEL(to_device) { (void)nargs; return to(x, args[0].tensor, args[2], args[1], arg_bool(args[4]), args[5], rets); }
KERNEL(to_dtype) { (void)nargs; return to(x, args[0].tensor, args[1], iv_none(), arg_bool(args[3]), args[4], rets); }
KERNEL(to_other)
{
	(void)nargs;
	const Tensor *other = args[1].tensor;
	return to(x, args[0].tensor, iv_int(other->dtype), iv_device(tensor_device(other)), arg_bool(args[3]), args[4], rets);
}
static Status strided_only(Exec *x, IValue layout)
{
	return iv_is_none(layout) || layout.i == 0 ? STATUS_OK
		: fail(x->err, STATUS_UNSUPPORTED, "only the strided layout can be made here");
}
KERNEL(to_dtype_layout)
{
	(void)nargs;
	TRY(strided_only(x, args[2]));
	return to(x, args[0].tensor, args[1], args[3], arg_bool(args[6]), args[7], rets);
}
KERNEL(to_prim_Device) { (void)nargs; return to(x, args[0].tensor, args[2], args[1], arg_bool(args[4]), iv_none(), rets); }
KERNEL(to_prim_dtype) { (void)nargs; return to(x, args[0].tensor, args[1], iv_none(), arg_bool(args[3]), iv_none(), rets); }
KERNEL(to_prim_other) { (void)nargs; return to(x, args[0].tensor, iv_none(), iv_none(), arg_bool(args[2]), iv_none(), rets); }
KERNEL(_to_copy)
{
	(void)nargs;
	TRY(strided_only(x, args[2]));
	return to(x, args[0].tensor, args[1], args[3], true, args[6], rets);
}
KERNEL(type_as)
{
	(void)nargs;
	const Tensor *other = args[1].tensor;
	return to(x, args[0].tensor, iv_int(other->dtype), iv_device(tensor_device(other)), false, iv_none(), rets);
}
#define CAST(NAME, DTYPE)                                                                               \
	KERNEL(_cast_##NAME) { (void)nargs; return to(x, args[0].tensor, iv_int(DTYPE), iv_none(), false, iv_none(), rets); }
CAST(Byte, DT_U8)
CAST(Char, DT_I8)
CAST(Double, DT_F64)
CAST(Float, DT_F32)
CAST(Half, DT_F16)
CAST(Int, DT_I32)
CAST(Long, DT_I64)
CAST(Short, DT_I16)
KERNEL(chalf) { (void)nargs; return to(x, args[0].tensor, iv_int(DT_C32), iv_none(), false, args[1], rets); }
KERNEL(cpu) { (void)nargs; return to(x, args[0].tensor, iv_none(), iv_device(DEVICE_CPU), false, iv_none(), rets); }
KERNEL(cuda)
{
	(void)nargs;
	return to(x, args[0].tensor, iv_none(), iv_device((DEVICE_TYPE_CUDA << 8) | 1), false, iv_none(), rets);
}
KERNEL(_autocast_to_full_precision)
{
	(void)nargs;
	DType d = tensor_dtype(args[0].tensor);
	bool half = arg_bool(args[2]) && (d == DT_F16 || d == DT_BF16);
	return to(x, args[0].tensor, half ? iv_int(DT_F32) : iv_none(), iv_none(), false, iv_none(), rets);
}
KERNEL(_autocast_to_reduced_precision)
{
	(void)nargs;
	bool full = arg_bool(args[2]) && tensor_dtype(args[0].tensor) == DT_F32;
	return to(x, args[0].tensor, full ? args[4] : iv_none(), iv_none(), false, iv_none(), rets);
}

KERNEL(contiguous)
{
	(void)nargs;
	if (arg_int(args[1]) == FORMAT_PRESERVE)
		return xfail(x, "preserve memory format is unsupported by the contiguous operator");
	return to(x, args[0].tensor, iv_none(), iv_none(), false, args[1], rets);
}
KERNEL(clone) { (void)nargs; return to(x, args[0].tensor, iv_none(), iv_none(), true, args[1], rets); }

KERNEL(copy_)
{
	(void)nargs;
	Tensor *self = args[0].tensor;
	if (args[1].tag == TAG_TENSOR) {
		if (self != args[1].tensor)
			TRY(check_internal_overlap(x, self));
		TRY(cpu_copy(x, self, args[1].tensor));
	} else {
		TRY(cpu_fill(x, self, args[1]));
	}
	rets[0] = ivalue_ref(args[0]);
	return STATUS_OK;
}
KERNEL(copy)
{
	(void)nargs;
	Tensor *self = args[0].tensor, *t;
	TRY(factory_like(x, self, tensor_dtype(self), tensor_device(self), FORMAT_PRESERVE, &t));
	Status s = cpu_copy(x, t, args[1].tensor);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		rets[0] = iv_take_tensor(t);
	return s;
}

// ---- facts
#define FACT(NAME, E)                                                                                   \
	KERNEL(NAME)                                                                                    \
	{                                                                                               \
		const Tensor *t = args[0].tensor;                                                       \
		(void)x, (void)nargs, (void)t;                                                          \
		rets[0] = E;                                                                            \
		return STATUS_OK;                                                                       \
	}
FACT(is_complex, iv_bool(dtype_is_complex(tensor_dtype(t))))
FACT(is_floating_point, iv_bool(dtype_is_float(tensor_dtype(t))))
FACT(is_signed, iv_bool(tensor_dtype(t) != DT_BOOL && tensor_dtype(t) != DT_U8 && !(tensor_dtype(t) >= DT_U16 && tensor_dtype(t) <= DT_U64)))
FACT(is_conj, iv_bool(t->conj))
FACT(is_neg, iv_bool(t->neg))
FACT(is_same_size, iv_bool(sizes_equal(t, args[1].tensor)))
FACT(is_non_overlapping_and_dense, iv_bool(tensor_is_dense(t)))
FACT(is_strides_like_format, iv_bool(tensor_has_format(t, arg_int(args[1]))))
FACT(is_inference, iv_bool(false))
FACT(is_pinned, iv_bool(false))
FACT(is_distributed, iv_bool(false))
FACT(element_size, iv_int((int64_t)dtype_size(tensor_dtype(t))))

KERNEL(is_set_to)
{
	(void)x, (void)nargs;
	const Tensor *a = args[0].tensor, *b = args[1].tensor;
	bool same = a->storage == b->storage && a->offset == b->offset && sizes_equal(a, b);
	for (int i = 0; same && i < a->ndim; i++)
		same = a->strides[i] == b->strides[i];
	rets[0] = iv_bool(same);
	return STATUS_OK;
}

KERNEL(can_cast)
{
	(void)nargs;
	DType a, b;
	TRY(arg_dtype(x, args[0], DT_NONE, &a));
	TRY(arg_dtype(x, args[1], DT_NONE, &b));
	rets[0] = iv_bool(dtype_can_cast(a, b));
	return STATUS_OK;
}
KERNEL(promote_types)
{
	(void)nargs;
	DType a, b;
	TRY(arg_dtype(x, args[0], DT_NONE, &a));
	TRY(arg_dtype(x, args[1], DT_NONE, &b));
	DType d = dtype_promote(a, b);
	if (d == DT_NONE)
		return xfail(x, "Promotion for %s and %s types is not supported", dtype_class_name(a), dtype_class_name(b));
	rets[0] = iv_int(d);
	return STATUS_OK;
}
static Status result_type(Exec *x, const IValue *args, IValue *rets)
{
	DType d = point_common_dtype(x, args, 2);
	if (d == DT_NONE)
		return x->err->code;
	rets[0] = iv_int(d);
	return STATUS_OK;
}
KERNEL(result_type_Tensor) { (void)nargs; return result_type(x, args, rets); }
KERNEL(result_type_Scalar) { (void)nargs; return result_type(x, args, rets); }
KERNEL(result_type_Scalar_Tensor) { (void)nargs; return result_type(x, args, rets); }
KERNEL(result_type_Scalar_Scalar) { (void)nargs; return result_type(x, args, rets); }

static Status one_element(Exec *x, const Tensor *t)
{
	if (t->numel != 1)
		return xfail(x, "a Tensor with %lld elements cannot be converted to Scalar", (long long)t->numel);
	if (tensor_device(t) == DEVICE_META)
		return xfail(x, "Tensor.item() cannot be called on meta tensors");
	return STATUS_OK;
}
KERNEL(item)
{
	(void)nargs;
	TRY(one_element(x, args[0].tensor));
	rets[0] = number_from_element(tensor_data(args[0].tensor), tensor_dtype(args[0].tensor));
	return STATUS_OK;
}
KERNEL(_local_scalar_dense) { return op_item(x, args, nargs, rets); }
KERNEL(is_nonzero)
{
	(void)nargs;
	const Tensor *t = args[0].tensor;
	if (t->numel == 0)
		return xfail(x, "Boolean value of Tensor with no values is ambiguous");
	if (t->numel > 1)
		return xfail(x, "Boolean value of Tensor with more than one value is ambiguous");
	TRY(one_element(x, t));
	double re, im;
	element_c128(tensor_data(t), tensor_dtype(t), &re, &im);
	rets[0] = iv_bool(re != 0 || im != 0);
	return STATUS_OK;
}
