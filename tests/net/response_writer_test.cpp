#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

http_response with_body(unsigned status, std::string body) {
    http_response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

TEST(ResponseWriter, WritesHeadAndBodyWithALength) {
    const std::string out = serialize(with_body(200, "hello"));
    EXPECT_THAT(out, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(out, HasSubstr(" GMT\r\n"));
    EXPECT_THAT(out, HasSubstr("\r\nConnection: keep-alive\r\n"));
    EXPECT_THAT(out, HasSubstr("\r\nContent-Type: text/plain\r\n"));
    EXPECT_THAT(out, EndsWith("\r\nContent-Length: 5\r\n\r\nhello"));
}

TEST(ResponseWriter, AnnouncesThatItWillClose) {
    http_response response = with_body(400, "");
    response.keep_alive = false;
    EXPECT_THAT(serialize(response), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(serialize(response), EndsWith("\r\nContent-Length: 0\r\n\r\n"));
}

TEST(ResponseWriter, AnswersHeadWithTheLengthAndNoBody) {
    write_options options;
    options.head = true;
    EXPECT_THAT(
        serialize(with_body(200, "hello"), options), EndsWith("\r\nContent-Length: 5\r\n\r\n")
    );
}

TEST(ResponseWriter, NeverGivesABodyToStatusesThatHaveNone) {
    for (const unsigned status : {204u, 304u}) {
        const std::string out = serialize(with_body(status, "hello"));
        EXPECT_THAT(out, EndsWith("\r\n\r\n"));
        EXPECT_THAT(out, Not(HasSubstr("Content-Length")));
    }
}

TEST(ResponseWriter, WritesChunksThatAddUpToTheBody) {
    write_options options;
    options.chunked = true;
    const std::string out = serialize(with_body(200, std::string(5000, 'a')), options);
    EXPECT_THAT(out, HasSubstr("\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\naaa"));
    EXPECT_THAT(out, HasSubstr("\r\n388\r\naaa"));
    EXPECT_THAT(out, EndsWith("\r\n0\r\n\r\n"));
    EXPECT_THAT(out, Not(HasSubstr("Content-Length")));
}

TEST(ResponseWriter, ReplacesLineBreaksInHeaderValues) {
    http_response response;
    response.headers.add("Location", "/a\r\nSet-Cookie: b");
    EXPECT_THAT(serialize(response), HasSubstr("\r\nLocation: /a  Set-Cookie: b\r\n"));
}

TEST(ResponseWriter, ReportsHowManyBytesWereWritten) {
    support::wire_script script;
    script.write_limit = 10;
    support::scripted_stream stream(script);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        const http_response response = with_body(200, "hello");
        const io_result written = co_await write_response(stream, response);
        EXPECT_EQ(written.error, asio::error::connection_reset);
        EXPECT_EQ(written.bytes, 10u);
    });
    EXPECT_EQ(stream.written(), "HTTP/1.1 2");
}

TEST(ResponseWriter, NamesTheStatusesInUse) {
    EXPECT_EQ(reason_phrase(202), "Accepted");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace gateway::net
