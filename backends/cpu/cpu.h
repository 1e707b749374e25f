// SPDX-License-Identifier: BSD-3-Clause
// The CPU backend: table of contents.
//
// Ops are functions of type Kernel (core/exec.h) called op_NAME, one declaration per row of ir/ops/*.def;
// kernels.h declares them all.  The files group them as the .def files do.  Beneath the ops lie the typed
// kernel families (pointwise, reduce, gemm, …), each with a plain C reference and SIMD bodies chosen through
// the CpuTable.  Ops allocate results and check shapes; the kernels beneath neither allocate nor fail.
#ifndef WICK_BACKENDS_CPU_CPU_H
#define WICK_BACKENDS_CPU_CPU_H

#include "core/exec.h"
#include "core/thread.h"

typedef enum CpuIsa { ISA_REF, ISA_SSE2 /* baseline vectors */, ISA_AVX2, ISA_AVX512 } CpuIsa;
// Detected once; WICK_CPU=ref|avx2|avx512 lowers it.
CpuIsa cpu_isa(void);
const char *cpu_isa_name(CpuIsa isa);
bool cpu_has_f16c(void);

// ---- copy.c: moving elements between layouts and dtypes
// dst ← src with broadcasting of src and conversion; overlapping memory is handled through a temporary.
Status cpu_copy(Exec *x, Tensor *dst, const Tensor *src);
Status cpu_to_dtype(Exec *x, const Tensor *src, DType d, Tensor **out);      // new reference to src when equal
Status cpu_contiguous(Exec *x, const Tensor *src, Tensor **out);             // likewise when already so
Status cpu_clone(Exec *x, const Tensor *src, Tensor **out);                  // keeps dense strides
Status cpu_fill(Exec *x, Tensor *dst, IValue number);
// Resolved (no conj/neg bit), contiguous, of dtype d: what most kernels beneath want.
Status cpu_prepare(Exec *x, const Tensor *src, DType d, Tensor **out);

// ---- promote.c: type promotion (torch.result_type)
typedef struct Promotion { DType dim, zero_dim, number; } Promotion; // init with PROMOTION_INIT
#define PROMOTION_INIT ((Promotion){DT_NONE, DT_NONE, DT_NONE})
void promote_add_tensor(Promotion *p, const Tensor *t);
void promote_add_number(Promotion *p, IValue v);
DType promote_result(const Promotion *p);
DType default_float_dtype(void);                                              // float32
DType promote_int_to_float(DType d);                                          // integral → default float

// ---- shape of results
Status cpu_resize(Exec *x, Tensor *out, const int64_t *sizes, int ndim);      // out= semantics: resize to contiguous

#endif
