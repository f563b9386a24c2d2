#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "base/redacted_text.hpp"

namespace gateway::journal {

// Why a journal can't be opened, where the log may say more than callers: what() is for the log and
// for people at a command line, shown() for callers and /readyz.
class opening_error : public std::runtime_error {
public:
    opening_error(const base::redacted_text& logged, base::redacted_text shown)
        : std::runtime_error(std::string(logged.view())), shown_(std::move(shown)) {}

    const base::redacted_text& shown() const noexcept { return shown_; }

private:
    base::redacted_text shown_;
};

}  // namespace gateway::journal
