// SPDX-License-Identifier: BSD-3-Clause
// Convolution in one to three dimensions, transposed or not, as matrix products over patches.
//
// Everything is treated as three-dimensional, [depth, height, width], with leading dimensions of size 1.
#ifndef WICK_BACKENDS_CPU_CONV_H
#define WICK_BACKENDS_CPU_CONV_H

#include "backends/cpu/cpu.h"

typedef struct ConvShape {
	int64_t batch, in_channels, out_channels, groups;
	int64_t in[3], kernel[3], out[3], stride[3], pad[3], dilation[3];
	bool transposed;
} ConvShape;

// The settings of a convolution as an op gives them.
typedef struct ConvArgs {
	int nd;                      // 1, 2 or 3
	int64_t stride[3], pad[3], dilation[3], output_pad[3]; // nd entries used
	int64_t pad_end[3];          // zeros beyond pad, at the end only (padding='same')
	int64_t groups;
	bool transposed;
} ConvArgs;

// conv.c: checks everything, allocates; input (N, C, …), weight (O, C/groups, …) or, transposed, (C, O/groups, …);
// bias (O) or NULL.  The result is channels-last when the input or the weight is.
Status cpu_convolution(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, const ConvArgs *a,
	Tensor **out);
// As the conv1d … conv3d ops: unbatched inputs are allowed.
Status cpu_conv_nd(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, const ConvArgs *a,
	const char *name, Tensor **out);

// conv_patch.c: the arithmetic.  All contiguous, dtype d; bias may be NULL.
Status conv_run(DType d, const ConvShape *s, const void *input, const void *weight, const void *bias, void *out, Error *err);

// conv_vec.c: one plane of a depthwise convolution, height × width; and the packing of patches (conv_patch.h)
// in the form of GemmPack.
typedef struct ConvKernels {
	void (*depthwise_f32)(const ConvShape *s, const float *in, const float *w, float bias, float *out);
	void (*depthwise_f64)(const ConvShape *s, const double *in, const double *w, double bias, double *out);
	void (*pack_f32)(const void *patches, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst);
	void (*pack_f64)(const void *patches, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst);
} ConvKernels;
extern const ConvKernels conv_base, conv_avx2, conv_avx512;

#endif
