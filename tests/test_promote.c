// SPDX-License-Identifier: BSD-3-Clause
// Type promotion: categories outrank kinds only upwards.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/cpu/cpu.h"

#include <cmocka.h>

static DType meet(DType dim, DType zero_dim, IValue number)
{
	Promotion p = PROMOTION_INIT;
	int64_t one = 1;
	Tensor *t;
	if (dim != DT_NONE) {
		assert_int_equal(tensor_zeros(dim, &one, 1, &t, NULL), STATUS_OK);
		promote_add_tensor(&p, t);
		tensor_unref(&t);
	}
	if (zero_dim != DT_NONE) {
		assert_int_equal(tensor_zeros(zero_dim, NULL, 0, &t, NULL), STATUS_OK);
		promote_add_tensor(&p, t);
		tensor_unref(&t);
	}
	if (iv_is_number(number))
		promote_add_number(&p, number);
	return promote_result(&p);
}

static void categories(void **state)
{
	(void)state;
	IValue none = iv_none(), z = iv_complex(0, 1);
	static const struct { DType dim, zero, want; } rows[] = {
		{DT_F32, DT_F64, DT_F32}, {DT_F16, DT_F64, DT_F16}, {DT_I8, DT_I64, DT_I8}, {DT_I8, DT_F64, DT_F64},
		{DT_BOOL, DT_U8, DT_U8}, {DT_F64, DT_C64, DT_C128}, {DT_F16, DT_C128, DT_C32}, {DT_NONE, DT_I32, DT_I32},
		{DT_C64, DT_F64, DT_C64}, {DT_U8, DT_BOOL, DT_U8}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(meet(rows[i].dim, rows[i].zero, none), rows[i].want);
	assert_int_equal(meet(DT_I32, DT_NONE, iv_float(1)), DT_F32);
	assert_int_equal(meet(DT_F16, DT_NONE, iv_float(1)), DT_F16);
	assert_int_equal(meet(DT_U8, DT_NONE, iv_int(300)), DT_U8);
	assert_int_equal(meet(DT_BOOL, DT_NONE, iv_int(1)), DT_I64);
	assert_int_equal(meet(DT_BOOL, DT_NONE, iv_bool(true)), DT_BOOL);
	assert_int_equal(meet(DT_NONE, DT_I64, iv_float(1)), DT_F32);
	assert_int_equal(meet(DT_F64, DT_NONE, z), DT_C128);
	assert_int_equal(meet(DT_I64, DT_NONE, z), DT_C64);
	assert_int_equal(promote_int_to_float(DT_I16), DT_F32);
	assert_int_equal(promote_int_to_float(DT_F64), DT_F64);
	ivalue_unref(&z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(categories)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
