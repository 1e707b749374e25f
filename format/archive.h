// SPDX-License-Identifier: BSD-3-Clause
// Inside a loaded archive; inner header of format/.  The outward one is format/model.h.
#ifndef WICK_FORMAT_ARCHIVE_H
#define WICK_FORMAT_ARCHIVE_H

#include "format/model.h"
#include "format/zip.h"

typedef struct Archive {
	Zip *zip;
	int64_t version;
	const char **names; // of the records within the root folder, in directory order; the strings are the zip's
	int nnames;
} Archive;

Status model_load_bytes(Bytes *b, const LoadOptions *opt, Model **out, Error *err);
// True for a zip that has what only TorchScript archives have.
bool archive_is_torchscript(const Zip *z);

// The object of a C++-bound class from its pickled state.  Its one slot, "state", gets a tuple in a fixed form:
//   quantized.LinearPackedParamsBase          (weight, bias?)
//   quantized.Conv*, ConvTranspose*           (weight, bias?, stride, padding, output_padding, dilation, groups, transpose)
//   quantized.EmbeddingPackedParamsBase       (weight,)
//   rnn.CellParamsBase                        (kind, tensors, floats, ints, [LinearPackedParamsBase])
//   xnnpack.LinearOpContext                   (weight, bias?, min?, max?)
//   xnnpack.Conv2dOpContext                   (weight, bias?, stride, padding, dilation, groups, min?, max?)
//   xnnpack.TransposeConv2dOpContext          (weight, bias?, stride, padding, output_padding, dilation, groups, min?, max?)
// with int[] for the geometry and None for what is absent.
Status native_build(Unit *u, const Type *cls, IValue state, IValue *out, Error *err);
// The inverse: the state that PyTorch pickles for such an object, owned.
Status native_state(const Object *o, IValue *out, Error *err);

#endif
