#include <boost/json/object.hpp>
#include <limits>

#include "handlers/json_body.hpp"
#include "handlers/redemption_answer.hpp"
#include "handlers/resources.hpp"
#include "text/json_writer.hpp"
#include "text/object_reader.hpp"

namespace gateway::handlers {
namespace {

using net::http_response;

struct acknowledgement {
    std::int64_t up_to = 0;
    std::string note;
};

// {"up_to": 3, "note": "…"}; the note may be left out.
std::variant<acknowledgement, problem> read_acknowledgement(std::string_view body) {
    constexpr text::text_rule note_rule{.min = 1, .max = 1000};
    constexpr text::integer_rule number_rule{.min = 1};
    auto reading = read_json_object(body);
    if (auto* fault = std::get_if<problem>(&reading)) {
        return std::move(*fault);
    }
    text::fault_list faults;
    text::object_reader reader(std::get<boost::json::object>(reading), "", faults);
    acknowledgement out;
    out.up_to = reader.required_integer("up_to", number_rule).value_or(0);
    out.note = reader.text("note", note_rule).value_or("");
    reader.refuse_unknown();
    if (!faults.empty()) {
        return invalid_body(std::move(faults));
    }
    return out;
}

class acknowledge_losses final : public handler {
public:
    explicit acknowledge_losses(redemption::journal_losses& losses) : losses_(losses) {}

    asio::awaitable<http_response> handle(const request_context& context) override {
        const auto body = read_acknowledgement(context.request.body);
        if (const auto* fault = std::get_if<problem>(&body)) {
            co_return to_response(*fault);
        }
        const auto& said = std::get<acknowledgement>(body);
        const auto done =
            co_await losses_.acknowledge_losses(said.up_to, context.caller.name.str(), said.note);
        if (!done) {
            co_return to_response(problem_of(redemption::unavailable{
                redemption::unavailable::why::journal, done.error().reason, std::chrono::seconds(1)
            }));
        }
        text::json_writer out;
        out.begin_object();
        out.number("up_to", done->number);
        out.number("missing", done->missing);
        out.number("restored", done->restored);
        out.end_object();
        http_response response;
        response.headers.add("Content-Type", "application/json");
        response.body = out.str();
        co_return response;
    }

private:
    redemption::journal_losses& losses_;
};

}  // namespace

std::unique_ptr<handler> make_acknowledge_losses(redemption::journal_losses& losses) {
    return std::make_unique<acknowledge_losses>(losses);
}

}  // namespace gateway::handlers
