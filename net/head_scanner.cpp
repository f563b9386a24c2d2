#include "net/head_scanner.hpp"

#include <algorithm>

#include "text/field_syntax.hpp"

namespace gateway::net {

namespace {

bool digit(char c) noexcept {
    return c >= '0' && c <= '9';
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

head_scanner::progress head_scanner::refuse(base::fixed_text why) {
    complaint_ = why;
    return progress::malformed;
}

head_scanner::progress head_scanner::check_line(std::string_view line) {
    if (request_line_) {
        request_line_ = false;
        return check_request_line(line);
    }
    ++fields_;
    const auto complaint = text::complaint_about_field(line);
    return complaint.empty() ? progress::more : refuse(complaint);
}

head_scanner::progress head_scanner::check_request_line(std::string_view line) {
    if (text::has_control(line)) {
        return refuse("the header has a control character");
    }
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
