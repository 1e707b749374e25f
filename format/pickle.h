// SPDX-License-Identifier: BSD-3-Clause
// Reading pickles as data.
//
// A pickle is a program for a stack machine.  Ours runs the opcodes that the two writers of PyTorch use and
// knows a fixed list of functions (format/pickle_globals.c); everything else is refused by name.  Nothing is
// imported.  Tokens that are not values (a function, a class, a storage) travel on the same stack as capsules
// and never leave the machine.  Containers cannot be made cyclic: once a list or dict has been taken from the
// memo it no longer grows.
#ifndef WICK_FORMAT_PICKLE_H
#define WICK_FORMAT_PICKLE_H

#include "core/ivalue.h"

typedef enum PickleDialect {
	PICKLE_JIT = 1,  // data.pkl and constants.pkl of TorchScript archives
	PICKLE_SAVE = 2, // torch.save
} PickleDialect;

// The fields of a persistent id ("storage", type, key, location, numel[, view]).
typedef struct StorageId {
	const char *key;
	size_t key_len;
	DType dtype;
	bool untyped;    // UntypedStorage: numel counts bytes
	bool meta;       // location "meta": there are no bytes
	int64_t numel;
	int64_t nbytes;  // numel × item size
} StorageId;

// What the machine asks of the archive it reads for.
typedef struct PickleHost {
	PickleDialect dialect;
	// A storage of id->nbytes bytes; *out is a new reference.
	Status (*storage)(void *ctx, const StorageId *id, Storage **out, Error *err);
	// The type behind a GLOBAL that is not in the fixed list.  NULL: such globals are refused.
	Status (*find_type)(void *ctx, const char *qualified, const Type **out, Error *err);
	// An object of class `cls` from its BUILD state, which is borrowed.
	Status (*build)(void *ctx, const Type *cls, IValue state, IValue *out, Error *err);
	// Gives a container the type that a tag names ("Dict[str, int]"), checking what is in it.
	Status (*retag)(void *ctx, IValue *container, const char *tag, Error *err);
	void *ctx;
} PickleHost;

// Runs one pickle from data.  *used, if not NULL, is the number of bytes up to and with STOP.
// In the SAVE dialect lists and dicts get the element types that their contents have.
Status pickle_read(const uint8_t *data, size_t size, const PickleHost *host, IValue *out, size_t *used, Error *err);

// Limits.
enum { PICKLE_MAX_DEPTH = 500, PICKLE_MAX_STEPS = 1 << 26 };

#endif
