// SPDX-License-Identifier: BSD-3-Clause
// NumPy files: every dtype there and back, both orders, both byte orders, header versions, damage.
#include "format/file.h"
#include "format/model.h"
#include "format/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/zip_bytes.h"

static char path[] = "/tmp/wick-test-XXXXXX";

static int make_path(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void load_path(IValue *v)
{
	Error err = ERROR_INIT;
	if (value_load_file(path, v, &err) != STATUS_OK)
		fail_msg("%s", err.message);
}

static void every_dtype_round_trips(void **state)
{
	(void)state;
	static const DType dtypes[] = {DT_U8, DT_I8, DT_I16, DT_I32, DT_I64, DT_F16, DT_F32, DT_F64, DT_C64, DT_C128, DT_BOOL,
		DT_U16, DT_U32, DT_U64};
	for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
		Tensor *t;
		Error err = ERROR_INIT;
		int64_t sizes[2] = {2, 3}, turned[2] = {3, 2}, strides[2] = {1, 3};
		assert_int_equal(tensor_zeros(dtypes[i], sizes, 2, &t, &err), STATUS_OK);
		size_t item = dtype_size(dtypes[i]);
		for (int k = 0; k < 6; k++)
			element_set_i64(t->storage->data + item * (size_t)k, dtypes[i], k);
		Tensor *view = tensor_view(t, turned, strides, 2, 0);
		assert_int_equal(npy_save_file(path, view, &err), STATUS_OK);
		IValue v;
		load_path(&v);
		assert_int_equal(tensor_dtype(v.tensor), dtypes[i]);
		assert_true(sizes_equal(v.tensor, view));
		assert_true(tensor_is_contiguous(v.tensor));
		for (int k = 0; k < 6; k++) {
			int64_t want = k / 2 + k % 2 * 3;
			assert_int_equal(element_i64((uint8_t *)tensor_data(v.tensor) + item * (size_t)k, dtypes[i]),
				dtypes[i] == DT_BOOL ? want != 0 : want);
		}
		ivalue_unref(&v);
		tensor_unref(&view);
		tensor_unref(&t);
	}
}

static void odd_shapes_round_trip(void **state)
{
	(void)state;
	static const struct { int n; int64_t sizes[3]; } shapes[] = {{0, {0}}, {1, {0}}, {1, {5}}, {3, {2, 0, 4}}, {3, {1, 1, 1}}};
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		Tensor *t;
		IValue v;
		assert_int_equal(tensor_zeros(DT_F32, shapes[i].sizes, shapes[i].n, &t, NULL), STATUS_OK);
		assert_int_equal(npy_save_file(path, t, NULL), STATUS_OK);
		load_path(&v);
		assert_true(sizes_equal(t, v.tensor));
		ivalue_unref(&v);
		tensor_unref(&t);
	}
}

static Status load_text(const char *header, int major, const char *content, size_t size, IValue *v, Error *err)
{
	Text file = {0};
	Bytes *b;
	text_add(&file, "\x93NUMPY");
	text_addc(&file, (char)major);
	text_addc(&file, 0);
	zip_number(&file, strlen(header), major == 1 ? 2 : 4);
	text_add(&file, header);
	text_addn(&file, content, size);
	assert_int_equal(bytes_copy(file.data, file.size, &b, err), STATUS_OK);
	Status s = npy_load(b, b->data, b->size, v, err);
	bytes_unref(&b);
	text_free(&file);
	return s;
}

static void reads_what_numpy_writes(void **state)
{
	(void)state;
	IValue v;
	for (int major = 1; major <= 3; major++) {
		assert_int_equal(load_text("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2L), }  \n", major,
			"\0\1\0\2\0\3\1\0", 8, &v, NULL), STATUS_OK);
		assert_int_equal(v.tensor->strides[0], 1);
		assert_int_equal(v.tensor->strides[1], 2);
		const int16_t *p = tensor_data(v.tensor);
		assert_true(p[0] == 1 && p[1] == 2 && p[2] == 3 && p[3] == 256);
		ivalue_unref(&v);
	}
	assert_int_equal(load_text("{\"shape\": (3,), \"fortran_order\": False, \"descr\": \"|b1\"}", 1, "\1\0\7", 3, &v, NULL),
		STATUS_OK);
	assert_int_equal(((uint8_t *)tensor_data(v.tensor))[2], 1);
	ivalue_unref(&v);
}

static void refuses_headers(void **state)
{
	(void)state;
	static const struct { const char *header, *why; int major; } bad[] = {
		{"{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", "'<U1'", 1},
		{"{'descr': '', 'fortran_order': False, 'shape': (1,), }", "lacks", 1},
		{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured", 1},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "fewer", 1},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }", "fewer", 1},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "understood", 1},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 3), }", "", 1},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "understood", 1},
		{"{'descr': '<f4', 'fortran_order': maybe, 'shape': (1,), }", "understood", 1},
		{"{'descr': '<f4', 'shape': (1,), }", "lacks", 1},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "understood", 1},
		{"{'descr': '<f4', 'other': 1}", "understood", 1},
		{"[]", "not a dict", 1},
		{"{}", "version 4", 4},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		Error err = ERROR_INIT;
		IValue v;
		if (load_text(bad[i].header, bad[i].major, "12345678", 8, &v, &err) == STATUS_OK)
			fail_msg("%s should fail", bad[i].header);
		if (!strstr(err.message, bad[i].why))
			fail_msg("'%s' does not say '%s'", err.message, bad[i].why);
		error_clear(&err);
	}
	Tensor *t;
	int64_t one = 1;
	assert_int_equal(tensor_zeros(DT_BF16, &one, 1, &t, NULL), STATUS_OK);
	assert_int_equal(npy_save_file(path, t, NULL), STATUS_UNSUPPORTED);
	tensor_unref(&t);
}

static void npz_is_a_dict(void **state)
{
	(void)state;
	Tensor *t;
	int64_t n = 3;
	DictObj *d = dict_new(&type_str, &type_tensor);
	IValue dict = iv_take_dict(d), v;
	for (int i = 0; i < 3; i++) {
		char name[16];
		snprintf(name, sizeof name, "layer/%d", i);
		assert_int_equal(tensor_zeros(DT_I32, &n, 1, &t, NULL), STATUS_OK);
		((int32_t *)t->storage->data)[2] = i;
		assert_int_equal(dict_set_take(d, iv_cstr(name), iv_take_tensor(t), NULL), STATUS_OK);
	}
	assert_int_equal(npz_save_file(path, dict, NULL), STATUS_OK);
	load_path(&v);
	assert_int_equal(v.dict->n, 3);
	IValue key = iv_cstr("layer/2");
	assert_int_equal(((int32_t *)tensor_data(dict_find(v.dict, key)->tensor))[2], 2);
	ivalue_unref(&key);
	ivalue_unref(&v);
	ivalue_unref(&dict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dtype_round_trips),
		cmocka_unit_test(odd_shapes_round_trip),
		cmocka_unit_test(reads_what_numpy_writes),
		cmocka_unit_test(refuses_headers),
		cmocka_unit_test(npz_is_a_dict),
	};
	return cmocka_run_group_tests(tests, make_path, remove_path);
}
