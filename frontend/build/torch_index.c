// SPDX-License-Identifier: BSD-3-Clause
// Subscripts of tensors, read and stored through.
//
// The entries of a subscript are applied one after another: integers, slices, None and … make a view; tensors, lists
// and bools are collected by dimension for one index (or index_put_) at the end.
#include "frontend/build/torch.h"

#include "interp/ops.h"

#include <stdlib.h>
#include <string.h>

typedef struct Subscript {
	IValue x;                  // the view so far; owned
	IValue tensors[MAX_DIMS];  // by dimension; None where all is taken; owned
	int n;                     // up to the last tensor; 0: none
	int dim;
	int rank;                  // of the tensor that is indexed
} Subscript;

static bool is_sequence(IValue v)
{
	v = py_unwrap(v);
	return v.tag == TAG_LIST || v.tag == TAG_TUPLE || v.tag == TAG_STR || py_is(v, PY_RANGE);
}

// A list is read as a tuple when something in it is no plain number.
static bool is_tuple_like(IValue v)
{
	v = py_unwrap(v);
	if (v.tag == TAG_TUPLE || v.tag == TAG_STR)
		return true;
	if (v.tag != TAG_LIST || v.list->n >= 32)
		return false;
	for (int64_t i = 0; i < v.list->n; i++) {
		IValue e = v.list->items[i];
		if (e.tag == TAG_TENSOR || is_sequence(e) || py_is(e, PY_SLICE) || py_is(e, PY_ELLIPSIS) || e.tag == TAG_NONE)
			return true;
	}
	return false;
}

static int specified_dims(const IValue *items, int64_t n)
{
	int d = 0;
	for (int64_t i = 0; i < n; i++) {
		IValue v = py_unwrap(items[i]);
		if (v.tag == TAG_TENSOR)
			d += tensor_dtype(v.tensor) == DT_BOOL || tensor_dtype(v.tensor) == DT_U8 ? v.tensor->ndim : 1;
		else if (v.tag != TAG_NONE && v.tag != TAG_BOOL && !py_is(v, PY_ELLIPSIS))
			d++;
	}
	return d;
}

static Status replace(Build *b, Subscript *s, enum TorchRow row, const IValue *args, int n)
{
	IValue r;
	TRY(torch_run_row(b, row, args, n, &r));
	ivalue_set(&s->x, r);
	return STATUS_OK;
}

static Status apply_select(Build *b, Subscript *s, int64_t i, int64_t entry)
{
	Tensor *t = s->x.tensor;
	if (t->ndim == 0)
		return py_raise(b, "IndexError", "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
			"`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number");
	int64_t size = t->sizes[s->dim];
	if (i < -size || i >= size)
		return py_raise(b, "IndexError", "index %lld is out of bounds for dimension %lld with size %lld", (long long)i,
			(long long)entry, (long long)size);
	IValue args[3] = {s->x, iv_int(s->dim), iv_int(i)};
	return replace(b, s, ROW_SELECT, args, 3);
}

static Status slice_bound(Build *b, IValue v, IValue none, int arg, IValue *out)
{
	*out = none;
	if (v.tag == TAG_NONE)
		return STATUS_OK;
	if (!torch_is_index(b, v) && v.tag != TAG_BOOL)
		return py_raise(b, "TypeError", "slice indices must be integers or None or have an __index__ method");
	int64_t i;
	if (b->tracer && v.tag == TAG_TENSOR)
		TRY(torch_traced_int(b, &op_find_key("aten::slice.Tensor")->schema->args[arg], 0, v.tensor, &i));
	else
		TRY(torch_as_int(b, v, &i));
	*out = iv_int(i);
	return STATUS_OK;
}

static Status apply_slice(Build *b, Subscript *s, const PySlice *p)
{
	if (s->x.tensor->ndim == 0)
		return py_raise(b, "IndexError", "slice() cannot be applied to a 0-dim tensor.");
	IValue args[5] = {s->x, iv_int(s->dim)};
	TRY(slice_bound(b, p->start, iv_none(), 2, &args[2]));
	TRY(slice_bound(b, p->stop, iv_none(), 3, &args[3]));
	TRY(slice_bound(b, p->step, iv_int(1), 4, &args[4]));
	if (args[4].i <= 0)
		return py_raise(b, "ValueError", "step must be greater than zero");
	s->dim++;
	if (args[2].tag == TAG_NONE && args[3].tag == TAG_NONE && args[4].i == 1 && !b->tracer)
		return STATUS_OK;
	return replace(b, s, ROW_SLICE, args, 5);
}

static Status record(Build *b, Subscript *s, IValue tensor) // takes tensor
{
	if (s->dim >= MAX_DIMS) {
		ivalue_unref(&tensor);
		return py_raise(b, "IndexError", "too many indices for tensor of dimension %d", s->rank);
	}
	s->tensors[s->dim] = tensor;
	s->n = ++s->dim;
	return STATUS_OK;
}

static Status apply_bool(Build *b, Subscript *s, bool v)
{
	IValue args[2] = {s->x, iv_int(s->dim)};
	TRY(replace(b, s, ROW_UNSQUEEZE, args, 2));
	Tensor *t;
	int64_t n = v;
	TRY(tensor_zeros(DT_I64, &n, 1, &t, b->x.err));
	return record(b, s, iv_take_tensor(t));
}

// A list of numbers as an index: bools stay a mask, all else is long.
static Status index_of_list(Build *b, IValue v, IValue *out)
{
	if (v.tag == TAG_STR)
		return py_raise(b, "TypeError", "new(): invalid data type 'str'");
	IValue t, list = iv_none();
	if (py_is(v, PY_RANGE)) {
		TRY(py_to_list(b, v, &list));
		v = list;
	}
	Status s = torch_from_data(b, v, DT_NONE, &t);
	ivalue_unref(&list);
	TRY(s);
	DType d = tensor_dtype(t.tensor);
	if (d == DT_BOOL || d == DT_U8 || d == DT_I64) {
		*out = t;
		return STATUS_OK;
	}
	IValue args[5] = {t, iv_int(DT_I64), iv_bool(false), iv_bool(false), iv_none()};
	s = torch_run_key(b, "aten::to.dtype", args, 5, out);
	ivalue_unref(&t);
	return s;
}

static Status apply(Build *b, Subscript *s, IValue v, int left, int64_t entry)
{
	v = py_unwrap(v);
	if (v.tag == TAG_INT)
		return apply_select(b, s, v.i, entry);
	if (py_is(v, PY_SLICE))
		return apply_slice(b, s, PY_AS(PySlice, v));
	if (py_is(v, PY_ELLIPSIS)) {
		s->dim += left > 0 ? left : 0;
		return STATUS_OK;
	}
	if (v.tag == TAG_NONE) {
		IValue args[2] = {s->x, iv_int(s->dim++)};
		return replace(b, s, ROW_UNSQUEEZE, args, 2);
	}
	if (v.tag == TAG_BOOL)
		return apply_bool(b, s, v.b);
	if (v.tag == TAG_TENSOR) {
		Tensor *t = v.tensor;
		DType d = tensor_dtype(t);
		if (t->ndim == 0 && (dtype_is_int(d) || d == DT_BOOL) && !b->tracer) {
			IValue n;
			TRY(tensor_item(&b->x, t, &n));
			if (d == DT_BOOL || d == DT_U8)
				return apply_bool(b, s, n.i != 0);
			return apply_select(b, s, n.i, entry);
		}
		if (!dtype_is_int(d) && d != DT_BOOL)
			return py_raise(b, "IndexError", "tensors used as indices must be long, int, byte or bool tensors");
		return record(b, s, ivalue_ref(v));
	}
	if (is_sequence(v)) {
		IValue t;
		TRY(index_of_list(b, v, &t));
		return record(b, s, t);
	}
	if (torch_is_index(b, v)) {
		int64_t i;
		TRY(torch_as_int(b, v, &i));
		return apply_select(b, s, i, entry);
	}
	return py_raise(b, "IndexError", "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
		"valid indices (got %s)", py_type_name(b, v));
}

static void subscript_free(Subscript *s)
{
	ivalue_unref(&s->x);
	for (int i = 0; i < s->n; i++)
		ivalue_unref(&s->tensors[i]);
}

static Status subscript_apply(Build *b, IValue x, IValue key, Subscript *s)
{
	memset(s, 0, sizeof *s);
	s->x = ivalue_ref(x);
	s->rank = x.tensor->ndim;
	for (int i = 0; i < MAX_DIMS; i++)
		s->tensors[i] = iv_none();
	const IValue *items = &key;
	int64_t n = 1;
	if (is_tuple_like(key) && py_unwrap(key).tag != TAG_STR)
		torch_items(key, &items, &n);
	int given = specified_dims(items, n);
	if (given > s->rank && !(n == 1 && s->rank == 0 && py_unwrap(items[0]).tag == TAG_INT && py_unwrap(key).tag == TAG_INT))
		return py_raise(b, "IndexError", "too many indices for tensor of dimension %d", s->rank);
	for (int64_t i = 0; i < n; i++)
		TRY(apply(b, s, items[i], s->rank - given, n == 1 ? 0 : i));
	return STATUS_OK;
}

static Status index_list(Build *b, const Subscript *s, IValue *out)
{
	const Op *op = op_find_key("aten::index.Tensor");
	ListObj *l = list_new(op->schema->args[1].type->elem[0], s->n);
	*out = iv_take_list(l);
	for (int i = 0; i < s->n; i++)
		TRY(list_append_take(l, ivalue_ref(s->tensors[i]), b->x.err));
	return STATUS_OK;
}

Status torch_getitem(Build *b, IValue x, IValue key, IValue *out)
{
	IValue k = py_unwrap(key);
	if (k.tag == TAG_INT && !b->tracer && x.tensor->ndim) { // the common one
		Subscript s = {.x = ivalue_ref(x), .rank = x.tensor->ndim};
		Status st = apply_select(b, &s, k.i, 0);
		if (st == STATUS_OK)
			*out = s.x;
		else
			ivalue_unref(&s.x);
		return st;
	}
	Subscript s;
	Status st = subscript_apply(b, x, k, &s);
	if (st == STATUS_OK && s.n) {
		IValue args[2] = {s.x, iv_none()};
		st = index_list(b, &s, &args[1]);
		if (st == STATUS_OK)
			st = torch_run_row(b, ROW_INDEX, args, 2, out);
		ivalue_unref(&args[1]);
	} else if (st == STATUS_OK && s.x.tensor == x.tensor) {
		st = torch_run_row(b, ROW_ALIAS, &s.x, 1, out);
	} else if (st == STATUS_OK) {
		*out = ivalue_ref(s.x);
	}
	subscript_free(&s);
	return st;
}

// Sizes without the ones at the front.
static Status drop_leading_ones(Build *b, IValue src, IValue *out)
{
	Tensor *t = src.tensor;
	int first = 0;
	while (first < t->ndim && t->sizes[first] == 1)
		first++;
	if (!first) {
		*out = ivalue_ref(src);
		return STATUS_OK;
	}
	IValue args[2] = {src, iv_take_list(list_of_ints(t->sizes + first, t->ndim - first))};
	Status s = torch_run_row(b, ROW_VIEW, args, 2, out);
	ivalue_unref(&args[1]);
	return s;
}

static Status store(Build *b, IValue dst, IValue value)
{
	IValue r;
	if (value.tag != TAG_TENSOR) {
		IValue args[2] = {dst, value};
		TRY(torch_run_row(b, ROW_FILL, args, 2, &r));
		ivalue_unref(&r);
		return STATUS_OK;
	}
	if (value.tensor->ndim == 0 || sizes_equal(dst.tensor, value.tensor)) {
		IValue args[3] = {dst, value, iv_bool(false)};
		TRY(torch_run_row(b, ROW_COPY, args, 3, &r));
		ivalue_unref(&r);
		return STATUS_OK;
	}
	IValue src, wide;
	TRY(drop_leading_ones(b, value, &src));
	IValue expand[3] = {src, iv_take_list(list_of_ints(dst.tensor->sizes, dst.tensor->ndim)), iv_bool(true)};
	Status s = torch_run_row(b, ROW_EXPAND, expand, 3, &wide);
	ivalue_unref(&expand[1]);
	ivalue_unref(&src);
	TRY(s);
	IValue args[3] = {dst, wide, iv_bool(false)};
	s = torch_run_row(b, ROW_COPY, args, 3, &r);
	ivalue_unref(&wide);
	if (s == STATUS_OK)
		ivalue_unref(&r);
	return s;
}

Status torch_setitem(Build *b, IValue x, IValue key, IValue value)
{
	value = py_unwrap(value);
	if (value.tag != TAG_TENSOR && !iv_is_number(value))
		return py_raise(b, "TypeError", "can't assign a %s to a torch.%sTensor", py_type_name(b, value),
			dtype_class_name(tensor_dtype(x.tensor)));
	if (x.tensor->requires_grad && b->x.grad_enabled)
		return py_raise(b, "RuntimeError",
			"a view of a leaf Variable that requires grad is being used in an in-place operation.");
	IValue k = py_unwrap(key);
	if (k.tag == TAG_BOOL && !k.b)
		return STATUS_OK;
	if (k.tag == TAG_BOOL)
		k = iv_none();
	Subscript s;
	Status st = subscript_apply(b, x, k, &s);
	if (st != STATUS_OK || !s.n) {
		if (st == STATUS_OK)
			st = store(b, s.x, value);
		subscript_free(&s);
		return st;
	}
	IValue args[4] = {s.x, iv_none(), iv_none(), iv_bool(false)}, r;
	st = index_list(b, &s, &args[1]);
	if (st == STATUS_OK && value.tag == TAG_TENSOR) {
		st = drop_leading_ones(b, value, &args[2]);
	} else if (st == STATUS_OK) {
		Tensor *t;
		st = number_tensor(&b->x, value, tensor_dtype(x.tensor), &t);
		if (st == STATUS_OK)
			args[2] = iv_take_tensor(t);
	}
	if (st == STATUS_OK)
		st = torch_run_row(b, ROW_INDEX_PUT, args, 4, &r);
	if (st == STATUS_OK)
		ivalue_unref(&r);
	ivalue_unref(&args[1]);
	ivalue_unref(&args[2]);
	subscript_free(&s);
	return st;
}
