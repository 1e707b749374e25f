// SPDX-License-Identifier: BSD-3-Clause
// Op schemas: text to Schema and back.
//
//   aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
//   name    overload  arguments     keyword-only from here     default    results
#include "ir/scan.h"

#include <stdio.h>
#include <string.h>

// Enumerators that older schemas use as defaults; the value is what the operator receives.
static const struct { const char *word; int64_t value; } enumerators[] = {
	{"contiguous_format", 0}, {"preserve_format", 1}, {"channels_last", 2}, {"channels_last_3d", 3},
	{"None_", 0}, {"Mean", 1}, {"Sum", 2}, {"strided", 0}, {"float", DT_F32}, {"double", DT_F64}, {"long", DT_I64},
};

static Status scan_default_list(Scan *s, const Type *elem, IValue *out);

static Status scan_default(Scan *s, const Type *t, int fixed, IValue *out)
{
	if (t->kind == TYPE_OPTIONAL) {
		if (scan_accept(s, "None")) {
			*out = iv_none();
			return STATUS_OK;
		}
		t = t->elem[0];
	}
	if (scan_accept(s, "None")) {
		*out = iv_none();
		return STATUS_OK;
	}
	if (scan_peek(s, "["))
		return scan_default_list(s, t->kind == TYPE_LIST ? t->elem[0] : &type_int, out);
	if (t->kind == TYPE_LIST && fixed > 0) { // one number stands for all entries
		IValue one;
		TRY(scan_default(s, t->elem[0], 0, &one));
		ListObj *list = list_new(t->elem[0], fixed);
		Status st = STATUS_OK;
		for (int i = 0; i < fixed && st == STATUS_OK; i++)
			st = list_append_take(list, ivalue_ref(one), s->err);
		ivalue_unref(&one);
		*out = iv_take_list(list);
		return st;
	}
	if (scan_peek(s, "\"") || scan_peek(s, "'")) {
		Text text = {0};
		Status st = scan_string(s, &text);
		if (st == STATUS_OK && t->kind == TYPE_DEVICE) {
			Device d;
			st = device_parse(text_str(&text), text.size, &d, s->err);
			if (st == STATUS_OK)
				*out = iv_device(d);
		} else if (st == STATUS_OK) {
			*out = iv_str(text_str(&text), text.size);
		}
		text_free(&text);
		return st;
	}
	if (scan_accept(s, "True")) {
		*out = iv_bool(true);
		return STATUS_OK;
	}
	if (scan_accept(s, "False")) {
		*out = iv_bool(false);
		return STATUS_OK;
	}
	const char *begin = s->p, *word;
	size_t n;
	if (!scan_peek(s, "inf") && !scan_peek(s, "nan") && scan_name(s, &word, &n)) {
		for (size_t i = 0; i < sizeof enumerators / sizeof *enumerators; i++)
			if (strlen(enumerators[i].word) == n && !memcmp(enumerators[i].word, word, n)) {
				*out = iv_int(enumerators[i].value);
				return STATUS_OK;
			}
		s->p = begin;
		return scan_fail(s, "unknown default value '%.*s'", (int)n, word);
	}
	TRY(scan_number(s, out));
	if (t->kind == TYPE_FLOAT && out->tag == TAG_INT)
		*out = iv_float((double)out->i);
	if (t->kind == TYPE_COMPLEX)
		*out = iv_complex(iv_as_f64(*out), 0);
	return STATUS_OK;
}

static Status scan_default_list(Scan *s, const Type *elem, IValue *out)
{
	TRY(scan_expect(s, "["));
	if (++s->depth > SCAN_MAX_DEPTH)
		return scan_fail(s, "defaults nest too deeply");
	ListObj *list = list_new(elem, 0);
	Status st = STATUS_OK;
	if (!scan_accept(s, "]")) {
		do {
			IValue v = iv_none();
			st = scan_default(s, elem, 0, &v);
			if (st == STATUS_OK)
				st = list_append_take(list, v, s->err);
		} while (st == STATUS_OK && scan_accept(s, ","));
		if (st == STATUS_OK)
			st = scan_expect(s, "]");
	}
	s->depth--;
	*out = iv_take_list(list);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

// "Tensor(a!) self", "int dim=1"; results may lack the name.
static Status scan_arg(Scan *s, bool result, Arg *arg)
{
	TypeFacts facts;
	scan_space(s);
	const char *begin = s->p;
	TRY(scan_type(s, &arg->type, &facts));
	const char *end = s->p;
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n'))
		end--;
	arg->decl = arena_strndup(s->arena, begin, (size_t)(end - begin));
	arg->alias = facts.alias;
	arg->elem_alias = facts.elem_alias;
	arg->fixed = facts.fixed;
	const char *name;
	size_t n;
	arg->name = "";
	if (scan_name(s, &name, &n))
		arg->name = arena_strndup(s->arena, name, n);
	else if (!result)
		return scan_fail(s, "expected the name of an argument");
	if (!result && scan_accept(s, "=")) {
		TRY(scan_default(s, arg->type, arg->fixed, &arg->def));
		arg->has_default = true;
	}
	return STATUS_OK;
}

static Status scan_args(Scan *s, Schema *out)
{
	int cap = 0;
	bool kwonly = false;
	if (scan_accept(s, ")"))
		return STATUS_OK;
	do {
		if (out->vararg)
			return scan_fail(s, "'...' must come last");
		if (scan_accept(s, "...")) {
			out->vararg = true;
		} else if (scan_accept(s, "*")) {
			if (kwonly)
				return scan_fail(s, "'*' appears twice");
			kwonly = true;
		} else {
			Arg arg = {0};
			Status st = scan_arg(s, false, &arg);
			arg.kwonly = kwonly;
			arg.is_out = kwonly && (arg.alias.written || arg.elem_alias.written);
			ARENA_PUSH(s->arena, out->args, out->nargs, cap, arg);
			TRY(st);
		}
	} while (scan_accept(s, ","));
	return scan_expect(s, ")");
}

static Status scan_results(Scan *s, Schema *out)
{
	int cap = 0;
	Arg arg = {0};
	if (scan_accept(s, "...")) {
		out->varret = true;
		return STATUS_OK;
	}
	if (!scan_accept(s, "(")) {
		TRY(scan_arg(s, true, &arg));
		ARENA_PUSH(s->arena, out->rets, out->nrets, cap, arg);
		return STATUS_OK;
	}
	if (scan_accept(s, ")"))
		return STATUS_OK;
	do {
		if (out->varret)
			return scan_fail(s, "'...' must come last");
		if (scan_accept(s, "...")) {
			out->varret = true;
			continue;
		}
		arg = (Arg){0};
		TRY(scan_arg(s, true, &arg));
		ARENA_PUSH(s->arena, out->rets, out->nrets, cap, arg);
	} while (scan_accept(s, ","));
	return scan_expect(s, ")");
}

static Status scan_schema(Scan *s, Schema *out)
{
	scan_space(s);
	const char *name = s->p;
	while (s->p < s->end && *s->p != '.' && *s->p != '(' && *s->p != ' ')
		s->p++;
	if (s->p == name)
		return scan_fail(s, "expected the name of an operation");
	// A name with a namespace has an overload after the dot; a qualified Python name is all dots.
	size_t n = (size_t)(s->p - name);
	bool space = memmem(name, n, "::", 2) != NULL;
	if (!space)
		while (s->p < s->end && *s->p != '(' && *s->p != ' ')
			s->p++;
	out->name = arena_strndup(s->arena, name, (size_t)(s->p - name));
	out->overload = "";
	if (space && s->p < s->end && *s->p == '.') {
		const char *overload = ++s->p;
		while (s->p < s->end && *s->p != '(' && *s->p != ' ')
			s->p++;
		out->overload = arena_strndup(s->arena, overload, (size_t)(s->p - overload));
	}
	TRY(scan_expect(s, "("));
	TRY(scan_args(s, out));
	TRY(scan_expect(s, "->"));
	TRY(scan_results(s, out));
	if (!scan_at_end(s))
		return scan_fail(s, "unexpected text after the schema");
	return STATUS_OK;
}

Status schema_parse(TypePool *pool, Arena *a, const char *text, Schema *out, Error *err)
{
	Scan s = {.start = text, .p = text, .end = text + strlen(text), .pool = pool, .arena = a, .err = err,
		.what = "schema"};
	*out = (Schema){0};
	Status st = scan_schema(&s, out);
	if (st != STATUS_OK) {
		for (int i = 0; i < out->nargs; i++)
			ivalue_unref(&out->args[i].def);
		*out = (Schema){0};
	}
	return st;
}

static void print_default(Text *out, IValue v)
{
	switch (v.tag) {
	case TAG_NONE:
		text_add(out, "None");
		break;
	case TAG_BOOL:
		text_add(out, v.i ? "True" : "False");
		break;
	case TAG_INT:
		text_addf(out, "%lld", (long long)v.i);
		break;
	case TAG_FLOAT:
		write_float(out, v.f);
		break;
	case TAG_STR:
		write_string(out, v.str->s, (size_t)v.str->n);
		break;
	case TAG_LIST:
		text_addc(out, '[');
		for (int64_t i = 0; i < v.list->n; i++) {
			if (i)
				text_add(out, ", ");
			print_default(out, v.list->items[i]);
		}
		text_addc(out, ']');
		break;
	case TAG_DEVICE: {
		char buf[32];
		device_format(v.device, buf);
		write_string(out, buf, strlen(buf));
		break;
	}
	default:
		ivalue_repr(out, v);
	}
}

// An int[N] (but not SymInt[N]) default of N ≥ 2 equal entries is written as one number.
static void print_arg_default(Text *out, const Arg *arg)
{
	IValue v = arg->def;
	bool one = arg->fixed > 1 && v.tag == TAG_LIST && v.list->n == arg->fixed && arg->decl
		&& strncmp(arg->decl, "int[", 4) == 0;
	for (int64_t i = 1; one && i < v.list->n; i++)
		one = v.list->items[i].i == v.list->items[0].i;
	print_default(out, one ? v.list->items[0] : v);
}

static void print_arg(Text *out, const Arg *arg)
{
	if (arg->decl)
		text_add(out, arg->decl);
	else
		type_print_schema(out, arg->type);
	if (*arg->name)
		text_addf(out, " %s", arg->name);
	if (arg->has_default) {
		text_addc(out, '=');
		print_arg_default(out, arg);
	}
}

void schema_print(const Schema *s, Text *out)
{
	text_add(out, s->name);
	if (s->overload && *s->overload)
		text_addf(out, ".%s", s->overload);
	text_addc(out, '(');
	bool kwonly = false;
	for (int i = 0; i < s->nargs; i++) {
		if (i)
			text_add(out, ", ");
		if (s->args[i].kwonly && !kwonly) {
			text_add(out, "*, ");
			kwonly = true;
		}
		print_arg(out, &s->args[i]);
	}
	if (s->vararg)
		text_add(out, s->nargs ? ", ..." : "...");
	text_add(out, ") -> ");
	const Arg *first = s->nrets ? &s->rets[0] : NULL;
	bool tuple = first && (first->decl ? first->decl[0] == '(' : first->type->kind == TYPE_TUPLE && !first->type->name);
	bool parens = s->nrets > 1 || (s->nrets == 0 && !s->varret) || tuple || (s->nrets && s->varret);
	if (parens)
		text_addc(out, '(');
	for (int i = 0; i < s->nrets; i++) {
		if (i)
			text_add(out, ", ");
		print_arg(out, &s->rets[i]);
	}
	if (s->varret)
		text_add(out, s->nrets ? ", ..." : "...");
	if (parens)
		text_addc(out, ')');
}
