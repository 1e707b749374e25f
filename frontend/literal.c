// SPDX-License-Identifier: BSD-3-Clause
// Values of number and string literals, and the insides of f-strings.
//
// The scanner has checked the form.  A field of an f-string is parsed where it stands, as a text of its own within the
// same source, so that its places are right.
#include "frontend/syntax.h"
#include "frontend/parser.tab.h"

#include <stdlib.h>
#include <string.h>

static Expr *integer(Parser *p, Span at, const char *digits, unsigned base)
{
	uint64_t v = 0;
	const uint64_t limit = UINT64_C(1) << 63;
	for (const char *s = digits; *s; s++) {
		unsigned d = *s <= '9' ? (unsigned)(*s - '0') : (unsigned)((*s | 32) - 'a' + 10);
		if (d >= base) {
			syntax_fail(p, STATUS_SYNTAX, at, "invalid digit '%c' in octal literal", *s);
			return NULL;
		}
		if (v > (limit - d) / base) {
			syntax_fail(p, STATUS_SYNTAX, at,
				"Integral constant out of range (must fit in a signed 64 bit integer)");
			return NULL;
		}
		v = v * base + d;
	}
	Expr *e = expr_new(p, EX_INT, at);
	if (v == limit) { // good only below a minus, see expr_unary
		p->unsigned_min++;
		p->unsigned_min_at = at;
		e->flag = true;
		e->ival = INT64_MIN;
	} else {
		e->ival = (int64_t)v;
	}
	return e;
}

Expr *literal_number(Parser *p, Span at, const char *text, size_t len)
{
	char small[64], *s = len < sizeof small ? small : arena_alloc(p->arena, len + 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		if (text[i] != '_')
			s[n++] = text[i];
	s[n] = '\0';
	if (s[0] == '0' && n > 1) {
		char c = s[1] | 32;
		if (c == 'x')
			return integer(p, at, s + 2, 16);
		if (c == 'o')
			return integer(p, at, s + 2, 8);
		if (c == 'b')
			return integer(p, at, s + 2, 2);
	}
	bool imaginary = (s[n - 1] | 32) == 'j';
	if (imaginary)
		s[--n] = '\0';
	if (imaginary || strpbrk(s, ".eE")) {
		Expr *e = expr_new(p, imaginary ? EX_IMAG : EX_FLOAT, at);
		e->fval = strtod(s, NULL);
		return e;
	}
	if (s[0] == '0' && n > 1) {
		if (p->dialect == DIALECT_ARCHIVE)
			return integer(p, at, s + 1, 8);
		if (s[strspn(s, "0")] != '\0') {
			syntax_fail(p, STATUS_SYNTAX, at,
				"leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers");
			return NULL;
		}
	}
	return integer(p, at, s, 10);
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

// Reads n digits of the base; false when there are fewer.
static bool read_digits(const char *s, const char *end, int n, int base, uint32_t *v)
{
	*v = 0;
	if (end - s < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (digit_value(s[i]) >= base)
			return false;
		*v = *v * (uint32_t)base + (uint32_t)digit_value(s[i]);
	}
	return true;
}

static bool bad_escape(Parser *p, Span at, const char *message)
{
	syntax_fail(p, STATUS_SYNTAX, at, "%s", message);
	return false;
}

// One escape of Python's; s is after the backslash.  Escapes it does not know stay as they are.
static bool python_escape(Parser *p, Span at, const char **sp, const char *end, bool bytes, char **out)
{
	const char *s = *sp;
	char c = *s++;
	uint32_t v;
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *known = c ? strchr(from, c) : NULL;
	if (known) {
		*(*out)++ = to[known - from];
	} else if (c == '\n' || (c == '\r' && s < end && *s == '\n')) {
		s += c == '\r';
	} else if (c == '\r') {
		;
	} else if (c >= '0' && c <= '7') {
		v = (uint32_t)(c - '0');
		for (int i = 0; i < 2 && s < end && *s >= '0' && *s <= '7'; i++)
			v = v * 8 + (uint32_t)(*s++ - '0');
		if (bytes)
			*(*out)++ = (char)v;
		else
			*out += put_utf8(*out, v);
	} else if (c == 'x') {
		if (!read_digits(s, end, 2, 16, &v))
			return bad_escape(p, at, "truncated \\xXX escape");
		s += 2;
		if (bytes)
			*(*out)++ = (char)v;
		else
			*out += put_utf8(*out, v);
	} else if (!bytes && (c == 'u' || c == 'U')) {
		int n = c == 'u' ? 4 : 8;
		if (!read_digits(s, end, n, 16, &v))
			return bad_escape(p, at, c == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape");
		if (v > 0x10ffff)
			return bad_escape(p, at, "illegal Unicode character");
		s += n;
		*out += put_utf8(*out, v);
	} else if (!bytes && c == 'N') {
		return bad_escape(p, at, "\\N{…} escapes are not supported; write \\u with the number");
	} else {
		*(*out)++ = '\\';
		*(*out)++ = c;
	}
	*sp = s;
	return true;
}

static bool archive_escape(Parser *p, Span at, const char **sp, const char *end, char **out)
{
	const char *s = *sp;
	char c = *s++;
	uint32_t v;
	static const char from[] = "\\'\"abfnrtv\n", to[] = "\\'\"\a\b\f\n\r\t\v\n";
	const char *known = c ? strchr(from, c) : NULL;
	if (known) {
		*(*out)++ = to[known - from];
	} else if (c == 'x') {
		return bad_escape(p, at, "unsupported hex specifier");
	} else if (c == 'u' || c == 'U') {
		return bad_escape(p, at, "unsupported unicode specifier");
	} else {
		if (!read_digits(s - 1, end, 3, 8, &v) || v > 255)
			return bad_escape(p, at, "ill formed octal specifier");
		*(*out)++ = (char)v;
		s += 2;
	}
	*sp = s;
	return true;
}

typedef struct Literal {
	Span at;     // the whole
	bool raw, bytes, format;
} Literal;

// The text [s, end) with escapes replaced, as a new EX_STR or EX_BYTES.  No escape is shorter than what it stands for.
static Expr *decode(Parser *p, const Literal *l, Span at, const char *s, const char *end)
{
	size_t n = (size_t)(end - s);
	for (const char *c = s; l->bytes && c < end; c++) {
		if ((unsigned char)*c >= 0x80) {
			syntax_fail(p, STATUS_SYNTAX, l->at, "bytes can only contain ASCII literal characters");
			return NULL;
		}
	}
	char *buf = arena_alloc(p->arena, n + 1), *out = buf;
	if (!memchr(s, '\\', n) && !memchr(s, '\r', n)) {
		memcpy(buf, s, n);
		out += n;
	} else {
		while (s < end) {
			if (*s == '\\' && !l->raw) {
				s++;
				bool ok = p->dialect == DIALECT_ARCHIVE ?
					archive_escape(p, l->at, &s, end, &out) :
					python_escape(p, l->at, &s, end, l->bytes, &out);
				if (!ok)
					return NULL;
			} else if (*s == '\r' && p->dialect == DIALECT_PYTHON) {
				*out++ = '\n';
				s += s + 1 < end && s[1] == '\n' ? 2 : 1;
			} else {
				*out++ = *s++;
			}
		}
	}
	Expr *e = expr_new(p, l->bytes ? EX_BYTES : EX_STR, at);
	e->str = buf;
	e->len = (size_t)(out - buf);
	return e;
}

static Span text_span(const Parser *p, const char *s, const char *end)
{
	return (Span){(uint32_t)(s - p->src->text), (uint32_t)(end - p->src->text)};
}

static Expr *format_parts(Parser *p, const Literal *l, const char **sp, const char *end, bool spec);

// Where the expression of a field ends: at a `!`, `:`, `=` or `}` of its own.  NULL with the failure recorded.
static const char *field_end(Parser *p, const Literal *l, const char *s, const char *end)
{
	int depth = 0;
	while (s < end) {
		char c = *s;
		if (c == '\\' || c == '#') {
			syntax_fail(p, STATUS_SYNTAX, l->at, "f-string expression part cannot include %s",
				c == '#' ? "'#'" : "a backslash");
			return NULL;
		}
		if (c == '\'' || c == '"') {
			size_t n = end - s >= 3 && s[1] == c && s[2] == c ? 3 : 1;
			const char *t = s + n;
			while (end - t >= (ptrdiff_t)n && memcmp(t, s, n))
				t++;
			if (end - t < (ptrdiff_t)n) {
				syntax_fail(p, STATUS_SYNTAX, l->at, "f-string: unterminated string");
				return NULL;
			}
			s = t + n;
			continue;
		}
		if (c == '(' || c == '[' || c == '{') {
			depth++;
		} else if (depth > 0) {
			depth -= c == ')' || c == ']' || c == '}';
		} else if (c == '}' || c == ':') {
			return s;
		} else if ((c == '!' || c == '=' || c == '<' || c == '>') && end - s > 1 && s[1] == '=') {
			s++;
		} else if (c == '!' || c == '=') {
			return s;
		}
		s++;
	}
	syntax_fail(p, STATUS_SYNTAX, l->at, "f-string: expecting '}'");
	return NULL;
}

// s is after the `{`, and after the `}` on return.
static Expr *format_field(Parser *p, const Literal *l, const char **sp, const char *end)
{
	const char *begin = *sp, *s = field_end(p, l, begin, end);
	if (!s)
		return NULL;
	if (begin + strspn(begin, " \t\f\r\n") >= s) {
		syntax_fail(p, STATUS_SYNTAX, l->at, "f-string: empty expression not allowed");
		return NULL;
	}
	Expr *e = expr_new(p, EX_FIELD, text_span(p, begin - 1, end));
	e->a = syntax_parse_part(p, text_span(p, begin, s), START_EXPR);
	if (!e->a)
		return NULL;
	expr_hold(p, e, e->a);
	if (*s == '=') {
		s++;
		while (s < end && strchr(" \t\f\r\n", *s) && *s)
			s++;
		e->flag = true;
		e->str = arena_strndup(p->arena, begin, (size_t)(s - begin));
		e->len = (size_t)(s - begin);
	}
	if (s < end && *s == '!') {
		char c = end - s > 1 ? s[1] : '\0';
		if (c != 'r' && c != 's' && c != 'a') {
			syntax_fail(p, STATUS_SYNTAX, l->at,
				"f-string: invalid conversion character: expected 's', 'r', or 'a'");
			return NULL;
		}
		e->name = c == 'r' ? "r" : c == 's' ? "s" : "a";
		s += 2;
	}
	if (s < end && *s == ':') {
		s++;
		e->b = format_parts(p, l, &s, end, true);
		if (!e->b)
			return NULL;
		expr_hold(p, e, e->b);
	}
	if (s >= end || *s != '}') {
		syntax_fail(p, STATUS_SYNTAX, l->at, "f-string: expecting '}'");
		return NULL;
	}
	*sp = s + 1;
	e->at.end = (uint32_t)(*sp - p->src->text);
	return e;
}

// Text and fields up to the end, or for a format spec up to its `}`.
static Expr *format_parts(Parser *p, const Literal *l, const char **sp, const char *end, bool spec)
{
	const char *s = *sp, *begin = s;
	if (spec && ++p->specs > 2) {
		syntax_fail(p, STATUS_SYNTAX, l->at, "f-string: expressions nested too deeply");
		return NULL;
	}
	Expr *e = expr_new(p, EX_FSTRING, l->at);
	for (;;) {
		bool brace = s < end && (*s == '{' || *s == '}');
		bool twice = brace && !spec && end - s > 1 && s[1] == *s;
		if (s < end && !brace) {
			// an escaped brace is no brace, except that \{ is a backslash and a field
			if (*s == '\\' && !l->raw && end - s > 1 && s[1] != '{' && s[1] != '}')
				s++;
			s++;
			continue;
		}
		const char *stop = s + twice;
		if (stop > begin) {
			const char *tail = stop;
			bool odd = tail > begin && tail[-1] == '\\' && !l->raw && !twice;
			size_t slashes = 0;
			while (tail > begin && tail[-1] == '\\')
				tail--, slashes++;
			Expr *text = decode(p, l, text_span(p, begin, stop), begin, odd && slashes % 2 ? stop - 1 : stop);
			if (!text)
				return NULL;
			if (odd && slashes % 2)
				((char *)text->str)[text->len++] = '\\';
			expr_push(p, e, &e->list, text);
		}
		if (twice) {
			begin = s += 2;
			continue;
		}
		if (s == end || (*s == '}' && spec))
			break;
		if (*s == '}') {
			syntax_fail(p, STATUS_SYNTAX, l->at, "f-string: single '}' is not allowed");
			return NULL;
		}
		s++;
		Expr *field = format_field(p, l, &s, end);
		if (!field)
			return NULL;
		expr_push(p, e, &e->list, field);
		begin = s;
	}
	p->specs -= spec;
	*sp = s;
	return e;
}

Expr *literal_string(Parser *p, Span at)
{
	Literal l = {.at = at};
	const char *s = p->src->text + at.begin, *end = p->src->text + at.end;
	for (; *s != '\'' && *s != '"'; s++) {
		char c = *s | 32;
		l.raw = l.raw || c == 'r';
		l.bytes = l.bytes || c == 'b';
		l.format = l.format || c == 'f';
	}
	size_t quote = end - s >= 6 && s[1] == s[0] && s[2] == s[0] ? 3 : 1;
	s += quote;
	end -= quote;
	if (!l.format)
		return decode(p, &l, at, s, end);
	if (++p->strings > STRINGS_MAX) {
		syntax_fail(p, STATUS_LIMIT, at, "f-strings are nested more than %d levels deep", STRINGS_MAX);
		return NULL;
	}
	Expr *e = format_parts(p, &l, &s, end, false);
	p->strings--;
	return e;
}

Expr *literal_join(Parser *p, Span at, const ExprList *parts)
{
	size_t n = 0;
	bool format = false;
	for (int i = 0; i < parts->n; i++) {
		const Expr *e = parts->items[i];
		format = format || e->kind == EX_FSTRING;
		n += e->len;
		if ((e->kind == EX_BYTES) != (parts->items[0]->kind == EX_BYTES)) {
			syntax_fail(p, STATUS_SYNTAX, at, "cannot mix bytes and nonbytes literals");
			return parts->items[0];
		}
	}
	Expr *e = expr_new(p, format ? EX_FSTRING : parts->items[0]->kind, at);
	if (format) {
		for (int i = 0; i < parts->n; i++) {
			Expr *part = parts->items[i];
			if (part->kind != EX_FSTRING) {
				expr_push(p, e, &e->list, part);
				continue;
			}
			for (int k = 0; k < part->list.n; k++)
				expr_push(p, e, &e->list, part->list.items[k]);
		}
		return e;
	}
	char *out = arena_alloc(p->arena, n + 1);
	e->str = out;
	e->len = n;
	for (int i = 0; i < parts->n; i++) {
		if (parts->items[i]->len)
			memcpy(out, parts->items[i]->str, parts->items[i]->len);
		out += parts->items[i]->len;
	}
	return e;
}
