// SPDX-License-Identifier: BSD-3-Clause
// TorchScript archives as models, and files of values.
#ifndef WICK_FORMAT_MODEL_H
#define WICK_FORMAT_MODEL_H

#include "ir/function.h"

typedef struct LoadOptions {
	bool verify;           // check the CRC of every record; without it records above 1 MiB are not checked
	size_t max_inflated;   // total bytes that deflated records may grow to; 0 = 4 GiB
	bool lazy;             // compile methods on first use instead of at load
} LoadOptions;

typedef struct Model {
	_Atomic uint32_t refs;
	char *name;            // root folder of the archive
	Unit *unit;
	IValue root;           // Object
	struct Archive *archive; // NULL for what was built here (format/model_save.h)
} Model;

Status model_load_file(const char *path, const LoadOptions *opt, Model **out, Error *err);
Status model_load_memory(const void *data, size_t size, const LoadOptions *opt, Model **out, Error *err); // data is copied
Model *model_ref(Model *m);
void model_unref(Model **m);
// Names and contents of records (extra/…, code/…): for inspect.  Index order; NULL at the end.
const char *model_record_name(const Model *m, int i);
Status model_record_read(const Model *m, const char *name, char **data, size_t *size, Error *err); // free(*data)

// Any file that holds a value: torch.save zip, .npy (a tensor), .npz and .safetensors (a dict), a TorchScript archive's
// state (dict of attribute paths).  Recognised by content.
Status value_load_file(const char *path, IValue *out, Error *err);
Status torchsave_load_memory(const void *data, size_t size, IValue *out, Error *err);
Status npy_save_file(const char *path, const Tensor *t, Error *err);          // temporary file, then rename
Status npz_save_file(const char *path, IValue tensors, Error *err);           // dict of str → Tensor
// dict of str → Tensor; the tensors are written contiguous and, where they share memory, once each.
Status safetensors_save_file(const char *path, IValue tensors, Error *err);
// torch.save of nested lists, tuples and dicts of tensors, numbers, strings, devices and None; what is shared stays
// shared.  ordered: the outermost dict becomes a collections.OrderedDict, as state dicts are.
Status torchsave_save_file(const char *path, IValue v, bool ordered, Error *err);
bool file_is_archive(const char *path);                                       // a TorchScript archive?
// {attribute path: tensor or value} of a module tree, parameters and buffers first, in slot order.
Status model_state(const Model *m, IValue *out, Error *err);
// state_dict() of PyTorch: {path: tensor} of the parameters and buffers that are not None, module by module.  The
// tensors are detached and share memory with the model.
Status model_state_dict(const Model *m, IValue *out, Error *err);

#endif
