// SPDX-License-Identifier: BSD-3-Clause
// Complex tensors from and to real ones: complex, polar, conj_physical.
#include "backends/cpu/cmath.h"
#include "backends/cpu/nest.h"
#include "backends/cpu/pointwise.h"

#include <math.h>

CPLX1(conj, _Generic(a, c64_t: c64_make(c64_re(a), -c64_im(a)), default: c128_make(c128_re(a), -c128_im(a))))
REAL1(conj, a)
INT1(conj, a)
static const PointOp conj_op = {.name = "conj_cpu", .nin = 1, .takes = TAKES_ALL,
	.body = {HAS_REAL(conj), HAS_INT(conj), HAS_CPLX(conj)}};
FORM_HEAD(conj_physical)
{
	(void)nargs;
	if (form == FORM_NEW && !dtype_is_complex(tensor_dtype(args[0].tensor))) {
		rets[0] = ivalue_ref(args[0]);
		return STATUS_OK;
	}
	return pointwise(x, &conj_op, args, NULL, form, out, rets);
}
THREE_FORMS(conj_physical)
Status op__conj_physical(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op__conj_physical(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	return op_conj_physical(x, args, nargs, rets);
}

typedef struct PairArg { DType part; bool polar; } PairArg;

static void pair_loop(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const PairArg *c = arg;
	size_t size = dtype_size(c->part);
	for (int64_t i = 0; i < n; i++) {
		char *o = p[0] + i * strides[0];
		const char *a = p[1] + i * strides[1], *b = p[2] + i * strides[2];
		if (!c->polar) {
			memcpy(o, a, size);
			memcpy(o + size, b, size);
		} else if (c->part == DT_F32) {
			float r, t;
			memcpy(&r, a, 4);
			memcpy(&t, b, 4);
			float pair[2] = {r * cosf(t), r * sinf(t)};
			memcpy(o, pair, sizeof pair);
		} else {
			double r = element_f64(a, c->part), t = element_f64(b, c->part);
			element_set_f64(o, c->part, r * cos(t));
			element_set_f64(o + size, c->part, r * sin(t));
		}
	}
}

static Status pair(Exec *x, const IValue *args, bool polar, IValue *rets)
{
	const Tensor *a = args[0].tensor, *b = args[1].tensor;
	DType d = tensor_dtype(a);
	if (!dtype_is_float(d) || !dtype_is_float(tensor_dtype(b)) || d == DT_BF16)
		return xfail(x, "Expected both inputs to be Half, Float or Double tensors but got %s and %s", dtype_class_name(d),
			dtype_class_name(tensor_dtype(b)));
	if (d != tensor_dtype(b))
		return xfail(x, "Expected object of scalar type %s but got scalar type %s for second argument", dtype_class_name(d),
			dtype_class_name(tensor_dtype(b)));
	int64_t sizes[MAX_DIMS];
	int ndim;
	TRY(broadcast_sizes(a->sizes, a->ndim, b->sizes, b->ndim, sizes, &ndim, x->err));
	Tensor *t;
	TRY(tensor_empty(d == DT_F16 ? DT_C32 : d == DT_F32 ? DT_C64 : DT_C128, sizes, ndim, &t, x->err));
	PairArg arg = {d, polar};
	Nest n;
	nest_init(&n, sizes, ndim);
	nest_add(&n, t);
	nest_add(&n, a);
	nest_add(&n, b);
	nest_sort(&n, NULL);
	nest_merge(&n);
	nest_run(&n, 16384, pair_loop, &arg);
	return ret_tensor(rets, t);
}
Status op_complex(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_complex(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return pair(x, args, false, rets);
}
Status op_polar(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_polar(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	return pair(x, args, true, rets);
}
