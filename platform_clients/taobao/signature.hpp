#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/card_secret.hpp"
#include "base/redacted_text.hpp"
#include "config/settings.hpp"
#include "platform_clients/taobao/request.hpp"

// Signing as TOP doc 101617 describes it.

namespace gateway::taobao {

// The name of the method in the `sign_method` parameter.
base::fixed_text wire_name(config::top_sign_method method) noexcept;

// The text that is signed: every parameter but `sign`, sorted by name (bytes), name and value raw
// and without anything between them.
base::card_secret string_to_sign(const parameter_list& parameters);

// Upper-case hex of the keyed digest; nothing when the crypto library refuses the digest (a FIPS
// provider has no MD5).
std::optional<std::string> sign(
    config::top_sign_method method,
    const base::card_secret& string_to_sign,
    const base::secret_text& app_secret
);

}  // namespace gateway::taobao
