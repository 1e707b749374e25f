// SPDX-License-Identifier: BSD-3-Clause
// The lists are PyTorch's policy for the CPU.  Only floating tensors other than float64 take part.
#include "interp/autocast.h"

#include "backends/cpu/cpu.h"

static const char *const lower[] = {
	"_convolution", "_native_multi_head_attention", "addbmm", "addmm", "baddbmm", "bmm", "conv1d", "conv2d", "conv3d",
	"conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "linalg_vecdot", "linear", "matmul", "mm",
	"prelu", "scaled_dot_product_attention",
};
static const char *const to_float[] = {
	"_lu_with_info", "adaptive_avg_pool3d", "avg_pool3d", "binary_cross_entropy", "binary_cross_entropy_with_logits",
	"cdist", "cholesky", "cholesky_inverse", "cholesky_solve", "cosine_embedding_loss", "cross_entropy_loss", "ctc_loss",
	"fft_fft", "fft_fft2", "fft_fftn", "fft_hfft", "fft_ifft", "fft_ifft2", "fft_ifftn", "fft_ihfft", "fft_irfft",
	"fft_irfft2", "fft_irfftn", "fft_rfft", "fft_rfft2", "fft_rfftn", "geqrf", "grid_sampler", "hinge_embedding_loss",
	"huber_loss", "inverse", "kl_div", "l1_loss", "linalg_cholesky", "linalg_cholesky_ex", "linalg_cond", "linalg_eig",
	"linalg_eigh", "linalg_eigvals", "linalg_eigvalsh", "linalg_householder_product", "linalg_inv", "linalg_inv_ex",
	"linalg_lstsq", "linalg_matrix_rank", "linalg_qr", "linalg_solve", "linalg_svd", "linalg_svdvals", "linalg_tensorinv",
	"linalg_tensorsolve", "lu_solve", "margin_ranking_loss", "max_pool3d", "max_unpool2d", "max_unpool3d", "mse_loss",
	"multi_margin_loss", "multilabel_margin_loss", "nanquantile", "nll_loss", "nll_loss2d", "orgqr", "ormqr", "pinverse",
	"poisson_nll_loss", "polar", "prod", "quantile", "reflection_pad1d", "reflection_pad2d", "replication_pad1d",
	"replication_pad2d", "replication_pad3d", "smooth_l1_loss", "soft_margin_loss", "stft", "trace",
	"triplet_margin_loss", "view_as_complex",
};
static const char *const widest[] = {"cat", "index_copy", "stack"};

static bool listed(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}
#define LISTED(names, name) listed(names, sizeof names / sizeof *names, name)

Autocast autocast_of(const char *op_name)
{
	if (strncmp(op_name, "aten::", 6))
		return AUTOCAST_NONE;
	const char *name = op_name + 6;
	return LISTED(lower, name) ? AUTOCAST_LOWER : LISTED(to_float, name) ? AUTOCAST_FLOAT
		: LISTED(widest, name) ? AUTOCAST_WIDEST : AUTOCAST_NONE;
}

static bool takes_part(IValue v)
{
	return v.tag == TAG_TENSOR && dtype_is_float(tensor_dtype(v.tensor)) && tensor_dtype(v.tensor) != DT_F64
		&& tensor_device(v.tensor) == DEVICE_CPU;
}

static void note_widest(IValue v, DType *d)
{
	if (v.tag == TAG_LIST)
		for (int64_t i = 0; i < v.list->n; i++)
			note_widest(v.list->items[i], d);
	if (takes_part(v) && tensor_dtype(v.tensor) != *d)
		*d = *d == DT_NONE ? tensor_dtype(v.tensor) : DT_F32;
}

static Status cast(Exec *x, IValue v, DType d, IValue *out)
{
	*out = iv_none();
	if (takes_part(v)) {
		Tensor *t;
		TRY(cpu_to_dtype(x, v.tensor, d, &t));
		*out = iv_take_tensor(t);
		return STATUS_OK;
	}
	bool any = false;
	if (v.tag == TAG_LIST)
		for (int64_t i = 0; i < v.list->n && !any; i++)
			any = takes_part(v.list->items[i]);
	if (!any) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	ListObj *l = list_new(v.list->elem, v.list->n);
	*out = iv_take_list(l);
	for (int64_t i = 0; i < v.list->n; i++) {
		IValue e;
		TRY(cast(x, v.list->items[i], d, &e));
		TRY(list_append_take(l, e, x->err));
	}
	return STATUS_OK;
}

Status autocast_args(Exec *x, Autocast how, const IValue *args, int n, IValue *out)
{
	DType d = how == AUTOCAST_LOWER ? DT_BF16 : how == AUTOCAST_FLOAT ? DT_F32 : DT_NONE;
	for (int i = 0; i < n; i++)
		out[i] = iv_none();
	if (how == AUTOCAST_WIDEST)
		for (int i = 0; i < n; i++)
			note_widest(args[i], &d);
	for (int i = 0; i < n; i++) {
		if (d == DT_NONE)
			out[i] = ivalue_ref(args[i]);
		else
			TRY(cast(x, args[i], d, &out[i]));
	}
	return STATUS_OK;
}
