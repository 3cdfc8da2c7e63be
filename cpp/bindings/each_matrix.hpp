// A factorisation of each matrix of a stack, and the error for the first one that fails.
#pragma once

#include <string>

#include "bindings/call.hpp"
#include "bindings/errors.hpp"
#include "bindings/ndarray.hpp"
#include "core/lease.hpp"
#include "core/parallel_stack.hpp"
#include "linalg/linalg.hpp"

namespace mlcore::bindings {

// body(i) gives the status of matrix i; LinAlgError for the first that failed, with what it has not.
template <int N, class Body>
void for_each_matrix(const char* name, const char* result, const Array& a, const Stack<N>& stack, double work, Body&& body) {
    Lease<linalg::Status> status(stack.count);
    for (index i = 0; i < stack.count; ++i) status[i] = linalg::Status::ok;
    run(double(stack.count) * work, [&] {
        parallel_for_each_entry(stack, work, [&](const index (&at)[N]) { body(at, status); });
    });
    for (index i = 0; i < stack.count; ++i)
        if (status[i] == linalg::Status::not_finite)
            throw_linalg_error(entry_name(name, a, 2, i) + " contains NaN or infinity; there is no " + result +
                               ". Remove or replace such elements first.");
        else if (status[i] == linalg::Status::not_converged)
            throw_linalg_error(entry_name(name, a, 2, i) + ": no " + result + " was found within the cap on iterations. Scale the " +
                               "rows or columns to similar size.");
}

}  // namespace mlcore::bindings
