#include "net/body_decoder.hpp"

#include <algorithm>
#include <charconv>

#include "text/field_syntax.hpp"
#include "text/hex.hpp"

namespace gateway::net {

namespace {

constexpr std::string_view blanks = " \t";
// The digits of the largest 64-bit size; more would only be leading zeros.
constexpr std::size_t most_digits = 16;

bool hex_digit(char c) noexcept {
    return text::hex_value(c) >= 0;
}

void skip_blanks(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

bool skip(std::string_view& text, char c) noexcept {
    const bool found = text.starts_with(c);
    text.remove_prefix(found ? 1 : 0);
    return found;
}

bool skip_token(std::string_view& text) noexcept {
    const auto end = std::ranges::find_if_not(text, text::is_token_char);
    const auto count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count > 0;
}

bool skip_quoted(std::string_view& text) noexcept {
    if (!skip(text, '"')) {
        return false;
    }
    while (!text.empty() && text.front() != '"') {
        text.remove_prefix(text.front() == '\\' && text.size() > 1 ? 2 : 1);
    }
    return skip(text, '"');
}

// *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) (RFC 9112 §7.1.1)
bool well_formed_extensions(std::string_view text) noexcept {
    while (!text.empty()) {
        skip_blanks(text);
        if (!skip(text, ';')) {
            return false;
        }
        skip_blanks(text);
        if (!skip_token(text)) {
            return false;
        }
        std::string_view value = text;
        skip_blanks(value);
        if (!skip(value, '=')) {
            continue;
        }
        skip_blanks(value);
        if (!skip_token(value) && !skip_quoted(value)) {
            return false;
        }
        text = value;
    }
    return true;
}

}  // namespace

body_decoder body_decoder::sized(std::uint64_t length) {
    body_decoder out;
    out.left_ = length;
    return out;
}

body_decoder body_decoder::chunked(body_limits limits) {
    body_decoder out;
    out.limits_ = limits;
    out.next_ = element::size;
    out.chunks_ = true;
    return out;
}

body_decoder body_decoder::chunked_answer(body_limits limits) {
    body_decoder out = chunked(limits);
    out.answer_ = true;
    return out;
}

body_decoder::progress body_decoder::decode(input_buffer& in, std::string& body) {
    while (next_ != element::end) {
        if (next_ == element::content) {
            if (!take_content(in, body)) {
                return progress::more;
            }
            continue;
        }
        const std::string_view bytes = in.pending();
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            return check_unfinished(bytes);
        }
        const progress made = read_line(bytes.substr(0, end), body.size());
        if (made != progress::more) {
            return made;
        }
        in.consume(end + 1);
    }
    return progress::complete;
}

bool body_decoder::take_content(input_buffer& in, std::string& body) {
    const std::string_view piece = in.pending().substr(0, left_);
    body.append(piece);
    left_ -= piece.size();
    in.consume(piece.size());
    if (left_ == 0) {
        next_ = chunks_ ? element::content_end : element::end;
    }
    return left_ == 0;
}

body_decoder::progress body_decoder::check_unfinished(std::string_view line) noexcept {
    if (next_ == element::content_end && !std::string_view("\r").starts_with(line)) {
        return refuse("a chunk is longer than it says");
    }
    if (line.size() > most_digits + limits_.aside) {
        return refuse("the chunk extensions and trailers are too long");
    }
    return progress::more;
}

// `line` as received, but without its line feed.
body_decoder::progress body_decoder::read_line(std::string_view line, std::size_t so_far) noexcept {
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    } else if (answer_) {
        lenient_ = true;
    } else {
        return refuse("a line of a chunked body ends in a bare line feed");
    }
    if (text::has_control(line)) {
        return refuse("a line of a chunked body has a control character");
    }
    switch (next_) {
        case element::size:
            return read_size(line, so_far);
        case element::trailer:
            return read_trailer(line);
        case element::content_end:
        case element::content:
        case element::end:
            break;
    }
    next_ = element::size;
    return line.empty() ? progress::more : refuse("a chunk is longer than it says");
}

body_decoder::progress body_decoder::read_size(std::string_view line, std::size_t so_far) noexcept {
    const auto digits_end = std::ranges::find_if_not(line, hex_digit);
    const auto digits = static_cast<std::size_t>(digits_end - line.begin());
    std::string_view extensions = line.substr(digits);
    if (answer_ && !extensions.empty() && text::trimmed(extensions).empty()) {
        lenient_ = true;
        extensions = {};
    }
    if (digits == 0 || digits > most_digits) {
        return refuse("a bad chunk size");
    }
    if (!well_formed_extensions(extensions)) {
        return refuse("a bad chunk extension");
    }
    if (!spend(extensions.size())) {
        return refuse("the chunk extensions and trailers are too long");
    }
    std::from_chars(line.data(), line.data() + digits, left_, 16);
    next_ = left_ > 0 ? element::content : element::trailer;
    return left_ > limits_.content - so_far ? progress::too_large : progress::more;
}

body_decoder::progress body_decoder::read_trailer(std::string_view line) noexcept {
    if (line.empty()) {
        next_ = element::end;
        return progress::more;
    }
    if (!text::complaint_about_field(line).empty()) {
        return refuse("a bad trailer field");
    }
    return spend(line.size()) ? progress::more
                              : refuse("the chunk extensions and trailers are too long");
}

bool body_decoder::spend(std::size_t aside) noexcept {
    if (aside > limits_.aside) {
        return false;
    }
    limits_.aside -= aside;
    return true;
}

body_decoder::progress body_decoder::refuse(base::fixed_text why) noexcept {
    complaint_ = why;
    return progress::malformed;
}

}  // namespace gateway::net
