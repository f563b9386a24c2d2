#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

// The journal's file as another process sees it.

namespace gateway::crash {

struct attempt_row {
    std::int64_t number = 0;
    bool finished = false;
    std::string phase;
    std::string verdict;
};

struct journal_row {
    std::string id;
    std::string key;
    std::string state;
    std::string error_detail;
    bool replay_safe = false;
    std::vector<attempt_row> attempts;
};

// What is committed now. The file is closed before this returns.
std::optional<journal_row> committed_row(
    const std::filesystem::path& journal, const std::string& key
);
std::vector<journal_row> committed_rows(const std::filesystem::path& journal);

// Holds the write lock of the journal's file as long as it lives, so that the gateway's writes
// wait.
class write_lock {
public:
    explicit write_lock(const std::filesystem::path& journal);
    ~write_lock();
    write_lock(const write_lock&) = delete;
    write_lock& operator=(const write_lock&) = delete;

private:
    sqlite3* db_ = nullptr;
};

}  // namespace gateway::crash
