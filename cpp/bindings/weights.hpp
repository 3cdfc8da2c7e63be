// Weights of rows: one number for each, finite and none negative.
#pragma once

#include <limits>
#include <string>

#include "bindings/ndarray.hpp"

namespace mlcore::bindings {

// A contiguous vector of n weights of this type; ValueError for another length, and for a weight that is
// negative, NaN or infinite (in this type: 1e300 is no float32).
inline Array as_weights(py::handle value, index n, Type type) {
    Array weights = as_type(as_vector(value, "weights"), type);
    if (weights.shape(0) != n)
        throw py::value_error("weights has " + std::to_string(weights.shape(0)) + " elements; expected " + std::to_string(n) +
                              ", one for each row of X.");
    if (weights.stride(0) != 1 && n > 1) weights = {weights.object().attr("copy")(), type};
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        const T* w = weights.data<T>();
        for (index i = 0; i < n; ++i)
            if (!(w[i] >= 0 && w[i] <= std::numeric_limits<T>::max()))
                throw py::value_error("weights[" + std::to_string(i) + "] is " + number_text(double(w[i])) +
                                      (type == Type::float32 && w[i] > 0 ? " in float32, the type of X" : "") +
                                      "; expected finite numbers >= 0.");
    });
    return weights;
}

}  // namespace mlcore::bindings
