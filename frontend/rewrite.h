// SPDX-License-Identifier: BSD-3-Clause
// Making syntax for statements that are lowered as others (rewrite.c, lower_try.c).  All of it lives in the unit's
// arena; parts of the tree that was parsed may be used in it.
#ifndef WICK_FRONTEND_REWRITE_H
#define WICK_FRONTEND_REWRITE_H

#include "frontend/lower.h"

Expr *rewrite_expr(Lower *l, ExprKind k, Range at);
Expr *rewrite_not(Lower *l, Expr *a);
Stmt *rewrite_stmt(Lower *l, StmtKind k, Range at);
Stmt *rewrite_if(Lower *l, Expr *cond, StmtList body);
void rewrite_add(Lower *l, StmtList *list, Stmt *s);
const char *rewrite_temporary(Lower *l, const char *what); // a name that the function does not have

#endif
