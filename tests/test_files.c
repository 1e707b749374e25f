// SPDX-License-Identifier: BSD-3-Clause
// Files of values and the state of models: what is written is read back, and broken safetensors headers are refused.
#include "format/model.h"
#include "wick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "format/values.h"

static Status load(const char *header, size_t n, uint64_t claimed, size_t data, IValue *out, Error *err)
{
	uint8_t *file = calloc(1, 8 + n + data);
	write_u64(file, claimed);
	memcpy(file + 8, header, n);
	Bytes *b;
	assert_int_equal(bytes_copy(file, 8 + n + data, &b, NULL), STATUS_OK);
	free(file);
	Status s = safetensors_load(b, out, err);
	bytes_unref(&b);
	return s;
}

#define ENTRY(dtype, shape, offsets) "{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

static void refuses_headers(void **state)
{
	(void)state;
	static const struct { const char *header; size_t data; const char *want; } bad[] = {
		{"", 0, "not valid JSON"},
		{"{", 0, "not valid JSON"},
		{"[]", 0, "not an object"},
		{"{}", 1, "belong to no tensor"},
		{"{\"a\":1}", 0, "not an object"},
		{"{\"a\":{}}", 0, "no dtype"},
		{"{\"a\":{\"dtype\":\"F32\"}}", 0, "no shape"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 4, "no data_offsets"},
		{"{\"a\":" ENTRY("F99", "1", "0,4") "}", 4, "unknown dtype 'F99'"},
		{"{\"a\":" ENTRY("F8_E4M3", "1", "0,1") "}", 1, "dtype F8_E4M3"},
		{"{\"a\":" ENTRY("F32", "-1", "0,4") "}", 4, "not made of sizes"},
		{"{\"a\":" ENTRY("F32", "1.5", "0,4") "}", 4, "not made of sizes"},
		{"{\"a\":" ENTRY("F32", "\"1\"", "0,4") "}", 4, "not made of sizes"},
		{"{\"a\":" ENTRY("F32", "99999999999999999999", "0,4") "}", 4, "not valid JSON"},
		{"{\"a\":" ENTRY("F32", "4294967296,4294967296", "0,0") "}", 0, "does not fit 64 bits"},
		{"{\"a\":" ENTRY("F64", "2305843009213693952", "0,0") "}", 0, "does not fit 64 bits"},
		{"{\"a\":" ENTRY("F32", "1", "0,8") "}", 8, "has 8 bytes where its dtype and shape ask for 4"},
		{"{\"a\":" ENTRY("F32", "1", "4,0") "}", 8, "at offsets 4 to 0"},
		{"{\"a\":" ENTRY("F32", "1", "-4,0") "}", 8, "at offsets -4 to 0"},
		{"{\"a\":" ENTRY("F32", "1", "0,4,8") "}", 8, "no data_offsets"},
		{"{\"a\":" ENTRY("F32", "1", "0,4") "}", 3, "truncated"},
		{"{\"a\":" ENTRY("F32", "1", "0,4") "}", 5, "belong to no tensor"},
		{"{\"a\":" ENTRY("F32", "1", "4,8") "}", 8, "not the end"},
		{"{\"a\":" ENTRY("F32", "2", "0,8") ",\"b\":" ENTRY("F32", "1", "4,8") "}", 8, "is inside"},
		{"{\"a\":" ENTRY("F32", "1", "0,4") ",\"a\":" ENTRY("F32", "1", "4,8") "}", 8, "duplicate"},
		{"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
		{"{\"__metadata__\":{\"a\":1}}", 0, "not a string"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		IValue v;
		Error err = ERROR_INIT;
		size_t n = strlen(bad[i].header);
		if (load(bad[i].header, n, n, bad[i].data, &v, &err) == STATUS_OK)
			fail_msg("header %zu is accepted", i);
		if (!strstr(err.message, bad[i].want))
			fail_msg("'%s' is not in '%s'", bad[i].want, err.message);
		error_clear(&err);
	}
}

static void refuses_sizes_and_nesting(void **state)
{
	(void)state;
	static const uint64_t sizes[] = {3, 100, 100000000, 100000001, UINT64_MAX, UINT64_MAX - 7, 1ull << 63};
	Error err = ERROR_INIT;
	IValue v;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		assert_int_equal(load("{}", 2, sizes[i], 0, &v, &err), STATUS_FORMAT);
		error_clear(&err);
	}
	Text t = {0};
	text_add(&t, "{\"a\":");
	text_fill(&t, '[', 1000000);
	assert_int_equal(load(t.data, t.size, t.size, 0, &v, &err), STATUS_FORMAT);
	error_clear(&err);
	text_free(&t);
	text_add(&t, "{\"a\":[");
	for (int i = 0; i < 4000001; i++)
		text_add(&t, "0,");
	assert_int_equal(load(t.data, t.size, t.size, 0, &v, &err), STATUS_LIMIT);
	error_clear(&err);
	text_free(&t);
	text_add(&t, "{\"a\":{\"dtype\":\"F32\",\"shape\":[1");
	for (int i = 0; i < 64; i++)
		text_add(&t, ",1");
	text_add(&t, "],\"data_offsets\":[0,4]}}");
	assert_int_equal(load(t.data, t.size, t.size, 4, &v, &err), STATUS_LIMIT);
	error_clear(&err);
	text_free(&t);
}

// Every byte of a small file changed, and every length of it.
static void survives_damage(void **state)
{
	(void)state;
	const char *header = "{\"__metadata__\":{\"k\":\"v\"},\"b\":" ENTRY("BOOL", "2", "0,2") ",\"a\":" ENTRY("F32", "1,2",
		"2,10") "}";
	size_t n = strlen(header);
	char *copy = malloc(n);
	for (size_t i = 0; i < n; i++) {
		for (int bit = 0; bit < 9; bit++) {
			IValue v;
			memcpy(copy, header, n);
			if (bit < 8)
				copy[i] ^= (char)(1 << bit);
			if (load(copy, bit < 8 ? n : i, bit < 8 ? n : i, 10, &v, NULL) == STATUS_OK)
				ivalue_unref(&v);
		}
	}
	free(copy);
}

// ---- through the API

static wick_value *evaluate(wick_context *cx, const char *text)
{
	wick_value *v;
	if (wick_eval(cx, text, &v) != WICK_OK)
		fail_msg("%s", wick_error_message(cx));
	return v;
}

static void assert_repr(const wick_value *a, const wick_value *b)
{
	char *x = wick_value_repr(a), *y = wick_value_repr(b);
	assert_string_equal(x, y);
	wick_free(x);
	wick_free(y);
}

static void saves_and_loads(void **state)
{
	(void)state;
	static const char *const names[] = {"/tmp/wick-test-XXXXXX.pt", "/tmp/wick-test-XXXXXX.safetensors"};
	for (int i = 0; i < 2; i++) {
		char path[64];
		strcpy(path, names[i]);
		int fd = mkstemps(path, (int)strlen(strrchr(path, '.')));
		assert_true(fd >= 0);
		close(fd);
		wick_context *cx = wick_context_new();
		wick_value *v = evaluate(cx, "{'a': torch.arange(6.).view(2, 3).t(), 'b': torch.ones(2, dtype=torch.bool)}"), *back;
		assert_int_equal(wick_value_save(cx, v, path), WICK_OK);
		assert_int_equal(wick_value_load(cx, path, &back), WICK_OK);
		assert_repr(v, back);
		wick_value_free(back);
		wick_value_free(v);
		unlink(path);
		wick_context_free(cx);
	}
}

static void refuses_to_save(void **state)
{
	(void)state;
	static const struct { const char *value, *want; } bad[] = {
		{"{'a': torch.zeros(2, dtype=torch.complex128)}", "no dtype for tensor 'a'"},
		{"{'__metadata__': torch.zeros(2)}", "no tensor can have the name"},
		{"{'a': 'text'}", "tensors and numbers only"},
	};
	wick_context *cx = wick_context_new();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		wick_value *v = evaluate(cx, bad[i].value);
		assert_int_not_equal(wick_value_save(cx, v, "/tmp/wick-test-none.safetensors"), WICK_OK);
		if (!strstr(wick_error_message(cx), bad[i].want))
			fail_msg("'%s' is not in '%s'", bad[i].want, wick_error_message(cx));
		assert_int_not_equal(access("/tmp/wick-test-none.safetensors", F_OK), 0);
		wick_value_free(v);
	}
	wick_context_free(cx);
}

static void loads_state(void **state)
{
	(void)state;
	wick_context *cx = wick_context_new();
	wick_model *m;
	assert_int_equal(wick_model_load(cx, "examples/digits/digits.pt", NULL, &m), WICK_OK);
	wick_value *own, *now;
	assert_int_equal(wick_model_state_dict(cx, m, &own), WICK_OK);
	wick_value *given = evaluate(cx, "{'extra': torch.zeros(1), 'classify.bias': torch.zeros(2)}");
	assert_int_equal(wick_model_load_state(cx, m, given, true), WICK_ERROR_RUNTIME);
	const char *message = wick_error_message(cx);
	assert_non_null(strstr(message, "Error(s) in loading state_dict for "));
	assert_non_null(strstr(message, ":\n\tMissing key(s) in state_dict: \"features.0.weight\", \"features.0.bias\", "));
	assert_non_null(strstr(message, ". \n\tUnexpected key(s) in state_dict: \"extra\". \n\tsize mismatch for classify.bias: "
		"copying a param with shape torch.Size([2]) from checkpoint, the shape in current model is torch.Size([10])."));
	wick_value_free(given);
	given = evaluate(cx, "[1]");
	assert_int_equal(wick_model_load_state(cx, m, given, false), WICK_ERROR_TYPE);
	wick_value_free(given);
	given = evaluate(cx, "{'extra': torch.zeros(1), 'classify.bias': torch.arange(10)}");
	assert_int_equal(wick_model_load_state(cx, m, given, false), WICK_OK);
	assert_int_equal(wick_model_load_state(cx, m, own, true), WICK_OK);
	assert_int_equal(wick_model_state_dict(cx, m, &now), WICK_OK);
	assert_repr(own, now);
	char *text = wick_value_repr(now);
	assert_non_null(strstr(text, "'classify.bias': tensor([0., 1., 2., 3., 4., 5., 6., 7., 8., 9.])"));
	wick_free(text);
	wick_value_free(given);
	wick_value_free(own);
	wick_value_free(now);
	wick_model_free(m);
	wick_context_free(cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_headers),
		cmocka_unit_test(refuses_sizes_and_nesting),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(saves_and_loads),
		cmocka_unit_test(refuses_to_save),
		cmocka_unit_test(loads_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
