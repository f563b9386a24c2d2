#include "config/settings_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "reading_support.hpp"

namespace gateway::config::test {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;

settings accepted(const std::string& yaml) {
    const auto result = read(yaml);
    EXPECT_EQ(faults_of(result), "");
    const auto* found = std::get_if<accepted_settings>(&result);
    return found == nullptr ? settings{} : found->settings;
}

std::string warnings_of(const std::string& yaml) {
    const auto result = read(yaml);
    EXPECT_EQ(faults_of(result), "");
    const auto* found = std::get_if<accepted_settings>(&result);
    return found == nullptr ? std::string("refused") : texts_of(found->warnings);
}

TEST(SettingsReader, ReadsEveryKnob) {
    const settings found = accepted(R"(
server:
  api:
    address: 127.0.0.1
    port: 8443
    tls: { certificate_file: tls/chain.pem, private_key_file: /tls/key.pem, client_ca_file: ca.pem }
  admin: { address: "::1", port: 0 }
  max_header: 8KiB
  max_body: 1MiB
  max_message_memory: 4MiB
  max_connections: 500
  max_requests_per_connection: 7
  max_in_flight: 50
  header_timeout: 5s
  body_timeout: 250ms
  write_timeout: 2s
  idle_timeout: 5m
  drain_delay: 3s
  drain_timeout: 0s
callers:
  - name: pos
    token_sha256: "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"
    roles: [redeem, read]
    requests_per_second: 2.5
    accounts: [shop-a]
    methods: [alipay.marketing.voucher.stock.use]
  - name: ops
    certificate_name: ops.example
    token_sha256: fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9
    roles: [operator]
journal:
  sqlite: { path: /var/lib/j.db }
  encryption_key_file: journal.key
  must_exist: true
  retention: 30d
accounts:
  - name: shop-a
    platform: alipay
    gateway: https://openapi.alipay.com/gateway.do
    app_id: 2021000000000001
    private_key_file: app.pem
    app_certificate_file: a.crt
    alipay_certificate_file: b.crt
    alipay_root_certificate_file: c.crt
    sign_type: RSA
    charset: GBK
    app_auth_token_file: token
    encrypt_key_file: aes
    ca_file: ../ca.pem
    limits: { requests_per_second: 0.5, in_flight: 3, connections: 2, queue: 0 }
    breaker: { faults: 4, pause: 2s, longest_pause: 1m }
    timeouts: { connect: 1s, attempt: 2s }
  - name: fliggy
    platform: taobao
    gateway: http://127.0.0.1:8081/router/rest?x=1
    app_key: "12345678"
    app_secret_file: secret
    session_file: session
    sign_method: md5
methods:
  taobao.eticket.merchant.ma.send: { expires_in: 2h }
log: { level: debug, format: text }
)");
    EXPECT_EQ(found.server.api.address, "127.0.0.1");
    EXPECT_EQ(found.server.api.port, 8443);
    EXPECT_EQ(found.server.admin.address, "::1");
    EXPECT_EQ(found.server.admin.port, 0);
    EXPECT_FALSE(found.server.admin.tls);
    ASSERT_TRUE(found.server.api.tls);
    EXPECT_EQ(found.server.api.tls->certificate_file, "/etc/gateway/tls/chain.pem");
    EXPECT_EQ(found.server.api.tls->private_key_file, "/tls/key.pem");
    EXPECT_EQ(found.server.api.tls->client_ca_file, "/etc/gateway/ca.pem");
    EXPECT_EQ(found.server.max_header, 8u * 1024);
    EXPECT_EQ(found.server.max_body, 1024u * 1024);
    EXPECT_EQ(found.server.max_message_memory, 4u * 1024 * 1024);
    EXPECT_EQ(found.server.max_connections, 500u);
    EXPECT_EQ(found.server.max_requests_per_connection, 7u);
    EXPECT_EQ(found.server.max_in_flight, 50u);
    EXPECT_EQ(found.server.header_timeout, milliseconds(5'000));
    EXPECT_EQ(found.server.body_timeout, milliseconds(250));
    EXPECT_EQ(found.server.write_timeout, milliseconds(2'000));
    EXPECT_EQ(found.server.idle_timeout, milliseconds(300'000));
    EXPECT_EQ(found.server.drain_delay, milliseconds(3'000));
    EXPECT_EQ(found.server.drain_timeout, milliseconds(0));

    ASSERT_EQ(found.callers.size(), 2u);
    EXPECT_EQ(found.callers[0].name, "pos");
    EXPECT_EQ(
        found.callers[0].token_sha256,
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    EXPECT_THAT(found.callers[0].roles, ElementsAre(role::redeem, role::read));
    EXPECT_EQ(found.callers[0].requests_per_second, 2.5);
    EXPECT_EQ(found.callers[1].certificate_name, "ops.example");
    EXPECT_THAT(found.callers[1].roles, ElementsAre(role::operate));
    EXPECT_FALSE(found.callers[1].requests_per_second);
    EXPECT_THAT(found.callers[0].accounts, testing::Optional(ElementsAre("shop-a")));
    EXPECT_THAT(
        found.callers[0].methods,
        testing::Optional(ElementsAre("alipay.marketing.voucher.stock.use"))
    );
    EXPECT_FALSE(found.callers[1].accounts);
    EXPECT_FALSE(found.callers[1].methods);

    EXPECT_EQ(found.journal.sqlite_path, "/var/lib/j.db");
    EXPECT_EQ(found.journal.encryption_key_file, "/etc/gateway/journal.key");
    EXPECT_TRUE(found.journal.must_exist);
    EXPECT_EQ(found.journal.retention, hours(24 * 30));

    ASSERT_EQ(found.accounts.size(), 2u);
    const account_settings& shop = found.accounts[0];
    EXPECT_EQ(shop.name, "shop-a");
    EXPECT_EQ(shop.platform, platform::alipay);
    EXPECT_EQ(shop.ca_file, "/etc/ca.pem");
    EXPECT_EQ(shop.limits.requests_per_second, 0.5);
    EXPECT_EQ(shop.limits.in_flight, 3u);
    EXPECT_EQ(shop.limits.queue, 0u);
    EXPECT_EQ(shop.breaker.faults, 4u);
    EXPECT_EQ(shop.breaker.pause, milliseconds(2'000));
    EXPECT_EQ(shop.breaker.longest_pause, milliseconds(60'000));
    EXPECT_EQ(shop.limits.connections, 2u);
    EXPECT_EQ(shop.timeouts.connect, milliseconds(1'000));
    EXPECT_EQ(shop.timeouts.attempt, milliseconds(2'000));
    EXPECT_EQ(shop.alipay.app_id, "2021000000000001");
    EXPECT_EQ(shop.alipay.private_key_file, "/etc/gateway/app.pem");
    EXPECT_EQ(shop.alipay.alipay_public_key_file, "");
    EXPECT_EQ(shop.alipay.app_certificate_file, "/etc/gateway/a.crt");
    EXPECT_EQ(shop.alipay.alipay_certificate_file, "/etc/gateway/b.crt");
    EXPECT_EQ(shop.alipay.alipay_root_certificate_file, "/etc/gateway/c.crt");
    EXPECT_EQ(shop.alipay.sign_type, alipay_sign_type::rsa);
    EXPECT_EQ(shop.alipay.charset, alipay_charset::gbk);
    EXPECT_EQ(shop.alipay.app_auth_token_file, "/etc/gateway/token");
    EXPECT_EQ(shop.alipay.encrypt_key_file, "/etc/gateway/aes");

    const account_settings& fliggy = found.accounts[1];
    EXPECT_EQ(fliggy.platform, platform::taobao);
    EXPECT_EQ(fliggy.gateway.text, "http://127.0.0.1:8081/router/rest?x=1");
    EXPECT_FALSE(fliggy.gateway.tls);
    EXPECT_EQ(fliggy.gateway.host, "127.0.0.1");
    EXPECT_EQ(fliggy.gateway.port, 8081);
    EXPECT_EQ(fliggy.gateway.target, "/router/rest?x=1");
    EXPECT_EQ(fliggy.taobao.app_key, "12345678");
    EXPECT_EQ(fliggy.taobao.app_secret_file, "/etc/gateway/secret");
    EXPECT_EQ(fliggy.taobao.session_file, "/etc/gateway/session");
    EXPECT_EQ(fliggy.taobao.sign_method, top_sign_method::md5);

    ASSERT_EQ(found.methods.size(), 1u);
    EXPECT_EQ(found.methods.at("taobao.eticket.merchant.ma.send").expires_in, seconds(7'200));
    EXPECT_EQ(found.log.level, log_level::debug);
    EXPECT_EQ(found.log.format, log_format::text);
}

TEST(SettingsReader, KeepsDefaultsOfAbsentKeys) {
    const settings found = accepted(minimal);
    EXPECT_EQ(found.server.api.port, 8080);
    EXPECT_EQ(found.server.admin.port, 9090);
    EXPECT_EQ(found.server.max_body, 256u * 1024);
    EXPECT_EQ(found.server.drain_timeout, milliseconds(25'000));
    EXPECT_TRUE(found.callers.empty());
    EXPECT_TRUE(found.methods.empty());
    EXPECT_EQ(found.journal.retention, hours(24 * 90));
    ASSERT_EQ(found.accounts.size(), 1u);
    EXPECT_EQ(found.accounts[0].alipay.sign_type, alipay_sign_type::rsa2);
    EXPECT_EQ(found.accounts[0].gateway.port, 443);
    EXPECT_TRUE(found.accounts[0].gateway.tls);
    EXPECT_EQ(found.log.level, log_level::info);
}

TEST(SettingsReader, TakesAnAccountsKeysBeforeItsPlatform) {
    const settings found = accepted(
        journal_line +
        "accounts:\n"
        "  - { app_key: k, app_secret_file: s, gateway: \"https://h/\", name: n, platform: Taobao "
        "}\n"
    );
    ASSERT_EQ(found.accounts.size(), 1u);
    EXPECT_EQ(found.accounts[0].taobao.app_key, "k");
}

TEST(SettingsReader, ReplacesEnvironmentVariablesInValues) {
    const environment_variable port("GATEWAY_TEST_PORT", "18080");
    const environment_variable name("GATEWAY_TEST_PLATFORM", "alipay");
    const settings found = accepted(
        "server: { api: { port: \"${GATEWAY_TEST_PORT}\" } }\n"
        "journal: { sqlite: { path: \"/run/${GATEWAY_TEST_PORT}/${GATEWAY_TEST_PLATFORM}$.db\" } "
        "}\n"
        "accounts:\n"
        "  - name: a\n"
        "    platform: ${GATEWAY_TEST_PLATFORM}\n"
        "    gateway: http://localhost:${GATEWAY_TEST_PORT}\n"
        "    app_id: x\n"
        "    private_key_file: k\n"
        "    alipay_public_key_file: p\n"
    );
    EXPECT_EQ(found.server.api.port, 18080);
    EXPECT_EQ(found.journal.sqlite_path, "/run/18080/alipay$.db");
    ASSERT_EQ(found.accounts.size(), 1u);
    EXPECT_EQ(found.accounts[0].gateway.port, 18080);
    EXPECT_EQ(found.accounts[0].gateway.target, "/");
}

TEST(SettingsReader, TakesPathsFromTheEnvironment) {
    const environment_variable folder("GATEWAY_TEST_FOLDER", "/run/secrets");
    const environment_variable absolute("GATEWAY_TEST_FILE", "/run/secrets/app_secret");
    const environment_variable name("GATEWAY_TEST_NAME", "app_secret");
    for (const std::string file :
         {"${GATEWAY_TEST_FOLDER}/app_secret",
          "${GATEWAY_TEST_FILE}",
          "/run/secrets/${GATEWAY_TEST_NAME}"}) {
        const settings found = accepted(
            journal_line +
            "accounts: [ { name: a, platform: taobao, app_key: k,\n"
            "  gateway: \"https://h/\", app_secret_file: \"" +
            file + "\" } ]\n"
        );
        EXPECT_EQ(found.accounts.at(0).taobao.app_secret_file, "/run/secrets/app_secret");
    }
}

TEST(SettingsReader, DoesNotReadYamlFromTheEnvironment) {
    const environment_variable value("GATEWAY_TEST_VALUE", "a.db, other: b");
    const settings found =
        accepted("journal: { sqlite: { path: \"${GATEWAY_TEST_VALUE}\" } }\n" + alipay_account);
    EXPECT_EQ(found.journal.sqlite_path, "/etc/gateway/a.db, other: b");
}

TEST(SettingsReader, ChecksTheKeysOfAPlatformNamedByTheEnvironment) {
    const environment_variable name("GATEWAY_TEST_PLATFORM", "taobao");
    const auto result = read(
        journal_line +
        "accounts: [ { name: a, platform: \"${GATEWAY_TEST_PLATFORM}\", gateway: \"https://h/\" } "
        "]\n"
    );
    EXPECT_THAT(faults_of(result), HasSubstr("accounts[0].app_key: missing"));
    EXPECT_THAT(faults_of(result), HasSubstr("accounts[0].app_secret_file: missing"));
}

TEST(SettingsReader, WarnsAboutSettingsThatMayBeUnintended) {
    EXPECT_EQ(
        warnings_of("callers: []\n"
                    "journal: { sqlite: { path: j } }\n"
                    "accounts:\n"
                    "  - name: a\n"
                    "    platform: taobao\n"
                    "    gateway: http://top.example.com/router/rest\n"
                    "    app_key: k\n"
                    "    app_secret_file: s\n"),
        "gateway.yaml:1: callers: none: everybody who reaches the API may redeem\n"
        "gateway.yaml:2: journal: no encryption_key_file: codes and card secrets are stored in "
        "clear\n"
        "gateway.yaml:6: accounts[0].gateway: plain http: requests and answers can be read and "
        "changed on the way\n"
    );
}

TEST(SettingsReader, IsSilentAboutASafeConfiguration) {
    EXPECT_EQ(
        warnings_of(
            "callers: [ { name: a, roles: [redeem], token_sha256: " + std::string(64, 'a') +
            " } ]\n"
            "journal: { sqlite: { path: j }, encryption_key_file: k }\n" +
            alipay_account
        ),
        ""
    );
}

TEST(SettingsReader, DoesNotWarnAboutPlainHttpOnLoopback) {
    for (const std::string host : {"127.0.0.1", "127.8.9.1", "localhost", "[::1]"}) {
        SCOPED_TRACE(host);
        const std::string warnings = warnings_of(
            journal_line + "accounts: [ { name: a, platform: taobao, gateway: \"http://" + host +
            ":1/x\", app_key: k, app_secret_file: s } ]\n"
        );
        EXPECT_THAT(warnings, testing::Not(HasSubstr("plain http")));
    }
}

TEST(SettingsReader, ReadsAProxyAsAUrlOrASection) {
    const auto proxy_of = [](const std::string& line) {
        return accepted(minimal + "    " + line + "\n").accounts.at(0).proxy.value();
    };
    const auto plain = proxy_of("proxy: http://egress.example:3128");
    EXPECT_EQ(plain.host, "egress.example");
    EXPECT_EQ(plain.port, 3128);
    EXPECT_EQ(plain.credentials_file, "");
    const auto full =
        proxy_of("proxy: { url: \"http://[2001:db8::1]:80/\", credentials_file: proxy/user }");
    EXPECT_EQ(full.host, "2001:db8::1");
    EXPECT_EQ(full.port, 80);
    EXPECT_EQ(full.credentials_file, "/etc/gateway/proxy/user");
    EXPECT_FALSE(accepted(minimal).accounts.at(0).proxy);
}

TEST(SettingsReader, WarnsOnceAboutAProxyOfTheEnvironmentThatNoAccountNames) {
    for (const char* const name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
        const environment_variable proxy(name, "http://user:pa55word@egress.example:3128");
        const std::string warnings = warnings_of(minimal);
        EXPECT_THAT(warnings, HasSubstr(std::string(name) + " is set"));
        EXPECT_THAT(warnings, testing::Not(HasSubstr("pa55word")));
        EXPECT_EQ(warnings.find(" is set"), warnings.rfind(" is set"));
        const std::string with_proxy = minimal + "    proxy: http://egress.example:3128\n";
        EXPECT_THAT(warnings_of(with_proxy), testing::Not(HasSubstr(" is set")));
        const auto entry = taobao_account.substr(taobao_account.find("  - "));
        EXPECT_THAT(warnings_of(with_proxy + entry), HasSubstr("without one: fliggy\n"));
    }
    const environment_variable empty("HTTPS_PROXY", "");
    EXPECT_THAT(warnings_of(minimal), testing::Not(HasSubstr(" is set")));
}

TEST(SettingsReader, NamesAFileThatCannotBeRead) {
    const std::string missing = testing::TempDir() + "no-such-configuration.yaml";
    EXPECT_EQ(
        faults_of(read_settings_file(missing, known_methods)),
        missing + ": cannot be read: No such file or directory\n"
    );
    EXPECT_EQ(
        faults_of(read_settings_file("/", known_methods)), "/: cannot be read: not a regular file\n"
    );
}

TEST(SettingsReader, StartsRelativePathsAtTheFilesFolder) {
    const std::string path = testing::TempDir() + "relative-paths.yaml";
    std::ofstream(path) << minimal;
    const auto result = read_settings_file(path, known_methods);
    ASSERT_EQ(faults_of(result), "");
    EXPECT_EQ(
        std::get<accepted_settings>(result).settings.journal.sqlite_path,
        testing::TempDir() + "journal.db"
    );
}

}  // namespace
}  // namespace gateway::config::test
