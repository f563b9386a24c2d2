#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::alipay {

// The text of an X.501 name in DER as Java's X500Principal::getName() writes it (RFC 2253 with the
// JDK's additions), UTF-8. The platform's server is Java, and serial numbers hash this very text.
// Nothing if the bytes are no name.
std::optional<std::string> distinguished_name(std::string_view der);

// Dotted decimal form of an object identifier's DER content; nothing if it is none.
std::optional<std::string> oid_text(std::string_view content);

}  // namespace gateway::alipay
