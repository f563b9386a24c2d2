#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "reading_support.hpp"

// One row per fault of a configuration: its line and its message.

namespace gateway::config::test {
namespace {

struct fault_row {
    std::string name;
    std::string yaml;
    std::string reported;  // "LINE: path: words", the start of exactly one fault
};

void PrintTo(const fault_row& row, std::ostream* out) {
    *out << row.name;
}

std::string printed_name(const testing::TestParamInfo<fault_row>& info) {
    return info.param.name;
}

class SettingsFault : public testing::TestWithParam<fault_row> {};

TEST_P(SettingsFault, IsReportedOnceWithItsLine) {
    const auto result = read(GetParam().yaml);
    const auto* faults = std::get_if<std::vector<fault>>(&result);
    ASSERT_NE(faults, nullptr) << "accepted";
    ASSERT_EQ(faults->size(), 1u) << texts_of(*faults);
    const fault& only = faults->front();
    EXPECT_EQ(only.file, "gateway.yaml");
    EXPECT_THAT(
        std::to_string(only.line) + ": " + only.what, testing::StartsWith(GetParam().reported)
    );
}

// An account of each platform with an additional line, which is line 9 or 8 of the file.
std::string alipay_with(const std::string& line) {
    return minimal + "    " + line + "\n";
}
std::string taobao_with(const std::string& line) {
    return journal_line + taobao_account + "    " + line + "\n";
}
std::string with_server(const std::string& members) {
    return with_first("server: { " + members + " }");
}
std::string with_caller(const std::string& members) {
    return with_first("callers: [ { " + members + " } ]");
}
std::string with_journal(const std::string& members) {
    return "journal: { " + members + " }\n" + alipay_account;
}
std::string with_gateway(const std::string& url) {
    return journal_line +
           "accounts: [ { name: a, platform: taobao, app_key: k, app_secret_file: s,\n" +
           "gateway: \"" + url + "\" } ]\n";
}

std::string repeated(const std::string& what, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += what;
    }
    return all;
}

const std::string token(64, 'a');

INSTANTIATE_TEST_SUITE_P(
    Document,
    SettingsFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"Empty", "", "0: empty: expected the sections journal and accounts at least"},
        {"OnlyAComment", "# nothing\n", "0: empty"},
        {"Scalar", "hello", "1: expected a section, found \"hello\""},
        {"List", "- a\n- b\n", "1: expected a section, found a list"},
        {"Null", "~\n", "1: expected a section, found nothing"},
        {"Unclosed", "server: { api: [\n", "2: not valid YAML: "},
        {"BadIndentation", "server:\n  a: 1\n b: 2\n", "3: not valid YAML: "},
        {"Tab", "server:\n\tapi: {}\n", "2: not valid YAML: "},
        {"UnclosedQuote", minimal + "log: { level: \"info }\n", "10: not valid YAML: "},
        {"TwoDocuments", minimal + "---\n" + minimal, "9: expected one document"},
        {"Anchor", with_first("server: &s {}"), "1: anchors (&name) are not supported"},
        {"Alias", with_first("log: { level: &l info, format: *l }"), "1: anchors"},
        {"UnknownAlias", with_first("log: *l"), "1: not valid YAML: "},
        {"MergeKey", with_first("server: { <<: { max_body: 1MiB } }"), "1: server.<<: unknown key"},
        {"Tag", with_first("server: !include other.yaml"), "1: tags (!name) are not supported"},
        {"ListAsKey", with_first("? [a, b]\n: c"), "1: expected a key, found a list or section"},
        {"NullAsKey", with_first("~: c"), "1: expected a key, found nothing"},
        {"DeepLists", "a: " + repeated("[", 40) + repeated("]", 40), "1: nested too deeply"},
        {"DeepSections", repeated("{ a: ", 40) + repeated("}", 40), "1: nested too deeply"},
        {"DeepWithoutEnd", "a: " + repeated("[", 50'000), "1: expected a key"},
        {"DeepBlocks", "a:\n" + repeated("- ", 10'000), "2: nested too deeply"},
        {"DeepKeys", repeated("? ", 10'000), "1: expected a key, found a list or section"},
    }),
    printed_name
);

INSTANTIATE_TEST_SUITE_P(
    Keys,
    SettingsFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"UnknownTop", with_first("severs: {}"), "1: severs: unknown key; did you mean server?"},
        {"UnknownFar",
         with_first("zzz: {}"),
         "1: zzz: unknown key; expected server, callers, journal, accounts, methods or log"},
        {"UnknownNested",
         with_server("\n  api: { prot: 1 }"),
         "2: server.api.prot: unknown key; did you mean port?"},
        {"Repeated", with_first("log: {}\nlog: {}"), "2: log: repeated key, first set in line 1"},
        {"RepeatedNested",
         with_first("log: { level: info,\nlevel: warn }"),
         "2: log.level: repeated key, first set in line 1"},
        {"ProxyWithCredentials",
         alipay_with("proxy: http://user:pa55word@egress.example:3128"),
         "9: accounts[0].proxy: expected http://HOST:PORT without credentials, which go into "
         "proxy.credentials_file, found something else (40 characters)"},
        {"ProxyWithoutPort",
         alipay_with("proxy: http://egress.example"),
         "9: accounts[0].proxy: expected http://HOST:PORT"},
        {"ProxyOverTls",
         alipay_with("proxy: https://egress.example:3128"),
         "9: accounts[0].proxy: expected http://HOST:PORT"},
        {"ProxyWithPath",
         alipay_with("proxy: http://egress.example:3128/pac"),
         "9: accounts[0].proxy: expected http://HOST:PORT"},
        {"ProxyWithoutScheme",
         alipay_with("proxy: egress.example:3128"),
         "9: accounts[0].proxy: expected http://HOST:PORT"},
        {"ProxySectionWithoutUrl",
         alipay_with("proxy: { credentials_file: user }"),
         "9: accounts[0].proxy.url: missing"},
        {"ProxyPassword",
         alipay_with("proxy: { url: \"http://egress.example:3128\", credentials: abc }"),
         "9: accounts[0].proxy.credentials: unknown key; secrets come from files: credentials_file"
        },
        {"InlineSecret",
         taobao_with("app_secret: abc"),
         "8: accounts[0].app_secret: unknown key; secrets come from files: app_secret_file"},
        {"OtherPlatform",
         alipay_with("app_key: abc"),
         "9: accounts[0].app_key: belongs to accounts of platform taobao"},
        {"OtherPlatformBack",
         taobao_with("app_id: abc"),
         "8: accounts[0].app_id: belongs to accounts of platform alipay"},
        {"Postgres",
         with_journal("sqlite: { path: j },\n postgres: { conninfo_file: c }"),
         "2: journal.postgres: not supported yet: use journal.sqlite"},
        {"UnknownMethod",
         minimal + "methods: { alipay.trade.pay: { expires_in: 1s } }\n",
         "9: methods.alipay.trade.pay: unknown method; expected "
         "alipay.marketing.voucher.stock.use, "},
        {"MethodUnknownKey",
         minimal + "methods: { taobao.travel.ticket.order.verify: { expire: 1s } }\n",
         "9: methods.taobao.travel.ticket.order.verify.expire: unknown key"},
    }),
    printed_name
);

const std::string two_callers =
    "callers:\n- { name: pos, certificate_name: a, roles: [read]FIRST }\n"
    "- { name: web, certificate_name: b, roles: [read]SECOND }\n";

std::string with_earlier_names(const std::string& first, const std::string& second) {
    std::string callers = two_callers;
    callers.replace(callers.find("FIRST"), 5, first);
    callers.replace(callers.find("SECOND"), 6, second);
    return "server: { api: { tls: { certificate_file: c, private_key_file: k, client_ca_file: a } } }\n" +
           callers + minimal;
}

INSTANTIATE_TEST_SUITE_P(
    EarlierNames,
    SettingsFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"OfAConfiguredCaller",
         with_earlier_names(", formerly: [web]", ""),
         "3: callers[0].formerly: \"web\" is the name of a caller"},
        {"ItsOwn",
         with_earlier_names(", formerly: [pos]", ""),
         "3: callers[0].formerly: \"pos\" is the name of a caller"},
        {"Twice",
         with_earlier_names(", formerly: [till, till]", ""),
         "3: callers[0].formerly: \"till\" is listed twice"},
        {"OfTwoCallers",
         with_earlier_names(", formerly: [till]", ", formerly: [till]"),
         "4: callers[1].formerly: \"till\" is an earlier name of another caller, too"},
    }),
    printed_name
);

INSTANTIATE_TEST_SUITE_P(
    Missing,
    SettingsFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"Journal", alipay_account, "1: journal: missing: expected a section"},
        {"Sqlite", with_journal(""), "1: journal.sqlite: missing"},
        {"SqlitePath", with_journal("sqlite: {}"), "1: journal.sqlite.path: missing"},
        {"Accounts", journal_line, "1: accounts: missing: expected a list of accounts"},
        {"AppSecret",
         journal_line + "accounts:\n"
                        "- { name: a, platform: taobao, gateway: \"https://h/\", app_key: k }\n",
         "3: accounts[0].app_secret_file: missing: expected a file's path"},
        {"AppId",
         journal_line + "accounts:\n- { name: a, platform: alipay, gateway: \"https://h/\", "
                        "private_key_file: k, alipay_public_key_file: p }\n",
         "3: accounts[0].app_id: missing"},
        {"Platform",
         journal_line + "accounts:\n- { name: a, gateway: \"https://h/\", app_key: k }\n",
         "3: accounts[0].platform: missing: expected alipay or taobao"},
        {"Gateway",
         journal_line +
             "accounts:\n- { name: a, platform: taobao, app_secret_file: s, app_key: k }\n",
         "3: accounts[0].gateway: missing: expected an https"},
        {"CallerName",
         with_caller("token_sha256: " + token + ", roles: [read]"),
         "1: callers[0].name: missing"},
        {"CallerRoles",
         with_caller("name: a, token_sha256: " + token),
         "1: callers[0].roles: missing"},
        {"CallerAccountUnknown",
         with_caller("name: a, roles: [read], token_sha256: " + token + ", accounts: [none]"),
         "1: callers[0].accounts: \"none\" is not the name of an account"},
        {"CallerNoAccount",
         with_caller("name: a, roles: [read], token_sha256: " + token + ", accounts: []"),
         "1: callers[0].accounts: expected a list of accounts' names with at least one"},
        {"CallerMethodUnknown",
         with_caller("name: a, roles: [read], token_sha256: " + token + ", methods: [x.y]"),
         "1: callers[0].methods: expected the names of known methods ("},
        {"CallerCredential",
         with_caller("name: a, roles: [read]"),
         "1: callers[0]: expected token_sha256 or certificate_name, found neither"},
    }),
    printed_name
);

INSTANTIATE_TEST_SUITE_P(
    Values,
    SettingsFault,
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
         "1: server.drain_timeout: expected a duration such as 500ms, 10s, 5m, 2h or 90d (0ms to "
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
         "1: journal.retention: expected a duration of whole hours"},
        {"DurationOfSeconds",
         minimal + "methods: { taobao.eticket.merchant.ma.send: { expires_in: 1500ms } }\n",
         "9: methods.taobao.eticket.merchant.ma.send.expires_in: expected a duration of whole "
         "seconds"},
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
    SettingsFault,
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
    SettingsFault,
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

INSTANTIATE_TEST_SUITE_P(
    BetweenKnobs,
    SettingsFault,
    testing::ValuesIn(std::vector<fault_row>{
        {"EqualPorts",
         with_server("\n  api: { port: 9000 },\n  admin: { port: 9000 }"),
         "3: server.admin.port: expected another port than server.api.port (9000)"},
        {"EqualToDefaultPort",
         with_server("\n  api: { port: 9090 }"),
         "2: server.admin.port: expected another port than server.api.port (9090)"},
        {"TlsWithoutAKey",
         with_server("\n  api: { tls: { certificate_file: c } }"),
         "2: server.api.tls.private_key_file: missing"},
        {"RequestLargerThanAllMemory",
         with_server("\n max_body: 4MiB,\n max_message_memory: 8MiB"),
         "3: server.max_message_memory: expected at least twice server.max_header and "
         "server.max_body"},
        {"AccountTwice",
         minimal + "  - { name: shop-a, platform: taobao, gateway: \"https://h/\", app_key: k, "
                   "app_secret_file: s }\n",
         "9: accounts[1].name: the name is already used in line 3"},
        {"CallerTwice",
         with_first(
             "callers:\n  - { name: a, token_sha256: " + token +
             ", roles: [read] }\n  - { name: a, token_sha256: " + std::string(64, 'b') +
             ", roles: [read] }"
         ),
         "3: callers[1].name: the name is already used in line 2"},
        {"TokenTwiceInAnyCase",
         with_first(
             "callers:\n  - { name: a, token_sha256: " + token +
             ", roles: [read] }\n  - { name: b, token_sha256: " + std::string(64, 'A') +
             ", roles: [read] }"
         ),
         "3: callers[1].token_sha256: the token is already used in line 2"},
        {"CertificateWithoutAuthority",
         with_caller("name: a, roles: [read],\n certificate_name: a.example"),
         "2: callers[0].certificate_name: needs server.api.tls.client_ca_file"},
        {"BothKeyModes",
         alipay_with("app_certificate_file: c"),
         "9: accounts[0]: expected alipay_public_key_file or the three certificate files, found "
         "both"},
        {"NoKeyMode",
         journal_line + "accounts:\n"
                        "- { name: a, platform: alipay, gateway: \"https://h/\", app_id: i, "
                        "private_key_file: k }\n",
         "3: accounts[0]: expected alipay_public_key_file, or app_certificate_file, "},
        {"HalfACertificateMode",
         journal_line + "accounts:\n"
                        "- { name: a, platform: alipay, gateway: \"https://h/\", app_id: i, "
                        "private_key_file: k,\n"
                        "  app_certificate_file: c }\n",
         "4: accounts[0]: certificate mode also needs alipay_certificate_file, "
         "alipay_root_certificate_file"},
        {"BreakerPausesBackwards",
         alipay_with("breaker: { pause: 10s, longest_pause: 5s }"),
         "9: accounts[0].breaker: longest_pause is shorter than the first pause"},
        {"ConnectLongerThanAttempt",
         alipay_with("timeouts: { connect: 3s, attempt: 2s }"),
         "9: accounts[0].timeouts: connect is longer than the whole attempt"},
    }),
    printed_name
);

}  // namespace
}  // namespace gateway::config::test
