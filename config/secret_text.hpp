#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gateway::config {

// Text that must not be printed, logged or serialised: no conversion to string, no stream operator,
// no formatter, wiped when it goes. `reveal()` is the one way in, easy to search for.
class secret_text {
public:
    secret_text() = default;
    explicit secret_text(std::string value) : value_(std::move(value)) {}
    secret_text(const secret_text&) = default;
    secret_text(secret_text&& other) noexcept : value_(std::exchange(other.value_, {})) {}
    secret_text& operator=(const secret_text&) = default;
    secret_text& operator=(secret_text&& other) noexcept {
        wipe();
        value_ = std::exchange(other.value_, {});
        return *this;
    }
    ~secret_text() { wipe(); }

    std::string_view reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

private:
    void wipe() noexcept {
        for (volatile char& c : value_) {
            c = 0;
        }
    }

    std::string value_;
};

}  // namespace gateway::config
