// map_infinite: a range that is infinite is that of a variable t on a finite interval,
//
//     x = t / (1 - t^2), -1 < t < 1,     dx / dt = (1 + t^2) / (1 - t^2)^2     for all numbers,
//     x = end +- t / (1 - t), 0 <= t < 1,     |dx / dt| = 1 / (1 - t)^2         from or to an end.
//
// Near 1 the factors 1 - t and 1 + t lose no digits; at 1 both answers are infinite.
#include "calculus/infinite_range.hpp"

namespace mlcore::calculus {

void map_infinite(double* t, double* slope, index n, double end, int sign) noexcept {
    if (sign == 0) {
        for (index j = 0; j < n; ++j) {
            const double rest = (1 - t[j]) * (1 + t[j]);
            slope[j] = (1 + t[j] * t[j]) / (rest * rest);
            t[j] /= rest;
        }
        return;
    }
    for (index j = 0; j < n; ++j) {
        const double rest = 1 - t[j];
        slope[j] = 1 / (rest * rest);
        t[j] = end + sign * (t[j] / rest);
    }
}

}  // namespace mlcore::calculus
