// SPDX-License-Identifier: BSD-3-Clause
// Types: pools with interning, and equality, subtyping and unification over them.
#include "core/type.h"
#include "core/ivalue.h"

#include <stdlib.h>
#include <string.h>

#define PRIMITIVE(var, k, n) const Type var = {.kind = k, .name = n}
PRIMITIVE(type_tensor, TYPE_TENSOR, "Tensor");
PRIMITIVE(type_int, TYPE_INT, "int");
PRIMITIVE(type_float, TYPE_FLOAT, "float");
PRIMITIVE(type_bool, TYPE_BOOL, "bool");
PRIMITIVE(type_complex, TYPE_COMPLEX, "complex");
PRIMITIVE(type_number, TYPE_NUMBER, "number");
PRIMITIVE(type_str, TYPE_STR, "str");
PRIMITIVE(type_none, TYPE_NONE, "NoneType");
PRIMITIVE(type_any, TYPE_ANY, "Any");
PRIMITIVE(type_device, TYPE_DEVICE, "Device");
PRIMITIVE(type_generator, TYPE_GENERATOR, "Generator");
PRIMITIVE(type_stream, TYPE_STREAM, "Stream");
PRIMITIVE(type_capsule, TYPE_CAPSULE, "Capsule");
PRIMITIVE(type_storage, TYPE_STORAGE, "Storage");
PRIMITIVE(type_anylist, TYPE_ANYLIST, "list");
PRIMITIVE(type_anytuple, TYPE_ANYTUPLE, "tuple");
PRIMITIVE(type_anyenum, TYPE_ANYENUM, "AnyEnumType");
PRIMITIVE(type_anyclass, TYPE_ANYCLASS, "AnyClassType");
PRIMITIVE(type_function, TYPE_FUNCTION, "Function");

struct TypePool {
	_Atomic uint32_t refs;
	bool immortal;
	Arena arena;
	Map interned; // key: kind and element pointers
	Map nominal;  // qualified name → Type
};

static TypePool *pool_make(bool immortal)
{
	TypePool *p = xcalloc(1, sizeof *p);
	p->refs = 1;
	p->immortal = immortal;
	return p;
}

TypePool *type_pool_new(void)
{
	return pool_make(false);
}

TypePool *type_pool_immortal(void)
{
	return pool_make(true);
}

TypePool *type_pool_ref(TypePool *p)
{
	if (p && !p->immortal)
		p->refs++;
	return p;
}

static void free_value(IValue *v)
{
	if (v)
		ivalue_unref(v);
	free(v);
}

void type_pool_unref(TypePool **pool)
{
	TypePool *p = *pool;
	*pool = NULL;
	if (!p || p->immortal || --p->refs)
		return;
	for (int i = 0; i < p->nominal.n; i++) {
		Type *t = p->nominal.entries[i].value;
		if (t->cls)
			for (int k = 0; k < t->cls->nconstants; k++)
				free_value(t->cls->constants[k].value);
		if (t->enm)
			for (int k = 0; k < t->enm->nmembers; k++)
				free_value(t->enm->members[k].value);
		if (t->defaults)
			for (int k = 0; k < t->n; k++)
				free_value(t->defaults[k]);
	}
	map_free(&p->interned);
	map_free(&p->nominal);
	arena_free(&p->arena);
	free(p);
}

Arena *type_pool_arena(TypePool *p)
{
	return &p->arena;
}

static Type *pool_type(TypePool *p, TypeKind kind)
{
	Type *t = arena_new(&p->arena, Type);
	t->kind = kind;
	t->pool = p->immortal ? NULL : p;
	return t;
}

static const Type *intern(TypePool *p, TypeKind kind, const Type *const *elem, int n)
{
	uintptr_t small[16], *key = small;
	if (n + 1 > 16)
		key = xmalloc((size_t)(n + 1) * sizeof *key);
	key[0] = (uintptr_t)kind;
	for (int i = 0; i < n; i++)
		key[i + 1] = (uintptr_t)elem[i];
	size_t bytes = (size_t)(n + 1) * sizeof *key;
	Type *t = map_getn(&p->interned, (const char *)key, bytes);
	if (!t) {
		t = pool_type(p, kind);
		t->n = n;
		t->elem = arena_dup(&p->arena, elem, (size_t)n * sizeof *elem);
		map_setn(&p->interned, (const char *)key, bytes, t);
	}
	if (key != small)
		free(key);
	return t;
}

const Type *type_list(TypePool *p, const Type *elem)
{
	return intern(p, TYPE_LIST, &elem, 1);
}

const Type *type_dict(TypePool *p, const Type *key, const Type *value)
{
	const Type *kv[2] = {key, value};
	return intern(p, TYPE_DICT, kv, 2);
}

const Type *type_tuple(TypePool *p, const Type *const *elem, int n)
{
	return intern(p, TYPE_TUPLE, elem, n);
}

const Type *type_future(TypePool *p, const Type *elem)
{
	return intern(p, TYPE_FUTURE, &elem, 1);
}

const Type *type_await(TypePool *p, const Type *elem)
{
	return intern(p, TYPE_AWAIT, &elem, 1);
}

const Type *type_optional(TypePool *p, const Type *elem)
{
	if (elem->kind == TYPE_OPTIONAL || elem->kind == TYPE_NONE || elem->kind == TYPE_ANY)
		return elem;
	if (elem->kind == TYPE_UNION) {
		const Type *both[2] = {elem, &type_none};
		return type_union(p, both, 2);
	}
	return intern(p, TYPE_OPTIONAL, &elem, 1);
}

// Members are flattened, subtypes of other members dropped, and kept in the order of PyTorch's kinds.
static int union_rank(const Type *t)
{
	switch (t->kind) {
	case TYPE_ENUM: return 0;
	case TYPE_TENSOR: return 1;
	case TYPE_TUPLE: return 2;
	case TYPE_LIST: return 3;
	case TYPE_DICT: return 4;
	case TYPE_NUMBER: return 5;
	case TYPE_FLOAT: return 6;
	case TYPE_COMPLEX: return 7;
	case TYPE_FUTURE: return 8;
	case TYPE_AWAIT: return 9;
	case TYPE_INT: return 10;
	case TYPE_NONE: return 11;
	case TYPE_STR: return 12;
	case TYPE_BOOL: return 13;
	case TYPE_DEVICE: return 14;
	default: return 20 + (int)t->kind;
	}
}

static void union_add(const Type **items, int *n, int cap, const Type *t)
{
	if (t->kind == TYPE_OPTIONAL) {
		union_add(items, n, cap, t->elem[0]);
		union_add(items, n, cap, &type_none);
		return;
	}
	if (t->kind == TYPE_UNION) {
		for (int i = 0; i < t->n; i++)
			union_add(items, n, cap, t->elem[i]);
		return;
	}
	for (int i = 0; i < *n; i++)
		if (type_subtype(t, items[i], NULL))
			return;
	int kept = 0;
	for (int i = 0; i < *n; i++)
		if (!type_subtype(items[i], t, NULL))
			items[kept++] = items[i];
	*n = kept;
	if (*n < cap)
		items[(*n)++] = t;
}

const Type *type_union(TypePool *p, const Type *const *elem, int n)
{
	const Type *items[64];
	int count = 0;
	for (int i = 0; i < n; i++)
		union_add(items, &count, 64, elem[i]);
	for (int i = 1; i < count; i++) { // stable insertion sort by rank
		const Type *t = items[i];
		int k = i;
		for (; k > 0 && union_rank(items[k - 1]) > union_rank(t); k--)
			items[k] = items[k - 1];
		items[k] = t;
	}
	if (count == 1)
		return items[0];
	if (count == 2 && items[1]->kind == TYPE_NONE)
		return intern(p, TYPE_OPTIONAL, items, 1);
	if (count == 2 && items[0]->kind == TYPE_NONE)
		return intern(p, TYPE_OPTIONAL, items + 1, 1);
	return intern(p, TYPE_UNION, items, count);
}

static Type *nominal(TypePool *p, const char *name, TypeKind kind, bool *fresh)
{
	Type *t = map_get(&p->nominal, name);
	*fresh = !t;
	if (!t) {
		t = pool_type(p, kind);
		t->name = arena_strdup(&p->arena, name);
		map_set(&p->nominal, name, t);
	}
	return t;
}

const Type *type_var(TypePool *p, const char *name)
{
	bool fresh;
	return nominal(p, name, TYPE_VAR, &fresh);
}

static const Type *class_like(TypePool *p, const char *name, TypeKind kind)
{
	bool fresh;
	Type *t = nominal(p, name, kind, &fresh);
	if (fresh) {
		t->cls = arena_new(&p->arena, ClassType);
		t->cls->name = t->name;
	}
	return t;
}

const Type *type_class(TypePool *p, const char *qualified)
{
	return class_like(p, qualified, TYPE_CLASS);
}

const Type *type_interface(TypePool *p, const char *qualified)
{
	return class_like(p, qualified, TYPE_INTERFACE);
}

const Type *type_enum(TypePool *p, const char *qualified)
{
	bool fresh;
	Type *t = nominal(p, qualified, TYPE_ENUM, &fresh);
	if (fresh) {
		t->enm = arena_new(&p->arena, EnumType);
		t->enm->name = t->name;
	}
	return t;
}

const Type *type_named_tuple(TypePool *p, const char *qualified, const char *const *fields, const Type *const *elem,
	int n)
{
	bool fresh;
	Type *t = nominal(p, qualified, TYPE_TUPLE, &fresh);
	if (fresh) {
		t->n = n;
		t->elem = arena_dup(&p->arena, elem, (size_t)n * sizeof *elem);
		t->fields = arena_array(&p->arena, const char *, n);
		for (int i = 0; i < n; i++)
			t->fields[i] = arena_strdup(&p->arena, fields[i]);
	}
	return t;
}

const Type *type_find_nominal(const TypePool *p, const char *qualified)
{
	return map_get(&p->nominal, qualified);
}

bool type_equal(const Type *a, const Type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->n != b->n)
		return false;
	if (a->name || b->name) { // nominal: one object per name and pool; variables and the registry's classes match by name
		bool by_name = a->kind == TYPE_VAR || (a->kind == TYPE_CLASS && (!a->pool || !b->pool));
		return by_name && a->name && b->name && strcmp(a->name, b->name) == 0;
	}
	for (int i = 0; i < a->n; i++)
		if (!type_equal(a->elem[i], b->elem[i]))
			return false;
	return true;
}

static bool explain(Text *why, const Type *a, const Type *b)
{
	if (why) {
		text_add(why, "Type ");
		type_print(why, a);
		text_add(why, " is not a subtype of ");
		type_print(why, b);
	}
	return false;
}

bool type_subtype(const Type *a, const Type *b, Text *why)
{
	if (a == b || b->kind == TYPE_ANY || type_equal(a, b))
		return true;
	if (a->kind == TYPE_UNION || (a->kind == TYPE_OPTIONAL && b->kind != TYPE_OPTIONAL)) {
		for (int i = 0; i < a->n; i++)
			if (!type_subtype(a->elem[i], b, NULL))
				return explain(why, a, b);
		return a->kind == TYPE_UNION || type_subtype(&type_none, b, why);
	}
	switch (b->kind) {
	case TYPE_OPTIONAL:
		if (a->kind == TYPE_NONE || type_subtype(a->kind == TYPE_OPTIONAL ? a->elem[0] : a, b->elem[0], NULL))
			return true;
		return explain(why, a, b);
	case TYPE_UNION:
		for (int i = 0; i < b->n; i++)
			if (type_subtype(a, b->elem[i], NULL))
				return true;
		return explain(why, a, b);
	case TYPE_NUMBER:
		return a->kind == TYPE_INT || a->kind == TYPE_FLOAT || a->kind == TYPE_COMPLEX || explain(why, a, b);
	case TYPE_ANYLIST:
		return a->kind == TYPE_LIST || explain(why, a, b);
	case TYPE_ANYTUPLE:
		return a->kind == TYPE_TUPLE || explain(why, a, b);
	case TYPE_ANYENUM:
		return a->kind == TYPE_ENUM || explain(why, a, b);
	case TYPE_ANYCLASS:
		return a->kind == TYPE_CLASS || explain(why, a, b);
	case TYPE_TUPLE:
		if (a->kind != TYPE_TUPLE || a->n != b->n || b->name)
			return explain(why, a, b);
		for (int i = 0; i < a->n; i++)
			if (!type_subtype(a->elem[i], b->elem[i], NULL))
				return explain(why, a, b);
		return true;
	case TYPE_FUTURE: case TYPE_AWAIT: case TYPE_RREF:
		return (a->kind == b->kind && type_subtype(a->elem[0], b->elem[0], NULL)) || explain(why, a, b);
	case TYPE_INTERFACE:
		if (a->kind != TYPE_CLASS && a->kind != TYPE_INTERFACE)
			return explain(why, a, b);
		for (int i = 0; i < b->cls->nmethods; i++) {
			// Method names are compared here; signatures by the frontend, which knows how to declare them.
			const char *name = class_method_name(b->cls, i);
			bool found = false;
			for (int k = 0; k < a->cls->nmethods && !found; k++)
				found = strcmp(class_method_name(a->cls, k), name) == 0;
			if (!found) {
				if (why) {
					type_print(why, a);
					text_addf(why, " has no method '%s' that interface ", name);
					type_print(why, b);
					text_add(why, " requires");
				}
				return false;
			}
		}
		return true;
	default:
		return explain(why, a, b);
	}
}

const Type *type_unify(TypePool *p, const Type *a, const Type *b, bool to_union)
{
	if (type_subtype(a, b, NULL))
		return b;
	if (type_subtype(b, a, NULL))
		return a;
	if (a->kind == TYPE_NONE)
		return type_optional(p, b);
	if (b->kind == TYPE_NONE)
		return type_optional(p, a);
	if (a->kind == TYPE_OPTIONAL || b->kind == TYPE_OPTIONAL) {
		const Type *x = a->kind == TYPE_OPTIONAL ? a->elem[0] : a, *y = b->kind == TYPE_OPTIONAL ? b->elem[0] : b;
		const Type *u = type_unify(p, x, y, false);
		if (u)
			return type_optional(p, u);
	}
	if (a->kind == TYPE_TUPLE && b->kind == TYPE_TUPLE && a->n == b->n && a->n <= 256) {
		const Type *elem[256];
		int i = 0;
		for (; i < a->n; i++)
			if (!(elem[i] = type_unify(p, a->elem[i], b->elem[i], to_union)))
				break;
		if (i == a->n)
			return type_tuple(p, elem, a->n);
	}
	if (a->kind == TYPE_FUTURE && b->kind == TYPE_FUTURE) {
		const Type *u = type_unify(p, a->elem[0], b->elem[0], to_union);
		if (u)
			return type_future(p, u);
	}
	if (to_union) {
		const Type *both[2] = {a, b};
		return type_union(p, both, 2);
	}
	return NULL;
}

static void print_list(Text *out, const char *head, const Type *t, void (*print)(Text *, const Type *), char open,
	char close)
{
	text_add(out, head);
	text_addc(out, open);
	for (int i = 0; i < t->n; i++) {
		if (i)
			text_add(out, ", ");
		print(out, t->elem[i]);
	}
	if (!t->n && open == '[')
		text_add(out, "()");
	text_addc(out, close);
}

void type_print(Text *out, const Type *t)
{
	if (t->name) {
		text_add(out, t->name);
		return;
	}
	switch (t->kind) {
	case TYPE_LIST: print_list(out, "List", t, type_print, '[', ']'); break;
	case TYPE_DICT: print_list(out, "Dict", t, type_print, '[', ']'); break;
	case TYPE_TUPLE: print_list(out, "Tuple", t, type_print, '[', ']'); break;
	case TYPE_OPTIONAL: print_list(out, "Optional", t, type_print, '[', ']'); break;
	case TYPE_UNION: print_list(out, "Union", t, type_print, '[', ']'); break;
	case TYPE_FUTURE: print_list(out, "Future", t, type_print, '[', ']'); break;
	case TYPE_AWAIT: print_list(out, "Await", t, type_print, '[', ']'); break;
	case TYPE_RREF: print_list(out, "RRef", t, type_print, '[', ']'); break;
	default: text_add(out, "?"); break;
	}
}

void type_print_schema(Text *out, const Type *t)
{
	switch (t->kind) {
	case TYPE_NUMBER:
		text_add(out, "Scalar");
		return;
	case TYPE_LIST:
		type_print_schema(out, t->elem[0]);
		text_add(out, "[]");
		return;
	case TYPE_OPTIONAL:
		type_print_schema(out, t->elem[0]);
		text_add(out, "?");
		return;
	case TYPE_TUPLE:
		if (t->name)
			break;
		print_list(out, "", t, type_print_schema, '(', ')');
		return;
	case TYPE_DICT: print_list(out, "Dict", t, type_print_schema, '(', ')'); return;
	case TYPE_UNION: print_list(out, "Union", t, type_print_schema, '(', ')'); return;
	case TYPE_FUTURE: print_list(out, "Future", t, type_print_schema, '(', ')'); return;
	case TYPE_AWAIT: print_list(out, "Await", t, type_print_schema, '(', ')'); return;
	case TYPE_RREF: print_list(out, "RRef", t, type_print_schema, '(', ')'); return;
	default: break;
	}
	text_add(out, t->name ? t->name : "?");
}

char *type_str_repr(const Type *t)
{
	Text out = {0};
	type_print(&out, t);
	return text_take(&out);
}

int class_find_attr(const ClassType *c, const char *name)
{
	for (int i = 0; i < c->nattrs; i++)
		if (strcmp(c->attrs[i].name, name) == 0)
			return i;
	return -1;
}

struct Function *class_find_method(const ClassType *c, const char *name)
{
	for (int i = 0; i < c->nmethods; i++)
		if (strcmp(class_method_name(c, i), name) == 0)
			return c->methods[i];
	return NULL;
}

const ClassConstant *class_find_constant(const ClassType *c, const char *name)
{
	for (int i = 0; i < c->nconstants; i++)
		if (strcmp(c->constants[i].name, name) == 0)
			return &c->constants[i];
	return NULL;
}

// Class types are made in mortal pools only, so t->pool is there to copy into.
void class_add_method(const Type *cls, const char *short_name, struct Function *f)
{
	ClassType *c = cls->cls;
	Arena *a = &cls->pool->arena;
	int cap = c->cap_methods;
	if (c->nmethods == cap)
		c->method_names = arena_grow(a, c->method_names, c->nmethods, &cap, sizeof *c->method_names);
	c->method_names[c->nmethods] = arena_strdup(a, short_name);
	ARENA_PUSH(a, c->methods, c->nmethods, c->cap_methods, f);
}

void class_add_attr(const Type *cls, Attribute attr)
{
	ClassType *c = cls->cls;
	attr.name = arena_strdup(&cls->pool->arena, attr.name);
	ARENA_PUSH(&cls->pool->arena, c->attrs, c->nattrs, c->cap_attrs, attr);
}
