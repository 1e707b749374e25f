// SPDX-License-Identifier: BSD-3-Clause
// Exec: what an operation needs from the run it belongs to, and how operations are called.
#ifndef WICK_CORE_EXEC_H
#define WICK_CORE_EXEC_H

#include "core/budget.h"
#include "core/ivalue.h"
#include "core/random.h"

typedef struct Exec {
	Error *err;              // where a failing operation reports; never NULL
	Generator *rng;          // the default CPU generator of this run
	Budget *budget;          // memory and time; may be NULL
	bool grad_enabled;
	bool autocast_cpu;       // torch.autocast("cpu") is active
	void (*print)(void *user, const char *s, size_t n); // print(); NULL = stdout
	void (*warn)(void *user, const char *msg);          // warnings.warn; NULL = stderr
	void *user;
	void *interp;            // interp/'s own state
} Exec;

// Every operation, tensor or scalar, has this form.
//   args  one entry per schema argument, in schema order, defaults filled in; borrowed
//   rets  one entry per schema result; on success the callee stores owned values, on failure nothing
// For an op that writes its argument (Tensor(a!) self) the result is a new reference to that argument.
// For a vararg schema ("...") nargs says how many there are.
typedef Status (*Kernel)(Exec *x, const IValue *args, int nargs, IValue *rets);

// Reading arguments.  The types were checked by the compiler, so these assert instead of failing.
static inline Tensor *arg_tensor(IValue v) { return v.tag == TAG_TENSOR ? v.tensor : NULL; } // NULL for None
static inline bool arg_bool(IValue v) { return v.i != 0; }
static inline int64_t arg_int(IValue v) { return iv_as_i64(v); }
static inline int64_t arg_int_or(IValue v, int64_t none) { return iv_is_none(v) ? none : iv_as_i64(v); }
static inline double arg_float(IValue v) { return iv_as_f64(v); }
static inline double arg_float_or(IValue v, double none) { return iv_is_none(v) ? none : iv_as_f64(v); }
static inline const char *arg_str(IValue v) { return v.tag == TAG_STR ? v.str->s : NULL; } // NULL for None
static inline DType arg_dtype_or(IValue v, DType none) { return iv_is_none(v) ? none : (DType)v.i; }
// An int[] (or float[]) argument into a caller's array; more than cap entries or an unknown dtype is an error.
Status arg_ints(Exec *x, IValue v, int64_t *out, int cap, int *n);
// As arg_ints for int[N]: a list of one entry is repeated N times; None gives n = 0.
Status arg_ints_fixed(Exec *x, IValue v, int64_t *out, int want, const char *what);
Status arg_floats(Exec *x, IValue v, double *out, int cap, int *n);
// Checks that an integer names a dtype Wick has.
Status arg_dtype(Exec *x, IValue v, DType none, DType *out);

static inline Status ret_tensor(IValue *rets, Tensor *t) // takes t
{
	rets[0] = iv_take_tensor(t);
	return STATUS_OK;
}
#define xfail(x, ...) fail((x)->err, STATUS_RUNTIME, __VA_ARGS__)

#endif
