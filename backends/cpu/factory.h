// SPDX-License-Identifier: BSD-3-Clause
// Making tensors: the options that factories and conversions share.
#ifndef WICK_BACKENDS_CPU_FACTORY_H
#define WICK_BACKENDS_CPU_FACTORY_H

#include "backends/cpu/cpu.h"

enum { FORMAT_CONTIGUOUS = 0, FORMAT_PRESERVE = 1, FORMAT_CHANNELS_LAST = 2, FORMAT_CHANNELS_LAST_3D = 3 };

// A device argument (may be None: then fallback).  Devices other than the CPU and meta are refused.
Status arg_device(Exec *x, IValue v, Device fallback, Device *out);
// Uninitialised tensor of the given layout on the CPU or meta device.  strides may be NULL (contiguous).
Status factory_strided(Exec *x, DType d, Device dev, const int64_t *sizes, const int64_t *strides, int ndim, Tensor **out);
// Uninitialised tensor of like's sizes in a memory format; FORMAT_PRESERVE keeps the order of like's strides.
Status factory_like(Exec *x, const Tensor *like, DType d, Device dev, int64_t format, Tensor **out);
Status factory_format(Exec *x, DType d, Device dev, const int64_t *sizes, int ndim, int64_t format, Tensor **out);
// True when t already is dense in that format.
bool tensor_has_format(const Tensor *t, int64_t format);
// t with dtype d in a format: a new reference to t itself when nothing changes and copy is false.
Status cpu_to(Exec *x, const Tensor *t, DType d, Device dev, int64_t format, bool copy, Tensor **out);

#endif
