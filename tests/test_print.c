// SPDX-License-Identifier: BSD-3-Clause
// Tensors and values as text.  tests/data/tensor_text.tsv holds tensors with both forms as PyTorch prints them.
#include "core/ivalue.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char *next_field(char **p)
{
	char *s = *p, *end = strchr(s, '\t');
	if (end)
		*end++ = 0;
	*p = end ? end : s + strlen(s);
	return s;
}

static Tensor *read_tensor(char **p)
{
	int code = atoi(next_field(p)), ndim = 0;
	int64_t sizes[MAX_DIMS];
	for (char *s = next_field(p); *s && *s != '-';) {
		sizes[ndim++] = strtoll(s, &s, 10);
		s += *s == ',';
	}
	Tensor *t = NULL;
	Error e = ERROR_INIT;
	assert_int_equal(tensor_empty((DType)code, sizes, ndim, &t, &e), STATUS_OK);
	uint8_t *out = t->numel ? tensor_data(t) : NULL;
	for (const char *h = next_field(p); *h && *h != '-'; h += 2) {
		unsigned byte;
		sscanf(h, "%2x", &byte);
		*out++ = (uint8_t)byte;
	}
	return t;
}

static bool same_text(const char *what, Text *got, const char *want) // want has \n for line ends
{
	Text plain = {0};
	for (const char *s = want; *s; s++) {
		if (s[0] == '\\' && s[1] == 'n') {
			text_addc(&plain, '\n');
			s++;
		} else {
			text_addc(&plain, *s);
		}
	}
	bool ok = !strcmp(text_str(got), text_str(&plain));
	if (!ok)
		print_error("%s: want\n%s\ngot\n%s\n", what, text_str(&plain), text_str(got));
	text_free(&plain);
	text_free(got);
	return ok;
}

static void tensors_print_as_recorded(void **state)
{
	(void)state;
	FILE *f = fopen("tests/data/tensor_text.tsv", "r");
	assert_non_null(f);
	static char line[1 << 17];
	int n = 0, bad = 0;
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#' || !line[0])
			continue;
		char *p = line;
		Tensor *t = read_tensor(&p);
		Text a = {0}, b = {0};
		tensor_repr(&a, t);
		tensor_print(&b, t);
		bad += !same_text("repr", &a, next_field(&p));
		bad += !same_text("str", &b, next_field(&p));
		tensor_unref(&t);
		n++;
	}
	fclose(f);
	assert_true(n > 100);
	assert_int_equal(bad, 0);
}

static void check(IValue v, const char *str, const char *repr)
{
	Text a = {0}, b = {0};
	ivalue_print(&a, v);
	ivalue_repr(&b, v);
	assert_string_equal(text_str(&a), str);
	assert_string_equal(text_str(&b), repr);
	text_free(&a);
	text_free(&b);
	ivalue_unref(&v);
}

static void values_print(void **state)
{
	(void)state;
	check(iv_none(), "None", "None");
	check(iv_bool(true), "True", "True");
	check(iv_int(INT64_MIN), "-9223372036854775808", "-9223372036854775808");
	check(iv_float(3), "3.", "3.0");
	check(iv_float(0.1), "0.10000000000000001", "0.1");
	check(iv_float(1e16), "10000000000000000.", "1e+16");
	check(iv_float(1e20), "1e+20", "1e+20");
	check(iv_float(-0.0), "0.", "-0.0");
	check(iv_float(ldexp(1, -24)), "5.9604644775390625e-08", "5.960464477539063e-08");
	check(iv_float(INFINITY), "inf", "inf");
	check(iv_complex(1, 2), "1.+2.j", "(1+2j)");
	check(iv_complex(0, -1.5), "0.-1.5j", "-1.5j");
	check(iv_cstr("it's\n\"x\"\\"), "it's\n\"x\"\\", "'it\\'s\\n\"x\"\\\\'");
	check(iv_cstr("it's"), "it's", "\"it's\"");
	check(iv_device(DEVICE_CPU), "cpu", "device(type='cpu')");
	TupleObj *t = tuple_new(1, NULL);
	t->items[0] = iv_cstr("x");
	check(iv_take_tuple(t), "(x,)", "('x',)");
	Error e = ERROR_INIT;
	DictObj *d = dict_new(&type_str, &type_float);
	dict_set_take(d, iv_cstr("b"), iv_float(2), &e);
	dict_set_take(d, iv_cstr("a"), iv_float(.5), &e);
	check(iv_take_dict(d), "{b: 2., a: 0.5}", "{'b': 2.0, 'a': 0.5}");
	int64_t v[] = {1, 2};
	check(iv_take_list(list_of_ints(v, 2)), "[1, 2]", "[1, 2]");
	check(iv_take_list(list_new(&type_int, 0)), "[]", "[]");
}

static void a_suffix_that_does_not_fit_goes_below(void **state)
{
	(void)state;
	Error e = ERROR_INIT;
	Tensor *t = NULL;
	int64_t sizes[] = {9};
	assert_int_equal(tensor_zeros(DT_F64, sizes, 1, &t, &e), STATUS_OK);
	for (int i = 0; i < 9; i++)
		((double *)tensor_data(t))[i] = i + 0.5;
	t->requires_grad = true;
	Text s = {0};
	tensor_repr(&s, t);
	assert_string_equal(text_str(&s),
		"tensor([0.5000, 1.5000, 2.5000, 3.5000, 4.5000, 5.5000, 6.5000, 7.5000, 8.5000],\n"
		"       dtype=torch.float64, requires_grad=True)");
	text_free(&s);
	tensor_unref(&t);
}

static void check_text(IValue v, bool repr, const char *want)
{
	Text t = {0};
	if (repr)
		ivalue_repr(&t, v);
	else
		ivalue_print(&t, v);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

// List[Any] can hold itself, and nest as deep as memory allows.
static void values_that_hold_themselves(void **state)
{
	(void)state;
	ListObj *l = list_new(&type_any, 2);
	IValue v = iv_take_list(l);
	assert_int_equal(list_append_take(l, iv_int(1), NULL), STATUS_OK);
	assert_int_equal(list_append_take(l, ivalue_ref(v), NULL), STATUS_OK);
	assert_int_equal(list_append_take(l, ivalue_ref(v), NULL), STATUS_OK);
	check_text(v, true, "[1, [...], [...]]");
	check_text(v, false, "[1, [...], [...]]");
	ivalue_set(&l->items[2], iv_none());
	ivalue_set(&l->items[1], iv_none());
	ivalue_unref(&v);

	IValue deep = iv_none();
	for (int i = 0; i < 200000; i++) {
		ListObj *outer = list_new(&type_any, 1);
		assert_int_equal(list_append_take(outer, deep, NULL), STATUS_OK);
		deep = iv_take_list(outer);
	}
	Text t = {0};
	ivalue_repr(&t, deep);
	assert_non_null(strstr(text_str(&t), "[...]"));
	text_free(&t);
	ivalue_unref(&deep);

	// a pair of the same pair, and so on: its type is not computed 2^100 times
	IValue pair = iv_int(1);
	for (int i = 0; i < 100; i++) {
		TupleObj *p = tuple_new(2, NULL);
		p->items[0] = ivalue_ref(pair);
		p->items[1] = pair;
		pair = iv_take_tuple(p);
	}
	TypePool *pool = type_pool_new();
	assert_int_equal(ivalue_type(pool, pair)->kind, TYPE_TUPLE);
	type_pool_unref(&pool);
	ivalue_unref(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tensors_print_as_recorded),
		cmocka_unit_test(values_print),
		cmocka_unit_test(values_that_hold_themselves),
		cmocka_unit_test(a_suffix_that_does_not_fit_goes_below),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
