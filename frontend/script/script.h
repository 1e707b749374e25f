// SPDX-License-Identifier: BSD-3-Clause
// Inside of the script stage: from the live objects of the build stage to types, functions and objects of a Unit.
//
//   script.c     the state; torch.jit.script of anything; what a ScriptModule is to the build stage
//   env.c        names and objects as the lowering sees them
//   annotation.c annotations, through the environment
//   infer.c      types of values; values turned into the script stage's
//   module.c     concrete types of modules, shared between instances; their objects
//   member.c     attributes, methods and calls of modules while lowering; super(); hooks
//   container.c  ModuleList, Sequential, ModuleDict, ParameterList, ParameterDict: members known while compiling
//   host.c       ScriptModules as the build stage uses them   choose.c      the object that is compiled of a file
//   script_class.c  classes, enums, named tuples, interfaces
//
// The lowering stays what it is.  Where it meets a name that is no local, or an attribute that a type does not have, it
// asks here (the script_* functions of frontend/lower.h).  A module while lowering is an SSA value whose type is the
// ClassType of its concrete type; what only Python knows of it (its class, containers, functions, why an attribute
// was left out) is in the ModuleType found by the type's name.
//
// One Unit holds all that a Build scripts, as PyTorch's compilation unit does: types are shared between calls of
// torch.jit.script, and a ScriptModule may become a submodule.  The unit may outlive the Build; nothing compiled points
// into the Build, and functions nobody compiled are sealed when the Build goes.
#ifndef WICK_FRONTEND_SCRIPT_SCRIPT_H
#define WICK_FRONTEND_SCRIPT_SCRIPT_H

#include "frontend/build/build.h"
#include "frontend/lower.h"

typedef struct ScriptStage ScriptStage;

// Where a function's names are looked for: its closure, its module, the builtins; in annotations its class too.
typedef struct ScriptEnv {
	ScriptStage *s;
	PyModule *globals;
	const struct PyScope *scope; // whose free names `cells` are
	const IValue *cells;
	int ncells;
	const PyClass *cls;
	const PyFunction *fn;
} ScriptEnv;

typedef enum ContainerKind {
	CONTAINER_NONE, CONTAINER_LIST, CONTAINER_DICT, CONTAINER_PARAMS, CONTAINER_PARAM_DICT,
} ContainerKind;

typedef struct Member {
	const char *name;
	const Type *type;          // NULL for constants and functions
	bool is_parameter, is_buffer, is_module;
	bool is_method;            // of functions: a bound method of the module itself
	IValue value;              // constant; function: borrowed, held by the Script
	const char *why;           // left out: PyTorch's reason
} Member;
typedef struct MemberList { Member *items; int n, cap; } MemberList;

// A concrete type: what all instances that share a ClassType have in common.
typedef struct ModuleType {
	PyClass *cls;
	const Type *type;
	ContainerKind container;
	MemberList attrs;          // slots, in order; submodules last
	MemberList constants;
	MemberList functions;      // attributes that are functions
	MemberList failed;
	PyFunction **hooks, **pre_hooks;
	int nhooks, npre_hooks, cap_hooks, cap_pre_hooks;
	const Type *interface;     // compiled for the methods of an interface; else NULL
	int compiled;              // 0 not yet, 1 at it, 2 done
} ModuleType;

struct ScriptStage {
	Build *b;
	Unit *unit;
	Frontend *fe;
	Arena arena;
	Map functions;             // PyFunction * → Function *
	Map files;                 // PyFunction *, PyClass * → CodeFile *
	Map modules;               // name of a ClassType → ModuleType *
	IValue *held;              // references that keep the keys above alive
	int nheld, cap_held;
	Map classes;               // name of a script class's type → PyClass *
	const Type **made_classes; // script classes in the order they were met; the first `compiled_classes` are whole
	int nmade_classes, cap_made_classes, compiled_classes;
	Map refused;               // PyClass * of an attribute → why it cannot be compiled
	Map described, made;       // by the running torch.jit.script: PyInstance * → ModuleType *, → Object *
	int mangled;               // ___torch_mangle_N handed out
	Map ignored;               // name of a compiled function → the @ignore function it calls: it cannot be saved
};

// script.c
ScriptStage *script_of(Build *b);                       // made on first need
void script_hold(ScriptStage *s, IValue v);
void *object_get(const Map *m, const void *o);     // of a map whose keys are addresses of objects
void object_set(ScriptStage *s, Map *m, void *o, void *value); // holds o
const char *script_ignored_call(const ScriptStage *s, IValue object); // what saving it stumbles over, or NULL
// The message of a failure tells which module was being compiled ("Net.layer1.0.conv", method may be NULL); once.
void script_add_path(Error *err, const char *path, const char *method);
CodeFile *script_file(ScriptStage *s, PyObj *owner);    // of a PyFunction or a PyClass
const char *script_qualified(ScriptStage *s, IValue module, IValue name); // "__torch__.a.b.Net", unique in the unit
Status script_function(ScriptStage *s, PyFunction *fn, Function **out, Error *err); // declared, not compiled yet
// fn as a method of type t called `name`, or a name made of it when t has another method of that name.
Function *script_method(ScriptStage *s, const Type *t, const char *name, PyFunction *fn);
// One overload: the signature of `decl` and the body of `body`; a method `f__i` of t, or a function when t is NULL.
Status script_overload(ScriptStage *s, PyFunction *body, PyFunction *decl, const Type *t, Function **out, Error *err);
static inline ModuleType *script_module_of(const ScriptStage *s, const Type *t)
{
	return t->kind == TYPE_CLASS && t->cls->is_module ? map_get(&s->modules, t->cls->name) : NULL;
}
const char *py_text(IValue str);                   // "" if it is none
IValue *dict_get(Build *b, const DictObj *d, const char *name); // borrowed, or NULL
IValue *py_function_attr(Build *b, const PyFunction *f, const char *name);
IValue *py_attr_slot(Build *b, const PyInstance *i, const char *name); // in __dict__; borrowed, or NULL
DictObj *py_dict_of(IValue v);                     // a dict, or an instance that is one; else NULL

// env.c
bool env_find(const ScriptEnv *e, const char *name, IValue *out);  // borrowed
bool env_resolve(const ScriptEnv *e, const Expr *x, IValue *out);  // NAME and ATTR chains; owned
Status script_sugar(Lower *l, IValue v, const char *name, Range at, Sugar *out); // v borrowed, lives with the Build
const char *class_path(ScriptStage *s, const PyClass *c); // "torch.Tensor", "builtins.int"; in s->arena
bool class_is_module(const PyClass *c);
const PyClass *class_named(const PyClass *c, const char *module, const char *name); // along the MRO

// annotation.c
Status script_type_of_object(ScriptStage *s, CodeFile *file, IValue v, Range at, const Type **out, Error *err);
bool annotation_is_final(CodeFile *file, const Expr *e, const Expr **inner);

// infer.c
// The type of a value; NULL with the reason where it has none.
const Type *script_infer(ScriptStage *s, IValue v, Text *why);
Status script_convert(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err); // owned
Status script_constant_of(ScriptStage *s, IValue v, IValue *out, const Type **type, Error *err); // lists become tuples

// module.c
Status module_type_of(ScriptStage *s, PyInstance *m, const char *path, ModuleType **out, Error *err);
Status module_object(ScriptStage *s, PyInstance *m, const char *path, Object **out, Error *err); // owned

// member.c
Status module_compile(ScriptStage *s, ModuleType *m, const char *path, Error *err);
Status module_compile_interface(ScriptStage *s, const Type *t, const Type *interface, const char *path, Error *err);
const Member *member_find(const MemberList *l, const char *name);
Status super_attribute(Lower *l, Sugar s, const char *name, Range at, Sugar *out);

// container.c
ContainerKind class_container(const PyClass *c);
Status container_members(Lower *l, Value *self, const char *method, bool *found, Sugar *out, Range at);
bool container_walks(const char *name);            // "items", "children" … of the library's modules
Status container_methods(ScriptStage *s, ModuleType *m, Error *err); // __len__, __contains__

// script_class.c
Status script_class(ScriptStage *s, PyClass *c, const Type **out, Error *err); // class, enum, named tuple or interface

#endif
