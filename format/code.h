// SPDX-License-Identifier: BSD-3-Clause
// Writing code: the classes and functions that a model needs, as TorchScript source.
//
// A Code collects definitions.  Whoever names a type or calls a function in what is being written asks for its name
// here; that puts the definition on a queue, and code_write works until the queue is empty.  So exactly what
// can be reached is written, from whichever unit it comes.
//
//   code.c            names, the queue, files               code_body.c   statements: what nests, joins, loops
//   code_literal.c    types, literals, CONSTANTS.cN         code_expr.c   one node as an expression
//   code_class.c      classes, functions, signatures        code_target.c what an older PyTorch cannot read
#ifndef WICK_FORMAT_CODE_H
#define WICK_FORMAT_CODE_H

#include "ir/function.h"

// One class, enum, named tuple, interface or free function.
typedef struct Definition {
	const Type *type;       // NULL for a function
	Function *fn;
	const char *name;       // qualified, unique in the archive
} Definition;

typedef struct SourceFile {
	const char *qualifier;  // "__torch__.torch.nn.modules.linear"
	Text text;
} SourceFile;

// Versions of PyTorch that can be written for.
typedef enum CodeTarget { TARGET_NEWEST, TARGET_1_6 } CodeTarget;

typedef struct Code {
	CodeTarget target;
	Arena arena;
	Map by_address;         // of the Type or Function → Definition
	Map by_name;            // qualified name → Definition
	Map qualifiers;         // qualifier → SourceFile
	Definition **queue;
	int n, cap, next;
	SourceFile **files;     // in order of first use
	int nfiles, cap_files;
	IValue *constants;      // CONSTANTS.cN, owned
	int nconstants, cap_constants;
	Map constant_index;     // what a constant is known by → its number + 1
	int64_t version;        // of the file format: what the operators used need
	const char *function;   // being written, for messages
	Error *err;             // never NULL
} Code;

void code_init(Code *c, CodeTarget target, Error *err);
void code_free(Code *c);
// Writes all that was named, and all that this names.
Status code_write(Code *c);

// The qualified name under which a class, enum, named tuple or interface stands in the archive.
const char *code_type_name(Code *c, const Type *nominal);
const char *code_function_name(Code *c, Function *fn);
bool code_type_is_native(const Type *t);  // bound to C++: has no source

// code_literal.c
Status code_type(Code *c, const Type *t, Text *out);
Status code_literal(Code *c, IValue v, const Type *t, Text *out);
Status code_constant(Code *c, IValue v, Text *out);     // CONSTANTS.cN
void code_quote(const char *s, size_t n, Text *out);
bool code_is_identifier(const char *s);                 // no keyword either
bool code_is_reserved(const char *s);                   // no name for a variable

// code_class.c
Status code_definition(Code *c, const Definition *d, Text *out);
Status code_signature(Code *c, const Schema *s, const char *name, const char *const *names, bool method, Text *out);

// code_body.c: the statements of a function, below its "def" line; names has the parameters as they are written.
Status code_body(Code *c, const Function *fn, Text *out, int indent);
// Unique names of parameters, taken from the schema, in c's arena.
const char **code_parameter_names(Code *c, const Schema *s);

// code_target.c
Status code_check_op(Code *c, const Node *n);           // the file version an operator needs; may refuse it
Status code_check_type(Code *c, const Type *t);
Status code_check_node(Code *c, const Node *n);
const char *code_op_spelling(Code *c, const Op *op);    // another spelling that means the same there, or NULL

#endif
