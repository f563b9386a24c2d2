// Form fields and query strings: an encoded text decodes to itself, a broken escape is refused.
#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"
#include "text/query_string.hpp"
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
    auto encoded = text::form_encode(text);
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        if (encoded[at] == '%') {
            expect(has_hex_pair(encoded, at, "0123456789ABCDEF"), "an escape is %XX, upper case");
            at += 2;
            continue;
        }
        expect(bare.find(encoded[at]) != std::string_view::npos, "only unreserved bytes are bare");
    }
    std::replace(encoded.begin(), encoded.end(), '+', ' ');
    expect(text::percent_decode(encoded) == text, "encoded text decodes to itself");
}

void check_decoding(std::string_view text) {
    const auto decoded = text::percent_decode(text);
    expect(decoded.has_value() == escapes_are_whole(text), "exactly whole escapes are accepted");
    if (decoded) {
        expect(decoded->size() <= text.size(), "decoding does not grow");
    }
}

// The reader of live query strings.
void check_query(std::string_view text) {
    const auto parameters = text::read_query(text);
    if (!parameters) {
        expect(!escapes_are_whole(text), "only a broken escape spoils a query");
        return;
    }
    std::string again;
    for (const auto& [name, value] : *parameters) {
        text::append_form_field(again, name, value);
    }
    for (std::size_t at = again.find('+'); at != std::string::npos; at = again.find('+', at)) {
        again.replace(at, 1, "%20");  // a query keeps its plus, a form means a blank
    }
    const auto reread = text::read_query(again);
    expect(reread.has_value(), "an encoded query can be read");
    // A parameter with neither name nor value is written as "=" and read as such again.
    expect(reread->size() == parameters->size(), "no parameter is lost");
    for (std::size_t i = 0; i < reread->size(); ++i) {
        expect((*reread)[i].name == (*parameters)[i].name, "names survive");
        expect((*reread)[i].value == (*parameters)[i].value, "values survive");
    }
}

}  // namespace

void form_encoding(std::string_view input) {
    check_encoding(input);
    check_decoding(input);
    check_query(input);
}

}  // namespace gateway::fuzz
