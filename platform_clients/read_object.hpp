#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include "redemption/model.hpp"
#include "text/object_reader.hpp"
#include "text/strict_json.hpp"

namespace gateway::platform_clients {

// `text` as a JSON object, typed by `read`; nothing when that (or parsing) noted a fault.
template <class Params, std::invocable<text::object_reader&> Read>
std::optional<Params> read_object(
    const redemption::params_text& text, text::code_rule codes, text::fault_list& faults, Read read
) {
    const auto value = text::parse_strict(text.reveal());
    if (!value || !value->is_object()) {
        faults.push_back({"", base::redacted_text("must be a JSON object")});
        return std::nullopt;
    }
    text::object_reader in(value->get_object(), "", faults, codes);
    Params params = read(in);
    return faults.empty() ? std::optional(std::move(params)) : std::nullopt;
}

}  // namespace gateway::platform_clients
