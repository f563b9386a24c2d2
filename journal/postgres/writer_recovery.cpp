// A new connection of the writer, and what a server that was started anew may have lost.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <thread>
#include <utility>

#include "journal/postgres/lost_tail.hpp"
#include "journal/postgres/statements.hpp"
#include "journal/postgres/writer.hpp"

namespace gateway::journal::postgres {
namespace {

using redemption::redemption_id;

constexpr std::chrono::milliseconds between_questions{20};

// Nothing of a waiting batch was sent while a connection is made.
pg_error while_connecting(pg_error error) {
    if (error.kind == error_kind::in_doubt) {
        error.kind = error_kind::lost;
        error.reason =
            base::fixed_text("The database confirms no writes: is its synchronous standby there?");
        error.is_own = true;
    }
    return error;
}

}  // namespace

std::optional<pg_error> writer::connect() {
    auto fresh = open_writer(time_, settings_);
    if (!fresh) {
        return fresh.error();
    }
    db_ = std::move(fresh->db);
    auto taken = take_connection(*db_, me_.replica, settings_.process.token);
    if (!taken) {
        return while_connecting(taken.error());
    }
    if (*taken) {
        set_identity(**taken);
    } else if (auto failed = begin_life()) {
        return while_connecting(std::move(*failed));
    } else {
        must_release_ = true;
    }
    if (server_ != fresh->started) {
        fellows_looked_ = false;
        if (auto failed = recover_tail(fresh->started)) {
            return while_connecting(std::move(*failed));
        }
        wait_for_fellows_until_ = time_.now() + patience;
    }
    if (std::exchange(must_release_, false)) {
        tail_.forget_open();
    }
    server_ = std::move(fresh->started);
    return std::nullopt;
}

std::optional<pg_error> writer::check_connection_for(bool beginning) {
    auto error = check_connection();
    if (error || !beginning) {
        return error;
    }
    error = wait_for_fellows();
    if (!error || db_->is_usable()) {
        return error;
    }
    // Nothing of the batch was sent on the connection that is lost.
    error = check_connection();
    return error ? error : wait_for_fellows();
}

// A beginning here may have been made already, by a process whose writes this server lacks and that
// has not written them again yet.
std::optional<pg_error> writer::wait_for_fellows() {
    while (!fellows_looked_) {
        const auto looking = others_looking(*db_);
        if (!looking) {
            return while_connecting(looking.error());
        }
        fellows_looked_ = !*looking;
        if (*looking && time_.now() >= wait_for_fellows_until_) {
            return pg_error{
                .kind = error_kind::trouble,
                .reason = {"other gateways have not looked yet whether the database's new server "
                           "lacks what they wrote"},
                .is_own = true,
            };
        }
        if (*looking) {
            std::this_thread::sleep_for(between_questions);
        }
    }
    return std::nullopt;
}

void writer::note_done(const job& done) {
    tail_.note(done, time_.now());
    const auto* other = std::get_if<other_job>(&done);
    if (other != nullptr && other->terms.on_done) {
        other->terms.on_done(tail_);
    }
}

// Run again from its beginning when it fails, with what was missed so far in mind.
std::optional<pg_error> writer::recover_tail(const std::string& server) {
    if (!must_release_) {
        if (auto done = retake(*db_, me_, tail_.open_ids()); !done) {
            return done.error();
        }
    }
    const auto ids = tail_.ids();
    const auto behind = find_behind(*db_, tail_, ids);
    if (!behind) {
        return behind.error();
    }
    missed_.insert(behind->begin(), behind->end());
    reaches_further_ = reaches_further_ || (!ids.empty() && missed_.contains(ids.front()));
    std::vector<redemption_id> still;
    if (!missed_.empty()) {
        std::vector<redemption_id> in_order;
        std::copy_if(ids.begin(), ids.end(), std::back_inserter(in_order), [&](const auto& id) {
            return missed_.contains(id);
        });
        if (auto failed = restore_behind(in_order, server)) {
            return failed;
        }
        auto left = find_behind(*db_, tail_, in_order);
        if (!left) {
            return left.error();
        }
        still = std::move(*left);
    }
    if (auto done = mark_looked(*db_, me_, server); !done) {
        return done.error();
    }
    report_look(ids.size(), still);
    return std::nullopt;
}

std::optional<pg_error> writer::restore_behind(
    const std::vector<redemption_id>& ids, const std::string& server
) {
    const auto loss = note_loss(*db_, me_, server, ids.size());
    if (!loss) {
        return loss.error();
    }
    record_store store(*db_, keys_, me_, record_store::run::restoring);
    for (const auto& id : ids) {
        if (auto done = restore(store, tail_.steps(id)); !done) {
            return done.error();
        }
    }
    if (must_release_) {
        transaction in(*db_, me_);
        if (auto done = in.commit({calling(sql::release, me_.replica)}); !done) {
            return done.error();
        }
    }
    const auto left = find_behind(*db_, tail_, ids);
    if (!left) {
        return left.error();
    }
    const auto noted = note_restored(*db_, me_, *loss, ids.size() - left->size());
    return noted ? std::nullopt : std::optional(noted.error());
}

void writer::report_look(std::size_t looked_at, const std::vector<redemption_id>& behind) {
    redemption::tail_look look{
        .looked_at = looked_at,
        .lost = behind,
        .reaches_further = std::exchange(reaches_further_, false),
    };
    for (const auto& id : std::exchange(missed_, {})) {
        if (std::find(behind.begin(), behind.end(), id) == behind.end()) {
            look.restored.push_back(id);
        }
    }
    asio::post(loop_, [looks = looks_, look = std::move(look)] { looks->push_back(look); });
}

}  // namespace gateway::journal::postgres
