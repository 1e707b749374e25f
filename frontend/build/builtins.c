// SPDX-License-Identifier: BSD-3-Clause
// The functions of the module builtins.  Its classes come from types.c.
#include "frontend/build/frame.h"
#include "frontend/build/str.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status one(Build *b, const PyArgs *a, const char *name)
{
	if (a->nkw)
		return py_raise(b, "TypeError", "%s() takes no keyword arguments", name);
	return a->npos == 1 ? STATUS_OK : raise_arity(b, name, 1, a->npos);
}

static Status text_result(Build *b, Status st, Text *t, IValue *out)
{
	(void)b;
	if (st == STATUS_OK)
		*out = iv_str(text_str(t), t->size);
	text_free(t);
	return st;
}

// ---- text

static Status write_to(Build *b, IValue file, const char *s, size_t n)
{
	if (file.tag == TAG_NONE) {
		build_print(b, s, n);
		return STATUS_OK;
	}
	IValue text = iv_str(s, n), r;
	Status st = py_call_method(b, file, "write", &text, 1, &r);
	ivalue_unref(&text);
	if (st == STATUS_OK)
		ivalue_unref(&r);
	return st;
}

static Status builtin_print(Build *b, const PyArgs *a, IValue *out)
{
	IValue rest, sep, end, file, flush;
	TRY(args_parse(b, a, "print", "*objects sep:o=None end:o=None file:o=None flush:o=False", &rest, &sep, &end, &file,
		&flush));
	StrObj *s = NULL, *e = NULL;
	Status st = STATUS_OK;
	if (sep.tag != TAG_NONE && !py_as_str(sep, &s))
		st = py_raise(b, "TypeError", "sep must be None or a string, not %s", py_type_name(b, sep));
	else if (end.tag != TAG_NONE && !py_as_str(end, &e))
		st = py_raise(b, "TypeError", "end must be None or a string, not %s", py_type_name(b, end));
	Text t = {0};
	for (int64_t i = 0; i < rest.tuple->n && st == STATUS_OK; i++) {
		if (i)
			text_addn(&t, s ? s->s : " ", s ? (size_t)s->n : 1);
		st = py_str(b, rest.tuple->items[i], &t);
	}
	if (st == STATUS_OK) {
		text_addn(&t, e ? e->s : "\n", e ? (size_t)e->n : 1);
		st = write_to(b, file, text_str(&t), t.size);
	}
	text_free(&t);
	ivalue_unref(&rest);
	*out = iv_none();
	return st;
}

static Status builtin_repr(Build *b, const PyArgs *a, IValue *out)
{
	Text t = {0};
	TRY(one(b, a, "repr"));
	return text_result(b, py_repr(b, a->pos[0], &t), &t, out);
}

static Status builtin_ascii(Build *b, const PyArgs *a, IValue *out)
{
	Text t = {0};
	TRY(one(b, a, "ascii"));
	return text_result(b, py_ascii(b, a->pos[0], &t), &t, out);
}

static Status builtin_format(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, spec;
	TRY(args_parse(b, a, "format", "value:o format_spec:S=None /", &v, &spec));
	Text t = {0};
	return text_result(b, py_format(b, v, spec.tag == TAG_STR ? spec.str->s : "", spec.tag == TAG_STR ?
		(size_t)spec.str->n : 0, &t), &t, out);
}

static Status builtin_chr(Build *b, const PyArgs *a, IValue *out)
{
	int64_t c;
	TRY(one(b, a, "chr"));
	TRY(number_index(b, a->pos[0], &c));
	if (c < 0 || c > 0x10ffff)
		return py_raise(b, "ValueError", "chr() arg not in range(0x110000)");
	*out = str_char(b, (uint32_t)c);
	return STATUS_OK;
}

static Status builtin_ord(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *s;
	int len;
	TRY(one(b, a, "ord"));
	if (py_is(a->pos[0], PY_BYTES) && PY_AS(PyBytes, a->pos[0])->n == 1) {
		*out = iv_int((unsigned char)PY_AS(PyBytes, a->pos[0])->s[0]);
		return STATUS_OK;
	}
	if (!py_as_str(a->pos[0], &s))
		return py_raise(b, "TypeError", "ord() expected string of length 1, but %s found", py_type_name(b, a->pos[0]));
	int64_t n = utf8_count(s->s, s->n);
	if (n != 1)
		return py_raise(b, "TypeError", "ord() expected a character, but string of length %lld found", (long long)n);
	*out = iv_int(utf8_get(s->s, s->n, &len));
	return STATUS_OK;
}

static Status radix(Build *b, const PyArgs *a, const char *name, const char *spec, IValue *out)
{
	int64_t i;
	TRY(one(b, a, name));
	TRY(number_index(b, a->pos[0], &i));
	Text t = {0};
	return text_result(b, py_format(b, iv_int(i), spec, strlen(spec), &t), &t, out);
}

static Status builtin_hex(Build *b, const PyArgs *a, IValue *out) { return radix(b, a, "hex", "#x", out); }
static Status builtin_oct(Build *b, const PyArgs *a, IValue *out) { return radix(b, a, "oct", "#o", out); }
static Status builtin_bin(Build *b, const PyArgs *a, IValue *out) { return radix(b, a, "bin", "#b", out); }

static Status builtin_input(Build *b, const PyArgs *a, IValue *out)
{
	(void)a, (void)out;
	return py_raise(b, "EOFError", "input() is not available: a program here has no standard input");
}

// ---- kinds and identity

static Status builtin_len(Build *b, const PyArgs *a, IValue *out)
{
	int64_t n;
	TRY(one(b, a, "len"));
	TRY(py_len(b, a->pos[0], &n));
	*out = iv_int(n);
	return STATUS_OK;
}

static Status builtin_isinstance(Build *b, const PyArgs *a, IValue *out)
{
	bool t;
	if (a->npos != 2 || a->nkw)
		return raise_arity(b, "isinstance", 2, a->npos);
	TRY(py_isinstance(b, a->pos[0], a->pos[1], &t));
	*out = iv_bool(t);
	return STATUS_OK;
}

static Status builtin_issubclass(Build *b, const PyArgs *a, IValue *out)
{
	bool t;
	if (a->npos != 2 || a->nkw)
		return raise_arity(b, "issubclass", 2, a->npos);
	if (!py_is(a->pos[0], PY_CLASS))
		return py_raise(b, "TypeError", "issubclass() arg 1 must be a class");
	TRY(types_issubclass(b, PY_AS(PyClass, a->pos[0]), a->pos[1], &t));
	*out = iv_bool(t);
	return STATUS_OK;
}

static Status builtin_callable(Build *b, const PyArgs *a, IValue *out)
{
	TRY(one(b, a, "callable"));
	*out = iv_bool(py_callable(b, a->pos[0]));
	return STATUS_OK;
}

static Status builtin_id(Build *b, const PyArgs *a, IValue *out)
{
	TRY(one(b, a, "id"));
	IValue v = a->pos[0];
	*out = iv_int(ivalue_counted(v) ? v.i : (int64_t)(hash_bytes(&v, sizeof v) >> 2));
	return STATUS_OK;
}

static Status builtin_hash(Build *b, const PyArgs *a, IValue *out)
{
	uint64_t h;
	TRY(one(b, a, "hash"));
	IValue v = py_unwrap(a->pos[0]);
	if (!types_override(b, a->pos[0], D_hash)) {
		if (v.tag == TAG_INT || v.tag == TAG_BOOL) {
			*out = iv_int(v.i == -1 ? -2 : v.i);
			return STATUS_OK;
		}
		if (v.tag == TAG_FLOAT && v.f == floor(v.f) && fabs(v.f) < 0x1p62) {
			*out = iv_int(v.f == -1 ? -2 : (int64_t)v.f);
			return STATUS_OK;
		}
	}
	TRY(py_hash(b, a->pos[0], &h));
	*out = iv_int((int64_t)h);
	return STATUS_OK;
}

// ---- attributes

static Status name_of(Build *b, IValue v, const char *fname, StrObj **out)
{
	StrObj *s;
	if (!py_as_str(v, &s))
		return py_raise(b, "TypeError", "%s(): attribute name must be string", fname);
	*out = py_intern_n(b, s->s, (size_t)s->n);
	return STATUS_OK;
}

static Status builtin_getattr(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	bool found;
	if (a->npos < 2 || a->npos > 3 || a->nkw)
		return py_raise(b, "TypeError", "getattr expected at %s arguments, got %d", a->npos < 2 ? "least 2" : "most 3",
			a->npos);
	TRY(name_of(b, a->pos[1], "getattr", &name));
	if (a->npos == 2)
		return py_getattr(b, a->pos[0], name, out);
	TRY(py_getattr_opt(b, a->pos[0], name, out, &found));
	if (!found)
		*out = ivalue_ref(a->pos[2]);
	return STATUS_OK;
}

static Status builtin_hasattr(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	bool found;
	IValue v;
	if (a->npos != 2)
		return raise_arity(b, "hasattr", 2, a->npos);
	TRY(name_of(b, a->pos[1], "hasattr", &name));
	TRY(py_getattr_opt(b, a->pos[0], name, &v, &found));
	if (found)
		ivalue_unref(&v);
	*out = iv_bool(found);
	return STATUS_OK;
}

static Status builtin_setattr(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	if (a->npos != 3)
		return raise_arity(b, "setattr", 3, a->npos);
	TRY(name_of(b, a->pos[1], "setattr", &name));
	*out = iv_none();
	return py_setattr(b, a->pos[0], name, a->pos[2]);
}

static Status builtin_delattr(Build *b, const PyArgs *a, IValue *out)
{
	StrObj *name = NULL;
	if (a->npos != 2)
		return raise_arity(b, "delattr", 2, a->npos);
	TRY(name_of(b, a->pos[1], "delattr", &name));
	*out = iv_none();
	return py_delattr(b, a->pos[0], name);
}

static Status frame_names(Build *b, IValue *out) // locals()
{
	Frame *f = b->frame;
	if (!f || (!f->fn && !f->ns)) {
		*out = f ? ivalue_ref(iv_take_dict(f->globals)) : py_dict(b);
		return STATUS_OK;
	}
	if (f->ns) {
		*out = ivalue_ref(iv_take_dict(f->ns));
		return STATUS_OK;
	}
	*out = py_dict(b);
	for (int i = 0; i < f->scope->nslots; i++)
		if (f->slots[i].tag != TAG_UNINIT && f->scope->slot_names[i])
			TRY(py_dict_set(b, out->dict, str_value(f->scope->slot_names[i]), f->slots[i]));
	for (int i = 0; i < f->scope->ncells + f->scope->nfree; i++)
		if (f->cells[i] && f->cells[i]->value.tag != TAG_UNINIT && f->scope->cell_names[i])
			TRY(py_dict_set(b, out->dict, str_value(f->scope->cell_names[i]), f->cells[i]->value));
	return STATUS_OK;
}

static Status builtin_locals(Build *b, const PyArgs *a, IValue *out)
{
	return a->npos ? raise_arity(b, "locals", 0, a->npos) : frame_names(b, out);
}

static Status builtin_globals(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos)
		return raise_arity(b, "globals", 0, a->npos);
	*out = b->frame ? ivalue_ref(iv_take_dict(b->frame->globals)) : py_dict(b);
	return STATUS_OK;
}

static Status builtin_vars(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos == 0)
		return frame_names(b, out);
	bool found;
	TRY(one(b, a, "vars"));
	if (a->pos[0].tag == TAG_HOST)
		TRY(py_getattr_opt(b, a->pos[0], TYPES_NAME(b, dict), out, &found));
	else
		found = false;
	return found ? STATUS_OK : py_raise(b, "TypeError", "vars() argument must have __dict__ attribute");
}

static int by_name(const void *l, const void *r)
{
	return strcmp(((const IValue *)l)->str->s, ((const IValue *)r)->str->s);
}

static Status builtin_dir(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos == 0) {
		IValue names;
		TRY(frame_names(b, &names));
		Status st = py_to_list(b, names, out);
		ivalue_unref(&names);
		if (st == STATUS_OK && out->list->n)
			qsort(out->list->items, (size_t)out->list->n, sizeof(IValue), by_name);
		return st;
	}
	IValue *fn = types_override(b, a->pos[0], D_dir);
	if (fn) {
		IValue r;
		TRY(types_call_special(b, *fn, a->pos[0], NULL, 0, &r));
		Status st = py_to_list(b, r, out);
		ivalue_unref(&r);
		return st == STATUS_OK ? list_sort(b, out->list, iv_none(), false) : st;
	}
	return types_dir(b, a->pos[0], out);
}

// ---- numbers

static Status builtin_abs(Build *b, const PyArgs *a, IValue *out)
{
	TRY(one(b, a, "abs"));
	IValue v = a->pos[0], *fn = types_override(b, v, D_abs), u = py_unwrap(v);
	if (fn)
		return types_call_special(b, *fn, v, NULL, 0, out);
	if (u.tag == TAG_TENSOR)
		return py_call_method(b, u, "abs", NULL, 0, out);
	if (u.tag == TAG_COMPLEX) {
		*out = iv_float(hypot(u.complex_->re, u.complex_->im));
		return STATUS_OK;
	}
	if (u.tag == TAG_FLOAT) {
		*out = iv_float(fabs(u.f));
		return STATUS_OK;
	}
	if (u.tag == TAG_INT || u.tag == TAG_BOOL) {
		if (u.i < 0)
			return number_unary(b, OP_NEG, u, out);
		*out = iv_int(u.i);
		return STATUS_OK;
	}
	return py_raise(b, "TypeError", "bad operand type for abs(): '%s'", py_type_name(b, v));
}

static Status builtin_round(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, n;
	TRY(args_parse(b, a, "round", "number:o ndigits:o=None", &v, &n));
	IValue *fn = types_override(b, v, D_round);
	if (fn)
		return types_call_special(b, *fn, v, &n, n.tag != TAG_NONE, out);
	if (v.tag == TAG_TENSOR) {
		if (n.tag == TAG_NONE)
			return py_call_method(b, v, "round", NULL, 0, out);
		IValue method, kwname = py_name(b, "decimals");
		TRY(py_getattr(b, v, py_intern(b, "round"), &method));
		Status st = py_call_full(b, method, &(PyArgs){.self = iv_none(), .kwnames = &kwname, .kw = &n, .nkw = 1}, out);
		ivalue_unref(&method);
		return st;
	}
	return number_round(b, py_unwrap(v), n, out);
}

static Status builtin_divmod(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 2)
		return raise_arity(b, "divmod", 2, a->npos);
	IValue *fn = types_override(b, a->pos[0], D_divmod), v[2];
	if (fn)
		return types_call_special(b, *fn, a->pos[0], a->pos + 1, 1, out);
	TRY(py_binary(b, OP_FLOORDIV, a->pos[0], a->pos[1], &v[0]));
	Status st = py_binary(b, OP_MOD, a->pos[0], a->pos[1], &v[1]);
	if (st == STATUS_OK) {
		*out = py_tuple_of(b, v, 2);
		ivalue_unref(&v[1]);
	}
	ivalue_unref(&v[0]);
	return st;
}

static Status mod_inverse(Build *b, int64_t v, int64_t m, int64_t *out)
{
	__int128 r0 = m < 0 ? -(__int128)m : m, r1 = ((__int128)v % r0 + r0) % r0, t0 = 0, t1 = 1, modulus = r0;
	while (r1) {
		__int128 q = r0 / r1, r2 = r0 - q * r1, t2 = t0 - q * t1;
		r0 = r1, r1 = r2, t0 = t1, t1 = t2;
	}
	if (r0 != 1)
		return py_raise(b, "ValueError", "base is not invertible for the given modulus");
	*out = (int64_t)((t0 % modulus + modulus) % modulus);
	return STATUS_OK;
}

static Status builtin_pow(Build *b, const PyArgs *a, IValue *out)
{
	IValue base, e, mod;
	TRY(args_parse(b, a, "pow", "base:o exp:o mod:o=None", &base, &e, &mod));
	if (mod.tag == TAG_NONE)
		return py_binary(b, OP_POW, base, e, out);
	if (base.tag != TAG_INT || e.tag != TAG_INT || mod.tag != TAG_INT)
		return py_raise(b, "TypeError", "pow() 3rd argument not allowed unless all arguments are integers");
	int64_t m = mod.i, x = base.i;
	if (m == 0)
		return py_raise(b, "ValueError", "pow() 3rd argument cannot be 0");
	uint64_t n = e.i < 0 ? 0 - (uint64_t)e.i : (uint64_t)e.i;
	if (e.i < 0)
		TRY(mod_inverse(b, x, m, &x));
	__int128 size = m < 0 ? -(__int128)m : m, r = 1 % size, s = ((__int128)x % size + size) % size;
	for (; n; n >>= 1) {
		if (n & 1)
			r = (__int128)((unsigned __int128)r * (unsigned __int128)s % (unsigned __int128)size);
		s = (__int128)((unsigned __int128)s * (unsigned __int128)s % (unsigned __int128)size);
	}
	*out = iv_int((int64_t)(m < 0 && r ? r + m : r));
	return STATUS_OK;
}

// ---- over iterables

typedef struct Extreme { IValue key, best, best_key; bool any, max; } Extreme;

static Status consider(Build *b, IValue item, void *arg)
{
	Extreme *e = arg;
	IValue k = iv_none(), better;
	if (e->key.tag != TAG_NONE)
		TRY(py_call(b, e->key, &item, 1, &k));
	else
		k = ivalue_ref(item);
	if (!e->any) {
		e->any = true;
		e->best = ivalue_ref(item);
		e->best_key = k;
		return STATUS_OK;
	}
	Status st = py_compare(b, e->max ? OP_GT : OP_LT, k, e->best_key, &better);
	bool t = false;
	if (st == STATUS_OK) {
		st = py_truth(b, better, &t);
		ivalue_unref(&better);
	}
	if (st == STATUS_OK && t) {
		ivalue_set(&e->best, ivalue_ref(item));
		ivalue_set(&e->best_key, k);
	} else {
		ivalue_unref(&k);
	}
	return st;
}

static Status extreme(Build *b, const PyArgs *a, bool max, IValue *out)
{
	const char *name = max ? "max" : "min";
	IValue rest, key, def;
	TRY(args_parse(b, a, name, "*args key:o=None default:o?", &rest, &key, &def));
	int64_t n = rest.tuple->n;
	Extreme e = {.key = key, .max = max, .best = iv_none(), .best_key = iv_none()};
	Status st = STATUS_OK;
	if (n == 0)
		st = py_raise(b, "TypeError", "%s expected at least 1 argument, got 0", name);
	else if (n > 1 && def.tag != TAG_UNINIT)
		st = py_raise(b, "TypeError", "Cannot specify a default for %s() with multiple positional arguments", name);
	else
		st = py_each(b, n == 1 ? rest.tuple->items[0] : rest, consider, &e);
	if (st == STATUS_OK && !e.any) {
		if (def.tag == TAG_UNINIT)
			st = py_raise(b, "ValueError", "%s() arg is an empty sequence", name);
		else
			e.best = ivalue_ref(def);
	}
	ivalue_unref(&e.best_key);
	ivalue_unref(&rest);
	if (st == STATUS_OK)
		*out = e.best;
	else
		ivalue_unref(&e.best);
	return st;
}

static Status builtin_min(Build *b, const PyArgs *a, IValue *out) { return extreme(b, a, false, out); }
static Status builtin_max(Build *b, const PyArgs *a, IValue *out) { return extreme(b, a, true, out); }

static Status add_to(Build *b, IValue item, void *arg)
{
	IValue r, *acc = arg;
	TRY(py_binary(b, OP_ADD, *acc, item, &r));
	ivalue_set(acc, r);
	return STATUS_OK;
}

static Status builtin_sum(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, start;
	TRY(args_parse(b, a, "sum", "iterable:o start:o=0", &v, &start));
	if (py_unwrap(start).tag == TAG_STR)
		return py_raise(b, "TypeError", "sum() can't sum strings [use ''.join(seq) instead]");
	IValue acc = ivalue_ref(start);
	Status st = py_each(b, v, add_to, &acc);
	if (st == STATUS_OK)
		*out = acc;
	else
		ivalue_unref(&acc);
	return st;
}

static Status quantified(Build *b, const PyArgs *a, const char *name, bool stop_at, IValue *out)
{
	TRY(one(b, a, name));
	PyIter *it;
	TRY(py_iter(b, a->pos[0], &it));
	IValue self = py_value(it);
	bool t = !stop_at;
	Status st = STATUS_OK;
	while (t != stop_at) {
		IValue x;
		bool done;
		st = py_next(b, it, &x, &done);
		if (st != STATUS_OK || done)
			break;
		st = py_truth(b, x, &t);
		ivalue_unref(&x);
		if (st != STATUS_OK)
			break;
	}
	ivalue_unref(&self);
	*out = iv_bool(t);
	return st;
}

static Status builtin_any(Build *b, const PyArgs *a, IValue *out) { return quantified(b, a, "any", true, out); }
static Status builtin_all(Build *b, const PyArgs *a, IValue *out) { return quantified(b, a, "all", false, out); }

static Status builtin_sorted(Build *b, const PyArgs *a, IValue *out)
{
	IValue v, key;
	bool reverse;
	TRY(args_parse(b, a, "sorted", "iterable:o / * key:o=None reverse:b=False", &v, &key, &reverse));
	IValue list;
	TRY(py_to_list(b, v, &list));
	Status st = list_sort(b, list.list, key, reverse);
	if (st == STATUS_OK)
		*out = list;
	else
		ivalue_unref(&list);
	return st;
}

static Status builtin_iter(Build *b, const PyArgs *a, IValue *out)
{
	PyIter *it;
	if (a->npos == 2) {
		if (!py_callable(b, a->pos[0]))
			return py_raise(b, "TypeError", "iter(v, w): v must be callable");
		return iter_callable(b, a->pos[0], a->pos[1], out);
	}
	TRY(one(b, a, "iter"));
	IValue *fn = types_override(b, a->pos[0], D_iter);
	if (fn && fn->tag != TAG_NONE) // what __iter__ gave, not wrapped
		return types_call_special(b, *fn, a->pos[0], NULL, 0, out);
	TRY(py_iter(b, a->pos[0], &it));
	*out = py_value(it);
	return STATUS_OK;
}

static Status builtin_next(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos < 1 || a->npos > 2)
		return py_raise(b, "TypeError", "next expected at %s argument%s, got %d", a->npos < 1 ? "least 1" : "most 2",
			a->npos < 1 ? "" : "s", a->npos);
	IValue v = a->pos[0];
	bool done = false;
	Status st;
	if (py_is(v, PY_ITER) || py_is(v, PY_GENERATOR)) {
		st = py_next(b, PY_AS(PyIter, v), out, &done);
	} else {
		IValue *fn = types_override(b, v, D_next);
		if (!fn)
			return py_raise(b, "TypeError", "'%s' object is not an iterator", py_type_name(b, v));
		st = types_call_special(b, *fn, v, NULL, 0, out);
		if (st != STATUS_OK && a->npos == 2 && py_exception_matches(b, st, "StopIteration")) {
			py_discard(b);
			done = true;
			st = STATUS_OK;
		}
	}
	TRY(st);
	if (!done)
		return STATUS_OK;
	if (a->npos == 1)
		return py_raise(b, "StopIteration", "%s", "");
	*out = ivalue_ref(a->pos[1]);
	return STATUS_OK;
}

// ---- what is refused, and import

static Status refused(Build *b, const PyArgs *a, IValue *out)
{
	(void)out;
	const char *path = a->callee ? a->callee->path : "builtins.exec", *dot = strrchr(path, '.');
	return py_raise(b, "NotImplementedError", "%s() is not supported: a program here cannot compile text at run time",
		dot ? dot + 1 : path);
}

static Status builtin_import(Build *b, const PyArgs *a, IValue *out)
{
	IValue name, globals, locals, from;
	int64_t level;
	TRY(args_parse(b, a, "__import__", "name:S globals:o=None locals:o=None fromlist:o=None level:i=0", &name, &globals,
		&locals, &from, &level));
	bool whole;
	TRY(py_truth(b, from, &whole));
	PyModule *m;
	TRY(module_import(b, name.str->s, &m));
	const char *dot = strchr(name.str->s, '.');
	if (dot && !whole) {
		char *top = xstrndup(name.str->s, (size_t)(dot - name.str->s));
		Status st = module_import(b, top, &m);
		free(top);
		TRY(st);
	}
	*out = ivalue_ref(py_value(m));
	return STATUS_OK;
}

Status builtins_init(Build *b, PyModule *m)
{
	static const NativeMethod functions[] = {{"print", builtin_print}, {"repr", builtin_repr}, {"ascii", builtin_ascii},
		{"format", builtin_format}, {"chr", builtin_chr}, {"ord", builtin_ord}, {"hex", builtin_hex}, {"oct", builtin_oct},
		{"bin", builtin_bin}, {"input", builtin_input}, {"len", builtin_len}, {"isinstance", builtin_isinstance},
		{"issubclass", builtin_issubclass}, {"callable", builtin_callable}, {"id", builtin_id}, {"hash", builtin_hash},
		{"getattr", builtin_getattr}, {"hasattr", builtin_hasattr}, {"setattr", builtin_setattr},
		{"delattr", builtin_delattr}, {"locals", builtin_locals}, {"globals", builtin_globals}, {"vars", builtin_vars},
		{"dir", builtin_dir}, {"abs", builtin_abs}, {"round", builtin_round}, {"divmod", builtin_divmod},
		{"pow", builtin_pow}, {"min", builtin_min}, {"max", builtin_max}, {"sum", builtin_sum}, {"any", builtin_any},
		{"all", builtin_all}, {"sorted", builtin_sorted}, {"iter", builtin_iter}, {"next", builtin_next},
		{"exec", refused}, {"eval", refused}, {"compile", refused}, {"__import__", builtin_import}, {"open", file_open},
		{0}};
	static const char *const classes[] = {"object", "type", "int", "bool", "float", "complex", "str", "bytes", "list",
		"tuple", "dict", "set", "frozenset", "range", "slice", "property", "staticmethod", "classmethod", "super",
		"enumerate", "zip", "map", "filter", "reversed"};
	for (const NativeMethod *f = functions; f->name; f++)
		module_native(m, f->name, f->fn);
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		module_set_take(m, classes[i], ivalue_ref(py_value(map_get(&b->types->by_path, classes[i]))));
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(b->types->exceptions, &pos));)
		module_set_take(m, e->key.str->s, ivalue_ref(e->value));
	PyClass *os = types_exception(b, "OSError");
	module_set_take(m, "IOError", ivalue_ref(py_value(os)));
	module_set_take(m, "EnvironmentError", ivalue_ref(py_value(os)));
	module_set_take(m, "NotImplemented", ivalue_ref(b->types->notimplemented_value));
	module_set_take(m, "Ellipsis", ivalue_ref(b->types->ellipsis_value));
	module_set_take(m, "__debug__", iv_bool(true));
	return STATUS_OK;
}
