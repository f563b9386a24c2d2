#include "handlers/redemption_path.hpp"

namespace gateway::handlers {

std::string path_of(const redemption::redemption_id& id) {
    return "/v1/redemptions/" + id.str();
}

std::optional<redemption::redemption_id> read_id(std::string_view text) {
    constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != shape.size()) {
        return std::nullopt;
    }
    std::string id;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c =
            text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (shape[i] == 'x' ? !hex : c != '-') {
            return std::nullopt;
        }
        id += c;
    }
    return redemption::redemption_id(std::move(id));
}

}  // namespace gateway::handlers
