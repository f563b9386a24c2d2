#include "platform_clients/alipay/error_table.hpp"

#include <algorithm>
#include <array>

#include "platform_clients/common_parameter.hpp"

namespace gateway::alipay {
namespace {

// Codes that decide whatever the sub code says ("公共错误码";
// docs/redemption-rules.md, Alipay stock.use).
struct code_rule {
    std::string_view code;
    meaning means;
};
constexpr std::array<code_rule, 2> code_rules{{
    {"20000", meaning::ambiguous},
    {"40005", meaning::not_executed},
}};

// Codes that say by themselves that the redemption is not at fault; the sub code may say how far
// the fault reaches.
constexpr std::array<code_rule, 3> fault_rules{{
    {"20001", meaning::account_fault},  // app_auth_token
    {"40003", meaning::account_fault},  // key or authorization not set up
    {"40006", meaning::method_fault},   // permission
}};

// Sub codes of the gateway itself, under every code but those above: lists of different age file
// the same sub code under different codes. What is missing or invalid among the parameters of every
// call is in platform_clients/common_parameter.
constexpr std::array gateway_rules{
    sub_code_rule{"INVALID_PARAMETER", meaning::refused},
    sub_code_rule{"SUSPECTED_ATTACK", meaning::refused},
    // The gateway sends JSON: something on the way spoilt it, a content key say.
    sub_code_rule{"ILLEGAL_JSON", meaning::gateway_fault},
    // State of the app and its keys.
    sub_code_rule{"NOT_ONLINE_APP", meaning::account_fault},
    sub_code_rule{"APP_CERT_NOT_EXIST", meaning::account_fault},
    sub_code_rule{"APP_CERT_EXPIRED", meaning::account_fault},
    sub_code_rule{"ALIPAY_CERT_NOT_EXIST", meaning::account_fault},
    sub_code_rule{"INVALID_AUTH_TOKEN", meaning::account_fault},
    sub_code_rule{"AUTH_TOKEN_TIME_OUT", meaning::account_fault},
    sub_code_rule{"APP_AUTH_TOKEN_TIME_OUT", meaning::account_fault},
    // Permissions.
    sub_code_rule{"FORBIDDEN_API", meaning::method_fault},
    sub_code_rule{"SELF_INVOKE_FORBIDDEN", meaning::method_fault},
    sub_code_rule{"ILLEGAL_CLIENT_IP", meaning::method_fault},
    sub_code_rule{"INSUFFICIENT_ISV_PERMISSIONS", meaning::method_fault},
    sub_code_rule{"INSUFFICIENT_USER_PERMISSIONS", meaning::method_fault},
    sub_code_rule{"INVALID_APP_AUTH_TOKEN_NO_API", meaning::method_fault},
    sub_code_rule{"NO_PRODUCT_REG_BY_PARTNER", meaning::method_fault},
    // Content encryption; the two with "retry" for advice come back by themselves.
    sub_code_rule{"DECRYPTION_ERROR_MISSING_ENCRYPT_TYPE", meaning::account_fault},
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

// "MISSING_SIGNATURE_TYPE", "INVALID_CHARSET", "INSUFFICIENT_…_PERMISSIONS"
std::optional<meaning> find_family(std::string_view sub_code) {
    for (const std::string_view prefix : {"MISSING_", "INVALID_"}) {
        if (sub_code.starts_with(prefix)) {
            return platform_clients::fault_of_common_parameter(sub_code.substr(prefix.size()));
        }
    }
    const bool permission =
        sub_code.starts_with("INSUFFICIENT_") && sub_code.ends_with("_PERMISSIONS");
    return permission ? std::optional(meaning::method_fault) : std::nullopt;
}

std::optional<meaning> of_gateway(std::string_view sub_code) {
    const auto listed = find_rule(gateway_rules, sub_code);
    return listed ? listed : find_family(sub_code);
}

std::optional<meaning> known(std::span<const sub_code_rule> business, std::string_view sub_code) {
    const auto own = find_rule(business, sub_code);
    return own ? own : of_gateway(sub_code);
}

const code_rule* find_code(std::span<const code_rule> rules, std::string_view code) {
    const auto at = std::find_if(rules.begin(), rules.end(), [&](const auto& rule) {
        return rule.code == code;
    });
    return at == rules.end() ? nullptr : &*at;
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
    if (const auto* rule = find_code(code_rules, error.code)) {
        return rule->means;
    }
    if (const auto* rule = find_code(fault_rules, error.code)) {
        const auto named = of_gateway(normalised(error.sub_code));
        const bool fault = named && scope_of(*named) != redemption::fault_scope::none;
        return fault ? *named : rule->means;
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
