#include "canary_world.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gateway::flow {
namespace {

namespace fs = std::filesystem;

const std::string bin = GATEWAY_BIN_DIR;
const std::string keys = std::string(GATEWAY_TEST_DATA) + "/alipay/keys";

std::string content_of(const fs::path& file) {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    return all.str();
}

std::string hex(const std::string& bytes) {
    constexpr const char* digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string base64(const std::string& bytes) {
    std::string out(4 * (bytes.size() + 2) / 3 + 1, '\0');
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()), from, static_cast<int>(bytes.size())
    );
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::string sha256_hex(const std::string& text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return hex({digest.begin(), digest.end()});
}

std::string fresh_key() {
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

// Returns a line from the middle of a PEM text.
std::string line_of(const std::string& pem) {
    std::istringstream lines(pem);
    std::string line;
    for (int i = 0; i < 6; ++i) {
        std::getline(lines, line);
    }
    return line;
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    return text;
}

std::uint16_t port_of(std::optional<std::string> text, child_process& from) {
    if (!text) {
        throw std::runtime_error("no port in the output:\n" + from.output());
    }
    return static_cast<std::uint16_t>(std::stoi(*text));
}

fs::path fresh_folder() {
    std::string name = (fs::temp_directory_path() / "gateway-canary-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("mkdtemp failed");
    }
    return name;
}

std::string alipay_account(
    const std::string& name, const std::string& app_id, const std::string& key, const char* port
) {
    return "  - name: " + name +
           "\n"
           "    platform: alipay\n"
           "    gateway: \"http://127.0.0.1:" +
           port +
           "/gateway.do\"\n"
           "    app_id: \"" +
           app_id +
           "\"\n"
           "    private_key_file: " +
           key +
           "\n"
           "    alipay_public_key_file: " +
           keys +
           "/alipay_public_spki.pem\n"
           "    timeouts: { connect: 500ms, attempt: 500ms }\n"
           "    breaker: { faults: 10000 }\n";
}

std::string top_account(
    const std::string& name, const std::string& secret, const std::string& session
) {
    return "  - name: " + name +
           "\n"
           "    platform: taobao\n"
           "    gateway: \"http://127.0.0.1:${SIMULATOR_PORT}/router/rest\"\n"
           "    app_key: \"12345678\"\n"
           "    app_secret_file: " +
           secret + "\n    session_file: " + session +
           "\n"
           "    timeouts: { connect: 500ms, attempt: 500ms }\n"
           "    breaker: { faults: 10000 }\n";
}

std::string alipay_app(const std::string& app_id, const std::string& more) {
    return "  - app_id: \"" + app_id +
           "\"\n"
           "    sign_type: RSA2\n"
           "    app_public_key_file: " +
           keys +
           "/app_public_spki.pem\n"
           "    alipay_private_key_file: " +
           keys + "/alipay_private_pkcs8.pem\n" + more;
}

}  // namespace

canaries::canaries()
    : unknown_key_(fresh_key()),
      all_{
          {"app secret", "Kq7vTz2LxP9wRb4NcY6sHd3J"},
          {"other app secret", "Zt5nWm8QyG3kVc7FbL2xRj9S"},
          {"session", "6100Mf8ZgW5eQv1RtUo7Xj2BkLa9"},
          {"lapsed session", "6100Pz4DhN9yEw6CsIr3Vu8GmKt5"},
          {"app auth token", "202611BBq9Xs4Lw7Tf2Jn8Hc5Rv3Dm6"},
          {"bearer token", "pos.Yw5Hc8Rn2Km7Dx4QzB9tLf6V"},
          {"wrong bearer token", "pos.Gs3Jv7Ck9Nq2Wb5XtM8hPd4R"},
          {"journal key", "9f1c5ae27bd04836e1f79a2c6d3b8504e7c2a95f1b6d3084c9e5f7a2d4b61830"},
          {"content key", trimmed(content_of(keys + "/aes_key.b64.txt"))},
          {"private key", line_of(content_of(keys + "/app_private_pkcs8.pem"))},
          {"unknown private key", line_of(unknown_key_)},
          {"entity_no", "ABTRm55gkVTcZJjvY2Enjg==prIaQkv2"},
          {"code", "MaQx7Lr2Vd9Tk4Wn6Bs8"},
          {"ka_no", "KaNo5Hy8Gt3Cf6Zp1Xw9"},
          {"ka_mi", "KaMi2Jb7Rs4Nv9Qd5Lk8"},
          {"second ka_mi", "KaMi6Wz3Fm8Tc1Yh4Px7"},
          {"confirm_code", "Cc8Vn3Kd6Rw1Jq9Tz4Lb"},
          {"older confirm_code", "Oc5Xf2Gs7Mh4Bt9Pk3Ny"},
          {"token", "Tok7Dq2Wc9Hv5Lx3Rn8Jz6"},
          {"refused value", "Ref4Kb9Ty2Nw7Cj5Zs8Vm3"},
          {"file content", "Fil6Pw3Xq8Rd1Gk7Hn4Tb9"},
      } {}

const std::string& canaries::operator[](const std::string& name) const {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return name == one.name; });
    return found == all_.end() ? throw std::out_of_range(name) : found->text;
}

std::string leak_of(const canary& secret, const std::string& place) {
    constexpr std::size_t window = 8;
    for (std::size_t i = 0; i + window <= secret.text.size(); ++i) {
        const auto at = place.find(secret.text.substr(i, window));
        if (at != std::string::npos) {
            const auto from = at > 80 ? at - 80 : 0;
            return std::string(secret.name) + ": …" + place.substr(from, 240) + "…";
        }
    }
    // The base64 form depends on the text's offset modulo three.
    std::vector<std::string> coded{hex(secret.text)};
    for (std::size_t skip = 0; skip < 3; ++skip) {
        coded.push_back(base64(secret.text.substr(skip)).substr(0, 16));
    }
    for (const auto& one : coded) {
        if (place.find(one) != std::string::npos) {
            return std::string(secret.name) + " as " + one;
        }
    }
    return {};
}

canary_world::canary_world(const canaries& secrets)
    : folder_(fresh_folder()), token_(secrets["bearer token"]) {
    write_files(secrets);
    start();
}

canary_world::~canary_world() {
    gateway_.reset();
    simulator_.reset();
    fs::remove_all(folder_);
}

void canary_world::write_files(const canaries& secrets) const {
    write("app_secret", secrets["app secret"]);
    write("other_app_secret", secrets["other app secret"]);
    write("session", secrets["session"]);
    write("lapsed_session", secrets["lapsed session"]);
    write("app_auth_token", secrets["app auth token"]);
    write("journal.key", secrets["journal key"]);
    write("content.key", secrets["content key"]);
    const auto own = keys + "/app_private_pkcs8.pem";
    write("unknown_key.pem", secrets.unknown_key());
    write("changing_key.pem", content_of(own));
    write(
        "simulator.yaml",
        "alipay:\n" +
            alipay_app(
                "2021000000000001",
                "    encrypt_key: \"" + secrets["content key"] +
                    "\"\n"
                    "    app_auth_tokens: [\"" +
                    secrets["app auth token"] + "\"]\n"
            ) +
            alipay_app("2021000000000002", "") + alipay_app("2021000000000003", "") +
            "taobao:\n"
            "  - app_key: \"12345678\"\n"
            "    secret: " +
            secrets["app secret"] + "\n    sessions: [\"" + secrets["session"] + "\"]\n"
    );
    const char* port = "${SIMULATOR_PORT}";
    write(
        "gateway.yaml",
        "server:\n"
        "  api: { address: 127.0.0.1, port: 0 }\n"
        "  admin: { address: 127.0.0.1, port: 0 }\n"
        "  drain_delay: 0s\n"
        "callers:\n"
        "  - name: pos\n"
        "    token_sha256: \"" +
            sha256_hex(token_) +
            "\"\n"
            "    roles: [redeem, read, operator]\n"
            "journal:\n"
            "  sqlite: { path: journal.db }\n"
            "  encryption_key_file: journal.key\n"
            "accounts:\n" +
            alipay_account("shop-sealed", "2021000000000001", own, port) +
            "    app_auth_token_file: app_auth_token\n"
            "    encrypt_key_file: content.key\n" +
            alipay_account("shop-open", "2021000000000002", "changing_key.pem", port) +
            alipay_account("shop-wrong", "2021000000000003", "unknown_key.pem", port) +
            alipay_account("shop-nowhere", "2021000000000003", own, "1") +
            top_account("fliggy", "app_secret", "session") +
            top_account("fliggy-wrong", "other_app_secret", "session") +
            top_account("fliggy-lapsed", "app_secret", "lapsed_session") + "log: { level: debug }\n"
    );
}

void canary_world::start() {
    simulator_ = std::make_unique<child_process>(
        bin + "/platform-simulator",
        std::vector<std::string>{"--config", (folder_ / "simulator.yaml").string()}
    );
    simulator_port_ = port_of(simulator_->wait_for("listening on [^\n]*:([0-9]+)\n"), *simulator_);
    gateway_ = std::make_unique<child_process>(
        bin + "/redemption-gateway",
        std::vector<std::string>{"--config", (folder_ / "gateway.yaml").string()},
        std::map<std::string, std::string>{{"SIMULATOR_PORT", std::to_string(simulator_port_)}}
    );
    api_port_ = port_of(gateway_->wait_for("api_port\"?[=:] ?([0-9]+)"), *gateway_);
    admin_port_ = port_of(gateway_->wait_for("admin_port\"?[=:] ?([0-9]+)"), *gateway_);
}

answer canary_world::api(
    const std::string& method,
    const std::string& target,
    const std::string& body,
    std::map<std::string, std::string> headers
) {
    headers.emplace("Authorization", "Bearer " + token_);
    headers.emplace("Content-Type", "application/json");
    auto got = call(api_port_, method, target, headers, body);
    answers_ += std::to_string(got.status) + '\n';
    for (const auto& [name, value] : got.headers) {
        answers_ += name + ": " + value + '\n';
    }
    answers_ += got.body + "\n\n";
    return got;
}

answer canary_world::admin(const std::string& target, const std::string& accept) {
    return call(admin_port_, "GET", target, {{"Accept", accept}});
}

void canary_world::fault(const std::string& json) const {
    const auto got =
        call(simulator_port_, "POST", "/_sim/faults", {{"Content-Type", "application/json"}}, json);
    EXPECT_TRUE(got.status >= 200 && got.status < 300) << json << ": " << got.body;
}

void canary_world::clear_faults() const {
    answer got;
    // The call repeats because a fault that resets connections may hit this one.
    for (int tries = 0; tries < 50 && got.status == 0; ++tries) {
        got = call(simulator_port_, "DELETE", "/_sim/faults");
    }
}

std::string canary_world::platform_requests() const {
    return call(simulator_port_, "GET", "/_sim/requests").body;
}

void canary_world::write(const std::string& file, const std::string& content) const {
    std::ofstream(folder_ / file) << content << '\n';
}

void canary_world::signal_reload() const {
    gateway_->signal(SIGHUP);
}

int canary_world::stop() {
    gateway_->signal(SIGTERM);
    return gateway_->wait_exit().value_or(-1);
}

std::map<std::string, std::string> canary_world::journal_files() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("journal.db")) {
            found[name] = content_of(entry.path());
        }
    }
    return found;
}

std::string canary_world::check_config() const {
    child_process check(
        bin + "/redemption-gateway",
        {"--config", (folder_ / "gateway.yaml").string(), "--check-config"},
        {{"SIMULATOR_PORT", std::to_string(simulator_port_)}}
    );
    check.wait_exit();
    return check.output();
}

}  // namespace gateway::flow
