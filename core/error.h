// SPDX-License-Identifier: BSD-3-Clause
// Errors and the source text they point into.
//
// A function that can fail for a reason a user, a file or a model causes
// returns a Status and describes the failure in an Error.  What only our own
// mistakes can cause is an assert.  Nothing aborts the host and nothing
// longjmps.  An Error that has been filled keeps its first message; frames are
// added as the failure travels up through the model's own calls.
#ifndef WICK_CORE_ERROR_H
#define WICK_CORE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum Status {
	STATUS_OK = 0,
	STATUS_MEMORY,      // an allocation failed or --max-memory was reached
	STATUS_TIME,        // --max-time was reached
	STATUS_CANCELLED,   // the host asked the run to stop
	STATUS_IO,          // the operating system refused
	STATUS_FORMAT,      // a file is not what it claims to be
	STATUS_LIMIT,       // input exceeds a safety bound (depth, count, size)
	STATUS_SYNTAX,      // source text does not parse
	STATUS_COMPILE,     // source text does not type-check
	STATUS_ARGUMENT,    // the caller's arguments do not fit the signature
	STATUS_RUNTIME,     // an operator rejected its inputs (PyTorch: RuntimeError)
	STATUS_INDEX,       // IndexError
	STATUS_VALUE,       // ValueError
	STATUS_TYPE,        // TypeError
	STATUS_RAISED,      // the model itself raised
	STATUS_UNSUPPORTED, // Wick knows it but cannot do it; the message names it
	STATUS_INTERNAL,    // a broken invariant of ours, reported instead of aborting
} Status;

const char *status_name(Status s); // "format", "unsupported", …; never NULL

// A text that source ranges point into.  Reference counted.
typedef struct Source {
	_Atomic uint32_t refs;
	char *name;      // "code/__torch__.py", "model.py"
	char *text;      // NUL-terminated; may hold NULs before its end only if size says so
	size_t size;     // bytes, without the final NUL
	uint32_t first_line; // number of the text's first line, normally 1
} Source;

Source *source_new(const char *name, const char *text, size_t size); // copies both; refs = 1
Source *source_ref(Source *s);        // NULL passes through
void source_unref(Source **s);        // takes the address and nulls it

// Bytes [begin, end) of src.  Borrowed: whoever stores a Range keeps its Source alive.
typedef struct Range {
	Source *src;
	uint32_t begin, end;
} Range;

typedef struct ErrorFrame {
	Range range;     // owns a reference to range.src
	char *function;  // owned; may be NULL
} ErrorFrame;

typedef struct Error {
	Status code;
	char *message;          // owned; NULL while code is STATUS_OK
	char *exception;        // qualified class ("builtins.ValueError") when the model raised; else NULL
	ErrorFrame *frames;     // innermost first
	int nframes, cap_frames;
	char *before;           // owned: report of the failure that this one was raised from or during; or NULL
	bool is_compile;        // frames are a compile-time "being compiled since" chain
	bool is_python;         // frames are those of a Python program, and so is the report's form
} Error;

#define ERROR_INIT ((Error){0})
void error_clear(Error *e);                 // frees; e is reusable
void error_move(Error *dst, Error *src);    // dst is overwritten, src cleared

// Records the failure and returns `code`, so that `return fail(err, …)` reads well.  err may be NULL.
Status fail(Error *err, Status code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
Status fail_at(Error *err, Status code, Range at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
Status vfail(Error *err, Status code, const char *fmt, va_list ap);
Status fail_memory(Error *err, size_t bytes);    // STATUS_MEMORY with the size that was asked for
void error_push_frame(Error *err, Range at, const char *function);
// Puts "prefix: " in front of the message.
void error_prefix(Error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// Whole report: message, then for each frame file, line, source lines and a caret underline, in the
// form that PyTorch's traceback has (docs/errors.md).  Caller frees with free().
char *error_report(const Error *e);

// Line (1-based, counting from src->first_line) and column (1-based, bytes) of a byte offset.
void source_position(const Source *s, uint32_t offset, uint32_t *line, uint32_t *column);

// Forwards a failure.
#define TRY(expr)                               \
	do {                                    \
		Status try_status_ = (expr);    \
		if (try_status_ != STATUS_OK)   \
			return try_status_;     \
	} while (0)

#endif
