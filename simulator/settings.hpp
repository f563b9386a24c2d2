#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The data of the simulated platforms as plain values: applications, keys and orders. Keys and
// certificates are PEM text.

namespace simulator {

// The answer to a repeated out_biz_no. The platform does not document it, so an application chooses
// one (docs/simulator.md, Configuration).
enum class duplicate_answer { replay, error, empty };

struct alipay_app {
    std::string app_id;
    std::string sign_type = "RSA2";
    std::string app_public_key;  // empty: the application never uploaded one
    std::string platform_private_key;

    // Certificate mode needs these three together, instead of `app_public_key`.
    std::string app_certificate;
    std::string platform_certificate;
    std::string root_certificates;
    std::vector<std::string> downloadable_certificates;  // beside `platform_certificate`

    std::string encrypt_key;  // base64 of 16, 24 or 32 bytes; empty: no encryption
    bool encryption_required = false;
    std::vector<std::string> app_auth_tokens;
    std::vector<std::string> methods;  // empty: every method the simulator has

    std::vector<std::string> unknown_entities;
    std::vector<std::string> expired_entities;
    duplicate_answer duplicates = duplicate_answer::replay;
    std::string duplicate_sub_code = "DUPLICATE_REQUEST";
    std::string used_entity_sub_code = "REQUEST_PARAM_ILLEGAL";
};

struct taobao_order {
    std::string id;            // order_id, or outer_id of an e-ticket order
    std::string out_order_id;  // the merchant's own number, or empty
    std::string token;         // empty: any token is valid
    std::optional<std::int64_t> total_num;
    bool closed = false;
    bool missing = false;  // the platform answers that the order does not exist
};

// The field that tells a repeated ma.send that its codes were sent before.
enum class already_sent_field { sub_code, ret_code };

struct taobao_app {
    std::string app_key;
    std::string secret;
    std::vector<std::string> sessions;
    std::vector<std::string> methods;  // empty: every method the simulator has
    std::vector<taobao_order> orders;  // the platform accepts any other order, too
    already_sent_field already_sent = already_sent_field::sub_code;
};

// The certificates of the TLS port: the first pair is the usual one, the second serves the fault
// `wrong-certificate`.
struct tls_settings {
    std::string certificate;
    std::string private_key;
    std::string wrong_certificate;
    std::string wrong_private_key;
};

struct settings {
    std::vector<alipay_app> alipay;
    std::vector<taobao_app> taobao;
    std::optional<tls_settings> tls;
    std::chrono::milliseconds processing{0};  // time between reading and executing a request
};

}  // namespace simulator
