// SPDX-License-Identifier: BSD-3-Clause
// Wick: run TorchScript models.  The public C API.
//
//	wick_context *cx = wick_context_new();
//	wick_model *model;
//	if (wick_model_load(cx, "model.pt", NULL, &model) != WICK_OK)
//		puts(wick_error_report(cx));
//	wick_value *x = wick_tensor(cx, WICK_FLOAT32, 2, (int64_t[]){1, 4}, data), *y;
//	if (wick_call(cx, model, "forward", &x, 1, &y) == WICK_OK)
//		…
//
// Ownership.  Every wick_value *, wick_model * and char * that a function hands out belongs to the caller,
// who returns it with wick_value_free, wick_model_free or wick_free; what is documented as borrowed lives as
// long as the object it was asked of.  Arguments are never consumed.
//
// Threads.  A context is used by one thread at a time.  Models and values may be shared: any number of
// threads may call one model at once, each with its own context.  A model that assigns its own attributes
// (self.state = …) has one state, which concurrent calls then share.
//
// Errors.  Functions that can fail return a status; the context keeps the message of the last failure.  On
// failure output pointers are set to NULL.  No input, however broken, ends the process, with one exception: the
// system refusing a small bookkeeping allocation.
#ifndef WICK_H
#define WICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WICK_API __attribute__((visibility("default")))

#define WICK_VERSION "0.1.0"
WICK_API const char *wick_version(void);

typedef enum wick_status {
	WICK_OK = 0,
	WICK_ERROR_MEMORY,      // an allocation failed or the memory limit was reached
	WICK_ERROR_TIME,        // the time limit was reached
	WICK_ERROR_CANCELLED,   // wick_cancel was called
	WICK_ERROR_IO,          // the operating system refused
	WICK_ERROR_FORMAT,      // a file is not what it claims to be
	WICK_ERROR_LIMIT,       // input exceeds a safety bound
	WICK_ERROR_SYNTAX,      // source text does not parse
	WICK_ERROR_COMPILE,     // source text does not type-check
	WICK_ERROR_ARGUMENT,    // the arguments do not fit the method's signature
	WICK_ERROR_RUNTIME,     // an operator rejected its inputs
	WICK_ERROR_INDEX,
	WICK_ERROR_VALUE,
	WICK_ERROR_TYPE,
	WICK_ERROR_RAISED,      // the model raised an exception
	WICK_ERROR_UNSUPPORTED, // known, but not possible; the message names it
	WICK_ERROR_INTERNAL,
} wick_status;
WICK_API const char *wick_status_name(wick_status status); // "format"; borrowed, static

// Element types; the numbers are PyTorch's.
typedef enum wick_dtype {
	WICK_UINT8 = 0, WICK_INT8 = 1, WICK_INT16 = 2, WICK_INT32 = 3, WICK_INT64 = 4,
	WICK_FLOAT16 = 5, WICK_FLOAT32 = 6, WICK_FLOAT64 = 7,
	WICK_COMPLEX32 = 8, WICK_COMPLEX64 = 9, WICK_COMPLEX128 = 10,
	WICK_BOOL = 11,
	WICK_QINT8 = 12, WICK_QUINT8 = 13, WICK_QINT32 = 14,
	WICK_BFLOAT16 = 15,
	WICK_UINT16 = 27, WICK_UINT32 = 28, WICK_UINT64 = 29,
} wick_dtype;
WICK_API const char *wick_dtype_name(wick_dtype dtype);   // "float32"; borrowed, static
WICK_API size_t wick_dtype_size(wick_dtype dtype);        // bytes an element; 0 for an unknown dtype

typedef struct wick_context wick_context;
typedef struct wick_model wick_model;
typedef struct wick_value wick_value;

// ---- Context: settings, limits, random numbers and the last error of a line of calls.

WICK_API wick_context *wick_context_new(void);
WICK_API void wick_context_free(wick_context *cx);               // NULL is allowed
WICK_API void wick_seed(wick_context *cx, uint64_t seed);        // torch.manual_seed
// Limits of each following call; 0 removes them.  Bytes count the tensors made during the call.
WICK_API void wick_set_max_memory(wick_context *cx, size_t bytes);
WICK_API void wick_set_max_time(wick_context *cx, double seconds);
// Stops the context's running call soon, with WICK_ERROR_CANCELLED.  The one function that another thread may
// call on a busy context.
WICK_API void wick_cancel(wick_context *cx);
// Where print() and warnings.warn() of models go; NULL restores stdout and stderr.
typedef void wick_output_fn(void *user, const char *text, size_t size);
WICK_API void wick_set_print(wick_context *cx, wick_output_fn *fn, void *user);
WICK_API void wick_set_warn(wick_context *cx, wick_output_fn *fn, void *user);
WICK_API size_t wick_peak_memory(const wick_context *cx);        // bytes of tensors at once, in the last call
// Threads that kernels may use, for the whole process; 0 = one a processor.  The number never changes an answer.
WICK_API void wick_set_threads(int n);
WICK_API int wick_threads(void);

WICK_API wick_status wick_error_status(const wick_context *cx);
WICK_API const char *wick_error_message(const wick_context *cx); // one sentence; borrowed until the next call
// The message with the model's own traceback: file, line and a caret for every frame.  Borrowed likewise.
WICK_API const char *wick_error_report(wick_context *cx);

// ---- Models

typedef struct wick_load_options {
	bool verify;          // check the CRC of every record, also of those above 1 MiB
	size_t max_inflated;  // bytes that compressed records may grow to; 0 = 4 GiB
	bool eager;           // compile every method now instead of on first use
} wick_load_options;

// A TorchScript archive (torch.jit.save).  The file is mapped: it must not be truncated while the model lives.
// options may be NULL.
WICK_API wick_status wick_model_load(wick_context *cx, const char *path, const wick_load_options *options,
	wick_model **out);
// The same from memory; the bytes are copied.
WICK_API wick_status wick_model_load_memory(wick_context *cx, const void *data, size_t size,
	const wick_load_options *options, wick_model **out);

typedef struct wick_compile_options {
	const char *const *allow_read;  // files and folders that the model file may read beside its own folder's sources
	int allow_read_count;
	const char *const *allow_write;
	int allow_write_count;
	const char *const *argv;        // sys.argv beside the file's name
	int argc;
	const char *trace;              // torch.jit.trace instead of script: the example inputs as an expression, "torch.rand(1, 8)"
} wick_compile_options;
// Runs a model file (Python, as under PyTorch) and scripts one of its modules: the one that `expression` gives in the
// file's namespace ("Net(10, bias=False)"), or with NULL what the file calls `model`, or its last module class that needs no
// arguments.  Random numbers are the context's: wick_seed is torch.manual_seed.  options may be NULL.
WICK_API wick_status wick_compile(wick_context *cx, const char *path, const char *expression,
	const wick_compile_options *options, wick_model **out);

typedef struct wick_extra_file {
	const char *name;     // as torch.jit.load's _extra_files asks for it
	const void *data;
	size_t size;
} wick_extra_file;
typedef struct wick_save_options {
	const char *target;   // "1.6": an archive that PyTorch 1.6 reads too; NULL: what current versions read
	const wick_extra_file *extra_files; // beside those that the model was loaded with
	int extra_count;
} wick_save_options;
// Writes the model, as it is now, as a TorchScript archive that torch.jit.load and Wick read.  The file appears when
// it is complete; on failure nothing remains.  The same model gives the same bytes.  After wick_model_freeze it is the
// frozen model that is written, without its extra files.  options may be NULL.
WICK_API wick_status wick_model_save(wick_context *cx, wick_model *model, const char *path,
	const wick_save_options *options);
WICK_API wick_model *wick_model_ref(wick_model *model);
WICK_API void wick_model_free(wick_model *model);                // NULL is allowed

WICK_API const char *wick_model_class(const wick_model *model);  // qualified class of the root; borrowed
WICK_API int wick_model_method_count(const wick_model *model);
WICK_API const char *wick_model_method_name(const wick_model *model, int i);  // borrowed
// "forward(__torch__.Net self, Tensor x) -> Tensor"; method may be a path ("encoder.forward").
WICK_API wick_status wick_model_method_schema(wick_context *cx, wick_model *model, const char *method, char **out);
// Submodules in depth-first order; 0 is the root with path "".
WICK_API int wick_model_module_count(const wick_model *model);
WICK_API const char *wick_model_module_path(const wick_model *model, int i);  // borrowed
WICK_API const char *wick_model_module_class(const wick_model *model, int i); // borrowed
// Parameters and buffers, then other attributes: {attribute path: value}, a dict.
WICK_API wick_status wick_model_state(wick_context *cx, const wick_model *model, wick_value **out);
// Tensors only: the parameters, or the buffers.
WICK_API wick_status wick_model_tensors(wick_context *cx, const wick_model *model, bool parameters, wick_value **out);
// state_dict() of PyTorch: {path: tensor} of the parameters and buffers, which share memory with the model.
WICK_API wick_status wick_model_state_dict(wick_context *cx, const wick_model *model, wick_value **out);
// load_state_dict(): copies the tensors of a dict into the parameters and buffers of the same names.  Shapes must agree;
// strict: the names too.  Nothing is changed unless everything fits.  To be called before wick_model_freeze.
WICK_API wick_status wick_model_load_state(wick_context *cx, wick_model *model, const wick_value *state, bool strict);
WICK_API wick_status wick_model_train(wick_context *cx, wick_model *model, bool training); // train() / eval()
// torch.jit.freeze: makes constants of what no method changes, for the root's methods, and puts batch norms into the
// convolutions before them.  The model must be in eval mode and stays there; calls get faster, results may
// change by rounding.  To be called before other threads use the model.
WICK_API wick_status wick_model_freeze(wick_context *cx, wick_model *model);
// Records of the archive: names until NULL, and contents (wick_free).
WICK_API const char *wick_model_record_name(const wick_model *model, int i);
WICK_API wick_status wick_model_record(wick_context *cx, const wick_model *model, const char *name, char **data,
	size_t *size);
// IR text of a method; optimized: as it is run.
WICK_API wick_status wick_model_graph(wick_context *cx, wick_model *model, const char *method, bool optimized,
	char **out);
// One line an operator that the model's methods use: "aten::add.Tensor\t12\tok" (name, uses, "ok" or
// "missing" and the place of the first use).
WICK_API wick_status wick_model_ops(wick_context *cx, wick_model *model, char **out);

// Calls a method ("forward", or a path such as "encoder.forward"; forward hooks run).  Host arguments are
// converted as PyTorch converts them (int to float, tuple to list, …).
WICK_API wick_status wick_call(wick_context *cx, wick_model *model, const char *method, wick_value *const *args,
	int nargs, wick_value **out);
WICK_API wick_status wick_call_kw(wick_context *cx, wick_model *model, const char *method, wick_value *const *args,
	int nargs, const char *const *names, wick_value *const *kwargs, int nkwargs, wick_value **out);
// Evaluates an expression of the language: "torch.rand(1, 3, 8, 8)", "[1, 2]", "{'k': torch.ones(2)}".
WICK_API wick_status wick_eval(wick_context *cx, const char *expression, wick_value **out);

// ---- Programs: Python model files and scripts, evaluated eagerly.
//
// A program has one namespace, __main__, into which files, texts and expressions run one after the other.  It is used
// with the context it was made for, which must outlive it.  It can import the modules that Wick provides and the files
// beside the one that was run; it can open no other file, start no process and reach no network, except for what the
// options allow.  The context's limits hold for each call (of the memory of Python values by how much the process grows
// meanwhile, beyond 64 MiB), wick_cancel stops the running one, random numbers are the context's, and what is printed
// goes where wick_set_print said when the program was made.

typedef struct wick_program wick_program;

typedef struct wick_program_options {
	const char *const *argv;        // sys.argv; copied, as the paths are
	int argc;
	const char *const *allow_read;  // files that the program may read; a folder allows what is below it
	int allow_read_count;
	const char *const *allow_write; // the same for writing, which does not include reading
	int allow_write_count;
} wick_program_options;

// options may be NULL.
WICK_API wick_program *wick_program_new(wick_context *cx, const wick_program_options *options);
WICK_API void wick_program_free(wick_program *p);                // NULL is allowed
// Runs a file as __main__; imports find its siblings, and the package it lies in.  An exception that nothing catches is
// the error: WICK_ERROR_RAISED, or the code of its class (WICK_ERROR_VALUE …); wick_error_report has Python's traceback,
// with carets.
WICK_API wick_status wick_program_run_file(wick_context *cx, wick_program *p, const char *path);
// Runs a text; name is what tracebacks call it.  interactive: expression statements print their value, as at a prompt,
// and store it in `_`.
WICK_API wick_status wick_program_run_text(wick_context *cx, wick_program *p, const char *name, const char *text,
	bool interactive);
// After a failure that sys.exit() made: true, and the exit status.  Where the exception held a text instead of a number,
// the status is 1 and wick_error_message is that text.
WICK_API bool wick_program_exited(const wick_context *cx, int *code);
// The value of an expression, which may outlive the program.  Containers are copied; what only Python has (functions,
// classes, instances, sets) has no form outside and is an error: wick_program_describe shows it.
WICK_API wick_status wick_program_eval(wick_context *cx, wick_program *p, const char *expression, wick_value **out);

typedef enum wick_aspect {
	WICK_ASPECT_REPR,     // repr()
	WICK_ASPECT_TYPE,     // "Tensor float32[2, 3]", "List[int]", "f(x: Tensor) -> Tensor"
	WICK_ASPECT_HELP,     // what help() prints: signature, docstring, and for operators the schemas
	WICK_ASPECT_GRAPH,    // IR of a function, of a module's forward or of its method, scripted for that
	WICK_ASPECT_CODE,     // the same as the TorchScript source that an archive would hold
} wick_aspect;
// Evaluates an expression and describes its value.  *out: wick_free.
WICK_API wick_status wick_program_describe(wick_context *cx, wick_program *p, const char *expression, wick_aspect aspect,
	char **out);
typedef struct wick_timing {
	double first, best, mean; // seconds
	int64_t runs;
} wick_timing;
// Evaluates an expression again and again for about `seconds`, at least once.
WICK_API wick_status wick_program_time(wick_context *cx, wick_program *p, const char *expression, double seconds,
	wick_timing *out);
// What may stand at the cursor (a byte offset in `line`): *out is a list of strings, sorted, that replace the line from
// *from on: names, keywords, attributes of the value that a dotted name stands for, modules after `import`.
WICK_API wick_status wick_program_complete(wick_context *cx, wick_program *p, const char *line, size_t cursor,
	size_t *from, wick_value **out);
// Whether text is the beginning of something that goes on in further lines: an open bracket or string, a block that no
// empty line has ended.
WICK_API bool wick_program_incomplete(const char *text);

// ---- Values

typedef enum wick_kind {
	WICK_KIND_NONE, WICK_KIND_BOOL, WICK_KIND_INT, WICK_KIND_FLOAT, WICK_KIND_COMPLEX, WICK_KIND_STRING,
	WICK_KIND_TENSOR, WICK_KIND_LIST, WICK_KIND_TUPLE, WICK_KIND_DICT, WICK_KIND_DEVICE, WICK_KIND_OBJECT,
	WICK_KIND_ENUM, WICK_KIND_OTHER,
} wick_kind;

WICK_API wick_value *wick_none(void);
WICK_API wick_value *wick_bool(bool v);
WICK_API wick_value *wick_int(int64_t v);
WICK_API wick_value *wick_float(double v);
WICK_API wick_value *wick_complex(double re, double im);
WICK_API wick_value *wick_string(const char *s, size_t n);       // copies
WICK_API wick_value *wick_list(wick_value *const *items, size_t n); // of equal kinds: a list of that type
WICK_API wick_value *wick_tuple(wick_value *const *items, size_t n);
// NULL with an error when a key cannot be one.
WICK_API wick_value *wick_dict(wick_context *cx, wick_value *const *keys, wick_value *const *values, size_t n);
// A contiguous row-major tensor; data is copied, or zeros when it is NULL.  NULL on failure.
WICK_API wick_value *wick_tensor(wick_context *cx, wick_dtype dtype, int ndim, const int64_t *sizes, const void *data);
// A tensor over the caller's memory, which must be aligned to the element size and stay until release(user) is
// called; strides are in elements, NULL = contiguous.
WICK_API wick_value *wick_tensor_wrap(wick_context *cx, wick_dtype dtype, int ndim, const int64_t *sizes,
	const int64_t *strides, void *data, void (*release)(void *user), void *user);
WICK_API wick_value *wick_value_ref(wick_value *v);
WICK_API void wick_value_free(wick_value *v);                    // NULL is allowed

WICK_API wick_kind wick_value_kind(const wick_value *v);
WICK_API bool wick_get_bool(const wick_value *v);                // of a bool; false for other kinds
WICK_API int64_t wick_get_int(const wick_value *v);              // of an int or bool; 0 for other kinds
WICK_API double wick_get_float(const wick_value *v);             // of any number
WICK_API void wick_get_complex(const wick_value *v, double *re, double *im);
WICK_API const char *wick_get_string(const wick_value *v, size_t *size); // borrowed; NULL for other kinds
WICK_API size_t wick_size(const wick_value *v);                  // items of a list, tuple or dict
WICK_API wick_value *wick_item(const wick_value *v, size_t i);   // of a list, tuple, or a dict's i-th value
WICK_API wick_value *wick_key(const wick_value *v, size_t i);    // a dict's i-th key
WICK_API wick_value *wick_get(const wick_value *v, const char *key); // a dict's value, an object's attribute; NULL
WICK_API wick_dtype wick_tensor_dtype(const wick_value *v);
WICK_API int wick_tensor_ndim(const wick_value *v);
WICK_API const int64_t *wick_tensor_sizes(const wick_value *v);  // borrowed
WICK_API const int64_t *wick_tensor_strides(const wick_value *v); // in elements; borrowed
WICK_API int64_t wick_tensor_numel(const wick_value *v);
WICK_API void *wick_tensor_data(const wick_value *v);            // first element; shared with the tensor
// Copies the elements in row-major order; size must be numel × element size.
WICK_API wick_status wick_tensor_read(wick_context *cx, const wick_value *v, void *out, size_t size);
WICK_API char *wick_value_repr(const wick_value *v);             // as Python prints it (repr); wick_free
WICK_API char *wick_value_str(const wick_value *v);              // as TorchScript's str(); wick_free
WICK_API void wick_free(void *p);

// Files of values: .pt (torch.save; or the state of an archive), .safetensors, .npy, .npz, recognised by content.
WICK_API wick_status wick_value_load(wick_context *cx, const char *path, wick_value **out);
// The extension decides.  .pt and .pth: what torch.save writes, for any nesting of containers, tensors, numbers and
// strings; what is shared stays shared.  .npy: one tensor.  .npz and .safetensors: several, dict entries under their keys,
// list and tuple items as arr_0, arr_1, …, nested ones behind a dot.  Written to a temporary file, then renamed.
WICK_API wick_status wick_value_save(wick_context *cx, const wick_value *v, const char *path);
// Is the file a TorchScript archive?  False also when it cannot be read.
WICK_API bool wick_file_is_archive(const char *path);

// ---- The operator table

WICK_API int wick_op_count(void);
WICK_API const char *wick_op_schema(int i);    // borrowed
WICK_API bool wick_op_supported(int i);
WICK_API const char *wick_cpu_features(void);  // "avx512", "avx2", "sse2" or "ref": what kernels use; borrowed

#ifdef __cplusplus
}
#endif
#endif
