// SPDX-License-Identifier: BSD-3-Clause
// Values as literals of the IR text (grammar in docs/ir.md): what write_value writes, scan_value reads back exactly.
// Objects, generators, futures and capsules have no literal; they are written as "object(TYPE)", which no
// reader accepts.
#ifndef WICK_IR_LITERAL_H
#define WICK_IR_LITERAL_H

#include "ir/scan.h"

void write_value(Text *out, IValue v);
Status scan_value(Scan *s, IValue *out); // *out is owned on success

#endif
