// SPDX-License-Identifier: BSD-3-Clause
// Python numbers as elements: conversion with PyTorch's overflow check.
#ifndef WICK_BACKENDS_CPU_NUMBER_H
#define WICK_BACKENDS_CPU_NUMBER_H

#include "core/exec.h"

// Writes the element of dtype d that v is (at most 16 bytes).  Out of range fails with
// "value cannot be converted to type uint8_t without overflow"; infinities are in range for floats, and
// negative integers wrap into unsigned types.
Status number_to_element(Exec *x, IValue v, DType d, void *element);
// The element of a one-element tensor as a number.
IValue number_from_element(const void *element, DType d);
const char *dtype_c_name(DType d); // "int64_t", as PyTorch's messages spell C++ types
const char *dtype_c_label(DType d); // "long int", as the compiler spells them in other messages

#endif
