// SPDX-License-Identifier: BSD-3-Clause
// What stands behind wick_program.
#ifndef WICK_API_PROGRAM_H
#define WICK_API_PROGRAM_H

#include "api/handles.h"

#include "frontend/build/build.h"

struct wick_program {
	Build *build;
};

// The value of an expression in __main__; owned, and must be dropped before the program.
Status program_eval(wick_context *cx, wick_program *p, const char *expression, IValue *out);

#endif
