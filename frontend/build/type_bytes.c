// SPDX-License-Identifier: BSD-3-Clause
// bytes: enough to read files and to pass them on.
#include "frontend/build/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

IValue bytes_new(Build *b, const char *s, int64_t n)
{
	PyBytes *o = py_new(b, PY_BYTES, sizeof *o);
	o->s = xmalloc((size_t)n + 1);
	if (n)
		memcpy(o->s, s, (size_t)n);
	o->s[n] = 0;
	o->n = n;
	return py_value(o);
}

static Status add_byte(Build *b, IValue item, void *arg)
{
	int64_t c;
	TRY(number_index(b, item, &c));
	if (c < 0 || c > 255)
		return py_raise(b, "ValueError", "bytes must be in range(0, 256)");
	text_addc(arg, (char)c);
	return STATUS_OK;
}

static Status bytes_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, encoding;
	TRY(args_parse(b, a, "bytes", "source:o? encoding:o?", &v, &encoding));
	StrObj *s;
	if (v.tag == TAG_UNINIT) {
		*out = bytes_new(b, "", 0);
		return STATUS_OK;
	}
	if (py_as_str(v, &s)) {
		if (encoding.tag == TAG_UNINIT)
			return py_raise(b, "TypeError", "string argument without an encoding");
		*out = bytes_new(b, s->s, s->n);
		return STATUS_OK;
	}
	if (py_is(v, PY_BYTES)) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	Text t = {0};
	if (v.tag == TAG_INT) {
		if (v.i < 0)
			return py_raise(b, "ValueError", "negative count");
		if (v.i > 1 << 30)
			return py_raise(b, "MemoryError", "bytes(%lld) does not fit in memory", (long long)v.i);
		TRY(build_memory_check(b, 2 * (size_t)v.i));
		text_fill(&t, 0, (size_t)v.i);
	} else {
		Status st = py_each(b, v, add_byte, &t);
		if (st != STATUS_OK) {
			text_free(&t);
			return st;
		}
	}
	*out = bytes_new(b, text_str(&t), (int64_t)t.size);
	text_free(&t);
	return STATUS_OK;
}

static bool valid_utf8(const char *s, int64_t n, int64_t *at)
{
	for (int64_t i = 0; i < n;) {
		int len;
		uint32_t c = utf8_get(s + i, n - i, &len);
		static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
		if ((len == 1 && c >= 128) || c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
			*at = i;
			return false;
		}
		i += len;
	}
	return true;
}

static Status bytes_decode(Build *b, const PyArgs *a, IValue *out)
{
	const char *encoding, *errors;
	TRY(args_parse(b, a, "decode", "encoding:s=None errors:s=None", &encoding, &errors));
	const PyBytes *s = PY_AS(PyBytes, a->self);
	int64_t at;
	if (encoding && (!strcasecmp(encoding, "latin-1") || !strcasecmp(encoding, "latin1"))) {
		Text t = {0};
		for (int64_t i = 0; i < s->n; i++) {
			char buf[4];
			text_addn(&t, buf, (size_t)utf8_put((unsigned char)s->s[i], buf));
		}
		*out = iv_str(text_str(&t), t.size);
		text_free(&t);
		return STATUS_OK;
	}
	if (encoding && strcasecmp(encoding, "utf-8") && strcasecmp(encoding, "utf8") && strcasecmp(encoding, "ascii"))
		return py_raise(b, "LookupError", "unknown encoding: %s", encoding);
	if (!valid_utf8(s->s, s->n, &at)) {
		if (!errors || !strcmp(errors, "strict"))
			return py_raise(b, "UnicodeDecodeError", "'utf-8' codec can't decode byte 0x%02x in position %lld: invalid start "
				"byte", (unsigned char)s->s[at], (long long)at);
		Text t = {0};
		int len;
		for (int64_t i = 0; i < s->n; i += len) {
			uint32_t c = utf8_get(s->s + i, s->n - i, &len);
			if (len > 1 || c < 128)
				text_addn(&t, s->s + i, (size_t)len);
			else if (!strcmp(errors, "replace"))
				text_add(&t, "\xef\xbf\xbd");
		}
		*out = iv_str(text_str(&t), t.size);
		text_free(&t);
		return STATUS_OK;
	}
	*out = iv_str(s->s, (size_t)s->n);
	return STATUS_OK;
}

static Status bytes_hex(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	Text t = {0};
	for (int64_t i = 0; i < PY_AS(PyBytes, a->self)->n; i++)
		text_addf(&t, "%02x", (unsigned char)PY_AS(PyBytes, a->self)->s[i]);
	*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return STATUS_OK;
}

static Status bytes_affix(Build *b, const PyArgs *a, bool suffix, IValue *out)
{
	if (a->npos != 1 || !py_is(a->pos[0], PY_BYTES))
		return py_raise(b, "TypeError", "%s first arg must be bytes", suffix ? "endswith" : "startswith");
	const PyBytes *s = PY_AS(PyBytes, a->self), *p = PY_AS(PyBytes, a->pos[0]);
	*out = iv_bool(p->n <= s->n && memcmp(suffix ? s->s + s->n - p->n : s->s, p->s, (size_t)p->n) == 0);
	return STATUS_OK;
}

static Status bytes_startswith(Build *b, const PyArgs *a, IValue *out) { return bytes_affix(b, a, false, out); }
static Status bytes_endswith(Build *b, const PyArgs *a, IValue *out) { return bytes_affix(b, a, true, out); }

static Status bytes_find(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || !py_is(a->pos[0], PY_BYTES))
		return py_raise(b, "TypeError", "argument should be bytes");
	const PyBytes *s = PY_AS(PyBytes, a->self), *p = PY_AS(PyBytes, a->pos[0]);
	const char *at = text_find(s->s, s->n, p->s, p->n, false);
	*out = iv_int(at ? at - s->s : -1);
	return STATUS_OK;
}

static Status bytes_strip(Build *b, const PyArgs *a, IValue *out)
{
	const PyBytes *s = PY_AS(PyBytes, a->self);
	int64_t i = 0, j = s->n;
	while (i < j && isspace((unsigned char)s->s[i]))
		i++;
	while (j > i && isspace((unsigned char)s->s[j - 1]))
		j--;
	*out = bytes_new(b, s->s + i, j - i);
	return STATUS_OK;
}

static Status bytes_split(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || !py_is(a->pos[0], PY_BYTES) || PY_AS(PyBytes, a->pos[0])->n == 0)
		return py_raise(b, "TypeError", "split() needs a separator of type bytes");
	const PyBytes *s = PY_AS(PyBytes, a->self), *p = PY_AS(PyBytes, a->pos[0]);
	*out = py_list(b, 4);
	int64_t i = 0;
	for (const char *at; (at = text_find(s->s + i, s->n - i, p->s, p->n, false)); i = at - s->s + p->n)
		TRY(list_append_take(out->list, bytes_new(b, s->s + i, at - s->s - i), b->x.err));
	return list_append_take(out->list, bytes_new(b, s->s + i, s->n - i), b->x.err);
}

static Status bytes_fromhex(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	TRY(args_parse(b, a, "fromhex", "string:S /", &v));
	Text t = {0};
	const char *s = v.str->s;
	for (; *s; s++) {
		if (isspace((unsigned char)*s))
			continue;
		if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1])) {
			text_free(&t);
			return py_raise(b, "ValueError", "non-hexadecimal number found in fromhex() arg at position %d",
				(int)(s - v.str->s));
		}
		char two[3] = {s[0], s[1], 0};
		text_addc(&t, (char)strtol(two, NULL, 16));
		s++;
	}
	*out = bytes_new(b, text_str(&t), (int64_t)t.size);
	text_free(&t);
	return STATUS_OK;
}

void types_init_bytes(Build *b)
{
	static const NativeMethod methods[] = {{"decode", bytes_decode}, {"hex", bytes_hex}, {"startswith", bytes_startswith},
		{"endswith", bytes_endswith}, {"find", bytes_find}, {"strip", bytes_strip}, {"split", bytes_split}, {0}};
	Types *t = b->types;
	t->bytes = types_class(b, "bytes", t->object, PAYLOAD_STR, bytes_make, methods);
	py_class_classmethod(b, t->bytes, "fromhex", bytes_fromhex);
	types_add_dunders(b, t->bytes, "c+<h");
}
