// SPDX-License-Identifier: BSD-3-Clause
// Objects of the classes that PyTorch binds to C++: packed weights.
//
// An object has one slot, which holds a tuple; archives and the *_prepack ops make the same form:
//   quantized.LinearPackedParamsBase          (weight, bias?)      a float weight stands for one of float16
//   quantized.Conv2d…, Conv3dPackedParamsBase (weight, bias?, stride, padding, output_padding, dilation, groups, transpose)
//   quantized.EmbeddingPackedParamsBase       (weight,)
//   rnn.CellParamsBase                        (kind, tensors, floats, ints, [LinearPackedParamsBase])
//   xnnpack.LinearOpContext                   (weight, bias?, min?, max?)
//   xnnpack.Conv2dOpContext                   (weight, bias?, stride, padding, dilation, groups, min?, max?)
//   xnnpack.TransposeConv2dOpContext          (weight, bias?, stride, padding, output_padding, dilation, groups, min?, max?)
#ifndef WICK_BACKENDS_CPU_PACKED_H
#define WICK_BACKENDS_CPU_PACKED_H

#include "backends/cpu/cpu.h"

typedef enum PackedClass { PACKED_LINEAR, PACKED_CONV2D, PACKED_CONV3D, PACKED_EMBEDDING, PACKED_CELL, PACKED_XNN_LINEAR,
	PACKED_XNN_CONV2D, PACKED_XNN_TRANSPOSE } PackedClass;

// A new object with a state of n entries, all None, for the caller to fill.
IValue packed_new(PackedClass c, IValue **items);
// The n entries of v's state; an error when v is of another class or of another form.
Status packed_items(Exec *x, IValue v, PackedClass c, const IValue **items);

typedef struct PackedConv {
	Tensor *weight, *bias;       // borrowed; bias may be NULL
	int nd;
	int64_t stride[3], padding[3], output_padding[3], dilation[3];
	int64_t groups;
	bool transpose;
} PackedConv;
Status packed_conv(Exec *x, IValue v, PackedConv *out);

typedef struct PackedLinear { Tensor *weight, *bias; } PackedLinear; // borrowed; bias may be NULL
Status packed_linear(Exec *x, IValue v, PackedLinear *out);

#endif
