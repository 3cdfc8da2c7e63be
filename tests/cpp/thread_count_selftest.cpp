// Self-test of the default number of threads. A plain program; build and run it, from the root, with
//     g++ -std=c++20 -O2 -pthread -Icpp tests/cpp/thread_count_selftest.cpp cpp/core/*.cpp -o thread_count_selftest && ./thread_count_selftest
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "core/cpu_count.hpp"
#include "core/thread_pool.hpp"
#include "selftest.hpp"

namespace mlcore {
namespace {

// Must come first: the variable is read once per process, so each value gets a child that has not read it yet.
void test_environment() {
    const int usable = usable_cpu_count();
    const auto defaults_are = [](const char* value, int threads, const std::string& message) {
        return in_child([&] {
            setenv("MLCORE_NUM_THREADS", value, 1);
            const char* error = num_threads_env_error();
            return default_num_threads() == threads && num_threads() == threads &&
                   (message.empty() ? error == nullptr : error != nullptr && std::string(error).starts_with(message));
        });
    };
    CHECK(defaults_are("3", 3, ""));
    CHECK(defaults_are("1", 1, ""));
    CHECK(defaults_are("1024", 1024, ""));
    CHECK(defaults_are("", usable, ""));
    for (const std::string bad : {"0", "-1", "two", "2x", " 2", "1.5", "1025", "99999999999999999999"})
        CHECK(defaults_are(bad.c_str(), usable, "MLCORE_NUM_THREADS is '" + bad + "', but must be"));
}

// A made-up /proc and /sys.
class FakeRoot {
public:
    FakeRoot() {
        path_ = std::filesystem::temp_directory_path() / "selftest_XXXXXX";
        if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot create " + path_);
    }
    ~FakeRoot() { std::filesystem::remove_all(path_); }
    FakeRoot(const FakeRoot&) = delete;
    FakeRoot& operator=(const FakeRoot&) = delete;

    void write(const std::string& file, const std::string& text) const {
        const std::filesystem::path full = path_ + file;
        std::filesystem::create_directories(full.parent_path());
        std::ofstream(full) << text;
    }
    double quota() const { return cgroup_cpu_quota(path_); }

private:
    std::string path_;
};

void test_cpu_count() {
    CHECK(affinity_cpu_count() >= 1);
    CHECK(usable_cpu_count() >= 1 && usable_cpu_count() <= affinity_cpu_count());
    CHECK(cgroup_cpu_quota() > 0);
    CHECK(std::isinf(FakeRoot().quota()));
    {
        const FakeRoot root;  // version 2, the parent is stricter
        root.write("/proc/self/cgroup", "0::/a/b\n");
        root.write("/proc/self/mountinfo", "29 22 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
        root.write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
        CHECK(std::isinf(root.quota()));
        root.write("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
        CHECK(root.quota() == 1.5);
        root.write("/sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
        CHECK(root.quota() == 0.5);
    }
    {
        const FakeRoot root;  // version 2 with a group namespace, as in a container
        root.write("/proc/self/cgroup", "0::/\n");
        root.write("/proc/self/mountinfo", "29 22 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
        root.write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
        CHECK(root.quota() == 2.0);
    }
    {
        const FakeRoot root;  // version 1 without a namespace: the mount shows our subtree only; a colon in the name
        root.write("/proc/self/cgroup", "5:cpuset:/docker/1:2\n4:cpu,cpuacct:/docker/1:2\n1:name=systemd:/x\n0::/\n");
        root.write("/proc/self/mountinfo",
                   "30 25 0:27 /docker/1:2 /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n"
                   "31 25 0:28 /docker/1:2 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n");
        root.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
        root.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        CHECK(std::isinf(root.quota()));
        root.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
        CHECK(root.quota() == 2.5);
    }
}

}  // namespace
}  // namespace mlcore

int main() {
    mlcore::test_environment();
    mlcore::test_cpu_count();
    return mlcore::test_summary();
}
