// SPDX-License-Identifier: BSD-3-Clause
// What is known of each element type: one row a type; and type promotion.
#include "core/dtype.h"

typedef struct DTypeRow {
	const char *name, *class_name, *alias;
	uint8_t size, kind;
} DTypeRow;

static const DTypeRow rows[DTYPE_CODES] = {
	[DT_U8] = {"uint8", "Byte", "byte", 1, KIND_INT},
	[DT_I8] = {"int8", "Char", "char", 1, KIND_INT},
	[DT_I16] = {"int16", "Short", "short", 2, KIND_INT},
	[DT_I32] = {"int32", "Int", "int", 4, KIND_INT},
	[DT_I64] = {"int64", "Long", "long", 8, KIND_INT},
	[DT_F16] = {"float16", "Half", "half", 2, KIND_FLOAT},
	[DT_F32] = {"float32", "Float", "float", 4, KIND_FLOAT},
	[DT_F64] = {"float64", "Double", "double", 8, KIND_FLOAT},
	[DT_C32] = {"complex32", "ComplexHalf", "chalf", 4, KIND_COMPLEX},
	[DT_C64] = {"complex64", "ComplexFloat", "cfloat", 8, KIND_COMPLEX},
	[DT_C128] = {"complex128", "ComplexDouble", "cdouble", 16, KIND_COMPLEX},
	[DT_BOOL] = {"bool", "Bool", "bool", 1, KIND_BOOL},
	[DT_QI8] = {"qint8", "QInt8", "qint8", 1, KIND_QUANT},
	[DT_QU8] = {"quint8", "QUInt8", "quint8", 1, KIND_QUANT},
	[DT_QI32] = {"qint32", "QInt32", "qint32", 4, KIND_QUANT},
	[DT_BF16] = {"bfloat16", "BFloat16", "bfloat16", 2, KIND_FLOAT},
	[DT_QU4X2] = {"quint4x2", "QUInt4x2", "quint4x2", 1, KIND_QUANT},
	[DT_QU2X4] = {"quint2x4", "QUInt2x4", "quint2x4", 1, KIND_QUANT},
	[DT_U16] = {"uint16", "UInt16", "uint16", 2, KIND_INT},
	[DT_U32] = {"uint32", "UInt32", "uint32", 4, KIND_INT},
	[DT_U64] = {"uint64", "UInt64", "uint64", 8, KIND_INT},
};

bool dtype_valid(int64_t code)
{
	return code >= 0 && code < DTYPE_CODES && rows[code].name;
}

size_t dtype_size(DType d)
{
	return dtype_valid(d) ? rows[d].size : 0;
}

DKind dtype_kind(DType d)
{
	return dtype_valid(d) ? (DKind)rows[d].kind : KIND_OTHER;
}

const char *dtype_name(DType d)
{
	return dtype_valid(d) ? rows[d].name : "unknown";
}

const char *dtype_class_name(DType d)
{
	return dtype_valid(d) ? rows[d].class_name : "Undefined";
}

DType dtype_from_name(const char *name)
{
	for (int i = 0; i < DTYPE_CODES; i++)
		if (rows[i].name && (strcmp(rows[i].name, name) == 0 || strcmp(rows[i].alias, name) == 0))
			return (DType)i;
	return DT_NONE;
}

DType dtype_from_class_name(const char *name, size_t len)
{
	for (int i = 0; i < DTYPE_CODES; i++)
		if (rows[i].name && strlen(rows[i].class_name) == len && memcmp(rows[i].class_name, name, len) == 0)
			return (DType)i;
	return DT_NONE;
}

DType dtype_to_real(DType d)
{
	return d == DT_C32 ? DT_F16 : d == DT_C64 ? DT_F32 : d == DT_C128 ? DT_F64 : d;
}

DType dtype_to_complex(DType d)
{
	switch (d) {
	case DT_F16: return DT_C32;
	case DT_F64: return DT_C128;
	case DT_C32: case DT_C64: case DT_C128: return d;
	default: return DT_C64;
	}
}

// The lattice of torch.promote_types: bool below the integers, those below the floats, those below complex.
// Among integers uint8 with a signed type goes to the next wider signed type; the wider unsigned types
// promote only with floating and complex types.
DType dtype_promote(DType a, DType b)
{
	if (a == b)
		return a;
	if (a == DT_NONE || b == DT_NONE)
		return a == DT_NONE ? b : a;
	DKind ka = dtype_kind(a), kb = dtype_kind(b);
	if (ka >= KIND_QUANT || kb >= KIND_QUANT)
		return DT_NONE;
	if (ka > kb) {
		DType t = a;
		a = b;
		b = t;
		DKind k = ka;
		ka = kb;
		kb = k;
	}
	if (kb <= KIND_INT && (a >= DT_U16 || b >= DT_U16))
		return DT_NONE;
	if (ka < kb) { // b is of the higher kind
		if (kb == KIND_COMPLEX && ka == KIND_FLOAT) {
			if (a == DT_BF16) // there is no complex bfloat16
				return b == DT_C32 ? DT_C64 : b;
			DType c = dtype_to_complex(a);
			return rows[c].size > rows[b].size ? c : b;
		}
		return b;
	}
	switch (ka) {
	case KIND_INT:
		if ((a == DT_U8 && b == DT_I8) || (a == DT_I8 && b == DT_U8))
			return DT_I16;
		return rows[a].size > rows[b].size ? a : b;
	case KIND_FLOAT:
		if (rows[a].size == rows[b].size) // float16 with bfloat16
			return DT_F32;
		return rows[a].size > rows[b].size ? a : b;
	case KIND_COMPLEX:
		return rows[a].size > rows[b].size ? a : b;
	default:
		return DT_NONE;
	}
}

bool dtype_can_cast(DType from, DType to)
{
	DKind f = dtype_kind(from), t = dtype_kind(to);
	if (f == KIND_COMPLEX && t != KIND_COMPLEX)
		return false;
	if (f == KIND_FLOAT && (t == KIND_INT || t == KIND_BOOL))
		return false;
	if (f != KIND_BOOL && t == KIND_BOOL)
		return false;
	return true;
}

float f16_to_f32(f16_t h)
{
	uint32_t sign = (uint32_t)(h.bits & 0x8000) << 16, exponent = (h.bits >> 10) & 31, mantissa = h.bits & 1023;
	uint32_t u;
	if (exponent == 31) {
		u = sign | 0x7f800000 | mantissa << 13;
	} else if (exponent) {
		u = sign | (exponent + 112) << 23 | mantissa << 13;
	} else { // subnormal: mantissa * 2^-24 is exact in binary32
		float f = (float)mantissa * 0x1p-24f;
		memcpy(&u, &f, 4);
		u |= sign;
	}
	float f;
	memcpy(&f, &u, 4);
	return f;
}

f16_t f16_from_f32(float f)
{
	uint32_t u;
	memcpy(&u, &f, 4);
	uint16_t sign = (uint16_t)(u >> 16 & 0x8000);
	u &= 0x7fffffff;
	if (u > 0x7f800000)
		return (f16_t){(uint16_t)(sign | 0x7e00)};
	if (u >= 0x477ff000) // rounds to 65536 or more
		return (f16_t){(uint16_t)(sign | 0x7c00)};
	if (u >= 0x38800000) { // normal: round the 13 lost bits to even
		uint32_t r = u + 0xfff + (u >> 13 & 1);
		return (f16_t){(uint16_t)(sign | (r - 0x38000000) >> 13)};
	}
	// Subnormal: adding 2^-1 aligns the wanted bits at the bottom of the mantissa; the addition rounds to even.
	float a;
	memcpy(&a, &u, 4);
	a += 0.5f;
	memcpy(&u, &a, 4);
	return (f16_t){(uint16_t)(sign | (u - 0x3f000000))};
}
