#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace gateway::crash {

using generator = std::mt19937_64;

// True in `percent` of 100 draws.
inline bool chance(generator& random, unsigned percent) {
    return random() % 100 < percent;
}

enum class kind { voucher, ticket, running_total, eticket };
std::string_view to_string(kind what);

// One caller's wish of the random run.
struct wish {
    std::string key;
    kind what = kind::voucher;
    std::string natural;     // out_biz_no, order or outer_id; several wishes may name the same
    std::int64_t total = 0;  // of a running total; no two wishes name the same of an order
    std::string body;

    bool replay_safe() const { return what != kind::ticket; }
};

// Generates wishes; any thread.
class wish_source {
public:
    wish next(generator& random);
    std::size_t made() const { return count_; }

private:
    wish running_total(std::string number, generator& random);
    wish voucher(std::string number, generator& random);

    // The orders in use: several callers raise the totals of the same one.
    struct order {
        std::string id;
        std::int64_t total = 0;
    };

    std::mutex mutex_;  // guards what follows
    std::vector<order> orders_;
    std::string last_voucher_;
    std::atomic<std::size_t> count_ = 0;
};

}  // namespace gateway::crash
