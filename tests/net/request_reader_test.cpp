#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "net/http_server.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::net {
namespace {

using support::scripted_stream;
using support::wire_script;

// The requests and the fault of one connection, one line each.
asio::awaitable<std::vector<std::string>> read_everything(
    scripted_stream& stream, request_limits limits
) {
    std::vector<std::string> seen;
    request_reader reader(stream);
    for (;;) {
        const auto got = co_await reader.read(limits);
        if (const auto* fault = std::get_if<request_fault>(&got)) {
            seen.push_back(std::to_string(fault->status) + " " + std::string(fault->detail));
            break;
        }
        const auto& request = std::get<http_request>(got);
        seen.push_back(
            request.method + " " + request.target + " " + std::to_string(request.version) +
            (request.keep_alive ? " stay " : " close ") + request.body
        );
    }
    co_return seen;
}

std::vector<std::string> read_all(std::vector<std::string> reads, request_limits limits = {}) {
    wire_script script;
    script.reads = std::move(reads);
    scripted_stream stream(script);
    return support::run_coro([&](asio::any_io_executor) { return read_everything(stream, limits); }
    );
}

const std::vector<std::string> closed_in_order = {"0 "};

struct good_row {
    std::string name;
    std::string raw;
    std::vector<std::string> expected;
};

const std::vector<good_row> good_rows = {
    {"get", "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", {"GET /a?b=c 11 stay "}},
    {"empty_lines_first", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", {"GET / 11 stay "}},
    {"length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", {"POST / 11 stay abc"}
    },
    {"empty_body", "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 0\r\n\r\n", {"POST / 11 stay "}},
    {"close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {"GET / 11 close "}},
    {"old_version", "GET / HTTP/1.0\r\n\r\n", {"GET / 10 close "}},
    {"old_version_stays", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {"GET / 10 stay "}},
    {"chunked",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
     "Chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
     {"POST / 11 stay abcde"}},
    {"chunk_extension_and_trailer",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3;a=b;c=\"d\"\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
     {"POST / 11 stay abc"}},
    {"absolute_target",
     "GET HTTP://example.com:80/a?b HTTP/1.1\r\nHost: example.com\r\n\r\n",
     {"GET /a?b 11 stay "}},
    {"absolute_without_path",
     "GET http://example.com?b HTTP/1.1\r\nHost: example.com\r\n\r\n",
     {"GET /?b 11 stay "}},
    {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {"OPTIONS * 11 stay "}},
    {"odd_but_legal_values",
     "GET / HTTP/1.1\r\nHost: [::1]:80\r\nA:\r\nB: \t x\xc3\xa4 \t\r\n\r\n",
     {"GET / 11 stay "}},
    {"pipelined",
     "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
     "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
     "POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n"
     "GET /4 HTTP/1.1\r\nHost: x\r\n\r\n",
     {"GET /1 11 stay ", "POST /2 11 stay hi", "POST /3 11 stay z", "GET /4 11 stay "}},
};

TEST(RequestReader, ReadsWhatIsWellFormedWhereverPacketsEnd) {
    for (const good_row& row : good_rows) {
        std::vector<std::string> expected = row.expected;
        expected.push_back(closed_in_order.front());
        for (std::size_t at = 0; at <= row.raw.size(); ++at) {
            SCOPED_TRACE(row.name + " cut at " + std::to_string(at));
            ASSERT_EQ(read_all(support::cut_at(row.raw, at)), expected);
        }
        SCOPED_TRACE(row.name + " byte by byte");
        EXPECT_EQ(read_all(support::pieces(row.raw, 1)), expected);
    }
}

struct bad_row {
    std::string name;
    std::string raw;
    std::string expected;  // status, then a part of the sentence
};

const std::string host = "Host: x\r\n";

const std::vector<bad_row> bad_rows = {
    {"bare_line_feed", "GET / HTTP/1.1\nHost: x\n\n", "400 bare line feed"},
    {"bare_line_feed_in_header", "GET / HTTP/1.1\r\nHost: x\n\r\n", "400 bare line feed"},
    {"bare_carriage_return", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", "400 control character"},
    {"nul", std::string("GET / HTTP/1.1\r\nHost: x\r\nA: \0b\r\n\r\n", 34), "400 control character"
    },
    {"escape", "GET / HTTP/1.1\r\nHost: x\r\nA: \x1b[1m\r\n\r\n", "400 control character"},
    {"folded", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400 folding"},
    {"fold_first", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", "400 folding"},
    {"space_before_colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400 followed by white space"},
    {"no_colon", "GET / HTTP/1.1\r\nHost: x\r\nrubbish\r\n\r\n", "400 a colon"},
    {"no_name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", "400 a colon"},
    {"odd_name", "GET / HTTP/1.1\r\nHost: x\r\nA(b): y\r\n\r\n", "400 header name has"},
    {"two_lengths",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
     "400 more than one Content-Length"},
    {"two_different_lengths",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
     "400 "},
    {"listed_lengths",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na",
     "400 not a number"},
    {"signed_length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", "400 "},
    {"huge_length",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
     "400 bad Content-Length"},
    {"length_and_chunked",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     "400 "},
    {"chunked_and_length",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
     "400 "},
    {"gzip_coding",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
     "400 last transfer coding"},
    {"chunked_not_last",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
     "400 last transfer coding"},
    {"gzip_chunked",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     "501 transfer coding"},
    {"chunked_twice",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
     "chunked\r\n\r\n",
     "400 Transfer-Encoding"},
    {"old_version_chunked",
     "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "400 HTTP/1.0"},
    {"no_host", "GET / HTTP/1.1\r\n\r\n", "400 Host header is missing"},
    {"two_hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "400 more than one Host"},
    {"odd_host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 name a host"},
    {"connect", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "501 CONNECT"},
    {"relative_target", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", "400 neither a path"},
    {"other_scheme", "GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n", "400 neither a path"},
    {"url_without_host", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", "400 name a host"},
    {"asterisk_for_get", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "400 neither a path"},
    {"fragment", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", "400 fragment"},
    {"space_in_target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "400 percent-encoded"},
    {"raw_utf8_target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", "400 percent-encoded"},
    {"two_parts", "GET /\r\nHost: x\r\n\r\n", "400 first line"},
    {"odd_method", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", "400 bad method"},
    {"next_version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505 HTTP/1.1"},
    {"preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP/1.1"},
    {"other_protocol", "GET / SPDY/1.1\r\nHost: x\r\n\r\n", "400 HTTP version"},
    {"tls_hello", "\x16\x03\x01\x02\n", "400 bare line feed"},
    {"bad_chunk_size",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
     "400 bad chunk"},
    {"chunk_longer_than_said",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
     "400 longer than it says"},
    {"ends_in_header", "GET / HTTP/1.1\r\nHost:", "400 ended inside the header"},
    {"ends_in_body",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
     "400 inside the body"},
    {"body_too_large",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n",
     "413 exceeds 100 bytes"},
    {"chunks_too_large",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\naaa",
     "413 exceeds 100 bytes"},
    {"header_too_large",
     "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(300, 'a') + "\r\n\r\n",
     "431 exceeds 200 bytes"},
    {"target_too_large", "GET /" + std::string(300, 'a'), "431 exceeds 200 bytes"},
    {"chunk_extension_too_large",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=" +
         std::string(300, 'a') + "\r\nz\r\n0\r\n\r\n",
     "400 "},
    {"trailer_too_large",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " +
         std::string(300, 'a'),
     "400 trailer"},
};

void expect_refused(const bad_row& row, std::vector<std::string> reads) {
    request_limits limits;
    limits.header_bytes = 200;
    limits.body_bytes = 100;
    const std::vector<std::string> seen = read_all(std::move(reads), limits);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].substr(0, 4), row.expected.substr(0, 4));
    EXPECT_NE(seen[0].find(row.expected.substr(4)), std::string::npos) << seen[0];
    EXPECT_TRUE(seen[0].ends_with('.')) << "not a sentence: " << seen[0];
}

TEST(RequestReader, RefusesWhatIsNotWellFormedWhereverPacketsEnd) {
    for (const bad_row& row : bad_rows) {
        for (std::size_t at = 0; at <= row.raw.size(); ++at) {
            SCOPED_TRACE(row.name + " cut at " + std::to_string(at));
            expect_refused(row, support::cut_at(row.raw, at));
            if (::testing::Test::HasFailure()) {
                return;
            }
        }
        SCOPED_TRACE(row.name + " byte by byte");
        expect_refused(row, support::pieces(row.raw, 1));
        // The next connection is read as if nothing had happened.
        EXPECT_EQ(read_all({good_rows[0].raw})[0], good_rows[0].expected[0]);
    }
}

TEST(RequestReader, AnswersNothingToAnEndBetweenRequests) {
    EXPECT_EQ(read_all({}), closed_in_order);
    EXPECT_EQ(read_all({"\r\n"}), closed_in_order);
    EXPECT_EQ(read_all({good_rows[0].raw}).back(), closed_in_order.front());
}

TEST(RequestReader, AnswersNothingToAReset) {
    for (const std::string begun :
         {"", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"}) {
        SCOPED_TRACE(begun);
        wire_script script;
        script.reads = {begun};
        script.read_end = asio::error::connection_reset;
        scripted_stream stream(script);
        const auto seen =
            support::run_coro([&](asio::any_io_executor) { return read_everything(stream, {}); });
        EXPECT_EQ(seen, closed_in_order);
    }
}

TEST(RequestReader, AcceptsExactlyTheLimits) {
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
    request_limits limits;
    limits.header_bytes = head.size();
    limits.body_bytes = 5;
    EXPECT_EQ(read_all({head + "abcde"}, limits)[0], "POST / 11 stay abcde");
    limits.header_bytes = head.size() - 1;
    EXPECT_EQ(read_all({head + "abcde"}, limits)[0].substr(0, 3), "431");
    limits.header_bytes = head.size();
    limits.body_bytes = 4;
    EXPECT_EQ(read_all({head + "abcde"}, limits)[0].substr(0, 3), "413");
}

TEST(RequestReader, ReadsALargeBodyFromManyPackets) {
    const std::string body(200'000, 'b');
    const std::string raw = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + body;
    EXPECT_EQ(read_all(support::pieces(raw, 1460))[0], "POST / 11 stay " + body);
}

// How the interim answer depends on the bytes received with the head.
std::string answered_before_body(std::vector<std::string> reads) {
    wire_script script;
    script.reads = std::move(reads);
    scripted_stream stream(script);
    const auto seen =
        support::run_coro([&](asio::any_io_executor) { return read_everything(stream, {}); });
    EXPECT_EQ(seen[0], "POST / 11 stay abc");
    return stream.written();
}

TEST(RequestReader, ReadsNothingBehindARefusedRequest) {
    wire_script script;
    script.reads = {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"};
    scripted_stream stream(script);
    const auto last =
        support::run_coro([&](asio::any_io_executor) -> asio::awaitable<request_fault> {
            request_reader reader(stream);
            auto got = co_await reader.read({});
            EXPECT_EQ(std::get<request_fault>(got).status, 400u);
            got = co_await reader.read({});
            EXPECT_TRUE(std::holds_alternative<request_fault>(got));
            co_return std::get<request_fault>(std::move(got));
        });
    EXPECT_EQ(last.what, request_fault::kind::closed);
    EXPECT_FALSE(stream.quiet()) << "the second request was read";
}

TEST(RequestReader, AnswersExpectContinueUnlessTheBodyHasArrived) {
    const std::string head =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n";
    EXPECT_EQ(answered_before_body({head, "abc"}), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(answered_before_body({head + "abc"}), "");
}

TEST(RequestReader, DoesNotAskForABodyItWouldRefuse) {
    wire_script script;
    script.reads = {
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n"
    };
    scripted_stream stream(script);
    const auto seen =
        support::run_coro([&](asio::any_io_executor) { return read_everything(stream, {}); });
    EXPECT_EQ(seen[0].substr(0, 3), "413");
    EXPECT_EQ(stream.written(), "");
}

TEST(RequestReader, DropsTrailerFieldsInsteadOfTreatingThemAsHeaders) {
    wire_script script;
    script.reads = {
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
    };
    scripted_stream stream(script);
    support::run_coro([&](asio::any_io_executor) -> asio::awaitable<void> {
        request_reader reader(stream);
        const auto got = co_await reader.read({});
        EXPECT_FALSE(std::get<http_request>(got).headers.find("authorization"));
        EXPECT_EQ(std::get<http_request>(got).headers.find("hOST"), "x");
        EXPECT_TRUE(std::get<http_request>(got).keep_alive);
    });
}

}  // namespace
}  // namespace gateway::net
