// SPDX-License-Identifier: BSD-3-Clause
// format(value, spec): the mini-language of format specifications.
//
// [[fill]align][sign][z][#][0][width][grouping][.precision][type].  A number is made in three parts (sign and prefix,
// digits, rest); grouping inserts separators in the digits, and the width is applied to the whole.
#include "core/print.h"
#include "frontend/build/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Spec {
	uint32_t fill;
	char align, sign, grouping, type;
	bool alternate, zero, no_negative_zero;
	int64_t width, precision;    // precision -1: none
} Spec;

static Status bad_spec(Build *b, const char *spec, size_t n, const char *type)
{
	return py_raise(b, "ValueError", "Invalid format specifier '%.*s' for object of type '%s'", (int)n, spec, type);
}

static bool is_align(char c)
{
	return c == '<' || c == '>' || c == '^' || c == '=';
}

static bool read_number(const char **s, const char *end, int64_t *out)
{
	int64_t v = 0;
	for (; *s < end && **s >= '0' && **s <= '9'; ++*s) {
		v = v * 10 + (**s - '0');
		if (v > 1 << 24)
			return false;
	}
	*out = v;
	return true;
}

static Status spec_read(Build *b, const char *s, size_t n, const char *type, Spec *out)
{
	const char *end = s + n, *all = s;
	*out = (Spec){.fill = ' ', .precision = -1};
	bool given = false;
	if (n) {
		int len;
		uint32_t c = utf8_get(s, (int64_t)n, &len);
		if ((size_t)len < n && is_align(s[len])) {
			out->fill = c;
			out->align = s[len];
			s += len + 1;
			given = true;
		} else if (is_align(*s)) {
			out->align = *s++;
		}
	}
	if (s < end && (*s == '+' || *s == '-' || *s == ' '))
		out->sign = *s++;
	if (s < end && *s == 'z') {
		out->no_negative_zero = true;
		s++;
	}
	if (s < end && *s == '#') {
		out->alternate = true;
		s++;
	}
	if (s < end && *s == '0') {
		out->zero = true;
		if (!given)
			out->fill = '0';
		if (!out->align)
			out->align = '=';
		s++;
	}
	if (!read_number(&s, end, &out->width))
		return py_raise(b, "ValueError", "Too many decimal digits in format string");
	if (s < end && (*s == ',' || *s == '_')) {
		out->grouping = *s++;
		if (s < end && (*s == ',' || *s == '_'))
			return py_raise(b, "ValueError", *s == out->grouping ? "Cannot specify '%c' with '%c'." :
				"Cannot specify both ',' and '_'.", out->grouping, *s);
	}
	if (s < end && *s == '.') {
		s++;
		if (s >= end || *s < '0' || *s > '9')
			return py_raise(b, "ValueError", "Format specifier missing precision");
		if (!read_number(&s, end, &out->precision))
			return py_raise(b, "ValueError", "Too many decimal digits in format string");
	}
	if (s < end) {
		if (end - s > 1)
			return bad_spec(b, all, n, type);
		out->type = *s;
	}
	return STATUS_OK;
}

static void put(Text *out, uint32_t c, int64_t n)
{
	char buf[4];
	int len = utf8_put(c, buf);
	for (int64_t i = 0; i < n; i++)
		text_addn(out, buf, (size_t)len);
}

// head stays in front of '=' padding; digits are grouped by `group` when there is a separator.
static void put_number(Text *out, const Spec *p, const char *head, const char *digits, const char *tail, int group)
{
	Text body = {0};
	int64_t nd = (int64_t)strlen(digits), nh = (int64_t)strlen(head), nt = (int64_t)strlen(tail);
	int64_t zeros = 0;
	if (p->grouping && p->fill == '0' && p->align == '=') { // padding zeros are grouped too
		int64_t want = p->width - nh - nt;
		while (nd + zeros + (nd + zeros - 1) / group < want)
			zeros++;
	}
	for (int64_t i = -zeros; i < nd; i++) {
		text_addc(&body, i < 0 ? '0' : digits[i]);
		int64_t left = nd - 1 - i;
		if (p->grouping && left && left % group == 0)
			text_addc(&body, p->grouping);
	}
	text_add(&body, tail);
	int64_t len = nh + (int64_t)body.size, missing = p->width > len ? p->width - len : 0;
	char align = p->align ? p->align : '>';
	int64_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;
	put(out, p->fill, before);
	text_add(out, head);
	if (align == '=')
		put(out, p->fill, missing);
	text_addn(out, text_str(&body), body.size);
	put(out, p->fill, align == '<' ? missing : align == '^' ? missing - before : 0);
	text_free(&body);
}

static Status unknown_code(Build *b, char type, const char *of)
{
	return py_raise(b, "ValueError", "Unknown format code '%c' for object of type '%s'", type, of);
}

static Status format_int(Build *b, int64_t v, const Spec *p, Text *out)
{
	char head[8], digits[72];
	if (p->precision >= 0)
		return py_raise(b, "ValueError", "Precision not allowed in integer format specifier");
	if (p->type == 'c') {
		if (v < 0 || v > 0x10ffff)
			return py_raise(b, "OverflowError", "%%c arg not in range(0x110000)");
		char buf[5] = {0};
		utf8_put((uint32_t)v, buf);
		Spec q = *p;
		q.align = q.align ? q.align : '<';
		put_number(out, &q, "", buf, "", 1000);
		return STATUS_OK;
	}
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	unsigned base = p->type == 'b' ? 2 : p->type == 'o' ? 8 : p->type == 'x' || p->type == 'X' ? 16 : 10;
	if (p->grouping == ',' && base != 10)
		return py_raise(b, "ValueError", "Cannot specify ',' with '%c'.", p->type);
	char *d = digits + sizeof digits;
	*--d = 0;
	do {
		*--d = (p->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
		u /= base;
	} while (u);
	snprintf(head, sizeof head, "%s%s", v < 0 ? "-" : p->sign == '+' ? "+" : p->sign == ' ' ? " " : "",
		!p->alternate || base == 10 ? "" : base == 2 ? "0b" : base == 8 ? "0o" : p->type == 'X' ? "0X" : "0x");
	put_number(out, p, head, d, "", base == 10 ? 3 : 4);
	return STATUS_OK;
}

static void upcase(char *s)
{
	for (; *s; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 32);
}

// |v| as text by a float format code; precision may be -1.
static char *float_text(double v, char type, int64_t precision, bool alternate)
{
	Text t = {0};
	if ((!type && precision < 0) || !isfinite(v)) {
		print_double(&t, v, true);
		return text_take(&t);
	}
	int p = (int)(precision < 0 ? 6 : precision);
	char kind = type == 'F' || type == '%' ? 'f' : type == 'E' ? 'e' : type == 'G' || type == 'n' || !type ? 'g' : type;
	if (type == '%')
		v *= 100;
	if (kind == 'g' && p == 0)
		p = 1;
	if (!type) { // like g, but with one digit behind the point, and by repr's threshold
		char probe[64];
		snprintf(probe, sizeof probe, "%.*e", p > 40 ? 40 : p - 1, v);
		int e = atoi(strchr(probe, 'e') + 1);
		if (e >= -4 && e < p) {
			text_addf(&t, "%.*f", p - 1 - e > 0 ? p - 1 - e : 0, v);
			char *s = text_take(&t);
			char *dot = strchr(s, '.');
			if (dot) {
				char *last = s + strlen(s) - 1;
				while (last > dot + 1 && *last == '0')
					*last-- = 0;
				return s;
			}
			text_addf(&t, "%s.0", s);
			if (e + 1 >= p) { // no room for a digit behind the point: with an exponent, without ending zeros
				text_free(&t);
				text_addf(&t, "%.*e", p - 1, v);
				char *mark = strchr(t.data, 'e'), *last = mark;
				while (strchr(t.data, '.') && last > t.data && (last[-1] == '0' || last[-1] == '.'))
					if (*--last == '.')
						break;
				memmove(last, mark, strlen(mark) + 1);
				t.size = strlen(t.data);
			}
			free(s);
			return text_take(&t);
		}
	}
	text_addf(&t, kind == 'f' ? (alternate ? "%#.*f" : "%.*f") : kind == 'e' ? (alternate ? "%#.*e" : "%.*e") :
		alternate ? "%#.*g" : "%.*g", p, v);
	if (type == '%')
		text_addc(&t, '%');
	return text_take(&t);
}

static Status format_float(Build *b, double v, const Spec *p, Text *out)
{
	if (p->type && !strchr("eEfFgGn%", p->type))
		return unknown_code(b, p->type, "float");
	char *text = float_text(fabs(v), p->type, p->precision, p->alternate);
	if (!isfinite(v) && p->type == '%') {
		free(text);
		text = xstrdup(isnan(v) ? "nan%" : "inf%");
	}
	if (p->type == 'E' || p->type == 'F' || p->type == 'G')
		upcase(text);
	bool negative = signbit(v) && !isnan(v);
	if (p->no_negative_zero && negative && strspn(text, "0.%") == strlen(text))
		negative = false;
	size_t whole = strspn(text, "0123456789");
	char *tail = xstrdup(text + whole);
	text[whole] = 0;
	const char *digits = text;
	if (!isfinite(v)) { // letters are not grouped
		free(text);
		text = tail;
		tail = xstrdup("");
		digits = text;
	}
	Spec q = *p;
	if (!isfinite(v))
		q.grouping = 0;
	put_number(out, &q, negative ? "-" : p->sign == '+' ? "+" : p->sign == ' ' ? " " : "", digits, tail, 3);
	free(text);
	free(tail);
	return STATUS_OK;
}

static Status format_complex(Build *b, IValue v, const Spec *p, Text *out)
{
	Text t = {0};
	Spec part = *p;
	part.width = 0;
	part.align = 0;
	bool bare = !p->type && p->precision < 0;
	if (!bare || v.complex_->re != 0 || signbit(v.complex_->re)) {
		if (!p->type)
			text_addc(&t, '(');
		TRY(format_float(b, v.complex_->re, &part, &t));
		part.sign = '+';
	}
	TRY(format_float(b, v.complex_->im, &part, &t));
	text_addc(&t, 'j');
	if (!p->type && t.data[0] == '(')
		text_addc(&t, ')');
	put_number(out, p, "", text_str(&t), "", 1 << 20);
	text_free(&t);
	return STATUS_OK;
}

static Status format_str(Build *b, const char *s, int64_t n, const Spec *p, Text *out)
{
	if (p->type && p->type != 's')
		return unknown_code(b, p->type, "str");
	if (p->sign)
		return py_raise(b, "ValueError", p->sign == ' ' ? "Space not allowed in string format specifier" :
			"Sign not allowed in string format specifier");
	if (p->alternate)
		return py_raise(b, "ValueError", "Alternate form (#) not allowed in string format specifier");
	if (p->grouping)
		return py_raise(b, "ValueError", "Cannot specify '%c' with 's'.", p->grouping);
	if (p->align == '=' && !p->zero)
		return py_raise(b, "ValueError", "'=' alignment not allowed in string format specifier");
	if (p->precision >= 0)
		n = utf8_offset(s, n, p->precision);
	int64_t chars = utf8_count(s, n), missing = p->width > chars ? p->width - chars : 0;
	int64_t before = p->align == '>' ? missing : p->align == '^' ? missing / 2 : 0;
	put(out, p->fill, before);
	text_addn(out, s, (size_t)n);
	put(out, p->fill, missing - before);
	return STATUS_OK;
}

static Status format_number(Build *b, IValue v, const char *spec, size_t n, Text *out)
{
	Spec p;
	const char *type = v.tag == TAG_FLOAT ? "float" : v.tag == TAG_COMPLEX ? "complex" : v.tag == TAG_BOOL ? "bool" : "int";
	TRY(spec_read(b, spec, n, type, &p));
	if (v.tag == TAG_COMPLEX)
		return format_complex(b, v, &p, out);
	if (v.tag == TAG_FLOAT || (p.type && strchr("eEfFgG%", p.type)))
		return format_float(b, iv_as_f64(v), &p, out);
	if (p.type && !strchr("bcdoxXn", p.type))
		return unknown_code(b, p.type, type);
	return format_int(b, v.i, &p, out);
}

Status py_format(Build *b, IValue v, const char *spec, size_t n, Text *out)
{
	IValue *fn = types_override(b, v, D_format);
	if (fn && !py_is(*fn, PY_NATIVE)) {
		IValue arg = iv_str(spec, n), r;
		Status st = types_call_special(b, *fn, v, &arg, 1, &r);
		ivalue_unref(&arg);
		TRY(st);
		StrObj *s;
		if (py_as_str(r, &s))
			text_addn(out, s->s, (size_t)s->n);
		else
			st = py_raise(b, "TypeError", "__format__ must return a str, not %s", py_type_name(b, r));
		ivalue_unref(&r);
		return st;
	}
	if (n == 0)
		return py_str(b, v, out);
	IValue u = py_unwrap(v);
	if (u.tag == TAG_TENSOR)
		return torch_format(b, u, spec, n, out);
	if (iv_is_number(u))
		return format_number(b, u, spec, n, out);
	Spec p;
	if (u.tag == TAG_STR) {
		TRY(spec_read(b, spec, n, "str", &p));
		if (types_override(b, v, D_str)) {
			Text t = {0};
			TRY(py_str(b, v, &t));
			Status st = format_str(b, text_str(&t), (int64_t)t.size, &p, out);
			text_free(&t);
			return st;
		}
		return format_str(b, u.str->s, u.str->n, &p, out);
	}
	return py_raise(b, "TypeError", "unsupported format string passed to %s.__format__", py_type_name(b, v));
}
