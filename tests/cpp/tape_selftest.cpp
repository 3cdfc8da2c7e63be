// Self-test of recorded programs. Every array has just the bytes it needs, so that a sanitizer sees whatever goes beyond. A plain
// program; build and run it, from the root, with
//     g++ -std=c++20 -O2 -pthread -Icpp tests/cpp/tape_selftest.cpp cpp/{core,blas,calculus}/*.cpp -o tape_selftest && ./tape_selftest
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "calculus/kernels.hpp"
#include "calculus/tape.hpp"
#include "selftest.hpp"

namespace mlcore::calculus {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

template <class T>
std::vector<T> zeros(index n) { return std::vector<T>(std::size_t(n), T(0)); }

template <class T>
std::vector<T> numbers(index n) {
    static constexpr double some[] = {0.5, -1.25, 3.0, 0.0, -0.0, nan, infinity, -infinity, 1e-310, -700.5, 2.0, 1e6, -3e8};
    std::vector<T> x = zeros<T>(n);
    for (index i = 0; i < n; ++i) x[std::size_t(i)] = T(some[i % 13] * (i < 13 ? 1.0 : 1.0 + 0.01 * double(i)));
    return x;
}

template <class T>
bool same(T a, T b) { return a == b || (a != a && b != b); }

// Every operation and length: the same answers alone, in place, and for each element by itself.
template <class T>
void test_kernels() {
    for (int op = 0; op < op_count; ++op)
        for (index n : {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 33}) {
            const std::vector<T> a = numbers<T>(n), b = numbers<T>(n + 3), c(std::size_t(n), T(2));
            const std::vector<T> second(b.begin() + 3, b.end());
            std::vector<T> out(std::size_t(n), T(77)), in_place = a;
            const Kernel<T> f = kernel<T>(op);
            f(n, out.data(), a.data(), second.data(), c.data());
            f(n, in_place.data(), in_place.data(), second.data(), c.data());
            bool right = true;
            for (std::size_t i = 0; i < std::size_t(n); ++i) {
                T one;
                f(1, &one, &a[i], &second[i], &c[i]);
                right = right && same(out[i], one) && same(in_place[i], one);
            }
            CHECK(right);
        }
}

template <class T>
constexpr Kind kind_of = sizeof(T) == 8 ? Kind::f64 : Kind::f32;

// y = (x + row) * x, with x strided or not, summed along both axes; then the product of that with its transpose.
template <class T>
void test_program(index m, index n, bool transposed) {
    Program program;
    const int x = program.add_argument(), row = program.add_argument(), y = program.add_argument();
    const int down = program.add_argument(), across = program.add_argument(), square = program.add_argument();
    const int work = program.add_work(0);
    program.set_work_bytes(m * n * index(sizeof(T)));
    const std::vector<index> strides = transposed ? std::vector<index>{1, m} : std::vector<index>{n, 1};
    // Places: register 0, then the views x, row, work.
    program.add_step(loop_step(kind_of<T>, {m, n}, {{x, 0, strides}, {row, 0, {0, 1}}, {work, 0, {n, 1}}}, 1,
                               {{op_add, 0, 1, 2, 2}, {op_multiply, 3, 0, 1, 1}}), 1);
    program.add_step(copy_step({m, n}, {work, 0, {n, 1}}, kind_of<T>, {y, 0, {n, 1}}, kind_of<T>), 1);
    program.add_step(reduce_step(kind_of<T>, Reduction::sum, {n}, {1}, {m}, {n}, {work, 0, {}}, {down, 0, {}}), 1);
    program.add_step(reduce_step(kind_of<T>, Reduction::largest, {m}, {n}, {n}, {1}, {work, 0, {}}, {across, 0, {}}), 1);
    program.add_step(product_step(kind_of<T>, {}, m, m, n, {work, 0, {n, 1}}, {work, 0, {1, n}}, {square, 0, {m, 1}}), 1);

    std::vector<T> given = zeros<T>(m * n), line = zeros<T>(n);
    for (index i = 0; i < m * n; ++i) given[std::size_t(i)] = T(i % 7 - 3);
    for (index j = 0; j < n; ++j) line[std::size_t(j)] = T(j % 3);
    const auto at = [&](index i, index j) { return given[std::size_t(i * strides[0] + j * strides[1])]; };
    const auto expected = [&](index i, index j) { return (at(i, j) + line[std::size_t(j)]) * at(i, j); };
    const std::vector<T> kept = given;
    const auto run = [&] {
        std::vector<T> a = zeros<T>(m * n), b = zeros<T>(n), c = zeros<T>(m), d = zeros<T>(m * m);
        std::byte* const addresses[] = {(std::byte*)given.data(), (std::byte*)line.data(), (std::byte*)a.data(),
                                        (std::byte*)b.data(),     (std::byte*)c.data(),    (std::byte*)d.data()};
        bool right = program.run(addresses) == -1;
        for (index j = 0; j < n; ++j) {
            T sum = 0;
            for (index i = 0; i < m; ++i) sum += expected(i, j), right = right && a[std::size_t(i * n + j)] == expected(i, j);
            right = right && b[std::size_t(j)] == sum;
        }
        for (index i = 0; i < m; ++i) {
            T largest = -std::numeric_limits<T>::infinity();
            for (index j = 0; j < n; ++j) largest = std::max(largest, expected(i, j));
            right = right && c[std::size_t(i)] == largest;
            for (index k = 0; k < m; ++k) {
                T dot = 0;
                for (index j = 0; j < n; ++j) dot += expected(i, j) * expected(k, j);
                right = right && d[std::size_t(i * m + k)] == dot;  // small integers: exact in any order
            }
        }
        return right;
    };
    CHECK(run());
    bool results[4];
    std::vector<std::thread> threads;  // one program, several callers at once
    for (bool& result : results) threads.emplace_back([&] { result = run(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(results[0] && results[1] && results[2] && results[3]);
    CHECK(given == kept);
}

void test_moves_and_guards() {
    Program program;
    const int x = program.add_argument(), y = program.add_argument(), z = program.add_argument();
    const double expected[] = {2.0, nan};
    std::vector<std::byte> bytes(sizeof expected);
    std::memcpy(bytes.data(), expected, sizeof expected);
    program.add_step(gather_step(Kind::f64, {x, 0, {}}, {4, 0, 0, 2}, {y, 0, {}}), 1);
    program.add_step(guard_step(Kind::f64, {x, 1, {}}, bytes), 0);
    program.add_step(zero_step(Kind::f64, {z, 0, {}}, 3), 1);
    program.add_step(add_at_step(Kind::f64, {y, 0, {}}, {2, 2, 0, 2}, {z, 0, {}}), 1);
    std::vector<double> a{1, 2, nan, 4, 5}, b(4), c(3);
    std::byte* const addresses[] = {(std::byte*)a.data(), (std::byte*)b.data(), (std::byte*)c.data()};
    CHECK(program.run(addresses) == -1);
    CHECK(b[0] == 5 && b[1] == 1 && b[2] == 1 && b[3] != b[3] && c[0] == 1 && c[1] == 0 && c[2] != c[2]);
    a[1] = 3;
    CHECK(program.run(addresses) == 1);

    const std::int64_t large = (std::int64_t(1) << 60) + 1;  // no float64
    std::vector<std::byte> integer(sizeof large);
    std::memcpy(integer.data(), &large, sizeof large);
    Program whole;
    whole.add_step(guard_step(Kind::i64, {whole.add_argument(), 0, {}}, integer), 0);
    for (std::int64_t given : {large, large - 1}) {
        std::byte* const address[] = {(std::byte*)&given};
        CHECK(whole.run(address) == (given == large ? -1 : 0));
    }
}

}  // namespace
}  // namespace mlcore::calculus

int main() {
    using namespace mlcore::calculus;
    test_kernels<double>();
    test_kernels<float>();
    for (mlcore::index m : {0, 1, 3, 17, 70})
        for (mlcore::index n : {1, 4, 9, 33, 130})
            for (bool transposed : {false, true}) test_program<double>(m, n, transposed), test_program<float>(m, n, transposed);
    test_moves_and_guards();
    return mlcore::test_summary();
}
