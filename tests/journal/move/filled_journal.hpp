#pragma once

#include "tests/journal/move/move_fixture.hpp"

// A journal with everything that a move must keep.

namespace gateway::journal::testing {

using namespace gateway::redemption;

inline redemption::attempt ambiguous_attempt(std::uint32_t number, std::int64_t milliseconds) {
    attempt a = ended_attempt(number, milliseconds);
    a.phase = phase::maybe_sent;
    a.verdict = verdict::ambiguous;
    a.said = {std::nullopt, std::nullopt, base::fixed_text("no \"answer\" \\ 券"), std::nullopt};
    return a;
}

inline redemption::record of_order(
    int n, const std::vector<std::string>& names, std::int64_t total
) {
    record r = wish(n);
    r.orders.clear();
    r.totals.clear();
    for (const auto& name : names) {
        r.orders.emplace_back(name);
        r.totals.push_back(
            {.subject = name + "/code", .total = total, .order = order_key(name), .code = "code"}
        );
    }
    return r;
}

class filled_move_test : public move_test {
protected:
    void accept(managed_journal& in, const record& r, std::optional<attempt> first = std::nullopt) {
        auto outcome = loop.await(in.accept(r, std::move(first)));
        EXPECT_TRUE(is_accepted(outcome)) << reason_of(outcome) << " " << r.id.str();
    }
    void settle(managed_journal& in, const settlement& what) {
        EXPECT_EQ(reason_of(loop.await(in.settle(what))), "") << what.id.str();
    }
    // Accepts it with an attempt that ends so.
    void bring(managed_journal& in, const record& r, settlement end) {
        accept(in, r, started_attempt(1, 100));
        if (!end.ended) {
            end.ended = ended_attempt(1, 100);
        }
        settle(in, end);
    }

    // One redemption or more of each state and history.
    void fill(managed_journal& in) {
        accept(in, wish(1));
        accept(in, wish(2), started_attempt(1, 2000));
        auto end = settlement_to(wish(3).id, state::pending, 4000);
        end.ended = ambiguous_attempt(1, 3000);
        bring(in, of_order(3, {"order_id:doubt", "out_order_id:doubt"}, 7), end);
        end = settlement_to(wish(4).id, state::unknown, 5000);
        end.ended = ambiguous_attempt(1, 3000);
        end.error =
            error_info{error_source::network, base::fixed_text("it's \"lost\""), end.ended->said};
        bring(in, of_order(4, {"order_id:unknown"}, 9), end);
        end = settlement_to(wish(5).id, state::succeeded, 6000);
        end.result = R"({"code":"secret-result"})";
        end.confirmed = of_order(5, {"order_id:done"}, 3).totals;
        bring(in, of_order(5, {"order_id:done"}, 3), end);
        end = settlement_to(wish(6).id, state::rejected, 7000);
        end.error = error_info{
            error_source::platform,
            base::fixed_text("no"),
            end.ended.value_or(attempt()).said,
            error_kind::total_would_fall
        };
        bring(in, wish(6), end);
        bring(in, wish(7), settlement_to(wish(7).id, state::failed, 8000));
        fill_more(in);
    }

    void fill_more(managed_journal& in) {
        bring(in, wish(8), settlement_to(wish(8).id, state::failed, 8000));
        record again = wish(8);
        again.updated_at = at(9000);
        again.expires_at = at(99'000);
        EXPECT_TRUE(is_accepted(loop.await(in.restart(again, std::nullopt))));
        auto end = settlement_to(wish(9).id, state::unknown, 5000);
        end.ended = ambiguous_attempt(1, 3000);
        bring(in, wish(9), end);
        settle(in, settlement_by_operator(wish(9).id, state::succeeded, 9500));
        end = settlement_to(wish(10).id, state::pending, 5000);
        end.ended = ended_attempt(1, 100);
        end.ended->verdict = verdict::not_executed;
        end.ban = std::chrono::minutes(10);
        end.ban_doubted = true;
        record banned = wish(10);
        banned.method = method_name("alipay.marketing.voucher.use");
        bring(in, banned, end);
        record old = wish(11);
        old.identity = {};
        old.caller = caller_name("web");
        old.natural.reset();
        accept(in, old);
        // Two lines that turn out to be one order's.
        end = settlement_to(wish(12).id, state::succeeded, 6000);
        end.confirmed = of_order(12, {"order_id:a"}, 2).totals;
        bring(in, of_order(12, {"order_id:a"}, 2), end);
        end = settlement_to(wish(13).id, state::succeeded, 6000);
        end.confirmed = of_order(13, {"out_order_id:b"}, 4).totals;
        bring(in, of_order(13, {"out_order_id:b"}, 4), end);
        accept(in, of_order(14, {"out_order_id:b", "order_id:a"}, 5));
        // Confirmed by a version that did not know the order.
        end = settlement_to(wish(15).id, state::succeeded, 6000);
        end.confirmed = wish(15).totals;
        bring(in, wish(15), end);
    }

    static constexpr int filled = 15;
};

}  // namespace gateway::journal::testing
