// SPDX-License-Identifier: BSD-3-Clause
// The elementwise engine.
//
// An op is a PointOp: how its operands' dtypes meet, which dtypes it takes, and one loop body for each of six
// carrier types.  Half precision is computed in float and the narrow integers in int64, by converting blocks on
// the way in and out, so that an op is written at most six times, usually once as an expression.
// The engine promotes, broadcasts, orders and merges dimensions, allocates or checks the result, and calls the
// body with contiguous runs.
#ifndef WICK_BACKENDS_CPU_POINTWISE_H
#define WICK_BACKENDS_CPU_POINTWISE_H

#include "backends/cpu/cpu.h"
#include "core/exec.h"

typedef enum Carrier { CARRY_I64, CARRY_U64, CARRY_F32, CARRY_F64, CARRY_C64, CARRY_C128, CARRIERS } Carrier;
Carrier carrier_of(DType d);  // what elements of d are computed in
unsigned kind_bit(DType d);    // its TAKES_ bit below; 0 for dtypes without arithmetic

#define POINT_INPUTS 4

// What a body gets beyond its operands.
typedef struct PointParams {
	IValue number[4];      // extra scalar arguments (alpha, slope, …), converted to the common dtype …
	int numbers;           // … this many of them …
	double f[4];           // … and as doubles,
	int64_t i[4];          // integers,
	double c[4][2];        // complex numbers
	bool check_numbers;    // out of range numbers are errors
	DType common;          // the dtype in which the operands meet
	int bits;              // its width, for shifts
	_Atomic int fault;     // set by a body; the kernel turns it into an error
} PointParams;

// out[k] and in[k] are contiguous runs of n elements; an output may be the same run as an input.
typedef void (*PointBody)(void *const *out, const void *const *in, int64_t n, PointParams *p);

typedef enum PointResult { RESULT_SAME, RESULT_BOOL, RESULT_REAL } PointResult;
enum { // PointOp.takes
	TAKES_BOOL = 1, TAKES_INT = 2, TAKES_UINT = 4 /* u16, u32, u64 */, TAKES_HALF = 8, TAKES_REAL = 16,
	TAKES_COMPLEX = 32, TAKES_CHALF = 64,
	TAKES_FLOAT = TAKES_HALF | TAKES_REAL,
	TAKES_NUMBER = TAKES_INT | TAKES_FLOAT,
	TAKES_ALL = 127,
};

typedef struct PointOp {
	const char *name;      // as PyTorch quotes it: "\"name\" not implemented for 'Half'"
	uint8_t nin;
	uint8_t takes;
	uint8_t result;        // PointResult
	bool to_float;         // integers become the default float first
	uint8_t masks;         // bit k: operand k is a bool mask outside promotion
	bool exact_number;     // a number meets half precision unrounded
	uint8_t fast;          // index into the table of SIMD bodies for float; 0 = none
	PointBody body[CARRIERS];
	Status (*check)(Exec *x, const PointParams *p); // after promotion, before anything is allocated
} PointOp;

typedef enum PointForm { FORM_NEW, FORM_INPLACE, FORM_OUT } PointForm;

// Runs op on in[0 … op->nin), each a tensor or a number.  FORM_NEW makes the result; otherwise out receives it
// (FORM_OUT resizes it first) and *rets is a new reference to it.  p may be NULL when op has no numbers.
Status pointwise(Exec *x, const PointOp *op, const IValue *in, PointParams *p, PointForm form, IValue out, IValue *rets);
// As pointwise with the common dtype given instead of promoted.
Status pointwise_as(Exec *x, const PointOp *op, const IValue *in, PointParams *p, DType common, PointForm form,
	IValue out, IValue *rets);
// The checks that writing into a tensor makes: no element written twice, no partial overlap with an input.
Status check_internal_overlap(Exec *x, const Tensor *out);
Status check_partial_overlap(Exec *x, const Tensor *out, const Tensor *in);
Status fail_not_implemented(Exec *x, const char *name, DType d);

// The common dtype of tensors and numbers; DT_NONE after reporting when they have none.
DType point_common_dtype(Exec *x, const IValue *in, int n);

// One kernel in its three forms: NAME##_form(x, args, nargs, form, out, rets) is the shared part.
#define THREE_FORMS(NAME)                                                                               \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)                          \
	{                                                                                               \
		return NAME##_form(x, args, nargs, FORM_NEW, iv_none(), rets);                          \
	}                                                                                               \
	Status op_##NAME##_(Exec *x, const IValue *args, int nargs, IValue *rets);                      \
	Status op_##NAME##_(Exec *x, const IValue *args, int nargs, IValue *rets)                       \
	{                                                                                               \
		return NAME##_form(x, args, nargs, FORM_INPLACE, args[0], rets);                        \
	}                                                                                               \
	Status op_##NAME##_out(Exec *x, const IValue *args, int nargs, IValue *rets);                   \
	Status op_##NAME##_out(Exec *x, const IValue *args, int nargs, IValue *rets)                    \
	{                                                                                               \
		return NAME##_form(x, args, nargs - 1, FORM_OUT, args[nargs - 1], rets);                \
	}
#define FORM_HEAD(NAME)                                                                                 \
	static Status NAME##_form(Exec *x, const IValue *args, int nargs, PointForm form, IValue out, IValue *rets)

// A kernel whose operands are its first op->nin arguments and that has no numbers.
#define PLAIN_KERNEL(NAME, OP)                                                                          \
	FORM_HEAD(NAME)                                                                                 \
	{                                                                                               \
		(void)nargs;                                                                            \
		return pointwise(x, OP, args, NULL, form, out, rets);                                   \
	}                                                                                               \
	THREE_FORMS(NAME)
// A kernel whose arguments after the operands are COUNT numbers.
#define NUMBER_KERNEL(NAME, OP, COUNT)                                                                  \
	FORM_HEAD(NAME)                                                                                 \
	{                                                                                               \
		(void)nargs;                                                                            \
		PointParams p = {.numbers = COUNT, .check_numbers = true};                              \
		for (int i = 0; i < COUNT; i++)                                                         \
			p.number[i] = args[(OP)->nin + i];                                              \
		return pointwise(x, OP, args, &p, form, out, rets);                                     \
	}                                                                                               \
	THREE_FORMS(NAME)

// Bodies from expressions in a, b, c (operands), p (parameters).
#define BODY1(NAME, TO, TI, E)                                                                          \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		TO *o = out[0];                                                                         \
		const TI *pa = in[0];                                                                   \
		(void)p;                                                                                \
		for (int64_t k = 0; k < n; k++) {                                                       \
			TI a = pa[k];                                                                   \
			(void)a;                                                                        \
			o[k] = (TO)(E);                                                                 \
		}                                                                                       \
	}
#define BODY2(NAME, TO, TI, E)                                                                          \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		TO *o = out[0];                                                                         \
		const TI *pa = in[0], *pb = in[1];                                                      \
		(void)p;                                                                                \
		for (int64_t k = 0; k < n; k++) {                                                       \
			TI a = pa[k], b = pb[k];                                                        \
			(void)a, (void)b;                                                               \
			o[k] = (TO)(E);                                                                 \
		}                                                                                       \
	}
#define BODY3(NAME, TO, TI, E)                                                                          \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		TO *o = out[0];                                                                         \
		const TI *pa = in[0], *pb = in[1], *pc = in[2];                                         \
		(void)p;                                                                                \
		for (int64_t k = 0; k < n; k++) {                                                       \
			TI a = pa[k], b = pb[k], c = pc[k];                                             \
			(void)a, (void)b, (void)c;                                                      \
			o[k] = (TO)(E);                                                                 \
		}                                                                                       \
	}
#define REAL1(NAME, E) BODY1(NAME##_f32, float, float, E) BODY1(NAME##_f64, double, double, E)
#define REAL2(NAME, E) BODY2(NAME##_f32, float, float, E) BODY2(NAME##_f64, double, double, E)
#define REAL3(NAME, E) BODY3(NAME##_f32, float, float, E) BODY3(NAME##_f64, double, double, E)
#define CPLX1(NAME, E) BODY1(NAME##_c64, c64_t, c64_t, E) BODY1(NAME##_c128, c128_t, c128_t, E)
#define CPLX2(NAME, E) BODY2(NAME##_c64, c64_t, c64_t, E) BODY2(NAME##_c128, c128_t, c128_t, E)
#define CPLX3(NAME, E) BODY3(NAME##_c64, c64_t, c64_t, E) BODY3(NAME##_c128, c128_t, c128_t, E)
#define INT1(NAME, E) BODY1(NAME##_i64, int64_t, int64_t, E) BODY1(NAME##_u64, uint64_t, uint64_t, E)
#define INT2(NAME, E) BODY2(NAME##_i64, int64_t, int64_t, E) BODY2(NAME##_u64, uint64_t, uint64_t, E)
#define INT3(NAME, E) BODY3(NAME##_i64, int64_t, int64_t, E) BODY3(NAME##_u64, uint64_t, uint64_t, E)
#define HAS_REAL(NAME) [CARRY_F32] = NAME##_f32, [CARRY_F64] = NAME##_f64
#define HAS_CPLX(NAME) [CARRY_C64] = NAME##_c64, [CARRY_C128] = NAME##_c128
#define HAS_INT(NAME) [CARRY_I64] = NAME##_i64, [CARRY_U64] = NAME##_u64

#endif
