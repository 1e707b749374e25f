// SPDX-License-Identifier: BSD-3-Clause
// Lowering.  Cases are data: tests/lower/*.txt hold source texts and the graphs, or the report, that each must give.
//
//   == python                 all definitions of the text are compiled
//   == archive [VERSION]      the text is that of "__torch__"; all its functions and methods are compiled
//   text
//   --
//   the graphs in order of declaration, or the error report
//
// tests/lower/*.py are compiled too; each function under a comment "# = VALUE" must return that, as PyTorch or Python did.
#include "frontend/frontend.h"
#include "interp/interp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

static Status find_text(void *ctx, const char *qualifier, Source **out, Error *err)
{
	(void)err;
	*out = strcmp(qualifier, "__torch__") ? NULL : source_ref(ctx);
	return STATUS_OK;
}

// Compiles every definition at the top level of an archive's text.
static Status compile_archive(Unit *u, const char *text, Error *err)
{
	for (const char *p = text; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		char name[100], qualified[120];
		const Type *t;
		Function *f;
		if (sscanf(p, "class %99[A-Za-z0-9_]", name) == 1) {
			snprintf(qualified, sizeof qualified, "__torch__.%s", name);
			TRY(frontend_type(u, qualified, &t, err));
			if (t->kind == TYPE_CLASS)
				TRY(frontend_compile_class(u, t, err));
		} else if (sscanf(p, "def %99[A-Za-z0-9_]", name) == 1) {
			snprintf(qualified, sizeof qualified, "__torch__.%s", name);
			TRY(frontend_function(u, qualified, &f, err));
		}
	}
	return STATUS_OK;
}

static void outcome(const char *kind, const char *text, size_t size, Text *out)
{
	Source *src = source_new("case.py", text, size);
	Unit *u = unit_new();
	Error err = ERROR_INIT;
	Status st;
	if (!strncmp(kind, "archive", 7)) {
		if (kind[7])
			u->version = atoi(kind + 8);
		st = frontend_attach_archive(u, (SourceProvider){find_text, src}, &err);
		if (st == STATUS_OK)
			st = compile_archive(u, src->text, &err);
	} else {
		st = frontend_compile_source(u, src, &err);
	}
	if (st != STATUS_OK) {
		char *report = error_report(&err);
		text_add(out, report);
		free(report);
	}
	for (int i = 0; st == STATUS_OK && i < u->n; i++)
		if (u->list[i]->graph) {
			Error bad = ERROR_INIT;
			if (graph_verify(u->list[i]->graph, &bad) != STATUS_OK)
				fail_msg("%s: %s", u->list[i]->name, bad.message);
			graph_print(u->list[i]->graph, out);
		}
	error_clear(&err);
	unit_unref(&u);
	source_unref(&src);
}

static void trim(Text *t)
{
	while (t->size && (t->data[t->size - 1] == '\n' || t->data[t->size - 1] == ' '))
		t->data[--t->size] = 0;
}

static void replay(const char *path)
{
	Text file = read_file(path);
	int cases = 0, bad = 0;
	for (char *p = strstr(file.data, "== "); p; cases++) {
		char *text = strchr(p, '\n') + 1, *split = strstr(text, "\n--\n"), *next = strstr(text, "\n== ");
		if (!split)
			fail_msg("%s: a case lacks its --", path);
		char kind[40] = "";
		snprintf(kind, sizeof kind, "%.*s", (int)(text - 1 - (p + 3)), p + 3);
		Text want = {0}, got = {0};
		const char *end = next ? next : file.data + file.size;
		text_addn(&want, split + 4, (size_t)(end - (split + 4)));
		outcome(kind, text, (size_t)(split + 1 - text), &got);
		trim(&want);
		trim(&got);
		if (strcmp(text_str(&want), text_str(&got))) {
			bad++;
			print_error("%s, case %d: %.*s\nwanted:\n%s\ngiven:\n%s\n", path, cases, (int)(split - text),
				text,
				text_str(&want), text_str(&got));
		}
		text_free(&want);
		text_free(&got);
		p = next ? next + 1 : NULL;
	}
	text_free(&file);
	assert_int_equal(bad, 0);
	assert_true(cases > 0);
}

static void test_graphs(void **state)
{
	(void)state;
	replay("tests/lower/graphs.txt");
}

static void test_errors(void **state)
{
	(void)state;
	replay("tests/lower/errors.txt");
}

static void test_archives(void **state)
{
	(void)state;
	replay("tests/lower/archive.txt");
}

static void squeeze(const char *s, size_t n, Text *out) // PyTorch and Wick break long lines alike, so blanks are all that may differ
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\n')
			text_addc(out, s[i]);
}

static void run_functions(const char *path)
{
	Text file = read_file(path);
	Source *src = source_new(path, file.data, file.size);
	Unit *u = unit_new();
	Error err = ERROR_INIT;
	if (frontend_compile_source(u, src, &err) != STATUS_OK) {
		char *report = error_report(&err);
		fail_msg("%s", report);
	}
	Generator *rng = generator_new(0);
	int cases = 0, bad = 0;
	for (const char *p = file.data; (p = strstr(p, "\n# = ")); cases++) {
		const char *want = p + 5, *end = strchr(want, '\n');
		char name[64];
		assert_int_equal(sscanf(end + 1, "def %63[a-z0-9_]", name), 1);
		p = end;
		Exec x;
		exec_init(&x, &err, rng);
		IValue v;
		Text got = {0}, a = {0}, b = {0};
		Function *f = unit_function(u, name);
		if (interp_call(&x, f, NULL, 0, &v) == STATUS_OK) {
			ivalue_repr(&got, v);
			ivalue_unref(&v);
		} else {
			text_add(&got, err.message);
		}
		error_clear(&err);
		squeeze(want, (size_t)(end - want), &a);
		squeeze(text_str(&got), got.size, &b);
		if (strcmp(text_str(&a), text_str(&b))) {
			bad++;
			print_error("%s: wanted %.*s\ngiven %s\n", name, (int)(end - want), want, text_str(&got));
		}
		text_free(&got);
		text_free(&a);
		text_free(&b);
	}
	generator_unref(&rng);
	unit_unref(&u);
	source_unref(&src);
	text_free(&file);
	assert_int_equal(bad, 0);
	assert_true(cases > 0);
}

static void test_language(void **state)
{
	(void)state;
	run_functions("tests/lower/language.py");
}

static void test_control(void **state)
{
	(void)state;
	run_functions("tests/lower/control.py");
}

static void test_larger_language(void **state)
{
	(void)state;
	run_functions("tests/lower/larger.py");
}

static void test_classes(void **state)
{
	(void)state;
	run_functions("tests/lower/classes.py");
}

static void test_library(void **state) // every row that says lib has its function, and that compiles
{
	(void)state;
	int bad = 0;
	for (int i = 0; i < op_count(); i++) {
		const Op *op = op_at(i);
		if (op->form != OP_LIB)
			continue;
		Function *f;
		Error err = ERROR_INIT, wrong = ERROR_INIT;
		if (frontend_lib_function(op, &f, &err) != STATUS_OK || graph_verify(f->graph, &wrong) != STATUS_OK) {
			char *report = error_report(err.code ? &err : &wrong);
			print_error("%s\n%s\n", op->text, report);
			free(report);
			bad++;
		}
		error_clear(&err);
		error_clear(&wrong);
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_graphs),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_larger_language),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_library),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
