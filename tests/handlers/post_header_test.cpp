#include "handlers/post_header.hpp"

#include <gtest/gtest.h>

namespace gateway::handlers {
namespace {

struct row {
    const char* name;
    net::header_list headers;
    unsigned status;  // 0: taken
};

TEST(PostHeader, MustBeJsonWithoutACodingAndOfNoOtherSite) {
    const net::header_list::field json{"Content-Type", "application/json"};
    const row rows[] = {
        {"JSON", {json}, 0},
        {"its charset", {{"Content-Type", "application/json; charset=utf8"}}, 0},
        {"no type", {}, 415},
        {"a form", {{"Content-Type", "application/x-www-form-urlencoded"}}, 415},
        {"two types", {{"Content-Type", "text/plain"}, json}, 415},
        {"two types, JSON first", {json, {"Content-Type", "text/plain"}}, 415},
        {"gzip", {json, {"Content-Encoding", "gzip"}}, 415},
        {"a second coding",
         {json, {"Content-Encoding", "identity"}, {"content-encoding", "br"}},
         415},
        {"no coding", {json, {"Content-Encoding", "identity"}}, 0},
        {"a page of another site", {json, {"Sec-Fetch-Site", "cross-site"}}, 403},
        {"its own page", {json, {"Sec-Fetch-Site", "same-origin"}}, 0},
        {"no page", {json, {"Sec-Fetch-Site", "none"}}, 0},
    };
    for (const auto& r : rows) {
        SCOPED_TRACE(r.name);
        const auto refused = refused_post(r.headers);
        EXPECT_EQ(refused ? row_of(refused->kind).status : 0, r.status);
    }
}

TEST(PostHeader, SaysWhatWouldBeAccepted) {
    const auto coded =
        refused_post({{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}});
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->headers.find("Accept-Encoding"), "identity");
    EXPECT_EQ(refused_post({})->headers.find("Accept-Post"), "application/json");
}

}  // namespace
}  // namespace gateway::handlers
