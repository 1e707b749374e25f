// SPDX-License-Identifier: BSD-3-Clause
// Inside of the frontend: what the files that turn syntax trees into graphs share.
//
//   frontend.c   definitions found by qualified name      types.c     annotations
//   classes.c    class statements                         constexpr.c constant expressions
//   function.c   one def: schema, body                    scope.c     names, branches joined
//   lower_stmt.c, lower_assign.c, lower_loop.c            statements
//   lower_expr.c, condition.c, lower_index.c, lower_call.c, attribute.c   expressions
//   forms.c      names that are not ops (print, range, isinstance …)   python_names.c what Python calls the ops
//   exits.c      what may leave a block early             upgraders.c old archives
//   lower_comprehension.c, lower_closure.c                rewrite.c   the larger language's statements
//   lower_format.c f-strings, str.format                  lower_try.c
//
// Emission goes straight to SSA.  A name is bound to a Sugar: an SSA value or something that exists only while
// compiling (a function, a class, a bound method …).  An If's branches get scopes of their own, joined afterwards; a loop
// carries the names that its body assigns.  Early exits are variables too, named %skip, %stop, %returned and %ret,
// so that the same joins thread them through.
#ifndef WICK_FRONTEND_LOWER_H
#define WICK_FRONTEND_LOWER_H

#include "frontend/frontend.h"
#include "ir/match.h"

#define LOWER_MAX_DEPTH 1500   // of nested expressions, statements and functions being compiled together
#define LOWER_MAX_WORK 2000000  // expressions of one function
#define LOWER_MAX_TYPE 100000  // parts of a tuple's type, those of its elements included
#define LOWER_MAX_MEMBERS 16384 // of a class; keyword arguments of a call; members of a Union are fewer
#define LOWER_MAX_UNROLL 10000 // elements of a tuple or names that a loop may be unrolled over

typedef struct CodeFile {
	const char *qualifier;
	Ast *ast;
	Map defs;                  // short name → Stmt (ST_DEF, ST_CLASS, ST_ASSIGN of an alias)
	Map imports;               // Python dialect: local name → dotted path
	bool absent;
	struct ScriptEnv *env;     // script stage: names mean objects of the build stage (frontend/script/); else NULL
} CodeFile;

typedef struct Frontend {
	Unit *unit;
	Dialect dialect;
	bool has_provider;
	SourceProvider provider;
	Map files;                 // qualifier → CodeFile
	Map busy;                  // nominal types being declared: name → non-NULL while at it
	int depth;
	struct ScriptStage *script;     // script stage: what it knows of this unit's modules; else NULL
} Frontend;

// What Function.define_arg points to.
typedef struct DefSite {
	Frontend *fe;
	CodeFile *file;
	const Def *def;
	const Type *self;
	bool is_static;
	const struct Capture *captures; // parameters before the written ones: names that an inner def takes from outside
	int ncaptures;
	const Type **arg_types;    // of unannotated parameters, by index; NULL: Tensor
	const IValue *defaults;    // script stage: the parameters' defaults, evaluated (TAG_UNINIT: none); else NULL
	struct PyFunction *py;     // script stage: the function it is compiled from; else NULL
} DefSite;
typedef struct Capture { const char *name; const Type *type; } Capture;

typedef enum Form {
	FORM_PRINT, FORM_TUPLE, FORM_LIST, FORM_DICT, FORM_LEN, FORM_CAST, FORM_GETATTR, FORM_HASATTR, FORM_ISINSTANCE,
	FORM_RANGE, FORM_ZIP, FORM_ENUMERATE, FORM_ANNOTATE, FORM_UNCHECKED_CAST, FORM_UNINITIALIZED, FORM_FORK,
	FORM_AWAITABLE, FORM_TOLIST, FORM_TENSOR_CAST, FORM_TYPE_TO, FORM_NEW, FORM_FALSE, FORM_TRUE, FORM_MIN_MAX,
	FORM_UNWRAP_OPTIONAL, FORM_CHECK, FORM_NEW_TENSOR, FORM_BROADCAST,
} Form;

typedef enum SugarKind {
	SUGAR_UNDEFINED,  // name = why (a whole message)
	SUGAR_VALUE,      // value
	SUGAR_NAMESPACE,  // name = dotted path
	SUGAR_TYPE,       // type: class, enum, named tuple, or a cast to a primitive
	SUGAR_FUNCTION,   // fn
	SUGAR_METHOD,     // value = receiver, fn
	SUGAR_OP,         // name = "aten::f", value = receiver or NULL
	SUGAR_FORM,       // form, and value or name as the form needs
	SUGAR_TUPLE,      // items, n: a tuple with members that are not values
	SUGAR_CLOSURE,    // a def inside a def, or a lambda: def or lambda; items = defaults of its parameters
	SUGAR_EXCEPTION,  // name = qualified class
	SUGAR_ITER,       // form = FORM_RANGE/ZIP/ENUMERATE, items, n
	SUGAR_FLAG,       // n = 0 or 1: an exit flag whose state is known
	// Of the script stage:
	SUGAR_OBJECT,     // py: an object of the build stage that is no value (a module, a class, a list …)
	SUGAR_SUPER,      // value = self, py = the class behind which attributes are looked for
	SUGAR_UNBOUND,    // py = a function found in a class: its first argument is self
	SUGAR_CHOICE,     // items, n: overloads, of which a call takes the first that fits
	SUGAR_DISPATCH,   // py = a function of boolean_dispatch: items[0] if the flag is true, items[1] if not
	SUGAR_MEMBERS,    // value = a module, name = what walks over its members ("items", "children")
} SugarKind;

typedef struct Sugar {
	SugarKind kind;
	Form form;
	Value *value;
	const char *name;
	const Type *type;
	Function *fn;
	const Def *def;
	const Expr *lambda;
	struct Sugar *items;
	int n;
	IValue py;           // borrowed
} Sugar;

typedef struct Scope Scope;
typedef struct Variable Variable;
typedef struct Binding {
	Sugar s;
	Variable *var;
	Scope *scope;
	const Type *outer;         // type that an assignment must keep, because an enclosing block knows the name
	bool refined;              // bound by a refinement and not assigned since
	Value *refined_from;
	struct Binding *hidden;    // the binding of an enclosing scope
} Binding;
struct Variable {
	const char *name;
	Binding *top;
	Binding *in_true, *in_false; // used while joining
};
struct Scope {
	Scope *parent;
	Block *block;              // where the enclosing code was emitted; restored by scope_pop
	bool transparent;          // for assignments this scope is part of its parent (rest of a block, with)
	Binding **items;
	int n, cap;
};

typedef enum Exit {
	EXIT_WONT,                 // control reaches the end
	EXIT_MIGHT,                // %skip tells
	EXIT_WILL,                 // break, continue or return on all paths
	EXIT_THROWS,               // raises on all paths
} Exit;

typedef struct Lower {
	Frontend *fe;
	Unit *unit;
	TypePool *pool;
	CodeFile *file;
	Function *fn;
	const DefSite *site;
	Graph *g;
	Block *block;              // nodes are appended here
	Scope *scope;
	Scope *stmt_scope;         // of the statement being lowered: where := may bind
	Map variables;             // name → Variable
	Arena arena;               // scratch
	Error *err;                // never NULL
	int loops;                 // nesting of loops around the current statement
	bool in_init;              // in the __init__ of a class that is still being declared
	const Type *declared_ret;  // NULL when not declared
	const Type *ret;           // join of the returns seen
	int64_t work;              // expressions lowered
	int temps;                 // names made up for rewritten statements
	const struct Inlining *inlining; // closures whose bodies are being lowered at their calls
} Lower;

// frontend.c
Status lower_enter(Frontend *fe, Error *err, Range at);      // counts depth; pair with lower_leave
static inline void lower_leave(Frontend *fe) { fe->depth--; }
CodeFile *frontend_file(Frontend *fe, const char *qualifier, Error *err); // NULL only on error; see ->absent
const Stmt *code_file_find(const CodeFile *f, const char *name);
Status frontend_lookup(Frontend *fe, const char *qualified, bool *found, Sugar *out, Error *err); // type or function
Status frontend_nominal(Frontend *fe, const char *qualified, const Type **out, Error *err);    // NULL if there is none
Function *frontend_declare_function(Frontend *fe, CodeFile *file, const char *qualified, const Def *def,
	const Type *self, bool is_static);
Status code_file_index(CodeFile *f, Error *err);
const char *qualified_name(Arena *a, const char *qualifier, const char *name);
const char *dotted_name(Arena *a, const Expr *e);            // "a.b.c" of a NAME/ATTR chain, or NULL

Frontend *frontend_of_unit(Unit *u, Dialect d);               // made on first need

// lib.c
Status frontend_lib_named(const char *name, Function **out, Error *err); // NULL when there is none
Status frontend_lib_class(const char *name, const Type **out, Error *err); // likewise

// types.c
Status type_from_expr(Frontend *fe, CodeFile *file, const Expr *e, const Type **out, Error *err);
const Type *type_from_name(TypePool *p, Dialect d, const char *name); // primitives; NULL if it is none

// classes.c
Status class_declare(Frontend *fe, CodeFile *file, const char *qualified, const ClassDef *c, const Type **out,
	Error *err);

// native_class.c
const Type *native_class(Unit *u, const char *qualified);     // __torch__.torch.classes.*; NULL if unknown

// constexpr.c
Status constant_eval(Frontend *fe, CodeFile *file, const Expr *e, const Type *want, IValue *out, const Type **type,
	Error *err);

// function.c
Status function_define(Function *f, Error *err);              // Function.define
Status function_declare(Function *f, Error *err);             // schema only, where the return type is written

// scope.c
void scope_push(Lower *l, Block *b, bool transparent);
Scope *scope_pop(Lower *l);                                    // its bindings stay readable
void scope_merge(Scope *s);                                    // becomes transparent: part of its parent from here on
Binding *scope_find(Lower *l, const char *name);               // NULL when unknown
void scope_bind(Lower *l, const char *name, Sugar s);          // unchecked, in the current scope
Status scope_assign(Lower *l, const char *name, Sugar s, const Type *annotated, Range at);
void scope_refine(Lower *l, const char *name, const Type *t, Range at);
Status scope_join(Lower *l, Node *branch, Scope *yes, Scope *no, Exit yes_exit, Exit no_exit, Range at);
Exit exit_join(Exit a, Exit b);

// exits.c
Exit stmts_exit(const StmtList *list, int from);              // judged by syntax alone
void stmts_assigned(const StmtList *list, Map *out);          // names that the statements bind, as keys
void expr_assigned(const Expr *e, Map *out);                  // names that := binds in it
bool expr_binds(const Expr *e);                               // has it a := ?
bool stmts_change(const StmtList *list, const char *name);    // the list or dict of that name, in the open
bool stmts_return(const StmtList *list);
bool stmts_break(const StmtList *list, bool or_continue);     // of the enclosing loop

// lower_stmt.c
// What follows a list of statements in the lists around it, up to the end of a function or of a loop's body.
typedef struct Rest { const StmtList *list; int from; Scope *owner; const struct Rest *outer; } Rest;
Status lower_stmts(Lower *l, const StmtList *list, int from, const Rest *rest, Exit *out);
Status lower_guarded(Lower *l, Status (*rest)(Lower *l, void *arg, Exit *out), void *arg, Range at, Exit *out);
Status lower_return_value(Lower *l, Value *v, Range at, Exit *out);
Status lower_raise(Lower *l, Value *msg, const char *cls, Range at);

// lower_assign.c
Status lower_assign_to(Lower *l, const Expr *target, Sugar s, Range at);
Status lower_assign(Lower *l, const Stmt *s);
Status lower_augassign(Lower *l, const Stmt *s);
Status lower_delete(Lower *l, const Stmt *s);
Status lower_unpack(Lower *l, Sugar s, int want, bool starred, Sugar **items, int *n, Range at);
Status lower_setattr(Lower *l, Value *obj, const char *name, Value *v, Range at);

// lower_loop.c
Status lower_while(Lower *l, const Stmt *s, Exit *out);
Status lower_for(Lower *l, const Stmt *s, Exit *out);
// Runs over `over`, with *each called for the element inside the loop's block.
typedef Status (*EachElement)(Lower *l, void *arg, Sugar element);
Status lower_each(Lower *l, Sugar over, EachElement each, void *arg, Range at);
Status sugar_static_items(Lower *l, Sugar s, bool *is_static, Sugar **items, int *n, Range at);

// lower_comprehension.c
Value *lower_comprehension(Lower *l, const Expr *e, const Type *hint);
Value *lower_list_of(Lower *l, Sugar s, const Type *hint, Range at); // list(iterable)

// lower_closure.c: lambdas and defs inside defs
Status lower_local_function(Lower *l, const Def *def, const Expr *lambda, Sugar *out); // evaluates the defaults
Status call_closure(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out);

// lower_format.c
Value *lower_fstring(Lower *l, const Expr *e);
bool lower_format_call(Lower *l, const Expr *e, Sugar *out, Status *st); // "{:>5}".format(x); false: no such call

// lower_try.c
Status lower_try(Lower *l, const Stmt *s, Exit *out);

// rewrite.c: statements that mean the same in a smaller language
Status lower_loop_else(Lower *l, const Stmt *s, Exit *out);
Status lower_while_binding(Lower *l, const Stmt *s, Exit *out);
bool if_needs_nesting(const Stmt *s);                         // `if a and (n := f()): …`
Status lower_if_nested(Lower *l, const Stmt *s, Exit *out);

// lower_expr.c
Status lower_expr(Lower *l, const Expr *e, const Type *hint, Sugar *out);
Value *lower_value(Lower *l, const Expr *e, const Type *hint);
Value *sugar_value(Lower *l, Sugar s, Range at);              // an SSA value, or NULL with an error
Value *lower_binary(Lower *l, Operator op, Value *a, Value *b, Range at);
Value *lower_list(Lower *l, Value *const *items, int n, const Type *hint, Range at);
Value *emit_constant(Lower *l, IValue v, const Type *t, Range at); // takes v
Value *emit_int(Lower *l, int64_t i, Range at);
Value *emit_bool(Lower *l, bool b, Range at);
Value *emit_none(Lower *l, Range at);
Value *emit_str(Lower *l, const char *s, Range at);
Value *emit_op(Lower *l, const char *name, Value *const *args, int n, Range at); // matched; one result
Status emit_op_full(Lower *l, const char *name, Value *self, const NamedValue *args, int nargs, const NamedValue *kw,
	int nkw,
	Range at, Sugar *out);
Value *emit_cast(Lower *l, Value *v, const Type *t, Range at); // prim::unchecked_cast
Value *emit_tuple(Lower *l, Value *const *items, int n, Range at);
Value *emit_uninitialized(Lower *l, Block *b, const Type *t, Range at);
Node *emit_node(Lower *l, NodeKind k, Value *const *in, int n, const Type *out, Range at);
static inline Sugar sugar_of(Value *v) { return (Sugar){.kind = SUGAR_VALUE, .value = v}; }
bool value_is_none_literal(const Value *v);
bool value_constant_int(const Value *v, int64_t *out);
Status lower_failed(const Lower *l);                          // status of the error that was reported

// condition.c
typedef struct Refinement { const char *name; const Type *type; struct Refinement *next; } Refinement;
typedef struct Condition {
	Value *value;              // NULL when known
	int known;                 // -1, 0 or 1
	Refinement *yes, *no;
} Condition;
Status lower_condition(Lower *l, const Expr *e, Condition *out);
Status lower_would_fail(Lower *l, const Expr *e, Condition *out); // lower_try.c: look-up of a key, an index
Value *lower_to_bool(Lower *l, Value *v, Range at);
Value *condition_value(Lower *l, const Condition *c, Range at);
void condition_apply(Lower *l, const Refinement *r, Range at);
Value *lower_bool_expr(Lower *l, const Expr *e);              // and, or, not, is, isinstance … as a value
Value *lower_ternary(Lower *l, const Expr *e, const Type *hint);
Status lower_isinstance(Lower *l, const Expr *call, Condition *out);

// lower_index.c
Value *lower_index(Lower *l, const Expr *e, const Type *hint,
	Sugar *sugar_out); // may set *sugar_out instead (NULL result)
Status lower_index_store(Lower *l, const Expr *target, Value *v, Range at);
Status lower_index_update(Lower *l, const Expr *target, Operator op, const Expr *value, Range at);

// lower_call.c
Status lower_call(Lower *l, const Expr *e, const Type *hint, Sugar *out);
Status call_sugar(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out);
Status call_method(Lower *l, Value *obj, const char *name, Value *const *args, int n, Range at, Value **out);
Status lower_args(Lower *l, const Expr *e, const Schema *hints, int skip, NamedValue **args, int *nargs,
	NamedValue **kw, int *nkw);
Status ensure_called(Lower *l, Function *f, Range at);

// attribute.c
Status lower_attribute(Lower *l, Sugar s, const char *name, const Type *hint, Range at, Sugar *out);
Status lower_name(Lower *l, const Expr *e, Sugar *out);
Status lower_path(Lower *l, const char *path, Range at, Sugar *out); // what a dotted path means; SUGAR_NAMESPACE if nothing
bool has_attribute(Lower *l, const Type *t, const char *name);
bool stmt_is_exception(const Stmt *s);                       // class E(ValueError): …

// forms.c
bool form_find(Dialect d, const char *name, Sugar *out);      // global names
Status lower_form(Lower *l, Sugar f, const Expr *e, const Type *hint, Sugar *out);

// python_names.c
bool python_name_find(Lower *l, const char *path, Sugar *out); // "math.sqrt", "torch.nn.functional.relu" …
bool python_form_find(Lower *l, const char *path, Sugar *out); // of these, what is more than a function: "torch.jit.fork"
const char *python_type_name(const char *path); // "List" of "typing.List"; NULL when it names no type of the language
Status python_constant(const char *path, IValue *out, const Type **type); // "math.pi", "torch.float32"; STATUS_OK if known

// The script stage (frontend/script/): names, attributes and calls where objects of the build stage are behind them.
// Each answers for what it knows, tells by *found (or a NULL result without an error) that it is something else.
Status script_name(Lower *l, const char *name, Range at, bool *found, Sugar *out);
Status script_attribute(Lower *l, Sugar s, const char *name, Range at, Sugar *out);  // of SUGAR_OBJECT, SUGAR_SUPER
Status script_module_attribute(Lower *l, Value *self, const char *name, Range at, bool *found, Sugar *out);
bool script_has_attribute(Lower *l, const Type *t, const char *name);
Status script_call_early(Lower *l, Sugar f, const Expr *e, bool *found, Sugar *out); // before arguments are lowered
Status script_call_sugar(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out);
Status script_static_items(Lower *l, Sugar s, bool *found, Sugar **items, int *n, Range at);
Status script_index(Lower *l, Value *container, const Expr *e, const Type *hint, bool *found, Sugar *out);
Status script_contains(Lower *l, Value *container, Value *key, Range at, bool *found, Value **out);
Status script_isinstance(Lower *l, const Expr *obj, const Expr *types, int *known); // known -1: ask the types
Status script_not_value(Lower *l, Sugar s, Range at);       // the error for s where a value is wanted
Status script_annotation(Frontend *fe, CodeFile *file, const Expr *e, bool *found, const Type **out, Error *err);
const char *script_type_ctor(CodeFile *file, const Expr *e); // "List" for what e names, NULL to believe what is written
Status script_default(Frontend *fe, const DefSite *site, int i, const Type **type, IValue *out, Error *err);

// upgraders.c: what an old archive's call means with today's schemas
int upgrade_args(Lower *l, const char *name, const NamedValue *args, int nargs, const NamedValue *kw, int nkw,
	NamedValue *out,
	Range at); // room for nargs + 1 in out; returns how many, or -1 when nothing changes
Value *upgrade_match(Lower *l, const Match *m, Range at); // the replacement's result, or NULL when m stands

#endif
