// Watches what emulated kernels do with memory: every access is looked at.
//
// Two threads of a launch may touch the same number only if neither of them writes, if both do so
// atomically, or if a barrier lies between: __syncthreads for threads of a block, __syncwarp for lanes
// of a warp. (Shuffles and votes order no memory.) Besides, an access must lie in memory of the device,
// be aligned as a GPU asks, and read only what somebody has written. What is found first is told.
//
// The compiler calls `touch` (emulation.hpp) where its own checker of threads would be asked. For
// every number the latest accesses of each kind are kept, two of threads that are as far apart as
// possible: whoever comes later and is in conflict with any is so with one of them.
#pragma once
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emulation.hpp"

namespace watch {

constexpr int KINDS = 3;  // of annlab_access
constexpr int64_t MOST_REGIONS = 1 << 16;
constexpr int64_t PAGE = 4096;

// Who has touched a number, and after how many barriers.
struct Access {
    uint32_t launch, block, thread, block_epoch, warp_epoch;
    const void* where;

    bool is_of(const Access& other) const {
        return launch == other.launch && block == other.block && thread == other.thread;
    }
    bool is_warp_of(const Access& other) const {
        return block == other.block && thread / 32 == other.thread / 32;
    }
    // Whether this came before `later`, whatever the order in which a GPU runs its threads.
    bool is_before(const Access& later) const {
        if (launch != later.launch || is_of(later)) return true;
        if (block != later.block) return false;
        return block_epoch < later.block_epoch ||
               (is_warp_of(later) && warp_epoch < later.warp_epoch);
    }
};

struct Number {
    Access kept[KINDS][2];
    uint32_t set_in;  // of shared memory: the launch in which it was written

    void keep(int kind, const Access& now) {
        Access* const two = kept[kind];
        for (int s = 0; s < 2; ++s)
            if (two[s].is_before(now)) {
                two[s] = now;
                return;
            }
        const bool is_further = two[0].block == two[1].block &&
                                (now.block != two[0].block ||
                                 (two[0].is_warp_of(two[1]) && !now.is_warp_of(two[0])));
        if (is_further) two[1] = now;
    }
    // One that is in conflict with `now`, or null.
    const Access* rival(int kind, const Access& now) const {
        for (int other = 0; other < KINDS; ++other) {
            const bool is_harmless = other == kind && kind != ANNLAB_WRITES;
            for (const Access& access : kept[other])
                if (!is_harmless && !access.is_before(now)) return &access;
        }
        return nullptr;
    }
};

// Memory of the device, or some of the variables of a library of kernels.
enum Kind { GLOBAL, SHARED, CONSTANT };

struct Region {
    uintptr_t begin;
    int64_t n_bytes;
    int64_t item;     // bytes of the smallest number that was touched
    Number* numbers;  // one for each item; pages come when they are touched
    uint8_t* is_set;  // by byte
    Kind kind;

    int64_t mapped() const { return n_bytes * (int64_t)sizeof(Number); }
};

template <class T>
T* pages(int64_t n) {
    void* const found = mmap(nullptr, (size_t)n * sizeof(T), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return found == MAP_FAILED ? nullptr : (T*)found;
}

Region regions[MOST_REGIONS];  // ascending
int64_t n_regions;
uint32_t launch_number;
uint32_t block_number;  // of all launches: shared memory knows no other
uint32_t block_epoch, warp_epochs[32];
char report[1024];

// The first region that begins above an address.
int64_t above(uintptr_t address) {
    int64_t low = 0, high = n_regions;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (regions[middle].begin <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Region* region_of(uintptr_t address) {
    const int64_t k = above(address) - 1;
    if (k < 0 || address >= regions[k].begin + (uintptr_t)regions[k].n_bytes) return nullptr;
    return &regions[k];
}

bool add(uintptr_t begin, int64_t n_bytes, Kind kind) {
    if (n_regions == MOST_REGIONS) return false;
    const int64_t item = kind == GLOBAL ? 8 : 1;  // variables of all sizes share a page
    Region region = {begin, n_bytes, item, pages<Number>(n_bytes), pages<uint8_t>(n_bytes), kind};
    if (region.numbers == nullptr || region.is_set == nullptr) return false;
    const int64_t k = above(begin);
    memmove(regions + k + 1, regions + k, (size_t)(n_regions - k) * sizeof(Region));
    regions[k] = region;
    ++n_regions;
    return true;
}

void remove(uintptr_t begin) {
    const int64_t k = above(begin) - 1;
    if (k < 0 || regions[k].begin != begin) return;
    munmap(regions[k].numbers, (size_t)regions[k].mapped());
    munmap(regions[k].is_set, (size_t)regions[k].n_bytes);
    memmove(regions + k, regions + k + 1, (size_t)(n_regions - k - 1) * sizeof(Region));
    --n_regions;
}

void forget_numbers(Region& region) {
    munmap(region.numbers, (size_t)region.mapped());
    region.numbers = pages<Number>(region.n_bytes);
}

// What is looked for among the libraries that are loaded.
struct Search {
    uintptr_t address, kernel;
    bool is_found, is_writable;
};

int look(dl_phdr_info* library, size_t, void* to) {
    Search& search = *(Search*)to;
    bool has_kernel = false, has_address = false, is_writable = false;
    for (int k = 0; k < library->dlpi_phnum; ++k) {
        const auto& part = library->dlpi_phdr[k];
        const uintptr_t begin = library->dlpi_addr + part.p_vaddr;
        if (part.p_type != PT_LOAD) continue;
        has_kernel |= search.kernel - begin < part.p_memsz;
        if (search.address - begin >= part.p_memsz) continue;
        has_address = true;
        is_writable = part.p_flags & PF_W;
    }
    search.is_found = has_kernel && has_address;
    search.is_writable = is_writable;
    return search.is_found;
}

// Variables of the kernel's library: what can be written is shared memory.
Region* variable_at(uintptr_t address, const void* kernel) {
    Search search = {address, (uintptr_t)kernel, false, false};
    dl_iterate_phdr(look, &search);
    if (!search.is_found) return nullptr;
    const Kind kind = search.is_writable ? SHARED : CONSTANT;
    return add(address / PAGE * PAGE, PAGE, kind) ? region_of(address) : nullptr;
}

void begin_launch() {
    ++launch_number;
}

void begin_block() {
    ++block_number;
    block_epoch = 0;
    memset(warp_epochs, 0, sizeof warp_epochs);
}

const char* word(int kind) {
    return kind == ANNLAB_READS ? "reads" : kind == ANNLAB_WRITES ? "writes" : "adds to";
}

// Where in the library of a kernel some code lies: the end of a call, so one byte before.
long long offset_of(const void* code) {
    Dl_info library;
    return dladdr(code, &library) ? (const char*)code - (const char*)library.dli_fbase - 1 : 0;
}

void tell(const char* what, const Access& now, int kind, uint32_t size, int64_t place, int64_t of,
          const Access* rival) {
    int n = snprintf(report, sizeof report,
                     "%s: thread %u of block %u (code at +0x%llx) %s %u bytes at byte %lld of %lld",
                     what, now.thread, now.block, offset_of(now.where), word(kind), size,
                     (long long)place, (long long)of);
    if (rival != nullptr)
        snprintf(report + n, sizeof report - (size_t)n,
                 ", thread %u of block %u (code at +0x%llx) too", rival->thread, rival->block,
                 offset_of(rival->where));
}

bool is_written(const Region& region, int64_t place, uint32_t size) {
    if (region.kind == CONSTANT) return true;
    for (uint32_t b = 0; b < size; ++b) {
        const int64_t byte = place + b;
        if (region.kind == GLOBAL && !region.is_set[byte]) return false;
        if (region.kind == SHARED && region.numbers[byte / region.item].set_in != block_number)
            return false;
    }
    return true;
}

void touch(uintptr_t address, uint32_t size, int kind, Access now, const void* kernel) {
    Region* region = region_of(address);
    if (region == nullptr) region = variable_at(address, kernel);
    if (region == nullptr)
        return tell("memory that is not the device's", now, kind, size, 0, 0, nullptr);
    const int64_t place = (int64_t)(address - region->begin), of = region->n_bytes;
    if (place + size > of) return tell("beyond the end", now, kind, size, place, of, nullptr);
    if (address % size != 0) return tell("not aligned", now, kind, size, place, of, nullptr);
    if (size < region->item) {
        region->item = size;
        forget_numbers(*region);
    }
    if (kind != ANNLAB_WRITES && !is_written(*region, place, size))
        return tell("never written", now, kind, size, place, of, nullptr);
    if (kind != ANNLAB_READS) memset(region->is_set + place, 1, size);
    if (region->kind == SHARED) now.launch = block_number;
    for (int64_t byte = place; byte < place + size; byte += region->item) {
        Number& number = region->numbers[byte / region->item];
        const Access* const rival = number.rival(kind, now);
        if (rival != nullptr) return tell("a race", now, kind, size, place, of, rival);
        number.keep(kind, now);
        if (kind != ANNLAB_READS) number.set_in = block_number;
    }
}

}  // namespace watch
