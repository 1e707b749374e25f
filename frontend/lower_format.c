// SPDX-License-Identifier: BSD-3-Clause
// f-strings and "…".format(…): what aten::format can do it does; fields with a conversion or a specification are made
// texts before by the functions of frontend/lib/format.py.
#include "frontend/lower.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// One field's specification.  Width and precision may be computed: f"{x:{w}.{p}f}".
typedef struct Spec {
	char fill[8], align, sign, mark, kind;
	bool alternate;
	Value *width, *precision; // NULL: none
} Spec;

// A specification as written: characters, and values where fields stand in it.
typedef struct SpecText {
	const char *s;
	size_t n, i;
	Value *const *values;     // by number of the 0 bytes that stand for them
	int next;
} SpecText;

static Value *spec_number(Lower *l, SpecText *t, Range at)
{
	if (t->i < t->n && !t->s[t->i]) {
		t->i++;
		return t->values[t->next++];
	}
	int64_t v = 0;
	size_t first = t->i;
	while (t->i < t->n && isdigit((unsigned char)t->s[t->i]) && v < 1000000)
		v = v * 10 + (t->s[t->i++] - '0');
	return t->i > first ? emit_int(l, v, at) : NULL;
}

static bool one_of(SpecText *t, const char *set, char *out)
{
	if (t->i >= t->n || !t->s[t->i] || !strchr(set, t->s[t->i]))
		return false;
	*out = t->s[t->i++];
	return true;
}

static size_t character_bytes(const char *s, size_t n) // of the UTF-8 character at s
{
	size_t k = 1;
	while (k < n && k < 4 && ((unsigned char)s[k] & 0xc0) == 0x80)
		k++;
	return k;
}

static Status spec_parse(Lower *l, SpecText *t, Range at, Spec *out)
{
	memset(out, 0, sizeof *out);
	strcpy(out->fill, " ");
	size_t k = t->n ? character_bytes(t->s, t->n) : 0;
	if (t->n > k && t->s[0] && strchr("<>=^", t->s[k]) && t->s[k]) {
		memcpy(out->fill, t->s, k);
		out->fill[k] = 0;
		t->i = k;
	}
	one_of(t, "<>=^", &out->align);
	one_of(t, "+- ", &out->sign);
	char flag;
	out->alternate = one_of(t, "#", &flag);
	if (one_of(t, "0", &flag) && !out->align) {
		strcpy(out->fill, "0");
		out->align = '=';
	}
	out->width = spec_number(l, t, at);
	one_of(t, ",_", &out->mark);
	if (one_of(t, ".", &flag) && !(out->precision = spec_number(l, t, at)))
		return fail_at(l->err, STATUS_COMPILE, at, "Format specifier missing precision");
	one_of(t, "bcdeEfFgGnosxX%", &out->kind);
	if (t->i != t->n)
		return fail_at(l->err, STATUS_COMPILE, at, "Invalid format specifier '%.*s'", (int)t->n, t->s);
	return STATUS_OK;
}

static Value *call_library(Lower *l, const char *name, Value *const *args, int n, Range at)
{
	Function *f = NULL;
	Sugar out;
	NamedValue in[10];
	for (int i = 0; i < n; i++) {
		if (!args[i])
			return NULL;
		in[i] = (NamedValue){NULL, args[i], at};
	}
	if (frontend_lib_named(name, &f, l->err) != STATUS_OK || !f ||
		call_sugar(l, (Sugar){.kind = SUGAR_FUNCTION, .fn = f}, in, n, NULL, 0, at, &out) != STATUS_OK)
		return NULL;
	return out.value;
}

static Value *emit_char(Lower *l, char c, Range at)
{
	char s[2] = {c, 0};
	return emit_str(l, s, at);
}

static Value *refuse_format(Lower *l, const Value *v, const Spec *spec, Range at)
{
	char *t = type_str_repr(v->type);
	if (spec->kind)
		fail_at(l->err, STATUS_COMPILE, at, "Unknown format code '%c' for object of type '%s'", spec->kind, t);
	else
		fail_at(l->err, STATUS_COMPILE, at, "unsupported format string passed to %s.__format__", t);
	free(t);
	return NULL;
}

static Value *apply_spec(Lower *l, Value *v, const Spec *spec, Range at)
{
	bool floating = spec->kind && strchr("eEfFgG%", spec->kind);
	if (v->type->kind == TYPE_TENSOR && (floating || (spec->kind && strchr("bcdoxXn", spec->kind))))
		v = emit_op(l, floating ? "aten::Float" : "aten::Int", &v, 1, at);
	else if (v->type->kind == TYPE_BOOL || (v->type->kind == TYPE_INT && floating))
		v = emit_op(l, floating ? "aten::Float" : "aten::Int", &v, 1, at);
	if (!v)
		return NULL;
	Value *fill = emit_str(l, spec->fill, at), *width = spec->width ? spec->width : emit_int(l, 0, at);
	Value *precision = spec->precision ? spec->precision : emit_int(l, -1, at);
	char align = spec->align ? spec->align : v->type->kind == TYPE_STR ? '<' : '>';
	Value *sign = emit_char(l, spec->sign ? spec->sign : '-', at);
	Value *mark = spec->mark ? emit_char(l, spec->mark, at) : emit_str(l, "", at);
	Value *kind = spec->kind ? emit_char(l, spec->kind, at) : emit_str(l, "", at);
	switch (v->type->kind) {
	case TYPE_STR:
		if ((spec->kind && spec->kind != 's') || align == '=' || spec->sign || spec->mark)
			return refuse_format(l, v, spec, at);
		return call_library(l, "format_str", (Value *[]){v, fill, emit_char(l, align, at), width, precision}, 5, at);
	case TYPE_INT:
		if ((spec->kind && !strchr("bcdoxXn", spec->kind)) || spec->precision)
			return refuse_format(l, v, spec, at);
		return call_library(l, "format_int", (Value *[]){v, fill, emit_char(l, align, at), sign,
			emit_bool(l, spec->alternate, at), width, mark, kind}, 8, at);
	case TYPE_FLOAT:
		if (spec->kind && !floating && spec->kind != 'n')
			return refuse_format(l, v, spec, at);
		return call_library(l, "format_float", (Value *[]){v, fill, emit_char(l, align, at), sign,
			emit_bool(l, spec->alternate, at), width, mark, precision, kind}, 9, at);
	default:
		return refuse_format(l, v, spec, at);
	}
}

static Value *apply_conversion(Lower *l, Value *v, char conversion, Range at)
{
	if (conversion && conversion != 's' && v->type->kind == TYPE_STR)
		return call_library(l, "format_repr", &v, 1, at);
	return conversion && v->type->kind != TYPE_STR ? emit_op(l, "aten::str", &v, 1, at) : v;
}

// The pieces of the result: text with {} in it, and what stands there.
typedef struct Pieces { Text text; NamedValue *args; int n, cap; } Pieces;

static void add_value(Lower *l, Pieces *p, Value *v, Range at)
{
	if (!p->n) // args[0] is the text
		ARENA_PUSH(&l->arena, p->args, p->n, p->cap, (NamedValue){NULL, NULL, at});
	text_add(&p->text, "{}");
	ARENA_PUSH(&l->arena, p->args, p->n, p->cap, (NamedValue){NULL, v, at});
}

static Status add_field(Lower *l, Pieces *p, Value *v, char conversion, SpecText *t, Range at)
{
	if (v)
		v = apply_conversion(l, v, conversion, at);
	if (v && t->n) {
		Spec spec;
		TRY(spec_parse(l, t, at, &spec));
		v = apply_spec(l, v, &spec, at);
	}
	if (!v)
		return lower_failed(l);
	add_value(l, p, v, at);
	return STATUS_OK;
}

// Text that aten::format passes on as it is.  It knows no escape for {}: such a text goes in as a value.
static void add_text(Lower *l, Pieces *p, const char *s, size_t n, Range at)
{
	bool braces = false;
	for (size_t i = 0; i + 1 < n; i++)
		braces |= s[i] == '{' && s[i + 1] == '}';
	if (braces)
		add_value(l, p, emit_constant(l, iv_str(s, n), &type_str, at), at);
	else
		text_addn(&p->text, s, n);
}

static Value *finish(Lower *l, Pieces *p, Status st, Range at)
{
	Sugar out = {0};
	if (st == STATUS_OK) {
		Value *text = emit_constant(l, iv_str(text_str(&p->text), p->text.size), &type_str, at);
		if (!p->n)
			ARENA_PUSH(&l->arena, p->args, p->n, p->cap, (NamedValue){NULL, text, at});
		p->args[0] = (NamedValue){NULL, text, at};
		st = emit_op_full(l, "aten::format", NULL, p->args, p->n, NULL, 0, at, &out);
	}
	text_free(&p->text);
	return st == STATUS_OK ? out.value : NULL;
}

static Status spec_of_field(Lower *l, const Expr *b, Text *text, SpecText *t)
{
	Value **values = arena_array(&l->arena, Value *, (b ? b->list.n : 0) + 1);
	int n = 0;
	for (int i = 0; b && i < b->list.n; i++) {
		const Expr *x = b->list.items[i];
		if (x->kind == EX_STR) {
			text_addn(text, x->str, x->len);
			continue;
		}
		text_addc(text, 0);
		if (!(values[n++] = lower_value(l, x->a, &type_int)))
			return lower_failed(l);
	}
	*t = (SpecText){.s = text_str(text), .n = text->size, .values = values};
	return STATUS_OK;
}

Value *lower_fstring(Lower *l, const Expr *e)
{
	Pieces p = {0};
	Status st = STATUS_OK;
	for (int i = 0; i < e->list.n && st == STATUS_OK; i++) {
		const Expr *x = e->list.items[i];
		if (x->kind == EX_STR) {
			add_text(l, &p, x->str, x->len, x->at);
			continue;
		}
		if (x->flag)
			add_text(l, &p, x->str, x->len, x->at);
		Value *v = lower_value(l, x->a, NULL);
		Text text = {0};
		SpecText t;
		st = v ? spec_of_field(l, x->b, &text, &t) : lower_failed(l);
		if (st == STATUS_OK)
			st = add_field(l, &p, v, x->name ? x->name[0] : x->flag && !x->b ? 'r' : 0, &t, x->at);
		text_free(&text);
	}
	return finish(l, &p, st, e->at);
}

// Has the text a field that is more than {}?  Only those mean to aten::format something else than to Python.
static bool is_elaborate(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((s[i] == '{' && (i + 1 == n || s[i + 1] != '}')) || (s[i] == '}' && (i == 0 || s[i - 1] != '{')))
			return true;
	return false;
}

static Status format_field(Lower *l, Pieces *p, const Expr *call, const char *s, size_t n, int *next)
{
	size_t name = 0, colon;
	while (name < n && s[name] != '!' && s[name] != ':')
		name++;
	colon = name;
	char conversion = 0;
	if (colon + 1 < n && s[colon] == '!') {
		conversion = s[colon + 1];
		colon += 2;
	}
	SpecText t = {.s = colon < n ? s + colon + 1 : s, .n = colon < n ? n - colon - 1 : 0};
	if (memchr(t.s, '{', t.n))
		return fail_at(l->err, STATUS_COMPILE, call->at, "a field within a format specification is not supported by "
			"str.format in compiled functions: write an f-string");
	const Expr *arg = NULL;
	bool number = true;
	for (size_t i = 0; i < name; i++)
		number &= isdigit((unsigned char)s[i]) != 0;
	if (number) {
		int i = name ? atoi(s) : (*next)++;
		if (i >= call->list.n)
			return fail_at(l->err, STATUS_COMPILE, call->at, "Replacement index %d out of range for positional args tuple",
				i);
		arg = call->list.items[i];
	}
	for (int i = 0; !number && i < call->nkw; i++)
		if (call->kw[i].name && strlen(call->kw[i].name) == name && !strncmp(call->kw[i].name, s, name))
			arg = call->kw[i].value;
	if (!arg)
		return fail_at(l->err, STATUS_COMPILE, call->at, "there is no argument for the field '%.*s'", (int)name, s);
	return add_field(l, p, lower_value(l, arg, NULL), conversion, &t, arg->at);
}

// "literal".format(…) with fields beyond {}; false when the call is not of that kind.
bool lower_format_call(Lower *l, const Expr *e, Sugar *out, Status *st)
{
	const Expr *f = e->a;
	if (l->fe->dialect != DIALECT_PYTHON || f->kind != EX_ATTR || strcmp(f->name, "format") || f->a->kind != EX_STR ||
		!is_elaborate(f->a->str, f->a->len))
		return false;
	Pieces p = {0};
	*st = STATUS_OK;
	const char *s = f->a->str, *end = s + f->a->len;
	int next = 0;
	while (s < end && *st == STATUS_OK) {
		size_t plain = 0;
		while (s + plain < end && s[plain] != '{' && s[plain] != '}')
			plain++;
		add_text(l, &p, s, plain, e->at);
		s += plain;
		if (s == end)
			break;
		if (s + 1 < end && s[1] == s[0]) {
			add_text(l, &p, s, 1, e->at);
			s += 2;
			continue;
		}
		const char *close = *s == '{' ? memchr(s, '}', (size_t)(end - s)) : NULL;
		if (!close) {
			*st = fail_at(l->err, STATUS_COMPILE, f->a->at, "Single '%c' encountered in format string", *s);
			break;
		}
		*st = format_field(l, &p, e, s + 1, (size_t)(close - s - 1), &next);
		s = close + 1;
	}
	Value *v = finish(l, &p, *st, e->at);
	if (v)
		*out = sugar_of(v);
	else if (*st == STATUS_OK)
		*st = lower_failed(l);
	return true;
}
