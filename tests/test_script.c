// SPDX-License-Identifier: BSD-3-Clause
// The script stage: programs under tests/script/ build modules, script them, call them and print.  NAME.out is what they
// print under PyTorch (where a program uses more than TorchScript accepts: what it prints without torch.jit.script).
#include "core/arena.h"
#include "frontend/build/build.h"
#include "interp/interp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(void *user, const char *s, size_t n)
{
	text_addn(user, s, n);
}

static void ignore(void *user, const char *s)
{
	(void)user;
	(void)s;
}

static char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	Text t = {0};
	char buffer[4096];
	for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;)
		text_addn(&t, buffer, n);
	fclose(f);
	*size = t.size;
	return t.data ? text_take(&t) : xstrdup("");
}

static bool run_program(const char *name)
{
	char path[300], want_path[300];
	snprintf(path, sizeof path, "tests/script/%s.py", name);
	snprintf(want_path, sizeof want_path, "tests/script/%s.out", name);
	size_t size = 0;
	char *want = read_file(want_path, &size);
	assert_non_null(want);
	Text got = {0};
	Generator *rng = generator_new(0);
	const char *argv[] = {path};
	BuildOptions o = {.argv = argv, .argc = 1, .rng = rng, .print = keep, .warn = ignore, .user = &got};
	Build *b = build_new(&o);
	Error err = ERROR_INIT;
	PyModule *m;
	Status st = build_run_file(b, path, &m, &err);
	char *report = st == STATUS_OK ? NULL : error_report(&err);
	build_free(&b);
	generator_unref(&rng);
	bool same = st == STATUS_OK && got.size == size && !memcmp(text_str(&got), want, size);
	if (!same)
		print_message("%s: %s\n---- wanted\n%s---- got\n%s", name, report ? report : "different", want, text_str(&got));
	free(report);
	error_clear(&err);
	text_free(&got);
	free(want);
	return same;
}

static void programs(void **state)
{
	(void)state;
	DIR *d = opendir("tests/script");
	assert_non_null(d);
	int failed = 0;
	for (struct dirent *e; (e = readdir(d));) {
		char *dot = strrchr(e->d_name, '.');
		if (!dot || strcmp(dot, ".py"))
			continue;
		*dot = 0;
		failed += !run_program(e->d_name);
	}
	closedir(d);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(programs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
