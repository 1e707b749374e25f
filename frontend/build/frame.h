// SPDX-License-Identifier: BSD-3-Clause
// What a running function has, and what the evaluator's files share.
//
// A text, a class body, a function and a generator expression each run in a Frame.  resolve.c gave every name a place:
// a slot of the frame, a cell (shared with functions defined inside), a global of the module, or a name of the class
// body's namespace.  A statement gives a Flow; expressions give a Status.  On failure the frame remembers the innermost
// place that failed (f->at), and hands it to the traceback when it is left.
#ifndef WICK_FRONTEND_BUILD_FRAME_H
#define WICK_FRONTEND_BUILD_FRAME_H

#include "frontend/build/build.h"

// Kinds of NamePlace.where.
enum {
	PLACE_NONE,
	PLACE_SLOT,   // slots[slot]
	PLACE_CELL,   // cells[slot]
	PLACE_GLOBAL, // module namespace, then builtins; slot is a guess at the entry
	PLACE_CLASS,  // namespace of the class body, then cells[slot] (slot ≥ 0) or globals
};

typedef enum ScopeKind { SCOPE_TEXT, SCOPE_CLASS, SCOPE_FUNCTION, SCOPE_GENERATOR, SCOPE_COMP } ScopeKind;

// Names of one body.  Lives in the arena of the text's Ast.
typedef struct PyScope {
	ScopeKind kind;
	struct PyScope *outer;
	int nslots, ncells, nfree;  // ncells: cells of its own, which come first; nfree: taken over from the outer frame
	StrObj **slot_names;        // borrowed
	StrObj **cell_names;        // own, then free
	int *free;                  // indices in the cells of the frame in which the function is made
	int *param_cells;           // per parameter: the cell it moves to, or -1; NULL when none does
	int class_cell;             // cell of __class__, or -1
	int first_cell, cell_count; // SCOPE_COMP: cells that are made anew at each run
	int first_slot, slot_count; // SCOPE_COMP: slots that are emptied after each run
	int npos;                   // parameters that can be given by position
	int varargs, kwargs;        // their index, or -1
	bool simple;                // nothing but plain parameters
	bool is_generator;
	const char *qualname;       // "Net.forward.<locals>.f"; of a text NULL
} PyScope;

typedef enum Flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_FAIL } Flow;

// An exception whose handler runs: what a bare `raise` raises again.
typedef struct Handling {
	struct Handling *outer;
	IValue exc;                 // borrowed
	const Error *trace;         // frames it had when it was caught
} Handling;

typedef struct Frame {
	Build *b;
	struct Frame *back;
	const PyScope *scope;
	PyFunction *fn;             // NULL for texts and class bodies
	const char *name;           // for tracebacks
	PyModule *module;
	DictObj *globals;           // its namespace
	DictObj *ns;                // of a class body
	IValue *slots;
	PyCell **cells;
	IValue result;              // after FLOW_RETURN
	Status status;              // after FLOW_FAIL
	bool failing;               // `at` tells where
	bool interactive;
	int import_guard;           // inside a try that handles ImportError
	Range at;
	Handling *handling;
	struct Coro *coro;          // of a generator's frame
} Frame;

// resolve.c
PyScope *resolve_text(Build *b, Ast *ast);
PyScope *resolve_expr(Build *b, Ast *ast, Expr *e); // one expression

// eval_expr.c
Status eval(Frame *f, const Expr *e, IValue *out);
Status eval_truth(Frame *f, const Expr *e, bool *out);
Status name_load(Frame *f, const Expr *e, IValue *out);
Status place_store_take(Frame *f, NamePlace *p, IValue v);
Status place_delete(Frame *f, NamePlace *p);
Status eval_slice(Frame *f, const Expr *e, IValue *out);
Status eval_key(Frame *f, const Expr *index, IValue *out); // the key of an EX_INDEX
Status fast_binary(Build *b, Operator op, IValue l, IValue r, IValue *out); // py_binary with the usual cases first

// eval_stmt.c
Flow exec_block(Frame *f, const StmtList *body);
Flow exec_fail(Frame *f, Range at, Status st);
Status annotation_eval(Frame *f, const Expr *type, IValue *out); // its text when it cannot be evaluated
Status frame_run_text(Build *b, PyModule *in, CodeText *t, bool interactive);
Status frame_eval_text(Build *b, PyModule *in, CodeText *t, const Expr *e, IValue *out);
void frame_enter(Build *b, Frame *f);
void frame_leave(Frame *f, Status st); // pops, and adds the traceback's entry when st is a failure

// eval_assign.c
Status assign_take(Frame *f, const Expr *target, IValue v);
Status assign_delete(Frame *f, const Expr *target);
Status assign_augmented(Frame *f, const Stmt *s);

// eval_call.c
Status eval_call(Frame *f, const Expr *e, IValue *out);
// args[-1] must be writable.  All borrowed.
Status call_values(Build *b, IValue fn, IValue *args, int n, const IValue *kwnames, const IValue *kw, int nkw, IValue *out);
Status function_call(Build *b, PyFunction *fn, const IValue *args, int n, const IValue *kwnames, const IValue *kw,
	int nkw, IValue *out);
// The arguments of a call written in the text; free with call_args_free.
typedef struct CallArgs {
	IValue *pos;        // pos[-1] is writable
	int npos, cap;
	IValue *kwnames, *kw;
	int nkw, cap_kw;
	IValue small[9], small_names[4], small_kw[4];
} CallArgs;
Status call_args_eval(Frame *f, const ExprList *list, const Keyword *kw, int nkw, IValue fn, CallArgs *a);
	// fn: what is called, for messages
void call_args_free(CallArgs *a);

// eval_def.c
Status function_make(Frame *f, const PyScope *scope, const Def *def, const Expr *lambda, IValue *out);
Status exec_def(Frame *f, const Stmt *s);
typedef struct Decorators { IValue *made, few[4]; int n; } Decorators;
Status decorators_eval(Frame *f, const ExprList *list, Decorators *d);
// Calls them on *v if st is a success; always drops them.  On failure *v is dropped too.
Status decorators_apply(Frame *f, const ExprList *list, Decorators *d, Status st, IValue *v);

// eval_class.c
Status exec_class(Frame *f, const Stmt *s);
PyClass *class_new(Build *b, const char *name, const char *qualname, IValue module, PyClass *const *bases, int nbases);
// With the MRO of its bases; NULL after raising TypeError.
Status class_call(Build *b, PyClass *cls, IValue *args, int n, const IValue *kwnames, const IValue *kw, int nkw,
	IValue *out);
Status class_rebase(Build *b, PyClass *c, IValue bases); // assigns __bases__
void class_touch(Build *b, PyClass *c); // its namespace changed
Status class_allocate(Build *b, PyClass *cls, const PyArgs *a, IValue *out); // object.__new__ and those of native bases

// class_special.c: enumerations and named tuples
Status named_tuple_base(Build *b, const char *name, DictObj *ns, PyClass **out); // from the annotations in ns
Status enum_finish(Build *b, PyClass *cls);
Status enum_call(Build *b, PyClass *cls, const IValue *args, int n, IValue *out);

// eval_gen.c
Status comprehension_eval(Frame *f, const Expr *e, IValue *out);
Status generator_expr_make(Frame *f, const Expr *e, IValue *out);

// coroutine.c
Status generator_make(Build *b, PyFunction *fn, Frame *f, IValue *out); // takes f's slots and cells
Status eval_yield(Frame *f, const Expr *e, IValue *out);
void generator_methods(Build *b); // send, throw, close
void coro_stacks_free(Build *b);

// exception.c
Flow exec_try(Frame *f, const Stmt *s);
Flow exec_with(Frame *f, const Stmt *s);
Status exec_raise(Frame *f, const Stmt *s);
Status syntax_raise(Build *b, Status st, Error *why);  // a parser's failure becomes the failure in flight; clears why

// object.c
void method_cache_free(Build *b);
// What stands for name along the MRO, through the cache; borrowed, or NULL.
IValue *class_find(Build *b, const PyClass *c, StrObj *name);
// Looks for what `v.name(…)` calls: with *bound false, *fn has to be called as it is, else with v in front.
Status method_load(Build *b, IValue v, StrObj *name, IValue *fn, bool *bound);
Status descriptor_bind(Build *b, IValue attr, IValue self, PyClass *cls, IValue *out); // attr found in a class
Status super_make(Build *b, const PyArgs *a, IValue *out); // the builtin super

// build.c
void build_print(Build *b, const char *s, size_t n);
Status source_read(const char *path, Source **out, Error *err);
Status text_run(Build *b, PyModule *in, Source *src, bool interactive); // parses, resolves, runs

// module.c
void module_place_main(Build *b, PyModule *m);         // finds the package that the main file is part of
Status exec_import(Frame *f, const Stmt *s);
Status module_getattr(Build *b, PyModule *m, StrObj *name, IValue *out);
Status absent_used(Build *b, const PyModule *m); // the error
IValue absent_part(Build *b, const PyModule *of, const char *name); // what needs of, and so is absent too
PyModule *module_known(Build *b, const char *dotted); // borrowed, or NULL

// cycles.c: plain containers that hold themselves.  Collects (and holds) before the objects are emptied; breaks and
// lets go afterwards.
typedef struct Cycles Cycles;
Cycles *cycles_collect(Build *b);
void cycles_break(Cycles *c);

// host.c
void py_release(HostObj *o);
void py_empty(PyObj *o); // drops what it holds
extern const HostKind host_kinds[];

static inline DictObj *iv_ref_dict(DictObj *d)
{
	ivalue_ref((IValue){.dict = d, .tag = TAG_DICT});
	return d;
}
static inline IValue str_value(StrObj *s) { return (IValue){.str = s, .tag = TAG_STR}; } // borrowed
static inline IValue *globals_find(DictObj *d, StrObj *name, int32_t *guess)
{
	if ((uint32_t)*guess < (uint64_t)d->used) {
		DictEntry *e = &d->entries[*guess];
		if (e->live && e->key.tag == TAG_STR && e->key.str == name)
			return &e->value;
	}
	IValue *v = dict_find(d, str_value(name));
	if (v)
		*guess = (int32_t)((DictEntry *)((char *)v - offsetof(DictEntry, value)) - d->entries);
	return v;
}

#endif
