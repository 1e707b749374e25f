// SPDX-License-Identifier: BSD-3-Clause
// Runs of functions: compiling on first call, and what one may want to know before or without running.
#include "interp/code.h"
#include "ir/passes.h"

#include <pthread.h>
#include <stdlib.h>

#pragma weak graph_optimize // a build without the passes runs graphs as they are

Status interp_optimize(Graph *g, Error *err)
{
	return graph_optimize ? graph_optimize(g, interp_evaluate_node, err) : STATUS_OK;
}

void exec_init(Exec *x, Error *err, Generator *rng)
{
	// nothing is recorded for gradients, so models may take their paths for inference
	*x = (Exec){.err = err, .rng = rng, .grad_enabled = false};
}

static pthread_mutex_t compile_lock;
static pthread_once_t compile_once = PTHREAD_ONCE_INIT;

static void compile_init(void)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE); // folding may run functions of the library
	pthread_mutex_init(&compile_lock, &a);
	pthread_mutexattr_destroy(&a);
}

static Status compile_function(Function *f, Error *err)
{
	TRY(function_ensure(f, err));
	if (!f->graph)
		return fail(err, STATUS_INTERNAL, "the function '%s' has no body", f->name);
	Code *c = NULL;
	TRY(code_generate(f, &c, err));
	f->free_code = code_free;
	__atomic_store_n(&f->code, c, __ATOMIC_RELEASE);
	return STATUS_OK;
}

Status function_code(Function *f, const Code **out, Error *err)
{
	void *c = __atomic_load_n(&f->code, __ATOMIC_ACQUIRE);
	if (!c) {
		pthread_once(&compile_once, compile_init);
		pthread_mutex_lock(&compile_lock);
		c = __atomic_load_n(&f->code, __ATOMIC_ACQUIRE);
		Status s = c ? STATUS_OK : compile_function(f, err);
		pthread_mutex_unlock(&compile_lock);
		if (s != STATUS_OK)
			return s;
		c = f->code;
	}
	*out = c;
	return STATUS_OK;
}

Status interp_call(Exec *x, Function *f, const IValue *args, int nargs, IValue *ret)
{
	return machine_call(x, f, (IValue *)args, nargs, false, ret);
}

// ---- single nodes

// Other kinds of node than ops run as a function of their own.
static Status evaluate_alone(Exec *x, const Node *n, const IValue *inputs, IValue *outputs)
{
	Graph *g = graph_new(n->block->graph->pool, "fold");
	Node *copy = node_new(g, n->kind, n->at);
	copy->op = n->op;
	copy->attr = n->attr;
	if (n->kind == NODE_CONSTANT)
		copy->attr.value = ivalue_ref(n->attr.value);
	for (int i = 0; i < n->ninputs; i++)
		node_add_input(copy, block_add_input(g->block, n->inputs[i]->type, NULL));
	for (int i = 0; i < n->noutputs; i++)
		block_add_output(g->block, node_add_output(copy, n->outputs[i]->type, NULL));
	block_append(g->block, copy);
	Function f = {.name = "fold", .short_name = "fold", .graph = g, .state = 2};
	IValue ret;
	Status s = interp_call(x, &f, inputs, n->ninputs, &ret);
	if (s == STATUS_OK && n->noutputs == 1) {
		outputs[0] = ret;
	} else if (s == STATUS_OK) {
		for (int i = 0; i < n->noutputs; i++)
			outputs[i] = ivalue_ref(ret.tuple->items[i]);
		ivalue_unref(&ret);
	}
	if (f.code)
		code_free(f.code);
	graph_free(&g);
	return s;
}

static void quiet(void *user, const char *text)
{
	(void)user;
	(void)text;
}

Status interp_evaluate_node(const Node *n, const IValue *inputs, IValue *outputs, Error *err)
{
	Error own = ERROR_INIT;
	Generator *rng = generator_new(DEFAULT_SEED);
	Exec x;
	exec_init(&x, &own, rng);
	x.warn = quiet;
	x.budget = budget_current();
	Status s;
	switch (n->kind) {
	case NODE_OP:
		s = n->op ? op_call(&x, n->op, inputs, n->ninputs, outputs) : fail(&own, STATUS_UNSUPPORTED, "no operator");
		break;
	case NODE_TUPLE_CONSTRUCT:
	case NODE_TUPLE_UNPACK:
	case NODE_TUPLE_INDEX:
	case NODE_TUPLE_SLICE:
	case NODE_LIST_CONSTRUCT:
	case NODE_LIST_UNPACK:
	case NODE_DICT_CONSTRUCT:
	case NODE_UNCHECKED_CAST:
	case NODE_ISINSTANCE:
	case NODE_TOLIST:
	case NODE_ENUM_NAME:
	case NODE_ENUM_VALUE:
		s = evaluate_alone(&x, n, inputs, outputs);
		break;
	default:
		s = fail(&own, STATUS_UNSUPPORTED, "%s cannot be evaluated alone", node_kind_name(n->kind));
	}
	generator_unref(&rng);
	if (s != STATUS_OK && err && !err->code)
		error_move(err, &own);
	error_clear(&own);
	return s;
}
