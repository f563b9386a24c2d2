#pragma once

#include <cstddef>
#include <string_view>

#include "base/redacted_text.hpp"

namespace gateway::net {

// Checks the raw bytes of a request's head strictly before any parser reads them: lines end in CRLF
// and nothing else, no control character, no folded lines, a name and a colon without space between
// them, a request line of three parts (RFC 9112 §2.2, §3, §5). A server that tolerates any of these
// may read another request than the proxy in front of it.
class head_scanner {
public:
    enum class progress {
        more,         // no fault and no end so far
        complete,     // size() bytes are the head, its empty line included
        malformed,    // complaint() says what is wrong
        bad_version,  // looks like HTTP of another version
    };

    // `bytes` starts with the head's first byte and grows from call to call.
    progress scan(std::string_view bytes);

    std::size_t size() const noexcept { return line_start_; }
    // Number of header fields so far.
    std::size_t fields() const noexcept { return fields_; }
    base::fixed_text complaint() const noexcept { return complaint_; }

private:
    progress refuse(base::fixed_text why);
    progress check_line(std::string_view line);
    progress check_request_line(std::string_view line);

    std::size_t line_start_ = 0;
    std::size_t scanned_ = 0;
    std::size_t fields_ = 0;
    bool request_line_ = true;
    base::fixed_text complaint_ = "";
};

}  // namespace gateway::net
