// SPDX-License-Identifier: BSD-3-Clause
// What the files about strings share.
#ifndef WICK_FRONTEND_BUILD_STR_H
#define WICK_FRONTEND_BUILD_STR_H

#include "frontend/build/types.h"

bool char_is_alpha(uint32_t c);
bool char_is_digit(uint32_t c);
bool char_is_space(uint32_t c);
uint32_t char_upper(uint32_t c); // simple mappings: one code point to one
uint32_t char_lower(uint32_t c);
Status str_self(Build *b, const PyArgs *a, StrObj **out);
const char *text_find(const char *s, int64_t n, const char *p, int64_t m, bool last); // NULL when absent

extern const NativeMethod str_methods[]; // str_methods.c
Status str_maketrans(Build *b, const PyArgs *a, IValue *out);

#endif
