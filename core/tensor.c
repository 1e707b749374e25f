// SPDX-License-Identifier: BSD-3-Clause
// Storages and tensors: allocation, reference counts, views.  Tensor heads and small storages are kept on
// per-thread free lists, because a model that handles small tensors spends its time here.
#include "core/tensor.h"
#include "core/arena.h"
#include "core/budget.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- devices

static const char *const device_names[] = {
	"cpu", "cuda", "mkldnn", "opengl", "opencl", "ideep", "hip", "fpga", "maia", "xla", "vulkan", "metal", "xpu",
	"mps", "meta", "hpu", "ve", "lazy", "ipu", "mtia", "privateuseone",
};

Status device_parse(const char *s, size_t n, Device *out, Error *err)
{
	size_t name = 0;
	while (name < n && s[name] != ':')
		name++;
	for (size_t i = 0; i < sizeof device_names / sizeof device_names[0]; i++) {
		if (strlen(device_names[i]) != name || memcmp(device_names[i], s, name) != 0)
			continue;
		int index = 0;
		if (name < n) {
			if (name + 1 >= n || n - name > 4)
				break;
			for (size_t k = name + 1; k < n; k++) {
				if (s[k] < '0' || s[k] > '9')
					return fail(err, STATUS_RUNTIME, "Invalid device string: '%.*s'", (int)n, s);
				index = 10 * index + (s[k] - '0');
			}
			index++;
			if (index > 255)
				break;
		}
		*out = (Device)((int)i << 8 | index);
		return STATUS_OK;
	}
	bool word = name == n && n > 0;
	for (size_t k = 0; k < n && word; k++)
		word = (s[k] >= 'a' && s[k] <= 'z') || s[k] == '_';
	if (word)
		return fail(err, STATUS_RUNTIME, "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, "
			"maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: %.*s",
			(int)n, s);
	return fail(err, STATUS_RUNTIME, "Invalid device string: '%.*s'", (int)n, s);
}

void device_format(Device d, char buf[32])
{
	size_t type = (size_t)(d >> 8);
	const char *name = type < sizeof device_names / sizeof device_names[0] ? device_names[type] : "unknown";
	if (d & 255)
		snprintf(buf, 32, "%s:%d", name, (d & 255) - 1);
	else
		snprintf(buf, 32, "%s", name);
}

// ---- free lists

#define SMALL_BYTES 1024 // storages up to this size are recycled, data included
#define FREE_LIST_MAX 64

typedef struct SmallStorage {
	Storage head;
	_Alignas(64) uint8_t data[SMALL_BYTES];
} SmallStorage;

typedef struct FreeLists {
	void *tensors[FREE_LIST_MAX];
	void *smalls[FREE_LIST_MAX];
	int ntensors, nsmalls;
} FreeLists;

static _Thread_local FreeLists lists;

// A thread's lists are emptied when it ends; the main thread's at exit, so that leak checkers stay quiet.
#include <pthread.h>
static pthread_key_t lists_key;
static pthread_once_t lists_once = PTHREAD_ONCE_INIT;
static _Thread_local bool lists_registered, lists_closed;

static void lists_drain(void *unused)
{
	(void)unused;
	while (lists.ntensors)
		free(lists.tensors[--lists.ntensors]);
	while (lists.nsmalls)
		free(lists.smalls[--lists.nsmalls]);
	lists_closed = true;
}

static void lists_drain_main(void)
{
	lists_drain(NULL);
}

static void lists_key_make(void)
{
	pthread_key_create(&lists_key, lists_drain);
	atexit(lists_drain_main);
}

static bool lists_open(void)
{
	if (!lists_registered) {
		pthread_once(&lists_once, lists_key_make);
		pthread_setspecific(lists_key, &lists);
		lists_registered = true;
	}
	return !lists_closed;
}

// ---- storage

static void *aligned_bytes(size_t nbytes)
{
	void *p;
	if (nbytes > budget_default_cap() || posix_memalign(&p, 64, nbytes ? nbytes : 1))
		return NULL;
	return p;
}

static void small_release(void *owner, void *data, size_t nbytes)
{
	(void)owner;
	(void)data;
	(void)nbytes;
}

Status storage_new(size_t nbytes, Storage **out, Error *err)
{
	Budget *budget = budget_current();
	TRY(budget_charge(budget, nbytes, err));
	Storage *s;
	if (nbytes <= SMALL_BYTES) {
		SmallStorage *small = lists.nsmalls ? lists.smalls[--lists.nsmalls] : NULL;
		if (!small && posix_memalign((void **)&small, 64, sizeof *small)) {
			budget_credit(budget, nbytes);
			return fail_memory(err, nbytes);
		}
		s = &small->head;
		*s = (Storage){.data = small->data, .release = small_release};
	} else {
		void *data = aligned_bytes(nbytes);
		if (!data) {
			budget_credit(budget, nbytes);
			return fail_memory(err, nbytes);
		}
		s = xmalloc(sizeof *s);
		*s = (Storage){.data = data};
	}
	s->refs = 1;
	s->nbytes = nbytes;
	s->device = DEVICE_CPU;
	s->budget = budget_ref(budget);
	*out = s;
	return STATUS_OK;
}

Storage *storage_wrap(void *data, size_t nbytes, void (*release)(void *, void *, size_t), void *owner)
{
	Storage *s = xmalloc(sizeof *s);
	*s = (Storage){.refs = 1, .device = DEVICE_CPU, .data = data, .nbytes = nbytes, .release = release, .owner = owner};
	return s;
}

Storage *storage_ref(Storage *s)
{
	if (s)
		s->refs++;
	return s;
}

static void storage_drop_data(Storage *s)
{
	if (s->release == small_release)
		return;
	if (s->release)
		s->release(s->owner, s->data, s->nbytes);
	else
		free(s->data);
}

void storage_unref(Storage **ref)
{
	Storage *s = *ref;
	*ref = NULL;
	if (!s || --s->refs)
		return;
	budget_credit(s->budget, s->nbytes);
	budget_unref(&s->budget);
	storage_drop_data(s);
	// A small storage that was resized has its data elsewhere by now, but its block is still a small one.
	if (s->release == small_release && lists.nsmalls < FREE_LIST_MAX && lists_open())
		lists.smalls[lists.nsmalls++] = s;
	else
		free(s);
}

Status storage_resize(Storage *s, size_t nbytes, Error *err)
{
	if (s->device != DEVICE_CPU) {
		s->nbytes = nbytes;
		return STATUS_OK;
	}
	if (s->release == small_release && nbytes <= SMALL_BYTES) {
		TRY(budget_charge(s->budget, nbytes, err));
		budget_credit(s->budget, s->nbytes);
		s->nbytes = nbytes;
		return STATUS_OK;
	}
	TRY(budget_charge(s->budget, nbytes, err));
	void *data = aligned_bytes(nbytes);
	if (!data) {
		budget_credit(s->budget, nbytes);
		return fail_memory(err, nbytes);
	}
	if (s->nbytes)
		memcpy(data, s->data, s->nbytes < nbytes ? s->nbytes : nbytes);
	budget_credit(s->budget, s->nbytes);
	storage_drop_data(s);
	s->data = data;
	s->nbytes = nbytes;
	s->release = NULL; // a small block is freed as an ordinary one from now on
	s->owner = NULL;
	return STATUS_OK;
}

// ---- tensors

static Tensor *tensor_head(int ndim)
{
	Tensor *t = lists.ntensors ? lists.tensors[--lists.ntensors] : xmalloc(sizeof *t);
	memset(t, 0, offsetof(Tensor, inline_dims));
	t->refs = 1;
	t->ndim = (uint8_t)ndim;
	t->sizes = t->inline_dims;
	if (ndim > INLINE_DIMS)
		t->sizes = xmalloc(2 * (size_t)ndim * sizeof(int64_t));
	t->strides = t->sizes + (ndim > INLINE_DIMS ? ndim : INLINE_DIMS);
	return t;
}

Tensor *tensor_ref(Tensor *t)
{
	if (t)
		t->refs++;
	return t;
}

void tensor_unref(Tensor **ref)
{
	Tensor *t = *ref;
	*ref = NULL;
	if (!t || --t->refs)
		return;
	storage_unref(&t->storage);
	quantizer_unref(&t->quant);
	if (t->sizes != t->inline_dims)
		free(t->sizes);
	if (lists.ntensors < FREE_LIST_MAX && lists_open())
		lists.tensors[lists.ntensors++] = t;
	else
		free(t);
}

Quantizer *quantizer_ref(Quantizer *q)
{
	if (q)
		q->refs++;
	return q;
}

void quantizer_unref(Quantizer **ref)
{
	Quantizer *q = *ref;
	*ref = NULL;
	if (!q || --q->refs)
		return;
	tensor_unref(&q->scales);
	tensor_unref(&q->zero_points);
	free(q);
}

bool sizes_product(const int64_t *sizes, int ndim, int64_t *out)
{
	int64_t n = 1;
	bool zero = false, overflow = false;
	for (int i = 0; i < ndim; i++) {
		if (sizes[i] == 0)
			zero = true;
		else if (__builtin_mul_overflow(n, sizes[i], &n))
			overflow = true;
	}
	*out = zero ? 0 : n;
	return zero || !overflow;
}

void contiguous_strides(const int64_t *sizes, int ndim, int64_t *strides)
{
	int64_t n = 1;
	for (int i = ndim - 1; i >= 0; i--) {
		strides[i] = n;
		// Empty and oversized shapes still get strides; only their bytes are refused, elsewhere.
		n = (int64_t)((uint64_t)n * (uint64_t)(sizes[i] > 1 ? sizes[i] : 1));
	}
}

void channels_last_strides(const int64_t *sizes, int ndim, int64_t *strides)
{
	int64_t n = 1;
	static const int order4[] = {1, 3, 2, 0}, order5[] = {1, 4, 3, 2, 0};
	const int *order = ndim == 4 ? order4 : order5;
	for (int i = 0; i < ndim; i++) {
		strides[order[i]] = n;
		n *= sizes[order[i]] > 1 ? sizes[order[i]] : 1;
	}
}

// Checks a shape and gives the number of elements that a contiguous tensor of it has.
static Status checked_numel(DType d, const int64_t *sizes, int ndim, int64_t *numel, Error *err)
{
	if (ndim > MAX_DIMS)
		return fail(err, STATUS_RUNTIME, "a tensor can have at most %d dimensions, but %d were asked for", MAX_DIMS, ndim);
	if (!dtype_valid(d))
		return fail(err, STATUS_UNSUPPORTED, "dtype code %d is not supported", (int)d);
	for (int i = 0; i < ndim; i++)
		if (sizes[i] < 0)
			return fail(err, STATUS_RUNTIME,
				"Trying to create tensor with negative dimension %lld", (long long)sizes[i]);
	int64_t bytes;
	if (!sizes_product(sizes, ndim, numel) ||
	    __builtin_mul_overflow(*numel, (int64_t)dtype_size(d), &bytes))
		return fail(err, STATUS_RUNTIME, "Storage size calculation overflowed");
	return STATUS_OK;
}

Status tensor_empty(DType d, const int64_t *sizes, int ndim, Tensor **out, Error *err)
{
	int64_t numel;
	TRY(checked_numel(d, sizes, ndim, &numel, err));
	Storage *s;
	TRY(storage_new((size_t)numel * dtype_size(d), &s, err));
	Tensor *t = tensor_head(ndim);
	t->dtype = (uint8_t)d;
	t->storage = s;
	t->numel = numel;
	if (ndim)
		memcpy(t->sizes, sizes, (size_t)ndim * sizeof *sizes);
	contiguous_strides(sizes, ndim, t->strides);
	*out = t;
	return STATUS_OK;
}

Status tensor_empty_strided(DType d, const int64_t *sizes, const int64_t *strides, int ndim, Tensor **out, Error *err)
{
	int64_t numel = 0, last = 0;
	TRY(checked_numel(d, sizes, ndim, &numel, err));
	for (int i = 0; i < ndim; i++) {
		int64_t reach;
		if (strides[i] < 0)
			return fail(err, STATUS_RUNTIME, "as_strided: Negative strides are not supported at the moment");
		if (numel && (__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) ||
				     __builtin_add_overflow(last, reach, &last)))
			return fail(err, STATUS_RUNTIME, "Storage size calculation overflowed");
	}
	int64_t count = numel ? last + 1 : 0, bytes;
	if (__builtin_mul_overflow(count, (int64_t)dtype_size(d), &bytes))
		return fail(err, STATUS_RUNTIME, "Storage size calculation overflowed");
	Storage *s;
	TRY(storage_new((size_t)bytes, &s, err));
	*out = tensor_over(s, d, sizes, strides, ndim, 0);
	storage_unref(&s);
	return STATUS_OK;
}

bool tensor_is_dense(const Tensor *t)
{
	int64_t expected = 1;
	bool seen[MAX_DIMS] = {false};
	for (int k = 0; k < t->ndim; k++) { // dims in order of growing stride
		int best = -1;
		for (int i = 0; i < t->ndim; i++)
			if (!seen[i] && t->sizes[i] != 1 && (best < 0 || t->strides[i] < t->strides[best]))
				best = i;
		if (best < 0)
			break;
		seen[best] = true;
		if (t->strides[best] != expected)
			return t->numel == 0;
		expected *= t->sizes[best];
	}
	return true;
}

Status tensor_empty_like(const Tensor *t, DType d, Tensor **out, Error *err)
{
	if (tensor_is_contiguous(t))
		return tensor_empty(d, t->sizes, t->ndim, out, err);
	if (t->numel && tensor_is_dense(t))
		return tensor_empty_strided(d, t->sizes, t->strides, t->ndim, out, err);
	// Not dense: dims keep the order of their strides, as torch.empty_like computes it.
	int order[MAX_DIMS];
	for (int i = 0; i < t->ndim; i++)
		order[i] = t->ndim - 1 - i;
	for (int i = 1; i < t->ndim; i++) {
		for (int k = i; k > 0; k--) {
			int a = order[k - 1], b = order[k];
			int64_t sa = t->strides[a], sb = t->strides[b];
			if (sa == 0 || sb == 0)
				continue;
			if (sa > sb || (sa == sb && t->sizes[a] > t->sizes[b])) {
				order[k - 1] = b;
				order[k] = a;
			} else {
				break;
			}
		}
	}
	int64_t strides[MAX_DIMS], n = 1;
	for (int i = 0; i < t->ndim; i++) {
		strides[order[i]] = n;
		n *= t->sizes[order[i]] > 1 ? t->sizes[order[i]] : 1;
	}
	return tensor_empty_strided(d, t->sizes, strides, t->ndim, out, err);
}

Status tensor_zeros(DType d, const int64_t *sizes, int ndim, Tensor **out, Error *err)
{
	TRY(tensor_empty(d, sizes, ndim, out, err));
	memset((*out)->storage->data, 0, (*out)->storage->nbytes);
	return STATUS_OK;
}

Tensor *tensor_over(Storage *s, DType d, const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset)
{
	Tensor *t = tensor_head(ndim);
	t->dtype = (uint8_t)d;
	t->storage = storage_ref(s);
	t->offset = offset;
	if (ndim) {
		memcpy(t->sizes, sizes, (size_t)ndim * sizeof *sizes);
		memcpy(t->strides, strides, (size_t)ndim * sizeof *strides);
	}
	sizes_product(sizes, ndim, &t->numel);
	return t;
}

Tensor *tensor_view(const Tensor *t, const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset)
{
	Tensor *v = tensor_over(t->storage, (DType)t->dtype, sizes, strides, ndim, offset);
	v->conj = t->conj;
	v->neg = t->neg;
	v->quant = quantizer_ref(t->quant);
	return v;
}

Tensor *tensor_alias(const Tensor *t)
{
	return tensor_view(t, t->sizes, t->strides, t->ndim, t->offset);
}

bool tensor_bounds_ok(const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset, int64_t limit)
{
	int64_t last = offset, numel;
	if (offset < 0)
		return false;
	for (int i = 0; i < ndim; i++)
		if (sizes[i] < 0 || strides[i] < 0)
			return false;
	if (!sizes_product(sizes, ndim, &numel))
		return false;
	if (numel == 0)
		return offset <= limit || limit == 0;
	for (int i = 0; i < ndim; i++) {
		int64_t reach;
		if (__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) || __builtin_add_overflow(last, reach, &last))
			return false;
	}
	return last < limit;
}

void tensor_set_geometry(Tensor *t, const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset)
{
	int64_t *block = t->inline_dims, *old = t->sizes;
	if (ndim > INLINE_DIMS)
		block = xmalloc(2 * (size_t)ndim * sizeof *block);
	int64_t *new_strides = block + (ndim > INLINE_DIMS ? ndim : INLINE_DIMS);
	// sizes and strides may be t's own
	memmove(block, sizes, (size_t)ndim * sizeof *sizes);
	memmove(new_strides, strides, (size_t)ndim * sizeof *strides);
	if (old != t->inline_dims && old != block)
		free(old);
	t->sizes = block;
	t->strides = new_strides;
	t->ndim = (uint8_t)ndim;
	t->offset = offset;
	sizes_product(t->sizes, ndim, &t->numel);
}

void tensor_set_storage(Tensor *t, Storage *s, DType d)
{
	Storage *old = t->storage;
	t->storage = storage_ref(s);
	t->dtype = (uint8_t)d;
	storage_unref(&old);
}

Status tensor_scalar_f64(DType d, double v, Tensor **out, Error *err)
{
	TRY(tensor_empty(d, NULL, 0, out, err));
	element_set_f64(tensor_data(*out), d, v);
	return STATUS_OK;
}

Status tensor_scalar_i64(DType d, int64_t v, Tensor **out, Error *err)
{
	TRY(tensor_empty(d, NULL, 0, out, err));
	element_set_i64(tensor_data(*out), d, v);
	return STATUS_OK;
}

bool tensor_is_contiguous(const Tensor *t)
{
	int64_t n = 1;
	if (t->numel == 0)
		return true;
	for (int i = t->ndim - 1; i >= 0; i--) {
		if (t->sizes[i] == 1)
			continue;
		if (t->strides[i] != n)
			return false;
		n *= t->sizes[i];
	}
	return true;
}

bool tensor_is_channels_last(const Tensor *t)
{
	static const int order4[] = {1, 3, 2, 0}, order5[] = {1, 4, 3, 2, 0};
	if (t->ndim != 4 && t->ndim != 5)
		return false;
	const int *order = t->ndim == 4 ? order4 : order5;
	int64_t n = 1;
	for (int i = 0; i < t->ndim; i++) {
		int d = order[i];
		if (t->sizes[d] == 1)
			continue;
		if (t->strides[d] != n)
			return false;
		n *= t->sizes[d];
	}
	return true;
}

bool sizes_equal(const Tensor *a, const Tensor *b)
{
	return a->ndim == b->ndim && (!a->ndim || !memcmp(a->sizes, b->sizes, (size_t)a->ndim * sizeof *a->sizes));
}

Status wrap_dim(int64_t dim, int ndim, int *out, Error *err)
{
	int n = ndim ? ndim : 1; // a 0-d tensor counts as one dimension here
	if (dim < -n || dim >= n)
		return fail(err, STATUS_INDEX, "Dimension out of range (expected to be in range of [%d, %d], but got %lld)", -n,
			n - 1, (long long)dim);
	*out = (int)(dim < 0 ? dim + n : dim);
	return STATUS_OK;
}

Status broadcast_sizes(const int64_t *a, int na, const int64_t *b, int nb, int64_t *out, int *nout, Error *err)
{
	int n = na > nb ? na : nb;
	// From the last dimension on; out may be a or b only if that one is at least as long.
	for (int i = n - 1; i >= 0; i--) {
		int ia = i - (n - na), ib = i - (n - nb);
		int64_t x = ia >= 0 ? a[ia] : 1, y = ib >= 0 ? b[ib] : 1;
		if (x != y && x != 1 && y != 1)
			return fail(err, STATUS_RUNTIME,
				"The size of tensor a (%lld) must match the size of tensor b (%lld) at non-singleton dimension %d",
				(long long)x, (long long)y, i);
		out[i] = x == 1 ? y : x;
	}
	*nout = n;
	return STATUS_OK;
}

void elem_iter_init(ElemIter *it, const Tensor *t)
{
	memset(it->index, 0, (size_t)t->ndim * sizeof it->index[0]);
	it->offset = 0;
	it->left = t->numel;
}

void elem_iter_next(ElemIter *it, const Tensor *t)
{
	it->left--;
	for (int i = t->ndim - 1; i >= 0; i--) {
		it->offset += t->strides[i];
		if (++it->index[i] < t->sizes[i])
			return;
		it->offset -= t->strides[i] * t->sizes[i];
		it->index[i] = 0;
	}
}

// ---- single elements

#define LOAD(T, p) ({ T v_; memcpy(&v_, (p), sizeof v_); v_; })

double element_f64(const void *p, DType d)
{
	switch (d) {
	case DT_BOOL: case DT_U8: case DT_QU8: return *(const uint8_t *)p;
	case DT_I8: case DT_QI8: return *(const int8_t *)p;
	case DT_I16: return LOAD(int16_t, p);
	case DT_I32: case DT_QI32: return LOAD(int32_t, p);
	case DT_I64: return (double)LOAD(int64_t, p);
	case DT_U16: return LOAD(uint16_t, p);
	case DT_U32: return LOAD(uint32_t, p);
	case DT_U64: return (double)LOAD(uint64_t, p);
	case DT_F16: case DT_C32: return f16_to_f32(LOAD(f16_t, p));
	case DT_BF16: return bf16_to_f32(LOAD(bf16_t, p));
	case DT_F32: case DT_C64: return LOAD(float, p);
	case DT_F64: case DT_C128: return LOAD(double, p);
	default: return 0;
	}
}

// float → int64 as x86 does it: what does not fit gives INT64_MIN.
static int64_t f64_to_i64(double v)
{
	return v >= -0x1p63 && v < 0x1p63 ? (int64_t)v : INT64_MIN;
}

int64_t element_i64(const void *p, DType d)
{
	switch (d) {
	case DT_I64: return LOAD(int64_t, p);
	case DT_U64: return (int64_t)LOAD(uint64_t, p);
	default: return f64_to_i64(element_f64(p, d));
	}
}

void element_c128(const void *p, DType d, double *re, double *im)
{
	*re = element_f64(p, d);
	*im = 0;
	if (dtype_is_complex(d))
		*im = element_f64((const char *)p + dtype_size(d) / 2, dtype_to_real(d));
}

#define STORE(T, p, v) do { T v_ = (v); memcpy((p), &v_, sizeof v_); } while (0)

void element_set_i64(void *p, DType d, int64_t v)
{
	switch (d) {
	case DT_BOOL: STORE(uint8_t, p, v != 0); break;
	case DT_U8: case DT_I8: case DT_QI8: case DT_QU8: STORE(uint8_t, p, (uint8_t)v); break;
	case DT_I16: case DT_U16: STORE(uint16_t, p, (uint16_t)v); break;
	case DT_I32: case DT_U32: case DT_QI32: STORE(uint32_t, p, (uint32_t)v); break;
	case DT_I64: case DT_U64: STORE(uint64_t, p, (uint64_t)v); break;
	case DT_F32: case DT_C64: STORE(float, p, (float)v); break; // directly: one rounding
	default: element_set_f64(p, d, (double)v); return;
	}
	if (d == DT_C64)
		STORE(float, (char *)p + 4, 0);
}

void element_set_f64(void *p, DType d, double v)
{
	element_set_c128(p, d, v, 0);
}

void element_set_c128(void *p, DType d, double re, double im)
{
	switch (d) {
	case DT_BOOL: STORE(uint8_t, p, re != 0 || im != 0); break;
	case DT_F32: STORE(float, p, (float)re); break;
	case DT_F64: STORE(double, p, re); break;
	case DT_F16: STORE(f16_t, p, f16_from_f32((float)re)); break;
	case DT_BF16: STORE(bf16_t, p, bf16_from_f32((float)re)); break;
	case DT_C32: STORE(f16_t, p, f16_from_f32((float)re)); STORE(f16_t, (char *)p + 2, f16_from_f32((float)im)); break;
	case DT_C64: STORE(float, p, (float)re); STORE(float, (char *)p + 4, (float)im); break;
	case DT_C128: STORE(double, p, re); STORE(double, (char *)p + 8, im); break;
	case DT_U64: STORE(uint64_t, p, re >= 0x1p63 && re < 0x1p64 ? (uint64_t)re : (uint64_t)f64_to_i64(re)); break;
	default: element_set_i64(p, d, f64_to_i64(re)); break;
	}
}
