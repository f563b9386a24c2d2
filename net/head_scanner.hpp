#pragma once

#include <cstddef>
#include <string_view>

namespace gateway::net {

// A strict look at the raw bytes of a request's head before any parser reads
// them: lines end in CRLF and nothing else, no NUL, no folded lines, a name and
// a colon without space between them, a request line of three parts (RFC 9112
// §2.2, §3, §5). Tolerating any of these is how two servers come to read one
// stream differently.
class head_scanner {
public:
    enum class progress {
        more,         // no fault so far, no end either
        complete,     // size() bytes are the head, its empty line included
        malformed,    // complaint() says what is wrong
        bad_version,  // looks like HTTP of another version
    };

    // `bytes` starts with the head's first byte and grows from call to call.
    progress scan(std::string_view bytes);

    std::size_t size() const noexcept { return line_start_; }
    // How many header fields have been seen.
    std::size_t fields() const noexcept { return fields_; }
    std::string_view complaint() const noexcept { return complaint_; }

private:
    progress refuse(std::string_view why);
    progress check_line(std::string_view line);
    progress check_request_line(std::string_view line);

    std::size_t line_start_ = 0;
    std::size_t scanned_ = 0;
    std::size_t fields_ = 0;
    bool request_line_ = true;
    std::string_view complaint_;
};

}  // namespace gateway::net
