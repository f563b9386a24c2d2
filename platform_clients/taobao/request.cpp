#include "platform_clients/taobao/request.hpp"

#include <array>
#include <cstdio>

#include "platform_clients/taobao/signature.hpp"

namespace gateway::taobao {
namespace {

bool is_blank(std::string_view value) noexcept {
    while (!value.empty()) {
        if (value.front() == ' ' || (value.front() >= '\t' && value.front() <= '\r')) {
            value.remove_prefix(1);
        } else if (value.starts_with("\xE3\x80\x80")) {  // U+3000, white space to the Java SDK too
            value.remove_prefix(3);
        } else {
            return false;
        }
    }
    return true;
}

void add(parameter_list& to, std::string_view name, std::string_view value) {
    if (!is_blank(value)) {
        to.push_back({std::string(name), std::string(value)});
    }
}

bool stands_for_itself(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '*';
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (stands_for_itself(c)) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
}

}  // namespace

std::string top_timestamp(std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const auto there = floor<seconds>(now) + hours(8);
    const auto day = floor<days>(there);
    const year_month_day date(day);
    const hh_mm_ss time(there - day);
    std::array<char, 32> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02u %02d:%02d:%02d",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

parameter_list request_parameters(const common_parameters& common, const parameter_list& business) {
    parameter_list all;
    all.reserve(business.size() + 8);  // the common ones and `sign`
    add(all, "method", common.method);
    add(all, "app_key", common.app_key);
    add(all, "session", common.session);
    add(all, "timestamp", top_timestamp(common.now));
    add(all, "v", "2.0");
    add(all, "sign_method", wire_name(common.sign_method));
    add(all, "format", "json");  // the platform's default is xml
    for (const auto& one : business) {
        add(all, one.name, one.value);
    }
    return all;
}

std::string form_body(const parameter_list& parameters) {
    std::string body;
    for (const auto& one : parameters) {
        if (!body.empty()) {
            body += '&';
        }
        append_encoded(body, one.name);
        body += '=';
        append_encoded(body, one.value);
    }
    return body;
}

}  // namespace gateway::taobao
