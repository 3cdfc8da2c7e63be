// How many CPUs this process may really use.
#pragma once

#include <string>

namespace mlcore {

// CPUs in the affinity mask (taskset, cpusets, batch systems), at least 1.
int affinity_cpu_count() noexcept;

// CPU time per wall time that cgroups allow (containers: docker --cpus=1.5), over versions 1 and 2 and
// all ancestors of our group; +infinity when there is no limit. The root is put before /proc and before
// the mount points (for tests).
double cgroup_cpu_quota(const std::string& root = "");

// min(affinity mask, quota rounded up), at least 1. Reads files, so ask seldom.
int usable_cpu_count() noexcept;

}  // namespace mlcore
