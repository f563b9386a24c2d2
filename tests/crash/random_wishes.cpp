#include "random_wishes.hpp"

#include "tests/flow/world.hpp"

namespace gateway::crash {
namespace {

constexpr std::size_t orders_in_use = 4;
constexpr std::int64_t totals_of_an_order = 8;

// Fixed width: no number is part of another.
std::string number_text(std::size_t number) {
    return std::to_string(1'753'340'800'000'000'000U + number);
}

// Short enough to expire while the platform or the gateway is away.
std::string expiring_soon(std::string body) {
    body.back() = ',';
    return body + R"("expires_in":1})";
}

}  // namespace

std::string_view to_string(kind what) {
    switch (what) {
        case kind::voucher:
            return "voucher";
        case kind::ticket:
            return "ticket, type 0";
        case kind::running_total:
            return "ticket, running total";
        case kind::eticket:
            break;
    }
    return "e-ticket";
}

wish wish_source::next(generator& random) {
    const std::lock_guard lock(mutex_);
    auto number = number_text(++count_);
    wish made;
    const auto drawn = random() % 100;
    if (drawn < 30) {
        made = voucher(number, random);
    } else if (drawn < 55) {
        made.what = kind::ticket;
        made.natural = number;
        made.body = flow::ticket_body(number);
    } else if (drawn < 80) {
        made = running_total(number, random);
    } else {
        made.what = kind::eticket;
        made.natural = number;
        made.body = flow::eticket_body(number);
    }
    made.key = "key-" + number;
    if (chance(random, 20)) {
        made.body = expiring_soon(std::move(made.body));
    }
    return made;
}

wish wish_source::voucher(std::string number, generator& random) {
    wish made;
    made.what = kind::voucher;
    const auto drawn = random() % 100;
    if (drawn < 5 && !last_voucher_.empty()) {
        number = last_voucher_;
    }
    auto code = "CODE" + number;
    if (drawn >= 95) {
        code = drawn < 98 ? "NO-SUCH-CODE" : "EXPIRED-CODE";
    } else {
        last_voucher_ = number;
    }
    made.natural = number;
    made.body = flow::voucher_body(number, code);
    return made;
}

wish wish_source::running_total(std::string number, generator& random) {
    if (orders_.size() < orders_in_use) {
        orders_.push_back({.id = std::move(number)});
    }
    auto& chosen = orders_[random() % orders_.size()];
    wish made;
    made.what = kind::running_total;
    made.natural = chosen.id;
    made.total = ++chosen.total;
    made.body = flow::ticket_body(chosen.id, static_cast<int>(made.total));
    if (chosen.total == totals_of_an_order) {
        std::swap(chosen, orders_.back());
        orders_.pop_back();
    }
    return made;
}

}  // namespace gateway::crash
