// SPDX-License-Identifier: BSD-3-Clause
// Types of the language.
//
// Primitive types are static singletons.  Compound types are interned in a TypePool, so that within one
// pool equal types are equal pointers; the operator registry has its own immortal pool and each model
// has one, so types are compared with type_equal(), which tries the pointers first.
// Class, interface, enum and named-tuple types are nominal: one object per qualified name and pool.
#ifndef WICK_CORE_TYPE_H
#define WICK_CORE_TYPE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

typedef enum TypeKind {
	TYPE_TENSOR, TYPE_INT, TYPE_FLOAT, TYPE_BOOL, TYPE_COMPLEX, TYPE_NUMBER, TYPE_STR, TYPE_NONE,
	TYPE_ANY, TYPE_DEVICE, TYPE_GENERATOR, TYPE_STREAM, TYPE_CAPSULE, TYPE_STORAGE,
	TYPE_ANYLIST, TYPE_ANYTUPLE, TYPE_ANYENUM, TYPE_ANYCLASS,
	TYPE_LIST,      // elem[0]
	TYPE_DICT,      // elem[0] key, elem[1] value
	TYPE_TUPLE,     // elem[0..n); a NamedTuple when name != NULL, then fields[] has its names
	TYPE_OPTIONAL,  // elem[0]
	TYPE_UNION,     // elem[0..n), flattened, n ≥ 2; Optional is used when it is T | None with one T
	TYPE_FUTURE, TYPE_AWAIT, TYPE_RREF, // elem[0]
	TYPE_CLASS,     // cls
	TYPE_INTERFACE, // cls (methods are signatures only)
	TYPE_ENUM,      // enm
	TYPE_VAR,       // name: "t", "t1" in schemas
	TYPE_FUNCTION,  // a callee; never a runtime value
} TypeKind;

typedef struct Type Type;
typedef struct TypePool TypePool;
struct Function; // ir/function.h
struct IValue;   // core/ivalue.h

typedef struct Attribute {
	const char *name;
	const Type *type;
	bool is_parameter, is_buffer;
} Attribute;

typedef struct ClassConstant {
	const char *name;
	const Type *type;
	struct IValue *value; // owned by the class
} ClassConstant;

typedef struct ClassType {
	const char *name;          // qualified: "__torch__.torch.nn.modules.linear.Linear"
	Attribute *attrs;          // slot order
	int nattrs, cap_attrs;
	struct Function **methods; // declaration order; added with class_add_method
	const char **method_names; // short names, same order
	int nmethods, cap_methods;
	ClassConstant *constants;  // Final[…] lines
	int nconstants, cap_constants;
	const char **pre_hooks, **hooks; // method names
	int npre_hooks, nhooks;
	bool is_module;
	bool complete;             // attributes are known
	const void *native;        // C-bound class description (__torch__.torch.classes.*), or NULL
} ClassType;

typedef struct EnumMember { const char *name; struct IValue *value; } EnumMember;
typedef struct EnumType {
	const char *name;          // qualified
	const Type *value_type;    // int, float or str
	EnumMember *members;
	int nmembers;
} EnumType;

struct Type {
	TypeKind kind;
	TypePool *pool;            // NULL for static and immortal types; borrowed
	const char *name;          // qualified name of nominal types, name of a variable; else NULL
	int n;
	const Type **elem;
	const char **fields;       // NamedTuple field names
	struct IValue **defaults;  // NamedTuple defaults, entries may be NULL; NULL if there are none
	ClassType *cls;
	EnumType *enm;
};

extern const Type type_tensor, type_int, type_float, type_bool, type_complex, type_number, type_str, type_none,
	type_any, type_device, type_generator, type_stream, type_capsule, type_storage, type_anylist, type_anytuple,
	type_anyenum, type_anyclass, type_function;

// A pool is reference counted: values that name a type of the pool (lists, objects, …) keep it alive.
TypePool *type_pool_new(void);
TypePool *type_pool_immortal(void); // a pool whose types carry pool == NULL and are never freed
TypePool *type_pool_ref(TypePool *p);   // NULL passes through
void type_pool_unref(TypePool **p);
Arena *type_pool_arena(TypePool *p);

const Type *type_list(TypePool *p, const Type *elem);
const Type *type_dict(TypePool *p, const Type *key, const Type *value);
const Type *type_tuple(TypePool *p, const Type *const *elem, int n);
const Type *type_optional(TypePool *p, const Type *elem);              // Optional[Optional[T]] is Optional[T]
const Type *type_union(TypePool *p, const Type *const *elem, int n);   // normalises; may return a non-union
const Type *type_future(TypePool *p, const Type *elem);
const Type *type_await(TypePool *p, const Type *elem);
const Type *type_var(TypePool *p, const char *name);
// Nominal types.  A second call with the same name returns the same, possibly already filled, type.
const Type *type_class(TypePool *p, const char *qualified);
const Type *type_interface(TypePool *p, const char *qualified);
const Type *type_enum(TypePool *p, const char *qualified);
const Type *type_named_tuple(TypePool *p, const char *qualified, const char *const *fields, const Type *const *elem,
	int n);
const Type *type_find_nominal(const TypePool *p, const char *qualified); // NULL when absent

bool type_equal(const Type *a, const Type *b);
// Subtyping of the language (reference §3).  why, if not NULL, receives an explanation on false.
bool type_subtype(const Type *a, const Type *b, Text *why);
// Least common type of an if's branches, list elements, returns; NULL if there is none.
// With hint_any the result may be type_any; with to_union a Union is made where nothing else fits.
const Type *type_unify(TypePool *p, const Type *a, const Type *b, bool to_union);

// As the reference prints it in source: "List[int]", "Optional[Tensor]", "__torch__.M".  Caller frees.
char *type_str_repr(const Type *t);
void type_print(Text *out, const Type *t);          // source form: Optional[Tensor], Dict[str, int]
void type_print_schema(Text *out, const Type *t);   // schema form: Tensor?, Dict(str, int), int[]

static inline bool type_is_optional_like(const Type *t) // can None be stored in it?
{
	if (t->kind == TYPE_OPTIONAL || t->kind == TYPE_NONE || t->kind == TYPE_ANY)
		return true;
	if (t->kind == TYPE_UNION)
		for (int i = 0; i < t->n; i++)
			if (t->elem[i]->kind == TYPE_NONE)
				return true;
	return false;
}

int class_find_attr(const ClassType *c, const char *name);               // slot or -1
static inline const char *class_method_name(const ClassType *c, int i) { return c->method_names[i]; }
void class_add_method(const Type *cls, const char *short_name, struct Function *f); // name is copied to the type's pool arena
void class_add_attr(const Type *cls, Attribute attr);           // likewise
struct Function *class_find_method(const ClassType *c, const char *name); // or NULL
const ClassConstant *class_find_constant(const ClassType *c, const char *name);

#endif
