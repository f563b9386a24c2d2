#include "platform_clients/taobao/request.hpp"

#include <gtest/gtest.h>

namespace gateway::taobao {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::system_clock;
using namespace std::chrono_literals;

system_clock::time_point at(std::chrono::year_month_day day, seconds time) {
    return sys_days(day) + time;
}

TEST(TopForm, EncodesUtf8EmojiAndReservedCharacters) {
    EXPECT_EQ(
        form_body({{"sub_err_msg", "无库存😀 a+b&c=d%"}}),
        "sub_err_msg=%E6%97%A0%E5%BA%93%E5%AD%98%F0%9F%98%80+a%2Bb%26c%3Dd%25"
    );
}

TEST(TopForm, JoinsParametersInOrder) {
    EXPECT_EQ(form_body({{"b", "1"}, {"a", "{\"x\":[1,2]}"}}), "b=1&a=%7B%22x%22%3A%5B1%2C2%5D%7D");
    EXPECT_EQ(form_body({}), "");
}

TEST(TopForm, KeepsOnlyUnreservedBytesAsTheyAre) {
    EXPECT_EQ(form_body({{"a", "Az09-_.*~'()!"}}), "a=Az09-_.%2A~%27%28%29%21");
    EXPECT_EQ(form_body({{"a", std::string("\0\x7F\xFF", 3)}}), "a=%00%7F%FF");
}

common_parameters common(std::string_view session) {
    return {
        .method = "taobao.travel.ticket.order.verify",
        .app_key = "12345678",
        .session = session,
        .sign_method = config::top_sign_method::hmac,
        .now = at(2024y / 5 / 1, 30min)
    };
}

TEST(TopRequest, HoldsTheCommonParametersAndItsOwn) {
    const parameter_list expected{
        {"method", "taobao.travel.ticket.order.verify"},
        {"app_key", "12345678"},
        {"session", "abc"},
        {"timestamp", "2024-05-01 08:30:00"},
        {"v", "2.0"},
        {"sign_method", "hmac"},
        {"format", "json"},
        {"order_id", "1"}
    };
    EXPECT_EQ(request_parameters(common("abc"), {{"order_id", "1"}}), expected);
}

TEST(TopRequest, NeverHoldsAnEmptyOrBlankParameter) {
    const auto parameters = request_parameters(
        common(""), {{"a", ""}, {"b", " \t\r\n"}, {"c", "\xE3\x80\x80 "}, {"d", " x "}}
    );
    for (const auto& one : parameters) {
        EXPECT_FALSE(one.name == "a" || one.name == "b" || one.name == "c" || one.name == "session")
            << one.name;
    }
    EXPECT_EQ(parameters.back(), (parameter{"d", " x "}));
}

}  // namespace
}  // namespace gateway::taobao
