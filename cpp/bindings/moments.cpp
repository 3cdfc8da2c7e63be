// Moments of columns: argument checks, results.
#include <string>

#include "bindings/call.hpp"
#include "bindings/ndarray.hpp"
#include "bindings/rooms.hpp"
#include "bindings/weights.hpp"
#include "core/lease.hpp"
#include "stats/stats.hpp"

namespace mlcore::bindings {
namespace {

py::object mean_variance(py::handle X_, double ddof, py::handle weights_) {
    const Array X = as_matrix(X_, "X");
    const Type type = X.type();
    const index n = X.shape(0), d = X.shape(1);
    const Array weights = weights_.is_none() ? Array() : as_weights(weights_, n, type);
    Array mean = new_array(type, {d}), variance = new_array(type, {d});
    dispatch(type, [&](auto t) {
        using T = decltype(t);
        Lease<double> means(d), squares(d);
        double total = 0;
        run(double(n) * double(d), [&] {
            total = stats::column_moments<T>(X.matrix<T>(), weights_.is_none() ? nullptr : weights.data<T>(), means.data(), squares.data());
        });
        const double divisor = total - ddof;
        if (total == 0 || divisor <= 0)
            throw py::value_error("X has " + std::to_string(n) + " rows, which weigh " + number_text(total) + "; expected more than " +
                                  number_text(ddof) + " (ddof). Pass more rows, or a smaller ddof.");
        for (index j = 0; j < d; ++j) {
            mean.data<T>()[j] = T(means[j]);
            variance.data<T>()[j] = T(squares[j] / divisor);
        }
    });
    return py::make_tuple(mean.take(), variance.take());
}

}  // namespace

void register_moments(py::module_ module) {
    module.def("mean_variance", &mean_variance, py::arg("X"), py::arg("ddof"), py::arg("weights"));
}

}  // namespace mlcore::bindings
