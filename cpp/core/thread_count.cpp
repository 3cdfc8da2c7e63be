// The number of threads: the setting, else MLCORE_NUM_THREADS, else what the machine lets us use.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "core/call_context.hpp"
#include "core/cpu_count.hpp"
#include "core/thread_pool.hpp"

namespace mlcore {
namespace {

struct Default {
    int threads = 1;
    std::string error;  // empty: none

    Default() {
        const char* text = std::getenv("MLCORE_NUM_THREADS");
        if (text != nullptr && *text != '\0') {  // set to nothing: as if unset
            const char* end = text + std::strlen(text);
            int n = 0;
            const auto [stop, code] = std::from_chars(text, end, n);
            if (code == std::errc{} && stop == end && n >= 1 && n <= max_num_threads) {
                threads = n;
                return;
            }
            error = "MLCORE_NUM_THREADS is '" + std::string(text) + "', but must be a whole number from 1 to " +
                    std::to_string(max_num_threads) + ": correct the environment variable, or unset it to use all CPUs.";
        }
        threads = usable_cpu_count();
    }
};

// Read once, when the binding asks for errors at import.
const Default& the_default() {
    static const Default value;
    return value;
}

std::atomic<int> setting{0};  // 0: the default

}  // namespace

int default_num_threads() noexcept { return the_default().threads; }

const char* num_threads_env_error() noexcept {
    const std::string& error = the_default().error;
    return error.empty() ? nullptr : error.c_str();
}

int num_threads() noexcept {
    const int n = setting.load(std::memory_order_relaxed);
    return n != 0 ? n : default_num_threads();
}

void set_num_threads(int n) noexcept {
    setting.store(std::clamp(n, 1, max_num_threads), std::memory_order_relaxed);
    if (!detail::call_context.inside_body) detail::call_context.planned_threads = 0;  // forget the last parallel_width()
}

}  // namespace mlcore
