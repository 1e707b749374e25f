// SPDX-License-Identifier: BSD-3-Clause
// Writing TorchScript archives (docs/archive.md says what is written).
#ifndef WICK_FORMAT_MODEL_SAVE_H
#define WICK_FORMAT_MODEL_SAVE_H

#include "format/script.h"
#include "format/model.h"

typedef struct SaveRecord {
	const char *name;       // within extra/
	const void *data;
	size_t size;
} SaveRecord;

typedef struct ModelSaveOptions {
	ScriptTarget target;
	const SaveRecord *extra; // beside those that the model was loaded with; of the same name: instead
	int nextra;
} ModelSaveOptions;

// A model of objects that were built here: no file stands behind it.  The unit gets a new reference; takes root, which
// must be an object.  The name becomes the archive's root folder.
Model *model_new(Unit *u, IValue root, const char *name);

// Writes the model as an archive that torch.jit.load reads: what its root object holds, and the source of the classes
// and functions that this needs, whatever unit they come from.  The same model gives the same bytes.  The
// file appears only when it is complete.  opt may be NULL.  Fails with the path of an attribute whose value has no form
// in an archive, and with the name of a function that cannot be written for the target.
Status model_save(const Model *m, const char *path, const ModelSaveOptions *opt, Error *err);

// model_frozen.c.  A class with these methods of the root's class, frozen, and the attributes that they still use; it and
// its functions belong to the model's unit.  Then a model whose root is an object of it, with the root's values.
Status frozen_class(const Model *m, Function *const *methods, int n, const Type **out, Error *err);
Model *frozen_model(const Model *m, const Type *cls);

// The target of a --target option: "1.6"; false for what is not known.
bool script_target_parse(const char *text, ScriptTarget *out);

#endif
