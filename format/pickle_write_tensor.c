// SPDX-License-Identifier: BSD-3-Clause
// Tensors as calls of PyTorch's rebuild functions on storages.  A storage is named by a number; its bytes go elsewhere.
#include <stdio.h>

#include "core/arena.h"
#include "format/elements.h"
#include "format/pickle_put.h"

static void put_storage_type(PickleWriter *w, DType d)
{
	char name[64];
	snprintf(name, sizeof name, "%sStorage", dtype_class_name(d));
	put_global(w, "torch", name);
}

// Element types that PyTorch has no storage class for: their storages are written as bytes.
static bool has_untyped_storage(const PickleWriter *w, DType d)
{
	return w->dialect == PICKLE_SAVE && (d == DT_C32 || d == DT_U16 || d == DT_U32 || d == DT_U64);
}

// One past the last element that t can name.
static int64_t tensor_extent(const Tensor *t)
{
	int64_t end = t->offset;
	for (int i = 0; i < t->ndim; i++) {
		if (t->sizes[i] == 0)
			return 0;
		end += (t->sizes[i] - 1) * t->strides[i];
	}
	return end + 1;
}

// Key of a storage: its place in the list of storages, where it is put if it is new.
static int storage_number(PickleWriter *w, Storage *s, bool *fresh)
{
	const struct { Storage *s; intptr_t dtype; } key = {s, -1};
	uintptr_t known = (uintptr_t)map_getn(&w->typed, (const char *)&key, sizeof key);
	*fresh = !known;
	if (known)
		return (int)(known - 1);
	VEC_PUSH(w->storages, w->nstorages, w->cap_storages, storage_ref(s));
	map_setn(&w->typed, (const char *)&key, sizeof key, (void *)(uintptr_t)w->nstorages);
	return w->nstorages - 1;
}

static Status put_storage(PickleWriter *w, const Tensor *t)
{
	DType d = tensor_dtype(t);
	bool untyped = has_untyped_storage(w, d), meta = tensor_device(t) == DEVICE_META, fresh;
	const struct { Storage *s; intptr_t dtype; } key = {t->storage, d};
	if (!meta && recall(w, &w->typed, &key, sizeof key))
		return STATUS_OK;
	int number = storage_number(w, t->storage, &fresh);
	if (!fresh && !meta && w->dialect == PICKLE_SAVE)
		return fail(w->err, STATUS_RUNTIME, "Cannot save multiple tensors or storages that view the same data as "
			"different types");
	char name[16];
	snprintf(name, sizeof name, "%d", number);
	put_op(w, PK_MARK);
	TRY(put_cstr(w, "storage"));
	if (untyped)
		put_global(w, "torch.storage", "UntypedStorage");
	else
		put_storage_type(w, d);
	TRY(put_cstr(w, name));
	TRY(put_cstr(w, meta ? "meta" : "cpu"));
	put_int(w, meta ? tensor_extent(t) : (int64_t)(untyped ? t->storage->nbytes : t->storage->nbytes / dtype_size(d)));
	put_op(w, PK_TUPLE);
	put_op(w, PK_BINPERSID);
	if (!meta)
		remember(w, &w->typed, &key, sizeof key);
	return STATUS_OK;
}

static Status put_quantizer(PickleWriter *w, const Quantizer *q)
{
	static const char *const names[] = {
		[Q_PER_TENSOR_AFFINE] = "per_tensor_affine", [Q_PER_CHANNEL_AFFINE] = "per_channel_affine",
		[Q_PER_TENSOR_SYMMETRIC] = "per_tensor_symmetric", [Q_PER_CHANNEL_SYMMETRIC] = "per_channel_symmetric",
		[Q_PER_CHANNEL_FLOAT] = "per_channel_affine_float_qparams"};
	QScheme scheme = q->scheme;
	// The label that torch.save gives it; the float scales tell the two apart.
	if (scheme == Q_PER_CHANNEL_FLOAT && w->dialect == PICKLE_SAVE)
		scheme = Q_PER_CHANNEL_AFFINE;
	put_op(w, PK_MARK);
	put_global(w, "torch", names[scheme]);
	if (q->scales) {
		TRY(put_value(w, (IValue){.tensor = q->scales, .tag = TAG_TENSOR}));
		TRY(put_value(w, (IValue){.tensor = q->zero_points, .tag = TAG_TENSOR}));
		put_int(w, q->axis);
	} else {
		put_float(w, q->scale);
		put_int(w, q->zero_point);
	}
	put_op(w, PK_TUPLE);
	return STATUS_OK;
}

static Status put_meta_tensor(PickleWriter *w, const Tensor *t)
{
	put_global(w, "torch._utils", "_rebuild_meta_tensor_no_storage");
	put_op(w, PK_MARK);
	put_dtype(w, tensor_dtype(t));
	put_dims(w, t->sizes, t->ndim);
	put_dims(w, t->strides, t->ndim);
	put_bool(w, t->requires_grad && !t->is_parameter);
	put_op(w, PK_TUPLE);
	put_op(w, PK_REDUCE);
	return STATUS_OK;
}

static Status put_flags(PickleWriter *w, const Tensor *t)
{
	put_op(w, PK_EMPTY_DICT);
	put_op(w, PK_MARK);
	if (t->conj) {
		TRY(put_cstr(w, "conj"));
		put_bool(w, true);
	}
	if (t->neg) {
		TRY(put_cstr(w, "neg"));
		put_bool(w, true);
	}
	put_op(w, PK_SETITEMS);
	return STATUS_OK;
}

static Status put_strided(PickleWriter *w, const Tensor *t)
{
	DType d = tensor_dtype(t);
	bool v3 = has_untyped_storage(w, d), save = w->dialect == PICKLE_SAVE;
	put_global(w, "torch._utils", t->quant ? "_rebuild_qtensor" : v3 ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2");
	put_op(w, PK_MARK);
	TRY(put_storage(w, t));
	put_int(w, t->offset);
	put_dims(w, t->sizes, t->ndim);
	put_dims(w, t->strides, t->ndim);
	if (t->quant)
		TRY(put_quantizer(w, t->quant));
	put_bool(w, t->requires_grad && !(save && t->is_parameter));
	put_no_hooks(w);
	if (v3)
		put_dtype(w, d);
	if (t->conj || t->neg)
		TRY(put_flags(w, t));
	put_op(w, PK_TUPLE);
	put_op(w, PK_REDUCE);
	return STATUS_OK;
}

Status put_tensor(PickleWriter *w, Tensor *t)
{
	DType d = tensor_dtype(t);
	bool save = w->dialect == PICKLE_SAVE, meta = tensor_device(t) == DEVICE_META;
	if (d == DT_QU4X2 || d == DT_QU2X4)
		return fail(w->err, STATUS_UNSUPPORTED, "pickle: tensors of dtype %s", dtype_name(d));
	if (t->quant && !dtype_is_quantized(d))
		return fail(w->err, STATUS_UNSUPPORTED, "pickle: nested tensors");
	if (!meta && tensor_device(t) != DEVICE_CPU) {
		char device[32];
		device_format(tensor_device(t), device);
		return fail(w->err, STATUS_UNSUPPORTED, "pickle: a tensor on device '%s'; move it to the CPU first", device);
	}
	// PyTorch before 2.0 reads the lazy bits of neither dialect; TorchScript's archives are for all of them.
	Tensor *plain = NULL;
	if (!save && !meta && (t->conj || t->neg)) {
		TRY(tensor_flatten(t, &plain, w->err));
		VEC_PUSH(w->kept, w->nkept, w->cap_kept, iv_take_tensor(plain));
		t = plain;
	}
	if (save && t->is_parameter)
		put_global(w, "torch._utils", "_rebuild_parameter");
	TRY(save && meta ? put_meta_tensor(w, t) : put_strided(w, t));
	if (save && t->is_parameter) {
		put_bool(w, t->requires_grad);
		put_no_hooks(w);
		put_op(w, PK_TUPLE3);
		put_op(w, PK_REDUCE);
	}
	return STATUS_OK;
}
