#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::fuzz {

// A second, simple reader of request framing that accepts only plain forms. A request that the
// gateway accepts must be one for this reader, too, with the same body, and the next must begin at
// the same byte.
class plain_framing {
public:
    explicit plain_framing(std::string_view bytes) : rest_(bytes) {}

    // The body of the next request; nothing if its framing isn't plain.
    std::optional<std::string> next() {
        while (rest_.starts_with("\r\n")) {
            rest_.remove_prefix(2);
        }
        std::optional<std::string_view> line = take_line();
        bool chunked = false;
        std::uint64_t length = 0;
        for (line = take_line(); line && !line->empty(); line = take_line()) {
            const auto value = value_of(*line);
            if (!value) {
                return std::nullopt;
            }
            if (is_field(*line, "transfer-encoding")) {
                chunked = true;
            } else if (is_field(*line, "content-length")) {
                std::from_chars(value->data(), value->data() + value->size(), length);
            }
        }
        if (!line) {
            return std::nullopt;
        }
        return chunked ? take_chunks() : take(length);
    }

private:
    // Up to CRLF. Nothing if another line feed or any control character comes before.
    std::optional<std::string_view> take_line() {
        for (std::size_t at = 0; at + 1 < rest_.size(); ++at) {
            if (rest_.substr(at, 2) == "\r\n") {
                const auto line = rest_.substr(0, at);
                rest_.remove_prefix(at + 2);
                return line;
            }
            const auto byte = static_cast<unsigned char>(rest_[at]);
            if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    std::optional<std::string> take(std::uint64_t count) {
        if (count > rest_.size()) {
            return std::nullopt;
        }
        std::string out(rest_.substr(0, count));
        rest_.remove_prefix(count);
        return out;
    }

    std::optional<std::string> take_chunks() {
        std::string body;
        for (;;) {
            const auto line = take_line();
            std::uint64_t size = 0;
            if (!line || std::from_chars(line->data(), line->data() + line->size(), size, 16).ec !=
                             std::errc{}) {
                return std::nullopt;
            }
            if (size == 0) {
                return take_trailers() ? std::optional(std::move(body)) : std::nullopt;
            }
            const auto chunk = take(size);
            if (!chunk || take(2) != "\r\n") {
                return std::nullopt;
            }
            body += *chunk;
        }
    }

    bool take_trailers() {
        for (;;) {
            const auto line = take_line();
            if (!line || line->empty()) {
                return line.has_value();
            }
            if (!value_of(*line)) {
                return false;
            }
        }
    }

    // Nothing for a folded line, or one without a name.
    static std::optional<std::string_view> value_of(std::string_view line) {
        const auto colon = line.find(':');
        const bool named = colon != std::string_view::npos && line.find_first_of(" \t") > colon;
        if (!named || colon == 0) {
            return std::nullopt;
        }
        const auto first = line.find_first_not_of(" \t", colon + 1);
        return first == std::string_view::npos ? std::string_view() : line.substr(first);
    }

    static bool is_field(std::string_view line, std::string_view lower_name) {
        if (line.size() <= lower_name.size() || line[lower_name.size()] != ':') {
            return false;
        }
        for (std::size_t i = 0; i < lower_name.size(); ++i) {
            const char c =
                line[i] >= 'A' && line[i] <= 'Z' ? static_cast<char>(line[i] + 32) : line[i];
            if (c != lower_name[i]) {
                return false;
            }
        }
        return true;
    }

    std::string_view rest_;
};

}  // namespace gateway::fuzz
