// The product K x ... x K of Kronrod's rule with itself in one, two or three dimensions, for smooth functions.
//
// What the Gauss rule would give in place of Kronrod's on a line of points along an axis is that line's difference. Where the
// function jumps it may vanish by accident, and then for all lines that the jump crosses at the same place. So there is another
// one, of the odd parts: their divided difference over all points. The mean of the larger absolute value over all lines is the
// axis's delta_i. Without absolute values it may vanish, too, as along a kink on a diagonal, where the differences of one line
// have the sign opposite to another's. From the sum the error follows as in QUADPACK: with r = integral of |f - mean f|, it is
//
//     r min(1, (200 sum_i delta_i / r)^1.5).
//
// Cost: for n points, 2 n multiplications for each axis and 3 n for the mean, that of |f| and r.
//
// Source: R. Piessens, E. de Doncker-Kapenga, C. Ueberhuber, D. Kahaner, "QUADPACK", Springer 1983: the rules of QK15 and QK21.
#include "calculus/product_rule.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "calculus/dot.hpp"
#include "calculus/gauss_kronrod.hpp"
#include "simd/vec.hpp"

namespace mlcore::calculus {
namespace {

using namespace mlcore::simd;

constexpr index D = lanes<double>;
// The length of the odd difference beside the other's: it is of one degree less, and only has to speak where that is silent.
constexpr double odd_length = 0.25;

// The rule with 15 points and 7, from the middle on.
constexpr double nodes_15[] = {
    0.0, 0.207784955007898467600689403773245, 0.405845151377397166906606412076961, 0.586087235467691130294144691693013,
    0.741531185599394439863864773280788, 0.864864423359769072789712788640926, 0.949107912342758524526189684047851,
    0.991455371120812639206854697526329};
constexpr double kronrod_15[] = {
    0.209482141084727828012999174891714, 0.204432940075298892414161999234649, 0.190350578064785409913256402421014,
    0.169004726639267902826583426598550, 0.140653259715525918745189590510238, 0.104790010322250183839876322541518,
    0.063092092629978553290700663189204, 0.022935322010529224963732008058970};
constexpr double gauss_15[] = {0.417959183673469387755102040816327, 0, 0.381830050505118944950369775488975, 0,
                               0.279705391489276667901467771423780, 0, 0.129484966168869693270611432679082, 0};

index power(index n, index d) noexcept { return d > 0 ? n * power(n, d - 1) : 1; }

}  // namespace

ProductRule::ProductRule(index d, index n)
    : CubatureRule(d, power(n, d)), on_axis_(n), lines_count_(points() / n),
      room_(points() + 3 * lines_count_ + 4 * padded), y_(room_.data()), lines_(y_ + points() + padded),
      means_(lines_ + lines_count_ + padded), sizes_(means_ + lines_count_ + padded) {
    for (double* const end : {lines_, means_, sizes_, sizes_ + lines_count_ + padded}) std::fill(end - padded, end, 0.0);
    const index middle = n / 2;
    for (index j = 0; j < n; ++j) {
        const index from = std::abs(j - middle);
        const bool small = n == 15;
        node_[j] = small ? (j < middle ? -nodes_15[from] : nodes_15[from]) : rule_nodes[j];
        mean_[j] = 0.5 * (small ? kronrod_15[from] : kronrod_weights[j]);
        even_[j] = mean_[j] - 0.5 * (small ? gauss_15[from] : gauss_weights[j]);
    }
    // Weights that give 0 for polynomials of a degree below n - 2, and for all that are even: an odd polynomial over x is one in
    // x squared, whose divided differences of a higher degree vanish.
    double lengths[2] = {};
    for (index j = middle + 1; j < n; ++j) {
        double gaps = node_[j];
        for (index k = middle + 1; k < n; ++k)
            if (k != j) gaps *= node_[j] * node_[j] - node_[k] * node_[k];
        odd_[j] = 1 / gaps;
        odd_[n - 1 - j] = -odd_[j];
    }
    gap_ = 1 - node_[n - 1];
    for (index j = 0; j < n; ++j) {
        end_[j] = 1;
        for (index k = 0; k < n; ++k)
            if (k != j) end_[j] *= (1 - node_[k]) / (node_[j] - node_[k]);
    }
    for (index j = 0; j < n; ++j) {
        lengths[0] += even_[j] * even_[j];
        lengths[1] += odd_[j] * odd_[j];
    }
    for (double& w : odd_) w *= odd_length * std::sqrt(lengths[0] / lengths[1]);
}

void ProductRule::place(const double* centre, const double* half, double* x, index stride) const noexcept {
    const index n = on_axis_;
    double line[padded];
    for (index axis = 0, apart = lines_count_; axis < axes(); ++axis, apart /= n, x += stride) {
        for (index j = 0; j < n; ++j) line[j] = centre[axis] + half[axis] * node_[j];
        double* next = x;
        if (apart == 1) {
            for (index i = 0; i < lines_count_; ++i) next = std::copy_n(line, n, next);
            continue;
        }
        while (next < x + points())
            for (index j = 0; j < n; ++j) next = std::fill_n(next, apart, line[j]);
    }
}

Applied ProductRule::apply(const double* y, index stride, double* roughness) {
    for (index j = 0; j < points(); ++j) y_[j] = y[j * stride];
    double total = roughness[axes() - 1] = last_axis();
    const double mean = contract(means_, axes() - 1), size = contract(sizes_, axes() - 1);
    for (index axis = axes() - 1; axis-- > 0;) total += roughness[axis] = other_axis(axis);
    const Vec<double> level = broadcast(mean);
    for (index line = 0; line < lines_count_; ++line) {
        Vec<double> s = {};
        for (index j = 0; j < padded; j += D) s += load(mean_ + j) * abs<double>(load(y_ + line * on_axis_ + j) - level);
        lines_[line] = reduce_add<double>(s);
    }
    const double spread = contract(lines_, axes() - 1), relative = 200 * total / spread;
    const double error = !(spread > 0) ? total : relative >= 1 ? spread : spread * relative * std::sqrt(relative);
    return {mean, error, value_rounding * size};
}

void ProductRule::faces(const double* y, index stride, double* values) const noexcept {
    const index n = on_axis_, middle = points() / 2;
    for (index axis = 0, apart = lines_count_; axis < axes(); ++axis, apart /= n, values += 2) {
        values[0] = values[1] = 0;
        for (index j = 0; j < n; ++j) {
            const double v = y[(middle + (j - n / 2) * apart) * stride];
            values[0] += end_[j] * v;
            values[1] += end_[n - 1 - j] * v;
        }
    }
}

// The axis on which points are neighbours; also the means over its lines, and those of the absolute values.
double ProductRule::last_axis() noexcept {
    for (index line = 0; line < lines_count_; ++line) {
        const double* const y = y_ + line * on_axis_;
        Vec<double> mean = {}, size = {}, even = {}, odd = {};
        for (index j = 0; j < padded; j += D) {
            const Vec<double> v = load(y + j), w = load(mean_ + j);
            mean += w * v;
            size += w * abs<double>(v);
            even += load(even_ + j) * v;
            odd += load(odd_ + j) * v;
        }
        means_[line] = reduce_add<double>(mean);
        sizes_[line] = reduce_add<double>(size);
        lines_[line] = larger(std::fabs(reduce_add<double>(even)), std::fabs(reduce_add<double>(odd)));
    }
    return contract(lines_, axes() - 1);
}

// Lines on which points are `apart`: several of them at once, which lie side by side.
double ProductRule::other_axis(index axis) noexcept {
    const index n = on_axis_, apart = power(n, axes() - 1 - axis);
    for (index block = 0; block < lines_count_; block += apart)
        for (index k = 0; k < apart; k += D) {
            const double* const y = y_ + block * n + k;
            Vec<double> even = {}, odd = {};
            for (index j = 0; j < n / 2; ++j) {
                const Vec<double> left = load(y + j * apart), right = load(y + (n - 1 - j) * apart);
                even += broadcast(even_[j]) * (left + right);
                odd += broadcast(odd_[j]) * (left - right);
            }
            even += broadcast(even_[n / 2]) * load(y + n / 2 * apart);
            store_partial(lines_ + block + k, max<double>(abs<double>(even), abs<double>(odd)), std::min(D, apart - k));
        }
    return contract(lines_, axes() - 1);
}

// The mean of n^dimensions numbers, which are written; n may be less than `padded`, and weights are 0 beyond.
double ProductRule::contract(double* t, index dimensions) const noexcept {
    for (index count = power(on_axis_, dimensions); count > 1;) {
        count /= on_axis_;
        for (index line = 0; line < count; ++line) t[line] = dot(mean_, t + line * on_axis_, padded);
    }
    return t[0];
}

}  // namespace mlcore::calculus
