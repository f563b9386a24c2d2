#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "journal/sealing.hpp"
#include "tests/journal/journal_fixture.hpp"

namespace gateway::journal::testing {

inline const std::string key_a(64, 'a');
inline const std::string key_b(64, 'b');

// A SQLite journal whose codes may be sealed.
class sealed_test : public sqlite_test {
protected:
    // `key_file` is the text of a key file; empty: none is configured.
    static std::optional<sealing_keys> keys_of(const std::string& key_file) {
        if (key_file.empty()) {
            return std::nullopt;
        }
        return std::get<sealing_keys>(parse_sealing_keys(key_file));
    }
    sqlite_settings settings_with(const std::string& key_file) const {
        sqlite_settings s = settings();
        s.keys = keys_of(key_file);
        return s;
    }
    std::unique_ptr<managed_journal> open_with(const std::string& key_file) {
        return open_sqlite_journal(loop.time(), settings_with(key_file), probe);
    }
    std::string refusal_with(const std::string& key_file) {
        return refusal(settings_with(key_file));
    }
    // The content of the file and its log.
    std::string all_bytes() const {
        std::string bytes;
        for (const char* end : {"", "-wal"}) {
            std::ifstream file(path() + end, std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return bytes;
    }
};

}  // namespace gateway::journal::testing
