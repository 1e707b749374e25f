// SPDX-License-Identifier: BSD-3-Clause
// Strided, reference-counted tensors over shared storage.
//
// A Tensor is a view: storage, offset, sizes, strides, all counted in elements of its dtype.  Views of one
// storage alias.  Storages of archives are private copy-on-write mappings of the file, so that a write
// copies just the touched pages and never reaches the file.
// A Tensor's own fields are changed only by ops that change it in place (resize_, t_, set_); everything
// else makes a new Tensor.
#ifndef WICK_CORE_TENSOR_H
#define WICK_CORE_TENSOR_H

#include "core/dtype.h"
#include "core/error.h"

#define MAX_DIMS 64
#define INLINE_DIMS 5

// type << 8 | (index + 1); 0 in the low byte means "no index".
typedef int32_t Device;
enum { DEVICE_TYPE_CPU = 0, DEVICE_TYPE_CUDA = 1, DEVICE_TYPE_META = 14, DEVICE_TYPE_VULKAN = 10 };
#define DEVICE_CPU ((Device)(DEVICE_TYPE_CPU << 8))
#define DEVICE_META ((Device)(DEVICE_TYPE_META << 8))
Status device_parse(const char *s, size_t n, Device *out, Error *err); // "cpu", "cuda:0", …
void device_format(Device d, char buf[32]);

typedef struct Storage {
	_Atomic uint32_t refs;
	Device device;
	uint8_t *data;
	size_t nbytes;
	void (*release)(void *owner, void *data, size_t nbytes); // NULL: data is from storage_new
	void *owner;
	struct Budget *budget; // charged for nbytes; NULL if none
} Storage;

struct Exec;
// Uninitialised bytes, aligned to 64.  Charges the running thread's budget (core/budget.h).
Status storage_new(size_t nbytes, Storage **out, Error *err);
// Wraps memory that somebody else owns; release(owner, …) is called when the last reference goes.
Storage *storage_wrap(void *data, size_t nbytes, void (*release)(void *, void *, size_t), void *owner);
Status storage_resize(Storage *s, size_t nbytes, Error *err); // keeps the common prefix; for resize_
Storage *storage_ref(Storage *s);
void storage_unref(Storage **s);

typedef enum QScheme { Q_PER_TENSOR_AFFINE = 0, Q_PER_CHANNEL_AFFINE = 1, Q_PER_TENSOR_SYMMETRIC = 2,
	Q_PER_CHANNEL_SYMMETRIC = 3, Q_PER_CHANNEL_FLOAT = 4 } QScheme;

struct Tensor;
typedef struct Quantizer {
	_Atomic uint32_t refs;
	QScheme scheme;
	double scale;
	int64_t zero_point;
	struct Tensor *scales, *zero_points; // per channel: f64 and i64 (f32 both for Q_PER_CHANNEL_FLOAT)
	int64_t axis;
} Quantizer;

typedef struct Tensor {
	_Atomic uint32_t refs;
	uint8_t dtype;          // DType
	uint8_t ndim;
	bool requires_grad;
	bool is_parameter;      // printed and saved as a parameter
	bool conj, neg;         // lazy conjugate / negation bits; ops that read data see resolved tensors (dispatch)
	bool wrapped_number;    // made from a Python number: takes part in promotion as one
	Storage *storage;
	int64_t offset;         // elements
	int64_t numel;          // product of sizes
	int64_t *sizes;         // ndim entries each; point at inline_dims or at one heap block
	int64_t *strides;
	Quantizer *quant;       // quantised dtypes only
	int64_t inline_dims[2 * INLINE_DIMS];
} Tensor;

Tensor *tensor_ref(Tensor *t);     // NULL passes through
void tensor_unref(Tensor **t);
static inline bool tensor_is_unique(const Tensor *t) { return t->refs == 1 && t->storage->refs == 1; }

static inline DType tensor_dtype(const Tensor *t) { return (DType)t->dtype; }
static inline void *tensor_data(const Tensor *t)
{
	return t->storage->data + (size_t)t->offset * dtype_size((DType)t->dtype);
}
static inline Device tensor_device(const Tensor *t) { return t->storage->device; }

// New contiguous tensor, uninitialised (meta tensors have no bytes).
// Fails on negative sizes, on overflow of the product, and when the budget is exhausted.
Status tensor_empty(DType d, const int64_t *sizes, int ndim, Tensor **out, Error *err);
Status tensor_empty_strided(DType d, const int64_t *sizes, const int64_t *strides, int ndim, Tensor **out, Error *err);
// Same sizes; strides follow t's when t is dense and non-overlapping, as torch.empty_like does.  d may differ.
Status tensor_empty_like(const Tensor *t, DType d, Tensor **out, Error *err);
Status tensor_zeros(DType d, const int64_t *sizes, int ndim, Tensor **out, Error *err);
// A new view of t's storage (takes nothing, returns a new reference).  The caller has checked the bounds.
Tensor *tensor_view(const Tensor *t, const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset);
Tensor *tensor_alias(const Tensor *t);
// A tensor over a storage; borrowed storage gets a new reference.
Tensor *tensor_over(Storage *s, DType d, const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset);
// True when every element that sizes/strides/offset can name lies in [0, limit) elements; no overflow.
bool tensor_bounds_ok(const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset, int64_t limit);
// Changes the geometry of t itself (resize_, squeeze_, t_ …).
void tensor_set_geometry(Tensor *t, const int64_t *sizes, const int64_t *strides, int ndim, int64_t offset);
void tensor_set_storage(Tensor *t, Storage *s, DType d); // for set_/data assignment; takes a new reference to s

// A 0-d tensor holding a number.
Status tensor_scalar_f64(DType d, double v, Tensor **out, Error *err);
Status tensor_scalar_i64(DType d, int64_t v, Tensor **out, Error *err);

bool tensor_is_contiguous(const Tensor *t);                    // row-major, size-1 dims ignored
bool tensor_is_channels_last(const Tensor *t);                 // 4-d NHWC or 5-d NDHWC strides
bool tensor_is_dense(const Tensor *t);                         // non-overlapping and dense, in some order
void contiguous_strides(const int64_t *sizes, int ndim, int64_t *strides);
void channels_last_strides(const int64_t *sizes, int ndim, int64_t *strides); // ndim 4 or 5
bool sizes_equal(const Tensor *a, const Tensor *b);
bool sizes_product(const int64_t *sizes, int ndim, int64_t *out); // false on overflow
// "Dimension out of range (expected to be in range of [-2, 1], but got 5)" with code STATUS_INDEX.
Status wrap_dim(int64_t dim, int ndim, int *out, Error *err);
// Broadcast of two shapes; out has room for MAX_DIMS.
Status broadcast_sizes(const int64_t *a, int na, const int64_t *b, int nb, int64_t *out, int *nout, Error *err);
// Visits every element's offset (in elements, relative to tensor_data) in row-major order: for reference code.
typedef struct ElemIter {
	int64_t index[MAX_DIMS];
	int64_t offset;
	int64_t left;
} ElemIter;
void elem_iter_init(ElemIter *it, const Tensor *t);
void elem_iter_next(ElemIter *it, const Tensor *t);

// One element as a number; p points at it.
double element_f64(const void *p, DType d);
int64_t element_i64(const void *p, DType d);
void element_c128(const void *p, DType d, double *re, double *im);
void element_set_f64(void *p, DType d, double v);
void element_set_i64(void *p, DType d, int64_t v);
void element_set_c128(void *p, DType d, double re, double im);

Quantizer *quantizer_ref(Quantizer *q);
void quantizer_unref(Quantizer **q);

#endif
