// SPDX-License-Identifier: BSD-3-Clause
// Ops on numbers, strings and lists against recorded results: a line of tests/data/scalar_ops.txt is
// "op arguments -> result" in Python's notation, or "-> ! message".
#include "interp/interp.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static TypePool *pool;

static bool word(const char **p, const char *w)
{
	size_t n = strlen(w);
	if (strncmp(*p, w, n) || isalnum((unsigned char)(*p)[n]))
		return false;
	*p += n;
	return true;
}

static IValue parse(const char **p);

static IValue parse_str(const char **p)
{
	Text t = {0};
	char quote = *(*p)++;
	while (**p != quote) {
		if (**p != '\\') {
			text_addc(&t, *(*p)++);
			continue;
		}
		char c = (*p)[1];
		*p += 2;
		if (c == 'x') {
			char hex[3] = {(*p)[0], (*p)[1], 0};
			text_addc(&t, (char)strtol(hex, NULL, 16));
			*p += 2;
		} else {
			text_addc(&t, c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
		}
	}
	++*p;
	IValue v = iv_str(text_str(&t), t.size);
	text_free(&t);
	return v;
}

static IValue parse_items(const char **p, char close)
{
	IValue items[64];
	int n = 0;
	for (++*p; **p != close;) {
		items[n++] = parse(p);
		while (**p == ',' || **p == ' ')
			++*p;
	}
	++*p;
	if (close == ')') {
		TupleObj *t = tuple_new(n, NULL);
		memcpy(t->items, items, sizeof *items * (size_t)n);
		return iv_take_tuple(t);
	}
	ListObj *l = list_new(n ? ivalue_type(pool, items[0]) : &type_int, n);
	Error e = ERROR_INIT;
	for (int i = 0; i < n; i++)
		list_append_take(l, items[i], &e);
	return iv_take_list(l);
}

static IValue parse_number(const char **p)
{
	const char *s = *p;
	char *end;
	double re = strtod(s, &end);
	bool integral = true;
	for (const char *q = s; q < end; q++)
		integral &= isdigit((unsigned char)*q) || *q == '-';
	if (*end == 'j') {
		*p = end + 1;
		return iv_complex(0, re);
	}
	*p = end;
	return integral ? iv_int(strtoll(s, NULL, 10)) : iv_float(re);
}

static IValue parse(const char **p)
{
	if (word(p, "None"))
		return iv_none();
	if (word(p, "True"))
		return iv_bool(true);
	if (word(p, "False"))
		return iv_bool(false);
	if (**p == '\'' || **p == '"')
		return parse_str(p);
	if (**p == '[')
		return parse_items(p, ']');
	if (**p == '(') {
		char *end;
		double re = strtod(*p + 1, &end);
		if (end > *p + 1 && (*end == '+' || *end == '-')) { // (1+2j)
			double im = strtod(end, &end);
			*p = end + 2;
			return iv_complex(re, im);
		}
		return parse_items(p, ')');
	}
	return parse_number(p);
}

static bool close_enough(IValue a, IValue b) // libraries differ in the last place of elementary functions
{
	if (a.tag == TAG_FLOAT && b.tag == TAG_FLOAT)
		return (isnan(a.f) && isnan(b.f)) || a.f == b.f || fabs(a.f - b.f) <= 1e-14 * fabs(b.f);
	if (a.tag == TAG_COMPLEX && b.tag == TAG_COMPLEX)
		return fabs(a.complex_->re - b.complex_->re) + fabs(a.complex_->im - b.complex_->im) < 1e-13;
	return false;
}

static bool check_line(const char *line)
{
	const char *p = strchr(line, ' ');
	char *key = xstrndup(line, (size_t)(p - line));
	const Op *op = op_find_key(key);
	free(key);
	if (!op) {
		print_error("no such op: %s\n", line);
		return false;
	}
	IValue args[16], rets[4] = {{.i = 0}};
	int n = 0, nrets = op->schema->nrets;
	for (p++; strncmp(p, "-> ", 3); p += *p == ' ')
		args[n++] = parse(&p);
	const char *want = p + 3;
	Error err = ERROR_INIT;
	Exec x;
	exec_init(&x, &err, NULL);
	Status s = op_call(&x, op, args, n, rets);
	Text got = {0};
	bool near = false;
	if (s != STATUS_OK) {
		text_addf(&got, "! %s", err.message);
	} else if (nrets == 1) {
		ivalue_repr(&got, rets[0]);
		if (*want != '!' && *want != 't') {
			const char *q = want;
			IValue w = parse(&q);
			near = close_enough(rets[0], w);
			ivalue_unref(&w);
		}
	} else {
		TupleObj *t = tuple_new(nrets, NULL);
		memcpy(t->items, rets, sizeof *rets * (size_t)nrets);
		rets[0] = iv_take_tuple(t);
		ivalue_repr(&got, rets[0]);
		nrets = 1;
	}
	for (char *c; (c = strchr(got.data ? got.data : "", '\n'));) { // as the file has it
		char *tail = xstrdup(c + 1);
		got.size = (size_t)(c - got.data);
		text_add(&got, "\\n");
		text_add(&got, tail);
		free(tail);
	}
	bool ok = near || !strcmp(text_str(&got), want);
	if (!ok)
		print_error("%s\n    got %s\n", line, text_str(&got));
	if (s == STATUS_OK)
		for (int i = 0; i < nrets; i++)
			ivalue_unref(&rets[i]);
	for (int i = 0; i < n; i++)
		ivalue_unref(&args[i]);
	text_free(&got);
	error_clear(&err);
	return ok;
}

static void recorded_results(void **state)
{
	(void)state;
	FILE *f = fopen("tests/data/scalar_ops.txt", "r");
	assert_non_null(f);
	char line[2048];
	int bad = 0, n = 0;
	pool = type_pool_new();
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (!line[0] || line[0] == '#')
			continue;
		n++;
		bad += !check_line(line);
	}
	fclose(f);
	type_pool_unref(&pool);
	assert_true(n > 500);
	assert_int_equal(bad, 0);
}

// What would be undefined in C has an answer.
static void edges_of_int64(void **state)
{
	(void)state;
	static const struct { const char *key; int64_t a, b, want; } rows[] = {
		{"aten::floordiv.int", INT64_MIN, -1, INT64_MIN}, {"aten::remainder.int", INT64_MIN, -1, 0},
		{"aten::add.int", INT64_MAX, 1, INT64_MIN}, {"aten::mul.int", INT64_MIN, -1, INT64_MIN},
		{"aten::__lshift__.int", 5, 64, 5}, {"aten::__rshift__.int", -8, -1, -1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Error err = ERROR_INIT;
		Exec x;
		exec_init(&x, &err, NULL);
		IValue args[2] = {iv_int(rows[i].a), iv_int(rows[i].b)}, r;
		assert_int_equal(op_call(&x, op_find_key(rows[i].key), args, 2, &r), STATUS_OK);
		assert_int_equal(r.i, rows[i].want);
	}
	Error err = ERROR_INIT;
	Exec x;
	exec_init(&x, &err, NULL);
	IValue args[2] = {iv_int(1), iv_int(0)}, r;
	assert_int_equal(op_call(&x, op_find_key("aten::remainder.int"), args, 2, &r), STATUS_RUNTIME);
	assert_string_equal(err.message, "ZeroDivisionError: integer division or modulo by zero");
	error_clear(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_results), cmocka_unit_test(edges_of_int64)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
