#include "net/address_memory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using endpoint = asio::ip::tcp::endpoint;

endpoint at(const std::string& address) {
    return {asio::ip::make_address(address), 443};
}

struct order_row {
    const char* name;
    std::vector<std::string> failed;     // a second after each other
    std::vector<std::string> succeeded;  // after that
    std::chrono::seconds later;
    std::vector<std::string> order;
};

TEST(AddressMemory, PutsFailedAddressesBehindTheOthers) {
    const std::vector<order_row> rows = {
        {"nothing known", {}, {}, 0s, {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
        {"the first failed", {"10.0.0.1"}, {}, 0s, {"10.0.0.2", "10.0.0.3", "10.0.0.1"}},
        {"two failed", {"10.0.0.2", "10.0.0.1"}, {}, 0s, {"10.0.0.3", "10.0.0.2", "10.0.0.1"}},
        {"all failed, the first again",
         {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1"},
         {},
         0s,
         {"10.0.0.2", "10.0.0.3", "10.0.0.1"}},
        {"it succeeded since", {"10.0.0.1"}, {"10.0.0.1"}, 0s, {"10.0.0.1", "10.0.0.2", "10.0.0.3"}
        },
        {"almost forgotten", {"10.0.0.1"}, {}, 299s, {"10.0.0.2", "10.0.0.3", "10.0.0.1"}},
        {"forgotten", {"10.0.0.1"}, {}, 300s, {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
        {"one that is no longer named", {"10.9.9.9"}, {}, 0s, {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        address_memory memory;
        steady_time now{1000s};
        for (const auto& failed : row.failed) {
            now += 1s;
            memory.on_failure(at(failed), now);
        }
        for (const auto& succeeded : row.succeeded) {
            memory.on_success(at(succeeded));
        }
        const std::vector<endpoint> found{at("10.0.0.1"), at("10.0.0.2"), at("10.0.0.3")};
        std::vector<std::string> order;
        for (const auto& one : memory.in_order(found, now + row.later)) {
            order.push_back(one.address().to_string());
        }
        EXPECT_EQ(order, row.order);
    }
}

}  // namespace
}  // namespace gateway::net
