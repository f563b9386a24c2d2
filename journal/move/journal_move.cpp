#include "journal/move/journal_move.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "journal/move/target.hpp"
#include "journal/sqlite/opened_file.hpp"
#include "text/sha256.hpp"

namespace gateway::journal::moving {
namespace {

constexpr std::int64_t rows_per_step = 500;

template <class T>
T from_file(db_result<T> result) {
    if (!result) {
        throw std::runtime_error("the journal in SQLite can't be read: " + result.error().reason);
    }
    return std::move(*result);
}

// What tells this journal from every other one.
std::string mark_of(const file_keys& keys) {
    const auto digest = text::sha256(keys.digests.bytes());
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

class mover {
public:
    mover(base::runtime& time, const move_settings& settings)
        : settings_(settings),
          to_(time, settings.to),
          file_(open_source()),
          from_(file_.writer, settings.key_scopes) {}

    move_report run() {
        report_.counts = from_file(from_.counts());
        const auto mark = mark_of(file_.keys);
        const auto before = to_.state();
        if (before.has_one && before.finished && before.source == mark) {
            throw std::runtime_error(
                before.served
                    ? "this journal was moved into it before, and it has been served since"
                    : "this journal was moved into it before"
            );
        }
        const auto until = begin(mark);
        copy(until ? until->str() : std::string());
        compare();
        conclude();
        return report_;
    }

private:
    opened_file open_source() {
        auto from = settings_.from;
        from.must_exist = true;
        from.on_moved = [this] {
            const auto now = to_.state();
            was_moved_ = now.has_one && !now.finished;
            return was_moved_;
        };
        return open_file(from);
    }

    std::int64_t all() const { return report_.counts.redemptions(); }

    // A file that another move has marked stays so.
    std::optional<redemption::redemption_id> begin(const std::string& mark) {
        try {
            return to_.begin(mark, [this] { settings_.on_step(move_step::waits, 0, all()); });
        } catch (const std::exception&) {
            if (was_moved_) {
                static_cast<void>(mark_as_moved(file_.writer));
            }
            throw;
        }
    }

    void copy(const std::string& until) {
        to_.set_keys(file_.keys);
        to_.set_birth(from_file(from_.created_at()));
        each_name([this](const auto& page) { to_.copy(page); });
        to_.set_numbers(from_file(from_.last_number()), from_file(from_.last_queued()));
        std::int64_t done = until.empty() ? 0 : from_file(from_.count_until(until));
        settings_.on_step(move_step::began, done, all());
        each_page(until, [&](const std::vector<moved_redemption>& page) {
            to_.copy(page);
            done += std::ssize(page);
            settings_.on_step(move_step::copies, done, all());
        });
        each_total([this](const auto& page) { to_.copy(page); });
        to_.copy(from_file(from_.bans()));
    }

    // Both sides are read anew.
    void compare() {
        std::int64_t done = 0;
        to_.compare_keys(file_.keys);
        each_name([this](const auto& page) { to_.compare(page); });
        each_page("", [&](const std::vector<moved_redemption>& page) {
            to_.compare(page);
            note_keys(page);
            done += std::ssize(page);
            settings_.on_step(move_step::compares, done, all());
        });
        each_total([this](const auto& page) { to_.compare(page); });
        to_.compare(from_file(from_.bans()));
        if (to_.counts() != from_file(from_.counts())) {
            throw std::runtime_error(
                "the copy has another number of rows; empty the database and begin again"
            );
        }
    }

    // In this order, so that gateways open at most one of the two.
    void conclude() {
        settings_.on_step(move_step::concludes, all(), all());
        if (auto marked = mark_as_moved(file_.writer); !marked) {
            throw std::runtime_error("the file can't be marked: " + marked.error().reason);
        }
        static_cast<void>(file_.writer.checkpoint(checkpoint_kind::truncate));
        settings_.on_step(move_step::concludes, all(), all());
        to_.finish();
    }

    template <class Visit>
    void each_page(std::string after, const Visit& visit) {
        for (;;) {
            const auto page = from_file(from_.redemptions(after, rows_per_step));
            if (page.empty()) {
                return;
            }
            visit(page);
            after = page.back().what.id.str();
        }
    }

    template <class Visit>
    void each_name(const Visit& visit) {
        std::int64_t after = 0;
        for (;;) {
            const auto page = from_file(from_.names(after, rows_per_step));
            if (page.empty()) {
                return;
            }
            visit(page);
            after = page.back().number;
        }
    }

    template <class Visit>
    void each_total(const Visit& visit) {
        std::optional<confirmed_total> after;
        for (;;) {
            const auto page = from_file(from_.totals(after, rows_per_step));
            if (page.empty()) {
                return;
            }
            visit(page);
            after = page.back();
        }
    }

    void note_keys(const std::vector<moved_redemption>& page) {
        for (const auto& one : page) {
            const bool clear = !one.params.sealed || (one.result && !one.result->sealed);
            report_.in_clear += clear && file_.keys.texts ? 1 : 0;
            if (const auto id = unconfigured_key_of(one)) {
                ++report_.unreadable[*id];
            }
        }
    }

    std::optional<std::string> unconfigured_key_of(const moved_redemption& one) const {
        for (const auto* text : {&one.params, one.result ? &*one.result : nullptr}) {
            const auto id =
                text != nullptr && text->sealed ? sealing_key_of(text->bytes) : std::nullopt;
            const auto& keys = file_.keys.texts;
            if (id && (!keys || std::none_of(keys->all().begin(), keys->all().end(), [&](auto& k) {
                    return k.id == *id;
                }))) {
                return id;
            }
        }
        return std::nullopt;
    }

    const move_settings& settings_;
    target to_;
    bool was_moved_ = false;
    opened_file file_;
    source from_;
    move_report report_;
};

}  // namespace

move_report move_journal(base::runtime& time, const move_settings& settings) {
    return mover(time, settings).run();
}

}  // namespace gateway::journal::moving
