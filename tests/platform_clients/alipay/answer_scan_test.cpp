#include "platform_clients/alipay/answer_scan.hpp"

#include <gtest/gtest.h>

#include "tests/platform_clients/alipay/vectors.hpp"

namespace gateway::alipay {
namespace {

constexpr std::string_view node_name = "x_use_response";

std::variant<scanned_answer, scan_fault> scan(
    std::string_view body, byte_form form = byte_form::utf8
) {
    return scan_answer(body, node_name, form);
}

struct good_row {
    const char* name;
    std::string body;
    std::string node;
};

TEST(AlipayAnswerScan, FindsTheNodesBytesInEveryLayout) {
    const good_row rows[] = {
        {"compact", R"({"x_use_response":{"a":1},"sign":"s"})", R"({"a":1})"},
        {"sign first", R"({"sign":"s","x_use_response":{"a":1}})", R"({"a":1})"},
        {"pretty",
         "{\r\n\t\"sign\" : \"s\" ,\n \"x_use_response\" :\t{ \"a\" : 1 }\n}\n",
         R"({ "a" : 1 })"},
        {"braces in a string", R"({"x_use_response":{"a":"}{\"}"},"sign":"s"})", R"({"a":"}{\"}"})"
        },
        {"a backslash before the quote",
         R"({"x_use_response":{"a":"\\"},"sign":"s"})",
         R"({"a":"\\"})"},
        {"nested sign and node",
         R"({"x_use_response":{"sign":"t","x_use_response":{}},"sign":"s"})",
         R"({"sign":"t","x_use_response":{}})"},
        {"a string node", R"({"x_use_response":"Xd0=","sign":"s"})", R"("Xd0=")"},
        {"other members",
         R"({"x":{"sign":"t"},"y":[1,-2.5e+3,true,null,[]],"x_use_response":{},)"
         R"("sign":"s"})",
         "{}"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto scanned = scan(row.body);
        const auto* found = std::get_if<scanned_answer>(&scanned);
        ASSERT_TRUE(found) << std::get<scan_fault>(scanned).reason.view();
        EXPECT_EQ(found->node.of(row.body), row.node);
        EXPECT_EQ(found->sign, "s");
        EXPECT_FALSE(found->error_response);
    }
}

TEST(AlipayAnswerScan, FindsTheBytesTheVectorsSigned) {
    for (const auto* name :
         {"01_sign_last",
          "02_sign_first_seed_layout",
          "03_cert_mode",
          "05_braces_quotes_in_string",
          "07_slash_escaped_signed_raw",
          "09_whitespace_around",
          "22_gbk_body_signed",
          "25_encrypted_node",
          "31_gbk_trail_byte_5c"}) {
        SCOPED_TRACE(name);
        const auto file = std::string("response/") + name;
        const auto body = testing::vector_file(file + ".body");
        const bool gbk = file.find("gbk") != std::string::npos;
        const auto scanned =
            scan_answer(body, testing::stock_use_node, gbk ? byte_form::gbk : byte_form::utf8);
        const auto* found = std::get_if<scanned_answer>(&scanned);
        ASSERT_TRUE(found) << std::get<scan_fault>(scanned).reason.view();
        EXPECT_EQ(found->node.of(body), testing::vector_file(file + ".signed"));
    }
}

TEST(AlipayAnswerScan, UnescapesTheSignatureAndTheSerialNumber) {
    const auto scanned =
        scan(R"({"x_use_response":{},"alipay_cert_sn":"0a\u0062","sign":"a\/b\u002Bc=="})");
    const auto& found = std::get<scanned_answer>(scanned);
    EXPECT_EQ(found.sign, "a/b+c==");
    EXPECT_EQ(found.certificate_sn, "0ab");
}

TEST(AlipayAnswerScan, AnEmptySignatureIsNone) {
    const auto scanned = scan(R"({"x_use_response":{},"sign":""})");
    EXPECT_FALSE(std::get<scanned_answer>(scanned).sign);
}

struct bad_row {
    const char* name;
    std::string body;
    bool malformed;
};

TEST(AlipayAnswerScan, RefusesWhatTwoReadersCouldReadTwoWays) {
    const bad_row rows[] = {
        {"two nodes", R"({"x_use_response":{},"x_use_response":{},"sign":"s"})", false},
        {"two signatures", R"({"x_use_response":{},"sign":"s","sign":"t"})", false},
        {"two of an unknown member", R"({"a":1,"x_use_response":{},"a":2,"sign":"s"})", false},
        {"node and error_response", R"({"x_use_response":{},"error_response":{},"sign":"s"})", false
        },
        {"another method's node", R"({"x_query_response":{},"sign":"s"})", false},
        {"another method's node beside ours",
         R"({"x_query_response":{},"x_use_response":{},"sign":"s"})",
         false},
        {"sign spelled with an escape", R"({"x_use_response":{},"\u0073ign":"s"})", false},
        {"node spelled with an escape", R"({"x_use_respons\u0065":{},"sign":"s"})", false},
        {"sign is a number", R"({"x_use_response":{},"sign":5})", false},
        {"sign is an object", R"({"x_use_response":{},"sign":{"sign":"s"}})", false},
        {"serial number is null", R"({"x_use_response":{},"alipay_cert_sn":null})", false},
        {"no node", R"({"sign":"s"})", true},
        {"only a longer name", R"({"x_use_response2":{},"sign":"s"})", true},
        {"only another case", R"({"X_use_Response2":{},"sign":"s"})", true},
        {"sign inside the node is none of the answer's", R"({"sign":{"x_use_response":{}}})", false
        },
        {"garbage behind", R"({"x_use_response":{},"sign":"s"}x)", true},
        {"a second object behind", R"({"x_use_response":{}}{"sign":"s"})", true},
        {"a trailing comma", R"({"x_use_response":{},})", true},
        {"a comment", R"({"x_use_response":{}/**/})", true},
        {"single quotes", R"({'x_use_response':{}})", true},
        {"a raw line break in a string", "{\"x_use_response\":\"a\nb\"}", true},
        {"an unknown escape", R"({"x_use_response":"\x"})", true},
        {"a broken \\u escape", R"({"x_use_response":"\u12G4"})", true},
        {"a leading zero", R"({"x_use_response":01})", true},
        {"a bare minus", R"({"x_use_response":-})", true},
        {"an unknown word", R"({"x_use_response":nul})", true},
        {"a name without a value", R"({"x_use_response"})", true},
        {"an array", R"([{"x_use_response":{}}])", true},
        {"brackets that cross", R"({"x_use_response":{"a":[}]})", true},
        {"nothing", "", true},
        {"only white space", " \n", true},
        {"HTML", "<html></html>", true},
        {"a byte order mark", "\xEF\xBB\xBF{\"x_use_response\":{}}", true},
        {"too deep",
         "{\"x_use_response\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
         true},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto scanned = scan(row.body);
        const auto* fault = std::get_if<scan_fault>(&scanned);
        ASSERT_TRUE(fault);
        EXPECT_EQ(fault->malformed, row.malformed) << fault->reason.view();
        EXPECT_FALSE(fault->reason.view().empty());
    }
}

TEST(AlipayAnswerScan, EveryCutOfABodyIsMalformed) {
    const std::string whole = R"({"x_use_response":{"a":[1,"\u0041"],"b":true},"sign":"s"})";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto scanned = scan(whole.substr(0, length));
        const auto* fault = std::get_if<scan_fault>(&scanned);
        EXPECT_TRUE(fault && fault->malformed) << whole.substr(0, length);
    }
}

TEST(AlipayAnswerScan, RefusesBytesThatAreNoGbkPair) {
    for (const std::string pair : {"\x81\x22", "\x81\x7F", "\x81\xFF", "\x80\x41", "\xFF\x41"}) {
        const auto scanned =
            scan("{\"x_use_response\":\"" + pair + "\",\"sign\":\"s\"}", byte_form::gbk);
        EXPECT_TRUE(std::holds_alternative<scan_fault>(scanned)) << pair;
    }
}

}  // namespace
}  // namespace gateway::alipay
