// SPDX-License-Identifier: BSD-3-Clause
// Special functions of real arguments, accurate to a few units in the last place of double.
#ifndef WICK_BACKENDS_CPU_SPECIAL_H
#define WICK_BACKENDS_CPU_SPECIAL_H

#include <stdint.h>

// gamma family (special_gamma.c)
double special_lgamma(double x);                 // log |Γ(x)|; +inf at the poles
double special_digamma(double x);                // ψ; NaN at negative integers, -inf at +0, +inf at -0
double special_polygamma(int64_t n, double x);   // ψ⁽ⁿ⁾, n ≥ 0
double special_zeta(double s, double q);         // Hurwitz zeta
double special_igamma(double a, double x);       // regularised lower incomplete gamma
double special_igammac(double a, double x);      // upper

// error functions and the normal distribution (special_erf.c)
double special_erfinv(double y);
double special_erfcx(double x);
double special_ndtr(double x);
double special_log_ndtr(double x);
double special_ndtri(double p);

// Bessel and Airy functions (special_bessel.c)
double special_i0(double x);
double special_i0e(double x);
double special_i1(double x);
double special_i1e(double x);
double special_k0(double x);
double special_k0e(double x);
double special_k1(double x);
double special_k1e(double x);
double special_j0(double x);
double special_j1(double x);
double special_y0(double x);
double special_y1(double x);
double special_airy_ai(double x);
double special_spherical_j0(double x);

// Orthogonal polynomials of integer degree n (truncated); special_poly.c
double special_chebyshev_t(double x, double n);
double special_chebyshev_u(double x, double n);
double special_chebyshev_v(double x, double n);
double special_chebyshev_w(double x, double n);
double special_shifted_chebyshev_t(double x, double n);
double special_shifted_chebyshev_u(double x, double n);
double special_shifted_chebyshev_v(double x, double n);
double special_shifted_chebyshev_w(double x, double n);
double special_hermite_h(double x, double n);
double special_hermite_he(double x, double n);
double special_laguerre_l(double x, double n);
double special_legendre_p(double x, double n);

#endif
