// SPDX-License-Identifier: BSD-3-Clause
// Bessel and Airy functions.
//
// I: power series (all terms positive) up to 20, asymptotic series beyond.  K: the trapezoidal rule on
// K_ν(x) = ∫₀^∞ e^{-x cosh t} cosh νt dt, which converges exponentially in 1/h.  Ai: through K_{1/3} for x > 1,
// Maclaurin series in extended precision around zero, asymptotic series for large negative x.
#include "backends/cpu/special.h"

#include <math.h>

#define PI 3.14159265358979323846
#define EPS 1.11022302462515654e-16

// e^{-x} I_ν(x) for x ≥ 0 and ν = 0, 1
static double bessel_i_scaled(int nu, double x)
{
	if (isinf(x))
		return 0;
	if (x <= 20) {
		double z = x * x / 4, term = nu ? x / 2 : 1, sum = term;
		for (int k = 1; k < 200; k++) {
			term *= z / ((double)k * (k + nu));
			sum += term;
			if (term < EPS * sum)
				break;
		}
		return sum * exp(-x);
	}
	double mu = 4.0 * nu * nu, term = 1, sum = 1;
	for (int k = 1; k < 40; k++) {
		double odd = 2 * k - 1;
		double next = term * -(mu - odd * odd) / (k * 8 * x);
		if (fabs(next) > fabs(term))
			break;
		term = next;
		sum += term;
		if (fabs(term) < EPS * fabs(sum))
			break;
	}
	return sum / sqrt(2 * PI * x);
}

double special_i0e(double x) { return x != x ? x : bessel_i_scaled(0, fabs(x)); }
double special_i1e(double x) { return x != x ? x : copysign(bessel_i_scaled(1, fabs(x)), x); }
double special_i0(double x)
{
	double t = fabs(x);
	if (x != x || isinf(x))
		return NAN; // as PyTorch: e^x · 0
	return t > 700 ? exp(t / 2) * bessel_i_scaled(0, t) * exp(t / 2) : exp(t) * bessel_i_scaled(0, t);
}
double special_i1(double x)
{
	double t = fabs(x);
	if (x != x || isinf(x))
		return NAN;
	double y = t > 700 ? exp(t / 2) * bessel_i_scaled(1, t) * exp(t / 2) : exp(t) * bessel_i_scaled(1, t);
	return copysign(y, x);
}

// e^x K_ν(x) for x > 0
static double bessel_k_scaled(double nu, double x)
{
	double h = 0.7 / sqrt(x);
	if (h > 0.18)
		h = 0.18;
	double sum = 0.5;
	for (int k = 1; k < 20000; k++) {
		double t = k * h, s = sinh(t / 2);
		double term = exp(-2 * x * s * s) * (nu == 0 ? 1 : cosh(nu * t));
		sum += term;
		if (term < 1e-18 * sum && 2 * x * s * s > 1)
			break;
	}
	return sum * h;
}

static double bessel_k(double nu, double x, int scaled)
{
	if (x == 0)
		return INFINITY;
	if (!(x > 0))
		return NAN;
	if (isinf(x))
		return 0;
	double y = bessel_k_scaled(nu, x);
	return scaled ? y : y * exp(-x);
}

double special_k0(double x) { return bessel_k(0, x, 0); }
double special_k0e(double x) { return bessel_k(0, x, 1); }
double special_k1(double x) { return bessel_k(1, x, 0); }
double special_k1e(double x) { return bessel_k(1, x, 1); }

double special_j0(double x) { return isinf(x) ? NAN : j0(x); }
double special_j1(double x) { return isinf(x) ? NAN : j1(x); }
double special_y0(double x) { return x == 0 ? -INFINITY : x < 0 || isinf(x) ? NAN : y0(x); }
double special_y1(double x) { return x == 0 ? -INFINITY : x < 0 || isinf(x) ? NAN : y1(x); }

double special_airy_ai(double x)
{
	if (x != x || isinf(x))
		return NAN;
	if (x > 1) {
		if (x > 104)
			return 0;
		double zeta = 2.0 / 3 * x * sqrt(x);
		return sqrt(x / 3) / PI * bessel_k_scaled(1.0 / 3, zeta) * exp(-zeta);
	}
	if (x > -8) {
		// Ai(x) = c1 f(x) - c2 g(x), f = 1 + x³/(2·3) + …, g = x + x⁴/(3·4) + …
		long double c1 = 0.355028053887817239260063186004L, c2 = 0.258819403792806798405183560189L;
		long double z = (long double)x * x * x, f = 1, g = x, tf = 1, tg = x;
		for (int k = 1; k < 200; k++) {
			tf *= z / ((3.0L * k - 1) * (3.0L * k));
			tg *= z / ((3.0L * k) * (3.0L * k + 1));
			f += tf;
			g += tg;
			if (fabsl(tf) + fabsl(tg) < 1e-22L * (fabsl(f) + fabsl(g)))
				break;
		}
		return (double)(c1 * f - c2 * g);
	}
	double t = -x, zeta = 2.0 / 3 * t * sqrt(t), z = 1 / zeta;
	double even = 0, odd = 0, u = 1;
	for (int k = 0; k < 30; k++) {
		double signed_u = k / 2 % 2 ? -u : u;
		if (k % 2)
			odd += signed_u;
		else
			even += signed_u;
		double next = u * z * (6.0 * k + 1) * (6.0 * k + 3) * (6.0 * k + 5) / (216.0 * (k + 1) * (2.0 * k + 1));
		if (next > u || next < EPS / 16)
			break;
		u = next;
	}
	double phase = zeta - PI / 4;
	return (cos(phase) * even + sin(phase) * odd) / (sqrt(PI) * sqrt(sqrt(t)));
}

double special_spherical_j0(double x)
{
	if (isinf(x))
		return 0;
	if (fabs(x) < 0.5) {
		double z = x * x;
		return 1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110 * (1 - z / 156)))));
	}
	return sin(x) / x;
}
