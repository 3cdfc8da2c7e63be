// Where a result is computed: in a new array, in `out`, or beside `out` when that overlaps an input.
#pragma once

#include <initializer_list>

#include "bindings/ndarray.hpp"

namespace mlcore::bindings {

class Output {
public:
    // `elementwise`: the kernel may write over an input that lies at exactly the same elements.
    Output(py::handle out, Type type, int ndim, const index* shape, std::initializer_list<const Array*> inputs,
           bool elementwise = false, bool column_major = false)
        : given_(!out.is_none()),
          result_(given_ ? output_array(out, type, ndim, shape) : new_array(type, ndim, shape, column_major)),
          place_(result_) {
        for (const Array* input : inputs)
            if (given_ && may_overlap(result_, *input) && !(elementwise && same_elements(result_, *input))) {
                place_ = new_array(type, ndim, shape);
                break;
            }
    }

    const Array& array() const noexcept { return place_; }

    // The object to return: an array, or a scalar for a new array without axes.
    py::object finish() {
        if (place_.object().ptr() != result_.object().ptr()) result_.object().attr("__setitem__")(py::ellipsis(), place_.object());
        if (result_.ndim() > 0 || given_) return result_.take();
        return dispatch(result_.type(), [&](auto t) { return scalar(result_.type(), double(*result_.data<decltype(t)>())); });
    }

private:
    bool given_;
    Array result_, place_;
};

}  // namespace mlcore::bindings
