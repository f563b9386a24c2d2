#include "net/http_exchange.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <string>
#include <vector>

#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::net {
namespace {

using support::scripted_stream;
using support::wire_script;

const std::string request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
const std::string plain_answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

exchange_limits small_limits() {
    return {300, 100};
}

exchange_result run(const wire_script& script, bool head = false) {
    scripted_stream stream(script);
    return support::run_coro([&](asio::any_io_executor) {
        return run_exchange(stream, request, head, small_limits());
    });
}

wire_script answering(std::vector<std::string> reads) {
    wire_script script;
    script.reads = std::move(reads);
    return script;
}

struct answer_row {
    std::string name;
    std::string raw;
    unsigned status;
    std::string body;
    bool reusable;
    bool head = false;
};

const std::vector<answer_row> answer_rows = {
    {"length", plain_answer, 200, "hello", true},
    {"no body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true},
    {"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
    {"chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: "
     "b\r\n\r\n",
     200,
     "hello",
     true},
    {"until close", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello", 200, "hello", false},
    {"until close, empty", "HTTP/1.1 200 OK\r\n\r\n", 200, "", false},
    {"asked to close",
     "HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
     502,
     "hello",
     false},
    {"old version", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
    {"interim first",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + plain_answer,
     200,
     "hello",
     true},
    {"no reason", "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
    {"no space before it", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
    {"reason in another charset",
     "HTTP/1.1 200 \xC3\xBB\r\nContent-Length: 5\r\n\r\nhello",
     200,
     "hello",
     true},
    {"kept alive by an old version",
     "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello",
     200,
     "hello",
     true},
    {"asked to close among others",
     "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 5\r\n\r\nhello",
     200,
     "hello",
     false},
    {"one length twice",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5, 5\r\n\r\nhello",
     200,
     "hello",
     true},
    {"lone line feeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 200, "hello", false},
    {"one lone line feed", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello", 200, "hello", false},
    {"lone line feeds and no reason, until close", "HTTP/1.0 200\n\nhello", 200, "hello", false},
    {"chunks with lone line feeds",
     "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nhel\n2;x=y\nlo\n0\nA: b\n\n",
     200,
     "hello",
     false},
    {"one lone line feed in chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
     200,
     "hello",
     false},
    {"blanks behind a chunk's size",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0 \r\n\r\n",
     200,
     "hello",
     false},
    {"folded line",
     "HTTP/1.1 200 OK\r\nServer: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
     200,
     "hello",
     false},
    {"an empty line in front",
     "\r\n\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     200,
     "hello",
     false},
    {"blank before a colon",
     "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
     200,
     "hello",
     false},
    {"answer to HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", true, true},
};

TEST(HttpExchange, ReadsEveryKindOfAnswerWhereverPacketsEnd) {
    for (const answer_row& row : answer_rows) {
        for (std::size_t at = 0; at <= row.raw.size(); ++at) {
            SCOPED_TRACE(row.name + " cut at " + std::to_string(at));
            const auto result = run(answering(support::cut_at(row.raw, at)), row.head);
            ASSERT_EQ(result.outcome.phase, send_phase::answered) << result.outcome.detail;
            ASSERT_FALSE(result.outcome.error);
            ASSERT_EQ(result.outcome.response.status, row.status);
            ASSERT_EQ(result.outcome.response.body, row.body);
            ASSERT_EQ(result.reusable, row.reusable);
        }
        const auto result = run(answering(support::pieces(row.raw, 1)), row.head);
        EXPECT_EQ(result.outcome.response.body, row.body) << row.name << " byte by byte";
    }
}

TEST(HttpExchange, DoesNotReuseAConnectionWithUnsolicitedBytes) {
    const auto result = run(answering({plain_answer + "HTTP/1.1 200 OK\r\n"}));
    EXPECT_EQ(result.outcome.phase, send_phase::answered);
    EXPECT_FALSE(result.reusable);
}

TEST(HttpExchange, KeepsTheAnswersHeadersAndDropsTrailers) {
    const auto result = run(answering(
        {"HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\na: 2\r\n\r\n0\r\nA: 3\r\n\r\n"}
    ));
    EXPECT_EQ(result.outcome.response.headers.find("a"), "1");
    EXPECT_EQ(result.outcome.response.headers.count("A"), 2u);
}

struct failure_row {
    std::string name;
    std::size_t write_limit;
    error_code write_error;
    std::string answer;
    error_code read_end;
    send_phase phase;
    std::string detail;
};

const std::size_t all = request.size();
const error_code reset = asio::error::connection_reset;
const error_code late = asio::error::timed_out;
const error_code eof = asio::error::eof;
constexpr auto not_sent = send_phase::not_sent;
constexpr auto maybe_sent = send_phase::maybe_sent;

const std::vector<failure_row> failure_rows = {
    {"reset before the first byte", 0, reset, "", eof, not_sent, "sending"},
    {"no time for the first byte", 0, late, "", eof, not_sent, "sending"},
    {"reset after one byte", 1, reset, "", eof, maybe_sent, "sending"},
    {"reset before the last byte", all - 1, reset, "", eof, maybe_sent, "sending"},
    {"stuck half way", all / 2, late, "", eof, maybe_sent, "sending"},
    {"closed instead of answering", all, {}, "", eof, maybe_sent, "no answer"},
    {"reset instead of answering", all, {}, "", reset, maybe_sent, "no answer"},
    {"silent past the deadline", all, {}, "", late, maybe_sent, "no answer"},
    {"cut in the status line", all, {}, "HTTP/1.1 2", eof, maybe_sent, "broke off"},
    {"cut in the header", all, {}, "HTTP/1.1 200 OK\r\nConte", eof, maybe_sent, "broke off"},
    {"reset in the body", all, {}, plain_answer.substr(0, 40), reset, maybe_sent, "broke off"},
    {"body cut short", all, {}, plain_answer.substr(0, 40), eof, maybe_sent, "broke off"},
    {"late in the body", all, {}, plain_answer.substr(0, 40), late, maybe_sent, "broke off"},
    {"chunks cut short",
     all,
     {},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     eof,
     maybe_sent,
     "broke off"},
    {"last chunk without its end",
     all,
     {},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
     eof,
     maybe_sent,
     "broke off"},
    {"until close, but reset", all, {}, "HTTP/1.1 200 OK\r\n\r\nhel", reset, maybe_sent, "broke off"
    },
    {"garbage", all, {}, "\x01\x02garbage\r\n\r\n", eof, maybe_sent, "can't be read"},
    {"another protocol", all, {}, "SSH-2.0-OpenSSH_9\r\n", eof, maybe_sent, "no answer of HTTP/1"},
    {"another version", all, {}, "HTTP/2.0 200 OK\r\n\r\n", eof, maybe_sent, "no answer of HTTP/1"},
    {"nothing but empty lines", all, {}, std::string(400, '\n'), eof, maybe_sent, "too large"},
    {"a status of two digits",
     all,
     {},
     "HTTP/1.1 20\r\n\r\n",
     eof,
     maybe_sent,
     "no answer of HTTP/1"},
    {"a status of four digits",
     all,
     {},
     "HTTP/1.1 2000\r\n\r\n",
     eof,
     maybe_sent,
     "no answer of HTTP/1"},
    {"a carriage return alone",
     all,
     {},
     "HTTP/1.1 200 OK\r\nA: b\rContent-Length: 5\r\n\r\nhello",
     eof,
     maybe_sent,
     "no answer of HTTP/1"},
    {"a line without a colon",
     all,
     {},
     "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n",
     eof,
     maybe_sent,
     "no answer of HTTP/1"},
    {"a length and a coding",
     all,
     {},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     eof,
     maybe_sent,
     "leaves open where it ends"},
    {"no number as a length",
     all,
     {},
     "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
     eof,
     maybe_sent,
     "leaves open where it ends"},
    {"an empty length",
     all,
     {},
     "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
     eof,
     maybe_sent,
     "leaves open where it ends"},
    {"two lengths",
     all,
     {},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
     eof,
     maybe_sent,
     "leaves open where it ends"},
    {"unknown coding",
     all,
     {},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
     eof,
     maybe_sent,
     "leaves open where it ends"},
    {"bad chunk",
     all,
     {},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
     eof,
     maybe_sent,
     "bad chunk size"},
    {"header too large",
     all,
     {},
     "HTTP/1.1 200 OK\r\nA: " + std::string(400, 'a') + "\r\n\r\n",
     eof,
     maybe_sent,
     "header is too large"},
    {"too many headers",
     all,
     {},
     "HTTP/1.1 200 OK\r\n" +
         [] {
             std::string many;
             for (int i = 0; i < 100; ++i) {
                 many += "A: b\r\n";
             }
             return many;
         }() +
         "\r\n",
     eof,
     maybe_sent,
     "header is too large"},
    {"body too large",
     all,
     {},
     "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'a'),
     eof,
     maybe_sent,
     "body is too large"},
    {"endless body",
     all,
     {},
     "HTTP/1.1 200 OK\r\n\r\n" + std::string(500, 'a'),
     eof,
     maybe_sent,
     "body is too large"},
    {"only interim answers",
     all,
     {},
     [] {
         std::string many;
         for (int i = 0; i < 20; ++i) {
             many += "HTTP/1.1 100 Continue\r\n\r\n";
         }
         return many;
     }(),
     eof,
     maybe_sent,
     "interim"},
    {"switching protocols",
     all,
     {},
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
     eof,
     maybe_sent,
     "interim"},
};

TEST(HttpExchange, ReportsHowFarItGotWhateverFails) {
    for (const failure_row& row : failure_rows) {
        SCOPED_TRACE(row.name);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{10'000}}) {
            wire_script script = answering(support::pieces(row.answer, piece));
            script.write_limit = row.write_limit;
            script.write_error = row.write_error;
            script.read_end = row.read_end;
            const auto result = run(script);
            EXPECT_EQ(result.outcome.phase, row.phase);
            EXPECT_TRUE(result.outcome.error);
            EXPECT_NE(result.outcome.detail.find(row.detail), std::string::npos)
                << result.outcome.detail;
            EXPECT_FALSE(result.reusable);
        }
        EXPECT_EQ(run(answering({plain_answer})).outcome.phase, send_phase::answered);
    }
}

TEST(HttpExchange, SerializesExactlyWhatItWasGivenPlusTheFraming) {
    const origin where{true, "eco.example.com", 443, "/router/rest"};
    http_request post;
    post.method = "POST";
    post.headers.add("Content-Type", "text/plain");
    post.body = "hi";
    EXPECT_EQ(
        serialize(post, where),
        "POST /router/rest HTTP/1.1\r\nHost: eco.example.com\r\nContent-Type: text/plain\r\n"
        "Content-Length: 2\r\nConnection: keep-alive\r\n\r\nhi"
    );
    http_request get;
    get.method = "GET";
    get.target = "/x?y";
    const origin v6{false, "::1", 8080, "/"};
    EXPECT_EQ(
        serialize(get, v6),
        "GET /x?y HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: keep-alive\r\n\r\n"
    );
}

TEST(HttpExchange, SerializesNothingThatWouldBecomeTwoRequests) {
    const origin where{false, "x", 80, "/"};
    http_request good;
    good.method = "POST";
    good.headers.add("A", "b");
    EXPECT_TRUE(serialize(good, where));

    http_request value = good;
    value.headers.add("A", "b\r\nC: d");
    http_request name = good;
    name.headers.add("A: b", "c");
    http_request target = good;
    target.target = "/a HTTP/1.1\r\n\r\nGET /";
    http_request method = good;
    method.method = "";
    for (const http_request& bad : {value, name, target, method}) {
        EXPECT_FALSE(serialize(bad, where));
    }
}

}  // namespace
}  // namespace gateway::net
