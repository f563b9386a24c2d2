#include "journal/sqlite/snapshot_reader.hpp"

#include <boost/asio/post.hpp>

namespace gateway::journal {
namespace {

// A batch shares one snapshot; a long one would hold back checkpoints.
constexpr std::size_t max_batch = 64;

}  // namespace

struct snapshot_reader::connection {
    connection(database opened, const file_keys& keys)
        : db(std::move(opened)), reader(db, keys), begin(db, "BEGIN"), end(db, "COMMIT") {}

    database db;
    record_reader reader;
    statement begin;
    statement end;
};

snapshot_reader::snapshot_reader(
    asio::any_io_executor loop, database db, opener reopen, const file_keys& keys
)
    : loop_(std::move(loop)),
      reopen_(std::move(reopen)),
      keys_(keys),
      connection_(std::make_unique<connection>(std::move(db), keys)),
      thread_(max_batch, [this](batch jobs) { run_batch(std::move(jobs)); }) {}

snapshot_reader::~snapshot_reader() {
    stop();
}

void snapshot_reader::push(operation_ptr op) {
    if (thread_.push(op)) {
        return;
    }
    op->fail({base::fixed_text("the journal is closed")});
    asio::post(loop_, [refused = std::move(op)] { refused->deliver(); });
}

void snapshot_reader::stop() {
    thread_.stop();
    connection_.reset();
}

void snapshot_reader::run_batch(batch jobs) {
    if (auto error = read(jobs)) {
        connection_->db.roll_back();
        renew_connection_ = renew_connection_ || needs_new_connection(*error);
        for (auto& job : jobs) {
            job->fail({error->shown()});
        }
    }
    asio::post(loop_, [jobs = std::move(jobs)] {
        for (const auto& job : jobs) {
            job->deliver();
        }
    });
}

std::optional<db_error> snapshot_reader::read(batch& jobs) {
    if (renew_connection_) {
        auto fresh = reopen_();
        if (!fresh) {
            return fresh.error();
        }
        connection_ = std::make_unique<connection>(std::move(*fresh), keys_);
        renew_connection_ = false;
    }
    if (auto begun = connection_->begin.run(); !begun) {
        return begun.error();
    }
    for (auto& job : jobs) {
        auto error = job->perform(connection_->reader);
        if (error && is_storage_fault(*error)) {
            return error;
        }
    }
    if (auto ended = connection_->end.run(); !ended) {
        return ended.error();
    }
    return std::nullopt;
}

}  // namespace gateway::journal
