// SPDX-License-Identifier: BSD-3-Clause
// What the pickle machine and the table of functions it may call share.  Inner header of format/pickle*.c.
#ifndef WICK_FORMAT_PICKLE_MACHINE_H
#define WICK_FORMAT_PICKLE_MACHINE_H

#include "format/pickle.h"

struct PickleGlobal;

typedef enum TokenKind {
	TOKEN_FUNCTION,     // a row of the table that can be called
	TOKEN_NAME,         // a row that is only named (torch.Tensor as the type of _rebuild_from_type_v2)
	TOKEN_UNKNOWN,      // SAVE dialect: a name outside the table; any use of it is an error
	TOKEN_STORAGE_TYPE, // torch.FloatStorage: dtype, untyped
	TOKEN_TYPE,         // a class or enum of the archive
	TOKEN_STORAGE,      // what a persistent id stands for: storage, dtype, untyped
	TOKEN_SHELL,        // NEWOBJ of `type`, waiting for its BUILD
} TokenKind;

// A token is the data of a capsule.
typedef struct PickleToken {
	TokenKind kind;
	char *name;                        // "module.name", for messages
	const struct PickleGlobal *global;
	const Type *type;
	Storage *storage;
	DType dtype;
	bool untyped;
} PickleToken;

// What files have as keys of dicts.  Python has None and tuples too; these are short and flat, because a key is hashed
// along every path through it.
bool pickle_is_key(PickleDialect dialect, IValue v);

IValue token_new(TokenKind kind, const char *name);
PickleToken *token_of(IValue v); // NULL when v is a value

typedef struct PickleReader {
	const PickleHost *host;
	Error *err;
} PickleReader;

// A function of the table: from the argument tuple to an owned value (or token).
typedef Status (*PickleCall)(const PickleReader *r, const struct PickleGlobal *row, TupleObj *args, IValue *out);

typedef struct PickleGlobal {
	const char *module, *name;
	unsigned dialects;    // PickleDialect bits
	PickleCall call;      // NULL: `constant` says
	int constant;         // a small integer that the name stands for; -1: only a name
} PickleGlobal;

// The row of a name; NULL when the dialect has none.
const PickleGlobal *pickle_global_find(const char *module, const char *name, PickleDialect dialect);
// Storage as a one-dimensional tensor, for files that hold bare storages.
IValue pickle_storage_tensor(const PickleToken *token);

#define pickle_fail(r, ...) fail((r)->err, STATUS_FORMAT, "pickle: " __VA_ARGS__)

#endif
