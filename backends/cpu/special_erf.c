// SPDX-License-Identifier: BSD-3-Clause
// Inverses and scaled forms of the error function, by Newton's method on erf and erfc where no closed form is
// accurate, and the normal distribution in terms of them.
#include "backends/cpu/special.h"

#include <math.h>

#define SQRT2 1.41421356237309504880
#define SQRT_PI 1.77245385090551602730

double special_erfcx(double x)
{
	if (x < -26.7)
		return INFINITY;
	if (x < 10) {
		double hi = x * x, lo = fma(x, x, -hi); // e^{x²} needs x² to more than double precision
		return exp(hi) * (1 + lo) * erfc(x);
	}
	// 1/(√π) · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …
	double f = x;
	for (int k = 40; k > 0; k--)
		f = x + 0.5 * k / f;
	return isinf(x) ? 0 : 1 / (SQRT_PI * f);
}

// Solves erfc(x) = q for 0 < q ≤ 1: Newton on ln erfc, whose derivative -2/(√π erfcx) never vanishes.
static double erfc_inverse(double q)
{
	double x = 0;
	if (q < 0.5) {
		double l = -log(q * SQRT_PI);
		x = sqrt(l > 0.3 ? l - 0.5 * log(l > 1 ? l : 1) : 0.3);
	} else {
		x = (1 - q) * 0.5 * SQRT_PI;
	}
	double target = log(q);
	for (int i = 0; i < 12; i++) {
		double scaled = special_erfcx(x);
		double step = (log(scaled) - x * x - target) * 0.5 * SQRT_PI * scaled;
		x += step;
		if (fabs(step) < 1e-15 * fabs(x))
			break;
	}
	return x;
}

double special_erfinv(double y)
{
	double t = fabs(y);
	if (!(t <= 1))
		return NAN;
	if (t == 1)
		return copysign(INFINITY, y);
	if (t > 0.5)
		return copysign(erfc_inverse(1 - t), y);
	double x = t * 0.5 * SQRT_PI;
	for (int i = 0; i < 8; i++) {
		double step = (erf(x) - t) * 0.5 * SQRT_PI * exp(x * x);
		x -= step / (1 + x * step); // Halley
		if (fabs(step) < 1e-16 * fabs(x))
			break;
	}
	return copysign(x, y);
}

double special_ndtr(double x)
{
	return 0.5 * (1 + erf(x / SQRT2));
}

double special_log_ndtr(double x)
{
	double t = x / SQRT2;
	if (x < -1)
		return log(special_erfcx(-t) / 2) - t * t;
	return log1p(-erfc(t) / 2);
}

double special_ndtri(double p)
{
	if (!(p >= 0 && p <= 1))
		return NAN;
	if (p == 0)
		return -INFINITY;
	if (p == 1)
		return INFINITY;
	if (p > 0.25 && p < 0.75)
		return SQRT2 * special_erfinv(2 * (p - 0.5));
	return p < 0.5 ? -SQRT2 * erfc_inverse(2 * p) : SQRT2 * erfc_inverse(2 * (1 - p));
}
