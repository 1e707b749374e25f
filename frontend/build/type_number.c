// SPDX-License-Identifier: BSD-3-Clause
// int, bool, float and complex: arithmetic by Python's rules, reading and methods.
//
// Integers have 64 bits; a result that would need more is an OverflowError that says so, never a wrapped value.
#include "core/print.h"
#include "frontend/build/types.h"

#include <complex.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status too_big(Build *b)
{
	return py_raise(b, "OverflowError", "int result is outside the range of 64 bits (-2**63 to 2**63-1)");
}

Status number_from_double(Build *b, double d, int64_t *out)
{
	if (isnan(d))
		return py_raise(b, "ValueError", "cannot convert float NaN to integer");
	if (isinf(d))
		return py_raise(b, "OverflowError", "cannot convert float infinity to integer");
	if (d < -0x1p63 || d >= 0x1p63)
		return too_big(b);
	*out = (int64_t)d;
	return STATUS_OK;
}

// ---- integers

static int64_t floor_div(int64_t l, int64_t r) // r not 0, not INT64_MIN / -1
{
	int64_t q = l / r;
	return l % r != 0 && (l < 0) != (r < 0) ? q - 1 : q;
}

static int64_t floor_mod(int64_t l, int64_t r)
{
	if (r == -1)
		return 0;
	int64_t m = l % r;
	return m != 0 && (m < 0) != (r < 0) ? m + r : m;
}

static Status int_pow(Build *b, int64_t base, int64_t e, IValue *out)
{
	if (e < 0) {
		if (base == 0)
			return py_raise(b, "ZeroDivisionError", "0.0 cannot be raised to a negative power");
		*out = iv_float(pow((double)base, (double)e));
		return STATUS_OK;
	}
	int64_t r = 1;
	while (e) {
		if ((e & 1) && __builtin_mul_overflow(r, base, &r))
			return too_big(b);
		e >>= 1;
		if (e && __builtin_mul_overflow(base, base, &base)) {
			if (r == 0)
				break;
			return too_big(b);
		}
	}
	*out = iv_int(r);
	return STATUS_OK;
}

static Status int_arith(Build *b, Operator op, int64_t l, int64_t r, IValue *out)
{
	int64_t v = 0;
	bool over = false;
	switch (op) {
	case OP_ADD: over = __builtin_add_overflow(l, r, &v); break;
	case OP_SUB: over = __builtin_sub_overflow(l, r, &v); break;
	case OP_MUL: over = __builtin_mul_overflow(l, r, &v); break;
	case OP_DIV:
		if (r == 0)
			return py_raise(b, "ZeroDivisionError", "division by zero");
		*out = iv_float((double)((long double)l / (long double)r));
		return STATUS_OK;
	case OP_FLOORDIV: case OP_MOD:
		if (r == 0)
			return py_raise(b, "ZeroDivisionError", op == OP_MOD ? "integer modulo by zero" :
				"integer division or modulo by zero");
		if (op == OP_MOD)
			v = floor_mod(l, r);
		else if (r == -1)
			over = __builtin_sub_overflow((int64_t)0, l, &v);
		else
			v = floor_div(l, r);
		break;
	case OP_POW:
		return int_pow(b, l, r, out);
	case OP_LSHIFT:
		if (r < 0)
			return py_raise(b, "ValueError", "negative shift count");
		if (l && r >= 63)
			over = !(l == -1 && r == 63);
		v = over ? 0 : r >= 64 ? 0 : (int64_t)((uint64_t)l << r);
		over = over || (l && r < 64 && v >> r != l);
		break;
	case OP_RSHIFT:
		if (r < 0)
			return py_raise(b, "ValueError", "negative shift count");
		v = r >= 63 ? (l < 0 ? -1 : 0) : l >> r;
		break;
	case OP_BITAND: v = l & r; break;
	case OP_BITOR: v = l | r; break;
	case OP_BITXOR: v = l ^ r; break;
	default:
		*out = iv_uninit();
		return STATUS_OK;
	}
	if (over)
		return too_big(b);
	*out = iv_int(v);
	return STATUS_OK;
}

// ---- floats

static double float_mod(double l, double r)
{
	double m = fmod(l, r);
	if (m != 0)
		return (r < 0) != (m < 0) ? m + r : m;
	return copysign(0.0, r);
}

static double float_floordiv(double l, double r)
{
	double m = fmod(l, r), d = (l - m) / r;
	if (m != 0 && (r < 0) != (m < 0))
		d -= 1.0;
	if (d == 0)
		return copysign(0.0, l / r);
	double f = floor(d);
	return d - f > 0.5 ? f + 1.0 : f;
}

static Status complex_pow(Build *b, double complex l, double complex r, IValue *out)
{
	double re = creal(l), im = cimag(l), er = creal(r), ei = cimag(r);
	if (er == 0 && ei == 0) {
		*out = iv_complex(1, 0);
		return STATUS_OK;
	}
	if (re == 0 && im == 0) {
		if (ei != 0 || er < 0)
			return py_raise(b, "ZeroDivisionError", "0.0 to a negative or complex power");
		*out = iv_complex(0, 0);
		return STATUS_OK;
	}
	if (ei == 0 && er == floor(er) && fabs(er) <= 100) { // by multiplication, as Python does for small powers
		double complex base = l, v = 1;
		for (long n = (long)fabs(er); n; n >>= 1) {
			if (n & 1)
				v = v * base;
			base = base * base;
		}
		if (er < 0)
			v = 1.0 / v;
		*out = iv_complex(creal(v), cimag(v));
		return STATUS_OK;
	}
	double abs = hypot(re, im), len = pow(abs, er), at = atan2(im, re), phase = at * er;
	if (ei != 0) {
		len *= exp(-at * ei);
		phase += ei * log(abs);
	}
	*out = iv_complex(len * cos(phase), len * sin(phase));
	return STATUS_OK;
}

static Status float_pow(Build *b, double l, double r, IValue *out)
{
	if (l == 0 && r < 0)
		return py_raise(b, "ZeroDivisionError", "0.0 cannot be raised to a negative power");
	if (l < 0 && isfinite(l) && isfinite(r) && r != floor(r))
		return complex_pow(b, l, r, out);
	double v = pow(l, r);
	if (isinf(v) && isfinite(l) && isfinite(r))
		return py_raise(b, "OverflowError", "(34, 'Numerical result out of range')");
	*out = iv_float(v);
	return STATUS_OK;
}

static Status float_arith(Build *b, Operator op, double l, double r, IValue *out)
{
	switch (op) {
	case OP_ADD: *out = iv_float(l + r); return STATUS_OK;
	case OP_SUB: *out = iv_float(l - r); return STATUS_OK;
	case OP_MUL: *out = iv_float(l * r); return STATUS_OK;
	case OP_DIV:
		if (r == 0)
			return py_raise(b, "ZeroDivisionError", "float division by zero");
		*out = iv_float(l / r);
		return STATUS_OK;
	case OP_FLOORDIV: case OP_MOD:
		if (r == 0)
			return py_raise(b, "ZeroDivisionError", op == OP_MOD ? "float modulo" : "float floor division by zero");
		*out = iv_float(op == OP_MOD ? float_mod(l, r) : float_floordiv(l, r));
		return STATUS_OK;
	case OP_POW:
		return float_pow(b, l, r, out);
	default:
		*out = iv_uninit();
		return STATUS_OK;
	}
}

static double complex as_complex(IValue v)
{
	return v.tag == TAG_COMPLEX ? CMPLX(v.complex_->re, v.complex_->im) : CMPLX(iv_as_f64(v), 0);
}

// *out is TAG_UNINIT where the types have no such operation.
Status number_arith(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	if (l.tag == TAG_COMPLEX || r.tag == TAG_COMPLEX) {
		double complex x = as_complex(l), y = as_complex(r), v;
		switch (op) {
		case OP_ADD: v = x + y; break;
		case OP_SUB: v = x - y; break;
		case OP_MUL: v = x * y; break;
		case OP_DIV:
			if (creal(y) == 0 && cimag(y) == 0)
				return py_raise(b, "ZeroDivisionError", "complex division by zero");
			v = x / y;
			break;
		case OP_POW:
			return complex_pow(b, x, y, out);
		default:
			*out = iv_uninit();
			return STATUS_OK;
		}
		*out = iv_complex(creal(v), cimag(v));
		return STATUS_OK;
	}
	if (l.tag == TAG_FLOAT || r.tag == TAG_FLOAT)
		return float_arith(b, op, iv_as_f64(l), iv_as_f64(r), out);
	if (l.tag == TAG_BOOL && r.tag == TAG_BOOL && (op == OP_BITAND || op == OP_BITOR || op == OP_BITXOR)) {
		*out = iv_bool(op == OP_BITAND ? l.i && r.i : op == OP_BITOR ? l.i || r.i : l.i != r.i);
		return STATUS_OK;
	}
	return int_arith(b, op, l.i, r.i, out);
}

Status number_unary(Build *b, Operator op, IValue v, IValue *out)
{
	switch (op) {
	case OP_NEG:
		if (v.tag == TAG_FLOAT)
			*out = iv_float(-v.f);
		else if (v.tag == TAG_COMPLEX)
			*out = iv_complex(-v.complex_->re, -v.complex_->im);
		else if (v.i == INT64_MIN)
			return too_big(b);
		else
			*out = iv_int(-v.i);
		return STATUS_OK;
	case OP_POS:
		*out = v.tag == TAG_BOOL ? iv_int(v.i) : ivalue_ref(v);
		return STATUS_OK;
	case OP_INVERT:
		if (v.tag == TAG_INT || v.tag == TAG_BOOL) {
			*out = iv_int(~v.i);
			return STATUS_OK;
		}
		return py_raise(b, "TypeError", "bad operand type for unary ~: '%s'", py_type_name(b, v));
	default:
		return py_raise(b, "TypeError", "bad operand type for unary operator: '%s'", py_type_name(b, v));
	}
}

static int int_float_compare(int64_t i, double f)
{
	if (isnan(f))
		return 2;
	if (f >= 0x1p63)
		return -1;
	if (f < -0x1p63)
		return 1;
	double whole = trunc(f);
	int64_t t = (int64_t)whole;
	if (i != t)
		return i < t ? -1 : 1;
	return f > whole ? -1 : f < whole ? 1 : 0;
}

int number_compare(IValue l, IValue r)
{
	if (l.tag == TAG_COMPLEX || r.tag == TAG_COMPLEX) {
		double complex x = as_complex(l), y = as_complex(r);
		return creal(x) == creal(y) && cimag(x) == cimag(y) ? 0 : 2;
	}
	if (l.tag == TAG_FLOAT && r.tag == TAG_FLOAT)
		return l.f < r.f ? -1 : l.f > r.f ? 1 : l.f == r.f ? 0 : 2;
	if (r.tag == TAG_FLOAT)
		return int_float_compare(l.i, r.f);
	if (l.tag == TAG_FLOAT) {
		int c = int_float_compare(r.i, l.f);
		return c == 2 ? 2 : -c;
	}
	return l.i < r.i ? -1 : l.i > r.i;
}

// ---- conversions

Status number_index(Build *b, IValue v, int64_t *out)
{
	if (v.tag == TAG_INT || v.tag == TAG_BOOL) {
		*out = v.i;
		return STATUS_OK;
	}
	if (v.tag == TAG_TENSOR)
		return torch_index(b, v, out);
	IValue *fn = types_override(b, v, D_index);
	if (fn) {
		IValue r;
		TRY(types_call_special(b, *fn, v, NULL, 0, &r));
		IValue u = py_unwrap(r);
		bool ok = u.tag == TAG_INT || u.tag == TAG_BOOL;
		Status st = ok ? STATUS_OK : py_raise(b, "TypeError", "__index__ returned non-int (type %s)", py_type_name(b, r));
		if (ok)
			*out = u.i;
		ivalue_unref(&r);
		return st;
	}
	IValue u = py_unwrap(v);
	if (u.tag == TAG_INT || u.tag == TAG_BOOL) {
		*out = u.i;
		return STATUS_OK;
	}
	return py_raise(b, "TypeError", "'%s' object cannot be interpreted as an integer", py_type_name(b, v));
}

static Status special_number(Build *b, IValue v, int dunder, const char *want, IValue *out, bool *found)
{
	IValue *fn = types_override(b, v, dunder);
	*found = fn != NULL;
	if (!fn)
		return STATUS_OK;
	TRY(types_call_special(b, *fn, v, NULL, 0, out));
	IValue u = py_unwrap(*out);
	bool ok = dunder == D_float ? u.tag == TAG_FLOAT : u.tag == TAG_INT || u.tag == TAG_BOOL;
	if (!ok) {
		Status st = py_raise(b, "TypeError", "%s returned non-%s (type %s)", b->types->names[dunder]->s, want,
			py_type_name(b, *out));
		ivalue_unref(out);
		return st;
	}
	ivalue_ref(u);
	ivalue_unref(out);
	*out = u;
	return STATUS_OK;
}

Status number_float(Build *b, IValue v, double *out)
{
	if (v.tag == TAG_FLOAT) {
		*out = v.f;
		return STATUS_OK;
	}
	IValue r;
	bool found;
	if (v.tag == TAG_TENSOR) {
		TRY(torch_number(b, v, TAG_FLOAT, &r));
		*out = iv_as_f64(r);
		ivalue_unref(&r);
		return STATUS_OK;
	}
	TRY(special_number(b, v, D_float, "float", &r, &found));
	if (!found)
		TRY(special_number(b, v, D_index, "int", &r, &found));
	if (found) {
		*out = iv_as_f64(r);
		return STATUS_OK;
	}
	IValue u = py_unwrap(v);
	if (u.tag == TAG_INT || u.tag == TAG_BOOL || u.tag == TAG_FLOAT) {
		*out = iv_as_f64(u);
		return STATUS_OK;
	}
	return py_raise(b, "TypeError", "must be real number, not %s", py_type_name(b, v));
}

// Drops blanks around and single underscores between digits.  False when the text is empty or too long.
static bool number_text(const char *s, size_t n, char *buf, size_t cap)
{
	while (n && isspace((unsigned char)*s))
		s++, n--;
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '_') {
			if (i == 0 || i + 1 == n || !isalnum((unsigned char)s[i - 1]) || !isalnum((unsigned char)s[i + 1]))
				return false;
			continue;
		}
		if (!s[i] || k + 1 >= cap)
			return false;
		buf[k++] = s[i];
	}
	buf[k] = 0;
	return k > 0;
}

Status number_int_from_text(Build *b, const char *s, size_t n, int64_t base, IValue orig, int64_t *out)
{
	char buf[512];
	if (base != 0 && (base < 2 || base > 36))
		return py_raise(b, "ValueError", "int() base must be >= 2 and <= 36, or 0");
	if (number_text(s, n, buf, sizeof buf)) {
		const char *p = buf;
		bool neg = *p == '-';
		if (*p == '-' || *p == '+')
			p++;
		int64_t use = base;
		if (p[0] == '0' && p[1]) {
			int c = tolower((unsigned char)p[1]), prefix = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
			if (prefix && (base == 0 || base == prefix)) {
				use = prefix;
				p += 2;
			}
		}
		if (use == 0)
			use = 10;
		uint64_t v = 0;
		bool ok = *p != 0, over = false;
		for (; *p && ok; p++) {
			int c = (unsigned char)*p, digit = isdigit(c) ? c - '0' : isalpha(c) ? tolower(c) - 'a' + 10 : 99;
			ok = digit < use;
			over = over || __builtin_mul_overflow(v, (uint64_t)use, &v) || __builtin_add_overflow(v, (uint64_t)digit, &v);
		}
		if (ok) {
			if (over || v > (uint64_t)INT64_MAX + neg)
				return too_big(b);
			*out = neg ? (int64_t)(0 - v) : (int64_t)v;
			return STATUS_OK;
		}
	}
	Text text = {0};
	Status st = py_repr(b, orig, &text);
	if (st == STATUS_OK)
		st = py_raise(b, "ValueError", "invalid literal for int() with base %d: %s", (int)base, text_str(&text));
	text_free(&text);
	return st;
}

bool number_float_from_text(const char *s, size_t n, double *out)
{
	char buf[1024];
	if (!number_text(s, n, buf, sizeof buf))
		return false;
	const char *p = buf + (*buf == '-' || *buf == '+');
	bool word = isalpha((unsigned char)*p);
	if (word && strcasecmp(p, "inf") && strcasecmp(p, "infinity") && strcasecmp(p, "nan"))
		return false;
	if (!word && (strpbrk(p, "xXpP") || (!isdigit((unsigned char)*p) && *p != '.')))
		return false;
	char *end;
	*out = strtod(buf, &end);
	return *end == 0;
}

void number_repr(Text *out, IValue v)
{
	if (v.tag == TAG_BOOL)
		text_add(out, v.i ? "True" : "False");
	else
		ivalue_repr(out, v);
}

// ---- round

static double round_half_even(double v)
{
	double r = nearbyint(v);
	return r;
}

Status number_round(Build *b, IValue v, IValue ndigits, IValue *out)
{
	if (v.tag == TAG_INT || v.tag == TAG_BOOL) {
		int64_t n = 0;
		if (ndigits.tag != TAG_NONE)
			TRY(number_index(b, ndigits, &n));
		if (n >= 0) {
			*out = iv_int(v.i);
			return STATUS_OK;
		}
		if (n < -19) {
			*out = iv_int(0);
			return STATUS_OK;
		}
		__int128 p = 1, x = v.i;
		for (; n < 0; n++)
			p *= 10;
		__int128 m = x % p;
		if (m < 0)
			m += p;
		__int128 down = x - m;
		bool up = 2 * m > p || (2 * m == p && (down / p) % 2 != 0);
		__int128 r = up ? down + p : down;
		if (r > INT64_MAX || r < INT64_MIN)
			return too_big(b);
		*out = iv_int((int64_t)r);
		return STATUS_OK;
	}
	if (v.tag != TAG_FLOAT)
		return py_raise(b, "TypeError", "type %s doesn't define __round__ method", py_type_name(b, v));
	if (ndigits.tag == TAG_NONE) {
		int64_t i;
		TRY(number_from_double(b, round_half_even(v.f), &i));
		*out = iv_int(i);
		return STATUS_OK;
	}
	int64_t n;
	TRY(number_index(b, ndigits, &n));
	if (!isfinite(v.f) || n > 323) {
		*out = iv_float(v.f);
		return STATUS_OK;
	}
	if (n < -308) {
		*out = iv_float(copysign(0.0, v.f));
		return STATUS_OK;
	}
	char buf[700];
	if (n >= 0) {
		snprintf(buf, sizeof buf, "%.*f", (int)n, v.f); // exact decimal, half to even on the exact value
		*out = iv_float(strtod(buf, NULL));
	} else {
		int exponent = v.f == 0 ? 0 : (int)floor(log10(fabs(v.f)));
		snprintf(buf, sizeof buf, "%.0f", v.f);
		int64_t digits = (int64_t)strlen(buf) - (*buf == '-');
		if (digits + n < 0) {
			*out = iv_float(copysign(0.0, v.f));
		} else if (digits + n == 0) {
			double unit = pow(10, (double)-n);
			*out = iv_float(copysign(fabs(v.f) > unit / 2 ? unit : 0.0, v.f));
		} else {
			snprintf(buf, sizeof buf, "%.*e", (int)(digits + n - 1), v.f);
			*out = iv_float(strtod(buf, NULL));
		}
		(void)exponent;
	}
	if (isinf(out->f))
		return py_raise(b, "OverflowError", "rounded value too large to represent");
	return STATUS_OK;
}

// ---- classes

static Status int_from(Build *b, IValue v, IValue *out)
{
	IValue u = py_unwrap(v);
	bool found;
	if (v.tag == TAG_TENSOR)
		return torch_number(b, v, TAG_INT, out);
	TRY(special_number(b, v, D_int, "int", out, &found));
	if (!found)
		TRY(special_number(b, v, D_index, "int", out, &found));
	if (!found)
		TRY(special_number(b, v, D_trunc, "int", out, &found));
	if (found) {
		*out = iv_int(out->i);
		return STATUS_OK;
	}
	if (u.tag == TAG_INT || u.tag == TAG_BOOL) {
		*out = iv_int(u.i);
		return STATUS_OK;
	}
	int64_t i;
	if (u.tag == TAG_FLOAT)
		TRY(number_from_double(b, u.f, &i));
	else if (u.tag == TAG_STR)
		TRY(number_int_from_text(b, u.str->s, (size_t)u.str->n, 10, u, &i));
	else if (py_is(u, PY_BYTES))
		TRY(number_int_from_text(b, PY_AS(PyBytes, u)->s, (size_t)PY_AS(PyBytes, u)->n, 10, u, &i));
	else
		return py_raise(b, "TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'",
			py_type_name(b, v));
	*out = iv_int(i);
	return STATUS_OK;
}

static Status int_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue x, base;
	TRY(args_parse(b, a, "int", "x:o? / base:o?", &x, &base));
	if (base.tag == TAG_UNINIT) {
		if (x.tag == TAG_UNINIT) {
			*out = iv_int(0);
			return STATUS_OK;
		}
		return int_from(b, x, out);
	}
	int64_t radix, i;
	TRY(number_index(b, base, &radix));
	StrObj *s;
	if (!py_as_str(x, &s))
		return py_raise(b, "TypeError", "int() can't convert non-string with explicit base");
	TRY(number_int_from_text(b, s->s, (size_t)s->n, radix, x, &i));
	*out = iv_int(i);
	return STATUS_OK;
}

static Status bool_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue x;
	bool v = false;
	TRY(args_parse(b, a, "bool", "x:o? /", &x));
	if (x.tag != TAG_UNINIT)
		TRY(py_truth(b, x, &v));
	*out = iv_bool(v);
	return STATUS_OK;
}

static Status float_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue x;
	TRY(args_parse(b, a, "float", "x:o? /", &x));
	if (x.tag == TAG_UNINIT) {
		*out = iv_float(0);
		return STATUS_OK;
	}
	double d;
	StrObj *s;
	if (py_as_str(x, &s) && !types_override(b, x, D_float)) {
		if (!number_float_from_text(s->s, (size_t)s->n, &d)) {
			Text text = {0};
			TRY(py_repr(b, x, &text));
			Status st = py_raise(b, "ValueError", "could not convert string to float: %s", text_str(&text));
			text_free(&text);
			return st;
		}
	} else {
		Status st = number_float(b, x, &d);
		if (st == STATUS_TYPE && x.tag != TAG_TENSOR && !types_override(b, x, D_float))
			return py_raise(b, "TypeError", "float() argument must be a string or a real number, not '%s'",
				py_type_name(b, x));
		TRY(st);
	}
	*out = iv_float(d);
	return STATUS_OK;
}

static Status complex_from_text(Build *b, const char *text, double *re, double *im)
{
	char buf[200];
	*re = *im = 0;
	if (number_text(text, strlen(text), buf, sizeof buf)) {
		char *s = buf, *end;
		size_t n = strlen(s);
		if (s[0] == '(' && s[n - 1] == ')') {
			s[n - 1] = 0;
			s++;
			n -= 2;
		}
		bool imaginary = n && (s[n - 1] == 'j' || s[n - 1] == 'J');
		if (!imaginary) {
			*re = strtod(s, &end);
			if (end != s && !*end)
				return STATUS_OK;
		} else {
			s[n - 1] = 0;
			double first = strtod(s, &end);
			if (end == s && (!strcmp(s, "") || !strcmp(s, "+") || !strcmp(s, "-"))) {
				*im = *s == '-' ? -1 : 1;
				return STATUS_OK;
			}
			if (end != s && !*end) {
				*im = first;
				return STATUS_OK;
			}
			if (end != s && (*end == '+' || *end == '-')) {
				char *part = end;
				*re = first;
				*im = strtod(part, &end);
				if (!part[1]) {
					*im = *part == '-' ? -1 : 1;
					return STATUS_OK;
				}
				if (end != part && !*end)
					return STATUS_OK;
			}
		}
	}
	return py_raise(b, "ValueError", "complex() arg is a malformed string");
}

static Status complex_part(Build *b, IValue v, double *re, double *im)
{
	IValue u = py_unwrap(v), r;
	*im = 0;
	if (u.tag == TAG_COMPLEX) {
		*re = u.complex_->re;
		*im = u.complex_->im;
		return STATUS_OK;
	}
	if (u.tag == TAG_TENSOR) {
		TRY(torch_number(b, u, TAG_COMPLEX, &r));
		*re = iv_as_f64(r);
		*im = r.tag == TAG_COMPLEX ? r.complex_->im : 0;
		ivalue_unref(&r);
		return STATUS_OK;
	}
	return number_float(b, v, re);
}

static Status complex_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue x, y;
	double re = 0, im = 0, re2 = 0, im2 = 0;
	TRY(args_parse(b, a, "complex", "real:o? imag:o?", &x, &y));
	if (x.tag == TAG_STR)
		TRY(complex_from_text(b, x.str->s, &re, &im));
	else if (x.tag != TAG_UNINIT)
		TRY(complex_part(b, x, &re, &im));
	if (y.tag != TAG_UNINIT)
		TRY(complex_part(b, y, &re2, &im2));
	*out = iv_complex(re - im2, im + re2);
	return STATUS_OK;
}

static Status int_bit_length(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	int64_t i = py_unwrap(a->self).i;
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
	*out = iv_int(u ? 64 - __builtin_clzll(u) : 0);
	return STATUS_OK;
}

static Status int_bit_count(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	int64_t i = py_unwrap(a->self).i;
	*out = iv_int(__builtin_popcountll(i < 0 ? 0 - (uint64_t)i : (uint64_t)i));
	return STATUS_OK;
}

static Status byte_order(Build *b, const char *order, bool *little)
{
	*little = order && !strcmp(order, "little");
	if (order && !*little && strcmp(order, "big"))
		return py_raise(b, "ValueError", "byteorder must be either 'little' or 'big'");
	return STATUS_OK;
}

static Status int_to_bytes(Build *b, const PyArgs *a, IValue *out)
{
	int64_t length;
	const char *order;
	bool is_signed, little;
	TRY(args_parse(b, a, "to_bytes", "length:i=1 byteorder:s=None * signed:b=False", &length, &order, &is_signed));
	TRY(byte_order(b, order, &little));
	int64_t v = py_unwrap(a->self).i;
	if (length < 0 || length > 1 << 20)
		return py_raise(b, "ValueError", "length argument must be non-negative");
	if (v < 0 && !is_signed)
		return py_raise(b, "OverflowError", "can't convert negative int to unsigned");
	if (length < 8) {
		int64_t rest = length ? v >> (8 * length - (is_signed ? 1 : 0)) : v;
		if (rest != 0 && !(is_signed && rest == -1))
			return py_raise(b, "OverflowError", "int too big to convert");
	}
	char *buf = xmalloc((size_t)length + 1);
	for (int64_t i = 0; i < length; i++)
		buf[little ? i : length - 1 - i] = (char)(i < 8 ? v >> (8 * i) : v < 0 ? -1 : 0);
	*out = bytes_new(b, buf, length);
	free(buf);
	return STATUS_OK;
}

static Status int_from_bytes(Build *b, const PyArgs *a, IValue *out)
{
	IValue bytes;
	const char *order;
	bool is_signed, little;
	TRY(args_parse(b, a, "from_bytes", "bytes:o byteorder:s=None * signed:b=False", &bytes, &order, &is_signed));
	TRY(byte_order(b, order, &little));
	if (!py_is(bytes, PY_BYTES))
		return py_raise(b, "TypeError", "cannot convert '%s' object to bytes", py_type_name(b, bytes));
	const PyBytes *s = PY_AS(PyBytes, bytes);
	uint64_t v = 0;
	for (int64_t i = 0; i < s->n; i++) {
		if (v >> 56)
			return too_big(b);
		v = v << 8 | (unsigned char)s->s[little ? s->n - 1 - i : i];
	}
	if (is_signed && s->n && s->n < 8 && v >> (8 * s->n - 1))
		v |= ~(uint64_t)0 << (8 * s->n);
	if (!is_signed && v > INT64_MAX)
		return too_big(b);
	*out = iv_int((int64_t)v);
	return STATUS_OK;
}

static Status number_self(Build *b, const PyArgs *a, IValue *out)
{
	return number_unary(b, OP_POS, py_unwrap(a->self), out);
}

static Status number_conjugate(Build *b, const PyArgs *a, IValue *out)
{
	IValue v = py_unwrap(a->self);
	if (v.tag != TAG_COMPLEX)
		return number_self(b, a, out);
	*out = iv_complex(v.complex_->re, -v.complex_->im);
	return STATUS_OK;
}

static Status number_real(Build *b, const PyArgs *a, IValue *out)
{
	IValue v = py_unwrap(a->self);
	if (v.tag != TAG_COMPLEX)
		return number_self(b, a, out);
	*out = iv_float(v.complex_->re);
	return STATUS_OK;
}

static Status number_imag(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	IValue v = py_unwrap(a->self);
	*out = v.tag == TAG_COMPLEX ? iv_float(v.complex_->im) : v.tag == TAG_FLOAT ? iv_float(0) : iv_int(0);
	return STATUS_OK;
}

static Status int_denominator(Build *b, const PyArgs *a, IValue *out)
{
	(void)b, (void)a;
	*out = iv_int(1);
	return STATUS_OK;
}

static Status float_is_integer(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	double d = iv_as_f64(py_unwrap(a->self));
	*out = iv_bool(isfinite(d) && d == floor(d));
	return STATUS_OK;
}

static Status float_as_integer_ratio(Build *b, const PyArgs *a, IValue *out)
{
	IValue v = py_unwrap(a->self), parts[2] = {v, iv_int(1)};
	if (v.tag == TAG_FLOAT) {
		if (!isfinite(v.f))
			return py_raise(b, isnan(v.f) ? "ValueError" : "OverflowError", "cannot convert %s to integer ratio",
				isnan(v.f) ? "NaN" : "Infinity");
		int e;
		double m = frexp(v.f, &e);
		int shift = 0;
		while (m != floor(m)) {
			m *= 2;
			shift++;
		}
		e -= shift;
		if (e < -62 || (e > 0 && fabs(ldexp(m, e)) >= 0x1p63))
			return too_big(b);
		parts[0] = iv_int((int64_t)(e > 0 ? ldexp(m, e) : m));
		parts[1] = iv_int(e < 0 ? (int64_t)1 << -e : 1);
	}
	*out = py_tuple_of(b, parts, 2);
	return STATUS_OK;
}

static Status float_hex(Build *b, const PyArgs *a, IValue *out)
{
	(void)b;
	double d = iv_as_f64(py_unwrap(a->self));
	char buf[64];
	if (!isfinite(d)) {
		Text text = {0};
		print_double(&text, d, true);
		*out = iv_str(text_str(&text), text.size);
		text_free(&text);
		return STATUS_OK;
	}
	if (d == 0)
		snprintf(buf, sizeof buf, "%s0x0.0p+0", signbit(d) ? "-" : "");
	else
		snprintf(buf, sizeof buf, "%.13a", d);
	*out = iv_cstr(buf);
	return STATUS_OK;
}

static Status float_fromhex(Build *b, const PyArgs *a, IValue *out)
{
	const char *s;
	TRY(args_parse(b, a, "fromhex", "s:s /", &s));
	char *end;
	double d = strtod(s, &end);
	if (end == s || *end)
		return py_raise(b, "ValueError", "invalid hexadecimal floating-point string");
	*out = iv_float(d);
	return STATUS_OK;
}

void types_init_number(Build *b)
{
	static const NativeMethod ints[] = {{"bit_length", int_bit_length}, {"bit_count", int_bit_count},
		{"to_bytes", int_to_bytes}, {"conjugate", number_conjugate}, {"as_integer_ratio", float_as_integer_ratio},
		{"is_integer", float_is_integer}, {0}};
	static const NativeMethod floats[] = {{"is_integer", float_is_integer}, {"hex", float_hex},
		{"as_integer_ratio", float_as_integer_ratio}, {"conjugate", number_conjugate}, {0}};
	static const NativeMethod complexes[] = {{"conjugate", number_conjugate}, {0}};
	Types *t = b->types;
	t->int_ = types_class(b, "int", t->object, PAYLOAD_INT, int_make, ints);
	py_class_classmethod(b, t->int_, "from_bytes", int_from_bytes);
	t->bool_ = types_class(b, "bool", t->int_, PAYLOAD_INT, bool_make, NULL);
	t->float_ = types_class(b, "float", t->object, PAYLOAD_FLOAT, float_make, floats);
	py_class_classmethod(b, t->float_, "fromhex", float_fromhex);
	t->complex_ = types_class(b, "complex", t->object, PAYLOAD_FLOAT, complex_make, complexes);
	PyClass *all[3] = {t->int_, t->float_, t->complex_};
	for (int i = 0; i < 3; i++) {
		py_class_property(b, all[i], "real", number_real, NULL);
		py_class_property(b, all[i], "imag", number_imag, NULL);
	}
	py_class_property(b, t->int_, "numerator", number_self, NULL);
	py_class_property(b, t->int_, "denominator", int_denominator, NULL);
}
