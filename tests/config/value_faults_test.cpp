#include <string>
#include <vector>

#include "fault_rows.hpp"

// One row per value that a configuration may not have: its line and its message.

namespace gateway::config::test {
namespace {

class ValueFault : public testing::TestWithParam<fault_row> {};

TEST_P(ValueFault, IsReportedOnceWithItsLine) {
    expect_one_fault(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Values,
    ValueFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"PortWord",
         with_server("api: { port: http }"),
         "1: server.api.port: expected a port (0-65535), found \"http\""},
        {"PortTooLarge", with_server("api: { port: 65536 }"), "1: server.api.port: expected a port"
        },
        {"PortNegative", with_server("api: { port: -1 }"), "1: server.api.port: expected a port"},
        {"PortFraction", with_server("api: { port: 80.5 }"), "1: server.api.port: expected a port"},
        {"PortList",
         with_server("api: { port: [80] }"),
         "1: server.api.port: expected a port (0-65535), found a list"},
        {"PortNull",
         with_first("server:\n  api:\n    port:\n    address: 0.0.0.0"),
         "3: server.api.port: expected a port (0-65535), found nothing"},
        {"PortEmpty",
         with_server("api: { port: \"\" }"),
         "1: server.api.port: expected a port (0-65535), found \"\""},
        {"AddressName",
         with_server("api: { address: localhost }"),
         "1: server.api.address: expected an IPv4 or IPv6 address, found \"localhost\""},
        {"AddressShort", with_server("api: { address: 10.1 }"), "1: server.api.address: expected"},
        {"SectionScalar",
         with_first("server: 8080"),
         "1: server: expected a section, found \"8080\""},
        {"SectionNull", with_first("server:"), "1: server: expected a section, found nothing"},
        {"SizeUnit",
         with_server("max_body: 64KB"),
         "1: server.max_body: expected a size in bytes or such as 256KiB or 1MiB (1KiB to 16MiB), "
         "found \"64KB\""},
        {"SizeTooLarge", with_server("max_body: 17MiB"), "1: server.max_body: expected a size"},
        {"SizeTooSmall", with_server("max_body: 1023"), "1: server.max_body: expected a size"},
        {"SizeOverflow",
         with_server("max_body: 99999999999999999999GiB"),
         "1: server.max_body: expected a size"},
        {"DurationBare",
         with_server("drain_timeout: 25"),
         "1: server.drain_timeout: expected a duration such as 500ms, 10s or 5m (0ms to "
         "1h), found \"25\""},
        {"DurationSpace", with_server("drain_timeout: 25 s"), "1: server.drain_timeout: expected"},
        {"DurationFraction", with_server("drain_timeout: 2.5s"), "1: server.drain_timeout: expected"
        },
        {"DurationNegative", with_server("drain_timeout: -5s"), "1: server.drain_timeout: expected"
        },
        {"DurationRange", with_server("drain_timeout: 61m"), "1: server.drain_timeout: expected"},
        {"DurationOverflow",
         with_server("drain_timeout: 18446744073709551615d"),
         "1: server.drain_timeout: expected"},
        {"DurationOfHours",
         with_journal("sqlite: { path: j }, retention: 90m"),
         "1: journal.retention: expected a duration of whole hours such as 2h or 90d (1h to"},
        {"DurationOfSeconds",
         minimal + "methods: { taobao.eticket.merchant.ma.send: { expires_in: 1500ms } }\n",
         "9: methods.taobao.eticket.merchant.ma.send.expires_in: expected a duration of whole "
         "seconds such as 10s, 5m or 2h (1s to"},
        {"NumberZero",
         with_server("max_connections: 0"),
         "1: server.max_connections: expected a whole number (1-100000), found \"0\""},
        {"NoRate",
         with_caller("name: a, roles: [read], token_sha256: " + token + ", requests_per_second: 0"),
         "1: callers[0].requests_per_second: expected a number (0.01-100000), found \"0\""},
        {"RateNan",
         alipay_with("limits: { requests_per_second: nan }"),
         "9: accounts[0].limits.requests_per_second: expected a number (0.01-100000)"},
        {"RateZero",
         alipay_with("limits: { requests_per_second: 0 }"),
         "9: accounts[0].limits.requests_per_second: expected a number"},
        {"LogLevel",
         with_first("log: { level: verbose }"),
         "1: log.level: expected debug, info, warn or error, found \"verbose\""},
        {"LogFormat", with_first("log: { format: xml }"), "1: log.format: expected json or text"},
        {"SignMethod",
         taobao_with("sign_method: sha1"),
         "8: accounts[0].sign_method: expected md5, hmac or hmac-sha256, found \"sha1\""},
        {"SignType",
         alipay_with("sign_type: RSA3"),
         "9: accounts[0].sign_type: expected RSA2 or RSA"},
        {"Charset",
         alipay_with("charset: latin1"),
         "9: accounts[0].charset: expected utf-8, gbk or gb2312, found \"latin1\""},
        {"PlatformUnknown",
         journal_line + "accounts:\n- { name: a, platform: paypal, gateway: \"https://h/\" }\n",
         "3: accounts[0].platform: expected alipay or taobao, found \"paypal\""},
        {"NameSpace",
         journal_line + "accounts: [ { name: a b, platform: taobao, gateway: \"https://h/\", "
                        "app_key: k, app_secret_file: s } ]\n",
         "2: accounts[0].name: expected a name of 1-64 letters"},
        {"RolesEmpty",
         with_caller("name: a, token_sha256: " + token + ", roles: []"),
         "1: callers[0].roles: expected a list of redeem, read or operator"},
        {"RolesScalar",
         with_caller("name: a, token_sha256: " + token + ", roles: read"),
         "1: callers[0].roles: expected a list of redeem, read or operator"},
        {"RoleUnknown",
         with_caller("name: a, token_sha256: " + token + ", roles: [read, admin]"),
         "1: callers[0].roles: expected redeem, read or operator, found \"admin\""},
        {"RoleTwice",
         with_caller("name: a, token_sha256: " + token + ", roles: [read, read]"),
         "1: callers[0].roles: \"read\" is listed twice"},
        {"TokenInClear",
         with_caller("name: a, roles: [read], token_sha256: my-secret-token"),
         "1: callers[0].token_sha256: expected the SHA-256 of the token as 64 hex digits, found "
         "something else (15 characters)"},
        {"CallersSection",
         with_first("callers: { name: a }"),
         "1: callers: expected a list of callers, found a section"},
        {"CallerScalar",
         with_first("callers: [pos]"),
         "1: callers[0]: expected a section, found \"pos\""},
        {"AccountsEmpty",
         journal_line + "accounts: []\n",
         "2: accounts: expected a list of accounts with at least one, found a list"},
        {"JournalPathEmpty",
         with_journal("sqlite: { path: \"\" }"),
         "1: journal.sqlite.path: expected a file's path, found \"\""},
        {"MethodsList", minimal + "methods: []\n", "9: methods: expected a section, found a list"},
    }),
    printed_name
);

INSTANTIATE_TEST_SUITE_P(
    Urls,
    ValueFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"NoScheme",
         with_gateway("openapi.alipay.com/gateway.do"),
         "3: accounts[0].gateway: expected an https (or http) URL"},
        {"OtherScheme", with_gateway("ftp://h/"), "3: accounts[0].gateway: expected"},
        {"NoHost", with_gateway("https:///gateway.do"), "3: accounts[0].gateway: expected"},
        {"Relative", with_gateway("/gateway.do"), "3: accounts[0].gateway: expected"},
        {"User", with_gateway("https://u:p@h/"), "3: accounts[0].gateway: expected"},
        {"Fragment", with_gateway("https://h/#x"), "3: accounts[0].gateway: expected"},
        {"PortZero", with_gateway("https://h:0/"), "3: accounts[0].gateway: expected"},
        {"PortEmpty", with_gateway("https://h:/"), "3: accounts[0].gateway: expected"},
        {"PortTooLarge", with_gateway("https://h:65536/"), "3: accounts[0].gateway: expected"},
        {"EncodedLineBreak", with_gateway("https://h%0d%0aX/"), "3: accounts[0].gateway: expected"},
        {"Space", with_gateway("https://h/a b"), "3: accounts[0].gateway: expected"},
        {"FutureAddress", with_gateway("https://[v1.a]/"), "3: accounts[0].gateway: expected"},
    }),
    printed_name
);

INSTANTIATE_TEST_SUITE_P(
    Environment,
    ValueFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"Unset",
         with_first("log: { level: \"${GATEWAY_TEST_UNSET}\" }"),
         "1: log.level: environment variable GATEWAY_TEST_UNSET is not set"},
        {"Unclosed", with_first("log: { level: \"${LEVEL\" }"), "1: log.level: expected ${NAME}"},
        {"NoName", with_first("log: { level: \"${}\" }"), "1: log.level: expected ${NAME}"},
        {"OddName", with_first("log: { level: \"${A-B}\" }"), "1: log.level: expected ${NAME}"},
    }),
    printed_name
);

}  // namespace
}  // namespace gateway::config::test
