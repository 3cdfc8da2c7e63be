// The extension module of one build: registers the rooms, nothing else.
#include "bindings/rooms.hpp"

PYBIND11_MODULE(MLCORE_MODULE, module) {
    module.doc() = "Compiled core of mlcore for " MLCORE_BUILD ".";
    using namespace mlcore::bindings;
    register_runtime(module.def_submodule("runtime", "Build, threads, interrupts."));
    auto blas = module.def_submodule("blas", "Matrix and vector products.");
    register_products(blas);
    register_vectors(blas);
    register_elementwise(blas);
    register_triangular(blas);
    register_moments(module.def_submodule("stats", "Statistics."));
    auto calculus = module.def_submodule("calculus", "Integrals, and recorded programs.");
    register_chebyshev(calculus);
    register_quadrature(calculus);
    register_cubature(calculus);
    register_calculus_elementwise(calculus);
    register_cubature_rules(calculus);
    register_tape(calculus);
    auto linalg = module.def_submodule("linalg", "Factorisations and eigenvalues.");
    register_factorisations(linalg);
    register_linalg(linalg);
    register_symmetric(linalg);
    register_lu(linalg);
    register_qr(linalg);
    register_least_squares(linalg);
    register_factors(linalg);
    register_eigenvalues(linalg);
    register_singular_values(linalg);
    register_qr_pivoted(linalg);
    auto ladder = module.def_submodule("ladder", "The teaching steps, and the machine's limits.");
    register_limits(ladder);
    register_ladder(ladder);
    register_ladder_factorisations(ladder);
}
