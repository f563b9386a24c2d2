// Shapes by which one reader's request becomes two for another (RFC 9112 §11.2): each is refused
// with 400 (501 for a transfer coding before `chunked`), wherever packets end, and nothing behind
// it is read.
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "net/http_server.hpp"
#include "tests/support/run_coro.hpp"
#include "tests/support/scripted_stream.hpp"

namespace gateway::net {
namespace {

// The status of the fault that ends the connection; 200 stands for an accepted request.
std::vector<unsigned> statuses(std::vector<std::string> reads) {
    support::wire_script script;
    script.reads = std::move(reads);
    support::scripted_stream stream(script);
    return support::run_coro([&](asio::any_io_executor) -> asio::awaitable<std::vector<unsigned>> {
        request_reader reader(stream);
        std::vector<unsigned> seen;
        for (;;) {
            const auto got = co_await reader.read({});
            if (const auto* fault = std::get_if<request_fault>(&got)) {
                seen.push_back(fault->status);
                break;
            }
            seen.push_back(200);
        }
        co_return seen;
    });
}

struct shape {
    std::string name;
    std::string raw;
    unsigned status = 400;
};

const std::string line = "POST / HTTP/1.1\r\nHost: x\r\n";
const std::string chunked = line + "Transfer-Encoding: chunked\r\n\r\n";
const std::string next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

std::string coded(const std::string& coding) {
    return line + "Transfer-Encoding:" + coding + "\r\n\r\n0\r\n\r\n";
}

std::string sized(const std::string& length) {
    return line + "Content-Length:" + length + "\r\n\r\na";
}

const std::vector<shape> shapes = {
    // Lengths.
    {"empty length", sized("")},
    {"two lengths in words", sized(" 1 1")},
    {"length list", sized(" 1,1")},
    {"negative length", sized(" -1")},
    {"length with a plus", sized(" +1")},
    {"hexadecimal length", sized(" 0x1")},
    {"length with a fraction", sized(" 1.0")},
    {"length over 64 bits", sized(" 18446744073709551617")},
    {"length with a form feed", sized(" \f1")},
    {"folded length", line + "Content-Length:\r\n 1\r\n\r\na"},
    {"length behind white space", line + " Content-Length: 1\r\n\r\na"},
    {"length before the colon", line + "Content-Length : 1\r\n\r\na"},
    {"length behind a bare CR", line + "X: y\rContent-Length: 1\r\n\r\na"},
    {"length with a bare CR", sized(" 1\r")},
    {"a length of nothing and chunked",
     line + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    // Codings.
    {"vertical tab before the coding", coded("\vchunked")},
    {"quoted coding", coded(" \"chunked\"")},
    {"coding with a parameter", coded(" chunked;q=1")},
    {"coding with a comma", coded(" chunked,")},
    {"comma before the coding", coded(" ,chunked")},
    {"empty coding", coded("")},
    {"misspelt coding", coded(" xchunked")},
    {"identity", coded(" identity")},
    {"gzip alone", coded(" gzip")},
    {"chunked not last", coded(" chunked, gzip")},
    {"chunked twice", coded(" chunked, chunked")},
    {"chunked twice behind another", coded(" gzip, chunked, chunked")},
    {"odd coding before chunked", coded(" a b, chunked")},
    {"chunked behind another", coded(" gzip, chunked"), 501},
    {"chunked behind two others", coded(" deflate ,gzip,Chunked"), 501},
    {"two coding fields",
     line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"},
    {"folded coding", line + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
    {"coding before the colon", line + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
    {"coding with a NUL", coded(std::string(" chunked\0", 9))},
    {"coding in HTTP/1.0",
     "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    // Chunks.
    {"no chunk size", chunked + "\r\n"},
    {"chunk size with a plus", chunked + "+1\r\na\r\n0\r\n\r\n"},
    {"negative chunk size", chunked + "-1\r\na\r\n0\r\n\r\n"},
    {"chunk size with a prefix", chunked + "0x1\r\na\r\n0\r\n\r\n"},
    {"chunk size behind a space", chunked + " 1\r\na\r\n0\r\n\r\n"},
    {"chunk size over 64 bits", chunked + "10000000000000001\r\na\r\n0\r\n\r\n"},
    {"chunk size in words", chunked + "1 1\r\na\r\n0\r\n\r\n"},
    {"chunk size ends in a bare LF", chunked + "1\na\r\n0\r\n\r\n"},
    {"chunk size ends in a bare CR", chunked + "1\ra\r\n0\r\n\r\n"},
    {"bare LF in a chunk extension", chunked + "1;a\nb\r\na\r\n0\r\n\r\n"},
    {"bare LF in a quoted chunk extension", chunked + "1;a=\"\n\"\r\na\r\n0\r\n\r\n"},
    {"bare LF behind a backslash", chunked + "1;a=\"\\\n\"\r\na\r\n0\r\n\r\n"},
    {"a chunk in a quoted extension", chunked + "1;a=\"\r\na\r\n0\r\n\r\n\"\r\na\r\n0\r\n\r\n"},
    {"bare CR in a quoted chunk extension", chunked + "1;a=\"x\ry\"\r\na\r\n0\r\n\r\n"},
    {"NUL in a quoted chunk extension", chunked + std::string("1;a=\"\0\"\r\na\r\n0\r\n\r\n", 17)},
    {"bare LF in the last chunk's extension", chunked + "0;a=\"\n\n\"\r\n\r\n"},
    {"chunk extension without a name", chunked + "1;\r\na\r\n0\r\n\r\n"},
    {"chunk extension without an end", chunked + "1;a=\"b\r\na\r\n0\r\n\r\n"},
    {"white space behind a chunk size", chunked + "1 \r\na\r\n0\r\n\r\n"},
    {"chunk size of 17 digits", chunked + "00000000000000001\r\na\r\n0\r\n\r\n"},
    {"chunk ends in a bare LF", chunked + "1\r\na\n0\r\n\r\n"},
    {"chunk without an end", chunked + "1\r\na0\r\n\r\n"},
    {"chunk longer than said", chunked + "1\r\nab\r\n0\r\n\r\n"},
    {"last chunk ends in a bare LF", chunked + "0\n\r\n"},
    {"trailer ends in a bare LF", chunked + "0\r\nA: b\n\r\n"},
    {"all of the end in bare LF", chunked + "0\n\n"},
    {"folded trailer", chunked + "0\r\nA: b\r\n\tc\r\n\r\n"},
    {"fold before the first trailer", chunked + "0\r\n A: b\r\n\r\n"},
    {"trailer before the colon", chunked + "0\r\nA : b\r\n\r\n"},
    {"control character in a trailer", chunked + "0\r\nA: b\x01\r\n\r\n"},
    {"bare CR in a trailer", chunked + "0\r\nA: b\rc\r\n\r\n"},
    {"trailer without a colon", chunked + "0\r\nrubbish\r\n\r\n"},
    {"end of the trailer is a bare LF", chunked + "0\r\nA: b\r\n\n"},
    // Lines.
    {"bare LF for every line", "GET / HTTP/1.1\nHost: x\n\n"},
    {"bare LF between fields", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"},
    {"bare CR between fields", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"},
    {"bare CR for the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\rGET /"},
    {"NUL in a name", std::string("GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n", 34)},
    {"fold", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n"},
    {"fold before the first field", "GET / HTTP/1.1\r\n\tHost: x\r\n\r\n"},
    {"two requests in a target", "GET / HTTP/1.1 GET /x HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"HTTP/0.9", "GET /\r\n\r\n"},
    {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
    {"host list", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"},
};

TEST(Smuggling, IsRefusedWhereverPacketsEnd) {
    for (const auto& row : shapes) {
        const std::string all = row.raw + next;
        const std::vector<unsigned> refused = {row.status};
        for (std::size_t at = 0; at <= row.raw.size(); ++at) {
            SCOPED_TRACE(row.name + " cut at " + std::to_string(at));
            ASSERT_EQ(statuses(support::cut_at(all, at)), refused);
        }
        SCOPED_TRACE(row.name + " byte by byte");
        ASSERT_EQ(statuses(support::pieces(all, 1)), refused);
    }
}

// A malformed body is refused as soon as it is seen, not at the timeout.
TEST(Smuggling, IsRefusedWithoutWaitingForMore) {
    for (const std::string tail :
         {"0\n\n", "0\n", "1\n", "1;a=\"\n", "1\r\naX", "0\r\n A: b\r\n"}) {
        SCOPED_TRACE(tail);
        support::wire_script script;
        script.reads = support::pieces(chunked + tail, 1);
        script.read_end = asio::error::timed_out;
        support::scripted_stream stream(script);
        const auto status =
            support::run_coro([&](asio::any_io_executor) -> asio::awaitable<unsigned> {
                request_reader reader(stream);
                const auto got = co_await reader.read({});
                const auto* fault = std::get_if<request_fault>(&got);
                co_return fault ? fault->status : 200;
            });
        EXPECT_EQ(status, 400U);
    }
}

}  // namespace
}  // namespace gateway::net
