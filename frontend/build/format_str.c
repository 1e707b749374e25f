// SPDX-License-Identifier: BSD-3-Clause
// str.format and the % operator.
#include "frontend/build/str.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- str.format

typedef struct Formatting {
	const PyArgs *args;
	IValue mapping;       // format_map's, or None
	int64_t next;         // automatic numbering; -1 once a number was written
	bool automatic;
} Formatting;

static Status field_first(Build *b, Formatting *f, const char *s, size_t n, IValue *out)
{
	bool number = true;
	for (size_t i = 0; i < n; i++)
		number = number && isdigit((unsigned char)s[i]);
	if (n && !number) {
		IValue key = iv_str(s, n);
		Status st = STATUS_OK;
		if (f->mapping.tag != TAG_NONE) {
			st = py_getitem(b, f->mapping, key, out);
			ivalue_unref(&key);
			return st;
		}
		for (int i = 0; i < f->args->nkw; i++)
			if (ivalue_key_equal(f->args->kwnames[i], key)) {
				*out = ivalue_ref(f->args->kw[i]);
				ivalue_unref(&key);
				return STATUS_OK;
			}
		st = raise_key(b, key);
		ivalue_unref(&key);
		return st;
	}
	int64_t i;
	if (n == 0) {
		if (f->next < 0)
			return py_raise(b, "ValueError", "cannot switch from manual field specification to automatic field numbering");
		f->automatic = true;
		i = f->next++;
	} else {
		if (f->automatic)
			return py_raise(b, "ValueError", "cannot switch from automatic field numbering to manual field specification");
		f->next = -1;
		i = n > 9 ? INT32_MAX : atoi(s);
	}
	if (f->mapping.tag != TAG_NONE)
		return py_raise(b, "ValueError", "Format string contains positional fields");
	if (i >= f->args->npos)
		return py_raise(b, "IndexError", "Replacement index %lld out of range for positional args tuple", (long long)i);
	*out = ivalue_ref(f->args->pos[i]);
	return STATUS_OK;
}

static Status field_value(Build *b, Formatting *f, const char *s, size_t n, IValue *out)
{
	size_t i = 0;
	while (i < n && s[i] != '.' && s[i] != '[')
		i++;
	TRY(field_first(b, f, s, i, out));
	Status st = STATUS_OK;
	while (i < n && st == STATUS_OK) {
		bool item = s[i] == '[';
		size_t from = ++i;
		while (i < n && (item ? s[i] != ']' : s[i] != '.' && s[i] != '['))
			i++;
		if (i == from || (item && i >= n)) {
			st = py_raise(b, "ValueError", item && i >= n ? "Missing ']' in format string" :
				"Empty attribute in format string");
			break;
		}
		IValue v;
		if (item) {
			bool number = true;
			for (size_t k = from; k < i; k++)
				number = number && isdigit((unsigned char)s[k]);
			IValue key = number && i - from < 18 ? iv_int(strtoll(s + from, NULL, 10)) : iv_str(s + from, i - from);
			st = py_getitem(b, *out, key, &v);
			ivalue_unref(&key);
			i++;
		} else {
			char *name = xstrndup(s + from, i - from);
			st = py_getattr(b, *out, py_intern(b, name), &v);
			free(name);
		}
		if (st == STATUS_OK)
			ivalue_set(out, v);
	}
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status format_into(Build *b, Formatting *f, const char *s, size_t n, int depth, Text *out);

static Status field(Build *b, Formatting *f, const char *s, size_t n, int depth, Text *out) // between { and }
{
	size_t end = 0;
	int brackets = 0;
	while (end < n && ((s[end] != '!' && s[end] != ':') || brackets)) {
		brackets += s[end] == '[' ? 1 : s[end] == ']' ? -1 : 0;
		end++;
	}
	IValue v;
	TRY(field_value(b, f, s, end, &v));
	char conversion = 0;
	Status st = STATUS_OK;
	if (end < n && s[end] == '!') {
		conversion = end + 1 < n ? s[end + 1] : 0;
		end += 2;
		if (!conversion || !strchr("rsa", conversion))
			st = conversion ? py_raise(b, "ValueError", "Unknown conversion specifier '%c'", conversion) :
				py_raise(b, "ValueError", "unmatched '{' in format spec");
		else if (end < n && s[end] != ':')
			st = py_raise(b, "ValueError", "expected ':' after conversion specifier");
	}
	Text spec = {0};
	if (st == STATUS_OK && end < n)
		st = format_into(b, f, s + end + 1, n - end - 1, depth + 1, &spec);
	if (st == STATUS_OK && conversion) {
		Text t = {0};
		st = conversion == 's' ? py_str(b, v, &t) : conversion == 'a' ? py_ascii(b, v, &t) : py_repr(b, v, &t);
		if (st == STATUS_OK)
			ivalue_set(&v, iv_str(text_str(&t), t.size));
		text_free(&t);
	}
	if (st == STATUS_OK)
		st = py_format(b, v, text_str(&spec), spec.size, out);
	text_free(&spec);
	ivalue_unref(&v);
	return st;
}

static Status format_into(Build *b, Formatting *f, const char *s, size_t n, int depth, Text *out)
{
	if (depth > 2)
		return py_raise(b, "ValueError", "Max string recursion exceeded");
	for (size_t i = 0; i < n;) {
		char c = s[i];
		if (c != '{' && c != '}') {
			text_addc(out, c);
			i++;
			continue;
		}
		if (i + 1 < n && s[i + 1] == c && depth == 0) {
			text_addc(out, c);
			i += 2;
			continue;
		}
		if (c == '}')
			return py_raise(b, "ValueError", "Single '}' encountered in format string");
		size_t from = ++i;
		int open = 1;
		while (i < n) {
			open += s[i] == '{' ? 1 : s[i] == '}' ? -1 : 0;
			if (!open)
				break;
			i++;
		}
		if (i >= n)
			return py_raise(b, "ValueError", from == n ? "Single '{' encountered in format string" :
				"expected '}' before end of string");
		TRY(field(b, f, s + from, i - from, depth, out));
		i++;
	}
	return STATUS_OK;
}

Status str_format(Build *b, const char *s, size_t n, const PyArgs *a, IValue mapping, IValue *out)
{
	Formatting f = {.args = a, .mapping = mapping};
	Text t = {0};
	Status st = format_into(b, &f, s, n, 0, &t);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

// ---- %

typedef struct Percent {
	bool left, plus, blank, alternate, zero;
	int64_t width, precision;
	char type;
} Percent;

static void padded(Text *out, const Percent *p, const char *head, const char *body, int64_t n)
{
	int64_t len = (int64_t)strlen(head) + utf8_count(body, n), missing = p->width > len ? p->width - len : 0;
	bool zero = p->zero && !p->left;
	if (!p->left && !zero)
		text_fill(out, ' ', (size_t)missing);
	text_add(out, head);
	if (zero)
		text_fill(out, '0', (size_t)missing);
	text_addn(out, body, (size_t)n);
	if (p->left)
		text_fill(out, ' ', (size_t)missing);
}

static Status percent_int(Build *b, IValue v, const Percent *p, Text *out)
{
	int64_t i;
	IValue u = py_unwrap(v);
	if (u.tag == TAG_FLOAT && strchr("diu", p->type))
		TRY(number_from_double(b, u.f, &i));
	else if (u.tag == TAG_TENSOR) {
		IValue r;
		TRY(torch_number(b, u, TAG_INT, &r));
		i = r.i;
	} else if (u.tag == TAG_FLOAT || u.tag == TAG_STR || number_index(b, v, &i) != STATUS_OK) {
		py_discard(b);
		return py_raise(b, "TypeError", strchr("diu", p->type) ? "%%%c format: a real number is required, not %s" :
			"%%%c format: an integer is required, not %s", p->type, py_type_name(b, v));
	}
	uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
	unsigned base = p->type == 'x' || p->type == 'X' ? 16 : p->type == 'o' ? 8 : 10;
	char digits[400], *d = digits + sizeof digits;
	*--d = 0;
	int64_t count = 0;
	do {
		*--d = (p->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[n % base];
		n /= base;
		count++;
	} while (n || (count < p->precision && count < 300));
	char head[8];
	snprintf(head, sizeof head, "%s%s", i < 0 ? "-" : p->plus ? "+" : p->blank ? " " : "",
		!p->alternate || base == 10 ? "" : base == 8 ? "0o" : p->type == 'X' ? "0X" : "0x");
	padded(out, p, head, d, (int64_t)strlen(d));
	return STATUS_OK;
}

static Status percent_float(Build *b, IValue v, const Percent *p, Text *out)
{
	double d;
	IValue u = py_unwrap(v);
	if (u.tag == TAG_STR)
		return py_raise(b, "TypeError", "must be real number, not str");
	TRY(number_float(b, v, &d));
	char form[8] = "%.*";
	size_t k = 3;
	if (p->alternate) {
		strcpy(form, "%#.*");
		k = 4;
	}
	form[k] = p->type;
	int precision = p->precision < 0 ? 6 : (int)p->precision;
	Text t = {0};
	if (isnan(d))
		text_add(&t, isupper((unsigned char)p->type) ? "NAN" : "nan");
	else
		text_addf(&t, form, precision, fabs(d)); // the form is one of ours
	Percent q = *p;
	q.zero = q.zero && isfinite(d);
	padded(out, &q, signbit(d) && !isnan(d) ? "-" : p->plus ? "+" : p->blank ? " " : "", text_str(&t), (int64_t)t.size);
	text_free(&t);
	return STATUS_OK;
}

static Status percent_text(Build *b, IValue v, const Percent *p, Text *out)
{
	Text t = {0};
	Status st = STATUS_OK;
	if (p->type == 'c') {
		IValue u = py_unwrap(v);
		char buf[4];
		if (u.tag == TAG_STR && utf8_count(u.str->s, u.str->n) == 1)
			text_addn(&t, u.str->s, (size_t)u.str->n);
		else if (u.tag == TAG_INT && u.i >= 0 && u.i < 0x110000)
			text_addn(&t, buf, (size_t)utf8_put((uint32_t)u.i, buf));
		else
			st = py_raise(b, "TypeError", "%%c requires int or char");
	} else {
		st = p->type == 's' ? py_str(b, v, &t) : p->type == 'a' ? py_ascii(b, v, &t) : py_repr(b, v, &t);
	}
	if (st == STATUS_OK) {
		int64_t n = (int64_t)t.size;
		if (p->precision >= 0)
			n = utf8_offset(text_str(&t), n, p->precision);
		Percent q = *p;
		q.zero = false;
		padded(out, &q, "", text_str(&t), n);
	}
	text_free(&t);
	return st;
}

typedef struct PercentArgs { IValue args; bool tuple, mapping; int64_t next; } PercentArgs;

static Status next_arg(Build *b, PercentArgs *a, IValue *out)
{
	int64_t n = a->tuple ? a->args.tuple->n : 1;
	if (a->next >= n)
		return py_raise(b, "TypeError", "not enough arguments for format string");
	*out = a->tuple ? a->args.tuple->items[a->next] : a->args;
	a->next++;
	return STATUS_OK;
}

static Status star_or_number(Build *b, PercentArgs *a, const char **s, const char *end, int64_t *out)
{
	if (*s < end && **s == '*') {
		IValue v;
		++*s;
		TRY(next_arg(b, a, &v));
		if (v.tag != TAG_INT)
			return py_raise(b, "TypeError", "* wants int");
		*out = v.i > 1 << 20 ? 1 << 20 : v.i;
		return STATUS_OK;
	}
	int64_t v = 0;
	while (*s < end && isdigit((unsigned char)**s) && v < 1 << 20)
		v = v * 10 + (*(*s)++ - '0');
	*out = v;
	return STATUS_OK;
}

static Status percent_into(Build *b, const StrObj *f, PercentArgs *a, Text *out)
{
	const char *s = f->s, *end = f->s + f->n;
	while (s < end) {
		const char *at = memchr(s, '%', (size_t)(end - s));
		text_addn(out, s, (size_t)((at ? at : end) - s));
		if (!at)
			return STATUS_OK;
		s = at + 1;
		Percent p = {.precision = -1};
		IValue v = iv_uninit();
		bool keyed = false;
		if (s < end && *s == '(') {
			if (!a->mapping)
				return py_raise(b, "TypeError", "format requires a mapping");
			const char *from = ++s;
			for (int open = 1; s < end; s++) {
				open += *s == '(' ? 1 : *s == ')' ? -1 : 0;
				if (!open)
					break;
			}
			if (s >= end)
				return py_raise(b, "ValueError", "incomplete format key");
			IValue key = iv_str(from, (size_t)(s - from));
			Status st = py_getitem(b, a->args, key, &v);
			ivalue_unref(&key);
			TRY(st);
			keyed = true;
			s++;
		}
		for (; s < end && strchr("-+ #0", *s); s++) {
			p.left |= *s == '-';
			p.plus |= *s == '+';
			p.blank |= *s == ' ';
			p.alternate |= *s == '#';
			p.zero |= *s == '0';
		}
		Status st = star_or_number(b, a, &s, end, &p.width);
		if (st == STATUS_OK && p.width < 0) {
			p.left = true;
			p.width = -p.width;
		}
		if (st == STATUS_OK && s < end && *s == '.') {
			s++;
			st = star_or_number(b, a, &s, end, &p.precision);
			if (p.precision < 0)
				p.precision = 0;
		}
		while (s < end && strchr("hlL", *s))
			s++;
		if (st == STATUS_OK && s >= end)
			st = py_raise(b, "ValueError", "incomplete format");
		if (st == STATUS_OK) {
			p.type = *s++;
			if (p.type == '%') {
				text_addc(out, '%');
				ivalue_unref(&v);
				continue;
			}
			if (!keyed) {
				st = next_arg(b, a, &v);
				if (st == STATUS_OK)
					ivalue_ref(v);
				else
					v = iv_uninit();
			}
		}
		if (st == STATUS_OK) {
			if (strchr("diuxXo", p.type))
				st = percent_int(b, v, &p, out);
			else if (strchr("eEfFgG", p.type))
				st = percent_float(b, v, &p, out);
			else if (strchr("srac", p.type))
				st = percent_text(b, v, &p, out);
			else
				st = py_raise(b, "ValueError", "unsupported format character '%c' (0x%x) at index %lld", p.type,
					(unsigned char)p.type, (long long)(s - 1 - f->s));
		}
		if (v.tag != TAG_UNINIT)
			ivalue_unref(&v);
		TRY(st);
	}
	return STATUS_OK;
}

Status str_percent(Build *b, IValue format, IValue args, IValue *out)
{
	IValue u = py_unwrap(args);
	PercentArgs a = {.args = u.tag == TAG_TUPLE ? u : args, .tuple = u.tag == TAG_TUPLE};
	a.mapping = u.tag == TAG_DICT || (py_is(args, PY_INSTANCE) && types_special(b, args, D_getitem));
	Text t = {0};
	Status st = percent_into(b, format.str, &a, &t);
	if (st == STATUS_OK && !a.mapping && a.next < (a.tuple ? u.tuple->n : 1))
		st = py_raise(b, "TypeError", "not all arguments converted during string formatting");
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}
