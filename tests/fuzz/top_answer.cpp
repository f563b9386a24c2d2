// TOP's answers: never a success that is not literally there, and the same twice.
//
// Input: the method (m ma.send, else order.verify), whether an earlier attempt was ambiguous (a),
// then the body.
#include "platform_clients/taobao/answer.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "net/http_message.hpp"
#include "platform_clients/foreign_answer.hpp"
#include "platform_clients/taobao/masker.hpp"
#include "platform_clients/taobao/methods.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "text/strict_json.hpp"

namespace gateway::fuzz {
namespace {

using namespace taobao;
using redemption::verdict;

const client_method& method_named(std::string_view name) {
    for (const auto* one : methods()) {
        if (one->name() == name) {
            return *one;
        }
    }
    throw broken_invariant("the methods are known");
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The response fields as Boost's own parser sees them, wrapped or not; nothing where the body needs
// more lenience than that.
const boost::json::object* plain_fields(const boost::json::value& body, bool sends) {
    const auto* root = body.if_object();
    const auto* wrapped = root ? root->if_contains(
                                     sends ? "eticket_merchant_ma_send_response"
                                           : "travel_ticket_order_verify_response"
                                 )
                               : nullptr;
    return wrapped ? wrapped->if_object() : root;
}

bool literally_succeeds(const boost::json::object& fields, bool sends) {
    const auto* stated = fields.if_contains(sends ? "ret_code" : "is_success");
    if (!stated) {
        return false;
    }
    return sends ? *stated == "isv.success-all" : *stated == true || *stated == "true";
}

void check_executed(const answer& read, std::string_view body, bool sends, bool ambiguous_before) {
    const auto* result = std::get_if<result_answer>(&read);
    if (!result) {
        const bool sent_before = sends && ambiguous_before && std::get_if<error_answer>(&read);
        expect(sent_before, "only \"already sent\" makes an error a success");
        return;
    }
    const bool already = sends && ambiguous_before;
    expect(already || literally_succeeds(result->fields, sends), "a success is stated literally");
    boost::system::error_code error;
    const auto plain = boost::json::parse(body, error);
    if (error) {
        return;
    }
    const auto* fields = plain_fields(plain, sends);
    expect(fields != nullptr, "a success is in an object");
    expect(already || literally_succeeds(*fields, sends), "a plain parser sees that success too");
    const auto& root = plain.as_object();
    expect(!root.contains("error_response"), "a success has no error beside it");
    const auto responses = std::count_if(root.begin(), root.end(), [](const auto& member) {
        return member.key().ends_with("_response");
    });
    const bool wrapped = fields != &root;
    expect(responses == (wrapped ? 1 : 0), "a success has no other response beside it");
}

void check_result(const result_answer& result) {
    const auto text = exact_text(result.fields);
    const auto parsed = text::parse_strict(text);
    expect(parsed && parsed->is_object(), "exact text is a JSON object");
    expect(exact_text(parsed->get_object()) == text, "exact text is a fixed point");
}

void check_transport(std::string_view body) {
    for (const unsigned status : {401U, 404U, 500U, 502U, 504U}) {
        net::http_response response;
        response.status = status;
        response.body = body;
        const auto foreign = platform_clients::foreign_answer(
            response, platform_clients::own_statuses::every_2xx_or_400, masker({})
        );
        expect(foreign.has_value(), "a transport error says nothing about the call");
        expect(foreign->view().size() < 1'000, "what strangers say is cut off");
    }
}

}  // namespace

void top_answer(std::string_view input) {
    const bool sends = take_choice(input) == 'm';
    const bool ambiguous_before = take_choice(input) == 'a';
    const auto& method = method_named(
        sends ? "taobao.eticket.merchant.ma.send" : "taobao.travel.ticket.order.verify"
    );
    const auto read = read_body(method.name(), input);
    const auto outcome = judge(method, read, ambiguous_before, masker({}));
    const auto again = judge(method, read_body(method.name(), input), ambiguous_before, masker({}));
    expect(outcome.verdict == again.verdict && outcome.detail == again.detail, "the same twice");
    expect(outcome.phase == redemption::phase::answered, "an answer is an answer");
    if (const auto* unreadable = std::get_if<unreadable_answer>(&read)) {
        expect(!unreadable->why.empty(), "an unreadable answer is explained");
        expect(outcome.verdict == verdict::ambiguous, "an unreadable answer decides nothing");
    }
    if (outcome.verdict == verdict::executed) {
        check_executed(read, input, sends, ambiguous_before);
    }
    if (const auto* result = std::get_if<result_answer>(&read)) {
        check_result(*result);
    }
    check_transport(input);
    if (std::all_of(input.begin(), input.end(), is_blank)) {
        expect(outcome.verdict == verdict::ambiguous, "nothing decides nothing");
    }
}

}  // namespace gateway::fuzz
