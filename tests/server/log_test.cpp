#include "server/log.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace gateway::server {
namespace {

using config::log_format;
using config::log_level;

// One line without its time, which stands in front.
std::string logged(log_format format) {
    std::ostringstream out;
    log lines({log_level::info, format}, out);
    lines.info(
        "paid", {{"who", "a \"b\"\n"}, {"nothing", ""}, {"count", std::int64_t{3}}, {"ms", 1.23456}}
    );
    const auto text = out.str();
    const auto end_of_time = text.find('Z');
    return end_of_time == std::string::npos ? text : text.substr(end_of_time + 1);
}

TEST(Log, WritesJsonLines) {
    EXPECT_EQ(
        logged(log_format::json),
        "\",\"level\":\"info\",\"event\":\"paid\",\"who\":\"a \\\"b\\\"\\n\",\"count\":3,\"ms\":"
        "1.235}\n"
    );
}

TEST(Log, WritesTextLinesThatNoValueCanBreak) {
    EXPECT_EQ(logged(log_format::text), " info paid who=\"a \\\"b\\\"\\n\" count=3 ms=1.235\n");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    std::ostringstream out;
    log lines({log_level::warn, log_format::text}, out);
    lines.info("quiet", {});
    lines.write(log_level::debug, "quieter", {});
    EXPECT_EQ(out.str(), "");
    lines.warn("loud", {});
    lines.write(log_level::error, "louder", {});
    EXPECT_NE(out.str().find("warn loud\n"), std::string::npos);
    EXPECT_NE(out.str().find("error louder\n"), std::string::npos);
}

}  // namespace
}  // namespace gateway::server
