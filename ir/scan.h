// SPDX-License-Identifier: BSD-3-Clause
// The lexical layer that op schemas and IR text share: identifiers, numbers, quoted strings, types.
// What the writers here produce, the scanners read back to the same value.
#ifndef WICK_IR_SCAN_H
#define WICK_IR_SCAN_H

#include "ir/op.h"

typedef struct Scan {
	const char *start, *p, *end;
	TypePool *pool;      // new types are made here
	Arena *arena;        // strings that outlive the scan
	Error *err;
	const char *what;    // "schema", "IR text": for messages
	int depth;
} Scan;

#define SCAN_MAX_DEPTH 100

// Alias annotations met while reading a type, and its list size.
typedef struct TypeFacts {
	AliasInfo alias, elem_alias;
	int fixed;
} TypeFacts;

Status scan_fail(Scan *s, const char *fmt, ...) __attribute__((format(printf, 2, 3))); // adds line and column
void scan_space(Scan *s);                         // blanks, line ends and # comments
bool scan_peek(Scan *s, const char *token);       // after blanks; a word must end where token ends
bool scan_accept(Scan *s, const char *token);
Status scan_expect(Scan *s, const char *token);
bool scan_at_end(Scan *s);
bool scan_name(Scan *s, const char **name, size_t *n);      // [A-Za-z_][A-Za-z0-9_]*; false and unmoved if none
bool scan_dotted(Scan *s, const char **name, size_t *n);    // names joined by '.'
Status scan_string(Scan *s, Text *out);           // "…" or '…' with C escapes
Status scan_number(Scan *s, IValue *out);         // int, float, inf, nan; also with a sign
Status scan_int(Scan *s, int64_t *out);
Status scan_type(Scan *s, const Type **out, TypeFacts *facts); // facts may be NULL: then no annotations

void write_string(Text *out, const char *s, size_t n);
void write_float(Text *out, double v);            // 17 digits, always distinguishable from an int
void write_type(Text *out, const Type *t);

#endif
