// SPDX-License-Identifier: BSD-3-Clause
// Numbers and elements.  The range rules are c10::overflows': floats may be infinite, NaN fits no integer,
// unsigned types accept a negative number whose magnitude fits.
#include "backends/cpu/number.h"

#include "backends/cpu/convert.h"

#include <float.h>
#include <math.h>

const char *dtype_c_name(DType d)
{
	switch (d) {
	case DT_BOOL: return "bool";
	case DT_U8: return "uint8_t";
	case DT_I8: return "int8_t";
	case DT_I16: return "int16_t";
	case DT_I32: return "int";
	case DT_I64: return "int64_t";
	case DT_U16: return "uint16_t";
	case DT_U32: return "uint32_t";
	case DT_U64: return "uint64_t";
	case DT_F16: return "c10::Half";
	case DT_BF16: return "c10::BFloat16";
	case DT_F32: return "float";
	case DT_F64: return "double";
	case DT_C32: return "c10::complex<c10::Half>";
	case DT_C64: return "c10::complex<float>";
	case DT_C128: return "c10::complex<double>";
	default: return dtype_name(d);
	}
}

const char *dtype_c_label(DType d)
{
	switch (d) {
	case DT_U8: return "unsigned char";
	case DT_I8: return "signed char";
	case DT_I16: return "short int";
	case DT_I64: return "long int";
	case DT_U16: return "short unsigned int";
	case DT_U32: return "unsigned int";
	case DT_U64: return "long unsigned int";
	default: return dtype_c_name(d);
	}
}

static bool float_range(DType d, double *max)
{
	switch (d) {
	case DT_F16: case DT_C32: *max = 65504.0; return true;
	case DT_BF16: *max = 3.3895313892515355e38; return true;
	case DT_F32: case DT_C64: *max = FLT_MAX; return true;
	case DT_F64: case DT_C128: *max = DBL_MAX; return true;
	default: return false;
	}
}

static bool int_fits(int64_t v, DType d)
{
	switch (d) {
	case DT_U8: return v >= -255 && v <= 255;
	case DT_I8: return v >= INT8_MIN && v <= INT8_MAX;
	case DT_I16: return v >= INT16_MIN && v <= INT16_MAX;
	case DT_U16: return v >= -65535 && v <= 65535;
	case DT_I32: return v >= INT32_MIN && v <= INT32_MAX;
	case DT_U32: return v >= -(int64_t)UINT32_MAX && v <= (int64_t)UINT32_MAX;
	case DT_F16: case DT_C32: return v >= -65504 && v <= 65504;
	default: return true;
	}
}

static bool real_fits(double v, DType d)
{
	double max;
	if (d == DT_BOOL)
		return true;
	if (float_range(d, &max))
		return isinf(v) || isnan(v) || fabs(v) <= max;
	if (isnan(v))
		return false;
	switch (d) {
	case DT_U64: return v >= 0 && v < 18446744073709551616.0;
	case DT_I64: return v >= -9223372036854775808.0 && v <= 9223372036854775808.0;
	case DT_U8: return v >= 0 && v <= 255;
	case DT_U16: return v >= 0 && v <= 65535;
	case DT_U32: return v >= 0 && v <= 4294967295.0;
	case DT_I8: return v >= INT8_MIN && v <= INT8_MAX;
	case DT_I16: return v >= INT16_MIN && v <= INT16_MAX;
	case DT_I32: return v >= INT32_MIN && v <= INT32_MAX;
	default: return true;
	}
}

Status number_to_element(Exec *x, IValue v, DType d, void *element)
{
	bool ok = true;
	if (v.tag == TAG_BOOL || v.tag == TAG_INT) {
		int64_t i = v.tag == TAG_BOOL ? v.b : v.i;
		ok = int_fits(i, d);
		convert_run(element, d, &i, DT_I64, 1);
	} else if (v.tag == TAG_FLOAT) {
		ok = real_fits(v.f, d);
		convert_run(element, d, &v.f, DT_F64, 1);
	} else {
		double pair[2] = {v.complex_->re, v.complex_->im};
		if (dtype_is_complex(d))
			ok = real_fits(pair[0], d) && real_fits(pair[1], d);
		else
			ok = d == DT_BOOL || (pair[1] == 0 && real_fits(pair[0], d));
		convert_run(element, d, pair, DT_C128, 1);
	}
	if (!ok)
		return xfail(x, "value cannot be converted to type %s without overflow", dtype_c_name(d));
	return STATUS_OK;
}

IValue number_from_element(const void *element, DType d)
{
	if (d == DT_BOOL)
		return iv_bool(*(const uint8_t *)element != 0);
	if (dtype_is_complex(d)) {
		double re, im;
		element_c128(element, d, &re, &im);
		return iv_complex(re, im);
	}
	if (dtype_is_float(d))
		return iv_float(element_f64(element, d));
	return iv_int(element_i64(element, d));
}
