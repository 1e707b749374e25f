// SPDX-License-Identifier: BSD-3-Clause
// Types in schema form: "Tensor(a!)[]", "Dict(str, int)?", "(int, Tensor)".
// Nominal types carry their kind, so that a text read into an empty pool gives the same types again:
// a dotted name is a class, others are Class<M>, Interface<I>, Enum<E>, NamedTuple<N>(x: int, y: Tensor).
#include "ir/scan.h"

#include <string.h>

typedef struct TypeWord {
	const char *word;
	const Type *type;
} TypeWord;

// The first word of a type is the one that is written.
static const TypeWord words[] = {
	{"Tensor", &type_tensor}, {"int", &type_int}, {"float", &type_float}, {"bool", &type_bool},
	{"complex", &type_complex}, {"Scalar", &type_number}, {"str", &type_str}, {"NoneType", &type_none},
	{"Any", &type_any}, {"Device", &type_device}, {"Generator", &type_generator}, {"Stream", &type_stream},
	{"Capsule", &type_capsule}, {"Storage", &type_storage}, {"AnyListType", &type_anylist},
	{"AnyTupleType", &type_anytuple}, {"AnyEnumType", &type_anyenum}, {"AnyClassType", &type_anyclass},
	{"Function", &type_function},
	{"SymInt", &type_int}, {"SymBool", &type_bool}, {"SymFloat", &type_float}, {"ScalarType", &type_int},
	{"Layout", &type_int}, {"MemoryFormat", &type_int}, {"QScheme", &type_int}, {"None", &type_none},
	{"number", &type_number}, {"string", &type_str},
};

static const Type *word_type(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == n && memcmp(words[i].word, name, n) == 0)
			return words[i].type;
	return NULL;
}

static Status scan_alias_set(Scan *s, uint32_t *set, bool *written)
{
	*set = 0;
	do {
		const char *name;
		size_t n;
		if (scan_accept(s, "*"))
			*set |= 1u << 31;
		else if (scan_name(s, &name, &n) && n == 1 && *name >= 'a' && *name <= 'z')
			*set |= 1u << (*name - 'a');
		else
			return scan_fail(s, "expected an alias set such as 'a' or '*'");
	} while (scan_accept(s, "|"));
	if (scan_accept(s, "!"))
		*written = true;
	return STATUS_OK;
}

// "(a!)", "(a -> *)", after the opening parenthesis.
static Status scan_alias(Scan *s, AliasInfo *out)
{
	AliasInfo info = {0};
	TRY(scan_alias_set(s, &info.before, &info.written));
	info.after = info.before;
	if (scan_accept(s, "->"))
		TRY(scan_alias_set(s, &info.after, &info.written));
	TRY(scan_expect(s, ")"));
	*out = info;
	return STATUS_OK;
}

// The elements up to close.  *elem is an arena array.
static Status scan_type_list(Scan *s, const char *close, const Type ***elem, int *n)
{
	const Type **items = NULL;
	int count = 0, cap = 0;
	if (!scan_accept(s, close)) {
		do {
			const Type *t;
			TRY(scan_type(s, &t, NULL));
			ARENA_PUSH(s->arena, items, count, cap, t);
		} while (scan_accept(s, ","));
		TRY(scan_expect(s, close));
	}
	*elem = items;
	*n = count;
	return STATUS_OK;
}

static Status scan_nominal_name(Scan *s, char **out)
{
	TRY(scan_expect(s, "<"));
	const char *name;
	size_t n;
	scan_space(s);
	if (scan_dotted(s, &name, &n)) {
		*out = arena_strndup(s->arena, name, n);
	} else {
		Text t = {0};
		Status st = scan_string(s, &t);
		if (st == STATUS_OK && memchr(text_str(&t), 0, t.size))
			st = scan_fail(s, "a type name holds a NUL");
		*out = arena_strdup(s->arena, text_str(&t));
		text_free(&t);
		TRY(st);
	}
	if (!**out)
		return scan_fail(s, "a type name is empty");
	return scan_expect(s, ">");
}

static Status check_nominal(Scan *s, const Type *t, TypeKind kind, const char *name)
{
	if (!t || t->kind != kind)
		return scan_fail(s, "the type %s is declared with another kind", name);
	return STATUS_OK;
}

static Status scan_named_tuple(Scan *s, const Type **out)
{
	char *name;
	TRY(scan_nominal_name(s, &name));
	TRY(scan_expect(s, "("));
	const char **fields = NULL;
	const Type **elem = NULL;
	int nfields = 0, cap_fields = 0, n = 0, cap = 0;
	if (!scan_accept(s, ")")) {
		do {
			const char *field;
			size_t size;
			const Type *t;
			if (!scan_name(s, &field, &size))
				return scan_fail(s, "expected a field name");
			TRY(scan_expect(s, ":"));
			TRY(scan_type(s, &t, NULL));
			ARENA_PUSH(s->arena, fields, nfields, cap_fields, arena_strndup(s->arena, field, size));
			ARENA_PUSH(s->arena, elem, n, cap, t);
		} while (scan_accept(s, ","));
		TRY(scan_expect(s, ")"));
	}
	const Type *known = type_find_nominal(s->pool, name);
	*out = known ? known : type_named_tuple(s->pool, name, fields, elem, n);
	TRY(check_nominal(s, *out, TYPE_TUPLE, name));
	if ((*out)->n != n)
		return scan_fail(s, "the named tuple %s has %d fields elsewhere", name, (*out)->n);
	for (int i = 0; i < n; i++)
		if (strcmp((*out)->fields[i], fields[i]) || !type_equal((*out)->elem[i], elem[i]))
			return scan_fail(s, "the named tuple %s has other fields elsewhere", name);
	return STATUS_OK;
}

static Status scan_generic(Scan *s, const char *name, size_t n, const char *close, const Type **out)
{
	const Type **elem;
	int count;
	TRY(scan_type_list(s, close, &elem, &count));
#define IS(word) (n == strlen(word) && memcmp(name, word, n) == 0)
	if (IS("Dict") && count == 2)
		*out = type_dict(s->pool, elem[0], elem[1]);
	else if (IS("List") && count == 1)
		*out = type_list(s->pool, elem[0]);
	else if (IS("Optional") && count == 1)
		*out = type_optional(s->pool, elem[0]);
	else if (IS("Future") && count == 1)
		*out = type_future(s->pool, elem[0]);
	else if (IS("Await") && count == 1)
		*out = type_await(s->pool, elem[0]);
	else if (IS("RRef") && count == 1)
		*out = &type_any; // remote references name things of other processes; there are none here
	else if (IS("Tuple"))
		*out = type_tuple(s->pool, elem, count);
	else if (IS("Union") && count >= 1)
		*out = type_union(s->pool, elem, count);
	else
		return scan_fail(s, "%.*s does not take %d type arguments", (int)n, name, count);
	return STATUS_OK;
}

static bool is_generic(const char *name, size_t n)
{
	static const char *const generics[] = {"Dict", "List", "Optional", "Future", "Await", "RRef", "Tuple", "Union"};
	for (size_t i = 0; i < sizeof generics / sizeof *generics; i++)
		if (IS(generics[i]))
			return true;
	return false;
}

static Status scan_base_type(Scan *s, const Type **out)
{
	const char *name;
	size_t n;
	if (scan_accept(s, "(")) {
		const Type **elem;
		int count;
		TRY(scan_type_list(s, ")", &elem, &count));
		*out = type_tuple(s->pool, elem, count);
		return STATUS_OK;
	}
	if (!scan_dotted(s, &name, &n))
		return scan_fail(s, "expected a type");
	if (is_generic(name, n) && (scan_peek(s, "(") || scan_peek(s, "[")))
		return scan_generic(s, name, n, *s->p++ == '(' ? ")" : "]", out);
	if (scan_peek(s, "<")) {
		char *nominal;
		if (IS("NamedTuple"))
			return scan_named_tuple(s, out);
		TypeKind kind = IS("Class") ? TYPE_CLASS : IS("Interface") ? TYPE_INTERFACE : TYPE_ENUM;
		if (kind == TYPE_ENUM && !IS("Enum"))
			return scan_fail(s, "expected Class, Interface, Enum or NamedTuple before '<'");
		TRY(scan_nominal_name(s, &nominal));
		const Type *known = type_find_nominal(s->pool, nominal);
		*out = known ? known
			: kind == TYPE_CLASS ? type_class(s->pool, nominal)
			: kind == TYPE_INTERFACE ? type_interface(s->pool, nominal) : type_enum(s->pool, nominal);
		return check_nominal(s, *out, kind, nominal);
	}
	*out = word_type(name, n);
	if (*out)
		return STATUS_OK;
	const char *copy = arena_strndup(s->arena, name, n);
	if (memchr(name, '.', n)) {
		*out = type_find_nominal(s->pool, copy);
		if (!*out)
			*out = type_class(s->pool, copy);
		return *out ? STATUS_OK : scan_fail(s, "the type %s is declared with another kind", copy);
	}
	if (*name >= 'a' && *name <= 'z') {
		*out = type_var(s->pool, copy);
		return STATUS_OK;
	}
	return scan_fail(s, "unknown type '%s'", copy);
}

Status scan_type(Scan *s, const Type **out, TypeFacts *facts)
{
	if (++s->depth > SCAN_MAX_DEPTH)
		return scan_fail(s, "types nest deeper than %d", SCAN_MAX_DEPTH);
	const Type *t = NULL;
	TRY(scan_base_type(s, &t));
	TypeFacts f = {0};
	for (;;) {
		if (facts && scan_peek(s, "(")) {
			s->p++;
			TRY(scan_alias(s, &f.alias));
		} else if (scan_accept(s, "?")) {
			t = type_optional(s->pool, t);
		} else if (scan_accept(s, "[")) {
			int64_t fixed = 0;
			if (!scan_peek(s, "]"))
				TRY(scan_int(s, &fixed));
			if (fixed < 0 || fixed > 64)
				return scan_fail(s, "list size out of range");
			TRY(scan_expect(s, "]"));
			t = type_list(s->pool, t);
			f.fixed = (int)fixed;
			f.elem_alias = f.alias;
			f.alias = (AliasInfo){0};
		} else {
			break;
		}
	}
	s->depth--;
	if (facts)
		*facts = f;
	*out = t;
	return STATUS_OK;
}

static void write_type_list(Text *out, const Type *const *elem, int n)
{
	text_addc(out, '(');
	for (int i = 0; i < n; i++) {
		if (i)
			text_add(out, ", ");
		write_type(out, elem[i]);
	}
	text_addc(out, ')');
}

static bool is_plain_name(const char *s)
{
	bool start = true;
	for (; *s; s++) {
		bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_';
		if (!letter && !(!start && ((*s >= '0' && *s <= '9') || (*s == '.' && s[1] && s[1] != '.'))))
			return false;
		start = false;
	}
	return !start;
}

static void write_nominal(Text *out, const char *kind, const char *name)
{
	text_addf(out, "%s<", kind);
	if (is_plain_name(name))
		text_add(out, name);
	else
		write_string(out, name, strlen(name));
	text_addc(out, '>');
}

void write_type(Text *out, const Type *t)
{
	switch (t->kind) {
	case TYPE_LIST:
		write_type(out, t->elem[0]);
		text_add(out, "[]");
		return;
	case TYPE_OPTIONAL:
		write_type(out, t->elem[0]);
		text_addc(out, '?');
		return;
	case TYPE_DICT:
		text_add(out, "Dict");
		write_type_list(out, t->elem, 2);
		return;
	case TYPE_TUPLE:
		if (!t->name) {
			write_type_list(out, t->elem, t->n);
			return;
		}
		write_nominal(out, "NamedTuple", t->name);
		text_addc(out, '(');
		for (int i = 0; i < t->n; i++) {
			text_addf(out, "%s%s: ", i ? ", " : "", t->fields[i]);
			write_type(out, t->elem[i]);
		}
		text_addc(out, ')');
		return;
	case TYPE_UNION:
	case TYPE_FUTURE:
	case TYPE_AWAIT:
	case TYPE_RREF:
		text_add(out, t->kind == TYPE_UNION ? "Union"
			: t->kind == TYPE_FUTURE ? "Future" : t->kind == TYPE_AWAIT ? "Await" : "RRef");
		write_type_list(out, t->elem, t->n);
		return;
	case TYPE_CLASS:
		if (strchr(t->name, '.') && is_plain_name(t->name))
			text_add(out, t->name);
		else
			write_nominal(out, "Class", t->name);
		return;
	case TYPE_INTERFACE:
		write_nominal(out, "Interface", t->name);
		return;
	case TYPE_ENUM:
		write_nominal(out, "Enum", t->name);
		return;
	case TYPE_VAR:
		text_add(out, t->name);
		return;
	default:
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (words[i].type->kind == t->kind) {
				text_add(out, words[i].word);
				return;
			}
	}
}
