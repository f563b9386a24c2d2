#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/http_message.hpp"

namespace gateway::net {

// Reads the head of an answer, of a platform or of a proxy. Answers are complete messages that are
// lost when a reader is too strict, so that this one takes what is unambiguous (RFC 9112 §2.2, §4,
// §5): a lone line feed as the end of a line, a status without the space before its reason, blanks
// before a colon, folded lines, empty lines in front. All but the second make the head `lenient`;
// its connection must not be kept, as a proxy may have read another message. Requests are read
// strictly: head_scanner.
class response_head {
public:
    enum class progress {
        more,       // no fault and no end so far
        complete,   // size() bytes are the head, its empty line included
        malformed,  // not the head of an HTTP/1 answer
    };

    // `bytes` starts with the head's first byte and grows from call to call.
    progress read(std::string_view bytes);

    std::size_t size() const noexcept { return line_start_; }
    unsigned status() const noexcept { return status_; }
    unsigned version() const noexcept { return version_; }  // 10 or 11
    bool lenient() const noexcept { return lenient_; }
    // By version and Connection fields.
    bool keep_alive() const;
    const header_list& headers() const noexcept { return headers_; }
    header_list take_headers() noexcept { return std::move(headers_); }

private:
    bool read_line(std::string_view line);
    bool read_status_line(std::string_view line);
    bool read_field(std::string_view line);

    std::size_t line_start_ = 0;
    std::size_t scanned_ = 0;
    unsigned status_ = 0;  // 0: the first line comes next
    unsigned version_ = 11;
    bool lenient_ = false;
    header_list headers_;
};

// How the body behind a head ends (RFC 9112 §6.3).
struct body_framing {
    enum class kind { none, sized, chunked, until_close };

    kind how = kind::none;
    std::uint64_t length = 0;  // of a sized body
};

// Nothing if the head contradicts itself: two lengths, a length beside a transfer coding, or a
// coding other than chunked. `to_head`: the answer is to HEAD.
std::optional<body_framing> framing_of(const response_head& head, bool to_head);

}  // namespace gateway::net
