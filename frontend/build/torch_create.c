// SPDX-License-Identifier: BSD-3-Clause
// Tensors from Python values: torch.tensor, as_tensor, new_tensor, and the old constructors torch.FloatTensor(…).
//
// Two walks over the nested data: the first finds sizes and dtype, the second stores the numbers.
#include "frontend/build/torch.h"

#include "interp/number.h"
#include "interp/ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Shape {
	int64_t sizes[MAX_DIMS];
	int ndim;
	DType dtype; // promoted over what was seen; DT_NONE before
} Shape;

static bool is_data_sequence(IValue v)
{
	return v.tag == TAG_LIST || v.tag == TAG_TUPLE || py_is(v, PY_RANGE);
}

static int64_t data_length(IValue v)
{
	const IValue *items;
	int64_t n = 0;
	if (!py_is(v, PY_RANGE)) {
		torch_items(v, &items, &n);
		return n;
	}
	const PyRange *r = PY_AS(PyRange, v);
	if (r->step > 0 ? r->start >= r->stop : r->start <= r->stop)
		return 0;
	return r->step > 0 ? (r->stop - r->start - 1) / r->step + 1 : (r->start - r->stop - 1) / -r->step + 1;
}

static IValue data_item(IValue v, int64_t i) // borrowed
{
	const IValue *items = NULL;
	int64_t n;
	if (py_is(v, PY_RANGE))
		return iv_int(PY_AS(PyRange, v)->start + i * PY_AS(PyRange, v)->step);
	torch_items(v, &items, &n);
	return items[i];
}

static Status see_dtype(Build *b, Shape *s, IValue v)
{
	DType d;
	switch (v.tag) {
	case TAG_FLOAT: d = torch_state(b)->default_dtype; break;
	case TAG_INT: d = DT_I64; break;
	case TAG_BOOL: d = DT_BOOL; break;
	case TAG_COMPLEX: d = dtype_to_complex(torch_state(b)->default_dtype); break;
	case TAG_TENSOR: d = tensor_dtype(v.tensor); break;
	case TAG_STR:
		return py_raise(b, "TypeError", "new(): invalid data type 'str'");
	default:
		return py_raise(b, "RuntimeError", "Could not infer dtype of %s", py_type_name(b, v));
	}
	s->dtype = s->dtype == DT_NONE ? d : dtype_promote(s->dtype, d);
	return STATUS_OK;
}

static Status scan(Build *b, IValue v, int depth, bool want_dtype, Shape *s)
{
	v = torch_data(b, v);
	if (depth < s->ndim) {
		if (!is_data_sequence(v)) {
			if (v.tag == TAG_TENSOR)
				return py_raise(b, "ValueError", "only one element tensors can be converted to Python scalars");
			return py_raise(b, "TypeError", v.tag == TAG_STR ? "not a sequence" : "expected a sequence, got %s",
				py_type_name(b, v));
		}
		int64_t n = data_length(v);
		if (n != s->sizes[depth])
			return py_raise(b, "ValueError", "expected sequence of length %lld at dim %d (got %lld)",
				(long long)s->sizes[depth], depth, (long long)n);
		for (int64_t i = 0; i < n; i++)
			TRY(scan(b, data_item(v, i), depth + 1, want_dtype, s));
		return STATUS_OK;
	}
	if (is_data_sequence(v))
		return py_raise(b, "ValueError", "too many dimensions '%s'", py_type_name(b, v));
	if (v.tag == TAG_STR && depth)
		return py_raise(b, "ValueError", "too many dimensions 'str'");
	if (v.tag == TAG_TENSOR && v.tensor->numel != 1)
		return py_raise(b, "ValueError", "only one element tensors can be converted to Python scalars");
	return want_dtype || !(iv_is_number(v) || v.tag == TAG_TENSOR) ? see_dtype(b, s, v) : STATUS_OK;
}

static bool fits_int(int64_t i, DType d)
{
	switch (d) {
	case DT_U8: return i >= -255 && i <= UINT8_MAX; // negative ones wrap
	case DT_I8: return i >= INT8_MIN && i <= INT8_MAX;
	case DT_I16: return i >= INT16_MIN && i <= INT16_MAX;
	case DT_U16: return i >= 0 && i <= UINT16_MAX;
	case DT_I32: return i >= INT32_MIN && i <= INT32_MAX;
	case DT_U32: return i >= 0 && i <= UINT32_MAX;
	default: return true;
	}
}

static Status store(Build *b, IValue v, int depth, const Shape *s, DType d, uint8_t **p)
{
	v = torch_data(b, v);
	if (depth < s->ndim) {
		int64_t n = data_length(v);
		for (int64_t i = 0; i < n; i++)
			TRY(store(b, data_item(v, i), depth + 1, s, d, p));
		return STATUS_OK;
	}
	IValue num = ivalue_ref(v);
	if (v.tag == TAG_TENSOR) {
		ivalue_unref(&num);
		TRY(tensor_item(&b->x, v.tensor, &num));
	}
	Status st = STATUS_OK;
	if (dtype_is_int(d) && (num.tag == TAG_INT || num.tag == TAG_BOOL)) {
		if (!fits_int(num.i, d))
			st = py_raise(b, "RuntimeError", "value cannot be converted to type %s without overflow",
				d == DT_U8 ? "uint8" : d == DT_I8 ? "int8" : d == DT_I16 ? "int16" : d == DT_I32 ? "int" : dtype_name(d));
		element_set_i64(*p, d, num.i);
	} else if (d == DT_BOOL) {
		**p = num.tag == TAG_FLOAT ? num.f != 0 : num.tag == TAG_COMPLEX ? num.complex_->re != 0 || num.complex_->im != 0
			: num.i != 0;
	} else if (num.tag == TAG_COMPLEX) {
		if (dtype_is_complex(d))
			element_set_c128(*p, d, num.complex_->re, num.complex_->im);
		else
			st = py_raise(b, "TypeError", "can't convert complex to %s", dtype_is_int(d) ? "int" : "float");
	} else if (dtype_is_int(d)) {
		if (num.f != num.f)
			st = py_raise(b, "ValueError", "cannot convert float NaN to integer");
		else
			element_set_i64(*p, d, int_of_float(num.f));
	} else if (dtype_is_complex(d)) {
		element_set_c128(*p, d, iv_as_f64(num), 0);
	} else {
		element_set_f64(*p, d, iv_as_f64(num));
	}
	*p += dtype_size(d);
	ivalue_unref(&num);
	return st;
}

// dtype wins over what is inferred.  A tensor is copied.
Status torch_from_data(Build *b, IValue data, DType d, IValue *out)
{
	data = torch_data(b, data);
	if (data.tag == TAG_TENSOR) {
		IValue args[8] = {data, iv_int(d == DT_NONE ? tensor_dtype(data.tensor) : d), iv_none(), iv_none(), iv_none(),
			iv_bool(false), iv_bool(true), iv_none()};
		TRY(torch_run_key(b, "aten::to.dtype_layout", args, 8, out));
		out->tensor->requires_grad = out->tensor->is_parameter = false;
		return STATUS_OK;
	}
	Shape s = {.dtype = DT_NONE};
	Status st = STATUS_OK;
	for (IValue v = data; is_data_sequence(v);) {
		int64_t n = data_length(v);
		if (s.ndim == MAX_DIMS) {
			st = py_raise(b, "ValueError", "too many dimensions '%s'", py_type_name(b, v));
			break;
		}
		s.sizes[s.ndim++] = n;
		if (!n)
			break;
		v = py_unwrap(data_item(v, 0));
	}
	if (st == STATUS_OK)
		st = scan(b, data, 0, d == DT_NONE, &s);
	if (st == STATUS_OK) {
		if (d == DT_NONE)
			d = s.dtype == DT_NONE ? torch_state(b)->default_dtype : s.dtype;
		Tensor *t = NULL;
		st = tensor_empty(d, s.sizes, s.ndim, &t, b->x.err);
		if (st == STATUS_OK) {
			uint8_t *p = tensor_data(t);
			st = store(b, data, 0, &s, d, &p);
			if (st == STATUS_OK)
				*out = iv_take_tensor(t);
			else
				tensor_unref(&t);
		}
	}
	return st;
}

static Status optional_dtype(Build *b, IValue v, DType *out)
{
	*out = DT_NONE;
	return v.tag == TAG_NONE ? STATUS_OK : torch_dtype_of(b, v, out);
}

static Status place(Build *b, IValue device, IValue *t) // moves *t to a device that was asked for
{
	if (device.tag == TAG_NONE)
		return STATUS_OK;
	Device d;
	TRY(torch_device_of(b, device, &d));
	if (d >> 8 == DEVICE_TYPE_CUDA)
		return py_raise(b, "AssertionError", "Torch not compiled with CUDA enabled");
	if (d == tensor_device(t->tensor))
		return STATUS_OK;
	IValue args[8] = {*t, iv_none(), iv_none(), iv_device(d), iv_none(), iv_bool(false), iv_bool(false), iv_none()}, r;
	TRY(torch_run_key(b, "aten::to.dtype_layout", args, 8, &r));
	ivalue_set(t, r);
	return STATUS_OK;
}

static Status finish(Build *b, IValue device, bool requires_grad, IValue *t)
{
	Status s = place(b, device, t);
	DType d = tensor_dtype(t->tensor);
	if (s == STATUS_OK && requires_grad && !dtype_is_float(d) && !dtype_is_complex(d))
		s = py_raise(b, "RuntimeError", "Only Tensors of floating point and complex dtype can require gradients");
	if (s != STATUS_OK)
		ivalue_unref(t);
	else if (requires_grad)
		t->tensor->requires_grad = true;
	return s;
}

static Status create_tensor(Build *b, const PyArgs *a, IValue *out)
{
	IValue data, dtype, device, names;
	bool grad, pin;
	if (a->npos > 1)
		return py_raise(b, "TypeError", "tensor() takes 1 positional argument but %d were given", a->npos);
	if (!a->npos && !a->nkw)
		return py_raise(b, "TypeError", "tensor() missing 1 required positional arguments: \"data\"");
	TRY(args_parse(b, a, "tensor", "data:o * dtype:o=None device:o=None requires_grad:b=False pin_memory:b=False "
		"names:o=None", &data, &dtype, &device, &grad, &pin, &names));
	DType d;
	TRY(optional_dtype(b, dtype, &d));
	TRY(torch_from_data(b, data, d, out));
	return finish(b, device, grad, out);
}

static Status create_as_tensor(Build *b, const PyArgs *a, IValue *out)
{
	IValue data, dtype, device;
	TRY(args_parse(b, a, "as_tensor", "data:o dtype:o=None device:o=None", &data, &dtype, &device));
	DType d;
	TRY(optional_dtype(b, dtype, &d));
	IValue v = torch_data(b, data);
	if (v.tag == TAG_TENSOR && (d == DT_NONE || d == tensor_dtype(v.tensor)))
		*out = ivalue_ref(v);
	else
		TRY(torch_from_data(b, data, d, out));
	return finish(b, device, false, out);
}

static Status create_asarray(Build *b, const PyArgs *a, IValue *out)
{
	IValue data, dtype, device, copy;
	bool grad;
	TRY(args_parse(b, a, "asarray", "obj:o * dtype:o=None device:o=None copy:o=None requires_grad:b=False", &data, &dtype,
		&device, &copy, &grad));
	DType d;
	TRY(optional_dtype(b, dtype, &d));
	IValue v = torch_data(b, data);
	bool fresh = copy.tag == TAG_BOOL && copy.b;
	if (v.tag == TAG_TENSOR && !fresh && (d == DT_NONE || d == tensor_dtype(v.tensor)))
		*out = ivalue_ref(v);
	else
		TRY(torch_from_data(b, data, d, out));
	return finish(b, device, grad, out);
}

static Status create_from_numpy(Build *b, const PyArgs *a, IValue *out)
{
	IValue data;
	TRY(args_parse(b, a, "from_numpy", "ndarray:o /", &data));
	IValue v = torch_data(b, data);
	if (v.tag != TAG_TENSOR)
		return py_raise(b, "TypeError", "expected np.ndarray (got %s)", py_type_name(b, data));
	*out = ivalue_ref(v);
	return STATUS_OK;
}

static Status method_new_tensor(Build *b, const PyArgs *a, IValue *out)
{
	IValue data, dtype, device;
	bool grad, pin;
	IValue self = torch_self(a);
	TRY(args_parse(b, a, "new_tensor", "data:o * dtype:o=None device:o=None requires_grad:b=False pin_memory:b=False", &data,
		&dtype, &device, &grad, &pin));
	DType d;
	TRY(optional_dtype(b, dtype, &d));
	TRY(torch_from_data(b, data, d == DT_NONE ? tensor_dtype(self.tensor) : d, out));
	return finish(b, device, grad, out);
}

// FloatTensor(), FloatTensor(2, 3), FloatTensor([…]), FloatTensor(tensor)
static Status legacy(Build *b, DType d, const char *name, const IValue *pos, int n, IValue *out)
{
	IValue first = n ? py_unwrap(pos[0]) : iv_none();
	bool is_size = n == 1 && py_is(pos[0], PY_INSTANCE) && first.tag == TAG_TUPLE;
	if (n == 1 && first.tag == TAG_TENSOR) {
		if (tensor_dtype(first.tensor) != d)
			return py_raise(b, "TypeError", "expected %s (got %s)", dtype_class_name(d),
				dtype_class_name(tensor_dtype(first.tensor)));
		*out = iv_take_tensor(tensor_alias(first.tensor));
		out->tensor->requires_grad = out->tensor->is_parameter = false;
		return STATUS_OK;
	}
	if (n == 1 && !is_size && (is_data_sequence(first) || py_is(first, PY_RANGE)))
		return torch_from_data(b, first, d, out);
	int64_t sizes[MAX_DIMS];
	int ndim = 0;
	const IValue *items = pos;
	int64_t count = n;
	if (is_size)
		torch_items(first, &items, &count);
	if (!count && !is_size)
		sizes[ndim++] = 0;
	if (count > MAX_DIMS)
		return py_raise(b, "RuntimeError", "too many dimensions");
	for (int64_t i = 0; i < count; i++) {
		if (!torch_is_index(b, items[i]))
			return py_raise(b, "TypeError", "%s(): argument 'size' must be tuple of ints, but found element of type %s at "
				"pos %lld", name, py_type_name(b, items[i]), (long long)i + 1);
		TRY(torch_as_int(b, items[i], &sizes[ndim++]));
	}
	Tensor *t;
	TRY(tensor_zeros(d, sizes, ndim, &t, b->x.err));
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

static Status method_new(Build *b, const PyArgs *a, IValue *out)
{
	return legacy(b, tensor_dtype(torch_self(a).tensor), "new", a->pos, a->npos, out);
}

Status torch_legacy_make(Build *b, const PyArgs *a, IValue *out)
{
	const char *name = py_is(a->self, PY_CLASS) ? PY_AS(PyClass, a->self)->name.str->s : "Tensor";
	size_t n = strlen(name);
	DType d = n > 6 && !strcmp(name + n - 6, "Tensor") ? dtype_from_class_name(name, n - 6) : torch_state(b)->default_dtype;
	if (d == DT_NONE)
		d = torch_state(b)->default_dtype;
	return legacy(b, d, name, a->pos, a->npos, out);
}

static const DType legacy_dtypes[] = {DT_F32, DT_F64, DT_F16, DT_BF16, DT_U8, DT_I8, DT_I16, DT_I32, DT_I64, DT_BOOL};
enum { LEGACY_COUNT = sizeof legacy_dtypes / sizeof *legacy_dtypes };

static PyClass *legacy_class(Build *b, int i, Text *path)
{
	text_addf(path, "torch.%sTensor", dtype_class_name(legacy_dtypes[i]));
	return torch_class(b, text_str(path));
}

void torch_create_classes(Build *b)
{
	static const NativeMethod methods[] = {{"new_tensor", method_new_tensor}, {"new", method_new}, {NULL, NULL}};
	py_class_methods(b, torch_class(b, "torch.Tensor"), methods);
	for (int i = 0; i < LEGACY_COUNT; i++) {
		Text path = {0};
		if (!legacy_class(b, i, &path))
			torch_make_class(b, text_str(&path), NULL, PAYLOAD_TENSOR, torch_legacy_make, NULL);
		text_free(&path);
	}
}

void torch_create_init(Build *b, PyModule *m)
{
	module_native(m, "tensor", create_tensor);
	module_native(m, "as_tensor", create_as_tensor);
	module_native(m, "asarray", create_asarray);
	module_native(m, "from_numpy", create_from_numpy);
	for (int i = 0; i < LEGACY_COUNT; i++) {
		Text path = {0};
		PyClass *c = legacy_class(b, i, &path);
		module_set_take(m, strchr(text_str(&path), '.') + 1, ivalue_ref(py_value(c)));
		text_free(&path);
	}
}
