// SPDX-License-Identifier: BSD-3-Clause
// "…{}…".format(…) and "…%s…" % (…).
#include "interp/ops.h"

#include <stdio.h>

// Only the two characters {} are a field; all other text, braces included, stands for itself.
KERNEL(format)
{
	const StrObj *f = args[0].str;
	Text t = {0};
	int next = 1;
	for (int64_t i = 0; i < f->n; i++) {
		if (f->s[i] != '{' || i + 1 >= f->n || f->s[i + 1] != '}') {
			text_addc(&t, f->s[i]);
			continue;
		}
		if (next >= nargs) {
			text_free(&t);
			return xfail(x, "Too few arguments for format string: %s", f->s);
		}
		ivalue_print(&t, args[next++]);
		i++;
	}
	return ret_text(rets, &t);
}

static const char *kind(IValue v)
{
	switch ((Tag)v.tag) {
	case TAG_NONE:
		return "None";
	case TAG_TENSOR:
		return "Tensor";
	case TAG_STR:
		return "String";
	case TAG_LIST:
		return "GenericList";
	case TAG_DICT:
		return "GenericDict";
	case TAG_TUPLE:
		return "Tuple";
	case TAG_COMPLEX:
		return "ComplexDouble";
	case TAG_DEVICE:
		return "Device";
	default:
		return "Object";
	}
}

static Status format_one(Exec *x, char spec, IValue v, Text *t)
{
	switch (spec) {
	case 's':
		ivalue_print(t, v);
		return STATUS_OK;
	case 'd':
	case 'i':
		if (v.tag != TAG_INT && v.tag != TAG_FLOAT && v.tag != TAG_BOOL)
			return fail(x->err, STATUS_TYPE, "%%%c requires a number for formatting, but got %s", spec, kind(v));
		text_addf(t, "%lld", (long long)(v.tag == TAG_FLOAT ? int_of_float(v.f) : v.i));
		return STATUS_OK;
	case 'e':
	case 'E':
	case 'f':
	case 'F':
		if (v.tag != TAG_INT && v.tag != TAG_FLOAT && v.tag != TAG_BOOL)
			return fail(x->err, STATUS_TYPE, "%%%c requires a number for formatting, but got %s", spec, kind(v));
		text_addf(t, spec == 'e' ? "%e" : spec == 'E' ? "%E" : "%f", iv_as_f64(v));
		return STATUS_OK;
	case 'c':
		if (v.tag == TAG_INT)
			text_addc(t, (char)v.i);
		else if (v.tag == TAG_STR)
			text_addn(t, v.str->s, (size_t)v.str->n);
		else
			return fail(x->err, STATUS_TYPE, "%%c requires an int or a string for formatting");
		return STATUS_OK;
	default:
		return xfail(x, "The specifier %%%c is not supported in TorchScript format strings", spec);
	}
}

KERNEL(percentFormat)
{
	const StrObj *f = args[0].str;
	const IValue *values = args + 1;
	int64_t n = nargs - 1, next = 0;
	if (n == 1 && values[0].tag == TAG_TUPLE) { // a tuple is spread
		n = values[0].tuple->n;
		values = values[0].tuple->items;
	}
	Text t = {0};
	Status s = STATUS_OK;
	for (int64_t i = 0; i < f->n && s == STATUS_OK; i++) {
		if (f->s[i] != '%') {
			text_addc(&t, f->s[i]);
			continue;
		}
		if (++i >= f->n) {
			s = xfail(x, "Incomplete format specifier");
		} else if (f->s[i] == '%') {
			text_addc(&t, '%');
		} else if (next >= n) {
			s = xfail(x, "Too few arguments for format string");
		} else {
			s = format_one(x, f->s[i], values[next++], &t);
		}
	}
	if (s == STATUS_OK && next < n)
		s = xfail(x, "Too many arguments for format string");
	if (s != STATUS_OK) {
		text_free(&t);
		return s;
	}
	return ret_text(rets, &t);
}
