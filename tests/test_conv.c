// SPDX-License-Identifier: BSD-3-Clause
// Convolution against its definition in double: shapes, strides, dilations, groups, transposition, dtypes, and
// the same bits for any number of threads.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "backends/cpu/conv.h"

#include <cmocka.h>

static uint32_t rng = 7;
static double uniform(void)
{
	rng = rng * 1664525u + 1013904223u;
	return (double)(rng >> 8) / (1 << 23) - 1;
}

static int64_t volume(const int64_t v[3])
{
	return v[0] * v[1] * v[2];
}

// Every product of the definition, added where it belongs.
static void define(const ConvShape *s, const double *in, const double *w, const double *bias, double *out)
{
	int64_t cg = s->in_channels / s->groups, og = s->out_channels / s->groups, kv = volume(s->kernel);
	int64_t iv = volume(s->in), ov = volume(s->out);
	for (int64_t n = 0; n < s->batch; n++)
		for (int64_t o = 0; o < s->out_channels; o++)
			for (int64_t p = 0; p < ov; p++)
				out[(n * s->out_channels + o) * ov + p] = bias ? bias[o] : 0;
	// a: positions of the side that steps by one, b: of the side that moves by stride
	const int64_t *small = s->transposed ? s->in : s->out, *large = s->transposed ? s->out : s->in;
	for (int64_t n = 0; n < s->batch; n++)
		for (int64_t o = 0; o < s->out_channels; o++)
			for (int64_t c = 0; c < cg; c++)
				for (int64_t k = 0; k < kv; k++)
					for (int64_t p = 0; p < volume(small); p++) {
						int64_t kk[3] = {k / (s->kernel[1] * s->kernel[2]), k / s->kernel[2] % s->kernel[1], k % s->kernel[2]};
						int64_t pp[3] = {p / (small[1] * small[2]), p / small[2] % small[1], p % small[2]}, at[3];
						bool inside = true;
						for (int a = 0; a < 3; a++) {
							at[a] = pp[a] * s->stride[a] - s->pad[a] + kk[a] * s->dilation[a];
							inside = inside && at[a] >= 0 && at[a] < large[a];
						}
						if (!inside)
							continue;
						int64_t q = (at[0] * large[1] + at[1]) * large[2] + at[2], g = o / og, ci = g * cg + c;
						double f = s->transposed ? w[(ci * og + o % og) * kv + k] : w[(o * cg + c) * kv + k];
						double x = in[(n * s->in_channels + ci) * iv + (s->transposed ? p : q)];
						out[(n * s->out_channels + o) * ov + (s->transposed ? q : p)] += f * x;
					}
}

static void check(DType d, ConvShape s, bool with_bias)
{
	for (int a = 0; a < 3; a++) {
		int64_t reach = s.dilation[a] * (s.kernel[a] - 1);
		s.out[a] = s.transposed ? (s.in[a] - 1) * s.stride[a] - 2 * s.pad[a] + reach + 1 :
			(s.in[a] + 2 * s.pad[a] - reach - 1) / s.stride[a] + 1;
		assert_true(s.out[a] > 0);
	}
	size_t ni = (size_t)(s.batch * s.in_channels * volume(s.in)), no = (size_t)(s.batch * s.out_channels * volume(s.out));
	size_t nw = (size_t)(s.in_channels / s.groups * s.out_channels * volume(s.kernel)), nb = (size_t)s.out_channels;
	double *in = malloc(ni * 8), *w = malloc(nw * 8), *b = malloc(nb * 8), *want = malloc(no * 8);
	size_t es = dtype_size(d);
	char *in_d = malloc(ni * es), *w_d = malloc(nw * es), *b_d = malloc(nb * es), *one = malloc(no * es), *many = malloc(no * es);
	double *const from[] = {in, w, b};
	char *const to[] = {in_d, w_d, b_d};
	const size_t count[] = {ni, nw, nb};
	for (int t = 0; t < 3; t++)
		for (size_t i = 0; i < count[t]; i++) {
			from[t][i] = dtype_is_int(d) ? floor(uniform() * 8) : (double)(float)uniform();
			element_set_f64(to[t] + i * es, d, from[t][i]);
		}
	define(&s, in, w, with_bias ? b : NULL, want);
	threads_set(1);
	assert_int_equal(conv_run(d, &s, in_d, w_d, with_bias ? b_d : NULL, one, NULL), STATUS_OK);
	threads_set(3);
	assert_int_equal(conv_run(d, &s, in_d, w_d, with_bias ? b_d : NULL, many, NULL), STATUS_OK);
	assert_memory_equal(one, many, no * es);
	for (size_t i = 0; i < no; i++) {
		double got = element_f64(one + i * es, d);
		if (!(fabs(got - want[i]) <= (d == DT_F32 ? 3e-5 : 1e-11)))
			fail_msg("%d->%d groups %d kernel %dx%d: element %d is %g, not %g", (int)s.in_channels, (int)s.out_channels,
				(int)s.groups, (int)s.kernel[1], (int)s.kernel[2], (int)i, got, want[i]);
	}
	free(in);
	free(w);
	free(b);
	free(want);
	free(in_d);
	free(w_d);
	free(b_d);
	free(one);
	free(many);
}

static void all_forms(void **state)
{
	(void)state;
	static const int64_t forms[][5] = { // kernel, stride, pad, dilation, depth of the image
		{1, 1, 0, 1, 1}, {3, 1, 1, 1, 1}, {3, 2, 1, 1, 1}, {2, 3, 0, 2, 1}, {5, 1, 2, 1, 1}, {3, 2, 0, 1, 4}, {1, 2, 0, 1, 3}};
	static const int64_t channels[][3] = {{3, 4, 1}, {4, 6, 2}, {6, 6, 6}, {3, 9, 3}, {16, 33, 1}};
	static const DType types[] = {DT_F32, DT_F64, DT_I32};
	for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
		for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
			for (int transposed = 0; transposed < 2; transposed++)
				for (int t = 0; t < 3; t++) {
					const int64_t *p = forms[f];
					bool deep = p[4] > 1;
					ConvShape s = {.batch = 2, .in_channels = channels[c][0], .out_channels = channels[c][1],
						.groups = channels[c][2], .in = {p[4], 9, 21}, .kernel = {deep ? p[0] : 1, p[0], p[0]},
						.stride = {deep ? p[1] : 1, p[1], p[1]}, .pad = {deep ? p[2] : 0, p[2], p[2]},
						.dilation = {1, p[3], p[3]}, .transposed = transposed};
					check(types[t], s, f % 2 == 0);
				}
}

static void odd_windows(void **state)
{
	(void)state;
	// depthwise with windows wider than the image, and padding beyond the kernel
	check(DT_F32, (ConvShape){.batch = 1, .in_channels = 3, .out_channels = 3, .groups = 3, .in = {1, 2, 2}, .kernel = {1, 5, 5},
		.stride = {1, 1, 1}, .pad = {0, 2, 2}, .dilation = {1, 1, 1}}, true);
	check(DT_F32, (ConvShape){.batch = 1, .in_channels = 3, .out_channels = 3, .groups = 3, .in = {1, 5, 40}, .kernel = {1, 3, 3},
		.stride = {1, 2, 2}, .pad = {0, 4, 7}, .dilation = {1, 2, 3}}, false);
	// a kernel as large as the image, and a wide image of one channel
	check(DT_F32, (ConvShape){.batch = 2, .in_channels = 5, .out_channels = 7, .groups = 1, .in = {1, 6, 6}, .kernel = {1, 6, 6},
		.stride = {1, 1, 1}, .dilation = {1, 1, 1}}, true);
	check(DT_F64, (ConvShape){.batch = 1, .in_channels = 1, .out_channels = 40, .groups = 1, .in = {1, 1, 300},
		.kernel = {1, 1, 64}, .stride = {1, 1, 16}, .pad = {0, 0, 8}, .dilation = {1, 1, 1}}, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms),
		cmocka_unit_test(odd_windows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
