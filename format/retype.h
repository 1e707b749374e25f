// SPDX-License-Identifier: BSD-3-Clause
// Giving unpickled values their types.
//
// A pickle stores lists without element types and named tuples as plain tuples.  While a value is being read its
// untyped containers carry the element type Any; here they get the type that a class attribute declares, a
// type tag names, or, where nothing is declared, the type that their contents have.
#ifndef WICK_FORMAT_RETYPE_H
#define WICK_FORMAT_RETYPE_H

#include "core/ivalue.h"

// Makes *v a value of type t: untyped containers are typed, integers become floats where a float is
// declared, plain tuples become named tuples.  All of it is checked, at any depth; on a mismatch the message
// says what was expected and found, and *v may be half converted.
Status value_coerce(IValue *v, const Type *t, Error *err);

// Types the untyped containers in v by their contents: [1, 2] is a List[int], [1, "a"] stays a List[Any].
void value_infer_types(TypePool *pool, IValue v);

#endif
