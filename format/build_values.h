// SPDX-License-Identifier: BSD-3-Clause
// torch.save and torch.load for the build stage.
#ifndef WICK_FORMAT_BUILD_VALUES_H
#define WICK_FORMAT_BUILD_VALUES_H

#include "frontend/build/build.h"

// The members save and load of BuildFiles.  ctx is not used.
// Saving takes the values of the build stage: containers, tensors and parameters, numbers, strings, bytes, sets, dtypes,
// torch.Size, OrderedDict (whose attributes, such as _metadata, are left out); instances of other classes are refused.
Status build_value_save(void *ctx, IValue value, const char *path, Error *err);
// Loading recognises every file of values by its content; the result is plain and owned by the caller.
Status build_value_load(void *ctx, const char *path, IValue *value, Error *err);

#endif
