// Runs launches of CUDA kernels on the CPU: block after block, a block's threads as fibres.
//
// A fibre runs until it waits or ends. Which one goes on first is turned round from block to block,
// so that a kernel that forgot a barrier gives other numbers in one of two runs.
#undef _FORTIFY_SOURCE  // it takes a jump between stacks for a fault
#include "emulation.hpp"
#include "watch.hpp"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

namespace {

constexpr int WARP = 32;
constexpr int MOST_THREADS = 1024;
constexpr size_t STACK_BYTES = 1 << 16;

typedef void (*Kernel)(void* const* const*, const int32_t*, void*, int64_t);

struct Launch {
    Kernel kernel;
    annlab_emulation** here;  // the kernel's library looks there
    void* const* const* tables;
    const int32_t* first;
    void* clock;
    int64_t ahead;
    int64_t n_blocks, n_members, n_threads;
};

enum State { READY, AT_BLOCK, AT_WARP, DONE };

struct Fibre {
    jmp_buf place;
    bool has_begun;
    State state;
    void* stack;
};

annlab_emulation current;
Fibre fibres[MOST_THREADS];
uint64_t words[2][MOST_THREADS];  // two rounds of exchanges: nobody overtakes by more
int round_of[MOST_THREADS];
annlab_exchange reasons[MOST_THREADS];  // for the exchange that a thread waits for
jmp_buf scheduler;
const Launch* launch;
int running;
bool is_backwards;

void yield_as(State state) {
    fibres[running].state = state;
    if (!_setjmp(fibres[running].place)) _longjmp(scheduler, 1);
}

void wait_for_block() {
    yield_as(AT_BLOCK);
}

const uint64_t* exchange(uint64_t word, annlab_exchange why) {
    const int thread = running, round = round_of[thread];
    round_of[thread] = 1 - round;
    words[round][thread] = word;
    reasons[thread] = why;
    yield_as(AT_WARP);
    return words[round] + thread / WARP * WARP;
}

void body() {
    for (;;) {
        launch->kernel(launch->tables, launch->first, launch->clock, launch->ahead);
        yield_as(DONE);
    }
}

void go_on(int thread) {
    running = thread;
    current.thread = {(uint32_t)thread, 0, 0};
    Fibre& fibre = fibres[thread];
    if (_setjmp(scheduler)) return;
    if (fibre.has_begun) _longjmp(fibre.place, 1);
    fibre.has_begun = true;
    if (fibre.stack == nullptr) fibre.stack = malloc(STACK_BYTES);
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fibre.stack;
    context.uc_stack.ss_size = STACK_BYTES;
    context.uc_link = nullptr;
    makecontext(&context, body, 0);
    setcontext(&context);
}

bool is_within(const void* address, const void* begin, size_t n_bytes) {
    return (size_t)((const char*)address - (const char*)begin) < n_bytes;
}

// What is a thread's own, and what the emulation lends it, nobody else can touch.
void touch(const void* address, uint32_t size, annlab_access how, const void* where) {
    if (is_within(address, fibres[running].stack, STACK_BYTES)) return;
    if (is_within(address, &current, sizeof current)) return;
    if (is_within(address, launch->here, sizeof *launch->here)) return;
    if (is_within(address, words, sizeof words)) return;
    const uint32_t block = current.block.y * current.n_blocks.x + current.block.x;
    const watch::Access now = {watch::launch_number, block, (uint32_t)running, watch::block_epoch,
                               watch::warp_epochs[running / WARP], where};
    watch::touch((uintptr_t)address, size, how, now, (const void*)launch->kernel);
    if (watch::report[0] != 0) yield_as(DONE);  // it will not go on: the access might end the process
}

// Lets the threads from `begin` to `end` go on if all of them wait in the same way.
bool release(int begin, int end, State state) {
    for (int t = begin; t < end; ++t)
        if (fibres[t].state != state || (state == AT_WARP && reasons[t] != reasons[begin]))
            return false;
    for (int t = begin; t < end; ++t) fibres[t].state = READY;
    if (state == AT_BLOCK) ++watch::block_epoch;
    if (state == AT_WARP && reasons[begin] == ANNLAB_SYNC) ++watch::warp_epochs[begin / WARP];
    return true;
}

// Runs one block; false if some of its threads wait for ever.
bool run_block(int n_threads) {
    watch::begin_block();
    for (int t = 0; t < n_threads; ++t) {
        fibres[t].state = READY;
        round_of[t] = 0;
    }
    for (;;) {
        int n_done = 0;
        bool has_moved = false;
        for (int k = 0; k < n_threads; ++k) {
            const int t = is_backwards ? n_threads - 1 - k : k;
            if (fibres[t].state == READY) {
                go_on(t);
                if (watch::report[0] != 0) return false;
                has_moved = true;
            }
            n_done += fibres[t].state == DONE;
        }
        if (n_done == n_threads) return true;
        for (int t = 0; t < n_threads; t += WARP) has_moved |= release(t, t + WARP, AT_WARP);
        has_moved |= release(0, n_threads, AT_BLOCK);
        if (!has_moved) return false;
    }
}

bool run_launch(const Launch& what) {
    launch = &what;
    watch::begin_launch();
    *what.here = &current;
    current.n_threads = {(uint32_t)what.n_threads, 1, 1};
    current.n_blocks = {(uint32_t)what.n_blocks, (uint32_t)what.n_members, 1};
    for (int64_t y = 0; y < what.n_members; ++y)
        for (int64_t x = 0; x < what.n_blocks; ++x) {
            current.block = {(uint32_t)x, (uint32_t)y, 0};
            is_backwards = !is_backwards;
            if (!run_block((int)what.n_threads)) return false;
        }
    return true;
}

}  // namespace

extern "C" {

// Runs the launches of `n_steps` steps; the place of the launch that cannot end or of which
// `annlab_watch_report` tells something, or -1.
int64_t annlab_emulate(const void* launches, int64_t n_launches, int64_t n_steps,
                       int32_t starts_backwards) {
    current.wait_for_block = wait_for_block;
    current.exchange = exchange;
    current.touch = touch;
    watch::report[0] = 0;
    is_backwards = starts_backwards != 0;
    const Launch* const all = (const Launch*)launches;
    for (int64_t step = 0; step < n_steps; ++step)
        for (int64_t k = 0; k < n_launches; ++k)
            if (!run_launch(all[k])) {
                for (Fibre& fibre : fibres) fibre.has_begun = false;  // forget where they wait
                return k;
            }
    return -1;
}

// Kernels that are watched may use no memory but what is named here; 0 if no more can be.
int32_t annlab_watch(uintptr_t address, int64_t n_bytes) {
    return watch::add(address, n_bytes, watch::GLOBAL);
}

void annlab_watch_no_more(uintptr_t address) {
    watch::remove(address);
}

// Notes that the host has written, or will.
void annlab_watch_written(uintptr_t address, int64_t n_bytes) {
    watch::Region* const region = watch::region_of(address);
    if (region != nullptr) memset(region->is_set + (address - region->begin), 1, (size_t)n_bytes);
}

// What was found in the last call of `annlab_emulate`, or an empty text.
const char* annlab_watch_report() {
    return watch::report;
}

}  // extern "C"
