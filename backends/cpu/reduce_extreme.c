// SPDX-License-Identifier: BSD-3-Clause
// Largest and smallest elements and where they are.  The first NaN wins over everything; among equals the first
// position wins.  Values live in a (floats) or i (integers), positions in j.
#include "backends/cpu/reduce.h"
#include "backends/cpu/table.h"

#include <math.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)
#define FOLD(NAME) static void NAME(FoldState *s, const void *run, int64_t n, int64_t at, const FoldParams *p)
#define NONE_YET (-1)

#define EXTREME(NAME, BEATS)                                                                            \
	static inline bool NAME##_beats_f(double v, double best) { return best == best && (v != v || v BEATS best); } \
	FOLD(NAME##_f64)                                                                                \
	{                                                                                               \
		(void)p;                                                                                \
		const double *q = run;                                                                  \
		for (int64_t k = 0; k < n; k++)                                                         \
			if (s->j == NONE_YET || NAME##_beats_f(q[k], s->a)) {                           \
				s->a = q[k];                                                            \
				s->j = at + k;                                                          \
			}                                                                               \
	}                                                                                               \
	FOLD(NAME##_f32)                                                                                \
	{                                                                                               \
		(void)p;                                                                                \
		const float *q = run;                                                                   \
		for (int64_t k = 0; k < n; k++)                                                         \
			if (s->j == NONE_YET || NAME##_beats_f((double)q[k], s->a)) {                   \
				s->a = (double)q[k];                                                    \
				s->j = at + k;                                                          \
			}                                                                               \
	}                                                                                               \
	FOLD(NAME##_i64)                                                                                \
	{                                                                                               \
		(void)p;                                                                                \
		const int64_t *q = run;                                                                 \
		for (int64_t k = 0; k < n; k++)                                                         \
			if (s->j == NONE_YET || q[k] BEATS s->i) {                                      \
				s->i = q[k];                                                            \
				s->j = at + k;                                                          \
			}                                                                               \
	}                                                                                               \
	/* values only: no positions to keep, so the loop may run wide */                               \
	FOLD(NAME##_value_f32)                                                                          \
	{                                                                                               \
		(void)at, (void)p;                                                                      \
		float (*fast)(const float *, int64_t) = cpu_table()->NAME##_f32;                        \
		float v;                                                                                \
		if (fast && n > 0) {                                                                    \
			v = fast(run, n);                                                               \
			NAME##_f64(s, &(double){(double)v}, 1, 0, p);                                   \
		} else {                                                                                \
			NAME##_f32(s, run, n, 0, p);                                                    \
		}                                                                                       \
	}                                                                                               \
	static void NAME##_join(FoldState *s, const FoldState *t, const FoldParams *p)                  \
	{                                                                                               \
		(void)p;                                                                                \
		if (t->j == NONE_YET)                                                                   \
			return;                                                                         \
		/* both kinds of value are kept; the unused one is 0 on both sides */                   \
		if (s->j == NONE_YET || NAME##_beats_f(t->a, s->a) || t->i BEATS s->i)                  \
			*s = *t;                                                                        \
	}
EXTREME(max, >)
EXTREME(min, <)

static void store(const FoldState *s, Carrier carrier, void *out, DType d)
{
	if (carrier == CARRY_I64)
		element_set_i64(out, d, s->i);
	else
		element_set_f64(out, d, s->a);
}
static void value_finish(const FoldState *s, Carrier carrier, void *out, void *out2, const FoldParams *p)
{
	store(s, carrier, out, p->out);
	if (p->out2 != DT_NONE)
		element_set_i64(out2, p->out2, s->j);
}
static void place_finish(const FoldState *s, Carrier carrier, void *out, void *out2, const FoldParams *p)
{
	(void)carrier, (void)out2;
	element_set_i64(out, p->out, s->j < 0 ? 0 : s->j);
}
#define FOLDS(NAME) {[CARRY_I64] = NAME##_i64, [CARRY_F32] = NAME##_f32, [CARRY_F64] = NAME##_f64}
#define VALUE_FOLDS(NAME) {[CARRY_I64] = NAME##_i64, [CARRY_F32] = NAME##_value_f32, [CARRY_F64] = NAME##_f64}
#define START {.j = NONE_YET}
#define TAKES_ORDERED (TAKES_BOOL | TAKES_NUMBER)
static const Folder max_dim_folder = {"max_cpu", TAKES_ORDERED, true, START, FOLDS(max), max_join, value_finish, ACROSS_NONE};
static const Folder min_dim_folder = {"min_cpu", TAKES_ORDERED, true, START, FOLDS(min), min_join, value_finish, ACROSS_NONE};
static const Folder max_all_folder = {"max_all", TAKES_ORDERED, false, START, VALUE_FOLDS(max), max_join, value_finish, ACROSS_MAX};
static const Folder min_all_folder = {"min_all", TAKES_ORDERED, false, START, VALUE_FOLDS(min), min_join, value_finish, ACROSS_MIN};
static const Folder amax_folder = {"max_values_cpu", TAKES_ORDERED, false, START, VALUE_FOLDS(max), max_join, value_finish, ACROSS_MAX};
static const Folder amin_folder = {"min_values_cpu", TAKES_ORDERED, false, START, VALUE_FOLDS(min), min_join, value_finish, ACROSS_MIN};
static const Folder argmax_folder = {"argmax_cpu", TAKES_NUMBER, true, START, FOLDS(max), max_join, place_finish, ACROSS_NONE};
static const Folder argmin_folder = {"argmin_cpu", TAKES_NUMBER, true, START, FOLDS(min), min_join, place_finish, ACROSS_NONE};
static const Folder aminmax_low_folder = {"aminmax_cpu", TAKES_ORDERED, false, START, VALUE_FOLDS(min), min_join, value_finish, ACROSS_MIN};
static const Folder aminmax_high_folder = {"aminmax_cpu", TAKES_ORDERED, false, START, VALUE_FOLDS(max), max_join, value_finish, ACROSS_MAX};

static Status run_values(Exec *x, const Folder *f, const char *name, const Tensor *self, IValue dims, bool keepdim, IValue *rets)
{
	ReduceShape r;
	Tensor *t;
	FoldParams p = {0};
	DType d = tensor_dtype(self);
	TRY(reduce_refuse_empty(x, name, self, dims));
	TRY(reduce_shape(x, self, dims, true, keepdim, &r));
	TRY(reduce_new(x, f, self, d, &r, &p, d, &t));
	return ret_tensor(rets, t);
}
KERNEL(amax) { (void)nargs; return run_values(x, &amax_folder, "amax", args[0].tensor, args[1], arg_bool(args[2]), rets); }
KERNEL(amin) { (void)nargs; return run_values(x, &amin_folder, "amin", args[0].tensor, args[1], arg_bool(args[2]), rets); }
KERNEL(max) { (void)nargs; return run_values(x, &max_all_folder, "max", args[0].tensor, iv_none(), false, rets); }
KERNEL(min) { (void)nargs; return run_values(x, &min_all_folder, "min", args[0].tensor, iv_none(), false, rets); }

static Status run_pair(Exec *x, const Folder *f, const char *name, const Tensor *self, IValue dim, bool keepdim, IValue *rets)
{
	DType d = tensor_dtype(self);
	ReduceShape r;
	FoldParams p = {0};
	TRY(reduce_shape(x, self, dim, true, keepdim, &r));
	if (dtype_is_complex(d))
		return xfail(x, "%s(): does not support complex input", name);
	TRY(reduce_refuse_empty(x, name, self, dim));
	Tensor *values, *places;
	TRY(tensor_empty(d, r.sizes, r.ndim, &values, x->err));
	Status s = tensor_empty(DT_I64, r.sizes, r.ndim, &places, x->err);
	if (s != STATUS_OK) {
		tensor_unref(&values);
		return s;
	}
	s = reduce_run(x, f, self, d, &r, &p, values, places);
	if (s != STATUS_OK) {
		tensor_unref(&values);
		tensor_unref(&places);
		return s;
	}
	rets[0] = iv_take_tensor(values);
	rets[1] = iv_take_tensor(places);
	return STATUS_OK;
}
KERNEL(max_dim) { (void)nargs; return run_pair(x, &max_dim_folder, "max", args[0].tensor, args[1], arg_bool(args[2]), rets); }
KERNEL(min_dim) { (void)nargs; return run_pair(x, &min_dim_folder, "min", args[0].tensor, args[1], arg_bool(args[2]), rets); }

static Status run_place(Exec *x, const Folder *f, const char *name, const IValue *args, IValue *rets)
{
	const Tensor *self = args[0].tensor;
	DType d = tensor_dtype(self);
	if (dtype_is_complex(d))
		return xfail(x, "%s(): does not support complex input", name);
	if (d == DT_BOOL)
		return xfail(x, "%s(): does not support bool input", name);
	ReduceShape r;
	Tensor *t;
	FoldParams p = {0};
	TRY(reduce_refuse_empty(x, name, self, args[1]));
	TRY(reduce_shape(x, self, args[1], true, arg_bool(args[2]), &r));
	TRY(reduce_new(x, f, self, d, &r, &p, DT_I64, &t));
	return ret_tensor(rets, t);
}
KERNEL(argmax) { (void)nargs; return run_place(x, &argmax_folder, "argmax", args, rets); }
KERNEL(argmin) { (void)nargs; return run_place(x, &argmin_folder, "argmin", args, rets); }

static Status run_aminmax(Exec *x, const Tensor *self, IValue dim, bool keepdim, IValue *rets)
{
	TRY(run_values(x, &aminmax_low_folder, "aminmax", self, dim, keepdim, &rets[0]));
	Status s = run_values(x, &aminmax_high_folder, "aminmax", self, dim, keepdim, &rets[1]);
	if (s != STATUS_OK)
		ivalue_unref(&rets[0]);
	return s;
}
KERNEL(aminmax)
{
	(void)nargs;
	if (iv_is_none(args[1]) && args[0].tensor->numel == 0)
		return xfail(x, "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.");
	return run_aminmax(x, args[0].tensor, args[1], arg_bool(args[2]), rets);
}
KERNEL(_aminmax) { (void)nargs; return run_aminmax(x, args[0].tensor, iv_none(), false, rets); }
KERNEL(_aminmax_dim) { (void)nargs; return run_aminmax(x, args[0].tensor, args[1], arg_bool(args[2]), rets); }
