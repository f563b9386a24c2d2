#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the simulated platforms know: applications, keys, orders. Plain values; keys and
// certificates are PEM text.

namespace simulator {

// What a repeated out_biz_no gets: the platform does not document it, so both ways exist (contract
// §7).
enum class duplicate_answer { replay, error, empty };

struct alipay_app {
    std::string app_id;
    std::string sign_type = "RSA2";
    std::string app_public_key;  // empty: the application never uploaded one
    std::string platform_private_key;

    // Certificate mode: these three together, instead of `app_public_key`.
    std::string app_certificate;
    std::string platform_certificate;
    std::string root_certificates;
    std::vector<std::string> downloadable_certificates;  // beside `platform_certificate`

    std::string encrypt_key;  // base64 of 16, 24 or 32 bytes; empty: encryption not switched on
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
    std::string token;         // empty: any token is right
    std::optional<std::int64_t> total_num;
    bool closed = false;
    bool missing = false;  // answered as an order nobody knows
};

// Where a second ma.send is told that the codes are there already.
enum class already_sent_place { sub_code, ret_code };

struct taobao_app {
    std::string app_key;
    std::string secret;
    std::vector<std::string> sessions;
    std::vector<std::string> methods;  // empty: every method the simulator has
    std::vector<taobao_order> orders;  // others are accepted as they come
    already_sent_place already_sent = already_sent_place::sub_code;
};

// What the simulator shows over TLS: usually the first pair, the second for the fault
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
    std::chrono::milliseconds processing{0};  // how long the platforms think before they execute
};

}  // namespace simulator
