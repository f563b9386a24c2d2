#include "net/response_head.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "text/field_syntax.hpp"

namespace gateway::net {

namespace {

using text::trimmed;

bool digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// True if a list such as "close, TE" of one of the fields `name` has the word.
bool lists(const header_list& headers, std::string_view name, std::string_view word) {
    for (const header_list::field& field : headers) {
        if (!equal_ignoring_case(field.name, name)) {
            continue;
        }
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::string_view item = rest.substr(0, rest.find(','));
            if (equal_ignoring_case(trimmed(item), word)) {
                return true;
            }
            rest.remove_prefix(std::min(item.size() + 1, rest.size()));
        }
    }
    return false;
}

// Nothing if it is no number. RFC 9112 §6.3 allows a length that is repeated, as a list too.
std::optional<std::uint64_t> single_length(std::string_view list) {
    std::optional<std::uint64_t> length;
    do {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::string_view item = trimmed(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
        std::uint64_t number = 0;
        const char* const end = item.data() + item.size();
        const auto [stop, error] = std::from_chars(item.data(), end, number);
        const bool whole = error == std::errc() && stop == end;
        if (!whole || (length && *length != number)) {
            return std::nullopt;
        }
        length = number;
    } while (!list.empty());
    return length;
}

// Of all fields together; nothing if they disagree or one is no number.
std::optional<std::uint64_t> content_length(const header_list& headers) {
    std::optional<std::uint64_t> length;
    for (const header_list::field& field : headers) {
        if (!equal_ignoring_case(field.name, "Content-Length")) {
            continue;
        }
        const auto found = single_length(field.value);
        if (!found || (length && *length != *found)) {
            return std::nullopt;
        }
        length = found;
    }
    return length;
}

}  // namespace

response_head::progress response_head::read(std::string_view bytes) {
    for (;;) {
        const std::size_t end = bytes.find('\n', scanned_);
        if (end == std::string_view::npos) {
            scanned_ = bytes.size();
            return progress::more;
        }
        std::string_view line = bytes.substr(line_start_, end - line_start_);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        } else {
            lenient_ = true;
        }
        line_start_ = end + 1;
        scanned_ = line_start_;
        if (line.empty() && status_ != 0) {
            return progress::complete;
        }
        if (line.empty()) {
            lenient_ = true;
            continue;
        }
        if (!read_line(line)) {
            return progress::malformed;
        }
    }
}

bool response_head::read_line(std::string_view line) {
    if (text::has_control(line)) {
        return false;
    }
    return status_ == 0 ? read_status_line(line) : read_field(line);
}

// HTTP/1.1 200 OK; the reason, and the space before it, may be missing.
bool response_head::read_status_line(std::string_view line) {
    constexpr std::size_t least = 12;
    const bool http =
        line.size() >= least && (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 "));
    if (!http || (line.size() > least && line[least] != ' ')) {
        return false;
    }
    const std::string_view code = line.substr(9, 3);
    if (!std::ranges::all_of(code, digit) || code.front() == '0') {
        return false;
    }
    version_ = line[7] == '1' ? 11 : 10;
    std::from_chars(code.data(), code.data() + code.size(), status_);
    return true;
}

bool response_head::read_field(std::string_view line) {
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    if (folded) {
        lenient_ = true;
        return headers_.extend_last(trimmed(line));
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    std::string_view name = line.substr(0, colon);
    if (name.ends_with(' ') || name.ends_with('\t')) {
        lenient_ = true;
        name = trimmed(name);
    }
    if (!text::is_token(name)) {
        return false;
    }
    headers_.add(name, trimmed(line.substr(colon + 1)));
    return true;
}

bool response_head::keep_alive() const {
    if (lists(headers_, "Connection", "close")) {
        return false;
    }
    return version_ == 11 || lists(headers_, "Connection", "keep-alive");
}

std::optional<body_framing> framing_of(const response_head& head, bool to_head) {
    const header_list& headers = head.headers();
    const std::size_t codings = headers.count("Transfer-Encoding");
    const bool has_length = headers.count("Content-Length") > 0;
    const auto length = content_length(headers);
    // Checked whether or not there is a body: such a head has been tampered with.
    if ((has_length && (!length || codings > 0)) || codings > 1) {
        return std::nullopt;
    }
    if (codings == 1 && !equal_ignoring_case(*headers.find("Transfer-Encoding"), "chunked")) {
        return std::nullopt;
    }
    body_framing framing;
    const bool bodiless = head.status() < 200 || head.status() == 204 || head.status() == 304;
    if (to_head || bodiless) {
        return framing;
    }
    if (codings == 1) {
        framing.how = body_framing::kind::chunked;
    } else if (has_length) {
        framing.how = body_framing::kind::sized;
        framing.length = *length;
    } else {
        framing.how = body_framing::kind::until_close;
    }
    return framing;
}

}  // namespace gateway::net
