#include "platform_clients/clock_refusals.hpp"

#include <chrono>

#include "text/timestamp.hpp"

namespace gateway::platform_clients {
namespace {

constexpr std::chrono::minutes report_every{1};
constexpr std::size_t longest_date = 64;

}  // namespace

void clock_refusals::report(
    probe& to,
    const redemption::account_name& account,
    const net::http_response& response,
    const base::masker& secrets
) {
    const auto now = time_.now();
    if (reported_at_ && now < *reported_at_ + report_every) {
        return;
    }
    reported_at_ = now;
    const auto date = response.headers.find("Date");
    to.clock_refused(
        account,
        base::fixed_text("the platform does not accept this machine's time, ") +
            base::redacted_text::trusted(text::to_rfc3339(time_.wall_now())) +
            base::fixed_text("; its answer's Date: ") +
            (date ? secrets.readable(*date, longest_date)
                  : base::redacted_text(base::fixed_text("none")))
    );
}

}  // namespace gateway::platform_clients
