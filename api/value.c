// SPDX-License-Identifier: BSD-3-Clause
// Values as hosts see them: boxed IValues.
#include "api/handles.h"

#include "backends/cpu/cpu.h"
#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

wick_value *value_box(IValue v)
{
	wick_value *box = xcalloc(1, sizeof *box);
	box->refs = 1;
	box->v = v;
	return box;
}

wick_value *wick_value_ref(wick_value *v)
{
	if (v)
		v->refs++;
	return v;
}

void wick_value_free(wick_value *v)
{
	if (!v || --v->refs)
		return;
	ivalue_unref(&v->v);
	free(v);
}

wick_value *wick_none(void)
{
	return value_box(iv_none());
}

wick_value *wick_bool(bool v)
{
	return value_box(iv_bool(v));
}

wick_value *wick_int(int64_t v)
{
	return value_box(iv_int(v));
}

wick_value *wick_float(double v)
{
	return value_box(iv_float(v));
}

wick_value *wick_complex(double re, double im)
{
	return value_box(iv_complex(re, im));
}

wick_value *wick_string(const char *s, size_t n)
{
	return value_box(iv_str(s, n));
}

// The element type of a list or dict made by a host.  Types of compound elements live in a pool that the
// container keeps alive.
static const Type *common_type(TypePool *pool, wick_value *const *items, size_t n)
{
	const Type *t = NULL;
	for (size_t i = 0; i < n; i++) {
		const Type *item = ivalue_type(pool, items[i]->v);
		t = t ? type_unify(pool, t, item, false) : item;
		if (!t)
			return &type_any;
	}
	return t ? t : &type_tensor; // an empty list is a List[Tensor], as in the language
}

wick_value *wick_list(wick_value *const *items, size_t n)
{
	TypePool *pool = type_pool_new();
	ListObj *l = list_new(common_type(pool, items, n), (int64_t)n);
	type_pool_unref(&pool);
	for (size_t i = 0; i < n; i++)
		l->items[l->n++] = ivalue_ref(items[i]->v);
	return value_box(iv_take_list(l));
}

wick_value *wick_tuple(wick_value *const *items, size_t n)
{
	TupleObj *t = tuple_new((int64_t)n, NULL);
	for (size_t i = 0; i < n; i++)
		t->items[i] = ivalue_ref(items[i]->v);
	return value_box(iv_take_tuple(t));
}

wick_value *wick_dict(wick_context *cx, wick_value *const *keys, wick_value *const *values, size_t n)
{
	error_clear(&cx->err);
	TypePool *pool = type_pool_new();
	const Type *key = n ? common_type(pool, keys, n) : &type_str, *value = common_type(pool, values, n);
	DictObj *d = dict_new(key, value);
	type_pool_unref(&pool);
	IValue dict = iv_take_dict(d);
	for (size_t i = 0; i < n; i++) {
		if (dict_set_take(d, ivalue_ref(keys[i]->v), ivalue_ref(values[i]->v), &cx->err) != STATUS_OK) {
			ivalue_unref(&dict);
			return NULL;
		}
	}
	return value_box(dict);
}

wick_value *wick_tensor(wick_context *cx, wick_dtype dtype, int ndim, const int64_t *sizes, const void *data)
{
	error_clear(&cx->err);
	Tensor *t;
	if (tensor_empty((DType)dtype, sizes, ndim, &t, &cx->err) != STATUS_OK)
		return NULL;
	size_t bytes = (size_t)t->numel * dtype_size((DType)dtype);
	if (data && bytes)
		memcpy(tensor_data(t), data, bytes);
	else if (bytes)
		memset(tensor_data(t), 0, bytes);
	return value_box(iv_take_tensor(t));
}

typedef struct HostMemory {
	void (*release)(void *user);
	void *user;
} HostMemory;

static void release_host(void *owner, void *data, size_t nbytes)
{
	(void)data;
	(void)nbytes;
	HostMemory *h = owner;
	if (h->release)
		h->release(h->user);
	free(h);
}

wick_value *wick_tensor_wrap(wick_context *cx, wick_dtype dtype, int ndim, const int64_t *sizes,
	const int64_t *strides, void *data, void (*release)(void *user), void *user)
{
	error_clear(&cx->err);
	int64_t own[MAX_DIMS], last = 0, numel;
	size_t size = dtype_size((DType)dtype);
	if (ndim < 0 || ndim > MAX_DIMS || !size || !sizes_product(sizes, ndim, &numel)) {
		fail(&cx->err, STATUS_ARGUMENT, "wick_tensor_wrap: a dtype Wick has, 0 to %d dimensions and a shape that fits in memory are wanted",
			MAX_DIMS);
		return NULL;
	}
	if ((uintptr_t)data % (size > 8 ? 8 : size)) {
		fail(&cx->err, STATUS_ARGUMENT, "wick_tensor_wrap: data is not aligned to the element size %zu", size);
		return NULL;
	}
	if (!strides) {
		contiguous_strides(sizes, ndim, own);
		strides = own;
	}
	for (int i = 0; i < ndim; i++) {
		int64_t reach;
		if (sizes[i] < 0 || strides[i] < 0 || __builtin_mul_overflow(sizes[i] ? sizes[i] - 1 : 0, strides[i], &reach) ||
			__builtin_add_overflow(last, reach, &last) || last > INT64_MAX / 32) {
			fail(&cx->err, STATUS_ARGUMENT, "wick_tensor_wrap: sizes and strides must not be negative or overflow");
			return NULL;
		}
	}
	HostMemory *h = xmalloc(sizeof *h);
	*h = (HostMemory){release, user};
	Storage *s = storage_wrap(data, numel ? (size_t)(last + 1) * size : 0, release_host, h);
	Tensor *t = tensor_over(s, (DType)dtype, sizes, strides, ndim, 0);
	storage_unref(&s);
	return value_box(iv_take_tensor(t));
}

wick_kind wick_value_kind(const wick_value *v)
{
	static const wick_kind kinds[] = {
		[TAG_NONE] = WICK_KIND_NONE, [TAG_BOOL] = WICK_KIND_BOOL, [TAG_INT] = WICK_KIND_INT,
		[TAG_FLOAT] = WICK_KIND_FLOAT, [TAG_DEVICE] = WICK_KIND_DEVICE, [TAG_UNINIT] = WICK_KIND_OTHER,
		[TAG_TENSOR] = WICK_KIND_TENSOR, [TAG_COMPLEX] = WICK_KIND_COMPLEX, [TAG_STR] = WICK_KIND_STRING,
		[TAG_LIST] = WICK_KIND_LIST, [TAG_DICT] = WICK_KIND_DICT, [TAG_TUPLE] = WICK_KIND_TUPLE,
		[TAG_OBJECT] = WICK_KIND_OBJECT, [TAG_ENUM] = WICK_KIND_ENUM, [TAG_GENERATOR] = WICK_KIND_OTHER,
		[TAG_FUTURE] = WICK_KIND_OTHER, [TAG_CAPSULE] = WICK_KIND_OTHER, [TAG_HOST] = WICK_KIND_OTHER,
	};
	return kinds[v->v.tag];
}

bool wick_get_bool(const wick_value *v)
{
	return v->v.tag == TAG_BOOL && v->v.i;
}

int64_t wick_get_int(const wick_value *v)
{
	return v->v.tag == TAG_INT || v->v.tag == TAG_BOOL ? v->v.i : 0;
}

double wick_get_float(const wick_value *v)
{
	return iv_is_number(v->v) ? iv_as_f64(v->v) : 0;
}

void wick_get_complex(const wick_value *v, double *re, double *im)
{
	*re = wick_get_float(v);
	*im = v->v.tag == TAG_COMPLEX ? v->v.complex_->im : 0;
}

const char *wick_get_string(const wick_value *v, size_t *size)
{
	if (v->v.tag != TAG_STR)
		return NULL;
	if (size)
		*size = (size_t)v->v.str->n;
	return v->v.str->s;
}

size_t wick_size(const wick_value *v)
{
	switch (v->v.tag) {
	case TAG_LIST: return (size_t)v->v.list->n;
	case TAG_TUPLE: return (size_t)v->v.tuple->n;
	case TAG_DICT: return (size_t)v->v.dict->n;
	default: return 0;
	}
}

static const DictEntry *dict_entry(const wick_value *v, size_t i)
{
	int64_t pos = 0;
	const DictEntry *e = NULL;
	if (v->v.tag != TAG_DICT)
		return NULL;
	for (size_t k = 0; k <= i; k++)
		if (!(e = dict_next(v->v.dict, &pos)))
			return NULL;
	return e;
}

wick_value *wick_item(const wick_value *v, size_t i)
{
	if (i >= wick_size(v))
		return NULL;
	switch (v->v.tag) {
	case TAG_LIST: return value_box(ivalue_ref(v->v.list->items[i]));
	case TAG_TUPLE: return value_box(ivalue_ref(v->v.tuple->items[i]));
	default: return value_box(ivalue_ref(dict_entry(v, i)->value));
	}
}

wick_value *wick_key(const wick_value *v, size_t i)
{
	const DictEntry *e = dict_entry(v, i);
	return e ? value_box(ivalue_ref(e->key)) : NULL;
}

wick_value *wick_get(const wick_value *v, const char *key)
{
	if (v->v.tag == TAG_DICT) {
		IValue k = iv_cstr(key);
		IValue *found = dict_find(v->v.dict, k);
		ivalue_unref(&k);
		return found ? value_box(ivalue_ref(*found)) : NULL;
	}
	if (v->v.tag == TAG_OBJECT) {
		int i = class_find_attr(v->v.object->type->cls, key);
		return i >= 0 && i < v->v.object->nslots ? value_box(ivalue_ref(v->v.object->slots[i])) : NULL;
	}
	return NULL;
}

wick_dtype wick_tensor_dtype(const wick_value *v)
{
	return v->v.tag == TAG_TENSOR ? (wick_dtype)v->v.tensor->dtype : WICK_FLOAT32;
}

int wick_tensor_ndim(const wick_value *v)
{
	return v->v.tag == TAG_TENSOR ? v->v.tensor->ndim : 0;
}

const int64_t *wick_tensor_sizes(const wick_value *v)
{
	return v->v.tag == TAG_TENSOR ? v->v.tensor->sizes : NULL;
}

const int64_t *wick_tensor_strides(const wick_value *v)
{
	return v->v.tag == TAG_TENSOR ? v->v.tensor->strides : NULL;
}

int64_t wick_tensor_numel(const wick_value *v)
{
	return v->v.tag == TAG_TENSOR ? v->v.tensor->numel : 0;
}

void *wick_tensor_data(const wick_value *v)
{
	return v->v.tag == TAG_TENSOR && v->v.tensor->storage->data ? tensor_data(v->v.tensor) : NULL;
}

wick_status wick_tensor_read(wick_context *cx, const wick_value *v, void *out, size_t size)
{
	Call c;
	call_begin(&c, cx);
	Status s = STATUS_OK;
	Tensor *t = NULL;
	if (v->v.tag != TAG_TENSOR)
		s = fail(&cx->err, STATUS_ARGUMENT, "wick_tensor_read: a tensor is wanted");
	else if (size != (size_t)v->v.tensor->numel * dtype_size((DType)v->v.tensor->dtype))
		s = fail(&cx->err, STATUS_ARGUMENT, "wick_tensor_read: the tensor has %zu bytes, room for %zu was given",
			(size_t)v->v.tensor->numel * dtype_size((DType)v->v.tensor->dtype), size);
	else if (v->v.tensor->storage->device == DEVICE_META)
		s = fail(&cx->err, STATUS_ARGUMENT, "wick_tensor_read: a meta tensor has no data");
	else
		s = cpu_prepare(&c.exec, v->v.tensor, (DType)v->v.tensor->dtype, &t);
	if (s == STATUS_OK) {
		if (size)
			memcpy(out, tensor_data(t), size);
		tensor_unref(&t);
	}
	return call_end(&c, s);
}

char *wick_value_repr(const wick_value *v)
{
	Text t = {0};
	ivalue_repr(&t, v->v);
	return text_take(&t);
}

char *wick_value_str(const wick_value *v)
{
	Text t = {0};
	ivalue_print(&t, v->v);
	return text_take(&t);
}
