// SPDX-License-Identifier: BSD-3-Clause
// The torch namespace inside: what torch_*.c share.
//
//   torch_signature.c  the registry's rows as Python signatures      torch_module.c     names of torch and its submodules
//   torch_args.c       do arguments fit, and their conversion        torch_create.c     tensor, as_tensor, legacy constructors
//   torch_call.c       choosing, running, results                    torch_symbol.c     dtype, layout, device, Size, finfo
//   torch_tensor.c     attributes and methods of tensors             torch_generator.c  seeds and generators
//   torch_convert.c    to, item, tolist, numbers, printing           torch_parameter.c  Parameter, Buffer, tensor types
//   torch_index.c      subscripts                                    torch_grad.c       no_grad, autocast, settings
//   torch_operator.c   operators                                     torch_jit.c        torch.jit, torch.ops
#ifndef WICK_FRONTEND_BUILD_TORCH_H
#define WICK_FRONTEND_BUILD_TORCH_H

#include "frontend/build/build.h"
#include "frontend/build/tracer.h"
#include "interp/interp.h"
#include "ir/op.h"

// ---- signatures

typedef enum TorchParamType {
	TP_TENSOR, TP_SCALAR, TP_INT, TP_FLOAT, TP_COMPLEX, TP_BOOL, TP_STR, TP_TENSORS, TP_OPT_TENSORS, TP_INTS, TP_FLOATS,
	TP_SCALARS, TP_BOOLS, TP_STRS, TP_GENERATOR, TP_DTYPE, TP_LAYOUT, TP_MEMORY_FORMAT, TP_QSCHEME, TP_DEVICE, TP_STORAGE,
	TP_ANY,
} TorchParamType;

enum { TORCH_PARAM_OUT = -1, TORCH_PARAM_REQUIRES_GRAD = -2 }; // parameters that the schema does not have
#define TORCH_MAX_PARAMS 56
#define TORCH_MAX_RETS 16

typedef struct TorchParam {
	StrObj *name;            // Python's: "input" for self
	TorchParamType type;
	int fixed;               // N of int[N]
	int arg;                 // index in the schema, or TORCH_PARAM_…
	bool kwonly, optional, allow_none, numbers;
} TorchParam;

typedef struct TorchSignature {
	const Op *op;
	const Op *out_op;        // the row that writes its result, by out=; or NULL
	const Op *scalar_op;     // the row to use when the tensor parameter scalar_arg is given as a number; or NULL
	int scalar_arg;
	int out_arg, nouts;      // first out argument of out_op
	TorchParam *params;
	int n, npos, min;        // all, positional, required
	int self_arg;            // methods: index of self in the schema; functions: -1
	bool factory;            // makes floats of the default dtype when no dtype is given
} TorchSignature;

// What a name of the torch namespace calls.  Lives with the Build; natives carry it as their data.
typedef struct TorchName {
	const char *op;          // "aten::add"
	const char *shown;       // "add": for messages
	TorchSignature *fn, *method;
	int nfn, nmethod;
	bool has_fn, has_method; // made already
	bool deprecated;         // PyTorch has older signatures of it, which it does not show
} TorchName;

// Rows that C code calls itself, looked up once.
#define TORCH_ROWS(X) \
	X(SELECT, "aten::select.int") X(SLICE, "aten::slice.Tensor") X(UNSQUEEZE, "aten::unsqueeze") X(ALIAS, "aten::alias") \
	X(INDEX, "aten::index.Tensor") X(INDEX_PUT, "aten::index_put_") X(FILL, "aten::fill_.Scalar") X(COPY, "aten::copy_") \
	X(EXPAND, "aten::expand") X(VIEW, "aten::view") X(DETACH, "aten::detach")
enum TorchRow {
#define X(id, key) ROW_##id,
	TORCH_ROWS(X)
#undef X
	ROW_COUNT
};

typedef struct Torch {
	const Op *rows[ROW_COUNT];
	Map names;               // "aten::add" → TorchName
	Map symbols;             // path → PySymbol
	Map classes;             // path → PyClass
	Map return_types;        // op key → Type
	Arena arena;
	DType default_dtype;
	Device default_device;
	DictObj *tensor_attrs;   // tensor → its __dict__, for attributes that programs set
	StrObj *input, *out, *dim, *axis, *keepdim, *keepdims, *other, *x, *a, *x1, *x2, *names_, *uninitialized; // interned names
	bool deterministic, deterministic_warn, benchmark;
	int inference;
	bool has_classes;
	Unit **units;            // of loaded archives: their code lives as long as the Build
	int nunits, cap_units;
} Torch;

Torch *torch_state(Build *b);
static inline IValue torch_self(const PyArgs *a) // of a method or a property's getter
{
	return a->self.tag != TAG_NONE && a->self.tag != TAG_UNINIT ? a->self : a->npos ? a->pos[0] : iv_none();
}
TorchName *torch_name(Build *b, const char *op);                  // "aten::add"; NULL when there is no such op
void torch_signatures(Build *b, TorchName *n, bool method);       // makes fn or method
void torch_signature_print(const TorchSignature *s, Text *out);   // "(Tensor input, int dim, *, Tensor out = None)"
const char *torch_param_type_name(const TorchParam *p);

// ---- arguments

// Is v something for p?  *failed is the index of the first list element that is not, or -1.
Status torch_check(Build *b, const TorchParam *p, IValue v, bool *fits, int64_t *failed);
// v as the kernel takes it.  pos: as shown in messages (1-based), 0 for a keyword.
Status torch_convert(Build *b, const TorchSignature *s, const TorchParam *p, const Arg *a, IValue v, int pos,
	const char *fname, IValue *out);
bool torch_is_int_scalar(IValue v);                               // a 0-d integer tensor
bool torch_is_index(Build *b, IValue v);                          // an int, or something with __index__
Status torch_as_int(Build *b, IValue v, int64_t *out);            // __index__
IValue torch_data(Build *b, IValue v);                            // py_unwrap; the tensor under a numpy array.  Borrowed
// Items of a list or tuple, Size and other instances that stand for one; false for all else.
bool torch_items(IValue v, const IValue **items, int64_t *n);

// ---- calls

Status torch_call(Build *b, TorchName *n, IValue self, bool method, const PyArgs *a, IValue *out);
// A call with positional arguments from C.  op without "aten::".
Status torch_call_n(Build *b, const char *op, const IValue *args, int n, IValue *out);
Status torch_call_method(Build *b, const char *op, IValue self, const IValue *args, int n, IValue *out);
// Runs a row with complete arguments: what every call ends in.  rets are owned.
Status torch_run(Build *b, const Op *op, const IValue *args, int nargs, IValue *rets);
Status torch_run_row(Build *b, enum TorchRow row, const IValue *args, int nargs, IValue *out);
Status torch_run_key(Build *b, const char *key, const IValue *args, int nargs, IValue *out); // one result
IValue torch_tuple_take(ListObj *l);                              // a tuple of a list's items
Status torch_native_call(Build *b, const PyArgs *a, IValue *out);   // data: TorchName; a function
Status torch_native_method(Build *b, const PyArgs *a, IValue *out); // data: TorchName; self is the receiver

// ---- tensors from values

Status torch_from_data(Build *b, IValue data, DType d, IValue *out); // nested lists, numbers, tensors; d DT_NONE: inferred
Status torch_dtype_of(Build *b, IValue v, DType *out);            // a dtype symbol, or float, int, bool, complex
Status torch_device_of(Build *b, IValue v, Device *out);          // a device, a text or an index
Status torch_seed(Build *b, IValue v, uint64_t *out);

Status torch_legacy_make(Build *b, const PyArgs *a, IValue *out); // torch.Tensor(2, 3), torch.LongTensor([1])

bool torch_is_uninitialized(Build *b, const Tensor *t);

// ---- modules: ModuleInit each, for native_modules.def

Status torch_module_init(Build *b, PyModule *m);     // torch
Status torch_nn_c_init(Build *b, PyModule *m);       // torch._C._nn
Status torch_vf_init(Build *b, PyModule *m);         // torch._VF, torch._C._VariableFunctions
Status torch_linalg_init(Build *b, PyModule *m);
Status torch_fft_init(Build *b, PyModule *m);
Status torch_special_init(Build *b, PyModule *m);
Status torch_sparse_init(Build *b, PyModule *m);
Status torch_jit_init(Build *b, PyModule *m);
Status torch_parameter_module(Build *b, PyModule *m); // torch.nn.parameter

// Parts of torch.
void torch_symbols_init(Build *b, PyModule *m);
void torch_create_init(Build *b, PyModule *m);
void torch_generator_init(Build *b, PyModule *m);
void torch_settings_init(Build *b, PyModule *m);
void torch_functional_init(Build *b, PyModule *m);
Status torch_save(Build *b, const PyArgs *a, IValue *out);
Status torch_load(Build *b, const PyArgs *a, IValue *out);
extern const char torch_function_names[], torch_method_names[], torch_nn_names[]; // separated by spaces
void torch_each_name(Build *b, const char *names, void (*take)(Build *b, const char *name, size_t n, void *arg),
	void *arg);

// ---- classes, made together on first need

void torch_symbol_classes(Build *b);
PyClass *torch_tensor_init(Build *b);
void torch_parameter_classes(Build *b);
void torch_generator_class(Build *b);
void torch_create_classes(Build *b);
void torch_jit_classes(Build *b);
const NativeMethod *torch_convert_methods(void);
PyClass *torch_make_class(Build *b, const char *path, PyClass *base, Payload payload, NativeFn make,
	const NativeMethod *methods);                 // and remembers it for torch_class

// While tracing: the number in t, which becomes the i-th one of argument a of the op about to run.
Status torch_traced_int(Build *b, const Arg *a, int64_t i, Tensor *t, int64_t *out);

#endif
