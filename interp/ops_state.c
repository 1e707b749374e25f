// SPDX-License-Identifier: BSD-3-Clause
// How a tensor stands to gradients, storage and devices: questions and switches that touch no element.
// No graph of derivatives is kept, so every tensor is a leaf.
#include "interp/ops.h"

#include "backends/cpu/cpu.h"

KERNEL(is_leaf) { return ret_bool(rets, true); }
KERNEL(output_nr) { return ret_int(rets, 0); }
KERNEL(_version) { return ret_int(rets, 0); }
KERNEL(retain_grad) { return STATUS_OK; }
KERNEL(retains_grad) { return ret_bool(rets, false); }
KERNEL(_is_zerotensor) { return ret_bool(rets, false); }
KERNEL(is_coalesced) { return ret_bool(rets, false); }
KERNEL(get_device) { return ret_int(rets, (tensor_device(args[0].tensor) & 0xff) - 1); }
KERNEL(dense_dim) { return ret_int(rets, args[0].tensor->ndim); }
KERNEL(sparse_dim) { return ret_int(rets, 0); }

KERNEL(requires_grad_)
{
	Tensor *t = args[0].tensor;
	if (arg_bool(args[1]) && !dtype_is_float(tensor_dtype(t)) && !dtype_is_complex(tensor_dtype(t)))
		return xfail(x, "only Tensors of floating point dtype can require gradients");
	t->requires_grad = arg_bool(args[1]);
	return ret_value(rets, ivalue_ref(args[0]));
}

KERNEL(set_data) // x.data = y
{
	Tensor *t = args[0].tensor, *n = args[1].tensor;
	tensor_set_storage(t, n->storage, tensor_dtype(n));
	tensor_set_geometry(t, n->sizes, n->strides, n->ndim, n->offset);
	t->conj = n->conj;
	t->neg = n->neg;
	Quantizer *old = t->quant;
	t->quant = quantizer_ref(n->quant);
	quantizer_unref(&old);
	return STATUS_OK;
}

KERNEL(_has_same_storage_numel)
{
	const Tensor *a = args[0].tensor, *b = args[1].tensor;
	return ret_bool(rets, a->storage->nbytes / dtype_size(tensor_dtype(a)) == b->storage->nbytes / dtype_size(tensor_dtype(b)));
}
KERNEL(_debug_has_internal_overlap) // 0 no, 1 yes, 2 too hard to say
{
	const Tensor *t = args[0].tensor;
	if (tensor_is_dense(t))
		return ret_int(rets, 0);
	for (int i = 0; i < t->ndim; i++)
		if (t->sizes[i] > 1 && t->strides[i] == 0)
			return ret_int(rets, 1);
	return ret_int(rets, 2);
}

// The same tensor seen through machinery that is not there.
KERNEL(_fw_primal) { return ret_tensor(rets, tensor_alias(args[0].tensor)); }
KERNEL(_make_dual) { return ret_tensor(rets, tensor_alias(args[0].tensor)); }
KERNEL(_to_cpu)
{
	ListObj *l = list_new(&type_tensor, args[0].list->n);
	IValue own = iv_take_list(l);
	for (int64_t i = 0; i < args[0].list->n; i++) {
		Status s = list_append_take(l, ivalue_ref(args[0].list->items[i]), x->err);
		if (s != STATUS_OK) {
			ivalue_unref(&own);
			return s;
		}
	}
	return ret_value(rets, own);
}

KERNEL(as_tensor)
{
	DType d;
	TRY(arg_dtype(x, args[1], tensor_dtype(args[0].tensor), &d));
	if (args[2].tag == TAG_DEVICE && args[2].device >> 8 != DEVICE_TYPE_CPU)
		return fail(x->err, STATUS_UNSUPPORTED, "as_tensor() to a device other than the CPU");
	Tensor *t;
	TRY(cpu_to_dtype(x, args[0].tensor, d, &t));
	return ret_tensor(rets, t);
}

KERNEL(copy__Tensor)
{
	TRY(cpu_copy(x, args[0].tensor, args[1].tensor));
	return ret_value(rets, ivalue_ref(args[0]));
}
static Status fill(Exec *x, const IValue *args, IValue *rets)
{
	TRY(cpu_fill(x, args[0].tensor, args[1]));
	return ret_value(rets, ivalue_ref(args[0]));
}
KERNEL(copy__int) { return fill(x, args, rets); }
KERNEL(copy__float) { return fill(x, args, rets); }

static Status metadata_differs(Exec *x, const char *what)
{
	return xfail(x, "Tensor %s mismatch!", what);
}
static bool ints_equal(IValue v, const int64_t *have, int n)
{
	if (v.tag != TAG_LIST || v.list->n != n)
		return false;
	for (int i = 0; i < n; i++)
		if (v.list->items[i].i != have[i])
			return false;
	return true;
}
KERNEL(_assert_tensor_metadata)
{
	const Tensor *t = args[0].tensor;
	if (args[1].tag != TAG_NONE && !ints_equal(args[1], t->sizes, t->ndim))
		return metadata_differs(x, "sizes");
	if (args[2].tag != TAG_NONE && !ints_equal(args[2], t->strides, t->ndim))
		return metadata_differs(x, "strides");
	if (args[3].tag != TAG_NONE && args[3].i != tensor_dtype(t))
		return metadata_differs(x, "dtype");
	if (args[4].tag != TAG_NONE && args[4].device != tensor_device(t))
		return metadata_differs(x, "device");
	return STATUS_OK;
}
