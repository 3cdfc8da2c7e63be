// Weights of rows: one number for each, none negative.
#pragma once

#include <string>

#include "bindings/ndarray.hpp"

namespace mlcore::bindings {

// A contiguous vector of n weights of this type; ValueError for another length, a negative weight or NaN.
inline Array as_weights(py::handle value, index n, Type type) {
    Array weights = as_type(as_vector(value, "weights"), type);
    if (weights.shape(0) != n)
        throw py::value_error("weights has " + std::to_string(weights.shape(0)) + " elements; expected " + std::to_string(n) +
                              ", one for each row of X.");
    if (weights.stride(0) != 1 && n > 1) weights = {weights.object().attr("copy")(), type};
    dispatch(type, [&](auto t) {
        const auto* w = weights.data<decltype(t)>();
        for (index i = 0; i < n; ++i)
            if (!(w[i] >= 0))
                throw py::value_error("weights[" + std::to_string(i) + "] is " + number_text(double(w[i])) + "; expected numbers >= 0.");
    });
    return weights;
}

}  // namespace mlcore::bindings
