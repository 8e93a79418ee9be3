// Time, and sleeping until another thread changes a word.
//
// What the C++ standard library offers for it takes longer to parse than the whole engine takes to
// compile, and a compiler from PyPI would have to build that library first.
#pragma once
#include <stdint.h>
#include <time.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace annlab {

inline double seconds_now() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// Sleeps while `*word` is `value`; may return early.
inline void sleep_while(const uint32_t* word, uint32_t value) {
#if defined(__linux__)
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
#else
    (void)word, (void)value;
    const timespec nap = {0, 50000};
    nanosleep(&nap, nullptr);
#endif
}

inline void wake_all(const uint32_t* word) {
#if defined(__linux__)
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
#else
    (void)word;
#endif
}

}  // namespace annlab
