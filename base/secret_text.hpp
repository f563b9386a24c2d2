#pragma once

#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace gateway::base {

// Text that must not be printed, logged or serialised: no conversion to string, no comparison, no
// stream operator, no formatter; its memory is wiped. `reveal()` is the only access, easy to search
// for. The tag keeps secrets of one kind out of the places of another.
template <class Tag>
class guarded_text {
public:
    guarded_text() = default;
    // Moves the text and wipes `value`.
    explicit guarded_text(std::string&& value) noexcept : value_(std::move(value)) { wipe(value); }
    guarded_text(const guarded_text&) = default;
    guarded_text(guarded_text&& other) noexcept : guarded_text(std::move(other.value_)) {}
    guarded_text& operator=(const guarded_text& other) {
        if (this != &other) {
            // Not by assignment, which may leave the end of a longer text behind.
            guarded_text copy(other);
            *this = std::move(copy);
        }
        return *this;
    }
    guarded_text& operator=(guarded_text&& other) noexcept {
        if (this != &other) {
            wipe(value_);
            value_ = std::move(other.value_);
            wipe(other.value_);
        }
        return *this;
    }
    ~guarded_text() { wipe(value_); }

    std::string_view reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

private:
    // Up to the capacity: a text that was moved away, or was longer before, leaves bytes behind.
    static void wipe(std::string& text) noexcept {
        text.resize(text.capacity());
        ::explicit_bzero(text.data(), text.size());
        text.clear();
    }

    std::string value_;
};

// Credentials of an account or of the gateway: keys, passwords, sessions.
using secret_text = guarded_text<struct secret_text_tag>;

}  // namespace gateway::base
