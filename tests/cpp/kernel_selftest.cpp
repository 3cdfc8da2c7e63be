// Self-test of the kernels for machines where Python does not run them: an emulator, a cross build, a sanitizer.
// Every kernel against plain loops in long double, over sizes round the tile edges, strides and both types; and the same
// bits on 1, 2 and 3 threads. The Python suite goes much further; see tests/linalg.
//     g++ -std=c++20 -O2 -pthread -Icpp tests/cpp/kernel_selftest.cpp cpp/{core,blas,linalg}/*.cpp -o kernel_selftest
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "blas/blas.hpp"
#include "core/thread_pool.hpp"
#include "linalg/interleaved.hpp"
#include "linalg/linalg.hpp"
#include "selftest.hpp"

namespace mlcore {
namespace {

std::uint64_t state = 1;
double uniform() {  // in [-1, 1); Knuth's MMIX generator
    state = state * 6364136223846793005u + 1442695040888963407u;
    return double(std::int64_t(state) >> 11) / double(std::int64_t(1) << 52);
}

template <class T>
std::vector<T> random_values(index n) {
    std::vector<T> values(static_cast<std::size_t>(n));
    for (T& x : values) x = T(uniform());
    return values;
}

// Row-major, column-major or with gaps: three layouts, each in memory that ends with the last element, so that a sanitizer
// sees a read beyond it.
index extent(index rows, index cols, int layout) {
    if (rows == 0 || cols == 0) return 0;
    return layout < 2 ? rows * cols : (rows - 1) * (2 * cols + 1) + 2 * cols - 1;
}

template <class T>
Matrix<T> view(std::vector<T>& memory, index rows, index cols, int layout) {
    if (layout == 0) return row_major(memory.data(), rows, cols);
    if (layout == 1) return row_major(memory.data(), cols, rows).transposed();
    return {memory.data(), rows, cols, 2 * cols + 1, 2};
}

template <class T>
void test_gemm(index m, index n, index k, int layout) {
    std::vector<T> a = random_values<T>(extent(m, k, layout)), b = random_values<T>(extent(k, n, (layout + 1) % 3));
    std::vector<T> c(static_cast<std::size_t>(m * n));
    const Matrix<T> A = view(a, m, k, layout), B = view(b, k, n, (layout + 1) % 3), C = row_major(c.data(), m, n);
    blas::gemm<T>(T(1), A, B, T(0), C);
    bool accurate = true;
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) {
            long double sum = 0, size = 0;
            for (index p = 0; p < k; ++p) {
                sum += static_cast<long double>(A(i, p)) * B(p, j);
                size += std::fabs(static_cast<long double>(A(i, p)) * B(p, j));
            }
            accurate &= std::fabs(C(i, j) - sum) <= double(k + 2) * std::numeric_limits<T>::epsilon() * size;
        }
    CHECK(accurate);
    for (int threads = 1; threads <= 3; ++threads) {
        set_num_threads(threads);
        std::vector<T> again(c.size());
        blas::gemm<T>(T(1), A, B, T(0), row_major(again.data(), m, n));
        CHECK(std::memcmp(again.data(), c.data(), c.size() * sizeof(T)) == 0);
    }
}

template <class T>
void test_gram(index n, index d, int layout) {
    std::vector<T> x = random_values<T>(extent(n, d, layout)), c(static_cast<std::size_t>(d * d));
    const Matrix<T> X = view(x, n, d, layout), C = row_major(c.data(), d, d);
    std::vector<double> mean(static_cast<std::size_t>(d));
    blas::gram<T>(X, static_cast<const T*>(nullptr), mean.data(), C);
    bool accurate = true;
    for (index i = 0; i < d; ++i)
        for (index j = 0; j < d; ++j) {
            long double mi = 0, mj = 0, sum = 0;
            for (index p = 0; p < n; ++p) mi += X(p, i), mj += X(p, j);
            for (index p = 0; p < n; ++p) sum += (X(p, i) - mi / n) * (X(p, j) - mj / n);
            accurate &= std::fabs(C(i, j) - sum) <= 10 * double(n) * std::numeric_limits<T>::epsilon() && C(i, j) == C(j, i);
        }
    CHECK(accurate);
}

template <class T>
void test_gram_apply(index n, index d, index b, int layout) {
    std::vector<T> x = random_values<T>(extent(n, d, layout)), v = random_values<T>(d * b), z(v.size());
    const Matrix<T> X = view(x, n, d, layout), V = row_major(v.data(), d, b), Z = row_major(z.data(), d, b);
    blas::gram_apply<T>(X, V, Z);
    std::vector<long double> y(static_cast<std::size_t>(n * b));
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < b; ++j)
            for (index p = 0; p < d; ++p) y[std::size_t(i * b + j)] += static_cast<long double>(X(i, p)) * V(p, j);
    bool accurate = true;
    for (index i = 0; i < d; ++i)
        for (index j = 0; j < b; ++j) {
            long double sum = 0;
            for (index p = 0; p < n; ++p) sum += X(p, i) * y[std::size_t(p * b + j)];
            accurate &= std::fabs(Z(i, j) - sum) <= 2 * double(n + d) * double(n * d) * std::numeric_limits<T>::epsilon();
        }
    CHECK(accurate);
}

template <class T>
void test_factorisations(index n, index count) {
    const index size = n * n;
    std::vector<T> a = random_values<T>(count * size), lu = a, spd(a.size()), x = random_values<T>(count * n), b = x;
    std::vector<index> pivots(static_cast<std::size_t>(count * n)), failed(static_cast<std::size_t>(count));
    const Matrix<T> A = row_major(a.data(), n, n), X{x.data(), n, 1, 1, 1};
    Stack<2> stack;
    stack.push(count, {size, n});
    if (n <= linalg::small_order) {
        linalg::solve_small<T>(stack, A, X, false, failed.data());
        linalg::lu_small<T>(count, row_major(lu.data(), n, n), pivots.data());
    } else {
        for (index s = 0; s < count; ++s) {
            linalg::lu<T>(row_major(lu.data() + s * size, n, n), pivots.data() + s * n);
            linalg::lu_solve<T>(row_major<const T>(lu.data() + s * size, n, n), pivots.data() + s * n, X.shifted(s * n));
        }
    }
    bool accurate = true;
    for (index s = 0; s < count; ++s)
        for (index i = 0; i < n; ++i) {
            long double residual = -static_cast<long double>(b[std::size_t(s * n + i)]), scale = 1;
            for (index j = 0; j < n; ++j) {
                residual += static_cast<long double>(A(i, j + s * size)) * x[std::size_t(s * n + j)];
                scale = std::fmax(scale, std::fabs(static_cast<long double>(x[std::size_t(s * n + j)])));
            }
            accurate &= std::fabs(residual) <= 20 * double(n * n) * std::numeric_limits<T>::epsilon() * scale;
        }
    CHECK(accurate);
    for (index s = 0; s < count; ++s)
        for (index i = 0; i < n; ++i)
            for (index j = 0; j < n; ++j) {
                T sum = i == j ? T(1) : T(0);
                for (index p = 0; p < n; ++p) sum += A(i, p + s * size) * A(j, p + s * size);
                spd[std::size_t(s * size + i * n + j)] = sum;
            }
    if (n <= linalg::small_order) {
        std::vector<T> factors(spd.size());
        Stack<2> both;
        both.push(count, {size, size});
        linalg::cholesky_small<T>(both, row_major(spd.data(), n, n), row_major(factors.data(), n, n), failed.data());
        for (index s = 0; s < count; ++s) CHECK(failed[std::size_t(s)] == -1);
    } else {
        for (index s = 0; s < count; ++s) CHECK(linalg::cholesky<T>(row_major(spd.data() + s * size, n, n)) == -1);
    }
}

template <class T>
void test_eigh(index n) {
    std::vector<T> a = random_values<T>(n * n), v(a.size()), w(static_cast<std::size_t>(n));
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < i; ++j) a[std::size_t(j * n + i)] = a[std::size_t(i * n + j)];
    const Matrix<T> A = row_major(a.data(), n, n), V = row_major(v.data(), n, n);
    CHECK(linalg::eigh<T>(A, {w.data(), n}, V) == linalg::Status::ok);
    double worst = 0;
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < n; ++j) {
            long double residual = -static_cast<long double>(w[std::size_t(j)]) * V(i, j), overlap = i == j ? -1 : 0;
            for (index p = 0; p < n; ++p) {
                residual += static_cast<long double>(A(i, p)) * V(p, j);
                overlap += static_cast<long double>(V(p, i)) * V(p, j);
            }
            worst = std::fmax(worst, double(std::fmax(std::fabs(residual), std::fabs(overlap))));
        }
    CHECK(worst <= 10 * double(n + 1) * std::numeric_limits<T>::epsilon());
}

template <class T>
void test_values(index n) {
    std::vector<T> a = random_values<T>(n * n), v(a.size()), w(static_cast<std::size_t>(n)), alone(w.size());
    for (index i = 0; i < n; ++i)
        for (index j = 0; j < i; ++j) a[std::size_t(j * n + i)] = a[std::size_t(i * n + j)];
    const Matrix<const T> A = row_major<const T>(a.data(), n, n);
    const double bound = 10 * double(n + 1) * std::numeric_limits<T>::epsilon();
    CHECK(linalg::eigh<T>(A, {w.data(), n}, row_major(v.data(), n, n)) == linalg::Status::ok);
    CHECK(linalg::eigvalsh<T>(A, {alone.data(), n}) == linalg::Status::ok);
    double worst = 0;
    for (std::size_t i = 0; i < w.size(); ++i) worst = std::fmax(worst, std::fabs(double(w[i]) - double(alone[i])));
    CHECK(linalg::svd_values<T>(A, {alone.data(), n}) == linalg::Status::ok);
    std::sort(w.begin(), w.end(), [](T x, T y) { return std::fabs(x) > std::fabs(y); });
    for (std::size_t i = 0; i < w.size(); ++i) worst = std::fmax(worst, std::fabs(std::fabs(double(w[i])) - double(alone[i])));
    CHECK(worst <= bound);
}

// The largest element of Q^T Q - I.
template <class T>
double loss_of_orthogonality(Matrix<const T> Q) {
    double worst = 0;
    for (index p = 0; p < Q.cols; ++p)
        for (index q = 0; q <= p; ++q) {
            long double overlap = p == q ? -1 : 0;
            for (index i = 0; i < Q.rows; ++i) overlap += static_cast<long double>(Q(i, p)) * Q(i, q);
            worst = std::fmax(worst, double(std::fabs(overlap)));
        }
    return worst;
}

template <class T>
void test_qr(index m, index n, int layout) {
    const index k = std::min(m, n);
    std::vector<T> a = random_values<T>(extent(m, n, layout)), q(std::size_t(m * k)), r(std::size_t(k * n));
    const Matrix<T> A = view(a, m, n, layout), Q = row_major(q.data(), m, k), R = row_major(r.data(), k, n);
    CHECK(linalg::qr<T>(A, Q, R) == linalg::Status::ok);
    double worst = loss_of_orthogonality<T>(Q);
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) {
            long double residual = -static_cast<long double>(A(i, j));
            for (index p = 0; p < k; ++p) residual += static_cast<long double>(Q(i, p)) * R(p, j);
            worst = std::fmax(worst, double(std::fabs(residual)));
        }
    CHECK(worst <= 10 * double(n + 1) * std::numeric_limits<T>::epsilon() * std::sqrt(double(m)));
    if (m < n) return;
    std::vector<T> factors(std::size_t(m * n));
    std::vector<index> order(static_cast<std::size_t>(n));
    const Matrix<T> F = row_major(factors.data(), m, n);
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) F(i, j) = A(i, j);
    std::vector<T> tau(static_cast<std::size_t>(n)), b(factors);
    CHECK(linalg::qr_pivoted<T>(F, tau.data(), order.data()) == linalg::Status::ok);
    const Matrix<T> B = row_major(b.data(), m, n);
    linalg::apply_q<T>(F, tau.data(), true, B);  // Q^T A, the columns of R in another order
    worst = 0;
    for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j)
            worst = std::fmax(worst, std::fabs(double(B(i, order[std::size_t(j)])) - double(i <= j ? F(i, j) : T(0))));
    CHECK(worst <= 10 * double(n + 1) * std::numeric_limits<T>::epsilon() * std::sqrt(double(m)));
}

// A = Z S Z^T, A V = V diag(w), and A = Q H Q^T.
template <class T>
void test_eig(index n) {
    std::vector<T> a = random_values<T>(n * n), s(a.size()), z(a.size()), v(a.size()), re(static_cast<std::size_t>(n)), im(re);
    const Matrix<T> A = row_major(a.data(), n, n), S = row_major(s.data(), n, n), Z = row_major(z.data(), n, n),
                    V = row_major(v.data(), n, n);
    const double bound = 20 * double(n + 1) * std::sqrt(double(n + 1)) * std::numeric_limits<T>::epsilon();
    for (const bool whole : {true, false}) {
        CHECK((whole ? linalg::schur<T>(A, S, Z) : linalg::hessenberg<T>(A, S, Z)) == linalg::Status::ok);
        double worst = loss_of_orthogonality<T>(Z);
        for (index i = 0; i < n; ++i)
            for (index j = 0; j < n; ++j) {
                long double residual = 0;
                for (index p = 0; p < n; ++p)
                    residual += static_cast<long double>(A(i, p)) * Z(p, j) - static_cast<long double>(Z(i, p)) * S(p, j);
                worst = std::fmax(worst, double(std::fabs(residual)));
            }
        CHECK(worst <= bound);
    }
    CHECK(linalg::eig<T>(A, re.data(), im.data(), V) == linalg::Status::ok);
    double worst = 0;
    for (index j = 0; j < n; ++j) {
        // A (x + i y) = (re + i im) (x + i y); the pair has x and y in columns j and j + 1, and im > 0 first.
        const bool pair = im[std::size_t(j)] != 0;
        const long double c = re[std::size_t(j)], d = im[std::size_t(j)];
        CHECK(!pair || (j + 1 < n && d > 0 && im[std::size_t(j + 1)] == -d));
        for (index i = 0; i < n; ++i) {
            const long double x = V(i, j), y = pair ? V(i, j + 1) : T(0);
            long double real = d * y - c * x, imaginary = -d * x - c * y;
            for (index p = 0; p < n; ++p) {
                real += static_cast<long double>(A(i, p)) * V(p, j);
                if (pair) imaginary += static_cast<long double>(A(i, p)) * V(p, j + 1);
            }
            worst = std::fmax(worst, double(std::fmax(std::fabs(real), pair ? std::fabs(imaginary) : 0.0L)));
        }
        j += pair;
    }
    CHECK(worst <= bound);
}

// Matrices into lanes and back: dense ones by transposes, others element by element, in memory that ends with the last element.
template <class T>
void test_interleaved(index rows, index cols, bool gaps) {
    constexpr index L = simd::lanes<T>, first = 1;
    const index row_stride = gaps ? cols + 3 : cols, size = (rows - 1) * row_stride + cols;
    for (index count = 1; count <= L; ++count) {
        const std::vector<T> a = random_values<T>(count * size);
        std::vector<T> b(a.size());
        index offsets[L];
        for (index lane = 0; lane < count; ++lane) offsets[lane] = (count - 1 - lane) * size;
        linalg::Interleaved<T, 17> lanes(rows, cols + first);
        lanes.gather({a.data(), rows, cols, row_stride, 1}, offsets, count, first);
        lanes.scatter({b.data(), rows, cols, row_stride, 1}, offsets, count, first);
        bool same = true;
        for (index i = 0; i < rows; ++i)
            for (index j = 0; j < cols; ++j)
                for (index lane = 0; lane < L; ++lane) {
                    const std::size_t place = std::size_t(offsets[lane < count ? lane : 0] + i * row_stride + j);
                    same &= lanes.at(i, first + j)[lane] == a[place] && (lane >= count || b[place] == a[place]);
                }
        CHECK(same);
    }
}

// A = U diag(s) Vt, and U orthonormal, for each of `count` matrices.
template <class T>
double svd_error(const std::vector<T>& a, const std::vector<T>& u, const std::vector<T>& s, const std::vector<T>& vt, index count,
                 index m, index n) {
    const index k = std::min(m, n);
    double worst = 0;
    for (index entry = 0; entry < count; ++entry) {
        const Matrix<const T> A = row_major(a.data() + entry * m * n, m, n), U = row_major(u.data() + entry * m * k, m, k),
                              Vt = row_major(vt.data() + entry * k * n, k, n);
        for (index i = 0; i < m; ++i)
            for (index j = 0; j < n; ++j) {
                long double residual = -static_cast<long double>(A(i, j));
                for (index p = 0; p < k; ++p)
                    residual += static_cast<long double>(U(i, p)) * s[std::size_t(entry * k + p)] * Vt(p, j);
                worst = std::fmax(worst, double(std::fabs(residual)));
            }
        for (index p = 0; p < k; ++p)
            for (index q = 0; q < k; ++q) {
                long double overlap = p == q ? -1 : 0;
                for (index i = 0; i < m; ++i) overlap += static_cast<long double>(U(i, p)) * U(i, q);
                worst = std::fmax(worst, double(std::fabs(overlap)));
            }
    }
    return worst;
}

template <class T>
void test_jacobi(index count, index m, index n) {
    const index k = std::min(m, n);
    const auto room = [&](index size) { return std::vector<T>(static_cast<std::size_t>(count * size)); };
    std::vector<T> a = random_values<T>(count * m * n), u = room(m * k), s = room(k), vt = room(k * n);
    const Matrix<const T> A = row_major<const T>(a.data(), m, n);
    const Matrix<T> U = row_major(u.data(), m, k), Vt = row_major(vt.data(), k, n);
    const double bound = 10 * double(m + n) * std::numeric_limits<T>::epsilon();
    if (linalg::svd_is_small(m, n)) {
        Stack<4> stack;
        index failed;
        stack.push(count, {m * n, m * k, k, k * n});
        CHECK(linalg::svd_small<T>(stack, A, U, {s.data(), k}, Vt, failed) == linalg::Status::ok);
        CHECK(svd_error(a, u, s, vt, count, m, n) <= bound);
    }
    CHECK(linalg::jacobi_svd<T>(A, U, {s.data(), k}, Vt) == linalg::Status::ok);
    CHECK(svd_error(a, u, s, vt, 1, m, n) <= bound);
}

template <class T>
void test_eigh_small(index n) {
    const index count = 19, size = n * n;
    std::vector<T> a = random_values<T>(count * size), v(a.size()), v1(a.size());
    std::vector<T> w(static_cast<std::size_t>(count * n)), alone(w.size());
    const auto solve = [&](index first, index many, std::vector<T>& values, std::vector<T>& vectors) {
        Stack<3> stack;
        index failed;
        stack.push(many, {size, n, size});
        return linalg::eigh_small<T>(stack, row_major<const T>(a.data() + first * size, n, n), {values.data() + first * n, n},
                                     row_major(vectors.data() + first * size, n, n), failed);
    };
    CHECK(solve(0, count, w, v) == linalg::Status::ok);
    for (index entry = 0; entry < count; ++entry) CHECK(solve(entry, 1, alone, v1) == linalg::Status::ok);
    CHECK(w == alone && v == v1);  // a matrix knows nothing of its neighbours
}

template <class T>
void test_svd(index m, index n) {
    const index k = std::min(m, n);
    std::vector<T> a = random_values<T>(m * n), u(std::size_t(m * k)), s(static_cast<std::size_t>(k)), vt(std::size_t(k * n));
    const Matrix<T> U = row_major(u.data(), m, k), Vt = row_major(vt.data(), k, n);
    CHECK(linalg::svd<T>(row_major<const T>(a.data(), m, n), U, {s.data(), k}, Vt) == linalg::Status::ok);
    CHECK(svd_error(a, u, s, vt, 1, m, n) <= 10 * double(m + n) * std::numeric_limits<T>::epsilon());
}

template <class T>
void test_vectors(index n) {
    std::vector<T> x = random_values<T>(n), y = random_values<T>(n);
    long double sum = 0, squares = 0, size = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sum += static_cast<long double>(x[i]) * y[i];
        size += std::fabs(static_cast<long double>(x[i]) * y[i]);
        squares += static_cast<long double>(x[i]) * x[i];
    }
    const T eps = std::numeric_limits<T>::epsilon();
    CHECK(std::fabs(blas::dot<T>({x.data(), n}, {y.data(), n}) - sum) <= double(n + 2) * eps * size);
    CHECK(std::fabs(blas::nrm2<T>({x.data(), n}) - std::sqrt(squares)) <= double(n + 4) * eps * std::sqrt(squares));
}

template <class T>
void run() {
    for (index n : {1, 2, 3, 7, 8, 9, 23, 24, 25, 47, 48, 49, 97, 130})
        for (int layout = 0; layout < 3; ++layout) {
            test_gemm<T>(n, n, n, layout);
            test_gram<T>(n + 3, n, layout);
            test_gram_apply<T>(n + 3, n, n % 11 + 1, layout);
        }
    test_gemm<T>(5, 300, 300, 0);
    test_gemm<T>(257, 130, 300, 1);
    test_gemm<T>(3, 4, 9000, 2);
    test_gram<T>(3000, 20, 0);
    test_gram<T>(300, 210, 1);
    for (index n : {0, 1, 2, 3, 8, 17, 64, 65, 66, 130}) test_eigh<T>(n);
    for (index n : {1, 2, 3, 8, 17, 48, 49, 50, 130}) test_svd<T>(n, n), test_svd<T>(n + 9, n), test_svd<T>(n, n + 1);
    for (index n : {1, 2, 3, 8, 17, 65, 130}) test_values<T>(n);
    for (index n : {1, 2, 3, 7, 16, 17, 33, 70})
        for (index m : {n, 4 * n + 5, n / 2 + 1})
            for (int layout = 0; layout < 3; ++layout) test_qr<T>(m, n, layout);
    test_qr<T>(10000, 7, 0);
    for (index n : {1, 2, 3, 4, 9, 16, 17, 33, 70, 131}) test_eig<T>(n);
    for (index n : {1, 2, 3, 5, 7, 8, 9, 13, 16})
        for (index m : {1, 3, 4, 9, 16}) test_interleaved<T>(m, n, false), test_interleaved<T>(m, n, true);
    for (index n : {1, 2, 3, 5, 8}) test_eigh_small<T>(n);
    for (index n : {1, 2, 3, 8, 9, 16, 17, 40})
        for (index m : {1, 3, 8, 16, 33}) test_jacobi<T>(19, m, n);
    for (index n : {1, 2, 3, 8, 15, 16, 17, 33, 70}) test_factorisations<T>(n, 19);
    for (index n : {0, 1, 15, 16, 17, 1000, 100000}) test_vectors<T>(n);
}

}  // namespace
}  // namespace mlcore

int main() {
    mlcore::run<float>();
    mlcore::run<double>();
    return mlcore::test_summary();
}
