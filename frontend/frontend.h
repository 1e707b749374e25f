// SPDX-License-Identifier: BSD-3-Clause
// The frontend: from source text to Functions and types of a Unit.
#ifndef WICK_FRONTEND_FRONTEND_H
#define WICK_FRONTEND_FRONTEND_H

#include "frontend/ast.h"
#include "ir/function.h"

// Where the text of a qualifier ("__torch__.torch.nn.modules.linear") comes from; *out is a new reference, or NULL
// when there is none (not an error by itself).
typedef struct SourceProvider {
	Status (*find)(void *ctx, const char *qualifier, Source **out, Error *err);
	void *ctx;
} SourceProvider;

// Gives a unit a frontend for the archive dialect.  Definitions are found lazily, per qualified name, as the
// archive document §7.1 says.  unit->version selects operator upgraders.
Status frontend_attach_archive(Unit *u, SourceProvider provider, Error *err);

// The type with that qualified name: class (attributes declared; methods declared, compiled on first
// need or by frontend_compile_class), interface, enum or named tuple.
Status frontend_type(Unit *u, const char *qualified, const Type **out, Error *err);
Status frontend_function(Unit *u, const char *qualified, Function **out, Error *err);
Status frontend_compile_class(Unit *u, const Type *cls, Error *err);       // all methods
// The schema alone, for a method of an interface, which has no body to compile.
Status frontend_declare_signature(Function *f, Error *err);
Status frontend_parse_type(Unit *u, const char *text, const Type **out, Error *err); // "Dict[str, int]"

// Compiles the defs (and classes) of a text in the Python dialect with the names PyTorch users know
// (torch.*, math.*, typing, List, …) into the unit: functions are called NAME, classes __torch__.NAME.
Status frontend_compile_source(Unit *u, Source *src, Error *err);
// Compiles "def NAME(): return EXPR" for an expression; used for command line arguments.
Status frontend_compile_expr(Unit *u, const char *name, Source *src, Function **out, Error *err);

// The standard library in our own language: the Function that implements a `lib` row, compiled on first use.
Status frontend_lib_function(const Op *op, Function **out, Error *err);
// Hands the library to the interpreter.  Every frontend does it; who asks what runs before there is one, does it too.
void frontend_introduce_library(void);

#endif
