// SPDX-License-Identifier: BSD-3-Clause
// Runs rows of tests/ops/*.txt, which tests/oracle/op_rows.py writes from real PyTorch:
//
//   aten::add.Tensor | f32[2]{1,2} f32[]{0.5} i:1 => f32[2]{1.5,2.5}
//   aten::relu | b[1]{1} =! Boolean inputs not supported for relu
//
// Values: dtype[sizes]{elements in row-major order} (a complex element is two), @[strides] after the sizes when
// the tensor is a view of its elements in storage order; i:1, f:0.5, b:1, c:1,2, s:text, none, (i:1 i:2) lists.
#ifndef WICK_TESTS_OP_ROWS_H
#define WICK_TESTS_OP_ROWS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "interp/interp.h"

#include <cmocka.h>

typedef struct RowReader { const char *p; int line; } RowReader;

static void row_space(RowReader *r)
{
	while (*r->p == ' ')
		r->p++;
}

static int row_ints(RowReader *r, int64_t *out) // [1,2]
{
	int n = 0;
	r->p++;
	while (*r->p && *r->p != ']') {
		out[n++] = strtoll(r->p, (char **)&r->p, 10);
		if (*r->p == ',')
			r->p++;
	}
	r->p++;
	return n;
}

static DType row_dtype(RowReader *r)
{
	static const struct { const char *name; DType d; } names[] = {{"bf16", DT_BF16}, {"c128", DT_C128}, {"c64", DT_C64},
		{"c32", DT_C32}, {"f16", DT_F16}, {"f32", DT_F32}, {"f64", DT_F64}, {"i16", DT_I16}, {"i32", DT_I32}, {"i64", DT_I64},
		{"i8", DT_I8}, {"u8", DT_U8}, {"b", DT_BOOL}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i].name);
		if (!strncmp(r->p, names[i].name, n) && r->p[n] == '[') {
			r->p += n;
			return names[i].d;
		}
	}
	return DT_NONE;
}

static Tensor *row_tensor(RowReader *r, DType d)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS], count = 1;
	int ndim = row_ints(r, sizes);
	contiguous_strides(sizes, ndim, strides);
	assert_true(sizes_product(sizes, ndim, &count));
	if (*r->p == '@') {
		r->p++;
		row_ints(r, strides);
		int64_t last = 0;
		for (int i = 0; i < ndim; i++)
			last += (sizes[i] - 1) * strides[i];
		count = count ? last + 1 : 0;
	}
	Storage *s;
	assert_int_equal(storage_new((size_t)count * dtype_size(d), &s, NULL), STATUS_OK);
	assert_int_equal(*r->p++, '{');
	for (int64_t i = 0; i < count; i++) {
		double v[2] = {0, 0};
		int64_t whole = 0;
		for (int k = 0; k < (dtype_is_complex(d) ? 2 : 1); k++) {
			whole = strtoll(r->p, NULL, 10);
			v[k] = strtod(r->p, (char **)&r->p);
			if (*r->p == ',')
				r->p++;
		}
		void *e = s->data + (size_t)i * dtype_size(d);
		if (dtype_is_float(d) || dtype_is_complex(d))
			element_set_c128(e, d, v[0], v[1]);
		else
			element_set_i64(e, d, whole);
	}
	assert_int_equal(*r->p++, '}');
	Tensor *t = tensor_over(s, d, sizes, strides, ndim, 0);
	storage_unref(&s);
	return t;
}

static IValue row_value(RowReader *r)
{
	row_space(r);
	const char *p = r->p;
	if (!strncmp(p, "none", 4)) {
		r->p += 4;
		return iv_none();
	}
	if (*p == '(') {
		r->p++;
		ListObj *l = NULL;
		for (;;) {
			row_space(r);
			if (*r->p == ')')
				break;
			IValue v = row_value(r);
			if (!l)
				l = list_new(v.tag == TAG_TENSOR ? &type_tensor : v.tag == TAG_FLOAT ? &type_float : v.tag == TAG_BOOL ? &type_bool
					: &type_int, 4);
			assert_int_equal(list_append_take(l, v, NULL), STATUS_OK);
		}
		r->p++;
		return iv_take_list(l ? l : list_new(&type_int, 0));
	}
	if (p[1] == ':') {
		r->p += 2;
		switch (*p) {
		case 'i': return iv_int(strtoll(r->p, (char **)&r->p, 10));
		case 'f': return iv_float(strtod(r->p, (char **)&r->p));
		case 'b': return iv_bool(strtoll(r->p, (char **)&r->p, 10) != 0);
		case 'c': {
			double re = strtod(r->p, (char **)&r->p);
			r->p++;
			return iv_complex(re, strtod(r->p, (char **)&r->p));
		}
		case 's': {
			size_t n = strcspn(r->p, " \n");
			IValue v = iv_str(r->p, n);
			r->p += n;
			return v;
		}
		}
	}
	DType d = row_dtype(r);
	if (d == DT_NONE)
		fail_msg("line %d: cannot read %s", r->line, p);
	return iv_take_tensor(row_tensor(r, d));
}

static bool row_close(double a, double b, double tolerance)
{
	if (a == b || (isnan(a) && isnan(b)))
		return true;
	return fabs(a - b) <= tolerance * (fabs(b) > 1 ? fabs(b) : 1);
}

static bool row_same(IValue have, IValue want)
{
	if (have.tag != want.tag)
		return false;
	if (want.tag == TAG_LIST) {
		bool same = have.list->n == want.list->n;
		for (int64_t i = 0; same && i < want.list->n; i++)
			same = row_same(have.list->items[i], want.list->items[i]);
		return same;
	}
	if (want.tag == TAG_FLOAT)
		return row_close(have.f, want.f, 1e-12);
	if (want.tag != TAG_TENSOR)
		return have.i == want.i;
	const Tensor *a = have.tensor, *b = want.tensor;
	if (a->dtype != b->dtype || !sizes_equal(a, b))
		return false;
	for (int i = 0; i < b->ndim; i++)
		if (a->strides[i] != b->strides[i] && a->sizes[i] > 1 && a->numel)
			return false;
	DType d = tensor_dtype(b);
	double tolerance = d == DT_F64 || d == DT_C128 ? 1e-11 : d == DT_F32 || d == DT_C64 ? 3e-6 : d == DT_BF16 ? 8e-3 : 1e-3;
	ElemIter ia, ib;
	elem_iter_init(&ia, a);
	elem_iter_init(&ib, b);
	for (; ib.left; elem_iter_next(&ia, a), elem_iter_next(&ib, b)) {
		const char *pa = (const char *)tensor_data(a) + ia.offset * (int64_t)dtype_size(d);
		const char *pb = (const char *)tensor_data(b) + ib.offset * (int64_t)dtype_size(d);
		if (dtype_is_float(d) || dtype_is_complex(d)) {
			double ra, ma, rb, mb;
			element_c128(pa, d, &ra, &ma);
			element_c128(pb, d, &rb, &mb);
			if (!row_close(ra, rb, tolerance) || !row_close(ma, mb, tolerance))
				return false;
		} else if (element_i64(pa, d) != element_i64(pb, d)) {
			return false;
		}
	}
	return true;
}

// Returns whether the row holds; prints it otherwise.
static bool row_run(Exec *x, char *line, int number)
{
	char *bar = strstr(line, " | "), *arrow = strstr(line, " => "), *bang = strstr(line, " =! ");
	if (!bar || (!arrow && !bang))
		fail_msg("line %d is no row", number);
	*bar = 0;
	char *end = arrow ? arrow : bang;
	*end = 0;
	const Op *op = op_find_key(line);
	if (!op)
		fail_msg("line %d: no op %s", number, line);
	RowReader r = {bar + 3, number};
	IValue args[16], rets[8];
	int n = 0;
	for (row_space(&r); *r.p; row_space(&r))
		args[n++] = row_value(&r);
	for (int i = 0; i < 8; i++)
		rets[i] = iv_none();
	error_clear(x->err);
	Status s = op_call(x, op, args, n, rets);
	bool good = true;
	if (bang) {
		char *want = bang + 4;
		want[strcspn(want, "\n")] = 0;
		good = s != STATUS_OK && x->err->message && !strncmp(x->err->message, want, strlen(want));
		if (!good)
			print_error("line %d %s: wanted the error \"%s\", got \"%s\"\n", number, line, want, s ? x->err->message : "none");
	} else if (s != STATUS_OK) {
		good = false;
		print_error("line %d %s: %s\n", number, line, x->err->message);
	} else {
		RowReader w = {arrow + 4, number};
		int k = 0;
		for (row_space(&w); *w.p && *w.p != '\n'; row_space(&w), k++) {
			IValue want = row_value(&w);
			if (!row_same(rets[k], want)) {
				Text t = {0};
				ivalue_repr(&t, rets[k]);
				print_error("line %d %s: result %d is %s, wanted %s", number, line, k, text_str(&t), arrow + 4);
				text_free(&t);
				good = false;
			}
			ivalue_unref(&want);
		}
	}
	for (int i = 0; i < n; i++)
		ivalue_unref(&args[i]);
	for (int i = 0; i < 8; i++)
		ivalue_unref(&rets[i]);
	return good;
}

static void rows_run(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	Error err = ERROR_INIT;
	Exec x;
	Generator *g = generator_new(0);
	exec_init(&x, &err, g);
	char *line = NULL;
	size_t cap = 0;
	int number = 0, bad = 0;
	while (getline(&line, &cap, f) > 0) {
		number++;
		if (*line != '#' && *line != '\n')
			bad += !row_run(&x, line, number);
	}
	free(line);
	fclose(f);
	error_clear(&err);
	generator_unref(&g);
	if (bad)
		fail_msg("%d of %d rows of %s do not hold", bad, number, path);
}

#endif
