// SPDX-License-Identifier: BSD-3-Clause
// Element types.  The numbers are PyTorch's ScalarType codes: they appear in archives and in code.
#ifndef WICK_CORE_DTYPE_H
#define WICK_CORE_DTYPE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum DType {
	DT_U8 = 0, DT_I8 = 1, DT_I16 = 2, DT_I32 = 3, DT_I64 = 4,
	DT_F16 = 5, DT_F32 = 6, DT_F64 = 7,
	DT_C32 = 8, DT_C64 = 9, DT_C128 = 10,   // complex of two f16, f32, f64
	DT_BOOL = 11,
	DT_QI8 = 12, DT_QU8 = 13, DT_QI32 = 14,
	DT_BF16 = 15,
	DT_QU4X2 = 16, DT_QU2X4 = 17,
	DT_U16 = 27, DT_U32 = 28, DT_U64 = 29,
	DT_NONE = -1,                           // "not given"
} DType;

#define DTYPE_CODES 46 // codes 0 … 45 exist in PyTorch 2.13

// Kinds in the order in which type promotion ranks them.
typedef enum DKind { KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_COMPLEX, KIND_QUANT, KIND_OTHER } DKind;

bool dtype_valid(int64_t code);            // known to Wick
size_t dtype_size(DType d);                // bytes an element
DKind dtype_kind(DType d);
const char *dtype_name(DType d);           // "float32" (as in torch.float32)
const char *dtype_class_name(DType d);     // "Float" (as in CPUFloatType, FloatStorage)
DType dtype_from_name(const char *name);   // accepts "float32", "float", "half", …; DT_NONE if unknown
DType dtype_from_class_name(const char *name, size_t len); // "Float"
DType dtype_promote(DType a, DType b);     // torch.promote_types; DT_NONE where PyTorch refuses
bool dtype_can_cast(DType from, DType to); // torch.can_cast
DType dtype_to_real(DType d);              // complex64 → float32; others unchanged
DType dtype_to_complex(DType d);           // float32 → complex64; integers → default complex
static inline bool dtype_is_float(DType d) { return d == DT_F32 || d == DT_F64 || d == DT_F16 || d == DT_BF16; }
static inline bool dtype_is_complex(DType d) { return d == DT_C64 || d == DT_C128 || d == DT_C32; }
static inline bool dtype_is_int(DType d)
{
	return (d >= DT_U8 && d <= DT_I64) || (d >= DT_U16 && d <= DT_U64);
}
static inline bool dtype_is_quantized(DType d) { return (d >= DT_QI8 && d <= DT_QI32) || d == DT_QU4X2 || d == DT_QU2X4; }

typedef struct { uint16_t bits; } f16_t;   // IEEE binary16
typedef struct { uint16_t bits; } bf16_t;
#ifndef CMPLX // glibc's header has it for gcc only
#define CMPLX(re, im) __builtin_complex((double)(re), (double)(im))
#define CMPLXF(re, im) __builtin_complex((float)(re), (float)(im))
#endif
typedef float complex c64_t;
typedef double complex c128_t;
typedef struct { f16_t re, im; } c32_t;

static inline float bf16_to_f32(bf16_t h)
{
	uint32_t u = (uint32_t)h.bits << 16;
	float f;
	memcpy(&f, &u, 4);
	return f;
}
// Round to nearest even; NaN becomes 0x7fc0, as in c10::BFloat16.
static inline bf16_t bf16_from_f32(float f)
{
	uint32_t u;
	memcpy(&u, &f, 4);
	if (f != f)
		return (bf16_t){0x7fc0};
	u += 0x7fff + ((u >> 16) & 1);
	return (bf16_t){(uint16_t)(u >> 16)};
}
float f16_to_f32(f16_t h);
f16_t f16_from_f32(float f); // round to nearest even, overflow to infinity

#endif
