// Alipay's answers: only bytes that the platform's key signed are accepted, and the parsed bytes
// are the signed ones.
//
// Input: the declared charset (g GBK, b GB2312, else UTF-8), then the body.
#include "platform_clients/alipay/answer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "platform_clients/alipay/masker.hpp"
#include "platform_clients/alipay/methods.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "text/strict_json.hpp"

namespace gateway::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace alipay;

constexpr std::string_view node_name = "alipay_marketing_voucher_stock_use_response";

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The test vectors: a key and all texts signed with it. Only the seeds hold signatures; a fuzzer
// cannot create a new one.
struct known {
    public_key alipays;
    content_cipher cipher;
    std::set<std::string, std::less<>> signed_texts;
};

known load() {
    const fs::path vectors = fs::path(GATEWAY_TEST_DATA) / "alipay";
    known found;
    const auto key = read_file(vectors / "keys/alipay_public_spki.pem");
    found.alipays = std::get<found_key<public_key>>(read_public_key(key, sign_type::rsa2)).key;
    const auto secret = read_file(vectors / "keys/aes_key.b64.txt");
    found.cipher = std::get<content_cipher>(
        content_cipher::from_key(std::string_view(secret).substr(0, secret.find('\n')))
    );
    for (const auto& entry : fs::directory_iterator(vectors / "response")) {
        const auto name = entry.path().filename().string();
        const bool by_another_key = name.starts_with("16_") || name.starts_with("17_");
        if (entry.path().extension() == ".signed" && !by_another_key) {
            found.signed_texts.insert(read_file(entry.path()));
        }
    }
    expect(found.signed_texts.size() > 10, "the vectors are there");
    return found;
}

const known& vectors() {
    static const known loaded = load();
    return loaded;
}

std::string without_slash_escapes(std::string_view text) {
    std::string out(text);
    for (auto at = out.find("\\/"); at != std::string::npos; at = out.find("\\/", at)) {
        out.erase(at, 1);
    }
    return out;
}

// Boost's own parser finds the same node where it can read the body at all.
void check_scan(std::string_view body) {
    const auto scanned = scan_answer(body, node_name, byte_form::utf8);
    const auto* found = std::get_if<scanned_answer>(&scanned);
    boost::system::error_code error;
    const auto value = boost::json::parse(body, error, {}, {.max_depth = 31});
    if (!found) {
        const auto& fault = std::get<scan_fault>(scanned);
        expect(!fault.reason.view().empty(), "a refused answer is explained");
        const auto* object = error ? nullptr : value.if_object();
        const bool has_node =
            object && (object->contains(node_name) || object->contains("error_response"));
        expect(!has_node || !fault.malformed, "an answer with a node isn't called malformed");
        return;
    }
    expect(found->node.begin < found->node.end, "the node has bytes");
    expect(found->node.end < body.size(), "the node lies inside the body");
    if (error) {
        return;
    }
    const auto* member =
        value.as_object().if_contains(found->error_response ? "error_response" : node_name);
    const auto node = boost::json::parse(found->node.of(body), error);
    // As text: Boost reads 0e400 as NaN, which equals nothing.
    const bool same = member && boost::json::serialize(*member) == boost::json::serialize(node);
    expect(!error && same, "the range is the node's value, no more, no less");
}

void check_verified(const verified_answer& answer, const opened_answer& opened) {
    const auto raw = opened.parts.node.of(opened.body);
    const auto trusted = answer.slashes_unescaped ? without_slash_escapes(raw) : std::string(raw);
    expect(vectors().signed_texts.contains(trusted), "only what the key signed is verified");
    const auto text = decode_text(trusted, opened.text);
    expect(text.has_value(), "verified text is in its charset");
    const auto parsed = text::parse_strict(*text);
    expect(parsed.has_value(), "verified text is JSON");
    if (parsed->is_object()) {
        expect(parsed->get_object() == answer.node.members, "the verified bytes are the parsed");
    }
    for (const auto* method : methods()) {
        const auto reading = method->read_success(answer.node.members, false);
        const bool executed = reading.verdict == redemption::verdict::executed;
        const auto* id = answer.node.members.if_contains("voucher_id");
        const bool plausible = id && id->is_string() && id->get_string().size() == 28;
        expect(!executed || plausible, "a success names a voucher of 28 characters");
    }
}

void check_opened(const opened_answer& opened, std::string_view body) {
    expect(opened.body == body, "the body stays as it came");
    const auto raw = opened.parts.node.of(opened.body);
    expect(decode_text(raw, opened.text).has_value(), "the node is cut between characters");

    const auto read = read_answer(opened, vectors().alipays, sign_type::rsa2, &vectors().cipher);
    const auto again = read_answer(opened, vectors().alipays, sign_type::rsa2, &vectors().cipher);
    expect(read.index() == again.index(), "reading twice gives the same");
    if (const auto* verified = std::get_if<verified_answer>(&read)) {
        expect(opened.parts.sign.has_value(), "a verified answer has a signature");
        check_verified(*verified, opened);
    } else if (const auto* error = std::get_if<unsigned_answer>(&read)) {
        expect(!opened.parts.sign.has_value(), "a hint has no signature to be wrong");
        expect(!error->node.code.empty(), "a hint has a code");
        const masker none({}, redemption::params_text("{}"), {});
        for (const auto* method : methods()) {
            const auto outcome = judge(*method, read, false, none);
            const bool executed = outcome.verdict == redemption::verdict::executed;
            expect(!executed, "an unsigned answer is never a success");
        }
    }
    const auto hash = read_answer(opened, vectors().alipays, sign_type::rsa, &vectors().cipher);
    const bool pinned = !std::holds_alternative<verified_answer>(hash) ||
                        !std::holds_alternative<verified_answer>(read);
    expect(pinned, "one signature is not good for two hashes");
}

charset declared_charset(char choice) {
    switch (choice) {
        case 'g':
            return charset::gbk;
        case 'b':
            return charset::gb2312;
        default:
            return charset::utf_8;
    }
}

}  // namespace

void alipay_answer(std::string_view input) {
    const auto declared = declared_charset(take_choice(input));
    check_scan(input);
    const auto opened = open_answer(std::string(input), node_name, declared);
    if (const auto* found = std::get_if<opened_answer>(&opened)) {
        check_opened(*found, input);
        return;
    }
    const auto& unusable = std::get<answer>(opened);
    const bool trusted = std::holds_alternative<verified_answer>(unusable) ||
                         std::holds_alternative<unsigned_answer>(unusable);
    expect(!trusted, "what can't be opened is not trusted");
}

}  // namespace gateway::fuzz
