#include <string>
#include <vector>

#include "fault_rows.hpp"

// One row per fault of a configuration's structure: its line and its message.

namespace gateway::config::test {
namespace {

class SettingsFault : public testing::TestWithParam<fault_row> {};

TEST_P(SettingsFault, IsReportedOnceWithItsLine) {
    expect_one_fault(GetParam());
}

std::string repeated(const std::string& what, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += what;
    }
    return all;
}

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
        {"BothJournals",
         with_journal("sqlite: { path: j },\n postgres: { conninfo_file: c, durability: storage }"),
         "1: journal: expected either sqlite or postgres"},
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
        {"NoJournal", with_journal(""), "1: journal: expected sqlite or postgres"},
        {"Conninfo",
         with_journal("postgres: { durability: storage }"),
         "1: journal.postgres.conninfo_file: missing: expected a file's path"},
        {"Durability",
         with_journal("postgres: { conninfo_file: c }"),
         "1: journal.postgres.durability: missing: expected storage or standby"},
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
