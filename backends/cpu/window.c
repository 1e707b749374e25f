// SPDX-License-Identifier: BSD-3-Clause
// Window functions.  A periodic window is a symmetric one of one more sample with the last dropped.
#include "backends/cpu/view.h"

#include <inttypes.h>
#include <math.h>

typedef struct Window {
	const char *name;
	int64_t n;        // samples of the symmetric window
	double a, b;      // hamming: a − b·cos; kaiser: a is beta
} Window;

typedef double (*Sample)(const Window *w, int64_t i);

// Modified Bessel function I0 by its power series, all of whose terms are positive.
static double bessel_i0(double v)
{
	double q = v * v / 4, term = 1, sum = 1;
	for (int k = 1; k < 2000 && term > sum * 1e-17; k++) {
		term *= q / ((double)k * k);
		sum += term;
	}
	return sum;
}

static double bartlett(const Window *w, int64_t i)
{
	double v = 2.0 * (double)i / (double)(w->n - 1);
	return i <= (w->n - 1) / 2 ? v : 2 - v;
}

static double hamming(const Window *w, int64_t i)
{
	return w->a - w->b * cos(2 * M_PI * (double)i / (double)(w->n - 1));
}

static double blackman(const Window *w, int64_t i)
{
	double t = M_PI * (double)i / (double)(w->n - 1);
	return 0.08 * cos(4 * t) - 0.5 * cos(2 * t) + 0.42;
}

static double kaiser(const Window *w, int64_t i)
{
	double t = 2.0 * (double)i / (double)(w->n - 1) - 1, q = 1 - t * t;
	return bessel_i0(w->a * sqrt(q > 0 ? q : 0)) / bessel_i0(w->a);
}

static Status make(Exec *x, Window w, bool periodic, Sample sample, IValue dtype, IValue *rets)
{
	DType d;
	Tensor *t;
	int64_t n = w.n;
	TRY(arg_dtype(x, dtype, default_float_dtype(), &d));
	if (!dtype_is_float(d))
		return xfail(x, "%s expects floating point dtypes, got: %s", w.name, dtype_name(d));
	if (n < 0)
		return xfail(x, "%s requires non-negative window_length, got window_length=%" PRId64, w.name, n);
	TRY(tensor_empty(d, &n, 1, &t, x->err));
	w.n = periodic ? n + 1 : n;
	for (int64_t i = 0; i < n; i++)
		element_set_f64((char *)tensor_data(t) + (size_t)i * dtype_size(d), d, n == 1 ? 1 : sample(&w, i));
	return ret_tensor(rets, t);
}

#define WINDOW(name, sample, a, b)                                                                        \
	KERNEL(name##_window)                                                                             \
	{                                                                                                 \
		return make(x, (Window){#name "_window", arg_int(args[0]), a, b}, true, sample, args[1], rets); \
	}                                                                                                 \
	KERNEL(name##_window_periodic)                                                                    \
	{                                                                                                 \
		return make(x, (Window){#name "_window", arg_int(args[0]), a, b}, arg_bool(args[1]), sample,  \
			args[2], rets);                                                                   \
	}
WINDOW(bartlett, bartlett, 0, 0)
WINDOW(blackman, blackman, 0, 0)
WINDOW(hamming, hamming, 0.54, 0.46)
WINDOW(hann, hamming, 0.5, 0.5)
WINDOW(kaiser, kaiser, 12.0, 0)

KERNEL(hamming_window_periodic_alpha)
{
	return make(x, (Window){"hamming_window", arg_int(args[0]), arg_float(args[2]), 0.46}, arg_bool(args[1]), hamming,
		args[3], rets);
}

KERNEL(hamming_window_periodic_alpha_beta)
{
	return make(x, (Window){"hamming_window", arg_int(args[0]), arg_float(args[2]), arg_float(args[3])},
		arg_bool(args[1]), hamming, args[4], rets);
}

KERNEL(kaiser_window_beta)
{
	return make(x, (Window){"kaiser_window", arg_int(args[0]), arg_float(args[2]), 0}, arg_bool(args[1]), kaiser, args[3],
		rets);
}
