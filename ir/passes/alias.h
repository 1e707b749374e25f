// SPDX-License-Identifier: BSD-3-Clause
// Inside of the alias analysis: locations, which ir/passes/alias_location.c keeps and ir/passes/alias.c relates.
#ifndef WICK_IR_PASSES_ALIAS_H
#define WICK_IR_PASSES_ALIAS_H

#include "ir/passes.h"

typedef enum AliasKind { K_NONE, K_TENSOR, K_LIST, K_DICT, K_TUPLE, K_OBJECT, K_ANY, KINDS } AliasKind;

typedef struct Writer { const Node *node; int next; } Writer;

typedef struct Location {
	int parent;         // union-find; itself when it is a root
	int content;        // location of what it holds; -1 = not needed yet
	int first, last;    // writers: indices into writers; -1 = none
	uint8_t kind;
	bool wild, escapes;
} Location;

struct AliasDb {
	int *of;            // value id → location; -1 for values that cannot change
	int nvalues;
	Location *loc;
	int n, cap;
	Writer *writers;
	int nwriters, cap_writers;
	int wild[KINDS];    // -1 until needed
	bool by_attribute;  // attributes have locations of their own
	Map attributes;     // class and name → a value that was read from there
};

AliasKind alias_kind(const Type *t);
AliasKind alias_content_kind(const Type *t); // of what a value of type t holds
bool alias_holds(const Type *t);             // may the value hold other mutable values?

int location_new(AliasDb *a, AliasKind kind);
int location_root(const AliasDb *a, int i);
int location_wildcard(AliasDb *a, AliasKind kind);
int location_content(AliasDb *a, int i, AliasKind kind); // made when there is none
void location_unify(AliasDb *a, int x, int y);
void location_add_writer(AliasDb *a, int i, const Node *n);
int location_of(const AliasDb *a, const Value *v);       // -1 for values that cannot change

enum { MAX_LEVELS = 16 }; // containers in containers, as deep as types have them in practice

#endif
