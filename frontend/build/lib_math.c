// SPDX-License-Identifier: BSD-3-Clause
// The module math.
#include "frontend/build/types.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Status domain(Build *b)
{
	return py_raise(b, "ValueError", "math domain error");
}

static Status range_error(Build *b)
{
	return py_raise(b, "OverflowError", "math range error");
}

static Status number_arg(Build *b, const PyArgs *a, int i, double *out)
{
	return number_float(b, a->pos[i], out);
}

// A function of one number: NaN out of a number is outside the domain, infinity out of a finite one out of range.
typedef struct Function1 { const char *name; double (*fn)(double); } Function1;

static double gamma_of(double x) { return x == floor(x) && x <= 0 && isfinite(x) ? NAN : tgamma(x); }
static double radians_of(double x) { return x * (M_PI / 180.0); }
static double degrees_of(double x) { return x * (180.0 / M_PI); }
static double log_of(double x) { return x <= 0 ? NAN : log(x); }
static double log2_of(double x) { return x <= 0 ? NAN : log2(x); }
static double log10_of(double x) { return x <= 0 ? NAN : log10(x); }
static double log1p_of(double x) { return x <= -1 ? NAN : log1p(x); }
static double atanh_of(double x) { return fabs(x) >= 1 ? NAN : atanh(x); }
static double lgamma_of(double x) { return x == floor(x) && x <= 0 && isfinite(x) ? NAN : lgamma(x); }

static const Function1 functions1[] = {{"sqrt", sqrt}, {"exp", exp}, {"exp2", exp2}, {"expm1", expm1}, {"log2", log2_of},
	{"log10", log10_of}, {"log1p", log1p_of}, {"sin", sin}, {"cos", cos}, {"tan", tan}, {"asin", asin}, {"acos", acos},
	{"atan", atan}, {"sinh", sinh}, {"cosh", cosh}, {"tanh", tanh}, {"asinh", asinh}, {"acosh", acosh},
	{"atanh", atanh_of}, {"erf", erf}, {"erfc", erfc}, {"gamma", gamma_of}, {"lgamma", lgamma_of}, {"fabs", fabs},
	{"cbrt", cbrt}, {"radians", radians_of}, {"degrees", degrees_of}};

static Status call1(Build *b, const PyArgs *a, IValue *out)
{
	const char *name = strrchr(a->callee->path, '.') + 1;
	const Function1 *f = functions1;
	while (strcmp(f->name, name))
		f++;
	double x;
	if (a->npos != 1 || a->nkw)
		return raise_arity(b, a->callee->path, 1, a->npos);
	TRY(number_arg(b, a, 0, &x));
	double y = f->fn(x);
	if (isnan(y) && !isnan(x))
		return domain(b);
	if (isinf(y) && isfinite(x))
		return range_error(b);
	*out = iv_float(y);
	return STATUS_OK;
}

static double copysign_of(double x, double y) { return copysign(x, y); }
static double fmod_of(double x, double y) { return isinf(x) || y == 0 ? (isnan(y) || isnan(x) ? NAN : NAN) : fmod(x, y); }
static double nextafter_of(double x, double y) { return nextafter(x, y); }
static double remainder_of(double x, double y) { return y == 0 || isinf(x) ? NAN : remainder(x, y); }

static const struct { const char *name; double (*fn)(double, double); } functions2[] = {{"atan2", atan2},
	{"copysign", copysign_of}, {"fmod", fmod_of}, {"nextafter", nextafter_of}, {"remainder", remainder_of}};

static Status call2(Build *b, const PyArgs *a, IValue *out)
{
	const char *name = strrchr(a->callee->path, '.') + 1;
	int i = 0;
	while (strcmp(functions2[i].name, name))
		i++;
	double x, y;
	if (a->npos != 2 || a->nkw)
		return raise_arity(b, name, 2, a->npos);
	TRY(number_arg(b, a, 0, &x));
	TRY(number_arg(b, a, 1, &y));
	double r = functions2[i].fn(x, y);
	if (isnan(r) && !isnan(x) && !isnan(y))
		return domain(b);
	*out = iv_float(r);
	return STATUS_OK;
}

static Status math_pow(Build *b, const PyArgs *a, IValue *out)
{
	double x, y;
	if (a->npos != 2)
		return raise_arity(b, "pow", 2, a->npos);
	TRY(number_arg(b, a, 0, &x));
	TRY(number_arg(b, a, 1, &y));
	double r = pow(x, y);
	if ((isnan(r) && !isnan(x) && !isnan(y)) || (x == 0 && y < 0 && !isinf(y)))
		return domain(b);
	if (isinf(r) && isfinite(x) && isfinite(y))
		return range_error(b);
	*out = iv_float(r);
	return STATUS_OK;
}

static Status math_log(Build *b, const PyArgs *a, IValue *out)
{
	double x, base;
	if (a->npos < 1 || a->npos > 2)
		return py_raise(b, "TypeError", "log expected at %s, got %d", a->npos < 1 ? "least 1 argument" :
			"most 2 arguments", a->npos);
	TRY(number_arg(b, a, 0, &x));
	double r = log_of(x);
	if (isnan(r) && !isnan(x))
		return domain(b);
	if (a->npos == 2) {
		TRY(number_arg(b, a, 1, &base));
		double d = log_of(base);
		if (isnan(d) && !isnan(base))
			return domain(b);
		if (d == 0)
			return py_raise(b, "ZeroDivisionError", "float division by zero");
		r /= d;
	}
	*out = iv_float(r);
	return STATUS_OK;
}

static Status integral(Build *b, const PyArgs *a, double (*fn)(double), int dunder, IValue *out)
{
	if (a->npos != 1)
		return raise_arity(b, b->types->names[dunder]->s, 1, a->npos);
	IValue v = a->pos[0], u = py_unwrap(v), *special = types_override(b, v, dunder);
	if (special)
		return types_call_special(b, *special, v, NULL, 0, out);
	if (u.tag == TAG_INT || u.tag == TAG_BOOL) {
		*out = iv_int(u.i);
		return STATUS_OK;
	}
	double x;
	int64_t i;
	TRY(number_float(b, v, &x));
	TRY(number_from_double(b, fn(x), &i));
	*out = iv_int(i);
	return STATUS_OK;
}

static Status math_floor(Build *b, const PyArgs *a, IValue *out) { return integral(b, a, floor, D_floor, out); }
static Status math_ceil(Build *b, const PyArgs *a, IValue *out) { return integral(b, a, ceil, D_ceil, out); }
static Status math_trunc(Build *b, const PyArgs *a, IValue *out) { return integral(b, a, trunc, D_trunc, out); }

static Status test(Build *b, const PyArgs *a, int what, IValue *out)
{
	double x;
	if (a->npos != 1)
		return raise_arity(b, "isnan", 1, a->npos);
	TRY(number_arg(b, a, 0, &x));
	*out = iv_bool(what == 0 ? isnan(x) : what == 1 ? isinf(x) : isfinite(x));
	return STATUS_OK;
}

static Status math_isnan(Build *b, const PyArgs *a, IValue *out) { return test(b, a, 0, out); }
static Status math_isinf(Build *b, const PyArgs *a, IValue *out) { return test(b, a, 1, out); }
static Status math_isfinite(Build *b, const PyArgs *a, IValue *out) { return test(b, a, 2, out); }

static Status math_isclose(Build *b, const PyArgs *a, IValue *out)
{
	double x, y, rel, abs;
	TRY(args_parse(b, a, "isclose", "a:f b:f * rel_tol:f=1e-9 abs_tol:f=0", &x, &y, &rel, &abs));
	if (rel < 0 || abs < 0)
		return py_raise(b, "ValueError", "tolerances must be non-negative");
	double diff = fabs(x - y);
	*out = iv_bool(x == y || (!isinf(x) && !isinf(y) &&
		(diff <= fabs(rel * y) || diff <= fabs(rel * x) || diff <= abs)));
	return STATUS_OK;
}

static Status math_hypot(Build *b, const PyArgs *a, IValue *out)
{
	double max = 0, sum = 0, x;
	bool inf = false, nan = false;
	for (int i = 0; i < a->npos; i++) {
		TRY(number_arg(b, a, i, &x));
		inf |= isinf(x) != 0;
		nan |= isnan(x) != 0;
		if (fabs(x) > max)
			max = fabs(x);
	}
	if (inf || nan || max == 0) {
		*out = iv_float(inf ? INFINITY : nan ? NAN : 0);
		return STATUS_OK;
	}
	if (a->npos == 2) {
		double y;
		TRY(number_arg(b, a, 0, &x));
		TRY(number_arg(b, a, 1, &y));
		*out = iv_float(hypot(x, y));
		return STATUS_OK;
	}
	for (int i = 0; i < a->npos; i++) {
		TRY(number_arg(b, a, i, &x));
		sum += (x / max) * (x / max);
	}
	*out = iv_float(max * sqrt(sum));
	return STATUS_OK;
}

static Status math_dist(Build *b, const PyArgs *a, IValue *out)
{
	IValue p, q;
	if (a->npos != 2)
		return raise_arity(b, "dist", 2, a->npos);
	TRY(py_to_list(b, a->pos[0], &p));
	Status st = py_to_list(b, a->pos[1], &q);
	if (st == STATUS_OK) {
		double sum = 0, x, y;
		if (p.list->n != q.list->n)
			st = py_raise(b, "ValueError", "both points must have the same number of dimensions");
		for (int64_t i = 0; i < p.list->n && st == STATUS_OK; i++) {
			st = number_float(b, p.list->items[i], &x);
			if (st == STATUS_OK)
				st = number_float(b, q.list->items[i], &y);
			sum = hypot(sum, st == STATUS_OK ? x - y : 0);
		}
		*out = iv_float(sum);
		ivalue_unref(&q);
	}
	ivalue_unref(&p);
	return st;
}

// ---- integers

static int64_t gcd(int64_t x, int64_t y)
{
	uint64_t p = x < 0 ? 0 - (uint64_t)x : (uint64_t)x, q = y < 0 ? 0 - (uint64_t)y : (uint64_t)y;
	while (q) {
		uint64_t t = p % q;
		p = q;
		q = t;
	}
	return (int64_t)p;
}

static Status math_gcd(Build *b, const PyArgs *a, IValue *out)
{
	int64_t r = 0, x;
	for (int i = 0; i < a->npos; i++) {
		TRY(number_index(b, a->pos[i], &x));
		r = gcd(r, x);
	}
	*out = iv_int(r);
	return STATUS_OK;
}

static Status too_big(Build *b)
{
	return py_raise(b, "OverflowError", "int result is outside the range of 64 bits (-2**63 to 2**63-1)");
}

static Status math_lcm(Build *b, const PyArgs *a, IValue *out)
{
	int64_t r = 1, x;
	for (int i = 0; i < a->npos; i++) {
		TRY(number_index(b, a->pos[i], &x));
		if (x == 0 || r == 0)
			r = 0;
		else if (__builtin_mul_overflow(r / gcd(r, x), x < 0 ? -x : x, &r))
			return too_big(b);
	}
	*out = iv_int(r);
	return STATUS_OK;
}

static Status math_factorial(Build *b, const PyArgs *a, IValue *out)
{
	int64_t n, r = 1;
	if (a->npos != 1)
		return raise_arity(b, "math.factorial", 1, a->npos);
	TRY(number_index(b, a->pos[0], &n));
	if (n < 0)
		return py_raise(b, "ValueError", "factorial() not defined for negative values");
	if (n > 20)
		return too_big(b);
	for (; n > 1; n--)
		r *= n;
	*out = iv_int(r);
	return STATUS_OK;
}

static Status arrangements(Build *b, const PyArgs *a, bool comb, IValue *out)
{
	int64_t n, k;
	if (a->npos < 1 || a->npos > 2)
		return raise_arity(b, comb ? "comb" : "perm", 2, a->npos);
	TRY(number_index(b, a->pos[0], &n));
	k = n;
	if (a->npos == 2 && a->pos[1].tag != TAG_NONE)
		TRY(number_index(b, a->pos[1], &k));
	if (n < 0 || k < 0)
		return py_raise(b, "ValueError", "%c must be a non-negative integer", n < 0 ? 'n' : 'k');
	if (k > n) {
		*out = iv_int(0);
		return STATUS_OK;
	}
	if (comb && k > n - k)
		k = n - k;
	__int128 r = 1;
	for (int64_t i = 1; i <= k; i++) {
		r = r * (n - k + i);
		if (comb)
			r /= i;
		if (r > INT64_MAX)
			return too_big(b);
	}
	*out = iv_int((int64_t)r);
	return STATUS_OK;
}

static Status math_comb(Build *b, const PyArgs *a, IValue *out) { return arrangements(b, a, true, out); }
static Status math_perm(Build *b, const PyArgs *a, IValue *out) { return arrangements(b, a, false, out); }

static Status math_isqrt(Build *b, const PyArgs *a, IValue *out)
{
	int64_t n;
	if (a->npos != 1)
		return raise_arity(b, "math.isqrt", 1, a->npos);
	TRY(number_index(b, a->pos[0], &n));
	if (n < 0)
		return py_raise(b, "ValueError", "isqrt() argument must be nonnegative");
	int64_t r = (int64_t)sqrt((double)n);
	while (r > 0 && r > n / r)
		r--;
	while (r + 1 <= n / (r + 1))
		r++;
	*out = iv_int(r);
	return STATUS_OK;
}

// ---- pairs, sums

static Status math_frexp(Build *b, const PyArgs *a, IValue *out)
{
	double x;
	int e = 0;
	if (a->npos != 1)
		return raise_arity(b, "frexp", 1, a->npos);
	TRY(number_arg(b, a, 0, &x));
	double m = isfinite(x) ? frexp(x, &e) : x;
	IValue v[2] = {iv_float(m), iv_int(e)};
	*out = py_tuple_of(b, v, 2);
	return STATUS_OK;
}

static Status math_ldexp(Build *b, const PyArgs *a, IValue *out)
{
	double x;
	int64_t e;
	TRY(args_parse(b, a, "ldexp", "x:f i:i /", &x, &e));
	double r = ldexp(x, e > 1 << 20 ? 1 << 20 : e < -(1 << 20) ? -(1 << 20) : (int)e);
	if (isinf(r) && isfinite(x))
		return range_error(b);
	*out = iv_float(r);
	return STATUS_OK;
}

static Status math_modf(Build *b, const PyArgs *a, IValue *out)
{
	double x, whole;
	if (a->npos != 1)
		return raise_arity(b, "modf", 1, a->npos);
	TRY(number_arg(b, a, 0, &x));
	double f = modf(x, &whole);
	IValue v[2] = {iv_float(f), iv_float(whole)};
	*out = py_tuple_of(b, v, 2);
	return STATUS_OK;
}

static Status math_ulp(Build *b, const PyArgs *a, IValue *out)
{
	double x;
	if (a->npos != 1)
		return raise_arity(b, "ulp", 1, a->npos);
	TRY(number_arg(b, a, 0, &x));
	x = fabs(x);
	*out = iv_float(!isfinite(x) ? x : x == DBL_MAX ? x - nextafter(x, 0) : nextafter(x, INFINITY) - x);
	return STATUS_OK;
}

// Exact sum: Shewchuk's non-overlapping partial sums.
static Status math_fsum(Build *b, const PyArgs *a, IValue *out)
{
	IValue list;
	if (a->npos != 1)
		return raise_arity(b, "math.fsum", 1, a->npos);
	TRY(py_to_list(b, a->pos[0], &list));
	double *p = NULL, special = 0;
	int n = 0, cap = 0;
	Status st = STATUS_OK;
	for (int64_t i = 0; i < list.list->n && st == STATUS_OK; i++) {
		double x;
		st = number_float(b, list.list->items[i], &x);
		if (st != STATUS_OK)
			break;
		if (!isfinite(x)) {
			special += x;
			continue;
		}
		int k = 0;
		for (int j = 0; j < n; j++) {
			double y = p[j];
			if (fabs(x) < fabs(y)) {
				double t = x;
				x = y;
				y = t;
			}
			double hi = x + y, lo = y - (hi - x);
			if (lo != 0)
				p[k++] = lo;
			x = hi;
		}
		n = k;
		VEC_PUSH(p, n, cap, x);
	}
	double hi = 0;
	if (n > 0) {
		double lo = 0;
		hi = p[--n];
		while (n > 0) {
			double x = hi, y = p[--n];
			hi = x + y;
			lo = y - (hi - x);
			if (lo != 0)
				break;
		}
		if (n > 0 && ((lo < 0 && p[n - 1] < 0) || (lo > 0 && p[n - 1] > 0))) { // half-way case: round by the rest
			double y = lo * 2, x = hi + y;
			if (y == x - hi)
				hi = x;
		}
	}
	free(p);
	ivalue_unref(&list);
	*out = iv_float(special != 0 || isnan(special) ? special : hi);
	return st;
}

typedef struct Product { IValue acc; } Product;

static Status multiply(Build *b, IValue item, void *arg)
{
	Product *p = arg;
	IValue r;
	TRY(py_binary(b, OP_MUL, p->acc, item, &r));
	ivalue_set(&p->acc, r);
	return STATUS_OK;
}

static Status math_prod(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, start;
	TRY(args_parse(b, a, "prod", "iterable:o / * start:o=1", &v, &start));
	Product p = {ivalue_ref(start)};
	Status st = py_each(b, v, multiply, &p);
	if (st == STATUS_OK)
		*out = p.acc;
	else
		ivalue_unref(&p.acc);
	return st;
}

Status lib_math(Build *b, PyModule *m)
{
	(void)b;
	static const NativeMethod functions[] = {{"pow", math_pow}, {"log", math_log}, {"floor", math_floor},
		{"ceil", math_ceil}, {"trunc", math_trunc}, {"isnan", math_isnan}, {"isinf", math_isinf},
		{"isfinite", math_isfinite}, {"isclose", math_isclose}, {"hypot", math_hypot}, {"dist", math_dist},
		{"gcd", math_gcd}, {"lcm", math_lcm}, {"factorial", math_factorial}, {"comb", math_comb}, {"perm", math_perm},
		{"isqrt", math_isqrt}, {"frexp", math_frexp}, {"ldexp", math_ldexp}, {"modf", math_modf}, {"ulp", math_ulp},
		{"fsum", math_fsum}, {"prod", math_prod}, {0}};
	for (const NativeMethod *f = functions; f->name; f++)
		module_native(m, f->name, f->fn);
	for (size_t i = 0; i < sizeof functions1 / sizeof *functions1; i++)
		module_native(m, functions1[i].name, call1);
	for (size_t i = 0; i < sizeof functions2 / sizeof *functions2; i++)
		module_native(m, functions2[i].name, call2);
	module_set_take(m, "pi", iv_float(M_PI));
	module_set_take(m, "e", iv_float(M_E));
	module_set_take(m, "tau", iv_float(2 * M_PI));
	module_set_take(m, "inf", iv_float(INFINITY));
	module_set_take(m, "nan", iv_float(NAN));
	return STATUS_OK;
}
