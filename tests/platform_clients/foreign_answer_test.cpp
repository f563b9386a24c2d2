#include "platform_clients/foreign_answer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/presentable_text.hpp"

namespace gateway::platform_clients {
namespace {

// Hides one word.
class word_masker final : public base::masker {
public:
    base::redacted_text masked(std::string_view text) const override {
        std::string out(text);
        for (auto at = out.find("SECRET"); at != std::string::npos; at = out.find("SECRET")) {
            out.replace(at, 6, "***");
        }
        return redacted(std::move(out));
    }
    base::redacted_text readable(std::string_view text, std::size_t bytes) const override {
        return redacted(text::presentable(masked(text).view(), bytes));
    }
};

net::http_response response_of(unsigned status, std::string body, net::header_list headers = {}) {
    net::http_response response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    return response;
}

std::string said_of(const net::http_response& response, own_statuses own = own_statuses::only_200) {
    const auto said = foreign_answer(response, own, word_masker());
    return said ? std::string(said->view()) : "the platform's";
}

const std::string block_page =
    "<!DOCTYPE html>\n<HTML><head><TITLE lang=en>\n Access denied </TITLE></head></HTML>";

struct answer_row {
    const char* name;
    net::http_response response;
    std::string alipay;
    std::string top;
};

const std::string stranger = "a host that does not speak the platform's protocol answered ";

TEST(ForeignAnswer, NamesWhoSeemsToHaveAnswered) {
    const std::vector<answer_row> rows = {
        {"an answer", response_of(200, " {\"a\":1}"), "the platform's", "the platform's"},
        {"behind a byte order mark",
         response_of(200, "\xEF\xBB\xBF{}"),
         "the platform's",
         "the platform's"},
        {"cut off", response_of(200, "{\"a\":"), "the platform's", "the platform's"},
        {"an error as XML",
         response_of(200, "<?xml?><error_response><code>7</code></error_response>"),
         stranger + "200 with HTML or XML",
         "the platform's"},
        {"400 of TOP", response_of(400, "{}"), stranger + "400", "the platform's"},
        {"a block page",
         response_of(403, block_page, {{"Server", "squid/5.7"}, {"Via", "1.1 egress (squid)"}}),
         stranger + "403 with HTML or XML (page title \"Access denied\", Server \"squid/5.7\", "
                    "Via \"1.1 egress (squid)\")",
         "same"},
        {"a captive portal",
         response_of(200, "<html></html>"),
         stranger + "200 with HTML or XML",
         "same"},
        {"a redirect",
         response_of(301, "", {{"Location", "http://portal.example/?q=SECRET"}}),
         stranger + "301 with an empty body (Location \"http://portal.example/?q=***\")",
         "same"},
        {"a redirect with JSON", response_of(302, "{}"), stranger + "302", "same"},
        {"plain words", response_of(200, "denied"), stranger + "200 with no JSON object", "same"},
        {"nothing", response_of(200, "  \r\n"), stranger + "200 with an empty body", "same"},
        {"a failing host", response_of(502, "{}"), stranger + "502", "same"},
        {"a coding",
         response_of(200, "\x1F\x8B\x08", {{"content-encoding", "gzip"}}),
         "an answer of status 200 came in the content coding \"gzip\", which was not asked for",
         "same"},
        {"a coding that is not named",
         response_of(200, "\x1F\x8B\x08"),
         "an answer of status 200 came in the content coding \"gzip\", which was not asked for",
         "same"},
        {"no coding by name",
         response_of(200, "{}", {{"Content-Encoding", "Identity"}}),
         "the platform's",
         "the platform's"},
    };
    for (const answer_row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(said_of(row.response), row.alipay);
        EXPECT_EQ(
            said_of(row.response, own_statuses::every_2xx_or_400),
            row.top == "same" ? row.alipay : row.top
        );
    }
}

TEST(ForeignAnswer, ShowsBoundedPrintableText) {
    const std::string odd = "<title>\x01\xFF" + std::string(5'000, 'x') + "</title>";
    const auto said = said_of(response_of(
        200, odd, {{"Server", std::string(30'000, 's')}, {"Via", "a\tb"}, {"Location", "\x80"}}
    ));
    EXPECT_LT(said.size(), 600U);
    EXPECT_EQ(said.find('\x01'), std::string::npos);
    EXPECT_EQ(said.find('\xFF'), std::string::npos);
    EXPECT_NE(said.find("Via \"a b\""), std::string::npos) << said;
    const auto late =
        said_of(response_of(200, "<" + std::string(50'000, ' ') + "<title>x</title>"));
    EXPECT_EQ(late, stranger + "200 with HTML or XML");
}

}  // namespace
}  // namespace gateway::platform_clients
