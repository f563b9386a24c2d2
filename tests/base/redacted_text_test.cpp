// What may be shown and what must not be, as the compiler sees it.
#include "base/redacted_text.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>

#include "base/card_secret.hpp"

namespace gateway::base {
namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };
template <class A, class B>
concept comparable = requires(const A& a, const B& b) { a == b; };
template <class A, class B>
concept appendable = requires(A a, const B& b) { a + b; };

// Text that came at run time is no redacted text, whatever way it is handed over.
static_assert(!std::is_constructible_v<redacted_text, std::string>);
static_assert(!std::is_constructible_v<redacted_text, std::string_view>);
static_assert(!std::is_constructible_v<redacted_text, const char*>);
static_assert(!std::is_assignable_v<redacted_text&, std::string>);
static_assert(!std::is_assignable_v<redacted_text&, std::string_view>);
static_assert(!std::is_assignable_v<redacted_text&, const char*>);
static_assert(!std::is_constructible_v<fixed_text, std::string>);
static_assert(!std::is_constructible_v<fixed_text, std::string_view>);
static_assert(!std::is_constructible_v<fixed_text, const char*>);
static_assert(!appendable<redacted_text, std::string>);
static_assert(!appendable<redacted_text, std::string_view>);
static_assert(!appendable<std::string, redacted_text>);
static_assert(!std::is_constructible_v<std::optional<redacted_text>, std::string>);
static_assert(!std::is_assignable_v<std::optional<redacted_text>&, std::string_view>);
static_assert(std::is_assignable_v<redacted_text&, fixed_text>);
static_assert(std::is_convertible_v<redacted_text, std::string_view>);

// A type shows itself by saying so, and only then.
struct configured_name {
    static constexpr bool may_be_shown = true;
    std::string_view view() const noexcept { return "shop-a"; }
};
struct typed_name {
    std::string_view view() const noexcept { return "typed"; }
};
static_assert(std::is_convertible_v<configured_name, redacted_text>);
static_assert(!std::is_constructible_v<redacted_text, typed_name>);
static_assert(!appendable<fixed_text, typed_name>);

template <class Secret>
constexpr bool is_guarded =
    !std::is_convertible_v<Secret, std::string> &&
    !std::is_convertible_v<Secret, std::string_view> &&
    !std::is_constructible_v<std::string, Secret> &&
    !std::is_constructible_v<std::string_view, Secret> &&
    !std::is_constructible_v<redacted_text, Secret> &&
    !std::is_assignable_v<redacted_text&, Secret> && !std::is_convertible_v<std::string, Secret> &&
    !streamable<Secret> && !comparable<Secret, Secret> && !comparable<Secret, std::string> &&
    !appendable<std::string, Secret> && !appendable<Secret, std::string>;
static_assert(is_guarded<card_secret>);
static_assert(is_guarded<secret_text>);
// A code is no password of an account, and the other way round.
static_assert(!std::is_constructible_v<card_secret, secret_text>);
static_assert(!std::is_constructible_v<secret_text, card_secret>);

class hiding_everything final : public masker {
public:
    redacted_text masked(std::string_view text) const override {
        return redacted(std::string(text.size(), '*'));
    }
    redacted_text readable(std::string_view text, std::size_t bytes) const override {
        return masked(text.substr(0, bytes));
    }
};

TEST(RedactedText, IsMadeOfFixedTextsNumbersAndWhatWasMasked) {
    const hiding_everything secrets;
    redacted_text text = fixed_text("code ") + secrets.masked("abc123");
    text += fixed_text(" of ") + redacted_text::number(std::uint64_t{7});
    EXPECT_EQ(text, "code ****** of 7");
    EXPECT_EQ(text.part(5, 6), "******");
    text = "fixed";
    EXPECT_EQ(text, "fixed");
    EXPECT_FALSE(text.empty());
}

TEST(RedactedText, MayBeShown) {
    const std::optional<redacted_text> text = redacted_text::trusted("shop-a");
    const std::string_view seen = *text;
    EXPECT_EQ(seen, "shop-a");
    EXPECT_EQ(text, "shop-a");
    EXPECT_EQ(fixed_text("account ") + configured_name(), "account shop-a");
}

TEST(CardSecret, ShowsItselfOnlyWhereItIsRevealed) {
    std::string given = "a code long enough to leave the string's own bytes";
    const auto expected = given;
    card_secret code(std::move(given));
    EXPECT_EQ(code.reveal(), expected);
    EXPECT_TRUE(given.empty());  // NOLINT(bugprone-use-after-move): taken over and wiped
    card_secret copy = code;
    EXPECT_EQ(copy.reveal(), expected);
    copy = card_secret(std::string("x"));
    EXPECT_EQ(copy.reveal(), "x");
    const card_secret moved = std::move(code);
    EXPECT_EQ(moved.reveal(), expected);
    EXPECT_TRUE(code.empty());  // NOLINT(bugprone-use-after-move): taken over and wiped
}

}  // namespace
}  // namespace gateway::base
