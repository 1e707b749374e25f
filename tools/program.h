// SPDX-License-Identifier: BSD-3-Clause
// What `wick FILE.py` and `wick repl` share: a program set up from options, and how its failures are told.
#ifndef WICK_TOOLS_PROGRAM_H
#define WICK_TOOLS_PROGRAM_H

#include "tools/cli.h"

// argv as the program sees it: argv[0] is the file, "-c", "-" or "".
wick_program *program_open(wick_context *cx, const Access *access, const char *const *argv, int argc);
// Prints what Python would print after a run that ended with s; returns the exit status.
int program_status(wick_context *cx, wick_status s);
// The prompt, until Ctrl-D or exit().  Without a terminal: the statements that stdin holds.  Returns the exit status.
int prompt_run(wick_context *cx, wick_program *p);

#endif
