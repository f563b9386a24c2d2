// application/x-www-form-urlencoded: what is encoded comes back, what is broken is refused.
#include "tests/fuzz/fuzz_target.hpp"
#include "text/url_encoding.hpp"

namespace gateway::fuzz {
namespace {

constexpr std::string_view bare =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+";

bool has_hex_pair(std::string_view text, std::size_t at, std::string_view digits) {
    return at + 2 < text.size() && digits.find(text[at + 1]) != std::string_view::npos &&
           digits.find(text[at + 2]) != std::string_view::npos;
}

bool escapes_are_whole(std::string_view text) {
    for (std::size_t at = text.find('%'); at != std::string_view::npos;) {
        if (!has_hex_pair(text, at, "0123456789abcdefABCDEF")) {
            return false;
        }
        at = text.find('%', at + 3);
    }
    return true;
}

void check_encoding(std::string_view text) {
    const auto encoded = text::form_encode(text);
    expect(text::form_decode(encoded) == text, "encoded text decodes to itself");
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        if (encoded[at] == '%') {
            expect(has_hex_pair(encoded, at, "0123456789ABCDEF"), "an escape is %XX, upper case");
            at += 2;
            continue;
        }
        expect(bare.find(encoded[at]) != std::string_view::npos, "only unreserved bytes are bare");
    }
}

void check_decoding(std::string_view text) {
    const auto decoded = text::form_decode(text);
    expect(decoded.has_value() == escapes_are_whole(text), "exactly whole escapes are accepted");
    if (decoded) {
        expect(decoded->size() <= text.size(), "decoding does not grow");
        expect(text::form_decode(text::form_encode(*decoded)) == decoded, "decoding is stable");
    }
}

void check_fields(std::string_view text) {
    const auto pairs = text::decode_query(text);
    if (!pairs) {
        return;
    }
    std::string form;
    text::query_pairs named;
    for (const auto& [name, value] : *pairs) {
        text::append_form_field(form, name, value);
        named.emplace_back(name, value);
    }
    expect(text::decode_query(form) == named, "a form of decoded pairs decodes to those pairs");
}

void check_target(std::string_view text) {
    const auto target = text::parse_target(text);
    if (!target) {
        return;
    }
    const auto question = text.find('?');
    expect(target->path == text.substr(0, question), "the path stays as it came");
    const auto query = question == std::string_view::npos ? "" : text.substr(question + 1);
    expect(target->query == text::decode_query(query), "the query is what stands behind the ?");
}

}  // namespace

void form_encoding(std::string_view input) {
    check_encoding(input);
    check_decoding(input);
    check_fields(input);
    check_target(input);
}

}  // namespace gateway::fuzz
