// One registering function for each room of the core; each is defined in the file of that name.
#pragma once

#include <pybind11/pybind11.h>

namespace mlcore::bindings {

void register_runtime(pybind11::module_ module);   // runtime.cpp
void register_products(pybind11::module_ module);  // products.cpp
void register_vectors(pybind11::module_ module);   // vectors.cpp
void register_elementwise(pybind11::module_ module);  // elementwise.cpp
void register_triangular(pybind11::module_ module);   // triangular.cpp
void register_moments(pybind11::module_ module);      // moments.cpp
void register_chebyshev(pybind11::module_ module);   // chebyshev.cpp
void register_quadrature(pybind11::module_ module);  // calculus_integrate.cpp
void register_cubature(pybind11::module_ module);    // calculus_cubature.cpp
void register_cubature_rules(pybind11::module_ module);  // calculus_cubature_rules.cpp
void register_linalg(pybind11::module_ module);    // linalg.cpp
void register_factorisations(pybind11::module_ module);  // factorisations.cpp
void register_lu(pybind11::module_ module);          // lu.cpp
void register_qr(pybind11::module_ module);         // qr.cpp
void register_least_squares(pybind11::module_ module);  // least_squares.cpp
void register_eigenvalues(pybind11::module_ module);   // eigenvalues.cpp
void register_singular_values(pybind11::module_ module);  // singular_values.cpp
void register_symmetric(pybind11::module_ module);   // symmetric.cpp
void register_qr_pivoted(pybind11::module_ module);    // qr_pivoted.cpp
void register_factors(pybind11::module_ module);    // factors.cpp
void register_calculus_elementwise(pybind11::module_ module);  // calculus_elementwise.cpp
void register_tape(pybind11::module_ module);       // tape.cpp
void register_limits(pybind11::module_ module);    // ladder_limits.cpp
void register_ladder(pybind11::module_ module);    // ladder.cpp
void register_ladder_factorisations(pybind11::module_ module);  // ladder_factorisations.cpp

}  // namespace mlcore::bindings
