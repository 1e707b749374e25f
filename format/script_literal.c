// SPDX-License-Identifier: BSD-3-Clause
// Types and constants as source.  What has no literal, or whose literal some reader would not read back exactly, goes
// into the table of constants and is named CONSTANTS.cN.
#include "format/script.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

bool script_is_identifier(const char *s)
{
	static const char *const keywords[] = {"False", "None", "True", "and", "as", "assert", "async", "await", "break",
		"class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
		"in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", NULL};
	if (!*s || isdigit((unsigned char)*s))
		return false;
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_')
			return false;
	return !is_one_of(s, keywords);
}

bool script_is_reserved(const char *s)
{
	static const char *const words[] = {"aten", "attribute", "awaitable", "CONSTANTS", "fork", "getattr", "inf", "nan",
		"infj", "nanj", "ops", "__torch__", "uninitialized", "unchecked_cast", "annotate", "_", "torch", "print", "int",
		"float", "bool", "str", "complex", "sorted", "isinstance", "range", "Tensor", NULL};
	return !script_is_identifier(s) || is_one_of(s, words);
}

static Status type_arguments(Script *c, const char *head, const Type *t, Text *out)
{
	text_addf(out, "%s[", head);
	for (int i = 0; i < t->n; i++) {
		if (i)
			text_add(out, ", ");
		TRY(script_type(c, t->elem[i], out));
	}
	text_add(out, t->n ? "]" : "()]");
	return STATUS_OK;
}

Status script_type(Script *c, const Type *t, Text *out)
{
	TRY(script_check_type(c, t));
	switch (t->kind) {
	case TYPE_LIST:
		return type_arguments(c, "List", t, out);
	case TYPE_DICT:
		return type_arguments(c, "Dict", t, out);
	case TYPE_OPTIONAL:
		return type_arguments(c, "Optional", t, out);
	case TYPE_UNION:
		return type_arguments(c, "Union", t, out);
	case TYPE_FUTURE:
		return type_arguments(c, "Future", t, out);
	case TYPE_AWAIT:
		return type_arguments(c, "Await", t, out);
	case TYPE_RREF:
		return type_arguments(c, "RRef", t, out);
	case TYPE_TUPLE:
		if (!t->name)
			return type_arguments(c, "Tuple", t, out);
		// fall through
	case TYPE_CLASS:
	case TYPE_INTERFACE:
	case TYPE_ENUM:
		text_add(out, script_type_name(c, t));
		return STATUS_OK;
	default:
		type_print(out, t);
		return STATUS_OK;
	}
}

void script_quote(const char *s, size_t n, Text *out)
{
	static const char escapes[] = "n\nt\tr\ra\ab\bf\fv\v\\\\\"\"";
	text_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)s[i];
		const char *e = escapes;
		while (*e && (unsigned char)e[1] != ch)
			e += 2;
		if (*e)
			text_addf(out, "\\%c", e[0]);
		else if (ch < 32 || ch == 127)
			text_addf(out, "\\%03o", ch);
		else
			text_addc(out, (char)ch);
	}
	text_addc(out, '"');
}

// ---- the table of constants

static void add_bytes(Text *key, const void *p, size_t n)
{
	text_addn(key, p, n);
}

// What two constants must agree in to be one: for plain tensors their contents, for strings their bytes, for
// others which object they are.
static bool constant_key(IValue v, Text *key) // true when equal keys may still be different constants
{
	const Tensor *t = v.tag == TAG_TENSOR ? v.tensor : NULL;
	text_addc(key, (char)('a' + v.tag));
	if (v.tag == TAG_STR) {
		add_bytes(key, v.str->s, (size_t)v.str->n);
	} else if (v.tag == TAG_FLOAT || v.tag == TAG_INT) {
		add_bytes(key, &v.i, sizeof v.i);
	} else if (t && !t->quant && !t->conj && !t->neg && tensor_device(t) == DEVICE_CPU && tensor_is_contiguous(t)) {
		uint8_t head[2] = {t->dtype, t->ndim};
		uint64_t hash = hash_bytes(tensor_data(t), (size_t)t->numel * dtype_size(tensor_dtype(t)));
		add_bytes(key, head, sizeof head);
		add_bytes(key, t->sizes, sizeof *t->sizes * t->ndim);
		add_bytes(key, &hash, sizeof hash);
		return true;
	} else {
		add_bytes(key, &v.obj, sizeof v.obj);
	}
	return false;
}

static bool same_contents(const Tensor *a, const Tensor *b)
{
	return !a->numel || !memcmp(tensor_data(a), tensor_data(b), (size_t)a->numel * dtype_size(tensor_dtype(a)));
}

// No reader takes a tensor that requires gradients for a constant.
static IValue constant_value(IValue v)
{
	if (v.tag != TAG_TENSOR || !v.tensor->requires_grad)
		return ivalue_ref(v);
	Tensor *t = tensor_alias(v.tensor);
	t->requires_grad = t->is_parameter = false;
	return iv_take_tensor(t);
}

Status script_constant(Script *c, IValue v, Text *out)
{
	Text key = {0};
	bool hashed = constant_key(v, &key);
	int i = (int)(intptr_t)map_getn(&c->constant_index, text_str(&key), key.size) - 1;
	if (i < 0 || (hashed && !same_contents(c->constants[i].tensor, v.tensor))) {
		i = c->nconstants;
		VEC_PUSH(c->constants, c->nconstants, c->cap_constants, constant_value(v));
		map_setn(&c->constant_index, text_str(&key), key.size, (void *)(intptr_t)(i + 1));
	}
	text_free(&key);
	text_addf(out, "CONSTANTS.c%d", i);
	return STATUS_OK;
}

// ---- literals

static bool is_ascii(const StrObj *s)
{
	for (int64_t i = 0; i < s->n; i++)
		if ((unsigned char)s->s[i] >= 128 || !s->s[i])
			return false;
	return true;
}

enum { MAX_LITERAL_DEPTH = 8 };

static int container_depth(IValue v, int depth)
{
	int most = depth;
	if (depth > MAX_LITERAL_DEPTH)
		return depth;
	const IValue *items = v.tag == TAG_LIST ? v.list->items : v.tag == TAG_TUPLE ? v.tuple->items : NULL;
	int64_t n = v.tag == TAG_LIST ? v.list->n : v.tag == TAG_TUPLE ? v.tuple->n : 0, pos = 0;
	for (int64_t i = 0; i < n; i++) {
		int d = container_depth(items[i], depth + 1);
		most = d > most ? d : most;
	}
	for (const DictEntry *e; v.tag == TAG_DICT && (e = dict_next(v.dict, &pos));) {
		int d = container_depth(e->value, depth + 1);
		most = d > most ? d : most;
	}
	return most;
}

// Can v be written so that every reader makes the same value of it?  Of a container the members are asked by themselves.
static bool has_literal(IValue v)
{
	switch ((Tag)v.tag) {
	case TAG_NONE:
	case TAG_BOOL:
	case TAG_DEVICE:
	case TAG_FLOAT:
	case TAG_ENUM:
		return true;
	case TAG_INT:
		return v.i != INT64_MIN; // the sign is no part of a number
	case TAG_COMPLEX:
		return isfinite(v.complex_->re) && isfinite(v.complex_->im) && !(signbit(v.complex_->re) && !v.complex_->re) &&
			!(signbit(v.complex_->im) && !v.complex_->im);
	case TAG_STR:
		return is_ascii(v.str);
	case TAG_LIST:
	case TAG_TUPLE:
	case TAG_DICT:
		return container_depth(v, 0) <= MAX_LITERAL_DEPTH;
	default:
		return false;
	}
}

static void float_literal(double v, Text *out)
{
	char buf[40];
	snprintf(buf, sizeof buf, "%.17g", v);
	if (isnan(v))
		text_add(out, "nan");
	else
		text_addf(out, "%s%s", buf, strpbrk(buf, ".en") ? "" : ".");
}

static Status items_literal(Script *c, const IValue *items, int64_t n, const Type *const *types, const Type *elem, Text *out)
{
	for (int64_t i = 0; i < n; i++) {
		if (i)
			text_add(out, ", ");
		TRY(script_literal(c, items[i], types ? types[i] : elem, out));
	}
	return STATUS_OK;
}

static bool shows_type(const Type *elem, IValue v)
{
	static const uint8_t tags[] = {[TYPE_INT] = TAG_INT + 1, [TYPE_FLOAT] = TAG_FLOAT + 1, [TYPE_BOOL] = TAG_BOOL + 1,
		[TYPE_STR] = TAG_STR + 1, [TYPE_COMPLEX] = TAG_COMPLEX + 1, [TYPE_DEVICE] = TAG_DEVICE + 1,
		[TYPE_TENSOR] = TAG_TENSOR + 1};
	return elem->kind < sizeof tags && tags[elem->kind] == v.tag + 1;
}

static Status list_literal(Script *c, const ListObj *l, Text *out)
{
	bool plain = l->n > 0;
	for (int64_t i = 0; i < l->n && plain; i++)
		plain = shows_type(l->elem, l->items[i]);
	if (!plain) {
		text_add(out, "annotate(List[");
		TRY(script_type(c, l->elem, out));
		text_add(out, "], ");
	}
	text_addc(out, '[');
	TRY(items_literal(c, l->items, l->n, NULL, l->elem, out));
	text_add(out, plain ? "]" : "])");
	return STATUS_OK;
}

static Status dict_literal(Script *c, const DictObj *d, Text *out)
{
	text_add(out, "annotate(Dict[");
	TRY(script_type(c, d->key, out));
	text_add(out, ", ");
	TRY(script_type(c, d->value, out));
	text_add(out, "], {");
	int64_t pos = 0;
	bool first = true;
	for (const DictEntry *e; (e = dict_next(d, &pos)); first = false) {
		text_add(out, first ? "" : ", ");
		TRY(script_literal(c, e->key, d->key, out));
		text_add(out, ": ");
		TRY(script_literal(c, e->value, d->value, out));
	}
	text_add(out, "})");
	return STATUS_OK;
}

static Status tuple_literal(Script *c, const TupleObj *t, const Type *type, Text *out)
{
	if (t->type)
		text_add(out, script_type_name(c, t->type));
	text_addc(out, '(');
	const Type *const *types = type && type->kind == TYPE_TUPLE && type->n == t->n ? type->elem : NULL;
	TRY(items_literal(c, t->items, t->n, types, NULL, out));
	text_add(out, t->n == 1 && !t->type ? ",)" : ")");
	return STATUS_OK;
}

Status script_literal(Script *c, IValue v, const Type *t, Text *out)
{
	if (!has_literal(v))
		return script_constant(c, v, out);
	switch ((Tag)v.tag) {
	case TAG_BOOL:
		text_add(out, v.i ? "True" : "False");
		break;
	case TAG_INT:
		text_addf(out, "%" PRId64, v.i);
		break;
	case TAG_FLOAT:
		float_literal(v.f, out);
		break;
	case TAG_COMPLEX:
		if (v.complex_->re) {
			float_literal(v.complex_->re, out);
			text_addc(out, signbit(v.complex_->im) ? '-' : '+');
		} else if (signbit(v.complex_->im)) {
			text_addc(out, '-');
		}
		float_literal(fabs(v.complex_->im), out);
		text_addc(out, 'j');
		break;
	case TAG_DEVICE: {
		char buf[32];
		device_format(v.device, buf);
		text_addf(out, "torch.device(\"%s\")", buf);
		break;
	}
	case TAG_STR:
		script_quote(v.str->s, (size_t)v.str->n, out);
		break;
	case TAG_LIST:
		return list_literal(c, v.list, out);
	case TAG_DICT:
		return dict_literal(c, v.dict, out);
	case TAG_TUPLE:
		return tuple_literal(c, v.tuple, t, out);
	case TAG_ENUM:
		text_addf(out, "%s.%s", script_type_name(c, v.enm->type), v.enm->type->enm->members[v.enm->member].name);
		break;
	default:
		text_add(out, "None");
	}
	return STATUS_OK;
}
