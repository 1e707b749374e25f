// SPDX-License-Identifier: BSD-3-Clause
// The native classes of a Build, the names its protocols look up, and what the files of the object model share.
#ifndef WICK_FRONTEND_BUILD_TYPES_H
#define WICK_FRONTEND_BUILD_TYPES_H

#include "frontend/build/build.h"

// Names with a meaning for the object model, interned once: TYPES_NAME(b, getitem) is "__getitem__".
#define DUNDER_NAMES(X) \
	X(init) X(new) X(call) X(repr) X(str) X(format) X(hash) X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(bool) X(len) \
	X(getitem) X(setitem) X(delitem) X(contains) X(iter) X(next) X(reversed) X(missing) X(index) X(int) X(float) \
	X(complex) X(abs) X(neg) X(pos) X(invert) X(round) X(trunc) X(floor) X(ceil) X(divmod) X(rdivmod) \
	X(add) X(sub) X(mul) X(truediv) X(floordiv) X(mod) X(pow) X(matmul) X(lshift) X(rshift) X(and) X(or) X(xor) \
	X(radd) X(rsub) X(rmul) X(rtruediv) X(rfloordiv) X(rmod) X(rpow) X(rmatmul) X(rlshift) X(rrshift) X(rand) X(ror) \
	X(rxor) \
	X(iadd) X(isub) X(imul) X(itruediv) X(ifloordiv) X(imod) X(ipow) X(imatmul) X(ilshift) X(irshift) X(iand) X(ior) \
	X(ixor) \
	X(enter) X(exit) X(get) X(set) X(delete) X(getattr) X(getattribute) X(setattr) X(delattr) X(dict) X(class) \
	X(name) X(qualname) X(module) X(doc) X(bases) X(mro) X(cause) X(context) X(notes) X(traceback) \
	X(suppress_context) X(annotations) X(set_name) X(init_subclass) X(class_getitem) X(instancecheck) \
	X(subclasscheck) X(slots) X(fspath) X(dir) X(members) X(copy) X(deepcopy) X(reduce) X(wrapped) X(defaults) \
	X(self) X(func) X(origin) X(args) X(file) X(path) X(all) X(length_hint) X(post_init) X(weakref) X(prepare) \
	X(bytes) X(sizeof) X(subclasses) X(code) X(globals) X(kwdefaults) X(getnewargs) X(getstate) X(setstate)

enum DunderName {
#define X(n) D_##n,
	DUNDER_NAMES(X)
#undef X
	D_COUNT
};
#define TYPES_NAME(b, n) ((b)->types->names[D_##n])

typedef struct Types {
	StrObj *names[D_COUNT];
	PyClass *object, *type;
	PyClass *none, *bool_, *int_, *float_, *complex_, *str, *bytes, *list, *tuple, *dict, *set, *frozenset, *range, *slice;
	PyClass *function, *builtin, *method, *module, *cell, *property, *staticmethod, *classmethod, *super;
	PyClass *ellipsis, *notimplemented, *generator, *iterator, *dict_views[3], *typeform;
	PyClass *enumerate, *zip, *map, *filter, *reversed, *file;
	PyClass *base_exception, *exception;
	PyClass *ordered_dict, *default_dict, *counter, *deque;      // collections
	IValue ellipsis_value, notimplemented_value;
	PyClass *generic, *protocol, *named_tuple, *enum_base;       // typing, enum: NULL until those are imported
	DictObj *exceptions;     // name → class
	Map by_path;             // every native class by its full name, for make of natives
	Map iterators;           // type_name of a PyIter → class
	IValue empty_str, one_char[128]; // strings of one ASCII character
	int depth;               // nesting of comparisons, hashes and prints that C code does
	const void **printing;   // containers being printed
	int nprinting, cap_printing;
} Types;

// ---- classes and instances

PyClass *types_exception(Build *b, const char *name);   // a builtin exception class; borrowed, never NULL
// A function along the MRO of type(v), unless it is the native one of a builtin base: what Python code overrode.
IValue *types_override(Build *b, IValue v, int dunder);
// As types_override, natives included.
IValue *types_special(Build *b, IValue v, int dunder);
// Calls a found special method with v as self.
Status types_call_special(Build *b, IValue fn, IValue v, const IValue *args, int n, IValue *out);
Status types_issubclass(Build *b, PyClass *c, IValue classes, bool *out);
// A class of builtins, kept in types->by_path.
PyClass *types_class(Build *b, const char *name, PyClass *base, Payload payload, NativeFn make,
	const NativeMethod *methods);
Status py_ascii(Build *b, IValue v, Text *out);             // repr with other than ASCII escaped
Status types_dir(Build *b, IValue v, IValue *out);
void class_name_full(const PyClass *c, Text *out);        // with its module unless that is builtins
// A class from its parts, as a class statement would make it.
Status class_from(Build *b, const char *name, IValue bases, DictObj *ns, IValue *out);
Status file_open(Build *b, const PyArgs *a, IValue *out);  // open()
Status path_text(Build *b, IValue v, IValue *out);         // a str, or what __fspath__ gives
IValue form_new(Build *b, const char *ctor, const IValue *args, int n); // an annotation form; ctor lives with b
PyIter *types_iter(Build *b, const char *type_name, Status (*next)(Build *, PyIter *, IValue *, bool *), IValue over);
// Bounds what C code nests: RecursionError.  Each success is matched by types_leave.
Status types_enter(Build *b, const char *what);
static inline void types_leave(Build *b) { b->types->depth--; }
// An exception instance with args, raised.  args: tuple, taken.
Status raise_with(Build *b, const char *cls, IValue take_args);
Status raise_errno(Build *b, int code, const char *path);   // OSError of the fitting class
Status raise_key(Build *b, IValue key);                   // KeyError(key)
Status raise_arity(Build *b, const char *fname, int want, int got);
IValue exception_new(Build *b, PyClass *cls, IValue take_args);

// ---- numbers (type_number.c)

Status number_unary(Build *b, Operator op, IValue v, IValue *out);      // v is a number; unwrapped
Status number_arith(Build *b, Operator op, IValue l, IValue r, IValue *out);
int number_compare(IValue l, IValue r);                   // -1, 0, 1; 2 when unordered; complex: 0 or 2
Status number_index(Build *b, IValue v, int64_t *out);    // __index__; "'float' object cannot be interpreted as an integer"
Status number_float(Build *b, IValue v, double *out);     // float(v) without parsing; "must be real number, not str"
Status number_int_from_text(Build *b, const char *s, size_t n, int64_t base, IValue orig, int64_t *out);
bool number_float_from_text(const char *s, size_t n, double *out);
void number_repr(Text *out, IValue v);
Status number_round(Build *b, IValue v, IValue ndigits, IValue *out);   // round(); ndigits None when absent
Status number_from_double(Build *b, double d, int64_t *out); // exact integer; OverflowError, ValueError for nan

// ---- text (type_str.c)

int64_t utf8_count(const char *s, int64_t n);             // code points
int64_t utf8_offset(const char *s, int64_t n, int64_t index); // byte offset of code point `index`, at most n
uint32_t utf8_get(const char *s, int64_t n, int *len);
int utf8_put(uint32_t c, char out[4]);
Status str_getitem(Build *b, IValue s, IValue key, IValue *out);
Status str_percent(Build *b, IValue format, IValue args, IValue *out); // s % args
Status str_format(Build *b, const char *s, size_t n, const PyArgs *a, IValue mapping, IValue *out);
void str_repr(Text *out, const char *s, int64_t n, bool ascii);
void bytes_repr(Text *out, const char *s, int64_t n);
IValue str_char(Build *b, uint32_t c);
IValue bytes_new(Build *b, const char *s, int64_t n);
bool py_as_str(IValue v, StrObj **out);                   // a str or an instance of a class derived from it

// ---- sequences, dicts, sets

Status slice_indices(Build *b, IValue slice, int64_t n, int64_t *start, int64_t *stop, int64_t *step, int64_t *count);
int64_t range_length(const PyRange *r);
Status list_room(Build *b, ListObj *l, int64_t n);        // room for n items, if the limits allow
Status list_extend(Build *b, ListObj *l, IValue iterable);
Status list_sort(Build *b, ListObj *l, IValue key, bool reverse);
Status list_getitem(Build *b, IValue v, IValue key, IValue *out);       // lists, tuples, ranges
Status list_setitem(Build *b, IValue v, IValue key, IValue value);
Status list_delitem(Build *b, IValue v, IValue key);
Status sequence_repeat(Build *b, IValue v, int64_t n, IValue *out);
Status sequence_index(Build *b, int64_t i, int64_t n, const char *what, int64_t *out); // "list index out of range"
Status py_to_tuple(Build *b, IValue v, IValue *out);
Status dict_update(Build *b, DictObj *d, IValue from);    // mapping or pairs
Status dict_update_args(Build *b, DictObj *d, const PyArgs *a, const char *name); // dict(…), update(…)
Status iter_reversed(Build *b, IValue v, IValue *out);
Status iter_callable(Build *b, IValue fn, IValue sentinel, IValue *out);
Status dict_equal(Build *b, DictObj *l, DictObj *r, bool *out);
Status set_add(Build *b, IValue set, IValue item);
Status set_binary(Build *b, Operator op, IValue l, IValue r, IValue *out); // & | - ^ of sets and views; TAG_UNINIT: not sets
Status set_compare(Build *b, Operator op, IValue l, IValue r, bool *out);
Status set_update(Build *b, IValue set, IValue iterable);
Status dict_view(Build *b, IValue dict, ViewKind what, IValue *out);
Status sequence_index_method(Build *b, const PyArgs *a, IValue *out);   // list.index, tuple.index
Status sequence_count_method(Build *b, const PyArgs *a, IValue *out);
// Dunder methods to be called by name: 'c' container, 'm' mutable, '+' concatenation, 'i' +=, 'n' number, '<' order,
// '|' bits, 'h' hash.
void types_add_dunders(Build *b, PyClass *c, const char *which);
IValue set_new(Build *b, PyKind kind);                     // PY_SET or PY_FROZENSET
DictObj *set_items(IValue v);                             // of a set or frozenset, payload of an instance included; or NULL

// The parts that make up builtins, each in its file.
void types_init_number(Build *b);
void types_init_str(Build *b);
void types_init_bytes(Build *b);
void types_init_list(Build *b);
void types_init_tuple(Build *b);
void types_init_dict(Build *b);
void types_init_set(Build *b);
void types_init_range(Build *b);
void types_init_iter(Build *b);
void types_init_exceptions(Build *b);
void types_init_object(Build *b);
void types_init_file(Build *b);

#endif
