// SPDX-License-Identifier: BSD-3-Clause
// The build stage.  tests/build/NAME.py are programs; NAME.out is what Python 3.11 prints for them, with the traceback
// of the exception that ends it, if one does.  Beside them: limits, the prompt, values that are handed out.
#include "core/random.h"
#include "frontend/build/build.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void collect(void *user, const char *s, size_t n)
{
	text_addn(user, s, n);
}

static Text read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	Text t = {0};
	char buf[4096];
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		text_addn(&t, buf, n);
	fclose(f);
	return t;
}

typedef struct Run {
	Build *b;
	Generator *rng;
	Text printed;
	Error err;
} Run;

static void run_open(Run *r)
{
	*r = (Run){.rng = generator_new(0)};
	r->b = build_new(&(BuildOptions){.rng = r->rng, .print = collect, .user = &r->printed});
}

static void run_close(Run *r)
{
	build_free(&r->b);
	generator_unref(&r->rng);
	text_free(&r->printed);
	error_clear(&r->err);
}

static Status run_text(Run *r, const char *text, bool interactive)
{
	Source *src = source_new("<test>", text, strlen(text));
	error_clear(&r->err);
	Status st = build_run_text(r->b, build_main_module(r->b), src, interactive, &r->err);
	source_unref(&src);
	return st;
}

static void check_text(const char *text, const char *want)
{
	Run r;
	run_open(&r);
	if (run_text(&r, text, false) != STATUS_OK) {
		char *report = error_report(&r.err);
		text_add(&r.printed, report);
		free(report);
	}
	assert_string_equal(text_str(&r.printed), want);
	run_close(&r);
}

static void without(Text *t, const char *what) // takes every `what` out
{
	Text out = {0};
	for (const char *p = text_str(t), *q; *p; p = q) {
		q = strstr(p, what);
		text_addn(&out, p, q ? (size_t)(q - p) : strlen(p));
		q = q ? q + strlen(what) : p + strlen(p);
	}
	text_free(t);
	*t = out;
}

static bool check_program(const char *name)
{
	char path[300];
	snprintf(path, sizeof path, "tests/build/%s", name);
	Run r;
	PyModule *m;
	run_open(&r);
	if (build_run_file(r.b, path, &m, &r.err) != STATUS_OK) {
		char *report = error_report(&r.err);
		text_add(&r.printed, report);
		free(report);
	}
	snprintf(path, sizeof path, "tests/build/%.*s.out", (int)strlen(name) - 3, name);
	Text want = read_file(path);
	without(&r.printed, "tests/build/");
	bool same = !strcmp(text_str(&want), text_str(&r.printed));
	if (!same) {
		size_t i = 0, line = 0;
		const char *a = text_str(&want), *b = text_str(&r.printed);
		for (size_t k = 0; a[k] && a[k] == b[k]; k++)
			if (a[k] == '\n')
				i = k + 1, line++;
		print_error("%s, line %zu of its output:\n  want %.*s\n  have %.*s\n", name, line + 1, (int)strcspn(a + i, "\n"), a + i,
			(int)strcspn(b + i, "\n"), b + i);
	}
	text_free(&want);
	run_close(&r);
	return same;
}

static void programs(void **state)
{
	(void)state;
	DIR *d = opendir("tests/build");
	assert_non_null(d);
	int bad = 0, n = 0;
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		if (len < 4 || strcmp(e->d_name + len - 3, ".py"))
			continue;
		n++;
		bad += !check_program(e->d_name);
	}
	closedir(d);
	assert_true(n > 5);
	assert_int_equal(bad, 0);
}

static void limits(void **state)
{
	(void)state;
	Run r;
	run_open(&r);
	Budget *b = budget_new(0, 0.05), *outer = budget_enter(b);
	assert_int_equal(run_text(&r, "try:\n    while True: pass\nexcept BaseException:\n    print('no')\n", false), STATUS_TIME);
	budget_leave(outer);
	budget_unref(&b);
	b = budget_new(0, 0);
	b->cancelled = 1;
	outer = budget_enter(b);
	assert_int_equal(run_text(&r, "def f():\n    f()\nwhile True:\n    try: f()\n    except RecursionError: pass\n", false),
		STATUS_CANCELLED);
	budget_leave(outer);
	budget_unref(&b);
	assert_string_equal(text_str(&r.printed), "");
	assert_int_equal(run_text(&r, "print('still here')", false), STATUS_OK);
	assert_string_equal(text_str(&r.printed), "still here\n");
	run_close(&r);
}

static void nesting(void **state)
{
	(void)state;
	// Python's own depth, by calls of every kind; and chains that are freed
	check_text("class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\n"
		"    def __call__(self): return self()\n    def __repr__(self): return repr(self)\n"
		"    def __add__(self, o): return self + o\n    def __iter__(self): return iter(list(self))\n"
		"    def __eq__(self, o): return self == o\n"
		"def g(): yield from g()\n"
		"def t(f):\n    try: f()\n    except RecursionError: print('R')\n"
		"a = A()\n"
		"for f in (lambda: a.q, a, lambda: repr(a), lambda: a + 1, lambda: list(a), lambda: a == 1, lambda: list(g())): t(f)\n",
		"R\nR\nR\nR\nR\nR\nR\n");
	check_text("x = None\nfor i in range(300000): x = [x]\ny = None\nclass N: pass\n"
		"for i in range(100000):\n    n = N()\n    n.next = y\n    y = n\nprint('ok')\nx = y = n = None\nprint('freed')\n", "ok\nfreed\n");
	check_text("f = lambda: 0\nfor i in range(100000): f = (lambda g: lambda: g)(f)\nf = 0\nprint('ok')", "ok\n");
}

static void prompt(void **state)
{
	(void)state;
	Run r;
	run_open(&r);
	assert_int_equal(run_text(&r, "1 + 1", true), STATUS_OK);
	assert_int_equal(run_text(&r, "_ * 5; None; 'text'", true), STATUS_OK);
	assert_int_equal(run_text(&r, "def f(x):\n    x\n    return x", true), STATUS_OK);
	assert_int_equal(run_text(&r, "f(3)", true), STATUS_OK);
	assert_string_equal(text_str(&r.printed), "2\n10\n'text'\n3\n");
	assert_int_equal(run_text(&r, "f(", true), STATUS_SYNTAX);
	assert_int_equal(run_text(&r, "g()", true), STATUS_RAISED);
	run_close(&r);
	static const struct { const char *text; bool more; } cases[] = {
		{"x = 1", false}, {"def f():", true}, {"def f():\n    return 1", true}, {"def f():\n    return 1\n\n", false},
		{"f(1,", true}, {"[1,\n2", true}, {"[1,\n2]", false}, {"'''abc", true}, {"'''abc'''", false}, {"if x: y", true},
		{"x = '('", false}, {"# (", false}, {"@dec", true}, {"x = 1 + \\", true}, {"for i in x:\n  f(i)\n", true}, {"", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (build_incomplete(cases[i].text, strlen(cases[i].text)) != cases[i].more)
			fail_msg("'%s' is taken for %s", cases[i].text, cases[i].more ? "complete" : "incomplete");
}

static void values(void **state)
{
	(void)state;
	Run r;
	IValue v;
	run_open(&r);
	assert_int_equal(run_text(&r, "def f(x): return [x, {'a': (1, 2.5)}]", false), STATUS_OK);
	Source *src = source_new("<e>", "f('q')", 6);
	assert_int_equal(build_eval(r.b, build_main_module(r.b), src, &v, &r.err), STATUS_OK);
	source_unref(&src);
	run_close(&r);
	Text t = {0};
	ivalue_repr(&t, v); // plain values outlive their Build
	assert_string_equal(text_str(&t), "['q', {'a': (1, 2.5)}]");
	text_free(&t);
	ivalue_unref(&v);
}

static void dropped(void **state)
{
	(void)state;
	// cycles, suspended generators and exceptions that are alive when the Build ends
	check_text("class A: pass\na = A(); a.self = a\nl = [a]; a.l = l\ndef g():\n    try:\n        yield 1\n"
		"    finally:\n        print('never at the end')\nh = g(); next(h)\n"
		"l = [a]; l.append((l, {'l': l}))\nd = {}; d['d'] = d\n"
		"def f(): return f\nf.me = f\nkept = []\ntry: 1 / 0\nexcept ZeroDivisionError as e: kept.append(e)\n"
		"e2 = (x for x in [1, 2]); next(e2)\nprint('end')", "end\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs), cmocka_unit_test(limits), cmocka_unit_test(nesting), cmocka_unit_test(prompt),
		cmocka_unit_test(values), cmocka_unit_test(dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
