#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gateway::base {

// A string literal of the program: fixed when it was compiled, so nothing that a caller or a
// platform said is in it.
class fixed_text {
public:
    template <std::size_t N>
    consteval fixed_text(const char (&literal)[N]) : text_(literal, N - 1) {}  // implicit
    constexpr std::string_view view() const noexcept { return text_; }
    constexpr operator std::string_view() const noexcept { return text_; }  // implicit
    constexpr bool empty() const noexcept { return text_.empty(); }
    friend constexpr bool operator==(fixed_text left, std::string_view right) noexcept {
        return left.text_ == right;
    }

private:
    std::string_view text_;
};

// A type whose values may be shown by what they mean: configured names, ids and marks whose syntax
// was checked. The type says so itself (`may_be_shown`), so that a search finds them all.
template <class Named>
concept shown_name = Named::may_be_shown && requires(const Named& name) {
    { name.view() } noexcept -> std::same_as<std::string_view>;
};

// Text that holds no code, no card number and no secret, so that evidence, problems, probes and log
// lines may carry it. It is made of fixed texts, numbers, names that may be shown and other
// redacted texts; text that came at run time becomes one through a masker. The named functions
// below are the only other ways, few enough to read each use (tests/architecture keeps the list of
// files).
class redacted_text {
public:
    redacted_text() = default;
    redacted_text(fixed_text fixed) : text_(fixed.view()) {}  // implicit
    template <shown_name Named>
    redacted_text(const Named& name) : text_(name.view()) {}  // implicit

    static redacted_text number(std::integral auto value) {
        return {shown_tag(), std::to_string(value)};
    }
    // An error code's message: one of its category's fixed texts.
    template <class Code>
        requires requires(const Code& code) { code.category().name(); }
    static redacted_text message_of(const Code& code) {
        return {shown_tag(), code.message()};
    }
    // Text of the program or its libraries about themselves, made without a caller's or a
    // platform's text: an exception's message, a word of the configuration.
    static redacted_text trusted(std::string_view text) { return {shown_tag(), std::string(text)}; }
    // A text that was one before the journal wrote it.
    static redacted_text from_journal(std::string_view stored) {
        return {shown_tag(), std::string(stored)};
    }

    std::string_view view() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; }  // implicit: it may be shown
    bool empty() const noexcept { return text_.empty(); }
    redacted_text part(std::size_t begin, std::size_t length) const {
        return {shown_tag(), text_.substr(begin, length)};
    }

    redacted_text& operator=(fixed_text fixed) {
        text_ = fixed.view();
        return *this;
    }
    redacted_text& operator+=(const redacted_text& more) {
        text_ += more.text_;
        return *this;
    }
    friend redacted_text operator+(redacted_text left, const redacted_text& right) {
        left += right;
        return left;
    }
    friend redacted_text operator+(redacted_text left, fixed_text right) {
        left.text_ += right.view();
        return left;
    }
    friend redacted_text operator+(fixed_text left, const redacted_text& right) {
        return redacted_text(left) + right;
    }
    friend bool operator==(const redacted_text&, const redacted_text&) = default;
    friend bool operator==(const redacted_text& left, std::string_view right) noexcept {
        return left.view() == right;
    }

private:
    friend class masker;
    struct shown_tag {};
    redacted_text(shown_tag, std::string text) : text_(std::move(text)) {}

    std::string text_;
};

template <class Stream, class Text>
    requires(std::same_as<Text, fixed_text> || std::same_as<Text, redacted_text>)
Stream& operator<<(Stream& out, const Text& text) {
    out << text.view();
    return out;
}

template <shown_name Named>
redacted_text operator+(fixed_text left, const Named& right) {
    return redacted_text(left) + redacted_text(right);
}

// Takes the secrets of one request out of text. Each platform has its own, as each spells and
// echoes what it was sent in its own way.
class masker {
public:
    virtual ~masker() = default;
    // With every secret hidden, whatever else is in it.
    virtual redacted_text masked(std::string_view text) const = 0;
    // The same for people: printable, and at most `bytes` long.
    virtual redacted_text readable(std::string_view text, std::size_t bytes) const = 0;

protected:
    // `text` after the secrets have been taken out.
    static redacted_text redacted(std::string text) {
        return {redacted_text::shown_tag(), std::move(text)};
    }
};

}  // namespace gateway::base
