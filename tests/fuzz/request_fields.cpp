// Idempotency-Key and Prefer: bounded, and one meaning per spelling.
#include <algorithm>
#include <chrono>

#include "handlers/idempotency_key.hpp"
#include "handlers/prefer.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace gateway::fuzz {
namespace {

using std::chrono::seconds;

std::string quoted_key(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

const redemption::idempotency_key* key_in(const handlers::key_reading& reading) {
    return std::get_if<redemption::idempotency_key>(&reading);
}

void check_key(std::string_view value) {
    const auto reading = handlers::read_idempotency_key(value);
    const auto in_header =
        handlers::read_idempotency_key(net::header_list{{"idempotency-key", std::string(value)}});
    const auto* key = key_in(reading);
    if (!key) {
        const auto& fault = std::get<handlers::key_fault>(reading);
        expect(!fault.missing && !fault.detail.empty(), "a refused key is explained");
        expect(!key_in(in_header), "a header is no more lenient than its value");
        return;
    }
    const auto& text = key->str();
    expect(!text.empty() && text.size() <= 255, "a key has 1 to 255 characters");
    const bool visible =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
    expect(visible, "a key is visible ASCII");
    expect(key_in(in_header) && *key_in(in_header) == *key, "header and value read alike");
    const auto again = handlers::read_idempotency_key(quoted_key(text));
    expect(key_in(again) && *key_in(again) == *key, "the quoted spelling is the same key");
    if (text.front() != '"') {
        const auto plain = handlers::read_idempotency_key(text);
        expect(key_in(plain) && *key_in(plain) == *key, "the bare spelling is the same key");
    }
}

void check_prefer(std::string_view value) {
    const auto read = handlers::read_prefer(value);
    if (read.wait) {
        expect(*read.wait >= seconds(0) && *read.wait <= seconds(60), "a wait is 0 to 60 s");
    }
    const auto length = read.length(seconds(10));
    expect(length >= seconds(0) && length <= seconds(60), "the length is 0 to 60 s");
    const auto again = handlers::read_prefer(read.applied());
    expect(again.wait == read.wait, "an applied wait reads back");
    expect(again.respond_async == read.respond_async, "an applied respond-async reads back");
    const auto preceded = handlers::read_prefer("wait=7, " + std::string(value));
    expect(preceded.wait == seconds(7), "the first wait counts");
}

}  // namespace

void request_fields(std::string_view input) {
    check_key(input);
    check_prefer(input);
}

}  // namespace gateway::fuzz
