// Linux gives a process a part of the machine in two ways:
//   - the affinity mask: these CPUs only (taskset, cpusets, batch systems);
//   - a cgroup quota: so many microseconds of CPU time per period, on any CPU (containers). Threads beyond it do not
//     run faster, they are all halted for the rest of the period.
// A cgroup's quota binds its descendants too, so the smallest one on the path to the root counts. Where the files lie:
//     /proc/self/cgroup      "0::/a/b" (version 2)   or "4:cpu,cpuacct:/a/b" (version 1): our group
//     /proc/self/mountinfo   "... ROOT MOUNTPOINT ... - cgroup2 ..." : the tree from ROOT down is visible at MOUNTPOINT
//     <dir>/cpu.max          "max 100000" or "150000 100000" (version 2)
//     <dir>/cpu.cfs_quota_us, cpu.cfs_period_us (version 1; quota -1: none)
// Sources: cgroups(7), Documentation/admin-guide/cgroup-v2.rst.
#include "core/cpu_count.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

namespace mlcore {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

bool lists_cpu(const std::string& controllers) {
    const auto names = split(controllers, ',');
    return std::find(names.begin(), names.end(), "cpu") != names.end();
}

double ratio(double quota, double period) { return quota > 0 && period > 0 ? quota / period : unlimited; }

double quota_v2(const std::string& directory) {
    std::ifstream file(directory + "/cpu.max");
    double quota = 0, period = 0;
    return file >> quota >> period ? ratio(quota, period) : unlimited;  // "max" is no number
}

double quota_v1(const std::string& directory) {
    std::ifstream quota_file(directory + "/cpu.cfs_quota_us"), period_file(directory + "/cpu.cfs_period_us");
    double quota = 0, period = 0;
    return quota_file >> quota && period_file >> period ? ratio(quota, period) : unlimited;
}

struct Mount {
    std::string root, point;
};

// The mount of the version 2 tree, or of the version 1 tree with the cpu controller.
bool find_mount(const std::string& root, bool version2, Mount& mount) {
    std::ifstream file(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);) {
        const auto words = split(line, ' ');
        const auto dash = std::find(words.begin(), words.end(), "-");
        if (dash - words.begin() < 6 || words.end() - dash < 4) continue;
        if (version2 ? dash[1] == "cgroup2" : dash[1] == "cgroup" && lists_cpu(dash[3])) {
            mount = {words[3], words[4]};
            return true;
        }
    }
    return false;
}

double smallest_quota(const std::string& root, bool version2, std::string group) {
    Mount mount;
    if (!find_mount(root, version2, mount)) return unlimited;
    // In a container the mount may show a subtree only: "/docker/1234" of our group "/docker/1234/job".
    if (mount.root != "/") {
        const bool inside = group == mount.root || group.starts_with(mount.root + "/");
        group = inside ? group.substr(mount.root.size()) : "";
    }
    if (group.find("/..") != std::string::npos) group.clear();  // our group lies outside what we can see
    double smallest = unlimited;
    for (;;) {
        const std::string directory = root + mount.point + group;
        smallest = std::min(smallest, version2 ? quota_v2(directory) : quota_v1(directory));
        if (group.empty()) return smallest;
        group.resize(group.find_last_of('/') == std::string::npos ? 0 : group.find_last_of('/'));
    }
}

}  // namespace

int affinity_cpu_count() noexcept {
#ifdef __linux__
    // The kernel refuses a mask smaller than its own, so ask with larger ones.
    for (int cpus = 1024; cpus <= 1 << 18; cpus *= 4) {
        cpu_set_t* set = CPU_ALLOC(cpus);
        if (set == nullptr) break;
        const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
        const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

double cgroup_cpu_quota(const std::string& root) {
    double smallest = unlimited;
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        // hierarchy : controllers : path, and the path may contain colons
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool version2 = controllers.empty();
        if (version2 || lists_cpu(controllers))
            smallest = std::min(smallest, smallest_quota(root, version2, line.substr(second + 1)));
    }
    return smallest;
}

int usable_cpu_count() noexcept {
    const int cpus = affinity_cpu_count();
    try {
        const double quota = std::ceil(cgroup_cpu_quota());
        return quota < cpus ? std::max(1, static_cast<int>(quota)) : cpus;
    } catch (...) {  // out of memory while reading small files
        return cpus;
    }
}

}  // namespace mlcore
