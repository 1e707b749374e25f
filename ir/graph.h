// SPDX-License-Identifier: BSD-3-Clause
// The SSA graph.
//
// A Graph is a Block; a Block has inputs, a list of Nodes in execution order, and outputs.  A Node has a
// registry row (op), input Values, output Values and possibly Blocks.  A Value is defined once, by a node or
// as a block's input, and may be used in its block after its definition and in blocks nested there.
//
// Control flow, as in the reference (language document §16):
//   prim::If(cond)             two blocks without inputs; outputs = the blocks' outputs
//   prim::Loop(trip, cond, carried…)  one block: inputs (counter, carried…), outputs (cond, carried…);
//                              the node's outputs are the carried values after the last iteration
//   prim::With(obj)            one block without inputs, whose outputs are the node's.  obj.__enter__() was called
//                              by an ordinary prim::CallMethod before the node; when the block ends, normally or by
//                              an exception, the node calls obj.__exit__(None, None, None)
//   prim::fork                 one block without inputs (captures by use); output Future[T]
// break, continue and early return have been turned into booleans and Ifs by the frontend.
//
// Memory: everything lives in the graph's arena.  Constants hold IValues that the graph owns.
#ifndef WICK_IR_GRAPH_H
#define WICK_IR_GRAPH_H

#include "ir/op.h"

typedef struct Value Value;
typedef struct Node Node;
typedef struct Block Block;
typedef struct Graph Graph;
struct Function;

typedef struct Use { Node *user; int index; } Use; // user->inputs[index]; a block's outputs are used by block->ret

struct Value {
	int id;                 // unique in the graph, prints as %id when name is NULL
	const char *name;       // source name without a suffix, or NULL
	const Type *type;
	Node *def;              // NULL for block inputs
	Block *block;           // block whose input it is, or that holds def
	int index;              // which output of def, or which input of block
	int nuses, cap_uses;
	Use *uses;              // unordered
};

// What distinguishes a node beyond its op.
typedef enum NodeKind {
	NODE_OP,                // a registry row with inputs in schema order (varargs as they come)
	NODE_CONSTANT,          // attr.value
	NODE_IF, NODE_LOOP, NODE_WITH, NODE_FORK,
	NODE_GETATTR, NODE_SETATTR,        // attr.name; inputs (obj) / (obj, value)
	NODE_CALL_METHOD,                  // attr.name; inputs (obj, args…): dynamic on the object's class
	NODE_CALL_FUNCTION,                // attr.fn; inputs (args…)
	NODE_CREATE_OBJECT,                // output type is the class
	NODE_TUPLE_CONSTRUCT,              // output type may be a NamedTuple
	NODE_TUPLE_UNPACK, NODE_TUPLE_INDEX, // attr.index for TUPLE_INDEX (constant); inputs (tuple)
	NODE_TUPLE_SLICE,                  // attr.begin, attr.end; inputs (tuple)
	NODE_LIST_CONSTRUCT, NODE_LIST_UNPACK, NODE_DICT_CONSTRUCT,
	NODE_UNCHECKED_CAST, NODE_UNINITIALIZED,
	NODE_ISINSTANCE,                   // attr.types
	NODE_TOLIST,                       // output type decides
	NODE_ENUM_NAME, NODE_ENUM_VALUE,
	NODE_CONTAINER_INDEX,              // prim::ModuleContainerIndex: inputs (container, index)
	NODE_KINDS
} NodeKind;

struct Node {
	NodeKind kind;
	const Op *op;           // NODE_OP: the row; for other kinds the prim:: row of the same name, or NULL
	Block *block;           // where it stands; NULL once removed
	Node *prev, *next;      // in block order; the list is circular through block->head
	int64_t order;          // increases along the block
	int scratch;            // free for the pass that runs; holds anything before
	Node *all;              // next in the list of all nodes that were ever made for the graph
	Value **inputs;
	int *use_slots;         // inputs[i]->uses[use_slots[i]] is the Use of input i
	int ninputs, cap_inputs, cap_slots;
	Value **outputs;
	int noutputs, cap_outputs;
	Block **blocks;
	int nblocks, cap_blocks;
	Range at;               // source; src may be NULL
	const char *callstack;  // name of the function it was written in, when inlined; else NULL
	struct InlinedAt *inlined; // chain of call sites, for tracebacks; NULL if not inlined
	struct {
		IValue value;           // NODE_CONSTANT; owned
		const char *name;
		struct Function *fn;
		int64_t index, begin, end;
		const Type *const *types;
		int ntypes;
	} attr;
};

typedef struct InlinedAt { // the call that inlining replaced
	Range at;
	const char *caller;     // function that contains the call
	struct InlinedAt *outer;
} InlinedAt;

struct Block {
	Graph *graph;
	Node *owner;            // NULL for the graph's own block
	Value **inputs;
	int ninputs, cap_inputs;
	Value **outputs;        // the same array as ret->inputs
	int noutputs;
	Node *head;             // sentinel; head->next is the first node
	Node *ret;              // not in the list; user of the outputs: Use.user == block->ret, Use.index = output number
};

struct Graph {
	Arena arena;
	TypePool *pool;         // reference held
	Block *block;
	int next_id;
	Node *all;              // every node, removed ones included: whose constants graph_free releases
	const char *name;       // of the function, for messages
	Source **sources;       // references that keep node ranges valid
	int nsources, cap_sources;
};

Graph *graph_new(TypePool *pool, const char *name);
void graph_free(Graph **g);
Graph *graph_copy(const Graph *g);
void graph_keep_source(Graph *g, Source *s);        // takes a new reference, once per source
void graph_renumber(Graph *g);                      // value ids 0, 1, 2, … in order of definition

// Building.  New nodes are detached; append or insert places them.
Node *node_new(Graph *g, NodeKind kind, Range at);
Node *node_new_op(Graph *g, const Op *op, Value *const *inputs, int n, Range at); // outputs typed from the schema
void node_add_input(Node *n, Value *v);
void node_set_input(Node *n, int i, Value *v);
void node_remove_input(Node *n, int i);
Value *node_add_output(Node *n, const Type *t, const char *name);
void node_remove_output(Node *n, int i);             // must be unused
Block *node_add_block(Node *n);
void block_append(Block *b, Node *n);
void node_insert_before(Node *n, Node *place);
void node_insert_after(Node *n, Node *place);
void node_move_before(Node *n, Node *place);
void node_remove(Node *n);                           // outputs must be unused; drops its inputs' uses and its blocks
Value *block_add_input(Block *b, const Type *t, const char *name);
void block_add_output(Block *b, Value *v);
void block_set_output(Block *b, int i, Value *v);
void block_remove_output(Block *b, int i);
void block_remove_input(Block *b, int i);            // must be unused
void value_replace_all(Value *old, Value *new_);
Value *graph_constant(Graph *g, IValue v, const Type *t, Range at, Node **node); // detached node; takes v
const char *node_kind_name(NodeKind k);              // "prim::If"
NodeKind node_kind_from_name(const char *name);      // NODE_OP when it is no structural kind
bool value_dominates(const Value *v, const Node *user); // may user see v?
bool node_is_before(const Node *a, const Node *b);   // same block
bool node_is_inside(const Node *n, const Block *b);  // in b or in a block nested there
// Copies a node, its blocks too, into g; the copy is detached.  Values that the map has are replaced, others are
// taken as they are; the map (large enough for the ids of n's graph) learns the values that the copy defines.
typedef struct ValueMap {
	Value **to;             // indexed by the id of the old value; NULL = not mapped
	int n;
} ValueMap;
Node *node_copy(Graph *g, const Node *n, ValueMap *map);
// Copies nodes and outputs; the inputs are mapped already.
void block_copy_into(Graph *g, const Block *from, Block *to, ValueMap *map);
#define block_foreach(n, b) for (Node *n = (b)->head->next; n != (b)->head; n = n->next)
#define block_foreach_safe(n, next_, b) \
	for (Node *n = (b)->head->next, *next_ = n->next; n != (b)->head; n = next_, next_ = n->next)
static inline bool block_is_empty(const Block *b) { return b->head->next == b->head; }

// Text form and back; printing then parsing is the identity (docs/ir.md has the grammar).
void graph_print(const Graph *g, Text *out);
Status graph_parse(const char *text, size_t n, TypePool *pool, Graph **out, Error *err);
// Checks every structural invariant above and that ops get the types their schemas want.
Status graph_verify(const Graph *g, Error *err);

#endif
