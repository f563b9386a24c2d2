#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform_clients/alipay/answer.hpp"
#include "platform_clients/meaning.hpp"

// What Alipay's codes and sub codes mean, as data. A method's own codes are in the method's file.

namespace gateway::alipay {

using platform_clients::meaning;
using platform_clients::scope_of;

struct sub_code_rule {
    std::string_view sub_code;  // in the form normalised() gives
    meaning means;
};

// Upper case, `-` as `_`, without the prefixes isv. isp. aop. ACQ.: the platform spells one code
// in several ways.
std::string normalised(std::string_view sub_code);

// The `CODE` of a sub_msg that begins with `CODE|`, or has it behind a Chinese prefix; normalised.
std::optional<std::string> code_in_message(std::string_view sub_msg);

// What the error of a verified answer means; `business` are the method's own codes.
meaning meaning_of(const node_content& error, std::span<const sub_code_rule> business);

// True for errors that the platform can only send unsigned, because it knows no key to sign with
// for that app. Every other unsigned error proves nothing.
bool can_only_be_unsigned(const node_content& error);

}  // namespace gateway::alipay
