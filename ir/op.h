// SPDX-License-Identifier: BSD-3-Clause
// The op registry: every operation of the system, once, keyed by its schema string.
//
// ir/ops/*.def hold the rows, OP(kernel, "schema").  All overloads of a name stand together, in the order in
// which PyTorch tries them.  The kernel cell is a token:
//   NAME      Status op_NAME(Exec *, const IValue *, int, IValue *), somewhere in interp/ or backends/
//   inplace   run the sibling without the trailing underscore, then copy the result into self
//   out       run the sibling without the out arguments, then resize and copy into them
//   lib       a function of the same name in frontend/lib/, written in the language itself
//   composite a structural node that the interpreter compiles by kind (prim::If, prim::Loop, …)
//   none      known, but there is nothing to run it with: reported by name before a model runs
// Rows are parsed on first use of their name, so start-up does not pay for the table.
#ifndef WICK_IR_OP_H
#define WICK_IR_OP_H

#include "core/ivalue.h"

typedef struct AliasInfo { // Tensor(a!): set 'a', written; Tensor(a -> *): any set
	uint32_t before, after; // bit i = set 'a'+i; bit 31 = wildcard; 0 = fresh
	bool written;
} AliasInfo;

typedef struct Arg {
	const char *name;       // may be "" for an unnamed result
	const Type *type;       // int for ScalarType, Layout, MemoryFormat, SymInt; number for Scalar
	const char *decl;       // the type as the schema spells it: "ScalarType", "SymInt[2]", "Tensor(a!)"
	int fixed;              // N of int[N] / float[N]; 0 = none
	bool kwonly;
	bool is_out;            // an out argument (kwonly and written)
	bool has_default;
	IValue def;
	AliasInfo alias;
	AliasInfo elem_alias;   // Tensor(a)[]: of the list's elements
} Arg;

typedef struct Schema {
	const char *name;       // "aten::add"
	const char *overload;   // "Tensor"; "" for the unnamed one
	Arg *args;
	int nargs;
	Arg *rets;
	int nrets;
	bool vararg, varret;
} Schema;

typedef enum OpForm { OP_NATIVE, OP_INPLACE, OP_OUT, OP_LIB, OP_COMPOSITE, OP_NONE } OpForm;

typedef struct Op {
	int id;                 // row number
	const char *text;       // the row's schema string
	const char *kernel_name;// the row's token
	OpForm form;
	const Schema *schema;   // parsed
	const struct Op *sibling; // of OP_INPLACE and OP_OUT: the functional op; NULL if there is none
	bool writes;            // some argument is written
	bool effect;            // writes, draws random numbers, prints, raises on purpose: stays though its result is unused
	bool pure;              // no effect, and a function of its arguments' contents alone: may be folded and merged
} Op;

int op_count(void);
const Op *op_at(int id);
// All overloads of "aten::add" in order; returns how many.
int op_overloads(const char *name, const Op *const **out);
const Op *op_find(const char *name, const char *overload);      // NULL when absent
const Op *op_find_key(const char *key);                         // "aten::add.Tensor"
void op_key(const Op *op, Text *out);                           // "aten::add.Tensor"
bool op_name_exists(const char *name);
// Canonical spelling of an alias ("aten::absolute" → "aten::abs"); the name itself if it is none.
const char *op_canonical_name(const char *name);

// Parses one schema string; types come from pool.  Used for rows, and for tests.
Status schema_parse(TypePool *pool, Arena *a, const char *text, Schema *out, Error *err);
void schema_print(const Schema *s, Text *out);  // "aten::add.Tensor(Tensor self, …) -> Tensor"

#endif
