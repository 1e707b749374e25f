// SPDX-License-Identifier: BSD-3-Clause
// Code generation, shared by its three files: registers.c (liveness and registers), codegen_node.c (one node),
// codegen.c (blocks and control flow).
#ifndef WICK_INTERP_CODEGEN_H
#define WICK_INTERP_CODEGEN_H

#include "interp/code.h"

typedef struct Ints { int *items; int n, cap; } Ints;

typedef struct Live {
	int reg;            // frame index; -1 = none
	int prefer;         // register to take if vacant, or -1
	bool is_const, dying;
	Ints uses;          // positions, ascending
} Live;

typedef struct Span {   // of a block
	int begin, end;     // end is the position of the block's outputs
	Ints starts;        // of its nodes
} Span;

typedef struct Gen {
	Code *code;
	Graph *graph;
	Arena scratch;
	Live *live;
	int nlive;
	Span *spans;
	int nspans, cap_spans, next_span;
	int pos;
	Ints free;          // registers nobody uses
	uint8_t *reserved;  // by register: kept for an enclosing If or Loop
	bool *vacant;       // reserved ones: holds nothing now
	int cap_regs;
	Where where;
	Error *err;
} Gen;

typedef struct Saved { Ints free; bool *vacant; int nframe; } Saved;

// ---- registers.c
void gen_push(Gen *g, Ints *v, int x);
bool type_immediate(const Type *t);                     // values of it never need to be dropped
Live *gen_live(Gen *g, const Value *v);
void gen_number(Gen *g, const Block *b);                // the first walk
int live_last_use(const Live *l, int begin, int end);   // position in [begin, end], -1 if there is none
int gen_take(Gen *g);                                   // a register for something that is no value
void gen_release(Gen *g, int r);
int gen_reg(Gen *g, const Value *v);
int gen_define(Gen *g, const Value *v);                 // gives a new value its register
Saved gen_save(Gen *g);
void gen_restore(Gen *g, const Saved *s);               // registers made since then are free

// ---- codegen_node.c
int gen_emit(Gen *g, InsnCode code, int n, int a, int b, int c); // returns the instruction's number
int gen_operands(Gen *g);                               // where the next operand will stand
void gen_operand(Gen *g, int o);
void gen_drop(Gen *g, const Value *v);
int gen_output(Gen *g, const Value *v);                 // register, or -1 if nobody wants the value
int gen_output_any(Gen *g, const Value *v);             // for what always writes; then gen_finish drops it if unwanted
void gen_finish(Gen *g, const Value *v);
Status gen_node(Gen *g, const Node *n, const Ints *dying, const Value *const *names);

// ---- codegen.c
void gen_if(Gen *g, const Node *n, const Ints *dying, const Value *const *names);
void gen_with(Gen *g, const Node *n, const Ints *dying, const Value *const *names);
void gen_fork(Gen *g, const Node *n, const Ints *dying, const Value *const *names);
void gen_loop(Gen *g, const Node *n, const Ints *dying, const Value *const *names);

#endif
