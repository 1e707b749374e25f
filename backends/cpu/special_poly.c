// SPDX-License-Identifier: BSD-3-Clause
// Orthogonal polynomials: closed forms in the angle where they are stable, three-term recurrences elsewhere.
#include "backends/cpu/special.h"

#include <math.h>
#include <stdbool.h>

static bool even(int64_t n) { return n % 2 == 0; }
#define DEGREE_MOST 1e6 // what a recurrence may climb; higher degrees outside the closed forms are NaN
static int64_t degree(double n) { return n != n || n < -1e15 ? -1 : n > 1e15 ? INT64_C(1000000000000000) : (int64_t)n; }

// P_{k+1} = 2x P_k - P_{k-1} from P_0 = 1 and P_1 = first
static double chebyshev_climb(double x, int64_t n, double first)
{
	double p = 1, q = (double)n > DEGREE_MOST ? NAN : first;
	for (int64_t k = 2; k <= n && q == q; k++) {
		double r = 2 * x * q - p;
		p = q;
		q = r;
	}
	return q;
}

double special_chebyshev_t(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	if (fabs(x) == 1)
		return x > 0 || even(n) ? 1 : -1;
	if (n > 6 && fabs(x) < 1)
		return cos((double)n * acos(x));
	return n == 0 ? 1 : n == 1 ? x : chebyshev_climb(x, n, x);
}

double special_chebyshev_u(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	double m = (double)n + 1;
	if (fabs(x) == 1)
		return x > 0 || even(n) ? m : -m;
	if (n > 8 && fabs(x) < 1) {
		double a = acos(x);
		return sin(a) != 0 ? sin(m * a) / sin(a) : m * cos(m * a) / x;
	}
	return n == 0 ? 1 : n == 1 ? 2 * x : chebyshev_climb(x, n, 2 * x);
}

double special_chebyshev_v(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	double m = 2 * (double)n + 1;
	if (fabs(x) == 1)
		return x > 0 ? 1 : even(n) ? m : -m;
	if (n > 8 && fabs(x) < 1) {
		double a = acos(x);
		if (sin(a / 2) != 1)
			return cos(((double)n + 0.5) * a) / cos(a / 2);
		return even(n) ? m : -m;
	}
	return n == 0 ? 1 : n == 1 ? 2 * x - 1 : chebyshev_climb(x, n, 2 * x - 1);
}

double special_chebyshev_w(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	double m = 2 * (double)n + 1;
	if (fabs(x) == 1)
		return x > 0 ? m : even(n) ? 1 : -1;
	if (n > 8 && fabs(x) < 1) {
		double a = acos(x);
		if (cos(a / 2) != 1)
			return sin(((double)n + 0.5) * a) / sin(a / 2);
		return x > 0 ? m : even(n) ? 1 : -1;
	}
	return n == 0 ? 1 : n == 1 ? 2 * x + 1 : chebyshev_climb(x, n, 2 * x + 1);
}

double special_shifted_chebyshev_t(double x, double n) { return special_chebyshev_t(2 * x - 1, n); }
double special_shifted_chebyshev_u(double x, double n) { return special_chebyshev_u(2 * x - 1, n); }
double special_shifted_chebyshev_v(double x, double n) { return special_chebyshev_v(2 * x - 1, n); }
double special_shifted_chebyshev_w(double x, double n) { return special_chebyshev_w(2 * x - 1, n); }

#define HERMITE_MOST 512 // beyond, the recurrence has overflowed

double special_hermite_h(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	if (n > HERMITE_MOST)
		return NAN;
	double p = 1, q = 2 * x;
	for (int64_t k = 2; k < 2 * n; k += 2) {
		double r = 2 * x * q - (double)k * p;
		p = q;
		q = r;
	}
	return n == 0 ? 1 : q;
}

double special_hermite_he(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	if (n > HERMITE_MOST)
		return NAN;
	double p = 1, q = x;
	for (int64_t k = 1; k < n; k++) {
		double r = x * q - (double)k * p;
		p = q;
		q = r;
	}
	return n == 0 ? 1 : q;
}

double special_laguerre_l(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	if (x == 0 || n == 0)
		return 1;
	double p = 1, q = (double)n > DEGREE_MOST ? NAN : 1 - x;
	for (int64_t k = 1; k < n && q == q; k++) {
		double r = ((2 * (double)k + (1 - x)) * q - (double)k * p) / ((double)k + 1);
		p = q;
		q = r;
	}
	return q;
}

double special_legendre_p(double x, double degree_)
{
	int64_t n = degree(degree_);
	if (n < 0)
		return 0;
	if (fabs(x) == 1)
		return x > 0 || even(n) ? 1 : -1;
	if (n == 0)
		return 1;
	double p = 1, q = (double)n > DEGREE_MOST ? NAN : x;
	for (int64_t k = 1; k < n && q == q; k++) {
		double r = ((2 * (double)k + 1) * x * q - (double)k * p) / ((double)k + 1);
		p = q;
		q = r;
	}
	return q;
}
