#include "server/observe/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <type_traits>

#include "base/card_secret.hpp"
#include "redemption/model.hpp"
#include "server/http/http_probe.hpp"

namespace gateway::server {
namespace {

using config::log_format;
using config::log_level;

// What a field takes, as the compiler sees it: no text that came at run time.
template <class T>
constexpr bool may_be_logged = std::is_convertible_v<T, log_value>;
static_assert(may_be_logged<base::fixed_text> && may_be_logged<base::redacted_text>);
static_assert(may_be_logged<std::optional<base::redacted_text>>);
static_assert(may_be_logged<std::int64_t> && may_be_logged<double>);
static_assert(may_be_logged<redemption::redemption_id> && may_be_logged<redemption::caller_name>);
static_assert(may_be_logged<redemption::account_name> && may_be_logged<redemption::method_name>);
static_assert(may_be_logged<exchange_mark>);
static_assert(!may_be_logged<std::string> && !may_be_logged<std::string_view>);
static_assert(!may_be_logged<const char*> && !may_be_logged<std::exception>);
static_assert(!may_be_logged<base::card_secret> && !may_be_logged<base::secret_text>);
static_assert(!may_be_logged<redemption::params_text>);
static_assert(!may_be_logged<redemption::idempotency_key>);
static_assert(!may_be_logged<redemption::natural_key> && !may_be_logged<redemption::order_key>);
static_assert(!std::is_constructible_v<exchange_mark, std::string_view>);
// An event's name is fixed, and so is a field's.
static_assert(!std::is_invocable_v<
              decltype(&log::info),
              log&,
              std::string_view,
              std::initializer_list<log::field>>);
static_assert(!std::is_constructible_v<decltype(log::field::name), std::string>);

// One line without its time, which comes first.
std::string logged(log_format format) {
    std::ostringstream out;
    log log({log_level::info, format}, out);
    log.info(
        "paid", {{"who", "a \"b\"\n"}, {"nothing", ""}, {"count", std::int64_t{3}}, {"ms", 1.23456}}
    );
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
    const auto text = out.str();
    const auto end_of_time = text.find('Z');
    return end_of_time == std::string::npos ? text : text.substr(end_of_time + 1);
}

TEST(Log, WritesJsonLines) {
    EXPECT_EQ(
        logged(log_format::json),
        R"(","level":"info","event":"paid","who":"a \"b\"\n","count":3,"ms":1.235})"
        "\n"
    );
}

TEST(Log, WritesTextLinesThatNoValueCanBreak) {
    EXPECT_EQ(logged(log_format::text), " info paid who=\"a \\\"b\\\"\\n\" count=3 ms=1.235\n");
}

// A platform's words, masked but not made presentable.
TEST(Log, WritesNothingThatATerminalWouldObey) {
    std::ostringstream out;
    log log({log_level::info, log_format::text}, out);
    log.info(
        "odd",
        {{"why",
          base::redacted_text::trusted("\xC2\x9B"
                                       "31m\xE2\x80\xAE"
                                       "12")}}
    );
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
    EXPECT_NE(out.str().find(R"(why="\u009b31m\u202e12")"), std::string::npos) << out.str();
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    std::ostringstream out;
    log log({log_level::warn, log_format::text}, out);
    log.info("quiet", {});
    log.write(log_level::debug, "quieter", {});
    log.warn("loud", {});
    log.write(log_level::error, "louder", {});
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
    EXPECT_EQ(out.str().find("quiet"), std::string::npos);
    EXPECT_NE(out.str().find("warn loud\n"), std::string::npos);
    EXPECT_NE(out.str().find("error louder\n"), std::string::npos);
}

// A pipe that is not read: takes nothing until it is opened.
class stuck_pipe final : public std::stringbuf {
public:
    void open() {
        const std::lock_guard lock(guard_);
        open_ = true;
        opened_.notify_all();
    }

private:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        std::unique_lock lock(guard_);
        opened_.wait(lock, [&] { return open_; });
        return std::stringbuf::xsputn(text, size);
    }

    std::mutex guard_;
    std::condition_variable opened_;
    bool open_ = false;
};

// A disk that is full for a moment.
class full_disk final : public std::stringbuf {
public:
    bool full = true;

private:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        return full ? 0 : std::stringbuf::xsputn(text, size);
    }
};

TEST(Log, GoesOnAfterALineThatCouldNotBeWritten) {
    full_disk disk;
    std::ostream out(&disk);
    log log({log_level::info, log_format::text}, out);
    log.info("lost", {});
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
    disk.full = false;
    log.info("kept", {});
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
    EXPECT_EQ(disk.str().find("lost"), std::string::npos);
    EXPECT_NE(disk.str().find("info kept\n"), std::string::npos);
}

TEST(Log, NeverWaitsForItsReaderAndKeepsTheNewestLines) {
    stuck_pipe pipe;
    std::ostream out(&pipe);
    log log({log_level::info, log_format::text}, out);
    constexpr std::int64_t written = 20'000;
    for (std::int64_t i = 0; i < written; ++i) {
        log.info("line", {{"n", i}});
    }
    EXPECT_FALSE(log.flush(std::chrono::milliseconds(1)));
    const auto dropped = log.dropped();
    EXPECT_GT(dropped, 10'000U);
    EXPECT_LT(dropped, 20'000U);
    pipe.open();
    EXPECT_TRUE(log.flush(std::chrono::seconds(10)));
    EXPECT_EQ(log.dropped(), dropped);
    const auto text = pipe.str();
    EXPECT_EQ(
        std::count(text.begin(), text.end(), '\n'), written - static_cast<std::int64_t>(dropped)
    );
    EXPECT_TRUE(text.ends_with("n=19999\n"));
    EXPECT_EQ(text.find("n=5000\n"), std::string::npos);
}

}  // namespace
}  // namespace gateway::server
