// SPDX-License-Identifier: BSD-3-Clause
// Complex arithmetic as PyTorch does it: products by the plain formula (no recovery of infinities, unlike C's
// own operator), quotients scaled by the larger part of the divisor.
#ifndef WICK_BACKENDS_CPU_CMATH_H
#define WICK_BACKENDS_CPU_CMATH_H

#include "core/dtype.h"

#include <math.h>

#define COMPLEX_ARITHMETIC(S, Z, R, ABS)                                                                \
	static inline Z S##_make(R re, R im)                                                            \
	{                                                                                               \
		R pair[2] = {re, im};                                                                   \
		Z z;                                                                                    \
		memcpy(&z, pair, sizeof z);                                                             \
		return z;                                                                               \
	}                                                                                               \
	static inline R S##_re(Z z) { return (R)__real__(z); }                                          \
	static inline R S##_im(Z z) { return (R)__imag__(z); }                                          \
	static inline Z S##_mul(Z x, Z y)                                                               \
	{                                                                                               \
		R a = S##_re(x), b = S##_im(x), c = S##_re(y), d = S##_im(y);                           \
		return S##_make(a * c - b * d, a * d + b * c);                                          \
	}                                                                                               \
	static inline Z S##_div(Z x, Z y)                                                               \
	{                                                                                               \
		R a = S##_re(x), b = S##_im(x), c = S##_re(y), d = S##_im(y);                           \
		if (ABS(c) >= ABS(d)) {                                                                 \
			if (c == 0 && d == 0)                                                           \
				return S##_make(a / ABS(c), b / ABS(d));                                \
			R rat = d / c, scale = 1 / (c + d * rat);                                       \
			return S##_make((a + b * rat) * scale, (b - a * rat) * scale);                  \
		}                                                                                       \
		R rat = c / d, scale = 1 / (c * rat + d);                                               \
		return S##_make((a * rat + b) * scale, (b * rat - a) * scale);                          \
	}
COMPLEX_ARITHMETIC(c64, c64_t, float, fabsf)
COMPLEX_ARITHMETIC(c128, c128_t, double, fabs)

#define cx_mul(a, b) _Generic((a), c64_t: c64_mul, default: c128_mul)(a, b)
#define cx_div(a, b) _Generic((a), c64_t: c64_div, default: c128_div)(a, b)
#define cx_re(a) _Generic((a), c64_t: c64_re, default: c128_re)(a)
#define cx_im(a) _Generic((a), c64_t: c64_im, default: c128_im)(a)

#endif
