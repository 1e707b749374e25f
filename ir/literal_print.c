// SPDX-License-Identifier: BSD-3-Clause
// Writing literals: numbers, strings, containers, tensors.
// A list whose element type shows in its items is written plainly, [1, 2]; others carry it, list(int?)[1, None].
// A tensor is written as its numbers when they are few, else as the bytes of its elements in row-major order.
#include "ir/literal.h"

#include <math.h>
#include <string.h>

enum { MAX_SHOWN = 16, MAX_WRITE_DEPTH = 64 };

static void write_at_depth(Text *out, IValue v, int depth);

static void write_sizes(Text *out, const int64_t *v, int n)
{
	text_addc(out, '[');
	for (int i = 0; i < n; i++)
		text_addf(out, "%s%lld", i ? ", " : "", (long long)v[i]);
	text_addc(out, ']');
}

// Can the elements be written as numbers that read back to the same bytes?
static bool shows_numbers(const Tensor *t)
{
	DType d = tensor_dtype(t);
	bool real = dtype_is_float(d);
	if (t->numel > MAX_SHOWN || !(real || d == DT_BOOL || (dtype_is_int(d) && d != DT_U64)))
		return false;
	if (!real)
		return true;
	ElemIter it;
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t))
		if (isnan(element_f64((char *)tensor_data(t) + it.offset * (int64_t)dtype_size(d), d)))
			return false;
	return true;
}

static void write_elements(Text *out, const Tensor *t)
{
	DType d = tensor_dtype(t);
	size_t size = dtype_size(d);
	bool numbers = shows_numbers(t), first = true;
	text_addc(out, numbers ? '{' : '"');
	ElemIter it;
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t)) {
		const uint8_t *p = (uint8_t *)tensor_data(t) + it.offset * (int64_t)size;
		if (numbers) {
			if (!first)
				text_add(out, ", ");
			if (dtype_is_float(d))
				write_float(out, element_f64(p, d));
			else
				text_addf(out, "%lld", (long long)element_i64(p, d));
		} else {
			for (size_t i = 0; i < size; i++) {
				text_addc(out, "0123456789abcdef"[p[i] >> 4]);
				text_addc(out, "0123456789abcdef"[p[i] & 15]);
			}
		}
		first = false;
	}
	text_addc(out, numbers ? '}' : '"');
}

static void write_tensor(Text *out, const Tensor *t, int depth)
{
	bool meta = tensor_device(t) == DEVICE_META;
	text_addf(out, "tensor(%s, ", dtype_name(tensor_dtype(t)));
	write_sizes(out, t->sizes, t->ndim);
	if (t->numel > 0 && tensor_is_dense(t) && !tensor_is_contiguous(t)) {
		text_add(out, ", strides=");
		write_sizes(out, t->strides, t->ndim);
	}
	if (t->requires_grad)
		text_add(out, ", requires_grad");
	if (t->is_parameter)
		text_add(out, ", parameter");
	if (t->wrapped_number)
		text_add(out, ", wrapped");
	if (t->conj)
		text_add(out, ", conj");
	if (t->neg)
		text_add(out, ", neg");
	if (t->quant) {
		const Quantizer *q = t->quant;
		text_addf(out, ", quant=(%d, ", (int)q->scheme);
		if (q->scales && q->zero_points) {
			write_tensor(out, q->scales, depth + 1);
			text_add(out, ", ");
			write_tensor(out, q->zero_points, depth + 1);
			text_addf(out, ", %lld)", (long long)q->axis);
		} else {
			write_float(out, q->scale);
			text_addf(out, ", %lld)", (long long)q->zero_point);
		}
	}
	if (meta) {
		text_add(out, ", meta)");
		return;
	}
	text_addc(out, ')');
	write_elements(out, t);
}

static bool list_is_plain(const ListObj *l)
{
	Tag tag;
	switch (l->elem->kind) {
	case TYPE_INT:
		tag = TAG_INT;
		break;
	case TYPE_FLOAT:
		tag = TAG_FLOAT;
		break;
	case TYPE_BOOL:
		tag = TAG_BOOL;
		break;
	case TYPE_STR:
		tag = TAG_STR;
		break;
	case TYPE_TENSOR:
		tag = TAG_TENSOR;
		break;
	default:
		return false;
	}
	for (int64_t i = 0; i < l->n; i++)
		if (l->items[i].tag != tag)
			return false;
	return l->n > 0;
}

static void write_items(Text *out, const IValue *items, int64_t n, int depth)
{
	for (int64_t i = 0; i < n; i++) {
		if (i)
			text_add(out, ", ");
		write_at_depth(out, items[i], depth + 1);
	}
}

static void write_at_depth(Text *out, IValue v, int depth)
{
	if (depth > MAX_WRITE_DEPTH) {
		text_add(out, "...");
		return;
	}
	switch ((Tag)v.tag) {
	case TAG_NONE:
		text_add(out, "None");
		break;
	case TAG_BOOL:
		text_add(out, v.i ? "True" : "False");
		break;
	case TAG_INT:
		text_addf(out, "%lld", (long long)v.i);
		break;
	case TAG_FLOAT:
		write_float(out, v.f);
		break;
	case TAG_COMPLEX:
		text_add(out, "complex(");
		write_float(out, v.complex_->re);
		text_add(out, ", ");
		write_float(out, v.complex_->im);
		text_addc(out, ')');
		break;
	case TAG_DEVICE: {
		char buf[32];
		device_format(v.device, buf);
		text_addf(out, "device(\"%s\")", buf);
		break;
	}
	case TAG_UNINIT:
		text_add(out, "uninit");
		break;
	case TAG_TENSOR:
		write_tensor(out, v.tensor, depth);
		break;
	case TAG_STR:
		write_string(out, v.str->s, (size_t)v.str->n);
		break;
	case TAG_LIST:
		if (!list_is_plain(v.list)) {
			text_add(out, "list(");
			write_type(out, v.list->elem);
			text_addc(out, ')');
		}
		text_addc(out, '[');
		write_items(out, v.list->items, v.list->n, depth);
		text_addc(out, ']');
		break;
	case TAG_DICT: {
		text_add(out, "dict(");
		write_type(out, v.dict->key);
		text_add(out, ", ");
		write_type(out, v.dict->value);
		text_add(out, "){");
		int64_t pos = 0;
		bool first = true;
		for (const DictEntry *e; (e = dict_next(v.dict, &pos)); first = false) {
			if (!first)
				text_add(out, ", ");
			write_at_depth(out, e->key, depth + 1);
			text_add(out, ": ");
			write_at_depth(out, e->value, depth + 1);
		}
		text_addc(out, '}');
		break;
	}
	case TAG_TUPLE:
		text_add(out, "tuple");
		if (v.tuple->type) {
			text_addc(out, ' ');
			write_type(out, v.tuple->type);
			text_addc(out, ' ');
		}
		text_addc(out, '(');
		write_items(out, v.tuple->items, v.tuple->n, depth);
		text_addc(out, ')');
		break;
	case TAG_ENUM:
		text_add(out, "enum ");
		write_type(out, v.enm->type);
		text_addf(out, ".%s", v.enm->type->enm->members[v.enm->member].name);
		break;
	case TAG_OBJECT:
		text_add(out, "object(");
		write_type(out, v.object->type);
		text_addc(out, ')');
		break;
	default:
		text_add(out, "object(Any)");
	}
}

void write_value(Text *out, IValue v)
{
	write_at_depth(out, v, 0);
}
