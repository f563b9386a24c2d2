#pragma once

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "tests/flow/world.hpp"

namespace gateway::crash {

// A condition that keeps a journal from being written; it lasts as long as the object.
class trouble {
public:
    virtual ~trouble() = default;
};

struct trouble_row {
    const char* name;
    bool on_small_disk;
    // Begins it; null with the reason when this machine cannot play it.
    std::unique_ptr<trouble> (*begin)(flow::world& w, std::string& why_not);
    const char* reason;  // part of the reason that callers and /readyz get
    // A write that the gateway could not confirm may be on the disk all the same.
    bool may_survive = false;

    friend void PrintTo(const trouble_row& row, std::ostream* out) { *out << row.name; }
};

// The journal is in a folder of its own, which may be a small disk.
std::filesystem::path disk_of(const flow::world& w);
std::filesystem::path journal_of(const flow::world& w);

// For a journal on a small disk.
std::unique_ptr<trouble> fill_disk(flow::world& w, std::string& why_not);
std::unique_ptr<trouble> lock_file(flow::world& w, std::string& why_not);
// Flushes neither fail nor end.
std::unique_ptr<trouble> hang_flushes(flow::world& w, std::string& why_not);

// Under a running gateway.
extern const trouble_row troubles[5];
// Before it starts, after the last one ended in order.
extern const trouble_row start_troubles[7];

// A file system of its own of 2 MiB, mounted in an empty folder.
class small_disk {
public:
    explicit small_disk(std::string folder);
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    bool mounted() const { return mounted_; }

private:
    std::string folder_;
    bool mounted_ = false;
};

}  // namespace gateway::crash
