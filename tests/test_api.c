// SPDX-License-Identifier: BSD-3-Clause
// The public API, as a host program uses it.
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
#include <unistd.h>

static wick_model *load(wick_context *cx, const char *path)
{
	wick_model *m;
	if (wick_model_load(cx, path, NULL, &m) != WICK_OK)
		fail_msg("%s: %s", path, wick_error_report(cx));
	return m;
}

static void assert_repr(wick_value *v, const char *want)
{
	char *text = wick_value_repr(v);
	assert_string_equal(text, want);
	wick_free(text);
}

static void test_call(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/scale.pt");
	const float data[] = {1, 2, 3, 4};
	wick_value *x = wick_tensor(cx, WICK_FLOAT32, 2, (int64_t[]){2, 2}, data), *y, *three = wick_int(3);
	assert_int_equal(wick_call(cx, m, "forward", &x, 1, &y), WICK_OK);
	float got[4];
	assert_int_equal(wick_tensor_read(cx, y, got, sizeof got), WICK_OK);
	for (int i = 0; i < 4; i++)
		assert_true(got[i] == 2 * data[i]);
	wick_value_free(y);

	// keyword argument, int to float
	const char *name = "factor";
	assert_int_equal(wick_call_kw(cx, m, "forward", &x, 1, &name, &three, 1, &y), WICK_OK);
	assert_repr(y, "tensor([[ 3.,  6.],\n        [ 9., 12.]])");
	wick_value_free(y);

	char *schema;
	assert_int_equal(wick_model_method_schema(cx, m, "forward", &schema), WICK_OK);
	assert_string_equal(schema, "forward(__torch__.Scale self, Tensor x, float factor=2.) -> Tensor");
	wick_free(schema);
	wick_value_free(x);
	wick_value_free(three);
	wick_model_free(m);
	wick_context_free(cx);
}

static void test_wrong_arguments(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/scale.pt");
	wick_value *word = wick_string("hello", 5), *y = (wick_value *)&y;
	assert_int_equal(wick_call(cx, m, "forward", &word, 1, &y), WICK_ERROR_ARGUMENT);
	assert_null(y);
	assert_non_null(strstr(wick_error_message(cx), "Expected a value of type 'Tensor'"));
	assert_non_null(strstr(wick_error_message(cx), "'x'"));
	assert_int_equal(wick_call(cx, m, "forward", NULL, 0, &y), WICK_ERROR_ARGUMENT);
	assert_non_null(strstr(wick_error_message(cx), "missing value for argument 'x'"));
	assert_int_equal(wick_call(cx, m, "backward", &word, 1, &y), WICK_ERROR_ARGUMENT);
	assert_non_null(strstr(wick_error_message(cx), "no method 'backward'"));
	wick_value_free(word);
	wick_model_free(m);
	assert_int_equal(wick_model_load(cx, "tests/data/absent.pt", NULL, &m), WICK_ERROR_IO);
	assert_null(m);
	wick_context_free(cx);
}

static void test_values(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/values.pt");
	wick_value *args[8], *y, *list[2] = {wick_int(1), wick_int(2)}, *key = wick_string("k", 1), *value = wick_float(0.5);
	wick_value *pair[2] = {wick_int(7), wick_string("z", 1)};
	args[0] = wick_int(41);
	args[1] = wick_float(1.25);
	args[2] = wick_bool(true);
	args[3] = wick_string("hi", 2);
	args[4] = wick_none();
	args[5] = wick_list(list, 2);
	args[6] = wick_dict(cx, &key, &value, 1);
	args[7] = wick_tuple(pair, 2);
	if (wick_call(cx, m, "forward", args, 8, &y) != WICK_OK)
		fail_msg("%s", wick_error_report(cx));
	assert_repr(y, "(42, 2.5, False, 'hi!', None, [1, 2, 4], {'k': 0.5}, (7, 'z'))");
	assert_int_equal(wick_value_kind(y), WICK_KIND_TUPLE);
	assert_int_equal(wick_size(y), 8);
	wick_value *item = wick_item(y, 0);
	assert_int_equal(wick_get_int(item), 42);
	wick_value_free(item);
	wick_value_free(y);
	for (int i = 0; i < 8; i++)
		wick_value_free(args[i]);
	for (int i = 0; i < 2; i++) {
		wick_value_free(list[i]);
		wick_value_free(pair[i]);
	}
	wick_value_free(key);
	wick_value_free(value);
	// results outlive their model
	wick_value *half = wick_float(0.5);
	assert_int_equal(wick_call(cx, m, "point", &half, 1, &y), WICK_OK);
	wick_value_free(half);
	wick_model_free(m);
	assert_int_equal(wick_size(y), 2);
	wick_value_free(y);
	wick_context_free(cx);
}

static void test_traceback(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/check.pt");
	wick_value *five = wick_int(5), *y;
	assert_int_equal(wick_call(cx, m, "forward", &five, 1, &y), WICK_ERROR_RAISED);
	assert_non_null(strstr(wick_error_message(cx), "x is 5, more than 3"));
	const char *report = wick_error_report(cx);
	assert_non_null(strstr(report, "builtins.ValueError: x is 5, more than 3"));
	assert_non_null(strstr(report, "code/__torch__.py"));
	assert_non_null(strstr(report, "<--- HERE"));
	wick_value_free(five);
	wick_model_free(m);
	wick_context_free(cx);
}

static void test_limits(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/count.pt");
	wick_value *y;
	wick_set_max_time(cx, 0.05);
	assert_int_equal(wick_call(cx, m, "forever", NULL, 0, &y), WICK_ERROR_TIME);
	wick_set_max_time(cx, 0);
	wick_set_max_memory(cx, 100 << 20);
	assert_int_equal(wick_call(cx, m, "grow", NULL, 0, &y), WICK_ERROR_MEMORY);
	assert_true(wick_peak_memory(cx) <= 100 << 20);
	wick_set_max_memory(cx, 0);
	wick_value *n = wick_int(10);
	assert_int_equal(wick_call(cx, m, "forward", &n, 1, &y), WICK_OK);
	assert_int_equal(wick_get_int(y), 45);
	wick_value_free(y);
	wick_value_free(n);
	wick_model_free(m);
	wick_context_free(cx);
}

static void *cancel_soon(void *arg)
{
	usleep(20000);
	wick_cancel(arg);
	return NULL;
}

static void test_cancel(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/count.pt");
	wick_value *y;
	pthread_t t;
	wick_set_max_time(cx, 30);
	pthread_create(&t, NULL, cancel_soon, cx);
	assert_int_equal(wick_call(cx, m, "forever", NULL, 0, &y), WICK_ERROR_CANCELLED);
	pthread_join(t, NULL);
	wick_model_free(m);
	wick_context_free(cx);
}

static void collect(void *user, const char *text, size_t size)
{
	strncat(user, text, size);
}

static void test_state_and_print(void **state)
{
	(void)state;
	char output[256] = "";
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/count.pt");
	wick_set_print(cx, collect, output);
	for (int i = 1; i <= 3; i++) {
		wick_value *y;
		assert_int_equal(wick_call(cx, m, "tick", NULL, 0, &y), WICK_OK);
		assert_int_equal(wick_get_int(y), i);
		wick_value_free(y);
	}
	assert_string_equal(output, "call 1\ncall 2\ncall 3\n");
	wick_model_free(m);
	wick_context_free(cx);
}

typedef struct Worker {
	wick_model *model;
	int failures;
} Worker;

static void *call_often(void *arg)
{
	Worker *w = arg;
	wick_context *cx = wick_context_new();
	for (int i = 0; i < 200; i++) {
		float data[40];
		int64_t rows = 1 + i % 10;
		for (int k = 0; k < 40; k++)
			data[k] = (float)(k % 7) - 3;
		wick_value *x = wick_tensor(cx, WICK_FLOAT32, 2, (int64_t[]){rows, 4}, data), *y = NULL;
		if (wick_call(cx, w->model, "forward", &x, 1, &y) != WICK_OK || wick_tensor_sizes(y)[0] != rows)
			w->failures++;
		wick_value_free(x);
		wick_value_free(y);
	}
	wick_context_free(cx);
	return NULL;
}

static void test_threads(void **state)
{
	(void)state;
	enum { THREADS = 6 };
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/mlp.pt"); // compiled on first use: the threads race for it
	pthread_t threads[THREADS];
	Worker workers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (Worker){m, 0};
		pthread_create(&threads[i], NULL, call_often, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].failures, 0);
	}
	wick_model_free(m);
	wick_context_free(cx);
}

static size_t resident(void)
{
	size_t pages = 0, rss = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%zu %zu", &pages, &rss) != 2)
		rss = 0;
	if (f)
		fclose(f);
	return rss * (size_t)sysconf(_SC_PAGESIZE);
}

static void test_memory_does_not_grow(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "tests/data/mlp.pt");
	const char *brief = getenv("WICK_TEST_SHORT");
	int runs = brief ? 500 : 10000;
	size_t warm = 0;
	for (int i = 0; i < runs; i++) {
		wick_value *x = wick_tensor(cx, WICK_FLOAT32, 2, (int64_t[]){1 + (i * 37) % 300, 4}, NULL), *y;
		assert_int_equal(wick_call(cx, m, "forward", &x, 1, &y), WICK_OK);
		wick_value_free(x);
		wick_value_free(y);
		if (i == runs / 10)
			warm = resident();
	}
	if (!brief) // sanitizers keep freed memory in quarantine
		assert_true(resident() < warm + (1 << 20));
	wick_model_free(m);
	wick_context_free(cx);
}

static void test_eval(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"3", "3"}, {"-2.5", "-2.5"}, {"[1, 2, 3]", "[1, 2, 3]"}, {"(1, 'a')", "(1, 'a')"}, {"None", "None"},
		{"{'k': torch.ones(2)}", "{'k': tensor([1., 1.])}"}, {"torch.arange(4).view(2, 2)", "tensor([[0, 1],\n        [2, 3]])"},
		{"torch.zeros(2, dtype=torch.int64)", "tensor([0, 0])"}, {"torch.tensor([[1, 2], [3, 4]])", "tensor([[1, 2],\n        [3, 4]])"},
		{"True", "True"}, {"1 + 2 * 3", "7"}, {"[\"a\", \"b\"]", "['a', 'b']"},
	};
	wick_context *cx = wick_context_new();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		wick_value *v;
		if (wick_eval(cx, cases[i][0], &v) != WICK_OK)
			fail_msg("%s: %s", cases[i][0], wick_error_report(cx));
		assert_repr(v, cases[i][1]);
		wick_value_free(v);
	}
	wick_value *v;
	assert_int_equal(wick_eval(cx, "torch.rand(", &v), WICK_ERROR_SYNTAX);
	assert_int_equal(wick_eval(cx, "undefined_name", &v), WICK_ERROR_COMPILE);
	wick_seed(cx, 0);
	assert_int_equal(wick_eval(cx, "torch.rand(3)", &v), WICK_OK);
	assert_repr(v, "tensor([0.4963, 0.7682, 0.0885])");
	wick_value_free(v);
	wick_context_free(cx);
}

static void test_load_from_memory(void **state)
{
	(void)state;
	FILE *f = fopen("tests/data/mlp.pt", "rb");
	assert_non_null(f);
	char data[8192];
	size_t size = fread(data, 1, sizeof data, f);
	fclose(f);
	wick_context *cx = wick_context_new();
	wick_model *m;
	assert_int_equal(wick_model_load_memory(cx, data, size, NULL, &m), WICK_OK);
	memset(data, 0, sizeof data); // the bytes were copied
	wick_value *params;
	assert_int_equal(wick_model_tensors(cx, m, true, &params), WICK_OK);
	assert_int_equal(wick_size(params), 4);
	wick_value *w = wick_get(params, "0.weight");
	assert_int_equal(wick_tensor_numel(w), 12);
	assert_true(((float *)wick_tensor_data(w))[0] != 0);
	wick_value_free(params);
	wick_model_free(m);
	assert_true(((float *)wick_tensor_data(w))[0] != 0); // still there
	wick_value_free(w);
	wick_context_free(cx);
}

static void test_freeze(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m = load(cx, "examples/digits/digits.pt");
	wick_value *x, *before, *after;
	assert_int_equal(wick_eval(cx, "torch.arange(128).view(2, 8, 8) % 17", &x), WICK_OK);
	assert_int_equal(wick_call(cx, m, "forward", &x, 1, &before), WICK_OK);
	assert_int_equal(wick_model_train(cx, m, true), WICK_OK);
	assert_int_equal(wick_model_freeze(cx, m), WICK_ERROR_ARGUMENT);
	assert_int_equal(wick_model_train(cx, m, false), WICK_OK);
	assert_int_equal(wick_model_freeze(cx, m), WICK_OK);
	assert_int_equal(wick_call(cx, m, "forward", &x, 1, &after), WICK_OK);
	float p[20], q[20];
	assert_int_equal(wick_tensor_read(cx, before, p, sizeof p), WICK_OK);
	assert_int_equal(wick_tensor_read(cx, after, q, sizeof q), WICK_OK);
	for (int i = 0; i < 20; i++)
		assert_true(p[i] - q[i] < 1e-5f && q[i] - p[i] < 1e-5f);
	wick_value_free(x);
	wick_value_free(before);
	wick_value_free(after);
	wick_model_free(m);
	wick_context_free(cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call), cmocka_unit_test(test_wrong_arguments), cmocka_unit_test(test_values),
		cmocka_unit_test(test_traceback), cmocka_unit_test(test_limits), cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_state_and_print), cmocka_unit_test(test_threads),
		cmocka_unit_test(test_memory_does_not_grow), cmocka_unit_test(test_eval),
		cmocka_unit_test(test_load_from_memory), cmocka_unit_test(test_freeze),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
