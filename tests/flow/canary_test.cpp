// Tests that secrets never appear in an output: canaries enter the gateway at every input, requests
// take every path at log level debug, and the tests search every output for the canaries.
#include <gmock/gmock.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <span>
#include <sstream>

#include "canary_world.hpp"

namespace gateway::flow {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

const char* const voucher = "alipay.marketing.voucher.stock.use";
const char* const ticket = "taobao.travel.ticket.order.verify";
const char* const send = "taobao.eticket.merchant.ma.send";

// A redemption to request; its params contain NATURAL in place of the natural key.
struct wish {
    const char* account;
    const char* method;
    const char* platform;
    json::object params;
    std::vector<const char*> carries;  // the canaries that the platform receives
};

std::vector<wish> wishes(const canaries& c) {
    const json::object by_code{{"entity_no", c["entity_no"]}, {"out_biz_no", "NATURAL"}};
    const json::object by_voucher{
        {"out_order_id", "NATURAL"},
        {"voucher_infos", {{{"confirm_code", c["confirm_code"]}, {"used_quantity", 1}}}}
    };
    auto running = by_voucher;
    running["write_off_type"] = 1;
    const json::object older{
        {"out_order_id", "NATURAL"}, {"confirm_code", c["older confirm_code"]}, {"check_num", 1}
    };
    const json::object codes{
        {"outer_id", "NATURAL"},
        {"token", c["token"]},
        {"isv_ma_list", {{{"code", c["code"]}, {"num", 1}}}}
    };
    const json::object card{
        {"outer_id", "NATURAL"},
        {"token", c["token"]},
        {"certificate_type", 1},
        {"group_redeem", true},
        {"isv_ka_list",
         {{"ka_no", c["ka_no"]}, {"ka_mi", c["ka_mi"] + '~' + c["second ka_mi"]}, {"num", 1}}}
    };
    return {
        {"shop-sealed", voucher, "alipay", by_code, {"entity_no", "app auth token"}},
        {"shop-open", voucher, "alipay", by_code, {"entity_no"}},
        {"fliggy", ticket, "taobao", by_voucher, {"confirm_code"}},
        {"fliggy", ticket, "taobao", running, {"confirm_code"}},
        {"fliggy", ticket, "taobao", older, {"older confirm_code"}},
        {"fliggy", send, "taobao", codes, {"code", "token", "session"}},
        {"fliggy", send, "taobao", card, {"ka_no", "ka_mi", "second ka_mi", "token", "session"}},
    };
}

// The faults of the platform; ECHO stands for all canaries that it received.
const char* const alipay_faults[] = {
    R"("fault":"business-code","code":"40004","sub_code":"VOUCHER_HAS_EXPIRED","sub_msg":"ECHO")",
    R"("fault":"business-code","code":"40004","sub_code":"ECHO","msg":"ECHO","sub_msg":"ECHO|x")",
    R"("fault":"business-code","code":"40002","sub_code":"isv.invalid-parameter","sub_msg":"ECHO")",
    R"("fault":"business-code","code":"20000","sub_code":"isp.unknow-error","sub_msg":"ECHO")",
    R"("fault":"business-code","code":"ECHO","msg":"ECHO")",
    R"("fault":"empty-voucher-id")",
    R"("fault":"wrong-signature")",
    R"("fault":"missing-signature")",
    R"("fault":"other-method-node")",
    R"("fault":"error-response")",
};
const char* const top_faults[] = {
    R"("fault":"business-code","code":"15","sub_code":"isv.invalid-parameter","sub_msg":"ECHO")",
    R"("fault":"business-code","code":"15","sub_code":"ECHO","msg":"ECHO","sub_msg":"ECHO")",
    R"("fault":"business-code","code":"41","sub_code":"isv.invalid-parameter:ECHO","msg":"ECHO")",
    R"("fault":"business-code","code":"50","sub_code":"isp.ECHO","msg":"ECHO","sub_msg":"ECHO")",
    R"("fault":"is-success","value":"false")",
    R"("fault":"ret-code","ret_code":"ECHO")",
    R"("fault":"order-lock")",
};
const char* const any_faults[] = {
    R"("fault":"reset-after-reading")",
    R"("fault":"execute-then-reset")",
    R"("fault":"late","delay_ms":1500)",
    R"("fault":"http-status","status":502)",
    R"("fault":"system-busy")",
    R"("fault":"throttle","ban_s":1)",
    R"("fault":"garbage-body")",
    R"("fault":"html-body")",
    R"("fault":"cut-body","bytes":40)",
    R"("fault":"raw-control-characters")",
    R"("fault":"gbk-answer")",
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

class Canary : public ::testing::Test {
protected:
    // Requests one redemption without waiting for it; `fault` (without braces) applies to it alone.
    void redeem(const wish& what, const std::string& fault = {}) {
        const auto natural = "N" + std::to_string(100000 + ++count_);
        if (!fault.empty()) {
            std::string echo = "you sent";
            for (const char* name : what.carries) {
                echo += ' ' + secrets_[name];
            }
            w_.fault(
                '{' + replaced(fault, "ECHO", echo) + R"(,"match":")" + natural +
                R"(","times":2,"platform":")" + what.platform + R"("})"
            );
        }
        json::object body{
            {"method", what.method},
            {"account", what.account},
            {"expires_in", 3},
            {"params", what.params}
        };
        const auto text = replaced(json::serialize(body), "NATURAL", natural);
        const auto got = w_.api("POST", "/v1/redemptions", text, key_and("respond-async"));
        EXPECT_NE(got.status, 0U);
        EXPECT_NE(got.status, 400U) << got.body;
        if (const auto where = got.header("location"); !where.empty()) {
            begun_.push_back(where);
        }
    }

    std::map<std::string, std::string> key_and(const std::string& preference) {
        return {{"Idempotency-Key", "k-" + std::to_string(++keys_)}, {"Prefer", preference}};
    }

    void refused(const std::string& body, unsigned status = 400) {
        const auto got = w_.api("POST", "/v1/redemptions", body, key_and("wait=1"));
        EXPECT_EQ(got.status, status) << got.body;
    }

    void send_bad_bodies();
    void send_bad_credentials();
    void corrupt_files();
    void read_everything();
    void expect_no_canary_in(const std::string& name, const std::string& place) const {
        EXPECT_FALSE(place.empty()) << name;
        for (const auto& one : secrets_.all()) {
            const auto leak = leak_of(one, place);
            EXPECT_TRUE(leak.empty()) << name << " contains the " << leak;
        }
    }

    canaries secrets_;
    canary_world w_{secrets_};
    std::vector<std::string> begun_;  // paths of redemptions
    int count_ = 0;
    int keys_ = 0;
};

void Canary::send_bad_bodies() {
    const auto& bad = secrets_["refused value"];
    refused(R"({"method":"x","params":{"entity_no":")" + bad);
    refused(R"({"method":")" + std::string(voucher) + R"(","params":{"entity_no":["BAD"]}})");
    const std::pair<const char*, std::string> wrong[] = {
        {voucher, R"({"entity_no":{"x":"BAD"}})"},
        {voucher, R"({"entity_no":"BADBADBADBADBADBADBADBADBADBADBAD"})"},
        {voucher, R"({"entity_no":"BAD\u0000"})"},
        {voucher, R"({"entity_no":"x","out_biz_no":"BAD 券"})"},
        {ticket, R"({"order_id":"BAD","confirm_code":"BAD"})"},
        {ticket, R"({"order_id":1,"voucher_infos":[{"confirm_code":"BAD","used_quantity":"BAD"}]})"
        },
        {ticket,
         R"({"order_id":1,"voucher_infos":[{"confirm_code":"c","used_quantity":1,"used_date":"BAD"}]})"
        },
        {send, R"({"outer_id":"1","token":["BAD"],"isv_ma_list":[{"code":5,"num":"BAD"}]})"},
        {send,
         R"({"outer_id":"1","token":"BAD","certificate_type":1,"group_redeem":true,)"
         R"("isv_ka_list":{"ka_no":"BAD","ka_mi":"~BAD"}})"},
    };
    for (const auto& [method, params] : wrong) {
        const bool alipay = method == voucher;
        refused(
            R"({"account":")" + std::string(alipay ? "shop-open" : "fliggy") + R"(","method":")" +
            method + R"(","params":)" + replaced(params, "BAD", bad) + "}"
        );
    }
}

void Canary::send_bad_credentials() {
    for (const auto& scheme : {"Bearer ", "Basic ", "Bearer  \t", ""}) {
        const auto got = w_.api(
            "GET", "/v1/accounts", "", {{"Authorization", scheme + secrets_["wrong bearer token"]}}
        );
        EXPECT_EQ(got.status, 401U) << scheme;
    }
}

void Canary::corrupt_files() {
    const auto& content = secrets_["file content"];
    w_.write("app_secret", content + "\nand a second line");
    w_.write("session", content + ' ' + content);
    w_.write("content.key", content);
    w_.write(
        "changing_key.pem",
        "-----BEGIN PRIVATE KEY-----\n" + content + "\n-----END PRIVATE KEY-----"
    );
    w_.signal_reload();
}

void Canary::read_everything() {
    for (const auto& where : begun_) {
        w_.api("GET", where, "", {{"Prefer", "wait=6"}});
    }
    const std::string one = begun_.front();
    w_.api("POST", one + "/resolve", R"({"state":"rejected","note":"by hand"})");
    w_.api("POST", one + "/retry", "{}");
    for (const auto* target :
         {"/v1/redemptions?limit=200", "/v1/redemptions?state=unknown", "/v1/accounts", "/nowhere"
         }) {
        w_.api("GET", target);
    }
}

TEST_F(Canary, NoSecretAndNoCodeAppearsAnywhere) {
    const auto all = wishes(secrets_);
    for (const auto& what : all) {
        redeem(what);
        const bool alipay = what.method == voucher;
        for (const auto* fault : any_faults) {
            redeem(what, fault);
        }
        for (const auto* fault : alipay ? std::span<const char* const>(alipay_faults)
                                        : std::span<const char* const>(top_faults)) {
            redeem(what, fault);
        }
    }
    // Wrong keys make the platform repeat the signed string; one account's host is unreachable.
    auto by_wrong_key = all[1];
    for (const auto* account : {"shop-wrong", "shop-nowhere"}) {
        by_wrong_key.account = account;
        redeem(by_wrong_key);
    }
    auto by_wrong_secret = all[5];
    for (const auto* account : {"fliggy-wrong", "fliggy-lapsed"}) {
        by_wrong_secret.account = account;
        redeem(by_wrong_secret);
    }
    send_bad_bodies();
    send_bad_credentials();
    read_everything();
    corrupt_files();
    EXPECT_TRUE(w_.logs("keys_refused.*shop-sealed"));
    EXPECT_TRUE(w_.logs("keys_refused.*shop-open"));
    EXPECT_TRUE(w_.logs("keys_refused.*fliggy"));
    read_everything();

    // The platforms must have received the canaries, and the journal must contain the redemptions.
    const auto seen = w_.platform_requests();
    for (const auto* name :
         {"entity_no", "code", "ka_no", "ka_mi", "confirm_code", "token", "session"}) {
        EXPECT_THAT(seen, HasSubstr(secrets_[name].substr(0, 16))) << name;
    }
    EXPECT_THAT(w_.log(), HasSubstr(R"("level":"debug")"));
    EXPECT_THAT(w_.log(), HasSubstr("signature_refused"));
    EXPECT_THAT(w_.log(), HasSubstr("answer_not_trusted"));
    EXPECT_THAT(w_.journal_files().at("journal.db-wal"), HasSubstr("N100001"));

    expect_no_canary_in("/metrics", w_.admin("/metrics").body);
    expect_no_canary_in("OpenMetrics", w_.admin("/metrics", "application/openmetrics-text").body);
    expect_no_canary_in("/readyz", w_.admin("/readyz").body);
    expect_no_canary_in("the API's answers", w_.answers());
    expect_no_canary_in("--check-config", w_.check_config());
    for (const auto& [name, bytes] : w_.journal_files()) {
        expect_no_canary_in(name, bytes);
    }
    EXPECT_EQ(w_.stop(), 0);
    expect_no_canary_in("the log", w_.log());
    for (const auto& [name, bytes] : w_.journal_files()) {
        // The end empties the write-ahead log, and leaves the file.
        if (!bytes.empty() || !name.ends_with("-wal")) {
            expect_no_canary_in(name, bytes);
        }
    }
}

// The search itself must find a canary in every form.
TEST(CanarySearch, FindsEveryForm) {
    const canary secret{"code", "MaQx7Lr2Vd9Tk4Wn6Bs8"};
    const struct {
        const char* name;
        std::string place;
        bool leaks;
    } rows[] = {
        {"as it is", "code=MaQx7Lr2Vd9Tk4Wn6Bs8", true},
        {"its beginning", "MaQx7Lr2…", true},
        {"its end", "************k4Wn6Bs8", true},
        {"the last four", "****************6Bs8", false},
        {"in hexadecimal", "4d615178374c7232566439546b34576e36427338", true},
        {"in base64", "x=TWFReDdMcjJWZDlUazRXbjZCczg=", true},
        {"in base64 behind another letter", "eE1hUXg3THIyVmQ5VGs0V242QnM4", true},
        {"another", "MaQx7Lq2Vd9Tk5Wn6Bt8", false},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(!leak_of(secret, row.place).empty(), row.leaks) << row.name;
    }
}

// The limits of the running process prove it, not only the call that sets them.
TEST_F(Canary, LeavesNoCoreDump) {
    std::ifstream limits("/proc/" + std::to_string(w_.pid()) + "/limits");
    std::string core;
    for (std::string line; std::getline(limits, line);) {
        if (line.starts_with("Max core file size")) {
            core = line.substr(18);
        }
    }
    std::istringstream values(core);
    std::string soft;
    std::string hard;
    values >> soft >> hard;
    EXPECT_EQ(soft, "0");
    EXPECT_EQ(hard, "0");
}

}  // namespace
}  // namespace gateway::flow
