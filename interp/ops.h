// SPDX-License-Identifier: BSD-3-Clause
// Shorthands for the ops that need no tensor kernels: each is a function of type Kernel called op_NAME.
#ifndef WICK_INTERP_OPS_H
#define WICK_INTERP_OPS_H

#include "interp/number.h"

#define KERNEL(name)                                                                                             \
	Status op_##name(Exec *x __attribute__((unused)), const IValue *args __attribute__((unused)),            \
		int nargs __attribute__((unused)), IValue *rets __attribute__((unused)))

static inline Status ret_value(IValue *rets, IValue v) // takes v
{
	rets[0] = v;
	return STATUS_OK;
}
static inline Status ret_int(IValue *rets, int64_t i) { return ret_value(rets, iv_int(i)); }
static inline Status ret_float(IValue *rets, double f) { return ret_value(rets, iv_float(f)); }
static inline Status ret_bool(IValue *rets, bool b) { return ret_value(rets, iv_bool(b)); }
static inline Status ret_complex(IValue *rets, c128_t z) { return ret_value(rets, iv_complex(creal(z), cimag(z))); }
static inline Status ret_text(IValue *rets, Text *t) // empties t
{
	rets[0] = iv_str(text_str(t), t->size);
	text_free(t);
	return STATUS_OK;
}
static inline c128_t make_complex(double re, double im) // re + im * I would lose signs and infinities
{
	double parts[2] = {re, im};
	c128_t z;
	memcpy(&z, parts, sizeof z);
	return z;
}
static inline c128_t arg_complex(IValue v)
{
	return v.tag == TAG_COMPLEX ? make_complex(v.complex_->re, v.complex_->im) : make_complex(iv_as_f64(v), 0);
}

// ---- ops_tensor.c
IValue tensor_number(const Tensor *t);                          // of a one-element tensor on the CPU
Status tensor_item(Exec *x, const Tensor *t, IValue *out);      // item(): checks that it is one
Status number_tensor(Exec *x, IValue number, DType d, Tensor **out); // 0-d

// ---- ops_sort.c
Status sort_values(Exec *x, IValue *items, int64_t n, bool reverse); // stable
Status value_less(Exec *x, IValue a, IValue b, bool *less);

// ---- ops_compare.c
Status value_equal(Exec *x, IValue a, IValue b, bool *equal);   // ==; tensors as bool((a == b))

#endif
