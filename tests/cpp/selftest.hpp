// What the self-tests of cpp/core share. They are plain programs, without a framework, so that each runs under any
// sanitizer and emulator.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace mlcore {  // the tests live in it, too, rather than say `using`: <strings.h> has a function called index

inline int passed = 0, failed = 0;

inline void check(bool ok, const char* what, const char* file, int line) {
    ok ? ++passed : ++failed;
    if (!ok) std::fprintf(stderr, "%s:%d: FAILED: %s\n", file, line, what);
}
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

// Prints the counts; the exit status of the program.
inline int test_summary() {
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

// Runs f in a forked child with a time limit; true when it returned true there.
template <class F>
bool in_child(F f) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);  // a deadlock ends the child by SIGALRM
        _exit(f() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace mlcore
