// SPDX-License-Identifier: BSD-3-Clause
// Arithmetic of the language's numbers, shared by the machine's own instructions and by the ops.
// Integers are 64-bit two's complement and wrap; division and remainder round towards minus infinity.
#ifndef WICK_INTERP_NUMBER_H
#define WICK_INTERP_NUMBER_H

#include "core/exec.h"

#include <math.h>

static inline int64_t int_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static inline int64_t int_sub(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
static inline int64_t int_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
static inline int64_t int_neg(int64_t a) { return (int64_t)(0 - (uint64_t)a); }

static inline int64_t int_floordiv(int64_t a, int64_t b) // b != 0
{
	if (b == -1)
		return int_neg(a);
	int64_t q = a / b;
	return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}
static inline int64_t int_mod(int64_t a, int64_t b) // b != 0
{
	if (b == -1)
		return 0;
	int64_t r = a % b;
	return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
static inline double float_mod(double a, double b) { return fmod(fmod(a, b) + b, b); }
// C's conversion is undefined out of range; the processor's answer there is INT64_MIN.
static inline int64_t int_of_float(double f)
{
	return f >= -9223372036854775808.0 && f < 9223372036854775808.0 ? (int64_t)f : INT64_MIN;
}

#define TEXT_DIVISION_BY_ZERO "division by 0"
#define TEXT_MODULO_BY_ZERO "ZeroDivisionError: integer division or modulo by zero"

#endif
