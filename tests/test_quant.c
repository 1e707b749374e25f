// SPDX-License-Identifier: BSD-3-Clause
// Quantised operators against tables recorded from PyTorch 2.13 with its fbgemm engine, ties and odd zero points
// included (of vectors longer than one SIMD register); and how packed weights that make no sense are refused.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/packed.h"
#include "backends/cpu/quant.h"
#include "interp/interp.h"
#include "interp/kernels.h"
#include "ir/op.h"

#include <cmocka.h>

static Error error;
static Exec exec = {.err = &error};

static IValue bytes(DType d, const int *v, int n, const int64_t *sizes, int ndim, double scale, int64_t zero_point)
{
	Tensor *t;
	Quantizer *q = quantizer_per_tensor(scale, zero_point);
	assert_int_equal(quant_empty(&exec, d, sizes, ndim, q, &t), STATUS_OK);
	quantizer_unref(&q);
	assert_int_equal(t->numel, n);
	for (int i = 0; i < n; i++)
		((uint8_t *)tensor_data(t))[i] = (uint8_t)v[i];
	return iv_take_tensor(t);
}

static IValue vector_u8(const int *v, int64_t n, double scale, int64_t zero_point)
{
	return bytes(DT_QU8, v, (int)n, &n, 1, scale, zero_point);
}

static IValue floats(const float *v, const int64_t *sizes, int ndim)
{
	Tensor *t;
	assert_int_equal(tensor_empty(DT_F32, sizes, ndim, &t, &error), STATUS_OK);
	memcpy(tensor_data(t), v, (size_t)t->numel * sizeof *v);
	return iv_take_tensor(t);
}

static IValue ints(int a, int b)
{
	return iv_take_list(list_of_ints((int64_t[]){a, b}, 2));
}

// Runs op, compares the stored bytes in row-major order, lets go of the result unless it is wanted.
static void expect(Kernel op, const IValue *args, int nargs, const int *want, int n, IValue *keep)
{
	IValue r = iv_none();
	Status s = op(&exec, args, nargs, &r);
	if (s != STATUS_OK)
		fail_msg("%s", error.message);
	assert_int_equal(r.tag, TAG_TENSOR);
	const Tensor *t = r.tensor;
	assert_int_equal(t->numel, n);
	ElemIter it;
	int i = 0;
	for (elem_iter_init(&it, t); it.left > 0; elem_iter_next(&it, t), i++) {
		uint8_t b = ((const uint8_t *)tensor_data(t))[it.offset];
		assert_int_equal(tensor_dtype(t) == DT_QI8 ? (int)(int8_t)b : (int)b, want[i]);
	}
	if (keep)
		*keep = r;
	else
		ivalue_unref(&r);
}

static void expect_error(Status s, const char *part)
{
	assert_int_not_equal(s, STATUS_OK);
	assert_non_null(strstr(error.message, part));
	error_clear(&error);
}

static void test_quantize(void **state)
{
	(void)state;
	const float x[] = {-1.5f, -.25f, 0.05f, 0.15f, 0.25f, 1.0f, 2.75f, NAN, 30};
	int64_t n = 9;
	IValue t = floats(x, &n, 1);
	IValue args[] = {t, iv_float(0.1), iv_int(101), iv_int(DT_QU8)};
	expect(op_quantize_per_tensor, args, 4, (int[]){86, 98, 102, 102, 104, 111, 128, 255, 255}, 9, NULL);
	args[2] = iv_int(3);
	args[3] = iv_int(DT_QI8);
	expect(op_quantize_per_tensor, args, 4, (int[]){-12, 0, 4, 4, 6, 13, 30, 127, 127}, 9, NULL);
	IValue r;
	args[2] = iv_int(300);
	expect_error(op_quantize_per_tensor(&exec, args, 4, &r), "zero_point 300 is above upper bound");
	args[3] = iv_int(DT_U8);
	expect_error(op_quantize_per_tensor(&exec, args, 4, &r), "ScalarType Byte is not supported");
	ivalue_unref(&t);
}

static void test_choose(void **state)
{
	(void)state;
	QParams p = quant_choose(-1.2f, 2.5f, 0, 255, false, false);
	assert_true(p.scale == 0.014509804108563592 && p.zero_point == 83);
	p = quant_choose(-1.2f, 2.5f, 0, 255, true, false);
	assert_true(p.scale == 0.029133858643178866 && p.zero_point == 41);
	p = quant_choose(0, 1e-6f, 0, 255, true, false);
	assert_true(p.scale == 6.0999998822808266e-05 && p.zero_point == 0);
	p = quant_choose(-3, -2, 0, 255, false, false);
	assert_true(p.scale == 0.011764705882352941 && p.zero_point == 255);
}

static void test_elementwise(void **state)
{
	(void)state;
	IValue a = vector_u8((int[]){80, 85, 90, 95, 100, 105, 110, 115}, 8, 0.05, 100);
	IValue b = vector_u8((int[]){7, 11, 15, 20, 24, 28, 32, 36}, 8, 0.03, 7);
	IValue args[] = {a, b, iv_float(0.02), iv_int(90)}, r;
	expect(op_quantized_add, args, 4, (int[]){40, 59, 77, 97, 116, 134, 152, 171}, 8, NULL);
	expect(op_quantized_mul, args, 4, (int[]){90, 86, 84, 85, 90, 98, 109, 123}, 8, NULL);
	expect(op_quantized_add_relu, args, 4, (int[]){90, 90, 90, 97, 116, 134, 152, 171}, 8, NULL);
	expect(op_quantized_mul_relu, args, 4, (int[]){90, 90, 90, 90, 90, 98, 109, 123}, 8, NULL);

	args[1] = iv_float(0.7);
	expect(op_quantized_add_scalar, args, 2, (int[]){80, 85, 90, 95, 100, 105, 110, 115}, 8, &r);
	assert_true(r.tensor->quant->scale == 0.05 && r.tensor->quant->zero_point == 86);
	ivalue_unref(&r);
	args[1] = iv_float(-20);
	expect(op_quantized_add_scalar, args, 2, (int[]){41, 43, 46, 48, 51, 54, 56, 59}, 8, &r);
	assert_true(r.tensor->quant->scale == 0.09803921568627451 && r.tensor->quant->zero_point == 255);
	ivalue_unref(&r);
	args[1] = iv_float(20);
	expect(op_quantized_add_scalar, args, 2, (int[]){175, 177, 179, 181, 184, 186, 188, 191}, 8, NULL);
	args[1] = iv_float(-.7);
	expect(op_quantized_mul_scalar, args, 2, (int[]){175, 170, 165, 160, 155, 150, 145, 140}, 8, &r);
	assert_true(r.tensor->quant->zero_point == 155);
	ivalue_unref(&r);
	ivalue_unref(&a);
	ivalue_unref(&b);
}

static void per_channel(IValue *weight)
{
	int64_t n = 2;
	Quantizer *q = xcalloc(1, sizeof *q);
	*q = (Quantizer){.refs = 1, .scheme = Q_PER_CHANNEL_AFFINE};
	assert_int_equal(tensor_empty(DT_F64, &n, 1, &q->scales, &error), STATUS_OK);
	assert_int_equal(tensor_zeros(DT_I64, &n, 1, &q->zero_points, &error), STATUS_OK);
	((double *)tensor_data(q->scales))[0] = 0.01;
	((double *)tensor_data(q->scales))[1] = 0.02;
	quantizer_unref(&weight->tensor->quant);
	weight->tensor->quant = q;
}

static void test_linear(void **state)
{
	(void)state;
	int64_t wsizes[] = {2, 3}, n = 2;
	IValue w = bytes(DT_QI8, (int[]){1, -2, 3, 100, -128, 127}, 6, wsizes, 2, 1, 0), packed, r;
	per_channel(&w);
	((int64_t *)tensor_data(w.tensor->quant->zero_points))[1] = 5;
	IValue bias = floats((float[]){0.5f, -0.25f}, &n, 1);
	assert_int_equal(op_quantized_linear_prepack(&exec, (IValue[]){w, bias}, 2, &packed), STATUS_OK);
	IValue x = bytes(DT_QU8, (int[]){0, 128, 255, 7, 8, 9}, 6, wsizes, 2, 0.05, 100), f;
	IValue args[] = {x, packed, iv_float(0.1), iv_int(30)};
	expect(op_quantized_linear, args, 4, (int[]){37, 84, 34, 0}, 4, NULL);
	expect(op_quantized_linear_relu, args, 4, (int[]){37, 84, 34, 30}, 4, NULL);
	assert_int_equal(op_dequantize_self(&exec, &x, 1, &f), STATUS_OK);
	args[0] = f;
	args[2] = iv_bool(true);
	assert_int_equal(op_quantized_linear_dynamic(&exec, args, 3, &r), STATUS_OK);
	const float want[] = {0.6536023616790771f, 5.3359055519104f, 0.4106495976448059f, -7.763464450836182f};
	for (int i = 0; i < 4; i++)
		assert_true(fabsf(((const float *)tensor_data(r.tensor))[i] - want[i]) < 1e-5f);
	ivalue_unref(&r);
	args[0] = bias; // of the wrong width
	expect_error(op_quantized_linear_dynamic(&exec, args, 3, &r), "number of columns");
	args[0] = x;
	expect_error(op_quantized_conv2d_new(&exec, args, 4, &r), "expected an object of class quantized.Conv2dPackedParamsBase");
	IValue all[] = {w, bias, packed, x, f};
	for (int i = 0; i < 5; i++)
		ivalue_unref(&all[i]);
}

static void test_conv(void **state)
{
	(void)state;
	int64_t xsizes[] = {1, 2, 3, 3}, n = 2;
	int xv[18], wv[16];
	for (int i = 0; i < 18; i++)
		xv[i] = i * 7;
	for (int i = 0; i < 16; i++)
		wv[i] = i % 7 - 3;
	IValue x = bytes(DT_QU8, xv, 18, xsizes, 4, 0.05, 60), packed;
	IValue w = bytes(DT_QI8, wv, 16, (int64_t[]){2, 2, 2, 2}, 4, 1, 0), bias = floats((float[]){0.5f, -0.25f}, &n, 1);
	per_channel(&w);
	IValue s1 = ints(1, 1), s2 = ints(2, 2), p0 = ints(0, 0), p10 = ints(1, 0), p1 = ints(1, 1);
	assert_int_equal(op_quantized_conv2d_prepack(&exec, (IValue[]){w, bias, s1, p10, s1, iv_int(1)}, 6, &packed), STATUS_OK);
	expect(op_quantized_conv2d_new, (IValue[]){x, packed, iv_float(0.02), iv_int(100)}, 4,
		(int[]){126, 126, 133, 133, 132, 131, 131, 130, 83, 82, 90, 89, 88, 87, 102, 103}, 16, NULL);
	IValue r;
	assert_int_equal(op_quantized_conv2d_padding(&exec, &packed, 1, &r), STATUS_OK);
	assert_true(r.list->n == 2 && r.list->items[0].i == 1 && r.list->items[1].i == 0);
	ivalue_unref(&r);
	ivalue_unref(&packed);

	IValue d = bytes(DT_QI8, wv, 8, (int64_t[]){2, 1, 2, 2}, 4, 0.02, 0);
	assert_int_equal(op_quantized_conv2d_prepack(&exec, (IValue[]){d, iv_none(), s1, p1, s1, iv_int(2)}, 6, &packed), STATUS_OK);
	expect(op_quantized_conv2d_relu_new, (IValue[]){x, packed, iv_float(0.05), iv_int(9)}, 4, (int[]){9, 10, 10, 10, 11, 16, 15,
		12, 11, 13, 12, 11, 10, 11, 10, 9, 9, 9, 9, 10, 9, 9, 9, 12, 9, 10, 11, 13, 11, 12, 12, 10}, 32, NULL);
	ivalue_unref(&packed);

	assert_int_equal(op_quantized_conv_transpose2d_prepack(&exec, (IValue[]){d, iv_none(), s2, p0, p0, s1, iv_int(1)}, 7, &packed),
		STATUS_OK);
	expect(op_quantized_conv_transpose2d, (IValue[]){x, packed, iv_float(0.05), iv_int(9)}, 4, (int[]){13, 12, 12, 12, 12, 12,
		10, 9, 11, 8, 11, 8, 12, 12, 12, 12, 11, 12, 11, 8, 12, 7, 12, 7, 11, 12, 11, 12, 10, 12, 12, 6, 12, 6, 13, 5}, 36, NULL);
	ivalue_unref(&packed);
	expect_error(op_quantized_conv2d_prepack(&exec, (IValue[]){d, iv_none(), p0, p0, s1, iv_int(2)}, 6, &packed), "out of range");
	expect_error(op_quantized_conv2d_prepack(&exec, (IValue[]){d, iv_none(), s1, p0, s1, iv_int(3)}, 6, &packed), "groups");

	IValue all[] = {x, w, bias, d, s1, s2, p0, p10, p1};
	for (int i = 0; i < 9; i++)
		ivalue_unref(&all[i]);
}

// Ordinary operators: the ones PyTorch has for quantised tensors work, the others say so.
static void test_ordinary(void **state)
{
	(void)state;
	IValue a = vector_u8((int[]){0, 90, 101, 130, 255, 100}, 6, 0.05, 100), r = iv_none();
	assert_int_equal(op_call(&exec, op_find_key("aten::relu"), &a, 1, &r), STATUS_OK);
	const uint8_t *p = tensor_data(r.tensor);
	assert_true(p[0] == 100 && p[1] == 100 && p[2] == 101 && p[4] == 255 && r.tensor->quant->zero_point == 100);
	ivalue_unref(&r);
	assert_int_equal(op_call(&exec, op_find_key("aten::sigmoid"), &a, 1, &r), STATUS_OK);
	assert_true(r.tensor->quant->scale == 1.0 / 256 && r.tensor->quant->zero_point == 0);
	assert_int_equal(((const uint8_t *)tensor_data(r.tensor))[5], 128);
	ivalue_unref(&r);
	IValue sum[] = {a, a, iv_int(1)};
	expect_error(op_call(&exec, op_find_key("aten::add.Tensor"), sum, 3, &r), "'QuantizedCPU' backend");
	expect_error(op_call(&exec, op_find_key("aten::matmul"), sum, 2, &r), "Could not run 'aten::matmul'");
	IValue w = bytes(DT_QI8, (int[]){1, 2, 3, 4}, 4, (int64_t[]){2, 2}, 2, 1, 0), view[] = {w, iv_int(0), iv_int(1)};
	per_channel(&w);
	expect_error(op_call(&exec, op_find_key("aten::transpose.int"), view, 3, &r), "uniformly quantized");
	ivalue_unref(&a);
	ivalue_unref(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quantize), cmocka_unit_test(test_choose), cmocka_unit_test(test_elementwise),
		cmocka_unit_test(test_linear), cmocka_unit_test(test_conv), cmocka_unit_test(test_ordinary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
