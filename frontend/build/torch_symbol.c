// SPDX-License-Identifier: BSD-3-Clause
// The small values of torch: dtypes, layouts, memory formats, devices, sizes, and the limits of number types.
//
// dtypes and their like are PySymbols, one object each for a Build, so that `is` works; devices are immediate values.
#include "frontend/build/torch.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *path; SymbolKind kind; int64_t code; } symbols[] = {
	{"torch.strided", SYMBOL_LAYOUT, 0}, {"torch.sparse_coo", SYMBOL_LAYOUT, 1}, {"torch.sparse_csr", SYMBOL_LAYOUT, 2},
	{"torch._mkldnn", SYMBOL_LAYOUT, 3}, {"torch.sparse_csc", SYMBOL_LAYOUT, 4}, {"torch.sparse_bsr", SYMBOL_LAYOUT, 5},
	{"torch.sparse_bsc", SYMBOL_LAYOUT, 6}, {"torch.jagged", SYMBOL_LAYOUT, 7},
	{"torch.contiguous_format", SYMBOL_MEMORY_FORMAT, 0}, {"torch.preserve_format", SYMBOL_MEMORY_FORMAT, 1},
	{"torch.channels_last", SYMBOL_MEMORY_FORMAT, 2}, {"torch.channels_last_3d", SYMBOL_MEMORY_FORMAT, 3},
	{"torch.per_tensor_affine", SYMBOL_QSCHEME, 0}, {"torch.per_channel_affine", SYMBOL_QSCHEME, 1},
	{"torch.per_tensor_symmetric", SYMBOL_QSCHEME, 2}, {"torch.per_channel_symmetric", SYMBOL_QSCHEME, 3},
	{"torch.per_channel_affine_float_qparams", SYMBOL_QSCHEME, 4},
};

static const struct { const char *name; DType d; } dtype_aliases[] = {
	{"float", DT_F32}, {"double", DT_F64}, {"half", DT_F16}, {"int", DT_I32}, {"long", DT_I64}, {"short", DT_I16},
	{"cfloat", DT_C64}, {"cdouble", DT_C128}, {"chalf", DT_C32},
};

IValue py_symbol(Build *b, SymbolKind k, int64_t code)
{
	Torch *t = torch_state(b);
	char path[64];
	if (k == SYMBOL_DTYPE) {
		snprintf(path, sizeof path, "torch.%s", dtype_valid(code) ? dtype_name((DType)code) : "undefined");
	} else {
		snprintf(path, sizeof path, "torch.unknown_%d_%lld", (int)k, (long long)code);
		for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
			if (symbols[i].kind == k && symbols[i].code == code)
				snprintf(path, sizeof path, "%s", symbols[i].path);
	}
	PySymbol *s = map_get(&t->symbols, path);
	if (!s) {
		s = py_new(b, PY_SYMBOL, sizeof *s);
		s->what = k;
		s->path = py_intern(b, path)->s;
		s->code = code;
		map_set(&t->symbols, path, s);
	}
	return ivalue_ref(py_value(s));
}

Status torch_dtype_of(Build *b, IValue v, DType *out)
{
	v = py_unwrap(v);
	if (py_is(v, PY_SYMBOL) && PY_AS(PySymbol, v)->what == SYMBOL_DTYPE) {
		*out = (DType)PY_AS(PySymbol, v)->code;
		return STATUS_OK;
	}
	if (py_is(v, PY_CLASS) && PY_AS(PyClass, v)->is_native) {
		const char *n = PY_AS(PyClass, v)->name.str->s;
		*out = !strcmp(n, "float") ? torch_state(b)->default_dtype : !strcmp(n, "int") ? DT_I64
			: !strcmp(n, "bool") ? DT_BOOL : !strcmp(n, "complex") ? DT_C64 : DT_NONE;
		if (*out != DT_NONE)
			return STATUS_OK;
	}
	return py_raise(b, "TypeError", "dtype must be torch.dtype, not %s", py_type_name(b, v));
}

Status torch_device_of(Build *b, IValue v, Device *out)
{
	v = py_unwrap(v);
	if (v.tag == TAG_DEVICE) {
		*out = v.device;
		return STATUS_OK;
	}
	if (v.tag == TAG_STR)
		return device_parse(v.str->s, (size_t)v.str->n, out, b->x.err);
	if (v.tag == TAG_INT) {
		*out = DEVICE_TYPE_CUDA << 8 | ((int32_t)v.i + 1);
		return STATUS_OK;
	}
	return py_raise(b, "TypeError", "device(): argument 'type' (position 1) must be str, not %s", py_type_name(b, v));
}

// ---- classes of the symbols

static DType self_dtype(const PyArgs *a) { return (DType)PY_AS(PySymbol, torch_self(a))->code; }

static Status dtype_is_floating_point(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_bool(dtype_is_float(self_dtype(a)));
	return STATUS_OK;
}
static Status dtype_is_complex_get(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_bool(dtype_is_complex(self_dtype(a)));
	return STATUS_OK;
}
static Status dtype_is_signed_get(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	DType d = self_dtype(a);
	*out = iv_bool(!(d == DT_U8 || d == DT_BOOL || d == DT_U16 || d == DT_U32 || d == DT_U64 || d == DT_QU8));
	return STATUS_OK;
}
static Status dtype_itemsize_get(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_int((int64_t)dtype_size(self_dtype(a)));
	return STATUS_OK;
}
static Status dtype_to_real_call(Build *b, const PyArgs *a, IValue *out)
{
	*out = py_symbol(b, SYMBOL_DTYPE, dtype_to_real(self_dtype(a)));
	return STATUS_OK;
}
static Status dtype_to_complex_call(Build *b, const PyArgs *a, IValue *out)
{
	*out = py_symbol(b, SYMBOL_DTYPE, dtype_to_complex(self_dtype(a)));
	return STATUS_OK;
}

static Status symbol_make(Build *b, const PyArgs *a, IValue *out)
{
	(void)out;
	return py_raise(b, "TypeError", "cannot create '%s' instances",
		py_is(a->self, PY_CLASS) ? PY_AS(PyClass, a->self)->qualname.str->s : "torch.dtype");
}

static Status symbol_repr(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	*out = iv_cstr(PY_AS(PySymbol, torch_self(a))->path);
	return STATUS_OK;
}

// ---- devices

static const char *device_type_name(Device d, char buf[32])
{
	device_format((Device)(d & ~0xff), buf);
	return buf;
}

static Status device_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue type, index;
	TRY(args_parse(b, a, "device", "type:o index:o=None", &type, &index));
	Device d;
	TRY(torch_device_of(b, type, &d));
	if (index.tag != TAG_NONE) {
		int64_t i;
		TRY(torch_as_int(b, index, &i));
		if (type.tag == TAG_STR && d & 0xff)
			return py_raise(b, "RuntimeError", "type (string) must not include an index because index was passed "
				"explicitly: %s", type.str->s);
		if (i < 0 || i > 126)
			return py_raise(b, "RuntimeError", "Device index must be non-negative, got %lld", (long long)i);
		d = (Device)((d & ~0xff) | (int)(i + 1));
	}
	*out = iv_device(d);
	return STATUS_OK;
}
static Status device_type_get(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	char buf[32];
	*out = iv_cstr(device_type_name(torch_self(a).device, buf));
	return STATUS_OK;
}
static Status device_index_get(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	int i = torch_self(a).device & 0xff;
	*out = i ? iv_int(i - 1) : iv_none();
	return STATUS_OK;
}
static Status device_repr(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	char buf[32];
	Text t = {0};
	Device d = torch_self(a).device;
	text_addf(&t, "device(type='%s'", device_type_name(d, buf));
	if (d & 0xff)
		text_addf(&t, ", index=%d", (d & 0xff) - 1);
	text_addc(&t, ')');
	*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return STATUS_OK;
}
static Status device_str(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	char buf[32];
	device_format(torch_self(a).device, buf);
	*out = iv_cstr(buf);
	return STATUS_OK;
}

// ---- torch.Size

static PyClass *size_class(Build *b) { return torch_class(b, "torch.Size"); }

static IValue size_of_tuple(Build *b, IValue tuple) // takes tuple
{
	return py_instance(b, size_class(b), tuple);
}

IValue py_size(Build *b, const int64_t *sizes, int n)
{
	TupleObj *t = tuple_new(n, NULL);
	for (int i = 0; i < n; i++)
		t->items[i] = iv_int(sizes[i]);
	return size_of_tuple(b, iv_take_tuple(t));
}

static Status size_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue list = iv_none();
	TupleObj *t;
	if (a->npos) {
		TRY(py_to_list(b, a->pos[0], &list));
		t = tuple_new(list.list->n, NULL);
		for (int64_t i = 0; i < list.list->n; i++) {
			int64_t k;
			if (!torch_is_index(b, list.list->items[i])) {
				Status s = py_raise(b, "TypeError", "torch.Size() takes an iterable of 'int' (item %lld is '%s')",
					(long long)i, py_type_name(b, list.list->items[i]));
				IValue tv = iv_take_tuple(t);
				ivalue_unref(&tv);
				ivalue_unref(&list);
				return s;
			}
			Status s = torch_as_int(b, list.list->items[i], &k);
			if (s != STATUS_OK) {
				IValue tv = iv_take_tuple(t);
				ivalue_unref(&tv);
				ivalue_unref(&list);
				return s;
			}
			t->items[i] = iv_int(k);
		}
		ivalue_unref(&list);
	} else {
		t = tuple_new(0, NULL);
	}
	*out = size_of_tuple(b, iv_take_tuple(t));
	return STATUS_OK;
}

static Status size_numel(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	IValue t = py_unwrap(torch_self(a));
	int64_t n = 1;
	for (int64_t i = 0; t.tag == TAG_TUPLE && i < t.tuple->n; i++)
		n = (int64_t)((uint64_t)n * (uint64_t)iv_as_i64(t.tuple->items[i]));
	*out = iv_int(n);
	return STATUS_OK;
}

static Status size_repr(Build *b, const PyArgs *a, IValue *out)
{
	IValue t = py_unwrap(torch_self(a));
	Text s = {0};
	text_add(&s, "torch.Size([");
	Status st = STATUS_OK;
	for (int64_t i = 0; t.tag == TAG_TUPLE && i < t.tuple->n && st == STATUS_OK; i++) {
		text_add(&s, i ? ", " : "");
		st = py_repr(b, t.tuple->items[i], &s);
	}
	text_add(&s, "])");
	*out = iv_str(text_str(&s), s.size);
	text_free(&s);
	return st;
}

static const IValue *size_operand(const PyArgs *a)
{
	return a->self.tag != TAG_NONE && a->self.tag != TAG_UNINIT ? &a->pos[0] : &a->pos[1];
}

static Status size_getitem(Build *b, const PyArgs *a, IValue *out)
{
	const IValue *key = size_operand(a);
	TRY(py_getitem(b, py_unwrap(torch_self(a)), *key, out));
	if (py_is(*key, PY_SLICE) && out->tag == TAG_TUPLE)
		*out = size_of_tuple(b, *out);
	return STATUS_OK;
}

static Status size_add(Build *b, const PyArgs *a, IValue *out)
{
	IValue other = py_unwrap(*size_operand(a));
	TRY(py_binary(b, OP_ADD, py_unwrap(torch_self(a)), other, out));
	bool ints = out->tag == TAG_TUPLE;
	for (int64_t i = 0; ints && i < out->tuple->n; i++)
		ints = out->tuple->items[i].tag == TAG_INT;
	if (ints)
		*out = size_of_tuple(b, *out);
	return STATUS_OK;
}

static Status size_radd(Build *b, const PyArgs *a, IValue *out)
{
	IValue other = py_unwrap(*size_operand(a));
	TRY(py_binary(b, OP_ADD, other, py_unwrap(torch_self(a)), out));
	if (out->tag == TAG_TUPLE)
		*out = size_of_tuple(b, *out);
	return STATUS_OK;
}

static Status size_mul(Build *b, const PyArgs *a, IValue *out)
{
	TRY(py_binary(b, OP_MUL, py_unwrap(torch_self(a)), *size_operand(a), out));
	if (out->tag == TAG_TUPLE)
		*out = size_of_tuple(b, *out);
	return STATUS_OK;
}

// ---- finfo, iinfo

static void info_set(Build *b, IValue i, const char *name, IValue v)
{
	if (py_setattr(b, i, py_intern(b, name), v) != STATUS_OK)
		py_discard(b);
	ivalue_unref(&v);
}

static Status finfo_make(Build *b, const PyArgs *a, IValue *out)
{
	DType d = torch_state(b)->default_dtype;
	if (a->npos || a->nkw)
		TRY(torch_dtype_of(b, a->npos ? a->pos[0] : a->kw[0], &d));
	d = dtype_to_real(d);
	int mant, emin, emax;
	double resolution;
	switch (d) {
	case DT_F32: mant = 23, emin = -126, emax = 127, resolution = 1e-6; break;
	case DT_F64: mant = 52, emin = -1022, emax = 1023, resolution = 1e-15; break;
	case DT_F16: mant = 10, emin = -14, emax = 15, resolution = 1e-3; break;
	case DT_BF16: mant = 7, emin = -126, emax = 127, resolution = 1e-2; break;
	default:
		return py_raise(b, "TypeError", "torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
			"'torch.finfo'");
	}
	double eps = ldexp(1, -mant), max = ldexp(2 - eps, emax), tiny = ldexp(1, emin);
	*out = py_instance(b, torch_class(b, "torch.finfo"), iv_uninit());
	info_set(b, *out, "bits", iv_int((int64_t)dtype_size(d) * 8));
	info_set(b, *out, "resolution", iv_float(resolution));
	info_set(b, *out, "min", iv_float(-max));
	info_set(b, *out, "max", iv_float(max));
	info_set(b, *out, "eps", iv_float(eps));
	info_set(b, *out, "smallest_normal", iv_float(tiny));
	info_set(b, *out, "tiny", iv_float(tiny));
	info_set(b, *out, "dtype", iv_cstr(dtype_name(d)));
	return STATUS_OK;
}

static Status iinfo_make(Build *b, const PyArgs *a, IValue *out)
{
	DType d;
	if (!a->npos && !a->nkw)
		return py_raise(b, "TypeError", "iinfo() missing 1 required positional arguments: \"type\"");
	TRY(torch_dtype_of(b, a->npos ? a->pos[0] : a->kw[0], &d));
	if (d == DT_BOOL)
		return py_raise(b, "TypeError", "torch.bool is not supported by torch.iinfo");
	if (!dtype_is_int(d))
		return py_raise(b, "TypeError", "torch.iinfo() requires an integer input type. Use torch.finfo to handle "
			"'torch.iinfo'");
	int bits = (int)dtype_size(d) * 8;
	bool is_signed = d == DT_I8 || d == DT_I16 || d == DT_I32 || d == DT_I64;
	int64_t max = is_signed ? (int64_t)(UINT64_MAX >> (65 - bits)) : bits == 64 ? INT64_MAX : (int64_t)((1ull << bits) - 1);
	*out = py_instance(b, torch_class(b, "torch.iinfo"), iv_uninit());
	info_set(b, *out, "bits", iv_int(bits));
	info_set(b, *out, "min", iv_int(is_signed ? -max - 1 : 0));
	info_set(b, *out, "max", iv_int(max));
	info_set(b, *out, "dtype", iv_cstr(dtype_name(d)));
	return STATUS_OK;
}

static Status info_repr(Build *b, const PyArgs *a, IValue *out)
{
	IValue self = torch_self(a);
	PyInstance *i = PY_AS(PyInstance, self);
	Text t = {0};
	text_addf(&t, "%s(", i->cls->name.str->s);
	static const char *const order[] = {"resolution", "min", "max", "eps", "smallest_normal", "tiny", "dtype"};
	bool first = true;
	for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
		IValue *v = py_instance_slot(i, py_intern(b, order[k]));
		if (!v)
			continue;
		text_addf(&t, "%s%s=", first ? "" : ", ", order[k]);
		first = false;
		if (v->tag == TAG_FLOAT)
			text_addf(&t, "%g", v->f);
		else if (v->tag == TAG_STR)
			text_add(&t, v->str->s);
		else
			ivalue_repr(&t, *v);
	}
	text_addc(&t, ')');
	*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return STATUS_OK;
}

// ---- the namespace

void torch_symbol_classes(Build *b)
{
	static const NativeMethod repr_only[] = {{"__repr__", symbol_repr}, {NULL, NULL}};
	static const NativeMethod dtype_methods[] = {{"to_real", dtype_to_real_call}, {"to_complex", dtype_to_complex_call},
		{"__repr__", symbol_repr}, {NULL, NULL}};
	static const NativeMethod device_methods[] = {{"__repr__", device_repr}, {"__str__", device_str}, {NULL, NULL}};
	static const NativeMethod size_methods[] = {{"numel", size_numel}, {"__repr__", size_repr}, {"__str__", size_repr},
		{"__getitem__", size_getitem}, {"__add__", size_add}, {"__radd__", size_radd}, {"__mul__", size_mul},
		{"__rmul__", size_mul}, {NULL, NULL}};
	static const NativeMethod info_methods[] = {{"__repr__", info_repr}, {NULL, NULL}};
	PyClass *dtype = torch_make_class(b, "torch.dtype", NULL, PAYLOAD_NONE, symbol_make, dtype_methods);
	py_class_property(b, dtype, "is_floating_point", dtype_is_floating_point, NULL);
	py_class_property(b, dtype, "is_complex", dtype_is_complex_get, NULL);
	py_class_property(b, dtype, "is_signed", dtype_is_signed_get, NULL);
	py_class_property(b, dtype, "itemsize", dtype_itemsize_get, NULL);
	torch_make_class(b, "torch.layout", NULL, PAYLOAD_NONE, symbol_make, repr_only);
	torch_make_class(b, "torch.memory_format", NULL, PAYLOAD_NONE, symbol_make, repr_only);
	torch_make_class(b, "torch.qscheme", NULL, PAYLOAD_NONE, symbol_make, repr_only);
	PyClass *device = torch_make_class(b, "torch.device", NULL, PAYLOAD_NONE, device_make, device_methods);
	py_class_property(b, device, "type", device_type_get, NULL);
	py_class_property(b, device, "index", device_index_get, NULL);
	IValue empty = iv_take_tuple(tuple_new(0, NULL));
	torch_make_class(b, "torch.Size", py_type(b, empty), PAYLOAD_TUPLE, size_make, size_methods);
	ivalue_unref(&empty);
	torch_make_class(b, "torch.finfo", NULL, PAYLOAD_NONE, finfo_make, info_methods);
	torch_make_class(b, "torch.iinfo", NULL, PAYLOAD_NONE, iinfo_make, info_methods);
}

void torch_symbols_init(Build *b, PyModule *m)
{
	static const char *const classes[] = {"dtype", "layout", "memory_format", "qscheme", "device", "Size", "finfo", "iinfo"};
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		char path[32];
		snprintf(path, sizeof path, "torch.%s", classes[i]);
		module_set_take(m, classes[i], ivalue_ref(py_value(torch_class(b, path))));
	}
	for (int d = 0; d < DTYPE_CODES; d++)
		if (dtype_valid(d))
			module_set_take(m, dtype_name((DType)d), py_symbol(b, SYMBOL_DTYPE, d));
	for (size_t i = 0; i < sizeof dtype_aliases / sizeof *dtype_aliases; i++)
		module_set_take(m, dtype_aliases[i].name, py_symbol(b, SYMBOL_DTYPE, dtype_aliases[i].d));
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
		module_set_take(m, strchr(symbols[i].path, '.') + 1, py_symbol(b, symbols[i].kind, symbols[i].code));
	module_set_take(m, "legacy_contiguous_format", py_symbol(b, SYMBOL_MEMORY_FORMAT, 0));
}
