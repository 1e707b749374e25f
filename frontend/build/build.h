// SPDX-License-Identifier: BSD-3-Clause
// The build stage: an evaluator for Python model files, over the AST, with dynamic types.
//
//   build.c      a Build: life, interned names, limits, entry points      module.c     import, namespaces
//   resolve.c    names to slots, once per function                        frame.h      what a running function has
//   eval_*.c     expressions, statements, calls, classes, generators      exception.c  raise, except, tracebacks
//   host.c       life of objects: release, hash, equality, short text     types.h      the native classes
//   object.c     attributes: instances, classes, descriptors, super       operator.c   arithmetic, comparison, truth, hash
//   type_*.c     str, list, dict, tuple, set, numbers, range, slice …     builtins.c   print, isinstance, sorted …
//   format.c     f-strings, str.format, %                                 lib_*.c      math, random, os.path … (native)
//   torch_*.c    the torch namespace: ops, tensors, dtypes, Parameter, jit
//
// Values are IValues, the ones of the script stage: numbers, strings, tensors and tuples are the same bytes, lists
// and dicts hold `Any`.  What only Python has (functions, classes, instances, modules, iterators, sets …) is a PyObj,
// a reference-counted object of core's TAG_HOST kind.  Programs make cycles of those (a module's namespace holds
// functions that hold the namespace); every PyObj is therefore on its Build's list, and build_free empties them all
// before it drops them.  No value of a Build may outlive it, except those without PyObj inside.
//
// Failure is a Status with the Error of b->x.err, as everywhere.  A Python exception in flight is STATUS_RAISED (or the
// code of its class: STATUS_VALUE …) with the exception's instance in b->exc; failures that kernels report turn into
// exceptions when something catches them (STATUS_RUNTIME is RuntimeError, …).  STATUS_MEMORY of a limit, STATUS_TIME and
// STATUS_CANCELLED pass through every handler but `finally`.
//
// A Build is used by one thread at a time.  Functions that give a value give an owned one through `out`; parameters
// are borrowed unless the name says take.
#ifndef WICK_FRONTEND_BUILD_BUILD_H
#define WICK_FRONTEND_BUILD_BUILD_H

#include "core/exec.h"
#include "frontend/frontend.h"

typedef struct Build Build;
typedef struct PyObj PyObj;

// ---- objects

typedef enum PyKind {
	PY_FUNCTION, PY_NATIVE, PY_METHOD, PY_CLASS, PY_INSTANCE, PY_MODULE, PY_CELL,
	PY_PROPERTY, PY_STATICMETHOD, PY_CLASSMETHOD, PY_SUPER,
	PY_SET, PY_FROZENSET, PY_BYTES, PY_RANGE, PY_SLICE, PY_ITER, PY_GENERATOR,
	PY_SYMBOL, PY_ELLIPSIS, PY_NOTIMPLEMENTED, PY_TYPEFORM, PY_VIEW,
} PyKind;

struct PyObj {
	HostObj h;          // core/ivalue.h: header and the vtable by which core frees, compares and prints
	PyKind kind;
	Build *b;
	PyObj *prev, *next; // all objects of b
};

// A function of a file, or a lambda.  Its parameters, annotations and body are the AST's: the script stage compiles from
// the same fields.
typedef struct PyFunction {
	PyObj o;
	const Def *def;          // NULL for a lambda
	const Expr *lambda;      // NULL for a def
	const ParamList *params;
	struct PyScope *scope;   // resolve.c's names and slots; owned by the Ast's CodeText
	struct CodeText *text;   // the parsed text it stands in; borrowed from b
	struct PyModule *globals;
	IValue *cells;           // PY_CELL each, in scope's order of free names
	int ncells;
	IValue *defaults;        // one per parameter, TAG_UNINIT where there is none
	IValue name, qualname;   // str
	struct PyClass *owner;   // the class whose body it was defined in, for super() and error paths; borrowed; may be NULL
	DictObj *attrs;          // function attributes; NULL until one is set
	uint32_t modifier;       // ScriptModifier
	bool is_generator;
	Function *scripted;      // set once compiled by @torch.jit.script
	Unit *scripted_unit;     // reference held
} PyFunction;

typedef enum ScriptModifier { // what a decorator of torch.jit said about a method
	SCRIPT_DEFAULT, SCRIPT_EXPORT, SCRIPT_IGNORE, SCRIPT_UNUSED, SCRIPT_METHOD, SCRIPT_COMPILED,
} ScriptModifier;

typedef struct PyArgs {
	const struct PyNative *callee; // the native that is called, for its path and data; py_call_full sets it
	IValue self;             // the bound receiver of a native method; else None
	const IValue *pos;
	int npos;
	const IValue *kwnames;   // interned str each
	const IValue *kw;
	int nkw;
} PyArgs;
typedef Status (*NativeFn)(Build *b, const PyArgs *a, IValue *out);

// A function written in C.  path is its full dotted name as Python knows it ("math.sqrt", "torch.relu", "builtins.len",
// "torch.Tensor.view"): the script stage finds what the name means there by it, so it must be exact.
typedef struct PyNative {
	PyObj o;
	const char *path;        // interned, lives with b
	NativeFn fn;
	IValue self;             // bound receiver; TAG_UNINIT when unbound
	bool is_method;          // binds its receiver when found in a class
	const void *data;        // what fn needs beside (an Op name, …)
	const struct PyClass *receiver; // of what class the receiver of a method must be; borrowed; NULL: fn looks itself
} PyNative;

typedef struct PyMethod { PyObj o; IValue fn, self; } PyMethod; // bound

// What the instances of a class (and of those derived from it) carry beside attributes.
typedef enum Payload {
	PAYLOAD_NONE, PAYLOAD_INT, PAYLOAD_FLOAT, PAYLOAD_STR, PAYLOAD_LIST, PAYLOAD_DICT, PAYLOAD_TUPLE, PAYLOAD_SET,
	PAYLOAD_TENSOR, PAYLOAD_EXCEPTION, PAYLOAD_OTHER,
} Payload;

typedef struct PyClass {
	PyObj o;
	IValue name, qualname;   // str
	IValue module;           // str: "__main__", "torch.nn.modules.linear"
	struct PyClass **bases;  // borrowed pointers, references held in refs of bases_tuple
	int nbases;
	IValue bases_tuple;
	struct PyClass **mro;    // itself first, object last
	int nmro;
	DictObj *ns;             // class namespace, __annotations__ included
	struct PyClass *meta;    // its metaclass, or NULL for type: gives the class attributes and __call__; reference held
	Payload payload;
	bool is_native;          // int, str, Tensor, Exception …: made in C, immutable
	bool is_enum, is_named_tuple, is_exception, is_dataclass, is_interface; // is_interface: @torch.jit.interface
	bool in_meta_call;       // its metaclass's __call__ runs
	bool is_abc, is_abstract; // derives from ABC; has abstract methods left, named in __abstractmethods__
	bool slow_getattr;       // some class of the MRO defines __getattribute__ in Python
	uint32_t modifier;
	uint32_t version;        // changes when ns of it or of a base does: method caches compare it
	NativeFn make;           // constructor of a native class, inherited; may be NULL.  See py_native_class
	const ClassDef *def;     // NULL when native
	struct CodeText *text;
	struct PyModule *globals;
	IValue *cells; int ncells; // enclosing scope, as for a function
	const Type *script_type; // set by the script stage for script classes, enums and named tuples
	Unit *script_unit;
} PyClass;

// An instance of a class written in Python, or of a native class derived from, or of a native class that keeps its
// value in payload (torch.Size, OrderedDict, exceptions).
typedef struct PyInstance {
	PyObj o;
	PyClass *cls;            // reference held
	DictObj *attrs;          // __dict__, str keys
	IValue payload;          // list, dict, tuple …; TAG_UNINIT when the class has none
} PyInstance;

typedef struct PyModule {
	PyObj o;
	IValue name;             // "torch.nn.functional"
	DictObj *ns;
	IValue file;             // path, or None for embedded and native ones
	bool is_library;         // ships with Wick: a missing attribute may name a submodule that is imported then
	bool is_absent;          // stands for a module that does not exist: using anything of it is the error
	bool is_package;
	bool loading;            // its text runs
	bool pending;            // its text has not run yet: a package around the main file
	const char *missing_why; // of an absent one
} PyModule;

typedef struct PyProperty { PyObj o; IValue get, set, del, doc; } PyProperty; // None where absent
typedef struct PyWrapped { PyObj o; IValue fn; } PyWrapped;                   // staticmethod, classmethod
typedef struct PySuper { PyObj o; PyClass *from; IValue self; } PySuper;      // self may be a class
typedef struct PyCell { PyObj o; IValue value; } PyCell;                      // TAG_UNINIT when unbound
typedef struct PySet { PyObj o; DictObj *items; } PySet;                      // keys are the items; also PY_FROZENSET
typedef struct PyBytes { PyObj o; int64_t n; char *s; } PyBytes;
typedef struct PyRange { PyObj o; int64_t start, stop, step; } PyRange;
typedef struct PySlice { PyObj o; IValue start, stop, step; } PySlice;
// torch.float32, torch.strided, torch.channels_last …: a name with the integer that the script stage knows it by.
typedef enum SymbolKind { SYMBOL_DTYPE, SYMBOL_LAYOUT, SYMBOL_MEMORY_FORMAT, SYMBOL_QSCHEME } SymbolKind;
typedef struct PySymbol { PyObj o; SymbolKind what; const char *path; int64_t code; } PySymbol;
// List[int], Optional[Tensor], int | None, Final[…], Callable …: an annotation as a value.  The script stage reads
// annotations from the AST; these exist so that they can be passed around and aliased.
typedef struct PyTypeForm { PyObj o; const char *ctor; IValue args; } PyTypeForm; // args: tuple

// keys(), values(), items() of a dict: live.
typedef enum ViewKind { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS } ViewKind;
typedef struct PyView { PyObj o; ViewKind what; IValue dict; } PyView;

// next gives STATUS_OK with *out, or with *done set at the end.  A PY_GENERATOR's object begins with a PyIter too: its
// next resumes the generator and its release drops what the generator holds beside over and over2.
typedef struct PyIter PyIter;
struct PyIter {
	PyObj o;
	Status (*next)(Build *b, PyIter *it, IValue *out, bool *done);
	const char *type_name;   // "list_iterator", "zip" …
	IValue over, over2;      // what next needs; released with the object
	int64_t i, n;
	void *data;
	void (*release)(PyIter *it);
};

// The script stage's marks on IValues need no PyObj: a ScriptModule is a TAG_OBJECT, a script function a PY_FUNCTION
// with `scripted`.

static inline bool py_is(IValue v, PyKind k) { return v.tag == TAG_HOST && ((PyObj *)v.host)->kind == k; }
static inline PyObj *py_obj(IValue v) { return v.tag == TAG_HOST ? (PyObj *)v.host : NULL; }
static inline IValue py_value(void *o) { return (IValue){.host = (HostObj *)o, .tag = TAG_HOST}; } // takes o's reference
#define PY_AS(T, v) ((T *)(v).host)
// The value an instance of a class derived from list, dict, int … stands for; v itself for all else.  Borrowed.
static inline IValue py_unwrap(IValue v)
{
	return py_is(v, PY_INSTANCE) && PY_AS(PyInstance, v)->payload.tag != TAG_UNINIT ? PY_AS(PyInstance, v)->payload : v;
}

// ---- the evaluator

// Where files may be touched; NULL lists allow nothing.  Set from --allow-read, --allow-write and the command line.
typedef struct FileAccess {
	const char *const *read; int nread;    // paths; a directory allows what is below it
	const char *const *write; int nwrite;
} FileAccess;

// What lies above this folder hands in what files need: saving and loading archives and tensors.  NULL members make the
// functions that need them fail with STATUS_UNSUPPORTED.
typedef struct BuildFiles {
	void *ctx;
	Status (*jit_save)(void *ctx, IValue object, const char *path, Error *err);        // torch.jit.save
	Status (*jit_load)(void *ctx, const char *path, IValue *object, Unit **u, Error *err); // torch.jit.load
	Status (*save)(void *ctx, IValue value, const char *path, Error *err);             // torch.save; plain values
	Status (*load)(void *ctx, const char *path, IValue *value, Error *err);            // torch.load, np.load
	Status (*code)(void *ctx, Function *f, Text *out, Error *err);                     // TorchScript source of a function
} BuildFiles;

typedef struct BuildOptions {
	const FileAccess *access;     // copied
	const BuildFiles *files;      // copied
	const char *const *argv; int argc; // sys.argv
	Generator *rng;               // the default generator; borrowed
	void (*print)(void *user, const char *s, size_t n);
	void (*warn)(void *user, const char *s);
	void *user;
} BuildOptions;

// One parsed text (a file, a line of the prompt, an embedded module).
typedef struct CodeText {
	Ast *ast;
	struct PyScope *top;
	struct CodeText *next;
} CodeText;

struct Build {
	Exec x;                       // x.err is never NULL while something runs
	IValue exc;                   // exception in flight, or None
	PyObj objects;                // ring of all objects
	Map names;                    // interned names → StrObj
	DictObj *modules;             // sys.modules
	DictObj *builtins;            // namespace of the module builtins
	uint32_t class_version;       // changes when any class's namespace does; who writes a ns directly raises it
	struct MethodCache *methods;  // object.c: (class, name) to what stands along the MRO
	struct CoroStacks *stacks;    // eval_gen.c: stacks of generators that ended
	PyObj **dead;                 // host.c: objects to be freed, while others are being freed
	int ndead, cap_dead;
	int releasing;
	bool closing;                 // build_free is at work: nothing runs any more
	CodeText *texts;
	FileAccess access;
	BuildFiles files;
	const char *const *argv; int argc; // sys.argv; owned
	Status started;               // whether the builtin classes and modules could be made
	Error own_error;              // where failures go while nobody asked for them
	struct Frame *frame;          // innermost running frame
	int depth;                    // Python calls nested; RecursionError at 1000
	PyModule *main;               // __main__, or NULL
	char *stack_limit;            // no C frame below this address
	uint32_t ticks;               // until limits are looked at again
	uint32_t looks;
	uint32_t overruns;            // times that a limit was found reached since the outermost call began
	size_t resident;              // size of the process when the outermost call began
	struct Types *types;          // the native classes, by name: types.h
	struct Tracer *tracer;        // while torch.jit.trace records, else NULL: tracer.h
	struct Torch *torch;          // state of the torch namespace (torch.h): signatures, symbols, default dtype
	struct ScriptStage *script;        // frontend/script/: NULL until something is scripted
	int no_grad;                  // nesting of torch.no_grad()
	const char *main_dir;         // where the main file lies: sibling imports; owned
	char *package_root;           // folder of the outermost package that the main file is part of, or NULL; owned
	const char *path;             // instance path for error messages while specialising ("Net.layer1.0.conv"), or NULL
};

Build *build_new(const BuildOptions *o);
void build_free(Build **b);       // every value of it must be gone, or without PyObj
// Runs a file as __main__ (name "model.py" relative imports of siblings work); *module is borrowed from b.
Status build_run_file(Build *b, const char *path, PyModule **module, Error *err);
Status build_run_text(Build *b, PyModule *in, Source *src, bool interactive, Error *err); // interactive: expression
	// statements print their repr and set _
Status build_eval(Build *b, PyModule *in, Source *src, IValue *out, Error *err);          // one expression
// Brackets whatever else is done with a Build from outside: where failures go, the limits, the stack.
typedef struct BuildEntry { Error *err; Budget *budget; char *stack; } BuildEntry;
BuildEntry build_enter(Build *b, Error *err);
Status build_leave(Build *b, BuildEntry e, Status st);           // returns st
PyModule *build_main_module(Build *b);       // __main__; borrowed, made on first need
// True when the text is the beginning of something longer (an open bracket, a block that may go on): the prompt reads on.
bool build_incomplete(const char *text, size_t n);
// Called by loops and calls: limits, cancellation.
static inline bool build_tick_due(Build *b) { return b->ticks-- == 0; }
Status build_tick(Build *b);
// May finally blocks and __exit__ run?  Not at the end of a Build, nor once they themselves have run into a limit often.
bool build_may_clean_up(const Build *b);
Status build_memory_check(Build *b, size_t bytes); // before something large is made
Status build_stack_check(Build *b); // RecursionError when the C stack runs low

// ---- making values (each owned by the caller).  Names and objects in general: build.c, classes: object.c, modules:
// module.c; values of builtin types: type_*.c; symbols and sizes: torch_*.c

StrObj *py_intern(Build *b, const char *s);                     // borrowed, lives with b; equal names, equal pointers
StrObj *py_intern_n(Build *b, const char *s, size_t n);         // the same; s may hold NULs
IValue py_name(Build *b, const char *s);                        // the same as a borrowed IValue
void *py_new(Build *b, PyKind k, size_t size);                  // zeroed, linked; refs = 1
IValue py_native(Build *b, const char *path, NativeFn fn, const void *data);
PyModule *py_module_new(Build *b, const char *name);
IValue py_list(Build *b, int64_t cap);                          // List[Any]
IValue py_dict(Build *b);
IValue py_tuple_of(Build *b, const IValue *items, int n);       // refs items
IValue py_set(Build *b);
IValue py_slice(Build *b, IValue start, IValue stop, IValue step);
IValue py_range(Build *b, int64_t start, int64_t stop, int64_t step);
IValue py_symbol(Build *b, SymbolKind k, int64_t code);         // interned: the same object each time
IValue py_size(Build *b, const int64_t *sizes, int n);          // torch.Size
IValue py_instance(Build *b, PyClass *cls, IValue payload);     // takes payload; no __init__
PyIter *py_iter_new(Build *b, const char *type_name, Status (*next)(Build *, PyIter *, IValue *, bool *));

// The singletons: Ellipsis and NotImplemented.  Borrowed.
IValue py_ellipsis(Build *b);
IValue py_notimplemented(Build *b);

// A native class: named "torch.Size", "builtins.list"; fields of methods are "name", function pairs ended by NULL.
// make is called with the class as self.  For a class written in Python that derives from it, by its payload:
//   LIST, DICT, SET       make is called with the native class and no arguments and its value becomes the payload of a
//                         new instance, then `__init__` is looked up and called: these classes have a native one, which
//                         fills the payload of self
//   EXCEPTION, OTHER      make is called with the derived class as self and makes the instance (py_instance) itself,
//                         whatever the arguments; then `__init__` is called
//   others                make is called with the native class and the arguments; its value becomes the payload
// make NULL: only attributes; `__init__` is called.  A native class with a make is not asked for its __init__ itself.
// A native method (is_method) gets its receiver in a->self, also when called through the class (list.append(x, 1)).
// Operators of native types are C (operator.c); their namespaces hold what can be named: methods, and the dunder
// methods that Python code calls by name (`super().__setattr__`, `dict.__getitem__(self, k)`).
typedef struct NativeMethod { const char *name; NativeFn fn; } NativeMethod;
PyClass *py_native_class(Build *b, const char *path, PyClass *base, Payload payload, NativeFn make,
	const NativeMethod *methods);
void py_class_property(Build *b, PyClass *c, const char *name, NativeFn get, NativeFn set); // set may be NULL
void py_class_static(Build *b, PyClass *c, const char *name, NativeFn fn);
void py_class_classmethod(Build *b, PyClass *c, const char *name, NativeFn fn); // self = the class
void py_class_methods(Build *b, PyClass *c, const NativeMethod *methods);        // more methods
void py_class_set_take(Build *b, PyClass *c, const char *name, IValue v);
void module_set_take(PyModule *m, const char *name, IValue v);
void module_native(PyModule *m, const char *name, NativeFn fn); // path = module's name + "." + name

// ---- doing things with values (Python's protocols, dunder methods included).  Attributes: object.c; calls: eval_call.c

Status py_getattr(Build *b, IValue v, StrObj *name, IValue *out);
Status py_getattr_opt(Build *b, IValue v, StrObj *name, IValue *out, bool *found); // AttributeError swallowed
Status py_setattr(Build *b, IValue v, StrObj *name, IValue value);
Status py_delattr(Build *b, IValue v, StrObj *name);
// What object's own methods do, for an instance: no __getattr__, __setattr__, __delattr__ of its class is asked.
Status py_object_getattr(Build *b, IValue instance, StrObj *name, IValue *out);
Status py_object_setattr(Build *b, IValue instance, StrObj *name, IValue value);
Status py_object_delattr(Build *b, IValue instance, StrObj *name);
// Without __getattr__, properties or binding: what stands in __dict__ / the class namespaces.  Borrowed, or NULL.
IValue *py_instance_slot(PyInstance *i, StrObj *name);
IValue *py_class_lookup(const PyClass *c, StrObj *name, PyClass **where); // along the MRO; where may be NULL
Status py_call(Build *b, IValue f, const IValue *args, int n, IValue *out);
Status py_call_full(Build *b, IValue f, const PyArgs *a, IValue *out);
Status py_call_method(Build *b, IValue v, const char *name, const IValue *args, int n, IValue *out);
Status py_iter(Build *b, IValue v, PyIter **out);
Status py_next(Build *b, PyIter *it, IValue *out, bool *done);
// Calls fn for every item.  A convenience over py_iter for lists, tuples and all else.
Status py_each(Build *b, IValue v, Status (*fn)(Build *b, IValue item, void *arg), void *arg);
Status py_to_list(Build *b, IValue v, IValue *out);             // new List[Any] of an iterable's items
Status py_unary(Build *b, Operator op, IValue v, IValue *out);
Status py_binary(Build *b, Operator op, IValue l, IValue r, IValue *out);
Status py_inplace(Build *b, Operator op, IValue l, IValue r, IValue *out);
Status py_compare(Build *b, Operator op, IValue l, IValue r, IValue *out); // any value, as tensors give tensors
Status py_equal(Build *b, IValue l, IValue r, bool *out);
Status py_truth(Build *b, IValue v, bool *out);
Status py_hash(Build *b, IValue v, uint64_t *out);              // TypeError "unhashable type: 'list'"
Status py_len(Build *b, IValue v, int64_t *out);
Status py_getitem(Build *b, IValue v, IValue key, IValue *out);
Status py_setitem(Build *b, IValue v, IValue key, IValue value);
Status py_delitem(Build *b, IValue v, IValue key);
Status py_contains(Build *b, IValue container, IValue item, bool *out);
Status py_repr(Build *b, IValue v, Text *out);
Status py_str(Build *b, IValue v, Text *out);
Status py_format(Build *b, IValue v, const char *spec, size_t n, Text *out);
PyClass *py_type(Build *b, IValue v);                           // type(v); borrowed
const char *py_type_name(Build *b, IValue v);                   // "int", "Net"
bool py_subclass(const PyClass *c, const PyClass *of);
Status py_isinstance(Build *b, IValue v, IValue classes, bool *out);
bool py_callable(Build *b, IValue v);

// Dict access with Python's equality (tuples, instances with __hash__ … are keys).  Borrowed slots.
Status py_dict_find(Build *b, DictObj *d, IValue key, IValue **out); // *out NULL when absent
Status py_dict_set(Build *b, DictObj *d, IValue key, IValue value);  // refs both
Status py_dict_delete(Build *b, DictObj *d, IValue key, bool *found);

// ---- raising (type_exception.c; statements: exception.c)

// py_raise(b, "ValueError", "…"): any builtin exception by name.
Status py_raise(Build *b, const char *cls, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
Status py_raise_value(Build *b, IValue exception);              // an instance or a class
// The exception in flight as an instance, made from the Error where a kernel failed; clears both.  Owned.
IValue py_catch(Build *b, Status st);
bool py_catchable(Status st);
bool py_exception_matches(Build *b, Status st, const char *cls); // is what is in flight a cls?
void py_discard(Build *b);                                      // forget what is in flight

// ---- arguments of native functions

// args_parse(b, a, "name", "self:o x:i y:f=0.5 *rest **kw") is slow and clear; for hot functions read a->pos directly.
// Letters: o any, i int, f number as double, b truth, s string, l list-like.  Pointers in order: IValue *, int64_t *,
// double *, bool *, const char **.  A parameter written name:o? is TAG_UNINIT when absent; "=" gives a default
// (numbers, None, True, False).  Error texts are Python's.
// "*rest" gives an owned tuple, "**kw" an owned dict; a bare "*" begins keyword-only parameters, a bare "/" ends
// positional-only ones.  All other results are borrowed.
Status args_parse(Build *b, const PyArgs *a, const char *fname, const char *spec, ...);

// ---- the builtin classes (types.c), called by build.c

Status types_new(Build *b);          // b->types with all native classes; interned names must work
void types_free(Build *b);           // before the objects are emptied

// ---- modules

// Native parts of modules fill a new namespace; their table is native_modules.def.
typedef Status (*ModuleInit)(Build *b, PyModule *m);
// Native part, if any, then the embedded text of that name, run in one namespace.
Status module_import(Build *b, const char *dotted, PyModule **out); // borrowed; an unknown one gives an absent module
Status module_import_from(Build *b, PyModule *m, StrObj *name, IValue *out);
const char *module_library_name(int i);                         // modules that Wick provides; NULL at the end
// access.c.  Symbolic links are followed first: what counts is where a path leads to.
Status files_may_read(Build *b, const char *path);              // PermissionError names --allow-read
Status files_may_write(Build *b, const char *path);
Status files_may_import(Build *b, const char *path);            // below the main file's folder or package too

// ---- torch (torch_*.c)

// Calls an ATen op by name with Python's rules for arguments: overloads in order, host conversions, varargs for sizes,
// dtype symbols to ints, Parameter/Size unwrapped, results as Python has them (Size, tuples).  All eager ops go through
// here; a Tracer records here.
Status torch_call_op(Build *b, const char *name, const PyArgs *a, IValue *out);
Status torch_getattr(Build *b, IValue tensor, StrObj *name, IValue *out, bool *found);   // attributes and methods of tensors
Status torch_setattr(Build *b, IValue tensor, StrObj *name, IValue value);
Status torch_delattr(Build *b, IValue tensor, StrObj *name);
// The class of a tensor: torch.Tensor, or torch.nn.parameter.Parameter by its flag.  Borrowed; made on first need.
PyClass *torch_tensor_class(Build *b, const Tensor *t);
PyClass *torch_class(Build *b, const char *path); // "torch.Tensor", "torch.Size", "torch.dtype", "torch.Generator" …; or NULL
// l op r where one of them is a tensor: arithmetic, comparison, bitwise.  *handled false: neither side knows how.
Status torch_operator(Build *b, Operator op, IValue l, IValue r, bool inplace, IValue *out, bool *handled);
Status torch_unary(Build *b, Operator op, IValue tensor, IValue *out); // -x ~x +x
Status torch_truth(Build *b, IValue tensor, bool *out);                // also where Python asks for an int or a float:
Status torch_number(Build *b, IValue tensor, Tag want, IValue *out);   // TAG_BOOL, TAG_INT, TAG_FLOAT, TAG_COMPLEX
Status torch_index(Build *b, IValue tensor, int64_t *out);             // __index__
Status torch_len(Build *b, IValue tensor, int64_t *out);
Status torch_contains(Build *b, IValue tensor, IValue item, bool *out);
Status torch_iter(Build *b, IValue tensor, PyIter **out);
Status torch_repr(Build *b, IValue tensor, Text *out);                 // Parameters say so
Status torch_format(Build *b, IValue tensor, const char *spec, size_t n, Text *out);
void torch_free(Build *b);                                             // by build_free
Status torch_getitem(Build *b, IValue tensor, IValue key, IValue *out);
Status torch_setitem(Build *b, IValue tensor, IValue key, IValue value);

// ---- script stage (frontend/script/)

// torch.jit.script: a module instance gives a TAG_OBJECT of a new or shared class, a function or class is marked and
// returned.  *unit (may be NULL) is the unit that holds the code; a new reference.
Status script_value(Build *b, IValue v, IValue *out, Unit **unit);
// The object of a model file that `wick compile` means, scripted: EXPR's value, else `model`, else the last module class
// that needs no arguments.
Status script_choose(Build *b, PyModule *module, const char *expr, const char *trace, IValue *object, Unit **unit,
	Error *err);
Status script_as_module(Build *b, IValue v, IValue *out); // what is saved of a compiled function: a module with it as forward
void script_stage_free(Build *b); // by build_free, while the values are still alive
// torch.jit.trace(f, example_inputs …)
Status trace_value(Build *b, const PyArgs *a, IValue *out);
Status trace_module_value(Build *b, const PyArgs *a, IValue *out); // torch.jit.trace_module(mod, {method: inputs})
// Attribute of a ScriptModule object seen from the build stage (methods, submodules, constants); found false if none.
Status script_getattr(Build *b, IValue object, StrObj *name, IValue *out, bool *found);
Status script_function_getattr(Build *b, const PyFunction *f, StrObj *name, IValue *out, bool *found); // code, graph
Status script_setattr(Build *b, IValue object, StrObj *name, IValue value);
Status script_call(Build *b, IValue f, const PyArgs *a, IValue *out); // a compiled function or a module's forward

#endif
