#include "platform_clients/taobao/error_table.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace gateway::taobao {
namespace {

struct code_row {
    int first;
    int last;
    std::optional<meaning> what;  // none: the sub code says
    std::string_view words;
};

// Numbers not listed are unclear.
constexpr code_row codes[] = {
    {1, 1, meaning::unclear, "the platform had a system error"},
    {2, 2, meaning::account, "the application is on the platform's blacklist"},
    {3, 3, meaning::refused, "the platform did not take the upload"},
    {4, 8, meaning::throttled, "the platform limits how often it may be called"},
    {9, 9, meaning::gateway_fault, "the platform does not allow this HTTP action"},
    {10, 10, meaning::unclear, "the platform's service was unavailable"},
    {11, 13, meaning::account, "the account lacks a permission for this method"},
    {15, 15, std::nullopt, "the service behind the platform answered with an error"},
    {20, 20, meaning::gateway_fault, "the platform no longer serves this API version"},
    {21, 22, meaning::gateway_fault, "the platform does not know this method"},
    {23, 23, meaning::gateway_fault, "the platform does not know this answer format"},
    {24, 25, meaning::account, "the platform does not accept the account's signature"},
    {26, 27, meaning::account, "the account's session is missing, invalid or expired"},
    {28, 29, meaning::account, "the platform does not know the account's app key"},
    {30, 31, meaning::clock, "the platform does not accept the request's timestamp"},
    {32, 34, meaning::gateway_fault, "the platform does not know this protocol version"},
    {40, 40, meaning::parameters, "the platform misses a required parameter"},
    {41, 41, meaning::parameters, "the platform calls a parameter invalid"},
    {42, 42, meaning::refused, "the platform forbids this request"},
    {43, 43, meaning::parameters, "the platform calls a parameter invalid"},
    {44, 44, meaning::unclear, "the service behind the platform failed"},
    {45, 45, meaning::gateway_fault, "the platform no longer serves this API version"},
    {46, 46, meaning::refused, "the platform has abandoned this item"},
    {47, 47, meaning::gateway_fault, "the platform calls the request's encoding invalid"},
    {50, 50, std::nullopt, "the service behind the platform answered with an error"},
    {100, 200, meaning::unclear, "the platform's authorization service answered with an error"},
    {501,
     std::numeric_limits<int>::max(),
     std::nullopt,
     "the service behind the platform answered with an error"},
};

struct sub_code_row {
    std::string_view name;
    meaning what;
    std::string_view words;
};

// A row stands for its name, alone or followed by `:detail` or a `-suffix` (many exist again as
// `…-tmall`); a name that ends in a separator stands for all that begin with it. The longest fits.
constexpr sub_code_row sub_codes[] = {
    {"isp.", meaning::unclear, "the service behind the platform failed"},
    {"accesscontrol.", meaning::throttled, "the platform limits how often it may be called"},
    {"isv.permission-", meaning::account, "the account lacks a permission for this method"},
    {"invalid-sessionkey", meaning::account, "the account's session is invalid"},
    {"session-expired", meaning::account, "the account's session has expired"},
    {"session-not-exist", meaning::account, "the platform does not know the account's session"},

    {"isv.missing-parameter", meaning::parameters, "a required parameter is missing"},
    {"isv.invalid-parameter", meaning::parameters, "a parameter is invalid"},
    // The same timestamp and signature again: of this copy of the request we know nothing more.
    {"isv.request-replay-error", meaning::unclear, "the platform saw this very request before"},

    {"isv.eticket-invalid-parameter", meaning::parameters, "a parameter is invalid"},
    {"isv.eticket-invalid-parameter:duplicate-consume-serial-num",
     meaning::refused,
     "the serial number was used before"},
    {"isv.eticket-invalid-posid", meaning::parameters, "the position id is invalid"},
    {"isv.eticket-token-error", meaning::parameters, "the token is not the order's"},
    {"isv.eticket-seller-error", meaning::parameters, "the seller may not issue e-tickets"},
    {"isv.eticket-privilege-error", meaning::parameters, "the order belongs to another seller"},
    {"isv.eticket-order-not-found", meaning::refused, "the platform does not find the order"},
    {"isv.eticket-order-status-error", meaning::refused, "the order is not in a state for this"},
    {"isv.eticket-send-error", meaning::refused, "the platform does not take the codes"},
    {"isv.eticket-resend-error", meaning::refused, "the codes of the order cannot be sent again"},
    {"isv.eticket-consume-error", meaning::refused, "the code is not available"},
    {"isv.eticket-code-error", meaning::refused, "the code cannot be used now"},
    {"isv.eticket-order-consume-num", meaning::refused, "the quantity does not fit the order"},
    {"isv.eticket-service-unavailable", meaning::unclear, "the e-ticket service failed"},
    {"isv.eticket-service-unavailable:order-is-processing",
     meaning::again_later,
     "the platform is working on another call for this order"},
};

constexpr finding service_side{meaning::unclear, "the service behind the platform failed"};

// Words that make a name of the caller's side the service's trouble all the same.
constexpr std::string_view service_words[] = {
    "service-unavailable", "system-error", "system-busy", "timeout", "unknown-error", "remote-"
};

bool stands_for(std::string_view name, std::string_view sub_code) noexcept {
    if (!sub_code.starts_with(name)) {
        return false;
    }
    if (sub_code.size() == name.size() || name.ends_with('.') || name.ends_with('-')) {
        return true;
    }
    const char next = sub_code[name.size()];
    return next == ':' || next == '-';
}

finding find_sub_code(std::string_view sub_code) noexcept {
    if (const auto known = find_known_sub_code(sub_code)) {
        return *known;
    }
    if (!sub_code.starts_with("isv.")) {
        return {};
    }
    const bool of_the_service =
        std::any_of(std::begin(service_words), std::end(service_words), [&](auto word) {
            return sub_code.find(word) != std::string_view::npos;
        });
    if (of_the_service) {
        return service_side;
    }
    return {meaning::refused, "the platform sees the fault in the request"};
}

}  // namespace

finding find_error(std::string_view code, const std::optional<std::string>& sub_code) noexcept {
    int number = 0;
    const auto [at, fault] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (fault != std::errc{} || at != code.data() + code.size()) {
        return {};
    }
    const auto* row = std::find_if(std::begin(codes), std::end(codes), [&](const auto& one) {
        return number >= one.first && number <= one.last;
    });
    if (row == std::end(codes)) {
        return {};
    }
    if (row->what) {
        return {*row->what, row->words};
    }
    return sub_code ? find_sub_code(*sub_code) : finding{meaning::unclear, row->words};
}

std::optional<finding> find_known_sub_code(std::string_view sub_code) noexcept {
    const sub_code_row* best = nullptr;
    for (const auto& row : sub_codes) {
        if (stands_for(row.name, sub_code) && (!best || row.name.size() > best->name.size())) {
            best = &row;
        }
    }
    if (!best) {
        return std::nullopt;
    }
    return finding{best->what, best->words};
}

}  // namespace gateway::taobao
