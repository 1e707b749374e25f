// SPDX-License-Identifier: BSD-3-Clause
// IValue: any value that a program can hold, in 16 bytes.
//
// Numbers, bools, None and devices are immediate; the rest are pointers to reference-counted objects whose
// first member is an ObjHeader.  Lists, dicts, objects and tensors are shared by reference; strings, tuples,
// complex numbers and enum values are immutable.
// Ownership: an IValue passed as a parameter is borrowed unless the function's name says take; an IValue
// stored in a container, a register or a result is owned.  Reference cycles built by a program are not
// collected (PyTorch has none that it collects either).
#ifndef WICK_CORE_IVALUE_H
#define WICK_CORE_IVALUE_H

#include "core/tensor.h"
#include "core/type.h"

typedef enum Tag {
	TAG_NONE, TAG_BOOL, TAG_INT, TAG_FLOAT, TAG_DEVICE, // immediate
	TAG_UNINIT,    // prim::Uninitialized; never read
	TAG_TENSOR,    // from here on: reference counted
	TAG_COMPLEX, TAG_STR, TAG_LIST, TAG_DICT, TAG_TUPLE, TAG_OBJECT, TAG_ENUM, TAG_GENERATOR, TAG_FUTURE,
	TAG_CAPSULE,   // native data of C-bound classes
	TAG_HOST,      // an object of the build stage; core knows it by its HostKind only
} Tag;
#define TAG_FIRST_COUNTED TAG_TENSOR

typedef struct ObjHeader { _Atomic uint32_t refs; } ObjHeader;

typedef struct IValue {
	union {
		bool b;
		int64_t i;
		double f;
		Device device;
		ObjHeader *obj;
		Tensor *tensor;
		struct ComplexObj *complex_;
		struct StrObj *str;
		struct ListObj *list;
		struct DictObj *dict;
		struct TupleObj *tuple;
		struct Object *object;
		struct EnumObj *enm;
		struct Generator *generator;
		struct FutureObj *future;
		struct CapsuleObj *capsule;
		struct HostObj *host;
	};
	uint32_t tag;
} IValue;

typedef struct ComplexObj { ObjHeader h; double re, im; } ComplexObj;
typedef struct StrObj { ObjHeader h; int64_t n; uint64_t hash; char s[]; } StrObj; // s[n] == 0; bytes
typedef struct ListObj { ObjHeader h; const Type *elem; IValue *items; int64_t n, cap; } ListObj;
typedef struct TupleObj { ObjHeader h; const Type *type; // NamedTuple type, else NULL
	int64_t n; IValue items[]; } TupleObj;
typedef struct Object { ObjHeader h; const Type *type; // TYPE_CLASS; slots as in cls->attrs
	int nslots; IValue slots[]; } Object;
typedef struct EnumObj { ObjHeader h; const Type *type; int member; } EnumObj;
typedef struct FutureObj { ObjHeader h; IValue value; } FutureObj;
// What frontend/build/ adds to the values: core frees, hashes, compares and prints them through the kind.
typedef struct HostObj { ObjHeader h; const struct HostKind *kind; } HostObj;
typedef struct HostKind {
	const char *name;
	void (*release)(HostObj *o);               // drops what o holds and frees o
	uint64_t (*hash)(const HostObj *o);        // as a dict key; NULL: by identity
	bool (*equal)(const HostObj *a, const HostObj *b); // NULL: by identity
	void (*print)(Text *out, const HostObj *o, bool repr); // short form without running code: "<class 'int'>"
} HostKind;
typedef struct CapsuleObj { ObjHeader h; void *data; void (*release)(void *); } CapsuleObj;

// Insertion-ordered hash map.  Keys: int, float, bool, complex, str, device, tensor (by identity).
typedef struct DictEntry { IValue key, value; uint64_t hash; bool live; } DictEntry;
typedef struct DictObj {
	ObjHeader h;
	const Type *key, *value;
	DictEntry *entries;     // in insertion order, with dead entries between until the next rehash
	int64_t used, cap;      // entries filled, dead ones included
	int64_t n;              // live entries
	int32_t *index;
	int64_t mask;
} DictObj;

void ivalue_free(IValue v);           // the last reference is gone; iterative for nested containers
static inline bool ivalue_counted(IValue v) { return v.tag >= TAG_FIRST_COUNTED; }
static inline IValue ivalue_ref(IValue v)
{
	if (ivalue_counted(v))
		__atomic_fetch_add((uint32_t *)v.obj, 1, __ATOMIC_RELAXED);
	return v;
}
static inline void ivalue_unref(IValue *v) // leaves TAG_NONE behind
{
	IValue old = *v;
	v->tag = TAG_NONE;
	if (ivalue_counted(old) && __atomic_fetch_sub((uint32_t *)old.obj, 1, __ATOMIC_ACQ_REL) == 1)
		ivalue_free(old);
}
static inline void ivalue_set(IValue *dst, IValue v) // takes v, drops what was there
{
	IValue old = *dst;
	*dst = v;
	ivalue_unref(&old);
}

static inline IValue iv_none(void) { return (IValue){.i = 0, .tag = TAG_NONE}; }
static inline IValue iv_bool(bool b) { return (IValue){.i = b ? 1 : 0, .tag = TAG_BOOL}; }
static inline IValue iv_int(int64_t i) { return (IValue){.i = i, .tag = TAG_INT}; }
static inline IValue iv_float(double f) { return (IValue){.f = f, .tag = TAG_FLOAT}; }
static inline IValue iv_device(Device d) { return (IValue){.i = d, .tag = TAG_DEVICE}; }
static inline IValue iv_uninit(void) { return (IValue){.i = 0, .tag = TAG_UNINIT}; }
static inline IValue iv_take_tensor(Tensor *t) // NULL becomes None
{
	return t ? (IValue){.tensor = t, .tag = TAG_TENSOR} : iv_none();
}
IValue iv_complex(double re, double im);
IValue iv_str(const char *s, size_t n);      // copies
IValue iv_cstr(const char *s);
IValue iv_take_list(ListObj *l);
IValue iv_take_dict(DictObj *d);
IValue iv_take_tuple(TupleObj *t);
IValue iv_take_object(Object *o);

ListObj *list_new(const Type *elem, int64_t cap);              // elem borrowed; its pool is kept alive
Status list_append_take(ListObj *l, IValue v, Error *err);
Status list_reserve(ListObj *l, int64_t n, Error *err);
ListObj *list_of_ints(const int64_t *v, int64_t n);
DictObj *dict_new(const Type *key, const Type *value);
IValue *dict_find(const DictObj *d, IValue key);               // NULL when absent; borrowed slot
Status dict_set_take(DictObj *d, IValue key, IValue value, Error *err); // keeps an existing key's place
bool dict_delete(DictObj *d, IValue key);                      // false when absent
// For who compares keys himself: adds a key that is known to be absent; removes an entry that is live.
Status dict_insert_take(DictObj *d, IValue key, IValue value, uint64_t hash, Error *err);
void dict_delete_entry(DictObj *d, DictEntry *e);
DictEntry *dict_next(const DictObj *d, int64_t *pos);          // pos starts at 0; NULL at the end
void dict_clear(DictObj *d);
TupleObj *tuple_new(int64_t n, const Type *named);             // items are None
Object *object_new(const Type *cls);                           // slots are TAG_UNINIT
IValue iv_enum(const Type *enm, int member);
IValue iv_take_future(IValue v);

bool ivalue_is_hashable(IValue v);
bool ivalue_key_equal(IValue a, IValue b);
uint64_t ivalue_hash(IValue v);                               // of a hashable value: what DictEntry.hash holds
// The dynamic type of a value; containers report the type they were made with.  Compound results are made in p.
const Type *ivalue_type(TypePool *p, IValue v);
// Does v inhabit t?  Containers are checked deeply.  why may be NULL.
bool ivalue_has_type(IValue v, const Type *t, Text *why);

// Reading an argument that holds a number: int, float, bool, or complex.
static inline double iv_as_f64(IValue v)
{
	return v.tag == TAG_FLOAT ? v.f : v.tag == TAG_COMPLEX ? v.complex_->re : (double)v.i;
}
static inline int64_t iv_as_i64(IValue v)
{
	return v.tag == TAG_FLOAT ? (int64_t)v.f : v.tag == TAG_COMPLEX ? (int64_t)v.complex_->re : v.i;
}
static inline bool iv_is_number(IValue v)
{
	return v.tag == TAG_INT || v.tag == TAG_FLOAT || v.tag == TAG_BOOL || v.tag == TAG_COMPLEX;
}
#define iv_is_none(v) ((v).tag == TAG_NONE)

// str(x) and print(x) of TorchScript (reference §12).
void ivalue_print(Text *out, IValue v);
// repr(x) of Python with PyTorch's tensor printing ("tensor([1., 2.])", "'text'", "[1, 2]").
void ivalue_repr(Text *out, IValue v);
void tensor_print(Text *out, const Tensor *t);   // C++ stream form: columns, then [ CPUFloatType{2,3} ]
void tensor_repr(Text *out, const Tensor *t);    // Python form

#endif
