// SPDX-License-Identifier: BSD-3-Clause
// Reading literals.  Sizes are checked against the data that is there before anything is allocated.
#include "ir/literal.h"

#include <stdlib.h>
#include <string.h>

static Status scan_sizes(Scan *s, int64_t *out, int *n)
{
	*n = 0;
	TRY(scan_expect(s, "["));
	if (scan_accept(s, "]"))
		return STATUS_OK;
	do {
		if (*n == MAX_DIMS)
			return scan_fail(s, "more than %d dimensions", MAX_DIMS);
		TRY(scan_int(s, &out[(*n)++]));
	} while (scan_accept(s, ","));
	return scan_expect(s, "]");
}

typedef struct TensorHead {
	DType dtype;
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int ndim, nstrides;
	bool requires_grad, parameter, wrapped, conj, neg, meta;
	Quantizer *quant;
} TensorHead;

static Status scan_tensor(Scan *s, Tensor **out);

static Status scan_quantizer(Scan *s, Quantizer **out)
{
	Quantizer *q = xcalloc(1, sizeof *q);
	q->refs = 1;
	*out = q;
	int64_t scheme;
	TRY(scan_expect(s, "("));
	TRY(scan_int(s, &scheme));
	if (scheme < 0 || scheme > Q_PER_CHANNEL_FLOAT)
		return scan_fail(s, "unknown quantisation scheme");
	q->scheme = (QScheme)scheme;
	TRY(scan_expect(s, ","));
	if (scan_accept(s, "tensor")) {
		TRY(scan_tensor(s, &q->scales));
		TRY(scan_expect(s, ","));
		TRY(scan_expect(s, "tensor"));
		TRY(scan_tensor(s, &q->zero_points));
		TRY(scan_expect(s, ","));
		TRY(scan_int(s, &q->axis));
	} else {
		IValue scale;
		TRY(scan_number(s, &scale));
		q->scale = iv_as_f64(scale);
		TRY(scan_expect(s, ","));
		TRY(scan_int(s, &q->zero_point));
	}
	return scan_expect(s, ")");
}

static Status scan_tensor_head(Scan *s, TensorHead *h)
{
	const char *name;
	size_t n;
	char word[24];
	TRY(scan_expect(s, "("));
	if (!scan_name(s, &name, &n) || n >= sizeof word)
		return scan_fail(s, "expected an element type");
	memcpy(word, name, n);
	word[n] = 0;
	h->dtype = dtype_from_name(word);
	if (h->dtype == DT_NONE)
		return scan_fail(s, "unknown element type '%s'", word);
	TRY(scan_expect(s, ","));
	TRY(scan_sizes(s, h->sizes, &h->ndim));
	while (scan_accept(s, ",")) {
		if (scan_accept(s, "strides")) {
			TRY(scan_expect(s, "="));
			TRY(scan_sizes(s, h->strides, &h->nstrides));
			if (h->nstrides != h->ndim)
				return scan_fail(s, "as many strides as sizes are needed");
		} else if (scan_accept(s, "requires_grad")) {
			h->requires_grad = true;
		} else if (scan_accept(s, "parameter")) {
			h->parameter = true;
		} else if (scan_accept(s, "wrapped")) {
			h->wrapped = true;
		} else if (scan_accept(s, "conj")) {
			h->conj = true;
		} else if (scan_accept(s, "neg")) {
			h->neg = true;
		} else if (scan_accept(s, "meta")) {
			h->meta = true;
		} else if (scan_accept(s, "quant")) {
			TRY(scan_expect(s, "="));
			if (h->quant || !dtype_is_quantized(h->dtype))
				return scan_fail(s, "quant does not belong here");
			TRY(scan_quantizer(s, &h->quant));
		} else {
			return scan_fail(s, "expected a property of the tensor");
		}
	}
	if (dtype_is_quantized(h->dtype) && !h->quant)
		return scan_fail(s, "a quantised tensor needs quant");
	return scan_expect(s, ")");
}

// How many elements the data that follows has, without reading it; -1 when it is malformed.
static int64_t count_elements(Scan *s, size_t size)
{
	scan_space(s);
	if (s->p >= s->end)
		return -1;
	if (*s->p == '"') {
		const char *close = memchr(s->p + 1, '"', (size_t)(s->end - s->p - 1));
		return close && (size_t)(close - s->p - 1) % (2 * size) == 0 ? (close - s->p - 1) / (int64_t)(2 * size) : -1;
	}
	const char *close = *s->p == '{' ? memchr(s->p, '}', (size_t)(s->end - s->p)) : NULL;
	if (!close)
		return -1;
	int64_t n = 1;
	bool any = false;
	for (const char *p = s->p + 1; p < close; p++) {
		n += *p == ',';
		any |= *p != ' ';
	}
	return any ? n : 0;
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Status scan_elements(Scan *s, Tensor *t)
{
	DType d = tensor_dtype(t);
	size_t size = dtype_size(d);
	bool hex = scan_peek(s, "\"");
	s->p++;
	ElemIter it;
	bool first = true;
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t), first = false) {
		uint8_t *p = (uint8_t *)tensor_data(t) + it.offset * (int64_t)size;
		if (hex) {
			for (size_t i = 0; i < size; i++, s->p += 2) {
				int high = hex_value(s->p[0]), low = hex_value(s->p[1]);
				if (high < 0 || low < 0)
					return scan_fail(s, "expected hexadecimal digits");
				p[i] = (uint8_t)(high * 16 + low);
			}
			continue;
		}
		IValue v;
		if (!first)
			TRY(scan_expect(s, ","));
		TRY(scan_number(s, &v));
		if (v.tag == TAG_INT)
			element_set_i64(p, d, v.i);
		else if (!dtype_is_int(d) && d != DT_BOOL)
			element_set_f64(p, d, v.f);
		else
			return scan_fail(s, "expected an integer");
	}
	return scan_expect(s, hex ? "\"" : "}");
}

static Status tensor_from_head(Scan *s, TensorHead *h, Tensor **out)
{
	int64_t numel = 1;
	for (int i = 0; i < h->ndim; i++)
		if (h->sizes[i] < 0)
			return scan_fail(s, "a size is negative");
	if (!sizes_product(h->sizes, h->ndim, &numel))
		return scan_fail(s, "the tensor is too large");
	if (h->meta) {
		Storage *meta = storage_wrap(NULL, 0, NULL, NULL);
		meta->device = DEVICE_META;
		contiguous_strides(h->sizes, h->ndim, h->strides);
		*out = tensor_over(meta, h->dtype, h->sizes, h->strides, h->ndim, 0);
		storage_unref(&meta);
		return STATUS_OK;
	}
	if (count_elements(s, dtype_size(h->dtype)) != numel)
		return scan_fail(s, "the tensor needs %lld elements", (long long)numel);
	if (h->nstrides == 0) {
		TRY(tensor_empty(h->dtype, h->sizes, h->ndim, out, s->err));
		return STATUS_OK;
	}
	int64_t extent = 1;
	for (int i = 0; i < h->ndim; i++) {
		int64_t step;
		if (h->strides[i] < 0 || __builtin_mul_overflow(h->sizes[i] - 1, h->strides[i], &step)
			|| __builtin_add_overflow(extent, step, &extent))
			return scan_fail(s, "strides out of range");
	}
	if (extent != numel || numel == 0)
		return scan_fail(s, "the strides leave gaps or overlap");
	TRY(tensor_empty_strided(h->dtype, h->sizes, h->strides, h->ndim, out, s->err));
	if (!tensor_is_dense(*out))
		return scan_fail(s, "the strides leave gaps or overlap");
	return STATUS_OK;
}

// After the word "tensor".
static Status scan_tensor(Scan *s, Tensor **out)
{
	if (++s->depth > SCAN_MAX_DEPTH)
		return scan_fail(s, "values nest deeper than %d", SCAN_MAX_DEPTH);
	TensorHead *h = xcalloc(1, sizeof *h);
	Tensor *t = NULL;
	Status st = scan_tensor_head(s, h);
	if (st == STATUS_OK)
		st = tensor_from_head(s, h, &t);
	if (st == STATUS_OK && !h->meta)
		st = scan_elements(s, t);
	if (st == STATUS_OK) {
		t->requires_grad = h->requires_grad;
		t->is_parameter = h->parameter;
		t->wrapped_number = h->wrapped;
		t->conj = h->conj && dtype_is_complex(h->dtype);
		t->neg = h->neg;
		t->quant = h->quant;
		h->quant = NULL;
		*out = t;
	} else if (t) {
		tensor_unref(&t);
	}
	if (h->quant)
		quantizer_unref(&h->quant);
	free(h);
	s->depth--;
	return st;
}

// Items up to close, appended to a list that the caller owns.
static Status scan_items(Scan *s, const char *close, ListObj *list)
{
	if (scan_accept(s, close))
		return STATUS_OK;
	do {
		IValue v;
		TRY(scan_value(s, &v));
		TRY(list_append_take(list, v, s->err));
	} while (scan_accept(s, ","));
	return scan_expect(s, close);
}

static const Type *plain_elem(const ListObj *l)
{
	for (int64_t i = 1; i < l->n; i++)
		if (l->items[i].tag != l->items[0].tag)
			return NULL;
	switch (l->n ? (Tag)l->items[0].tag : TAG_NONE) {
	case TAG_INT:
		return &type_int;
	case TAG_FLOAT:
		return &type_float;
	case TAG_BOOL:
		return &type_bool;
	case TAG_STR:
		return &type_str;
	case TAG_TENSOR:
		return &type_tensor;
	default:
		return NULL;
	}
}

static Status scan_list(Scan *s, const Type *elem, IValue *out)
{
	TRY(scan_expect(s, "["));
	ListObj *list = list_new(elem ? elem : &type_any, 0);
	Status st = scan_items(s, "]", list);
	if (st == STATUS_OK && !elem) {
		list->elem = plain_elem(list);
		if (!list->elem) {
			list->elem = &type_any;
			st = scan_fail(s, "the list needs its element type: list(T)[…]");
		}
	}
	for (int64_t i = 0; st == STATUS_OK && elem && i < list->n; i++)
		if (!ivalue_has_type(list->items[i], elem, NULL))
			st = scan_fail(s, "an item does not have the list's element type");
	*out = iv_take_list(list);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status scan_dict_items(Scan *s, DictObj *d)
{
	TRY(scan_expect(s, "{"));
	if (scan_accept(s, "}"))
		return STATUS_OK;
	do {
		IValue key, value;
		TRY(scan_value(s, &key));
		Status st = !ivalue_is_hashable(key) || !ivalue_has_type(key, d->key, NULL)
			? scan_fail(s, "this value cannot be a key of the dict") : scan_expect(s, ":");
		if (st == STATUS_OK)
			st = scan_value(s, &value);
		if (st != STATUS_OK) {
			ivalue_unref(&key);
			return st;
		}
		if (!ivalue_has_type(value, d->value, NULL)) {
			ivalue_unref(&key);
			ivalue_unref(&value);
			return scan_fail(s, "a value does not have the dict's value type");
		}
		TRY(dict_set_take(d, key, value, s->err));
	} while (scan_accept(s, ","));
	return scan_expect(s, "}");
}

static Status scan_dict(Scan *s, IValue *out)
{
	const Type *key, *value;
	TRY(scan_expect(s, "("));
	TRY(scan_type(s, &key, NULL));
	TRY(scan_expect(s, ","));
	TRY(scan_type(s, &value, NULL));
	TRY(scan_expect(s, ")"));
	DictObj *d = dict_new(key, value);
	*out = iv_take_dict(d);
	Status st = scan_dict_items(s, d);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status scan_tuple(Scan *s, IValue *out)
{
	const Type *named = NULL;
	if (scan_peek(s, "NamedTuple"))
		TRY(scan_type(s, &named, NULL));
	TRY(scan_expect(s, "("));
	ListObj *items = list_new(&type_any, 0);
	Status st = scan_items(s, ")", items);
	if (st == STATUS_OK && named && (named->kind != TYPE_TUPLE || named->n != items->n))
		st = scan_fail(s, "the named tuple has %d fields", named->n);
	if (st == STATUS_OK) {
		TupleObj *t = tuple_new(items->n, named);
		for (int64_t i = 0; i < items->n; i++)
			t->items[i] = ivalue_ref(items->items[i]);
		*out = iv_take_tuple(t);
	}
	IValue list = iv_take_list(items);
	ivalue_unref(&list);
	return st;
}

static Status scan_enum(Scan *s, IValue *out)
{
	const Type *t;
	const char *name;
	size_t n;
	TRY(scan_type(s, &t, NULL));
	if (t->kind != TYPE_ENUM)
		return scan_fail(s, "expected an enum type");
	TRY(scan_expect(s, "."));
	if (!scan_name(s, &name, &n))
		return scan_fail(s, "expected the name of a member");
	for (int i = 0; i < t->enm->nmembers; i++)
		if (strlen(t->enm->members[i].name) == n && !memcmp(t->enm->members[i].name, name, n)) {
			*out = iv_enum(t, i);
			return STATUS_OK;
		}
	return scan_fail(s, "%s has no member '%.*s'", t->name, (int)n, name);
}

static Status scan_complex(Scan *s, IValue *out)
{
	IValue re, im;
	TRY(scan_expect(s, "("));
	TRY(scan_number(s, &re));
	TRY(scan_expect(s, ","));
	TRY(scan_number(s, &im));
	*out = iv_complex(iv_as_f64(re), iv_as_f64(im));
	Status st = scan_expect(s, ")");
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status scan_text(Scan *s, bool device, IValue *out)
{
	Text t = {0};
	Device d;
	Status st = scan_string(s, &t);
	if (st == STATUS_OK && device) {
		st = device_parse(text_str(&t), t.size, &d, s->err);
		if (st == STATUS_OK)
			*out = iv_device(d);
	} else if (st == STATUS_OK) {
		*out = iv_str(text_str(&t), t.size);
	}
	text_free(&t);
	return st;
}

static Status scan_value_inner(Scan *s, IValue *out)
{
	if (scan_peek(s, "\"") || scan_peek(s, "'"))
		return scan_text(s, false, out);
	if (scan_peek(s, "["))
		return scan_list(s, NULL, out);
	if (scan_accept(s, "None"))
		*out = iv_none();
	else if (scan_accept(s, "True"))
		*out = iv_bool(true);
	else if (scan_accept(s, "False"))
		*out = iv_bool(false);
	else if (scan_accept(s, "uninit"))
		*out = iv_uninit();
	else if (scan_accept(s, "tuple"))
		return scan_tuple(s, out);
	else if (scan_accept(s, "dict"))
		return scan_dict(s, out);
	else if (scan_accept(s, "enum"))
		return scan_enum(s, out);
	else if (scan_accept(s, "complex"))
		return scan_complex(s, out);
	else if (scan_accept(s, "list")) {
		const Type *elem;
		TRY(scan_expect(s, "("));
		TRY(scan_type(s, &elem, NULL));
		TRY(scan_expect(s, ")"));
		return scan_list(s, elem, out);
	} else if (scan_accept(s, "device")) {
		TRY(scan_expect(s, "("));
		TRY(scan_text(s, true, out));
		return scan_expect(s, ")");
	} else if (scan_accept(s, "tensor")) {
		Tensor *t;
		TRY(scan_tensor(s, &t));
		*out = iv_take_tensor(t);
	} else {
		return scan_number(s, out);
	}
	return STATUS_OK;
}

Status scan_value(Scan *s, IValue *out)
{
	if (++s->depth > SCAN_MAX_DEPTH)
		return scan_fail(s, "values nest deeper than %d", SCAN_MAX_DEPTH);
	TRY(scan_value_inner(s, out));
	s->depth--;
	return STATUS_OK;
}
