// SPDX-License-Identifier: BSD-3-Clause
// Readers of files that hold values; inner header of format/.  The outward one is format/model.h.
#ifndef WICK_FORMAT_VALUES_H
#define WICK_FORMAT_VALUES_H

#include "format/pickle_write.h"
#include "format/zip.h"

// torch.save: the zip form, and the stream of PyTorch before 1.6.
Status torchsave_load_zip(Zip *z, IValue *out, Error *err);
bool torchsave_is_stream(const Bytes *b);
Status torchsave_load_stream(Bytes *b, IValue *out, Error *err);
// Writes the zip form with what w makes of v; w is freed by the caller.
Status torchsave_write(const char *path, PickleWriter *w, IValue v, Error *err);

// safetensors: a dict from name to tensor, in the order of the data, over the mapped file where alignment allows.
bool safetensors_is_safetensors(const Bytes *b);
Status safetensors_load(Bytes *b, IValue *out, Error *err);

// NumPy: one array, and a zip of arrays (a dict from name to tensor).
bool npy_is_npy(const uint8_t *data, size_t size);
Status npy_load(Bytes *owner, const uint8_t *data, size_t size, IValue *out, Error *err); // owner NULL: data is copied
bool npz_is_npz(const Zip *z);
Status npz_load(Zip *z, IValue *out, Error *err);

#endif
