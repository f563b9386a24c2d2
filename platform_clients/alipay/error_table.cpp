#include "platform_clients/alipay/error_table.hpp"

#include <algorithm>
#include <array>

namespace gateway::alipay {
namespace {

// Codes that decide whatever the sub code says ("公共错误码";
// docs/redemption-rules.md, Alipay stock.use).
struct code_rule {
    std::string_view code;
    meaning means;
};
constexpr std::array<code_rule, 5> code_rules{{
    {"20000", meaning::ambiguous},
    {"20001", meaning::account_fault},
    {"40003", meaning::account_fault},
    {"40005", meaning::not_executed},
    {"40006", meaning::account_fault},
}};

// Sub codes of the gateway itself, under 40001, 40002 and 40004 alike: lists of different age file
// the same sub code under different codes.
constexpr std::array gateway_rules{
    // The request lacks a parameter (40001).
    sub_code_rule{"MISSING_METHOD", meaning::refused},
    sub_code_rule{"MISSING_SIGNATURE", meaning::refused},
    sub_code_rule{"MISSING_SIGNATURE_TYPE", meaning::refused},
    sub_code_rule{"MISSING_APP_ID", meaning::refused},
    sub_code_rule{"MISSING_TIMESTAMP", meaning::refused},
    sub_code_rule{"MISSING_VERSION", meaning::refused},
    // The request has a wrong parameter (40002).
    sub_code_rule{"INVALID_PARAMETER", meaning::refused},
    // The gateway sends JSON: something on the way spoilt it, a content key say.
    sub_code_rule{"ILLEGAL_JSON", meaning::refused},
    sub_code_rule{"SUSPECTED_ATTACK", meaning::refused},
    sub_code_rule{"INVALID_METHOD", meaning::refused},
    sub_code_rule{"INVALID_FORMAT", meaning::refused},
    sub_code_rule{"INVALID_CHARSET", meaning::refused},
    sub_code_rule{"INVALID_CONTENT_TYPE", meaning::refused},
    sub_code_rule{"INVALID_TIMESTAMP", meaning::clock_skew},
    // Signature, keys, state of the app.
    sub_code_rule{"INVALID_SIGNATURE", meaning::account_fault},
    sub_code_rule{"INVALID_SIGNATURE_TYPE", meaning::account_fault},
    sub_code_rule{"MISSING_SIGNATURE_KEY", meaning::account_fault},
    sub_code_rule{"MISSING_SIGNATURE_CONFIG", meaning::account_fault},
    sub_code_rule{"INVALID_APP_ID", meaning::account_fault},
    sub_code_rule{"NOT_ONLINE_APP", meaning::account_fault},
    sub_code_rule{"FORBIDDEN_API", meaning::account_fault},
    sub_code_rule{"INVALID_AUTH_RELATIONS", meaning::account_fault},
    // Certificates.
    sub_code_rule{"MISSING_APP_CERT_SN", meaning::account_fault},
    sub_code_rule{"MISSING_ALIPAY_ROOT_CERT_SN", meaning::account_fault},
    sub_code_rule{"INVALID_ALIPAY_ROOT_CERT_SN", meaning::account_fault},
    sub_code_rule{"APP_CERT_NOT_EXIST", meaning::account_fault},
    sub_code_rule{"APP_CERT_EXPIRED", meaning::account_fault},
    sub_code_rule{"ALIPAY_CERT_NOT_EXIST", meaning::account_fault},
    // Content encryption; the two with "retry" for advice come back by themselves.
    sub_code_rule{"DECRYPTION_ERROR_MISSING_ENCRYPT_TYPE", meaning::account_fault},
    sub_code_rule{"INVALID_ENCRYPT_TYPE", meaning::account_fault},
    sub_code_rule{"DECRYPTION_ERROR_NOT_VALID_ENCRYPT_KEY", meaning::account_fault},
    sub_code_rule{"INVALID_ENCRYPT", meaning::not_executed},
    sub_code_rule{"DECRYPTION_ERROR_UNKNOWN", meaning::not_executed},
};

constexpr std::array<std::string_view, 3> caller_fault_codes{"40001", "40002", "40004"};
constexpr std::array<std::string_view, 4> prefixes{"ISV.", "ISP.", "AOP.", "ACQ."};

std::optional<meaning> find_rule(std::span<const sub_code_rule> rules, std::string_view sub_code) {
    const auto at = std::find_if(rules.begin(), rules.end(), [&](const auto& rule) {
        return rule.sub_code == sub_code;
    });
    return at == rules.end() ? std::nullopt : std::optional(at->means);
}

std::optional<meaning> known(std::span<const sub_code_rule> business, std::string_view sub_code) {
    const auto own = find_rule(business, sub_code);
    return own ? own : find_rule(gateway_rules, sub_code);
}

bool is_code_character(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
}

}  // namespace

std::string normalised(std::string_view sub_code) {
    std::string code(sub_code);
    std::transform(code.begin(), code.end(), code.begin(), [](char c) {
        if (c == '-') {
            return '_';
        }
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    // Prefixes pile up: `aop.ACQ.SYSTEM_ERROR` has been seen.
    for (bool stripped = true; stripped;) {
        stripped = false;
        for (const auto prefix : prefixes) {
            if (code.starts_with(prefix)) {
                code.erase(0, prefix.size());
                stripped = true;
            }
        }
    }
    return code;
}

std::optional<std::string> code_in_message(std::string_view sub_msg) {
    const auto bar = sub_msg.find('|');
    if (bar == std::string_view::npos) {
        return std::nullopt;
    }
    auto begin = bar;
    while (begin > 0 && is_code_character(sub_msg[begin - 1])) {
        --begin;
    }
    auto code = normalised(sub_msg.substr(begin, bar - begin));
    return code.empty() ? std::nullopt : std::optional(std::move(code));
}

meaning meaning_of(const node_content& error, std::span<const sub_code_rule> business) {
    const auto* by_code = std::find_if(code_rules.begin(), code_rules.end(), [&](const auto& rule) {
        return rule.code == error.code;
    });
    if (by_code != code_rules.end()) {
        return by_code->means;
    }
    if (std::find(caller_fault_codes.begin(), caller_fault_codes.end(), error.code) ==
        caller_fault_codes.end()) {
        return meaning::ambiguous;
    }
    const auto named = known(business, normalised(error.sub_code));
    const auto embedded = code_in_message(error.sub_msg);
    const auto hinted = embedded ? find_rule(business, *embedded) : std::nullopt;
    if (!named || !hinted || named == hinted) {
        return named.value_or(hinted.value_or(meaning::ambiguous));
    }
    return meaning::ambiguous;  // two known codes that contradict each other
}

bool can_only_be_unsigned(const node_content& error) {
    constexpr std::array<std::string_view, 3> keyless{
        "INVALID_APP_ID", "MISSING_SIGNATURE_CONFIG", "MISSING_SIGNATURE_KEY"
    };
    const auto sub_code = normalised(error.sub_code);
    return std::find(keyless.begin(), keyless.end(), sub_code) != keyless.end();
}

}  // namespace gateway::alipay
