#include "journal/postgres/postgres_journal.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "journal/postgres/database_fellows.hpp"
#include "journal/postgres/open_database.hpp"
#include "journal/postgres/queries.hpp"
#include "journal/postgres/reader.hpp"

namespace gateway::journal::postgres {
namespace {

using redemption::journal_error;
using redemption::journal_result;
using redemption::record;

class postgres_journal final : public managed_journal {
public:
    postgres_journal(
        base::runtime& time,
        const postgres_settings& settings,
        opened_database opened,
        redemption::journal_probe& probe
    )
        : time_(time),
          keys_(std::move(opened.keys)),
          created_(opened.created),
          created_at_(opened.created_at),
          probe_(probe),
          writer_(time, settings.writer, keys_, std::move(opened.writer), opened.me, probe),
          reader_(time.executor(), std::move(opened.reader), reopening(settings.writer.connect)),
          lister_(time.executor(), std::move(opened.lister), reopening(settings.writer.connect)),
          fellows_(
              reader_,
              time,
              lease_terms{settings.lease},
              [this] { return writer_.replica(); },
              settings.writer.process.token,
              [this] { return this->probe(); },
              on_lost_standby(settings.writer.kept_by)
          ) {}

    asio::awaitable<journal_result<redemption::accept_outcome>> accept(
        const record& wish, std::optional<redemption::attempt> first
    ) override {
        return run_on<redemption::accept_outcome>(
            writer_,
            [wish, first = std::move(first)](auto answer) {
                return accept_job{wish, first, std::move(answer)};
            }
        );
    }

    asio::awaitable<journal_result<redemption::accept_outcome>> restart(
        const record& wish, std::optional<redemption::attempt> first
    ) override {
        return run_on<redemption::accept_outcome>(
            writer_,
            [wish, first = std::move(first)](auto answer) {
                return restart_job{wish, first, std::move(answer)};
            }
        );
    }

    asio::awaitable<journal_result<redemption::start_outcome>> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    ) override {
        return run_on<redemption::start_outcome>(writer_, [id, started](auto answer) {
            return start_job{id, started, std::move(answer)};
        });
    }

    asio::awaitable<journal_result<redemption::settle_outcome>> settle(
        const redemption::settlement& what
    ) override {
        return run_on<redemption::settle_outcome>(writer_, [what](auto answer) {
            return settle_job{what, std::move(answer)};
        });
    }

    asio::awaitable<journal_result<redemption::decide_outcome>> decide(
        const redemption::settlement& what, redemption::time_point seen
    ) override {
        return run_on<redemption::decide_outcome>(writer_, [what, seen](auto answer) {
            return decide_job{what, seen, std::move(answer)};
        });
    }

    asio::awaitable<journal_result<redemption::late_answer>> tell_late(
        const redemption::settlement& what
    ) override {
        return write<redemption::late_answer>([what](record_store& on) {
            return on.tell_late(what);
        });
    }

    asio::awaitable<journal_result<std::vector<record>>> take(std::size_t at_most) override {
        const auto kept = std::make_shared<std::vector<record>>();
        auto taken = co_await write<std::vector<record>>(
            [at_most, kept](record_store& on) {
                auto done = on.take(at_most);
                *kept = done ? *done : std::vector<record>();
                return done;
            },
            {.on_done =
                 [kept](confirmed_tail& tail) {
                     tail.took(*kept);
                 }}
        );
        taken_ += taken ? taken->size() : 0;
        co_return std::move(taken);
    }

    asio::awaitable<journal_result<void>> give_back(std::vector<redemption::redemption_id> which
    ) override {
        auto done = co_await write<void>(
            [which](record_store& on) { return on.give_back(which); },
            {.on_done =
                 [which](confirmed_tail& tail) {
                     tail.gave_back(which);
                 }}
        );
        given_back_ += done ? which.size() : 0;
        co_return done;
    }

    asio::awaitable<journal_result<bool>> leave_word(
        const redemption::redemption_id& id, const redemption::operator_resolution& word
    ) override {
        return write<bool>([id, word](record_store& on) { return on.leave_word(id, word); });
    }

    asio::awaitable<journal_result<void>> lift_bans(
        const redemption::platform_identity& identity,
        const std::optional<redemption::method_name>& method
    ) override {
        return write<void>([identity, method](record_store& on) {
            return on.lift_bans(identity, method);
        });
    }

    asio::awaitable<journal_result<void>> probe() override {
        return write<void>(
            [](record_store& on) { return on.probe(); }, {.harmless = true, .waits = true}
        );
    }

    asio::awaitable<journal_result<void>> adopt(const redemption::account_identity& known
    ) override {
        return write<void>(
            [known](record_store& on) { return on.adopt(known); }, {.harmless = true}
        );
    }

    asio::awaitable<journal_result<std::size_t>> remove_final_before(
        redemption::time_point limit, std::size_t at_most
    ) override {
        return write<std::size_t>([this, limit, at_most](record_store& on) {
            return on.remove_final_before(limit, at_most, removed_);
        });
    }

    asio::awaitable<journal_result<std::optional<record>>> find(const redemption::redemption_id& id
    ) override {
        return ask<std::optional<record>>([id](queries& on) { return on.find(id); });
    }

    asio::awaitable<journal_result<std::optional<record>>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    ) override {
        return ask<std::optional<record>>([caller, key](queries& on) {
            return on.find_by_key(caller, key);
        });
    }

    asio::awaitable<journal_result<std::vector<record>>> list(const redemption::list_filter& filter
    ) override {
        auto found =
            co_await ask_of<listing>(lister_, [filter](queries& on) { return on.list(filter); });
        if (!found) {
            co_return found.error();
        }
        if (found->unreadable > 0) {
            probe_.unreadable(found->unreadable, found->why);
        }
        co_return std::move(found->records);
    }

    asio::awaitable<journal_result<redemption::observation>> look(
        std::vector<redemption::redemption_id> watched,
        std::vector<redemption::redemption_id> waiting
    ) override {
        return ask<redemption::observation>([watched = std::move(watched),
                                             waiting = std::move(waiting)](queries& on) {
            return on.look(watched, waiting);
        });
    }

    asio::awaitable<journal_result<std::vector<redemption::recorded_ban>>> load_bans() override {
        return ask<std::vector<redemption::recorded_ban>>([](queries& on) { return on.load_bans(); }
        );
    }

    asio::awaitable<journal_result<std::uint64_t>> count_unknown() override {
        return ask<std::uint64_t>([](queries& on) { return on.count_unknown(); });
    }

    asio::awaitable<journal_result<std::optional<redemption::time_point>>> newest_change(
    ) override {
        return ask<std::optional<redemption::time_point>>([](queries& on) {
            return on.newest_change();
        });
    }

    asio::awaitable<journal_result<std::vector<redemption::account_identity>>> account_names(
    ) override {
        return ask<std::vector<redemption::account_identity>>([](queries& on) {
            return on.account_names();
        });
    }

    asio::awaitable<journal_result<std::vector<redemption::unconfigured_name>>> find_unconfigured(
        const redemption::configured_names& configured
    ) override {
        return ask_of<std::vector<redemption::unconfigured_name>>(
            lister_, [configured](queries& on) { return on.find_unconfigured(configured); }
        );
    }

    std::optional<journal_error> trouble() const override { return writer_.trouble(); }
    std::chrono::nanoseconds oldest_write() const override { return writer_.oldest_write(); }
    redemption::fellowship& fellows() override { return fellows_; }
    std::optional<redemption::replica_standing> standing() const override {
        auto one = fellows_.standing(time_.since_boot());
        one.taken = taken_;
        one.given_back = given_back_;
        return one;
    }
    std::optional<redemption::journal_loss> loss() const override { return fellows_.loss(); }
    asio::awaitable<journal_result<redemption::journal_loss>> acknowledge_losses(
        std::int64_t up_to, std::string who, std::string note
    ) override {
        return write<redemption::journal_loss>(
            [up_to, who = std::move(who), note = std::move(note)](record_store& on) {
                return on.acknowledge_losses(up_to, who, note);
            }
        );
    }
    std::vector<redemption::tail_look> take_looks() override { return writer_.take_looks(); }
    bool is_new() const override { return created_; }
    std::optional<redemption::time_point> created_at() const override { return created_at_; }
    void close() override {
        lister_.stop();
        reader_.stop();
        writer_.stop();
    }

private:
    template <class T, class Work>
    asio::awaitable<journal_result<T>> ask(Work work) {
        return ask_of<T>(reader_, std::move(work));
    }
    template <class T, class Work>
    asio::awaitable<journal_result<T>> ask_of(reader& of, Work work) {
        return of.ask<T>([this, work = std::move(work)](connection& on) {
            queries questions(on, keys_, writer_.replica());
            return work(questions);
        });
    }
    template <class T, class Work>
    asio::awaitable<journal_result<T>> write(Work work, other_terms terms = {}) {
        return run_on<T>(writer_, [work = std::move(work), terms = std::move(terms)](auto answer) {
            return other_job{
                std::make_unique<other_call_of<T, Work>>(work, std::move(answer)), terms
            };
        });
    }
    reader::opener reopening(connection_settings how) {
        return [this, how = std::move(how)] {
            return open_reader(time_, how, writer_.replica());
        };
    }
    std::function<void()> on_lost_standby(durability kept_by) {
        if (kept_by != durability::standby) {
            return {};
        }
        return [this] {
            writer_.check_server_again();
        };
    }

    base::runtime& time_;
    const journal_keys keys_;
    const bool created_;
    const std::optional<redemption::time_point> created_at_;
    redemption::journal_probe& probe_;
    removal_mark removed_;  // of the writer's thread
    writer writer_;
    reader reader_;
    // Lists may take seconds, for which neither a lease nor a look-up can wait.
    reader lister_;
    database_fellows fellows_;
    std::uint64_t taken_ = 0;  // redemptions, since the start
    std::uint64_t given_back_ = 0;
};

}  // namespace

std::unique_ptr<managed_journal> open_postgres_journal(
    base::runtime& time, postgres_settings settings, redemption::journal_probe& probe
) {
    auto opened = open_database(time, settings);
    return std::make_unique<postgres_journal>(time, settings, std::move(opened), probe);
}

}  // namespace gateway::journal::postgres
