#include "net/address_memory.hpp"

#include <algorithm>
#include <chrono>

namespace gateway::net {

namespace {

// The address may have recovered by then.
constexpr auto failure_memory = std::chrono::minutes(5);

}  // namespace

std::vector<asio::ip::tcp::endpoint> address_memory::in_order(
    std::vector<endpoint> resolved, steady_time now
) {
    std::erase_if(failures_, [now](const failure& f) { return now - f.at >= failure_memory; });
    for (const auto& failure : failures_) {
        const auto found = std::find(resolved.begin(), resolved.end(), failure.address);
        if (found != resolved.end()) {
            std::rotate(found, found + 1, resolved.end());
        }
    }
    return resolved;
}

void address_memory::on_failure(const endpoint& address, steady_time now) {
    on_success(address);
    failures_.push_back({address, now});
}

void address_memory::on_success(const endpoint& address) {
    std::erase_if(failures_, [&address](const failure& f) { return f.address == address; });
}

}  // namespace gateway::net
