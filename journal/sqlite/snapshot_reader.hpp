#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "journal/batch_thread.hpp"
#include "journal/sqlite/operation.hpp"
#include "journal/sqlite/record_reader.hpp"

namespace gateway::journal {

// Runs reads on a thread and a read-only connection of its own, so that they never wait for a
// flush. Each read sees everything that was committed before it was pushed.
class snapshot_reader {
public:
    using operation_ptr = std::unique_ptr<operation<record_reader>>;
    using opener = std::function<db_result<database>()>;

    // Takes over an open connection; `reopen` replaces it after a fault. `keys` must outlive this
    // object.
    snapshot_reader(asio::any_io_executor loop, database db, opener reopen, const file_keys& keys);
    ~snapshot_reader();
    snapshot_reader(const snapshot_reader&) = delete;
    snapshot_reader& operator=(const snapshot_reader&) = delete;

    // Loop thread.
    void push(operation_ptr op);
    // Runs the waiting reads and joins; later ones are answered with an error.
    void stop();

private:
    struct connection;
    using batch = operations<record_reader>;

    void run_batch(batch jobs);
    std::optional<db_error> read(batch& jobs);

    const asio::any_io_executor loop_;
    const opener reopen_;
    const file_keys& keys_;
    std::unique_ptr<connection> connection_;
    bool renew_connection_ = false;
    batch_thread<operation_ptr> thread_;  // last: its thread uses all of the above
};

}  // namespace gateway::journal
