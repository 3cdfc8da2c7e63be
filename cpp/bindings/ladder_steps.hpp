// What the bindings of all ladders share: plain kernels, each for two types, under the name of their step.
#pragma once

#include <type_traits>

#include "bindings/ndarray.hpp"

namespace mlcore::bindings {

// Steps read rows without gaps: what has gaps or the wrong order is copied first.
inline Array dense(Array array) {
    if (array.c_contiguous()) return array;
    const Type type = array.type();
    return {array.object().attr("copy")("C"), type};
}

// A kernel for each type.
template <template <class> class Signature>
struct Both {
    Signature<float> f32;
    Signature<double> f64;

    template <class T>
    Signature<T> of() const noexcept {
        if constexpr (std::is_same_v<T, float>)
            return f32;
        else
            return f64;
    }
};

// A step as it is called from Python.
template <template <class> class Signature>
struct Named {
    const char* name;
    Both<Signature> kernel;
};

}  // namespace mlcore::bindings
