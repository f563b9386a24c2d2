#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "journal/sqlite/sqlite_journal.hpp"

namespace gateway::journal::testing {

// A folder of the test's own, removed with this object.
class temporary_folder {
public:
    temporary_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "journal-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        path_ = name;
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    std::string file(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// A loop that outlives several awaited calls; await() runs it until the call has its value.
class test_loop {
public:
    asio::any_io_executor executor() { return context_.get_executor(); }
    base::runtime& time() { return time_; }

    template <class T>
    T await(asio::awaitable<T> call) {
        std::optional<T> value;
        std::exception_ptr escaped;
        asio::co_spawn(context_, std::move(call), [&](std::exception_ptr e, T got) {
            escaped = e;
            value.emplace(std::move(got));
        });
        run();
        if (escaped) {
            std::rethrow_exception(escaped);
        }
        return std::move(value).value();
    }

    // Starts a call without waiting; `results` gets its value when run() is called.
    template <class T>
    void start(asio::awaitable<T> call, std::vector<T>& results) {
        asio::co_spawn(context_, std::move(call), [&](const std::exception_ptr& e, T got) {
            EXPECT_FALSE(e) << "an exception escaped";
            results.push_back(std::move(got));
        });
    }

    // Runs until there is no work left; throws after a minute.
    void run() {
        context_.restart();
        context_.run_for(std::chrono::seconds(60));
        if (!context_.stopped()) {
            throw std::runtime_error("a call did not end within a minute");
        }
    }
    template <class Done>
    void run_until(const Done& done) {
        context_.restart();
        while (!done()) {
            if (context_.run_one_for(std::chrono::seconds(60)) == 0) {
                throw std::runtime_error("the expected event did not happen within a minute");
            }
        }
    }
    // Runs the ready handlers without waiting for other threads.
    void poll() {
        context_.restart();
        context_.poll();
    }

private:
    asio::io_context context_{1};
    base::system_runtime time_{context_.get_executor()};
};

// Records the calls of the journal's probe.
class recording_probe final : public redemption::journal_probe {
public:
    void committed(std::size_t operations, std::chrono::nanoseconds) override {
        groups.push_back(operations);
    }
    void failed(const base::redacted_text& reason) override { faults.emplace_back(reason); }

    void unreadable(std::size_t redemptions, const base::redacted_text& why) override {
        unreadable_rows += redemptions;
        faults_of_rows.emplace_back(why);
    }

    std::vector<std::size_t> groups;
    std::vector<std::string> faults;
    std::size_t unreadable_rows = 0;
    std::vector<std::string> faults_of_rows;
};

// The reason of an error; empty when the result is none.
template <class T>
std::string reason_of(const redemption::journal_result<T>& result) {
    return result.has_error() ? std::string(result.error().reason) : std::string();
}

inline bool is_accepted(const redemption::journal_result<redemption::accept_outcome>& result) {
    return result.has_value() && std::holds_alternative<redemption::accepted>(*result);
}

// A SQLite journal in a folder of its own, opened anew as often as a test likes.
class sqlite_test : public ::testing::Test {
protected:
    std::string path() const { return folder.file("journal.db"); }
    sqlite_settings settings() const {
        sqlite_settings s;
        s.path = path();
        s.busy_timeout = std::chrono::milliseconds(0);
        return s;
    }
    std::unique_ptr<managed_journal> open() {
        return open_sqlite_journal(loop.time(), settings(), probe);
    }
    // The reason why the journal does not open; empty when it does.
    std::string refusal(const sqlite_settings& given) {
        try {
            open_sqlite_journal(loop.time(), given, probe);
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "";
    }
    std::string refusal(const std::string& at_path) {
        sqlite_settings s = settings();
        s.path = at_path;
        return refusal(s);
    }

    temporary_folder folder;
    test_loop loop;
    recording_probe probe;
};

}  // namespace gateway::journal::testing
