// Sums, products and extremes along axes: y_k = sum_r x_{k r}.
//
// Sums halve the line until 128 numbers are left, which go into 8 sums at a time: the rounding error grows with the logarithm of
// the length [1], and the order depends on the length alone. Extremes are NaN if there is one.
//
// Source: [1] N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, section 4.2.
#include <algorithm>
#include <limits>

#include "calculus/tape.hpp"
#include "core/lease.hpp"

namespace mlcore::calculus {
namespace {

struct Sum {
    template <class T>
    static constexpr T none = T(0);
    template <class T>
    static T join(T a, T b) noexcept { return a + b; }
};
struct Product {
    template <class T>
    static constexpr T none = T(1);
    template <class T>
    static T join(T a, T b) noexcept { return a * b; }
};
struct Largest {
    template <class T>
    static constexpr T none = -std::numeric_limits<T>::infinity();
    template <class T>
    static T join(T a, T b) noexcept { return a > b || a != a ? a : b; }
};
struct Smallest {
    template <class T>
    static constexpr T none = std::numeric_limits<T>::infinity();
    template <class T>
    static T join(T a, T b) noexcept { return a < b || a != a ? a : b; }
};

template <class R, class T>
T line(const T* x, index n, index step) noexcept {
    if (n > 128) {
        const index half = n / 16 * 8;
        return R::join(line<R>(x, half, step), line<R>(x + half * step, n - half, step));
    }
    if (n < 8) {
        T total = n ? x[0] : R::template none<T>;
        for (index i = 1; i < n; ++i) total = R::join(total, x[i * step]);
        return total;
    }
    T part[8];
    for (int j = 0; j < 8; ++j) part[j] = x[j * step];
    index i = 8;
    for (; i + 8 <= n; i += 8)
        for (int j = 0; j < 8; ++j) part[j] = R::join(part[j], x[(i + j) * step]);
    T total = R::join(R::join(R::join(part[0], part[1]), R::join(part[2], part[3])),
                      R::join(R::join(part[4], part[5]), R::join(part[6], part[7])));
    for (; i < n; ++i) total = R::join(total, x[i * step]);
    return total;
}

// The offsets of all entries of a shape, in order.
std::vector<index> offsets(const std::vector<index>& shape, const std::vector<index>& strides) {
    std::vector<index> found{0};
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        std::vector<index> next;
        next.reserve(found.size() * std::size_t(shape[axis]));
        for (index offset : found)
            for (index i = 0; i < shape[axis]; ++i) next.push_back(offset + i * strides[axis]);
        found = std::move(next);
    }
    return found;
}

// Axes that lie one inside the other become one.
void merge(std::vector<index>& shape, std::vector<index>& strides) {
    std::vector<index> s, t;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        if (shape[axis] == 1) continue;
        if (!s.empty() && t.back() == shape[axis] * strides[axis])
            s.back() *= shape[axis], t.back() = strides[axis];
        else
            s.push_back(shape[axis]), t.push_back(strides[axis]);
    }
    shape = std::move(s), strides = std::move(t);
}

template <class R, class T>
class Reduce final : public Step {
public:
    Reduce(std::vector<index> kept, std::vector<index> kept_strides, std::vector<index> reduced, std::vector<index> reduced_strides,
           View x, View result)
        : x_(std::move(x)), result_(std::move(result)) {
        merge(kept, kept_strides);
        merge(reduced, reduced_strides);
        if (!reduced.empty()) {
            length_ = reduced.back(), step_ = reduced_strides.back();
            reduced.pop_back(), reduced_strides.pop_back();
        }
        lines_ = offsets(reduced, reduced_strides);
        rows_ = !kept.empty() && kept_strides.back() == 1 && kept.back() > 1 && step_ != 1;
        if (rows_) width_ = kept.back(), kept.pop_back(), kept_strides.pop_back();
        entries_ = offsets(kept, kept_strides);
    }

    bool run(Slots slots) const override {
        const T* x = x_.data<const T>(slots);
        T* y = result_.data<T>(slots);
        const index lines = index(lines_.size());
        if (rows_) {  // whole rows are joined, so that memory is read in its order
            for (index entry : entries_) {
                std::fill(y, y + width_, R::template none<T>);
                join_rows(x + entry, 0, lines * length_, y);
                y += width_;
            }
            return true;
        }
        Lease<T> parts(lines);
        for (index entry : entries_) {
            if (lines == 1) {
                *y++ = line<R>(x + entry, length_, step_);
                continue;
            }
            for (index i = 0; i < lines; ++i) parts[i] = line<R>(x + entry + lines_[std::size_t(i)], length_, step_);
            *y++ = line<R>(parts.data(), lines, 1);
        }
        return true;
    }

private:
    // Rows [first, last): halves of more than 64 rows are joined apart.
    void join_rows(const T* x, index first, index last, T* y) const {
        if (last - first > 64) {
            const index middle = first + (last - first) / 2;
            join_rows(x, first, middle, y);
            Lease<T> other(width_);
            std::fill(other.data(), other.data() + width_, R::template none<T>);
            join_rows(x, middle, last, other.data());
            for (index i = 0; i < width_; ++i) y[i] = R::join(y[i], other[i]);
            return;
        }
        for (index r = first; r < last; ++r) {
            const T* row = x + lines_[std::size_t(r / length_)] + r % length_ * step_;
            for (index i = 0; i < width_; ++i) y[i] = R::join(y[i], row[i]);
        }
    }

    View x_, result_;
    std::vector<index> lines_, entries_;
    index length_ = 1, step_ = 1, width_ = 1;
    bool rows_ = false;
};

}  // namespace

StepPointer reduce_step(Kind kind, Reduction reduction, std::vector<index> kept, std::vector<index> kept_strides,
                        std::vector<index> reduced, std::vector<index> reduced_strides, View x, View result) {
    const auto make = [&]<class R>(R) -> StepPointer {
        if (kind == Kind::f32) return std::make_unique<Reduce<R, float>>(kept, kept_strides, reduced, reduced_strides, x, result);
        return std::make_unique<Reduce<R, double>>(kept, kept_strides, reduced, reduced_strides, x, result);
    };
    switch (reduction) {
        case Reduction::sum: return make(Sum{});
        case Reduction::product: return make(Product{});
        case Reduction::largest: return make(Largest{});
        default: return make(Smallest{});
    }
}

}  // namespace mlcore::calculus
