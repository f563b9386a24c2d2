#include "simulator/settings_reader.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace simulator {

namespace {

constexpr std::initializer_list<std::string_view> alipay_keys{
    "app_id",
    "sign_type",
    "app_public_key_file",
    "alipay_private_key_file",
    "app_certificate_file",
    "alipay_certificate_file",
    "alipay_root_certificate_file",
    "downloadable_certificate_files",
    "encrypt_key",
    "encryption_required",
    "app_auth_tokens",
    "methods",
    "unknown_entities",
    "expired_entities",
    "duplicates",
    "duplicate_sub_code",
    "used_entity_sub_code"
};

class reader {
public:
    explicit reader(const std::string& path)
        : path_(path), folder_(std::filesystem::path(path).parent_path()) {}

    settings read() const {
        const YAML::Node root = load();
        allow(root, {"alipay", "taobao", "tls", "processing_ms"});
        settings result;
        for (const auto& app : list(root, "alipay")) {
            result.alipay.push_back(alipay(app));
        }
        for (const auto& app : list(root, "taobao")) {
            result.taobao.push_back(taobao(app));
        }
        if (const auto node = root["tls"]) {
            result.tls = tls(node);
        }
        if (const auto node = root["processing_ms"]) {
            result.processing = std::chrono::milliseconds(value<unsigned>(node));
        }
        return result;
    }

private:
    YAML::Node load() const {
        try {
            return YAML::LoadFile(path_);
        } catch (const YAML::Exception& error) {
            throw std::runtime_error(path_ + ": " + error.what());
        }
    }

    [[noreturn]] void fail(const YAML::Node& where, const std::string& what) const {
        throw std::runtime_error(path_ + ":" + std::to_string(where.Mark().line + 1) + ": " + what);
    }

    void allow(const YAML::Node& node, std::initializer_list<std::string_view> keys) const {
        if (!node.IsMap()) {
            fail(node, "expected keys and values");
        }
        for (const auto& entry : node) {
            const auto key = entry.first.as<std::string>();
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
                fail(entry.first, "unknown key '" + key + "'");
            }
        }
    }

    template <class T>
    T value(const YAML::Node& node) const {
        try {
            return node.as<T>();
        } catch (const YAML::Exception&) {
            fail(node, "has the wrong type");
        }
    }

    std::vector<YAML::Node> list(const YAML::Node& parent, const char* key) const {
        const YAML::Node node = parent[key];
        if (!node) {
            return {};
        }
        if (!node.IsSequence()) {
            fail(node, std::string(key) + " must be a list");
        }
        return {node.begin(), node.end()};
    }

    std::vector<std::string> texts(const YAML::Node& parent, const char* key) const {
        std::vector<std::string> result;
        for (const auto& node : list(parent, key)) {
            result.push_back(value<std::string>(node));
        }
        return result;
    }

    std::string text(const YAML::Node& parent, const char* key, std::string fallback = {}) const {
        const YAML::Node node = parent[key];
        return node ? value<std::string>(node) : std::move(fallback);
    }

    std::string required(const YAML::Node& parent, const char* key) const {
        std::string result = text(parent, key);
        if (result.empty()) {
            fail(parent, std::string(key) + " is missing");
        }
        return result;
    }

    bool flag(const YAML::Node& parent, const char* key) const {
        const YAML::Node node = parent[key];
        return node && value<bool>(node);
    }

    std::string content(const YAML::Node& where, const std::string& name) const {
        const std::ifstream file(folder_ / name, std::ios::binary);
        if (!file) {
            fail(where, "cannot read '" + (folder_ / name).string() + "'");
        }
        std::ostringstream all;
        all << file.rdbuf();
        return all.str();
    }

    std::string file(const YAML::Node& parent, const char* key) const {
        const YAML::Node node = parent[key];
        return node ? content(node, value<std::string>(node)) : std::string{};
    }

    std::string required_file(const YAML::Node& parent, const char* key) const {
        required(parent, key);
        return file(parent, key);
    }

    tls_settings tls(const YAML::Node& node) const {
        allow(
            node,
            {"certificate_file",
             "private_key_file",
             "wrong_certificate_file",
             "wrong_private_key_file"}
        );
        return {
            required_file(node, "certificate_file"),
            required_file(node, "private_key_file"),
            required_file(node, "wrong_certificate_file"),
            required_file(node, "wrong_private_key_file")
        };
    }

    duplicate_answer duplicates(const YAML::Node& app) const {
        const std::string mode = text(app, "duplicates", "replay");
        if (mode == "replay") {
            return duplicate_answer::replay;
        }
        if (mode == "error") {
            return duplicate_answer::error;
        }
        if (mode == "empty") {
            return duplicate_answer::empty;
        }
        fail(app["duplicates"], "duplicates must be replay, error or empty");
    }

    alipay_app alipay(const YAML::Node& node) const {
        allow(node, alipay_keys);
        alipay_app app;
        app.app_id = required(node, "app_id");
        app.sign_type = text(node, "sign_type", app.sign_type);
        if (app.sign_type != "RSA2" && app.sign_type != "RSA") {
            fail(node["sign_type"], "sign_type must be RSA2 or RSA");
        }
        app.app_public_key = file(node, "app_public_key_file");
        app.platform_private_key = required_file(node, "alipay_private_key_file");
        app.app_certificate = file(node, "app_certificate_file");
        app.platform_certificate = file(node, "alipay_certificate_file");
        app.root_certificates = file(node, "alipay_root_certificate_file");
        require_complete_certificate_mode(node, app);
        for (const auto& name : list(node, "downloadable_certificate_files")) {
            app.downloadable_certificates.push_back(content(name, value<std::string>(name)));
        }
        app.encrypt_key = text(node, "encrypt_key");
        app.encryption_required = flag(node, "encryption_required");
        app.app_auth_tokens = texts(node, "app_auth_tokens");
        app.methods = texts(node, "methods");
        app.unknown_entities = texts(node, "unknown_entities");
        app.expired_entities = texts(node, "expired_entities");
        app.duplicates = duplicates(node);
        app.duplicate_sub_code = text(node, "duplicate_sub_code", app.duplicate_sub_code);
        app.used_entity_sub_code = text(node, "used_entity_sub_code", app.used_entity_sub_code);
        return app;
    }

    void require_complete_certificate_mode(const YAML::Node& node, const alipay_app& app) const {
        const int given = int{!app.app_certificate.empty()} +
                          int{!app.platform_certificate.empty()} +
                          int{!app.root_certificates.empty()};
        if (given != 0 && given != 3) {
            fail(
                node,
                "certificate mode needs app_certificate_file, alipay_certificate_file and "
                "alipay_root_certificate_file together"
            );
        }
    }

    taobao_app taobao(const YAML::Node& node) const {
        allow(node, {"app_key", "secret", "sessions", "methods", "orders", "already_sent"});
        taobao_app app;
        app.app_key = required(node, "app_key");
        app.secret = required(node, "secret");
        app.sessions = texts(node, "sessions");
        app.methods = texts(node, "methods");
        for (const auto& entry : list(node, "orders")) {
            app.orders.push_back(order(entry));
        }
        const std::string field = text(node, "already_sent", "sub_code");
        if (field != "sub_code" && field != "ret_code") {
            fail(node["already_sent"], "already_sent must be sub_code or ret_code");
        }
        app.already_sent =
            field == "ret_code" ? already_sent_field::ret_code : already_sent_field::sub_code;
        return app;
    }

    taobao_order order(const YAML::Node& node) const {
        allow(node, {"id", "out_order_id", "token", "total_num", "closed", "missing"});
        taobao_order result;
        result.id = required(node, "id");
        result.out_order_id = text(node, "out_order_id");
        result.token = text(node, "token");
        if (const auto total = node["total_num"]) {
            result.total_num = value<std::int64_t>(total);
        }
        result.closed = flag(node, "closed");
        result.missing = flag(node, "missing");
        return result;
    }

    std::string path_;
    std::filesystem::path folder_;
};

}  // namespace

settings read_settings(const std::string& path) {
    return reader(path).read();
}

}  // namespace simulator
