// SPDX-License-Identifier: BSD-3-Clause
// Elementwise ops and factories: rows recorded from PyTorch, then what rows cannot say: writing in place, overlap,
// SIMD bodies against the references, thread counts.
#include "op_rows.h"

#include "backends/cpu/table.h"
#include "core/thread.h"

static void rows(void **state)
{
	(void)state;
	rows_run("tests/ops/pointwise.txt");
}

typedef struct Run { Error err; Exec x; Generator *g; } Run;
static void run_init(Run *r)
{
	r->err = ERROR_INIT;
	r->g = generator_new(0);
	exec_init(&r->x, &r->err, r->g);
}
static void run_end(Run *r)
{
	error_clear(&r->err);
	generator_unref(&r->g);
}

static Tensor *ramp(int64_t n)
{
	Tensor *t;
	assert_int_equal(tensor_empty(DT_F32, &n, 1, &t, NULL), STATUS_OK);
	float *p = tensor_data(t);
	for (int64_t i = 0; i < n; i++)
		p[i] = (float)i / 7 - (float)n / 20;
	return t;
}

static void in_place(void **state)
{
	(void)state;
	Run r;
	run_init(&r);
	Tensor *t = ramp(8);
	IValue args[3] = {iv_take_tensor(t), iv_float(2), iv_int(1)}, ret[1];
	assert_int_equal(op_call(&r.x, op_find_key("aten::mul_.Scalar"), args, 2, ret), STATUS_OK);
	assert_ptr_equal(ret[0].tensor, t);
	assert_float_equal(((float *)tensor_data(t))[7], 2 * (1.0f - 0.4f), 1e-6);
	ivalue_unref(&ret[0]);
	// overlapping halves of one storage
	int64_t n = 7, one = 1;
	Tensor *a = tensor_view(t, &n, &one, 1, 0), *b = tensor_view(t, &n, &one, 1, 1);
	IValue pair[3] = {iv_take_tensor(a), iv_take_tensor(b), iv_int(1)};
	assert_int_not_equal(op_call(&r.x, op_find_key("aten::add_.Tensor"), pair, 3, ret), STATUS_OK);
	assert_non_null(strstr(r.err.message, "some elements of the input tensor and the written-to tensor refer to a single memory"));
	error_clear(&r.err);
	// an expanded tensor cannot be written
	int64_t sizes[2] = {3, 8}, strides[2] = {0, 1};
	Tensor *e = tensor_view(t, sizes, strides, 2, 0);
	IValue wide[2] = {iv_take_tensor(e), iv_float(2)};
	assert_int_not_equal(op_call(&r.x, op_find_key("aten::mul_.Scalar"), wide, 2, ret), STATUS_OK);
	assert_non_null(strstr(r.err.message, "more than one element of the written-to tensor refers to a single memory location"));
	error_clear(&r.err);
	// a float result does not fit an integer tensor
	Tensor *i;
	assert_int_equal(tensor_zeros(DT_I64, &n, 1, &i, NULL), STATUS_OK);
	IValue mixed[3] = {iv_take_tensor(i), iv_float(1.5), iv_int(1)};
	assert_int_not_equal(op_call(&r.x, op_find_key("aten::add_.Scalar"), mixed, 3, ret), STATUS_OK);
	assert_string_equal(r.err.message, "result type Float can't be cast to the desired output type Long");
	ivalue_unref(&args[0]);
	ivalue_unref(&pair[0]);
	ivalue_unref(&pair[1]);
	ivalue_unref(&wide[0]);
	ivalue_unref(&mixed[0]);
	run_end(&r);
}

// Each SIMD body agrees with libm's double to a few units in the last place, on ordinary and extreme arguments.
static double wide_sigmoid(double v) { return 1 / (1 + exp(-v)); }
static double wide_silu(double v) { return v / (1 + exp(-v)); }
static double wide_gelu(double v) { return 0.5 * v * (1 + erf(v * 0.70710678118654752440)); }
static double wide_mish(double v) { return v * tanh(log1p(exp(v))); }
static void simd(void **state)
{
	(void)state;
	static const struct { int fast; double (*wide)(double); double ulps, slack; } rows[] = {
		{FAST_exp, exp, 2, 0}, {FAST_log, log, 2, 0}, {FAST_tanh, tanh, 3, 0}, {FAST_sigmoid, wide_sigmoid, 4, 0},
		{FAST_erf, erf, 4, 0}, {FAST_expm1, expm1, 4, 0}, {FAST_log1p, log1p, 4, 0}, {FAST_exp2, exp2, 2, 0},
		{FAST_sin, sin, 2, 1e-7}, {FAST_cos, cos, 2, 1e-7}, {FAST_sqrt, sqrt, 1, 0}, {FAST_silu, wide_silu, 5, 0},
		{FAST_gelu, wide_gelu, 4, 3e-7}, {FAST_mish, wide_mish, 8, 0}};
	enum { N = 4099 };
	static float in[N], out[N];
	for (int i = 0; i < N; i++)
		in[i] = i % 3 == 0 ? ((float)i - N / 2) / 20 : i % 3 == 1 ? ((float)i - N / 2) / 2000 : expf(((float)i - N / 2) / 25) * (i % 2 ? 1 : -1);
	in[0] = 0;
	in[1] = INFINITY;
	in[2] = -INFINITY;
	in[3] = NAN;
	in[4] = -0.0f;
	in[5] = 1e-40f;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		PointBody body = cpu_table()->pointwise_f32[rows[k].fast];
		if (!body)
			continue;
		PointParams p = {.numbers = 0};
		body((void *[]){out}, (const void *[]){in}, N, &p);
		for (int i = 0; i < N; i++) {
			double want = rows[k].wide((double)in[i]);
			if (isnan(want) || (isinf((double)in[i]) && rows[k].slack > 0)) {
				continue; // -inf·0 of silu and gelu, sin of infinity
			}
			float near = (float)want;
			double unit = (double)(nextafterf(fabsf(near), INFINITY) - fabsf(near));
			if (isinf(near) ? out[i] != near : fabs((double)out[i] - want) > rows[k].ulps * unit + rows[k].slack + 4e-36)
				fail_msg("body %d of %a: %a, wanted %a", rows[k].fast, (double)in[i], (double)out[i], want);
		}
	}
}

static void threads(void **state)
{
	(void)state;
	Run r;
	run_init(&r);
	IValue args[2] = {iv_take_tensor(ramp(200003)), iv_none()}, one[1], many[1];
	threads_set(1);
	assert_int_equal(op_call(&r.x, op_find_key("aten::sum"), args, 2, one), STATUS_OK);
	threads_set(3);
	assert_int_equal(op_call(&r.x, op_find_key("aten::sum"), args, 2, many), STATUS_OK);
	assert_memory_equal(tensor_data(one[0].tensor), tensor_data(many[0].tensor), 4);
	ivalue_unref(&one[0]);
	ivalue_unref(&many[0]);
	ivalue_unref(&args[0]);
	run_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(in_place), cmocka_unit_test(simd),
		cmocka_unit_test(threads)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
