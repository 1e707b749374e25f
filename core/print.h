// SPDX-License-Identifier: BSD-3-Clause
// Numbers as text, shared by the files that print values and tensors.
#ifndef WICK_CORE_PRINT_H
#define WICK_CORE_PRINT_H

#include "core/ivalue.h"

// The shortest decimal that reads back as v, exponents outside [-4, 16) in scientific form: "0.1", "1e-05".
// With point, integers get ".0" as in Python's repr.
void print_double(Text *out, double v, bool point);
// Reads one element with the tensor's lazy bits applied; quantised ones are dequantised.
void print_element(const Tensor *t, int64_t offset, double *re, double *im); // offset in elements from tensor_data

#endif
