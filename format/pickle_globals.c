// SPDX-License-Identifier: BSD-3-Clause
// Every function that a pickle may call, one row each: module, name, dialects, what it does.
//
// All of them build data.  Geometry that comes from the file is checked against the storage here, so that no
// kernel ever meets a tensor that reaches outside its bytes.
#include "format/pickle_machine.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"

bool pickle_is_key(PickleDialect dialect, IValue v)
{
	enum { MAX_ITEMS = 64 };
	switch (v.tag) {
	case TAG_INT: case TAG_FLOAT: case TAG_BOOL: case TAG_COMPLEX: case TAG_STR: case TAG_DEVICE: case TAG_TENSOR:
		return true;
	case TAG_NONE:
		return dialect == PICKLE_SAVE;
	case TAG_TUPLE:
		for (int64_t i = 0; i < v.tuple->n && i < MAX_ITEMS; i++) {
			if (v.tuple->items[i].tag == TAG_TUPLE || !pickle_is_key(dialect, v.tuple->items[i]))
				return false;
		}
		return dialect == PICKLE_SAVE && v.tuple->n <= MAX_ITEMS;
	default:
		return false;
	}
}

static Status want_args(const PickleReader *r, const PickleGlobal *row, const TupleObj *args, int64_t least, int64_t most)
{
	if (args->n < least || args->n > most)
		return pickle_fail(r, "%s.%s is called with %" PRId64 " arguments", row->module, row->name, args->n);
	return STATUS_OK;
}

static Status wrong_args(const PickleReader *r, const PickleGlobal *row)
{
	return pickle_fail(r, "%s.%s is called with arguments of the wrong types", row->module, row->name);
}

// ---- tensors

typedef struct Geometry {
	int64_t offset, sizes[MAX_DIMS], strides[MAX_DIMS];
	int ndim;
} Geometry;

// A tuple or list of non-negative ints.
static Status read_dims(const PickleReader *r, IValue v, const char *what, int64_t *dims, int *ndim)
{
	const IValue *items = v.tag == TAG_TUPLE ? v.tuple->items : v.tag == TAG_LIST ? v.list->items : NULL;
	if (v.tag != TAG_TUPLE && v.tag != TAG_LIST)
		return pickle_fail(r, "the %s of a tensor is not a tuple", what);
	int64_t n = v.tag == TAG_TUPLE ? v.tuple->n : v.list->n;
	if (n > MAX_DIMS)
		return fail(r->err, STATUS_LIMIT, "pickle: a tensor of %" PRId64 " dimensions; at most %d are possible", n,
			MAX_DIMS);
	for (int64_t i = 0; i < n; i++) {
		if (items[i].tag != TAG_INT)
			return pickle_fail(r, "the %s of a tensor is not made of integers", what);
		if (items[i].i < 0)
			return pickle_fail(r, "negative %s %" PRId64 " at dim %" PRId64, what, items[i].i, i);
		dims[i] = items[i].i;
	}
	*ndim = (int)n;
	return STATUS_OK;
}

static Status read_geometry(const PickleReader *r, IValue offset, IValue sizes, IValue strides, Geometry *g)
{
	int nstrides;
	if (offset.tag != TAG_INT)
		return pickle_fail(r, "the offset of a tensor is not an integer");
	if (offset.i < 0)
		return pickle_fail(r, "negative storage offset %" PRId64, offset.i);
	g->offset = offset.i;
	TRY(read_dims(r, sizes, "size", g->sizes, &g->ndim));
	TRY(read_dims(r, strides, "stride", g->strides, &nstrides));
	if (nstrides != g->ndim)
		return pickle_fail(r, "a tensor has %d sizes but %d strides", g->ndim, nstrides);
	int64_t numel;
	if (!sizes_product(g->sizes, g->ndim, &numel))
		return pickle_fail(r, "the number of elements of a tensor does not fit 64 bits");
	return STATUS_OK;
}

static Status strided_tensor(const PickleReader *r, const PickleToken *st, DType dtype, const Geometry *g, Tensor **out)
{
	if (dtype == DT_QU4X2 || dtype == DT_QU2X4)
		return fail(r->err, STATUS_UNSUPPORTED, "pickle: tensors of dtype %s", dtype_name(dtype));
	int64_t limit = (int64_t)(st->storage->nbytes / dtype_size(dtype));
	int64_t numel, offset = g->offset;
	sizes_product(g->sizes, g->ndim, &numel);
	if (numel == 0 && offset > limit)
		offset = limit; // names no element, but its address should not lie outside either
	if (st->storage->device != DEVICE_META &&
		!tensor_bounds_ok(g->sizes, g->strides, g->ndim, offset, limit)) {
		Text shape = {0};
		for (int i = 0; i < g->ndim; i++)
			text_addf(&shape, "%s%" PRId64, i ? ", " : "", g->sizes[i]);
		Status s = pickle_fail(r, "a tensor of size [%s] at offset %" PRId64 " reaches outside its storage of %" PRId64
			" elements", text_str(&shape), g->offset, limit);
		text_free(&shape);
		return s;
	}
	*out = tensor_over(st->storage, dtype, g->sizes, g->strides, g->ndim, offset);
	return STATUS_OK;
}

// The flags dict of a lazy view: {'conj': True}, {'neg': True}.
static Status read_flags(const PickleReader *r, IValue v, Tensor *t)
{
	if (v.tag == TAG_NONE)
		return STATUS_OK;
	if (v.tag != TAG_DICT)
		return pickle_fail(r, "the flags of a tensor are not a dict");
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(v.dict, &pos));) {
		if (e->key.tag != TAG_STR || e->value.tag != TAG_BOOL)
			continue;
		if (!strcmp(e->key.str->s, "neg"))
			t->neg = e->value.b;
		if (strcmp(e->key.str->s, "conj"))
			continue;
		if (e->value.b && !dtype_is_complex(tensor_dtype(t)))
			return pickle_fail(r, "the conj flag on a tensor of dtype %s", dtype_name(tensor_dtype(t)));
		t->conj = e->value.b;
	}
	return STATUS_OK;
}

// (storage, offset, size, stride, requires_grad, hooks[, flags])
// v3: (storage, offset, size, stride, requires_grad, hooks, dtype[, flags])
static Status rebuild_tensor(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	bool v3 = !strcmp(row->name, "_rebuild_tensor_v3");
	bool v1 = !strcmp(row->name, "_rebuild_tensor");
	TRY(want_args(r, row, args, v1 ? 4 : v3 ? 7 : 6, v1 ? 4 : v3 ? 8 : 7));
	const IValue *a = args->items;
	const PickleToken *st = token_of(a[0]);
	if (!st || st->kind != TOKEN_STORAGE || (!v1 && a[4].tag != TAG_BOOL))
		return wrong_args(r, row);
	DType dtype = st->dtype;
	if (v3) {
		const PickleToken *other = token_of(a[6]);
		if (other && other->name)
			return fail(r->err, STATUS_UNSUPPORTED, "pickle: tensors of dtype %s", other->name);
		if (a[6].tag != TAG_INT)
			return wrong_args(r, row);
		if (!dtype_valid(a[6].i))
			return fail(r->err, STATUS_UNSUPPORTED, "pickle: tensors with dtype code %" PRId64, a[6].i);
		dtype = (DType)a[6].i;
		if (dtype == DT_BOOL && st->dtype != DT_BOOL) // bytes of such a storage were not checked to be 0 or 1
			return wrong_args(r, row);
	}
	if (dtype_is_quantized(dtype))
		return pickle_fail(r, "a quantised storage in an ordinary tensor");
	Geometry g;
	Tensor *t;
	TRY(read_geometry(r, a[1], a[2], a[3], &g));
	TRY(strided_tensor(r, st, dtype, &g, &t));
	t->requires_grad = !v1 && a[4].b && (dtype_is_float(dtype) || dtype_is_complex(dtype));
	int flags = v3 ? 7 : 6;
	Status s = args->n > flags ? read_flags(r, a[flags], t) : STATUS_OK;
	if (s != STATUS_OK) {
		tensor_unref(&t);
		return s;
	}
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

// A contiguous copy of a one-dimensional tensor in another dtype, for the parameters of channels.
static Status channel_values(const PickleReader *r, IValue v, DType dtype, int64_t n, Tensor **out)
{
	if (v.tag != TAG_TENSOR || v.tensor->ndim != 1 || v.tensor->numel != n || tensor_device(v.tensor) != DEVICE_CPU)
		return pickle_fail(r, "the scales and zero points of a quantised tensor are not vectors of %" PRId64 " entries",
			n);
	const Tensor *from = v.tensor;
	DType d = tensor_dtype(from);
	if (!dtype_is_float(d) && !dtype_is_int(d))
		return pickle_fail(r, "scales or zero points of dtype %s", dtype_name(d));
	TRY(tensor_empty(dtype, &n, 1, out, r->err));
	size_t step = dtype_size(d), to = dtype_size(dtype);
	const uint8_t *src = tensor_data(from);
	uint8_t *dst = tensor_data(*out);
	for (int64_t i = 0; i < n; i++, dst += to) {
		const uint8_t *p = src + i * from->strides[0] * (int64_t)step;
		if (dtype == DT_I64)
			element_set_i64(dst, dtype, dtype_is_float(d) ? (int64_t)fmax(fmin(element_f64(p, d), 1e18), -1e18)
				: element_i64(p, d));
		else
			element_set_f64(dst, dtype, element_f64(p, d));
	}
	return STATUS_OK;
}

static Status read_quantizer(const PickleReader *r, const PickleGlobal *row, IValue v, const Geometry *g, Quantizer **out)
{
	if (v.tag != TAG_TUPLE || v.tuple->n < 3 || v.tuple->items[0].tag != TAG_INT)
		return wrong_args(r, row);
	const IValue *q = v.tuple->items;
	Quantizer *z = xcalloc(1, sizeof *z);
	z->refs = 1;
	z->scheme = (QScheme)q[0].i;
	Status s = STATUS_OK;
	if (z->scheme == Q_PER_TENSOR_AFFINE || z->scheme == Q_PER_TENSOR_SYMMETRIC) {
		if (q[1].tag != TAG_FLOAT || q[2].tag != TAG_INT)
			s = wrong_args(r, row);
		z->scale = iv_is_number(q[1]) ? iv_as_f64(q[1]) : 1;
		z->zero_point = q[2].tag == TAG_INT ? q[2].i : 0;
	} else if (v.tuple->n != 4 || q[3].tag != TAG_INT || q[3].i < 0 || q[3].i >= g->ndim) {
		s = wrong_args(r, row);
	} else {
		z->axis = q[3].i;
		// Python's pickler calls the float scheme per_channel_affine; float zero points give it away.
		if (q[2].tag == TAG_TENSOR && dtype_is_float(tensor_dtype(q[2].tensor)))
			z->scheme = Q_PER_CHANNEL_FLOAT;
		bool f = z->scheme == Q_PER_CHANNEL_FLOAT;
		s = channel_values(r, q[1], f ? DT_F32 : DT_F64, g->sizes[z->axis], &z->scales);
		if (s == STATUS_OK)
			s = channel_values(r, q[2], f ? DT_F32 : DT_I64, g->sizes[z->axis], &z->zero_points);
	}
	if (s != STATUS_OK)
		quantizer_unref(&z);
	*out = z;
	return s;
}

// Kernels subtract zero points from stored integers without asking again.
static Status check_zero_points(const PickleReader *r, DType d, const Quantizer *q)
{
	int64_t lo = d == DT_QU8 ? 0 : d == DT_QI8 ? INT8_MIN : INT32_MIN, hi = d == DT_QU8 ? UINT8_MAX : d == DT_QI8 ? INT8_MAX : INT32_MAX;
	if (q->scheme == Q_PER_CHANNEL_FLOAT || d == DT_QU4X2 || d == DT_QU2X4)
		return STATUS_OK;
	int64_t n = q->zero_points ? q->zero_points->numel : 1;
	for (int64_t i = 0; i < n; i++) {
		int64_t z = q->zero_points ? ((const int64_t *)tensor_data(q->zero_points))[i] : q->zero_point;
		if (z < lo || z > hi)
			return pickle_fail(r, "the zero point %" PRId64 " of a tensor of dtype %s is out of range", z, dtype_name(d));
	}
	return STATUS_OK;
}

// (storage, offset, size, stride, quantizer parameters, requires_grad, hooks)
static Status rebuild_qtensor(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 7, 8));
	const IValue *a = args->items;
	const PickleToken *st = token_of(a[0]);
	if (!st || st->kind != TOKEN_STORAGE || !dtype_is_quantized(st->dtype))
		return wrong_args(r, row);
	Geometry g;
	Quantizer *q;
	TRY(read_geometry(r, a[1], a[2], a[3], &g));
	TRY(read_quantizer(r, row, a[4], &g, &q));
	Tensor *t = NULL;
	Status s = check_zero_points(r, st->dtype, q);
	if (s == STATUS_OK)
		s = strided_tensor(r, st, st->dtype, &g, &t);
	if (s != STATUS_OK) {
		quantizer_unref(&q);
		return s;
	}
	t->quant = q;
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

// (tensor, requires_grad, hooks[, state])
static Status rebuild_parameter(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 2, 4));
	const IValue *a = args->items;
	if (a[0].tag != TAG_TENSOR || a[1].tag != TAG_BOOL)
		return wrong_args(r, row);
	DType d = tensor_dtype(a[0].tensor);
	Tensor *t = tensor_alias(a[0].tensor);
	t->requires_grad = a[1].b && (dtype_is_float(d) || dtype_is_complex(d));
	t->is_parameter = true;
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

// (function, type, args, state): tensors with a Python class or with attributes; both are dropped.
static Status rebuild_from_type(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 4, 4));
	const IValue *a = args->items;
	const PickleToken *fn = token_of(a[0]);
	if (!fn || fn->kind != TOKEN_FUNCTION || a[2].tag != TAG_TUPLE || fn->global->call == rebuild_from_type)
		return wrong_args(r, row);
	TRY(fn->global->call(r, fn->global, a[2].tuple, out));
	if (out->tag == TAG_TENSOR)
		return STATUS_OK;
	ivalue_unref(out);
	return wrong_args(r, row);
}

// (dtype, size, stride, requires_grad)
static Status rebuild_meta_tensor(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 4, 4));
	const IValue *a = args->items;
	if (a[0].tag != TAG_INT || !dtype_valid(a[0].i) || a[3].tag != TAG_BOOL)
		return wrong_args(r, row);
	Geometry g;
	TRY(read_geometry(r, iv_int(0), a[1], a[2], &g));
	Storage *s = storage_wrap(NULL, 0, NULL, NULL);
	s->device = DEVICE_META;
	Tensor *t = tensor_over(s, (DType)a[0].i, g.sizes, g.strides, g.ndim, 0);
	storage_unref(&s);
	t->requires_grad = a[3].b;
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

static const char *const layouts[] = {"strided", "sparse_coo", "sparse_csr", "mkldnn", "sparse_csc", "sparse_bsr",
	"sparse_bsc", "jagged"};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

static Status rebuild_sparse_tensor(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	(void)out;
	if (args->n < 1 || args->items[0].tag != TAG_INT || args->items[0].i < 0 || args->items[0].i >= LAYOUTS)
		return wrong_args(r, row);
	return fail(r->err, STATUS_UNSUPPORTED, "pickle: tensors with layout torch.%s", layouts[args->items[0].i]);
}

static Status rebuild_nested_tensor(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	(void)row, (void)args, (void)out;
	return fail(r->err, STATUS_UNSUPPORTED, "pickle: nested tensors");
}

static Status get_layout(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 1, 1));
	if (args->items[0].tag != TAG_STR)
		return wrong_args(r, row);
	for (int i = 0; i < LAYOUTS; i++) {
		const char *s = args->items[0].str->s;
		if (!strncmp(s, "torch.", 6) && !strcmp(s + 6, layouts[i])) {
			*out = iv_int(i);
			return STATUS_OK;
		}
	}
	return wrong_args(r, row);
}

// ---- containers of TorchScript archives

static Status build_list(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	static const struct { const char *name, *tag; } kinds[] = {{"build_intlist", "List[int]"},
		{"build_doublelist", "List[float]"}, {"build_boollist", "List[bool]"}, {"build_tensorlist", "List[Tensor]"}};
	TRY(want_args(r, row, args, 1, 1));
	if (args->items[0].tag != TAG_LIST || !r->host->retag)
		return wrong_args(r, row);
	for (int i = 0; i < 4; i++) {
		if (!strcmp(row->name, kinds[i].name)) {
			TRY(r->host->retag(r->host->ctx, &args->items[0], kinds[i].tag, r->err));
			*out = ivalue_ref(args->items[0]);
		}
	}
	return STATUS_OK;
}

static Status restore_type_tag(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 2, 2));
	IValue *a = args->items;
	if ((a[0].tag != TAG_LIST && a[0].tag != TAG_DICT) || a[1].tag != TAG_STR || !r->host->retag)
		return wrong_args(r, row);
	TRY(r->host->retag(r->host->ctx, &a[0], a[1].str->s, r->err));
	*out = ivalue_ref(a[0]);
	return STATUS_OK;
}

// The placeholder for backward hooks.
static Status build_nothing(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	(void)r, (void)row, (void)args;
	*out = iv_none();
	return STATUS_OK;
}

// ---- Python's own

static Status build_complex(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 2, 2));
	const IValue *a = args->items;
	if ((a[0].tag != TAG_FLOAT && a[0].tag != TAG_INT) || (a[1].tag != TAG_FLOAT && a[1].tag != TAG_INT))
		return wrong_args(r, row);
	*out = iv_complex(iv_as_f64(a[0]), iv_as_f64(a[1]));
	return STATUS_OK;
}

// (text[, index])
static Status build_device(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 1, 2));
	const IValue *a = args->items;
	if (a[0].tag != TAG_STR || (args->n == 2 && (a[1].tag != TAG_INT || a[1].i < 0 || a[1].i > 127)))
		return wrong_args(r, row);
	Text s = {0};
	text_addn(&s, a[0].str->s, (size_t)a[0].str->n);
	if (args->n == 2)
		text_addf(&s, ":%d", (int)a[1].i);
	Device d;
	Status st = device_parse(text_str(&s), s.size, &d, r->err);
	text_free(&s);
	if (st == STATUS_OK)
		*out = iv_device(d);
	return st;
}

// OrderedDict(), OrderedDict([[k, v], …]), defaultdict(factory), Counter({…})
static Status build_dict(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 0, 2));
	IValue from = args->n ? args->items[0] : iv_none();
	DictObj *d = dict_new(&type_any, &type_any);
	*out = iv_take_dict(d);
	Status s = STATUS_OK;
	if (from.tag == TAG_DICT) {
		int64_t pos = 0;
		for (DictEntry *e; s == STATUS_OK && (e = dict_next(from.dict, &pos));)
			s = dict_set_take(d, ivalue_ref(e->key), ivalue_ref(e->value), r->err);
	} else if (from.tag == TAG_LIST) {
		for (int64_t i = 0; s == STATUS_OK && i < from.list->n; i++) {
			IValue pair = from.list->items[i];
			const IValue *kv = pair.tag == TAG_LIST && pair.list->n == 2 ? pair.list->items
				: pair.tag == TAG_TUPLE && pair.tuple->n == 2 ? pair.tuple->items : NULL;
			if (!kv || !pickle_is_key(r->host->dialect, kv[0]))
				s = wrong_args(r, row);
			else
				s = dict_set_take(d, ivalue_ref(kv[0]), ivalue_ref(kv[1]), r->err);
		}
	} else if (args->n && from.tag != TAG_NONE && !(token_of(from) && token_of(from)->kind == TOKEN_NAME)) {
		s = wrong_args(r, row);
	}
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

// A set or frozenset as the list of its members, a torch.Size as a list of ints.
static Status build_members(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 0, 1));
	IValue from = args->n ? args->items[0] : iv_none();
	bool size = !strcmp(row->name, "Size");
	if (args->n && from.tag != TAG_LIST && !(size && from.tag == TAG_TUPLE))
		return wrong_args(r, row);
	const IValue *items = from.tag == TAG_LIST ? from.list->items : from.tag == TAG_TUPLE ? from.tuple->items : NULL;
	int64_t n = from.tag == TAG_LIST ? from.list->n : from.tag == TAG_TUPLE ? from.tuple->n : 0;
	for (int64_t i = 0; i < n; i++) {
		if (size && items[i].tag != TAG_INT)
			return wrong_args(r, row);
	}
	ListObj *l = list_new(&type_any, n);
	*out = iv_take_list(l);
	for (int64_t i = 0; i < n; i++) {
		Status s = list_append_take(l, ivalue_ref(items[i]), r->err);
		if (s != STATUS_OK) {
			ivalue_unref(out);
			return s;
		}
	}
	return STATUS_OK;
}

// encode(text, 'latin1'): how protocol 2 spells bytes.  Each character of the UTF-8 text is one byte.
static Status build_bytes(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 0, 3));
	if (args->n == 0) {
		*out = iv_str("", 0);
		return STATUS_OK;
	}
	const IValue *a = args->items;
	if (a[0].tag != TAG_STR)
		return wrong_args(r, row);
	if (args->n == 1) { // bytearray(bytes)
		*out = ivalue_ref(a[0]);
		return STATUS_OK;
	}
	if (a[1].tag != TAG_STR || (strcmp(a[1].str->s, "latin1") && strcmp(a[1].str->s, "latin-1")))
		return wrong_args(r, row);
	Text bytes = {0};
	const uint8_t *p = (const uint8_t *)a[0].str->s, *end = p + a[0].str->n;
	Status s = STATUS_OK;
	while (p < end && s == STATUS_OK) {
		if (*p < 0x80) {
			text_addc(&bytes, (char)*p++);
		} else if ((*p == 0xc2 || *p == 0xc3) && end - p >= 2 && (p[1] & 0xc0) == 0x80) {
			text_addc(&bytes, (char)((*p & 3) << 6 | (p[1] & 0x3f)));
			p += 2;
		} else {
			s = pickle_fail(r, "bytes that are not latin1");
		}
	}
	if (s == STATUS_OK)
		*out = iv_str(text_str(&bytes), bytes.size);
	text_free(&bytes);
	return s;
}

// torch.__version__ is a str of a class of its own.
static Status build_text(const PickleReader *r, const PickleGlobal *row, TupleObj *args, IValue *out)
{
	TRY(want_args(r, row, args, 1, 1));
	if (args->items[0].tag != TAG_STR)
		return wrong_args(r, row);
	*out = ivalue_ref(args->items[0]);
	return STATUS_OK;
}

enum { JIT = PICKLE_JIT, SAVE = PICKLE_SAVE, BOTH = PICKLE_JIT | PICKLE_SAVE, NAME = -1 };

static const PickleGlobal globals[] = {
	{"torch._utils", "_rebuild_tensor", SAVE, rebuild_tensor, 0},
	{"torch._utils", "_rebuild_tensor_v2", BOTH, rebuild_tensor, 0},
	{"torch._utils", "_rebuild_tensor_v3", SAVE, rebuild_tensor, 0},
	{"torch._utils", "_rebuild_qtensor", BOTH, rebuild_qtensor, 0},
	{"torch._utils", "_rebuild_parameter", BOTH, rebuild_parameter, 0},
	{"torch._utils", "_rebuild_parameter_with_state", SAVE, rebuild_parameter, 0},
	{"torch._utils", "_rebuild_meta_tensor_no_storage", SAVE, rebuild_meta_tensor, 0},
	{"torch._utils", "_rebuild_sparse_tensor", BOTH, rebuild_sparse_tensor, 0},
	{"torch._utils", "_rebuild_sparse_csr_tensor", SAVE, rebuild_sparse_tensor, 0},
	{"torch._utils", "_rebuild_nested_tensor", SAVE, rebuild_nested_tensor, 0},
	{"torch._tensor", "_rebuild_from_type_v2", BOTH, rebuild_from_type, 0},
	{"torch.jit._pickle", "build_intlist", JIT, build_list, 0},
	{"torch.jit._pickle", "build_doublelist", JIT, build_list, 0},
	{"torch.jit._pickle", "build_boollist", JIT, build_list, 0},
	{"torch.jit._pickle", "build_tensorlist", JIT, build_list, 0},
	{"torch.jit._pickle", "restore_type_tag", JIT, restore_type_tag, 0},
	{"collections", "OrderedDict", JIT, build_nothing, 0},
	{"collections", "OrderedDict", SAVE, build_dict, 0},
	{"collections", "Counter", SAVE, build_dict, 0},
	{"collections", "defaultdict", SAVE, build_dict, 0},
	{"builtins", "complex", BOTH, build_complex, 0},
	{"__builtin__", "complex", SAVE, build_complex, 0},
	{"builtins", "set", SAVE, build_members, 0},
	{"__builtin__", "set", SAVE, build_members, 0},
	{"builtins", "frozenset", SAVE, build_members, 0},
	{"__builtin__", "frozenset", SAVE, build_members, 0},
	{"builtins", "bytearray", SAVE, build_bytes, 0},
	{"__builtin__", "bytearray", SAVE, build_bytes, 0},
	{"__builtin__", "bytes", SAVE, build_bytes, 0},
	{"builtins", "bytes", SAVE, build_bytes, 0},
	{"_codecs", "encode", SAVE, build_bytes, 0},
	{"torch.torch_version", "TorchVersion", SAVE, build_text, 0},
	{"torch", "device", BOTH, build_device, 0},
	{"torch", "Size", SAVE, build_members, 0},
	{"torch.serialization", "_get_layout", SAVE, get_layout, 0},
	{"torch", "per_tensor_affine", BOTH, NULL, Q_PER_TENSOR_AFFINE},
	{"torch", "per_channel_affine", BOTH, NULL, Q_PER_CHANNEL_AFFINE},
	{"torch", "per_tensor_symmetric", BOTH, NULL, Q_PER_TENSOR_SYMMETRIC},
	{"torch", "per_channel_symmetric", BOTH, NULL, Q_PER_CHANNEL_SYMMETRIC},
	{"torch", "per_channel_affine_float_qparams", BOTH, NULL, Q_PER_CHANNEL_FLOAT},
	{"torch", "contiguous_format", SAVE, NULL, 0},
	{"torch", "preserve_format", SAVE, NULL, 1},
	{"torch", "channels_last", SAVE, NULL, 2},
	{"torch", "channels_last_3d", SAVE, NULL, 3},
	{"torch", "Tensor", BOTH, NULL, NAME},
	{"torch._tensor", "Tensor", BOTH, NULL, NAME},
	{"torch.nn.parameter", "Parameter", BOTH, NULL, NAME},
	{"torch.nn.parameter", "Buffer", BOTH, NULL, NAME},
	{"builtins", "list", SAVE, NULL, NAME},
	{"builtins", "dict", SAVE, NULL, NAME},
	{"builtins", "int", SAVE, NULL, NAME},
	{"builtins", "float", SAVE, NULL, NAME},
	{"__builtin__", "list", SAVE, NULL, NAME},
	{"__builtin__", "dict", SAVE, NULL, NAME},
	{"__builtin__", "int", SAVE, NULL, NAME},
	{"__builtin__", "float", SAVE, NULL, NAME},
};

const PickleGlobal *pickle_global_find(const char *module, const char *name, PickleDialect dialect)
{
	for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
		const PickleGlobal *g = &globals[i];
		if (g->dialects & dialect && !strcmp(g->name, name) && !strcmp(g->module, module))
			return g;
	}
	return NULL;
}

IValue pickle_storage_tensor(const PickleToken *token)
{
	int64_t n = (int64_t)(token->storage->nbytes / dtype_size(token->dtype)), one = 1;
	DType d = dtype_is_quantized(token->dtype) ? DT_U8 : token->dtype;
	if (dtype_is_quantized(token->dtype))
		n = (int64_t)token->storage->nbytes;
	return iv_take_tensor(tensor_over(token->storage, d, &n, &one, 1, 0));
}
