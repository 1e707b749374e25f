// SPDX-License-Identifier: BSD-3-Clause
// Writing pickles: the inverse of format/pickle.h, for the same two dialects.
//
// A value becomes a program for the stack machine that builds it again.  Whatever is reachable by two ways (a list,
// a tensor, an object) is written once and put in the memo, so that sharing survives; a storage is written once for
// each element type it is seen with and gets its number in the order of first use.  The bytes of storages are
// not in a pickle: the writer collects the storages, and the caller writes each as the record data/<number>.
//
//	PickleWriter w = {.dialect = PICKLE_JIT, …};
//	Text bytes = {0};
//	Status s = pickle_write(&w, value, &bytes, err);
//	for (int i = 0; s == STATUS_OK && i < w.nstorages; i++)
//		…  w.storages[i]->data, w.storages[i]->nbytes under the key "i"; empty if it is on the meta device
//	pickle_writer_free(&w);
#ifndef WICK_FORMAT_PICKLE_WRITE_H
#define WICK_FORMAT_PICKLE_WRITE_H

#include "format/pickle.h"

// How a value of the build stage is written, from a plain value.
typedef enum PickleForm {
	PICKLE_AS_VALUE,        // as that value
	PICKLE_AS_ORDERED_DICT, // dict → collections.OrderedDict
	PICKLE_AS_SIZE,         // tuple → torch.Size
	PICKLE_AS_DTYPE,        // int → torch.float32
	PICKLE_AS_BYTES,        // str → bytes
	PICKLE_AS_SET,          // list → set
} PickleForm;

typedef struct PickleWriter {
	PickleDialect dialect;
	bool ordered;             // SAVE: the outermost dict is written as a collections.OrderedDict
	// JIT.  The source form of a type ("Dict[str, int]", "__torch__.M"), with the names that nominal types have in
	// the archive.  Asked for the class of every object and enum value and for the tag of every container.
	// NULL: type_print.
	Status (*type_name)(void *ctx, const Type *t, Text *out, Error *err);
	// JIT.  What an object's __getstate__ returns, owned; *has stays false where the class has none, and all of its
	// attributes are written.  NULL: no class has one.
	Status (*get_state)(void *ctx, Object *o, bool *has, IValue *out, Error *err);
	// SAVE.  What an object of the build stage is written as; *out is owned.  NULL: such objects are refused.
	Status (*lower)(void *ctx, HostObj *host, PickleForm *form, IValue *out, Error *err);
	void *ctx;

	// Result: storages in the order of their keys "0", "1", …; the references belong to the writer.
	Storage **storages;
	int nstorages, cap_storages;

	// Inner state, zero before the first use.
	Text *out;
	Error *err;
	Map strings, globals, shared, typed; // memo number + 1
	IValue *kept;             // what the memo names by address must not die before the writer
	int nkept, cap_kept;
	uint32_t nmemo;
	int depth;
} PickleWriter;

// Appends one whole pickle, PROTO to STOP, to out.  v is borrowed and not changed.  A writer writes one pickle.
// Fails, naming the value, for what the dialect cannot express (generators, futures; objects in SAVE), for values that
// contain themselves, for nesting beyond PICKLE_WRITE_DEPTH and for pickles beyond 2 GiB; out is then incomplete.
Status pickle_write(PickleWriter *w, IValue v, Text *out, Error *err);
void pickle_writer_free(PickleWriter *w); // the members; also after a failure

// The reader counts up to two of its levels for one of a value's.
enum { PICKLE_WRITE_DEPTH = PICKLE_MAX_DEPTH / 2 - 8 };

#endif
