#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "redemption/platform_method.hpp"
#include "tests/simulation/demands.hpp"
#include "tests/simulation/oracle.hpp"

namespace gateway::simulation {

// A method's name and platform; the engine asks it for no more.
class simulated_method final : public redemption::platform_method {
public:
    simulated_method(base::fixed_text name, redemption::platform_kind platform)
        : name_(name), platform_(platform) {}
    base::fixed_text name() const noexcept override { return name_; }
    redemption::platform_kind platform() const noexcept override { return platform_; }
    std::chrono::seconds default_expires_in() const noexcept override {
        return std::chrono::seconds(60);
    }
    redemption::params_reading read(const redemption::params_text&, text::code_rule)
        const override {
        return redemption::terms();
    }

private:
    base::fixed_text name_;
    redemption::platform_kind platform_;
};

class simulated_methods final : public redemption::directory {
public:
    const redemption::platform_method* method(std::string_view name) const override;
    const redemption::platform_method& of(kind what) const;
    std::vector<base::fixed_text> method_names() const override { return {}; }
    std::vector<redemption::account_name> accounts_for(const redemption::platform_method&)
        const override {
        return {};
    }
    std::chrono::seconds expires_in(const redemption::platform_method&) const override {
        return std::chrono::seconds(60);
    }

private:
    simulated_method voucher_{
        "alipay.marketing.voucher.stock.use", redemption::platform_kind::alipay
    };
    simulated_method verify_{
        "taobao.travel.ticket.order.verify", redemption::platform_kind::taobao
    };
    simulated_method send_{"taobao.eticket.merchant.ma.send", redemption::platform_kind::taobao};
};

// The platform behind one account: its state and its ledger. It outlives every process.
struct platform_side {
    bool has_two_accounts = false;
    redemption::platform_identity identity;
    bool taobao = false;
    bool bad_secrets = false;
    base::steady_time down_until{};
    base::steady_time foreign_until{};
    base::steady_time foreign_since{};
    bool foreign_asks = false;  // a busy host (429 with Retry-After), not a block page
    std::map<redemption::natural_key, std::size_t> done;  // which wish
    std::map<std::size_t, std::size_t> totals;            // which wish, of each order
    std::set<std::size_t> raised;                         // wishes that have set a total
};

// An account as the configuration of one process has it.
struct account_slot {
    redemption::account_name name;
    std::size_t side = 0;
    bool configured = true;
    bool gone = false;  // for good
    unsigned names = 1;
};

// The platforms as one process of the engine reaches them: every outcome that a real one can have,
// at the level of attempt_outcome (docs/redemption-rules.md, Phases and verdicts).
class simulated_account final : public redemption::platform_account,
                                public std::enable_shared_from_this<simulated_account> {
public:
    simulated_account(
        std::size_t process,
        scenario& of,
        oracle& judge,
        redemption::account_name name,
        platform_side& side,
        base::runtime& time
    )
        : process_(process),
          scenario_(of),
          judge_(judge),
          name_(std::move(name)),
          side_(side),
          time_(time) {}

    const redemption::account_name& name() const noexcept override { return name_; }
    redemption::platform_kind platform() const noexcept override {
        return side_.taobao ? redemption::platform_kind::taobao : redemption::platform_kind::alipay;
    }
    const redemption::platform_identity& identity() const noexcept override {
        return side_.identity;
    }
    boost::asio::awaitable<redemption::attempt_outcome> attempt(redemption::attempt_request request
    ) override;
    std::size_t at_once() const noexcept { return at_once_; }
    // An operator wants it tried now.
    void try_now() {
        sent_to_foreign_ = 0;
        demands_.lift();
    }

private:
    enum class reaction {
        answered,
        not_sent,
        lost_before,
        lost_after,
        executes_late,
        unclear,
        refused,
        busy,
        banned,
        account_fault,
        retry_once,
        thrown,
        host_down,
        foreign
    };
    void begin(const wish& of, const redemption::attempt_request& request, reaction what);
    void end(const redemption::attempt_request& request, const redemption::attempt_outcome& came);
    reaction draw_reaction();
    redemption::attempt_outcome react(reaction what, wish& of, bool ambiguous_before);
    redemption::attempt_outcome execute(wish& of, bool ambiguous_before);
    redemption::attempt_outcome banned();
    redemption::attempt_outcome unreachable();
    redemption::attempt_outcome foreign();

    boost::asio::awaitable<redemption::attempt_outcome> attempt_beside_others(
        redemption::attempt_request request
    );
    void leave_for_platform(
        reaction what,
        wish& of,
        bool ambiguous_before,
        std::chrono::milliseconds way,
        std::shared_ptr<std::optional<redemption::attempt_outcome>> came
    );
    redemption::attempt_outcome ended(
        const redemption::attempt_request& request,
        wish& of,
        std::optional<redemption::attempt_outcome> came
    );

    const std::size_t process_;
    scenario& scenario_;
    oracle& judge_;
    const redemption::account_name name_;
    platform_side& side_;
    base::runtime& time_;
    std::size_t at_once_ = 0;
    base::steady_time foreign_since_{};
    std::size_t sent_to_foreign_ = 0;  // attempts since then
    demands demands_;
};

}  // namespace gateway::simulation
