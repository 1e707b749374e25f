// SPDX-License-Identifier: BSD-3-Clause
// Programs through the public API: running, values that come out, limits, what may be asked, what may be touched.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wick.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Fixture {
	wick_context *cx;
	wick_program *p;
	char printed[4096];
} Fixture;

static void collect(void *user, const char *text, size_t n)
{
	Fixture *f = user;
	size_t have = strlen(f->printed);
	if (have + n >= sizeof f->printed)
		n = sizeof f->printed - have - 1;
	memcpy(f->printed + have, text, n);
	f->printed[have + n] = '\0';
}

static int setup_with(void **state, const wick_program_options *o)
{
	Fixture *f = calloc(1, sizeof *f);
	f->cx = wick_context_new();
	wick_set_print(f->cx, collect, f);
	f->p = wick_program_new(f->cx, o);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, NULL);
}

static int teardown(void **state)
{
	Fixture *f = *state;
	wick_program_free(f->p);
	wick_context_free(f->cx);
	free(f);
	return 0;
}

static void run(Fixture *f, const char *text, bool interactive)
{
	f->printed[0] = '\0';
	if (wick_program_run_text(f->cx, f->p, "<test>", text, interactive) != WICK_OK)
		fail_msg("%s", wick_error_report(f->cx));
}

static void test_run(void **state)
{
	Fixture *f = *state;
	run(f, "x = 6\nprint(x * 7)\n", false);
	assert_string_equal(f->printed, "42\n");
	run(f, "x + 1\nNone\n'a'\n", true); // one namespace
	assert_string_equal(f->printed, "7\n'a'\n");
	run(f, "_", true);
	assert_string_equal(f->printed, "'a'\n");
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "y = [1]\ny[3]\n", false), WICK_ERROR_INDEX);
	assert_string_equal(wick_error_message(f->cx), "list index out of range");
	assert_non_null(strstr(wick_error_report(f->cx), "File \"<test>\", line 2, in <module>\n    y[3]\n"));
	run(f, "y", true); // what ran before the failure stays
	assert_string_equal(f->printed, "[1]\n");
	assert_int_equal(wick_program_run_file(f->cx, f->p, "tests/data/nothing.py"), WICK_ERROR_IO);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "x = = 1\n", false), WICK_ERROR_SYNTAX);
}

static void test_eval(void **state)
{
	Fixture *f = *state;
	wick_value *v;
	run(f, "import torch\nclass C:\n    pass\nd = {'a': [1, 2], 'b': [3]}\nt = torch.arange(3)\n", false);
	assert_int_equal(wick_program_eval(f->cx, f->p, "[1, 2.5 if False else 2]", &v), WICK_OK);
	assert_int_equal(wick_size(v), 2);
	wick_value_free(v);
	assert_int_equal(wick_program_eval(f->cx, f->p, "(d, t.shape)", &v), WICK_OK);
	assert_int_equal(wick_program_eval(f->cx, f->p, "C()", &(wick_value *){NULL}), WICK_ERROR_TYPE);
	assert_string_equal(wick_error_message(f->cx), "a value of type 'C' has no form outside of its program");
	assert_int_equal(wick_program_eval(f->cx, f->p, "[[lambda: 1]]", &(wick_value *){NULL}), WICK_ERROR_TYPE);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "l = []\nl.append(l)\n", false), WICK_OK);
	assert_int_equal(wick_program_eval(f->cx, f->p, "l", &(wick_value *){NULL}), WICK_ERROR_VALUE);
	run(f, "l.clear()", false); // nothing collects cycles
	wick_program_free(f->p); // the value outlives it
	f->p = NULL;
	char *text = wick_value_repr(v);
	assert_string_equal(text, "({'a': [1, 2], 'b': [3]}, (3,))");
	wick_free(text);
	wick_value_free(v);
}

static void test_exit(void **state)
{
	Fixture *f = *state;
	int code;
	run(f, "pass", false);
	assert_false(wick_program_exited(f->cx, &code));
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "raise SystemExit(5)", false), WICK_ERROR_RAISED);
	assert_true(wick_program_exited(f->cx, &code));
	assert_int_equal(code, 5);
	wick_program_run_text(f->cx, f->p, "<test>", "exit()", false);
	assert_true(wick_program_exited(f->cx, &code));
	assert_int_equal(code, 0);
	wick_program_run_text(f->cx, f->p, "<test>", "quit('why')", false);
	assert_true(wick_program_exited(f->cx, &code));
	assert_int_equal(code, 1);
	assert_string_equal(wick_error_message(f->cx), "why");
	wick_program_run_text(f->cx, f->p, "<test>", "1/0", false);
	assert_false(wick_program_exited(f->cx, &code));
}

static void assert_described(Fixture *f, const char *expression, wick_aspect aspect, const char *want)
{
	char *text;
	if (wick_program_describe(f->cx, f->p, expression, aspect, &text) != WICK_OK)
		fail_msg("%s: %s", expression, wick_error_report(f->cx));
	assert_string_equal(text, want);
	wick_free(text);
}

static void test_describe(void **state)
{
	Fixture *f = *state;
	run(f, "import torch\nclass C:\n    def m(self, a: int, *, k=(1,\n            2)) -> int:\n        '''Adds.\n\n"
		"        And more.\n        '''\n        return a\nc = C()\n", false);
	assert_described(f, "c.m(2)", WICK_ASPECT_REPR, "2");
	assert_described(f, "torch.ones(2, 3)", WICK_ASPECT_TYPE, "Tensor float32[2, 3]");
	assert_described(f, "[torch.ones(2), None]", WICK_ASPECT_TYPE, "List[Optional[Tensor]]");
	assert_described(f, "[1, None]", WICK_ASPECT_TYPE, "List[Optional[int]]");
	assert_described(f, "{'a': (1, 2.0)}", WICK_ASPECT_TYPE, "Dict[str, Tuple[int, float]]");
	assert_described(f, "[1, 'a']", WICK_ASPECT_TYPE, "List[Any]");
	assert_described(f, "{1, 2}", WICK_ASPECT_TYPE, "Set[int]");
	assert_described(f, "[]", WICK_ASPECT_TYPE, "list");
	assert_described(f, "C", WICK_ASPECT_TYPE, "Type[C]");
	assert_described(f, "c", WICK_ASPECT_TYPE, "C");
	assert_described(f, "c.m", WICK_ASPECT_TYPE, "m(a: int, *, k=(1, 2)) -> int");
	assert_described(f, "c.m", WICK_ASPECT_HELP, "C.m(a: int, *, k=(1, 2)) -> int\n\n    Adds.\n\n    And more.\n");
	assert_described(f, "torch.relu", WICK_ASPECT_HELP, "torch.relu, built in\n\nSchemas of aten::relu:\n"
		"    aten::relu(Tensor self) -> Tensor\n    aten::relu.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)\n");
	char *text;
	assert_int_equal(wick_program_describe(f->cx, f->p, "nobody", WICK_ASPECT_TYPE, &text), WICK_ERROR_RAISED);
	assert_null(text);
}

static void assert_completes(Fixture *f, const char *line, size_t from, const char *want)
{
	wick_value *list;
	size_t at;
	assert_int_equal(wick_program_complete(f->cx, f->p, line, strlen(line), &at, &list), WICK_OK);
	char *text = wick_value_repr(list);
	assert_string_equal(text, want);
	assert_int_equal(at, from);
	wick_free(text);
	wick_value_free(list);
}

static void test_complete(void **state)
{
	Fixture *f = *state;
	run(f, "import torch\nclass Point:\n    kind = 1\n    def norm(self): pass\n    def __init__(self):\n"
		"        self.axis = 'x'\n        self._hidden = 1\npoint = Point()\n", false);
	assert_completes(f, "poi", 0, "['point']");
	assert_completes(f, "f(Poi", 2, "['Point']");
	assert_completes(f, "point.", 6, "['axis', 'kind', 'norm']");
	assert_completes(f, "point._h", 6, "['_hidden']");
	assert_completes(f, "1 + point.axis.up", 15, "['upper']");
	assert_completes(f, "whi", 0, "['while']");
	assert_completes(f, "'poi", 1, "[]");
	assert_completes(f, "# poi", 2, "[]");
	assert_completes(f, "nobody.x", 7, "[]");
	assert_completes(f, "f().x", 4, "[]");
	assert_completes(f, "1.", 2, "[]");
	assert_completes(f, "torch.arang", 6, "['arange']");
	assert_completes(f, "from torch im", 11, "['import']");
	assert_completes(f, "from tor", 5, "['torch']");
	assert_completes(f, "import tor", 7, "['torch']");
	assert_completes(f, "from torch.nn import LSTMC", 21, "['LSTMCell']");
	assert_completes(f, "import torch.nn.functiona", 16, "['functional']");
	size_t at;
	wick_value *list;
	assert_int_equal(wick_program_complete(f->cx, f->p, "a", 7, &at, &list), WICK_ERROR_VALUE);
}

static void test_incomplete(void **state)
{
	(void)state;
	static const char *const open[] = {"f(", "x = [1,\n", "'''a\n", "def f():\n", "def f():\n    pass\n", "if x: y\n",
		"@d\n", "@d\n\n", "a \\\n", "class C:\n\n", "for i in x:\n    f(i)\nelse:\n", "def f(): # why\n", "x = {'a': '}',\n",
		"if x:\n    '''\n\n", "f(')'", "with a as b:\n    # nothing\n"};
	static const char *const closed[] = {"", "f()\n", "x = [1]\n", "def f():\n    pass\n\n", "x = '('\n", "x # (\n",
		"if x: y\n\n", "'abc\n", "f)\n", "a = \"\\\"(\"\n", "    x\n", "iffy\n", "define = 1\n", "x = 1 # a \\\n",
		"for i in x:\n    f(i)\nelse:\n    g()\n\n"};
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		if (!wick_program_incomplete(open[i]))
			fail_msg("should go on: %s", open[i]);
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		if (wick_program_incomplete(closed[i]))
			fail_msg("should not go on: %s", closed[i]);
}

static void test_time(void **state)
{
	Fixture *f = *state;
	wick_timing t;
	assert_int_equal(wick_program_time(f->cx, f->p, "sum(range(10))", 0.01, &t), WICK_OK);
	assert_true(t.runs >= 1 && t.best > 0 && t.best <= t.mean && t.best <= t.first);
	assert_int_equal(wick_program_time(f->cx, f->p, "1/0", 0.01, &t), WICK_ERROR_RAISED);
	assert_int_equal(t.runs, 0);
}

static void test_limits(void **state)
{
	Fixture *f = *state;
	wick_set_max_time(f->cx, 0.05);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "while True: pass", false), WICK_ERROR_TIME);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>",
		"try:\n    while True: pass\nexcept BaseException:\n    print('caught')", false), WICK_ERROR_TIME);
	assert_string_equal(f->printed, "");
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "sum(i for i in iter(int, 1))", false), WICK_ERROR_TIME);
	wick_set_max_time(f->cx, 0);
	wick_set_max_memory(f->cx, 4 << 20);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "x = []\nwhile True: x.append(1)", false),
		WICK_ERROR_MEMORY);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "s = 'a'\nwhile True: s += s", false),
		WICK_ERROR_MEMORY);
	wick_set_max_memory(f->cx, 0);
	run(f, "x = s = None", false);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "def f(): return f()\nf()", false), WICK_ERROR_RAISED);
	run(f, "print('goes on')", false);
	assert_string_equal(f->printed, "goes on\n");
}

static void *cancel_soon(void *arg)
{
	Fixture *f = arg;
	for (int i = 0; i < 200; i++) {
		usleep(10000);
		wick_cancel(f->cx);
	}
	return NULL;
}

static void test_cancel(void **state)
{
	Fixture *f = *state;
	pthread_t t;
	pthread_create(&t, NULL, cancel_soon, f);
	assert_int_equal(wick_program_run_text(f->cx, f->p, "<test>", "while True: pass", false), WICK_ERROR_CANCELLED);
	pthread_cancel(t);
	pthread_join(t, NULL);
	run(f, "1", true);
	assert_string_equal(f->printed, "1\n");
}

static char folder[64];

static void file_write(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int setup_folder(void **state)
{
	static char read[128], written[128];
	strcpy(folder, "/tmp/wick-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(read, sizeof read, "%s/open", folder);
	snprintf(written, sizeof written, "%s/out", folder);
	mkdir(read, 0700);
	mkdir(written, 0700);
	file_write("secret", "secret");
	file_write("open/text", "hello");
	char path[128];
	snprintf(path, sizeof path, "%s/open/link", folder);
	if (symlink("../secret", path))
		return -1;
	snprintf(path, sizeof path, "%s/out/dangling", folder);
	if (symlink("../made", path))
		return -1;
	static const char *reads[] = {read}, *writes[] = {written}, *argv[] = {"main.py", "one", "two"};
	return setup_with(state, &(wick_program_options){.argv = argv, .argc = 3, .allow_read = reads, .allow_read_count = 1,
		.allow_write = writes, .allow_write_count = 1});
}

static int teardown_folder(void **state)
{
	static const char *const names[] = {"secret", "made", "open/text", "open/link", "out/dangling", "out/new", "open",
		"out", "sub/main.py", "sub/beside.py", "sub/outside.py", "sub", "outside.py", "work.py", ""};
	char path[256];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		remove(path);
	}
	return teardown(state);
}

static void try_open(Fixture *f, const char *path, const char *mode, const char *want)
{
	char text[512];
	snprintf(text, sizeof text, "try:\n    with open('%s/%s', '%s') as f: print(f.read() if '%s' == 'r' else 'written')\n"
		"except OSError as e:\n    print(type(e).__name__)\n", folder, path, mode, mode);
	run(f, text, false);
	assert_string_equal(f->printed, want);
}

static void test_files(void **state)
{
	Fixture *f = *state;
	try_open(f, "open/text", "r", "hello\n");
	try_open(f, "open/../open/text", "r", "hello\n");
	try_open(f, "open/none", "r", "FileNotFoundError\n");
	try_open(f, "open/text", "w", "PermissionError\n");
	try_open(f, "open/text", "a", "PermissionError\n");
	try_open(f, "secret", "r", "PermissionError\n");
	try_open(f, "open/../secret", "r", "PermissionError\n");
	try_open(f, "open/link", "r", "PermissionError\n");
	try_open(f, "opener", "r", "PermissionError\n"); // the name of an allowed folder, and more
	try_open(f, "out/new", "w", "written\n");
	try_open(f, "out/new", "r", "PermissionError\n"); // writing does not include reading
	try_open(f, "out/new", "r+", "PermissionError\n");
	try_open(f, "out/dangling", "w", "PermissionError\n");
	try_open(f, "out/../made", "w", "PermissionError\n");
	try_open(f, "out/none/x", "w", "PermissionError\n");
	try_open(f, "made", "w", "PermissionError\n");
	char path[128];
	snprintf(path, sizeof path, "%s/made", folder);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_imports(void **state)
{
	Fixture *f = *state;
	char path[256];
	snprintf(path, sizeof path, "%s/sub", folder);
	mkdir(path, 0700);
	file_write("outside.py", "x = 'outside'\n");
	file_write("sub/beside.py", "x = 'beside'\n");
	file_write("sub/main.py", "import beside\nprint(beside.x)\nimport work\n");
	snprintf(path, sizeof path, "%s/sub/work.py", folder);
	file_write("work.py", "x = 1\n");
	assert_int_equal(symlink("../work.py", path), 0);
	snprintf(path, sizeof path, "%s/sub/main.py", folder);
	assert_int_equal(wick_program_run_file(f->cx, f->p, path), WICK_ERROR_RAISED);
	assert_string_equal(f->printed, "beside\n");
	assert_non_null(strstr(wick_error_message(f->cx), "work.py' is not allowed; --allow-read=PATH allows it"));
	snprintf(path, sizeof path, "%s/sub/work.py", folder);
	remove(path);
	run(f, "import outside\ntry:\n    outside.x\nexcept ImportError:\n    print('none')\n", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eval, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_describe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_complete, setup, teardown),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test_setup_teardown(test_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup_folder, teardown_folder),
		cmocka_unit_test_setup_teardown(test_imports, setup_folder, teardown_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
