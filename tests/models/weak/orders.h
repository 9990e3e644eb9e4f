// orders.h - where in the code an atomic operation has an order, and making it
// relaxed there.
//
// An operation that is acquire and release counts twice.
#ifndef WEAK_ORDERS_H
#define WEAK_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

// The bits (memory.h) that the operation at that return address has now.
unsigned weak_order(const void *code, int memory_order);

// How many were found in the executions since the program began.
unsigned weak_order_count(void);
void weak_orders_begin(void);
// From now on, that one is relaxed; -1: none.
void weak_order_relax(int number);
// Where it is in the program, and which half.
const void *weak_order_place(unsigned number, const char **half);

#endif
