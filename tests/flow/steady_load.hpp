#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "http_call.hpp"

namespace gateway::flow {

// What callers saw of a load.
struct load_report {
    std::map<unsigned, int> statuses;   // the last answer of each request
    std::vector<std::string> refusals;  // the first answers that were not 200
    int requests = 0;
    int closed = 0;   // connections that ended without an answer; the request was repeated
    int pending = 0;  // answers 202; the request was repeated
    std::chrono::milliseconds slowest{0};
    std::chrono::milliseconds behind{0};  // how late the latest request was begun
};

// Posts new redemptions of all methods to several gateways at a steady rate, on connections that
// are kept, as a service with readiness checks spreads them. A request is
// repeated with its key at another gateway when its connection ends or its redemption is pending.
class steady_load {
public:
    steady_load(std::size_t gateways, double per_second, std::size_t connections);
    ~steady_load();
    steady_load(const steady_load&) = delete;
    steady_load& operator=(const steady_load&) = delete;

    // The gateway takes requests at this port; 0: it takes none. Any thread.
    void serve(std::size_t gateway, std::uint16_t port);
    void begin();
    // Ends the load and waits for the last answers.
    load_report end();

private:
    class connection;
    struct outcome {
        answer last;
        int closed = 0;
        int pending = 0;
    };

    void work(std::size_t worker);
    outcome post(std::vector<connection>& to, std::size_t number, std::size_t& next) const;
    void note(const outcome& of, std::chrono::milliseconds took, std::chrono::milliseconds late);

    static constexpr std::size_t most_gateways = 8;
    const std::size_t gateways_;
    const std::chrono::nanoseconds pause_;
    const std::size_t connections_;
    std::array<std::atomic<std::uint16_t>, most_gateways> ports_{};
    std::chrono::steady_clock::time_point began_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> ending_ = false;
    std::mutex mutex_;
    load_report report_;  // guarded by the mutex
    std::vector<std::thread> threads_;
};

}  // namespace gateway::flow
