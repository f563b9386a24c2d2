#include "platform_clients/taobao/diagnosis.hpp"

#include "platform_clients/taobao/signature.hpp"

namespace gateway::taobao {

using base::fixed_text;
using base::redacted_text;

redacted_text signature_diagnosis(
    config::top_sign_method method,
    std::size_t secret_length,
    const base::card_secret& string_to_sign,
    const base::masker& secrets
) {
    return fixed_text("signed with ") + redacted_text(wire_name(method)) +
           fixed_text(" and an app secret of ") + redacted_text::number(secret_length) +
           fixed_text(" characters: ") + secrets.masked(string_to_sign.reveal());
}

redacted_text answer_diagnosis(
    const redacted_text& why,
    fixed_text method,
    std::string_view sent_at,
    const net::http_response& response,
    const base::masker& secrets
) {
    auto text = why + fixed_text("; ") + redacted_text(method) + fixed_text(" sent at ") +
                redacted_text::trusted(sent_at) + fixed_text(" GMT+8, HTTP status ") +
                redacted_text::number(response.status);
    for (const fixed_text name : {fixed_text("Location-Host"), fixed_text("Application-Host")}) {
        if (const auto host = response.headers.find(name)) {
            text += fixed_text(", ") + redacted_text(name) + fixed_text(" ");
            text += secrets.readable(*host, 128);
        }
    }
    return text;
}

}  // namespace gateway::taobao
