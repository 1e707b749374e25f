// SPDX-License-Identifier: BSD-3-Clause
// range and slice objects.
#include "frontend/build/types.h"

IValue py_range(Build *b, int64_t start, int64_t stop, int64_t step)
{
	PyRange *r = py_new(b, PY_RANGE, sizeof *r);
	r->start = start;
	r->stop = stop;
	r->step = step;
	return py_value(r);
}

IValue py_slice(Build *b, IValue start, IValue stop, IValue step)
{
	PySlice *s = py_new(b, PY_SLICE, sizeof *s);
	s->start = ivalue_ref(start);
	s->stop = ivalue_ref(stop);
	s->step = ivalue_ref(step);
	return py_value(s);
}

int64_t range_length(const PyRange *r)
{
	__int128 span = r->step > 0 ? (__int128)r->stop - r->start : (__int128)r->start - r->stop;
	__int128 step = r->step > 0 ? r->step : -(__int128)r->step;
	__int128 n = span <= 0 ? 0 : (span - 1) / step + 1;
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static Status range_make(Build *b, const PyArgs *a, IValue *out)
{
	int64_t v[3] = {0, 0, 1};
	if (a->nkw)
		return py_raise(b, "TypeError", "range() takes no keyword arguments");
	if (a->npos < 1)
		return py_raise(b, "TypeError", "range expected at least 1 argument, got 0");
	if (a->npos > 3)
		return py_raise(b, "TypeError", "range expected at most 3 arguments, got %d", a->npos);
	for (int i = 0; i < a->npos; i++)
		TRY(number_index(b, a->pos[i], &v[a->npos == 1 ? 1 : i]));
	if (v[2] == 0)
		return py_raise(b, "ValueError", "range() arg 3 must not be zero");
	*out = py_range(b, v[0], v[1], v[2]);
	return STATUS_OK;
}

#define RANGE_FIELD(field)                                                       \
	static Status range_##field(Build *b, const PyArgs *a, IValue *out)      \
	{                                                                        \
		(void)b;                                                         \
		*out = iv_int(PY_AS(PyRange, a->self)->field);                   \
		return STATUS_OK;                                                \
	}
RANGE_FIELD(start)
RANGE_FIELD(stop)
RANGE_FIELD(step)

static Status range_count(Build *b, const PyArgs *a, IValue *out)
{
	bool in;
	if (a->npos != 1)
		return raise_arity(b, "range.count", 1, a->npos);
	TRY(py_contains(b, a->self, a->pos[0], &in));
	*out = iv_int(in);
	return STATUS_OK;
}

static Status range_index(Build *b, const PyArgs *a, IValue *out)
{
	bool in;
	if (a->npos != 1)
		return raise_arity(b, "range.index", 1, a->npos);
	TRY(py_contains(b, a->self, a->pos[0], &in));
	if (!in)
		return py_raise(b, "ValueError", "%lld is not in range", (long long)a->pos[0].i);
	const PyRange *r = PY_AS(PyRange, a->self);
	*out = iv_int((iv_as_i64(a->pos[0]) - r->start) / r->step);
	return STATUS_OK;
}

static Status slice_make(Build *b, const PyArgs *a, IValue *out)
{
	IValue none = iv_none();
	if (a->npos < 1 || a->npos > 3 || a->nkw)
		return py_raise(b, "TypeError", "slice expected at %s argument%s, got %d", a->npos < 1 ? "least 1" : "most 3",
			a->npos < 1 ? "" : "s", a->npos);
	*out = a->npos == 1 ? py_slice(b, none, a->pos[0], none) :
		py_slice(b, a->pos[0], a->pos[1], a->npos > 2 ? a->pos[2] : none);
	return STATUS_OK;
}

#define SLICE_FIELD(field)                                                       \
	static Status slice_##field(Build *b, const PyArgs *a, IValue *out)      \
	{                                                                        \
		(void)b;                                                         \
		*out = ivalue_ref(PY_AS(PySlice, a->self)->field);               \
		return STATUS_OK;                                                \
	}
SLICE_FIELD(start)
SLICE_FIELD(stop)
SLICE_FIELD(step)

static Status slice_indices_method(Build *b, const PyArgs *a, IValue *out)
{
	int64_t n, start, stop, step, count;
	TRY(args_parse(b, a, "indices", "length:i /", &n));
	if (n < 0)
		return py_raise(b, "ValueError", "length should not be negative");
	TRY(slice_indices(b, a->self, n, &start, &stop, &step, &count));
	IValue v[3] = {iv_int(start), iv_int(stop), iv_int(step)};
	*out = py_tuple_of(b, v, 3);
	return STATUS_OK;
}

void types_init_range(Build *b)
{
	static const NativeMethod ranges[] = {{"count", range_count}, {"index", range_index}, {0}};
	static const NativeMethod slices[] = {{"indices", slice_indices_method}, {0}};
	Types *t = b->types;
	t->range = types_class(b, "range", t->object, PAYLOAD_NONE, range_make, ranges);
	py_class_property(b, t->range, "start", range_start, NULL);
	py_class_property(b, t->range, "stop", range_stop, NULL);
	py_class_property(b, t->range, "step", range_step, NULL);
	types_add_dunders(b, t->range, "ch");
	t->slice = types_class(b, "slice", t->object, PAYLOAD_NONE, slice_make, slices);
	py_class_property(b, t->slice, "start", slice_start, NULL);
	py_class_property(b, t->slice, "stop", slice_stop, NULL);
	py_class_property(b, t->slice, "step", slice_step, NULL);
}
