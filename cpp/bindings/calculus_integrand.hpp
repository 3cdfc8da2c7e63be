// A Python function as quadrature wants it: called with arrays if it takes them, its values as rows of float64.
#pragma once

#include <vector>

#include "bindings/ndarray.hpp"
#include "bindings/ufuncs.hpp"

namespace mlcore::bindings {

class Integrand {
public:
    // How f is called. `unknown` until takes_arrays() has found out: with numbers.
    enum class Mode { unknown, arrays, numbers };

    Integrand(py::handle f, Mode mode)
        : f_(py::reinterpret_borrow<py::object>(f)), mode_(mode),
          ufunc_(mode == Mode::numbers ? Ufunc::none : as_ufunc(f)) {}

    Mode mode() const noexcept { return mode_; }
    // Whether f is a function in which nothing narrow can hide.
    bool is_analytic() const noexcept { return ufunc_ == Ufunc::analytic; }
    // Whether f gives a float or int of Python for the number x. Then nothing of NumPy is in it, and few points are evaluated
    // faster one by one than it takes to find out whether it takes arrays. f is called, and the value kept for values() or
    // takes_arrays(), unless it is a ufunc.
    bool gives_number(double x);
    // Calls f with the array of the points and, unless it is a ufunc, compares with calls at three places. If it serves, the next
    // call of values() must be for the same points and is free; if not, f is called with one number at a time from now on.
    bool takes_arrays(const std::vector<double>& x);
    // Whether the next call of values() is that one.
    bool called() const noexcept { return first_; }

    // n rows of width() values, valid until the next call. What f raises passes through; `forgiving`: but of one number at a
    // time an ArithmeticError gives NaN.
    const double* values(const double* x, index n, bool forgiving = false);

    index width() const noexcept { return width_; }
    index count() const noexcept { return count_; }      // of points at which f was evaluated
    double rounding() const noexcept { return rounding_; }  // the relative error of a value
    bool is_complex() const noexcept { return complex_; }
    // The integrals in the shape of the values; a float or complex if they are numbers.
    py::object shaped(const std::vector<double>& integrals) const;

    // Thrown when complex values follow real ones: what was found before has the wrong width. All later values are complex.
    struct BecameComplex {};

private:
    py::object call_with_array(const double* x, index n, bool sample = false);
    py::object call(double x);
    bool same(const py::object& found, index i, const py::object& y) const;
    bool same_at(const py::object& found, index i, double x);
    const double* one_by_one(const double* x, index n, bool forgiving);
    const double* rows(py::object y);

    py::object f_, held_, shape_;  // held_: what the values of the last call lie in; shape_: of a value, null if it is ()
    py::object sample_;  // f(sample_x_), or null
    double sample_x_ = 0;
    Mode mode_;
    Ufunc ufunc_;
    bool complex_ = false, known_ = false, first_ = false;
    index width_ = 1, count_ = 0;
    double rounding_ = 50 * 2.220446049250313e-16;
    std::vector<double> numbers_;
};

}  // namespace mlcore::bindings
