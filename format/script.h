// SPDX-License-Identifier: BSD-3-Clause
// Writing code: the classes and functions that a model needs, as TorchScript source.
//
// A Script collects definitions.  Whoever names a type or calls a function in what is being written asks for its name
// here; that puts the definition on a queue, and script_write works until the queue is empty.  So exactly what
// can be reached is written, from whichever unit it comes.
//
//   code.c            names, the queue, files               script_body.c   statements: what nests, joins, loops
//   script_literal.c    types, literals, CONSTANTS.cN         script_expr.c   one node as an expression
//   script_class.c      classes, functions, signatures        script_target.c what an older PyTorch cannot read
#ifndef WICK_FORMAT_SCRIPT_H
#define WICK_FORMAT_SCRIPT_H

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
typedef enum ScriptTarget { TARGET_NEWEST, TARGET_1_6 } ScriptTarget;

typedef struct Script {
	ScriptTarget target;
	Arena arena;
	Map by_address;         // of the Type or Function → Definition
	Map by_name;            // qualified name → Definition
	Map qualifiers;         // qualifier → SourceFile
	Map folders;            // qualifiers and their beginnings
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
} Script;

void script_init(Script *c, ScriptTarget target, Error *err);
void script_free(Script *c);
// Writes all that was named, and all that this names.
Status script_write(Script *c);

// The qualified name under which a class, enum, named tuple or interface stands in the archive.
const char *script_type_name(Script *c, const Type *nominal);
const char *script_function_name(Script *c, Function *fn);
bool script_type_is_native(const Type *t);  // bound to C++: has no source

// script_literal.c
Status script_type(Script *c, const Type *t, Text *out);
Status script_literal(Script *c, IValue v, const Type *t, Text *out);
Status script_constant(Script *c, IValue v, Text *out);     // CONSTANTS.cN
void script_quote(const char *s, size_t n, Text *out);
bool script_is_identifier(const char *s);                 // no keyword either
bool script_is_reserved(const char *s);                   // no name for a variable

// script_class.c
Status script_definition(Script *c, const Definition *d, Text *out);
Status script_function_text(Script *c, Function *f, Text *out); // one function or method by its short name, for people
Status script_signature(Script *c, const Schema *s, const char *name, const char *const *names, bool method, Text *out);

// script_body.c: the statements of a function, below its "def" line; names has the parameters as they are written.
Status script_body(Script *c, const Function *fn, Text *out, int indent);
// Unique names of parameters, taken from the schema, in c's arena.
const char **script_parameter_names(Script *c, const Schema *s);

// script_target.c
Status script_check_op(Script *c, const Node *n);           // the file version an operator needs; may refuse it
Status script_check_type(Script *c, const Type *t);
Status script_check_node(Script *c, const Node *n);
const char *script_op_spelling(Script *c, const Op *op);    // another spelling that means the same there, or NULL

#endif
