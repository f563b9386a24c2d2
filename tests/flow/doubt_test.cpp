// Tests of every fault of the platform or the network during an attempt, for each method: the
// ledger and the caller's answer must not contradict each other, and an ordinary redemption must
// succeed afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "protocol_world.hpp"

namespace gateway::flow {
namespace {

enum class kind { voucher, ticket, total, eticket };

struct fault_row {
    const char* name;
    std::string fault;
    std::set<kind> only;  // empty: every method
    // The final states allowed for a replay-safe method and for any other.
    std::set<std::string> replay_safe;
    std::set<std::string> not_replay_safe;
};

const std::set<std::string> confirmed{"succeeded"};
const std::set<std::string> in_doubt{"unknown"};

const fault_row rows[] = {
    {"connection refused", R"({"fault":"refuse-connection","for_ms":300})", {}, confirmed, confirmed
    },
    {"reset before reading",
     R"({"fault":"reset-before-reading","times":1})",
     {},
     confirmed,
     {"succeeded", "unknown"}},
    {"reset after reading", R"({"fault":"reset-after-reading","times":1})", {}, confirmed, in_doubt
    },
    {"executed, then reset", R"({"fault":"execute-then-reset","times":1})", {}, confirmed, in_doubt
    },
    {"executed, answered too late",
     R"({"fault":"execute-then-late","delay_ms":1600,"times":1})",
     {},
     confirmed,
     in_doubt},
    {"cut body", R"({"fault":"cut-body","bytes":20,"times":1})", {}, confirmed, in_doubt},
    {"garbage body", R"({"fault":"garbage-body","times":1})", {}, confirmed, in_doubt},
    {"HTML body", R"({"fault":"html-body","times":1})", {}, confirmed, in_doubt},
    {"500 without executing",
     R"({"fault":"http-status","status":500,"times":1})",
     {},
     confirmed,
     in_doubt},
    {"502 after executing",
     R"({"fault":"http-status","status":502,"executed":true,"times":1})",
     {},
     confirmed,
     in_doubt},
    {"504 after executing",
     R"({"fault":"http-status","status":504,"executed":true,"times":1})",
     {},
     confirmed,
     in_doubt},
    {"busy without executing", R"({"fault":"system-busy","times":1})", {}, confirmed, in_doubt},
    {"busy after executing",
     R"({"fault":"system-busy","executed":true,"times":1})",
     {},
     confirmed,
     in_doubt},
    {"throttled", R"({"fault":"throttle","ban_s":1,"times":1})", {}, confirmed, confirmed},
    {"trickled",
     R"({"fault":"trickle","bytes":40,"every_ms":10,"times":1})",
     {},
     confirmed,
     confirmed},
    {"connection closed after",
     R"({"fault":"connection-close","times":1})",
     {},
     confirmed,
     confirmed},
    {"chunked", R"({"fault":"chunked","times":1})", {}, confirmed, confirmed},
    {"raw control characters",
     R"({"fault":"raw-control-characters","times":1})",
     {kind::ticket, kind::total, kind::eticket},
     confirmed,
     confirmed},
    {"numbers as strings",
     R"({"fault":"numbers-as-strings","times":1})",
     {kind::ticket, kind::total, kind::eticket},
     confirmed,
     confirmed},
    {"order locked", R"({"fault":"order-lock","times":1})", {kind::eticket}, confirmed, confirmed},
    {"unknown isv. code after executing",
     R"({"fault":"business-code","code":"15","sub_code":"isv.something-new","executed":true,"times":1})",
     {kind::ticket, kind::total, kind::eticket},
     confirmed,
     in_doubt},
    {"isp. code under a number of the caller's faults after executing",
     R"({"fault":"business-code","code":"41","sub_code":"isp.unknown-error","executed":true,"times":1})",
     {kind::ticket, kind::total, kind::eticket},
     confirmed,
     in_doubt},
    {"isp. code under the number of a limit after executing",
     R"({"fault":"business-code","code":"7","sub_code":"isp.unknown-error","executed":true,"times":1})",
     {kind::ticket, kind::total, kind::eticket},
     confirmed,
     in_doubt},
    {"another method's code after executing",
     R"({"fault":"business-code","code":"15","sub_code":"isv.eticket-service-unavailable:order-is-processing","executed":true,"times":1})",
     {kind::ticket, kind::total},
     confirmed,
     in_doubt},
    {"is_success absent",
     R"({"fault":"is-success","value":"absent","executed":true,"times":1})",
     {kind::ticket, kind::total},
     confirmed,
     in_doubt},
    {"unknown ret_code",
     R"({"fault":"ret-code","ret_code":"isv.something-new","executed":true,"times":1})",
     {kind::eticket},
     confirmed,
     {}},
    {"attribute_map as object",
     R"({"fault":"attribute-map","form":"object","times":1})",
     {kind::eticket},
     confirmed,
     {}},
    {"attribute_map missing",
     R"({"fault":"attribute-map","form":"missing","times":1})",
     {kind::eticket},
     confirmed,
     {}},
    {"wrong signature", R"({"fault":"wrong-signature","times":1})", {kind::voucher}, confirmed, {}},
    {"missing signature",
     R"({"fault":"missing-signature","times":1})",
     {kind::voucher},
     confirmed,
     {}},
    {"another method's node",
     R"({"fault":"other-method-node","times":1})",
     {kind::voucher},
     confirmed,
     {}},
    {"sign first", R"({"fault":"sign-first","times":1})", {kind::voucher}, confirmed, {}},
    {"pretty printed", R"({"fault":"pretty","times":1})", {kind::voucher}, confirmed, {}},
    {"empty voucher_id", R"({"fault":"empty-voucher-id","times":1})", {kind::voucher}, confirmed, {}
    },
    {"unknown business code",
     R"({"fault":"business-code","code":"40004","sub_code":"SOMETHING_NEW","executed":true,"times":1})",
     {kind::voucher},
     confirmed,
     {}},
};

struct method_row {
    const char* name;
    kind what;
    bool replay_safe;
    std::string (*body)(const std::string& natural);
};

const method_row methods[] = {
    {"voucher",
     kind::voucher,
     true,
     [](const std::string& n) {
         return voucher_body(n, "CODE-" + n);
     }},
    {"ticket",
     kind::ticket,
     false,
     [](const std::string& n) {
         return ticket_body(n);
     }},
    {"running total",
     kind::total,
     true,
     [](const std::string& n) {
         return ticket_body(n, 1);
     }},
    {"e-ticket",
     kind::eticket,
     true,
     [](const std::string& n) {
         return eticket_body(n);
     }},
};

// write_off_type 0 adds at every execution, while type 1 may execute the same total again.
void expect_no_contradiction(const std::string& state, std::int64_t executed, bool replay_safe) {
    if (state == "succeeded") {
        EXPECT_GE(executed, 1) << "succeeded without an execution";
    }
    if (state == "rejected" || state == "failed") {
        EXPECT_EQ(executed, 0) << state << " despite an execution";
    }
    if (!replay_safe) {
        EXPECT_LE(executed, 1) << "doubled";
    }
}

TEST(Doubt, NeverContradictsTheLedger) {
    world_options options;
    options.attempt_timeout = "1s";
    world w(options);
    int order = 0;
    for (const auto& method : methods) {
        for (const auto& row : rows) {
            if (!row.only.empty() && !row.only.contains(method.what)) {
                continue;
            }
            SCOPED_TRACE(std::string(method.name) + ": " + row.name);
            const auto natural = "17533408051400" + std::to_string(10'000 + order++);
            const auto body = method.body(natural);
            w.fault(row.fault);
            const auto settled = w.post_until_settled(natural, body);
            const auto state = state_of(settled);
            const auto& allowed = method.replay_safe ? row.replay_safe : row.not_replay_safe;
            EXPECT_TRUE(allowed.contains(state)) << state << ": " << settled.body;
            expect_no_contradiction(state, w.executed(natural), method.replay_safe);
            if (method.what == kind::voucher || method.what == kind::eticket) {
                EXPECT_LE(w.executed(natural), 1);
            }

            w.clear_faults();
            const auto after = std::to_string(20'000 + order);
            const auto normal =
                w.post_until_settled("after " + natural, method.body("17533408051500" + after));
            EXPECT_EQ(state_of(normal), "succeeded")
                << "the gateway did not recover: " << normal.body;
        }
    }
}

struct refusal_row {
    kind what;
    const char* code;
    const char* sub_code;
};

// Each refusal settles a redemption without an earlier ambiguous attempt.
const refusal_row refusals[] = {
    {kind::voucher, "40004", "VOUCHER_HAS_EXPIRED"},
    {kind::voucher, "40004", "REQUEST_PARAM_ILLEGAL"},
    {kind::voucher, "40002", "isv.invalid-parameter"},
    {kind::total, "15", "isv.invalid-parameter"},
    {kind::total, "41", ""},
    {kind::eticket, "15", "isv.eticket-token-error:invalid-token"},
    {kind::eticket, "15", "isv.eticket-order-status-error:invalid-order-status"},
    {kind::eticket, "15", "isv.missing-parameter:token"},
};

const method_row& method_of(kind what) {
    return *std::find_if(std::begin(methods), std::end(methods), [what](const auto& one) {
        return one.what == what;
    });
}

TEST(Doubt, NoRefusalSettlesAnEarlierAmbiguousAttempt) {
    world w;
    int order = 0;
    for (const auto& row : refusals) {
        const auto& method = method_of(row.what);
        SCOPED_TRACE(std::string(method.name) + ": " + row.code + ' ' + row.sub_code);
        const auto natural = "17533408051600" + std::to_string(10'000 + order++);
        w.fault(R"({"fault":"http-status","status":502,"executed":true,"times":1})");
        w.fault(
            R"({"fault":"business-code","code":")" + std::string(row.code) + R"(","sub_code":")" +
            row.sub_code + R"(","times":1})"
        );
        const auto settled = w.post_until_settled(natural, method.body(natural));
        EXPECT_EQ(state_of(settled), "unknown") << settled.body;
        EXPECT_EQ(w.executed(natural), 1);
        if (row.what != kind::total) {
            const auto other = w.post("other " + natural, method.body(natural));
            EXPECT_EQ(other.status, 409U) << "the natural key must stay taken: " << other.body;
        }

        w.fault(
            R"({"fault":"business-code","code":")" + std::string(row.code) + R"(","sub_code":")" +
            row.sub_code + R"(","times":1})"
        );
        const auto fresh = "17533408051700" + std::to_string(10'000 + order);
        const auto refused = w.post_until_settled("fresh " + fresh, method.body(fresh));
        EXPECT_EQ(state_of(refused), "rejected") << refused.body;
        EXPECT_EQ(w.executed(fresh), 0);
    }
}

}  // namespace
}  // namespace gateway::flow
