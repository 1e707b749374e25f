// SPDX-License-Identifier: BSD-3-Clause
// Code: a function's graph laid out for the machine.
//
//   frame:  | constants | registers | arguments of the running op | its results |
//
// An instruction is 16 bytes.  Operands are indices into the frame: the constants of the code are copied to its
// front (borrowed), so that constants and registers need no telling apart.  Every live SSA value owns one
// register; the operand of its last use carries LAST, which makes the instruction drop or move it, so that
// memory dies as early as the program allows and a dead register holds nothing that needs freeing.
// Blocks of If, Loop and With are laid out inline with jumps; With and fork leave a row in the handler table.
#ifndef WICK_INTERP_CODE_H
#define WICK_INTERP_CODE_H

#include "interp/interp.h"

#define OPERAND_LAST (1 << 30)
#define OPERAND_INDEX(o) ((o) & (OPERAND_LAST - 1))

// X(name, layout): a, b, c are the members of Insn; r = register read, w = register written (-1 = nobody wants it).
// Flags of n: bit i set = operand i of the comment is at its last use.
#define INSN_LIST(X) \
	X(MOVE)           /* a = b, b left empty */ \
	X(COPY)           /* a = b */ \
	X(DROP)           /* a */ \
	X(JUMP)           /* to c */ \
	X(JUMP_FALSE)     /* unless a, to c */ \
	X(LOOP_BEGIN)     /* operands a: counter, trip, cond; unless runnable, to c */ \
	X(LOOP_NEXT)      /* operands a: counter, trip, cond; if it goes on, to c */ \
	X(OP)             /* call b, operands a: n inputs, then c outputs */ \
	X(RETURN)         /* operands a: n values */ \
	X(CALL)           /* callee b, operands a: n arguments; into c */ \
	X(CALL_METHOD)    /* callee b, likewise; argument 0 is the object */ \
	X(CREATE)         /* a = object of type b */ \
	X(GET_ATTR)       /* a = b.attribute c; n: 1 drop b */ \
	X(SET_ATTR)       /* a.attribute c = b; n: 1 drop a, 2 move b */ \
	X(TUPLE)          /* operands a: n values; into c, type b */ \
	X(TUPLE_GET)      /* a = b[c]; n: 1 drop b */ \
	X(TUPLE_SLICE)    /* operands a: begin, end; c = b[begin:end]; n: 1 drop b */ \
	X(TUPLE_UNPACK)   /* b into operands a, n of them; c: 1 drop b */ \
	X(LIST)           /* operands a: n values; into c, type b */ \
	X(LIST_UNPACK)    /* as TUPLE_UNPACK */ \
	X(DICT)           /* operands a: n values; into c, type b */ \
	X(CAST)           /* a = b if it has type c; n: 1 move b */ \
	X(ISINSTANCE)     /* a = b is one of types c; n: 1 drop b */ \
	X(TOLIST)         /* a = b.tolist() as type c; n: 1 drop b */ \
	X(ENUM_NAME)      /* a = b.name; n: 1 drop b */ \
	X(ENUM_VALUE)     /* a = b.value; n: 1 drop b */ \
	X(CONTAINER_GET)  /* a = b[c] of a module container; n: 1 drop b, 2 drop c */ \
	X(WITH_BEGIN)     /* a = state of the run that the context manager b may change */ \
	X(WITH_END)       /* b.__exit__(None, None, None); a restored; n: 1 drop b */ \
	X(FORK_END)       /* a = future of b; n: 1 move b */ \
	/* a = b op c on immediates */ \
	X(ADD_I) X(SUB_I) X(MUL_I) X(FLOORDIV_I) X(MOD_I) X(DIV_I) \
	X(LT_I) X(LE_I) X(GT_I) X(GE_I) X(EQ_I) X(NE_I) \
	X(ADD_F) X(SUB_F) X(MUL_F) X(DIV_F) \
	X(LT_F) X(LE_F) X(GT_F) X(GE_F) X(EQ_F) X(NE_F) \
	X(AND_B) X(OR_B) \
	/* a = op b */ \
	X(NOT_B) X(NEG_I) X(NEG_F) X(I_TO_F) \
	X(IS) X(ISNOT)    /* a = b is c; n: 1 drop b, 2 drop c */ \
	X(LIST_GET)       /* a = b[c]; n: 1 drop b */ \
	X(LIST_SET)       /* operands a: list, index, value; c: result or -1 */ \
	X(LIST_LEN)       /* a = len(b); n: 1 drop b */ \
	X(LIST_APPEND)    /* b.append(c); a = b or -1; n: 1 drop b, 2 move c */ \
	X(DERIVE_INDEX)   /* operands a: index, start, step; into c */ \
	X(TENSOR_DIM)     /* a = b.dim(); n: 1 drop b */ \
	X(TENSOR_SIZE)    /* a = b.size(c); n: 1 drop b */

typedef enum InsnCode {
#define X(name) INSN_##name,
	INSN_LIST(X)
#undef X
	INSN_COUNT
} InsnCode;

typedef struct Insn { uint16_t code, n; int32_t a, b, c; } Insn;

// What the one dispatch point knows about an op (dispatch.c); shared by every use, never freed.
typedef struct OpCall OpCall;

typedef struct Callee { Function *fn; const ClassType *cls; const char *name; } Callee; // fn NULL: by name only
typedef struct AttrRef { const ClassType *cls; int slot; const char *name; } AttrRef;
typedef struct TypeSet { const Type *const *types; int n; } TypeSet;
typedef struct Where { Range at; const char *function; const InlinedAt *inlined; } Where;

typedef enum HandlerKind { HANDLER_WITH, HANDLER_FORK } HandlerKind;
typedef struct Handler {
	HandlerKind kind;
	int begin, end;     // instructions covered; inner handlers come before the outer ones
	int object, saved;  // WITH: registers of the context manager and of what WITH_BEGIN saved
	int dst, target;    // FORK: where the future goes, where execution goes on
	int *keep, nkeep;   // FORK: registers that stay valid
} Handler;

typedef struct Code {
	Arena arena;
	Graph *graph;       // the optimised copy: constants, sources and types live in it
	const char *name;
	Insn *insns;
	Where *where;       // one per instruction
	int ninsns, cap_insns, cap_where;
	int32_t *operands;
	int noperands, cap_operands;
	IValue *consts;     // borrowed from the graph
	int nconsts, cap_consts;
	const OpCall **calls;
	int ncalls, cap_calls;
	Callee *callees;
	int ncallees, cap_callees;
	AttrRef *attrs;
	int nattrs, cap_attrs;
	TypeSet *types;
	int ntypes, cap_types;
	Handler *handlers;
	int nhandlers, cap_handlers;
	int nparams;        // parameters are the registers right after the constants
	int32_t *params;    // registers of the parameters; -1 where unused
	int nframe;         // constants + registers
	int nargs, nrets;   // room for the largest op
	bool lacks_ops;     // a call would certainly meet an op that nothing runs
} Code;

// Makes code for a function whose graph is known.  Called with the compile lock held.
// The function's own graph stays as it is: what is optimised is a copy.
Status code_generate(Function *f, Code **out, Error *err);
void code_free(void *code);
void code_print(const Code *c, Text *out);      // one instruction a line
const char *insn_name(int code);
// The function's code, compiled on first use; any thread may ask.
Status function_code(Function *f, const Code **out, Error *err);

// ---- missing.c
bool graph_lacks_ops(const Graph *g);           // outside of Ifs and Loops
Status missing_ops_refuse(const Graph *g, Error *err); // STATUS_UNSUPPORTED with the list

// ---- dispatch.c
// Never NULL for a row of the table; whether something can run it is op_is_runnable's business.
const OpCall *op_call_entry(const Op *op);
Status dispatch(Exec *x, const OpCall *c, const IValue *args, int nargs, IValue *rets);
const Op *op_call_op(const OpCall *c);

// ---- machine.c
// Runs code in a new frame.  With take, the arguments are moved out of args.
Status machine_call(Exec *x, Function *f, IValue *args, int nargs, bool take, IValue *ret);

// ---- value.c: what instructions share with constant folding
bool value_fits(IValue v, const Type *t);  // cheap: containers are believed to hold what they were made for
Status value_tolist(Exec *x, const Tensor *t, const Type *want, IValue *out);
Status value_container_get(Exec *x, IValue container, IValue index, IValue *out);
Status value_list_index(Exec *x, int64_t i, int64_t n, int64_t *out); // negative counts from the end
IValue future_failed(Error *err);          // takes the failure out of err
Status future_wait(Exec *x, IValue future, IValue *out);

#endif
