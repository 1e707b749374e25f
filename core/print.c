// SPDX-License-Identifier: BSD-3-Clause
// Values as text: the language's own str() and print(), and Python's repr().
#include "core/print.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void print_double(Text *out, double v, bool point)
{
	if (isnan(v) || isinf(v)) {
		text_add(out, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	char digits[40];
	int precision = 0;
	for (;; precision++) {
		snprintf(digits, sizeof digits, "%.*e", precision, v);
		if (precision == 17 || strtod(digits, NULL) == v)
			break;
		// at a power of two the nearest decimal may read back as the neighbour while the next one up does not
		char *last = strchr(digits, 'e') - 1;
		if (*last != '9' && *last != '.') {
			++*last;
			if (strtod(digits, NULL) == v)
				break;
		}
	}
	char *e = strchr(digits, 'e');
	int exponent = atoi(e + 1);
	if (exponent < -4 || exponent >= 16) {
		*e = 0;
		text_addf(out, "%se%c%02d", digits, exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	int decimals = precision - exponent; // digits behind the point
	char buf[64];
	snprintf(buf, sizeof buf, "%.*f", decimals > 0 ? decimals : 0, v);
	text_add(out, buf);
	if (point && decimals <= 0)
		text_add(out, ".0");
}

// A float as the language writes it: "3." when integral, else 17 significant digits.
static void print_float(Text *out, double v)
{
	if (isnan(v) || isinf(v))
		text_add(out, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
	else if (v >= -0x1p63 && v < 0x1p63 && v == (double)(int64_t)v)
		text_addf(out, "%lld.", (long long)v);
	else
		text_addf(out, "%.17g", v);
}

static void print_complex(Text *out, double re, double im)
{
	print_float(out, re);
	text_addc(out, im >= 0 ? '+' : '-');
	print_float(out, fabs(im));
	text_addc(out, 'j');
}

static const char *last_part(const char *qualified)
{
	const char *dot = strrchr(qualified, '.');
	return dot ? dot + 1 : qualified;
}

// The containers that the one being written stands in.  A value can contain itself, and then shows as [...] there, as in
// Python; one that is merely large is cut off.
typedef struct Ancestor {
	const ObjHeader *obj;
	const struct Ancestor *up;
	int depth;
} Ancestor;

#define MAX_WRITE_DEPTH 500
#define MAX_WRITE_BYTES ((size_t)256 << 20)

static void write_container(Text *out, IValue v, bool repr, const Ancestor *up);

static void write_str(Text *out, IValue v, const Ancestor *up)
{
	switch ((Tag)v.tag) {
	case TAG_NONE:
		text_add(out, "None");
		break;
	case TAG_BOOL:
		text_add(out, v.b ? "True" : "False");
		break;
	case TAG_INT:
		text_addf(out, "%lld", (long long)v.i);
		break;
	case TAG_FLOAT:
		print_float(out, v.f);
		break;
	case TAG_COMPLEX:
		print_complex(out, v.complex_->re, v.complex_->im);
		break;
	case TAG_DEVICE: {
		char buf[32];
		device_format(v.device, buf);
		text_add(out, buf);
		break;
	}
	case TAG_UNINIT:
		text_add(out, "Uninitialized");
		break;
	case TAG_TENSOR:
		tensor_print(out, v.tensor);
		break;
	case TAG_STR:
		text_addn(out, v.str->s, (size_t)v.str->n);
		break;
	case TAG_LIST:
	case TAG_TUPLE:
	case TAG_DICT:
		write_container(out, v, false, up);
		break;
	case TAG_OBJECT:
		text_addf(out, "<%s object>", v.object->type->cls->name);
		break;
	case TAG_ENUM:
		text_addf(out, "Enum<%s.%s>", last_part(v.enm->type->enm->name), v.enm->type->enm->members[v.enm->member].name);
		break;
	case TAG_GENERATOR:
		text_add(out, "Generator");
		break;
	case TAG_FUTURE:
		text_add(out, "Future");
		break;
	case TAG_CAPSULE:
		text_add(out, "Capsule");
		break;
	case TAG_HOST:
		v.host->kind->print(out, v.host, false);
		break;
	}
}

// ---- Python's repr

static int utf8_length(const unsigned char *s, int64_t left) // of the sequence at s, 0 if it is none
{
	int n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;
	if (n == 0 || n > left)
		return 0;
	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void repr_str(Text *out, const StrObj *s)
{
	char quote = memchr(s->s, '\'', (size_t)s->n) && !memchr(s->s, '"', (size_t)s->n) ? '"' : '\'';
	text_addc(out, quote);
	for (int64_t i = 0; i < s->n;) {
		unsigned char c = (unsigned char)s->s[i];
		int n = utf8_length((const unsigned char *)s->s + i, s->n - i);
		if (n > 1) {
			text_addn(out, s->s + i, (size_t)n);
			i += n;
			continue;
		}
		if (c == '\n' || c == '\r' || c == '\t')
			text_addf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == (unsigned char)quote || c == '\\')
			text_addf(out, "\\%c", c);
		else if (c < 32 || c >= 127)
			text_addf(out, "\\x%02x", c);
		else
			text_addc(out, (char)c);
		i++;
	}
	text_addc(out, quote);
}

static void repr_complex(Text *out, double re, double im)
{
	if (re == 0 && !signbit(re)) {
		print_double(out, im, false);
		text_addc(out, 'j');
		return;
	}
	text_addc(out, '(');
	print_double(out, re, false);
	if (!signbit(im) || isnan(im))
		text_addc(out, '+');
	print_double(out, im, false);
	text_add(out, "j)");
}

static void write_repr(Text *out, IValue v, const Ancestor *up)
{
	switch ((Tag)v.tag) {
	case TAG_FLOAT:
		print_double(out, v.f, true);
		break;
	case TAG_COMPLEX:
		repr_complex(out, v.complex_->re, v.complex_->im);
		break;
	case TAG_STR:
		repr_str(out, v.str);
		break;
	case TAG_TENSOR:
		tensor_repr(out, v.tensor);
		break;
	case TAG_DEVICE: {
		char buf[32];
		device_format(v.device, buf);
		char *colon = strchr(buf, ':');
		if (colon)
			*colon = 0;
		text_addf(out, "device(type='%s'", buf);
		if (colon)
			text_addf(out, ", index=%s", colon + 1);
		text_addc(out, ')');
		break;
	}
	case TAG_LIST:
	case TAG_TUPLE:
	case TAG_DICT:
		write_container(out, v, true, up);
		break;
	case TAG_ENUM: {
		const EnumMember *m = &v.enm->type->enm->members[v.enm->member];
		text_addf(out, "<%s.%s: ", last_part(v.enm->type->enm->name), m->name);
		write_repr(out, *m->value, up);
		text_addc(out, '>');
		break;
	}
	default:
		write_str(out, v, up);
	}
}

static void write_item(Text *out, IValue v, bool repr, const Ancestor *up)
{
	if (repr)
		write_repr(out, v, up);
	else
		write_str(out, v, up);
}

static void write_container(Text *out, IValue v, bool repr, const Ancestor *up)
{
	const char *brackets = v.tag == TAG_LIST ? "[]" : v.tag == TAG_TUPLE ? "()" : "{}";
	const Ancestor self = {v.obj, up, up ? up->depth + 1 : 0};
	bool cut = self.depth > MAX_WRITE_DEPTH || out->size > MAX_WRITE_BYTES;
	for (const Ancestor *a = up; a && !cut; a = a->up)
		cut = a->obj == v.obj;
	const TupleObj *t = v.tag == TAG_TUPLE ? v.tuple : NULL;
	bool named = repr && t && t->type && t->type->fields;
	if (named && t->type->name)
		text_add(out, last_part(t->type->name));
	text_addc(out, brackets[0]);
	if (cut) {
		text_add(out, "...");
	} else if (v.tag == TAG_DICT) {
		int64_t pos = 0;
		bool first = true;
		for (DictEntry *e; (e = dict_next(v.dict, &pos)); first = false) {
			text_add(out, first ? "" : ", ");
			write_item(out, e->key, repr, &self);
			text_add(out, ": ");
			write_item(out, e->value, repr, &self);
		}
	} else {
		int64_t n = t ? t->n : v.list->n;
		const IValue *items = t ? t->items : v.list->items;
		for (int64_t i = 0; i < n; i++) {
			text_add(out, i ? ", " : "");
			if (named && i < t->type->n)
				text_addf(out, "%s=", t->type->fields[i]);
			write_item(out, items[i], repr, &self);
		}
		if (t && n == 1 && !named)
			text_addc(out, ',');
	}
	text_addc(out, brackets[1]);
}

void ivalue_print(Text *out, IValue v)
{
	write_str(out, v, NULL);
}

void ivalue_repr(Text *out, IValue v)
{
	write_repr(out, v, NULL);
}
