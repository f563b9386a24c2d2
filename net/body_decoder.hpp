#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/redacted_text.hpp"
#include "net/input_buffer.hpp"

namespace gateway::net {

struct body_limits {
    std::size_t content = 0;
    std::size_t aside = 0;  // bytes of chunk extensions and trailer fields of one body together
};

// Decodes the body of one message from the bytes behind its head. The chunks of a request are read
// strictly (RFC 9112 §7.1): lines end in CRLF and nothing else, no control character, quoted or
// not, sizes of at most 16 digits, trailer fields as strict as header fields. Those of an answer
// may end their lines in a lone line feed and have blanks behind a size (response_head: why).
// Extensions and trailer fields are dropped: no decision may depend on fields beside or after the
// body (RFC 9110 §6.5.1).
class body_decoder {
public:
    enum class progress {
        more,
        complete,
        malformed,  // complaint() says what is wrong
        too_large,  // more than `content`
    };

    static body_decoder sized(std::uint64_t length);
    static body_decoder chunked(body_limits limits);
    static body_decoder chunked_answer(body_limits limits);

    // Appends the content in `in` to `body`. Unless complete, only an unfinished line, bounded by
    // `aside`, is left in `in`.
    progress decode(input_buffer& in, std::string& body);
    base::fixed_text complaint() const noexcept { return complaint_; }
    // Something was read that a request must not have.
    bool lenient() const noexcept { return lenient_; }

private:
    // The element of the framing that comes next.
    enum class element { size, content, content_end, trailer, end };

    body_decoder() = default;
    bool take_content(input_buffer& in, std::string& body);
    progress check_unfinished(std::string_view line) noexcept;
    progress read_line(std::string_view line, std::size_t so_far) noexcept;
    progress read_size(std::string_view line, std::size_t so_far) noexcept;
    progress read_trailer(std::string_view line) noexcept;
    bool spend(std::size_t aside) noexcept;
    progress refuse(base::fixed_text why) noexcept;

    body_limits limits_;
    element next_ = element::content;
    std::uint64_t left_ = 0;  // bytes of the content, or of the chunk
    bool chunks_ = false;
    bool answer_ = false;
    bool lenient_ = false;
    base::fixed_text complaint_ = "";
};

}  // namespace gateway::net
