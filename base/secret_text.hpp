#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gateway::base {

// Text that must not be printed, logged or serialised: no conversion to string, no stream operator,
// no formatter; its memory is wiped. `reveal()` is the only access, easy to search for.
class secret_text {
public:
    secret_text() = default;
    // Moves the text and wipes `value`.
    explicit secret_text(std::string&& value) noexcept : value_(std::move(value)) { wipe(value); }
    secret_text(const secret_text&) = default;
    secret_text(secret_text&& other) noexcept : secret_text(std::move(other.value_)) {}
    secret_text& operator=(const secret_text&) = default;
    secret_text& operator=(secret_text&& other) noexcept {
        if (this != &other) {
            wipe(value_);
            value_ = std::move(other.value_);
            wipe(other.value_);
        }
        return *this;
    }
    ~secret_text() { wipe(value_); }

    std::string_view reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

private:
    // Up to the capacity: a text that was moved away, or was longer before, leaves bytes behind.
    static void wipe(std::string& text) noexcept {
        text.resize(text.capacity());
        for (volatile char& c : text) {
            c = 0;
        }
        text.clear();
    }

    std::string value_;
};

}  // namespace gateway::base
