// Samples: a call of the function costs some microseconds whatever the number of points, so boxes share calls. But not without
// limit: see `most_numbers`. Points of a single box that are more than that are put elsewhere first, and are handed over in
// pieces.
#include "calculus/cubature_evaluate.hpp"

#include <algorithm>

namespace mlcore::calculus {
namespace {

// Numbers in one call: of 120 KiB or less. Second-level caches hold that together with what the function makes of them, and
// malloc hands out the same memory again; arrays from 128 KiB on may be fresh pages from the system in each call, three times
// as slow.
constexpr index most_numbers = 15 << 10;

}  // namespace

index Samples::boxes_in_a_call(index n, index axes) noexcept { return std::max<index>(1, most_numbers / (axes * n)); }

double* Samples::begin(index total, index axes) {
    if (total * axes <= most_numbers) return f_.points(total);
    return points_.emplace(total * axes).data();
}

const double* Samples::end(index total, index axes) {
    if (total * axes <= most_numbers) return f_.values();
    for (index first = 0, piece = most_numbers / axes; first < total; first += piece) {
        const index n = std::min(piece, total - first);
        double* x = f_.points(n);
        for (index i = 0; i < axes; ++i) x = std::copy_n(points_->data() + i * total + first, n, x);
        const double* const y = f_.values();
        if (first == 0) values_.emplace(total * f_.width());
        std::copy_n(y, n * f_.width(), values_->data() + first * f_.width());
    }
    return values_->data();
}

double volume(const Boxes& boxes, index i) noexcept {
    double product = 1;
    for (index a = 0; a < boxes.axes; ++a) product *= 2 * boxes.half[std::size_t(i * boxes.axes + a)];
    return product;
}

void make_room(Boxes& boxes, index width) {
    boxes.width = width;
    boxes.value.resize(std::size_t(boxes.count * width));
    boxes.error.resize(std::size_t(boxes.count));
    boxes.rounding.resize(std::size_t(boxes.count));
    boxes.roughness.resize(std::size_t(boxes.count * boxes.axes));
}

void apply(CubatureRule& rule, const double* y, Boxes& boxes, index i, double* means) {
    double size = volume(boxes, i), error = 0, rounding = 0, found[most_axes];
    double* const rough = boxes.roughness.data() + i * boxes.axes;
    std::fill(rough, rough + boxes.axes, 0.0);
    for (index c = 0; c < boxes.width; ++c) {
        const Applied a = rule.apply(y + c, boxes.width, found);
        if (means) means[c] = a.mean;
        boxes.value[std::size_t(i * boxes.width + c)] = a.mean * size;
        error = larger(error, a.error * size);
        rounding = larger(rounding, a.rounding * size);
        for (index k = 0; k < boxes.axes; ++k) rough[k] = larger(rough[k], found[k]);
    }
    boxes.error[std::size_t(i)] = error;
    boxes.rounding[std::size_t(i)] = rounding;
}

void evaluate(Samples& samples, CubatureRule& rule, Boxes& boxes) {
    const index n = rule.points(), step = Samples::boxes_in_a_call(n, boxes.axes);
    for (index first = 0; first < boxes.count; first += step) {
        const index count = std::min(step, boxes.count - first);
        const double* const y = samples(rule, boxes, first, count);
        if (first == 0) make_room(boxes, samples.function().width());
        for (index i = 0; i < count; ++i) apply(rule, y + i * n * boxes.width, boxes, first + i);
    }
}

}  // namespace mlcore::calculus
