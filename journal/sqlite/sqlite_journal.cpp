#include "journal/sqlite/sqlite_journal.hpp"

#include "journal/single_process_journal.hpp"
#include "journal/sqlite/birth.hpp"
#include "journal/sqlite/file_keys.hpp"
#include "journal/sqlite/group_commit.hpp"
#include "journal/sqlite/journal_files.hpp"
#include "journal/sqlite/opened_file.hpp"
#include "journal/sqlite/seal_rows.hpp"
#include "journal/sqlite/snapshot_reader.hpp"

namespace gateway::journal {
namespace {

using redemption::journal_result;
using redemption::record;

constexpr const char* last_pending =
    "SELECT coalesce(max(queued), 0) FROM redemptions WHERE state = 'pending'";

struct probing {
    using harmless = void;
    db_result<void> operator()(record_store& store) const { return store.probe(); }
};

// Nothing else is written before it is answered, so that a doubt about it must not hold it.
struct adopting {
    using harmless = void;
    redemption::account_identity known;
    db_result<void> operator()(record_store& store) const { return store.adopt(known); }
};

class sqlite_journal final : public single_process_journal {
public:
    sqlite_journal(
        base::runtime& time,
        std::chrono::milliseconds busy_timeout,
        opened_file file,
        redemption::journal_probe& probe
    )
        : time_(time),
          busy_timeout_(busy_timeout),
          files_(std::move(file.files)),
          created_at_(must(birth_of(file.writer, time.wall_now()))),
          keys_(std::move(file.keys)),
          takes_{.until = must(file.writer.integer(last_pending))},
          probe_(probe),
          writer_(
              time,
              std::move(file.writer),
              [this] { return reopen(access::read_write); },
              *files_,
              keys_,
              probe
          ),
          reader_(
              time.executor(),
              must(reopen(access::read_only)),
              [this] { return reopen(access::read_only); },
              keys_
          ) {}

    asio::awaitable<journal_result<redemption::accept_outcome>> accept(
        const record& wish, std::optional<redemption::attempt> first
    ) override {
        return write<redemption::accept_outcome>([wish, first = std::move(first)](auto& store) {
            return store.accept(wish, first);
        });
    }

    asio::awaitable<journal_result<redemption::accept_outcome>> restart(
        const record& wish, std::optional<redemption::attempt> first
    ) override {
        return write<redemption::accept_outcome>([wish, first = std::move(first)](auto& store) {
            return store.restart(wish, first);
        });
    }

    asio::awaitable<journal_result<redemption::start_outcome>> start_attempt(
        const redemption::redemption_id& id, const redemption::attempt& started
    ) override {
        return write<redemption::start_outcome>([id, started](auto& store) {
            return store.start_attempt(id, started);
        });
    }

    asio::awaitable<journal_result<redemption::settle_outcome>> settle(
        const redemption::settlement& what
    ) override {
        return write<redemption::settle_outcome>(
            [what](auto& store) -> db_result<redemption::settle_outcome> {
                if (auto done = store.settle(what); !done) {
                    return done.error();
                }
                return redemption::settled{};
            }
        );
    }

    asio::awaitable<journal_result<redemption::decide_outcome>> decide(
        const redemption::settlement& what, redemption::time_point seen
    ) override {
        return write<redemption::decide_outcome>([what, seen](auto& store) {
            return store.decide(what, seen);
        });
    }

    asio::awaitable<journal_result<std::optional<record>>> find(const redemption::redemption_id& id
    ) override {
        return read<std::optional<record>>([id](auto& from) { return from.find(id); });
    }

    asio::awaitable<journal_result<std::optional<record>>> find_by_key(
        const redemption::caller_name& caller, const redemption::idempotency_key& key
    ) override {
        return read<std::optional<record>>([caller, key](auto& from) {
            return from.find_by_key(caller, key);
        });
    }

    asio::awaitable<journal_result<std::vector<record>>> list(const redemption::list_filter& filter
    ) override {
        auto found = co_await read<listing>([filter](auto& from) { return from.list(filter); });
        if (!found) {
            co_return found.error();
        }
        if (found->unreadable > 0) {
            probe_.unreadable(found->unreadable, found->why);
        }
        co_return std::move(found->records);
    }

    asio::awaitable<journal_result<std::vector<record>>> take(std::size_t at_most) override {
        auto page = co_await read<pending_page>([from_here = takes_, at_most](auto& from) {
            return from.load_pending(from_here, at_most);
        });
        if (!page) {
            co_return page.error();
        }
        takes_ = page->rest;
        co_return std::move(page->records);
    }

    asio::awaitable<journal_result<std::vector<redemption::recorded_ban>>> load_bans() override {
        return read<std::vector<redemption::recorded_ban>>([](auto& from) {
            return from.load_bans();
        });
    }

    asio::awaitable<journal_result<void>> lift_bans(
        const redemption::platform_identity& identity,
        const std::optional<redemption::method_name>& method
    ) override {
        return write<void>([identity, method](auto& store) {
            return store.lift_bans(identity, method);
        });
    }

    asio::awaitable<journal_result<std::uint64_t>> count_unknown() override {
        return read<std::uint64_t>([](auto& from) { return from.count_unknown(); });
    }

    asio::awaitable<journal_result<std::optional<redemption::time_point>>> newest_change(
    ) override {
        return read<std::optional<redemption::time_point>>([](auto& from) {
            return from.newest_change();
        });
    }

    asio::awaitable<journal_result<std::vector<redemption::unconfigured_name>>> find_unconfigured(
        const redemption::configured_names& configured
    ) override {
        return read<std::vector<redemption::unconfigured_name>>([configured](auto& from) {
            return from.find_unconfigured(configured);
        });
    }

    asio::awaitable<journal_result<std::vector<redemption::account_identity>>> account_names(
    ) override {
        return read<std::vector<redemption::account_identity>>([](auto& from) {
            return from.account_names();
        });
    }

    asio::awaitable<journal_result<void>> probe() override { return write<void>(probing()); }

    asio::awaitable<journal_result<void>> adopt(const redemption::account_identity& known
    ) override {
        return write<void>(adopting{known});
    }

    asio::awaitable<journal_result<std::size_t>> remove_final_before(
        redemption::time_point limit, std::size_t at_most
    ) override {
        return write<std::size_t>([limit, at_most, now = time_.wall_now()](auto& store) {
            return store.remove_final_before(limit, at_most, now);
        });
    }

    std::optional<redemption::journal_error> trouble() const override { return writer_.trouble(); }

    std::chrono::nanoseconds oldest_write() const override { return writer_.oldest_write(); }

    // On the reader's thread, because a volume may take its time.
    asio::awaitable<journal_result<storage_use>> storage() override {
        return read<storage_use>([this](auto&) -> db_result<storage_use> {
            if (auto fault = files_->fault()) {
                return *fault;
            }
            auto use = files_->use();
            use.held_bytes = writer_.held_log_bytes();
            return use;
        });
    }

    asio::awaitable<journal_result<clear_rows>> count_in_clear(std::int64_t after) override {
        return read<clear_rows>([after](auto& from) { return from.count_in_clear(after); });
    }

    std::optional<redemption::time_point> created_at() const override { return created_at_; }
    bool is_new() const override { return files_->created(); }

    // The writer last: the last connection that is closed checkpoints the log.
    void close() override {
        reader_.stop();
        writer_.stop();
    }

private:
    template <class T, class Work>
    asio::awaitable<journal_result<T>> write(Work work) {
        return run_on<record_store, T>(writer_, std::move(work));
    }
    template <class T, class Work>
    asio::awaitable<journal_result<T>> read(Work work) {
        return run_on<record_reader, T>(reader_, std::move(work));
    }
    db_result<database> reopen(access how) const {
        return open_configured(*files_, how, busy_timeout_);
    }

    base::runtime& time_;
    const std::chrono::milliseconds busy_timeout_;
    const std::unique_ptr<const journal_files> files_;
    const std::optional<redemption::time_point> created_at_;
    const file_keys keys_;
    queue_range takes_;  // not taken yet, of those that were pending at the opening
    redemption::journal_probe& probe_;
    group_commit writer_;
    snapshot_reader reader_;
};

}  // namespace

std::uint64_t seal_sqlite_journal(
    sqlite_settings settings, const std::function<void(std::uint64_t)>& on_step
) {
    settings.must_exist = true;
    if (!settings.keys) {
        refuse("journal.encryption_key_file is not set, so there is nothing to seal with");
    }
    auto file = open_file(settings);
    const auto sealed = must(seal_rows_in_clear(file.writer, file.keys, on_step));
    const auto emptied = file.writer.checkpoint(checkpoint_kind::truncate);
    if (!emptied) {
        refuse(
            "its texts are sealed, but another process reads it, so that its log still holds some in "
            "clear; end that process and seal again"
        );
    }
    return sealed;
}

std::unique_ptr<managed_journal> open_sqlite_journal(
    base::runtime& time, sqlite_settings settings, redemption::journal_probe& probe
) {
    return std::make_unique<sqlite_journal>(
        time, settings.busy_timeout, open_file(settings), probe
    );
}

}  // namespace gateway::journal
