#include "net/head_scanner.hpp"

#include <algorithm>

namespace gateway::net {

namespace {

bool digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// Everything below space but the tab, and DEL (RFC 9110 §5.5).
bool control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

head_scanner::progress head_scanner::scan(std::string_view bytes) {
    for (;;) {
        const std::size_t end = bytes.find('\n', scanned_);
        if (end == std::string_view::npos) {
            scanned_ = bytes.size();
            return progress::more;
        }
        if (end == line_start_ || bytes[end - 1] != '\r') {
            return refuse("a line ends in a bare line feed");
        }
        const std::string_view line = bytes.substr(line_start_, end - 1 - line_start_);
        line_start_ = end + 1;
        scanned_ = line_start_;
        if (line.empty() && !request_line_) {
            return progress::complete;
        }
        const progress checked = check_line(line);
        if (checked != progress::more) {
            return checked;
        }
    }
}

head_scanner::progress head_scanner::refuse(std::string_view why) {
    complaint_ = why;
    return progress::malformed;
}

head_scanner::progress head_scanner::check_line(std::string_view line) {
    if (std::ranges::any_of(line, control)) {
        return refuse("the header has a control character");
    }
    if (request_line_) {
        request_line_ = false;
        return check_request_line(line);
    }
    if (line.front() == ' ' || line.front() == '\t') {
        return refuse("a header line starts with white space (obsolete folding)");
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return refuse("a header line is not a name, a colon and a value");
    }
    if (line[colon - 1] == ' ' || line[colon - 1] == '\t') {
        return refuse("a header name is followed by white space");
    }
    return progress::more;
}

head_scanner::progress head_scanner::check_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last <= first + 1) {
        return refuse("the first line is not a method, a target and a version");
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const auto odd = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || (c & 0x80) != 0;
    };
    if (std::ranges::any_of(target, odd)) {
        return refuse("the request target has characters that must be percent-encoded");
    }
    const std::string_view version = line.substr(last + 1);
    const bool http = version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) &&
                      version[6] == '.' && digit(version[7]);
    if (!http) {
        return refuse("the first line does not end in an HTTP version");
    }
    const bool ours = version == "HTTP/1.1" || version == "HTTP/1.0";
    return ours ? progress::more : progress::bad_version;
}

}  // namespace gateway::net
