// SPDX-License-Identifier: BSD-3-Clause
// Reading and writing the small things that schemas and IR text are made of: names, numbers, strings.
#include "ir/scan.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Status scan_fail(Scan *s, const char *fmt, ...)
{
	char message[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	int line = 1, column = 1;
	for (const char *p = s->start; p < s->p; p++) {
		column++;
		if (*p == '\n') {
			line++;
			column = 1;
		}
	}
	return fail(s->err, STATUS_SYNTAX, "%s, line %d, column %d: %s", s->what, line, column, message);
}

void scan_space(Scan *s)
{
	while (s->p < s->end) {
		if (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')
			s->p++;
		else if (*s->p == '#')
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		else
			break;
	}
}

bool scan_peek(Scan *s, const char *token)
{
	scan_space(s);
	size_t n = strlen(token);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, token, n) != 0)
		return false;
	return !(is_word(token[n - 1]) && s->p + n < s->end && is_word(s->p[n]));
}

bool scan_accept(Scan *s, const char *token)
{
	if (!scan_peek(s, token))
		return false;
	s->p += strlen(token);
	return true;
}

Status scan_expect(Scan *s, const char *token)
{
	if (scan_accept(s, token))
		return STATUS_OK;
	if (s->p >= s->end)
		return scan_fail(s, "expected '%s' but the text ends", token);
	char found[24];
	int n = 0;
	while (n < 20 && s->p + n < s->end && isprint((unsigned char)s->p[n]) && (n == 0 || is_word(s->p[n]))) {
		found[n] = s->p[n];
		n++;
	}
	found[n] = 0;
	return scan_fail(s, "expected '%s' but found '%s'", token, found);
}

bool scan_at_end(Scan *s)
{
	scan_space(s);
	return s->p >= s->end;
}

bool scan_name(Scan *s, const char **name, size_t *n)
{
	scan_space(s);
	const char *p = s->p;
	if (p >= s->end || !is_word(*p) || isdigit((unsigned char)*p))
		return false;
	while (p < s->end && is_word(*p))
		p++;
	*name = s->p;
	*n = (size_t)(p - s->p);
	s->p = p;
	return true;
}

bool scan_dotted(Scan *s, const char **name, size_t *n)
{
	if (!scan_name(s, name, n))
		return false;
	while (s->p + 1 < s->end && *s->p == '.' && is_word(s->p[1])) {
		s->p++;
		while (s->p < s->end && is_word(*s->p))
			s->p++;
	}
	*n = (size_t)(s->p - *name);
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The letter after a backslash and what it stands for, in pairs.
static const char escapes[] = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\"";

Status scan_string(Scan *s, Text *out)
{
	scan_space(s);
	if (s->p >= s->end || (*s->p != '"' && *s->p != '\''))
		return scan_fail(s, "expected a quoted string");
	char quote = *s->p++;
	for (;;) {
		if (s->p >= s->end)
			return scan_fail(s, "the string is not closed");
		char c = *s->p++;
		if (c == quote)
			return STATUS_OK;
		if (c != '\\') {
			text_addc(out, c);
			continue;
		}
		if (s->p >= s->end)
			return scan_fail(s, "the string is not closed");
		c = *s->p++;
		if (c == 'x') {
			if (s->end - s->p < 2 || hex_digit(s->p[0]) < 0 || hex_digit(s->p[1]) < 0)
				return scan_fail(s, "\\x needs two hexadecimal digits");
			text_addc(out, (char)(hex_digit(s->p[0]) * 16 + hex_digit(s->p[1])));
			s->p += 2;
			continue;
		}
		const char *e = escapes;
		while (*e && *e != c)
			e += 2;
		if (!*e)
			return scan_fail(s, "unknown escape in a string");
		text_addc(out, e[1]);
	}
}

void write_string(Text *out, const char *s, size_t n)
{
	text_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *e = escapes;
		while (*e && (unsigned char)e[1] != c)
			e += 2;
		if (*e) {
			text_addc(out, '\\');
			text_addc(out, e[0]);
		} else if (c < 32 || c == 127) {
			text_addf(out, "\\x%02x", c);
		} else {
			text_addc(out, (char)c);
		}
	}
	text_addc(out, '"');
}

void write_float(Text *out, double v)
{
	if (isnan(v)) {
		text_add(out, "nan");
		return;
	}
	char buf[40];
	snprintf(buf, sizeof buf, "%.17g", v);
	text_add(out, buf);
	if (!strpbrk(buf, ".en"))
		text_addc(out, '.');
}

Status scan_number(Scan *s, IValue *out)
{
	scan_space(s);
	const char *p = s->p;
	bool negative = p < s->end && *p == '-';
	if (negative)
		p++;
	if (s->end - p >= 3 && (!memcmp(p, "inf", 3) || !memcmp(p, "nan", 3)) && (p + 3 == s->end || !is_word(p[3]))) {
		double v = *p == 'i' ? (double)INFINITY : (double)NAN;
		s->p = p + 3;
		*out = iv_float(negative ? -v : v);
		return STATUS_OK;
	}
	const char *begin = s->p;
	bool is_float = false;
	size_t digits = 0;
	while (p < s->end) {
		if (isdigit((unsigned char)*p))
			digits++;
		else if (*p == '.' || ((*p == 'e' || *p == 'E') && digits))
			is_float = true;
		else if (!((*p == '-' || *p == '+') && (p[-1] == 'e' || p[-1] == 'E')))
			break;
		p++;
	}
	char buf[400];
	size_t n = (size_t)(p - begin);
	if (!digits || n >= sizeof buf)
		return scan_fail(s, "expected a number");
	memcpy(buf, begin, n);
	buf[n] = 0;
	char *rest;
	errno = 0;
	if (is_float) {
		*out = iv_float(strtod(buf, &rest));
	} else {
		long long v = strtoll(buf, &rest, 10);
		if (errno == ERANGE)
			return scan_fail(s, "the integer %s does not fit 64 bits", buf);
		*out = iv_int((int64_t)v);
	}
	if (*rest)
		return scan_fail(s, "malformed number '%s'", buf);
	s->p = p;
	return STATUS_OK;
}

Status scan_int(Scan *s, int64_t *out)
{
	IValue v;
	TRY(scan_number(s, &v));
	if (v.tag != TAG_INT)
		return scan_fail(s, "expected an integer");
	*out = v.i;
	return STATUS_OK;
}
