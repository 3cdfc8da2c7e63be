// Samples: a call of the function costs some microseconds whatever the number of points, so boxes share calls. But not without
// limit: see `most_numbers`. Points of a single box that are more than that are put elsewhere first, and are handed over in
// pieces.
#include "calculus/cubature_evaluate.hpp"

#include <algorithm>

#include "simd/vec.hpp"

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

void make_room(Boxes& boxes, const CubatureRule& rule, index width) {
    boxes.width = width;
    boxes.value.resize(std::size_t(boxes.count * width));
    boxes.error.resize(std::size_t(boxes.count));
    boxes.rounding.resize(std::size_t(boxes.count));
    boxes.roughness.resize(std::size_t(boxes.count * boxes.axes));
    boxes.range.resize(std::size_t(boxes.count * width * 2));
    boxes.faces.resize(std::size_t(boxes.count * width * 2 * boxes.axes));
    boxes.gap = rule.gap();
}

namespace {

struct Range {
    double least, largest;
};

Range range_of(const double* y, index n, index stride) noexcept {
    Range range{*y, *y};
    for (index j = 0; j < n; ++j) {
        const double v = y[j * stride];
        range.least = std::min(range.least, v);
        range.largest = std::max(range.largest, v);
    }
    return range;
}

Range range_of(const double* y, index n) noexcept {
    using namespace mlcore::simd;
    constexpr index D = lanes<double>;
    if (n < D) return range_of(y, n, 1);
    Vec<double> least = load(y), largest = least;
    for (index j = D;; j += D) {  // the last ones overlap those before
        const Vec<double> v = load(y + std::min(j, n - D));
        least = min<double>(least, v);
        largest = max<double>(largest, v);
        if (j + D >= n) break;
    }
    double low[D], high[D];
    store(low, least);
    store(high, largest);
    return {*std::min_element(low, low + D), *std::max_element(high, high + D)};
}

void look_at_values(const CubatureRule& rule, const double* y, Boxes& boxes, index i) noexcept {
    const index n = rule.points();
    double *range = boxes.range.data() + i * boxes.width * 2, *faces = boxes.faces.data() + i * boxes.width * 2 * boxes.axes;
    for (index c = 0; c < boxes.width; ++c, ++y) {
        const Range found = boxes.width == 1 ? range_of(y, n) : range_of(y, n, boxes.width);
        *range++ = found.least;
        *range++ = found.largest;
        rule.faces(y, boxes.width, faces);
        faces += 2 * boxes.axes;
    }
}

}  // namespace

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
    look_at_values(rule, y, boxes, i);
    boxes.error[std::size_t(i)] = error;
    boxes.rounding[std::size_t(i)] = rounding;
}

void find_witnesses(const double* y, const double* x, index n, Boxes& boxes, index i) {
    const double* const range = boxes.range.data() + i * boxes.width * 2;
    for (index j = 0; j < n; ++j, y += boxes.width) {
        bool seen = true;
        for (index c = 0; c < boxes.width; ++c) seen &= beyond(range + 2 * c, y[c]) <= 0;  // not of NaN
        if (seen) continue;
        boxes.witnesses.push_back(double(i));
        boxes.witnesses.push_back(volume(boxes, i) / double(n));
        for (index a = 0; a < boxes.axes; ++a) boxes.witnesses.push_back(x[a * n + j]);
        boxes.witnesses.insert(boxes.witnesses.end(), y, y + boxes.width);
    }
}

bool same(const double* y, index n, const double* first, index width) noexcept {
    for (index j = 0; j < n; ++j, y += width)
        if (!std::equal(first, first + width, y)) return false;
    return true;
}

void evaluate(Samples& samples, CubatureRule& rule, Boxes& boxes, std::vector<double>* alike) {
    const index n = rule.points(), step = Samples::boxes_in_a_call(n, boxes.axes);
    for (index first = 0; first < boxes.count; first += step) {
        const index count = std::min(step, boxes.count - first);
        const double* const y = samples(rule, boxes, first, count);
        if (first == 0) make_room(boxes, rule, samples.function().width());
        if (first == 0 && alike) alike->assign(y, y + boxes.width);
        if (alike && !alike->empty() && !same(y, count * n, alike->data(), boxes.width)) alike->clear();
        for (index i = 0; i < count; ++i) apply(rule, y + i * n * boxes.width, boxes, first + i);
    }
}

}  // namespace mlcore::calculus
