#include "net/address_memory.hpp"

#include <algorithm>
#include <chrono>

namespace gateway::net {

namespace {

// Whatever ailed it may be over by then.
constexpr auto remembered = std::chrono::minutes(5);

}  // namespace

std::vector<asio::ip::tcp::endpoint> address_memory::in_order(
    std::vector<endpoint> found, steady_time now
) {
    std::erase_if(failed_, [now](const failure& one) { return now - one.when >= remembered; });
    for (const auto& one : failed_) {
        const auto at = std::find(found.begin(), found.end(), one.where);
        if (at != found.end()) {
            std::rotate(at, at + 1, found.end());
        }
    }
    return found;
}

void address_memory::failed(const endpoint& which, steady_time now) {
    worked(which);
    failed_.push_back({which, now});
}

void address_memory::worked(const endpoint& which) {
    std::erase_if(failed_, [&which](const failure& one) { return one.where == which; });
}

}  // namespace gateway::net
