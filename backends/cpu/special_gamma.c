// SPDX-License-Identifier: BSD-3-Clause
// The gamma family: polygamma functions by recurrence to where the asymptotic series converges, Hurwitz zeta by
// Euler–Maclaurin summation, incomplete gammas by power series or continued fraction.
#include "backends/cpu/special.h"

#include <float.h>
#include <math.h>

#define PI 3.14159265358979323846
#define EPS 1.11022302462515654e-16

double special_lgamma(double x)
{
	int sign;
	return lgamma_r(x, &sign);
}

double special_digamma(double x)
{
	if (x == 0)
		return copysign(INFINITY, -x);
	double sum = 0;
	if (x < 0) {
		if (x == trunc(x))
			return NAN;
		double whole;
		sum = -PI / tan(PI * modf(x, &whole)); // reflection; the fraction keeps tan accurate
		x = 1 - x;
	}
	if (isinf(x))
		return sum + x;
	while (x < 10) {
		sum -= 1 / x;
		x += 1;
	}
	// ln x - 1/(2x) - Σ B_2k / (2k x^2k)
	double z = 1 / (x * x);
	double tail = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 -
		z * (691.0 / 32760 - z / 12))))));
	return sum + log(x) - 0.5 / x - tail;
}

static double trigamma(double x)
{
	double sum = 0, sign = 1;
	if (x < 0.5) {
		double s = sin(PI * x);
		sum = -(PI * PI) / (s * s);
		sign = -1;
		x = 1 - x;
	}
	for (int i = 0; i < 12; i++) {
		sum += 1 / (x * x);
		x += 1;
	}
	double z = 1 / (x * x);
	sum += 1 / x + z / 2 + z / x * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * 5.0 / 66))));
	return sign * sum;
}

double special_zeta(double s, double q)
{
	// (2k)! / B_2k
	static const double weight[] = {12.0, -720.0, 30240.0, -1209600.0, 47900160.0, -1.8924375803183791606e9,
		7.47242496e10, -2.950130727918164224e12, 1.1646782814350067249e14, -4.5979787224074726105e15,
		1.8152105401943546773e17, -7.1661652561756670113e18};
	if (s == 1)
		return INFINITY;
	if (!(s > 1))
		return NAN;
	if (q <= 0) {
		if (q == floor(q))
			return INFINITY;
		if (s != floor(s) || q < -1e6)
			return NAN; // a negative base with a fractional power; or too many terms to add
	}
	double sum = pow(q, -s), a = q, b = 0;
	for (int i = 0; i < 9 || a <= 9; i++) {
		a += 1;
		b = pow(a, -s);
		sum += b;
		if (fabs(b) < EPS * fabs(sum) && a > 0)
			return sum;
	}
	sum += b * a / (s - 1) - 0.5 * b;
	double factor = 1, k = 0;
	for (int i = 0; i < 12; i++) {
		factor *= s + k;
		b /= a;
		double t = factor * b / weight[i];
		sum += t;
		if (fabs(t) < EPS * fabs(sum))
			break;
		k += 1;
		factor *= s + k;
		b /= a;
		k += 1;
	}
	return sum;
}

double special_polygamma(int64_t n, double x)
{
	if (n == 0)
		return special_digamma(x);
	if (n == 1)
		return trigamma(x);
	return (n % 2 ? 1 : -1) * exp(special_lgamma((double)n + 1)) * special_zeta((double)n + 1, x);
}

// x^a e^-x / Γ(a+1)
static double power_density(double a, double x)
{
	if (x == 0)
		return a == 0 ? 1 : 0;
	if (a < 20)
		return exp(a * log(x) - x - special_lgamma(a + 1));
	// With d = (x - a)/a the exponent is -a (d - ln(1+d)), free of cancellation; the rest is Stirling's series.
	double d = (x - a) / a, z = 1 / (a * a);
	double stirling = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z / 1680))) / a;
	double bulge;
	if (fabs(d) < 0.1) { // d - ln(1+d) = d²/2 - d³/3 + …
		double term = d * d, sum = 0;
		for (int k = 2; k < 40; k++) {
			sum += (k % 2 ? -term : term) / k;
			term *= d;
		}
		bulge = sum;
	} else {
		bulge = d - log1p(d);
	}
	return exp(-a * bulge - stirling) / sqrt(2 * PI * a);
}

static double lower_series(double a, double x)
{
	double term = 1, sum = 1, n = a;
	for (int i = 0; i < 20000; i++) {
		n += 1;
		term *= x / n;
		sum += term;
		if (term < EPS * sum)
			break;
	}
	return sum * power_density(a, x);
}

static double upper_fraction(double a, double x)
{
	// Lentz's evaluation of 1/(x+1-a- 1(1-a)/(x+3-a- …
	double tiny = 1e-300, b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
	for (int i = 1; i < 20000; i++) {
		double an = -i * (i - a);
		b += 2;
		d = an * d + b;
		d = fabs(d) < tiny ? tiny : d;
		c = b + an / c;
		c = fabs(c) < tiny ? tiny : c;
		d = 1 / d;
		double step = d * c;
		h *= step;
		if (fabs(step - 1) < EPS)
			break;
	}
	return h * power_density(a, x) * a;
}

double special_igamma(double a, double x)
{
	if (x < 0 || a < 0 || isnan(a) || isnan(x))
		return NAN;
	if (a == 0)
		return x > 0 ? 1 : NAN;
	if (x == 0)
		return 0;
	if (isinf(a))
		return isinf(x) ? NAN : 0;
	if (isinf(x))
		return 1;
	return x > 1 && x > a ? 1 - upper_fraction(a, x) : lower_series(a, x);
}

double special_igammac(double a, double x)
{
	if (x < 0 || a < 0 || isnan(a) || isnan(x))
		return NAN;
	if (a == 0)
		return x > 0 ? 0 : NAN;
	if (x == 0)
		return 1;
	if (isinf(a))
		return isinf(x) ? NAN : 1;
	if (isinf(x))
		return 0;
	return x > 1 && x > a ? upper_fraction(a, x) : 1 - lower_series(a, x);
}
