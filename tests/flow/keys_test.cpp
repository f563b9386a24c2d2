// Tests of keys and secrets in the running program: faults that prevent a start, the report of a
// refused signature, and changed files.
#include <gmock/gmock.h>

#include <csignal>

#include "protocol_world.hpp"

namespace gateway::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string paused = "redemption_gateway_account_paused{account=\"shop-a\"}";
const std::string stale = "redemption_gateway_keys_stale{account=\"shop-a\"}";
const std::string top_paused = "redemption_gateway_account_paused{account=\"fliggy\"}";

struct faulty_row {
    const char* name;
    std::string alipay_account;
    std::string taobao_account;
    std::vector<const char*> messages;  // each must occur in exactly one line
};

const faulty_row faulty[] = {
    {"the app's own key as Alipay's, and an unreadable token",
     "private_key_file: app_private.pem\nalipay_public_key_file: app_public.pem\n"
     "app_auth_token_file: nowhere/token\n",
     "",
     {"alipay_public_key_file: /", "application's own", "app_auth_token_file: a file in"}},
    {"keys of the wrong kind",
     "private_key_file: app_public.pem\nalipay_public_key_file: app_private.pem\n",
     "",
     {"holds a public key where", "holds a private key where"}},
    {"another algorithm, and no AES key",
     "private_key_file: ec.pem\nalipay_public_key_file: alipay_public.pem\n"
     "encrypt_key_file: app_public.pem\n",
     "",
     {"a key of type EC", "encrypt_key_file: /"}},
    {"1024 bits with RSA2",
     "private_key_file: small_private.pem\nalipay_public_key_file: small_public.pem\n",
     "",
     {"private_key_file: /", "alipay_public_key_file: /"}},
    {"certificate mode, three different faults",
     "private_key_file: app_private.pem\napp_certificate_file: alipay.crt\n"
     "alipay_certificate_file: nowhere/alipay.crt\nalipay_root_certificate_file: secret\n",
     "",
     {"app_certificate_file: /",
      "alipay_certificate_file: a file in",
      "alipay_root_certificate_file: /"}},
    {"certificates swapped",
     "private_key_file: app_private.pem\napp_certificate_file: alipay.crt\n"
     "alipay_certificate_file: app.crt\nalipay_root_certificate_file: root.crt\n",
     "",
     {"not the certificate of the private key", "application's own"}},
    {"both platforms",
     "private_key_file: empty\nalipay_public_key_file: alipay_public.pem\n",
     "app_secret_file: spaced\nsession_file: nowhere/session\n",
     {"private_key_file: /", "app_secret_file: /", "session_file: a file in"}},
};

std::size_t times_in(const std::string& text, const std::string& part) {
    std::size_t times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++times;
    }
    return times;
}

TEST(FaultyKeys, AreAllReportedAtOnceAndPreventTheStart) {
    for (const auto& row : faulty) {
        SCOPED_TRACE(row.name);
        platform_setup setup;
        setup.alipay_account = row.alipay_account;
        setup.taobao_account = row.taobao_account;
        protocol_world w(setup);
        w.put("ec.pem", "alipay/cert/rootEC.key");
        w.put("small_private.pem", "alipay/keys/legacy1024_private_pkcs8.pem");
        w.put("small_public.pem", "alipay/keys/legacy1024_public_spki.pem");
        w.put("app.crt", "alipay/cert/chain/app.crt");
        w.put("alipay.crt", "alipay/cert/chain/alipay_with_issuer.crt");
        w.put("root.crt", "alipay/cert/chain/root.crt");
        w.write("empty", "\n");
        w.write("spaced", "hello world\n");
        const auto [printed, status] = w.check_config();
        EXPECT_EQ(status, 2);
        EXPECT_THROW(w.start(), std::exception) << "the gateway started";
        const auto log = w.gateway->output();
        EXPECT_EQ(w.gateway->wait_exit(), 1);
        for (const char* message : row.messages) {
            EXPECT_EQ(times_in(printed, message), 1U) << message << " in:\n" << printed;
            EXPECT_THAT(log, HasSubstr(message));
        }
        for (const auto* secret : {"hello world", "MIIEv", "helloworld"}) {
            EXPECT_THAT(printed + log, Not(HasSubstr(secret)));
        }
    }
}

struct form_row {
    const char* private_key;
    const char* public_key;
    const char* found;
};

TEST(KeyForms, AreReadInEveryFormAndReported) {
    const form_row rows[] = {
        {"alipay/keys/app_private_pkcs8.pem", "alipay/keys/alipay_public_spki.pem", "PKCS#8, PEM"},
        {"alipay/keys/app_private_pkcs1.pem", "alipay/keys/alipay_public_pkcs1.pem", "PKCS#1, PEM"},
        {"alipay/keys/app_private_pkcs8.b64.txt",
         "alipay/keys/alipay_public_spki.b64.txt",
         "PKCS#8, bare base64 in one line"},
        {"alipay/keys/app_private_pkcs1.b64.txt",
         "alipay/cert/chain/alipay_with_issuer.crt",
         "certificate, PEM"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.private_key);
        protocol_world w({});
        w.put("app_private.pem", row.private_key);
        w.put("alipay_public.pem", row.public_key);
        const auto [printed, status] = w.check_config();
        EXPECT_EQ(status, 0) << printed;
        EXPECT_THAT(printed, HasSubstr(row.found));
        w.start();
        EXPECT_EQ(w.post("form", voucher_body("form1")).status, 200U);
    }
}

// Alipay's two key files in a mounted Secret.
class MountedKeys : public ::testing::Test {
protected:
    explicit MountedKeys(const std::string& query = "") : w(setup(query)), mount(w.folder) {}

    static platform_setup setup(const std::string& query) {
        platform_setup setup;
        setup.alipay_account =
            "private_key_file: own.pem\n"
            "alipay_public_key_file: theirs.pem\n";
        setup.attempt_timeout = "10s";
        setup.alipay_query = query;
        return setup;
    }

    void publish(const std::string& own, const std::string& alipays) {
        mount.publish({{"own.pem", own}, {"theirs.pem", alipays}});
    }

    const std::string good = data_text("alipay/keys/app_private_pkcs8.pem");
    const std::string good_in_other_form = data_text("alipay/keys/app_private_pkcs1.b64.txt");
    const std::string wrong = data_text("alipay/cert/chain/next_private.pem");
    const std::string theirs = data_text("alipay/keys/alipay_public_spki.pem");
    protocol_world w;
    secret_mount mount;
};

TEST_F(MountedKeys, AWrongPrivateKeyPausesTheAccountUntilItsReplacement) {
    publish(wrong, theirs);
    w.start();
    const auto body = voucher_body("waiting1", "CODE-HIDDEN-券1");
    const auto open = w.post("waiting", body, {{"Prefer", "wait=1"}});
    EXPECT_EQ(open.status, 202U) << open.body;
    ASSERT_TRUE(w.gateway->wait_for("account_paused"));
    EXPECT_EQ(w.account("shop-a").at("state").as_string(), "paused");
    EXPECT_THAT(
        std::string(w.account("shop-a").at("paused_because").as_string()),
        HasSubstr("40002 Invalid Arguments, isv.invalid-signature")
    );
    EXPECT_EQ(w.metric(paused), "1");
    EXPECT_THAT(w.gateway->output(), HasSubstr("over the very same text"));
    EXPECT_EQ(w.executed("waiting1"), 0);

    publish(good, theirs);
    ASSERT_TRUE(w.gateway->wait_for("account_resumed"));
    EXPECT_EQ(state_of(w.post_until_settled("waiting", body)), "succeeded");
    EXPECT_EQ(w.executed("waiting1"), 1);
    EXPECT_EQ(w.metric(paused), "0");
    EXPECT_EQ(w.account("shop-a").at("state").as_string(), "serving");
    EXPECT_THAT(w.gateway->output(), Not(HasSubstr("HIDDEN")));
    EXPECT_THAT(open.body, Not(HasSubstr("HIDDEN")));
}

TEST_F(MountedKeys, AnInvalidNewFileLeavesTheOldKeyInUseAndIsReported) {
    publish(good, theirs);
    w.start();
    EXPECT_EQ(w.metric(stale), "0");
    publish("-----BEGIN PRIVATE KEY-----\nMIIEcut off", theirs);
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("keys_refused[^\n]*private_key_file[^\n]*END"));
    EXPECT_EQ(w.metric(stale), "1");
    EXPECT_EQ(w.post("old", voucher_body("old1", "CODE-OLD1")).status, 200U);

    publish(good, data_text("alipay/keys/app_public_spki.pem"));
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("keys_refused[^\n]*application's own"));
    EXPECT_EQ(w.post("old2", voucher_body("old2", "CODE-OLD2")).status, 200U);

    publish(good_in_other_form, theirs);
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("keys_changed"));
    EXPECT_EQ(w.metric(stale), "0");
    EXPECT_EQ(w.post("new", voucher_body("new1", "CODE-NEW1")).status, 200U);
    EXPECT_EQ(
        w.metric("redemption_gateway_key_changes_total{account=\"shop-a\",result=\"refused\"}"), "2"
    );
    EXPECT_EQ(
        w.metric("redemption_gateway_key_changes_total{account=\"shop-a\",result=\"taken\"}"), "1"
    );
}

TEST_F(MountedKeys, AnAttemptKeepsTheKeysOfItsStart) {
    publish(good, theirs);
    w.start();
    w.fault(R"({"fault":"execute-then-late","delay_ms":3000})");
    const auto body = voucher_body("flight1", "CODE-FLIGHT");
    EXPECT_EQ(w.post("flight", body, {{"Prefer", "respond-async"}}).status, 202U);
    ASSERT_TRUE(w.executes(1));
    // The new key is well-formed but not the platform's, so it verifies no answer.
    publish(good, data_text("alipay/cert/chain/next.crt"));
    w.gateway->signal(SIGHUP);
    ASSERT_TRUE(w.gateway->wait_for("keys_changed"));
    const auto settled = w.post_until_settled("flight", body);
    EXPECT_EQ(state_of(settled), "succeeded") << settled.body;
    EXPECT_EQ(redemption_of(settled).at("attempts").as_array().size(), 1U);

    const auto next = w.post("next", voucher_body("next1", "CODE-N"), {{"Prefer", "wait=1"}});
    EXPECT_EQ(next.status, 202U) << "the new key is in use";
    EXPECT_THAT(w.gateway->output(), HasSubstr("answer_not_trusted"));
}

// The platform's string to sign contains a parameter of the URL that the gateway does not sign.
class DifferingTexts : public MountedKeys {
protected:
    DifferingTexts() : MountedKeys("?alipay_sdk=other") {}
};

TEST_F(DifferingTexts, AreLoggedWithTheFirstDifferenceAndWithoutTheCode) {
    publish(good, theirs);
    w.start();
    const auto got =
        w.post("differs", voucher_body("differs1", "CODE-HIDDEN-2"), {{"Prefer", "wait=1"}});
    EXPECT_EQ(got.status, 202U);
    ASSERT_TRUE(w.gateway->wait_for("signature_refused[^\n]*\n"));
    const auto log = w.gateway->output();
    EXPECT_THAT(log, HasSubstr("first difference at byte 1"));
    EXPECT_THAT(log, HasSubstr("theirs: alipay_sdk=other&app_id=2021000000000001&biz_content="));
    EXPECT_THAT(log, HasSubstr("ours: app_id=2021000000000001&biz_content="));
    EXPECT_THAT(log, HasSubstr(">>>"));
    EXPECT_THAT(log, Not(HasSubstr("HIDDEN")));
    EXPECT_THAT(got.body, Not(HasSubstr("HIDDEN")));
    EXPECT_EQ(
        w.metric("redemption_gateway_platform_client_events_total"
                 "{account=\"shop-a\",event=\"signature_refused\"}"),
        "1"
    );
}

// The Taobao account's two files in a mounted Secret.
class MountedSecrets : public ::testing::Test {
protected:
    MountedSecrets() : w({}), mount(w.folder) {
        std::filesystem::remove(w.folder / "secret");
        std::filesystem::remove(w.folder / "session");
    }

    void publish(const std::string& secret, const std::string& session) {
        mount.publish({{"secret", secret}, {"session", session}});
    }

    void expect_pause_until_new_secrets(const char* code, const std::string& reason) {
        const auto body = eticket_body("1753340805138544701");
        const auto open = w.post("waiting", body, {{"Prefer", "wait=1"}});
        EXPECT_EQ(open.status, 202U) << open.body;
        const auto attempt = redemption_of(open).at("attempts").as_array().at(0);
        EXPECT_EQ(attempt.at("verdict").as_string(), "not_executed");
        EXPECT_EQ(attempt.at("code").as_string(), code);
        const auto account = w.account("fliggy");
        EXPECT_EQ(account.at("state").as_string(), "paused");
        EXPECT_THAT(std::string(account.at("paused_because").as_string()), HasSubstr(reason));
        EXPECT_THAT(w.gateway->output(), HasSubstr(reason));
        EXPECT_EQ(w.metric(top_paused), "1");

        publish("helloworld\n", "test\n");
        w.gateway->signal(SIGHUP);
        ASSERT_TRUE(w.gateway->wait_for("account_resumed"));
        EXPECT_EQ(state_of(w.post_until_settled("waiting", body)), "succeeded");
        EXPECT_EQ(w.executed("1753340805138544701"), 1);
        EXPECT_EQ(w.metric(top_paused), "0");
        for (const auto* secret : {"helloworld", "wrong-secret", "lapsed-session", "abc123"}) {
            EXPECT_THAT(w.gateway->output() + open.body, Not(HasSubstr(secret)));
        }
    }

    protocol_world w;
    secret_mount mount;
};

TEST_F(MountedSecrets, AWrongSecretPausesTheAccountUntilItsReplacement) {
    publish("wrong-secret", "test");
    w.start();
    expect_pause_until_new_secrets("25", "25 Invalid signature");
    EXPECT_THAT(w.gateway->output(), HasSubstr("signed with hmac-sha256 and an app secret of 12"));
    EXPECT_THAT(w.gateway->output(), HasSubstr("app_key12345678"));
}

TEST_F(MountedSecrets, AnExpiredSessionPausesTheAccountUntilItsReplacement) {
    publish("helloworld", "lapsed-session");
    w.start();
    expect_pause_until_new_secrets("27", "27 Invalid session");
}

}  // namespace
}  // namespace gateway::flow
