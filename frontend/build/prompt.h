// SPDX-License-Identifier: BSD-3-Clause
// What a prompt, or a program that embeds Wick, asks of a Build beside running text.
//
//   prompt.c    is a text complete; completion of names         describe.c  types and signatures as text
//   help.c      help(), exit(), quit()                          export.c    values for outside
//
// All but build_incomplete are called between build_enter and build_leave.
#ifndef WICK_FRONTEND_BUILD_PROMPT_H
#define WICK_FRONTEND_BUILD_PROMPT_H

#include "frontend/build/build.h"

// What may stand at the cursor: *out is a new list of distinct strings, sorted, which replace the line from *from on.
Status build_complete(Build *b, PyModule *in, const char *line, size_t cursor, size_t *from, IValue *out);
// "Tensor float32[2, 3]", "List[int]", "f(x: Tensor) -> Tensor": the type as an annotation would say it.
Status build_type_text(Build *b, IValue v, Text *out);
// "(x: Tensor, *, bias: bool = True) -> Tensor", as the function was written.
void function_signature(const PyFunction *f, bool bound, Text *out);
// What help(v) prints.
Status build_help_text(Build *b, IValue v, Text *out);
// A value that may outlive the Build: containers are copied, with typed elements where they agree; what only Python has
// is a TypeError.
Status build_export(Build *b, IValue v, IValue *out);
// help, exit and quit, in builtins.
void build_add_prompt_names(Build *b);

#endif
