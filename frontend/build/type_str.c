// SPDX-License-Identifier: BSD-3-Clause
// Strings: UTF-8 bytes that count, index and iterate as code points; the class str and its methods of search and test.
// What takes texts apart and changes their case is in str_methods.c, formatting in format*.c.
#include "frontend/build/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// ---- code points

int64_t utf8_count(const char *s, int64_t n)
{
	int64_t count = 0;
	for (int64_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

int64_t utf8_offset(const char *s, int64_t n, int64_t index)
{
	int64_t i = 0;
	for (; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && index-- == 0)
			break;
	return i;
}

uint32_t utf8_get(const char *s, int64_t n, int *len)
{
	const unsigned char *p = (const unsigned char *)s;
	int k = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	if (*p < 0xc0 || k > n) { // ASCII, or a byte that begins nothing
		*len = 1;
		return *p;
	}
	uint32_t c = *p & (0xffu >> (k + 1));
	for (int i = 1; i < k; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*len = 1;
			return *p;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	*len = k;
	return c;
}

int utf8_put(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	int k = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (int i = k - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((k == 2 ? 0xc0 : k == 3 ? 0xe0 : 0xf0) | c);
	return k;
}

IValue str_char(Build *b, uint32_t c)
{
	if (c < 128)
		return ivalue_ref(b->types->one_char[c]);
	char buf[4];
	int n = utf8_put(c, buf);
	return iv_str(buf, (size_t)n);
}

bool py_as_str(IValue v, StrObj **out)
{
	IValue u = py_unwrap(v);
	if (u.tag != TAG_STR)
		return false;
	*out = u.str;
	return true;
}

// ---- kinds of characters: ASCII exactly, beyond it by the large ranges of the scripts

static bool is_symbol(uint32_t c)
{
	return c < 0xaa || (c > 0xaa && c < 0xb5) || (c > 0xb5 && c < 0xba) || (c > 0xba && c < 0xc0) || c == 0xd7 ||
		c == 0xf7 || (c >= 0x2000 && c < 0x2c00) || (c >= 0x3000 && c < 0x3005) || (c >= 0x3008 && c < 0x3021) ||
		(c >= 0xd800 && c < 0xf900) || (c >= 0xfe10 && c < 0xfe70) || (c >= 0xff00 && c < 0xff21) ||
		(c >= 0x1f000 && c < 0x20000) || c >= 0xe0000;
}

bool char_is_alpha(uint32_t c) { return c < 128 ? isalpha((int)c) != 0 : !is_symbol(c); }
bool char_is_digit(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 0x660 && c <= 0x669) || (c >= 0x966 && c <= 0x96f) || (c >= 0xff10 && c <= 0xff19);
}
bool char_is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
		(c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

uint32_t char_upper(uint32_t c)
{
	if (c < 128)
		return (uint32_t)toupper((int)c);
	if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
		return c - 32;
	if (c == 0xff)
		return 0x178;
	if (c == 0x3c2)
		return 0x3a3;
	if (c >= 0x450 && c <= 0x45f)
		return c - 80;
	if ((c >= 0x101 && c <= 0x137 && c != 0x131) || (c >= 0x14b && c <= 0x177) || (c >= 0x461 && c <= 0x481) ||
		(c >= 0x48b && c <= 0x4bf) || (c >= 0x1e01 && c <= 0x1eff))
		return c & 1 ? c - 1 : c;
	if ((c >= 0x13a && c <= 0x148) || (c >= 0x17a && c <= 0x17e))
		return c & 1 ? c : c - 1;
	return c;
}

uint32_t char_lower(uint32_t c)
{
	if (c < 128)
		return (uint32_t)tolower((int)c);
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c == 0x178)
		return 0xff;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if ((c >= 0x100 && c <= 0x136 && c != 0x130) || (c >= 0x14a && c <= 0x176) || (c >= 0x460 && c <= 0x480) ||
		(c >= 0x48a && c <= 0x4be) || (c >= 0x1e00 && c <= 0x1efe))
		return c & 1 ? c : c + 1;
	if ((c >= 0x139 && c <= 0x147) || (c >= 0x179 && c <= 0x17d))
		return c & 1 ? c + 1 : c;
	return c;
}

// ---- repr

void str_repr(Text *out, const char *s, int64_t n, bool ascii)
{
	bool single = n && memchr(s, '\'', (size_t)n), twice = n && memchr(s, '"', (size_t)n);
	char quote = single && !twice ? '"' : '\'';
	text_addc(out, quote);
	for (int64_t i = 0; i < n;) {
		int len;
		uint32_t c = utf8_get(s + i, n - i, &len);
		if (c == '\n' || c == '\r' || c == '\t')
			text_addf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == (unsigned char)quote || c == '\\')
			text_addf(out, "\\%c", (int)c);
		else if (c < 32 || c == 127 || (c >= 128 && (len == 1 || c < 0xa1 || c == 0xad)))
			text_addf(out, "\\x%02x", c);
		else if (c >= 128 && (ascii || (char_is_space(c) && c != ' ') || (c >= 0x200b && c <= 0x200f) || c == 0xfeff ||
			(c >= 0xd800 && c < 0xf900)))
			text_addf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
		else
			text_addn(out, s + i, (size_t)len);
		i += len;
	}
	text_addc(out, quote);
}

void bytes_repr(Text *out, const char *s, int64_t n)
{
	bool single = n && memchr(s, '\'', (size_t)n), twice = n && memchr(s, '"', (size_t)n);
	char quote = single && !twice ? '"' : '\'';
	text_addf(out, "b%c", quote);
	for (int64_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '\n' || c == '\r' || c == '\t')
			text_addf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == (unsigned char)quote || c == '\\')
			text_addf(out, "\\%c", c);
		else if (c < 32 || c >= 127)
			text_addf(out, "\\x%02x", c);
		else
			text_addc(out, (char)c);
	}
	text_addc(out, quote);
}

// ---- items (of bytes too)

Status str_getitem(Build *b, IValue v, IValue key, IValue *out)
{
	bool bytes = v.tag != TAG_STR;
	const char *s = bytes ? PY_AS(PyBytes, v)->s : v.str->s, *what = bytes ? "bytes" : "string";
	int64_t n = bytes ? PY_AS(PyBytes, v)->n : v.str->n;
	if (py_is(key, PY_SLICE)) {
		int64_t chars = bytes ? n : utf8_count(s, n), start, stop, step, count;
		TRY(slice_indices(b, key, chars, &start, &stop, &step, &count));
		if (count == 0) {
			*out = bytes ? bytes_new(b, "", 0) : iv_str("", 0);
		} else if (step == 1) {
			int64_t from = chars == n ? start : utf8_offset(s, n, start);
			int64_t to = chars == n ? start + count : from + utf8_offset(s + from, n - from, count);
			*out = bytes ? bytes_new(b, s + from, to - from) : iv_str(s + from, (size_t)(to - from));
		} else {
			Text t = {0};
			int64_t *at = chars == n ? NULL : xmalloc((size_t)(chars + 1) * sizeof *at);
			for (int64_t i = 0, k = 0; at && i < n; i++)
				if (((unsigned char)s[i] & 0xc0) != 0x80)
					at[k++] = i;
			if (at)
				at[chars] = n;
			for (int64_t k = 0; k < count; k++) {
				int64_t i = start + k * step;
				text_addn(&t, s + (at ? at[i] : i), at ? (size_t)(at[i + 1] - at[i]) : 1);
			}
			free(at);
			*out = bytes ? bytes_new(b, text_str(&t), (int64_t)t.size) : iv_str(text_str(&t), t.size);
			text_free(&t);
		}
		return STATUS_OK;
	}
	if (key.tag != TAG_INT && key.tag != TAG_BOOL && key.tag != TAG_TENSOR && py_unwrap(key).tag != TAG_INT &&
		!types_override(b, key, D_index))
		return py_raise(b, "TypeError", bytes ? "byte indices must be integers or slices, not %s" :
			"string indices must be integers, not '%s'", py_type_name(b, key));
	int64_t i;
	TRY(number_index(b, key, &i));
	if (bytes) {
		TRY(sequence_index(b, i, n, "", &i));
		*out = iv_int((unsigned char)s[i]);
		return STATUS_OK;
	}
	int64_t at;
	if (i >= 0) {
		at = utf8_offset(s, n, i);
	} else { // from the end
		for (at = n; at > 0 && i < 0;)
			i += ((unsigned char)s[--at] & 0xc0) != 0x80;
		if (i < 0)
			at = n;
	}
	if (at >= n)
		return py_raise(b, "IndexError", "%s index out of range", what);
	int len;
	*out = str_char(b, utf8_get(s + at, n - at, &len));
	return STATUS_OK;
}

// ---- methods

Status str_self(Build *b, const PyArgs *a, StrObj **out)
{
	if (!py_as_str(a->self, out))
		return py_raise(b, "TypeError", "descriptor requires a 'str' object but received a '%s'", py_type_name(b, a->self));
	return STATUS_OK;
}

// The byte range that optional start and end arguments name; false when it is none.
static Status byte_range(Build *b, const StrObj *s, IValue start, IValue end, int64_t *from, int64_t *to, bool *ok)
{
	int64_t n = utf8_count(s->s, s->n), i = 0, j = n;
	if (start.tag != TAG_UNINIT && start.tag != TAG_NONE)
		TRY(number_index(b, start, &i));
	if (end.tag != TAG_UNINIT && end.tag != TAG_NONE)
		TRY(number_index(b, end, &j));
	i = i < 0 ? (i + n < 0 ? 0 : i + n) : i;
	j = j < 0 ? (j + n < 0 ? 0 : j + n) : j > n ? n : j;
	*ok = i <= j;
	*from = n == s->n ? (i > n ? n : i) : utf8_offset(s->s, s->n, i);
	*to = n == s->n ? j : utf8_offset(s->s, s->n, j);
	return STATUS_OK;
}

const char *text_find(const char *s, int64_t n, const char *p, int64_t m, bool last)
{
	if (m > n)
		return NULL;
	if (!last)
		return m == 0 ? s : memmem(s, (size_t)n, p, (size_t)m);
	for (int64_t i = n - m; i >= 0; i--)
		if (memcmp(s + i, p, (size_t)m) == 0)
			return s + i;
	return NULL;
}

static Status find(Build *b, const PyArgs *a, const char *name, bool last, bool must, IValue *out)
{
	StrObj *s = NULL;
	IValue sub, start, end;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, name, "sub:S start:o? end:o? /", &sub, &start, &end));
	int64_t from, to;
	bool ok;
	TRY(byte_range(b, s, start, end, &from, &to, &ok));
	const char *at = ok ? text_find(s->s + from, to - from, sub.str->s, sub.str->n, last) : NULL;
	if (!at && must)
		return py_raise(b, "ValueError", "substring not found");
	*out = iv_int(at ? utf8_count(s->s, at - s->s) : -1);
	return STATUS_OK;
}

static Status str_find(Build *b, const PyArgs *a, IValue *out) { return find(b, a, "find", false, false, out); }
static Status str_rfind(Build *b, const PyArgs *a, IValue *out) { return find(b, a, "rfind", true, false, out); }
static Status str_index(Build *b, const PyArgs *a, IValue *out) { return find(b, a, "index", false, true, out); }
static Status str_rindex(Build *b, const PyArgs *a, IValue *out) { return find(b, a, "rindex", true, true, out); }

static Status str_count(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	IValue sub, start, end;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, "count", "sub:S start:o? end:o? /", &sub, &start, &end));
	int64_t from, to, n = 0;
	bool ok;
	TRY(byte_range(b, s, start, end, &from, &to, &ok));
	if (ok && sub.str->n == 0)
		n = utf8_count(s->s + from, to - from) + 1;
	while (ok && sub.str->n) {
		const char *at = text_find(s->s + from, to - from, sub.str->s, sub.str->n, false);
		if (!at)
			break;
		n++;
		from = at - s->s + sub.str->n;
	}
	*out = iv_int(n);
	return STATUS_OK;
}

static Status affix(Build *b, const PyArgs *a, const char *name, bool suffix, IValue *out)
{
	StrObj *s, *p;
	IValue what, start, end;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, name, "prefix:o start:o? end:o? /", &what, &start, &end));
	int64_t from, to;
	bool ok, is = false;
	TRY(byte_range(b, s, start, end, &from, &to, &ok));
	bool tuple = py_unwrap(what).tag == TAG_TUPLE;
	int64_t n = tuple ? py_unwrap(what).tuple->n : 1;
	for (int64_t i = 0; i < n && !is; i++) {
		if (!py_as_str(tuple ? py_unwrap(what).tuple->items[i] : what, &p))
			return py_raise(b, "TypeError", tuple ? "tuple for %s must only contain str, not %s" :
				"%s first arg must be str or a tuple of str, not %s", name,
				py_type_name(b, tuple ? py_unwrap(what).tuple->items[i] : what));
		is = ok && p->n <= to - from && memcmp(suffix ? s->s + to - p->n : s->s + from, p->s, (size_t)p->n) == 0;
	}
	*out = iv_bool(is);
	return STATUS_OK;
}

static Status str_startswith(Build *b, const PyArgs *a, IValue *out) { return affix(b, a, "startswith", false, out); }
static Status str_endswith(Build *b, const PyArgs *a, IValue *out) { return affix(b, a, "endswith", true, out); }

typedef enum CharTest { IS_ALPHA, IS_DIGIT, IS_ALNUM, IS_SPACE, IS_UPPER, IS_LOWER, IS_ASCII, IS_PRINTABLE, IS_IDENT,
	IS_TITLE } CharTest;

static Status test(Build *b, const PyArgs *a, CharTest t, IValue *out)
{
	StrObj *s = NULL;
	TRY(str_self(b, a, &s));
	if (a->npos || a->nkw)
		return py_raise(b, "TypeError", "str method takes no arguments (%d given)", a->npos);
	bool ok = s->n > 0 || t == IS_ASCII || t == IS_PRINTABLE, cased = false, after_cased = false;
	int len;
	for (int64_t i = 0; i < s->n && ok; i += len) {
		uint32_t c = utf8_get(s->s + i, s->n - i, &len);
		bool up = char_lower(c) != c, low = char_upper(c) != c;
		cased = cased || up || low;
		switch (t) {
		case IS_ALPHA: ok = char_is_alpha(c); break;
		case IS_DIGIT: ok = char_is_digit(c); break;
		case IS_ALNUM: ok = char_is_alpha(c) || char_is_digit(c); break;
		case IS_SPACE: ok = char_is_space(c); break;
		case IS_UPPER: ok = !low; break;
		case IS_LOWER: ok = !up; break;
		case IS_ASCII: ok = c < 128; break;
		case IS_PRINTABLE: ok = c == ' ' || (c >= 32 && c != 127 && !(c >= 128 && c < 0xa1) && !char_is_space(c)); break;
		case IS_IDENT: ok = c == '_' || char_is_alpha(c) || (i > 0 && char_is_digit(c)); break;
		case IS_TITLE: ok = up ? !after_cased : low ? after_cased : true; break;
		}
		after_cased = up || low;
	}
	*out = iv_bool(ok && (cased || (t != IS_UPPER && t != IS_LOWER && t != IS_TITLE)));
	return STATUS_OK;
}

#define TEST(name, which) \
	static Status name(Build *b, const PyArgs *a, IValue *out) { return test(b, a, which, out); }
TEST(str_isalpha, IS_ALPHA)
TEST(str_isdigit, IS_DIGIT)
TEST(str_isalnum, IS_ALNUM)
TEST(str_isspace, IS_SPACE)
TEST(str_isupper, IS_UPPER)
TEST(str_islower, IS_LOWER)
TEST(str_isascii, IS_ASCII)
TEST(str_isprintable, IS_PRINTABLE)
TEST(str_isidentifier, IS_IDENT)
TEST(str_istitle, IS_TITLE)

static Status str_encode(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	const char *encoding, *errors;
	TRY(str_self(b, a, &s));
	TRY(args_parse(b, a, "encode", "encoding:s=None errors:s=None", &encoding, &errors));
	bool ascii = encoding && !strcasecmp(encoding, "ascii");
	if (encoding && !ascii && strcasecmp(encoding, "utf-8") && strcasecmp(encoding, "utf8"))
		return py_raise(b, "LookupError", "unknown encoding: %s", encoding);
	for (int64_t i = 0; ascii && i < s->n; i++)
		if ((unsigned char)s->s[i] >= 128)
			return py_raise(b, "UnicodeEncodeError", "'ascii' codec can't encode character in position %lld: ordinal not in "
				"range(128)", (long long)utf8_count(s->s, i));
	*out = bytes_new(b, s->s, s->n);
	return STATUS_OK;
}

static Status str_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, encoding, errors;
	TRY(args_parse(b, a, "str", "object:o? encoding:o? errors:o?", &v, &encoding, &errors));
	if (v.tag == TAG_UNINIT) {
		*out = ivalue_ref(b->types->empty_str);
		return STATUS_OK;
	}
	if (encoding.tag != TAG_UNINIT && py_is(v, PY_BYTES)) {
		*out = iv_str(PY_AS(PyBytes, v)->s, (size_t)PY_AS(PyBytes, v)->n);
		return STATUS_OK;
	}
	if (v.tag == TAG_STR) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	Text t = {0};
	Status st = py_str(b, v, &t);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status str_format_method(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	TRY(str_self(b, a, &s));
	return str_format(b, s->s, (size_t)s->n, a, iv_none(), out);
}

static Status str_format_map(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s = NULL;
	TRY(str_self(b, a, &s));
	if (a->npos != 1)
		return raise_arity(b, "str.format_map", 1, a->npos);
	PyArgs none = {.self = iv_none()};
	return str_format(b, s->s, (size_t)s->n, &none, a->pos[0], out);
}

static Status str_dunder_format(Build *b, const PyArgs *a, IValue *out)
{
	IValue spec;
	TRY(args_parse(b, a, "__format__", "format_spec:S /", &spec));
	Text t = {0};
	Status st = py_format(b, py_unwrap(a->self), spec.str->s, (size_t)spec.str->n, &t);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

void types_init_str(Build *b)
{
	static const NativeMethod methods[] = {{"find", str_find}, {"rfind", str_rfind}, {"index", str_index},
		{"rindex", str_rindex}, {"count", str_count}, {"startswith", str_startswith}, {"endswith", str_endswith},
		{"isalpha", str_isalpha}, {"isdigit", str_isdigit}, {"isdecimal", str_isdigit}, {"isnumeric", str_isdigit},
		{"isalnum", str_isalnum}, {"isspace", str_isspace}, {"isupper", str_isupper}, {"islower", str_islower},
		{"isascii", str_isascii}, {"isprintable", str_isprintable}, {"isidentifier", str_isidentifier},
		{"istitle", str_istitle}, {"encode", str_encode}, {"format", str_format_method}, {"format_map", str_format_map},
		{0}};
	static const NativeMethod format[] = {{"__format__", str_dunder_format}, {0}};
	Types *t = b->types;
	t->str = types_class(b, "str", t->object, PAYLOAD_STR, str_make, methods);
	py_class_methods(b, t->str, str_methods);
	py_class_static(b, t->str, "maketrans", str_maketrans);
	py_class_methods(b, t->str, format);
	py_class_methods(b, t->int_, format);
	py_class_methods(b, t->float_, format);
}
